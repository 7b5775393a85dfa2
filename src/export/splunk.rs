//! Splunk: an app with a saved search for each rule, which alerts by itself and is a correlation search for Enterprise
//! Security where that is installed.
//!
//! Settings: `savedsearches.conf.spec` and `app.conf.spec` of Splunk Enterprise 9; those of Enterprise Security as
//! splunk/contentctl writes them (`templates/savedsearches_detections.j2`).

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::about::{description, told};
use super::cron::Cron;
use super::job::{Findings, Job, Ready};
use super::schedule::{self, Every};
use super::{Artefact, Kind, Made, Subject, codes, entities, lists};
use crate::backend::{Compiled, Holds, Schedule};
use crate::diagnostic::Diagnostic;

/// The longest name of a saved search, as contentctl has it.
const MAX_NAME: usize = 99;

/// The folder of the app, and its identifier.
const APP: &str = "sigmata";

/// The files of all rules: one app.
pub(super) fn make(job: &Job<'_>) -> Made {
    let mut made = Made::default();
    let (mut searches, mut macros) = (String::new(), String::new());
    let all = job.ready(Kind::Splunk, &mut made.findings);
    for &ready in &all {
        let Some(search) = Search::new(job, ready, &mut made.findings) else { continue };
        let stanza = search.stanza();
        let mut object = job.object(Kind::Splunk, ready, &stanza);
        object.files =
            ["savedsearches.conf", "macros.conf"].map(|name| path(&format!("default/{name}"))).to_vec();
        let _ = write!(searches, "\n{stanza}");
        let _ = write!(
            macros,
            "\n[{}]\ndefinition = search *\ndescription = What to leave out of {}\n",
            search.filter,
            value(&ready.subject.named.title)
        );
        made.objects.push(object);
    }
    if made.objects.is_empty() {
        return made;
    }
    let detections = made.objects.len();
    let definitions = lists::lookups(job, &format!("splunk/{APP}"), &all, &mut made);
    let version: u32 = made.objects.iter().map(|object| object.version).sum();
    for (name, text) in [
        ("default/savedsearches.conf", searches.trim_start().to_owned()),
        ("default/macros.conf", macros.trim_start().to_owned()),
        ("default/app.conf", app(version, detections)),
        (
            "metadata/default.meta",
            "[]\naccess = read : [ * ], write : [ admin, sc_admin ]\nexport = system\n".to_owned(),
        ),
        ("README.txt", README.to_owned()),
        ("default/transforms.conf", definitions),
    ] {
        if text.is_empty() {
            continue;
        }
        made.files.push(Artefact { path: path(name), text });
    }
    made
}

fn path(name: &str) -> String {
    format!("splunk/{APP}/{name}")
}

const README: &str = "\
Detections that sigmata made of Sigma rules.

Each saved search is an alert; with Enterprise Security it is a correlation search too.
The macro NAME_filter of a rule leaves out what is known: set it in local/macros.conf.
default/ is written anew by `sigmata export`; local/ is yours.
";

/// The version grows with every object that changes.
fn app(version: u32, detections: usize) -> String {
    format!(
        "[install]\nis_configured = 0\nstate = enabled\n\n[ui]\nis_visible = 0\nlabel = sigmata detections\n\n\
         [launcher]\nauthor = sigmata\ndescription = {detections} detections made of Sigma rules\nversion = 1.0.{version}\n\n\
         [package]\nid = {APP}\n\n[id]\nname = {APP}\nversion = 1.0.{version}\n"
    )
}

/// The name of the macro by which a site leaves something out.
fn filter(subject: &Subject<'_>) -> String {
    let plain = |char: char| if char.is_ascii_alphanumeric() { char.to_ascii_lowercase() } else { '_' };
    let name: String = format!("{}_{}", subject.folder, subject.stem).chars().map(plain).collect();
    format!("{name}_filter")
}

