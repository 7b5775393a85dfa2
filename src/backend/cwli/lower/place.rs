//! Where a field is read.
//!
//! CloudWatch Logs discovers the scalars of a JSON event as flat names (`userIdentity.arn`), which are the cheap way
//! and can be indexed.
//! What has no flat name (arrays, objects, keys with dots, JSON inside a text) is read from the structure that
//! `jsonParse` gives of the event or of a field.

use super::{At, Lowering, numbered};
use crate::backend::Direction;
use crate::backend::codes as shared;
use crate::backend::cwli::ast::{self, Command, Function, Name, Value};
use crate::backend::cwli::codes;
use crate::backend::frame::{Column, Stored};
use crate::diagnostic::Diagnostic;
use crate::ir::FieldUse;
use crate::schema::{Base, Decode, ObjectType, Path, Schema, Step, Type};
use crate::source::Span;

/// Where a field is read, and how the delivery spells its values.
pub(super) struct Source<'a> {
    pub(super) name: Name,
    pub(super) column: Option<Column<'a>>,
}

/// The name of the parsed event.
pub(super) const EVENT: &str = "sigma_event";

/// What CloudWatch Logs may hold a value as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HeldAs {
    /// Text.
    Text,
    /// A number.
    Number,
    /// A boolean.
    Boolean,
    /// Any of these, or an object.
    Unknown,
}

impl HeldAs {
    pub(super) fn of(ty: &Type) -> Self {
        match ty {
            Type::String | Type::Enum(_) | Type::Timestamp | Type::Ip | Type::Endpoint | Type::Json(_) => {
                Self::Text
            }
            Type::Integer | Type::Number => Self::Number,
            Type::Boolean => Self::Boolean,
            Type::Object(_) | Type::Array(_) | Type::Map(_) | Type::Any => Self::Unknown,
        }
    }
}

/// The text that a subject is tested as: with the name whose presence guards it.
pub(super) struct Tested {
    pub(super) name: Name,
    pub(super) kind: HeldAs,
}

