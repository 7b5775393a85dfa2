//! Every member of every chain of modifiers that the reader accepts does something: there is a value and an event on
//! which the chain and the chain without the member differ, in the evaluator and in the query of every language.
//!
//! A language may refuse a chain for a reason, and a chain may refuse a value; none may read one as another.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::rc::Rc;
use std::sync::LazyLock;

use serde_json::{Value, json};
use sigmata::backend::{self, Options};
use sigmata::check::check;
use sigmata::diagnostic::{Diagnostic, Severity};
use sigmata::eval::{Event, Matcher};
use sigmata::ir::{Condition, Formula, TextPattern};
use sigmata::rule::modifier::{Modifier, NAMES};
use sigmata::rule::{self, Document};
use sigmata::schema::Registry;
use sigmata::source::SourceFile;

/// What chains are tried on: a log, the name before the chain, and values.
struct Ground {
    log: &'static str,
    name: &'static str,
    values: &'static [&'static str],
}

const GROUNDS: &[Ground] = &[
    Ground {
        log: "product: foo, service: bar",
        name: "f",
        values: &[
            "Ab-c",
            "[Ab-c, b-C]",
            "5",
            "[5, 9]",
            "['10.0.0.0/8', '10.1.0.0/16']",
            "[other, third]",
            "'%Ab-c%'",
            "'^a.c'",
            "'^c$'",
            "'2026-02-03T04:05:06Z'",
            "true",
            "null",
        ],
    },
    Ground { log: "product: aws, service: cloudtrail", name: "eventTime", values: &["5", "[5, 9]"] },
    Ground {
        log: "product: foo, service: bar",
        name: "",
        values: &["[Ab-c]", "[Ab-c, b-C]", "['%Ab-c%']", "['^a.c']", "['^c$']"],
    },
];

static REGISTRY: LazyLock<Registry> = LazyLock::new(Registry::shipped);

/// What a chain makes of one value.
struct Meaning {
    formula: Formula,
    /// One for each language; `None` where it is refused.
    queries: Queries,
}

type Queries = Rc<Vec<Option<String>>>;

/// Queries by the formula that they were made of: most orders of a chain have one.
type Known = BTreeMap<(&'static str, String), Queries>;

fn key(ground: &Ground, chain: &[Modifier]) -> String {
    let mut key = ground.name.to_owned();
    for modifier in chain {
        let _ = write!(key, "|{}", modifier.name());
    }
    key
}

/// What the chain makes of the value, or the code of the error by which the reader or the checker refuses it.
fn meaning(
    ground: &Ground,
    chain: &[Modifier],
    value: &str,
    known: &mut Known,
) -> Result<Meaning, &'static str> {
    let (key, log) = (key(ground, chain), ground.log);
    let selection = if key.is_empty() { value.to_owned() } else { format!("{{ '{key}': {value} }}") };
    let text =
        format!("title: t\nlogsource: {{ {log} }}\ndetection:\n    s: {selection}\n    condition: s\n");
    let reading = rule::read(&SourceFile::new("rule.yml", text.as_str()));
    refused(&reading.diagnostics)?;
    let [Document::Detection(rule)] = reading.documents.as_slice() else { panic!("one rule: {text}") };
    let (typed, findings) = check(rule, &REGISTRY);
    refused(&findings)?;
    let formula = typed.formula.clone().unwrap_or_else(|| panic!("no meaning and no error: {text}"));
    let mut options = Options::default();
    options.set("kql.table", vec!["T".into()]).expect("a table");
    let compile = |target: &&dyn backend::Backend| {
        let compiled = target.compile(rule, &typed, &options);
        assert!(compiled.query.is_some() || !compiled.diagnostics.is_empty(), "no reason: {text}");
        compiled.query
    };
    let queries = known
        .entry((ground.log, formula.to_string()))
        .or_insert_with(|| Rc::new(backend::defaults().iter().map(compile).collect()));
    Ok(Meaning { formula, queries: Rc::clone(queries) })
}

/// The code of the first error.
fn refused(findings: &[Diagnostic]) -> Result<(), &'static str> {
    findings.iter().find(|found| found.severity == Severity::Error).map_or(Ok(()), |found| Err(found.code.id))
}

/// Values of the field that tell apart what the values of the grounds ask for, with any chain.
fn usual() -> Vec<Value> {
    let mut found = vec![json!(null), json!(["Ab-c", "b-C"]), json!(["10.1.2.3", "11.0.0.1"])];
    for text in
        ["ab-c", "x\nabc", "a\nc", "A.C", "x\nc\ny", "cx", "%Ab-c%", "10.2.0.1", "10.1.2.3", "11.0.0.1"]
    {
        found.push(json!(text));
    }
    found.extend((4..=10).map(Value::from));
    for text in
        ["2026-02-03T04:05:06Z", "2026-02-05T05:05:06Z", "2026-05-09T09:09:00Z", "2026-10-10T10:10:10Z"]
    {
        found.push(json!(text));
    }
    for text in [
        "2026-01-01T00:00:00Z",
        "2026-02-02T05:04:00Z",
        "0004-02-02T00:00:00Z",
        "0005-02-02T00:00:00Z",
        "0007-07-02T00:00:00Z",
        "2026-01-28T00:00:00Z",
    ] {
        found.push(json!(text));
    }
    found
}

