//! The aggregations that conditions once ended in, and the correlation that says the same.
//!
//! `| count() by field > 5`, `| count(field) by a, b >= 3`, `| near x and y`. What is not understood whole gets a
//! correlation without numbers, so that none is made up.

/// What a rule knows that helps to rewrite an old aggregation.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hints<'h> {
    /// The name or identifier of the rule.
    pub rule: Option<&'h str>,
    /// Its `timeframe`.
    pub timeframe: Option<&'h str>,
}

/// An aggregation, read to its end.
#[derive(Debug, PartialEq, Eq)]
struct Aggregation<'a> {
    function: Function,
    field: Option<&'a str>,
    groups: Vec<&'a str>,
    operator: &'static str,
    number: &'a str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Function {
    Count,
    Sum,
    Average,
    Least,
    Greatest,
}

/// The functions by name.
const FUNCTIONS: [(&str, Function); 5] = [
    ("count", Function::Count),
    ("sum", Function::Sum),
    ("avg", Function::Average),
    ("min", Function::Least),
    ("max", Function::Greatest),
];

/// The operators, longer ones first.
const OPERATORS: [(&str, &str); 8] = [
    (">=", "gte"),
    ("<=", "lte"),
    ("==", "eq"),
    ("!=", "neq"),
    ("<>", "neq"),
    (">", "gt"),
    ("<", "lt"),
    ("=", "eq"),
];

/// What to write in place of an aggregation, which begins with `|`.
pub(super) fn advice(text: &str, hints: Hints<'_>) -> String {
    let text = text.strip_prefix('|').unwrap_or(text).trim();
    let rule = hints.rule.unwrap_or("the_name_of_this_rule");
    let timespan = hints.timeframe.unwrap_or("…");
    let head = text.get(..4).filter(|head| head.eq_ignore_ascii_case("near"));
    if let Some(rest) = head.and_then(|head| text.get(head.len()..)) {
        return near(rest, rule, timespan);
    }
    let Some(found) = read(text) else {
        return format!(
            "write a correlation of a type such as `event_count` or `value_count`:\n{}",
            correlation("…", rule, &[], timespan, "…: …")
        );
    };
    let same = found.field.is_some_and(|field| found.groups.contains(&field));
    if found.function == Function::Count && same {
        return format!(
            "`{0}` has one value in each group by `{0}`: write an `event_count`, or count another field:\n{1}",
            found.field.unwrap_or_default(),
            correlation(
                "event_count",
                rule,
                &found.groups,
                timespan,
                &format!("{}: {}", found.operator, found.number)
            )
        );
    }
    let (kind, condition) = counted(&found);
    format!("write a correlation:\n{}", correlation(kind, rule, &found.groups, timespan, &condition))
}

/// The correlation that says what an aggregation said, where that is understood whole and can be counted; nothing is left
/// out, and nothing made up.
pub fn written(text: &str, hints: Hints<'_>) -> Option<String> {
    let (rule, timespan) = (hints.rule?, hints.timeframe?);
    let found = read(text.strip_prefix('|')?.trim())?;
    let plain = |name: &&str| name.starts_with(|char: char| char.is_ascii_alphanumeric() || char == '_');
    let names: Vec<&str> = found.groups.iter().copied().chain(found.field).collect();
    if !names.iter().all(plain) || found.field.is_some_and(|field| found.groups.contains(&field)) {
        return None;
    }
    let (kind, condition) = counted(&found);
    Some(correlation(kind, rule, &found.groups, timespan, &condition))
}

/// The type of the correlation of an aggregation, and its condition.
fn counted(found: &Aggregation<'_>) -> (&'static str, String) {
    let kind = match (found.function, found.field) {
        (Function::Count, None) => "event_count",
        (Function::Count, Some(_)) => "value_count",
        (Function::Sum, _) => "value_sum",
        (Function::Average, _) => "value_avg",
        (Function::Least | Function::Greatest, _) => "value_percentile",
    };
    let mut condition = format!("{}: {}", found.operator, found.number);
    if let Some(field) = found.field {
        condition = format!("{condition}\n        field: {field}");
    }
    match found.function {
        Function::Least => condition.push_str("\n        percentile: 0"),
        Function::Greatest => condition.push_str("\n        percentile: 100"),
        Function::Count | Function::Sum | Function::Average => {}
    }
    (kind, condition)
}

