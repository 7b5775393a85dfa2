//! Which configuration holds for a rule, and for the run.
//!
//! `rules`, `schemas`, `exclude`, `limits` and what is set for logs come from the `sigmata.toml` that is nearest to the
//! rule, from its folder upwards to the root of the repository. What is about the run as a whole comes from the file
//! that is found in the same way from the working directory.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::args::{Command, ConfigArgs};
use super::files::Why;
use super::folders::{Above, Folders};
use super::ignored::Ignored;
use super::tracked::Tracked;
use super::{Failure, Output, confine, disk, files, git, reason, setup, target_names, text_file};
use crate::backend::{self, Backends};
use crate::config::{self, CONFIGURATION, Config, FILE_NAME, Known, Origin};
use crate::diagnostic::{Diagnostic, Severity};
use crate::export::Kind;
use crate::pipeline::Pipeline;
use crate::schema::Registry;
use crate::schema::codes::UNREADABLE_SCHEMA;
use crate::source::kind::FileKind;
use crate::source::{SourceFile, Span};

mod lists;
mod logs;

/// What is wrong with a path of a configuration.
const LEADS_OUT: &str = "leads out of the folder of the configuration";

/// The key that makes a file a schema.
const SCHEMA_KEY: &str = "sigmata-schema";

/// The settings of a run.
pub(super) struct Session {
    /// What holds for the run as a whole.
    pub run: Arc<RuleSettings>,
    wanted: Wanted,
    overrides: Vec<SourceFile>,
    shipped: Arc<Registry>,
    /// Scopes by folder, as it was named.
    folders: Mutex<HashMap<PathBuf, Arc<RuleSettings>>>,
    /// Scopes by their file.
    files: Mutex<HashMap<Option<PathBuf>, Arc<RuleSettings>>>,
    /// The folders that were come to.
    places: Mutex<Folders>,
    /// The configuration files of folders, where they really are.
    nearest: Mutex<Nearest>,
    /// What git ignores.
    ignored: Mutex<Ignored>,
    /// What git tracks, where nothing else is to be looked at.
    tracked: Option<Mutex<Tracked>>,
    /// The revision that the files are held against, where only what changed counts.
    since: Option<String>,
    /// What standard input gave, or what is in its place, and the most that was read of it.
    input: Mutex<Option<(Vec<u8>, usize)>>,
    /// What was said of configurations, in order, until it is [taken](Session::notes).
    notes: Mutex<Vec<String>>,
    /// Whether progress is printed too.
    verbose: bool,
    /// The environment that an export is for.
    environment: Option<String>,
    /// What is applied to rules before they are checked.
    pub pipelines: Vec<Pipeline>,
    /// The files that it is in.
    pub pipeline_files: Vec<PathBuf>,
}

/// The configuration file that holds in a folder, if one does.
pub(super) type Nearest = Above<Option<PathBuf>>;

/// Where configurations come from.
enum Wanted {
    /// From `sigmata.toml` here and above.
    Found,
    /// From one file for everything.
    File(PathBuf),
    /// From nowhere.
    Isolated,
}

/// What holds for the rules below a folder.
pub(super) struct RuleSettings {
    /// The settings.
    pub config: Config,
    /// The schemas.
    pub registry: Arc<Registry>,
    /// The file, unless everything is a default.
    pub file: Option<SourceFile>,
    /// The folder of the file, where it really is; without a file the working directory.
    pub folder: PathBuf,
}

impl Session {
    /// Reads what holds for the run.
    pub(super) fn open(args: &ConfigArgs, command: &Command, verbose: bool) -> Result<Self, Failure> {
        let wanted = match &args.config {
            _ if args.isolated => Wanted::Isolated,
            Some(file) => Wanted::File(file.clone()),
            None => Wanted::Found,
        };
        let mut overrides: Vec<SourceFile> =
            args.set.iter().map(|text| SourceFile::new("--set", text.as_str())).collect();
        if let Command::Compile(args) = command {
            for (flag, key, value) in
                [("--kql-table", "kql.table", &args.kql_table), ("--index", "spl.index", &args.index)]
            {
                overrides.extend(value.iter().map(|value| SourceFile::new(flag, format!("{key}={value}"))));
            }
        }
        let shipped = Arc::new(Registry::shipped());
        let empty = RuleSettings {
            config: Config::default(),
            registry: Arc::clone(&shipped),
            file: None,
            folder: PathBuf::new(),
        };
        let mut session = Self {
            run: Arc::new(empty),
            wanted,
            overrides,
            shipped,
            folders: Mutex::default(),
            files: Mutex::default(),
            places: Mutex::default(),
            nearest: Mutex::default(),
            ignored: Mutex::default(),
            tracked: wants_tracked(command).then(Mutex::default),
            since: changed_since(command).map(str::to_owned),
            input: Mutex::default(),
            notes: Mutex::default(),
            verbose,
            environment: match command {
                Command::Export(args) => args.env.clone(),
                _ => None,
            },
            pipelines: pipelines(command)?,
            pipeline_files: pipeline_files(command).to_vec(),
        };
        session.run = session.of_folder(Path::new("."))?;
        session.pipelines.extend(session.thresholds());
        Ok(session)
    }

