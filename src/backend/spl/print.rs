//! Writes a query: the only place that knows quoting, escaping, precedence and layout.
//!
//! `search` ranks NOT, OR, AND and `where` ranks NOT, AND, OR (Search Manual, "Boolean expressions with logical
//! operators"), so mixed levels always are in parentheses.
//! In a quoted string `\` and `"` take a backslash (Search Manual, "Backslashes"); nothing else has a documented
//! escape, and [`Text`](super::ast::Text) holds nothing that would need one.

pub mod pipeline;

use super::ast::{Command, Comment, Expr, Name, Operator, Query, Search, Value};

/// The longest line, where a condition can be broken.
const WIDTH: usize = 100;
/// One level of layout.
const INDENT: usize = 4;

/// The query as text, without a final newline. The same query always gives the same text.
pub fn print(query: &Query) -> String {
    let mut out = String::new();
    for comment in &query.comments {
        out.push_str("``` ");
        out.push_str(comment.as_str());
        out.push_str(" ```\n");
    }
    base_search(&query.search, &mut out);
    for command in &query.commands {
        if let Some(remark) = remark(command).filter(|_| !query.comments.is_empty()) {
            out.push_str("\n``` ");
            out.push_str(remark.as_str());
            out.push_str(" ```");
        }
        out.push_str("\n| ");
        out.push_str(&self::command(command));
    }
    out
}

/// What a command does that is not seen at once: what the helper fields hold that it makes.
fn remark(command: &Command) -> Option<Comment> {
    match command {
        Command::Spath(path, output) => {
            Comment::new(&format!("{}: the elements of {}", output.as_str(), path.as_str()))
        }
        Command::Eval(assignments) => {
            let held = |(letter, what): (char, &str)| {
                let stem = format!("sf_{letter}");
                let names = assignments.iter().map(|(name, _)| name.as_str());
                let names: Vec<&str> = names.filter(|name| name.starts_with(&stem)).collect();
                (!names.is_empty()).then(|| format!("{}: {what}", names.join(", ")))
            };
            let all: Vec<String> = HELPERS.into_iter().filter_map(held).collect();
            Comment::new(&all.join("; "))
        }
        Command::Lookup { lookup, output, .. } => {
            Comment::new(&format!("{}: there where {} has the value", output.as_str(), lookup.as_str()))
        }
        Command::Where(_) | Command::Table(_) => None,
    }
}

/// What the helper fields with a letter hold.
const HELPERS: [(char, &str); 4] = [
    ('j', "JSON texts"),
    ('e', "elements of arrays"),
    ('m', "1 for each element that passes, else 0"),
    ('t', "parts of times"),
];

/// A command without its pipe.
fn command(command: &Command) -> String {
    let mut out = String::new();
    match command {
        Command::Spath(path, output) => {
            out.push_str("spath path=");
            out.push_str(&string(path.as_str()));
            out.push_str(" output=");
            out.push_str(&quoted_name(output));
        }
        Command::Lookup { lookup, column, field, output } => {
            let [lookup, column, field, output] = [lookup, column, field, output].map(quoted_name);
            out.push_str(&format!("lookup {lookup} {column} AS {field} OUTPUTNEW {column} AS {output}"));
        }
        Command::Eval(assignments) => {
            out.push_str("eval ");
            for (at, (name, value)) in assignments.iter().enumerate() {
                if at > 0 {
                    out.push_str(",\n    ");
                }
                out.push_str(&field(name));
                out.push('=');
                out.push_str(&expr(value));
            }
        }
        Command::Where(condition) => {
            out.push_str("where ");
            broken(condition, INDENT, &mut out);
        }
        Command::Table(columns) => {
            out.push_str("table ");
            out.push_str(&columns.iter().map(column).collect::<Vec<_>>().join(" "));
        }
    }
    out
}

/// The base search: on one line when it fits, else one conjunct a line.
fn base_search(search: &Search, out: &mut String) {
    let line = match search {
        Search::And(parts) => parts.iter().map(conjunct).collect::<Vec<_>>().join(" "),
        other => self::search(other),
    };
    match search {
        Search::And(parts) if line.chars().count() > WIDTH => {
            for (at, part) in parts.iter().enumerate() {
                if at > 0 {
                    out.push('\n');
                    out.push_str(&" ".repeat(INDENT));
                }
                out.push_str(&filled(part));
            }
        }
        // Searches of several source types.
        Search::Or(parts) if line.chars().count() > WIDTH => {
            let parts: Vec<String> = parts.iter().map(branch).collect();
            out.push_str(&parts.join(&format!("\n{}OR ", " ".repeat(INDENT))));
        }
        _ => out.push_str(&line),
    }
}

fn search(search: &Search) -> String {
    match search {
        Search::Every => "index=*".into(),
        Search::Macro(name) => format!("`{name}`"),
        Search::Term(term) => value(term),
        Search::Compare(name, text) => format!("{}={}", quoted_name(name), value(text)),
        Search::In(name, values) => {
            let values: Vec<String> = values.iter().map(value).collect();
            format!("{} IN ({})", quoted_name(name), values.join(", "))
        }
        Search::Not(inner) => match &**inner {
            leaf @ (Search::Every
            | Search::Macro(_)
            | Search::Term(_)
            | Search::Compare(..)
            | Search::In(..)) => {
                format!("NOT {}", self::search(leaf))
            }
            group => format!("NOT ({})", self::search(group)),
        },
        Search::And(parts) => parts.iter().map(conjunct).collect::<Vec<_>>().join(" "),
        Search::Or(parts) => parts.iter().map(branch).collect::<Vec<_>>().join(" OR "),
    }
}

