//! Known lists: what a platform keeps is asked there, and for every other platform the values are in the query.

use std::borrow::Cow;

use super::OptionSpec;
use super::fidelity::Ledger;
use crate::config;
use crate::diagnostic::Diagnostic;
use crate::ir::{Condition, Formula, Listed, Predicate};

/// The formula with the values of lists that the platform does not keep in their places; `None` where such a list has no
/// values, which the ledger then says. The first of `options` names a list that the platform keeps.
pub(super) fn settled<'f>(
    formula: &'f Formula,
    options: &[OptionSpec],
    ledger: &mut Ledger,
) -> Option<Cow<'f, Formula>> {
    let is_elsewhere = |predicate: &Predicate| match &predicate.test {
        Condition::Listed(listed) => !keeps(listed, options),
        _ => false,
    };
    if !formula.predicates().any(is_elsewhere) {
        return Some(Cow::Borrowed(formula));
    }
    let mut whole = true;
    let settled = formula.clone().rewrite(&mut |leaf| match leaf {
        Formula::Pred(mut predicate) if is_elsewhere(&predicate) => {
            let Condition::Listed(listed) = &predicate.test else { return Formula::Pred(predicate) };
            match &listed.texts {
                Some(texts) if texts.is_empty() => Formula::False,
                Some(texts) => {
                    predicate.test = Condition::Text(texts.clone());
                    Formula::Pred(predicate)
                }
                None => {
                    whole = false;
                    refuse(listed, ledger);
                    Formula::Pred(predicate)
                }
            }
        }
        leaf => leaf,
    });
    whole.then_some(Cow::Owned(settled))
}

/// Whether the platform keeps the list.
fn keeps(listed: &Listed, options: &[OptionSpec]) -> bool {
    options.first().is_some_and(|option| listed.list.kept.contains_key(option.name))
}

/// The key of a setting of a list.
fn config_key(name: &str, option: &str) -> String {
    let parts = ["lists", name].into_iter().chain(option.split('.'));
    config::dotted(&parts.map(str::to_owned).collect::<Vec<_>>())
}

fn refuse(listed: &Listed, ledger: &mut Ledger) {
    let message = format!("the values of the known list `{}` are kept by another platform", listed.name);
    let help = format!("set `{}` for this target too", config_key(&listed.name, "values"));
    let _: Option<()> = ledger.refuse(Diagnostic::new(&LIST_ELSEWHERE, listed.span, message).help(help));
}

/// What the site says of a list that the platform keeps; `None` where a setting that is needed is missing, which the
/// ledger then says.
pub(super) fn setting<'l>(listed: &'l Listed, option: &str, ledger: &mut Ledger) -> Option<&'l str> {
    if let Some(found) = listed.list.kept.get(option) {
        return Some(found);
    }
    let key = config_key(&listed.name, option);
    let message = format!("`{key}` is not set");
    ledger.refuse(
        Diagnostic::new(&LIST_ELSEWHERE, listed.span, message)
            .help("say which column of it holds the values"),
    )
}

/// The refusal of a test that the platform's own list cannot answer.
pub(super) fn refuse_form<T>(
    listed: &Listed,
    option: &str,
    message: impl Into<String>,
    ledger: &mut Ledger,
) -> Option<T> {
    let help = format!(
        "give the values in `{}`, without `{}`",
        config_key(&listed.name, "values"),
        config_key(&listed.name, option)
    );
    ledger.refuse(Diagnostic::new(&LIST_ELSEWHERE, listed.span, message).help(help))
}

crate::codes! {
    /// A known list cannot be asked for on this platform.
    ///
    /// ## What it does
    /// Refuses a query that needs a list whose values another platform keeps, of which a setting is missing, or which the
    /// platform cannot ask for at this place.
    ///
    /// ## Why it matters
    /// Without the list the query would say something else than the rule.
    ///
    /// ## Example
    /// With nothing but `lists.Administrators.kql.watchlist = "Administrators"` in `sigmata.toml`, compiled for Splunk:
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventName: CreateUser
    ///     known:
    ///         userIdentity.userName|expand: '%Administrators%'
    ///     condition: selection and not known
    /// ```
    ///
    /// ## Use instead
    /// ```toml
    /// [lists.Administrators]
    /// values = ["alice"]
    /// kql = { watchlist = "Administrators" }
    /// ```
    LIST_ELSEWHERE = "S0833" "list-not-kept-here" Error;

    /// The list of a platform may compare otherwise than the rule.
    ///
    /// ## What it does
    /// Notes a lookup that tells upper from lower case, or whose documentation is silent about what it does with several
    /// values of a field.
    ///
    /// ## Why it matters
    /// `Alice` in the log is not found as `alice` in the lookup.
    ///
    /// ## Example
    /// With `lists.Administrators.spl = { lookup = "administrators", field = "user" }` in `sigmata.toml`:
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventName: CreateUser
    ///     known:
    ///         userIdentity.userName|expand: '%Administrators%'
    ///     condition: selection and not known
    /// ```
    ///
    /// ## Use instead
    /// A lookup definition with `case_sensitive_match = false`, or values in the letter case of the log.
    LIST_CASE = "S0834" "list-comparison" Info;
}
