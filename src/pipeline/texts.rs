//! Texts that a pipeline puts in the place of others.

use super::room::{self, Full, Room, full};
use super::when::{self, wildcards};
use super::{Item as Transformation, State, codes};
use crate::diagnostic::Diagnostic;
use crate::rule::modifier::Modifier;
use crate::rule::{Item, ItemValue, Value, ValueKind};

/// The texts that a text becomes, `None` where it stays.
type Changed = Result<Option<Vec<String>>, Fault>;

/// Why a text does not become another.
pub(super) enum Fault {
    /// What would be changed that must not be.
    Changes(&'static str),
    Full,
}

impl From<Full> for Fault {
    fn from(_: Full) -> Self {
        Self::Full
    }
}

/// A text with each match of an expression replaced, of so many bytes at most.
pub(super) fn replaced(
    expression: &regex::Regex,
    with: &str,
    text: &str,
    most: usize,
) -> Result<String, Full> {
    let groups = with.matches("${").count();
    let (mut made, mut end) = (String::new(), 0);
    for found in expression.captures_iter(text) {
        let Some(whole) = found.get(0) else { continue };
        made.push_str(text.get(end..whole.start()).unwrap_or_default());
        // No group is longer than what is matched.
        let longer = groups.saturating_mul(whole.len()).saturating_add(with.len());
        if made.len().saturating_add(longer) > most {
            return Err(Full);
        }
        found.expand(with, &mut made);
        end = whole.end();
    }
    made.push_str(text.get(end..).unwrap_or_default());
    Ok(made)
}

/// Changes each text of an item, as pySigma sees it: with the wildcards of its modifiers, which have to stay.
pub(super) fn values(
    item: &mut Item,
    one: &Transformation,
    state: &mut State,
    change: &dyn Fn(&str, &Room) -> Changed,
) {
    let (before, after) = wildcards(item);
    let seen: Vec<Option<String>> = when::values(item).iter().map(|value| when::text(item, value)).collect();
    let ItemValue::Values { values, .. } = &mut item.value else { return };
    let mut new = Vec::with_capacity(values.len());
    for (value, text) in std::mem::take(values).into_iter().zip(seen) {
        if state.full {
            new.push(value);
            continue;
        }
        let changed = text.map_or(Ok(None), |text| change(&text, &state.room));
        let kept = |text: &String| {
            text.strip_prefix(before).and_then(|text| text.strip_suffix(after)).map(str::to_owned)
        };
        let kept = match changed {
            Ok(None) => {
                new.push(value);
                continue;
            }
            Ok(Some(texts)) => texts
                .iter()
                .map(kept)
                .collect::<Option<Vec<String>>>()
                .ok_or(Fault::Changes("a wildcard that a modifier stands for")),
            Err(why) => Err(why),
        };
        let room = &mut state.room;
        let kept = kept.and_then(|texts| {
            room.replace(room::length(&value), texts.iter().map(String::as_str))?;
            Ok(texts)
        });
        match kept {
            Ok(texts) => new.extend(
                texts
                    .into_iter()
                    .map(|text| Value { span: value.span, kind: ValueKind::Text { text, quoted: true } }),
            ),
            Err(Fault::Full) => {
                full(one, value.span, state);
                new.push(value);
            }
            Err(Fault::Changes(why)) => {
                let message = format!("`{}` of the pipeline changes {why}", one.name);
                state.findings.push(Diagnostic::new(&codes::REFUSED, value.span, message));
                new.push(value);
            }
        }
    }
    *values = new;
}

/// Puts values in place of placeholders; where none is left, the item no longer has placeholders.
pub(super) fn placeholders<'v>(
    item: &mut Item,
    found: &dyn Fn(&str) -> Option<&'v [String]>,
    room: &mut Room,
) -> Result<(), Full> {
    let ItemValue::Values { values, list, .. } = &mut item.value else { return Ok(()) };
    let mut new: Vec<Value> = Vec::with_capacity(values.len());
    let mut open = false;
    for value in std::mem::take(values) {
        let ValueKind::Text { text, quoted } = &value.kind else {
            new.push(value);
            continue;
        };
        let (texts, left) = expanded(text, found, room)?;
        room.replace(text.len(), texts.iter().map(String::as_str))?;
        open |= left;
        new.extend(
            texts
                .into_iter()
                .map(|text| Value { span: value.span, kind: ValueKind::Text { text, quoted: *quoted } }),
        );
    }
    *list |= new.len() > 1;
    *values = new;
    if !open {
        item.modifiers.retain(|modifier| modifier.value != Modifier::Expand);
    }
    Ok(())
}

/// A text with each `%name%` replaced by each of its values, and whether one is left.
fn expanded<'v>(
    text: &str,
    found: &dyn Fn(&str) -> Option<&'v [String]>,
    room: &Room,
) -> Result<(Vec<String>, bool), Full> {
    let longest = room.longest(text.len());
    let mut texts = vec![String::new()];
    let mut left = false;
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        let inside =
            after.split_once('%').filter(|(name, _)| !name.is_empty() && !name.contains([' ', '\\']));
        let Some((name, after)) = inside else { break };
        append(&mut texts, before, longest)?;
        if let Some(values) = found(name) {
            let (count, each) = (values.len().saturating_mul(texts.len()), bytes(values));
            let longer = bytes(&texts).saturating_mul(values.len());
            let longer = longer.saturating_add(each.saturating_mul(texts.len()));
            if longer > longest || !room.has(count.saturating_sub(1)) {
                return Err(Full);
            }
            texts = texts
                .iter()
                .flat_map(|text| values.iter().map(move |value| format!("{text}{value}")))
                .collect();
        } else {
            left = true;
            append(&mut texts, &format!("%{name}%"), longest)?;
        }
        rest = after;
    }
    append(&mut texts, rest, longest)?;
    Ok((texts, left))
}

fn append(texts: &mut [String], end: &str, longest: usize) -> Result<(), Full> {
    if bytes(texts).saturating_add(texts.len().saturating_mul(end.len())) > longest {
        return Err(Full);
    }
    for text in texts {
        text.push_str(end);
    }
    Ok(())
}

fn bytes(texts: &[String]) -> usize {
    texts.iter().map(String::len).sum()
}
