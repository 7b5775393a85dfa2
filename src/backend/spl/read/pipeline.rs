//! Reads searches of several parts back.

use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::tag;
use nom::character::complete::{char, digit1, multispace0, space1};
use nom::combinator::{map, map_opt, not, opt, peek, value};
use nom::multi::{many0, many1, separated_list1};
use nom::sequence::{delimited, preceded, separated_pair, terminated};

use super::super::ast::{Name, Query};
use super::super::pipeline::{Aggregate, Order, Pipeline, Statistic, Step, Window};
use super::{Read, command, comment, finished, name, query};

/// Reads a whole pipeline.
///
/// # Errors
/// The byte offset at which the text stops being a pipeline of the subset.
pub fn read(text: &str) -> Result<Pipeline, usize> {
    finished(text, pipeline(text))
}

fn pipeline(input: &str) -> Read<'_, Pipeline> {
    let (input, comments) = many0(terminated(comment, multispace0)).parse(input)?;
    let (input, (searches, steps)) = alt((several, one)).parse(input)?;
    Ok((input, Pipeline { comments, searches, steps }))
}

/// A search, and what is done to its events.
fn one(input: &str) -> Read<'_, (Vec<Query>, Vec<Step>)> {
    (map(bare, |only| vec![only]), steps).parse(input)
}

/// Several searches together, and what is done to their events.
fn several(input: &str) -> Read<'_, (Vec<Query>, Vec<Step>)> {
    let part = delimited((multispace0, tag("[ search ")), bare, tag(" ]"));
    (preceded(tag("| multisearch"), many1(part)), steps).parse(input)
}

fn steps(input: &str) -> Read<'_, Vec<Step>> {
    many0(preceded((multispace0, tag("| ")), step)).parse(input)
}

/// A pipeline whose rows are behind others; its nesting is that of a chain of correlations.
fn appended(input: &str) -> Read<'_, Step> {
    let inner = alt((several, preceded(tag("search "), one)));
    let (input, (searches, steps)) =
        delimited((tag("append"), multispace0, tag("[ ")), inner, tag(" ]")).parse(input)?;
    Ok((input, Step::Append(Box::new(Pipeline { comments: Vec::new(), searches, steps }))))
}

/// A search without a comment, and the commands that belong to it. Of one search alone these are steps.
fn bare(input: &str) -> Read<'_, Query> {
    preceded(not(peek(tag("```"))), query).parse(input)
}

fn step(input: &str) -> Read<'_, Step> {
    let by = |input| map(opt(preceded(tag(" BY "), names)), Option::unwrap_or_default).parse(input);
    let sorted = alt((
        map(preceded(char('-'), name), |name| (name, Order::Down)),
        map(name, |name| (name, Order::Up)),
    ));
    let renamed = separated_pair(name, tag(" AS "), name);
    alt((
        map(preceded(tag("mvexpand "), name), Step::Expand),
        map(preceded(tag("dedup "), dedup), Step::Dedup),
        map(preceded(tag("sort 0 "), separated_list1(space1, sorted)), Step::Sort),
        map(preceded(tag("stats "), (aggregates, by)), |(aggregates, by)| Step::Stats(aggregates, by)),
        map(preceded(tag("streamstats "), (window, aggregates, by)), |(window, aggregates, by)| {
            Step::Stream(window, aggregates, by)
        }),
        map(preceded(tag("rename "), separated_list1(tag(", "), renamed)), Step::Rename),
        appended,
        map(command, Step::Command),
    ))
    .parse(input)
}

/// The fields of `dedup`, up to its option.
fn dedup(input: &str) -> Read<'_, Vec<Name>> {
    let more = preceded((not(tag(" keepempty=true")), char(' ')), name);
    let all = map((name, many0(more)), |(first, more)| std::iter::once(first).chain(more).collect());
    terminated(all, tag(" keepempty=true")).parse(input)
}

fn names(input: &str) -> Read<'_, Vec<Name>> {
    separated_list1(char(' '), name).parse(input)
}

fn aggregates(input: &str) -> Read<'_, Vec<Aggregate>> {
    let aggregate = (statistic, opt(delimited(char('('), name, char(')'))), preceded(tag(" AS "), name));
    let end = not(tag(" BY "));
    let more = many0(preceded((end, char(' ')), aggregate));
    let first = (statistic, opt(delimited(char('('), name, char(')'))), preceded(tag(" AS "), name));
    map((first, more), |(first, more)| {
        std::iter::once(first)
            .chain(more)
            .map(|(function, of, name)| Aggregate { function, of, name })
            .collect()
    })
    .parse(input)
}

fn number(input: &str) -> Read<'_, u32> {
    map_opt(digit1, |digits: &str| digits.parse().ok()).parse(input)
}

fn statistic(input: &str) -> Read<'_, Statistic> {
    alt((
        value(Statistic::Count, tag("count")),
        value(Statistic::Max, tag("max")),
        value(Statistic::Min, tag("min")),
        value(Statistic::Sum, tag("sum")),
        value(Statistic::Values, tag("values")),
        map(preceded(tag("exactperc"), number), Statistic::Percentile),
    ))
    .parse(input)
}

fn window(input: &str) -> Read<'_, Window> {
    alt((
        value(Window::Before, tag("current=f window=1 global=f ")),
        map(delimited(tag("window="), number, tag(" global=f ")), Window::Rows),
        map(delimited(tag("time_window="), number, tag("s ")), Window::Seconds),
        value(Window::All, tag("")),
    ))
    .parse(input)
}
