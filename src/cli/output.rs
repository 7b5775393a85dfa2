//! The door to the outside: the one module that prints.
//!
//! Texts come here with whatever rules, events, names of files and arguments hold. For people, what a terminal or the
//! runner of a workflow would obey is made visible; JSON says the same with escapes; and what has to be given on to the
//! byte is given on only where nothing in it is obeyed.

use std::borrow::Cow;
use std::cell::RefCell;
use std::io::{self, BufWriter, ErrorKind, IsTerminal, Write};
use std::rc::Rc;

use serde_json::Value;

use super::args::Colour;
use super::grouped::{self, Logs};
use super::pager::{Pager, Stream};
use super::{Failure, Outcome, layout};
use crate::diagnostic::render::{self, Finding, Format, Layout};
use crate::source::visible;

/// Where a style of our own begins and ends inside a text: characters that no text has, which become the codes of a
/// terminal, or nothing, when the text is printed.
const STYLES: [(char, &str); 4] =
    [('\u{fdd0}', "\u{1b}[1m"), ('\u{fdd1}', "\u{1b}[32m"), ('\u{fdd2}', "\u{1b}[31m"), (OFF, "\u{1b}[0m")];
const OFF: char = '\u{fdd3}';

/// How a word of our own is set off.
#[derive(Clone, Copy, Debug)]
pub(super) enum Style {
    Bold = 0,
    Green = 1,
    Red = 2,
}

/// A text in a style.
pub(super) fn styled(text: &str, style: Style) -> String {
    let on = STYLES.get(style as usize).map_or(OFF, |(mark, _)| *mark);
    format!("{on}{text}{OFF}")
}

/// A text without the marks of styles.
pub(super) fn plain(text: &str) -> String {
    text.chars().filter(|char| STYLES.iter().all(|(mark, _)| mark != char)).collect()
}

/// Whether standard output and standard error are coloured.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Colours {
    pub stdout: bool,
    pub stderr: bool,
}

impl Colours {
    fn choose(wish: Colour) -> Self {
        let auto = |choice: anstream::ColorChoice| choice != anstream::ColorChoice::Never;
        match wish {
            Colour::Always => Self { stdout: true, stderr: true },
            Colour::Never => Self { stdout: false, stderr: false },
            Colour::Auto => Self {
                stdout: auto(anstream::AutoStream::choice(&io::stdout())),
                stderr: auto(anstream::AutoStream::choice(&io::stderr())),
            },
        }
    }
}

/// Where standard output leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Standard error is seen there too, line by line.
    Terminal,
    /// A file of a report, whose text nothing obeys.
    File,
    Other,
}

/// Standard output, buffered, and standard error. A reader that goes away ends the output without a word, and the run
/// with exit code 2: what it did not take was not looked at.
pub(super) struct Output {
    stdout: BufWriter<Box<dyn Write>>,
    stderr: Box<dyn Write>,
    place: Place,
    broken: Option<io::Error>,
    /// Whether something was not given on, since a terminal or a runner would obey it.
    refused: bool,
    quiet: bool,
    /// Whether findings of one cause are shown one by one.
    whole: bool,
    pager: Option<Rc<RefCell<Pager>>>,
    pub colour: Colours,
}

impl Output {
    /// That of the process.
    pub(super) fn standard() -> Self {
        let place = if io::stdout().is_terminal() { Place::Terminal } else { Place::Other };
        Self { place, ..Self::into(Box::new(io::stdout().lock()), Box::new(io::stderr())) }
    }

    /// Into the writers given, without colour.
    pub(super) fn into(stdout: Box<dyn Write>, stderr: Box<dyn Write>) -> Self {
        Self {
            stdout: BufWriter::with_capacity(1 << 16, stdout),
            stderr,
            place: Place::Other,
            broken: None,
            refused: false,
            quiet: false,
            whole: false,
            pager: None,
            colour: Colours::default(),
        }
    }

    /// Chooses colours, whether summaries and remarks are left out, and whether findings of one cause are shown one by
    /// one.
    pub(super) fn choose(&mut self, wish: Colour, quiet: bool, whole: bool) {
        self.colour = Colours::choose(wish);
        self.quiet = quiet;
        self.whole = whole;
    }

