//! A [`Tree`] as serde sees it: typed files are read from the same tree as rules, and what is wrong has its place.
//!
//! A scalar is text where text is wanted, whatever it looks like; else a plain one is null, a truth value or a number by
//! the core schema of YAML 1.2.

use std::fmt::{self, Display};

use serde::de::value::StrDeserializer;
use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::{Entry, NodeId, NodeKind, Scalar, Tree};
use crate::source::Span;

/// Why a document is not what was wanted, and where.
#[derive(Debug)]
pub struct Fault {
    /// In words.
    pub message: String,
    /// The innermost value or key that is wrong.
    pub span: Option<Span>,
}

impl Fault {
    fn at(self, span: Span) -> Self {
        Self { span: self.span.or(Some(span)), ..self }
    }
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: Display>(message: T) -> Self {
        Self { message: message.to_string(), span: None }
    }
}

/// Reads a value of a tree.
///
/// # Errors
/// The first thing that is wrong.
pub fn from_node<'t, T: Deserialize<'t>>(tree: &'t Tree<'_>, root: NodeId) -> Result<T, Fault> {
    T::deserialize(At { tree, node: root })
}

/// A node of a tree.
#[derive(Clone, Copy)]
struct At<'t, 's> {
    tree: &'t Tree<'s>,
    node: NodeId,
}

impl<'t> At<'t, '_> {
    fn kind(self) -> &'t NodeKind<'t> {
        &self.tree.node(self.node).kind
    }

    /// Gives a fault the place of this node, where it has none: of a list or map its first line.
    fn place(self) -> impl Fn(Fault) -> Fault {
        let span = self.tree.span(self.node);
        let line = self.tree.slice(span).lines().next().map_or(0, str::len);
        let span = if line == span.len() as usize {
            span
        } else {
            Span::of(span.start as usize, span.start as usize + line)
        };
        move |fault| fault.at(span)
    }

    fn scalar(self) -> Option<&'t Scalar<'t>> {
        match self.kind() {
            NodeKind::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }
}

/// What a plain scalar is.
enum Plain {
    Null,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    Text,
}

fn plain(scalar: &Scalar<'_>) -> Plain {
    if scalar.is_null() {
        return Plain::Null;
    }
    if scalar.is_quoted() {
        return Plain::Text;
    }
    match &*scalar.text {
        "true" | "True" | "TRUE" => return Plain::Bool(true),
        "false" | "False" | "FALSE" => return Plain::Bool(false),
        _ => {}
    }
    number(&scalar.text).unwrap_or(Plain::Text)
}

fn number(text: &str) -> Option<Plain> {
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            let digits = digits.strip_prefix('+').map_or(digits, |_| "");
            return u64::from_str_radix(digits, radix).ok().map(Plain::Unsigned);
        }
    }
    let bare = text.strip_prefix(['+', '-']).unwrap_or(text);
    if bare.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number that begins with a zero is an identifier more often than a number.
        if bare.len() > 1 && bare.starts_with('0') {
            return None;
        }
        let unsigned = text.parse().map(Plain::Unsigned);
        return unsigned.or_else(|_| text.parse().map(Plain::Signed)).ok();
    }
    let float = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-');
    let value: f64 = text.parse().ok().filter(|_| text.bytes().all(float))?;
    Some(Plain::Float(value))
}

impl<'t> Deserializer<'t> for At<'t, '_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.kind() {
            NodeKind::Scalar(scalar) => match plain(scalar) {
                Plain::Null => visitor.visit_unit(),
                Plain::Bool(value) => visitor.visit_bool(value),
                Plain::Unsigned(value) => visitor.visit_u64(value),
                Plain::Signed(value) => visitor.visit_i64(value),
                Plain::Float(value) => visitor.visit_f64(value),
                Plain::Text => visitor.visit_borrowed_str(&scalar.text),
            },
            NodeKind::List(nodes) => visitor.visit_seq(Elements { tree: self.tree, nodes: nodes.iter() }),
            NodeKind::Map(entries) => {
                visitor.visit_map(Members { tree: self.tree, entries: entries.iter(), open: None })
            }
            NodeKind::Hole => Err(de::Error::custom("unreadable value")),
        }
        .map_err(self.place())
    }

    fn deserialize_str<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.scalar() {
            Some(scalar) => visitor.visit_borrowed_str(&scalar.text).map_err(self.place()),
            None => self.deserialize_any(visitor),
        }
    }

    fn deserialize_string<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.scalar() {
            Some(scalar) if scalar.is_null() => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
        .map_err(self.place())
    }

    fn deserialize_newtype_struct<V: Visitor<'t>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self).map_err(self.place())
    }

    /// The name of a variant; none of ours holds more.
    fn deserialize_enum<V: Visitor<'t>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.scalar() {
            Some(scalar) => visitor.visit_enum(Named(&scalar.text)).map_err(self.place()),
            None => self.deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        <V: Visitor<'t>>
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct seq tuple tuple_struct
        map struct ignored_any
    }
}

/// The elements of a list that are left.
struct Elements<'t, 's> {
    tree: &'t Tree<'s>,
    nodes: std::slice::Iter<'t, NodeId>,
}

impl<'t> SeqAccess<'t> for Elements<'t, '_> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'t>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        let Some(&node) = self.nodes.next() else { return Ok(None) };
        let element = At { tree: self.tree, node };
        seed.deserialize(element).map(Some).map_err(element.place())
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.nodes.len())
    }
}

/// The entries of a map that are left.
struct Members<'t, 's> {
    tree: &'t Tree<'s>,
    entries: std::slice::Iter<'t, Entry>,
    /// The entry whose key was read.
    open: Option<Entry>,
}

impl<'t> MapAccess<'t> for Members<'t, '_> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'t>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        self.open = self.entries.next().copied();
        let Some(entry) = self.open else { return Ok(None) };
        let key = At { tree: self.tree, node: entry.key };
        seed.deserialize(key).map(Some).map_err(key.place())
    }

    fn next_value_seed<V: DeserializeSeed<'t>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let Some(entry) = self.open else { return Err(de::Error::custom("a value without a key")) };
        let value = At { tree: self.tree, node: entry.value };
        seed.deserialize(value).map_err(value.place())
    }
}

/// A variant by its name.
struct Named<'t>(&'t str);

impl<'t> EnumAccess<'t> for Named<'t> {
    type Error = Fault;
    type Variant = Bare;

    fn variant_seed<V: DeserializeSeed<'t>>(self, seed: V) -> Result<(V::Value, Bare), Fault> {
        let name: StrDeserializer<'t, Fault> = self.0.into_deserializer();
        Ok((seed.deserialize(name)?, Bare))
    }
}

/// What is in a variant: nothing.
struct Bare;

impl<'t> VariantAccess<'t> for Bare {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'t>>(self, _: T) -> Result<T::Value, Fault> {
        Err(de::Error::custom("a word without a value"))
    }

    fn tuple_variant<V: Visitor<'t>>(self, _: usize, _: V) -> Result<V::Value, Fault> {
        Err(de::Error::custom("a word without a value"))
    }

    fn struct_variant<V: Visitor<'t>>(self, _: &'static [&'static str], _: V) -> Result<V::Value, Fault> {
        Err(de::Error::custom("a word without a value"))
    }
}
