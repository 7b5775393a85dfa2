//! Field names become typed paths.
//!
//! At each object the longest dotted key wins; arrays are walked by themselves; a keyed array takes the longest known
//! key.
//! A name is tried as the canonical spelling, then as the spelling of another shape, then without regard to letter
//! case, so that the spelling that fits exactly always wins.

use super::nearest::{Nearest, fold};
use super::types::begins;
use super::{Base, Dependent, Facts, Field, Keyed, ObjectType, Path, Schema, Step, Type};

/// How deep a name can go; far above any real record.
const MAX_DEPTH: usize = 64;
/// How many names of cases a message can hold.
const MAX_CASES: usize = 5;

/// A resolved field name.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// The canonical path.
    pub path: Path,
    /// The type at its end. For a path that ends at an array this is the array's type, and `path` ends before
    /// [`Step::Each`]; a predicate on it appends `Each` (the evaluator reaches elements anyhow).
    pub ty: Type,
    /// The field at the end, when it is a declared one.
    pub field: Option<Field>,
    /// Set when the name was not spelt canonically.
    pub spelling: Option<Spelling>,
    /// Cases of a dependent type in which the field does not exist (it exists in some other).
    pub missing_in: Vec<String>,
    /// Known names near to a name that an open object accepted unseen; nearest first.
    pub near: Vec<String>,
    /// Whether the schema itself vouches for the last step; `false` where an open object accepted the name.
    pub declared: bool,
}

/// How a name departs from the canonical one, which is `canonical`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spelling {
    /// The name to write instead.
    pub canonical: String,
    /// Why.
    pub kind: SpellingKind,
}

/// Kinds of other spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SpellingKind {
    /// Only letter case differs.
    Case,
    /// The spelling of another documented shape of the record, which is named.
    Shape(String),
}

/// Why a field name does not resolve.
#[derive(Debug, Clone)]
pub enum Unresolved {
    /// A closed object has no such member.
    Unknown {
        /// The byte range in the name that is wrong.
        at: std::ops::Range<usize>,
        /// What the name was looked up in: `aws/cloudtrail`, or the canonical path of the object.
        within: String,
        /// Full canonical names near to it, nearest first.
        nearest: Vec<String>,
    },
    /// A dependent object has no such member under the facts.
    NotInCases {
        /// The byte range in the name that is wrong.
        at: std::ops::Range<usize>,
        /// The cases that the facts allow.
        cases: Vec<String>,
        /// Full canonical names near to it in those cases, nearest first.
        nearest: Vec<String>,
        /// Cases that do have it.
        elsewhere: Vec<String>,
    },
    /// The path goes on below a scalar.
    Scalar {
        /// The byte range of the part below the scalar.
        at: std::ops::Range<usize>,
        /// The canonical path of the scalar.
        scalar: String,
        /// Its type's name.
        ty: &'static str,
    },
}

