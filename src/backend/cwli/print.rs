//! A query as text. Quoting, escaping and parentheses are decided here alone.
//!
//! The precedence of `and`, `or` and `not` is not documented, so every level has its parentheses.

use std::fmt::Write as _;

use super::ast::{Aggregate, Command, Comment, Expr, Name, Query, Segment, Statistic, Value};

/// The longest condition that is kept on one line, in characters.
const LINE_CHARS: usize = 100;

/// The text of a query: one command a line, without a line break at the end.
pub fn print(query: &Query) -> String {
    let mut out = String::new();
    for comment in &query.comments {
        let _ = writeln!(out, "# {}", comment.as_str());
    }
    for (at, command) in query.commands.iter().enumerate() {
        if at > 0 {
            if let Some(remark) = remark(command).filter(|_| !query.comments.is_empty()) {
                let _ = write!(out, "\n# {}", remark.as_str());
            }
            out.push_str("\n| ");
        }
        self::command(command, &mut out);
    }
    out
}

/// What a command does that is not seen at once.
fn remark(command: &Command) -> Option<Comment> {
    match command {
        Command::Unnest { list, item } => {
            let mut text = String::new();
            name(item, &mut text);
            text.push_str(": a row for each element of ");
            name(list, &mut text);
            Comment::new(&text)
        }
        Command::Dedup(_) => Comment::new("one row for each event"),
        _ => None,
    }
}

fn command(command: &Command, out: &mut String) {
    match command {
        Command::Fields(columns) => {
            out.push_str("fields ");
            separated(columns, out, |column, out| {
                value(&column.value, out);
                if let Some(alias) = &column.alias {
                    out.push_str(" as ");
                    name(alias, out);
                }
            });
        }
        Command::Filter(condition) => {
            out.push_str("filter ");
            out.push_str(&block(condition, 0));
        }
        Command::Unnest { list, item } => {
            out.push_str("unnest ");
            name(list, out);
            out.push_str(" into ");
            name(item, out);
        }
        Command::Lookup { table, column, field } => {
            out.push_str("lookup ");
            name(table, out);
            out.push(' ');
            name(column, out);
            out.push_str(" as ");
            name(field, out);
            out.push_str(" OUTPUT ");
            name(column, out);
        }
        Command::Display(names) => {
            out.push_str("display ");
            separated(names, out, name);
        }
        Command::Dedup(names) => {
            out.push_str("dedup ");
            separated(names, out, name);
        }
        Command::Sessionize { fields, span, unit, alias } => {
            out.push_str("sessionize ");
            separated(fields, out, name);
            let _ = write!(out, " maxspan {span}{} as ", unit.spelling());
            name(alias, out);
        }
        Command::Stats { aggregates, by } => {
            out.push_str("stats ");
            separated(aggregates, out, |Aggregate { statistic, alias }, out| {
                self::statistic(statistic, out);
                out.push_str(" as ");
                name(alias, out);
            });
            out.push_str(" by ");
            separated(by, out, name);
        }
        Command::Limit(rows) => {
            let _ = write!(out, "limit {rows}");
        }
    }
}

fn statistic(printed: &Statistic, out: &mut String) {
    let (function, of, more) = match printed {
        Statistic::Count => return out.push_str("count(*)"),
        Statistic::Distinct(of) => ("count_distinct", of, String::new()),
        Statistic::Sum(of) => ("sum", of, String::new()),
        Statistic::Average(of) => ("avg", of, String::new()),
        Statistic::Percentile(of, percent) => ("pct", of, format!(", {percent}")),
        Statistic::Min(of) => ("min", of, String::new()),
        Statistic::Max(of) => ("max", of, String::new()),
        Statistic::Earliest(of) => ("earliest", of, String::new()),
        Statistic::Latest(of) => ("latest", of, String::new()),
    };
    out.push_str(function);
    out.push('(');
    name(of, out);
    out.push_str(&more);
    out.push(')');
}

fn separated<T>(items: &[T], out: &mut String, mut print: impl FnMut(&T, &mut String)) {
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push_str(", ");
        }
        print(item, out);
    }
}

/// A condition on one line, or, when that is too long, one operand a line.
fn block(condition: &Expr, depth: usize) -> String {
    let mut line = String::new();
    expr(condition, &mut line);
    if line.chars().count() + 4 * depth <= LINE_CHARS {
        return line;
    }
    let (parts, word) = match condition {
        Expr::And(parts) => (parts, "and "),
        Expr::Or(parts) => (parts, "or "),
        Expr::Not(inner) if matches!(**inner, Expr::And(_) | Expr::Or(_)) => {
            return format!("not {}", block(inner, depth));
        }
        Expr::In(member, list) => return members(member, list, depth),
        _ => return line,
    };
    let indent = " ".repeat(4 * (depth + 1));
    let mut out = String::from("(");
    for (at, part) in parts.iter().enumerate() {
        out.push('\n');
        out.push_str(&indent);
        if at > 0 {
            out.push_str(word);
        }
        out.push_str(&block(part, depth + 1));
    }
    let _ = write!(out, "\n{})", " ".repeat(4 * depth));
    out
}

