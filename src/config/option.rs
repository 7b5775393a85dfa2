//! Settings that a backend adds.

/// An option of a backend.
#[derive(Clone, Copy, Debug)]
pub struct OptionSpec {
    /// The language and the option: `kql.table`.
    pub name: &'static str,
    /// What it does, in one line.
    pub help: &'static str,
    /// Whether it takes several values.
    pub many: bool,
    /// Whether it may be set for all logs; else for single ones alone.
    pub general: bool,
    /// What it says of where a log is kept.
    pub role: Role,
    /// What a value is, such as `a KQL table: letters, digits and _`.
    pub form: &'static str,
    /// Whether a value has that form, so that it stays what it is in a query.
    pub fits: fn(&str) -> bool,
}

/// What an option says of where a log is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The tables or source types, in place of the documented ones.
    Tables,
    /// A place in the platform, beside tables: an index, a log group.
    Place,
    /// Which of the known deliveries it is.
    Delivery,
    /// The plan of its tables.
    Plan,
    /// Nothing.
    Other,
}

/// The longest value of an option, in bytes.
const MAX_BYTES: usize = 512;

impl OptionSpec {
    /// Whether it takes a value.
    pub fn takes(&self, value: &str) -> bool {
        !value.is_empty() && value.len() <= MAX_BYTES && (self.fits)(value)
    }

    /// The language: `kql`.
    pub fn language(&self) -> &'static str {
        self.name.split_once('.').map_or(self.name, |(language, _)| language)
    }

    /// The option within its language: `table`.
    pub fn key(&self) -> &'static str {
        self.name.split_once('.').map_or("", |(_, key)| key)
    }
}
