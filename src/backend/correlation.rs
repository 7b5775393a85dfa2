//! What every language needs for a correlation and none writes again: its rules in their deliveries, the fields that
//! join their matches, and what a note about a rule says of the whole.
//!
//! A backend opens its rules with [`compile`], lowers each as it lowers any rule, and puts its windows around them:
//!
//! ```text
//! correlation::compile(self, correlated, Arrays::Kept, "Time", |windows, ledger| {
//!     let matches = windows.bases.iter().map(|base| …);
//!     …
//! })
//! ```

use std::borrow::Cow;

use super::fidelity::Ledger;
use super::frame::{self, Arrays, Frame, Stored};
use super::heading::{Comment, Heading};
use super::{Backend, Compiled, Direction, Holds, Options, Schedule, Shown, codes, language};
use crate::check::TypedRule;
use crate::diagnostic::Diagnostic;
use crate::ir::correlation::{Comparison, Measure, Presence, Threshold, Transform};
use crate::ir::{Condition, FieldUse, Formula, Polarity, Predicate, Subject, Text, TextPattern};
use crate::link::{Base, BaseKind, Correlation, GroupBy, GroupValue};
use crate::rule::DetectionRule;
use crate::schema::{Path, Step};
use crate::source::Span;

/// How many values of a field the alert of a correlation shows.
pub const MOST_SHOWN: i64 = 20;

/// A correlation with what each of its rules means.
#[derive(Debug)]
pub struct Correlated<'a> {
    /// The correlation.
    pub correlation: &'a Correlation<'a>,
    /// Its rules, in the order of its bases.
    pub parts: Vec<Part<'a>>,
    /// What is above its query.
    pub heading: Heading,
}

/// What a correlation counts.
#[derive(Debug)]
pub enum Part<'a> {
    /// A rule, with its filters, and the options for its log. Every place in it is that of the correlation's reference
    /// to it, so that whatever is said of it is in the correlation's file.
    Rule {
        /// The rule.
        rule: Box<DetectionRule>,
        /// What it means.
        typed: Cow<'a, TypedRule>,
        /// The options for its log.
        options: Options,
    },
    /// A correlation.
    Correlation(Box<Correlated<'a>>),
}

impl<'a> Correlated<'a> {
    /// A correlation, with `options` for the log of each rule. With `force`, a filter with errors is applied as far as
    /// it has a meaning.
    ///
    /// # Errors
    /// The finding for the first filter that cannot be applied.
    pub fn new(
        correlation: &'a Correlation<'a>,
        force: bool,
        options: &dyn Fn(&DetectionRule, &TypedRule) -> Options,
    ) -> Result<Self, Box<Diagnostic>> {
        let part = |base: &'a Base<'a>| match &base.kind {
            BaseKind::Rule(detection) => {
                let typed = match base.filtered(force) {
                    Some(typed) => typed?,
                    None => Cow::Borrowed(detection.typed),
                };
                let options = options(detection.rule, &typed);
                let mut rule = Box::new(detection.rule.clone());
                if !base.own {
                    (rule.detection.span, rule.logsource.span) = (base.named.span, base.named.span);
                }
                Ok(Part::Rule { rule, typed, options })
            }
            BaseKind::Correlation(inner) => {
                Self::new(inner, force, options).map(|inner| Part::Correlation(Box::new(inner)))
            }
        };
        let parts = correlation.bases.iter().map(part).collect::<Result<Vec<_>, _>>()?;
        let is_bare = |part: &Part<'_>| match part {
            Part::Rule { options, .. } => options.heading.bare,
            Part::Correlation(inner) => inner.heading.bare,
        };
        let heading = Heading { bare: parts.iter().any(is_bare), file: None };
        Ok(Self { correlation, parts, heading })
    }

    /// How its query is run that gives the time of a row in a column of this name.
    fn schedule(&self, time: &'static str) -> Schedule {
        let (window, delay) = self.reach();
        Schedule::new(window, delay, time)
    }

    /// How long before it fires the oldest event can lie, and how late events of its logs come. The chain of
    /// correlations is no longer than `link` allows, so the recursion is bounded.
    fn reach(&self) -> (u64, u64) {
        let each = self.parts.iter().map(|part| match part {
            Part::Rule { typed, .. } => {
                let schema = typed.schema.as_ref();
                (0, schema.and_then(|schema| schema.delay.as_ref()).map_or(0, |delay| delay.seconds))
            }
            Part::Correlation(inner) => inner.reach(),
        });
        let (inner, delay) = each.fold((0, 0), |all, one| (all.0.max(one.0), all.1.max(one.1)));
        (self.correlation.span.saturating_add(inner), delay)
    }
}

