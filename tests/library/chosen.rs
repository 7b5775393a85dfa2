//! Nothing that an attacker can write keeps a rule or a correlation of level high or above from firing.

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

/// A document by its name: its level, what it leaves out by a field that an attacker can write, and the rules that it
/// counts if it is a correlation.
struct Read {
    file: String,
    name: String,
    level: String,
    left_out: Vec<String>,
    bases: Vec<String>,
}

impl Read {
    fn is_high(&self) -> bool {
        ["high", "critical"].contains(&self.level.as_str())
    }
}

/// The documents of a file.
fn read(file: &str, text: String, registry: &Registry) -> Vec<Read> {
    let checked = File::check(SourceFile::new(file, text), registry);
    let mut documents = Vec::new();
    for document in &checked.documents {
        let meta = document.document.meta();
        let text = |found: &Option<sigmata::source::Spanned<String>>| {
            found.as_ref().map(|found| found.value.clone()).unwrap_or_default()
        };
        let mut read = Read {
            file: file.to_owned(),
            name: text(&meta.name),
            level: text(&meta.level),
            left_out: Vec::new(),
            bases: Vec::new(),
        };
        match (&document.document, &document.typed) {
            (Document::Detection(_), Some(typed)) => {
                if let (Some(schema), Some(formula)) = (typed.schema.as_deref(), &typed.formula) {
                    read.left_out = left_out(schema, formula);
                }
            }
            (Document::Correlation(rule), _) => {
                read.bases = rule.rules.iter().map(|base| base.value.clone()).collect();
            }
            _ => {}
        }
        documents.push(read);
    }
    documents
}

/// The faults of the documents: what a rule of a high level leaves out, and what the rules leave out that a correlation
/// of a high level counts, since it is silent where they are.
fn faults(documents: &[Read]) -> Vec<String> {
    let mut wrong = Vec::new();
    for document in documents.iter().filter(|document| document.is_high()) {
        let own = document.left_out.iter().map(|field| format!("{}: {field}", document.file));
        wrong.extend(own);
        let bases = documents.iter().filter(|base| document.bases.contains(&base.name));
        for base in bases {
            let found =
                base.left_out.iter().map(|field| format!("{}: {field} of {}", document.file, base.name));
            wrong.extend(found);
        }
    }
    wrong
}

#[test]
fn no_high_rule_leaves_out_what_an_attacker_can_write() {
    let registry = super::lists::registry();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = |file: &String| std::fs::read_to_string(root.join(file)).expect("a rule");
    let documents: Vec<Read> =
        super::rules().iter().flat_map(|file| read(file, text(file), &registry)).collect();
    let wrong = faults(&documents);
    assert!(wrong.is_empty(), "exclude known actors by identifier:\n{}", wrong.join("\n"));
}

/// A correlation of a high level is silent where a rule that it counts leaves somebody out, whatever that rule's level.
#[test]
fn a_high_correlation_answers_for_the_rules_that_it_counts() {
    let registry = Registry::shipped();
    let base = "title: t\nname: base\nlevel: low\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n    \
                a: {eventSource: iam.amazonaws.com, eventName: CreateUser}\n    b: {userAgent|startswith: Terraform}\n    \
                condition: a and not b\n";
    for (level, count) in [("high", 1), ("medium", 0)] {
        let correlation = format!(
            "title: t\nname: sequence\nlevel: {level}\ncorrelation:\n    type: event_count\n    rules: [base]\n    \
             group-by: [recipientAccountId]\n    timespan: 1h\n    condition: {{gte: 2}}\n"
        );
        let mut documents = read("base.yml", base.to_owned(), &registry);
        documents.extend(read("sequence.yml", correlation, &registry));
        assert_eq!(faults(&documents).len(), count, "{level}");
    }
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
        assert_eq!(faults(&read("x.yml", text.clone(), &registry)).len(), count, "{text}");
    }
}
