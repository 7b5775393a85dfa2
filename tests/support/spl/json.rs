//! JSON as Splunk reads it.

use serde_json::Value as Json;

/// The fields of the automatic extraction: keys joined with `.`, `{}` after an array, one value a scalar.
/// (`spath`, Search Reference: "location path"; a multivalue field holds the values of all elements.)
pub fn flatten(value: &Json, name: &str, null_text: bool, give: &mut impl FnMut(&str, String)) {
    match value {
        Json::Object(members) => {
            for (key, value) in members {
                let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                flatten(value, &name, null_text, give);
            }
        }
        Json::Array(elements) => {
            let name = format!("{name}{{}}");
            for element in elements {
                flatten(element, &name, null_text, give);
            }
        }
        Json::Null if null_text => give(name, "null".into()),
        Json::Null => {}
        other => give(name, native(other).unwrap_or_default()),
    }
}

/// What of an event the first `left` bytes of its text hold; a scalar that is cut is left out.
/// (`limits.conf`, `[spath] extraction_cutoff`.)
pub fn cut(value: &Json, left: &mut usize) -> Option<Json> {
    let mut take = |bytes: usize| {
        let fits = bytes <= *left;
        *left = if fits { *left - bytes } else { 0 };
        fits
    };
    match value {
        Json::Object(members) => {
            take(1);
            let mut kept = serde_json::Map::new();
            for (key, value) in members {
                *left = left.saturating_sub(Json::from(key.as_str()).to_string().len() + 2);
                let Some(value) = cut(value, left) else { break };
                kept.insert(key.clone(), value);
            }
            Some(Json::Object(kept))
        }
        Json::Array(elements) => {
            take(1);
            let mut kept = Vec::new();
            for element in elements {
                let Some(element) = cut(element, left) else { break };
                *left = left.saturating_sub(1);
                kept.push(element);
            }
            Some(Json::Array(kept))
        }
        scalar => take(scalar.to_string().len()).then(|| scalar.clone()),
    }
}

/// "Splunk software native type values": strings without quotes, NULL for null, JSON text for objects and arrays
/// ("JSON functions").
pub fn native(value: &Json) -> Option<String> {
    match value {
        Json::Null => None,
        Json::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// What a path of `json_extract` reaches: members by dots, `{}` every element, `{N}` one; the values, and whether
/// the path may reach several.
pub fn walk(value: &Json, path: &str) -> Result<(Vec<Json>, bool), String> {
    let mut reached = vec![value.clone()];
    let mut several = false;
    for part in path.split('.') {
        let (key, selectors) = part.find('{').map_or((part, ""), |at| part.split_at(at));
        if !key.is_empty() {
            reached = reached.iter().filter_map(|value| value.as_object()?.get(key).cloned()).collect();
        } else if selectors.is_empty() {
            return Err(format!("an empty key in the path `{path}`"));
        }
        for selector in selectors.split_inclusive('}') {
            match selector.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
                Some("") => {
                    several = true;
                    reached = reached.iter().filter_map(Json::as_array).flatten().cloned().collect();
                }
                Some(number) => {
                    let at: usize =
                        number.parse().map_err(|_| format!("a bad index in the path `{path}`"))?;
                    reached = reached.iter().filter_map(|value| value.as_array()?.get(at).cloned()).collect();
                }
                None => return Err(format!("a bad selector in the path `{path}`")),
            }
        }
    }
    Ok((reached, several))
}
