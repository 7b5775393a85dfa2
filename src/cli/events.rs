//! The bytes of event files, plain, gzip or zstd: the one module that names `flate2` and `ruzstd`.

use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::{Failure, Output, disk, files};
use crate::eval::stream::{ReadError, Repeated};
use crate::source::kind::FileKind;

/// The most bytes that the event file of a test may have, inflated (256 MiB).
const MOST: usize = 1 << 28;
/// How many bytes a compressed file gives, however small it is (1 GiB).
const FREELY: u64 = 1 << 30;
/// How many times its size it gives beyond that. Logs shrink to a thirtieth, and seldom to less than a hundredth.
const MOST_TIMES: u64 = 500;

/// What gzip files begin with.
const GZIP: &[u8] = &[0x1f, 0x8b];
/// What zstd files begin with.
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// What in an event file is not an event.
#[derive(Debug, Default)]
pub(super) struct NotEvents(u64);

/// How many of them are reported one by one.
const MOST_FAULTS: u64 = 10;

impl NotEvents {
    /// Reports one, while there are few.
    pub(super) fn tell(&mut self, name: &str, error: &ReadError, output: &mut Output) {
        self.0 += 1;
        if self.0 <= MOST_FAULTS {
            output.note(&format!("error: {name}: {error}\n"));
        }
    }

    /// Counts the others at the end of the file.
    pub(super) fn end(self, name: &str, output: &mut Output) {
        let more = self.0.saturating_sub(MOST_FAULTS);
        if more > 0 {
            output.note(&format!("error: {name}: {} no event either\n", places(more)));
        }
    }
}

/// Warns of the first value of a file in which an object has a key twice.
pub(super) fn warn(name: &str, Repeated { line, key, .. }: &Repeated, output: &mut Output) {
    output.note(&format!(
        "warning: {name}: line {line}: the key `{key}` is twice in one object; the last counts here, and platforms \
         may take the first\n"
    ));
}

/// Says how many values there are of which an object has a key twice, where the first has been warned of.
pub(super) fn sum(repeated: u64, output: &mut Output) {
    if repeated > 1 {
        output.note(&format!("{repeated} values with a key that is twice in one object\n"));
    }
}

fn places(count: u64) -> String {
    if count == 1 { "1 more place holds".to_owned() } else { format!("{count} more places hold") }
}

/// How much of a file is asked for at a time.
const BUFFER: usize = 1 << 17;
/// Room for so many bytes is made before they are read.
const AT_ONCE: usize = 4 << 20;

/// An event file that is read from its beginning to its end. Compression is recognised by the first bytes, whatever the
/// name of the file.
pub(super) struct Input {
    name: String,
    kind: &'static str,
    bytes: Box<dyn BufRead + Send>,
    passed: Arc<AtomicU64>,
    /// How many bytes it gave.
    given: u64,
    /// How many it gives, however small it is.
    freely: u64,
    size: u64,
}

impl Input {
    /// Opens a file; `-` is standard input.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let failure = |error: io::Error| Failure::io(path, &error);
        let passed = Arc::new(AtomicU64::new(0));
        let (file, size): (Box<dyn Read + Send>, u64) = if path == Path::new("-") {
            (Box::new(io::stdin()), 0)
        } else {
            let (source, size) = disk::Source::open(path).map_err(failure)?;
            (Box::new(source), size)
        };
        let counted = Counted { file, passed: Arc::clone(&passed) };
        let mut bytes = BufReader::with_capacity(BUFFER, counted);
        let mut head = Vec::new();
        // A pipe may give less than is asked for.
        (&mut bytes).take(4).read_to_end(&mut head).map_err(failure)?;
        let (is_gzip, is_zstd) = (head.starts_with(GZIP), is_zstd(&head));
        if !is_gzip && !is_zstd {
            let more = bytes.fill_buf().map_err(failure)?;
            if let Some(kind) = other_kind(&[&head, more].concat()) {
                let reason = format!("events in JSON are expected, but the file holds {}", kind.holds());
                return Err(Failure::file(path, reason));
            }
        }
        let whole = io::Cursor::new(head).chain(bytes);
        let (kind, bytes): (_, Box<dyn BufRead + Send>) = if is_gzip {
            ("gzip", Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(whole))))
        } else if is_zstd {
            let frames = Zstd { source: whole, frame: FrameDecoder::new(), open: false };
            ("zstd", Box::new(BufReader::with_capacity(BUFFER, frames)))
        } else {
            ("", Box::new(whole))
        };
        Ok(Self { name: path.display().to_string(), kind, bytes, passed, given: 0, freely: FREELY, size })
    }

    /// Adds bytes to `into` until it has `enough`; whether there may be more.
    pub(super) fn read(&mut self, into: &mut Vec<u8>, enough: usize) -> Result<bool, Failure> {
        let wanted = enough.saturating_sub(into.len());
        into.reserve(wanted.min(AT_ONCE));
        let mut read = 0;
        while read < wanted {
            let more = match self.bytes.fill_buf() {
                Ok(more) => more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Failure::Io(self.damaged(&error))),
            };
            let taken = more.len().min(wanted - read);
            let Some(more) = more.get(..taken).filter(|more| !more.is_empty()) else { break };
            into.extend_from_slice(more);
            self.bytes.consume(taken);
            read += taken;
        }
        self.given = self.given.saturating_add(read as u64);
        let times = self.given / self.passed.load(Ordering::Relaxed).max(1);
        if self.given > self.freely && times > MOST_TIMES && !self.kind.is_empty() {
            let (name, kind) = (&self.name, self.kind);
            return Err(Failure::Io(format!(
                "`{name}`: the {kind} holds over {MOST_TIMES} times its size, as no log does; give what is in it"
            )));
        }
        Ok(read == wanted)
    }

    fn damaged(&self, error: &io::Error) -> String {
        let reason = super::reason(error);
        match self.kind {
            "" => format!("`{}`: {reason}", self.name),
            kind => format!("`{}`: damaged {kind}: {reason}", self.name),
        }
    }

    /// How many bytes of the file have been read, and how many it has; 0 where that is not known.
    pub(super) fn progress(&self) -> (u64, u64) {
        (self.passed.load(Ordering::Relaxed), self.size)
    }
}

