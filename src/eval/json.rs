//! JSON as it is read for matching: one list of nodes that borrow from the text.
//!
//! An event is looked at in a few places and then forgotten, so that building a map for each of its objects would cost
//! more than everything else. Here a value is a node and the nodes of what lies in it, in the order of the text; a node
//! knows how many they are, which makes siblings cheap to pass over.
//! The parser is that of `serde_json`, so that errors, limits and the text of numbers are those of its own values.

use std::borrow::Cow;
use std::fmt;
use std::hash::BuildHasher;

use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};
use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::tree::{Kind, Tree};

/// A value: its node, then those of what lies in it.
pub type Json<'a> = [Node<'a>];

/// A value and what lies in it, as a list of nodes; never empty.
#[derive(Debug)]
pub struct Tape<'a>(Vec<Node<'a>>);

/// One value of a [`Tape`].
#[derive(Debug)]
pub struct Node<'a> {
    /// The key under which it is in an object.
    key: Cow<'a, str>,
    what: What<'a>,
    /// How many nodes the value has, its own among them.
    size: usize,
}

#[derive(Debug)]
enum What<'a> {
    Null,
    Bool(bool),
    Number(Box<str>),
    Text(Cow<'a, str>),
    Array,
    Object,
}

/// How many nodes there is room for from the start: enough for most events.
const ROOM: usize = 96;

/// The key by which `serde_json` hands over a number that no machine word holds, with all its digits.
const NUMBER: &str = "$serde_json::private::Number";

impl<'a> Tape<'a> {
    /// The value.
    pub fn root(&self) -> &Json<'a> {
        &self.0
    }

    fn into_owned(self) -> Vec<Node<'static>> {
        self.0.into_iter().map(Node::into_owned).collect()
    }
}

impl Node<'_> {
    fn into_owned(self) -> Node<'static> {
        let what = match self.what {
            What::Null => What::Null,
            What::Bool(value) => What::Bool(value),
            What::Number(text) => What::Number(text),
            What::Text(text) => What::Text(Cow::Owned(text.into_owned())),
            What::Array => What::Array,
            What::Object => What::Object,
        };
        Node { key: Cow::Owned(self.key.into_owned()), what, size: self.size }
    }
}

/// The values directly in a value, each with its nodes.
#[derive(Clone)]
struct Children<'t, 'a>(&'t Json<'a>);

impl<'t, 'a> Iterator for Children<'t, 'a> {
    type Item = &'t Json<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let size = self.0.first()?.size;
        let (child, rest) = self.0.split_at_checked(size)?;
        self.0 = rest;
        Some(child)
    }
}

fn children<'t, 'a>(value: &'t Json<'a>) -> Children<'t, 'a> {
    Children(value.get(1..).unwrap_or_default())
}

fn key<'t>(value: &'t Json<'_>) -> &'t str {
    value.first().map_or("", |node| &*node.key)
}

impl<'a> Tree for Json<'a> {
    type Owned = Vec<Node<'a>>;

    fn kind(&self) -> Kind<'_> {
        match self.first().map(|node| &node.what) {
            None | Some(What::Null) => Kind::Null,
            Some(What::Bool(value)) => Kind::Bool(*value),
            Some(What::Number(text)) => Kind::Number(text),
            Some(What::Text(text)) => Kind::Text(text),
            Some(What::Array) => Kind::Array,
            Some(What::Object) => Kind::Object,
        }
    }

    fn member(&self, wanted: &str) -> Option<&Self> {
        match self.kind() {
            Kind::Object => children(self).filter(|child| key(child) == wanted).last(),
            _ => None,
        }
    }

    fn elements(&self) -> impl Iterator<Item = &Self> {
        let array = if self.kind() == Kind::Array { self } else { &[] };
        children(array)
    }

    fn members(&self) -> impl Iterator<Item = (&str, &Self)> {
        let object = if self.kind() == Kind::Object { self } else { &[] };
        Members::new(children(object))
    }

    fn each_member<'v>(&'v self, visit: &mut impl FnMut(&'v str, &'v Self)) {
        if self.kind() == Kind::Object {
            children(self).for_each(|child| visit(key(child), child));
        }
    }

    fn decode(text: &str) -> Option<Self::Owned> {
        serde_json::from_str::<Tape<'_>>(text).ok().map(Tape::into_owned)
    }
}

