//! `sigmata compile`.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::sync::Mutex;

use serde_json::Value;

use super::accept::{self, Product};
use super::args::CompileArgs;
use super::check::plural;
use super::export::source;
use super::judge;
use super::load::{self, Loaded, RuleFile};
use super::overview::{self, Overview};
use super::report::{self, Report, Results};
use super::{Failure, Needs, Outcome, Output, Session, targets};
use crate::backend::{Backend, Compiled, Fidelity};
use crate::check::TypedRule;
use crate::diagnostic::render::{Finding, Format, TestCase};
use crate::diagnostic::{Code, Diagnostic, Severity, Status};
use crate::rule::{DetectionRule, Document, Meta};
use crate::source::SourceFile;
use crate::triage::{Fate, Judged};
use crate::workspace::{self, Order, products};

mod folder;
mod idle;
mod parts;
mod sums;
mod unplaced;

use sums::Sums;

/// How many refusals for unreported errors are listed one by one.
const MOST_QUIET: usize = 16;

pub(super) fn run(args: &CompileArgs, session: &Session, output: &mut Output) -> Result<Outcome, Failure> {
    let targets = targets::wanted(&args.targets, session)?;
    let streams = args.results.streams() && args.output.is_none();
    let loaded = load::load(&args.paths, if streams { Needs::Parts } else { Needs::Filters }, session)?;
    let asked = !args.targets.is_empty() || !session.run.config.texts("targets").is_empty();
    let work = Work { args, session, targets: &targets, loaded: &loaded, asked, logs: Mutex::default() };
    let outcome = if streams { parts::write(&work, output)? } else { whole(&work, output)? };
    load::leave(loaded);
    Ok(outcome)
}

/// What a run is to do.
struct Work<'w> {
    args: &'w CompileArgs,
    session: &'w Session,
    targets: &'w [&'static dyn Backend],
    loaded: &'w Loaded,
    /// Whether languages were asked for by name.
    asked: bool,
    /// The logs that the rules are about, as far as they have been compiled.
    logs: idle::Logs,
}

/// What comes of files: each document in each language, and the comments about refusals that accept none.
type Made<'f> = (Vec<Product<'f>>, Vec<(&'f SourceFile, Diagnostic)>);

impl Work<'_> {
    /// Compiles some files of the collection.
    fn make<'f>(&'f self, files: &'f [RuleFile]) -> Result<Made<'f>, Failure> {
        let Self { args, session, targets, loaded, logs, .. } = self;
        let mut products = load::each(files, |file| {
            let options = |rule: &DetectionRule, typed: &TypedRule| {
                idle::met(logs, rule, typed);
                let mut options = file.scope.options(rule, typed);
                options.heading.bare = args.bare;
                options.strict = args.strict || session.run.config.flag("strict", false);
                options
            };
            let place;
            let name = if args.output.is_some() {
                place = source(file);
                place.as_deref().unwrap_or_default()
            } else {
                file.file.source.name()
            };
            let order = Order { targets, options: &options, force: args.force, name, formulas: false };
            let made = products(&file.file, &loaded.links, &order);
            made.into_iter().map(|made| Product { file, made, accepted: None }).collect()
        });
        let unused = accept::accept(&mut products, &self.names())?;
        Ok((products, unused))
    }

    fn names(&self) -> Vec<&str> {
        self.targets.iter().map(|target| target.name()).collect()
    }

    /// The files that hold no Sigma rule.
    fn foreign(&self) -> usize {
        self.loaded.files.iter().filter(|file| !file.file.sigma).count()
    }

    /// Refuses a run in which there is nothing to compile.
    fn has_work(&self, sums: &Sums) -> Result<(), Failure> {
        let Self { loaded, .. } = self;
        let mistaken = loaded.files.iter().any(|file| !file.file.sigma && file.found.named);
        if sums.products > 0 || mistaken || loaded.account.has_failed() || !silent(loaded).is_empty() {
            return Ok(());
        }
        let message = if self.foreign() == loaded.files.len() {
            "no rule to compile; `sigmata check` says what was found"
        } else {
            "no rule to compile: a filter is part of the rules that it applies to; name those too"
        };
        Err(Failure::Usage(message.into()))
    }

    /// Says what there is to say after the queries; `quiet` are refusals that have no finding.
    fn end(&self, sums: &Sums, quiet: &[String], output: &mut Output) -> Outcome {
        let Self { loaded, session, .. } = self;
        let is_json = self.args.results.format == Format::Json;
        if !is_json {
            tell(quiet, output);
            let foreign = self.foreign();
            if foreign > 0 {
                output.remark_prose(&format!("{} without a Sigma rule", plural(foreign, "file")));
            }
            sums.lines(self.targets.len()).iter().for_each(|line| output.remark_prose(line));
        }
        output.remark_prose(&silent(loaded));
        for line in idle::lines(session, self.targets, sums, &self.logs) {
            output.note_prose("info: ", &line);
        }
        if self.asked {
            for line in unplaced::lines(sums, &self.names()) {
                output.note_prose("error: ", &line);
            }
        }
        loaded.account.tell(is_json, output);
        let outcome = if sums.fails { Outcome::Findings } else { Outcome::Clean };
        outcome.max(loaded.account.outcome())
    }
}

