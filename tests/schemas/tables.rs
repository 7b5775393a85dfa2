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

    fn u24(&mut self, number: usize) {
        assert!(number < 1 << 24, "{number} has more than three bytes");
        self.0.extend(&number.to_le_bytes()[..3]);
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
        self.u24(at);
        for length in lengths {
            at += length;
            self.u24(at);
        }
    }

    fn texts(&mut self, texts: &[&str]) {
        for text in texts {
            self.0.extend(text.as_bytes());
        }
    }
}

/// Owners and their names. The form of the input is reported at its head.
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

/// Typed operations. The form of the input is reported at its head.
pub fn operations(input: &str) -> Vec<u8> {
    let read = Lines::read(input);
    let mut texts: BTreeSet<&str> = BTreeSet::new();
    for line in &read.enums {
        texts.extend(line.as_array().expect("list").iter().filter_map(Value::as_str));
    }
    for tree in &read.objects {
        tree_texts(tree, &mut texts);
    }
    // Where the letter case of first letters is not known, both spellings are members.
    let capitals: BTreeSet<String> = read.objects.iter().flat_map(member_names).map(capitalised).collect();
    texts.extend(capitals.iter().map(String::as_str));
    for operation in &read.operations {
        texts.extend([operation.source, operation.name]);
    }
    let texts = sorted(texts);
    let text_index = index(&texts);
    let mut nodes = Nodes {
        bytes: Bytes::default(),
        known: HashMap::new(),
        made: HashMap::new(),
        members: HashMap::new(),
        objects: &read.objects,
        texts: &text_index,
    };
    let mut entries: Vec<[usize; 4]> = read
        .operations
        .iter()
        .map(|operation| {
            let mut root = |tree: &Value| match tree {
                Value::Null => 0xFF_FFFF,
                tree => nodes.reference(tree, operation.any_spelling),
            };
            let (request, response) = (root(operation.request), root(operation.response));
            [text_index[operation.source], text_index[operation.name], request, response]
        })
        .collect();
    entries.sort_unstable();
    let anywhere = [2, 3].map(|part| nodes.members_of(entries.iter().map(|entry| entry[part])));
    let nodes = nodes.bytes.0;
    let mut bytes = Bytes::default();
    let [requests, responses] = &anywhere;
    for count in [texts.len(), read.enums.len(), entries.len(), nodes.len(), requests.len(), responses.len()]
    {
        bytes.u32(count);
    }
    bytes.starts(texts.iter().map(|text| text.len()));
    let values: Vec<Vec<usize>> = read
        .enums
        .iter()
        .map(|line| {
            line.as_array().expect("list").iter().filter_map(Value::as_str).map(|v| text_index[v]).collect()
        })
        .collect();
    bytes.starts(values.iter().map(Vec::len));
    values.iter().flatten().for_each(|text| bytes.u24(*text));
    for [source, name, request, response] in entries {
        bytes.u24(source);
        bytes.u24(name);
        bytes.u24(request);
        bytes.u24(response);
    }
    for (text, reference) in anywhere.into_iter().flatten() {
        bytes.u24(text);
        bytes.u32(reference);
    }
    bytes.0.extend(nodes);
    bytes.texts(&texts);
    bytes.0
}

/// The lines of the input by kind.
struct Lines {
    enums: Vec<Value>,
    objects: Vec<Value>,
    operations: Vec<Operation<'static>>,
}

struct Operation<'a> {
    source: &'a str,
    name: &'a str,
    request: &'a Value,
    response: &'a Value,
    any_spelling: bool,
}

impl Lines {
    fn read(input: &str) -> Self {
        let mut lines = Self { enums: Vec::new(), objects: Vec::new(), operations: Vec::new() };
        let mut source = "";
        for line in input.lines().skip(1) {
            let line: Value = serde_json::from_str(line).expect("JSON");
            match &line {
                Value::Object(_) => lines.objects.push(line),
                Value::Array(items)
                    if items.get(1).is_some_and(|item| item.is_number() || item.is_null()) =>
                {
                    // Few enough to be kept until the test ends.
                    let items: &'static [Value] = items.clone().leak();
                    lines.operations.push(Operation {
                        source,
                        name: items[0].as_str().expect("a name"),
                        request: &items[1],
                        response: &items[2],
                        any_spelling: items.len() > 3,
                    });
                }
                Value::Array(_) => lines.enums.push(line),
                Value::String(name) => source = name.clone().leak(),
                other => panic!("no line: {other}"),
            }
        }
        lines
    }
}

/// The names of the members of an object.
fn member_names(tree: &Value) -> impl Iterator<Item = &str> {
    let members = tree.as_object().into_iter().flatten();
    members.map(|(name, _)| name.as_str()).filter(|name| *name != "~")
}

