//! Reads back what [`print`](super::print) writes, so that a round trip shows that no value can leave its literal.
//!
//! The grammar is `grammar/kql.ebnf`. It is a subset of KQL; this is not a general KQL parser.

pub mod script;

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while1};
use nom::character::complete::{anychar, char as one, digit1, multispace0, satisfy};
use nom::combinator::{cut, eof, map, map_opt, not, opt, peek, recognize, value, verify};
use nom::multi::{many0, separated_list0, separated_list1};
use nom::sequence::{delimited, pair, preceded, separated_pair, terminated};
use nom::{IResult, Parser};

use super::ast::{Apply, Comment, Compare, Expr, Function, Name, Operator, Query, Sign, Watchlist};
use super::print::{UNITS, is_bare};

/// The deepest nesting that is read.
const DEPTH: usize = 200;

/// The text is not of the subset.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not of the subset that is printed, at byte {offset}")]
pub struct Unreadable {
    /// How far it could be read.
    pub offset: usize,
}

type Read<'a, T> = IResult<&'a str, T>;

/// Reads a query.
///
/// # Errors
/// [`Unreadable`] when the text is not what [`print`](super::print::print) writes.
pub fn read(text: &str) -> Result<Query, Unreadable> {
    finished(text, query(text))
}

/// What was read, or how far.
fn finished<T>(text: &str, read: Read<'_, T>) -> Result<T, Unreadable> {
    match read {
        Ok((_, found)) => Ok(found),
        Err(nom::Err::Error(error) | nom::Err::Failure(error)) => {
            Err(Unreadable { offset: text.len() - error.input.len() })
        }
        Err(nom::Err::Incomplete(_)) => Err(Unreadable { offset: text.len() }),
    }
}

/// A token, with the space behind it.
fn token<'a>(
    text: &'static str,
) -> impl Parser<&'a str, Output = &'a str, Error = nom::error::Error<&'a str>> {
    terminated(tag(text), multispace0)
}

/// A word: not the beginning of a longer one.
fn word<'a>(
    text: &'static str,
) -> impl Parser<&'a str, Output = &'a str, Error = nom::error::Error<&'a str>> {
    let more = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '~' | '-');
    terminated(terminated(tag(text), not(satisfy(more))), multispace0)
}

fn comment(input: &str) -> Read<'_, Comment> {
    let line = terminated(preceded(tag("// "), take_while1(|c| c != '\n')), one('\n'));
    map_opt(line, |text: &str| Comment::new(text).filter(|read| read.as_str() == text)).parse(input)
}

fn query(input: &str) -> Read<'_, Query> {
    map(
        terminated(
            (
                many0(comment),
                many0(watchlist),
                name,
                many0(preceded((many0(comment), token("|")), cut(operator))),
            ),
            eof,
        ),
        |(comments, lists, table, operators)| Query { comments, lists, table, operators },
    )
    .parse(input)
}

fn watchlist(input: &str) -> Read<'_, Watchlist> {
    let alias = delimited(
        (token("toscalar("), token("_GetWatchlist(")),
        |input| literal(input, '"'),
        (token(")"), token("|"), word("summarize")),
    );
    let key = delimited(token("make_set("), name, (token(")"), token(")"), token(";")));
    map((delimited(word("let"), name, token("=")), alias, key), |(name, alias, key)| Watchlist {
        name,
        alias,
        key,
    })
    .parse(input)
}

fn operator(input: &str) -> Read<'_, Operator> {
    let assignment = |input| separated_pair(name, token("="), |input| or(input, 0)).parse(input);
    let column = (name, opt(preceded(token("="), |input| or(input, 0))));
    alt((
        map(preceded(word("where"), |input| or(input, 0)), Operator::Where),
        map(preceded(word("extend"), separated_list1(token(","), assignment)), Operator::Extend),
        map(|input| apply(input, 0), Operator::Apply),
        map(preceded(word("project-away"), separated_list1(token(","), name)), Operator::ProjectAway),
        map(preceded(word("project"), separated_list1(token(","), column)), Operator::Project),
    ))
    .parse(input)
}

