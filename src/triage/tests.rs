//! Comments and the baseline, on small files.

use super::*;
use crate::check::File;
use crate::config::{Config, Known};
use crate::schema::Registry;

/// A rule with a warning in lines 4 (`status`) and 5 (`level`), and nothing else to say.
const RULE: &str = "title: Root signs in\nid: 5e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d\ndescription: d\nstatus: x\n\
                    level: y\nauthor: a\ndate: 2026-11-23\nlogsource: {product: aws, service: cloudtrail}\n\
                    detection:\n    selection:\n        eventName: ConsoleLogin\n        \
                    eventSource: signin.amazonaws.com\n    condition: selection\n";

fn judged(text: &str, config: &str) -> Vec<String> {
    let codes = crate::codes();
    let known = Known { codes, ..Known::default() };
    let config = Config::read(&SourceFile::new("sigmata.toml", config), &known).expect("a configuration");
    let file = File::check(SourceFile::new("x.yml", text), &Registry::shipped());
    let row = |one: Judged| {
        let line = file.source.position(one.diagnostic.span.start).line;
        let Diagnostic { code, severity, .. } = one.diagnostic;
        match one.fate {
            Fate::Open => format!("{line} {} {}", severity.name(), code.id),
            Fate::Allowed(reason) => format!("{line} {} allowed: {reason}", code.id),
            Fate::Known => format!("{line} {} known", code.id),
        }
    };
    let terms = Terms {
        levels: config.levels("x.yml"),
        codes,
        targets: &["kql", "cwli"],
        needs_reason: config.requires_reason(),
    };
    judge(&file.source, &file.findings, &terms).into_iter().map(row).collect()
}

#[test]
fn comments_allow_what_is_in_their_reach() {
    let with = |old: &str, new: &str| RULE.replace(old, new);
    for (text, expected) in [
        (RULE.to_owned(), &["4 warning S0206", "5 warning S0207"][..]),
        (
            with("status: x", "status: x # sigmata: allow(S0206): ours"),
            &["4 S0206 allowed: ours", "5 warning S0207"],
        ),
        (
            with("status: x", "# sigmata: allow(unknown-status)\n\n# more\nstatus: x"),
            &["7 S0206 allowed: ", "8 warning S0207"],
        ),
        (
            with("status: x", "#sigmata:allow( S0206 ):  a: b \nstatus: x"),
            &["5 S0206 allowed: a: b", "6 warning S0207"],
        ),
        (
            format!("# licence\n# sigmata: allow(form): old\n{RULE}"),
            &["6 S0206 allowed: old", "7 S0207 allowed: old"],
        ),
        (
            format!("# sigmata: allow(S02): old\n---\n{RULE}---\n{}", RULE.replace("5e8c", "6e8c")),
            &["6 S0206 allowed: old", "7 S0207 allowed: old", "20 warning S0206", "21 warning S0207"],
        ),
        (
            with("title: Root signs in", "title: 'a # sigmata: allow(S0206)'"),
            &["4 warning S0206", "5 warning S0207"],
        ),
        (
            with("status: x", "status: x # sigmata: allow(S0206, S0207): ours"),
            &["4 S0206 allowed: ours", "4 warning S0960", "5 warning S0207"],
        ),
        (
            with("status: x", "status: x # sigmata: allow(S0207)"),
            &["4 warning S0206", "4 warning S0960", "5 warning S0207"],
        ),
        // Whether a title is there twice depends on which files are checked.
        (
            with("status: x", "status: x # sigmata: allow(duplicate-title)"),
            &["4 warning S0206", "5 warning S0207"],
        ),
        (
            with("status: x", "status: x # sigmata: allow S0206"),
            &["4 warning S0206", "4 warning S0961", "5 warning S0207"],
        ),
        (
            with("status: x", "status: x # sigmata: allow(S0299)"),
            &["4 warning S0206", "4 warning S0961", "5 warning S0207"],
        ),
    ] {
        assert_eq!(judged(&text, ""), expected, "{text}");
    }
    let bare = with("status: x", "status: x # sigmata: allow(S0206)");
    let reasons = "lints.require-reason = true";
    assert_eq!(judged(&bare, reasons), ["4 S0206 allowed: ", "4 error S0962", "5 warning S0207"]);
}

