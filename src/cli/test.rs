//! `sigmata test`.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::args::TestArgs;
use super::check::plural;
use super::load::{self, Loaded, RuleFile};
use super::report::{Report, Results};
use super::{Failure, Needs, Outcome, Output, Session, confine, events, files};
use crate::diagnostic::render::{self, Finding, Format, TestCase};
use crate::diagnostic::{Diagnostic, Severity};
use crate::link::{Root, Unit};
use crate::rule::Count;
use crate::source::{SourceFile, Span};
use crate::workspace::codes::TESTS_WITHOUT_RULE;
use crate::workspace::{Case, Expect, Suite, TestRunner};
use crate::yaml;

/// What became of one test file.
struct Tested {
    source: SourceFile,
    findings: Vec<Diagnostic>,
    tests: usize,
    failed: usize,
    /// Each test as JSON.
    objects: Vec<Value>,
    /// Each test for JUnit, and what is wrong with the file.
    cases: Vec<TestCase>,
}

impl Tested {
    /// A file of which no test could be run.
    fn unreadable(source: SourceFile, finding: Diagnostic) -> Self {
        let cases = vec![case(&source, "the file", std::iter::once(&finding))];
        Self { source, findings: vec![finding], tests: 0, failed: 0, objects: Vec::new(), cases }
    }
}

pub(super) fn run(args: &TestArgs, session: &Session, output: &mut Output) -> Result<Outcome, Failure> {
    let mut loaded = load::load(&args.paths, Needs::Filters, session)?;
    let outcomes =
        load::each(&loaded.files, |file| test(file, &loaded, args.filter.as_deref()).into_iter().collect());
    let mut all = Vec::new();
    all.extend(outcomes);
    // What could not be looked at when the rules were read was told then.
    let new = |found: &Result<Tested, Failure>| !found.as_ref().is_err_and(|lost| loaded.account.knows(lost));
    all.extend(orphans(&args.paths.paths, session)?.into_iter().filter(new));
    let mut reports = Vec::with_capacity(all.len());
    loaded.account.find(all.len());
    for outcome in all {
        match outcome {
            Ok(report) => {
                loaded.account.read(&Count::default());
                reports.push(report);
            }
            Err(failure) => loaded.account.fail(failure),
        }
    }
    let untested: Vec<&RuleFile> =
        loaded.files.iter().filter(|file| files::tests_beside(&file.found.path).is_none()).collect();
    let (mut tests, mut failed, mut broken) = (0, 0, 0);
    for report in &reports {
        tests += report.tests;
        failed += report.failed;
        broken += usize::from(report.findings.len() > report.failed);
    }
    let unread =
        if broken > 0 { format!(", {} with errors", plural(broken, "test file")) } else { String::new() };
    let summary = format!("{}: {} passed, {failed} failed{unread}", plural(tests, "test"), tests - failed);
    let lost = loaded.account.findings();
    let mut findings: Vec<Finding<'_>> = reports.iter().flat_map(Suites::findings).collect();
    let mut names: Vec<&str> = reports.iter().map(|report| report.source.name()).collect();
    // What could not be read is a finding where nothing else tells of it.
    if args.output.format != Format::Text {
        findings.extend(lost.iter().map(|(source, finding)| Finding::new(source, finding)));
        names.extend(lost.iter().map(|(source, _)| source.name()));
    }
    Report {
        command: "sigmata test",
        findings: &findings,
        files: &names,
        account: &loaded.account,
        results: &Suites { all: &reports, untested: &untested, lost: &lost },
        summary: &summary,
    }
    .write(&args.output, output)?;
    loaded.tell(args.output.format == Format::Json, output);
    let failed = failed > 0 || broken > 0 || tests == 0 || args.require_tests && !untested.is_empty();
    let outcome = if failed { Outcome::Findings } else { Outcome::Clean };
    Ok(outcome.max(loaded.account.outcome()))
}

/// What became of all test files.
struct Suites<'r> {
    all: &'r [Tested],
    /// The rule files without tests.
    untested: &'r [&'r RuleFile],
    /// What could not be read.
    lost: &'r [(SourceFile, Diagnostic)],
}

impl Suites<'_> {
    fn findings(tested: &Tested) -> impl Iterator<Item = Finding<'_>> {
        tested.findings.iter().map(|diagnostic| Finding::new(&tested.source, diagnostic))
    }
}

impl Results for Suites<'_> {
    fn print(&self, output: &mut Output) {
        for finding in self.all.iter().flat_map(Self::findings) {
            output.findings(&(render::text(finding, output.colour.stdout) + "\n"));
        }
        for file in self.untested {
            output.line(&format!("no tests beside {}", file.file.source.name()));
        }
    }

    /// Every test, every finding in a test file (a failed test is one), and the rule files without tests.
    fn document(&self) -> Value {
        let mut document = render::document("tests", self.lines());
        if let Some(members) = document.as_object_mut() {
            let findings: Vec<Value> = self.all.iter().flat_map(Self::findings).map(render::object).collect();
            members.insert("findings".into(), findings.into());
            let untested: Vec<&str> = self.untested.iter().map(|file| file.file.source.name()).collect();
            members.insert("untested".into(), json!(untested));
        }
        document
    }

    fn lines(&self) -> Vec<Value> {
        self.all.iter().flat_map(|tested| tested.objects.iter().cloned()).collect()
    }

    fn cases(&self) -> Option<Vec<TestCase>> {
        let lost =
            self.lost.iter().map(|(source, finding)| case(source, "the file", std::iter::once(finding)));
        Some(self.all.iter().flat_map(|tested| tested.cases.iter().cloned()).chain(lost).collect())
    }
}

