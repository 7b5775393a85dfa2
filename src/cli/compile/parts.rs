//! Queries as JSON, made and written a part of the collection at a time, so that memory does not grow with their number.

use std::cell::RefCell;

use serde_json::Value;

use super::super::judge::{self, Judgement};
use super::super::load::{self, RuleFile};
use super::super::report::{Report, Results};
use super::super::{Failure, Outcome, Output};
use super::sums::Sums;
use super::{Product, Work, found};
use crate::diagnostic::render::Format;

/// How many files are compiled before their queries are written.
const PART: usize = 64;

/// Compiles the collection and writes its queries.
pub(super) fn write(work: &Work<'_>, output: &mut Output) -> Result<Outcome, Failure> {
    let wish = &work.args.results;
    // JSON lines say on standard error what was refused for errors that are not reported.
    let judgement = match wish.format {
        Format::Json => None,
        _ => Some(judge::aside(work.loaded, work.session)?),
    };
    let parts = Parts { work, judgement, state: RefCell::default() };
    // What ends a run before it begins is said before anything is written.
    let mut first = parts.part();
    while first.as_ref().is_some_and(Vec::is_empty) {
        first = parts.part();
    }
    parts.ready(first)?;
    let report = Report {
        command: "sigmata compile",
        findings: &[],
        files: &[],
        account: &work.loaded.account,
        results: &parts,
        summary: "",
    };
    report.write(wish, output)?;
    let State { sums, quiet, failure, .. } = parts.state.into_inner();
    let outcome = work.end(&sums, &quiet, output);
    failure.map_or(Ok(outcome), Err)
}

/// The parts of a collection.
struct Parts<'w> {
    work: &'w Work<'w>,
    judgement: Option<Judgement>,
    state: RefCell<State>,
}

/// How far they have been made.
#[derive(Default)]
struct State {
    /// How many files have been compiled.
    at: usize,
    /// Objects that have not been written yet.
    ready: Option<Vec<Value>>,
    sums: Sums,
    /// Refusals that have no finding.
    quiet: Vec<String>,
    /// Why there is no further part, where that is not the end.
    failure: Option<Failure>,
}

impl Parts<'_> {
    /// Keeps the first objects until they are asked for.
    fn ready(&self, first: Option<Vec<Value>>) -> Result<(), Failure> {
        let mut state = self.state.borrow_mut();
        if let Some(failure) = state.failure.take() {
            return Err(failure);
        }
        self.work.has_work(&state.sums)?;
        state.ready = first;
        Ok(())
    }

    /// The objects of the next files; nothing after the last one.
    fn part(&self) -> Option<Vec<Value>> {
        let mut state = self.state.borrow_mut();
        if let Some(ready) = state.ready.take() {
            return Some(ready);
        }
        let (start, files) = (state.at, &self.work.loaded.files);
        let end = files.len().min(start + PART);
        let files = files.get(start..end).filter(|files| !files.is_empty())?;
        state.at = end;
        self.make(files, start, &mut state).map_err(|failure| state.failure = Some(failure)).ok()
    }

    fn make(&self, files: &[RuleFile], start: usize, state: &mut State) -> Result<Vec<Value>, Failure> {
        let Self { work, judgement, .. } = self;
        let whole;
        let files = if work.loaded.brief {
            whole = load::each(files, |file| vec![file.whole(work.session)]);
            &whole
        } else {
            files
        };
        let (products, _) = work.make(files)?;
        state.sums.add(&products, work.targets.len(), work.asked);
        let judged = judgement.as_ref().and_then(|all| all.files.get(start..start + files.len()));
        if let Some(judged) = judged {
            state.quiet.extend(found(files, judged, &products, work.asked).quiet);
        }
        Ok(products.iter().map(Product::object).collect())
    }
}

impl Results for Parts<'_> {
    /// People get the collection as a whole.
    fn print(&self, _: &mut Output) {}

    fn key(&self) -> &'static str {
        "queries"
    }

    fn objects(&self) -> Box<dyn Iterator<Item = Value> + '_> {
        Box::new(std::iter::from_fn(|| self.part()).flatten())
    }
}
