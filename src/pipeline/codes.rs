//! Findings about processing pipelines.

crate::codes! {
    /// A processing pipeline has something that is not read.
    ///
    /// ## What it does
    /// Reports what a file given with `--pipeline` has that sigmata does not act on: a transformation or condition that it
    /// does not know, a key of one that it does not know, post-processing.
    ///
    /// ## Why it matters
    /// A transformation that is passed over leaves rules that mean something else than the pipeline's author meant.
    ///
    /// ## Example
    /// ```yaml
    /// transformations:
    ///     - type: hashes_fields
    ///       valid_hash_algos: [MD5]
    /// ```
    ///
    /// ## Use instead
    /// A pipeline of what `docs/pipelines.md` lists as read.
    NOT_READ = "S0770" "unread-pipeline" Error;

    /// A processing pipeline refuses the rule, or cannot be applied to it.
    ///
    /// ## What it does
    /// Reports a rule that the pipeline says to refuse (`rule_failure`, `detection_item_failure`), and one that a
    /// transformation would leave without a meaning, such as a selection from which everything is dropped. So is one to
    /// which pipelines add more than 10,000 values and names, or more than 1 MiB of them.
    ///
    /// ## Why it matters
    /// The query would not mean what the rule and the pipeline say together.
    ///
    /// ## Example
    /// ```yaml
    /// transformations:
    ///     - type: rule_failure
    ///       message: not for this platform
    ///       rule_conditions:
    ///           - type: logsource
    ///             product: aws
    /// ```
    ///
    /// ## Use instead
    /// Leave the rule out, or change the pipeline.
    REFUSED = "S0771" "refused-by-pipeline" Error;
}
