//! The law of the texts: an analyst who reads a rule at three in the morning learns what to look at next, how to undo
//! it and whom to ask, by fields that the log has.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use sigmata::schema::{Facts, Meaning, Registry, Schema};

use super::rules;

/// How the sentences begin that every description has.
const NEXT: &str = "Look next at ";
const UNDO: &str = "To undo it, ";
const ASK: &str = "Ask ";

/// The fewest words that say how to undo something.
const FEWEST: usize = 5;

/// One rule or correlation: its file, its document, the log that it is about, and the fields that its alerts show.
struct Rule {
    file: String,
    document: Value,
    schema: Arc<Schema>,
    shown: Vec<String>,
}

impl Rule {
    fn text(&self, key: &str) -> &str {
        self.document[key].as_str().unwrap_or_default()
    }

    fn list(&self, key: &str) -> Vec<&str> {
        self.document[key].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// The sentences of the description.
    fn sentences(&self) -> Vec<String> {
        let words: Vec<&str> = self.text("description").split_whitespace().collect();
        let mut sentences = vec![String::new()];
        for (at, word) in words.iter().enumerate() {
            let sentence = sentences.last_mut().expect("one at least");
            if !sentence.is_empty() {
                sentence.push(' ');
            }
            sentence.push_str(word);
            let is_new = words.get(at + 1).is_some_and(|next| next.starts_with(|c: char| !c.is_lowercase()));
            let is_over = word.ends_with(['.', '?']) && !word.ends_with("...");
            if is_over && is_new {
                sentences.push(String::new());
            }
        }
        sentences
    }

    /// The sentence that begins so.
    fn sentence(&self, begin: &str) -> Option<String> {
        self.sentences().into_iter().find(|sentence| sentence.starts_with(begin))
    }

    /// The fields of the log that a text names. A plain word such as `user` is only taken for the field where the rule
    /// shows the field.
    fn named(&self, text: &str) -> Vec<String> {
        names(text)
            .filter(|name| self.has(name))
            .filter(|name| name.contains(|c: char| !c.is_ascii_lowercase()) || self.is_shown(name))
            .map(str::to_owned)
            .collect()
    }

    fn is_shown(&self, name: &str) -> bool {
        self.shown.iter().any(|field| field == name)
    }

    /// Whether the alert shows the field, what holds it, or a part of it.
    fn is_shown_in_part(&self, name: &str) -> bool {
        let holds =
            |outer: &str, inner: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('.'));
        self.shown.iter().any(|field| field == name || holds(field, name) || holds(name, field))
    }

    fn has(&self, name: &str) -> bool {
        self.schema.lookup(name, &Facts::default()).is_some_and(|found| found.declared)
    }

    /// The names of a text that look like fields of the log and are none.
    fn misnamed(&self, text: &str) -> Vec<String> {
        let is_below = |name: &str| name.split_once('.').is_some_and(|(first, _)| self.has(first));
        names(text)
            .filter(|name| is_below(name) && self.schema.lookup(name, &Facts::default()).is_none())
            .map(str::to_owned)
            .collect()
    }

    /// Whether `fields` has one of the fields that mean one of these; true where the log has none.
    fn shows(&self, meanings: &[Meaning]) -> bool {
        let paths = || meanings.iter().flat_map(|meaning| self.schema.with_meaning(*meaning));
        paths().next().is_none() || paths().any(|path| self.is_shown(&path.name()))
    }

    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let sentences = self.sentences().len();
        if !(3..=6).contains(&sentences) {
            faults.push(format!("{sentences} sentences"));
        }
        for (begin, wants_field) in [(NEXT, true), (UNDO, false), (ASK, true)] {
            match self.sentence(begin) {
                None => faults.push(format!("no sentence that begins with `{begin}`")),
                Some(sentence) if wants_field && self.named(&sentence).is_empty() => {
                    faults.push(format!("no field of the log in `{sentence}`"));
                }
                Some(sentence) if begin == UNDO && sentence.split_whitespace().count() < FEWEST => {
                    faults.push(format!("too little in `{sentence}`"));
                }
                Some(_) => {}
            }
        }
        let aside = self.list("falsepositives");
        if aside.is_empty() {
            faults.push("no false positives".to_owned());
        }
        for text in &aside {
            if self.named(text).is_empty() {
                faults.push(format!("no field to exclude or compare by in `{text}`"));
            }
            if text.starts_with(['\'', '"']) {
                faults.push(format!("quotes around `{text}`"));
            }
        }
        for text in aside.into_iter().chain([self.text("description")]) {
            for name in self.misnamed(text) {
                faults.push(format!("the log has no field `{name}`"));
            }
        }
        if !self.document["correlation"].is_object() {
            faults.extend(self.lacking());
        }
        faults
    }

    /// What `fields` lacks: who did it, from where, and how it ended where the rule reads that.
    fn lacking(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if !self.shows(&[Meaning::Actor, Meaning::ActorEmail, Meaning::ActorId]) {
            faults.push("`fields` has no actor".to_owned());
        }
        if !self.shows(&[Meaning::Address]) {
            faults.push("`fields` has no source address".to_owned());
        }
        for text in self.list("falsepositives") {
            // `Identity` alone is an English word.
            let is_word = |name: &str| name.chars().skip(1).all(|c| c.is_ascii_lowercase());
            for name in self.named(text).iter().filter(|name| !is_word(name) && !self.is_shown_in_part(name))
            {
                faults.push(format!(
                    "`fields` lacks `{name}`, by which false positives are recognised or excluded"
                ));
            }
        }
        let detection = self.document["detection"].to_string();
        for (sign, _) in self.schema.outcome.success.iter().chain(&self.schema.outcome.failure) {
            let field = sign.split('|').next().unwrap_or_default();
            if detection.contains(&format!("\"{field}")) && !self.is_shown(field) {
                faults.push(format!("`fields` lacks the outcome `{field}`, which the rule reads"));
            }
        }
        faults
    }
}

