//! Findings about files and YAML, S0001 to S0199.

crate::codes! {
    /// The text is not well-formed YAML.
    ///
    /// ## What it does
    /// Reports the first place in a document where the YAML cannot be read. The document is left out; the other
    /// documents of the file are still read.
    ///
    /// ## Why it matters
    /// A rule that cannot be read is a rule that does not run.
    ///
    /// ## Example
    /// ```yaml
    /// title: Access: denied
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// title: 'Access: denied'
    /// ```
    SYNTAX = "S0001" "yaml-syntax" Error;

    /// The file is not UTF-8.
    ///
    /// ## What it does
    /// Reports the first byte that is not UTF-8, by its offset.
    ///
    /// ## Why it matters
    /// YAML is Unicode text. Guessing another encoding would guess the values that a rule searches for.
    ///
    /// ## Example
    /// A file in UTF-16, as some Windows editors write it.
    ///
    /// ## Use instead
    /// Save the file as UTF-8.
    NOT_UTF8 = "S0002" "not-utf8" Error;

    /// The text holds a control character that YAML forbids.
    ///
    /// ## What it does
    /// Reports the first control character other than tab and line break, such as NUL.
    ///
    /// ## Why it matters
    /// Such a character is invisible, ends the text for some readers, and is not a value that a log holds.
    ///
    /// ## Example
    /// A file that was cut or joined in binary, so that it holds NUL bytes.
    ///
    /// ## Use instead
    /// ```yaml
    /// detection:
    ///     selection:
    ///         userAgent: "a\x07b"
    ///     condition: selection
    /// ```
    CONTROL_CHARACTER = "S0003" "control-character" Error;

    /// The file is too large to be read.
    ///
    /// ## What it does
    /// Refuses a file by its size before it is parsed.
    ///
    /// ## Why it matters
    /// Rules come from elsewhere; a bound on size is a bound on time and memory.
    ///
    /// ## Example
    /// A file of 50 MiB.
    ///
    /// ## Use instead
    /// Split the file into one file per rule.
    FILE_TOO_LARGE = "S0004" "file-too-large" Error;

    /// A document is too large to be read.
    ///
    /// ## What it does
    /// Refuses one document of a file by its size before it is parsed. The other documents are still read.
    ///
    /// ## Why it matters
    /// No query language takes a rule of this size, and a bound on size is a bound on time and memory.
    ///
    /// ## Example
    /// A rule with a hundred thousand addresses in one list.
    ///
    /// ## Use instead
    /// A placeholder, whose values live in the configuration or in a list of the SIEM.
    DOCUMENT_TOO_LARGE = "S0005" "document-too-large" Error;

    /// Collections nest too deeply.
    ///
    /// ## What it does
    /// Stops reading a document at the 129th level of nested lists and maps.
    ///
    /// ## Why it matters
    /// No rule needs this; deep nesting is how a text makes a reader run out of stack.
    ///
    /// ## Example
    /// A hundred thousand `[` in a row.
    ///
    /// ## Use instead
    /// Quote the value when brackets are meant as text.
    TOO_DEEP = "S0006" "yaml-too-deep" Error;

    /// A key is duplicated in a map.
    ///
    /// ## What it does
    /// Reports the second of two equal keys and points to the first.
    /// Where most keys of a document come again from one of them on, a second document begins there whose `---` is missing: that is one finding.
    ///
    /// ## Why it matters
    /// Most YAML readers silently keep the last one, so that half of the selection vanishes from the query.
    ///
    /// ## Example
    /// ```yaml
    /// selection:
    ///     eventName: CreateUser
    ///     eventName: CreateRole
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// selection:
    ///     eventName:
    ///         - CreateUser
    ///         - CreateRole
    /// ```
    DUPLICATE_KEY = "S0007" "duplicate-key" Error;

    /// A list or a map is where a key belongs.
    ///
    /// ## What it does
    /// Reports a key that is not a scalar.
    ///
    /// ## Why it matters
    /// The keys of a rule are names. `[a]: b` and `{a}: b` are YAML, but name nothing.
    ///
    /// ## Example
    /// ```yaml
    /// selection:
    ///     [userAgent]: curl
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// selection:
    ///     userAgent: curl
    /// ```
    KEY_NOT_TEXT = "S0008" "key-not-text" Error;

    /// An alias names nothing that it could stand for.
    ///
    /// ## What it does
    /// Reports an alias `*name` without an earlier anchor `&name` in the same document, or inside its own anchor.
    ///
    /// ## Why it matters
    /// A value that begins with `*` is a wildcard to its author and an alias to YAML.
    ///
    /// ## Example
    /// ```yaml
    /// selection:
    ///     userAgent: *curl*
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// selection:
    ///     userAgent: '*curl*'
    /// ```
    BAD_ALIAS = "S0009" "bad-alias" Error;

    /// The aliases of a document stand for too many values.
    ///
    /// ## What it does
    /// Stops replacing aliases once they have stood for 100,000 values in one document.
    ///
    /// ## Why it matters
    /// Aliases of aliases grow exponentially: a text of one kilobyte can stand for billions of values.
    ///
    /// ## Example
    /// Ten lists, each of which holds the one before it ten times.
    ///
    /// ## Use instead
    /// Write the values out where they are needed.
    ALIAS_EXPANSION = "S0010" "alias-expansion" Error;

    /// A tag that has no meaning in a rule.
    ///
    /// ## What it does
    /// Reports every tag outside YAML's core schema.
    ///
    /// ## Why it matters
    /// Such a tag asks a reader for a type of its own. A value that begins with `!` was usually meant as text.
    ///
    /// ## Example
    /// ```yaml
    /// selection:
    ///     userAgent: !secret x
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// selection:
    ///     userAgent: '!secret x'
    /// ```
    UNKNOWN_TAG = "S0011" "unknown-yaml-tag" Error;

    /// A merge key whose value is not a map.
    ///
    /// ## What it does
    /// Reports `<<` with a value other than a map or a list of maps.
    ///
    /// ## Why it matters
    /// There is nothing to merge, so the map would lack what its author put in.
    ///
    /// ## Example
    /// ```yaml
    /// selection:
    ///     <<: base
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// detection:
    ///     selection_user: &iam
    ///         eventSource: iam.amazonaws.com
    ///         eventName: CreateUser
    ///     selection_role:
    ///         <<: *iam
    ///         eventName: CreateRole
    ///     condition: 1 of selection_*
    /// ```
    BAD_MERGE = "S0012" "bad-merge-key" Error;

    /// The file holds too many documents.
    ///
    /// ## What it does
    /// Reads the first 10,000 documents of a file and reports that there are more.
    ///
    /// ## Why it matters
    /// Templates are merged into every later document, so the number of documents bounds time and memory.
    ///
    /// ## Example
    /// A million lines `---`.
    ///
    /// ## Use instead
    /// Split the file.
    TOO_MANY_DOCUMENTS = "S0013" "too-many-documents" Error;

    /// A tab where YAML takes spaces only.
    ///
    /// ## What it does
    /// Reports a tab in indentation, or before a block.
    ///
    /// ## Why it matters
    /// YAML forbids tabs there, because their width is in the eye of the editor.
    ///
    /// ## Example
    /// A selection that is indented by a tab.
    ///
    /// ## Use instead
    /// Four spaces per level.
    TAB = "S0014" "yaml-tab" Error;

    /// A plain value that YAML readers disagree about.
    ///
    /// ## What it does
    /// Reports an unquoted value of the detection that YAML 1.1 or YAML 1.2 reads as a boolean, number, date or
    /// time which is written differently: `NO`, `0777`, `1_000`, `0x1f`, `1e3`, `1.10`, `12:30:45`, `2026-01-02`.
    ///
    /// ## Why it matters
    /// Here the text is kept: `NO` is the country. Another tool reads `false`, `511`, `45045`, and compares with
    /// that, so that one rule means two things.
    ///
    /// ## Example
    /// ```yaml
    /// logsource:
    ///     product: azure
    ///     service: signinlogs
    /// detection:
    ///     selection:
    ///         properties.location.countryOrRegion: NO
    ///     condition: selection
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// logsource:
    ///     product: azure
    ///     service: signinlogs
    /// detection:
    ///     selection:
    ///         properties.location.countryOrRegion: 'NO'
    ///     condition: selection
    /// ```
    ///
    /// ## Fix safety
    /// Safe: quotes keep the text that is compared here.
    READ_DIFFERENTLY = "S0101" "yaml11-value" Warning;

    /// An invisible character in a value or key.
    ///
    /// ## What it does
    /// Reports a no-break space, a zero-width character or another Unicode space at the start or end of an unquoted
    /// key or value, and a zero-width character or mark of direction between letters of ASCII, in single quotes too.
    ///
    /// ## Why it matters
    /// YAML trims spaces and tabs only. The others stay part of the text, which then equals nothing in the log.
    /// They come from web pages and word processors.
    ///
    /// ## Example
    /// A value that was copied from a web page together with the no-break space behind it.
    ///
    /// ## Use instead
    /// The value without it; in quotes, or as an escape in double quotes, when it is meant.
    ///
    /// ## Fix safety
    /// Unsafe: the character may be what the rule searches for.
    INVISIBLE_EDGE = "S0102" "invisible-edge" Warning;

    /// Typographic quotes around a plain value.
    ///
    /// ## What it does
    /// Reports a plain value that begins and ends with typographic quotation marks.
    ///
    /// ## Why it matters
    /// They do not quote in YAML: they are part of the text, which then equals nothing in the log.
    ///
    /// ## Example
    /// ```yaml
    /// selection:
    ///     eventName: “CreateUser”
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// selection:
    ///     eventName: 'CreateUser'
    /// ```
    ///
    /// ## Fix safety
    /// Unsafe: the marks may be what the rule searches for.
    SMART_QUOTES = "S0103" "smart-quotes" Warning;
}
