//! Events in the bytes of a file.
//!
//! Read are JSON lines, JSON arrays, single objects on any number of lines, and objects one after the other; the
//! envelopes of `envelope` are taken off.
//! A value that is no JSON is an error with its line, and reading goes on at the next line on which a value can begin:
//! not further right than the broken one, so that the inside of a broken object is never taken for an event.
//! Events are counted from 0 after unwrapping; what is broken does not count.

use std::collections::VecDeque;
use std::str::FromStr;

use serde_json::Value;

use super::Event;
use super::envelope::{unwrap, unwrap_at};

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

/// Something in the file that is no event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct ReadError {
    /// The line on which it begins, from 1.
    pub line: u64,
    /// What is wrong, in one clause.
    pub reason: String,
}

/// Where the events stand in each value of a file, by a JSON pointer (RFC 6901).
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

/// Reads the events of a file, in order.
#[derive(Debug)]
pub struct Reader<'b> {
    bytes: &'b [u8],
    pointer: Option<Pointer>,
    /// The next byte.
    at: usize,
    /// A byte and the line that it is on.
    counted: (usize, u64),
    /// Whether a top-level array is open; its elements are read one by one.
    in_array: bool,
    ready: VecDeque<(u64, Result<Value, String>)>,
    index: u64,
}

impl<'b> Reader<'b> {
    /// Reads the text of a file. With a pointer, the events stand at it in every top-level value, or in every element
    /// of a top-level array, and no envelope is looked for.
    pub fn new(bytes: &'b [u8], pointer: Option<Pointer>) -> Self {
        let at = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let mut reader =
            Self { bytes, pointer, at, counted: (0, 1), in_array: false, ready: VecDeque::new(), index: 0 };
        if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
            reader.at = bytes.len();
            reader.fail(1, "the file is UTF-16; JSON is UTF-8");
        }
        reader
    }

    /// How many bytes have been read.
    pub fn offset(&self) -> u64 {
        self.at as u64
    }

    fn fail(&mut self, line: u64, reason: impl Into<String>) {
        self.ready.push_back((line, Err(reason.into())));
    }

    fn byte(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// The line of a byte. Bytes are asked for in ascending order, so the file is counted through once.
    fn line(&mut self, at: usize) -> u64 {
        let (from, line) = self.counted;
        let passed = self.bytes.get(from..at).unwrap_or_default();
        let breaks = passed.split(|&byte| byte == b'\n').count() - 1;
        self.counted = (at.max(from), line + breaks as u64);
        self.counted.1
    }

    /// Reads on until something is ready; `None` at the end.
    fn fill(&mut self) -> Option<()> {
        let mut comma = !self.in_array;
        while self.ready.is_empty() {
            match self.byte() {
                None if self.in_array => {
                    self.in_array = false;
                    let line = self.line(self.at);
                    self.fail(line, "the array is not closed");
                }
                None => return None,
                Some(b' ' | b'\t' | b'\r' | b'\n') => self.at += 1,
                Some(b'[') if !self.in_array => {
                    self.in_array = true;
                    comma = true;
                    self.at += 1;
                }
                Some(b']') if self.in_array => {
                    self.in_array = false;
                    comma = true;
                    self.at += 1;
                }
                Some(b',') if !comma => {
                    comma = true;
                    self.at += 1;
                }
                Some(_) => {
                    self.value();
                    comma = !self.in_array;
                }
            }
        }
        Some(())
    }

    fn value(&mut self) {
        let start = self.at;
        let rest = self.bytes.get(start..).unwrap_or_default();
        let line = self.line(start);
        let mut values = serde_json::Deserializer::from_slice(rest).into_iter::<Value>();
        match values.next() {
            None => self.at = self.bytes.len(),
            Some(Ok(value)) => {
                let length = values.byte_offset();
                self.at = start + length;
                let mut found = Vec::new();
                match &self.pointer {
                    Some(Pointer(pointer)) => unwrap_at(value, pointer, &mut found),
                    None => unwrap(value, &mut found),
                }
                if found.len() == 1 && length > MAX_EVENT_BYTES {
                    found = vec![Err(format!("the event is larger than {MAX_EVENT_BYTES} bytes"))];
                }
                self.ready.extend(found.into_iter().map(|found| (line, found)));
            }
            Some(Err(error)) => {
                self.fail(line, reason(&error, line));
                self.recover(start);
            }
        }
    }

    /// Moves on from a broken value to the next line on which another can begin.
    fn recover(&mut self, start: usize) {
        let line_start =
            self.bytes.get(..start).and_then(|passed| passed.iter().rposition(|&byte| byte == b'\n'));
        let indent = |line: &[u8]| line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let margin = indent(self.bytes.get(line_start.map_or(0, |at| at + 1)..).unwrap_or_default());
        let mut at = start;
        loop {
            let rest = self.bytes.get(at..).unwrap_or_default();
            let Some(end) = rest.iter().position(|&byte| byte == b'\n') else {
                self.at = self.bytes.len();
                return;
            };
            at += end + 1;
            let line = self.bytes.get(at..).unwrap_or_default();
            let indent = indent(line);
            let inside = match line.get(indent) {
                None | Some(b'\r' | b'\n' | b'}' | b'"') => true,
                Some(b']' | b',') => !self.in_array || indent > margin,
                Some(_) => indent > margin,
            };
            if !inside {
                self.at = at;
                return;
            }
        }
    }
}

