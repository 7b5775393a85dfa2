//! `sigmata test`.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::args::TestArgs;
use super::changed::Difference;
use super::check::plural;
use super::coverage::{self, Covered};
use super::load::{self, Loaded, RuleFile};
use super::report::{Report, Results};
use super::trace::Words;
use super::{Failure, Needs, Outcome, Output, Session, confine, events, files, output, test_files};
use crate::diagnostic::render::{self, Finding, Format, TestCase};
use crate::diagnostic::{Diagnostic, Severity};
use crate::link::{Root, Unit};
use crate::rule::{Count, Document};
use crate::source::{SourceFile, Span, Spanned};
use crate::workspace::codes::{TESTS_WITHOUT_RULE, UNREADABLE_EVENTS};
use crate::workspace::{Case, Expect, Had, Part, Seen, Suite, TestRunner, regression};
use crate::yaml;

/// So many rule files without tests are named one by one.
const FEW_UNTESTED: usize = 3;

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
    /// What the rule says of the event of a failed test, as a tree, by the place of the finding.
    trees: Vec<(Span, Vec<String>)>,
    /// The types of recordings that cannot be read, one for each test.
    passed_over: Vec<String>,
    /// What the tests made of the parts of the rules, where that is asked for.
    parts: Vec<Part>,
    /// The values that their events have, where that is asked for.
    values: Vec<Had>,
    /// How many tests have other names than those that are asked for.
    others: usize,
}

impl Tested {
    /// A file whose tests are still to be run.
    fn new(source: SourceFile) -> Self {
        Self {
            source,
            findings: Vec::new(),
            tests: 0,
            failed: 0,
            objects: Vec::new(),
            cases: Vec::new(),
            trees: Vec::new(),
            passed_over: Vec::new(),
            parts: Vec::new(),
            values: Vec::new(),
            others: 0,
        }
    }

    /// A file of which no test could be run.
    fn unreadable(source: SourceFile, finding: Diagnostic) -> Self {
        let cases = vec![case(&source, "the file", std::iter::once(&finding))];
        Self { findings: vec![finding], cases, ..Self::new(source) }
    }
}

