//! What every language needs and none writes again: which delivery is read, what is said where there is none, the
//! columns and what they hold, what parts the log from others, and the walk over the formula.
//!
//! A backend opens a [`Frame`] for a rule, implements [`Lower`] for its conditions, and closes with the text of its
//! query:
//!
//! ```text
//! frame::compile(self, rule, typed, options, Arrays::Opened, |frame, formula, ledger| {
//!     let mut lowering = Lowering { frame, ledger };
//!     let conditions = lowering.conjuncts(&formula)?;
//!     …
//! })
//! ```

use std::collections::HashSet;

use super::delivery::Reader;
use super::fidelity::Ledger;
use super::heading::Comment;
use super::{
    Backend, Compiled, Direction, Holds, Options, Reads, Shown, codes, delivery, doubt, known, language,
};
use crate::check::TypedRule;
use crate::diagnostic::Diagnostic;
use crate::ir::{Element, FieldUse, Formula, Polarity, Predicate};
use crate::rule::DetectionRule;
use crate::schema::{
    ColumnType, Decode, Delivery, Discriminator, Located, Path, Plan, Platform, Schema, Step,
};
use crate::source::Span;

/// How a language meets arrays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrays {
    /// Each step into an array is a statement about its elements: see [`Formula::quantified`].
    Opened,
    /// Paths keep their steps into arrays.
    Kept,
}

/// A rule on its way to a platform.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// The rule.
    pub rule: &'a DetectionRule,
    /// What its check found out.
    pub typed: &'a TypedRule,
    delivery: Option<&'a Delivery>,
    /// Whether what the platform extracts by itself can end before fields that the rule tests.
    cut: bool,
}

/// Where the value at a path from the event lives.
#[derive(Clone, Debug)]
pub enum Stored<'a> {
    /// In a column.
    Column(Column<'a>),
    /// Where the record has it: nothing says otherwise.
    Raw,
    /// Nowhere, for this reason.
    Absent(Option<&'a str>),
}

/// A column, and how it holds a value.
#[derive(Clone, Debug)]
pub struct Column<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its type.
    pub ty: ColumnType,
    /// How it is read before the rest of the path is walked.
    pub decode: Decode,
    /// The steps that remain inside its value.
    pub rest: Vec<Step>,
    /// Where the record itself has it, when the name is the platform's alone.
    pub in_record: Option<Vec<Step>>,
    /// Canonical text and stored text, where they differ.
    pub values: &'a [(String, String)],
    /// Whether the stored texts are documented to the letter; otherwise letter case does not count.
    pub spelt: bool,
    /// Texts that are where the record lacks the field.
    pub absent_as: &'a [String],
}

/// A column that holds one of some values in the records of this log alone.
#[derive(Clone, Copy, Debug)]
pub struct Fixed<'a> {
    /// The column, or a path into one.
    pub path: &'a Path,
    /// The values.
    pub values: &'a [Discriminator],
}

/// Where a part of the formula is.
#[derive(Clone, Debug, Default)]
pub struct Context<S> {
    /// What paths inside an element start from; the default at the event.
    pub scope: S,
    /// The sign of the part in the whole.
    pub polarity: Polarity,
    /// Whether a negation is above, so that a test of what is missing must be false rather than unknown.
    pub guarded: bool,
}

impl<S: Clone> Context<S> {
    /// That of what a negation negates.
    #[must_use]
    pub fn negated(&self) -> Self {
        Self { scope: self.scope.clone(), polarity: self.polarity.flip(), guarded: true }
    }

    /// That of what is said inside an element.
    #[must_use]
    pub fn within(&self, scope: S) -> Self {
        Self { scope, ..self.clone() }
    }
}

/// Compiles a rule: `query` makes the text of the query, and says what is lost to the ledger.
pub fn compile<'a>(
    backend: &dyn Backend,
    rule: &'a DetectionRule,
    typed: &'a TypedRule,
    options: &Options,
    arrays: Arrays,
    query: impl FnOnce(Frame<'a>, Formula, &mut Ledger) -> Option<String>,
) -> Compiled {
    let mut ledger = Ledger::new();
    let opened = open(backend, rule, typed, options, arrays, &mut ledger);
    let placed =
        opened.as_ref().is_none_or(|(frame, _)| frame.placed()) || options.place(language(backend.name()));
    let text = opened.and_then(|(frame, formula)| query(frame, formula, &mut ledger));
    if text.is_none() && !ledger.refused() {
        let message = "a name or a value of the rule cannot be written in this language";
        let finding = Diagnostic::new(&codes::NOT_WRITABLE, rule.detection.span, message);
        let _: Option<()> = ledger.refuse(finding.help(codes::OTHER_NAME));
    }
    if placed {
        return ledger.finish(text);
    }
    if options.strict {
        refuse_unplaced(backend, rule.logsource.span, &mut ledger);
    }
    ledger.unplaced(text, backend.needs_table())
}

