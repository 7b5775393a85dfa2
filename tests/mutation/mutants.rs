//! What is wrong with a rule after one change, and where.

use std::ops::Range;

use sigmata::ir::{Condition, Formula, Subject, TextPattern};
use sigmata::rule::modifier::Modifier;
use sigmata::rule::{Block, Detection, Item, ItemValue, NamePart, Search, ValueKind};
use sigmata::schema::{Completeness, Facts, Frame, KnownValues, OtherNameKind, Schema, Type};
use sigmata::source::{Span, Spanned};

use super::collect::{Clean, spread};

/// The kinds of mutants, in the order of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Dropped,
    Swapped,
    Doubled,
    Case,
    Level,
    Closed,
    Open,
    /// A value among other texts, or a part of a known value.
    Word,
    Source,
    Typed,
    Object,
    Modifier,
}

/// A rule with one fault.
pub struct Mutant {
    pub kind: Kind,
    /// The whole rule.
    pub text: String,
    /// Where the changed token is in it.
    pub at: Range<usize>,
    /// What a finding must suggest.
    pub wanted: Option<String>,
    /// What was changed, for reports.
    pub note: String,
}

/// The most places in one token that each kind of misspelling is tried at.
const MAX_PLACES: usize = 6;

/// Every mutant of a rule that is not itself valid, and how many were valid.
pub fn mutants(clean: &Clean) -> (Vec<Mutant>, usize) {
    let mut made = Made { clean, found: Vec::new(), valid: 0 };
    made.detection(&clean.rule.detection, None);
    (made.found, made.valid)
}

struct Made<'c> {
    clean: &'c Clean,
    found: Vec<Mutant>,
    valid: usize,
}

