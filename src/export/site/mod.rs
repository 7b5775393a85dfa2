//! The catalogue: static pages of the rules for people, which work from a folder, without a server, a network or a
//! script.
//!
//! Whatever comes from a rule goes into a page through [`html::Html`], whose values are escaped; a policy in each page
//! forbids scripts, styles and addresses other than those of the folder.

mod entry;
mod html;
mod list;
mod matrix;
mod page;
mod rule;

use entry::{Deployed, Site};

use super::job::Job;
use super::{Artefact, Kind, Made, Object, navigator};

/// The look, and what a script adds: search, filters, and copying.
const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// The pages. `objects` are those that the same build makes of `kinds`; of other kinds the last build says what there
/// is.
pub(super) fn make(job: &Job<'_>, objects: &[Object], kinds: &[Kind]) -> Made {
    let site = Site::new(job, Deployed::all(job, objects, kinds));
    let file = |path: &str, text: String| Artefact { path: format!("site/{path}"), text };
    let mut files = vec![
        file("index.html", list::page(&site)),
        file("coverage.html", matrix::page(&site)),
        file("style.css", STYLE.to_owned()),
        file("script.js", SCRIPT.to_owned()),
    ];
    // The pages may be published without the rest of the build.
    let layer = navigator::make(job).files.into_iter().next();
    files.extend(layer.map(|layer| file("layer.json", layer.text)));
    files.extend(site.entries.iter().map(|entry| file(&entry.path(), rule::page(&site, entry))));
    Made { files, ..Made::default() }
}
