//! Statements about array elements.
//!
//! A test of one member of some element reads the extracted field `a{}.b`, which holds the members of all elements.
//! Every other statement needs the elements themselves: a helper field holds their JSON texts, `mvmap` gives each of
//! them a flag, and the flags answer every quantifier under every connective.
//! (`mvzip` of two such fields would not: one element without the member shifts all later pairs.)

use super::field::{full_path, in_event, plain};
use super::leaf::{self, NO, YES, by_spelling, satisfies};
use super::{At, Inside, Lowering, literal, some_value};
use crate::backend::codes as shared;
use crate::backend::frame::{Lower as _, Stored};
use crate::backend::spl::ast::{Expr, Function, Name, Operator, Text};
use crate::diagnostic::Diagnostic;
use crate::ir::{Condition, Element, Formula, Polarity, Predicate, Quantifier, Subject};
use crate::schema::{Base, Path, Step, Type};
use crate::source::Span;

impl Lowering<'_> {
    /// A statement about the elements of an array.
    pub(super) fn statement(
        &mut self,
        element: &Element,
        scope: &Inside,
        polarity: Polarity,
    ) -> Option<Expr> {
        let Element { array, quantifier, body, span } = element;
        let full = full_path(scope, array);
        if array.steps.iter().any(|step| matches!(step, Step::Select { .. })) {
            return self.unstatable(*span, "SPL cannot speak of all elements of keyed arrays together");
        }
        if scope.element.is_some() && array.base == Base::Element {
            return self.inner(element, scope);
        }
        match quantifier {
            Quantifier::Any => self.any(&full.steps, body, *span, polarity),
            Quantifier::None => self.any(&full.steps, body, *span, polarity.flip()).map(Expr::negate),
            Quantifier::All | Quantifier::AllOrEmpty => {
                let elements = self.elements(&full.steps, *span)?;
                let flags = self.flags(&elements, body, &inside(&full.steps, &elements), polarity)?;
                let none_fails = flag(flags.clone(), NO).negate();
                if *quantifier == Quantifier::AllOrEmpty {
                    return Some(none_fails);
                }
                Expr::all([Expr::call(Function::Isnotnull, [flags]), none_fails])
            }
            Quantifier::Index(at) => {
                let elements = self.elements(&full.steps, *span)?;
                let value = Expr::call(Function::Mvindex, [Expr::Field(elements), Expr::int(*at)]);
                let one = self.stage('x', value);
                let body = self.lower(body, &within(inside(&full.steps, &one), polarity))?;
                Expr::all([Expr::call(Function::Isnotnull, [Expr::Field(one)]), body])
            }
        }
    }

    /// Some element satisfies the body.
    fn any(&mut self, array: &[Step], body: &Formula, span: Span, polarity: Polarity) -> Option<Expr> {
        if let Formula::Or(parts) = body {
            let each: Vec<Option<Expr>> =
                parts.iter().map(|part| self.any(array, part, span, polarity)).collect();
            return each.into_iter().collect::<Option<Vec<_>>>().and_then(Expr::some);
        }
        if let Some(listed) = self.flat_list(array, body, polarity) {
            return Some(listed);
        }
        if let Some(flat) = self.flat(array, body) {
            if let Some(predicate) = innermost(body) {
                self.note_null_element(predicate, polarity);
            }
            return Some(flat);
        }
        // `a[any]|exists`: the element itself is asked for, so the array must have one.
        if self.asks_for_itself(body) {
            let elements = self.elements(array, span)?;
            return Some(Expr::call(Function::Isnotnull, [Expr::Field(elements)]));
        }
        // Two array levels without a test of the outer element: the elements of all inner arrays together.
        if let Formula::Elem(inner) = body
            && let (Quantifier::Any, Base::Element) = (inner.quantifier, inner.array.base)
            && !loose(array)
            && !loose(&inner.array.steps)
        {
            let deeper = beneath(array, &inner.array.steps);
            if self.dig(Expr::Field(Name::raw()), &deeper).is_some() {
                return self.any(&deeper, &inner.body, inner.span, polarity);
            }
        }
        let elements = match self.objects(array, body) {
            Some(objects) => objects,
            None => self.elements(array, span)?,
        };
        self.staged(&elements, array, body, span, polarity)
    }

    /// The helper field that holds the objects of an array, where some member of one of them must be there: `spath`
    /// gives each result of a path as a value, one alone like several. What it makes of a null is not documented, but
    /// a null has no member.
    fn objects(&mut self, array: &[Step], body: &Formula) -> Option<Name> {
        if loose(array) || !needs_member(body) {
            return None;
        }
        let own = match self.frame.stored(&Path { base: Base::Event, steps: array.to_vec() }) {
            Stored::Raw => array.to_vec(),
            Stored::Column(column) => in_event(&column),
            Stored::Absent(_) => return None,
        };
        let mut path = String::new();
        for step in own.iter().chain([&Step::Each]) {
            match step {
                Step::Key(key)
                    if key.chars().all(|char| char.is_ascii_alphanumeric() || "_-".contains(char)) =>
                {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(key);
                }
                Step::Dotted(name) if path.is_empty() => path.push_str(name),
                Step::Each => path.push_str("{}"),
                Step::Key(_) | Step::Dotted(_) | Step::Select { .. } | Step::First(_) | Step::Json => {
                    return None;
                }
            }
        }
        Some(self.reached(Text::new(path)?))
    }

    /// Some element, held by a helper, satisfies the body.
    fn staged(
        &mut self,
        elements: &Name,
        array: &[Step],
        body: &Formula,
        span: Span,
        polarity: Polarity,
    ) -> Option<Expr> {
        let scope = inside(array, elements);
        let parts =
            if let Formula::And(parts) = body { parts.as_slice() } else { std::slice::from_ref(body) };
        let (deep, own): (Vec<&Formula>, Vec<&Formula>) =
            parts.iter().partition(|part| self.deep(part, array));
        let inner = match &*deep {
            [] => {
                let flags = self.flags(elements, body, &scope, polarity)?;
                return Some(flag(flags, YES));
            }
            [Formula::Elem(inner)] if inner.quantifier == Quantifier::Any => inner,
            _ => {
                let message = "SPL cannot join several statements about inner arrays of one element";
                return self.unstatable(span, message);
            }
        };
        // The inner arrays of those elements that satisfy their own part, joined into one JSON text, give the inner
        // elements that count.
        let own: Vec<Formula> = own.into_iter().cloned().collect();
        let own = self.lower(&Formula::and(own), &within(scope.clone(), polarity))?;
        let arrays = self.dig(Expr::Field(elements.clone()), &inner.array.steps)?;
        let arrays = Expr::call(Function::Coalesce, [arrays, literal("[]")]);
        let kept = Expr::call(Function::If, [own.test(), arrays, literal("[]")]);
        let kept = Expr::call(Function::Mvmap, [Expr::Field(elements.clone()), kept]);
        let mut kept = self.stage('a', kept);
        if loose(array) || loose(&inner.array.steps) {
            let arrays = Expr::call(Function::Mvmap, [Expr::Field(kept.clone()), as_array(&kept)]);
            kept = self.stage('a', arrays);
        }
        let joined = Expr::call(Function::Mvjoin, [Expr::Field(kept), literal("},{\"b\":")]);
        let found = spread(joined, &[])?;
        let found = self.stage('e', found);
        let deeper = beneath(array, &inner.array.steps);
        self.staged(&found, &deeper, &inner.body, inner.span, polarity)
    }

    /// An array inside an element: a test of one member of its elements.
    fn inner(&mut self, element: &Element, scope: &Inside) -> Option<Expr> {
        let Element { array, quantifier, body, span } = element;
        let negate = match quantifier {
            Quantifier::Any => false,
            Quantifier::None => true,
            Quantifier::All | Quantifier::AllOrEmpty | Quantifier::Index(_) => {
                return self
                    .unstatable(*span, "SPL cannot count elements inside the element of another array");
            }
        };
        let found = self.inner_any(&array.steps, body, scope);
        match found {
            Some(found) => Some(if negate { found.negate() } else { found }),
            None if self.ledger.refused() => None,
            None => self
                .unstatable(*span, "SPL cannot join two members of an array inside another array's element"),
        }
    }

    /// Some element of an array inside an element satisfies a test of one member.
    fn inner_any(&mut self, steps: &[Step], body: &Formula, scope: &Inside) -> Option<Expr> {
        match body {
            Formula::Or(parts) => {
                let each: Option<Vec<Expr>> =
                    parts.iter().map(|part| self.inner_any(steps, part, scope)).collect();
                Expr::some(each?)
            }
            Formula::Elem(inner)
                if inner.quantifier == Quantifier::Any && inner.array.base == Base::Element =>
            {
                if loose(&scope.prefix) || loose(steps) {
                    return None;
                }
                let deeper = beneath(steps, &inner.array.steps);
                self.inner_any(&deeper, &inner.body, scope)
            }
            Formula::Pred(predicate) => {
                let (member, regex) = self.one_member(predicate, &["null", "[]"])?;
                let element = scope.element.clone()?;
                if loose(&scope.prefix) || loose(steps) {
                    if !member.is_empty() {
                        return None;
                    }
                    let values = self.dig(element, steps)?;
                    return Some(some_value(array_or_one(values), Text::new(regex)?));
                }
                let (list, below) = first_list(steps, member);
                let values = self.dig(element, list)?;
                let values = if below.is_empty() {
                    Expr::call(Function::JsonArrayToMv, [values])
                } else {
                    spread(Expr::call(Function::Coalesce, [values, literal("[]")]), &below)?
                };
                Some(some_value(values, Text::new(regex)?))
            }
            _ => None,
        }
    }

    /// Whether a part of a body cannot be a leaf inside the element.
    fn deep(&mut self, part: &Formula, outer: &[Step]) -> bool {
        match part {
            Formula::Elem(inner) if inner.array.base == Base::Element => {
                !self.shallow(&inner.body, loose(outer) || loose(&inner.array.steps))
            }
            _ => false,
        }
    }

    /// Whether some element of an inner array is asked for one member alone.
    fn shallow(&mut self, body: &Formula, loose: bool) -> bool {
        match body {
            Formula::Pred(predicate) => {
                let member = self.one_member(predicate, &["null", "[]"]);
                member.is_some_and(|(member, _)| filler(member).is_some() && (!loose || member.is_empty()))
            }
            Formula::Or(parts) => parts.iter().all(|part| self.shallow(part, loose)),
            Formula::Elem(inner) => {
                !loose && inner.quantifier == Quantifier::Any && self.shallow(&inner.body, loose)
            }
            _ => false,
        }
    }

    /// The member and the expression of a test that needs one member of an element and no more.
    fn one_member<'p>(&mut self, predicate: &'p Predicate, ghosts: &[&str]) -> Option<(&'p [Step], String)> {
        let Subject::Field(field) = &predicate.subject else { return None };
        let plain = field.path.steps.iter().all(|step| matches!(step, Step::Key(_)));
        if !plain || field.path.base != Base::Element || matches!(field.ty, Type::Any) {
            return None;
        }
        let regex = match &predicate.test {
            Condition::Text(texts) => {
                if ghosts.iter().any(|ghost| texts.iter().any(|wanted| satisfies(wanted, ghost))) {
                    return None;
                }
                leaf::alternatives(texts)?
            }
            Condition::Regex(regexes) => {
                if ghosts.iter().any(|ghost| regexes.iter().any(|regex| leaf::may_find(regex, ghost))) {
                    return None;
                }
                self.expressions(regexes)?
            }
            Condition::Number(numbers) if by_spelling(field, numbers) => leaf::spellings(numbers),
            Condition::Boolean(value) => format!("(?i)^{value}\\z"),
            _ => return None,
        };
        Some((&field.path.steps, regex))
    }

    /// Some element satisfies a test of one member: the extracted field holds the members of all elements.
    fn flat(&mut self, array: &[Step], body: &Formula) -> Option<Expr> {
        match body {
            Formula::Elem(inner)
                if inner.quantifier == Quantifier::Any && inner.array.base == Base::Element =>
            {
                let deeper = beneath(array, &inner.array.steps);
                self.flat(&deeper, &inner.body)
            }
            Formula::Pred(_) if loose(array) => None,
            Formula::Pred(predicate) if asks_for_scalar(predicate) => {
                let name = self.auto_name(&beneath(array, &[]))?;
                Some(Expr::call(Function::Isnotnull, [Expr::Field(name)]))
            }
            Formula::Pred(predicate) => {
                let (member, regex) = self.one_member(predicate, &["null"])?;
                let path = beneath(array, member);
                let name = self.auto_name(&path)?;
                Some(some_value(Expr::Field(name), Text::new(regex)?))
            }
            _ => None,
        }
    }

    /// Whether the body asks whether the element is there at all.
    #[expect(clippy::unused_self, reason = "reads as a part of the lowering")]
    fn asks_for_itself(&self, body: &Formula) -> bool {
        matches!(body, Formula::True)
            || matches!(body, Formula::Pred(predicate) if matches!(&**predicate, Predicate {
                subject: Subject::Field(field), test: Condition::Exists, ..
            } if field.path.base == Base::Element && field.path.steps.is_empty()))
    }

    /// The helper field that holds the elements of an array of the event.
    fn elements(&mut self, array: &[Step], span: Span) -> Option<Name> {
        let path = Path { base: Base::Event, steps: array.to_vec() };
        let (_, own) = self.located(&path, &path.to_string(), span)?;
        let (list, below) = first_list(&own, &[]);
        let source = if list.is_empty() { None } else { self.json(list) };
        let Some(source) = source else {
            return self.unstatable(span, "SPL cannot reach the elements of this array");
        };
        if own.contains(&Step::Each) {
            // The inner arrays of all outer elements.
            let source = if loose(list) {
                let text = self.stage('j', source);
                as_array(&text)
            } else {
                source
            };
            let Some(found) = spread(Expr::call(Function::Coalesce, [source, literal("[]")]), &below) else {
                return self.unstatable(span, "SPL cannot reach the elements of this array");
            };
            return Some(self.stage('e', found));
        }
        // JSON in a text, and a path that no schema knows, may hold one value in place of the array.
        Some(if loose(&own) {
            self.lone(source)
        } else {
            self.stage('e', Expr::call(Function::JsonArrayToMv, [source]))
        })
    }

    /// The elements of what may be an array, or one value that counts as an array of one.
    fn lone(&mut self, source: Expr) -> Name {
        let text = Expr::Field(self.stage('j', source));
        self.stage('e', array_or_one(text))
    }

    /// The flags of the elements: `1` where the body holds, `0` where it does not.
    fn flags(&mut self, elements: &Name, body: &Formula, scope: &Inside, polarity: Polarity) -> Option<Expr> {
        let body = self.lower(body, &within(scope.clone(), polarity))?;
        Some(self.flags_of(elements, body))
    }

    /// The flags of the values of a helper field: `1` where the test of one holds, `0` where it does not.
    fn flags_of(&mut self, values: &Name, test: Expr) -> Expr {
        let flag = Expr::call(Function::If, [test.test(), literal(YES), literal(NO)]);
        let flags = Expr::call(Function::Mvmap, [Expr::Field(values.clone()), flag]);
        Expr::Field(self.stage('m', flags))
    }

    /// Some value of a helper field passes a test.
    pub(super) fn passes(&mut self, values: &Name, test: Expr) -> Expr {
        flag(self.flags_of(values, test), YES)
    }

    fn unstatable<T>(&mut self, span: Span, message: &str) -> Option<T> {
        let finding = Diagnostic::new(&shared::ARRAY_STATEMENT, span, message);
        self.ledger.refuse(finding.help("state it about one element of one array, or compile for KQL"))
    }
}