/// The name of the saved search.
fn name(subject: &Subject<'_>) -> String {
    // A bracket would end the stanza's name.
    let title = value(&subject.named.title).replace(['[', ']'], " ");
    format!("{APP} - {} - Rule", title.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// A text on one line. A backslash at its end would join it with the next.
fn value(text: &str) -> String {
    let blank = |char: char| if char.is_control() { ' ' } else { char };
    let line: String = text.chars().map(blank).collect();
    let line = line.trim().trim_end_matches('\\').trim_end();
    line.to_owned()
}

/// A text of several lines: each but the last ends with a backslash.
fn lines(text: &str) -> String {
    let line = |line: &str| {
        let blank = |char: char| if char.is_control() { ' ' } else { char };
        let line: String = line.chars().map(blank).collect();
        // A backslash of the query is none of the file: a blank parts the two.
        if line.ends_with('\\') { format!("{line} ") } else { line }
    };
    text.trim_end().lines().map(line).collect::<Vec<_>>().join("\\\n")
}

/// A saved search: its name, its settings, and the macro by which a site leaves something out.
pub(super) struct Search {
    pub name: String,
    /// Each setting with its value, which may have several lines.
    pub settings: Vec<(&'static str, String)>,
    pub filter: String,
}

impl Search {
    /// The search, where Splunk takes it.
    pub fn new(job: &Job<'_>, ready: Ready<'_, '_>, findings: &mut Findings) -> Option<Self> {
        let Ready { at, subject, query, compiled } = ready;
        let name = name(subject);
        let length = name.chars().count();
        if length > MAX_NAME {
            let message = format!(
                "the name of the saved search has {length} characters, and Enterprise Security takes {MAX_NAME}"
            );
            let finding = Diagnostic::new(&codes::LIMIT, subject.head, message);
            findings.push((at, finding.help("shorten the title")));
            return None;
        }
        let every = match job.settings(subject).every.unwrap_or_default() {
            Every::Seconds(seconds) => seconds.max(60),
            Every::Continuous => 300,
        };
        let schedule = schedule::of(every, "_time", compiled);
        let cron = Cron::of(ready, schedule.frequency, findings)?.fields();
        let description = description(subject, at, &mut Vec::new());
        let mut settings = vec![
            ("description", description),
            ("search", bounded(query, &schedule, ready)),
            ("cron_schedule", cron),
            ("dispatch.earliest_time", format!("-{}s@s", schedule.look_back)),
        ];
        let mut set = |key: &'static str, value: &str| settings.push((key, value.to_owned()));
        if compiled.schedule.is_some() {
            set("dispatch.latest_time", "now");
        } else {
            // What was taken in since the last run, however late.
            set("dispatch.latest_time", "+5m");
            set("dispatch.index_earliest", &format!("-{}s@s", schedule.frequency));
            set("dispatch.index_latest", "now");
        }
        for (key, value) in RUN {
            set(key, value);
        }
        set("disabled", if job.enabled(subject) { "0" } else { "1" });
        set("alert.severity", severity(&subject.level).0);
        about(ready, &mut set);
        Some(Self { name, settings, filter: filter(subject) })
    }

    /// The stanza of `savedsearches.conf`.
    fn stanza(&self) -> String {
        let mut out = format!("[{}]\n", self.name);
        for (key, value) in &self.settings {
            let _ = writeln!(out, "{key} = {}", lines(value));
        }
        out
    }
}

/// How every search runs and alerts.
const RUN: [(&str, &str); 9] = [
    ("enableSched", "1"),
    ("schedule_window", "auto"),
    ("realtime_schedule", "0"),
    ("is_visible", "0"),
    ("counttype", "number of events"),
    ("relation", "greater than"),
    ("quantity", "0"),
    ("alert.track", "1"),
    ("alert.digest_mode", "0"),
];

/// What Enterprise Security makes of an alert.
fn about(ready: Ready<'_, '_>, set: &mut impl FnMut(&'static str, &str)) {
    let Ready { subject, compiled, .. } = ready;
    set("action.correlationsearch.enabled", "1");
    set("action.correlationsearch.label", &value(&subject.named.title));
    let annotations = json!({"mitre_attack": subject.attack.techniques, "sigma": [subject.named.id]});
    set("action.correlationsearch.annotations", &annotations.to_string());
    set("action.notable", "1");
    set("action.notable.param.rule_title", &value(&subject.named.title.replace('$', "$$")));
    set("action.notable.param.rule_description", &value(&told(subject).join(" ").replace('$', "$$")));
    set("action.notable.param.security_domain", "access");
    set("action.notable.param.severity", severity(&subject.level).1);
    let shown: Vec<&str> = compiled
        .shows
        .iter()
        .filter(|shown| shown.holds != Holds::Structure)
        .map(|shown| shown.column.as_str())
        .collect();
    if !shown.is_empty() {
        set("action.notable.param.nes_fields", &shown.join(","));
    }
    if let Some(risk) = risk(compiled, &subject.level) {
        set("action.risk", "1");
        set("action.risk.param._risk", &risk.to_string());
        set("action.risk.param._risk_message", &value(&subject.named.title.replace('$', "$$")));
        // The scores are those of the objects.
        set("action.risk.param._risk_score", "0");
        set("action.risk.param.verbose", "0");
    }
}

/// The search with what keeps a run of a correlation from reporting again what the one before reported, and with the macro of
/// the site.
fn bounded(query: &str, schedule: &Schedule, ready: Ready<'_, '_>) -> String {
    let filter = filter(ready.subject);
    if ready.compiled.schedule.is_none() {
        return format!("{query}\n| `{filter}`");
    }
    let (from, to, time) = (schedule.told_since(), schedule.delay, schedule.time);
    format!("{query}\n| where {time}>now()-{from} AND {time}<=now()-{to}\n| `{filter}`")
}

/// The number and the word of a level.
fn severity(level: &str) -> (&'static str, &'static str) {
    match level {
        "critical" => ("6", "critical"),
        "high" => ("5", "high"),
        "medium" => ("4", "medium"),
        "low" => ("3", "low"),
        _ => ("2", "informational"),
    }
}

/// Whom an alert speaks against, and from where it came.
fn risk(compiled: &Compiled, level: &str) -> Option<Value> {
    let score = match level {
        "critical" => 90,
        "high" => 70,
        "medium" => 45,
        "low" => 20,
        _ => 5,
    };
    let entities = entities::of(compiled);
    let actor = entities::column(&entities, entities::Kind::Account)?;
    let mut list = vec![json!({"risk_object_field": actor, "risk_object_type": "user", "risk_score": score})];
    if let Some(address) = entities::column(&entities, entities::Kind::Address) {
        list.push(json!({"threat_object_field": address, "threat_object_type": "ip_address"}));
    }
    Some(Value::Array(list))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_of_a_rule_leaves_its_setting() {
        assert_eq!(value("x\ndisabled = 1\\"), "x disabled = 1");
        assert_eq!(lines("a\\\nb\u{7}c\nd"), "a\\ \\\nb c\\\nd");
    }
}