impl Schema {
    /// Resolves a dotted field name under what is known of other fields.
    ///
    /// # Errors
    /// [`Unresolved`] says which part of the name is wrong, and what is near to it.
    pub fn resolve(&self, name: &str, facts: &Facts) -> Result<Resolved, Unresolved> {
        Resolver { schema: self, facts, name, base: Base::Event }.resolve(&Type::Object(self.record.clone()))
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

/// One question.
struct Resolver<'a> {
    schema: &'a Schema,
    facts: &'a Facts,
    name: &'a str,
    base: Base,
}

/// The end of a walk that went well.
struct End {
    steps: Vec<Step>,
    ty: Type,
    field: Option<Field>,
    missing_in: Vec<String>,
    /// Where an open object accepted the rest: the place, and what it was looked up in.
    accepted: Option<Stop>,
}

/// Where a walk stopped.
#[derive(Clone)]
struct Stop {
    /// The offset in the walked name of the part that is unknown.
    at: usize,
    /// The steps up to there.
    steps: Vec<Step>,
    scope: Scope,
}

/// What a part of a name was looked up in.
#[derive(Clone)]
enum Scope {
    Object(Type),
    Keyed(std::sync::Arc<Keyed>, Type),
    Dependent(std::sync::Arc<dyn Dependent>),
    /// Below a scalar of this kind.
    Scalar(&'static str),
    /// Below something of which nothing is known.
    Nothing,
}

impl Resolver<'_> {
    fn resolve(&self, root: &Type) -> Result<Resolved, Unresolved> {
        let mut failed: Option<Stop> = None;
        let mut accepted: Option<End> = None;
        for fold in [false, true] {
            match self.walk(root, self.name, fold) {
                Ok(end) if end.accepted.is_none() => return Ok(self.resolved(root, end, None)),
                Ok(end) => accepted = accepted.or(Some(end)),
                Err(stop) => failed = deeper(failed, stop),
            }
            if self.base == Base::Event {
                match self.in_shapes(root, fold) {
                    Some(Ok((end, shape))) => return Ok(self.resolved(root, end, Some(shape))),
                    Some(Err(stop)) => failed = deeper(failed, stop),
                    None => {}
                }
            }
        }
        match (accepted, failed) {
            (Some(end), _) => Ok(self.resolved(root, end, None)),
            (None, failed) => {
                let nowhere = || Stop { at: 0, steps: Vec::new(), scope: Scope::Nothing };
                Err(self.unresolved(root, failed.unwrap_or_else(nowhere)))
            }
        }
    }

    /// The name as the spelling of another shape, or where it goes wrong as one; `None` when it begins like no member
    /// of a shape.
    fn in_shapes(&self, root: &Type, fold: bool) -> Option<Result<(End, String), Stop>> {
        let mut failed = None;
        for shape in &self.schema.shapes {
            let members = shape.members.iter().map(|member| (member.from.join("."), member));
            let longest =
                members.filter(|(from, _)| begins(self.name, from, fold)).max_by_key(|(from, _)| from.len());
            let Some((from, member)) = longest else { continue };
            let to = member.to.name();
            let rest = self.name.get(from.len()..).unwrap_or_default();
            let canonical = format!("{to}{rest}");
            if canonical == self.name {
                continue;
            }
            let found = match self.walk(root, &canonical, false) {
                Ok(end) if end.accepted.is_none() => Ok(end),
                _ => self.walk(root, &canonical, true),
            };
            match found {
                Ok(end) => return Some(Ok((end, shape.name.clone()))),
                // The offset in the name as written.
                Err(stop) => {
                    failed = Some(Stop { at: (stop.at + from.len()).saturating_sub(to.len()), ..stop })
                }
            }
        }
        failed.map(Err)
    }

    fn walk(&self, root: &Type, name: &str, fold: bool) -> Result<End, Stop> {
        Walk { facts: self.facts, name, fold }.value(root, None, name, Vec::new(), 0)
    }

    fn resolved(&self, root: &Type, end: End, shape: Option<String>) -> Resolved {
        let near = match &end.accepted {
            Some(stop) => self.nearest(root, stop),
            None => Vec::new(),
        };
        let path = Path { base: self.base, steps: end.steps };
        let canonical = path.name();
        let kind = match shape {
            Some(shape) => Some(SpellingKind::Shape(shape)),
            None => {
                (canonical != self.name && fold(&canonical) == fold(self.name)).then_some(SpellingKind::Case)
            }
        };
        Resolved {
            spelling: kind.map(|kind| Spelling { canonical, kind }),
            path,
            ty: end.ty,
            field: end.field,
            missing_in: end.missing_in,
            near,
            declared: end.accepted.is_none(),
        }
    }

