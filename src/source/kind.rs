//! What kind of file a text is, by its first words: for messages where another kind was expected.

/// A kind of file that somebody may give where another is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A Sigma document.
    Rule,
    /// The tests beside a rule.
    Tests,
    /// A processing pipeline.
    Pipeline,
    /// The schema of a log.
    Schema,
    /// `sigmata.toml`, or other TOML.
    Settings,
    /// A baseline.
    Baseline,
    /// JSON: most likely events.
    Json,
}

/// The keys by which YAML is known; the first kind of which a key is there is the one.
const KEYS: [(FileKind, &[&str]); 4] = [
    (FileKind::Schema, &["sigmata-schema"]),
    (FileKind::Rule, &["detection", "logsource", "correlation", "filter"]),
    (FileKind::Pipeline, &["transformations", "postprocessing", "finalizers"]),
    (FileKind::Tests, &["match", "no_match", "sequence"]),
];

impl FileKind {
    /// How many bytes of a text are looked at.
    pub const LOOK: usize = 1 << 16;

    /// The kind of a text; `None` where nothing says what it is.
    pub fn of(text: &str) -> Option<Self> {
        let end = (0..=Self::LOOK.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
        let text = text.get(..end)?.trim_start_matches('\u{feff}').trim_start();
        let in_list = text.strip_prefix('[').map(str::trim_start);
        let is_value = |char: char| "{\"]".contains(char) || char.is_ascii_digit();
        if text.starts_with('{') || in_list.is_some_and(|list| list.starts_with(is_value)) {
            let baseline = text.contains("\"version\"") && text.contains("\"findings\"");
            return Some(if baseline { Self::Baseline } else { Self::Json });
        }
        let mut lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
        let first = lines.find(|line| !line.starts_with(['%', '-']))?;
        if is_header(first) || key(first, '=').is_some() {
            return Some(Self::Settings);
        }
        // Prose can show a rule.
        key(first, ':')?;
        let keys: Vec<&str> = text.lines().filter_map(|line| key(line, ':')).collect();
        let known = KEYS.iter().find(|(_, names)| names.iter().any(|name| keys.contains(name)));
        known.map(|(kind, _)| *kind)
    }

    /// What a file of the kind holds.
    pub const fn holds(self) -> &'static str {
        match self {
            Self::Rule => "a Sigma rule",
            Self::Tests => "tests of a rule",
            Self::Pipeline => "a processing pipeline",
            Self::Schema => "the schema of a log",
            Self::Settings => "settings",
            Self::Baseline => "a baseline",
            Self::Json => "JSON, such as events",
        }
    }

    /// How a file of the kind is given to a command.
    pub const fn goes_to(self) -> &'static str {
        match self {
            Self::Rule => "rules are named without a flag",
            Self::Tests => "name the rule beside it; `sigmata test` runs its tests",
            Self::Pipeline => "pipelines go to `--pipeline`",
            Self::Schema => "schemas are named by `schemas` in `sigmata.toml`",
            Self::Settings => "settings go to `--config`",
            Self::Baseline => "baselines go to `check --baseline`",
            Self::Json => "events go to `eval --events`",
        }
    }
}

/// The key with which a line begins, at its left end.
fn key(line: &str, mark: char) -> Option<&str> {
    let (key, _) = line.split_once(mark)?;
    let key = key.trim_end();
    let plain = |char: char| char.is_ascii_alphanumeric() || "_-.".contains(char);
    (!key.is_empty() && key.chars().all(plain)).then_some(key)
}

/// Whether a line is the header of a table of TOML.
fn is_header(line: &str) -> bool {
    let inner = line.trim_end().strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    inner.is_some_and(|inner| {
        inner.starts_with(|char: char| char.is_ascii_alphabetic() || char == '[') && !inner.contains(',')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_known_by_its_first_words() {
        for (text, expected) in [
            ("title: x\nlogsource: {product: aws}\n", Some(FileKind::Rule)),
            ("\u{feff}# a comment\ntitle: x\ncorrelation:\n", Some(FileKind::Rule)),
            ("match:\n  - name: a\n", Some(FileKind::Tests)),
            ("name: x\ntransformations:\n  - type: nest\n", Some(FileKind::Pipeline)),
            ("sigmata-schema: 2\nname: a/b\n", Some(FileKind::Schema)),
            ("# mine\nfail-on = \"error\"\n", Some(FileKind::Settings)),
            ("[lints]\nS0433 = \"allow\"\n", Some(FileKind::Settings)),
            ("[[override]]\npaths = []\n", Some(FileKind::Settings)),
            ("{\"version\": 1,\n \"findings\": []}", Some(FileKind::Baseline)),
            ("{\"a\": 1}\n{\"a\": 2}", Some(FileKind::Json)),
            ("[\n{}]", Some(FileKind::Json)),
            ("[1]", Some(FileKind::Json)),
            ("a,b\n1,2\n", None),
            ("some text with = in it", None),
            ("# Rules\n\nA rule is:\n\n```yaml\ntitle: x\ndetection:\n```\n", None),
            ("---\ntitle: x\ndetection:\n", Some(FileKind::Rule)),
            ("- a\n- b", None),
            ("", None),
        ] {
            assert_eq!(FileKind::of(text), expected, "{text}");
        }
    }
}
