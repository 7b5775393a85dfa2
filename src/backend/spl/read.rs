//! Reads back what [`print`](super::print) writes, by the grammar in `grammar/spl.ebnf`.
//!
//! It exists to prove the printer: whatever a rule holds, the text that was printed parses to the very query that was
//! meant.
//! It reads no other SPL: levels that are mixed without parentheses are refused, so that the two precedences of the
//! language never matter.

pub mod pipeline;

use nom::branch::alt;
use nom::bytes::complete::{escaped_transform, is_not, tag, take_until, take_while, take_while1};
use nom::character::complete::{char, multispace0, multispace1, one_of};
use nom::combinator::{opt, recognize, value, verify};
use nom::multi::separated_list1;
use nom::sequence::{delimited, pair, preceded, terminated};
use nom::{IResult, Parser};

use super::ast::{Command, Comment, Expr, Function, Name, Number, Operator, Query, Search, Text, Value};

/// The deepest nesting that is read; the printer's own queries are far flatter.
const DEPTH: usize = 200;

/// Reads a whole query.
///
/// # Errors
/// The byte offset at which the text stops being a query of the subset.
pub fn read(text: &str) -> Result<Query, usize> {
    finished(text, query(text))
}

/// What was read of the whole text, or how far.
fn finished<T>(text: &str, read: Read<'_, T>) -> Result<T, usize> {
    match read {
        Ok(("", found)) => Ok(found),
        Ok((rest, _)) => Err(text.len() - rest.len()),
        Err(nom::Err::Error(error) | nom::Err::Failure(error)) => Err(text.len() - error.input.len()),
        Err(nom::Err::Incomplete(_)) => Err(text.len()),
    }
}

type Read<'a, T> = IResult<&'a str, T>;

fn query(input: &str) -> Read<'_, Query> {
    let (input, comments) = nom::multi::many0(terminated(comment, multispace0)).parse(input)?;
    let (input, search) = level(input, 0)?;
    let (input, commands) =
        nom::multi::many0(preceded((multispace0, remarks, tag("| ")), command)).parse(input)?;
    Ok((input, Query { comments, search, commands }))
}

/// Comments between commands, which say nothing that the commands do not.
fn remarks(input: &str) -> Read<'_, ()> {
    value((), nom::multi::many0(terminated(comment, multispace0))).parse(input)
}

fn comment(input: &str) -> Read<'_, Comment> {
    let (rest, text) = delimited(tag("```"), take_until("```"), tag("```")).parse(input)?;
    Comment::new(text).map_or_else(|| fail(input), |comment| Ok((rest, comment)))
}

fn command(input: &str) -> Read<'_, Command> {
    let assignment = (terminated(name_in_expr, char('=')), |input| condition(input, 0));
    let comma = (char(','), multispace0);
    let spath = (preceded(tag("spath path="), quoted), preceded(tag(" output="), name));
    let lookup = (
        preceded(tag("lookup "), name),
        preceded(tag(" "), name),
        preceded(tag(" AS "), name),
        preceded(tag(" OUTPUTNEW "), name),
        preceded(tag(" AS "), name),
    );
    alt((
        lookup.map_opt(|(lookup, column, field, given, output)| {
            (given == column).then_some(Command::Lookup { lookup, column, field, output })
        }),
        spath.map(|(path, output)| Command::Spath(path, output)),
        preceded(tag("eval "), separated_list1(comma, assignment)).map(Command::Eval),
        preceded(tag("where "), |input| condition(input, 0)).map(Command::Where),
        preceded(tag("table "), separated_list1(char(' '), column)).map(Command::Table),
    ))
    .parse(input)
}

/// One level of the base search: terms in a row, or terms with `OR` between them.
fn level(input: &str, depth: usize) -> Read<'_, Search> {
    let (input, first) = term(input, depth)?;
    let or = |input| preceded((multispace1, tag("OR"), multispace1), |input| term(input, depth)).parse(input);
    let and = |input| preceded(multispace1, |input| term(input, depth)).parse(input);
    if let Ok((rest, second)) = or(input) {
        let (rest, others) = nom::multi::many0(or).parse(rest)?;
        return Ok((rest, Search::Or([first, second].into_iter().chain(others).collect())));
    }
    let (rest, others) = nom::multi::many0(and).parse(input)?;
    if others.is_empty() {
        return Ok((rest, first));
    }
    Ok((rest, Search::And(std::iter::once(first).chain(others).collect())))
}

fn term(input: &str, depth: usize) -> Read<'_, Search> {
    if depth > DEPTH {
        return fail(input);
    }
    if let Ok((input, ())) = keyword("OR", input) {
        return fail(input);
    }
    if let Ok((input, ())) = keyword("NOT", input) {
        return term(input, depth + 1).map(|(rest, inner)| (rest, Search::Not(Box::new(inner))));
    }
    let group = delimited(char('('), |input| level(input, depth + 1), char(')'));
    let every = value(Search::Every, tag("index=*"));
    let compare = |input| {
        let (input, name) = name(input)?;
        let (input, single) = opt(preceded(char('='), search_value)).parse(input)?;
        if let Some(single) = single {
            return Ok((input, Search::Compare(name, single)));
        }
        let values = separated_list1((char(','), multispace0), search_value);
        let (input, values) = delimited(tag(" IN ("), values, char(')')).parse(input)?;
        Ok((input, Search::In(name, values)))
    };
    let name = |text: &str| text.chars().all(|char| char.is_ascii_alphanumeric() || char == '_');
    let name = verify(take_until("`"), move |text: &str| !text.is_empty() && name(text));
    let called = delimited(char('`'), name, char('`')).map(|name: &str| Search::Macro(name.to_owned()));
    alt((group, every, called, compare, search_value.map(Search::Term))).parse(input)
}

