//! What all kinds of document share, and the log source.

use super::Reader;
use crate::diagnostic::{Diagnostic, Fix, Severity};
use crate::rule::codes::{document, metadata};
use crate::rule::wording::clip;
use crate::rule::{LogSource, Meta, Related};
use crate::source::{Span, Spanned};
use crate::yaml::{Entry, NodeId, NodeKind, hazard};

/// The statuses of the specification.
pub const STATUSES: [&str; 5] = ["stable", "test", "experimental", "deprecated", "unsupported"];

/// The levels of the specification, rising.
pub const LEVELS: [&str; 5] = ["informational", "low", "medium", "high", "critical"];

/// How a rule can relate to another.
pub const RELATIONS: [&str; 5] = ["derived", "obsolete", "merged", "renamed", "similar"];

/// The top-level keys that have a meaning.
pub const KEYS: [&str; 24] = [
    "title",
    "id",
    "name",
    "related",
    "taxonomy",
    "status",
    "description",
    "license",
    "author",
    "references",
    "date",
    "modified",
    "logsource",
    "detection",
    "correlation",
    "filter",
    "fields",
    "falsepositives",
    "level",
    "tags",
    "scope",
    "sigma-version",
    "action",
    "generate",
];

impl Reader<'_, '_> {
    pub(super) fn meta(&mut self, root: NodeId) -> Meta {
        let mut meta = Meta { span: self.tree.span(root), ..Meta::default() };
        let entries = self.tree.entries(root).unwrap_or_default();
        let before = self.findings.len();
        meta.keys.reserve_exact(entries.len());
        for &entry in entries {
            let (key, value) = (self.tree.key(entry), entry.value);
            let is_empty = matches!(&self.tree.node(value).kind, NodeKind::List(items) if items.is_empty());
            meta.keys.extend(KEYS.into_iter().find(|known| *known == key && !is_empty));
            match key {
                "title" => meta.title = self.line(value, "`title`"),
                "id" => meta.id = self.identifier(value, "`id`"),
                "name" => meta.name = self.line(value, "`name`"),
                "taxonomy" => meta.taxonomy = self.taxonomy(value),
                "status" => meta.status = self.choice(value, "status", &STATUSES, &metadata::UNKNOWN_STATUS),
                "level" => meta.level = self.choice(value, "level", &LEVELS, &metadata::UNKNOWN_LEVEL),
                "description" => meta.description = self.bounded(value, "`description`", 65_535),
                "license" => meta.license = self.bounded(value, "`license`", 256),
                "author" => meta.author = self.bounded(value, "`author`", 65_535),
                "date" => meta.date = self.date(value),
                "modified" => meta.modified = self.date(value),
                "sigma-version" => meta.sigma_version = self.sigma_version(value),
                "references" => meta.references = self.unique(entry, "`references`"),
                "tags" => meta.tags = self.tags(entry),
                "falsepositives" => {
                    meta.falsepositives = self.unique(entry, "`falsepositives`");
                    self.at_least_two_characters(&meta.falsepositives);
                }
                "scope" => {
                    let scope = self.unique(entry, "`scope`");
                    self.at_least_two_characters(&scope);
                }
                "fields" => meta.fields = self.unique(entry, "`fields`"),
                "related" => meta.related = self.related(value),
                "logsource" | "detection" | "correlation" | "filter" | "action" | "first_seen" => {}
                _ => {
                    self.near_miss(root, entry.key, &KEYS);
                    let name = Spanned::new(key.to_owned(), self.tree.span(entry.key));
                    meta.custom.push(name);
                }
            }
        }
        if self.tree.get(root, "title").is_none() {
            self.required(root, "title", "the document", "add a short title, which alerts show");
        }
        if let (Some(date), Some(modified)) = (&meta.date, &meta.modified)
            && modified.value < date.value
        {
            self.report(
                Diagnostic::new(
                    &metadata::MODIFIED_BEFORE_DATE,
                    modified.span,
                    "the rule was modified before it was made",
                )
                .also(date.span, "made here"),
            );
        }
        self.harmless(before);
        for name in &meta.custom {
            self.nearly_first_seen(name);
        }
        self.version = meta.sigma_version.as_ref().map_or(2, |version| version.value);
        meta
    }

