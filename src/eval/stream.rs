//! Events in the bytes of a file.
//!
//! Read are JSON lines, JSON arrays, single objects on any number of lines, and objects one after the other; the
//! envelopes of `envelope` are taken off.
//! A value that is not valid JSON is an error with its line, and reading goes on at the next line on which a value can begin:
//! not further right than the broken one, so that the inside of a broken object is never taken for an event.
//! Events are counted from 0 after unwrapping; what is broken does not count.
//!
//! A file may come in parts: what one [`Reader`] leaves, where and in which [`State`], the next goes on with, and the
//! events are those of the whole.

use std::collections::VecDeque;
use std::mem;
use std::str::FromStr;

use super::Event;
use super::envelope::{unwrap, unwrap_at};
use super::json::{Json, Spare, Tape, repeated, value};

/// The largest event that is read, in bytes of its text (16 MiB). An envelope or array may be larger.
pub const MAX_EVENT_BYTES: usize = 16 << 20;

/// An event and where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    /// The place among the events of the file, from 0.
    pub index: u64,
    /// The line on which it, or its envelope, begins, from 1.
    pub line: u64,
    /// The event.
    pub event: Event,
}

/// Something in the file that is not an event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct ReadError {
    /// The line on which it begins, from 1.
    pub line: u64,
    /// What is wrong, in one clause.
    pub reason: String,
}

/// Where the events are in each value of a file, by a JSON pointer (RFC 6901).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointer(String);

impl FromStr for Pointer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.is_empty() || text.starts_with('/') {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!("`{text}` is not a valid JSON pointer: it must be empty or begin with `/`"))
        }
    }
}

/// What is known of a file where a part of it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// The line, from 1.
    pub line: u64,
    /// Whether it is the beginning of the file.
    first: bool,
    /// Whether a top-level array is open; its elements are read one by one.
    in_array: bool,
    /// Whether a comma has been passed, or none can be here.
    comma: bool,
    /// How far right the line begins, where the part does not begin with it.
    margin: Option<usize>,
    /// Past a broken value, its margin: lines that lie further right are passed over.
    skipping: Option<usize>,
}

impl Default for State {
    /// The beginning of a file.
    fn default() -> Self {
        Self { line: 1, first: true, in_array: false, comma: true, margin: None, skipping: None }
    }
}

impl State {
    /// Whether a part in this state reads as one in the other, wherever it is.
    pub fn agrees(self, other: Self) -> bool {
        let anywhere = |state| Self { line: 0, first: false, ..state };
        anywhere(self) == anywhere(other)
    }

    /// The state at another line of the file, if nothing changes until there.
    #[must_use]
    pub const fn at_line(self, line: u64) -> Self {
        Self { line, first: false, margin: None, ..self }
    }
}

/// Reads the events of a file, in order.
#[derive(Debug)]
pub struct Reader<'b> {
    bytes: &'b [u8],
    /// The bytes, where they are UTF-8 throughout.
    text: Option<&'b str>,
    /// Whether the file ends with the bytes.
    last: bool,
    pointer: Option<Pointer>,
    state: State,
    /// The next byte.
    at: usize,
    /// Where the bytes end too soon to tell what is there.
    left: Option<usize>,
    /// A byte and the line that it is on.
    counted: (usize, u64),
    /// Where the value began that was read last.
    started: usize,
    ready: VecDeque<Result<(u64, Event), ReadError>>,
    index: u64,
    repeated: Option<Repeated>,
    spare: Spare<'b>,
}

/// Values of which an object has a key twice. Here the last counts; a platform may take the first, or both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeated {
    /// How many values there are.
    pub count: u64,
    /// The line on which the first of them begins, from 1.
    pub line: u64,
    /// The key.
    pub key: String,
}