/// Compiles a rule whose matches are spread over several deliveries, or that arrive by several: `leg` makes the query
/// over each, `whole` the text of all. A delivery in which no event can match, or that lacks a field, is left out, the
/// latter with a note where no other holds its events.
/// `None` where one delivery is enough.
pub fn compile_spread<'a, T>(
    backend: &dyn Backend,
    rule: &'a DetectionRule,
    typed: &'a TypedRule,
    options: &Options,
    arrays: Arrays,
    mut leg: impl FnMut(Frame<'a>, &Formula, &mut Ledger) -> Option<T>,
    whole: impl FnOnce(Vec<(Frame<'a>, T)>, &mut Ledger) -> Option<String>,
) -> Option<Compiled> {
    let mut ledger = Ledger::new();
    let reader = Reader {
        language: language(backend.name()),
        platform: backend.platform(),
        options,
        lists: backend.list_options(),
    };
    let formula = known::settled(typed.formula.as_ref()?, reader.lists, &mut ledger)?;
    let spread =
        delivery::together(typed.schema.as_deref(), reader, &formula, rule.detection.span, &mut ledger)?;
    let (mut legs, mut told, mut lacking, mut inferred) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for part in &spread.parts {
        let mut own = Ledger::new();
        let mut frame = Frame { rule, typed, delivery: Some(part), cut: false };
        let Some(formula) = delivery::within(&formula, part, arrays == Arrays::Opened, &mut own) else {
            lacking.push((*part, own));
            continue;
        };
        let formula = formula.simplified();
        if matches!(formula, Formula::False) {
            continue;
        }
        frame.cut = doubt::limits(&formula, frame.schema(), part, &mut own);
        match leg(frame, &formula, &mut own) {
            Some(query) if !own.refused() => {
                inferred.extend(doubt::inferred(&formula, part));
                legs.push((frame, query));
                told.push(own);
            }
            _ => lacking.push((*part, own)),
        }
    }
    // Where one way is left of several, that it is one is worth a note; where one table is left, another may do better.
    if legs.is_empty() || (legs.len() < 2 && !spread.usual) {
        return None;
    }
    ledger.join(told);
    doubt::trust(&inferred, options, &mut ledger);
    let covered = |part: &Delivery| spread.whole.is_some_and(|whole| !std::ptr::eq(whole, part));
    for (part, own) in lacking.iter().filter(|(part, _)| !covered(part)) {
        let reason = own.refusal().map_or(String::new(), |reason| format!(": {}", reason.message));
        let message = format!("`{}` is left out{reason}", part.name);
        let span = own.refusal().map_or(rule.detection.span, |reason| reason.span);
        ledger.note(&codes::DELIVERY_HOLDS_PART, Polarity::Positive, Direction::Narrower, span, message);
    }
    let text = whole(legs, &mut ledger);
    Some(ledger.finish(text))
}

/// Refuses a query of which it is not known where its log is kept.
pub(super) fn refuse_unplaced(backend: &dyn Backend, span: Span, ledger: &mut Ledger) {
    let message = format!(
        "`strict` is set, and it is not known where the log is kept in {}",
        backend.platform().name()
    );
    let finding = Diagnostic::new(&codes::STRICT, span, message);
    let _: Option<()> = ledger.refuse(finding.help("say so in the configuration, under `[logs]`"));
}

/// The rule in its delivery, and what it means there.
pub(super) fn open<'a>(
    backend: &dyn Backend,
    rule: &'a DetectionRule,
    typed: &'a TypedRule,
    options: &Options,
    arrays: Arrays,
    ledger: &mut Ledger,
) -> Option<(Frame<'a>, Formula)> {
    let opened = arrays == Arrays::Opened;
    let reader = Reader {
        language: language(backend.name()),
        platform: backend.platform(),
        options,
        lists: backend.list_options(),
    };
    let (delivery, formula) = delivery::chosen(rule, typed, reader, opened, ledger)?;
    let mut frame = Frame { rule, typed, delivery, cut: false };
    let formula = formula.simplified();
    if matches!(formula, Formula::False) {
        return frame.never(ledger);
    }
    if let Some(delivery) = delivery {
        let inferred: Vec<_> = doubt::inferred(&formula, delivery).into_iter().collect();
        doubt::trust(&inferred, options, ledger);
        frame.cut = doubt::limits(&formula, frame.schema(), delivery, ledger);
    } else {
        let message = match &typed.schema {
            Some(_) => format!(
                "the log has no delivery to {}: the provider's names are taken",
                backend.platform().name()
            ),
            None => "the log has no schema: field names are taken as written, and values inside arrays are \
                     not seen"
                .to_owned(),
        };
        let span = rule.logsource.span;
        ledger.note(&codes::UNMAPPED, Polarity::Positive, Direction::Either, span, message);
    }
    Some((frame, formula))
}

impl<'a> Frame<'a> {
    /// The schema against which the rule was checked.
    pub fn schema(&self) -> Option<&'a Schema> {
        self.typed.schema.as_deref()
    }

    /// Whether it is known where the log lives.
    pub const fn placed(&self) -> bool {
        self.delivery.is_some()
    }

    /// The table, source type or log group.
    pub fn name(&self) -> Option<&'a str> {
        self.delivery.map(|delivery| delivery.name.as_str()).filter(|name| !name.is_empty())
    }

    /// Whether an event may have more values than the platform discovers fields.
    pub fn wide(&self) -> bool {
        self.delivery.is_some_and(|delivery| delivery.wide)
    }

    /// Whether every field is to be read from the event itself, since whoever writes it can push any beyond what the
    /// platform extracts.
    pub const fn is_cut(&self) -> bool {
        self.cut
    }

    /// The platform whose table it is: Defender also reads those of Sentinel.
    pub fn platform(&self) -> Option<Platform> {
        self.delivery.map(|delivery| delivery.platform)
    }

    /// The plan of the table.
    pub fn plan(&self, options: &Options, language: &str) -> Plan {
        delivery::plan(self.delivery, options, language)
    }

    /// Columns that the platform asks of what a detection shows.
    pub fn asked(&self) -> &'a [String] {
        self.delivery.map_or(&[], |delivery| &delivery.carrier.shows)
    }

    /// What a reader should know of it.
    pub fn note(&self) -> Option<&'a str> {
        self.delivery?.note.as_deref()
    }

    /// The tables or source types that hold the log in this very form, the chosen one among them.
    pub fn names(&self) -> Vec<&'a str> {
        let Some(own) = self.delivery else { return Vec::new() };
        let deliveries = self.schema().into_iter().flat_map(|schema| schema.deliveries(own.platform));
        let alike = deliveries.filter(|other| {
            other.carrier.name == own.carrier.name
                && other.columns == own.columns
                && other.discriminator == own.discriminator
                && other.only == own.only
                && other.without == own.without
                && other.row_per == own.row_per
        });
        alike.map(|other| other.name.as_str()).collect()
    }

    /// The comments above a query: what the rule is called and how to find it, then where the query reads, what brings
    /// the log there, and what to set where it is kept otherwise.
    pub fn heading(&self, options: &Options, language: &str, tables: &[&str]) -> Vec<Comment> {
        Self::heading_of(&[(*self, tables.to_vec())], options, language)
    }

    /// The same of a query over several deliveries, each with the tables that it reads.
    pub fn heading_of(read: &[(Self, Vec<&str>)], options: &Options, language: &str) -> Vec<Comment> {
        let Some((first, _)) = read.first() else { return Vec::new() };
        first.headed(options, Self::reads(read, language))
    }

    /// The comments above a query, with these behind what is said of the rule; none where the platform takes none.
    pub fn headed(&self, options: &Options, more: impl IntoIterator<Item = String>) -> Vec<Comment> {
        let heading = &options.heading;
        if heading.bare || self.delivery.is_some_and(|delivery| delivery.carrier.uncommented) {
            return Vec::new();
        }
        let lines = heading.about(&self.rule.meta).into_iter().chain(more);
        lines.filter_map(|line| Comment::new(&line)).collect()
    }

    /// Where a query reads: a line for each connector.
    pub fn reads(read: &[(Self, Vec<&str>)], language: &str) -> Vec<String> {
        let Some((first, _)) = read.first() else { return Vec::new() };
        let (Some(own), Some(schema)) = (first.delivery, first.schema()) else { return Vec::new() };
        // Tables of one connector are together.
        let mut groups: Vec<(Option<&str>, Vec<&str>)> = Vec::new();
        for (frame, tables) in read {
            let by = frame.delivery.and_then(|delivery| delivery.carrier.connector.as_deref());
            match groups.iter_mut().find(|(known, _)| *known == by) {
                Some((_, known)) => known.extend(tables),
                None => groups.push((by, tables.clone())),
            }
        }
        for (_, tables) in &mut groups {
            let mut seen = HashSet::new();
            tables.retain(|table| seen.insert(*table));
        }
        let tables: Vec<&str> = groups.iter().flat_map(|(_, tables)| tables.iter().copied()).collect();
        if tables.is_empty() {
            return Vec::new();
        }
        let others = Self::others(read, &tables, schema.deliveries(own.platform));
        let mut lines: Vec<String> = groups
            .iter()
            .map(|(by, tables)| {
                let by = by.map_or(String::new(), |connector| format!(" by {connector}"));
                format!("{}{by}", tables.join(", "))
            })
            .collect();
        let others = if others.is_empty() { String::new() } else { format!(" ({})", others.join(", ")) };
        if let Some(last) = lines.last_mut() {
            last.push_str(&format!("; otherwise set logs.\"{}\".{language}{others}", schema.name));
        }
        lines
    }

    /// What a user can set in place of what is read: the tables in the same form, and the deliveries, of which each of
    /// several that are read can be read alone.
    fn others<'s>(
        read: &[(Self, Vec<&str>)],
        tables: &[&str],
        all: impl Iterator<Item = &'s Delivery>,
    ) -> Vec<&'s str>
    where
        'a: 's,
    {
        let mut alone: Vec<&str> = read.iter().filter_map(|(frame, _)| frame.carried_as()).collect();
        alone.dedup();
        // What a schema calls a log group describes it, and cannot be set as a name.
        let is_name = |frame: &&(Self, Vec<&str>)| frame.0.platform() != Some(Platform::CloudWatch);
        let tables_alike = read
            .iter()
            .filter(is_name)
            .flat_map(|(frame, _)| frame.names())
            .filter(|name| !tables.contains(name));
        let others = all.map(|other| other.carrier.name.as_str()).filter(|name| !alone.contains(name));
        let mut found: Vec<&str> = if alone.len() > 1 { alone.clone() } else { Vec::new() };
        for name in tables_alike.chain(others) {
            if !found.contains(&name) {
                found.push(name);
            }
        }
        found
    }

    /// The name by which a user chooses the delivery.
    fn carried_as(&self) -> Option<&'a str> {
        self.delivery.map(|delivery| delivery.carrier.name.as_str())
    }

    /// A column of the result that holds a field, as the outcome describes it.
    pub fn shows(&self, column: &str, field: &Path, holds: Holds) -> Shown {
        let meanings = self.schema().into_iter().flat_map(|schema| &schema.meanings);
        let mut meant = meanings.filter(|(_, fields)| fields.contains(field)).map(|(meaning, _)| *meaning);
        Shown { column: column.to_owned(), field: field.name(), meaning: meant.next(), holds }
    }

    /// A place that the query reads, as the outcome describes it.
    pub fn reads_of(&self, place: &str, platform: Platform) -> Reads {
        Reads {
            log: self.schema().map(|schema| schema.name.clone()),
            place: place.to_owned(),
            delivery: self.delivery.map(|delivery| delivery.carrier.name.clone()).unwrap_or_default(),
            connectors: self
                .delivery
                .map(|delivery| delivery.carrier.connector_ids.clone())
                .unwrap_or_default(),
            delay: self.schema().and_then(|schema| schema.delay.as_ref()).map(|delay| delay.seconds),
            platform: self.platform().unwrap_or(platform),
            plan: Plan::Analytics,
        }
    }

    /// Where the value at a path from the event lives.
    pub fn stored(&self, path: &Path) -> Stored<'a> {
        match self.delivery.map(|delivery| delivery.locate(path)) {
            None | Some(Located::Raw) => Stored::Raw,
            Some(Located::Absent(reason)) => Stored::Absent(reason),
            Some(Located::Column(column, rest)) => {
                held(column, rest.to_vec()).map_or(Stored::Absent(None), Stored::Column)
            }
        }
    }

    /// The refusal of a field that the platform does not carry.
    pub fn not_carried(&self, field: &str, reason: Option<&str>, span: Span) -> Diagnostic {
        let delivery = self.name().unwrap_or("the platform");
        let message = format!("`{delivery}` does not contain `{field}`");
        let mut refusal = Diagnostic::new(&codes::FIELD_NOT_CARRIED, span, message);
        refusal.label = reason.map(str::to_owned);
        refusal.help("test a field that it contains, or compile for another target")
    }

    /// Every column that the delivery lists, one for each path.
    pub fn columns(self) -> impl Iterator<Item = Column<'a>> {
        let columns = self.delivery.into_iter().flat_map(|delivery| &delivery.columns);
        columns.filter_map(|column| held(column, Vec::new()))
    }

    /// What parts the records of this log from others in the same place.
    pub fn fixed(self) -> impl Iterator<Item = Fixed<'a>> {
        let all = self.delivery.into_iter().flat_map(|delivery| &delivery.discriminator);
        all.map(|(path, values)| Fixed { path, values })
    }

    /// The fields that the rule asks to be shown.
    pub fn fields(&self) -> &'a [FieldUse] {
        &self.typed.fields
    }

    /// The paths that the rule asks to be shown, or else those that the schema thinks useful in an alert.
    pub fn shown(&self) -> Vec<&'a Path> {
        if self.fields().is_empty() {
            self.schema().into_iter().flat_map(|schema| &schema.alert).collect()
        } else {
            self.fields().iter().map(|field| &field.path).collect()
        }
    }

    /// Whether a path from the event is that of its time.
    pub fn is_time(&self, path: &Path) -> bool {
        self.schema().and_then(|schema| schema.time.as_ref()) == Some(path)
    }

    /// Refuses a rule that no event matches.
    pub fn never<T>(&self, ledger: &mut Ledger) -> Option<T> {
        let span = self.rule.detection.span;
        let reason = Diagnostic::new(&codes::NEVER_MATCHES, span, "no event can match this rule");
        ledger.refuse(reason.help("`sigmata check` names the parts that contradict each other"))
    }
}

