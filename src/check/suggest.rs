//! Where a name or a value that this log does not have belongs: another field, or another log.
//!
//! Looked at only after a finding that has nothing near to suggest, so that a rule without findings pays nothing.

mod elsewhere;

use std::sync::Arc;

use super::codes;
use super::site::View;
use super::text;
use super::wording::{either, listed};
use crate::diagnostic::{Diagnostic, Fix};
use crate::rule::{Item, ItemValue, NamePart, ValueKind};
use crate::schema::index::enumerations;
use crate::schema::{KnownValues, Registry, Schema};

/// How many findings of one rule are looked at, and how many values of an item.
const MAX_FINDINGS: usize = 8;
const MAX_VALUES: usize = 4;
/// Shorter values are in too many lists of known values to point to a log.
const MIN_TELLING: usize = 6;
/// A value that more logs of other providers have points to none of them.
const MOST_FAR: usize = 3;

/// Adds to findings without a suggestion where the name or value is at delivery.
pub(super) fn tell(view: &View<'_>, registry: &Registry, found: &mut [Diagnostic]) {
    let Some(schema) = view.schema else { return };
    let told = elsewhere::tell(view, schema, found);
    let lost = |finding: &Diagnostic| {
        let codes =
            [&codes::name::UNKNOWN_FIELD, &codes::value::UNKNOWN_VALUE, &codes::value::MATCHES_NO_MEMBER];
        finding.suggestions.is_empty() && codes.contains(&finding.code) && !told.contains(&finding.span)
    };
    if !found.iter().any(lost) {
        return;
    }
    let items = view.items();
    let here = enumerations(schema);
    for finding in found.iter_mut().filter(|finding| lost(finding)).take(MAX_FINDINGS) {
        let holds =
            |span: crate::source::Span| span.start <= finding.span.start && finding.span.end <= span.end;
        let Some(item) = items.iter().filter(|item| holds(item.span)).min_by_key(|item| item.span.len())
        else {
            continue;
        };
        let lost = Lost { schema, registry, here: &here, item };
        if *finding.code == codes::name::UNKNOWN_FIELD {
            lost.field(finding);
        } else {
            lost.value(finding);
        }
    }
}

/// A field with a list of known values.
type Enumeration = (String, Arc<dyn KnownValues>);

struct Lost<'a> {
    schema: &'a Schema,
    registry: &'a Registry,
    here: &'a [Enumeration],
    item: &'a Item,
}

