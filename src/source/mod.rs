//! Source texts, byte spans and line positions.
//!
//! Everything inside the compiler speaks in byte offsets ([`Span`]); lines and columns exist only at the edges,
//! where a [`SourceFile`] turns an offset into a [`Position`].

pub mod kind;
pub mod markup;
pub mod sorted;
pub mod visible;

use std::fmt;
use std::sync::OnceLock;

/// A half-open range of bytes in one source text.
///
/// Texts are refused above [`MAX_FILE_BYTES`], so 32 bits always suffice.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// The largest file that is read, in bytes (16 MiB).
pub const MAX_FILE_BYTES: usize = 16 << 20;

/// The largest YAML document that is read, in bytes (1 MiB).
pub const MAX_DOCUMENT_BYTES: usize = 1 << 20;

impl Span {
    /// A span from `start` to `end`; an `end` before `start` gives the empty span at `start`.
    pub const fn new(start: u32, end: u32) -> Self {
        Self { start, end: if end < start { start } else { end } }
    }

    /// The empty span at `offset`.
    pub const fn empty(offset: u32) -> Self {
        Self::new(offset, offset)
    }

    /// A span of `usize` offsets; offsets past 32 bits are clamped, which a size-checked text never has.
    pub fn of(start: usize, end: usize) -> Self {
        let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self::new(clamp(start), clamp(end))
    }

    /// The smallest span that covers both.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self::new(self.start.min(other.start), self.end.max(other.end))
    }

    /// The length in bytes.
    pub const fn len(self) -> u32 {
        self.end - self.start
    }

    /// Whether the span covers no byte.
    pub const fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The span as a range of `usize`, for slicing.
    pub const fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.start, self.end)
    }
}

/// A value together with where it is in its source.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it is.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// `value` at `span`.
    pub const fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }

    /// The same place with another value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned::new(f(self.value), self.span)
    }

    /// Borrows the value, keeping the place.
    pub const fn as_ref(&self) -> Spanned<&T> {
        Spanned { value: &self.value, span: self.span }
    }
}

/// A place for people: line and column from 1, the column in characters, and the byte offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1.
    pub line: u32,
    /// The column in Unicode scalar values, from 1.
    pub column: u32,
    /// The byte offset from the start of the file.
    pub offset: u32,
}

/// A named text with a lazily built line index.
#[derive(Clone, Debug)]
pub struct SourceFile {
    name: String,
    text: String,
    lines: OnceLock<Vec<u32>>,
}

impl SourceFile {
    /// A source with the name that messages print.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into(), lines: OnceLock::new() }
    }

    /// The name that messages print.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text at `span`; empty where the span does not fit the text.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// The place of a byte offset. An offset inside a character, or past the end, is moved back to a boundary.
    pub fn position(&self, offset: u32) -> Position {
        let lines = self.line_starts();
        let mut at = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let offset = Span::of(at, at).start;
        let line = lines.partition_point(|&start| start <= offset).max(1);
        let start = lines.get(line - 1).copied().unwrap_or(0);
        let column = self.slice(Span::new(start, offset)).chars().count();
        Position {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX - 1) + 1,
            offset,
        }
    }

    fn line_starts(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            std::iter::once(0)
                .chain(
                    self.text
                        .bytes()
                        .enumerate()
                        .filter(|&(_, byte)| byte == b'\n')
                        .map(|(at, _)| Span::of(at + 1, at + 1).start),
                )
                .collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_and_lines_from_one() {
        let file = SourceFile::new("x", "ab\nüz\r\n");
        let at = |offset| {
            let place = file.position(offset);
            (place.line, place.column)
        };
        assert_eq!(at(0), (1, 1));
        assert_eq!(at(3), (2, 1));
        assert_eq!(at(4), (2, 1), "inside `ü`");
        assert_eq!(at(5), (2, 2));
        assert_eq!(at(8), (3, 1));
        assert_eq!(at(800), (3, 1));
    }
}
