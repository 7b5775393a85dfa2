//! Identifiers, names and titles that more than one document has.

use rustc_hash::FxHashMap;

use super::File;
use super::codes::{DUPLICATE_ID, DUPLICATE_NAME, DUPLICATE_TITLE};
use crate::diagnostic::{Code, Diagnostic, Elsewhere};
use crate::rule::Meta;
use crate::source::Spanned;

/// What a document must not share, how findings call it, and the remedy.
struct Unique {
    code: &'static Code,
    noun: &'static str,
    help: &'static str,
    of: fn(&Meta) -> Option<&Spanned<String>>,
}

/// What is said of the place that keeps what several documents share.
const FIRST: &str = "first used here";

static UNIQUE: [Unique; 3] = [
    Unique {
        code: &DUPLICATE_ID,
        noun: "id",
        help: "give this document a new random UUID",
        of: |meta| meta.id.as_ref(),
    },
    Unique {
        code: &DUPLICATE_NAME,
        noun: "name",
        help: "give each document a name of its own",
        of: |meta| meta.name.as_ref(),
    },
    Unique {
        code: &DUPLICATE_TITLE,
        noun: "title",
        help: "say in the title what sets the rule apart",
        of: |meta| meta.title.as_ref(),
    },
];

/// What no other document of a collection may have too, as it is compared.
pub fn marks(meta: &Meta) -> impl Iterator<Item = String> {
    UNIQUE.iter().filter_map(|unique| (unique.of)(meta)).map(folded).filter(|mark| !mark.is_empty())
}

fn folded(text: &Spanned<String>) -> String {
    text.value.trim().to_lowercase()
}

/// The findings that need the whole collection, each with the place of its file in `files`; in the order of files and
/// places. The first document of several that share something is the one that keeps it.
pub fn across<'f>(files: impl IntoIterator<Item = &'f File>) -> Vec<(usize, Diagnostic)> {
    let files: Vec<&File> = files.into_iter().collect();
    let mut findings = Vec::new();
    for unique in &UNIQUE {
        let mut first: FxHashMap<String, (usize, &Spanned<String>)> = FxHashMap::default();
        for (at, file) in files.iter().enumerate() {
            for checked in &file.documents {
                let Some(own) = (unique.of)(checked.document.meta()) else { continue };
                let key = folded(own);
                if key.is_empty() {
                    continue;
                }
                let Some((owner, known)) = first.get(&key) else {
                    first.insert(key, (at, own));
                    continue;
                };
                let place = |file: &File| {
                    format!("{}:{}", file.source.name(), file.source.position(known.span.start).line)
                };
                let Some(place) = files.get(*owner).map(|file| place(file)) else { continue };
                // One value can be in two documents of a file, by an alias or a template.
                if *owner == at && known.span == own.span {
                    continue;
                }
                // Every format has the message, and few of them have labels.
                let message = format!(
                    "the {} `{}` is that of another document, at {place}",
                    unique.noun,
                    own.value.trim()
                );
                let finding = Diagnostic::new(unique.code, own.span, message).help(unique.help);
                let finding = match files.get(*owner) {
                    _ if *owner == at => finding.also(known.span, FIRST),
                    Some(file) => Diagnostic {
                        elsewhere: Some(Elsewhere {
                            file: file.source.name().to_owned(),
                            position: file.source.position(known.span.start),
                            message: FIRST.to_owned(),
                        }),
                        ..finding
                    },
                    None => finding,
                };
                findings.push((at, finding));
            }
        }
    }
    findings.sort_by_key(|(at, finding)| (*at, finding.span.start, finding.code.id));
    findings
}
