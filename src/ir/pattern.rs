//! Regular expressions in one portable form, and their spelling in each dialect.
//!
//! Three engines read what sigmata prints: Rust's `regex` (Kusto documents its syntax, and the evaluator uses it),
//! PCRE (Splunk) and Hyperscan (CloudWatch Logs Insights).
//! [`Portable::parse`] accepts the subset that means the same in all three, with `\d \s \w \b` read as ASCII, and
//! [`Portable::print`] spells it so that each engine agrees.
//! This module and the ones below it are the only ones that name `regex-syntax`.

mod example;

use std::fmt::Write as _;
use std::ops::Range;

use regex_syntax::ast::{
    self, AssertionKind, Ast, ClassPerl, ClassPerlKind, ClassSet, ClassSetItem, Flag, FlagsItemKind,
    GroupKind, LiteralKind, RepetitionKind, RepetitionRange,
};

use super::{Regex, TextPattern};
use crate::rule::pattern::Piece;
use crate::text::class;

/// The engine that will read an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Rust's `regex` crate, in Unicode mode.
    Rust,
    /// PCRE.
    Pcre,
    /// Hyperscan.
    Hyperscan,
}

/// An expression of the portable subset.
#[derive(Clone, Debug)]
pub struct Portable {
    ast: Ast,
    flags: String,
    boundary: bool,
}

/// Why an expression is not portable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The bytes of the pattern that are meant.
    pub range: Range<usize>,
    /// What is wrong there, in one clause.
    pub message: String,
    /// The kind of problem.
    pub kind: ProblemKind,
}

/// Kinds of problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// No dialect can read it.
    Syntax,
    /// PCRE alone has it: look-around, back-references, atomic groups.
    PcreOnly,
    /// It means different things in different dialects.
    Differs,
}

/// The deepest nesting of groups that is read.
const NEST_LIMIT: u32 = 100;

impl Portable {
    /// Reads an expression.
    ///
    /// # Errors
    /// A [`Problem`] with the place in the pattern when it is outside the portable subset.
    pub fn parse(regex: &Regex) -> Result<Self, Problem> {
        let ast = ast::parse::ParserBuilder::new()
            .nest_limit(NEST_LIMIT)
            .build()
            .parse(&regex.pattern)
            .map_err(|error| parse_problem(&error, &regex.pattern))?;
        let mut boundary = false;
        survey(&ast, &mut boundary)?;
        let flags = [('i', regex.ignore_case), ('m', regex.multi_line), ('s', regex.dot_all)]
            .iter()
            .filter(|(_, on)| *on)
            .map(|(flag, _)| *flag)
            .collect();
        Ok(Self { ast, flags, boundary })
    }

    /// Whether the expression has `\b` or `\B`, which Kusto reads by Unicode letters and the others by ASCII.
    pub const fn has_boundary(&self) -> bool {
        self.boundary
    }

    /// Whether the expression finds something in `text`; an expression too large to build counts as one that may.
    pub fn finds(&self, text: &str) -> bool {
        let built = regex::RegexBuilder::new(&self.print(Engine::Rust)).size_limit(1 << 20).build();
        built.map_or(true, |regex| regex.is_match(text))
    }

    /// Whether the expression says how many characters it matches where these may lie outside ASCII, so that an
    /// engine that reads bytes would judge otherwise.
    pub fn counts_characters(&self) -> bool {
        counts(&self.ast)
    }

    /// Whether the expression may match the empty text, so that it must be kept from values that are missing.
    pub fn may_match_empty(&self) -> bool {
        regex_syntax::parse(&self.print(Engine::Rust))
            .map_or(true, |hir| hir.properties().minimum_len().is_none_or(|length| length == 0))
    }

    /// The expression with its flags, to be searched unanchored by `engine`.
    pub fn print(&self, engine: Engine) -> String {
        let out = if self.flags.is_empty() { String::new() } else { format!("(?{})", self.flags) };
        let mut printer = Printer { engine, multi_line: self.flags.contains('m'), out };
        printer.ast(&self.ast);
        printer.out
    }
}

/// A literal for any of the three engines; characters outside printable ASCII and those that `hex` chooses are
/// spelt `\xHH` when they are ASCII, and stay themselves otherwise.
pub fn escape_with(text: &str, hex: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for char in text.chars() {
        escape_char(char, &hex, &mut out);
    }
    out
}

