//! `sigmata new` and `sigmata init`: a first draft that checks clean and whose test passes.

mod answers;
mod draft;
mod init;
mod stamp;

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use super::args::NewArgs;
use super::write::{Before, Writer};
use super::{Failure, Outcome, Output, Session, files, schema, witness};
use answers::Answers;
use draft::{Draft, Wish};
pub(super) use init::run as init;

/// Writes a rule with its tests.
pub(super) fn new(args: &NewArgs, session: &Session, output: &mut Output) -> Result<Outcome, Failure> {
    let asks = args.ask || std::io::stdin().is_terminal() && output.is_terminal();
    let answers = Answers::new(asks);
    let log = answers
        .find("log, such as aws/cloudtrail", args.log.as_deref(), &|log| schema::find(session, log))?;
    let facts =
        answers.find(&draft::question(&log), args.event.as_deref(), &|event| draft::event(&log, event))?;
    let mut techniques = args.technique.clone();
    if techniques.is_empty() && args.event.is_none() && asks {
        techniques = answers::techniques()?;
    }
    let wish = Wish {
        title: args.title.as_deref(),
        level: &args.level,
        techniques: &techniques,
        references: &args.reference,
        author: args.author.clone().or_else(stamp::author),
        id: args.id.clone().unwrap_or_else(stamp::uuid),
        date: args.date.clone().or_else(stamp::today),
    };
    let draft = Draft::new(&log, &facts, &wish, &session.run)?;
    if args.output.as_deref() == Some(Path::new(files::STDIN)) {
        output.exact(&draft.text, "the rule");
        return Ok(Outcome::Clean);
    }
    let path = args.output.clone().unwrap_or_else(|| PathBuf::from(format!("{}.yml", draft.name)));
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path
        .file_name()
        .map(Path::new)
        .ok_or_else(|| Failure::Usage("name a file with `--output`".into()))?;
    let mut writer = Writer::below(folder)?;
    write(name, &draft, &mut writer);
    told(&writer, output);
    let outcome = writer.tell(output);
    if outcome == Outcome::Clean {
        let path = files::printed(&path);
        output.remark(&format!("then: `sigmata test {path}`, `sigmata compile {path}`\n"));
    }
    Ok(outcome)
}

/// Writes a draft and its tests. Nothing is overwritten.
fn write(name: &Path, draft: &Draft, writer: &mut Writer) {
    let tests = witness::tests(&draft.witnesses);
    if writer.write(name, draft.text.as_bytes(), Before::Nothing)
        && let Some(text) = tests
    {
        writer.write(&name.with_extension("test.yml"), text.as_bytes(), Before::Nothing);
    }
}

/// Names what was written.
fn told(writer: &Writer, output: &mut Output) {
    for path in writer.written() {
        let path = files::printed(path);
        output.line(path.trim_start_matches("./"));
    }
}
