//! `sigmata fmt`.

use super::args::FmtArgs;
use super::changed::Difference;
use super::check::plural;
use super::load::{self, RuleFile};
use super::write::{Before, Writer};
use super::{Failure, Needs, Outcome, Output, Session, files};
use crate::diagnostic::fix;
use crate::diagnostic::render::{self, Finding};
use crate::rule::fmt::{Left, formatted};
use crate::yaml;

pub(super) fn run(args: &FmtArgs, session: &Session, output: &mut Output) -> Result<Outcome, Failure> {
    let mut loaded = load::load(&args.paths, Needs::References, session)?;
    if let Some(revision) = &args.changed_since {
        let differing = Difference::since(&loaded.files, revision, session)?.themselves(&loaded.files);
        loaded.keep(&differing);
    }
    let made = load::each(&loaded.files, |file| vec![(file, laid_out(file))]);
    let mut writer = Writer::anywhere();
    let (mut changed, mut unchanged, mut left) = (0, 0, 0);
    for (file, made) in &made {
        let name = file.file.source.name();
        match made {
            Ok(text) => {
                let differs = text != file.file.source.text();
                unchanged += usize::from(!differs);
                let shown = file.found.stdin && !args.check && !args.diff;
                if (differs || shown) && put(file, text, args, &mut writer, output) {
                    changed += usize::from(differs);
                }
            }
            // What a folder holds of another product was never to be laid out here.
            Err(_) if !file.file.sigma && !file.found.named => {}
            Err(why) => {
                left += 1;
                output.note(&said(file, name, why));
            }
        }
    }
    loaded.account.tell(false, output);
    let stdin = made.iter().any(|(file, _)| file.found.stdin);
    if !args.diff && (args.check || !stdin) {
        let word = if args.check { "to lay out" } else { "laid out" };
        output.summary(&format!("{} {word}, {unchanged} unchanged", plural(changed, "file")));
    }
    let written = writer.tell(output);
    let outcome = if left > 0 {
        Outcome::Broken
    } else if changed > 0 && (args.check || args.diff) {
        Outcome::Findings
    } else {
        Outcome::Clean
    };
    Ok(outcome.max(written).max(loaded.outcome_of(|_| true)))
}

fn laid_out(file: &RuleFile) -> Result<String, Left> {
    let text = file.file.source.text();
    // If it is not UTF-8, or too large, the text is not what the file holds.
    let unread = [&yaml::codes::NOT_UTF8, &yaml::codes::FILE_TOO_LARGE];
    if let Some(finding) = file.file.findings.iter().find(|finding| unread.contains(&finding.code)) {
        return Err(Left::Unreadable(Box::new(finding.clone())));
    }
    // What holds no rule is named by the run's own message.
    if file.file.sigma { formatted(text, file.scope.config.indent()) } else { Err(Left::Unusual(None)) }
}

/// Writes, names or compares a file; `false` when it could not be written.
fn put(file: &RuleFile, text: &str, args: &FmtArgs, writer: &mut Writer, output: &mut Output) -> bool {
    let (name, old) = (file.file.source.name(), file.file.source.text());
    if args.diff {
        output.text(&fix::unified(&files::in_patch(&file.found), old, text));
    } else if args.check {
        output.line(name);
    } else if file.found.stdin {
        output.exact(text, "the rule");
    } else {
        return writer.write(&file.found.path, text.as_bytes(), Before::Bytes(old.as_bytes()));
    }
    true
}

/// Why a file is left as it is.
fn said(file: &RuleFile, name: &str, why: &Left) -> String {
    let finding = match why {
        Left::Unreadable(finding) => Some(&**finding),
        Left::Unusual(_) if !file.file.sigma => file.file.findings.first(),
        Left::Unusual(_) => None,
    };
    if let Some(finding) = finding {
        return render::text(Finding::new(&file.file.source, finding), false) + "\n";
    }
    let (line, what) = match why {
        Left::Unusual(Some((line, what))) => (format!(":{line}"), *what),
        _ => (String::new(), "it is written in a way that cannot be laid out"),
    };
    format!("error: `{name}{line}` is left as it is: {what}, and laying it out could change what it says\n")
}