/// A correlation on its way to a platform.
#[derive(Debug)]
pub struct Windows<'a> {
    /// The correlation.
    pub correlation: &'a Correlation<'a>,
    /// What it counts, in order.
    pub bases: Vec<Counted<'a>>,
    heading: &'a Heading,
}

/// What a correlation counts, on its way to a platform.
#[derive(Debug)]
pub enum Counted<'a> {
    /// The matches of a rule.
    Rule(Box<Matches<'a>>),
    /// What a correlation gives: one match for each group and time at which it fires.
    Correlation(Firings<'a>),
}

/// What a correlation gives to another one.
#[derive(Debug)]
pub struct Firings<'a> {
    /// The correlation.
    pub windows: Windows<'a>,
    /// What the other one groups by: places among the groups of this one.
    pub groups: Vec<usize>,
    /// What is counted: places among the groups of this one.
    pub counted: Vec<usize>,
    /// How the other one calls it.
    pub name: &'a str,
    /// Where the other one names it.
    pub span: Span,
}

/// The matches of a rule of a correlation.
#[derive(Debug)]
pub struct Matches<'a> {
    /// The rule in its delivery.
    pub frame: Frame<'a>,
    /// What it means there; a match has every group-by field that is not an array.
    pub formula: Formula,
    /// The options for its log.
    pub options: &'a Options,
    /// What the matches are grouped by.
    pub groups: Vec<Key<'a>>,
    /// What is counted of them.
    pub counted: Vec<Key<'a>>,
    /// The field that tells records apart, where the log repeats its records and that matters to the correlation.
    pub record: Option<&'a FieldUse>,
    /// How the correlation calls it.
    pub name: &'a str,
    /// Where the correlation names it.
    pub span: Span,
}

/// A value of a match.
#[derive(Clone, Copy, Debug)]
pub struct Key<'a> {
    /// The field.
    pub field: &'a FieldUse,
    /// What is done to its text.
    pub transforms: &'a [Transform],
}

/// Compiles a correlation: `query` makes the text of the query, which gives the time of a row in the column `time`, and
/// says what is lost to the ledger.
pub fn compile<'a>(
    backend: &dyn Backend,
    correlated: &'a Correlated<'a>,
    arrays: Arrays,
    time: &'static str,
    query: impl FnOnce(&Windows<'a>, &mut Ledger) -> Option<String>,
) -> Compiled {
    let mut ledger = Ledger::new();
    let opened = open(backend, correlated, arrays, &mut ledger);
    let of_language = language(backend.name());
    let is_placed = |base: &Matches<'_>| base.frame.placed() || base.options.place(of_language);
    let placed = opened.as_ref().is_none_or(|windows| windows.rules().into_iter().all(is_placed));
    let text = opened.and_then(|windows| {
        let text = query(&windows, &mut ledger);
        if !windows.grows() {
            ledger.blur();
        }
        text
    });
    if text.is_none() && !ledger.refused() {
        let span = correlated.correlation.head();
        let message = "a name or a value of the correlation cannot be written in this language";
        let finding = Diagnostic::new(&codes::NOT_WRITABLE, span, message);
        let _: Option<()> = ledger.refuse(finding.help(codes::OTHER_NAME));
    }
    let strict = |part: &Part<'_>| matches!(part, Part::Rule { options, .. } if options.strict);
    if !placed && correlated.parts.iter().any(strict) {
        frame::refuse_unplaced(backend, correlated.correlation.head(), &mut ledger);
    }
    let mut compiled =
        if placed { ledger.finish(text) } else { ledger.unplaced(text, backend.needs_table()) };
    compiled.schedule = compiled.query.is_some().then(|| correlated.schedule(time));
    compiled
}