impl Made<'_> {
    fn detection(&mut self, detection: &Detection, scope: Option<&Type>) {
        for selection in &detection.selections {
            self.search(&selection.body, scope);
        }
    }

    fn search(&mut self, search: &Search, scope: Option<&Type>) {
        match search {
            Search::All(parts) | Search::Any(parts) => parts.iter().for_each(|part| self.search(part, scope)),
            Search::Item(item) => self.item(item, scope),
            Search::Hole(_) => {}
        }
    }

    fn item(&mut self, item: &Item, scope: Option<&Type>) {
        let Some(field) = &item.field else { return };
        let mut scope = scope.cloned();
        let mut last = None;
        for part in &field.parts {
            match part {
                NamePart::Name(name) => {
                    let facts = self.facts(name.span);
                    let found = resolve(&self.clean.schema, scope.as_ref(), &name.value, &facts);
                    let Some(found) = found else { return };
                    if found.declared && found.spelling.is_none() && name.value != "." {
                        self.names(item, name, scope.as_ref(), &facts);
                    }
                    scope = Some(found.ty.clone());
                    last = Some(found);
                }
                NamePart::Select(_) => {
                    if let Some(Type::Array(inner)) = &scope {
                        scope = Some((**inner).clone());
                    }
                }
            }
        }
        match (&item.value, last) {
            (ItemValue::Block { body, .. }, _) => match body {
                Block::Search(search) => self.search(search, scope.as_ref()),
                Block::Detection(detection) => self.detection(detection, scope.as_ref()),
            },
            (ItemValue::Values { .. }, Some(resolved)) if resolved.declared => {
                let mut ty = resolved.ty.clone();
                while let Type::Array(inner) = ty {
                    ty = (*inner).clone();
                }
                let facts = self.facts(field.span);
                self.values(item, &resolved.path, &ty, &facts);
                self.words(item, &resolved.path, &ty);
                self.modifiers(item, &ty);
            }
            _ => {}
        }
    }

    /// What the conjunctions around a field say of other fields.
    fn facts(&self, field: Span) -> Facts {
        let mut facts = Facts::default();
        if let Some(formula) = &self.clean.typed.formula {
            holds(formula, field, &mut facts);
        }
        facts
    }

    fn push(&mut self, kind: Kind, span: Span, token: &str, wanted: Option<&str>) {
        // Some characters cannot begin a plain scalar.
        let plain = self.clean.text[..span.start as usize].ends_with([' ', '\n']);
        let token =
            &if plain && token.starts_with(['@', '#', '%']) { quoted(token) } else { token.to_owned() };
        let mut text = self.clean.text.clone();
        let start = span.start as usize;
        text.replace_range(span.range(), token);
        self.found.push(Mutant {
            kind,
            text,
            at: start..start + token.len(),
            wanted: wanted.map(str::to_owned),
            note: format!("`{}` -> `{token}`", &self.clean.text[span.range()]),
        });
    }

    fn names(&mut self, item: &Item, name: &Spanned<String>, scope: Option<&Type>, facts: &Facts) {
        if self.clean.text.get(name.span.range()) != Some(&name.value) {
            return;
        }
        let mut made: Vec<(Kind, String)> = Vec::new();
        misspellings(&name.value, &mut |kind, text| made.push((kind, text)));
        let capital = |text: &str| {
            let mut chars = text.chars();
            let first = chars.next().map(char::to_uppercase);
            first.into_iter().flatten().chain(chars).collect::<String>()
        };
        for text in [name.value.to_lowercase(), name.value.to_uppercase(), capital(&name.value)] {
            made.push((Kind::Case, text));
        }
        let parts: Vec<_> = name.value.split('.').collect();
        for at in 0..parts.len() {
            let mut less = parts.clone();
            less.remove(at);
            made.push((Kind::Level, less.join(".")));
            let mut moved = parts.clone();
            if at > 0 {
                moved.swap(at - 1, at);
                made.push((Kind::Level, moved.join(".")));
            }
        }
        made.sort();
        made.dedup_by(|second, first| second.1 == first.1);
        for (kind, text) in made {
            if text == name.value || text.is_empty() {
                continue;
            }
            let found = resolve(&self.clean.schema, scope, &text, facts);
            let object = found.as_ref().is_some_and(|found| {
                let mut ty = &found.ty;
                while let Type::Array(inner) = ty {
                    ty = inner;
                }
                found.declared && matches!(ty, Type::Object(_) | Type::Map(_))
            });
            let presence = item.has(Modifier::Exists)
                || matches!(&item.value, ItemValue::Values { values, .. } if values.iter().all(|value| value.kind == ValueKind::Null));
            let other_case = |found: &sigmata::schema::Resolved| {
                found.spelling.as_ref().is_some_and(|spelling| {
                    spelling.kind == OtherNameKind::Case && spelling.canonical == name.value
                })
            };
            let valid = found.as_ref().is_some_and(|found| found.declared && !other_case(found))
                && (!object || presence || matches!(item.value, ItemValue::Block { .. }));
            if valid {
                self.valid += 1;
            } else if object && kind != Kind::Case {
                self.push(Kind::Object, name.span, &text, Some(&name.value));
            } else {
                self.push(kind, name.span, &text, Some(&name.value));
            }
        }
    }

    fn values(&mut self, item: &Item, path: &sigmata::schema::Path, ty: &Type, facts: &Facts) {
        let ItemValue::Values { values, .. } = &item.value else { return };
        let plain = |found: &Spanned<Modifier>| {
            matches!(found.value, Modifier::Neq | Modifier::Cased | Modifier::All)
        };
        if !item.modifiers.iter().all(plain) {
            return;
        }
        for value in spread(values.iter().collect(), 8) {
            let ValueKind::Text { text, .. } = &value.kind else { continue };
            if text.contains(['*', '?', '\\', '%']) {
                continue;
            }
            for word in wrong_type(ty) {
                self.push(Kind::Typed, value.span, &quoted(word), None);
            }
            let Type::Enum(known_values) = ty else { continue };
            let Some(canonical) = known_values.canonical(text).map(str::to_owned) else { continue };
            let relation = self.clean.schema.relations.iter().find(|relation| relation.field == *path);
            let owned = relation.and_then(|relation| Some((relation, facts.values(&relation.by)?.clone())));
            let member = |text: &str| match &owned {
                Some((relation, owners)) => owners.iter().any(|owner| relation.pairs.has(owner, text)),
                None => known_values.canonical(text).is_some(),
            };
            let closed = known_values.complete()
                || owned.as_ref().is_some_and(|(relation, owners)| {
                    owners.iter().all(|owner| relation.pairs.completeness(owner) > Completeness::Incomplete)
                });
            let mut made = Vec::new();
            misspellings(text, &mut |_, text| made.push(text));
            made.extend([format!("{text}."), format!(" {text}"), format!("{text} "), format!("'{text}'")]);
            made.sort();
            made.dedup();
            let kind = if closed { Kind::Closed } else { Kind::Open };
            for mutant in made {
                if mutant.eq_ignore_ascii_case(text) || mutant.is_empty() {
                    continue;
                }
                if member(&mutant) {
                    self.valid += 1;
                } else {
                    self.push(kind, value.span, &quoted(&mutant), Some(&canonical));
                }
            }
        }
        self.owners(item, path);
    }

    /// Values that are among other texts, and parts of known values, with one edit.
    fn words(&mut self, item: &Item, path: &sigmata::schema::Path, ty: &Type) {
        let ItemValue::Values { values, .. } = &item.value else { return };
        let schema = self.clean.schema.clone();
        let shape: fn(String) -> TextPattern = match &item.modifiers[..] {
            [] => TextPattern::Equals,
            [one] => match one.value {
                Modifier::Contains => TextPattern::Contains,
                Modifier::StartsWith => TextPattern::StartsWith,
                Modifier::EndsWith => TextPattern::EndsWith,
                _ => return,
            },
            _ => return,
        };
        let mut lists: Vec<(&dyn KnownValues, &[Frame])> = Vec::new();
        match ty {
            Type::Enum(_) if item.modifiers.is_empty() => return,
            Type::Enum(known) => lists.push((&**known, &[])),
            _ => lists.extend(schema.vocabularies_of(path).map(|found| (&*found.values, &found.frames[..]))),
        }
        let known = |text: &str| {
            let shape = shape(text.to_owned());
            let mut found = false;
            for (values, frames) in &lists {
                values.visit(&mut |value| {
                    found |= shape.fits(value, false)
                        || frames.iter().any(|frame| shape.fits(&frame.around(value), false));
                    !found
                });
            }
            found
        };
        for value in spread(values.iter().collect(), 8) {
            let ValueKind::Text { text, .. } = &value.kind else { continue };
            if text.contains(['*', '?', '\\', '%']) || lists.is_empty() || !known(text) {
                continue;
            }
            let mut made = Vec::new();
            misspellings(text, &mut |_, text| made.push(text));
            made.sort();
            made.dedup();
            for mutant in made {
                if mutant.eq_ignore_ascii_case(text) || mutant.is_empty() {
                    continue;
                }
                if known(&mutant) {
                    self.valid += 1;
                } else {
                    self.push(Kind::Word, value.span, &quoted(&mutant), None);
                }
            }
        }
    }

    /// Another owner for a value that it does not have.
    fn owners(&mut self, item: &Item, by: &sigmata::schema::Path) {
        let ItemValue::Values { values, .. } = &item.value else { return };
        let [value] = &values[..] else { return };
        let schema = self.clean.schema.clone();
        for relation in schema.relations.iter().filter(|relation| relation.by == *by) {
            let mut owned = Vec::new();
            let Some(formula) = &self.clean.typed.formula else { return };
            texts_of(formula, &relation.field, &mut owned);
            let mut facts = Facts::default();
            let Some((field, values)) = owned.first() else { continue };
            holds(formula, *field, &mut facts);
            if facts.values(by).is_none_or(|known| known.len() != 1) || values.len() != 1 {
                continue;
            }
            let mut others = std::collections::BTreeSet::new();
            if let Ok(found) = schema.resolve(&by.name(), &Facts::default())
                && let Type::Enum(known_values) = &found.ty
            {
                known_values.visit(&mut |member| {
                    let apart = !relation.pairs.has(member, &values[0])
                        && relation.pairs.completeness(member) > Completeness::Incomplete;
                    if apart {
                        others.insert(member.to_owned());
                    }
                    true
                });
            }
            for other in spread(others.into_iter().collect(), 4) {
                self.push(Kind::Source, value.span, &quoted(&other), None);
            }
        }
    }

    /// Modifiers that no value of the type satisfies.
    fn modifiers(&mut self, item: &Item, ty: &Type) {
        let Some(field) = &item.field else { return };
        let wrong: &[(&str, &str)] = match ty {
            Type::String | Type::Enum(_) | Type::Json(_) => &[("gt", "5"), ("hour", "3")],
            Type::Ip | Type::Endpoint => &[("lt", "5"), ("month", "3")],
            Type::Integer | Type::Number => {
                &[("contains", "text"), ("re", "a+"), ("cidr", "192.0.2.0/24"), ("day", "3")]
            }
            Type::Boolean => {
                &[("startswith", "t"), ("re", "t+"), ("gte", "1"), ("cidr", "192.0.2.0/24"), ("day", "3")]
            }
            Type::Timestamp => &[("cidr", "192.0.2.0/24")],
            Type::Object(_) | Type::Array(_) | Type::Map(_) | Type::Any => &[],
        };
        for (modifier, value) in wrong {
            let key = format!("'{}|{modifier}'", field.text);
            let token = format!("{key}: '{value}'");
            self.push(Kind::Modifier, item.span, &token, None);
        }
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn wrong_type(ty: &Type) -> &'static [&'static str] {
    match ty {
        Type::Integer | Type::Number => &["many", "5 or more", "0x1F"],
        Type::Boolean => &["maybe", "yes", "1"],
        Type::Timestamp => &["yesterday", "12:30"],
        Type::Ip | Type::Endpoint => &["somewhere", "192.0.2.300", "192.0.2", "192.0.2.0/24"],
        Type::Object(_)
        | Type::Array(_)
        | Type::Map(_)
        | Type::String
        | Type::Enum(_)
        | Type::Json(_)
        | Type::Any => &[],
    }
}

