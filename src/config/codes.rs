//! The findings about the configuration.

crate::codes! {
    /// The configuration file cannot be read.
    ///
    /// ## What it does
    /// Reports a `sigmata.toml` that is not TOML, has a setting that does not exist, a value of the wrong kind, or a path
    /// that leads out of its folder. The same holds for `--set`.
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

    /// The configuration has a setting that this version does not act on.
    ///
    /// ## What it does
    /// Reports settings that are planned and have no effect yet.
    ///
    /// ## Why it matters
    /// A setting that is accepted and does nothing is taken for one that works.
    ///
    /// ## Example
    /// ```toml
    /// [limits]
    /// rule-seconds = 5
    /// ```
    ///
    /// ## Use instead
    /// ```toml
    /// fail-on = "warning"
    /// ```
    NOT_SUPPORTED = "S0751" "unsupported-setting" Error;
}
