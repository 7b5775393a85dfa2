//! What the pages say, put together once: each rule with its address, its neighbours, and what became of it elsewhere.

use std::collections::HashMap;

use super::super::{Every, Job, Kind, Object, Subject};
use crate::backend::{Compiled, Fidelity};
use crate::rule::Document;

/// The levels, the highest first.
pub(super) const LEVELS: [&str; 5] = ["critical", "high", "medium", "low", "informational"];

/// The languages of the pages: the name of the target, by what name a list has it, and what it is called.
const LANGUAGES: [(&str, &str, &str); 4] = [
    ("kql", "KQL", "KQL for Microsoft Sentinel"),
    (DEFENDER, "KQL XDR", "KQL for Microsoft Defender XDR"),
    ("spl", "SPL", "SPL for Splunk"),
    ("cwli", "CWLI", "CWLI for CloudWatch Logs Insights"),
];

/// The target that a page has only where the log has a place there: most that have none have one in Sentinel.
const DEFENDER: &str = "kql:xdr";

/// All that is shown.
pub(super) struct Site<'j, 'a> {
    /// The environment; empty where there is none.
    pub environment: &'j str,
    pub entries: Vec<Entry<'j, 'a>>,
    /// The objects by the identifier of their rule.
    deployed: HashMap<String, Vec<Deployed>>,
}

/// A rule or a correlation.
pub(super) struct Entry<'j, 'a> {
    pub subject: &'j Subject<'a>,
    /// What a correlation counts.
    pub bases: Vec<Base<'j>>,
    /// The correlations that count it, by their place.
    pub counted_by: Vec<usize>,
    /// How often its objects are to run.
    pub every: Every,
}

/// A rule that a correlation counts.
pub(super) enum Base<'j> {
    /// It has a page; its place.
    Page(usize),
    /// It is in the same file, and gives no query of its own.
    Inside { name: &'j str, title: &'j str },
    /// It is elsewhere.
    Elsewhere(&'j str),
}

/// An object of another kind of export.
#[derive(Clone)]
pub(super) struct Deployed {
    pub kind: String,
    pub id: String,
    pub version: u32,
    pub enabled: bool,
    pub files: Vec<String>,
    rule: String,
}

impl Deployed {
    /// Those of this build, and of the last one for kinds that are not made now.
    pub(super) fn all(job: &Job<'_>, objects: &[Object], kinds: &[Kind]) -> Vec<Self> {
        let is_made = |kind: &str| kinds.iter().any(|known| known.name() == kind);
        let now = objects.iter().map(|object| Self {
            kind: object.kind.name().to_owned(),
            id: object.id.clone(),
            version: object.version,
            enabled: object.enabled,
            files: object.files.clone(),
            rule: object.rule.id.clone(),
        });
        let before = job.last.objects().iter().filter(|known| !is_made(&known.kind)).map(|known| Self {
            kind: known.kind.clone(),
            id: known.id.clone(),
            version: known.version,
            enabled: known.enabled,
            files: known.files.clone(),
            rule: known.rule.clone(),
        });
        let mut all: Vec<Self> = now.chain(before).collect();
        all.sort_by(|one, other| {
            (&one.kind, &one.files, &one.id).cmp(&(&other.kind, &other.files, &other.id))
        });
        all
    }
}

impl<'j, 'a> Site<'j, 'a> {
    pub(super) fn new(job: &'j Job<'a>, objects: Vec<Deployed>) -> Self {
        let mut names: HashMap<String, usize> = HashMap::new();
        for (at, subject) in job.subjects.iter().enumerate() {
            names.entry(subject.named.id.clone()).or_insert(at);
            if let Some(name) = &subject.checked.document.meta().name {
                names.entry(name.value.clone()).or_insert(at);
            }
        }
        names.remove("");
        let mut entries: Vec<Entry<'j, 'a>> =
            job.subjects.iter().map(|subject| Entry::new(job, subject, &names)).collect();
        let counted: Vec<(usize, usize)> = entries
            .iter()
            .enumerate()
            .flat_map(|(at, entry)| {
                entry.bases.iter().filter_map(move |base| match base {
                    Base::Page(base) => Some((*base, at)),
                    _ => None,
                })
            })
            .collect();
        for (base, by) in counted {
            if let Some(entry) = entries.get_mut(base) {
                entry.counted_by.push(by);
            }
        }
        let mut deployed: HashMap<String, Vec<Deployed>> = HashMap::new();
        for object in objects {
            deployed.entry(object.rule.clone()).or_default().push(object);
        }
        Self { environment: job.environment.name.as_deref().unwrap_or_default(), entries, deployed }
    }

