//! From the formula to the query.
//!
//! The formula is cut into conjuncts.
//! A conjunct that the base search can state exactly goes there, where it prunes by the index; all others become
//! leaves of a `where`, each of them two-valued, since only `isnull()`, `isnotnull()` and `if()` are documented never
//! to give NULL.
//! A conjunct that stays in `where` still lends the base search what it implies.

pub(super) mod correlation;
mod element;
mod field;
mod implied;
mod keyword;
mod known;
mod leaf;
pub(super) mod routes;
mod search;
mod time;

use std::collections::{HashMap, HashSet};

use super::ast::{Command, Expr, Function, Name, Operator, Query, Search, Text, Value};
use super::codes;
use crate::backend::fidelity::Ledger;
use crate::backend::frame::{Context, Fixed, Frame, Lower};
use crate::backend::{Holds, Options};
use crate::diagnostic::Diagnostic;
use crate::ir::{Element, Formula, Leaf, Predicate, Subject};
use crate::schema::{Discriminator, Path, Platform, Step, Type};
use crate::source::Span;

/// Lowers a rule, with its meaning in the rows of its delivery.
pub(super) fn lower(
    frame: Frame<'_>,
    formula: &Formula,
    options: &Options,
    ledger: &mut Ledger,
) -> Option<Query> {
    Lowering {
        frame,
        ledger,
        paths: Vec::new(),
        stages: Vec::new(),
        lookups: Vec::new(),
        known: HashMap::new(),
    }
    .query(formula, options)
}

/// What a predicate's path starts from; the default at the event.
#[derive(Clone, Debug, Default)]
struct Inside {
    /// The canonical steps from the event to the element.
    prefix: Vec<Step>,
    /// The element's text.
    element: Option<Expr>,
}

/// Where a part of the formula is.
type At = Context<Inside>;

/// The state of one lowering.
struct Lowering<'a> {
    frame: Frame<'a>,
    ledger: &'a mut Ledger,
    /// Helper fields that hold what a path of the event reaches, which come before all others.
    paths: Vec<(Text, Name)>,
    /// Helper fields, in the order in which they are computed.
    stages: Vec<(Name, Expr)>,
    /// Lookups that are asked, when all helper fields are there; each fills a helper field.
    lookups: Vec<Command>,
    /// Which helper holds which value, so that each is computed once; only looked up.
    known: HashMap<Expr, Name>,
}

impl Lower for Lowering<'_> {
    type Condition = Expr;
    type Scope = Inside;

    fn constant(&mut self, value: bool) -> Option<Expr> {
        Some(Expr::binary(Expr::int(1), Operator::Equal, Expr::int(i64::from(value))))
    }

    fn not(&mut self, inner: Expr) -> Expr {
        inner.negate()
    }

    fn and(&mut self, parts: Vec<Expr>) -> Option<Expr> {
        Expr::all(parts)
    }

    fn or(&mut self, parts: Vec<Expr>) -> Option<Expr> {
        Expr::some(parts)
    }

    fn predicate(&mut self, predicate: &Predicate, at: &At) -> Option<Expr> {
        match &predicate.subject {
            Subject::Field(field) => self.field_test(field, predicate, &at.scope, at.polarity),
            Subject::Event => self.keyword(&predicate.test, predicate.span, at.polarity),
        }
    }

    fn element(&mut self, element: &Element, at: &At) -> Option<Expr> {
        self.statement(element, &at.scope, at.polarity)
    }
}

