//! `docs/corpus.md`: what becomes of public rules. They are beside the repository where it is measured, so the page is
//! compared only there: `SIGMATA_CORPUS` names the folder that holds them.
//! `SIGMATA_ACCEPT=1` writes the page.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use sigmata::backend::{self, Fidelity, Options};
use sigmata::check::check;
use sigmata::diagnostic::{Diagnostic, Severity, has_errors};
use sigmata::rule::{self, Document};
use sigmata::schema::Registry;
use sigmata::source::SourceFile;

/// The folders with rules about clouds, identity providers and code hosting.
const FOLDERS: [&str; 4] = ["cloud", "identity", "application/github", "application/bitbucket"];

/// What becomes of one rule with one target.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Exact,
    Approximate,
    /// The rule is wrong.
    Wrong,
    /// The target has no delivery for the log.
    NoHome,
    /// The language cannot say it.
    Refused,
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut folders = vec![folder.to_owned()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "yml") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn outcome(compiled: &backend::Compiled) -> Outcome {
    match compiled.fidelity {
        Fidelity::Exact => Outcome::Exact,
        Fidelity::Approximate => Outcome::Approximate,
        Fidelity::Unplaced => Outcome::NoHome,
        _ => Outcome::Refused,
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "\\<").replace('\n', " ")
}

fn reason(finding: &Diagnostic) -> String {
    let help = finding.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
    let label = finding.label.as_ref().map(|label| format!(" ({label})")).unwrap_or_default();
    cell(&format!("{} {}{label}{help}", finding.code.id, finding.message))
}

fn page(corpus: &Path) -> String {
    let registry = Registry::shipped();
    let targets = backend::defaults();
    let mut counts: BTreeMap<(usize, Outcome), usize> = BTreeMap::new();
    let (mut rules, mut clean, mut warned, mut refused) = (0, 0, 0, 0);
    let (mut tables, mut unsaid) = (BTreeMap::<String, Vec<String>>::new(), Vec::new());
    for path in FOLDERS.iter().flat_map(|folder| files(&corpus.join(folder))) {
        let name = path.strip_prefix(corpus).expect("below the corpus").to_string_lossy().replace('\\', "/");
        let text = std::fs::read_to_string(&path).expect("a rule");
        let reading = rule::read(&SourceFile::new(name.as_str(), text.as_str()));
        let [Document::Detection(rule)] = reading.documents.as_slice() else { panic!("{name}: one rule") };
        let (typed, found) = check(rule, &registry);
        let findings: Vec<_> = reading.diagnostics.iter().chain(&found).cloned().collect();
        let (folder, file) = name.rsplit_once('/').expect("a folder");
        rules += 1;
        let wrong = has_errors(&findings);
        let told: Vec<_> = findings
            .iter()
            .filter(|finding| {
                if wrong { finding.severity == Severity::Error } else { finding.severity > Severity::Info }
            })
            .collect();
        match () {
            () if wrong => refused += 1,
            () if told.is_empty() => clean += 1,
            () => warned += 1,
        }
        for (at, target) in targets.iter().enumerate() {
            let outcome = if wrong {
                Outcome::Wrong
            } else {
                let compiled = target.compile(rule, &typed, &Options::default());
                let outcome = outcome(&compiled);
                for reason in compiled.diagnostics.iter().filter(|_| outcome == Outcome::Refused) {
                    unsaid.push(format!(
                        "| {} | {} | {} |",
                        file.trim_end_matches(".yml"),
                        target.name(),
                        self::reason(reason)
                    ));
                }
                outcome
            };
            *counts.entry((at, outcome)).or_default() += 1;
        }
        if let Some(first) = told.first() {
            let more = if told.len() > 1 { format!(" (and {} more)", told.len() - 1) } else { String::new() };
            tables.entry(folder.to_owned()).or_default().push(format!(
                "| {} | {} | {}{more} |",
                file.trim_end_matches(".yml"),
                if wrong { "refused" } else { "warned" },
                reason(first)
            ));
        }
    }

    let mut out = String::from(
        "# What becomes of public rules\n\n\
         The checker is measured with 139 rules of the public SigmaHQ repository (Detection Rule License 1.1) about \
         clouds, identity providers and code hosting.\n\
         This page says which of them are refused or warned about, and why, in sigmata's own words; the rules are not \
         part of this repository.\n\
         It is generated: `SIGMATA_CORPUS=… SIGMATA_ACCEPT=1 cargo test --test corpus`.\n\n\
         ## Counts\n\n",
    );
    let _ = writeln!(
        out,
        "Of {rules} rules {clean} have no finding, {warned} have warnings, and {refused} are refused because they \
         cannot fire as written.\n"
    );
    out.push_str("| target | exact | approximate | compiled | rule is wrong | no delivery for the log | cannot be said |\n");
    out.push_str("|---|---:|---:|---:|---:|---:|---:|\n");
    for (at, target) in targets.iter().enumerate() {
        let of = |outcome| counts.get(&(at, outcome)).copied().unwrap_or_default();
        let (exact, approximate) = (of(Outcome::Exact), of(Outcome::Approximate));
        let _ = writeln!(
            out,
            "| {} | {exact} | {approximate} | {} | {} | {} | {} |",
            target.name(),
            exact + approximate,
            of(Outcome::Wrong),
            of(Outcome::NoHome),
            of(Outcome::Refused),
        );
    }
    out.push_str("\n## Refused or warned about\n");
    for (folder, rows) in tables {
        let _ = writeln!(out, "\n### {folder}\n\n| rule | | reason |\n|---|---|---|\n{}", rows.join("\n"));
    }
    if !unsaid.is_empty() {
        let _ = writeln!(
            out,
            "\n## Cannot be said in a language\n\n| rule | target | reason |\n|---|---|---|\n{}",
            unsaid.join("\n")
        );
    }
    out
}

#[test]
fn the_page_about_public_rules_is_up_to_date() {
    let Some(corpus) = std::env::var_os("SIGMATA_CORPUS") else { return };
    let page = page(Path::new(&corpus));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/corpus.md");
    if std::env::var_os("SIGMATA_ACCEPT").is_some() {
        std::fs::write(&path, &page).expect("the page is written");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == page, "docs/corpus.md is not what SIGMATA_ACCEPT=1 writes");
}
