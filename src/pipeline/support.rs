//! What of pySigma's pipelines is read, as one table: the reader, the messages and the page of the docs follow it.

/// What becomes of a transformation or condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is acted on; the text says what differs, if something does.
    Read(&'static str),
    /// It is refused, and why.
    Refused(&'static str),
}

use Verdict::{Read, Refused};

/// Each transformation by its `type`.
pub const TRANSFORMATIONS: [(&str, Verdict); 27] = [
    (
        "field_name_mapping",
        Read("in selections, `fields`, `fieldref`, and in correlations; a list of names is an OR"),
    ),
    ("field_name_prefix_mapping", Read("the first prefix that fits")),
    ("field_name_transform", Refused("the function is Python, which a file cannot hold")),
    ("drop_detection_item", Read("a selection of which nothing would be left is an error")),
    ("hashes_fields", Refused("no log here has a field with several hashes")),
    ("field_name_suffix", Read("")),
    ("field_name_prefix", Read("")),
    ("wildcard_placeholders", Read("")),
    ("value_placeholders", Read("from `vars`")),
    ("query_expression_placeholders", Refused("a piece of query text has no meaning that could be checked")),
    ("add_condition", Read("also with `template` and `negated`")),
    ("change_logsource", Read("")),
    ("add_field", Read("")),
    ("remove_field", Read("")),
    ("set_field", Read("")),
    (
        "replace_string",
        Read(
            "without `skip_special` and `interpret_special`; groups are `\\1` and `\\g<name>`, `$1` is itself, as for Python; a value with a backslash is an error",
        ),
    ),
    ("map_string", Read("")),
    ("set_state", Read("texts, numbers and booleans, compared by `eq` and `ne`")),
    ("regex", Refused("comparison ignores case already, where the rule does not say `cased`")),
    ("set_value", Read("the modifiers of the old value go, except `all` and `neq`")),
    ("convert_type", Refused("the schema of the log says what a value is")),
    ("rule_failure", Read("the rule gets an error")),
    ("detection_item_failure", Read("the rule gets an error")),
    ("strict_field_mapping_failure", Refused("unknown fields are findings of the check")),
    ("set_custom_attribute", Read("for `rule_attribute`")),
    ("nest", Read("")),
    ("case", Refused("comparison ignores case already, where the rule does not say `cased`")),
];

/// Each rule condition by its `type`.
pub const RULE_CONDITIONS: [(&str, Verdict); 9] = [
    ("logsource", Read("for a correlation it is an error where it decides something")),
    ("contains_detection_item", Read("")),
    ("contains_field", Read("")),
    ("processing_item_applied", Read("")),
    ("processing_state", Read("`eq` and `ne`")),
    ("is_sigma_rule", Read("")),
    ("is_sigma_correlation_rule", Read("")),
    ("rule_attribute", Read("texts of the metadata and custom attributes, `eq` and `ne`")),
    ("tag", Read("")),
];

/// Each condition of detection items by its `type`.
pub const ITEM_CONDITIONS: [(&str, Verdict); 6] = [
    ("match_string", Read("expressions that Rust's `regex` reads")),
    ("match_value", Read("")),
    ("contains_wildcard", Read("")),
    ("is_null", Read("")),
    ("processing_item_applied", Refused("what was done to one item is not kept")),
    ("processing_state", Read("`eq` and `ne`")),
];

/// Each condition of field names by its `type`.
pub const FIELD_CONDITIONS: [(&str, Verdict); 4] = [
    ("include_fields", Read("`plain` and `re`")),
    ("exclude_fields", Read("`plain` and `re`")),
    ("processing_item_applied", Refused("what was done to one field is not kept")),
    ("processing_state", Read("`eq` and `ne`")),
];

/// Each key at the top of a pipeline.
pub const TOP: [(&str, Verdict); 7] = [
    ("name", Read("")),
    (
        "priority",
        Read("several pipelines are applied in the order of their priorities, those without one first"),
    ),
    ("allowed_backends", Read("names of pySigma's backends; it changes nothing here")),
    ("vars", Read("texts, numbers and lists of them")),
    ("transformations", Read("")),
    (
        "postprocessing",
        Refused("sigmata prints queries as they are; `-o` and `--format json` give them to other tools"),
    ),
    (
        "finalizers",
        Refused("sigmata prints queries as they are; `-o` and `--format json` give them to other tools"),
    ),
];
