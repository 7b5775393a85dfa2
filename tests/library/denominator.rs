//! Of all that a log can say, what looks like making, enabling or empowering an identity: each such known value has a
//! rule, or a reason in `tests/coverage/denominator.yml` why it has none.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use serde::Deserialize;
use sigmata::check::File;
use sigmata::ir::{Condition, Formula, Leaf, Polarity, Subject};
use sigmata::source::SourceFile;
use sigmata::text::Matcher;

/// Words for what has access or gives it.
const OBJECTS: &str = "user users member members membership memberships guest guests account accounts principal \
    principals identity identities invite invites invitation invitations invited admin admins administrator \
    administrators owner owners role roles credential credentials token tokens key keys apikey secret secrets password \
    passwords saml saml2 sso idp scim oidc federated federation mfa factor factors delegate delegated delegation \
    impersonate impersonation consent collaborator collaborators passkey permissionset loginprofile";

/// Words for making, enabling and handing over.
const VERBS: &str = "create created creates creating add added adds new register registered invite invited assign \
    assigned grant granted grants enable enabled activate activated restore restored reactivate reactivated unsuspend \
    unsuspended unlock provision provisioned provisioning import imported generate generated promote promoted elevate \
    elevated authorize authorized upload uploaded put attach attached join joined accept accepted reset undelete \
    undeleted issue issued regenerated rotate approve approved insert";

/// What is swept of one log.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Log {
    /// The field that says what was done.
    field: String,
    /// The field that says whose name it is, where names have owners.
    #[serde(default)]
    owner: Option<String>,
    /// The part of a name that says what was done: `method` (behind the last dot), `operation` (the last three parts of
    /// a path), or all of it.
    #[serde(default)]
    part: Option<String>,
    /// Values without a rule.
    #[serde(default)]
    asides: Vec<Aside>,
}

/// Values that no rule watches.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Aside {
    why: String,
    names: Vec<String>,
}

/// How much of a log is watched.
#[derive(Debug, Clone)]
pub struct Row {
    /// The log.
    pub log: String,
    /// The values that look like it.
    pub all: usize,
    /// Those with a rule.
    pub watched: usize,
}

/// The words of a name, in lower case: `CreateLoginProfile` has three.
fn words(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let (mut found, mut word) = (Vec::new(), String::new());
    for (at, &c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| chars[at]);
        let after_lower = before.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        let ends_capitals = before.is_some_and(|c| c.is_ascii_uppercase())
            && chars.get(at + 1).is_some_and(char::is_ascii_lowercase);
        let begins = !c.is_ascii_alphanumeric() || c.is_ascii_uppercase() && (after_lower || ends_capitals);
        if begins && !word.is_empty() {
            found.push(std::mem::take(&mut word));
        }
        if c.is_ascii_alphanumeric() {
            word.push(c.to_ascii_lowercase());
        }
    }
    found.extend(Some(word).filter(|word| !word.is_empty()));
    found
}

/// The part of a name that says what was done.
fn part<'n>(log: &Log, name: &'n str) -> &'n str {
    let tail = |separator: char, count: usize| {
        name.rmatch_indices(separator).nth(count - 1).map_or(name, |(at, _)| &name[at + 1..])
    };
    match log.part.as_deref() {
        Some("method") if words(tail('.', 1)).len() > 1 => tail('.', 1),
        Some("method") => tail('.', 2),
        Some("operation") => tail('/', 3),
        _ => name,
    }
}

/// Whether a text fits a pattern with stars, whatever the case of its letters.
fn fits(pattern: &str, text: &str) -> bool {
    sigmata::check::ValuePattern::new(pattern).fits(text)
}

/// The known values of a field, each with its owner where the log has one.
fn values(name: &str, log: &Log) -> Vec<(String, Option<String>)> {
    let output = Command::new(env!("CARGO_BIN_EXE_sigmata"))
        .args(["schema", "show", name, &log.field, "--matches", "*"])
        .output()
        .expect("the command starts");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let mut found = Vec::new();
    for line in text.lines() {
        let (value, owners) = line.rsplit_once("  ").unwrap_or((line, ""));
        match &log.owner {
            Some(_) if !owners.is_empty() => {
                found.extend(owners.split(", ").map(|owner| (value.to_owned(), Some(owner.to_owned()))));
            }
            _ => found.push((value.to_owned(), None)),
        }
    }
    found
}

