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
    /// Pieces of the text, one more than edits are allowed: a near part holds one of them as it is.
    pieces: Vec<String>,
    /// The name that is considered, in lower case, kept for its memory.
    lower: String,
    found: BTreeSet<(usize, usize, String)>,
    /// The name that is considered: its letters as written, and folded.
    name: Vec<(char, char)>,
    /// The columns of the table, kept for their memory.
    columns: [Vec<Cell>; 3],
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
        let pieces = pieces(&text, bound + 1);
        Some(Self {
            text,
            letters,
            pieces,
            lower: String::new(),
            ends,
            bound,
            found: BTreeSet::new(),
            name: Vec::new(),
            columns: [Vec::new(), Vec::new(), Vec::new()],
        })
    }

    /// Considers the parts of `name`.
    pub fn offer(&mut self, name: &str) {
        // Each edit brings at most one letter that the name lacks.
        if name.len() + self.bound < self.text.len()
            || (self.letters & !letters(name)).count_ones() as usize > self.bound
            || !self.has_piece(name)
        {
            return;
        }
        let bound = self.found.first().map_or(self.bound, |(best, _, _)| *best);
        self.name.clear();
        self.name.extend(name.chars().map(|char| (char, fold_char(char))));
        if let Some(((edits, start), end)) = self.best(bound) {
            let part: String = self
                .name
                .iter()
                .skip(start)
                .take(end.saturating_sub(start))
                .map(|(written, _)| *written)
                .collect();
            self.found.insert((edits, part.len(), part));
            if self.found.len() > MOST {
                self.found.pop_last();
            }
        }
    }

    /// Whether the name has a piece of the text; that is not looked at where letters are not ASCII.
    fn has_piece(&mut self, name: &str) -> bool {
        if self.pieces.is_empty() || !name.is_ascii() {
            return true;
        }
        self.lower.clear();
        self.lower.push_str(name);
        self.lower.make_ascii_lowercase();
        self.pieces.iter().any(|piece| self.lower.contains(piece))
    }

    /// The nearest part of the name that is at most `bound` edits off: its edits, where it begins and where it ends. A
    /// table of one column for each place of the name, of which three are kept, and of a column what is at most `bound`
    /// edits off: the last such row is at most one below that of the column before.
    fn best(&mut self, bound: usize) -> Option<(Cell, usize)> {
        let rows = self.text.len();
        let [before, last, column] = &mut self.columns;
        last.clear();
        last.extend((0..=rows.min(bound)).map(|edits| (edits, 0)));
        before.clear();
        let mut best: Option<(Cell, usize)> = None;
        for (place, (_, char)) in self.name.iter().enumerate() {
            column.clear();
            column.push(if self.ends.start { (place + 1, 0) } else { (0, place + 1) });
            let swapped_with =
                place.checked_sub(1).and_then(|place| self.name.get(place)).map(|(_, char)| char);
            for (row, own) in self.text.iter().enumerate().take(last.len()) {
                let add = |cell: &Cell, edits: usize| (cell.0 + edits, cell.1);
                // What is not kept is too far off for what follows from it to count.
                let from = [
                    column.last().map(|cell| add(cell, 1)),
                    last.get(row).map(|cell| add(cell, usize::from(own != char))),
                    last.get(row + 1).map(|cell| add(cell, 1)),
                    // Two letters in each other's place.
                    row.checked_sub(1)
                        .filter(|row| swapped_with == Some(own) && self.text.get(*row) == Some(char))
                        .and_then(|row| before.get(row))
                        .map(|cell| add(cell, 1)),
                ];
                column.push(from.into_iter().flatten().min().unwrap_or((bound + 1, 0)));
            }
            while column.last().is_some_and(|cell| cell.0 > bound) {
                column.pop();
            }
            if (!self.ends.end || place + 1 == self.name.len())
                && let Some(cell) = column.get(rows)
                && best.is_none_or(|(old, _)| cell.0 <= old.0)
            {
                best = Some((*cell, place + 1));
            }
            // Nothing that follows is near either.
            if column.is_empty() {
                break;
            }
            std::mem::swap(before, last);
            std::mem::swap(last, column);
        }
        best
    }

    /// The parts, nearest first; those farther off than the nearest are left out.
    pub fn finish(self) -> Vec<String> {
        let best = self.found.first().map_or(0, |(edits, _, _)| *edits);
        self.found.into_iter().filter(|(edits, _, _)| *edits == best).map(|(_, _, part)| part).collect()
    }
}

/// Pieces of a text, one letter apart, so that an edit, also one that swaps two letters, spoils at most one of them.
/// None where the text is not ASCII.
fn pieces(text: &[char], count: usize) -> Vec<String> {
    let length = ((text.len() + 1) / count.max(1)).saturating_sub(1);
    if length == 0 || !text.iter().all(char::is_ascii) {
        return Vec::new();
    }
    (0..count).map(|number| text.iter().skip(number * (length + 1)).take(length).collect()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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

    proptest! {
        #[test]
        fn what_is_near_is_looked_at(text in "[abA]{5,14}", name in "[abB]{4,16}") {
            let ends = Ends { start: false, end: false };
            let mut near = NearestPart::new(&text, ends).unwrap();
            near.offer(&name);
            let mut all = NearestPart { pieces: Vec::new(), ..NearestPart::new(&text, ends).unwrap() };
            all.offer(&name);
            prop_assert_eq!(near.finish(), all.finish());
        }
    }
}