/// [`escape_with`] without further characters in hexadecimal.
pub fn escape(text: &str) -> String {
    escape_with(text, |_| false)
}

fn escape_char(char: char, hex: &impl Fn(char) -> bool, out: &mut String) {
    if char.is_ascii() && (char.is_ascii_control() || hex(char)) {
        let _ = write!(out, "\\x{:02x}", u32::from(char));
    } else {
        if matches!(char, '\\' | '.' | '+' | '*' | '?' | '(' | ')' | '|' | '[' | ']' | '{' | '}' | '^' | '$')
        {
            out.push('\\');
        }
        out.push(char);
    }
}

/// A text shape as an expression that must be searched: anchored as the shape says, `.` matching newlines, ignoring
/// case unless `cased`; characters that `hex` chooses are spelt in hexadecimal.
pub fn shape(shape: &TextPattern, cased: bool, engine: Engine, hex: impl Fn(char) -> bool) -> String {
    let one;
    let (open, pieces, close): (bool, &[Piece], bool) = match shape {
        TextPattern::Equals(text) => (false, (one = [Piece::Text(text.clone())], &one[..]).1, false),
        TextPattern::StartsWith(text) => (false, (one = [Piece::Text(text.clone())], &one[..]).1, true),
        TextPattern::EndsWith(text) => (true, (one = [Piece::Text(text.clone())], &one[..]).1, false),
        TextPattern::Contains(text) => (true, (one = [Piece::Text(text.clone())], &one[..]).1, true),
        TextPattern::Glob(pieces) => (false, pieces, false),
    };
    // A star at either end is the absence of the anchor.
    let (open, pieces) = match pieces {
        [Piece::Any, rest @ ..] if !rest.is_empty() => (true, rest),
        _ => (open, pieces),
    };
    let (close, pieces) = match pieces {
        [rest @ .., Piece::Any] if !rest.is_empty() => (true, rest),
        _ => (close, pieces),
    };
    let letters = pieces
        .iter()
        .any(|piece| matches!(piece, Piece::Text(text) if text.chars().any(|c| class(c).len() > 1)));
    let dots = pieces.iter().any(|piece| !matches!(piece, Piece::Text(_)));
    let mut out = String::new();
    match (!cased && letters, dots) {
        (true, true) => out.push_str("(?is)"),
        (true, false) => out.push_str("(?i)"),
        (false, true) => out.push_str("(?s)"),
        (false, false) => {}
    }
    if !open {
        out.push('^');
    }
    for piece in pieces {
        match piece {
            Piece::Any => out.push_str(".*"),
            Piece::One => out.push('.'),
            Piece::Text(text) if cased => out.push_str(&escape_with(text, &hex)),
            Piece::Text(text) => {
                for char in text.chars() {
                    folded(char, engine, &hex, &mut out);
                }
            }
        }
    }
    if !close {
        out.push_str(end(engine));
    }
    out
}

/// A character under `(?i)`: spelt out where the engine's own folding is wider than ours, or undocumented.
fn folded(char: char, engine: Engine, hex: &impl Fn(char) -> bool, out: &mut String) {
    if char.is_ascii() {
        // In Unicode mode `(?i)k` also matches U+212A and `(?i)s` U+017F.
        match (engine, char.to_ascii_lowercase()) {
            (Engine::Rust, 'k') => out.push_str("(?-i:[kK])"),
            (Engine::Rust, 's') => out.push_str("(?-i:[sS])"),
            _ => escape_char(char, hex, out),
        }
        return;
    }
    let forms = class(char);
    if forms.len() == 1 {
        return escape_char(char, hex, out);
    }
    out.push_str("(?-i:");
    for (at, form) in forms.iter().enumerate() {
        if at > 0 {
            out.push('|');
        }
        escape_char(*form, hex, out);
    }
    out.push(')');
}

/// The end of the text: `$` also matches before a final newline in PCRE and Hyperscan.
const fn end(engine: Engine) -> &'static str {
    match engine {
        Engine::Rust => "$",
        Engine::Pcre | Engine::Hyperscan => "\\z",
    }
}

fn problem(span: &ast::Span, kind: ProblemKind, message: impl Into<String>) -> Problem {
    Problem { range: span.start.offset..span.end.offset, message: message.into(), kind }
}

