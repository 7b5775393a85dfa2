//! Finds where a field lives in the table.

use super::super::ast::{Compare, Expr, Function};
use super::{Context, Inside, Lowerer};
use crate::backend::frame::{Column, Fixed, Frame, Stored};
use crate::backend::{Direction, codes as shared};
use crate::diagnostic::Diagnostic;
use crate::ir::FieldUse;
use crate::schema::{Base, ColumnType, Decode, Discriminator, Path, Step};
use crate::source::Span;

/// A value of the row, and what is known of it.
#[derive(Clone, Debug)]
pub(super) struct RowValue {
    /// The value.
    pub expr: Expr,
    /// How it is held.
    pub kind: Held,
    /// Canonical text and stored text, where they differ.
    pub values: Vec<(String, String)>,
    /// Whether the stored texts are compared without regard to case, since their spelling is not documented.
    pub fold: bool,
    /// Texts that are where the record lacks the field.
    pub absent_as: Vec<String>,
    /// The object and the key, where the value is a member.
    pub member: Option<(Expr, String)>,
    /// Whether the path was cut at dots, without knowing better.
    pub guessed: bool,
}

/// How a value is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Held {
    /// Inside a column of this type.
    Column(ColumnType),
    /// Part of a dynamic value.
    Dynamic,
    /// A column of a table that nothing is known of.
    Unknown,
}

impl RowValue {
    pub(super) fn dynamic(expr: Expr) -> Self {
        let (values, absent_as) = (Vec::new(), Vec::new());
        Self { expr, kind: Held::Dynamic, values, fold: false, absent_as, member: None, guessed: false }
    }

    /// The value as a text: empty where it is missing.
    pub(super) fn text(&self) -> Expr {
        match self.kind {
            Held::Column(ColumnType::String) => self.expr.clone(),
            _ => Expr::call(Function::ToString, self.expr.clone()),
        }
    }

    /// Whether the value is a column of text, which is empty, never null, where the record lacks it.
    pub(super) fn is_text_column(&self) -> bool {
        self.kind == Held::Column(ColumnType::String)
    }
}

fn is_array_step(step: &Step) -> bool {
    matches!(step, Step::Each | Step::Select { .. })
}

/// A predicate of the delivery: a column holds one of the texts.
pub(super) fn fixed(frame: Frame<'_>, Fixed { path, values }: Fixed<'_>) -> Option<Expr> {
    let mut keys = path.steps.iter().filter_map(|step| match step {
        Step::Key(key) => Some(key.to_string()),
        _ => None,
    });
    let name = keys.next()?;
    let ty = frame.columns().find(|column| column.name == name).map(|column| column.ty);
    let column = Expr::column(name);
    let mut value = keys.clone().fold(column, Expr::member);
    let is_dynamic = keys.next().is_some() || matches!(ty, Some(ColumnType::Dynamic | ColumnType::Guid));
    let literal = |value: &Discriminator| match (value, ty) {
        (Discriminator::Text(text), Some(ColumnType::Integer)) if !is_dynamic => {
            text.parse().map_or_else(|_| Expr::text(text), Expr::Integer)
        }
        (Discriminator::Text(text), Some(ColumnType::Boolean)) if !is_dynamic => {
            Expr::Boolean(text.eq_ignore_ascii_case("true"))
        }
        // A column of text holds the number or truth value as one.
        (value, Some(ColumnType::String)) if !is_dynamic => Expr::text(value.text()),
        (Discriminator::Text(text), _) => Expr::text(text),
        (Discriminator::Integer(number), _) => Expr::Integer(*number),
        (Discriminator::Boolean(value), _) if is_dynamic => Expr::text(value.to_string()),
        (Discriminator::Boolean(value), _) => Expr::Boolean(*value),
    };
    let numeric = values.iter().all(|value| matches!(value, Discriminator::Integer(_)));
    if is_dynamic {
        value = Expr::call(if numeric { Function::ToLong } else { Function::ToString }, value);
    }
    // A truth value inside a dynamic one is written in either case.
    let fold = is_dynamic && values.iter().any(|value| matches!(value, Discriminator::Boolean(_)));
    Some(among(value, values.iter().map(literal).collect(), fold))
}

/// `value == x`, or `value in (…)`; `false` for an empty list.
pub(super) fn among(value: Expr, mut list: Vec<Expr>, fold: bool) -> Expr {
    match list.len() {
        0 => Expr::Boolean(false),
        1 => value.compare(if fold { Compare::EqualsFold } else { Compare::Equals }, list.remove(0)),
        _ => Expr::In { value: Box::new(value), fold, list },
    }
}

