//! One walk through the types of a schema, along a dotted name.

use std::sync::Arc;

use super::super::types::begins;
use super::super::{Dependent, Facts, Field, Keyed, ObjectType, Redaction, Step, Type};
use super::MAX_DEPTH;

/// The end of a walk that went well.
pub(super) struct End {
    pub steps: Vec<Step>,
    pub ty: Type,
    pub field: Option<Field>,
    pub missing_in: Vec<String>,
    /// Where an open object accepted the rest: the place, and what it was looked up in.
    pub accepted: Option<Stop>,
}

/// Where a walk stopped.
#[derive(Clone, Default)]
pub(super) struct Stop {
    /// The offset in the walked name of the part that is unknown.
    pub at: usize,
    /// The steps up to there.
    pub steps: Vec<Step>,
    pub scope: LookedUp,
}

impl Stop {
    /// Whether any member is known of what the part was looked up in.
    pub(super) fn knows_members(&self, facts: &Facts) -> bool {
        match &self.scope {
            LookedUp::Object(Type::Object(object)) => !object.fields.is_empty(),
            LookedUp::Keyed(..) => true,
            // Of an event without a case nothing is known.
            LookedUp::Dependent(dependent) => dependent.has_members(facts),
            LookedUp::Object(_) | LookedUp::Scalar(..) | LookedUp::Nothing => false,
        }
    }

    /// Whether the provider documents the members of what the part was looked up in.
    pub(super) fn is_documented(&self) -> bool {
        matches!(&self.scope, LookedUp::Object(Type::Object(object)) if object.documented)
    }
}

/// What a part of a name was looked up in.
#[derive(Clone, Default)]
pub(super) enum LookedUp {
    Object(Type),
    Keyed(Arc<Keyed>, Type),
    Dependent(Arc<dyn Dependent>),
    /// Below a scalar of this kind, and what the log shows in its place.
    Scalar(&'static str, Option<Redaction>),
    /// Below something of which nothing is known.
    #[default]
    Nothing,
}

/// The end of `rest` that names a member of the elements: `.newValue`.
fn element_tail<'a>(rest: &'a str, keyed: &Keyed, element: &Type) -> &'a str {
    if keyed.values.is_empty() { member_tail(rest, element) } else { "" }
}

/// The end of `rest` that is a member of the elements.
pub(super) fn member_tail<'a>(rest: &'a str, element: &Type) -> &'a str {
    let Type::Object(object) = element else { return "" };
    let ends = |field: &&Field| {
        rest.strip_suffix(&*field.name).is_some_and(|head| head.len() > 1 && head.ends_with('.'))
    };
    match object.fields.iter().find(ends) {
        Some(field) => rest.get(rest.len() - field.name.len() - 1..).unwrap_or_default(),
        None => "",
    }
}

/// One walk through the types, in one manner.
pub(super) struct Walk<'a> {
    pub facts: &'a Facts,
    pub name: &'a str,
    pub fold: bool,
}

