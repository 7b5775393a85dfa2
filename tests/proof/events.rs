//! Events for a rule: they satisfy its predicates or just fail to, or hold what queries are known to stumble over.
//! Every event fits the schema, because that is what `exact` promises.

use std::net::IpAddr;

use serde_json::{Map, Value, json};
use sigmata::eval::{Event, Matcher};
use sigmata::ir::{Block, Condition, FieldUse, Formula, Number, Subject, TextPattern, TimePart};
use sigmata::rule::pattern::Piece;
use sigmata::schema::{Base, Facts, ObjectType, Schema, Step, Type};

use super::dice::Dice;

/// Texts that have broken compilers.
pub const HOSTILE: &[&str] = &[
    "",
    " ",
    "  x ",
    "a\"b",
    "a'b",
    "\"",
    "'",
    "a\\b",
    "a\\",
    "\\\\",
    "line\nbreak",
    "\n",
    "tab\there",
    "a\r\nb",
    "a|b",
    "a | where x",
    "*",
    "?",
    "a*b",
    "a?b",
    "^a.*$",
    "[x](y){2}",
    "a+b",
    ".",
    "%",
    "_",
    "`m`",
    "$a$",
    "//c",
    "/x/",
    "/* c */",
    "#c",
    "]['",
    "müller",
    "MÜLLER",
    "İ",
    "ß",
    "日本",
    "🦀",
    "null",
    "NULL",
    "true",
    "5",
    "0005",
    "9007199254740993",
    "18446744073709551616",
    "1e3",
    "1.0",
    "-",
    "success",
    "{\"a\":1}",
    "[]",
    "[\"x\"]",
    "\u{2028}",
    "\u{feff}x",
    "\u{85}",
    "a\u{301}",
    "a\u{1}b",
];

/// Texts with letters whose case is not a matter of two letters: the final sigma, the signs for micro, Ohm, Kelvin and
/// Angstrom, the long s, the dotted and the dotless i, the sharp s, letters with a title case, ligatures.
pub const LETTERS: &[&str] = &[
    "λόγος",
    "ΛΌΓΟΣ",
    "ΣΣ",
    "σς",
    "µs",
    "μm",
    "Μ",
    "5 \u{2126}",
    "Ω",
    "k\u{e5}",
    "\u{212a}",
    "\u{212b}",
    "å",
    "\u{17f}o",
    "ı",
    "İx",
    "Iı",
    "straße",
    "STRAẞE",
    "strasse",
    "ǆ",
    "ǅ",
    "Ǆ",
    "\u{fb05}",
    "\u{fb06}",
    "ᏸ",
    "Ᏸ",
    "ꭰ",
    "ѐЀ",
    "𐐨",
];

/// A place that a rule reads, with values for it.
struct Slot {
    steps: Vec<Step>,
    ty: Type,
    may_miss: bool,
    may_be_null: bool,
    /// Values that satisfy the test, as far as one value can.
    good: Vec<Value>,
    /// Values that nearly do.
    near: Vec<Value>,
}

/// Makes events for one formula.
pub struct Maker<'a> {
    schema: &'a Schema,
    matcher: &'a Matcher,
    slots: Vec<Slot>,
}

impl<'a> Maker<'a> {
    pub fn new(schema: &'a Schema, formula: &Formula, matcher: &'a Matcher, dice: &mut Dice) -> Self {
        let mut slots = Vec::new();
        walk(formula, &[], &mut slots, dice);
        Self { schema, matcher, slots }
    }

