//! Predicates as leaves of `where`, each of them two-valued.

use super::{Inside, Lowering, literal, some_value};
use crate::backend::Direction;
use crate::backend::codes as shared;
use crate::backend::spl::ast::{Expr, Function, Name, Number as Literal, Operator, Text};
use crate::diagnostic::Diagnostic;
use crate::ir::pattern::{self, Engine, Portable, ProblemKind};
use crate::ir::{
    Block, Condition, FieldUse, Number, Order, Polarity, Predicate, Regex, Relation, Subject, Text as Wanted,
    TextPattern, address,
};
use crate::rule::pattern::Piece;
use crate::schema::{Base, Step, Type};
use crate::source::Span;

use super::field::{Found, full_path};

/// The largest whole number below which eval's doubles are exact, and no other number rounds to it.
const EXACT: i128 = (1 << 53) - 1;

/// The text that `if` and `mvmap` give for true.
pub(super) const YES: &str = "1";
/// The text that `if` and `mvmap` give for false.
pub(super) const NO: &str = "0";

impl Lowering<'_> {
    /// An address in one of several blocks.
    fn cidr(
        &mut self,
        blocks: &[Block],
        field: &FieldUse,
        place: &Found<'_>,
        scope: &Inside,
    ) -> Option<Expr> {
        if !matches!(field.ty, Type::Endpoint) {
            return self.some(place, |value| cidr(blocks, &value));
        }
        let bare = [place.value()?, literal(address::WITH_PORT), literal("\\1\\2")];
        let bare = Expr::call(Function::Replace, bare);
        if blocks.len() > 1 && scope.element.is_none() {
            return cidr(blocks, &Expr::Field(self.stage('a', bare)));
        }
        cidr(blocks, &bare)
    }

    /// A test of a field.
    pub(super) fn field_test(
        &mut self,
        field: &FieldUse,
        predicate: &Predicate,
        scope: &Inside,
        polarity: Polarity,
    ) -> Option<Expr> {
        let span = predicate.span;
        if self.crosses(&field.path, scope) {
            return self.unpaired(field, span);
        }
        if let Condition::Exists = predicate.test {
            return self.exists(field, scope, polarity);
        }
        self.note_null_element(predicate, polarity);
        let place = self.place(field, scope, polarity)?;
        if place.any && place.field.is_none() {
            self.note_nested(field, &predicate.test, polarity, span);
        }
        match &predicate.test {
            Condition::Text(texts) => self.texts(texts, field, &place, polarity),
            Condition::Listed(listed) => self.listed(listed, field, &place, scope, polarity),
            Condition::Regex(regexes) => self.regexes(regexes, &place),
            Condition::Number(numbers) => self.numbers(numbers, field, &place),
            Condition::Order(order, number) => self.order(*order, number, &place, span),
            Condition::Boolean(value) => {
                found(&place, if *value { "(?i)^true\\z" } else { "(?i)^false\\z" }, false)
            }
            Condition::Time(order, at) => self.time(*order, *at, field, &place, scope, span, polarity),
            Condition::TimePart(part, values) => {
                self.time_part(*part, values, field, &place, scope, span, polarity)
            }
            Condition::Cidr(blocks) => self.cidr(blocks, field, &place, scope),
            Condition::Present => present(&place, field, self.describes()),
            Condition::Null => null(&place, field, self.describes()),
            Condition::Exists => None,
            Condition::FieldRef { relation, other, cased } => {
                if self.crosses(&other.path, scope) {
                    return self.unpaired(other, span);
                }
                let right = self.place(other, scope, polarity)?;
                if place.any || right.any {
                    let open = if place.any { field } else { other };
                    let message = format!(
                        "{} events whose `{}` is a list or an object, which is compared as its JSON text",
                        Direction::Either.effect(),
                        open.text
                    );
                    self.ledger.note(&shared::UNKNOWN_PATH, polarity, Direction::Either, span, message);
                }
                field_ref(*relation, &place, &right, *cased)
            }
        }
    }

    /// Refuses to compare a field of several values with another one.
    fn unpaired<T>(&mut self, field: &FieldUse, span: Span) -> Option<T> {
        let message = format!("SPL cannot pair the values of `{}` with those of another field", field.text);
        let finding = Diagnostic::new(&shared::FIELDREF, span, message);
        self.ledger.refuse(finding.help("compare fields that have one value each, or compile for KQL"))
    }

    /// A text is one of several.
    fn texts(
        &mut self,
        texts: &[Wanted],
        field: &FieldUse,
        place: &Found<'_>,
        polarity: Polarity,
    ) -> Option<Expr> {
        let texts = self.stored(texts, field, place, polarity);
        let ghosted = place.ghosts().any(|ghost| texts.iter().any(|wanted| satisfies(wanted, ghost)));
        let exact: Option<Vec<Expr>> = texts
            .iter()
            .map(|wanted| match &wanted.shape {
                TextPattern::Equals(text)
                    if (wanted.cased || wanted.member) && !numeric(text) && !text.contains('$') =>
                {
                    Text::new(text.as_str()).map(Expr::Text)
                }
                _ => None,
            })
            .collect();
        let scalar = !place.any
            && !field.path.steps.iter().any(|step| matches!(step, Step::Dotted(_) | Step::First(_)));
        if let ([Wanted { shape: TextPattern::Equals(text), .. }], true) =
            (texts.as_slice(), scalar && !ghosted)
            && text.is_empty()
        {
            return Some(Expr::surely(Expr::binary(place.value()?, Operator::Equal, literal(""))));
        }
        if let Some(mut values) = exact.filter(|_| scalar) {
            let value = if ghosted { place.exact()? } else { place.value()? };
            if values.len() == 1 {
                let value = Expr::call(Function::Coalesce, [value, literal("")]);
                return Some(Expr::binary(value, Operator::Equal, values.remove(0)));
            }
            values.insert(0, value);
            return Some(Expr::surely(Expr::call(Function::In, values)));
        }
        found(place, &alternatives(&texts)?, ghosted)
    }

    /// The texts as the delivery stores them.
    fn stored(
        &mut self,
        texts: &[Wanted],
        field: &FieldUse,
        place: &Found<'_>,
        polarity: Polarity,
    ) -> Vec<Wanted> {
        let Some(column) = place.column.as_ref().filter(|column| !column.values.is_empty()) else {
            return texts.to_vec();
        };
        let mut stored = Vec::with_capacity(texts.len());
        for wanted in texts {
            let TextPattern::Equals(_) = &wanted.shape else {
                let message =
                    format!("Splunk stores other texts in `{}` than the provider writes", field.text);
                self.ledger.note(&shared::STORED_TEXT, polarity, Direction::Either, wanted.span, message);
                stored.push(wanted.clone());
                continue;
            };
            let before = stored.len();
            for (canonical, other) in column.values {
                if wanted.shape.fits(canonical, wanted.cased) {
                    stored.push(Wanted { shape: TextPattern::Equals(other.clone()), ..wanted.clone() });
                }
            }
            if stored.len() == before {
                stored.push(wanted.clone());
            }
        }
        stored
    }

    fn regexes(&mut self, regexes: &[Regex], place: &Found<'_>) -> Option<Expr> {
        let ghosted = place.ghosts().any(|ghost| regexes.iter().any(|regex| may_find(regex, ghost)));
        let regex = self.expressions(regexes)?;
        found(place, &regex, ghosted)
    }

    /// The expressions as one.
    pub(super) fn expressions(&mut self, regexes: &[Regex]) -> Option<String> {
        let printed: Vec<Option<String>> = regexes.iter().map(|regex| self.expression(regex)).collect();
        let mut printed: Vec<String> = printed.into_iter().collect::<Option<_>>()?;
        if printed.len() == 1 {
            return printed.pop();
        }
        Some(printed.iter().map(|regex| format!("(?:{regex})")).collect::<Vec<_>>().join("|"))
    }

    /// An expression for PCRE. What only PCRE knows is as written.
    fn expression(&mut self, regex: &Regex) -> Option<String> {
        match Portable::parse(regex) {
            Ok(portable) => Some(tame(&portable.print(Engine::Pcre))),
            Err(problem) if problem.kind == ProblemKind::PcreOnly => {
                let flags: String = [('i', regex.ignore_case), ('m', regex.multi_line), ('s', regex.dot_all)]
                    .iter()
                    .filter(|(_, on)| *on)
                    .map(|(flag, _)| *flag)
                    .collect();
                let flags = if flags.is_empty() { flags } else { format!("(?{flags})") };
                Some(flags + &tame(&regex.pattern))
            }
            Err(problem) => {
                let message = format!("the expression cannot be stated for Splunk: {}", problem.message);
                let finding = Diagnostic::new(&shared::REGEX_NOT_PORTABLE, regex.span, message);
                self.ledger.refuse(finding.help(shared::PLAIN_EXPRESSION))
            }
        }
    }

    fn order(&mut self, order: Order, number: &Number, place: &Found<'_>, span: Span) -> Option<Expr> {
        let exact = match number {
            Number::Integer(value) => value.abs() <= EXACT,
            Number::Decimal(_) => true,
        };
        let Some(bound) = Literal::new(spelling(number)).filter(|_| exact) else {
            let message = format!("`{}` is past the numbers that Splunk compares exactly", spelling(number));
            let reason = Diagnostic::new(&shared::NUMBER_RANGE, span, message)
                .help("numbers up to 9007199254740991 compare exactly");
            return self.ledger.refuse(reason);
        };
        self.some(place, |value| {
            let test = Expr::binary(tonumber(&value), operator(order), Expr::Number(bound));
            as_number(place, value, test).map(Expr::surely)
        })
    }

    /// A number is one of several.
    fn numbers(&mut self, numbers: &[Number], field: &FieldUse, place: &Found<'_>) -> Option<Expr> {
        if by_spelling(field, numbers) {
            return found(place, &spellings(numbers), false);
        }
        let values: Vec<Expr> =
            numbers.iter().filter_map(|number| Literal::new(spelling(number))).map(Expr::Number).collect();
        if values.len() != numbers.len() {
            return found(place, &spellings(numbers), false);
        }
        self.some(place, |value| {
            let number = tonumber(&value);
            let test = match <[Expr; 1]>::try_from(values) {
                Ok([wanted]) => Expr::binary(number, Operator::Equal, wanted),
                Err(values) => Expr::call(Function::In, std::iter::once(number).chain(values)),
            };
            as_number(place, value, test).map(Expr::surely)
        })
    }

    /// The value of a place satisfies a two-valued test; some value where it may be a list, which the extraction keeps
    /// under names of its own.
    pub(super) fn some(
        &mut self,
        place: &Found<'_>,
        test: impl FnOnce(Expr) -> Option<Expr>,
    ) -> Option<Expr> {
        let Some(name) = place.field.as_ref().filter(|_| place.any) else {
            return test(place.value()?);
        };
        let each = self.stage('e', in_lists(name)?);
        let test = test(Expr::Field(each.clone()))?;
        Some(self.passes(&each, test))
    }

    /// What becomes of a JSON null in a list, or in a field of any type, is not documented: it may look like the text
    /// `null`.
    pub(super) fn note_null_element(&mut self, predicate: &Predicate, polarity: Polarity) {
        let Subject::Field(field) = &predicate.subject else { return };
        let element = is_element(field);
        let any = matches!(field.ty, Type::Any) && self.describes();
        let direction = match &predicate.test {
            Condition::Present if any => Direction::Narrower,
            Condition::Present if element => Direction::Wider,
            Condition::Null if element => Direction::Narrower,
            Condition::Text(texts)
                if (element || any) && texts.iter().any(|wanted| satisfies(wanted, "null")) =>
            {
                Direction::Wider
            }
            Condition::Regex(regexes)
                if (element || any) && regexes.iter().any(|regex| may_find(regex, "null")) =>
            {
                Direction::Wider
            }
            Condition::FieldRef { .. } if element || any => Direction::Wider,
            _ => return,
        };
        let effect = direction.under(polarity).effect();
        let message = if element {
            format!(
                "{effect} events with a JSON null in `{}`, which may look like the text `null`",
                field.text
            )
        } else {
            format!(
                "{effect} events whose `{}` is JSON null, which may look like the text `null`",
                field.text
            )
        };
        self.ledger.note(&shared::NULL_OR_MISSING, polarity, direction, predicate.span, message);
    }

    /// A value of open type that has no extracted field is its JSON text: a list in it is not opened.
    fn note_nested(&mut self, field: &FieldUse, test: &Condition, polarity: Polarity, span: Span) {
        let whole = |wanted: &Wanted| matches!(&wanted.shape, TextPattern::Equals(value) if !value.starts_with(['[', '{']));
        let direction = match test {
            Condition::Text(texts) if texts.iter().all(whole) => Direction::Narrower,
            Condition::Text(_) | Condition::Regex(_) => Direction::Either,
            Condition::Listed(_)
            | Condition::Number(_)
            | Condition::Order(..)
            | Condition::Boolean(_)
            | Condition::Cidr(_)
            | Condition::Time(..)
            | Condition::TimePart(..) => Direction::Narrower,
            Condition::Present | Condition::Null | Condition::Exists | Condition::FieldRef { .. } => return,
        };
        let message = format!(
            "{} events whose `{}` is a list or an object, which is tested as its JSON text",
            direction.under(polarity).effect(),
            field.text
        );
        self.ledger.note(&shared::UNKNOWN_PATH, polarity, direction, span, message);
    }

    /// The last member is present: its key is one of its object's keys.
    pub(super) fn exists(&mut self, field: &FieldUse, scope: &Inside, polarity: Polarity) -> Option<Expr> {
        self.note_path(field, polarity);
        let full = full_path(scope, &field.path);
        let (_, own) = self.located(&full, &field.text, field.span)?;
        if !self.describes() {
            let name = super::field::spelt(&own).and_then(Name::new);
            let Some(name) = name else {
                return self.ledger.refuse(super::field::unquotable(&field.text, field.span));
            };
            self.ledger.note(
                &shared::NULL_OR_MISSING,
                polarity,
                Direction::Narrower,
                field.span,
                format!("`{}` is not seen as present while it is null or an object", field.text),
            );
            return Some(Expr::call(Function::Isnotnull, [Expr::Field(name)]));
        }
        let (base, steps) = match (&scope.element, field.path.base) {
            (Some(element), Base::Element) => (Some(element.clone()), field.path.steps.clone()),
            _ => (None, own),
        };
        let parent = match steps.split_last() {
            Some((Step::Key(key), parents)) => Some((key.to_string(), parents.to_vec())),
            Some((Step::Dotted(name), parents)) => {
                let (head, key) = name.rsplit_once('.').unwrap_or(("", name));
                let head = (!head.is_empty()).then(|| Step::Dotted(head.into()));
                Some((key.to_owned(), parents.iter().cloned().chain(head).collect()))
            }
            _ => None,
        };
        let found = parent.and_then(|(key, parents)| {
            let object = match base {
                Some(element) => self.dig(element, &parents),
                None => self.json(&parents),
            }?;
            let keys = Expr::call(Function::JsonKeys, [object]);
            let keys = Expr::call(Function::JsonArrayToMv, [keys]);
            let regex = pattern::shape(&TextPattern::Equals(key), true, Engine::Pcre, hexed);
            Some(some_value(keys, Text::new(regex)?))
        });
        match found {
            Some(found) => Some(found),
            None => self.ledger.refuse(super::field::unquotable(&field.text, field.span)),
        }
    }
}

