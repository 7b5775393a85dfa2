//! Queries that are read back and printed again.

use sigmata::backend::{cwli, kql, language, spl};

/// The text that the reader and the printer of its language make of a query; `None` where it cannot be read.
pub fn again(target: &str, query: &str) -> Option<String> {
    match language(target) {
        "kql" => kql::read::read(query)
            .ok()
            .map(|tree| kql::print::print(&tree))
            .or_else(|| kql::read::script::read(query).ok().map(|tree| kql::print::script::print(&tree))),
        "spl" => spl::read::read(query)
            .ok()
            .map(|tree| spl::print::print(&tree))
            .or_else(|| spl::read::pipeline::read(query).ok().map(|tree| spl::print::pipeline::print(&tree))),
        _ => cwli::read(query).ok().map(|tree| cwli::print(&tree)),
    }
}
