//! The command line: names and flags are a contract.

mod author;
mod examples;
mod export;
mod values;

use std::path::{Path, PathBuf};

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use super::{Failure, files};
use crate::backend::{self, Backend};
use crate::diagnostic::Severity;
use crate::diagnostic::render::Format;
use crate::export::Layout;
use crate::rule::timespan::{self, Fault};
use crate::time::Timestamp;
pub(super) use author::{InitArgs, NewArgs};
pub(super) use export::ExportArgs;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const EXAMPLES: &str = "\
Examples:
  sigmata check rules                         find what can never fire
  sigmata compile rules -t kql                every rule as KQL for Sentinel
  sigmata compile rules/aws -o queries        one file per rule and language
  sigmata export rules -o deploy              what SIEMs import, kept in step
  sigmata eval rules --events trail.jsonl.gz  which rules match these events
  sigmata eval x.yml --events e.json --explain  why it matches, or not
  sigmata witness rules/aws                   events that match, and near misses
  sigmata diff --rev HEAD rules               what a change made of the rules
  sigmata test rules                          run the tests beside the rules
  sigmata schema show aws/cloudtrail requestParameters --event CreateUser
  sigmata explain S0310                       what a finding means

Exit codes:
  0  nothing failed
  1  `check`, `overlap`: a finding of the severity of `--fail-on` (error) or above
     `compile`: a query was refused; `test`: a test failed, or there was none
     `diff`, `schema drift`: there is a difference; `witness`: a rule without an event
     `eval`: a rule that cannot be evaluated
  2  wrong usage or configuration, or a file that cannot be read or written";

/// A compiler for Sigma detection rules over cloud logs.
///
/// Type-checks rules against the log schema of their provider, and compiles them to KQL, Splunk SPL and CloudWatch
/// Logs Insights.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Debug, Parser)]
#[command(name = "sigmata", version, styles = STYLES, after_help = EXAMPLES, max_term_width = 100)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub config: ConfigArgs,
    /// Print findings and results alone: no summary, no remarks.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Print on standard error which files are read, with which settings, and how long it took.
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// Show every finding whole, also where many have one cause.
    #[arg(long, global = true)]
    pub no_group: bool,
    /// Print long text on a terminal as it comes, not through `SIGMATA_PAGER`, `PAGER` or `less -R`.
    #[arg(long, global = true)]
    pub no_pager: bool,
    /// When to colour; `auto` follows the terminal and `NO_COLOR`.
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto)]
    pub color: Colour,
}

#[derive(Debug, Args)]
pub(super) struct ConfigArgs {
    /// Read settings from this file, for all rules, instead of from the nearest `sigmata.toml`.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Change a setting for this run, such as `fail-on=warning`; may be repeated.
    #[arg(long, global = true, value_name = "KEY=VALUE", value_parser = values::setting(), hide_possible_values = true)]
    pub set: Vec<String>,
    /// Read no `sigmata.toml`.
    #[arg(long, global = true, conflicts_with = "config")]
    pub isolated: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Colour {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Find what is wrong in rules: misspelt fields, values that no log holds, conditions that cannot hold.
    Check(CheckArgs),
    /// Compile rules to queries.
    Compile(CompileArgs),
    /// Write what SIEMs import: analytics rules, detections, layers; in step with the rules.
    Export(ExportArgs),
    /// Match rules against recorded events.
    Eval(EvalArgs),
    /// Make events that a rule matches, and near misses.
    Witness(WitnessArgs),
    /// Show whether a change made a rule wider or narrower, with an event for each direction.
    Diff(DiffArgs),
    /// Find rules whose events another rule matches too.
    Overlap(OverlapArgs),
    /// Run the tests that are beside rules (`x.yml`, `x.test.yml`).
    Test(TestArgs),
    /// Write a first draft of a rule for an event of a log, with its tests.
    New(NewArgs),
    /// Write what a repository of rules needs: settings, a workflow, hooks and a first rule.
    Init(InitArgs),
    /// Lay rules out in one canonical way: order of keys, indentation, blank lines.
    Fmt(FmtArgs),
    /// Print the manual page of a finding's code or name.
    Explain(ExplainArgs),
    /// List, show, write and compare log schemas.
    #[command(subcommand, after_help = examples::SCHEMA)]
    Schema(SchemaCommand),
    /// Print the completions of a shell.
    Completions(CompletionsArgs),
    /// Print manual pages in the form of `man`.
    Man(ManArgs),
    /// Print the version.
    #[command(after_help = examples::VERSION)]
    Version,
    /// Show which settings hold, and where each was set.
    #[command(subcommand, after_help = examples::CONFIG)]
    Config(ConfigCommand),
}

#[derive(Debug, Args)]
#[command(after_help = examples::COMPLETIONS)]
pub(super) struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum, value_name = "SHELL")]
    pub shell: Shell,
}

