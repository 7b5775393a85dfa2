//! Comments that allow findings: `# sigmata: allow(CODE, CODE): reason`.

use super::Terms;
use super::codes::{MISSING_REASON, UNREADABLE_SUPPRESSION, UNUSED_SUPPRESSION};
use crate::diagnostic::nearest::nearest;
use crate::diagnostic::{Code, Diagnostic, Fix, GROUPS};
use crate::source::{SourceFile, Span};
use crate::yaml;

/// What such a comment begins with, after `#` and blanks.
const MARK: &str = "sigmata:";

/// A comment that allows findings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// From `#` to the end of its line.
    pub span: Span,
    /// Which places it speaks of.
    pub reach: Reach,
    /// Why, as written; empty where nothing is.
    pub reason: String,
    allowed: Vec<Allowed>,
}

/// A selector of a comment.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Allowed {
    selector: String,
    span: Span,
    used: bool,
}

/// Which places a comment speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// This line, from 1.
    Line(u32),
    /// A document: from the comment to its end.
    Document(Span),
}

impl Comment {
    /// Whether a finding is in the reach.
    pub(super) fn reaches(&self, source: &SourceFile, finding: &Diagnostic) -> bool {
        match self.reach {
            Reach::Line(line) => source.position(finding.span.start).line == line,
            Reach::Document(span) => (span.start..=span.end).contains(&finding.span.start),
        }
    }

    /// Whether the comment allows a code; what allows it is used from now on.
    pub(super) fn allow(&mut self, code: &Code) -> bool {
        let mut any = false;
        for allowed in &mut self.allowed {
            if code.selected_by(&allowed.selector).is_some() {
                allowed.used = true;
                any = true;
            }
        }
        any
    }

    /// What is wrong with the comment, once every finding has been held against it.
    pub(super) fn findings(&self, source: &SourceFile, terms: &Terms<'_>) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        if terms.needs_reason && self.reason.is_empty() {
            let finding = Diagnostic::new(&MISSING_REASON, self.span, "the comment gives no reason");
            found.push(finding.help("write it after a colon: `# sigmata: allow(CODE): reason`"));
        }
        // Which files are checked decides whether there is a finding about the collection.
        let unused = |allowed: &&Allowed| {
            let collection = terms.codes.iter().any(|code| {
                code.group() == Some("collection") && code.selected_by(&allowed.selector).is_some()
            });
            !allowed.used && !collection
        };
        let all = self.allowed.iter().filter(unused).count() == self.allowed.len();
        for allowed in self.allowed.iter().filter(unused) {
            let message = format!("nothing here is `{}`", allowed.selector);
            let finding = Diagnostic::new(&UNUSED_SUPPRESSION, allowed.span, message);
            let fix = if all { without(source, self.span) } else { self.without(allowed) };
            found.push(finding.help("remove what allows nothing").fix(fix));
        }
        found
    }

    /// The removal of one selector among others.
    fn without(&self, gone: &Allowed) -> Fix {
        let after = self.allowed.iter().find(|other| other.span.start > gone.span.start);
        let before = self.allowed.iter().rev().find(|other| other.span.start < gone.span.start);
        let span = match (before, after) {
            (Some(before), _) => Span::new(before.span.end, gone.span.end),
            (None, Some(after)) => Span::new(gone.span.start, after.span.start),
            (None, None) => gone.span,
        };
        Fix::safe(span, "")
    }
}

/// The removal of a comment: with the blanks before it, and with its line where nothing else is there.
fn without(source: &SourceFile, comment: Span) -> Fix {
    let before = source.text().get(..comment.start as usize).unwrap_or_default();
    let kept = before.trim_end_matches([' ', '\t']);
    let mut end = comment.end as usize;
    if kept.is_empty() || kept.ends_with('\n') {
        let rest = source.text().get(end..).unwrap_or_default();
        end += rest.find('\n').map_or(rest.len(), |at| at + 1);
    }
    Fix::safe(Span::of(kept.len(), end), "")
}

