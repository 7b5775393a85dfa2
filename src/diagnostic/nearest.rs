//! The nearest known names to an unknown one, within a bounded distance: the one module that names `strsim`.

use std::collections::BTreeSet;

/// How many names are given at most.
const MOST: usize = 5;

/// Text in which letter case no longer matters: ASCII letters in lower case, others by their one-letter lower case.
pub fn fold(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { text.chars().map(fold_char).collect() }
}

/// [`fold`] of one character.
pub fn fold_char(char: char) -> char {
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
/// Offers are cheap: lengths and the sets of letters are compared before the distance is taken, so that catalogues of
/// twenty thousand names are searched in a moment.
#[derive(Debug)]
pub struct Nearest {
    text: String,
    letters: u64,
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
        if let Some(distance) = self.distance(name) {
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
        // The byte length is at least the number of letters and at most four times it; it decides before any decoding.
        if name.len() + self.bound < self.length {
            return None;
        }
        let length = if name.is_ascii() { name.len() } else { name.chars().count() };
        if length.abs_diff(self.length) > self.bound {
            return None;
        }
        // Each edit changes the set of letters by at most two.
        if (letters(name) ^ self.letters).count_ones() as usize > 2 * self.bound {
            return None;
        }
        let distance = strsim::osa_distance(&self.text, &fold(name));
        (distance <= self.bound).then_some(distance)
    }

    /// The names, nearest first; ties by length, then by name. What is much farther off than the nearest is left out.
    pub fn finish(self) -> Vec<String> {
        let best = self.found.first().map_or(0, |(distance, _, _)| *distance);
        let bound = (best + best / 2).max(1);
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

/// The set of letters of a text, without regard to case, as 64 bits.
fn letters(text: &str) -> u64 {
    text.bytes().fold(0, |set, byte| set | 1 << (byte.to_ascii_lowercase() & 63))
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
