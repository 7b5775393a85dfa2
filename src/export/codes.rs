//! Findings of exports.

crate::codes! {
    /// A platform does not take what a rule would give it.
    ///
    /// ## What it does
    /// Reports a rule whose deployed object would exceed a limit of the platform: the length of a name, a description or a
    /// query, or how far a scheduled query can look back. The object is not written; everything else is.
    ///
    /// ## Why it matters
    /// The platform refuses the object when it is deployed, and with some tools the whole deployment with it.
    ///
    /// ## Example
    /// ```yaml
    /// correlation:
    ///   type: event_count
    ///   rules: [aws_user_created]
    ///   timespan: 30d        # Sentinel looks back 14 days at most
    ///   condition: { gte: 5 }
    /// ```
    ///
    /// ## Use instead
    /// Shorten the text that the message names, split the rule, or choose a shorter window.
    LIMIT = "S0970" "export-limit" Error;

    /// A platform asks for something that a rule does not have.
    ///
    /// ## What it does
    /// Reports a rule without an `id` that is a UUID and its own, without a title, or without a column that the platform demands of
    /// each alert. The object is not written.
    ///
    /// ## Why it matters
    /// The identifier is what the next export knows the deployed object by: without one a changed rule would be deployed
    /// beside its older self. An alert without the columns that the platform demands is never raised.
    ///
    /// ## Example
    /// ```yaml
    /// title: AWS User Created     # no id
    /// logsource: { product: aws, service: cloudtrail }
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// title: AWS User Created
    /// id: 5e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d
    /// logsource: { product: aws, service: cloudtrail }
    /// ```
    FIELD_MISSING = "S0971" "export-field-missing" Error;

    /// A rule is not part of an export.
    ///
    /// ## What it does
    /// Reports each rule that was looked at and gives no object: its status is `deprecated` or `unsupported`, there is no
    /// query in the language of the platform, or its log has no place there.
    ///
    /// ## Why it matters
    /// Whoever deploys should know what is not watched.
    ///
    /// ## Example
    /// ```yaml
    /// title: AWS User Created
    /// status: deprecated
    /// ```
    ///
    /// ## Use instead
    /// Nothing, where it is meant. Else change the status, or choose a delivery for the log in `sigmata.toml`.
    LEFT_OUT = "S0972" "not-exported" Info;

    /// What is deployed says less than the rule.
    ///
    /// ## What it does
    /// Reports what a platform has no room or no word for: techniques without a tactic, more columns than it shows, a
    /// description that was cut, a schedule that it does not have.
    ///
    /// ## Why it matters
    /// The alert still fires; who reads it sees less.
    ///
    /// ## Example
    /// ```yaml
    /// tags:
    ///   - attack.t1136.003    # a technique, and no tactic: Sentinel shows neither
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// tags:
    ///   - attack.persistence
    ///   - attack.t1136.003
    /// ```
    SAYS_LESS = "S0973" "export-says-less" Warning;

    /// What is deployed sees its events under a condition.
    ///
    /// ## What it does
    /// Reports each object that gets its events only in one region, or only where they are asked for: rules of Amazon
    /// `EventBridge` on the events of IAM, and on calls that only read.
    ///
    /// ## Why it matters
    /// A rule that is deployed in another region never fires, and nothing says so.
    ///
    /// ## Example
    /// ```yaml
    /// logsource: { product: aws, service: cloudtrail }
    /// detection:
    ///   selection: { eventSource: iam.amazonaws.com, eventName: CreateUser }
    /// ```
    ///
    /// ## Use instead
    /// Deploy the template that bears the region in its name in that region.
    ARRIVES = "S0974" "export-arrives-under-condition" Info;
}
