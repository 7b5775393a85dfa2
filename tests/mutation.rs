//! How many of the mistakes that can be made in a rule are found, and fixed.
//!
//! Every clean rule is changed in one place: a misspelt name or value, another level, another source, another type, a
//! modifier that does not apply.
//! A mutant is caught when a warning or an error is on the changed token and, for names and values of lists of known values,
//! the original is among what it suggests.
//! A mutant that is valid itself is not counted.
//!
//! `cargo test --release --test mutation -- --nocapture` prints the table, for every mutant; without `--release` one of
//! thirty is tried.
//! `SIGMATA_CORPUS` names a folder with more rules; `SIGMATA_MISSED=50` lists more of what is missed.

#[path = "mutation/collect.rs"]
mod collect;
#[path = "support/lists.rs"]
mod lists;
#[path = "mutation/mutants.rs"]
mod mutants;

use std::collections::BTreeMap;

use mutants::{Kind, Mutant};
use sigmata::diagnostic::{Diagnostic, Severity};
use sigmata::schema::{Facts, Registry, Schema};

/// How much lower the bounds are over a sample, in per cent.
const SLACK: f64 = 0.5;

/// One of so many mutants is tried.
const STEP: usize = if cfg!(debug_assertions) { 30 } else { 1 };

/// Caught and counted.
#[derive(Clone, Copy, Default)]
struct Score {
    caught: usize,
    counted: usize,
}

impl Score {
    fn rate(self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "counts are small")]
        if self.counted == 0 { 100.0 } else { self.caught as f64 * 100.0 / self.counted as f64 }
    }

    fn add(&mut self, other: Score) {
        self.caught += other.caught;
        self.counted += other.counted;
    }
}

/// Whether a finding is about the mutant.
fn tells(finding: &Diagnostic, mutant: &Mutant, schema: &Schema) -> bool {
    let span = finding.span.range();
    let there = span.start < mutant.at.end && mutant.at.start < span.end
        || finding.labels.iter().any(|label| {
            let span = label.span.range();
            mutant.kind == Kind::Source && span.start < mutant.at.end && mutant.at.start < span.end
        });
    let suggested = mutant.wanted.as_ref().is_none_or(|wanted| {
        // A keyed value has a longer name beside the short one.
        let path = |name: &str| schema.resolve(name, &Facts::default()).ok().map(|found| found.path);
        let same = |name: &String| name.starts_with(wanted) && path(name) == path(wanted);
        finding.suggestions.contains(wanted)
            || finding.suggestions.iter().any(same)
            || finding.fix.iter().flat_map(|fix| &fix.edits).any(|edit| edit.text == *wanted)
    });
    finding.severity > Severity::Info && there && suggested
}

/// What came of the mutants of some rules.
#[derive(Default)]
struct Judged {
    table: BTreeMap<(String, Kind), Score>,
    missed: BTreeMap<Kind, Vec<String>>,
    valid: usize,
}

fn judge(rules: Vec<&collect::Clean>, registry: &Registry) -> Judged {
    let mut judged = Judged::default();
    let mut made = 0;
    for clean in rules {
        let (mutants, also_valid) = mutants::mutants(clean);
        judged.valid += also_valid;
        for mutant in mutants {
            made += 1;
            if made % STEP != 0 {
                continue;
            }
            let found = match collect::run(&mutant.text, registry) {
                Some((_, _, found)) => found,
                None => Vec::new(),
            };
            let caught = found.iter().any(|finding| tells(finding, &mutant, &clean.schema))
                // The event is reported where its source is wrong.
                || (mutant.kind == Kind::Source
                    && found.iter().any(|finding| {
                        finding.severity > Severity::Info && ["S0434", "S0433"].contains(&finding.code.id)
                    }));
            let score = judged.table.entry((clean.schema.name.clone(), mutant.kind)).or_default();
            score.counted += 1;
            score.caught += usize::from(caught);
            if !caught {
                let told: Vec<_> = found
                    .iter()
                    .map(|finding| format!("{} {:?}", finding.code.id, finding.suggestions))
                    .collect();
                judged.missed.entry(mutant.kind).or_default().push(format!(
                    "{}: {} ({})",
                    clean.name.replace('\n', " "),
                    mutant.note,
                    told.join(", ")
                ));
            }
        }
    }
    judged
}

#[test]
fn mistakes_are_caught_and_the_original_is_suggested() {
    let registry = lists::registry();
    let clean = collect::rules(&registry);
    // Rules of one log are together, so the halves take turns.
    let halves = [0, 1].map(|half| clean.iter().skip(half).step_by(2).collect::<Vec<_>>());
    let [mut judged, other] = std::thread::scope(|scope| {
        halves.map(|half| scope.spawn(|| judge(half, &registry))).map(|half| half.join().expect("no panic"))
    });
    for (key, score) in other.table {
        judged.table.entry(key).or_default().add(score);
    }
    for (kind, list) in other.missed {
        judged.missed.entry(kind).or_default().extend(list);
    }
    let (rules, valid) = (clean.len(), judged.valid + other.valid);
    let Judged { table, missed, .. } = judged;

    println!("{rules} rules; {valid} mutants were valid and are not counted\n");
    println!("{:<28} {:<10} {:>8} {:>8} {:>8}", "schema", "kind", "mutants", "caught", "%");
    let mut totals: BTreeMap<Kind, Score> = BTreeMap::new();
    for ((name, kind), score) in &table {
        let kind_name = format!("{kind:?}").to_lowercase();
        println!("{name:<28} {kind_name:<10} {:>8} {:>8} {:>8.2}", score.counted, score.caught, score.rate());
        totals.entry(*kind).or_default().add(*score);
    }
    let most = std::env::var("SIGMATA_MISSED").ok().and_then(|text| text.parse().ok()).unwrap_or(5);
    for (kind, list) in &missed {
        println!("\nmissed, {kind:?}: {}", list.len());
        for line in collect::spread(list.iter().collect(), most) {
            println!("  {line}");
        }
    }
    let of = |kinds: &[Kind]| {
        let mut sum = Score::default();
        kinds.iter().filter_map(|kind| totals.get(kind)).for_each(|score| sum.add(*score));
        sum
    };
    println!();
    for (name, kinds, least) in [
        ("fields", &[Kind::Dropped, Kind::Swapped, Kind::Doubled, Kind::Case, Kind::Level][..], 99.9),
        ("objects as text", &[Kind::Object], 99.0),
        ("values of closed lists of known values", &[Kind::Closed], 99.9),
        ("values of open lists of known values", &[Kind::Open], 99.0),
        ("values among other texts, and parts", &[Kind::Word], 99.0),
        ("wrong source", &[Kind::Source], 100.0),
        ("types", &[Kind::Typed], 100.0),
        ("modifiers", &[Kind::Modifier], 100.0),
    ] {
        let sum = of(kinds);
        println!("{name:<38} {:>8} of {:>8} {:>8.2} %", sum.caught, sum.counted, sum.rate());
        assert!(sum.counted >= 30 / STEP, "{name}: too few mutants to say anything");
        // A sample is too small for a rate: one mutant that is missed says nothing there.
        let sampled = STEP > 1 && sum.counted - sum.caught <= 1;
        let least = if STEP > 1 { least - SLACK } else { least };
        assert!(sampled || sum.rate() >= least, "{name}: {:.2} % is less than {least} %", sum.rate());
    }
}
