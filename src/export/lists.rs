//! Known lists that exports make where queries ask for them: a watchlist of Sentinel, a lookup of Splunk, a lookup table
//! of `CloudWatch` Logs. Whoever works with the alerts changes them there, without a deployment.
//!
//! Members and limits: `Microsoft.SecurityInsights/watchlists` (ARM reference, 2023-02-01), `CreateLookupTable` of the
//! `CloudWatch` Logs API reference, `transforms.conf.spec` of Splunk Enterprise 9; all read 2026-11-29. That a watchlist
//! takes 3.8 MB of text is from Microsoft's page on creating one.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::{Value, json};

use super::job::{Findings, Job, Ready};
use super::{Artefact, Kind, Made, codes, text};
use crate::backend::Asked;
use crate::diagnostic::Diagnostic;
use crate::schema::KnownList;

/// The settings that say where a platform keeps a list.
pub const PLACES: [&str; 3] = [WATCHLIST, LOOKUP, TABLE];

const WATCHLIST: &str = "kql.watchlist";
const LOOKUP: &str = "spl.lookup";
const TABLE: &str = "cwli.table";

/// The column of a watchlist that `SearchKey` stands for, where the site names none.
const WATCHLIST_COLUMN: &str = "Value";

/// The most bytes of a watchlist and of a lookup table.
const MAX_WATCHLIST: usize = 3_800_000;
const MAX_TABLE: usize = 10_000_000;

/// A list that queries of an export ask for.
struct List<'a> {
    /// Its name in the configuration.
    name: &'a str,
    /// Its name in the platform.
    place: &'a str,
    known: &'a Arc<KnownList>,
    /// Whether some query tells upper from lower case.
    cased: bool,
    /// The first that asks.
    asker: Ready<'a, 'a>,
}

/// The lists that exports make among those that queries ask for at one kind of place.
fn asked<'j>(all: &'j [Ready<'j, '_>], place: &str, findings: &mut Findings) -> Vec<List<'j>> {
    let mut lists: BTreeMap<String, List<'j>> = BTreeMap::new();
    for &ready in all {
        for Asked { name, list, cased } in &ready.compiled.lists {
            let Some(kept) = list.kept.get(place).filter(|_| list.exported) else { continue };
            let new = List { name, place: kept, known: list, cased: *cased, asker: ready };
            let first = lists.entry(kept.to_lowercase()).or_insert(new);
            first.cased |= *cased;
            if first.known != list {
                let message = format!("`{kept}` would have the values of two lists of different settings");
                findings.push((ready.at, Diagnostic::new(&codes::LIMIT, ready.subject.head, message)));
            }
        }
    }
    lists.into_values().collect()
}

impl List<'_> {
    /// Its values under a column, as CSV; `None` where the platform does not take so much.
    fn rows(&self, column: &str, most: usize, findings: &mut Findings) -> Option<String> {
        let mut text = format!("{}\n", cell(column));
        for value in self.known.values.iter().flatten() {
            let _ = writeln!(text, "{}", cell(value));
        }
        if text.len() > most {
            let message = format!(
                "the list `{}` has {} bytes, and `{}` takes {most}",
                self.name,
                text.len(),
                self.place
            );
            findings.push((self.asker.at, Diagnostic::new(&codes::LIMIT, self.asker.subject.head, message)));
            return None;
        }
        Some(text)
    }

    fn about(&self) -> String {
        format!("The known list {}, which rules ask for", self.name)
    }
}

/// A cell of CSV.
fn cell(text: &str) -> String {
    let plain = !text.contains(['"', ',', '\n', '\r']) && text.trim() == text;
    if plain { text.to_owned() } else { format!("\"{}\"", text.replace('"', "\"\"")) }
}

