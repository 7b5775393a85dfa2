//! What the typing of a rule raises; each lint has its codes in its own file.

crate::codes! {
    /// The log source is not one that sigmata or the public rules know.
    ///
    /// ## What it does
    /// Reports a `logsource` whose product, service or category is unknown.
    /// It is an error when a log with a schema is meant: the rest of the log source, the product, or the rule's fields
    /// name one. Then the wrong name hides every other check.
    /// A name that people write for a known log is a warning, and the rule is checked as one about that log.
    ///
    /// ## Why it matters
    /// A rule about a log that nobody collects never fires, and no tool that maps log sources will find its table.
    ///
    /// ## Example
    /// ```yaml
    /// logsource:
    ///     product: aws
    ///     service: cloudtrial
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// logsource:
    ///     product: aws
    ///     service: cloudtrail
    /// ```
    ///
    /// ## Fix safety
    /// Safe for a name that people write for a known log. The nearest known name is offered as a guess; a new log source
    /// may be meant.
    UNKNOWN_LOG = "S0310" "unknown-log-source" Warning;

    /// The log has no schema, so fields and values are taken as written.
    ///
    /// ## What it does
    /// Says that sigmata knows the log source by name but has no schema for it.
    ///
    /// ## Why it matters
    /// The form of the rule is checked, but a misspelt field or value is not found.
    ///
    /// ## Example
    /// ```yaml
    /// logsource:
    ///     product: windows
    ///     service: security
    /// ```
    ///
    /// ## Use instead
    /// A schema of your own beside the rules, with the fields of the log.
    UNCHECKED_LOG = "S0311" "unchecked-log-source" Info;

    /// The log has no such field.
    ///
    /// ## What it does
    /// Reports a field name that neither the log's schema nor another documented shape of the record has.
    ///
    /// ## Why it matters
    /// A predicate on a field that does not exist is never true, so the rule never fires, and its negation is always true.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventNmae: CreateUser
    ///     condition: selection
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
    /// The nearest known name is offered as a guess.
    UNKNOWN_FIELD = "S0312" "unknown-field" Error;

    /// The events that the rest of the condition selects have no such field.
    ///
    /// ## What it does
    /// Follows the condition: where it says which events are meant, their parameters are known, and a field that only other events have is reported.
    /// In a filter it is a warning, because the rule can still fire.
    ///
    /// ## Why it matters
    /// The conjunction can never be true.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventSource: iam.amazonaws.com
    ///         eventName: CreateUser
    ///         requestParameters.roleName: admin
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventSource: iam.amazonaws.com
    ///         eventName: CreateUser
    ///         requestParameters.userName: admin
    ///     condition: selection
    /// ```
    ///
    /// ## Fix safety
    /// The nearest member of the events that are selected is offered as a guess.
    FIELD_NOT_HERE = "S0313" "field-not-in-event" Error;

    /// The path goes on below a value that has no members.
    ///
    /// ## What it does
    /// Reports a dotted name that continues after a text, number or other scalar.
    ///
    /// ## Why it matters
    /// Nothing is ever there, so the predicate is never true.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventName.value: CreateUser
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventName: CreateUser
    ///     condition: selection
    /// ```
    BELOW_SCALAR = "S0314" "member-of-scalar" Error;

    /// An array selector is used on a field that is not an array.
    ///
    /// ## What it does
    /// Reports `[any]`, `[all]` and the like on a field that the schema declares as a scalar or an object.
    ///
    /// ## Why it matters
    /// A scalar counts as an array of one, so the selector says nothing; often another field is meant.
    ///
    /// ## Example
    /// ```yaml
    /// sigma-version: 3
    /// detection:
    ///     selection:
    ///         eventName[any]: CreateUser
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventName: CreateUser
    ///     condition: selection
    /// ```
    SELECTOR_ON_SCALAR = "S0321" "selector-on-scalar" Warning;

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
    /// Reports a value that is not JSON, or that begins or ends as no JSON does, on a field into which the provider writes JSON.
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
    /// Reports a value on a field that the provider redacts, unless it is the text that stands in its place, and whatever is asked of a field that the provider leaves out of every record, but for its absence.
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

    /// The encoded value is not text.
    ///
    /// ## What it does
    /// Reports a value whose encoding is not valid UTF-8, such as UTF-16 with a byte order mark that no `base64` follows.
    ///
    /// ## Why it matters
    /// Logs hold text, so the bytes never occur.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         userAgent|utf16|contains: curl
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// detection:
    ///     selection:
    ///         userAgent|utf16|base64offset|contains: curl
    ///     condition: selection
    /// ```
    ENCODED_BYTES = "S0440" "encoded-value-is-no-text" Error;

    /// The value is too short to be recognised in its encoding.
    ///
    /// ## What it does
    /// Reports a value that leaves no letter of its own at some offset of `base64offset`, and an empty value under an encoder.
    ///
    /// ## Why it matters
    /// An empty pattern would match everything.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         userAgent|base64offset|contains: a
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// detection:
    ///     selection:
    ///         userAgent|base64offset|contains: curl
    ///     condition: selection
    /// ```
    ENCODED_SHORT = "S0441" "encoded-value-too-short" Error;

    /// The value has too many spellings.
    ///
    /// ## What it does
    /// Reports a value under `windash` with more than four dashes; each dash has five spellings.
    ///
    /// ## Why it matters
    /// Every spelling becomes a part of the query, which would grow past all measure.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         userAgent|windash|contains: 'a-b-c-d-e-f'
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// detection:
    ///     selection:
    ///         userAgent|contains|all:
    ///             - a
    ///             - f
    ///     condition: selection
    /// ```
    TOO_MANY_SPELLINGS = "S0442" "too-many-spellings" Error;

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

    /// The regular expression does not parse.
    ///
    /// ## What it does
    /// Reads every value of `re` and reports what no engine reads: an open group or class, a quantifier of nothing, a reversed range.
    ///
    /// ## Why it matters
    /// The targets refuse the query, or match something else.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         userAgent|re: 'curl/(7|8'
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// detection:
    ///     selection:
    ///         userAgent|re: 'curl/(7|8)'
    ///     condition: selection
    /// ```
    REGEX_SYNTAX = "S0446" "regex-syntax" Error;

    /// The regular expression leaves the subset that all targets share.
    ///
    /// ## What it does
    /// Reports look-around, back-references and other constructs that only some engines have, or that they read differently.
    ///
    /// ## Why it matters
    /// The rule cannot be compiled for every target, and cannot be evaluated here.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         userAgent|re: '^(?!aws-).*'
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// detection:
    ///     selection:
    ///         userAgent|re: '.'
    ///     filter:
    ///         userAgent|startswith: aws-
    ///     condition: selection and not filter
    /// ```
    REGEX_NOT_PORTABLE = "S0448" "regex-outside-subset" Warning;

    /// A placeholder has no values.
    ///
    /// ## What it does
    /// Reports `%name%` under `expand` for which nothing is configured.
    ///
    /// ## Why it matters
    /// Without its values the rule has no meaning; the name itself never occurs in a log.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         userIdentity.userName|expand: '%Administrators%'
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// detection:
    ///     selection:
    ///         userIdentity.userName:
    ///             - alice
    ///             - bob
    ///     condition: selection
    /// ```
    UNRESOLVED_PLACEHOLDER = "S0450" "unresolved-placeholder" Error;

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

    /// Two parts of one conjunction exclude each other.
    ///
    /// ## What it does
    /// Follows what the condition requires of each field that has one value, and reports a part that no event can satisfy together with the rest.
    /// In a filter it is a warning: the part excludes nothing, and the rule can still fire.
    ///
    /// ## Why it matters
    /// The conjunction is never true, so the rule, or this branch of it, never fires.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     a:
    ///         eventName: CreateUser
    ///     b:
    ///         eventName: DeleteUser
    ///     condition: a and b
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventName:
    ///             - CreateUser
    ///             - DeleteUser
    ///     condition: selection
    /// ```
    CONTRADICTION = "S0505" "contradiction" Error;

    /// The rule grows past all measure when its conditions are written out.
    ///
    /// ## What it does
    /// Bounds the nesting of conditions and blocks, and the number of values once every use of a selection is written out.
    ///
    /// ## Why it matters
    /// The query would be refused by every target.
    ///
    /// ## Example
    /// A condition that names a selection of thousands of values thousands of times.
    ///
    /// ## Use instead
    /// Several rules.
    TOO_LARGE = "S0511" "rule-too-large" Error;

    /// An entry of `fields` names no field of the log.
    ///
    /// ## What it does
    ///
    /// Resolves the names under `fields`, which become the columns of the result, as those of the detection.
    ///
    /// ## Why it matters
    ///
    /// The rule fires as before, but the analyst sees an empty column; some targets refuse the query.
    ///
    /// ## Example
    ///
    /// ```yaml
    /// fields:
    ///     - userIdentity.aarn
    /// ```
    ///
    /// ## Use instead
    ///
    /// ```yaml
    /// fields:
    ///     - userIdentity.arn
    /// ```
    ///
    /// ## Fix safety
    ///
    /// The nearest known name is offered as a guess.
    UNKNOWN_PROJECTION = "S0318" "unknown-projection" Warning;
}
