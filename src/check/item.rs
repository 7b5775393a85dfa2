//! One item: its modifiers in order, and its values joined into predicates.

use super::builder::{Builder, Context, Scope};
use super::codes;
use super::encode;
use super::field::ResolvedField;
use super::findings::Owner;
use super::object;
use super::text::{Place, Wanted, literal, wanted};
use super::value::{Alternative, Kind};
use super::wording::{listed, with_article};
use crate::diagnostic::{Diagnostic, Severity};
use crate::ir::{Condition, FieldUse, Formula, Order, PartTest, Predicate, Relation, Subject, TimePart};
use crate::rule::modifier::Modifier;
use crate::rule::pattern::{Piece, pieces};
use crate::rule::{Item, ItemValue, Value, ValueKind};
use crate::schema::{Dependent, OtherName, Type};
use crate::source::{Span, Spanned};

/// What the modifiers of an item ask for.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a modifier of its own, and they combine freely")]
pub(super) struct Plan {
    /// The kind of test.
    pub kind: Kind,
    /// Where the value must stand.
    pub place: Place,
    /// Whether letters must agree in case.
    pub cased: bool,
    /// Whether every value must be satisfied.
    pub all: bool,
    /// Whether the whole is negated.
    pub neq: bool,
    /// The encoders in order, `windash` among them.
    pub encoders: Vec<Modifier>,
    /// `re`: ignore case.
    pub ignore_case: bool,
    /// `re`: lines.
    pub multi_line: bool,
    /// `re`: newlines.
    pub dot_all: bool,
    /// Whether `%name%` stands for other values.
    pub expand: bool,
    /// How the name departs from the canonical one, with which values may change.
    pub spelling: Option<OtherName>,
    /// The modifier that decides the kind of test or first asks for a text, for messages.
    pub decisive: Option<Spanned<Modifier>>,
}

impl Plan {
    /// Reads the modifiers of an item.
    pub fn new(item: &Item) -> Self {
        let mut plan = Self {
            kind: Kind::Value,
            place: Place::Whole,
            cased: false,
            all: false,
            neq: false,
            encoders: Vec::new(),
            ignore_case: false,
            multi_line: false,
            dot_all: false,
            expand: false,
            spelling: None,
            decisive: None,
        };
        for modifier in &item.modifiers {
            plan.read(modifier);
        }
        if let (Kind::FieldRef(relation), place) = (&mut plan.kind, plan.place) {
            *relation = match place {
                Place::Whole => Relation::Equals,
                Place::Start => Relation::StartsWith,
                Place::End => Relation::EndsWith,
                Place::Anywhere => Relation::Contains,
            };
        }
        plan
    }

    fn read(&mut self, modifier: &Spanned<Modifier>) {
        match modifier.value {
            Modifier::All => return self.all = true,
            Modifier::Neq => return self.neq = true,
            Modifier::Expand => return self.expand = true,
            Modifier::IgnoreCase => return self.ignore_case = true,
            Modifier::MultiLine => return self.multi_line = true,
            Modifier::DotAll => return self.dot_all = true,
            Modifier::Cased => self.cased = true,
            Modifier::StartsWith => self.place = Place::Start,
            Modifier::EndsWith => self.place = Place::End,
            Modifier::Contains => self.place = Place::Anywhere,
            Modifier::Windash
            | Modifier::Base64
            | Modifier::Base64Offset
            | Modifier::Utf16Le
            | Modifier::Utf16Be
            | Modifier::Utf16 => self.encoders.push(modifier.value),
            Modifier::Exists => self.ask(Kind::Exists),
            Modifier::Re => self.ask(Kind::Regex),
            Modifier::Cidr => self.ask(Kind::Cidr),
            Modifier::FieldRef => self.ask(Kind::FieldRef(Relation::Equals)),
            Modifier::Lt => self.ask(Kind::Order(Order::Less)),
            Modifier::Lte => self.ask(Kind::Order(Order::LessOrEqual)),
            Modifier::Gt => self.ask(Kind::Order(Order::Greater)),
            Modifier::Gte => self.ask(Kind::Order(Order::GreaterOrEqual)),
            Modifier::Minute => self.ask(Kind::TimePart(TimePart::Minute, None)),
            Modifier::Hour => self.ask(Kind::TimePart(TimePart::Hour, None)),
            Modifier::Day => self.ask(Kind::TimePart(TimePart::Day, None)),
            Modifier::Week => self.ask(Kind::TimePart(TimePart::Week, None)),
            Modifier::Month => self.ask(Kind::TimePart(TimePart::Month, None)),
            Modifier::Year => self.ask(Kind::TimePart(TimePart::Year, None)),
        }
        let decides = !matches!(self.kind, Kind::Value)
            && matches!(self.decisive, Some(ref old) if old.value == Modifier::Cased);
        if self.decisive.is_none() || decides {
            self.decisive = Some(modifier.clone());
        }
    }