/// An operand of `OR`.
fn branch(part: &Search) -> String {
    match part {
        Search::Every | Search::Macro(_) | Search::Term(_) | Search::Compare(..) | Search::In(..) => {
            search(part)
        }
        Search::Not(_) | Search::And(_) | Search::Or(_) => format!("({})", search(part)),
    }
}

/// A conjunct on a line of its own, with long lists over several lines.
fn filled(part: &Search) -> String {
    let line = conjunct(part);
    if line.chars().count() + INDENT <= WIDTH {
        return line;
    }
    let (open, parts, between) = match part {
        Search::Or(parts) => ("(".to_owned(), parts.iter().map(branch).collect::<Vec<_>>(), (" ", "OR ")),
        Search::In(name, values) => {
            (format!("{} IN (", quoted_name(name)), values.iter().map(value).collect(), (", ", ""))
        }
        _ => return line,
    };
    let mut out = open;
    let mut width = INDENT + out.chars().count();
    for (at, part) in parts.iter().enumerate() {
        let (space, word) = if at == 0 { ("", "") } else { between };
        let next = space.len() + word.len() + part.chars().count();
        if at > 0 && width + next > WIDTH {
            out.push_str(space.trim_end());
            out.push('\n');
            out.push_str(&" ".repeat(2 * INDENT));
            width = 2 * INDENT + next;
        } else {
            out.push_str(space);
            width += next;
        }
        out.push_str(word);
        out.push_str(part);
    }
    out.push(')');
    out
}

fn conjunct(part: &Search) -> String {
    match part {
        Search::And(_) | Search::Or(_) => format!("({})", search(part)),
        other => search(other),
    }
}

/// A condition over several lines: `AND` and `OR` lead their line.
fn broken(condition: &Expr, indent: usize, out: &mut String) {
    let (parts, word) = match condition {
        Expr::And(parts) => (parts, "AND "),
        Expr::Or(parts) => (parts, "OR "),
        other => return out.push_str(&expr(other)),
    };
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            out.push_str(word);
        }
        let line = operand(part);
        let (before, inner) = match part {
            Expr::And(_) | Expr::Or(_) => ("(", part),
            Expr::Not(inner) if matches!(**inner, Expr::And(_) | Expr::Or(_)) => ("NOT (", &**inner),
            _ => ("", part),
        };
        if before.is_empty() || line.chars().count() + indent <= WIDTH {
            out.push_str(&line);
        } else {
            out.push_str(before);
            broken(inner, indent + INDENT, out);
            out.push(')');
        }
    }
}

fn expr(value: &Expr) -> String {
    match value {
        Expr::Field(name) => field(name),
        Expr::Text(text) => string(text.as_str()),
        Expr::Number(number) => number.as_str().into(),
        Expr::Call(function, arguments) => {
            let arguments: Vec<String> = arguments.iter().map(expr).collect();
            format!("{}({})", function.text(), arguments.join(", "))
        }
        Expr::Binary(operator, left, right) => {
            let (left, right) = (atom(left), atom(right));
            match operator {
                Operator::Equal
                | Operator::NotEqual
                | Operator::Less
                | Operator::LessOrEqual
                | Operator::Greater
                | Operator::GreaterOrEqual => format!("{left}{}{right}", operator.text()),
                Operator::Concat
                | Operator::Add
                | Operator::Subtract
                | Operator::Multiply
                | Operator::Divide
                | Operator::Remainder => format!("{left} {} {right}", operator.text()),
            }
        }
        Expr::Not(inner) => format!("NOT {}", atom(inner)),
        Expr::And(parts) => parts.iter().map(operand).collect::<Vec<_>>().join(" AND "),
        Expr::Or(parts) => parts.iter().map(operand).collect::<Vec<_>>().join(" OR "),
    }
}

/// An operand of `AND` and `OR`.
fn operand(part: &Expr) -> String {
    match part {
        Expr::And(_) | Expr::Or(_) => format!("({})", expr(part)),
        other => expr(other),
    }
}

/// An operand of anything that binds tighter.
fn atom(part: &Expr) -> String {
    match part {
        Expr::And(_) | Expr::Or(_) | Expr::Not(_) | Expr::Binary(..) => format!("({})", expr(part)),
        other => expr(other),
    }
}

/// A field in an expression: single quotes, but for the query's own and Splunk's internal fields.
fn field(name: &Name) -> String {
    let name = name.as_str();
    let own = name.starts_with("sf_") || matches!(name, "_time" | "_raw");
    if own && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        name.into()
    } else {
        format!("'{name}'")
    }
}

/// A field outside expressions: double quotes where it is more than letters, digits, `_` and `.`.
fn quoted_name(name: &Name) -> String {
    let name = name.as_str();
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'))
        && name.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && !matches!(name.to_ascii_uppercase().as_str(), "AND" | "OR" | "NOT" | "IN" | "AS" | "BY" | "WHERE");
    if plain { name.into() } else { format!("\"{name}\"") }
}

/// A column of `table`, where `*` at the end stands for all names below one.
fn column(name: &Name) -> String {
    let below = name.as_str().strip_suffix(".*").and_then(Name::new);
    let plain = below.as_ref().map(quoted_name).filter(|below| !below.starts_with('"'));
    plain.map_or_else(|| quoted_name(name), |below| below + ".*")
}

fn value(value: &Value) -> String {
    let star = |on| if on { "*" } else { "" };
    format!("\"{}{}{}\"", star(value.open()), escaped(value.text().as_str()), star(value.close()))
}

fn string(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
