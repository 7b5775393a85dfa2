//! Catalogues that a schema lists in full.

use std::sync::Arc;

use super::forms::Form;
use super::{Completeness, KnownValues};
use crate::text::{self, TextPattern};

/// A list of texts.
#[derive(Debug)]
pub struct List {
    noun: String,
    completeness: Completeness,
    missing: String,
    /// The [key](text::key) of the text and the text, sorted.
    values: Vec<(String, String)>,
}

impl List {
    /// A list of known values of `values`.
    pub fn new(
        noun: String,
        completeness: Completeness,
        missing: String,
        values: impl IntoIterator<Item = String>,
    ) -> Self {
        let mut values: Vec<_> = values.into_iter().map(|value| (text::key(&value), value)).collect();
        values.sort_unstable();
        values.dedup();
        Self { noun, completeness, missing, values }
    }

    /// The values that `text` matches.
    fn alike<'a, 't>(&'a self, text: &'t str) -> impl Iterator<Item = &'a str> + Clone + use<'a, 't> {
        let key = text::key(text);
        let from = self.values.partition_point(|(other, _)| *other < key);
        let found = self.values.get(from..).unwrap_or_default().iter();
        let found = found.take_while(move |(other, _)| *other == key).map(|(_, value)| value.as_str());
        found.filter(move |value| text::equals(text, value))
    }
}

impl KnownValues for List {
    fn completeness(&self) -> Completeness {
        self.completeness
    }

    fn missing(&self) -> &str {
        &self.missing
    }

    fn noun(&self) -> &str {
        &self.noun
    }

    fn canonical(&self, text: &str) -> Option<&str> {
        let mut alike = self.alike(text);
        let first = alike.clone().next();
        alike.find(|value| *value == text).or(first)
    }

    fn unique(&self, text: &str) -> bool {
        self.alike(text).nth(1).is_none()
    }

    fn visit(&self, visit: &mut dyn FnMut(&str) -> bool) {
        for (_, value) in &self.values {
            if !visit(value) {
                return;
            }
        }
    }
}

/// Values of a schema beside those of a generated table.
#[derive(Debug)]
pub struct Joined {
    /// The values of the schema.
    pub first: List,
    /// The table.
    pub then: Arc<dyn KnownValues>,
}

impl KnownValues for Joined {
    fn completeness(&self) -> Completeness {
        self.first.completeness()
    }

    fn completeness_around(&self, text: &str) -> Completeness {
        self.first.completeness().max(self.then.completeness_around(text))
    }

    fn missing(&self) -> &str {
        self.first.missing()
    }

    fn noun(&self) -> &str {
        self.first.noun()
    }

    fn canonical(&self, text: &str) -> Option<&str> {
        let (first, then) = (self.first.canonical(text), self.then.canonical(text));
        then.filter(|found| *found == text).or(first).or(then)
    }

    fn logged_as(&self, text: &str) -> Option<&str> {
        if self.first.canonical(text).is_some() { None } else { self.then.logged_as(text) }
    }

    fn unique(&self, text: &str) -> bool {
        let (first, then) = (self.first.canonical(text), self.then.canonical(text));
        self.first.unique(text)
            && self.then.unique(text)
            && (first.is_none() || then.is_none() || first == then)
    }

    fn owners(&self, text: &str) -> Vec<&str> {
        self.then.owners(text)
    }

    fn visit(&self, visit: &mut dyn FnMut(&str) -> bool) {
        let mut goes_on = true;
        self.first.visit(&mut |value| {
            goes_on = visit(value);
            goes_on
        });
        if goes_on {
            self.then.visit(visit);
        }
    }

    fn table(&self) -> Option<String> {
        self.then.table()
    }

    fn visit_own(&self, visit: &mut dyn FnMut(&str) -> bool) {
        self.first.visit(visit);
    }
}

