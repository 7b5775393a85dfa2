//! Values against the list of known values of their field, and against what else is known of them.

use std::collections::BTreeSet;

use super::builder::{Builder, Context};
use super::codes;
use super::plan::{Alternative, Plan, texts_in};
use super::relation::Owned;
use super::text;
use super::vocabulary::near_parts;
use super::wording::{article, graded, listed, not_shown, quoted, suggest_values};
use crate::diagnostic::{Diagnostic, Fix, Severity};
use crate::ir::pattern::{Engine, Portable};
use crate::ir::{Condition, FieldUse, Regex, Text, TextPattern};
use crate::rule::Item;
use crate::schema::{KnownValues, Redaction, Type};
use crate::source::Span;
use crate::text::Matcher;

/// The most known values that a pattern is tried on.
const MAX_KNOWN: usize = 512;
/// The largest compiled expression, in bytes.
const MAX_REGEX_BYTES: usize = 1 << 20;

impl<'r> Builder<'r, '_> {
    /// Marks the values that are members of the field's list of known values, and reports those that cannot occur.
    pub(super) fn judge(
        &mut self,
        item: &'r Item,
        plan: &Plan,
        field: &FieldUse,
        redacted: Option<&Redaction>,
        alternatives: &mut [Alternative],
        context: Context<'_>,
    ) {
        if let Some(redacted) = redacted {
            self.judge_redacted(item, field, redacted, alternatives, context);
        }
        match &field.ty {
            Type::Enum(known_values) => {
                let relations = self.schema.map_or(&[][..], |schema| &schema.relations);
                let owned = Owned::all(relations, &field.path, context);
                for alternative in &mut *alternatives {
                    match alternative {
                        Alternative::Test(Condition::Text(texts)) => {
                            for text in texts {
                                // One finding is enough of each text.
                                let told = self.judge_empty(item, field, text, context)
                                    || self.judge_never(item, known_values.as_ref(), field, text)
                                    || owned.iter().any(|owned| {
                                        self.judge_owner(item, field, text, known_values.noun(), *owned)
                                    });
                                self.judge_text(item, known_values.as_ref(), field, text, told);
                            }
                        }
                        Alternative::Test(Condition::Regex(patterns)) => {
                            for regex in patterns {
                                self.judge_regex(item, known_values.as_ref(), field, regex);
                            }
                        }
                        Alternative::Test(_) | Alternative::Missing => {}
                    }
                }
            }
            Type::Json(_) => {
                for text in texts_in(alternatives) {
                    self.judge_json(item, field, text);
                }
            }
            _ => {
                for text in texts_in(alternatives) {
                    self.judge_empty(item, field, text, context);
                }
            }
        }
        self.judge_known(item, plan, field, alternatives, context);
    }

    /// An empty text, where the provider never writes one. Returns whether the text is judged with that: in a filter, where
    /// it is usual beside null, it excludes nothing and does no harm.
    fn judge_empty(&mut self, item: &Item, field: &FieldUse, text: &Text, context: Context<'_>) -> bool {
        let is_empty = matches!(&text.shape, TextPattern::Equals(value) if value.is_empty());
        if !is_empty || !field.never_empty {
            return false;
        }
        if !context.grave() {
            return true;
        }
        let message = format!("`{}` is never an empty text", field.text);
        let finding = Diagnostic::new(&codes::value::UNKNOWN_VALUE, text.span, message)
            .label("no event has it")
            .help(if field.always {
                "write the value that is meant".to_owned()
            } else {
                format!(
                    "write the value that is meant, or `{}: null` for a field that is missing",
                    field.text
                )
            });
        self.report(item, finding);
        true
    }

    /// A text that the log never holds, for a reason that is known. Returns whether there was a finding.
    fn judge_never(
        &mut self,
        item: &Item,
        known_values: &dyn KnownValues,
        field: &FieldUse,
        text: &Text,
    ) -> bool {
        let Some(why) = known_values.never(&text.shape) else { return false };
        let message = format!("`{}` never holds such {}", field.text, article(known_values.noun()));
        let finding = Diagnostic::new(&codes::value::UNKNOWN_VALUE, text.span, message);
        let finding = finding.label(why.to_owned()).severity(Severity::Warning);
        self.report(item, finding.help("correct the value, or look for it in the log that has it"));
        true
    }

    /// A text against a list of known values; `told` when there has been a finding about it.
    fn judge_text(
        &mut self,
        item: &Item,
        known_values: &dyn KnownValues,
        field: &FieldUse,
        text: &mut Text,
        told: bool,
    ) {
        let TextPattern::Equals(value) = &text.shape else {
            if told {
                return;
            }
            let matcher = Matcher::new(&text.shape, text.cased && !known_values.any_case());
            let written = |member: &str| matcher.matches(member) && known_values.logged_as(member).is_none();
            if !self.some_member(known_values, written) {
                let finding = Self::no_match(known_values, field, text.span);
                let near = if self.search() { near_parts(known_values, &text.shape) } else { Vec::new() };
                self.report(item, suggest_values(finding, text.span, near));
            }
            return;
        };
        match known_values.canonical(value).map(str::to_owned) {
            Some(canonical) if let Some(logged) = known_values.logged_as(&canonical).filter(|_| !told) => {
                let finding = Diagnostic::new(
                    &codes::value::WRONG_OWNER,
                    text.span,
                    format!("the log writes `{value}` under another name"),
                )
                .help(format!("write `{logged}`"))
                .fix(Fix::safe(text.span, quoted(&text::escaped(logged))))
                .suggest([logged.to_owned()]);
                self.report(item, finding.severity(severity(known_values)));
            }
            Some(canonical) if !text.cased || canonical == *value => {
                // Where members differ in case alone, the exact operator would find one of them only.
                text.member = text.cased || known_values.unique(&canonical);
                text.shape = TextPattern::Equals(canonical);
            }
            Some(_) if known_values.any_case() => {}
            Some(_) if self.some_member(known_values, |member| member == value) => text.member = true,
            Some(canonical) => {
                let finding = Diagnostic::new(
                    &codes::value::UNKNOWN_VALUE,
                    text.span,
                    format!("no {} is named `{value}` in this letter case", known_values.noun()),
                )
                .help(format!("write `{canonical}`, or remove `cased`"))
                .fix(Fix::safe(text.span, quoted(&text::escaped(&canonical))))
                .severity(severity(known_values));
                self.report(item, finding);
            }
            None if told => {}
            None => {
                let finding = self.unknown_value(known_values, field, value, text.span);
                self.report(item, finding);
            }
        }
    }

    fn unknown_value(
        &mut self,
        known_values: &dyn KnownValues,
        field: &FieldUse,
        value: &str,
        span: Span,
    ) -> Diagnostic {
        let noun = known_values.noun();
        let finding =
            Diagnostic::new(&codes::value::UNKNOWN_VALUE, span, format!("unknown {noun} `{value}`"));
        let completeness = known_values.completeness_around(value);
        if let Some((canonical, why)) = slip(known_values, value) {
            return graded(finding, field, completeness, true, "")
                .help(format!("write `{canonical}`: {why}"))
                .fix(Fix::safe(span, quoted(&text::escaped(&canonical))))
                .suggest([canonical]);
        }
        let near = self.nearest_members(known_values, value);
        let finding = graded(finding, field, completeness, !near.is_empty(), known_values.missing());
        if near.is_empty()
            && let Some(all) = few(known_values)
        {
            return finding.help(format!("the values are {}", self.usual_first(all, field)));
        }
        suggest_values(finding, span, near)
    }

    /// Some of the values of a field for a message, those of usual records first, and how many more there are.
    fn usual_first(&self, mut all: Vec<String>, field: &FieldUse) -> String {
        const MOST: usize = 6;
        let records = self.schema.iter().flat_map(|schema| &schema.examples.records);
        let usual: Vec<&str> = records
            .flat_map(|record| &record.values)
            .filter(|(path, _)| *path == field.path)
            .filter_map(|(_, value)| value.as_str())
            .collect();
        let hidden = all.len().saturating_sub(MOST);
        if hidden > 1 {
            all.sort_by_key(|value| usual.iter().position(|known| known == value).unwrap_or(usize::MAX));
            all.truncate(MOST);
        }
        let listed = format!("`{}`", all.join("`, `"));
        if hidden > 1 { format!("{listed} and {hidden} more") } else { listed }
    }

    fn nearest_members(&mut self, known_values: &dyn KnownValues, value: &str) -> Vec<String> {
        if self.search() { known_values.nearest(value) } else { Vec::new() }
    }

    /// Whether the rule may look for near names once more.
    pub(super) fn search(&mut self) -> bool {
        self.budget.search()
    }

    /// Whether a member passes; `true` too when the rule has asked too often.
    pub(super) fn some_member(
        &mut self,
        known_values: &dyn KnownValues,
        passes: impl Fn(&str) -> bool,
    ) -> bool {
        let (mut found, mut left) = (false, self.budget.visits);
        let mut empty = true;
        known_values.visit(&mut |member| {
            empty = false;
            if left == 0 {
                found = true;
                return false;
            }
            left -= 1;
            found = passes(member);
            !found
        });
        self.budget.visits = left;
        // An empty list of known values is one that has not been filled yet.
        found || empty
    }

    fn no_match(known_values: &dyn KnownValues, field: &FieldUse, span: Span) -> Diagnostic {
        Diagnostic::new(
            &codes::value::MATCHES_NO_MEMBER,
            span,
            format!("no known {} matches the pattern", known_values.noun()),
        )
        .label(if known_values.complete() {
            format!("`{}` never holds such a value", field.path)
        } else {
            "no member of the list of known values, which is not complete".to_owned()
        })
        .help("compare the pattern with the values that the log documents")
        .severity(severity(known_values))
    }

    fn judge_regex(&mut self, item: &Item, known_values: &dyn KnownValues, field: &FieldUse, regex: &Regex) {
        let Ok(portable) = Portable::parse(regex) else { return };
        let built = regex::RegexBuilder::new(&portable.print(Engine::Rust))
            .size_limit(MAX_REGEX_BYTES)
            .dfa_size_limit(MAX_REGEX_BYTES)
            .build();
        let Ok(built) = built else { return };
        if !self.some_member(known_values, |member| built.is_match(member)) {
            let finding = Self::no_match(known_values, field, regex.span);
            self.report(item, finding);
        }
    }

    /// Text that holds JSON has JSON's quotes.
    fn judge_json(&mut self, item: &Item, field: &FieldUse, text: &Text) {
        let (first, last, whole) = match &text.shape {
            TextPattern::Equals(value) => {
                if value.is_empty() || serde_json::from_str::<serde_json::Value>(value).is_ok() {
                    return;
                }
                (None, None, Some(value))
            }
            TextPattern::StartsWith(value) => (value.chars().next(), None, None),
            TextPattern::EndsWith(value) => (None, value.chars().next_back(), None),
            TextPattern::Contains(_) | TextPattern::Glob(_) => return,
        };
        let begins = |char: char| {
            char.is_whitespace()
                || matches!(char, '"' | '[' | '{' | '-' | '0'..='9' | 't' | 'f' | 'n' | 'T' | 'F' | 'N')
        };
        let ends = |char: char| {
            char.is_whitespace() || matches!(char, '"' | ']' | '}' | '0'..='9' | 'e' | 'l' | 'E' | 'L')
        };
        if whole.is_none() && first.is_none_or(begins) && last.is_none_or(ends) {
            return;
        }
        let or_text = self.schema.is_some_and(|schema| {
            let found = schema.lookup(&field.text, &crate::schema::Facts::default());
            found.and_then(|found| found.field).is_some_and(|field| field.or_text)
        });
        let mut finding = Diagnostic::new(
            &codes::value::JSON_UNQUOTED,
            text.span,
            format!("`{}` holds JSON, in which a text has quotes", field.text),
        )
        .severity(if or_text { Severity::Warning } else { Severity::Error });
        if let Some(value) = whole {
            if value.contains(['"', '\\', '\n']) {
                finding = finding.help("write the text as JSON writes it, or use `contains`");
            } else {
                let fixed = format!("'\"{}\"'", text::escaped(value).replace('\'', "''"));
                finding = finding.help(format!("write {fixed}")).fix(Fix::safe(text.span, fixed));
            }
        } else {
            finding = finding.help("put the quote into the value, or use `contains`");
        }
        self.report(item, finding);
    }

    /// A value that the provider redacts shows only what is in its place.
    fn judge_redacted(
        &mut self,
        item: &Item,
        field: &FieldUse,
        redacted: &Redaction,
        alternatives: &[Alternative],
        context: Context<'_>,
    ) {
        // Absence is what such a field has.
        let asks = |alternative: &Alternative| match alternative {
            Alternative::Test(Condition::Null) | Alternative::Missing => false,
            Alternative::Test(Condition::Exists | Condition::Present) => *redacted == Redaction::LeftOut,
            Alternative::Test(_) => true,
        };
        for alternative in alternatives.iter().filter(|alternative| asks(alternative)) {
            let Alternative::Test(Condition::Text(texts)) = alternative else {
                self.report(item, not_shown(redacted, &field.text, item.span, context.grave()));
                continue;
            };
            for text in texts {
                let matcher = Matcher::new(&text.shape, text.cased);
                if !redacted.texts().any(|masked| matcher.matches(masked)) {
                    self.report(item, not_shown(redacted, &field.text, text.span, context.grave()));
                }
            }
        }
    }

    /// The values against what the rest of the conjunction says of the field.
    fn judge_known(
        &mut self,
        item: &'r Item,
        plan: &Plan,
        field: &FieldUse,
        alternatives: &[Alternative],
        context: Context<'_>,
    ) {
        if !field.path.is_scalar() {
            return;
        }
        let Some(known) = context.known.get(&field.path) else { return };
        if known.values.is_empty() || known.span == item.span {
            return;
        }
        if let Some(fact) = self.fact(item, !plan.neq, context.scope) {
            if fact.1.values.is_disjoint(&known.values) && !fact.1.values.is_empty() {
                self.excluded(item, field, known.span, &known.values, context);
            }
            return;
        }
        let mut matchers = Vec::new();
        for alternative in alternatives {
            let Alternative::Test(Condition::Text(texts)) = alternative else { return };
            matchers.extend(texts.iter().map(|text| Matcher::new(&text.shape, false)));
        }
        if plan.all || matchers.is_empty() || matchers.len().saturating_mul(known.values.len()) > MAX_KNOWN {
            return;
        }
        if !known.values.iter().any(|value| matchers.iter().any(|matcher| matcher.matches(value))) {
            self.excluded(item, field, known.span, &known.values, context);
        }
    }

    fn excluded(
        &mut self,
        item: &Item,
        field: &FieldUse,
        other: Span,
        values: &BTreeSet<String>,
        context: Context<'_>,
    ) {
        let listed = listed(values);
        let finding = if context.grave() {
            Diagnostic::new(
                &codes::whole::CONTRADICTION,
                item.span,
                format!("no event has this value of `{}` here", field.text),
            )
        } else {
            Diagnostic::new(
                &codes::whole::CONTRADICTION,
                item.span,
                format!("this excludes nothing: no event that is left has this value of `{}`", field.text),
            )
            .severity(Severity::Warning)
        };
        self.report(
            item,
            finding
                .also(other, format!("`{}` is one of {listed} here", field.text))
                .help("remove one of the two, or correct the value"),
        );
    }
}

