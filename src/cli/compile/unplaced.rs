//! Why a run fails whose rules are right: a language was asked for by name, and it is not known where a log is kept
//! there.

use super::super::words::plural;
use super::sums::Sums;

/// One line for each language that was asked for and in which queries are unplaced, with what to do.
pub(super) fn lines(sums: &Sums, targets: &[&str]) -> Vec<String> {
    let line = |target: &&str| {
        let [with, without] = sums.unplaced_in(target);
        let said = |count: usize, what: &str| {
            (count > 0).then(|| {
                let rules = plural(count, "rule");
                format!("{rules} {what} {target}: where the log is kept is not known; {}", remedy(target))
            })
        };
        let verb = |count: usize, one: &'static str, many: &'static str| if count == 1 { one } else { many };
        let none = said(without, verb(without, "has no query in", "have no query in"));
        let guessed = said(with, verb(with, "is unplaced in", "are unplaced in"));
        [none, guessed].into_iter().flatten().collect::<Vec<_>>()
    };
    targets.iter().flat_map(line).collect()
}

/// How a log gets a place in a language.
fn remedy(target: &str) -> &'static str {
    match target.split(':').next() {
        Some("kql") => "name its table with `--kql-table`",
        Some("spl") => "name its index with `--index`",
        _ => "a schema with a delivery says it, see `docs/schemas.md`",
    }
}