#[derive(Debug, Args)]
#[command(after_help = examples::MAN)]
pub(super) struct ManArgs {
    /// The command, such as `check` or `schema show`; without one, the page of sigmata.
    #[arg(value_name = "COMMAND")]
    pub command: Vec<String>,
    /// Write the pages of all commands into this folder.
    #[arg(short, long, value_name = "DIR", conflicts_with = "command")]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Print every setting with its value and the place where it was set.
    Show(ConfigShowArgs),
    /// Print a JSON Schema for `sigmata.toml`, by which editors complete keys and values.
    #[command(after_help = examples::CONFIG_SCHEMA)]
    Schema,
}

#[derive(Debug, Args)]
#[command(after_help = examples::CONFIG_SHOW)]
pub(super) struct ConfigShowArgs {
    /// A rule file or folder, for whose rules to show it. The default is the current folder.
    #[arg(value_name = "PATH")]
    pub path: Option<PathBuf>,
    /// How settings are printed; the text is TOML.
    #[arg(long, value_enum, default_value_t = CompileFormat::Text)]
    pub format: CompileFormat,
}

#[expect(clippy::struct_field_names, reason = "`paths.paths` are the paths among what is said of them")]
#[derive(Debug, Args)]
pub(super) struct Paths {
    /// Rule files and folders; folders are searched for `*.yml` and `*.yaml`, and `-` is standard input. The default is
    /// the current folder.
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Pass over what `exclude` leaves out also where it is named.
    #[arg(long)]
    pub force_exclude: bool,
    /// The name of the file whose text comes from standard input: for messages, and for the settings that hold for it.
    #[arg(long, value_name = "FILE")]
    pub stdin_filename: Option<PathBuf>,
}

#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Debug, Args)]
#[command(after_help = examples::CHECK)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    pub paths: Paths,
    /// Apply a processing pipeline of pySigma to the rules first; may be repeated. What of it cannot be applied is an error.
    #[arg(long, value_name = "FILE")]
    pub pipeline: Vec<PathBuf>,
    #[command(flatten)]
    pub output: FormatArgs,
    /// The lowest severity that makes the run fail: error, warning or info [default: error].
    #[arg(long, value_parser = values::severity(), hide_possible_values = true, value_name = "SEVERITY")]
    pub fail_on: Option<Severity>,
    /// Apply the safe fixes, then report what is left; of standard input the fixed text is printed, and the findings to
    /// standard error.
    #[arg(long)]
    pub fix: bool,
    /// Apply the fixes that are guesses too.
    #[arg(long)]
    pub unsafe_fixes: bool,
    /// Print what the fixes would change, and change nothing; exit code 1 where there is something.
    #[arg(long, conflicts_with_all = ["format", "output_file", "statistics", "update_baseline"])]
    pub diff: bool,
    #[command(flatten)]
    pub choice: Choice,
    /// Count the findings by code instead of listing each.
    #[arg(long)]
    pub statistics: bool,
    /// Write what is found now into the baseline, so that later runs report new findings alone.
    #[arg(long, conflicts_with_all = ["format", "output_file", "statistics"])]
    pub update_baseline: bool,
    /// Report only files that differ from a revision of their git repository, themselves or their settings, and rules that
    /// refer to theirs.
    #[arg(long, value_name = "REVISION")]
    pub changed_since: Option<String>,
    #[command(flatten)]
    pub git: InGit,
    /// List the files that are checked, and what is left out with the reason, instead of findings.
    #[arg(long, conflicts_with_all = ["format", "output_file", "statistics", "update_baseline", "fix", "unsafe_fixes", "diff"])]
    pub show_files: bool,
    /// End with exit code 0 although there are findings.
    #[arg(long)]
    pub exit_zero: bool,
    /// Run again after each change of the files.
    #[arg(long)]
    pub watch: bool,
}

