//! The parts of known texts that are nearest to a part that somebody wrote.

use std::collections::BTreeSet;

use super::nearest::{fold_char, letters};

/// How many parts are given at most.
const MOST: usize = 5;
/// The longest text for which parts are looked for, in characters.
const LONGEST: usize = 256;

/// Whether a text begins and ends where a known one does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ends {
    /// It begins there.
    pub start: bool,
    /// It ends there.
    pub end: bool,
}

/// Collects the parts of known texts that are at most two edits off: one where the text is short.
#[derive(Debug)]
pub struct NearestPart {
    text: Vec<char>,
    letters: u64,
    ends: Ends,
    bound: usize,
    found: BTreeSet<(usize, usize, String)>,
}

/// How many edits lead to a place, and where the part begins.
type Cell = (usize, usize);

impl NearestPart {
    /// Looks for parts near to `text`; `None` where it is too short to tell, or too long.
    pub fn new(text: &str, ends: Ends) -> Option<Self> {
        let text: Vec<char> = text.chars().map(fold_char).collect();
        let bound = match text.len() {
            0..5 => return None,
            5..12 => 1,
            12..=LONGEST => 2,
            _ => return None,
        };
        let letters = letters(&text.iter().collect::<String>());
        Some(Self { text, letters, ends, bound, found: BTreeSet::new() })
    }

    /// Considers the parts of `name`.
    pub fn offer(&mut self, name: &str) {
        // Each edit brings at most one letter that the name lacks.
        if name.len() + self.bound < self.text.len()
            || (self.letters & !letters(name)).count_ones() as usize > self.bound
        {
            return;
        }
        let bound = self.found.first().map_or(self.bound, |(best, _, _)| *best);
        let written: Vec<char> = name.chars().collect();
        if let Some(((edits, start), end)) = self.best(&written).filter(|((edits, _), _)| *edits <= bound) {
            let part: String = written.iter().skip(start).take(end.saturating_sub(start)).collect();
            self.found.insert((edits, part.len(), part));
            if self.found.len() > MOST {
                self.found.pop_last();
            }
        }
    }

    /// The nearest part of `name`: its edits, where it begins and where it ends. A table of one column for each place
    /// of the name, of which two are kept.
    fn best(&self, name: &[char]) -> Option<(Cell, usize)> {
        let mut before: Vec<Cell> = Vec::new();
        let mut last: Vec<Cell> = (0..=self.text.len()).map(|edits| (edits, 0)).collect();
        let mut best: Option<(Cell, usize)> = None;
        for (place, char) in name.iter().enumerate() {
            let column = self.column(&before, &last, name, place, fold_char(*char));
            if (!self.ends.end || place + 1 == name.len())
                && let Some(cell) = column.last()
                && best.is_none_or(|(old, _)| cell.0 <= old.0)
            {
                best = Some((*cell, place + 1));
            }
            before = std::mem::replace(&mut last, column);
        }
        best
    }

    fn column(&self, before: &[Cell], last: &[Cell], name: &[char], place: usize, char: char) -> Vec<Cell> {
        let first = if self.ends.start { (place + 1, 0) } else { (0, place + 1) };
        let mut column = Vec::with_capacity(self.text.len() + 1);
        column.push(first);
        let mut above = first;
        for (row, own) in self.text.iter().enumerate() {
            let with = |cell: Option<&Cell>, edits: usize| cell.map(|cell| (cell.0 + edits, cell.1));
            let mut cell = (above.0 + 1, above.1);
            let mut consider = |other: Option<Cell>| cell = other.map_or(cell, |other| cell.min(other));
            consider(with(last.get(row), usize::from(*own != char)));
            consider(with(last.get(row + 1), 1));
            // Two letters in each other's place.
            let swapped = place.checked_sub(1).and_then(|place| name.get(place)).map(|char| fold_char(*char))
                == Some(*own)
                && row.checked_sub(1).and_then(|row| self.text.get(row)) == Some(&char);
            if swapped && let Some(row) = row.checked_sub(1) {
                consider(with(before.get(row), 1));
            }
            column.push(cell);
            above = cell;
        }
        column
    }

    /// The parts, nearest first; those farther off than the nearest are left out.
    pub fn finish(self) -> Vec<String> {
        let best = self.found.first().map_or(0, |(edits, _, _)| *edits);
        self.found.into_iter().filter(|(edits, _, _)| *edits == best).map(|(_, _, part)| part).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(text: &str, start: bool, end: bool, names: &[&str]) -> Vec<String> {
        let Some(mut near) = NearestPart::new(text, Ends { start, end }) else { return Vec::new() };
        for name in names {
            near.offer(name);
        }
        near.finish()
    }

    #[test]
    fn parts_are_found_inside_and_at_the_ends() {
        let names = ["AdministratorAccess", "AmazonS3FullAccess", "us-east-1"];
        for (text, start, end, expected) in [
            ("AdminstratorAccess", false, false, &["AdministratorAccess"][..]),
            ("Adminisrtator", false, false, &["Administrator"]),
            ("s3fullacess", false, true, &["S3FullAccess"]),
            ("amazno", true, false, &["Amazon"]),
            ("us-eas-1", true, true, &["us-east-1"]),
            // The end of a name is not its beginning, and a whole one is not a part.
            ("accesz", true, false, &[]),
            ("us-east", true, true, &[]),
            ("us-e", false, false, &[]),
            ("PowerUserAccess", false, false, &[]),
        ] {
            assert_eq!(near(text, start, end, &names), expected, "{text}");
        }
    }
}
