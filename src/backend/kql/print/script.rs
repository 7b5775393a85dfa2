//! Queries of several parts as text.

use std::fmt::Write as _;

use super::super::ast::{Name, Operator};
use super::super::script::{Pipe, Script, Source, Step};
use super::{Flat, Printer, STEP, WIDTH, grouped, watchlist};

/// The text of a query of several parts; ends without a newline.
pub fn print(script: &Script) -> String {
    let mut out = String::new();
    for comment in &script.comments {
        let _ = writeln!(out, "// {}", comment.as_str());
    }
    for list in &script.lists {
        let _ = writeln!(out, "{}", watchlist(list));
    }
    for (name, part) in &script.lets {
        let _ = writeln!(out, "let {name} =\n{};", indented(&pipe(part)));
    }
    out.push_str(&pipe(&script.body));
    out
}

fn pipe(pipe: &Pipe) -> String {
    let mut out = match &pipe.source {
        Source::Table(name) => name.to_string(),
        Source::Union(parts) => {
            let parts: Vec<String> = parts.iter().map(|part| indented(&bracketed(part))).collect();
            format!("union\n{}", parts.join(",\n"))
        }
        Source::Siblings(parts) => {
            let parts: Vec<String> = parts.iter().map(|part| indented(&bracketed(part))).collect();
            format!("union isfuzzy=true\n{}", parts.join(",\n"))
        }
    };
    for step in &pipe.steps {
        out.push_str("\n| ");
        out.push_str(&self::step(step));
    }
    out
}

fn step(step: &Step) -> String {
    match step {
        Step::Operator(operator) => self::operator(operator),
        Step::Distinct(names) => format!("distinct {}", listed(names)),
        Step::Expand { column, value, ty } => {
            format!("mv-expand {column} = {} to typeof({})", Flat(value), ty.text())
        }
        Step::Gather { item, array, condition, column, value } => format!(
            "mv-apply {item} = {} on (\n{}\n)",
            Flat(array),
            indented(&format!("where {}\n| summarize {column} = make_set({})", Flat(condition), Flat(value)))
        ),
        Step::Join { right, on } => format!("join kind=inner {} on {}", bracketed(right), listed(on)),
        Step::Summarize { columns, by } => {
            let columns: Vec<String> =
                columns.iter().map(|(name, expr)| format!("{name} = {}", Flat(expr))).collect();
            let by = if by.is_empty() { String::new() } else { format!(" by {}", listed(by)) };
            let line = format!("summarize {}{by}", columns.join(", "));
            if line.chars().count() + 2 <= WIDTH {
                return line;
            }
            let indent = " ".repeat(STEP);
            let by = if by.is_empty() { by } else { format!("\n{indent}{}", by.trim_start()) };
            format!("summarize\n{indent}{}{by}", columns.join(&format!(",\n{indent}")))
        }
        Step::Sort(names) => {
            let names: Vec<String> = names.iter().map(|name| format!("{name} asc")).collect();
            format!("sort by {}", names.join(", "))
        }
    }
}

fn operator(operator: &Operator) -> String {
    let mut printer = Printer { out: "| ".to_owned() };
    // Writing to a string does not fail.
    let _ = printer.operator(&grouped(operator));
    printer.out.split_off(2)
}

fn bracketed(part: &Pipe) -> String {
    if let (Source::Table(name), []) = (&part.source, part.steps.as_slice()) {
        return format!("({name})");
    }
    format!("(\n{}\n)", indented(&pipe(part)))
}

/// The text one step further in: no literal holds a line end.
fn indented(text: &str) -> String {
    let indent = " ".repeat(STEP);
    let lines: Vec<String> = text.lines().map(|line| format!("{indent}{line}")).collect();
    lines.join("\n")
}

fn listed(names: &[Name]) -> String {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    names.join(", ")
}
