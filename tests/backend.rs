//! A language that a program adds of its own, in sixty lines against the public API: the test of what a backend gets
//! from the frame without writing it.

use sigmata::backend::fidelity::Ledger;
use sigmata::backend::frame::{self, Arrays, Context, Frame, Lower, Stored};
use sigmata::backend::{Backend, Backends, Compiled, Fidelity, Options, codes};
use sigmata::check::{TypedRule, check};
use sigmata::diagnostic::Diagnostic;
use sigmata::ir::pattern::Engine;
use sigmata::ir::{Condition, Element, Predicate, Subject, TextPattern};
use sigmata::rule::{self, DetectionRule, Document};
use sigmata::schema::{Platform, Registry};
use sigmata::source::SourceFile;

/// Prefix notation, over what Splunk holds.
#[derive(Debug)]
struct Toy;

impl Backend for Toy {
    fn name(&self) -> &'static str {
        "toy"
    }

    fn title(&self) -> &'static str {
        "a language of prefixes"
    }

    fn platform(&self) -> Platform {
        Platform::Splunk
    }

    fn engine(&self) -> Engine {
        Engine::Rust
    }

    fn compile(&self, rule: &DetectionRule, typed: &TypedRule, options: &Options) -> Compiled {
        frame::compile(self, rule, typed, options, Arrays::Opened, |frame, formula, ledger| {
            let conditions = Lowering { frame, ledger }.each(formula.conjuncts(), &Context::default())?;
            let from = frame.name().unwrap_or("everything");
            let head: String =
                frame.headed(options, []).iter().map(|line| format!("# {}\n", line.as_str())).collect();
            Some(format!("{head}(from {from:?} {})", conditions.join(" ")))
        })
    }
}

struct Lowering<'a> {
    frame: Frame<'a>,
    ledger: &'a mut Ledger,
}

impl Lower for Lowering<'_> {
    type Condition = String;
    type Scope = ();

    fn constant(&mut self, value: bool) -> Option<String> {
        Some(value.to_string())
    }

    fn not(&mut self, inner: String) -> String {
        format!("(not {inner})")
    }

    fn and(&mut self, parts: Vec<String>) -> Option<String> {
        Some(format!("(and {})", parts.join(" ")))
    }

    fn or(&mut self, parts: Vec<String>) -> Option<String> {
        Some(format!("(or {})", parts.join(" ")))
    }

    fn predicate(&mut self, predicate: &Predicate, _: &Context<()>) -> Option<String> {
        let (Subject::Field(field), Condition::Text(wanted)) = (&predicate.subject, &predicate.test) else {
            let reason = Diagnostic::new(&codes::COLUMN_TYPE, predicate.span, "the toy compares texts alone");
            return self.ledger.refuse(reason);
        };
        let name = match self.frame.stored(&field.path) {
            Stored::Raw => field.path.to_string(),
            Stored::Column(column) => column.name.to_owned(),
            Stored::Absent(reason) => {
                return self.ledger.refuse(self.frame.not_carried(&field.text, reason, field.span));
            }
        };
        let tests = wanted.iter().filter_map(|text| match &text.shape {
            TextPattern::Equals(value) => Some(format!("(= {name} {value:?})")),
            _ => None,
        });
        self.or(tests.collect())
    }

    fn element(&mut self, element: &Element, _: &Context<()>) -> Option<String> {
        let reason = Diagnostic::new(&codes::ARRAY_STATEMENT, element.span, "the toy has no arrays");
        self.ledger.refuse(reason)
    }
}

fn compile(product: &str, detection: &str) -> Compiled {
    let text = format!("title: A rule\nlogsource: {product}\ndetection:\n{detection}\nlevel: low\n");
    let reading = rule::read(&SourceFile::new("rule.yml", text.as_str()));
    let [Document::Detection(rule)] = reading.documents.as_slice() else { panic!("one rule: {reading:#?}") };
    let (typed, _) = check(rule, &Registry::shipped());
    let backends = Backends::shipped().with(&Toy);
    backends.find("toy").expect("it is registered").compile(rule, &typed, &Options::default())
}