    /// Adds a kind of test to what the modifiers before it ask for.
    fn ask(&mut self, kind: Kind) {
        self.kind = match (self.kind, kind) {
            (Kind::TimePart(part, None), Kind::Order(order))
            | (Kind::Order(order), Kind::TimePart(part, None)) => Kind::TimePart(part, Some(order)),
            // Of other kinds the reader refuses all but one.
            (_, kind) => kind,
        };
    }

    /// The canonical value for one that another shape writes otherwise.
    pub fn canonical(&self, value: &str) -> Option<String> {
        let whole = self.kind == Kind::Value && self.place == Place::Whole && self.encoders.is_empty();
        super::field::canonical(self.spelling.as_ref().filter(|_| whole)?, value)
    }

    /// Whether the values are compared as texts and nothing else.
    pub fn is_text(&self) -> bool {
        match self.kind {
            Kind::Value => self.place != Place::Whole || self.cased || !self.encoders.is_empty(),
            Kind::Regex => true,
            Kind::Exists | Kind::Order(_) | Kind::TimePart(..) | Kind::Cidr | Kind::FieldRef(_) => false,
        }
    }
}

/// Why a value gives no texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoText {
    /// An encoder met a wildcard, which the reader reports.
    Wildcard,
    /// The encoded bytes are no text.
    Bytes,
    /// Too little is left at some offset of `base64offset`.
    Short,
    /// `windash` gives too many spellings.
    Many,
}

/// What a value asks of a text: several shapes where an encoder gives several.
pub(super) fn texts(text: &str, plan: &Plan, place: Place) -> Result<Vec<Wanted>, NoText> {
    if plan.encoders.is_empty() {
        return Ok(vec![wanted(pieces(text), place)]);
    }
    let windash = |text: &str| encode::windash(text).ok_or(NoText::Many);
    if plan.encoders.iter().all(|&modifier| modifier == Modifier::Windash) {
        // The dashes of the source text: wildcards and escapes hold none.
        return Ok(windash(text)?.iter().map(|text| wanted(pieces(text), place)).collect());
    }
    let mut literals = Vec::new();
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => literals.push(text),
            Piece::Any | Piece::One => return Err(NoText::Wildcard),
        }
    }
    let mut values = vec![literals.concat().into_bytes()];
    for &modifier in &plan.encoders {
        if modifier == Modifier::Windash {
            let mut spellings = Vec::new();
            for value in &values {
                let text = std::str::from_utf8(value).map_err(|_| NoText::Bytes)?;
                spellings.extend(windash(text)?.into_iter().map(String::into_bytes));
            }
            values = spellings;
        } else {
            values = encode::encode(modifier, values);
        }
        if values.len() > encode::MAX_SPELLINGS {
            return Err(NoText::Many);
        }
        if values.iter().any(Vec::is_empty) {
            return Err(NoText::Short);
        }
    }
    let text = |value: Vec<u8>| match String::from_utf8(value) {
        Ok(text) => Ok(wanted(literal(text), place)),
        Err(_) => Err(NoText::Bytes),
    };
    values.into_iter().map(text).collect()
}

