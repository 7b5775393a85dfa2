//! Findings about what documents say of each other.

crate::codes! {
    /// A correlation or filter names a rule that is not there.
    ///
    /// ## What it does
    /// Looks the entries of `rules` up, by `id` or `name`, among the documents that are checked and those below the
    /// `rules` roots of `sigmata.toml`. For a correlation it is an error; a filter that names more rules than are in
    /// use is only a warning.
    ///
    /// ## Why it matters
    /// A correlation that waits for a rule that does not exist never fires, and a filter for one filters nothing.
    ///
    /// ## Example
    /// ```yaml
    /// title: IAM user created
    /// name: iam_user_created
    /// logsource:
    ///     product: aws
    ///     service: cloudtrail
    /// detection:
    ///     selection:
    ///         eventSource: iam.amazonaws.com
    ///         eventName: CreateUser
    ///     condition: selection
    /// ---
    /// title: Known automation
    /// logsource:
    ///     product: aws
    ///     service: cloudtrail
    /// filter:
    ///     rules:
    ///         - iam_user_create
    ///     selection:
    ///         userIdentity.userName: provisioner
    ///     condition: not selection
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// title: IAM user created
    /// name: iam_user_created
    /// logsource:
    ///     product: aws
    ///     service: cloudtrail
    /// detection:
    ///     selection:
    ///         eventSource: iam.amazonaws.com
    ///         eventName: CreateUser
    ///     condition: selection
    /// ---
    /// title: Known automation
    /// logsource:
    ///     product: aws
    ///     service: cloudtrail
    /// filter:
    ///     rules:
    ///         - iam_user_created
    ///     selection:
    ///         userIdentity.userName: provisioner
    ///     condition: not selection
    /// ```
    ///
    /// ## Fix safety
    /// Unsafe: the nearest name is a guess.
    UNKNOWN_RULE = "S0660" "unknown-rule" Error;

    /// A correlation or filter names a rule that is there more than once.
    ///
    /// ## What it does
    /// Reports an entry of `rules` that is the `id` or `name` of several documents.
    ///
    /// ## Why it matters
    /// It is open which of them is meant.
    ///
    /// ## Example
    /// ```yaml
    /// filter:
    ///     rules:
    ///         - iam_user_created   # the name of two rules
    ///     selection:
    ///         userIdentity.userName: provisioner
    ///     condition: not selection
    /// ```
    ///
    /// ## Use instead
    /// Give each rule a name of its own, or write the `id`.
    AMBIGUOUS_RULE = "S0661" "ambiguous-rule" Error;

    /// A filter names something that it cannot filter.
    ///
    /// ## What it does
    /// Reports an entry of `rules` of a filter that is a correlation, or a rule about a log that the filter's
    /// `logsource` does not cover. A filter covers a rule when each of `product`, `service` and `category` that it
    /// names is that of the rule.
    ///
    /// ## Why it matters
    /// The filter is not applied to that rule, and its known activity goes on raising alerts.
    ///
    /// ## Example
    /// ```yaml
    /// title: User created
    /// name: user_created
    /// logsource:
    ///     product: okta
    ///     service: okta
    /// detection:
    ///     selection:
    ///         eventType: user.lifecycle.create
    ///     condition: selection
    /// ---
    /// title: Known automation
    /// logsource:
    ///     product: aws
    ///     service: cloudtrail
    /// filter:
    ///     rules:
    ///         - user_created
    ///     selection:
    ///         userIdentity.userName: provisioner
    ///     condition: not selection
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// title: User created
    /// name: user_created
    /// logsource:
    ///     product: okta
    ///     service: okta
    /// detection:
    ///     selection:
    ///         eventType: user.lifecycle.create
    ///     condition: selection
    /// ---
    /// title: Known automation
    /// logsource:
    ///     product: okta
    ///     service: okta
    /// filter:
    ///     rules:
    ///         - user_created
    ///     selection:
    ///         actor.alternateId: provisioner@example.com
    ///     condition: not selection
    /// ```
    FILTER_MISFIT = "S0662" "filter-misfit" Error;

    /// A filter that applies to a rule has an error.
    ///
    /// ## What it does
    /// `compile` refuses a rule when a filter that applies to it has an error, or is wrong for the log of that rule;
    /// `eval` does so when the filter has no meaning at all. The finding is about the rule; `sigmata check` on the
    /// filter says what is wrong there.
    ///
    /// ## Why it matters
    /// Without its filter the rule would raise alerts about what is known.
    ///
    /// ## Example
    /// ```yaml
    /// title: Known automation
    /// logsource:
    ///     product: aws
    ///     service: cloudtrail
    /// filter:
    ///     rules: any
    ///     selection:
    ///         userIdentity.user: provisioner
    ///     condition: not selection
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// title: Known automation
    /// logsource:
    ///     product: aws
    ///     service: cloudtrail
    /// filter:
    ///     rules: any
    ///     selection:
    ///         userIdentity.userName: provisioner
    ///     condition: not selection
    /// ```
    FAULTY_FILTER = "S0663" "faulty-filter" Error;

    /// A correlation names a field that a rule of it does not have.
    ///
    /// ## What it does
    /// Looks each name of `group-by` and `field` up in the log of each rule, by way of `aliases` where they say what it
    /// is there. What the rule matches counts: a parameter that another event has is unknown. A name must lead to a
    /// value, not to an object. The matches of a correlation have what it groups by, and nothing else.
    ///
    /// ## Why it matters
    /// An event without the value is in no group, so the correlation never fires for it.
    ///
    /// ## Example
    /// ```yaml
    /// correlation:
    ///     rules:
    ///         - key_created
    ///     group-by:
    ///         - userIdentity.nme
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// correlation:
    ///     rules:
    ///         - key_created
    ///     group-by:
    ///         - userIdentity.arn
    /// ```
    ///
    /// ## Fix safety
    /// Safe where only the spelling differs; else the nearest name is a guess.
    CORRELATED_NAME = "S0664" "unknown-group-field" Error;

    /// A rule of a correlation has errors.
    ///
    /// ## What it does
    /// Reports an entry of `rules` whose document has errors of its own; `sigmata check` on its file says which.
    ///
    /// ## Why it matters
    /// The correlation waits for the matches of a rule that gives no query, or that cannot match.
    ///
    /// ## Example
    /// ```yaml
    /// title: User created
    /// name: user_created
    /// logsource:
    ///     product: aws
    ///     service: cloudtrail
    /// detection:
    ///     selection:
    ///         eventName: CreatUser
    ///         eventSource: iam.amazonaws.com
    ///     condition: selection
    /// ---
    /// correlation:
    ///     rules:
    ///         - user_created
    ///     group-by:
    ///         - userIdentity.arn
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// title: User created
    /// name: user_created
    /// logsource:
    ///     product: aws
    ///     service: cloudtrail
    /// detection:
    ///     selection:
    ///         eventName: CreateUser
    ///         eventSource: iam.amazonaws.com
    ///     condition: selection
    /// ---
    /// correlation:
    ///     rules:
    ///         - user_created
    ///     group-by:
    ///         - userIdentity.arn
    /// ```
    FAULTY_BASE = "S0665" "faulty-correlated-rule" Error;

    /// A correlation depends on itself.
    ///
    /// ## What it does
    /// Follows `rules` from correlation to correlation.
    ///
    /// ## Why it matters
    /// Each would wait for the other, so none can fire.
    ///
    /// ## Example
    /// ```yaml
    /// name: again
    /// correlation:
    ///     rules:
    ///         - again
    ///     group-by:
    ///         - userIdentity.arn
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// name: again
    /// correlation:
    ///     rules:
    ///         - key_created
    ///     group-by:
    ///         - userIdentity.arn
    /// ```
    CORRELATION_CYCLE = "S0666" "correlation-cycle" Error;

    /// A correlation is too large.
    ///
    /// ## What it does
    /// Bounds how many rules a correlation has, those of the correlations that it names included, and how long a chain of
    /// correlations may be.
    ///
    /// ## Why it matters
    /// No query language takes it, and following it could take for ever.
    ///
    /// ## Example
    /// ```yaml
    /// correlation:
    ///     rules:
    ///         - rule_0001
    ///         # and a thousand more
    /// ```
    ///
    /// ## Use instead
    /// One rule with several selections, or several correlations.
    CHAINED_TOO_FAR = "S0667" "correlation-too-large" Error;

    /// A correlation that can never fire.
    ///
    /// ## What it does
    /// Reports a `value_count` that asks for more values than there can be in one group, because the field is one of
    /// `group-by` or because the rules fix its value, and a condition over rules that never holds.
    ///
    /// ## Why it matters
    /// The correlation looks like cover, and gives no alert.
    ///
    /// ## Example
    /// ```yaml
    /// correlation:
    ///     type: value_count
    ///     rules:
    ///         - key_created
    ///     group-by:
    ///         - sourceIPAddress
    ///     condition:
    ///         field: sourceIPAddress
    ///         gte: 5
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// correlation:
    ///     type: value_count
    ///     rules:
    ///         - key_created
    ///     group-by:
    ///         - sourceIPAddress
    ///     condition:
    ///         field: requestParameters.userName
    ///         gte: 5
    /// ```
    NEVER_FIRES = "S0668" "correlation-never-fires" Error;

    /// The rules of a correlation never share a value of a group.
    ///
    /// ## What it does
    /// Compares, for each name of `group-by`, what it can hold for the rules that must all match: the values that a rule
    /// fixes, the members of a complete list, and the types.
    ///
    /// ## Why it matters
    /// The matches fall into different groups, so the correlation never fires.
    ///
    /// ## Example
    /// ```yaml
    /// correlation:
    ///     type: temporal
    ///     rules:
    ///         - key_created
    ///         - policy_attached
    ///     group-by:
    ///         - eventName
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// correlation:
    ///     type: temporal
    ///     rules:
    ///         - key_created
    ///         - policy_attached
    ///     group-by:
    ///         - userIdentity.arn
    /// ```
    NEVER_SHARED = "S0669" "group-never-shared" Error;

    /// A field that is added up or averaged, and holds no number.
    ///
    /// ## What it does
    /// Checks that the `field` of `value_sum`, `value_avg`, `value_percentile` and `value_median` can hold numbers.
    ///
    /// ## Why it matters
    /// Values that are not numbers do not count, so there is nothing to compare.
    ///
    /// ## Example
    /// ```yaml
    /// correlation:
    ///     type: value_sum
    ///     rules:
    ///         - key_created
    ///     condition:
    ///         field: eventTime
    ///         gte: 5
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// correlation:
    ///     type: value_count
    ///     rules:
    ///         - key_created
    ///     condition:
    ///         field: eventTime
    ///         gte: 5
    /// ```
    NOT_A_NUMBER = "S0670" "not-a-number" Error;

    /// A group that parts what one actor does.
    ///
    /// ## What it does
    /// Reports a name in `group-by` that changes with each session of an actor, where the schema names a field that does
    /// not, such as the ARN of a session of an AWS role.
    ///
    /// ## Why it matters
    /// Steps that are taken in two sessions fall into two groups, so the correlation does not see them together.
    ///
    /// ## Example
    /// ```yaml
    /// correlation:
    ///     rules:
    ///         - key_created
    ///     group-by:
    ///         - userIdentity.arn
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// correlation:
    ///     rules:
    ///         - key_created
    ///     group-by:
    ///         - userIdentity.sessionContext.sessionIssuer.arn
    /// ```
    /// Other actors, such as users, have no such field: a correlation of its own counts for them.
    SPLIT_ACTOR = "S0671" "group-split-by-session" Info;

    /// A window that is shorter than events are late.
    ///
    /// ## What it does
    /// Compares `timespan` with the delay that the schema of each counted rule's log gives: how long after it happened the
    /// provider says that an event can be read.
    ///
    /// ## Why it matters
    /// A query that looks at the newest events sees windows to which some still come, so that it counts too few.
    ///
    /// ## Example
    /// ```yaml
    /// correlation:
    ///     type: event_count
    ///     rules:
    ///         - key_created
    ///     timespan: 1m
    ///     condition:
    ///         gte: 5
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// correlation:
    ///     type: event_count
    ///     rules:
    ///         - key_created
    ///     timespan: 10m
    ///     condition:
    ///         gte: 5
    /// ```
    /// A short window is right too where the query is run behind the delay, as its `schedule` says.
    LATE_EVENTS = "S0672" "window-shorter-than-delay" Info;

    /// A field by which something is first seen has one value in every match.
    ///
    /// ## What it does
    /// Reports a field under `by` of `first_seen` whose value the rule itself fixes.
    ///
    /// ## Why it matters
    /// Of one value only the first match is new; where all fields are fixed, the rule fires once and then never again while
    /// it goes on matching.
    ///
    /// ## Example
    /// ```yaml
    /// title: A user is created
    /// logsource:
    ///     product: aws
    ///     service: cloudtrail
    /// detection:
    ///     selection:
    ///         eventSource: iam.amazonaws.com
    ///         eventName: CreateUser
    ///     condition: selection
    /// first_seen:
    ///     by: [eventName]
    ///     within: 7d
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// title: A user is created
    /// logsource:
    ///     product: aws
    ///     service: cloudtrail
    /// detection:
    ///     selection:
    ///         eventSource: iam.amazonaws.com
    ///         eventName: CreateUser
    ///     condition: selection
    /// first_seen:
    ///     by: [userIdentity.accountId]
    ///     within: 7d
    /// ```
    ALWAYS_SAME = "S0673" "first-seen-by-constant" Error;

    /// A group that many records are in none of.
    ///
    /// ## What it does
    /// Reports a name in `group-by`, or under `by` of `first_seen`, of which the schema says that a kind of record is
    /// without it, where the rule lets such records match and does not ask for the field itself.
    ///
    /// ## Why it matters
    /// An event without one of the fields is in no group, so that the correlation never counts it: a threshold by the name
    /// of a user does not see what sessions of roles do.
    ///
    /// ## Example
    /// ```yaml
    /// correlation:
    ///     rules:
    ///         - key_created
    ///     group-by:
    ///         - userIdentity.userName
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// correlation:
    ///     rules:
    ///         - key_created
    ///     group-by:
    ///         - userIdentity.principalId
    /// ```
    /// Where only the others are meant, say so in the rule, with `userIdentity.type: IAMUser`.
    SPARSE_GROUP = "S0674" "group-often-missing" Info;

    /// A filter leaves nothing of a rule.
    ///
    /// ## What it does
    /// Reports a filter with which no event can match a rule any more, and points at the parts of the filter that are at
    /// odds with the rule. `compile` and `export` refuse the rule.
    ///
    /// ## Why it matters
    /// The rule is deployed and never fires.
    ///
    /// ## Example
    /// ```yaml
    /// title: IAM user created
    /// name: iam_user_created
    /// logsource:
    ///     product: aws
    ///     service: cloudtrail
    /// detection:
    ///     selection:
    ///         eventSource: iam.amazonaws.com
    ///         eventName: CreateUser
    ///     condition: selection
    /// ---
    /// title: Known automation
    /// logsource:
    ///     product: aws
    ///     service: cloudtrail
    /// filter:
    ///     rules:
    ///         - iam_user_created
    ///     selection:
    ///         eventName: CreateUser
    ///     condition: not selection
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// title: IAM user created
    /// name: iam_user_created
    /// logsource:
    ///     product: aws
    ///     service: cloudtrail
    /// detection:
    ///     selection:
    ///         eventSource: iam.amazonaws.com
    ///         eventName: CreateUser
    ///     condition: selection
    /// ---
    /// title: Known automation
    /// logsource:
    ///     product: aws
    ///     service: cloudtrail
    /// filter:
    ///     rules:
    ///         - iam_user_created
    ///     selection:
    ///         eventName: CreateUser
    ///         userIdentity.userName: provisioner
    ///     condition: not selection
    /// ```
    NOTHING_LEFT = "S0675" "filter-leaves-nothing" Error;
}
