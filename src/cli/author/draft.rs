//! A rule for one event of a log, made of what its schema says.

use super::attack;
use crate::check::File;
use crate::cli::Failure;
use crate::cli::schema::events;
use crate::cli::settings::RuleSettings;
use crate::diagnostic::Severity;
use crate::schema::{Facts, Meaning, Path, Schema};
use crate::solve::{self, Witnesses};
use crate::source::SourceFile;
use crate::yaml::hazard;

/// How many ways to match get an event in the tests.
const WAYS: usize = 4;

/// What a rule is to say besides its detection.
pub(super) struct Wish<'w> {
    pub title: Option<&'w str>,
    pub level: &'w str,
    /// As `attack` gives them.
    pub techniques: &'w [String],
    pub references: &'w [String],
    pub author: Option<String>,
    pub id: String,
    pub date: Option<String>,
}

/// A rule, and events for its tests.
pub(super) struct Draft {
    /// The name of its file, without an ending.
    pub name: String,
    pub text: String,
    pub witnesses: Witnesses,
}

/// The question for the event of a log.
pub(super) fn question(schema: &Schema) -> String {
    let field = schema.with_meaning(Meaning::Action).first().map(Path::name);
    field.map_or_else(|| "event".to_owned(), |field| format!("event, as `{field}` has it"))
}

/// What is known of an event.
pub(super) fn event(schema: &Schema, name: &str) -> Result<Facts, Failure> {
    let cases = events::cases(schema, name)?;
    if let [_, _, ..] = &cases[..] {
        let names: Vec<String> =
            cases.iter().map(|(title, _)| format!("`{}`", title.replace(' ', "/"))).collect();
        return Err(Failure::Usage(format!(
            "`{name}` is an event of several services; write one of {}",
            names.join(", ")
        )));
    }
    let found = cases.into_iter().next().map(|(_, facts)| facts);
    found.ok_or_else(|| Failure::Usage(format!("{} has no event `{name}`", schema.name)))
}

impl Draft {
    /// The first draft without a finding that counts: with how a success looks where that fits the event, else without.
    pub(super) fn new(
        schema: &Schema,
        facts: &Facts,
        wish: &Wish<'_>,
        settings: &RuleSettings,
    ) -> Result<Self, Failure> {
        let name = snake(&spoken(schema, facts));
        let mut found = Vec::new();
        for success in [true, false] {
            let text = text(schema, facts, wish, success, settings)?;
            let file = File::check(SourceFile::new("draft.yml", text.as_str()), &settings.registry);
            let typed = file.documents.first().and_then(|checked| checked.typed.as_ref());
            let formula = typed.and_then(|typed| typed.formula.as_ref());
            let witnesses = formula.map(|formula| solve::witnesses(formula, Some(schema), 0, WAYS));
            found = file
                .findings
                .iter()
                .filter(|one| one.severity > Severity::Info)
                .map(|one| one.message.clone())
                .collect();
            match witnesses {
                Some(witnesses) if found.is_empty() && !witnesses.found.is_empty() => {
                    return Ok(Self { name, text, witnesses });
                }
                _ => {}
            }
        }
        let why = found.first().map_or("no event could be made for it", String::as_str);
        Err(Failure::Usage(format!("no rule for {} can be drafted: {why}", spoken(schema, facts))))
    }
}

/// The event in words: its name without what repeats its service.
fn spoken(schema: &Schema, facts: &Facts) -> String {
    let action = |path: &&Path| facts.values(path).is_some();
    let named = schema.relations.iter().map(|relation| &relation.field);
    let path = named.chain(schema.with_meaning(Meaning::Action)).find(action);
    let name = path.and_then(|path| facts.values(path)?.first().cloned());
    name.unwrap_or_else(|| schema.title.clone())
}

