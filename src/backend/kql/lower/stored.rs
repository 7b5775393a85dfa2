//! Fields whose texts the delivery rewrites.
//!
//! With `stored(c)` for the text that stands for the canonical `c`, a test P of the canonical text is, of the stored
//! text s: P(c) where s is one of the stored texts, and P(s) elsewhere. For the shapes of texts that is decided here,
//! so that the query stays exact.

use super::super::ast::Expr;
use super::place::{RowValue, among};
use crate::ir::Text;

/// The stored texts of which the test is decided here: those on which it holds, and those on which it does not.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Decided {
    pub holds: Vec<String>,
    pub fails: Vec<String>,
}

/// Decides `test` on every stored text of the place.
pub(super) fn decide(place: &RowValue, test: impl Fn(&str) -> bool) -> Decided {
    let mut decided = Decided::default();
    for (canonical, stored) in &place.values {
        let list = if test(canonical) { &mut decided.holds } else { &mut decided.fails };
        if !list.contains(stored) {
            list.push(stored.clone());
        }
    }
    // A text that stands for several canonical ones holds when one of them does.
    let Decided { holds, fails } = &mut decided;
    fails.retain(|stored| !holds.contains(stored));
    // The text that stands for nothing satisfies no test.
    fails.extend(place.absent_as.iter().filter(|text| !holds.contains(text)).cloned());
    decided
}

/// Whether the stored text of a canonical one stands for others too, on which the test is false.
pub(super) fn is_shared(place: &RowValue, test: impl Fn(&str) -> bool) -> Option<&str> {
    let holds = place.values.iter().filter(|(canonical, _)| test(canonical));
    let fails: Vec<&str> = place
        .values
        .iter()
        .filter(|(canonical, _)| !test(canonical))
        .map(|(_, stored)| stored.as_str())
        .collect();
    holds.map(|(_, stored)| stored.as_str()).find(|stored| fails.contains(stored))
}

/// `s` is one of the texts, exactly where their spelling is documented.
pub(super) fn is_one_of(place: &RowValue, texts: &[String]) -> Expr {
    among(place.text(), texts.iter().map(Expr::text).collect(), place.fold)
}

/// Whether one of the tests holds on `text`.
pub(super) fn matches(texts: &[Text], text: &str) -> bool {
    texts.iter().any(|test| test.shape.fits(text, test.cased))
}