/// Values, and what is known of texts that no event holds.
#[derive(Debug)]
pub struct Renamed {
    /// The values.
    pub values: Arc<dyn KnownValues>,
    /// The other spelling, and the value that it stands for.
    pub logged_as: Vec<(String, String)>,
    /// How texts that the log never holds are written, and why it does not.
    pub never: Vec<(Form, String)>,
    /// Lists of texts that the log never holds, and why it does not.
    pub outside: Vec<(Arc<dyn KnownValues>, String)>,
}

impl Renamed {
    fn find(&self, text: &str) -> Option<&(String, String)> {
        self.logged_as.iter().find(|(other, _)| text::equals(text, other))
    }

    /// Whether a pattern fits a text of another list, and no known value.
    fn fits_only(&self, list: &dyn KnownValues, pattern: &TextPattern) -> bool {
        let fits = |list: &dyn KnownValues| {
            if let TextPattern::Equals(text) = pattern {
                return list.canonical(text).is_some();
            }
            let mut found = false;
            list.visit(&mut |value| {
                found = pattern.fits(value, false);
                !found
            });
            found
        };
        fits(list) && !fits(self.values.as_ref())
    }
}

impl KnownValues for Renamed {
    fn completeness(&self) -> Completeness {
        self.values.completeness()
    }

    fn completeness_around(&self, text: &str) -> Completeness {
        self.values.completeness_around(text)
    }

    fn missing(&self) -> &str {
        self.values.missing()
    }

    fn noun(&self) -> &str {
        self.values.noun()
    }

    fn canonical(&self, text: &str) -> Option<&str> {
        self.values.canonical(text).or_else(|| self.find(text).map(|(other, _)| other.as_str()))
    }

    fn logged_as(&self, text: &str) -> Option<&str> {
        match self.values.canonical(text) {
            Some(_) => self.values.logged_as(text),
            None => self.find(text).map(|(_, value)| value.as_str()),
        }
    }

    fn never(&self, pattern: &TextPattern) -> Option<&str> {
        let found = self.never.iter().find(|(form, _)| form.holds_all(pattern));
        let outside = || self.outside.iter().find(|(list, _)| self.fits_only(list.as_ref(), pattern));
        found.map(|(_, why)| why.as_str()).or_else(|| outside().map(|(_, why)| why.as_str()))
    }

    fn any_case(&self) -> bool {
        self.values.any_case()
    }

    fn unique(&self, text: &str) -> bool {
        self.values.unique(text)
    }

    fn visit(&self, visit: &mut dyn FnMut(&str) -> bool) {
        self.values.visit(visit);
    }

    fn table(&self) -> Option<String> {
        self.values.table()
    }

    fn visit_own(&self, visit: &mut dyn FnMut(&str) -> bool) {
        self.values.visit_own(visit);
    }
}

/// Values that the log writes in other letter cases too, so that an exact comparison does not find them all.
#[derive(Debug)]
pub struct AnyCase(pub Arc<dyn KnownValues>);

impl KnownValues for AnyCase {
    fn never(&self, pattern: &TextPattern) -> Option<&str> {
        self.0.never(pattern)
    }

    fn completeness(&self) -> Completeness {
        self.0.completeness()
    }

    fn completeness_around(&self, text: &str) -> Completeness {
        self.0.completeness_around(text)
    }

    fn missing(&self) -> &str {
        self.0.missing()
    }

    fn noun(&self) -> &str {
        self.0.noun()
    }

    fn canonical(&self, text: &str) -> Option<&str> {
        self.0.canonical(text)
    }

    fn logged_as(&self, text: &str) -> Option<&str> {
        self.0.logged_as(text)
    }

    fn any_case(&self) -> bool {
        true
    }

    fn unique(&self, _text: &str) -> bool {
        false
    }

    fn visit(&self, visit: &mut dyn FnMut(&str) -> bool) {
        self.0.visit(visit);
    }

    fn nearest(&self, text: &str) -> Vec<String> {
        self.0.nearest(text)
    }
}
