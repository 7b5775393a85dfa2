//! The command line: arguments, files, parallelism, progress and exit codes.
//!
//! Everything else in the crate is free of effects; this module hands texts in and prints what comes back.

mod accept;
mod account;
mod args;
mod author;
mod build;
mod changed;
mod check;
mod codes;
mod compile;
mod confine;
mod coverage;
mod diff;
mod disk;
mod elsewhere;
mod eval;
mod events;
mod examples;
mod explain;
mod export;
mod files;
mod fired;
mod fixes;
mod fmt;
mod folders;
mod git;
mod grouped;
mod hook;
mod ignored;
mod infer;
mod judge;
mod layout;
mod load;
mod output;
mod overlap;
mod overview;
mod pager;
mod parts;
mod portable;
mod progress;
mod report;
mod revision;
mod rooted;
mod roots;
mod schema;
mod settings;
mod shell;
mod show;
mod sinks;
mod target_names;
mod targets;
mod test;
mod test_files;
#[cfg(test)]
mod tests;
mod trace;
mod tracked;
mod watch;
mod witness;
mod words;
mod write;

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use clap::error::{ContextKind, ContextValue};

use crate::diagnostic::Diagnostic;
use crate::diagnostic::nearest::nearest;
use crate::diagnostic::render::{self, Finding};
use crate::source::SourceFile;
use args::{Cli, Command, ConfigCommand, SchemaCommand};
pub use codes::ALL as CODES;
use output::Output;
use settings::Session;

/// Runs the command that the process was started with.
pub fn run() -> ExitCode {
    ExitCode::from(run_with(std::env::args_os(), &mut Output::standard()))
}

/// Runs a command, and gives its exit code.
fn run_with(arguments: impl IntoIterator<Item = std::ffi::OsString>, output: &mut Output) -> u8 {
    let outcome = match Cli::try_parse_from(arguments) {
        Ok(mut cli) => {
            hook::settle(&mut cli.command);
            output.choose(cli.color, cli.quiet, cli.no_group);
            if !cli.no_pager && is_paged(&cli.command) {
                output.page();
            }
            match watched(&cli.command) {
                Some(paths) => watch::run(&paths, output, &mut |output| dispatch(&cli, output)),
                None => dispatch(&cli, output),
            }
        }
        Err(error) => Ok(usage(error, output)),
    };
    match output.finish().and_then(|end| Ok(outcome?.max(end))) {
        Ok(Outcome::Clean) => 0,
        Ok(Outcome::Findings) => 1,
        Ok(Outcome::Broken) => 2,
        Err(failure) => {
            output.failure(&failure);
            2
        }
    }
}

/// An error of which only the name is offered that is nearest to the unknown one.
fn nearest_first(mut error: clap::Error) -> clap::Error {
    let kinds = (ContextKind::InvalidSubcommand, ContextKind::SuggestedSubcommand);
    if let (Some(ContextValue::String(name)), Some(ContextValue::Strings(offered))) =
        (error.get(kinds.0), error.get(kinds.1))
        && let Some(first) = nearest(name, offered.iter().map(String::as_str)).first()
    {
        let first = ContextValue::Strings(vec![first.clone()]);
        error.insert(kinds.1, first);
    }
    error
}

/// Prints help, or what is wrong with the arguments. Help has no text from outside.
fn usage(error: clap::Error, output: &mut Output) -> Outcome {
    let named = match error.get(ContextKind::InvalidSubcommand) {
        Some(ContextValue::String(name)) => elsewhere::meant(name),
        _ => None,
    };
    if let Some(meant) = named {
        output.failure(&Failure::Usage(meant));
        return Outcome::Broken;
    }
    if error.use_stderr() {
        output.note(&nearest_first(error).render().to_string());
        return Outcome::Broken;
    }
    let help = error.render();
    output.help(&help.to_string(), &help.ansi().to_string());
    Outcome::Clean
}

/// The paths of a command that runs again after each change.
fn watched(command: &Command) -> Option<Vec<PathBuf>> {
    match command {
        Command::Check(args) if args.watch => Some(args.paths.paths.clone()),
        Command::Test(args) if args.watch => Some(args.paths.paths.clone()),
        _ => None,
    }
}

/// Whether a command prints text that is read at leisure: none that asks, shows progress or follows files.
fn is_paged(command: &Command) -> bool {
    match command {
        Command::Check(args) => !args.watch,
        Command::Test(args) => !args.watch,
        Command::Compile(_)
        | Command::Witness(_)
        | Command::Diff(_)
        | Command::Overlap(_)
        | Command::Explain(_)
        | Command::Schema(SchemaCommand::List | SchemaCommand::Show(_) | SchemaCommand::Json(_))
        | Command::Config(_) => true,
        _ => false,
    }
}

