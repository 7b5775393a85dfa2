//! Long text on a terminal goes through a pager: `SIGMATA_PAGER`, `PAGER`, or `less -R`.
//!
//! Text is held back until it is longer than the terminal; shorter text is printed as if there were no pager.

use std::cell::RefCell;
use std::io::{self, Write};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;

/// The pager where nobody names one.
const USUAL: &str = "less -R";
/// What `less` does where `LESS` does not say: end at once on a single screen and on Ctrl-C, colours, no other screen.
const LESS: &str = "FRXK";

/// Where text for a terminal is written, standard error too.
pub(super) struct Pager {
    /// The program and its arguments.
    command: Vec<String>,
    /// So many lines fit on the terminal.
    rows: usize,
    state: State,
    /// How the pager ended, where it failed.
    fault: Option<String>,
    /// The terminal.
    direct: Box<dyn Write>,
}

enum State {
    /// Nothing is shown yet.
    Holding {
        text: Vec<u8>,
        lines: usize,
    },
    Paging(Child),
    /// The reader has left the pager; nothing more is shown.
    Left,
    Direct,
}

/// What nobody saw whole, because the pager ended with a fault of its own.
const FAILED: &str = "failed, so the text was not shown whole; `--no-pager` prints it";

impl Pager {
    /// The pager of this process in front of a terminal with so many lines; `None` where nobody wants one.
    pub(super) fn wanted(rows: usize, terminal: Box<dyn Write>) -> Option<Self> {
        let command = command(&|name| std::env::var(name).ok())?;
        Some(Self::new(command, rows, terminal))
    }

    fn new(command: Vec<String>, rows: usize, direct: Box<dyn Write>) -> Self {
        Self { command, rows, state: State::Holding { text: Vec::new(), lines: 0 }, fault: None, direct }
    }

    fn take(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.state {
            State::Holding { text, lines } => {
                text.extend_from_slice(bytes);
                *lines += bytes.split(|&byte| byte == b'\n').count() - 1;
                if *lines >= self.rows {
                    return self.open();
                }
                Ok(())
            }
            State::Paging(child) => {
                let gave = child.stdin.as_mut().map(|pipe| pipe.write_all(bytes));
                if !matches!(gave, Some(Ok(()))) {
                    self.leave();
                }
                Ok(())
            }
            State::Left => Ok(()),
            State::Direct => self.direct.write_all(bytes),
        }
    }

    /// Starts the pager with what was held back. No shell reads its command.
    fn open(&mut self) -> io::Result<()> {
        let State::Holding { text, .. } = std::mem::replace(&mut self.state, State::Direct) else {
            return Ok(());
        };
        let Some((program, arguments)) = self.command.split_first() else {
            return self.direct.write_all(&text);
        };
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::piped());
        if std::env::var_os("LESS").is_none() {
            command.env("LESS", LESS);
        }
        match command.spawn() {
            Ok(child) => {
                self.state = State::Paging(child);
                self.take(&text)
            }
            // Text without a pager is better than no text.
            Err(_) => self.direct.write_all(&text),
        }
    }

    /// Waits until the reader has seen enough.
    fn leave(&mut self) {
        if let State::Paging(child) = &mut self.state {
            drop(child.stdin.take());
            let fault = match child.wait() {
                Ok(status) if status.success() => None,
                Ok(status) => Some(status.to_string()),
                Err(error) => Some(error.to_string()),
            };
            self.fault = fault.map(|how| format!("the pager `{}` {FAILED} ({how})", self.command.join(" ")));
            self.state = State::Left;
        }
    }

    /// Shows what is still held back, or waits for the pager; what is written later is printed as it comes.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.leave();
        if let State::Holding { text, .. } = std::mem::replace(&mut self.state, State::Direct) {
            self.direct.write_all(&text)?;
        }
        self.direct.flush()?;
        self.fault.take().map_or(Ok(()), |fault| Err(io::Error::other(fault)))
    }
}

