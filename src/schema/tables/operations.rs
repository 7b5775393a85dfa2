//! The typed parameters of operations, for each event source and event name.
//!
//! ```text
//! u32 texts, enumerations, operations, length of the nodes, members of requests, members of responses
//! u24 offsets of texts (one more)
//! u24 where each enumeration starts in the values (one more), u24 text of each value
//! u24 source, u24 name, u24 request, u24 response of each operation, sorted by source and name
//! u24 text, u32 reference of each member that some request has, each pair once, sorted; the same of responses
//! nodes, texts
//! ```
//!
//! Texts are sorted without regard to letter case. A request or response is a reference, or all ones when not known.
//! A *reference* is a number: odd for a node at the offset of its half, even for a scalar.
//! The half of an even one has the kind in the low four bits, the redaction in the next three, and above them the
//! number of an enumeration or of the text that names a type.
//! A *node* is a tag (0 object, 1 list, 2 map, 3 open object) and, for an object, a count and as many pairs of text and reference,
//! else one reference; all of these are variable-length numbers of seven bits a byte, the low ones first.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::dependent::{CaseTable, TableCases};
use super::super::{Completeness, Field, KnownValues, ObjectType, Redaction, Type};
use super::pairs::Table;
use super::{OFFSET, Texts, number};

/// The texts in place of redacted values, by number; 5 is left out, 6 called sensitive by the interface.
const REDACTED: [&str; 5] = ["", "HIDDEN_DUE_TO_SECURITY_REASONS", "****", "***", "<sensitiveDataRemoved>"];
/// The bytes of a member that some operation has.
const MEMBER: usize = 7;
/// The bytes of an operation.
const OPERATION: usize = 12;
/// Where the request and the response of an operation begin.
const REQUEST: usize = 6;
const RESPONSE: usize = 9;
/// No request or response is known.
const UNKNOWN: usize = 0xFF_FFFF;
/// Deeper than any tree in the table.
const MAX_DEPTH: usize = 16;

/// The table.
#[derive(Debug)]
pub struct Bytes {
    bytes: &'static [u8],
}

/// Where the parts of the table begin.
#[derive(Clone, Copy)]
struct Layout {
    texts: Texts<'static>,
    enum_starts: usize,
    enum_values: usize,
    operations: usize,
    count: usize,
    /// Where the members of requests and of responses begin, and how many there are.
    anywhere: ((usize, usize), (usize, usize)),
    nodes: usize,
}

/// Request or response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payload {
    /// The request.
    Request,
    /// The response.
    Response,
}

/// One part of all operations.
#[derive(Debug)]
pub struct Operations {
    /// The table.
    pub bytes: &'static Bytes,
    /// Which names go with which sources.
    pub events: &'static Table,
    /// The part.
    pub part: Payload,
    /// The named types of the schema.
    pub types: BTreeMap<String, Type>,
}

impl Bytes {
    pub const fn new(bytes: &'static [u8]) -> Self {
        Self { bytes }
    }

    fn form(&self) -> Option<Layout> {
        let bytes = self.bytes;
        let [texts, enums, count, length] =
            [number::<4>(bytes, 0)?, number::<4>(bytes, 4)?, number::<4>(bytes, 8)?, number::<4>(bytes, 12)?];
        let (requests, responses) = (number::<4>(bytes, 16)?, number::<4>(bytes, 20)?);
        let offsets = 24;
        let enum_starts = offsets + OFFSET * (texts + 1);
        let enum_values = enum_starts + OFFSET * (enums + 1);
        let operations = enum_values + 3 * number::<OFFSET>(bytes, enum_starts + OFFSET * enums)?;
        let of_requests = operations + OPERATION * count;
        let of_responses = of_requests + MEMBER * requests;
        let nodes = of_responses + MEMBER * responses;
        let anywhere = ((of_requests, requests), (of_responses, responses));
        let texts = Texts { bytes, offsets, count: texts, text: nodes + length };
        Some(Layout { texts, enum_starts, enum_values, operations, count, anywhere, nodes })
    }

