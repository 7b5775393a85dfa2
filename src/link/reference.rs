//! References of correlations and filters to rules, by `id` or `name`.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use super::codes::{AMBIGUOUS_RULE, FILTER_MISFIT, UNKNOWN_RULE};
use crate::check::{File, TypedRule};
use crate::diagnostic::nearest::nearest;
use crate::diagnostic::{Diagnostic, Fix, Severity};
use crate::pipeline::{self, Pipeline};
use crate::rule::{self, Document, FilterRule, LogSource, Meta, reference_key};
use crate::schema::KnownLists;
use crate::source::{SourceFile, Spanned};
use crate::yaml::Limits;

/// The most rules of one correlation, those of the correlations that it names included.
pub const MOST_BASES: usize = 1_000;

/// The most unknown names of a collection that are compared with known ones.
const MAX_SEARCHES: usize = 300;
/// The longest name for which near ones are looked for.
const MAX_NAME: usize = 96;
/// The most places that a finding about several documents names.
const MOST_PLACES: usize = 3;

/// The documents of a file as others refer to them.
#[derive(Clone, Debug)]
pub struct Unit<'f> {
    /// The text.
    pub source: &'f SourceFile,
    /// Its documents.
    pub documents: Vec<Entry<'f>>,
    /// The known lists of its site.
    pub lists: KnownLists,
}

/// A document as others refer to it.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'f> {
    /// The document.
    pub document: &'f Document,
    /// For a rule that was checked, its types.
    pub typed: Option<&'f TypedRule>,
    /// Whether an error was found in it.
    pub faulty: bool,
}

impl<'f> Unit<'f> {
    /// The documents of a file that was checked.
    pub fn of(file: &'f File) -> Self {
        let erroneous =
            |findings: Vec<&Diagnostic>| findings.iter().any(|finding| finding.severity == Severity::Error);
        let errors = file.findings_by_document().into_iter().map(erroneous);
        let documents = file.documents.iter().zip(errors).map(|(checked, faulty)| Entry {
            document: &checked.document,
            typed: checked.typed.as_ref(),
            faulty,
        });
        Self { source: &file.source, documents: documents.collect(), lists: file.lists.clone() }
    }
}

impl Unit<'_> {
    /// The same file with other known lists, for which its rules are to be checked again.
    #[must_use]
    pub fn with_lists(mut self, lists: &KnownLists) -> Self {
        self.lists = lists.clone();
        self.documents.iter_mut().for_each(|entry| entry.typed = None);
        self
    }
}

/// A file in which references are looked up and filters found, and which is not itself checked.
#[derive(Debug)]
pub struct Root {
    source: SourceFile,
    documents: Vec<(Document, bool)>,
    lists: KnownLists,
}

impl Root {
    /// Reads a file of a site with these known lists, and applies pipelines to its documents.
    pub fn read(source: SourceFile, limits: Limits, lists: KnownLists, pipelines: &[Pipeline]) -> Self {
        let mut reading = rule::read_with(&source, limits);
        for document in &mut reading.documents {
            reading.diagnostics.extend(pipeline::apply(pipelines, document));
        }
        let errors: Vec<_> =
            reading.diagnostics.into_iter().filter(|finding| finding.severity == Severity::Error).collect();
        let documents = reading.documents.into_iter().map(|document| {
            let own = document.meta().span;
            let faulty =
                errors.iter().any(|error| own.start <= error.span.start && error.span.end <= own.end);
            (document, faulty)
        });
        Self { documents: documents.collect(), source, lists }
    }

    /// Its documents.
    pub fn unit(&self) -> Unit<'_> {
        let documents =
            self.documents.iter().map(|(document, faulty)| Entry { document, typed: None, faulty: *faulty });
        Unit { source: &self.source, documents: documents.collect(), lists: self.lists.clone() }
    }
}

/// Whether a filter with this log source covers a rule with the other: each part that it names is the rule's.
pub(super) fn covers(filter: &LogSource, rule: &LogSource) -> bool {
    let part = |filter: &Option<Spanned<String>>, rule: &Option<Spanned<String>>| {
        filter.as_ref().is_none_or(|part| rule.as_ref().is_some_and(|own| own.value == part.value))
    };
    part(&filter.product, &rule.product)
        && part(&filter.service, &rule.service)
        && part(&filter.category, &rule.category)
}

/// A document that can be referred to.
#[derive(Clone, Copy)]
pub(super) struct Referent<'f> {
    /// The file that it is in.
    pub source: &'f SourceFile,
    /// The document.
    pub entry: Entry<'f>,
    /// The known lists of its site.
    pub lists: &'f KnownLists,
}

impl Referent<'_> {
    fn text(&self) -> String {
        let line = self.source.position(self.entry.document.meta().span.start).line;
        format!("{}:{line}", self.source.name())
    }
}

/// The rules and correlations by identifier and name.
#[derive(Default)]
pub(super) struct Index<'f> {
    by_name: FxHashMap<String, Vec<Referent<'f>>>,
    /// The metadata of documents by their titles, by which nothing can refer to them.
    by_title: FxHashMap<&'f str, Vec<&'f Meta>>,
    searches: usize,
}

