//! Nothing that an attacker can write keeps a rule of level high or above from firing.

use std::path::Path;

use sigmata::check::File;
use sigmata::ir::{Condition, Formula, Found, Leaf, Polarity, Subject};
use sigmata::rule::Document;
use sigmata::schema::{Meaning, Registry, Schema};
use sigmata::source::SourceFile;

/// Whether whoever causes an event of the log can write the field: the schema says so of it, or it tells the user agent.
fn chosen(schema: &Schema, path: &sigmata::schema::Path) -> bool {
    schema.chosen.iter().any(|chosen| chosen.covers(path))
        || schema.with_meaning(Meaning::UserAgent).contains(path)
}

/// The fields by which a formula leaves something out, of those that an attacker can write.
///
/// What is absent cannot be written, so that `null` leaves nobody out by a name of his.
fn left_out(schema: &Schema, formula: &Formula) -> Vec<String> {
    let named = |found: Found<'_>| match (found.leaf, found.polarity) {
        (Leaf::Pred(predicate), Polarity::Negative) => match (&predicate.subject, &predicate.test) {
            (_, Condition::Null) | (Subject::Event, _) => None,
            (Subject::Field(field), _) => chosen(schema, &field.path).then(|| field.text.clone()),
        },
        _ => None,
    };
    formula.leaves().filter_map(named).collect()
}

/// The faults of the rules of a file.
fn faults(name: &str, text: String, registry: &Registry) -> Vec<String> {
    let file = File::check(SourceFile::new(name, text), registry);
    let mut wrong = Vec::new();
    for checked in &file.documents {
        let (Document::Detection(rule), Some(typed)) = (&checked.document, &checked.typed) else { continue };
        let level = rule.meta.level.as_ref().map(|level| level.value.clone()).unwrap_or_default();
        let (Some(schema), Some(formula)) = (typed.schema.as_deref(), &typed.formula) else { continue };
        if ["high", "critical"].contains(&level.as_str()) {
            wrong.extend(left_out(schema, formula).into_iter().map(|field| format!("{name}: {field}")));
        }
    }
    wrong
}

#[test]
fn no_high_rule_leaves_out_what_an_attacker_can_write() {
    let registry = super::lists::registry();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |file: &String| std::fs::read_to_string(root.join(file)).expect("a rule");
    let wrong: Vec<String> =
        super::rules().iter().flat_map(|file| faults(file, read(file), &registry)).collect();
    assert!(wrong.is_empty(), "exclude known actors by identifier:\n{}", wrong.join("\n"));
}

#[test]
fn exclusions_by_names_are_found_in_any_form() {
    let registry = Registry::shipped();
    let rule = |level: &str, log: &str, items: &str, condition: &str| {
        format!(
            "title: t\nlevel: {level}\nlogsource: {{{log}}}\ndetection:\n    {items}\n    condition: {condition}\n"
        )
    };
    let (aws, entra) = ("product: aws, service: cloudtrail", "product: azure, service: auditlogs");
    let kubernetes = "product: kubernetes, service: audit";
    let create = "a: {eventSource: iam.amazonaws.com, eventName: CreateUser}\n    b: ";
    let add = "a: {properties.activityDisplayName: Add user}\n    b: ";
    for (level, log, items, condition, count) in [
        ("high", aws, format!("{create}{{userAgent|startswith: Terraform}}"), "a and not b", 1),
        ("low", aws, format!("{create}{{userAgent|startswith: Terraform}}"), "a and not b", 0),
        ("high", aws, format!("{create}{{userAgent|startswith: Terraform}}"), "a and b", 0),
        ("critical", aws, format!("{create}{{userAgent|neq: Terraform}}"), "a and b", 1),
        ("high", aws, format!("{create}{{userAgent: null}}"), "a and not b", 0),
        ("high", aws, format!("{create}{{userIdentity.accountId: '111122223333'}}"), "a and not b", 0),
        (
            "high",
            entra,
            format!("{add}{{properties.initiatedBy.app.displayName: MS-PIM}}"),
            "a and not 1 of b*",
            1,
        ),
        (
            "high",
            entra,
            format!(
                "{add}{{properties.initiatedBy.app.servicePrincipalId: 11111111-2222-4333-8444-555555555555}}"
            ),
            "a and not b",
            0,
        ),
        (
            "high",
            kubernetes,
            "a: {verb: create}\n    b: {user.username|startswith: 'eks:'}".into(),
            "a and not b",
            1,
        ),
        (
            "high",
            kubernetes,
            "a: {verb: create}\n    b: {user.groups: 'system:nodes'}".into(),
            "a and not b",
            1,
        ),
    ] {
        let text = rule(level, log, &items, condition);
        assert_eq!(faults("x.yml", text.clone(), &registry).len(), count, "{text}");
    }
}
