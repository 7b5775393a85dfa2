//! Letters fold the same through every door: known values, patterns, evaluator, solver, deliveries and back ends.

use sigmata::backend::{self, Options};
use sigmata::check::check;
use sigmata::eval::{Matcher, Tester};
use sigmata::ir::{Condition, FieldUse, Formula, Predicate, Subject, Text, TextPattern};
use sigmata::rule::{self, Document};
use sigmata::schema::{Base, Facts, Path, Registry, Step, Type};
use sigmata::solve;
use sigmata::source::{SourceFile, Span};
use sigmata::text;

/// Every character that folds together with another one.
fn letters() -> impl Iterator<Item = char> {
    (char::MIN..=char::MAX).filter(|char| text::class(*char).len() > 1)
}

/// The patterns that a value of one letter makes, and a text that each fits where the letter is the same.
fn patterns(value: char, text: char) -> [(TextPattern, String); 5] {
    use sigmata::rule::pattern::Piece;
    let glob = vec![Piece::One, Piece::Text(value.into()), Piece::Any, Piece::Text(value.into()), Piece::One];
    [
        (TextPattern::Equals(value.into()), text.into()),
        (TextPattern::StartsWith(value.into()), format!("{text}-")),
        (TextPattern::EndsWith(value.into()), format!("-{text}")),
        (TextPattern::Contains(value.into()), format!("-{text}-")),
        (TextPattern::Glob(glob), format!("-{text}{text}-")),
    ]
}

fn predicate(shape: TextPattern) -> Predicate {
    let span = Span::default();
    let field = FieldUse {
        path: Path { base: Base::Event, steps: vec![Step::Key("f".into())] },
        ty: Type::String,
        never_empty: false,
        never_null: false,
        always: false,
        text: "f".into(),
        span,
    };
    let test = Condition::Text(vec![Text { shape, cased: false, member: false, span }]);
    Predicate { subject: Subject::Field(field), test, span }
}

