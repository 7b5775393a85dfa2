//! Where a field lives: in an automatically extracted field, and in the JSON of the event.
//!
//! Splunk's extraction names a JSON value by its keys joined with `.`, with `{}` after each array on the way.
//! Whether it leaves a JSON null out or gives the text `null` is not documented, and an add-on may fill in a text
//! where the record lacks the field; a test that such a text could satisfy therefore reads the event with
//! `json_extract`, which is documented to give NULL.
//! A text that holds a document is read there too, since the extraction does not reach its end.

use super::{Inside, Lowering, literal};
use crate::backend::Direction;
use crate::backend::codes as shared;
use crate::backend::frame::{Column, Stored};
use crate::backend::spl::ast::{Expr, Function, Name, Text};
use crate::backend::spl::codes;
use crate::diagnostic::Diagnostic;
use crate::ir::{FieldUse, Polarity};
use crate::schema::{Base, Decode, Path, Step, Type};
use crate::source::Span;

/// Where the value of a field is found.
#[derive(Debug)]
pub(super) struct Found<'a> {
    /// The automatically extracted field.
    pub field: Option<Name>,
    /// The value read with the JSON functions; one value.
    pub json: Option<Expr>,
    /// The column that a schema declares.
    pub column: Option<Column<'a>>,
    /// Whether the value may be an array that the schema does not know of.
    pub any: bool,
    /// Whether the JSON functions give it as a text, and not as a number or a Boolean.
    pub text: bool,
}

impl Found<'_> {
    /// The value as an expression: the extracted field where there is one.
    pub fn value(&self) -> Option<Expr> {
        self.field.clone().map(Expr::Field).or_else(|| self.json.clone())
    }

    /// The value as it is in the event, NULL when missing or null.
    pub fn exact(&self) -> Option<Expr> {
        self.json.clone().or_else(|| self.field.clone().map(Expr::Field))
    }

    /// The value as [`exact`](Self::exact) gives it, as a text: `json_extract` gives JSON numbers and Booleans as values
    /// of those types, which text functions are not documented to take.
    pub fn exact_text(&self) -> Option<Expr> {
        let value = self.exact()?;
        let given = self.text || self.json.is_none();
        Some(if given { value } else { Expr::call(Function::Tostring, [value]) })
    }

    /// Texts that the extracted field, or `tostring`, may give where the event has no value.
    pub fn ghosts(&self) -> impl Iterator<Item = &str> {
        let filled = self.column.as_ref().map(|column| column.absent_as).unwrap_or_default();
        ["null", "Null"].into_iter().chain(filled.iter().map(String::as_str))
    }
}

/// The refusal of a name that cannot be quoted.
pub(super) fn unquotable(name: &str, span: Span) -> Diagnostic {
    Diagnostic::new(
        &codes::FIELD_NAME,
        span,
        format!("SPL cannot quote the field name `{}`", name.escape_debug()),
    )
    .help("alias the field in Splunk to a name without quotes, backslashes, backticks and control characters")
}

/// Fields that Splunk itself gives every event, so that a member of the same name is not what they hold
/// (Knowledge Manager Manual, "Use default fields"), and words that `search` reads as its own arguments.
const TAKEN: &[&str] = &[
    "earliest",
    "eventtype",
    "host",
    "index",
    "latest",
    "linecount",
    "punct",
    "savedsearch",
    "search",
    "source",
    "sourcetype",
    "splunk_server",
    "splunk_server_group",
    "tag",
    "timeendpos",
    "timestamp",
    "timestartpos",
];

/// Whether a name is not the event's own.
pub(super) fn taken(name: &str) -> bool {
    name.starts_with('_') || name.starts_with("date_") || name.starts_with("sf_") || TAKEN.contains(&name)
}

impl<'a> Lowering<'a> {
    /// Whether it is known how the record is written. A log with a schema and without a delivery is read as the record
    /// that the provider writes: only where Splunk keeps it is unknown, not what it says.
    pub(super) fn describes(&self) -> bool {
        self.frame.schema().is_some()
    }

