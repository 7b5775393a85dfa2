//! The arguments of `sigmata export`.

use std::path::PathBuf;

use clap::Args;

use super::{CompileFormat, Paths, values};
use crate::export::Layout;

const EXPORT_EXAMPLES: &str = "\
Examples:
  sigmata export rules -o deploy              everything that applies
  sigmata export rules -o deploy --kind sentinel,xdr
  sigmata export rules --env prod             as [export.prod] has it
  sigmata export rules -o deploy --check      exit code 1 where out of date
  sigmata export rules -o deploy --prune      remove what no rule gives any more
  sigmata export rules --diff main            what a change deploys";

#[derive(Debug, Args)]
#[command(after_help = EXPORT_EXAMPLES)]
pub(in crate::cli) struct ExportArgs {
    #[command(flatten)]
    pub paths: Paths,
    /// The folder of the build; by default `out` of the environment.
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// The environment of `[export.NAME]` in `sigmata.toml`.
    #[arg(long, value_name = "NAME")]
    pub env: Option<String>,
    /// What to export; repeat or separate by commas. By default `kinds` of the environment, else everything.
    #[arg(long = "kind", value_delimiter = ',', value_name = "KIND", help = kind_help(), value_parser = values::kind(),
          hide_possible_values = true)]
    pub kinds: Vec<String>,
    /// Where files of rules are below the folder of their kind: a path with `{product}`, `{path}`, `{file}`, `{title}`,
    /// `{id}`, `{level}` and `{status}`; by default `layout` of the environment, else `{product}/{file}`.
    #[arg(long, value_name = "TEMPLATE", value_parser = Layout::read)]
    pub layout: Option<Layout>,
    /// Write nothing; exit code 1 where the folder is not what the rules give.
    #[arg(long)]
    pub check: bool,
    /// Remove files of former builds that no rule gives any more.
    #[arg(long, conflicts_with = "check")]
    pub prune: bool,
    /// Write nothing; list the objects that differ from what the rules of a git revision give, as Markdown for a pull
    /// request or as JSON, each with an event that shows what is matched now and was not, and the other way round; exit
    /// code 1 where there are some.
    #[arg(long, value_name = "REVISION", conflicts_with_all = ["check", "prune", "output"])]
    pub diff: Option<String>,
    /// How the outcome is printed.
    #[arg(long, value_enum, default_value_t = CompileFormat::Text)]
    pub format: CompileFormat,
}

fn kind_help() -> String {
    let mut text =
        "What to export; repeat or separate by commas. By default `kinds` of the environment, else everything:".to_owned();
    for kind in crate::export::Kind::ALL {
        text.push_str(&format!("\n- {}: {}", kind.name(), kind.title()));
    }
    text
}