impl Lowering<'_> {
    fn query(&mut self, formula: &Formula, options: &Options) -> Option<Query> {
        let mut terms = self.head(options)?;
        let (mut early, mut late) = (Vec::new(), Vec::new());
        let mut whole = true;
        for conjunct in formula.conjuncts() {
            if let Some(search) = self.searchable(conjunct) {
                self.note_paths(conjunct);
                terms.push(search);
                continue;
            }
            // Every conjunct is lowered, so that every reason for a refusal is reported.
            let Some(condition) = self.lower(conjunct, &At::default()) else {
                whole = false;
                continue;
            };
            terms.extend(self.implied(conjunct));
            if uses_helper(&condition) { late.push(condition) } else { early.push(condition) }
        }
        if !whole {
            return None;
        }
        if terms.is_empty() {
            terms.extend(self.named(formula));
        }
        let columns = self.columns()?;
        let stages = std::mem::take(&mut self.stages);
        let paths = std::mem::take(&mut self.paths);
        let commands = Expr::all(early)
            .map(Command::Where)
            .into_iter()
            .chain(paths.into_iter().map(|(path, output)| Command::Spath(path, output)))
            .chain((!stages.is_empty()).then_some(Command::Eval(stages)))
            .chain(std::mem::take(&mut self.lookups))
            .chain(Expr::all(late).map(Command::Where))
            .chain((!columns.is_empty()).then_some(Command::Table(columns)))
            .collect();
        let comments = routes::heading(&[(self.frame, routes::source_types(self.frame, options))], options);
        Some(Query { comments, search: Search::all(dedupe(terms)), commands })
    }

    /// Index, source type and the delivery's fixed predicates.
    fn head(&mut self, options: &Options) -> Option<Vec<Search>> {
        let mut terms = Vec::new();
        let span = self.frame.rule.logsource.span;
        if let Some(index) = options.get("spl.index") {
            terms.push(self.fixed("index", &[index], span)?);
        }
        terms.extend(options.for_log("spl.macro").map(|name| Search::Macro(name.to_owned())));
        let names = routes::source_types(self.frame, options);
        for name in &names {
            self.ledger.reads(self.frame.reads_of(name, Platform::Splunk));
        }
        if !names.is_empty() {
            terms.push(self.fixed("sourcetype", &names, span)?);
        }
        for Fixed { path, values } in self.frame.fixed() {
            let Some(name) = self.extracted(&path.steps).or_else(|| self.own_field(path)) else { continue };
            let texts: Vec<String> = values.iter().map(Discriminator::text).collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            terms.push(self.fixed(name.as_str(), &texts, span)?);
        }
        Some(terms)
    }

    /// A field that Splunk gives each event, such as `source`, where the record has none of the name.
    fn own_field(&self, path: &Path) -> Option<Name> {
        let name = path.name();
        let of_the_record = self.frame.schema().is_some_and(|schema| schema.has_field(&name));
        if of_the_record { None } else { Name::new(name) }
    }

    /// A predicate of the delivery: one of the texts, in which a schema may use `*` at either end.
    fn fixed(&mut self, name: &str, texts: &[&str], span: Span) -> Option<Search> {
        let values: Option<Vec<Value>> = texts.iter().map(|text| starred(text)).collect();
        match (Name::new(name), values) {
            (Some(name), Some(values)) if !values.is_empty() => Some(search::one_of(name, values)),
            _ => {
                let message = format!("the delivery's `{name}` cannot be written in a search");
                let finding = Diagnostic::new(&codes::DELIVERY_NAME, span, message);
                self.ledger.refuse(finding.help("correct it in the schema of the log, or in sigmata.toml"))
            }
        }
    }

    /// Notes each path of a conjunct that the base search states, where the schema does not know its arrays.
    fn note_paths(&mut self, formula: &Formula) {
        for found in formula.leaves() {
            if let Leaf::Pred(Predicate { subject: Subject::Field(field), .. }) = found.leaf {
                self.note_path(field, found.polarity);
            }
        }
    }

    /// The columns of `fields`, with the time first.
    fn columns(&mut self) -> Option<Vec<Name>> {
        let (mut columns, mut seen) = (Vec::new(), HashSet::from([Name::time()]));
        for field in self.frame.fields() {
            let names = self.shown(&field.path);
            if let [name] = &names[..] {
                let scalar = !name.contains(['{', '*']) && !matches!(field.ty, Type::Object(_));
                self.ledger.show(self.frame.shows(name, &field.path, Holds::of(scalar)));
            }
            for name in names.into_iter().flat_map(|name| filled(name, &field.ty)) {
                let Some(name) = Name::new(&name) else {
                    return self.ledger.refuse(field::unquotable(&field.text, field.span));
                };
                if seen.insert(name.clone()) {
                    columns.push(name);
                }
            }
        }
        if !columns.is_empty() {
            columns.insert(0, Name::time());
        }
        Some(columns)
    }

    /// The helper field that holds what a path of the event's JSON reaches.
    fn reached(&mut self, path: Text) -> Name {
        if let Some((_, name)) = self.paths.iter().find(|(known, _)| *known == path) {
            return name.clone();
        }
        let name = Name::helper('e', self.paths.len() + self.stages.len());
        self.paths.push((path, name.clone()));
        name
    }

    /// The helper field that holds a value.
    fn stage(&mut self, letter: char, value: Expr) -> Name {
        if let Some(name) = self.known.get(&value) {
            return name.clone();
        }
        let name = Name::helper(letter, self.paths.len() + self.stages.len());
        self.known.insert(value.clone(), name.clone());
        self.stages.push((name.clone(), value));
        name
    }
}

/// The columns that hold something for a name: the extraction gives objects no field of their own.
fn filled(name: String, ty: &Type) -> Vec<String> {
    let below = || vec![format!("{name}.*")];
    match ty {
        Type::Object(object) if name.ends_with("{}") => {
            let scalar = |ty: &Type| !matches!(ty, Type::Object(_) | Type::Map(_) | Type::Array(_));
            let members = object.fields.iter().filter(|member| scalar(&member.ty));
            let names: Vec<String> = members.map(|member| format!("{name}.{}", member.name)).collect();
            if names.is_empty() { below() } else { names }
        }
        Type::Object(_) | Type::Map(_) => below(),
        _ => vec![name],
    }
}

/// A text of a schema, in which `*` at either end is a wildcard.
fn starred(text: &str) -> Option<Value> {
    let (open, text) = text.strip_prefix('*').map_or((false, text), |text| (true, text));
    let (close, text) = text.strip_suffix('*').map_or((false, text), |text| (true, text));
    Text::new(text).and_then(|text| Value::new(open, text, close))
}

/// The terms without those that are before.
fn dedupe(mut terms: Vec<Search>) -> Vec<Search> {
    let mut seen = HashSet::new();
    terms.retain(|term| seen.insert(term.clone()));
    terms
}

fn uses_helper(expr: &Expr) -> bool {
    match expr {
        Expr::Field(name) => name.as_str().starts_with("sf_"),
        Expr::Text(_) | Expr::Number(_) => false,
        Expr::Call(_, parts) | Expr::And(parts) | Expr::Or(parts) => parts.iter().any(uses_helper),
        Expr::Binary(_, left, right) => uses_helper(left) || uses_helper(right),
        Expr::Not(inner) => uses_helper(inner),
    }
}

/// A literal of our own making, free of what a literal cannot carry.
fn literal(text: &str) -> Expr {
    Text::new(text).map_or_else(|| Expr::int(0), Expr::Text)
}

/// `isnotnull(mvfind(values, regex))`: some value is matched.
fn some_value(values: Expr, regex: Text) -> Expr {
    Expr::call(Function::Isnotnull, [Expr::call(Function::Mvfind, [values, Expr::Text(regex)])])
}
