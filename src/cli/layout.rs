//! Text in columns that fits the terminal.

use std::io::{IsTerminal, stdout};

use crate::diagnostic::render::wrapped;

/// Wider columns would leave no room for the last one.
const WIDEST: usize = 60;
/// The last column is not made narrower; where there is no room for it, it has lines of its own.
const NARROWEST: usize = 24;
/// How far what has lines of its own is moved in.
const INDENT: usize = 4;

/// How many characters a line can have: what `COLUMNS` says, else the width of the terminal. `None`: no terminal reads
/// the output, so that lines are as long as they are.
pub(super) fn width() -> Option<usize> {
    width_where(stdout().is_terminal())
}

/// How many lines a terminal shows.
pub(super) fn height() -> Option<usize> {
    terminal_size::terminal_size().map(|(_, height)| usize::from(height.0))
}

/// The same as `width`, where it is known whether a terminal reads the output.
pub(super) fn width_where(terminal: bool) -> Option<usize> {
    let told = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    let found = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    told.or_else(|| terminal.then(found).flatten()).filter(|width| *width > 0)
}

fn length(text: &str) -> usize {
    text.chars().count()
}

/// A word in front, and a text that stays to the right of it.
pub(super) fn hanging(front: &str, text: &str, width: Option<usize>) -> Vec<String> {
    let indent = length(front);
    let Some(width) = width else { return vec![format!("{front}{text}").trim_end().to_owned()] };
    let lines = wrapped(text, width.saturating_sub(indent).max(NARROWEST));
    let starts = std::iter::once(front.to_owned()).chain(std::iter::repeat(" ".repeat(indent)));
    lines.iter().zip(starts).map(|(line, start)| format!("{start}{line}").trim_end().to_owned()).collect()
}

/// Rows of a name, what kind of thing it is, and a text about it, which stays in its column.
pub(super) fn columns(rows: &[[String; 3]], width: Option<usize>) -> Vec<String> {
    let widest = |of: fn(&[String; 3]) -> &str, most: usize| {
        rows.iter().map(|row| length(of(row))).filter(|length| *length <= most).max().unwrap_or(0)
    };
    // Two fifths for the name, and for the kind what the text leaves.
    let most = width.map_or(WIDEST, |width| (width * 2 / 5).min(WIDEST));
    let name_width = widest(|[name, _, _]| name, most);
    let most = width.map_or(WIDEST, |width| width.saturating_sub(name_width + NARROWEST + 4).min(WIDEST));
    let kind_width = widest(|[_, kind, _]| kind, most);
    let start = name_width + kind_width + 4;
    let start = match width {
        Some(width) if start + NARROWEST > width => INDENT,
        _ => start,
    };
    let room = width.map_or(usize::MAX, |width| width.saturating_sub(start).max(NARROWEST));
    let mut lines = Vec::new();
    for [name, kind, text] in rows {
        let head = format!("{name:name_width$}  {kind:kind_width$}");
        let mut texts = wrapped(text, room).into_iter();
        let beside = start > INDENT && length(&head) + 2 <= start;
        let fits = texts.as_slice().first().is_none_or(|text| length(text) <= room);
        if beside && fits {
            let first = texts.next().unwrap_or_default();
            lines.push(format!("{head}  {first}").trim_end().to_owned());
        } else {
            lines.push(head.trim_end().to_owned());
        }
        let below = texts.filter(|text| !text.is_empty());
        // A word that is longer than the column begins further to the left.
        let indent = |text: &str| match width {
            Some(width) if length(text) > room => start.min(width.saturating_sub(length(text))),
            _ => start,
        };
        lines.extend(below.map(|text| format!("{}{text}", " ".repeat(indent(&text)))));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_the_width_and_stay_in_their_column() {
        let row = |name: &str, kind: &str, text: &str| [name, kind, text].map(str::to_owned);
        let rows =
            [row("a", "string", "one two three four five six"), row("a.long.name.of.it", "x", "seven")];
        assert_eq!(
            columns(&rows, Some(40)),
            ["a  string  one two three four five six", "a.long.name.of.it  x", "           seven"]
        );
        let long = [row("a", "b", &format!("one {}", "x".repeat(36)))];
        assert_eq!(columns(&long, Some(40)), ["a  b  one".to_owned(), format!("    {}", "x".repeat(36))]);
        assert_eq!(columns(&rows, Some(20))[..3], ["a  string", "    one two three four five", "    six"]);
        assert_eq!(columns(&rows, None)[1], "a.long.name.of.it  x       seven");
        assert_eq!(
            hanging("in: ", "one two three four five six", Some(30)),
            ["in: one two three four five", "    six"]
        );
        assert_eq!(hanging("in: ", "one", None), ["in: one"]);
    }
}
