//! Levels: what a finding counts as, by `[lints]`, `[[override]]` and `profile`.

use super::{Config, Glob, Origin, Value};
use crate::diagnostic::{Code, Severity};

/// What a finding counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Nothing: it is left out.
    Allow,
    /// This severity.
    At(Severity),
}

impl Level {
    /// The words for levels.
    pub const NAMES: [&'static str; 4] = ["allow", "info", "warning", "error"];

    /// The level with a name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "allow" => Some(Self::Allow),
            other => Severity::named(other).map(Self::At),
        }
    }
}

/// The names of profiles.
pub const PROFILES: [&str; 3] = ["default", "sigmahq", "all"];

/// The levels that hold for one file: the strongest layer first.
#[derive(Clone, Debug, Default)]
pub struct Levels<'c> {
    layers: Vec<Vec<(&'c str, Level)>>,
    profile: &'c str,
}

impl Levels<'_> {
    /// The severity that a finding counts with; `None` where it is left out. In a layer the selector that names the
    /// code most exactly decides; a layer that does not name it leaves it to the next.
    pub fn severity(&self, code: &Code, severity: Severity) -> Option<Severity> {
        // What is a convention counts where its name or the profile asks for it; `all` and groups do not.
        let is_wanted = !code.is_convention() || matches!(self.profile, "sigmahq" | "all");
        let named = self.layers.iter().find_map(|layer| {
            let ranked = layer
                .iter()
                .filter_map(|(selector, level)| code.selected_by(selector).map(|rank| (rank, *level)))
                .filter(|(rank, _)| is_wanted || *rank == Code::BY_NAME);
            ranked.max_by_key(|(rank, _)| *rank).map(|(_, level)| level)
        });
        match named {
            Some(Level::Allow) => None,
            Some(Level::At(severity)) => Some(severity),
            None if !is_wanted => None,
            None => Some(match (self.profile, severity) {
                // The public repository takes no rule whose form is not in order.
                ("sigmahq", Severity::Warning) if code.group() == Some("form") => Severity::Error,
                ("all", Severity::Info) => Severity::Warning,
                _ => severity,
            }),
        }
    }
}

impl Config {
    /// The levels for a file at a path below the folder of the configuration, with `/` between its names. What `--set`
    /// says is stronger than the last override that fits, which is stronger than one before it, and `[lints]`.
    pub fn levels(&self, path: &str) -> Levels<'_> {
        let mut command = Vec::new();
        let mut general = Vec::new();
        for (key, setting) in &self.settings {
            if let ([table, selector], Some(level)) = (&key[..], level(&setting.value))
                && table == "lints"
            {
                let layer = if setting.origin == Origin::Command { &mut command } else { &mut general };
                layer.push((selector.as_str(), level));
            }
        }
        let mut layers = vec![command];
        layers.extend(self.overriding(path));
        layers.push(general);
        layers.retain(|layer| !layer.is_empty());
        Levels { layers, profile: self.texts("profile").first().map_or("default", String::as_str) }
    }

    /// Whether some override can fit a path.
    pub fn has_overrides(&self) -> bool {
        self.settings.keys().any(|key| key.first().is_some_and(|first| first == "override"))
    }

    /// Whether a comment that allows a finding must say why.
    pub fn requires_reason(&self) -> bool {
        self.flag("lints.require-reason", false)
    }

    /// The levels of the overrides that fit, the last one first.
    fn overriding(&self, path: &str) -> Vec<Vec<(&str, Level)>> {
        let mut found: Vec<(usize, Vec<(&str, Level)>)> = Vec::new();
        for (key, setting) in &self.settings {
            let [table, number, member] = &key[..] else { continue };
            if table != "override" || member != "paths" {
                continue;
            }
            let fits = |pattern: &String| Glob::new(pattern).is_ok_and(|pattern| pattern.fits(path));
            if !setting.value.texts().iter().any(fits) {
                continue;
            }
            let own = self.settings.iter().filter_map(|(key, setting)| match &key[..] {
                [table, other, lints, selector]
                    if table == "override" && other == number && lints == "lints" =>
                {
                    level(&setting.value).map(|level| (selector.as_str(), level))
                }
                _ => None,
            });
            found.push((number.parse().unwrap_or(0), own.collect()));
        }
        found.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
        found.into_iter().map(|(_, layer)| layer).collect()
    }
}

fn level(value: &Value) -> Option<Level> {
    value.texts().first().and_then(|text| Level::named(text))
}
