//! One value: read as the type of its field says.

use super::builder::{Builder, Context};
use super::codes;
use super::encode;
use super::findings::Owner;
use super::literal::{self, NotNumber};
use super::plan::{Alternative, Asked, NoText, Plan, texts};
use super::text::{self, Anchor, Wanted};
use super::wording::with_article;
use crate::diagnostic::{Code, Diagnostic, Fix};
use crate::ir::address;
use crate::ir::pattern::{Portable, ProblemKind};
use crate::ir::{Block, Condition, FieldUse, Number, Order, PartTest, Regex, Text};
use crate::rule::cidr::Cidr;
use crate::rule::modifier::Modifier;
use crate::rule::pattern::{Piece, pieces};
use crate::rule::{Item, ItemValue, Value, ValueKind};
use crate::schema::Type;
use crate::source::{Span, Spanned};
use crate::time::Timestamp;

/// A value in the source.
#[derive(Clone, Copy, Debug)]
struct Source<'v> {
    text: &'v str,
    span: Span,
}

impl<'r> Builder<'r, '_> {
    /// The test that one value asks for; `None` when it has no meaning, which has been reported, here or, where the
    /// form of the value does not suit its modifiers, by the reader.
    pub(super) fn alternative(
        &mut self,
        item: &'r Item,
        plan: &Plan,
        field: &FieldUse,
        value: &Value,
        context: Context<'_>,
    ) -> Option<Alternative> {
        let text = match &value.kind {
            // With a modifier that asks for a value the reader has refused it.
            ValueKind::Null => return Some(Alternative::Test(Condition::Null)),
            ValueKind::Hole => return None,
            ValueKind::Text { text, .. } => text,
        };
        let canonical = plan.canonical(text);
        let text = canonical.as_deref().unwrap_or(text);
        let source = Source { text, span: value.span };
        match plan.kind {
            Asked::Exists => literal::boolean(text).map(|present| {
                if present { Alternative::Test(Condition::Exists) } else { Alternative::Missing }
            }),
            Asked::Regex => self.regex(item, plan, text, value.span),
            Asked::Cidr => {
                let block = Cidr::parse(text)?;
                let block = Block { first: block.first(), prefix: block.prefix };
                Some(Alternative::Test(Condition::Cidr(vec![self.network(item, field, block, value.span)])))
            }
            Asked::Order(order) => self.order(item, order, field, source),
            Asked::TimePart(part, order) => {
                let number = text.parse().ok()?;
                let asked = order
                    .map_or_else(|| PartTest::OneOf(vec![number]), |order| PartTest::Order(order, number));
                Some(Alternative::Test(Condition::TimePart(part, asked)))
            }
            Asked::FieldRef(relation) => {
                let name = Spanned::new(text.to_owned(), value.span);
                let other = self.referred(item, &name, context);
                if let Type::Object(_) | Type::Map(_) = other.ty {
                    let finding = Diagnostic::new(
                        &codes::value::OBJECT_COMPARED,
                        value.span,
                        format!("`{text}` is an object, which equals no value"),
                    );
                    self.report(item, finding.label("an object").help("name one of its members"));
                }
                let other = other.into_use(true);
                Some(Alternative::Test(Condition::FieldRef { relation, other, cased: plan.cased }))
            }
            Asked::Value if plan.is_text() => self.texts_of(item, plan, text, plan.place, value.span),
            Asked::Value => self.typed(item, plan, field, source),
        }
    }

    /// Reports a finding about the current use of an item. What an encoder makes of a value is not what is written there,
    /// so that nothing in its terms is a correction of the value.
    pub(super) fn report(&mut self, item: &Item, mut finding: Diagnostic) {
        let encodes = item.modifiers.iter().any(|modifier| modifier.value.encodes());
        let has_dash = |value: &Value| matches!(&value.kind, ValueKind::Text { text, .. } if text.contains(encode::DASHES));
        let changes = |value: &Value| encodes || item.has(Modifier::Windash) && has_dash(value);
        if let ItemValue::Values { values, .. } = &item.value {
            let of_value = |span: Span| values.iter().any(|value| value.span == span && changes(value));
            let corrects =
                finding.fix.as_ref().is_some_and(|fix| fix.edits.iter().any(|edit| of_value(edit.span)));
            if corrects {
                (finding.fix, finding.help) = (None, None);
                finding.suggestions.clear();
            }
        }
        self.findings.add_for(Owner::from(item), finding);
    }

    /// A value without modifiers, by the field's type.
    /// What the type cannot read is reported and compared as text, which is what the evaluator would see.
    fn typed(
        &mut self,
        item: &Item,
        plan: &Plan,
        field: &FieldUse,
        source: Source<'_>,
    ) -> Option<Alternative> {
        let as_text =
            |builder: &mut Self| builder.texts_of(item, plan, source.text, Anchor::Whole, source.span);
        if pieces(source.text) == [Piece::Any] {
            return Some(Alternative::Test(Condition::Present));
        }
        let wrong = |help: &str| wrong_type(field, source, help);
        match &field.ty {
            // However it is written: with a port, in brackets, or without.
            Type::Endpoint => match address::alone(source.text) {
                Some(address) => Some(Alternative::Test(Condition::Cidr(vec![Block::of(address)]))),
                None => as_text(self),
            },
            Type::String
            | Type::Enum(_)
            | Type::Json(_)
            | Type::Ip
            | Type::Any
            | Type::Object(_)
            | Type::Map(_)
            | Type::Array(_) => as_text(self),
            Type::Integer => match literal::integer(source.text) {
                Ok(number) => {
                    if number == 0 && plan.written.false_is_absent {
                        self.left_out(item, field, source.text, source.span);
                    }
                    self.unlabelled(item, field, &plan.written, source.text, source.span);
                    Some(Alternative::Test(Condition::Number(vec![Number::Integer(number)])))
                }
                Err(problem) => {
                    if let Some(number) = self.labelled(item, field, &plan.written, source.text, source.span)
                    {
                        let number = literal::integer(&number).ok()?;
                        return Some(Alternative::Test(Condition::Number(vec![Number::Integer(number)])));
                    }
                    let finding = match problem {
                        NotNumber::Form => {
                            let finding = wrong("write a whole number in decimal digits");
                            self.near_labels(finding, &plan.written, source.text)
                        }
                        NotNumber::Range => out_of_range(source, "64 bits do not hold the number"),
                    };
                    self.report(item, finding);
                    as_text(self)
                }
            },
            Type::Number => match literal::number(source.text) {
                Ok(number) => {
                    if plan.written.false_is_absent && literal::is_zero(source.text) {
                        self.left_out(item, field, source.text, source.span);
                    }
                    Some(Alternative::Test(Condition::Number(vec![number])))
                }
                Err(problem) => {
                    let finding = match problem {
                        NotNumber::Form => wrong("write a decimal number"),
                        NotNumber::Range => out_of_range(source, "64 bits do not hold the number"),
                    };
                    self.report(item, finding);
                    as_text(self)
                }
            },
            Type::Boolean => {
                if let Some(value) = literal::boolean(source.text) {
                    if !value && plan.written.false_is_absent {
                        self.left_out(item, field, source.text, source.span);
                    }
                    return Some(Alternative::Test(Condition::Boolean(value)));
                }
                let mut finding = wrong("write `true` or `false`");
                if let Some(value) = literal::loose_boolean(source.text) {
                    finding = finding
                        .help(format!("write `{value}`"))
                        .fix(Fix::safe(source.span, value.to_string()));
                }
                self.report(item, finding);
                as_text(self)
            }
            Type::Timestamp => {
                self.time_equality(item, field, source);
                as_text(self)
            }
        }
    }

    /// A time can equal only a whole time.
    fn time_equality(&mut self, item: &Item, field: &FieldUse, source: Source<'_>) {
        let Some(text) = text::unescaped(source.text) else { return };
        match crate::time::parse(&text) {
            Some((_, written)) if !written.date_only => {}
            Some(_) => {
                let finding =
                    wrong_type(field, source, "for a whole day, write `startswith`, or `gte` and `lt`");
                self.report(item, finding.label("a date without a time"));
            }
            None => {
                self.report(item, wrong_type(field, source, "write a time such as `2026-01-02T03:04:05Z`"));
            }
        }
    }

    /// A value compared as text.
    pub(super) fn texts_of(
        &mut self,
        item: &Item,
        plan: &Plan,
        source: &str,
        place: Anchor,
        span: Span,
    ) -> Option<Alternative> {
        let wanted = match texts(source, plan, place) {
            Ok(wanted) => wanted,
            Err(problem) => {
                let (code, message, help) = match problem {
                    NoText::Wildcard => return None,
                    NoText::Bytes => (
                        &codes::text::ENCODED_BYTES,
                        "the encoded value is not text, which no field holds",
                        "encode it further with `base64` or `base64offset`",
                    ),
                    NoText::Short => (
                        &codes::text::ENCODED_SHORT,
                        "the value is too short to be recognised when it is encoded",
                        "give at least three characters",
                    ),
                    NoText::Many => (
                        &codes::text::TOO_MANY_SPELLINGS,
                        "the value has too many spellings",
                        "shorten the value, or write a regular expression",
                    ),
                };
                self.report(item, Diagnostic::new(code, span, message).help(help));
                return None;
            }
        };
        let mut found = Vec::with_capacity(wanted.len());
        for wanted in wanted {
            match wanted {
                Wanted::Present => return Some(Alternative::Test(Condition::Present)),
                Wanted::Pattern(shape) => found.push(Text { shape, cased: plan.cased, member: false, span }),
            }
        }
        Some(Alternative::Test(Condition::Text(found)))
    }

    /// A regular expression; one that no engine reads has no meaning.
    pub(super) fn regex(
        &mut self,
        item: &Item,
        plan: &Plan,
        pattern: &str,
        span: Span,
    ) -> Option<Alternative> {
        let regex = Regex {
            pattern: pattern.to_owned(),
            ignore_case: plan.ignore_case,
            multi_line: plan.multi_line,
            dot_all: plan.dot_all,
            span,
        };
        if let Err(problem) = Portable::parse(&regex) {
            let part = pattern.get(problem.range.clone()).unwrap_or_default();
            let finding = |code: &'static Code, message: String| {
                let finding = Diagnostic::new(code, span, message);
                if part.is_empty() {
                    finding
                } else {
                    finding.label(format!("at `{part}`: {}", problem.message))
                }
            };
            match problem.kind {
                ProblemKind::Syntax => {
                    let help = "correct the expression; `\\` before a punctuation character makes it literal";
                    let message = format!("the regular expression does not parse: {}", problem.message);
                    self.report(item, Diagnostic::new(&codes::text::REGEX_SYNTAX, span, message).help(help));
                    return None;
                }
                ProblemKind::PcreOnly | ProblemKind::Differs => {
                    let finding = finding(
                        &codes::text::REGEX_NOT_PORTABLE,
                        "the regular expression is not portable".into(),
                    );
                    self.report(item, finding.help("write it with literals, classes, groups, alternation and `* + ? {n,m}`, or part it into several items"));
                }
            }
        }
        Some(Alternative::Test(Condition::Regex(vec![regex])))
    }

    fn order(
        &mut self,
        item: &Item,
        order: Order,
        field: &FieldUse,
        source: Source<'_>,
    ) -> Option<Alternative> {
        let time = crate::time::parse(source.text);
        let by_time = match (&field.ty, time) {
            (Type::Timestamp, time) => Some(time),
            (Type::Any, Some(time)) => Some(Some(time)),
            _ => None,
        };
        if let Some(time) = by_time {
            if let Some((time, written)) = time {
                if let Some(finding) = written.date_only.then(|| day_bound(order, source, time)).flatten() {
                    self.report(item, finding);
                }
                return Some(Alternative::Test(Condition::Time(order, time)));
            }
            let help = "write a date or a time: `2026-01-02`, `2026-01-02T03:04:05Z`";
            self.report(item, wrong_type(field, source, help));
            return None;
        }
        match literal::number(source.text) {
            Ok(number) => Some(Alternative::Test(Condition::Order(order, number))),
            Err(NotNumber::Form) => {
                let finding = Diagnostic::new(
                    &codes::value::VALUE_TYPE,
                    source.span,
                    format!("`{}` is not a number", source.text),
                );
                self.report(item, finding.help("write a decimal number"));
                None
            }
            Err(NotNumber::Range) => {
                self.report(item, out_of_range(source, "64 bits do not hold the number"));
                None
            }
        }
    }
}

