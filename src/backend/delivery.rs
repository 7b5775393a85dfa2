//! Which delivery of a log a query reads, and what the rule means there.
//!
//! A delivery may hold a part of the log only (`carries`), and it may hold one row for each element of an array
//! (`explodes`).
//! Both are settled here, for every language alike, before a formula is lowered.

use super::fidelity::Ledger;
use super::{Direction, OptionSpec, Options, Role, codes, known, loose};
use crate::check::TypedRule;
use crate::diagnostic::Diagnostic;
use crate::ir::{
    Condition, Element, FieldUse, Formula, Leaf, Node, Number, Polarity, Predicate, Quantifier, Subject,
    TextPattern,
};
use crate::rule::DetectionRule;
use crate::schema::{
    Base, Delivery, DeliveryForm, Discriminator, Facts, Located, Path, Platform, Resolved, Schema, Step, Type,
};
use crate::source::Span;

/// More values of a field than this are not looked at one by one.
const MAX_VALUES: usize = 200;

/// The language for which a delivery is chosen.
#[derive(Clone, Copy)]
pub struct Reader<'o> {
    /// The name of the language: `kql`.
    pub language: &'o str,
    /// The platform.
    pub platform: Platform,
    /// What the user set.
    pub options: &'o Options,
    /// How a site says where the platform keeps a known list.
    pub lists: &'o [OptionSpec],
}

/// The delivery that a query of the platform reads, and what the rule means in its rows.
///
/// `None` where the rule has no meaning, or where no delivery can answer it, which the ledger then says.
/// With `quantify` it is [quantified](Formula::quantified).
pub fn chosen<'a>(
    rule: &DetectionRule,
    typed: &'a TypedRule,
    reader: Reader<'_>,
    quantify: bool,
    ledger: &mut Ledger,
) -> Option<(Option<&'a Delivery>, Formula)> {
    let formula = &*known::settled(typed.formula.as_ref()?, reader.lists, ledger)?;
    let delivery = choose(typed.schema.as_deref(), reader, formula, rule.detection.span, ledger)?;
    let formula = match delivery {
        Some(delivery) => within(formula, delivery, quantify, ledger)?,
        None if quantify => formula.clone().quantified(),
        None => formula.clone(),
    };
    Some((delivery, formula))
}

/// What a formula means in the rows of a delivery.
pub fn within(
    formula: &Formula,
    delivery: &Delivery,
    quantify: bool,
    ledger: &mut Ledger,
) -> Option<Formula> {
    let settled = widened(&settle(formula, delivery), delivery, ledger);
    Some(opaque(rows(settled, delivery, quantify, ledger)?, delivery, ledger))
}

/// Deliveries that one query reads together.
pub struct Spread<'s> {
    /// Two or more.
    pub parts: Vec<&'s Delivery>,
    /// The one of them that holds by itself all that the rule can match.
    pub whole: Option<&'s Delivery>,
    /// Whether each is a way of its own for the same events, of which a site may have any.
    pub usual: bool,
}

