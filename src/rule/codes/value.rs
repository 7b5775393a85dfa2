//! Findings about fields, modifiers and the form of values.

crate::codes! {
    /// A modifier that does not exist.
    ///
    /// ## What it does
    /// Checks every name after `|`. Known are `all`, `startswith`, `endswith`, `contains`, `exists`, `cased`,
    /// `neq`,
    /// `windash`, `re` with `i`, `m`, `s`, `base64`, `base64offset`, `utf16le` (`wide`), `utf16be`, `utf16`, `lt`,
    /// `lte`, `gt`, `gte`, `minute`, `hour`, `day`, `week`, `month`, `year`, `cidr`, `expand`, `fieldref`, and the
    /// aliases `ignorecase`, `multiline`, `dotall`.
    ///
    /// ## Why it matters
    /// A tool that ignores it compares for equality, and the rule never fires.
    ///
    /// ## Example
    /// ```yaml
    /// selection:
    ///     userAgent|contain: curl
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// selection:
    ///     userAgent|contains: curl
    /// ```
    ///
    /// ## Fix safety
    /// Safe where only letter case or space differs, else unsafe.
    UNKNOWN_MODIFIER = "S0401" "unknown-modifier" Error;

    /// A modifier is duplicated in a chain.
    ///
    /// ## What it does
    /// Reports the second of two equal modifiers; aliases count as what they stand for.
    ///
    /// ## Why it matters
    /// One of the two was meant to be another.
    ///
    /// ## Example
    /// ```yaml
    /// selection:
    ///     userAgent|contains|contains: curl
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// selection:
    ///     userAgent|contains|all:
    ///         - curl
    ///         - insecure
    /// ```
    REPEATED_MODIFIER = "S0402" "repeated-modifier" Error;

    /// Modifiers that cannot be together, or not in this order.
    ///
    /// ## What it does
    /// Reports pairs without a meaning (`startswith|endswith`, `re|contains`, `lt|contains`), flags of `re`
    /// without
    /// it, and encoders after `contains`.
    ///
    /// ## Why it matters
    /// Tools pick one of the two in silence, so that the query is another one than the rule.
    ///
    /// ## Example
    /// ```yaml
    /// selection:
    ///     userAgent|startswith|endswith: curl
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// selection:
    ///     userAgent: 'curl*curl'
    /// ```
    MODIFIER_CONFLICT = "S0403" "modifier-conflict" Error;

    /// A modifier that needs a field, on keywords.
    ///
    /// ## What it does
    /// Reports comparisons, address blocks, time parts, `exists`, `fieldref`, `startswith` and `endswith`
    /// without a field name.
    ///
    /// ## Why it matters
    /// Keywords are searched in the whole event, which has no beginning, number or address.
    ///
    /// ## Example
    /// ```yaml
    /// selection:
    ///     '|gt': 5
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// selection:
    ///     additionalEventData.attempts|gt: 5
    /// ```
    KEYWORD_MODIFIER = "S0404" "keyword-modifier" Error;

    /// A modifier after a colon.
    ///
    /// ## What it does
    /// Reports a key such as `userAgent:endswith`, and blanks beside the `|`, as in `userAgent | endswith`.
    ///
    /// ## Why it matters
    /// It is read as a field of that name, which no log has, so that the rule never fires; a blank is part of the name of
    /// the field or of the modifier.
    ///
    /// ## Example
    /// ```yaml
    /// selection:
    ///     userAgent:endswith: curl
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// selection:
    ///     userAgent|endswith: curl
    /// ```
    ///
    /// ## Fix safety
    /// Safe: no field has such a name.
    MODIFIER_SEPARATOR = "S0405" "modifier-separator" Error;

    /// An item without a field.
    ///
    /// ## What it does
    /// Reports an empty key without modifiers.
    ///
    /// ## Why it matters
    /// There is nothing to compare the value with.
    ///
    /// ## Example
    /// ```yaml
    /// selection:
    ///     '': CreateUser
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// selection:
    ///     eventName: CreateUser
    /// ```
    EMPTY_KEY = "S0406" "empty-field-name" Error;

    /// A map as the value of a field.
    ///
    /// ## What it does
    /// Reports a map, or a list with maps, under a field that selects no array element.
    ///
    /// ## Why it matters
    /// Sigma has no nested fields; tools drop them or crash.
    ///
    /// ## Example
    /// ```yaml
    /// selection:
    ///     userIdentity:
    ///         type: Root
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// selection:
    ///     userIdentity.type: Root
    /// ```
    NESTED_MAP = "S0407" "nested-map" Error;

    /// A list inside a list of values.
    ///
    /// ## What it does
    /// Reports a list as an entry of the values of a field.
    ///
    /// ## Why it matters
    /// It has no meaning: neither "all of" nor "one of".
    ///
    /// ## Example
    /// ```yaml
    /// selection:
    ///     eventName:
    ///         - CreateUser
    ///         - [CreateRole, CreateGroup]
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// selection:
    ///     eventName:
    ///         - CreateUser
    ///         - CreateRole
    ///         - CreateGroup
    /// ```
    NESTED_LIST = "S0408" "nested-list" Error;

    /// A list of values without any.
    ///
    /// ## What it does
    /// Reports `[]` as the value of a field.
    ///
    /// ## Why it matters
    /// "One of nothing" is never true; some tools make it always true.
    ///
    /// ## Example
    /// ```yaml
    /// selection:
    ///     eventName: []
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// selection:
    ///     eventName: CreateUser
    /// ```
    EMPTY_LIST = "S0409" "empty-value-list" Error;

    /// Null in a list of values.
    ///
    /// ## What it does
    /// Reports `null`, `~` and empty entries of a list.
    ///
    /// ## Why it matters
    /// Null asks for a missing field, which no query language can ask within a list of values.
    ///
    /// ## Example
    /// ```yaml
    /// selection:
    ///     errorCode:
    ///         - Success
    ///         - null
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// selection:
    ///     eventName: CreateUser
    /// selection_success:
    ///     errorCode: Success
    /// selection_none:
    ///     errorCode: null
    /// condition: selection and 1 of selection_*
    /// ```
    NULL_IN_LIST = "S0410" "null-in-list" Error;

    /// A field without a value.
    ///
    /// ## What it does
    /// Reports nothing after the colon; it is read as null, so the rule asks for a missing field.
    ///
    /// ## Why it matters
    /// It is more often a value that was forgotten.
    ///
    /// ## Example
    /// ```yaml
    /// selection:
    ///     errorCode:
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// selection:
    ///     eventName: CreateUser
    ///     errorCode: null
    /// ```
    EMPTY_VALUE = "S0411" "empty-value" Warning;

    /// `all` with one value.
    ///
    /// ## What it does
    /// Reports `all` where there is nothing to be joined.
    ///
    /// ## Why it matters
    /// It changes nothing; a value was forgotten, or `all` is left over.
    ///
    /// ## Example
    /// ```yaml
    /// selection:
    ///     userAgent|contains|all: curl
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// selection:
    ///     userAgent|contains: curl
    /// ```
    SINGLE_ALL = "S0412" "single-all" Warning;

    /// A value that does not suit its modifier.
    ///
    /// ## What it does
    /// Checks that `exists` has a boolean, comparisons a number or a time, time components a number, and that
    /// null
    /// comes without modifiers.
    ///
    /// ## Why it matters
    /// The test cannot mean anything, so no event satisfies it.
    ///
    /// ## Example
    /// ```yaml
    /// selection:
    ///     errorCode|exists: maybe
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// selection:
    ///     errorCode|exists: true
    /// ```
    ///
    /// ## Fix safety
    /// Safe: `yes` and `no`, `1` and `0` become `true` and `false`.
    VALUE_FORM = "S0413" "value-form" Error;

    /// A part of a time that does not exist.
    ///
    /// ## What it does
    /// Checks the ranges of `minute` (0 to 59), `hour` (0 to 23), `day` (1 to 31), `week` (1 to 53), `month`
    /// (1 to 12) and `year` (1 to 9999), also as bounds of a comparison: no hour is greater than 23 (`hour|gt: 23`).
    /// A comparison that every time satisfies (`hour|gte: 0`) is a warning.
    ///
    /// ## Why it matters
    /// No event can satisfy it.
    ///
    /// ## Example
    /// ```yaml
    /// selection:
    ///     eventTime|hour: 24
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// selection:
    ///     eventTime|hour: 0
    /// ```
    TIME_RANGE = "S0414" "time-part-range" Error;

    /// An address block that is none.
    ///
    /// ## What it does
    /// Checks that the value of `cidr` is an IPv4 or IPv6 address with a prefix length.
    ///
    /// ## Why it matters
    /// No address lies in it, or the SIEM refuses the query.
    ///
    /// ## Example
    /// ```yaml
    /// selection:
    ///     sourceIPAddress|cidr: 10.*
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// selection:
    ///     sourceIPAddress|cidr: 10.0.0.0/8
    /// ```
    BAD_CIDR = "S0415" "bad-cidr" Error;

    /// An address block with bits beyond its prefix.
    ///
    /// ## What it does
    /// Reports a block whose address is not its first one, and reads it as the block around it.
    ///
    /// ## Why it matters
    /// Some tools refuse it, and the prefix is often a slip.
    ///
    /// ## Example
    /// ```yaml
    /// selection:
    ///     sourceIPAddress|cidr: 10.1.2.3/8
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// selection:
    ///     sourceIPAddress|cidr: 10.0.0.0/8
    /// ```
    ///
    /// ## Fix safety
    /// Safe: it is the same block.
    CIDR_HOST_BITS = "S0416" "cidr-host-bits" Warning;

    /// A wildcard in a value that is encoded.
    ///
    /// ## What it does
    /// Reports `*` and `?` in the values of `base64`, `base64offset`, `wide` and the like.
    ///
    /// ## Why it matters
    /// The encoded text of "anything" does not exist.
    ///
    /// ## Example
    /// ```yaml
    /// selection:
    ///     requestParameters.userData|base64offset|contains: 'curl *'
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// selection:
    ///     requestParameters.userData|base64offset|contains: 'curl '
    /// ```
    ENCODED_WILDCARD = "S0417" "encoded-wildcard" Error;

    /// UTF-16 without an encoding to text.
    ///
    /// ## What it does
    /// Reports `wide`, `utf16be` and `utf16` that no `base64` or `base64offset` follows.
    ///
    /// ## Why it matters
    /// UTF-16 of ordinary text has a NUL at every other place. Logs hold it in Base64, never as it is.
    ///
    /// ## Example
    /// ```yaml
    /// selection:
    ///     requestParameters.userData|wide|contains: curl
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// selection:
    ///     requestParameters.userData|wide|base64offset|contains: curl
    /// ```
    BARE_UTF16 = "S0418" "utf16-without-base64" Warning;

    /// `base64offset` without `contains`.
    ///
    /// ## What it does
    /// Reports the encoder when the whole field must equal what it gives.
    ///
    /// ## Why it matters
    /// It gives the part of an encoded text that is the same wherever the value is, so never a whole one.
    ///
    /// ## Example
    /// ```yaml
    /// selection:
    ///     requestParameters.userData|base64offset: curl
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// selection:
    ///     requestParameters.userData|base64offset|contains: curl
    /// ```
    ///
    /// ## Fix safety
    /// Unsafe: `base64` may have been meant.
    OFFSET_EQUALS = "S0419" "base64offset-equals" Warning;

    /// Brackets at the end of a field name.
    ///
    /// ## What it does
    /// Reports `[…]` at the end of a name, or before a dot, in a rule without `sigma-version: 3`, where it is part of the name.
    ///
    /// ## Why it matters
    /// No log has such a field; an array selector was meant.
    ///
    /// ## Example
    /// ```yaml
    /// logsource:
    ///     product: own
    ///     service: audit
    /// detection:
    ///     selection:
    ///         'tags[any]': x
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// sigma-version: 3
    /// detection:
    ///     selection:
    ///         resources[any].accountId: 123456789012
    ///     condition: selection
    /// ```
    INACTIVE_SELECTOR = "S0420" "inactive-selector" Warning;

    /// An array selector that is none.
    ///
    /// ## What it does
    /// Checks that brackets in a name hold `any`, `all`, `all_or_empty`, `none` or a number, and are after a
    /// name. A literal bracket is `\[`.
    ///
    /// ## Why it matters
    /// The rule does not say which elements it means.
    ///
    /// ## Example
    /// ```yaml
    /// sigma-version: 3
    /// detection:
    ///     selection:
    ///         resources[every].ARN: arn:aws:s3:::backup
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// sigma-version: 3
    /// detection:
    ///     selection:
    ///         resources[all].ARN: arn:aws:s3:::backup
    ///     condition: selection
    /// ```
    ///
    /// ## Fix safety
    /// Unsafe: the nearest selector is a guess.
    BAD_SELECTOR = "S0421" "bad-selector" Error;

    /// A modifier on a block of element predicates.
    ///
    /// ## What it does
    /// Reports modifiers on a key whose value is a map under an array selector.
    ///
    /// ## Why it matters
    /// The block is not a value that can be compared.
    ///
    /// ## Example
    /// ```yaml
    /// sigma-version: 3
    /// detection:
    ///     selection:
    ///         resources[any]|contains:
    ///             ARN: backup
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// sigma-version: 3
    /// detection:
    ///     selection:
    ///         resources[any]:
    ///             ARN|contains: backup
    ///     condition: selection
    /// ```
    BLOCK_FORM = "S0422" "block-modifier" Error;
}
