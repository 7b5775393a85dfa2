//! Tests of texts, prepared once.

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use regex::Regex;
use rustc_hash::FxHashSet;

use super::Fault;
use crate::ir::pattern::{self, Engine, Portable};
use crate::ir::{self, TextPattern};
use crate::text::{Matcher, crosses, folded};

/// Alternatives of which a text must satisfy one.
#[derive(Debug, Default)]
pub(super) struct Texts {
    /// Whole texts, exactly.
    cased: FxHashSet<Box<str>>,
    /// Whole texts of ASCII.
    ascii: AsciiSet,
    /// Whole texts with other characters, folded.
    folded: FxHashSet<String>,
    /// Many parts of ASCII, found in one pass.
    parts: Option<AhoCorasick>,
    patterns: Vec<TextTest>,
}

/// From so many parts of ASCII on, one pass for all is faster than one for each.
const MANY_PARTS: usize = 3;

/// The same for a test that is asked of a few texts only, so that making it ready counts for more.
const MANY_PARTS_FOR_FEW: usize = 48;

impl Texts {
    pub(super) fn new(texts: &[ir::Text]) -> Result<Self, Fault> {
        Self::with(texts, MANY_PARTS)
    }

    /// The same test, sooner ready and slower to answer.
    pub(super) fn for_few(texts: &[ir::Text]) -> Result<Self, Fault> {
        Self::with(texts, MANY_PARTS_FOR_FEW)
    }

    fn with(texts: &[ir::Text], many_parts: usize) -> Result<Self, Fault> {
        let mut set = Self::default();
        let mut ascii = Vec::new();
        let is_part = |text: &&ir::Text| {
            !text.cased && matches!(&text.shape, TextPattern::Contains(value) if value.is_ascii())
        };
        let parts: Vec<&ir::Text> = texts.iter().filter(is_part).collect();
        let at_once = parts.len() >= many_parts;
        if at_once {
            set.parts = Some(all_parts(&parts)?);
        }
        for text in texts {
            match &text.shape {
                _ if at_once && is_part(&text) => {}
                TextPattern::Equals(value) if text.cased => {
                    set.cased.insert(value.as_str().into());
                }
                TextPattern::Equals(value) if value.is_ascii() => ascii.push(value.as_str()),
                TextPattern::Equals(value) if !value.contains(crosses) => {
                    set.folded.insert(folded(value));
                }
                _ => set.patterns.push(TextTest::new(text)?),
            }
        }
        set.ascii = AsciiSet::new(&ascii);
        Ok(set)
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        self.ascii.contains(text)
            || (!self.cased.is_empty() && self.cased.contains(text))
            || (!self.folded.is_empty() && !text.is_ascii() && self.folded.contains(&folded(text)))
            || self.parts.as_ref().is_some_and(|parts| parts.is_match(text))
            || self.patterns.iter().any(|pattern| pattern.matches(text))
    }
}

fn all_parts(parts: &[&ir::Text]) -> Result<AhoCorasick, Fault> {
    let values = parts.iter().filter_map(|text| match &text.shape {
        TextPattern::Contains(value) => Some(value),
        _ => None,
    });
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .kind(Some(AhoCorasickKind::ContiguousNFA))
        .build(values)
        .map_err(|_| Fault {
            span: parts.first().map(|text| text.span).unwrap_or_default(),
            reason: "the list is too large to be evaluated".to_owned(),
        })
}

/// Whole texts of ASCII, of which letters match in either case. A lookup needs no allocation and, for many values,
/// constant time.
#[derive(Debug, Default)]
enum AsciiSet {
    #[default]
    Empty,
    Few(Box<[Box<str>]>),
    Many {
        lowered: FxHashSet<Box<[u8]>>,
        longest: usize,
    },
}

/// Up to so many values a scan is faster than a hash.
const FEW: usize = 6;

/// Values past this length are compared one by one, so that a lookup can lower a text on the stack.
const STACK: usize = 256;

impl AsciiSet {
    fn new(values: &[&str]) -> Self {
        let longest = values.iter().map(|value| value.len()).max().unwrap_or(0);
        match values.len() {
            0 => Self::Empty,
            1..=FEW => Self::Few(values.iter().map(|value| (*value).into()).collect()),
            _ => Self::Many {
                lowered: values.iter().map(|value| value.to_ascii_lowercase().into_bytes().into()).collect(),
                longest,
            },
        }
    }

