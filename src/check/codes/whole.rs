//! Findings about the rule as a whole.

crate::codes! {
    /// Two parts of one conjunction exclude each other.
    ///
    /// ## What it does
    /// Follows what the condition requires of each field that has one value, and reports a part that no event can satisfy together with the rest.
    /// In a filter it is a warning: the part excludes nothing, and the rule can still fire.
    ///
    /// ## Why it matters
    /// The conjunction is never true, so the rule, or this branch of it, never fires.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     a:
    ///         eventName: CreateUser
    ///     b:
    ///         eventName: DeleteUser
    ///     condition: a and b
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventName:
    ///             - CreateUser
    ///             - DeleteUser
    ///     condition: selection
    /// ```
    CONTRADICTION = "S0505" "contradiction" Error;

    /// The rule grows past all measure when its conditions are written out.
    ///
    /// ## What it does
    /// Bounds the nesting of conditions and blocks, and the number of values once every use of a selection is written out.
    ///
    /// ## Why it matters
    /// The query would be refused by every target.
    ///
    /// ## Example
    /// A condition that names a selection of thousands of values thousands of times.
    ///
    /// ## Use instead
    /// Several rules.
    TOO_LARGE = "S0511" "rule-too-large" Error;
}
