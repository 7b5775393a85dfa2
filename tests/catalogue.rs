//! The pages of `sigmata export --kind site`: what they hold, how rules lead to each other, and that nothing that a rule
//! says is more than text. `tests/catalogue/run` opens them in a browser.

mod support;

use support::{Folder, Run, folder};

const RULE: &str = "\
title: IAM User Created
id: 5e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d
name: user_created
status: test
description: |
  A new IAM user, made with `CreateUser`.
  Look next at userIdentity.arn. To undo it, run
  `aws iam delete-user`. Ask the owner of the account.
references: ['https://example.org/a?b=c&d', 'javascript:alert(1)']
author: sigmata
date: 2026-11-23
tags: [attack.persistence, attack.t1136.003]
logsource:
    product: aws
    service: cloudtrail
detection:
    selection:
        eventSource: iam.amazonaws.com
        eventName: CreateUser
    condition: selection
falsepositives: [Joiners]
fields: [userIdentity.arn]
level: high
";

const TESTS: &str = "\
match:
  - name: a user is made
    event: {eventSource: iam.amazonaws.com, eventName: CreateUser}
no_match:
  - name: a role is made
    event: {eventSource: iam.amazonaws.com, eventName: CreateRole}
";

const CORRELATION: &str = "\
title: Many Users
id: 5e8c3a37-3c1e-4f29-9f3a-4a9f6b2b1c0d
status: test
description: Three users in an hour.
correlation:
    type: event_count
    rules: [user_created]
    group-by: [recipientAccountId]
    timespan: 1h
    condition: {gte: 3}
    generate: true
level: high
";

fn page(folder: &Folder, path: &str) -> String {
    std::fs::read_to_string(folder.path(&format!("out/site/{path}"))).expect("a page")
}

fn export(folder: &Folder, kinds: &str) {
    let run = Run::new(folder, &["export", "rules", "-o", "out", "--kind", kinds]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
}

fn repository() -> Folder {
    let folder = folder(&[
        ("sigmata.toml", ""),
        ("rules/aws/user.yml", RULE),
        ("rules/aws/user.test.yml", TESTS),
        ("rules/aws/many.yml", CORRELATION),
    ]);
    export(&folder, "sentinel,site");
    folder
}

#[test]
fn a_page_has_what_is_known_of_its_rule() {
    let folder = repository();
    let user = page(&folder, "rules/aws/user.html");
    for part in [
        "<h1>IAM User Created</h1>",
        "<h2>What it finds</h2>\n<p>A new IAM user, made with <code>CreateUser</code>.</p>",
        "<h2>What to do next</h2>\n<p>Look next at userIdentity.arn.</p>",
        "<h2>To undo it</h2>\n<p>To undo it, run <code>aws iam delete-user</code>.</p>",
        "<h2>Whom to ask</h2>\n<p>Ask the owner of the account.</p>",
        "<h2>Known false positives</h2>\n<ul>\n<li>Joiners</li>",
        "href=\"https://attack.mitre.org/techniques/T1136/003/\"",
        "<dt>Service</dt><dd>cloudtrail</dd>",
        "KQL for Microsoft Sentinel",
        "SPL for Splunk",
        "CWLI for CloudWatch Logs Insights",
        "<span class=\"unseen\"> the query: KQL for Microsoft Sentinel</span></button>",
        "KQL for Microsoft Defender XDR",
        "<th scope=\"row\">sentinel</th>",
        "<code>sentinel/rules/aws/user.yaml</code>",
        "<h3>Must match (1)</h3>\n<details><summary>a user is made</summary>",
        "<h3>Must not match (1)</h3>\n<details><summary>a role is made</summary>",
        "<h2 id=\"counted\">Counted by</h2>\n<ul>\n<li><a href=\"../../rules/aws/many.html\">Many Users</a>",
        "<a href=\"https://example.org/a?b=c&amp;d\" rel=\"noopener noreferrer\">",
        "<li>javascript:alert(1)</li>",
        "id: 5e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d\nname: user_created",
    ] {
        assert!(user.contains(part), "{part}\n{user}");
    }
    insta::assert_snapshot!("a_page_of_a_rule", user);
    let many = page(&folder, "rules/aws/many.html");
    assert!(
        many.contains("<a href=\"../../rules/aws/user.html\">IAM User Created</a>")
            && many.contains("Within 1 hour, for each value of <code>recipientAccountId</code>."),
        "{many}"
    );
    let index = page(&folder, "index.html");
    for part in ["2 rules", "data-product=\"aws\"", "data-level=\"high\"", "CreateUser", "useridentity.arn"] {
        assert!(index.contains(part), "{part}\n{index}");
    }
    let coverage = page(&folder, "coverage.html");
    assert!(
        coverage.contains(
            "href=\"index.html#product=aws&amp;attack=T1136.003\" aria-label=\"aws, T1136.003: 1 rule\">1<"
        ),
        "{coverage}"
    );
    let layer: serde_json::Value = serde_json::from_str(&page(&folder, "layer.json")).expect("JSON");
    assert_eq!(layer["techniques"][0]["techniqueID"], "T1136.003");
}

#[test]
fn objects_of_other_kinds_are_named_also_when_those_are_not_made() {
    let folder = repository();
    let before = page(&folder, "rules/aws/user.html");
    export(&folder, "site");
    assert_eq!(page(&folder, "rules/aws/user.html"), before);
}

/// The elements of a page with the names of their attributes, as a browser reads them.
fn elements(page: &str) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    for rest in page.split('<').skip(1) {
        let mut name = String::new();
        let mut attributes = Vec::new();
        let (mut word, mut quoted) = (String::new(), false);
        for char in rest.chars() {
            match char {
                '"' => quoted = !quoted,
                _ if quoted => {}
                ' ' | '\n' | '>' | '=' => {
                    let word = std::mem::take(&mut word);
                    match (name.is_empty(), word.is_empty()) {
                        (true, _) => name = word,
                        (_, false) => attributes.push(word),
                        _ => {}
                    }
                    if char == '>' {
                        break;
                    }
                }
                _ => word.push(char),
            }
        }
        found.push((name, attributes));
    }
    found
}