    fn contains(&self, text: &str) -> bool {
        match self {
            Self::Empty => false,
            Self::Few(values) => values.iter().any(|value| value.eq_ignore_ascii_case(text)),
            Self::Many { longest, .. } if text.len() > *longest => false,
            Self::Many { lowered, .. } => {
                let mut buffer = [0; STACK];
                match buffer.get_mut(..text.len()) {
                    Some(buffer) => {
                        buffer.copy_from_slice(text.as_bytes());
                        buffer.make_ascii_lowercase();
                        lowered.contains(&*buffer)
                    }
                    None => lowered.contains(text.to_ascii_lowercase().as_bytes()),
                }
            }
        }
    }
}

/// Any other test of a text. Time is linear in the text, but for short parts with `?` after a `*`.
#[derive(Debug)]
enum TextTest {
    Plain(Matcher),
    Regex(Box<Regex>),
}

/// The longest part between two `*` that may have a `?`, in characters.
const MAX_TRIED: usize = 1024;

impl TextTest {
    fn new(text: &ir::Text) -> Result<Self, Fault> {
        // Folding is not an equivalence between such a character and the ASCII letter, so that only an automaton finds it
        // in linear time.
        if !text.cased && text.shape.literals().any(|value| value.contains(crosses)) {
            let expression = pattern::shape(&text.shape, text.cased, Engine::Rust, |_| false);
            return Ok(Self::Regex(Box::new(compile(&expression, text.span)?)));
        }
        let matcher = Matcher::new(&text.shape, text.cased);
        if matcher.longest_tried() > MAX_TRIED {
            let reason = format!("a part with `?` between two `*` is longer than {MAX_TRIED} characters");
            return Err(Fault { span: text.span, reason });
        }
        Ok(Self::Plain(matcher))
    }

    fn matches(&self, text: &str) -> bool {
        match self {
            Self::Plain(matcher) => matcher.matches(text),
            Self::Regex(regex) => regex.is_match(text),
        }
    }
}

/// The most memory that one compiled expression may take, in bytes.
const MAX_REGEX_BYTES: usize = 10 << 20;

/// Compiles a rule's regular expression: searched, unanchored; `\d \s \w \b` are read as ASCII and `$` is the end of
/// the text unless `m`; with `i`, letters fold as the `regex` crate does it in Unicode mode.
/// An expression outside the portable subset is read in the crate's own syntax.
pub(super) fn regex(regex: &ir::Regex) -> Result<Regex, Fault> {
    let expression = if let Ok(portable) = Portable::parse(regex) {
        portable.print(Engine::Rust)
    } else {
        let flags: String = [('i', regex.ignore_case), ('m', regex.multi_line), ('s', regex.dot_all)]
            .iter()
            .filter_map(|(flag, on)| on.then_some(*flag))
            .collect();
        let flags = if flags.is_empty() { flags } else { format!("(?{flags})") };
        flags + &regex.pattern
    };
    compile(&ascii_classes(&expression), regex.span)
}

fn compile(expression: &str, span: crate::source::Span) -> Result<Regex, Fault> {
    regex::RegexBuilder::new(expression).size_limit(MAX_REGEX_BYTES).build().map_err(|error| {
        let reason = match error {
            regex::Error::CompiledTooBig(_) => "the expression is too large to be evaluated".to_owned(),
            // The last line of a syntax error is its reason; the others draw the pattern.
            other => {
                let text = other.to_string();
                let last = text.lines().last().unwrap_or_default();
                format!("the expression cannot be evaluated: {}", last.trim_start_matches("error: "))
            }
        };
        Fault { span, reason }
    })
}

