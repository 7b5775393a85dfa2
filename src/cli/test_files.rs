//! The files that the tests of a rule are read from: those beside it, those that it names, and the recordings of both.

use std::path::{Component, Path, PathBuf};

use super::confine::{self, Bounds};
use super::load::RuleFile;
use super::{files, git};
use crate::source::SourceFile;
use crate::workspace::{Input, Suite, regression};
use crate::yaml;

/// Every file that the tests of a rule are read from, where it really is, or would be if it were there.
pub(super) fn all(rule: &RuleFile) -> Vec<PathBuf> {
    let path = &rule.found.path;
    let Ok(folder) = files::folder(path).canonicalize() else { return Vec::new() };
    let mut found = Found(Vec::new());
    for beside in files::TEST_ENDINGS.map(|ending| path.with_extension(ending)) {
        found.add(folder.join(beside.file_name().unwrap_or_default()));
    }
    // Few tests name recordings, so that most need not be read.
    let names_files = |source: &SourceFile| source.text().contains("file") || source.text().contains('\\');
    if let Some(source) = files::tests_beside(path).and_then(|tests| text(rule, &tests)).filter(names_files) {
        found.recordings(&folder, &Suite::read(&source).0);
    }
    if let Some(named) = regression::path(&rule.file.source) {
        for above in above(&folder) {
            found.add(above.join(&named.value));
        }
        if let Some((root, info)) = from_above(path, &named.value)
            && let (Ok(root), Some(source)) = (root_of(&root).canonicalize(), text(rule, &info))
        {
            found.recordings(&root, &regression::read(&source).suite);
        }
    }
    found.0
}

/// Paths, each with what a link there leads to.
struct Found(Vec<PathBuf>);

impl Found {
    fn add(&mut self, path: PathBuf) {
        self.0.extend(path.canonicalize().ok().filter(|real| *real != path));
        self.0.push(path);
    }

    fn recordings(&mut self, folder: &Path, suite: &Suite) {
        for case in &suite.cases {
            if let Input::File(name) = &case.input {
                self.add(folder.join(&name.value));
            }
        }
    }
}

/// The text of a file of tests, where it can be read.
fn text(rule: &RuleFile, path: &Path) -> Option<SourceFile> {
    if !confine::holds_beside(&rule.found.path, path) {
        return None;
    }
    let bytes = files::read(path, rule.scope.config.limits().file).ok()?;
    Some(SourceFile::new(files::printed(path), yaml::decode(&bytes).ok()?))
}

/// A folder and those above it, at most the root of its repository.
fn above(folder: &Path) -> impl Iterator<Item = &Path> {
    let top = git::root(folder);
    let mut over = false;
    folder.ancestors().take_while(move |above| {
        let inside = !over;
        over |= top.as_deref() == Some(*above);
        inside
    })
}

fn root_of(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

/// A file by its path from the folder of a rule or one above it, at most the root of its repository; with that folder.
pub(super) fn from_above(rule: &Path, name: &str) -> Option<(PathBuf, PathBuf)> {
    let relative = Path::new(name);
    if relative.components().any(|part| !matches!(part, Component::Normal(_))) {
        return None;
    }
    let folder = rule.parent().unwrap_or(Path::new(""));
    let real = root_of(folder).canonicalize().ok()?;
    let bounds = Bounds::of([&real]);
    // Folders above are named as the user would, so that messages name files as they are known.
    let plain = folder.components().all(|part| part != Component::ParentDir);
    let shown = folder.strip_prefix(".").unwrap_or(folder);
    let shown = if plain { shown } else { Path::new("") };
    let base = if plain { Path::new("") } else { folder };
    let up = (1..).map(|count| base.join(std::iter::repeat_n("..", count).collect::<PathBuf>()));
    let first = shown.ancestors().map(|above| if plain { above } else { folder }.to_owned());
    let mut roots = first.chain(up).zip(above(&real)).map(|(root, _)| root);
    roots.find_map(|root| {
        let path = root.join(relative);
        (path.is_file() && bounds.hold(&path)).then_some((root, path))
    })
}