/// The predicate at the end of a statement about elements of elements.
fn innermost(body: &Formula) -> Option<&Predicate> {
    match body {
        Formula::Elem(inner) => innermost(&inner.body),
        Formula::Pred(predicate) => Some(predicate),
        _ => None,
    }
}

/// Whether only an element that has some member satisfies the body.
fn needs_member(body: &Formula) -> bool {
    match body {
        Formula::And(parts) => parts.iter().any(needs_member),
        Formula::Or(parts) => parts.iter().all(needs_member),
        Formula::Pred(predicate) => {
            let member = matches!(&predicate.subject, Subject::Field(field)
                if field.path.base == Base::Element && !field.path.steps.is_empty());
            member && !matches!(predicate.test, Condition::Null)
        }
        _ => false,
    }
}

/// Whether a predicate asks of an element itself whether it is a scalar.
fn asks_for_scalar(predicate: &Predicate) -> bool {
    matches!(predicate, Predicate { subject: Subject::Field(field), test: Condition::Present, .. }
        if field.path.base == Base::Element && field.path.steps.is_empty() && !matches!(field.ty, Type::Any))
}

/// Whether a value may be where the schema says an array: JSON in a text, and paths that no schema knows, are not
/// of one shape.
fn loose(steps: &[Step]) -> bool {
    steps.iter().any(|step| matches!(step, Step::Json | Step::Dotted(_)))
}

