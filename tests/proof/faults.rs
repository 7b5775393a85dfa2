//! Faults that a back end could have, planted into right queries: the suite must notice each kind.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;
use sigmata::backend::kql::ast::{Compare, Expr, Function};
use sigmata::backend::kql::{print::print, read::read};
use sigmata::backend::{Fidelity, Options};
use sigmata::eval::Event;

use super::LOGS;
use super::judge::{CWLI, Language, SPL};

/// The faults of KQL that a query can be given, with the query that has it.
pub fn kql(query: &str) -> Vec<(&'static str, String)> {
    type Plant = fn(&mut Expr) -> bool;
    let plants: [(&str, Plant); 5] = [
        ("a wrong operator", |expr| match expr {
            Expr::Compare(_, operator, _) => {
                *operator = match operator {
                    Compare::Equals | Compare::EqualsFold | Compare::Contains => Compare::StartsWith,
                    Compare::StartsWith | Compare::EndsWith => Compare::Contains,
                    Compare::Less => Compare::LessOrEqual,
                    Compare::Greater => Compare::GreaterOrEqual,
                    _ => return false,
                };
                true
            }
            _ => false,
        }),
        ("case ignored no more", |expr| match expr {
            Expr::Compare(_, operator @ Compare::EqualsFold, _) => {
                *operator = Compare::Equals;
                true
            }
            Expr::In { fold: fold @ true, .. } => {
                *fold = false;
                true
            }
            _ => false,
        }),
        ("a dropped not", |expr| match expr {
            Expr::Not(inner) => {
                *expr = std::mem::replace(&mut **inner, Expr::Boolean(true));
                true
            }
            _ => false,
        }),
        ("a missing guard", |expr| match expr {
            Expr::And(parts) => {
                let guard = |part: &Expr| {
                    matches!(part, Expr::Call(Function::IsNotEmpty | Function::IsNotNull, _))
                        || matches!(part, Expr::Not(inner) if matches!(**inner, Expr::Call(Function::IsEmpty | Function::IsNull, _)))
                };
                let Some(at) = parts.iter().position(guard) else { return false };
                parts.remove(at);
                if let [_] = parts[..] {
                    *expr = parts.remove(0);
                }
                true
            }
            _ => false,
        }),
        ("and for or", |expr| match expr {
            Expr::Or(parts) => {
                *expr = Expr::and(std::mem::take(parts));
                true
            }
            _ => false,
        }),
    ];
    let mut found = Vec::new();
    for (name, plant) in plants {
        let mut tree = read(query).expect("what is printed is read back");
        if tree.expressions_mut().into_iter().any(|expr| first(expr, plant)) {
            found.push((name, print(&tree)));
        }
    }
    found
}

fn first(expr: &mut Expr, plant: fn(&mut Expr) -> bool) -> bool {
    plant(expr) || expr.operands_mut().into_iter().any(|part| first(part, plant))
}

/// Faults as changes of the text.
type Changes = &'static [(&'static str, &'static str, &'static str)];

const OF_SPL: Changes = &[
    ("a wrong operator", r"isnotnull\(mvfind\(", "isnull(mvfind("),
    ("an anchor less", r"\(\?i\)\^", "(?i)"),
    ("case ignored no more", r"\(\?i\)", ""),
    ("a dropped not", r"\bNOT ", ""),
    ("a missing guard", r#"coalesce\((lower\('[^']*'\)|'[^']*'), ?""\)"#, "$1"),
    ("a missing if", r"if\(((?:[^(),]|\([^()]*\))*), ?1, ?0\) ?= ?1", "$1"),
    ("an unescaped quote", r#"\\""#, "\""),
    ("and for or", r"\bOR\b", "AND"),
];

const OF_CWLI: Changes = &[
    ("a wrong operator", r#" = ""#, " > \""),
    ("an anchor less", r"/\(\?i\)\^", "/(?i)"),
    ("case ignored no more", r"tolower\(([^()]*)\)", "$1"),
    ("a dropped not", r"\bnot \(", "("),
    ("a missing guard", r"ispresent\([^()]*\)\s+and ", ""),
    ("the other quote", r#"'([^'\n]*"[^'\n]*)'"#, "\"$1\""),
    ("an unescaped slash", r"\\x2f", "/"),
    ("and for or", r"\bor\b", "and"),
];

/// Plants each fault into the queries of a language that can have it: how many were tried, and how many noticed.
fn caught(language: &Language, changes: Changes) -> BTreeMap<&'static str, (usize, usize)> {
    let mut counts: BTreeMap<_, (usize, usize)> = changes.iter().map(|(name, ..)| (*name, (0, 0))).collect();
    let patterns: Vec<(&str, Regex, &str)> = changes
        .iter()
        .map(|(name, pattern, by)| (*name, Regex::new(pattern).expect("a pattern"), *by))
        .collect();
    // What an interpreter says of an unreadable query is of no interest here.
    for log in LOGS.iter() {
        for (rule, events) in &log.rules {
            let compiled = language.target.compile(&rule.document, &rule.typed, &Options::default());
            let (Some(query), Fidelity::Exact) = (&compiled.query, compiled.fidelity) else { continue };
            for (name, pattern, by) in &patterns {
                let count = counts.get_mut(name).expect("counted");
                let planted = pattern.replace(query, *by);
                if planted == *query || count.0 >= 60 {
                    continue;
                }
                count.0 += 1;
                let noticed = match (language.runner)(rule.schema(), &planted) {
                    Err(_) => true,
                    Ok(run) => events.iter().any(|event| {
                        let expected = rule.matcher.matches(&Event::new(event.clone()));
                        match run(event) {
                            None => false,
                            Some(Err(_)) => true,
                            Some(Ok(found)) => found.iter().any(|found| *found != expected),
                        }
                    }),
                };
                count.1 += usize::from(noticed);
            }
        }
    }
    counts
}

fn check(language: &Language, changes: Changes) {
    static QUIET: LazyLock<()> = LazyLock::new(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let place = info.location().map(|place| place.file().to_owned()).unwrap_or_default();
            if !place.contains("support") {
                usual(info);
            }
        }));
    });
    LazyLock::force(&QUIET);
    let counts = caught(language, changes);
    for (name, (planted, noticed)) in &counts {
        println!("{}: {name}: planted {planted}, noticed {noticed}", language.name);
    }
    for (name, (planted, noticed)) in counts {
        assert!(noticed > 0, "{}: {name}: planted {planted}, never noticed", language.name);
    }
}

#[test]
fn planted_faults_of_spl_are_noticed() {
    check(&SPL, OF_SPL);
}

#[test]
fn planted_faults_of_cwli_are_noticed() {
    check(&CWLI, OF_CWLI);
}
