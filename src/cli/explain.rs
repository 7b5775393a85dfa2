//! `sigmata explain`: the manual pages of the codes.

use super::{Failure, Output};
use crate::diagnostic::Code;
use crate::diagnostic::nearest::nearest;

/// Prints one page, or the list of codes.
pub(super) fn run(code: Option<&str>, output: &mut Output) -> Result<(), Failure> {
    let Some(wanted) = code else {
        for code in crate::codes() {
            output.line(&format!("{}  {:<8} {}", code.id, code.severity.name(), code.name));
        }
        return Ok(());
    };
    let found =
        crate::codes().iter().find(|code| code.id.eq_ignore_ascii_case(wanted) || code.name == wanted);
    let Some(code) = found else {
        return Err(Failure::Usage(unknown(wanted)));
    };
    output.line(&format!("{} {} ({})\n", code.id, code.name, code.severity.name()));
    let page = page(code);
    if output.width().is_none() {
        output.text(&format!("{}\n", page.trim_end()));
        return Ok(());
    }
    for block in blocks(&page) {
        match block {
            Block::Prose(text) => output.prose("", &text),
            Block::Entry(text) => output.prose("- ", &text),
            Block::Line(line) => output.line(line),
        }
    }
    Ok(())
}

/// A part of a page.
#[derive(Debug, PartialEq, Eq)]
enum Block<'p> {
    /// A paragraph, which fits any width.
    Prose(String),
    /// An entry of a list, which does too.
    Entry(String),
    /// A line that stays as it is: a heading, a line of a table or of an example, an empty one.
    Line(&'p str),
}

/// The parts of a page in their order.
fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut fenced = false;
    for line in page.trim_end().lines() {
        let fence = line.starts_with("```");
        if fenced || fence || line.trim().is_empty() || line.starts_with(['#', '|']) {
            blocks.push(Block::Line(line));
        } else if let Some(entry) = line.strip_prefix("- ") {
            blocks.push(Block::Entry(entry.to_owned()));
        } else if let Some(Block::Prose(text) | Block::Entry(text)) = blocks.last_mut() {
            text.push(' ');
            text.push_str(line.trim());
        } else {
            blocks.push(Block::Prose(line.to_owned()));
        }
        fenced ^= fence;
    }
    blocks
}

/// The page with the space that the doc comments begin each line with taken away.
pub(super) fn page(code: &Code) -> String {
    code.page.lines().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

fn unknown(wanted: &str) -> String {
    let codes = crate::codes();
    let near = nearest(wanted, codes.iter().flat_map(|code| [code.name, code.id]));
    match near.first() {
        Some(name) => format!("no code `{wanted}`; did you mean `{name}`?"),
        None => format!("no code `{wanted}`; `sigmata explain` lists all"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_and_entries_are_whole_and_examples_stay() {
        let page = "One\ntwo.\n\n## Example\n```yaml\na:\n  - b\n```\nThree\n- four\n  five\n- six\n";
        let [prose, entry] = [|text: &str| Block::Prose(text.into()), |text: &str| Block::Entry(text.into())];
        let line = Block::Line;
        assert_eq!(
            blocks(page),
            [
                prose("One two."),
                line(""),
                line("## Example"),
                line("```yaml"),
                line("a:"),
                line("  - b"),
                line("```"),
                prose("Three"),
                entry("four five"),
                entry("six"),
            ]
        );
    }
}
