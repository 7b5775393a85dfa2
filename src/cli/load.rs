//! Reading and checking a collection in parallel.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use rayon::prelude::*;

use super::account::Account;
use super::args::Paths;
use super::files::{self, Found};
use super::grouped::Logs;
use super::settings::{RuleSettings, Session};
use super::{Failure, Needs, Outcome, Output, codes, roots};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::render::Finding;
use crate::link::{self, Links, Root, Unit};
use crate::rule::Document;
use crate::rule::codes::document;
use crate::source::kind::FileKind;
use crate::source::{SourceFile, Span};
use crate::workspace::{File, across};
use crate::yaml;

/// Below this number of files the cost of starting threads is more than their use.
const PARALLEL_FROM: usize = 8;

/// How many files are read before what came of them is put together.
pub(super) const AT_ONCE: usize = 4096;

/// A collection that has been read and checked.
pub(super) struct Loaded {
    /// The files in the order in which they were found; without the ones that hold no Sigma document.
    pub files: Vec<RuleFile>,
    /// What they say of each other.
    pub links: Links,
    /// What became of every file that was come to.
    pub account: Account,
    /// The files of the `rules` roots that were read besides.
    pub roots: Vec<Root>,
    /// Whether what rules mean was let go of, unless something refers to them.
    pub brief: bool,
}

/// One file of the collection.
pub(super) struct RuleFile {
    /// Where it was found.
    pub found: Found,
    /// The settings that hold for it.
    pub scope: Arc<RuleSettings>,
    /// What it holds, checked.
    pub file: File,
}

impl RuleFile {
    fn brief(self) -> Self {
        Self { file: self.file.brief(), ..self }
    }

    /// The same with what its rules mean.
    pub fn whole(&self, session: &Session) -> Self {
        let (registry, limits) = (&self.scope.registry, self.scope.config.limits());
        let file = self.file.whole(registry, limits, &session.pipelines);
        Self { found: self.found.clone(), scope: Arc::clone(&self.scope), file }
    }
}

impl Loaded {
    /// Says why documents could not be read, and the account; `shown` where the output of the command has the account.
    pub fn tell(&self, shown: bool, output: &mut Output) {
        self.losses(output);
        self.account.tell(shown, output);
    }

    /// Leaves the other files out of what is reported on.
    pub fn keep(&mut self, told: &HashSet<usize>) {
        let mut at = 0;
        self.files.retain(|_| {
            at += 1;
            told.contains(&(at - 1))
        });
    }

    /// How the run ends by what was read, where documents that could not be read count in some files alone.
    pub fn outcome_of(&self, counts: impl Fn(&RuleFile) -> bool) -> Outcome {
        let lost = || self.files.iter().any(|file| file.file.count.lost > 0 && counts(file));
        match self.account.outcome() {
            Outcome::Findings if !lost() => Outcome::Clean,
            outcome => outcome,
        }
    }

    /// The logs of its rules.
    pub fn logs(&self) -> Logs<'_> {
        Logs::of(self.files.iter().map(|file| &file.file))
    }

    /// Says why documents could not be read.
    pub fn losses(&self, output: &mut Output) {
        for file in &self.files {
            for finding in file.file.losses() {
                output.note_finding(Finding::new(&file.file.source, finding));
            }
        }
    }
}

/// Reads and checks every rule file of the collection.
pub(super) fn load(paths: &Paths, needs: Needs, session: &Session) -> Result<Loaded, Failure> {
    let (mut named, mut gone, mut input) = (Vec::new(), Vec::new(), false);
    for path in &paths.paths {
        if path.as_os_str() == files::STDIN {
            input = true;
        } else if session.is_gone(path)? {
            gone.push(path);
        } else {
            named.push(path.clone());
        }
    }
    let name = paths.stdin_filename.as_deref();
    if let (false, Some(name)) = (input, name) {
        let name = files::printed(name);
        return Err(Failure::Usage(format!(
            "`--stdin-filename {name}` names standard input, which no path asks for; write `-` for it"
        )));
    }
    let mut collection = if named.is_empty() && !paths.paths.is_empty() {
        files::Collection::default()
    } else {
        files::collect(&named, paths.force_exclude, &|path, folder| session.excludes(path, folder))?
    };
    for path in gone {
        collection.leave(files::printed(path), files::Why::Gone);
    }
    if !input {
        return load_found(collection, paths.force_exclude, needs, session);
    }
    match name
        .filter(|_| paths.force_exclude)
        .map(|name| session.excludes(name, false))
        .transpose()?
        .flatten()
    {
        Some(why) => collection.leave(name.map(files::printed).unwrap_or_default(), why),
        None => collection.find(Found::stdin(name)),
    }
    load_found(collection, paths.force_exclude, needs, session)
}