/// The deliveries that are read together: all that usually bring the log, or where what a rule can match is spread over
/// several, these. What they all lack is noted. `None` where one is enough.
pub fn together<'s>(
    schema: Option<&'s Schema>,
    reader: Reader<'_>,
    formula: &Formula,
    span: Span,
    ledger: &mut Ledger,
) -> Option<Spread<'s>> {
    // Who names a table wants that one.
    if !reader.options.role(reader.language, Role::Tables).is_empty() {
        return None;
    }
    let deliveries = wanted(&schema?.deliveries, reader).ok()?;
    let held: Vec<(&Delivery, Overlap)> = deliveries
        .iter()
        .map(|delivery| (*delivery, overlap(schema, delivery, &deliveries, formula)))
        .filter(|(_, overlap)| *overlap != Overlap::None)
        .collect();
    // What a schema over a shipped one puts first is the site's own, and alone.
    if deliveries.first().is_some_and(|first| first.carrier.usual) {
        let parts: Vec<&Delivery> =
            held.iter().map(|(delivery, _)| *delivery).filter(|delivery| delivery.carrier.usual).collect();
        if parts.len() > 1 {
            return Some(Spread { parts, whole: None, usual: true });
        }
    }
    let (first, Overlap::Part) = held.first()? else { return None };
    let alike = |delivery: &&Delivery| delivery.carrier.name == first.carrier.name;
    let parts = held.iter().filter(|(_, overlap)| *overlap == Overlap::Part).map(|(delivery, _)| *delivery);
    let mut parts: Vec<&Delivery> = parts.filter(alike).collect();
    let whole = held.iter().find(|(_, overlap)| *overlap == Overlap::Full).map(|(delivery, _)| *delivery);
    parts.extend(whole);
    if parts.len() < 2 {
        return None;
    }
    if whole.is_none() {
        let whole = joined(first, &parts)?;
        if overlap(schema, &whole, &[&whole], formula) != Overlap::Full {
            // One table may hold several parts, told apart by a column.
            let mut names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
            names.dedup();
            let message =
                format!("`{}` hold only events with {}", names.join("`, `"), carried(schema, &whole));
            ledger.note(&codes::DELIVERY_HOLDS_PART, Polarity::Positive, Direction::Narrower, span, message);
        }
    }
    Some(Spread { parts, whole, usual: false })
}

/// A delivery that holds what several hold, which differ by the values of one field.
fn joined(first: &Delivery, parts: &[&Delivery]) -> Option<Delivery> {
    let [(path, _)] = &first.only[..] else { return None };
    let mut values: Vec<String> = Vec::new();
    for part in parts {
        let [(of, kept)] = &part.only[..] else { return None };
        if of != path {
            return None;
        }
        values.extend(kept.iter().filter(|value| !values.contains(value)).cloned().collect::<Vec<_>>());
    }
    Some(Delivery { only: vec![(path.clone(), values)], ..first.clone() })
}

/// The delivery of a rule's log to a platform; `None` inside when the log has none.
/// `None` when no delivery holds what the rule asks for, which the ledger then says.
#[expect(clippy::option_option, reason = "refused, or without a delivery, or the delivery")]
fn choose<'s>(
    schema: Option<&'s Schema>,
    reader: Reader<'_>,
    formula: &Formula,
    span: Span,
    ledger: &mut Ledger,
) -> Option<Option<&'s Delivery>> {
    let platform = reader.platform;
    let all: &[Delivery] = schema.map_or(&[], |schema| &schema.deliveries);
    let deliveries = match wanted(all, reader) {
        Ok(deliveries) => deliveries,
        Err(message) => {
            let help = "`sigmata schema show` tells the deliveries of a log";
            return ledger.refuse(Diagnostic::new(&codes::UNKNOWN_DELIVERY, span, message).help(help));
        }
    };
    if deliveries.is_empty() {
        return Some(None);
    }
    // Among deliveries that hold all that the rule can match, one that has its fields comes first.
    let (mut full, mut partial) = (None, None);
    for delivery in &deliveries {
        match overlap(schema, delivery, &deliveries, formula) {
            Overlap::Full if !lacks(delivery, &settle(formula, delivery)) => return Some(Some(delivery)),
            Overlap::Full => full = full.or(Some(*delivery)),
            Overlap::Part => partial = partial.or(Some(*delivery)),
            Overlap::None => {}
        }
    }
    if full.is_some() {
        return Some(full);
    }
    if let Some(delivery) = partial {
        let message = format!("`{}` holds only events with {}", delivery.name, carried(schema, delivery));
        ledger.note(&codes::DELIVERY_HOLDS_PART, Polarity::Positive, Direction::Narrower, span, message);
        return Some(Some(delivery));
    }
    let mut finding = Diagnostic::new(
        &codes::NO_DELIVERY_HOLDS,
        span,
        format!("no delivery of this log to {} holds what the rule asks for", platform.name()),
    );
    let all: Vec<String> = deliveries
        .iter()
        .map(|delivery| format!("`{}` holds events with {}", delivery.name, carried(schema, delivery)))
        .collect();
    finding = finding.help(all.join("; "));
    ledger.refuse(finding)
}

