//! Findings about values against the types and the known values of their fields.

crate::codes! {
    /// The value cannot be read as the type of the field.
    ///
    /// ## What it does
    /// Reads each value as the schema says: decimal digits for an integer, `true` and `false` for a boolean, RFC 3339 for a time, an address where one is needed; and reports what does not fit.
    ///
    /// ## Why it matters
    /// The field never holds such a value, so the predicate is never true.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         readOnly: maybe
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// detection:
    ///     selection:
    ///         readOnly: false
    ///     condition: selection
    /// ```
    ///
    /// ## Fix safety
    /// A label of a number that the schema knows is a warning, and the fix to the number is safe.
    /// For `yes`, `no`, `on` and `off` the boolean that YAML 1.1 reads is offered as a guess.
    VALUE_TYPE = "S0430" "value-of-wrong-type" Error;

    /// The modifier does not apply to a field of this type.
    ///
    /// ## What it does
    /// Reports text modifiers on numbers and booleans, comparisons on what has no order, `cidr` on what is not an address, and time components on what is not a time.
    ///
    /// ## Why it matters
    /// The test has no meaning for the values of the field, so it is never true.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         sourceIPAddress|gt: 5
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// detection:
    ///     selection:
    ///         sourceIPAddress|cidr: 192.0.2.0/24
    ///     condition: selection
    /// ```
    MODIFIER_TYPE = "S0431" "modifier-on-wrong-type" Error;

    /// An object is compared with a value.
    ///
    /// ## What it does
    /// Reports a predicate on a field that is an object.
    /// An object satisfies `exists` only.
    ///
    /// ## Why it matters
    /// No value equals an object, so the predicate is never true.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         userIdentity: Root
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// detection:
    ///     selection:
    ///         userIdentity.type: Root
    ///     condition: selection
    /// ```
    OBJECT_COMPARED = "S0432" "object-compared" Error;

    /// The value is not in the list of known values of the field.
    ///
    /// ## What it does
    /// Compares each literal with the values that the provider documents, without regard to letter case.
    /// It is an error where the list of known values is complete.
    /// Where the list is nearly complete, as that of most AWS services is, it is an error when a known value is similar, and else a warning that says what the list can lack.
    /// It is a warning where the list is not complete, and for false or zero where the provider leaves the field out in
    /// its place.
    ///
    /// ## Why it matters
    /// An event name that no service emits makes a rule that never fires.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         userIdentity.type: Rooot
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// detection:
    ///     selection:
    ///         userIdentity.type: Root
    ///     condition: selection
    /// ```
    ///
    /// ## Fix safety
    /// The fix is safe where the value differs from a member only in spaces at its ends, a full stop, or the kind of a dash; the nearest member is otherwise offered as a guess.
    UNKNOWN_VALUE = "S0433" "unknown-value" Error;

    /// The two values never occur in one event.
    ///
    /// ## What it does
    /// Knows which values of one field go with which values of another, such as the event names of each CloudTrail event source, and reports a value that does not go with the one that the condition requires.
    /// It is an error where the list of the other value is complete, where it is known that the two never go together, or where a list that is nearly complete has a similar value; else it is a warning, because the list can lack the value.
    ///
    /// ## Why it matters
    /// No event has both, so the conjunction is never true.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventSource: s3.amazonaws.com
    ///         eventName: CreateUser
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
    /// The fix is safe where the log is documented to write the operation under another name; the nearest name is otherwise offered as a guess.
    WRONG_OWNER = "S0434" "value-of-other-source" Error;

    /// The pattern fits no value that the field can hold.
    ///
    /// ## What it does
    /// Tries prefixes, suffixes, parts, wildcards and regular expressions on the list of known values of the field.
    /// It is an error where the list of known values is complete, and a warning where it is not, or only nearly.
    ///
    /// ## Why it matters
    /// A pattern that no value fits is never true.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         userIdentity.type|startswith: Rut
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// detection:
    ///     selection:
    ///         userIdentity.type|startswith: Root
    ///     condition: selection
    /// ```
    MATCHES_NO_MEMBER = "S0437" "pattern-matches-nothing" Error;

    /// The field holds JSON text, in which a text has quotes of its own.
    ///
    /// ## What it does
    /// Reports a value that is not JSON, or that begins or ends in a way that JSON does not, on a field into which the provider writes JSON.
    ///
    /// ## Why it matters
    /// The stored value is `"Global Administrator"` with its quotes; the value without them never equals it.
    ///
    /// ## Example
    /// ```yaml
    /// logsource:
    ///     product: azure
    ///     service: auditlogs
    /// detection:
    ///     selection:
    ///         properties.targetResources.modifiedProperties.newValue: Global Administrator
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// logsource:
    ///     product: azure
    ///     service: auditlogs
    /// detection:
    ///     selection:
    ///         properties.targetResources.modifiedProperties.newValue: '"Global Administrator"'
    ///     condition: selection
    /// ```
    ///
    /// ## Fix safety
    /// Adding the quotes is safe: without them the value can never match.
    JSON_UNQUOTED = "S0435" "json-text-without-quotes" Error;

    /// The provider never shows the value of the field.
    ///
    /// ## What it does
    /// Reports a value on a field that the provider redacts, unless it is the text that is in its place, and whatever is asked of a field that the provider leaves out of every record, but for its absence.
    /// It is a warning where all that is known is that the provider's interface calls the value sensitive: the log may hide it.
    ///
    /// ## Why it matters
    /// The log holds the replacement only, or nothing, so the predicate is never true.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventSource: organizations.amazonaws.com
    ///         eventName: CreateAccount
    ///         requestParameters.accountName: backdoor
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventSource: organizations.amazonaws.com
    ///         eventName: CreateAccount
    ///     condition: selection
    /// ```
    REDACTED = "S0436" "redacted-value" Error;

    /// An address is compared with an address block.
    ///
    /// ## What it does
    /// Reports a block such as `10.0.0.0/8` as a plain value of a field that holds addresses.
    ///
    /// ## Why it matters
    /// The field never holds the text of a block, so the predicate is never true.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         sourceIPAddress: 10.0.0.0/8
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// detection:
    ///     selection:
    ///         sourceIPAddress|cidr: 10.0.0.0/8
    ///     condition: selection
    /// ```
    BLOCK_AS_VALUE = "S0445" "block-without-cidr" Error;

    /// A value does not have the form that the texts of its field have.
    ///
    /// ## What it does
    /// Compares whole values with the format that the schema names for the field: GUID, ARN, address of mail, domain,
    /// URL, duration, hexadecimal digits; and parts of values where no text of that format holds them.
    /// A value that begins as an ARN must be one in any field.
    /// Where the rule also says what another field holds, values and parts of values are compared with the forms that the
    /// schema names for that case: the ARN of an assumed-role session never has `:role/`.
    ///
    /// ## Why it matters
    /// The field never holds such a text, so the predicate is never true.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         userIdentity.arn: arn:aws:iam:123456789012:user/alice
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// detection:
    ///     selection:
    ///         userIdentity.arn: arn:aws:iam::123456789012:user/alice
    ///     condition: selection
    /// ```
    VALUE_FORMAT = "S0454" "value-format" Warning;

    /// A date is the bound of times, where the whole day may be meant.
    ///
    /// ## What it does
    /// Reports a date without a time of day under `gt` and `lte`.
    ///
    /// ## Why it matters
    /// A date is the first instant of its day, in UTC: `lte` leaves out all that happens on that day, and `gt` takes it in.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventTime|lte: '2026-01-31'
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventTime|lt: '2026-02-01'
    ///     condition: selection
    /// ```
    DAY_BOUND = "S0460" "day-as-bound" Warning;

    /// The number lies outside what the field can hold.
    ///
    /// ## What it does
    /// Reports whole numbers that 64 bits do not hold.
    ///
    /// ## Why it matters
    /// The value can never occur.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         additionalEventData.bytesTransferredIn|gt: 99999999999999999999
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// detection:
    ///     selection:
    ///         additionalEventData.bytesTransferredIn|gt: 99999999999
    ///     condition: selection
    /// ```
    VALUE_RANGE = "S0453" "value-out-of-range" Error;
}
