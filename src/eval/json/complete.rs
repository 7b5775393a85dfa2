//! Any JSON text as nodes, read by the parser of `serde_json`: its errors, its limits, and its text of numbers.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::node::{Node, What, close};

/// The key by which `serde_json` hands over a number that no machine word holds, with all its digits.
const NUMBER: &str = "$serde_json::private::Number";

/// The nodes of a text.
pub(super) struct Whole<'a>(pub(super) Vec<Node<'a>>);

impl<'de> Deserialize<'de> for Whole<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut nodes = Vec::new();
        Place { nodes: &mut nodes, key: Cow::Borrowed("") }.deserialize(from)?;
        Ok(Self(nodes))
    }
}

/// Where the next value goes: the end of the list.
struct Place<'t, 'a> {
    nodes: &'t mut Vec<Node<'a>>,
    key: Cow<'a, str>,
}

impl<'a> Place<'_, 'a> {
    fn scalar(self, what: What<'a>) {
        self.nodes.push(Node::new(self.key, what));
    }
}

impl<'a> DeserializeSeed<'a> for Place<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Place<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any valid JSON value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        self.scalar(What::Null);
        Ok(())
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<(), E> {
        self.scalar(What::Bool(value));
        Ok(())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<(), E> {
        self.scalar(What::Number(Cow::Owned(value.to_string())));
        Ok(())
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<(), E> {
        self.scalar(What::Number(Cow::Owned(value.to_string())));
        Ok(())
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'a str) -> Result<(), E> {
        self.scalar(What::Text(Cow::Borrowed(text)));
        Ok(())
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        self.scalar(What::Text(Cow::Owned(text.to_owned())));
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut elements: A) -> Result<(), A::Error> {
        let Self { nodes, key } = self;
        let at = nodes.len();
        nodes.push(Node::new(key, What::Array));
        while elements.next_element_seed(Place { nodes, key: Cow::Borrowed("") })?.is_some() {}
        close(nodes, at);
        Ok(())
    }

    fn visit_map<A: MapAccess<'a>>(self, mut members: A) -> Result<(), A::Error> {
        let Self { nodes, key } = self;
        let at = nodes.len();
        let mut member = members.next_key::<Key<'a>>()?;
        if member.as_ref().is_some_and(|Key(key)| key == NUMBER) {
            let text = members.next_value::<String>()?;
            // An event that spells the key itself is held to what a number is.
            let number = text.parse::<serde_json::Number>().map_err(de::Error::custom)?;
            nodes.push(Node::new(key, What::Number(Cow::Owned(number.as_str().to_owned()))));
            return Ok(());
        }
        nodes.push(Node::new(key, What::Object));
        while let Some(Key(key)) = member {
            members.next_value_seed(Place { nodes, key })?;
            member = members.next_key()?;
        }
        close(nodes, at);
        Ok(())
    }
}

/// A key, borrowed where it has no escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'a> Visitor<'a> for Text {
            type Value = Key<'a>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string key")
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'a str) -> Result<Key<'a>, E> {
                Ok(Key(Cow::Borrowed(text)))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Key<'a>, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }
        from.deserialize_str(Text)
    }
}
