//! From the formula to a query.
//!
//! A conjunct is one `filter`. A statement about some element of an array becomes `unnest`, which gives the event one
//! row for each element; the rows of one event are joined again by `dedup`.
//! So such a statement can be wherever more rows can only add matches, and not under a negation: there the first
//! elements are tested one by one.

mod address;
pub(super) mod correlation;
mod keyword;
mod known;
mod leaf;
mod place;
mod relation;
mod text;
mod time;

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::ast::{Column, Command, Decimal, Expr, Function, Literal, Name, Operator, Query, Segment, Value};
use super::{MAX_CHARS, MAX_NAMING, codes, too_long};
use crate::backend::codes as shared;
use crate::backend::fidelity::Ledger;
use crate::backend::frame::{Context, Fixed, Frame, Lower};
use crate::backend::{Direction, Options, loose};
use crate::diagnostic::Diagnostic;
use crate::ir::{
    Condition, Element, Formula, Leaf, Node, Polarity, Predicate, Quantifier, Subject, TextPattern,
};
use crate::schema::{Discriminator, Type};
use crate::source::Span;
use known::Lookup;

/// The rows that a query may give: what one page of results holds.
const ROWS: u32 = 10_000;

/// How many elements of an array are tested one by one, and how many of an array in each of them.
const ELEMENTS: u32 = 10;
const INNER_ELEMENTS: u32 = 4;

/// Lowers a rule, with its meaning in the rows of its delivery. With `parsed` the service discovers no fields in them.
pub(super) fn lower(
    frame: Frame<'_>,
    formula: &Formula,
    options: &Options,
    parsed: bool,
    ledger: &mut Ledger,
) -> Option<Query> {
    let commands = Lowering::new(frame, parsed, ledger).query(formula)?;
    Some(Query { comments: frame.headed(options, places(frame, options)), commands })
}

/// Where the query reads, for comments: the log groups that the user named for the log, or what the delivery says, and
/// what to set where it is kept otherwise.
fn places(frame: Frame<'_>, options: &Options) -> Vec<String> {
    let groups = options.all_for_log("cwli.log-groups");
    let mut names: Vec<&str> = groups.iter().map(String::as_str).collect();
    if names.is_empty() {
        names.push(frame.name().unwrap_or("the one that receives this log"));
    }
    let kind = if names.len() == 1 { "log group" } else { "log groups" };
    let known = Frame::reads(&[(frame, names.clone())], "cwli");
    let read = if known.is_empty() { names.join(", ") } else { known.join(" ") };
    let read = format!("{kind}: {read}");
    std::iter::once(read).chain(source(groups, options)).chain(frame.note().map(str::to_owned)).collect()
}

/// The most beginnings of names that `SOURCE` takes.
const MOST_PREFIXES: usize = 5;

/// The command that chooses the log groups where a query runs by the command line or the API; the console refuses it.
fn source(groups: &[String], options: &Options) -> Option<String> {
    if groups.is_empty() || groups.len() > MOST_PREFIXES {
        return None;
    }
    let class = match options.get("cwli.class") {
        Some(super::INFREQUENT) => ", class: ['INFREQUENT_ACCESS']",
        _ => "",
    };
    let names = groups.join("', '");
    let line = format!("with the CLI or API, in front: SOURCE logGroups(namePrefix: ['{names}']{class})");
    // A command that is cut is none.
    (line.chars().count() <= crate::backend::heading::CHARS).then_some(line)
}

struct Lowering<'a> {
    frame: Frame<'a>,
    ledger: &'a mut Ledger,
    /// Whether every field is read from the parsed event, because no fields are discovered.
    parsed: bool,
    /// Commands that name values, and unnest lists, in order.
    prelude: Vec<Command>,
    /// Values that the prelude names.
    aliases: Vec<(Value, Name)>,
    /// Lists that the prelude unnests.
    items: Vec<Item>,
    /// Aliases of values inside an element, with the element's index in `items`.
    derived: Vec<(Name, usize)>,
    /// Lookup tables that are asked, behind the prelude: the table, its column, and the field.
    lookups: Vec<Lookup>,
    /// Indices in `items` that a statement over the same list may share: those of other branches of a disjunction.
    free: Vec<usize>,
}