/// What a pager is called, in words; `None` for none.
fn command(variable: &dyn Fn(&str) -> Option<String>) -> Option<Vec<String>> {
    let refused = variable("NO_PAGER").is_some_and(|text| !text.is_empty());
    if refused || variable("TERM").is_some_and(|term| term == "dumb") {
        return None;
    }
    let named = ["SIGMATA_PAGER", "PAGER"].into_iter().find_map(variable);
    let named = named.unwrap_or_else(|| USUAL.to_owned());
    let words: Vec<String> = named.split_whitespace().map(str::to_owned).collect();
    match words.first().map(String::as_str) {
        None | Some("cat") => None,
        Some(_) => Some(words),
    }
}

/// The pager as one of the streams that lead to it.
pub(super) struct Stream(pub Rc<RefCell<Pager>>);

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().take(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let pager = &mut *self.0.borrow_mut();
        match &mut pager.state {
            State::Direct => pager.direct.flush(),
            State::Holding { .. } | State::Paging(_) | State::Left => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_names_the_pager() {
        let less = || Some(vec!["less", "-R"]);
        for (variables, expected) in [
            (&[][..], less()),
            (&[("PAGER", "more")][..], Some(vec!["more"])),
            (&[("PAGER", "more"), ("SIGMATA_PAGER", "most -s")], Some(vec!["most", "-s"])),
            // Words, not a line for a shell.
            (&[("PAGER", "less; touch x")], Some(vec!["less;", "touch", "x"])),
            (&[("PAGER", "")], None),
            (&[("PAGER", "cat")], None),
            (&[("SIGMATA_PAGER", ""), ("PAGER", "less")], None),
            (&[("NO_PAGER", "1"), ("PAGER", "less")], None),
            (&[("NO_PAGER", "")], less()),
            (&[("TERM", "dumb")], None),
        ] {
            let variable = |name: &str| {
                variables.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned())
            };
            let expected = expected.map(|words| words.into_iter().map(str::to_owned).collect());
            assert_eq!(command(&variable), expected, "{variables:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn long_text_goes_through_the_pager() {
        let folder = std::env::temp_dir().join(format!("sigmata-pager-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let taken = folder.join("paged");
        // What leaves at once without a fault is a reader who has seen enough.
        for (program, arguments, rows, kept) in [
            ("tee", vec![taken.to_string_lossy().into_owned()], 2, Some("a\nb\nc\n")),
            ("tee", vec![taken.to_string_lossy().into_owned()], 9, None),
            ("true", vec![], 2, None),
            ("false", vec![], 2, None),
            ("no-such-pager", vec![], 2, None),
        ] {
            let _ = std::fs::remove_file(&taken);
            let shown = folder.join("shown");
            let file = std::fs::File::create(&shown).expect("a file");
            let command = [vec![program.to_owned()], arguments].concat();
            let pager = Rc::new(RefCell::new(Pager::new(command, rows, Box::new(file))));
            let (mut out, mut err) = (Stream(Rc::clone(&pager)), Stream(Rc::clone(&pager)));
            for (printed, text) in [(true, "a\n"), (false, "b\n"), (true, "c\n")] {
                let stream = if printed { &mut out } else { &mut err };
                stream.write_all(text.as_bytes()).and_then(|()| stream.flush()).expect("it is taken");
            }
            let ended = pager.borrow_mut().finish();
            assert_eq!(ended.is_ok(), program != "false", "{ended:?}");
            out.write_all(b"d\n").expect("it is taken");
            let direct = std::fs::read_to_string(&shown).expect("a file");
            assert_eq!(std::fs::read_to_string(&taken).ok().as_deref(), kept, "{program}");
            let is_paged = rows == 2 && program != "no-such-pager";
            assert_eq!(direct, if is_paged { "d\n" } else { "a\nb\nc\nd\n" }, "{program} {rows}");
        }
        let _ = std::fs::remove_dir_all(folder);
    }
}
