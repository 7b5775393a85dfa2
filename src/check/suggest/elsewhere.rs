//! Names from elsewhere: what another tool, or a rule for one, calls something that the log has under a name of its own.
//!
//! What a name means is known, so it goes before what its letters are like.

use super::super::codes;
use super::super::lints::{near_miss, undocumented};
use super::super::site::View;
use super::super::text;
use super::super::wording::either;
use crate::diagnostic::{Diagnostic, Fix};
use crate::rule::{Item, ItemValue, NamePart, ValueKind};
use crate::schema::{Meaning, Meant, Schema, Signs};
use crate::source::{Span, Spanned};

/// How many findings of one rule are looked at.
const MAX_FINDINGS: usize = 64;

/// Says of unknown names what they mean elsewhere, and what the log calls it. The answer is where it did.
pub(super) fn tell(view: &View<'_>, schema: &Schema, found: &mut [Diagnostic]) -> Vec<Span> {
    let mut told = Vec::new();
    let lost = [
        &codes::name::UNKNOWN_FIELD,
        &codes::name::BELOW_SCALAR,
        &near_miss::NEAR_MISS,
        &undocumented::UNDOCUMENTED,
    ];
    let mut lost: Vec<_> =
        found.iter_mut().filter(|finding| lost.contains(&finding.code)).take(MAX_FINDINGS).collect();
    if lost.is_empty() {
        return told;
    }
    for item in view.items() {
        let Some(field) = &item.field else { continue };
        let [NamePart::Name(name)] = &field.parts[..] else { continue };
        let within = |span: Span| name.span.start <= span.start && span.end <= name.span.end;
        for finding in lost.iter_mut().filter(|finding| within(finding.span)) {
            if let Some(meant) = schema.meant(&name.value) {
                say(finding, &meant, schema, item, name);
                told.push(finding.span);
            }
        }
    }
    told
}

fn say(finding: &mut Diagnostic, meant: &Meant, schema: &Schema, item: &Item, name: &Spanned<String>) {
    finding.fix = None;
    finding.suggestions.clear();
    if meant.meaning == Some(Meaning::Log) {
        let help = format!("remove it: the log source says which log it is ({})", meant.vocabulary);
        finding.help = Some(help);
        return;
    }
    let whose = match meant.meaning {
        Some(meaning) => format!("in {} this is {}, which", meant.vocabulary, meaning.words()),
        None => "elsewhere this is a name of what".to_owned(),
    };
    // A user can be called `success`.
    let of_outcome = matches!(meant.meaning, Some(Meaning::Outcome | Meaning::Reason));
    let signs = of_outcome.then(|| signs(schema, item, meant)).flatten();
    if let Some((word, signs)) = signs {
        let lines: Vec<String> = signs.iter().map(|(field, value)| format!("{field}: {value}")).collect();
        let joined = lines.iter().map(|line| format!("`{line}`")).collect::<Vec<_>>().join(" and ");
        finding.help = Some(format!("in {} this is the outcome: {word} is {joined}", meant.vocabulary));
        finding.fix = replaced(item, name, signs);
        finding.suggestions = lines;
        return;
    }
    let Some(first) = meant.fields.first() else {
        if meant.meaning == Some(Meaning::Outcome) && !schema.outcome.note.is_empty() {
            let note = &schema.outcome.note;
            finding.help = Some(format!("in {} this is the outcome: {note}", meant.vocabulary));
            return;
        }
        finding.help = Some(format!("{whose} `{}` does not have", schema.name));
        return;
    };
    finding.help = Some(format!("{whose} is {} here", either(&meant.fields)));
    finding.fix = Some(Fix::guess(name.span, first.clone()));
    finding.suggestions.clone_from(&meant.fields);
}

/// What a record holds of the outcome that an item asks for, and the word for it.
fn signs<'s>(schema: &'s Schema, item: &Item, meant: &Meant) -> Option<(&'static str, &'s Signs)> {
    let ItemValue::Values { values, .. } = &item.value else { return None };
    let (success, failure) = (&schema.outcome.success, &schema.outcome.failure);
    let asked = values.first().and_then(|value| match &value.kind {
        ValueKind::Text { text, .. } => text::unescaped(text),
        ValueKind::Null | ValueKind::Hole => None,
    });
    let asked = asked.map(|text| text.to_ascii_lowercase()).unwrap_or_default();
    let found = match asked.as_str() {
        "success" | "succeeded" | "successful" => ("success", success),
        "failure" | "failed" | "fail" => ("failure", failure),
        _ if meant.meaning == Some(Meaning::Outcome) && meant.fields.is_empty() => ("success", success),
        _ => return None,
    };
    (!found.1.is_empty()).then_some(found)
}

/// The item as the log has it, where it is one value of one field.
fn replaced(item: &Item, name: &Spanned<String>, signs: &Signs) -> Option<Fix> {
    let ItemValue::Values { values, list: false, .. } = &item.value else { return None };
    let ([value], [(field, written)]) = (&values[..], &signs[..]) else { return None };
    item.modifiers.is_empty().then(|| Fix::guess(name.span, field.clone()).and(value.span, written.clone()))
}
