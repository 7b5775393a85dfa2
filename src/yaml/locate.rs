//! From a place in a scalar's decoded text back to its place in the source.

use std::ops::Range;

use super::{Scalar, Style};
use crate::source::Span;

/// Maps ranges of one scalar's decoded text to the source. Building it walks the scalar once; each look-up is a
/// binary search.
#[derive(Debug)]
pub struct Locator {
    whole: Span,
    places: Places,
}

#[derive(Debug)]
enum Places {
    /// Both texts are the same, from this many bytes into the scalar.
    Same(usize),
    /// Each decoded character with its source, ascending.
    Aligned(Vec<Decoded>),
    /// The two could not be aligned.
    Unknown,
}

/// One decoded character, by its offset, and the source bytes that it was read from.
#[derive(Debug)]
struct Decoded {
    decoded: usize,
    source: Range<usize>,
}

impl Locator {
    /// `source` is the whole scalar as written, at `whole`.
    pub(super) fn new(source: &str, scalar: &Scalar<'_>, whole: Span) -> Self {
        let places = match scalar.style {
            Style::Plain if source == scalar.text => Places::Same(0),
            Style::Single | Style::Double
                if source.get(1..source.len().saturating_sub(1)) == Some(&*scalar.text) =>
            {
                Places::Same(1)
            }
            style => align(source, &scalar.text, style).map_or(Places::Unknown, Places::Aligned),
        };
        Self { whole, places }
    }

    /// A locator that knows only the whole.
    pub(super) const fn whole(whole: Span) -> Self {
        Self { whole, places: Places::Unknown }
    }

    /// The source of a range of the decoded text; the whole scalar when no smaller place is known.
    pub fn span(&self, range: Range<usize>) -> Span {
        let base = self.whole.start as usize;
        match &self.places {
            Places::Unknown => self.whole,
            Places::Same(skip) => Span::of(base + skip + range.start, base + skip + range.end),
            Places::Aligned(places) => {
                let first = places.partition_point(|place| place.decoded < range.start);
                let start = match (places.get(first), places.last()) {
                    (Some(place), _) => place.source.start,
                    (None, Some(last)) => last.source.end,
                    (None, None) => return self.whole,
                };
                let after = places.partition_point(|place| place.decoded < range.end);
                let end = after
                    .checked_sub(1)
                    .and_then(|last| places.get(last))
                    .map_or(start, |last| last.source.end);
                Span::of(base + start, base + end.max(start))
            }
        }
    }
}

/// Walks both texts side by side. Every step is checked against the decoded text, so a wrong guess gives `None`,
/// never a wrong place.
fn align(source: &str, decoded: &str, style: Style) -> Option<Vec<Decoded>> {
    let (mut at, stop) = match style {
        Style::Plain => (0, source.len()),
        Style::Single | Style::Double => (1, source.len().checked_sub(1)?),
        Style::Literal | Style::Folded => (after_line(source)?, source.len()),
    };
    let block = matches!(style, Style::Literal | Style::Folded);
    let source = source.get(..stop)?;
    let indent = if block { indentation(source, at)? } else { 0 };
    if block {
        at = skip_indent(source, at, indent);
    }
    let mut places = Vec::with_capacity(decoded.len());
    // Blanks before this offset are known to be inside a line.
    let mut inner_blanks = 0;
    for (seen, expected) in decoded.char_indices() {
        let place = |source: Range<usize>| Decoded { decoded: seen, source };
        loop {
            let Some(char) = source.get(at..)?.chars().next() else {
                // A block scalar keeps line breaks at its end that its span does not cover.
                if block && expected == '\n' {
                    places.push(place(at..at));
                    break;
                }
                return None;
            };
            let width = char.len_utf8();
            if matches!(char, '\r' | '\n') {
                let next = at + break_width(source.get(at..)?);
                let after = if block { skip_indent(source, next, indent) } else { skip_blank(source, next) };
                let from = at;
                at = after;
                if matches!(expected, '\n' | ' ') {
                    places.push(place(from..next));
                    break;
                }
                continue; // a break that folded away
            }
            if !block && matches!(char, ' ' | '\t') && at >= inner_blanks {
                let blank = skip_blank(source, at);
                if source.get(blank..)?.starts_with(['\n', '\r']) {
                    at = blank; // blanks before a line break fold away with it
                    continue;
                }
                inner_blanks = blank;
            }
            let next = at
                + match (style, char) {
                    (Style::Single, '\'') if source.get(at..)?.starts_with("''") => 2,
                    (Style::Single, '\'') => return None,
                    (Style::Double, '\\') => {
                        let rest = source.get(at + 1..)?;
                        let escape = rest.chars().next()?;
                        if matches!(escape, '\r' | '\n') {
                            at = skip_blank(source, at + 1 + break_width(rest));
                            continue;
                        }
                        1 + escape_width(rest, escape)
                    }
                    _ if char == expected => width,
                    _ => return None,
                };
            source.get(at..next)?;
            places.push(place(at..next));
            at = next;
            break;
        }
    }
    Some(places)
}

/// The offset of the second line.
fn after_line(source: &str) -> Option<usize> {
    let at = source.find(['\n', '\r'])?;
    Some(at + break_width(source.get(at..)?))
}

fn break_width(text: &str) -> usize {
    if text.starts_with("\r\n") { 2 } else { 1 }
}

/// The indentation of a block scalar: that of its first line with text. An explicit indicator is not read: it speaks of
/// deeper first lines, for which the alignment then fails and the whole scalar is the place.
fn indentation(source: &str, from: usize) -> Option<usize> {
    source
        .get(from..)?
        .lines()
        .find(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start_matches(' ').len())
}

fn skip_indent(source: &str, at: usize, indent: usize) -> usize {
    let rest = source.get(at..).unwrap_or_default();
    at + rest.bytes().take(indent).take_while(|&byte| byte == b' ').count()
}

fn skip_blank(source: &str, at: usize) -> usize {
    let rest = source.get(at..).unwrap_or_default();
    at + rest.bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

/// The bytes of an escape after its backslash; a pair of surrogates is one escape.
fn escape_width(rest: &str, escape: char) -> usize {
    match escape {
        'x' => 3,
        'u' if rest.get(5..7) == Some("\\u") && rest.get(1..3).is_some_and(high_surrogate) => 11,
        'u' => 5,
        'U' => 9,
        other => other.len_utf8(),
    }
}

fn high_surrogate(digits: &str) -> bool {
    u8::from_str_radix(digits, 16).is_ok_and(|byte| (0xd8..0xdc).contains(&byte))
}
