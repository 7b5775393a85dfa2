//! Arguments of the commands that write a first draft.

use std::path::PathBuf;

use clap::Args;

use super::{examples, values};

#[derive(Debug, Args)]
#[command(after_help = examples::NEW)]
pub(in crate::cli) struct NewArgs {
    /// The log, such as `aws/cloudtrail`, or a part of its name; asked for on a terminal.
    #[arg(value_name = "LOG", value_parser = values::log(), hide_possible_values = true)]
    pub log: Option<String>,
    /// The event, as the field that names the action has it, or `source/name`; asked for on a terminal.
    #[arg(long, value_name = "NAME")]
    pub event: Option<String>,
    /// A technique of ATT&CK, such as `T1136.003`; repeat or separate by commas; asked for on a terminal.
    #[arg(long, value_delimiter = ',', value_name = "TECHNIQUE")]
    pub technique: Vec<String>,
    /// The title; made of the log and the event where it is not given.
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    /// How grave a match is: informational, low, medium, high or critical.
    #[arg(long, value_parser = ["informational", "low", "medium", "high", "critical"], default_value = "medium",
          value_name = "LEVEL")]
    pub level: String,
    /// The author; the name that git knows where it is not given.
    #[arg(long, value_name = "NAME")]
    pub author: Option<String>,
    /// A page that the rule refers to; may be repeated.
    #[arg(long, value_name = "URL")]
    pub reference: Vec<String>,
    /// The identifier, a UUID; a random one where it is not given.
    #[arg(long, value_name = "UUID", value_parser = uuid)]
    pub id: Option<String>,
    /// The date; today in UTC where it is not given.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = date)]
    pub date: Option<String>,
    /// The file to write, beside which the tests are written; named after the event where it is not given. `-` prints the
    /// rule alone.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Ask for what is not given also where standard input is not a terminal.
    #[arg(long)]
    pub ask: bool,
}

#[derive(Debug, Args)]
#[command(after_help = examples::INIT)]
pub(in crate::cli) struct InitArgs {
    /// The folder of the repository.
    #[arg(value_name = "DIR", default_value = ".")]
    pub folder: PathBuf,
    /// The log of the first rule.
    #[arg(long, value_name = "LOG", value_parser = values::log(), hide_possible_values = true, default_value = "aws/cloudtrail")]
    pub log: String,
    /// The event of the first rule.
    #[arg(long, value_name = "NAME", default_value = "iam.amazonaws.com/CreateUser")]
    pub event: String,
    /// The techniques of the first rule.
    #[arg(long, value_delimiter = ',', value_name = "TECHNIQUE", default_value = "T1136.003")]
    pub technique: Vec<String>,
    /// The git repository from which the workflow installs sigmata, such as your copy of it; that of this package where it
    /// is not given.
    #[arg(long, value_name = "URL", default_value = env!("CARGO_PKG_REPOSITORY"), hide_default_value = true)]
    pub source: String,
    /// A commit or tag of that repository; its newest commit where it is not given.
    #[arg(long, value_name = "REVISION", requires = "source")]
    pub revision: Option<String>,
}

fn uuid(text: &str) -> Result<String, String> {
    let lengths = [8, 4, 4, 4, 12];
    let parts: Vec<&str> = text.split('-').collect();
    let hexadecimal = |part: &&str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let fits = parts.len() == lengths.len()
        && parts.iter().zip(lengths).all(|(part, length)| part.len() == length)
        && parts.iter().all(hexadecimal);
    if fits {
        Ok(text.to_lowercase())
    } else {
        Err("a UUID is 32 hexadecimal digits in five groups".to_owned())
    }
}

fn date(text: &str) -> Result<String, String> {
    let fits = crate::time::parse(text).is_some() && text.len() == 10;
    if fits { Ok(text.to_owned()) } else { Err("a date is written as in `2026-11-28`".to_owned()) }
}
