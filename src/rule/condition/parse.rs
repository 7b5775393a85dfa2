//! The grammar of conditions, which `grammar/condition.ebnf` states.
//!
//! Every production consumes what it accepts and looks at most one word ahead, so parsing is linear;
//! nesting is bounded, so it cannot exhaust the stack.

use std::ops::Range;

use nom::branch::alt;
use nom::bytes::complete::{tag, tag_no_case, take_while1};
use nom::character::complete::{char, digit1, multispace0, multispace1};
use nom::combinator::{cut, not, opt, peek, recognize, value};
use nom::error::{ErrorKind, ParseError};
use nom::multi::separated_list1;
use nom::sequence::{pair, preceded, terminated};
use nom::{Err, IResult, Parser};

use super::aggregation::{self, Hints};
use super::{Expr, Selections};
use crate::diagnostic::{Diagnostic, Edit, Fix, Safety};
use crate::rule::codes::condition as codes;
use crate::source::{Span, Spanned};

/// How deep parentheses and negations may nest.
pub const MAX_DEPTH: usize = 100;

/// Why a production failed. Places are counted from the end of the text, as nom counts them.
#[derive(Debug)]
struct Fault {
    rest: usize,
    kind: FaultKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FaultKind {
    /// Expected the beginning of an operand.
    Operand,
    /// Expected `)`.
    Close,
    /// Expected `them` or a pattern after `of`.
    Target,
    /// A pattern without a quantifier.
    BarePattern,
    /// A quantifier that is none.
    Quantifier,
    /// Nesting is too deep.
    Depth,
    /// A primitive failed; always replaced before it is shown.
    Primitive,
}

impl<'a> ParseError<&'a str> for Fault {
    fn from_error_kind(input: &'a str, _: ErrorKind) -> Self {
        Self { rest: input.len(), kind: FaultKind::Primitive }
    }

    fn append(_: &'a str, _: ErrorKind, other: Self) -> Self {
        other
    }
}

type Parsed<'a, T> = IResult<&'a str, T, Fault>;

fn fail<T>(input: &str, kind: FaultKind) -> Parsed<'_, T> {
    Err(Err::Failure(Fault { rest: input.len(), kind }))
}

/// What the condition is parsed with.
#[derive(Clone, Copy)]
struct Context<'c> {
    length: usize,
    at: &'c dyn Fn(Range<usize>) -> Span,
}

impl Context<'_> {
    /// The place between two rests.
    fn span(&self, from: &str, to: &str) -> Span {
        (self.at)(self.length - from.len()..self.length - to.len())
    }
}

/// Parses a condition; `at` maps ranges of `text` into the file. The expression is a hole when there is a syntax
/// error; before an old aggregation it is still read.
pub fn parse(text: &str, at: &dyn Fn(Range<usize>) -> Span, hints: Hints<'_>) -> (Expr, Option<Diagnostic>) {
    let context = Context { length: text.len(), at };
    let place = |rest: usize| {
        let start = text.len() - rest;
        at(start..start + found(text.get(start..).unwrap_or_default()).len())
    };
    let (rest, expr) = match terminated(|input| disjunction(context, 0, input), multispace0).parse(text) {
        Ok(parsed) => parsed,
        Err(Err::Error(fault) | Err::Failure(fault)) => {
            let finding = describe(&fault, text, place(fault.rest), at);
            return (Expr::Hole(at(0..text.len())), Some(finding));
        }
        Err(Err::Incomplete(_)) => return (Expr::Hole(at(0..text.len())), None),
    };
    if rest.is_empty() {
        return (expr, None);
    }
    if rest.starts_with('|') && !rest.starts_with("||") {
        let finding = Diagnostic::new(
            &codes::AGGREGATION,
            at(text.len() - rest.len()..text.len()),
            "aggregations after `|` are no longer part of a condition",
        )
        .help(aggregation::advice(rest, hints));
        return (expr, Some(finding));
    }
    let span = place(rest.len());
    let finding =
        Diagnostic::new(&codes::SYNTAX, span, format!("unexpected `{}` in the condition", found(rest)))
            .label("expected `and`, `or` or the end of the condition");
    let finding = match rest {
        _ if rest.starts_with("&&") => symbols(finding.help("write `and`"), text, at),
        _ if rest.starts_with("||") => symbols(finding.help("write `or`"), text, at),
        _ if rest.starts_with(')') => finding.help("remove it, or open a parenthesis before it"),
        _ if rest.starts_with(',') => finding.help("write `and` or `or`"),
        _ => match meant_quantifier(text, text.len() - rest.len()) {
            Some((place, written)) => {
                let finding = finding.help(format!("write `{written} …`"));
                finding.fix(Fix::guess(at(place), written))
            }
            None => finding.help("join selections by `and` or `or`"),
        },
    };
    (Expr::Hole(at(0..text.len())), Some(finding))
}

