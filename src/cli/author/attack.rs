//! Techniques of ATT&CK as a draft names them, and their tactics.

use crate::cli::Failure;
use crate::diagnostic::nearest::nearest;
use crate::rule::attack::{self, RELEASE};

/// How many techniques are named where one is unknown.
const MOST_NAMED: usize = 6;

fn known() -> impl Iterator<Item = String> {
    attack::techniques().map(str::to_uppercase)
}

/// Techniques by their names, `T1136.003`, each of which is in ATT&CK.
pub(super) fn techniques(named: &[String]) -> Result<Vec<String>, Failure> {
    named.iter().map(|name| technique(name.trim()).map_err(Failure::Usage)).collect()
}

fn technique(name: &str) -> Result<String, String> {
    let upper = name.to_uppercase();
    let wanted = upper.strip_prefix("ATTACK.").unwrap_or(&upper).to_owned();
    if !has_form(&wanted) {
        return Err(format!("`{name}` is not a technique; write it as in `T1136.003`"));
    }
    if known().any(|technique| technique == wanted) {
        return Ok(wanted);
    }
    if let Some(new) = attack::successor(&wanted) {
        return Err(format!("`{wanted}` is no longer in ATT&CK; `{}` took its place", new.to_uppercase()));
    }
    // Of a part that is not there the other parts are near, else what is spelt alike.
    let whole = wanted.split('.').next().unwrap_or_default();
    let parts: Vec<String> = known()
        .filter(|technique| wanted.contains('.') && technique.split('.').next() == Some(whole))
        .take(MOST_NAMED)
        .collect();
    let help = if !parts.is_empty() {
        format!("it has {}", parts.iter().map(|part| format!("`{part}`")).collect::<Vec<_>>().join(", "))
    } else if let Some(near) =
        nearest(&wanted, known().collect::<Vec<_>>().iter().map(String::as_str)).first()
    {
        format!("did you mean `{near}`?")
    } else {
        "https://attack.mitre.org/techniques/ lists them".to_owned()
    };
    Err(format!("ATT&CK for enterprise, release {RELEASE}, has no technique `{wanted}`; {help}"))
}

/// Whether a name in capitals is written as a technique is.
fn has_form(name: &str) -> bool {
    let digits =
        |part: &str, count: usize| part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit());
    let number = name.strip_prefix('T').unwrap_or_default();
    match number.split_once('.') {
        Some((whole, part)) => digits(whole, 4) && digits(part, 3),
        None => digits(number, 4),
    }
}

/// The tactics of techniques, each once: an alert shows a technique only below its tactic.
pub(super) fn tactics(techniques: &[String]) -> Vec<&'static str> {
    let mut found = Vec::new();
    for technique in techniques {
        for tactic in attack::tactics(technique) {
            if !found.contains(&tactic) {
                found.push(tactic);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::technique;

    #[test]
    fn techniques_are_those_of_the_vocabulary() {
        for (name, expected) in [
            ("T1136.003", Ok("T1136.003")),
            ("t1136", Ok("T1136")),
            ("attack.t1136.003", Ok("T1136.003")),
            ("T9999", Err("has no technique `T9999`")),
            ("T1136.009", Err("it has `T1136`, `T1136.001`, `T1136.002`, `T1136.003`")),
            ("T1004", Err("`T1004` is no longer in ATT&CK; `T1547.004` took its place")),
            ("1136", Err("write it as in `T1136.003`")),
            ("T11é6", Err("is not a technique")),
        ] {
            match (technique(name), expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected),
                (Err(said), Err(part)) => assert!(said.contains(part), "{name}: {said}"),
                (found, expected) => panic!("{name}: {found:?} {expected:?}"),
            }
        }
    }
}
