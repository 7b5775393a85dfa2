//! Codes that the KQL back end alone raises.

crate::codes! {
    /// The log has no KQL table, and none was given.
    ///
    /// ## What it does
    /// Reports that a rule is unplaced: its log is not known to have a table in the dialect, and none is named.
    /// What the rule means in the language is judged all the same.
    ///
    /// ## Why it matters
    /// Every KQL query begins with a table; a guessed one does not exist, or has other columns.
    ///
    /// ## Example
    /// ```yaml
    /// logsource:
    ///     product: own
    ///     service: audit
    /// detection:
    ///     selection:
    ///         kind: x
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// Name the table with `--kql-table`, or describe it in a schema of your own.
    /// With `--kql-table` the field `a.b` is read as member `b` of column `a`.
    TABLE_NEEDED = "S1001" "kql-table-needed" Info;

    /// A field of `fields` is not in the query's columns.
    ///
    /// ## What it does
    /// Reports that a field that the rule lists under `fields` has no column in the table, so that the projection lacks it.
    ///
    /// ## Why it matters
    /// The query finds the same events, but shows less of them than the author asked for.
    ///
    /// ## Example
    /// ```yaml
    /// fields:
    ///     - addendum.reason
    /// ```
    ///
    /// ## Use instead
    /// List a field that the table contains; `sigmata schema show` lists them with their columns.
    FIELD_NOT_PROJECTED = "S1002" "kql-field-not-projected" Info;

    /// Kusto reads a word boundary by Unicode letters.
    ///
    /// ## What it does
    /// Notes `\b` and `\B` in an expression: letters outside ASCII count as parts of words there, and not in Sigma.
    ///
    /// ## Why it matters
    /// Beside such a letter the query and the rule disagree.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         userAgent|re: '\bcli\b'
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// Spell the boundary out: `(^|[^0-9A-Za-z_])cli([^0-9A-Za-z_]|$)`.
    WORD_BOUNDARY = "S1004" "kql-word-boundary" Info;

    /// No analytics rule runs over the table.
    ///
    /// ## What it does
    /// Says that the table of a rule has the plan Basic or Auxiliary, so that its query runs by hand, as a hunting query or
    /// in a summary rule, and in no analytics rule. Nothing changes in what the query means.
    ///
    /// ## Why it matters
    /// An export for Microsoft Sentinel leaves the rule out.
    ///
    /// ## Example
    /// With `logs."aws/cloudtrail".kql.plan = "basic"` in `sigmata.toml`:
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventName: CreateUser
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// Keep what rules read in the plan Analytics.
    NO_ANALYTICS_RULE = "S1005" "kql-no-analytics-rule" Info;

    /// The plan of a table takes no such query.
    ///
    /// ## What it does
    /// Refuses a query over a table of the plan Basic or Auxiliary that would read something beside it: by `join` or
    /// `union`, as most correlations do, or from a watchlist.
    ///
    /// ## Why it matters
    /// The workspace refuses the query.
    ///
    /// ## Example
    /// With `logs."aws/cloudtrail".kql.plan = "auxiliary"` in `sigmata.toml`:
    /// ```yaml
    /// title: Two steps
    /// correlation:
    ///     type: temporal_ordered
    ///     rules: [key_created, policy_attached]
    ///     group-by: [userIdentity.arn]
    ///     timespan: 1h
    /// ```
    ///
    /// ## Use instead
    /// Keep the table in the plan Analytics. An `event_count` with one bound from below has a form without `join`, and a
    /// list with `values` is in the query.
    PLAN_LACKS = "S1006" "kql-plan-lacks" Error;
}
