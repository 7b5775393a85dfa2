//! Arrays, their elements, and what is inside them.

use super::*;

#[test]
fn one_element_of_one_array_is_unnested() {
    let user = Formula::and([is(".type", "1"), is(".name", "2").not()]);
    check(
        some("resources", user.clone()),
        "| unnest sigma_event.resources into sigma_item\n\
         (sigma_item.type = \"1\" and not (ispresent(sigma_item.name) and sigma_item.name = \"2\"))",
    );
    check(is("resources.ARN", "1"), "| unnest sigma_event.resources into sigma_item\nsigma_item.ARN = \"1\"");
    // An element that is not there satisfies nothing, whatever `unnest` makes of an empty list.
    check(
        some("resources", is(".name", "2").not()),
        "| unnest sigma_event.resources into sigma_item\n\
         (ispresent(sigma_item) and not (ispresent(sigma_item.name) and sigma_item.name = \"2\"))\n\
         null-or-missing: narrower",
    );
    // Two statements about one array may be about two elements.
    check(
        Formula::and([is("resources.ARN", "1"), is("resources.accountId", "2")]),
        "| unnest sigma_event.resources into sigma_item\nsigma_item.ARN = \"1\"\n\
         | unnest sigma_event.resources into sigma_item2\nsigma_item2.accountId = \"2\"\nchained-unnest: narrower",
    );
    // In alternatives they may share one.
    check(
        Formula::or([is("resources.ARN", "1"), is("resources.accountId", "2")]),
        "| unnest sigma_event.resources into sigma_item\n(sigma_item.ARN = \"1\" or sigma_item.accountId = \"2\")",
    );
    check(
        Formula::or([is("resources.ARN", "1"), is("eventName", "2")]),
        "| unnest sigma_event.resources into sigma_item\n(sigma_item.ARN = \"1\" or eventName = \"2\")\n\
         unnest-of-empty-list: narrower",
    );
    check(
        Formula::and([is("eventName", "2"), is("resources.ARN", "1")]),
        "eventName = \"2\"\n| unnest sigma_event.resources into sigma_item\nsigma_item.ARN = \"1\"",
    );
    check(
        over("resources", Quantifier::Index(1), user.clone()),
        "(\n    sigma_event.resources[1].type = \"1\"\n    and not (ispresent(sigma_event.resources[1].name) and sigma_event.resources[1].name = \"2\")\n)",
    );
    check(
        over("resources", Quantifier::Index(1), user.clone()).not(),
        "not (\n    ispresent(sigma_event.resources[1].type)\n    and sigma_event.resources[1].type = \"1\"\n    and not (ispresent(sigma_event.resources[1].name) and sigma_event.resources[1].name = \"2\")\n)",
    );
    check(over("resources", Quantifier::Index(-1), user), "refused: array-statement");
}

#[test]
fn nested_arrays_and_keys() {
    check(
        is("properties.targetResources.modifiedProperties.displayName", "1"),
        "| unnest sigma_event.properties.targetResources into sigma_item\n\
         | unnest sigma_item.modifiedProperties into sigma_item2\nsigma_item2.displayName = \"1\"\n\
         chained-unnest: narrower",
    );
    check(
        is("properties.targetResources.modifiedProperties.Role.DisplayName.newValue", "1"),
        "| unnest sigma_event.properties.targetResources into sigma_item\n\
         | unnest sigma_item.modifiedProperties into sigma_item2\n\
         (sigma_item2.displayName = \"Role.DisplayName\" and sigma_item2.newValue = \"1\")\n\
         chained-unnest: narrower",
    );
    check(
        Formula::or([
            is("properties.targetResources.displayName", "1"),
            is("properties.additionalDetails.key", "2"),
        ]),
        "(@message like /(?is)1/ or @message like /(?is)2/)\nkeyword-search: wider",
    );
}

#[test]
fn arrays_of_texts_are_searched_as_a_whole() {
    let list = |test| {
        let path = Path { base: Base::Event, steps: vec![Step::Key("scopes".into()), Step::Each] };
        on(field_use(path, Type::String, "scopes"), test)
    };
    check(
        list(texts(&["Admin", "12"])),
        "(\n    (ispresent(sigma_event.scopes) and sigma_event.scopes like /(?i)^Admin\\z/)\n    or jsonArrayContains(tolower(jsonStringify(sigma_event.scopes)), \"admin\")\n    or (ispresent(sigma_event.scopes) and sigma_event.scopes = \"12\")\n    or jsonArrayContains(jsonStringify(sigma_event.scopes), \"12\")\n)",
    );
    check(
        list(texts(&["Admin"])).not(),
        "not (\n    (ispresent(sigma_event.scopes) and sigma_event.scopes like /(?i)^Admin\\z/)\n    or jsonArrayContains(tolower(jsonStringify(sigma_event.scopes)), \"admin\")\n)",
    );
    check(
        list(texts(&["Admin*"])),
        "| unnest sigma_event.scopes into sigma_item\nsigma_item like /(?i)^Admin/",
    );
    check(list(Condition::Null), "not (ispresent(sigma_event.scopes))\nnull-or-missing: narrower");
    check(list(Condition::Present), "ispresent(sigma_event.scopes)\nnull-or-missing: wider");
}

/// Tests of the first ten elements, joined by `or`.
fn ten(test: impl Fn(&str) -> String) -> String {
    let each = (0..10).map(|at| test(&format!("sigma_event.resources[{at}]")));
    each.collect::<Vec<_>>().join("\n    or ")
}

#[test]
fn under_a_negation_the_first_elements_are_tested_one_by_one() {
    let arn = |name: &str| format!("(ispresent({name}.ARN) and {name}.ARN = \"1\")");
    let no_arn = |name: &str| {
        format!(
            "(\n        ispresent({name})\n        and not (ispresent({name}.ARN) and {name}.ARN = \"1\")\n    )"
        )
    };
    let body = || is(".ARN", "1");
    check(is("resources.ARN", "1").not(), &format!("not (\n    {}\n)\nfirst-elements: wider", ten(arn)));
    check(
        over("resources", Quantifier::None, body()),
        &format!("not (\n    {}\n)\nfirst-elements: wider", ten(arn)),
    );
    check(
        over("resources", Quantifier::None, body()).not(),
        &format!("(\n    {}\n)\nfirst-elements: narrower", ten(arn)),
    );
    let compiled = show(&compile(over("resources", Quantifier::AllOrEmpty, body())));
    assert_eq!(
        compiled,
        format!("not (\n    {}\n)\nfirst-elements: wider\nnull-or-missing: wider", ten(no_arn))
    );
    let compiled = show(&compile(over("resources", Quantifier::All, body())));
    assert!(compiled.starts_with("(\n    ispresent(sigma_event.resources)\n    and not ("), "{compiled}");
}
