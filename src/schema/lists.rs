//! Known lists: values that belong to a site rather than to a rule, such as its administrators.
//!
//! A rule names one as `%name%` under `expand`. Its values come from the configuration, and platforms may keep it
//! themselves, as a watchlist or a lookup table.

use std::collections::BTreeMap;
use std::sync::Arc;

/// The most values of a list.
pub const MOST_VALUES: usize = 10_000;

/// The longest value of a list, in bytes.
pub const LONGEST_VALUE: usize = 2_048;

/// A list of values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownList {
    /// Its values, each a text as it is, without wildcards; `None` where platforms alone have them.
    pub values: Option<Vec<String>>,
    /// Where platforms keep it, by the option of the language: `kql.watchlist` and its name.
    pub kept: BTreeMap<String, String>,
    /// Whether exports make it in the platforms that keep it, of its values.
    pub exported: bool,
    /// The place that defines it, for findings: a file and a line.
    pub place: String,
}

impl KnownList {
    /// A list of these values.
    pub fn of(values: Vec<String>, place: impl Into<String>) -> Self {
        Self { values: Some(values), place: place.into(), ..Self::default() }
    }
}

/// The known lists of a site, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownLists(Arc<BTreeMap<String, Arc<KnownList>>>);

impl KnownLists {
    /// The list with a name.
    pub fn get(&self, name: &str) -> Option<&Arc<KnownList>> {
        self.0.get(name)
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// These lists, where `over` has no list of the same name. A list of values alone keeps where platforms have it.
    #[must_use]
    pub fn with(&self, over: impl IntoIterator<Item = (String, KnownList)>) -> Self {
        let mut lists = (*self.0).clone();
        for (name, mut list) in over {
            if let Some(known) = lists.get(&name)
                && list.kept.is_empty()
            {
                list.kept = known.kept.clone();
                list.exported = known.exported;
            }
            lists.insert(name, Arc::new(list));
        }
        Self(Arc::new(lists))
    }
}

impl FromIterator<(String, KnownList)> for KnownLists {
    fn from_iter<I: IntoIterator<Item = (String, KnownList)>>(lists: I) -> Self {
        Self::default().with(lists)
    }
}

/// The values of a file: one on each line, without the spaces around it; empty lines and those that begin with `#` are
/// none.
///
/// # Errors
/// A clause for the user.
pub fn read_values(text: &str) -> Result<Vec<String>, String> {
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
    let values: Vec<String> =
        lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect();
    fits(&values).map(|()| values)
}

/// Whether values are few and short enough for a list.
///
/// # Errors
/// A clause for the user.
pub fn fits(values: &[String]) -> Result<(), String> {
    if values.len() > MOST_VALUES {
        return Err(format!(
            "a list has at most {MOST_VALUES} values, and this one has {}; leave a longer one to the platforms, as a \
             watchlist or a lookup table",
            values.len()
        ));
    }
    match values.iter().position(|value| value.len() > LONGEST_VALUE) {
        Some(at) => Err(format!(
            "a value of a list has at most {LONGEST_VALUE} bytes, and value {} is longer",
            at + 1
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_a_value_a_line() {
        let read = read_values("\u{feff}# admins\r\n alice \r\n\r\nbob smith\n#carol\n").expect("values");
        assert_eq!(read, ["alice", "bob smith"]);
        assert_eq!(read_values(""), Ok(Vec::new()));
        let many = "x\n".repeat(MOST_VALUES + 1);
        assert!(read_values(&many).is_err_and(|why| why.contains("at most 10000 values")));
        let long = format!("a\n{}", "x".repeat(LONGEST_VALUE + 1));
        assert!(read_values(&long).is_err_and(|why| why.contains("value 2 is longer")));
    }

    #[test]
    fn values_of_a_test_take_the_place_of_those_of_the_site() {
        let list = KnownList {
            kept: BTreeMap::from([("kql.watchlist".to_owned(), "W".to_owned())]),
            ..KnownList::of(vec!["a".into()], "sigmata.toml:2")
        };
        let lists: KnownLists = [("x".to_owned(), list)].into_iter().collect();
        let over = lists.with([("x".to_owned(), KnownList::of(vec!["b".into()], "test"))]);
        let found = over.get("x").expect("the list");
        assert_eq!(found.values.as_deref(), Some(&["b".to_owned()][..]));
        assert_eq!(found.kept.len(), 1);
        assert_eq!(lists.names().collect::<Vec<_>>(), ["x"]);
    }
}
