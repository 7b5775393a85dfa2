//! The page of a rule.

use super::entry::{Base, Entry, Site};
use super::html::Html;
use super::page::{self, Place, level_class, plural};
use crate::backend::{Compiled, Fidelity, Reads};
use crate::export::Every;
use crate::export::about;
use crate::export::schedule::short;
use crate::rule::{CorrelationRule, Document, LogSource};
use crate::source::Spanned;
use crate::workspace::{Case, Expect, Input};

/// From the page to the folder of the site.
const UP: &str = "../../";

/// The page.
pub(super) fn page(site: &Site<'_, '_>, entry: &Entry<'_, '_>) -> String {
    let title = format!("{}: detection rules", entry.title());
    page::page(&title, site.environment, UP, Place::Rule, |html| {
        head(entry, html);
        html.own("<div class=\"columns\">\n<div>\n");
        about(entry, html);
        html.own("</div>\n");
        facts(entry, html);
        html.own("</div>\n");
        queries(entry, html);
        correlations(site, entry, html);
        deployed(site, entry, html);
        tests(entry, html);
        source(entry, html);
        references(entry, html);
        // What a script says of a copy.
        html.own("<p id=\"said\" class=\"unseen\" role=\"status\" aria-live=\"polite\"></p>\n");
    })
}

fn head(entry: &Entry<'_, '_>, html: &mut Html) {
    let subject = entry.subject;
    html.element("h1", &[], entry.title()).own("\n<p class=\"badges\">");
    if !subject.level.is_empty() {
        html.element("span", &[("class", level_class(&subject.level))], &subject.level).own(" ");
    }
    if !subject.status.is_empty() {
        html.element("span", &[("class", "badge")], &subject.status).own(" ");
    }
    if matches!(subject.checked.document, Document::Correlation(_)) {
        html.own("<span class=\"badge\">correlation</span>");
    }
    html.own("</p>\n");
}

fn about(entry: &Entry<'_, '_>, html: &mut Html) {
    html.own("<h2>What it finds</h2>\n");
    let finding = about::finding(&entry.subject.description);
    paragraphs(&finding, html);
    if finding.is_empty() {
        html.own("<p>The rule has no description.</p>\n");
    }
    for (heading, text) in about::steps(&entry.subject.description) {
        html.element("h2", &[], heading).own("\n");
        paragraphs(&text, html);
    }
    if !entry.subject.false_positives.is_empty() {
        html.own("<h2>Known false positives</h2>\n<ul>\n");
        for one in &entry.subject.false_positives {
            html.open("li", &[]).prose(one).end("li");
        }
        html.own("</ul>\n");
    }
}

fn paragraphs(texts: &[String], html: &mut Html) {
    for text in texts {
        html.open("p", &[]).prose(text).end("p");
    }
}

/// A row of the facts; nothing where there is no text.
fn fact(html: &mut Html, name: &'static str, text: &str) {
    if !text.is_empty() {
        html.element("dt", &[], name).element("dd", &[], text).own("\n");
    }
}

fn facts(entry: &Entry<'_, '_>, html: &mut Html) {
    let subject = entry.subject;
    let meta = subject.checked.document.meta();
    let text =
        |value: &Option<Spanned<String>>| value.as_ref().map_or(String::new(), |text| text.value.clone());
    html.own("<aside aria-label=\"Facts\">\n<dl class=\"facts\">\n");
    if !subject.attack.tactics.is_empty() {
        html.own("<dt>Tactics</dt><dd>");
        for (at, tactic) in subject.attack.tactics.iter().enumerate() {
            html.own(if at > 0 { ", " } else { "" });
            html.element("a", &[("href", &page::filtered(UP, "", tactic))], &page::words(tactic));
        }
        html.own("</dd>\n");
    }
    if !subject.attack.techniques.is_empty() {
        html.own("<dt>Techniques</dt><dd>");
        for (at, technique) in subject.attack.techniques.iter().enumerate() {
            html.own(if at > 0 { ", " } else { "" });
            html.link(&technique_page(technique), technique);
        }
        html.own("</dd>\n");
    }
    if let Document::Detection(rule) = &subject.checked.document {
        let LogSource { product, service, category, .. } = &rule.logsource;
        fact(html, "Product", &text(product));
        fact(html, "Service", &text(service));
        fact(html, "Category", &text(category));
    }
    fact(html, "Log", subject.log.as_deref().unwrap_or_default());
    fact(html, "Author", &subject.author);
    fact(html, "Date", &text(&meta.date));
    fact(html, "Changed", &text(&meta.modified));
    fact(html, "Identifier", &subject.named.id);
    fact(html, "Name", &text(&meta.name));
    fact(html, "File", &subject.named.source);
    let tags = meta.tags.iter().map(|tag| tag.value.as_str()).filter(|tag| !tag.starts_with("attack."));
    fact(html, "Tags", &tags.collect::<Vec<_>>().join(", "));
    html.own("</dl>\n</aside>\n");
}

