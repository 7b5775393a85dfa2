//! Mutants that keep the shape of a text: blocks of YAML move with all that is in them, JSON stays JSON, keys and values
//! come from other texts. Equal seeds give equal mutants.

use serde_json::{Map, Value, json};

/// Equal seeds give equal numbers.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).unwrap_or(0)
    }

    fn of<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }
}

/// Pieces that mean something in rules, schemas, events and settings.
const WORDS: [&str; 46] = [
    "*",
    "?",
    "\\",
    "'",
    "\"",
    "|",
    ": ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    "#",
    "&a ",
    "*a",
    "!!str ",
    "---\n",
    "...\n",
    "action: global\n",
    "|contains",
    "|all",
    "|re",
    "|cidr",
    "|expand",
    "|fieldref",
    "|neq",
    "[any]",
    "not ",
    "1 of them",
    "all of s*",
    " and ",
    "null",
    "~",
    "0x1F",
    "-0",
    "1e999",
    "\u{202e}",
    "\u{9b}",
    "\0",
    "\u{feff}",
    "\u{df}\u{130}\u{212a}",
    "\u{1f600}",
    "\\u0000",
    "\r",
    "\n",
    "::error::x",
];

/// Modifiers as they follow a field.
const MODIFIERS: [&str; 22] = [
    "|contains",
    "|startswith",
    "|endswith",
    "|all",
    "|cased",
    "|neq",
    "|re",
    "|re|i",
    "|cidr",
    "|gt",
    "|lte",
    "|exists",
    "|fieldref",
    "|expand",
    "|windash",
    "|wide",
    "|base64",
    "|base64offset",
    "|minute",
    "|contains|all",
    "|startswith|cased",
    "|neq|endswith",
];

/// Values as YAML and JSON both read them.
const VALUES: [&str; 18] = [
    "null",
    "true",
    "\"\"",
    "0",
    "-1",
    "1.5",
    "1e400",
    "99999999999999999999",
    "\"*\"",
    "\"\\\\*\"",
    "\"a*b?c\"",
    "[]",
    "{}",
    "[\"a\", \"b\"]",
    "[null, 1, \"\"]",
    "{\"a\": 1}",
    "\"10.0.0.0/8\"",
    "\"2026-11-23T10:00:00Z\"",
];

/// Terms of conditions.
const TERMS: [&str; 8] =
    ["1 of them", "all of s*", "not 1 of a*", "2 of them", "(a or b)", "not a", "a and not b", "them"];

