//! Running the tests of a rule file.

use super::alternatives::{Alternative, alternatives};
use super::codes::{FOREIGN_EVENT, TEST_FAILED, UNKNOWN_TEST_RULE, UNREADABLE_EVENTS};
use super::evaluate::{Logs, filters};
use super::familiar::{Familiar, looks_at};
use super::suite::shortened;
use super::test_sequence::Correlated;
use super::{Case, Checked, Expect, File, Input, Suite};
use crate::diagnostic::{Diagnostic, Severity};
use crate::eval::codes::NOT_EVALUABLE;
use crate::eval::stream::{Reader, Repeated};
use crate::eval::{Event, Matcher, RecordFormats, Verdict, VerdictKind};
use crate::link::{Links, Unit};
use crate::rule::Document;
use crate::schema::{KnownList, Registry};
use crate::source::Span;
use crate::time::{self, Timestamp};
use crate::yaml::Limits;

/// The time of the first event of a sequence.
const START: Timestamp = Timestamp::of_year(2026);
/// How many false parts of a rule a failed test names.
const MOST_REASONS: usize = 5;

/// The rules of one file, prepared for tests.
#[derive(Debug)]
pub struct TestRunner<'f> {
    file: &'f File,
    rules: Vec<Rule<'f>>,
    /// What is followed of each document, where that is wanted; `None` for one that tests nothing itself.
    followed: Option<Vec<Option<Followed>>>,
}

/// What is followed of a rule.
#[derive(Debug)]
struct Followed {
    matcher: Matcher,
    /// The values of its items, each alone.
    values: Vec<(Alternative, Matcher)>,
}

impl Followed {
    fn new(file: &File, checked: &Checked) -> Option<Self> {
        let formula = checked.typed.as_ref()?.formula.as_ref()?;
        let values = alternatives(&file.source, formula).into_iter();
        let values = values.filter_map(|one| Matcher::of(&one.test).ok().map(|matcher| (one, matcher)));
        Some(Self { matcher: Matcher::of(formula).ok()?, values: values.collect() })
    }
}

#[derive(Debug)]
struct Rule<'f> {
    checked: &'f Checked,
    kind: Kind<'f>,
}

#[derive(Debug)]
enum Kind<'f> {
    Detection {
        /// The rule, or why it cannot be evaluated.
        matcher: Result<Matcher, String>,
        /// Its filters, or why one cannot be applied.
        filters: Result<Vec<Matcher>, String>,
    },
    /// A correlation, or why it cannot be evaluated.
    Correlation(Result<Box<Correlated<'f>>, String>),
}

/// What became of one test.
#[derive(Debug)]
pub struct Outcome<'s> {
    /// The test.
    pub case: &'s Case,
    /// `None` when it passed; else why not, as a finding in the test file.
    pub failure: Option<Diagnostic>,
    /// Where a single event decides that it failed: what the rule says of it.
    pub seen: Option<Seen>,
    /// What the events of the test made of the parts of the rule, where that is followed.
    pub parts: Vec<Part>,
    /// The values of items of the rule that they have, where that is followed.
    pub values: Vec<Had>,
}

/// What a rule says of one event.
#[derive(Debug)]
pub struct Seen {
    /// The how-manieth document of the file the rule is, from 0.
    pub document: usize,
    /// The truth of each part.
    pub verdict: Verdict,
}

/// A part of a rule: the how-manieth document of the file, its place there, and whether some event of a test made it so.
pub type Part = (usize, Span, bool);

/// A value of an item that lets an event choose among several: the how-manieth document of the file, the item, the value.
pub type Had = (usize, Span, String);

/// Why a test failed.
struct Failed {
    finding: Box<Diagnostic>,
    seen: Option<Box<Seen>>,
}

impl From<Box<Diagnostic>> for Failed {
    fn from(finding: Box<Diagnostic>) -> Self {
        Self { finding, seen: None }
    }
}

impl<'f> TestRunner<'f> {
    /// Prepares the rules of a file, with the filters that apply to them, which only a test that says `filters: true`
    /// looks at. Findings of the check keep no rule out, as long as it has a meaning.
    pub fn new(file: &'f File, links: &'f Links) -> Self {
        let rules = file.documents.iter().map(|checked| prepare(file, checked, links));
        Self { file, rules: rules.collect(), followed: None }
    }