/// Whether the field is the element of a list itself.
fn is_element(field: &FieldUse) -> bool {
    field.path.base == Base::Element && field.path.steps.is_empty()
}

/// Some value of the place is matched by the expression.
/// With `ghosted`, the extracted field could satisfy it without a value in the event.
pub(super) fn found(place: &Found<'_>, regex: &str, ghosted: bool) -> Option<Expr> {
    let regex = Text::new(regex)?;
    match &place.field {
        Some(name) if place.any => Some(some_value(in_lists(name)?, regex)),
        Some(name) if !(ghosted && place.json.is_some()) => {
            Some(some_value(Expr::Field(name.clone()), regex))
        }
        _ => {
            let test = Expr::call(Function::Match, [place.exact_text()?, Expr::Text(regex)]);
            // What `tostring` gives for NULL is not documented.
            if ghosted && !place.text {
                let known = Expr::call(Function::Isnotnull, [place.exact()?]);
                return Expr::all([known, test]).map(Expr::surely);
            }
            Some(Expr::surely(test))
        }
    }
}

/// The values of a field that may be a list, or a list of lists.
pub(super) fn in_lists(name: &Name) -> Option<Expr> {
    let array = Name::new(format!("{}{{}}", name.as_str()))?;
    let arrays = Name::new(format!("{}{{}}{{}}", name.as_str()))?;
    Some(Expr::call(Function::Mvappend, [name.clone(), array, arrays].map(Expr::Field)))
}

