//! Questions on a terminal.

use std::io::BufRead as _;

use super::attack;
use crate::cli::Failure;
use crate::cli::output::prompt;

/// How often a question is asked before the run gives up.
const TRIES: usize = 5;

/// Asks for what no flag gives.
pub(super) struct Answers {
    asks: bool,
}

impl Answers {
    pub(super) fn new(asks: bool) -> Self {
        Self { asks }
    }

    /// What a text names: the text given, or an answer, asked for until it names something.
    pub(super) fn find<T>(
        &self,
        what: &str,
        given: Option<&str>,
        find: &dyn Fn(&str) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        if let Some(given) = given {
            return find(given);
        }
        let missing = || Failure::Usage(format!("name the {what}; see `sigmata new --help`"));
        if !self.asks {
            return Err(missing());
        }
        for _ in 0..TRIES {
            let Some(answer) = line(&format!("{what}: "))? else { break };
            match find(&answer) {
                Ok(found) => return Ok(found),
                Err(failure) => prompt(&format!("{failure}\n")),
            }
        }
        Err(missing())
    }

    /// Techniques, asked for until each is one; an empty answer is none.
    pub(super) fn techniques(&self) -> Result<Vec<String>, Failure> {
        let find = |answer: &str| {
            let parts = answer.split([',', ' ']).filter(|part| !part.is_empty());
            attack::techniques(&parts.map(str::to_owned).collect::<Vec<_>>())
        };
        self.find("technique of ATT&CK, such as T1136.003, or nothing", None, &find)
    }
}

/// An answer; `None` at the end of the input.
fn line(question: &str) -> Result<Option<String>, Failure> {
    prompt(question);
    let mut text = String::new();
    let read = std::io::stdin().lock().read_line(&mut text);
    let read = read.map_err(|error| Failure::Io(format!("standard input: {error}")))?;
    Ok((read > 0).then(|| text.trim().to_owned()))
}
