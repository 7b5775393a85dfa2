//! The findings about the configuration.

crate::codes! {
    /// The configuration file cannot be read.
    ///
    /// ## What it does
    /// Reports a `sigmata.toml` that is no TOML, has a setting that does not exist, or a value of the wrong kind.
    ///
    /// ## Why it matters
    /// A setting that is silently ignored, such as a misspelt `fail-on`, leaves a pipeline green that should be red.
    ///
    /// ## Example
    /// ```toml
    /// fail_on = "warning"
    /// ```
    ///
    /// ## Use instead
    /// ```toml
    /// fail-on = "warning"
    /// ```
    CONFIGURATION = "S0750" "unreadable-configuration" Error;
}
