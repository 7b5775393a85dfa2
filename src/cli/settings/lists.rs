//! The known lists of a configuration: values, files, and where platforms keep them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::{Failure, text_file};
use super::RuleSettings;
use crate::backend::Backends;
use crate::config::{Origin, Setting, Value};
use crate::export::LIST_PLACES;
use crate::schema::{KnownList, KnownLists, lists};

/// The setting that has exports make the list in the platforms.
const EXPORT: &str = "export";

impl RuleSettings {
    /// Reads the known lists that are set.
    pub(super) fn lists(&mut self) -> Result<(), Failure> {
        let set = self.config.lists();
        let lists = set.iter().map(|(name, set)| Ok(((*name).to_owned(), self.list(name, set)?)));
        let lists = lists.collect::<Result<BTreeMap<String, KnownList>, Failure>>()?;
        if let Some((name, message)) = one_place(&lists) {
            let setting = set.get(name.as_str()).and_then(|set| set.get("export").copied());
            return Err(self.fault(setting.map_or(Origin::Command, |setting| setting.origin), message));
        }
        let lists = lists.into_iter().collect::<KnownLists>();
        if !set.is_empty() {
            self.registry = Arc::new(self.registry.with_lists(lists));
        }
        Ok(())
    }

    /// A known list: its values, or those of its file, and where platforms keep it.
    fn list(&self, name: &str, set: &BTreeMap<String, &Setting>) -> Result<KnownList, Failure> {
        let (values, file) = (set.get("values").copied(), set.get("file").copied());
        // What the command line says takes the place of what the file says.
        let (values, file) = match (values, file) {
            (Some(values), Some(file)) => match (values.origin, file.origin) {
                (Origin::Command, Origin::File(_)) => (Some(values), None),
                (Origin::File(_), Origin::Command) => (None, Some(file)),
                _ => {
                    let message = format!("`lists.{name}` has both `values` and `file`");
                    return Err(self.fault(file.origin, message));
                }
            },
            either => either,
        };
        let mut list = KnownList::default();
        if let Some(setting) = values.or(file).or_else(|| set.values().next().copied()) {
            list.place = self.place(setting.origin);
        }
        if let Some(setting) = values {
            let values = setting.value.texts().to_vec();
            lists::fits(&values).map_err(|why| self.fault(setting.origin, why))?;
            list.values = Some(values);
        } else if let (Some(setting), Some(named)) = (file, file.and_then(|file| file.value.texts().first()))
        {
            let source = text_file(&self.path(named, setting.origin)?)?;
            let values = lists::read_values(source.text());
            let wrong = |why| self.fault(setting.origin, format!("`{named}` cannot be used: {why}"));
            list.values = Some(values.map_err(wrong)?);
            source.name().clone_into(&mut list.place);
        }
        let backends = Backends::shipped();
        for option in backends.list_options() {
            let Some(setting) = set.get(option.name) else { continue };
            let names = backends.names_list(option);
            if let Some(names) = names.filter(|names| !set.contains_key(names.name)) {
                let message = format!(
                    "`lists.{name}.{}` is set without `lists.{name}.{}`, which names what it is a part of",
                    option.name, names.name
                );
                return Err(self.fault(setting.origin, message));
            }
        }
        let kept = set.iter().filter(|(key, _)| !matches!(key.as_str(), "values" | "file" | EXPORT));
        let text = |setting: &Setting| setting.value.texts().first().cloned();
        list.kept = kept.filter_map(|(key, setting)| Some((key.clone(), text(setting)?))).collect();
        if let Some(setting) = set.get(EXPORT).filter(|setting| setting.value == Value::Flag(true)) {
            can_be_made(&list)
                .map_err(|why| self.fault(setting.origin, format!("`lists.{name}.export`: {why}")))?;
            list.exported = true;
        }
        Ok(list)
    }
}

/// Whether exports can make a list.
///
/// # Errors
/// A clause for the user.
fn can_be_made(list: &KnownList) -> Result<(), &'static str> {
    if list.values.is_none() {
        return Err("there is nothing to make it of; set `values` or `file`");
    }
    if LIST_PLACES.iter().all(|place| !list.kept.contains_key(*place)) {
        return Err("no platform keeps the list; set `kql.watchlist`, `spl.lookup` or `cwli.table`");
    }
    if list.kept.get("spl.lookup").is_some_and(|lookup| lookup.contains('.')) {
        return Err("`spl.lookup` is to be a definition, whose name has no dot");
    }
    Ok(())
}

/// The second of two lists that exports would make at one place, and what is wrong with it. Names that differ in letter
/// case alone are one name to some systems.
fn one_place(lists: &BTreeMap<String, KnownList>) -> Option<(&String, String)> {
    for place in LIST_PLACES {
        let mut owners: BTreeMap<String, &str> = BTreeMap::new();
        for (name, list) in lists.iter().filter(|(_, list)| list.exported) {
            let Some(kept) = list.kept.get(place) else { continue };
            if let Some(owner) = owners.insert(kept.to_lowercase(), name) {
                return Some((name, format!("`lists.{name}.{place}` is where `lists.{owner}` is made")));
            }
        }
    }
    None
}
