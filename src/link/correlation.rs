//! Correlations: their rules found, the fields by which they group and whose values they count typed against the log of
//! each rule.

use std::borrow::Cow;

use rustc_hash::{FxHashMap, FxHashSet};

use super::codes::{CHAINED_TOO_FAR, CORRELATED_NAME, CORRELATION_CYCLE, FAULTY_BASE};
use super::detection::{Detection, head};
use super::filter::{self, Filter};
use super::reference::MOST_BASES;
use super::referred::{Known, Referred};
use crate::check::{self, TypedRule};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::ir::correlation::{Amount, Comparison, Measure, Presence, Threshold, Transform};
use crate::ir::{FieldUse, Formula};
use crate::rule::condition::Expr;
use crate::rule::{ComparisonOperator, CorrelationKind, CorrelationRule, DetectionRule, Document};
use crate::schema::Facts;
use crate::source::{SourceFile, Span, Spanned};

/// How deep correlations of correlations go.
pub const DEEPEST_CHAIN: usize = 24;

/// A correlation with its rules, typed.
#[derive(Debug)]
#[non_exhaustive]
pub struct Correlation<'a> {
    /// The correlation as written.
    pub rule: &'a CorrelationRule,
    /// What it correlates, in the order of `rules`; what is there twice is one.
    pub bases: Vec<Base<'a>>,
    /// What it counts; rules are places in `bases`.
    pub measure: Measure,
    /// What that is compared with; empty for [`Measure::Presence`] and [`Measure::Ordered`].
    pub thresholds: Vec<Threshold>,
    /// The length of the window in seconds: it is closed, and ends at the base match at which the correlation is tested.
    pub span: u64,
    /// What the matches are grouped by; a base match without one of these is in no group.
    pub groups: Vec<GroupBy>,
    /// The fields whose values are counted; the values of several count as combinations. Empty where matches are
    /// counted.
    pub counted: Vec<GroupBy>,
}

/// What a correlation correlates.
#[derive(Debug)]
#[non_exhaustive]
pub struct Base<'a> {
    /// Where the correlation names it first.
    pub named: &'a Spanned<String>,
    /// The file that it is in.
    pub source: &'a SourceFile,
    /// What it is.
    pub kind: BaseKind<'a>,
    /// Whether it is the rule that asks for what is first seen, so that its places are those of the document itself.
    pub own: bool,
    /// The field that tells the records of its log apart, where the same one can arrive more than once.
    pub repeats: Option<FieldUse>,
}

/// What a base is.
#[derive(Debug)]
#[non_exhaustive]
pub enum BaseKind<'a> {
    /// A rule with its filters.
    Rule(Box<Detection<'a>>),
    /// A correlation, whose matches have the time of the base match at which it fires.
    Correlation(Box<Correlation<'a>>),
}

/// A name by which matches are grouped, or whose values are counted.
#[derive(Debug)]
#[non_exhaustive]
pub struct GroupBy {
    /// The name.
    pub name: Spanned<String>,
    /// What it is for each base, in the order of the bases.
    pub per_base: Vec<GroupValue>,
}

/// Where a match has the value of a group.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum GroupValue {
    /// The event has it.
    Field {
        /// The field: each scalar that it reaches is a value. An element that an alias chooses by equality is a
        /// [`Step::Select`](crate::schema::Step::Select) of the path.
        field: FieldUse,
        /// What is done to its text.
        transforms: Vec<Transform>,
    },
    /// It is a group of the correlation that the base is: the place in its [`groups`](Correlation::groups).
    Group(usize),
}

/// A correlation with its rules, as far as errors leave it a meaning, and what is wrong with it.
pub(super) fn link<'a>(
    rule: &'a CorrelationRule,
    referred: &'a Referred,
    filters: &'a [Filter],
) -> (Option<Correlation<'a>>, Vec<Diagnostic>) {
    let own = [&rule.meta.id, &rule.meta.name].into_iter().flatten();
    let trail = own.filter_map(|name| referred.find(&name.value)).take(1).collect();
    let mut linker = Linker { referred, filters, trail, bases: 0, findings: Vec::new() };
    let correlation = linker.correlation(rule);
    let mut findings = linker.findings;
    findings.sort_by(|one, other| (one.span, one.code.id).cmp(&(other.span, other.code.id)));
    findings.dedup_by(|one, other| one.code == other.code && one.span == other.span);
    (correlation, findings)
}