    /// What other kinds of export make of a rule.
    pub(super) fn deployed(&self, entry: &Entry<'_, '_>) -> &[Deployed] {
        self.deployed.get(&entry.subject.named.id).map_or(&[], Vec::as_slice)
    }

    /// The products in order, each with the number of its rules.
    pub(super) fn products(&self) -> Vec<(&'j str, usize)> {
        counts(self.entries.iter().map(|entry| entry.subject.folder.as_str()))
    }

    /// The tactics, or the techniques, each with the number of its rules.
    pub(super) fn attack(&self, of: impl Fn(&'j Subject<'a>) -> &'j [String]) -> Vec<(&'j str, usize)> {
        counts(self.entries.iter().flat_map(|entry| of(entry.subject).iter().map(String::as_str)))
    }
}

/// How often each text is there, in the order of the texts.
fn counts<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<(&'t str, usize)> {
    let mut counts = std::collections::BTreeMap::new();
    for text in texts {
        *counts.entry(text).or_insert(0) += 1;
    }
    counts.into_iter().collect()
}

impl<'j, 'a> Entry<'j, 'a> {
    fn new(job: &'j Job<'a>, subject: &'j Subject<'a>, names: &HashMap<String, usize>) -> Self {
        let bases = match &subject.checked.document {
            Document::Correlation(rule) => {
                let find = |reference: &str| {
                    names.get(reference).or_else(|| names.get(&reference.to_lowercase())).copied()
                };
                rule.rules
                    .iter()
                    .map(|reference| match find(&reference.value) {
                        Some(at) => Base::Page(at),
                        None => {
                            inside(subject, &reference.value).unwrap_or(Base::Elsewhere(&reference.value))
                        }
                    })
                    .collect()
            }
            _ => Vec::new(),
        };
        let every = job.settings(subject).every.unwrap_or_default();
        Self { subject, bases, counted_by: Vec::new(), every }
    }

    /// Its queries, in the order of the languages: the target, by what name a list has it, and what it is called.
    pub(super) fn queries(
        &self,
    ) -> impl Iterator<Item = (&'static str, &'static str, &'static str, &'a Compiled)> {
        LANGUAGES.into_iter().filter_map(|(target, brief, title)| {
            let (_, compiled) = self.subject.queries.iter().find(|(known, _)| *known == target)?;
            let shown = target != DEFENDER || compiled.fidelity != Fidelity::Unplaced;
            shown.then_some((target, brief, title, *compiled))
        })
    }

    /// The address of its page from the folder of the site.
    pub(super) fn path(&self) -> String {
        format!("rules/{}/{}.html", self.subject.folder, self.subject.stem)
    }

    /// The title, or what else it is known by.
    pub(super) fn title(&self) -> &str {
        match self.subject.named.title.as_str() {
            "" => &self.subject.stem,
            title => title,
        }
    }
}

/// The rule with a name in the file of a correlation.
fn inside<'j>(subject: &'j Subject<'_>, reference: &str) -> Option<Base<'j>> {
    let text = |value: &'j Option<crate::source::Spanned<String>>| {
        value.as_ref().map_or("", |value| value.value.trim())
    };
    subject.file.documents.iter().map(|checked| checked.document.meta()).find_map(|meta| {
        let (id, name) = (text(&meta.id), text(&meta.name));
        let is_meant = id.eq_ignore_ascii_case(reference) || name == reference;
        is_meant
            .then(|| Base::Inside { name: if name.is_empty() { id } else { name }, title: text(&meta.title) })
    })
}
