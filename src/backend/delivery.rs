//! Which delivery of a log a query reads, and what the rule means there.
//!
//! A delivery may hold a part of the log only (`carries`), and it may hold one row for each element of an array
//! (`explodes`).
//! Both are settled here, for every language alike, before a formula is lowered.

mod rows;
mod told;

use self::rows::{opaque, rows};
use super::fidelity::Ledger;
use super::{Direction, OptionSpec, Options, Role, codes, known};
use crate::check::TypedRule;
use crate::diagnostic::Diagnostic;
use crate::ir::{Condition, Formula, Leaf, Node, Number, Polarity, Predicate, Subject, TextPattern};
use crate::rule::DetectionRule;
use crate::schema::{
    Base, Delivery, DeliveryForm, Discriminator, Facts, Located, Path, Plan, Platform, Resolved, Schema, Type,
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
    let settled = widened(&told::told(&settle(formula, delivery), delivery), delivery, ledger);
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
    // A table of another plan than Analytics is read alone; which it is, is chosen as where all are alternatives.
    if held.iter().any(|(delivery, _)| plan(Some(delivery), reader.options, reader.language).is_single()) {
        return None;
    }
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

/// The plan of a table: what the user says of the log, else what its delivery does. Plans are those of a workspace.
pub fn plan(delivery: Option<&Delivery>, options: &Options, language: &str) -> Plan {
    if delivery.is_some_and(|delivery| delivery.platform != Platform::Sentinel) {
        return Plan::Analytics;
    }
    let own = || delivery.map_or(Plan::Analytics, |delivery| delivery.carrier.plan);
    options.plan(language).unwrap_or_else(own)
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
            let help = "`sigmata schema show` lists the deliveries of a log";
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
    let listed = |path: &Path, values: &[String]| match values {
        [value] => format!("`{path}` `{value}`"),
        _ => format!("`{path}` in `{}`", values.join("`, `")),
    };
    let kept = kept(schema, delivery);
    let kept = kept.iter().map(|Kept { path, values, .. }| listed(path, values));
    let lacking = delivery.without.iter().map(|(path, values)| format!("no {}", listed(path, values)));
    kept.chain(lacking).collect::<Vec<_>>().join(" and ")
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
    if delivery.without.iter().any(|(path, values)| needs(formula, path, values)) {
        return Overlap::None;
    }
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

/// Whether a formula holds of no event whose field has none of the values.
fn needs(formula: &Formula, path: &Path, values: &[String]) -> bool {
    let without = |value| truth(formula, &Given { path, value, universe: values }) == Some(false);
    without(Value::Other) && without(Value::Absent)
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