/// Compiles the collection as a whole, for what is said of it before the first query.
fn whole(work: &Work<'_>, output: &mut Output) -> Result<Outcome, Failure> {
    let Work { args, session, targets, loaded, asked, .. } = *work;
    let (products, unused) = work.make(&loaded.files)?;
    let mut sums = Sums::default();
    sums.add(&products, targets.len(), asked);
    work.has_work(&sums)?;
    let mut written = Outcome::Clean;
    let mut line = None;
    if let Some(folder) = &args.output {
        let wish = folder::Wish {
            folder,
            check: args.check,
            prune: args.prune,
            bare: args.bare,
            layout: args.layout.as_ref(),
        };
        let text;
        (text, written) = folder::build(wish, targets, &products, &loaded.account, output)?;
        line = Some(text);
    }
    let wish = &args.results;
    let lost = loaded.account.findings();
    let judgement = judge::aside(loaded, session)?;
    let Found { mut findings, quiet, passed_over } = found(&loaded.files, &judgement.files, &products, asked);
    findings.extend(unused.iter().map(|(source, finding)| Finding::new(source, finding)));
    if wish.format == Format::Text {
        output.note_grouped(&report::open(&findings), &loaded.logs());
    }
    findings.extend(lost.iter().map(|(source, finding)| Finding::new(source, finding)));
    let names: Vec<&str> = loaded.files.iter().map(|file| file.file.source.name()).collect();
    let queries = Queries {
        products: &products,
        lost: &lost,
        passed_over: &passed_over,
        summary: args.summary,
        alone: targets.len() == 1,
        line,
        asked,
    };
    let report = Report {
        command: "sigmata compile",
        findings: &findings,
        files: &names,
        account: &loaded.account,
        results: &queries,
        summary: "",
    };
    report.write(wish, output)?;
    Ok(work.end(&sums, &quiet, output).max(written))
}

/// The queries in the forms of the command.
struct Queries<'r> {
    products: &'r [Product<'r>],
    /// What could not be read.
    lost: &'r [(SourceFile, Diagnostic)],
    /// Errors that refuse queries and are not reported, saying so.
    passed_over: &'r [(&'r SourceFile, Diagnostic)],
    /// Whether a table is printed in place of the queries.
    summary: bool,
    /// Whether one language alone was asked for.
    alone: bool,
    /// What was written, where a folder was named.
    line: Option<String>,
    /// Whether languages were asked for by name.
    asked: bool,
}

impl Results for Queries<'_> {
    fn print(&self, output: &mut Output) {
        let many = self.products.len() >= overview::FROM && output.is_terminal();
        match &self.line {
            Some(text) => output.text(text),
            None if self.summary || many => print_overview(self.products, output),
            None => print_text(self.products, self.alone, output),
        }
    }

    fn key(&self) -> &'static str {
        "queries"
    }

    fn objects(&self) -> Box<dyn Iterator<Item = Value> + '_> {
        Box::new(self.products.iter().map(Product::object))
    }

    fn besides(&self) -> Vec<Finding<'_>> {
        self.passed_over.iter().map(|(source, finding)| Finding::new(source, finding)).collect()
    }

    /// One test case for each query, which fails where the query makes the run fail.
    fn cases(&self) -> Option<Vec<TestCase>> {
        let case = |product: &Product<'_>| {
            let source = &product.file.file.source;
            let Compiled { fidelity, notes, diagnostics, .. } = &product.made.compiled;
            let why = product.made.findings.iter().copied().chain(diagnostics);
            let failed = product.fails(self.asked);
            let why = why.filter(|finding| failed && finding.severity == Severity::Error);
            let name = format!("{}: {}", title(product).unwrap_or("(no title)"), product.made.target.name());
            let mut case =
                TestCase::new(source.name(), name, why.map(|finding| Finding::new(source, finding)));
            if failed && case.failures.is_empty() {
                case.failures.push(("", fidelity.name().to_owned(), String::new()));
            }
            case.said.push(fidelity.name().to_owned());
            case.said.extend(product.accepted.iter().flatten().map(accept::why));
            case.said.extend(notes.iter().map(|note| format!("{} {}", note.code.id, note.message)));
            case
        };
        let lost = self.lost.iter().map(|(source, finding)| {
            TestCase::new(source.name(), "the file", std::iter::once(Finding::new(source, finding)))
        });
        Some(self.products.iter().map(case).chain(lost).collect())
    }
}