#[test]
fn every_character_folds_the_same_as_pattern_and_in_the_evaluator() {
    let mut wrong = Vec::new();
    for value in char::MIN..=char::MAX {
        let class = text::class(value);
        // What folds together with the character, whatever the direction, and two that do not.
        let mut texts = class.clone();
        texts.extend([value, 'x', '\u{e9}']);
        texts.extend(class.iter().flat_map(|other| text::class(other.to_ascii_lowercase())));
        texts.extend(value.to_lowercase().chain(value.to_uppercase()));
        if class.len() == 1 && texts.iter().all(|text| *text == value || matches!(text, 'x' | '\u{e9}')) {
            // Nothing folds together with it: most of Unicode.
            if text::equals(&String::from(value), "x") != (value == 'x') {
                wrong.push(format!("{value:?} x"));
            }
            continue;
        }
        let testers =
            patterns(value, value).map(|(shape, _)| Tester::new(&predicate(shape)).expect("a test"));
        for text in texts {
            let expected = class.contains(&text);
            for ((shape, text), tester) in patterns(value, text).iter().zip(&testers) {
                let fits = shape.fits(text, false);
                let accepts = tester.accepts(&serde_json::Value::String(text.clone()));
                if fits != expected || accepts != expected {
                    wrong.push(format!("{shape:?} {text:?}: {fits} {accepts}, expected {expected}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong: {:#?}", wrong.len(), &wrong[..wrong.len().min(20)]);
}

#[test]
fn the_solver_knows_which_letters_exclude_each_other() {
    let formula = |value: char| Formula::Pred(Box::new(predicate(TextPattern::Equals(value.into()))));
    for value in letters().filter(|char| !char.is_ascii() || matches!(char, 'k' | 's' | 'a')) {
        let class = text::class(value);
        for other in class.iter().copied().chain(['x', 'k', 's']) {
            let common = text::class(other).iter().any(|char| class.contains(char));
            let both = Formula::and([formula(value), formula(other)]);
            let refuted = solve::satisfiable(&both).is_no();
            assert_eq!(refuted, !common, "{value:?} and {other:?}");
        }
    }
}

/// One member of each class, written as few would write it.
fn members() -> Vec<String> {
    let mut values: Vec<char> = letters().filter(|char| text::class(*char).last() == Some(char)).collect();
    values.retain(|char| !char.is_ascii() || char.is_ascii_lowercase());
    values.iter().map(|char| format!("\"{char}\"")).collect()
}

fn schema(letters: &[String]) -> String {
    format!(
        r#"
sigmata-schema: 2
name: acme/audit
title: Acme
logsources: [{{product: acme, service: audit}}]
sources: [{{source: own, license: none, date: "2026-01-01"}}]
enums:
  letter: {{noun: letter, complete: true, values: [{}]}}
  word: {{noun: word, complete: true, values: ["ΛΟΓΟΣ", "µ", "Å", "k", other]}}
fields:
  kind: {{type: string, always: true, never_empty: true}}
  word: {{type: enum, enum: word, never_empty: true}}
  letter: {{type: enum, enum: letter, never_empty: true}}
  who: {{type: string, never_empty: true}}
deliveries:
  - {{platform: sentinel, tables: [Logos], form: columns, only: {{kind: ["ΛΟΓΟΣ", "µ", "Å", "k"]}}, columns: {{kind: {{column: Kind}}, who: {{column: Who}}, word: {{column: Word, values: {{"ΛΟΓΟΣ": "1", "µ": "2", "Å": "3", "k": "4", other: "5"}}}}}}}}
  - {{platform: sentinel, tables: [Others], form: columns, only: {{kind: [other]}}, columns: {{who: {{column: Who}}}}}}
  - {{platform: xdr, tables: [One], form: columns, only: {{kind: ["ΛΟΓΟΣ"]}}, columns: {{who: {{column: Who}}}}}}
  - {{platform: splunk, tables: ["acme:audit"], form: raw, columns: {{word: {{column: word, values: {{"ΛΟΓΟΣ": "1", "µ": "2", "Å": "3", "k": "4", other: "5"}}}}}}}}
"#,
        letters.join(", ")
    )
}

#[test]
fn known_values_are_found_by_every_letter_of_their_class() {
    let (registry, findings) = Registry::with_schemas([("acme.yaml", schema(&members()).as_str())]);
    assert!(findings.is_empty(), "{findings:?}");
    let schema = registry.get("acme/audit").expect("the schema");
    let Some(resolved) = schema.lookup("letter", &Facts::default()) else { panic!("a field") };
    let Type::Enum(known_values) = resolved.ty else { panic!("known values") };
    for value in letters() {
        let class = text::class(value);
        let text = value.to_string();
        let found = known_values.canonical(&text);
        let expected = |known: &str| known.chars().all(|char| class.contains(&char));
        if let Some(found) = found {
            assert!(expected(found), "{value:?} {found:?}");
            continue;
        }
        known_values.visit(&mut |known| {
            assert!(!expected(known), "{value:?} is not found as {known}");
            true
        });
    }
}

/// The rule with these detections: its findings, whether it matches the event, and its query for a target.
fn run(target: &str, detection: &str, event: &str) -> (Vec<String>, bool, String) {
    let (registry, findings) = Registry::with_schemas([("acme.yaml", schema(&["a".into()]).as_str())]);
    assert!(findings.is_empty(), "{findings:?}");
    let rule = format!(
        "sigma-version: '3'\nlogsource: {{product: acme, service: audit}}\ndetection:\n{detection}\n"
    );
    let reading = rule::read(&SourceFile::new("rule.yml", rule));
    let Some(Document::Detection(rule)) = reading.documents.into_iter().next() else { panic!("a rule") };
    let (typed, found) = check(&rule, &registry);
    let event = sigmata::eval::Event::new(serde_json::from_str(event).expect("JSON"));
    let matches = Matcher::new(typed.formula.as_ref()).is_ok_and(|matcher| matcher.matches(&event));
    let compiled = backend::find(target).expect("a target").compile(&rule, &typed, &Options::default());
    let refused = compiled.diagnostics.iter().map(|finding| format!("!{}", finding.code.id)).collect();
    let query = compiled.query.map_or(refused, |query| query.trim().replace('\n', " "));
    (found.iter().map(|finding| finding.code.id.to_owned()).collect(), matches, query)
}

#[test]
fn a_delivery_holds_what_the_evaluator_matches() {
    // The letter in the rule, and the text of the event, which the delivery names.
    for (value, text) in
        [("λογος", "ΛΟΓΟΣ"), ("λογοσ", "ΛΟΓΟΣ"), ("\u{3bc}", "µ"), ("\u{212b}", "Å"), ("\u{212a}", "k")]
    {
        let event = format!(r#"{{"kind": "{text}", "who": "x"}}"#);
        let selection = format!("  s: {{kind: '{value}', who: x}}\n  condition: s");
        let (_, matches, query) = run("kql", &selection, &event);
        assert!(matches && query.contains(" Logos | where "), "{value}: {matches} {query}");
        let filter =
            format!("  s: {{who: x}}\n  f: {{kind|startswith: '{value}'}}\n  condition: s and not f");
        assert!(!run("kql", &filter, &event).1, "{value}");
    }
    let filter = "  s: {who: x}\n  f: {kind|startswith: 'λογος'}\n  condition: s and not f";
    let (_, matches, query) = run("kql:xdr", filter, r#"{"kind": "ΛΟΓΟΣ", "who": "x"}"#);
    assert_eq!((matches, query.as_str()), (false, "!S0819"));
    let wildcard = "  s: {who: x}\n  f: {kind: 'λ?γ*ς'}\n  condition: s and not f";
    assert_eq!(run("kql:xdr", wildcard, "{}").2, "!S0819");
}

#[test]
fn stored_texts_and_known_values_fold_as_the_evaluator() {
    for (value, text, stored) in [
        ("λογος", "ΛΟΓΟΣ", "1"),
        ("\u{3bc}", "µ", "2"),
        ("\u{212b}", "Å", "3"),
        ("\u{212a}", "k", "4"),
        ("K", "k", "4"),
    ] {
        for (target, modifier) in [("kql", ""), ("spl", ""), ("kql", "|startswith"), ("kql", "|endswith")] {
            let detection = format!("  s: {{word{modifier}: '{value}', who: x}}\n  condition: s");
            let event = format!(r#"{{"kind": "k", "word": "{text}", "who": "x"}}"#);
            let (found, matches, query) = run(target, &detection, &event);
            assert!(matches, "{detection}");
            assert!(found.iter().all(|code| code == "S0431" || code == "S0408"), "{detection}: {found:?}");
            let exact = [format!("\"{stored}\""), format!("^{stored}\\\\z")];
            assert!(exact.iter().any(|text| query.contains(text)), "{target} {detection}: {query}");
        }
    }
}

#[test]
fn letters_of_a_full_mapping_alone_are_left_to_no_engine() {
    for value in ["İx", "ıx"] {
        let detection = format!("  s: {{who: '{value}', kind: 'k'}}\n  condition: s");
        let event = format!(r#"{{"kind": "k", "who": "{value}"}}"#);
        for target in ["kql", "cwli"] {
            let (_, matches, query) = run(target, &detection, &event);
            assert!(matches && query.contains(value), "{target}: {query}");
            assert!(!query.contains("tolower(who)") && !query.contains("Who =~"), "{target}: {query}");
        }
    }
}
