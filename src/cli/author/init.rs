//! `sigmata init`: what a repository of rules needs.

use std::path::Path;

use super::draft::{self, Draft, Wish};
use super::{stamp, told, write};
use crate::cli::args::InitArgs;
use crate::cli::write::{Before, Writer};
use crate::cli::{Failure, Outcome, Output, Session, files, schema};

const SETTINGS: &str = "\
# Settings of sigmata; `sigmata config show` says which hold, and why.
rules = [\"rules\"]
fail-on = \"warning\"

# Findings that are known: `sigmata check --update-baseline` writes them, and later runs report only new ones.
# baseline = \".sigmata-baseline.json\"

# [logs.\"aws/cloudtrail\"]
# kql.table = \"AWSCloudTrail\"
# spl.index = \"aws\"
";

const WORKFLOW: &str = "\
name: rules
on:
  pull_request:
  push:
    branches: [main]
permissions:
  contents: read
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0
      # Put sigmata on the path here: a release, or `cargo install sigmata`.
      - name: Install
        run: cargo install --locked sigmata
      - name: Check
        run: sigmata check --format github
      - name: Layout
        run: sigmata fmt --check
      - name: Test
        run: sigmata test --require-tests
";

const HOOKS: &str = "\
repos:
  - repo: local
    hooks:
      - id: sigmata-check
        name: sigmata check
        entry: sigmata check --changed-since HEAD
        language: system
        pass_filenames: false
        types: [yaml]
      - id: sigmata-fmt
        name: sigmata fmt
        entry: sigmata fmt rules
        language: system
        pass_filenames: false
        types: [yaml]
      - id: sigmata-test
        name: sigmata test
        entry: sigmata test
        language: system
        pass_filenames: false
        types: [yaml]
";

/// The files that do not depend on the first rule.
const FILES: [(&str, &str); 3] = [
    ("sigmata.toml", SETTINGS),
    (".github/workflows/sigmata.yml", WORKFLOW),
    (".pre-commit-config.yaml", HOOKS),
];

/// Writes what is not there.
pub(in crate::cli) fn run(
    args: &InitArgs,
    session: &Session,
    output: &mut Output,
) -> Result<Outcome, Failure> {
    let log = schema::find(session, &args.log)?;
    let facts = draft::event(&log, &args.event)?;
    let wish = Wish {
        title: None,
        level: "medium",
        techniques: &args.technique,
        references: &[],
        author: stamp::author(),
        id: stamp::uuid(),
        date: stamp::today(),
    };
    let draft = Draft::new(&log, &facts, &wish, &session.run)?;
    let mut writer = Writer::below(&args.folder)?;
    for (name, text) in FILES {
        let path = args.folder.join(name);
        if path.exists() {
            left(&path, output);
        } else {
            writer.write(Path::new(name), text.as_bytes(), Before::Nothing);
        }
    }
    let rules = args.folder.join("rules");
    if rules.exists() {
        left(&rules, output);
    } else {
        write(&Path::new("rules").join(format!("{}.yml", draft.name)), &draft, &mut writer);
    }
    told(&writer, output);
    Ok(writer.tell(output))
}

fn left(path: &Path, output: &mut Output) {
    output.remark(&format!("{} exists and is left as it is\n", files::printed(path)));
}