    /// Follows what tests make of the parts of rules, if `wanted`.
    #[must_use]
    pub fn following(self, wanted: bool) -> Self {
        let all = || self.file.documents.iter().map(|checked| Followed::new(self.file, checked)).collect();
        Self { followed: wanted.then(all), ..self }
    }

    /// Runs every test of a suite. `open` gives the bytes of a file by its path from the folder of the test file, which
    /// never leads out of it, or says why it cannot.
    pub fn run<'s>(
        &self,
        suite: &'s Suite,
        mut open: impl FnMut(&str) -> Result<Vec<u8>, String>,
    ) -> Vec<Outcome<'s>> {
        suite.cases.iter().map(|case| self.outcome(case, &mut open)).collect()
    }

    /// Runs every test of a suite, those with known lists of their own against rules that are checked with these:
    /// `registry` is what the file was checked with, and `others` are the files that it refers to.
    pub fn run_at<'s>(
        &self,
        suite: &'s Suite,
        registry: &Registry,
        limits: Limits,
        others: &dyn Fn() -> Vec<Unit<'f>>,
        mut open: impl FnMut(&str) -> Result<Vec<u8>, String>,
    ) -> Vec<Outcome<'s>> {
        let mut found = Vec::new();
        let mut cases = suite.cases.iter().peekable();
        while let Some(first) = cases.peek().copied() {
            // Tests with the same lists are one after the other, mostly.
            let same = std::iter::from_fn(|| cases.next_if(|case| case.lists == first.lists));
            if first.lists.is_empty() {
                found.extend(same.map(|case| self.outcome(case, &mut open)));
                continue;
            }
            let list = |(name, values): (&String, &Vec<String>)| {
                (name.clone(), KnownList::of(values.clone(), "the test"))
            };
            let registry = registry.with_lists(registry.lists().with(first.lists.iter().map(list)));
            let file = File::check_within(self.file.source.clone(), &registry, limits);
            let others: Vec<Unit<'_>> =
                others().into_iter().map(|unit| unit.with_lists(registry.lists())).collect();
            let (links, _) = Links::new(&[Unit::of(&file)], &others, &registry);
            let runner = TestRunner::new(&file, &links).following(self.followed.is_some());
            found.extend(same.map(|case| runner.outcome(case, &mut open)));
        }
        found
    }

    fn outcome<'s>(
        &self,
        case: &'s Case,
        open: &mut impl FnMut(&str) -> Result<Vec<u8>, String>,
    ) -> Outcome<'s> {
        let mut outcome = Outcome { case, failure: None, seen: None, parts: Vec::new(), values: Vec::new() };
        if let Err(Failed { finding, seen }) = self.case(case, open, &mut outcome) {
            outcome.failure = Some(*finding);
            outcome.seen = seen.map(|seen| *seen);
        }
        let parts = &mut outcome.parts;
        parts.sort_unstable_by_key(|(document, span, holds)| (*document, span.start, span.end, *holds));
        parts.dedup();
        outcome
    }

    fn case(
        &self,
        case: &Case,
        open: &mut impl FnMut(&str) -> Result<Vec<u8>, String>,
        outcome: &mut Outcome<'_>,
    ) -> Result<(), Failed> {
        let document = self.rule(case)?;
        let Some(rule) = self.rules.get(document) else { return Ok(()) };
        let unusable = |reason: &String| {
            let message = format!("the rule of `{}` cannot be evaluated", case.name);
            Box::new(Diagnostic::new(&NOT_EVALUABLE, case.span, message).label(reason.clone()))
        };
        let events = given(case, open)?;
        let schema = rule.checked.typed.as_ref().and_then(|typed| typed.schema.as_ref());
        let shapes = schema.map(|schema| RecordFormats::of(schema));
        let canonical = |event: &Event| shapes.as_ref().and_then(|shapes| shapes.canonical(event));
        let followed = self.followed.as_ref().and_then(|all| all.get(document)?.as_ref());
        if let Some(followed) = followed {
            for (_, event) in &events {
                followed.follow(document, canonical(event).as_ref().unwrap_or(event), outcome);
            }
        }
        let (matcher, filters) = match &rule.kind {
            Kind::Detection { matcher, filters } => (matcher.as_ref().map_err(unusable)?, filters),
            Kind::Correlation(correlated) => {
                return Ok(correlation(case, correlated.as_ref().map_err(unusable)?, &events)?);
            }
        };
        let filters = match filters {
            _ if !case.filters => &[],
            Ok(filters) => filters.as_slice(),
            Err(reason) => return Err(unusable(reason).into()),
        };
        let holds =
            |event: &Event| matcher.matches(event) && filters.iter().all(|filter| filter.matches(event));
        let hit = events.iter().position(|(_, event)| holds(canonical(event).as_ref().unwrap_or(event)));
        let failed = |message: String| Diagnostic::new(&TEST_FAILED, case.span, message);
        let explained = |event: &Event| matcher.explain(canonical(event).as_ref().unwrap_or(event));
        match (case.expect, hit) {
            (Expect::Match, Some(_)) => {
                let hits =
                    || events.iter().filter(|(_, event)| holds(canonical(event).as_ref().unwrap_or(event)));
                match case.count.map(|wanted| (wanted, hits().count())) {
                    Some((wanted, found)) if wanted != found => {
                        let finding =
                            failed(format!("`{}` matches {found} of {} events", case.name, events.len()));
                        Err(Box::new(finding.label(format!("must match {wanted}"))).into())
                    }
                    _ => Ok(()),
                }
            }
            (Expect::NoMatch, None) => {
                let logs = Logs::of(schema);
                let familiar = Familiar::new(&logs, schema.is_none());
                let formats = logs.formats();
                let formula = rule.checked.typed.as_ref().and_then(|typed| typed.formula.as_ref());
                let is_foreign = |event: &Event| {
                    let concerns = |event: &Event| looks_at(formula, event) || matcher.matches(event);
                    !formats.read(event).is_known()
                        && !familiar.knows_written(event.value())
                        && !concerns(canonical(event).as_ref().unwrap_or(event))
                };
                let places = (0..).zip(&events).filter(|(_, (_, event))| is_foreign(event));
                Ok(shows_something(case, events.len(), &places.map(|(at, _)| at).collect::<Vec<_>>(), &logs)?)
            }
            (Expect::NoMatch, Some(at)) => {
                let finding = failed(format!("`{}` matches", case.name));
                let finding = match events.len() {
                    1 => finding.label("must not match"),
                    _ => finding.label(format!("no event must match, and event {at} does (from 0)")),
                };
                let verdict = events.get(at).map(|(_, event)| explained(event));
                let seen = verdict.map(|verdict| Box::new(Seen { document, verdict }));
                Err(Failed { finding: Box::new(finding), seen })
            }
            (Expect::Match, None) => {
                let nearest = events
                    .iter()
                    .map(|(_, event)| explained(event))
                    .min_by_key(|verdict| verdict.failing().len());
                let finding = failed(format!("`{}` does not match", case.name)).label("must match");
                let finding = match &nearest {
                    Some(verdict) if verdict.holds => finding.help("a filter leaves the event out"),
                    Some(verdict) => finding.help(self.reasons(verdict)),
                    None => finding,
                };
                let seen = nearest.map(|verdict| Box::new(Seen { document, verdict }));
                Err(Failed { finding: Box::new(finding), seen })
            }
        }
    }

    /// The place of the rule that a test is about.
    fn rule(&self, case: &Case) -> Result<usize, Box<Diagnostic>> {
        let name = self.file.source.name();
        if let Some(wanted) = &case.rule {
            let is_it = |rule: &&Rule<'_>| {
                let meta = rule.checked.document.meta();
                let is = |found: Option<&crate::source::Spanned<String>>| {
                    found.is_some_and(|found| found.value.trim() == wanted.value)
                };
                is(meta.id.as_ref()) || is(meta.name.as_ref())
            };
            return self.rules.iter().position(|rule| is_it(&rule)).ok_or_else(|| {
                let message = format!("no rule `{}` in {name}", shortened(&wanted.value));
                let help = "write the `id` or the `name` of a document of that file";
                Box::new(Diagnostic::new(&UNKNOWN_TEST_RULE, wanted.span, message).help(help))
            });
        }
        let is_candidate = |rule: &&Rule<'_>| {
            self.rules.len() == 1 || matches!(rule.checked.document, Document::Detection(_))
        };
        let mut candidates = self.rules.iter().enumerate().filter(|(_, rule)| is_candidate(rule));
        if let (Some((only, _)), None) = (candidates.next(), candidates.next()) {
            return Ok(only);
        }
        let message = format!("`{}` does not say which rule of {name} it tests", case.name);
        let help = "add `rule:` with the `id` or the `name` of one of them";
        Err(Box::new(Diagnostic::new(&UNKNOWN_TEST_RULE, case.span, message).help(help)))
    }

    /// The false parts of a rule, each with what the event holds there.
    fn reasons(&self, verdict: &Verdict) -> String {
        let mut failing = verdict.failing();
        // Several predicates can come from one item.
        failing.dedup_by_key(|part| part.span);
        let mut reasons: Vec<String> =
            failing.iter().take(MOST_REASONS).map(|part| self.reason(part)).collect();
        if failing.len() > MOST_REASONS {
            reasons.push(format!("and {} more", failing.len() - MOST_REASONS));
        }
        reasons.join("; ")
    }

    fn reason(&self, part: &Verdict) -> String {
        let text = |span: Span| shortened(self.file.source.slice(span));
        match &part.kind {
            VerdictKind::Constant => "the rule matches nothing".to_owned(),
            _ if part.holds => format!("`not` fails on `{}`", text(part.span)),
            VerdictKind::Predicate(observed) if observed.reached == 0 => {
                format!("`{}` is false: the event has no value there", text(part.span))
            }
            VerdictKind::Predicate(observed) => {
                let seen: Vec<String> = observed.seen.iter().map(|value| shortened(value)).collect();
                format!("`{}` is false: the event has {}", text(part.span), seen.join(", "))
            }
            VerdictKind::Not | VerdictKind::And | VerdictKind::Or | VerdictKind::Element(_) => {
                format!("`{}` is false", text(part.span))
            }
        }
    }
}

