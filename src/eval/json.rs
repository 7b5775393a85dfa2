//! JSON as it is read for matching: one list of nodes that borrow from the text.
//!
//! An event is looked at in a few places and then forgotten, so that building a map for each of its objects would cost
//! more than everything else. Here a value is a node and the nodes of what lies in it, in the order of the text; a node
//! knows how many they are, which makes siblings cheap to pass over.
//! Errors, limits and the text of numbers are those of `serde_json`, whose parser reads what the quick one leaves.

mod complete;
mod node;
mod quick;

use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::{Map, Value};

use self::complete::Whole;
pub use self::node::Node;
use self::node::What;
use super::tree::{Kind, Tree};

/// A value: its node, then those of what lies in it.
pub type Json<'a> = [Node<'a>];

/// A value and what lies in it, as a list of nodes; never empty.
#[derive(Debug)]
pub struct Tape<'a>(Vec<Node<'a>>);

/// Room for the nodes of a value.
#[derive(Debug, Default)]
pub(super) struct Spare<'a>(Vec<Node<'a>>);

/// How many nodes there is room for from the start: enough for most events.
const ROOM: usize = 96;

impl<'a> Tape<'a> {
    /// Reads a text that is one value.
    ///
    /// # Errors
    /// Those of `serde_json`.
    pub fn read(text: &'a str) -> serde_json::Result<Self> {
        let mut nodes = Vec::with_capacity(ROOM);
        let is_blank = |rest: &str| rest.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
        let is_whole = |length: usize| text.get(length..).is_some_and(is_blank);
        if quick::read(text, &mut nodes).is_some_and(is_whole) {
            return Ok(Self(nodes));
        }
        serde_json::from_str(text).map(|Whole(nodes)| Self(nodes))
    }

    /// Reads the value with which a text begins, and gives its length; `None` where there is nothing but white space.
    pub(super) fn first(text: &'a str, spare: Spare<'a>) -> Option<serde_json::Result<(Self, usize)>> {
        let mut nodes = spare.0;
        match quick::read(text, &mut nodes) {
            Some(length) => Some(Ok((Self(nodes), length))),
            None => Self::next(serde_json::Deserializer::from_str(text)),
        }
    }

    /// As [`first`](Self::first), of anything that can be read.
    pub(super) fn next<R: serde_json::de::Read<'a>>(
        text: serde_json::Deserializer<R>,
    ) -> Option<serde_json::Result<(Self, usize)>> {
        let mut values = text.into_iter();
        let whole = values.next()?;
        Some(whole.map(|Whole(nodes)| (Self(nodes), values.byte_offset())))
    }

    /// The room that the list took, for another.
    pub(super) fn spare(mut self) -> Spare<'a> {
        self.0.clear();
        Spare(self.0)
    }

    /// The value.
    pub fn root(&self) -> &Json<'a> {
        &self.0
    }

    fn into_owned(self) -> Vec<Node<'static>> {
        self.0.into_iter().map(Node::into_owned).collect()
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

/// The last member of an object with this key.
fn named<'t, 'a>(object: &'t Json<'a>, wanted: &str) -> Option<&'t Json<'a>> {
    let (mut at, mut found) = (1, None);
    while let Some(node) = object.get(at) {
        if *node.key == *wanted {
            found = Some((at, node.size));
        }
        at += node.size;
    }
    let (at, size) = found?;
    object.get(at..at + size)
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
            Kind::Object => named(self, wanted),
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
        Tape::read(text).ok().map(Tape::into_owned)
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
    let mut inside = objects.filter_map(|(at, node)| value.get(at + 1..at + node.size));
    inside.find_map(twice)
}

