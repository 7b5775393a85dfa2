//! Known lists: what the configuration and tests give them, what the check says of them, and what each language asks.

mod support;

use support::{Folder, Run, folder};

/// A rule about one item, negated or not.
fn rule(item: &str, condition: &str) -> String {
    format!(
        "title: A user\nid: 1e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d\nstatus: test\ndescription: d\nauthor: a\n\
         date: 2026-11-23\nlevel: low\nlogsource: {{product: aws, service: cloudtrail}}\ndetection:\n    \
         selection: {{eventSource: iam.amazonaws.com, eventName: CreateUser}}\n    known:\n        {item}\n    \
         condition: {condition}\n"
    )
}

const ARN: &str = "userIdentity.arn|expand: '%admins%'";
const ALICE: &str = "arn:aws:iam::111111111111:user/alice";

fn at(toml: &str, rule: &str) -> Folder {
    folder(&[(".git/HEAD", ""), ("sigmata.toml", toml), ("x.yml", rule)])
}

/// The codes and messages of a run.
fn findings(folder: &Folder, args: &[&str]) -> Vec<String> {
    let run = Run::new(folder, &[&["check", "--format", "concise"][..], args, &["x.yml"]].concat());
    let lines = run.out.lines().filter_map(|line| line.split_once(": ").map(|(_, rest)| rest.to_owned()));
    lines.filter(|line| line.contains('[')).collect()
}

#[test]
fn the_check_resolves_placeholders() {
    let not = "selection and not known";
    let of = |values: &str| format!("[lists.admins]\nvalues = [{values}]\n");
    for (toml, item, condition, expected) in [
        ("", ARN, not, "error[S0450] the known list `admins` is not defined"),
        ("[lists.admin]\nvalues = []\n", ARN, not, "error[S0450] the known list `admins` is not defined"),
        (&of(""), ARN, not, ""),
        (
            &of(""),
            ARN,
            "selection and known",
            "error[S0438] the known list `admins` is empty, so this never matches",
        ),
        (&of(""), "userIdentity.arn|expand|neq: '%admins%'", "selection and known", ""),
        (
            &of(""),
            "userIdentity.arn|expand: ['%admins%', 'arn:aws:iam::111122223333:user/x']",
            "selection and known",
            "",
        ),
        (
            &of("'svc-*'"),
            ARN,
            not,
            "warning[S0439] `svc-*` of the known list `admins` is a text, not a pattern",
        ),
        (&of("'alice'"), "userIdentity.userName|expand|startswith: '%admins%'", not, ""),
        (&of("'CreateUsr'"), "eventName|expand: '%admins%'", not, "error[S0433] unknown"),
        (&of("'10.0.0.0/8'"), "sourceIPAddress|expand|cidr: '%admins%'", not, ""),
        ("[lists.admins.kql]\nwatchlist = 'W'\n", ARN, not, ""),
        ("[lists.admins.kql]\nwatchlist = 'W'\n", ARN, "selection and known", ""),
        (
            "[lists.admins.kql]\nwatchlist = 'W'\n",
            "userIdentity.arn|expand|contains: '%admins%'",
            not,
            "error[S0450] the known list `admins` has no values that could be used here",
        ),
    ] {
        let folder = at(toml, &rule(item, condition));
        let found = findings(&folder, &[]);
        let fits = found.iter().any(|found| found.starts_with(expected));
        assert!(if expected.is_empty() { found.is_empty() } else { fits }, "{toml} {item}: {found:?}");
        // A fix would replace the placeholder.
        let run = Run::new(&folder, &["check", "--fix", "--diff", "x.yml"]);
        assert!(!run.out.contains("+ "), "{item}: {}", run.out);
    }
    let folder = at(&of("'alice', 'Alicia'"), &rule("eventName|expand: '%admins%'", not));
    let run = Run::new(&folder, &["check", "x.yml"]);
    assert!(run.out.contains("a value of the known list `admins`, sigmata.toml:2"), "{}", run.out);
}