/// The word, or the run of other characters, at the start of the rest of a condition.
fn found(rest: &str) -> &str {
    let first = rest.chars().next();
    let same = |char: char| match first {
        Some(first) if is_word(first) => is_word(char),
        Some(first) => char == first,
        None => false,
    };
    let end = rest.find(|char| !same(char)).unwrap_or(rest.len());
    rest.get(..end).unwrap_or_default()
}

/// The quantifier that is meant by a word before `of`, or by one that is known before a misspelt `of`, and their place.
fn meant_quantifier(text: &str, of: usize) -> Option<(Range<usize>, &'static str)> {
    let (before, rest) = text.split_at_checked(of)?;
    let word = found(rest);
    let spelt = ["of", "off", "fo", "from", "in"].iter().any(|other| word.eq_ignore_ascii_case(other));
    let before = before.trim_end();
    let start = before.rfind(|char| !is_word(char)).map_or(0, |at| at + 1);
    let written = match before.get(start..)?.to_ascii_lowercase().as_str() {
        "1" | "one" | "any" | "some" | "either" => "1 of",
        "all" | "each" | "every" | "both" => "all of",
        "none" | "no" | "neither" => "not 1 of",
        _ => return None,
    };
    spelt.then_some((start..of + word.len(), written))
}

/// Adds the fix that writes words for every `&&`, `||` and `!` of the condition, where it can be read then.
fn symbols(finding: Diagnostic, text: &str, at: &dyn Fn(Range<usize>) -> Span) -> Diagnostic {
    let mut edits = Vec::new();
    let mut fixed = String::new();
    let mut from = 0;
    while let Some(rest) = text.get(from..).filter(|rest| !rest.is_empty()) {
        let symbol = [("&&", "and"), ("||", "or"), ("!", "not")]
            .into_iter()
            .find(|(symbol, _)| rest.starts_with(symbol));
        let Some((symbol, word)) = symbol else {
            let length = rest.chars().next().map_or(1, char::len_utf8);
            fixed.push_str(rest.get(..length).unwrap_or_default());
            from += length;
            continue;
        };
        let before = fixed.ends_with(is_word);
        let after = rest
            .get(symbol.len()..)
            .is_some_and(|rest| rest.starts_with(|char| is_word(char) || "(!".contains(char)));
        let word = format!("{}{word}{}", if before { " " } else { "" }, if after { " " } else { "" });
        fixed.push_str(&word);
        edits.push(Edit { span: at(from..from + symbol.len()), text: word });
        from += symbol.len();
    }
    let readable = parse(&fixed, &|range| Span::of(range.start, range.end), Hints::default()).1.is_none();
    if readable { finding.fix(Fix { safety: Safety::Safe, edits }) } else { finding }
}

fn describe(fault: &Fault, text: &str, span: Span, at: &dyn Fn(Range<usize>) -> Span) -> Diagnostic {
    let rest = text.get(text.len() - fault.rest..).unwrap_or_default();
    let word = found(rest);
    let unexpected = if word.is_empty() {
        "the condition ends too early".to_owned()
    } else {
        format!("unexpected `{word}` in the condition")
    };
    let say = |message: String| Diagnostic::new(&codes::SYNTAX, span, message);
    match fault.kind {
        FaultKind::Depth => Diagnostic::new(
            &codes::TOO_DEEP,
            span,
            format!("the condition nests deeper than {MAX_DEPTH} levels"),
        )
        .help("remove parentheses that change nothing, or name parts as selections"),
        FaultKind::Operand | FaultKind::Primitive => {
            let finding = say(unexpected).label("expected a selection, `1 of`, `all of`, `not` or `(`");
            match word {
                word if word.starts_with('!') => symbols(finding.help("write `not`"), text, at),
                "" if text.trim().is_empty() => finding.help("name a selection"),
                _ => finding,
            }
        }
        FaultKind::Close => {
            let finding = say(unexpected).label("expected `and`, `or` or `)`");
            match word {
                "&&" => symbols(finding.help("write `and`"), text, at),
                "||" => symbols(finding.help("write `or`"), text, at),
                _ => finding,
            }
        }
        FaultKind::Target => say(unexpected).label("expected `them` or a pattern such as `selection_*`"),
        FaultKind::BarePattern => say(format!("the pattern `{word}` has no quantifier"))
            .help(format!("write `1 of {word}` or `all of {word}`")),
        FaultKind::Quantifier => say(format!("`{word} of` is not a valid quantifier"))
            .label("expected `1 of`, `any of` or `all of`")
            .help("to count events, write a correlation"),
    }
}