/// In which formats results are given, and where.
#[derive(Debug, Args)]
pub(super) struct FormatArgs {
    /// How results are printed.
    #[arg(long, value_parser = values::format(), default_value = "text", value_name = "FORMAT")]
    pub format: Format,
    /// Write the results to this file instead of standard output; with `FORMAT=` in front besides, in that format; may be
    /// repeated.
    #[arg(long, value_name = "[FORMAT=]FILE")]
    pub output_file: Vec<String>,
}

impl FormatArgs {
    /// The files to write, each with its format.
    pub(super) fn files(&self) -> Result<Vec<(Format, &Path)>, Failure> {
        let mut files = Vec::with_capacity(self.output_file.len());
        for target in &self.output_file {
            let (format, path) = match target.split_once('=') {
                Some((name, path)) => {
                    let unknown = |formats| Failure::Usage(format!("no format `{name}`; {formats}"));
                    (format(name).map_err(unknown)?, Path::new(path))
                }
                None => (self.format, Path::new(target)),
            };
            files.push((format, path));
        }
        if let Some(path) = files::twice(files.iter().map(|(_, path)| *path)) {
            let path = path.display();
            let message = format!("`--output-file` names `{path}` twice; each needs a file of its own");
            return Err(Failure::Usage(message));
        }
        Ok(files)
    }

    /// Whether results are only printed, one after the other, in a format that needs nothing of what follows.
    pub(super) fn streams(&self) -> bool {
        self.output_file.is_empty() && matches!(self.format, Format::Json | Format::JsonLines)
    }

    /// Whether results are printed, too.
    pub(super) fn is_printed(&self) -> bool {
        self.output_file.iter().all(|target| target.contains('='))
    }
}

/// Which findings count.
#[derive(Debug, Default, Args)]
pub(super) struct Choice {
    /// Only these findings: codes, names, groups or beginnings of codes; repeat or separate by commas.
    #[arg(long, value_delimiter = ',', value_name = "CODE", value_parser = values::selector(), hide_possible_values = true)]
    pub select: Vec<String>,
    /// All but these findings.
    #[arg(long, value_delimiter = ',', value_name = "CODE", value_parser = values::selector(), hide_possible_values = true)]
    pub ignore: Vec<String>,
    /// The baseline: findings that it has are not reported; the same as `--set baseline=FILE`.
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
}

