//! The findings that only the command line can make.

crate::codes! {
    /// A file that was named holds no Sigma document.
    ///
    /// ## What it does
    /// Reports a file that was named on the command line and is not a Sigma rule, correlation or filter, or that holds
    /// the tests of a rule. In a folder such files are passed over.
    ///
    /// ## Why it matters
    /// A pipeline that checks the wrong file is green for the wrong reason.
    ///
    /// ## Example
    /// ```yaml
    /// # docker-compose.yml
    /// services:
    ///     web:
    ///         image: nginx
    /// ```
    ///
    /// ## Use instead
    /// Name the rule, or a folder.
    NOT_A_RULE = "S0950" "not-a-rule" Error;
}