/// Filters in their order, by how many commands of the prelude they need.
#[derive(Default)]
struct Waiting(BTreeMap<usize, Vec<(usize, Expr)>>);

impl Waiting {
    /// Takes out those that need no more than so many commands.
    fn ready(&mut self, named: usize) -> impl Iterator<Item = Command> + use<> {
        let later = named.checked_add(1).map(|next| self.0.split_off(&next)).unwrap_or_default();
        let ready = std::mem::replace(&mut self.0, later);
        let mut ready: Vec<(usize, Expr)> = ready.into_values().flatten().collect();
        ready.sort_by_key(|(at, _)| *at);
        ready.into_iter().map(|(_, filter)| Command::Filter(filter))
    }
}

/// A list that is unnested, and the name of its element.
struct Item {
    list: Name,
    name: Name,
}

impl<'a> Lowering<'a> {
    fn new(frame: Frame<'a>, parsed: bool, ledger: &'a mut Ledger) -> Self {
        Self {
            frame,
            ledger,
            parsed,
            prelude: Vec::new(),
            aliases: Vec::new(),
            items: Vec::new(),
            derived: Vec::new(),
            lookups: Vec::new(),
            free: Vec::new(),
        }
    }
}

/// Where a part of the formula is; the scope is the element that relative paths start from.
type At = Context<Option<Name>>;

impl Lower for Lowering<'_> {
    type Condition = Expr;
    type Scope = Option<Name>;

    /// A simplified formula has constants at the top alone.
    fn constant(&mut self, _value: bool) -> Option<Expr> {
        None
    }

    fn not(&mut self, inner: Expr) -> Expr {
        inner.not()
    }

    fn and(&mut self, parts: Vec<Expr>) -> Option<Expr> {
        Expr::and(parts)
    }

    fn or(&mut self, parts: Vec<Expr>) -> Option<Expr> {
        Expr::or(parts)
    }

    /// A predicate as a condition.
    fn predicate(&mut self, predicate: &Predicate, place: &At) -> Option<Expr> {
        match &predicate.subject {
            Subject::Field(field) => self.field_test(field, &predicate.test, place, predicate.span),
            Subject::Event => self.keywords(&predicate.test, place, predicate.span),
        }
    }

    /// A statement about the elements of an array.
    fn element(&mut self, element: &Element, place: &At) -> Option<Expr> {
        let Element { array, quantifier, body, span } = element;
        match quantifier {
            Quantifier::Index(index) => {
                let Ok(index) = u32::try_from(*index) else {
                    return self.no_array(*span, "the target cannot count elements from the end");
                };
                let name = self.tree(array, place, *span)?.element(index);
                self.body(body, name, place, *span)
            }
            Quantifier::Any => {
                if let Some(found) = self.whole_array(element, place)? {
                    return Some(found);
                }
                if place.guarded {
                    return self.counted(element, body, place);
                }
                let list = self.tree(array, place, *span)?;
                let name = self.unnest(list)?;
                self.body(body, name, place, *span)
            }
            Quantifier::None => {
                let place = place.negated();
                if let Some(found) = self.whole_array(element, &place)? {
                    return Some(found.not());
                }
                Some(self.counted(element, body, &place)?.not())
            }
            Quantifier::All => {
                let some = self.some_element(element, place)?;
                let fails = self.counted(element, &body.clone().not(), &place.negated())?;
                Expr::and(vec![some, fails.not()])
            }
            Quantifier::AllOrEmpty => {
                Some(self.counted(element, &body.clone().not(), &place.negated())?.not())
            }
        }
    }

    /// A disjunction, whose branches may speak of the same unnested list.
    fn either(&mut self, parts: &[Formula], place: &At) -> Option<Expr> {
        let outer = self.items.len();
        let inherited = self.free.clone();
        let before = (self.prelude.clone(), self.aliases.len(), self.derived.len(), self.ledger.mark());
        let lookups = self.lookups.len();
        let mut left = inherited.clone();
        let mut branches = Vec::new();
        for part in parts {
            self.free.clone_from(&inherited);
            self.free.extend(outer..self.items.len());
            let branch = self.lower(part, place);
            left.retain(|item| self.free.contains(item));
            branches.push(branch);
        }
        self.free = left;
        let branches: Vec<Expr> = branches.into_iter().collect::<Option<_>>()?;
        let used: Vec<BTreeSet<usize>> = branches
            .iter()
            .map(|branch| {
                let items = self.items_of(branch);
                items.into_iter().filter(|item| *item >= outer || inherited.contains(item)).collect()
            })
            .collect();
        let span = parts
            .iter()
            .flat_map(Formula::leaves)
            .next()
            .map_or_else(Span::default, |found| found.leaf.span());
        let all: BTreeSet<usize> = used.iter().flatten().copied().collect();
        let lists: BTreeSet<usize> = used.iter().filter_map(|items| items.first().copied()).collect();
        if lists.len() > 1 {
            self.items.truncate(outer);
            self.aliases.truncate(before.1);
            self.derived.truncate(before.2);
            self.ledger.rewind(before.3);
            self.lookups.truncate(lookups);
            (self.prelude, self.free) = (before.0, inherited);
            return self.anywhere(parts, place, span);
        }
        if !all.is_empty() && used.iter().any(|items| *items != all) {
            self.ledger.note(
                &codes::EMPTY_LIST,
                place.polarity,
                Direction::Narrower,
                span,
                "an event whose array is missing or empty may be lost before the other alternative is tested",
            );
        }
        Expr::or(branches)
    }
}

