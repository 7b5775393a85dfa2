//! Random rules over the schemas: YAML texts, so that the whole way from text to query is judged.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::json;
use sigmata::schema::{Field, ObjectType, Registry, Schema, Type};

use super::dice::Dice;
use super::events::{HOSTILE, LETTERS, clock, refolded};
use super::rules::{Rule, read_in};

/// A field by its name: the parts, and after which of them an array is entered.
struct Name {
    parts: Vec<(String, bool)>,
    ty: Type,
}

/// So many random rules for the log, or fewer where the checker refuses most.
pub fn rules(registry: &Registry, log: &str, count: usize, dice: &mut Dice) -> Vec<Rule> {
    let schema = registry.get(log).expect("a schema");
    let names = names(&schema);
    let mut found = Vec::new();
    for at in 0..count * 3 {
        if found.len() >= count || names.is_empty() {
            break;
        }
        let text = rule(log, &names, dice);
        found.extend(read_in(registry, &format!("random/{log}/{at}"), &text));
    }
    // No drawn rule is without a field, and what is shown may rest on what a condition reads.
    let (product, service) = log.split_once('/').expect("a product and a service");
    let text = format!(
        "title: A word\nlogsource: {{product: {product}, service: {service}}}\ndetection: {{s: [mimikatz], condition: s}}\n"
    );
    found.extend(read_in(registry, &format!("random/{log}/word"), &text));
    found
}

fn names(schema: &Schema) -> Vec<Name> {
    let mut found = Vec::new();
    object(&schema.record, &mut Vec::new(), &mut found);
    found
}

fn object(object_type: &ObjectType, parts: &mut Vec<(String, bool)>, found: &mut Vec<Name>) {
    if parts.len() > 5 || found.len() > 2000 {
        return;
    }
    for field in object_type.fields.iter().filter(|field| field.dependent.is_none()) {
        parts.push((field.name.to_string(), false));
        below(field, &field.ty, parts, found);
        parts.pop();
    }
}

fn below(field: &Field, ty: &Type, parts: &mut Vec<(String, bool)>, found: &mut Vec<Name>) {
    match ty {
        Type::Object(inner) => object(inner, parts, found),
        Type::Array(inner) => {
            if let Some(keyed) = &field.keyed {
                for (key, _) in keyed.known.iter().take(3) {
                    parts.push((key.to_string(), false));
                    if keyed.values.is_empty() {
                        if let Type::Object(inner) = &**inner {
                            object(inner, parts, found);
                        }
                    } else {
                        found.push(Name { parts: parts.clone(), ty: Type::String });
                    }
                    parts.pop();
                }
            }
            if let Some(last) = parts.last_mut() {
                last.1 = true;
            }
            below_element(inner, parts, found);
            if let Some(last) = parts.last_mut() {
                last.1 = false;
            }
        }
        Type::Map(inner) => {
            parts.push(("k".to_owned(), false));
            below_element(inner, parts, found);
            parts.pop();
        }
        _ => found.push(Name { parts: parts.clone(), ty: ty.clone() }),
    }
}

fn below_element(ty: &Type, parts: &mut Vec<(String, bool)>, found: &mut Vec<Name>) {
    match ty {
        Type::Object(inner) => object(inner, parts, found),
        Type::Array(_) | Type::Map(_) => {}
        _ => found.push(Name { parts: parts.clone(), ty: ty.clone() }),
    }
}

const fn kind(ty: &Type) -> &'static str {
    match ty {
        Type::String => "string",
        Type::Enum(_) => "enum",
        Type::Integer => "integer",
        Type::Number => "number",
        Type::Boolean => "boolean",
        Type::Timestamp => "timestamp",
        Type::Ip => "ip",
        Type::Endpoint => "endpoint",
        Type::Json(_) => "json",
        Type::Any => "any",
        Type::Object(_) | Type::Array(_) | Type::Map(_) => "structure",
    }
}