impl<'r> Builder<'r, '_> {
    /// The formula of an item about one field.
    pub(super) fn predicate(
        &mut self,
        item: &'r Item,
        values: &'r [Value],
        target: ResolvedField,
        context: Context<'_>,
    ) -> Option<Formula> {
        let plan = Plan { spelling: target.spelling.clone(), ..Plan::new(item) };
        self.charge(values.len(), item.span)?;
        let context = if plan.neq { context.negated() } else { context };
        let elements = plan.kind != Kind::Exists;
        let (redacted, dependent) = (target.redacted.clone(), target.dependent.clone());
        let looks = target.looks.clone();
        let field = target.into_use(elements);
        self.apt(item, &plan, &field, dependent.as_deref(), values, context);
        let mut alternatives = Vec::with_capacity(values.len());
        let mut complete = true;
        for value in values {
            match self.alternative(item, &plan, &field, value, context) {
                Some(found) => alternatives.push(found),
                None => complete = false,
            }
        }
        if !complete {
            return None;
        }
        self.judge(item, &plan, &field, redacted.as_ref(), &mut alternatives, context);
        self.judge_looks(item, &field, &looks, &alternatives);
        let more = alternatives.iter().map(Alternative::size).sum::<usize>().saturating_sub(values.len());
        self.charge(more, item.span)?;
        let subject = Subject::Field(field);
        Some(join(&subject, &plan, alternatives, item.span))
    }

    /// The formula of keywords.
    pub(super) fn keywords(&mut self, item: &'r Item) -> Option<Formula> {
        let ItemValue::Values { values, .. } = &item.value else { return None };
        self.charge(values.len(), item.span)?;
        let plan = Plan::new(item);
        let mut alternatives = Vec::with_capacity(values.len());
        for value in values {
            let ValueKind::Text { text, .. } = &value.kind else { return None };
            if plan.expand && self.placeholder(item, text, value.span) {
                return None;
            }
            let found = match plan.kind {
                Kind::Regex => self.regex(item, &plan, text, value.span),
                _ => self.texts_of(item, &plan, text, Place::Anywhere, value.span),
            };
            alternatives.push(found?);
        }
        Some(join(&Subject::Event, &plan, alternatives, item.span))
    }

    /// Checks that the modifiers apply to a field of this type.
    fn apt(
        &mut self,
        item: &Item,
        plan: &Plan,
        field: &FieldUse,
        dependent: Option<&dyn Dependent>,
        values: &[Value],
        context: Context<'_>,
    ) {
        let owner = Owner::from(item);
        let nulls = values.iter().all(|value| value.kind == ValueKind::Null);
        match &field.ty {
            Type::Object(_) | Type::Map(_) if plan.kind != Kind::Exists && !nulls => {
                let facts = context.known.facts();
                let mut members = object::members(field, dependent, values, facts);
                if let (Scope::Event, Some(schema), true) = (context.scope, self.schema, self.search()) {
                    members.extend(object::keys(schema, &field.text, facts));
                    members.extend(schema.rearranged(&field.text, facts));
                }
                let finding = Diagnostic::new(
                    &codes::OBJECT_COMPARED,
                    field.span,
                    format!("`{}` is an object, which is compared by its members", field.text),
                )
                .label("an object")
                .severity(if is_empty(values) { Severity::Warning } else { Severity::Error });
                let help = if members.is_empty() {
                    "name a member, or ask for presence with `exists`".to_owned()
                } else {
                    format!("name a member: {}", listed(members.iter().take(4)))
                };
                self.findings.add_for(owner, finding.help(help).suggest(members));
            }
            ty => {
                let texts = matches!(ty, Type::Integer | Type::Number | Type::Boolean);
                let wrong = match plan.kind {
                    _ if plan.is_text() => texts && !nulls,
                    Kind::Order(_) => {
                        !matches!(ty, Type::Integer | Type::Number | Type::Timestamp | Type::Any)
                    }
                    Kind::TimePart(..) => !matches!(ty, Type::Timestamp | Type::Any),
                    Kind::Cidr => !matches!(ty, Type::Ip | Type::Endpoint | Type::String | Type::Any),
                    Kind::Value | Kind::Regex | Kind::Exists | Kind::FieldRef(_) => false,
                };
                if wrong && let Some(modifier) = &plan.decisive {
                    let needs = match plan.kind {
                        Kind::Order(_) => "a number or a time",
                        Kind::TimePart(..) => "a time",
                        Kind::Cidr => "an address",
                        _ => "a text",
                    };
                    let finding = Diagnostic::new(
                        &codes::MODIFIER_TYPE,
                        modifier.span,
                        format!("the modifier needs {needs}, and `{}` is {}", field.text, with_article(ty)),
                    );
                    let help = match plan.kind {
                        Kind::Value | Kind::Regex => {
                            "compare with whole values, or with `lt`, `lte`, `gt`, `gte`"
                        }
                        _ => "compare with the values themselves",
                    };
                    let help =
                        if matches!(ty, Type::Boolean) { "compare with `true` or `false`" } else { help };
                    self.findings.add_for(owner, finding.help(help));
                }
            }
        }
        if plan.all && !plan.neq && is_one_value(field) && plan.kind == Kind::Value {
            self.all_on_scalar(item, plan, field, values, context);
        }
    }

    /// `all` with two different whole values on a field that has one.
    fn all_on_scalar(
        &mut self,
        item: &Item,
        plan: &Plan,
        field: &FieldUse,
        values: &[Value],
        context: Context<'_>,
    ) {
        if plan.place != Place::Whole || !plan.encoders.is_empty() {
            return;
        }
        let mut first: Option<(String, Span)> = None;
        for value in values {
            let ValueKind::Text { text, .. } = &value.kind else { continue };
            let Some(text) = super::text::unescaped(text) else { continue };
            let folded = crate::text::folded(&text);
            match &first {
                None => first = Some((folded, value.span)),
                Some((other, _)) if *other == folded => {}
                Some((_, place)) => {
                    let mut finding = Diagnostic::new(
                        &codes::CONTRADICTION,
                        value.span,
                        format!("`{}` has one value, which cannot be two", field.text),
                    )
                    .also(*place, "this must be the value too")
                    .help("remove `all`, so that either value will do");
                    if !context.grave() {
                        finding = finding.severity(Severity::Warning);
                    }
                    self.findings.add_for(Owner::from(item), finding);
                    return;
                }
            }
        }
    }
}

