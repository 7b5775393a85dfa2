//! Most JSON texts as nodes, in one pass.
//!
//! What is read here is read as `serde_json` reads it, and whatever is not plain is left to it: a text that is not valid JSON,
//! deep nesting, a key of its own making. So its parser stays the meaning of a text and gives every error, and this is
//! what makes reading a third of its work.

use std::borrow::Cow;

use super::node::{Node, What, close};

/// Deeper values are left to the complete parser, whose own limit is twice this.
const DEEPEST: usize = 64;

/// With this begins the key by which `serde_json` hands over numbers.
const RESERVED: &str = "$";

/// Reads the object or array with which a text begins, to the end of an empty list; its length.
/// `None` where the text is for the complete parser; what is in the list then has no meaning.
pub(super) fn read<'a>(text: &'a str, nodes: &mut Vec<Node<'a>>) -> Option<usize> {
    let mut quick = Quick { text, at: 0, nodes };
    match quick.next()? {
        b'{' | b'[' => quick.value(Cow::Borrowed(""), DEEPEST)?,
        _ => return None,
    }
    Some(quick.at)
}

struct Quick<'t, 'a> {
    text: &'a str,
    at: usize,
    nodes: &'t mut Vec<Node<'a>>,
}

impl<'a> Quick<'_, 'a> {
    /// The next byte that is not white space.
    #[inline]
    fn next(&mut self) -> Option<u8> {
        loop {
            match *self.text.as_bytes().get(self.at)? {
                // Most texts have none.
                byte @ 0x21.. => return Some(byte),
                b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                _ => return None,
            }
        }
    }

    /// Passes over a byte that must be next.
    fn pass(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then(|| self.at += 1)
    }

    /// Reads the value that is next.
    fn value(&mut self, key: Cow<'a, str>, depth: usize) -> Option<()> {
        let what = match self.next()? {
            b'"' => What::Text(self.string()?),
            b'{' => return self.object(key, depth.checked_sub(1)?),
            b'[' => return self.array(key, depth.checked_sub(1)?),
            b't' => self.word("true", What::Bool(true))?,
            b'f' => self.word("false", What::Bool(false))?,
            b'n' => self.word("null", What::Null)?,
            _ => What::Number(self.number()?),
        };
        self.nodes.push(Node::new(key, what));
        Some(())
    }

    fn object(&mut self, key: Cow<'a, str>, depth: usize) -> Option<()> {
        let at = self.begin(key, What::Object);
        if self.next()? == b'}' {
            self.at += 1;
            return Some(());
        }
        loop {
            if self.next()? != b'"' {
                return None;
            }
            let key = self.string()?;
            if key.starts_with(RESERVED) {
                return None;
            }
            self.pass(b':')?;
            self.value(key, depth)?;
            if !self.more(b'}')? {
                break;
            }
        }
        close(self.nodes, at);
        Some(())
    }

    fn array(&mut self, key: Cow<'a, str>, depth: usize) -> Option<()> {
        let at = self.begin(key, What::Array);
        if self.next()? == b']' {
            self.at += 1;
            return Some(());
        }
        loop {
            self.value(Cow::Borrowed(""), depth)?;
            if !self.more(b']')? {
                break;
            }
        }
        close(self.nodes, at);
        Some(())
    }

    /// Passes over the bracket that is next; the place of its node.
    fn begin(&mut self, key: Cow<'a, str>, what: What<'a>) -> usize {
        self.at += 1;
        self.nodes.push(Node::new(key, what));
        self.nodes.len() - 1
    }

    /// Whether a comma is next, and another value after it, rather than the end.
    fn more(&mut self, end: u8) -> Option<bool> {
        let next = self.next()?;
        self.at += 1;
        match next {
            b',' => Some(true),
            _ => (next == end).then_some(false),
        }
    }

    fn word(&mut self, word: &str, what: What<'a>) -> Option<What<'a>> {
        let found = self.text.as_bytes().get(self.at..)?.starts_with(word.as_bytes());
        self.at += word.len();
        found.then_some(what)
    }

    fn number(&mut self) -> Option<Cow<'a, str>> {
        let rest = self.text.get(self.at..)?;
        let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
        let length = rest.bytes().take_while(is_part).count();
        let number = rest.get(..length)?;
        self.at += length;
        let whole =
            number.bytes().all(|byte| byte.is_ascii_digit()) && (length == 1 || !number.starts_with('0'));
        if whole && length > 0 {
            return Some(Cow::Borrowed(number));
        }
        let number: serde_json::Number = number.parse().ok()?;
        Some(Cow::Owned(number.as_str().to_owned()))
    }

    /// Reads the string whose quote is next.
    #[inline]
    fn string(&mut self) -> Option<Cow<'a, str>> {
        let rest = self.text.get(self.at + 1..)?;
        let length = plain(rest.as_bytes());
        if rest.as_bytes().get(length) == Some(&b'"') {
            self.at += length + 2;
            rest.get(..length).map(Cow::Borrowed)
        } else {
            self.escaped(self.at + 1 + length)
        }
    }

    /// Reads the string whose quote is next; `end` is where its plain beginning ends.
    #[cold]
    fn escaped(&mut self, mut end: usize) -> Option<Cow<'a, str>> {
        let (bytes, start) = (self.text.as_bytes(), self.at);
        loop {
            match bytes.get(end)? {
                b'"' => break,
                b'\\' => end += 2,
                _ => return None,
            }
            end += plain(bytes.get(end..)?);
        }
        self.at = end + 1;
        serde_json::from_str(self.text.get(start..self.at)?).ok().map(Cow::Owned)
    }
}

/// How many bytes there are before a quote, a backslash or a control character: eight are looked at as one number.
#[inline(never)]
fn plain(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 0xff;
    let mut rest = bytes;
    while let Some((word, after)) = rest.split_first_chunk::<8>() {
        let word = u64::from_le_bytes(*word);
        // Of the bytes that are less than what is taken from them the lowest has its highest bit set.
        let quote = (word ^ (ONES * 0x22)).wrapping_sub(ONES);
        let slash = (word ^ (ONES * 0x5c)).wrapping_sub(ONES);
        let control = word.wrapping_sub(ONES * 0x20);
        let ends = (quote | slash | control) & !word & (ONES * 0x80);
        if ends != 0 {
            return bytes.len() - rest.len() + ends.trailing_zeros() as usize / 8;
        }
        rest = after;
    }
    let is_plain = |byte: &&u8| !matches!(byte, b'"' | b'\\' | 0..0x20);
    bytes.len() - rest.len() + rest.iter().take_while(is_plain).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn plain_bytes_are_counted_as_one_by_one(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
            prop_assert_eq!(plain(&bytes), bytes.iter().position(special).unwrap_or(bytes.len()));
        }
    }
}
