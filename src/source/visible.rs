//! Texts from outside as they may be shown: what a terminal, the runner of a workflow or a reader's eye would take for
//! something else is made visible.
//!
//! Rules, schemas, events, names of files and arguments come from anyone. Whatever of them is printed, put into a
//! report or into a comment goes through here.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Characters that a reader does not see, or that reorder what is seen: they are never written raw. All that Unicode says a
/// reader may leave out (`Default_Ignorable_Code_Point`) are among them, such as selectors of variants.
#[inline]
pub fn is_hidden(char: char) -> bool {
    // Nearly all of what is asked for is ASCII.
    if char.is_ascii() { char.is_ascii_control() } else { is_hidden_beyond(char) }
}

#[cold]
#[inline(never)]
fn is_hidden_beyond(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2800}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fdd0}'..='\u{fdef}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// A text on one line: control characters become their pictures, what nobody sees its code point, and white space that
/// looks like the usual blank is distinguished from it.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\n' | '\t' => shown.push(' '),
            char if char != ' ' && char.is_whitespace() => show(char, &mut shown),
            char if is_hidden(char) => show(char, &mut shown),
            char => shown.push(char),
        }
    }
    shown
}

/// Adds what stands for a character that is not written raw.
fn show(char: char, out: &mut String) {
    match char {
        '\u{7f}' => out.push('\u{2421}'),
        char if char < ' ' => out.push(char::from_u32(0x2400 + u32::from(char)).unwrap_or(' ')),
        char => {
            let _ = write!(out, "<U+{:04X}>", u32::from(char));
        }
    }
}

/// Lines for people. Ends of lines and tabs stay; no line is taken for a command by the runner of a workflow.
pub fn lines(text: &str) -> Cow<'_, str> {
    shown(text, true)
}

/// The same for a text whose lines may be commands of our own.
pub fn commands(text: &str) -> Cow<'_, str> {
    shown(text, false)
}

fn shown(text: &str, disarm: bool) -> Cow<'_, str> {
    if is_harmless(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for line in text.split_inclusive('\n') {
        let start = line.len() - line.trim_start().len();
        if disarm && is_command(line) {
            put(line.get(..start).unwrap_or_default(), &mut out);
            out.push('\\');
            put(line.get(start..).unwrap_or_default(), &mut out);
        } else {
            put(line, &mut out);
        }
    }
    Cow::Owned(out)
}

/// Whether there is nothing to look at, which nearly every text is: plain ASCII without what begins a command.
fn is_harmless(text: &str) -> bool {
    is_plain(text) && !text.contains("::")
}

fn is_plain(text: &str) -> bool {
    let plain = |byte: u8| matches!(byte, b' '..=b'~' | b'\n' | b'\t');
    text.bytes().all(plain) && !text.contains("##")
}

/// Whether the runner of a GitHub workflow takes a line for a command: it begins with `::` after white space.
fn is_command(line: &str) -> bool {
    line.trim_start_matches(|char: char| char.is_whitespace() || is_hidden(char)).starts_with("::")
}

/// Adds a line; what older runners and those of Azure and `TeamCity` obey anywhere in it (`##[`, `##vso[`,
/// `##teamcity[`) is parted.
fn put(line: &str, out: &mut String) {
    let mut rest = line.char_indices().peekable();
    while let Some((at, char)) = rest.next() {
        match char {
            '\n' | '\t' => out.push(char),
            '\r' if rest.peek().is_some_and(|(_, next)| *next == '\n') => out.push(char),
            '#' if is_marker(line.get(at..).unwrap_or_default()) => out.push_str("#\\"),
            char if is_hidden(char) => show(char, out),
            char => out.push(char),
        }
    }
}

/// Whether a text begins with `##`, letters and `[`.
fn is_marker(text: &str) -> bool {
    text.strip_prefix("##")
        .is_some_and(|rest| rest.trim_start_matches(|char: char| char.is_ascii_alphabetic()).starts_with('['))
}

/// Why a text cannot be given on as it is, to the byte: what in it a terminal or a runner obeys.
pub fn never_raw(text: &str) -> Option<String> {
    held(text, is_obeyed)
}

/// The same of a query, which holds nothing either that nobody sees.
pub fn never_in_query(text: &str) -> Option<String> {
    held(text, is_hidden)
}

