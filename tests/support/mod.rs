//! Running the command in a folder of its own.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder that is removed at the end of the test.
pub struct Folder(PathBuf);

impl Folder {
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A new folder with these files.
pub fn folder(files: &[(&str, &str)]) -> Folder {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("sigmata-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    // It is a repository of its own: what is above it is ours.
    std::fs::create_dir_all(root.join(".git")).expect("a new folder");
    for (name, text) in files {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a new folder");
        std::fs::write(path, text).expect("a new file");
    }
    Folder(root)
}

/// A finished run of the command.
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Run {
    pub fn new(folder: &Folder, args: &[&str]) -> Self {
        Self::with_input(folder, args, "")
    }

    /// A run with a text at standard input.
    pub fn with_input(folder: &Folder, args: &[&str], input: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_sigmata"))
            .args(args)
            .env_remove("COLUMNS")
            .current_dir(&folder.0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        // A run that does not read its input may end before it is written.
        let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
        let output = child.wait_with_output().expect("the command ends");
        Self {
            code: output.status.code().expect("an exit code, not a signal"),
            out: String::from_utf8(output.stdout).expect("UTF-8"),
            err: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }
}