/// The members of an object; of a key that is there twice the last counts.
struct Members<'t, 'a> {
    rest: Children<'t, 'a>,
    at: usize,
    /// Where each key is last; empty where so few members follow that looking through them is faster.
    last: FxHashMap<&'t str, usize>,
}

/// Up to so many members are compared with one another.
const FEW: usize = 32;

impl<'t, 'a> Members<'t, 'a> {
    fn new(rest: Children<'t, 'a>) -> Self {
        let many = rest.clone().nth(FEW).is_some();
        let last = if many {
            rest.clone().map(key).enumerate().map(|(at, key)| (key, at)).collect()
        } else {
            FxHashMap::default()
        };
        Self { rest, at: 0, last }
    }
}

impl<'t, 'a> Iterator for Members<'t, 'a> {
    type Item = (&'t str, &'t Json<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let child = self.rest.next()?;
            let (own, at) = (key(child), self.at);
            self.at += 1;
            let again = match self.last.get(own) {
                Some(last) => *last != at,
                None => self.rest.clone().any(|later| key(later) == own),
            };
            if !again {
                return Some((own, child));
            }
        }
    }
}

/// A key that is twice in one object of a value.
pub(super) fn repeated<'t>(value: &'t Json<'_>) -> Option<&'t str> {
    let objects = value.iter().enumerate().filter(|(_, node)| matches!(node.what, What::Object));
    let mut inside = objects.filter_map(|(at, node)| value.get(at..at + node.size));
    inside.find_map(|object| twice(&children(object)))
}

/// The first key that an earlier member has too. Most objects have few members, which a few bits tell apart.
fn twice<'t>(members: &Children<'t, '_>) -> Option<&'t str> {
    let mut bits = [0_u64; 4];
    let mut seen = FxHashSet::default();
    let many = members.clone().nth(FEW).is_some();
    for (at, child) in members.clone().enumerate() {
        let own = key(child);
        let again = if many {
            !seen.insert(own)
        } else {
            let hash = FxBuildHasher.hash_one(own);
            let known = bits.get_mut((hash >> 62) as usize).is_some_and(|word| {
                let bit = 1 << (hash >> 56 & 63);
                std::mem::replace(word, *word | bit) & bit != 0
            });
            known && members.clone().take(at).any(|earlier| key(earlier) == own)
        };
        if again {
            return Some(own);
        }
    }
    None
}

/// The value at a JSON pointer (RFC 6901).
pub(super) fn pointed<'t, 'a>(value: &'t Json<'a>, pointer: &str) -> Option<&'t Json<'a>> {
    if pointer.is_empty() {
        return Some(value);
    }
    pointer.strip_prefix('/')?.split('/').try_fold(value, |value, step| {
        let step = step.replace("~1", "/").replace("~0", "~");
        match value.kind() {
            Kind::Object => value.member(&step),
            Kind::Array if step == "0" || !step.starts_with(['0', '+']) => {
                value.elements().nth(step.parse().ok()?)
            }
            _ => None,
        }
    })
}

/// The value as one of `serde_json`.
/// The depth is that of the text, which its parser bounds.
pub fn value(json: &Json<'_>) -> Value {
    match json.kind() {
        Kind::Null => Value::Null,
        Kind::Bool(value) => Value::Bool(value),
        // What the parser took for a number is one.
        Kind::Number(text) => text.parse().map_or(Value::Null, Value::Number),
        Kind::Text(text) => Value::String(text.to_owned()),
        Kind::Array => json.elements().map(value).collect(),
        Kind::Object => Value::Object(
            children(json).map(|child| (key(child).to_owned(), value(child))).collect::<Map<_, _>>(),
        ),
    }
}

