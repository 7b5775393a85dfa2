//! What fields mean, and the names that other tools give to what they mean.
//!
//! A rule that comes from another tool says `event.action` or `SrcIpAddr`: names of a vocabulary that every log of that
//! tool shares. A schema says which of its fields has which [`Meaning`], and the table of vocabularies says which name
//! has, so that each name is understood in every log.

use super::{Path, Schema};
use crate::text;

/// `name<TAB>vocabulary<TAB>meaning`, and lines of comment that begin with `#`.
const VOCABULARIES: &str = include_str!("shipped/vocabularies.txt");

/// What a field says of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Meaning {
    /// What was done.
    Action,
    /// Who did it, by name.
    Actor,
    /// Who did it, by identifier.
    ActorId,
    /// Who did it, by address of electronic mail.
    ActorEmail,
    /// What kind of identity did it.
    ActorType,
    /// To whom or to what it was done.
    Target,
    /// The address that it came from.
    Address,
    /// The program that was used.
    UserAgent,
    /// Whether it succeeded.
    Outcome,
    /// Why it failed.
    Reason,
    /// When it happened.
    Time,
    /// What identifies the event.
    Id,
    /// The service that was used.
    Service,
    /// The account, project or tenant.
    Account,
    /// The region.
    Region,
    /// The country that it came from.
    Country,
    /// The city that it came from.
    City,
    /// The session.
    Session,
    /// A class that the tool makes up for events of all logs.
    Class,
    /// Which log the event is from.
    Log,
}

impl Meaning {
    /// Every meaning, with the word for it in files and the words in messages.
    const ALL: [(Self, &'static str, &'static str); 20] = [
        (Self::Action, "action", "what was done"),
        (Self::Actor, "actor", "who did it"),
        (Self::ActorId, "actor_id", "the identifier of who did it"),
        (Self::ActorEmail, "actor_email", "the e-mail address of who did it"),
        (Self::ActorType, "actor_type", "the kind of identity that did it"),
        (Self::Target, "target", "what it was done to"),
        (Self::Address, "address", "the address of the client"),
        (Self::UserAgent, "user_agent", "the user agent"),
        (Self::Outcome, "outcome", "the outcome"),
        (Self::Reason, "reason", "the reason of a failure"),
        (Self::Time, "time", "the time"),
        (Self::Id, "id", "the identifier of the event"),
        (Self::Service, "service", "the service"),
        (Self::Account, "account", "the account"),
        (Self::Region, "region", "the region"),
        (Self::Country, "country", "the country of the client"),
        (Self::City, "city", "the city of the client"),
        (Self::Session, "session", "the session"),
        (Self::Class, "class", "a class of events"),
        (Self::Log, "log", "the log"),
    ];

    /// The meaning that a file calls so.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, known, _)| *known == word).map(|(meaning, ..)| meaning)
    }

    fn entry(self) -> (&'static str, &'static str) {
        let found = Self::ALL.into_iter().find(|(meaning, ..)| *meaning == self);
        found.map_or(("", ""), |(_, word, words)| (word, words))
    }

    /// The word for it in files.
    pub fn word(self) -> &'static str {
        self.entry().0
    }

    /// The words for it in messages: `what was done`.
    pub fn words(self) -> &'static str {
        self.entry().1
    }

    /// Every word that a file can say.
    pub fn every_word() -> impl Iterator<Item = &'static str> {
        Self::ALL.into_iter().map(|(_, word, _)| word)
    }
}

/// What a record holds when an action went one way: each field, with its modifiers as a rule writes them, and its value
/// as YAML.
pub type Signs = Vec<(String, String)>;

/// How a success and a failure look.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// What a record of a success holds.
    pub success: Signs,
    /// What a record of a failure holds.
    pub failure: Signs,
    /// What else there is to know.
    pub note: String,
}

/// What a name that the log does not have means elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meant {
    /// Whose name it is: `ECS`; empty where only this log's rules and exports use it.
    pub vocabulary: &'static str,
    /// What it means there.
    pub meaning: Option<Meaning>,
    /// The fields of the log that mean it; none where it has no such field.
    pub fields: Vec<String>,
}

impl Schema {
    /// The fields of a meaning, the best first.
    pub fn with_meaning(&self, meaning: Meaning) -> &[Path] {
        self.meanings.iter().find(|(known, _)| *known == meaning).map_or(&[], |(_, paths)| paths)
    }

    /// What a name means that other tools give to something, if one does.
    pub fn meant(&self, name: &str) -> Option<Meant> {
        let names = |paths: &[Path]| paths.iter().map(Path::name).collect::<Vec<_>>();
        if let Some((_, paths)) = self.also_known_as.iter().find(|(known, _)| text::equals(known, name)) {
            return Some(Meant { vocabulary: "", meaning: None, fields: names(paths) });
        }
        let (vocabulary, meaning) = vocabulary(name)?;
        let fields = match meaning {
            Meaning::Time if self.with_meaning(meaning).is_empty() => names(self.time.as_slice()),
            _ => names(self.with_meaning(meaning)),
        };
        // A plain word says too little where the log has nothing of the kind.
        let known = match meaning {
            Meaning::Log => true,
            Meaning::Outcome if !self.outcome.success.is_empty() => true,
            // A column of Sentinel is better reported with the log that has it.
            _ => {
                !fields.is_empty()
                    || vocabulary == "ASIM"
                    || (several_words(name) && vocabulary != "Sentinel")
            }
        };
        known.then_some(Meant { vocabulary, meaning: Some(meaning), fields })
    }
}

/// Whether a name is more than one plain word.
fn several_words(name: &str) -> bool {
    name.contains(|char: char| !char.is_ascii_lowercase())
}

/// Whose name it is, and what it means there.
fn vocabulary(name: &str) -> Option<(&'static str, Meaning)> {
    VOCABULARIES.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let mut cells = line.split('\t');
        let (known, vocabulary, word) = (cells.next()?, cells.next()?, cells.next()?);
        // Vocabularies are distinguished by how they write names.
        (known == name).then(|| Meaning::named(word).map(|meaning| (vocabulary, meaning)))?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_vocabularies_is_read_and_no_name_comes_twice() {
        let mut seen = std::collections::BTreeSet::new();
        for line in VOCABULARIES.lines().filter(|line| !line.starts_with('#')) {
            let name = line.split('\t').next().expect("a name");
            assert!(vocabulary(name).is_some(), "{line}");
            assert!(seen.insert(name), "{name} comes twice");
        }
        for (meaning, word, _) in Meaning::ALL {
            assert_eq!(Meaning::named(word), Some(meaning));
        }
    }
}