impl<'f> Index<'f> {
    /// The documents of `files` and `roots`; nothing where no document of `files` refers to another, as in most
    /// collections.
    pub(super) fn of(files: &'f [Unit<'f>], roots: &'f [Unit<'f>]) -> Self {
        let mut index = Self::default();
        let refers = |unit: &Unit<'_>| {
            unit.documents.iter().any(|entry| !matches!(entry.document, Document::Detection(_)))
        };
        if !files.iter().any(refers) {
            return index;
        }
        for unit in files.iter().chain(roots) {
            for &entry in &unit.documents {
                let meta = entry.document.meta();
                let mut names: Vec<String> = meta.referred_by().map(Cow::into_owned).collect();
                names.dedup();
                if matches!(entry.document, Document::Filter(_)) {
                    continue;
                }
                if let Some(title) = &meta.title {
                    index.by_title.entry(title.value.trim()).or_default().push(meta);
                }
                for name in names {
                    let referent = Referent { source: unit.source, entry, lists: &unit.lists };
                    index.by_name.entry(name).or_default().push(referent);
                }
            }
        }
        index
    }

    /// What has an identifier or name.
    pub(super) fn find(&self, name: &str) -> &[Referent<'f>] {
        self.by_name.get(&*reference_key(name)).map_or(&[], Vec::as_slice)
    }

    /// The names that are similar, without those of the document that asks.
    fn near(&mut self, name: &str, own: &Meta) -> Vec<String> {
        self.searches += 1;
        if self.searches > MAX_SEARCHES || name.len() > MAX_NAME {
            return Vec::new();
        }
        let own: Vec<_> = own.referred_by().collect();
        let others = self.by_name.keys().map(String::as_str);
        let others = others.filter(|known| !own.iter().any(|name| **name == **known));
        nearest(name, others.filter(|known| known.len() <= MAX_NAME))
    }
}

/// What is wrong with the references of `files`, each finding with the place of its file.
pub(super) fn resolve(files: &[Unit<'_>], index: &mut Index<'_>) -> Vec<(usize, Diagnostic)> {
    let mut findings = Vec::new();
    for (at, unit) in files.iter().enumerate() {
        for entry in &unit.documents {
            let found = match entry.document {
                Document::Detection(_) => Vec::new(),
                Document::Correlation(rule) => {
                    // A correlation of more is refused as a whole.
                    let rules = rule.rules.iter().take(MOST_BASES + 1);
                    rules.filter_map(|name| one(index, name, &rule.meta, None)).collect()
                }
                Document::Filter(rule) => {
                    rule.rules.iter().filter_map(|name| one(index, name, &rule.meta, Some(rule))).collect()
                }
            };
            findings.extend(found.into_iter().map(|finding| (at, finding)));
        }
    }
    findings
}

/// What is wrong with one reference of the document with the metadata `own`; `filter` is the filter that makes it.
fn one(
    index: &mut Index<'_>,
    name: &Spanned<String>,
    own: &Meta,
    filter: Option<&FilterRule>,
) -> Option<Diagnostic> {
    match index.find(&name.value) {
        [] => Some(unknown(index, name, own, filter.is_some())),
        [place] => misfit(name, filter?, place),
        several => {
            let places: Vec<String> = several.iter().take(MOST_PLACES).map(Referent::text).collect();
            let message = format!("`{}` names several documents", name.value);
            let finding = Diagnostic::new(&AMBIGUOUS_RULE, name.span, message)
                .label(format!("at {}", places.join(", ")))
                .help("give each document a name of its own, or write the `id`");
            Some(finding)
        }
    }
}

/// Whether a reference is written as the name of a file.
fn is_file(name: &str) -> bool {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    extension.is_some_and(|extension| ["yml", "yaml"].contains(&extension))
}

fn unknown(index: &mut Index<'_>, name: &Spanned<String>, own: &Meta, filter: bool) -> Diagnostic {
    let finding = Diagnostic::new(&UNKNOWN_RULE, name.span, format!("unknown rule `{}`", name.value))
        .severity(if filter { Severity::Warning } else { Severity::Error });
    if let Some(titled) = index.by_title.get(name.value.trim()) {
        return by_title(finding, name, titled);
    }
    let near = index.near(&name.value, own);
    match near.first() {
        Some(first) => finding
            .help(format!("did you mean `{first}`?"))
            .fix(Fix::guess(name.span, first.clone()))
            .suggest(near),
        None if is_file(&name.value) => finding.help("write the `name` or the `id` of the rule"),
        None => finding.help("name the folder of the rule too, or set `rules` in sigmata.toml"),
    }
}

/// A reference by title to these documents.
fn by_title(finding: Diagnostic, name: &Spanned<String>, titled: &[&Meta]) -> Diagnostic {
    let [meta] = titled else {
        return finding
            .help("this is the title of several documents: write the `name` or the `id` of the one");
    };
    let Some(own) = meta.name.as_ref().or(meta.id.as_ref()) else {
        return finding.help("this is a title: give the rule a `name`, and write that");
    };
    let word = if meta.name.is_some() { "name" } else { "id" };
    finding
        .help(format!("this is a title: write the `{word}` of the rule, `{}`", own.value))
        .fix(Fix::guess(name.span, own.value.clone()))
}

/// A filter that names what it cannot filter.
fn misfit(name: &Spanned<String>, filter: &FilterRule, place: &Referent<'_>) -> Option<Diagnostic> {
    let (message, help) = match place.entry.document {
        Document::Detection(rule) if covers(&filter.logsource, &rule.logsource) => return None,
        Document::Detection(_) => (
            format!("`{}` is a rule about another log than the filter", name.value),
            "write the `logsource` of the rule, or less of it",
        ),
        Document::Correlation(_) | Document::Filter(_) => {
            (format!("`{}` is a correlation, which a filter does not apply to", name.value), "name its rules")
        }
    };
    Some(Diagnostic::new(&FILTER_MISFIT, name.span, message).label(format!("at {}", place.text())).help(help))
}
