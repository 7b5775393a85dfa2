//! Codes of the CloudWatch Logs Insights back end alone.

crate::codes! {
    /// The time of the log event is compared in place of the time in the record.
    ///
    /// ## What it does
    /// Notes a test of the record's time that is made on `@timestamp`, the time with which the event was written to
    /// CloudWatch Logs.
    ///
    /// ## Why it matters
    /// A forwarder that stamps its own time shifts the result.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventTime|hour: 3
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// Nothing, if events are written with their own time, as services of AWS do.
    LOG_EVENT_TIME = "S3001" "log-event-time" Info;

    /// Whether a text compares with a JSON number or boolean is not documented.
    ///
    /// ## What it does
    /// Notes a test of text on a field whose type is not known, or on a value that CloudWatch Logs Insights may hold as
    /// a number: the query asks for both where it can.
    ///
    /// ## Why it matters
    /// The query can take or lose events in which the field is a number or a boolean.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         requestParameters.undeclared: '5'
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// Declare the type of the field in a schema of your own.
    VALUE_TYPE = "S3002" "value-type-undocumented" Info;

    /// Several lists are unnested one after another.
    ///
    /// ## What it does
    /// Notes a query with more than one `unnest`: that they can follow each other is not documented.
    ///
    /// ## Why it matters
    /// If the service refuses it, the query finds nothing.
    ///
    /// ## Example
    /// ```yaml
    /// logsource:
    ///     product: azure
    ///     service: auditlogs
    /// detection:
    ///     selection:
    ///         properties.targetResources.modifiedProperties.displayName: Role.DisplayName
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// Run the query once before relying on it, or compile for another target.
    CHAINED_UNNEST = "S3003" "chained-unnest" Info;

    /// An event without elements may be lost before an alternative is tested.
    ///
    /// ## What it does
    /// Notes an `or` between a statement about array elements and one that needs none: `unnest` gives an event as many
    /// rows as its list has elements, so an event with an empty list may have none.
    ///
    /// ## Why it matters
    /// Such an event is missed although the other alternative selects it.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         - resources.type: AWS::IAM::User
    ///         - eventName: CreateUser
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// Write two rules.
    EMPTY_LIST = "S3004" "unnest-of-empty-list" Info;

    /// A time cannot be compared as text.
    ///
    /// ## What it does
    /// Refuses a comparison in time of a field that is not the time of the log event: the language reads no time from
    /// text.
    ///
    /// ## Why it matters
    /// A comparison of texts is right only where every time is written with the same precision and zone.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         userIdentity.sessionContext.attributes.creationDate|lt: 2026-01-01T00:00:00Z
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// Compare the record's own time, or compile for another target.
    TIME_FIELD = "S3005" "time-of-another-field" Error;

    /// A field's name cannot be written.
    ///
    /// ## What it does
    /// Refuses a field whose name holds a backtick or a control character, or has an empty part: no way to write it is
    /// documented.
    ///
    /// ## Why it matters
    /// The name could end early and change the query.
    ///
    /// ## Example
    /// ```yaml
    /// logsource:
    ///     product: own
    ///     service: audit
    /// detection:
    ///     selection:
    ///         'odd`name': value
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// Test another field, or compile for another target.
    FIELD_NAME = "S3006" "unwritable-field-name" Error;

    /// A large integer is compared by its digits.
    ///
    /// ## What it does
    /// Notes an integer past 2^53: it is compared as text, because numbers may be rounded, and whether a JSON number's
    /// text keeps all its digits is not documented.
    ///
    /// ## Why it matters
    /// The query can miss the number, or take a neighbour for it.
    ///
    /// ## Example
    /// ```yaml
    /// logsource:
    ///     product: azure
    ///     service: signinlogs
    /// detection:
    ///     selection:
    ///         properties.status.errorCode: 9007199254740993
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// Test a field that holds the identifier as text.
    LONG_NUMBER = "S3007" "integer-past-double" Info;

    /// Whether an expression counts characters or bytes is not documented.
    ///
    /// ## What it does
    /// Notes an expression that asks for one character of any kind (`?`, `.`, a class with characters outside ASCII, a
    /// count of them).
    ///
    /// ## Why it matters
    /// Where the service counts bytes, a character outside ASCII is several.
    ///
    /// ## Example
    /// ```yaml
    /// logsource:
    ///     product: own
    ///     service: audit
    /// detection:
    ///     selection:
    ///         userName: 'adm?n'
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// List the characters: `userName|re: '^adm[i1]n$'`.
    CHARACTER_COUNT = "S3008" "characters-or-bytes" Info;

    /// The letters of a date format are not all documented.
    ///
    /// ## What it does
    /// Notes a test of the ISO week, for which the letter that `formatDate` takes is not documented.
    ///
    /// ## Why it matters
    /// If the service reads the letter otherwise, the query selects other events.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
    ///         eventTime|week: 1
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// Test the month and the day.
    DATE_FORMAT = "S3009" "date-format-letter" Info;

    /// A text that encodes a single JSON value cannot be decoded.
    ///
    /// ## What it does
    /// Refuses a path that ends at the value which a JSON text encodes: `jsonParse` reads objects and arrays alone.
    ///
    /// ## Why it matters
    /// A comparison would never hold.
    ///
    /// ## Example
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
    /// ## Use instead
    /// Compare the stored text, quotes included.
    JSON_SCALAR = "S3010" "json-scalar" Error;

    /// Only the first elements of an array are tested.
    ///
    /// ## What it does
    /// Notes a statement about all elements of an array, or about none, and the negation of one about some: the query tests the first ten elements one by one (in an array inside each of them the first four). The rules of a correlation beside each other are tested in the same way; where not even that fits into a query, the elements are not tested, which makes it wider.
    ///
    /// ## Why it matters
    /// CloudWatch Logs Insights makes rows of the elements, and no row says that no other row of its event matches. An event with more elements may have a later one that decides otherwise.
    ///
    /// ## Example
    /// ```yaml
    /// logsource:
    ///     product: azure
    ///     service: auditlogs
    /// detection:
    ///     selection:
    ///         properties.targetResources.userPrincipalName|contains: '@'
    ///     guest:
    ///         properties.targetResources.userPrincipalName|contains: '#EXT#'
    ///     condition: selection and not guest
    /// ```
    ///
    /// ## Use instead
    /// Nothing, where no event has so many elements; else compile for KQL or SPL, which count them all.
    FIRST_ELEMENTS = "S3011" "first-elements" Info;
}