impl Followed {
    /// Adds what an event makes of the parts, and the values that it has.
    fn follow(&self, document: usize, event: &Event, outcome: &mut Outcome<'_>) {
        follow(document, &self.matcher.explain(event), &mut outcome.parts);
        for (one, matcher) in &self.values {
            let had = |(of, item, value): &Had| (*of, *item, value) == (document, one.item, &one.value);
            if !outcome.values.iter().any(had) && matcher.matches(event) {
                outcome.values.push((document, one.item, one.value.clone()));
            }
        }
    }
}

/// Adds the truth of each part without parts of its own.
fn follow(document: usize, verdict: &Verdict, parts: &mut Vec<Part>) {
    match verdict.kind {
        VerdictKind::Constant => {}
        VerdictKind::Predicate(_) => parts.push((document, verdict.span, verdict.holds)),
        VerdictKind::Not | VerdictKind::And | VerdictKind::Or | VerdictKind::Element(_) => {
            verdict.parts.iter().for_each(|part| follow(document, part, parts));
        }
    }
}

/// The events of a test, each with its time where the test says it.
fn given(
    case: &Case,
    open: &mut impl FnMut(&str) -> Result<Vec<u8>, String>,
) -> Result<Vec<(Option<String>, Event)>, Box<Diagnostic>> {
    let plain = |events: Vec<Event>| events.into_iter().map(|event| (None, event)).collect();
    match &case.input {
        Input::Events(events) => Ok(plain(events.clone())),
        Input::Sequence(steps) => Ok(steps
            .iter()
            .map(|(at, event)| {
                let nanos = START.nanos + i128::from(*at) * 1_000_000_000;
                (time::print(Timestamp { nanos }), event.clone())
            })
            .collect()),
        Input::File(path) => events(&path.value, open).map(plain).map_err(|reason| {
            let message = format!("the events of `{}` cannot be read", case.name);
            Box::new(Diagnostic::new(&UNREADABLE_EVENTS, path.span, message).label(reason))
        }),
    }
}