/// The same; with `force` a named file is passed over too where `exclude` leaves it out.
pub(super) fn load_paths(
    paths: &[PathBuf],
    force: bool,
    needs: Needs,
    session: &Session,
) -> Result<Loaded, Failure> {
    let found = files::collect(paths, force, &|path, folder| session.excludes(path, folder))?;
    load_found(found, force, needs, session)
}

fn load_found(
    collection: files::Collection,
    force: bool,
    needs: Needs,
    session: &Session,
) -> Result<Loaded, Failure> {
    let mut account = Account::default();
    let files::Collection { found, left, failed, count } = collection;
    account.find(count);
    for (name, why) in left {
        account.skip(name, why);
    }
    for failure in failed {
        account.fail(failure);
    }
    let found: Vec<(Found, Arc<RuleSettings>)> = found
        .into_iter()
        .map(|found| session.of_file(&found.path).map(|scope| (found, scope)))
        .collect::<Result<_, _>>()?;
    for (file, scope) in &found {
        session.verbose(|| {
            let settings = scope.file.as_ref().map_or("no settings", |source| source.name());
            format!("reads {} ({settings})", file.name)
        });
    }
    for (name, why) in account.skipped() {
        session.verbose(|| format!("passes over {name}: {}", why.text()));
    }
    // The meaning of a rule is most of what it takes, and nobody asks for it unless something refers to the rule.
    let brief = needs.brief(found.len());
    let one = |(found, scope)| {
        let read = read_file(found, scope, session);
        if brief { read.map(|file| file.map(RuleFile::brief)) } else { read }
    };
    let mut loaded = Loaded {
        files: Vec::with_capacity(found.len()),
        links: Links::default(),
        account,
        roots: Vec::new(),
        brief,
    };
    let mut found = found.into_iter();
    loop {
        // Some at a time, so that a large collection is not held twice.
        let some: Vec<_> = found.by_ref().take(AT_ONCE).collect();
        if some.is_empty() {
            break;
        }
        let names: Vec<String> = some.iter().map(|(found, _)| found.name.clone()).collect();
        let results: Vec<Result<Option<RuleFile>, Failure>> = if some.len() < PARALLEL_FROM {
            some.into_iter().map(one).collect()
        } else {
            some.into_par_iter().map(one).collect()
        };
        for (name, result) in names.into_iter().zip(results) {
            match result {
                Ok(Some(file)) => {
                    loaded.account.read(&file.file.count);
                    loaded.files.push(file);
                }
                Ok(None) => loaded.account.skip(name, files::Why::NoRule),
                Err(failure) => loaded.account.fail(failure),
            }
        }
    }
    if loaded.files.is_empty() {
        nothing_to_do(&mut loaded.account, force)?;
    }
    let places: Vec<_> = loaded.files.iter().map(|file| (file.found.path.as_path(), &file.scope)).collect();
    let mut documents = loaded.files.iter().flat_map(|file| &file.file.documents);
    let refers = documents.any(|checked| !matches!(checked.document, Document::Detection(_)));
    let mut roots = roots::read(&places, refers, needs, session, &mut loaded.account)?;
    let units: Vec<Unit<'_>> = loaded.files.iter().map(|file| Unit::of(&file.file)).collect();
    if refers {
        roots::complete(&places, &units, &mut roots, session)?;
    }
    if refers && brief {
        let elsewhere: Vec<Unit<'_>> = roots.iter().map(Root::unit).collect();
        for at in link::referred_to(&units, &elsewhere) {
            if let Some(file) = loaded.files.get_mut(at) {
                *file = file.whole(session);
            }
        }
    }
    let units: Vec<Unit<'_>> = loaded.files.iter().map(|file| Unit::of(&file.file)).collect();
    let elsewhere: Vec<Unit<'_>> = roots.iter().map(Root::unit).collect();
    let (links, unlinked) = Links::new(&units, &elsewhere, &session.run.registry);
    let across = across(loaded.files.iter().map(|file| &file.file));
    loaded.links = links;
    loaded.roots = roots;
    for (at, finding) in unlinked {
        if let Some(file) = loaded.files.get_mut(at) {
            file.file.add(finding);
        }
    }
    for (at, finding) in across {
        if let Some(file) = loaded.files.get_mut(at) {
            file.file.findings.push(finding);
        }
    }
    Ok(loaded)
}

