//! The log sources that public rules use, with or without a schema here.

/// `product service category`, a dash for none; sorted.
const TEXT: &str = include_str!("packs/taxonomy.txt");

/// Product, service and category of one known log source; empty for none.
type Entry = (&'static str, &'static str, &'static str);

/// Every known log source.
pub fn entries() -> impl Iterator<Item = Entry> {
    TEXT.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut parts = line.split(' ').map(|part| if part == "-" { "" } else { part });
        Some((parts.next()?, parts.next()?, parts.next()?))
    })
}
