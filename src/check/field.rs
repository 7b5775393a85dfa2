//! Field names become typed paths.

use std::rc::Rc;
use std::sync::Arc;

use super::builder::{Builder, Context, MAX_NAMES, Origin};
use super::codes;
use super::findings::Owner;
use super::known::{Fact, MAX_VALUES};
use super::literal;
use super::site::Site;
use super::text;
use super::wording::{article, did_you_mean, listed, not_shown, part_span, with_article};
use super::written::Written;
use crate::diagnostic::{Diagnostic, Severity};
use crate::ir::FieldUse;
use crate::rule::modifier::Modifier;
use crate::rule::{Item, ItemValue, NamePart, ValueKind};
use crate::schema::{
    Base, Dependent, Facts, Field, Form, Format, OtherName, Path, Redaction, Resolved, Step, Type, Unresolved,
};
use crate::source::{Span, Spanned};

/// A resolved field, as a predicate or a selector needs it.
#[derive(Clone, Debug)]
pub(super) struct ResolvedField {
    /// The path to the end of the name; before the elements, when that is an array.
    pub path: Path,
    /// The type there.
    pub ty: Type,
    /// Set when the members follow from other fields.
    pub dependent: Option<Arc<dyn Dependent>>,
    /// What is in place of the value when the provider redacts it.
    pub redacted: Option<Redaction>,
    /// What its texts look like.
    pub looks: Looks,
    /// How the name departs from the canonical one.
    pub spelling: Option<OtherName>,
    /// Whether the value is never the empty string.
    pub never_empty: bool,
    /// Whether it is left out rather than null.
    pub never_null: bool,
    /// Whether every record has it.
    pub always: bool,
    /// The name as written.
    pub text: String,
    /// Where it is.
    pub span: Span,
}

impl ResolvedField {
    /// The field as a predicate uses it: at the elements of an array, unless the array itself is meant.
    pub fn into_use(self, elements: bool) -> FieldUse {
        let (path, ty) = if elements { elements_of(self.path, self.ty) } else { (self.path, self.ty) };
        FieldUse {
            path,
            ty,
            never_empty: self.never_empty,
            never_null: self.never_null,
            always: self.always,
            text: self.text,
            span: self.span,
        }
    }

    /// A field of which nothing is known but the name.
    pub fn unknown(name: &str, base: Base, span: Span) -> Self {
        Self {
            path: Path { base, steps: vec![Step::Dotted(name.into())] },
            ty: Type::Any,
            dependent: None,
            redacted: None,
            looks: Looks::default(),
            spelling: None,
            never_empty: false,
            never_null: false,
            always: false,
            text: name.to_owned(),
            span,
        }
    }

    pub fn from(resolved: Resolved, name: &str, span: Span) -> Self {
        let field = resolved.field.as_ref();
        Self {
            dependent: field.and_then(|field| field.dependent.clone()),
            redacted: field.and_then(|field| field.redacted.clone()),
            looks: field.map(Looks::of).unwrap_or_default(),
            spelling: resolved.spelling.clone(),
            never_empty: field.is_some_and(|field| field.never_empty),
            never_null: field.is_some_and(|field| field.never_null),
            // Only a member of the record itself: what lies deeper may lack a parent.
            always: resolved.path.steps.len() == 1 && field.is_some_and(|field| field.always),
            path: resolved.path,
            ty: resolved.ty,
            text: name.to_owned(),
            span,
        }
    }
}

/// What the texts of a field look like.
#[derive(Clone, Debug, Default)]
pub(super) struct Looks {
    /// Their format.
    pub format: Option<Format>,
    /// How they are written.
    pub forms: std::sync::Arc<[Form]>,
    /// What is there besides.
    pub also: Box<[Box<str>]>,
    /// How its values are written.
    pub written: Written,
}

impl Looks {
    fn of(field: &Field) -> Self {
        Self {
            format: field.format,
            forms: field.forms.clone(),
            also: field.also.clone(),
            written: Written::of(field),
        }
    }