#[test]
fn values_come_from_the_file_or_the_command_line() {
    let event = |arn: &str| {
        format!(
            "{{\"eventSource\":\"iam.amazonaws.com\",\"eventName\":\"CreateUser\",\"userIdentity\":{{\"arn\":\"{arn}\"}}}}\n"
        )
    };
    let events = [event(ALICE), event("arn:aws:iam::111111111111:user/bob")].concat();
    for (toml, args, matches) in [
        (format!("lists.admins.values = ['{ALICE}']"), &[][..], 1),
        (format!("lists.admins.values = ['{}']", ALICE.to_uppercase()), &[], 1),
        ("lists.admins.values = []".into(), &[], 2),
        ("lists.admins.file = 'admins.txt'".into(), &[], 1),
        ("lists.admins.file = 'admins.txt'".into(), &["--set", "lists.admins.values=[]"], 2),
        (String::new(), &["--set", "lists.admins.file=admins.txt"], 1),
        (format!("lists.admins.values = ['{ALICE}']\nlists.admins.kql.watchlist = 'W'"), &[], 1),
    ] {
        let folder = folder(&[
            (".git/HEAD", ""),
            ("sigmata.toml", &toml),
            ("admins.txt", &format!("# ours\n{ALICE}\n")),
            ("x.yml", &rule(ARN, "selection and not known")),
            ("events.jsonl", &events),
        ]);
        let run = Run::new(
            &folder,
            &[&["eval", "x.yml", "--format", "jsonl"][..], args, &["--events", "events.jsonl"]].concat(),
        );
        assert_eq!(run.out.lines().count(), matches, "{toml} {args:?}: {} {}", run.out, run.err);
    }
    for (toml, expected) in [
        ("lists.admins = {values = [], file = 'x.yml'}", "`lists.admins` has both `values` and `file`"),
        ("lists.admins.file = 'none.txt'", "`none.txt` cannot be read"),
        ("lists.admins.file = '../admins.txt'", "a path stays in the folder of the configuration"),
        ("lists.admins.spl.lookup = 'a b'", "`a b` is not a Splunk lookup"),
        ("lists.admins.xdr.lookup = 'a'", "unknown setting `lists.admins.xdr`"),
        ("lists.admins.cwli.table = 'a-b'", "`a-b` is not a lookup table"),
        ("lists.admins = {export = true, kql.watchlist = 'W'}", "nothing to make it of"),
        ("lists.admins = {export = true, values = []}", "no platform keeps the list"),
        (
            "lists.admins = {export = true, values = [], spl = {lookup = 'a.csv', field = 'x'}}",
            "a definition, whose name has no dot",
        ),
        (
            "lists.admins = {export = true, values = [], kql.watchlist = 'W'}\n\
             lists.b = {export = true, values = [], kql.watchlist = 'w'}",
            "`lists.b.kql.watchlist` is where `lists.admins` is made",
        ),
    ] {
        let run = Run::new(&at(toml, &rule(ARN, "selection and not known")), &["check", "x.yml"]);
        assert!(run.code == 2 && run.err.contains(expected), "{toml}: {}", run.err);
    }
    // What a platform alone keeps cannot be evaluated here.
    let folder = at("lists.admins.kql.watchlist = 'W'", &rule(ARN, "selection and not known"));
    std::fs::write(folder.path("events.jsonl"), &events).expect("a file");
    let run = Run::new(&folder, &["eval", "x.yml", "--events", "events.jsonl"]);
    assert!(
        run.err.contains("kept by a platform alone") || run.out.contains("kept by a platform alone"),
        "{} {}",
        run.out,
        run.err
    );
}

#[test]
fn a_field_of_any_type_is_looked_up_with_its_lists_in_spl() {
    let rule = "title: Known\nlogsource: {product: azure, service: signinlogs}\ndetection:\n    \
        known: {properties.autonomousSystemNumber|expand: '%admins%'}\n    s: {category: SignInLogs}\n    \
        condition: s and not known\n";
    let folder = at("[lists.admins]\nspl = {lookup = 'admins', field = 'user'}\n", rule);
    let run = Run::new(&folder, &["compile", "-t", "spl", "x.yml"]);
    let field = "properties.autonomousSystemNumber";
    let values = format!("sf_e0=mvappend('{field}', '{field}{{}}', '{field}{{}}{{}}')\n");
    assert!(run.out.contains(&values), "{}", run.out);
    assert!(run.out.contains("| lookup admins user AS sf_e0 OUTPUTNEW user AS sf_q0"), "{}", run.out);
}

