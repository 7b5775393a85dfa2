//! Applying fixes.

use super::{Diagnostic, Edit, Safety};

/// The text with every safe fix applied, and how many were; `None` when there is none.
/// Of overlapping fixes the first one wins, so that each edit is made against text that its finding has seen.
pub fn apply(text: &str, diagnostics: &[Diagnostic]) -> Option<(String, usize)> {
    let mut fixes: Vec<&[Edit]> = diagnostics
        .iter()
        .filter_map(|finding| finding.fix.as_ref())
        .filter(|fix| fix.safety == Safety::Safe && !fix.edits.is_empty())
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
}