/// The first key that an earlier one of some siblings has too. Most objects have few members, which a few bits tell apart.
fn twice<'t>(siblings: &'t Json<'_>) -> Option<&'t str> {
    let earlier = |count: usize| Children(siblings).take(count).map(key);
    let (mut at, mut count, mut bits) = (0, 0, [0_u64; 16]);
    let mut seen = FxHashSet::default();
    while let Some(node) = siblings.get(at) {
        let own = &*node.key;
        if count == FEW {
            seen.extend(earlier(count));
        }
        let again = if count < FEW {
            let sign = sign(own);
            let known = bits.get_mut(sign / 64).is_some_and(|word| {
                let bit = 1 << (sign % 64);
                std::mem::replace(word, *word | bit) & bit != 0
            });
            known && earlier(count).any(|earlier| earlier == own)
        } else {
            !seen.insert(own)
        };
        if again {
            return Some(own);
        }
        (at, count) = (at + node.size, count + 1);
    }
    None
}

/// What tells most keys of an object from one another, by their length, beginning and end; less than 1,024.
fn sign(key: &str) -> usize {
    let bytes = key.as_bytes();
    let four = |part: &[u8; 4]| u64::from(u32::from_le_bytes(*part));
    let ends = match (bytes.first_chunk(), bytes.last_chunk()) {
        (Some(first), Some(last)) => four(first) | (four(last) << 32),
        _ => bytes.iter().fold(0, |ends, byte| (ends << 8) | u64::from(*byte)),
    };
    (ends.wrapping_add(bytes.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 54) as usize
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".{0,20}".prop_map(Value::from),
            "[\"\\\\a-c\u{0}-\u{20}\u{e9}]{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            let members = proptest::collection::vec(("[$a-c\"]{0,3}", inner.clone()), 0..6);
            prop_oneof![
                proptest::collection::vec(inner, 0..6).prop_map(Value::from),
                members.prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    fn both(text: &str) -> (Result<Value, String>, Result<Value, String>) {
        let own = Tape::read(text);
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
            r#" { "a" : [ 1 , "x" ] , "b" : { } } "#,
            "{\"a\":1}\u{c}",
            r#"{"a":1} x"#,
            r#"{"a":12e}"#,
            r#"{"a":"\u00e9\\\"","b\t":-1.50E+3,"long text without any escape":"and é more"}"#,
            r#"{"$":1}"#,
            "{\"a\":\"\u{1}\"}",
            "{\"a\":truth}",
            "[1 2]",
            "{\"a\":1,}",
            "",
        ] {
            let (own, other) = both(text);
            assert_eq!(own, other, "{text}");
        }
        for depth in [1, 63, 64, 65, 127, 128, 200] {
            let (own, other) = both(&format!("{}{}", "[".repeat(depth), "]".repeat(depth)));
            assert_eq!(own, other, "{depth}");
        }
    }

    #[test]
    fn of_a_key_that_stands_there_twice_the_last_counts() {
        let tape = Tape::read(r#"{"a":1,"b":2,"a":3}"#).unwrap();
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
            let tape = Tape::read(text).expect(text);
            assert_eq!(repeated(tape.root()), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_key_that_is_twice_is_found(keys in proptest::collection::vec("[a-c]{0,4}", 0..80)) {
            let members: Vec<String> = keys.iter().map(|key| format!("\"{key}\":0")).collect();
            let text = format!("{{{}}}", members.join(","));
            let tape = Tape::read(&text).expect("an object");
            let at = (0..keys.len()).find(|&at| keys[..at].contains(&keys[at]));
            prop_assert_eq!(repeated(tape.root()), at.map(|at| keys[at].as_str()));
        }

        #[test]
        fn any_value_is_the_same_however_it_is_laid_out(value in any_value(), cut in any::<prop::sample::Index>()) {
            for text in [value.to_string(), format!("{value:#}")] {
                let (own, other) = both(&text);
                prop_assert_eq!(own, other);
                let at = text.char_indices().map(|(at, _)| at).nth(cut.index(text.chars().count())).unwrap_or_default();
                let (own, other) = both(&text[..at]);
                prop_assert_eq!(own, other);
                let length = Tape::first(&text, Spare::default()).unwrap().unwrap().1;
                prop_assert_eq!(length, text.len());
            }
        }

        #[test]
        fn any_text_is_the_same_value_or_the_same_error(text in "[\\[\\]{},:\"a1.e\\\\u-]{0,24}") {
            let (own, other) = both(&text);
            prop_assert_eq!(own, other);
        }
    }
}