/// A list with one member a line.
fn members(member: &Value, list: &[Value], depth: usize) -> String {
    let mut out = String::new();
    value(member, &mut out);
    out.push_str(" in [");
    for (at, item) in list.iter().enumerate() {
        let _ = write!(out, "{}\n{}", if at > 0 { "," } else { "" }, " ".repeat(4 * (depth + 1)));
        value(item, &mut out);
    }
    let _ = write!(out, "\n{}]", " ".repeat(4 * depth));
    out
}

fn expr(condition: &Expr, out: &mut String) {
    match condition {
        Expr::Not(inner) => {
            out.push_str("not ");
            let open = !matches!(**inner, Expr::And(_) | Expr::Or(_));
            if open {
                out.push('(');
            }
            expr(inner, out);
            if open {
                out.push(')');
            }
        }
        Expr::And(parts) => joined(parts, " and ", out),
        Expr::Or(parts) => joined(parts, " or ", out),
        Expr::Compare(left, operator, right) => {
            value(left, out);
            let _ = write!(out, " {} ", operator.spelling());
            value(right, out);
        }
        Expr::In(member, list) => {
            value(member, out);
            out.push_str(" in [");
            separated(list, out, value);
            out.push(']');
        }
        Expr::Contains(whole, part) => {
            value(whole, out);
            out.push_str(" like ");
            text(part.text(), out);
        }
        Expr::Matches(whole, pattern) => {
            value(whole, out);
            let _ = write!(out, " like /{}/", pattern.text());
        }
        Expr::Call(function, arguments) => call(function.spelling(), arguments, out),
    }
}

fn joined(parts: &[Expr], word: &str, out: &mut String) {
    out.push('(');
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            out.push_str(word);
        }
        expr(part, out);
    }
    out.push(')');
}

fn value(printed: &Value, out: &mut String) {
    match printed {
        Value::Field(field) => name(field, out),
        Value::Text(literal) => text(literal.text(), out),
        Value::Number(number) => out.push_str(number.text()),
        Value::Call(function, arguments) => call(function.spelling(), arguments, out),
        Value::If(condition, then, otherwise) => {
            out.push_str("if(");
            expr(condition, out);
            for part in [then, otherwise] {
                out.push_str(", ");
                value(part, out);
            }
            out.push(')');
        }
        Value::Minus(left, right) => {
            out.push('(');
            value(left, out);
            out.push_str(" - ");
            value(right, out);
            out.push(')');
        }
    }
}

fn call(function: &str, arguments: &[Value], out: &mut String) {
    out.push_str(function);
    out.push('(');
    separated(arguments, out, value);
    out.push(')');
}

/// A text between the quotes that it does not hold.
fn text(literal: &str, out: &mut String) {
    let quote = if literal.contains('"') { '\'' } else { '"' };
    out.push(quote);
    out.push_str(literal);
    out.push(quote);
}

fn name(printed: &Name, out: &mut String) {
    for (at, segment) in printed.segments().iter().enumerate() {
        match segment {
            Segment::Index(index) => {
                let _ = write!(out, "[{index}]");
            }
            Segment::Key(key) => {
                if at > 0 {
                    out.push('.');
                }
                if is_plain(key, at == 0) {
                    out.push_str(key);
                } else {
                    let _ = write!(out, "`{key}`");
                }
            }
        }
    }
}

/// Whether a key needs no backticks: letters, digits, `@` and `_` alone, and, at the start of a name, no digit first
/// and no word of the language.
/// The underscore is shown bare on AWS's own pages (`json_message`, `status_code`).
pub(super) fn is_plain(key: &str, first: bool) -> bool {
    let plain = key.chars().all(|char| char.is_ascii_alphanumeric() || matches!(char, '@' | '_'));
    let starts = key.starts_with(|char: char| char.is_ascii_digit());
    plain && !(first && (starts || is_word(key)))
}

/// Words that could be read as part of the language, in any case: whether they are case-sensitive is not documented.
fn is_word(key: &str) -> bool {
    const WORDS: [&str; 14] =
        ["and", "or", "not", "in", "like", "as", "into", "by", "asc", "desc", "null", "true", "false", "xor"];
    WORDS.iter().any(|word| word.eq_ignore_ascii_case(key))
}