    /// Where the field lives; `None` when that was refused.
    pub(super) fn place(
        &mut self,
        field: &FieldUse,
        scope: &Inside,
        polarity: Polarity,
    ) -> Option<Found<'a>> {
        self.note_path(field, polarity);
        let full = full_path(scope, &field.path);
        let (column, own) = self.located(&full, &field.text, field.span)?;
        let any = matches!(field.ty, Type::Any) && self.describes() && !ends_dotted(&field.path);
        // An element that `json_array_to_mv` gives is a text already.
        let text = is_text(&field.ty) || field.path.steps.is_empty();
        if let (Some(element), Base::Element) = (&scope.element, field.path.base) {
            let json = self.dig(element.clone(), &field.path.steps);
            return match json {
                Some(json) => Some(Found { field: None, json: Some(json), column: None, any, text }),
                None => self.ledger.refuse(unquotable(&field.text, field.span)),
            };
        }
        let described = self.describes();
        let name = spelt(&column.as_ref().map_or_else(|| own.clone(), renamed));
        let json = if described || name.is_none() { self.json(&own) } else { None };
        let name = name.and_then(Name::new);
        // A name of Splunk's own holds another thing, but nothing else is known of a log without a schema.
        let unseen = |name: &Name| taken(name.as_str()) || is_document(&field.ty) || self.frame.is_cut();
        let name = name.filter(|name| !described || !unseen(name));
        if name.is_none() && json.is_none() {
            return self.ledger.refuse(unquotable(&field.text, field.span));
        }
        Some(Found { field: name, json, column, any, text })
    }

    /// Whether a path leads through an array that the delivery has not put in rows of their own.
    pub(super) fn crosses(&self, path: &Path, scope: &Inside) -> bool {
        let array =
            |steps: &[Step]| steps.iter().any(|step| matches!(step, Step::Each | Step::Select { .. }));
        if scope.element.is_some() && path.base == Base::Element {
            return array(&path.steps);
        }
        let full = full_path(scope, path);
        match self.frame.stored(&full) {
            Stored::Column(column) => array(&column.rest),
            // The refusal names the whole path.
            Stored::Absent(_) => false,
            Stored::Raw => array(&path.steps),
        }
    }

    /// The column and the steps in the event's own naming.
    pub(super) fn located(
        &mut self,
        full: &Path,
        name: &str,
        span: Span,
    ) -> Option<(Option<Column<'a>>, Vec<Step>)> {
        match self.frame.stored(full) {
            Stored::Raw => Some((None, full.steps.clone())),
            Stored::Column(column) => {
                let own = in_event(&column);
                Some((Some(column), own))
            }
            Stored::Absent(reason) => {
                let refusal = self.frame.not_carried(name, reason, span);
                self.ledger.refuse(refusal)
            }
        }
    }

    /// The name of the extracted field of an event's path, where it is there in every event.
    pub(super) fn auto_name(&self, steps: &[Step]) -> Option<Name> {
        if self.frame.is_cut() { None } else { self.extracted(steps) }
    }

    /// The name of the extracted field of an event's path.
    pub(super) fn extracted(&self, steps: &[Step]) -> Option<Name> {
        let path = Path { base: Base::Event, steps: steps.to_vec() };
        let own = match self.frame.stored(&path) {
            Stored::Raw => steps.to_vec(),
            Stored::Column(column) => renamed(&column),
            Stored::Absent(_) => return None,
        };
        let name = spelt(&own).and_then(Name::new)?;
        (!self.describes() || !taken(name.as_str())).then_some(name)
    }

    /// The names under which `fields` shows a path: the extracted fields that hold it, or what it is part of.
    pub(super) fn shown(&self, path: &Path) -> Vec<String> {
        let own = match self.frame.stored(path) {
            Stored::Raw => path.steps.clone(),
            Stored::Column(column) => renamed(&column),
            Stored::Absent(_) => return Vec::new(),
        };
        let (mut names, mut name) = (Vec::new(), String::new());
        for step in &own {
            match step {
                Step::Json => break,
                Step::Each => name.push_str("{}"),
                Step::Select { member, .. } => {
                    name.push_str("{}");
                    names.push(format!("{name}.{member}"));
                }
                Step::First(members) => {
                    names.extend(members.iter().map(|member| joined(&name, member)));
                    return names;
                }
                Step::Key(key) | Step::Dotted(key) => name = joined(&name, key),
            }
        }
        names.push(name);
        names
    }

    /// Notes a path of which the schema does not know where its arrays are.
    pub(super) fn note_path(&mut self, field: &FieldUse, polarity: Polarity) {
        if self.frame.schema().is_some()
            && field.path.steps.iter().any(|step| matches!(step, Step::Dotted(_)))
        {
            self.ledger.note(
                &shared::UNKNOWN_PATH,
                polarity,
                Direction::Narrower,
                field.span,
                format!(
                    "{} events whose `{}` lies in an array that the schema does not know",
                    Direction::Narrower.under(polarity).effect(),
                    field.text
                ),
            );
        }
    }

    /// The value of an event's path, read from its JSON.
    ///
    /// JSON inside a text is read from there too, and not from the extracted field: the extraction ends after 5,000
    /// bytes of an event by default (`limits.conf`, `[spath] extraction_cutoff`), and blanks in a document cost an
    /// attacker nothing.
    pub(super) fn json(&self, own: &[Step]) -> Option<Expr> {
        self.dig(Expr::Field(Name::raw()), own)
    }

    /// What `steps` reach in the JSON text that `base` gives.
    /// A run of plain keys is one `json_extract`; a key with a dot or brace goes through `json_extract_exact`.
    #[expect(clippy::self_only_used_in_recursion, reason = "reads as a part of the lowering")]
    pub(super) fn dig(&self, base: Expr, steps: &[Step]) -> Option<Expr> {
        let mut value = base;
        let mut run = String::new();
        for (at, step) in steps.iter().enumerate() {
            match step {
                Step::Key(key) if plain(key) => {
                    if !run.is_empty() {
                        run.push('.');
                    }
                    run.push_str(key);
                }
                Step::Dotted(name) => {
                    if !run.is_empty() {
                        run.push('.');
                    }
                    run.push_str(name);
                }
                Step::Each if !run.is_empty() => run.push_str("{}"),
                Step::Each | Step::Select { .. } => return None,
                Step::Key(key) => {
                    value = extract(value, &mut run)?;
                    let key = Expr::Text(Text::new(&**key)?);
                    value = Expr::call(Function::JsonExtractExact, [value, key]);
                }
                Step::Json => {
                    value = extract(value, &mut run)?;
                    if at + 1 == steps.len() {
                        value = Expr::call(Function::JsonExtract, [value]);
                    }
                }
                Step::First(members) => {
                    value = extract(value, &mut run)?;
                    let each = members.iter().map(|member| {
                        let path: Vec<Step> = std::iter::once(Step::Key(member.clone()))
                            .chain(steps.iter().skip(at + 1).cloned())
                            .collect();
                        self.dig(value.clone(), &path)
                    });
                    return Some(Expr::call(Function::Coalesce, each.collect::<Option<Vec<_>>>()?));
                }
            }
        }
        extract(value, &mut run)
    }
}

