//! One item: its modifiers in order, and its values joined into predicates.

use super::builder::{Builder, Context, Origin};
use super::codes;
use super::field::ResolvedField;
use super::findings::Owner;
use super::known_list::{self, Expanded};
use super::object;
use super::plan::{Alternative, Asked, Plan};
use super::text::Anchor;
use super::wording::{listed, with_article};
use crate::diagnostic::{Diagnostic, Severity};
use crate::ir::{Condition, FieldUse, Formula, PartTest, Predicate, Subject};
use crate::rule::{Item, ItemValue, Value, ValueKind};
use crate::schema::{Dependent, Type};
use crate::source::Span;

impl<'r> Builder<'r, '_> {
    /// The formula of an item about one field.
    pub(super) fn predicate(
        &mut self,
        item: &'r Item,
        values: &'r [Value],
        target: ResolvedField,
        context: Context<'_>,
    ) -> Option<Formula> {
        let written = target.looks.written.clone();
        let plan = Plan { spelling: target.spelling.clone(), written, ..Plan::new(item) };
        self.charge(values.len(), item.span)?;
        let context = if plan.neq { context.negated() } else { context };
        let elements = plan.kind != Asked::Exists;
        let (redacted, dependent) = (target.redacted.clone(), target.dependent.clone());
        let looks = target.looks.clone();
        let field = target.into_use(elements);
        self.apt(item, &plan, &field, dependent.as_deref(), values, context);
        let Expanded { values, lists } = self.expanded(item, &plan, Some(&field), values)?;
        let mut alternatives = Vec::with_capacity(values.len());
        let mut complete = true;
        for value in values.iter() {
            match self.alternative(item, &plan, &field, value, context) {
                Some(found) => alternatives.push(found),
                None => complete = false,
            }
        }
        if complete {
            self.judge(item, &plan, &field, redacted.as_ref(), &mut alternatives, context);
            self.judge_looks(item, &field, &looks, &alternatives, context);
            self.judge_vocabularies(item, &field, &alternatives);
        }
        self.label_lists(&lists);
        if !complete {
            return None;
        }
        if alternatives.is_empty() && lists.iter().all(|list| !list.kept) {
            return Some(self.nothing(item, &plan, &lists, context));
        }
        let alternatives = known_list::kept(alternatives, lists, plan.cased);
        let more = alternatives.iter().map(Alternative::size).sum::<usize>().saturating_sub(values.len());
        self.charge(more, item.span)?;
        let subject = Subject::Field(field);
        Some(join(&subject, &plan, alternatives, item.span))
    }

    /// The formula of keywords.
    pub(super) fn keywords(&mut self, item: &'r Item, context: Context<'_>) -> Option<Formula> {
        let ItemValue::Values { values, .. } = &item.value else { return None };
        self.charge(values.len(), item.span)?;
        let plan = Plan::new(item);
        let context = if plan.neq { context.negated() } else { context };
        let Expanded { values, lists } = self.expanded(item, &plan, None, values)?;
        if values.is_empty() {
            return Some(self.nothing(item, &plan, &lists, context));
        }
        let mut alternatives = Vec::with_capacity(values.len());
        for value in values.iter() {
            let ValueKind::Text { text, .. } = &value.kind else { return None };
            let found = match plan.kind {
                Asked::Regex => self.regex(item, &plan, text, value.span),
                _ => self.texts_of(item, &plan, text, Anchor::Anywhere, value.span),
            };
            alternatives.push(found?);
        }
        self.label_lists(&lists);
        Some(join(&Subject::Event, &plan, alternatives, item.span))
    }

    /// Checks that the modifiers apply to a field of this type.
    fn apt(
        &mut self,
        item: &Item,
        plan: &Plan,
        field: &FieldUse,
        dependent: Option<&dyn Dependent>,
        values: &[Value],
        context: Context<'_>,
    ) {
        let owner = Owner::from(item);
        let nulls = values.iter().all(|value| value.kind == ValueKind::Null);
        match &field.ty {
            Type::Object(_) | Type::Map(_) if plan.kind != Asked::Exists && !nulls => {
                let facts = context.known.facts();
                let mut members = object::members(field, dependent, values, facts);
                if let (Origin::Event, Some(schema), true) = (context.scope, self.schema, self.search()) {
                    members.extend(object::keys(schema, &field.text, facts));
                    members.extend(schema.rearranged(&field.text, facts));
                }
                let finding = Diagnostic::new(
                    &codes::value::OBJECT_COMPARED,
                    field.span,
                    format!("`{}` is an object, which is compared by its members", field.text),
                )
                .label("an object")
                .severity(if is_empty(values) { Severity::Warning } else { Severity::Error });
                let help = if members.is_empty() {
                    "name a member, or ask for presence with `exists`".to_owned()
                } else {
                    format!("name a member: {}", listed(members.iter().take(4)))
                };
                self.findings.add_for(owner, finding.help(help).suggest(members));
            }
            ty => {
                let texts = matches!(ty, Type::Integer | Type::Number | Type::Boolean);
                let wrong = match plan.kind {
                    _ if plan.is_text() => texts && !nulls,
                    Asked::Order(_) => {
                        !matches!(ty, Type::Integer | Type::Number | Type::Timestamp | Type::Any)
                    }
                    Asked::TimePart(..) => !matches!(ty, Type::Timestamp | Type::Any),
                    Asked::Cidr => !matches!(ty, Type::Ip | Type::Endpoint | Type::String | Type::Any),
                    Asked::Value | Asked::Regex | Asked::Exists | Asked::FieldRef(_) => false,
                };
                if wrong && let Some(modifier) = &plan.decisive {
                    let needs = match plan.kind {
                        Asked::Order(_) => "a number or a time",
                        Asked::TimePart(..) => "a time",
                        Asked::Cidr => "an address",
                        _ => "a text",
                    };
                    let finding = Diagnostic::new(
                        &codes::value::MODIFIER_TYPE,
                        modifier.span,
                        format!("the modifier needs {needs}, and `{}` is {}", field.text, with_article(ty)),
                    );
                    let help = match plan.kind {
                        Asked::Value | Asked::Regex => {
                            "compare with whole values, or with `lt`, `lte`, `gt`, `gte`"
                        }
                        _ => "compare with the values themselves",
                    };
                    let help =
                        if matches!(ty, Type::Boolean) { "compare with `true` or `false`" } else { help };
                    self.findings.add_for(owner, finding.help(help));
                }
            }
        }
        if plan.all && !plan.neq && is_one_value(field) && plan.kind == Asked::Value {
            self.all_on_scalar(item, plan, field, values, context);
        }
    }

    /// `all` with two different whole values on a field that has one.
    fn all_on_scalar(
        &mut self,
        item: &Item,
        plan: &Plan,
        field: &FieldUse,
        values: &[Value],
        context: Context<'_>,
    ) {
        if plan.place != Anchor::Whole || !plan.encoders.is_empty() {
            return;
        }
        let mut first: Option<(String, Span)> = None;
        for value in values {
            let ValueKind::Text { text, .. } = &value.kind else { continue };
            let Some(text) = super::text::unescaped(text) else { continue };
            let folded = crate::text::folded(&text);
            match &first {
                None => first = Some((folded, value.span)),
                Some((other, _)) if *other == folded => {}
                Some((_, place)) => {
                    let mut finding = Diagnostic::new(
                        &codes::whole::CONTRADICTION,
                        value.span,
                        format!("`{}` has one value, which cannot be two", field.text),
                    )
                    .also(*place, "this must be the value too")
                    .help("remove `all`, so that either value will do");
                    if !context.grave() {
                        finding = finding.severity(Severity::Warning);
                    }
                    self.findings.add_for(Owner::from(item), finding);
                    return;
                }
            }
        }
    }
}

