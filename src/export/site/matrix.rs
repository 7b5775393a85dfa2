//! What the rules watch: products by tactics and by techniques, with the number of rules.

use std::collections::HashMap;

use super::entry::Site;
use super::html::Html;
use super::page::{self, Place, plural};

/// The page.
pub(super) fn page(site: &Site<'_, '_>) -> String {
    page::page("Coverage: detection rules", site.environment, "", Place::Coverage, |html| {
        let (products, tactics) = (site.products(), site.attack(|subject| &subject.attack.tactics));
        let techniques = site.attack(|subject| &subject.attack.techniques);
        let said = format!(
            "{} over {}, with {} of {}. Each number leads to its rules.",
            plural(site.entries.len(), "rule"),
            plural(products.len(), "product"),
            plural(techniques.len(), "technique"),
            plural(tactics.len(), "tactic"),
        );
        html.own("<h1>Coverage</h1>\n").element("p", &[], &said).own(
            "\n<p>The <a href=\"layer.json\" download>layer for the ATT&amp;CK Navigator</a> shows the techniques with \
             their rules: open it there with “Open Existing Layer”.</p>\n",
        );
        let mut cells: HashMap<(&str, &str), usize> = HashMap::new();
        for entry in &site.entries {
            let attack = &entry.subject.attack;
            for name in attack.tactics.iter().chain(&attack.techniques) {
                *cells.entry((&entry.subject.folder, name)).or_default() += 1;
            }
        }
        let table = |html: &mut Html, id: &'static str, heading: &'static str, columns: &[(&str, usize)]| {
            html.element("h2", &[("id", id)], heading)
                .own("\n")
                .open(
                    "div",
                    &[("class", "scroll"), ("tabindex", "0"), ("role", "region"), ("aria-labelledby", id)],
                )
                .open("table", &[("class", "matrix"), ("aria-labelledby", id)])
                .own("\n<thead><tr><th scope=\"col\">Product</th><th scope=\"col\">Rules</th>");
            for (column, _) in columns {
                let name = if id == "tactics" { page::words(column) } else { (*column).to_owned() };
                html.element("th", &[("scope", "col")], &name);
            }
            html.own("</tr></thead>\n<tbody>\n");
            for (product, all) in &products {
                html.own("<tr>").element("th", &[("scope", "row")], product).own("<td>");
                number(html, *all, product, "");
                html.own("</td>");
                for (column, _) in columns {
                    let count = cells.get(&(*product, *column)).copied().unwrap_or(0);
                    html.open("td", &[("class", heat(count))]);
                    number(html, count, product, column);
                    html.close("td");
                }
                html.end("tr");
            }
            html.own("</tbody>\n<tfoot><tr><th scope=\"row\">All</th><td>");
            number(html, site.entries.len(), "", "");
            html.own("</td>");
            for (column, all) in columns {
                html.open("td", &[]);
                number(html, *all, "", column);
                html.close("td");
            }
            html.own("</tr></tfoot>\n</table></div>\n");
        };
        table(html, "tactics", "Products and tactics", &tactics);
        table(html, "techniques", "Products and techniques", &techniques);
    })
}

/// A number that leads to the rules that it counts.
fn number(html: &mut Html, count: usize, product: &str, attack: &str) {
    if count == 0 {
        html.own("<span class=\"zero\" aria-label=\"none\" role=\"img\">·</span>");
        return;
    }
    let address = page::filtered("", product, attack);
    let about = [product, attack].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
    let label = format!("{}: {}", if about.is_empty() { "all" } else { &about }, plural(count, "rule"));
    html.element("a", &[("href", &address), ("aria-label", &label)], &count.to_string());
}

fn heat(count: usize) -> &'static str {
    match count {
        0 => "",
        1..=2 => "heat1",
        3..=7 => "heat2",
        8..=19 => "heat3",
        _ => "heat4",
    }
}
