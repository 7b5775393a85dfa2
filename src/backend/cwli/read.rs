//! Reads back what [`print`](super::print) writes: the grammar of `grammar/cwli.ebnf`.

use nom::branch::alt;
use nom::bytes::complete::{is_a, tag, take_till, take_while1};
use nom::character::complete::{anychar, char, digit1, multispace0, multispace1};
use nom::combinator::{all_consuming, cut, map, map_opt, opt, recognize, value as constant};
use nom::multi::{many0, separated_list0, separated_list1};
use nom::sequence::{delimited, preceded, terminated};
use nom::{IResult, Parser};

use super::ast::{
    Aggregate, Column, Command, Comment, Decimal, Expr, Function, Literal, Name, Operator, Pattern, Query,
    Statistic, Unit, Value,
};

/// The deepest nesting that is read.
const MAX_DEPTH: usize = 200;

/// Where a text stops being a query of the emitted subset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a query of the emitted subset at byte {offset}")]
pub struct ReadError {
    /// The byte offset, from 0.
    pub offset: usize,
}

/// Reads a query.
///
/// # Errors
/// [`ReadError`] when the text is not in the emitted subset.
pub fn read(text: &str) -> Result<Query, ReadError> {
    match all_consuming(terminated(query, multispace0)).parse(text) {
        Ok((_, query)) => Ok(query),
        Err(nom::Err::Error(error) | nom::Err::Failure(error)) => {
            Err(ReadError { offset: text.len() - error.input.len() })
        }
        Err(nom::Err::Incomplete(_)) => Err(ReadError { offset: text.len() }),
    }
}

fn query(input: &str) -> IResult<&str, Query> {
    let (input, comments) = many0(terminated(comment, char('\n'))).parse(input)?;
    let (input, commands) = separated_list1((remarks, symbol("|")), command).parse(input)?;
    Ok((input, Query { comments, commands }))
}

/// Comments between commands, which say nothing that the commands do not.
fn remarks(input: &str) -> IResult<&str, ()> {
    constant((), (multispace0, many0(terminated(comment, char('\n'))))).parse(input)
}

fn comment(input: &str) -> IResult<&str, Comment> {
    map_opt(preceded(tag("# "), take_till(|char| char == '\n')), |text: &str| Comment::new(text)).parse(input)
}

fn command(input: &str) -> IResult<&str, Command> {
    alt((
        map(preceded(word("fields"), list1(column)), Command::Fields),
        map(preceded(word("filter"), cut(|input| expr(input, MAX_DEPTH))), Command::Filter),
        map((preceded(word("unnest"), name), preceded(spaced("into"), name)), |(list, item)| {
            Command::Unnest { list, item }
        }),
        map_opt(
            (
                preceded(word("lookup"), name),
                preceded(multispace1, name),
                preceded(spaced("as"), name),
                preceded(spaced("OUTPUT"), name),
            ),
            |(table, column, field, given)| {
                (given == column).then_some(Command::Lookup { table, column, field })
            },
        ),
        map(preceded(word("display"), list1(name)), Command::Display),
        map(preceded(word("dedup"), list1(name)), Command::Dedup),
        map(
            (
                preceded(word("sessionize"), list1(name)),
                preceded(spaced("maxspan"), map_opt(digit1, |digits: &str| digits.parse().ok())),
                map_opt(anychar, |sign| Unit::ALL.into_iter().find(|unit| unit.spelling() == sign)),
                preceded(spaced("as"), name),
            ),
            |(fields, span, unit, alias)| Command::Sessionize { fields, span, unit, alias },
        ),
        map(
            (preceded(word("stats"), list1(aggregate)), preceded(spaced("by"), list1(name))),
            |(aggregates, by)| Command::Stats { aggregates, by },
        ),
        map(preceded(word("limit"), map_opt(digit1, |digits: &str| digits.parse().ok())), Command::Limit),
    ))
    .parse(input)
}

