//! Values that another value of the list covers.

use std::cell::OnceCell;

use super::View;
use crate::check::plan::{Asked, Plan};
use crate::check::text::{Anchor, Wanted, wanted};
use crate::diagnostic::{Diagnostic, nearest};
use crate::ir::TextPattern;
use crate::rule::pattern::pieces;
use crate::rule::{Item, ItemValue, ValueKind};
use crate::source::Span;
use crate::text::{Matcher, folded};

crate::codes! {
    /// Another value of the list matches whatever this one matches.
    ///
    /// ## What it does
    ///
    /// Reports a value that a wider pattern of the same list covers, such as `CreateUser` beside `Create*`.
    ///
    /// ## Why it matters
    ///
    /// It adds nothing to the list; the wider pattern may be a slip.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventName:
    ///             - 'Create*'
    ///             - CreateUser
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventName: 'Create*'
    ///     condition: selection
    /// ```
    SUBSUMED_VALUE = "S0509" "subsumed-value" Warning;
}

/// The most patterns of one list that are held against its values.
const MAX_PATTERNS: usize = 32;

/// The most findings about one list.
const MOST: usize = 16;

/// Looks at every list.
pub(super) fn run(view: &View<'_>, found: &mut Vec<Diagnostic>) {
    for item in view.items() {
        list(item, found);
    }
}

fn list(item: &Item, found: &mut Vec<Diagnostic>) {
    let ItemValue::Values { values, .. } = &item.value else { return };
    let plan = Plan::new(item);
    if values.len() < 2 || plan.all || plan.kind != Asked::Value || !plan.encoders.is_empty() || plan.expand {
        return;
    }
    let place = if item.field.is_none() { Anchor::Anywhere } else { plan.place };
    let shapes: Vec<(TextPattern, Span, &str)> = values
        .iter()
        .filter_map(|value| {
            let ValueKind::Text { text, .. } = &value.kind else { return None };
            match wanted(pieces(text), place) {
                Wanted::Pattern(shape) => Some((shape, value.span, text.as_str())),
                Wanted::Present => None,
            }
        })
        .collect();
    let mut patterns: Vec<(u64, OnceCell<Matcher>, &TextPattern, Span, &str)> = Vec::new();
    for (shape, span, text) in &shapes {
        if matches!(shape, TextPattern::Contains(_) | TextPattern::StartsWith(_) | TextPattern::EndsWith(_))
            && patterns.len() < MAX_PATTERNS
        {
            patterns.push((letters(shape, 0), OnceCell::new(), shape, *span, text));
        }
    }
    let mut told = 0;
    for (shape, span, text) in &shapes {
        // The sets rule out nearly every pair at once.
        let has = letters(shape, u64::MAX);
        let wider = patterns.iter().find(|(needs, matcher, other, place, _)| {
            let matcher = || matcher.get_or_init(|| Matcher::new(other, plan.cased));
            needs & !has == 0 && place != span && covers(matcher(), other, shape)
        });
        if told == MOST {
            break;
        }
        if let Some((_, _, _, place, pattern)) = wider {
            told += 1;
            found.push(
                Diagnostic::new(&SUBSUMED_VALUE, *span, format!("`{pattern}` covers `{text}`"))
                    .also(*place, "the wider value")
                    .help("remove the narrower value, or correct the wider one"),
            );
        }
    }
}

/// The letters that a text must have for `shape` to fit it, as a set; what has others can fit none. Without a plain text
/// of ASCII, `open` stands for it.
fn letters(shape: &TextPattern, open: u64) -> u64 {
    match shape {
        TextPattern::Equals(text)
        | TextPattern::StartsWith(text)
        | TextPattern::EndsWith(text)
        | TextPattern::Contains(text)
            if text.is_ascii() =>
        {
            nearest::letters(text)
        }
        _ => open,
    }
}

/// Whether everything that fits `shape` fits the simple pattern `other` too. Equal shapes are duplicates, which
/// another lint reports.
fn covers(matcher: &Matcher, other: &TextPattern, shape: &TextPattern) -> bool {
    match (other, shape) {
        (TextPattern::Contains(wide), TextPattern::Contains(narrow))
        | (TextPattern::StartsWith(wide), TextPattern::StartsWith(narrow))
        | (TextPattern::EndsWith(wide), TextPattern::EndsWith(narrow)) => {
            matcher.matches(narrow) && folded(wide) != folded(narrow)
        }
        (TextPattern::Contains(_), TextPattern::StartsWith(narrow) | TextPattern::EndsWith(narrow))
        | (_, TextPattern::Equals(narrow)) => matcher.matches(narrow),
        _ => false,
    }
}