/// What is not in a complete list of known values can never occur; in another one it may.
fn severity(known_values: &dyn KnownValues) -> Severity {
    if known_values.complete() { Severity::Error } else { Severity::Warning }
}

/// The member that `value` certainly means, and why it is written otherwise: quotes, spaces, percent-encoding, a full
/// stop, a dash of another kind.
pub(super) fn slip(known_values: &dyn KnownValues, value: &str) -> Option<(String, &'static str)> {
    let member = |text: &str| known_values.canonical(text).map(str::to_owned);
    let trimmed = value.trim();
    let quotes =
        |char: char| matches!(char, '"' | '\'' | '`' | '\u{2018}'..='\u{201f}' | '\u{ab}' | '\u{bb}');
    let bare = trimmed.trim_matches(quotes);
    if bare != trimmed
        && let Some(found) = member(bare.trim())
    {
        return Some((found, "the quotes are not part of the name"));
    }
    if let Some(found) = code_of(known_values, trimmed) {
        return Some((found, "the log writes the code"));
    }
    let unowned = trimmed.rsplit_once(':').map(|(_, name)| name.trim());
    if let Some(found) = unowned.filter(|name| !name.is_empty()).and_then(member) {
        return Some((found, "the log writes the name alone; a permission has the service before it"));
    }
    if let Some(found) = percent_decoded(trimmed).as_deref().and_then(member) {
        return Some((found, "the log writes the name without percent-encoding"));
    }
    let spaced = value.split_whitespace().collect::<Vec<_>>().join(" ");
    if spaced != trimmed
        && let Some(found) = member(&spaced)
    {
        return Some((found, "the log writes single spaces"));
    }
    if trimmed != value
        && let Some(found) = member(trimmed)
    {
        return Some((found, "the name has no space at its ends"));
    }
    if let Some(found) = member(&format!("{trimmed} ")) {
        return Some((found, "the log writes a space after the name"));
    }
    if let Some(found) = trimmed.strip_suffix('.').and_then(member) {
        return Some((found, "this log writes the name without a full stop"));
    }
    if let Some(found) = member(&format!("{trimmed}.")) {
        return Some((found, "this log writes a full stop after the name"));
    }
    let dashed = |dash: char| -> String {
        trimmed.chars().map(|char| if is_dash(char) { dash } else { char }).collect()
    };
    if trimmed.contains(is_dash) {
        for dash in ['-', '\u{2013}', '\u{2014}'] {
            let text = dashed(dash);
            for text in [text.clone(), format!("{text} "), format!("{text}.")] {
                if text != value
                    && let Some(found) = member(&text)
                {
                    return Some((found, "the log writes another dash"));
                }
            }
        }
    }
    None
}