/// The page of a technique; what is none has no page.
fn technique_page(technique: &str) -> String {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let mut parts = technique.strip_prefix('T').unwrap_or_default().split('.');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(number), None, None) if is_number(number) => {
            format!("https://attack.mitre.org/techniques/T{number}/")
        }
        (Some(number), Some(part), None) if is_number(number) && is_number(part) => {
            format!("https://attack.mitre.org/techniques/T{number}/{part}/")
        }
        _ => String::new(),
    }
}

fn queries(entry: &Entry<'_, '_>, html: &mut Html) {
    html.own(
        "<section aria-labelledby=\"queries\">\n<h2 id=\"queries\">Queries</h2>\n<div class=\"queries\">\n",
    );
    for (target, _, title, compiled) in entry.queries() {
        html.open("section", &[("class", "query"), ("aria-labelledby", target)]).element(
            "h3",
            &[("id", target)],
            title,
        );
        query(target, title, compiled, html);
        html.end("section");
    }
    html.own("</div>\n</section>\n");
}

fn query(target: &str, title: &str, compiled: &Compiled, html: &mut Html) {
    let said = match compiled.fidelity {
        Fidelity::Exact => "Exact: it selects what the rule means.",
        Fidelity::Approximate => "Approximate: it departs from the rule as noted.",
        Fidelity::Unplaced => "Without a place: no delivery of the log to the platform is known or chosen.",
        Fidelity::Refused => "There is no query.",
    };
    html.open("p", &[("class", "fidelity")]).text(said).close("p");
    if let Some(text) = &compiled.query {
        let id = format!("query-{target}");
        html.open("div", &[("class", "code")])
            .open("button", &[("type", "button"), ("class", "copy"), ("data-copy", &id), ("hidden", "")])
            .own("Copy")
            .element("span", &[("class", "unseen")], &format!(" the query: {title}"))
            .close("button")
            .open("pre", &[("tabindex", "0"), ("role", "group"), ("aria-label", title)])
            .element("code", &[("id", &id)], text.trim_end())
            .own("</pre></div>\n");
    }
    let notes = compiled
        .notes
        .iter()
        .map(|note| (note.code.id, format!("({}) {}", note.direction.name(), note.message)));
    let reasons = compiled.diagnostics.iter().map(|reason| (reason.code.id, reason.message.clone()));
    let all: Vec<(&str, String)> = notes.chain(reasons).collect();
    if !all.is_empty() {
        html.own("<ul class=\"notes\">\n");
        for (code, text) in all {
            html.open("li", &[])
                .element("span", &[("class", "number")], code)
                .own(" ")
                .prose(&text)
                .end("li");
        }
        html.own("</ul>\n");
    }
    for read in &compiled.reads {
        html.open("p", &[("class", "reads")]);
        reads(read, html);
        html.close("p");
    }
    if let Some(schedule) = &compiled.schedule {
        let text = format!("Looks at windows of {}.", time(schedule.window));
        html.element("p", &[("class", "reads")], &text);
    }
    html.own("\n");
}

fn reads(read: &Reads, html: &mut Html) {
    html.own("Reads ").element("code", &[], &read.place);
    if !read.delivery.is_empty() && read.delivery != read.place {
        html.own(", delivery ").element("code", &[], &read.delivery);
    }
    if let Some(delay) = read.delay {
        html.text(&format!("; events come within {}", time(delay)));
    }
    html.own(".");
}

/// A time in words.
fn time(seconds: u64) -> String {
    let brief = short(seconds);
    let count = brief.trim_end_matches(char::is_alphabetic);
    let noun = match brief.strip_prefix(count) {
        Some("d") => "day",
        Some("h") => "hour",
        Some("m") => "minute",
        _ => "second",
    };
    plural(count.parse().unwrap_or_default(), noun)
}

fn correlations(site: &Site<'_, '_>, entry: &Entry<'_, '_>, html: &mut Html) {
    if let Document::Correlation(rule) = &entry.subject.checked.document {
        html.own("<section aria-labelledby=\"counts\">\n<h2 id=\"counts\">Rules that it counts</h2>\n");
        grouped(rule, html);
        html.own("<ul>\n");
        for base in &entry.bases {
            html.own("<li>");
            match base {
                Base::Page(at) => rule_link(site, *at, html),
                Base::Inside { name, title } => {
                    html.text(if title.is_empty() { name } else { title }).own(", in the same file");
                }
                Base::Elsewhere(reference) => {
                    html.element("code", &[], reference).own(", which gives no query of its own");
                }
            }
            html.own("</li>\n");
        }
        html.own("</ul>\n</section>\n");
    }
    if !entry.counted_by.is_empty() {
        html.own("<section aria-labelledby=\"counted\">\n<h2 id=\"counted\">Counted by</h2>\n<ul>\n");
        for at in &entry.counted_by {
            html.own("<li>");
            rule_link(site, *at, html);
            html.own("</li>\n");
        }
        html.own("</ul>\n</section>\n");
    }
}

