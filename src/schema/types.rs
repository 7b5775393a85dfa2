//! The types of values, and what is known of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::format::Format;
use super::forms::Form;
use super::path::Path;
use crate::text::TextPattern;

/// The type of a value. Cheap to clone.
#[derive(Debug, Clone)]
pub enum Type {
    /// Text.
    String,
    /// Text from a list of known values.
    Enum(Arc<dyn KnownValues>),
    /// A whole number of 64 bits.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// An RFC 3339 time.
    Timestamp,
    /// An IPv4 or IPv6 address, or, where the provider says so, a service's name.
    Ip,
    /// As [`Ip`](Self::Ip), but written as the end of a connection: also with a port, in brackets, and as version 4
    /// inside version 6 (`203.0.113.9:51234`, `[2001:db8::9]:443`, `::ffff:203.0.113.9`).
    Endpoint,
    /// An object with known members.
    Object(Arc<ObjectType>),
    /// An array.
    Array(Arc<Type>),
    /// An object with free keys and one type of value.
    Map(Arc<Type>),
    /// Text that holds JSON of this type. Predicates see the text; a longer path continues into the JSON.
    Json(Arc<Type>),
    /// Anything: nothing is known, or the provider makes no promise.
    Any,
}

impl Type {
    /// A word for messages: `string`, `integer`, `object`, …
    pub fn name(&self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Enum(_) => "enumeration",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Timestamp => "timestamp",
            Self::Ip | Self::Endpoint => "address",
            Self::Object(_) | Self::Map(_) => "object",
            Self::Array(_) => "array",
            Self::Json(_) => "JSON text",
            Self::Any => "any",
        }
    }

    /// Whether it is a map or has one below it; what is inside a text is none of the record's members.
    pub fn has_map(&self) -> bool {
        match self {
            Self::Map(_) => true,
            Self::Object(object) => object.has_map(),
            Self::Array(items) => items.has_map(),
            _ => false,
        }
    }
}

/// How much of what can occur a list of known values holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Completeness {
    /// Other values occur: an unknown one is a warning.
    #[default]
    Incomplete,
    /// Only values of a kind that can be named may be missing, such as names that the provider's own console uses: an
    /// unknown value is an error where it is near to a known one, else a warning.
    Nearly,
    /// Every value is known: an unknown one is an error.
    Complete,
}

impl Completeness {
    /// Whether an unknown value is an error, `near` when the list has one that may be meant.
    pub fn refuses(self, near: bool) -> bool {
        match self {
            Self::Complete => true,
            Self::Nearly => near,
            Self::Incomplete => false,
        }
    }
}

/// A set of texts that a field can hold.
pub trait KnownValues: std::fmt::Debug + Send + Sync {
    /// How much of what can occur is known.
    fn completeness(&self) -> Completeness;
    /// The same for values like `text`: a part of the list can be known better than the rest.
    fn completeness_around(&self, _text: &str) -> Completeness {
        self.completeness()
    }
    /// What a nearly complete list can lack, as messages say it; empty when nothing is reported.
    fn missing(&self) -> &str;
    /// Whether every value is known.
    fn complete(&self) -> bool {
        self.completeness() == Completeness::Complete
    }
    /// What a member is called in messages: `event name`, `activity`, …
    fn noun(&self) -> &str;
    /// The member with this text in any letter case, in its canonical spelling.
    fn canonical(&self, text: &str) -> Option<&str>;
    /// What the log writes in place of `text`, which is a name of the same thing elsewhere only: no event holds it.
    fn logged_as(&self, _text: &str) -> Option<&str> {
        None
    }
    /// Why the log never holds what the pattern says, where that is known whatever else the list lacks.
    fn never(&self, _pattern: &TextPattern) -> Option<&str> {
        None
    }
    /// Whether the log writes the members in other letter cases too.
    fn any_case(&self) -> bool {
        false
    }
    /// Whether no other member differs from `text` in letter case alone, so that the exact operator of a target finds
    /// all that the rule means.
    fn unique(&self, text: &str) -> bool {
        let mut found = 0;
        self.visit(&mut |member| {
            found += u32::from(crate::text::equals(text, member));
            found < 2
        });
        found < 2
    }
    /// Calls `visit` with every member until it returns `false`.
    fn visit(&self, visit: &mut dyn FnMut(&str) -> bool);
    /// The generated table that holds members, if one does.
    fn table(&self) -> Option<String> {
        None
    }
    /// Calls `visit` with every member that no generated table holds, until it returns `false`.
    fn visit_own(&self, visit: &mut dyn FnMut(&str) -> bool) {
        if self.table().is_none() {
            self.visit(visit);
        }
    }
    /// What a member goes with in the table that holds it.
    fn owners(&self, _text: &str) -> Vec<&str> {
        Vec::new()
    }
    /// At most five members near to `text`, nearest first.
    fn nearest(&self, text: &str) -> Vec<String> {
        let mut near = super::nearest::Nearest::new(text);
        self.visit(&mut |member| {
            near.offer(member, member);
            true
        });
        near.finish()
    }
}