impl Lowering<'_> {
    /// A disjunction of statements about several arrays: their texts are looked for anywhere in the event.
    fn anywhere(&mut self, parts: &[Formula], place: &At, span: Span) -> Option<Expr> {
        let loosened = parts.iter().map(|part| {
            part.clone().map(&mut |leaf| match leaf {
                Formula::Elem(_) => loose::implied(&leaf, &Subject::Event, &|text| Some(text.to_owned())),
                other => other,
            })
        });
        let loosened: Vec<Formula> = loosened.collect();
        if loosened.iter().any(|part| matches!(part, Formula::True)) {
            return self.no_array(span, "the target cannot join statements about two arrays with `or`");
        }
        let mut branches = Vec::new();
        for branch in self.each(&loosened, place)? {
            if !branches.contains(&branch) {
                branches.push(branch);
            }
        }
        Expr::or(branches)
    }

    fn query(&mut self, formula: &Formula) -> Option<Vec<Command>> {
        let mut filters: Vec<Expr> = self.fixed()?;
        filters.extend(self.each(formula.conjuncts(), &At::default())?);
        if self.items.len() > 1 {
            self.ledger.note(
                &codes::CHAINED_UNNEST,
                Polarity::Positive,
                Direction::Narrower,
                self.frame.rule.detection.span,
                "may miss every event: that one `unnest` can follow another is not documented",
            );
        }
        self.commands(filters)
    }

    /// The predicates that part this log from others in the same log group.
    fn fixed(&mut self) -> Option<Vec<Expr>> {
        let mut filters = Vec::new();
        for Fixed { path, values } in self.frame.fixed() {
            let name = if self.parsed {
                let steps = path.steps.iter().cloned();
                self.below_event(steps, &At::default(), Span::default())?
            } else {
                self.flat(path, Span::default())?
            };
            let Some(filter) = fixed(&name, values) else {
                return self.ledger.refuse(
                    Diagnostic::new(
                        &codes::FIELD_NAME,
                        Span::default(),
                        "the delivery of the log names a value that cannot be written",
                    )
                    .help("correct it in the schema of the log"),
                );
            };
            filters.push(filter);
        }
        Some(filters)
    }

    /// The commands: what needs no array is filtered first.
    fn commands(&mut self, filters: Vec<Expr>) -> Option<Vec<Command>> {
        let unnested = !self.items.is_empty();
        let columns = self.projection(unnested);
        // A condition that reads no field has not named the event of which the columns are.
        let event = Name::key(place::EVENT)?;
        if columns.iter().any(|name| name.starts_with(&event)) {
            self.event()?;
        }
        let field = |name: Name| Column { value: Value::Field(name), alias: None };
        let mut prelude = self.prelude.iter().cloned().peekable();
        let mut first: Vec<Column> = Vec::new();
        if self.prelude.is_empty() {
            first.extend(columns.iter().cloned().map(field));
        } else {
            first.extend(["@timestamp", "@message"].into_iter().filter_map(Name::key).map(field));
            if let Some(Command::Fields(named)) =
                prelude.next_if(|command| matches!(command, Command::Fields(_)))
            {
                first.extend(named);
            }
        }
        // What needs no rows for elements is filtered before there are any.
        let mut commands = vec![Command::Fields(first)];
        let first = self.prelude.len() - prelude.len();
        let mut waiting = self.waiting(filters);
        commands.extend(waiting.ready(first));
        for (named, command) in (first..).zip(prelude) {
            if matches!(command, Command::Unnest { .. }) {
                commands.extend(waiting.ready(named));
            }
            commands.push(command);
        }
        commands.extend(self.lookups.iter().map(Lookup::command));
        commands.extend(waiting.ready(usize::MAX));
        if !self.prelude.is_empty() {
            commands.push(Command::Display(columns));
        }
        if unnested {
            commands
                .push(Command::Dedup(["@timestamp", "@message"].into_iter().filter_map(Name::key).collect()));
        }
        commands.push(Command::Limit(ROWS));
        Some(commands)
    }

    /// Filters with how many commands of the prelude give the names that each reads; one that reads what is looked up
    /// waits for the end.
    fn waiting(&self, filters: Vec<Expr>) -> Waiting {
        let mut given: FxHashMap<&Segment, usize> = FxHashMap::default();
        for (at, command) in self.prelude.iter().enumerate() {
            let names: Vec<&Name> = match command {
                Command::Fields(columns) => {
                    columns.iter().filter_map(|column| column.alias.as_ref()).collect()
                }
                Command::Unnest { item, .. } => vec![item],
                _ => Vec::new(),
            };
            given.extend(names.into_iter().filter_map(|name| Some((name.segments().first()?, at + 1))));
        }
        let mut waiting = Waiting::default();
        for (at, filter) in filters.into_iter().enumerate() {
            let mut needs = 0;
            filter.names(&mut |name| {
                let root = name.segments().first();
                needs = needs.max(root.and_then(|root| given.get(root)).copied().unwrap_or(0));
                if self.lookups.iter().any(|lookup| lookup.column == *name) {
                    needs = usize::MAX;
                }
            });
            waiting.0.entry(needs).or_default().push((at, filter));
        }
        waiting
    }

    /// The columns of the result: the time, then the rule's `fields`, or else the schema's alert columns; the whole
    /// event where there is neither, and where rows are joined by it.
    fn projection(&self, whole: bool) -> Vec<Name> {
        let asked = self.frame.shown();
        // An object has no flat name; the event shows it.
        let objects: Vec<_> = asked
            .iter()
            .filter(|path| self.frame.schema().is_some_and(|schema| place::is_object(schema, path)))
            .map(|path| (*path).clone())
            .collect();
        let whole = whole || !objects.is_empty();
        let mut columns: Vec<Name> = Name::key("@timestamp").into_iter().collect();
        for path in asked.into_iter().filter(|path| !objects.contains(path)) {
            columns.extend(self.shown(path).filter(|name| !columns.contains(name)));
        }
        if whole || columns.len() == 1 {
            columns.extend(Name::key("@message"));
        }
        columns
    }

    /// The unnested lists of which a condition reads the element.
    fn items_of(&self, expr: &Expr) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        expr.names(&mut |name| {
            found.extend(self.item_of(name));
        });
        found
    }

    fn item_of(&self, name: &Name) -> Option<usize> {
        self.items
            .iter()
            .position(|item| name.starts_with(&item.name))
            .or_else(|| self.derived.iter().find(|(alias, _)| name.starts_with(alias)).map(|(_, item)| *item))
    }

    /// The body of an element statement; guarded where it would hold of an element that is not there.
    /// The guard may also leave out an element that is null, of which such a body holds.
    fn body(&mut self, body: &Formula, element: Name, place: &At, span: Span) -> Option<Expr> {
        if !holds_of_nothing(body) {
            return self.lower(body, &place.within(Some(element)));
        }
        self.note_null("with an element that is JSON null", place, Direction::Narrower, span);
        if matches!(body, Formula::True) {
            return Some(present(element));
        }
        let condition = self.lower(body, &place.within(Some(element.clone())))?;
        Expr::and(vec![present(element), condition])
    }

    /// A statement about some element that can be made of the list as a whole, and so anywhere; `None` inside when it
    /// cannot.
    #[expect(clippy::option_option, reason = "refused, or not of this kind, or the condition")]
    fn whole_array(&mut self, element: &Element, place: &At) -> Option<Option<Expr>> {
        if matches!(element.body, Formula::True) {
            return self.some_element(element, place).map(Some);
        }
        let (predicate, negated) = match &element.body {
            Formula::Pred(predicate) => (predicate, false),
            Formula::Not(inner) => match &**inner {
                Formula::Pred(predicate) => (predicate, true),
                _ => return Some(None),
            },
            _ => return Some(None),
        };
        match &predicate.subject {
            Subject::Field(field) if field.path.steps.is_empty() => {}
            _ => return Some(None),
        }
        match (&predicate.test, negated) {
            (Condition::Present | Condition::Exists, false) | (Condition::Null, true) => {
                self.some_element(element, place).map(Some)
            }
            (Condition::Text(texts), false) => {
                let mut parts = Vec::new();
                for text in texts {
                    let TextPattern::Equals(value) = &text.shape else { return Some(None) };
                    let exact = text.cased || text.member || text::is_caseless(value);
                    let typed = matches!(&predicate.subject, Subject::Field(field) if place::HeldAs::of(&field.ty) == place::HeldAs::Text);
                    if (!exact && !value.is_ascii()) || (!typed && text::is_scalar_text(value)) {
                        return Some(None);
                    }
                    let Some(literal) =
                        Literal::new(if exact { value.clone() } else { value.to_ascii_lowercase() })
                    else {
                        return Some(None);
                    };
                    parts.push((exact, literal, &text.shape));
                }
                let list = self.tree(&element.array, place, element.span)?;
                if let Subject::Field(field) = &predicate.subject
                    && matches!(field.ty, Type::Any)
                    && self.frame.schema().is_some()
                {
                    self.note_open(field, place, element.span);
                }
                let lowered = |text: Value, exact: bool| {
                    if exact { text } else { Value::Call(Function::ToLower, vec![text]) }
                };
                // A scalar is an array of one, which `jsonArrayContains` does not see.
                // What a text function makes of a list is not documented, so that letter case goes by `like`.
                let parts = parts.into_iter().flat_map(|(exact, literal, shape)| {
                    let one = Value::Field(list.clone());
                    let one = if exact {
                        Expr::Compare(one, Operator::Equal, Value::Text(literal.clone()))
                    } else {
                        Expr::Matches(one, text::shape_pattern(shape, false))
                    };
                    let text = Value::Call(Function::JsonStringify, vec![Value::Field(list.clone())]);
                    let many = vec![lowered(text, exact), Value::Text(literal)];
                    [
                        Expr::and(vec![present(list.clone()), one]),
                        Some(Expr::Call(Function::JsonArrayContains, many)),
                    ]
                });
                let parts = parts.flatten();
                Some(Expr::or(parts.collect()))
            }
            _ => Some(None),
        }
    }

    /// The array has an element.
    fn some_element(&mut self, element: &Element, place: &At) -> Option<Expr> {
        let list = self.tree(&element.array, place, element.span)?;
        self.ledger.note(
            &shared::NULL_OR_MISSING,
            place.polarity,
            Direction::Wider,
            element.span,
            "an empty array, or one of nulls, counts as one with elements",
        );
        Some(present(list))
    }

    /// Some of the first elements of an array satisfies the body: a statement that is anywhere, where rows for
    /// elements could not be told from rows for others.
    fn counted(&mut self, element: &Element, body: &Formula, place: &At) -> Option<Expr> {
        let bound = if place.scope.is_some() { INNER_ELEMENTS } else { ELEMENTS };
        let list = self.tree(&element.array, place, element.span)?;
        let message = format!("only the first {bound} elements of `{}` are tested", element.array);
        self.ledger.note(&codes::FIRST_ELEMENTS, place.polarity, Direction::Narrower, element.span, message);
        let place = At { guarded: true, ..place.clone() };
        let each: Vec<Option<Expr>> =
            (0..bound).map(|at| self.body(body, list.clone().element(at), &place, element.span)).collect();
        Expr::or(each.into_iter().collect::<Option<_>>()?)
    }

    fn no_array<T>(&mut self, span: Span, message: &str) -> Option<T> {
        self.ledger.refuse(
            Diagnostic::new(&shared::ARRAY_STATEMENT, span, message)
                .label("needs an aggregate over the rows of an event")
                .help("state it positively about one element of one array, or compile for KQL or SPL"),
        )
    }

    /// The name of an element of `list`: a new row for each, or the same as in another branch of a disjunction.
    fn unnest(&mut self, list: Name) -> Option<Name> {
        let shared =
            self.free.iter().position(|item| self.items.get(*item).is_some_and(|item| item.list == list));
        if let Some(at) = shared {
            let item = self.free.remove(at);
            return self.items.get(item).map(|item| item.name.clone());
        }
        let name = Name::key(&numbered("sigma_item", self.items.len()))?;
        self.prepare(Command::Unnest { list: list.clone(), item: name.clone() })?;
        self.items.push(Item { list, name: name.clone() });
        Some(name)
    }

    /// Adds a command to the prelude, as long as the query can be short enough for the service.
    fn prepare(&mut self, command: Command) -> Option<()> {
        if self.prelude.len() >= MAX_NAMING {
            let span = self.frame.rule.detection.span;
            return self.ledger.refuse(too_long(&format!("more than {MAX_CHARS}"), span));
        }
        self.prelude.push(command);
        Some(())
    }
}