impl Lost<'_> {
    /// The whole texts that the item compares with; empty where some value is none.
    fn texts(&self) -> Vec<String> {
        let ItemValue::Values { values, .. } = &self.item.value else { return Vec::new() };
        let text = |value: &crate::rule::Value| match &value.kind {
            ValueKind::Text { text, .. } => text::unescaped(text).filter(|text| text.len() > 2),
            ValueKind::Null | ValueKind::Hole => None,
        };
        values.iter().take(MAX_VALUES).map(text).collect::<Option<_>>().unwrap_or_default()
    }

    /// An unknown field: one that holds its values, or the log that has it.
    fn field(&self, finding: &mut Diagnostic) {
        let texts = self.texts();
        let holding = fields_with(self.here, &texts);
        if let Some(first) = holding.first() {
            let help = format!("did you mean {}, which holds such values?", either(&holding));
            finding.help = Some(help);
            let name =
                self.item.field.as_ref().filter(|field| matches!(field.parts[..], [NamePart::Name(_)]));
            finding.fix = name.map(|field| Fix::guess(field.span, first.clone()));
            finding.suggestions = holding;
            return;
        }
        if let Some((field, value)) = texts.first().and_then(|text| near(self.here, text)) {
            finding.help = Some(format!("did you mean `{field}`, which holds `{value}`?"));
            finding.suggestions = vec![field];
            return;
        }
        let name = self.item.field.as_ref().map(|field| field.text.as_str()).unwrap_or_default();
        let of_family = |log: &&str| family(log) == family(&self.schema.name);
        let logs = self.others(self.registry.logs_with_field(name)).into_iter().filter(of_family);
        let logs: Vec<&str> = logs.collect();
        if !logs.is_empty() {
            let verb = if logs.len() == 1 { "has" } else { "have" };
            finding.help = Some(format!("{} {verb} this field", listed(&logs)));
        } else if let Some(help) = self.other_logs(&texts) {
            finding.help = Some(help);
        }
    }

    /// An unknown value: the field, or the log, that holds it.
    fn value(&self, finding: &mut Diagnostic) {
        let ItemValue::Values { values, .. } = &self.item.value else { return };
        let Some(value) = values.iter().find(|value| value.span == finding.span) else { return };
        let ValueKind::Text { text, .. } = &value.kind else { return };
        let Some(text) = text::unescaped(text) else { return };
        if finding.fix.is_none()
            && let Some(whole) = self.whole(&text)
        {
            finding.help = Some(format!("did you mean `{whole}`?"));
            finding.fix = Some(Fix::guess(finding.span, whole.clone()));
            finding.suggestions = vec![whole];
            return;
        }
        let holding = fields_with(self.here, std::slice::from_ref(&text));
        let help = if holding.is_empty() {
            self.other_logs(std::slice::from_ref(&text))
        } else {
            let verb = if holding.len() == 1 { "holds" } else { "hold" };
            Some(format!("{} {verb} it", listed(&holding)))
        };
        if let Some(help) = help {
            let before = finding.help.take().map(|help| format!("{help}; ")).unwrap_or_default();
            finding.help = Some(format!("{before}{help}"));
        }
    }

    /// The one known value of the field that begins or ends with the text, parted by a sign: `iam` of `iam.amazonaws.com`.
    fn whole(&self, text: &str) -> Option<String> {
        let name = &self.item.field.as_ref()?.text;
        let (_, values) = self.here.iter().find(|(field, _)| field == name)?;
        let parts = |byte: Option<&u8>| matches!(byte, Some(b'.' | b':' | b'/' | b' '));
        if text.is_empty() || text.bytes().any(|byte| parts(Some(&byte))) {
            return None;
        }
        let (text, mut found) = (text.as_bytes(), Vec::new());
        values.visit(&mut |member| {
            let (head, tail) =
                (member.as_bytes().split_at_checked(text.len()), member.len().checked_sub(text.len()));
            let begins =
                head.is_some_and(|(head, rest)| parts(rest.first()) && head.eq_ignore_ascii_case(text));
            let ends = || {
                let (rest, tail) = member.as_bytes().split_at_checked(tail?)?;
                Some(parts(rest.last()) && tail.eq_ignore_ascii_case(text))
            };
            if begins || ends().unwrap_or_default() {
                found.push(member.to_owned());
            }
            found.len() < 2
        });
        found.pop().filter(|_| found.is_empty())
    }

    fn other_logs(&self, texts: &[String]) -> Option<String> {
        if texts.is_empty() || texts.iter().any(|text| text.len() < MIN_TELLING) {
            return None;
        }
        let mut logs = self.others(self.registry.logs_with_value(texts.first()?));
        for text in texts.iter().skip(1) {
            let holding = self.registry.logs_with_value(text);
            logs.retain(|log| holding.contains(log));
        }
        // A word that means something anywhere points to no other provider, nor does what many of them have.
        let (near, far): (Vec<&str>, Vec<&str>) =
            logs.into_iter().partition(|log| family(log) == family(&self.schema.name));
        let points = texts.iter().all(|text| is_telling(text)) && far.len() <= MOST_FAR;
        let logs = [near, if points { far } else { Vec::new() }].concat();
        let verb = if logs.len() == 1 { "is a log that holds" } else { "are logs that hold" };
        (!logs.is_empty()).then(|| format!("{} {verb} it", listed(&logs)))
    }

    /// The other logs, those of the same provider first.
    fn others<'l>(&self, mut logs: Vec<&'l str>) -> Vec<&'l str> {
        logs.retain(|name| *name != self.schema.name);
        logs.sort_by_key(|name| product(name) != product(&self.schema.name));
        logs
    }
}

/// Whether a text is a name that somebody made, of several words, and not a word of the language.
fn is_telling(text: &str) -> bool {
    let inner = text
        .as_bytes()
        .windows(2)
        .any(|pair| matches!(pair, [one, other] if one.is_ascii_lowercase() && other.is_ascii_uppercase()));
    inner || text.contains(['.', ':', '_', '/', ' ', '-'])
}

fn product(name: &str) -> &str {
    name.split('/').next().unwrap_or(name)
}

/// The provider of a log: one that has several products has one name here.
fn family(log: &str) -> &str {
    match product(log) {
        "m365" => "azure",
        "google_workspace" => "gcp",
        other => other,
    }
}

/// The fields whose list of known values has every one of the texts; none for no texts.
fn fields_with(fields: &[Enumeration], texts: &[String]) -> Vec<String> {
    let holds =
        |known_values: &dyn KnownValues| texts.iter().all(|text| known_values.canonical(text).is_some());
    let holding = fields.iter().filter(|(_, known_values)| !texts.is_empty() && holds(&**known_values));
    holding.map(|(name, _)| name.clone()).collect()
}

/// The first field whose list of known values has a member that is near to a text, and that member.
fn near(fields: &[Enumeration], text: &str) -> Option<(String, String)> {
    if text.len() < MIN_TELLING {
        return None;
    }
    fields.iter().find_map(|(name, known_values)| {
        let slip = super::member::slip(&**known_values, text).map(|(member, _)| member);
        let member = slip.or_else(|| known_values.nearest(text).into_iter().next())?;
        Some((name.clone(), member))
    })
}