/// The deliveries to the platform among which a user leaves the choice.
fn wanted<'s>(all: &'s [Delivery], reader: Reader<'_>) -> Result<Vec<&'s Delivery>, String> {
    let to = |platform| all.iter().filter(|delivery| delivery.platform == platform).collect::<Vec<_>>();
    let mut here = to(reader.platform);
    if here.is_empty() && reader.platform == Platform::Xdr {
        // In Defender's portal the tables of Sentinel can be queried too.
        here = to(Platform::Sentinel);
    }
    if let [name, ..] = reader.options.role(reader.language, Role::Delivery) {
        let named = |delivery: &&Delivery| delivery.carrier.name == *name;
        let found: Vec<&Delivery> = here.iter().copied().filter(named).collect();
        // The dialects of a language share what is set for it; the name may be that of a delivery to another's platform.
        let known = all.iter().any(|delivery| named(&delivery));
        return match (found.is_empty(), known) {
            (true, false) => Err(unknown(name, &here)),
            (true, true) => Ok(here),
            (false, _) => Ok(found),
        };
    }
    let tables = reader.options.role(reader.language, Role::Tables);
    let Some(first) = here.first().filter(|_| !tables.is_empty()) else { return Ok(here) };
    let read: Vec<&Delivery> =
        here.iter().copied().filter(|delivery| tables.contains(&delivery.name)).collect();
    if !read.is_empty() {
        return Ok(read);
    }
    // A table of the user's own has the columns of the first.
    let name = &first.carrier.name;
    Ok(here.iter().copied().filter(|delivery| delivery.carrier.name == *name).collect())
}

/// That there is no delivery of a name, with those that there are.
pub fn unknown(name: &str, known: &[&Delivery]) -> String {
    let mut names: Vec<String> = Vec::new();
    for delivery in known {
        let name = format!("`{}`", delivery.carrier.name);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() {
        return format!("unknown delivery `{name}`: none of this log is known");
    }
    format!("unknown delivery `{name}`; the deliveries are {}", names.join(", "))
}

/// A field of which a delivery holds only events with some values.
struct Kept<'a> {
    path: &'a Path,
    values: Vec<String>,
    /// Whether an event without the field is left out too: one of a delivery of raw records has what parts these
    /// from others.
    absent: bool,
}

/// What a delivery holds: what its schema says, and of raw records those with the members by which it tells them apart.
fn kept<'a>(schema: Option<&Schema>, delivery: &'a Delivery) -> Vec<Kept<'a>> {
    let only = delivery.only.iter().map(|(path, values)| Kept { path, values: values.clone(), absent: true });
    let raw = (delivery.form == DeliveryForm::Raw).then_some(&delivery.discriminator);
    let field = |path: &Path| schema.is_some_and(|schema| schema.has_field(&path.name()));
    let told = raw.into_iter().flatten().filter(|(path, values)| {
        let starred = |value: &Discriminator| value.text().contains('*');
        field(path) && delivery.locate(path) == Located::Raw && !values.iter().any(starred)
    });
    let told = told.map(|(path, values)| Kept {
        path,
        values: values.iter().map(Discriminator::text).collect(),
        absent: false,
    });
    only.chain(told).collect()
}

/// What a delivery holds, for messages.
fn carried(schema: Option<&Schema>, delivery: &Delivery) -> String {
    let kept = kept(schema, delivery);
    let each = kept.iter().map(|Kept { path, values, .. }| match &values[..] {
        [value] => format!("`{path}` `{value}`"),
        _ => format!("`{path}` in `{}`", values.join("`, `")),
    });
    each.collect::<Vec<_>>().join(" and ")
}

/// Whether a field that the formula tests is not in the delivery.
fn lacks(delivery: &Delivery, formula: &Formula) -> bool {
    let told = |path: &Path| delivery.only.iter().any(|(known, _)| known == path);
    let absent = |path: &Path| {
        path.base == Base::Event && !told(path) && matches!(delivery.locate(path), Located::Absent(_))
    };
    formula.leaves().any(|found| match found.leaf {
        Leaf::Pred(predicate) => predicate.fields().any(|field| absent(&field.path)),
        // The elements of a row's array are columns of their own.
        Leaf::Elem(element) => delivery.row_per.as_ref() != Some(&element.array) && absent(&element.array),
    })
}

