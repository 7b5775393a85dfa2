//! Texts from outside in XML and HTML: the one place that knows how they are escaped.

use super::visible::{is_hidden, visible};

/// A text as the content of an element, or of an attribute between double quotes. What nobody sees, and what XML 1.0
/// cannot hold, is made visible.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(char),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            char if is_hidden(char) => {
                let shown = visible(char.encode_utf8(&mut [0; 4]));
                out.push_str(&shown.replace('<', "&lt;").replace('>', "&gt;"));
            }
            char => out.push(char),
        }
    }
    out
}