/// Whether values of the type are texts in the JSON of the event.
const fn is_text(ty: &Type) -> bool {
    matches!(ty, Type::String | Type::Enum(_) | Type::Timestamp | Type::Ip | Type::Endpoint | Type::Json(_))
}

/// Whether a value is a document of its own, too long for the extraction.
pub(super) const fn is_document(ty: &Type) -> bool {
    matches!(ty, Type::Json(_))
}

/// The steps to the column's value in the JSON of the event.
pub(super) fn in_event(column: &Column<'_>) -> Vec<Step> {
    column.in_record.clone().unwrap_or_else(|| renamed(column))
}

/// The steps with the column's name in place of its path.
pub(super) fn renamed(column: &Column<'_>) -> Vec<Step> {
    let mut own = vec![Step::Dotted(column.name.into())];
    if column.decode == Decode::ParseJson {
        own.push(Step::Json);
    }
    own.extend_from_slice(&column.rest);
    own
}

fn extract(value: Expr, run: &mut String) -> Option<Expr> {
    if run.is_empty() {
        return Some(value);
    }
    let path = std::mem::take(run);
    Text::new(path.as_str())?;
    Some(Expr::call(Function::JsonExtract, [value, literal(&path)]))
}

fn joined(name: &str, key: &str) -> String {
    if name.is_empty() { key.to_owned() } else { format!("{name}.{key}") }
}

/// Whether a key stands for itself in a path of the JSON functions.
pub(super) fn plain(key: &str) -> bool {
    !key.is_empty() && !key.contains(['.', '{', '}'])
}

/// The name that the extraction gives; `None` for a path that it does not flatten.
pub(super) fn spelt(steps: &[Step]) -> Option<String> {
    let mut name = String::new();
    for step in steps {
        match step {
            Step::Key(key) | Step::Dotted(key) => name = joined(&name, key),
            Step::Each => name.push_str("{}"),
            Step::Select { .. } | Step::First(_) | Step::Json => return None,
        }
    }
    Some(name)
}

/// The path from the event.
pub(super) fn full_path(scope: &Inside, path: &Path) -> Path {
    match path.base {
        Base::Event => path.clone(),
        Base::Element => {
            let steps = scope.prefix.iter().chain(&path.steps).cloned().collect();
            Path { base: Base::Event, steps }
        }
    }
}

fn ends_dotted(path: &Path) -> bool {
    matches!(path.steps.last(), Some(Step::Dotted(_)))
}