/// Reads the Perl classes and word boundaries of an expression in Rust's syntax as ASCII.
fn ascii_classes(expression: &str) -> String {
    let mut out = String::with_capacity(expression.len() + 16);
    let mut rest = expression;
    while let Some(at) = rest.find('\\') {
        out.push_str(rest.get(..at).unwrap_or_default());
        let escape = rest.get(at..).unwrap_or_default();
        let length = 1 + escape.chars().nth(1).map_or(0, char::len_utf8);
        let (escape, after) = escape.split_at(length.min(escape.len()));
        rest = after;
        match escape {
            r"\d" => out.push_str("[0-9]"),
            r"\D" => out.push_str("[^0-9]"),
            r"\s" => out.push_str(r"[\x09-\x0d\x20]"),
            r"\S" => out.push_str(r"[^\x09-\x0d\x20]"),
            r"\w" => out.push_str("[0-9A-Za-z_]"),
            r"\W" => out.push_str("[^0-9A-Za-z_]"),
            // `\b{start}` and its like take their brace along.
            r"\b" if rest.starts_with('{') => match rest.split_once('}') {
                Some((brace, after)) => {
                    out.push_str(&[r"(?-u:\b", brace, "})"].concat());
                    rest = after;
                }
                None => out.push_str(escape),
            },
            r"\b" => out.push_str(r"(?-u:\b)"),
            r"\B" => out.push_str(r"(?-u:\B)"),
            other => out.push_str(other),
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::pattern::{Piece, pieces};
    use crate::source::Span;
    use crate::text::fold;
    use proptest::prelude::*;

    fn test(shape: TextPattern, cased: bool) -> Texts {
        Texts::new(&[ir::Text { shape, cased, member: false, span: Span::default() }]).unwrap()
    }

    fn equals(value: &str) -> Texts {
        test(TextPattern::Equals(value.into()), false)
    }

    fn glob(value: &str) -> Texts {
        test(TextPattern::Glob(pieces(value)), false)
    }

    #[test]
    fn ascii_letters_match_ascii_letters_alone() {
        for (value, text, expected) in [
            ("kas", "KAS", true),
            ("kas", "\u{212A}as", false),
            ("kas", "ka\u{17F}", false),
            ("\u{212A}as", "kas", true),
            ("\u{212A}as", "KAS", true),
            ("\u{212A}as", "\u{212A}AS", true),
            ("\u{212A}as", "\u{212A}a\u{17F}", false),
            ("müller", "MÜLLER", true),
            ("straße", "STRASSE", false),
            ("straße", "STRAẞE", true),
            ("ΣΑΣ", "σας", true),
            ("İ", "i", false),
            ("", "", true),
            ("", "x", false),
        ] {
            let rows = [
                (test(TextPattern::Equals(value.into()), false), text.to_owned()),
                (test(TextPattern::StartsWith(value.into()), false), format!("{text}…")),
                (test(TextPattern::EndsWith(value.into()), false), format!("…{text}")),
                (test(TextPattern::Contains(value.into()), false), format!("…{text}…")),
                (glob(&format!("{value}*x?")), format!("{text}.xü")),
                (glob(&format!("x*{value}*?")), format!("xx{text}ü")),
            ];
            for (texts, text) in rows.iter().take(if value.is_empty() { 1 } else { rows.len() }) {
                assert_eq!(texts.matches(text), expected, "{texts:?} {text}");
            }
        }
    }

    #[test]
    fn cased_texts_are_exact() {
        for (shape, text) in [
            (TextPattern::Equals("Ab".into()), "Ab"),
            (TextPattern::StartsWith("Ab".into()), "Ab "),
            (TextPattern::EndsWith("Ab".into()), " Ab"),
            (TextPattern::Contains("Ab".into()), " Ab "),
            (TextPattern::Glob(pieces("A*b?")), "A b "),
        ] {
            assert!(test(shape.clone(), true).matches(text), "{shape:?}");
            assert!(!test(shape.clone(), true).matches(&text.to_lowercase()), "{shape:?}");
            assert!(test(shape.clone(), false).matches(&text.to_lowercase()), "{shape:?}");
        }
    }

    #[test]
    fn long_lists_find_what_a_scan_finds() {
        let values: Vec<String> = (0..1000).map(|n| format!("Value{n}")).chain(["x".repeat(500)]).collect();
        let texts: Vec<ir::Text> = values
            .iter()
            .map(|value| ir::Text {
                shape: TextPattern::Equals(value.clone()),
                cased: false,
                member: false,
                span: Span::default(),
            })
            .collect();
        let texts = Texts::new(&texts).unwrap();
        for value in &values {
            assert!(texts.matches(value) && texts.matches(&value.to_uppercase()), "{value}");
            assert!(!texts.matches(&format!("{value} ")));
        }
        assert!(!texts.matches("") && !texts.matches("VALUE1000") && !texts.matches(&"y".repeat(500)));
    }

    #[test]
    fn regexes_read_classes_as_ascii() {
        let matches = |pattern: &str, flags: &str, text: &str| {
            regex(&ir::Regex {
                pattern: pattern.into(),
                ignore_case: flags.contains('i'),
                multi_line: flags.contains('m'),
                dot_all: flags.contains('s'),
                span: Span::default(),
            })
            .unwrap()
            .is_match(text)
        };
        for (pattern, flags, text, expected) in [
            ("b", "", "abc", true),
            ("B", "", "abc", false),
            ("B", "i", "abc", true),
            (r"^\d+$", "", "12", true),
            (r"^\d+$", "", "١٢", false),
            (r"^\D+$", "", "١٢ü", true),
            (r"^[\D]+$", "", "ü", true),
            (r"^[^\D]+$", "", "7", true),
            (r"^\w+$", "", "ü", false),
            (r"\bx", "", "üx", true),
            (r"\Bx", "", "üx", false),
            (r"\Bx", "", "ax", true),
            (r"\B", "", "aéa", false),
            (r"^\S$", "", "\u{a0}", true),
            ("a$", "", "a\n", false),
            ("a$", "m", "a\nb", true),
            ("a.b", "", "a\nb", false),
            ("a.b", "s", "a\nb", true),
            (r"\\d", "", r"\d", true),
            (r"^\\\d$", "", r"\7", true),
            ("[[:alpha:]]", "", "ü", false),
            (r"\p{Greek}", "", "σ", true),
            ("", "", "", true),
        ] {
            assert_eq!(matches(pattern, flags, text), expected, "{pattern} {flags} {text:?}");
        }
    }

    #[test]
    fn hostile_expressions_are_refused_or_linear() {
        let compile = |pattern: &str| {
            regex(&ir::Regex {
                pattern: pattern.into(),
                ignore_case: false,
                multi_line: false,
                dot_all: false,
                span: Span::default(),
            })
        };
        for pattern in ["a{1000}{1000}{1000}", "(?=a)", r"(a)\1", "(", "[", "a**(", r"\", &"(".repeat(10_000)]
        {
            assert!(compile(pattern).is_err(), "{pattern}");
        }
        assert!(!compile("(a+)+$").unwrap().is_match(&("a".repeat(100_000) + "b")));
        let text = "a".repeat(1_000_000);
        assert!(!test(TextPattern::Contains("a".repeat(10_000) + "b"), false).matches(&text));
        assert!(!glob(&("*a".repeat(100) + "*b")).matches(&text));
    }

    fn reference(pieces: &[Piece], text: &[char]) -> bool {
        match pieces {
            [] => text.is_empty(),
            [Piece::Any, rest @ ..] => (0..=text.len()).any(|at| reference(rest, &text[at..])),
            [Piece::One, rest @ ..] => !text.is_empty() && reference(rest, &text[1..]),
            [Piece::Text(literal), rest @ ..] => {
                let literal: Vec<char> = literal.chars().collect();
                text.len() >= literal.len()
                    && literal.iter().zip(text).all(|(&one, &other)| fold(one) == fold(other))
                    && reference(rest, &text[literal.len()..])
            }
        }
    }

    proptest! {
        #[test]
        fn globs_agree_with_their_definition(value in "[aAbü*?]{1,8}", text in "[abBÜ\n]{0,8}") {
            let found = pieces(&value);
            let chars: Vec<char> = text.chars().collect();
            prop_assert_eq!(glob(&value).matches(&text), reference(&found, &chars));
        }

        #[test]
        fn needles_are_found_where_the_standard_library_finds_them(value in "[abü]{1,5}", text in "[abü]{0,20}") {
            prop_assert_eq!(test(TextPattern::Contains(value.clone()), false).matches(&text), text.contains(&value));
        }

        #[test]
        fn many_parts_are_found_where_one_is(
            values in proptest::collection::vec("[aAbü]{1,3}", 1..8), text in "[aAbBüÜ]{0,8}"
        ) {
            let one = |value: &String| ir::Text {
                shape: TextPattern::Contains(value.clone()), cased: false, member: false, span: Span::default()
            };
            let all: Vec<ir::Text> = values.iter().map(one).collect();
            let expected = all.iter().any(|text_| Texts::new(std::slice::from_ref(text_)).unwrap().matches(&text));
            prop_assert_eq!(Texts::new(&all).unwrap().matches(&text), expected);
        }

        #[test]
        fn equality_is_that_of_folded_texts(one in "[aAkKsSüÜßẞσς]{0,3}", other in "[aAkKsSüÜßẞσς]{0,3}") {
            prop_assert_eq!(equals(&one).matches(&other), folded(&one) == folded(&other));
        }
    }
}
