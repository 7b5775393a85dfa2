//! What `sigmata compile` prints of a whole collection on a terminal: how many queries of each fidelity there are, log by
//! log, in place of ten thousand lines.

use std::collections::BTreeMap;

use super::layout::hanging;
use crate::backend::Fidelity;

/// From so many queries on a terminal gets the table.
pub(super) const FROM: usize = 60;

const FIDELITIES: [Fidelity; 4] =
    [Fidelity::Exact, Fidelity::Approximate, Fidelity::Unplaced, Fidelity::Refused];

/// Counts queries by log and target.
#[derive(Default)]
pub(super) struct Overview {
    targets: Vec<&'static str>,
    /// By log: how many queries of each fidelity, for each target.
    logs: BTreeMap<String, Vec<[usize; 4]>>,
}

impl Overview {
    pub(super) fn add(&mut self, log: &str, target: &'static str, fidelity: Fidelity) {
        let at = self.targets.iter().position(|known| *known == target).unwrap_or_else(|| {
            self.targets.push(target);
            self.targets.len() - 1
        });
        let row = self.logs.entry(log.to_owned()).or_default();
        row.resize(row.len().max(at + 1), [0; 4]);
        let kind = FIDELITIES.iter().position(|known| *known == fidelity);
        if let Some(count) = kind.and_then(|kind| row.get_mut(at)?.get_mut(kind)) {
            *count += 1;
        }
    }

    /// The table, and how to get the queries themselves; in numbers alone where a line has no room for words.
    pub(super) fn lines(&self, room: Option<usize>) -> Vec<String> {
        let words = self.words();
        let widest = words.iter().map(|line| line.chars().count()).max().unwrap_or_default();
        let mut lines = if room.is_some_and(|room| widest > room) { self.numbers() } else { words };
        lines.push(String::new());
        let how = "the queries: `-o DIR` writes them, `sigmata compile FILE` prints those of one rule, `| less` all";
        lines.extend(hanging("", how, room));
        lines
    }

    fn words(&self) -> Vec<String> {
        let width = self.logs.keys().map(|log| log.chars().count()).chain([3]).max().unwrap_or(3);
        let columns: Vec<Vec<String>> = (0..self.targets.len()).map(|at| self.column(at)).collect();
        let widths: Vec<usize> =
            columns.iter().map(|column| column.iter().map(String::len).max().unwrap_or_default()).collect();
        let names = std::iter::once("log").chain(self.logs.keys().map(String::as_str));
        names
            .enumerate()
            .map(|(row, name)| {
                let cells = columns
                    .iter()
                    .zip(&widths)
                    .filter_map(|(column, width)| column.get(row).map(|cell| format!("  {cell:<width$}")));
                format!("{name:<width$}{}", cells.collect::<String>()).trim_end().to_owned()
            })
            .collect()
    }

    /// A column for each fidelity that a language has, headed by its first two letters.
    fn numbers(&self) -> Vec<String> {
        let width = self.logs.keys().map(|log| log.chars().count()).chain([3]).max().unwrap_or(3);
        let (mut above, mut head) = (" ".repeat(width), format!("{:<width$}", "log"));
        let mut rows: Vec<String> = self.logs.keys().map(|log| format!("{log:<width$}")).collect();
        let mut used = [false; 4];
        for (at, target) in self.targets.iter().enumerate() {
            let count =
                |row: &Vec<[usize; 4]>, kind: usize| row.get(at).and_then(|counts| counts.get(kind)).copied();
            let start = head.chars().count() + 2;
            for (kind, (fidelity, used)) in FIDELITIES.iter().zip(&mut used).enumerate() {
                let counts: Vec<usize> =
                    self.logs.values().map(|row| count(row, kind).unwrap_or_default()).collect();
                let most = counts.iter().max().copied().unwrap_or_default();
                if most == 0 {
                    continue;
                }
                *used = true;
                let cell = most.to_string().len().max(2);
                let gap = if head.chars().count() + 2 == start { 2 } else { 1 };
                let short = fidelity.name().get(..2).unwrap_or_default();
                head.push_str(&format!("{:gap$}{short:>cell$}", ""));
                for (row, count) in rows.iter_mut().zip(counts) {
                    let number = if count == 0 { ".".to_owned() } else { count.to_string() };
                    row.push_str(&format!("{:gap$}{number:>cell$}", ""));
                }
            }
            let above_width = above.chars().count();
            above.push_str(&format!("{:gap$}{target}", "", gap = start.saturating_sub(above_width)));
        }
        let legend = FIDELITIES.iter().zip(used).filter(|(_, used)| *used).map(|(fidelity, _)| {
            let name = fidelity.name();
            format!("{} {name}", name.get(..2).unwrap_or_default())
        });
        let legend = legend.collect::<Vec<_>>().join(", ");
        [above, head].into_iter().chain(rows).chain([String::new(), legend]).collect()
    }

    fn column(&self, at: usize) -> Vec<String> {
        let cell = |counts: &[usize; 4]| {
            let told = FIDELITIES.iter().zip(counts).filter(|(_, count)| **count > 0);
            told.map(|(fidelity, count)| format!("{count} {}", fidelity.name()))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let head = self.targets.get(at).map(|name| (*name).to_owned());
        let cells = self.logs.values().map(|row| row.get(at).map(cell).unwrap_or_default());
        head.into_iter().chain(cells).collect()
    }
}
