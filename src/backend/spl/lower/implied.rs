//! What the base search can know of a condition that it cannot state: what every match has in it.
//!
//! A text lends its field the part before the first wildcard, as `field="part*"`. A value inside an array, or of a type
//! that nobody knows, lends its words as terms of the raw text, which the index holds whatever the extraction does.
//! Nothing is lent by a document inside a text: whoever writes it may spell its letters otherwise.

use super::field::{in_event, is_document, taken};
use super::search::{network, one_of, verbatim};
use super::{Inside, Lowering, dedupe};
use crate::backend::frame::Stored;
use crate::backend::spl::ast::{Name, Search, Text, Value};
use crate::ir::{
    Condition, Element, FieldUse, Formula, Predicate, Quantifier, Regex, Subject, Text as Wanted, TextPattern,
};
use crate::rule::pattern::Piece;
use crate::schema::{Base, Decode, Path, Step, Type};

/// The fewest letters and digits of a word that is worth looking up.
const SHORTEST: usize = 3;

/// Words that nearly every event has.
const COMMON: &[&str] = &["true", "false", "null", "none"];

impl Lowering<'_> {
    /// A condition that the base search can state and that every match of the formula satisfies.
    pub(super) fn implied(&self, formula: &Formula) -> Option<Search> {
        if let Some(exact) = self.searchable(formula) {
            return Some(exact);
        }
        match formula {
            Formula::And(parts) => all(parts.iter().filter_map(|part| self.implied(part))),
            Formula::Or(parts) => some(parts.iter().map(|part| self.implied(part))),
            Formula::Pred(predicate) => self.lent(predicate),
            Formula::Elem(element) => self.lent_by_elements(element, &[]),
            Formula::True | Formula::False | Formula::Not(_) => None,
        }
    }

    /// The names of members that every match has, for a search that would otherwise read everything.
    pub(super) fn named(&self, formula: &Formula) -> Option<Search> {
        let path = match formula {
            Formula::And(parts) => return all(parts.iter().filter_map(|part| self.named(part))),
            Formula::Or(parts) => return some(parts.iter().map(|part| self.named(part))),
            Formula::Elem(element) => match element.quantifier {
                Quantifier::Any | Quantifier::All | Quantifier::Index(_) => &element.array,
                Quantifier::AllOrEmpty | Quantifier::None => return None,
            },
            Formula::Pred(predicate) => match (&predicate.subject, &predicate.test) {
                (_, Condition::Null) | (Subject::Event, _) => return None,
                (Subject::Field(field), _) => &field.path,
            },
            Formula::True | Formula::False | Formula::Not(_) => return None,
        };
        if !self.describes() || path.base != Base::Event {
            return None;
        }
        let own = match self.frame.stored(path) {
            Stored::Raw => path.steps.clone(),
            Stored::Column(column) => in_event(&column),
            Stored::Absent(_) => return None,
        };
        let keys = own.iter().take_while(|step| !matches!(step, Step::Json)).filter_map(|step| match step {
            Step::Key(key) if key.chars().all(verbatim) => value(false, key, false),
            Step::Dotted(name) => value(false, name.rsplit('.').next()?, false),
            _ => None,
        });
        keys.last().map(Search::Term)
    }

    /// What a test of a field lends.
    fn lent(&self, predicate: &Predicate) -> Option<Search> {
        let Subject::Field(field) = &predicate.subject else { return None };
        if field.path.base != Base::Event || !self.kept(&field.path.steps) || is_document(&field.ty) {
            return None;
        }
        let untyped = matches!(field.ty, Type::Any | Type::Object(_) | Type::Map(_));
        let open = self.describes() && untyped;
        let plain = !self.crosses(&field.path, &Inside::default())
            && !field.path.steps.iter().any(|step| matches!(step, Step::First(_)));
        let name = if open || !plain { None } else { self.auto_name(&field.path.steps) };
        let name = name.filter(|name| !taken(name.as_str()));
        match &predicate.test {
            Condition::Text(texts) => self.lent_by_texts(texts, name.as_ref()),
            Condition::Regex(regexes) => {
                let name = name?;
                let values = regexes.iter().map(|regex| value(false, &begins(regex)?, true));
                Some(one_of(name, values.collect::<Option<_>>()?))
            }
            _ => None,
        }
    }

    /// What the tests of one element of an array lend, whose own path continues `outer`.
    fn lent_by_elements(&self, element: &Element, outer: &[Step]) -> Option<Search> {
        let steps = match element.array.base {
            Base::Event => element.array.steps.clone(),
            Base::Element => outer.iter().chain(&element.array.steps).cloned().collect(),
        };
        if !self.describes() || !self.kept(&steps) {
            return None;
        }
        match element.quantifier {
            Quantifier::Any | Quantifier::All | Quantifier::Index(_) => {
                let within: Vec<Step> = steps.into_iter().chain([Step::Each]).collect();
                self.lent_within(&element.body, &within)
            }
            Quantifier::AllOrEmpty | Quantifier::None => None,
        }
    }

    /// What a statement about one element lends.
    fn lent_within(&self, body: &Formula, array: &[Step]) -> Option<Search> {
        match body {
            Formula::And(parts) => all(parts.iter().filter_map(|part| self.lent_within(part, array))),
            Formula::Or(parts) => some(parts.iter().map(|part| self.lent_within(part, array))),
            Formula::Elem(inner) => self.lent_by_elements(inner, array),
            Formula::Pred(predicate) => match (&predicate.subject, &predicate.test) {
                (Subject::Field(FieldUse { path, .. }), _) if path.base == Base::Event => {
                    self.lent(predicate)
                }
                (Subject::Field(field), Condition::Text(texts)) => {
                    let whole: Vec<Step> = array.iter().chain(&field.path.steps).cloned().collect();
                    let kept = self.kept(&whole) && !is_document(&field.ty);
                    if kept { self.lent_by_texts(texts, None) } else { None }
                }
                _ => None,
            },
            Formula::True | Formula::False | Formula::Not(_) => None,
        }
    }

    /// What texts lend: of the field where its extracted name is known, else of the whole event.
    fn lent_by_texts(&self, texts: &[Wanted], name: Option<&Name>) -> Option<Search> {
        let mut values = Vec::new();
        let mut terms = Vec::new();
        for wanted in texts {
            match name.zip(begun(&wanted.shape)) {
                Some((_, value)) => values.push(value),
                None if self.describes() => terms.push(Search::Term(term(&wanted.shape)?)),
                None => return None,
            }
        }
        let compared = name.filter(|_| !values.is_empty()).map(|name| one_of(name.clone(), values));
        some(compared.into_iter().chain(terms).map(Some))
    }

    /// Whether the delivery keeps what the steps reach as the provider writes it.
    fn kept(&self, steps: &[Step]) -> bool {
        let stored = self.frame.stored(&Path { base: Base::Event, steps: steps.to_vec() });
        let as_written = match stored {
            Stored::Raw => true,
            Stored::Column(column) => column.decode == Decode::None && column.values.is_empty(),
            Stored::Absent(_) => false,
        };
        as_written && !steps.iter().any(|step| matches!(step, Step::Json))
    }
}

