//! Markup in which nothing that comes from outside is more than text: names of elements and attributes are words of
//! this program, and every value goes through one escape.

use crate::source::markup::escape;

/// Markup that is being written.
#[derive(Debug, Default)]
pub(super) struct Html(String);

/// Attributes of an element, in order.
pub(super) type Attributes<'a> = &'a [(&'static str, &'a str)];

impl Html {
    /// Begins an element.
    pub(super) fn open(&mut self, name: &'static str, attributes: Attributes<'_>) -> &mut Self {
        self.0.push('<');
        self.0.push_str(name);
        for (attribute, value) in attributes {
            self.0.push(' ');
            self.0.push_str(attribute);
            if !value.is_empty() {
                self.0.push_str("=\"");
                self.0.push_str(&escape(value));
                self.0.push('"');
            }
        }
        self.0.push('>');
        self
    }

    /// Ends an element.
    pub(super) fn close(&mut self, name: &'static str) -> &mut Self {
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push('>');
        self
    }

    /// Ends an element whose end is also that of a line of the file.
    pub(super) fn end(&mut self, name: &'static str) -> &mut Self {
        self.close(name);
        self.0.push('\n');
        self
    }

    /// A text.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.0.push_str(&escape(text));
        self
    }

    /// An element with a text alone.
    pub(super) fn element(
        &mut self,
        name: &'static str,
        attributes: Attributes<'_>,
        text: &str,
    ) -> &mut Self {
        self.open(name, attributes).text(text).close(name)
    }

    /// Markup of our own.
    pub(super) fn own(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// A text whose parts between backticks are code.
    pub(super) fn prose(&mut self, text: &str) -> &mut Self {
        let count = text.matches('`').count();
        for (at, part) in text.split('`').enumerate() {
            match (at % 2, at == count) {
                // A backtick that nothing closes is one.
                (1, true) => self.text("`").text(part),
                (1, false) => self.element("code", &[], part),
                _ => self.text(part),
            };
        }
        self
    }

    /// A link to a page of the web; a text where the address is none of HTTP.
    pub(super) fn link(&mut self, address: &str, text: &str) -> &mut Self {
        if is_web(address) {
            self.element("a", &[("href", address), ("rel", "noopener noreferrer")], text)
        } else {
            self.text(text)
        }
    }

    /// What was written.
    pub(super) fn finish(self) -> String {
        self.0
    }
}

/// Whether an address is one that a browser asks a server for. White space and control characters, which browsers drop
/// or move, are in none.
fn is_web(address: &str) -> bool {
    let lower = address.get(..8).unwrap_or(address).to_ascii_lowercase();
    (lower.starts_with("https://") || lower.starts_with("http://"))
        && !address.contains(|char: char| char.is_whitespace() || crate::source::visible::is_hidden(char))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(write: impl FnOnce(&mut Html) -> &mut Html) -> String {
        let mut html = Html::default();
        write(&mut html);
        html.finish()
    }

    #[test]
    fn no_value_leaves_its_place() {
        let hostile = "</script><img src=x onerror=alert(1)>\" onload=\"x\u{202e}";
        let text = "&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&quot; onload=&quot;x&lt;U+202E&gt;";
        assert_eq!(html(|page| page.text(hostile)), text);
        assert_eq!(
            html(|page| page.element("a", &[("title", hostile), ("hidden", "")], "x")),
            format!("<a title=\"{text}\" hidden>x</a>")
        );
    }

    #[test]
    fn links_lead_to_the_web_alone() {
        for (address, leads) in [
            ("https://example.org/a?b=c&d", true),
            ("HTTP://example.org", true),
            ("javascript:alert(1)", false),
            ("java\nscript:alert(1)", false),
            (" https://example.org", false),
            ("https://example.org/\u{202e}x", false),
            ("data:text/html,x", false),
            ("//example.org", false),
            ("/etc/passwd", false),
            ("", false),
        ] {
            assert_eq!(html(|page| page.link(address, "x")).contains("href"), leads, "{address}");
        }
    }

    #[test]
    fn code_stands_between_backticks() {
        assert_eq!(
            html(|page| page.prose("run `a <b>` and `c` or ` d")),
            "run <code>a &lt;b&gt;</code> and <code>c</code> or ` d"
        );
    }
}
