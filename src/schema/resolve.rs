//! Field names become typed paths.
//!
//! At each object the longest dotted key wins; arrays are walked by themselves; a keyed array takes the longest known
//! key.
//! A name is tried as the canonical spelling, then as the spelling of another shape, then without regard to letter
//! case, so that the spelling that fits exactly always wins.

mod rearranged;
mod walk;

use std::collections::BTreeSet;

use super::nearest::Nearest;
use super::types::begins;
use super::{Base, Facts, ObjectType, OtherName, OtherNameKind, Path, Resolved, Schema, Type, Unresolved};
use crate::text;
use walk::{End, LookedUp, Stop, Walk, deeper, member_tail};

/// How deep a name can go; far above any real record.
const MAX_DEPTH: usize = 64;
/// How many names of cases a message can hold.
const MAX_CASES: usize = 5;
/// How many names are given that may be meant.
const MAX_NAMES: usize = 16;
/// A shorter word does not count as similar unless it is the same.
const MIN_TELLING: usize = 4;

impl Schema {
    /// Resolves a dotted field name under what is known of other fields.
    ///
    /// # Errors
    /// [`Unresolved`] says which part of the name is wrong, and what is near to it.
    pub fn resolve(&self, name: &str, facts: &Facts) -> Result<Resolved, Unresolved> {
        Resolver { schema: self, facts, name, base: Base::Event }.resolve(&Type::Object(self.record.clone()))
    }

    /// As [`resolve`](Self::resolve), without what a message would say: nothing near to the name is looked for, which
    /// costs far more than the name itself.
    pub fn lookup(&self, name: &str, facts: &Facts) -> Option<Resolved> {
        let resolver = Resolver { schema: self, facts, name, base: Base::Event };
        let (end, record_format) = resolver.find(&Type::Object(self.record.clone())).ok()?;
        Some(resolver.resolved(end, record_format, Vec::new()))
    }

    /// Names of the record that are `name` with one more part, or with two neighbouring parts exchanged.
    pub fn rearranged(&self, name: &str, facts: &Facts) -> Vec<String> {
        let root = Type::Object(self.record.clone());
        Resolver { schema: self, facts, name, base: Base::Event }.rearranged(&root)
    }

    /// Resolves a dotted name inside the elements of an array of type `element`; the path has [`Base::Element`].
    /// The name `.` is the element itself.
    ///
    /// # Errors
    /// As [`resolve`](Self::resolve).
    pub fn resolve_in(&self, element: &Type, name: &str, facts: &Facts) -> Result<Resolved, Unresolved> {
        if name == "." {
            let path = Path { base: Base::Element, steps: Vec::new() };
            return Ok(Resolved {
                undocumented: false,
                path,
                ty: element.clone(),
                field: None,
                spelling: None,
                missing_in: Vec::new(),
                near: Vec::new(),
                declared: true,
            });
        }
        Resolver { schema: self, facts, name, base: Base::Element }.resolve(element)
    }
}

/// A name as another record format has it.
struct InShape {
    /// The name of the format.
    record_format: String,
    /// The name in the canonical format, as it was walked.
    canonical: String,
    /// The canonical and stored texts of the member where they differ.
    values: Vec<(String, String)>,
}

/// One question.
struct Resolver<'a> {
    schema: &'a Schema,
    facts: &'a Facts,
    name: &'a str,
    base: Base,
}

