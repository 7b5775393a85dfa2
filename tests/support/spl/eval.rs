//! Splunk's expressions.
//!
//! NULL spreads through comparisons and functions; `AND` and `OR` follow where one operand decides; `NOT` of NULL is
//! not documented and therefore an error ("Comparison and conditional functions").

use std::cell::RefCell;
use std::collections::HashMap;
use std::net::IpAddr;

use regex::Regex;
use serde_json::Value as Json;

use super::Engine;
use super::json;
use super::parse::Expr;

/// A value of a field or expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    /// Two or more values.
    Many(Vec<String>),
}

impl Value {
    /// Each value as text.
    pub fn texts(&self) -> Vec<String> {
        match self {
            Self::Null | Self::Bool(_) => Vec::new(),
            Self::Number(number) => vec![number.to_string()],
            Self::Text(text) => vec![text.clone()],
            Self::Many(texts) => texts.clone(),
        }
    }

    pub fn many(mut texts: Vec<String>) -> Self {
        match texts.len() {
            0 => Self::Null,
            1 => Self::Text(texts.remove(0)),
            _ => Self::Many(texts),
        }
    }
}

/// The fields of an event.
#[derive(Clone, Debug, Default)]
pub struct Record(HashMap<String, Value>);

impl Record {
    pub fn get(&self, name: &str) -> Value {
        self.0.get(name).cloned().unwrap_or(Value::Null)
    }

    pub fn set(&mut self, name: &str, value: Value) {
        self.0.insert(name.into(), value);
    }

    pub fn append(&mut self, name: &str, text: String) {
        let mut texts = self.get(name).texts();
        texts.push(text);
        self.set(name, Value::many(texts));
    }
}

type Result<T> = std::result::Result<T, String>;

/// Evaluates an expression.
pub fn eval(expr: &Expr, record: &Record, engine: &Engine) -> Result<Value> {
    match expr {
        Expr::Field(name) => Ok(record.get(name)),
        Expr::Text(text) => Ok(Value::Text(text.clone())),
        Expr::Number(number) => Ok(Value::Number(*number)),
        Expr::Not(inner) => match eval(inner, record, engine)? {
            Value::Bool(value) => Ok(Value::Bool(!value)),
            other => Err(format!("NOT of {other:?} is not documented")),
        },
        Expr::And(parts) => connective(parts, record, engine, false),
        Expr::Or(parts) => connective(parts, record, engine, true),
        Expr::Binary(operator, left, right) => {
            let (left, right) = (eval(left, record, engine)?, eval(right, record, engine)?);
            binary(operator, &left, &right)
        }
        Expr::Call(name, arguments) => call(name, arguments, record, engine),
    }
}

/// `AND` (decided by false) and `OR` (decided by true).
fn connective(parts: &[Expr], record: &Record, engine: &Engine, decides: bool) -> Result<Value> {
    let mut result = Value::Bool(!decides);
    for part in parts {
        match eval(part, record, engine)? {
            Value::Bool(value) if value == decides => result = Value::Bool(decides),
            Value::Null if result != Value::Bool(decides) => result = Value::Null,
            Value::Bool(_) | Value::Null => {}
            other => return Err(format!("{other:?} is not a condition")),
        }
    }
    Ok(result)
}

fn binary(operator: &str, left: &Value, right: &Value) -> Result<Value> {
    if let (Value::Many(_), _) | (_, Value::Many(_)) = (left, right) {
        return Err(format!("`{operator}` on a multivalue field is not documented"));
    }
    if *left == Value::Null || *right == Value::Null {
        return Ok(Value::Null);
    }
    let number = |value: &Value| match value {
        Value::Number(number) => Some(*number),
        Value::Text(text) => text.parse().ok(),
        _ => None,
    };
    let numbers = number(left).zip(number(right));
    let text = |value: &Value| value.texts().remove(0);
    Ok(match operator {
        "." => Value::Text(text(left) + &text(right)),
        "+" | "-" | "*" | "/" | "%" => {
            let (a, b) = numbers.ok_or("arithmetic on text")?;
            Value::Number(match operator {
                "+" => a + b,
                "-" => a - b,
                "*" => a * b,
                "/" => a / b,
                _ => a % b,
            })
        }
        "=" | "!=" => {
            let by_text = text(left) == text(right);
            let typed = matches!(left, Value::Number(_)) || matches!(right, Value::Number(_));
            let equal = match numbers {
                Some((a, b)) if typed => a == b,
                Some((a, b)) if (a == b) != by_text => {
                    return Err(
                        "whether texts that look like numbers compare as numbers is not documented".into()
                    );
                }
                _ => by_text,
            };
            Value::Bool(equal == (operator == "="))
        }
        _ => {
            let (a, b) = numbers.ok_or("an order of texts")?;
            Value::Bool(match operator {
                "<" => a < b,
                "<=" => a <= b,
                ">" => a > b,
                _ => a >= b,
            })
        }
    })
}