/// How much of what a rule can match a delivery holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Overlap {
    Full,
    Part,
    None,
}

fn overlap(
    schema: Option<&Schema>,
    delivery: &Delivery,
    deliveries: &[&Delivery],
    formula: &Formula,
) -> Overlap {
    let mut found = Overlap::Full;
    for Kept { path, values, absent } in kept(schema, delivery) {
        let named = deliveries.iter().flat_map(|delivery| kept(schema, delivery));
        let named = named.filter(|known| known.path == path);
        let mut universe: Vec<String> = named.flat_map(|known| known.values).collect();
        let field = schema.and_then(|schema| schema.lookup(&path.name(), &Facts::default()));
        let mut others = vec![Value::Other];
        others.extend(absent.then_some(Value::Absent));
        if let Some(Resolved { ty: Type::Enum(known_values), field, .. }) = field {
            if known_values.complete() && universe.len() < MAX_VALUES {
                known_values.visit(&mut |value| {
                    universe.push(value.to_owned());
                    universe.len() <= MAX_VALUES
                });
                if universe.len() <= MAX_VALUES {
                    others.retain(|other| *other != Value::Other);
                }
            }
            if field.is_some_and(|field| field.always) {
                others.retain(|other| *other != Value::Absent);
            }
        }
        let possible =
            |value: Value<'_>| truth(formula, &Given { path, value, universe: &universe }) != Some(false);
        let inside = values.iter().any(|value| possible(Value::Text(value)));
        let outside = others.into_iter().any(possible)
            || universe.iter().any(|value| !values.contains(value) && possible(Value::Text(value)));
        match (inside, outside) {
            (false, _) => return Overlap::None,
            (true, true) => found = Overlap::Part,
            (true, false) => {}
        }
    }
    found
}

/// A field that has a value.
struct Given<'a> {
    path: &'a Path,
    value: Value<'a>,
    universe: &'a [String],
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Value<'a> {
    /// A value that a delivery or the list of known values names.
    Text(&'a str),
    /// Any other.
    Other,
    /// None at all.
    Absent,
}

/// What is known of a formula when a field is given.
fn truth(formula: &Formula, given: &Given<'_>) -> Option<bool> {
    formula.fold::<Option<bool>>(&mut |node| match node {
        Node::Constant(value) => Some(value),
        Node::Not(inner) => inner.map(|value| !value),
        Node::And(parts) => some(parts.into_iter().map(|part| part.map(|value| !value))).map(|value| !value),
        Node::Or(parts) => some(parts),
        Node::Leaf(Leaf::Pred(predicate)) => holds(predicate, given),
        Node::Leaf(Leaf::Elem(_)) => None,
    })
}

/// Whether one of them is true.
fn some(parts: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    let mut all = Some(false);
    for part in parts {
        match part {
            Some(true) => return Some(true),
            Some(false) => {}
            None => all = None,
        }
    }
    all
}

fn holds(predicate: &Predicate, given: &Given<'_>) -> Option<bool> {
    let Subject::Field(field) = &predicate.subject else { return None };
    if field.path != *given.path {
        return None;
    }
    let fits = |pattern: &TextPattern, cased: bool| match given.value {
        Value::Text(value) => Some(pattern.fits(value, cased)),
        // Of another value it is known only that it is none of those that the deliveries name.
        Value::Other => match pattern {
            TextPattern::Equals(_) => {
                given.universe.iter().any(|value| pattern.fits(value, cased)).then_some(false)
            }
            _ => None,
        },
        Value::Absent => Some(false),
    };
    let equal = |text: &str, cased: bool| fits(&TextPattern::Equals(text.to_owned()), cased);
    match &predicate.test {
        Condition::Text(texts) => some(texts.iter().map(|text| fits(&text.shape, text.cased))),
        Condition::Number(numbers) => some(numbers.iter().map(|number| match number {
            Number::Integer(number) => equal(&number.to_string(), true),
            Number::Decimal(_) => None,
        })),
        Condition::Boolean(wanted) => equal(if *wanted { "true" } else { "false" }, false),
        // A value may be absent by being null, which exists.
        Condition::Exists => (given.value != Value::Absent).then_some(true),
        Condition::Present => Some(given.value != Value::Absent),
        Condition::Null => Some(given.value == Value::Absent),
        Condition::Regex(_)
        | Condition::Listed(_)
        | Condition::Order(..)
        | Condition::Time(..)
        | Condition::TimePart(..)
        | Condition::Cidr(_)
        | Condition::FieldRef { .. } => None,
    }
}

