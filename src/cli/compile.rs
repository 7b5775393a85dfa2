//! `sigmata compile`.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::args::{CompileArgs, CompileFormat};
use super::check::plural;
use super::load::{self, Loaded, RuleFile};
use super::{Failure, Outcome, Output, Session, codes, files};
use crate::backend::{self, Backend, Compiled, Fidelity, Options};
use crate::diagnostic::render::{self, Finding};
use crate::diagnostic::{Diagnostic, Severity};
use crate::rule::Document;
use crate::workspace::Checked;

/// One document in one language.
struct Product<'a> {
    file: &'a RuleFile,
    /// The how-manieth document of the file, from 0.
    at: usize,
    /// `None` for a file in which no document could be read.
    checked: Option<&'a Checked>,
    target: &'static dyn Backend,
    compiled: Compiled,
    /// What the check found out about the document.
    findings: Vec<&'a Diagnostic>,
}

pub(super) fn run(args: &CompileArgs, session: &Session, output: &mut Output) -> Result<Outcome, Failure> {
    let targets = targets(args, session)?;
    let options = Options {
        kql_table: args.kql_table.clone().or_else(|| session.config.kql_table.clone()),
        index: args.index.clone().or_else(|| session.config.index.clone()),
    };
    backend::validate(&options).map_err(Failure::Usage)?;
    let loaded = load::load(&args.paths.paths, session)?;
    let products = load::each(&loaded.files, |file| compile_file(file, &targets, &options, args.force));
    match (&args.output, args.format) {
        (Some(folder), _) => write_files(folder, &products, output)?,
        (None, CompileFormat::Json) => {
            let all: Vec<Value> = products.iter().map(object).collect();
            output.line(&format!("{:#}", render::document("queries", all)));
        }
        (None, CompileFormat::Text) => print_text(&products, targets.len() == 1, output),
    }
    if args.format == CompileFormat::Text || args.output.is_some() {
        print_findings(&loaded, &products, output);
    }
    for failure in &loaded.unreadable {
        output.note(&format!("error: {failure}\n"));
    }
    let outcome = if !loaded.unreadable.is_empty() {
        Outcome::Broken
    } else if products.iter().any(|product| product.compiled.fidelity == Fidelity::Refused) {
        Outcome::Findings
    } else {
        Outcome::Clean
    };
    load::leave(loaded);
    Ok(outcome)
}

fn targets(args: &CompileArgs, session: &Session) -> Result<Vec<&'static dyn Backend>, Failure> {
    let wanted = if args.targets.is_empty() { &session.config.targets } else { &args.targets };
    if wanted.is_empty() {
        return Ok(backend::defaults());
    }
    let mut found: Vec<&'static dyn Backend> = Vec::new();
    for name in wanted {
        let Some(target) = backend::find(name.trim()) else {
            let names: Vec<_> = backend::all().iter().map(|target| target.name()).collect();
            return Err(Failure::Usage(format!("no target `{name}`; the targets are {}", names.join(", "))));
        };
        if !found.iter().any(|known| known.name() == target.name()) {
            found.push(target);
        }
    }
    Ok(found)
}

fn compile_file<'a>(
    file: &'a RuleFile,
    targets: &[&'static dyn Backend],
    options: &Options,
    force: bool,
) -> Vec<Product<'a>> {
    let mut products = Vec::new();
    let refused =
        || Compiled { query: None, fidelity: Fidelity::Refused, notes: Vec::new(), diagnostics: Vec::new() };
    if file.file.documents.is_empty() {
        products.extend(targets.iter().map(|&target| Product {
            file,
            at: 0,
            checked: None,
            target,
            compiled: refused(),
            findings: file.file.findings.iter().collect(),
        }));
    }
    let by_document = file.file.findings_by_document();
    for (at, (checked, findings)) in file.file.documents.iter().zip(by_document).enumerate() {
        let errors = findings.iter().any(|finding| finding.severity == Severity::Error);
        for &target in targets {
            let compiled = match (&checked.document, &checked.typed) {
                (Document::Detection(rule), Some(typed)) if typed.formula.is_some() && (force || !errors) => {
                    target.compile(rule, typed, options)
                }
                (Document::Detection(_), _) => refused(),
                (Document::Correlation(_), _) => Compiled::refused(unsupported(checked, "correlations")),
                (Document::Filter(_), _) => Compiled::refused(unsupported(checked, "filters")),
            };
            products.push(Product {
                file,
                at,
                checked: Some(checked),
                target,
                compiled,
                findings: findings.clone(),
            });
        }
    }
    products
}

/// The refusal of a document that `compile` and `eval` cannot take.
pub(super) fn unsupported(checked: &Checked, what: &str) -> Diagnostic {
    let meta = checked.document.meta();
    let span = meta.title.as_ref().map_or(meta.span, |title| title.span);
    Diagnostic::new(&codes::UNSUPPORTED_DOCUMENT, span, format!("{what} are checked for form only"))
        .help("compile the detection rules that it refers to")
}