/// `ispresent(name)`.
fn present(name: Name) -> Expr {
    Expr::Call(Function::IsPresent, vec![Value::Field(name)])
}

/// `base`, `base2`, `base3`, …
fn numbered(base: &str, before: usize) -> String {
    if before == 0 { base.to_owned() } else { format!("{base}{}", before + 1) }
}

/// Whether a formula is true of an element without any value.
fn holds_of_nothing(formula: &Formula) -> bool {
    formula.fold::<bool>(&mut |node| match node {
        Node::Constant(value) => value,
        Node::Not(inner) => !inner,
        Node::And(parts) => parts.into_iter().all(|part| part),
        Node::Or(parts) => parts.into_iter().any(|part| part),
        Node::Leaf(Leaf::Pred(predicate)) => matches!(predicate.test, Condition::Null),
        Node::Leaf(Leaf::Elem(element)) => {
            matches!(element.quantifier, Quantifier::None | Quantifier::AllOrEmpty)
        }
    })
}

/// A predicate of the delivery: a field holds one of the values, of which there is at least one.
fn fixed(name: &Name, values: &[Discriminator]) -> Option<Expr> {
    let texts: Option<Vec<&String>> = values
        .iter()
        .map(|value| match value {
            Discriminator::Text(text) => Some(text),
            Discriminator::Integer(_) | Discriminator::Boolean(_) => None,
        })
        .collect();
    if let Some(texts) = texts {
        let texts = texts.into_iter().map(Literal::new).collect::<Option<_>>()?;
        return text::one_of(Value::Field(name.clone()), texts);
    }
    let test = |value: &Discriminator| match value {
        Discriminator::Text(text) => text::one_of(Value::Field(name.clone()), vec![Literal::new(text)?]),
        Discriminator::Integer(number) => {
            let number = Value::Number(Decimal::integer(i128::from(*number)));
            Some(Expr::Compare(Value::Field(name.clone()), Operator::Equal, number))
        }
        Discriminator::Boolean(value) => leaf::boolean(name, *value),
    };
    let all: Vec<Expr> = values.iter().map(test).collect::<Option<_>>()?;
    Some(if all.len() == 1 { all.into_iter().next()? } else { Expr::Or(all) })
}
