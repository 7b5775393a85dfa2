//! Field paths inside an event.

use std::fmt;

/// A step from one value of an event to others.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// A member of an object; one JSON key, dots and all.
    Key(Box<str>),
    /// Every element of an array. A value that is not an array is an array of one; null and missing are the empty array.
    Each,
    /// The elements of a keyed array whose `member` is the text `key`, exactly.
    Select {
        /// The member that holds the key.
        member: Box<str>,
        /// The key.
        key: Box<str>,
    },
    /// The first of these members that is present.
    First(Vec<Box<str>>),
    /// The JSON value that the text here encodes; nothing where the text is not JSON.
    Json,
    /// A dotted name of which no schema says where its keys end: at each object of the event the longest key that
    /// fits wins, and arrays are replaced by their elements.
    Dotted(Box<str>),
}

/// Where a path starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Base {
    /// The event.
    #[default]
    Event,
    /// The element of the innermost enclosing [`Element`](crate::ir::Element).
    Element,
}

/// A canonical path. With [`Base::Element`] and no steps it is the element itself.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Path {
    /// Where it starts.
    pub base: Base,
    /// The steps.
    pub steps: Vec<Step>,
}

impl Path {
    /// A path from the event through plain keys.
    pub fn keys<'a>(keys: impl IntoIterator<Item = &'a str>) -> Self {
        Self { base: Base::Event, steps: keys.into_iter().map(|key| Step::Key(key.into())).collect() }
    }

    /// A path from the event whose cutting no schema knows.
    pub fn dotted(name: &str) -> Self {
        Self { base: Base::Event, steps: vec![Step::Dotted(name.into())] }
    }

    /// The canonical field name, as an author writes it: arrays, JSON text and the choice among value members leave no
    /// trace in it. The element itself is `.`.
    pub fn name(&self) -> String {
        let parts = self.steps.iter().filter_map(|step| match step {
            Step::Key(key) | Step::Select { key, .. } | Step::Dotted(key) => Some(&**key),
            Step::Each | Step::First(_) | Step::Json => None,
        });
        let name = parts.collect::<Vec<_>>().join(".");
        if name.is_empty() { ".".into() } else { name }
    }

    /// Whether no step can reach more than one value, as far as is known.
    pub fn is_scalar(&self) -> bool {
        !self.steps.iter().any(|step| matches!(step, Step::Each | Step::Select { .. } | Step::Dotted(_)))
    }
}

impl fmt::Display for Path {
    /// The canonical spelling: dots between steps, `[]` for each element, the key of a keyed array as a member.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.base == Base::Element && self.steps.is_empty() {
            return f.write_str(".");
        }
        let mut first = true;
        for step in &self.steps {
            let name: &str = match step {
                Step::Key(name) | Step::Dotted(name) | Step::Select { key: name, .. } => name,
                Step::Each => {
                    f.write_str("[]")?;
                    continue;
                }
                Step::First(_) | Step::Json => continue,
            };
            if !first {
                f.write_str(".")?;
            }
            first = false;
            f.write_str(name)?;
        }
        Ok(())
    }
}
