//! Findings about the form of a document, its metadata and its log source.

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

    /// A text is longer than the specification allows.
    ///
    /// ## What it does
    /// Counts the characters of `title`, `name` and `taxonomy` (256) and of `description` (65,535).
    ///
    /// ## Why it matters
    /// SIEMs cut or refuse longer texts when the rule is imported.
    ///
    /// ## Example
    /// A title of three sentences.
    ///
    /// ## Use instead
    /// A short title, and the sentences in `description`.
    TOO_LONG = "S0204" "text-too-long" Warning;

    /// An identifier is not a valid UUID.
    ///
    /// ## What it does
    /// Checks `id` and the identifiers of `related`.
    ///
    /// ## Why it matters
    /// Rules refer to each other by identifier, and SIEMs refuse an analytics rule without a valid one.
    ///
    /// ## Example
    /// ```yaml
    /// id: my-rule-1
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// id: 0b1c7a5e-58ad-4a5b-9c86-3b8d6a0d4f11
    /// ```
    BAD_ID = "S0205" "bad-id" Warning;

    /// A status that the specification does not know.
    ///
    /// ## What it does
    /// Checks `status` against `stable`, `test`, `experimental`, `deprecated`, `unsupported`.
    ///
    /// ## Why it matters
    /// Pipelines choose rules by status; a rule with another word is left out of all of them.
    ///
    /// ## Example
    /// ```yaml
    /// status: testing
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// status: test
    /// ```
    ///
    /// ## Fix safety
    /// Safe where only letter case or space differs, else unsafe.
    UNKNOWN_STATUS = "S0206" "unknown-status" Warning;

    /// A level that the specification does not know.
    ///
    /// ## What it does
    /// Checks `level` against `informational`, `low`, `medium`, `high`, `critical`.
    ///
    /// ## Why it matters
    /// The level becomes the severity of alerts; without one they are lost among the lowest.
    ///
    /// ## Example
    /// ```yaml
    /// level: hgih
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// level: high
    /// ```
    ///
    /// ## Fix safety
    /// Safe where only letter case or space differs, else unsafe.
    UNKNOWN_LEVEL = "S0207" "unknown-level" Warning;

    /// A date that is not a valid calendar date.
    ///
    /// ## What it does
    /// Checks that `date` and `modified` are `YYYY-MM-DD` and that the day exists. The former spelling with
    /// slashes
    /// is a warning.
    ///
    /// ## Why it matters
    /// Dates order and age rules; tools fail on those that do not exist.
    ///
    /// ## Example
    /// ```yaml
    /// date: 2023-02-29
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// date: 2023-02-28
    /// ```
    ///
    /// ## Fix safety
    /// Safe: slashes become dashes, the day stays.
    BAD_DATE = "S0208" "bad-date" Warning;

    /// A tag that does not have the form of one.
    ///
    /// ## What it does
    /// Checks that a tag is `namespace.name` of lower-case letters, digits, `_`, `-`, and dots in the name.
    ///
    /// ## Why it matters
    /// Coverage is computed from tags; one that cannot be parsed covers nothing.
    ///
    /// ## Example
    /// ```yaml
    /// tags:
    ///     - ATTACK.T1136.003
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// tags:
    ///     - attack.t1136.003
    /// ```
    ///
    /// ## Fix safety
    /// Safe: letter case and spaces change, or the namespace of a name that only ATT&CK has is added.
    BAD_TAG = "S0209" "bad-tag" Warning;

    /// A tag in a namespace, or an ATT&CK name, that does not exist.
    ///
    /// ## What it does
    /// Checks the namespace against those of the specification, and names under `attack` against the tactics,
    /// in
    /// their present and former spelling, and the form of identifiers.
    ///
    /// ## Why it matters
    /// Coverage is computed from tags; a misspelt one covers nothing.
    ///
    /// ## Example
    /// ```yaml
    /// tags:
    ///     - attack.persistance
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// tags:
    ///     - attack.persistence
    /// ```
    ///
    /// ## Fix safety
    /// Unsafe: the nearest name is a guess.
    UNKNOWN_TAG = "S0210" "unknown-tag" Warning;

    /// A tactic or technique that ATT&CK no longer has.
    ///
    /// ## What it does
    /// Reports tactics that were split or renamed, and techniques that another took the place of, as of release 19.
    ///
    /// ## Why it matters
    /// Coverage is computed from tags; a name that is gone is counted nowhere.
    ///
    /// ## Example
    /// ```yaml
    /// tags:
    ///     - attack.defense-evasion
    ///     - attack.t1070.006
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// tags:
    ///     - attack.stealth
    ///     - attack.t1070.006
    /// ```
    ///
    /// ## Fix safety
    /// Safe where the techniques of the rule tell which tactic is meant, or one technique took the place of another;
    /// else unsafe.
    GONE_TAG = "S0223" "gone-tag" Warning;

    /// A list entry is duplicated.
    ///
    /// ## What it does
    /// Reports the second of two equal entries of `tags`, `references`, `fields`, `falsepositives`, `rules` and
    /// other lists.
    ///
    /// ## Why it matters
    /// The specification wants unique entries; the second is often a mistake for another.
    ///
    /// ## Example
    /// ```yaml
    /// fields:
    ///     - eventName
    ///     - eventName
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// fields:
    ///     - eventName
    ///     - eventSource
    /// ```
    REPEATED_ENTRY = "S0211" "repeated-entry" Warning;

    /// A kind of relation that the specification does not know.
    ///
    /// ## What it does
    /// Checks `type` in `related` against `derived`, `obsolete`, `merged`, `renamed`, `similar`.
    ///
    /// ## Why it matters
    /// Tools that replace obsolete rules by their successors read it.
    ///
    /// ## Example
    /// ```yaml
    /// related:
    ///     - id: 0b1c7a5e-58ad-4a5b-9c86-3b8d6a0d4f11
    ///       type: obsoletes
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// related:
    ///     - id: 0b1c7a5e-58ad-4a5b-9c86-3b8d6a0d4f11
    ///       type: obsolete
    /// ```
    ///
    /// ## Fix safety
    /// Safe where only letter case or space differs, else unsafe.
    UNKNOWN_RELATION = "S0212" "unknown-relation" Warning;

    /// The rule is written in a taxonomy that is not known.
    ///
    /// ## What it does
    /// Reports every `taxonomy` other than `sigma`.
    ///
    /// ## Why it matters
    /// The field names of another taxonomy mean other fields. Compiled as they stand, the query asks for the
    /// wrong ones.
    ///
    /// ## Example
    /// ```yaml
    /// taxonomy: ecs
    /// ```
    ///
    /// ## Use instead
    /// Field names of the log itself, without `taxonomy`.
    FOREIGN_TAXONOMY = "S0213" "foreign-taxonomy" Error;

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

    /// The key `first_seen` is misspelt, stands where it has no meaning, or lacks its fields.
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

    /// An `action` that does not exist.
    ///
    /// ## What it does
    /// Checks `action` against `global`, `repeat` and `reset`, and that there is something to repeat.
    ///
    /// ## Why it matters
    /// The action decides what is merged into which document; a misspelt one changes every rule after it.
    ///
    /// ## Example
    /// ```yaml
    /// action: globl
    /// level: low
    /// ---
    /// title: Access key created
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// action: global
    /// level: low
    /// ---
    /// title: Access key created
    /// ```
    ///
    /// ## Fix safety
    /// Unsafe: the nearest name is a guess.
    UNKNOWN_ACTION = "S0217" "unknown-action" Error;

    /// A document and its template disagree.
    ///
    /// ## What it does
    /// Reports a key that a document has with another value than the `action: global` template before it. The
    /// document counts.
    ///
    /// ## Why it matters
    /// Some tools let the template count, so the same file is two rules.
    ///
    /// ## Example
    /// ```yaml
    /// action: global
    /// level: low
    /// ---
    /// level: high
    /// ```
    ///
    /// ## Use instead
    /// A template without `level`.
    TEMPLATE_CONFLICT = "S0218" "template-conflict" Warning;

    /// Templates make too much.
    ///
    /// ## What it does
    /// Reports the document at which the templates of a file have made 50,000 values more than the file itself holds;
    /// a template counts anew in each document that it is merged into. That document and those after it are not read.
    ///
    /// ## Why it matters
    /// A large template before many documents grows as their product, so that a file of a few kilobytes would take
    /// gigabytes.
    ///
    /// ## Example
    /// A template with a list of 1,000 values before 50 documents.
    ///
    /// ## Use instead
    /// Several files.
    TEMPLATE_SIZE = "S0219" "template-size" Error;

    /// A text that says nothing.
    ///
    /// ## What it does
    /// Reports an empty title, description and the like, and entries of `falsepositives` and `scope` of less
    /// than two characters.
    ///
    /// ## Why it matters
    /// The specification wants a text; an analyst reads it in the alert.
    ///
    /// ## Example
    /// ```yaml
    /// title: ''
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// title: Access key created for another user
    /// ```
    EMPTY_TEXT = "S0220" "empty-text" Warning;

    /// A rule was modified before it was made.
    ///
    /// ## What it does
    /// Compares `modified` with `date`.
    ///
    /// ## Why it matters
    /// One of the two is wrong, and tools that look for changed rules go by them.
    ///
    /// ## Example
    /// ```yaml
    /// date: 2026-03-01
    /// modified: 2025-03-01
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// date: 2025-03-01
    /// modified: 2026-03-01
    /// ```
    MODIFIED_BEFORE_DATE = "S0221" "modified-before-date" Warning;

    /// Metadata that the public repository wants of each rule is missing.
    ///
    /// ## What it does
    /// Reports a rule or correlation without `id`, `status`, `description`, `references`, `author`, `date`, `tags`,
    /// `falsepositives` or `level`, and a filter without `id`, `description` or `date`.
    ///
    /// It is a convention: the profile `default` leaves it out, `sigmahq` and `all` report it, and
    /// `lints.missing-metadata` turns it on or off by itself.
    ///
    /// ## Why it matters
    /// Who gets the alert reads there what it means, how sure it is, where it comes from and what else looks like it; tools
    /// know the rule by its identifier.
    ///
    /// ## Example
    /// ```yaml
    /// title: AWS IAM Access Key Created
    /// level: low
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// title: AWS IAM Access Key Created
    /// id: 5e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d
    /// status: experimental
    /// description: Detects a new access key, which outlives the session that made it.
    /// references:
    ///     - https://attack.mitre.org/techniques/T1098/001/
    /// author: Ada
    /// date: 2026-11-28
    /// tags:
    ///     - attack.persistence
    ///     - attack.t1098.001
    /// falsepositives:
    ///     - Rotation of keys
    /// level: low
    /// ```
    MISSING_METADATA = "S0227" "missing-metadata" Warning;

    /// The name of a file does not have the form of the public repository.
    ///
    /// ## What it does
    /// Reports a file of rules whose name is not 10 to 90 small letters, digits and `_`, with at least one `_`, before
    /// `.yml`.
    ///
    /// It is a convention: the profile `default` leaves it out, `sigmahq` and `all` report it, and
    /// `lints.file-name-form` turns it on or off by itself.
    ///
    /// ## Why it matters
    /// The public repository takes no other names; its tools, and those of others, find rules by them.
    ///
    /// ## Example
    /// ```sh
    /// sigmata check --set profile=sigmahq rules/AWS-Access-Key.yaml
    /// ```
    ///
    /// ## Use instead
    /// ```sh
    /// sigmata check --set profile=sigmahq rules/aws_access_key.yml
    /// ```
    FILE_NAME_FORM = "S0228" "file-name-form" Warning;

    /// A template that no document follows.
    ///
    /// ## What it does
    /// Reports `action: global` when no detection rule comes after it.
    ///
    /// ## Why it matters
    /// The file then holds no rule at all, or its template is at the wrong end.
    ///
    /// ## Example
    /// ```yaml
    /// action: global
    /// title: Shared
    /// logsource:
    ///     product: aws
    /// ```
    ///
    /// ## Use instead
    /// The template first, and the rules after it.
    UNUSED_TEMPLATE = "S0222" "unused-template" Warning;

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

    /// A rule stands inside another document.
    ///
    /// ## What it does
    /// Finds rules under a key or in a list of a file that holds no Sigma document.
    ///
    /// ## Why it matters
    /// A rule is a document: one that stands inside another is neither checked nor compiled.
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
