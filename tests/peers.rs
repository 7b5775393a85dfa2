//! Faults that other converters were measured to have, compiled right here in every language, or refused with a reason.
//! The rows for KQL and SPL are in `tests/kql` and `tests/spl`; these are the ones that concern every target.

use sigmata::backend::{self, Compiled, Fidelity, Options};
use sigmata::check::check;
use sigmata::rule::{self, Document};
use sigmata::schema::Registry;
use sigmata::source::SourceFile;

/// The languages of which the rows below say what their queries hold, in the order of the lists.
const LANGUAGES: [&str; 3] = ["kql", "spl", "cwli"];

/// Compiles a detection over CloudTrail to each of them.
fn compile(detection: &str) -> Vec<Compiled> {
    let text = format!(
        "title: A fault\nlogsource: {{product: aws, service: cloudtrail}}\ndetection:\n{detection}\nlevel: low\n"
    );
    let reading = rule::read(&SourceFile::new("fault.yml", text.as_str()));
    let [Document::Detection(rule)] = reading.documents.as_slice() else { panic!("one rule: {reading:#?}") };
    let (typed, findings) = check(rule, &Registry::shipped());
    assert!(!sigmata::diagnostic::has_errors(&findings), "{text}{findings:#?}");
    LANGUAGES
        .iter()
        .map(|name| backend::find(name).expect("a target").compile(rule, &typed, &Options::default()))
        .collect()
}

/// What the queries hold, one list per language.
fn holds(detection: &str, expected: [&[&str]; LANGUAGES.len()]) {
    for (compiled, parts) in compile(detection).iter().zip(expected) {
        let query = compiled.query.as_deref().unwrap_or_else(|| panic!("{detection}: {compiled:#?}"));
        for part in parts {
            assert!(query.contains(part), "{detection}\nlacks {part}\n{query}");
        }
    }
}

#[test]
fn a_negated_group_keeps_its_parentheses() {
    holds(
        "    s: {eventName: CreateUser}\n    f: {userAgent|contains: terraform, awsRegion: eu-west-1}\n    condition: s and not f",
        [
            &["not(UserAgent contains \"terraform\" and AWSRegion =~ \"eu-west-1\")"],
            &["NOT (userAgent=\"*terraform*\" awsRegion=\"eu-west-1\")"],
            &["not (", "ispresent(sigma_event.userAgent)", "ispresent(sigma_event.awsRegion)"],
        ],
    );
}

#[test]
fn a_negated_group_with_regexes_stays_one_group() {
    holds(
        "    s: {eventName: CreateUser}\n    f: {userAgent|re: '^aws-internal', userIdentity.arn|re: 'b+'}\n    condition: s and not f",
        [
            &["not(UserAgent matches regex \"^aws-internal\" and UserIdentityArn matches regex \"b+\")"],
            &[
                "NOT (isnotnull(mvfind('userAgent', \"^aws-internal\"))",
                "AND isnotnull(mvfind('userIdentity.arn', \"b+\")))",
            ],
            &["sigma_event.userAgent like /^aws-internal/", "and sigma_event.userIdentity.arn like /b+/"],
        ],
    );
}

#[test]
fn lists_that_are_joined_by_and_stay_apart() {
    holds(
        "    s: {eventName: [CreateUser, CreateRole], userAgent|contains: [curl, python]}\n    condition: s",
        [
            &[
                "EventName in (\"CreateUser\", \"CreateRole\")",
                "and (UserAgent contains \"curl\" or UserAgent contains \"python\")",
            ],
            &["eventName IN (\"CreateUser\", \"CreateRole\")", "userAgent IN (\"*curl*\", \"*python*\")"],
            &["eventName in [\"CreateUser\", \"CreateRole\"]", "curl", "python"],
        ],
    );
}

#[test]
fn equality_ignores_case_and_a_regex_does_not() {
    holds(
        "    s: {userAgent: Curl}\n    r: {userAgent|re: Curl}\n    condition: s or r",
        [
            &["UserAgent =~ \"Curl\"", "UserAgent matches regex \"Curl\""],
            &["(?i)^Curl\\\\z", "\"Curl\""],
            &["tolower(sigma_event.userAgent) = \"curl\"", "userAgent like /Curl/"],
        ],
    );
}

#[test]
fn integers_of_64_bits_are_exact() {
    holds(
        "    s: {eventSource: iam.amazonaws.com, eventName: UpdateRole, requestParameters.maxSessionDuration: 9007199254740993}\n    condition: s",
        [&["== 9007199254740993"], &["\"9007199254740993\""], &["9007199254740993"]],
    );
}

#[test]
fn several_regexes_and_nothing_else_are_a_query() {
    holds(
        "    s:\n        userAgent|re|all: [a+, b+]\n    condition: s",
        [
            &["AWSCloudTrail", "matches regex \"a+\"", "matches regex \"b+\""],
            &["sourcetype=\"aws:cloudtrail\"", "\"a+\"", "\"b+\""],
            &["like /a+/", "like /b+/"],
        ],
    );
}

#[test]
fn a_hyphenated_name_and_hostile_text_stay_in_their_places() {
    holds(
        "    s: {requestParameters.x-field.user-agent|contains: \"a\\\"b\\nc | d\"}\n    condition: s",
        [
            &["[\"x-field\"][\"user-agent\"]", "\"a\\\"b\\nc | d\""],
            &["requestParameters.x-field.user-agent"],
            &["`x-field`", "`user-agent`"],
        ],
    );
}

#[test]
fn encoders_windash_and_time_parts_are_supported() {
    for detection in [
        "    s: {userAgent|windash|contains: ' -enc'}\n    condition: s",
        "    s: {userAgent|base64offset|contains: sigmata}\n    condition: s",
        "    s: {eventTime|hour: 23}\n    condition: s",
        "    s: {userAgent|cased: Curl}\n    condition: s",
        "    s: {userIdentity.userName|fieldref: requestParameters.userName}\n    condition: s",
    ] {
        for compiled in compile(detection) {
            assert_ne!(compiled.fidelity, Fidelity::Refused, "{detection}: {compiled:#?}");
        }
    }
}