/// The kind of a file that holds no events, by its beginning.
fn other_kind(head: &[u8]) -> Option<FileKind> {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(head.get(..error.valid_up_to())?).ok()?,
    };
    FileKind::of(text).filter(|kind| !matches!(kind, FileKind::Json | FileKind::Baseline))
}

/// Whether bytes begin a zstd file, which may begin with a frame of other data.
fn is_zstd(head: &[u8]) -> bool {
    head.starts_with(ZSTD) || matches!(head, [first, 0x2a, 0x4d, 0x18, ..] if first & 0xf0 == 0x50)
}

/// The bytes of an event file beside a test, whole.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    if Input::open(path)?.read(&mut bytes, MOST.saturating_add(1))? {
        return Err(Failure::Io(format!(
            "`{}`: over 256 MiB of events; split the file",
            files::printed(path)
        )));
    }
    Ok(bytes)
}

/// Counts what passes.
struct Counted<R> {
    file: R,
    passed: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.passed.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// All frames of a zstd file, one after the other.
struct Zstd<R> {
    source: R,
    frame: FrameDecoder,
    /// Whether a frame has begun and not ended.
    open: bool,
}

impl<R: BufRead> Zstd<R> {
    /// Begins the next frame; `false` at the end of the file.
    fn begin(&mut self) -> io::Result<bool> {
        while !self.source.fill_buf()?.is_empty() {
            match self.frame.init(&mut self.source) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let length = u64::from(length);
                    if io::copy(&mut (&mut self.source).take(length), &mut io::sink())? < length {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                Err(_) => return Err(io::Error::other("what begins there is not a frame")),
            }
        }
        Ok(false)
    }
}

impl<R: BufRead> Read for Zstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.open && !self.begin()? {
                return Ok(0);
            }
            self.open = true;
            while self.frame.can_collect() == 0 && !self.frame.is_finished() {
                let one = BlockDecodingStrategy::UptoBlocks(1);
                self.frame
                    .decode_blocks(&mut self.source, one)
                    .map_err(|_| io::Error::other("a block cannot be inflated"))?;
            }
            let read = self.frame.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            let stored = self.frame.get_checksum_from_data();
            if stored.is_some() && stored != self.frame.get_calculated_checksum() {
                return Err(io::Error::other("the checksum differs"));
            }
            self.open = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    /// What a file of these bytes gives that is packed with gzip, in pieces, where little is given freely.
    fn unpacked(bytes: &[u8]) -> Result<usize, Failure> {
        let mut packed = GzEncoder::new(Vec::new(), Compression::best());
        packed.write_all(bytes).expect("written to memory");
        let path =
            std::env::temp_dir().join(format!("sigmata-packed-{}-{}", std::process::id(), bytes.len()));
        std::fs::write(&path, packed.finish().expect("written to memory")).expect("a file");
        let mut input = Input { freely: 1 << 16, ..Input::open(&path)? };
        let mut given = 0;
        let outcome = loop {
            let mut piece = Vec::new();
            match input.read(&mut piece, 1 << 14) {
                Ok(_) => given += piece.len(),
                Err(failure) => break Err(failure),
            }
            if piece.is_empty() {
                break Ok(given);
            }
        };
        std::fs::remove_file(&path).expect("removed");
        outcome
    }

    #[test]
    fn what_grows_as_no_log_does_is_refused() {
        // Nothing but blanks shrinks to a thousandth; lines of a log to a fiftieth at most.
        let blanks = vec![b' '; 4 << 20];
        let Err(Failure::Io(said)) = unpacked(&blanks) else { panic!("blanks are taken") };
        assert!(said.contains("holds over 500 times its size"), "{said}");
        let lines: String =
            (0..40_000).map(|at| format!("{{\"eventID\":\"{}\"}}\n", at * 7919 % 65_537)).collect();
        assert_eq!(unpacked(lines.as_bytes()).ok(), Some(lines.len()));
        // What is small is given freely, however it was packed.
        assert_eq!(unpacked(&blanks[..1 << 16]).ok(), Some(1 << 16));
    }
}
