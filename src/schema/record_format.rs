//! Other documented shapes of one record.

use super::delivery::Decode;
use super::path::Path;

/// Another documented shape of a record, such as the Graph resource or the Sentinel row of an Entra audit record.
/// Its names resolve to canonical ones, and events in it are rewritten before they are evaluated.
#[derive(Debug, Clone)]
pub struct RecordFormat {
    /// A name for people: `Sentinel row`.
    pub name: String,
    /// Top-level keys that an event in this shape has, all of them.
    pub has: Vec<String>,
    /// Top-level keys that an event in this shape lacks, all of them.
    pub lacks: Vec<String>,
    /// Where each member goes; the longest prefix wins, unlisted members stay where they are.
    pub members: Vec<RecordFormatMember>,
    /// Whether it is a row of a table, in which a column that is the empty text has no value.
    pub row: bool,
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
    /// Texts that stand there when the record lacks the member.
    pub absent_as: Vec<String>,
}
