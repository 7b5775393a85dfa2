//! Codes of the SPL back end alone.

crate::codes! {
    /// SPL cannot quote the name of a field.
    ///
    /// ## What it does
    /// Refuses a rule that tests, or lists in `fields`, a field whose name holds a quote, a backslash, a backtick or a control character.
    ///
    /// ## Why it matters
    /// No escape for these is documented inside a quoted field name; the name could end early, and the rest would be read as SPL.
    ///
    /// ## Example
    /// ```yaml
    /// logsource:
    ///     product: own
    ///     service: audit
    /// detection:
    ///     selection:
    ///         "user's name": admin
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// Alias the field to a plain name in Splunk, and map it in a schema.
    FIELD_NAME = "S2001" "spl-field-name" Error;

    /// The delivery cannot state which source type the log has.
    ///
    /// ## What it does
    /// Refuses a rule whose delivery in a schema names a source type, or a fixed value, that a search cannot quote.
    ///
    /// ## Why it matters
    /// The search would select other events, or none.
    ///
    /// ## Example
    /// ```yaml
    /// deliveries:
    ///   - platform: splunk
    ///     tables: ["source`type"]
    ///     form: raw
    /// ```
    ///
    /// ## Use instead
    /// The source type as `props.conf` spells it.
    DELIVERY_NAME = "S2003" "spl-delivery-name" Error;
}
