//! Known names near to a misspelt one: the one module that names `strsim`.

/// The most names that are suggested.
const MOST: usize = 5;

/// The candidates within a third of the length of `wanted` (at least one, at most four edits; a swap is one), nearest
/// first regardless of letter case, then by case, then in alphabetical order. Candidates whose length alone rules them out cost
/// nothing more.
pub fn nearest<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let length = wanted.chars().count();
    let allowed = (length / 3).clamp(1, 4);
    let lower = wanted.to_lowercase();
    let mut found: Vec<(usize, usize, &str)> = candidates
        .into_iter()
        .filter(|candidate| candidate.chars().count().abs_diff(length) <= allowed)
        .filter_map(|candidate| {
            let folded = strsim::damerau_levenshtein(&candidate.to_lowercase(), &lower);
            let exact = || strsim::damerau_levenshtein(candidate, wanted);
            (folded <= allowed && length > 0).then(|| (folded, exact(), candidate))
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found.into_iter().take(MOST).map(|(_, _, name)| name.to_owned()).collect()
}

/// How many edits part two texts, where an edit is one letter more, less or other, or a swap of neighbours.
pub fn distance(one: &str, other: &str) -> usize {
    strsim::osa_distance(one, other)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn near_names_come_nearest_first_and_far_ones_never() {
        let known = ["eventName", "eventSource", "eventType", "errorCode", "event"];
        for (wanted, expected) in [
            ("eventNmae", vec!["eventName", "eventType"]),
            ("EVENTNAME", vec!["eventName"]),
            ("evnt", vec!["event"]),
            ("userIdentity", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(nearest(wanted, known), expected, "{wanted}");
        }
    }
}
