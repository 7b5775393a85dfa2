//! Texts that others wrote, in Markdown: as code alone, in which nothing is markup.

use super::visible;

/// A text as code within a line, whatever backticks it has. Nothing in it is a link, a mention or markup.
pub fn code_span(text: &str) -> String {
    let text = visible(text);
    let fence = "`".repeat(longest_run(&text) + 1);
    // A blank on each side is taken away by the reader; it keeps backticks and blanks at the ends.
    let at_end = |char: char| char == '`' || char == ' ';
    if text.trim().is_empty() {
        return String::new();
    }
    if text.starts_with(at_end) || text.ends_with(at_end) {
        format!("{fence} {text} {fence}")
    } else {
        format!("{fence}{text}{fence}")
    }
}

/// Lines of code in a language, whatever backticks they have.
pub fn code_block(text: &str, language: &str) -> String {
    let fence = "`".repeat((longest_run(text) + 1).max(3));
    format!("{fence}{language}\n{}\n{fence}\n", text.trim_end_matches('\n'))
}

fn longest_run(text: &str) -> usize {
    text.split(|char| char != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_its_code() {
        for (text, expected) in [
            ("a", "`a`"),
            ("@team #1 <b>", "`@team #1 <b>`"),
            ("a`b", "``a`b``"),
            ("``", "``` `` ```"),
            (" a", "`  a `"),
            ("a\n# b", "`a # b`"),
            ("", ""),
        ] {
            assert_eq!(code_span(text), expected, "{text}");
        }
        assert_eq!(code_block("a", "json"), "```json\na\n```\n");
        assert_eq!(code_block("```\nb\n", ""), "````\n```\nb\n````\n");
    }
}
