//! What a request was about: members whose names are in the name of the event, such as the user of `DeleteUser`.

use serde_json::Value;

use super::sample;
use super::scene::Scene;
use crate::schema::{Facts, Field, Path, Step, Type};

/// What the name of a member ends with besides the thing that it names.
const ENDS: [&str; 4] = ["name", "id", "arn", "identifier"];
/// Things that are people.
const PEOPLE: [&str; 4] = ["user", "actor", "member", "account"];

/// Values for the members of an object whose type follows from the event, as far as the name of the event, `action`, has
/// what they name; nothing where several types are possible.
pub(super) fn members(
    scene: &Scene<'_>,
    field: &Field,
    path: &Path,
    facts: &Facts,
    action: &str,
) -> Vec<(Box<str>, Value)> {
    let types = field.dependent.as_ref().map(|dependent| dependent.types(facts)).unwrap_or_default();
    let [(_, Type::Object(object))] = types.as_slice() else { return Vec::new() };
    let action = action.to_ascii_lowercase();
    let named = |member: &&Field| {
        let is_text = matches!(member.ty, Type::String) && member.redacted.is_none();
        thing(&member.name).is_some_and(|thing| is_text && action.contains(&thing))
    };
    let value = |member: &Field| {
        let mut path = path.clone();
        path.steps.push(Step::Key(member.name.clone()));
        let usual = sample::of(&scene.setting, member, &path)?;
        let thing = thing(&member.name)?;
        let about_people = PEOPLE.iter().any(|word| thing.contains(word));
        let cast = &scene.setting.cast;
        let is_person = [cast.get("actor"), cast.get("target"), "example"].iter().any(|name| usual == **name);
        let usual = match (is_person, about_people) {
            (true, true) => Value::String(cast.get("target").to_owned()),
            (true, false) => Value::String(format!("example-{thing}")),
            (false, _) => usual,
        };
        Some((member.name.clone(), usual))
    };
    object.fields.iter().filter(named).filter_map(value).collect()
}

/// The thing that a member names: `user` of `userName`.
fn thing(member: &str) -> Option<String> {
    let lower = member.to_ascii_lowercase();
    let stem = ENDS.iter().find_map(|end| lower.strip_suffix(end))?;
    let stem = stem.trim_end_matches('_');
    (!stem.is_empty()).then(|| stem.to_owned())
}

#[cfg(test)]
mod tests {
    use super::thing;

    #[test]
    fn members_name_things() {
        for (member, named) in [
            ("userName", Some("user")),
            ("instanceProfileName", Some("instanceprofile")),
            ("policyArn", Some("policy")),
            ("group_id", Some("group")),
            ("name", None),
            ("path", None),
        ] {
            assert_eq!(thing(member).as_deref(), named, "{member}");
        }
    }
}