/// The elements of a JSON array, or the one value that is in its place.
fn array_or_one(text: Expr) -> Expr {
    let array = Expr::call(Function::Match, [text.clone(), literal("^\\s*\\[")]);
    let values = Expr::call(Function::JsonArrayToMv, [text.clone()]);
    Expr::call(Function::If, [array, values, text])
}

/// The text of a JSON array: what `helper` holds, or an array of the one object or scalar that it holds.
fn as_array(helper: &Name) -> Expr {
    let text = || Expr::Field(helper.clone());
    let begins = |regex| Expr::call(Function::Match, [text(), literal(regex)]);
    let object = Expr::binary(literal("["), Operator::Concat, text());
    let object = Expr::binary(object, Operator::Concat, literal("]"));
    let one = Expr::call(Function::JsonArray, [text()]);
    let one = Expr::call(Function::If, [begins("^\\s*\\{"), object, one]);
    Expr::call(Function::If, [begins("^\\s*\\["), text(), one])
}

/// The way to the first list, and what follows within its elements: with `Each` at its end for lists of lists, or the
/// way to a member of the innermost elements.
fn first_list<'s>(steps: &'s [Step], member: &[Step]) -> (&'s [Step], Vec<Step>) {
    let at = steps.iter().position(|step| matches!(step, Step::Each)).unwrap_or(steps.len());
    match steps.split_at_checked(at) {
        Some((way, [_, within @ ..])) => (way, beneath(within, member)),
        _ => (steps, member.to_vec()),
    }
}