/// The values of an item as one formula.
fn join(subject: &Subject, plan: &Plan, alternatives: Vec<Alternative>, span: Span) -> Formula {
    let pred = |test| Formula::Pred(Box::new(Predicate { subject: subject.clone(), test, span }));
    let formula = if plan.all {
        Formula::and(alternatives.into_iter().map(|alternative| match alternative {
            Alternative::Test(test) => pred(test),
            Alternative::Missing => pred(Condition::Exists).not(),
        }))
    } else {
        let mut tests = Vec::new();
        let mut missing = false;
        for alternative in alternatives {
            match alternative {
                Alternative::Test(test) => merge(&mut tests, test),
                Alternative::Missing => missing = true,
            }
        }
        // Any scalar at all: the texts say nothing more.
        if tests.iter().any(|test| matches!(test, Condition::Present)) {
            tests.retain(|test| !matches!(test, Condition::Text(_)));
        }
        let missing = missing.then(|| pred(Condition::Exists).not());
        Formula::or(tests.into_iter().map(pred).chain(missing))
    };
    if plan.neq { formula.not() } else { formula }
}

/// Adds a test to others of which one must hold; tests of one kind become one with several alternatives.
fn merge(tests: &mut Vec<Condition>, test: Condition) {
    let fits = |old: &Condition| match (old, &test) {
        (Condition::TimePart(old, PartTest::OneOf(_)), Condition::TimePart(new, PartTest::OneOf(_))) => {
            old == new
        }
        (Condition::Text(_), Condition::Text(_))
        | (Condition::Regex(_), Condition::Regex(_))
        | (Condition::Number(_), Condition::Number(_))
        | (Condition::Cidr(_), Condition::Cidr(_))
        | (Condition::Present, Condition::Present)
        | (Condition::Null, Condition::Null)
        | (Condition::Exists, Condition::Exists) => true,
        (Condition::Boolean(old), Condition::Boolean(new)) => old == new,
        _ => false,
    };
    let mergeable = !matches!(test, Condition::Order(..) | Condition::Time(..) | Condition::FieldRef { .. });
    let Some(old) = tests.iter_mut().find(|old| mergeable && fits(old)) else { return tests.push(test) };
    match (old, test) {
        (Condition::Text(old), Condition::Text(new)) => old.extend(new),
        (Condition::Regex(old), Condition::Regex(new)) => old.extend(new),
        (Condition::Number(old), Condition::Number(new)) => old.extend(new),
        (Condition::Cidr(old), Condition::Cidr(new)) => old.extend(new),
        (Condition::TimePart(_, PartTest::OneOf(old)), Condition::TimePart(_, PartTest::OneOf(new))) => {
            old.extend(new);
        }
        _ => {}
    }
}

/// Whether a field has one value: of a field about which nothing is known, a list may be reached.
fn is_one_value(field: &FieldUse) -> bool {
    field.path.is_scalar() && !matches!(field.ty, Type::Any)
}

/// Whether all values are the empty text, which some providers write in place of an object without members.
fn is_empty(values: &[Value]) -> bool {
    values.iter().all(|value| matches!(&value.kind, ValueKind::Text { text, .. } if text.is_empty()))
}
