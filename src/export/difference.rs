//! Which deployed objects a change of the rules touches, and what that means for what they match.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Job, Made, Named, Object, Subject};
use crate::diagnostic::render::{code_block, code_span};
use crate::rule::{Document, reference_key};
use crate::source::visible;
use crate::workspace::{Change, ChangeKind, File, Side, compared};

/// A rule with objects that differ.
#[derive(Debug)]
pub struct Touched {
    /// The rule, as it is, or as it was where it is gone.
    pub rule: Named,
    /// Its level.
    pub level: String,
    /// What became of what it matches, with its filters.
    pub meaning: Meaning,
    /// Why objects are gone although the rule is there.
    pub reasons: Vec<String>,
    /// The rules that it counts and that do not match what they did.
    pub counted: Vec<(Named, Meaning)>,
    /// The objects that differ.
    pub objects: Vec<TouchedObject>,
    /// The rules that it counts, by identifier or name.
    counts: Vec<String>,
}

/// What became of what a rule matches.
#[derive(Clone, Debug)]
pub struct Meaning {
    /// In a word.
    pub kind: ChangeKind,
    /// An event that matches now and did not before.
    pub wider: Option<Value>,
    /// An event that matched before and does not now.
    pub narrower: Option<Value>,
}

/// An object that differs.
#[derive(Debug)]
pub struct TouchedObject {
    /// The object, as it is, or as it was where it is gone.
    pub object: Object,
    /// What became of it.
    pub state: State,
}

/// What became of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It was not there.
    Added,
    /// It has other content.
    Changed,
    /// It is gone: somebody has to delete it in the SIEM.
    Removed,
}

impl State {
    /// The word that every format prints.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Removed => "removed",
        }
    }
}

impl Meaning {
    const fn of(kind: ChangeKind) -> Self {
        Self { kind, wider: None, narrower: None }
    }

    fn from(change: &Change<'_>) -> Self {
        Self { kind: change.kind, wider: change.wider.clone(), narrower: change.narrower.clone() }
    }

    /// In words for a heading.
    const fn words(&self) -> &'static str {
        match self.kind {
            ChangeKind::Equal | ChangeKind::Renamed => "matches the same",
            kind => kind.name(),
        }
    }
}

/// The rules whose objects differ between two states of a collection, in the order of their files.
pub fn difference(old: (&Job<'_>, &Made), new: (&Job<'_>, &Made)) -> Vec<Touched> {
    let (before, after) = (subjects(old.0), subjects(new.0));
    let mut rules: BTreeMap<(String, String), Vec<TouchedObject>> = BTreeMap::new();
    for (object, state) in objects(&old.1.objects, &new.1.objects) {
        let id = object.rule.id.as_str();
        let current = after.get(id).or_else(|| before.get(id));
        let source = current.map_or_else(String::new, |(_, subject)| subject.named.source.clone());
        let entry = rules.entry((source, id.to_owned())).or_default();
        entry.push(TouchedObject { object: object.clone(), state });
    }
    rules
        .into_iter()
        .filter_map(|((_, id), objects)| {
            touched(before.get(&*id).copied(), after.get(&*id).copied(), new.1, objects)
        })
        .collect()
}

/// The objects that are not on both sides with the same content.
fn objects<'m>(old: &'m [Object], new: &'m [Object]) -> Vec<(&'m Object, State)> {
    let key = |object: &'m Object| (object.kind, object.id.as_str());
    let before: BTreeMap<_, _> = old.iter().map(|object| (key(object), object)).collect();
    let after: BTreeMap<_, _> = new.iter().map(|object| (key(object), object)).collect();
    let present = after.iter().filter_map(|(key, object)| match before.get(key) {
        None => Some((*object, State::Added)),
        // Whether it is switched on is not part of every content.
        Some(was) if was.hash != object.hash || was.enabled != object.enabled => {
            Some((*object, State::Changed))
        }
        Some(_) => None,
    });
    let gone = before.iter().filter(|(key, _)| !after.contains_key(*key));
    present.chain(gone.map(|(_, object)| (*object, State::Removed))).collect()
}

/// The rules of a job with their places, by identifier; the first of two with one.
fn subjects<'j, 'a>(job: &'j Job<'a>) -> BTreeMap<&'j str, (usize, &'j Subject<'a>)> {
    let last_first = job.subjects.iter().enumerate().rev();
    last_first.map(|(at, subject)| (subject.named.id.as_str(), (at, subject))).collect()
}

