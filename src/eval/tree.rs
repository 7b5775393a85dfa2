//! What the evaluator asks of JSON, however it is held.

use std::borrow::Borrow;

use serde_json::Value;

/// What a JSON value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind<'v> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as the event spells it.
    Number(&'v str),
    /// A string.
    Text(&'v str),
    /// An array.
    Array,
    /// An object.
    Object,
}

/// A JSON value: of `serde_json`, or one that was read for matching alone ([`Json`](super::Json)).
pub trait Tree {
    /// A value that owns what it holds.
    type Owned: Borrow<Self>;

    /// What the value is.
    fn kind(&self) -> Kind<'_>;

    /// The member of an object with this key; of several the last.
    fn member(&self, key: &str) -> Option<&Self>;

    /// The elements of an array; of anything else none.
    fn elements(&self) -> impl Iterator<Item = &Self>;

    /// The members of an object, each key once; of anything else none.
    fn members(&self) -> impl Iterator<Item = (&str, &Self)>;

    /// Calls `visit` with each member of an object, also with all of the same key.
    fn each_member<'v>(&'v self, visit: &mut impl FnMut(&'v str, &'v Self)) {
        self.members().for_each(|(key, value)| visit(key, value));
    }

    /// The JSON value that a text encodes.
    fn decode(text: &str) -> Option<Self::Owned>;

    /// The text of a scalar: a string's own, a number's as the event spells it, `true` and `false`.
    fn text(&self) -> Option<&str> {
        match self.kind() {
            Kind::Text(text) | Kind::Number(text) => Some(text),
            Kind::Bool(true) => Some("true"),
            Kind::Bool(false) => Some("false"),
            Kind::Null | Kind::Array | Kind::Object => None,
        }
    }

    /// Whether the value is null.
    fn is_null(&self) -> bool {
        self.kind() == Kind::Null
    }
}

impl Tree for Value {
    type Owned = Self;

    fn kind(&self) -> Kind<'_> {
        match self {
            Self::Null => Kind::Null,
            Self::Bool(value) => Kind::Bool(*value),
            Self::Number(number) => Kind::Number(number.as_str()),
            Self::String(text) => Kind::Text(text),
            Self::Array(_) => Kind::Array,
            Self::Object(_) => Kind::Object,
        }
    }

    fn member(&self, key: &str) -> Option<&Self> {
        self.as_object()?.get(key)
    }

    fn elements(&self) -> impl Iterator<Item = &Self> {
        self.as_array().into_iter().flatten()
    }

    fn members(&self) -> impl Iterator<Item = (&str, &Self)> {
        self.as_object().into_iter().flatten().map(|(key, value)| (key.as_str(), value))
    }

    fn decode(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}
