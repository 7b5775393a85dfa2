//! The manifest of a build: what was made from what.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Artefact, Kind, Made, Named, text};
use crate::source::visible;

/// The form of the manifest.
const FORM: u32 = 1;

/// What a build made. Its text is JSON, in an order that depends on nothing but what was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Manifest {
    version: u32,
    /// The version of the program that made it.
    tool: String,
    /// The environment; empty for none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    environment: String,
    /// Whether the build came to its end. One that did not keeps the objects of the one before.
    complete: bool,
    objects: Vec<Known>,
    /// The SHA-256 of each file, by its path.
    files: BTreeMap<String, String>,
    /// Files of former builds that no rule gives any more and that are still there.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    stale: BTreeMap<String, String>,
    /// Objects of former builds that no rule gives any more: a SIEM keeps them until somebody deletes them there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    retired: Vec<Retired>,
}

/// An object of a build.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Known {
    /// The kind of export.
    pub kind: String,
    /// The identifier in the SIEM.
    pub id: String,
    /// How many times it has changed.
    pub version: u32,
    /// The hash of what is deployed.
    pub hash: String,
    /// The identifier of the rule.
    pub rule: String,
    /// Its title.
    pub title: String,
    /// Its file.
    pub source: String,
    /// How the query relates to the rule.
    pub fidelity: String,
    /// Each way in which it departs from the rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The delivery that it reads.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub delivery: String,
    /// Whether it goes out switched on.
    pub enabled: bool,
    /// The files that hold it.
    pub files: Vec<String>,
}

/// An object that is no longer built.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Retired {
    /// The kind of export.
    pub kind: String,
    /// The identifier in the SIEM.
    pub id: String,
    /// The identifier of the rule.
    pub rule: String,
    /// Its title.
    pub title: String,
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    /// A clause for the user: the text is not a manifest, or one of a later version.
    pub fn read(text: &str) -> Result<Self, String> {
        let value: serde_json::Value = serde_json::from_str(text)
            .map_err(|error| format!("not a manifest, since it is not JSON: {error}"))?;
        match value.get("version") {
            None => return Err("not a manifest, since it has no `version`".to_owned()),
            Some(version) if *version != FORM => {
                return Err(format!("the manifest has the form {version}, and this version knows {FORM}"));
            }
            Some(_) => {}
        }
        let manifest: Self =
            serde_json::from_value(value).map_err(|error| format!("not a whole manifest: {error}"))?;
        let paths = manifest.files.keys().chain(manifest.stale.keys());
        match paths.into_iter().find(|path| !is_below(path)) {
            Some(path) => Err(format!("the manifest names `{path}`, which is not a file of a build")),
            None => Ok(manifest),
        }
    }

    /// Its text.
    pub fn text(&self) -> String {
        let value = serde_json::to_value(self).unwrap_or_default();
        visible::json(&text::json(&value)).into_owned()
    }

    /// The environment.
    pub fn environment(&self) -> &str {
        &self.environment
    }

    /// Whether the build came to its end.
    pub const fn complete(&self) -> bool {
        self.complete
    }

    /// The object with an identifier.
    pub fn object(&self, kind: &str, id: &str) -> Option<&Known> {
        self.objects.iter().find(|object| object.kind == kind && object.id == id)
    }

    /// The version of an object with a hash: that of the last build, and one more where what is deployed changed.
    pub fn version_of(&self, kind: &str, id: &str, hash: &str) -> u32 {
        match self.object(kind, id) {
            Some(known) if known.hash == hash => known.version,
            Some(known) => known.version.saturating_add(1),
            None => 0,
        }
    }

    /// Every object.
    pub fn objects(&self) -> &[Known] {
        &self.objects
    }

    /// The files with their hashes.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, hash)| (path.as_str(), hash.as_str()))
    }

    /// Whether a build made the file at a path, or was about to.
    pub fn made(&self, path: &str) -> bool {
        self.files.contains_key(path) || self.stale.contains_key(path)
    }

    /// Files of former builds that are left, with their hashes.
    pub fn stale(&self) -> impl Iterator<Item = (&str, &str)> {
        self.stale.iter().map(|(path, hash)| (path.as_str(), hash.as_str()))
    }

    /// Forgets a stale file that is gone.
    pub fn forget(&mut self, path: &str) {
        self.stale.remove(path);
    }

    /// Objects that are to be deleted in the SIEM.
    pub fn retired(&self) -> &[Retired] {
        &self.retired
    }

    /// The manifest of a build after this one. What this one has of kinds that were not made now is kept.
    #[must_use]
    pub fn after(&self, made: &Made, kinds: &[Kind], environment: Option<&str>) -> Self {
        let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
        self.next(&made.files, made.objects.iter().map(known).collect(), &names, environment)
    }

    /// The same for files and objects of any kinds: `kinds` are those that were made now, which are also the folders of
    /// their files.
    #[must_use]
    pub fn next(
        &self,
        made: &[Artefact],
        made_objects: Vec<Known>,
        kinds: &[&str],
        environment: Option<&str>,
    ) -> Self {
        let rebuilt = |kind: &str| kinds.contains(&kind);
        let mut objects: Vec<Known> =
            self.objects.iter().filter(|object| !rebuilt(&object.kind)).cloned().collect();
        objects.extend(made_objects);
        objects.sort_by(|one, other| {
            (&one.kind, &one.source, &one.id).cmp(&(&other.kind, &other.source, &other.id))
        });
        let folder = |path: &str| path.split('/').next().is_some_and(rebuilt);
        let mut files: BTreeMap<String, String> = self
            .files
            .iter()
            .filter(|(path, _)| !folder(path))
            .map(|(path, hash)| (path.clone(), hash.clone()))
            .collect();
        files.extend(made.iter().map(|file| (file.path.clone(), text::hash(&file.text))));
        let former = self.stale.iter().chain(&self.files).map(|(path, hash)| (path.clone(), hash.clone()));
        let stale = former.filter(|(path, _)| !files.contains_key(path)).collect();
        let there: BTreeSet<(&str, &str)> =
            objects.iter().map(|object| (object.kind.as_str(), object.id.as_str())).collect();
        let gone = self.objects.iter().map(|object| Retired {
            kind: object.kind.clone(),
            id: object.id.clone(),
            rule: object.rule.clone(),
            title: object.title.clone(),
        });
        let retired: BTreeSet<Retired> = self
            .retired
            .iter()
            .cloned()
            .chain(gone)
            .filter(|object| !there.contains(&(object.kind.as_str(), object.id.as_str())))
            .collect();
        Self {
            version: FORM,
            tool: concat!("sigmata ", env!("CARGO_PKG_VERSION")).to_owned(),
            environment: environment.unwrap_or_default().to_owned(),
            complete: true,
            objects,
            files,
            stale,
            retired: retired.into_iter().collect(),
        }
    }

    /// What is in the manifest's place while the files of `next` are written: the objects of this build, so that
    /// their versions are counted once, and the files of both.
    #[must_use]
    pub fn begun(&self, next: &Self) -> Self {
        let mut begun = self.clone();
        begun.version = FORM;
        begun.tool.clone_from(&next.tool);
        begun.environment.clone_from(&next.environment);
        begun.complete = false;
        for (path, hash) in &next.files {
            begun.files.entry(path.clone()).or_insert_with(|| hash.clone());
        }
        begun
    }
}

