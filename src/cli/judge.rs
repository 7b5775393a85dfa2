//! Which findings count: levels, comments, `--select` and `--ignore`, and the baseline.

use std::path::{Path, PathBuf};

use rustc_hash::FxHashSet;

use super::args::Choice;
use super::load::{Loaded, RuleFile};
use super::settings::{RuleSettings, Session};
use super::write::{self, Before};
use super::{Failure, files, targets};
use crate::config::Levels;
use crate::diagnostic::nearest::nearest;
use crate::diagnostic::{Code, GROUPS};
use crate::source::{SourceFile, visible};
use crate::triage::{Baseline, Fate, Judged, Terms, judge, may_allow};
use crate::workspace;

/// The findings of a collection with what became of them.
pub(super) struct Judgement {
    /// Those of each file, in the order of files.
    pub files: Vec<Vec<Judged>>,
    /// How many the baseline has that are gone, among those that were looked for.
    pub gone: u64,
}

impl Judgement {
    /// How many findings have a fate.
    pub(super) fn count(&self, fits: impl Fn(&Fate) -> bool) -> usize {
        self.files.iter().flatten().filter(|one| fits(&one.fate)).count()
    }

    /// Every finding.
    pub(super) fn all(&self) -> impl Iterator<Item = &Judged> {
        self.files.iter().flatten()
    }
}

/// Judges every file. `update` passes the baseline over.
pub(super) fn judged(
    loaded: &Loaded,
    choice: &Choice,
    paths: &[PathBuf],
    session: &Session,
    update: bool,
) -> Result<Judgement, Failure> {
    let codes = crate::codes();
    selectors(&choice.select, "--select", codes)?;
    selectors(&choice.ignore, "--ignore", codes)?;
    if !codes.iter().any(|code| chosen(code, choice)) {
        return Err(Failure::Usage("`--select` and `--ignore` leave no finding to look for".to_owned()));
    }
    let names = targets::names();
    let mut files = Vec::with_capacity(loaded.files.len());
    let conventions: Vec<&Code> = codes.iter().copied().filter(|code| code.is_convention()).collect();
    let mut bare: Option<(*const RuleSettings, Levels<'_>)> = None;
    for file in &loaded.files {
        let scope = &file.scope;
        // Where no override can fit, the levels of one file are those of all.
        let levels = match &bare {
            Some((known, levels)) if std::ptr::eq(*known, &raw const **scope) => levels.clone(),
            _ if scope.config.has_overrides() => levels(file)?,
            _ => {
                let levels = scope.config.levels("");
                bare = Some((&raw const **scope, levels.clone()));
                levels
            }
        };
        // Conventions are looked for where a level counts them, or a comment may speak of them.
        let counts = conventions.iter().any(|code| levels.severity(code, code.severity).is_some());
        let source = &file.file.source;
        let more = if counts || may_allow(source) { workspace::conventions(&file.file) } else { Vec::new() };
        let terms = Terms { levels, codes, targets: &names, needs_reason: scope.config.requires_reason() };
        let mut judged = judge(source, &file.file.findings_with(more), &terms);
        judged.retain(|one| chosen(one.diagnostic.code, choice));
        files.push(judged);
    }
    let mut judgement = Judgement { files, gone: 0 };
    if let (Some(path), false) = (path(choice, session), update) {
        let mut counted = read(&path)?.counted();
        let view = View::of(&path, loaded, choice, paths)?;
        let mut open: Vec<_> = Vec::new();
        for ((file, name), judged) in loaded.files.iter().zip(&view.names).zip(&mut judgement.files) {
            for one in judged.iter_mut().filter(|one| one.is_open()) {
                if counted.has(name, &file.file, &one.diagnostic) {
                    one.fate = Fate::Known;
                } else {
                    open.push((file, name, one));
                }
            }
        }
        open.retain_mut(|(file, name, one)| {
            let known = counted.has_line(name, &file.file, &one.diagnostic);
            if known {
                one.fate = Fate::Known;
            }
            !known
        });
        // Only what is left of its own file can have moved into another one.
        for (file, name, one) in open {
            if counted.has_moved(name, &file.file, &one.diagnostic, &|former| view.is_past(former)) {
                one.fate = Fate::Known;
            }
        }
        judgement.gone = counted.left(&|file, code| view.has(file, code));
    }
    Ok(judgement)
}

/// The levels of a file.
pub(super) fn levels(file: &RuleFile) -> Result<Levels<'_>, Failure> {
    let scope = &file.scope;
    let path = if scope.config.has_overrides() { scope.below(&file.found.path)? } else { None };
    Ok(scope.config.levels(&path.unwrap_or_default()))
}

/// Judges every file for a command that reports findings besides; a baseline that is still to be written is empty.
pub(super) fn aside(loaded: &Loaded, session: &Session) -> Result<Judgement, Failure> {
    let missing = session.run.baseline().is_some_and(|path| !path.exists());
    judged(loaded, &Choice::default(), &[], session, missing)
}