fn touched(
    old: Option<(usize, &Subject<'_>)>,
    new: Option<(usize, &Subject<'_>)>,
    made: &Made,
    objects: Vec<TouchedObject>,
) -> Option<Touched> {
    let Some((_, shown)) = new.or(old) else { return of_list(objects) };
    let meaning = match (old, new) {
        (Some((_, old)), Some((_, new))) => Meaning::from(&compared(side(old), side(new))),
        (None, _) => Meaning::of(ChangeKind::Added),
        (_, None) => Meaning::of(ChangeKind::Removed),
    };
    let is_gone = objects.iter().any(|object| object.state == State::Removed);
    let mut reasons: Vec<String> = Vec::new();
    if let (true, Some((at, _))) = (is_gone, new) {
        let own = made.findings.iter().filter(|(of, _)| *of == at);
        reasons.extend(own.map(|(_, finding)| finding.message.clone()));
    }
    let counts = match &shown.checked.document {
        Document::Correlation(rule) => {
            rule.rules.iter().map(|name| reference_key(&name.value).into_owned()).collect()
        }
        Document::Detection(_) | Document::Filter(_) => Vec::new(),
    };
    Some(Touched {
        rule: shown.named.clone(),
        level: shown.level.clone(),
        meaning,
        reasons,
        counted: Vec::new(),
        objects,
        counts,
    })
}

/// A known list that queries ask for now, or do not any more: no rule bears its name.
fn of_list(objects: Vec<TouchedObject>) -> Option<Touched> {
    let first = objects.first()?;
    let kind = match first.state {
        State::Added => ChangeKind::Added,
        State::Changed => ChangeKind::Undecided,
        State::Removed => ChangeKind::Removed,
    };
    Some(Touched {
        rule: first.object.rule.clone(),
        level: String::new(),
        meaning: Meaning::of(kind),
        reasons: Vec::new(),
        counted: Vec::new(),
        objects,
        counts: Vec::new(),
    })
}

fn side<'s>(subject: &'s Subject<'_>) -> Side<'s> {
    Side::new(subject.file, subject.checked, subject.formula.as_deref())
}

/// The changes of a collection, by the names that rules are counted under.
#[derive(Debug)]
pub struct Changes<'c> {
    all: &'c [Change<'c>],
    /// What each correlation counts, on either side.
    counts: HashMap<String, Vec<String>>,
    /// The places of the documents that are not as they were.
    changed: HashMap<String, Vec<usize>>,
}

impl<'c> Changes<'c> {
    /// Sorts changes by the names of their documents.
    pub fn new(all: &'c [Change<'c>]) -> Self {
        let mut found = Self { all, counts: HashMap::new(), changed: HashMap::new() };
        for (at, change) in all.iter().enumerate() {
            for side in [&change.new, &change.old].into_iter().flatten() {
                for name in side.document.meta().referred_by().map(Cow::into_owned) {
                    if let Document::Correlation(rule) = side.document {
                        let counted = rule.rules.iter().map(|name| reference_key(&name.value).into_owned());
                        found.counts.entry(name.clone()).or_default().extend(counted);
                    }
                    if change.kind != ChangeKind::Equal {
                        found.changed.entry(name).or_default().push(at);
                    }
                }
            }
        }
        found
    }
}

impl Touched {
    /// Whether it counts other rules, so that [`Touched::explain`] has something to look for.
    pub fn counts(&self) -> bool {
        !self.counts.is_empty()
    }

    /// Finds the rules that it counts, by way of other correlations too, among those that changed; `place` names their
    /// files as a build does.
    pub fn explain(&mut self, among: &Changes<'_>, place: &dyn Fn(&File) -> String) {
        let mut counted: BTreeSet<&str> = BTreeSet::new();
        let mut open: Vec<&str> = self.counts.iter().map(String::as_str).collect();
        while let Some(name) = open.pop() {
            if counted.insert(name) {
                open.extend(among.counts.get(name).into_iter().flatten().map(String::as_str));
            }
        }
        let changed: BTreeSet<usize> =
            counted.into_iter().filter_map(|name| among.changed.get(name)).flatten().copied().collect();
        for change in changed.into_iter().filter_map(|at| among.all.get(at)) {
            let Some(side) = [&change.new, &change.old].into_iter().flatten().next() else { continue };
            let meta = side.document.meta();
            let text = |value: Option<&String>| value.map_or(String::new(), |text| text.trim().to_owned());
            let named = Named {
                id: text(meta.id.as_ref().map(|id| &id.value)).to_lowercase(),
                title: text(meta.title.as_ref().map(|title| &title.value)),
                source: place(side.file),
            };
            self.counted.push((named, Meaning::from(change)));
        }
    }

    /// What became of the rule as a whole, in a word.
    pub fn state(&self) -> State {
        let all = |state| self.objects.iter().all(|object| object.state == state);
        if all(State::Added) {
            State::Added
        } else if all(State::Removed) {
            State::Removed
        } else {
            State::Changed
        }
    }