/// An object's members.
#[derive(Debug, Default)]
pub struct ObjectType {
    /// The members in the order of the schema.
    pub fields: Vec<Field>,
    /// Whether members that are not listed can occur.
    pub open: bool,
    /// Whether the provider documents the members of the open object, so that another one is worth a word.
    pub documented: bool,
}

/// A member of an object.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, as in the file")]
pub struct Field {
    /// The JSON key.
    pub name: Box<str>,
    /// Its type. For dependent members this is what holds when nothing narrows it.
    pub ty: Type,
    /// One line of documentation.
    pub doc: Box<str>,
    /// Whether every record has it.
    pub always: bool,
    /// Whether it is never the empty string.
    pub never_empty: bool,
    /// Whether it is never JSON null: where there is no value, the provider leaves the member out.
    pub never_null: bool,
    /// What the provider does to the value when it does not show it.
    pub redacted: Option<Redaction>,
    /// What every text of it looks like.
    pub format: Option<Format>,
    /// How every text of it is written; empty where nothing is known.
    pub forms: Arc<[Form]>,
    /// Texts that it can hold besides addresses, or besides texts of the format or the forms.
    pub also: Box<[Box<str>]>,
    /// Whether a field of JSON text holds other text in some records.
    pub or_text: bool,
    /// Labels of numbers, as people and other tables write them: the number, then its label.
    pub labels: Arc<[(Box<str>, Box<str>)]>,
    /// Whether the provider leaves the field out where it is false or zero.
    pub false_is_absent: bool,
    /// Set for an array whose elements are addressed by a key.
    pub keyed: Option<Arc<Keyed>>,
    /// Set when the type follows from other fields.
    pub dependent: Option<Arc<dyn Dependent>>,
}

/// What the log shows in place of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Redaction {
    /// This text.
    Text(Box<str>),
    /// Nothing: the member is left out.
    LeftOut,
    /// The provider's interface calls the value sensitive, so that the log may hide it.
    Perhaps,
}

impl Redaction {
    /// The texts that can be in place of the value: where one is known, others that providers use for the same end
    /// can be too, because the same member has been seen with several.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        const OTHERS: [&str; 4] = ["HIDDEN_DUE_TO_SECURITY_REASONS", "****", "***", "<sensitiveDataRemoved>"];
        let (own, others) = match self {
            Self::Text(text) => (Some(&**text), &OTHERS[..]),
            Self::LeftOut | Self::Perhaps => (None, &[][..]),
        };
        own.into_iter().chain(others.iter().copied())
    }
}

/// How the elements of an array are addressed by a key.
#[derive(Debug)]
pub struct Keyed {
    /// The member that holds the key.
    pub key: Box<str>,
    /// With several members, the first present one is the value; empty when the rest of the path names the member.
    pub values: Vec<Box<str>>,
    /// Known keys: text and one line of documentation.
    pub known: Vec<(Box<str>, Box<str>)>,
    /// Whether `known` is all.
    pub complete: bool,
}

/// What is known of some fields where a predicate is: the values that they can have in a match.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    known: Vec<(Path, BTreeSet<String>)>,
}

impl Facts {
    /// The possible values of `path`, in canonical spelling; `None` when nothing is known.
    pub fn values(&self, path: &Path) -> Option<&BTreeSet<String>> {
        self.known.iter().find(|(known, _)| known == path).map(|(_, values)| values)
    }