/// What a rule asks that says what is first seen, as far as errors leave it a meaning, and what is wrong with it.
pub(super) fn first_seen<'a>(
    rule: &'a DetectionRule,
    typed: &'a TypedRule,
    source: &'a SourceFile,
    referred: &'a Referred,
    filters: &'a [Filter],
) -> (Option<Correlation<'a>>, Vec<Diagnostic>) {
    let mut linker = Linker { referred, filters, trail: Vec::new(), bases: 0, findings: Vec::new() };
    let correlation = linker.first(rule, typed, source);
    (correlation, linker.findings)
}

/// Links one correlation.
struct Linker<'a> {
    referred: &'a Referred,
    filters: &'a [Filter],
    /// The correlations that led here, by their place.
    trail: Vec<usize>,
    /// How many bases there are so far.
    bases: usize,
    findings: Vec<Diagnostic>,
}

impl<'a> Linker<'a> {
    fn correlation(&mut self, rule: &'a CorrelationRule) -> Option<Correlation<'a>> {
        let (bases, places) = self.bases(rule)?;
        let groups = self.names(rule, &rule.group_by, &bases);
        let counted = self.names(rule, &rule.fields, &bases);
        Some(Correlation {
            rule,
            measure: measure(rule, &places)?,
            thresholds: rule.comparisons.iter().map(threshold).collect::<Option<_>>()?,
            span: rule.timespan.as_ref()?.value,
            groups: groups?,
            counted: counted?,
            bases,
        })
    }

    /// The bases, and the place among them of each entry of `rules`.
    fn bases(&mut self, rule: &'a CorrelationRule) -> Option<(Vec<Base<'a>>, Vec<usize>)> {
        let (mut bases, mut places, mut whole) = (Vec::new(), Vec::new(), true);
        let mut seen: FxHashMap<usize, usize> = FxHashMap::default();
        for named in &rule.rules {
            let Some(at) = self.referred.find(&named.value) else {
                whole = false;
                if self.bases + rule.rules.len() > MOST_BASES {
                    self.too_large(named);
                    break;
                }
                continue;
            };
            if let Some(place) = seen.get(&at) {
                places.push(*place);
                continue;
            }
            self.bases += 1;
            if self.bases > MOST_BASES {
                self.too_large(named);
                return None;
            }
            match self.base(named, at) {
                Some(base) => {
                    seen.insert(at, bases.len());
                    places.push(bases.len());
                    bases.push(base);
                }
                None => whole = false,
            }
        }
        (whole && !bases.is_empty()).then_some((bases, places))
    }

    fn base(&mut self, named: &'a Spanned<String>, at: usize) -> Option<Base<'a>> {
        let known = self.referred.get(at)?;
        let kind = match (&known.document, &known.typed) {
            (Document::Detection(rule), Some(typed)) if rule.first_seen.is_some() => {
                let first = self.first(rule, typed, &known.source);
                if known.faulty || first.is_none() {
                    self.faulty(named, "rule", known);
                }
                BaseKind::Correlation(Box::new(first?))
            }
            (Document::Detection(rule), Some(typed)) => {
                if known.faulty || typed.formula.is_none() {
                    self.faulty(named, "rule", known);
                }
                typed.formula.as_ref()?;
                BaseKind::Rule(Box::new(Detection::new(rule, typed, self.filters)))
            }
            (Document::Correlation(rule), _) => {
                BaseKind::Correlation(Box::new(self.chained(named, at, rule)?))
            }
            (Document::Detection(_) | Document::Filter(_), _) => return None,
        };
        let repeats = repeats(&kind, named.span);
        Some(Base { named, source: &known.source, kind, own: false, repeats })
    }

    /// What a rule asks that says what is first seen.
    fn first(
        &mut self,
        rule: &'a DetectionRule,
        typed: &'a TypedRule,
        source: &'a SourceFile,
    ) -> Option<Correlation<'a>> {
        let first = rule.first_seen.as_deref()?;
        typed.formula.as_ref()?;
        let kind = BaseKind::Rule(Box::new(Detection::new(rule, typed, self.filters)));
        let base = Base { named: first.rules.first()?, source, kind, own: true, repeats: None };
        let facts = facts(&base);
        let mut groups = Vec::new();
        for written in &first.group_by {
            // A name may choose an element or take a prefix off, as an alias may.
            let name = Name { written, alias: Some(written), has_alias: false };
            match name.value(&base, &facts) {
                Ok((value, findings)) => {
                    self.findings.extend(findings);
                    groups.push(GroupBy { name: written.clone(), per_base: vec![value] });
                }
                Err(finding) => self.findings.push(*finding),
            }
        }
        let whole = !groups.is_empty() && groups.len() == first.group_by.len();
        Some(Correlation {
            rule: first,
            measure: Measure::FirstSeen,
            thresholds: Vec::new(),
            span: first.timespan.as_ref()?.value,
            groups: whole.then_some(groups)?,
            counted: Vec::new(),
            bases: vec![base],
        })
    }

    /// A correlation that is a base.
    fn chained(
        &mut self,
        named: &'a Spanned<String>,
        at: usize,
        rule: &'a CorrelationRule,
    ) -> Option<Correlation<'a>> {
        if self.trail.contains(&at) {
            self.circular(named);
            return None;
        }
        if self.trail.len() >= DEEPEST_CHAIN {
            self.too_large(named);
            return None;
        }
        self.trail.push(at);
        let before = self.findings.len();
        let correlation = self.correlation(rule);
        self.trail.pop();
        let inner: Vec<Diagnostic> = self.findings.drain(before..).collect();
        let known = self.referred.get(at)?;
        let errors = inner.iter().any(|finding| finding.severity == Severity::Error);
        // What makes the whole impossible is reported in its own words.
        let has = |code: &'static Code| inner.iter().any(|finding| finding.code == code);
        if has(&CORRELATION_CYCLE) {
            self.circular(named);
        } else if has(&CHAINED_TOO_FAR) {
            self.too_large(named);
        } else if known.faulty || errors || correlation.is_none() {
            self.faulty(named, "correlation", known);
        }
        correlation
    }