const TRAIL: &str = "{product: aws, service: cloudtrail}";

#[test]
fn a_language_of_its_own_gets_title_place_and_connectives() {
    let compiled = compile(
        TRAIL,
        "    s: {eventName: CreateUser}\n    f: {awsRegion: [eu-west-1, eu-west-2]}\n    condition: s and not f",
    );
    assert_eq!((compiled.fidelity, compiled.notes.len()), (Fidelity::Exact, 0), "{compiled:#?}");
    let expected = "# A rule\n# level low\n(from \"aws:cloudtrail\" (or (= eventName \"CreateUser\")) \
                    (not (or (= awsRegion \"eu-west-1\") (= awsRegion \"eu-west-2\"))))";
    assert_eq!(compiled.query.as_deref(), Some(expected));
}

#[test]
fn what_every_language_says_it_says_too() {
    let plain = "{product: acme, service: no_such_log}";
    let compiled = compile(plain, "    s: {a: b}\n    condition: s");
    assert_eq!(compiled.fidelity, Fidelity::Unplaced);
    assert_eq!(compiled.notes.iter().map(|note| note.code.id).collect::<Vec<_>>(), ["S0880"]);
    // Every reason is reported in one run.
    let detection = "    s:\n        eventName|startswith: Create\n        eventTime|gte: 2026-01-01T00:00:00Z\n        resources.ARN: x\n        eventVersion|exists: true\n    condition: s";
    let compiled = compile(TRAIL, detection);
    assert_eq!((compiled.query.as_deref(), compiled.fidelity), (None, Fidelity::Refused));
    let found: Vec<_> = compiled.diagnostics.iter().map(|finding| finding.code.id).collect();
    assert_eq!(found, ["S0803", "S0812", "S0803"], "{compiled:#?}");
    let never = compile(TRAIL, "    s: {eventName: '*'}\n    condition: s and not s");
    assert_eq!(never.fidelity, Fidelity::Refused, "{never:#?}");
}

/// A language that writes nothing and gives no reason.
#[derive(Debug)]
struct Mute;

impl Backend for Mute {
    fn name(&self) -> &'static str {
        "mute"
    }

    fn title(&self) -> &'static str {
        "a language without words"
    }

    fn platform(&self) -> Platform {
        Platform::Splunk
    }

    fn engine(&self) -> Engine {
        Engine::Rust
    }

    fn compile(&self, rule: &DetectionRule, typed: &TypedRule, options: &Options) -> Compiled {
        frame::compile(self, rule, typed, options, Arrays::Opened, |_, _, _| None)
    }
}

#[test]
fn a_rule_without_a_query_always_has_a_reason() {
    let source = SourceFile::new(
        "rule.yml",
        format!(
            "title: A rule\nlogsource: {TRAIL}\ndetection:\n    s: {{eventName: CreateUser}}\n    condition: s\n"
        ),
    );
    let documents = rule::read(&source).documents;
    let [Document::Detection(rule)] = &documents[..] else { panic!("{documents:?}") };
    let (typed, _) = check(rule, &Registry::shipped());
    let compiled = Mute.compile(rule, &typed, &Options::default());
    let found: Vec<_> = compiled.diagnostics.iter().map(|finding| finding.code.id).collect();
    assert_eq!((found, compiled.query), (vec!["S0821"], None));
}

#[test]
fn it_stands_in_every_list() {
    let backends = Backends::shipped().with(&Toy);
    assert_eq!(backends.iter().last().map(Backend::name), Some("toy"));
    assert_eq!(backends.defaults().last().map(Backend::title), Some("a language of prefixes"));
    for backend in backends.iter().take(backends.iter().count() - 1) {
        let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(backend.page());
        assert!(page.is_file(), "{}: no page {}", backend.name(), backend.page());
        let text = std::fs::read_to_string(page).expect("UTF-8");
        for code in backend.codes() {
            assert!(text.contains(code.id), "{} lists {}", backend.page(), code.id);
        }
    }
}
