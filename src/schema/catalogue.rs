//! Catalogues that a pack lists in full.

use super::Catalogue;
use super::nearest::fold;

/// A list of texts.
#[derive(Debug)]
pub struct List {
    noun: String,
    closed: bool,
    /// Folded text and canonical text, sorted.
    values: Vec<(String, String)>,
}

impl List {
    /// A catalogue of `values`.
    pub fn new(noun: String, closed: bool, values: impl IntoIterator<Item = String>) -> Self {
        let mut values: Vec<_> = values.into_iter().map(|value| (fold(&value), value)).collect();
        values.sort_unstable();
        values.dedup();
        Self { noun, closed, values }
    }

    fn alike(&self, text: &str) -> &[(String, String)] {
        let text = fold(text);
        let from = self.values.partition_point(|(folded, _)| *folded < text);
        let found = self.values[from..].iter().take_while(|(folded, _)| *folded == text).count();
        &self.values[from..from + found]
    }
}

impl Catalogue for List {
    fn closed(&self) -> bool {
        self.closed
    }

    fn noun(&self) -> &str {
        &self.noun
    }

    fn canonical(&self, text: &str) -> Option<&str> {
        let alike = self.alike(text);
        let found = alike.iter().find(|(_, value)| value == text).or(alike.first());
        found.map(|(_, value)| value.as_str())
    }

    fn unique(&self, text: &str) -> bool {
        self.alike(text).len() < 2
    }

    fn visit(&self, visit: &mut dyn FnMut(&str) -> bool) {
        for (_, value) in &self.values {
            if !visit(value) {
                return;
            }
        }
    }
}
