//! What all pages have: the head, the way to the others, and the foot.

use super::html::Html;

/// What a page may load: the style sheet and the script of the folder. What is in an address or an attribute by
/// mistake is not run.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; script-src 'self'; base-uri 'none'; form-action 'none'";

/// The pages that each page links to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Rules,
    Coverage,
    Rule,
}

/// A page. `up` leads to the folder of the site.
pub(super) fn page(
    title: &str,
    environment: &str,
    up: &'static str,
    place: Place,
    write: impl FnOnce(&mut Html),
) -> String {
    let mut html = Html::default();
    let to = |name: &str| format!("{up}{name}");
    html.own("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        .open("meta", &[("http-equiv", "Content-Security-Policy"), ("content", POLICY)])
        .own("\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        .own("<meta name=\"referrer\" content=\"no-referrer\">\n")
        .own("<meta name=\"color-scheme\" content=\"light dark\">\n")
        .element("title", &[], title)
        .own("\n")
        .open("link", &[("rel", "stylesheet"), ("href", &to("style.css"))])
        .own("\n")
        .open("script", &[("src", &to("script.js")), ("defer", "")])
        .own("</script>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the content</a>\n")
        .own("<header class=\"top\">\n")
        .element("p", &[("class", "site")], &name(environment))
        .own("\n<nav aria-label=\"Site\">");
    for (target, file, text) in
        [(Place::Rules, "index.html", "Rules"), (Place::Coverage, "coverage.html", "Coverage")]
    {
        let address = to(file);
        let here = [("href", address.as_str()), ("aria-current", "page")];
        let attributes = if place == target { &here[..] } else { &here[..1] };
        html.element("a", attributes, text);
    }
    html.own("</nav>\n</header>\n<main id=\"main\" tabindex=\"-1\">\n");
    write(&mut html);
    html.own("</main>\n<footer>\n<p>Made by sigmata from Sigma rules.</p>\n</footer>\n</body>\n</html>\n");
    html.finish()
}

fn name(environment: &str) -> String {
    match environment {
        "" => "Detection rules".to_owned(),
        name => format!("Detection rules: {name}"),
    }
}

/// A count with its noun.
pub(super) fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// A word of a tag as people write it: `privilege-escalation` is `Privilege escalation`.
pub(super) fn words(tag: &str) -> String {
    let mut chars = tag.chars();
    let first = chars.next().map(|char| char.to_ascii_uppercase());
    first.into_iter().chain(chars.map(|char| if char == '-' { ' ' } else { char })).collect()
}

/// The class of a level, so that nothing but known words is one.
pub(super) fn level_class(level: &str) -> &'static str {
    match level {
        "critical" => "badge critical",
        "high" => "badge high",
        "medium" => "badge medium",
        "low" => "badge low",
        _ => "badge",
    }
}

/// The address of the list with filters set; `up` leads to the folder of the site.
pub(super) fn filtered(up: &str, product: &str, attack: &str) -> String {
    let parts: Vec<String> = [("product", product), ("attack", attack)]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    let mark = if parts.is_empty() { "" } else { "#" };
    format!("{up}index.html{mark}{}", parts.join("&"))
}

/// A text in an address: what has a meaning there goes by its bytes.
fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
