//! Usual values of fields, by type, format, meaning and name.
//!
//! Addresses, numbers of accounts and names are from the ranges that documentation may use.

use serde_json::{Value, json};

use crate::schema::{Cast, Field, Format, Meaning, Path, Schema, Type};

/// When example events happen: 2026-08-01T10:00:00Z, in seconds since 1970.
pub const EXAMPLE_TIME: u64 = 1_785_578_400;

/// What usual values depend on.
#[derive(Debug)]
pub(super) struct Setting<'s> {
    pub schema: &'s Schema,
    /// Who and what the event is about.
    pub cast: Cast,
    pub seed: u64,
}

/// A usual value for a field; `None` for what has none.
pub(super) fn of(setting: &Setting<'_>, field: &Field, path: &Path) -> Option<Value> {
    let sampler = Sampler { setting, path, number: mix(setting.seed, &path.name(), &field.name) };
    Some(match &field.ty {
        Type::Boolean => Value::Bool(false),
        Type::Integer => match (since_1970(field), field.labels.first()) {
            (Some(parts), _) => json!((EXAMPLE_TIME + setting.seed % 60 * 60) * parts),
            (None, Some((number, _))) => json!(number.parse::<i64>().ok()?),
            (None, None) => json!(sampler.number % 100 + 1),
        },
        Type::Number => json!(1.5),
        Type::Timestamp => json!(format!("2026-08-01T10:{:02}:00Z", setting.seed % 60)),
        Type::Ip | Type::Endpoint => json!(setting.cast.get("address")),
        Type::Enum(known_values) => {
            let mut first = None;
            known_values.visit(&mut |member| {
                first = Some(member.to_owned());
                false
            });
            Value::String(first?)
        }
        Type::String if !field.forms.is_empty() => Value::String(field.forms.first()?.example()),
        Type::String => Value::String(sampler.text(field)),
        Type::Object(_) | Type::Map(_) | Type::Array(_) | Type::Json(_) | Type::Any => return None,
    })
}

struct Sampler<'s> {
    setting: &'s Setting<'s>,
    path: &'s Path,
    number: u64,
}

impl Sampler<'_> {
    fn text(&self, field: &Field) -> String {
        let cast = &self.setting.cast;
        match field.format {
            Some(Format::Guid) => self.guid(),
            Some(Format::Arn) => self.resource(),
            Some(Format::Email | Format::Upn | Format::User) => self.mail(),
            Some(Format::Domain) => cast.get("domain").to_owned(),
            Some(Format::Url) => format!("https://{}/", cast.get("domain")),
            Some(Format::Duration) => "PT1H".to_owned(),
            Some(Format::Hex) => format!("{:016x}", self.number),
            Some(Format::Account) => cast.get("account").to_owned(),
            Some(Format::AwsId) => "AIDAEXAMPLEALICE00001".to_owned(),
            Some(Format::Id) => format!("id{:016x}", self.number),
            Some(Format::Country) => "Germany".to_owned(),
            Some(Format::CountryCode) => "DE".to_owned(),
            Some(Format::Name) | None => self.by_name(&field.name),
        }
    }

    /// Who a field is about: whoever acts, or whoever is acted on.
    fn person(&self) -> &str {
        let beside = |meaning: Meaning| {
            let fields = self.setting.schema.with_meaning(meaning);
            fields.iter().any(|field| match field.steps.split_last() {
                Some((_, over)) if !over.is_empty() => self.path.steps.starts_with(over),
                _ => self.path.steps == field.steps,
            })
        };
        let name = self.path.name().to_ascii_lowercase();
        let is_named = |word: &&str| name.contains(*word);
        let is_target = (beside(Meaning::Target) && !beside(Meaning::Actor))
            || ["target", "member", "recipient", "affected", "invite"].iter().any(is_named);
        self.setting.cast.get(if is_target { "target" } else { "actor" })
    }

    /// A name for what a field is about, where that is nobody.
    fn thing(&self) -> Option<&'static str> {
        const THINGS: [(&[&str], &str); 8] = [
            (&["role", "permission"], "analyst"),
            (&["location", "city"], "Berlin"),
            (&["group", "team"], "finance"),
            (&["file", "document"], "plan.docx"),
            (&["repo", "project"], "payments"),
            (&["org", "tenant", "workspace", "business", "enterprise", "company"], "contoso"),
            (&["app", "client"], "payroll"),
            (&["host", "device", "computer"], "laptop-0142"),
        ];
        let name = self.path.name().to_ascii_lowercase();
        let mut ends = name.rsplit('.').take(2);
        let (last, over) = (ends.next()?, ends.next().unwrap_or_default());
        let is_person = ["user", "actor"].iter().any(|word| last.contains(word));
        let about = if last == "name" || last == "displayname" { over } else { last };
        let found = THINGS.iter().find(|(words, _)| words.iter().any(|word| about.contains(word)));
        found.filter(|_| !is_person).map(|(_, thing)| *thing)
    }

    fn mail(&self) -> String {
        format!("{}@{}", self.person(), self.setting.cast.get("domain"))
    }

    fn resource(&self) -> String {
        format!("arn:aws:iam::{}:user/{}", self.setting.cast.get("account"), self.person())
    }

    fn guid(&self) -> String {
        let number = self.number;
        format!(
            "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
            number & 0xffff_ffff,
            (number >> 32) & 0xffff,
            (number >> 40) & 0xfff,
            (number >> 48) & 0xfff,
            number & 0xffff_ffff_ffff
        )
    }

    fn by_name(&self, name: &str) -> String {
        let cast = &self.setting.cast;
        let agents = ["aws-cli/2.17.0", "Mozilla/5.0 (X11; Linux x86_64)", "python-requests/2.32.3"];
        let lower = name.to_ascii_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        if has(&["arn"]) {
            self.resource()
        } else if has(&["accountid"]) {
            cast.get("account").to_owned()
        } else if has(&["accesskeyid"]) {
            "AKIAIOSFODNN7EXAMPLE".to_owned()
        } else if has(&["useragent", "user_agent"]) {
            let at = usize::try_from(self.setting.seed % 2).unwrap_or_default() + 1;
            agents.get(at).copied().unwrap_or("example").to_owned()
        } else if has(&["ipaddress", "ip_address", "clientip", "callerip"]) {
            cast.get("address").to_owned()
        } else if has(&["mail", "upn", "principalname", "alternateid", "login"]) {
            self.mail()
        } else if has(&["region"]) {
            cast.get("region").to_owned()
        } else if has(&["version"]) {
            "1.0".to_owned()
        } else if lower.ends_with("id") || has(&["uuid", "guid"]) {
            self.guid()
        } else if let Some(thing) = self.thing() {
            thing.to_owned()
        } else if has(&["name", "actor", "user"]) {
            self.person().to_owned()
        } else {
            "example".to_owned()
        }
    }
}