fn is_name(char: char) -> bool {
    char.is_ascii_alphanumeric() || matches!(char, '_' | '-')
}

fn is_word(char: char) -> bool {
    is_name(char) || char == '*'
}

/// A keyword that ends where a word ends, with the space before it.
fn keyword<'a>(word: &'static str) -> impl Parser<&'a str, Output = &'a str, Error = Fault> {
    preceded(
        multispace0,
        terminated(tag_no_case(word), not(peek(nom::character::complete::satisfy(is_word)))),
    )
}

fn disjunction<'a>(context: Context<'_>, depth: usize, input: &'a str) -> Parsed<'a, Expr> {
    separated_list1(keyword("or"), cut(|input| conjunction(context, depth, input)))
        .map(|parts| join(parts, Expr::Or))
        .parse(input)
}

fn conjunction<'a>(context: Context<'_>, depth: usize, input: &'a str) -> Parsed<'a, Expr> {
    separated_list1(keyword("and"), cut(|input| negation(context, depth, input)))
        .map(|parts| join(parts, Expr::And))
        .parse(input)
}

fn join(mut parts: Vec<Expr>, many: fn(Vec<Expr>) -> Expr) -> Expr {
    if parts.len() == 1 { parts.remove(0) } else { many(parts) }
}

fn negation<'a>(context: Context<'_>, depth: usize, input: &'a str) -> Parsed<'a, Expr> {
    let (input, _) = multispace0(input)?;
    let (after, negated) = opt(keyword("not")).parse(input)?;
    if negated.is_none() {
        return operand(context, depth, input);
    }
    if depth >= MAX_DEPTH {
        return fail(input, FaultKind::Depth);
    }
    let (rest, inner) = negation(context, depth + 1, after)?;
    Ok((rest, Expr::Not(context.span(input, rest), Box::new(inner))))
}

fn operand<'a>(context: Context<'_>, depth: usize, input: &'a str) -> Parsed<'a, Expr> {
    if input.starts_with('(') {
        if depth >= MAX_DEPTH {
            return fail(input, FaultKind::Depth);
        }
        let (rest, inner) =
            preceded(char('('), |input| disjunction(context, depth + 1, input)).parse(input)?;
        let (rest, _) = multispace0(rest)?;
        return match char::<_, Fault>(')').parse(rest) {
            Ok((rest, _)) => Ok((rest, inner)),
            Err(_) => fail(rest, FaultKind::Close),
        };
    }
    if let Ok((rest, all)) = quantifier(input) {
        return target(context, all, input, rest);
    }
    // `2 of x` is not a name followed by nonsense: it is a quantifier that Sigma does not have.
    if terminated(digit1, pair(multispace1, keyword("of"))).parse(input).is_ok() {
        return fail(input, FaultKind::Quantifier);
    }
    let Ok((rest, word)) = take_while1::<_, _, Fault>(is_word).parse(input) else {
        return fail(input, FaultKind::Operand);
    };
    if word.contains('*') {
        return fail(input, FaultKind::BarePattern);
    }
    if RESERVED.iter().any(|reserved| word.eq_ignore_ascii_case(reserved)) {
        return fail(input, FaultKind::Operand);
    }
    Ok((rest, Expr::Name(Spanned::new(word.to_owned(), context.span(input, rest)))))
}

/// The words that are not names in a condition.
pub const RESERVED: [&str; 5] = ["and", "or", "not", "of", "them"];

/// Whether a condition can name a selection that is called so.
pub fn is_referable(name: &str) -> bool {
    !name.is_empty()
        && name.chars().all(is_name)
        && !RESERVED.iter().any(|reserved| name.eq_ignore_ascii_case(reserved))
}

/// `1 of`, `any of` or `all of`; whether it is `all`.
fn quantifier(input: &str) -> Parsed<'_, bool> {
    let word =
        alt((value(false, tag("1")), value(false, tag_no_case("any")), value(true, tag_no_case("all"))));
    terminated(word, pair(multispace1, keyword("of"))).parse(input)
}

fn target<'a>(context: Context<'_>, all: bool, from: &'a str, input: &'a str) -> Parsed<'a, Expr> {
    let (start, _) = multispace0(input)?;
    let Ok((rest, word)) = recognize(take_while1::<_, _, Fault>(is_word)).parse(start) else {
        return fail(start, FaultKind::Target);
    };
    let span = context.span(start, rest);
    let of = if word.eq_ignore_ascii_case("them") {
        Selections::Them(span)
    } else if RESERVED.iter().any(|reserved| word.eq_ignore_ascii_case(reserved)) {
        return fail(start, FaultKind::Target);
    } else {
        Selections::Pattern(Spanned::new(word.to_owned(), span))
    };
    Ok((rest, Expr::Of { span: context.span(from, rest), all, of }))
}
