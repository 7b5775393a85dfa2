//! Fields that are read for their values: those by which a correlation groups, or whose values it counts.
//!
//! Beside a plain name there is `array[member=key].rest`, which takes the elements whose `member` is `key`.

use super::field::ResolvedField;
use super::wording::{article, did_you_mean, listed, part_span};
use crate::diagnostic::{Code, Diagnostic, Fix, Severity};
use crate::ir::FieldUse;
use crate::schema::{Base, Facts, OtherNameKind, Path, Resolved, Schema, Step, Type, Unresolved};
use crate::source::{Span, Spanned};

/// A field whose values are read.
#[derive(Debug)]
pub struct Reached {
    /// The field; its path ends at scalars.
    pub field: FieldUse,
    /// Whether the schema itself has the name, rather than an open object that takes any.
    pub declared: bool,
    /// What is odd about the name.
    pub findings: Vec<Diagnostic>,
}

/// Resolves `name` against the schema of a log, where `facts` hold. Findings have the `code` of what reads the field.
///
/// # Errors
/// The finding for a name that leads nowhere, or to something that is not a scalar.
pub fn reached(
    name: &Spanned<String>,
    schema: Option<&Schema>,
    facts: &Facts,
    code: &'static Code,
) -> Result<Reached, Box<Diagnostic>> {
    let reader = Reader { name, schema, facts, code };
    match name.value.find('[') {
        Some(open) => reader.chosen(open),
        None => reader.plain(),
    }
}

struct Reader<'a> {
    name: &'a Spanned<String>,
    schema: Option<&'a Schema>,
    facts: &'a Facts,
    code: &'static Code,
}