pub(super) fn run(args: &TestArgs, session: &Session, output: &mut Output) -> Result<Outcome, Failure> {
    let mut loaded = load::load(&args.paths, Needs::Filters, session)?;
    let nameless = |file: &RuleFile| file.found.stdin && regression::path(&file.file.source).is_none();
    if args.paths.stdin_filename.is_none() && loaded.files.iter().any(nameless) {
        return Err(Failure::Usage(
            "no tests are beside `-`; `--stdin-filename FILE` says beside which file they are".into(),
        ));
    }
    let asked = Asked { filter: args.filter.as_deref(), coverage: args.coverage };
    let changed = Changed::since(args.changed_since.as_deref(), &loaded, session)?;
    let outcomes = load::each(&loaded.files, |file| {
        let told = changed.as_ref().is_none_or(|changed| changed.told.contains(&file.found.path));
        vec![if told { test(file, &loaded, &asked, session) } else { Vec::new() }]
    });
    let covered: Vec<Covered<'_>> = loaded
        .files
        .iter()
        .zip(&outcomes)
        .filter_map(|(file, found)| {
            let tested: Vec<&Tested> = found.iter().flatten().filter(|tested| tested.tests > 0).collect();
            let parts: Vec<Part> = tested.iter().flat_map(|tested| tested.parts.iter().copied()).collect();
            let values: Vec<Had> = tested.iter().flat_map(|tested| tested.values.iter().cloned()).collect();
            (args.coverage && !tested.is_empty()).then(|| Covered::new(file, &parts, &values))
        })
        .collect();
    let untested: Vec<&RuleFile> = loaded
        .files
        .iter()
        .zip(&outcomes)
        .filter(|(file, found)| found.is_empty() && is_tested(file) && Changed::asks(changed.as_ref(), file))
        .map(|(file, _)| file)
        .collect();
    let mut all: Vec<Result<Tested, Failure>> = outcomes.into_iter().flatten().collect();
    // What could not be looked at when the rules were read was reported then.
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
    let (mut tests, mut failed, mut broken, mut others) = (0, 0, 0, 0);
    for report in &reports {
        others += report.others;
        tests += report.tests;
        failed += report.failed;
        broken += usize::from(report.findings.len() > report.failed);
    }
    let unread =
        if broken > 0 { format!(", {} with errors", plural(broken, "test file")) } else { String::new() };
    let passed_over: usize = reports.iter().map(|report| report.passed_over.len()).sum();
    let mut summary =
        format!("{}: {} passed, {failed} failed{unread}", plural(tests, "test"), tests - failed);
    if passed_over > 0 {
        let mut types: Vec<&str> =
            reports.iter().flat_map(|report| &report.passed_over).map(String::as_str).collect();
        types.sort_unstable();
        types.dedup();
        summary.push_str(&format!(
            "; {} of type {} not read",
            plural(passed_over, "recording"),
            types.join(", ")
        ));
    }
    if args.coverage {
        summary.push_str(&format!("; {}", coverage::sum(&covered)));
    }
    let lost = loaded.account.findings();
    let mut findings: Vec<Finding<'_>> = reports.iter().flat_map(Suites::findings).collect();
    let mut names: Vec<&str> = reports.iter().map(|report| report.source.name()).collect();
    // What could not be read is a finding where nothing else reports it.
    if args.output.format != Format::Text {
        findings.extend(lost.iter().map(|(source, finding)| Finding::new(source, finding)));
        names.extend(lost.iter().map(|(source, _)| source.name()));
    }
    Report {
        command: "sigmata test",
        findings: &findings,
        files: &names,
        account: &loaded.account,
        results: &Suites {
            all: &reports,
            untested: &untested,
            listed: match (args.require_tests, &args.filter) {
                (true, _) => Listed::Each,
                (false, None) => Listed::Few,
                (false, Some(_)) => Listed::None,
            },
            lost: &lost,
            covered: &covered,
            coverage: args.coverage,
        },
        summary: &summary,
    }
    .write(&args.output, output)?;
    loaded.tell(args.output.format == Format::Json, output);
    let none = tests == 0 && changed.is_none();
    if let (Some(filter), 0) = (&args.filter, tests) {
        let others = plural(others, "test");
        let said = format!("no test has `{filter}` in its name; {others} of other names not run\n");
        if none { output.note(&format!("error: {said}")) } else { output.remark(&said) }
    }
    let failed = failed > 0 || broken > 0 || none || args.require_tests && !untested.is_empty();
    let outcome = if failed { Outcome::Findings } else { Outcome::Clean };
    Ok(outcome.max(loaded.outcome_of(|file| Changed::asks(changed.as_ref(), file))))
}

/// What `--changed-since` leaves of a collection, by the paths of its files.
struct Changed {
    /// Whose tests are run: what differs, and what refers to it.
    told: HashSet<PathBuf>,
    /// What differs itself, or by its tests.
    differing: HashSet<PathBuf>,
}

impl Changed {
    fn since(revision: Option<&str>, loaded: &Loaded, session: &Session) -> Result<Option<Self>, Failure> {
        let Some(revision) = revision else { return Ok(None) };
        let told = Difference::since(&loaded.files, revision, session)?.tested(loaded);
        let paths = |places: HashSet<usize>| -> HashSet<PathBuf> {
            let files = places.into_iter().filter_map(|at| loaded.files.get(at));
            files.map(|file| file.found.path.clone()).collect()
        };
        Ok(Some(Self { told: paths(told.all), differing: paths(told.own) }))
    }

    /// Whether a rule file has to be in order: all, or what differs alone.
    fn asks(changed: Option<&Self>, file: &RuleFile) -> bool {
        changed.is_none_or(|changed| changed.differing.contains(&file.found.path))
    }
}

/// Whether a file holds what has tests beside it: anything but filters, which are tested with the rules that they apply to.
fn is_tested(file: &RuleFile) -> bool {
    let documents = &file.file.documents;
    documents.is_empty() || documents.iter().any(|one| !matches!(one.document, Document::Filter(_)))
}

