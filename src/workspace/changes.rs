//! What became of the documents of a collection from one state of it to the next.
//!
//! Documents are paired by `id`, else by title, else by what they mean, and by nothing that takes each with each. A rule
//! that says the same is equal without a question to the solver, also where the solver could not decide it.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;
use serde_json::Value;

use super::alike::{self, Relation};
use super::{Checked, File};
use crate::ir::Formula;
use crate::rule::{Document, LogSource};
use crate::solve::{self, Answer};

/// A file of one side, and its name below what was compared.
pub type Named<'f> = (&'f str, &'f File);

/// A document of one side.
#[derive(Clone, Copy, Debug)]
pub struct Side<'f> {
    /// Its file.
    pub file: &'f File,
    /// The document.
    pub document: &'f Document,
    name: &'f str,
    formula: Option<&'f Formula>,
    log: Option<&'f str>,
}

impl<'f> Side<'f> {
    /// A document with what it means: of a deployed rule, with the filters that apply to it.
    pub fn new(file: &'f File, checked: &'f Checked, formula: Option<&'f Formula>) -> Self {
        let typed = checked.typed.as_ref();
        let log = typed.and_then(|typed| typed.schema.as_deref()).map(|schema| schema.name.as_str());
        Self { file, document: &checked.document, name: "", formula, log }
    }
}

/// What became of a document.
#[derive(Debug)]
pub struct Change<'f> {
    /// As it was; `None` where it is new.
    pub old: Option<Side<'f>>,
    /// As it is; `None` where it is gone.
    pub new: Option<Side<'f>>,
    /// What became of it.
    pub kind: ChangeKind,
    /// An event that matches now and did not before.
    pub wider: Option<Value>,
    /// An event that matched before and does not now.
    pub narrower: Option<Value>,
}

/// The kinds of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChangeKind {
    /// It means the same.
    Equal,
    /// It was not there.
    Added,
    /// It is gone.
    Removed,
    /// It has another `id` and title, and means the same.
    Renamed,
    /// It had a meaning and cannot be read any more, or has none.
    Broken,
    /// It had no meaning and has one.
    Fixed,
    /// It is about another log.
    OtherLog,
    /// A filter, or a rule that never had a meaning, has another text; a correlation counts something else, or its windows
    /// and numbers say nothing together; a rule asks for what is new among other events.
    Changed,
    /// It matches more events.
    Wider,
    /// It matches fewer.
    Narrower,
    /// It matches some more and some fewer.
    WiderAndNarrower,
    /// It matches more; whether some fewer is not decided.
    WiderPerhapsNarrower,
    /// It matches fewer; whether some more is not decided.
    NarrowerPerhapsWider,
    /// It matches no more; whether fewer is not decided.
    NotWider,
    /// It matches no fewer; whether more is not decided.
    NotNarrower,
    /// Nothing could be decided.
    Undecided,
}

impl ChangeKind {
    /// The words that every format prints.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Renamed => "renamed",
            Self::Broken => "broken",
            Self::Fixed => "fixed",
            Self::OtherLog => "other log",
            Self::Changed => "changed",
            Self::Wider => "wider",
            Self::Narrower => "narrower",
            Self::WiderAndNarrower => "wider and narrower",
            Self::WiderPerhapsNarrower => "wider, perhaps also narrower",
            Self::NarrowerPerhapsWider => "narrower, perhaps also wider",
            Self::NotWider => "not wider, perhaps narrower",
            Self::NotNarrower => "not narrower, perhaps wider",
            Self::Undecided => "not decided",
        }
    }
}

