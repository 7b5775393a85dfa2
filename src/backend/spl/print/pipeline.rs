//! Searches of several parts as text.

use super::super::ast::Name;
use super::super::pipeline::{Aggregate, Order, Pipeline, Step, Window};
use super::{INDENT, command, print as search, quoted_name};

/// The text of a pipeline, without a final newline.
pub fn print(pipeline: &Pipeline) -> String {
    let mut out = String::new();
    for comment in &pipeline.comments {
        out.push_str(&format!("``` {} ```\n", comment.as_str()));
    }
    out.push_str(&body(pipeline));
    out
}

fn body(pipeline: &Pipeline) -> String {
    let mut out = String::new();
    match pipeline.searches.as_slice() {
        [only] => out.push_str(&search(only)),
        several => {
            out.push_str("| multisearch");
            let indent = format!("\n{}", " ".repeat(INDENT));
            for part in several {
                // No literal holds a line end.
                let part = search(part).replace('\n', &indent);
                out.push_str(&format!("{indent}[ search {part} ]"));
            }
        }
    }
    for step in &pipeline.steps {
        out.push_str("\n| ");
        out.push_str(&self::step(step));
    }
    out
}

fn step(step: &Step) -> String {
    match step {
        Step::Command(single) => command(single),
        Step::Expand(name) => format!("mvexpand {}", quoted_name(name)),
        Step::Dedup(names) => {
            let names: Vec<String> = names.iter().map(quoted_name).collect();
            format!("dedup {} keepempty=true", names.join(" "))
        }
        Step::Sort(names) => {
            let names = names.iter().map(|(name, order)| match order {
                Order::Up => quoted_name(name),
                Order::Down => format!("-{}", quoted_name(name)),
            });
            format!("sort 0 {}", names.collect::<Vec<_>>().join(" "))
        }
        Step::Stats(aggregates, by) => format!("stats {}", computed(aggregates, by)),
        Step::Stream(window, aggregates, by) => {
            let window = match window {
                Window::All => String::new(),
                Window::Rows(rows) => format!("window={rows} global=f "),
                Window::Before => "current=f window=1 global=f ".into(),
                Window::Seconds(seconds) => format!("time_window={seconds}s "),
            };
            format!("streamstats {window}{}", computed(aggregates, by))
        }
        Step::Rename(names) => {
            let names: Vec<String> = names
                .iter()
                .map(|(old, new)| format!("{} AS {}", quoted_name(old), quoted_name(new)))
                .collect();
            format!("rename {}", names.join(", "))
        }
        Step::Append(inner) => {
            let generating = if inner.searches.len() == 1 { "search " } else { "" };
            // No literal holds a line end.
            let indent = format!("\n{}", " ".repeat(INDENT));
            format!("append{indent}[ {generating}{} ]", body(inner).replace('\n', &indent))
        }
    }
}

fn computed(aggregates: &[Aggregate], by: &[Name]) -> String {
    let each = aggregates.iter().map(|Aggregate { function, of, name }| match of {
        Some(of) => format!("{}({}) AS {}", function.text(), quoted_name(of), quoted_name(name)),
        None => format!("{} AS {}", function.text(), quoted_name(name)),
    });
    let mut out = each.collect::<Vec<_>>().join(" ");
    if !by.is_empty() {
        out.push_str(" BY ");
        out.push_str(&by.iter().map(quoted_name).collect::<Vec<_>>().join(" "));
    }
    out
}
