//! `sigmata init`: what a repository of rules needs.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::draft::{self, Draft, Wish};
use super::{attack, stamp, told, write};
use crate::cli::args::InitArgs;
use crate::cli::write::{Before, Writer};
use crate::cli::{Failure, Outcome, Output, Session, files, git, schema, text_file};
use crate::rule;
use crate::source::visible;
use crate::triage::Baseline;

const SETTINGS: &str = "\
# Settings of sigmata; `sigmata config show` says which hold, and why.
rules = [@rules@]
fail-on = \"warning\"

# Findings that are known: `sigmata check --update-baseline` writes them, and later runs report only new ones.
baseline = \".sigmata-baseline.json\"

# [logs.\"aws/cloudtrail\"]
# kql.table = \"AWSCloudTrail\"
# spl.index = \"aws\"
";

/// What is in the workflow in place of the address that sigmata is installed from, and of its revision.
const SOURCE: &str = "@source@";
const REVISION: &str = "@revision@";

/// The tag of this version.
const TAG: &str = concat!("v", env!("CARGO_PKG_VERSION"));

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
    env:
      # The git repository that sigmata is installed from, such as your copy of it, and a commit or tag of that.
      SIGMATA_SOURCE: @source@
      SIGMATA_REVISION: @revision@
      BASE: ${{ github.event.pull_request.base.sha || github.event.before }}
    steps:
      - uses: actions/checkout@v4
        with:
          # What changed is asked of git.
          fetch-depth: 0
      - name: Install
        run: |
          if command -v sigmata; then exit; fi
          if [ -z \"$SIGMATA_SOURCE\" ]; then echo \"::error::SIGMATA_SOURCE in this workflow is empty\"; exit 1; fi
          cargo install --quiet --locked --git \"$SIGMATA_SOURCE\" ${SIGMATA_REVISION:+--rev \"$SIGMATA_REVISION\"} sigmata
      - name: Check
        run: sigmata check --format github
      - name: What changed
        # A new branch has nothing to be compared with.
        run: |
          git rev-parse --quiet --verify \"$BASE^{commit}\" || BASE=HEAD
          echo \"BASE=$BASE\" >> \"$GITHUB_ENV\"
      - name: Layout
        run: sigmata fmt --check --changed-since \"$BASE\"
      - name: Test
        run: sigmata test --require-tests --changed-since \"$BASE\"
";

/// What is said where nothing names the address.
const NO_SOURCE: &str = "\
fill in `SIGMATA_SOURCE` in .github/workflows/sigmata.yml: the git repository that sigmata is installed from; \
`sigmata init --source URL` writes it
";

const HOOKS: &str = "\
# A commit is held against the last one, `pre-commit run --from-ref` against that, and any other run looks at everything;
# what git does not track is left out.
repos:
  - repo: local
    hooks:
      - id: sigmata-check
        name: sigmata check
        entry: sigmata check --hook
        language: system
        pass_filenames: false
        always_run: true
      - id: sigmata-fmt
        name: sigmata fmt
        entry: sigmata fmt --hook
        language: system
        pass_filenames: false
        always_run: true
      - id: sigmata-test
        name: sigmata test
        entry: sigmata test --require-tests --hook
        language: system
        pass_filenames: false
        always_run: true
";

/// Writes what is not there.
pub(in crate::cli) fn run(
    args: &InitArgs,
    session: &Session,
    output: &mut Output,
) -> Result<Outcome, Failure> {
    let techniques = attack::techniques(&args.technique)?;
    let log = schema::find(session, &args.log)?;
    let facts = draft::event(&log, &args.event)?;
    let wish = Wish {
        title: None,
        level: "medium",
        techniques: &techniques,
        references: &[],
        author: stamp::author(),
        id: stamp::uuid(),
        date: stamp::today(),
    };
    let draft = Draft::new(&log, &facts, &wish, &session.run)?;
    let mut writer = Writer::below(&args.folder)?;
    let own = roots(&args.folder)?;
    let roots: Vec<&str> =
        if own.is_empty() { vec!["rules"] } else { own.iter().map(String::as_str).collect() };
    let mut without_source = false;
    let mut files = vec![
        ("sigmata.toml", SETTINGS.replace("@rules@", &quoted(&roots))),
        (".sigmata-baseline.json", Baseline::default().text()),
    ];
    let above = repository_above(&args.folder);
    if above.is_none() {
        let workflow = workflow(&args.source, args.revision.as_deref(), env!("CARGO_PKG_REPOSITORY"));
        files.push((".github/workflows/sigmata.yml", workflow));
        files.push((".pre-commit-config.yaml", HOOKS.to_owned()));
    }
    for (name, text) in files {
        let path = args.folder.join(name);
        if path.exists() {
            left(&path, output);
        } else {
            writer.write(Path::new(name), text.as_bytes(), Before::Nothing);
            without_source |= args.source.is_empty() && text.contains("SIGMATA_SOURCE");
        }
    }
    let rules = args.folder.join("rules");
    if !own.is_empty() {
        output.remark("there are rules already; no first one is written\n");
    } else if rules.exists() {
        left(&rules, output);
    } else {
        write(&Path::new("rules").join(format!("{}.yml", draft.name)), &draft, &mut writer);
    }
    told(&writer, output);
    if without_source {
        output.remark(NO_SOURCE);
    }
    if let Some(root) = above {
        output.remark_prose(&format!(
            "a workflow and hooks work in the root of a repository alone: `sigmata init` in `{}` writes them",
            files::printed(&root)
        ));
    }
    if !own.is_empty() {
        output.remark("then: `sigmata check --update-baseline` takes the rules on as they are\n");
    }
    Ok(writer.tell(output))
}

/// The root of the repository that a folder is in, and is not the root of.
fn repository_above(folder: &Path) -> Option<PathBuf> {
    let absolute = std::path::absolute(folder).ok()?;
    let there = absolute.ancestors().find(|above| above.exists())?;
    let root = git::root(there)?;
    (there != absolute || there.canonicalize().ok()? != root).then_some(root)
}

/// The workflow, with the address that sigmata is installed from. The repository of this package, `released`, has a tag
/// for each version.
fn workflow(source: &str, revision: Option<&str>, released: &str) -> String {
    let tag = if source.is_empty() || source != released { "" } else { TAG };
    WORKFLOW.replace(SOURCE, &quoted(&[source])).replace(REVISION, &quoted(&[revision.unwrap_or(tag)]))
}

/// Texts as YAML and TOML both quote them.
fn quoted(texts: &[&str]) -> String {
    let quoted = texts.iter().map(|text| visible::json(&Value::from(*text).to_string()).into_owned());
    quoted.collect::<Vec<_>>().join(", ")
}

/// The folders in which a repository has rules already, `.` where one is not in a folder; nothing where it has none.
fn roots(folder: &Path) -> Result<Vec<String>, Failure> {
    let mut roots: Vec<String> = Vec::new();
    if !folder.is_dir() {
        return Ok(roots);
    }
    for file in files::collect(&[folder.to_owned()], false, &|_, _| Ok(None))?.found {
        let mut parts = file.relative.components();
        let root = match (parts.next(), parts.next()) {
            (Some(first), Some(_)) => files::printed(Path::new(first.as_os_str())),
            _ => ".".to_owned(),
        };
        if !roots.contains(&root) && is_rule(&file.path) {
            roots.push(root);
        }
    }
    Ok(if roots.iter().any(|root| root == ".") { vec![".".to_owned()] } else { roots })
}

/// Whether a file holds a Sigma document. One that cannot be read does not count.
fn is_rule(path: &Path) -> bool {
    let text = text_file(path);
    text.is_ok_and(|text| rule::read(&text).sigma)
}

fn left(path: &Path, output: &mut Output) {
    output.remark(&format!("{} exists and is left as it is\n", files::printed(path)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_installs_itself_and_anything_else_what_is_named() {
        let ours = "https://git.example.org/a/sigmata";
        for (source, revision, released, tag) in [
            (ours, None, ours, TAG),
            (ours, Some("0123abc"), ours, "0123abc"),
            ("https://git.example.org/b/copy", None, ours, ""),
            ("", None, "", ""),
        ] {
            let text = workflow(source, revision, released);
            let lines = format!("      SIGMATA_SOURCE: \"{source}\"\n      SIGMATA_REVISION: \"{tag}\"\n");
            assert!(text.contains(&lines), "{text}");
        }
    }
}
