//! Texts that an expression matches.

use regex_syntax::hir::{Class, ClassUnicodeRange, Hir, HirKind};

use super::{Engine, Portable};

impl Portable {
    /// A text in which the expression finds something, as far as its boundaries allow; `variant` chooses among its
    /// alternatives. `None` for an expression that is too large, or whose text would pass `longest` bytes.
    pub fn example(&self, variant: usize, longest: usize) -> Option<String> {
        let hir = regex_syntax::parse(&self.print(Engine::Rust)).ok()?;
        let mut text = String::new();
        example(&hir, variant, longest, &mut text).then_some(text)
    }
}

/// Appends a text that `hir` matches; `false` once it would pass `longest` bytes.
fn example(hir: &Hir, variant: usize, longest: usize, text: &mut String) -> bool {
    const PLAIN: [char; 8] = ['a', '1', 'A', '-', '.', '/', ' ', '_'];
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.push_str(&String::from_utf8_lossy(&literal.0)),
        HirKind::Class(Class::Unicode(class)) => {
            let has = |char: char| class.iter().any(|range| (range.start()..=range.end()).contains(&char));
            // Of a letter in any case, which is a class of two to four, the first one: a whole word is in one case then.
            let few = class.iter().map(ClassUnicodeRange::len).sum::<usize>() <= 4;
            let plain = PLAIN.into_iter().find(|char| !few && has(*char));
            let Some(char) = plain.or_else(|| class.iter().next().map(ClassUnicodeRange::start)) else {
                return false;
            };
            text.push(char);
        }
        HirKind::Class(Class::Bytes(_)) => return false,
        HirKind::Repetition(repetition) => {
            let some = repetition.max.is_none_or(|max| max > 0) && variant.is_multiple_of(2);
            for _ in 0..repetition.min.max(u32::from(some)) {
                if !example(&repetition.sub, variant, longest, text) {
                    return false;
                }
            }
        }
        HirKind::Capture(capture) => return example(&capture.sub, variant, longest, text),
        HirKind::Concat(parts) => {
            for part in parts {
                if !example(part, variant, longest, text) {
                    return false;
                }
            }
        }
        HirKind::Alternation(parts) => {
            let Some(part) = parts.get(variant % parts.len().max(1)) else { return false };
            return example(part, variant, longest, text);
        }
    }
    text.len() <= longest
}