/// What became of each document: those of the new side in their order, then those that are gone. `there` says whether a
/// file that is not among those of the new side is there all the same, so that it could not be read as a rule.
pub fn changes<'f>(old: &[Named<'f>], new: &[Named<'f>], there: &dyn Fn(&str) -> bool) -> Vec<Change<'f>> {
    let (before, after) = (sides(old), sides(new));
    let mut pairs = Pairs { partner: vec![None; after.len()], taken: vec![false; before.len()] };
    let id = |side: &Side<'f>| side.document.meta().identifier();
    let title = |side: &Side<'f>| side.document.meta().title.as_ref().map(|title| title.value.clone());
    // Two that both have an identifier, and not the same, are two rules, whatever their titles.
    let bare = |side: &Side<'f>| if id(side).is_some() { None } else { title(side) };
    let meaning = |side: &Side<'f>| Some(format!("{} {}", side.log?, side.formula?.identity()));
    let (id, title, bare, meaning): (Key<'_, 'f>, Key<'_, 'f>, Key<'_, 'f>, Key<'_, 'f>) =
        (&id, &title, &bare, &meaning);
    for (of_old, of_new) in [(id, id), (bare, title), (title, bare), (meaning, meaning)] {
        pairs.by((&before, of_old), (&after, of_new));
    }
    if let ([_], [_]) = (before.as_slice(), after.as_slice()) {
        pairs.partner = vec![Some(0)];
        pairs.taken = vec![true];
    }
    let mut changes = Vec::with_capacity(after.len());
    for (side, partner) in after.into_iter().zip(&pairs.partner) {
        let partner = partner.and_then(|at| before.get(at));
        changes.push(match partner {
            Some(other) => compared(*other, side),
            None => {
                Change { old: None, new: Some(side), kind: ChangeKind::Added, wider: None, narrower: None }
            }
        });
    }
    for (side, _) in before.into_iter().zip(pairs.taken).filter(|(_, taken)| !taken) {
        let kind = if is_broken(&side, old, new, there) { ChangeKind::Broken } else { ChangeKind::Removed };
        changes.push(Change { old: Some(side), new: None, kind, wider: None, narrower: None });
    }
    changes
}

/// Whether the file of a document that is gone is still there and holds something that cannot be read.
fn is_broken(side: &Side<'_>, old: &[Named<'_>], new: &[Named<'_>], there: &dyn Fn(&str) -> bool) -> bool {
    let single = old.len() == 1 && new.len() == 1;
    let mut same = new.iter().filter(|(name, _)| single || *name == side.name).peekable();
    if same.peek().is_none() {
        return there(side.name);
    }
    same.any(|(_, file)| file.count.lost > 0)
}

fn sides<'f>(files: &[Named<'f>]) -> Vec<Side<'f>> {
    let documents =
        files.iter().flat_map(|(name, file)| file.documents.iter().map(move |one| (*name, *file, one)));
    documents
        .map(|(name, file, checked)| {
            let formula = checked.typed.as_ref().and_then(|typed| typed.formula.as_ref());
            Side { name, ..Side::new(file, checked, formula) }
        })
        .collect()
}

/// Which document of the old side each of the new side is.
struct Pairs {
    partner: Vec<Option<usize>>,
    taken: Vec<bool>,
}

/// What a document of one side is found by.
type Key<'k, 'f> = &'k dyn Fn(&Side<'f>) -> Option<String>;

