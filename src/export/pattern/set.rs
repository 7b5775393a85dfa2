//! Sets of values of one field: what a pattern of `EventBridge` says of it.

use serde_json::{Value, json};

use super::Refusal;

/// A test of one scalar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Matcher {
    /// This text.
    Exact(String),
    /// This text, in letters of either case.
    AnyCase(String),
    /// A beginning, and whether letters must agree in case.
    Prefix(String, bool),
    /// An end, and whether letters must agree in case.
    Suffix(String, bool),
    /// A text with `*` in it, written as patterns write it.
    Wildcard(String),
    /// This number.
    Number(i64),
    /// A number that compares so.
    Numeric(&'static str, i64),
    /// This truth value.
    Boolean(bool),
    /// An address in this block.
    Block(String),
}

/// The scalars that satisfy a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Scalars {
    /// Those that one of these takes.
    In(Vec<Matcher>),
    /// Those that none of these takes.
    Out(Vec<Matcher>),
}

/// What can be in a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    /// Text.
    Text,
    /// Numbers.
    Number,
    /// Truth values.
    Boolean,
    /// Anything.
    Open,
}

/// What a field may be: missing, null, or one of some scalars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Set {
    pub missing: bool,
    pub null: bool,
    pub scalars: Scalars,
    pub holds: Holds,
    pub occurs: Occurs,
}

/// Whether records without a field, and with null in it, occur at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Occurs {
    pub missing: bool,
    pub null: bool,
}

/// The largest number that the matcher compares exactly.
const LARGEST: i64 = 5_000_000_000;

impl Set {
    /// Everything that is not in it.
    pub fn complement(self) -> Self {
        let scalars = match self.scalars {
            Scalars::In(list) => Scalars::Out(list),
            Scalars::Out(list) => Scalars::In(list),
        };
        Self { missing: !self.missing, null: !self.null, scalars, ..self }
    }

    /// What is in both.
    pub fn and(self, other: Self) -> Result<Self, Refusal> {
        use Scalars::{In, Out};
        let scalars = match (self.scalars, other.scalars) {
            (Out(mut one), Out(more)) => {
                one.extend(more.into_iter().filter(|matcher| !one.contains(matcher)).collect::<Vec<_>>());
                Out(one)
            }
            (In(list), Out(without)) | (Out(without), In(list)) => In(kept(list, &without, false)?),
            (In(one), In(two)) => match (kept(one.clone(), &two, true), kept(two, &one, true)) {
                (Ok(list), _) | (_, Ok(list)) => In(list),
                (Err(refusal), _) => return Err(refusal),
            },
        };
        Ok(Self { missing: self.missing && other.missing, null: self.null && other.null, scalars, ..self })
    }

    /// What is in one of them.
    pub fn or(self, other: Self) -> Result<Self, Refusal> {
        Ok(self.complement().and(other.complement())?.complement())
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        let nothing = matches!(&self.scalars, Scalars::In(list) if list.is_empty());
        nothing && !(self.missing && self.occurs.missing) && !(self.null && self.occurs.null)
    }

    /// Whether everything is in it.
    pub fn is_all(&self) -> bool {
        let all = matches!(&self.scalars, Scalars::Out(list) if list.is_empty());
        all && (self.missing || !self.occurs.missing) && (self.null || !self.occurs.null)
    }

    /// The list of a pattern. In one, `exists` and `anything-but` take null too, which is a leaf like any other.
    pub fn list(&self) -> Result<Vec<Value>, Refusal> {
        let null = self.null && self.occurs.null;
        let takes_null = self.null || !self.occurs.null;
        let mut list = match &self.scalars {
            Scalars::In(matchers) => {
                let mut list: Vec<Value> = matchers.iter().map(Matcher::written).collect();
                list.extend(null.then_some(Value::Null));
                list
            }
            Scalars::Out(matchers) if matchers.is_empty() => match self.holds {
                _ if takes_null => vec![json!({"exists": true})],
                Holds::Text => vec![json!({"wildcard": "*"})],
                Holds::Boolean => vec![json!(true), json!(false)],
                Holds::Number | Holds::Open => return Err(Refusal::Presence),
            },
            Scalars::Out(matchers) => self.without(matchers, takes_null)?,
        };
        list.extend((self.missing && self.occurs.missing).then(|| json!({"exists": false})));
        Ok(list)
    }

    fn without(&self, matchers: &[Matcher], takes_null: bool) -> Result<Vec<Value>, Refusal> {
        if self.holds == Holds::Boolean {
            let open = [true, false].map(Matcher::Boolean);
            let left = open.iter().filter(|value| !matchers.contains(value));
            return Ok(left.map(Matcher::written).collect());
        }
        if !takes_null || self.holds == Holds::Open {
            return Err(Refusal::Negation);
        }
        if let [Matcher::Numeric(order, bound)] = matchers {
            let opposite = match *order {
                "<" => ">=",
                "<=" => ">",
                ">" => "<=",
                _ => "<",
            };
            let mut list = vec![Matcher::Numeric(opposite, *bound).written()];
            list.extend((self.null && self.occurs.null).then_some(Value::Null));
            return Ok(list);
        }
        Ok(vec![json!({"anything-but": excluded(matchers)?})])
    }
}