/// Texts that a formula names, and others like them.
fn texts(formula: &Formula, found: &mut BTreeSet<String>) {
    for predicate in formula.predicates() {
        let Condition::Text(list) = &predicate.test else { continue };
        for text in list {
            if let TextPattern::Equals(text)
            | TextPattern::StartsWith(text)
            | TextPattern::EndsWith(text)
            | TextPattern::Contains(text) = &text.shape
            {
                let others =
                    [text.to_lowercase(), format!("x{text}"), format!("{text}x"), format!("x{text}x")];
                found.extend(others);
                found.insert(text.clone());
            }
        }
    }
}

fn events(ground: &Ground, formulas: [&Formula; 2]) -> Vec<Event> {
    let mut named = BTreeSet::new();
    for formula in formulas {
        texts(formula, &mut named);
    }
    let name = if ground.name.is_empty() { "f" } else { ground.name };
    let of = |value: Value| Event::new(json!({name: value, "other": "Ab-c", "third": "c"}));
    let all: Vec<Value> = named.iter().map(|text| json!(text)).collect();
    let mut events: Vec<Event> = usual().into_iter().chain(all).map(of).collect();
    events.push(Event::new(json!({"other": "x"})));
    events.push(Event::new(json!({"f": "Ab-cd", "other": "Ab", "third": "Ab-"})));
    events.push(Event::new(json!({"f": "ab-c", "other": "Ab-c", "third": "AB-C"})));
    events
}

/// Whether some event tells the two formulas apart.
fn differ(ground: &Ground, one: &Formula, other: &Formula) -> bool {
    let matchers = [one, other].map(|formula| Matcher::of(formula).expect("a formula that can be evaluated"));
    let [one_matcher, other_matcher] = &matchers;
    let apart = |event: &Event| one_matcher.matches(event) != other_matcher.matches(event);
    events(ground, [one, other]).iter().any(apart)
}

/// The chains of one to three modifiers that the reader accepts with some value, with what they mean.
type Meanings = BTreeMap<(usize, Vec<&'static str>), Vec<Result<Meaning, &'static str>>>;

fn names(chain: &[Modifier]) -> Vec<&'static str> {
    chain.iter().map(|modifier| modifier.name()).collect()
}

fn meanings() -> (Vec<Vec<Modifier>>, Meanings) {
    let all: Vec<Modifier> = NAMES
        .iter()
        .filter(|(name, modifier)| *name == modifier.name())
        .map(|(_, modifier)| *modifier)
        .collect();
    let mut found = Meanings::new();
    let mut known = Known::new();
    let mut accepted: Vec<Vec<Modifier>> = Vec::new();
    let mut longest: Vec<Vec<Modifier>> = vec![Vec::new()];
    for _ in 0..=3 {
        let mut next = Vec::new();
        for chain in longest {
            let mut any = false;
            for (at, ground) in GROUNDS.iter().enumerate() {
                let meanings: Vec<_> =
                    ground.values.iter().map(|value| meaning(ground, &chain, value, &mut known)).collect();
                any |= meanings.iter().any(Result::is_ok);
                found.insert((at, names(&chain)), meanings);
            }
            if any {
                accepted.push(chain.clone());
            }
            if chain.len() < 3 {
                let more = all.iter().filter(|modifier| {
                    chain.iter().all(|other| other.combines_with(**modifier) && other != *modifier)
                });
                next.extend(more.map(|modifier| [chain.as_slice(), &[*modifier]].concat()));
            }
        }
        longest = next;
    }
    (accepted, found)
}

#[test]
fn every_member_of_every_chain_tells_in_evaluation_and_in_every_language() {
    let (accepted, meanings) = meanings();
    let languages = backend::defaults();
    let mut faults = Vec::new();
    let mut judged = 0;
    for chain in accepted.iter().filter(|chain| !chain.is_empty()) {
        for at in 0..chain.len() {
            let mut without = chain.clone();
            let member = without.remove(at);
            let mut evaluated = Told::default();
            let mut compiled = vec![Told::default(); languages.len()];
            for (of, ground) in GROUNDS.iter().enumerate() {
                let Some(shorter) = meanings.get(&(of, names(&without))) else { continue };
                for ((one, other), value) in
                    meanings[&(of, names(chain))].iter().zip(shorter).zip(ground.values)
                {
                    // Of one value `all` asks nothing more, which the reader says.
                    if member == Modifier::All && !value.contains(", ") {
                        continue;
                    }
                    // Until placeholders have values, a chain with `expand` differs by refusing them.
                    if member == Modifier::Expand {
                        evaluated.see(|| one.as_ref().err() != other.as_ref().err());
                        continue;
                    }
                    let (Ok(one), Ok(other)) = (one, other) else { continue };
                    evaluated.see(|| differ(ground, &one.formula, &other.formula));
                    for (told, pair) in compiled.iter_mut().zip(one.queries.iter().zip(other.queries.iter()))
                    {
                        if let (Some(one), Some(other)) = pair {
                            told.see(|| one != other);
                        }
                    }
                }
            }
            judged += 1;
            let named = names(chain).join("|");
            let member = member.name();
            if evaluated.alike() {
                faults.push(format!("{named}: {member} changes nothing in evaluation"));
            }
            for (language, told) in languages.iter().zip(compiled) {
                if told.alike() {
                    faults.push(format!("{named}: {member} changes no query of {}", language.name()));
                }
            }
        }
    }
    eprintln!("{} chains, {judged} members", accepted.len());
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

/// Whether two things were compared, and found to differ.
#[derive(Clone, Copy, Default)]
struct Told {
    compared: bool,
    apart: bool,
}

impl Told {
    fn see(&mut self, apart: impl FnOnce() -> bool) {
        self.compared = true;
        self.apart = self.apart || apart();
    }

    fn alike(self) -> bool {
        self.compared && !self.apart
    }
}