    /// So many events that fit the schema, or fewer where that is hard: one that matches, what lies a step beside it,
    /// and others.
    pub fn events(&self, count: usize, bases: &[Value], dice: &mut Dice) -> Vec<Value> {
        let mut found: Vec<Value> = Vec::new();
        let mut hit = None;
        for _ in 0..12 {
            let event = self.event(bases, dice, 9);
            if self.fits(&event) && self.matcher.matches(&event.clone().into()) {
                found.push(event.clone());
                hit = Some(event);
                break;
            }
        }
        // Each predicate of the event that matches is nearly missed once, and once has no value.
        if let Some(hit) = &hit {
            for slot in self.slots.iter().take(6) {
                let near = (!slot.near.is_empty()).then(|| Some(dice.pick(&slot.near)));
                for value in near.into_iter().chain(slot.may_miss.then_some(None)) {
                    let mut event = hit.clone();
                    put(&mut event, &slot.steps, value, dice);
                    if self.fits(&event) {
                        found.push(event);
                    }
                }
            }
        }
        let count = count.max(found.len() + 4);
        for attempt in 0..count * 3 {
            if found.len() >= count {
                break;
            }
            let event = match &hit {
                Some(hit) if attempt % 3 > 0 => self.beside(hit, dice),
                _ => self.event(bases, dice, 6),
            };
            if self.fits(&event) {
                found.push(event);
            }
        }
        found
    }

    fn fits(&self, event: &Value) -> bool {
        self.schema.validate(event).is_empty() && timed(&mut event.clone(), self.schema)
    }

    /// An event from a base; of ten values so many satisfy.
    fn event(&self, bases: &[Value], dice: &mut Dice, good: usize) -> Value {
        let mut event =
            if bases.is_empty() || dice.once_in(3) { json!({}) } else { dice.pick(bases).clone() };
        if let Some(time) = &self.schema.time {
            put(&mut event, &time.steps, Some(&json!(clock(1_772_600_767, dice))), dice);
        }
        // What parts the log from others in the same place.
        for (path, values) in self.schema.deliveries.iter().flat_map(|delivery| &delivery.discriminator) {
            let known = path.steps.first().is_some_and(|step| {
                matches!(step, Step::Key(key) if self.schema.record.fields.iter().any(|field| field.name == *key))
            });
            let missing = Event::new(event.clone()).texts(path, 1).is_empty();
            if let (true, true, Some(value)) = (known, missing, values.first()) {
                put(&mut event, &path.steps, Some(&json!(value.text())), dice);
            }
        }
        for slot in &self.slots {
            let times = 1 + usize::from(dice.once_in(4));
            for _ in 0..times {
                Self::fill(&mut event, slot, dice, good);
            }
        }
        fill_in(&mut event, &self.schema.record);
        event
    }

    /// The event with one or two places changed.
    fn beside(&self, event: &Value, dice: &mut Dice) -> Value {
        let mut event = event.clone();
        for _ in 0..=dice.roll(2) {
            if !self.slots.is_empty() {
                let slot = dice.pick(&self.slots);
                Self::fill(&mut event, slot, dice, 2);
            }
        }
        event
    }

    fn fill(event: &mut Value, slot: &Slot, dice: &mut Dice, good: usize) {
        let roll = dice.roll(10);
        let value = if roll < good && !slot.good.is_empty() {
            Some(dice.pick(&slot.good).clone())
        } else if roll < 8 && !slot.near.is_empty() {
            Some(dice.pick(&slot.near).clone())
        } else if dice.once_in(3) {
            Some(hostile(&slot.ty, dice))
        } else if slot.may_be_null && dice.once_in(2) {
            Some(Value::Null)
        } else if slot.may_miss {
            None
        } else {
            return;
        };
        let fits = value.as_ref().is_none_or(|value| !value.is_null() || slot.may_be_null);
        if fits {
            put(event, &slot.steps, value.as_ref(), dice);
        }
    }
}

/// Gives an event what every record of the log has; false where its time is none.
/// An engine fills in a time of its own, and a query may rest on a field that is always there.
pub fn timed(event: &mut Value, schema: &Schema) -> bool {
    fill_in(event, &schema.record);
    let Some(time) = &schema.time else { return true };
    let texts = Event::new(event.clone()).texts(time, 1);
    let counted = schema
        .lookup(&time.name(), &Facts::default())
        .is_some_and(|field| matches!(field.ty, Type::Integer | Type::Number));
    if texts.is_empty() {
        let value = if counted { json!(1_772_600_767) } else { json!("2026-03-04T05:06:07Z") };
        put(event, &time.steps, Some(&value), &mut Dice::new(0));
    }
    // Some providers count seconds or milliseconds.
    texts
        .iter()
        .all(|text| super::spl::eval::instant(text).is_some() || (counted && text.parse::<i64>().is_ok()))
}

