//! Whole commands in the process of the test: what comes out of the door, and what becomes of files when a step fails.

#[cfg(unix)]
mod confined;
mod faults;
mod hostile;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::output::Output;
use super::run_with;

const RULE: &str = "\
title: IAM user created
id: 5e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d
status: experimental
description: A new IAM user.
author: sigmata
date: 2026-11-23
logsource:
    product: aws
    service: cloudtrail
detection:
    selection:
        eventSource: iam.amazonaws.com
        eventName: CreateUser
    condition: selection
level: low
";

/// A folder that is removed at the end of the test, by its real path.
struct Folder(PathBuf);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("sigmata-run-{}-{count}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder");
        let folder = Self(path.canonicalize().expect("a folder"));
        for (name, text) in files {
            folder.put(name, text);
        }
        folder
    }

    fn put(&self, name: &str, text: &str) {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_string_lossy().into_owned()
    }

    /// Every file below it but drafts, with its text.
    fn files(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let mut open = vec![self.0.clone()];
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                let name = path.strip_prefix(&self.0).expect("below").to_string_lossy().into_owned();
                if path.is_dir() {
                    open.push(path);
                } else if path.extension().is_none_or(|end| end != "part") {
                    let bytes = std::fs::read(&path).expect("a file");
                    found.push((name, String::from_utf8_lossy(&bytes).into_owned()));
                }
            }
        }
        found.sort();
        found
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What was written, shared with the one who wrote it.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8(bytes.clone()).expect("UTF-8")
    }
}

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A finished run.
struct Run {
    code: u8,
    out: String,
    err: String,
}

/// Runs the command; arguments that begin with `@` are paths in the folder. No configuration is read but one that the
/// arguments name.
fn run(folder: &Folder, arguments: &[&str]) -> Run {
    let (out, err) = (Kept::default(), Kept::default());
    let mut output = Output::into(Box::new(out.clone()), Box::new(err.clone()));
    let paths = arguments.iter().map(|argument| {
        let at = argument.strip_prefix('@').map(|name| folder.path(name));
        let named = argument.split_once("=@").map(|(key, name)| format!("{key}={}", folder.path(name)));
        OsString::from(at.or(named).unwrap_or_else(|| (*argument).to_owned()))
    });
    let isolated = (!arguments.contains(&"--config")).then(|| OsString::from("--isolated"));
    let all = std::iter::once(OsString::from("sigmata")).chain(paths).chain(isolated);
    let code = run_with(all, &mut output);
    Run { code, out: out.text(), err: err.text() }
}

#[test]
fn a_run_in_the_process_is_that_of_the_command() {
    let folder = Folder::new(&[("a.yml", RULE)]);
    let found = run(&folder, &["check", "@a.yml"]);
    assert_eq!((found.code, found.out.as_str(), found.err.as_str()), (0, "1 rule: no findings\n", ""));
    let found = run(&folder, &["check", "@b.yml"]);
    assert!(found.code == 2 && found.err.starts_with("error: "), "{}", found.err);
    assert!(Path::new(&folder.path("a.yml")).is_file());
}