/// A test, or a file that could not be read, with what failed in it.
fn case<'d>(source: &'d SourceFile, name: &str, found: impl Iterator<Item = &'d Diagnostic>) -> TestCase {
    TestCase::new(source.name(), name, found.map(|diagnostic| Finding::new(source, diagnostic)))
}

fn object(case: &Case, failed: bool, rules: &RuleFile, source: &SourceFile) -> Value {
    let expect = match case.expect {
        Expect::Match => "match",
        Expect::NoMatch => "no_match",
    };
    json!({
        "name": case.name,
        "file": source.name(),
        "line": source.position(case.span.start).line,
        "rule": {"file": rules.file.source.name()},
        "expect": expect,
        "passed": !failed,
    })
}

/// Runs the tests beside one rule file, if there are any.
fn test(rules: &RuleFile, loaded: &Loaded, filter: Option<&str>) -> Option<Result<Tested, Failure>> {
    let path = files::tests_beside(&rules.found.path)?;
    Some(run_suite(rules, &path, loaded, filter))
}

fn run_suite(
    rules: &RuleFile,
    path: &Path,
    loaded: &Loaded,
    filter: Option<&str>,
) -> Result<Tested, Failure> {
    let source = match read(path, rules)? {
        Ok(source) => source,
        Err(report) => return Ok(report),
    };
    let (suite, mut findings) = Suite::read(&source);
    let folder = path.parent().unwrap_or(Path::new(""));
    let bench = TestRunner::new(&rules.file, &loaded.links);
    let others = || {
        let files = loaded.files.iter().filter(|other| !std::ptr::eq(*other, rules));
        files.map(|other| Unit::of(&other.file)).chain(loaded.roots.iter().map(Root::unit)).collect()
    };
    let (registry, limits) = (&rules.scope.registry, rules.scope.config.limits());
    let mut outcomes = bench.run_at(&suite, registry, limits, &others, |name| open(folder, name));
    outcomes.retain(|outcome| filter.is_none_or(|filter| outcome.case.name.contains(filter)));
    let tests = outcomes.len();
    let objects = outcomes
        .iter()
        .map(|outcome| object(outcome.case, outcome.failure.is_some(), rules, &source))
        .collect();
    let mut cases: Vec<TestCase> = outcomes
        .iter()
        .map(|outcome| case(&source, &outcome.case.name, outcome.failure.as_ref().into_iter()))
        .collect();
    let failures: Vec<Diagnostic> = outcomes.into_iter().filter_map(|outcome| outcome.failure).collect();
    let failed = failures.len();
    findings.retain(|finding| finding.severity > Severity::Info);
    if !findings.is_empty() {
        cases.push(case(&source, "the file", findings.iter()));
    }
    findings.extend(failures);
    findings.sort_by_key(|finding| finding.span);
    Ok(Tested { source, findings, tests, failed, objects, cases })
}

/// The text of a test file, or what is wrong with its bytes.
fn read(path: &Path, rules: &RuleFile) -> Result<Result<SourceFile, Tested>, Failure> {
    if !confine::holds_beside(&rules.found.path, path) {
        return Err(Failure::file(path, confine::LEADS_OUT));
    }
    let bytes = files::read(path, rules.scope.config.limits().file)?;
    let name = files::printed(path);
    Ok(match yaml::decode(&bytes) {
        Ok(text) => Ok(SourceFile::new(name, text)),
        Err(mut finding) => {
            finding.span = Span::empty(finding.span.start);
            let source = SourceFile::new(name, String::from_utf8_lossy(&bytes));
            Err(Tested::unreadable(source, finding))
        }
    })
}

/// The events of a file that a test names; links must not lead out of the folder either.
fn open(folder: &Path, name: &str) -> Result<Vec<u8>, String> {
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let root = here.canonicalize().map_err(|error| error.to_string())?;
    let path = here.join(name).canonicalize().map_err(|_| "no such file beside the test".to_owned())?;
    if !confine::is_below(&path, &root) {
        return Err("the path must stay in the folder of the test file, and lead to nothing hidden".into());
    }
    events::read(&path).map_err(|failure| failure.to_string())
}

/// Test files in the folders given that stand beside no rule.
fn orphans(paths: &[PathBuf], session: &Session) -> Result<Vec<Result<Tested, Failure>>, Failure> {
    let (tests, failed) = files::tests(paths, &|path, folder| session.excludes(path, folder))?;
    let mut found: Vec<_> = failed.into_iter().map(Err).collect();
    for path in tests {
        let text = path.to_string_lossy();
        let stem = text.trim_end_matches(".yaml").trim_end_matches(".yml").trim_end_matches(".test");
        if ["yml", "yaml"].iter().any(|extension| Path::new(&format!("{stem}.{extension}")).is_file()) {
            continue;
        }
        let text = match text_of(&path) {
            Ok(text) => text,
            Err(failure) => {
                found.push(Err(failure));
                continue;
            }
        };
        let source = SourceFile::new(files::printed(&path), text);
        let end = source.text().lines().next().map_or(0, str::len);
        let finding =
            Diagnostic::new(&TESTS_WITHOUT_RULE, Span::of(0, end), "these tests have no rule beside them")
                .help("name the test file after its rule: `x.test.yml` beside `x.yml`");
        found.push(Ok(Tested::unreadable(source, finding)));
    }
    Ok(found)
}

fn text_of(path: &Path) -> Result<String, Failure> {
    let bytes = files::read(path, crate::source::MAX_FILE_BYTES)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
