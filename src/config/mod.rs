//! `sigmata.toml`: the settings of a collection. The command line overrides them.
//!
//! ```toml
//! fail-on = "warning"            # error, warning or info
//! targets = ["kql", "spl"]       # what `compile` prints without `-t`
//! index = "cloud"                # the Splunk index
//! kql-table = "MyLogs_CL"        # the table of rules whose log has no KQL delivery
//! schemas = ["schemas/*.yml"]    # schemas of your own
//!
//! [limits]
//! file-bytes = 16777216
//! document-bytes = 1048576
//! ```
//!
//! This is the one module that names `toml`.

mod codes;

pub use codes::ALL as CODES;

use serde::Deserialize;

use crate::diagnostic::{Diagnostic, Severity};
use crate::source::{MAX_DOCUMENT_BYTES, MAX_FILE_BYTES, SourceFile, Span};

/// The name of the configuration file.
pub const FILE_NAME: &str = "sigmata.toml";

/// The largest configuration that is read, in bytes.
const MAX_BYTES: usize = 1 << 20;

/// The settings; what is absent is `None`, empty, or the documented default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Config {
    /// The severity from which on a run fails.
    pub fail_on: Option<FailOn>,
    /// The targets of `compile`.
    pub targets: Vec<String>,
    /// The Splunk index.
    pub index: Option<String>,
    /// The KQL table of rules whose log has no delivery.
    pub kql_table: Option<String>,
    /// Schema schemas, as paths relative to the configuration file.
    pub schemas: Vec<String>,
    /// Sizes above which a text is refused.
    pub limits: Limits,
}

/// Sizes above which a text is refused before it is parsed, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Limits {
    /// A file.
    pub file_bytes: usize,
    /// A YAML document.
    pub document_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { file_bytes: MAX_FILE_BYTES, document_bytes: MAX_DOCUMENT_BYTES }
    }
}

impl From<Limits> for crate::yaml::Limits {
    fn from(limits: Limits) -> Self {
        Self { file: limits.file_bytes, document: limits.document_bytes }
    }
}

/// The values of `fail-on`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FailOn {
    /// Errors.
    Error,
    /// Warnings and errors.
    Warning,
    /// Every finding.
    Info,
}

impl FailOn {
    /// The lowest severity that fails a run.
    pub const fn severity(self) -> Severity {
        match self {
            Self::Error => Severity::Error,
            Self::Warning => Severity::Warning,
            Self::Info => Severity::Info,
        }
    }
}

/// Reads a configuration.
///
/// # Errors
/// One finding with the place and the reason, also for a text over 1 MiB.
pub fn read(source: &SourceFile) -> Result<Config, Box<Diagnostic>> {
    if source.text().len() > MAX_BYTES {
        let finding =
            Diagnostic::new(&codes::CONFIGURATION, Span::empty(0), "the configuration is over 1 MiB")
                .help("a configuration holds a few settings; this may be another file");
        return Err(Box::new(finding));
    }
    let config: Config = toml::from_str(source.text()).map_err(|error| {
        let span = error.span().map_or(Span::empty(0), |range| Span::of(range.start, range.end));
        let message = error.message().replace('\n', " ");
        Diagnostic::new(&codes::CONFIGURATION, span, format!("the configuration cannot be read: {message}"))
            .help("the settings are fail-on, targets, index, kql-table, schemas and [limits]")
    })?;
    if config.limits.file_bytes > MAX_FILE_BYTES * 4 || config.limits.document_bytes > MAX_FILE_BYTES * 4 {
        let finding = Diagnostic::new(&codes::CONFIGURATION, Span::empty(0), "a limit is above 64 MiB")
            .help("raise limits only as far as your largest rule needs");
        return Err(Box::new(finding));
    }
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<Config, String> {
        read(&SourceFile::new(FILE_NAME, text)).map_err(|finding| finding.message)
    }

    #[test]
    fn settings_are_read() {
        let config = check("fail-on = \"warning\"\ntargets = [\"kql\"]\n[limits]\nfile-bytes = 5\n");
        let expected = Config {
            fail_on: Some(FailOn::Warning),
            targets: vec!["kql".into()],
            limits: Limits { file_bytes: 5, ..Limits::default() },
            ..Config::default()
        };
        assert_eq!(config, Ok(expected));
        assert_eq!(check(""), Ok(Config::default()));
    }

    #[test]
    fn mistakes_are_named() {
        for (text, expected) in [
            ("fail_on = 'error'", "unknown field `fail_on`"),
            ("fail-on = 'fatal'", "unknown variant `fatal`"),
            ("[limits]\nfile-bytes = 999999999999", "a limit is above 64 MiB"),
            (&"[".repeat(100_000), "cannot be read"),
            (&format!("targets = {}", "[".repeat(100_000)), "cannot be read"),
            (&" ".repeat(2 << 20), "over 1 MiB"),
        ] {
            let message = check(text).expect_err("a mistake");
            assert!(message.contains(expected), "{message}");
        }
    }
}