    /// What the environment sets in place of the numbers of correlations, for the rules that are read from now on.
    fn thresholds(&self) -> Option<Pipeline> {
        let set = self.run.config.of_rules(self.environment.as_deref()?);
        let numbers: BTreeMap<String, u64> = set
            .filter_map(|(id, what, setting)| match setting.value {
                config::Value::Number(number) if what == "threshold" => Some((id.to_lowercase(), number)),
                _ => None,
            })
            .collect();
        (!numbers.is_empty()).then(|| Pipeline::thresholds(numbers))
    }

    /// What holds for a file.
    pub(super) fn of_file(&self, path: &Path) -> Result<Arc<RuleSettings>, Failure> {
        let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        self.of_folder(folder.unwrap_or(Path::new(".")))
    }

    /// What holds for the files of a folder.
    pub(super) fn of_folder(&self, folder: &Path) -> Result<Arc<RuleSettings>, Failure> {
        if let Some(scope) = locked(&self.folders).get(folder) {
            return Ok(Arc::clone(scope));
        }
        let file = match &self.wanted {
            Wanted::Isolated => None,
            Wanted::File(file) => Some(file.clone()),
            Wanted::Found => found_above(&self.real(folder)?, &mut locked(&self.nearest))?,
        };
        let known = locked(&self.files).get(&file).cloned();
        let scope = if let Some(scope) = known {
            scope
        } else {
            let home = self.real(file.as_deref().and_then(Path::parent).unwrap_or(Path::new("")))?;
            Arc::new(self.read(file.as_deref(), home)?)
        };
        locked(&self.files).insert(file, Arc::clone(&scope));
        locked(&self.folders).insert(folder.to_owned(), Arc::clone(&scope));
        Ok(scope)
    }

    /// Where a folder really is.
    fn real(&self, folder: &Path) -> Result<PathBuf, Failure> {
        let mut places = locked(&self.places);
        real_or_to_come(folder, |folder| places.real(folder))
    }

    /// Why a file or folder that a walk has come to is left out, if it is.
    pub(super) fn excludes(&self, path: &Path, folder: bool) -> Result<Option<Why>, Failure> {
        let scope = self.of_file(path)?;
        if scope.config.get("exclude").is_some() {
            let below = scope.seen(path, &self.real(path.parent().unwrap_or(path))?);
            if below.is_some_and(|below| scope.config.excludes(&below)) {
                return Ok(Some(Why::Excluded));
            }
        }
        let asked = scope.config.flag("respect-gitignore", true);
        if asked && locked(&self.ignored).has(path, folder, &mut locked(&self.places))? {
            return Ok(Some(Why::Ignored));
        }
        Ok((!folder && self.is_untracked(path)?).then_some(Why::Untracked))
    }

    /// Whether a file is to be passed over because git does not track it.
    pub(super) fn is_untracked(&self, path: &Path) -> Result<bool, Failure> {
        match &self.tracked {
            Some(tracked) => Ok(!locked(tracked).has(path, &mut locked(&self.places))?),
            None => Ok(false),
        }
    }

