//! Processing pipelines of pySigma: what a site changes in rules before they are compiled.
//!
//! A pipeline is read whole or not at all, so nothing of it is passed over in silence, and is applied to documents as they
//! were read: every place stays that of the file. [`support`] is the table of what is read.

mod act;
pub mod codes;
mod items;
mod read;
mod rename;
mod room;
pub mod support;
mod texts;
mod when;

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::Diagnostic;
use crate::rule::{Document, Search};
use crate::source::SourceFile;
use room::Room;
use when::{FieldTest, ItemTest, RuleTest, When};

/// A pipeline, ready to be applied.
#[derive(Clone, Debug)]
pub struct Pipeline {
    priority: i64,
    items: Vec<Item>,
    variables: BTreeMap<String, Vec<String>>,
}

/// A transformation, and what it is applied to.
#[expect(clippy::struct_field_names, reason = "the conditions are about rules, items and fields")]
#[derive(Clone, Debug)]
struct Item {
    id: Option<String>,
    /// What it is called in messages: its `id` or its `type`.
    name: String,
    step: Step,
    rule: When<RuleTest>,
    item: When<ItemTest>,
    field: When<FieldTest>,
}

/// What a transformation does.
#[derive(Clone, Debug)]
enum Step {
    Rename(Rename),
    DropItem,
    AddCondition(Added),
    ChangeLogsource {
        category: Option<String>,
        product: Option<String>,
        service: Option<String>,
    },
    AddField(Vec<String>),
    RemoveField(Vec<String>),
    SetField(Vec<String>),
    Replace {
        expression: regex::Regex,
        with: String,
    },
    MapString(Vec<(String, Vec<String>)>),
    SetValue {
        text: Option<String>,
        quoted: bool,
    },
    Placeholders {
        wildcard: bool,
        include: Option<Vec<String>>,
        exclude: Option<Vec<String>>,
    },
    SetState {
        key: String,
        value: String,
    },
    SetAttribute {
        key: String,
        value: String,
    },
    RuleFailure(String),
    ItemFailure(String),
    Nest(Vec<Item>),
    /// Numbers in place of those of correlations, by identifier in small letters. No file says it.
    Thresholds(BTreeMap<String, u64>),
}

/// How field names change.
#[derive(Clone, Debug)]
enum Rename {
    Names(Vec<(String, Vec<String>)>),
    Prefixes(Vec<(String, Vec<String>)>),
    Prefix(String),
    Suffix(String),
}

/// A condition that is added to every condition of a rule.
#[derive(Clone, Debug)]
struct Added {
    name: Option<String>,
    /// Key and values as YAML, with what `template` puts in.
    parts: Vec<(String, Vec<Scalar>)>,
    template: bool,
    negated: bool,
}

/// A scalar of a pipeline.
#[derive(Clone, Debug)]
struct Scalar {
    text: String,
    /// Whether it can only be text.
    quoted: bool,
}

/// What is known of a document while it goes through pipelines.
#[derive(Debug, Default)]
struct State {
    values: BTreeMap<String, String>,
    attributes: BTreeMap<String, String>,
    applied: BTreeSet<String>,
    added: usize,
    /// What may still be added.
    room: Room,
    /// Whether more was to be added: nothing is applied any more.
    full: bool,
    findings: Vec<Diagnostic>,
}

impl Pipeline {
    /// Reads a pipeline.
    ///
    /// # Errors
    /// Everything in it that is not read, each with its place.
    pub fn read(source: &SourceFile) -> Result<Self, Vec<Diagnostic>> {
        read::pipeline(source.text())
    }

    /// One that puts numbers in the place of those that correlations are compared with, by identifier in small letters. A
    /// correlation without a number, or with more than one, stays as it is.
    pub fn thresholds(numbers: BTreeMap<String, u64>) -> Self {
        let item = Item {
            id: None,
            name: "threshold".to_owned(),
            step: Step::Thresholds(numbers),
            rule: When::always(),
            item: When::always(),
            field: When::always(),
        };
        Self { priority: 0, items: vec![item], variables: BTreeMap::new() }
    }

    /// Puts pipelines in the order in which they are applied.
    pub fn sort(pipelines: &mut [Self]) {
        pipelines.sort_by_key(|pipeline| pipeline.priority);
    }
}

/// Applies pipelines to a document, one after the other. What keeps the document from meaning what they say is returned.
pub fn apply(pipelines: &[Pipeline], document: &mut Document) -> Vec<Diagnostic> {
    let mut state = State::default();
    for pipeline in pipelines {
        act::items(&pipeline.items, &pipeline.variables, document, &mut state);
    }
    state.findings
}

/// The items below a search, in order.
fn items_of(search: &Search) -> Vec<&crate::rule::Item> {
    match search {
        Search::All(parts) | Search::Any(parts) => parts.iter().flat_map(items_of).collect(),
        Search::Item(item) => vec![item],
        Search::Hole(_) => Vec::new(),
    }
}