/// The comments of a file that allow findings, and what is wrong with those that cannot be read.
pub fn comments(source: &SourceFile, codes: &[&'static Code]) -> (Vec<Comment>, Vec<Diagnostic>) {
    let (mut found, mut wrong) = (Vec::new(), Vec::new());
    if !source.text().contains(MARK) {
        return (found, wrong);
    }
    let (tree, _) = yaml::read(source.text());
    let comments: Vec<Span> = tree.comments().iter().map(|&span| trimmed(source, span)).collect();
    let lines = Lines::of(source.text());
    for &span in &comments {
        let text = source.slice(span).trim_start_matches('#').trim_start();
        if !text.starts_with(MARK) {
            continue;
        }
        match read(source, span, lines.reach(source, span), codes) {
            Ok(comment) => found.push(comment),
            Err(finding) => wrong.push(*finding),
        }
    }
    (found, wrong)
}

/// A comment without the end of its line.
fn trimmed(source: &SourceFile, span: Span) -> Span {
    let text = source.slice(span);
    Span::of(span.start as usize, span.start as usize + text.trim_end().len())
}

fn read(
    source: &SourceFile,
    span: Span,
    reach: Reach,
    codes: &[&'static Code],
) -> Result<Comment, Box<Diagnostic>> {
    let unreadable = |span: Span, message: &str, help: &str| {
        Box::new(Diagnostic::new(&UNREADABLE_SUPPRESSION, span, message).help(help))
    };
    let form = || {
        unreadable(
            span,
            "the comment begins with `sigmata:` and allows nothing",
            "write `# sigmata: allow(CODE): reason`",
        )
    };
    let text = source.slice(span);
    let mark = text.find(MARK).ok_or_else(form)? + MARK.len();
    let rest = text.get(mark..).unwrap_or_default();
    let inner = rest.trim_start().strip_prefix("allow").map(str::trim_start);
    let inner = inner.and_then(|inner| inner.strip_prefix('(')).ok_or_else(form)?;
    let (list, after) = inner.split_once(')').ok_or_else(form)?;
    let reason = match after.trim() {
        "" => "",
        after => after.strip_prefix(':').ok_or_else(form)?.trim(),
    };
    let mut allowed = Vec::new();
    let mut at = span.start as usize + text.len() - inner.len();
    for part in list.split(',') {
        let selector = part.trim();
        let start = at + part.len() - part.trim_start().len();
        at += part.len() + 1;
        let place = Span::of(start, start + selector.len());
        if selector.is_empty() {
            return Err(form());
        }
        if !codes.iter().any(|code| code.selected_by(selector).is_some()) {
            let names = codes.iter().flat_map(|code| [code.name, code.id]);
            let near = nearest(selector, names.chain(GROUPS.iter().map(|(group, _)| *group)));
            let help = near.first().map_or_else(
                || "`sigmata explain` lists codes and names".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            return Err(unreadable(place, &format!("no finding is called `{selector}`"), &help));
        }
        allowed.push(Allowed { selector: selector.to_owned(), span: place, used: false });
    }
    Ok(Comment { span, reach, reason: reason.to_owned(), allowed })
}

/// The lines of a text, as far as the reach of a comment depends on them.
struct Lines {
    /// Each line: where it starts, and what it is.
    lines: Vec<(u32, Line)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    /// Blank, or a comment alone.
    Bare,
    /// `---`, `...`, or a directive before it.
    Marker,
    /// Anything else.
    Content,
}

impl Lines {
    fn of(text: &str) -> Self {
        let mut lines = Vec::new();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let inner = line.trim_start_matches('\u{feff}').trim();
            let marks =
                |mark: &str| line == mark || line.starts_with(&format!("{mark} ")) || line.trim_end() == mark;
            let kind = if marks("---") || marks("...") || line.starts_with('%') {
                Line::Marker
            } else if inner.is_empty() || inner.starts_with('#') {
                Line::Bare
            } else {
                Line::Content
            };
            lines.push((Span::of(start, start).start, kind));
            start += line.len();
        }
        Self { lines }
    }

    /// Which places a comment speaks of: its line, or the next one with content where it is alone in its own; the document
    /// where that is the first of one.
    fn reach(&self, source: &SourceFile, comment: Span) -> Reach {
        let at = source.position(comment.start).line as usize;
        let own = at.saturating_sub(1);
        if self.lines.get(own).is_none_or(|(_, kind)| *kind != Line::Bare) {
            return Reach::Line(Span::of(at, at).start);
        }
        let before = self.lines.get(..own).unwrap_or_default().iter().rev();
        let first = before.map(|(_, kind)| *kind).find(|kind| *kind != Line::Bare);
        let mut next = self.lines.iter().enumerate().skip(at).filter(|(_, (_, kind))| *kind != Line::Bare);
        let head = first.is_none_or(|kind| kind == Line::Marker);
        if !head {
            // Lines count from 1.
            let line = next.next().map_or(at, |(index, _)| index + 1);
            return Reach::Line(Span::of(line, line).start);
        }
        let mut inside = false;
        let end = next.find_map(|(_, (start, kind))| match kind {
            Line::Marker if inside => Some(*start),
            Line::Content => {
                inside = true;
                None
            }
            _ => None,
        });
        let whole = Span::of(0, source.text().len()).end;
        Reach::Document(Span::new(comment.start, end.map_or(whole, |end| end.saturating_sub(1))))
    }
}
