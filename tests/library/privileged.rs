//! Every built-in role that Microsoft marks as privileged is watched, given for good or as a role that its holder may
//! activate.

use std::path::Path;

use sigmata::check::File;
use sigmata::eval::{Event, Matcher};
use sigmata::source::SourceFile;

/// The rules of a folder, by file, ready to be matched.
fn matchers(files: &[&str]) -> Vec<Matcher> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let registry = super::lists::registry();
    let read = |name: &&str| {
        let text = std::fs::read_to_string(root.join(name)).expect("a rule");
        File::check(SourceFile::new(*name, text), &registry)
    };
    let files: Vec<File> = files.iter().map(read).collect();
    let typed = files.iter().flat_map(|file| &file.documents).filter_map(|checked| checked.typed.as_ref());
    typed.map(|typed| Matcher::new(typed.formula.as_ref()).expect("a meaning")).collect()
}

/// The first event that a rule of the library is tested with, as text.
fn event(rule: &str) -> String {
    super::tests_of(rule)["match"][0]["event"].to_string()
}

#[test]
fn every_role_that_the_vendor_marks_privileged_is_watched() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let roles = std::fs::read_to_string(root.join("tests/coverage/privileged.tsv")).expect("roles");
    let highest = "rules/entra/account_added_to_privileged_role.yml";
    let entra = matchers(&[highest, "rules/entra/account_added_to_other_administrator_role.yml"]);
    let assignment = "rules/azure/powerful_role_assignment_requested.yml";
    let azure = matchers(&[assignment]);
    let (mut wrong, mut count) = (Vec::new(), 0);
    for line in roles.lines().filter(|line| !line.starts_with('#')) {
        let [log, name, id] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        // Owner and Global Administrator are what the events beside the rules give.
        let (watching, texts) = if log == "entra" {
            let member = event(highest);
            let by_name = member.replace("62e90394-69f5-4237-9190-012177145e10", "another");
            let by_name = by_name.replace("Global Administrator", name);
            let by_id = member.replace("62e90394-69f5-4237-9190-012177145e10", id);
            let by_id = by_id.replace("Global Administrator", "another");
            let eligible = |text: &String| text.replace("Add member to role", "Add eligible member to role");
            (&entra, vec![eligible(&by_name), eligible(&by_id), by_name, by_id])
        } else {
            let given = event(assignment).replace("8e3af657-a8ff-443c-a75c-2fe8c4bcb635", id);
            let schedule = |kind: &str| given.replace("ROLEASSIGNMENTS/WRITE", &format!("{kind}/WRITE"));
            let eligible = schedule("ROLEELIGIBILITYSCHEDULEREQUESTS");
            (&azure, vec![eligible, schedule("ROLEASSIGNMENTSCHEDULEREQUESTS"), given])
        };
        count += 1;
        for text in texts {
            let event = Event::new(serde_json::from_str(&text).expect("JSON"));
            if !watching.iter().any(|rule| rule.matches(&event)) {
                wrong.push(format!("{log}: {name}: {text}"));
            }
        }
    }
    assert!(wrong.is_empty(), "no rule of level medium or above:\n{}", wrong.join("\n"));
    assert_eq!(count, 32);
}
