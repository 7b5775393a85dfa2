//! Names whose parts are in another order, and names that lack one part.

use super::super::types::begins;
use super::super::{Dependent, Field, Path, Type};
use super::Resolver;

/// Longer names are not rearranged; no real record is as deep.
const MAX_PARTS: usize = 12;
/// A key that no record has.
const NOWHERE: &str = "\u{1}";

impl Resolver<'_> {
    /// Whole canonical names that are the name with two neighbouring parts exchanged, or with one more part.
    pub(super) fn rearranged(&self, root: &Type) -> Vec<String> {
        let parts: Vec<&str> = self.name.split('.').collect();
        let mut names = Vec::new();
        if parts.len() > MAX_PARTS || parts.iter().any(|part| part.is_empty()) {
            return names;
        }
        for at in 1..parts.len() {
            let mut moved = parts.clone();
            moved.swap(at - 1, at);
            names.extend(self.declared(root, &moved.join(".")));
        }
        for at in 0..parts.len() {
            let (before, after) = parts.split_at(at);
            self.between(root, &before.join("."), &after.join("."), &mut names);
        }
        names
    }

    /// The canonical spelling of a name that the schema vouches for.
    pub(super) fn known(&self, root: &Type, name: &str) -> Option<String> {
        // Where two members differ in letter case alone, the one that is written is meant.
        let found = |fold| self.walk(root, name, fold).ok().filter(|end| end.accepted.is_none());
        let end = found(false).or_else(|| found(true))?;
        Some(Path { base: self.base, steps: end.steps }.name())
    }

    /// The same, unless the name ends in a free key, which any part could be.
    fn declared(&self, root: &Type, name: &str) -> Option<String> {
        let found = self.known(root, name)?;
        let before = name.rsplit_once('.').map_or("", |(before, _)| before);
        self.known(root, &format!("{before}.{NOWHERE}")).is_none().then_some(found)
    }

    /// Names with one part between `before` and `after`.
    fn between(&self, root: &Type, before: &str, after: &str, names: &mut Vec<String>) {
        let (ty, field) = if before.is_empty() {
            (root.clone(), None)
        } else {
            match self.walk(root, before, true) {
                Ok(end) if end.accepted.is_none() => (end.ty, end.field),
                _ => return,
            }
        };
        let mut parts: Vec<String> = Vec::new();
        let keyed = field.as_ref().and_then(|field| field.keyed.as_ref());
        parts.extend(keyed.iter().flat_map(|keyed| &keyed.known).map(|(key, _)| key.to_string()));
        match field.as_ref().and_then(|field| field.dependent.as_ref()) {
            // Where nothing narrows a dependent type, every case would have to be asked.
            Some(dependent) if !self.narrowed(dependent.as_ref()) => {}
            Some(dependent) => dependent.visit(self.facts, &mut |member| parts.push(member.to_owned())),
            None => {
                if let Type::Object(object) = innermost(&ty) {
                    let leading = object.fields.iter().filter(|field| self.leads(field, after));
                    parts.extend(leading.map(|field| field.name.to_string()));
                }
            }
        }
        let before = if before.is_empty() { String::new() } else { format!("{before}.") };
        names.extend(parts.iter().filter_map(|part| self.declared(root, &format!("{before}{part}.{after}"))));
    }

    /// Whether few cases are left of a dependent type.
    fn narrowed(&self, dependent: &dyn Dependent) -> bool {
        dependent.on().is_empty() || !dependent.types(self.facts).is_empty()
    }

    /// Whether a name can go on from a field with `rest`.
    fn leads(&self, field: &Field, rest: &str) -> bool {
        if let Some(dependent) = &field.dependent {
            // Every case is asked, once for each name that is not known.
            return self.narrowed(dependent.as_ref())
                || !dependent.members(rest, self.facts, true).found.is_empty();
        }
        let key = field.keyed.iter().flat_map(|keyed| &keyed.known).any(|(key, _)| begins(rest, key, true));
        key || matches!(innermost(&field.ty), Type::Object(object) if object.member(rest, true).is_some())
    }
}

/// The type of the elements, or of the JSON in a text.
fn innermost(ty: &Type) -> &Type {
    let mut ty = ty;
    while let Type::Array(inner) | Type::Json(inner) = ty {
        ty = inner;
    }
    ty
}

/// Whether one dotted key is the other with two neighbouring parts exchanged, or with one part more.
pub(super) fn alike(key: &str, other: &str) -> bool {
    let parts = |text: &str| text.split('.').map(crate::text::folded).collect::<Vec<_>>();
    let (long, short) = (parts(key), parts(other));
    if long.len() == short.len() {
        let apart: Vec<_> = (0..long.len()).filter(|&at| long.get(at) != short.get(at)).collect();
        return matches!(apart[..], [a, b] if b == a + 1 && long.get(a) == short.get(b) && long.get(b) == short.get(a));
    }
    long.len() == short.len() + 1
        && (0..long.len()).any(|at| {
            let rest = long.iter().enumerate().filter(|(part, _)| *part != at).map(|(_, part)| part);
            rest.eq(short.iter())
        })
}