fn open<'a>(
    backend: &dyn Backend,
    correlated: &'a Correlated<'a>,
    arrays: Arrays,
    ledger: &mut Ledger,
) -> Option<Windows<'a>> {
    let correlation = correlated.correlation;
    let named = correlation.bases.iter().zip(&correlated.parts).enumerate();
    let bases: Vec<Option<Counted<'a>>> = named
        .map(|(at, (base, part))| match part {
            Part::Rule { rule, typed, options } => {
                let (frame, formula) = frame::open(backend, rule, typed, options, arrays, ledger)?;
                let groups = keys(&correlation.groups, at);
                let present = groups.iter().filter(|key| key.is_scalar()).map(Key::present);
                let formula = Formula::and(std::iter::once(formula).chain(present)).simplified();
                let (counted, name) = (keys(&correlation.counted, at), base.named.value.as_str());
                let span = base.named.span;
                let repeats = base.repeats.as_ref().filter(|_| correlation.counts_records());
                let record = repeats.filter(|field| is_held(&frame, field, span, ledger));
                let matches = Matches { frame, formula, options, groups, counted, record, name, span };
                Some(Counted::Rule(Box::new(matches)))
            }
            Part::Correlation(inner) => Some(Counted::Correlation(Firings {
                windows: open(backend, inner, arrays, ledger)?,
                groups: places(&correlation.groups, at),
                counted: places(&correlation.counted, at),
                name: &base.named.value,
                span: base.named.span,
            })),
        })
        .collect();
    let bases = bases.into_iter().collect::<Option<_>>()?;
    Some(Windows { correlation, bases, heading: &correlated.heading })
}

/// Whether a delivery holds the field that identifies repeats of a record; else a note says that they count.
fn is_held(frame: &Frame<'_>, field: &FieldUse, span: Span, ledger: &mut Ledger) -> bool {
    let held = !matches!(frame.stored(&field.path), Stored::Absent(_));
    if !held {
        note_repeats(ledger, field, span);
    }
    held
}

/// Notes that a record counts as often as the log repeats it.
pub(super) fn note_repeats(ledger: &mut Ledger, field: &FieldUse, span: Span) {
    let message = format!("a record that the log repeats, with the same `{}`, counts each time", field.text);
    ledger.note(&codes::OTHER_WINDOWS, Polarity::Positive, Direction::Wider, span, message);
}

/// What the names are for the base at a place.
fn keys(names: &[GroupBy], at: usize) -> Vec<Key<'_>> {
    let values = names.iter().filter_map(|name| name.per_base.get(at));
    values
        .filter_map(|value| match value {
            GroupValue::Field { field, transforms } => Some(Key { field, transforms }),
            GroupValue::Group(_) => None,
        })
        .collect()
}

/// Which groups of the correlation that is the base at a place the names are.
fn places(names: &[GroupBy], at: usize) -> Vec<usize> {
    let values = names.iter().filter_map(|name| name.per_base.get(at));
    values
        .filter_map(|value| match value {
            GroupValue::Group(place) => Some(*place),
            GroupValue::Field { .. } => None,
        })
        .collect()
}

/// Refuses a correlation, with what to do instead.
pub(super) fn refuse<T>(
    ledger: &mut Ledger,
    span: Span,
    message: impl Into<String>,
    instead: &str,
) -> Option<T> {
    ledger.refuse(Diagnostic::new(&codes::CORRELATION_FORM, span, message).help(instead))
}

/// The refusal of a counted field of which an event has several values.
pub(super) fn refuse_several<T>(ledger: &mut Ledger, language: &str, field: &FieldUse) -> Option<T> {
    let message =
        format!("{language} counts the values of a scalar alone, and `{}` lies in an array", field.text);
    refuse(ledger, field.span, message, "count a field that has one value in each event")
}

