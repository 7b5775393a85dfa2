//! What cannot be evaluated.

crate::codes! {
    /// A rule that cannot be evaluated against events.
    ///
    /// ## What it does
    /// Reports a value that the evaluator cannot execute: a regular expression with look-around or back-references,
    /// one that grows past the limit of memory, or a number that is none.
    ///
    /// ## Why it matters
    /// `sigmata eval` and `sigmata test` give no answer for the rule: neither a match nor its absence would be true.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///   selection:
    ///     userAgent|re: '(?<!aws-)cli'
    ///   condition: selection
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// detection:
    ///   selection:
    ///     userAgent|contains: cli
    ///   filter:
    ///     userAgent|contains: aws-cli
    ///   condition: selection and not filter
    /// ```
    NOT_EVALUABLE = "S0941" "not-evaluable" Error;
}
