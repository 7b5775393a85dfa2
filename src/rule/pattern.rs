//! Sigma's string values: wildcards and their escapes.

/// A piece of a string value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Piece {
    /// Literal text.
    Text(String),
    /// `*`: any run of characters, also none, also newlines.
    Any,
    /// `?`: exactly one character.
    One,
}

/// Reads a value's text: `*` and `?` are wildcards; a backslash before `\`, `*` or `?` makes that character literal
/// and vanishes; any other backslash is itself. Adjacent text is merged, adjacent `*` are one.
pub fn pieces(text: &str) -> Vec<Piece> {
    let mut found: Vec<Piece> = Vec::new();
    let mut literal = String::new();
    let flush = |literal: &mut String, found: &mut Vec<Piece>| {
        if !literal.is_empty() {
            found.push(Piece::Text(std::mem::take(literal)));
        }
    };
    // Most of a text is plain, and is taken in one piece.
    let is_special = |byte: u8| matches!(byte, b'\\' | b'*' | b'?');
    let mut rest = text;
    while let Some((plain, special)) =
        rest.bytes().position(is_special).and_then(|at| rest.split_at_checked(at))
    {
        literal.push_str(plain);
        let mut chars = special.chars();
        match chars.next() {
            Some('\\') => {
                let mut after = chars.clone();
                match after.next() {
                    Some(next @ ('\\' | '*' | '?')) => {
                        literal.push(next);
                        chars = after;
                    }
                    _ => literal.push('\\'),
                }
            }
            Some('*') => {
                flush(&mut literal, &mut found);
                if found.last() != Some(&Piece::Any) {
                    found.push(Piece::Any);
                }
            }
            _ => {
                flush(&mut literal, &mut found);
                found.push(Piece::One);
            }
        }
        rest = chars.as_str();
    }
    literal.push_str(rest);
    flush(&mut literal, &mut found);
    found
}

/// The name in the first `%name%` of a text.
pub fn placeholder(text: &str) -> Option<&str> {
    parted(text).map(|(_, name, _)| name)
}

/// What is before the first `%name%` of a text, the name, and what is behind; `%` with a backslash before it
/// begins none.
pub fn parted(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some(open) = text.get(from..)?.find('%').map(|at| at + from) {
        let escaped = text.get(..open)?.ends_with('\\');
        let rest = text.get(open + 1..)?;
        if let (false, Some(close)) = (escaped, rest.find('%')) {
            let name = rest.get(..close)?;
            let word = |char: char| char.is_alphanumeric() || matches!(char, '_' | '-' | '.' | ' ');
            if !name.is_empty() && name.chars().all(word) {
                return Some((text.get(..open)?, name, rest.get(close + 1..)?));
            }
        }
        from = open + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(text: &str) -> String {
        pieces(text)
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => format!("<{text}>"),
                Piece::Any => "*".into(),
                Piece::One => "?".into(),
            })
            .collect()
    }

    #[test]
    fn escapes_read_left_to_right() {
        for (text, expected) in [
            ("a*b?c", "<a>*<b>?<c>"),
            (r"a\*b", "<a*b>"),
            (r"a\?b", "<a?b>"),
            (r"a\\b", r"<a\b>"),
            (r"a\b", r"<a\b>"),
            (r"a\\*b", r"<a\>*<b>"),
            (r"a\\\*b", r"<a\*b>"),
            (r"a\", r"<a\>"),
            ("**", "*"),
            ("", ""),
        ] {
            assert_eq!(show(text), expected, "{text}");
        }
    }
}