    /// Narrows `path` to `values` as well.
    pub fn narrow(&mut self, path: &Path, values: BTreeSet<String>) {
        match self.known.iter_mut().find(|(known, _)| known == path) {
            Some((_, old)) => old.retain(|value| values.contains(value)),
            None => self.known.push((path.clone(), values)),
        }
    }

    /// Everything known.
    pub fn iter(&self) -> impl Iterator<Item = (&Path, &BTreeSet<String>)> {
        self.known.iter().map(|(path, values)| (path, values))
    }
}

/// A type that follows from other fields of the event.
pub trait Dependent: std::fmt::Debug + Send + Sync {
    /// The fields that decide.
    fn on(&self) -> &[Path];
    /// The types that are possible under `facts`, each with a name for messages (`iam.amazonaws.com CreateUser`).
    /// Empty when the facts leave it open (then the field's own type holds).
    fn types(&self, facts: &Facts) -> Vec<(String, Type)>;
    /// Names of cases whose type has a member `path`, at most `limit`: for messages.
    fn cases_with(&self, path: &str, facts: &Facts, limit: usize) -> Vec<String>;
    /// The members with which the dotted `name` can begin under `facts`. With `fold`, letter case does not matter.
    fn members(&self, name: &str, facts: &Facts, fold: bool) -> Members;
    /// What it means that no case has members, where `facts` allow none that has.
    fn bare(&self, _facts: &Facts) -> Option<&str> {
        None
    }
    /// Calls `visit` with the name of every member, at the first level, that the facts allow. Names may repeat.
    fn visit(&self, facts: &Facts, visit: &mut dyn FnMut(&str));
    /// Whether a map is below some member.
    fn has_map(&self, facts: &Facts) -> bool {
        self.types(facts).iter().any(|(_, ty)| ty.has_map())
    }
    /// Whether there is such a member.
    fn has_members(&self, facts: &Facts) -> bool {
        let mut any = false;
        self.visit(facts, &mut |_| any = true);
        any
    }
}

/// What a [`Dependent`] knows of one name.
#[derive(Debug, Default)]
pub struct Members {
    /// The fields that the name can begin with, each with the names of the cases that have it. Equal fields are merged.
    pub found: Vec<(Vec<String>, Field)>,
    /// Names of the cases that are known in full and lack it. A name can also be among `found`, when it stands for
    /// several cases.
    pub lacking: Vec<String>,
    /// Whether the facts allow a case that is not known in full.
    pub open: bool,
}

impl ObjectType {
    /// Whether a map is below some member.
    pub fn has_map(&self) -> bool {
        self.fields.iter().any(|field| field.ty.has_map())
    }

    /// The longest member with which the dotted `name` begins. With `fold`, letter case does not matter.
    pub fn member(&self, name: &str, fold: bool) -> Option<&Field> {
        // Most names begin otherwise, which one byte tells.
        let first = name.bytes().next().map(|byte| byte.to_ascii_lowercase());
        let may_begin = |field: &&Field| {
            field.name.bytes().next().is_none_or(|byte| Some(byte.to_ascii_lowercase()) == first)
        };
        let begin = self.fields.iter().filter(may_begin).filter(|field| begins(name, &field.name, fold));
        begin.max_by_key(|field| field.name.len())
    }
}

/// Whether the dotted `name` is `key`, or `key` and a dot and more. With `fold`, ASCII letter case does not matter.
pub(super) fn begins(name: &str, key: &str, fold: bool) -> bool {
    let Some((head, tail)) = name.split_at_checked(key.len()) else { return false };
    (tail.is_empty() || tail.starts_with('.'))
        && if fold { head.eq_ignore_ascii_case(key) } else { head == key }
}

impl Field {
    /// A field of which only the name is known.
    pub fn named(name: impl Into<Box<str>>) -> Self {
        Self {
            name: name.into(),
            ty: Type::Any,
            doc: "".into(),
            always: false,
            never_empty: false,
            never_null: false,
            redacted: None,
            format: None,
            forms: Arc::default(),
            also: Box::default(),
            or_text: false,
            labels: Arc::default(),
            false_is_absent: false,
            keyed: None,
            dependent: None,
        }
    }
}