fn parse_problem(error: &ast::Error, pattern: &str) -> Problem {
    use ast::ErrorKind;
    let span = error.span();
    match error.kind() {
        ErrorKind::UnsupportedLookAround => {
            problem(span, ProblemKind::PcreOnly, "look-around exists in PCRE alone")
        }
        ErrorKind::UnsupportedBackreference => {
            problem(span, ProblemKind::PcreOnly, "back-references exist in PCRE alone")
        }
        ErrorKind::FlagUnrecognized
            if pattern.get(span.start.offset..).is_some_and(|rest| rest.starts_with('>')) =>
        {
            problem(span, ProblemKind::PcreOnly, "atomic groups exist in PCRE alone")
        }
        other => problem(span, ProblemKind::Syntax, other.to_string()),
    }
}

/// Finds what is outside the portable subset, and whether there is a word boundary.
fn survey(ast: &Ast, boundary: &mut bool) -> Result<(), Problem> {
    match ast {
        Ast::Empty(_) | Ast::Dot(_) | Ast::Literal(_) | Ast::ClassPerl(_) => Ok(()),
        Ast::Flags(flags) => portable_flags(&flags.flags),
        Ast::Assertion(assertion) => match assertion.kind {
            // `\<` and `\>` are the literal characters in PCRE, which is what Sigma's authors write.
            AssertionKind::StartLine
            | AssertionKind::EndLine
            | AssertionKind::StartText
            | AssertionKind::EndText
            | AssertionKind::WordBoundaryStartAngle
            | AssertionKind::WordBoundaryEndAngle => Ok(()),
            AssertionKind::WordBoundary | AssertionKind::NotWordBoundary => {
                *boundary = true;
                Ok(())
            }
            AssertionKind::WordBoundaryStart
            | AssertionKind::WordBoundaryEnd
            | AssertionKind::WordBoundaryStartHalf
            | AssertionKind::WordBoundaryEndHalf => {
                Err(problem(&assertion.span, ProblemKind::Differs, "half word boundaries are not portable"))
            }
        },
        Ast::ClassUnicode(class) => {
            Err(problem(&class.span, ProblemKind::Differs, "Unicode classes are not portable"))
        }
        Ast::ClassBracketed(class) => class_survey(&class.kind),
        Ast::Repetition(repetition) => survey(&repetition.ast, boundary),
        Ast::Group(group) => {
            if let GroupKind::NonCapturing(flags) = &group.kind {
                portable_flags(flags)?;
            }
            survey(&group.ast, boundary)
        }
        Ast::Alternation(alternation) => alternation.asts.iter().try_for_each(|ast| survey(ast, boundary)),
        Ast::Concat(concat) => concat.asts.iter().try_for_each(|ast| survey(ast, boundary)),
    }
}

/// Whether some part matches one character of which there are others outside ASCII, and is not repeated without a
/// bound.
fn counts(ast: &Ast) -> bool {
    match ast {
        Ast::Empty(_) | Ast::Flags(_) | Ast::Assertion(_) | Ast::Literal(_) => false,
        Ast::Dot(_) | Ast::ClassUnicode(_) => true,
        Ast::ClassPerl(class) => class.negated,
        Ast::ClassBracketed(class) => class.negated || foreign_set(&class.kind),
        Ast::Repetition(repetition) => {
            let unbounded = matches!(
                repetition.op.kind,
                RepetitionKind::ZeroOrMore
                    | RepetitionKind::OneOrMore
                    | RepetitionKind::Range(RepetitionRange::AtLeast(0 | 1))
            );
            match &*repetition.ast {
                // A repeated literal repeats its last byte alone; a class of letters repeats bytes of any of them.
                Ast::Literal(literal) => !literal.c.is_ascii(),
                Ast::ClassBracketed(class) if unbounded => foreign_set(&class.kind),
                Ast::Dot(_) | Ast::ClassPerl(_) if unbounded => false,
                inner => counts(inner),
            }
        }
        Ast::Group(group) => counts(&group.ast),
        Ast::Alternation(alternation) => alternation.asts.iter().any(counts),
        Ast::Concat(concat) => concat.asts.iter().any(counts),
    }
}