/// `tonumber(value)`
fn tonumber(value: &Expr) -> Expr {
    Expr::call(Function::Tonumber, [value.clone()])
}

/// The test of a number; of a value of any type where that is written as one, since `tonumber` reads other texts too.
fn as_number(place: &Found<'_>, value: Expr, test: Expr) -> Option<Expr> {
    if !place.any {
        return Some(test);
    }
    let given = place.text || place.field.is_some();
    let spelt = if given { value } else { Expr::call(Function::Tostring, [value]) };
    let written = literal("^-?(?:0|[1-9]\\d*)(?:\\.\\d+)?(?:[eE][+-]?\\d+)?\\z");
    Expr::all([Expr::call(Function::Match, [spelt, written]), test])
}

/// A scalar is reached.
fn present(place: &Found<'_>, field: &FieldUse, described: bool) -> Option<Expr> {
    if let Some(filled) = filled(place) {
        return Some(filled.negate());
    }
    match (&place.field, &field.ty) {
        (Some(name), _) if !described => Some(Expr::call(Function::Isnotnull, [Expr::Field(name.clone())])),
        (Some(_), Type::Any) => found(place, "^(?!null\\z)", false),
        // A null among the elements of a list may look like the text.
        (None, Type::Any) if is_element(field) => found(place, "^(?!null\\z)(?:[^\\[{]|\\z)", false),
        (None, Type::Any) => found(place, "^[^\\[{]|^\\z", true),
        _ => Some(Expr::call(Function::Isnotnull, [place.exact()?])),
    }
}