/// Which rule files without tests are named.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Listed {
    /// Each: none may be there.
    Each,
    /// A few of them.
    Few,
    /// None: some tests were asked for by name.
    None,
}

/// What became of all test files.
struct Suites<'r> {
    all: &'r [Tested],
    /// The rule files without tests.
    untested: &'r [&'r RuleFile],
    /// Which of them are named.
    listed: Listed,
    /// What could not be read.
    lost: &'r [(SourceFile, Diagnostic)],
    /// What the tests made of the parts of the rules.
    covered: &'r [Covered<'r>],
    /// Whether that was asked for.
    coverage: bool,
}

impl Suites<'_> {
    fn findings(tested: &Tested) -> impl Iterator<Item = Finding<'_>> {
        tested.findings.iter().map(|diagnostic| Finding::new(&tested.source, diagnostic))
    }
}

impl Results for Suites<'_> {
    fn print(&self, output: &mut Output) {
        for tested in self.all {
            for finding in Self::findings(tested) {
                output.finding(finding);
                let tree = tested.trees.iter().find(|(span, _)| *span == finding.diagnostic.span);
                if let Some((_, rows)) = tree {
                    output.lines(rows);
                }
                output.line("");
            }
        }
        let name = |file: &&RuleFile| format!("no tests beside {}", file.file.source.name());
        match (self.listed, self.untested) {
            (Listed::None, _) => {}
            (Listed::Each, files) => files.iter().map(name).for_each(|line| output.line(&line)),
            (Listed::Few, files) if files.len() <= FEW_UNTESTED => {
                files.iter().map(name).for_each(|line| output.incidental(&line));
            }
            (Listed::Few, files) => output.incidental(&format!(
                "no tests beside {}; `--require-tests` names each",
                plural(files.len(), "rule file")
            )),
        }
        coverage::print(self.covered, output);
    }

    fn key(&self) -> &'static str {
        "tests"
    }

    fn objects(&self) -> Box<dyn Iterator<Item = Value> + '_> {
        Box::new(self.all.iter().flat_map(|tested| tested.objects.iter().cloned()))
    }

    /// Every finding in a test file (a failed test is one), and the rule files without tests.
    fn members(&self) -> Map<String, Value> {
        let findings: Vec<Value> = self.all.iter().flat_map(Self::findings).map(render::object).collect();
        let untested: Vec<&str> = self.untested.iter().map(|file| file.file.source.name()).collect();
        let mut members = Map::from_iter([
            ("findings".to_owned(), findings.into()),
            ("untested".to_owned(), json!(untested)),
        ]);
        if self.coverage {
            members.insert("coverage".to_owned(), coverage::objects(self.covered));
        }
        members
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

/// What is asked of the tests.
struct Asked<'a> {
    /// A part of the names of those that are run.
    filter: Option<&'a str>,
    /// Whether the parts of rules are followed.
    coverage: bool,
}

/// Runs the tests of one rule file: those beside it, and those that it names.
fn test(
    rules: &RuleFile,
    loaded: &Loaded,
    asked: &Asked<'_>,
    session: &Session,
) -> Vec<Result<Tested, Failure>> {
    let mut found = Vec::new();
    let beside = files::tests_beside(&rules.found.path);
    // Where git cannot be asked the rules were not read either.
    if let Some(path) = beside.filter(|path| !session.is_untracked(path).unwrap_or_default()) {
        found.push(read(&path, rules).map(|read| match read {
            Ok(source) => {
                let (suite, findings) = Suite::read(&source);
                let folder = path.parent().unwrap_or(Path::new(""));
                run_suite(rules, source, &suite, findings, loaded, asked, &|name| open(folder, name))
            }
            Err(report) => *report,
        }));
    }
    if let Some(named) = regression::path(&rules.file.source) {
        found.push(regression_tests(rules, &named, loaded, asked));
    }
    found
}

