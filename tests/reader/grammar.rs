//! The parser of conditions against `grammar/condition.ebnf`: it takes every sentence of the grammar, and of mutated
//! sentences exactly those that a recogniser, which knows the grammar from the file alone, takes too.

use std::collections::BTreeMap;

use sigmata::rule::condition::{Hints, parse};
use sigmata::source::Span;

const GRAMMAR: &str = include_str!("../../grammar/condition.ebnf");

/// The right side of a production.
#[derive(Clone, Debug)]
enum Ebnf {
    Choice(Vec<Ebnf>),
    Sequence(Vec<Ebnf>),
    Repeat(Box<Ebnf>),
    Terminal(String),
    Symbol(String),
}

type Grammar = BTreeMap<String, Ebnf>;

/// Reads the notation: `=`, `|`, `,`, `{ }`, quoted terminals, `;`, and comments.
fn grammar() -> Grammar {
    let mut text = GRAMMAR.to_owned();
    while let Some(start) = text.find("(*") {
        let end = start + text[start..].find("*)").expect("a closed comment") + 2;
        text.replace_range(start..end, "");
    }
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '"' => rest[1..].find('"').expect("a closed terminal") + 2,
            char if char.is_alphabetic() => {
                rest.find(|char: char| !char.is_alphanumeric() && char != '_').unwrap_or(rest.len())
            }
            _ => 1,
        };
        tokens.push(&rest[..end]);
        rest = rest[end..].trim_start();
    }
    let mut rules = Grammar::new();
    let mut at = 0;
    while at < tokens.len() {
        assert_eq!(tokens[at + 1], "=");
        let name = tokens[at].to_owned();
        let (next, body) = choice(&tokens, at + 2);
        assert_eq!(tokens[next], ";");
        rules.insert(name, body);
        at = next + 1;
    }
    rules
}

fn choice(tokens: &[&str], mut at: usize) -> (usize, Ebnf) {
    let mut parts = Vec::new();
    loop {
        let mut sequence = Vec::new();
        loop {
            let (next, part) = match tokens[at] {
                "{" => {
                    let (next, inner) = choice(tokens, at + 1);
                    assert_eq!(tokens[next], "}");
                    (next + 1, Ebnf::Repeat(Box::new(inner)))
                }
                token if token.starts_with('"') => {
                    (at + 1, Ebnf::Terminal(token.trim_matches('"').to_owned()))
                }
                token => (at + 1, Ebnf::Symbol(token.to_owned())),
            };
            sequence.push(part);
            at = next;
            if tokens[at] != "," {
                break;
            }
            at += 1;
        }
        parts.push(if sequence.len() == 1 { sequence.remove(0) } else { Ebnf::Sequence(sequence) });
        if tokens[at] != "|" {
            break;
        }
        at += 1;
    }
    (at, if parts.len() == 1 { parts.remove(0) } else { Ebnf::Choice(parts) })
}

/// A small generator with a fixed seed.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).expect("small")
    }
}

const RESERVED: [&str; 5] = ["and", "or", "not", "of", "them"];
const LEXICAL: [&str; 2] = ["name", "pattern"];

/// Writes a random sentence as words.
fn sentence(rules: &Grammar, body: &Ebnf, depth: usize, random: &mut Random, words: &mut Vec<String>) {
    match body {
        Ebnf::Choice(parts) => {
            // Deep down the last choice is the plain one.
            let pick = if depth > 12 { parts.len() - 1 } else { random.below(parts.len()) };
            sentence(rules, &parts[pick], depth + 1, random, words);
        }
        Ebnf::Sequence(parts) => {
            for part in parts {
                sentence(rules, part, depth + 1, random, words);
            }
        }
        Ebnf::Repeat(inner) => {
            let times = if depth > 12 { 0 } else { random.below(3) };
            for _ in 0..times {
                sentence(rules, inner, depth + 1, random, words);
            }
        }
        Ebnf::Terminal(text) => {
            words.push(if random.below(4) == 0 { text.to_uppercase() } else { text.clone() });
        }
        Ebnf::Symbol(name) if LEXICAL.contains(&name.as_str()) => {
            const NAMES: [&str; 10] =
                ["a", "selection", "sel_1", "filter-x", "notable", "1", "any", "ALL", "_x", "order_of"];
            const PATTERNS: [&str; 5] = ["sel*", "*", "*_x", "a*b*c", "plain"];
            let known: &[&str] = if name == "name" { &NAMES } else { &PATTERNS };
            words.push(known[random.below(known.len())].to_owned());
        }
        Ebnf::Symbol(name) => sentence(rules, &rules[name], depth + 1, random, words),
    }
}

