//! What the solver says of random formulas, against a search through a small domain.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use sigmata::eval::{Event, Matcher, Verdict, VerdictKind};
use sigmata::ir::{Condition, Formula, Found, Leaf, Subject};
use sigmata::schema::Step;
use sigmata::solve::{self, Answer, Idle};
use sigmata::source::Span;

use super::formulas::{events, formula, is_misfit, numbered};

/// The most events of a domain that are tried.
const MOST: usize = 20_000;

fn each(cases: u32, seed: u8, check: impl Fn(Formula)) {
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 2_000, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]));
    let checked = runner.run(&formula().prop_map(Shown), |Shown(formula)| {
        check(formula);
        Ok(())
    });
    if let Err(error) = checked {
        panic!("{error}");
    }
}

/// A formula that failures print in its short form.
struct Shown(Formula);

impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

fn matcher(formula: &Formula) -> Matcher {
    Matcher::of(formula).expect("a formula that can be evaluated")
}

/// An event of the domain that satisfies the formula.
fn found(formula: &Formula, most: usize) -> Option<Event> {
    let matcher = matcher(formula);
    events(&[formula], most).into_iter().find(|event| matcher.matches(event))
}

#[test]
fn nothing_that_can_hold_is_called_dead_and_most_is_decided() {
    let counts = std::cell::RefCell::new([0_u32; 4]);
    each(2_000, 1, |formula| {
        let answer = solve::satisfiable(&formula);
        let refuted = solve::refuted(&formula).is_some();
        let mut counts = counts.borrow_mut();
        match &answer {
            Answer::Yes(event) => {
                assert!(matcher(&formula).matches(event), "{formula}\n{}", event.value());
                assert!(!refuted, "refuted, and holds: {formula}\n{}", event.value());
                assert!(!is_misfit(event), "of other types: {formula}\n{}", event.value());
                counts[0] += 1;
            }
            Answer::No(core) => {
                if let Some(event) = found(&formula, MOST) {
                    panic!("called dead: {formula}\n{}\n{core:?}", event.value());
                }
                counts[1] += 1;
            }
            Answer::Unknown => {
                counts[if found(&formula, MOST).is_some() { 2 } else { 3 }] += 1;
                assert!(!refuted, "refuted, and unknown: {formula}");
            }
        }
    });
    let [yes, no, missed, open] = counts.into_inner();
    println!("yes {yes}, no {no}, unknown but satisfiable {missed}, unknown {open}");
    assert!(no > 100, "the formulas conflict too rarely for the test to tell: {no}");
    assert!(missed * 50 < yes, "unknown too often although there is an event: {missed} of {yes}");
    assert!(open * 4 < no, "conflicts are missed too often: {open}, {no} found");
}

/// The truth of every predicate of a formula in one event, by place; those inside statements about elements left out,
/// because they are true of one element and false of another.
fn truths(verdict: &Verdict, into: &mut Vec<(Span, bool)>) {
    match verdict.kind {
        VerdictKind::Predicate(_) | VerdictKind::Element(_) => into.push((verdict.span, verdict.holds)),
        _ => verdict.parts.iter().for_each(|part| truths(part, into)),
    }
}

/// The statements about elements in which a place is.
fn around(formula: &Formula, span: Span) -> Vec<Span> {
    let statement = |found: Found<'_>| match found {
        Found { leaf: Leaf::Elem(element), element: None, .. } => {
            element.body.predicates().any(|predicate| predicate.span == span).then_some(element.span)
        }
        _ => None,
    };
    formula.leaves().filter_map(statement).collect()
}

/// Whether a predicate is among the places that hold in a branch.
fn of_branch(formula: &Formula, span: Span, holds: &[Span]) -> bool {
    holds.contains(&span)
        || formula.predicates().any(|predicate| {
            let leaf = Formula::Pred(Box::new(predicate.clone()));
            predicate.span == span && place(&leaf).is_some_and(|place| holds.contains(&place))
        })
}

#[test]
fn witnesses_match_and_near_misses_differ_in_what_they_name() {
    let counts = std::cell::RefCell::new([0_usize; 2]);
    each(1_000, 2, |formula| {
        let made = solve::witnesses(&formula, None, 7, 8);
        let again = solve::witnesses(&formula, None, 7, 8);
        assert_eq!(format!("{made:?}"), format!("{again:?}"), "one seed, one set of events: {formula}");
        let matcher = matcher(&formula);
        if made.never.is_some() {
            assert!(made.found.is_empty() && found(&formula, MOST).is_none(), "called dead: {formula}");
        }
        let mut counts = counts.borrow_mut();
        for witness in &made.found {
            assert!(matcher.matches(&witness.event), "{formula}\n{}", witness.event.value());
            assert!(!is_misfit(&witness.event), "of other types: {formula}\n{}", witness.event.value());
            counts[0] += 1;
            let mut before = Vec::new();
            truths(&matcher.explain(&witness.event), &mut before);
            for near in &witness.near {
                assert!(!matcher.matches(&near.event), "{formula}\n{}\n{}", near.label, near.event.value());
                counts[1] += 1;
                let mut after = Vec::new();
                truths(&matcher.explain(&near.event), &mut after);
                let around = around(&formula, near.span);
                for ((span, was), (_, is)) in before.iter().zip(&after) {
                    let branch = of_branch(&formula, *span, &witness.holds);
                    let kept = *span != near.span && branch && !around.contains(span);
                    assert!(
                        !kept || was == is,
                        "{formula}\n{} at {:?} also changes {span:?}\n{}\n{}",
                        near.label,
                        near.span,
                        witness.event.value(),
                        near.event.value(),
                    );
                }
            }
        }
    });
    let [witnesses, near] = counts.into_inner();
    println!("{witnesses} witnesses, {near} near misses");
    assert!(witnesses > 800 && near > 800, "{witnesses} {near}");
}

