//! `--changed-since REVISION`: which files of a collection differ from a revision, and which depend on them.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::git::{self, is_unborn, root, verified};
use super::load::{self, Loaded, RuleFile};
use super::settings::{RuleSettings, Session};
use super::{Failure, files as paths, revision as history, test_files};
use crate::config::FILE_NAME;
use crate::link::{Links, Root, Unit};
use crate::rule::{Document, reference_key};
use crate::source::SourceFile;
use crate::workspace::{File, marks};
use crate::yaml;

const FLAG: &str = "--changed-since";

/// What differs from a revision in the repositories of a collection.
#[derive(Default)]
pub(super) struct Difference {
    /// Every file, where it really is, that differs or is not known to git; what was deleted or renamed away too.
    paths: HashSet<PathBuf>,
    /// Those of them that were not there at the revision.
    new: HashSet<PathBuf>,
    /// Every file that git compares: those that it tracks, but for those that somebody told it to take for unchanged. Of
    /// others, such as those that it ignores, it does not say whether they differ.
    compared: HashSet<PathBuf>,
    /// The roots of the repositories.
    repositories: HashSet<PathBuf>,
    /// Whether a pipeline that is applied to every rule differs.
    piped_otherwise: bool,
    /// The identifiers and names that rules of such files had at the revision.
    names: HashSet<String>,
    /// What their filters said at the revision, one for each repository.
    former: Vec<Links>,
}

/// The files whose tests are run, by their place in the collection.
pub(super) struct Told {
    /// All of them.
    pub all: HashSet<usize>,
    /// Those that differ themselves, or by their tests.
    pub own: HashSet<usize>,
}

impl Difference {
    /// What differs from the revision in the repositories of `files`.
    pub(super) fn since(files: &[RuleFile], revision: &str, session: &Session) -> Result<Self, Failure> {
        let mut found = Self::default();
        for file in files {
            let folder = paths::folder(&file.found.path);
            let Some(root) = root(folder) else {
                return Err(Failure::Usage(format!(
                    "`{}` is in no git repository, which `{FLAG}` needs",
                    file.found.name
                )));
            };
            if found.repositories.insert(root.clone()) {
                found.compare(&root, revision, &file.found.name, session)?;
            }
        }
        found.piped_otherwise = session.pipeline_files.iter().any(|path| found.has(path));
        Ok(found)
    }

    /// Adds what differs in one repository, which holds `what`.
    fn compare(&mut self, root: &Path, revision: &str, what: &str, session: &Session) -> Result<(), Failure> {
        // Before the first commit everything is new.
        let unborn = revision == "HEAD" && is_unborn(root, FLAG)?;
        let commands = if unborn {
            vec![vec!["ls-files", "--cached", "--others", "--exclude-standard", "-z"]]
        } else {
            verified(root, revision, FLAG, what)?;
            vec![
                vec!["diff", "--name-only", "--no-renames", "-z", revision, "--"],
                vec!["ls-files", "--others", "--exclude-standard", "-z"],
                vec!["diff", "--name-only", "--no-renames", "--diff-filter=A", "-z", revision, "--"],
            ]
        };
        for (at, arguments) in commands.into_iter().enumerate() {
            let names: Vec<PathBuf> = git::paths(&git::answer(root, &arguments, FLAG)?).collect();
            if at == 0 && !unborn {
                self.remember(root, revision, &names, session)?;
            }
            let real = names.iter().map(|name| root.join(name));
            if at > 0 || unborn {
                self.new.extend(real.clone());
            }
            self.paths.extend(real);
        }
        // Before each name is how it is tracked, where `H` is the usual.
        let tracked = git::answer(root, &["ls-files", "--cached", "-v", "-z"], FLAG)?;
        let usual = git::listed(&tracked).filter_map(|line| line.strip_prefix(b"H "));
        self.compared.extend(usual.map(|name| root.join(git::path(name))));
        Ok(())
    }