/// Joins words by random space; brackets need none.
fn write(words: &[String], random: &mut Random) -> String {
    let mut text = String::new();
    for word in words {
        let tight = text.is_empty() || text.ends_with(['(', ')']) || word == "(" || word == ")";
        if !tight || random.below(2) == 0 {
            text.push_str([" ", "  ", "\n", "\t"][random.below(4)]);
        }
        text.push_str(word);
    }
    text
}

/// The words of a text; `None` for a character that no word has.
fn words(text: &str) -> Option<Vec<&str>> {
    let mut found = Vec::new();
    let mut rest = text.trim_start_matches([' ', '\n', '\t', '\r']);
    while let Some(first) = rest.chars().next() {
        let word = |char: char| char.is_ascii_alphanumeric() || "_-*".contains(char);
        let end = match first {
            '(' | ')' => 1,
            char if word(char) => rest.find(|char| !word(char)).unwrap_or(rest.len()),
            _ => return None,
        };
        found.push(&rest[..end]);
        rest = rest[end..].trim_start_matches([' ', '\n', '\t', '\r']);
    }
    Some(found)
}

/// Every place at which a match of `body` from `at` can end.
fn ends(rules: &Grammar, body: &Ebnf, words: &[&str], at: usize) -> Vec<usize> {
    let mut found = match body {
        Ebnf::Choice(parts) => parts.iter().flat_map(|part| ends(rules, part, words, at)).collect(),
        Ebnf::Sequence(parts) => parts.iter().fold(vec![at], |starts, part| {
            let mut next: Vec<_> = starts.iter().flat_map(|&start| ends(rules, part, words, start)).collect();
            next.sort_unstable();
            next.dedup();
            next
        }),
        Ebnf::Repeat(inner) => {
            let mut all = vec![at];
            let mut fresh = vec![at];
            while !fresh.is_empty() {
                fresh = fresh.iter().flat_map(|&start| ends(rules, inner, words, start)).collect();
                fresh.retain(|end| !all.contains(end));
                all.extend(&fresh);
            }
            all
        }
        Ebnf::Terminal(text) => match words.get(at) {
            Some(word) if word.eq_ignore_ascii_case(text) => vec![at + 1],
            _ => Vec::new(),
        },
        Ebnf::Symbol(name) if LEXICAL.contains(&name.as_str()) => match words.get(at) {
            Some(word)
                if !["(", ")"].contains(word)
                    && (name == "pattern" || !word.contains('*'))
                    && !RESERVED.iter().any(|reserved| word.eq_ignore_ascii_case(reserved)) =>
            {
                vec![at + 1]
            }
            _ => Vec::new(),
        },
        Ebnf::Symbol(name) => ends(rules, &rules[name], words, at),
    };
    found.sort_unstable();
    found.dedup();
    found
}

fn recognised(rules: &Grammar, text: &str) -> bool {
    words(text).is_some_and(|words| ends(rules, &rules["condition"], &words, 0).contains(&words.len()))
}

fn parsed(text: &str) -> bool {
    parse(text, &|range| Span::of(range.start, range.end), Hints::default()).1.is_none()
}

#[test]
fn the_parser_takes_every_sentence_of_the_grammar() {
    let rules = grammar();
    let mut random = Random(0x5157_4d41_7441_0001);
    for _ in 0..2_000 {
        let mut found = Vec::new();
        sentence(&rules, &rules["condition"], 0, &mut random, &mut found);
        let text = write(&found, &mut random);
        assert!(recognised(&rules, &text), "the recogniser and the generator disagree: {text}");
        assert!(parsed(&text), "{text}");
    }
}

#[test]
fn parser_and_grammar_agree_about_mutated_sentences() {
    let rules = grammar();
    let mut random = Random(0x5157_4d41_7441_0002);
    let (mut taken, mut refused) = (0, 0);
    for _ in 0..6_000 {
        let mut found = Vec::new();
        sentence(&rules, &rules["condition"], 6, &mut random, &mut found);
        found.truncate(24);
        for _ in 0..=random.below(2) {
            let at = random.below(found.len().max(1)).min(found.len());
            match random.below(4) {
                0 if at < found.len() => {
                    found.remove(at);
                }
                1 => found.insert(
                    at,
                    ["(", ")", "and", "of", "not", "x", "x*", "them", "1", "all", "+"][random.below(11)]
                        .to_owned(),
                ),
                2 if found.len() > 1 => {
                    let other = random.below(found.len());
                    let at = at.min(found.len() - 1);
                    found.swap(at, other);
                }
                _ => {
                    let at = at.min(found.len().saturating_sub(1));
                    if let Some(word) = found.get_mut(at) {
                        word.push_str(["x", "*", "-", "."][random.below(4)]);
                    }
                }
            }
        }
        let text = write(&found, &mut random);
        let expected = recognised(&rules, &text);
        assert_eq!(parsed(&text), expected, "{text}");
        if expected { taken += 1 } else { refused += 1 }
    }
    assert!(taken > 500 && refused > 500, "{taken} taken, {refused} refused");
}
