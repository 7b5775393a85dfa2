//! Builds the generated tables from the inputs beside this file.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;
use sigmata::text::{crosses, key};

/// Texts in the order of the tables: without regard to letter case first.
fn sorted<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let texts: BTreeSet<(String, &str)> = texts.into_iter().map(|text| (key(text), text)).collect();
    // A search by key needs no more: see `Texts::alike`.
    assert!(texts.iter().all(|(_, text)| !text.contains(crosses)));
    texts.into_iter().map(|(_, text)| text).collect()
}

fn index<'a>(texts: &[&'a str]) -> HashMap<&'a str, usize> {
    texts.iter().enumerate().map(|(index, text)| (*text, index)).collect()
}

/// The bytes of a table.
#[derive(Default)]
struct Bytes(Vec<u8>);

impl Bytes {
    fn u32(&mut self, number: usize) {
        self.0.extend(u32::try_from(number).expect("fits").to_le_bytes());
    }

    fn u16(&mut self, number: usize) {
        self.0.extend(u16::try_from(number).expect("fits").to_le_bytes());
    }

    fn varint(&mut self, mut number: usize) {
        while number >= 0x80 {
            self.0.push(number.to_le_bytes()[0] | 0x80);
            number >>= 7;
        }
        self.0.push(number.to_le_bytes()[0]);
    }

    fn starts(&mut self, lengths: impl IntoIterator<Item = usize>) {
        let mut at = 0;
        self.u32(at);
        for length in lengths {
            at += length;
            self.u32(at);
        }
    }

    fn texts(&mut self, texts: &[&str]) {
        for text in texts {
            self.0.extend(text.as_bytes());
        }
    }
}

/// Owners and their names. The form of the input is told at its head.
pub fn pairs(input: &str) -> Vec<u8> {
    let mut lists: BTreeMap<&str, Vec<(&str, Option<&str>)>> = BTreeMap::new();
    // How complete the list of an owner is.
    let mut complete = BTreeMap::new();
    let mut owner = "";
    for line in input.lines().skip_while(|line| line.starts_with('#')).filter(|line| !line.is_empty()) {
        if let Some(name) = line.strip_prefix(' ') {
            let (name, logged) =
                name.split_once('=').map_or((name, None), |(name, logged)| (name, Some(logged)));
            lists.entry(owner).or_default().push((name, logged));
        } else {
            let (name, level) = match line.rsplit_once(' ') {
                Some((name, "!")) => (name, 2),
                Some((name, "~")) => (name, 1),
                _ => (line, 0),
            };
            owner = name;
            complete.insert(owner, level);
            lists.entry(owner).or_default();
        }
    }
    let names = sorted(lists.values().flatten().map(|(name, _)| *name));
    // Names without an owner are in the list of known values, but in no pair.
    lists.remove("~");
    let owners = sorted(lists.keys().copied());
    let (name_index, owner_index) = (index(&names), index(&owners));
    let mut by_owner: Vec<Vec<usize>> = Vec::new();
    let mut by_name: Vec<Vec<usize>> = vec![Vec::new(); names.len()];
    let mut aliases = Vec::new();
    for owner in &owners {
        let mut list: Vec<usize> = lists[owner].iter().map(|(name, _)| name_index[name]).collect();
        list.sort_unstable();
        for name in &list {
            by_name[*name].push(owner_index[owner]);
        }
        by_owner.push(list);
        for (name, logged) in &lists[owner] {
            if let Some(logged) = logged {
                aliases.push((owner_index[owner], name_index[name], name_index[logged]));
            }
        }
    }
    aliases.sort_unstable();
    let mut bytes = Bytes::default();
    for count in [owners.len(), names.len(), by_owner.iter().map(Vec::len).sum(), aliases.len()] {
        bytes.u32(count);
    }
    bytes.starts(owners.iter().map(|text| text.len()));
    bytes.starts(names.iter().map(|text| text.len()));
    bytes.starts(by_owner.iter().map(Vec::len));
    bytes.starts(by_name.iter().map(Vec::len));
    by_owner.iter().chain(&by_name).flatten().for_each(|number| bytes.u16(*number));
    for (owner, name, logged) in aliases {
        for number in [owner, name, logged] {
            bytes.u16(number);
        }
    }
    bytes.0.extend(owners.iter().map(|owner| complete.get(owner).copied().unwrap_or(0)));
    bytes.texts(&owners);
    bytes.texts(&names);
    bytes.0
}