/// Nothing but null is reached.
fn null(place: &Found<'_>, field: &FieldUse, described: bool) -> Option<Expr> {
    if let Some(filled) = filled(place) {
        return Some(filled);
    }
    match (&place.field, &field.ty) {
        (Some(name), _) if !described => Some(Expr::call(Function::Isnull, [Expr::Field(name.clone())])),
        (_, Type::Any) => {
            let value = Expr::call(Function::Coalesce, [place.exact()?, literal("[]")]);
            let value = Expr::call(Function::Tostring, [value]);
            let regex = literal("^\\[(?:null|[\\s,\\[\\]])*\\]\\z");
            Some(Expr::surely(Expr::call(Function::Match, [value, regex])))
        }
        _ => Some(Expr::call(Function::Isnull, [place.exact()?])),
    }
}

/// The record lacks a field for which an add-on fills in a text.
fn filled(place: &Found<'_>) -> Option<Expr> {
    let texts = place.column.as_ref().map(|column| column.absent_as).filter(|texts| !texts.is_empty())?;
    let first = texts.first().and_then(|text| Text::new(text.as_str()))?;
    let value =
        Expr::call(Function::Coalesce, [Expr::Field(place.field.clone()?), Expr::Text(first.clone())]);
    if texts.len() == 1 {
        return Some(Expr::binary(value, Operator::Equal, Expr::Text(first)));
    }
    let texts = texts.iter().map(|text| Text::new(text.as_str()).map(Expr::Text));
    let arguments: Option<Vec<Expr>> = std::iter::once(Some(value)).chain(texts).collect();
    Some(Expr::surely(Expr::call(Function::In, arguments?)))
}

