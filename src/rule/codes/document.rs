//! Findings about the form of a document, its kind, and its log source.

crate::codes! {
    /// A document of the file is not a map.
    ///
    /// ## What it does
    /// Reports a document that is a list or a single value.
    ///
    /// ## Why it matters
    /// A rule is a map; there is nothing here that could be one.
    ///
    /// ## Example
    /// ```yaml
    /// title: A rule
    /// ---
    /// - title: A rule in a list
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// title: A rule
    /// ---
    /// title: Another rule
    /// ```
    NOT_A_MAP = "S0201" "document-not-a-map" Error;

    /// A key that the document needs is missing.
    ///
    /// ## What it does
    /// Reports a document without `title`, `logsource`, `detection`, `condition`, or a correlation or filter
    /// without
    /// the keys that it cannot do without. A key with a similar name is pointed out.
    ///
    /// ## Why it matters
    /// Without it the rule has no name, is about no log, or says nothing.
    ///
    /// ## Example
    /// ```yaml
    /// title: Access key created
    /// detection:
    ///     selection:
    ///         eventName: CreateAccessKey
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// title: Access key created
    /// logsource:
    ///     product: aws
    ///     service: cloudtrail
    /// detection:
    ///     selection:
    ///         eventName: CreateAccessKey
    ///     condition: selection
    /// ```
    ///
    /// ## Fix safety
    /// Unsafe: renaming a key with a similar name is a guess.
    MISSING_KEY = "S0202" "missing-key" Error;

    /// A value has the wrong shape.
    ///
    /// ## What it does
    /// Reports a list where a text belongs, a text where a map belongs, and the like.
    ///
    /// ## Why it matters
    /// Readers differ in what they make of it: some crash, some drop it, some take the first entry.
    /// In metadata it is a warning, because the rule means the same.
    ///
    /// ## Example
    /// ```yaml
    /// tags: attack.t1136.003
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// tags:
    ///     - attack.t1136.003
    /// ```
    ///
    /// ## Fix safety
    /// Safe: a text where a list of texts belongs becomes its one entry.
    WRONG_SHAPE = "S0203" "wrong-shape" Error;

    /// A key that is nearly one with a meaning.
    ///
    /// ## What it does
    /// Reports a custom key that is close to a key of the specification which the map lacks. Other custom keys
    /// are allowed, but not inside `correlation`, nor `generate` beside it.
    ///
    /// ## Why it matters
    /// Custom keys are allowed, so a misspelt one is ignored in silence.
    ///
    /// ## Example
    /// ```yaml
    /// title: Access key created
    /// fileds:
    ///     - eventName
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// title: Access key created
    /// fields:
    ///     - eventName
    /// ```
    ///
    /// ## Fix safety
    /// Safe where only letter case or separators differ, else unsafe.
    NEAR_MISS_KEY = "S0214" "near-miss-key" Warning;

    /// The key `first_seen` is misspelt, is where it has no meaning, or lacks its fields.
    ///
    /// ## What it does
    /// Reports keys that are nearly `first_seen`, other keys in it than `by` and `within`, and the key on correlations and
    /// filters.
    ///
    /// ## Why it matters
    /// Without it the rule fires on every match, not on the first of each kind, and nothing would say so.
    ///
    /// ## Example
    /// ```yaml
    /// title: Access key created
    /// firstseen:
    ///     by: [userIdentity.arn]
    ///     within: 7d
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// title: Access key created
    /// first_seen:
    ///     by: [userIdentity.arn]
    ///     within: 7d
    /// ```
    ///
    /// ## Fix safety
    /// Safe where only letter case or separators differ, else unsafe.
    FIRST_SEEN = "S0225" "first-seen" Error;

    /// A version of Sigma that is not known.
    ///
    /// ## What it does
    /// Reads `sigma-version`, an integer or a text such as `'3.0'`, and refuses a higher major version than 3.
    ///
    /// ## Why it matters
    /// A later version may give the same words another meaning.
    ///
    /// ## Example
    /// ```yaml
    /// sigma-version: 4
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// sigma-version: 3
    /// ```
    ///
    /// ## Fix safety
    /// Safe: quoting a version with a dot keeps its text.
    SIGMA_VERSION = "S0215" "sigma-version" Error;

    /// A document is two kinds at once.
    ///
    /// ## What it does
    /// Reports a document with more than one of `detection`, `correlation` and `filter`.
    ///
    /// ## Why it matters
    /// Each tool takes another one and drops the rest.
    ///
    /// ## Example
    /// ```yaml
    /// title: Two in one
    /// detection:
    ///     selection:
    ///         eventName: CreateUser
    ///     condition: selection
    /// correlation:
    ///     type: event_count
    /// ```
    ///
    /// ## Use instead
    /// Two documents, parted by a line `---`.
    AMBIGUOUS_KIND = "S0216" "ambiguous-document" Error;

    /// A file holds a detection of another product.
    ///
    /// ## What it does
    /// Recognises detections of Elastic, Splunk, Sentinel, Panther, Falco, `ElastAlert`, Datadog and Chronicle by their keys.
    ///
    /// ## Why it matters
    /// Only Sigma rules are read: the detection is neither checked nor compiled.
    ///
    /// ## Example
    /// ```yaml
    /// kind: Scheduled
    /// query: AWSCloudTrail | where EventName == "CreateUser"
    /// queryFrequency: 5m
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// title: User created
    /// logsource:
    ///     product: aws
    ///     service: cloudtrail
    /// detection:
    ///     selection:
    ///         eventName: CreateUser
    ///     condition: selection
    /// ```
    ANOTHER_PRODUCT = "S0224" "another-product" Warning;

    /// A rule is inside another document.
    ///
    /// ## What it does
    /// Finds rules under a key or in a list of a file that holds no Sigma document.
    ///
    /// ## Why it matters
    /// A rule is a document: one that is inside another is neither checked nor compiled.
    ///
    /// ## Example
    /// ```yaml
    /// - title: User created
    ///   logsource:
    ///       product: aws
    ///       service: cloudtrail
    ///   detection:
    ///       selection:
    ///           eventName: CreateUser
    ///       condition: selection
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// title: User created
    /// logsource:
    ///     product: aws
    ///     service: cloudtrail
    /// detection:
    ///     selection:
    ///         eventName: CreateUser
    ///     condition: selection
    /// ```
    NESTED_RULE = "S0226" "nested-rule" Warning;

    /// A log source that names no log.
    ///
    /// ## What it does
    /// Reports a `logsource` without `category`, `product` and `service`.
    ///
    /// ## Why it matters
    /// The rule could be about any log, so that no table can be chosen and no field be checked.
    ///
    /// ## Example
    /// ```yaml
    /// logsource:
    ///     definition: CloudTrail must be on
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// logsource:
    ///     product: aws
    ///     service: cloudtrail
    /// ```
    EMPTY_LOGSOURCE = "S0230" "empty-logsource" Error;

    /// A name in the log source that does not have the form of one.
    ///
    /// ## What it does
    /// Checks that `category`, `product` and `service` are lower-case letters, digits, `_`, `.` and `-`.
    ///
    /// ## Why it matters
    /// Tools find the log by this name, letter for letter.
    ///
    /// ## Example
    /// ```yaml
    /// logsource:
    ///     product: AWS
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// logsource:
    ///     product: aws
    /// ```
    ///
    /// ## Fix safety
    /// Safe: only letter case and spaces change.
    LOGSOURCE_FORM = "S0231" "logsource-form" Warning;

    /// A selection that searches for nothing.
    ///
    /// ## What it does
    /// Reports an empty map, an empty list or nothing at all as a selection, and a detection without
    /// selections.
    ///
    /// ## Why it matters
    /// Some tools match every event with it, some none.
    ///
    /// ## Example
    /// ```yaml
    /// detection:
    ///     selection:
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
    EMPTY_SELECTION = "S0240" "empty-selection" Error;
}