fn grouped(rule: &CorrelationRule, html: &mut Html) {
    let Some(window) = &rule.timespan else { return };
    html.open("p", &[]).text(&format!("Within {}", time(window.value)));
    for (at, field) in rule.group_by.iter().enumerate() {
        html.own(if at > 0 { ", " } else { ", for each value of " }).element("code", &[], &field.value);
    }
    html.own(".</p>\n");
}

fn rule_link(site: &Site<'_, '_>, at: usize, html: &mut Html) {
    if let Some(other) = site.entries.get(at) {
        html.element("a", &[("href", &format!("{UP}{}", other.path()))], other.title());
    }
}

fn deployed(site: &Site<'_, '_>, entry: &Entry<'_, '_>, html: &mut Html) {
    let objects = site.deployed(entry);
    if objects.is_empty() {
        return;
    }
    html.own("<section aria-labelledby=\"deployed\">\n<h2 id=\"deployed\">Deployed objects</h2>\n");
    let every = match entry.every {
        Every::Continuous => "as events come".to_owned(),
        Every::Seconds(seconds) => format!("every {}", time(seconds)),
    };
    let text =
        format!("What runs on a schedule runs {every}, or the next more seldom time that its platform has.");
    html.element("p", &[], &text).own("\n");
    html.own("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table of deployed objects\"><table>\n")
        .own("<thead><tr><th scope=\"col\">Kind</th><th scope=\"col\">Identifier</th><th scope=\"col\">Version</th>")
        .own("<th scope=\"col\">State</th><th scope=\"col\">Files</th></tr></thead>\n<tbody>\n");
    for object in objects {
        html.own("<tr>")
            .element("th", &[("scope", "row")], &object.kind)
            .open("td", &[])
            .element("code", &[], &object.id)
            .close("td")
            .element("td", &[], &object.version.to_string())
            .element("td", &[], if object.enabled { "on" } else { "off" })
            .own("<td>");
        for (at, file) in object.files.iter().enumerate() {
            html.own(if at > 0 { "<br>" } else { "" }).element("code", &[], file);
        }
        html.own("</td></tr>\n");
    }
    html.own("</tbody></table></div>\n</section>\n");
}

fn tests(entry: &Entry<'_, '_>, html: &mut Html) {
    let tests = &entry.subject.tests;
    if tests.is_empty() {
        return;
    }
    html.own("<section aria-labelledby=\"tests\">\n<h2 id=\"tests\">Tests</h2>\n");
    for (expect, heading) in [(Expect::Match, "Must match"), (Expect::NoMatch, "Must not match")] {
        let of_kind: Vec<&&Case> = tests.iter().filter(|case| case.expect == expect).collect();
        if of_kind.is_empty() {
            continue;
        }
        html.element("h3", &[], &format!("{heading} ({})", of_kind.len())).own("\n");
        for case in of_kind {
            test(case, html);
        }
    }
    html.own("</section>\n");
}

fn test(case: &Case, html: &mut Html) {
    let text = match &case.input {
        Input::Events(events) => {
            events.iter().map(|event| format!("{:#}", event.value())).collect::<Vec<_>>().join("\n")
        }
        Input::Sequence(steps) => steps
            .iter()
            .map(|(at, event)| format!("after {}:\n{:#}", time(*at), event.value()))
            .collect::<Vec<_>>()
            .join("\n"),
        Input::File(path) => {
            html.open("p", &[])
                .text(&case.name)
                .own(": the events of ")
                .element("code", &[], &path.value)
                .end("p");
            return;
        }
    };
    html.open("details", &[]).element("summary", &[], &case.name);
    code(html, &format!("Events: {}", case.name), &text);
    html.end("details");
}

fn code(html: &mut Html, label: &str, text: &str) {
    html.open("pre", &[("tabindex", "0"), ("role", "region"), ("aria-label", label)])
        .element("code", &[], text)
        .close("pre");
}

fn source(entry: &Entry<'_, '_>, html: &mut Html) {
    html.own("<section aria-labelledby=\"source\">\n<h2 id=\"source\">Rule</h2>\n<details><summary>YAML source</summary>");
    code(html, "YAML source", entry.subject.file.source.text().trim_end());
    html.own("</details>\n</section>\n");
}

fn references(entry: &Entry<'_, '_>, html: &mut Html) {
    if entry.subject.references.is_empty() {
        return;
    }
    html.own("<section aria-labelledby=\"references\">\n<h2 id=\"references\">References</h2>\n<ul class=\"links\">\n");
    for reference in &entry.subject.references {
        html.open("li", &[]).link(reference, reference).end("li");
    }
    html.own("</ul>\n</section>\n");
}