#[test]
fn each_language_asks_its_platform_or_has_the_values() {
    let toml = "[lists.admins]\nvalues = ['x']\nkql = {watchlist = 'Admins', key = 'Account'}\n\
                spl = {lookup = 'admins', field = 'user'}\ncwli = {table = 'admins', field = 'known_user'}\n";
    let alone = "[lists.admins]\nkql.watchlist = 'Admins'\n";
    let not = "selection and not known";
    let array = "resources.ARN|expand: '%admins%'";
    for (toml, target, item, expected) in [
        (
            toml,
            "kql",
            ARN,
            "let _list_admins = toscalar(_GetWatchlist(\"Admins\") | summarize make_set(Account));",
        ),
        (toml, "kql", ARN, "not(UserIdentityArn in~ (_list_admins))"),
        (toml, "kql", "userIdentity.arn|expand|cased: '%admins%'", "not(UserIdentityArn in (_list_admins))"),
        (toml, "kql", array, "in~ (_list_admins)"),
        (alone, "kql", ARN, "make_set(SearchKey)"),
        (toml, "kql:xdr", "userIdentity.arn|expand: '%admins%'", "\"x\""),
        (
            toml,
            "spl",
            ARN,
            "| lookup admins user AS userIdentity.arn OUTPUTNEW user AS sf_q0\n| where isnull(sf_q0)",
        ),
        (toml, "spl", array, "| lookup admins user AS \"resources{}.ARN\" OUTPUTNEW user AS sf_q0"),
        (toml, "cwli", ARN, " OUTPUT known_user\n| filter not (ispresent(known_user))"),
        ("lists.admins.values = ['x']", "spl", ARN, "NOT userIdentity.arn=\"x\""),
        (
            alone,
            "spl",
            ARN,
            "error[S0833]: the values of the known list `admins` are kept by another platform",
        ),
        ("lists.admins.spl.lookup = 'l'", "spl", ARN, "error[S0833]: `lists.admins.spl.field` is not set"),
        (&toml.replace("known_user", "eventName"), "cwli", ARN, "error[S0833]: the column `eventName`"),
    ] {
        let run = Run::new(&at(toml, &rule(item, not)), &["compile", "-t", target, "x.yml"]);
        assert!(
            run.out.contains(expected) || run.err.contains(expected),
            "{target} {item}: {} {}",
            run.out,
            run.err
        );
    }
    // Where exports define the lookup it compares as the rule does.
    let made = format!("{toml}export = true\n");
    for (toml, item, expected, noted) in [
        (&made, ARN, "| lookup admins user AS userIdentity.arn", false),
        (&made, "userIdentity.arn|expand|cased: '%admins%'", "| lookup admins_cased user AS", false),
        (&made.replace("'x'", "'ärger'"), ARN, "outside ASCII", true),
    ] {
        let run = Run::new(&at(toml, &rule(item, not)), &["compile", "-t", "spl", "x.yml"]);
        let text = format!("{}{}", run.out, run.err);
        assert!(text.contains(expected) && text.contains("S0834") == noted, "{item}: {text}");
    }
    // A lookup compares letter case unless its definition says otherwise; the direction is that of the whole.
    for (target, condition, note) in [
        ("spl", not, "S0834 wider"),
        ("spl", "selection and known", "S0834 narrower"),
        ("cwli", not, "S0834 wider"),
    ] {
        let run = Run::new(&at(toml, &rule(ARN, condition)), &["compile", "-t", target, "x.yml"]);
        assert!(run.out.contains(note) || run.err.contains(note), "{target}: {} {}", run.out, run.err);
    }
}

#[test]
fn tests_give_lists_their_values() {
    let test = |lists: &str| {
        format!(
            "lists: {{admins: [{ALICE}]}}\nmatch:\n  - name: someone\n    event: &event\n      \
             {{eventSource: iam.amazonaws.com, eventName: CreateUser, userIdentity: {{arn: x}}}}\n\
             no_match:\n  - name: alice\n    event:\n      \
             {{eventSource: iam.amazonaws.com, eventName: CreateUser, userIdentity: {{arn: '{ALICE}'}}}}\n  \
             - name: listed here\n    {lists}\n    event: *event\n"
        )
    };
    for (toml, lists, passed) in [
        ("", "lists: {admins: [x]}", true),
        ("lists.admins.kql.watchlist = 'W'", "lists: {admins: [x]}", true),
        ("lists.admins.values = ['y']", "lists: {admins: [y]}", false),
        ("", "lists: {admins: x}", false),
        ("", "lists: [x]", false),
    ] {
        let folder = folder(&[
            (".git/HEAD", ""),
            ("sigmata.toml", toml),
            ("x.yml", &rule(ARN, "selection and not known")),
            ("x.test.yml", &test(lists)),
        ]);
        let run = Run::new(&folder, &["test", "x.yml"]);
        assert_eq!(run.code == 0, passed, "{toml} {lists}: {} {}", run.out, run.err);
    }
}