#[test]
fn levels_are_set_by_code_name_group_path_and_profile() {
    for (config, expected) in [
        ("lints.S0206 = 'allow'", &["5 warning S0207"][..]),
        ("lints.unknown-status = 'error'", &["4 error S0206", "5 warning S0207"]),
        ("lints.form = 'info'\nlints.S0207 = 'error'", &["4 info S0206", "5 error S0207"]),
        ("lints.all = 'allow'", &[]),
        ("lints.S02 = 'allow'\nlints.all = 'error'", &[]),
        ("profile = 'sigmahq'", &["4 error S0206", "5 error S0207"]),
        ("profile = 'sigmahq'\nlints.S0207 = 'allow'", &["4 error S0206"]),
        (
            "lints.form = 'error'\n[[override]]\npaths = ['*.yml']\nlints.S0206 = 'info'\n\
             [[override]]\npaths = ['a/**']\nlints.form = 'allow'\n",
            &["4 info S0206", "5 error S0207"],
        ),
        (
            "[[override]]\npaths = ['*.yml']\nlints.form = 'error'\n\
             [[override]]\npaths = ['x.*']\nlints.form = 'allow'\n",
            &[],
        ),
    ] {
        assert_eq!(judged(RULE, config), expected, "{config}");
    }
}

#[test]
fn a_comment_that_allows_nothing_is_removed_whole() {
    for (new, fixed) in [
        ("status: x # sigmata: allow(S0433): y", "status: x"),
        ("# sigmata: allow(S0433)\nstatus: x", "status: x"),
        ("status: x # sigmata: allow(S0433, S0206): y", "status: x # sigmata: allow(S0206): y"),
        ("status: x # sigmata: allow(S0206, S0433)", "status: x # sigmata: allow(S0206)"),
        ("status: x # sigmata: allow(S0505, S0433)", "status: x"),
    ] {
        let text = RULE.replace("status: x", new);
        let file = File::check(SourceFile::new("x.yml", text.clone()), &Registry::shipped());
        let codes = crate::codes();
        let terms =
            Terms { levels: Levels::default(), codes, targets: &["kql", "cwli"], needs_reason: false };
        let judged = judge(&file.source, &file.findings, &terms);
        let found: Vec<Diagnostic> = judged.into_iter().map(|one| one.diagnostic).collect();
        let (out, _) = crate::diagnostic::fix::apply(&text, &found).expect("a fix");
        assert_eq!(out, RULE.replace("status: x", fixed), "{new}");
    }
}

#[test]
fn a_baseline_counts_off_what_it_has_whatever_the_lines() {
    let check = |text: &str| File::check(SourceFile::new("x.yml", text), &Registry::shipped());
    let old = check(RULE);
    let mut baseline = Baseline::default();
    old.findings.iter().for_each(|finding| baseline.add("x.yml", &old, finding));
    let text = baseline.text();
    assert_eq!(Baseline::read(&text).as_ref(), Ok(&baseline), "{text}");
    assert_eq!(baseline.len(), 2);
    let open = |path: &str, text: &str| {
        let file = check(text);
        let mut counted = baseline.counted();
        let mut new = file.findings.clone();
        new.retain(|finding| !counted.has(path, &file, finding));
        new.retain(|finding| !counted.has_moved(path, &file, finding, &|former| former != path));
        (new.len(), counted.left(&|_, _| true))
    };
    for (path, text, expected) in [
        ("x.yml", RULE.to_owned(), (0, 0)),
        ("x.yml", format!("# a comment\n\n{RULE}"), (0, 0)),
        ("moved/y.yml", RULE.to_owned(), (0, 0)),
        ("x.yml", RULE.replace("status: x", "status:   x"), (0, 0)),
        ("x.yml", RULE.replace("status: x", "status: z"), (1, 1)),
        ("x.yml", RULE.replace("status: x", "status: test"), (0, 1)),
        // A copy with the same faults has one of each too many.
        ("x.yml", format!("{RULE}---\n{RULE}"), (2, 0)),
    ] {
        assert_eq!(open(path, &text), expected, "{text}");
    }
    // In a file that is still where it was nothing has moved, and only what was looked for can be gone.
    let mut counted = baseline.counted();
    assert!(old.findings.iter().all(|finding| !counted.has_moved("copy.yml", &old, finding, &|_| false)));
    assert_eq!(counted.left(&|file, code| file == "x.yml" && code == "S0206"), 1);
    assert_eq!(counted.left(&|file, _| file == "copy.yml"), 0);
    for wrong in [
        "",
        "{}",
        "{\"version\": 1}",
        "{\"version\": 1, \"findings\": [{}]}",
        "{\"version\": 2, \"findings\": []}",
    ] {
        assert!(Baseline::read(wrong).is_err(), "{wrong}");
    }
}