fn apply(input: &str, depth: usize) -> Read<'_, Apply> {
    let depth = deeper(input, depth)?;
    let (input, _) = word("mv-apply").parse(input)?;
    let (input, (item, array)) = separated_pair(name, token("="), |input| or(input, depth)).parse(input)?;
    let (input, _) = word("on").parse(input)?;
    let (input, _) = token("(").parse(input)?;
    let kept = |input| preceded(word("where"), |input| or(input, depth)).parse(input);
    let (input, first) = opt(terminated(kept, token("|"))).parse(input)?;
    let (input, nested) = many0(terminated(|input| apply(input, depth), token("|"))).parse(input)?;
    let (input, then) = opt(terminated(kept, token("|"))).parse(input)?;
    let countif = delimited(token("countif("), |input| or(input, depth), token(")"));
    let flag = separated_pair(name, token("="), countif);
    let flags = preceded(word("summarize"), separated_list1(token(","), flag));
    let none = map((word("take"), token("1")), |_| Vec::new());
    let (input, flags) = terminated(alt((flags, none)), token(")")).parse(input)?;
    // Without an array between them, two conditions are one.
    let (first, then) = if first.is_none() && nested.is_empty() { (then, None) } else { (first, then) };
    Ok((input, Apply { item, array, nested, flags, first, then }))
}

fn deeper(input: &str, depth: usize) -> Result<usize, nom::Err<nom::error::Error<&str>>> {
    if depth >= DEPTH {
        return Err(nom::Err::Failure(nom::error::Error::new(input, nom::error::ErrorKind::TooLarge)));
    }
    Ok(depth + 1)
}

fn or(input: &str, depth: usize) -> Read<'_, Expr> {
    let depth = deeper(input, depth)?;
    map(separated_list1(word("or"), |input| and(input, depth)), |parts| one_or(parts, Expr::Or)).parse(input)
}

fn and(input: &str, depth: usize) -> Read<'_, Expr> {
    map(separated_list1(word("and"), |input| compare(input, depth)), |parts| one_or(parts, Expr::And))
        .parse(input)
}

/// The operands of a chain inside the same kind of chain: the printer groups long ones.
fn flat(part: Expr, chain: fn(Vec<Expr>) -> Expr) -> Vec<Expr> {
    match (part, chain(Vec::new())) {
        (Expr::And(parts), Expr::And(_)) | (Expr::Or(parts), Expr::Or(_)) => parts,
        (other, _) => vec![other],
    }
}

fn one_or(mut parts: Vec<Expr>, many: fn(Vec<Expr>) -> Expr) -> Expr {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        last => {
            parts.extend(last);
            many(parts.into_iter().flat_map(|part| flat(part, many)).collect())
        }
    }
}

fn operator_word(input: &str) -> Read<'_, Compare> {
    let found = Compare::ALL
        .iter()
        .filter(|operator| input.starts_with(operator.text()))
        .max_by_key(|operator| operator.text().len());
    let Some(operator) = found else {
        return Err(nom::Err::Error(nom::error::Error::new(input, nom::error::ErrorKind::Alt)));
    };
    value(*operator, token(operator.text())).parse(input)
}

/// A sign and the space behind it.
fn sign(input: &str) -> Read<'_, Sign> {
    let spaced = |sign: &&Sign| input.strip_prefix(sign.text()).is_some_and(|rest| rest.starts_with(' '));
    match Sign::ALL.iter().find(spaced) {
        Some(sign) => value(*sign, token(sign.text())).parse(input),
        None => Err(nom::Err::Error(nom::error::Error::new(input, nom::error::ErrorKind::Alt))),
    }
}

fn compare(input: &str, depth: usize) -> Read<'_, Expr> {
    if let (rest, Some(_)) = opt(token("*")).parse(input)? {
        let (rest, operator) = operator_word(rest)?;
        let (rest, right) = right(rest, operator, depth)?;
        return Ok((rest, Expr::AnyColumn(operator, Box::new(right))));
    }
    let (input, left) = atom(input, depth)?;
    compared(input, left, depth)
}

