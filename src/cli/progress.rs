//! Progress of long work on a terminal; silent in a pipe. The one module that names `indicatif`.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::source::visible::visible;

/// A bar on standard error that counts bytes.
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// A bar for work of `total` bytes, with an estimate of the rest; 0 where the total is not known. Shown only on a
    /// terminal.
    pub(super) fn bytes(total: u64, what: &str) -> Self {
        let bar = if total > 0 { ProgressBar::new(total) } else { ProgressBar::no_length() };
        let target = if std::io::stderr().is_terminal() {
            ProgressDrawTarget::stderr_with_hz(8)
        } else {
            ProgressDrawTarget::hidden()
        };
        bar.set_draw_target(target);
        let template = if total > 0 {
            "{msg} [{wide_bar}] {bytes}/{total_bytes} {bytes_per_sec} {eta}"
        } else {
            "{msg} {bytes} {bytes_per_sec}"
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(visible(what));
        Self(bar)
    }

    /// Counts on to so many bytes.
    pub(super) fn at(&self, bytes: u64) {
        self.0.set_position(bytes);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