impl<'a> Lowering<'a> {
    /// Where a scalar field is read.
    pub(super) fn source(&mut self, field: &FieldUse, place: &At) -> Option<Source<'a>> {
        let path = &field.path;
        let name = match path.base {
            Base::Element => self.below_element(&path.steps, place, field.span)?,
            Base::Event => {
                if let Stored::Column(column) = self.frame.stored(path) {
                    let base = self.column_base(column.name, place, field.span)?;
                    let base = match column.decode {
                        Decode::None => base,
                        Decode::ParseJson => {
                            self.alias(Function::JsonParse, vec![Value::Field(base)], "sigma_json")?
                        }
                    };
                    let name = self.walk(Some(base), &column.rest, place, field.span)?;
                    let column = column.rest.is_empty().then_some(column);
                    return Some(Source { name, column });
                }
                if !self.parsed && is_flat(path) && self.only(path) {
                    self.note_unknown(path, place, field.span);
                    self.flat(path, field.span)?
                } else {
                    self.tree(path, place, field.span)?
                }
            }
        };
        Some(Source { name, column: None })
    }

    /// The structure at a path, which may be an array or object.
    pub(super) fn tree(&mut self, path: &Path, place: &At, span: Span) -> Option<Name> {
        if path.base == Base::Element {
            return self.below_element(&path.steps, place, span);
        }
        match self.frame.stored(path) {
            Stored::Raw => {}
            Stored::Absent(reason) => {
                let refusal = self.frame.not_carried(&path.to_string(), reason, span);
                return self.ledger.refuse(refusal);
            }
            Stored::Column(column) if column.decode == Decode::ParseJson => {
                let base = self.column_base(column.name, place, span)?;
                let base = self.alias(Function::JsonParse, vec![Value::Field(base)], "sigma_json")?;
                return self.walk(Some(base), &column.rest, place, span);
            }
            // The column is a path in the event that the log group holds.
            Stored::Column(column) => {
                let keys = column.name.split('.').map(|key| Step::Key(key.into()));
                return self.below_event(keys.chain(column.rest), place, span);
            }
        }
        // JSON in a text is parsed where it is, when that has a flat name.
        if let Some(at) = path.steps.iter().position(|step| matches!(step, Step::Json)) {
            let above = Path { base: Base::Event, steps: path.steps.iter().take(at).cloned().collect() };
            if !self.parsed && is_flat(&above) && self.only(&above) {
                self.note_unknown(&above, place, span);
                let text = self.flat(&above, span)?;
                let rest: Vec<_> = path.steps.iter().skip(at).cloned().collect();
                return self.walk(Some(text), &rest, place, span);
            }
        }
        self.below_event(path.steps.iter().cloned(), place, span)
    }

    /// What steps reach from the parsed event.
    pub(super) fn below_event(
        &mut self,
        steps: impl Iterator<Item = Step>,
        place: &At,
        span: Span,
    ) -> Option<Name> {
        let event = self.event()?;
        self.walk(Some(event), &steps.collect::<Vec<_>>(), place, span)
    }

    /// The parsed event, which the prelude names.
    pub(super) fn event(&mut self) -> Option<Name> {
        let message = Value::Field(Name::key("@message")?);
        self.alias(Function::JsonParse, vec![message], EVENT)
    }

    /// Where a column is read.
    fn column_base(&mut self, column: &str, place: &At, span: Span) -> Option<Name> {
        if !self.parsed {
            return self.column_name(column, span);
        }
        // The second `@` of a discovered field is not in the event.
        let column = if column.starts_with("@@") { column.get(1..).unwrap_or(column) } else { column };
        self.below_event(column.split('.').map(|key| Step::Key(key.into())), place, span)
    }

    /// Whether the flat name of a path is known to be the raw one.
    fn only(&self, path: &Path) -> bool {
        matches!(self.frame.stored(path), Stored::Raw)
    }

    fn column_name(&mut self, column: &str, span: Span) -> Option<Name> {
        let mut name = None;
        for key in column.split('.') {
            name = Some(self.member(name, key, span)?);
        }
        name
    }

    fn below_element(&mut self, steps: &[Step], place: &At, span: Span) -> Option<Name> {
        let element = place.scope.clone();
        if element.is_none() {
            return self.no_array(span, "a path that starts at an element is used outside any array");
        }
        self.walk(element, steps, place, span)
    }

    /// The flat name of a path from the event.
    pub(super) fn flat(&mut self, path: &Path, span: Span) -> Option<Name> {
        let mut name = None;
        for step in &path.steps {
            match step {
                Step::Key(key) => {
                    let key = doubled(key, name.is_none());
                    name = Some(self.member(name, &key, span)?);
                }
                Step::Dotted(keys) => {
                    for key in keys.split('.') {
                        let key = doubled(key, name.is_none());
                        name = Some(self.member(name, &key, span)?);
                    }
                }
                Step::Each | Step::Select { .. } | Step::First(_) | Step::Json => {
                    return self.no_array(span, "the target cannot name what is below an array here");
                }
            }
        }
        name
    }

    /// The name of what is reached by `steps` from `name`.
    fn walk(&mut self, name: Option<Name>, steps: &[Step], place: &At, span: Span) -> Option<Name> {
        let mut name = name?;
        for (at, step) in steps.iter().enumerate() {
            name = match step {
                Step::Key(key) => self.member(Some(name), key, span)?,
                Step::Dotted(keys) => {
                    self.note_arrays(place, span);
                    for key in keys.split('.') {
                        name = self.member(Some(name), key, span)?;
                    }
                    name
                }
                Step::First(members) => {
                    let mut values = Vec::new();
                    for member in members {
                        values.push(Value::Field(self.member(Some(name.clone()), member, span)?));
                    }
                    self.ledger.note(
                        &shared::UNKNOWN_PATH,
                        place.polarity,
                        Direction::Narrower,
                        span,
                        format!(
                            "{} events in which the first of `{}` is a list",
                            Direction::Narrower.under(place.polarity).effect(),
                            members.join("`, `")
                        ),
                    );
                    self.alias(Function::Coalesce, values, "sigma_value")?
                }
                Step::Json if at + 1 == steps.len() => {
                    return self.ledger.refuse(
                        Diagnostic::new(
                            &codes::JSON_SCALAR,
                            span,
                            "the target cannot read a text that encodes a single JSON value",
                        )
                        .help("compare the stored text, quotes included"),
                    );
                }
                Step::Json => self.alias(Function::JsonParse, vec![Value::Field(name)], "sigma_json")?,
                Step::Each | Step::Select { .. } => {
                    return self.no_array(span, "the target cannot reach into an array here");
                }
            };
        }
        Some(name)
    }

    fn member(&mut self, name: Option<Name>, key: &str, span: Span) -> Option<Name> {
        let found = match name {
            None => Name::key(key),
            Some(name) => name.member(key),
        };
        if found.is_none() {
            return self.ledger.refuse(
                Diagnostic::new(
                    &codes::FIELD_NAME,
                    span,
                    format!("no way to write the key `{}` in a query is documented", key.escape_debug()),
                )
                .help("test another field, or compile for another target"),
            );
        }
        found
    }

    /// The name that the prelude gives to a call.
    fn alias(&mut self, function: Function, arguments: Vec<Value>, base: &str) -> Option<Name> {
        let inside = arguments.iter().find_map(|value| match value {
            Value::Field(name) => self.item_of(name),
            _ => None,
        });
        let value = Value::Call(function, arguments);
        if let Some((_, alias)) = self.aliases.iter().find(|(known, _)| *known == value) {
            return Some(alias.clone());
        }
        let before = self.aliases.iter().filter(|(_, alias)| is_numbered(alias, base)).count();
        let alias = Name::key(&numbered(base, before))?;
        self.prepare(Command::Fields(vec![ast::Column {
            value: value.clone(),
            alias: Some(alias.clone()),
        }]))?;
        if let Some(item) = inside {
            self.derived.push((alias.clone(), item));
        }
        self.aliases.push((value, alias.clone()));
        Some(alias)
    }

    fn note_unknown(&mut self, path: &Path, place: &At, span: Span) {
        if path.steps.iter().any(|step| matches!(step, Step::Dotted(_))) {
            self.note_arrays(place, span);
        }
    }

    /// The path is read as nested objects; said of the whole rule when it has no schema.
    fn note_arrays(&mut self, place: &At, span: Span) {
        if self.frame.schema().is_none() {
            return;
        }
        self.ledger.note(
            &shared::UNKNOWN_PATH,
            place.polarity,
            Direction::Narrower,
            span,
            format!(
                "{} events in which the value lies in an array that the schema does not know",
                Direction::Narrower.under(place.polarity).effect()
            ),
        );
    }

    /// A column of the result; of an array that is not unnested, the first element is shown.
    /// What needs more than a name is left out. One of the parsed event needs that [`event`](Self::event) is named.
    pub(super) fn shown(&self, path: &Path) -> Option<Name> {
        let steps: &[Step] = &path.steps;
        let ends_in_each = matches!(steps.last(), Some(Step::Each));
        let steps = if ends_in_each { steps.get(..steps.len() - 1)? } else { steps };
        let whole = Path { base: path.base, steps: steps.to_vec() };
        let stored = self.frame.stored(&whole);
        if matches!(stored, Stored::Absent(_)) {
            return None;
        }
        if let Stored::Column(column) = stored
            && column.rest.is_empty()
        {
            let event = if self.parsed { Some(Name::key(EVENT)?) } else { None };
            return column.name.split('.').try_fold(event, |name: Option<Name>, key| {
                match name {
                    None => Name::key(key),
                    Some(name) => name.member(key),
                }
                .map(Some)
            })?;
        }
        let mut tree = Name::key(EVENT);
        let mut name: Option<Name> = tree.clone().filter(|_| self.parsed);
        for step in steps {
            match step {
                Step::Key(key)
                    if !key.contains('.')
                        || name.as_ref().is_some_and(|name| self.item_of(name).is_some()) =>
                {
                    tree = tree.and_then(|tree| tree.member(key));
                    name = match name {
                        None => Name::key(&doubled(key, true)),
                        Some(name) => name.member(key),
                    };
                }
                Step::Dotted(keys) => {
                    for key in keys.split('.') {
                        name = match name {
                            None => Name::key(&doubled(key, true)),
                            Some(name) => Some(name.member(key)?),
                        };
                    }
                }
                Step::Each => {
                    // The element that the row is about, if there is one; else the first one.
                    let item = self.items.iter().find(|item| Some(&item.list) == tree.as_ref());
                    tree = item.map(|item| item.name.clone());
                    name = item
                        .map(|item| item.name.clone())
                        .or_else(|| if self.parsed { Some(name?.element(0)) } else { name?.member("0") });
                }
                Step::Key(_) | Step::Select { .. } | Step::First(_) | Step::Json => return None,
            }
            name.as_ref()?;
        }
        name
    }
}