/// The formula with the tests settled that what the delivery carries decides and that it has no column for.
fn settle(formula: &Formula, delivery: &Delivery) -> Formula {
    formula.clone().map(&mut |leaf| match &leaf {
        Formula::Pred(predicate) => match decided(predicate, delivery) {
            Some(true) => Formula::True,
            Some(false) => Formula::False,
            None => leaf,
        },
        _ => leaf,
    })
}

/// The formula without the tests of a field of which the delivery holds several values and has no column, so that it
/// does not tell these apart.
fn widened(formula: &Formula, delivery: &Delivery, ledger: &mut Ledger) -> Formula {
    let told = |path: &Path| {
        delivery.only.iter().any(|(known, _)| known == path)
            && matches!(delivery.locate(path), Located::Absent(_))
    };
    formula.fold_under::<Formula>(Polarity::Positive, &mut |node, polarity| match node {
        Node::Constant(value) => {
            if value {
                Formula::True
            } else {
                Formula::False
            }
        }
        Node::Not(inner) => inner.not(),
        Node::And(parts) => Formula::and(parts),
        Node::Or(parts) => Formula::or(parts),
        Node::Leaf(Leaf::Elem(element)) => Formula::Elem(Box::new(element.clone())),
        Node::Leaf(Leaf::Pred(predicate)) => match &predicate.subject {
            Subject::Field(field) if told(&field.path) => {
                let message =
                    format!("`{}` does not tell the values of `{}` apart", delivery.name, field.text);
                let whole = Direction::Wider.under(polarity);
                ledger.note(&codes::NOT_TOLD_APART, polarity, whole, predicate.span, message);
                // What is left out makes the whole wider, whatever the sign.
                if polarity == Polarity::Positive { Formula::True } else { Formula::False }
            }
            _ => Formula::Pred(Box::new(predicate.clone())),
        },
    })
}

fn decided(predicate: &Predicate, delivery: &Delivery) -> Option<bool> {
    let Subject::Field(field) = &predicate.subject else { return None };
    let (path, values) = delivery.only.iter().find(|(path, _)| *path == field.path)?;
    if !matches!(delivery.locate(path), Located::Absent(_)) {
        return None;
    }
    let mut answers = values.iter().map(|value| {
        let value = Value::Text(value);
        holds(predicate, &Given { path, value, universe: values })
    });
    let first = answers.next()??;
    answers.all(|answer| answer == Some(first)).then_some(first)
}

/// The formula as it stands in the rows of the delivery: what it says of an element of the array that the delivery has in
/// rows becomes plain tests.
///
/// An event is selected when some row of it is.
/// So a statement about some element is exact, several in one conjunction are asked of one row alone, and a statement
/// about every or no element holds as soon as one row does.
///
/// With `quantify` all else becomes [quantified](Formula::quantified).
fn rows(formula: Formula, delivery: &Delivery, quantify: bool, ledger: &mut Ledger) -> Option<Formula> {
    let Some(array) = delivery.row() else {
        return Some(if quantify { formula.quantified() } else { formula });
    };
    let mut row = array.clone();
    row.steps.push(Step::Each);
    let usage = usage(&formula.clone().quantified(), &array, Polarity::Positive);
    if let Some(span) = usage.index {
        let message =
            format!("`{}` has one row for each element of `{array}`, without its place", delivery.name);
        return ledger.refuse(Diagnostic::new(&codes::ARRAY_STATEMENT, span, message));
    }
    let message = || {
        format!(
            "`{}` has one row for each element of `{array}`, and the query judges each alone",
            delivery.name
        )
    };
    if let Some(span) = usage.several.filter(|_| usage.count > 1) {
        ledger.note(&codes::ROW_PER_ELEMENT, Polarity::Positive, Direction::Narrower, span, message());
    }
    if let Some(span) = usage.every {
        ledger.note(&codes::ROW_PER_ELEMENT, Polarity::Positive, Direction::Wider, span, message());
    }
    Some(Rows { delivery, array: &array, row: &row, quantify }.formula(formula))
}