    fn unresolved(&self, root: &Type, stop: Stop) -> Unresolved {
        let rest = self.name.get(stop.at..).unwrap_or_default();
        let at = stop.at..stop.at + rest.find('.').unwrap_or(rest.len());
        let within = Path { base: self.base, steps: stop.steps.clone() };
        let within = if within.steps.is_empty() { self.schema.name.clone() } else { within.name() };
        match &stop.scope {
            Scope::Scalar(ty) => Unresolved::Scalar { at: stop.at..self.name.len(), scalar: within, ty },
            Scope::Dependent(dependent) => {
                let mut cases: Vec<_> =
                    dependent.types(self.facts).into_iter().map(|(name, _)| name).collect();
                cases.dedup();
                cases.truncate(MAX_CASES);
                Unresolved::NotInCases {
                    at,
                    cases,
                    nearest: self.nearest(root, &stop),
                    elsewhere: dependent.cases_with(rest, &Facts::default(), MAX_CASES),
                }
            }
            _ => Unresolved::Unknown { at, within, nearest: self.nearest(root, &stop) },
        }
    }

    /// Canonical names near to the part of the name where a walk stopped: members of the same object first, then
    /// members of the same name elsewhere.
    fn nearest(&self, root: &Type, stop: &Stop) -> Vec<String> {
        let rest = self.name.get(stop.at..).unwrap_or_default();
        let part = &rest[..rest.find('.').unwrap_or(rest.len())];
        let within = Path { base: self.base, steps: stop.steps.clone() };
        let prefix = if within.steps.is_empty() { String::new() } else { format!("{}.", within.name()) };
        // Notation for arrays is no part of a name.
        if let Some(plain) = without_array_marks(self.name)
            && let Ok(end) = self.walk(root, &plain, true)
            && end.accepted.is_none()
        {
            return vec![Path { base: self.base, steps: end.steps }.name()];
        }
        let mut near = Nearest::new(part);
        let mut sibling = |member: &str, tail: &str| {
            if let Some(distance) = near.distance(member) {
                near.add(distance, &format!("{prefix}{member}{tail}"));
            }
        };
        match &stop.scope {
            Scope::Object(Type::Object(object)) => {
                object.fields.iter().for_each(|field| sibling(&field.name, ""));
            }
            Scope::Keyed(keyed, element) => {
                // An unknown key: what follows it is kept.
                for (known, _) in &keyed.known {
                    let tail = element_tail(rest, keyed, element);
                    let mut whole = Nearest::new(rest.strip_suffix(tail).unwrap_or(rest));
                    whole.offer(known, known);
                    if let Some(known) = whole.finish().pop() {
                        near.add(0, &format!("{prefix}{known}{tail}"));
                    }
                }
            }
            Scope::Dependent(dependent) => dependent.visit(self.facts, &mut |member| sibling(member, "")),
            Scope::Object(_) | Scope::Scalar(_) | Scope::Nothing => {}
        }
        if let Type::Object(record) = root {
            self.elsewhere(record, part, rest, &mut near);
        }
        near.finish()
    }

    /// Offers names of other objects of the record: the same member under another parent, or a name that is near as a
    /// whole.
    fn elsewhere(&self, record: &ObjectType, part: &str, rest: &str, near: &mut Nearest) {
        let whole = Nearest::new(self.name);
        let (rest, last) = (fold(rest), self.name.rsplit('.').next().unwrap_or(part));
        let last = Nearest::new(last);
        visit_names(record, &mut String::new(), 0, &mut |name| {
            let folded = fold(name);
            if folded == rest || folded.strip_suffix(&rest).is_some_and(|head| head.ends_with('.')) {
                near.add(1, name);
            } else if let Some(distance) = whole.distance(name) {
                near.add(distance + 1, name);
            } else if let Some(distance) = last.distance(name.rsplit('.').next().unwrap_or(name)) {
                near.add(distance + 2, name);
            }
        });
    }
}

/// The name without `[]`, `{}`, `[0]` and `.0`, when it has any.
fn without_array_marks(name: &str) -> Option<String> {
    let parts: Vec<&str> = name.split('.').collect();
    let kept: Vec<&str> = parts
        .iter()
        .map(|part| part.find(['[', '{']).map_or(*part, |at| &part[..at]))
        .filter(|part| !part.is_empty() && !part.bytes().all(|byte| byte.is_ascii_digit()))
        .collect();
    let plain = kept.join(".");
    (plain != name && !plain.is_empty()).then_some(plain)
}

/// The end of `rest` that names a member of the elements: `.newValue`.
fn element_tail<'a>(rest: &'a str, keyed: &Keyed, element: &Type) -> &'a str {
    let Type::Object(object) = element else { return "" };
    if !keyed.values.is_empty() {
        return "";
    }
    let ends = |field: &&Field| {
        rest.strip_suffix(&*field.name).is_some_and(|head| head.len() > 1 && head.ends_with('.'))
    };
    match object.fields.iter().find(ends) {
        Some(field) => &rest[rest.len() - field.name.len() - 1..],
        None => "",
    }
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

