//! Codes that all back ends share: why a query is not exact, and why there is none.

/// What to write in place of an expression that a language cannot say.
pub(super) const PLAIN_EXPRESSION: &str = "use literals, classes, groups, alternation and repetition alone";

/// What to do about a name or a value that a language cannot write.
pub(super) const OTHER_NAME: &str = "test another field or value, or compile for another target";

crate::codes! {
    /// The target does not contain a field that the rule needs.
    ///
    /// ## What it does
    /// Refuses a rule that tests a field for which the delivery of the log has no column.
    ///
    /// ## Why it matters
    /// Leaving the test out would change what the rule means, and a query over a missing column finds nothing.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         userIdentity.sessionContext.sourceIdentity: alice
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// Test a field that the delivery contains; `sigmata schema show` lists them with their columns.
    FIELD_NOT_CARRIED = "S0802" "field-not-carried" Error;

    /// A test does not fit the type in which the target stores the field.
    ///
    /// ## What it does
    /// Refuses a test for which the column's type has no equal: a prefix of a date column, a letter in a number column.
    ///
    /// ## Why it matters
    /// The stored value has lost its spelling, so that a test of the spelling would silently never match.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventTime|startswith: '2026-01'
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// Test the value as what it is: `eventTime|gte: 2026-01-01T00:00:00Z`.
    COLUMN_TYPE = "S0803" "column-type" Error;

    /// The target cannot tell a missing value from an empty one.
    ///
    /// ## What it does
    /// Notes that a test for a missing, present or empty value also takes, or loses, events in which the value is the empty text.
    ///
    /// ## Why it matters
    /// The query selects slightly other events than the rule, in the stated direction.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         errorMessage: null
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// Nothing, if the provider never writes an empty text there; a schema says so with `never_empty: true`, and the note goes away.
    MISSING_OR_EMPTY = "S0804" "missing-or-empty" Info;

    /// The target cannot tell a JSON null from a missing member.
    ///
    /// ## What it does
    /// Notes that a test for the presence of a member treats a present null like an absent member.
    ///
    /// ## Why it matters
    /// `exists` is about the member itself; an event that has it as null is judged otherwise than the rule says.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         requestParameters|exists: true
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// Write `'*'` for "has a value" and `null` for "has none": both treat null and missing alike.
    /// Where the provider leaves a member out rather than writing null, a schema says so with `never_null: true`, and the note goes away.
    NULL_OR_MISSING = "S0805" "null-or-missing" Info;

    /// A keyword search also reads what is not a value of the event.
    ///
    /// ## What it does
    /// Notes that keywords are searched in whole columns or in the raw text, where they also match names of members and
    /// fields that the platform added.
    ///
    /// ## Why it matters
    /// The query can select events that the rule does not.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     keywords:
    ///         - AdministratorAccess
    ///     condition: keywords
    /// ```
    ///
    /// ## Use instead
    /// Name the field: `requestParameters.policyArn|endswith: '/AdministratorAccess'`.
    KEYWORD_SEARCH = "S0806" "keyword-search" Info;

    /// A regular expression cannot be translated to the target's dialect.
    ///
    /// ## What it does
    /// Refuses a pattern with a construct that the target's regular expression engine lacks or reads otherwise.
    ///
    /// ## Why it matters
    /// The query would be rejected when it runs, or would match something else.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         userAgent|re: '(?<!aws-)cli'
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// Say it with two selections and `and not`, or with the portable subset: literals, classes, groups, alternation, repetition.
    REGEX_NOT_PORTABLE = "S0807" "regex-not-portable" Error;

    /// The query is longer than the target takes.
    ///
    /// ## What it does
    /// Refuses a query past the limit of the service that would run it.
    ///
    /// ## Why it matters
    /// The service rejects it as a whole.
    ///
    /// ## Example
    /// A list of ten thousand addresses.
    ///
    /// ## Use instead
    /// Split the rule, or name the common part of the values (a prefix, a CIDR block).
    QUERY_TOO_LONG = "S0808" "query-too-long" Error;

    /// The query is longer than one use of it allows.
    ///
    /// ## What it does
    /// Notes a query past the limit for scheduled analytics rules, which still runs by hand.
    ///
    /// ## Why it matters
    /// It cannot be deployed as a scheduled rule.
    ///
    /// ## Example
    /// A list of a thousand addresses.
    ///
    /// ## Use instead
    /// Split the rule, name the common part of the values, or keep the list in a watchlist.
    QUERY_LONG = "S0809" "query-long" Info;

    /// Letters outside ASCII may be compared otherwise.
    ///
    /// ## What it does
    /// Notes a comparison without regard to case whose result the target does not document for these letters.
    ///
    /// ## Why it matters
    /// The target may take or lose values that differ in the case of such letters.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         userIdentity.userName|fieldref: requestParameters.userName
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// List the spellings that occur with `cased`.
    CASE_FOLDING = "S0810" "case-folding" Info;

    /// The rule can match no event, so there is no query.
    ///
    /// ## What it does
    /// Refuses a rule whose meaning is "never", or becomes so in this target.
    ///
    /// ## Why it matters
    /// A query that never matches stays green for ever.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         userIdentity.userName: alice
    ///     other:
    ///         userIdentity.userName: bob
    ///     condition: selection and other
    /// ```
    ///
    /// ## Use instead
    /// Write what should match; `sigmata check` names the parts that contradict each other.
    NEVER_MATCHES = "S0811" "never-matches" Error;

    /// The target cannot state this about the elements of an array.
    ///
    /// ## What it does
    /// Refuses a statement about array elements for which the target has no construct.
    ///
    /// ## Why it matters
    /// Testing the flattened values instead would join parts of different elements.
    ///
    /// ## Example
    /// ```yaml
    /// sigma-version: 3
    /// detection:
    ///     selection:
    ///         resources[-1]:
    ///             type: AWS::IAM::User
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// State it positively about one element (`[any]`), or compile for another target.
    ARRAY_STATEMENT = "S0812" "array-statement" Error;

    /// Two fields can be compared only where each has one value.
    ///
    /// ## What it does
    /// Refuses a `fieldref` of which the target cannot pair the values.
    ///
    /// ## Why it matters
    /// A comparison of whole arrays, or of values from different elements, is not what the rule says.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         resources.accountId|fieldref: resources.ARN
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// Compare fields with one value each, or compile for another target.
    FIELDREF = "S0813" "fieldref-not-expressible" Error;

    /// The target stores another text than the provider writes.
    ///
    /// ## What it does
    /// Notes a test of a part of a text, by prefix, wildcard or expression, on a field whose texts the delivery rewrites.
    ///
    /// ## Why it matters
    /// The test sees the stored text, and may judge it otherwise than the original.
    ///
    /// ## Example
    /// ```yaml
    /// logsource:
    ///     product: azure
    ///     service: activitylogs
    /// detection:
    ///     selection:
    ///         level|re: '^Inf'
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// List whole values, which are translated exactly.
    STORED_TEXT = "S0814" "stored-text" Info;

    /// A path is searched without knowing where its arrays are.
    ///
    /// ## What it does
    /// Notes a path below the point where the schema ends: it is read as nested objects, and values inside arrays on the
    /// way are not seen.
    /// A field whose type the schema leaves open is noted too, where the target does not open a list that it may hold.
    ///
    /// ## Why it matters
    /// The query can miss events that the rule selects.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         additionalEventData.some.unknown.path: value
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// Declare the path in a schema of your own.
    UNKNOWN_PATH = "S0815" "unknown-path" Info;

    /// A number lies outside what the target computes exactly.
    ///
    /// ## What it does
    /// Refuses a comparison with a number that the target would round.
    ///
    /// ## Why it matters
    /// Two different identifiers would count as equal.
    ///
    /// ## Example
    /// ```yaml
    /// logsource:
    ///     product: own
    ///     service: audit
    /// detection:
    ///     selection:
    ///         size|gt: 9007199254740993
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// Compare for equality, or with a smaller bound.
    NUMBER_RANGE = "S0816" "number-range" Error;

    /// A time has lost its spelling on the way into the target.
    ///
    /// ## What it does
    /// Notes that a text is compared as a time, a GUID or a number, because the target stores it so.
    ///
    /// ## Why it matters
    /// Another spelling of the same instant or identifier counts as equal.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         userIdentity.sessionContext.attributes.creationDate|gte: '2026-01-01T00:00:00.5Z'
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// Compare times with `gte` and `lt`.
    RESPELT_VALUE = "S0817" "respelt-value" Info;

    /// The delivery holds one row per element of an array of the event.
    ///
    /// ## What it does
    /// Notes a rule that speaks of several elements of an array whose elements are separate rows in the delivery.
    ///
    /// ## Why it matters
    /// The query judges each row by itself: two tests that different elements satisfy never hold together, and a
    /// negation speaks of one element only.
    ///
    /// ## Example
    /// ```yaml
    /// logsource:
    ///     product: google_workspace
    ///     service: admin
    /// detection:
    ///     selection:
    ///         events.name|all: [CREATE_USER, GRANT_ADMIN_PRIVILEGE]
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// Write one rule for each element, and correlate them.
    ROW_PER_ELEMENT = "S0818" "row-per-element" Info;

    /// No delivery of the log holds what the rule asks for.
    ///
    /// ## What it does
    /// Refuses a rule whose log is kept in several tables, each with a part of its events, when none of them holds an event that the rule can match.
    ///
    /// ## Why it matters
    /// A query over one of these tables would silently find nothing.
    ///
    /// ## Example
    /// ```yaml
    /// logsource:
    ///     product: azure
    ///     service: signinlogs
    /// detection:
    ///     selection:
    ///         category: AuditLogs
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// Ask for a value that one of the tables holds, as the help lists them, or name the log that the event is in.
    NO_DELIVERY_HOLDS = "S0819" "no-delivery-holds" Error;

    /// The delivery that is searched holds only a part of what the rule asks for.
    ///
    /// ## What it does
    /// Notes a query over one of several tables of the log, each of which holds a part of its events.
    ///
    /// ## Why it matters
    /// The query misses the events that are in the other tables.
    ///
    /// ## Example
    /// ```yaml
    /// logsource:
    ///     product: azure
    ///     service: signinlogs
    /// detection:
    ///     selection:
    ///         properties.appDisplayName: Azure Portal
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// Say in the rule which part is meant (`category: SignInLogs`), and write one rule for each part.
    DELIVERY_HOLDS_PART = "S0820" "delivery-holds-part" Info;

    /// A name or a value cannot be written in the target's language.
    ///
    /// ## What it does
    /// Refuses a rule with a name or value that nothing in the language can hold: for SPL a key of JSON with a backtick, which calls a macro, or a control character.
    ///
    /// ## Why it matters
    /// The query would be rejected, or would read another member.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         "tags[any].a`b": x
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// Test the value by a keyword, or compile for another target.
    NOT_WRITABLE = "S0821" "not-writable" Error;

    /// A column holds what the rule asks for in a form that is not published.
    ///
    /// ## What it does
    /// Notes that the values of a statement are looked for anywhere in such a column, not where the rule has them.
    ///
    /// ## Why it matters
    /// A value that is elsewhere in the column counts too, so that the query can select more than the rule.
    ///
    /// ## Example
    /// ```yaml
    /// logsource:
    ///     product: google_workspace
    ///     service: token
    /// detection:
    ///     selection:
    ///         events.parameters.scope|contains: /auth/admin.directory
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// Test a field that has a column of its own, where one says the same.
    OPAQUE_COLUMN = "S0822" "opaque-column" Info;

    /// A table holds events with several values of a field, and no column that tells them apart.
    ///
    /// ## What it does
    /// Notes a test of the field: in this table it is left out.
    ///
    /// ## Why it matters
    /// The query also selects events with the other values that the table holds.
    ///
    /// ## Example
    /// `category: SignInLogs` for Defender XDR, whose table also holds the non-interactive sign-ins.
    ///
    /// ## Use instead
    /// Compile for a platform whose table tells them apart, or test another field.
    NOT_TOLD_APART = "S0824" "not-told-apart" Info;

    /// The delivery that is chosen for the log is not known.
    ///
    /// ## What it does
    /// Refuses a rule of a log for which a delivery is set (`delivery`) that its schema does not have.
    ///
    /// ## Why it matters
    /// Another delivery has other tables and columns, and a query over them finds nothing.
    ///
    /// ## Example
    /// `logs."okta/okta".kql.delivery = "none"` in a configuration.
    ///
    /// ## Use instead
    /// One of the names that the message lists; `sigmata schema show` says what each delivery is.
    UNKNOWN_DELIVERY = "S0823" "unknown-delivery" Error;

    /// A column is read of which no published source says that it holds the field.
    ///
    /// ## What it does
    /// Notes a test of a field whose column was inferred: from its name, or from another table. With `strict` there is no
    /// query.
    ///
    /// ## Why it matters
    /// Where the column holds something else, or is not there, the query finds nothing, or what it should not.
    ///
    /// ## Example
    /// ```yaml
    /// logsource:
    ///     product: google_workspace
    ///     service: admin
    /// detection:
    ///     selection:
    ///         events.parameters.GROUP_EMAIL: admins@example.com
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// Look at the table. Where it is as the note says, a schema of your own that extends this one can say so.
    COLUMN_INFERRED = "S0825" "column-inferred" Info;

    /// A value can be longer than what the platform keeps of it.
    ///
    /// ## What it does
    /// Notes the tests that do not see their value where a field that whoever causes the event can make long, or fill
    /// with names of his own, passes a limit of the delivery. Where only the extraction of fields has an end, the queries
    /// for Splunk and CloudWatch Logs read the event itself, and there is no note.
    ///
    /// ## Why it matters
    /// Blanks in a document cost nothing. What is cut is not JSON any more, and what is behind it is not found.
    ///
    /// ## Example
    /// ```yaml
    /// logsource:
    ///     product: gcp
    ///     service: gcp.audit
    /// detection:
    ///     selection:
    ///         protoPayload.methodName: SetIamPolicy
    ///         protoPayload.request.policy.bindings.role: roles/owner
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// Raise the limit where the message says how; else another rule for events whose field is cut.
    LONG_VALUE = "S0826" "long-value" Info;

    /// `strict` takes no query that rests on a guess.
    ///
    /// ## What it does
    /// With `strict`, refuses a rule whose log has no delivery that is known or chosen, or that reads a column of which no
    /// published source says that it holds the field.
    ///
    /// ## Why it matters
    /// Such a query may find nothing, and says nothing about it.
    ///
    /// ## Example
    /// `sigmata compile --strict` for a rule of a log that has no table in Microsoft Sentinel.
    ///
    /// ## Use instead
    /// Say in the configuration where the log is kept, or in a schema of your own what its columns hold.
    STRICT = "S0827" "refused-by-strict" Error;

    /// The target cannot state the correlation.
    ///
    /// ## What it does
    /// Refuses a correlation for which the target's language has no form, or none that its documentation describes.
    ///
    /// ## Why it matters
    /// A form that only looks alike would count other windows than the rule does.
    ///
    /// ## Example
    /// ```yaml
    /// title: Many keys
    /// name: many_keys
    /// correlation:
    ///     type: event_count
    ///     rules: [key_created]
    ///     group-by: [userIdentity.arn]
    ///     timespan: 10m
    ///     condition:
    ///         gte: 3
    /// ---
    /// title: Many keys, then a policy
    /// correlation:
    ///     type: temporal
    ///     rules: [many_keys, policy_attached]
    ///     group-by: [userIdentity.arn]
    ///     timespan: 1h
    /// ```
    ///
    /// ## Use instead
    /// What the help says: another target, a correlation of the rules themselves, or the alerts of the inner one. Where
    /// other languages suffice, `# sigmata: allow(S0830 cwli): why` above the correlation keeps the refusal from failing
    /// the run.
    CORRELATION_FORM = "S0830" "correlation-not-expressible" Error;

    /// The target's windows are not those of the correlation.
    ///
    /// ## What it does
    /// Notes a query whose windows, or what it computes in them, are others than the closed windows that end at each match.
    ///
    /// ## Why it matters
    /// The query finds other groups and times than the rule, in the stated direction.
    ///
    /// ## Example
    /// ```yaml
    /// title: Large sums
    /// correlation:
    ///     type: value_sum
    ///     rules: [key_created]
    ///     group-by: [userIdentity.arn]
    ///     timespan: 10m
    ///     condition:
    ///         gte: 10
    ///         field: userIdentity.accountId
    /// ```
    ///
    /// ## Use instead
    /// Nothing, where the direction is the one that you can live with; else compile for another target.
    OTHER_WINDOWS = "S0831" "other-windows" Info;

    /// One event can be in two places of a sequence.
    ///
    /// ## What it does
    /// Notes an ordered sequence in which a rule is listed twice, or two rules can match one event: the query compares their
    /// times alone.
    ///
    /// ## Why it matters
    /// Fewer events than the rule asks for can make the query fire.
    ///
    /// ## Example
    /// ```yaml
    /// title: A key, a policy, a key
    /// correlation:
    ///     type: temporal_ordered
    ///     rules: [key_created, policy_attached, key_created]
    ///     group-by: [userIdentity.arn]
    ///     timespan: 1h
    /// ```
    ///
    /// ## Use instead
    /// Rules that ask for different values of one field, such as `eventName`, each named once.
    TWO_PLACES = "S0832" "two-places" Info;

    /// The rule's log has no mapping for the target.
    ///
    /// ## What it does
    /// Notes a query that names the fields as the rule or the provider does, because nothing says how the target names
    /// them.
    ///
    /// ## Why it matters
    /// Where the log is stored in another form the query finds nothing; and where no schema tells the arrays of the
    /// record, values inside them are not seen.
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
    /// Add a schema of your own with a delivery for the target.
    UNMAPPED = "S0880" "unmapped" Info;
}