/// What a run without a rule ends with; nothing where it was left out on purpose.
fn nothing_to_do(account: &mut Account, force: bool) -> Result<(), Failure> {
    if let Some(failure) = account.only_failure() {
        return Err(failure);
    }
    let has = |wanted: files::Why| account.skipped().iter().any(|(_, why)| *why == wanted);
    let (excluded, ignored) = (has(files::Why::Excluded), has(files::Why::Ignored));
    let is_left = has(files::Why::Untracked) || has(files::Why::Gone);
    if account.has_failed() || force && (excluded || ignored) || is_left {
        return Ok(());
    }
    let message = if excluded {
        "no Sigma rule found but what `exclude` leaves out; see `sigmata config show`"
    } else if ignored {
        "no Sigma rule found but what `.gitignore` leaves out; `--set respect-gitignore=false` reads it"
    } else {
        "no Sigma rule found; name a rule file or a folder that holds some"
    };
    Err(Failure::Usage(message.into()))
}

/// `None` for a file of a folder that holds no Sigma document.
fn read_file(found: Found, scope: Arc<RuleSettings>, session: &Session) -> Result<Option<RuleFile>, Failure> {
    let limits = scope.config.limits();
    let bytes =
        if found.stdin { session.input(limits.file)? } else { files::read(&found.path, limits.file)? };
    if bytes.len() > limits.file {
        // What its end holds is not known, so that it may be a rule.
        let text = String::from_utf8_lossy(bytes.get(..limits.file).unwrap_or(&bytes)).into_owned();
        let source = SourceFile::new(found.name.clone(), text);
        let file = File::unreadable(source, yaml::too_large(limits.file));
        return Ok(Some(RuleFile { found, scope, file }));
    }
    let text = match yaml::decode(&bytes) {
        Ok(text) => text.to_owned(),
        Err(mut finding) => {
            // The text is shown with the replacement character in place of what is not UTF-8.
            finding.span.end = finding.span.start + 3;
            let text = String::from_utf8_lossy(bytes.get(..limits.file).unwrap_or(&bytes)).into_owned();
            let file = File::unreadable(SourceFile::new(found.name.clone(), text), finding);
            return Ok(Some(RuleFile { found, scope, file }));
        }
    };
    let source = SourceFile::new(found.name.clone(), text);
    let tests = found.named && files::is_test_name(&found.name);
    let file = File::check_after(source, &scope.registry, limits, &session.pipelines);
    if file.sigma && !tests {
        return Ok(Some(RuleFile { found, scope, file }));
    }
    let told = [&document::ANOTHER_PRODUCT, &document::NESTED_RULE];
    let other = file.findings.iter().find(|finding| told.contains(&finding.code)).cloned();
    if !found.named {
        return Ok(other.map(|_| RuleFile { found, scope, file }));
    }
    let (message, help) = if tests {
        (told_kind(FileKind::Tests), FileKind::Tests.goes_to())
    } else if let Some(other) = &other {
        let nested = *other.code == document::NESTED_RULE;
        let help =
            if nested { "write each rule as a document of its own" } else { "write it as a Sigma rule" };
        (other.message.clone(), help)
    } else if let Some(kind) = FileKind::of(file.source.text()).filter(|kind| *kind != FileKind::Rule) {
        (told_kind(kind), kind.goes_to())
    } else {
        ("the file holds no Sigma document".to_owned(), "a rule has `title`, `logsource` and `detection`")
    };
    let line = file.source.text().find('\n').unwrap_or(file.source.text().len());
    let finding = Diagnostic::new(&codes::NOT_A_RULE, Span::of(0, line), message).help(help);
    Ok(Some(RuleFile { found, scope, file: File::foreign(file.source, finding) }))
}

/// What is said of a file of another kind in place of a rule.
fn told_kind(kind: FileKind) -> String {
    format!("a Sigma rule is expected, but the file holds {}", kind.holds())
}

/// Maps every file, in parallel where it pays, and flattens the results in order.
pub(super) fn each<'a, T: Send>(
    files: &'a [RuleFile],
    work: impl Fn(&'a RuleFile) -> Vec<T> + Sync + Send,
) -> Vec<T> {
    if files.len() < PARALLEL_FROM {
        files.iter().flat_map(work).collect()
    } else {
        files.par_iter().flat_map_iter(work).collect()
    }
}

/// Lets go of a collection at the end of the run without giving its memory back piece by piece, which takes as long as
/// reading it did; the process is about to end.
pub(super) fn leave(loaded: Loaded) {
    std::mem::forget(loaded);
}
