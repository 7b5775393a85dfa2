//! A layer for the ATT&CK Navigator: which techniques the rules watch, and with how many rules.
//!
//! The form is layer 4.5 (mitre-attack/attack-navigator, `layers/spec/v4.5/layerformat.md`).

use std::collections::BTreeMap;

use serde_json::json;

use super::job::Job;
use super::{Artefact, Made, Named, text};

/// The release of ATT&CK that the layer is for.
const ATTACK: &str = "19";

/// The longest comment of a technique, in rules.
const MOST_NAMED: usize = 20;

/// The layer.
pub(super) fn make(job: &Job<'_>) -> Made {
    let mut techniques: BTreeMap<&str, Vec<&Named>> = BTreeMap::new();
    for subject in &job.subjects {
        let has_query = subject.queries.iter().any(|(_, compiled)| compiled.query.is_some());
        if !has_query || ["deprecated", "unsupported"].contains(&subject.status.as_str()) {
            continue;
        }
        for technique in &subject.attack.techniques {
            techniques.entry(technique).or_default().push(&subject.named);
        }
    }
    let most = techniques.values().map(Vec::len).max().unwrap_or(1);
    let rows: Vec<_> = techniques
        .iter()
        .map(|(technique, rules)| {
            let mut comment: Vec<&str> =
                rules.iter().take(MOST_NAMED).map(|rule| rule.title.as_str()).collect();
            let more = format!("and {} more", rules.len().saturating_sub(MOST_NAMED));
            if rules.len() > MOST_NAMED {
                comment.push(&more);
            }
            json!({
                "techniqueID": technique,
                "score": rules.len(),
                "comment": comment.join("\n"),
                "enabled": true,
                "showSubtechniques": technique.contains('.'),
            })
        })
        .collect();
    let name = job.environment.name.as_ref().map_or("sigmata".to_owned(), |name| format!("sigmata {name}"));
    let layer = json!({
        "name": name,
        "versions": {"attack": ATTACK, "navigator": "5.1.0", "layer": "4.5"},
        "domain": "enterprise-attack",
        "description": "Techniques that the exported rules watch; the score is the number of rules",
        "sorting": 3,
        "hideDisabled": false,
        "gradient": {"colors": ["#deebf7", "#08519c"], "minValue": 0, "maxValue": most},
        "techniques": rows,
    });
    let file = Artefact { path: "navigator/layer.json".to_owned(), text: text::json(&layer) };
    Made { files: vec![file], ..Made::default() }
}