/// All of what is known, if anything is.
fn all(known: impl Iterator<Item = Search>) -> Option<Search> {
    let known = dedupe(known.collect());
    (!known.is_empty()).then(|| Search::all(known))
}

/// Some of what is known of all alternatives; nothing where that holds of every event.
fn some(known: impl Iterator<Item = Option<Search>>) -> Option<Search> {
    let known: Option<Vec<Search>> = known.collect();
    let branches = known?.into_iter().flat_map(|search| match search {
        Search::Or(inner) => inner,
        other => vec![other],
    });
    let mut kept = dedupe(branches.collect());
    let stated = |search: &Search| kept.contains(search);
    let certain = kept.iter().any(|branch| match branch {
        Search::Not(inner) => match &**inner {
            Search::Or(parts) => parts.iter().all(stated),
            other => stated(other),
        },
        _ => false,
    });
    match kept.len() {
        _ if certain => None,
        0 | 1 => kept.pop(),
        _ => Some(Search::Or(kept)),
    }
}

/// A value of the base search that is worth looking up.
fn value(open: bool, text: &str, close: bool) -> Option<Value> {
    let long = text.bytes().filter(u8::is_ascii_alphanumeric).count() >= SHORTEST;
    let common = COMMON.iter().any(|common| text.eq_ignore_ascii_case(common));
    if !long || common || network(text) {
        return None;
    }
    Value::new(open, Text::new(text)?, close)
}