impl Pairs {
    /// Pairs what has the same key, in order, as far as it is still alone.
    fn by<'f>(
        &mut self,
        (before, of_old): (&[Side<'f>], Key<'_, 'f>),
        (after, of_new): (&[Side<'f>], Key<'_, 'f>),
    ) {
        let mut known: FxHashMap<String, VecDeque<usize>> = FxHashMap::default();
        for (at, side) in before.iter().enumerate().filter(|(at, _)| self.taken.get(*at) == Some(&false)) {
            if let Some(key) = of_old(side) {
                known.entry(key).or_default().push_back(at);
            }
        }
        for (side, partner) in after.iter().zip(&mut self.partner).filter(|(_, partner)| partner.is_none()) {
            let found = of_new(side).and_then(|key| known.get_mut(&key)?.pop_front());
            if let Some(at) = found {
                self.taken.get_mut(at).into_iter().for_each(|taken| *taken = true);
                *partner = Some(at);
            }
        }
    }
}

/// What became of a document that both sides have.
pub fn compared<'f>(old: Side<'f>, new: Side<'f>) -> Change<'f> {
    let kind = |kind| Change { old: Some(old), new: Some(new), kind, wider: None, narrower: None };
    if let (Document::Correlation(before), Document::Correlation(after)) = (old.document, new.document) {
        return kind(of_relation(alike::related(before, after), &old, &new));
    }
    let (Document::Detection(before), Document::Detection(after)) = (old.document, new.document) else {
        return kind(if same_text(&old, &new) { ChangeKind::Equal } else { ChangeKind::Changed });
    };
    let first = alike::first_seen(before.first_seen.as_deref(), after.first_seen.as_deref());
    if old.log != new.log || old.log.is_none() && !same_source(&before.logsource, &after.logsource) {
        return kind(ChangeKind::OtherLog);
    }
    let (before, after) = match (old.formula, new.formula) {
        (Some(before), Some(after)) => (before, after),
        (Some(_), None) => return kind(ChangeKind::Broken),
        (None, Some(_)) => return kind(ChangeKind::Fixed),
        (None, None) if same_text(&old, &new) => return kind(ChangeKind::Equal),
        (None, None) => return kind(ChangeKind::Changed),
    };
    if before.identity() == after.identity() {
        return kind(of_relation(first, &old, &new));
    }
    if first != Relation::Same {
        // What is new among other events is another question.
        return kind(ChangeKind::Changed);
    }
    let comparison = solve::compare(before, after);
    let event = |answer: &Answer| match answer {
        Answer::Yes(event) => Some(event.value().clone()),
        Answer::No(_) | Answer::Unknown => None,
    };
    let decided = match (&comparison.wider, &comparison.narrower) {
        (Answer::No(_), Answer::No(_)) => ChangeKind::Equal,
        (Answer::Yes(_), Answer::No(_)) => ChangeKind::Wider,
        (Answer::No(_), Answer::Yes(_)) => ChangeKind::Narrower,
        (Answer::Yes(_), Answer::Yes(_)) => ChangeKind::WiderAndNarrower,
        (Answer::Yes(_), Answer::Unknown) => ChangeKind::WiderPerhapsNarrower,
        (Answer::Unknown, Answer::Yes(_)) => ChangeKind::NarrowerPerhapsWider,
        (Answer::No(_), Answer::Unknown) => ChangeKind::NotWider,
        (Answer::Unknown, Answer::No(_)) => ChangeKind::NotNarrower,
        (Answer::Unknown, Answer::Unknown) => ChangeKind::Undecided,
    };
    Change { wider: event(&comparison.wider), narrower: event(&comparison.narrower), ..kind(decided) }
}

/// What became of a document of which it is known how what it fires for relates to what it did.
fn of_relation(relation: Relation, old: &Side<'_>, new: &Side<'_>) -> ChangeKind {
    let meta = |side: &Side<'_>| {
        let meta = side.document.meta();
        (meta.identifier(), meta.title.as_ref().map(|title| title.value.clone()))
    };
    match relation {
        Relation::Same => {
            let ((old_id, old_title), (new_id, new_title)) = (meta(old), meta(new));
            let other = old_title != new_title && (old_id != new_id || old_id.is_none());
            if other { ChangeKind::Renamed } else { ChangeKind::Equal }
        }
        Relation::Wider => ChangeKind::Wider,
        Relation::Narrower => ChangeKind::Narrower,
        Relation::Unlike if same_text(old, new) => ChangeKind::Equal,
        Relation::Unlike => ChangeKind::Changed,
    }
}

/// Whether two documents have the same text; with a template, their files.
fn same_text(old: &Side<'_>, new: &Side<'_>) -> bool {
    let text = |side: &Side<'_>| {
        let source = &side.file.source;
        let whole = side.file.count.apart > 0;
        if whole { source.text().to_owned() } else { source.slice(side.document.meta().span).to_owned() }
    };
    text(old) == text(new)
}

/// Whether two log sources without a schema are one.
fn same_source(one: &LogSource, other: &LogSource) -> bool {
    source_name(one) == source_name(other)
}

/// A log source in words, for logs without a schema.
pub(super) fn source_name(source: &LogSource) -> String {
    let parts = [&source.product, &source.category, &source.service];
    let parts = parts.map(|part| part.as_ref().map_or_else(String::new, |part| part.value.to_lowercase()));
    parts.join("/")
}
