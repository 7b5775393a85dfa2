//! The docs as a whole: every page is in the contents, every link leads somewhere, every command line is one that the
//! command takes, and the list of codes is that of the program (`SIGMATA_ACCEPT=1` writes it).

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The pages of `docs`, by their path from there.
fn pages() -> Vec<String> {
    let mut found = Vec::new();
    for folder in ["", "targets/", "coverage/"] {
        for entry in fs::read_dir(root().join("docs").join(folder)).expect("docs") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if path.extension().is_some_and(|ending| ending == "md") && name != "SUMMARY.md" {
                found.push(format!("{folder}{name}"));
            }
        }
    }
    found.sort();
    found
}

fn page(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The lines of a page outside of code blocks, and without code in a line.
fn prose(text: &str) -> String {
    let mut out = String::new();
    let mut code = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            code = !code;
        } else if !code {
            let parts: Vec<&str> = line.split('`').step_by(2).collect();
            let _ = writeln!(out, "{}", parts.join("x"));
        }
    }
    out
}

/// What a page links to.
fn links(text: &str) -> Vec<String> {
    let prose = prose(text);
    prose
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(link, _)| link.to_owned())
        .collect()
}

/// The anchor of a heading, as GitHub and mdBook make it.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().to_lowercase();
    let kept = kept.chars().filter(|char| char.is_alphanumeric() || matches!(char, ' ' | '-' | '_'));
    kept.map(|char| if char == ' ' { '-' } else { char }).collect()
}

fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings.map(|line| anchor(line.trim_start_matches('#'))).collect()
}

#[test]
fn every_page_is_in_the_contents_once() {
    let contents = page("docs/SUMMARY.md");
    let mut listed = links(&contents);
    listed.sort();
    assert_eq!(listed, pages());
}