/// The elements that the pages are made of.
const ELEMENTS: [&str; 46] = [
    "!DOCTYPE", "a", "aside", "body", "br", "button", "code", "dd", "details", "div", "dl", "dt", "footer",
    "form", "h1", "h2", "h3", "head", "header", "html", "input", "kbd", "label", "li", "link", "main",
    "meta", "nav", "optgroup", "option", "p", "pre", "script", "section", "select", "span", "summary",
    "table", "tbody", "td", "tfoot", "th", "thead", "title", "tr", "ul",
];

#[test]
fn nothing_that_a_rule_says_is_more_than_text() {
    let hostile =
        "</script><img src=x onerror=alert(1)>\u{202e}\u{2066}\" onmouseover=\"alert(2)' `<b>` &lt;";
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let mut rule = RULE
        .replace("title: IAM User Created", &format!("title: {}", quoted(hostile)))
        .replace("  A new IAM user", &format!("  {hostile} A new IAM user"))
        .replace("author: sigmata", &format!("author: {}", quoted(hostile)))
        .replace("[Joiners]", &format!("[{}]", quoted(hostile)))
        .replace(
            "javascript:alert(1)",
            &format!("https://x/\" onload=\"alert(1)', {}, 'data:text/html,x", quoted(hostile)),
        )
        .replace(
            "eventName: CreateUser",
            &format!("eventName: CreateUser\n        userIdentity.arn: {}", quoted(hostile)),
        );
    // Also where errors would refuse them: a page has what the file says.
    rule.push_str(&format!("x: {}\n", quoted(hostile)));
    let tests = TESTS
        .replace("a user is made", &quoted(hostile).replace("''", ""))
        .replace("eventName: CreateRole", &format!("eventName: {}", quoted(hostile)));
    let name = if cfg!(windows) { "rules/aws/us'er" } else { "rules/aws/\"><img src=x>'" };
    let folder = folder(&[
        ("sigmata.toml", ""),
        (&format!("{name}.yml"), &rule),
        (&format!("{name}.test.yml"), &tests),
    ]);
    let run = Run::new(&folder, &["export", "rules", "-o", "out", "--kind", "site"]);
    assert!(run.code < 2, "{}{}", run.out, run.err);
    let stem = if cfg!(windows) { "us_er" } else { "img_src_x" };
    let rules: Vec<String> = std::fs::read_dir(folder.path("out/site/rules/aws"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    assert!(rules.iter().any(|name| name.contains(stem)), "{rules:?}");
    for file in rules
        .iter()
        .map(|name| format!("rules/aws/{name}"))
        .chain(["index.html".into(), "coverage.html".into()])
    {
        let text = page(&folder, &file);
        for (name, attributes) in elements(&text) {
            assert!(ELEMENTS.contains(&name.trim_start_matches('/')), "{file}: <{name}>");
            assert!(
                attributes.iter().all(|attribute| !attribute.starts_with("on") && attribute != "style"),
                "{file}: <{name} {attributes:?}>"
            );
        }
        assert_eq!(text.matches("<script").count(), 1, "{file}");
        assert!(!text.contains(['\u{202e}', '\u{2066}']), "{file}");
        assert!(!text.contains("href=\"javascript") && !text.contains("href=\"data"), "{file}");
        assert!(
            text.contains("http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';"),
            "{file}"
        );
    }
}