/// Which rules give no query of their own, and why; empty when each gives one.
fn silent(loaded: &Loaded) -> String {
    let rules = loaded.files.iter().flat_map(|file| workspace::silent(&file.file, &loaded.links));
    let quoted = |meta: &Meta| {
        let name = [&meta.name, &meta.title, &meta.id].into_iter().flatten().next();
        format!("`{}`", name.map_or("", |name| name.value.trim()))
    };
    let names: Vec<String> = rules.map(quoted).collect();
    if names.is_empty() {
        return String::new();
    }
    let (verb, whom) = if names.len() == 1 { ("gives", "it") } else { ("give", "them") };
    format!(
        "{} {verb} no query without `generate: true` in a correlation that counts {whom}: {}\n",
        plural(names.len(), "rule"),
        names.join(", "),
    )
}

/// Queries with a heading each; a single rule in a single language stands alone, ready to be pasted or piped.
fn print_text(products: &[Product<'_>], one_target: bool, output: &mut Output) {
    if let ([product], true) = (products, one_target) {
        for note in &product.made.compiled.notes {
            output.note_prose(&format!("{} {}: ", note.code.id, note.direction.name()), &note.message);
        }
        if let Some(query) = &product.made.compiled.query {
            output.query(&format!("{}\n", query.trim_end()), "the query");
        }
        return;
    }
    let mut last = None;
    for product in products {
        let heading = heading(product);
        if last.as_ref() != Some(&heading) {
            let gap = if last.is_some() { "\n" } else { "" };
            output.line(&format!("{gap}{}", output.bold(&heading)));
            last = Some(heading);
        }
        let Compiled { query, fidelity, notes, diagnostics, .. } = &product.made.compiled;
        output.line(&format!("\n-- {}: {}", product.made.target.name(), fidelity.name()));
        for note in notes {
            output.prose(&format!("--   {} {}: ", note.code.id, note.direction.name()), &note.message);
        }
        match query {
            Some(query) => output.query(
                &format!("{}\n", query.trim_end()),
                &format!("a query of `{}`", product.file.file.source.name()),
            ),
            None if *fidelity == Fidelity::Unplaced => {
                for finding in diagnostics {
                    output.prose(&format!("--   {}: ", finding.code.id), &finding.message);
                }
            }
            None => {}
        }
    }
}

fn print_overview(products: &[Product<'_>], output: &mut Output) {
    let mut table = Overview::default();
    for product in products {
        let made = &product.made;
        let typed = made.checked.and_then(|checked| checked.typed.as_ref());
        let log = match (made.checked, typed.and_then(|typed| typed.schema.as_ref())) {
            (_, Some(schema)) => schema.name.as_str(),
            (Some(checked), None) if checked.typed.is_none() => "correlations",
            _ => "without a schema",
        };
        table.add(log, made.target.name(), made.compiled.fidelity);
    }
    let lines = table.lines(output.width());
    output.lines(&lines);
}

fn heading(product: &Product<'_>) -> String {
    match title(product) {
        Some(title) => format!("== {title} ({})", product.file.file.source.name()),
        None => format!("== {}", product.file.file.source.name()),
    }
}

fn title<'p>(product: &Product<'p>) -> Option<&'p str> {
    let title = product.made.checked.and_then(|checked| checked.document.meta().title.as_ref());
    title.map(|title| title.value.trim())
}

/// Why an error is not reported that the settings leave out.
const LEFT_OUT: &str = "the settings leave it out";

/// Why an error is not reported, if it is not; it leaves the rule without a query all the same.
fn reason_of(verdict: Option<&Judged>) -> Option<&'static str> {
    match verdict.map(|one| &one.fate) {
        None => Some("which the settings leave out; `--force` compiles what still has a meaning"),
        Some(Fate::Allowed(_)) => Some("which a comment allows; `--force` compiles what still has a meaning"),
        Some(Fate::Known) => Some("which the baseline has; `--force` compiles what still has a meaning"),
        Some(Fate::Open) => None,
    }
}

/// What there is to report beside queries.
#[derive(Default)]
struct Found<'r> {
    /// Warnings and errors of the rules, and the reasons of refusals; what is not reported but refuses has its status.
    findings: Vec<Finding<'r>>,
    /// Why queries were refused for what is not reported, in lines.
    quiet: Vec<String>,
    /// The same as findings that say so.
    passed_over: Vec<(&'r SourceFile, Diagnostic)>,
}

