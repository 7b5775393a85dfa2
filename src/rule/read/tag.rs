//! Tags, and what ATT&CK knows of those in its namespace.

use super::Reader;
use crate::diagnostic::{Diagnostic, Fix};
use crate::rule::attack::{self, RELEASE};
use crate::rule::codes::metadata;
use crate::rule::wording::clip;
use crate::source::Spanned;
use crate::yaml::Entry;

/// The namespaces of tags.
pub const NAMESPACES: [&str; 7] = ["attack", "car", "cve", "d3fend", "detection", "stp", "tlp"];

/// The tactic that release 19 split, and what it was split into.
const SPLIT: (&str, [&str; 2]) = ("defense-evasion", ["stealth", "defense-impairment"]);

/// The tactics of ATT&CK for enterprise, mobile and industrial systems, of the present and the former edition.
const TACTICS: [&str; 21] = [
    "reconnaissance",
    "resource-development",
    "initial-access",
    "execution",
    "persistence",
    "privilege-escalation",
    "stealth",
    "defense-impairment",
    "defense-evasion",
    "credential-access",
    "discovery",
    "lateral-movement",
    "collection",
    "command-and-control",
    "exfiltration",
    "impact",
    "evasion",
    "inhibit-response-function",
    "impair-process-control",
    "network-effects",
    "remote-service-effects",
];

impl Reader<'_, '_> {
    pub(super) fn tags(&mut self, entry: Entry) -> Vec<Spanned<String>> {
        let tags = self.unique(entry, "`tags`");
        for tag in &tags {
            self.tag(tag, &tags);
        }
        tags
    }

    fn tag(&mut self, tag: &Spanned<String>, all: &[Spanned<String>]) {
        let text = tag.value.as_str();
        let split = text.split_once('.').filter(|(space, name)| is_part(space, false) && is_part(name, true));
        let Some((space, name)) = split else { return self.report(malformed(tag)) };
        if !NAMESPACES.contains(&space) && is_attack(text) {
            return self.report(malformed(tag));
        }
        if !NAMESPACES.contains(&space) {
            let found = self.near(space, NAMESPACES.into_iter());
            let mut finding = Diagnostic::new(
                &metadata::UNKNOWN_TAG,
                tag.span,
                format!("unknown tag namespace `{}`", clip(space)),
            );
            if let Some(first) = found.first() {
                finding = finding
                    .help(format!("did you mean `{first}.{name}`?"))
                    .fix(Fix::guess(tag.span, format!("{first}.{name}")));
            }
            return self.report(finding.suggest(found));
        }
        if space != "attack" {
            return;
        }
        if !is_attack(name) {
            let found = self.near(&name.replace('_', "-"), TACTICS.into_iter());
            let mut finding =
                Diagnostic::new(&metadata::UNKNOWN_TAG, tag.span, format!("ATT&CK has no `{}`", clip(name)))
                    .label("expected a tactic, or an identifier such as `t1136.003`");
            if let Some(first) = found.first() {
                finding = finding
                    .help(format!("did you mean `attack.{first}`?"))
                    .fix(Fix::guess(tag.span, format!("attack.{first}")));
            }
            return self.report(finding.suggest(found));
        }
        if name.replace('_', "-") == SPLIT.0 {
            self.report(split_tactic(tag, all));
        } else if let Some(by) = attack::successor(name) {
            let finding = Diagnostic::new(
                &metadata::GONE_TAG,
                tag.span,
                format!("`{name}` is no longer in ATT&CK, release {RELEASE}"),
            );
            let by = format!("attack.{by}");
            let finding = finding.help(format!("`{by}` took its place"));
            let there = all.iter().any(|other| other.value == by);
            self.report(if there { finding } else { finding.fix(Fix::safe(tag.span, by)) });
        }
    }
}

/// The finding for a tag that has not the form of one.
fn malformed(tag: &Spanned<String>) -> Diagnostic {
    let text = tag.value.as_str();
    let finding =
        Diagnostic::new(&metadata::BAD_TAG, tag.span, format!("`{}` is not a valid tag", clip(text)))
            .label("expected `namespace.name` of a-z, 0-9, `_`, `-`");
    let lower = text.trim().to_lowercase().replace(' ', "-");
    let fits = |text: &str| {
        text.split_once('.').is_some_and(|(space, name)| is_part(space, false) && is_part(name, true))
    };
    // What is certainly a technique or a tactic lacks its namespace alone.
    let namespaced = format!("attack.{lower}");
    if fits(&lower) && !is_attack(&lower) {
        finding.help(format!("write `{lower}`")).fix(Fix::safe(tag.span, lower))
    } else if is_attack(&lower) {
        finding.help(format!("write `{namespaced}`")).fix(Fix::safe(tag.span, namespaced))
    } else {
        finding
    }
}

/// The finding for the tactic that was split. The techniques of the rule tell which half is meant; where they do not,
/// the half that kept the identifier is a guess.
fn split_tactic(tag: &Spanned<String>, all: &[Spanned<String>]) -> Diagnostic {
    let (gone, halves) = SPLIT;
    let known: Vec<&str> = all
        .iter()
        .filter_map(|other| other.value.strip_prefix("attack."))
        .flat_map(attack::tactics)
        .collect();
    let meant: Vec<&str> = halves.into_iter().filter(|half| known.contains(half)).collect();
    let finding = Diagnostic::new(
        &metadata::GONE_TAG,
        tag.span,
        format!("ATT&CK split `{gone}` into `{}` and `{}` with release {RELEASE}", halves[0], halves[1]),
    );
    let there = |half: &str| all.iter().any(|other| other.value == format!("attack.{half}"));
    match meant.as_slice() {
        [one] if !there(one) => finding
            .help(format!("the techniques of the rule are under `{one}`"))
            .fix(Fix::safe(tag.span, format!("attack.{one}"))),
        [one] => finding.help(format!("remove it: `attack.{one}` is there")),
        [] => finding
            .help("`stealth` hides what is done, `defense-impairment` breaks what would see it")
            .fix(Fix::guess(tag.span, format!("attack.{}", halves[0]))),
        _ => finding.help("the techniques of the rule are under both: write both tactics"),
    }
}

/// Whether a text can be a namespace, or with dots a name in one.
fn is_part(text: &str, dots: bool) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| {
            byte.is_ascii_lowercase()
                || byte.is_ascii_digit()
                || b"_-".contains(&byte)
                || (dots && byte == b'.')
        })
}

/// Whether a name in the `attack` namespace has the form of an identifier, or is a tactic in either spelling.
fn is_attack(name: &str) -> bool {
    let identifier = |prefix: &str, sub: bool| {
        name.strip_prefix(prefix).is_some_and(|rest| {
            let (number, part) =
                rest.split_once('.').map_or((rest, None), |(number, part)| (number, Some(part)));
            let digits =
                |text: &str, width| text.len() == width && text.bytes().all(|byte| byte.is_ascii_digit());
            digits(number, 4) && part.is_none_or(|part| sub && digits(part, 3))
        })
    };
    TACTICS.contains(&name.replace('_', "-").as_str())
        || identifier("t", true)
        || ["g", "s", "c", "m", "a", "ds", "dc", "ta"].into_iter().any(|prefix| identifier(prefix, false))
}
