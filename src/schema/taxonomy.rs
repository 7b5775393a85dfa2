//! The log sources that public rules use, with or without a schema here, and the names that are written for others.

use std::sync::OnceLock;

/// `product service category`, a dash for none; sorted.
const TEXT: &str = include_str!("shipped/taxonomy.txt");

/// Product, service and category of one known log source; empty for none.
type Entry = (&'static str, &'static str, &'static str);

/// Every known log source; the text is cut once.
pub fn entries() -> &'static [Entry] {
    static ENTRIES: OnceLock<Vec<Entry>> = OnceLock::new();
    ENTRIES.get_or_init(|| {
        let lines = TEXT.lines().filter(|line| !line.starts_with('#'));
        let entry = |line: &'static str| {
            let mut parts = line.split(' ').map(|part| if part == "-" { "" } else { part });
            Some((parts.next()?, parts.next()?, parts.next()?))
        };
        lines.filter_map(entry).collect()
    })
}

/// `product service`, then what is meant by it.
const ALIASES: &str = include_str!("shipped/aliases.txt");

/// The product and service that are meant by others that people write.
pub fn meant(product: &str, service: &str) -> Option<(&'static str, &'static str)> {
    ALIASES.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let mut parts = line.split(' ');
        let fits =
            parts.next()? == product && matches!(parts.next()?, known if known == "*" || known == service);
        fits.then_some(())?;
        Some((parts.next()?, parts.next()?))
    })
}