    /// A variable-length number, and where it ends.
    fn varint(&self, mut at: usize) -> Option<(usize, usize)> {
        let (mut value, mut shift) = (0usize, 0);
        loop {
            let byte = *self.bytes.get(at)?;
            value |= usize::from(byte & 0x7F) << shift;
            at += 1;
            if byte < 0x80 {
                return Some((value, at));
            }
            shift += 7;
            if shift > 28 {
                return None;
            }
        }
    }

    /// The members of the object that a reference stands for: text and reference; nothing for anything else.
    fn members(&self, form: Layout, reference: usize) -> impl Iterator<Item = (usize, usize)> {
        let start = (reference & 1 == 1).then(|| form.nodes + (reference >> 1)).and_then(|at| {
            let (tag, at) = self.varint(at)?;
            matches!(tag, 0 | 3).then(|| self.varint(at)).flatten()
        });
        let (mut left, mut at) = start.unwrap_or((0, 0));
        std::iter::from_fn(move || {
            left = left.checked_sub(1)?;
            let (name, next) = self.varint(at)?;
            let (reference, next) = self.varint(next)?;
            at = next;
            Some((name, reference))
        })
    }
}

impl Operations {
    /// The operations of a source, as a range of numbers.
    fn of_source(&self, form: Layout, source: &str) -> std::ops::Range<usize> {
        let Some(source) = form.texts.position(source) else { return 0..0 };
        let at =
            |index: usize| number::<3>(self.bytes.bytes, form.operations + OPERATION * index).unwrap_or(0);
        let first = partition(0..form.count, |index| at(index) < source);
        first..partition(first..form.count, |index| at(index) <= source)
    }

    /// The operation of a source with a name.
    fn find(&self, form: Layout, source: &str, name: &str) -> Option<usize> {
        let names = form.texts.alike(name);
        let range = self.of_source(form, source);
        let at = |index: usize| {
            number::<3>(self.bytes.bytes, form.operations + OPERATION * index + 3).unwrap_or(0)
        };
        let first = partition(range.clone(), |index| at(index) < names.start);
        (first < range.end && names.contains(&at(first))).then_some(first)
    }

    /// The members that some operation has, from number `first` on: text and reference.
    fn anywhere(&self, form: Layout, first: usize) -> impl Iterator<Item = (usize, usize)> + use<> {
        let (start, count) = if self.part == Payload::Request { form.anywhere.0 } else { form.anywhere.1 };
        let bytes = self.bytes.bytes;
        (first..count).map_while(move |index| {
            let at = start + MEMBER * index;
            Some((number::<3>(bytes, at)?, number::<4>(bytes, at + 3)?))
        })
    }

    /// The first of these members whose text is at least `text`.
    fn first_anywhere(&self, form: Layout, text: usize) -> usize {
        let (start, count) = if self.part == Payload::Request { form.anywhere.0 } else { form.anywhere.1 };
        let at = |index: usize| number::<3>(self.bytes.bytes, start + MEMBER * index).unwrap_or(0);
        partition(0..count, |index| at(index) < text)
    }

    /// The reference to the part of an operation; `None` when it is not known.
    fn root(&self, form: Layout, case: usize) -> Option<usize> {
        let part = if self.part == Payload::Request { REQUEST } else { RESPONSE };
        let at = form.operations + OPERATION * case + part;
        number::<3>(self.bytes.bytes, at).filter(|root| *root != UNKNOWN)
    }

    fn ty(&self, form: Layout, reference: usize, depth: usize) -> Option<Type> {
        if depth > MAX_DEPTH {
            return None;
        }
        if reference & 1 == 0 {
            return Some(self.scalar(form, reference >> 1));
        }
        let (tag, at) = self.bytes.varint(form.nodes + (reference >> 1))?;
        if matches!(tag, 0 | 3) {
            let members = self.bytes.members(form, reference);
            let fields = members.filter_map(|(name, inner)| self.member_field(form, name, inner, depth + 1));
            return Some(Type::Object(Arc::new(ObjectType {
                fields: fields.collect(),
                open: tag == 3,
                ..ObjectType::default()
            })));
        }
        let inner = Arc::new(self.ty(form, self.bytes.varint(at)?.0, depth + 1)?);
        Some(if tag == 1 { Type::Array(inner) } else { Type::Map(inner) })
    }

