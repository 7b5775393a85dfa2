//! Values that arguments take, for completions and help.

use clap::builder::{PossibleValue, PossibleValuesParser, StringValueParser, TypedValueParser};

use crate::backend;
use crate::config;
use crate::diagnostic::render::Format;
use crate::diagnostic::{GROUPS, Severity};
use crate::export::Kind;
use crate::schema::Registry;

/// A text of which the usual values are known. Any text is taken: what is none of them gets its answer, with what was
/// meant, from the command.
#[derive(Clone, Debug)]
pub struct Usual(fn() -> Vec<String>);

impl TypedValueParser for Usual {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new((self.0)().into_iter().map(PossibleValue::new)))
    }
}

/// A target of `compile`.
pub fn target() -> Usual {
    Usual(|| backend::all().into_iter().map(|target| target.name().to_owned()).collect())
}

/// A kind of export.
pub fn kind() -> Usual {
    Usual(|| Kind::ALL.iter().map(|kind| kind.name().to_owned()).collect())
}

/// A log with a shipped schema.
pub fn log() -> Usual {
    Usual(|| Registry::shipped().names().into_iter().map(str::to_owned).collect())
}

/// The name of a finding, or its code.
pub fn code() -> Usual {
    Usual(|| {
        let codes = crate::codes();
        let names = codes.iter().map(|code| code.name.to_owned());
        names.chain(codes.iter().map(|code| code.id.to_owned())).collect()
    })
}

/// What selects findings: groups, names and codes.
pub fn selector() -> Usual {
    Usual(|| {
        let groups = GROUPS.iter().map(|(name, _)| (*name).to_owned());
        groups.chain(["all".to_owned()]).chain((code().0)()).collect()
    })
}

/// A setting with what it can be, where that is a few words.
pub fn setting() -> Usual {
    Usual(config::usual)
}

/// An output format.
pub fn format() -> impl TypedValueParser<Value = Format> {
    let names = PossibleValuesParser::new(Format::ALL.map(|(name, _)| name));
    names.try_map(|name| Format::named(&name).ok_or("no such format"))
}

/// The severity from which on a run fails.
pub fn severity() -> impl TypedValueParser<Value = Severity> {
    let all = [Severity::Error, Severity::Warning, Severity::Info];
    let names = PossibleValuesParser::new(all.map(Severity::name));
    names.try_map(|name| Severity::named(&name).ok_or("no such severity"))
}