/// Notes that what joins the matches of several rules is stored in other texts than the provider writes.
pub(super) fn note_stored(ledger: &mut Ledger, place: &str, field: &FieldUse) {
    let message = format!("{place} other texts of `{}` than the provider writes", field.text);
    ledger.note(&codes::STORED_TEXT, Polarity::Positive, Direction::Either, field.span, message);
}

/// The refusal of a language that has no correlations.
pub(super) fn unsupported(title: &str, correlated: &Correlated<'_>) -> Compiled {
    let message = format!("correlations cannot be written in {title}");
    let reason = Diagnostic::new(&codes::CORRELATION_FORM, correlated.correlation.head(), message);
    Compiled::refused(reason.help("compile the rules that it refers to, or compile for another target"))
}

impl<'a> Counted<'a> {
    /// How the correlation calls it.
    pub fn name(&self) -> &'a str {
        match self {
            Self::Rule(matches) => matches.name,
            Self::Correlation(firings) => firings.name,
        }
    }

    /// Where the correlation names it.
    pub fn span(&self) -> Span {
        match self {
            Self::Rule(matches) => matches.span,
            Self::Correlation(firings) => firings.span,
        }
    }
}

impl Key<'_> {
    /// Whether each event has at most one value.
    pub fn is_scalar(&self) -> bool {
        !self.field.path.steps.iter().any(|step| matches!(step, Step::Each | Step::Select { .. }))
    }

    /// The test that an event has a value.
    fn present(&self) -> Formula {
        let (subject, span) = (Subject::Field(self.field.clone()), self.field.span);
        Formula::Pred(Box::new(Predicate { subject, test: Condition::Present, span }))
    }
}

/// The path to the array of a field whose values lie in one, the key by which its element is chosen, and the path from
/// the element; `None` for a field that lies in no array, or in several.
pub(super) type Opened<'p> = (&'p [Step], Option<(&'p str, &'p str)>, &'p [Step]);

/// Cuts a path at its one array.
pub(super) fn opened(path: &Path) -> Option<Opened<'_>> {
    let is_array = |step: &Step| matches!(step, Step::Each | Step::Select { .. });
    let at = path.steps.iter().position(is_array)?;
    let (before, rest) = path.steps.split_at_checked(at)?;
    let (first, rest) = rest.split_first()?;
    if rest.iter().any(is_array) {
        return None;
    }
    let chosen = match first {
        Step::Select { member, key } => Some((&**member, &**key)),
        _ => None,
    };
    Some((before, chosen, rest))
}

impl<'a> Windows<'a> {
    /// The rules whose matches it counts, those of counted correlations included. The chain of correlations is no longer
    /// than `link` allows, so the recursion is bounded.
    pub fn rules(&self) -> Vec<&Matches<'a>> {
        let each = self.bases.iter().map(|base| match base {
            Counted::Rule(matches) => vec![&**matches],
            Counted::Correlation(firings) => firings.windows.rules(),
        });
        each.flatten().collect()
    }
}