/// Characters that a terminal obeys, or that reorder what is seen.
fn is_obeyed(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn held(text: &str, never: fn(char) -> bool) -> Option<String> {
    let end =
        |line: &str| line.strip_suffix("\r\n").or_else(|| line.strip_suffix('\n')).unwrap_or(line).len();
    if is_harmless(text) {
        return None;
    }
    text.split_inclusive('\n').find_map(|line| {
        let line = line.get(..end(line)).unwrap_or_default();
        if let Some(char) = line.chars().find(|char| never(*char) && *char != '\t') {
            return Some(format!("U+{:04X}", u32::from(char)));
        }
        let marked = line.match_indices("##").any(|(at, _)| is_marker(line.get(at..).unwrap_or_default()));
        (is_command(line) || marked).then(|| "a command of a workflow".to_owned())
    })
}

/// JSON that says the same and holds nothing hidden: inside its texts any character has an escape.
pub fn json(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let (mut written, mut at) = (0, 0);
    // Between texts JSON has ends of lines and nothing hidden.
    let may_escape = |byte: &u8| *byte == b'#' || !matches!(byte, b'\n' | b' '..=b'~');
    while let Some(found) = text.as_bytes().get(at..).and_then(|rest| rest.iter().position(may_escape)) {
        at += found;
        let rest = text.get(at..).unwrap_or_default();
        let Some(char) = rest.chars().next() else { break };
        let escapes = if char == '#' { is_marker(rest) } else { is_hidden(char) };
        if escapes {
            out.push_str(text.get(written..at).unwrap_or_default());
            for unit in char.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
            written = at + char.len_utf8();
        }
        at += char.len_utf8();
    }
    out.push_str(text.get(written..).unwrap_or_default());
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_unicode_says_may_be_left_out_is_hidden() {
        let ignorable = regex::Regex::new(r"\p{Default_Ignorable_Code_Point}").expect("a property");
        let mut buffer = [0; 4];
        let missing: Vec<char> = ('\0'..=char::MAX)
            .filter(|char| !is_hidden(*char) && ignorable.is_match(char.encode_utf8(&mut buffer)))
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn lines_hold_nothing_that_is_obeyed() {
        for (text, expected) in [
            ("a\nb\tc\r\n", "a\nb\tc\r\n"),
            ("a\rb", "a\u{240d}b"),
            ("\u{1b}[31m\u{7}\u{0}\u{7f}", "\u{241b}[31m\u{2407}\u{2400}\u{2421}"),
            ("\u{9b}5m \u{202e}x\u{200b}", "<U+009B>5m <U+202E>x<U+200B>"),
            ("x\n::error::y\n", "x\n\\::error::y\n"),
            ("  \t::error::y", "  \t\\::error::y"),
            ("\u{feff}::error::y", "\\<U+FEFF>::error::y"),
            ("\u{a0}\u{2003}::x", "\u{a0}\u{2003}\\::x"),
            ("a ::error::y", "a ::error::y"),
            ("a ##[add-mask]x ##vso[task] ##teamcity[x]", "a #\\#[add-mask]x #\\#vso[task] #\\#teamcity[x]"),
            ("### [x](y) ##x", "### [x](y) ##x"),
            ("###[x]", "##\\#[x]"),
            ("é 漢字", "é 漢字"),
        ] {
            assert_eq!(lines(text), expected);
            assert_eq!(lines(&lines(text)), lines(text), "a second time");
            assert!(never_raw(&lines(text)).is_none() || text.contains('\u{202e}'), "{text:?}");
        }
        assert_eq!(commands("::error::\u{202e}##[x]"), "::error::<U+202E>#\\#[x]");
    }

    #[test]
    fn only_what_is_harmless_is_given_on_to_the_byte() {
        for (text, exact) in [
            ("a | where x == \"é\"\r\n", true),
            ("\u{feff}title: \u{1f469}\u{200d}\u{1f4bb}\n", true),
            ("a\rb", false),
            ("\u{1b}", false),
            ("\u{202e}", false),
            (" ::x", false),
            ("x ##vso[y", false),
            ("x ##y", true),
        ] {
            assert_eq!(never_raw(text).is_none(), exact, "{text:?}");
        }
    }

    #[test]
    fn json_says_the_same() {
        let value = serde_json::json!({"\u{202e}a": "\u{9b}::x ##[y] \u{e0001}\u{7f}\n\u{200b}é"});
        let text = format!("{value:#}");
        let shown = json(&text);
        assert!(
            !shown.chars().any(|char| char != '\n' && is_hidden(char)) && !shown.contains("##["),
            "{shown}"
        );
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).expect("JSON"), value);
    }
}
