//! What becomes of each document of a file in each language.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

use crate::backend::{Backend, Compiled, Correlated, Options, Schedule};
use crate::check::{Checked, File, TypedRule};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::render::{self, Finding};
use crate::ir::Formula;
use crate::link::{DocumentKind, Linked, Links};
use crate::rule::{DetectionRule, Document, Meta};
use crate::source::Spanned;

/// One document in one language.
#[derive(Debug)]
pub struct Product<'a> {
    /// The file.
    pub file: &'a File,
    /// The how-manieth document of the file, from 0.
    pub at: usize,
    /// The document; `None` for a file in which none could be read.
    pub checked: Option<&'a Checked>,
    /// The language.
    pub target: &'static dyn Backend,
    /// The query, or why there is none.
    pub compiled: Compiled,
    /// What a rule means with its filters, where it was asked for.
    pub formula: Option<Arc<Formula>>,
    /// What the check found out about the document.
    pub findings: Vec<&'a Diagnostic>,
}

/// What is asked of the documents of a file.
#[derive(Clone, Copy)]
pub struct Order<'o> {
    /// The languages.
    pub targets: &'o [&'static dyn Backend],
    /// The options for the log of a rule.
    pub options: &'o dyn Fn(&DetectionRule, &TypedRule) -> Options,
    /// Whether rules with errors are compiled as far as they have a meaning.
    pub force: bool,
    /// The file as the heads of queries name it.
    pub name: &'o str,
    /// Whether the meaning of each rule is given with its queries.
    pub formulas: bool,
}

impl std::fmt::Debug for Order<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Order")
            .field("name", &self.name)
            .field("force", &self.force)
            .finish_non_exhaustive()
    }
}

/// Every document of a file in every language, document by document; a filter is part of the rules that it applies to,
/// and gives nothing of its own unless it has errors, and so does a rule that correlations count, unless one of them
/// says otherwise. A rule with errors, of its own or in a filter that applies to it, is refused, unless `force` is set
/// and it has a meaning all the same.
pub fn products<'a>(file: &'a File, links: &'a Links, order: &Order<'_>) -> Vec<Product<'a>> {
    let &Order { targets, options, force, .. } = order;
    let mut products = Vec::new();
    for linked in links.of(file) {
        let is_part = matches!(linked.kind, DocumentKind::Filter(_)) || is_silent(&linked, links);
        if is_part && !linked.has_errors() {
            continue;
        }
        let mut meaning = meaning(&linked, options, force);
        if let Meaning::Correlation(correlated) = &mut meaning {
            correlated.heading.set_file(order.name);
        }
        let formula = match &meaning {
            Meaning::Rule(_, typed) if order.formulas => typed.formula.clone().map(Arc::new),
            _ => None,
        };
        products.extend(targets.iter().map(|&target| Product {
            file,
            at: linked.at,
            checked: linked.checked,
            target,
            compiled: match &meaning {
                Meaning::Rule(rule, typed) => {
                    let mut options = options(rule, typed);
                    options.heading.set_file(order.name);
                    target.compile(rule, typed, &options)
                }
                Meaning::Correlation(correlated) => target.compile_correlation(correlated),
                Meaning::Refused(reason) => Compiled::refused((**reason).clone()),
                Meaning::Faulty => Compiled::faulty(),
            },
            formula: formula.clone(),
            findings: linked.findings.clone(),
        }));
    }
    products
}

/// The rules and correlations of a file that give no query of their own, because correlations count them.
pub fn silent<'a>(file: &'a File, links: &'a Links) -> Vec<&'a Meta> {
    let counted = file.documents.iter().filter_map(|checked| match &checked.document {
        Document::Detection(rule) => Some(&rule.meta),
        Document::Correlation(rule) => Some(&rule.meta),
        Document::Filter(_) => None,
    });
    counted.filter(|meta| links.is_silent(meta)).collect()
}

fn is_silent(linked: &Linked<'_>, links: &Links) -> bool {
    match &linked.kind {
        DocumentKind::Detection(detection) => links.is_silent(&detection.rule.meta),
        DocumentKind::Correlation(rule, _) => links.is_silent(&rule.meta),
        DocumentKind::Filter(_) | DocumentKind::Unreadable => false,
    }
}

/// What is compiled of a document.
enum Meaning<'l> {
    Rule(&'l DetectionRule, Cow<'l, TypedRule>),
    Correlation(Correlated<'l>),
    /// There is nothing to compile, for this reason.
    Refused(Box<Diagnostic>),
    /// There is nothing to compile, and the findings say why.
    Faulty,
}

fn meaning<'l>(
    linked: &'l Linked<'_>,
    options: &dyn Fn(&DetectionRule, &TypedRule) -> Options,
    force: bool,
) -> Meaning<'l> {
    if linked.has_errors() && !force {
        return Meaning::Faulty;
    }
    let made = match &linked.kind {
        DocumentKind::Detection(detection) if detection.typed.formula.is_some() => {
            detection.filtered(force).map(|typed| Meaning::Rule(detection.rule, typed))
        }
        DocumentKind::Correlation(_, Some(correlation)) => {
            Correlated::new(correlation, force, options).map(Meaning::Correlation)
        }
        _ => return Meaning::Faulty,
    };
    made.unwrap_or_else(Meaning::Refused)
}

impl Product<'_> {
    /// The object of the JSON output.
    pub fn object(&self) -> Value {
        let meta = self.checked.map(|checked| checked.document.meta());
        let text = |value: Option<&Spanned<String>>| Value::from(value.map(|found| found.value.as_str()));
        let Compiled { query, fidelity, notes, diagnostics, schedule, .. } = &self.compiled;
        let notes = notes.iter().map(|note| {
            render::members([
                ("code", note.code.id.into()),
                ("message", note.message.as_str().into()),
                ("direction", note.direction.name().into()),
            ])
        });
        let found = self.findings.iter().copied().chain(diagnostics);
        let found = found.map(|diagnostic| render::object(Finding::new(&self.file.source, diagnostic)));
        let typed = self.checked.and_then(|checked| checked.typed.as_ref());
        let rule = render::members([
            ("id", text(meta.and_then(|meta| meta.id.as_ref()))),
            ("title", text(meta.and_then(|meta| meta.title.as_ref()))),
            ("file", self.file.source.name().into()),
        ]);
        render::members([
            ("rule", rule),
            ("target", self.target.name().into()),
            ("dialect", self.target.name().into()),
            ("checked", typed.is_some_and(|typed| typed.schema.is_some()).into()),
            ("fidelity", fidelity.name().into()),
            ("query", query.as_deref().into()),
            ("notes", Value::Array(notes.collect())),
            ("diagnostics", Value::Array(found.collect())),
            ("schedule", schedule.as_ref().map(Schedule::object).into()),
        ])
    }
}