impl Windows<'_> {
    /// Where findings about the whole are.
    pub fn head(&self) -> Span {
        self.correlation.head()
    }

    /// The comments above the query: what the correlation is called, how to find it, and where its rules read.
    pub fn heading(&self, reads: impl Fn(&Matches<'_>) -> Vec<String>) -> Vec<Comment> {
        if self.heading.bare {
            return Vec::new();
        }
        let mut lines = self.heading.about(&self.correlation.rule.meta);
        for line in self.rules().into_iter().flat_map(reads) {
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        lines.iter().filter_map(|line| Comment::new(line)).collect()
    }

    /// Records the columns that hold its groups, and those in which it shows what its rules show by themselves: a list
    /// of what the matches have, for a single value of each.
    pub fn show<'n>(
        &self,
        groups: impl IntoIterator<Item = &'n str>,
        details: impl Fn(&str) -> bool,
        ledger: &mut Ledger,
    ) {
        let of_rules = ledger.take_shows();
        for (group, column) in groups.into_iter().enumerate().take(self.correlation.groups.len()) {
            if let Some(shown) = self.shown(group, column) {
                ledger.show(shown);
            }
        }
        for shown in of_rules.into_iter().filter(|shown| details(&shown.column)) {
            let holds = if shown.holds == Holds::One { Holds::Each } else { shown.holds };
            ledger.show(Shown { holds, ..shown });
        }
    }

    /// A column that holds a group, with its field in the log of the first rule.
    fn shown(&self, group: usize, column: &str) -> Option<Shown> {
        match self.bases.first()? {
            Counted::Rule(base) => {
                let key = base.groups.get(group)?;
                Some(base.frame.shows(column, &key.field.path, Holds::One))
            }
            Counted::Correlation(firings) => firings.windows.shown(*firings.groups.get(group)?, column),
        }
    }

    /// Whether more matches of its rules can only make it fire more often.
    pub fn grows(&self) -> bool {
        let inner = self.bases.iter().all(|base| match base {
            Counted::Rule(_) => true,
            Counted::Correlation(firings) => firings.windows.grows(),
        });
        inner && self.measure_grows()
    }

    fn measure_grows(&self) -> bool {
        match &self.correlation.measure {
            Measure::EventCount | Measure::ValueCount => self.lower_bounds(),
            // A match before it makes another one old.
            Measure::FirstSeen
            | Measure::Sum
            | Measure::Average
            | Measure::Percentile(_)
            | Measure::Median => false,
            Measure::Presence(presence) => without_not(presence),
            Measure::Ordered(_) => true,
        }
    }

    /// The direction of the whole, where the windows of a language hold more matches than those of the rule, or fewer.
    pub fn direction(&self, windows: Direction) -> Direction {
        if self.grows() { windows } else { Direction::Either }
    }

    /// Whether all thresholds are bounds from below.
    fn lower_bounds(&self) -> bool {
        let lower = |threshold: &Threshold| {
            matches!(threshold.comparison, Comparison::Greater | Comparison::GreaterOrEqual)
        };
        self.correlation.thresholds.iter().all(lower)
    }

    /// Whether a count of zero meets the thresholds.
    pub fn takes_zero(&self) -> bool {
        let zero = crate::ir::correlation::Amount::default();
        self.correlation
            .thresholds
            .iter()
            .all(|threshold| threshold.comparison.holds(zero.cmp(&threshold.value)))
    }

    /// The number of matches that is enough, where that is all that the correlation asks for; at least one.
    pub fn enough(&self) -> Option<usize> {
        let correlation = self.correlation;
        match (&correlation.measure, correlation.thresholds.as_slice()) {
            (Measure::EventCount, [only]) => {
                let bound: usize = only.value.to_string().parse().ok()?;
                match only.comparison {
                    Comparison::GreaterOrEqual => Some(bound.max(1)),
                    Comparison::Greater => bound.checked_add(1),
                    _ => None,
                }
            }
            // Distinct events of one rule, in any order.
            (Measure::Ordered(rules), _) => {
                let first = rules.first()?;
                rules.iter().all(|rule| rule == first).then_some(rules.len())
            }
            _ => None,
        }
    }

    /// Whether the values that are counted are worth showing: some rule does not show them by itself.
    pub fn shows_counted(&self) -> bool {
        let hides = |base: &Counted<'_>| match base {
            Counted::Rule(base) => {
                let fields = base.frame.fields();
                base.counted.iter().any(|key| fields.iter().all(|field| field.path != key.field.path))
            }
            Counted::Correlation(_) => true,
        };
        matches!(self.correlation.measure, Measure::ValueCount) && self.bases.iter().any(hides)
    }

    /// Notes numbers that are added and compared with less digits than they have.
    pub fn note_rounding(&self, ledger: &mut Ledger) {
        for counted in &self.correlation.counted {
            let message =
                format!("the values of `{}` are added and compared as rounded numbers", counted.name.value);
            let (code, direction) = (&codes::OTHER_WINDOWS, Direction::Either);
            ledger.note(code, Polarity::Positive, direction, counted.name.span, message);
        }
    }

    /// Notes a sequence in which one event may take two places, since only the times are compared.
    pub fn note_places(&self, rules: &[usize], ledger: &mut Ledger) {
        let mut several = None;
        for (at, rule) in rules.iter().enumerate() {
            let before = rules.iter().take(at);
            if let Some(other) = before.into_iter().find(|other| !self.exclusive(**other, *rule)) {
                several = Some((*other, *rule));
            }
        }
        let Some((one, other)) = several else { return };
        let name = |at: usize| self.bases.get(at).map_or("", Counted::name);
        let message = if one == other {
            format!("one event can take both places of `{}`", name(one))
        } else {
            format!("one event that matches `{}` and `{}` can take both places", name(one), name(other))
        };
        let span = self.bases.get(other).map_or_else(|| self.head(), Counted::span);
        ledger.note(&codes::TWO_PLACES, Polarity::Positive, Direction::Wider, span, message);
    }

    /// Whether nothing is a match of both: rules of different logs, or which ask for different values of a field or for
    /// none, and a correlation with anything else.
    pub fn exclusive(&self, one: usize, other: usize) -> bool {
        let itself = one == other;
        let (Some(one), Some(other)) = (self.bases.get(one), self.bases.get(other)) else { return false };
        let (Counted::Rule(one), Counted::Rule(other)) = (one, other) else { return !itself };
        let schema = |base: &Matches<'_>| base.frame.schema().map(|schema| schema.name.clone());
        if let (Some(one), Some(other)) = (schema(one), schema(other))
            && one != other
        {
            return true;
        }
        let others: Vec<_> = asked(&other.formula).collect();
        asked(&one.formula)
            .any(|(path, own)| others.iter().any(|(known, other)| *known == path && own.is_apart(other)))
    }
}