/// What is behind the left side of a comparison, if anything: in a function of its own, since what nests on the left
/// is read before.
fn compared(input: &str, left: Expr, depth: usize) -> Read<'_, Expr> {
    let list = preceded(
        token("("),
        cut(terminated(separated_list1(token(","), |input| or(input, depth)), token(")"))),
    );
    let among = pair(alt((value(true, token("in~")), value(false, word("in")))), list);
    if let (rest, Some((fold, list))) = opt(among).parse(input)? {
        return Ok((rest, Expr::In { value: Box::new(left), fold, list }));
    }
    if let (rest, Some(sign)) = opt(sign).parse(input)? {
        let (rest, right) = atom(rest, depth)?;
        return Ok((rest, left.arithmetic(sign, right)));
    }
    let (rest, operator) = opt(operator_word).parse(input)?;
    let Some(operator) = operator else { return Ok((input, left)) };
    let (rest, right) = right(rest, operator, depth)?;
    Ok((rest, left.compare(operator, right)))
}

fn right(input: &str, operator: Compare, depth: usize) -> Read<'_, Expr> {
    if operator == Compare::Matches {
        let verbatim = delimited(
            tag("@\""),
            map(recognize(many0(alt((tag("\"\""), recognize(satisfy(|c| c != '"')))))), |text: &str| {
                text.replace("\"\"", "\"")
            }),
            token("\""),
        );
        return map(alt((verbatim, |input| literal(input, '"'))), Expr::Pattern).parse(input);
    }
    atom(input, depth)
}

/// What binds most tightly, with the members that are read from it.
fn atom(input: &str, depth: usize) -> Read<'_, Expr> {
    let depth = deeper(input, depth)?;
    let (mut input, mut expr) = primary(input, depth)?;
    loop {
        let dotted = preceded(one('.'), map(bare, |name| Name(name.to_owned())));
        let quoted = map(delimited(one('['), |input| literal(input, '"'), token("]")), Name);
        let index = delimited(one('['), number, token("]"));
        if let (rest, Some(name)) = opt(alt((dotted, quoted))).parse(input)? {
            (input, expr) = (rest, Expr::Member(Box::new(expr), name));
        } else if let (rest, Some(index)) = opt(index).parse(input)? {
            (input, expr) = (rest, Expr::Index(Box::new(expr), index));
        } else {
            return Ok((input, expr));
        }
    }
}

fn primary(input: &str, depth: usize) -> Read<'_, Expr> {
    let negation = delimited(token("not("), |input| or(input, depth), token(")"));
    alt((
        map(|input| literal(input, '"'), Expr::Text),
        delimited(token("("), |input| or(input, depth), token(")")),
        map(negation, |inner| Expr::Not(Box::new(inner))),
        map(alt((value(true, word("true")), value(false, word("false")))), Expr::Boolean),
        value(Expr::Integer(i64::MIN), token("long(-9223372036854775808)")),
        map(datetime, Expr::DateTime),
        |input| call(input, depth),
        map(name, Expr::Column),
        map(timespan, Expr::Timespan),
        map_opt(terminated(real, multispace0), Expr::real),
        map(number, Expr::Integer),
    ))
    .parse(input)
}

fn call(input: &str, depth: usize) -> Read<'_, Expr> {
    // `count` is a keyword, and a function all the same.
    let letters = take_while1(|c: char| c.is_ascii_alphanumeric() || c == '_');
    let (input, word) = terminated(letters, peek(one('('))).parse(input)?;
    let found = Function::ALL.iter().find(|function| function.text() == word);
    let Some(function) = found else {
        return Err(nom::Err::Error(nom::error::Error::new(input, nom::error::ErrorKind::Alt)));
    };
    let arguments = separated_list0(token(","), |input| or(input, depth));
    map(delimited(token("("), arguments, token(")")), |arguments| Expr::Call(*function, arguments))
        .parse(input)
}

