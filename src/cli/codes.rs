//! The findings that only the command line can make.

crate::codes! {
    /// A correlation or a filter is not compiled or evaluated.
    ///
    /// ## What it does
    /// `compile` and `eval` refuse correlations and filters. They are read, and `check` reports what is wrong in
    /// their form.
    ///
    /// ## Why it matters
    /// A correlation that is left out in silence looks like a rule that never fires, and a filter that is left out
    /// looks like a noisy one.
    ///
    /// ## Example
    /// ```yaml
    /// title: Many users created
    /// correlation:
    ///     type: event_count
    ///     rules: [iam_user_created]
    ///     group-by: [userIdentity.arn]
    ///     timespan: 10m
    ///     condition:
    ///         gte: 5
    /// ```
    ///
    /// ## Use instead
    /// Compile the detection rules that it refers to, and correlate their results in the SIEM.
    UNSUPPORTED_DOCUMENT = "S0650" "unsupported-document" Error;

    /// A file that was named holds no Sigma document.
    ///
    /// ## What it does
    /// Reports a file that was named on the command line and is no Sigma rule, correlation or filter, or that holds
    /// the tests of a rule. In a folder such files are passed over.
    ///
    /// ## Why it matters
    /// A pipeline that checks the wrong file is green for the wrong reason.
    ///
    /// ## Example
    /// `sigmata check docker-compose.yml`
    ///
    /// ## Use instead
    /// Name the rule, or a folder.
    NOT_A_RULE = "S0950" "not-a-rule" Error;
}