/// Typed operations. The form of the input is told at its head.
pub fn operations(input: &str) -> Vec<u8> {
    let lines: Vec<Value> =
        input.lines().skip(1).map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let is_operation =
        |line: &&Value| line.get(2).is_some_and(|request| !request.is_string()) && line[1].is_string();
    let operations: Vec<&Value> = lines.iter().filter(is_operation).collect();
    let enums: Vec<&Value> = lines.iter().filter(|line| !is_operation(line)).collect();
    let mut texts: BTreeSet<&str> = BTreeSet::new();
    for line in &enums {
        texts.extend(line.as_array().expect("list").iter().filter_map(Value::as_str));
    }
    for line in &operations {
        texts.extend([line[0].as_str().expect("source"), line[1].as_str().expect("name")]);
        tree_texts(&line[2], &mut texts);
        tree_texts(&line[3], &mut texts);
    }
    let texts = sorted(texts);
    let text_index = index(&texts);
    let mut nodes = Nodes { bytes: Bytes::default(), known: HashMap::new(), texts: &text_index };
    let mut entries: Vec<[usize; 4]> = operations
        .iter()
        .map(|line| {
            let redaction = if line[0] == "organizations.amazonaws.com" { 2 } else { 1 };
            let mut root = |tree: &Value| match tree {
                Value::Null => 0xFFFF_FFFF,
                tree => nodes.reference(tree, redaction),
            };
            let (request, response) = (root(&line[2]), root(&line[3]));
            let text = |value: &Value| text_index[value.as_str().expect("text")];
            [text(&line[0]), text(&line[1]), request, response]
        })
        .collect();
    entries.sort_unstable();
    let nodes = nodes.bytes.0;
    let mut bytes = Bytes::default();
    for count in [texts.len(), enums.len(), entries.len(), nodes.len()] {
        bytes.u32(count);
    }
    bytes.starts(texts.iter().map(|text| text.len()));
    let values: Vec<Vec<usize>> = enums
        .iter()
        .map(|line| {
            line.as_array().expect("list").iter().filter_map(Value::as_str).map(|v| text_index[v]).collect()
        })
        .collect();
    bytes.starts(values.iter().map(Vec::len));
    values.iter().flatten().for_each(|text| bytes.u16(*text));
    for [source, name, request, response] in entries {
        bytes.u16(source);
        bytes.u16(name);
        bytes.u32(request);
        bytes.u32(response);
    }
    bytes.0.extend(nodes);
    bytes.texts(&texts);
    bytes.0
}

/// Member names, and names of types.
fn tree_texts<'a>(tree: &'a Value, texts: &mut BTreeSet<&'a str>) {
    match tree {
        Value::Object(members) => {
            for (name, inner) in members {
                if name != "*" {
                    texts.insert(name);
                }
                tree_texts(inner, texts);
            }
        }
        Value::Array(items) => items.iter().for_each(|inner| tree_texts(inner, texts)),
        Value::String(ty) if ty.len() > 1 && !ty.starts_with('e') && !ty.ends_with('!') => {
            texts.insert(ty);
        }
        _ => {}
    }
}

/// The nodes, each written once.
struct Nodes<'a> {
    bytes: Bytes,
    known: HashMap<Vec<u8>, usize>,
    texts: &'a HashMap<&'a str, usize>,
}

impl Nodes<'_> {
    fn reference(&mut self, tree: &Value, redaction: usize) -> usize {
        let mut node = Bytes::default();
        match tree {
            Value::String(scalar) => return scalar_code(scalar, redaction, self.texts) << 1,
            Value::Array(items) => {
                node.varint(1);
                let inner = self.reference(&items[0], redaction);
                node.varint(inner);
            }
            Value::Object(members) if members.len() == 1 && members.contains_key("*") => {
                node.varint(2);
                let inner = self.reference(&members["*"], redaction);
                node.varint(inner);
            }
            Value::Object(members) => {
                node.varint(0);
                node.varint(members.len());
                for (name, inner) in members {
                    let inner = self.reference(inner, redaction);
                    node.varint(self.texts[name.as_str()]);
                    node.varint(inner);
                }
            }
            other => panic!("no tree: {other}"),
        }
        let at = *self.known.entry(node.0).or_insert_with_key(|node| {
            let at = self.bytes.0.len();
            self.bytes.0.extend(node);
            at
        });
        at << 1 | 1
    }
}

fn scalar_code(scalar: &str, redaction: usize, texts: &HashMap<&str, usize>) -> usize {
    if let Some(number) = scalar.strip_prefix('e').filter(|number| !number.is_empty()) {
        let (number, redacted) = number.strip_prefix('!').map_or((number, 0), |number| (number, redaction));
        let number: usize = number.parse().expect("the number of an enumeration");
        return 6 | redacted << 4 | number << 6;
    }
    let (kind, redacted) = scalar.strip_suffix('!').map_or((scalar, 0), |kind| (kind, redaction));
    let kind = match kind {
        "s" => 0,
        "i" => 1,
        "n" => 2,
        "b" => 3,
        "o" => 4,
        "a" => 5,
        named => return 7 | redacted << 4 | texts[named] << 6,
    };
    kind | redacted << 4
}