    fn circular(&mut self, named: &Spanned<String>) {
        let message = format!("`{}` is in a circle of correlations", named.value);
        let finding = Diagnostic::new(&CORRELATION_CYCLE, named.span, message);
        self.findings.push(finding.help("a correlation can only refer to what does not depend on it"));
    }

    fn too_large(&mut self, named: &Spanned<String>) {
        let message = "the correlation is too large to be followed";
        let finding = Diagnostic::new(&CHAINED_TOO_FAR, named.span, message)
            .label(format!("at most {MOST_BASES} rules, and {DEEPEST_CHAIN} correlations in a chain"));
        self.findings.push(finding);
    }

    fn faulty(&mut self, named: &Spanned<String>, kind: &str, known: &Known) {
        let message = format!("the {kind} `{}` of this correlation has errors", named.value);
        let finding = Diagnostic::new(&FAULTY_BASE, named.span, message)
            .label(format!("the {kind} is in {}", known.source.name()))
            .help(format!("see `sigmata check {}`", known.source.name()));
        self.findings.push(finding);
    }

    /// What each name is for each base; `None` when it is nothing for some.
    fn names(
        &mut self,
        rule: &CorrelationRule,
        names: &[Spanned<String>],
        bases: &[Base<'a>],
    ) -> Option<Vec<GroupBy>> {
        let facts: Vec<Facts> = if names.is_empty() { Vec::new() } else { bases.iter().map(facts).collect() };
        let mut groups = Vec::new();
        for name in names {
            let alias = rule.aliases.iter().find(|alias| alias.name.value == name.value);
            let values = bases.iter().zip(&facts).map(|(base, facts)| {
                let same = |rule: &str| self.referred.find(rule) == self.referred.find(&base.named.value);
                let own = alias.and_then(|alias| alias.fields.iter().find(|(rule, _)| same(&rule.value)));
                let name =
                    Name { written: name, alias: own.map(|(_, field)| field), has_alias: alias.is_some() };
                name.value(base, facts)
            });
            let values: Vec<_> = values.collect();
            let mut per_base = Vec::new();
            for value in values {
                match value {
                    Ok((value, findings)) => {
                        self.findings.extend(findings);
                        per_base.push(value);
                    }
                    Err(finding) => self.findings.push(*finding),
                }
            }
            groups.push(GroupBy { name: name.clone(), per_base });
        }
        groups.iter().all(|group| group.per_base.len() == bases.len()).then_some(groups)
    }
}

/// The field that tells the records of the log of a rule apart, where the same one can arrive more than once.
fn repeats(kind: &BaseKind<'_>, span: Span) -> Option<FieldUse> {
    let BaseKind::Rule(detection) = kind else { return None };
    let schema = detection.typed.schema.as_deref()?;
    let name = Spanned::new(schema.repeats.as_ref()?.by.clone(), span);
    let found = check::reached(&name, Some(schema), &Facts::default(), &CORRELATED_NAME);
    found.ok().map(|found| found.field)
}

/// What is certain of the events of a base.
fn facts(base: &Base<'_>) -> Facts {
    match &base.kind {
        BaseKind::Rule(detection) => detection.typed.formula.as_ref().map(check::facts).unwrap_or_default(),
        _ => Facts::default(),
    }
}

/// A name of `group-by` or `field`, for one base.
struct Name<'n> {
    written: &'n Spanned<String>,
    /// What the alias of this name says for the base.
    alias: Option<&'n Spanned<String>>,
    /// Whether there is an alias of this name.
    has_alias: bool,
}