/// Whether a class names a character outside ASCII, or leaves it open by a negated part.
fn foreign_set(class: &ClassSet) -> bool {
    fn foreign(item: &ClassSetItem) -> bool {
        match item {
            ClassSetItem::Empty(_) => false,
            ClassSetItem::Literal(literal) => !literal.c.is_ascii(),
            ClassSetItem::Range(range) => !range.end.c.is_ascii(),
            ClassSetItem::Ascii(class) => class.negated,
            ClassSetItem::Perl(class) => class.negated,
            ClassSetItem::Unicode(_) | ClassSetItem::Bracketed(_) => true,
            ClassSetItem::Union(union) => union.items.iter().any(foreign),
        }
    }
    match class {
        ClassSet::Item(item) => foreign(item),
        ClassSet::BinaryOp(_) => true,
    }
}

fn portable_flags(flags: &ast::Flags) -> Result<(), Problem> {
    flags.items.iter().try_for_each(|item| match item.kind {
        FlagsItemKind::Negation
        | FlagsItemKind::Flag(Flag::CaseInsensitive | Flag::MultiLine | Flag::DotMatchesNewLine) => Ok(()),
        FlagsItemKind::Flag(_) => {
            Err(problem(&item.span, ProblemKind::Differs, "only the flags `i`, `m` and `s` are portable"))
        }
    })
}

fn class_survey(class: &ClassSet) -> Result<(), Problem> {
    match class {
        ClassSet::BinaryOp(operation) => Err(problem(
            &operation.span,
            ProblemKind::Differs,
            "`&&`, `--` and `~~` in a class are set operations in Kusto and literal text in PCRE",
        )),
        ClassSet::Item(item) => item_survey(item),
    }
}

fn item_survey(item: &ClassSetItem) -> Result<(), Problem> {
    match item {
        ClassSetItem::Empty(_)
        | ClassSetItem::Literal(_)
        | ClassSetItem::Range(_)
        | ClassSetItem::Ascii(_)
        | ClassSetItem::Perl(_) => Ok(()),
        ClassSetItem::Unicode(class) => {
            Err(problem(&class.span, ProblemKind::Differs, "Unicode classes are not portable"))
        }
        ClassSetItem::Bracketed(class) => Err(problem(
            &class.span,
            ProblemKind::Differs,
            "a bare `[` in a class opens a nested class in Kusto and is literal text in PCRE",
        )),
        ClassSetItem::Union(union) => union.items.iter().try_for_each(item_survey),
    }
}

struct Printer {
    engine: Engine,
    multi_line: bool,
    out: String,
}

impl Printer {
    fn ast(&mut self, ast: &Ast) {
        match ast {
            Ast::Empty(_) | Ast::ClassUnicode(_) => {}
            Ast::Flags(flags) => {
                let _ = write!(self.out, "(?{})", flag_text(&flags.flags));
                self.note_flags(&flags.flags);
            }
            Ast::Literal(literal) => self.literal(literal),
            Ast::Dot(_) => self.out.push('.'),
            Ast::Assertion(assertion) => self.assertion(&assertion.kind),
            Ast::ClassPerl(class) => {
                let (negated, set) = (class.negated, perl_set(&class.kind));
                let _ = write!(self.out, "[{}{set}]", if negated { "^" } else { "" });
            }
            Ast::ClassBracketed(class) => {
                self.out.push_str(if class.negated { "[^" } else { "[" });
                if let ClassSet::Item(item) = &class.kind {
                    self.item(item);
                }
                self.out.push(']');
            }
            Ast::Repetition(repetition) => {
                let nested = matches!(*repetition.ast, Ast::Repetition(_));
                if nested {
                    self.out.push_str("(?:");
                }
                self.ast(&repetition.ast);
                if nested {
                    self.out.push(')');
                }
                let _ = match &repetition.op.kind {
                    RepetitionKind::ZeroOrOne => write!(self.out, "?"),
                    RepetitionKind::ZeroOrMore => write!(self.out, "*"),
                    RepetitionKind::OneOrMore => write!(self.out, "+"),
                    RepetitionKind::Range(RepetitionRange::Exactly(n)) => write!(self.out, "{{{n}}}"),
                    RepetitionKind::Range(RepetitionRange::AtLeast(n)) => write!(self.out, "{{{n},}}"),
                    RepetitionKind::Range(RepetitionRange::Bounded(n, m)) => write!(self.out, "{{{n},{m}}}"),
                };
                if !repetition.greedy {
                    self.out.push('?');
                }
            }
            // No back-reference is portable, so no group needs to capture; Kusto allows only 16 that do.
            Ast::Group(group) => {
                let outer = self.multi_line;
                if let GroupKind::NonCapturing(flags) = &group.kind {
                    let _ = write!(self.out, "(?{}:", flag_text(flags));
                    self.note_flags(flags);
                } else {
                    self.out.push_str("(?:");
                }
                self.ast(&group.ast);
                self.out.push(')');
                self.multi_line = outer;
            }
            Ast::Alternation(alternation) => {
                for (at, branch) in alternation.asts.iter().enumerate() {
                    if at > 0 {
                        self.out.push('|');
                    }
                    self.ast(branch);
                }
            }
            Ast::Concat(concat) => concat.asts.iter().for_each(|part| self.ast(part)),
        }
    }