/// The address lies in one of the blocks.
fn cidr(blocks: &[Block], value: &Expr) -> Option<Expr> {
    let tests = blocks.iter().map(|block| {
        let text = format!("{}/{}", block.first, block.prefix);
        Expr::call(Function::Cidrmatch, [literal(&text), value.clone()])
    });
    Expr::some(tests).map(Expr::surely)
}

/// Two texts, each of them made to begin with a letter, so that eval cannot compare them as numbers.
fn field_ref(relation: Relation, left: &Found<'_>, right: &Found<'_>, cased: bool) -> Option<Expr> {
    let fold = |value: Expr| if cased { value } else { Expr::call(Function::Lower, [value]) };
    let marked = |value: Expr| Expr::binary(literal("="), Operator::Concat, value);
    let (a, b) = (fold(left.exact_text()?), fold(right.exact_text()?));
    let len = |value: &Expr| Expr::call(Function::Len, [value.clone()]);
    let equal = |left: Expr, right: Expr| Expr::binary(marked(left), Operator::Equal, marked(right));
    let holds = match relation {
        Relation::Equals => equal(a, b),
        Relation::StartsWith => {
            let head = Expr::call(Function::Substr, [a, Expr::int(1), len(&b)]);
            equal(head, b)
        }
        Relation::EndsWith => {
            let start = Expr::binary(len(&a), Operator::Subtract, len(&b));
            let start = Expr::binary(start, Operator::Add, Expr::int(1));
            let fits = Expr::binary(len(&a), Operator::GreaterOrEqual, len(&b));
            let tail = Expr::call(Function::Substr, [a.clone(), start]);
            equal(Expr::call(Function::If, [fits, tail, a]), b)
        }
        Relation::Contains => {
            let quoted = Expr::binary(literal("\\Q"), Operator::Concat, b);
            let quoted = Expr::binary(quoted, Operator::Concat, literal("\\E"));
            Expr::call(Function::Match, [a, quoted])
        }
    };
    // What `tostring` gives for NULL is not documented.
    let typed = [left, right].into_iter().filter(|side| !side.text && side.json.is_some());
    let known = typed.filter_map(Found::exact).map(|value| Expr::call(Function::Isnotnull, [value]));
    Expr::all(known.chain([holds])).map(Expr::surely)
}

