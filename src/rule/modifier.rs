//! The value modifiers.

/// A modifier, by its canonical name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Modifier {
    /// Every value must be satisfied.
    All,
    /// The text begins with the value.
    StartsWith,
    /// The text ends with the value.
    EndsWith,
    /// The text contains the value.
    Contains,
    /// The field is present, or not.
    Exists,
    /// Letters must agree in case.
    Cased,
    /// Negates the whole predicate.
    Neq,
    /// Each dash stands for `-`, `/`, en dash, em dash and horizontal bar.
    Windash,
    /// A regular expression.
    Re,
    /// `re`: ignore case (`i`, `ignorecase`).
    IgnoreCase,
    /// `re`: `^` and `$` match at lines (`m`, `multiline`).
    MultiLine,
    /// `re`: `.` matches a newline (`s`, `dotall`).
    DotAll,
    /// Base64 of the value.
    Base64,
    /// Base64 of the value at its three offsets.
    Base64Offset,
    /// UTF-16, little endian (`utf16le`, `wide`).
    Utf16Le,
    /// UTF-16, big endian.
    Utf16Be,
    /// UTF-16 with a byte order mark.
    Utf16,
    /// Less than.
    Lt,
    /// Less than or equal.
    Lte,
    /// Greater than.
    Gt,
    /// Greater than or equal.
    Gte,
    /// The minute of a time, 0 to 59.
    Minute,
    /// The hour of a time, 0 to 23.
    Hour,
    /// The day of the month, 1 to 31.
    Day,
    /// The ISO week, 1 to 53.
    Week,
    /// The month, 1 to 12.
    Month,
    /// The year.
    Year,
    /// An address block.
    Cidr,
    /// Placeholders.
    Expand,
    /// The value names another field.
    FieldRef,
}