    /// Whether a file or folder that was named is not there any more, and what changed is asked for: that it was deleted is a
    /// change, and no mistake.
    pub(super) fn is_gone(&self, path: &Path) -> Result<bool, Failure> {
        let Some(revision) = &self.since else { return Ok(false) };
        let absent =
            |error: std::io::Error| matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory);
        Ok(path.symlink_metadata().is_err_and(absent) && git::had(path, revision, "--changed-since")?)
    }

    /// The bytes of standard input, at most one more than `limit`; it is read once.
    pub(super) fn input(&self, limit: usize) -> Result<Vec<u8>, Failure> {
        let mut input = locked(&self.input);
        if input.is_none() {
            *input = Some((files::read(Path::new(files::STDIN), limit)?, limit));
        }
        Ok(input.as_ref().map(|(bytes, _)| bytes.clone()).unwrap_or_default())
    }

    /// Puts a text in the place of what standard input gave.
    pub(super) fn replace_input(&self, text: &str) {
        *locked(&self.input) = Some((text.as_bytes().to_vec(), usize::MAX));
    }

    /// The text of standard input, where it was read to its end.
    pub(super) fn input_text(&self) -> Option<String> {
        let input = locked(&self.input);
        let (bytes, _) = input.as_ref().filter(|(bytes, limit)| bytes.len() <= *limit)?;
        String::from_utf8(bytes.clone()).ok()
    }

    /// What is to be said of the configurations that were read since the last call.
    pub(super) fn notes(&self) -> Vec<String> {
        std::mem::take(&mut *locked(&self.notes))
    }

    /// Adds a line about what is done, where the run is to report it.
    pub(super) fn verbose(&self, line: impl FnOnce() -> String) {
        if self.verbose {
            locked(&self.notes).push(format!("{}\n", line()));
        }
    }

    fn read(&self, file: Option<&Path>, folder: PathBuf) -> Result<RuleSettings, Failure> {
        with_known(|known| self.read_with(file, folder, known))
    }

    fn read_with(
        &self,
        file: Option<&Path>,
        folder: PathBuf,
        known: &Known<'_>,
    ) -> Result<RuleSettings, Failure> {
        let mut config = Config::default();
        let mut source = None;
        if let Some(path) = file {
            let text = text_file(path)?;
            config = Config::read(&text, known).map_err(|findings| setup(&text, &findings))?;
            source = Some(text);
        }
        for text in &self.overrides {
            config.set(text, known).map_err(|findings| setup(text, &findings))?;
        }
        if let Some(environment) = &self.environment {
            config.choose(environment);
        }
        let mut scope = RuleSettings { config, registry: Arc::clone(&self.shipped), file: source, folder };
        self.schemas(&mut scope)?;
        scope.lists()?;
        scope.own_baseline()?;
        self.logs(&scope)?;
        if let (false, Some(source)) = (self.run.folder.as_os_str().is_empty(), &scope.file) {
            self.pass_over(&scope.config, source);
        }
        Ok(scope)
    }

    /// Says which settings of a file do not count, since they are about the run and the file is not that of the run.
    fn pass_over(&self, config: &Config, source: &SourceFile) {
        for (key, setting) in config.settings() {
            if let (config::Applies::Run, Origin::File(span)) = (config::scope(key), setting.origin) {
                let line = source.position(span.start).line;
                let name = source.name();
                locked(&self.notes).push(format!(
                    "info: {name}:{line}: `{}` has no effect: the run takes it from the working directory\n",
                    config::dotted(key)
                ));
            }
        }
    }

    /// The schemas that the configuration names on top of the shipped ones.
    fn schemas(&self, scope: &mut RuleSettings) -> Result<(), Failure> {
        let Some(setting) = scope.config.get("schemas") else { return Ok(()) };
        let mut sources = Vec::new();
        for path in setting.value.texts() {
            for path in scope.paths(path, setting.origin)? {
                sources.push(schema_file(&path)?);
            }
        }
        let texts = sources.iter().map(|source| (source.name(), source.text()));
        let (registry, findings) = Registry::with_schemas(texts);
        for source in &sources {
            let own = findings.iter().filter(|(name, _)| name == source.name()).map(|(_, finding)| finding);
            let (errors, others): (Vec<Diagnostic>, Vec<Diagnostic>) =
                own.cloned().partition(|finding| finding.severity == Severity::Error);
            if !errors.is_empty() {
                return Err(setup(source, &errors));
            }
            let said = others
                .iter()
                .map(|found| format!("info[{}]: {}: {}\n", found.code.id, source.name(), found.message));
            locked(&self.notes).extend(said);
        }
        scope.registry = Arc::new(registry);
        Ok(())
    }
}

impl RuleSettings {
    /// A path as seen from the folder of the configuration, with `/` between its names; `None` outside of it.
    pub(super) fn below(&self, path: &Path) -> Result<Option<String>, Failure> {
        let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = real_or_to_come(folder, Path::canonicalize)?;
        Ok(self.seen(path, &folder))
    }

    /// The same, of a path in a folder that is given where it really is.
    fn seen(&self, path: &Path, folder: &Path) -> Option<String> {
        let below = folder.strip_prefix(&self.folder).ok()?;
        let below = path.file_name().map_or_else(|| below.to_owned(), |name| below.join(name));
        Some(files::printed(&below))
    }

    /// The baseline of the run, where one is set.
    pub(super) fn baseline(&self) -> Option<PathBuf> {
        let setting = self.config.get("baseline")?;
        let named = setting.value.texts().first()?;
        Some(match setting.origin {
            Origin::Command => PathBuf::from(named),
            Origin::File(_) => shorter(&self.folder.join(named)),
        })
    }