/// The finding for a date under `gt` or `lte`: it is an instant, where the whole day may be meant.
fn day_bound(order: Order, source: Source<'_>, time: Timestamp) -> Option<Diagnostic> {
    let (day, next) = (source.text, crate::time::print(time.plus_days(1)?)?);
    let next = next.get(..day.len())?;
    let (message, help) = match order {
        Order::Greater => (
            format!("`gt` with the date `{day}` takes in nearly all of that day"),
            format!("write `gte` for all of it, or `gte: '{next}'` to begin after it"),
        ),
        Order::LessOrEqual => (
            format!("`lte` with the date `{day}` leaves out nearly all of that day"),
            format!("write `lt: '{next}'` for all of it, or `lt: '{day}'` to end before it"),
        ),
        Order::GreaterOrEqual | Order::Less => return None,
    };
    let finding = Diagnostic::new(&codes::value::DAY_BOUND, source.span, message);
    Some(finding.label("a date is the first instant of its day, in UTC").help(help))
}

fn wrong_type(field: &FieldUse, source: Source<'_>, help: &str) -> Diagnostic {
    let message = format!("`{}` is {}, which `{}` is not", field.text, with_article(&field.ty), source.text);
    Diagnostic::new(&codes::value::VALUE_TYPE, source.span, message).help(help)
}

fn out_of_range(source: Source<'_>, why: &str) -> Diagnostic {
    Diagnostic::new(
        &codes::value::VALUE_RANGE,
        source.span,
        format!("`{}` can never occur: {why}", source.text),
    )
    .help("write a number between -9223372036854775808 and 18446744073709551615")
}