impl Lowerer<'_> {
    /// The path from the event, where it is known.
    pub(super) fn absolute(path: &Path, scope: &Inside) -> Option<Path> {
        match (path.base, scope) {
            (Base::Event, _) => Some(path.clone()),
            (Base::Element, _) => None,
        }
    }

    /// Whether one value is reached, so that no array has to be opened: every array step lies in front of a column.
    pub(super) fn is_flat(&self, path: &Path, scope: &Inside) -> bool {
        let Some(path) = Self::absolute(path, scope) else { return !path.steps.iter().any(is_array_step) };
        match self.frame.stored(&path) {
            Stored::Column(column) => !column.rest.iter().any(is_array_step),
            Stored::Raw => !path.steps.iter().any(is_array_step),
            // The refusal names the whole path.
            Stored::Absent(_) => true,
        }
    }

    /// Where the value at `path`, of `field`, is. The path must be flat.
    pub(super) fn place(&mut self, path: &Path, field: &FieldUse, context: &Context) -> Option<RowValue> {
        let Some(path) = Self::absolute(path, &context.scope) else {
            return match &context.scope {
                Inside::Element(element) => {
                    self.walk(RowValue::dynamic(element.clone()), &path.steps, field, context)
                }
                Inside::Event => self.refuse_array(field.span),
            };
        };
        match self.frame.stored(&path) {
            Stored::Column(column) => self.column(&column, field, context),
            Stored::Raw => self.raw(&path, field, context),
            Stored::Absent(reason) => {
                self.ledger.refuse(self.frame.not_carried(&path.to_string(), reason, field.span))
            }
        }
    }

    /// A value inside a known column.
    fn column(&mut self, column: &Column<'_>, field: &FieldUse, context: &Context) -> Option<RowValue> {
        let name = column.name;
        let plain = RowValue {
            expr: Expr::column(name),
            kind: Held::Column(column.ty),
            values: column.values.to_vec(),
            fold: !column.values.is_empty() && !column.spelt,
            absent_as: column.absent_as.to_vec(),
            member: None,
            guessed: false,
        };
        let (mut start, mut rest) = (plain, column.rest.as_slice());
        if column.decode == Decode::ParseJson {
            start = RowValue::dynamic(Expr::call(Function::ParseJson, start.expr));
            // The decoding has read the text already.
            rest = rest.strip_prefix(&[Step::Json]).unwrap_or(rest);
        }
        if column.ty == ColumnType::Dynamic {
            start.kind = Held::Dynamic;
        }
        let (first, is_dynamic) = (rest.first(), start.kind == Held::Dynamic);
        if is_dynamic || matches!(first, None | Some(Step::Json)) {
            return self.walk(start, rest, field, context);
        }
        let message = format!("`{name}` holds no members, so that `{}` cannot be read from it", field.text);
        let finding = Diagnostic::new(&shared::COLUMN_TYPE, field.span, message);
        self.ledger.refuse(finding.help("test another field, or compile for another target"))
    }

    /// A value of a table whose columns are the record's own keys.
    fn raw(&mut self, path: &Path, field: &FieldUse, context: &Context) -> Option<RowValue> {
        let (first, mut rest) = match path.steps.split_first() {
            Some((Step::Key(key), rest)) => (key.to_string(), rest.to_vec()),
            Some((Step::Dotted(name), rest)) => match name.split_once('.') {
                Some((first, more)) => (
                    first.to_owned(),
                    std::iter::once(Step::Dotted(more.into())).chain(rest.iter().cloned()).collect(),
                ),
                None => (name.to_string(), rest.to_vec()),
            },
            _ => return self.refuse_array(field.span),
        };
        let start = RowValue { kind: Held::Unknown, ..RowValue::dynamic(Expr::column(first)) };
        if rest.first() == Some(&Step::Json) {
            rest.remove(0);
            let parsed = RowValue::dynamic(Expr::call(Function::ParseJson, start.text()));
            return self.walk(parsed, &rest, field, context);
        }
        self.walk(start, &rest, field, context)
    }

    /// Follows steps inside a dynamic value.
    fn walk(
        &mut self,
        start: RowValue,
        steps: &[Step],
        field: &FieldUse,
        context: &Context,
    ) -> Option<RowValue> {
        let mut place = start;
        for step in steps {
            place = match step {
                Step::Key(key) => member(place.expr, key),
                Step::First(names) => match names.split_last() {
                    None => place,
                    Some((last, [])) => member(place.expr, last),
                    Some((last, before)) => RowValue::dynamic(first(&place.expr, before, last)),
                },
                Step::Json => RowValue::dynamic(Expr::call(Function::ParseJson, place.text())),
                Step::Dotted(name) => {
                    if self.checked() {
                        self.guess(field, context, field.span);
                    }
                    let place = name.split('.').fold(place, |place, key| member(place.expr, key));
                    RowValue { guessed: true, ..place }
                }
                Step::Each | Step::Select { .. } => return self.refuse_array(field.span),
            };
        }
        Some(place)
    }

    fn guess(&mut self, field: &FieldUse, context: &Context, span: Span) {
        let effect = Direction::Narrower.under(context.polarity).effect();
        let message = format!("{effect} events whose `{}` lies in an array", field.text);
        self.ledger.note(&shared::UNKNOWN_PATH, context.polarity, Direction::Narrower, span, message);
    }
}

fn member(object: Expr, key: &str) -> RowValue {
    let value = RowValue::dynamic(object.clone().member(key));
    RowValue { member: Some((object, key.to_owned())), ..value }
}

/// The first member that is present. `coalesce` would pass over a member that is the empty text.
fn first(object: &Expr, before: &[Box<str>], last: &str) -> Expr {
    before.iter().rev().fold(object.clone().member(last), |rest, name| {
        let member = object.clone().member(&**name);
        Expr::Call(Function::Iff, vec![Expr::call(Function::IsNotNull, member.clone()), member, rest])
    })
}
