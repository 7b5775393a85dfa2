//! Applying fixes.

use super::{Diagnostic, Edit, Safety};

/// The text with every safe fix applied, and how many were; `None` when there is none.
/// Of overlapping fixes the first one wins, so that each edit is made against text that its finding has seen.
pub fn apply(text: &str, diagnostics: &[Diagnostic]) -> Option<(String, usize)> {
    apply_with(text, diagnostics, false)
}

/// The same; with `guesses` the fixes that are guesses are applied too.
pub fn apply_with(text: &str, diagnostics: &[Diagnostic], guesses: bool) -> Option<(String, usize)> {
    let mut fixes: Vec<&[Edit]> = diagnostics
        .iter()
        .filter_map(|finding| finding.fix.as_ref())
        .filter(|fix| (guesses || fix.safety == Safety::Safe) && !fix.edits.is_empty())
        .map(|fix| fix.edits.as_slice())
        .collect();
    fixes.sort_by_key(|edits| edits.iter().map(|edit| edit.span.start).min());
    let mut edits: Vec<&Edit> = Vec::new();
    let mut applied = 0;
    let mut end = 0;
    for fix in fixes {
        let mut sorted: Vec<&Edit> = fix.iter().collect();
        sorted.sort_by_key(|edit| edit.span);
        let Some((first, last)) = sorted.first().zip(sorted.last()) else { continue };
        if first.span.start < end || sorted.iter().any(|edit| text.get(edit.span.range()).is_none()) {
            continue;
        }
        end = last.span.end;
        edits.extend(sorted);
        applied += 1;
    }
    if applied == 0 {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for edit in edits {
        out.push_str(text.get(from..edit.span.start as usize).unwrap_or_default());
        out.push_str(&edit.text);
        from = edit.span.end as usize;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    Some((out, applied))
}

/// The difference of two texts as `git apply` and `patch -p1` read it, with three lines around: one hunk, from the first line
/// that differs to the last.
pub fn unified(name: &str, old: &str, new: &str) -> String {
    const AROUND: usize = 3;
    let (before, after): (Vec<&str>, Vec<&str>) =
        (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    let same = before.iter().zip(&after).take_while(|(one, other)| one == other).count();
    let shorter = before.len().min(after.len()) - same;
    let rest = before.iter().rev().zip(after.iter().rev());
    let end = rest.take(shorter).take_while(|(one, other)| one == other).count();
    if same == before.len() && same == after.len() {
        return String::new();
    }
    let (from, tail) = (same.saturating_sub(AROUND), end.min(AROUND));
    let (to, until) = (before.len() - end, after.len() - end);
    let range = |from: usize, to: usize| {
        let start = if to > from { from + 1 } else { from };
        format!("{start},{}", to - from)
    };
    let name = name.trim_start_matches("./").trim_start_matches('/');
    // A name with blanks ends at a tab, since a time may follow it.
    let end = if name.contains(char::is_whitespace) { "\t" } else { "" };
    let mut out = format!("--- a/{name}{end}\n+++ b/{name}{end}\n");
    out.push_str(&format!("@@ -{} +{} @@\n", range(from, to + tail), range(from, until + tail)));
    let mut put = |sign: char, lines: &[&str]| {
        for line in lines {
            out.push(sign);
            out.push_str(line);
            if !line.ends_with('\n') {
                out.push_str("\n\\ No newline at end of file\n");
            }
        }
    };
    put(' ', before.get(from..same).unwrap_or_default());
    put('-', before.get(same..to).unwrap_or_default());
    put('+', after.get(same..until).unwrap_or_default());
    put(' ', before.get(to..to + tail).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Fix, Severity};
    use crate::source::Span;

    crate::codes! {
        /// A code for this test.
        TEST = "S0000" "test" Warning;
    }

    #[test]
    fn safe_fixes_are_applied_once_and_never_over_each_other() {
        let finding = |fix| Diagnostic::new(&TEST, Span::default(), "x").fix(fix);
        let found = [
            finding(Fix::safe(Span::new(2, 3), "CC")),
            finding(Fix::safe(Span::new(0, 1), "A")),
            finding(Fix::safe(Span::new(2, 3), "never")),
            finding(Fix::guess(Span::new(1, 2), "never")),
        ];
        assert_eq!(apply("abcd", &found), Some(("AbCCd".into(), 2)));
        assert_eq!(apply("abcd", &found[3..]), None);
        assert_eq!(ALL[0].severity, Severity::Warning);
    }

    #[test]
    fn a_difference_is_one_hunk_with_lines_around() {
        for (old, new, expected) in [
            ("a\n", "a\n", ""),
            ("a\n", "b\n", "--- a/x\n+++ b/x\n@@ -1,1 +1,1 @@\n-a\n+b\n"),
            ("a\nb\n", "a\n", "--- a/x\n+++ b/x\n@@ -1,2 +1,1 @@\n a\n-b\n"),
            ("", "a", "--- a/x\n+++ b/x\n@@ -0,0 +1,1 @@\n+a\n\\ No newline at end of file\n"),
            (
                "1\n2\n3\n4\n5\n6\n7\n8\n9\n",
                "1\n2\n3\n4\nx\ny\n6\n7\n8\n9\n",
                "--- a/x\n+++ b/x\n@@ -2,7 +2,8 @@\n 2\n 3\n 4\n-5\n+x\n+y\n 6\n 7\n 8\n",
            ),
            ("a\na\n", "a\na\na\n", "--- a/x\n+++ b/x\n@@ -1,2 +1,3 @@\n a\n a\n+a\n"),
        ] {
            assert_eq!(unified("x", old, new), expected, "{old:?} {new:?}");
        }
    }
}