fn known(object: &super::Object) -> Known {
    let Named { id, title, source } = object.rule.clone();
    Known {
        kind: object.kind.name().to_owned(),
        id: object.id.clone(),
        version: object.version,
        hash: object.hash.clone(),
        rule: id,
        title,
        source,
        fidelity: object.fidelity.to_owned(),
        notes: object.notes.clone(),
        delivery: object.delivery.clone(),
        enabled: object.enabled,
        files: object.files.clone(),
    }
}

/// Whether a path of a manifest stays below its folder: it is untrusted, and files are deleted by it.
fn is_below(path: &str) -> bool {
    let part =
        |part: &str| !part.is_empty() && part != "." && part != ".." && !part.contains(['\\', ':', '\0']);
    path.split('/').all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(files: &[(&str, &str)]) -> Made {
        let files =
            files.iter().map(|(path, text)| Artefact { path: (*path).to_owned(), text: (*text).to_owned() });
        Made { files: files.collect(), ..Made::default() }
    }

    #[test]
    fn a_manifest_is_read_as_it_was_written_and_keeps_other_kinds() {
        let first = Manifest::default().after(
            &made(&[("sentinel/a.yaml", "a"), ("xdr/a.yaml", "a")]),
            &[Kind::Sentinel, Kind::Xdr],
            None,
        );
        assert_eq!(Manifest::read(&first.text()), Ok(first.clone()));
        let second = first.after(&made(&[("sentinel/b.yaml", "b")]), &[Kind::Sentinel], None);
        assert_eq!(
            second.files().map(|(path, _)| path).collect::<Vec<_>>(),
            ["sentinel/b.yaml", "xdr/a.yaml"]
        );
        assert_eq!(second.stale().map(|(path, _)| path).collect::<Vec<_>>(), ["sentinel/a.yaml"]);
    }

    #[test]
    fn a_broken_off_build_owns_the_files_that_it_was_about_to_write() {
        let first = Manifest::default().after(&made(&[("sentinel/a.yaml", "a")]), &[Kind::Sentinel], None);
        let second = first.after(&made(&[("sentinel/b.yaml", "b")]), &[Kind::Sentinel], None);
        let begun = first.begun(&second);
        assert!(begun.made("sentinel/a.yaml") && begun.made("sentinel/b.yaml") && !begun.complete());
        // What follows is what would have followed without the break.
        assert_eq!(begun.after(&made(&[("sentinel/b.yaml", "b")]), &[Kind::Sentinel], None), second);
    }

    #[test]
    fn no_path_of_a_manifest_leads_out_of_its_folder() {
        let text = Manifest::default().after(&made(&[("a", "")]), &[], None).text();
        for path in ["../x", "/x", "a/../b", "C:/x", "a//b", "a\\\\b"] {
            let text = text.replace("\"a\"", &format!("\"{path}\""));
            assert!(Manifest::read(&text).is_err(), "{path}");
        }
        assert!(Manifest::read("{}").is_err() && Manifest::read("[").is_err());
    }
}