/// The formula with searches of texts in place of what it says of the inside of a column whose form is not published.
fn opaque(formula: Formula, delivery: &Delivery, ledger: &mut Ledger) -> Formula {
    if delivery.columns.iter().all(|column| !column.opaque) {
        return formula;
    }
    let signs: Vec<_> = formula.leaves().map(|found| (found.leaf.span(), found.polarity)).collect();
    formula.map(&mut |leaf| {
        let (path, span) = match &leaf {
            Formula::Elem(element) => (&element.array, element.span),
            Formula::Pred(predicate) => match &predicate.subject {
                Subject::Field(field) => (&field.path, predicate.span),
                Subject::Event => return leaf,
            },
            _ => return leaf,
        };
        let (Base::Event, Located::Column(column, rest)) = (path.base, delivery.locate(path)) else {
            return leaf;
        };
        let elements = matches!(&leaf, Formula::Elem(_));
        let Some(name) = column.name.as_ref().filter(|_| column.opaque && (elements || !rest.is_empty()))
        else {
            return leaf;
        };
        let message = format!("the form of `{name}` is not published: values are looked for anywhere in it");
        for (_, polarity) in signs.iter().filter(|(known, _)| *known == span) {
            ledger.note(&codes::OPAQUE_COLUMN, *polarity, Direction::Wider, span, message.clone());
        }
        let field = FieldUse {
            path: column.path.clone(),
            ty: Type::String,
            never_empty: false,
            never_null: false,
            always: false,
            text: column.path.name(),
            span,
        };
        loose::implied(&leaf.quantified(), &Subject::Field(field), &loose::plain)
    })
}

/// What a formula says of the elements of an array.
#[derive(Clone, Copy, Default)]
struct Usage {
    /// How many statements about some element must hold together.
    count: usize,
    /// The last of these.
    several: Option<Span>,
    /// A statement about every element, or none.
    every: Option<Span>,
    /// A statement about the element at a place.
    index: Option<Span>,
}

impl Usage {
    fn some(span: Span) -> Self {
        Self { count: 1, several: Some(span), ..Self::default() }
    }

    fn join(self, other: Self, together: bool) -> Self {
        let larger = if other.count > self.count { other } else { self };
        Self {
            count: if together { self.count + other.count } else { larger.count },
            several: if together { other.several.or(self.several) } else { larger.several },
            every: self.every.or(other.every),
            index: self.index.or(other.index),
        }
    }
}

/// What a quantified formula says of the elements.
fn usage(formula: &Formula, array: &Path, polarity: Polarity) -> Usage {
    formula.fold_under(polarity, &mut |node, polarity| {
        let positive = polarity == Polarity::Positive;
        let all = |parts: Vec<Usage>, together: bool| {
            parts.into_iter().fold(Usage::default(), |sum, part| sum.join(part, together))
        };
        match node {
            Node::Constant(_) => Usage::default(),
            Node::Not(inner) => inner,
            Node::And(parts) => all(parts, positive),
            Node::Or(parts) => all(parts, !positive),
            Node::Leaf(Leaf::Pred(predicate)) => compared(predicate, array),
            Node::Leaf(Leaf::Elem(element)) if element.array == *array => {
                let own = match (element.quantifier, positive) {
                    (Quantifier::Any, true)
                    | (Quantifier::All | Quantifier::AllOrEmpty | Quantifier::None, false) => {
                        Usage::some(element.span)
                    }
                    (Quantifier::Index(_), _) => Usage { index: Some(element.span), ..Usage::default() },
                    _ => Usage { every: Some(element.span), ..Usage::default() },
                };
                own.join(usage(&element.body, array, polarity), true)
            }
            // A row has the elements of its own inner arrays alone, and an index counts those of all together.
            Node::Leaf(Leaf::Elem(element))
                if matches!(element.quantifier, Quantifier::Index(_)) && in_row(&element.array, array) =>
            {
                Usage { index: Some(element.span), ..Usage::default() }
            }
            Node::Leaf(Leaf::Elem(element)) => usage(&element.body, array, polarity),
        }
    })
}