/// A mutant of a text; `other` lends what is brought in.
pub fn mutant(text: &str, other: &str, random: &mut Random) -> String {
    if text.trim_start().starts_with('{')
        && random.below(4) > 0
        && let Some(mutant) = of_json(text, other, random)
    {
        return mutant;
    }
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    let others: Vec<String> = other.split_inclusive('\n').map(str::to_owned).collect();
    for _ in 0..=random.below(5) {
        if lines.is_empty() {
            lines.push("\n".to_owned());
        }
        if random.below(3) > 0 { shape(&mut lines, &others, random) } else { letters(&mut lines, random) }
    }
    lines.concat()
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// Where the block ends that a line begins: the lines below it that are deeper.
fn end_of_block(lines: &[String], at: usize) -> usize {
    let depth = indent(&lines[at]);
    let deeper = |line: &String| line.trim().is_empty() || indent(line) > depth;
    at + 1 + lines[at + 1..].iter().take_while(|line| deeper(line)).count()
}

/// A block with another depth.
fn at_depth(block: &[String], depth: usize) -> Vec<String> {
    let old = block.first().map_or(0, |line| indent(line));
    let moved = |line: &String| {
        let deeper = (indent(line) + depth).saturating_sub(old);
        format!("{}{}", " ".repeat(deeper), line.trim_start_matches(' '))
    };
    block.iter().map(moved).collect()
}

/// Where key and value of a line are: up to the colon, and behind it.
fn parts(line: &str) -> Option<(usize, usize, usize)> {
    let content = line.trim_end();
    let start = indent(line) + if line.trim_start().starts_with("- ") { 2 } else { 0 };
    let colon = content
        .get(start..)?
        .find(": ")
        .map(|at| at + start)
        .or_else(|| content.strip_suffix(':').map(str::len))?;
    Some((start, colon, (colon + 2).min(content.len())))
}

/// A key or value of some line.
fn part(lines: &[String], value: bool, random: &mut Random) -> String {
    let line = lines.get(random.below(lines.len())).map_or("", String::as_str);
    let Some((start, colon, after)) = parts(line) else { return line.trim().to_owned() };
    let found = if value { line.trim_end().get(after..) } else { line.get(start..colon) };
    found.unwrap_or_default().to_owned()
}

/// Changes a block, a key or a value.
fn shape(lines: &mut Vec<String>, others: &[String], random: &mut Random) {
    let at = random.below(lines.len());
    let end = end_of_block(lines, at);
    let place = parts(&lines[at]);
    let depth = indent(&lines[at]);
    match (random.below(13), place) {
        (0, _) => drop(lines.drain(at..end)),
        (1, _) => {
            let block = lines[at..end].to_vec();
            lines.splice(at..at, block);
        }
        (2, _) => {
            let block: Vec<String> = lines.drain(at..end).collect();
            let to = random.below(lines.len() + 1);
            let depth = lines.get(to).map_or(0, |line| indent(line)) + 4 * random.below(2);
            lines.splice(to..to, at_depth(&block, depth));
        }
        (3 | 4, _) if !others.is_empty() => {
            let from = random.below(others.len());
            let block = at_depth(&others[from..end_of_block(others, from)], depth);
            let until = if random.below(2) == 0 { at } else { end };
            lines.splice(at..until, block);
        }
        (5, Some((_, colon, after))) => {
            let lender = if random.below(2) == 0 { others } else { &*lines };
            let value = match random.below(3) {
                0 => random.of(&VALUES).to_owned(),
                _ => part(lender, true, random),
            };
            let before = if after > colon + 1 {
                lines[at][..after].to_owned()
            } else {
                format!("{}: ", &lines[at][..colon])
            };
            lines[at] = format!("{before}{value}\n");
        }
        (6, Some((start, colon, _))) => {
            let key = part(if random.below(2) == 0 { others } else { lines }, false, random);
            lines[at].replace_range(start..colon, &key);
        }
        (7 | 8, Some((_, colon, _))) => {
            let modifier = random.of(&MODIFIERS);
            lines[at].insert_str(colon, modifier);
        }
        (9, Some((_, _, after))) => {
            let value = lines[at].trim_end()[after..].to_owned();
            let wrapped = match random.below(6) {
                0 => format!("[{value}, {}]", random.of(&VALUES)),
                1 => format!("{{{}: {value}}}", part(others, false, random)),
                2 => format!("'{value}'"),
                3 => format!("\"{value}\""),
                4 => format!("not ({value})"),
                _ => format!("{value} {} {}", random.of(&["and", "or", "and not"]), random.of(&TERMS)),
            };
            lines[at].truncate(after);
            lines[at].push_str(&format!("{wrapped}\n"));
        }
        (10, _) => {
            let block = at_depth(&lines[at..end], (depth + 4 * random.below(3)).saturating_sub(4));
            lines.splice(at..end, block);
        }
        (11, _) => {
            let documents = [
                "---\n",
                "action: global\n",
                "action: repeat\n",
                "action: reset\n",
                "...\n",
                "# sigmata: allow(S0433): x\n",
            ];
            lines.insert(at, random.of(&documents).to_owned());
        }
        _ => {
            let block = lines[at..end].to_vec();
            let key = format!("{}{}:\n", " ".repeat(depth), part(others, false, random));
            lines.splice(at..end, std::iter::once(key).chain(at_depth(&block, depth + 4)));
        }
    }
}

/// Changes characters of a line.
fn letters(lines: &mut [String], random: &mut Random) {
    let at = random.below(lines.len());
    let kind = random.below(6);
    if kind == 0 {
        let to = random.below(lines.len());
        lines.swap(at, to);
        return;
    }
    let chars: Vec<usize> = lines[at].char_indices().map(|(at, _)| at).collect();
    let place = chars.get(random.below(chars.len())).copied().unwrap_or(0);
    if kind > 3 && !lines[at].is_empty() {
        lines[at].remove(place);
    }
    if kind != 5 {
        lines[at].insert_str(place, random.of(&WORDS));
    }
}

/// A mutant of JSON, as one value or as lines; nothing where the text is not JSON.
fn of_json(text: &str, other: &str, random: &mut Random) -> Option<String> {
    let read = |text: &str| -> Option<Vec<Value>> {
        serde_json::Deserializer::from_str(text).into_iter::<Value>().collect::<Result<_, _>>().ok()
    };
    let mut events = read(text)?;
    let lent = read(other).unwrap_or_default();
    for _ in 0..=random.below(4) {
        let Some(at) = (!events.is_empty()).then(|| random.below(events.len())) else { break };
        let lent = lent.get(random.below(lent.len())).unwrap_or(&Value::Null);
        let mut steps = random.below(size(&events[at]));
        change(&mut events[at], &mut steps, lent, random);
    }
    let whole = Value::Array(events.clone());
    Some(match random.below(8) {
        0 => json!({ "Records": events }).to_string(),
        1 => json!({ "value": events }).to_string(),
        2 => whole.to_string(),
        3 => format!("{whole:#}"),
        _ => events.iter().map(|event| format!("{event}\n")).collect(),
    })
}

fn size(value: &Value) -> usize {
    1 + match value {
        Value::Array(elements) => elements.iter().map(size).sum(),
        Value::Object(members) => members.values().map(size).sum(),
        _ => 0,
    }
}

/// Changes the value that is so many places on; whether it was reached.
fn change(value: &mut Value, steps: &mut usize, lent: &Value, random: &mut Random) -> bool {
    if *steps == 0 {
        alter(value, lent, random);
        return true;
    }
    *steps -= 1;
    match value {
        Value::Array(elements) => elements.iter_mut().any(|element| change(element, steps, lent, random)),
        Value::Object(members) => members.values_mut().any(|member| change(member, steps, lent, random)),
        _ => false,
    }
}

fn alter(value: &mut Value, lent: &Value, random: &mut Random) {
    let literal = || serde_json::from_str(VALUES[0]).unwrap_or_default();
    let some = serde_json::from_str(random.of(&VALUES)).unwrap_or_else(|_| literal());
    match (random.below(9), &mut *value) {
        (0, _) => *value = some,
        (1, _) => *value = json!([value.clone(), some]),
        (2, _) => *value = Value::String(value.to_string()),
        (3, Value::String(text)) => {
            let chars: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
            let place = chars.get(random.below(chars.len())).copied().unwrap_or(0);
            text.insert_str(place, random.of(&WORDS));
        }
        (4 | 5, Value::Object(members)) => {
            let keys: Vec<String> = members.keys().cloned().collect();
            let Some(key) = keys.get(random.below(keys.len())) else { return };
            let taken = if random.below(2) == 0 { members.remove(key) } else { members.get(key).cloned() };
            if random.below(2) == 0 {
                members.insert(format!("{key}{}", random.of(&WORDS)), taken.unwrap_or(some));
            }
        }
        (6, Value::Object(members)) => {
            members.extend(lent.as_object().cloned().unwrap_or_else(Map::new));
        }
        (6 | 7, _) => {
            *value = json!({ random.of(&["a", "", "a.b", "a[0]", "eventName", "\u{7f}"]): value.clone() });
        }
        _ => *value = lent.clone(),
    }
}
