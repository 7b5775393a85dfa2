//! Findings about correlations and filters.

crate::codes! {
    /// A type of correlation that does not exist.
    ///
    /// ## What it does
    /// Checks `type` against the eight that there are.
    ///
    /// ## Why it matters
    /// Nothing is counted.
    ///
    /// ## Example
    /// ```yaml
    /// correlation:
    ///     type: eventcount
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// correlation:
    ///     type: event_count
    /// ```
    ///
    /// ## Fix safety
    /// Unsafe: the nearest name is a guess.
    UNKNOWN_TYPE = "S0601" "unknown-correlation-type" Error;

    /// A time span that cannot be read.
    ///
    /// ## What it does
    /// Reads a number and one of `s`, `m`, `h`, `d`, `w`, `M` (a month) and `y`.
    ///
    /// ## Why it matters
    /// Without a window nothing can be correlated.
    ///
    /// ## Example
    /// ```yaml
    /// correlation:
    ///     timespan: 10 minutes
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// correlation:
    ///     timespan: 10m
    /// ```
    ///
    /// ## Fix safety
    /// Safe: the written unit gets its letter.
    BAD_TIMESPAN = "S0602" "bad-timespan" Error;

    /// A comparison that cannot be read.
    ///
    /// ## What it does
    /// Checks that the condition has one of `gt`, `gte`, `lt`, `lte`, `eq`, `neq` with a number; counts take
    /// whole numbers.
    ///
    /// ## Why it matters
    /// The correlation would never, or always, fire.
    ///
    /// ## Example
    /// ```yaml
    /// correlation:
    ///     condition:
    ///         gte: ten
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// correlation:
    ///     condition:
    ///         gte: 10
    /// ```
    ///
    /// ## Fix safety
    /// Unsafe: the nearest operator is a guess.
    BAD_COMPARISON = "S0603" "bad-comparison" Error;

    /// Comparisons that no number satisfies.
    ///
    /// ## What it does
    /// Joins the comparisons, which are an AND, and reports an empty range. A correlation is tested at a match,
    /// so an event count is at least one.
    ///
    /// ## Why it matters
    /// The correlation can never fire.
    ///
    /// ## Example
    /// ```yaml
    /// correlation:
    ///     condition:
    ///         gt: 10
    ///         lt: 5
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// correlation:
    ///     condition:
    ///         gt: 5
    ///         lt: 10
    /// ```
    EMPTY_RANGE = "S0604" "empty-range" Error;

    /// A correlation with a missing or a needless field.
    ///
    /// ## What it does
    /// Checks that correlations over values name a field, one for all but `value_count`, and `event_count`
    /// none.
    ///
    /// ## Why it matters
    /// Tools ignore a needless field, and fail without a needed one.
    ///
    /// ## Example
    /// ```yaml
    /// correlation:
    ///     type: value_count
    ///     condition:
    ///         gte: 3
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// correlation:
    ///     type: value_count
    ///     condition:
    ///         field: sourceIPAddress
    ///         gte: 3
    /// ```
    CORRELATED_FIELD = "S0605" "correlated-field" Error;

    /// A percentile that is missing, needless or out of range.
    ///
    /// ## What it does
    /// Checks that `value_percentile`, and no other type, has `percentile` from 0 to 100.
    ///
    /// ## Why it matters
    /// The number to compare with is of an unknown kind.
    ///
    /// ## Example
    /// ```yaml
    /// correlation:
    ///     type: value_percentile
    ///     condition:
    ///         field: additionalEventData.bytesTransferredOut
    ///         gte: 1000
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// correlation:
    ///     type: value_percentile
    ///     condition:
    ///         field: additionalEventData.bytesTransferredOut
    ///         percentile: 95
    ///         gte: 1000
    /// ```
    PERCENTILE = "S0606" "bad-percentile" Error;

    /// A condition that a temporal correlation cannot have.
    ///
    /// ## What it does
    /// Reports comparisons, quantifiers, any condition of an ordered correlation, and warns of one that holds
    /// without any match.
    ///
    /// ## Why it matters
    /// A temporal correlation asks whether rules have matched, not how often.
    ///
    /// ## Example
    /// ```yaml
    /// correlation:
    ///     type: temporal
    ///     condition:
    ///         gte: 2
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// correlation:
    ///     type: temporal
    ///     condition: key_created and policy_attached
    /// ```
    TEMPORAL_CONDITION = "S0607" "temporal-condition" Error;

    /// A rule that the correlation does not list.
    ///
    /// ## What it does
    /// Checks that aliases and a temporal condition speak of entries of `rules`.
    ///
    /// ## Why it matters
    /// The part can never hold.
    ///
    /// ## Example
    /// ```yaml
    /// correlation:
    ///     type: temporal
    ///     rules:
    ///         - key_created
    ///         - policy_attached
    ///     condition: key_creatd
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// correlation:
    ///     type: temporal
    ///     rules:
    ///         - key_created
    ///         - policy_attached
    ///     condition: key_created and policy_attached
    /// ```
    ///
    /// ## Fix safety
    /// Unsafe: the nearest name is a guess.
    UNKNOWN_RULE = "S0608" "unlisted-rule" Error;

    /// An alias that nothing uses.
    ///
    /// ## What it does
    /// Reports aliases that neither `group-by` nor `field` names.
    ///
    /// ## Why it matters
    /// The matches are then not grouped as its author thought.
    ///
    /// ## Example
    /// ```yaml
    /// correlation:
    ///     aliases:
    ///         user:
    ///             key_created: userIdentity.arn
    ///             policy_attached: userIdentity.arn
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// correlation:
    ///     group-by:
    ///         - user
    ///     aliases:
    ///         user:
    ///             key_created: userIdentity.arn
    ///             policy_attached: userIdentity.arn
    /// ```
    UNUSED_ALIAS = "S0609" "unused-alias" Warning;

    /// A temporal correlation of one rule.
    ///
    /// ## What it does
    /// Reports `temporal` and `temporal_ordered` with a single rule.
    ///
    /// ## Why it matters
    /// It fires on each match of the rule, so it adds nothing to it.
    ///
    /// ## Example
    /// ```yaml
    /// correlation:
    ///     type: temporal
    ///     rules:
    ///         - key_created
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// correlation:
    ///     type: temporal
    ///     rules:
    ///         - key_created
    ///         - policy_attached
    /// ```
    SINGLE_RULE = "S0610" "single-rule-correlation" Warning;

    /// An empty list of rules.
    ///
    /// ## What it does
    /// Reports a correlation or a filter whose `rules` is an empty list.
    ///
    /// ## Why it matters
    /// It is about nothing.
    ///
    /// ## Example
    /// ```yaml
    /// correlation:
    ///     rules: []
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// correlation:
    ///     rules:
    ///         - key_created
    /// ```
    CORRELATION_RULES = "S0611" "no-rules" Error;

    /// A filter that keeps only what it lists.
    ///
    /// ## What it does
    /// Reports a filter whose condition is false for every event that none of its selections matches. The
    /// condition is joined to each rule by `and`, as written.
    ///
    /// ## Why it matters
    /// A filter is meant to drop known activity. This one drops everything else, and the rule is all but off.
    ///
    /// ## Example
    /// ```yaml
    /// filter:
    ///     rules:
    ///         - key_created
    ///     selection:
    ///         userIdentity.type: AWSService
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// filter:
    ///     rules:
    ///         - key_created
    ///     selection:
    ///         userIdentity.type: AWSService
    ///     condition: not selection
    /// ```
    KEEPS_ONLY = "S0630" "filter-keeps-only" Warning;

    /// A key that a filter does not have.
    ///
    /// ## What it does
    /// Reports `level` and `status` in a filter.
    ///
    /// ## Why it matters
    /// The rules that are filtered have their own; these are ignored.
    ///
    /// ## Example
    /// ```yaml
    /// title: Known automation
    /// level: low
    /// filter:
    ///     rules: any
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// title: Known automation
    /// filter:
    ///     rules: any
    /// ```
    FILTER_KEY = "S0631" "filter-key" Warning;
}
