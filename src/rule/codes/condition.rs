//! Findings about conditions and the names in them.

crate::codes! {
    /// The condition cannot be read.
    ///
    /// ## What it does
    /// Reports the first place where the condition departs from the grammar, and what was expected there.
    ///
    /// ## Why it matters
    /// A rule without a condition selects nothing.
    ///
    /// ## Example
    /// ```yaml
    /// condition: selection and (filter_a or filter_b
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// condition: selection and (filter_a or filter_b)
    /// ```
    ///
    /// ## Fix safety
    /// Safe: `&&`, `||` and `!` become `and`, `or` and `not`.
    SYNTAX = "S0250" "condition-syntax" Error;

    /// An aggregation of Sigma 1 in the condition.
    ///
    /// ## What it does
    /// Reports `| count() …`, `| near …` and the like, and shows the correlation to write instead.
    ///
    /// ## Why it matters
    /// Sigma 2 took them out. A tool that ignores the pipe alerts on every single event.
    ///
    /// ## Example
    /// ```yaml
    /// condition: selection | count() by sourceIPAddress > 10
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// correlation:
    ///     type: event_count
    ///     rules:
    ///         - key_created
    ///     group-by:
    ///         - sourceIPAddress
    ///     timespan: 1h
    ///     condition:
    ///         gt: 10
    /// ```
    ///
    /// ## Fix safety
    /// Safe: where all of the old text is understood, the rule has a name or identifier and `timeframe` is a time span, it
    /// becomes a correlation behind the rule. Elsewhere there is no fix.
    AGGREGATION = "S0251" "obsolete-aggregation" Error;

    /// A `timeframe` of Sigma 1.
    ///
    /// ## What it does
    /// Reports the key and shows the correlation to write instead.
    ///
    /// ## Why it matters
    /// Sigma 2 took it out. A tool that ignores it alerts on every single event.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventName: ConsoleLogin
    ///     timeframe: 5m
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// correlation:
    ///     type: event_count
    ///     rules:
    ///         - key_created
    ///     timespan: 5m
    ///     condition:
    ///         gte: 10
    /// ```
    TIMEFRAME = "S0252" "obsolete-timeframe" Error;

    /// The condition nests too deeply.
    ///
    /// ## What it does
    /// Stops at the 101st level of parentheses and negations.
    ///
    /// ## Why it matters
    /// No query language takes such a condition, and deep nesting is how a text makes a reader run out of
    /// stack.
    ///
    /// ## Example
    /// A hundred thousand `(`.
    ///
    /// ## Use instead
    /// Selections with names.
    TOO_DEEP = "S0253" "condition-too-deep" Error;

    /// The condition has too many patterns over too many selections.
    ///
    /// ## What it does
    /// Stops resolving patterns after a million comparisons.
    ///
    /// ## Why it matters
    /// The cost is the product of both numbers; a bound keeps a check instant.
    ///
    /// ## Example
    /// A thousand patterns over ten thousand selections.
    ///
    /// ## Use instead
    /// Several rules.
    TOO_LARGE = "S0254" "condition-too-large" Error;

    /// A selection whose name no condition can write.
    ///
    /// ## What it does
    /// Reports a name with other characters than letters, digits, `_` and `-`, or that is a keyword.
    ///
    /// ## Why it matters
    /// The condition cannot name it, so that it is left out or reached by `them` alone.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     sel.admin:
    ///         eventName: CreateUser
    ///     condition: 1 of them
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// detection:
    ///     sel_admin:
    ///         eventName: CreateUser
    ///     condition: sel_admin
    /// ```
    UNREFERABLE = "S0260" "unreferable-selection" Warning;

    /// The condition names a selection that does not exist.
    ///
    /// ## What it does
    /// Looks every name of the condition up among the selections.
    ///
    /// ## Why it matters
    /// The rule cannot mean what it says.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventName: CreateUser
    ///     condition: selction
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventName: CreateUser
    ///     condition: selection
    /// ```
    ///
    /// ## Fix safety
    /// Unsafe: the nearest name is a guess.
    UNDEFINED_SELECTION = "S0301" "undefined-selection" Error;

    /// A pattern that no selection fits.
    ///
    /// ## What it does
    /// Reports `1 of`, `any of` or `all of` over a pattern, or `them`, when it stands for no selection. Names
    /// that
    /// begin with `_` are left out unless the pattern begins with `_`.
    ///
    /// ## Why it matters
    /// Some tools drop the part, some match everything with it, some fail.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventName: CreateUser
    ///     condition: selection and not 1 of filter_*
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventName: CreateUser
    ///     filter_role:
    ///         userIdentity.type: AWSService
    ///     condition: selection and not 1 of filter_*
    /// ```
    EMPTY_PATTERN = "S0302" "empty-pattern" Error;

    /// A selection that the condition never uses.
    ///
    /// ## What it does
    /// Reports selections that no condition names and no quantifier reaches.
    ///
    /// ## Why it matters
    /// A filter that is not named filters nothing, and nobody notices.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventName: CreateUser
    ///     filter:
    ///         userIdentity.type: AWSService
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventName: CreateUser
    ///     filter:
    ///         userIdentity.type: AWSService
    ///     condition: selection and not filter
    /// ```
    UNUSED_SELECTION = "S0501" "unused-selection" Warning;
}
