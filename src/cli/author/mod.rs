//! `sigmata new` and `sigmata init`: a first draft that checks clean and whose test passes.

mod answers;
mod draft;
mod init;
mod stamp;

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use super::args::NewArgs;
use super::{Failure, Output, Session, files, schema, witness};
use answers::Answers;
use draft::{Draft, Wish};
pub(super) use init::run as init;

/// Writes a rule with its tests.
pub(super) fn new(args: &NewArgs, session: &Session, output: &mut Output) -> Result<(), Failure> {
    let asks = args.ask || std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
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
        output.text(&draft.text);
        return Ok(());
    }
    let path = args.output.clone().unwrap_or_else(|| PathBuf::from(format!("{}.yml", draft.name)));
    for path in write(&path, &draft)? {
        output.line(&files::printed(&path));
    }
    let path = files::printed(&path);
    output.remark(&format!("then: `sigmata test {path}`, `sigmata compile {path}`\n"));
    Ok(())
}

/// Writes a draft and its tests, and gives the files. Nothing is overwritten.
fn write(path: &Path, draft: &Draft) -> Result<Vec<PathBuf>, Failure> {
    let tests = path.with_extension("test.yml");
    if let Some(taken) = [path, &tests].into_iter().find(|path| path.exists()) {
        return Err(Failure::Usage(format!("`{}` exists; `--output FILE` names another", taken.display())));
    }
    let mut written = vec![path.to_owned()];
    create(path, &draft.text)?;
    if let Some(text) = witness::tests(&files::printed(path), &draft.witnesses)? {
        create(&tests, &text)?;
        written.push(tests);
    }
    Ok(written)
}

/// Writes a new file, with the folders that it needs.
fn create(path: &Path, text: &str) -> Result<(), Failure> {
    let io = |error: std::io::Error| Failure::io(path, &error);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(io)?;
    }
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(path).map_err(io)?;
    file.write_all(text.as_bytes()).map_err(io)
}
