//! The nearest known names to an unknown one, within a bounded distance: the one module that names `strsim`.

use std::collections::BTreeSet;

/// How many names are given at most.
const MOST: usize = 5;

/// Text in which letter case matters little enough for a suggestion (what a rule means is for `text` to say): ASCII letters in lower case, others by their one-letter lower case.
fn fold(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { text.chars().map(fold_char).collect() }
}

/// [`fold`] of one character.
pub(super) fn fold_char(char: char) -> char {
    if char.is_ascii() {
        return char.to_ascii_lowercase();
    }
    let mut lower = char.to_lowercase();
    match (lower.next(), lower.next()) {
        // The Kelvin sign and its like stay apart from the ASCII letters.
        (Some(one), None) if !one.is_ascii() => one,
        _ => char,
    }
}

/// Collects the names nearest to a text. A name counts when it differs in at most a third of the letters.
///
/// Offers are cheap: lengths and the sets of letters are compared before the distance is taken, so that lists of known values of
/// twenty thousand names are searched in a moment.
#[derive(Debug)]
pub struct Nearest {
    text: String,
    letters: u64,
    /// How often each of the letters comes, when all are ASCII.
    counts: Option<[u8; 64]>,
    length: usize,
    bound: usize,
    found: BTreeSet<(usize, usize, String)>,
}

impl Nearest {
    /// Looks for names near to `text`.
    pub fn new(text: &str) -> Self {
        let text = fold(text);
        let length = text.chars().count();
        Self {
            letters: letters(&text),
            counts: counts(&text),
            bound: (length / 3).clamp(1, 5),
            length,
            text,
            found: BTreeSet::new(),
        }
    }

    /// The same, for at most `bound` edits.
    #[must_use]
    pub fn within(self, bound: usize) -> Self {
        Self { bound: bound.min(self.bound), ..self }
    }

    /// Considers `name`, spelt `answer` in the result. Nothing happens when it is too far off.
    pub fn offer(&mut self, name: &str, answer: &str) {
        let bound = self.found.first().map_or(self.bound, |(best, _, _)| self.bound.min(reach(*best)));
        if let Some(distance) = self.distance_within(name, bound) {
            self.add(distance, answer);
        }
    }

    /// Takes `answer` at a distance that the caller knows.
    pub fn add(&mut self, distance: usize, answer: &str) {
        if self.found.iter().any(|(known, _, name)| name == answer && *known <= distance) {
            return;
        }
        self.found.retain(|(_, _, name)| name != answer);
        self.found.insert((distance, answer.len(), answer.to_owned()));
        if self.found.len() > MOST {
            self.found.pop_last();
        }
    }

    /// The distance of `name`, when it is within the bound.
    pub fn distance(&self, name: &str) -> Option<usize> {
        self.distance_within(name, self.bound)
    }

    fn distance_within(&self, name: &str, bound: usize) -> Option<usize> {
        // The byte length is at least the number of letters and at most four times it; it decides before any decoding.
        if name.len() + bound < self.length {
            return None;
        }
        let length = if name.is_ascii() { name.len() } else { name.chars().count() };
        if length.abs_diff(self.length) > bound {
            return None;
        }
        // Each edit changes the set of letters by at most two.
        if (letters(name) ^ self.letters).count_ones() as usize > 2 * bound {
            return None;
        }
        if !self.shares(name, bound) {
            return None;
        }
        let distance = strsim::osa_distance(&self.text, &fold(name));
        (distance <= bound).then_some(distance)
    }

    /// Whether the two have so many letters in common, in whatever order, that the bound can be kept: each edit takes
    /// at most one letter of the text away, and brings at most one of the name. Where a text is not ASCII it may be.
    fn shares(&self, name: &str, bound: usize) -> bool {
        let (Some(mut counts), true) = (self.counts, name.is_ascii()) else { return true };
        let mut others = 0;
        for byte in name.bytes() {
            match counts.get_mut(usize::from(byte.to_ascii_lowercase() & 63)) {
                Some(count) if *count > 0 => *count -= 1,
                _ => {
                    others += 1;
                    if others > bound {
                        return false;
                    }
                }
            }
        }
        self.length + others <= name.len() + bound
    }

    /// The names, nearest first; ties by length, then by name. What is much farther off than the nearest is left out.
    pub fn finish(self) -> Vec<String> {
        let best = self.found.first().map_or(0, |(distance, _, _)| *distance);
        let bound = reach(best);
        self.found
            .into_iter()
            .filter(|(distance, _, _)| *distance <= bound)
            .map(|(_, _, name)| name)
            .collect()
    }
}

/// The candidates nearest to `wanted`, as [`Nearest`] finds them.
pub fn nearest<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut near = Nearest::new(wanted);
    candidates.into_iter().for_each(|candidate| near.offer(candidate, candidate));
    near.finish()
}

/// How far off a name may be beside one at distance `best`.
fn reach(best: usize) -> usize {
    (best + best / 2).max(1)
}

/// The set of letters of a text, without regard to case, as 64 bits.
pub fn letters(text: &str) -> u64 {
    text.bytes().fold(0, |set, byte| set | 1 << (byte.to_ascii_lowercase() & 63))
}

/// How often each letter comes in a text of ASCII, as [`letters`] tells them apart; `None` for another text, and for one
/// that is too long to be counted so.
fn counts(text: &str) -> Option<[u8; 64]> {
    if !text.is_ascii() || text.len() > usize::from(u8::MAX) {
        return None;
    }
    let mut counts = [0; 64];
    for byte in text.bytes() {
        if let Some(count) = counts.get_mut(usize::from(byte.to_ascii_lowercase() & 63)) {
            *count += 1;
        }
    }
    Some(counts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nearest_first_and_never_far_off() {
        let check = |text: &str, names: &[&str], expected: &[&str]| {
            let mut near = Nearest::new(text);
            for name in names {
                near.offer(name, name);
            }
            assert_eq!(near.finish(), expected, "{text}");
        };
        check("CreateUsr", &["CreateUser", "CreateUserV2", "DeleteVpc"], &["CreateUser"]);
        check("usernmae", &["userName", "name"], &["userName"]);
        check("x", &["y", "xyz"], &["y"]);
        check("", &["y"], &["y"]);
        check("Straße", &["STRAßE"], &["STRAßE"]);
    }

    proptest! {
        #[test]
        fn nothing_near_is_ruled_out_in_ascii(text in "[abcABC.]{0,9}", names in proptest::collection::vec("[abcABC.]{0,9}", 0..12)) {
            let near = Nearest::new(&text);
            for name in &names {
                let distance = strsim::osa_distance(&fold(&text), &fold(name));
                prop_assert_eq!(near.distance(name), (distance <= near.bound).then_some(distance), "{}", name);
            }
            let mut offered = Nearest::new(&text);
            let mut added = Nearest::new(&text);
            for name in &names {
                offered.offer(name, name);
                if let Some(distance) = near.distance(name) {
                    added.add(distance, name);
                }
            }
            prop_assert_eq!(offered.finish(), added.finish());
        }
    }
}
