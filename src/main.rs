//! The `sigmata` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    sigmata::cli::run()
}
