//! How documents refer to each other: by identifier or by name.

use std::borrow::Cow;

use super::{Document, Meta};
use crate::source::Spanned;

/// A reference as it is compared: an identifier in lower case, a name as it is.
pub fn reference_key(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    let is_id = text.len() == 36 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    if is_id { Cow::Owned(text.to_ascii_lowercase()) } else { Cow::Borrowed(text) }
}

impl Meta {
    /// What others refer to the document by, as it is compared: its identifier, then its name.
    pub fn referred_by(&self) -> impl Iterator<Item = Cow<'_, str>> {
        [&self.id, &self.name].into_iter().flatten().map(|name| reference_key(&name.value))
    }

    /// The identifier as settings, baselines and manifests compare it: in lower case.
    pub fn identifier(&self) -> Option<String> {
        self.id.as_ref().map(|id| id.value.trim().to_lowercase())
    }
}

impl Document {
    /// The rules that a correlation or a filter names.
    pub fn references(&self) -> &[Spanned<String>] {
        match self {
            Self::Correlation(rule) => &rule.rules,
            Self::Filter(rule) => &rule.rules,
            Self::Detection(_) => &[],
        }
    }
}
