//! Other documented shapes of one record.

use super::delivery::Decode;
use super::path::Path;

/// Another documented shape of a record, such as the Graph resource or the Sentinel row of an Entra audit record.
/// Its names resolve to canonical ones, and events in it are rewritten before they are evaluated.
#[derive(Debug, Clone)]
pub struct RecordFormat {
    /// A name for people: `Sentinel row`.
    pub name: String,
    /// How an event in this format is recognised.
    pub signature: Signature,
    /// Where each member goes; the longest prefix wins, unlisted members stay where they are.
    pub members: Vec<RecordFormatMember>,
    /// Whether it is a row of a table, in which a column that is the empty text has no value.
    pub row: bool,
}

/// What tells the records of a log, in one format, from those of every other log.
#[derive(Debug, Clone, Default)]
pub struct Signature {
    /// Keys that the event has, all of them; dots lead into objects.
    pub has: Vec<String>,
    /// Keys that the event lacks, all of them.
    pub lacks: Vec<String>,
    /// Keys that hold one of these texts, whatever the case of ASCII letters.
    pub values: Vec<(String, Vec<String>)>,
}

impl Signature {
    /// Whether it says nothing, so that it recognises no event.
    pub const fn is_empty(&self) -> bool {
        self.has.is_empty() && self.lacks.is_empty() && self.values.is_empty()
    }
}

/// A member of another shape.
#[derive(Debug, Clone)]
pub struct RecordFormatMember {
    /// The keys from the root of the other shape.
    pub from: Vec<String>,
    /// The canonical path; what lies below comes along. Where it leads through the elements of an array, it names the
    /// member of the elements, and where it selects an element by its key, the value becomes such an element.
    pub to: Path,
    /// How the value there is encoded.
    pub decode: Decode,
    /// Canonical text and stored text, where they differ.
    pub values: Vec<(String, String)>,
    /// Whether the stored texts are documented to the letter; otherwise letter case does not count.
    pub spelt: bool,
    /// Texts that are there when the record lacks the member.
    pub absent_as: Vec<String>,
    /// A key of the other shape, and the texts there with which it is this member and no other.
    pub when: Option<(String, Vec<String>)>,
}