/// The value of a field, as far as the base search can state it from its start.
fn begun(shape: &TextPattern) -> Option<Value> {
    let (text, whole) = match shape {
        TextPattern::Equals(text) => (text, true),
        TextPattern::StartsWith(text) => (text, false),
        TextPattern::Glob(pieces) => match pieces.first() {
            Some(Piece::Text(text)) => (text, false),
            _ => return None,
        },
        TextPattern::EndsWith(_) | TextPattern::Contains(_) => return None,
    };
    let end = text.find(|char| !verbatim(char)).unwrap_or(text.len());
    let (start, rest) = text.split_at_checked(end)?;
    value(false, start, !whole || !rest.is_empty())
}

/// The words that a text is sure to have in the raw event, where they are next to each other.
///
/// A word counts only where something that parts terms is on either side: a blank, or the quotes of the value.
fn term(shape: &TextPattern) -> Option<Value> {
    let (text, start, end) = match shape {
        TextPattern::Equals(text) => (text, true, true),
        TextPattern::StartsWith(text) => (text, true, false),
        TextPattern::EndsWith(text) => (text, false, true),
        TextPattern::Contains(text) => (text, false, false),
        TextPattern::Glob(pieces) => match (pieces.first(), pieces.last()) {
            (Some(Piece::Text(text)), _) => (text, true, false),
            (_, Some(Piece::Text(text))) => (text, false, true),
            _ => return None,
        },
    };
    let words: Vec<&str> = text.split(' ').collect();
    let last = words.len().saturating_sub(1);
    let mut runs = vec![String::new()];
    let mut begins = None;
    for (at, word) in words.into_iter().enumerate() {
        let parted = (start || at > 0) && (end || at < last);
        if parted && word.chars().all(verbatim) {
            if let Some(run) = runs.last_mut() {
                if !run.is_empty() {
                    run.push(' ');
                }
                run.push_str(word);
            }
            continue;
        }
        // The last word of a text that goes on is the start of one.
        if at == last && !end && (start || at > 0) && word.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            begins = Some(word);
        }
        runs.push(String::new());
    }
    let longest = runs.iter().max_by_key(|run| run.len())?;
    value(false, longest.trim(), false).or_else(|| value(false, begins?, true))
}

/// The text with which every match of an expression begins.
fn begins(regex: &Regex) -> Option<String> {
    let body = regex.pattern.strip_prefix('^').filter(|_| !regex.multi_line)?;
    // An alternative, or a flag inside, may begin otherwise.
    if body.contains('|') || body.contains("(?") {
        return None;
    }
    let plain =
        |char: char| char.is_ascii_alphanumeric() || matches!(char, ' ' | ':' | '/' | '_' | '-' | ',');
    let end = body.find(|char| !plain(char)).unwrap_or(body.len());
    let (text, rest) = body.split_at_checked(end)?;
    let optional = rest.starts_with(['*', '?', '{']);
    let end = text.len() - usize::from(optional && !text.is_empty());
    text.get(..end).map(str::to_owned)
}