fn fill_in(value: &mut Value, object: &ObjectType) {
    let Value::Object(members) = value else { return };
    for field in &object.fields {
        let missing = members.get(&*field.name).is_none_or(Value::is_null);
        match &field.ty {
            Type::Object(inner) => {
                if missing && field.always {
                    members.insert(field.name.to_string(), json!({}));
                }
                if let Some(below) = members.get_mut(&*field.name) {
                    fill_in(below, inner);
                }
            }
            ty if missing && field.always && field.dependent.is_none() => {
                members.insert(field.name.to_string(), plain(ty));
            }
            _ => {}
        }
    }
}

/// A value of the type.
fn plain(ty: &Type) -> Value {
    match ty {
        Type::Enum(known_values) => {
            let mut first = None;
            known_values.visit(&mut |member| {
                first = Some(member.to_owned());
                false
            });
            json!(first.unwrap_or_else(|| "example".to_owned()))
        }
        Type::Integer | Type::Number => json!(1),
        Type::Boolean => json!(true),
        Type::Timestamp => json!("2026-03-04T05:06:07Z"),
        Type::Ip | Type::Endpoint => json!("198.51.100.23"),
        Type::Array(_) => json!([]),
        Type::Object(_) | Type::Map(_) => json!({}),
        Type::Json(_) => json!("{}"),
        Type::String | Type::Any => json!("example"),
    }
}

fn hostile(ty: &Type, dice: &mut Dice) -> Value {
    match ty {
        Type::Integer => {
            dice.pick(&[json!(0), json!(-1), json!(i64::MAX), json!(i64::MIN), json!("12")]).clone()
        }
        Type::Number => dice.pick(&[json!(0), json!(1.5), json!(-1), json!("0.5")]).clone(),
        Type::Boolean => dice.pick(&[json!(true), json!(false), json!("true"), json!("false")]).clone(),
        Type::Timestamp => {
            dice.pick(&[json!("1969-12-31T23:59:59Z"), json!("2026-02-28T23:59:59.5Z")]).clone()
        }
        Type::Object(_) | Type::Map(_) => json!({}),
        Type::Array(_) => dice.pick(&[json!([]), json!([null])]).clone(),
        Type::Any if dice.once_in(2) => dice
            .pick(&[
                json!(["a", "x"]),
                json!(["5", "null"]),
                json!([["x", "Admin"], "a"]),
                json!([]),
                json!([[]]),
                json!([null, "ab"]),
                json!({ "a": "x" }),
                json!([{ "x": "a" }]),
                json!([1, 7, "05"]),
                json!(["198.51.100.23", "10.1.2.3"]),
                json!(["1969-12-31T23:59:59Z", ["2026-03-04T05:06:07.5Z"]]),
                json!(5),
                json!(true),
            ])
            .clone(),
        _ if dice.once_in(3) => text(ty, dice.pick::<&str>(LETTERS)),
        _ => text(ty, dice.pick::<&str>(HOSTILE)),
    }
}

/// A text under the type: a member of its list of known values has the list of known values's case.
fn text(ty: &Type, text: &str) -> Value {
    match ty {
        Type::Enum(known_values) => json!(known_values.canonical(text).unwrap_or(text)),
        _ => json!(text),
    }
}

fn absolute(prefix: &[Step], base: Base, steps: &[Step]) -> Vec<Step> {
    let prefix = if base == Base::Element { prefix } else { &[] };
    prefix.iter().chain(steps).cloned().collect()
}

