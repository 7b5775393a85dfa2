//! Applying fixes.

use std::ops::Range;

use similar::{Algorithm, DiffOp, DiffTag, capture_diff_slices, group_diff_ops};

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

/// The difference of two texts as `git apply` and `patch -p1` read it, with three lines around each change.
pub fn unified(name: &str, old: &str, new: &str) -> String {
    const AROUND: usize = 3;
    let (before, after): (Vec<&str>, Vec<&str>) =
        (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    if old == new {
        return String::new();
    }
    let hunks = group_diff_ops(capture_diff_slices(Algorithm::Patience, &before, &after), AROUND);
    let name = name.trim_start_matches("./").trim_start_matches('/');
    // A name with blanks ends at a tab, since a time may follow it.
    let end = if name.contains(char::is_whitespace) { "\t" } else { "" };
    let mut out = format!("--- a/{name}{end}\n+++ b/{name}{end}\n");
    for hunk in &hunks {
        let range = |side: fn(&DiffOp) -> Range<usize>| {
            let from = hunk.first().map_or(0, |op| side(op).start);
            let to = hunk.last().map_or(0, |op| side(op).end);
            format!("{},{}", if to > from { from + 1 } else { from }, to - from)
        };
        out.push_str(&format!("@@ -{} +{} @@\n", range(DiffOp::old_range), range(DiffOp::new_range)));
        for op in hunk {
            let (gone, come) = (before.get(op.old_range()), after.get(op.new_range()));
            if op.tag() == DiffTag::Equal {
                put(&mut out, ' ', gone.unwrap_or_default());
            } else {
                put(&mut out, '-', gone.unwrap_or_default());
                put(&mut out, '+', come.unwrap_or_default());
            }
        }
    }
    out
}

fn put(out: &mut String, sign: char, lines: &[&str]) {
    for line in lines {
        out.push(sign);
        out.push_str(line);
        if !line.ends_with('\n') {
            out.push_str("\n\\ No newline at end of file\n");
        }
    }
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
    fn a_difference_has_lines_around_each_change() {
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
            (
                "1\n2\n3\n4\n5\n6\n7\n8\n9\n",
                "x\n2\n3\n4\n5\n6\n7\n8\n",
                "--- a/x\n+++ b/x\n@@ -1,4 +1,4 @@\n-1\n+x\n 2\n 3\n 4\n@@ -6,4 +6,3 @@\n 6\n 7\n 8\n-9\n",
            ),
            ("a\na\n", "a\na\na\n", "--- a/x\n+++ b/x\n@@ -1,2 +1,3 @@\n a\n a\n+a\n"),
        ] {
            assert_eq!(unified("x", old, new), expected, "{old:?} {new:?}");
        }
    }
}
