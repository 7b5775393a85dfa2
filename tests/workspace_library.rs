//! The tests beside the rules of the library.

use std::fs;
use std::path::{Path, PathBuf};

use sigmata::schema::Registry;
use sigmata::source::SourceFile;
use sigmata::workspace::{Bench, Expect, File, Suite, across};
use sigmata::yaml::Limits;

fn files(folder: &Path, suffix: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            found.extend(files(&path, suffix));
        } else if path.to_string_lossy().ends_with(suffix) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn source(path: &Path) -> SourceFile {
    SourceFile::new(path.display().to_string(), fs::read_to_string(path).expect("UTF-8"))
}

#[test]
fn every_rule_of_the_library_has_tests_of_both_kinds_and_they_pass() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let registry = Registry::shipped();
    let mut wrong = Vec::new();
    let mut rules = Vec::new();
    let mut run = 0;
    for path in files(&root, ".yml") {
        if path.to_string_lossy().ends_with(".test.yml") {
            continue;
        }
        let beside = path.with_extension("test.yml");
        let file = File::check(source(&path), &registry, Limits::default());
        if beside.is_file() {
            let tests = source(&beside);
            let (suite, findings) = Suite::read(&tests);
            wrong.extend(findings.iter().map(|finding| format!("{}: {finding:?}", tests.name())));
            for expect in [Expect::Match, Expect::NoMatch] {
                if !suite.cases.iter().any(|case| case.expect == expect) {
                    wrong.push(format!("{}: no `{}`", tests.name(), expect.key()));
                }
            }
            let folder = beside.parent().expect("a folder").to_path_buf();
            let open = |name: &str| fs::read(folder.join(name)).map_err(|error| error.to_string());
            for outcome in Bench::new(&file).run(&suite, open) {
                run += 1;
                if let Some(failure) = outcome.failure {
                    let line = tests.position(failure.span.start).line;
                    wrong.push(format!(
                        "{}:{line}: {} {:?} {:?}",
                        tests.name(),
                        failure.message,
                        failure.label,
                        failure.help
                    ));
                }
            }
        } else {
            wrong.push(format!("{}: no tests", path.display()));
        }
        rules.push(file);
    }
    wrong.extend(
        across(&rules).iter().map(|(at, finding)| format!("{}: {finding:?}", rules[*at].source.name())),
    );
    assert!(run > 100, "only {run} tests were run");
    assert!(wrong.is_empty(), "{wrong:#?}");
}
