//! The findings about schemas.

crate::codes! {
    /// A schema is not valid YAML of the schema format.
    ///
    /// ## What it does
    /// Reports a schema that is not valid YAML, has a key that the format does not know, or lacks a required one.
    ///
    /// ## Why it matters
    /// The schema is left out, so that rules for its log stay unchecked.
    ///
    /// ## Example
    /// ```yaml
    /// sigmata-schema: 2
    /// name: acme/audit
    /// feilds: {}
    /// ```
    ///
    /// ## Use instead
    /// Write the keys as `docs/schemas.md` lists them; `grammar/log.schema.json` lets an editor check them.
    UNREADABLE_SCHEMA = "S0701" "unreadable-schema" Error;

    /// A schema names a type, list of known values or table that it does not define.
    ///
    /// ## What it does
    /// Reports a reference inside a schema that leads nowhere, or a type that is not complete.
    ///
    /// ## Why it matters
    /// The field would have no type, and the schema is left out.
    ///
    /// ## Example
    /// ```yaml
    /// fields:
    ///   status: { type: enum, enum: statuses }
    /// ```
    ///
    /// ## Use instead
    /// Define the list of known values under `enums`, or the type under `types`, before it is used.
    UNKNOWN_REFERENCE = "S0702" "unknown-schema-reference" Error;

    /// A mapping in a schema names a field that the schema does not have.
    ///
    /// ## What it does
    /// Reports a path under `time`, `alert`, `deliveries`, `record_formats` or `relations` that no field of the record has.
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
    /// Name the field as it is under `fields`.
    UNKNOWN_SCHEMA_PATH = "S0703" "unknown-schema-path" Error;

    /// The types of a schema are too many or too deep.
    ///
    /// ## What it does
    /// Reports a schema whose types nest deeper than 32 levels, or that has more than 100,000 fields.
    ///
    /// ## Why it matters
    /// Schemas come from outside; bounds keep a bad one from exhausting memory or time.
    ///
    /// ## Example
    /// ```yaml
    /// fields: { a: { type: array, items: { type: array, items: { type: array } } } }
    /// ```
    ///
    /// ## Use instead
    /// Split the log, or declare deep parts as `type: any`.
    SCHEMA_LIMIT = "S0704" "schema-limit" Error;

    /// Two schemas have the same name.
    ///
    /// ## What it does
    /// Reports a second schema of the user with the name of another.
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
    /// Keep one; a schema with the name of a shipped one takes its place on purpose.
    DUPLICATE_SCHEMA = "S0705" "duplicate-schema" Error;

    /// A schema takes the place of a shipped one.
    ///
    /// ## What it does
    /// Says that a schema of the user takes the place of a shipped one: it has its name and does not extend it, or names
    /// its log source. Of a schema with `extends` it says what of the shipped one no longer holds: types that differ,
    /// lists of known values that are less complete, and objects that can have other members.
    ///
    /// ## Why it matters
    /// What the shipped schema knows of the log no longer counts, also what later versions add to it.
    ///
    /// ## Example
    /// ```yaml
    /// name: aws/cloudtrail
    /// ```
    ///
    /// ## Use instead
    /// With `extends` the schema adds to the shipped one:
    /// ```yaml
    /// name: aws/cloudtrail
    /// extends: aws/cloudtrail
    /// ```
    REPLACED_SCHEMA = "S0706" "replaced-schema" Info;
}