fn object(product: &Product<'_>) -> Value {
    let Product { file, checked, target, compiled, findings, at: _ } = product;
    let meta = checked.map(|checked| checked.document.meta());
    let text = |value: Option<&crate::source::Spanned<String>>| value.map(|found| found.value.clone());
    let notes: Vec<Value> = compiled
        .notes
        .iter()
        .map(
            |note| json!({"code": note.code.id, "message": note.message, "direction": note.direction.name()}),
        )
        .collect();
    let all: Vec<Value> = findings
        .iter()
        .copied()
        .chain(&compiled.diagnostics)
        .map(|diagnostic| render::object(Finding { source: &file.file.source, diagnostic }))
        .collect();
    json!({
        "rule": {
            "id": text(meta.and_then(|meta| meta.id.as_ref())),
            "title": text(meta.and_then(|meta| meta.title.as_ref())),
            "file": file.file.source.name(),
        },
        "target": target.name(),
        "dialect": target.name(),
        "checked": checked.and_then(|checked| checked.typed.as_ref()).is_some_and(|typed| typed.schema.is_some()),
        "fidelity": compiled.fidelity.name(),
        "query": compiled.query,
        "notes": notes,
        "diagnostics": all,
    })
}

/// Queries with a heading each; a single rule in a single language stands alone, ready to be pasted or piped.
fn print_text(products: &[Product<'_>], one_target: bool, output: &mut Output) {
    if let ([product], true) = (products, one_target) {
        for note in &product.compiled.notes {
            output.note(&format!("{} {}: {}\n", note.code.id, note.direction.name(), note.message));
        }
        if let Some(query) = &product.compiled.query {
            output.line(query.trim_end());
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
        let Compiled { query, fidelity, notes, .. } = &product.compiled;
        output.line(&format!("\n-- {}: {}", product.target.name(), fidelity.name()));
        for note in notes {
            output.line(&format!("--   {} {}: {}", note.code.id, note.direction.name(), note.message));
        }
        if let Some(query) = query {
            output.line(query.trim_end());
        }
    }
}

fn heading(product: &Product<'_>) -> String {
    let title = product.checked.and_then(|checked| checked.document.meta().title.as_ref());
    match title {
        Some(title) => format!("== {} ({})", title.value.trim(), product.file.file.source.name()),
        None => format!("== {}", product.file.file.source.name()),
    }
}

/// Warnings and errors of the rules, the reasons of refusals, and a line that counts.
fn print_findings(loaded: &Loaded, products: &[Product<'_>], output: &mut Output) {
    let mut findings = Vec::new();
    let mut seen = HashSet::new();
    for product in products {
        let diagnostics = product.findings.iter().copied().chain(&product.compiled.diagnostics);
        for diagnostic in diagnostics.filter(|finding| finding.severity > Severity::Info) {
            let key =
                (product.file.file.source.name(), diagnostic.code.id, diagnostic.span, &diagnostic.message);
            if seen.insert(key) {
                findings.push(Finding { source: &product.file.file.source, diagnostic });
            }
        }
    }
    let mut text = load::texts(&findings, output.colour.stderr);
    let count = |fidelity| products.iter().filter(|product| product.compiled.fidelity == fidelity).count();
    let rules: usize = loaded.files.iter().map(|file| file.file.documents.len().max(1)).sum();
    if products.len() > 1 {
        let _ = writeln!(
            text,
            "{} x {}: {} exact, {} approximate, {} refused",
            plural(rules, "rule"),
            plural(products.len() / rules.max(1), "language"),
            count(Fidelity::Exact),
            count(Fidelity::Approximate),
            count(Fidelity::Refused),
        );
        let documents = loaded.files.iter().flat_map(|file| &file.file.documents);
        let unchecked = documents
            .filter(|checked| checked.typed.as_ref().is_some_and(|typed| typed.schema.is_none()))
            .count();
        if unchecked > 0 {
            let rules = plural(unchecked, "rule");
            let _ = writeln!(text, "the fields of {rules} are unchecked: no schema is known for the log");
        }
    }
    output.note(&text);
}

/// One file per query below `folder`: the language, then the rule's own place in the collection.
fn write_files(folder: &Path, products: &[Product<'_>], output: &mut Output) -> Result<(), Failure> {
    let mut taken: HashSet<PathBuf> = HashSet::new();
    let mut planned = Vec::new();
    for product in products {
        let Some(query) = &product.compiled.query else { continue };
        let stem = product.file.found.relative.with_extension("");
        let mut path = folder.join(product.target.name().replace(':', "-")).join(&stem);
        if product.file.file.documents.len() > 1 {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            path.set_file_name(format!("{name}.{}", product.at + 1));
        }
        let mut name = path.into_os_string();
        name.push(".");
        name.push(product.target.extension());
        let path = PathBuf::from(name);
        if !taken.insert(path.clone()) {
            let path = path.display();
            return Err(Failure::Usage(format!(
                "two rules would be written to `{path}`; compile their folders one by one"
            )));
        }
        planned.push((path, query));
    }
    for (path, query) in &planned {
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(|error| Failure::io(parent, &error))?;
        }
        files::write(path, &format!("{}\n", query.trim_end()))?;
    }
    output.line(&format!("{} below {}", plural_files(planned.len()), folder.display()));
    Ok(())
}

fn plural_files(count: usize) -> String {
    format!("{} written", plural(count, "file"))
}