fn walk(formula: &Formula, prefix: &[Step], slots: &mut Vec<Slot>, dice: &mut Dice) {
    match formula {
        Formula::True | Formula::False => {}
        Formula::Not(inner) => walk(inner, prefix, slots, dice),
        Formula::And(parts) | Formula::Or(parts) => {
            for part in parts {
                walk(part, prefix, slots, dice);
            }
        }
        Formula::Elem(element) => {
            let mut steps = absolute(prefix, element.array.base, &element.array.steps);
            steps.push(Step::Each);
            walk(&element.body, &steps, slots, dice);
        }
        Formula::Pred(predicate) => {
            let Subject::Field(field) = &predicate.subject else { return };
            let (good, near) = values(&field.ty, &predicate.test, dice);
            let mut push = |field: &FieldUse, good: Vec<Value>, near: Vec<Value>| {
                slots.push(Slot {
                    steps: absolute(prefix, field.path.base, &field.path.steps),
                    ty: field.ty.clone(),
                    may_miss: !field.always,
                    may_be_null: !field.always && !field.never_null,
                    good,
                    near,
                });
            };
            if let Condition::FieldRef { other, .. } = &predicate.test {
                push(other, good.clone(), near.clone());
            }
            push(field, good, near);
        }
    }
}

/// Values that satisfy a test, and values that nearly do.
fn values(ty: &Type, test: &Condition, dice: &mut Dice) -> (Vec<Value>, Vec<Value>) {
    let texts = |texts: Vec<String>| texts.iter().map(|found| text(ty, found)).collect::<Vec<_>>();
    match test {
        Condition::Text(wanted) => {
            let (mut good, mut near) = (Vec::new(), Vec::new());
            // Of a long list a few are enough.
            for _ in 0..wanted.len().min(6) {
                let test = dice.pick(wanted);
                let sample = sample(&test.shape, dice);
                if !test.member {
                    good.push(swapped(&sample));
                    good.push(refolded(&sample, dice));
                }
                // Full mappings of case are another thing: `ß` does not match `SS`.
                near.extend([sample.to_lowercase(), sample.to_uppercase()]);
                near.extend(beside(&sample));
                good.push(sample);
            }
            (texts(good), texts(near))
        }
        // The corpus has no lists that a platform keeps.
        Condition::Listed(_) => (Vec::new(), Vec::new()),
        Condition::Regex(regexes) => {
            let mut good = Vec::new();
            for test in regexes.iter().take(6) {
                let pattern = regex_syntax::ParserBuilder::new()
                    .case_insensitive(test.ignore_case)
                    .multi_line(test.multi_line)
                    .dot_matches_new_line(test.dot_all)
                    .build()
                    .parse(&test.pattern);
                let Ok(pattern) = pattern else { continue };
                for _ in 0..3 {
                    let mut sample = String::new();
                    drawn(&pattern, &mut sample, dice);
                    good.push(sample);
                }
            }
            let near = good.iter().flat_map(|sample| beside(sample)).chain(["x".to_owned()]).collect();
            (texts(good), texts(near))
        }
        Condition::Number(numbers) => {
            let good: Vec<i128> = numbers
                .iter()
                .filter_map(|number| match number {
                    Number::Integer(number) => Some(*number),
                    Number::Decimal(_) => None,
                })
                .collect();
            let near = good.iter().flat_map(|number| [number - 1, number + 1]).collect::<Vec<_>>();
            (integers(&good), integers(&near))
        }
        Condition::Order(_, Number::Integer(number)) => {
            let both = integers(&[number - 1, *number, number + 1]);
            (both.clone(), both)
        }
        Condition::Order(..) => (vec![json!(0)], vec![json!(1)]),
        Condition::Boolean(value) => {
            (vec![json!(value), json!(value.to_string())], vec![json!(!value), json!((!value).to_string())])
        }
        Condition::Time(_, time) => {
            let second = i64::try_from(time.nanos.div_euclid(1_000_000_000)).unwrap_or(0);
            let mut three = || -> Vec<Value> {
                [second - 1, second, second + 1].iter().map(|at| json!(clock(*at, dice))).collect()
            };
            (three(), three())
        }
        Condition::TimePart(part, wanted) => {
            let mut at = |value: u32| {
                let value = i64::from(value);
                let second = match part {
                    TimePart::Minute => value * 60,
                    TimePart::Hour => value * 3600 + 59,
                    TimePart::Day => (value - 1) * 86_400,
                    TimePart::Week => (value * 7 - 4) * 86_400,
                    TimePart::Month => (value * 30 - 16) * 86_400,
                    TimePart::Year => (value - 2026) * 31_557_600 + 86_400 * 40,
                };
                json!(clock(1_767_225_600 + second, dice))
            };
            let near = |value: &u32| [value.saturating_sub(1), *value, value + 1];
            let (good, bad): (Vec<u32>, Vec<u32>) =
                wanted.named().iter().flat_map(near).partition(|value| wanted.accepts(*value));
            (good.into_iter().map(&mut at).collect(), bad.into_iter().map(at).collect())
        }
        Condition::Cidr(blocks) => {
            let (mut good, mut near) = (Vec::new(), Vec::new());
            for block in blocks.iter().take(6) {
                let [before, first, last, after] = edges(*block);
                good.extend([first, last]);
                near.extend([before, after]);
            }
            near.extend(
                ["::ffff:10.0.0.1", "AWS Internal", "10.0.0", "10.0.0.1.5", "2001:db8::1", "10.0.0.1"]
                    .map(str::to_owned),
            );
            if matches!(ty, Type::Endpoint) {
                ends(&mut good);
                ends(&mut near);
            }
            (texts(good), texts(near))
        }
        Condition::Present | Condition::Null => {
            (texts(vec!["x".into(), String::new()]), texts(vec!["null".into()]))
        }
        Condition::Exists => {
            let value = match ty {
                Type::Object(_) | Type::Map(_) => json!({}),
                Type::Array(_) => json!([]),
                Type::Integer | Type::Number => json!(0),
                Type::Boolean => json!(false),
                _ => json!(""),
            };
            (vec![value], Vec::new())
        }
        Condition::FieldRef { .. } => {
            let mut pool: Vec<String> =
                ["a", "A", "ab", "b", "xab", "xay", "", "ü"].map(str::to_owned).into();
            let letters = *dice.pick(LETTERS);
            pool.extend([letters.to_owned(), refolded(letters, dice)]);
            (texts(pool.clone()), texts(pool))
        }
    }
}