/// One walk through the types, in one manner.
struct Walk<'a> {
    facts: &'a Facts,
    name: &'a str,
    fold: bool,
}

impl Walk<'_> {
    /// Walks `rest`, which is the end of the name, from a value of type `ty`.
    fn value(
        &self,
        ty: &Type,
        field: Option<&Field>,
        rest: &str,
        mut steps: Vec<Step>,
        depth: usize,
    ) -> Result<End, Stop> {
        let at = self.name.len() - rest.len();
        if rest.is_empty() && field.is_some() {
            return Ok(End {
                steps,
                ty: ty.clone(),
                field: field.cloned(),
                missing_in: Vec::new(),
                accepted: None,
            });
        }
        let stop = |steps: Vec<Step>, scope: Scope| Stop { at, steps, scope };
        if depth > MAX_DEPTH {
            return Err(stop(steps, Scope::Nothing));
        }
        if let Some(dependent) = field.and_then(|field| field.dependent.as_ref()) {
            return self.dependent(dependent, rest, steps, depth);
        }
        if let (Some(keyed), Type::Array(element)) = (field.and_then(|field| field.keyed.as_ref()), ty) {
            return self.keyed(keyed, element, rest, steps, depth);
        }
        match ty {
            Type::Object(object) => match object.member(rest, self.fold) {
                Some(member) => self.member(member, rest, steps, depth),
                None => {
                    let stop = stop(steps, Scope::Object(ty.clone()));
                    if object.open && !rest.is_empty() { Ok(accepted(stop, rest)) } else { Err(stop) }
                }
            },
            Type::Array(element) => {
                steps.push(Step::Each);
                self.value(element, None, rest, steps, depth + 1)
            }
            Type::Json(inner) => {
                steps.push(Step::Json);
                self.value(inner, None, rest, steps, depth + 1)
            }
            Type::Map(value) => match &**value {
                Type::Object(_) | Type::Array(_) | Type::Map(_) | Type::Json(_) | Type::Any => {
                    let key = &rest[..rest.find('.').unwrap_or(rest.len())];
                    steps.push(Step::Key(key.into()));
                    let tail = rest.get(key.len() + 1..).unwrap_or_default();
                    let entry = entry(value);
                    self.value(value, Some(&entry), tail, steps, depth + 1)
                }
                scalar => {
                    steps.push(Step::Key(rest.into()));
                    let entry = entry(scalar);
                    self.value(scalar, Some(&entry), "", steps, depth + 1)
                }
            },
            Type::Any if !rest.is_empty() => Ok(accepted(stop(steps, Scope::Nothing), rest)),
            Type::Any => Err(stop(steps, Scope::Nothing)),
            scalar => Err(stop(steps, Scope::Scalar(scalar.name()))),
        }
    }

    fn member(&self, member: &Field, rest: &str, mut steps: Vec<Step>, depth: usize) -> Result<End, Stop> {
        steps.push(Step::Key(member.name.clone()));
        let tail = rest.get(member.name.len() + 1..).unwrap_or_default();
        if tail.is_empty() && rest.len() > member.name.len() {
            // A dot at the end.
            let at = self.name.len();
            return Err(Stop { at, steps, scope: Scope::Object(member.ty.clone()) });
        }
        self.value(&member.ty, Some(member), tail, steps, depth + 1)
    }

    /// A member of the elements, or a key and then a member of them.
    fn keyed(
        &self,
        keyed: &std::sync::Arc<Keyed>,
        element: &Type,
        rest: &str,
        mut steps: Vec<Step>,
        depth: usize,
    ) -> Result<End, Stop> {
        let at = self.name.len() - rest.len();
        let Type::Object(object) = element else {
            steps.push(Step::Each);
            return self.value(element, None, rest, steps, depth + 1);
        };
        let plain = |steps: &[Step]| {
            let member = object.member(rest, self.fold)?;
            let mut steps = steps.to_vec();
            steps.push(Step::Each);
            Some(self.member(member, rest, steps, depth))
        };
        let known = keyed
            .known
            .iter()
            .filter(|(key, _)| begins(rest, key.as_bytes(), self.fold))
            .max_by_key(|(key, _)| key.len());
        let select = |key: &str| Step::Select { member: keyed.key.clone(), key: key.into() };
        if let Some((key, _)) = known {
            let tail = rest.get(key.len() + 1..).unwrap_or_default();
            let mut steps = steps.clone();
            steps.push(select(key));
            if let Some(end) = self.of_element(keyed, object, tail, &steps, depth) {
                return end;
            }
        }
        if let Some(end) = plain(&steps) {
            return end;
        }
        let stop = Stop { at, steps: steps.clone(), scope: Scope::Keyed(keyed.clone(), element.clone()) };
        if keyed.closed || self.fold || rest.is_empty() {
            return Err(stop);
        }
        // An unknown key of an open array: everything, or everything before the member.
        let tail = element_tail(rest, keyed, element);
        let key = rest.strip_suffix(tail).unwrap_or(rest);
        steps.push(select(key));
        match self.of_element(keyed, object, tail.trim_start_matches('.'), &steps, depth) {
            Some(Ok(end)) => Ok(End { accepted: Some(stop), ..end }),
            Some(Err(_)) | None => Err(stop),
        }
    }

    /// The rest of a name after the key; `None` when no member is named and the key alone stands for none.
    fn of_element(
        &self,
        keyed: &Keyed,
        object: &ObjectType,
        tail: &str,
        steps: &[Step],
        depth: usize,
    ) -> Option<Result<End, Stop>> {
        let mut steps = steps.to_vec();
        if !tail.is_empty() {
            let member = object.member(tail, self.fold)?;
            return Some(self.member(member, tail, steps, depth));
        }
        let first = object.member(keyed.values.first()?, false)?;
        match &keyed.values[..] {
            [one] => steps.push(Step::Key(one.clone())),
            several => steps.push(Step::First(several.to_vec())),
        }
        let others = keyed.values[1..].iter().filter_map(|value| object.member(value, false));
        let ty = others.fold(first.ty.clone(), |ty, other| union(&ty, &other.ty));
        Some(Ok(End { steps, ty, field: Some(first.clone()), missing_in: Vec::new(), accepted: None }))
    }

    fn dependent(
        &self,
        dependent: &std::sync::Arc<dyn Dependent>,
        rest: &str,
        steps: Vec<Step>,
        depth: usize,
    ) -> Result<End, Stop> {
        let at = self.name.len() - rest.len();
        let members = dependent.members(rest, self.facts, self.fold);
        let mut lacking = members.lacking;
        let mut have: Vec<String> = Vec::new();
        let mut best: Option<End> = None;
        let mut failed: Option<Stop> = None;
        for (cases, field) in members.found {
            match self.member(&field, rest, steps.clone(), depth) {
                Ok(end) => {
                    have.extend(cases);
                    best = Some(match best {
                        Some(best) => merge(best, end, steps.clone(), rest),
                        None => end,
                    });
                }
                Err(stop) => {
                    lacking.extend(cases);
                    if failed.as_ref().is_none_or(|failed| failed.at < stop.at) {
                        failed = Some(stop);
                    }
                }
            }
        }
        match best {
            Some(mut end) => {
                if members.open {
                    // Elsewhere it may stand in clear.
                    end.field = end.field.map(|field| Field { redacted: None, ..field });
                }
                lacking.retain(|case| !have.contains(case));
                lacking.sort_unstable();
                lacking.dedup();
                end.missing_in.extend(lacking);
                Ok(end)
            }
            None => {
                let stop =
                    failed.unwrap_or_else(|| Stop { at, steps, scope: Scope::Dependent(dependent.clone()) });
                if members.open && !rest.is_empty() {
                    let tail = &self.name[stop.at.min(self.name.len())..];
                    if tail.is_empty() || matches!(stop.scope, Scope::Scalar(_)) {
                        return Err(stop);
                    }
                    Ok(accepted(stop, tail))
                } else {
                    Err(stop)
                }
            }
        }
    }
}