/// The correlation of rules near to each other. Sigma has none for what must be absent.
fn near(rest: &str, rule: &str, timespan: &str) -> String {
    let names: Vec<&str> = rest.split_whitespace().collect();
    let word = |at: usize, wanted: &str| names.get(at).is_some_and(|word| word.eq_ignore_ascii_case(wanted));
    let plain = names.len() % 2 == 1 && (1..names.len()).step_by(2).all(|at| word(at, "and"));
    let is_name =
        |name: &&str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    let others: Vec<&str> = names.iter().step_by(2).copied().collect();
    let others = if plain && others.iter().all(is_name) { others } else { vec!["…"] };
    let list: String = others.iter().map(|name| format!("        - {name}\n")).collect();
    format!(
        "make a rule of each selection, and write a correlation:\ncorrelation:\n    type: temporal\n    rules:\n        \
         - {rule}\n{list}    timespan: {timespan}"
    )
}

fn correlation(kind: &str, rule: &str, groups: &[&str], timespan: &str, condition: &str) -> String {
    let mut group = String::new();
    for (at, name) in groups.iter().enumerate() {
        group.push_str(if at == 0 { "    group-by:\n" } else { "" });
        group.push_str(&format!("        - {name}\n"));
    }
    format!(
        "correlation:\n    type: {kind}\n    rules:\n        - {rule}\n{group}    timespan: {timespan}\n    \
         condition:\n        {condition}"
    )
}

/// Reads an aggregation; `None` when any of it is not understood.
fn read(text: &str) -> Option<Aggregation<'_>> {
    let (name, rest) = text.split_once('(')?;
    let function = FUNCTIONS
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name.trim()))
        .map(|(_, found)| *found)?;
    let (field, rest) = rest.split_once(')')?;
    let field = Some(field.trim()).filter(|field| !field.is_empty());
    if field.is_some_and(|field| !is_field(field)) || (field.is_none() && function != Function::Count) {
        return None;
    }
    let at = rest.find(['<', '>', '=', '!'])?;
    let (groups, comparison) = rest.split_at(at);
    let groups = grouped(groups.trim())?;
    let (symbol, operator) = OPERATORS.iter().find(|(symbol, _)| comparison.starts_with(symbol))?;
    let number = comparison.get(symbol.len()..)?.trim();
    let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    digits.then_some(Aggregation { function, field, groups, operator, number })
}

/// The fields of `by a, b`; none where nothing is.
fn grouped(text: &str) -> Option<Vec<&str>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    let (by, fields) = text.split_once(char::is_whitespace)?;
    let fields: Vec<&str> =
        fields.split([',', ' ', '\t']).map(str::trim).filter(|field| !field.is_empty()).collect();
    let fits =
        by.eq_ignore_ascii_case("by") && !fields.is_empty() && fields.iter().all(|field| is_field(field));
    fits.then_some(fields)
}

/// Whether a text is one name of a field.
fn is_field(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|char| char.is_alphanumeric() || matches!(char, '_' | '-' | '.' | '@' | '{' | '}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_understood_whole_is_said_whole() {
        for (text, expected) in [
            ("count() > 5", Some((None, &[][..], "gt", "5"))),
            ("count() by a, b > 100", Some((None, &["a", "b"], "gt", "100"))),
            ("count() by a,b >= 7", Some((None, &["a", "b"], "gte", "7"))),
            ("COUNT( x.y ) BY a b<3", Some((Some("x.y"), &["a", "b"], "lt", "3"))),
            ("count(x) by x == 2", Some((Some("x"), &["x"], "eq", "2"))),
            ("count() by a", None),
            ("count() by a > many", None),
            ("count() by a > 5 and b", None),
            ("count() for a > 5", None),
            ("sum() > 5", None),
            ("count a > 5", None),
            ("count() by > 5", None),
        ] {
            let found = read(text);
            let found =
                found.as_ref().map(|one| (one.field, one.groups.as_slice(), one.operator, one.number));
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn no_number_is_made_up() {
        let hints = Hints { rule: Some("r"), timeframe: Some("5m") };
        let help = |text| advice(text, hints);
        assert!(help("| count() by a, b > 100").ends_with(
            "type: event_count\n    rules:\n        - r\n    group-by:\n        - a\n        - b\n    timespan: 5m\n    condition:\n        gt: 100"
        ));
        assert!(help("| count(x) by x >= 5").contains("`x` has one value in each group by `x`"));
        for text in
            ["| count() by a > many", "| near a and not b", "| near a within 5 of b", "| stats count by a"]
        {
            assert!(!help(text).replace("5m", "").contains(|char: char| char.is_ascii_digit()), "{text}");
        }
        assert!(help("| near a and b").contains("- r\n        - a\n        - b\n"));
    }
}