    /// Lets long text go through a pager where a terminal shows it. Standard error goes with it where it is shown there
    /// too.
    pub(super) fn page(&mut self) {
        let wanted = || Pager::wanted(layout::height()?, Box::new(io::stdout()));
        let Some(pager) = (self.place == Place::Terminal).then(wanted).flatten() else { return };
        let pager = Rc::new(RefCell::new(pager));
        self.stdout = BufWriter::with_capacity(1 << 16, Box::new(Stream(Rc::clone(&pager))));
        if io::stderr().is_terminal() {
            self.stderr = Box::new(Stream(Rc::clone(&pager)));
        }
        self.pager = Some(pager);
    }

    fn raw(&mut self, text: &str) {
        if self.broken.is_none() {
            self.broken = self.stdout.write_all(text.as_bytes()).err();
        }
    }

    /// Writes text for people to standard output.
    pub(super) fn text(&mut self, text: &str) {
        let shown = people(text, self.colour.stdout);
        self.raw(&shown);
    }

    /// Writes a line for people to standard output, with empty ones before and after it where the text begins or ends with
    /// ends of lines. One within it, such as that of a title on two lines, becomes a blank: nothing from outside makes a line.
    pub(super) fn line(&mut self, text: &str) {
        let line = text.trim_matches('\n');
        if line.contains(['\n', '\r']) {
            let before = text.len() - text.trim_start_matches('\n').len();
            let after = text.len() - text.trim_end_matches('\n').len();
            let line = line.replace(['\n', '\r'], " ");
            self.text(&format!("{}{line}{}", "\n".repeat(before), "\n".repeat(after)));
        } else {
            self.text(text);
        }
        self.raw("\n");
    }

    /// Writes a line for people to standard output that nobody must know, unless the run is quiet.
    pub(super) fn incidental(&mut self, text: &str) {
        if !self.quiet {
            self.line(text);
        }
    }

    /// Writes lines for people to standard output.
    pub(super) fn lines(&mut self, lines: &[String]) {
        for line in lines {
            self.line(line);
        }
    }

    /// Writes findings as they were rendered, with codes of colour of the renderer's, to standard output.
    fn findings(&mut self, rendered: &str) {
        let shown = coloured(rendered, self.colour.stdout);
        self.raw(&shown);
    }

