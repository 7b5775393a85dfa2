//! Findings about the metadata of a document.

crate::codes! {
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
    /// The field names of another taxonomy mean other fields. Compiled as written, the query asks for the
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

    /// A title or name holds a line break, a tab or another control character.
    ///
    /// ## What it does
    /// Looks at `title`, `name` and `taxonomy`; spaces and line breaks at the ends are left aside.
    ///
    /// ## Why it matters
    /// A title is one line in lists of alerts, in queries and in logs; more than that is cut off or shown as something else,
    /// and a control character is obeyed by terminals.
    ///
    /// ## Example
    /// ```yaml
    /// title: "Access key\ncreated"
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// title: Access key created
    /// ```
    CONTROL_IN_TITLE = "S0229" "control-in-title" Warning;

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
}
