//! Undo steps that can be tested here: a command of AWS in a description (`aws iam delete-user`) is an operation that
//! CloudTrail knows. Those of other vendors were looked up when they were written.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

/// The operations of CloudTrail, in small letters, without the versions that some bear.
fn operations() -> BTreeSet<String> {
    let output = super::sigmata(&["schema", "show", "aws/cloudtrail", "eventName", "--matches", "*"]);
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let names = text.lines().filter_map(|line| line.split_whitespace().next());
    names.map(|name| name.trim_end_matches(|c: char| c.is_ascii_digit()).to_ascii_lowercase()).collect()
}

/// The operations of AWS that a text has between backticks: `aws iam delete-user`, and after it `delete-access-key`.
fn commands(text: &str) -> Vec<String> {
    let (mut found, mut aws) = (Vec::new(), false);
    for quoted in text.split('`').skip(1).step_by(2) {
        let words: Vec<&str> = quoted.split_whitespace().collect();
        match words[..] {
            ["aws", _, operation, ..] => {
                aws = true;
                found.push(operation.to_owned());
            }
            [operation, ..] if aws && is_operation(operation) => found.push(operation.to_owned()),
            [_, ..] => aws = false,
            [] => {}
        }
    }
    found
}

/// Whether a word is written as the command line writes operations.
fn is_operation(word: &str) -> bool {
    word.contains('-')
        && word.split('-').all(|part| !part.is_empty() && part.chars().all(char::is_alphanumeric))
}

#[test]
fn commands_of_aws_are_operations() {
    let operations = operations();
    assert!(operations.len() > 10_000, "{} operations", operations.len());
    let (mut all, mut wrong) = (0, Vec::new());
    for file in super::rules() {
        let text =
            std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(&file)).expect("a rule");
        let rule: Value = serde_yaml::from_str(&text).expect("YAML");
        let words: Vec<&str> = rule["description"].as_str().unwrap_or_default().split_whitespace().collect();
        for command in commands(&words.join(" ")) {
            all += 1;
            if !operations.contains(&command.replace('-', "")) {
                wrong.push(format!("{file}: {command}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(all > 100, "{all} commands");
}

#[test]
fn commands_are_read_between_backticks() {
    for (text, expected) in [
        ("run `aws iam delete-user` (keys first)", vec!["delete-user"]),
        (
            "`aws iam update-access-key --status Inactive`, then `delete-access-key`",
            vec!["update-access-key", "delete-access-key"],
        ),
        ("run `kubectl delete secret`, then `--disabled`", vec![]),
        ("`aws eks delete-access-entry`, `kubectl apply`, `delete-user`", vec!["delete-access-entry"]),
    ] {
        assert_eq!(commands(text), expected, "{text}");
    }
}
