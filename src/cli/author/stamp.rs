//! What a draft takes from its surroundings: an identifier, a date, an author.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::time;

/// A random UUID, version 4. The standard library seeds its hashes by the system's own random numbers, which is enough for
/// an identifier that nobody must guess.
pub(super) fn uuid() -> String {
    let part = || RandomState::new().build_hasher().finish();
    let bits =
        (u128::from(part()) << 64 | u128::from(part())) & !(0xf << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    let digits = format!("{bits:032x}");
    let group = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    [group(0, 8), group(8, 12), group(12, 16), group(16, 20), group(20, 32)].join("-")
}

/// Today in UTC.
pub(super) fn today() -> Option<String> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    let (year, month, day) = time::civil(i64::try_from(since.as_secs() / 86_400).ok()?);
    Some(format!("{year:04}-{month:02}-{day:02}"))
}

/// The name that git has for who works here.
pub(super) fn author() -> Option<String> {
    let run = Command::new("git").args(["config", "user.name"]).output().ok()?;
    let name = String::from_utf8(run.stdout).ok()?.trim().to_owned();
    (run.status.success() && !name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::uuid;

    #[test]
    fn identifiers_are_of_version_4_and_differ() {
        let (one, two) = (uuid(), uuid());
        for id in [&one, &two] {
            let marks = (id.as_bytes()[14], id.as_bytes()[19], id.len());
            assert!(marks.0 == b'4' && b"89ab".contains(&marks.1) && marks.2 == 36, "{id}");
        }
        assert_ne!(one, two);
    }
}