fn integers(numbers: &[i128]) -> Vec<Value> {
    numbers.iter().filter_map(|number| i64::try_from(*number).ok()).map(Value::from).collect()
}

fn sample(shape: &TextPattern, dice: &mut Dice) -> String {
    let mut some = || (*dice.pick(&["", "z", "zz y", "a\nb", "*", "\""])).to_owned();
    match shape {
        TextPattern::Equals(text) => text.clone(),
        TextPattern::StartsWith(text) => text.clone() + &some(),
        TextPattern::EndsWith(text) => some() + text,
        TextPattern::Contains(text) => some() + text + &some(),
        TextPattern::Glob(pieces) => {
            let part = |piece: &Piece| match piece {
                Piece::Text(text) => text.clone(),
                Piece::Any => (*dice.pick(&["", "z", "a\nb", "zzz"])).to_owned(),
                Piece::One => (*dice.pick(&["q", "ü", "?", "\n"])).to_owned(),
            };
            pieces.iter().map(part).collect()
        }
    }
}

/// The same with the case of ASCII letters swapped.
fn swapped(text: &str) -> String {
    let swap = |char: char| {
        if char.is_ascii_uppercase() { char.to_ascii_lowercase() } else { char.to_ascii_uppercase() }
    };
    text.chars().map(swap).collect()
}

/// The same with each letter in some other form of its class.
pub fn refolded(text: &str, dice: &mut Dice) -> String {
    text.chars().map(|char| *dice.pick(&sigmata::text::class(char))).collect()
}

