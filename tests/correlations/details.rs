//! What a correlation shows of its matches, and that nothing else of its query depends on it.

use std::collections::BTreeSet;

use super::sequences::{Dice, SPAN, cases, events, fired, matches};
use super::spl::{CLOUDTRAIL, START, found, run};
use super::{compile, compile_showing, finds_more, rounds, seed};

const FIELDS: &str = "sourceIPAddress, requestParameters.size";

#[test]
fn what_fires_does_not_depend_on_what_is_shown() {
    for case in cases() {
        let (plain, shown) = (compile("kql", &case.text), compile_showing("kql", FIELDS, &case.text));
        let (plain, shown) = (plain.query.expect("a query"), shown.query.expect("a query"));
        // The part that shows is behind the part that finds; before it, columns are added to the matches alone.
        let body = |text: &str| text.rsplit_once(";\n").map_or(String::new(), |(_, body)| body.to_owned());
        let found = body(&shown);
        assert!(found.contains("make_set("), "{shown}");
        if plain.contains("let ") {
            assert!(found.starts_with(&format!("{}\n| project ", body(&plain))), "{plain}\n{shown}");
        }
    }
}

#[test]
fn pipelines_show_the_values_of_the_window() {
    let mut shown = 0;
    for case in cases().into_iter().filter(|case| !case.group.contains("sourceIPAddress")) {
        let compiled = compile_showing("spl", FIELDS, &case.text);
        let wider = finds_more(&compiled);
        let query = compiled.query.expect("a query");
        let mut dice = Dice(seed());
        for _ in 0..3 * rounds() {
            let events = events(&mut dice);
            let matched = matches(&events, &case.rules, case.group);
            let expected = fired(&matched, &case.holds);
            let rows = run(&query, &events, CLOUDTRAIL);
            let all = found(&rows, case.group, START);
            assert!(if wider { all.is_superset(&expected) } else { all == expected }, "{query}\n{events:#?}");
            for row in &rows {
                let own = found(std::slice::from_ref(row), case.group, START);
                let (group, time) = own.first().expect("one");
                let lies = |time_of: i64| time_of <= *time && time_of >= time - SPAN;
                let window = matched.iter().filter(|found| lies(found.time) && found.groups.contains(group));
                let addresses: BTreeSet<String> = window.filter_map(|found| found.address.clone()).collect();
                let given: BTreeSet<String> = row.get("sourceIPAddress").texts().into_iter().collect();
                assert_eq!(given, addresses, "{} at {time}\n{query}\n{events:#?}", case.text);
                shown += 1;
            }
        }
    }
    assert!(shown > 100, "{shown} rows");
}

#[test]
fn each_language_shows_fields_in_its_own_way() {
    let text = "type: temporal_ordered, rules: [created, attached], group-by: [awsRegion], timespan: 1m";
    insta::assert_snapshot!("shown_kql", compile_showing("kql", FIELDS, text).query.expect("a query"));
    insta::assert_snapshot!("shown_spl", compile_showing("spl", FIELDS, text).query.expect("a query"));
    insta::assert_snapshot!("shown_cwli", compile_showing("cwli", FIELDS, text).query.expect("a query"));
    // What is counted is shown even where no rule asks for it.
    let text = "type: value_count, rules: [created], group-by: [awsRegion], timespan: 1m, \
                condition: {field: sourceIPAddress, gte: 3}";
    let counted = |target| compile_showing(target, "eventName", text).query.expect("a query");
    assert!(counted("kql").contains("Values = make_set(_value)"));
    assert!(counted("spl").contains("values(sourceIPAddress) AS "));
}
