//! Findings about names: log sources, fields, events.

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

    /// An entry of `fields` names no field of the log, or none that the events of the rule have.
    ///
    /// ## What it does
    ///
    /// Resolves the names under `fields`, which become the columns of the result, as those of the detection: where the rule says which event it is, against the parameters of that event.
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
