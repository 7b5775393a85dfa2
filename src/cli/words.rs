//! Counts in words.

/// `1 rule`, `2 rules`.
pub(super) fn plural(count: usize, one: &str) -> String {
    plural_of(count, one, &format!("{one}s"))
}

/// The same for a count that may be large.
pub(super) fn plural_u64(count: u64, one: &str) -> String {
    plural(usize::try_from(count).unwrap_or(usize::MAX), one)
}

/// The same for a word with a plural of its own.
pub(super) fn plural_of(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
