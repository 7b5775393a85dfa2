//! Values that are together in a usual record, from which example events are made.
//!
//! A text can name what is in several fields: `arn:aws:iam::{account}:user/{actor}` beside `{account}`. A name means
//! the same wherever it is in an event, so that what a rule says of one field is kept by the others.

use serde_json::{Map, Value};

use super::Path;

/// The usual records of a log.
#[derive(Debug, Clone, Default)]
pub struct Examples {
    /// What each name in braces usually means.
    pub names: Vec<(String, String)>,
    /// Values that are together, the usual ones first.
    pub records: Vec<Example>,
}

impl Examples {
    /// Whether two fields have these texts in one record.
    pub fn has_both(&self, one: (&Path, &str), other: (&Path, &str)) -> bool {
        self.records.iter().any(|record| {
            [one, other].iter().all(|(path, text)| {
                record.values.iter().any(|(known, value)| known == *path && value == text)
            })
        })
    }
}

/// Values that are together.
#[derive(Debug, Clone)]
pub struct Example {
    /// Whether it is of use only where a rule says something of one of its fields.
    pub asked: bool,
    /// The fields, with their values; names are in braces.
    pub values: Vec<(Path, Value)>,
}

/// What the names in braces mean in one event.
#[derive(Debug, Clone, Default)]
pub struct Cast {
    meant: Vec<Meant>,
}

#[derive(Debug, Clone)]
struct Meant {
    name: String,
    text: String,
    /// Whether a value of the event has said so.
    told: bool,
}

/// A part of a text.
#[derive(Clone, Copy)]
enum Part<'t> {
    Text(&'t str),
    Name(&'t str),
}

impl Cast {
    /// Says what a name usually means; the last word holds.
    pub fn usual(&mut self, name: &str, text: &str) {
        let meant = Meant { name: name.to_owned(), text: text.to_owned(), told: false };
        match self.meant.iter_mut().find(|known| known.name == name) {
            Some(known) => *known = meant,
            None => self.meant.push(meant),
        }
    }

    /// What a name means; the name itself where nobody has said.
    pub fn get<'c>(&'c self, name: &'c str) -> &'c str {
        self.meant.iter().find(|known| known.name == name).map_or(name, |known| &known.text)
    }

    /// A text with what its names mean.
    pub fn text(&self, text: &str) -> String {
        let each = parts(text).map(|part| match part {
            Part::Text(text) => text,
            Part::Name(name) => self.get(name),
        });
        each.collect()
    }

    /// A value with what the names of its texts mean.
    pub fn value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(elements) => elements.iter().map(|element| self.value(element)).collect(),
            Value::Object(members) => {
                let each = members.iter().map(|(key, value)| (key.clone(), self.value(value)));
                Value::Object(each.collect::<Map<_, _>>())
            }
            other => other.clone(),
        }
    }

    /// Learns from the value of a field what the names in its text mean. `false` where the value is not of that text,
    /// or a name means something else already; then nothing is learnt.
    pub fn learn(&mut self, text: &str, value: &str) -> bool {
        let mut learnt = self.clone();
        let mut rest = value;
        let mut parts = parts(text).peekable();
        while let Some(part) = parts.next() {
            match part {
                Part::Text(text) => match rest.strip_prefix(text) {
                    Some(behind) => rest = behind,
                    None => return false,
                },
                Part::Name(name) => {
                    let end = match parts.peek() {
                        Some(Part::Text(next)) => rest.find(next),
                        _ => Some(rest.len()),
                    };
                    let Some((meant, behind)) = end.and_then(|end| rest.split_at_checked(end)) else {
                        return false;
                    };
                    if meant.is_empty() || !learnt.tell(name, meant) {
                        return false;
                    }
                    rest = behind;
                }
            }
        }
        if rest.is_empty() {
            *self = learnt;
        }
        rest.is_empty()
    }

    fn tell(&mut self, name: &str, text: &str) -> bool {
        match self.meant.iter_mut().find(|known| known.name == name) {
            Some(known) if known.told => known.text == text,
            Some(known) => {
                (known.told, known.text) = (true, text.to_owned());
                true
            }
            None => {
                self.meant.push(Meant { name: name.to_owned(), text: text.to_owned(), told: true });
                true
            }
        }
    }
}

/// The name that a text is, when it is nothing but one.
pub fn name_alone(text: &str) -> Option<&str> {
    let name = text.strip_prefix('{')?.strip_suffix('}')?;
    (!name.contains(['{', '}'])).then_some(name)
}

/// A text cut at its names.
fn parts(text: &str) -> impl Iterator<Item = Part<'_>> {
    let pieces = text.split('{').enumerate().flat_map(|(at, piece)| match piece.split_once('}') {
        Some((name, behind)) if at > 0 => [Part::Name(name), Part::Text(behind)],
        _ => [Part::Text(piece), Part::Text("")],
    });
    pieces.filter(|part| !matches!(part, Part::Text("")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_field_says_the_others_keep() {
        let mut cast = Cast::default();
        cast.usual("account", "111122223333");
        cast.usual("actor", "alice");
        let arn = "arn:aws:iam::{account}:user/{actor}";
        assert_eq!(cast.text(arn), "arn:aws:iam::111122223333:user/alice");
        for (value, learnt) in [
            ("arn:aws:iam::444455556666:user/bob", true),
            ("arn:aws:iam::444455556666:user/", false),
            ("arn:aws:iam::777788889999:user/bob", false),
            ("bob", false),
        ] {
            assert_eq!(cast.learn(arn, value), learnt, "{value}");
        }
        assert_eq!(cast.text("{actor}@{account} {nobody}"), "bob@444455556666 nobody");
        assert_eq!(name_alone("{actor}"), Some("actor"));
        assert!(name_alone("{a}{b}").is_none() && name_alone("x{a}").is_none());
    }
}
