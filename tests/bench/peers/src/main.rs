//! One piece of work of another library, as a process of its own, so that its instructions can be counted:
//!
//!     peers tokens FOLDER         the tokens of all YAML files
//!     peers json FILE             the values of a file with an event on each line
//!     peers lint FOLDER           rsigma's lint of all rules
//!     peers load FOLDER           rsigma: all rules read and made ready to match
//!     peers eval FOLDER FILE      the same, and the events of a file tried

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use rsigma_eval::Engine;
use rsigma_eval::event::JsonEvent;
use rsigma_parser::{lint, parse_sigma_file};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let count = match arguments[..] {
        ["tokens", folder] => tokens(Path::new(folder))?,
        ["json", file] => each(Path::new(file), |_| 1)?,
        ["lint", folder] => linted(Path::new(folder))?,
        ["load", folder] => load(Path::new(folder))?.rule_count(),
        ["eval", folder, file] => {
            let engine = load(Path::new(folder))?;
            each(Path::new(file), |event| engine.evaluate(&JsonEvent::borrow(event)).len())?
        }
        _ => return Err("usage: peers tokens|lint|load FOLDER, json FILE, eval FOLDER FILE".into()),
    };
    println!("{count}");
    Ok(())
}

/// The rule files below a folder, in order; tests of rules are none.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.to_string_lossy();
            if path.is_dir() {
                folders.push(path);
            } else if name.ends_with(".yml") && !name.ends_with(".test.yml") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn tokens(folder: &Path) -> Result<usize> {
    let mut count = 0;
    for file in files(folder)? {
        let text = fs::read_to_string(file)?;
        count += granit_parser::Parser::new_from_str(&text).take_while(std::result::Result::is_ok).count();
    }
    Ok(count)
}

fn linted(folder: &Path) -> Result<usize> {
    let mut count = 0;
    for file in files(folder)? {
        count += lint::lint_yaml_str(&fs::read_to_string(file)?).len();
    }
    Ok(count)
}

/// An engine with all rules that rsigma can read; it stops at none.
fn load(folder: &Path) -> Result<Engine> {
    let mut engine = Engine::new();
    let read = files(folder)?.into_iter().filter_map(|file| parse_sigma_file(&file).ok());
    let rules: Vec<_> = read.flat_map(|collection| collection.rules).collect();
    engine.add_rules(&rules);
    Ok(engine)
}

fn each(file: &Path, mut use_event: impl FnMut(&serde_json::Value) -> usize) -> Result<usize> {
    let mut count = 0;
    for line in BufReader::new(File::open(file)?).lines() {
        count += use_event(&serde_json::from_str(&line?)?);
    }
    Ok(count)
}
