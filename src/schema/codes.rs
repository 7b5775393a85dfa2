//! The findings about schema packs.

crate::codes! {
    /// A pack is no readable YAML of the pack format.
    ///
    /// ## What it does
    /// Reports a schema pack that is not valid YAML, has a key that the format does not know, or lacks a required one.
    ///
    /// ## Why it matters
    /// The pack is left out, so that rules for its log stay unchecked.
    ///
    /// ## Example
    /// ```yaml
    /// sigmata-pack: 1
    /// name: acme/audit
    /// feilds: {}
    /// ```
    ///
    /// ## Use instead
    /// Write the keys as `docs/packs.md` lists them; `grammar/pack.schema.json` lets an editor check them.
    UNREADABLE_PACK = "S0701" "unreadable-pack" Error;

    /// A pack names a type, catalogue or table that it does not define.
    ///
    /// ## What it does
    /// Reports a reference inside a pack that leads nowhere, or a type that is not complete.
    ///
    /// ## Why it matters
    /// The field would have no type, and the pack is left out.
    ///
    /// ## Example
    /// ```yaml
    /// fields:
    ///   status: { type: enum, catalogue: statuses }
    /// ```
    ///
    /// ## Use instead
    /// Define the catalogue under `catalogues`, or the type under `types`, before it is used.
    UNKNOWN_REFERENCE = "S0702" "unknown-pack-reference" Error;

    /// A mapping in a pack names a field that the pack does not have.
    ///
    /// ## What it does
    /// Reports a path under `time`, `alert`, `homes`, `shapes` or `relations` that no field of the record has.
    ///
    /// ## Why it matters
    /// A query would look in a column for something that the log never holds.
    ///
    /// ## Example
    /// ```yaml
    /// fields:
    ///   user: { type: string }
    /// alert: [usr]
    /// ```
    ///
    /// ## Use instead
    /// Name the field as it stands under `fields`.
    UNKNOWN_PACK_PATH = "S0703" "unknown-pack-path" Error;

    /// The types of a pack are too many or too deep.
    ///
    /// ## What it does
    /// Reports a pack whose types nest deeper than 32 levels, or that has more than 100,000 fields.
    ///
    /// ## Why it matters
    /// Packs come from outside; bounds keep a bad one from exhausting memory or time.
    ///
    /// ## Example
    /// ```yaml
    /// fields: { a: { type: array, items: { type: array, items: { type: array } } } }
    /// ```
    ///
    /// ## Use instead
    /// Split the log, or declare deep parts as `type: any`.
    PACK_LIMIT = "S0704" "pack-limit" Error;

    /// Two packs have the same name.
    ///
    /// ## What it does
    /// Reports a second pack of the user with the name of another.
    ///
    /// ## Why it matters
    /// Which of them holds would depend on the order of the files.
    ///
    /// ## Example
    /// ```yaml
    /// name: acme/audit
    /// ```
    ///
    /// ## Use instead
    /// Keep one; a pack with the name of a shipped one takes its place on purpose.
    DUPLICATE_PACK = "S0705" "duplicate-pack" Error;
}