    fn note_flags(&mut self, flags: &ast::Flags) {
        if let Some(on) = flags.flag_state(Flag::MultiLine) {
            self.multi_line = on;
        }
    }

    fn assertion(&mut self, kind: &AssertionKind) {
        self.out.push_str(match kind {
            AssertionKind::StartLine => "^",
            AssertionKind::EndLine if self.multi_line => "$",
            AssertionKind::EndLine => end(self.engine),
            AssertionKind::StartText => "\\A",
            AssertionKind::EndText => "\\z",
            AssertionKind::WordBoundary => "\\b",
            AssertionKind::NotWordBoundary => "\\B",
            AssertionKind::WordBoundaryStartAngle => "<",
            AssertionKind::WordBoundaryEndAngle => ">",
            AssertionKind::WordBoundaryStart
            | AssertionKind::WordBoundaryEnd
            | AssertionKind::WordBoundaryStartHalf
            | AssertionKind::WordBoundaryEndHalf => "",
        });
    }

    fn literal(&mut self, literal: &ast::Literal) {
        let escaped = !matches!(literal.kind, LiteralKind::Verbatim);
        // A quote or slash may be special to the query language around the expression; that is its printer's task.
        escape_char(literal.c, &|char| escaped && char.is_ascii_control(), &mut self.out);
    }

    fn item(&mut self, item: &ClassSetItem) {
        match item {
            ClassSetItem::Empty(_) | ClassSetItem::Unicode(_) | ClassSetItem::Bracketed(_) => {}
            ClassSetItem::Literal(literal) => self.member(literal.c),
            ClassSetItem::Range(range) => {
                self.member(range.start.c);
                self.out.push('-');
                self.member(range.end.c);
            }
            ClassSetItem::Ascii(class) => {
                let name = ascii_name(&class.kind);
                let _ = write!(self.out, "[:{}{name}:]", if class.negated { "^" } else { "" });
            }
            ClassSetItem::Perl(class) => self.perl_member(class),
            ClassSetItem::Union(union) => union.items.iter().for_each(|item| self.item(item)),
        }
    }

    /// A character inside a class.
    fn member(&mut self, char: char) {
        if matches!(char, '-' | '^' | '&' | '~') {
            self.out.push('\\');
            self.out.push(char);
        } else {
            escape_char(char, &|_| false, &mut self.out);
        }
    }

    fn perl_member(&mut self, class: &ClassPerl) {
        self.out.push_str(match (class.negated, &class.kind, self.engine) {
            (false, kind, _) => perl_set(kind),
            (true, ClassPerlKind::Digit, Engine::Rust) => r"\x00-\x2f\x3a-\x{10ffff}",
            (true, ClassPerlKind::Space, Engine::Rust) => r"\x00-\x08\x0e-\x1f\x21-\x{10ffff}",
            (true, ClassPerlKind::Word, Engine::Rust) => r"\x00-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x{10ffff}",
            (true, ClassPerlKind::Digit, _) => r"\D",
            (true, ClassPerlKind::Space, _) => r"\S",
            (true, ClassPerlKind::Word, _) => r"\W",
        });
    }
}

/// The ASCII reading of a Perl class, for use inside brackets.
const fn perl_set(kind: &ClassPerlKind) -> &'static str {
    match kind {
        ClassPerlKind::Digit => "0-9",
        ClassPerlKind::Space => r"\x09-\x0d\x20",
        ClassPerlKind::Word => "0-9A-Za-z_",
    }
}