    /// Refuses a baseline that is a link out of the folder.
    fn own_baseline(&self) -> Result<(), Failure> {
        let (Some(setting), Some(path)) = (self.config.get("baseline"), self.baseline()) else {
            return Ok(());
        };
        let stays = path.canonicalize().map_or(true, |real| real.starts_with(&self.folder));
        if stays || setting.origin == Origin::Command {
            return Ok(());
        }
        Err(self.fault(setting.origin, format!("`{}` {LEADS_OUT}", files::printed(&path))))
    }

    /// Where something was set, in words.
    fn place(&self, origin: Origin) -> String {
        match (origin, &self.file) {
            (Origin::File(span), Some(source)) => {
                format!("{}:{}", source.name(), source.position(span.start).line)
            }
            _ => "--set".to_owned(),
        }
    }

    /// What is wrong with a setting.
    pub(super) fn fault(&self, origin: Origin, message: String) -> Failure {
        match (origin, &self.file) {
            (Origin::File(span), Some(source)) => {
                setup(source, &[Diagnostic::new(&CONFIGURATION, span, message)])
            }
            _ => Failure::Usage(format!("--set: {message}")),
        }
    }

    /// The files and folders that these settings are read from, where they really are: the configuration, the schemas and
    /// the known lists.
    pub(super) fn sources(&self) -> Vec<PathBuf> {
        let lists = self.config.lists();
        let lists = lists.values().filter_map(|set| set.get("file").copied());
        let named = self.config.get("schemas").into_iter().chain(lists).flat_map(|setting| {
            let place = |named: &String| match setting.origin {
                Origin::Command => PathBuf::from(named),
                Origin::File(_) => self.folder.join(named),
            };
            setting.value.texts().iter().map(place).collect::<Vec<_>>()
        });
        let own = self.file.iter().map(|file| PathBuf::from(file.name()));
        own.chain(named).map(|path| path.canonicalize().unwrap_or(path)).collect()
    }

    /// The folder of the configuration as seen from the working directory.
    pub(super) fn seen_folder(&self) -> PathBuf {
        shorter(&self.folder)
    }

    /// The folders and files in which references of this scope's rules are looked up.
    pub(super) fn roots(&self) -> Result<Vec<PathBuf>, Failure> {
        let Some(setting) = self.config.get("rules") else { return Ok(Vec::new()) };
        setting.value.texts().iter().map(|root| self.path(root, setting.origin)).collect()
    }

    /// The files that an entry of `schemas` names: a file, or every schema of a folder.
    fn paths(&self, named: &str, origin: Origin) -> Result<Vec<PathBuf>, Failure> {
        let path = self.path(named, origin)?;
        let found: Vec<PathBuf> =
            files::plain(std::slice::from_ref(&path))?.into_iter().map(|found| found.path).collect();
        for path in &found {
            self.inside(path, origin)?;
        }
        Ok(found)
    }

    /// Where a path of the configuration leads.
    fn path(&self, named: &str, origin: Origin) -> Result<PathBuf, Failure> {
        let path = match origin {
            Origin::Command => PathBuf::from(named),
            Origin::File(_) => shorter(&self.folder.join(named)),
        };
        if let (Err(error), Origin::File(span), Some(source)) = (disk::look(&path), origin, &self.file) {
            let message = format!("`{named}` cannot be read: {}", reason(&error));
            return Err(setup(source, &[Diagnostic::new(&CONFIGURATION, span, message)]));
        }
        self.inside(&path, origin)?;
        Ok(path)
    }

    /// Refuses what a link leads to outside the folder of the configuration.
    fn inside(&self, path: &Path, origin: Origin) -> Result<(), Failure> {
        let (Origin::File(span), Some(source)) = (origin, &self.file) else { return Ok(()) };
        let real = path.canonicalize().map_err(|error| Failure::io(path, &error))?;
        if confine::is_below(&real, &self.folder) {
            return Ok(());
        }
        let what = if real.starts_with(&self.folder) {
            "is hidden, which only the command line can name"
        } else {
            LEADS_OUT
        };
        let message = format!("`{}` {what}", files::printed(path));
        Err(setup(source, &[Diagnostic::new(&CONFIGURATION, span, message)]))
    }
}

