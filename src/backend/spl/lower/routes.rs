//! A search over several deliveries of one log, each by its own fields.

use super::super::ast::{Command, Comment, Name, Query, Search};
use super::super::pipeline::{Pipeline, Step};
use super::dedupe;
use crate::backend::Options;
use crate::backend::frame::Frame;

/// What is written for all.
pub(in super::super) enum Joined {
    /// Base searches alone are one search.
    One(Query),
    /// Searches that run at the same time, since each computes fields of its own.
    Several(Pipeline),
}

/// The events of all.
pub(in super::super) fn joined(legs: Vec<(Frame<'_>, Query)>, options: &Options) -> Joined {
    let read: Vec<_> = legs.iter().map(|(frame, _)| (*frame, source_types(*frame, options))).collect();
    let comments = heading(&read, options);
    let mut queries: Vec<Query> = legs.into_iter().map(|(_, query)| query).collect();
    if queries.len() == 1 {
        return Joined::One(Query { comments, ..queries.remove(0) });
    }
    let table = columns(&mut queries);
    if queries.iter().all(|query| query.commands.is_empty()) {
        let search = either(queries.into_iter().map(|query| query.search).collect());
        return Joined::One(Query { comments, search, commands: table.into_iter().collect() });
    }
    let searches =
        queries.into_iter().map(|query| Query { comments: Vec::<Comment>::new(), ..query }).collect();
    Joined::Several(Pipeline { comments, searches, steps: table.into_iter().map(Step::Command).collect() })
}

/// Why a search reads the event and not the fields that are extracted of it.
const WHOLE: &str = "from _raw: extraction can end before what is tested, since the caller decides how much is in front of it";

/// The comments above a search over deliveries, each with the source types that it names.
pub(super) fn heading(read: &[(Frame<'_>, Vec<&str>)], options: &Options) -> Vec<Comment> {
    let Some((first, _)) = read.first() else { return Vec::new() };
    first.headed(options, reads(read, options))
}

/// Where a search reads, for comments. A macro is named where it is in place of source types.
pub(super) fn reads(read: &[(Frame<'_>, Vec<&str>)], options: &Options) -> Vec<String> {
    let name = options.for_log("spl.macro").map(|name| format!("macro {name}"));
    let read = read.iter().map(|(frame, named)| match &name {
        Some(name) if named.is_empty() => (*frame, vec![name.as_str()]),
        _ => (*frame, named.clone()),
    });
    let read: Vec<_> = read.collect();
    let whole = read.iter().any(|(frame, _)| frame.is_cut()).then(|| WHOLE.to_owned());
    Frame::reads(&read, "spl").into_iter().chain(whole).collect()
}

/// The source types that are searched; a macro stands for them too, unless they are set beside it.
pub(super) fn source_types<'a>(frame: Frame<'a>, options: &'a Options) -> Vec<&'a str> {
    let own: Vec<&str> = options.all_for_log("spl.sourcetype").iter().map(String::as_str).collect();
    if own.is_empty() && options.for_log("spl.macro").is_none() { frame.names() } else { own }
}

/// Takes the columns that are shown off the searches: all of them, each once.
fn columns(queries: &mut [Query]) -> Option<Command> {
    let mut all: Vec<Name> = Vec::new();
    for query in queries {
        if let Some(Command::Table(columns)) = query.commands.pop_if(|last| matches!(last, Command::Table(_)))
        {
            all.extend(columns.into_iter().filter(|name| !all.contains(name)).collect::<Vec<_>>());
        }
    }
    (!all.is_empty()).then_some(Command::Table(all))
}

/// One of several searches; what they all ask for is in front.
fn either(searches: Vec<Search>) -> Search {
    let mut legs: Vec<Vec<Search>> = searches
        .into_iter()
        .map(|search| match search {
            Search::And(parts) => parts,
            other => vec![other],
        })
        .collect();
    let Some((first, others)) = legs.split_first() else { return Search::Every };
    let in_all = |part: &&Search| others.iter().all(|leg| leg.contains(part));
    // The index, or the macro, stays in front.
    let front: Vec<Search> = first.iter().take_while(in_all).cloned().collect();
    let behind: Vec<Search> = first.iter().skip(front.len()).filter(in_all).cloned().collect();
    for leg in &mut legs {
        leg.retain(|part| !front.contains(part) && !behind.contains(part));
    }
    let mut legs = dedupe(legs.into_iter().map(Search::all).collect());
    // A leg that asks for nothing more takes all that the common part gives.
    let middle = match legs.len() {
        _ if legs.contains(&Search::Every) => Search::Every,
        1 => legs.remove(0),
        _ => Search::Or(legs),
    };
    Search::all(front.into_iter().chain([middle]).chain(behind))
}
