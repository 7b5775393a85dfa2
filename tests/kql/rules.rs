//! Whole rules, from YAML to KQL. The rows are those on which another converter to KQL is known to go wrong: each is
//! right here, or refused with its reason.

use sigmata::backend::kql::Kql;
use sigmata::backend::{Backend as _, Options};
use sigmata::check::check;
use sigmata::diagnostic::Severity;
use sigmata::rule::{Document, read};
use sigmata::schema::Registry;
use sigmata::source::SourceFile;

use super::build::show;

const CLOUDTRAIL: &str = "{ product: aws, service: cloudtrail }";
const ENTRA: &str = "{ product: azure, service: auditlogs }";
const UNKNOWN: &str = "{ product: example, service: log }";

/// The errors of the check, if any, and otherwise the query below its table.
fn compile(logsource: &str, detection: &str) -> String {
    let text = format!("title: T\nlogsource: {logsource}\ndetection:\n{detection}\n");
    let source = SourceFile::new("rule.yml", text);
    let reading = read(&source);
    let [Document::Detection(rule)] = &reading.documents[..] else { return "unreadable".into() };
    let (typed, found) = check(rule, &Registry::shipped());
    let errors: Vec<String> = reading
        .diagnostics
        .iter()
        .chain(&found)
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| format!("error: {}", finding.message))
        .collect();
    if !errors.is_empty() {
        return errors.join("\n");
    }
    let mut options = Options::default();
    options.set("kql.table", vec!["T".into()]).expect("a table");
    show(&Kql::SENTINEL.compile(rule, &typed, &options))
}

fn item(logsource: &str, item: &str) -> String {
    compile(logsource, &format!("  s:\n    {item}\n  condition: s"))
}

#[test]
fn where_another_converter_goes_wrong() {
    let rows = [
        ("K1", item(CLOUDTRAIL, "requestParameters.userName: admin")),
        ("K2", item(ENTRA, "properties.targetResources.modifiedProperties.newValue|contains: X")),
        ("K3", item(ENTRA, "properties.targetResources.userPrincipalName|contains: '#EXT#'")),
        ("K4", item(CLOUDTRAIL, "errorCode: null")),
        (
            "K5",
            compile(
                CLOUDTRAIL,
                "  s: { eventName: CreateUser }\n  f: { errorMessage|contains: '*' }\n  condition: s and not f",
            ),
        ),
        ("K6", item(UNKNOWN, "ResultType: 50053")),
        ("K7", item(UNKNOWN, "ResultType: [50053, 50057]")),
        ("K8", item(CLOUDTRAIL, "eventName: 'Create*User'")),
        ("K9", item(CLOUDTRAIL, "eventName: ['Create*User', 'Delete*User']")),
        ("K10", compile(UNKNOWN, "  k: ['Microsoft.Authorization/roleAssignments/write']\n  condition: k")),
        ("K11", compile(UNKNOWN, "  k:\n    '|re': ['fo+', 'ba+r']\n  condition: k")),
        ("K12", item(CLOUDTRAIL, "sourceIPAddress|cidr: '2001:db8::/32'")),
        ("K13", item(CLOUDTRAIL, "readOnly: false")),
        ("K14", item(CLOUDTRAIL, "userAgent: \"a\\\"b\\n\"")),
        ("K15", item(CLOUDTRAIL, "userAgent|all: ['ab*', '*cd']")),
        ("K16 fieldref", item(CLOUDTRAIL, "requestParameters.userName|fieldref: userIdentity.userName")),
        ("K16 cased", item(CLOUDTRAIL, "userAgent|contains|cased: Boto")),
        ("K16 hour", item(CLOUDTRAIL, "eventTime|hour: 3")),
        ("K17", compile(CLOUDTRAIL, "  s: { eventName: CreateUser }\n  condition: s and not 1 of filter_*")),
        ("K18", item(CLOUDTRAIL, "eventName: createuser")),
        ("K20", item(ENTRA, "properties.initiatedBy: Success")),
    ];
    let text: Vec<String> = rows.into_iter().map(|(row, shown)| format!("{row}\n{shown}\n")).collect();
    insta::assert_snapshot!(text.join("\n"));
}

#[test]
fn an_element_block_binds_its_tests_to_one_element() {
    let text = "title: T\nsigma-version: 3\nlogsource: { product: azure, service: auditlogs }\ndetection:\n  s:\n    \
                properties.targetResources[any]:\n      type: User\n      userPrincipalName|endswith: '@example.com'\n  \
                condition: s\nfields: [operationName, properties.targetResources.id]\n";
    let source = SourceFile::new("rule.yml", text);
    let reading = read(&source);
    let [Document::Detection(rule)] = &reading.documents[..] else { panic!("one rule") };
    let (typed, _) = check(rule, &Registry::shipped());
    let compiled = Kql::SENTINEL.compile(rule, &typed, &Options::default());
    insta::assert_snapshot!(compiled.query.unwrap_or_default());
}

/// The table has names where the record has numbers; where their spelling is not documented, letter case does not count.
#[test]
fn numbers_that_the_table_names_are_compared_by_name() {
    let office = "{ product: m365, service: audit }";
    let exchange = |item: &str| {
        compile(
            office,
            &format!("  s: {{ Workload: Exchange, Operation: MailboxLogin, {item} }}\n  condition: s"),
        )
    };
    for (item, expected) in [
        ("LogonType: 0", "Logon_Type =~ \"Owner\""),
        ("LogonType|neq: 0", "not(Logon_Type =~ \"Owner\")"),
        ("LogonType|gt: 5", "Logon_Type =~ \"DelegatedAdmin\""),
        ("UserType: [2, 3]", "UserType in~ (\"Admin\", \"DCAdmin\")"),
        ("RecordType: [2, 3]", "RecordType in (\"ExchangeItem\", \"ExchangeItemGroup\")"),
    ] {
        let found = exchange(item);
        assert!(found.contains(expected), "{item}\n{found}");
    }
}
