//! `sigmata config show`.

use std::path::Path;
use std::sync::Arc;

use serde_json::json;

use super::args::{CompileFormat, ConfigShowArgs};
use super::settings::{RuleSettings, Session};
use super::{Failure, Outcome, Output};
use crate::backend;
use crate::config::{self, Key, Origin, Value};
use crate::diagnostic::render;

/// Longer lines have their source above them.
const WIDTH: usize = 80;

/// A setting with its source in words.
struct Row {
    key: String,
    value: Value,
    source: String,
    /// `None` for a default.
    line: Option<u32>,
}

pub(super) fn run(args: &ConfigShowArgs, session: &Session, output: &mut Output) -> Result<Outcome, Failure> {
    let scope = match args.path.as_deref() {
        None => session.of_folder(Path::new("."))?,
        Some(path) if path.is_dir() => session.of_folder(path)?,
        Some(path) if path.exists() => session.of_file(path)?,
        Some(path) => return Err(Failure::Usage(format!("`{}`: no such file or folder", path.display()))),
    };
    let run = lines(&session.run, config::Applies::Run);
    let rules = lines(&scope, config::Applies::Rules);
    match args.format {
        CompileFormat::Json => output.json(&document(run.iter().chain(&rules))),
        CompileFormat::Text => {
            let place = args.path.as_deref().map_or(".".into(), |path| path.to_string_lossy());
            print(&format!("the run: {}", file(&session.run)), &run, output);
            output.line("");
            print(&format!("the rules in {place}: {}", file(&scope)), &rules, output);
        }
    }
    Ok(Outcome::Clean)
}

fn file(scope: &Arc<RuleSettings>) -> &str {
    scope.file.as_ref().map_or("no sigmata.toml", |source| source.name())
}

/// What is set, then the defaults of the rest.
fn lines(scope: &RuleSettings, wanted: config::Applies) -> Vec<Row> {
    let mut lines = Vec::new();
    for (key, setting) in scope.config.settings().filter(|(key, _)| config::scope(key) == wanted) {
        let (source, line) = match (setting.origin, &scope.file) {
            (Origin::File(span), Some(source)) => {
                let line = source.position(span.start).line;
                (source.name().to_owned(), Some(line))
            }
            _ => ("--set".to_owned(), None),
        };
        lines.push(Row { key: config::dotted(key), value: setting.value.clone(), source, line });
    }
    let set = |key: &Key| scope.config.settings().any(|(known, _)| known == key);
    for (key, mut value) in config::defaults(wanted) {
        if key == ["targets"] {
            let names = backend::defaults().into_iter().map(|target| target.name().to_owned());
            value = Value::List(names.collect());
        }
        if !set(&key) {
            lines.push(Row { key: config::dotted(&key), value, source: "default".into(), line: None });
        }
    }
    lines
}

fn source(line: &Row) -> String {
    line.line.map_or_else(|| line.source.clone(), |number| format!("{}:{number}", line.source))
}

fn print(title: &str, lines: &[Row], output: &mut Output) {
    output.line(&output.bold(&format!("# {title}")));
    let texts: Vec<String> = lines.iter().map(|line| format!("{} = {}", line.key, line.value)).collect();
    let fits = |text: &&String| text.chars().count() <= WIDTH / 2;
    let width = texts.iter().filter(fits).map(|text| text.chars().count()).max().unwrap_or(0);
    for (line, text) in lines.iter().zip(&texts) {
        let source = source(line);
        if text.chars().count().max(width) + source.chars().count() + 4 <= WIDTH {
            output.line(&format!("{text:width$}  # {source}"));
        } else {
            output.line(&format!("# {source}"));
            output.line(text);
        }
    }
}

fn document<'l>(lines: impl Iterator<Item = &'l Row>) -> serde_json::Value {
    let settings = lines.map(|line| {
        json!({
            "key": line.key,
            "value": match &line.value {
                Value::Flag(flag) => json!(flag),
                Value::Number(number) => json!(number),
                Value::Text(text) => json!(text),
                Value::List(texts) => json!(texts),
            },
            "source": line.source,
            "line": line.line,
        })
    });
    render::document("settings", settings.collect())
}