/// Whether a test that passes because nothing matches shows something of the rule: an event that is of no log of it does
/// not, since it would match nothing whatever the rule says. A recording may hold other logs besides.
fn shows_something(
    case: &Case,
    events: usize,
    foreign: &[usize],
    logs: &Logs,
) -> Result<(), Box<Diagnostic>> {
    let is_file = matches!(case.input, Input::File(_));
    let Some(first) = foreign.first().filter(|_| !is_file || foreign.len() == events) else { return Ok(()) };
    let name = &case.name;
    let message = match events {
        1 => format!("the event of `{name}` is of no log of the rule"),
        _ if is_file => format!("no event of `{name}` is of a log of the rule"),
        _ => format!("event {first} of `{name}` is of no log of the rule (from 0)"),
    };
    let logs: Vec<&str> = logs.schemas().iter().map(|schema| schema.name.as_str()).collect();
    let logs = logs.join(" or ");
    let help = format!("write it as {logs} does: the event has no field that the rule looks at");
    let finding = Diagnostic::new(&FOREIGN_EVENT, case.span, message);
    Err(Box::new(finding.label("does not match, whatever the rule says").help(help)))
}

/// Tests a correlation.
fn correlation(
    case: &Case,
    correlated: &Correlated<'_>,
    events: &[(Option<String>, Event)],
) -> Result<(), Box<Diagnostic>> {
    let events: Vec<_> = events.iter().map(|(time, event)| (time.clone(), event)).collect();
    let found = correlated.run(&events, case.filters);
    let failed = |message: String| Diagnostic::new(&TEST_FAILED, case.span, message);
    match (case.expect, found.fired) {
        (Expect::Match, Some(_)) => Ok(()),
        (Expect::NoMatch, None) => {
            let given: Vec<&Event> = events.iter().map(|(_, event)| *event).collect();
            shows_something(case, given.len(), &correlated.foreign(&given), correlated.logs())
        }
        (Expect::NoMatch, Some(at)) => {
            let finding = failed(format!("`{}` fires", case.name));
            Err(Box::new(finding.label(format!("must not fire, and event {at} completes a match (from 0)"))))
        }
        (Expect::Match, None) => {
            let mut reasons: Vec<String> = found
                .matched
                .iter()
                .take(MOST_REASONS)
                .map(|(rule, count)| format!("`{}` matches {count}", shortened(rule)))
                .collect();
            if found.lost.untimed > 0 {
                reasons.push(format!("{} without a time: write `sequence:` with `at`", found.lost.untimed));
            }
            let finding = failed(format!("`{}` does not fire", case.name)).label("must fire");
            Err(Box::new(finding.help(format!("of {} events {}", events.len(), reasons.join(", ")))))
        }
    }
}