impl Name<'_> {
    fn value(
        &self,
        base: &Base<'_>,
        facts: &Facts,
    ) -> Result<(GroupValue, Vec<Diagnostic>), Box<Diagnostic>> {
        let text = self.alias.unwrap_or(self.written);
        match &base.kind {
            BaseKind::Correlation(inner) => {
                match inner.groups.iter().position(|group| group.name.value == text.value) {
                    Some(at) => Ok((GroupValue::Group(at), Vec::new())),
                    None => Err(Box::new(no_such_group(text, inner))),
                }
            }
            BaseKind::Rule(detection) => self.field(text, detection, facts).map_err(|mut finding| {
                let rule = &base.named.value;
                if self.has_alias && self.alias.is_none() {
                    let help = format!("the alias `{}` says nothing for the rule `{rule}`", text.value);
                    finding.help = Some(help);
                } else if finding.label.is_none() {
                    finding.label = Some(format!("for the rule `{rule}`"));
                }
                finding
            }),
        }
    }

    fn field(
        &self,
        text: &Spanned<String>,
        detection: &Detection<'_>,
        facts: &Facts,
    ) -> Result<(GroupValue, Vec<Diagnostic>), Box<Diagnostic>> {
        let wrong = |message: String| Diagnostic::new(&CORRELATED_NAME, text.span, message);
        if self.alias.is_none() && text.value.contains(['[', '|']) {
            let finding = wrong(format!("`{}` is not a plain field name", text.value));
            return Err(Box::new(
                finding.help("give it a name, and say under `aliases` what it is for each rule"),
            ));
        }
        let (name, rest) = text.value.split_once('|').unwrap_or((&text.value, ""));
        let mut transforms = Vec::new();
        for word in rest.split('|').filter(|_| !rest.is_empty()) {
            match word.split_once(':') {
                Some(("removeprefix", prefix)) if !prefix.is_empty() => {
                    transforms.push(Transform::RemovePrefix(prefix.to_owned()));
                }
                _ => {
                    let finding = wrong(format!("`{word}` is not a change of a value"));
                    return Err(Box::new(finding.help("write `removeprefix:` and the text to take off")));
                }
            }
        }
        let end = text.span.start + u32::try_from(name.len()).unwrap_or_default();
        let plain = text.span.len() as usize == text.value.len();
        let span = if plain { Span { end, ..text.span } } else { text.span };
        let name = Spanned::new(name.to_owned(), span);
        let found = check::reached(&name, detection.typed.schema.as_deref(), facts, &CORRELATED_NAME)?;
        Ok((GroupValue::Field { field: found.field, transforms }, found.findings))
    }
}

fn no_such_group(name: &Spanned<String>, inner: &Correlation<'_>) -> Diagnostic {
    let message = format!("the matches of a correlation have no `{}`", name.value);
    let finding = Diagnostic::new(&CORRELATED_NAME, name.span, message);
    let groups: Vec<String> = inner.groups.iter().map(|group| format!("`{}`", group.name.value)).collect();
    match groups.as_slice() {
        [] => finding.label("it groups by nothing"),
        _ => finding.label(format!("they have what it groups by: {}", groups.join(", "))),
    }
}