fn is_numbered(alias: &Name, base: &str) -> bool {
    matches!(
        alias.segments(),
        [ast::Segment::Key(key)]
            if key.strip_prefix(base).is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
    )
}

/// A key at the start of a flat name gets a second `@` when it begins with one ("Supported logs and discovered
/// fields").
fn doubled(key: &str, first: bool) -> String {
    if first && key.starts_with('@') { format!("@{key}") } else { key.to_owned() }
}

/// Whether a path from the event has a flat name: members alone, none with a dot in its key.
fn is_flat(path: &Path) -> bool {
    !path.steps.is_empty()
        && path.steps.iter().all(|step| match step {
            Step::Key(key) => !key.contains('.'),
            Step::Dotted(_) => true,
            Step::Each | Step::Select { .. } | Step::First(_) | Step::Json => false,
        })
}

/// What the schema says of the end of a path, as far as it says it without knowing the event.
fn type_at<'a>(schema: &'a Schema, path: &Path) -> Option<&'a Type> {
    let mut ty: Option<&Type> = None;
    let mut object: Option<&ObjectType> = Some(&schema.record);
    for step in &path.steps {
        let Step::Key(key) = step else { return None };
        let found = match (object, ty) {
            (Some(object), _) => &object.fields.iter().find(|field| *field.name == **key)?.ty,
            (None, Some(Type::Map(value))) => value,
            _ => return None,
        };
        object = match found {
            Type::Object(object) => Some(object),
            _ => None,
        };
        ty = Some(found);
    }
    ty
}

/// Whether the schema says that a path ends at an object.
pub(super) fn is_object(schema: &Schema, path: &Path) -> bool {
    matches!(type_at(schema, path), Some(Type::Object(_) | Type::Map(_)))
}

/// Whether the schema says that a path ends at a scalar.
pub(super) fn is_scalar(schema: &Schema, path: &Path) -> bool {
    match type_at(schema, path) {
        Some(
            Type::String
            | Type::Enum(_)
            | Type::Integer
            | Type::Number
            | Type::Boolean
            | Type::Timestamp
            | Type::Ip
            | Type::Endpoint
            | Type::Json(_),
        ) => true,
        Some(Type::Object(_) | Type::Array(_) | Type::Map(_) | Type::Any) | None => false,
    }
}
