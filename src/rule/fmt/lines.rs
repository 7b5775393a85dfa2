//! Each line with its new indentation.

use std::collections::HashMap;

use crate::yaml::{NodeKind, Style, Tree};

/// A line as it is written out.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// The whole line, without its end.
    pub text: String,
    /// What it is.
    pub kind: Kind,
}

/// What a line is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing but space.
    Blank,
    /// A comment alone, indented so far.
    Comment(usize),
    /// `---`, `...` or a directive.
    Separator,
    /// The first line of an entry of a mapping: how many collections are open, and the key.
    Entry(usize, String),
    /// Anything else.
    Other,
}

/// What a line of the text is part of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// A line of its own.
    Free,
    /// A later line of a value that folds its lines, or of one in brackets.
    Folded,
    /// A line of a block scalar.
    Block,
}

/// What the tree says of a line.
#[derive(Clone, Copy)]
struct Role {
    part: Part,
    /// Whether the space at its end may belong to a value.
    open: bool,
    /// The indicator of indentation of the block scalar that begins here.
    indicator: Option<usize>,
}

/// An open collection: where its entries are, and where they will.
struct Level {
    old: usize,
    new: usize,
    list: bool,
}

/// The lines of a text, laid out; otherwise the construct that no line can be laid out for, and its line.
pub(super) fn indented(
    tree: &Tree<'_>,
    text: &str,
    from: usize,
    indent: usize,
) -> Result<Vec<Line>, (usize, &'static str)> {
    let starts = starts(text, from);
    let mut layout = Layout {
        keys: keys(tree),
        roles: roles(tree, text, &starts),
        starts,
        text,
        indent,
        levels: Vec::new(),
        shift: (0, 0),
    };
    layout.lines()
}

/// Lines as a text, without the end of the last.
pub(super) fn joined(lines: &[Line], end: &str) -> String {
    lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>().join(end)
}

/// Where lines begin.
fn starts(text: &str, from: usize) -> Vec<usize> {
    let mut starts = vec![from];
    starts.extend(text.match_indices('\n').map(|(at, _)| at + 1).filter(|&at| at < text.len()));
    starts
}

/// The keys by where they begin.
fn keys(tree: &Tree<'_>) -> HashMap<usize, (usize, String)> {
    let entries = tree.nodes().filter_map(|node| match &node.kind {
        NodeKind::Map(entries) => Some(entries),
        _ => None,
    });
    entries
        .flatten()
        .map(|&entry| {
            let span = tree.span(entry.key);
            (span.start as usize, (span.end as usize, tree.key(entry).to_owned()))
        })
        .collect()
}

fn roles(tree: &Tree<'_>, text: &str, starts: &[usize]) -> Vec<Role> {
    let mut roles = vec![Role { part: Part::Free, open: false, indicator: None }; starts.len()];
    let line_of = |offset: usize| starts.partition_point(|&start| start <= offset).saturating_sub(1);
    for node in tree.nodes() {
        let written = tree.slice(node.span);
        let (first, mut last) =
            (line_of(node.span.start as usize), line_of((node.span.end as usize).saturating_sub(1)));
        let part = match &node.kind {
            NodeKind::Scalar(scalar) if matches!(scalar.style, Style::Literal | Style::Folded) => {
                let header: &str = written.lines().next().unwrap_or_default();
                let header = header.split([' ', '\t']).next().unwrap_or_default();
                if let Some(role) = roles.get_mut(first) {
                    role.indicator =
                        header.chars().find_map(|char| char.to_digit(10)).map(|digit| digit as usize);
                }
                // The empty lines at its end are part of its value.
                if header.contains('+') {
                    while starts
                        .get(last + 1)
                        .is_some_and(|&start| blank(line_at(text, starts, last + 1, start)))
                    {
                        last += 1;
                    }
                }
                Part::Block
            }
            NodeKind::Scalar(_) => Part::Folded,
            NodeKind::List(_) | NodeKind::Map(_) if written.starts_with(['[', '{']) => Part::Folded,
            _ => continue,
        };
        let scalar = matches!(node.kind, NodeKind::Scalar(_));
        for (line, role) in roles.iter_mut().enumerate().take(last + 1).skip(first) {
            if line > first {
                role.part = part;
            }
            role.open |= scalar && part == Part::Folded && line < last;
        }
    }
    roles
}

fn blank(line: &str) -> bool {
    line.trim().is_empty()
}

/// The text of a line, without its end.
fn line_at<'t>(text: &'t str, starts: &[usize], line: usize, start: usize) -> &'t str {
    let end = starts.get(line + 1).copied().unwrap_or(text.len());
    text.get(start..end).unwrap_or_default().trim_end_matches(['\n', '\r'])
}

