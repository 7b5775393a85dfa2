//! `sigmata new` and `sigmata init`: a first draft that checks clean and whose test passes.

mod answers;
mod attack;
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
    // What was given is looked at before anything is asked.
    let mut techniques = attack::techniques(&args.technique)?;
    let asks = args.ask || std::io::stdin().is_terminal() && output.is_terminal();
    let answers = Answers::new(asks);
    let log = answers
        .find("log, such as aws/cloudtrail", args.log.as_deref(), &|log| schema::find(session, log))?;
    let facts =
        answers.find(&draft::question(&log), args.event.as_deref(), &|event| draft::event(&log, event))?;
    if techniques.is_empty() && args.event.is_none() && asks {
        techniques = answers.techniques()?;
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
    let path = path(args.output.as_deref(), &draft)?;
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

/// The file of the rule. A name that no rule has is refused before anything is written, and so is one that is taken, also
/// where it is that of the tests.
fn path(wanted: Option<&Path>, draft: &Draft) -> Result<PathBuf, Failure> {
    let usual = format!("{}.yml", draft.name);
    let path = match wanted {
        Some(folder) if folder.is_dir() => folder.join(usual),
        Some(file) => file.to_owned(),
        None => PathBuf::from(usual),
    };
    let name = files::printed(&path);
    if !files::is_rule_name(&name) {
        return Err(Failure::Usage(format!(
            "`{name}` is not a name for a rule: it ends in `.yml` or `.yaml`, and not in `.test.yml`"
        )));
    }
    let tests = files::tests_beside(&path);
    match path.exists().then(|| path.clone()).or(tests) {
        Some(taken) => Err(Failure::file(&taken, "the file exists and is left as it is")),
        None => Ok(path),
    }
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