fn aggregate(input: &str) -> IResult<&str, Aggregate> {
    let of = |function: &'static str| delimited((tag(function), char('(')), name, char(')'));
    let percent = map_opt(digit1, |digits: &str| digits.parse().ok());
    let ranked = delimited(tag("pct("), (name, preceded(symbol(","), percent)), char(')'));
    let statistic = alt((
        constant(Statistic::Count, tag("count(*)")),
        map(of("count_distinct"), Statistic::Distinct),
        map(of("sum"), Statistic::Sum),
        map(of("avg"), Statistic::Average),
        map(ranked, |(name, percent)| Statistic::Percentile(name, percent)),
        map(of("min"), Statistic::Min),
        map(of("max"), Statistic::Max),
        map(of("earliest"), Statistic::Earliest),
        map(of("latest"), Statistic::Latest),
    ));
    map((statistic, preceded(spaced("as"), name)), |(statistic, alias)| Aggregate { statistic, alias })
        .parse(input)
}

fn column(input: &str) -> IResult<&str, Column> {
    map((|input| value(input, MAX_DEPTH), opt(preceded(spaced("as"), name))), |(value, alias)| Column {
        value,
        alias,
    })
    .parse(input)
}

/// A command's word and the space after it.
fn word<'a>(spelling: &'static str) -> impl Parser<&'a str, Output = (), Error = nom::error::Error<&'a str>> {
    constant((), (tag(spelling), multispace1))
}

/// A word between spaces.
fn spaced<'a>(
    spelling: &'static str,
) -> impl Parser<&'a str, Output = (), Error = nom::error::Error<&'a str>> {
    constant((), (multispace1, tag(spelling), multispace1))
}

/// A sign with or without spaces around it.
fn symbol<'a>(
    spelling: &'static str,
) -> impl Parser<&'a str, Output = (), Error = nom::error::Error<&'a str>> {
    constant((), (multispace0, tag(spelling), multispace0))
}

fn list1<'a, T>(
    item: impl Parser<&'a str, Output = T, Error = nom::error::Error<&'a str>>,
) -> impl Parser<&'a str, Output = Vec<T>, Error = nom::error::Error<&'a str>> {
    separated_list1(symbol(","), item)
}

fn too_deep<T>(input: &str) -> IResult<&str, T> {
    Err(nom::Err::Failure(nom::error::Error::new(input, nom::error::ErrorKind::TooLarge)))
}

fn expr(input: &str, depth: usize) -> IResult<&str, Expr> {
    let Some(depth) = depth.checked_sub(1) else { return too_deep(input) };
    alt((
        map(preceded((tag("not"), multispace1), |input| bracketed(input, depth)), |inner| {
            Expr::Not(Box::new(inner))
        }),
        |input| group(input, depth),
        |input| leaf(input, depth),
    ))
    .parse(input)
}

/// A parenthesised conjunction, disjunction, or single condition.
fn bracketed(input: &str, depth: usize) -> IResult<&str, Expr> {
    alt((
        |input| group(input, depth),
        delimited(symbol("("), |input| expr(input, depth), (multispace0, char(')'))),
    ))
    .parse(input)
}

fn group(input: &str, depth: usize) -> IResult<&str, Expr> {
    let (input, first) = preceded((char('('), multispace0), |input| expr(input, depth)).parse(input)?;
    let (input, conjunction) =
        alt((constant(true, spaced("and")), constant(false, spaced("or")))).parse(input)?;
    let separator = if conjunction { "and" } else { "or" };
    let (input, rest) = separated_list1(spaced(separator), |input| expr(input, depth)).parse(input)?;
    let (input, _) = (multispace0, char(')')).parse(input)?;
    let parts = std::iter::once(first).chain(rest).collect();
    Ok((input, if conjunction { Expr::And(parts) } else { Expr::Or(parts) }))
}

fn leaf(input: &str, depth: usize) -> IResult<&str, Expr> {
    let (rest, left) = value(input, depth)?;
    if let Ok((rest, right)) = preceded(spaced("like"), literal).parse(rest) {
        return Ok((rest, Expr::Contains(left, right)));
    }
    if let Ok((rest, right)) = preceded(spaced("like"), pattern).parse(rest) {
        return Ok((rest, Expr::Matches(left, right)));
    }
    let members = delimited(
        symbol("["),
        separated_list0(symbol(","), |input| value(input, depth)),
        (multispace0, char(']')),
    );
    if let Ok((rest, list)) = preceded((multispace1, tag("in")), members).parse(rest) {
        return Ok((rest, Expr::In(left, list)));
    }
    let operator = delimited(multispace0, operator, multispace0).parse(rest);
    if let Ok((rest, operator)) = operator {
        let (rest, right) = value(rest, depth)?;
        return Ok((rest, Expr::Compare(left, operator, right)));
    }
    match left {
        Value::Call(function, arguments) => Ok((rest, Expr::Call(function, arguments))),
        _ => Err(nom::Err::Error(nom::error::Error::new(rest, nom::error::ErrorKind::Alt))),
    }
}