    /// Writes findings for people to standard output, those of one cause once.
    pub(super) fn grouped(&mut self, findings: &[Finding<'_>], logs: &Logs<'_>) {
        self.findings(&grouped::texts(findings, logs, self.whole, self.layout()));
    }

    /// Writes a finding for people to standard output.
    pub(super) fn finding(&mut self, finding: Finding<'_>) {
        self.findings(&render::laid_out(finding, None, self.layout()));
    }

    fn layout(&self) -> Layout {
        Layout { colour: self.colour.stdout, width: self.width() }
    }

    /// Writes prose for people to standard output, broken where lines are too long, to the right of what is in front.
    pub(super) fn prose(&mut self, front: &str, text: &str) {
        let lines = layout::hanging(front, text, self.width());
        self.lines(&lines);
    }

    /// The same to standard error.
    pub(super) fn note_prose(&mut self, front: &str, text: &str) {
        for line in layout::hanging(front, text, Self::width_of_errors()) {
            self.note(&format!("{line}\n"));
        }
    }

    /// Writes prose to standard error that nobody must know, unless the run is quiet.
    pub(super) fn remark_prose(&mut self, text: &str) {
        if !self.quiet && !text.is_empty() {
            self.note_prose("", text);
        }
    }

    /// How many columns a line of standard output has, where that is known.
    pub(super) fn width(&self) -> Option<usize> {
        if self.place == Place::File { None } else { layout::width() }
    }

    /// Writes a report to standard output.
    pub(super) fn report(&mut self, format: Format, text: &str) {
        match format {
            Format::Json | Format::JsonLines | Format::Sarif | Format::GitLab => self.data(text),
            Format::GitHub => self.commands(text),
            Format::Text | Format::Concise | Format::JUnit => self.findings(text),
        }
    }

    /// Writes a JSON value to standard output.
    pub(super) fn json(&mut self, value: &Value) {
        self.data(&render::pretty(value));
        self.raw("\n");
    }

    /// Writes a JSON value as one line to standard output.
    pub(super) fn json_line(&mut self, value: &Value) {
        self.data(&render::compact(value));
        self.raw("\n");
    }

    /// Writes a piece of JSON to standard output.
    pub(super) fn data(&mut self, text: &str) {
        self.raw(&visible::json(text));
    }

    /// Writes workflow commands to standard output.
    pub(super) fn commands(&mut self, text: &str) {
        self.raw(&visible::commands(text));
    }

    /// Writes text to standard output to the byte, such as a rule; where a terminal or a runner would obey some of it,
    /// an error that names it in its place.
    pub(super) fn exact(&mut self, text: &str, what: &str) {
        self.given(text, what, visible::never_raw(text));
    }

    /// Writes a query to standard output to the byte; where some of it would be obeyed or is not seen, an error that names
    /// it in its place.
    pub(super) fn query(&mut self, text: &str, what: &str) {
        self.given(text, what, visible::never_in_query(text));
    }

    fn given(&mut self, text: &str, what: &str, held: Option<String>) {
        match held.filter(|_| self.place != Place::File) {
            None => self.raw(text),
            Some(held) => {
                self.refused = true;
                let error = styled("error", Style::Red);
                self.note(&format!(
                    "{error}: {what} is not printed: it holds {held}, which a terminal or a runner obeys or nobody sees; write it to a file, with `-o`\n"
                ));
            }
        }
    }

    /// Writes text for people to standard error, after what is in the buffer of standard output when both are a
    /// terminal.
    pub(super) fn note(&mut self, text: &str) {
        let shown = people(text, self.colour.stderr);
        self.aside(&shown);
    }

    /// Writes findings as they were rendered to standard error.
    fn note_findings(&mut self, rendered: &str) {
        let shown = coloured(rendered, self.colour.stderr);
        self.aside(&shown);
    }

    /// Writes findings for people to standard error, those of one cause once.
    pub(super) fn note_grouped(&mut self, findings: &[Finding<'_>], logs: &Logs<'_>) {
        self.note_findings(&grouped::texts(findings, logs, self.whole, self.layout_of_errors()));
    }

    /// Writes a finding for people to standard error.
    pub(super) fn note_finding(&mut self, finding: Finding<'_>) {
        self.note_findings(&render::laid_out(finding, None, self.layout_of_errors()));
    }

    fn width_of_errors() -> Option<usize> {
        layout::width_where(io::stderr().is_terminal())
    }

    fn layout_of_errors(&self) -> Layout {
        Layout { colour: self.colour.stderr, width: Self::width_of_errors() }
    }

    fn aside(&mut self, text: &str) {
        if self.is_terminal() && self.broken.is_none() {
            self.broken = self.stdout.flush().err();
        }
        // Nothing can be reported about a standard error that is closed.
        let _ = self.stderr.write_all(text.as_bytes());
    }

    /// Writes the last line for people, in bold, unless the run is quiet.
    pub(super) fn summary(&mut self, text: &str) {
        if !self.quiet {
            for line in layout::hanging("", text, self.width()) {
                let line = self.bold(&line);
                self.line(&line);
            }
        }
    }

    /// Writes to standard error what nobody must know, unless the run is quiet.
    pub(super) fn remark(&mut self, text: &str) {
        if !self.quiet {
            self.note(text);
        }
    }

    /// Says why a run could not be carried out.
    pub(super) fn failure(&mut self, failure: &Failure) {
        match failure {
            Failure::Setup(text) => self.note(text),
            Failure::Usage(_) | Failure::Io(_) | Failure::File { .. } => {
                let error = styled("error", Style::Red);
                self.note(&format!("{error}: {failure}\n"));
            }
        }
    }

    /// Whether standard output is a terminal.
    pub(super) fn is_terminal(&self) -> bool {
        self.place == Place::Terminal
    }

    /// Prints help.
    pub(super) fn help(&mut self, plain: &str, coloured_text: &str) {
        let colours = Colours::choose(Colour::Auto).stdout && self.is_terminal();
        self.raw(&coloured(if colours { coloured_text } else { plain }, colours));
    }

    /// A text in bold, where standard output is coloured.
    pub(super) fn bold(&self, text: &str) -> String {
        if self.colour.stdout { styled(text, Style::Bold) } else { text.to_owned() }
    }

    /// Ends the output, and says how that went.
    pub(super) fn finish(&mut self) -> Result<Outcome, Failure> {
        if self.broken.is_none() {
            self.broken = self.stdout.flush().err();
        }
        if let Some(pager) = &self.pager
            && let Err(error) = pager.borrow_mut().finish()
        {
            self.broken.get_or_insert(error);
        }
        match self.broken.take() {
            Some(error) if error.kind() == ErrorKind::BrokenPipe => Ok(Outcome::Broken),
            Some(error) => Err(Failure::Io(format!("standard output: {error}"))),
            None if self.refused => Ok(Outcome::Broken),
            None => Ok(Outcome::Clean),
        }
    }
}

/// An output that becomes a file.
pub(super) struct Captured {
    pub output: Output,
    kept: Rc<RefCell<Vec<u8>>>,
}

/// What is written stays in memory.
struct Kept(Rc<RefCell<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Captured {
    pub(super) fn new() -> Self {
        let kept = Rc::default();
        // What is reported aside is reported once, where the run prints.
        let output = Output::into(Box::new(Kept(Rc::clone(&kept))), Box::new(io::sink()));
        Self { output: Output { place: Place::File, ..output }, kept }
    }

    /// One for what another output would show.
    pub(super) fn like(other: &Output) -> Self {
        let mut new = Self::new();
        new.output.whole = other.whole;
        new
    }

    /// What was written.
    pub(super) fn bytes(mut self) -> Vec<u8> {
        // Memory takes everything.
        let _ = self.output.stdout.flush();
        self.kept.take()
    }
}

/// Asks on standard error for an answer, so that what is printed can be piped.
pub(super) fn prompt(text: &str) {
    // Nothing can be asked on a standard error that is closed.
    let _ = io::stderr().write_all(visible::lines(text).as_bytes());
}

/// Text for people, with the styles in it.
fn people(text: &str, colour: bool) -> Cow<'_, str> {
    if text.is_ascii() || !text.contains(|char: char| STYLES.iter().any(|(mark, _)| *mark == char)) {
        return visible::lines(text);
    }
    // The marks go first, so that what they set off is looked at as it will be in its line.
    let plain = plain(text);
    if !colour || plain != visible::lines(&plain) {
        return Cow::Owned(visible::lines(&plain).into_owned());
    }
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match STYLES.iter().find(|(mark, _)| *mark == char) {
            Some((_, code)) => out.push_str(code),
            None => out.push(char),
        }
    }
    Cow::Owned(out)
}

/// Rendered findings: the codes of colour stay, `ESC [`, numbers and `m`. What is between them was made visible when it
/// was rendered, and is looked at once more.
fn coloured(text: &str, colour: bool) -> Cow<'_, str> {
    if !text.contains('\u{1b}') {
        return visible::lines(text);
    }
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let mut parts = line.split("\u{1b}[");
        out.push_str(&visible::lines(parts.next().unwrap_or_default()));
        for part in parts {
            let end = part.find(|char: char| !char.is_ascii_digit() && char != ';').unwrap_or(part.len());
            let (code, rest) = part.split_at(end);
            match rest.strip_prefix('m') {
                Some(rest) if colour => {
                    out.push_str("\u{1b}[");
                    out.push_str(code);
                    out.push('m');
                    out.push_str(&visible::lines(rest));
                }
                Some(rest) => out.push_str(&visible::lines(rest)),
                None => out.push_str(&visible::lines(&format!("\u{1b}[{part}"))),
            }
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_are_those_of_our_own_alone() {
        let bold = styled("x", Style::Bold);
        for (text, colour, expected) in [
            (format!("{bold}: y"), true, "\u{1b}[1mx\u{1b}[0m: y"),
            (format!("{bold}: y"), false, "x: y"),
            (format!("{bold}: \u{1b}[8my"), true, "x: \u{241b}[8my"),
            (format!("{bold}\n::error::y"), true, "x\n\\::error::y"),
            ("\u{fdd0}::error::y".to_owned(), true, "\\::error::y"),
        ] {
            assert_eq!(people(&text, colour), expected);
        }
        for (text, colour, expected) in [
            ("\u{1b}[1;31merror\u{1b}[0m: a\n", true, "\u{1b}[1;31merror\u{1b}[0m: a\n"),
            ("\u{1b}[1;31merror\u{1b}[0m: a\n", false, "error: a\n"),
            ("\u{1b}[2J\u{1b}]0;x\u{7}", true, "\u{241b}[2J\u{241b}]0;x\u{2407}"),
        ] {
            assert_eq!(coloured(text, colour), expected);
        }
    }
}