pub(super) const fn operator(order: Order) -> Operator {
    match order {
        Order::Less => Operator::Less,
        Order::LessOrEqual => Operator::LessOrEqual,
        Order::Greater => Operator::Greater,
        Order::GreaterOrEqual => Operator::GreaterOrEqual,
    }
}

/// Whether the numbers are compared by their spelling: the schema says that it is canonical, or doubles would round.
pub(super) fn by_spelling(field: &FieldUse, numbers: &[Number]) -> bool {
    matches!(field.ty, Type::Integer)
        || numbers.iter().any(|number| matches!(number, Number::Integer(value) if value.abs() > EXACT))
}

pub(super) fn spelling(number: &Number) -> String {
    match number {
        Number::Integer(value) => value.to_string(),
        Number::Decimal(text) => text.clone(),
    }
}

/// An expression for the spellings of numbers.
pub(super) fn spellings(numbers: &[Number]) -> String {
    let mut each: Vec<String> = numbers.iter().map(|number| pattern::escape(&spelling(number))).collect();
    if each.len() == 1 {
        return format!("^{}\\z", each.remove(0));
    }
    format!("^(?:{})\\z", each.join("|"))
}

/// Characters that are in hexadecimal: macros begin with a backtick, tokens of dashboards with `$`.
pub(super) const fn hexed(char: char) -> bool {
    matches!(char, '`' | '$')
}