/// Whether a rule asks for a text that the field may hold; `None` where it says nothing of the field.
fn asks(formula: &Formula, field: &str, text: &str) -> Option<bool> {
    let mut said = None;
    for found in formula.leaves().filter(|found| found.polarity == Polarity::Positive) {
        if let Leaf::Pred(predicate) = found.leaf
            && let Subject::Field(of) = &predicate.subject
            && of.path.name() == field
            && let Condition::Text(texts) = &predicate.test
        {
            let meets = texts.iter().any(|wanted| Matcher::new(&wanted.shape, wanted.cased).matches(text));
            said = Some(said.unwrap_or(false) || meets);
        }
    }
    said
}

/// What was swept: a row for each log, and the faults.
pub fn swept() -> &'static (Vec<Row>, Vec<String>) {
    static SWEPT: OnceLock<(Vec<Row>, Vec<String>)> = OnceLock::new();
    SWEPT.get_or_init(sweep)
}

fn sweep() -> (Vec<Row>, Vec<String>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let registry = super::lists::registry();
    let mut formulas: BTreeMap<String, Vec<Formula>> = BTreeMap::new();
    for name in super::rules() {
        let text = std::fs::read_to_string(root.join(&name)).expect("a rule");
        for checked in File::check(SourceFile::new(name, text), &registry).documents {
            let Some(typed) = checked.typed else { continue };
            if let (Some(schema), Some(formula)) = (typed.schema, typed.formula) {
                formulas.entry(schema.name.clone()).or_default().push(formula);
            }
        }
    }
    let set = |words: &'static str| -> BTreeSet<&str> { words.split_whitespace().collect() };
    let (objects, verbs) = (set(OBJECTS), set(VERBS));
    let text = std::fs::read_to_string(root.join("tests/coverage/denominator.yml")).expect("a table");
    let logs: BTreeMap<String, Log> = serde_yaml::from_str(&text).expect("YAML");
    let (mut rows, mut wrong) = (Vec::new(), Vec::new());
    for (name, log) in &logs {
        let known = values(name, log);
        assert!(!known.is_empty(), "{name}: {} has no known values", log.field);
        let looks = |value: &str| {
            let words = words(part(log, value));
            let has = |set: &BTreeSet<&str>| words.iter().any(|word| set.contains(word.as_str()));
            has(&objects) && has(&verbs)
        };
        let rules = formulas.get(name).map_or(&[][..], Vec::as_slice);
        let watches = |value: &str, owner: Option<&str>, rule: &Formula| {
            let owned = log.owner.as_deref().zip(owner).and_then(|(field, owner)| asks(rule, field, owner));
            asks(rule, &log.field, value) == Some(true) && owned != Some(false)
        };
        let (mut all, mut open) = (0, Vec::new());
        for (value, owner) in known.iter().filter(|(value, _)| looks(value)) {
            all += 1;
            if !rules.iter().any(|rule| watches(value, owner.as_deref(), rule)) {
                open.push(owner.as_ref().map_or_else(|| value.clone(), |owner| format!("{value}@{owner}")));
            }
        }
        let mut left: BTreeSet<&String> = open.iter().collect();
        for aside in &log.asides {
            if aside.why.split_whitespace().count() < 3 {
                wrong.push(format!("{name}: `{}` is not a reason", aside.why));
            }
            for pattern in &aside.names {
                let before = open.iter().filter(|value| fits(pattern, value)).count();
                if before == 0 {
                    wrong.push(format!("{name}: `{pattern}` fits no value without a rule: {}", aside.why));
                }
                left.retain(|value| !fits(pattern, value));
            }
        }
        wrong.extend(left.iter().map(|value| format!("{name}: {value}: neither a rule nor a reason")));
        rows.push(Row { log: name.clone(), all, watched: all - open.len() });
    }
    (rows, wrong)
}

#[test]
fn every_value_that_looks_like_an_identity_has_a_rule_or_a_reason() {
    let (rows, wrong) = swept();
    assert!(wrong.is_empty(), "tests/coverage/denominator.yml:\n{}", wrong.join("\n"));
    assert!(rows.len() > 20, "{} logs", rows.len());
}

#[test]
fn words_end_where_letters_change() {
    for (name, expected) in [
        ("CreateLoginProfile", "create login profile"),
        ("AddUserToGroup20150331v2", "add user to group20150331v2"),
        ("user.mfa.factor.reset_all", "user mfa factor reset all"),
        ("CreateSAMLProvider", "create saml provider"),
        ("Add member to role (permanent)", "add member to role permanent"),
    ] {
        assert_eq!(words(name).join(" "), expected);
    }
}
