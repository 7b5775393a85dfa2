//! Names of fields, written where a value is expected.

use super::View;
use crate::check::text;
use crate::diagnostic::Diagnostic;
use crate::rule::modifier::Modifier;
use crate::rule::{ItemValue, ValueKind};
use crate::schema::{Facts, Type};

crate::codes! {
    /// A value is the name of a field.
    ///
    /// ## What it does
    ///
    /// Reports a value with the exact name of a field of the log, also written as a path (`$.userIdentity.arn`, `{userIdentity.arn}`).
    ///
    /// ## Why it matters
    ///
    /// A value is compared as text; another field is compared with the modifier `fieldref`.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// detection:
    ///     selection:
    ///         userIdentity.arn: requestParameters.userName
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml
    /// detection:
    ///     selection:
    ///         userIdentity.arn|fieldref: requestParameters.userName
    ///     condition: selection
    /// ```
    FIELD_AS_VALUE = "S0452" "field-as-value" Warning;
}

/// Looks at every value of a text field.
pub(super) fn run(view: &View<'_>, found: &mut Vec<Diagnostic>) {
    let Some(schema) = view.schema else { return };
    for site in view.sites {
        let ItemValue::Values { values, .. } = &site.item.value else { continue };
        let apart =
            [Modifier::FieldRef, Modifier::Re, Modifier::Expand].iter().any(|&known| site.item.has(known));
        if apart || values.len() > MAX_VALUES || holds_names(&site.name.value) {
            continue;
        }
        for value in values {
            let ValueKind::Text { text, .. } = &value.kind else { continue };
            let Some(written) = text::unescaped(text) else { continue };
            let member =
                matches!(&site.resolved.ty, Type::Enum(known) if known.canonical(&written).is_some());
            if member {
                continue;
            }
            let is_field = |name: &&str| {
                is_telling(name)
                    && schema.lookup(name, &Facts::default()).is_some_and(|found| {
                        found.declared && found.spelling.is_none() && found.field.is_some()
                    })
            };
            let Some(name) = names(&written).find(is_field) else { continue };
            let finding =
                Diagnostic::new(&FIELD_AS_VALUE, value.span, format!("`{name}` is the name of a field"));
            found.push(finding.help(if name == written {
                "compare two fields with the modifier `fieldref`".to_owned()
            } else {
                format!("compare two fields with the modifier `fieldref` and the value `{name}`")
            }));
        }
    }
}

/// Whether a field holds names of fields, as selectors of events do.
fn holds_names(field: &str) -> bool {
    let last = field.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    ["field", "fields", "key", "attribute", "column"].iter().any(|noun| last.ends_with(noun))
}

/// The longest list that is looked at.
const MAX_VALUES: usize = 16;

/// The text, and the name inside it where it is a path of `JSONPath`, `jq`, an envelope or a template of a SIEM.
fn names(text: &str) -> impl Iterator<Item = &str> {
    let around = [
        ("{", "}"),
        ("[", "]"),
        ("$", "$"),
        ("$.", ""),
        ("@.", ""),
        (".", ""),
        ("event.", ""),
        ("detail.", ""),
    ];
    let inner = around
        .into_iter()
        .filter_map(move |(open, close)| text.strip_prefix(open).and_then(|text| text.strip_suffix(close)));
    std::iter::once(text).chain(inner)
}

/// Whether a text can hardly be anything but a field's name: it has a dot, or a capital after a small letter.
fn is_telling(name: &str) -> bool {
    let word = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'_');
    let capital = name
        .as_bytes()
        .windows(2)
        .any(|pair| matches!(pair, [a, b] if a.is_ascii_lowercase() && b.is_ascii_uppercase()));
    word && name.starts_with(|char: char| char.is_ascii_lowercase()) && (name.contains('.') || capital)
}