struct Layout<'t> {
    text: &'t str,
    starts: Vec<usize>,
    roles: Vec<Role>,
    /// By where a key begins: where it ends, and its text.
    keys: HashMap<usize, (usize, String)>,
    indent: usize,
    levels: Vec<Level>,
    /// The column of the innermost entry of the last free line, as it was and as it is.
    shift: (usize, usize),
}

impl Layout<'_> {
    fn lines(&mut self) -> Result<Vec<Line>, (usize, &'static str)> {
        let mut out = Vec::with_capacity(self.starts.len());
        let mut at = 0;
        while let (Some(&start), Some(&role)) = (self.starts.get(at), self.roles.get(at)) {
            let line = line_at(self.text, &self.starts, at, start);
            match role.part {
                Part::Block => {
                    let until = (at..self.roles.len())
                        .find(|&next| self.roles.get(next).is_none_or(|role| role.part != Part::Block))
                        .unwrap_or(self.roles.len());
                    let header =
                        at.checked_sub(1).and_then(|at| self.roles.get(at)).and_then(|role| role.indicator);
                    self.block(at..until, header, &mut out).map_err(|(line, what)| (at + line + 1, what))?;
                    at = until;
                    continue;
                }
                Part::Folded => out.push(self.folded(line, role.open)),
                Part::Free => {
                    out.push(self.free(at, start, line, role.open).map_err(|what| (at + 1, what))?);
                }
            }
            at += 1;
        }
        Ok(out)
    }

    /// The lines of a block scalar keep what they are indented beyond its first.
    fn block(
        &self,
        lines: std::ops::Range<usize>,
        indicator: Option<usize>,
        out: &mut Vec<Line>,
    ) -> Result<(), (usize, &'static str)> {
        let texts: Vec<&str> = lines
            .filter_map(|line| Some(line_at(self.text, &self.starts, line, *self.starts.get(line)?)))
            .collect();
        let (old, new) = match indicator {
            Some(indicator) => (self.shift.0 + indicator, self.shift.1 + indicator),
            None => (
                texts.iter().find(|line| !blank(line)).map_or(0, |line| column(line)),
                self.shift.1 + self.indent,
            ),
        };
        for (at, line) in texts.into_iter().enumerate() {
            let rest = line.get(old.min(column(line))..).unwrap_or_default();
            if column(line) < old && !blank(line) {
                return Err((at, "a line of a block is indented less than the block"));
            }
            let text = if rest.is_empty() { String::new() } else { format!("{:new$}{rest}", "") };
            out.push(Line { text, kind: Kind::Other });
        }
        Ok(())
    }

    /// A later line of a value keeps its distance from the entry.
    fn folded(&self, line: &str, open: bool) -> Line {
        let (old, new) = self.shift;
        let rest = line.trim_start_matches([' ', '\t']);
        let rest = if open { rest } else { rest.trim_end_matches([' ', '\t']) };
        let column = (column(line) + new).saturating_sub(old).max(new + 1);
        let text = if rest.is_empty() { String::new() } else { format!("{:column$}{rest}", "") };
        Line { text, kind: Kind::Other }
    }

    fn free(&mut self, at: usize, start: usize, line: &str, open: bool) -> Result<Line, &'static str> {
        let trimmed = if open { line } else { line.trim_end_matches([' ', '\t']) };
        let column = column(trimmed);
        let rest = trimmed.get(column..).unwrap_or_default();
        if rest.trim().is_empty() {
            return Ok(Line { text: String::new(), kind: Kind::Blank });
        }
        if rest.trim_start().starts_with('#') {
            let new = self.comment(at, column);
            return Ok(Line { text: format!("{:new$}{}", "", rest.trim_start()), kind: Kind::Comment(new) });
        }
        if column == 0 && separates(rest) {
            self.levels.clear();
            self.shift = (0, 0);
            let content = rest.strip_prefix("---").unwrap_or_default().trim_start();
            let bare = content.is_empty() || content.starts_with('#');
            let line = Line { text: rest.to_owned(), kind: Kind::Separator };
            return if bare { Ok(line) } else { Err("something follows `---` on its line") };
        }
        if rest.starts_with("? ") {
            return Err("a key is written with `?`");
        }
        if rest.starts_with('\t') {
            return Err("a tab is before the text");
        }
        Ok(self.entries(start + column, column, rest))
    }

    /// A line that begins with a dash, a key or a value.
    fn entries(&mut self, mut offset: usize, mut column: usize, mut rest: &str) -> Line {
        self.reach(column, dash(rest));
        let first = self.levels.last().map_or(0, |level| level.new);
        let mut text = format!("{:first$}", "");
        while dash(rest) {
            let after = rest.get(1..).unwrap_or_default().trim_start_matches(' ');
            let skipped = rest.len() - after.len();
            (offset, column, rest) = (offset + skipped, column + skipped, after);
            text.push_str(if rest.is_empty() { "-" } else { "- " });
            if dash(rest) || self.keys.contains_key(&offset) || rest.starts_with("<<:") {
                let new = self.levels.last().map_or(0, |level| level.new) + 2;
                self.levels.push(Level { old: column, new, list: dash(rest) });
            }
        }
        let level = self.levels.last();
        self.shift = level.map_or((0, 0), |level| (level.old, level.new));
        let (kind, written) = match self.keys.get(&offset) {
            Some((end, key)) => {
                (Kind::Entry(self.levels.len(), key.clone()), spaced(rest, end.saturating_sub(offset)))
            }
            None if rest.starts_with("<<:") => {
                (Kind::Entry(self.levels.len(), "<<".to_owned()), spaced(rest, 2))
            }
            None => (Kind::Other, rest.to_owned()),
        };
        text.push_str(&written);
        Line { text, kind }
    }

    /// Closes and opens collections, so that the innermost is the one whose entries are at this column.
    fn reach(&mut self, column: usize, list: bool) {
        while self.levels.last().is_some_and(|level| level.old > column) {
            self.levels.pop();
        }
        if !list
            && self.levels.len() > 1
            && self.levels.last().is_some_and(|level| level.old == column && level.list)
        {
            self.levels.pop();
        }
        let new = match self.levels.last() {
            Some(level) if level.old == column && level.list == list => return,
            Some(level) if level.list => level.new + 2,
            Some(level) => level.new + self.indent,
            None => 0,
        };
        self.levels.push(Level { old: column, new, list });
    }

    /// Where a comment goes: with the line after it, unless it is indented like something that ends before that line.
    fn comment(&self, at: usize, column: usize) -> usize {
        let next = (at + 1..self.starts.len()).find_map(|line| {
            let text = line_at(self.text, &self.starts, line, *self.starts.get(line)?);
            let told = text.trim_start();
            (!told.is_empty() && !told.starts_with('#')).then_some(text)
        });
        let next = next.filter(|text| !(self::column(text) == 0 && separates(text)));
        let next = next.map(|text| (self::column(text), dash(text.trim_start())));
        let ends = |level: &Level| {
            next.is_none_or(|(next, list)| level.old > next || level.old == next && level.list && !list)
        };
        let own = self.levels.iter().rev().find(|level| level.old <= column).filter(|level| ends(level));
        match (own, next) {
            // What is not deeper than the line after it speaks of that line.
            (Some(own), Some((next, _))) if column > next => own.new,
            (Some(own), None) => own.new,
            (_, Some((next, list))) => self.would_be(next, list),
            (None, None) => 0,
        }
    }

    /// Where an entry at this column would go.
    fn would_be(&self, column: usize, list: bool) -> usize {
        let mut open = self.levels.iter().rev().skip_while(|level| level.old > column).peekable();
        if !list && open.peek().is_some_and(|level| level.old == column && level.list) {
            let above = open.next();
            if open.peek().is_none() {
                return above.map_or(0, |level| level.new);
            }
        }
        match open.next() {
            Some(level) if level.old == column && level.list == list => level.new,
            Some(level) if level.list => level.new + 2,
            Some(level) => level.new + self.indent,
            None => 0,
        }
    }
}

/// The spaces that a line begins with.
fn column(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// Whether an entry of a list begins here.
fn dash(rest: &str) -> bool {
    rest == "-" || rest.starts_with("- ")
}

/// Whether a line at the margin parts documents.
fn separates(line: &str) -> bool {
    let marks = |mark: &str| {
        line.strip_prefix(mark).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
    };
    marks("---") || marks("...") || line.starts_with('%')
}

/// An entry with one space after its colon; `key` is the width of the key.
fn spaced(rest: &str, key: usize) -> String {
    let (name, after) = rest.split_at_checked(key).unwrap_or((rest, ""));
    let Some(value) = after.trim_start_matches([' ', '\t']).strip_prefix(':') else { return rest.to_owned() };
    let told = value.trim_start_matches([' ', '\t']);
    if told.is_empty() {
        format!("{name}:")
    } else if told.starts_with('#') {
        format!("{name}:{value}")
    } else {
        format!("{name}: {told}")
    }
}