fn measure(rule: &CorrelationRule, places: &[usize]) -> Option<Measure> {
    Some(match rule.kind.as_ref()?.value {
        CorrelationKind::FirstSeen => Measure::FirstSeen,
        CorrelationKind::EventCount => Measure::EventCount,
        CorrelationKind::ValueCount => Measure::ValueCount,
        CorrelationKind::ValueSum => Measure::Sum,
        CorrelationKind::ValueAvg => Measure::Average,
        CorrelationKind::ValuePercentile => Measure::Percentile(rule.percentile.as_ref()?.value),
        CorrelationKind::ValueMedian => Measure::Median,
        CorrelationKind::TemporalOrdered => Measure::Ordered(places.to_vec()),
        CorrelationKind::Temporal => Measure::Presence(match &rule.expr {
            Some(condition) => presence(&condition.expr, rule, places)?,
            None => every(places),
        }),
    })
}

/// Every rule has a match.
fn every(places: &[usize]) -> Presence {
    let mut seen = FxHashSet::default();
    let once = places.iter().copied().filter(|place| seen.insert(*place));
    Presence::All(once.map(Presence::Rule).collect())
}

/// The condition of a temporal correlation; its nesting is bounded by its parser.
fn presence(expr: &Expr, rule: &CorrelationRule, places: &[usize]) -> Option<Presence> {
    let all =
        |parts: &[Expr]| parts.iter().map(|part| presence(part, rule, places)).collect::<Option<Vec<_>>>();
    Some(match expr {
        Expr::Name(name) => {
            let at = rule.rules.iter().position(|known| known.value == name.value)?;
            Presence::Rule(*places.get(at)?)
        }
        Expr::Not(_, inner) => Presence::Not(Box::new(presence(inner, rule, places)?)),
        Expr::And(parts) => Presence::All(all(parts)?),
        Expr::Or(parts) => Presence::Any(all(parts)?),
        Expr::Of { .. } | Expr::Hole(_) => return None,
    })
}

fn threshold(written: &crate::rule::Comparison) -> Option<Threshold> {
    let comparison = match written.operator.value {
        ComparisonOperator::Gt => Comparison::Greater,
        ComparisonOperator::Gte => Comparison::GreaterOrEqual,
        ComparisonOperator::Lt => Comparison::Less,
        ComparisonOperator::Lte => Comparison::LessOrEqual,
        ComparisonOperator::Eq => Comparison::Equal,
        ComparisonOperator::Neq => Comparison::NotEqual,
    };
    Some(Threshold { comparison, value: Amount::parse(&written.value.value)? })
}

impl Correlation<'_> {
    /// Whether it matters how often a record arrives: it counts or adds records, rather than values or rules.
    pub fn counts_records(&self) -> bool {
        match &self.measure {
            Measure::EventCount
            | Measure::Sum
            | Measure::Average
            | Measure::Percentile(_)
            | Measure::Median => true,
            Measure::Ordered(rules) => {
                let mut seen = FxHashSet::default();
                !rules.iter().all(|rule| seen.insert(*rule))
            }
            Measure::ValueCount | Measure::FirstSeen | Measure::Presence(_) => false,
        }
    }

    /// Where findings about the correlation as a whole are: its title.
    pub fn head(&self) -> Span {
        head(&self.rule.meta)
    }
}

impl<'a> Base<'a> {
    /// What a base that is a rule means with its filters, with every place made that of the correlation's reference to
    /// it, so that all places are in one file; `None` for a correlation. With `force` as [`Detection::filtered`].
    ///
    /// # Errors
    /// The finding for the first filter that cannot be applied, at the reference.
    pub fn filtered(&self, force: bool) -> Option<Result<Cow<'a, TypedRule>, Box<Diagnostic>>> {
        let BaseKind::Rule(detection) = &self.kind else { return None };
        if self.own {
            return Some(detection.filtered(force));
        }
        let placed = |formula: Formula| filter::placed(formula, self.named.span);
        Some(match detection.filtered(force) {
            Ok(typed) => {
                let mut typed = typed.into_owned();
                typed.formula = typed.formula.map(placed);
                typed.fields.iter_mut().for_each(|field| field.span = self.named.span);
                Ok(Cow::Owned(typed))
            }
            Err(mut finding) => {
                finding.span = self.named.span;
                Err(finding)
            }
        })
    }
}
