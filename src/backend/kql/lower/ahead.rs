//! What is in front of the operators that open arrays: tests that every row must pass that passes those behind.
//!
//! `mv-apply` makes a row of each element, so that rows are dropped before it where that is possible: what all
//! alternatives ask for is by itself, of alternatives that read flags the tests without one are in front too, and a
//! text that an element must hold is looked for in the column by its index of words.

use rustc_hash::FxHashSet;

use super::super::ast::{Apply, Compare, Expr, Function, Name};

/// More words than these are not looked for.
const MOST_WORDS: usize = 2;

/// Shorter words are in most rows, or not in the index.
const SHORTEST: usize = 6;

/// The conjuncts of an expression: of alternatives, what all of them ask for, and the rest.
pub(super) fn factored(expr: Expr) -> Vec<Expr> {
    let Expr::Or(alternatives) = expr else { return vec![expr] };
    let mut each: Vec<Vec<Expr>> = alternatives
        .into_iter()
        .map(|part| match part {
            Expr::And(parts) => parts,
            other => vec![other],
        })
        .collect();
    let mut common: Vec<Expr> = each.first().cloned().unwrap_or_default();
    common.retain(|part| each.iter().all(|parts| parts.contains(part)));
    for parts in &mut each {
        parts.retain(|part| !common.contains(part));
    }
    let rest = Expr::or(each.into_iter().map(Expr::and));
    if rest != Expr::Boolean(true) {
        common.push(rest);
    }
    common
}

/// What an expression over alternatives asks for without the flags; nothing where an alternative reads flags alone.
pub(super) fn flagless(expr: &Expr, is_flagged: impl Fn(&Expr) -> bool) -> Option<Expr> {
    let Expr::Or(alternatives) = expr else { return None };
    let mut found: Vec<Expr> = Vec::new();
    for part in alternatives {
        let parts = match part {
            Expr::And(parts) => parts.as_slice(),
            other => std::slice::from_ref(other),
        };
        let kept: Vec<Expr> = parts.iter().filter(|part| !is_flagged(part)).cloned().collect();
        if kept.is_empty() {
            return None;
        }
        let kept = Expr::and(kept);
        found.push(kept);
    }
    let mut seen = FxHashSet::default();
    let first: Vec<bool> = found.iter().map(|kept| seen.insert(kept)).collect();
    let mut first = first.into_iter();
    found.retain(|_| first.next().unwrap_or_default());
    Some(listed(found))
}

/// Alternatives; those that compare one value with texts as one list.
fn listed(parts: Vec<Expr>) -> Expr {
    let mut values: Option<&Expr> = None;
    let mut texts: Vec<&str> = Vec::new();
    for part in &parts {
        let (value, list) = match part {
            Expr::Compare(value, Compare::Equals, text) => (value, std::slice::from_ref(&**text)),
            Expr::In { value, fold: false, list } => (value, list.as_slice()),
            _ => return Expr::or(parts),
        };
        if values.is_some_and(|known| *known != **value) {
            return Expr::or(parts);
        }
        values = Some(value);
        for text in list {
            let Expr::Text(text) = text else { return Expr::or(parts) };
            texts.push(text);
        }
    }
    let mut seen = FxHashSet::default();
    texts.retain(|text| seen.insert(*text));
    match values {
        Some(value) if texts.len() > 1 => {
            let list = texts.into_iter().map(Expr::text).collect();
            Expr::In { value: Box::new(value.clone()), fold: false, list }
        }
        _ => Expr::or(parts),
    }
}

/// That the column holds a text that an element must have where a row is kept with such an element. `is_dynamic` says
/// whether the JSON of a column is written by Kusto, so that its words are those of the values.
pub(super) fn held(apply: &Apply, array: &Expr, is_dynamic: impl Fn(&Name) -> bool) -> Option<Expr> {
    let column = root(array).filter(|name| is_dynamic(name))?;
    let words = words(apply)?;
    let has = |word: String| Expr::Column(column.clone()).compare(Compare::Has, Expr::text(word));
    Some(Expr::or(words.into_iter().map(has)))
}

/// The column, or the element, of which an expression is a part.
fn root(expr: &Expr) -> Option<&Name> {
    match expr {
        Expr::Column(name) => Some(name),
        Expr::Member(inner, _) => root(inner),
        _ => None,
    }
}

/// Texts of which the element that is kept has one, or an element inside it that is kept.
fn words(apply: &Apply) -> Option<Vec<String>> {
    let own = apply.first.iter().filter_map(|test| words_of(test, &apply.item));
    let inside = apply.nested.iter().filter(|nested| nested.flags.is_empty());
    let inside = inside.filter(|nested| root(&nested.array) == Some(&apply.item)).filter_map(words);
    own.chain(inside).min_by_key(Vec::len)
}

/// Texts of which the element has one where the test holds. Members of lists of known values, which are compared in
/// their spelling, are in most elements and no help.
fn words_of(test: &Expr, item: &Name) -> Option<Vec<String>> {
    let of_element = |value: &Expr| match value {
        Expr::Call(Function::ToString, arguments) => arguments.iter().all(|part| root(part) == Some(item)),
        _ => false,
    };
    let found = match test {
        Expr::And(parts) => parts.iter().filter_map(|part| words_of(part, item)).min_by_key(Vec::len)?,
        Expr::Or(parts) => {
            let each: Option<Vec<_>> = parts.iter().map(|part| words_of(part, item)).collect();
            each?.concat()
        }
        Expr::Compare(value, Compare::EqualsFold, wanted) if of_element(value) => vec![word(wanted)?],
        Expr::In { value, fold: true, list } if of_element(value) => {
            list.iter().map(word).collect::<Option<Vec<_>>>()?
        }
        _ => return None,
    };
    let mut different: Vec<String> = Vec::new();
    for word in found {
        if !different.contains(&word) {
            different.push(word);
        }
    }
    (different.len() <= MOST_WORDS).then_some(different)
}

/// The text as it is in JSON however that is written, from its first letter or digit to its last. A quote at its
/// ends is there with a backslash before it.
fn word(text: &Expr) -> Option<String> {
    let Expr::Text(text) = text else { return None };
    let word = text.trim_matches(|char: char| !char.is_ascii_alphanumeric());
    // Some writers of JSON spell these in hexadecimal digits, of which a word would be a part.
    let plain = |char: char| (char.is_ascii_graphic() || char == ' ') && !"\\/<>&'+".contains(char);
    let is_word = word.len() >= SHORTEST && !word.contains('"') && text.chars().all(plain);
    is_word.then(|| word.to_owned())
}