fn held(column: &crate::schema::Column, rest: Vec<Step>) -> Option<Column<'_>> {
    Some(Column {
        name: column.name.as_deref()?,
        ty: column.ty,
        decode: column.decode,
        in_record: column.renamed.then(|| column.path.steps.iter().chain(&rest).cloned().collect()),
        rest,
        values: &column.values,
        spelt: column.is_spelt(),
        absent_as: &column.absent_as,
    })
}

/// A language's conditions: what becomes of the leaves, and how the connectives are written.
///
/// Whatever gives `None` has said why to the [`Ledger`]. The walk looks at all parts all the same, so that one run
/// tells every reason.
pub trait Lower {
    /// A condition of the language.
    type Condition;
    /// What paths inside an element start from.
    type Scope: Clone;

    /// A constant.
    fn constant(&mut self, value: bool) -> Option<Self::Condition>;
    /// A negation.
    fn not(&mut self, inner: Self::Condition) -> Self::Condition;
    /// All of several.
    fn and(&mut self, parts: Vec<Self::Condition>) -> Option<Self::Condition>;
    /// Some of several.
    fn or(&mut self, parts: Vec<Self::Condition>) -> Option<Self::Condition>;
    /// A test of a field, or of the whole event.
    fn predicate(&mut self, predicate: &Predicate, at: &Context<Self::Scope>) -> Option<Self::Condition>;
    /// A statement about the elements of an array.
    fn element(&mut self, element: &Element, at: &Context<Self::Scope>) -> Option<Self::Condition>;

    /// A disjunction, for a language whose alternatives are not independent of each other.
    fn either(&mut self, parts: &[Formula], at: &Context<Self::Scope>) -> Option<Self::Condition> {
        let parts = self.each(parts, at)?;
        self.or(parts)
    }

    /// The conditions of several formulas, of all or none.
    fn each(&mut self, parts: &[Formula], at: &Context<Self::Scope>) -> Option<Vec<Self::Condition>> {
        let lowered: Vec<_> = parts.iter().map(|part| self.lower(part, at)).collect();
        lowered.into_iter().collect()
    }

    /// The condition of a formula.
    fn lower(&mut self, formula: &Formula, at: &Context<Self::Scope>) -> Option<Self::Condition> {
        match formula {
            Formula::True => self.constant(true),
            Formula::False => self.constant(false),
            Formula::Not(inner) => {
                let inner = self.lower(inner, &at.negated())?;
                Some(self.not(inner))
            }
            Formula::And(parts) => {
                let parts = self.each(parts, at)?;
                self.and(parts)
            }
            Formula::Or(parts) => self.either(parts, at),
            Formula::Pred(predicate) => self.predicate(predicate, at),
            Formula::Elem(element) => self.element(element, at),
        }
    }
}
