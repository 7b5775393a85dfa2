//! What ATT&CK for enterprise says of techniques: their tactics, and what took the place of those that are gone.

use std::sync::LazyLock;

use crate::source::sorted;

/// The release that tags are held against.
pub const RELEASE: u32 = 19;

/// A line for each technique, as tags name it: `t1234 tactic,tactic`, or `t1234 > t5678` for one that is gone.
static TABLE: &str = include_str!("attack.txt");

/// What the table says of a technique, by its name in small letters.
fn lines() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(' '))
}

/// What the table says of one technique, whatever the letter case of its name.
fn line(technique: &str) -> Option<&'static str> {
    /// The table behind its comments.
    static LINES: LazyLock<&str> = LazyLock::new(|| {
        let mut lines = TABLE;
        while let Some((_, after)) = lines.split_once('\n').filter(|(line, _)| line.starts_with('#')) {
            lines = after;
        }
        lines
    });
    sorted::entry(&LINES, &technique.to_ascii_lowercase(), b' ')
}

/// The techniques, in small letters and in the order of their names.
pub fn techniques() -> impl Iterator<Item = &'static str> {
    lines().filter(|(_, said)| !said.starts_with('>')).map(|(name, _)| name)
}

/// The tactics of a technique, whatever the letter case of its name; none where there is no such technique.
pub fn tactics(technique: &str) -> impl Iterator<Item = &'static str> {
    line(technique).filter(|said| !said.starts_with('>')).into_iter().flat_map(|said| said.split(','))
}

/// What took the place of a technique that is no longer in ATT&CK, as tags name it: `t1547.004` for `t1004`.
pub fn successor(technique: &str) -> Option<&'static str> {
    line(technique)?.strip_prefix("> ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn techniques_have_tactics_or_a_successor() {
        let of = |name| tactics(name).collect::<Vec<_>>();
        assert_eq!(of("T1136.003"), ["persistence"]);
        assert_eq!(of("t1098"), ["persistence", "privilege-escalation"]);
        assert!(of("t1004").is_empty() && of("t9999").is_empty());
        assert_eq!(successor("T1004"), Some("t1547.004"));
        assert_eq!(successor("t1136"), None);
        assert!(techniques().all(|name| tactics(name).next().is_some()));
        // The order is that of the names, which suggestions keep, and by which each is found.
        assert!(lines().is_sorted_by_key(|(name, _)| name));
        assert!(lines().all(|(name, said)| line(name) == Some(said)));
        for none in ["", "#", "t", "t0", "t1001.", "t1001.0009", "u", "\u{e4}"] {
            assert_eq!(line(none), None, "{none}");
        }
    }
}