/// Another text of the same kind, by number: of a GUID the last digits differ, of an address the name, and of a value in
/// JSON the value.
pub fn another(text: &str, number: usize) -> String {
    if let Ok(mut value) = serde_json::from_str::<Value>(text)
        && change(&mut value, number)
    {
        return value.to_string();
    }
    match (text.split_once('@'), text.get(..32)) {
        (_, Some(start)) if Format::Guid.fits(text) => format!("{start}{number:04x}"),
        (Some((name, domain)), _) if !name.is_empty() => format!("{name}-{number}@{domain}"),
        _ => format!("{text}-{number}"),
    }
}

/// Changes the first text or truth value in a text or array of JSON; `false` where there is none.
fn change(value: &mut Value, number: usize) -> bool {
    match value {
        Value::String(text) => {
            *text = another(text, number);
            true
        }
        Value::Array(elements) => elements.first_mut().is_some_and(|first| match first {
            Value::Bool(own) => {
                *own = !*own;
                true
            }
            Value::String(_) => change(first, number),
            _ => false,
        }),
        _ => false,
    }
}

/// How many parts of a second the number counts, where its documentation says that it is a time.
fn since_1970(field: &Field) -> Option<u64> {
    let doc = field.doc.to_ascii_lowercase();
    let counts = |unit: &str| doc.contains(&format!("{unit}s since 1970"));
    [("millisecond", 1000), ("second", 1)].into_iter().find_map(|(unit, parts)| counts(unit).then_some(parts))
}

/// A number that depends on all of its inputs and on nothing else.
fn mix(seed: u64, path: &str, name: &str) -> u64 {
    let mut hash = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    for byte in path.bytes().chain(name.bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_text_is_of_the_same_kind() {
        for (text, other) in [
            ("admin", "admin-2"),
            ("alice@contoso.example", "alice-2@contoso.example"),
            ("62e90394-69f5-4237-9190-012177145e10", "62e90394-69f5-4237-9190-012177140002"),
            ("\"Global Administrator\"", "\"Global Administrator-2\""),
            ("[\"Guest\"]", "[\"Guest-2\"]"),
            ("[true]", "[false]"),
            ("@contoso.example", "@contoso.example-2"),
            ("17", "17-2"),
        ] {
            assert_eq!(another(text, 2), other);
        }
    }
}
