//! `sigmata completions` and `sigmata man`: what shells and `man` read, made from the command line itself.

use std::path::Path;

use clap::{Command, CommandFactory as _};
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use super::args::{Cli, ManArgs};
use super::check::plural;
use super::write::{Before, Writer};
use super::{Failure, Outcome, Output};
use crate::diagnostic::nearest::nearest;

const NAME: &str = "sigmata";

/// Prints the completions of a shell.
pub(super) fn completions(shell: Shell, output: &mut Output) {
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), NAME, &mut bytes);
    output.exact(&String::from_utf8_lossy(&bytes), "the script");
}

/// Prints a manual page, or writes all of them.
pub(super) fn man(args: &ManArgs, output: &mut Output) -> Result<Outcome, Failure> {
    let mut root = Cli::command();
    root.build();
    if let Some(folder) = &args.output {
        let mut writer = Writer::below(folder)?;
        write_all(&root, NAME, &mut writer)?;
        let count = writer.written().len();
        output.summary(&format!("{} written to {}", plural(count, "page"), folder.display()));
        return Ok(writer.tell(output));
    }
    let (mut command, mut name) = (&root, NAME.to_owned());
    for word in &args.command {
        let Some(below) = command.find_subcommand(word) else {
            let near = nearest(word, command.get_subcommands().map(Command::get_name));
            let help = near.first().map_or_else(
                || format!("`{} --help` lists them", name.replace('-', " ")),
                |near| format!("did you mean `{near}`?"),
            );
            return Err(Failure::Usage(format!("no command `{word}`; {help}")));
        };
        command = below;
        name = format!("{name}-{word}");
    }
    output.exact(&page(command, &name)?, "the page");
    Ok(Outcome::Clean)
}

/// Writes the page of a command and of those below it.
fn write_all(command: &Command, name: &str, writer: &mut Writer) -> Result<(), Failure> {
    let text = page(command, name)?;
    writer.write(Path::new(&format!("{name}.1")), text.as_bytes(), Before::Unread);
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        write_all(below, &format!("{name}-{}", below.get_name()), writer)?;
    }
    Ok(())
}

fn page(command: &Command, name: &str) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let man = Man::new(command.clone().display_name(name))
        .title(name.to_uppercase())
        .source(format!("{NAME} {}", env!("CARGO_PKG_VERSION")))
        .manual(format!("{NAME} manual"));
    let mut render = || {
        man.render_title(&mut bytes)?;
        man.render_name_section(&mut bytes)?;
        man.render_synopsis_section(&mut bytes)?;
        man.render_description_section(&mut bytes)?;
        man.render_options_section(&mut bytes)?;
        if command.get_subcommands().next().is_some() {
            man.render_subcommands_section(&mut bytes)?;
        }
        let further = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        further_sections(&further).to_writer(&mut bytes)
    };
    render().map_err(|error: std::io::Error| Failure::Io(error.to_string()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// What follows the options in help, a section for each heading, with lines as they are.
fn further_sections(text: &str) -> Roff {
    let mut sections = Roff::new();
    for part in text.split("\n\n") {
        let (heading, lines) = part.split_once('\n').unwrap_or((part, ""));
        let heading = match heading {
            "Examples:" => "EXAMPLES".to_owned(),
            "Exit codes:" => "EXIT STATUS".to_owned(),
            other => other.trim_end_matches(':').to_uppercase(),
        };
        if !heading.is_empty() {
            sections.control("SH", [heading.as_str()]);
            sections.control("nf", []);
            for line in lines.lines() {
                sections.text([roman(line)]);
            }
            sections.control("fi", []);
        }
    }
    sections
}