#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Debug, Args)]
#[command(after_help = examples::COMPILE)]
pub(super) struct CompileArgs {
    #[command(flatten)]
    pub paths: Paths,
    /// Apply a processing pipeline of pySigma to the rules first; may be repeated. What of it cannot be applied is an error.
    #[arg(long, value_name = "FILE")]
    pub pipeline: Vec<PathBuf>,
    /// The languages; repeat or separate by commas.
    #[arg(short, long = "target", value_delimiter = ',', value_name = "TARGET", help = target_help(),
          value_parser = values::target(), hide_possible_values = true)]
    pub targets: Vec<String>,
    /// Write one file per rule and language below this folder, with a manifest that keeps them in step with the rules.
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// With `--output`: where files are below the folder of their language: a path with `{product}`, `{path}`, `{file}`, `{title}`,
    /// `{id}`, `{level}` and `{status}`; by default
    /// `{path}/{file}`.
    #[arg(long, value_name = "TEMPLATE", requires = "output", value_parser = Layout::read)]
    pub layout: Option<Layout>,
    /// With `--output`: write nothing; exit code 1 where the folder is not what the rules give.
    #[arg(long, requires = "output")]
    pub check: bool,
    /// With `--output`: remove files of former runs that no rule gives any more.
    #[arg(long, requires = "output", conflicts_with = "check")]
    pub prune: bool,
    #[command(flatten)]
    pub results: FormatArgs,
    /// Print how many queries of each fidelity there are, log by log, in place of the queries; a terminal gets this for a
    /// large collection.
    #[arg(long, conflicts_with_all = ["output", "format"])]
    pub summary: bool,
    /// The KQL table of rules whose log has no published table; the same as `--set kql.table=TABLE`.
    #[arg(long, value_name = "TABLE")]
    pub kql_table: Option<String>,
    /// The Splunk index to search; the same as `--set spl.index=INDEX`.
    #[arg(long, value_name = "INDEX")]
    pub index: Option<String>,
    /// Compile rules with errors too, as far as they still have a meaning.
    #[arg(long)]
    pub force: bool,
    /// Write queries without comments.
    #[arg(long)]
    pub bare: bool,
    /// Refuse queries that rest on a guess: no place of the log is known, or no published source says what a column holds.
    #[arg(long)]
    pub strict: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum CompileFormat {
    Text,
    Json,
}

#[derive(Debug, Args)]
#[command(after_help = examples::EVAL)]
pub(super) struct EvalArgs {
    #[command(flatten)]
    pub paths: Paths,
    /// Event files and folders of them: JSON lines, JSON arrays or single objects, plain, gzip or zstd; `-` is standard
    /// input.
    #[arg(long, required = true, num_args = 1.., value_name = "FILE")]
    pub events: Vec<PathBuf>,
    /// Leave out matches whose event happened before this time or day, in UTC, such as `2026-11-28` or
    /// `2026-11-28T09:30:00Z`. An event whose time is unknown stays, and correlations count what is before it.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub since: Option<Timestamp>,
    /// Leave out matches whose event happened at this time or later.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub until: Option<Timestamp>,
    #[command(flatten)]
    pub output: FormatArgs,
    /// A JSON pointer to the events inside each record, such as `/detail`.
    #[arg(long, value_name = "POINTER")]
    pub at: Option<String>,
    /// How far an event may come after younger ones, such as `5m`, for correlations over one long file. Without it their
    /// matches are sorted, as far as memory goes.
    #[arg(long, value_name = "SPAN", value_parser = seconds)]
    pub lateness: Option<u64>,
    /// Explain for every rule and event why it matches or not: the truth of each part, and the values it looked at.
    #[arg(long)]
    pub explain: bool,
}

