//! Findings as text for people and for machines: one file per output format.
//!
//! A machine format is one value for all findings of a run, so that it stands alone on standard output.

mod concise;
mod github;
mod gitlab;
mod json;
mod junit;
mod markdown;
mod sarif;
mod summary;
mod text;
mod wrap;

pub use json::{VERSION, compact, document, line, members, object, pieces, pretty};
pub use junit::{TestCase, cases, suite};
pub use markdown::{code_block, code_span};
pub use summary::{markdown, statistics};
pub use text::{Layout, laid_out, text};
pub use wrap::{prose, wrapped};

use super::{Code, Diagnostic, Status};
use crate::source::visible::{self, visible};
use crate::source::{SourceFile, Span};

/// What a part of a text says, however it is laid out.
pub type Spoken<'s> = &'s dyn Fn(&SourceFile, Span) -> String;

/// A finding together with the file that its spans point into.
#[derive(Clone, Copy, Debug)]
pub struct Finding<'a> {
    /// The file.
    pub source: &'a SourceFile,
    /// The finding.
    pub diagnostic: &'a Diagnostic,
    /// What became of it; formats for people hold what counts alone.
    pub status: Status<'a>,
}

impl<'a> Finding<'a> {
    /// A finding that counts.
    pub fn new(source: &'a SourceFile, diagnostic: &'a Diagnostic) -> Self {
        Self { source, diagnostic, status: Status::Open }
    }
}

/// The output formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// Annotated source, for people.
    Text,
    /// One line per finding.
    Concise,
    /// One JSON object with a list of findings.
    Json,
    /// One JSON object per line.
    JsonLines,
    /// SARIF 2.1.0.
    Sarif,
    /// GitHub workflow commands.
    GitHub,
    /// GitLab code quality.
    GitLab,
    /// JUnit XML, one test case per file.
    JUnit,
}

impl Format {
    /// Every format with the name that `--format` takes.
    pub const ALL: [(&'static str, Self); 8] = [
        ("text", Self::Text),
        ("concise", Self::Concise),
        ("json", Self::Json),
        ("jsonl", Self::JsonLines),
        ("sarif", Self::Sarif),
        ("github", Self::GitHub),
        ("gitlab", Self::GitLab),
        ("junit", Self::JUnit),
    ];

    /// Whether a forge reads it, for which paths start at the root of the repository.
    pub fn is_for_forges(self) -> bool {
        matches!(self, Self::Sarif | Self::GitHub | Self::GitLab | Self::JUnit)
    }

    /// The format with a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, format)| *format)
    }

    /// Renders all findings of a run. `files` names every file that was read, with and without findings; `codes` is
    /// the registry of codes; `spoken` gives what a finding speaks of, for fingerprints.
    pub fn render(
        self,
        findings: &[Finding<'_>],
        files: &[&str],
        codes: &[&'static Code],
        spoken: Spoken<'_>,
        colour: bool,
    ) -> String {
        let text = match self {
            Self::Text => findings.iter().map(|finding| text(*finding, colour) + "\n").collect(),
            Self::Concise => concise::render(findings),
            Self::Json => json::whole(findings),
            Self::JsonLines => json::lines(findings),
            Self::Sarif => sarif::render(findings, codes, spoken),
            Self::GitHub => github::render(findings),
            Self::GitLab => gitlab::render(findings, spoken),
            Self::JUnit => suite("sigmata", &cases(findings, files)),
        };
        match self {
            Self::Json | Self::JsonLines | Self::Sarif | Self::GitLab => visible::json(&text).into_owned(),
            Self::Concise => visible::lines(&text).into_owned(),
            Self::GitHub => visible::commands(&text).into_owned(),
            Self::Text | Self::JUnit => text,
        }
    }
}

/// A 64-bit FNV-1a hash, for fingerprints that must stay the same from run to run.
fn fingerprint<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for part in parts {
        for byte in part.bytes().chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    format!("{hash:016x}")
}

/// Fingerprints that depend neither on line numbers nor on the layout: code, file, what the text spoken of says, and the
/// how-manieth of its kind.
fn fingerprints(findings: &[Finding<'_>], spoken: Spoken<'_>) -> Vec<String> {
    let mut seen = rustc_hash::FxHashMap::default();
    findings
        .iter()
        .map(|finding| {
            let key = (
                finding.diagnostic.code.id,
                finding.source.name(),
                spoken(finding.source, finding.diagnostic.span),
            );
            let nth: &mut u32 = seen.entry(key.clone()).or_default();
            *nth += 1;
            fingerprint([key.0, key.1, &key.2, &nth.to_string()])
        })
        .collect()
}