impl Resolver<'_> {
    fn resolve(&self, root: &Type) -> Result<Resolved, Unresolved> {
        match self.find(root) {
            Ok((end, record_format)) => {
                // Where nothing is known of the members, a likeness to names elsewhere says nothing.
                let near = end
                    .accepted
                    .as_ref()
                    .filter(|stop| stop.knows_members(self.facts))
                    .map_or_else(Vec::new, |stop| self.nearest(root, stop));
                Ok(self.resolved(end, record_format, near))
            }
            Err(stop) => Err(self.unresolved(root, &stop)),
        }
    }

    /// Where the name leads, and the shape in whose spelling it does; or where it goes wrong.
    fn find(&self, root: &Type) -> Result<(End, Option<InShape>), Stop> {
        let mut failed: Option<Stop> = None;
        let mut accepted: Option<End> = None;
        for fold in [false, true] {
            match self.walk(root, self.name, fold) {
                Ok(end) if end.accepted.is_none() => return Ok((end, None)),
                Ok(end) => accepted = accepted.or(Some(end)),
                Err(stop) => failed = Some(deeper(failed, stop)),
            }
            if self.base == Base::Event {
                match self.in_shapes(root, fold) {
                    Some(Ok((end, record_format))) => return Ok((end, Some(record_format))),
                    Some(Err(stop)) => failed = Some(deeper(failed, stop)),
                    None => {}
                }
            }
        }
        match accepted {
            Some(end) => Ok((end, None)),
            None => Err(failed.unwrap_or_default()),
        }
    }

    /// The name as the spelling of another shape, or where it goes wrong as one; `None` when it begins like no member
    /// of a shape.
    fn in_shapes(&self, root: &Type, fold: bool) -> Option<Result<(End, InShape), Stop>> {
        let mut failed = None;
        for record_format in &self.schema.record_formats {
            let members = record_format.members.iter().map(|member| (member.from.join("."), member));
            let longest =
                members.filter(|(from, _)| begins(self.name, from, fold)).max_by_key(|(from, _)| from.len());
            let Some((from, member)) = longest else { continue };
            let rest = self.name.get(from.len()..).unwrap_or_default();
            // A member that holds the whole record has no name of its own in the canonical shape.
            let (to, rest) = if member.to.steps.is_empty() {
                (String::new(), rest.strip_prefix('.').unwrap_or_default())
            } else {
                (member.to.name(), rest)
            };
            let canonical = format!("{to}{rest}");
            if canonical.is_empty() {
                continue;
            }
            if canonical == self.name {
                continue;
            }
            let found = match self.walk(root, &canonical, false) {
                Ok(end) if end.accepted.is_none() => Ok(end),
                // What is open to any name is so in every format.
                open => match self.walk(root, &canonical, true) {
                    Ok(end) if end.accepted.is_none() => Ok(end),
                    folded => open.or(folded),
                },
            };
            // The offset in the name as written.
            let here = |at: usize| (at + self.name.len()).saturating_sub(canonical.len());
            match found {
                Ok(mut end) => {
                    end.accepted = end.accepted.map(|stop| Stop { at: here(stop.at), ..stop });
                    let values = if rest.is_empty() { member.values.clone() } else { Vec::new() };
                    let record_format = record_format.name.clone();
                    return Some(Ok((end, InShape { record_format, canonical, values })));
                }
                Err(stop) => failed = Some(Stop { at: here(stop.at), ..stop }),
            }
        }
        failed.map(Err)
    }

    fn walk(&self, root: &Type, name: &str, fold: bool) -> Result<End, Stop> {
        Walk { facts: self.facts, name, fold }.value(root, None, name, Vec::new(), 0)
    }

    fn resolved(&self, end: End, record_format: Option<InShape>, near: Vec<String>) -> Resolved {
        let path = Path { base: self.base, steps: end.steps };
        let mut canonical = path.name();
        let kind = if let Some(InShape { record_format, canonical: walked, values }) = record_format {
            if end.accepted.is_some() {
                // What is open to any name is not told apart again in the name of the path.
                canonical = walked;
            }
            Some((OtherNameKind::RecordFormat(record_format), values))
        } else {
            let case = canonical != self.name && text::equals(self.name, &canonical);
            case.then(|| (OtherNameKind::Case, Vec::new()))
        };
        Resolved {
            spelling: kind.map(|(kind, values)| OtherName { canonical, kind, values }),
            path,
            ty: end.ty,
            field: end.field,
            missing_in: end.missing_in,
            near,
            undocumented: end.accepted.as_ref().is_some_and(Stop::is_documented),
            declared: end.accepted.is_none(),
        }
    }

    fn unresolved(&self, root: &Type, stop: &Stop) -> Unresolved {
        let rest = self.name.get(stop.at..).unwrap_or_default();
        let at = stop.at..stop.at + rest.find('.').unwrap_or(rest.len());
        let within = Path { base: self.base, steps: stop.steps.clone() };
        let within = if within.steps.is_empty() { self.schema.name.clone() } else { within.name() };
        match &stop.scope {
            LookedUp::Scalar(ty, redacted) => Unresolved::Scalar {
                redacted: redacted.clone(),
                at: stop.at..self.name.len(),
                nearest: self.meant().unwrap_or_else(|| self.rearranged(root)),
                scalar: within,
                ty,
            },
            LookedUp::Dependent(dependent) => {
                let mut cases: Vec<_> =
                    dependent.types(self.facts).into_iter().map(|(name, _)| name).collect();
                cases.dedup();
                cases.truncate(MAX_CASES);
                Unresolved::NotInCases {
                    at,
                    cases,
                    nearest: self.nearest(root, stop),
                    elsewhere: dependent.cases_with(rest, &Facts::default(), MAX_CASES),
                    bare: dependent.bare(self.facts).map(str::to_owned),
                }
            }
            _ => Unresolved::Unknown { at, within, nearest: self.nearest(root, stop) },
        }
    }

    /// The fields that the name means, where another tool calls something so.
    fn meant(&self) -> Option<Vec<String>> {
        (self.base == Base::Event).then(|| self.schema.meant(self.name)).flatten().map(|meant| meant.fields)
    }

    /// Whole canonical names that may be meant: where another tool has the name, what it means there; else those with
    /// its parts in another order or with one more, then those that [`near`](Self::near) finds for the part where the
    /// walk stopped, with what follows that part where it fits there.
    fn nearest(&self, root: &Type, stop: &Stop) -> Vec<String> {
        if let Some(fields) = self.meant() {
            return fields;
        }
        let rest = self.name.get(stop.at..).unwrap_or_default();
        let tail = rest.find('.').and_then(|dot| rest.get(dot..)).unwrap_or_default();
        let mut names = self.rearranged(root);
        for name in self.near(root, stop) {
            let whole = if tail.is_empty() { None } else { self.known(root, &format!("{name}{tail}")) };
            names.push(whole.unwrap_or(name));
        }
        let mut seen = BTreeSet::new();
        names.retain(|name| seen.insert(name.clone()));
        names.truncate(MAX_NAMES);
        names
    }

    /// Canonical names near to the part of the name where a walk stopped: members of the same object first, then
    /// members of the same name elsewhere.
    fn near(&self, root: &Type, stop: &Stop) -> Vec<String> {
        let rest = self.name.get(stop.at..).unwrap_or_default();
        let part = rest.split('.').next().unwrap_or_default();
        let within = Path { base: self.base, steps: stop.steps.clone() };
        let prefix = if within.steps.is_empty() { String::new() } else { format!("{}.", within.name()) };
        // Notation for arrays is not part of a name.
        if let Some(plain) = without_array_marks(self.name)
            && let Ok(end) = self.walk(root, &plain, true)
            && end.accepted.is_none()
        {
            return vec![Path { base: self.base, steps: end.steps }.name()];
        }
        let mut near = Nearest::new(part);
        let sibling = |near: &mut Nearest, member: &str, tail: &str| {
            if let Some(distance) = near.distance(member) {
                near.add(distance, &format!("{prefix}{member}{tail}"));
            }
        };
        match &stop.scope {
            LookedUp::Object(Type::Object(object)) => {
                for field in &object.fields {
                    if field.name.contains('.') {
                        if let Some((distance, tail)) = dotted(&field.name, rest) {
                            near.add(distance, &format!("{prefix}{}{tail}", field.name));
                        }
                    } else {
                        sibling(&mut near, &field.name, "");
                    }
                }
            }
            LookedUp::Keyed(keyed, element) => {
                // An unknown key: what follows it is kept.
                let tail = member_tail(rest, element);
                let key = rest.strip_suffix(tail).unwrap_or(rest);
                let whole = Nearest::new(key);
                for (known, _) in &keyed.known {
                    let distance =
                        if rearranged::alike(known, key) { Some(1) } else { whole.distance(known) };
                    if let Some(distance) = distance {
                        near.add(distance, &format!("{prefix}{known}{tail}"));
                    }
                }
                // A member without a key; or after a known key, where one must follow.
                if let Type::Object(object) = element {
                    let keys = keyed.known.iter().map(|(key, _)| &**key);
                    let key = keys.filter(|key| begins(rest, key, true)).max_by_key(|key| key.len());
                    for field in &object.fields {
                        match key {
                            None => sibling(&mut near, &field.name, ""),
                            Some(key) => {
                                let tail = rest.get(key.len() + 1..).unwrap_or_default();
                                let distance = if tail.is_empty() {
                                    Some(1)
                                } else {
                                    Nearest::new(tail).distance(&field.name)
                                };
                                if let Some(distance) = distance {
                                    near.add(distance, &format!("{prefix}{key}.{}", field.name));
                                }
                            }
                        }
                    }
                }
            }
            LookedUp::Dependent(dependent) => {
                dependent.visit(self.facts, &mut |member| sibling(&mut near, member, ""));
            }
            LookedUp::Object(_) | LookedUp::Scalar(..) | LookedUp::Nothing => {}
        }
        if let Type::Object(record) = root {
            self.elsewhere(record, part, rest, &mut near);
        }
        near.finish()
    }

    /// Offers names of other objects of the record: the same member under another parent, or a name that is near as a
    /// whole.
    fn elsewhere(&self, record: &ObjectType, part: &str, rest: &str, near: &mut Nearest) {
        // Only the last parts can be wrong: the shared beginning must not make room for more.
        let whole = Nearest::new(self.name).within(slips(rest));
        let self_name = text::folded(self.name);
        let (rest, last) = (text::folded(rest), self.name.rsplit('.').next().unwrap_or(part));
        // Short words are near to many others.
        let telling = last.chars().count() >= MIN_TELLING;
        let last = Nearest::new(last).within(slips(last));
        visit_names(record, &mut String::new(), 0, &mut |name| {
            let folded = text::folded(name);
            if folded == rest || folded.strip_suffix(&rest).is_some_and(|head| head.ends_with('.')) {
                near.add(1, name);
            } else if begins(&self_name, &folded, false) && !rest.is_empty() {
                // What the name lies in does not help.
            } else if let Some(distance) = whole.distance(name) {
                near.add(distance + 1, name);
            } else if let Some(distance) = last.distance(name.rsplit('.').next().unwrap_or(name))
                && (distance == 0 || telling)
            {
                near.add(distance + 2, name);
            }
        });
    }
}

