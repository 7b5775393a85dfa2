//! What the targets share: the laws and the mutants of the tests.

#[path = "../tests/fuzz/mutate.rs"]
mod mutate;
#[path = "../tests/fuzz/targets.rs"]
mod targets;

use std::cell::RefCell;

use mutate::{Random, mutant};
use targets::{Ground, TARGETS};

thread_local! {
    static GROUND: Ground = Ground::new();
    /// The text before this one, which lends what a mutant brings in.
    static BEFORE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Runs a target over bytes that are a text.
pub fn run(target: usize, data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        GROUND.with(|ground| TARGETS[target].1(ground, text));
    }
}

/// Two of three mutants keep the shape of the text; the others are libFuzzer's own.
pub fn mutate(data: &mut [u8], size: usize, most: usize, seed: u32) -> usize {
    let text = std::str::from_utf8(&data[..size]).ok().filter(|text| !text.is_empty());
    let (Some(text), true) = (text, seed % 3 > 0) else {
        return libfuzzer_sys::fuzzer_mutate(data, size, most);
    };
    let made = BEFORE.with_borrow_mut(|before| {
        let made = mutant(text, before, &mut Random::new(u64::from(seed)));
        text.clone_into(before);
        made
    });
    let mut end = made.len().min(most);
    while !made.is_char_boundary(end) {
        end -= 1;
    }
    data[..end].copy_from_slice(&made.as_bytes()[..end]);
    end
}
