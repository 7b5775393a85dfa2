//! Values as nodes.

use std::borrow::Cow;

/// One value of a [`Tape`](super::Tape).
#[derive(Debug)]
pub struct Node<'a> {
    /// The key under which it is in an object.
    pub(super) key: Cow<'a, str>,
    pub(super) what: What<'a>,
    /// How many nodes the value has, its own among them.
    pub(super) size: usize,
}

/// What a value is; what lies in an array or an object follows it.
#[derive(Debug)]
pub(super) enum What<'a> {
    Null,
    Bool(bool),
    /// As the text spells it.
    Number(Cow<'a, str>),
    Text(Cow<'a, str>),
    Array,
    Object,
}

impl<'a> Node<'a> {
    /// A value under a key, without what lies in it.
    pub(super) const fn new(key: Cow<'a, str>, what: What<'a>) -> Self {
        Self { key, what, size: 1 }
    }

    pub(super) fn into_owned(self) -> Node<'static> {
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        let what = match self.what {
            What::Null => What::Null,
            What::Bool(value) => What::Bool(value),
            What::Number(text) => What::Number(owned(text)),
            What::Text(text) => What::Text(owned(text)),
            What::Array => What::Array,
            What::Object => What::Object,
        };
        Node { key: owned(self.key), what, size: self.size }
    }
}

/// Sets how many nodes the value at `at` has: all that follow.
pub(super) fn close(nodes: &mut [Node<'_>], at: usize) {
    let size = nodes.len() - at;
    if let Some(node) = nodes.get_mut(at) {
        node.size = size;
    }
}