/// Of two failures the one that came further.
fn deeper(one: Option<Stop>, other: Stop) -> Option<Stop> {
    match one {
        Some(one) if one.at >= other.at => Some(one),
        _ => Some(other),
    }
}

/// The name goes on in something open.
fn accepted(stop: Stop, rest: &str) -> End {
    let mut steps = stop.steps.clone();
    steps.push(Step::Dotted(rest.into()));
    End { steps, ty: Type::Any, field: None, missing_in: Vec::new(), accepted: Some(stop) }
}

/// A field for an entry of a map.
fn entry(value: &Type) -> Field {
    Field { ty: value.clone(), ..Field::named("*") }
}

/// The union of two cases: where they agree, what they agree on.
fn merge(one: End, other: End, before: Vec<Step>, rest: &str) -> End {
    if one.steps != other.steps {
        let mut steps = before;
        steps.push(Step::Dotted(rest.into()));
        return End { steps, ty: Type::Any, field: None, missing_in: one.missing_in, accepted: one.accepted };
    }
    let ty = union(&one.ty, &other.ty);
    let field = one.field.map(|mut field| {
        let redacted = other.field.as_ref().and_then(|field| field.redacted.clone());
        // Only what every case redacts is redacted.
        field.redacted = field.redacted.filter(|_| redacted.is_some());
        field
    });
    End { ty, field, ..one }
}