/// The watchlists of Sentinel.
pub(super) fn watchlists(job: &Job<'_>, all: &[Ready<'_, '_>], made: &mut Made) {
    for list in asked(all, WATCHLIST, &mut made.findings) {
        let column = list.known.kept.get("kql.key").map_or(WATCHLIST_COLUMN, String::as_str);
        let Some(rows) = list.rows(column, MAX_WATCHLIST, &mut made.findings) else { continue };
        let properties = text::arm(json!({
            "displayName": list.place,
            "description": list.about(),
            "provider": "sigmata",
            "source": format!("{}.csv", list.place),
            "itemsSearchKey": column,
            "contentType": "text/csv",
            "numberOfLinesToSkip": 0,
            "rawContent": rows,
        }));
        let template = text::template(list.place, None, "watchlists", properties);
        let path = format!("sentinel/watchlists/{}.json", list.place);
        add(job, Kind::Sentinel, &list, vec![(path, text::json(&template))], made);
    }
}

/// The lookup tables of `CloudWatch` Logs, as the input of `CreateLookupTable`.
pub(super) fn tables(job: &Job<'_>, all: &[Ready<'_, '_>], made: &mut Made) {
    for list in asked(all, TABLE, &mut made.findings) {
        let Some(column) = list.known.kept.get("cwli.field") else { continue };
        let Some(rows) = list.rows(column, MAX_TABLE, &mut made.findings) else { continue };
        let input: Value =
            json!({"lookupTableName": list.place, "description": list.about(), "tableBody": rows});
        let path = format!("cloudwatch/lookup-tables/{}.json", list.place);
        add(job, Kind::CloudWatch, &list, vec![(path, text::json(&input))], made);
    }
}

/// The lookups of Splunk: a file and its definition for each, below the folder of the app, and what `transforms.conf`
/// holds of them; the empty text where there is none.
pub(super) fn lookups(job: &Job<'_>, app: &str, all: &[Ready<'_, '_>], made: &mut Made) -> String {
    let mut definitions = String::new();
    for list in asked(all, LOOKUP, &mut made.findings) {
        let Some(column) = list.known.kept.get("spl.field") else { continue };
        let Some(rows) = list.rows(column, usize::MAX, &mut made.findings) else { continue };
        let file = format!("{}.csv", list.place);
        let mut stanzas = definition(list.place, &file, false);
        if list.cased {
            let _ = write!(stanzas, "\n{}", definition(&Asked::cased_lookup(list.place), &file, true));
        }
        let _ = write!(definitions, "{}{stanzas}", if definitions.is_empty() { "" } else { "\n" });
        add(job, Kind::Splunk, &list, vec![(format!("{app}/lookups/{file}"), rows)], made);
        if let Some(object) = made.objects.last_mut() {
            object.files.push(format!("{app}/default/transforms.conf"));
        }
    }
    definitions
}

/// A definition that gives at most one row, whole texts compared.
fn definition(name: &str, file: &str, cased: bool) -> String {
    format!("[{name}]\nfilename = {file}\ncase_sensitive_match = {cased}\nmax_matches = 1\n")
}

fn add(job: &Job<'_>, kind: Kind, list: &List<'_>, files: Vec<(String, String)>, made: &mut Made) {
    let content: String = files.iter().map(|(_, text)| text.as_str()).collect();
    let mut object = job.list_object(kind, list.name, &content);
    object.files = files.iter().map(|(path, _)| path.clone()).collect();
    made.objects.push(object);
    made.files.extend(files.into_iter().map(|(path, text)| Artefact { path, text }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_of_csv_is_quoted_where_it_has_to_be() {
        for (text, expected) in [
            ("alice", "alice"),
            ("a,b", "\"a,b\""),
            ("say \"x\"", "\"say \"\"x\"\"\""),
            (" a", "\" a\""),
            ("a\nb", "\"a\nb\""),
            ("arn:aws:iam::1:user/x", "arn:aws:iam::1:user/x"),
        ] {
            assert_eq!(cell(text), expected);
        }
    }
}