/// What `below` reaches in the elements of JSON arrays: the text of one array, or of several joined by `},{"b":`.
///
/// Whether `json_extract` gives one result alone with or without its list is not documented, and a text that begins
/// with `[` looks like a list, so that two results of no meaning go before the others, and are then left out.
fn spread(arrays: Expr, below: &[Step]) -> Option<Expr> {
    let (filler, path) = filler(below)?;
    let before = format!("{{\"a\":[{{\"b\":[{filler},{filler}]}},{{\"b\":");
    let text = Expr::binary(literal(&before), Operator::Concat, arrays);
    let text = Expr::binary(text, Operator::Concat, literal("}]}"));
    let found =
        Expr::call(Function::JsonExtract, [text, Expr::Text(Text::new(format!("a{{}}.b{{}}{path}"))?)]);
    let values = Expr::call(Function::JsonArrayToMv, [found]);
    Some(Expr::call(Function::Mvindex, [values, Expr::int(2), Expr::int(-1)]))
}

/// The JSON text of a value in which `steps` reach one empty text, and their path for the JSON functions; `None` for
/// steps that these do not take.
fn filler(steps: &[Step]) -> Option<(String, String)> {
    let object = |key: &str, before: &mut String, after: &mut String, path: &mut String| {
        before.extend(["{", &serde_json::Value::from(key).to_string(), ":"]);
        after.insert(0, '}');
        path.extend([".", key]);
    };
    let (mut before, mut after, mut path) = (String::new(), String::new(), String::new());
    for step in steps {
        match step {
            Step::Key(key) if plain(key) => object(key, &mut before, &mut after, &mut path),
            Step::Dotted(keys) => {
                for key in keys.split('.') {
                    object(key, &mut before, &mut after, &mut path);
                }
            }
            Step::Each => {
                before.push('[');
                after.insert(0, ']');
                path.push_str("{}");
            }
            Step::Key(_) | Step::Select { .. } | Step::First(_) | Step::Json => return None,
        }
    }
    Some((format!("{before}\"\"{after}"), path))
}

/// The steps to what `rest` reaches in the elements of `array`.
pub(super) fn beneath(array: &[Step], rest: &[Step]) -> Vec<Step> {
    array.iter().chain([&Step::Each]).chain(rest).cloned().collect()
}

/// Where the body of a statement is.
fn within(scope: Inside, polarity: Polarity) -> At {
    At { scope, polarity, guarded: false }
}

/// The scope of the elements of `array`, held by `helper`.
fn inside(array: &[Step], helper: &Name) -> Inside {
    let mut prefix = array.to_vec();
    prefix.push(Step::Each);
    Inside { prefix, element: Some(Expr::Field(helper.clone())) }
}

/// Some flag is the given one.
fn flag(flags: Expr, wanted: &str) -> Expr {
    let find = Expr::call(Function::Mvfind, [flags, literal(&format!("^{wanted}\\z"))]);
    Expr::call(Function::Isnotnull, [find])
}