    fn scalar(&self, form: Layout, scalar: usize) -> Type {
        match scalar & 15 {
            0 => Type::String,
            1 => Type::Integer,
            2 => Type::Number,
            3 => Type::Boolean,
            4 => {
                Type::Object(Arc::new(ObjectType { fields: Vec::new(), open: true, ..ObjectType::default() }))
            }
            6 => Type::Enum(Arc::new(Enumeration { bytes: self.bytes, number: scalar >> 7 })),
            7 => {
                let named = form.texts.get(scalar >> 7).and_then(|name| self.types.get(name));
                named.cloned().unwrap_or(Type::String)
            }
            _ => Type::Any,
        }
    }

    fn member_field(&self, form: Layout, name: usize, reference: usize, depth: usize) -> Option<Field> {
        let redacted = match reference >> 5 & 7 {
            _ if reference & 1 == 1 => None,
            0 => None,
            5 => Some(Redaction::LeftOut),
            6 => Some(Redaction::Perhaps),
            text => REDACTED.get(text).map(|text| Redaction::Text((*text).into())),
        };
        Some(Field { ty: self.ty(form, reference, depth)?, redacted, ..Field::named(form.texts.get(name)?) })
    }
}

impl CaseTable for Operations {
    fn cases(&self, point: &[Option<&str>]) -> TableCases {
        let Some(form) = self.bytes.form() else { return TableCases::Some(Vec::new(), true) };
        let number = |index: usize| u32::try_from(index).unwrap_or(u32::MAX);
        match point {
            [Some(source), Some(name)] => match self.find(form, source, name) {
                Some(found) => TableCases::Some(vec![number(found)], false),
                None => TableCases::Some(Vec::new(), true),
            },
            [None, Some(name)] => {
                let (mut found, mut open) = (Vec::new(), false);
                let owners = self.events.owners_of(name);
                open |= owners.is_empty();
                for owner in owners {
                    match self.find(form, owner, name) {
                        Some(case) => found.push(number(case)),
                        None => open = true,
                    }
                }
                TableCases::Some(found, open)
            }
            [Some(source), None] => {
                let range = self.of_source(form, source);
                let typed = range.len();
                // Names that are not typed can occur too.
                let open = self.events.completeness_of(source) != Completeness::Complete
                    || self.events.names_of(source).count() > typed;
                TableCases::Some(range.map(number).collect(), open)
            }
            _ => TableCases::All,
        }
    }

    fn count(&self) -> u32 {
        self.bytes.form().and_then(|form| u32::try_from(form.count).ok()).unwrap_or(0)
    }

    fn members_anywhere(&self, name: &str, fold: bool) -> Vec<u64> {
        let Some(form) = self.bytes.form() else { return Vec::new() };
        let mut found = Vec::new();
        for head in heads(form, name, fold) {
            let first = self.first_anywhere(form, head.start);
            let members = self.anywhere(form, first).take_while(|(text, _)| *text < head.end);
            found.extend(members.map(|(text, reference)| token(text, reference)));
        }
        found
    }

    fn visit_all(&self, visit: &mut dyn FnMut(&str)) {
        let Some(form) = self.bytes.form() else { return };
        let mut last = None;
        for (text, _) in self.anywhere(form, 0) {
            if last.replace(text) != Some(text) {
                visit(form.texts.get(text).unwrap_or_default());
            }
        }
    }

    fn object(&self, case: u32) -> Option<Arc<ObjectType>> {
        let form = self.bytes.form()?;
        match self.ty(form, self.root(form, case as usize)?, 0)? {
            Type::Object(object) => Some(object),
            _ => None,
        }
    }

    fn members(&self, cases: &[u32], name: &str, fold: bool) -> Vec<(Option<u64>, bool)> {
        let Some(form) = self.bytes.form() else { return Vec::new() };
        let heads = heads(form, name, fold);
        let find = |root: usize| {
            let members = self.bytes.members(form, root);
            let ranked = members.filter_map(|(text, reference)| {
                let rank = heads.iter().position(|head| head.contains(&text))?;
                Some((rank, token(text, reference)))
            });
            ranked.min_by_key(|(rank, _)| *rank).map(|(_, token)| token)
        };
        let answer = |case: &u32| match self.root(form, *case as usize) {
            Some(root) => (find(root), true),
            None => (None, false),
        };
        cases.iter().map(answer).collect()
    }

