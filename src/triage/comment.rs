//! Comments that allow findings: `# sigmata: allow(CODE, CODE): reason`; `allow(CODE TARGET)` speaks of a refusal in one
//! language.

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
    /// The target whose refusal alone is meant: `S0830 cwli`.
    target: Option<String>,
    span: Span,
    used: bool,
}

impl Allowed {
    /// Whether it is about refusals, which show only where rules are compiled.
    fn is_about_refusals(&self, terms: &Terms<'_>) -> bool {
        let named = |code: &&&Code| code.selected_by(&self.selector).is_some();
        self.target.is_some() || terms.codes.iter().filter(named).any(|code| code.refuses_query())
    }
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

    /// Whether the comment allows a code, where it refuses a query in the query of a target; what allows it is used from
    /// now on.
    pub(super) fn allow(&mut self, code: &Code, target: Option<&str>) -> bool {
        let mut any = false;
        for allowed in &mut self.allowed {
            if code.selected_by(&allowed.selector).is_some()
                && (allowed.target.is_none() || allowed.target.as_deref() == target)
            {
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
        found.extend(self.unused(source, terms, false));
        found
    }

    /// The selectors that allow nothing, among those about refusals or among the others.
    pub(super) fn unused(&self, source: &SourceFile, terms: &Terms<'_>, refusals: bool) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        // Which files are checked decides whether there is a finding about the collection.
        let unused = |allowed: &&Allowed| {
            let collection = terms.codes.iter().any(|code| {
                code.group() == Some("collection") && code.selected_by(&allowed.selector).is_some()
            });
            !allowed.used && !collection && allowed.is_about_refusals(terms) == refusals
        };
        let all = self.allowed.iter().filter(unused).count() == self.allowed.len();
        for allowed in self.allowed.iter().filter(unused) {
            let message = match &allowed.target {
                Some(target) => format!("nothing here is `{}` in {target}", allowed.selector),
                None => format!("nothing here is `{}`", allowed.selector),
            };
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

/// Whether a file may have a comment that allows findings, as a look at its text tells.
pub fn may_allow(source: &SourceFile) -> bool {
    source.text().contains(MARK)
}

/// The comments of a file that allow findings, and what is wrong with those that cannot be read.
pub fn comments(source: &SourceFile, terms: &Terms<'_>) -> (Vec<Comment>, Vec<Diagnostic>) {
    let (mut found, mut wrong) = (Vec::new(), Vec::new());
    if !may_allow(source) {
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
        match read(source, span, lines.reach(source, span), terms) {
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
    terms: &Terms<'_>,
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
        let whole = part.trim();
        let start = at + part.len() - part.trim_start().len();
        at += part.len() + 1;
        let place = Span::of(start, start + whole.len());
        if whole.is_empty() {
            return Err(form());
        }
        let (selector, target) = match whole.split_once(char::is_whitespace) {
            Some((selector, target)) => (selector, Some(target.trim_start())),
            None => (whole, None),
        };
        if let Some(target) = target.filter(|target| !terms.targets.contains(target)) {
            let help = format!("the targets are {}", terms.targets.join(", "));
            return Err(unreadable(place, &format!("no target is called `{target}`"), &help));
        }
        if !terms.codes.iter().any(|code| code.selected_by(selector).is_some()) {
            let names = terms.codes.iter().flat_map(|code| [code.name, code.id]);
            let near = nearest(selector, names.chain(GROUPS.iter().map(|(group, _)| *group)));
            let help = near.first().map_or_else(
                || "`sigmata explain` lists codes and names".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            return Err(unreadable(place, &format!("no finding is called `{selector}`"), &help));
        }
        let target = target.map(str::to_owned);
        allowed.push(Allowed { selector: selector.to_owned(), target, span: place, used: false });
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
