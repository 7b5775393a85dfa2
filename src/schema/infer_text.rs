//! What texts look like, and how a schema writes them.

use super::Format;
use super::format::is_domain;

/// What every text of a field looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    Timestamp,
    Ip,
    Guid,
    Arn,
    Email,
    Url,
    Other,
}

impl Look {
    /// What one text looks like.
    pub(super) fn of(text: &str) -> Self {
        let all = [Self::Timestamp, Self::Ip, Self::Guid, Self::Arn, Self::Email, Self::Url];
        all.into_iter().find(|look| look.fits(text)).unwrap_or(Self::Other)
    }

    /// What these texts and another one look like.
    pub(super) fn and(self, text: &str) -> Self {
        if self.fits(text) { self } else { Self::Other }
    }

    fn fits(self, text: &str) -> bool {
        match self {
            Self::Timestamp => crate::time::instant(text).is_some(),
            Self::Ip => text.parse::<std::net::IpAddr>().is_ok(),
            Self::Guid => Format::Guid.fits(text),
            Self::Arn => Format::Arn.fits(text),
            // A name without a dot in its domain may be one of a host, and other schemes are rare.
            Self::Email => Format::Email.fits(text) && text.rsplit('@').next().is_some_and(is_domain),
            Self::Url => {
                Format::Url.fits(text) && (text.starts_with("https://") || text.starts_with("http://"))
            }
            Self::Other => false,
        }
    }

    /// The type, where it is one of its own.
    pub(super) fn ty(self) -> Option<&'static str> {
        match self {
            Self::Timestamp => Some("timestamp"),
            Self::Ip => Some("ip"),
            _ => None,
        }
    }

    /// The format of a string.
    pub(super) fn format(self) -> Option<&'static str> {
        match self {
            Self::Guid => Some("guid"),
            Self::Arn => Some("arn"),
            Self::Email => Some("email"),
            Self::Url => Some("url"),
            _ => None,
        }
    }
}

/// Words that YAML reads as something else than text.
const WORDS: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];

/// A text as YAML: as it is where nothing can mistake it, else in double quotes.
pub(super) fn quoted(text: &str) -> String {
    let mut chars = text.chars();
    let simple = chars.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && chars.all(|char| char.is_ascii_alphanumeric() || matches!(char, '_' | '.' | '-' | '/'))
        && !WORDS.contains(&text.to_ascii_lowercase().as_str());
    if simple {
        return text.to_owned();
    }
    let mut found = String::from("\"");
    for char in text.chars() {
        match char {
            '"' => found.push_str("\\\""),
            '\\' => found.push_str("\\\\"),
            // What YAML counts as a line break, or may not be in it at all.
            char if char.is_control()
                || matches!(char, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}') =>
            {
                found.push_str(&format!("\\U{:08x}", u32::from(char)));
            }
            char => found.push(char),
        }
    }
    found.push('"');
    found
}

/// The words in a name such as `eventType`: `event type`.
pub(super) fn plain(name: &str) -> String {
    let mut words = String::new();
    let mut before = ' ';
    for char in name.chars() {
        if char.is_uppercase() && (before.is_lowercase() || before.is_ascii_digit()) {
            words.push(' ');
        }
        words.extend(if matches!(char, '_' | '-' | '.') { vec![' '] } else { char.to_lowercase().collect() });
        before = char;
    }
    let words = words.trim().to_owned();
    if words.is_empty() { "value".to_owned() } else { words }
}