/// The code that a text stands for in a list of numbers: it is what the code is called, or has the mark of messages before
/// the code (`AADSTS50126`).
fn code_of(known_values: &dyn KnownValues, text: &str) -> Option<String> {
    let mut numbers = false;
    known_values.visit(&mut |value| {
        numbers = value.bytes().all(|byte| byte.is_ascii_digit());
        false
    });
    if !numbers {
        return None;
    }
    let digits = text.trim_start_matches(|char: char| char.is_ascii_alphabetic());
    if !digits.is_empty()
        && let Some(found) = known_values.canonical(digits)
    {
        return Some(found.to_owned());
    }
    let mut found = None;
    known_values.visit(&mut |value| {
        let called = known_values.owners(value).iter().any(|owner| owner.eq_ignore_ascii_case(text));
        found = called.then(|| value.to_owned());
        found.is_none()
    });
    found
}

/// The text that a percent-encoded one stands for; `None` when it is none.
fn percent_decoded(text: &str) -> Option<String> {
    if !text.contains('%') {
        return None;
    }
    let mut found = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let mut digit =
                || char::from(bytes.next()?).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            found.push(digit()? * 16 + digit()?);
        } else {
            found.push(byte);
        }
    }
    String::from_utf8(found).ok()
}

fn is_dash(char: char) -> bool {
    matches!(char, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// The members of a list of known values that is small enough to be reported whole.
fn few(known_values: &dyn KnownValues) -> Option<Vec<String>> {
    const FEW: usize = 12;
    let mut all = Vec::new();
    known_values.visit(&mut |member| {
        all.push(member.to_owned());
        all.len() <= FEW
    });
    (all.len() <= FEW && !all.is_empty()).then_some(all)
}