    /// The object of the JSON output.
    pub fn object(&self) -> Value {
        let rule = |rule: &Named| json!({"id": rule.id, "title": rule.title, "file": rule.source});
        let counted = self.counted.iter().map(|(named, meaning)| {
            json!({
                "rule": rule(named),
                "change": meaning.kind.name(),
                "wider": meaning.wider,
                "narrower": meaning.narrower,
            })
        });
        let objects = self.objects.iter().map(|TouchedObject { object, state }| {
            json!({
                "kind": object.kind.name(),
                "id": object.id,
                "state": state.name(),
                "fidelity": object.fidelity,
                "enabled": object.enabled,
                "files": object.files,
            })
        });
        json!({
            "rule": rule(&self.rule),
            "level": self.level,
            "state": self.state().name(),
            "change": self.meaning.kind.name(),
            "wider": self.meaning.wider,
            "narrower": self.meaning.narrower,
            "reasons": self.reasons,
            "counted": counted.collect::<Vec<_>>(),
            "objects": objects.collect::<Vec<_>>(),
        })
    }
}

/// What a pull request says of its objects. Every text of a rule is printed as code, so that nothing in it is markup, a link,
/// a mention or a number of an issue.
pub fn markdown(rules: &[Touched], revision: &str, remarks: &[String]) -> String {
    let mut text = format!("### Deployed objects that differ from {}\n\n", code_span(revision));
    if rules.is_empty() {
        text.push_str("None.\n");
    } else {
        let _ = writeln!(text, "| | rules | objects |\n|---|---|---|");
        for state in [State::Added, State::Changed, State::Removed] {
            let of_rules = rules.iter().filter(|rule| rule.state() == state).count();
            let objects = rules.iter().flat_map(|rule| &rule.objects);
            let objects = objects.filter(|object| object.state == state).count();
            if of_rules + objects > 0 {
                let _ = writeln!(text, "| {} | {of_rules} | {objects} |", state.name());
            }
        }
    }
    for remark in remarks {
        let _ = writeln!(text, "\n{remark}");
    }
    for rule in rules {
        text.push_str(&section(rule));
    }
    text
}

fn section(rule: &Touched) -> String {
    let Touched { rule: named, meaning, .. } = rule;
    let title = if named.title.is_empty() { "(no title)" } else { &named.title };
    let mut text = format!("\n#### {}: {}\n\n", code_span(title), rule.heading());
    let _ = write!(text, "{}, {}", code_span(&named.id), code_span(&named.source));
    if !rule.level.is_empty() {
        let _ = write!(text, ", level {}", code_span(&rule.level));
    }
    text.push_str("\n\n");
    for TouchedObject { object, state } in &rule.objects {
        let _ = write!(text, "- {} {} {}", object.kind.name(), state.name(), code_span(&object.id));
        for file in &object.files {
            let _ = write!(text, ", {}", code_span(file));
        }
        if *state != State::Removed && object.fidelity != "exact" {
            let _ = write!(text, "; {}", object.fidelity);
        }
        if *state != State::Removed && !object.enabled {
            text.push_str("; switched off");
        }
        text.push_str(if *state == State::Removed { "; to be deleted in the SIEM\n" } else { "\n" });
    }
    for reason in &rule.reasons {
        let _ = writeln!(text, "\nWhy it is gone: {}", code_span(reason));
    }
    text.push_str(&events(meaning));
    for (counted, meaning) in &rule.counted {
        let _ = writeln!(
            text,
            "\nIt counts {} ({}): {}",
            code_span(&counted.title),
            code_span(&counted.source),
            meaning.words()
        );
        text.push_str(&events(meaning));
    }
    text
}

impl Touched {
    fn heading(&self) -> String {
        let state = self.state().name();
        if self.state() == State::Removed {
            return state.to_owned();
        }
        match self.meaning.kind {
            ChangeKind::Added | ChangeKind::Removed | ChangeKind::Changed => state.to_owned(),
            ChangeKind::Equal if !self.counted.is_empty() => format!("{state}, since what it counts changed"),
            _ => format!("{state}, {}", self.meaning.words()),
        }
    }
}

/// The events that show a change.
fn events(meaning: &Meaning) -> String {
    let mut text = String::new();
    for (what, event) in
        [("Matches now, did not before", &meaning.wider), ("Matched before, does not now", &meaning.narrower)]
    {
        if let Some(event) = event {
            let _ =
                write!(text, "\n{what}:\n\n{}", code_block(&visible::json(&format!("{event:#}")), "json"));
        }
    }
    text
}