/// Whether a path leads into the elements of an array.
fn in_row(path: &Path, array: &Path) -> bool {
    let rest = path.steps.strip_prefix(array.steps.as_slice()).filter(|_| path.base == Base::Event);
    rest.is_some_and(|rest| rest.first() == Some(&Step::Each))
}

/// A comparison with a field of some element.
fn compared(predicate: &Predicate, array: &Path) -> Usage {
    match &predicate.test {
        Condition::FieldRef { other, .. } if in_row(&other.path, array) => Usage::some(predicate.span),
        _ => Usage::default(),
    }
}

/// Rewrites what a formula says of the elements that are rows.
struct Rows<'a> {
    delivery: &'a Delivery,
    array: &'a Path,
    /// The array and [`Step::Each`].
    row: &'a Path,
    quantify: bool,
}

impl Rows<'_> {
    fn formula(&self, formula: Formula) -> Formula {
        formula.map(&mut |leaf| match leaf {
            Formula::Pred(predicate) => self.predicate(predicate),
            Formula::Elem(element) if element.array == *self.array => {
                let body = self.formula(rooted(element.body, self.row));
                if element.quantifier == Quantifier::None { body.not() } else { body }
            }
            Formula::Elem(element) => match self.inside(&element.array) {
                Some(rest) if opens(rest) => match Formula::Elem(element).quantified() {
                    // An index counts the elements of all inner arrays together and keeps the steps to them.
                    Formula::Elem(same) if self.inside(&same.array).is_some_and(opens) => Formula::Elem(same),
                    quantified => self.formula(quantified),
                },
                Some(_) if self.quantify => {
                    let body = element.body.quantified();
                    Formula::Elem(Box::new(Element { body, ..*element }))
                }
                None if self.quantify => Formula::Elem(element).quantified(),
                _ => Formula::Elem(element),
            },
            constant => constant,
        })
    }

    fn predicate(&self, predicate: Box<Predicate>) -> Formula {
        let path = match &predicate.subject {
            Subject::Field(field) => field.path.clone(),
            Subject::Event => return Formula::Pred(predicate),
        };
        match (self.inside(&path), &predicate.test) {
            // Each row stands for an element.
            (None, Condition::Exists) if path == *self.array => Formula::True,
            (None, _) if self.quantify => Formula::Pred(predicate).quantified(),
            (Some(rest), test) if !matches!(test, Condition::FieldRef { .. }) && opens(rest) => {
                if let Located::Column(_, rest) = self.delivery.locate(&path)
                    && !opens(rest)
                {
                    return Formula::Pred(predicate);
                }
                match Formula::Pred(predicate).quantified() {
                    same @ Formula::Pred(_) => same,
                    quantified => self.formula(quantified),
                }
            }
            _ => Formula::Pred(predicate),
        }
    }

    /// The steps from the row, of a path that lies in it.
    fn inside<'p>(&self, path: &'p Path) -> Option<&'p [Step]> {
        path.steps.strip_prefix(self.row.steps.as_slice()).filter(|_| path.base == Base::Event)
    }
}

/// Whether steps go on into an array.
fn opens(steps: &[Step]) -> bool {
    steps.iter().any(|step| matches!(step, Step::Each | Step::Select { .. }))
}

/// The body of an element statement, with its paths from the event.
fn rooted(body: Formula, row: &Path) -> Formula {
    let root = |path: &mut Path| {
        if path.base == Base::Element {
            let steps = row.steps.iter().chain(&path.steps).cloned().collect();
            *path = Path { base: Base::Event, steps };
        }
    };
    body.map(&mut |mut leaf| {
        match &mut leaf {
            Formula::Pred(predicate) => predicate.paths_mut().for_each(root),
            // What is inside starts at the inner element.
            Formula::Elem(element) => root(&mut element.array),
            _ => {}
        }
        leaf
    })
}
