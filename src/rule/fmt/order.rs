//! The canonical order of keys.

use super::lines::{Kind, Line};

/// In which order keys are put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// That of the specification.
    Canonical,
    /// As they are.
    Written,
}

/// The keys of a document, in the order in which the public repository has them.
const DOCUMENT: [&str; 26] = [
    "action",
    "title",
    "sigma-version",
    "id",
    "name",
    "related",
    "taxonomy",
    "status",
    "description",
    "license",
    "references",
    "author",
    "date",
    "modified",
    "tags",
    "scope",
    "logsource",
    "detection",
    "correlation",
    "filter",
    "first_seen",
    "fields",
    "falsepositives",
    "level",
    "regression_tests_path",
    "simulation",
];

const LOGSOURCE: [&str; 4] = ["category", "product", "service", "definition"];
const CORRELATION: [&str; 7] = ["type", "rules", "group-by", "aliases", "timespan", "condition", "generate"];
const FILTER: [&str; 1] = ["rules"];
/// Selections stay in their order, and what combines them comes last.
const LAST: [&str; 2] = ["timeframe", "condition"];

/// The keys that have a place, for the mapping at this path from the root; those of `last` come after all others.
fn known(path: &[&str]) -> (&'static [&'static str], &'static [&'static str]) {
    match path {
        [] => (&DOCUMENT, &[]),
        ["logsource"] => (&LOGSOURCE, &[]),
        ["detection"] => (&[], &LAST),
        ["correlation"] => (&CORRELATION, &[]),
        ["filter"] => (&FILTER, &LAST),
        _ => (&[], &[]),
    }
}

/// Whether the mapping at a key of the document has an order of its own.
fn has_order(key: &str) -> bool {
    let (first, last) = known(&[key]);
    !first.is_empty() || !last.is_empty()
}

/// The places of the keys of a mapping in order. A key that is not known stays behind the one that it follows.
pub(super) fn sorted(path: &[&str], keys: &[&str], order: Order) -> Vec<usize> {
    let mut places: Vec<usize> = (0..keys.len()).collect();
    if order == Order::Written {
        return places;
    }
    let (first, last) = known(path);
    let mut rank = 0;
    let ranks: Vec<usize> = keys
        .iter()
        .map(|key| {
            if let Some(at) = last.iter().position(|known| known == key) {
                return usize::MAX - last.len() + at;
            }
            if let Some(at) = first.iter().position(|known| known == key) {
                rank = at + 1;
            }
            rank
        })
        .collect();
    places.sort_by_key(|&place| ranks.get(place).copied());
    places
}

/// The lines with their entries in order, and without blank lines that say nothing.
pub(super) fn arranged(lines: Vec<Line>, order: Order) -> Vec<Line> {
    let mut out: Vec<Line> = Vec::with_capacity(lines.len());
    let mut document = Vec::new();
    for line in lines {
        if line.kind == Kind::Separator {
            out.extend(of_document(std::mem::take(&mut document), order));
            out.push(line);
        } else {
            document.push(line);
        }
    }
    out.extend(of_document(document, order));
    out
}

fn of_document(lines: Vec<Line>, order: Order) -> Vec<Line> {
    let mut out: Vec<Line> = Vec::with_capacity(lines.len());
    for line in level(lines, &[], order) {
        let after_text = out.last().is_some_and(|line| line.kind != Kind::Blank);
        if line.kind != Kind::Blank || after_text {
            out.push(line);
        }
    }
    while out.last().is_some_and(|line| line.kind == Kind::Blank) {
        out.pop();
    }
    out
}

/// The lines of the mapping at a path, with what is before its first entry.
fn level(lines: Vec<Line>, path: &[&str], order: Order) -> Vec<Line> {
    let starts: Vec<usize> = lines
        .iter()
        .enumerate()
        .filter(|(_, line)| matches!(&line.kind, Kind::Entry(depth, _) if *depth == path.len() + 1))
        .map(|(at, _)| at)
        .collect();
    let Some(&first) = starts.first() else { return lines };
    let indent = lines.get(first).map_or(0, |line| line.text.len() - line.text.trim_start().len());
    let mut cuts: Vec<usize> = starts.iter().map(|&start| before(&lines, start, indent)).collect();
    if let Some(cut) = cuts.first_mut() {
        *cut = head(&lines, *cut, first);
    }
    let mut rest = lines;
    // What comes after the last entry speaks of none, and stays there.
    let end = rest.split_off(before(&rest, rest.len(), indent));
    let mut parts: Vec<Vec<Line>> = cuts.iter().rev().map(|&cut| rest.split_off(cut)).collect();
    parts.reverse();
    let keys: Vec<String> = parts.iter().map(|part| key(part, path.len() + 1)).collect();
    let names: Vec<&str> = keys.iter().map(String::as_str).collect();
    let mut places = sorted(path, &names, order);
    // A comment before the first key may speak of the whole document.
    let moves = places.first().is_some_and(|&place| place != 0);
    if moves && path.is_empty() {
        let new = places.first().and_then(|&place| parts.get(place)).map(Vec::as_slice).unwrap_or_default();
        if new.iter().take_while(|line| !matches!(line.kind, Kind::Entry(..))).any(speaks) {
            places.sort_unstable();
        }
    }
    let mut parts: Vec<Option<Vec<Line>>> = parts.into_iter().map(Some).collect();
    for place in places {
        let part = parts.get_mut(place).and_then(Option::take).unwrap_or_default();
        let name = names.get(place).copied().unwrap_or_default();
        if path.is_empty() && has_order(name) {
            rest.extend(level(part, &[name], order));
        } else {
            rest.extend(part);
        }
    }
    rest.extend(end);
    rest
}

/// Where what belongs to the entry at `start` begins: comments and blank lines go with the entry that they precede.
fn before(lines: &[Line], start: usize, indent: usize) -> usize {
    let goes = |line: &Line| line.kind == Kind::Blank || line.kind == Kind::Comment(indent);
    let mut cut = start;
    while cut.checked_sub(1).and_then(|at| lines.get(at)).is_some_and(goes) {
        cut -= 1;
    }
    cut
}

/// Where the first entry begins: what a blank line parts from it stays at the top, and so does what sigmata reads.
fn head(lines: &[Line], cut: usize, first: usize) -> usize {
    let before = lines.get(cut..first).unwrap_or_default();
    let stays = before.iter().rposition(|line| line.kind == Kind::Blank || speaks(line));
    stays.map_or(cut, |at| cut + at + 1)
}

/// Whether a comment is one that sigmata reads.
fn speaks(line: &Line) -> bool {
    matches!(line.kind, Kind::Comment(_)) && line.text.contains("sigmata:")
}

/// The key of a part.
fn key(part: &[Line], depth: usize) -> String {
    let key = part.iter().find_map(|line| match &line.kind {
        Kind::Entry(own, key) if *own == depth => Some(key.clone()),
        _ => None,
    });
    key.unwrap_or_default()
}
