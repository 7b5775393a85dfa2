//! Commands of other tools: what somebody types who knows `sigma`, a linter, or the tools of a vendor.

/// What is typed, and what does it here.
const COMMANDS: [(&[&str], &str); 11] = [
    (&["convert", "build", "translate", "transpile", "generate"], "compile"),
    (&["lint", "validate", "verify", "analyze", "analyse", "validate-rule"], "check"),
    (&["fix"], "check --fix"),
    (&["format", "prettify"], "fmt"),
    (&["list", "schemas", "logs", "taxonomy"], "schema list"),
    (&["targets", "backends", "formats", "pipelines"], "compile --help"),
    (&["run", "match", "scan", "hunt", "replay", "search-rules"], "eval"),
    (&["create", "create-rule", "add", "draft"], "new"),
    (&["deploy", "upload", "publish", "export-rules", "sync"], "export"),
    (&["doc", "docs", "rule", "why", "codes"], "explain"),
    (&["settings", "show-config"], "config show"),
];

/// What installs parts of other tools.
const PLUGINS: [&str; 4] = ["plugin", "plugins", "install", "update"];

/// What to type in place of a command that is not there; `None` where nothing is known of it.
pub(super) fn meant(name: &str) -> Option<String> {
    let lower = name.to_lowercase();
    if PLUGINS.contains(&lower.as_str()) {
        return Some(format!(
            "no command `{name}`; there is nothing to install: every language and log is part of sigmata, see `sigmata compile --help` and `sigmata schema list`"
        ));
    }
    let (_, command) = COMMANDS.iter().find(|(names, _)| names.contains(&lower.as_str()))?;
    Some(format!("no command `{name}`; did you mean `{command}`?"))
}