impl Reader<'_> {
    fn plain(&self) -> Result<Reached, Box<Diagnostic>> {
        let text = &self.name.value;
        let Some(schema) = self.schema else {
            let field = ResolvedField::unknown(text, Base::Event, self.name.span).into_use(true);
            return Ok(Reached { field, declared: true, findings: Vec::new() });
        };
        let resolved =
            schema.resolve(text, self.facts).map_err(|error| self.unresolved(schema, text, None, error))?;
        self.ended(resolved, Path::default())
    }

    /// A name in which an element is chosen at the bracket at `open`.
    fn chosen(&self, open: usize) -> Result<Reached, Box<Diagnostic>> {
        let text = &self.name.value;
        let parts = text.split_at_checked(open).and_then(|(array, rest)| {
            let (choice, rest) = rest.strip_prefix('[')?.split_once(']')?;
            let (member, key) = choice.split_once('=')?;
            let rest = if rest.is_empty() { "." } else { rest.strip_prefix('.')? };
            let plain = [array, member, key, rest].iter().all(|part| !part.is_empty());
            (plain && !rest.contains(['[', ']'])).then_some((array, member.trim(), key.trim(), rest))
        });
        let Some((array, member, key, rest)) = parts else {
            let finding = self.finding(format!("`{text}` is not a field"));
            return Err(Box::new(finding.label("expected a name such as `target[type=User].id`")));
        };
        let choice = |member: &str, key: &str| Step::Select { member: member.into(), key: key.into() };
        let Some(schema) = self.schema else {
            let steps = vec![Step::Dotted(array.into()), choice(member, key), Step::Dotted(rest.into())];
            let mut field = ResolvedField::unknown(text, Base::Event, self.name.span).into_use(false);
            field.path.steps = steps.into_iter().filter(|step| *step != Step::Dotted(".".into())).collect();
            return Ok(Reached { field, declared: true, findings: Vec::new() });
        };
        let outer =
            schema.resolve(array, self.facts).map_err(|error| self.unresolved(schema, array, None, error))?;
        let element = match &outer.ty {
            Type::Array(element) => (**element).clone(),
            Type::Any => Type::Any,
            ty => {
                let message = format!("`{array}` is not an array");
                let finding = self.finding(message).label(format!("it is {}", article(ty.name())));
                return Err(Box::new(finding));
            }
        };
        let within = |name: &str, at: usize| {
            let found = schema.resolve_in(&element, name, self.facts);
            found.map_err(|error| self.unresolved(schema, name, Some((array, at)), error))
        };
        let by = within(member, open + 1)?;
        let [Step::Key(own)] = by.path.steps.as_slice() else {
            let message = format!("`{member}` does not tell the elements of `{array}` apart");
            return Err(Box::new(self.finding(message)));
        };
        let key = self.key(&by.ty, key)?;
        let mut before = outer.path;
        before.steps.push(choice(own, &key));
        self.ended(within(rest, text.len() - rest.len())?, before)
    }

    /// The key as events that fit the schema spell it.
    fn key(&self, ty: &Type, key: &str) -> Result<String, Box<Diagnostic>> {
        let Type::Enum(known) = ty else { return Ok(key.to_owned()) };
        match known.canonical(key) {
            Some(member) => Ok(member.to_owned()),
            None if known.complete() => {
                let finding = self.finding(format!("no element has the {} `{key}`", known.noun()));
                let near = known.nearest(key);
                let help = near.first().map(|first| format!("did you mean `{first}`?"));
                Err(Box::new(help.into_iter().fold(finding, Diagnostic::help)))
            }
            None => Ok(key.to_owned()),
        }
    }

    /// The field at the end of a path, which must be a scalar.
    fn ended(&self, resolved: Resolved, before: Path) -> Result<Reached, Box<Diagnostic>> {
        let mut findings = Vec::new();
        if before.steps.is_empty() {
            self.spelling(&resolved, &mut findings);
        }
        let declared = resolved.declared;
        let mut field = ResolvedField::from(resolved, &self.name.value, self.name.span).into_use(true);
        if matches!(field.ty, Type::Object(_) | Type::Map(_)) {
            let message = format!("`{}` holds {}, not a value", self.name.value, article(field.ty.name()));
            return Err(Box::new(self.finding(message).help("name one of its members")));
        }
        if !before.steps.is_empty() {
            let steps = before.steps.into_iter().chain(field.path.steps);
            field.path = Path { base: before.base, steps: steps.collect() };
            field.always = false;
        }
        Ok(Reached { field, declared, findings })
    }

    /// What a name that is found has in common with a typing error.
    fn spelling(&self, resolved: &Resolved, findings: &mut Vec<Diagnostic>) {
        let warning = |message: String| self.finding(message).severity(Severity::Warning);
        let text = &self.name.value;
        if let Some(other) = &resolved.spelling {
            let (canonical, span) = (&other.canonical, self.name.span);
            let label = match &other.kind {
                OtherNameKind::Case => "only the letter case differs".to_owned(),
                OtherNameKind::RecordFormat(format) => format!("the spelling of {format}"),
            };
            findings.push(
                warning(format!("`{text}` is `{canonical}` in this log"))
                    .label(label)
                    .help(format!("write `{canonical}`"))
                    .fix(Fix::safe(span, canonical.clone())),
            );
        } else if !resolved.declared && !resolved.near.is_empty() {
            let finding = warning(format!("unknown field `{text}`"));
            findings.push(did_you_mean(finding, self.name.span, resolved.near.clone()));
        }
    }

    /// The finding for a part of the name that leads nowhere; `within` is the array whose elements should have it, and
    /// where it begins in the name.
    fn unresolved(
        &self,
        schema: &Schema,
        part: &str,
        within: Option<(&str, usize)>,
        unresolved: Unresolved,
    ) -> Box<Diagnostic> {
        let whole = part.len() == self.name.value.len();
        let from = within.map_or(0, |(_, from)| from);
        let place = |at: std::ops::Range<usize>| part_span(self.name, at.start + from..at.end + from);
        let word = |at: &std::ops::Range<usize>| {
            part.get(at.clone()).unwrap_or(part).trim_start_matches('.').to_owned()
        };
        let (span, message, nearest, help) = match unresolved {
            Unresolved::Unknown { at, within: owner, nearest } => {
                let word = word(&at);
                let message = match within {
                    Some((array, _)) if owner == schema.name => {
                        format!("the elements of `{array}` have no member `{word}`")
                    }
                    None if owner == schema.name => format!("{owner} has no field `{word}`"),
                    _ => format!("`{owner}` has no member `{word}`"),
                };
                (place(at), message, nearest, None)
            }
            Unresolved::NotInCases { at, cases, nearest, elsewhere, .. } => {
                let message = format!("the events of this rule have no field `{part}`");
                let mut help = format!("it matches {}", listed(&cases));
                if !elsewhere.is_empty() {
                    help = format!("{help}; {} have it", listed(&elsewhere));
                }
                (place(at), message, nearest, Some(help))
            }
            Unresolved::Scalar { at, scalar, ty, .. } => {
                let message = format!("`{scalar}` has no member `{}`", word(&at));
                (place(at), message, Vec::new(), Some(format!("`{scalar}` is {}", article(ty))))
            }
        };
        let finding = Diagnostic::new(self.code, span, message);
        Box::new(match help {
            Some(help) => finding.help(help).suggest(nearest),
            None if whole => did_you_mean(finding, self.name.span, nearest),
            None => finding.suggest(nearest),
        })
    }

    fn finding(&self, message: String) -> Diagnostic {
        Diagnostic::new(self.code, self.span(), message)
    }

    const fn span(&self) -> Span {
        self.name.span
    }
}
