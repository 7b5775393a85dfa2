//! The account of a run: what became of every file and every document that it came to.
//!
//! Files found are those that were read, those that were skipped, by name and reason, and those that failed; documents
//! likewise. Files are counted where they are found, and what became of each is counted where it happens; the sums are
//! held against each other in one place, [`Account::outcome`], from which every command takes its exit code. A hole is
//! never exit 0.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::files::Why;
use super::rooted::rooted;
use super::words::plural;
use super::{Failure, Outcome, Output, codes, files};
use crate::diagnostic::Diagnostic;
use crate::rule::Count;
use crate::source::{SourceFile, Span};

/// What became of the files of a run.
#[derive(Debug, Default)]
pub(super) struct Account {
    found: usize,
    read: usize,
    skipped: Vec<(String, Why)>,
    failed: Vec<Failure>,
    documents: Count,
}

impl Account {
    /// The event files below paths, and the account of those that are none of them.
    pub(super) fn of_events(paths: &[PathBuf]) -> (Self, Vec<PathBuf>) {
        let (found, left, failed) = files::events(paths);
        let count = found.len() + left.len() + failed.len();
        (Self { found: count, skipped: left, failed, ..Self::default() }, found)
    }

    /// So many files were found.
    pub(super) fn find(&mut self, found: usize) {
        self.found += found;
    }

    /// A file was read, with these documents.
    pub(super) fn read(&mut self, documents: &Count) {
        self.read += 1;
        self.documents.add(documents);
    }

    /// A file was skipped.
    pub(super) fn skip(&mut self, name: String, why: Why) {
        self.skipped.push((name, why));
    }

    /// A file or folder could not be read.
    pub(super) fn fail(&mut self, failure: Failure) {
        self.failed.push(failure);
    }

    /// The account of both.
    pub(super) fn join(&mut self, other: Self) {
        self.found += other.found;
        self.read += other.read;
        self.skipped.extend(other.skipped);
        self.failed.extend(other.failed);
        self.documents.add(&other.documents);
    }

    /// What was skipped, and why.
    pub(super) fn skipped(&self) -> &[(String, Why)] {
        &self.skipped
    }

    /// Whether a failure is known already.
    pub(super) fn knows(&self, failure: &Failure) -> bool {
        self.failed.iter().any(|known| known.parts() == failure.parts())
    }

    /// Whether something could not be read.
    pub(super) fn has_failed(&self) -> bool {
        !self.failed.is_empty()
    }

    /// How many files and folders could not be read.
    pub(super) fn failures(&self) -> usize {
        self.failed.len()
    }

    /// The failure, where it is all that there is to report.
    pub(super) fn only_failure(&mut self) -> Option<Failure> {
        if self.found == 1 { self.failed.pop() } else { None }
    }

    /// How many files were skipped that nobody asked to leave out.
    pub(super) fn unasked(&self) -> usize {
        self.skipped.iter().filter(|(_, why)| !why.is_wished()).count()
    }

    /// How the run ends by what was read alone.
    pub(super) fn outcome(&self) -> Outcome {
        if self.has_failed() || self.fault().is_some() {
            Outcome::Broken
        } else if self.documents.lost > 0 {
            Outcome::Findings
        } else {
            Outcome::Clean
        }
    }

    /// What the sums do not agree about, which is a fault of this program.
    fn fault(&self) -> Option<String> {
        let files = self.read + self.skipped.len() + self.failed.len();
        if files != self.found {
            return Some(format!("{} found, and {files} accounted for", plural(self.found, "file")));
        }
        let documents = plural(self.documents.found, "document");
        (!self.documents.adds_up()).then(|| format!("{documents} found, and not each accounted for"))
    }

    /// The failures as findings, for formats that hold nothing else.
    pub(super) fn findings(&self) -> Vec<(SourceFile, Diagnostic)> {
        let finding = |failure: &Failure| {
            let (name, reason) = failure.parts();
            let message = format!("the file cannot be read: {reason}");
            let finding = Diagnostic::new(&codes::UNREADABLE_FILE, Span::default(), message)
                .help("see that it is there and may be read, or leave it out with `exclude`");
            (SourceFile::new(name, ""), finding)
        };
        self.failed.iter().map(finding).collect()
    }

    /// What became of each file, for programs.
    pub(super) fn files(&self) -> Value {
        let entry = |name: &str, reason: &str| json!({"file": name, "reason": reason});
        let skipped = self.skipped.iter().map(|(name, why)| entry(name, why.text()));
        let failed = self.failed.iter().map(|failure| {
            let (name, reason) = failure.parts();
            entry(name, reason)
        });
        json!({
            "found": self.found,
            "read": self.read,
            "skipped": skipped.collect::<Vec<_>>(),
            "failed": failed.collect::<Vec<_>>(),
        })
    }

    /// The account for programs.
    pub(super) fn value(&self) -> Value {
        json!({
            "files": self.files(),
            "documents": {
                "found": self.documents.found,
                "read": self.documents.read,
                "apart": self.documents.apart,
                "lost": self.documents.lost,
            },
        })
    }

    /// A document of a command with the account in it.
    pub(super) fn within(&self, mut document: Value) -> Value {
        if let Some(members) = document.as_object_mut() {
            members.insert("account".into(), rooted(self.value()));
        }
        document
    }

    /// Says on standard error what could not be read, and the sums where not everything was; `shown` where the output
    /// of the command has what was skipped.
    pub(super) fn tell(&self, shown: bool, output: &mut Output) {
        for failure in &self.failed {
            output.note(&format!("error: {failure}\n"));
        }
        if let Some(fault) = self.fault() {
            output.note(&format!("error: a fault of sigmata: {fault}\n"));
        }
        let holes = self.has_failed() || self.documents.lost > 0;
        if holes {
            output.note(&format!("{}\n", self.sums()));
        } else if !shown && self.unasked() > 0 {
            output.remark(&format!("{}\n", self.sums()));
        }
    }

    fn sums(&self) -> String {
        let mut text = format!("{}: {} read", plural(self.found, "file"), self.read);
        let mut add = |count: usize, what: &str| {
            if count > 0 {
                text.push_str(&format!(", {count} {what}"));
            }
        };
        add(self.skipped.len(), "skipped");
        add(self.failed.len(), "unreadable");
        if self.documents.lost > 0 {
            let documents = plural(self.documents.found, "document");
            text.push_str(&format!("; {documents}: {} read", self.documents.read));
            for (count, what) in
                [(self.documents.apart, "templates or empty"), (self.documents.lost, "unreadable")]
            {
                if count > 0 {
                    text.push_str(&format!(", {count} {what}"));
                }
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_that_does_not_come_out_is_exit_2() {
        let mut account = Account::default();
        account.find(2);
        account.read(&Count { found: 1, read: 1, ..Count::default() });
        assert_eq!(account.outcome(), Outcome::Broken, "one file is gone");
        account.skip("x.yml".into(), Why::NoRule);
        assert_eq!(account.outcome(), Outcome::Clean);
        account.join(Account { found: 1, read: 1, documents: Count::LOST, ..Account::default() });
        assert_eq!(account.outcome(), Outcome::Findings, "a document could not be read");
        assert_eq!(account.sums(), "3 files: 2 read, 1 skipped; 2 documents: 1 read, 1 unreadable");
        account.documents.found += 1;
        assert_eq!(account.outcome(), Outcome::Broken, "a document is gone");
    }
}