/// One text; NULL when there is none.
fn single(value: &Value) -> Result<Option<String>> {
    match value {
        Value::Many(_) => Err("a multivalue field where one value is documented".into()),
        Value::Bool(_) => Err("a Boolean where a text is documented".into()),
        other => Ok(other.texts().pop()),
    }
}

fn call(name: &str, arguments: &[Expr], record: &Record, engine: &Engine) -> Result<Value> {
    // "mvmap": Y is computed for each value of the multivalue field X.
    if name == "mvmap" {
        let [Expr::Field(field), body] = arguments else {
            return Err("mvmap takes a field and an expression".into());
        };
        let mut results = Vec::new();
        for text in record.get(field).texts() {
            let mut inner = record.clone();
            inner.set(field, Value::Text(text));
            results.extend(eval(body, &inner, engine)?.texts());
        }
        return Ok(Value::many(results));
    }
    // "if": X is a boolean expression; when it is not true, NULL included, Z is given.
    if name == "if" {
        let [test, yes, no] = arguments else { return Err("if takes three arguments".into()) };
        let test = match eval(test, record, engine)? {
            Value::Bool(test) => test,
            Value::Null => false,
            other => return Err(format!("{other:?} is not a condition")),
        };
        return eval(if test { yes } else { no }, record, engine);
    }
    let values: Vec<Value> =
        arguments.iter().map(|part| eval(part, record, engine)).collect::<Result<_>>()?;
    let text = |at: usize| values.get(at).map_or(Ok(None), single);
    let absent = Ok(Value::Null);
    match (name, values.as_slice()) {
        ("isnull", [value]) => Ok(Value::Bool(*value == Value::Null)),
        ("isnotnull", [value]) => Ok(Value::Bool(*value != Value::Null)),
        ("coalesce", values) => {
            Ok(values.iter().find(|value| **value != Value::Null).cloned().unwrap_or(Value::Null))
        }
        ("in", [value, list @ ..]) if !list.is_empty() => {
            let mut some = false;
            for wanted in list {
                match binary("=", value, wanted)? {
                    Value::Bool(equal) => some |= equal,
                    _ => return absent,
                }
            }
            Ok(Value::Bool(some))
        }
        ("mvfind", [value, Value::Text(pattern)]) => {
            let found = value.texts().iter().position(|text| finds(pattern, text));
            Ok(found.map_or(Value::Null, |at| Value::Text(at.to_string())))
        }
        // "mvdedup": the values without those that are before.
        ("mvdedup", [value]) => {
            let mut texts: Vec<String> = Vec::new();
            for text in value.texts() {
                if !texts.contains(&text) {
                    texts.push(text);
                }
            }
            Ok(Value::many(texts))
        }
        ("mvappend", values) => Ok(Value::many(values.iter().flat_map(Value::texts).collect())),
        ("mvindex", [value, Value::Number(at)]) => {
            let texts = value.texts();
            let count = texts.len() as f64;
            let at = if *at < 0.0 { at + count } else { *at };
            Ok(if at < 0.0 || at >= count { Value::Null } else { Value::Text(texts[at as usize].clone()) })
        }
        // "mvindex": both ends count, negative ones from the end; NULL when they are out of range or in disorder.
        ("mvindex", [value, Value::Number(start), Value::Number(end)]) => {
            let texts = value.texts();
            let count = texts.len() as f64;
            let place = |at: f64| if at < 0.0 { at + count } else { at };
            let (start, end) = (place(*start), place(*end));
            if start < 0.0 || end >= count || start > end {
                return Ok(Value::Null);
            }
            Ok(Value::many(texts[start as usize..=end as usize].to_vec()))
        }
        ("mvjoin", [value, Value::Text(by)]) => {
            let texts = value.texts();
            Ok(if texts.is_empty() { Value::Null } else { Value::Text(texts.join(by)) })
        }
        ("match", [_, pattern]) => match (text(0)?, single(pattern)?) {
            (Some(text), Some(pattern)) => Ok(Value::Bool(finds(&pattern, &text))),
            _ => absent,
        },
        ("lower", [_]) => Ok(text(0)?.map_or(Value::Null, |text| Value::Text(text.to_lowercase()))),
        ("len", [_]) => Ok(text(0)?.map_or(Value::Null, |text| Value::Number(text.chars().count() as f64))),
        // "substr": indexes follow SQLite semantics and start at 1; a negative one counts from the end.
        ("substr", [_, start, ..]) => {
            let (Some(text), Value::Number(start)) = (text(0)?, start) else { return absent };
            let chars: Vec<char> = text.chars().collect();
            if *start < 1.0 {
                return Err("substr before the start".into());
            }
            let from = (*start as usize - 1).min(chars.len());
            let to = match values.get(2) {
                Some(Value::Number(length)) => (from + *length as usize).min(chars.len()),
                Some(_) => return absent,
                None => chars.len(),
            };
            Ok(Value::Text(chars[from..to].iter().collect()))
        }
        ("floor", [value]) => Ok(match value {
            Value::Number(number) => Value::Number(number.floor()),
            _ => Value::Null,
        }),
        // A Boolean gives "True" or "False"; for NULL the page names no result.
        ("tostring", [value]) => Ok(match value {
            Value::Bool(value) => Value::Text(if *value { "True" } else { "False" }.into()),
            Value::Null if engine.null_string => Value::Text("Null".into()),
            other => single(other)?.map_or(Value::Null, Value::Text),
        }),
        ("tonumber", [_]) => {
            let number = text(0)?.and_then(|text| text.trim().parse().ok());
            Ok(number.map_or(Value::Null, Value::Number))
        }
        ("cidrmatch", [Value::Text(block), _]) => {
            let (network, prefix) = network(block).ok_or("no address block")?;
            Ok(text(1)?.map_or(Value::Null, |text| Value::Bool(within(network, prefix, &text))))
        }
        ("replace", [_, Value::Text(pattern), Value::Text(by)]) => {
            let regex = Regex::new(pattern).map_err(|error| error.to_string())?;
            // `\1` is the first group; a dollar sign is one.
            let groups = Regex::new(r"\\(\d)").expect("an expression");
            let by = groups.replace_all(&by.replace('$', "$$"), "$${$1}").into_owned();
            Ok(text(0)?
                .map_or(Value::Null, |text| Value::Text(regex.replace_all(&text, by.as_str()).into_owned())))
        }
        ("strptime", [_, Value::Text(format)]) => {
            // "Date and time format variables": `%z` is `+hhmm`.
            if format != "%Y-%m-%dT%H:%M:%S%z" {
                return Err(format!("the time format `{format}` is not in the subset"));
            }
            let form = Regex::new(r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4}\z").expect("an expression");
            let exact = |text: &String| form.is_match(text);
            Ok(text(0)?.filter(exact).and_then(|text| instant(&text)).map_or(Value::Null, Value::Number))
        }
        // "JSON functions".
        ("json_array", [_]) => {
            Ok(text(0)?.map_or(Value::Null, |text| Value::Text(Json::Array(vec![text.into()]).to_string())))
        }
        ("json_array", [_, ..]) if values.iter().all(|value| matches!(value, Value::Text(_))) => {
            let texts: Result<Vec<Option<String>>> = (0..values.len()).map(&text).collect();
            let texts: Vec<Json> = texts?.into_iter().flatten().map(Json::String).collect();
            Ok(Value::Text(Json::Array(texts).to_string()))
        }
        ("json_extract" | "json_extract_exact" | "json_keys" | "json_array_to_mv", [_, ..]) => {
            let Some(parsed) = text(0)?.and_then(|text| serde_json::from_str::<Json>(&text).ok()) else {
                return absent;
            };
            let native = |value: &Json| match value {
                Json::Bool(value) => Value::Bool(*value),
                value => json::native(value).map_or(Value::Null, Value::Text),
            };
            match (name, text(1)?) {
                ("json_extract", None) => Ok(native(&parsed)),
                ("json_extract", Some(path)) => {
                    let (mut reached, several) = json::walk(&parsed, &path)?;
                    Ok(match reached.len() {
                        0 => Value::Null,
                        1 if !several || engine.lone => native(&reached.remove(0)),
                        _ => Value::Text(Json::Array(reached).to_string()),
                    })
                }
                ("json_extract_exact", Some(key)) => {
                    Ok(parsed.as_object().and_then(|object| object.get(&key)).map_or(Value::Null, native))
                }
                ("json_keys", None) => Ok(parsed.as_object().map_or(Value::Null, |object| {
                    Value::Text(Json::Array(object.keys().cloned().map(Json::String).collect()).to_string())
                })),
                ("json_array_to_mv", None) => Ok(parsed.as_array().map_or(Value::Null, |elements| {
                    let text = |element| json::native(element).unwrap_or("null".into());
                    Value::many(elements.iter().map(text).collect())
                })),
                _ => Err(format!("bad arguments of `{name}`")),
            }
        }
        _ => Err(format!("`{name}` with these arguments is not in the subset: {values:?}")),
    }
}

