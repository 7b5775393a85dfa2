//! A text found in another in linear time.

/// A text to be found in another, by Knuth, Morris and Pratt: linear in both, whatever they are.
#[derive(Debug)]
pub(super) struct Needle<U> {
    units: Box<[U]>,
    /// For each prefix that matched, how much of it is still matched when the next unit differs.
    falls: Box<[usize]>,
}

impl<U: Copy + PartialEq> Needle<U> {
    pub(super) fn new(units: Vec<U>) -> Self {
        let mut falls = vec![0; units.len()];
        let mut matched = 0;
        for (at, unit) in units.iter().enumerate().skip(1) {
            while matched > 0 && units.get(matched) != Some(unit) {
                matched = falls.get(matched - 1).copied().unwrap_or(0);
            }
            if units.get(matched) == Some(unit) {
                matched += 1;
            }
            if let Some(fall) = falls.get_mut(at) {
                *fall = matched;
            }
        }
        Self { units: units.into(), falls: falls.into() }
    }

    pub(super) fn len(&self) -> usize {
        self.units.len()
    }

    /// Whether the units come in `text`; it is consumed up to the end of their first occurrence.
    pub(super) fn find(&self, text: &mut impl Iterator<Item = U>) -> bool {
        let Some(&first) = self.units.first() else { return true };
        loop {
            if !text.any(|unit| unit == first) {
                return false;
            }
            let mut matched = 1;
            loop {
                let Some(&wanted) = self.units.get(matched) else { return true };
                let Some(unit) = text.next() else { return false };
                if unit == wanted {
                    matched += 1;
                    continue;
                }
                while matched > 0 && self.units.get(matched) != Some(&unit) {
                    matched = self.falls.get(matched - 1).copied().unwrap_or(0);
                }
                if self.units.get(matched) != Some(&unit) {
                    break;
                }
                matched += 1;
            }
        }
    }
}