fn bare(input: &str) -> Read<'_, &str> {
    let letters = take_while1(|c: char| c.is_ascii_alphanumeric() || c == '_');
    terminated(verify(letters, is_bare), multispace0).parse(input)
}

fn name(input: &str) -> Read<'_, Name> {
    let bracketed = delimited(one('['), |input| literal(input, '\''), token("]"));
    alt((map(bare, |name| Name(name.to_owned())), map(bracketed, Name))).parse(input)
}

fn number(input: &str) -> Read<'_, i64> {
    map_opt(terminated(recognize(pair(opt(one('-')), digit1)), multispace0), |text: &str| text.parse().ok())
        .parse(input)
}

/// A length of time in seconds: a number and its unit.
fn timespan(input: &str) -> Read<'_, u32> {
    let unit = map_opt(satisfy(|c| c.is_ascii_alphabetic()), |unit| {
        UNITS.iter().find(|(_, letter)| *letter == unit).map(|(length, _)| *length)
    });
    let number = map_opt(digit1, |digits: &str| digits.parse::<u32>().ok());
    let end = not(satisfy(|c| c.is_ascii_alphanumeric() || c == '_'));
    map_opt(terminated(pair(number, unit), (end, multispace0)), |(number, length)| number.checked_mul(length))
        .parse(input)
}

fn real(input: &str) -> Read<'_, &str> {
    let exponent = (one('e'), opt(one('-')), digit1);
    recognize((opt(one('-')), digit1, one('.'), digit1, opt(exponent))).parse(input)
}

fn datetime(input: &str) -> Read<'_, i64> {
    fn digits(input: &str) -> Read<'_, i64> {
        map_opt(digit1, |text: &str| text.parse().ok()).parse(input)
    }
    let date = (digits, one('-'), digits, one('-'), digits);
    let time = (digits, one(':'), digits, one(':'), digits, opt(preceded(one('.'), digits)));
    let whole = delimited(tag("datetime("), separated_pair(date, one('T'), time), token("Z)"));
    map_opt(whole, |((year, _, month, _, day), (hour, _, minute, _, second, fraction))| {
        let seconds = crate::time::days(year, month, day)? * 86_400 + hour * 3600 + minute * 60 + second;
        seconds.checked_mul(10_000_000)?.checked_add(fraction.unwrap_or(0))
    })
    .parse(input)
}

/// A string literal with escapes.
fn literal(input: &str, quote: char) -> Read<'_, String> {
    let (mut input, _) = one(quote)(input)?;
    let mut units: Vec<u16> = Vec::new();
    loop {
        let (rest, raw) = take_while(|c: char| c != quote && c != '\\' && c != '\n')(input)?;
        units.extend(raw.encode_utf16());
        let (rest, end) = anychar(rest)?;
        if end == quote {
            let (rest, _) = multispace0(rest)?;
            let text = String::from_utf16(&units);
            return text.map(|text| (rest, text)).map_err(|_| failure(input));
        }
        let (rest, escape) = if end == '\\' { anychar(rest)? } else { return Err(failure(input)) };
        let (rest, unit) = match escape {
            'n' => (rest, u16::from(b'\n')),
            'r' => (rest, u16::from(b'\r')),
            't' => (rest, u16::from(b'\t')),
            '\\' => (rest, u16::from(b'\\')),
            '"' if quote == '"' => (rest, u16::from(b'"')),
            '\'' if quote == '\'' => (rest, u16::from(b'\'')),
            'u' => {
                let digits = rest.get(..4).and_then(|digits| u16::from_str_radix(digits, 16).ok());
                let unit = digits.ok_or_else(|| failure(rest))?;
                (rest.get(4..).unwrap_or_default(), unit)
            }
            _ => return Err(failure(rest)),
        };
        units.push(unit);
        input = rest;
    }
}

fn failure(input: &str) -> nom::Err<nom::error::Error<&str>> {
    nom::Err::Error(nom::error::Error::new(input, nom::error::ErrorKind::Escaped))
}