fn text(
    schema: &Schema,
    facts: &Facts,
    wish: &Wish<'_>,
    success: bool,
    settings: &RuleSettings,
) -> Result<String, Failure> {
    let Some((product, service)) = settings.registry.written(&schema.name) else {
        return Err(Failure::Usage(format!("no log source leads to {}", schema.name)));
    };
    let event = spoken(schema, facts);
    let title = wish.title.map_or_else(|| format!("{}: {event}", schema.title), str::to_owned);
    let unit = " ".repeat(settings.config.indent());
    let mut lines = vec![
        format!("title: {}", scalar(&title)),
        format!("id: {}", wish.id),
        "status: experimental".to_owned(),
        "description: |".to_owned(),
        format!("{unit}The event `{event}` in the log {}.", schema.title),
        format!("{unit}Write here what it means, what to look at next, and how to undo it."),
    ];
    let pages = wish.techniques.iter();
    let pages = pages.map(|name| format!("https://attack.mitre.org/techniques/{}/", name.replace('.', "/")));
    list(&mut lines, "references", pages.chain(wish.references.iter().cloned()), &unit);
    lines.extend(wish.author.iter().map(|author| format!("author: {}", scalar(author))));
    lines.extend(wish.date.iter().map(|date| format!("date: {date}")));
    let tags = attack::tactics(wish.techniques).into_iter().map(str::to_owned);
    let tags = tags.chain(wish.techniques.iter().map(|name| name.to_lowercase()));
    list(&mut lines, "tags", tags.map(|name| format!("attack.{name}")), &unit);
    lines.extend([
        "logsource:".to_owned(),
        format!("{unit}product: {}", scalar(product)),
        format!("{unit}service: {}", scalar(service)),
        "detection:".to_owned(),
        format!("{unit}selection:"),
    ]);
    let mut named: Vec<String> = Vec::new();
    for (path, values) in facts.iter() {
        let Some(value) = values.first() else { continue };
        lines.push(format!("{unit}{unit}{}: {}", path.name(), scalar(&literal(value))));
        named.push(path.name());
    }
    for (field, value) in schema.outcome.success.iter().filter(|_| success) {
        let (field, value) = elsewhere(schema, facts, field).map_or_else(
            || (field.clone(), value.clone()),
            |(path, value)| (path.name(), scalar(&literal(value))),
        );
        if !named.contains(&field) {
            lines.push(format!("{unit}{unit}{field}: {value}"));
        }
    }
    lines.push(format!("{unit}condition: selection"));
    list(&mut lines, "fields", schema.alert.iter().map(Path::name), &unit);
    list(
        &mut lines,
        "falsepositives",
        ["Planned changes; compare with the ticket".to_owned()].into_iter(),
        &unit,
    );
    lines.push(format!("level: {}\n", wish.level));
    Ok(lines.join("\n"))
}

/// The field that says of these events what another says of the others, with what it holds in a usual record.
fn elsewhere<'s>(schema: &'s Schema, facts: &Facts, field: &str) -> Option<(&'s Path, &'s str)> {
    let forms = schema.forms.iter().filter(|forms| forms.field.name() == field);
    let path = forms.into_iter().find_map(|forms| {
        let known = facts.values(&forms.by)?;
        known.iter().find_map(|value| forms.instead(value))
    })?;
    let usual = schema.examples.records.iter().flat_map(|record| &record.values);
    let value = usual.filter(|(other, _)| other == path).find_map(|(_, value)| value.as_str())?;
    Some((path, value))
}

/// A key with a list, unless that is empty.
fn list(lines: &mut Vec<String>, key: &str, entries: impl Iterator<Item = String>, unit: &str) {
    let mut entries = entries.map(|entry| format!("{unit}- {}", scalar(&entry))).peekable();
    if entries.peek().is_some() {
        lines.push(format!("{key}:"));
        lines.extend(entries);
    }
}

/// A text as a value that means just this text.
fn literal(text: &str) -> String {
    text.chars()
        .flat_map(|char| matches!(char, '*' | '?' | '\\').then_some('\\').into_iter().chain([char]))
        .collect()
}

/// A text as YAML, plain where no reader can take it for something else.
fn scalar(text: &str) -> String {
    let harmless = |char: char| char.is_alphanumeric() || "_-./ ();,:".contains(char);
    let word = text.starts_with(|char: char| char.is_alphanumeric()) && text.chars().all(harmless);
    let parts = text.contains(": ") || text.ends_with([':', ' ']) || text.contains("  ");
    if word && !parts && !hazard::is_no_text(text) {
        text.to_owned()
    } else if text.chars().any(char::is_control) {
        serde_json::Value::String(text.to_owned()).to_string()
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}

/// A name for a file: `CreateUser` is `create_user`.
fn snake(text: &str) -> String {
    let mut name = String::new();
    let mut low = false;
    for char in text.chars() {
        if !char.is_ascii_alphanumeric() {
            low = false;
            if !name.is_empty() && !name.ends_with('_') {
                name.push('_');
            }
            continue;
        }
        if char.is_ascii_uppercase() && low {
            name.push('_');
        }
        low = char.is_ascii_lowercase() || char.is_ascii_digit();
        name.push(char.to_ascii_lowercase());
    }
    let name = name.trim_end_matches('_');
    let short = name.get(..80.min(name.len())).unwrap_or(name).trim_end_matches('_');
    if short.is_empty() { "rule".to_owned() } else { short.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{scalar, snake};

    #[test]
    fn names_of_files() {
        for (text, name) in [
            ("CreateUser", "create_user"),
            ("user.account.privilege.grant", "user_account_privilege_grant"),
            ("google.iam.admin.v1.CreateServiceAccountKey", "google_iam_admin_v1_create_service_account_key"),
            ("Add member to role.", "add_member_to_role"),
            ("ÄÖ", "rule"),
        ] {
            assert_eq!(snake(text), name);
        }
    }

    #[test]
    fn texts_are_quoted_where_a_reader_needs_it() {
        for (text, yaml) in [
            ("CreateUser", "CreateUser"),
            ("AWS CloudTrail: CreateUser", "'AWS CloudTrail: CreateUser'"),
            ("it's", "'it''s'"),
            ("no", "'no'"),
            ("12", "'12'"),
            ("a\nb", "\"a\\nb\""),
            ("- a", "'- a'"),
        ] {
            assert_eq!(scalar(text), yaml);
        }
    }
}
