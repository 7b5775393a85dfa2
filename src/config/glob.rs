//! Patterns for paths below a folder, as `exclude` has them.

/// A pattern of `exclude`.
///
/// `*` stands for any characters of one name, `?` for one, and `**` for any number of folders.
/// A pattern that fits a folder fits all that is in it; one without `/` fits a name at any depth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob {
    /// The names between `/`.
    parts: Vec<String>,
}

impl Glob {
    /// Reads a pattern.
    ///
    /// # Errors
    /// A clause for the user.
    pub fn new(pattern: &str) -> Result<Self, String> {
        if pattern.starts_with('!') {
            return Err("a pattern cannot be turned around with `!`".into());
        }
        super::inside(pattern)?;
        let mut parts: Vec<String> =
            pattern.split('/').filter(|part| !part.is_empty() && *part != ".").map(str::to_owned).collect();
        if parts.is_empty() {
            return Err("a pattern names something below the folder".into());
        }
        if parts.len() == 1 && !pattern.starts_with("./") {
            parts.insert(0, "**".into());
        }
        // What a folder's pattern fits, the folder's whole content is.
        if parts.len() > 1 && parts.last().is_some_and(|part| part == "**") {
            parts.pop();
            if parts.iter().all(|part| part == "**") {
                parts.push("*".into());
            }
        }
        Ok(Self { parts })
    }

    /// Whether the pattern fits a path, with `/` between its names, or a folder above it.
    pub fn fits(&self, path: &str) -> bool {
        let names: Vec<&str> = path.split('/').filter(|name| !name.is_empty()).collect();
        let reach = reach(&self.parts, &names, |part| part == "**", |part, name| fits_name(part, name));
        reach.iter().skip(1).any(|reached| *reached)
    }
}

/// Whether a pattern of one name fits a name.
fn fits_name(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let reach =
        reach(&pattern, &name, |wanted| *wanted == '*', |wanted, char| *wanted == '?' || wanted == char);
    reach.last().is_some_and(|reached| *reached)
}

/// Of how many leading `items` the whole pattern can stand; `any` tells what stands for any number of items.
/// The time is the product of the lengths, whatever the pattern is.
fn reach<P, I>(
    pattern: &[P],
    items: &[I],
    any: impl Fn(&P) -> bool,
    fits: impl Fn(&P, &I) -> bool,
) -> Vec<bool> {
    let mut reach: Vec<bool> = (0..=items.len()).map(|at| at == 0).collect();
    for part in pattern {
        let mut next = vec![false; items.len() + 1];
        if any(part) {
            let mut open = false;
            for (to, from) in next.iter_mut().zip(&reach) {
                open |= *from;
                *to = open;
            }
        } else {
            for ((to, from), item) in next.iter_mut().skip(1).zip(&reach).zip(items) {
                *to = *from && fits(part, item);
            }
        }
        reach = next;
    }
    reach
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_paths() {
        for (pattern, path, expected) in [
            ("vendor/**", "vendor", true),
            ("vendor/**", "vendor/a/b.yml", true),
            ("vendor/**", "rules/vendor/a.yml", false),
            ("vendor", "rules/vendor/a.yml", true),
            ("vendor/", "vendor/a.yml", true),
            ("./vendor", "rules/vendor/a.yml", false),
            ("./vendor", "vendor/a.yml", true),
            ("*.draft.yml", "rules/x.draft.yml", true),
            ("*.draft.yml", "rules/x.yml", false),
            ("rules/*/old", "rules/aws/old/x.yml", true),
            ("rules/*/old", "rules/aws/new/old/x.yml", false),
            ("rules/**/old", "rules/old/x.yml", true),
            ("rules/**/old", "rules/a/b/old/x.yml", true),
            ("**/x?.yml", "a/x1.yml", true),
            ("**/x?.yml", "a/x.yml", false),
            ("a*c*e", "abcde", true),
            ("a*c*e", "abcd", false),
            ("**", "a/b", true),
            ("Vendor", "vendor", false),
            (&"*".repeat(200), &"a".repeat(200), true),
            (&format!("{}b", "a*".repeat(100)), &"a".repeat(2000), false),
        ] {
            assert_eq!(Glob::new(pattern).expect(pattern).fits(path), expected, "{pattern} {path}");
        }
        for pattern in ["", ".", "/x", "../x", "a/../b", "!x", "C:/x", "a\\b"] {
            assert!(Glob::new(pattern).is_err(), "{pattern}");
        }
    }
}