/// What `anything-but` takes: values or patterns of one kind.
fn excluded(matchers: &[Matcher]) -> Result<Value, Refusal> {
    let all = |of: fn(&Matcher) -> Option<Value>| matchers.iter().map(of).collect::<Option<Vec<Value>>>();
    let exact = |matcher: &Matcher| match matcher {
        Matcher::Exact(text) => Some(json!(text)),
        _ => None,
    };
    let number = |matcher: &Matcher| match matcher {
        Matcher::Number(number) => Some(json!(number)),
        _ => None,
    };
    let any_case = |matcher: &Matcher| match matcher {
        Matcher::AnyCase(text) => Some(json!(text)),
        // Without letters case says nothing.
        Matcher::Exact(text) if !has_letters(text) => Some(json!(text)),
        _ => None,
    };
    let wildcard = |matcher: &Matcher| match matcher {
        Matcher::Exact(text) => Some(json!(escaped(text))),
        Matcher::Prefix(text, true) => Some(json!(format!("{}*", escaped(text)))),
        Matcher::Suffix(text, true) => Some(json!(format!("*{}", escaped(text)))),
        Matcher::Wildcard(text) => Some(json!(text)),
        _ => None,
    };
    if let Some(list) = all(exact).or_else(|| all(number)) {
        return Ok(Value::Array(list));
    }
    if let Some(list) = all(any_case) {
        return Ok(json!({"equals-ignore-case": list}));
    }
    if let Some(list) = all(wildcard) {
        return Ok(json!({"wildcard": list}));
    }
    Err(Refusal::Negation)
}

/// The matchers of a list whose values a second list takes, or takes none of. A matcher of many values is kept or
/// dropped where that is the same for all of them, which is known of equal matchers alone.
fn kept(list: Vec<Matcher>, by: &[Matcher], wanted: bool) -> Result<Vec<Matcher>, Refusal> {
    let mut left = Vec::new();
    for matcher in list {
        let answers: Vec<Option<bool>> = by.iter().map(|other| other.takes(&matcher)).collect();
        let taken = answers.contains(&Some(true));
        if !taken && answers.contains(&None) {
            return Err(Refusal::TwoTests);
        }
        if taken == wanted {
            left.push(matcher);
        }
    }
    Ok(left)
}

impl Matcher {
    /// Whether it takes every value that the other one takes (`true`) or none (`false`); `None` where it takes some, or
    /// where that is not known.
    fn takes(&self, other: &Self) -> Option<bool> {
        if self == other {
            return Some(true);
        }
        let (text, cased) = match other {
            Self::Exact(text) => (text, true),
            Self::AnyCase(text) => (text, false),
            Self::Number(number) => {
                return match self {
                    Self::Number(_) => Some(false),
                    Self::Numeric("<", than) => Some(number < than),
                    Self::Numeric("<=", than) => Some(number <= than),
                    Self::Numeric(">", than) => Some(number > than),
                    Self::Numeric(_, than) => Some(number >= than),
                    _ => None,
                };
            }
            Self::Boolean(_) => return matches!(self, Self::Boolean(_)).then_some(false),
            _ => return None,
        };
        let same = |one: &str, two: &str| one.eq_ignore_ascii_case(two);
        // Of letters in either case a test with regard to it says nothing, but where it fails for all of them.
        let sure =
            |fits: bool, test_cased: bool| if fits && test_cased && !cased { None } else { Some(fits) };
        match self {
            Self::Exact(own) => sure(if cased { own == text } else { same(own, text) }, has_letters(own)),
            Self::AnyCase(own) => Some(same(own, text)),
            Self::Prefix(own, own_cased) => {
                let begins = text
                    .get(..own.len())
                    .is_some_and(|head| if *own_cased && cased { head == own } else { same(head, own) });
                sure(begins, *own_cased && has_letters(own))
            }
            Self::Suffix(own, own_cased) => {
                let start = text.len().checked_sub(own.len());
                let ends = start
                    .and_then(|start| text.get(start..))
                    .is_some_and(|tail| if *own_cased && cased { tail == own } else { same(tail, own) });
                sure(ends, *own_cased && has_letters(own))
            }
            _ => None,
        }
    }

    fn written(&self) -> Value {
        match self {
            Self::Exact(text) => json!(text),
            Self::AnyCase(text) => json!({"equals-ignore-case": text}),
            Self::Prefix(text, true) => json!({"prefix": text}),
            Self::Prefix(text, false) => json!({"prefix": {"equals-ignore-case": text}}),
            Self::Suffix(text, true) => json!({"suffix": text}),
            Self::Suffix(text, false) => json!({"suffix": {"equals-ignore-case": text}}),
            Self::Wildcard(text) => json!({"wildcard": text}),
            Self::Number(number) => json!({"numeric": ["=", number]}),
            Self::Numeric(order, number) => json!({"numeric": [order, number]}),
            Self::Boolean(value) => json!(value),
            Self::Block(block) => json!({"cidr": block}),
        }
    }
}

/// Whether a number is one that the matcher compares exactly.
pub(super) const fn is_exact(number: i64) -> bool {
    -LARGEST <= number && number <= LARGEST
}

/// Whether a text has letters that have a case.
pub(super) fn has_letters(text: &str) -> bool {
    text.chars().any(|char| char.is_ascii_alphabetic())
}

/// A text in a wildcard.
pub(super) fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('*', "\\*")
}
