use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::super::disk::faults;
use super::*;

/// A new folder below that of the build's own temporary files.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("sigmata-write-{}-{count}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path.canonicalize().expect("a folder"))
    }

    fn put(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).expect("a file");
        path
    }

    fn get(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).expect("a file")
    }

    fn drafts(&self) -> usize {
        let entries = std::fs::read_dir(&self.0).expect("a folder");
        entries
            .filter(|entry| entry.as_ref().expect("an entry").path().to_string_lossy().ends_with(".part"))
            .count()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn why(done: Result<(), Failure>) -> String {
    done.map_or_else(|failure| failure.to_string(), |()| String::new())
}

#[test]
fn a_file_is_written_only_over_what_was_read() {
    let folder = Folder::new();
    for (old, before, written, reason) in [
        (Some("a"), Before::Any, true, ""),
        (Some("a"), Before::Bytes(b"a"), true, ""),
        (Some("a"), Before::Nothing, false, "exists"),
        (None, Before::Nothing, true, ""),
        (None, Before::Any, true, ""),
        (Some("ab"), Before::Bytes(b"a"), false, "changed"),
        (Some(""), Before::Bytes(b"a"), false, "changed"),
        (None, Before::Bytes(b"a"), false, "no such file"),
    ] {
        let path = folder.0.join("x");
        let _ = std::fs::remove_file(&path);
        if let Some(old) = old {
            folder.put("x", old);
        }
        let told = why(one(&path, b"new", before));
        assert!(told.is_empty() == written && told.contains(reason), "{old:?} {before:?}: {told}");
        if written || old.is_some() {
            assert_eq!(folder.get("x"), if written { "new" } else { old.unwrap_or_default() });
        }
        assert_eq!(folder.drafts(), 0);
    }
}

#[cfg(unix)]
#[test]
fn links_modes_and_what_is_no_file() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::os::unix::net::UnixListener;
    let folder = Folder::new();
    let path = |name: &str| folder.0.join(name);
    folder.put("real", "old");
    std::fs::set_permissions(path("real"), PermissionsExt::from_mode(0o640)).expect("a mode");
    symlink("real", path("link")).expect("a link");
    assert_eq!(why(one(&path("link"), b"new", Before::Any)), "");
    assert!(path("link").is_symlink());
    assert_eq!(folder.get("real"), "new");
    assert_eq!(path("real").metadata().expect("a file").permissions().mode() & 0o777, 0o640);
    symlink("nowhere", path("dangling")).expect("a link");
    assert!(why(one(&path("dangling"), b"new", Before::Any)).contains("no such file"));
    let _socket = UnixListener::bind(path("socket")).expect("a socket");
    for special in ["/dev/null", "/dev/stdin", &path("socket").to_string_lossy()] {
        assert!(
            why(one(Path::new(special), b"new", Before::Any)).contains("not a regular file"),
            "{special}"
        );
    }
    folder.put("fixed", "old");
    std::fs::set_permissions(path("fixed"), PermissionsExt::from_mode(0o444)).expect("a mode");
    assert!(why(one(&path("fixed"), b"new", Before::Any)).contains("read-only"));
    assert_eq!(folder.get("fixed"), "old");
    let long = "x".repeat(255);
    assert_eq!(why(one(&path(&long), b"new", Before::Any)), "");
}

#[test]
fn an_error_does_not_end_the_others() {
    let folder = Folder::new();
    let mut writer = Writer::below(&folder.0.join("out/deep")).expect("a folder");
    for (name, written) in [
        ("kql/a.kql", true),
        ("kql/A.kql", false),
        ("kql/a.kql", false),
        ("kql/e\u{301}.kql", true),
        ("kql/\u{e9}.kql", false),
        ("../a.kql", false),
        ("/a.kql", false),
        ("kql/../../a.kql", false),
        ("kql/con.kql", true),
        ("b.kql", true),
    ] {
        assert_eq!(writer.write(Path::new(name), b"x", Before::Any), written, "{name}");
    }
    assert_eq!(writer.written().len(), 4);
    assert_eq!((writer.failures.len(), writer.notes.len()), (6, 1));
    assert!(writer.remove(Path::new("b.kql")) && writer.remove(Path::new("b.kql")));
    assert!(!folder.0.join("out/deep/b.kql").exists() && folder.0.join("out/deep/kql/a.kql").exists());
    assert!(!writer.remove(Path::new("../../x")));
}

#[cfg(unix)]
#[test]
fn no_link_leads_out_of_the_folder() {
    let folder = Folder::new();
    for name in ["out", "elsewhere", "out/inner"] {
        std::fs::create_dir(folder.0.join(name)).expect("a folder");
    }
    folder.put("elsewhere/x.kql", "old");
    std::os::unix::fs::symlink("../elsewhere", folder.0.join("out/kql")).expect("a link");
    std::os::unix::fs::symlink("../elsewhere/x.kql", folder.0.join("out/x.kql")).expect("a link");
    std::os::unix::fs::symlink("inner", folder.0.join("out/spl")).expect("a link");
    let mut writer = Writer::below(&folder.0.join("out")).expect("a folder");
    for (name, written) in
        [("kql/x.kql", false), ("kql/y/x.kql", false), ("x.kql", false), ("spl/x.spl", true)]
    {
        assert_eq!(writer.write(Path::new(name), b"new", Before::Any), written, "{name}");
    }
    assert_eq!(folder.get("elsewhere/x.kql"), "old");
    assert_eq!(folder.get("out/inner/x.spl"), "new");
    assert!(!writer.remove(Path::new("kql/x.kql")));
}

/// A draft of the same name, or a link in its place, is neither written to nor in the way.
#[cfg(unix)]
#[test]
fn a_planted_draft_is_not_followed() {
    let folder = Folder::new();
    folder.put("victim", "old");
    for count in 0..200 {
        let name = format!(".sigmata-{}-{count}.part", std::process::id());
        if count % 16 < 8 {
            std::os::unix::fs::symlink("victim", folder.0.join(name)).expect("a link");
        }
    }
    for _ in 0..8 {
        let _ = one(&folder.0.join("x"), b"new", Before::Any);
    }
    assert_eq!(folder.get("victim"), "old");
    assert_eq!(folder.get("x"), "new");
}

/// Each step of writing fails once, and the process is stopped at each: a file is the old or the new one, never half, and
/// never silently.
#[test]
fn whatever_step_fails_a_file_is_the_old_or_the_new_one() {
    let (old, new) = ("old and longer than the other", "new");
    for onwards in [false, true] {
        for at in 0.. {
            let folder = Folder::new();
            let paths = [folder.put("a", old), folder.0.join("b"), folder.put("c", old)];
            let plan = faults::plan(&folder.0, at, onwards);
            let mut writer = Writer::anywhere();
            for path in &paths {
                let before =
                    if path.ends_with("b") { Before::Nothing } else { Before::Bytes(old.as_bytes()) };
                writer.write(path, new.as_bytes(), before);
            }
            let failed = plan.failed();
            drop(plan);
            for path in &paths {
                let text = std::fs::read_to_string(path).unwrap_or_default();
                let told = writer
                    .failures
                    .iter()
                    .any(|failure| failure.to_string().contains(&format!("`{}`", path.display())));
                let stale = if path.ends_with("b") { "" } else { old };
                assert!(text == new && !told || text == stale && told, "{failed:?}: {path:?} {text} {told}");
            }
            if !onwards {
                assert_eq!(folder.drafts(), 0, "{failed:?}");
            }
            if failed.is_none() {
                assert!(at > 15, "only {at} steps were counted");
                break;
            }
        }
    }
}
