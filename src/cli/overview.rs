//! What `sigmata compile` prints of a whole collection on a terminal: how many queries of each fidelity there are, log by
//! log, in place of ten thousand lines.

use std::collections::BTreeMap;

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

    /// The table, and how to get the queries themselves.
    pub(super) fn lines(&self) -> Vec<String> {
        let width = self.logs.keys().map(|log| log.chars().count()).chain([3]).max().unwrap_or(3);
        let columns: Vec<Vec<String>> = (0..self.targets.len()).map(|at| self.column(at)).collect();
        let widths: Vec<usize> =
            columns.iter().map(|column| column.iter().map(String::len).max().unwrap_or_default()).collect();
        let names = std::iter::once("log").chain(self.logs.keys().map(String::as_str));
        let mut lines: Vec<String> = names
            .enumerate()
            .map(|(row, name)| {
                let cells = columns
                    .iter()
                    .zip(&widths)
                    .filter_map(|(column, width)| column.get(row).map(|cell| format!("  {cell:<width$}")));
                format!("{name:<width$}{}", cells.collect::<String>()).trim_end().to_owned()
            })
            .collect();
        lines.push(String::new());
        lines.push(
            "the queries: `-o DIR` writes them, `sigmata compile FILE` prints those of one rule, `| less` all"
                .to_owned(),
        );
        lines
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