/// The seconds of a time span; `0s` is one here.
fn seconds(text: &str) -> Result<u64, String> {
    match timespan::seconds(text) {
        Ok(seconds) => Ok(seconds),
        Err(Fault::Zero) => Ok(0),
        Err(Fault::Malformed | Fault::TooLong) => {
            Err("expected a number and one of s, m, h, d, w, M, y, such as `5m`".to_owned())
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = examples::WITNESS)]
pub(super) struct WitnessArgs {
    #[command(flatten)]
    pub paths: Paths,
    /// Equal seeds give equal events.
    #[arg(long, default_value_t = 0, value_name = "NUMBER")]
    pub seed: u64,
    /// The most ways to match that are shown for one rule.
    #[arg(long, default_value_t = 16, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub limit: u16,
    /// How events are printed.
    #[arg(long, value_enum, default_value_t = EventFormat::Text)]
    pub format: EventFormat,
    /// Write the events as the test file of the rule, `x.test.yml` beside `x.yml`, unless there is one.
    #[arg(long, conflicts_with = "format")]
    pub as_tests: bool,
    /// Write the matching events as regression tests of the public repository below this folder: `info.yml`, which
    /// `regression_tests_path` of a rule names, and a recording.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["format", "as_tests"])]
    pub as_regression: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum EventFormat {
    Text,
    Json,
    Jsonl,
}

#[derive(Debug, Args)]
#[command(after_help = examples::DIFF)]
pub(super) struct DiffArgs {
    /// The old and the new rule file or folder; with `--rev` the new one alone.
    #[arg(required = true, num_args = 1..=2, value_names = ["OLD", "NEW"])]
    pub paths: Vec<PathBuf>,
    /// Take the old rules from this revision of the git repository that holds the files.
    #[arg(long, value_name = "REVISION")]
    pub rev: Option<String>,
    #[command(flatten)]
    pub output: FormatArgs,
}

#[derive(Debug, Args)]
#[command(after_help = examples::OVERLAP)]
pub(super) struct OverlapArgs {
    #[command(flatten)]
    pub paths: Paths,
    #[command(flatten)]
    pub output: FormatArgs,
    /// The lowest severity that makes the run fail: error, warning or info [default: error].
    #[arg(long, value_parser = values::severity(), hide_possible_values = true, value_name = "SEVERITY")]
    pub fail_on: Option<Severity>,
}

#[derive(Debug, Args)]
#[command(after_help = examples::TEST)]
pub(super) struct TestArgs {
    #[command(flatten)]
    pub paths: Paths,
    #[command(flatten)]
    pub output: FormatArgs,
    /// Run only tests with this text in their name.
    #[arg(long, value_name = "TEXT")]
    pub filter: Option<String>,
    /// Fail where a rule has no tests. A filter needs none: it is tested with the rules that it applies to.
    #[arg(long)]
    pub require_tests: bool,
    /// Run only tests of rules that differ from a revision of their git repository, themselves, their tests, their
    /// recordings, their filters or their settings, and of rules that refer to them; that there is none is then no failure.
    #[arg(long, value_name = "REVISION")]
    pub changed_since: Option<String>,
    #[command(flatten)]
    pub git: InGit,
    /// List the parts of the rules that no test makes true, or false, and the values that no event of a test has.
    #[arg(long)]
    pub coverage: bool,
    /// Run again after each change of the files.
    #[arg(long)]
    pub watch: bool,
}

/// What git says of files.
#[derive(Debug, Args)]
pub(super) struct InGit {
    /// Pass over files of folders that git does not track: a hook before a commit looks at what is committed.
    #[arg(long)]
    pub tracked: bool,
    /// Look at what a hook of pre-commit is asked about: in a commit what differs from the last one, with `--from-ref` what
    /// differs from that, else everything; nothing that git does not track.
    #[arg(long, conflicts_with_all = ["changed_since", "tracked"])]
    pub hook: bool,
}

#[derive(Debug, Args)]
#[command(after_help = examples::FMT)]
pub(super) struct FmtArgs {
    #[command(flatten)]
    pub paths: Paths,
    /// Write nothing, and name the files that are laid out otherwise; exit code 1 where there is one.
    #[arg(long)]
    pub check: bool,
    /// Print what would change, and change nothing; exit code 1 where there is something.
    #[arg(long)]
    pub diff: bool,
    /// Only files that differ from a revision of their git repository.
    #[arg(long, value_name = "REVISION")]
    pub changed_since: Option<String>,
    #[command(flatten)]
    pub git: InGit,
}

#[derive(Debug, Args)]
#[command(after_help = examples::EXPLAIN)]
pub(super) struct ExplainArgs {
    /// A code such as `S0310`, or a name such as `unknown-field`; without one, all codes are listed.
    #[arg(value_parser = values::code(), hide_possible_values = true)]
    pub code: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum SchemaCommand {
    /// List the logs that have a schema.
    #[command(after_help = examples::SCHEMA_LIST)]
    List,
    /// Show the fields of a log as a tree.
    Show(ShowArgs),
    /// Print a JSON Schema for the rules of a log, by which editors complete fields and values.
    Json(JsonArgs),
    /// Write a schema from sample events to standard output.
    Infer(InferArgs),
    /// Report what events hold that the schema of their log does not know; exit code 1 when there is something.
    Drift(DriftArgs),
}

#[derive(Debug, Args)]
#[command(after_help = examples::INFER)]
pub(super) struct InferArgs {
    /// Event files: JSON lines, JSON arrays or single objects, plain or gzip; `-` is standard input.
    #[arg(required = true, value_name = "EVENTS")]
    pub events: Vec<PathBuf>,
    /// The name of the log: product and service.
    #[arg(long, default_value = "custom/log", value_name = "PRODUCT/SERVICE")]
    pub name: String,
    /// A JSON pointer to the events inside each record, such as `/detail`.
    #[arg(long, value_name = "POINTER")]
    pub at: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = examples::DRIFT)]
pub(super) struct DriftArgs {
    /// Event files: JSON lines, JSON arrays or single objects, plain or gzip; `-` is standard input.
    #[arg(required = true, value_name = "EVENTS")]
    pub events: Vec<PathBuf>,
    /// The log, such as `aws/cloudtrail`.
    #[arg(long, value_name = "NAME", value_parser = values::log(), hide_possible_values = true)]
    pub schema: String,
    /// How differences are printed.
    #[arg(long, value_enum, default_value_t = CompileFormat::Text)]
    pub format: CompileFormat,
    /// A JSON pointer to the events inside each record, such as `/detail`.
    #[arg(long, value_name = "POINTER")]
    pub at: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = examples::SHOW)]
pub(super) struct ShowArgs {
    /// The log, such as `aws/cloudtrail`, or a part of its name; a product lists its logs.
    #[arg(value_parser = values::log(), hide_possible_values = true)]
    pub name: String,
    /// Only fields at or below this path, or with this text in their name.
    pub field: Option<String>,
    /// Only what events of this name hold.
    #[arg(long, value_name = "NAME")]
    pub event: Option<String>,
    /// List the values of the field that a pattern with `*` and `?` fits.
    #[arg(long, value_name = "PATTERN", requires = "field")]
    pub matches: Option<String>,
    /// Only fields with this word in their name, documentation, keys or known values, and members of events.
    #[arg(long, value_name = "WORD")]
    pub find: Option<String>,
    /// Print an example event, made up, of the log or of the event named with `--event`.
    #[arg(long, conflicts_with_all = ["field", "find", "matches"])]
    pub example: bool,
}

/// An output format; an error names them all.
fn format(text: &str) -> Result<Format, String> {
    Format::named(text).ok_or_else(|| {
        let names: Vec<_> = Format::ALL.iter().map(|(name, _)| *name).collect();
        format!("the formats are {}", names.join(", "))
    })
}

/// A time, or the beginning of a day.
fn time(text: &str) -> Result<Timestamp, String> {
    let (time, _) = crate::time::parse(text)
        .ok_or("a time is written as in `2026-11-28` or `2026-11-28T09:30:00Z`".to_owned())?;
    Ok(time)
}

/// The help of `-t`, with every language that there is.
fn target_help() -> String {
    let all = backend::all().into_iter().map(Backend::name).collect::<Vec<_>>().join(", ");
    let defaults = backend::defaults().into_iter().map(Backend::name).collect::<Vec<_>>().join(", ");
    format!("The languages: {all}; repeat or separate by commas [default: {defaults}]")
}

#[derive(Debug, Args)]
#[command(after_help = examples::JSON)]
pub(super) struct JsonArgs {
    /// The log, such as `aws/cloudtrail`, or a part of its name.
    #[arg(value_parser = values::log(), hide_possible_values = true)]
    pub name: String,
    /// With the members of events of this name.
    #[arg(long, value_name = "NAME")]
    pub event: Option<String>,
}
