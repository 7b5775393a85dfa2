//! What the README shows is what the command prints.

use std::process::Command;

/// The console blocks: command line and expected output, in which a line `…` stands for any lines.
fn blocks(text: &str) -> Vec<(Vec<&str>, Vec<&str>)> {
    text.split("```console\n")
        .skip(1)
        .filter_map(|rest| {
            let block = rest.split("\n```").next()?;
            let (command, output) = block.split_once('\n')?;
            let words: Vec<&str> = command.strip_prefix("$ sigmata ")?.split(' ').collect();
            Some((words, output.lines().collect()))
        })
        .collect()
}

#[test]
fn the_readme_shows_real_output() {
    let root = env!("CARGO_MANIFEST_DIR");
    let readme = std::fs::read_to_string(format!("{root}/README.md")).expect("a README");
    let blocks = blocks(&readme);
    assert!(blocks.len() >= 2, "{blocks:?}");
    for (words, expected) in blocks {
        let run = Command::new(env!("CARGO_BIN_EXE_sigmata"))
            .args(&words)
            .current_dir(root)
            .output()
            .expect("the command starts");
        let printed = String::from_utf8(run.stdout).expect("UTF-8");
        let printed: Vec<&str> = printed.lines().collect();
        let mut at = 0;
        for part in expected.split(|line| *line == "…") {
            let found = (at..=printed.len().saturating_sub(part.len()))
                .find(|&from| printed.get(from..from + part.len()) == Some(part));
            let Some(from) = found else { panic!("{words:?} does not print\n{}", part.join("\n")) };
            at = from + part.len();
        }
    }
}