#[test]
fn lists_are_bounded_alike_wherever_they_are() {
    let inline = |count: usize| {
        let values: Vec<String> = (0..count).map(|at| format!("'user{at}'")).collect();
        format!("lists.admins.values = [{}]", values.join(","))
    };
    let of_file = |count: usize| (0..count).map(|at| format!("user{at}\n")).collect::<String>();
    let file = "lists.admins.file = 'admins.txt'";
    for (toml, text, code) in [
        (inline(10_000), String::new(), 0),
        (inline(10_001), String::new(), 2),
        (file.to_owned(), of_file(10_000), 0),
        (file.to_owned(), of_file(10_001), 2),
    ] {
        let folder = at(&toml, &rule(ARN, "selection and not known"));
        std::fs::write(folder.path("admins.txt"), text).expect("a file");
        let run = Run::new(&folder, &["check", "x.yml"]);
        assert_eq!(run.code, code, "{}{}", run.out, run.err);
        assert!(
            code == 0 || run.err.contains("at most 10000 values") && run.err.contains("watchlist"),
            "{}",
            run.err
        );
    }
}

#[test]
fn more_expressions_than_the_bound_are_not_decided() {
    let item = "userAgent|expand|re: '%admins%'";
    for (count, code) in [(50, 0), (2_001, 1)] {
        let values: Vec<String> = (0..count).map(|at| format!("'^agent{at}x+$'")).collect();
        let folder =
            at(&format!("lists.admins.values = [{}]", values.join(",")), &rule(item, "selection and known"));
        let run = Run::new(&folder, &["witness", "x.yml"]);
        assert_eq!(run.code, code, "{count}: {}{}", run.out, run.err);
        assert_eq!(run.err.contains("past what can be decided"), code == 1, "{}{}", run.out, run.err);
    }
}

#[test]
fn a_column_of_a_lookup_is_no_name_that_a_query_gives_itself() {
    for (column, refused) in
        [("known_user", false), ("sigma_event", true), ("sigma_item2", true), ("eventName", true)]
    {
        let toml = format!("lists.admins.cwli = {{table = 'admins', field = '{column}'}}");
        let folder = at(&toml, &rule(ARN, "selection and not known"));
        let run = Run::new(&folder, &["compile", "-t", "cwli", "x.yml"]);
        assert_eq!(run.code == 1, refused, "{column}: {}{}", run.out, run.err);
    }
}

/// Each list has one name in a query, whatever signs its own has, and is looked up once for each field.
#[test]
fn a_list_has_one_name_in_a_query() {
    let query = |name: &str, target: &str, detection: &str| {
        let log = if detection.contains("properties.") {
            "product: azure, service: auditlogs"
        } else {
            "product: aws, service: cloudtrail"
        };
        let toml = format!(
            "[lists.{name}]\nvalues = ['a']\nkql = {{watchlist = 'W', key = 'K'}}\nspl = {{lookup = 'l', field = 'f'}}\n"
        );
        let text = format!(
            "title: t\nsigma-version: 3\nlogsource: {{{log}}}\ndetection:\n    {}\n",
            detection.replace("LIST", &format!("'%{name}%'")).replace('\n', "\n    ")
        );
        Run::new(&at(&toml, &text), &["compile", "--target", target, "x.yml"]).out
    };
    let one = "s: {userIdentity.userName|expand: LIST, eventName: CreateUser}\ncondition: s";
    for (name, expected) in [
        ("admins", "_list_admins"),
        ("break_glass", "_list_break_glass"),
        ("break-glass", "_listx_627265616b2d676c617373"),
    ] {
        let found = query(name, "kql", one);
        assert!(
            found.contains(&format!("let {expected} =")) && found.contains(&format!("({expected})")),
            "{found}"
        );
    }
    // What lies in two arrays is in one extracted field, too.
    let nested = "s: {properties.targetResources.modifiedProperties.displayName|expand: LIST}\ncondition: s";
    let found = query("admins", "spl", nested);
    assert!(found.contains("targetResources{}.modifiedProperties{}.displayName\" OUTPUTNEW"), "{found}");
    // Of all elements it cannot be asked so.
    let all = "s:\n    properties.targetResources[any]:\n        modifiedProperties[all]: {displayName|expand: LIST}\n\
               condition: s";
    let found = query("admins", "spl", all);
    assert!(!found.contains("lookup"), "{found}");
    let twice = "s: {userIdentity.userName|expand: LIST, eventName: CreateUser}\n\
                 t: {userIdentity.userName|expand: LIST, eventName: DeleteUser}\ncondition: s or t";
    let found = query("admins", "spl", twice);
    assert_eq!(found.matches("| lookup l f AS userIdentity.userName").count(), 1, "{found}");
    assert_eq!(found.matches("isnotnull(sf_q0)").count(), 2, "{found}");
}