/// What a formula asks of a field that has one value.
enum Asked<'a> {
    /// That it has none.
    Null,
    /// That it is one of some texts.
    Texts(&'a [Text]),
}

impl Asked<'_> {
    /// Whether no value is what both ask.
    fn is_apart(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => false,
            // Some tables hold an empty text for a missing value.
            (Self::Null, Self::Texts(texts)) | (Self::Texts(texts), Self::Null) => {
                !texts.iter().any(|text| text.shape.fits("", false))
            }
            (Self::Texts(own), Self::Texts(others)) => {
                !own.iter().any(|text| others.iter().any(|other| can_meet(&text.shape, &other.shape)))
            }
        }
    }
}

/// Whether some text can fit both patterns in any letter case; true where neither is a whole text.
fn can_meet(one: &TextPattern, other: &TextPattern) -> bool {
    match (one, other) {
        (TextPattern::Equals(text), pattern) | (pattern, TextPattern::Equals(text)) => {
            pattern.fits(text, false) || pattern.map(str::to_lowercase).fits(&text.to_lowercase(), false)
        }
        _ => true,
    }
}

/// The fields with one value of which something is asked wherever the formula holds.
fn asked(formula: &Formula) -> impl Iterator<Item = (&Path, Asked<'_>)> {
    formula.conjuncts().iter().filter_map(|part| {
        let Formula::Pred(predicate) = part else { return None };
        let Subject::Field(field) = &predicate.subject else { return None };
        let asked = match &predicate.test {
            Condition::Null => Asked::Null,
            Condition::Text(texts) => Asked::Texts(texts),
            _ => return None,
        };
        let key = Key { field, transforms: &[] };
        key.is_scalar().then_some((&field.path, asked))
    })
}

/// Whether a condition over rules holds as soon as enough of them have matches.
fn without_not(presence: &Presence) -> bool {
    match presence {
        Presence::Rule(_) => true,
        Presence::Not(_) => false,
        Presence::All(parts) | Presence::Any(parts) => parts.iter().all(without_not),
    }
}
