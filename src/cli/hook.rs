//! `--hook`: what a hook of pre-commit looks at, by what git and the framework say of the run in its environment.
//!
//! In a commit, where git names its index, that is what differs from the last commit. `pre-commit run --from-ref` names
//! what to compare with. Any other run, such as `pre-commit run --all-files` in a pipeline, is about everything: in a clean
//! checkout nothing differs from the last commit, and a run that looked at nothing would be green.

use super::args::Command;

/// Sets what `--hook` means for this run.
pub(super) fn settle(command: &mut Command) {
    let (hook, changed_since, tracked) = match command {
        Command::Check(args) => (args.git.hook, &mut args.changed_since, &mut args.git.tracked),
        Command::Fmt(args) => (args.git.hook, &mut args.changed_since, &mut args.git.tracked),
        Command::Test(args) => (args.git.hook, &mut args.changed_since, &mut args.git.tracked),
        _ => return,
    };
    if hook {
        *changed_since = revision(|name| std::env::var(name).ok());
        *tracked = true;
    }
}

/// The revision to compare with, by the environment.
fn revision(variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    set("PRE_COMMIT_FROM_REF").or_else(|| set("GIT_INDEX_FILE").map(|_| "HEAD".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_is_held_against_the_last_one_and_other_runs_see_everything() {
        let of = |set: &[(&str, &str)]| {
            revision(|name| {
                set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[("GIT_INDEX_FILE", ".git/index")]).as_deref(), Some("HEAD"));
        assert_eq!(of(&[("PRE_COMMIT_FROM_REF", "main"), ("GIT_INDEX_FILE", "x")]).as_deref(), Some("main"));
        assert_eq!(of(&[("PRE_COMMIT_FROM_REF", "")]), None);
    }
}