    /// Whether a text is one of those that are there besides.
    pub fn also(&self, text: &str) -> bool {
        self.also.iter().any(|known| crate::text::equals(text, known))
    }
}

/// The most values of all facts together with which a lookup is remembered.
const MAX_QUESTION: usize = 64;

/// The path and type of the elements, through arrays of arrays too.
pub(super) fn elements_of(mut path: Path, mut ty: Type) -> (Path, Type) {
    while let Type::Array(element) = &ty {
        path.steps.push(Step::Each);
        ty = (**element).clone();
    }
    (path, ty)
}

impl<'r> Builder<'r, '_> {
    /// Looks a name up where names start.
    fn look_up(
        &mut self,
        name: &str,
        scope: Origin<'_>,
        facts: &Facts,
    ) -> Option<Result<Resolved, Unresolved>> {
        let schema = self.schema?;
        if let Origin::Element(ty) = scope {
            return Some(schema.resolve_in(ty, name, facts));
        }
        if facts.iter().map(|(_, values)| values.len()).sum::<usize>() > MAX_QUESTION {
            return Some(schema.resolve(name, facts));
        }
        let known = facts.iter().map(|(path, values)| (path.clone(), values.clone())).collect();
        let question = (name.to_owned(), known);
        if let Some(found) = self.caches.resolved.get(&question) {
            return Some((**found).clone());
        }
        // Past the bounds, which `resolve` reports, nothing more is looked up.
        if self.caches.resolved.len() >= MAX_NAMES || self.budget.too_many_unknown().is_some() {
            return None;
        }
        let found = Rc::new(schema.resolve(name, facts));
        if found.is_err() {
            self.budget.miss();
        }
        self.caches.resolved.insert(question, Rc::clone(&found));
        Some((*found).clone())
    }

    /// Whether a name from the event leads into something whose type follows from other fields.
    fn is_dependent(&self, name: &str) -> bool {
        let mut object = self.schema.map(|schema| &schema.record);
        let mut rest = name;
        while let Some(here) = object {
            let Some(field) = here.member(rest, false) else { return false };
            if field.dependent.is_some() {
                return true;
            }
            rest = rest.get(field.name.len() + 1..).unwrap_or_default();
            object = match &field.ty {
                Type::Object(inner) => Some(inner),
                _ => None,
            };
        }
        false
    }

    /// Resolves a part of an item's field name; what does not resolve is reported and taken as written.
    pub(super) fn resolve(
        &mut self,
        item: &'r Item,
        name: &'r Spanned<String>,
        context: Context<'_>,
        first: bool,
    ) -> ResolvedField {
        let base = match context.scope {
            Origin::Event => Base::Event,
            Origin::Element(_) => Base::Element,
        };
        if name.value == "."
            && let Origin::Element(_) = context.scope
        {
            return Self::element_itself(item, context);
        }
        let too_many = (self.caches.resolved.len() >= MAX_NAMES).then_some("it names too many fields");
        if let Some(why) = self.budget.too_many_unknown().or(too_many) {
            self.too_large(name.span, why);
            return ResolvedField::unknown(&name.value, base, name.span);
        }
        match self.look_up(&name.value, context.scope, context.known.facts()) {
            None => ResolvedField::unknown(&name.value, base, name.span),
            Some(Ok(resolved)) => {
                if first {
                    self.sites.push(Site {
                        item,
                        name,
                        resolved: resolved.clone(),
                        positive: context.positive,
                    });
                }
                ResolvedField::from(resolved, &name.value, name.span)
            }
            Some(Err(unresolved)) => {
                let finding = self.unresolved(name, unresolved, context);
                self.findings.add_for(Owner::from(item), finding);
                ResolvedField::unknown(&name.value, base, name.span)
            }
        }
    }

    /// The element that the innermost block speaks of.
    pub(super) fn element_itself(item: &Item, context: Context<'_>) -> ResolvedField {
        let ty = match context.scope {
            Origin::Event => Type::Any,
            Origin::Element(ty) => ty.clone(),
        };
        let (text, span) = match &item.field {
            Some(field) => (field.text.clone(), field.span),
            None => (String::new(), item.span),
        };
        ResolvedField {
            path: Path { base: Base::Element, steps: Vec::new() },
            ty,
            dependent: None,
            redacted: None,
            looks: Looks::default(),
            spelling: None,
            never_empty: false,
            never_null: false,
            always: false,
            text,
            span,
        }
    }

    /// The array that a selector applies to, and the type of its elements. A scalar is an array of one.
    pub(super) fn array(&mut self, item: &Item, target: ResolvedField, selector: Span) -> (Path, Type) {
        match target.ty {
            Type::Array(element) => (target.path, (*element).clone()),
            Type::Any => (target.path, Type::Any),
            ty => {
                let finding = Diagnostic::new(
                    &codes::name::SELECTOR_ON_SCALAR,
                    selector,
                    format!("`{}` is not an array", target.text),
                );
                let finding = finding.label(format!("it is {}", with_article(&ty)));
                self.findings.add_for(Owner::from(item), finding.help("remove the selector"));
                (target.path, ty)
            }
        }
    }

    fn unresolved(&self, name: &Spanned<String>, unresolved: Unresolved, context: Context<'_>) -> Diagnostic {
        let text = &name.value;
        let log = self.schema.map_or("the log", |schema| schema.name.as_str());
        match unresolved {
            Unresolved::Unknown { at, within, nearest } => {
                let part = text.get(at.clone()).unwrap_or(text);
                let message = if within == log {
                    format!("{log} has no field `{part}`")
                } else {
                    format!("`{within}` has no member `{part}`")
                };
                let finding = Diagnostic::new(&codes::name::UNKNOWN_FIELD, part_span(name, at), message);
                did_you_mean(finding, name.span, nearest)
            }
            Unresolved::NotInCases { at, cases, nearest, elsewhere, bare } => {
                let part = text.get(at.clone()).unwrap_or(text);
                let owner = text.get(..at.start).unwrap_or_default().trim_end_matches('.');
                let mut finding = Diagnostic::new(
                    &codes::name::FIELD_NOT_HERE,
                    part_span(name, at),
                    format!("`{owner}` of {} has no member `{part}`", listed(&cases)),
                );
                if !context.grave() {
                    // A filter that names what these events lack keeps nothing out; the rule still fires.
                    finding = finding.severity(Severity::Warning);
                }
                if let Some(why) = bare {
                    // Only what a failed call says there can be meant; what else is near is not in these events.
                    let near: Vec<_> = nearest.into_iter().filter(|near| near.starts_with(owner)).collect();
                    let finding = finding.label(why);
                    if near.is_empty() {
                        return finding.help("compare another field, or name another event");
                    }
                    return did_you_mean(finding, name.span, near);
                }
                if nearest.is_empty() && !elsewhere.is_empty() {
                    let verb = if elsewhere.len() == 1 { "has" } else { "have" };
                    return finding.help(format!("{} {verb} it", listed(&elsewhere)));
                }
                did_you_mean(finding, name.span, nearest)
            }
            Unresolved::Scalar { scalar, redacted: Some(redacted), .. } if redacted != Redaction::Perhaps => {
                not_shown(&redacted, &scalar, name.span, context.grave())
            }
            Unresolved::Scalar { at, scalar, ty, nearest, .. } => {
                let part = text.get(at.clone()).unwrap_or(text).trim_start_matches('.').to_owned();
                let finding = Diagnostic::new(
                    &codes::name::BELOW_SCALAR,
                    part_span(name, at),
                    format!("`{scalar}` has no member `{part}`"),
                )
                .label(format!("`{scalar}` is {}", article(ty)));
                if nearest.is_empty() {
                    return finding.help(format!("write `{scalar}`")).suggest([scalar]);
                }
                did_you_mean(finding, name.span, nearest)
            }
        }
    }

    /// The right side of a `fieldref`: relative to the element when it resolves there, else from the event.
    pub(super) fn referred(
        &mut self,
        item: &Item,
        name: &Spanned<String>,
        context: Context<'_>,
    ) -> ResolvedField {
        let facts = context.known.facts();
        if let Origin::Element(_) = context.scope {
            if name.value == "." {
                return Self::element_itself(item, context);
            }
            match self.look_up(&name.value, context.scope, facts) {
                None => return ResolvedField::unknown(&name.value, Base::Element, name.span),
                Some(Ok(resolved)) if resolved.declared => {
                    return ResolvedField::from(resolved, &name.value, name.span);
                }
                Some(_) => {}
            }
        }
        match self.look_up(&name.value, Origin::Event, facts) {
            None => ResolvedField::unknown(&name.value, Base::Event, name.span),
            Some(Ok(resolved)) => ResolvedField::from(resolved, &name.value, name.span),
            Some(Err(unresolved)) => {
                let finding = self.unresolved(name, unresolved, context);
                self.findings.add_for(Owner::from(item), finding);
                ResolvedField::unknown(&name.value, Base::Event, name.span)
            }
        }
    }

    /// What an item says of its field when it holds, or, not `positive`, when it does not: that it is one of a few
    /// values. `None` when it says no such thing.
    pub(super) fn fact(
        &mut self,
        item: &Item,
        positive: bool,
        scope: Origin<'_>,
    ) -> Option<Rc<(Path, Fact)>> {
        if positive == item.has(Modifier::Neq) {
            return None;
        }
        let owner = Owner::from(item);
        if let Some(found) = self.caches.facts.get(&owner) {
            return found.clone();
        }
        let found = self.equalities(item, scope).map(Rc::new);
        self.caches.facts.insert(owner, found.clone());
        found
    }

    fn equalities(&mut self, item: &Item, scope: Origin<'_>) -> Option<(Path, Fact)> {
        let [NamePart::Name(name)] = &item.field.as_ref()?.parts[..] else { return None };
        let ItemValue::Values { values, .. } = &item.value else { return None };
        let plain = |found: &Spanned<Modifier>| match found.value {
            Modifier::Cased | Modifier::Neq => true,
            Modifier::All => values.len() == 1,
            _ => false,
        };
        if item.faulty || !item.modifiers.iter().all(plain) || values.len() > MAX_VALUES {
            return None;
        }
        // What a dependent field is called and holds is not known before the facts are.
        if self.is_dependent(&name.value) {
            return None;
        }
        let resolved = self.look_up(&name.value, scope, &Facts::default())?.ok()?;
        let (path, ty) = (resolved.path, resolved.ty);
        if !path.is_scalar() {
            return None;
        }
        let spelling = resolved.spelling;
        let read = |text: &str| match &ty {
            Type::Enum(known_values) => {
                let text = text::unescaped(text)?;
                let Some(member) = known_values.canonical(&text) else {
                    return Some(crate::text::folded(&text));
                };
                // Another name of the same thing has been reported; what is meant by it decides the rest.
                Some(known_values.logged_as(member).unwrap_or(member).to_owned())
            }
            Type::String | Type::Ip | Type::Endpoint | Type::Timestamp | Type::Json(_) => {
                Some(crate::text::folded(&text::unescaped(text)?))
            }
            Type::Boolean => Some(literal::boolean(text)?.to_string()),
            Type::Integer => Some(literal::integer(text).ok()?.to_string()),
            Type::Number | Type::Object(_) | Type::Array(_) | Type::Map(_) | Type::Any => None,
        };
        let found = values.iter().map(|value| match &value.kind {
            ValueKind::Text { text, .. } => {
                let canonical = spelling.as_ref().and_then(|spelling| canonical(spelling, text));
                read(canonical.as_deref().unwrap_or(text))
            }
            ValueKind::Null | ValueKind::Hole => None,
        });
        let values = found.collect::<Option<_>>()?;
        let catalogued = matches!(ty, Type::Enum(_));
        Some((path, Fact { values: Rc::new(values), span: item.span, catalogued }))
    }
}

/// The value that means the canonical text, where another shape writes it otherwise.
pub(super) fn canonical(spelling: &OtherName, value: &str) -> Option<String> {
    if spelling.values.is_empty() {
        return None;
    }
    spelling.canonical_value(&text::unescaped(value)?).map(text::escaped)
}