impl<'de> Deserialize<'de> for Tape<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut nodes = Vec::with_capacity(ROOM);
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
        self.nodes.push(Node { key: self.key, what, size: 1 });
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
        self.scalar(What::Number(value.to_string().into()));
        Ok(())
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<(), E> {
        self.scalar(What::Number(value.to_string().into()));
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
        nodes.push(Node { key, what: What::Array, size: 1 });
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
            nodes.push(Node { key, what: What::Number(number.as_str().into()), size: 1 });
            return Ok(());
        }
        nodes.push(Node { key, what: What::Object, size: 1 });
        while let Some(Key(key)) = member {
            members.next_value_seed(Place { nodes, key })?;
            member = members.next_key()?;
        }
        close(nodes, at);
        Ok(())
    }
}

/// Sets how many nodes the value at `at` has: all that follow.
fn close(nodes: &mut [Node<'_>], at: usize) {
    let size = nodes.len() - at;
    if let Some(node) = nodes.get_mut(at) {
        node.size = size;
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn both(text: &str) -> (Result<Value, String>, Result<Value, String>) {
        let own = serde_json::from_str::<Tape<'_>>(text);
        let other = serde_json::from_str::<Value>(text);
        (
            own.map(|tape| value(tape.root())).map_err(|error| error.to_string()),
            other.map_err(|e| e.to_string()),
        )
    }

    #[test]
    fn a_text_is_the_same_value_or_the_same_error() {
        for text in [
            r#"{"a":1,"b":[1.0,-0,18446744073709551616,1e5,-7,{"c":null}],"d":{},"e":[],"f":"x\n\u00e9","g":true}"#,
            r#"{"a":1,"b":2,"a":{"x":[3]}}"#,
            r#"{"\u0061":1,"a":2}"#,
            r#"{"$serde_json::private::Number":"12"}"#,
            r#"{"$serde_json::private::Number":"x"}"#,
            r#"{"$serde_json::private::Number":"1","b":2}"#,
            r#"{"a":1"#,
            r#"{"a" 1}"#,
            "{1:2}",
            "[1,]",
            "[01]",
            "nul",
            "\"\\ud800\"",
            "\"\n\"",
            "",
        ] {
            let (own, other) = both(text);
            assert_eq!(own, other, "{text}");
        }
        let deep = "[".repeat(200);
        let (own, other) = both(&deep);
        assert_eq!(own, other);
    }

    #[test]
    fn of_a_key_that_stands_there_twice_the_last_counts() {
        let tape: Tape<'_> = serde_json::from_str(r#"{"a":1,"b":2,"a":3}"#).unwrap();
        let members: Vec<_> = tape.root().members().map(|(key, value)| (key, value.text())).collect();
        assert_eq!(members, [("b", Some("2")), ("a", Some("3"))]);
        assert_eq!(tape.root().member("a").and_then(Tree::text), Some("3"));
    }

    #[test]
    fn keys_that_are_twice_in_an_object_are_found() {
        for (text, expected) in [
            (r#"{"a":1,"b":{"a":1},"c":[{"a":1},{"a":2}]}"#, None),
            (r#"{"a":1,"b":2,"a":3}"#, Some("a")),
            (r#"{"x":[{"a":{"b":1,"\u0062":1}}]}"#, Some("b")),
            ("7", None),
        ] {
            let tape: Tape<'_> = serde_json::from_str(text).expect(text);
            assert_eq!(repeated(tape.root()), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_key_that_is_twice_is_found(keys in proptest::collection::vec("[a-c]{0,4}", 0..80)) {
            let members: Vec<String> = keys.iter().map(|key| format!("\"{key}\":0")).collect();
            let text = format!("{{{}}}", members.join(","));
            let tape: Tape<'_> = serde_json::from_str(&text).expect("an object");
            let at = (0..keys.len()).find(|&at| keys[..at].contains(&keys[at]));
            prop_assert_eq!(repeated(tape.root()), at.map(|at| keys[at].as_str()));
        }

        #[test]
        fn any_text_is_the_same_value_or_the_same_error(text in "[\\[\\]{},:\"a1.e\\\\u-]{0,24}") {
            let (own, other) = both(&text);
            prop_assert_eq!(own, other);
        }
    }
}
