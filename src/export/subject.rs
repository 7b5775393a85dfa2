//! The documents of a job, as exports need them.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::attack::Attack;
use super::layout::{Facts, Layout, distinct, file_name};
use crate::backend::Compiled;
use crate::check::{Checked, File};
use crate::ir::Formula;
use crate::rule::Document;
use crate::source::{Span, Spanned};
use crate::workspace::{Case, Product};

/// A rule or a correlation with its queries.
#[derive(Debug)]
pub struct Subject<'a> {
    /// Its file.
    pub file: &'a File,
    /// Its document.
    pub checked: &'a Checked,
    /// Where a finding about it as a whole is.
    pub head: Span,
    /// Who it is.
    pub named: Named,
    /// The product of its log, as a name of a folder.
    pub folder: String,
    /// The name of its file, which no other subject of the folder has, whatever the letter case.
    pub stem: String,
    /// Where its files are below the folder of their form, without their endings; no other subject has it.
    pub place: String,
    /// What happened, why it matters, what to do.
    pub description: String,
    /// Its level; the empty text where it has none.
    pub level: String,
    /// Its status; the empty text where it has none.
    pub status: String,
    /// Who wrote it.
    pub author: String,
    /// The day of its last change, or of its making.
    pub date: String,
    /// Links.
    pub references: Vec<String>,
    /// Known false positives.
    pub false_positives: Vec<String>,
    /// Tactics and techniques.
    pub attack: Attack,
    /// The schema of a rule's log.
    pub log: Option<String>,
    /// What a rule means with its filters.
    pub formula: Option<Arc<Formula>>,
    /// The queries, by target.
    pub queries: Vec<(&'static str, &'a Compiled)>,
    /// Its tests, where pages are to show them.
    pub tests: Vec<&'a Case>,
}

/// Who a rule is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// Its identifier.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its file, from the root of the collection, with `/` between the names.
    pub source: String,
}

impl<'a> Subject<'a> {
    /// The query for a target, with what is said of it.
    pub fn query(&self, target: &str) -> Option<(&'a str, &'a Compiled)> {
        let compiled =
            self.queries.iter().find(|(known, _)| *known == target).map(|(_, compiled)| *compiled)?;
        compiled.query.as_deref().map(|query| (query.trim_end(), compiled))
    }
}

/// The subjects of compiled documents, in the order of their files; each product comes with its file as the manifest names it. The
/// products of one document are together.
pub fn subjects<'a>(
    products: impl IntoIterator<Item = (String, &'a Product<'a>)>,
    layout: &Layout,
) -> Vec<Subject<'a>> {
    let mut subjects: Vec<(usize, Subject<'a>)> = Vec::new();
    for (source, product) in products {
        let Some(checked) = product.checked else { continue };
        let query = (product.target.name(), &product.compiled);
        match subjects.last_mut() {
            Some((at, last)) if *at == product.at && std::ptr::eq(last.file, product.file) => {
                last.queries.push(query);
            }
            _ => {
                let mut subject = subject(source, product.file, checked, query);
                subject.formula.clone_from(&product.formula);
                subjects.push((product.at, subject));
            }
        }
    }
    let mut subjects: Vec<Subject<'a>> = subjects.into_iter().map(|(_, subject)| subject).collect();
    // Which of two gets a name does not depend on the order in which paths were given.
    subjects.sort_by(|one, other| {
        (&one.named.source, &one.named.id).cmp(&(&other.named.source, &other.named.id))
    });
    // Names that some systems cannot tell apart are one name; the identifier tells them apart.
    let (mut stems, mut places) = (BTreeSet::new(), BTreeSet::new());
    for subject in &mut subjects {
        let name = format!("{}/{}", subject.folder, subject.stem);
        let name = distinct(&mut stems, &name, &subject.named.id);
        if let Some((_, stem)) = name.rsplit_once('/') {
            stem.clone_into(&mut subject.stem);
        }
        let place = layout.place(Facts {
            product: &subject.folder,
            source: &subject.named.source,
            title: &subject.named.title,
            id: &subject.named.id,
            level: &subject.level,
            status: &subject.status,
        });
        subject.place = distinct(&mut places, &place, &subject.named.id);
    }
    subjects
}

fn subject<'a>(
    source: String,
    file: &'a File,
    checked: &'a Checked,
    query: (&'static str, &'a Compiled),
) -> Subject<'a> {
    let meta = checked.document.meta();
    let text = |value: &Option<Spanned<String>>| {
        value.as_ref().map_or(String::new(), |text| text.value.trim().to_owned())
    };
    let texts = |list: &[Spanned<String>]| list.iter().map(|text| text.value.trim().to_owned()).collect();
    let log =
        |product: &Option<Spanned<String>>| product.as_ref().map(|product| product.value.to_lowercase());
    let product = match &checked.document {
        Document::Detection(rule) => log(&rule.logsource.product),
        Document::Correlation(_) => folder_above(&source),
        Document::Filter(_) => None,
    };
    let stem = source.rsplit('/').next().unwrap_or_default();
    let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem);
    let id = text(&meta.id);
    Subject {
        file,
        checked,
        head: meta.title.as_ref().map_or(meta.span, |title| title.span),
        folder: product
            .as_deref()
            .map(file_name)
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| "other".to_owned()),
        stem: Some(file_name(stem)).filter(|name| !name.is_empty()).unwrap_or_else(|| "rule".to_owned()),
        place: String::new(),
        named: Named { id: id.to_lowercase(), title: text(&meta.title), source },
        description: text(&meta.description),
        level: text(&meta.level),
        status: text(&meta.status),
        author: text(&meta.author),
        date: if meta.modified.is_some() { text(&meta.modified) } else { text(&meta.date) },
        references: texts(&meta.references),
        false_positives: texts(&meta.falsepositives),
        attack: Attack::of(meta.tags.iter().map(|tag| tag.value.as_str())),
        log: checked.typed.as_ref().and_then(|typed| typed.schema.as_ref()).map(|schema| schema.name.clone()),
        formula: None,
        queries: vec![query],
        tests: Vec::new(),
    }
}

/// The folder that a file is in.
fn folder_above(source: &str) -> Option<String> {
    let (folders, _) = source.rsplit_once('/')?;
    folders.rsplit('/').next().map(str::to_owned)
}