/// PCRE, by way of a crate that lacks look-ahead: a negative one at the start of the text is done by hand.
fn finds(pattern: &str, text: &str) -> bool {
    if let Some((refused, rest)) = pattern.strip_prefix("^(?!").and_then(|rest| rest.split_once(')')) {
        return !finds(&format!("^(?:{refused})"), text) && finds(&format!("^{rest}"), text);
    }
    thread_local! {
        static BUILT: RefCell<HashMap<String, Regex>> = RefCell::default();
    }
    if let Some(found) = BUILT.with_borrow(|built| built.get(pattern).map(|regex| regex.is_match(text))) {
        return found;
    }
    let written = pattern;
    let pattern = unquoted(pattern);
    let regex = Regex::new(&pattern).unwrap_or_else(|error| panic!("`{pattern}`: {error}"));
    let found = regex.is_match(text);
    BUILT.with_borrow_mut(|built| built.insert(written.into(), regex));
    found
}

/// The pattern with `\Q…\E` spelt out; a backslash that is escaped itself begins no quotation.
fn unquoted(pattern: &str) -> String {
    let mut out = String::new();
    let mut rest = pattern;
    while let Some((before, escape)) = rest.split_once('\\') {
        out.push_str(before);
        if let Some(quotation) = escape.strip_prefix('Q') {
            let (quoted, after) = quotation.split_once("\\E").unwrap_or((quotation, ""));
            out.push_str(&regex::escape(quoted));
            rest = after;
        } else {
            let length = escape.chars().next().map_or(0, char::len_utf8);
            out.push('\\');
            out.push_str(&escape[..length]);
            rest = &escape[length..];
        }
    }
    out + rest
}

