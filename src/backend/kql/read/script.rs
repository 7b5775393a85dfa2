//! Reads queries of several parts back.

use nom::Parser;
use nom::branch::alt;
use nom::combinator::{cut, eof, map, map_opt, opt};
use nom::multi::{many0, separated_list1};
use nom::sequence::{delimited, pair, preceded, separated_pair, terminated};

use super::super::ast::Name;
use super::super::script::{Pipe, Scalar, Script, Source, Step};
use super::{Read, Unreadable, bare, comment, deeper, finished, name, operator, or, token, watchlist, word};

/// Reads a query of several parts.
///
/// # Errors
/// [`Unreadable`] when the text is not what [`print`](super::super::print::script::print) writes.
pub fn read(text: &str) -> Result<Script, Unreadable> {
    finished(text, script(text))
}

fn script(input: &str) -> Read<'_, Script> {
    let part = delimited(word("let"), separated_pair(name, token("="), |input| pipe(input, 0)), token(";"));
    map(
        terminated((many0(comment), many0(watchlist), many0(part), |input| pipe(input, 0)), eof),
        |(comments, lists, lets, body)| Script { comments, lists, lets, body },
    )
    .parse(input)
}

fn pipe(input: &str, depth: usize) -> Read<'_, Pipe> {
    let depth = deeper(input, depth)?;
    let union = preceded(word("union"), separated_list1(token(","), |input| bracketed(input, depth)));
    let siblings = preceded(
        (word("union"), token("isfuzzy=true")),
        separated_list1(token(","), |input| bracketed(input, depth)),
    );
    let source = alt((map(siblings, Source::Siblings), map(union, Source::Union), map(name, Source::Table)));
    map(pair(source, many0(preceded(token("|"), cut(|input| step(input, depth))))), |(source, steps)| Pipe {
        source,
        steps,
    })
    .parse(input)
}

fn bracketed(input: &str, depth: usize) -> Read<'_, Pipe> {
    delimited(token("("), |input| pipe(input, depth), token(")")).parse(input)
}

fn step(input: &str, depth: usize) -> Read<'_, Step> {
    let names = |input| separated_list1(token(","), name).parse(input);
    let expr = |input| or(input, depth);
    let join = preceded(
        (word("join"), token("kind=inner")),
        separated_pair(|input| bracketed(input, depth), word("on"), names),
    );
    let ty = map_opt(bare_word, |word| Scalar::ALL.into_iter().find(|ty| ty.text() == word));
    let expand = preceded(
        word("mv-expand"),
        (separated_pair(name, token("="), expr), delimited((word("to"), token("typeof(")), ty, token(")"))),
    );
    let gather = (
        preceded(word("mv-apply"), separated_pair(name, token("="), expr)),
        preceded((word("on"), token("("), word("where")), expr),
        preceded(
            (token("|"), word("summarize")),
            separated_pair(name, token("="), preceded(token("make_set("), expr)),
        ),
        (token(")"), token(")")),
    );
    let column = separated_pair(name, token("="), expr);
    let summarize = preceded(
        word("summarize"),
        pair(
            separated_list1(token(","), column),
            map(opt(preceded(word("by"), names)), Option::unwrap_or_default),
        ),
    );
    let sort =
        preceded((word("sort"), word("by")), separated_list1(token(","), terminated(name, word("asc"))));
    alt((
        map(preceded(word("distinct"), names), Step::Distinct),
        map(expand, |((column, value), ty)| Step::Expand { column, value, ty }),
        map(gather, |((item, array), condition, (column, value), _)| Step::Gather {
            item,
            array,
            condition,
            column,
            value,
        }),
        map(join, |(right, on)| Step::Join { right, on }),
        map(summarize, |(columns, by): (_, Vec<Name>)| Step::Summarize { columns, by }),
        map(sort, Step::Sort),
        map(operator, Step::Operator),
    ))
    .parse(input)
}

/// A word that may be one of the language.
fn bare_word(input: &str) -> Read<'_, &str> {
    alt((bare, token("datetime"), token("string"))).parse(input).map(|(rest, word)| (rest, word.trim_end()))
}
