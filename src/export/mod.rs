//! What SIEMs import: a collection of compiled rules becomes the files of each platform, and a manifest that says what
//! was made from what.
//!
//! Nothing here does I/O: the edge hands in the compiled rules and the manifest of the last build, and writes what comes
//! back. A [`Job`] has one [`Subject`] for each document; each kind of export is one module with one function, which
//! gives [`Made`]: files, the objects in them, and findings.

pub mod codes;

mod about;
mod attack;
mod cloudwatch;
mod cron;
mod details;
mod difference;
mod entities;
mod eventbridge;
mod hcl;
mod job;
mod layout;
mod lists;
mod manifest;
mod navigator;
mod pattern;
mod schedule;
mod sentinel;
mod site;
mod splunk;
mod subject;
mod terraform;
mod text;
mod xdr;

pub use difference::{Changes, Meaning, State, Touched, TouchedObject, difference, markdown};
pub use job::{Environment, Job, RuleSettings, deliveries, notes};
pub use layout::{Facts, Layout, distinct};
pub use lists::PLACES as LIST_PLACES;
pub use manifest::{Known, Manifest, Retired};
pub use pattern::{Refusal as PatternRefusal, of as event_pattern};
pub use schedule::Every;
pub use subject::{Named, Subject, subjects};
pub use text::{hash, is_uuid, object_id, yaml};

use crate::diagnostic::Diagnostic;

/// What can be exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Analytics rules and hunting queries of Microsoft Sentinel.
    Sentinel,
    /// Custom detections of Microsoft Defender XDR.
    Xdr,
    /// Saved searches of Splunk, as an app.
    Splunk,
    /// Queries of Amazon CloudWatch Logs Insights, and rules of `EventBridge`.
    CloudWatch,
    /// Resources of Terraform, for Sentinel, Splunk and `CloudWatch`.
    Terraform,
    /// A layer for the ATT&CK Navigator.
    Navigator,
    /// Pages about the rules, for people. It comes last, since it names what the others make.
    Site,
}

impl Kind {
    /// Every kind, in the order in which they are made.
    pub const ALL: [Self; 7] = [
        Self::Sentinel,
        Self::Xdr,
        Self::Splunk,
        Self::CloudWatch,
        Self::Terraform,
        Self::Navigator,
        Self::Site,
    ];

    /// The word that `--kind` takes, and the folder of its files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sentinel => "sentinel",
            Self::Xdr => "xdr",
            Self::Splunk => "splunk",
            Self::CloudWatch => "cloudwatch",
            Self::Terraform => "terraform",
            Self::Navigator => "navigator",
            Self::Site => "site",
        }
    }

    /// What it is, for lists.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Sentinel => {
                "analytics rules and hunting queries of Microsoft Sentinel, as YAML and ARM templates"
            }
            Self::Xdr => "custom detections of Microsoft Defender XDR, as YAML and for the Graph API",
            Self::Splunk => "an app of saved searches for Splunk and Enterprise Security",
            Self::CloudWatch => {
                "saved and scheduled queries of CloudWatch Logs Insights and rules of EventBridge, for CloudFormation and the API"
            }
            Self::Terraform => "resources of Terraform for Sentinel, Splunk and CloudWatch",
            Self::Navigator => "a layer for the ATT&CK Navigator",
            Self::Site => "pages about the rules, to read and search in a browser without a server",
        }
    }

    /// The targets whose queries it takes; none where it looks at no query.
    pub const fn targets(self) -> &'static [&'static str] {
        match self {
            Self::Sentinel => &["kql"],
            Self::Xdr => &["kql:xdr"],
            Self::Splunk => &["spl"],
            Self::CloudWatch => &["cwli"],
            Self::Terraform => &["kql", "spl", "cwli"],
            Self::Site => &["kql", "kql:xdr", "spl", "cwli"],
            Self::Navigator => &[],
        }
    }

    /// The kind with a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Its files, objects and findings; `objects` are what the same build has made of `kinds` before it.
    fn make(self, job: &Job<'_>, objects: &[Object], kinds: &[Self]) -> Made {
        match self {
            Self::Sentinel => sentinel::make(job),
            Self::Xdr => xdr::make(job),
            Self::Splunk => splunk::make(job),
            Self::CloudWatch => cloudwatch::make(job),
            Self::Terraform => terraform::make(job),
            Self::Navigator => navigator::make(job),
            Self::Site => site::make(job, objects, kinds),
        }
    }
}

/// What an export gives.
#[derive(Debug, Default)]
pub struct Made {
    /// The files, in the order of their paths.
    pub files: Vec<Artefact>,
    /// The objects that a SIEM makes of them.
    pub objects: Vec<Object>,
    /// What a platform does not take, and what was left out; each with the place of its subject in the job.
    pub findings: Vec<(usize, Diagnostic)>,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artefact {
    /// Where it is below the folder of the build, with `/` between the names.
    pub path: String,
    /// What it holds.
    pub text: String,
}

/// Something that has a life in a SIEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// What kind of export made it.
    pub kind: Kind,
    /// The identifier in the SIEM: the same for a rule, a kind and an environment, whatever else changes.
    pub id: String,
    /// How many times what is deployed has changed, from 0.
    pub version: u32,
    /// A hash of what is deployed, without its version.
    pub hash: String,
    /// The rule: its identifier, its title and its file.
    pub rule: Named,
    /// How the query relates to the rule: `exact` or `approximate`.
    pub fidelity: &'static str,
    /// Each way in which it departs from the rule.
    pub notes: Vec<String>,
    /// The delivery that it reads.
    pub delivery: String,
    /// Whether it goes out switched on.
    pub enabled: bool,
    /// The files that hold it.
    pub files: Vec<String>,
}

/// What all kinds give together.
pub fn build(job: &Job<'_>, kinds: &[Kind]) -> Made {
    let mut made = Made::default();
    for kind in Kind::ALL.into_iter().filter(|kind| kinds.contains(kind)) {
        let Made { files, objects, findings } = kind.make(job, &made.objects, kinds);
        made.files.extend(files);
        made.objects.extend(objects);
        made.findings.extend(findings);
    }
    made.files.sort_by(|one, other| one.path.cmp(&other.path));
    // One cause is one finding, whatever the number of kinds that meet it.
    let mut seen = std::collections::HashSet::new();
    made.findings.retain(|(at, finding)| seen.insert((*at, finding.code.id, finding.message.clone())));
    made.findings.sort_by_key(|(at, finding)| (*at, finding.span));
    made
}