fn rule(log: &str, names: &[Name], dice: &mut Dice) -> String {
    let (product, service) = log.split_once('/').expect("a product and a service");
    let selectors = dice.once_in(3);
    let mut text = String::from("title: Random rule\n");
    if selectors {
        text.push_str("sigma-version: 3\n");
    }
    let _ = write!(text, "logsource:\n  product: {product}\n  service: {service}\ndetection:\n");
    // A rule speaks of few fields, so that its parts meet.
    // Every other one is drawn by its kind first, so that what a log has little of is judged as well.
    let mut kinds: BTreeMap<(&str, usize), Vec<&Name>> = BTreeMap::new();
    for name in names {
        let depth = name.parts.iter().filter(|(_, array)| *array).count();
        kinds.entry((kind(&name.ty), depth)).or_default().push(name);
    }
    let kinds: Vec<Vec<&Name>> = kinds.into_values().collect();
    let few: Vec<&Name> = (0..4)
        .map(|at| {
            let kind = dice.pick::<Vec<&Name>>(&kinds);
            if at % 2 == 0 { dice.pick(names) } else { *dice.pick::<&Name>(kind) }
        })
        .collect();
    let selections = 1 + dice.roll(3);
    for at in 0..selections {
        let _ = writeln!(text, "  s{at}:");
        let mut seen: Vec<String> = Vec::new();
        for _ in 0..=dice.roll(3) {
            let name = *dice.pick(&few);
            let (key, value) = item(name, selectors, &few, dice);
            if seen.contains(&key) {
                continue;
            }
            let _ = writeln!(text, "    {}: {value}", json!(key));
            seen.push(key);
        }
    }
    let conditions: &[&str] = match selections {
        1 => &["s0", "s0", "not s0"],
        2 => &[
            "s0 and s1",
            "s0 and not s1",
            "s0 or s1",
            "not (s0 and s1)",
            "not s0 and not s1",
            "s0 or not s1",
        ],
        _ => &[
            "s0 and (s1 or not s2)",
            "s0 and not (s1 and s2)",
            "1 of s*",
            "not all of s*",
            "s0 or s1 and not s2",
            "(s0 or s1) and s2",
            "not (s0 or s1 and s2)",
            "s0 and not 1 of s*",
            "all of s*",
        ],
    };
    let _ = writeln!(text, "  condition: {}", dice.pick(conditions));
    text
}

/// A literal in Sigma's escapes.
fn literal(text: &str) -> String {
    text.replace('\\', "\\\\").replace('*', "\\*").replace('?', "\\?")
}