const fn ascii_name(kind: &ast::ClassAsciiKind) -> &'static str {
    use ast::ClassAsciiKind as Kind;
    match kind {
        Kind::Alnum => "alnum",
        Kind::Alpha => "alpha",
        Kind::Ascii => "ascii",
        Kind::Blank => "blank",
        Kind::Cntrl => "cntrl",
        Kind::Digit => "digit",
        Kind::Graph => "graph",
        Kind::Lower => "lower",
        Kind::Print => "print",
        Kind::Punct => "punct",
        Kind::Space => "space",
        Kind::Upper => "upper",
        Kind::Word => "word",
        Kind::Xdigit => "xdigit",
    }
}

fn flag_text(flags: &ast::Flags) -> String {
    flags
        .items
        .iter()
        .filter_map(|item| match item.kind {
            FlagsItemKind::Negation => Some('-'),
            FlagsItemKind::Flag(Flag::CaseInsensitive) => Some('i'),
            FlagsItemKind::Flag(Flag::MultiLine) => Some('m'),
            FlagsItemKind::Flag(Flag::DotMatchesNewLine) => Some('s'),
            FlagsItemKind::Flag(_) => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    fn regex(pattern: &str) -> Regex {
        Regex {
            pattern: pattern.into(),
            ignore_case: false,
            multi_line: false,
            dot_all: false,
            span: Span::default(),
        }
    }

    fn print(pattern: &str, engine: Engine) -> String {
        match Portable::parse(&regex(pattern)) {
            Ok(portable) => portable.print(engine),
            Err(problem) => format!("{:?} at {:?}", problem.kind, problem.range),
        }
    }

    #[test]
    fn dialects_differ_only_where_engines_do() {
        for (pattern, rust, pcre) in [
            (r"^a\d+$", "^a[0-9]+$", r"^a[0-9]+\z"),
            (r"(a|b)\.c", r"(?:a|b)\.c", r"(?:a|b)\.c"),
            (r"[^\W_]", r"[^\x00-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x{10ffff}_]", r"[^\W_]"),
            (r"(?m)a$", "(?m)a$", "(?m)a$"),
            (r"\<a\>", "<a>", "<a>"),
            (r"\n\/", r"\x0a/", r"\x0a/"),
            ("a**", "(?:a*)*", "(?:a*)*"),
            (r"[\[\]\-a]", r"[\[\]\-a]", r"[\[\]\-a]"),
        ] {
            assert_eq!(print(pattern, Engine::Rust), rust, "{pattern}");
            assert_eq!(print(pattern, Engine::Pcre), pcre, "{pattern}");
        }
    }

    #[test]
    fn what_is_not_portable_is_named_with_its_place() {
        for (pattern, expected) in [
            ("a(?=b)", "PcreOnly at 1..4"),
            (r"(a)\1", "PcreOnly at 3..5"),
            ("a(", "Syntax at 1..2"),
            ("[a&&b]", "Differs at 1..5"),
            (r"\pL", "Differs at 0..3"),
            ("(?x)a", "Differs at 2..3"),
            ("(?>a)", "PcreOnly at 2..3"),
        ] {
            assert_eq!(print(pattern, Engine::Rust), expected, "{pattern}");
        }
    }

    #[test]
    fn shapes_are_anchored_and_folded() {
        let show = |text: &str, cased, engine| {
            let shape = match *crate::rule::pattern::pieces(text) {
                [Piece::Text(ref text)] => TextPattern::Equals(text.clone()),
                ref pieces => TextPattern::Glob(pieces.to_vec()),
            };
            super::shape(&shape, cased, engine, |_| false)
        };
        assert_eq!(show("Create*er", false, Engine::Pcre), r"(?is)^Create.*er\z");
        assert_eq!(show("Create*er", true, Engine::Rust), "(?s)^Create.*er$");
        assert_eq!(show("*a?b*", false, Engine::Hyperscan), "(?is)a.b");
        assert_eq!(show("ask", false, Engine::Rust), "(?i)^a(?-i:[sS])(?-i:[kK])$");
        assert_eq!(show("mü", false, Engine::Pcre), r"(?i)^m(?-i:Ü|ü)\z");
        assert_eq!(show("1.2", false, Engine::Pcre), r"^1\.2\z");
    }

    #[test]
    fn ascii_letters_fold_to_ascii_alone() {
        assert_eq!(class('k'), ['K', 'k']);
        assert_eq!(class('-'), ['-']);
        assert_eq!(class('ü'), ['Ü', 'ü']);
        assert_eq!(class('\u{212a}'), ['K', 'k', '\u{212a}']);
    }
}
