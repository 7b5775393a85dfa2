//! The findings about comments that allow findings.

crate::codes! {
    /// A comment allows a finding that is not there.
    ///
    /// ## What it does
    /// Reports `# sigmata: allow(CODE)` where the rule has no such finding in the comment's reach: the line that it ends,
    /// the line after it, or the whole document when it is before the first key.
    /// Codes about the collection as a whole are not reported, since they depend on which files are checked.
    /// What refuses a query (`allow(S0830 cwli)`) shows where rules are compiled: `compile` reports it here when it was
    /// asked for every language.
    ///
    /// ## Why it matters
    /// A comment that outlives its reason hides the next mistake in the same place.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventSource: iam.amazonaws.com
    ///         eventName: CreateUser # sigmata: allow(unknown-value): new in the service
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventSource: iam.amazonaws.com
    ///         eventName: CreateUser
    ///     condition: selection
    /// ```
    ///
    /// ## Fix safety
    /// Safe: the comment is removed, or the code that allows nothing.
    UNUSED_SUPPRESSION = "S0960" "unused-suppression" Warning;

    /// A comment that is to allow a finding cannot be read.
    ///
    /// ## What it does
    /// Reports a comment that begins with `sigmata:` and is not `# sigmata: allow(CODE): reason`, or names a code that
    /// does not exist. Several codes are separated by commas; a code may be given by name, and behind it the target whose
    /// refusal alone is meant (`S0830 cwli`).
    ///
    /// ## Why it matters
    /// What is misspelt allows nothing, and nobody would know why.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventSource: iam.amazonaws.com
    ///         eventName: CreateUser # sigmata: ignore S0433
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventSource: iam.amazonaws.com
    ///         eventName: CreateUser
    ///     condition: selection
    /// ```
    UNREADABLE_SUPPRESSION = "S0961" "unreadable-suppression" Warning;

    /// A comment allows a finding without a reason, and the configuration demands one.
    ///
    /// ## What it does
    /// Reports `# sigmata: allow(CODE)` without `: reason` where `[lints]` has `require-reason = true`.
    ///
    /// ## Why it matters
    /// Who reads the rule next cannot know whether the exception still holds.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventSource: iam.amazonaws.com
    ///         eventName: CreateUzer # sigmata: allow(S0433)
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventSource: iam.amazonaws.com
    ///         eventName: CreateUzer # sigmata: allow(S0433): announced for next month
    ///     condition: selection
    /// ```
    MISSING_REASON = "S0962" "missing-reason" Error;
}
