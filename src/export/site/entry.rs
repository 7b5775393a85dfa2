//! What the pages say, put together once: each rule with its address, its neighbours, and what became of it elsewhere.

use std::collections::HashMap;

use super::super::{Every, Job, Kind, Object, Subject};
use crate::rule::Document;

/// The levels, the highest first.
pub(super) const LEVELS: [&str; 5] = ["critical", "high", "medium", "low", "informational"];

/// The languages of the pages: the name of the target, what it is called, and by what name a list has it.
pub(super) const LANGUAGES: [(&str, &str, &str); 3] = [
    ("kql", "KQL", "Microsoft Sentinel"),
    ("spl", "SPL", "Splunk"),
    ("cwli", "CWLI", "CloudWatch Logs Insights"),
];

/// How the sentences begin that say what to do, and the heading for each. A description without them is shown whole.
const STEPS: [(&str, &str); 3] =
    [("Look next at ", "What to do next"), ("To undo it, ", "To undo it"), ("Ask ", "Whom to ask")];

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

    /// What it finds: the description up to what is to be done, in paragraphs.
    pub(super) fn finding(&self) -> Vec<String> {
        let text = &self.subject.description;
        let end = STEPS.iter().filter_map(|(begin, _)| sentence(text, begin)).min().unwrap_or(text.len());
        paragraphs(text.get(..end).unwrap_or(text))
    }

    /// What is to be done, each with its heading.
    pub(super) fn steps(&self) -> Vec<(&'static str, Vec<String>)> {
        let text = &self.subject.description;
        let mut begins: Vec<(usize, &'static str)> = STEPS
            .iter()
            .filter_map(|(begin, heading)| sentence(text, begin).map(|at| (at, *heading)))
            .collect();
        begins.sort_unstable();
        let ends = begins.iter().skip(1).map(|(at, _)| *at).chain([text.len()]);
        begins
            .iter()
            .zip(ends)
            .map(|((at, heading), end)| (*heading, paragraphs(text.get(*at..end).unwrap_or_default())))
            .collect()
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
        let item = line.starts_with("- ") || line.starts_with("* ");
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_has_paragraphs_and_sentences() {
        assert_eq!(paragraphs("a\nb\n\nc\n- d\n- e\nf"), ["a b", "c", "- d", "- e f"]);
        let text = "It asks. Ask\n  the owner, not Ask them. Askew.";
        assert_eq!(sentence(text, "Ask "), Some(9));
        assert_eq!(sentence("We Ask nobody.", "Ask "), None);
        assert_eq!(sentence("Look next at x.", "Look next at "), Some(0));
    }
}
