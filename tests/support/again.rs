//! Queries that are read back and printed again.

use std::collections::HashSet;

use sigmata::backend::{cwli, kql, language, spl};

/// The text that the reader and the printer of its language make of a query; `None` where it cannot be read, or reads
/// a name of ours that nothing in it gives.
pub fn again(target: &str, query: &str) -> Option<String> {
    let language = language(target);
    if undefined(language, query).is_some() {
        return None;
    }
    match language {
        "kql" => kql::read::read(query)
            .ok()
            .map(|tree| kql::print::print(&tree))
            .or_else(|| kql::read::script::read(query).ok().map(|tree| kql::print::script::print(&tree))),
        "spl" => spl::read::read(query)
            .ok()
            .map(|tree| spl::print::print(&tree))
            .or_else(|| spl::read::pipeline::read(query).ok().map(|tree| spl::print::pipeline::print(&tree))),
        _ => cwli::read(query).ok().map(|tree| cwli::print(&tree)),
    }
}

/// A name of ours (`sigma_event`, `sf_e0`) that a query reads before a command gives it.
///
/// The languages take a name that nobody gave for a field that is missing, so that no reader of theirs would object.
pub fn undefined<'q>(language: &str, query: &'q str) -> Option<&'q str> {
    let (ours, comment) = match language {
        "cwli" => ("sigma_", "# "),
        "spl" => ("sf_", "```"),
        _ => return None,
    };
    let mut given: HashSet<&str> = HashSet::new();
    let mut rest = query;
    // What is before the place, without blanks; whether it is in the assignments of `eval`, or in what `lookup` reads.
    let (mut before, mut assigns, mut looks) = ("", false, false);
    while let Some(first) = rest.chars().next() {
        let word = rest.len()
            - rest.trim_start_matches(|char: char| char.is_alphanumeric() || "_@".contains(char)).len();
        let length = match first {
            _ if first.is_whitespace() => {
                rest = rest.trim_start();
                continue;
            }
            _ if rest.starts_with(comment) => {
                let end = if language == "spl" { comment } else { "\n" };
                rest[comment.len()..].find(end).map_or(rest.len(), |at| comment.len() + at + end.len())
            }
            '"' | '\'' | '/' if first != '/' || before == "like" => quoted(rest, first, language == "spl"),
            _ if word > 0 => {
                let name = &rest[..word];
                let behind = rest[word..].trim_start();
                if name.starts_with(ours) {
                    let defines = (!looks && matches!(before, "as" | "AS" | "into" | "output="))
                        || (assigns && matches!(before, "eval" | ",") && behind.starts_with('='));
                    if defines {
                        given.insert(name);
                    } else if !given.contains(name) {
                        return Some(name);
                    }
                }
                match name {
                    "eval" if before == "|" => assigns = true,
                    "lookup" if before == "|" => looks = true,
                    "OUTPUT" | "OUTPUTNEW" => looks = false,
                    _ => {}
                }
                word
            }
            _ => first.len_utf8(),
        };
        let (token, left) = rest.split_at(length);
        if token == "|" {
            (assigns, looks) = (false, false);
        }
        before = if before == "output" && token == "=" { "output=" } else { token };
        rest = left;
    }
    None
}

/// The length of a text in quotes, or of an expression between slashes.
fn quoted(text: &str, quote: char, escapes: bool) -> usize {
    let mut skips = false;
    for (at, char) in text.char_indices().skip(1) {
        if char == quote && !skips {
            return at + char.len_utf8();
        }
        skips = escapes && char == '\\' && !skips;
    }
    text.len()
}

#[test]
fn a_name_that_nothing_gives_is_found() {
    let check = |language, query, expected| assert_eq!(undefined(language, query), expected, "{query}");
    check(
        "cwli",
        "fields @timestamp, sigma_event.a, @message\n| filter @message like /x/",
        Some("sigma_event"),
    );
    check("cwli", "fields jsonParse(@message) as sigma_event\n| filter sigma_event.a = \"sigma_no\"", None);
    check(
        "cwli",
        "# sigma_no\nfields a\n| unnest a into sigma_item\n| filter sigma_item like /sigma_no/",
        None,
    );
    check("cwli", "fields a\n| filter sigma_item = 1\n| unnest a into sigma_item", Some("sigma_item"));
    check(
        "spl",
        "index=\"a\"\n| eval sf_e0=json_extract(_raw, \"sf_no\"),\n    sf_m1=mvmap(sf_e0, sf_e0)",
        None,
    );
    check("spl", "index=\"a\"\n| lookup l f AS sf_e0 OUTPUTNEW f AS sf_q0", Some("sf_e0"));
    check("spl", "index=\"a\"\n| lookup l f AS g OUTPUTNEW f AS sf_q0\n| where isnull(sf_q0)", None);
    check("spl", "index=\"a\"\n| where sf_e0=\"1\"", Some("sf_e0"));
    check("spl", "index=\"a\"\n| spath path=\"a{}\" output=sf_e0\n| where 'f'=\"1\" AND sf_e0=\"1\"", None);
    check("spl", "index=\"a\"\n| eval sf_m1=in(sf_e0, 1)\n| stats max(sf_m1) AS sf_x", Some("sf_e0"));
}
