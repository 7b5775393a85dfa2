//! Known lists that exports make.

use super::support::{Folder, folder};
use super::tree::tree;
use super::{RULE, export, manifest, other};
use serde_json::Value;

/// A list that exports make, in each platform, and what they made of two rules that ask for it.
#[test]
fn a_known_list_is_made_where_queries_ask_for_it() {
    let settings = |values: &str, more: &str| {
        format!(
            "[lists.admins]\nvalues = {values}\nkql = {{watchlist = 'Admins'}}\n\
             spl = {{lookup = 'admins', field = 'user'}}\ncwli = {{table = 'admins', field = 'known_user'}}\n{more}"
        )
    };
    let asks = |rule: &str, modifiers: &str| {
        rule.replace("    condition: selection\n", &format!(
            "    known:\n        userIdentity.arn|{modifiers}expand: '%admins%'\n    condition: selection and not known\n"
        ))
    };
    let values = "['alice', 'a \"b\", c', '[x]']";
    let folder = folder(&[
        (".git/HEAD", ""),
        ("sigmata.toml", &settings(values, "export = true\n")),
        ("rules/user.yml", &asks(RULE, "")),
        ("rules/role.yml", &asks(&other(), "cased|")),
    ]);
    let run = export(&folder, &["rules", "-o", "out"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let files = tree(&folder.path("out"));
    let rows = |column: &str| format!("{column}\nalice\n\"a \"\"b\"\", c\"\n[x]\n");
    let json = |path: &str| -> Value { serde_json::from_str(&files[path]).expect("JSON") };
    let watchlist = json("sentinel/watchlists/Admins.json")["resources"][0]["properties"].clone();
    assert_eq!(watchlist["rawContent"], rows("Value"));
    assert_eq!(
        (&watchlist["itemsSearchKey"], &watchlist["contentType"]),
        (&"Value".into(), &"text/csv".into())
    );
    assert_eq!(json("cloudwatch/lookup-tables/admins.json")["tableBody"], rows("known_user"));
    assert_eq!(files["splunk/sigmata/lookups/admins.csv"], rows("user"));
    assert_eq!(
        files["splunk/sigmata/default/transforms.conf"],
        "[admins]\nfilename = admins.csv\ncase_sensitive_match = false\nmax_matches = 1\n\n\
         [admins_cased]\nfilename = admins.csv\ncase_sensitive_match = true\nmax_matches = 1\n"
    );
    // Each search asks for a definition that is there.
    let searches = &files["splunk/sigmata/default/savedsearches.conf"];
    assert!(
        searches.contains("lookup admins user") && searches.contains("lookup admins_cased user"),
        "{searches}"
    );
    let list = |at: &Folder| {
        let all = manifest(at)["objects"].as_array().expect("objects").clone();
        all.into_iter().filter(|object| object["rule"] == "%admins%").collect::<Vec<_>>()
    };
    assert_eq!(list(&folder).len(), 3);
    // Another value changes the lists, and of the queries only those of platforms that keep none.
    std::fs::write(folder.path("sigmata.toml"), settings("['bob']", "export = true\n")).expect("written");
    assert_eq!(export(&folder, &["rules", "-o", "out"]).code, 0);
    let after = tree(&folder.path("out"));
    let asking = ["sentinel/", "splunk/", "cloudwatch/", "terraform/"];
    let changed: Vec<&str> = after
        .iter()
        .filter(|(path, text)| files[*path] != **text && asking.iter().any(|kind| path.starts_with(kind)))
        .map(|(path, _)| path.as_str())
        .filter(|path| !path.starts_with("cloudwatch/eventbridge/"))
        .collect();
    assert_eq!(
        changed,
        [
            "cloudwatch/lookup-tables/admins.json",
            "sentinel/watchlists/Admins.json",
            "splunk/sigmata/default/app.conf",
            "splunk/sigmata/lookups/admins.csv",
        ]
    );
    assert!(list(&folder).iter().all(|object| object["version"] == 1), "{:?}", list(&folder));
    // The site keeps its own: nothing is made, and what was made is to be deleted there.
    std::fs::write(folder.path("sigmata.toml"), settings("['bob']", "")).expect("written");
    let run = export(&folder, &["rules", "-o", "out", "--prune"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(run.out.contains("Known list admins"), "{}", run.out);
    assert!(!tree(&folder.path("out")).contains_key("sentinel/watchlists/Admins.json"));
}