    /// Makes warnings of what was reported about metadata since there were `before` findings: the rule means the same
    /// without it. A version or a taxonomy says how the rest is read.
    fn harmless(&mut self, before: usize) {
        let decisive = [&document::SIGMA_VERSION, &metadata::FOREIGN_TAXONOMY];
        for finding in self.findings.iter_mut().skip(before) {
            if !decisive.contains(&finding.code) {
                finding.severity = finding.severity.min(Severity::Warning);
            }
        }
    }

    /// Reports an unknown key that is close to one with a meaning which the map lacks.
    pub(super) fn near_miss(&mut self, map: NodeId, key: NodeId, known: &[&'static str]) {
        if self.searches.get() == 0 {
            return;
        }
        let text = self.tree.scalar(key).map(|scalar| scalar.text.to_string()).unwrap_or_default();
        let plain = |name: &str| name.to_lowercase().replace(['-', '_', ' '], "");
        let wanted = plain(&text);
        let same = known.iter().find(|name| plain(name) == wanted);
        let found = match same {
            Some(name) => vec![(*name).to_owned()],
            None if text.len() < 4 => return,
            None => self.near(&text, known.iter().copied()),
        };
        let Some(name) = found.first().filter(|name| self.tree.get(map, name).is_none()) else { return };
        let span = self.tree.span(key);
        // With `action` the document is a template, and no rule by itself.
        let is_sure = same.is_some() && name != "action";
        let fix = if is_sure { Fix::safe(span, name.clone()) } else { Fix::guess(span, name.clone()) };
        let finding =
            Diagnostic::new(&document::NEAR_MISS_KEY, span, format!("`{text}` has no meaning in Sigma"))
                .help(format!("did you mean `{name}`?"))
                .fix(fix)
                .suggest(found.clone());
        self.report(finding);
    }

    fn bounded(&mut self, id: NodeId, what: &str, limit: usize) -> Option<Spanned<String>> {
        let text = self.text(id, what)?;
        if text.value.trim().is_empty() {
            self.report(Diagnostic::new(&metadata::EMPTY_TEXT, text.span, format!("{what} is empty")));
        } else if text.value.chars().count() > limit {
            self.report(
                Diagnostic::new(
                    &metadata::TOO_LONG,
                    text.span,
                    format!("{what} is longer than {limit} characters"),
                )
                .label(format!("{} characters", text.value.chars().count())),
            );
        }
        Some(text)
    }

    /// The same, on one line.
    fn line(&mut self, id: NodeId, what: &str) -> Option<Spanned<String>> {
        let text = self.bounded(id, what, 256)?;
        if let Some(char) = text.value.trim().chars().find(|char| char.is_control()) {
            let held = match char {
                '\n' | '\r' => "a line break".to_owned(),
                '\t' => "a tab".to_owned(),
                char => format!("the control character U+{:04X}", u32::from(char)),
            };
            let finding =
                Diagnostic::new(&metadata::CONTROL_IN_TITLE, text.span, format!("{what} holds {held}"));
            self.report(finding.help("write it on one line, with blanks between words"));
        }
        Some(text)
    }

    /// A UUID, in its canonical spelling.
    fn identifier(&mut self, id: NodeId, what: &str) -> Option<Spanned<String>> {
        let text = self.text(id, what)?;
        let canonical = is_uuid(&text.value);
        if !canonical {
            self.report(
                Diagnostic::new(
                    &metadata::BAD_ID,
                    text.span,
                    format!("`{}` is not a valid UUID", clip(&text.value)),
                )
                .label("expected 8-4-4-4-12 hexadecimal digits")
                .help("take a random UUID (version 4) that no other rule has"),
            );
            return Some(text);
        }
        Some(text.map(|text| text.to_lowercase()))
    }

    fn taxonomy(&mut self, id: NodeId) -> Option<Spanned<String>> {
        let text = self.line(id, "`taxonomy`")?;
        if text.value != "sigma" {
            self.report(
                Diagnostic::new(
                    &metadata::FOREIGN_TAXONOMY,
                    text.span,
                    format!("the taxonomy `{}` is not known", clip(&text.value)),
                )
                .label("expected `sigma`")
                .help("rewrite the field names to those of the log, and remove `taxonomy`"),
            );
        }
        Some(text)
    }

    fn choice(
        &mut self,
        id: NodeId,
        what: &str,
        known: &[&'static str],
        code: &'static crate::diagnostic::Code,
    ) -> Option<Spanned<String>> {
        let text = self.text(id, &format!("`{what}`"))?;
        if known.contains(&text.value.as_str()) {
            return Some(text);
        }
        let list = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let found = self.near(&text.value, known.iter().copied());
        let mut finding = Diagnostic::new(code, text.span, format!("unknown {what} `{}`", clip(&text.value)))
            .label(format!("expected one of {list}"));
        if let Some(first) = found.first() {
            let same = first.eq_ignore_ascii_case(text.value.trim());
            let fix =
                if same { Fix::safe(text.span, first.clone()) } else { Fix::guess(text.span, first.clone()) };
            finding = finding.help(format!("did you mean `{first}`?")).fix(fix);
        }
        self.report(finding.suggest(found));
        None
    }

    fn date(&mut self, id: NodeId) -> Option<Spanned<String>> {
        let text = self.text(id, "a date")?;
        if is_date(&text.value) {
            return Some(text);
        }
        let say = |message: String| {
            Diagnostic::new(&metadata::BAD_DATE, text.span, message).label("expected `YYYY-MM-DD`")
        };
        let dashed = text.value.replace('/', "-");
        if dashed != text.value && is_date(&dashed) {
            let finding = say("dates are written with dashes".to_owned())
                .severity(Severity::Warning)
                .fix(Fix::safe(text.span, dashed.clone()));
            self.report(finding);
            return Some(Spanned::new(dashed, text.span));
        }
        let finding = say(format!("`{}` is not a valid calendar date", clip(&text.value)));
        self.report(match meant_date(&text.value) {
            Some(date) => finding
                .help(format!("did you mean `{date}`?"))
                .suggest([date.clone()])
                .fix(Fix::guess(text.span, date)),
            None => finding.help("write year, month and day, as in `2026-11-28`"),
        });
        None
    }

    fn sigma_version(&mut self, id: NodeId) -> Option<Spanned<u32>> {
        let text = self.text(id, "`sigma-version`")?;
        let quoted = self.tree.scalar(id).is_some_and(crate::yaml::Scalar::is_quoted);
        let digits =
            |text: &str| !text.is_empty() && text.len() < 9 && text.bytes().all(|byte| byte.is_ascii_digit());
        let major = match text.value.split_once('.') {
            Some((major, minor)) if minor.split('.').all(digits) => Some(major),
            Some(_) => None,
            None => Some(text.value.as_str()),
        };
        let major = major.filter(|major| digits(major)).and_then(|major| major.parse::<u32>().ok());
        match major {
            Some(major @ 1..=3) => {
                if text.value.contains('.') && !quoted {
                    self.report(
                        Diagnostic::new(
                            &document::SIGMA_VERSION,
                            text.span,
                            "a version with a dot is a number to other readers",
                        )
                        .severity(Severity::Warning)
                        .help("quote it")
                        .fix(Fix::safe(text.span, format!("'{}'", text.value))),
                    );
                }
                Some(Spanned::new(major, text.span))
            }
            Some(major) => {
                self.report(
                    Diagnostic::new(
                        &document::SIGMA_VERSION,
                        text.span,
                        format!("version {major} of Sigma is not known"),
                    )
                    .label("expected at most 3"),
                );
                None
            }
            None => {
                self.report(
                    Diagnostic::new(
                        &document::SIGMA_VERSION,
                        text.span,
                        format!("`{}` is not a valid version", clip(&text.value)),
                    )
                    .label("expected an integer, or a text such as '3.0'"),
                );
                None
            }
        }
    }

    /// A list of texts without duplicates.
    pub(super) fn unique(&mut self, entry: Entry, what: &str) -> Vec<Spanned<String>> {
        let texts = match self.lone(entry, what) {
            Some(text) => vec![text],
            None => self.texts(entry.value, what, false),
        };
        self.no_repeats(&texts, what);
        texts
    }

    /// A single text where a list belongs, which is reported and read as a list of one.
    fn lone(&mut self, entry: Entry, what: &str) -> Option<Spanned<String>> {
        let scalar = self.tree.scalar(entry.value).filter(|scalar| !scalar.is_null())?;
        let text = Spanned::new(scalar.text.clone().into_owned(), self.tree.span(entry.value));
        let finding =
            Diagnostic::new(&document::WRONG_SHAPE, text.span, format!("{what} must be a list of texts"))
                .label("found a single value")
                .help("write it as the one entry of a list");
        let finding = match self.as_entry(entry) {
            Some(fix) => finding.fix(fix),
            None => finding,
        };
        self.report(finding);
        Some(text)
    }

    /// The fix that makes an entry of a list out of a text on the line of its key.
    fn as_entry(&self, entry: Entry) -> Option<Fix> {
        let (key, value) = (self.tree.span(entry.key), self.tree.span(entry.value));
        let gap = Span { start: key.end, end: value.start.max(key.end) };
        let plain_gap =
            self.tree.slice(gap).strip_prefix(':').is_some_and(|rest| rest.trim_matches(' ').is_empty());
        let head = self.tree.slice(Span { start: 0, end: key.start });
        let line = head.rsplit('\n').next().unwrap_or_default().trim_start_matches('\u{feff}');
        let fits = plain_gap && line.trim_matches(' ').is_empty() && !self.tree.slice(value).contains('\n');
        let line_end = if head.contains("\r\n") { "\r\n" } else { "\n" };
        fits.then(|| Fix::safe(gap, format!(":{line_end}{line}    - ")))
    }

    pub(super) fn no_repeats(&mut self, texts: &[Spanned<String>], what: &str) {
        /// The most that are reported, so that a hostile list does not make an output many times its size.
        const MOST: usize = 50;
        let mut seen: rustc_hash::FxHashMap<&str, Span> = rustc_hash::FxHashMap::default();
        let mut told = 0;
        for text in texts {
            if let Some(&first) = seen.get(text.value.as_str()) {
                told += 1;
                if told > MOST {
                    break;
                }
                self.report(
                    Diagnostic::new(
                        &metadata::REPEATED_ENTRY,
                        text.span,
                        format!("`{}` is duplicated in {what}", clip(&text.value)),
                    )
                    .also(first, "first here")
                    .help("remove one"),
                );
            } else {
                seen.insert(&text.value, text.span);
            }
        }
    }

    fn at_least_two_characters(&mut self, texts: &[Spanned<String>]) {
        for text in texts.iter().filter(|text| text.value.chars().count() < 2) {
            self.report(
                Diagnostic::new(&metadata::EMPTY_TEXT, text.span, "an entry needs at least two characters")
                    .help("say more, or remove it"),
            );
        }
    }

    fn related(&mut self, id: NodeId) -> Vec<Related> {
        let NodeKind::List(items) = &self.tree.node(id).kind else {
            self.wrong_shape(id, "`related`", "a list of maps with `id` and `type`");
            return Vec::new();
        };
        let mut found = Vec::new();
        for &item in items {
            if self.tree.entries(item).is_none() {
                self.wrong_shape(item, "an entry of `related`", "a map with `id` and `type`");
                continue;
            }
            let rule =
                self.required(item, "id", "the entry of `related`", "name the identifier of the other rule");
            let kind = self.required(item, "type", "the entry of `related`", "say how it is related");
            let rule = rule.and_then(|entry| self.identifier(entry.value, "`id`"));
            let kind = kind.and_then(|entry| {
                self.choice(entry.value, "relation", &RELATIONS, &metadata::UNKNOWN_RELATION)
            });
            if let (Some(id), Some(kind)) = (rule, kind) {
                found.push(Related { id, kind });
            }
        }
        let ids: Vec<_> = found.iter().map(|related| related.id.clone()).collect();
        self.no_repeats(&ids, "`related`");
        found
    }

    pub(super) fn logsource(&mut self, root: NodeId) -> LogSource {
        let span = self.tree.span(root);
        let help = "say which log the rule is about, by `product` and `service`, or `category`";
        let Some(entry) = self.required(root, "logsource", "the document", help) else {
            return LogSource { span, ..LogSource::default() };
        };
        let id = entry.value;
        let mut source = LogSource { span: self.tree.span(id), ..LogSource::default() };
        let Some(entries) = self.tree.entries(id) else {
            self.wrong_shape(id, "`logsource`", "a map");
            return source;
        };
        let before = self.findings.len();
        for &entry in entries {
            match self.tree.key(entry) {
                "product" => source.product = self.log_name(entry.value, "`product`"),
                "service" => source.service = self.log_name(entry.value, "`service`"),
                "category" => source.category = self.log_name(entry.value, "`category`"),
                "definition" => {}
                _ => self.near_miss(id, entry.key, &["product", "service", "category", "definition"]),
            }
        }
        let none = source.product.is_none() && source.service.is_none() && source.category.is_none();
        if none && self.findings.len() == before {
            self.report(
                Diagnostic::new(&document::EMPTY_LOGSOURCE, source.span, "the log source names no log")
                    .help(help),
            );
        }
        source
    }

    fn log_name(&mut self, id: NodeId, what: &str) -> Option<Spanned<String>> {
        let text = self.text(id, what)?;
        let found = hazard::edges(self.tree.node(id));
        let fits = |text: &str| {
            !text.is_empty()
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_.-".contains(&byte))
        };
        if let Some(found) = found {
            self.report(found);
        } else if !fits(&text.value) {
            let mut finding = Diagnostic::new(
                &document::LOGSOURCE_FORM,
                text.span,
                format!("`{}` is not the form of a {} name", clip(&text.value), what.trim_matches('`')),
            )
            .label("expected a-z, 0-9, `_`, `.`, `-`");
            let fixed = text.value.trim().to_lowercase().replace(' ', "_");
            if fits(&fixed) {
                finding = finding.help(format!("write `{fixed}`")).fix(Fix::safe(text.span, fixed));
            }
            self.report(finding);
        }
        Some(text)
    }
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.splitn(6, '-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// The date that a text means, where its parts can be told apart: the year has four digits, a day before dots or past
/// twelve is first.
fn meant_date(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.trim().split(['.', '/', '-', ' ']).collect();
    let [first, second, third] = parts[..] else { return None };
    let (year, month, day) = match (first.len(), third.len()) {
        (4, 1..=2) => (first, second, third),
        (1..=2, 4) if text.contains('.') => (third, second, first),
        (1..=2, 4) => match (first.parse::<u8>().ok()?, second.parse::<u8>().ok()?) {
            (13.., _) => (third, second, first),
            (_, 13..) => (third, first, second),
            _ => return None,
        },
        _ => return None,
    };
    let date =
        |month: &str, day: &str| Some(format!("{year}-{month:0>2}-{day:0>2}")).filter(|date| is_date(date));
    date(month, day).or_else(|| date(day, month))
}

/// Whether a text is `YYYY-MM-DD` and the day exists.
fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let number = |range: std::ops::Range<usize>| {
        text.get(range).filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()))?.parse::<u32>().ok()
    };
    if bytes.len() != 10 || bytes.get(4) != Some(&b'-') || bytes.get(7) != Some(&b'-') {
        return false;
    }
    let (Some(year), Some(month), Some(day)) = (number(0..4), number(5..7), number(8..10)) else {
        return false;
    };
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return false,
    };
    year > 0 && (1..=days).contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_days_of_the_calendar_are_dates() {
        for (text, expected) in [
            ("2024-02-29", true),
            ("2023-02-29", false),
            ("1900-02-29", false),
            ("2000-02-29", true),
            ("2024-13-01", false),
            ("2024-04-31", false),
            ("2024-4-1", false),
            ("2024/04/01", false),
            ("0000-01-01", false),
            ("2024-01-0١", false),
        ] {
            assert_eq!(is_date(text), expected, "{text}");
        }
    }
}
