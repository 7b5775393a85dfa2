//! Findings about templates: `action: global`, `reset` and `repeat`.

crate::codes! {
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
}
