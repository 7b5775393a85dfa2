//! Names of files as Windows and macOS read them: the one module that names `unicode_normalization`.

use std::path::{Component, Path};

use unicode_normalization::UnicodeNormalization;

/// Names of devices, which Windows takes whatever ending follows.
const DEVICES: [&str; 24] = [
    "con", "prn", "aux", "nul", "conin$", "conout$", "com1", "com2", "com3", "com4", "com5", "com6", "com7",
    "com8", "com9", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
];

/// Characters that Windows has in no name.
const FORBIDDEN: [char; 8] = ['<', '>', ':', '"', '\\', '|', '?', '*'];

/// A key that is equal for two paths when Windows or macOS may take them for one: letter case, composed and decomposed
/// letters, and blanks and dots at the end of a name make no difference.
pub(super) fn key(path: &Path) -> String {
    let mut key = String::new();
    for part in path.components() {
        key.push('/');
        let Component::Normal(name) = part else {
            key.push_str(&part.as_os_str().to_string_lossy());
            continue;
        };
        let name = name.to_string_lossy();
        // Folding can decompose and the other way round, so that it is done between two rounds.
        let folded: String =
            name.nfd().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfd().collect();
        key.push_str(folded.trim_end_matches(['.', ' ']));
    }
    key
}

/// Why Windows cannot have a path as it is.
pub(super) fn fault(path: &Path) -> Option<&'static str> {
    path.components().find_map(|part| {
        let Component::Normal(name) = part else { return None };
        let name = name.to_string_lossy();
        let stem = name.split('.').next().unwrap_or_default().trim_end();
        if DEVICES.iter().any(|device| stem.eq_ignore_ascii_case(device)) {
            return Some("a name that Windows has for a device");
        }
        if name.contains(|char: char| FORBIDDEN.contains(&char) || char.is_control()) {
            return Some("a character that Windows has in no name");
        }
        name.ends_with(['.', ' ']).then_some("Windows cuts dots and blanks off the end of a name")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_some_system_cannot_tell_apart_have_one_key() {
        for (one, other, same) in [
            ("a/B.kql", "a/b.kql", true),
            ("a.kql", "b.kql", false),
            ("é.kql", "e\u{301}.kql", true),
            ("É.kql", "e\u{301}.kql", true),
            ("é.kql", "è.kql", false),
            ("a. /x", "a/x", true),
            ("straße", "STRASSE", true),
            ("a/b", "ab", false),
            ("../a", "a", false),
            ("Σ", "ς", true),
        ] {
            assert_eq!(key(Path::new(one)) == key(Path::new(other)), same, "{one} {other}");
        }
    }

    #[test]
    fn names_that_windows_cannot_have_are_told() {
        for (name, faulty) in [
            ("kql/con.kql", true),
            ("kql/CON .kql", true),
            ("aux/a.kql", true),
            ("lpt1", true),
            ("lpt10", false),
            ("console.kql", false),
            ("a:b", true),
            ("a.", true),
            ("a ", true),
            ("../a", false),
            ("a.b.kql", false),
        ] {
            assert_eq!(fault(Path::new(name)).is_some(), faulty, "{name}");
        }
    }
}