/// The texts as one expression, with the anchors and flags that they share stated once.
pub(super) fn alternatives(texts: &[Wanted]) -> Option<String> {
    let cased = texts.iter().all(|wanted| wanted.cased);
    let mixed = !cased && texts.iter().any(|wanted| wanted.cased);
    let printed: Vec<(bool, String, bool)> = texts.iter().map(|wanted| split(wanted, mixed)).collect();
    let flags = match (cased || mixed, texts.iter().any(|wanted| has_wildcards(&wanted.shape))) {
        (false, dots) if texts.iter().any(has_letters) => {
            if dots {
                "(?is)"
            } else {
                "(?i)"
            }
        }
        (_, true) => "(?s)",
        (_, false) => "",
    };
    let (open, close) = (printed.iter().all(|part| part.0), printed.iter().all(|part| part.2));
    let each: Vec<String> = printed
        .into_iter()
        .map(|(start, body, end)| {
            format!(
                "{}{body}{}",
                if start && !open { "^" } else { "" },
                if end && !close { "\\z" } else { "" }
            )
        })
        .collect();
    let body = match &*each {
        [] => return None,
        [single] => single.clone(),
        // Without a common anchor the alternation needs no group of its own.
        several if !open && !close => several.join("|"),
        several => format!("(?:{})", several.join("|")),
    };
    Some(tame(&format!("{flags}{}{body}{}", if open { "^" } else { "" }, if close { "\\z" } else { "" })))
}

/// The expression of one text without flags and anchors, and whether it is anchored at its start and end.
fn split(wanted: &Wanted, mixed: bool) -> (bool, String, bool) {
    let (start, end) = match &wanted.shape {
        TextPattern::Equals(_) => (true, true),
        TextPattern::StartsWith(_) => (true, false),
        TextPattern::EndsWith(_) => (false, true),
        TextPattern::Contains(_) => (false, false),
        TextPattern::Glob(pieces) => {
            let any = |piece: Option<&Piece>| matches!(piece, Some(Piece::Any)) && pieces.len() > 1;
            (!any(pieces.first()), !any(pieces.last()))
        }
    };
    let whole = pattern::shape(&wanted.shape, wanted.cased, Engine::Pcre, hexed);
    let body = ["(?is)", "(?i)", "(?s)"].iter().find_map(|flags| whole.strip_prefix(flags)).unwrap_or(&whole);
    let body = if start { body.strip_prefix('^').unwrap_or(body) } else { body };
    let body = if end { body.strip_suffix("\\z").unwrap_or(body) } else { body };
    let body =
        if mixed && !wanted.cased && has_letters(wanted) { format!("(?i:{body})") } else { body.to_owned() };
    (start, body, end)
}

fn has_wildcards(shape: &TextPattern) -> bool {
    matches!(shape, TextPattern::Glob(_))
}

fn has_letters(wanted: &Wanted) -> bool {
    wanted.shape.literals().any(|text| text.chars().any(|char| crate::text::class(char).len() > 1))
}

/// Whether a text satisfies the test.
pub(super) fn satisfies(wanted: &Wanted, text: &str) -> bool {
    wanted.shape.fits(text, wanted.cased)
}

/// Whether an expression may find something in a text; an expression that only PCRE can read may.
pub(super) fn may_find(regex: &Regex, text: &str) -> bool {
    Portable::parse(regex).map_or(true, |portable| portable.finds(text))
}

/// Whether eval might read a text as a number.
fn numeric(text: &str) -> bool {
    text.parse::<f64>().is_ok() || text.starts_with("0x") || text.is_empty()
}

/// An expression without characters that a literal cannot carry.
fn tame(regex: &str) -> String {
    let mut out = String::with_capacity(regex.len());
    let mut chars = regex.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => match chars.next() {
                Some(next) if next.is_control() || hexed(next) => hex(next, &mut out),
                Some(next) => out.extend(['\\', next]),
                None => out.push('\\'),
            },
            char if char.is_control() || char == '`' => hex(char, &mut out),
            char => out.push(char),
        }
    }
    out
}

fn hex(char: char, out: &mut String) {
    use std::fmt::Write as _;
    let _ = write!(out, "\\x{{{:02x}}}", u32::from(char));
}
