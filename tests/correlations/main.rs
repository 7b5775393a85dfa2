//! Correlations in the three languages: what is exact, approximate and refused, and the queries of each form.

mod cwli;
mod details;
#[expect(
    dead_code,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::float_cmp,
    reason = "Splunk's numbers are doubles, and not all of the interpreter is needed"
)]
#[path = "../support/spl/mod.rs"]
mod engine;
mod engines;
mod evaluator;
mod forms;
mod repeats;
mod round_trip;
mod sequences;
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "Splunk's numbers are doubles"
)]
mod spl;

use sigmata::backend::{Backend, Backends, Compiled, Options};
use sigmata::check::File;
use sigmata::link::{Links, Unit};
use sigmata::schema::Registry;
use sigmata::source::SourceFile;
use sigmata::workspace::{Order, products};

/// Rules to correlate: of one log, and of another.
const RULES: &str = "\
title: Failed login
name: failed
logsource: {product: aws, service: cloudtrail}
detection:
    s: {eventName: ConsoleLogin, errorCode: AccessDenied}
    condition: s
---
title: User created
name: created
logsource: {product: aws, service: cloudtrail}
detection:
    s: {eventName: CreateUser}
    condition: s
---
title: Policy attached
name: attached
logsource: {product: aws, service: cloudtrail}
detection:
    s: {eventName: AttachUserPolicy}
    condition: s
---
title: Key created
name: keyed
logsource: {product: aws, service: cloudtrail}
detection:
    s: {eventName: CreateAccessKey}
    condition: s
---
title: By an admin
name: admin
logsource: {product: aws, service: cloudtrail}
detection:
    s: {userIdentity.userName: admin}
    condition: s
---
title: Role assigned
name: assigned
logsource: {product: azure, service: auditlogs}
detection:
    s: {operationName: Add member to role}
    condition: s
---
title: Signed in
name: entered
logsource: {product: aws, service: cloudtrail}
detection:
    s: {eventName: ConsoleLogin, errorCode: null}
    condition: s
---
title: Anything attached
name: anything
logsource: {product: aws, service: cloudtrail}
detection:
    s: {eventName|endswith: Policy}
    condition: s
";

/// What a correlation of [`RULES`] gives, written without its title.
fn compile(target: &str, correlation: &str) -> Compiled {
    compile_with(target, "", correlation)
}

/// Whether a query says that it may find more, since one event can take two places in an order.
fn finds_more(compiled: &Compiled) -> bool {
    compiled.notes.iter().any(|note| note.code.name == "two-places")
}

/// How often each test repeats its sequences, by `SIGMATA_ROUNDS`.
fn rounds() -> u64 {
    std::env::var("SIGMATA_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(1)
}

/// What the sequences are drawn from, by `SIGMATA_SEED`.
fn seed() -> u64 {
    std::env::var("SIGMATA_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(7)
}

/// What a correlation of [`RULES`] and further documents gives.
fn compile_with(target: &str, more: &str, correlation: &str) -> Compiled {
    let target = Backends::shipped().find(target).expect("a target");
    let text = document(more, correlation);
    let mut all = compiled(target, &text);
    all.pop().expect("the correlation").1
}

/// What a correlation of [`RULES`] gives, each of which asks for fields to be shown.
fn compile_showing(target: &str, fields: &str, correlation: &str) -> Compiled {
    let target = Backends::shipped().find(target).expect("a target");
    let fields = format!("fields: [{fields}]\n");
    let text = document("", correlation).replace("condition: s\n", &format!("condition: s\n{fields}"));
    let text = text.replace("first_seen:", &format!("{fields}first_seen:"));
    compiled(target, &text).pop().expect("the correlation").1
}

/// [`RULES`], further documents, and a correlation or what a rule asks by `first_seen`.
fn document(more: &str, correlation: &str) -> String {
    let asked = if correlation.starts_with("by:") {
        let log = "logsource: {product: aws, service: cloudtrail}";
        format!(
            "{log}\ndetection: {{s: {{eventName: CreateUser}}, condition: s}}\nfirst_seen: {{{correlation}}}"
        )
    } else {
        format!("correlation: {{{correlation}}}")
    };
    format!("{RULES}{more}---\ntitle: Correlated\n{asked}\nlevel: high\n")
}

/// The documents of a text that give a query, by title.
fn compiled(target: &'static dyn Backend, text: &str) -> Vec<(String, Compiled)> {
    let registry = Registry::shipped();
    let mut file = File::check(SourceFile::new("rules.yml", text), &registry);
    let (links, found) = Links::new(&[Unit::of(&file)], &[], &registry);
    for (_, finding) in found {
        file.add(finding);
    }
    let order = Order {
        targets: &[target],
        options: &|_, _| Options::default(),
        force: false,
        name: "rules.yml",
        formulas: false,
    };
    let made = products(&file, &links, &order);
    let made = made.into_iter().map(|product| {
        let title = product.checked.and_then(|checked| checked.document.meta().title.as_ref());
        (title.map_or_else(String::new, |title| title.value.clone()), product.compiled)
    });
    made.collect()
}