/// Where a folder really is, or will be: what comes by standard input may be named as a file whose folder is yet to be made.
fn real_or_to_come(
    folder: &Path,
    mut real: impl FnMut(&Path) -> io::Result<PathBuf>,
) -> Result<PathBuf, Failure> {
    real(folder).or_else(|error| {
        let is_there = |path: &&Path| disk::look(path).is_ok();
        let there = folder.ancestors().skip(1).map(or_here).find(is_there).unwrap_or(Path::new("."));
        let below = folder.strip_prefix(there).unwrap_or(folder);
        let there = real(there).map_err(|_| Failure::io(folder, &error))?;
        Ok(there.join(below))
    })
}

/// A path, or the working directory where it is empty.
fn or_here(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

/// The text of a file that was named as a schema. Of one that is none nothing is shown: it can be anything.
fn schema_file(path: &Path) -> Result<SourceFile, Failure> {
    let source = text_file(path)?;
    if source.text().contains(SCHEMA_KEY) {
        return Ok(source);
    }
    let mut message = format!("not a schema: the key `{SCHEMA_KEY}` is missing");
    if let Some(kind) = FileKind::of(source.text()) {
        message = format!("a schema is expected, but the file holds {}", kind.holds());
    }
    let finding = Diagnostic::new(&UNREADABLE_SCHEMA, Span::default(), message);
    Err(setup(&SourceFile::new(source.name(), ""), &[finding]))
}

/// Whether a command is to look at nothing but what git tracks.
fn wants_tracked(command: &Command) -> bool {
    match command {
        Command::Check(args) => args.git.tracked,
        Command::Fmt(args) => args.git.tracked,
        Command::Test(args) => args.git.tracked,
        _ => false,
    }
}

/// The revision that a command holds its files against.
fn changed_since(command: &Command) -> Option<&str> {
    match command {
        Command::Check(args) => args.changed_since.as_deref(),
        Command::Fmt(args) => args.changed_since.as_deref(),
        Command::Test(args) => args.changed_since.as_deref(),
        _ => None,
    }
}

/// The files of the pipelines that a command is to apply.
fn pipeline_files(command: &Command) -> &[PathBuf] {
    match command {
        Command::Check(args) => &args.pipeline,
        Command::Compile(args) => &args.pipeline,
        _ => &[],
    }
}

/// The pipelines that a command is to apply, in order.
fn pipelines(command: &Command) -> Result<Vec<Pipeline>, Failure> {
    let named = pipeline_files(command);
    let mut found = Vec::with_capacity(named.len());
    for path in named {
        let source = text_file(path)?;
        found.push(Pipeline::read(&source).map_err(|findings| setup(&source, &findings))?);
    }
    Pipeline::sort(&mut found);
    Ok(found)
}

/// The configuration file that is nearest to a folder, from it upwards to the root of the repository.
pub(super) fn found_above(real: &Path, known: &mut Nearest) -> Result<Option<PathBuf>, Failure> {
    let found = known.nearest(real, |folder| {
        let file = folder.join(FILE_NAME);
        if file.is_file() {
            if !confine::holds_beside(&file, &file) {
                return Err(Failure::file(&shorter(&file), confine::LEADS_OUT));
            }
            return Ok(Some(Some(shorter(&file))));
        }
        Ok(git::is_root(folder).then_some(None))
    })?;
    Ok(found.flatten())
}

/// A path as seen from the working directory, where that is not longer.
fn shorter(path: &Path) -> PathBuf {
    let Ok(here) = std::env::current_dir().and_then(|here| here.canonicalize()) else {
        return path.to_owned();
    };
    if let Ok(below) = path.strip_prefix(&here) {
        return if below.as_os_str().is_empty() { PathBuf::from(".") } else { below.to_owned() };
    }
    let mut up = PathBuf::new();
    for above in here.ancestors().skip(1) {
        up.push("..");
        // Past the first common folder there is nothing to gain.
        if let (Ok(below), true) = (path.strip_prefix(above), above.parent().is_some()) {
            return up.join(below);
        }
    }
    path.to_owned()
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A thread that panicked while it held a cache left it whole: an entry is put in at once.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Calls `with` with the names that other modules give to the configuration.
fn with_known<T>(with: impl FnOnce(&Known<'_>) -> T) -> T {
    let backends = Backends::shipped();
    let targets: Vec<&str> = backend::all().iter().map(|target| target.name()).collect();
    with(&Known {
        options: &backends.options(),
        lists: &backends.list_options(),
        targets: &targets,
        meant: Some(target_names::meant),
        codes: crate::codes(),
        kinds: &Kind::ALL.map(Kind::name),
    })
}

/// Prints the JSON Schema of a configuration.
pub(super) fn json_schema(output: &mut Output) {
    with_known(|known| output.json(&known.json_schema()));
}
