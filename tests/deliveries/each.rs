//! Every rule of the library, and of the public corpus where it is available, in every delivery of its log.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::json;
use sigmata::backend::{self, Backend, Compiled, Options, language};
use sigmata::check::check;
use sigmata::rule::{self, Document};
use sigmata::schema::{Delivery, Platform, Schema};
use sigmata::source::SourceFile;

use crate::again::again;

fn rules(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            rules(&path, found);
        } else if path.extension().is_some_and(|end| end == "yml")
            && !path.to_string_lossy().ends_with(".test.yml")
        {
            found.push(path);
        }
    }
}

/// The names of the deliveries that a target can read: Defender reads those of Sentinel where it has none.
fn names(schema: &Schema, platform: Platform) -> BTreeSet<String> {
    let of = |platform| -> BTreeSet<String> {
        schema.deliveries(platform).map(|delivery| delivery.carrier.name.clone()).collect()
    };
    match of(platform) {
        none if none.is_empty() && platform == Platform::Xdr => of(Platform::Sentinel),
        names => names,
    }
}

/// What the comments above a query lack: each place that it reads, what brings the log there, and what to set where it is
/// kept otherwise.
fn silent(schema: &Schema, target: &dyn Backend, query: &str, compiled: &Compiled) -> Vec<String> {
    let sign = match language(target.name()) {
        "kql" => "// ",
        "spl" => "``` ",
        _ => "# ",
    };
    let comments: Vec<&str> = query.lines().filter(|line| line.starts_with(sign)).collect();
    let said = |text: &str| comments.iter().any(|line| line.contains(text));
    let read = |delivery: &&Delivery| match language(target.name()) {
        "cwli" => delivery.platform == Platform::CloudWatch,
        _ => compiled.reads.iter().any(|read| {
            read.place == delivery.name
                && read.platform == delivery.platform
                && read.delivery == delivery.carrier.name
        }),
    };
    let read: Vec<&Delivery> = schema.deliveries.iter().filter(read).collect();
    if read.iter().any(|delivery| delivery.carrier.uncommented) {
        return comments.iter().map(|line| format!("a comment: {line}")).collect();
    }
    let set = format!("; otherwise set logs.\"{}\".{}", schema.name, language(target.name()));
    let places = read.iter().map(|delivery| delivery.name.clone());
    let connectors = read.iter().filter_map(|delivery| delivery.carrier.connector.clone());
    let all = places.chain(connectors).chain([set]);
    all.filter(|text| !said(text)).map(|text| format!("silent of {text}")).collect()
}

/// What is written for any of them is read back, and says where it reads; what is not written has a reason. With
/// `SIGMATA_CASES` the queries of KQL are written for Microsoft's parser, which binds them with the columns of their
/// tables.
#[test]
fn every_rule_compiles_in_every_delivery_of_its_log() {
    let mut paths = Vec::new();
    rules(&Path::new(env!("CARGO_MANIFEST_DIR")).join("rules"), &mut paths);
    if let Some(corpus) = std::env::var_os("SIGMATA_CORPUS") {
        rules(Path::new(&corpus), &mut paths);
    }
    paths.sort();
    let registry = crate::lists::registry();
    let (mut wrong, mut cases, mut unused) = (Vec::new(), String::new(), BTreeMap::new());
    let mut queries = 0;
    for path in paths {
        let text = std::fs::read_to_string(&path).expect("a rule");
        for document in rule::read(&SourceFile::new("rule.yml", text)).documents {
            let Document::Detection(rule) = document else { continue };
            let (typed, _) = check(&rule, &registry);
            let (Some(schema), Some(_)) = (typed.schema.clone(), &typed.formula) else { continue };
            for target in backend::all() {
                let option = format!("{}.delivery", language(target.name()));
                for name in names(&schema, target.platform()) {
                    let mut options = Options::default();
                    // A language with one delivery for each log has no such option.
                    let chosen = options.set_for_log(&option, vec![name.clone()]);
                    assert!(
                        chosen.is_ok() || language(target.name()) == "cwli",
                        "{option} {name}: {chosen:?}"
                    );
                    let compiled = target.compile(&rule, &typed, &options);
                    let id = format!("{} {} {name}", path.display(), target.name());
                    let used = unused.entry((schema.name.clone(), target.name(), name)).or_insert(0);
                    let Some(query) = compiled.query.clone() else {
                        if compiled.diagnostics.is_empty() {
                            wrong.push(format!("{id}: no query and no reason"));
                        }
                        continue;
                    };
                    *used += 1;
                    queries += 1;
                    if again(target.name(), &query).as_deref() != Some(&query) {
                        wrong.push(format!("{id}: not read back\n{query}"));
                    }
                    let silent = silent(&schema, target, &query, &compiled);
                    wrong.extend(silent.iter().map(|what| format!("{id}: {what}\n{query}")));
                    if language(target.name()) == "kql" {
                        let _ = writeln!(cases, "{}", json!({"id": id, "query": query}));
                    }
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.iter().take(8).cloned().collect::<Vec<_>>().join("\n")
    );
    let unused: Vec<_> = unused.into_iter().filter(|(_, used)| *used == 0).map(|(of, _)| of).collect();
    assert!(unused.is_empty(), "no rule of the library compiles in these: {unused:?}");
    assert!(queries > 1000, "{queries} queries");
    if let Some(file) = std::env::var_os("SIGMATA_CASES") {
        std::fs::write(file, cases).expect("a writable file");
    }
}
