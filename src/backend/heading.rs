//! What is above a query: what the rule is called, how to find it again, and where the query reads.

use crate::rule::Meta;
pub(super) use crate::source::visible::is_hidden;

/// A line of comment.
///
/// Titles and whatever else is in it come from rules, which nobody need trust. It holds nothing that ends a comment in
/// any of the languages, and nothing that a reader does not see or that reorders what is seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment(String);

/// The longest comment, in characters.
pub(super) const CHARS: usize = 200;

impl Comment {
    /// The text on one line: every run of white space, control characters and direction marks is one space, a backtick
    /// is an apostrophe, and what is too long is cut. `None` when nothing remains.
    pub fn new(text: &str) -> Option<Self> {
        let blank = |char: char| char.is_whitespace() || is_hidden(char);
        let mut line = String::with_capacity(text.len());
        for word in text.split(blank).filter(|word| !word.is_empty()) {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        if line.contains('`') {
            line = line.replace('`', "'");
        }
        if line.len() > CHARS
            && let Some((end, _)) = line.char_indices().nth(CHARS - 1)
            && line.chars().count() > CHARS
        {
            line.truncate(end);
            line.truncate(line.trim_end().len());
            line.push('…');
        }
        (!line.is_empty()).then_some(Self(line))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What is known of the head of a query beside the rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heading {
    /// Whether there is none.
    pub bare: bool,
    /// The file that the rule is in.
    pub file: Option<String>,
}

impl Heading {
    /// With a file, by the name that findings give it; of one that is not below the working directory only the last part.
    pub(crate) fn set_file(&mut self, name: &str) {
        let outside = name.starts_with(['/', '\\']) || name.starts_with("..") || name.contains(':');
        let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
        self.file = Some(if outside { last } else { name }.to_owned());
    }

    /// The first lines: the title, and what finds the rule again.
    pub(super) fn about(&self, meta: &Meta) -> Vec<String> {
        if self.bare {
            return Vec::new();
        }
        let title = meta.title.as_ref().map(|title| title.value.clone());
        title.into_iter().chain(self.identity(meta)).collect()
    }

    /// Identifier, level, techniques and file, as far as there are any.
    fn identity(&self, meta: &Meta) -> Option<String> {
        let id = meta.id.as_ref().map(|id| id.value.clone());
        let level = meta.level.as_ref().map(|level| format!("level {}", level.value));
        let techniques: Vec<String> = meta.tags.iter().filter_map(|tag| technique(&tag.value)).collect();
        let techniques = (!techniques.is_empty()).then(|| format!("ATT&CK {}", techniques.join(" ")));
        let parts: Vec<String> = [id, level, techniques, self.file.clone()].into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

/// The technique of a tag such as `attack.t1098.003`.
fn technique(tag: &str) -> Option<String> {
    let number = tag.strip_prefix("attack.t")?;
    let plain = number.starts_with(|char: char| char.is_ascii_digit())
        && number.chars().all(|char| char.is_ascii_digit() || char == '.');
    plain.then(|| format!("T{number}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_its_comment() {
        for (text, expected) in [
            ("a\n| take 1", "a | take 1"),
            ("a\r\u{2028}\u{85}b", "a b"),
            ("``` | delete ```", "''' | delete '''"),
            ("a \u{202e}b\u{2066}c */ d", "a b c */ d"),
            ("\u{0}\u{1b}[31mred", "[31mred"),
            ("Müller's rule", "Müller's rule"),
        ] {
            let comment = Comment::new(text).expect("a comment");
            assert_eq!(comment.as_str(), expected);
            assert_eq!(Comment::new(expected), Some(comment), "read back");
        }
        assert_eq!(Comment::new(" \u{200b}\n"), None);
    }

    #[test]
    fn a_long_comment_is_cut_at_a_character() {
        for (text, end) in [("ä".repeat(200), "ä"), ("ä".repeat(201), "ä…"), ("x ".repeat(150), "x…")]
        {
            let comment = Comment::new(&text).expect("a comment");
            assert!(
                comment.as_str().chars().count() <= CHARS && comment.as_str().ends_with(end),
                "{comment:?}"
            );
            assert_eq!(Comment::new(comment.as_str()), Some(comment.clone()), "read back");
        }
    }

    #[test]
    fn a_file_outside_is_called_by_its_last_name() {
        for (name, expected) in [
            ("rules/a.yml", "rules/a.yml"),
            ("/srv/x/rules/a.yml", "a.yml"),
            ("../a.yml", "a.yml"),
            ("C:\\rules\\a.yml", "a.yml"),
        ] {
            let mut heading = Heading::default();
            heading.set_file(name);
            assert_eq!(heading.file.as_deref(), Some(expected));
        }
    }
}