fn capitalised(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + chars.as_str())
}

/// Member names, and names of types.
fn tree_texts<'a>(tree: &'a Value, texts: &mut BTreeSet<&'a str>) {
    match tree {
        Value::Object(members) => {
            for (name, inner) in members {
                if name != "*" && name != "~" {
                    texts.insert(name);
                }
                tree_texts(inner, texts);
            }
        }
        Value::Array(items) => items.iter().for_each(|inner| tree_texts(inner, texts)),
        Value::String(ty) => {
            let (kind, _) = letters(ty);
            if !matches!(kind, "s" | "i" | "n" | "b" | "o" | "a") && enumeration(kind).is_none() {
                texts.insert(kind);
            }
        }
        _ => {}
    }
}

/// What a scalar is, and the number of the text in place of its value.
fn letters(scalar: &str) -> (&str, usize) {
    let (kind, mark) = scalar.split_once('!').map_or((scalar, None), |(kind, mark)| (kind, Some(mark)));
    let redacted = match mark {
        None => 0,
        Some("H") => 1,
        Some("4") => 2,
        Some("3") => 3,
        Some("R") => 4,
        Some("-") => 5,
        Some("") => 6,
        Some(other) => panic!("no mark: {other}"),
    };
    (kind, redacted)
}

fn enumeration(kind: &str) -> Option<usize> {
    kind.strip_prefix('e')?.parse().ok()
}

/// The nodes, each written once.
struct Nodes<'a> {
    bytes: Bytes,
    known: HashMap<Vec<u8>, usize>,
    /// The references of objects that have been written, in one spelling and in both.
    made: HashMap<(usize, bool), usize>,
    /// The members of each object that has been written, by its reference.
    members: HashMap<usize, BTreeMap<usize, usize>>,
    objects: &'a [Value],
    texts: &'a HashMap<&'a str, usize>,
}

impl Nodes<'_> {
    fn reference(&mut self, tree: &Value, any_spelling: bool) -> usize {
        let mut node = Bytes::default();
        match tree {
            Value::String(scalar) => return scalar_code(scalar, self.texts) << 1,
            Value::Number(number) => {
                let number = usize::try_from(number.as_u64().expect("a number")).expect("fits");
                if let Some(made) = self.made.get(&(number, any_spelling)) {
                    return *made;
                }
                let objects = self.objects;
                let made = self.object(&objects[number], any_spelling);
                self.made.insert((number, any_spelling), made);
                return made;
            }
            Value::Array(items) => {
                node.varint(1);
                let inner = self.reference(&items[0], any_spelling);
                node.varint(inner);
            }
            Value::Object(members) => {
                node.varint(2);
                let inner = self.reference(&members["*"], any_spelling);
                node.varint(inner);
            }
            other => panic!("no tree: {other}"),
        }
        self.write(node)
    }

    fn object(&mut self, tree: &Value, any_spelling: bool) -> usize {
        let open = tree.get("~").is_some();
        let mut members: BTreeMap<usize, usize> = BTreeMap::new();
        for name in member_names(tree) {
            let inner = self.reference(&tree[name], any_spelling);
            members.insert(self.texts[name], inner);
            if any_spelling {
                members.entry(self.texts[capitalised(name).as_str()]).or_insert(inner);
            }
        }
        let mut node = Bytes::default();
        node.varint(if open { 3 } else { 0 });
        node.varint(members.len());
        for (name, inner) in &members {
            node.varint(*name);
            node.varint(*inner);
        }
        let reference = self.write(node);
        self.members.insert(reference, members);
        reference
    }

    /// The members of these objects, each with what it holds once.
    fn members_of(&self, roots: impl Iterator<Item = usize>) -> BTreeSet<(usize, usize)> {
        let members = roots.filter_map(|root| self.members.get(&root)).flatten();
        members.map(|(text, reference)| (*text, *reference)).collect()
    }

    fn write(&mut self, node: Bytes) -> usize {
        let at = *self.known.entry(node.0).or_insert_with_key(|node| {
            let at = self.bytes.0.len();
            self.bytes.0.extend(node);
            at
        });
        at << 1 | 1
    }
}

fn scalar_code(scalar: &str, texts: &HashMap<&str, usize>) -> usize {
    let (kind, redacted) = letters(scalar);
    let (kind, number) = match kind {
        "s" => (0, 0),
        "i" => (1, 0),
        "n" => (2, 0),
        "b" => (3, 0),
        "o" => (4, 0),
        "a" => (5, 0),
        other => match enumeration(other) {
            Some(number) => (6, number),
            None => (7, texts[other]),
        },
    };
    kind | redacted << 4 | number << 7
}