/// What is done with an event, or with something that is none.
type Visit<'v> = &'v mut dyn FnMut(Result<&Json<'_>, ReadError>);

impl<'b> Reader<'b> {
    /// Reads the text of a file. With a pointer, the events are at it in every top-level value, or in every element
    /// of a top-level array, and no envelope is looked for.
    pub fn new(bytes: &'b [u8], pointer: Option<Pointer>) -> Self {
        Self::part(bytes, pointer, State::default(), true)
    }

    /// Reads a part of a file, of which `last` says whether it is the end. A part ends best with a line.
    pub fn part(bytes: &'b [u8], pointer: Option<Pointer>, state: State, last: bool) -> Self {
        let at = if state.first && bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let counted = (0, state.line);
        let (bytes, text) = match std::str::from_utf8(bytes) {
            Ok(text) => (bytes, Some(text)),
            // The rest of the last character is in the next part.
            Err(error) if !last && error.error_len().is_none() => {
                let bytes = bytes.get(..error.valid_up_to()).unwrap_or_default();
                (bytes, std::str::from_utf8(bytes).ok())
            }
            Err(_) => (bytes, None),
        };
        let (ready, spare) = (VecDeque::new(), Spare::default());
        let (index, left, repeated, started) = (0, None, None, 0);
        Self { bytes, text, last, pointer, state, at, left, counted, started, ready, index, repeated, spare }
    }

    /// The values read so far, envelopes or events, of which an object has a key twice.
    pub fn repeated(&mut self) -> Option<Repeated> {
        self.repeated.take()
    }

    /// Where the part was left, once everything in it has been read: at its end, or where a value begins that does not
    /// end in it.
    pub fn end(mut self) -> (usize, State) {
        let at = self.left.unwrap_or(self.at);
        let begin = self.line_start(at);
        let passed = self.bytes.get(begin..at).unwrap_or_default();
        let margin = match self.state.margin {
            Some(margin) if begin == 0 => Some(margin),
            _ if passed.is_empty() => None,
            // How far right the line begins is not known yet; nothing is lost by reading its blanks again.
            _ if indent(passed) == passed.len() && !self.last => return self.end_at(begin, None),
            _ => Some(indent(passed)),
        };
        self.end_at(at, margin)
    }

    fn end_at(&mut self, at: usize, margin: Option<usize>) -> (usize, State) {
        let line = self.line(at);
        (at, State { line, first: self.state.first && at == 0, margin, ..self.state })
    }

    /// Where the line of a byte begins; 0 also where it began before the part.
    fn line_start(&self, at: usize) -> usize {
        let passed = self.bytes.get(..at).unwrap_or_default();
        passed.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1)
    }

    fn byte(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// The line of a byte. Bytes are asked for in ascending order, so the file is counted through once.
    fn line(&mut self, at: usize) -> u64 {
        let (from, line) = self.counted;
        let passed = self.bytes.get(from..at).unwrap_or_default();
        self.counted = (at.max(from), line + lines(passed));
        self.counted.1
    }

    /// Reads on to the next value and calls `visit` with each event in it; `false` at the end.
    pub fn read(&mut self, visit: Visit<'_>) -> bool {
        if self.state.first && (self.bytes.starts_with(b"\xff\xfe") || self.bytes.starts_with(b"\xfe\xff")) {
            self.state.first = false;
            self.at = self.bytes.len();
            visit(Err(ReadError { line: 1, reason: "the file is UTF-16; JSON is UTF-8".to_owned() }));
        }
        if let Some(margin) = self.state.skipping {
            self.skip_lines(margin);
        }
        while self.left.is_none() {
            match self.byte() {
                None if self.state.in_array && self.last => {
                    (self.state.in_array, self.state.comma) = (false, true);
                    let line = self.line(self.at);
                    visit(Err(ReadError { line, reason: "the array is not closed".to_owned() }));
                    return true;
                }
                None => return false,
                Some(b' ' | b'\t' | b'\r' | b'\n') => self.at += 1,
                Some(b'[') if !self.state.in_array => {
                    self.state.in_array = true;
                    self.state.comma = true;
                    self.at += 1;
                }
                Some(b']') if self.state.in_array => {
                    self.state.in_array = false;
                    self.state.comma = true;
                    self.at += 1;
                }
                Some(b',') if !self.state.comma => {
                    self.state.comma = true;
                    self.at += 1;
                }
                Some(_) => {
                    if self.value(visit) {
                        self.state.comma = !self.state.in_array;
                        return true;
                    }
                }
            }
        }
        false
    }

    /// Reads the value that begins here; `false` where the bytes end too soon.
    fn value(&mut self, visit: Visit<'_>) -> bool {
        let start = self.at;
        self.started = start;
        let rest = self.bytes.get(start..).unwrap_or_default();
        let parsed = if let Some(text) = self.text.and_then(|text| text.get(start..)) {
            Tape::first(text, mem::take(&mut self.spare))
        } else {
            Tape::next(serde_json::Deserializer::from_slice(rest))
        };
        match parsed {
            None => self.at = self.bytes.len(),
            Some(Ok((tape, length))) => {
                // More digits may follow.
                let ends = length < rest.len() || matches!(rest.last(), Some(b'}' | b']' | b'"'));
                if !self.last && !ends {
                    self.left = Some(start);
                    return false;
                }
                self.at = start + length;
                self.events(tape.root(), start, length, visit);
                self.spare = tape.spare();
            }
            Some(Err(error)) if error.is_eof() && !self.last => {
                self.left = Some(start);
                return false;
            }
            Some(Err(error)) => {
                if !self.last && !rest.contains(&b'\n') {
                    self.left = Some(start);
                    return false;
                }
                let line = self.line(start);
                let mut reason = reason(&error, line);
                if self.text.is_none() {
                    reason = reason.replace("invalid unicode code point", "invalid UTF-8");
                }
                visit(Err(ReadError { line, reason }));
                self.recover(start);
            }
        }
        true
    }

    /// The events of a value.
    fn events(&mut self, root: &Json<'_>, start: usize, length: usize, visit: Visit<'_>) {
        let pointer = self.pointer.take();
        let each = |visit: &mut dyn FnMut(Result<&Json<'_>, String>)| match &pointer {
            Some(Pointer(pointer)) => unwrap_at(root, pointer, visit),
            None => unwrap(root, visit),
        };
        let mut key = repeated(root).map(str::to_owned);
        let inside = root.as_ptr_range();
        let mut tell = |found: Result<&Json<'_>, String>| match found {
            Ok(event) => {
                // An envelope can hold events as texts.
                if key.is_none() && !inside.contains(&event.as_ptr()) {
                    key = repeated(event).map(str::to_owned);
                }
                visit(Ok(event));
            }
            Err(reason) => visit(Err(ReadError { line: self.line(start), reason })),
        };
        let mut count = 0_usize;
        if length > MAX_EVENT_BYTES {
            each(&mut |_| count += 1);
        }
        if count == 1 {
            tell(Err(format!("the event is larger than {MAX_EVENT_BYTES} bytes")));
        } else {
            each(&mut tell);
        }
        self.pointer = pointer;
        if let Some(key) = key {
            let line = self.line(start);
            self.repeated.get_or_insert(Repeated { count: 0, line, key }).count += 1;
        }
    }

    /// Moves on from a broken value to the next line on which another can begin.
    fn recover(&mut self, start: usize) {
        let begin = self.line_start(start);
        let known = self.state.margin.filter(|_| begin == 0);
        let margin = known.unwrap_or_else(|| indent(self.bytes.get(begin..).unwrap_or_default()));
        match self.line_after(start) {
            Some(next) => {
                self.at = next;
                self.skip_lines(margin);
            }
            None => self.at = self.bytes.len(),
        }
    }

    /// Where the line begins that follows the one of a byte.
    fn line_after(&self, at: usize) -> Option<usize> {
        let rest = self.bytes.get(at..).unwrap_or_default();
        rest.iter().position(|&byte| byte == b'\n').map(|end| at + end + 1)
    }

    /// Passes over the lines that are the inside of a broken value with this margin.
    fn skip_lines(&mut self, margin: usize) {
        self.state.skipping = Some(margin);
        loop {
            let next = self.line_after(self.at);
            if next.is_none() && !self.last {
                self.left = Some(self.at);
                return;
            }
            let line = self.bytes.get(self.at..).unwrap_or_default();
            let indent = indent(line);
            let inside = match line.get(indent) {
                None | Some(b'\r' | b'\n' | b'}' | b'"') => true,
                Some(b']' | b',') => !self.state.in_array || indent > margin,
                Some(_) => indent > margin,
            };
            if !inside {
                break;
            }
            let Some(next) = next else {
                self.at = self.bytes.len();
                break;
            };
            self.at = next;
        }
        self.state.skipping = None;
    }
}

