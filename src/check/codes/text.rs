//! Findings about how a value is written: encodings, regular expressions, placeholders.

crate::codes! {
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

    /// A placeholder names no known list.
    ///
    /// ## What it does
    /// Reports `%name%` under `expand` for which the configuration has no list, or none whose values can be used there:
    /// what a platform keeps answers whole values alone, not `contains` and the like.
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
    /// Define the list in `sigmata.toml`, with `values`, a `file` or a list that the platform keeps:
    /// ```toml
    /// [lists.Administrators]
    /// values = ["alice", "bob"]
    /// ```
    UNRESOLVED_PLACEHOLDER = "S0450" "unresolved-placeholder" Error;

    /// A known list without values is where a rule needs one of them.
    ///
    /// ## What it does
    /// Reports `%name%` under `expand` of a list that is empty, where the rule asks for one of its values. Under `not` an
    /// empty list leaves nobody out, and nothing is said.
    ///
    /// ## Why it matters
    /// The selection never matches until the list has values.
    ///
    /// ## Example
    /// With `lists.Administrators.values = []` in `sigmata.toml`:
    /// ```yaml
    /// detection:
    ///     selection:
    ///         userIdentity.userName|expand: '%Administrators%'
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// ```toml
    /// [lists.Administrators]
    /// values = ["alice"]
    /// ```
    EMPTY_LIST = "S0438" "empty-list" Error;

    /// A value of a known list has a wildcard, which is taken as it is.
    ///
    /// ## What it does
    /// Reports `*` and `?` in the values of a list that a rule uses: the values are texts, not patterns.
    ///
    /// ## Why it matters
    /// A platform that keeps the list knows no wildcards either, and few logs hold the character, so the value matches
    /// nothing.
    ///
    /// ## Example
    /// With `lists.Administrators.values = ["svc-*"]` in `sigmata.toml`:
    /// ```yaml
    /// detection:
    ///     selection:
    ///         userIdentity.userName|expand: '%Administrators%'
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// The start of the text, under `startswith`:
    /// ```yaml
    /// detection:
    ///     selection:
    ///         userIdentity.userName|expand|startswith: '%Administrators%'
    ///     condition: selection
    /// ```
    WILDCARD_IN_LIST = "S0439" "wildcard-in-list" Warning;
}
