//! `docs/logs.md`: every log that is typed, what to write for it, and where it lives.
//!
//! `SIGMATA_ACCEPT=1` writes the page.

use std::fmt::Write as _;
use std::path::PathBuf;

use sigmata::schema::{Meaning, Path, Registry, Schema};

/// The fields of a meaning, as code.
fn fields(schema: &Schema, meaning: Meaning) -> String {
    let names = schema.with_meaning(meaning).iter().map(Path::name).map(|name| format!("`{name}`"));
    names.collect::<Vec<_>>().join(", ")
}

/// What a record of a success holds, or what is known instead.
fn success(schema: &Schema) -> String {
    let signs: Vec<String> =
        schema.outcome.success.iter().map(|(field, value)| format!("`{field}: {value}`")).collect();
    let mut text = signs.join(", ");
    if !schema.outcome.note.is_empty() {
        let between = if text.is_empty() { "" } else { "; " };
        let _ = write!(text, "{between}{}", schema.outcome.note);
    }
    if text.is_empty() { "not documented".to_owned() } else { text }
}

fn homes(schema: &Schema) -> Vec<String> {
    let mut homes: Vec<String> = Vec::new();
    for delivery in &schema.deliveries {
        let home = format!("{}: {}", delivery.platform.name(), delivery.name);
        if !homes.contains(&home) {
            homes.push(home);
        }
    }
    homes
}

/// A text inside a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn page() -> String {
    let registry = Registry::shipped();
    let mut page = String::from(
        "# Logs\n\n\
         The logs that have a schema: what to write under `logsource`, which field says what was done, by whom and \
         from where, how a success looks, and where the log lives.\n\
         `sigmata schema show NAME` shows the fields of one, `sigmata schema show NAME --find WORD` finds one.\n\
         `sigmata schema json NAME` lets an editor complete them.\n\
         This page is generated from the schemas: `SIGMATA_ACCEPT=1 cargo test --test logs`.\n\n",
    );
    for log in registry.names() {
        let schema = registry.get(log).expect("a schema");
        let _ = writeln!(page, "- [`{log}`](#{}): {}", log.replace(['/', '.'], ""), schema.title);
    }
    for log in registry.names() {
        let schema = registry.get(log).expect("a schema");
        let _ = write!(page, "\n## {log}\n\n{}\n\n| | |\n|---|---|\n", schema.title);
        let mut row = |what: &str, text: &str| {
            if !text.is_empty() {
                let _ = writeln!(page, "| {what} | {} |", cell(text));
            }
        };
        for source in registry.log_sources(log) {
            row("`logsource`", &format!("`{source}`"));
        }
        for (what, meaning) in [
            ("what was done", Meaning::Action),
            ("by whom", Meaning::Actor),
            ("from where", Meaning::Address),
            ("to what", Meaning::Target),
        ] {
            row(what, &fields(&schema, meaning));
        }
        row("success", &success(&schema));
        for home in homes(&schema) {
            row("lives in", &home);
        }
        if schema.deliveries.is_empty() {
            row("lives in", "no delivery known");
        }
    }
    page
}

#[test]
fn the_page_of_logs_is_made_of_the_schemas() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/logs.md");
    let made = page();
    if std::env::var_os("SIGMATA_ACCEPT").is_some() {
        std::fs::write(&path, &made).expect("writable");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == made, "docs/logs.md is not what SIGMATA_ACCEPT=1 writes");
}