    /// Adds what the rules of files were called at a revision, and its filters; nothing of a file that was not there, or
    /// cannot be read.
    fn remember(
        &mut self,
        root: &Path,
        revision: &str,
        paths: &[PathBuf],
        session: &Session,
    ) -> Result<(), Failure> {
        let rules: Vec<&PathBuf> =
            paths.iter().filter(|path| paths::is_rule_name(&paths::printed(path))).collect();
        let texts = history::texts(root, revision, &rules)?;
        let scope = session.of_folder(root)?;
        let (registry, limits) = (&scope.registry, scope.config.limits());
        let read = texts.into_iter().flatten().filter(|bytes| bytes.len() <= limits.file);
        let read = read.filter_map(|bytes| yaml::decode(&bytes).ok().map(str::to_owned));
        let files: Vec<File> =
            read.map(|text| File::check_within(SourceFile::new("former", text), registry, limits)).collect();
        self.names.extend(files.iter().flat_map(|file| names(documents(file))));
        let has_filter = |file: &&File| documents(file).any(|one| matches!(one, Document::Filter(_)));
        let units: Vec<Unit<'_>> = files.iter().filter(has_filter).map(Unit::of).collect();
        if !units.is_empty() {
            self.former.push(Links::new(&[], &units, registry).0);
        }
        Ok(())
    }

    /// The files that differ themselves, by their place in `files`. Standard input always does, and so does a link out of
    /// the repositories: git knows nothing of them.
    pub(super) fn themselves(&self, files: &[RuleFile]) -> HashSet<usize> {
        let differs = |file: &RuleFile| {
            let path = &file.found.path;
            file.found.stdin || self.has(path) || path.canonicalize().is_ok_and(|real| !self.holds(&real))
        };
        let differing = files.iter().enumerate().filter(|(_, file)| differs(file));
        differing.map(|(at, _)| at).collect()
    }

    /// The same, and those whose tests differ.
    fn with_tests(&self, files: &[RuleFile]) -> HashSet<usize> {
        let differs = |file: &RuleFile| {
            test_files::all(file).iter().any(|path| self.paths.contains(path) || self.has(path))
        };
        let tests = load::each(files, |file| vec![differs(file)]);
        let mut told = self.themselves(files);
        told.extend(tests.iter().enumerate().filter(|(_, differs)| **differs).map(|(at, _)| at));
        told
    }

    /// The files to report findings on, by their place in the collection.
    pub(super) fn reported(&self, loaded: &Loaded) -> HashSet<usize> {
        let own = self.with_tests(&loaded.files);
        self.dependent(&Nodes::of(loaded), loaded, &own, false)
    }

    /// The files whose tests are to be run.
    pub(super) fn tested(&self, loaded: &Loaded) -> Told {
        let own = self.with_tests(&loaded.files);
        Told { all: self.dependent(&Nodes::of(loaded), loaded, &own, true), own }
    }

    /// What differs, and what depends on it; with `filtered` also the rules that a filter which differs applies to.
    fn dependent(
        &self,
        nodes: &Nodes<'_>,
        loaded: &Loaded,
        own: &HashSet<usize>,
        filtered: bool,
    ) -> HashSet<usize> {
        let files = &loaded.files;
        let mut told = own.clone();
        let roots = loaded.roots.iter().enumerate();
        let roots = roots.filter(|(_, root)| self.has(Path::new(root.unit().source.name())));
        told.extend(roots.map(|(at, _)| files.len() + at));
        if filtered {
            let changed: HashSet<&str> = told.iter().filter_map(|&at| nodes.names.get(at).copied()).collect();
            let now = loaded.links.filters().iter();
            let now = now.filter(|filter| changed.contains(filter.source.name()));
            let filters: Vec<_> = now.chain(self.former.iter().flat_map(Links::filters)).collect();
            let applies = |document: &&Document| match document {
                Document::Detection(rule) => filters.iter().any(|filter| filter.applies(rule)),
                Document::Correlation(_) | Document::Filter(_) => false,
            };
            let reached = nodes.documents.iter().enumerate();
            told.extend(reached.filter(|(_, of)| of.iter().any(&applies)).map(|(at, _)| at));
        }
        nodes.double(own, &mut told);
        told.extend(self.set_otherwise(files));
        nodes.refer(self.names.clone(), &mut told);
        told.retain(|at| *at < files.len());
        told
    }

