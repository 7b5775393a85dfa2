//! What objects of several platforms say of a rule.

use serde_json::{Value, json};

use super::job::Findings;
use super::{Subject, codes, text};
use crate::backend::Compiled;
use crate::diagnostic::Diagnostic;

/// The longest description that Sentinel takes; nobody writes a longer one for the others.
const MAX_DESCRIPTION: usize = 5_000;

/// How the sentences begin that say what to do, and the heading for each. A description without them is shown whole.
const STEPS: [(&str, &str); 3] =
    [("Look next at ", "What to do next"), ("To undo it, ", "To undo it"), ("Ask ", "Whom to ask")];

/// The description in paragraphs, each step of what to do in one of its own, with what an analyst finds nowhere else in
/// a SIEM.
pub(super) fn description(subject: &Subject<'_>, at: usize, findings: &mut Findings) -> String {
    let told = told(subject);
    let told = if told.is_empty() { subject.named.title.clone() } else { written(&told) };
    let parts: Vec<String> =
        [told, false_positives(subject)].into_iter().filter(|part| !part.is_empty()).collect();
    cut(&parts.join("\n\n"), MAX_DESCRIPTION, "the description", (subject, at), findings)
}

/// What it finds and what to do, in paragraphs.
pub(super) fn told(subject: &Subject<'_>) -> Vec<String> {
    let steps = steps(&subject.description).into_iter().flat_map(|(_, text)| text);
    finding(&subject.description).into_iter().chain(steps).collect()
}

/// The title with the level and what the rule finds, for places that have no member for each.
pub(super) fn brief(subject: &Subject<'_>) -> String {
    let level = if subject.level.is_empty() { String::new() } else { format!(" ({})", subject.level) };
    let title = format!("{}{level}", subject.named.title);
    std::iter::once(title).chain(finding(&subject.description)).collect::<Vec<_>>().join(". ")
}

/// What to do, and what is a false alarm; empty where the rule says neither.
pub(super) fn advice(subject: &Subject<'_>) -> String {
    let steps: Vec<String> = steps(&subject.description).into_iter().flat_map(|(_, text)| text).collect();
    let parts = [written(&steps), false_positives(subject)];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
}

fn false_positives(subject: &Subject<'_>) -> String {
    if subject.false_positives.is_empty() {
        return String::new();
    }
    let each = subject.false_positives.iter().map(|one| format!("\n- {one}"));
    std::iter::once("False positives:".to_owned()).chain(each).collect()
}

/// A text as long as a platform takes; that something is lost is a finding.
pub(super) fn cut(
    text: &str,
    most: usize,
    what: &str,
    (subject, at): (&Subject<'_>, usize),
    findings: &mut Findings,
) -> String {
    if text.chars().count() > most {
        let message = format!("{what} is cut to {most} characters");
        findings.push((at, Diagnostic::new(&codes::SAYS_LESS, subject.head, message)));
    }
    text::shortened(text, most)
}

/// What a rule finds: its description up to what is to be done, in paragraphs.
pub(super) fn finding(text: &str) -> Vec<String> {
    let end = STEPS.iter().filter_map(|(begin, _)| sentence(text, begin)).min().unwrap_or(text.len());
    paragraphs(text.get(..end).unwrap_or(text))
}

/// What is to be done, each with its heading.
pub(super) fn steps(text: &str) -> Vec<(&'static str, Vec<String>)> {
    let mut begins: Vec<(usize, &'static str)> =
        STEPS.iter().filter_map(|(begin, heading)| sentence(text, begin).map(|at| (at, *heading))).collect();
    begins.sort_unstable();
    let ends = begins.iter().skip(1).map(|(at, _)| *at).chain([text.len()]);
    begins
        .iter()
        .zip(ends)
        .map(|((at, heading), end)| (*heading, paragraphs(text.get(*at..end).unwrap_or_default())))
        .collect()
}

/// Paragraphs as one text, with a blank line between two, but none between the entries of a list.
fn written(paragraphs: &[String]) -> String {
    let mut out = String::new();
    for text in paragraphs {
        let gap = match (out.is_empty(), is_item(text)) {
            (true, _) => "",
            (_, true) => "\n",
            _ => "\n\n",
        };
        out.push_str(gap);
        out.push_str(text);
    }
    out
}

fn is_item(line: &str) -> bool {
    line.starts_with("- ") || line.starts_with("* ")
}

/// Where a sentence with this beginning begins.
fn sentence(text: &str, begin: &str) -> Option<usize> {
    let words: Vec<&str> = begin.split_whitespace().collect();
    let is_first = |at: usize| {
        let before = text.get(..at).unwrap_or_default().trim_end();
        before.is_empty() || before.ends_with(['.', '!', '?', ')'])
    };
    let first = words.first()?;
    text.match_indices(*first).map(|(at, _)| at).find(|at| {
        let here = text.get(*at..).unwrap_or_default().split_whitespace().take(words.len());
        here.eq(words.iter().copied()) && is_first(*at)
    })
}

/// The paragraphs of a text, each on one line; lines that begin an entry of a list stay apart.
fn paragraphs(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut open = false;
    for line in text.lines().map(str::trim) {
        let item = is_item(line);
        match found.last_mut() {
            _ if line.is_empty() => open = false,
            Some(last) if open && !item => {
                last.push(' ');
                last.push_str(line);
            }
            _ => {
                found.push(line.to_owned());
                open = true;
            }
        }
    }
    found
}

/// The connectors that bring what a query reads, each with its tables.
pub(super) fn connectors(compiled: &Compiled) -> Value {
    let mut list: Vec<Value> = Vec::new();
    for read in &compiled.reads {
        for id in &read.connectors {
            let known = list.iter_mut().find(|entry| entry["connectorId"] == id.as_str());
            match known.and_then(|entry| entry["dataTypes"].as_array_mut()) {
                Some(types) if types.contains(&json!(read.place)) => {}
                Some(types) => types.push(json!(read.place)),
                None => list.push(json!({"connectorId": id, "dataTypes": [read.place]})),
            }
        }
    }
    Value::Array(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_has_paragraphs_and_sentences() {
        assert_eq!(paragraphs("a\nb\n\nc\n- d\n- e\nf"), ["a b", "c", "- d", "- e f"]);
        assert_eq!(written(&paragraphs("a\nb\n\nc\n- d\n- e\nf")), "a b\n\nc\n- d\n- e f");
        let text = "It asks. Ask\n  the owner, not Ask them. Askew.";
        assert_eq!(sentence(text, "Ask "), Some(9));
        assert_eq!(sentence("We Ask nobody.", "Ask "), None);
        assert_eq!(sentence("Look next at x.", "Look next at "), Some(0));
    }
}