/// The values of an item as one formula.
fn join(subject: &Subject, plan: &Plan, alternatives: Vec<Alternative>, span: Span) -> Formula {
    let pred = |test| Formula::Pred(Box::new(Predicate { subject: subject.clone(), test, span }));
    let formula = if plan.all {
        Formula::and(alternatives.into_iter().map(|alternative| match alternative {
            Alternative::Test(test) => pred(test),
            Alternative::Missing => pred(Condition::Exists).not(),
        }))
    } else {
        let mut tests = Vec::new();
        let mut missing = false;
        for alternative in alternatives {
            match alternative {
                Alternative::Test(test) => merge(&mut tests, test),
                Alternative::Missing => missing = true,
            }
        }
        // Any scalar at all: the texts say nothing more.
        if tests.iter().any(|test| matches!(test, Condition::Present)) {
            tests.retain(|test| !matches!(test, Condition::Text(_)));
        }
        let missing = missing.then(|| pred(Condition::Exists).not());
        Formula::or(tests.into_iter().map(pred).chain(missing))
    };
    if plan.neq { formula.not() } else { formula }
}

/// Adds a test to others of which one must hold; tests of one kind become one with several alternatives.
fn merge(tests: &mut Vec<Condition>, test: Condition) {
    let fits = |old: &Condition| match (old, &test) {
        (Condition::TimePart(old, PartTest::OneOf(_)), Condition::TimePart(new, PartTest::OneOf(_))) => {
            old == new
        }
        (Condition::Text(_), Condition::Text(_))
        | (Condition::Regex(_), Condition::Regex(_))
        | (Condition::Number(_), Condition::Number(_))
        | (Condition::Cidr(_), Condition::Cidr(_))
        | (Condition::Present, Condition::Present)
        | (Condition::Null, Condition::Null)
        | (Condition::Exists, Condition::Exists) => true,
        (Condition::Boolean(old), Condition::Boolean(new)) => old == new,
        _ => false,
    };
    let mergeable = !matches!(test, Condition::Order(..) | Condition::Time(..) | Condition::FieldRef { .. });
    let Some(old) = tests.iter_mut().find(|old| mergeable && fits(old)) else { return tests.push(test) };
    match (old, test) {
        (Condition::Text(old), Condition::Text(new)) => old.extend(new),
        (Condition::Regex(old), Condition::Regex(new)) => old.extend(new),
        (Condition::Number(old), Condition::Number(new)) => old.extend(new),
        (Condition::Cidr(old), Condition::Cidr(new)) => old.extend(new),
        (Condition::TimePart(_, PartTest::OneOf(old)), Condition::TimePart(_, PartTest::OneOf(new))) => {
            old.extend(new);
        }
        _ => {}
    }
}

/// Whether a field has one value: of a field about which nothing is known, a list may be reached.
fn is_one_value(field: &FieldUse) -> bool {
    field.path.is_scalar() && !matches!(field.ty, Type::Any)
}

/// Whether all values are the empty text, which some providers write in place of an object without members.
fn is_empty(values: &[Value]) -> bool {
    values.iter().all(|value| matches!(&value.kind, ValueKind::Text { text, .. } if text.is_empty()))
}