    /// The files whose settings differ: pipelines, their `sigmata.toml`, the schemas and the known lists that it names. One
    /// that was not there at the revision changes nothing: with it a collection is taken on, with what it already had.
    fn set_otherwise(&self, files: &[RuleFile]) -> Vec<usize> {
        if self.piped_otherwise {
            return (0..files.len()).collect();
        }
        let mut folders: HashMap<&Path, bool> = HashMap::new();
        let mut scopes: HashMap<*const RuleSettings, bool> = HashMap::new();
        let mut found = Vec::new();
        for (at, file) in files.iter().enumerate() {
            let folder = paths::folder(&file.found.path);
            let by_folder = *folders.entry(folder).or_insert_with(|| self.configured_otherwise(folder));
            let by_scope = *scopes.entry(Arc::as_ptr(&file.scope)).or_insert_with(|| {
                let sources = file.scope.sources();
                let differing =
                    self.paths.iter().filter(|path| !path.ends_with(FILE_NAME) || self.is_changed(path));
                let mut differing =
                    differing.filter(|path| sources.iter().any(|source| path.starts_with(source)));
                differing.next().is_some()
            });
            if by_folder || by_scope {
                found.push(at);
            }
        }
        found
    }

    /// Whether the configuration of a folder differs; also where it is gone.
    fn configured_otherwise(&self, folder: &Path) -> bool {
        let Ok(real) = folder.canonicalize() else { return false };
        for above in real.ancestors() {
            let file = above.join(FILE_NAME);
            if self.is_changed(&file) {
                return true;
            }
            if file.is_file() || above.join(".git").exists() {
                return false;
            }
        }
        false
    }

    /// Whether a file that was there at the revision differs, or is gone.
    fn is_changed(&self, path: &Path) -> bool {
        self.paths.contains(path) && !self.new.contains(path)
    }

    /// Whether a file differs, by any path. One that git does not compare differs, also where it is ignored.
    fn has(&self, path: &Path) -> bool {
        path.canonicalize().is_ok_and(|real| {
            self.paths.contains(&real) || !self.compared.contains(&real) && self.holds(&real)
        })
    }

    /// Whether a file is in one of the repositories.
    fn holds(&self, real: &Path) -> bool {
        self.repositories.iter().any(|root| real.starts_with(root))
    }
}

/// The files of a collection, then those of its `rules` roots, as they refer to each other.
struct Nodes<'l> {
    names: Vec<&'l str>,
    documents: Vec<Vec<&'l Document>>,
}

impl<'l> Nodes<'l> {
    fn of(loaded: &'l Loaded) -> Self {
        let files = loaded.files.iter().map(|file| &file.file);
        let roots: Vec<Unit<'l>> = loaded.roots.iter().map(Root::unit).collect();
        let mut nodes = Self {
            names: files.clone().map(|file| file.source.name()).collect(),
            documents: files.map(|file| documents(file).collect()).collect(),
        };
        for root in roots {
            nodes.names.push(root.source.name());
            nodes.documents.push(root.documents.iter().map(|entry| entry.document).collect());
        }
        nodes
    }

    fn documents(&self, at: usize) -> impl Iterator<Item = &'l Document> {
        self.documents.get(at).into_iter().flatten().copied()
    }

    /// Adds the files with an identifier, a name or a title that a document of a changed file has too: the finding for two
    /// of a kind can be at either.
    fn double(&self, changed: &HashSet<usize>, told: &mut HashSet<usize>) {
        let marks_of = |at: usize| self.documents(at).flat_map(|document| marks(document.meta()));
        let known: HashSet<String> = changed.iter().flat_map(|&at| marks_of(at)).collect();
        let all = 0..self.documents.len();
        told.extend(all.filter(|&at| marks_of(at).any(|mark| known.contains(&mark))));
    }

    /// Adds the files that refer to a rule of a file that is reported, or to one of the `former` names of changed files,
    /// until there are no more: a correlation may count another.
    fn refer(&self, former: HashSet<String>, told: &mut HashSet<usize>) {
        let mut known: HashSet<String> = former;
        loop {
            known.extend(told.iter().flat_map(|&at| names(self.documents(at))));
            let mut more = false;
            for at in 0..self.documents.len() {
                let mut references = self.documents(at).flat_map(Document::references);
                if !told.contains(&at) && references.any(|name| known.contains(&*reference_key(&name.value)))
                {
                    more |= told.insert(at);
                }
            }
            if !more {
                return;
            }
        }
    }
}

fn documents(file: &File) -> impl Iterator<Item = &Document> {
    file.documents.iter().map(|checked| &checked.document)
}

/// What others refer to documents by.
fn names<'d>(documents: impl Iterator<Item = &'d Document>) -> impl Iterator<Item = String> {
    documents.flat_map(|document| document.meta().referred_by().map(Cow::into_owned))
}