fn prepare<'f>(file: &'f File, checked: &'f Checked, links: &'f Links) -> Rule<'f> {
    let (Document::Detection(rule), Some(typed)) = (&checked.document, &checked.typed) else {
        let kind = match &checked.document {
            Document::Correlation(rule) => {
                Kind::Correlation(Correlated::new(file, &rule.meta, links).map(Box::new))
            }
            _ => Kind::Detection {
                matcher: Err("a filter is tested with the rules that it applies to".to_owned()),
                filters: Ok(Vec::new()),
            },
        };
        return Rule { checked, kind };
    };
    if let Some(first) = &rule.first_seen {
        let kind = Kind::Correlation(Correlated::new(file, &first.meta, links).map(Box::new));
        return Rule { checked, kind };
    }
    let own = checked.document.meta().span;
    let first = || {
        let within = |finding: &&Diagnostic| own.start <= finding.span.start && finding.span.end <= own.end;
        let mut errors = file.findings.iter().filter(|finding| finding.severity == Severity::Error);
        errors.find(within).map(|finding| finding.message.clone())
    };
    let message = |faults: Vec<Diagnostic>| faults.into_iter().next().map(|fault| fault.message);
    let matcher = Matcher::new(typed.formula.as_ref()).map_err(|faults| {
        let found = if typed.formula.is_none() { first() } else { None };
        found.or_else(|| message(faults)).unwrap_or_default()
    });
    let filters =
        filters(&links.detection(rule, typed)).map_err(|faults| message(faults).unwrap_or_default());
    Rule { checked, kind: Kind::Detection { matcher, filters } }
}

/// The events of a file, all of them readable.
fn events(path: &str, open: &mut impl FnMut(&str) -> Result<Vec<u8>, String>) -> Result<Vec<Event>, String> {
    if path.starts_with('/')
        || path.contains(['\\', '\0'])
        || path.get(1..2) == Some(":")
        || path.split('/').any(|part| part == "..")
    {
        return Err("the path must stay in the folder of the test file, and use `/`".to_owned());
    }
    let bytes = open(path)?;
    let mut reader = Reader::new(&bytes, None);
    let events = reader
        .by_ref()
        .map(|read| read.map(|read| read.event).map_err(|error| error.to_string()))
        .collect::<Result<Vec<_>, _>>()?;
    if let Some(Repeated { line, key, .. }) = reader.repeated() {
        return Err(format!(
            "line {line}: the key `{key}` is twice in one object, of which platforms may take the first or the last"
        ));
    }
    if events.is_empty() { Err("the file holds no event".to_owned()) } else { Ok(events) }
}