/// Runs the tests that a rule names under `regression_tests_path`.
fn regression_tests(
    rules: &RuleFile,
    named: &Spanned<String>,
    loaded: &Loaded,
    asked: &Asked<'_>,
) -> Result<Tested, Failure> {
    let Some((root, path)) = test_files::from_above(&rules.found.path, &named.value) else {
        let source = SourceFile::new(rules.file.source.name(), rules.file.source.text());
        let message = format!("the tests `{}` are not there", named.value);
        let finding = Diagnostic::new(&UNREADABLE_EVENTS, named.span, message)
            .help("write the path from the root of the repository");
        return Ok(Tested::unreadable(source, finding));
    };
    let source = match read(&path, rules)? {
        Ok(source) => source,
        Err(report) => return Ok(*report),
    };
    let read = regression::read(&source);
    let tested =
        run_suite(rules, source, &read.suite, read.findings, loaded, asked, &|name| open(&root, name));
    Ok(Tested { passed_over: read.passed_over, ..tested })
}

fn run_suite(
    rules: &RuleFile,
    source: SourceFile,
    suite: &Suite,
    mut findings: Vec<Diagnostic>,
    loaded: &Loaded,
    asked: &Asked<'_>,
    open: &dyn Fn(&str) -> Result<Vec<u8>, String>,
) -> Tested {
    let bench = TestRunner::new(&rules.file, &loaded.links).following(asked.coverage);
    let others = || {
        let files = loaded.files.iter().filter(|other| !std::ptr::eq(*other, rules));
        files.map(|other| Unit::of(&other.file)).chain(loaded.roots.iter().map(Root::unit)).collect()
    };
    let (registry, limits) = (&rules.scope.registry, rules.scope.config.limits());
    let mut outcomes = bench.run_at(suite, registry, limits, &others, open);
    let all = outcomes.len();
    outcomes.retain(|outcome| asked.filter.is_none_or(|filter| outcome.case.name.contains(filter)));
    let tests = outcomes.len();
    let objects = outcomes
        .iter()
        .map(|outcome| object(outcome.case, outcome.failure.is_some(), rules, &source))
        .collect();
    let (mut cases, mut trees) = (Vec::new(), Vec::new());
    let (mut parts, mut values) = (Vec::new(), Vec::new());
    for outcome in &outcomes {
        let mut case = case(&source, &outcome.case.name, outcome.failure.as_ref().into_iter());
        let rows = outcome.seen.as_ref().and_then(|seen| tree(rules, seen));
        if let (Some(failure), Some(rows)) = (&outcome.failure, rows) {
            case.said.push(output::plain(&rows.join("\n")));
            trees.push((failure.span, rows));
        }
        cases.push(case);
        parts.extend(&outcome.parts);
        values.extend(outcome.values.iter().cloned());
    }
    let failures: Vec<Diagnostic> = outcomes.into_iter().filter_map(|outcome| outcome.failure).collect();
    let failed = failures.len();
    findings.retain(|finding| finding.severity > Severity::Info);
    if !findings.is_empty() {
        cases.push(case(&source, "the file", findings.iter()));
    }
    findings.extend(failures);
    findings.sort_by_key(|finding| finding.span);
    let others = all - tests;
    Tested { findings, tests, failed, objects, cases, trees, parts, values, others, ..Tested::new(source) }
}

/// What a rule says of an event, as `eval --explain` shows it.
fn tree(rules: &RuleFile, seen: &Seen) -> Option<Vec<String>> {
    let checked = rules.file.documents.get(seen.document)?;
    let Document::Detection(rule) = &checked.document else { return None };
    Some(Words::new(&rules.file.source, &rule.detection).tell(&seen.verdict).rows())
}

/// The text of a test file, or what is wrong with its bytes.
fn read(path: &Path, rules: &RuleFile) -> Result<Result<SourceFile, Box<Tested>>, Failure> {
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
            Err(Box::new(Tested::unreadable(source, finding)))
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

/// Test files in the folders given that are beside no rule.
fn orphans(paths: &[PathBuf], session: &Session) -> Result<Vec<Result<Tested, Failure>>, Failure> {
    // What cannot be looked at where a file is named was reported when the rules were read.
    let folders: Vec<PathBuf> = paths.iter().filter(|path| path.is_dir()).cloned().collect();
    if folders.is_empty() && !paths.is_empty() {
        return Ok(Vec::new());
    }
    let (tests, failed) = files::tests(&folders, &|path, folder| session.excludes(path, folder))?;
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
