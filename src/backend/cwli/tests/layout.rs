//! Whole queries: their layout, what a delivery changes, and what is refused.

use super::*;

#[test]
fn the_whole_query_is_laid_out_for_a_person() {
    let compiled = compile_with(
        Some(schema("azure/auditlogs")),
        Formula::and([
            member("properties.activityDisplayName", "Add user"),
            is("properties.targetResources.type", "User"),
        ]),
        vec![
            field("properties.activityDisplayName"),
            field("properties.targetResources.userPrincipalName"),
            field("properties.activityDisplayName"),
        ],
    );
    insta::assert_snapshot!(compiled.query.unwrap_or_default(), @r#"
    # A title
    # log group: a log group that an export of the Event Hub writes to; otherwise set logs."azure/auditlogs".cwli
    # Entra ID has no log group of its own
    fields @timestamp, @message, jsonParse(@message) as sigma_event
    | filter properties.activityDisplayName = "Add user"
    # sigma_item: a row for each element of sigma_event.properties.targetResources
    | unnest sigma_event.properties.targetResources into sigma_item
    | filter tolower(sigma_item.type) = "user"
    | display @timestamp, properties.activityDisplayName, sigma_item.userPrincipalName, @message
    # one row for each event
    | dedup @timestamp, @message
    | limit 10000
    "#);
    let compiled =
        compile_with(Some(schema("aws/cloudtrail")), member("eventName", "CreateUser"), Vec::new());
    insta::assert_snapshot!(compiled.query.unwrap_or_default(), @r#"
    # A title
    # log group: the log group of the trail; otherwise set logs."aws/cloudtrail".cwli
    fields @timestamp, eventTime, userIdentity.arn, userIdentity.userName, userIdentity.sessionContext.sessionIssuer.userName, eventName, sourceIPAddress, userAgent, awsRegion, recipientAccountId, errorCode, @message
    | filter eventName = "CreateUser"
    | limit 10000
    "#);
}

/// The columns of a parsed event need that it is named, also where no condition reads a field.
#[test]
fn what_is_shown_of_the_parsed_event_is_of_one_that_is_named() {
    let schema = Registry::shipped().get("azure/auditlogs").expect("a shipped schema");
    let keyword = Predicate { subject: Subject::Event, test: texts(&["mimikatz"]), span: Span::default() };
    let whole =
        |fields| compile_with(Some(Arc::clone(&schema)), Formula::Pred(Box::new(keyword.clone())), fields);
    let query = whole(vec![field("properties.activityDisplayName")]).query.unwrap_or_default();
    assert!(
        query.contains(
            "fields @timestamp, @message, jsonParse(@message) as sigma_event\n| filter @message like"
        ) && query.contains("| display @timestamp, sigma_event.properties.activityDisplayName\n"),
        "{query}"
    );
    let query = whole(Vec::new()).query.unwrap_or_default();
    assert!(query.find("as sigma_event") < query.find("sigma_event."), "{query}");
}

#[test]
fn a_log_without_a_schema_is_searched_by_its_names() {
    let dotted = |name: &str| field_use(Path::dotted(name), Type::Any, name);
    let check = |formula, expected: &str| {
        assert_eq!(show(&compile_with(None, formula, Vec::new())), expected);
    };
    check(on(dotted("a.b-c"), texts(&["x"])), "tolower(a.`b-c`) = \"x\"\nunmapped: either");
    check(on(dotted("@timestamp"), texts(&["x"])), "tolower(@@timestamp) = \"x\"\nunmapped: either");
    check(
        on(dotted("a"), texts(&["5"])),
        "(a = \"5\" or a = 5)\nunmapped: either\nvalue-type-undocumented: wider",
    );
    check(
        on(dotted("a"), texts(&["True"])),
        "(tolower(a) = \"true\" or a = 1)\nunmapped: either\nvalue-type-undocumented: wider",
    );
    check(on(dotted("in"), texts(&["x"])), "tolower(`in`) = \"x\"\nunmapped: either");
    check(on(dotted("a`b"), texts(&["x"])), "refused: unwritable-field-name");
    check(on(dotted("a..b"), texts(&["x"])), "refused: unwritable-field-name");
    check(
        on(dotted("a"), Condition::Null),
        "not (ispresent(a))\nunmapped: either\nnull-or-missing: narrower",
    );
}

#[test]
fn keywords_are_searched_as_json_writes_them() {
    let keyword = |value: &str| {
        let test = texts(&[value]);
        Formula::Pred(Box::new(Predicate { subject: Subject::Event, test, span: Span::default() }))
    };
    check(keyword("*Admin*"), "@message like /(?is)Admin/\nkeyword-search: wider");
    check(
        keyword(r#"a"b\c/d"#),
        "@message like /(?is)a\\\\\\x22b\\\\\\\\c\\\\?\\x2fd/\nkeyword-search: wider",
    );
    check(
        keyword("ü?"),
        "@message like /(?is)(?:Ü|(?i:\\\\u00dc)|ü|(?i:\\\\u00fc))(?:\\\\u[0-9A-Fa-f]{4}|\\\\.|.)/\nkeyword-search: wider",
    );
}

#[test]
fn json_in_a_text_is_parsed_under_a_name() {
    let mut path = field("requestParameters").path;
    path.steps.extend([Step::Key("policy".into()), Step::Json, Step::Key("Id".into())]);
    // A policy is as long as its writer likes, so that the event is parsed as a whole.
    check(
        on(field_use(path.clone(), Type::String, "x"), texts(&["1"])),
        "| fields jsonParse(sigma_event.requestParameters.policy) as sigma_json\nsigma_json.Id = \"1\"",
    );
    path.steps.pop();
    check(on(field_use(path.clone(), Type::String, "x"), texts(&["1"])), "refused: json-scalar");
    path.steps.extend([Step::Key("Statement".into()), Step::Each, Step::Key("Effect".into())]);
    check(
        on(field_use(path, Type::String, "x"), texts(&["1"])),
        "| fields jsonParse(sigma_event.requestParameters.policy) as sigma_json\n\
         | unnest sigma_json.Statement into sigma_item\nsigma_item.Effect = \"1\"",
    );
}

#[test]
fn keys_with_dots_are_read_from_the_structure() {
    check(
        on(field_use(Path::keys(["claims", "http://x.y/z"]), Type::String, "x"), texts(&["1"])),
        "sigma_event.claims.`http://x.y/z` = \"1\"",
    );
}

#[test]
fn a_delivery_may_rename_fields_and_respell_values() {
    let column = |path: &str, name: &str| Column {
        path: Path::keys(path.split('.')),
        name: Some(name.to_owned()),
        ty: ColumnType::String,
        decode: Decode::None,
        renamed: false,
        opaque: false,
        values: Vec::new(),
        absent_as: Vec::new(),
        when: None,
        trust: Trust::Docs,
        source: None,
        note: None,
    };
    let shipped = schema("aws/cloudtrail");
    let delivery = |layout| Delivery {
        platform: Platform::CloudWatch,
        carrier: Carrier::default(),
        name: "x".into(),
        form: layout,
        columns: vec![
            Column {
                values: vec![("CreateUser".into(), "user_created".into())],
                ..column("eventName", "event.name")
            },
            Column { absent_as: vec!["none".into()], ..column("errorCode", "error") },
            Column { decode: Decode::ParseJson, ..column("requestParameters", "params") },
        ],
        discriminator: vec![(Path::keys(["kind"]), vec!["trail".into()])],
        only: Vec::new(),
        without: Vec::new(),
        row_per: None,
        wide: false,
        note: None,
    };
    let with = |layout| {
        Some(Arc::new(Schema {
            name: shipped.name.clone(),
            record: Arc::clone(&shipped.record),
            deliveries: vec![delivery(layout)],
            ..Schema::default()
        }))
    };
    let (raw, columns) = (with(DeliveryForm::Raw), with(DeliveryForm::Columns));
    let show =
        |schema: &Option<Arc<Schema>>, formula| show(&compile_with(schema.clone(), formula, Vec::new()));
    assert_eq!(show(&raw, is("eventName", "createuser")), "kind = \"trail\"\nevent.name = \"user_created\"");
    assert_eq!(
        show(&raw, is("eventName", "Create*")),
        "kind = \"trail\"\nevent.name like /(?i)^Create/\nstored-text: either"
    );
    assert_eq!(
        show(&raw, on(field("errorCode"), Condition::Null)),
        "kind = \"trail\"\nnot (ispresent(error) and not (error = \"none\"))\nnull-or-missing: narrower"
    );
    let parameter = field_use(Path::keys(["requestParameters", "userName"]), Type::String, "x");
    assert_eq!(show(&columns, on(parameter, texts(&["1"]))), "kind = \"trail\"\nsigma_json.userName = \"1\"");
    assert_eq!(show(&columns, is("userAgent", "1")), "refused: field-not-carried");
    assert_eq!(show(&columns, is("resources.ARN", "1")), "refused: field-not-carried");
}

#[test]
fn what_can_never_match_is_refused() {
    check(Formula::False, "refused: never-matches");
    check(some("resources", Formula::False), "refused: never-matches");
    check(some("resources", Formula::True), "ispresent(sigma_event.resources)\nnull-or-missing: wider");
}

#[test]
fn a_query_past_the_limit_is_refused() {
    let values: Vec<String> = (0..1200).map(|n| format!("{n:010}")).collect();
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    check(on(field("userAgent"), texts(&values)), "refused: query-too-long");
}

#[test]
fn where_no_fields_are_discovered_the_event_is_parsed() {
    let parsed = |formula: Formula, schema: Arc<Schema>, class: Option<&str>| {
        let mut options = Options::default();
        if let Some(class) = class {
            options.set("cwli.class", vec![class.to_owned()]).expect("a class");
        }
        let typed = TypedRule { schema: Some(schema), formula: Some(formula), fields: Vec::new() };
        let query = Cwli.compile(&rule("A title"), &typed, &options).query.expect("a query");
        assert_eq!(print(&read(&query).expect("the query is read back")), query);
        query
    };
    let user = || member("eventName", "CreateUser");
    let plain = parsed(user(), schema("aws/cloudtrail"), Some("standard"));
    assert!(plain.contains("| filter eventName = \"CreateUser\""), "{plain}");
    let wide = || Registry::shipped().get("aws/cloudtrail").expect("a shipped schema");
    for query in [
        parsed(user(), schema("aws/cloudtrail"), Some("infrequent-access")),
        parsed(user(), wide(), None),
        parsed(user(), wide(), Some("standard")),
    ] {
        assert!(
            query.contains("\nfields @timestamp, @message, jsonParse(@message) as sigma_event\n"),
            "{query}"
        );
        assert!(query.contains("\n| filter sigma_event.eventName = \"CreateUser\"\n"), "{query}");
        assert!(query.contains("sigma_event.userIdentity.arn"), "{query}");
        assert!(!query.contains(" eventName"), "{query}");
    }
    assert!(Options::default().set("cwli.class", vec!["frequent".to_owned()]).is_err());
}
