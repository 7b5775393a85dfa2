//! `sigmata export --diff REVISION`: which deployed objects a change touches.
//!
//! Both sides are exported with the settings of today, so that what differs comes from the rules; a setting that differs
//! is named.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::args::{CompileFormat, ExportArgs};
use super::super::load::{self, Loaded, RuleFile};
use super::super::revision::{self, SideFiles};
use super::super::settings::Session;
use super::super::{Failure, Needs, Outcome, Output, files, git};
use super::{compiled, environment, has_errors, subjects};
use crate::diagnostic::render::{code_span, document};
use crate::export::{self, Environment, Job, Kind, Manifest};
use crate::link::{Links, Root, Unit};
use crate::source::SourceFile;
use crate::workspace::{File, changes};

const FLAG: &str = "--diff";

pub(super) fn run(
    args: &ExportArgs,
    revision: &str,
    environment: &Environment,
    kinds: &[Kind],
    session: &Session,
    output: &mut Output,
) -> Result<Outcome, Failure> {
    let mut old = SideFiles::default();
    for path in &args.paths.paths {
        if path.as_os_str() == files::STDIN {
            return Err(Failure::Usage(
                "`--diff` compares files of a git repository, not standard input".into(),
            ));
        }
        let side = revision::files(path, revision, FLAG, session)?;
        old.join(side);
    }
    let mut new = new(args, &old, session)?;
    let before = linked(&mut old, revision, session)?;
    old.losses(output);
    new.losses(output);
    let names = revision::names(&new.files);
    let (made_old, made_new) =
        (compiled(&old.files, &before, kinds)?, compiled(&new.files, &new.links, kinds)?);
    let layout = environment::layout(args, session)?;
    let job = |made| Job {
        subjects: subjects(made, &layout),
        environment: environment.clone(),
        last: Manifest::default(),
    };
    let (was, is) = (job(&made_old), job(&made_new));
    let (built_old, built_new) = (export::build(&was, kinds), export::build(&is, kinds));
    let mut touched = export::difference((&was, &built_old), (&is, &built_new));
    if touched.iter().any(export::Touched::counts) {
        let changes = changes(&old.named(), &revision::named(&names, &new.files), &|_| false);
        let among = export::Changes::new(&changes);
        let files = |files: &'_ [RuleFile], made: &[super::OfFile<'_>], wanted: &File| {
            let at = files.iter().position(|file| std::ptr::eq(&raw const file.file, wanted))?;
            made.get(at).map(|(name, ..)| name.clone())
        };
        let place = |file: &File| {
            let name = files(&new.files, &made_new, file).or_else(|| files(&old.files, &made_old, file));
            name.unwrap_or_else(|| file.source.name().to_owned())
        };
        for rule in &mut touched {
            rule.explain(&among, &place);
        }
    }
    let remarks = settings(&new.files, revision)?;
    let mut account = std::mem::take(&mut old.account);
    account.join(std::mem::take(&mut new.account));
    match args.format {
        CompileFormat::Json => {
            let mut document = document("rules", touched.iter().map(export::Touched::object).collect());
            if let Some(members) = document.as_object_mut() {
                members.insert("revision".into(), revision.into());
                members.insert("settings".into(), remarks.iter().cloned().collect());
            }
            output.json(&account.within(document));
        }
        CompileFormat::Text => {
            let mut remarks: Vec<String> = remarks
                .iter()
                .map(|path| {
                    let path = code_span(path);
                    format!("{path} differs too; both sides are exported with what it says now.")
                })
                .collect();
            if account.outcome() != Outcome::Clean {
                remarks
                    .push("Some rules cannot be read; one that cannot now counts as gone here.".to_owned());
            }
            output.text(&export::markdown(&touched, revision, &remarks));
        }
    }
    account.tell(args.format == CompileFormat::Json, output);
    let differ = !touched.is_empty() || new.files.iter().any(has_errors);
    Ok(if differ { Outcome::Findings } else { Outcome::Clean }.max(account.outcome()))
}

/// The rules as they are; none where what was named is gone.
fn new(args: &ExportArgs, old: &SideFiles, session: &Session) -> Result<Loaded, Failure> {
    let there: Vec<PathBuf> = args.paths.paths.iter().filter(|path| path.exists()).cloned().collect();
    let none = || Loaded {
        files: Vec::new(),
        links: Links::default(),
        account: super::super::account::Account::default(),
        roots: Vec::new(),
        brief: false,
    };
    if there.is_empty() && !old.files.is_empty() {
        return Ok(none());
    }
    let paths = if old.files.is_empty() { &args.paths.paths } else { &there };
    match load::load_paths(paths, args.paths.force_exclude, Needs::Filters, session) {
        Err(Failure::Usage(_)) if !old.files.is_empty() => Ok(none()),
        loaded => loaded,
    }
}

/// What the documents of a revision say of each other, with the `rules` roots as they were.
fn linked(old: &mut SideFiles, revision: &str, session: &Session) -> Result<Links, Failure> {
    let places = old.files.iter().map(|file| revision::real(&file.found.path));
    let mut seen: HashSet<PathBuf> = places.collect::<Result<_, _>>()?;
    let mut roots = Vec::new();
    for scope in scopes(&old.files) {
        for root in scope.roots()? {
            for RuleFile { found, scope, file } in revision::files(&root, revision, FLAG, session)?.files {
                if seen.insert(revision::real(&found.path)?) {
                    let source = SourceFile::new(file.source.name(), file.source.text());
                    let lists = scope.registry.lists().clone();
                    roots.push(Root::read(source, scope.config.limits(), lists, &session.pipelines));
                }
            }
        }
    }
    let units: Vec<Unit<'_>> = old.files.iter().map(|file| Unit::of(&file.file)).collect();
    let elsewhere: Vec<Unit<'_>> = roots.iter().map(Root::unit).collect();
    let (links, unlinked) = Links::new(&units, &elsewhere, &session.run.registry);
    for (at, finding) in unlinked {
        if let Some(file) = old.files.get_mut(at) {
            file.file.add(finding);
        }
    }
    Ok(links)
}

/// The settings that hold for some of the files, each once.
fn scopes(files: &[RuleFile]) -> Vec<Arc<super::super::settings::RuleSettings>> {
    let mut found: Vec<Arc<_>> = Vec::new();
    for file in files {
        if !found.iter().any(|known| Arc::ptr_eq(known, &file.scope)) {
            found.push(Arc::clone(&file.scope));
        }
    }
    found
}

/// The files of settings that differ from the revision.
fn settings(files: &[RuleFile], revision: &str) -> Result<Vec<String>, Failure> {
    let mut differing = BTreeSet::new();
    for scope in scopes(files) {
        let Some(source) = &scope.file else { continue };
        let named = scope.config.settings().filter(|(key, _)| match &key[..] {
            [schemas] => schemas == "schemas",
            [.., lists, _, file] => lists == "lists" && file == "file",
            _ => false,
        });
        let beside = Path::new(source.name()).file_name().map(|name| name.to_string_lossy().into_owned());
        let mut paths: Vec<String> = beside.into_iter().collect();
        paths.extend(named.flat_map(|(_, setting)| setting.value.texts().iter().cloned()));
        let mut arguments = vec!["diff", "--name-only", "--relative", "--no-renames", "-z", revision, "--"];
        arguments.extend(paths.iter().map(String::as_str));
        let listed = git::git(&scope.folder, &arguments, FLAG)?;
        if listed.status.success() {
            differing.extend(git::paths(&listed.stdout).map(|path| files::printed(&path)));
        }
    }
    Ok(differing.into_iter().collect())
}
