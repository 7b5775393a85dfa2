//! What the lints look at: the rule as written, and each field name where it was first resolved.

use std::cell::OnceCell;

use rustc_hash::FxHashMap;

use crate::rule::{Block, Detection, DetectionRule, Item, ItemValue, Search, Value};
use crate::schema::{Resolved, Schema};
use crate::source::Spanned;

/// A field name where it was first resolved.
#[derive(Debug)]
pub(super) struct Site<'r> {
    /// The item.
    pub item: &'r Item,
    /// The name, or the part of it between array selectors.
    pub name: &'r Spanned<String>,
    /// What it stands for.
    pub resolved: Resolved,
    /// Whether the item makes the rule match, rather than keeps it from matching.
    pub positive: bool,
}

/// What a lint looks at.
#[derive(Debug)]
pub(super) struct View<'a> {
    /// The rule as written.
    pub rule: &'a DetectionRule,
    /// The schema of its log.
    pub schema: Option<&'a Schema>,
    /// Every field name that resolved.
    pub sites: &'a [Site<'a>],
    /// The places among `sites` of each item, by the item's address; made when a lint asks.
    by_item: OnceCell<FxHashMap<*const Item, Vec<usize>>>,
}

impl<'a> View<'a> {
    /// What a lint looks at, of this rule.
    pub fn new(rule: &'a DetectionRule, schema: Option<&'a Schema>, sites: &'a [Site<'a>]) -> Self {
        Self { rule, schema, sites, by_item: OnceCell::new() }
    }

    /// Where the field of an item resolved, in the order of `sites`.
    pub fn sites_of(&self, item: &'a Item) -> impl Iterator<Item = &'a Site<'a>> {
        let by_item = self.by_item.get_or_init(|| {
            let mut found: FxHashMap<*const Item, Vec<usize>> = FxHashMap::default();
            for (at, site) in self.sites.iter().enumerate() {
                found.entry(std::ptr::from_ref(site.item)).or_default().push(at);
            }
            found
        });
        let places = by_item.get(&std::ptr::from_ref(item)).map_or(&[][..], Vec::as_slice);
        places.iter().filter_map(|at| self.sites.get(*at))
    }

    /// Calls `visit` with every part of every selection, those inside element blocks included.
    pub fn each_search(&self, visit: &mut dyn FnMut(&'a Search)) {
        detection(&self.rule.detection, visit, 0);
    }

    /// Every item, in the order of the file.
    pub fn items(&self) -> Vec<&'a Item> {
        items(&self.rule.detection)
    }

    /// Calls `visit` with every value of every item.
    pub fn each_value(&self, visit: &mut dyn FnMut(&'a Item, &'a Value)) {
        self.each_search(&mut |search| {
            if let Search::Item(item) = search
                && let ItemValue::Values { values, .. } = &item.value
            {
                for value in values {
                    visit(item, value);
                }
            }
        });
    }
}

/// Every item of a detection, in the order of the file.
pub(super) fn items(of: &Detection) -> Vec<&Item> {
    let mut found = Vec::new();
    detection(
        of,
        &mut |search| {
            if let Search::Item(item) = search {
                found.push(item);
            }
        },
        0,
    );
    found
}

/// How deep selections are followed.
const MAX_DEPTH: usize = 256;

fn detection<'a>(detection: &'a Detection, visit: &mut dyn FnMut(&'a Search), depth: usize) {
    detection.selections.iter().for_each(|selection| walk(&selection.body, visit, depth));
}

fn walk<'a>(search: &'a Search, visit: &mut dyn FnMut(&'a Search), depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    visit(search);
    match search {
        Search::All(parts) | Search::Any(parts) => parts.iter().for_each(|part| walk(part, visit, depth + 1)),
        Search::Item(Item { value: ItemValue::Block { body, .. }, .. }) => match body {
            Block::Search(inner) => walk(inner, visit, depth + 1),
            Block::Detection(inner) => self::detection(inner, visit, depth + 1),
        },
        Search::Item(_) | Search::Hole(_) => {}
    }
}