fn item(name: &Name, selectors: bool, few: &[&Name], dice: &mut Dice) -> (String, String) {
    let parts = name.parts.iter().map(|(part, array)| {
        if *array && selectors && !dice.once_in(3) {
            part.clone() + *dice.pick(&["[any]", "[all]", "[all_or_empty]", "[none]", "[0]", "[-1]"])
        } else {
            part.clone()
        }
    });
    let key = parts.collect::<Vec<_>>().join(".");
    let some = |dice: &mut Dice| -> String {
        match &name.ty {
            Type::Enum(known_values) => {
                let mut members = Vec::new();
                known_values.visit(&mut |member| {
                    members.push(member.to_owned());
                    members.len() < 300
                });
                match members.is_empty() {
                    true => "x".to_owned(),
                    // Known values are found by every letter of their class.
                    false if dice.once_in(4) => refolded(dice.pick::<String>(&members), dice),
                    false => dice.pick::<String>(&members).clone(),
                }
            }
            _ => (*dice.pick(&["x", "Admin", "a", "null", "5", "ü"])).to_owned(),
        }
    };
    let value = |dice: &mut Dice| {
        if dice.once_in(3) && !matches!(name.ty, Type::Enum(_)) {
            literal(dice.pick::<&str>(HOSTILE))
        } else if dice.once_in(8) {
            literal(dice.pick::<&str>(LETTERS))
        } else {
            literal(&some(dice))
        }
    };
    let texts = |dice: &mut Dice| match dice.roll(12) {
        0..=2 => (String::new(), json!(value(dice)).to_string()),
        3 => (String::new(), json!([value(dice), value(dice)]).to_string()),
        4 => {
            let shapes = ["{}*", "*{}", "*{}*", "{}*{}", "{}?", "?*{}", "*"];
            let value = dice.pick(&shapes).replace("{}", &value(dice));
            (String::new(), json!(value).to_string())
        }
        5 | 6 => {
            let modifier = [
                "|contains",
                "|startswith",
                "|endswith",
                "|contains|cased",
                "|endswith|cased",
                "|cased",
                "|contains|all",
            ];
            let modifier = *dice.pick(&modifier);
            let values = if modifier.ends_with("all") || dice.once_in(2) {
                json!([value(dice), format!("{}b", value(dice))])
            } else {
                json!(value(dice))
            };
            (modifier.to_owned(), values.to_string())
        }
        7 => {
            let pattern = [
                "^a", "x$", "a.b", "^[^x]+$", "(?:a|b)+", "\\d{2}", "a\\*b", "\"", "\\\\", "^$", "[ü]", "/",
                "`|\\$",
            ];
            let flags = *dice.pick(&["|re", "|re|i", "|re|s", "|re|m|i"]);
            (flags.to_owned(), json!(dice.pick(&pattern)).to_string())
        }
        8 => (String::new(), "null".to_owned()),
        9 => ("|exists".to_owned(), (*dice.pick(&["true", "false"])).to_owned()),
        10 => {
            let other =
                dice.pick(few).parts.iter().map(|(part, _)| part.as_str()).collect::<Vec<_>>().join(".");
            let modifier =
                *dice.pick(&["|fieldref", "|fieldref|startswith", "|fieldref|contains", "|fieldref|cased"]);
            (modifier.to_owned(), json!(other).to_string())
        }
        _ => ("|neq".to_owned(), json!(value(dice)).to_string()),
    };
    let (modifier, value) = match &name.ty {
        Type::Integer | Type::Number => match dice.roll(4) {
            0 => (String::new(), (*dice.pick(&["0", "5", "-3", "9007199254740993"])).to_owned()),
            1 => (String::new(), "[1, 5]".to_owned()),
            2 => (String::new(), "null".to_owned()),
            _ => (
                (*dice.pick(&["|gt", "|gte", "|lt", "|lte"])).to_owned(),
                (*dice.pick(&["0", "5", "-3"])).to_owned(),
            ),
        },
        Type::Boolean => (String::new(), (*dice.pick(&["true", "false", "null"])).to_owned()),
        Type::Timestamp => match dice.roll(6) {
            0 | 4 => {
                // A date alone is a bound, but no whole time.
                let order = *dice.pick(&["|gt", "|gte", "|lt", "|lte"]);
                let date = dice.once_in(4);
                let bound = if date { "2026-03-04".to_owned() } else { clock(1_772_600_767, dice) };
                (order.to_owned(), json!(bound).to_string())
            }
            5 => {
                let modifier = *dice.pick(&["", "", "|startswith", "|contains"]);
                let time = clock(1_772_600_767, dice);
                let text = if modifier.is_empty() { time } else { time[..10].to_owned() };
                (modifier.to_owned(), json!(text).to_string())
            }
            1 => ("|hour".to_owned(), "5".to_owned()),
            2 => {
                let (part, number) = *dice.pick(&[
                    ("hour", "22"),
                    ("minute", "5"),
                    ("day", "28"),
                    ("week", "6"),
                    ("year", "2026"),
                ]);
                let order = *dice.pick(&["gt", "gte", "lt", "lte"]);
                let chain = if dice.once_in(2) { [part, order] } else { [order, part] };
                (format!("|{}", chain.join("|")), number.to_owned())
            }
            _ => ((*dice.pick(&["|minute", "|day", "|month", "|week"])).to_owned(), "6".to_owned()),
        },
        Type::Endpoint if dice.once_in(3) => {
            let addresses = ["10.1.2.3", "2001:db8::1", "198.51.100.23"];
            (String::new(), json!([dice.pick(&addresses), dice.pick(&addresses)]).to_string())
        }
        Type::Ip | Type::Endpoint if dice.once_in(2) => {
            let blocks =
                ["10.0.0.0/8", "192.168.0.0/16", "2001:db8::/32", "0.0.0.0/0", "10.1.2.3/32", "::/0"];
            ("|cidr".to_owned(), json!([dice.pick(&blocks), dice.pick(&blocks)]).to_string())
        }
        Type::Any if dice.once_in(2) => {
            let (modifier, value) = *dice.pick(&[
                ("|gte", "5"),
                ("|lt", "5"),
                ("|gt", "'2026-03-04'"),
                ("|lte", "'2026-03-04T05:06:07Z'"),
                ("|hour", "[5, 23]"),
                ("|minute|gte", "30"),
                ("|day", "4"),
                ("|cidr", "10.0.0.0/8"),
                ("|cidr", "['10.0.0.0/8', '2001:db8::/32']"),
            ]);
            (modifier.to_owned(), value.to_owned())
        }
        _ => texts(dice),
    };
    (key + &modifier, value)
}