impl Walk<'_> {
    /// Walks `rest`, which is the end of the name, from a value of type `ty`.
    pub fn value(
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
        let stop = |steps: Vec<Step>, scope: LookedUp| Stop { at, steps, scope };
        if depth > MAX_DEPTH {
            return Err(stop(steps, LookedUp::Nothing));
        }
        if let Some(dependent) = field.and_then(|field| field.dependent.as_ref()) {
            return self.dependent(dependent, rest, steps, depth);
        }
        if let (Some(keyed), Type::Array(element)) = (field.and_then(|field| field.keyed.as_ref()), ty) {
            return self.keyed(keyed, element, rest, steps, depth);
        }
        match ty {
            Type::Object(object) => {
                if let Some(member) = object.member(rest, self.fold) {
                    return self.member(member, rest, steps, depth);
                }
                let stop = stop(steps, LookedUp::Object(ty.clone()));
                if object.open && !rest.is_empty() { Ok(accepted(stop, rest)) } else { Err(stop) }
            }
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
                    self.entry(value, rest, &steps, depth)
                }
                scalar => {
                    steps.push(Step::Key(rest.into()));
                    let entry = entry(scalar);
                    self.value(scalar, Some(&entry), "", steps, depth + 1)
                }
            },
            Type::Any if !rest.is_empty() => Ok(accepted(stop(steps, LookedUp::Nothing), rest)),
            Type::Any => Err(stop(steps, LookedUp::Nothing)),
            scalar => {
                let redacted = field.and_then(|field| field.redacted.clone());
                Err(stop(steps, LookedUp::Scalar(scalar.name(), redacted)))
            }
        }
    }

    /// The entry of a map. A key can hold full stops: where a shorter one leads nowhere, a longer one may, with a member
    /// behind it.
    fn entry(&self, value: &Type, rest: &str, steps: &[Step], depth: usize) -> Result<End, Stop> {
        let field = entry(value);
        let walk = |end: usize| {
            let (key, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
            let steps = [steps, &[Step::Key(key.into())]].concat();
            self.value(value, Some(&field), tail.strip_prefix('.').unwrap_or_default(), steps, depth + 1)
        };
        let mut ends = rest.match_indices('.').map(|(at, _)| at).take(MAX_DEPTH);
        let shortest = walk(ends.next().unwrap_or(rest.len()));
        match shortest {
            Err(stop) => ends.find_map(|end| walk(end).ok()).ok_or(stop),
            found => found,
        }
    }

    fn member(&self, member: &Field, rest: &str, mut steps: Vec<Step>, depth: usize) -> Result<End, Stop> {
        steps.push(Step::Key(member.name.clone()));
        let tail = rest.get(member.name.len() + 1..).unwrap_or_default();
        if tail.is_empty() && rest.len() > member.name.len() {
            // A dot at the end.
            let at = self.name.len();
            return Err(Stop { at, steps, scope: LookedUp::Object(member.ty.clone()) });
        }
        self.value(&member.ty, Some(member), tail, steps, depth + 1)
    }

    /// A member of the elements, or a key and then a member of them; a known key wins over members but its own name.
    fn keyed(
        &self,
        keyed: &Arc<Keyed>,
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
            .filter(|(key, _)| begins(rest, key, self.fold))
            .max_by_key(|(key, _)| key.len());
        let select = |key: &str| Step::Select { member: keyed.key.clone(), key: key.into() };
        // A key that is also the name of a member: the path as the record has it wins.
        let own = object.member(rest, false).is_some();
        if let Some((key, _)) = known.filter(|_| !own) {
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
        let stop = Stop { at, steps: steps.clone(), scope: LookedUp::Keyed(keyed.clone(), element.clone()) };
        if keyed.complete || self.fold || rest.is_empty() {
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
        let others = keyed.values.iter().skip(1).filter_map(|value| object.member(value, false));
        let ty = others.fold(first.ty.clone(), |ty, other| union(&ty, &other.ty));
        Some(Ok(End { steps, ty, field: Some(first.clone()), missing_in: Vec::new(), accepted: None }))
    }

    fn dependent(
        &self,
        dependent: &Arc<dyn Dependent>,
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
                        Some(best) => merge(best, &end, &steps, rest),
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
        let Some(mut end) = best else {
            let nowhere = || Stop { at, steps, scope: LookedUp::Dependent(dependent.clone()) };
            let stop = failed.unwrap_or_else(nowhere);
            let tail = self.name.get(stop.at..).unwrap_or_default();
            let open = members.open && !tail.is_empty() && !matches!(stop.scope, LookedUp::Scalar(..));
            return if open { Ok(accepted(stop, tail)) } else { Err(stop) };
        };
        if members.open {
            // Elsewhere it may be in clear.
            end.field = end.field.map(|field| Field { redacted: None, ..field });
        }
        lacking.retain(|case| !have.contains(case));
        lacking.sort_unstable();
        lacking.dedup();
        end.missing_in.extend(lacking);
        Ok(end)
    }
}

/// Of two failures the one that came further.
pub(super) fn deeper(one: Option<Stop>, other: Stop) -> Stop {
    one.filter(|one| one.at >= other.at).unwrap_or(other)
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
fn merge(one: End, other: &End, before: &[Step], rest: &str) -> End {
    if one.steps != other.steps {
        let mut steps = before.to_vec();
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
        (Type::String | Type::Enum(_), Type::String | Type::Enum(_)) => Type::String,
        (Type::Integer, Type::Integer) => Type::Integer,
        (Type::Number | Type::Integer, Type::Number | Type::Integer) => Type::Number,
        (Type::Boolean, Type::Boolean) => Type::Boolean,
        (Type::Timestamp, Type::Timestamp) => Type::Timestamp,
        (Type::Ip, Type::Ip) => Type::Ip,
        (Type::Ip | Type::Endpoint, Type::Ip | Type::Endpoint) => Type::Endpoint,
        (Type::Array(one), Type::Array(other)) => Type::Array(Arc::new(union(one, other))),
        (Type::Map(one), Type::Map(other)) => Type::Map(Arc::new(union(one, other))),
        (Type::Json(one), Type::Json(other)) => Type::Json(Arc::new(union(one, other))),
        // Which members both have is asked when a name goes on into them, case by case.
        (Type::Object(one), Type::Object(other)) => {
            let mut fields = one.fields.clone();
            fields.extend(
                other.fields.iter().filter(|field| one.member(&field.name, false).is_none()).cloned(),
            );
            Type::Object(Arc::new(ObjectType {
                fields,
                open: one.open || other.open,
                documented: one.documented && other.documented,
            }))
        }
        _ => Type::Any,
    }
}
