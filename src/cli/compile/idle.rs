//! What the command line sets for all logs and no query of the run has a use for.

use super::super::Session;
use super::Product;
use crate::backend::{Backend, Backends, OptionSpec, Role, language};
use crate::config::Origin;

/// One line for each such setting.
pub(super) fn lines(session: &Session, targets: &[&dyn Backend], products: &[Product<'_>]) -> Vec<String> {
    let options = Backends::shipped().options();
    let set = options.into_iter().filter_map(|option| {
        let setting = session.run.config.get(option.name).filter(|set| set.origin == Origin::Command)?;
        Some((option, setting.value.texts()))
    });
    let why =
        set.filter_map(|(option, values)| Some((option.name, reason(option, values, targets, products)?)));
    why.map(|(name, why)| format!("`{name}` has no effect: {why}")).collect()
}

fn reason(
    option: &OptionSpec,
    values: &[String],
    targets: &[&dyn Backend],
    products: &[Product<'_>],
) -> Option<String> {
    let own = |name: &str| language(name) == option.language();
    if !targets.iter().any(|target| own(target.name())) {
        return Some(format!("no query is in {}", option.language()));
    }
    let queries: Vec<_> =
        products.iter().map(|product| &product.made).filter(|made| own(made.target.name())).collect();
    let idle = option.role == Role::Tables
        && !queries.is_empty()
        && queries.iter().all(|made| {
            let mut reads = made.compiled.reads.iter();
            made.compiled.query.is_some() && !reads.any(|read| values.contains(&read.place))
        });
    idle.then(|| {
        format!(
            "the log of every rule has a place that is known; `logs.\"LOG\".{}` sets that of one log",
            option.name
        )
    })
}
