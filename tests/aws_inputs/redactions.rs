//! What CloudTrail does not show.

use serde_json::Value;

use super::facts::{Facts, members, of, text};
use super::operations::at;

/// The marks of the texts that are in place of values.
const MARKS: [(&str, &str); 4] = [
    ("HIDDEN_DUE_TO_SECURITY_REASONS", "!H"),
    ("****", "!4"),
    ("***", "!3"),
    ("<sensitiveDataRemoved>", "!R"),
];
/// The mark of what is left out, or is as an empty object.
const LEFT_OUT: &str = "!-";

/// What the facts tell in words: source, operations (`*`: all), where, mark.
const IN_WORDS: &[(&str, &str, &str, &str)] = &[
    ("identitystore.amazonaws.com", "*", "userName name emails displayName", "!H"),
    ("lambda.amazonaws.com", "*", "req.environment.variables resp.environment.variables", LEFT_OUT),
    ("s3.amazonaws.com", "DeleteObjects", "req.Delete", LEFT_OUT),
];

/// What the interface calls sensitive, but the log writes in clear.
const IN_CLEAR: &[(&str, &str)] = &[
    ("ec2-instance-connect.amazonaws.com", "sSHPublicKey"),
    ("iam.amazonaws.com", "accessKeyId"),
    ("s3.amazonaws.com", "x-amz-server-side-encryption-aws-kms-key-id"),
    ("ses.amazonaws.com", "source"),
    ("sts.amazonaws.com", "accessKeyId"),
    ("sts.amazonaws.com", "sessionToken"),
];

/// A fact: source, operations, places, mark.
pub struct Redactions<'f> {
    found: Vec<(&'f str, Vec<&'f str>, Vec<String>, &'static str)>,
}

impl<'f> Redactions<'f> {
    pub fn of(facts: &'f Facts) -> Self {
        let mut found: Vec<(&str, Vec<&str>, Vec<String>, &str)> = Vec::new();
        for (event, fact) in members(&facts.redactions, "/leaves_out") {
            // Elsewhere the value is masked.
            if fact["present"] != 0 {
                continue;
            }
            let Some((source, name)) = event.split_once('|') else { continue };
            let part = if of(fact, "/side") == "requestParameters" { "req" } else { "resp" };
            found.push((source, vec![name], vec![format!("{part}.**.{}", of(fact, "/member"))], LEFT_OUT));
        }
        for (source, list) in members(&facts.redactions, "/sources") {
            for fact in list.as_array().into_iter().flatten() {
                let mark = match fact["value"].as_str() {
                    None | Some("{}") => LEFT_OUT,
                    Some(value) => match MARKS.iter().find(|(mask, _)| *mask == value) {
                        Some((_, mark)) => mark,
                        None => continue,
                    },
                };
                let names = of(fact, "/op").split(' ').collect();
                let places = of(fact, "/member")
                    .split(' ')
                    .filter(|place| place.starts_with("req.") || place.starts_with("resp."))
                    .map(|place| place.trim_end_matches("[]").to_owned())
                    .collect();
                found.push((source, names, places, mark));
            }
        }
        found.extend(IN_WORDS.iter().map(|(source, names, places, mark)| {
            let places = places.split(' ').flat_map(|place| match place.split_once('.') {
                Some(_) => vec![place.to_owned()],
                None => vec![format!("req.{place}"), format!("resp.{place}")],
            });
            (*source, names.split(' ').collect(), places.collect(), *mark)
        }));
        Self { found }
    }

    /// Marks what an operation does not show.
    pub fn mark(
        &self,
        source: &str,
        name: &str,
        mut request: Option<&mut Value>,
        mut response: Option<&mut Value>,
    ) {
        for tree in [request.as_deref_mut(), response.as_deref_mut()].into_iter().flatten() {
            clear(tree, source);
        }
        let mine = self
            .found
            .iter()
            .filter(|(of, names, _, _)| *of == source && (names.contains(&"*") || names.contains(&name)));
        for (_, _, places, mark) in mine {
            for place in places {
                if let Some((part, member)) = place.split_once(".**.") {
                    let tree = if part == "req" { request.as_deref_mut() } else { response.as_deref_mut() };
                    if let Some(tree) = tree {
                        everywhere(tree, member, mark);
                    }
                } else if let Some(tree) = at(request.as_deref_mut(), response.as_deref_mut(), place) {
                    *tree = marked(tree, mark);
                }
            }
        }
    }
}

/// What is in place of a value is text, whatever it was.
fn marked(tree: &Value, mark: &str) -> Value {
    match text(tree).split('!').next() {
        Some(letter @ ("i" | "n" | "b")) => Value::from(format!("{letter}{mark}")),
        _ => Value::from(format!("s{mark}")),
    }
}

/// Marks a member wherever it is.
fn everywhere(tree: &mut Value, member: &str, mark: &str) {
    match tree {
        Value::Object(members) => {
            for (name, tree) in members {
                if name == member {
                    *tree = marked(tree, mark);
                } else {
                    everywhere(tree, member, mark);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|tree| everywhere(tree, member, mark)),
        _ => {}
    }
}

/// Takes the interface's marks from what the log writes in clear.
fn clear(tree: &mut Value, source: &str) {
    match tree {
        Value::Object(members) => {
            for (name, tree) in members {
                if IN_CLEAR.contains(&(source, name.as_str())) {
                    if let Some(letters) = tree.as_str().and_then(|letters| letters.strip_suffix('!')) {
                        *tree = Value::from(letters);
                    }
                } else {
                    clear(tree, source);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|tree| clear(tree, source)),
        _ => {}
    }
}