fn operator(input: &str) -> IResult<&str, Operator> {
    map_opt(is_a("<>="), |sign: &str| Operator::ALL.into_iter().find(|operator| operator.spelling() == sign))
        .parse(input)
}

fn value(input: &str, depth: usize) -> IResult<&str, Value> {
    let Some(depth) = depth.checked_sub(1) else { return too_deep(input) };
    alt((
        map(literal, Value::Text),
        map(decimal, Value::Number),
        map(
            (
                function,
                delimited(
                    (char('('), multispace0),
                    separated_list0(symbol(","), |input| value(input, depth)),
                    (multispace0, char(')')),
                ),
            ),
            |(function, arguments)| Value::Call(function, arguments),
        ),
        map(
            delimited(
                (tag("if("), multispace0),
                (
                    |input| expr(input, depth),
                    preceded(symbol(","), |input| value(input, depth)),
                    preceded(symbol(","), |input| value(input, depth)),
                ),
                (multispace0, char(')')),
            ),
            |(condition, then, otherwise)| {
                Value::If(Box::new(condition), Box::new(then), Box::new(otherwise))
            },
        ),
        map(name, Value::Field),
        map(
            delimited(
                char('('),
                (|input| value(input, depth), preceded(symbol("-"), |input| value(input, depth))),
                char(')'),
            ),
            |(left, right)| Value::Minus(Box::new(left), Box::new(right)),
        ),
    ))
    .parse(input)
}

fn function(input: &str) -> IResult<&str, Function> {
    let (rest, found) = map_opt(take_while1(|char: char| char.is_ascii_alphanumeric()), |word: &str| {
        Function::ALL.into_iter().find(|function| function.spelling() == word)
    })
    .parse(input)?;
    if rest.starts_with('(') {
        Ok((rest, found))
    } else {
        Err(nom::Err::Error(nom::error::Error::new(input, nom::error::ErrorKind::Verify)))
    }
}

fn literal(input: &str) -> IResult<&str, Literal> {
    let quoted = |quote: char| delimited(char(quote), take_till(move |found| found == quote), char(quote));
    map_opt(alt((quoted('"'), quoted('\''))), |text: &str| Literal::new(text)).parse(input)
}

fn pattern(input: &str) -> IResult<&str, Pattern> {
    let (rest, text) = delimited(char('/'), take_till(|found| found == '/'), char('/')).parse(input)?;
    let pattern = Pattern::new(text);
    if pattern.text() == text {
        Ok((rest, pattern))
    } else {
        Err(nom::Err::Error(nom::error::Error::new(input, nom::error::ErrorKind::Verify)))
    }
}

fn decimal(input: &str) -> IResult<&str, Decimal> {
    map_opt(recognize((opt(char('-')), digit1, opt((char('.'), digit1)))), |text: &str| Decimal::new(text))
        .parse(input)
}

/// A part of a name as it is written.
enum NamePart<'a> {
    Key(&'a str),
    Index(u32),
}

fn name(input: &str) -> IResult<&str, Name> {
    let key = || {
        map(
            alt((
                delimited(char('`'), take_till(|char| char == '`'), char('`')),
                take_while1(|char: char| char.is_ascii_alphanumeric() || matches!(char, '@' | '_')),
            )),
            NamePart::Key,
        )
    };
    let index = delimited(char('['), map_opt(digit1, |digits: &str| digits.parse().ok()), char(']'))
        .map(NamePart::Index);
    let (rest, first) = key().parse(input)?;
    let (rest, more) = many0(alt((preceded(char('.'), key()), index))).parse(rest)?;
    let name = std::iter::once(first).chain(more).try_fold(None, |name: Option<Name>, part| {
        match (name, part) {
            (None, NamePart::Key(key)) => Name::key(key),
            (Some(name), NamePart::Key(key)) => name.member(key),
            (Some(name), NamePart::Index(index)) => Some(name.element(index)),
            (None, NamePart::Index(_)) => None,
        }
        .map(Some)
    });
    match name {
        Some(Some(name)) => Ok((rest, name)),
        _ => Err(nom::Err::Error(nom::error::Error::new(input, nom::error::ErrorKind::Verify))),
    }
}
