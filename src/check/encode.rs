//! The modifiers that encode a value.

use crate::rule::modifier::Modifier;

/// The dashes that `windash` exchanges.
pub(super) const DASHES: [char; 5] = ['-', '/', '\u{2013}', '\u{2014}', '\u{2015}'];

/// The most spellings that `windash` may give a value.
pub(super) const MAX_SPELLINGS: usize = 5 * 5 * 5 * 5;

/// Every spelling of `text` with each of its dashes exchanged, the one as written first.
/// `None` when they are more than [`MAX_SPELLINGS`].
pub(super) fn windash(text: &str) -> Option<Vec<String>> {
    let mut found = vec![String::new()];
    for char in text.chars() {
        if !DASHES.contains(&char) {
            for spelling in &mut found {
                spelling.push(char);
            }
            continue;
        }
        if found.len() * DASHES.len() > MAX_SPELLINGS {
            return None;
        }
        let others = DASHES.iter().filter(|&&dash| dash != char);
        found = std::iter::once(&char)
            .chain(others)
            .flat_map(|&dash| {
                found.iter().map(move |spelling| {
                    let mut spelling = spelling.clone();
                    spelling.push(dash);
                    spelling
                })
            })
            .collect();
    }
    Some(found)
}

/// The bytes that an encoder makes of each of `values`; `base64offset` gives three for one.
/// A value too short to leave a trace at some offset gives an empty one there.
pub(super) fn encode(modifier: Modifier, values: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    match modifier {
        Modifier::Base64 => values.iter().map(|value| base64(value)).collect(),
        Modifier::Base64Offset => {
            values.iter().flat_map(|value| (0..3).map(move |offset| shifted(value, offset))).collect()
        }
        Modifier::Utf16Le => utf16(&values, u16::to_le_bytes, &[]),
        Modifier::Utf16Be => utf16(&values, u16::to_be_bytes, &[]),
        Modifier::Utf16 => utf16(&values, u16::to_le_bytes, &[0xFF, 0xFE]),
        _ => values,
    }
}

/// UTF-16 of each value that is text; others have been encoded already and stay as they are.
fn utf16(values: &[Vec<u8>], bytes: fn(u16) -> [u8; 2], mark: &[u8]) -> Vec<Vec<u8>> {
    let one = |value: &Vec<u8>| match std::str::from_utf8(value) {
        Ok(text) => mark.iter().copied().chain(text.encode_utf16().flat_map(bytes)).collect(),
        Err(_) => value.clone(),
    };
    values.iter().map(one).collect()
}

fn base64(value: &[u8]) -> Vec<u8> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut found = Vec::with_capacity(value.len().div_ceil(3) * 4);
    for chunk in value.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4u32 {
            let index = (bits >> (18 - 6 * at)) & 63;
            let used = at as usize <= chunk.len();
            found.push(if used { ALPHABET.get(index as usize).copied().unwrap_or(b'=') } else { b'=' });
        }
    }
    found
}

/// The letters of the base64 of a longer text that depend on `value` alone when it is `offset` bytes (modulo
/// three) into the text.
fn shifted(value: &[u8], offset: usize) -> Vec<u8> {
    let mut padded = vec![b' '; offset];
    padded.extend_from_slice(value);
    let encoded = base64(&padded);
    // The letters that also hold bits of what is before the value.
    let skip = [0, 2, 3].get(offset).copied().unwrap_or(0);
    // The letters, padding included, that also hold bits of what follows it.
    let drop = match padded.len() % 3 {
        0 => 0,
        1 => 3,
        _ => 2,
    };
    encoded.get(skip..encoded.len().saturating_sub(drop)).unwrap_or_default().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(modifiers: &[Modifier], text: &str, expected: &[&str]) {
        let found = modifiers
            .iter()
            .fold(vec![text.as_bytes().to_vec()], |values, &modifier| encode(modifier, values));
        let found: Vec<_> = found.iter().map(|value| String::from_utf8_lossy(value).into_owned()).collect();
        assert_eq!(found, expected, "{modifiers:?} {text}");
    }

    #[test]
    fn encoders_give_the_published_values() {
        check(&[Modifier::Base64], "", &[""]);
        check(&[Modifier::Base64], "f", &["Zg=="]);
        check(&[Modifier::Base64], "foobar", &["Zm9vYmFy"]);
        check(&[Modifier::Base64Offset], "foobar", &["Zm9vYmFy", "Zvb2Jhc", "mb29iYX"]);
        check(&[Modifier::Base64Offset], "http://", &["aHR0cDovL", "h0dHA6Ly", "odHRwOi8v"]);
        check(&[Modifier::Base64Offset], "a", &["Y", "", "h"]);
        check(&[Modifier::Utf16Le], "ab", &["a\0b\0"]);
        check(&[Modifier::Utf16Be], "ab", &["\0a\0b"]);
        check(&[Modifier::Utf16, Modifier::Base64], "a", &["//5hAA=="]);
        check(&[Modifier::Utf16Le, Modifier::Base64Offset], "ab", &["YQBiA", "EAYg", "hAGIA"]);
    }

    #[test]
    fn offsets_are_found_at_every_place() {
        let value = b"Create";
        for before in 0..7 {
            for after in 0..4 {
                let mut text = vec![b'x'; before];
                text.extend_from_slice(value);
                text.extend(std::iter::repeat_n(b'\xFF', after));
                let whole = base64(&text);
                let part = shifted(value, before % 3);
                assert!(whole.windows(part.len()).any(|window| window == part), "{before} {after}");
            }
        }
    }

    #[test]
    fn windash_gives_every_spelling_once() {
        assert_eq!(windash("a").as_deref(), Some(&["a".to_owned()][..]));
        assert_eq!(windash("-a").map(|found| found.join(" ")).as_deref(), Some("-a /a –a —a ―a"));
        assert_eq!(windash("-a /b").map(|found| found.len()), Some(25));
        assert_eq!(windash("-----"), None);
    }
}