/// The words of a text that could be names of fields.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || "()`',;".contains(c))
        .map(|word| word.trim_end_matches(['.', ':', '?']))
        .filter(|word| word.starts_with(|c: char| c.is_ascii_alphabetic()))
}

fn read(file: &str) -> Value {
    let source = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect("a rule");
    serde_yaml::from_str(&source).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Every rule with the schema of its log; a correlation has that of the first rule that it names.
fn library() -> Vec<Rule> {
    let registry = Registry::shipped();
    let documents: Vec<(String, Value)> =
        rules().into_iter().map(|file| (file.clone(), read(&file))).collect();
    let by_name: BTreeMap<&str, &Value> =
        documents.iter().filter_map(|(_, document)| Some((document["name"].as_str()?, document))).collect();
    let found = |(file, document): &(String, Value)| {
        let base = document["correlation"]["rules"][0].as_str();
        let own = base.map_or(document, |name| by_name[name]);
        let part = |key: &str| own["logsource"][key].as_str().unwrap_or_default();
        let schema = registry.name_of(part("product"), part("service")).and_then(|name| registry.get(name));
        Rule {
            file: file.clone(),
            document: document.clone(),
            schema: schema.unwrap_or_else(|| panic!("{file}: no schema")),
            shown: serde_json::from_value(own["fields"].clone()).unwrap_or_default(),
        }
    };
    documents.iter().map(found).collect()
}

#[test]
fn every_text_says_what_to_look_at_how_to_undo_it_and_whom_to_ask() {
    let wrong: Vec<String> = library()
        .iter()
        .flat_map(|rule| rule.faults().into_iter().map(|fault| format!("{}: {fault}", rule.file)))
        .collect();
    assert!(wrong.is_empty(), "{} faults\n{}", wrong.len(), wrong.join("\n"));
}

/// No two rules of a folder tell the same story, and no two of the library send the analyst to the same place.
#[test]
fn no_two_texts_are_the_same() {
    let library = library();
    let mut first: BTreeMap<(&str, String), &str> = BTreeMap::new();
    let mut wrong = Vec::new();
    for rule in &library {
        let folder = rule.file.rsplit_once('/').map_or("", |(folder, _)| folder);
        let opening = (folder, rule.sentences().swap_remove(0));
        let next = rule.sentence(NEXT).map(|sentence| ("", sentence));
        for (place, sentence) in [Some(opening), next].into_iter().flatten() {
            if let Some(other) = first.insert((place, sentence.clone()), &rule.file) {
                wrong.push(format!("{} and {other}: {sentence}", rule.file));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// How a text says that a field which it sends the analyst to is not in the table of Sentinel.
const MISSING: &str = "missing from the Sentinel table";

/// The text says so itself: the query cannot show the field, and the note about it stays behind when the rule is deployed.
#[test]
fn a_field_that_the_table_of_sentinel_lacks_is_said_to_be_missing() {
    let output = super::sigmata(&["compile", "rules", "-t", "kql", "--format", "json"]);
    let mut lacking: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for query in super::json(&output, "queries") {
        let file = query["rule"]["file"].as_str().unwrap_or_default().to_owned();
        let notes = ["notes", "diagnostics"].iter().filter_map(|key| query[key].as_array()).flatten();
        let fields = notes
            .filter(|note| note["code"] == "S1002")
            .filter_map(|note| note["message"].as_str()?.split('`').nth(1).map(str::to_owned));
        lacking.entry(file).or_default().extend(fields);
    }
    let mut wrong = Vec::new();
    let mut all = 0;
    for rule in library() {
        let texts = [rule.list("falsepositives"), vec![rule.text("description")]].concat().join(" ");
        let named = rule.named(&texts);
        let words: Vec<&str> = texts.split_whitespace().collect();
        for field in lacking.get(&rule.file).into_iter().flatten().filter(|field| named.contains(field)) {
            all += 1;
            if !words.join(" ").contains(MISSING) {
                wrong.push(format!("{}: {field}", rule.file));
            }
        }
    }
    assert!(wrong.is_empty(), "say `{MISSING}`:\n{}", wrong.join("\n"));
    assert!(all > 10, "{all} fields");
}