/// How many letters of a text can be wrong when it is to be known again somewhere else: a quarter.
fn slips(text: &str) -> usize {
    (text.chars().count() / 4).max(1)
}

/// How far `rest` is from beginning with a key that has dots, and what follows the key in it.
fn dotted<'r>(key: &str, rest: &'r str) -> Option<(usize, &'r str)> {
    let parts = key.split('.').count();
    // The end of the first parts, with as many as the key has, and with one fewer.
    let ends = |parts: usize| rest.match_indices('.').map(|(at, _)| at).chain([rest.len()]).nth(parts - 1);
    let (whole, fewer) = (ends(parts), ends(parts - 1));
    if let Some((head, tail)) = whole.and_then(|at| rest.split_at_checked(at))
        && let Some(distance) = Nearest::new(head).distance(key)
    {
        return Some((distance, tail));
    }
    let (head, tail) = fewer.and_then(|at| rest.split_at_checked(at))?;
    rearranged::alike(key, head).then_some((1, tail))
}

/// The name without `[]`, `{}`, `[0]` and `.0`, when it has any.
fn without_array_marks(name: &str) -> Option<String> {
    let parts: Vec<&str> = name.split('.').collect();
    let kept: Vec<&str> = parts
        .iter()
        .map(|part| part.split(['[', '{']).next().unwrap_or_default())
        .filter(|part| !part.is_empty() && !part.bytes().all(|byte| byte.is_ascii_digit()))
        .collect();
    let plain = kept.join(".");
    (plain != name && !plain.is_empty()).then_some(plain)
}

/// Calls `visit` with the canonical name of every member of a record, at every level that does not depend on others.
pub(super) fn visit_names(
    object: &ObjectType,
    prefix: &mut String,
    depth: usize,
    visit: &mut dyn FnMut(&str),
) {
    for field in &object.fields {
        let length = prefix.len();
        prefix.push_str(&field.name);
        visit(prefix);
        let mut inner = &field.ty;
        while let Type::Array(element) | Type::Json(element) = inner {
            inner = element;
        }
        if let Type::Object(object) = inner
            && depth < MAX_DEPTH
        {
            prefix.push('.');
            visit_names(object, prefix, depth + 1, visit);
        }
        prefix.truncate(length);
    }
}