impl Iterator for Reader<'_> {
    type Item = Result<Read, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.fill()?;
        let (line, found) = self.ready.pop_front()?;
        Some(match found {
            Ok(value) => {
                let index = self.index;
                self.index += 1;
                Ok(Read { index, line, event: Event::new(value) })
            }
            Err(reason) => Err(ReadError { line, reason }),
        })
    }
}

/// The parser's reason, with the place in the file where it is on another line than the value's first.
fn reason(error: &serde_json::Error, line: u64) -> String {
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    match error.line() {
        0 | 1 => format!("no JSON: {text} (column {})", error.column()),
        further => format!("no JSON: {text} (line {})", line + further as u64 - 1),
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
            &[r#"0@1 {"a":1}"#, "!2 no JSON", "!3 no JSON", r#"1@4 {"a":2}"#],
        );
        check("{\"a\":\n{\"a\":2}\n{\"a\":3}", &["!1 no JSON", r#"0@2 {"a":2}"#, r#"1@3 {"a":3}"#]);
        check("{\n  \"a\": 1,\n  {\"b\": 2}\n}\n{\"a\":2}", &["!1 no JSON", r#"0@5 {"a":2}"#]);
        check("[\n  {\"a\": },\n  {\"a\": 2}\n]", &["!2 no JSON", r#"0@3 {"a":2}"#]);
        check("[{\"a\":1}", &[r#"0@1 {"a":1}"#, "!1 the array is not closed"]);
        check("5\n{\"a\":1}", &["!1 an event is a JSON object, not a number", r#"0@2 {"a":1}"#]);
        check("{\"a\":\"\\ud800\"}\n{\"a\":1}", &["!1 no JSON", r#"0@2 {"a":1}"#]);
        assert_eq!(show(b"{\"a\":\"\xff\"}\n{\"a\":1}", None), ["!1 no JSON", r#"0@2 {"a":1}"#]);
        assert_eq!(show(b"\xff\xfe{\0}\0", None), ["!1 the file is UTF-16; JSON is UTF-8"]);
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

    proptest! {
        #[test]
        fn any_bytes_are_read_to_the_end(text in "[\\[\\]{},:\"a1\n ]{0,60}") {
            prop_assert!(Reader::new(text.as_bytes(), None).count() <= 2 * text.len() + 1);
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