    fn field(&self, token: u64) -> Option<Field> {
        let form = self.bytes.form()?;
        let name = usize::try_from(token >> 32).ok()?;
        let reference = usize::try_from(token & 0xFFFF_FFFF).ok()?;
        self.member_field(form, name, reference, 0)
    }

    fn visit(&self, cases: &[u32], visit: &mut dyn FnMut(&str)) {
        let Some(form) = self.bytes.form() else { return };
        let mut seen = vec![false; form.texts.count];
        for case in cases {
            let Some(root) = self.root(form, *case as usize) else { continue };
            for (text, _) in self.bytes.members(form, root) {
                if let Some(seen) = seen.get_mut(text).filter(|seen| !**seen) {
                    *seen = true;
                    visit(form.texts.get(text).unwrap_or_default());
                }
            }
        }
    }

    fn label(&self, case: u32) -> String {
        let Some(form) = self.bytes.form() else { return String::new() };
        let at = form.operations + OPERATION * case as usize;
        let text =
            |at| number::<3>(self.bytes.bytes, at).and_then(|text| form.texts.get(text)).unwrap_or_default();
        format!("{} {}", text(at), text(at + 3))
    }
}

/// The texts that can begin a dotted name, longest first: comparing numbers is all that is left to do in the cases.
fn heads(form: Layout, name: &str, fold: bool) -> Vec<std::ops::Range<usize>> {
    let ends = name.match_indices('.').map(|(at, _)| at).chain([name.len()]);
    let mut heads: Vec<std::ops::Range<usize>> = ends
        .filter_map(|end| name.get(..end))
        .filter_map(|head| {
            let alike = form.texts.alike(head);
            if fold {
                return Some(alike);
            }
            let exact = alike.clone().find(|text| form.texts.get(*text) == Some(head))?;
            Some(exact..exact + 1)
        })
        .filter(|range| !range.is_empty())
        .collect();
    heads.reverse();
    heads
}

/// A member and what it holds in one number.
fn token(text: usize, reference: usize) -> u64 {
    (text as u64) << 32 | reference as u64
}

/// The first of `range` for which `before` is false; `before` is true up to some point.
fn partition(range: std::ops::Range<usize>, before: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (range.start, range.end);
    while low < high {
        let middle = low + (high - low) / 2;
        if before(middle) { low = middle + 1 } else { high = middle }
    }
    low
}

/// An enumeration of the provider's interface: open, because interfaces grow.
#[derive(Debug)]
struct Enumeration {
    bytes: &'static Bytes,
    number: usize,
}

impl Enumeration {
    fn values(&self) -> impl Iterator<Item = &'static str> + use<> {
        let bytes = self.bytes.bytes;
        let index = self.number;
        self.bytes.form().into_iter().flat_map(move |form| {
            let start = number::<OFFSET>(bytes, form.enum_starts + OFFSET * index).unwrap_or(0);
            let end = number::<OFFSET>(bytes, form.enum_starts + OFFSET * (index + 1)).unwrap_or(0);
            (start..end).filter_map(move |at| form.texts.get(number::<3>(bytes, form.enum_values + 3 * at)?))
        })
    }
}

impl KnownValues for Enumeration {
    fn completeness(&self) -> Completeness {
        Completeness::Incomplete
    }

    fn missing(&self) -> &'static str {
        ""
    }

    fn noun(&self) -> &'static str {
        "value"
    }

    fn canonical(&self, text: &str) -> Option<&str> {
        let mut alike = self.values().filter(|value| crate::text::equals(text, value));
        self.values().find(|value| *value == text).or_else(|| alike.next())
    }

    fn visit(&self, visit: &mut dyn FnMut(&str) -> bool) {
        for value in self.values() {
            if !visit(value) {
                return;
            }
        }
    }
}
