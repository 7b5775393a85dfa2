//! One line per finding: `file:line:column: severity[code] message (help)`.

use std::fmt::Write as _;

use super::{Finding, visible};

pub(super) fn render(findings: &[Finding<'_>]) -> String {
    let mut out = String::new();
    for Finding { source, diagnostic, .. } in findings {
        let place = source.position(diagnostic.span.start);
        let _ = write!(
            out,
            "{}:{}:{}: {}[{}] {}",
            visible(source.name()),
            place.line,
            place.column,
            diagnostic.severity.name(),
            diagnostic.code.id,
            visible(&diagnostic.message),
        );
        if let Some(help) = &diagnostic.help {
            let _ = write!(out, " ({})", visible(help));
        }
        out.push('\n');
    }
    out
}