/// The formula after a small change: a part is dropped, negated or exchanged with one of another formula.
fn mutated(formula: &Formula, at: &mut usize, other: &Formula, kind: u8) -> Formula {
    let here = *at == 0;
    *at = at.wrapping_sub(1);
    if here {
        return match kind % 4 {
            0 => Formula::True,
            1 => formula.clone().not(),
            2 => other.clone(),
            _ => Formula::or([formula.clone(), other.clone()]),
        };
    }
    match formula {
        Formula::Not(inner) => mutated(inner, at, other, kind).not(),
        Formula::And(parts) => Formula::and(parts.iter().map(|part| mutated(part, at, other, kind))),
        Formula::Or(parts) => Formula::or(parts.iter().map(|part| mutated(part, at, other, kind))),
        leaf => leaf.clone(),
    }
}

#[test]
fn a_rule_and_its_changed_copy_are_told_apart_or_proved_equal() {
    let config = Config { cases: 1_000, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[3; 32]));
    let counts = std::cell::RefCell::new([0_u32; 3]);
    let changed = (formula(), formula(), 0_usize..6, any::<u8>()).prop_map(|(old, other, at, kind)| {
        let new = mutated(&old, &mut at.clone(), &other, kind);
        (Shown(old), Shown(numbered(new)))
    });
    let checked = runner.run(&changed, |(Shown(old), Shown(new))| {
        let (before, after) = (matcher(&old), matcher(&new));
        let events = events(&[&old, &new], 4_000);
        let comparison = solve::compare(&old, &new);
        let mut counts = counts.borrow_mut();
        for (answer, yes, no) in
            [(&comparison.wider, &after, &before), (&comparison.narrower, &before, &after)]
        {
            match answer {
                Answer::Yes(event) => {
                    assert!(!is_misfit(event), "of other types:\n{old}\n{new}\n{}", event.value());
                    assert!(yes.matches(event) && !no.matches(event), "{old}\n{new}\n{}", event.value());
                    counts[0] += 1;
                }
                Answer::No(_) => {
                    if let Some(event) = events.iter().find(|event| yes.matches(event) && !no.matches(event))
                    {
                        panic!("called equal:\n{old}\n{new}\n{}", event.value());
                    }
                    counts[1] += 1;
                }
                Answer::Unknown => counts[2] += 1,
            }
        }
        Ok(())
    });
    if let Err(error) = checked {
        panic!("{error}");
    }
    let [yes, no, unknown] = counts.into_inner();
    println!("apart {yes}, proved contained {no}, unknown {unknown}");
    assert!(yes > 400 && no > 200 && unknown * 10 < yes + no, "{yes} {no} {unknown}");
}

/// The places of the predicates of a formula, joined.
fn place(formula: &Formula) -> Option<Span> {
    match formula {
        Formula::True | Formula::False => None,
        Formula::Not(inner) => place(inner),
        Formula::And(parts) | Formula::Or(parts) => parts.iter().filter_map(place).reduce(Span::to),
        Formula::Pred(predicate) => {
            let own = match &predicate.test {
                Condition::Text(texts) if texts.len() == 1 => texts.first().map(|text| text.span),
                _ => Some(predicate.span),
            };
            // A predicate of an array is read as a statement about its elements.
            let array =
                matches!(&predicate.subject, Subject::Field(field) if field.path.steps.contains(&Step::Each));
            if array { own.map(|own| own.to(predicate.span)) } else { own }
        }
        Formula::Elem(element) => {
            Some(place(&element.body).map_or(element.span, |body| element.span.to(body)))
        }
    }
}

/// The formula without the part at `span`: a goal that is idle gives way to `value`, the truth that it has anyway.
/// A value of a list is left out.
fn without(formula: &Formula, span: Span, positive: bool, value: bool) -> Formula {
    if place(formula) == Some(span) {
        return if value == positive { Formula::True } else { Formula::False };
    }
    match formula {
        Formula::Not(inner) => without(inner, span, !positive, value).not(),
        Formula::And(parts) => Formula::and(parts.iter().map(|part| without(part, span, positive, value))),
        Formula::Or(parts) => Formula::or(parts.iter().map(|part| without(part, span, positive, value))),
        Formula::Pred(predicate) => {
            let mut predicate = predicate.clone();
            if let Condition::Text(texts) = &mut predicate.test {
                texts.retain(|text| text.span != span);
            }
            Formula::Pred(predicate)
        }
        other => other.clone(),
    }
}

#[test]
fn a_part_that_is_called_idle_changes_nothing_when_it_goes() {
    let counts = std::cell::RefCell::new([0_u32; 5]);
    each(2_000, 4, |formula| {
        let parts = solve::parts(&formula).found;
        if parts.is_empty() {
            return;
        }
        let before = matcher(&formula);
        let events = events(&[&formula], MOST);
        for part in parts {
            let value = matches!(part.idle, Idle::Implied | Idle::NoFilter);
            let less = without(&formula, part.span, true, value);
            assert_ne!(format!("{less}"), format!("{formula}"), "{part:?} is not in {formula}");
            let after = matcher(&less);
            for event in &events {
                assert!(
                    before.matches(event) == after.matches(event),
                    "{part:?}\n{formula}\n{less}\n{}",
                    event.value()
                );
            }
            counts.borrow_mut()[part.idle as usize] += 1;
        }
    });
    let counts = counts.into_inner();
    println!("idle parts by kind: {counts:?}");
    assert!(counts.iter().all(|count| *count > 2), "{counts:?}");
}
