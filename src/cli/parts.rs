//! Event files in parts: read in constant memory, worked on by every core, given out in order.

use std::mem;
use std::ops::Range;
use std::path::Path;

use rayon::prelude::*;

use super::events::Input;
use super::progress::Progress;
use super::{Failure, files};
use crate::eval::stream::{State, lines};

/// The largest value of a file, such as an envelope of many events (256 MiB). Twice as much can be in memory.
const MOST: usize = 1 << 28;

/// What work on a part gives, and where and in which state it left the part.
pub(super) type Left<T> = (T, (usize, State));

/// Works on a file in parts of about `size` bytes and gives each result to `take`, in the order of the file.
///
/// Parts are worked on at the same time, each as if the one before it ended between two events, which ends of lines
/// nearly always are. Where it did not, the work on what follows is done again from the right place: the results are
/// those of one pass over the whole.
pub(super) fn each<T: Send>(
    path: &Path,
    size: usize,
    work: impl Fn(&[u8], State, bool) -> Left<T> + Sync,
    take: &mut dyn FnMut(T),
) -> Result<(), Failure> {
    let mut input = Input::open(path)?;
    let progress = Progress::bytes(input.progress().1, &files::printed(path));
    let most = rayon::current_num_threads();
    // Without progress in a round, the next one has a larger part.
    let (mut parts, mut round) = (most, size.saturating_mul(most));
    let (mut window, mut ahead) = (Vec::new(), Vec::new());
    let mut state = State::default();
    let mut more = read(&mut input, &mut window, round);
    loop {
        progress.at(input.progress().0);
        let open = matches!(more, Ok(true));
        // What follows the last end of a line is read again with what comes next.
        let whole = window.iter().rposition(|&byte| byte == b'\n').map_or(window.len(), |end| end + 1);
        if open {
            ahead.extend(window.drain(whole..));
        }
        let pieces =
            pieces(&window, state, if open { parts } else { parts.min(window.len() / size + 1) }, open);
        let one = |piece: &Piece| {
            work(window.get(piece.range.clone()).unwrap_or_default(), piece.state, piece.last)
        };
        let next = || if open { Some(read(&mut input, &mut ahead, round)) } else { None };
        let (next, results) = rayon::join(next, || pieces.par_iter().map(one).collect::<Vec<_>>());
        let (mut passed, mut ended) = (0, false);
        for (piece, (result, (at, end))) in pieces.iter().zip(results) {
            if piece.range.start != passed || !piece.state.agrees(state) {
                break;
            }
            take(result);
            (passed, state) = (piece.range.start + at, end);
            ended = piece.last;
        }
        if ended {
            return more.map(|_| ());
        }
        if passed > 0 {
            (parts, round) = (most, size.saturating_mul(most));
        } else {
            (parts, round) = (1, round.saturating_mul(2));
        }
        window.drain(..passed);
        if window.is_empty() {
            mem::swap(&mut window, &mut ahead);
        }
        window.append(&mut ahead);
        if window.len() > MOST && passed == 0 {
            let name = files::printed(path);
            return Err(Failure::Io(format!(
                "`{name}`: a JSON value of over 256 MiB on line {}",
                state.line
            )));
        }
        more = next.unwrap_or(more);
    }
}

/// Reads on; after a failure what was read before it is still worked on.
fn read(input: &mut Input, into: &mut Vec<u8>, round: usize) -> Result<bool, Failure> {
    let enough = into.len().saturating_add(round);
    input.read(into, enough)
}

/// A part of what has been read.
struct Piece {
    range: Range<usize>,
    state: State,
    /// Whether the file ends with it.
    last: bool,
}

/// Cuts what has been read into parts that end with a line; `open` where the file goes on behind it.
fn pieces(window: &[u8], state: State, parts: usize, open: bool) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let (mut start, mut state) = (0, state);
    let each = window.len() / parts.max(1) + 1;
    while start < window.len() || pieces.is_empty() {
        let target = start.saturating_add(each);
        let rest = window.get(target..).unwrap_or_default();
        let end = match rest.iter().position(|&byte| byte == b'\n') {
            Some(at) => target + at + 1,
            None => window.len(),
        };
        let last = end == window.len() && !open;
        pieces.push(Piece { range: start..end, state, last });
        let line = state.line + lines(window.get(start..end).unwrap_or_default());
        (start, state) = (end, state.at_line(line));
    }
    pieces
}