fn search_value(input: &str) -> Read<'_, Value> {
    let (rest, text) = quoted(input)?;
    let text = text.as_str();
    let (open, text) = text.strip_prefix('*').map_or((false, text), |text| (true, text));
    let (close, text) = text.strip_suffix('*').map_or((false, text), |text| (true, text));
    let value = Text::new(text).and_then(|text| Value::new(open, text, close));
    value.map_or_else(|| fail(input), |value| Ok((rest, value)))
}

/// One level of an expression: units with one and the same connective between them.
fn condition(input: &str, depth: usize) -> Read<'_, Expr> {
    let (input, first) = unit(input, depth)?;
    for (word, join) in [("AND", Expr::And as fn(Vec<Expr>) -> Expr), ("OR", Expr::Or)] {
        let next =
            |input| preceded((multispace1, tag(word), multispace1), |input| unit(input, depth)).parse(input);
        let (rest, others) = nom::multi::many0(next).parse(input)?;
        if !others.is_empty() {
            return Ok((rest, join(std::iter::once(first).chain(others).collect())));
        }
    }
    Ok((input, first))
}

fn unit(input: &str, depth: usize) -> Read<'_, Expr> {
    if depth > DEPTH {
        return fail(input);
    }
    if let Ok((input, ())) = keyword("NOT", input) {
        return atom(input, depth).map(|(rest, inner)| (rest, Expr::Not(Box::new(inner))));
    }
    let (input, left) = atom(input, depth)?;
    let space = || take_while(|char| char == ' ');
    let Ok((rest, operator)) = delimited(space(), operator, space()).parse(input) else {
        return Ok((input, left));
    };
    let (rest, right) = atom(rest, depth)?;
    Ok((rest, Expr::binary(left, operator, right)))
}

fn operator(input: &str) -> Read<'_, Operator> {
    Operator::ALL
        .iter()
        .find_map(|operator| input.strip_prefix(operator.text()).map(|rest| (rest, *operator)))
        .map_or_else(|| fail(input), Ok)
}

fn atom(input: &str, depth: usize) -> Read<'_, Expr> {
    if depth > DEPTH {
        return fail(input);
    }
    let arguments = delimited(
        char('('),
        separated_list1((char(','), multispace0), |input| condition(input, depth + 1)),
        char(')'),
    );
    let call = (function, arguments).map(|(function, arguments)| Expr::Call(function, arguments));
    alt((
        delimited(char('('), |input| condition(input, depth + 1), char(')')),
        quoted.map(Expr::Text),
        number.map(Expr::Number),
        call,
        name_in_expr.map(Expr::Field),
    ))
    .parse(input)
}

fn function(input: &str) -> Read<'_, Function> {
    let (rest, word) = take_while1(|char: char| char.is_ascii_alphanumeric() || char == '_').parse(input)?;
    Function::ALL
        .iter()
        .find(|function| function.text() == word)
        .map_or_else(|| fail(input), |function| Ok((rest, *function)))
}

fn number(input: &str) -> Read<'_, Number> {
    let digits = || take_while1(|char: char| char.is_ascii_digit());
    let (rest, text) = recognize((opt(char('-')), digits(), opt(pair(char('.'), digits())))).parse(input)?;
    Number::new(text).map_or_else(|| fail(input), |number| Ok((rest, number)))
}

fn quoted(input: &str) -> Read<'_, Text> {
    let escape = one_of("\\\"");
    let body = escaped_transform(is_not("\\\""), '\\', escape);
    let (rest, text) = delimited(char('"'), opt(body), char('"')).parse(input)?;
    Text::new(text.unwrap_or_default()).map_or_else(|| fail(input), |text| Ok((rest, text)))
}

/// A field in an expression.
fn name_in_expr(input: &str) -> Read<'_, Name> {
    let bare = take_while1(|char: char| char.is_ascii_alphanumeric() || char == '_');
    let (rest, name) = alt((delimited(char('\''), is_not("'"), char('\'')), bare)).parse(input)?;
    Name::new(name).map_or_else(|| fail(input), |name| Ok((rest, name)))
}

/// A field outside expressions.
fn name(input: &str) -> Read<'_, Name> {
    let bare = take_while1(|char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | '.'));
    let (rest, name) = alt((delimited(char('"'), is_not("\""), char('"')), bare)).parse(input)?;
    Name::new(name).map_or_else(|| fail(input), |name| Ok((rest, name)))
}

/// A column, which a wildcard may end.
fn column(input: &str) -> Read<'_, Name> {
    let (rest, stem) = name(input)?;
    let Ok((rest, _)) = char::<_, nom::error::Error<&str>>('*').parse(rest) else { return Ok((rest, stem)) };
    Name::new(format!("{}*", stem.as_str())).map_or_else(|| fail(input), |name| Ok((rest, name)))
}

fn keyword<'a>(word: &'static str, input: &'a str) -> Read<'a, ()> {
    value((), (tag(word), multispace1)).parse(input)
}

fn fail<T>(input: &str) -> Read<'_, T> {
    Err(nom::Err::Error(nom::error::Error::new(input, nom::error::ErrorKind::Verify)))
}