/// Whether a text or a name in the value has such a letter.
pub fn has_letter(value: &Value, odd: fn(char) -> bool) -> bool {
    match value {
        Value::String(text) => text.contains(odd),
        Value::Array(elements) => elements.iter().any(|element| has_letter(element, odd)),
        Value::Object(members) => {
            members.iter().any(|(key, value)| key.contains(odd) || has_letter(value, odd))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether the letters that fold together with this one have several small letters, as `ς` and `σ` are: what the
/// function of an engine that makes letters small does to them is not documented.
pub fn has_several_small_letters(char: char) -> bool {
    !char.is_ascii()
        && sigmata::text::class(char).into_iter().any(|other| other.to_lowercase().ne(char.to_lowercase()))
}

/// Texts a step away.
fn beside(text: &str) -> Vec<String> {
    let mut chars: Vec<char> = text.chars().collect();
    let longer = [format!("{text}x"), format!("x{text}"), format!("{text}\n"), format!(" {text}")];
    let mut found = longer.to_vec();
    if let Some(at) = chars.len().checked_sub(1) {
        found.push(chars[1..].iter().collect());
        chars[at / 2] = '~';
        found.push(chars.iter().collect());
        chars.pop();
        found.push(chars.iter().collect());
    }
    found
}

/// A text that the expression finds, but for boundaries.
fn drawn(ast: &regex_syntax::hir::Hir, out: &mut String, dice: &mut Dice) {
    use regex_syntax::hir::{Class, HirKind};
    match ast.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => out.push_str(&String::from_utf8_lossy(&literal.0)),
        HirKind::Class(Class::Unicode(class)) => {
            if !class.ranges().is_empty() {
                let range = dice.pick(class.ranges());
                // Readable where the range allows.
                out.push(if range.start() <= 'q' && 'q' <= range.end() { 'q' } else { range.start() });
            }
        }
        HirKind::Class(Class::Bytes(_)) => out.push('q'),
        HirKind::Repetition(repetition) => {
            let most = repetition.max.unwrap_or(repetition.min + 2).min(repetition.min + 2);
            let extra = usize::try_from(most - repetition.min).expect("at most two");
            for _ in 0..usize::try_from(repetition.min).expect("a count").min(40) + dice.roll(extra + 1) {
                drawn(&repetition.sub, out, dice);
            }
        }
        HirKind::Capture(capture) => drawn(&capture.sub, out, dice),
        HirKind::Concat(parts) => parts.iter().for_each(|part| drawn(part, out, dice)),
        HirKind::Alternation(parts) => drawn(dice.pick(parts), out, dice),
    }
}

/// The address before a block, its first, its last, and the one after it.
fn edges(block: Block) -> [String; 4] {
    match block.first {
        IpAddr::V4(first) => {
            let first = first.to_bits();
            let last = first | u32::MAX.checked_shr(u32::from(block.prefix)).unwrap_or(0);
            [first.wrapping_sub(1), first, last, last.wrapping_add(1)]
                .map(|bits| std::net::Ipv4Addr::from_bits(bits).to_string())
        }
        IpAddr::V6(first) => {
            let first = first.to_bits();
            let last = first | u128::MAX.checked_shr(u32::from(block.prefix)).unwrap_or(0);
            [first.wrapping_sub(1), first, last, last.wrapping_add(1)]
                .map(|bits| std::net::Ipv6Addr::from_bits(bits).to_string())
        }
    }
}

/// A time in one of the forms that providers write.
pub fn clock(seconds: i64, dice: &mut Dice) -> String {
    // One time in two is as most providers write it.
    if dice.once_in(2) {
        return stamp(seconds);
    }
    let (shift, zone) = *dice.pick(&[
        (0, ""),
        (0, "Z"),
        (0, "z"),
        (0, "+00:00"),
        (0, "+0000"),
        (0, " +0000"),
        (0, "-00:00"),
        (5400, "+01:30"),
        (5400, "+0130"),
        (5400, " +01:30"),
        (-28_800, "-08:00"),
        (-28_800, " -0800"),
    ]);
    let fraction = if dice.once_in(40) {
        *dice.pick(&[".1234567", ".0000001", ".999999999"])
    } else {
        *dice.pick(&["", "", ".000", ",000", ".25", ",5", ".000001"])
    };
    let between = *dice.pick(&["T", "T", "t", " "]);
    let whole = stamp(seconds + shift).trim_end_matches('Z').replace('T', between);
    whole + fraction + zone
}

/// RFC 3339 of seconds since 1970.
pub fn stamp(seconds: i64) -> String {
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let leap = |year: i64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let (mut year, mut rest) = (1970, days);
    while rest < 0 {
        year -= 1;
        rest += if leap(year) { 366 } else { 365 };
    }
    while rest >= if leap(year) { 366 } else { 365 } {
        rest -= if leap(year) { 366 } else { 365 };
        year += 1;
    }
    let mut month = 1;
    for length in [31, if leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if rest < length {
            break;
        }
        rest -= length;
        month += 1;
    }
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{:02}T{hour:02}:{minute:02}:{second:02}Z", rest + 1)
}

/// Puts a value where the steps lead, or takes it away.
pub fn put(node: &mut Value, steps: &[Step], value: Option<&Value>, dice: &mut Dice) {
    let Some((step, rest)) = steps.split_first() else {
        if let Some(value) = value {
            *node = value.clone();
        }
        return;
    };
    match step {
        Step::Key(key) => member(node, key, rest, value, dice),
        Step::First(keys) => member(node, dice.pick::<Box<str>>(keys), rest, value, dice),
        Step::Dotted(name) => {
            let steps: Vec<Step> =
                name.split('.').map(|key| Step::Key(key.into())).chain(rest.iter().cloned()).collect();
            put(node, &steps, value, dice);
        }
        Step::Each => {
            let elements = array(node);
            if elements.is_empty() || (elements.len() < 4 && dice.once_in(3)) {
                if value.is_none() {
                    return;
                }
                elements.push(Value::Null);
            }
            let at = dice.roll(elements.len());
            if rest.is_empty() && value.is_none() {
                elements.remove(at);
            } else {
                put(&mut elements[at], rest, value, dice);
                // An element that is not a value at all is another matter than one without a member.
                if elements[at].is_null() && !rest.is_empty() {
                    elements.remove(at);
                }
            }
        }
        Step::Select { member, key } => {
            let elements = array(node);
            let key = if dice.once_in(8) { format!("{key}x") } else { key.to_string() };
            let found = elements
                .iter()
                .position(|element| element.get(&**member).and_then(Value::as_str) == Some(&*key));
            let at = found.unwrap_or_else(|| {
                elements.push(json!({ &**member: key }));
                elements.len() - 1
            });
            put(&mut elements[at], rest, value, dice);
        }
        Step::Json => {
            let mut inner =
                node.as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null);
            put(&mut inner, rest, value, dice);
            *node = if dice.once_in(12) { json!("no json {") } else { json!(inner.to_string()) };
        }
    }
}

fn member(node: &mut Value, key: &str, rest: &[Step], value: Option<&Value>, dice: &mut Dice) {
    if !node.is_object() {
        if value.is_none() {
            return;
        }
        *node = Value::Object(Map::new());
    }
    let Value::Object(object) = node else { return };
    if rest.is_empty() && value.is_none() {
        object.remove(key);
    } else if value.is_some() || object.contains_key(key) {
        put(object.entry(key).or_insert(Value::Null), rest, value, dice);
    }
}

fn array(node: &mut Value) -> &mut Vec<Value> {
    if !node.is_array() {
        *node = match node.take() {
            Value::Null => json!([]),
            other => json!([other]),
        };
    }
    let Value::Array(elements) = node else { unreachable!("made an array") };
    elements
}

/// Adds each address as the end of a connection.
fn ends(addresses: &mut Vec<String>) {
    let with = |address: &String| {
        let mark = if address.contains(':') { "" } else { "::ffff:" };
        let port = if address.contains(':') { format!("[{address}]:443") } else { format!("{address}:443") };
        [port, format!("[{mark}{address}]:51234"), format!("{mark}{address}"), format!("[{address}]")]
    };
    addresses.extend(addresses.iter().flat_map(with).collect::<Vec<_>>());
}