#[test]
fn every_link_leads_somewhere() {
    let mut wrong = Vec::new();
    let names = pages().into_iter().map(|name| format!("docs/{name}"));
    for name in names.chain(["README.md".to_owned(), "CONTRIBUTING.md".to_owned(), "SECURITY.md".to_owned()])
    {
        let text = page(&name);
        for link in links(&text) {
            if link.contains("://") {
                continue;
            }
            let (file, place) = link.split_once('#').unwrap_or((&link, ""));
            let path = root().join(Path::new(&name).parent().expect("a folder")).join(file);
            let target = if file.is_empty() { Some(text.clone()) } else { fs::read_to_string(&path).ok() };
            let leads = match &target {
                Some(target) => place.is_empty() || anchors(target).contains(place),
                None => path.is_dir() && place.is_empty(),
            };
            if !leads {
                wrong.push(format!("{name}: {link}"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// The command lines of the blocks of a page that a shell is to run.
fn commands(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut shell = false;
    for line in text.lines() {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            shell = matches!(language, "sh" | "console" | "shell" | "bash");
        } else if shell {
            let line = line.trim_start_matches("$ ");
            for part in line.split(['|', ';']).flat_map(|part| part.split("&&")) {
                if part.trim_start().starts_with("sigmata ") {
                    found.push(part.trim().to_owned());
                }
            }
        }
    }
    found
}

/// The words of a command line, as far as docs quote them.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let (mut quote, mut begun) = (None, false);
    for char in line.chars() {
        match (quote, char) {
            (Some(open), char) if char == open => quote = None,
            (None, '\'' | '"') => (quote, begun) = (Some(char), true),
            (None, ' ') => {
                if begun {
                    words.push(std::mem::take(&mut word));
                }
                begun = false;
            }
            (None, '>' | '<') => break,
            (None, '#') if !begun => break,
            (_, char) => {
                word.push(char);
                begun = true;
            }
        }
    }
    if begun {
        words.push(word);
    }
    words
}

#[test]
fn every_command_line_is_one_that_the_command_takes() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for name in pages().into_iter().map(|name| format!("docs/{name}")).chain(["README.md".to_owned()]) {
        for line in commands(&page(&name)) {
            let words = words(&line);
            // With `--help` nothing is done, but what is before is read.
            let args = words.iter().skip(1).map(String::as_str).chain(["--help"]);
            let run = Command::new(env!("CARGO_BIN_EXE_sigmata")).args(args).output().expect("a run");
            count += 1;
            if !run.status.success() {
                wrong.push(format!("{name}: {line}\n{}", String::from_utf8_lossy(&run.stderr)));
            }
        }
    }
    assert!(wrong.is_empty() && count > 30, "{count} command lines\n{}", wrong.join("\n"));
}

/// The first line of a manual page, as a cell.
fn summary(page: &str) -> String {
    let line = page.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    line.replace('|', "\\|")
}

#[test]
fn the_page_of_codes_lists_every_code() {
    let mut text = "# All codes\n\n\
        Every finding has a code, a name and a severity; `sigmata explain CODE` prints its page with an example and what to \
        write instead.\n\
        In `sigmata.toml` a level is given to a code, a name, a group or the beginning of codes, see \
        [which findings count](configuration.md#which-findings-count).\n\
        This page is generated: `SIGMATA_ACCEPT=1 cargo test --test site`.\n"
        .to_owned();
    let mut group = None;
    let codes = sigmata::codes();
    for code in codes {
        let own = code.group().unwrap_or(if code.id < "S0800" {
            "schemas, settings and pipelines"
        } else {
            "queries and runs"
        });
        if group != Some(own) {
            let _ = write!(text, "\n## {own}\n\n| code | name | severity | what |\n|---|---|---|---|\n");
            group = Some(own);
        }
        let _ = writeln!(
            text,
            "| {} | `{}` | {} | {} |",
            code.id,
            code.name,
            code.severity.name(),
            summary(code.page)
        );
    }
    let path = root().join("docs/codes.md");
    if std::env::var_os("SIGMATA_ACCEPT").is_some() {
        fs::write(&path, &text).expect("the page");
    }
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == text,
        "docs/codes.md is not what SIGMATA_ACCEPT=1 writes"
    );
}

/// The page of a link from a page of the built site, and the place in it; `None` for what leads elsewhere.
fn target<'l>(page: &Path, link: &'l str) -> Option<(PathBuf, &'l str)> {
    if link.contains("://") || link.starts_with("mailto:") || link.starts_with("data:") {
        return None;
    }
    let (file, place) = link.split_once('#').unwrap_or((link, ""));
    let over = page.parent().expect("a folder");
    Some((if file.is_empty() { page.to_owned() } else { over.join(file) }, place))
}

/// The values of an attribute in HTML, with what mdBook escapes.
fn attributes<'h>(html: &'h str, name: &'h str) -> impl Iterator<Item = String> + 'h {
    let values = html.split(name).skip(1).filter_map(|rest| rest.strip_prefix("=\"")?.split('"').next());
    values.map(|value| value.replace("&amp;", "&").replace("&#x27;", "'"))
}

/// Every link of the site that `packaging/site` has built leads to a file of it, and to a place that is there.
/// `SIGMATA_SITE` names its folder; without it there is no site to look at.
#[test]
fn every_link_of_the_built_site_leads_somewhere() {
    let Some(site) = std::env::var_os("SIGMATA_SITE").map(|site| root().join(site)) else { return };
    let mut folders = vec![site.join("docs")];
    let mut pages = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder of the site") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "html") && !path.ends_with("404.html") {
                pages.push(path);
            }
        }
    }
    assert!(pages.len() > 60, "{} pages", pages.len());
    let (mut seen, mut wrong) = (0, BTreeSet::new());
    for page in &pages {
        let html = fs::read_to_string(page).expect("a page");
        for link in attributes(&html, " href").chain(attributes(&html, " src")) {
            let Some((file, place)) = target(page, &link) else { continue };
            seen += 1;
            let leads = match fs::read_to_string(&file) {
                Ok(other) if !place.is_empty() => attributes(&other, " id").any(|id| id == place),
                Ok(_) => true,
                // Fonts and images are not text.
                Err(_) => file.is_file(),
            };
            if !leads {
                wrong.insert(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(seen > 1_000 && wrong.is_empty(), "{} of {seen}: {wrong:#?}", wrong.len());
}