fn found<'r>(
    files: &'r [RuleFile],
    judged: &'r [Vec<Judged>],
    products: &'r [Product<'r>],
    asked: bool,
) -> Found<'r> {
    // A file of another product gives no query, refused or not.
    let mut findings: Vec<Finding<'_>> = Vec::new();
    let mut verdicts = HashMap::new();
    for (file, judged) in files.iter().zip(judged) {
        let source = &file.file.source;
        for one in judged {
            let diagnostic = &one.diagnostic;
            if file.file.sigma {
                verdicts.insert((source.name(), diagnostic.code.id, diagnostic.span), one);
            } else if one.is_open() {
                findings.push(Finding::new(source, diagnostic));
            }
        }
    }
    let mut quiet = Vec::new();
    let mut passed_over = Vec::new();
    let mut seen = HashSet::new();
    for product in products {
        let Compiled { query, fidelity, diagnostics, .. } = &product.made.compiled;
        // Where a language was asked for, the reason why there is no query is reported with its remedy.
        let missing = asked && *fidelity == Fidelity::Unplaced && query.is_none();
        let mut known = Vec::new();
        let own = product.made.findings.iter().copied();
        let own = own.filter_map(|diagnostic| {
            let source = &product.file.file.source;
            let verdict = verdicts.get(&(source.name(), diagnostic.code.id, diagnostic.span)).copied();
            let refuses = diagnostic.severity == Severity::Error && *fidelity == Fidelity::Refused;
            if let (Some(reason), true) = (reason_of(verdict), refuses) {
                let line = source.position(diagnostic.span.start).line;
                let Code { id, name, .. } = diagnostic.code;
                known.push((diagnostic, verdict.map_or(Status::Allowed(LEFT_OUT), Judged::status), reason));
                quiet.push(format!("{}:{line}: refused for {id} {name}, {reason}", source.name()));
            }
            verdict.filter(|one| one.is_open()).map(|one| &one.diagnostic)
        });
        let source = &product.file.file.source;
        // The reasons of a refusal are accepted in their order.
        let mut accepted = product.accepted.iter().flatten();
        let reasons = diagnostics.iter().map(|finding| {
            let accepted = if finding.severity == Severity::Error { accepted.next() } else { None };
            (finding, accepted)
        });
        let mut said = Vec::new();
        let all = own.map(|finding| (finding, None)).chain(reasons);
        for (diagnostic, accepted) in all.filter(|(one, _)| missing || one.severity > Severity::Info) {
            let key = (source.name(), diagnostic.code.id, diagnostic.span, &diagnostic.message);
            if !seen.insert(key) {
                continue;
            }
            let status = accepted.map_or(Status::Open, |why| Status::Allowed(why.reason()));
            findings.push(Finding { source, diagnostic, status });
            if let Some(why) = accepted {
                let line = source.position(diagnostic.span.start).line;
                let (Code { id, name, .. }, target) = (diagnostic.code, product.made.target.name());
                let why = accept::why(why);
                said.push(format!("{}:{line}: refused in {target} for {id} {name}, {why}", source.name()));
            }
        }
        quiet.append(&mut said);
        for (diagnostic, status, reason) in known {
            if seen.insert((source.name(), diagnostic.code.id, diagnostic.span, &diagnostic.message)) {
                findings.push(Finding { source, diagnostic, status });
                let mut told = diagnostic.clone();
                told.message = format!("{}: no query for this error, {reason}", told.message);
                passed_over.push((source, told));
            }
        }
    }
    // A filter gives no query, and is part of those of its rules.
    for (source, diagnostic) in files.iter().flat_map(of_filters) {
        let verdict = verdicts.get(&(source.name(), diagnostic.code.id, diagnostic.span)).copied();
        let Some(one) = verdict.filter(|one| one.is_open()).map(|one| &one.diagnostic) else { continue };
        let key = (source.name(), one.code.id, one.span, &one.message);
        if one.severity > Severity::Info && seen.insert(key) {
            findings.push(Finding::new(source, one));
        }
    }
    quiet.dedup();
    Found { findings, quiet, passed_over }
}

/// What was found out about the filters of a file.
fn of_filters(file: &RuleFile) -> impl Iterator<Item = (&SourceFile, &Diagnostic)> {
    let each = file.file.documents.iter().zip(file.file.findings_by_document());
    let filters = each.filter(|(checked, _)| matches!(checked.document, Document::Filter(_)));
    filters.flat_map(|(_, findings)| findings).map(|diagnostic| (&file.file.source, diagnostic))
}

/// Reports refusals that have no finding.
fn tell(quiet: &[String], output: &mut Output) {
    let mut text = String::new();
    for line in quiet.iter().take(MOST_QUIET) {
        let _ = writeln!(text, "{line}");
    }
    if quiet.len() > MOST_QUIET {
        let _ = writeln!(text, "and {} more of this kind", quiet.len() - MOST_QUIET);
    }
    output.note(&text);
}