/// How far right a line begins.
fn indent(line: &[u8]) -> usize {
    line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

/// How many lines end in bytes.
pub fn lines(bytes: &[u8]) -> u64 {
    // In pieces that a byte can count and that a vector divides, which the compiler makes fast.
    let in_piece = |piece: &[u8]| piece.iter().map(|&byte| u8::from(byte == b'\n')).sum::<u8>();
    bytes.chunks(192).map(|piece| u64::from(in_piece(piece))).sum()
}

impl Iterator for Reader<'_> {
    type Item = Result<Read, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.ready.is_empty() {
            let mut found = Vec::new();
            let more = self.read(&mut |read| {
                found.push(read.map(|event| Event::new(value(event))));
            });
            let line = self.line(self.started);
            if found.is_empty() && !more {
                return None;
            }
            self.ready.extend(found.into_iter().map(|found| found.map(|event| (line, event))));
        }
        self.ready.pop_front().map(|found| {
            found.map(|(line, event)| {
                let index = self.index;
                self.index += 1;
                Read { index, line, event }
            })
        })
    }
}

/// How deep objects and arrays may lie in one another: as deep as the parser goes.
const MAX_DEPTH: usize = 127;

/// The parser's reason, with the place in the file where it is on another line than the value's first.
fn reason(error: &serde_json::Error, line: u64) -> String {
    let text = error.to_string();
    let text = match text.split(" at line ").next().unwrap_or_default() {
        "recursion limit exceeded" => format!("objects and arrays nest deeper than {MAX_DEPTH} levels"),
        "expected ident" => "not valid JSON: expected `true`, `false` or `null`".to_owned(),
        text => format!("not valid JSON: {text}"),
    };
    match error.line() {
        0 | 1 => format!("{text} (column {})", error.column()),
        further => format!("{text} (line {})", line + further as u64 - 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn show(bytes: &[u8], pointer: Option<&str>) -> Vec<String> {
        Reader::new(bytes, pointer.map(|text| text.parse().unwrap()))
            .map(|read| match read {
                Ok(Read { index, line, event }) => format!("{index}@{line} {}", event.value()),
                Err(ReadError { line, reason }) => {
                    format!("!{line} {}", reason.split(':').next().unwrap_or_default())
                }
            })
            .collect()
    }

    fn check(text: &str, expected: &[&str]) {
        assert_eq!(show(text.as_bytes(), None), expected, "{text}");
    }

    #[test]
    fn the_forms_of_files_are_told_apart_by_themselves() {
        check("", &[]);
        check(" \n\n", &[]);
        check("{\"a\":1}\n\n{\"a\":2}\r\n", &[r#"0@1 {"a":1}"#, r#"1@3 {"a":2}"#]);
        check("\u{feff}{\"a\":1}", &[r#"0@1 {"a":1}"#]);
        check("{\n  \"a\": {\n    \"b\": 1\n  }\n}\n", &[r#"0@1 {"a":{"b":1}}"#]);
        check("{\"a\":1}{\"a\":2} {\"a\":3}", &[r#"0@1 {"a":1}"#, r#"1@1 {"a":2}"#, r#"2@1 {"a":3}"#]);
        check("[\n{\"a\":1},\n{\"a\":2}\n]\n", &[r#"0@2 {"a":1}"#, r#"1@3 {"a":2}"#]);
        check("[]", &[]);
        check("[{\"a\":1}]\n[{\"a\":2}]", &[r#"0@1 {"a":1}"#, r#"1@2 {"a":2}"#]);
        check(r#"{"n":18446744073709551616.10}"#, &[r#"0@1 {"n":18446744073709551616.10}"#]);
    }

    #[test]
    fn envelopes_are_taken_off() {
        check(r#"{"Records":[{"a":1},{"a":2}]}"#, &[r#"0@1 {"a":1}"#, r#"1@1 {"a":2}"#]);
        check(r#"{"records":[{"a":1}],"x":1}"#, &[r#"0@1 {"a":1}"#]);
        check(r#"{"kind":"k","etag":"e","nextPageToken":"t","items":[{"a":1}]}"#, &[r#"0@1 {"a":1}"#]);
        check(r#"{"events":[{"a":1}],"searchedLogStreams":[{"x":1}],"nextToken":"t"}"#, &[r#"0@1 {"a":1}"#]);
        check(r#"{"Operation":"x","AuditData":"{\"a\":1}"}"#, &[r#"0@1 {"a":1}"#]);
        check(
            r#"[{"AuditData":{"a":1}},{"AuditData":"x"}]"#,
            &[r#"0@1 {"a":1}"#, "!1 `AuditData` is not the text of a JSON object"],
        );
        check(r#"{"source":"s","license":"l","event":{"Records":[{"a":1}]}}"#, &[r#"0@1 {"a":1}"#]);
        check(r#"{"items":[]}"#, &[]);
    }

    #[test]
    fn an_event_with_a_list_of_its_own_is_no_envelope() {
        for event in [
            r#"{"kind":"admin#reports#activity","id":{"time":"t"},"actor":{},"events":[{"name":"n"}]}"#,
            r#"{"eventName":"x","items":[{"a":1}]}"#,
            r#"{"eventName":"x","records":[]}"#,
            r#"{"items":["a"]}"#,
            r#"{"event":{"action":"x"},"source":{"ip":"1"}}"#,
        ] {
            check(event, &[&format!("0@1 {event}")]);
        }
    }

    #[test]
    fn what_is_broken_is_told_and_the_rest_is_read() {
        check(
            "{\"a\":1}\nnot json\nnor this\n{\"a\":2}",
            &[r#"0@1 {"a":1}"#, "!2 not valid JSON", "!3 not valid JSON", r#"1@4 {"a":2}"#],
        );
        check("{\"a\":\n{\"a\":2}\n{\"a\":3}", &["!1 not valid JSON", r#"0@2 {"a":2}"#, r#"1@3 {"a":3}"#]);
        check("{\n  \"a\": 1,\n  {\"b\": 2}\n}\n{\"a\":2}", &["!1 not valid JSON", r#"0@5 {"a":2}"#]);
        check("[\n  {\"a\": },\n  {\"a\": 2}\n]", &["!2 not valid JSON", r#"0@3 {"a":2}"#]);
        check("[{\"a\":1}", &[r#"0@1 {"a":1}"#, "!1 the array is not closed"]);
        check("5\n{\"a\":1}", &["!1 an event is a JSON object, not a number", r#"0@2 {"a":1}"#]);
        check("{\"a\":\"\\ud800\"}\n{\"a\":1}", &["!1 not valid JSON", r#"0@2 {"a":1}"#]);
        assert_eq!(show(b"{\"a\":\"\xff\"}\n{\"a\":1}", None), ["!1 not valid JSON", r#"0@2 {"a":1}"#]);
        assert_eq!(show(b"\xff\xfe{\0}\0", None), ["!1 the file is UTF-16; JSON is UTF-8"]);
    }

    #[test]
    fn the_depth_is_bounded_and_the_bound_is_named() {
        let nested = |levels: usize| {
            format!("{{\"a\":{}{}}}\n{{\"a\":1}}", "[".repeat(levels - 1), "]".repeat(levels - 1))
        };
        let read = |text: &str| {
            Reader::new(text.as_bytes(), None)
                .map(|read| read.map(|read| read.line).map_err(|fault| fault.to_string()))
                .collect::<Vec<_>>()
        };
        assert_eq!(read(&nested(MAX_DEPTH)), [Ok(1), Ok(2)]);
        let told = format!("line 1: objects and arrays nest deeper than {MAX_DEPTH} levels (column 132)");
        assert_eq!(read(&nested(MAX_DEPTH + 1)), [Err(told), Ok(2)]);
    }

    #[test]
    fn a_pointer_names_another_envelope() {
        let at = |text: &str, pointer| show(text.as_bytes(), Some(pointer));
        assert_eq!(at(r#"{"d":{"e":[{"a":1}]}}"#, "/d/e"), [r#"0@1 {"a":1}"#]);
        assert_eq!(at("[{\"e\":{\"a\":1}},{}]", "/e"), [r#"0@1 {"a":1}"#, "!1 there is nothing at `/e`"]);
        assert_eq!(at(r#"{"e":"{\"a\":1}"}"#, "/e"), [r#"0@1 {"a":1}"#]);
        assert_eq!(at(r#"{"e":["[]"]}"#, "/e"), ["!1 an event is a JSON object, not an array"]);
        assert_eq!(at(r#"{"Records":[{"a":1}]}"#, ""), [r#"0@1 {"Records":[{"a":1}]}"#]);
        assert!("e".parse::<Pointer>().is_err());
    }

    #[test]
    fn hostile_files_end() {
        let deep = "[".repeat(100_000);
        assert!(Reader::new(deep.as_bytes(), None).all(|read| read.is_err()));
        let lines = "[\n".repeat(20_000);
        assert!(Reader::new(lines.as_bytes(), None).all(|read| read.is_err()));
        let objects = "{\"a\":\n".repeat(20_000);
        assert!(Reader::new(objects.as_bytes(), None).all(|read| read.is_err()));
        let large = format!("{{\"a\":\"{}\"}}", "x".repeat(MAX_EVENT_BYTES));
        assert!(Reader::new(large.as_bytes(), None).all(|read| read.is_err()));
    }

    /// What was read; of an error its line and kind, because the column may lie in another part.
    fn told(read: Result<Read, ReadError>) -> String {
        match read {
            Ok(Read { index, line, event }) => format!("{index}@{line} {event}"),
            Err(ReadError { line, reason }) => format!("!{line} {reason}"),
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_to_the_end(text in "[\\[\\]{},:\"a1\n ]{0,60}") {
            prop_assert!(Reader::new(text.as_bytes(), None).count() <= 2 * text.len() + 1);
        }

        #[test]
        fn parts_hold_what_the_whole_holds(text in "([\\[\\]{},:\"a1 ]|\n|\n|é|\\{\"a\":1\\}|\\{\"a\":\n| \"b\"){0,40}", size in 1_usize..9) {
            let whole: Vec<_> = Reader::new(text.as_bytes(), None).map(told).collect();
            let (mut parts, mut state, mut events) = (Vec::new(), State::default(), 0);
            let (mut window, mut rest, mut grown) = (Vec::new(), text.as_bytes(), size);
            loop {
                let (more, after) = rest.split_at(grown.min(rest.len()));
                window.extend_from_slice(more);
                rest = after;
                let mut reader = Reader::part(&window, None, state, rest.is_empty());
                for read in reader.by_ref() {
                    let read = read.map(|read| Read { index: read.index + events, ..read });
                    parts.push(told(read));
                }
                events += reader.index;
                let (at, end) = reader.end();
                state = end;
                window.drain(..at);
                if rest.is_empty() {
                    break;
                }
                grown = if at == 0 { grown * 2 } else { size };
            }
            prop_assert_eq!(parts, whole, "{:?}", text);
        }

        #[test]
        fn lines_and_arrays_hold_the_same_events(numbers in proptest::collection::vec(0_u32..100, 0..8)) {
            let events: Vec<String> = numbers.iter().map(|n| format!("{{\"n\":{n}}}")).collect();
            let read = |text: &str| -> Vec<Event> {
                Reader::new(text.as_bytes(), None).map(|read| read.unwrap().event).collect()
            };
            let expected: Vec<Event> =
                events.iter().map(|event| Event::new(serde_json::from_str(event).unwrap())).collect();
            prop_assert_eq!(&read(&events.join("\n")), &expected);
            prop_assert_eq!(&read(&format!("[{}]", events.join(", "))), &expected);
            prop_assert_eq!(&read(&format!("{{\"Records\":[{}]}}", events.join(","))), &expected);
        }
    }
}