fn dispatch(cli: &Cli, output: &mut Output) -> Result<Outcome, Failure> {
    match &cli.command {
        Command::Explain(args) => explain::run(args.code.as_deref(), output).map(|()| Outcome::Clean),
        Command::Version => {
            output.line(concat!("sigmata ", env!("CARGO_PKG_VERSION")));
            Ok(Outcome::Clean)
        }
        Command::Completions(args) => {
            shell::completions(args.shell, output);
            Ok(Outcome::Clean)
        }
        Command::Man(args) => shell::man(args, output),
        // A faulty configuration is not a reason to refuse what helps to write one.
        Command::Config(ConfigCommand::Schema) => {
            settings::json_schema(output);
            Ok(Outcome::Clean)
        }
        command => {
            let begin = Instant::now();
            let session = Session::open(&cli.config, command, cli.verbose)?;
            let outcome = match command {
                Command::Check(args) => check::run(args, &session, output),
                Command::Compile(args) => compile::run(args, &session, output),
                Command::Export(args) => export::run(args, &session, output),
                Command::Eval(args) => eval::run(args, &session, output),
                Command::Witness(args) => witness::run(args, &session, output),
                Command::Diff(args) => diff::run(args, &session, output),
                Command::Overlap(args) => overlap::run(args, &session, output),
                Command::Test(args) => test::run(args, &session, output),
                Command::New(args) => author::new(args, &session, output),
                Command::Init(args) => author::init(args, &session, output),
                Command::Fmt(args) => fmt::run(args, &session, output),
                Command::Schema(SchemaCommand::List) => Ok(schema::list(&session, output)),
                Command::Schema(SchemaCommand::Show(args)) => schema::show(args, &session, output),
                Command::Schema(SchemaCommand::Json(args)) => schema::json(args, &session, output),
                Command::Schema(SchemaCommand::Infer(args)) => infer::infer(args, output),
                Command::Schema(SchemaCommand::Drift(args)) => infer::drift(args, &session, output),
                Command::Config(ConfigCommand::Show(args)) => show::run(args, &session, output),
                Command::Explain(_)
                | Command::Version
                | Command::Completions(_)
                | Command::Man(_)
                | Command::Config(ConfigCommand::Schema) => Ok(Outcome::Clean),
            };
            session.verbose(|| format!("took {} ms", begin.elapsed().as_millis()));
            session.notes().iter().for_each(|note| output.remark(note));
            outcome
        }
    }
}

/// How a run that could be carried out ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    /// Exit 0.
    Clean,
    /// Exit 1: findings, refusals or failed tests.
    Findings,
    /// Exit 2: some input could not be read; the rest was still worked on.
    Broken,
}

/// Why a run could not be carried out; exit 2.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    Usage(String),
    #[error("{0}")]
    Io(String),
    /// A file, as it is printed, and why it cannot be read or written.
    #[error("`{name}`: {reason}")]
    File { name: String, reason: String },
    /// A finding about the configuration or a schema, already rendered.
    #[error("{0}")]
    Setup(String),
}

impl Failure {
    fn io(path: &Path, error: &io::Error) -> Self {
        if error.kind() == ErrorKind::NotFound && path.is_symlink() {
            return Self::file(path, "the link leads nowhere");
        }
        Self::file(path, reason(error))
    }

    fn file(path: &Path, reason: impl Into<String>) -> Self {
        Self::File { name: files::printed(path), reason: reason.into() }
    }

    /// The name of the file, where there is one, and the reason.
    fn parts(&self) -> (&str, &str) {
        match self {
            Self::File { name, reason } => (name, reason),
            Self::Usage(reason) | Self::Io(reason) | Self::Setup(reason) => ("", reason),
        }
    }
}

/// What a command needs of the `rules` roots besides the files that it works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Needs {
    /// What is found in rules, and what it means where others name them or filters apply to them.
    Findings,
    /// The rules that correlations and filters name.
    References,
    /// The filters that apply to its rules, too.
    Filters,
    /// The same, where what the rules of a large collection mean may be brought back a part at a time.
    Parts,
}

impl Needs {
    /// Whether filters are looked for that nobody named.
    fn filters(self) -> bool {
        matches!(self, Self::Filters | Self::Parts)
    }

    /// Whether what the rules of so many files mean is let go of once they have been checked.
    fn brief(self, files: usize) -> bool {
        match self {
            Self::Findings => true,
            Self::References | Self::Filters => false,
            Self::Parts => files > load::AT_ONCE,
        }
    }
}

/// Why a file cannot be read or written.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "no such file or folder".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        ErrorKind::NotADirectory => "something in its path is a file, not a folder".to_owned(),
        _ => error.to_string(),
    }
}

/// A small text file of the user's, whole.
fn text_file(path: &Path) -> Result<SourceFile, Failure> {
    let bytes = files::read(path, crate::source::MAX_FILE_BYTES)?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Failure::file(path, format!("invalid UTF-8 at byte {at}"))
    })?;
    Ok(SourceFile::new(files::printed(path), text))
}

/// Findings that end a run before it begins.
fn setup(source: &SourceFile, findings: &[Diagnostic]) -> Failure {
    let text = findings
        .iter()
        .map(|diagnostic| render::text(Finding::new(source, diagnostic), false))
        .collect::<Vec<_>>()
        .join("\n");
    Failure::Setup(text)
}