/// One letter dropped, two swapped, one doubled, at places spread over the text.
fn misspellings(text: &str, each: &mut dyn FnMut(Kind, String)) {
    let letters: Vec<char> = text.chars().collect();
    let places = (0..letters.len()).filter(|&at| letters[at].is_alphanumeric()).collect();
    for at in spread(places, MAX_PLACES) {
        let mut less = letters.clone();
        less.remove(at);
        each(Kind::Dropped, less.into_iter().collect());
        let mut more = letters.clone();
        more.insert(at, letters[at]);
        each(Kind::Doubled, more.into_iter().collect());
        if let Some(next) = letters.get(at + 1)
            && next.is_alphanumeric()
            && !next.eq_ignore_ascii_case(&letters[at])
        {
            let mut moved = letters.clone();
            moved.swap(at, at + 1);
            each(Kind::Swapped, moved.into_iter().collect());
        }
    }
}

fn resolve(
    schema: &Schema,
    scope: Option<&Type>,
    name: &str,
    facts: &Facts,
) -> Option<sigmata::schema::Resolved> {
    match scope {
        None => schema.resolve(name, facts).ok(),
        Some(ty) => schema.resolve_in(ty, name, facts).ok(),
    }
}

/// Whether the field is in the formula; on the way to it, what the conjunctions say of other fields.
fn holds(formula: &Formula, field: Span, facts: &mut Facts) -> bool {
    match formula {
        Formula::True | Formula::False => false,
        Formula::Not(inner) => holds(inner, field, facts),
        Formula::Or(parts) => parts.iter().any(|part| holds(part, field, facts)),
        Formula::And(parts) => {
            let Some(at) = parts.iter().position(|part| holds(part, field, facts)) else { return false };
            for (_, part) in parts.iter().enumerate().filter(|(other, _)| *other != at) {
                let Formula::Pred(pred) = part else { continue };
                if let (Subject::Field(other), Some(values)) = (&pred.subject, equals(&pred.test))
                    && other.path.is_scalar()
                    && matches!(other.ty, Type::Enum(_))
                {
                    facts.narrow(&other.path, values.into_iter().collect());
                }
            }
            true
        }
        Formula::Pred(pred) => {
            matches!(&pred.subject, Subject::Field(found) if found.span.start <= field.start && field.end <= found.span.end)
                || (pred.span.start <= field.start && field.end <= pred.span.end)
        }
        Formula::Elem(element) => {
            holds(&element.body, field, facts)
                || (element.span.start <= field.start && field.end <= element.span.end)
        }
    }
}

/// The whole values that a test allows.
fn equals(test: &Condition) -> Option<Vec<String>> {
    let Condition::Text(texts) = test else { return None };
    let whole = |text: &sigmata::ir::Text| match &text.shape {
        TextPattern::Equals(value) => Some(value.clone()),
        _ => None,
    };
    texts.iter().map(whole).collect()
}

/// Where the formula compares `path` with whole texts.
fn texts_of(formula: &Formula, path: &sigmata::schema::Path, found: &mut Vec<(Span, Vec<String>)>) {
    match formula {
        Formula::True | Formula::False | Formula::Elem(_) | Formula::Not(_) => {}
        Formula::And(parts) | Formula::Or(parts) => {
            for part in parts {
                texts_of(part, path, found);
            }
        }
        Formula::Pred(pred) => {
            if let (Subject::Field(field), Some(values)) = (&pred.subject, equals(&pred.test))
                && field.path == *path
            {
                found.push((field.span, values));
            }
        }
    }
}