/// An address block.
pub fn network(text: &str) -> Option<(IpAddr, u8)> {
    let (address, prefix) = text.split_once('/')?;
    Some((address.parse().ok()?, prefix.parse().ok()?))
}

/// Whether a text is an address of the block's family inside it.
pub fn within(network: IpAddr, prefix: u8, text: &str) -> bool {
    let bits = |address: IpAddr| match address {
        IpAddr::V4(address) => u128::from(address.to_bits()) << 96,
        IpAddr::V6(address) => address.to_bits(),
    };
    let Ok(address) = text.parse::<IpAddr>() else { return false };
    let differ = bits(network) ^ bits(address);
    address.is_ipv4() == network.is_ipv4() && (prefix == 0 || differ >> (128 - u32::from(prefix)) == 0)
}

/// The seconds of an RFC 3339 text.
pub fn instant(text: &str) -> Option<f64> {
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<i64>().ok();
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    // Days before each year and month, counted one by one: slow, and plainly right.
    let leap = |year: i64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let length = |year| if leap(year) { 366 } else { 365 };
    let days = (1970..year).map(length).sum::<i64>() - (year..1970).map(length).sum::<i64>();
    let lengths = [31, if leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let days = days + lengths.iter().take(usize::try_from(month).ok()? - 1).sum::<i64>() + day - 1;
    let rest = text.get(19..)?;
    let zone = rest.find(['Z', 'z', '+', '-']).unwrap_or(rest.len());
    let fraction = rest[..zone].strip_suffix(' ').unwrap_or(&rest[..zone]).replace(',', ".");
    let fraction: f64 = if fraction.is_empty() { 0.0 } else { format!("0{fraction}").parse().ok()? };
    let offset = match rest[zone..].chars().next() {
        None => 0,
        Some('Z' | 'z') if rest.len() == zone + 1 => 0,
        Some('Z' | 'z') => return None,
        Some(sign) => {
            let digits = rest[zone + 1..].replacen(':', "", 1);
            let (hours, minutes) = (digits.get(..2)?, digits.get(2..)?);
            let offset = hours.parse::<i64>().ok()? * 3600 + minutes.parse::<i64>().ok()? * 60;
            if sign == '-' { -offset } else { offset }
        }
    };
    Some((days * 86_400 + hour * 3600 + minute * 60 + second - offset) as f64 + fraction)
}
