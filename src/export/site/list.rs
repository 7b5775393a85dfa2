//! The list of all rules, with search and filters where scripts run.

use std::collections::BTreeSet;

use super::entry::{Entry, LEVELS, Site};
use super::html::Html;
use super::page::{self, Place, level_class, plural};
use crate::backend::Fidelity;
use crate::export::about;
use crate::rule::Document;

/// The page.
pub(super) fn page(site: &Site<'_, '_>) -> String {
    page::page("Detection rules", site.environment, "", Place::Rules, |html| {
        html.own("<h1>Rules</h1>\n");
        search(site, html);
        let count = plural(site.entries.len(), "rule");
        html.element("p", &[("id", "count"), ("class", "count"), ("role", "status"), ("aria-live", "polite")], &count)
            .own("\n<p id=\"none\" class=\"none\" hidden>No rule has all of these words. <button type=\"button\" id=\"clear\">Clear search and filters</button></p>\n")
            .own("<h2 class=\"unseen\">All rules</h2>\n<ul class=\"rules\" id=\"rules\">\n");
        let mut order: Vec<&Entry<'_, '_>> = site.entries.iter().collect();
        order.sort_by_key(|entry| (&entry.subject.folder, entry.title().to_lowercase(), entry.path()));
        for entry in order {
            row(entry, html);
        }
        html.own("</ul>\n");
    })
}

/// The form, which a script shows: without one it would do nothing.
fn search(site: &Site<'_, '_>, html: &mut Html) {
    html.own("<form class=\"search\" id=\"search\" role=\"search\" hidden>\n")
        .own("<div class=\"field wide\"><label for=\"q\">Search</label>")
        .own("<input id=\"q\" type=\"search\" autocomplete=\"off\" spellcheck=\"false\" aria-describedby=\"hint\">")
        .own("<p class=\"hint\" id=\"hint\">Title, description, technique, event name, field or identifier. Press <kbd>/</kbd> to come here.</p></div>\n");
    choose(html, "product", "Product", |html| {
        for (product, count) in site.products() {
            option(html, product, product, count);
        }
    });
    choose(html, "level", "Level", |html| {
        for level in LEVELS {
            let count = site.entries.iter().filter(|entry| entry.subject.level == level).count();
            if count > 0 {
                option(html, level, level, count);
            }
        }
    });
    choose(html, "attack", "ATT&CK", |html| {
        html.own("<optgroup label=\"Tactics\">");
        for (tactic, count) in site.attack(|subject| &subject.attack.tactics) {
            option(html, tactic, &page::words(tactic), count);
        }
        html.own("</optgroup><optgroup label=\"Techniques\">");
        for (technique, count) in site.attack(|subject| &subject.attack.techniques) {
            option(html, technique, technique, count);
        }
        html.own("</optgroup>");
    });
    html.own("</form>\n");
}

fn choose(html: &mut Html, id: &'static str, label: &str, options: impl FnOnce(&mut Html)) {
    html.open("div", &[("class", "field")])
        .element("label", &[("for", id)], label)
        .open("select", &[("id", id)])
        .own("<option value=\"\">all</option>");
    options(html);
    html.own("</select></div>\n");
}

fn option(html: &mut Html, value: &str, text: &str, count: usize) {
    html.element("option", &[("value", value)], &format!("{text} ({count})"));
}

fn row(entry: &Entry<'_, '_>, html: &mut Html) {
    let subject = entry.subject;
    let attack: Vec<&str> =
        subject.attack.tactics.iter().chain(&subject.attack.techniques).map(String::as_str).collect();
    let about = about::finding(&subject.description);
    let about = about.first().map_or("", String::as_str);
    html.open(
        "li",
        &[
            ("data-product", &subject.folder),
            ("data-level", &subject.level),
            ("data-attack", &attack.join(" ")),
            ("data-find", &words(entry, about)),
        ],
    );
    html.own("<p class=\"head\">").element(
        "a",
        &[("class", "title"), ("href", &entry.path())],
        entry.title(),
    );
    if !subject.level.is_empty() {
        html.own(" ").element("span", &[("class", level_class(&subject.level))], &subject.level);
    }
    html.own("</p>");
    if !about.is_empty() {
        html.open("p", &[("class", "about")]).prose(about).close("p");
    }
    html.open("p", &[("class", "facts")]);
    let log = subject.log.as_deref().unwrap_or(&subject.folder);
    let kind = matches!(subject.checked.document, Document::Correlation(_)).then_some("correlation");
    let facts = [Some(log), kind, Some(subject.status.as_str())];
    let techniques = subject.attack.techniques.iter().map(String::as_str);
    for fact in facts.into_iter().flatten().chain(techniques).filter(|fact| !fact.is_empty()) {
        html.element("span", &[], fact).own(" ");
    }
    for (_, brief, title, compiled) in entry.queries() {
        let (class, word) = match compiled.fidelity {
            Fidelity::Exact => ("language", ""),
            Fidelity::Approximate => ("language approximate", " approximate"),
            Fidelity::Unplaced => ("language none", " without a place"),
            Fidelity::Refused => ("language none", " not possible"),
        };
        html.element("span", &[("class", class), ("title", title)], &format!("{brief}{word}")).own(" ");
    }
    html.close("p").end("li");
}

/// The words by which a rule is found besides those that its row shows, each once: what the rest of the description, the
/// identifiers, the tags and the body of the rule hold.
fn words(entry: &Entry<'_, '_>, shown: &str) -> String {
    let subject = entry.subject;
    let meta = subject.checked.document.meta();
    let body = match &subject.checked.document {
        Document::Detection(rule) => subject.file.source.slice(rule.detection.span).to_owned(),
        Document::Correlation(rule) => {
            let lists = rule.rules.iter().chain(&rule.group_by).chain(&rule.fields);
            lists.map(|text| text.value.as_str()).collect::<Vec<_>>().join(" ")
        }
        Document::Filter(_) => String::new(),
    };
    let name = meta.name.as_ref().map_or("", |name| name.value.as_str());
    let mut texts = vec![subject.description.as_str(), &subject.named.id, name, &subject.named.source, &body];
    texts.extend(subject.attack.tactics.iter().map(String::as_str));
    texts.extend(meta.fields.iter().chain(&meta.tags).map(|text| text.value.as_str()));
    let split = |text: &str| -> BTreeSet<String> {
        let between = |char: char| char.is_whitespace() || "\"'`,;()[]{}|".contains(char);
        let trimmed = |word: &str| word.trim_matches(['.', ':', '-', '*', '%', '#']).to_lowercase();
        text.split(between).map(trimmed).filter(|word| word.chars().count() > 2).collect()
    };
    let shown = split(&format!("{} {shown}", entry.title()));
    let found: BTreeSet<String> = texts.iter().flat_map(|text| split(text)).collect();
    found.difference(&shown).map(String::as_str).collect::<Vec<_>>().join(" ")
}
