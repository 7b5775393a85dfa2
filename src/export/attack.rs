//! Tactics and techniques of a rule's tags, as SIEMs write them.

use crate::rule;

/// What a rule's tags say of ATT&CK.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attack {
    /// Tactics as tags write them, without their namespace: `privilege-escalation`.
    pub tactics: Vec<String>,
    /// Techniques in capitals: `T1136.003`.
    pub techniques: Vec<String>,
}

/// Tactics by the names that Microsoft gives them. Those that release 19 of ATT&CK made of Defense Evasion go by its
/// name, since no other is taken.
/// Source: `AttackTactic.cs` of Azure/Azure-Sentinel, b50e83542711.
const TACTICS: [(&str, &str); 19] = [
    ("reconnaissance", "Reconnaissance"),
    ("resource-development", "ResourceDevelopment"),
    ("initial-access", "InitialAccess"),
    ("execution", "Execution"),
    ("persistence", "Persistence"),
    ("privilege-escalation", "PrivilegeEscalation"),
    ("stealth", "DefenseEvasion"),
    ("defense-impairment", "DefenseEvasion"),
    ("defense-evasion", "DefenseEvasion"),
    ("evasion", "DefenseEvasion"),
    ("credential-access", "CredentialAccess"),
    ("discovery", "Discovery"),
    ("lateral-movement", "LateralMovement"),
    ("collection", "Collection"),
    ("command-and-control", "CommandAndControl"),
    ("exfiltration", "Exfiltration"),
    ("impact", "Impact"),
    ("impair-process-control", "ImpairProcessControl"),
    ("inhibit-response-function", "InhibitResponseFunction"),
];

impl Attack {
    /// What tags say; tags of other namespaces say nothing.
    pub fn of<'t>(tags: impl Iterator<Item = &'t str>) -> Self {
        let mut attack = Self::default();
        for name in tags.filter_map(|tag| tag.strip_prefix("attack.")) {
            let name = name.replace('_', "-");
            let is_technique = name
                .strip_prefix('t')
                .is_some_and(|rest| rest.starts_with(|char: char| char.is_ascii_digit()));
            if is_technique {
                push(&mut attack.techniques, name.to_uppercase());
            } else if TACTICS.iter().any(|(known, _)| *known == name) {
                push(&mut attack.tactics, name);
            }
        }
        attack
    }

    /// The tactics as Microsoft names them.
    pub fn microsoft(&self) -> Vec<&'static str> {
        let mut names = Vec::new();
        for tactic in &self.tactics {
            if let Some(name) = microsoft(tactic) {
                push(&mut names, name);
            }
        }
        names
    }

    /// The techniques without their parts: `T1136`.
    pub fn parents(&self) -> Vec<&str> {
        parents(&self.techniques)
    }

    /// The techniques that are under a tactic of Microsoft's name: those that ATT&CK has there, and those that it does
    /// not know.
    pub fn under(&self, tactic: &str) -> Vec<&str> {
        let is_under = |technique: &&str| {
            let mut known = rule::attack::tactics(technique).peekable();
            known.peek().is_none() || known.any(|own| microsoft(own) == Some(tactic))
        };
        self.techniques.iter().map(String::as_str).filter(is_under).collect()
    }
}

/// Techniques without their parts, each once.
pub(super) fn parents<T: AsRef<str>>(techniques: &[T]) -> Vec<&str> {
    let mut parents = Vec::new();
    for technique in techniques.iter().map(AsRef::as_ref) {
        push(&mut parents, technique.split('.').next().unwrap_or(technique));
    }
    parents
}

/// A tactic by the name that Microsoft gives it.
fn microsoft(tactic: &str) -> Option<&'static str> {
    TACTICS.iter().find(|(known, _)| *known == tactic).map(|(_, name)| *name)
}

fn push<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_release_19_split_goes_by_the_name_that_microsoft_takes() {
        let attack = Attack::of(
            [
                "attack.stealth",
                "attack.defense-impairment",
                "attack.persistence",
                "attack.t1136.003",
                "attack.t1136",
                "cve.2024.1",
            ]
            .into_iter(),
        );
        assert_eq!(attack.microsoft(), ["DefenseEvasion", "Persistence"]);
        assert_eq!(attack.techniques, ["T1136.003", "T1136"]);
        assert_eq!(attack.parents(), ["T1136"]);
        assert_eq!(attack.under("Persistence"), ["T1136.003", "T1136"]);
        assert!(attack.under("DefenseEvasion").is_empty());
        // What ATT&CK does not know is under any tactic.
        let attack = Attack::of(["attack.stealth", "attack.t1036.005", "attack.t9999"].into_iter());
        assert_eq!(attack.under("DefenseEvasion"), ["T1036.005", "T9999"]);
        assert_eq!(attack.under("Impact"), ["T9999"]);
    }
}