fn union(one: &Type, other: &Type) -> Type {
    match (one, other) {
        (Type::String, Type::String | Type::Enum(_)) | (Type::Enum(_), Type::String | Type::Enum(_)) => {
            Type::String
        }
        (Type::Integer, Type::Integer) => Type::Integer,
        (Type::Number | Type::Integer, Type::Number | Type::Integer) => Type::Number,
        (Type::Boolean, Type::Boolean) => Type::Boolean,
        (Type::Timestamp, Type::Timestamp) => Type::Timestamp,
        (Type::Ip, Type::Ip) => Type::Ip,
        (Type::Array(one), Type::Array(other)) => Type::Array(std::sync::Arc::new(union(one, other))),
        (Type::Map(one), Type::Map(other)) => Type::Map(std::sync::Arc::new(union(one, other))),
        (Type::Json(one), Type::Json(other)) => Type::Json(std::sync::Arc::new(union(one, other))),
        // Which members both have is asked when a name goes on into them, case by case.
        (Type::Object(one), Type::Object(other)) => {
            let mut fields = one.fields.clone();
            fields.extend(
                other.fields.iter().filter(|field| one.member(&field.name, false).is_none()).cloned(),
            );
            Type::Object(std::sync::Arc::new(ObjectType { fields, open: one.open || other.open }))
        }
        _ => Type::Any,
    }
}
