//! What the plan of a table takes away. A query of a table of the plan Basic or Auxiliary reads that table alone, so that
//! it has no `join` and no `union`, asks for no watchlist, and runs in no analytics rule.
//!
//! Source: MicrosoftDocs/azure-monitor-docs `logs/basic-logs-query.md` 128b0495c67e (2024-07-21) and
//! `logs/data-platform-logs.md` 08c110a05b45; for rules MicrosoftDocs/azure-docs `sentinel/log-plans.md` 039ab7dcf29f.

use super::ast::{Comment, Query};
use super::codes;
use super::script::{Pipe, Script, Source, Step};
use crate::backend::Options;
use crate::backend::correlation::{Counted, Windows};
use crate::backend::fidelity::Ledger;
use crate::backend::frame::Frame;
use crate::diagnostic::Diagnostic;
use crate::schema::Plan;
use crate::source::Span;

/// Judges the query of a rule, and says in its head what the plan means; `None` where the plan does not take it, which the
/// ledger then says.
pub(super) fn query(
    frame: Frame<'_>,
    options: &Options,
    query: &mut Query,
    ledger: &mut Ledger,
) -> Option<()> {
    let plan = frame.plan(options, "kql");
    // Without a table there is nothing that a plan could be of.
    if !plan.is_single() || !(frame.placed() || options.place("kql")) {
        return Some(());
    }
    let lacks = (!query.lists.is_empty()).then_some("a watchlist");
    let span = frame.rule.logsource.span;
    judge(plan, &query.table.0, span, lacks, &mut query.comments, ledger)
}

/// Judges the query of a correlation in the same way.
pub(super) fn script(windows: &Windows<'_>, script: &mut Script, ledger: &mut Ledger) -> Option<()> {
    let Some((plan, table)) = limited(windows) else { return Some(()) };
    let mut pipes = script.lets.iter().map(|(_, pipe)| pipe).chain([&script.body]);
    let lacks = if script.lists.is_empty() { pipes.find_map(operator) } else { Some("a watchlist") };
    judge(plan, table, windows.head(), lacks, &mut script.comments, ledger)
}

/// Whether a table that a correlation reads has such a plan.
pub(super) fn is_single(windows: &Windows<'_>) -> bool {
    limited(windows).is_some()
}

fn judge(
    plan: Plan,
    table: &str,
    span: Span,
    lacks: Option<&str>,
    comments: &mut Vec<Comment>,
    ledger: &mut Ledger,
) -> Option<()> {
    let what = format!("the table `{table}` has the plan `{}`", plan.name());
    if let Some(lacks) = lacks {
        let message = format!("{what}, whose queries cannot use {lacks}");
        let finding = Diagnostic::new(&codes::PLAN_LACKS, span, message);
        return ledger
            .refuse(finding.help("keep the table in the plan Analytics, or give the values of a list"));
    }
    // Without a head there is none: it was not wanted.
    if !comments.is_empty() {
        comments.extend(Comment::new(&format!(
            "plan {}: run by hand, no analytics rule runs over it",
            plan.name()
        )));
    }
    let message = format!("{what}, over which no analytics rule runs: run the query by hand");
    ledger.remark(Diagnostic::new(&codes::NO_ANALYTICS_RULE, span, message));
    Some(())
}

/// The first table of another plan than Analytics that a correlation reads.
fn limited<'a>(windows: &Windows<'a>) -> Option<(Plan, &'a str)> {
    windows.bases.iter().find_map(|base| match base {
        Counted::Rule(base) => {
            let plan = base.frame.plan(base.options, "kql");
            plan.is_single().then(|| (plan, super::read_by(base).unwrap_or_default()))
        }
        Counted::Correlation(base) => limited(&base.windows),
    })
}

/// The operator by which a part of a query reads more than one table.
fn operator(pipe: &Pipe) -> Option<&'static str> {
    if matches!(pipe.source, Source::Union(_) | Source::Siblings(_)) {
        return Some("`union`");
    }
    pipe.steps.iter().any(|step| matches!(step, Step::Join { .. })).then_some("`join`")
}