/// Writes the findings that count as the baseline. What it had of findings that were not looked for stays: of files that
/// were not looked at, and of codes that were not chosen. Gives the file, how many findings it has, and how many stayed.
pub(super) fn update(
    loaded: &Loaded,
    judgement: &Judgement,
    choice: &Choice,
    paths: &[PathBuf],
    session: &Session,
) -> Result<(PathBuf, u64, u64), Failure> {
    let Some(path) = path(choice, session) else {
        return Err(Failure::Usage(
            "no baseline to update; name one with `--baseline FILE`, or set `baseline` in `sigmata.toml`"
                .into(),
        ));
    };
    let view = View::of(&path, loaded, choice, paths)?;
    let before = if path.exists() { Some(text_of(&path)?) } else { None };
    let old = before.as_ref().map_or_else(|| Ok(Baseline::default()), |text| parse(&path, text))?;
    let mut new = Baseline::default();
    for ((file, name), judged) in loaded.files.iter().zip(&view.names).zip(&judgement.files) {
        for one in judged.iter().filter(|one| one.is_open()) {
            new.add(name, &file.file, &one.diagnostic);
        }
    }
    let found = new.len();
    new.keep(&old, &|file, code| !view.has(file, code));
    let expected = before.as_ref().map_or(Before::Nothing, |text| Before::Bytes(text.text().as_bytes()));
    write::one(&path, visible::json(&new.text()).as_bytes(), expected)?;
    Ok((path, new.len(), new.len() - found))
}

/// What a run looks at, as the baseline names it.
struct View {
    /// The folder of the baseline, where it really is.
    home: PathBuf,
    /// The name of each file that was looked at, in the order of files.
    names: Vec<String>,
    looked_at: FxHashSet<String>,
    /// The files and folders that were asked for, where they really are.
    asked: Vec<PathBuf>,
    /// The codes that were not chosen.
    left_out: FxHashSet<&'static str>,
}

impl View {
    fn of(baseline: &Path, loaded: &Loaded, choice: &Choice, paths: &[PathBuf]) -> Result<Self, Failure> {
        let home = home(baseline)?;
        let names = loaded.files.iter().map(|file| seen_from(&home, file)).collect::<Result<Vec<_>, _>>()?;
        let here = [PathBuf::from(".")];
        let asked = if paths.is_empty() { &here[..] } else { paths };
        let asked = asked.iter().filter_map(|path| path.canonicalize().ok()).collect();
        let codes = crate::codes().iter();
        let left_out = codes.filter(|code| !chosen(code, choice)).map(|code| code.id).collect();
        Ok(Self { home, looked_at: names.iter().cloned().collect(), names, asked, left_out })
    }

    /// Whether a finding of this file and code would have been found: its code is chosen, and the file was looked at, or is
    /// gone from where the run has looked.
    fn has(&self, file: &str, code: &str) -> bool {
        let place = self.home.join(file);
        let looked = || {
            self.looked_at.contains(file)
                || !place.is_file() && self.asked.iter().any(|asked| place.starts_with(asked))
        };
        !self.left_out.contains(code) && looked()
    }

    /// Whether what a file once had can have gone elsewhere: all that it has now was looked at, or it is not there.
    fn is_past(&self, file: &str) -> bool {
        self.looked_at.contains(file) || !self.home.join(file).is_file()
    }
}

fn chosen(code: &Code, choice: &Choice) -> bool {
    let named = |selectors: &[String]| {
        selectors.iter().filter_map(|selector| code.selected_by(selector.trim())).max()
    };
    match (named(&choice.select), named(&choice.ignore)) {
        (None, _) if !choice.select.is_empty() => false,
        // The one that names the code more exactly decides.
        (Some(selected), Some(ignored)) => selected > ignored,
        (_, ignored) => ignored.is_none(),
    }
}

fn selectors(chosen: &[String], flag: &str, codes: &[&'static Code]) -> Result<(), Failure> {
    for selector in chosen {
        if codes.iter().any(|code| code.selected_by(selector.trim()).is_some()) {
            continue;
        }
        let names = codes.iter().flat_map(|code| [code.name, code.id]);
        let near = nearest(selector, names.chain(GROUPS.iter().map(|(group, _)| *group)));
        let help = near.first().map_or_else(
            || "`sigmata explain` lists codes and names".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        return Err(Failure::Usage(format!("{flag}: no finding is called `{selector}`; {help}")));
    }
    Ok(())
}

fn path(choice: &Choice, session: &Session) -> Option<PathBuf> {
    choice.baseline.clone().or_else(|| session.run.baseline())
}

fn read(path: &Path) -> Result<Baseline, Failure> {
    parse(path, &text_of(path)?)
}

fn text_of(path: &Path) -> Result<SourceFile, Failure> {
    if !path.exists() {
        return Err(Failure::Usage(format!(
            "the baseline `{}` does not exist; `sigmata check --update-baseline` writes it",
            path.display()
        )));
    }
    super::text_file(path)
}

fn parse(path: &Path, text: &SourceFile) -> Result<Baseline, Failure> {
    Baseline::read(text.text())
        .map_err(|why| Failure::Usage(format!("the baseline `{}` cannot be read: {why}", path.display())))
}

/// The folder of a baseline, where it really is.
fn home(path: &Path) -> Result<PathBuf, Failure> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    folder.canonicalize().map_err(|error| Failure::io(folder, &error))
}

/// A file as seen from the folder of the baseline, or its whole path where it is not below.
fn seen_from(home: &Path, file: &RuleFile) -> Result<String, Failure> {
    let path = &file.found.path;
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let real = folder.canonicalize().map_err(|error| Failure::io(folder, &error))?;
    let real = path.file_name().map_or_else(|| real.clone(), |name| real.join(name));
    Ok(files::printed(real.strip_prefix(home).unwrap_or(&real)))
}
