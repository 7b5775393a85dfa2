//! What a program needs of sigmata, in a few types: this is the documented promise.
//!
//! [`Checker`] reads rules, [`Rules`] holds them with what was found, and a [`Rule`] is compiled, matched against events
//! and given example events. The modules behind it are open for those who need more of the inside, and may change
//! with any release; these types and [`codes`](crate::codes) follow Semantic Versioning.
//! No type of another crate is part of a signature here.

use std::fmt;

use crate::backend::{self, Backend, Backends, Compiled, Fidelity, Note, Options, Schedule};
use crate::check::File;
use crate::diagnostic::render;
use crate::diagnostic::{Diagnostic, Severity};
use crate::eval::codes::NOT_EVALUABLE;
use crate::eval::stream::Reader;
use crate::eval::{Event, Matcher, RecordFormats};
use crate::link::{Detection, DocumentKind, Linked, Links, Unit};
use crate::rule::Meta;
use crate::schema::Registry;
use crate::solve;
use crate::source::{SourceFile, Spanned};
use crate::workspace::{Correlated, across, filters};

/// Reads and checks rules.
#[derive(Debug)]
pub struct Checker {
    registry: Registry,
    backends: Backends,
}

/// Rules that have been read and checked, with the filters among them applied.
#[derive(Debug)]
pub struct Rules {
    files: Vec<File>,
    links: Links,
    backends: Backends,
    across: Vec<(usize, Diagnostic)>,
}

/// A detection rule.
#[derive(Debug)]
pub struct Rule<'a> {
    linked: Linked<'a>,
    detection: Detection<'a>,
    backends: &'a Backends,
}

/// A correlation.
#[derive(Debug)]
pub struct Correlation<'a> {
    linked: Linked<'a>,
    links: &'a Links,
    backends: &'a Backends,
}

/// A correlation that is ready to be run over events.
#[derive(Debug)]
pub struct SequenceMatcher<'a> {
    correlated: Correlated<'a>,
}

/// A match of a correlation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Firing {
    /// When it fired, in nanoseconds since 1970.
    pub time: i64,
    /// The names and values of its group.
    pub group: Vec<(String, String)>,
    /// The events that made it, the oldest first, by their places in the text, from 0; the newest where there are very
    /// many.
    pub events: Vec<usize>,
}

/// A query.
#[derive(Clone, Debug)]
pub struct Query {
    compiled: Compiled,
}

/// A rule that is ready to be matched against many events.
#[derive(Debug)]
pub struct EventMatcher<'a> {
    rule: Matcher,
    filters: Vec<Matcher>,
    formats: Option<RecordFormats<'a>>,
}

/// A finding, for programs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The identifier of its code: `S0310`.
    pub code: &'static str,
    /// The name of its code: `unknown-field`.
    pub name: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one clause.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The name of the file, as it was handed in.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

/// Findings in the order of files and places. They are an error where something could not be done because of them,
/// and print as `sigmata check` prints them.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    list: Vec<Finding>,
    text: String,
}

/// Why something could not be done.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Error {
    /// The rule has errors, or there is no query that means what it says.
    Findings(Findings),
    /// No language has this name.
    UnknownTarget(String),
    /// A text holds something that is not an event.
    Event(String),
}

impl Default for Checker {
    fn default() -> Self {
        Self::new()
    }
}

impl Checker {
    /// With the schemas and the languages that are part of sigmata.
    pub fn new() -> Self {
        Self { registry: Registry::shipped(), backends: Backends::shipped() }
    }

    /// With schemas of your own on top, as pairs of name and text; one that has the name of a shipped schema takes its
    /// place.
    ///
    /// # Errors
    /// What is wrong with the schemas.
    pub fn with_schemas<'t>(schemas: impl IntoIterator<Item = (&'t str, &'t str)>) -> Result<Self, Error> {
        let texts: Vec<(&str, &str)> = schemas.into_iter().collect();
        let (registry, found) = Registry::with_schemas(texts.iter().copied());
        if found.is_empty() {
            return Ok(Self { registry, ..Self::new() });
        }
        let mut findings = Findings::default();
        for (name, text) in texts {
            let source = SourceFile::new(name, text);
            findings.extend(&source, found.iter().filter(|(own, _)| own == name).map(|(_, finding)| finding));
        }
        Err(Error::Findings(findings))
    }

    /// With a language of your own on top.
    #[must_use]
    pub fn with_backend(self, backend: &'static dyn Backend) -> Self {
        Self { backends: self.backends.with(backend), ..self }
    }

    /// Reads the documents of one text. Never fails: [`Rules::findings`] says what is wrong.
    pub fn read(&self, name: &str, text: &str) -> Rules {
        self.read_all([(name, text)])
    }

    /// Reads the documents of several texts, pairs of name and text, as one collection: filters and correlations may
    /// name rules of any of them.
    pub fn read_all<'t>(&self, texts: impl IntoIterator<Item = (&'t str, &'t str)>) -> Rules {
        let check = |(name, text)| File::check(SourceFile::new(name, text), &self.registry);
        let mut files: Vec<File> = texts.into_iter().map(check).collect();
        let units: Vec<Unit<'_>> = files.iter().map(Unit::of).collect();
        let (links, found) = Links::new(&units, &[], &self.registry);
        let across = across(&files);
        for (at, finding) in found {
            if let Some(file) = files.get_mut(at) {
                file.add(finding);
            }
        }
        Rules { files, links, backends: self.backends.clone(), across }
    }
}

impl Rules {
    /// The detection rules, in order.
    pub fn iter(&self) -> impl Iterator<Item = Rule<'_>> {
        self.files.iter().flat_map(|file| self.links.of(file)).filter_map(|mut linked| {
            let kind = std::mem::replace(&mut linked.kind, DocumentKind::Unreadable);
            let DocumentKind::Detection(detection) = kind else { return None };
            Some(Rule { linked, detection, backends: &self.backends })
        })
    }

    /// The correlations, in order.
    pub fn correlations(&self) -> impl Iterator<Item = Correlation<'_>> {
        let linked = self.files.iter().flat_map(|file| self.links.of(file));
        let own = linked.filter(|linked| matches!(linked.kind, DocumentKind::Correlation(..)));
        own.map(|linked| Correlation { linked, links: &self.links, backends: &self.backends })
    }

    /// Everything that was found.
    pub fn findings(&self) -> Findings {
        let mut findings = Findings::default();
        for (at, file) in self.files.iter().enumerate() {
            let own = self.across.iter().filter(|(place, _)| *place == at).map(|(_, finding)| finding);
            findings.extend(&file.source, file.findings.iter().chain(own));
        }
        findings
    }

    /// The rules themselves when nothing is wrong with them; warnings are not wrong.
    ///
    /// # Errors
    /// Everything that was found, when some of it is an error.
    pub fn without_errors(self) -> Result<Self, Error> {
        let findings = self.findings();
        if findings.has_errors() { Err(Error::Findings(findings)) } else { Ok(self) }
    }
}

impl<'a> Rule<'a> {
    /// Its title.
    pub fn title(&self) -> Option<&'a str> {
        text(self.detection.rule.meta.title.as_ref())
    }

    /// Its identifier.
    pub fn id(&self) -> Option<&'a str> {
        text(self.detection.rule.meta.id.as_ref())
    }

    /// What was found out about it.
    pub fn findings(&self) -> Findings {
        let mut findings = Findings::default();
        findings.extend(&self.linked.file.source, self.linked.findings.iter().copied());
        findings
    }

    /// The query for a target: `kql`, `kql:xdr`, `spl`, `cwli`, or a language of your own.
    ///
    /// # Errors
    /// When the rule has errors, when the language cannot say what it says, and when the name is wrong.
    pub fn compile(&self, target: &str, options: &Options) -> Result<Query, Error> {
        let backend = self.backends.find(target).ok_or_else(|| Error::UnknownTarget(target.to_owned()))?;
        if self.linked.has_errors() {
            return Err(Error::Findings(self.findings()));
        }
        let typed = self.detection.filtered(false).map_err(|finding| self.error([&*finding]))?;
        let compiled = backend.compile(self.detection.rule, &typed, options);
        if compiled.fidelity == Fidelity::Refused {
            return Err(self.error(&compiled.diagnostics));
        }
        Ok(Query { compiled })
    }

    /// The rule, ready to be matched against events.
    ///
    /// # Errors
    /// When an error leaves the rule, or a filter that applies to it, without a meaning.
    pub fn matcher(&self) -> Result<EventMatcher<'a>, Error> {
        let Some(formula) = &self.detection.typed.formula else {
            return Err(Error::Findings(self.findings()));
        };
        let rule = Matcher::new(Some(formula)).map_err(|found| self.error(&found))?;
        let filters = filters(&self.detection).map_err(|found| self.error(&found))?;
        let formats = self.detection.typed.schema.as_deref().map(RecordFormats::of);
        Ok(EventMatcher { rule, filters, formats })
    }

    /// Events that the rule matches, as JSON: one for each way to match, at most `limit`. They are made up, have been
    /// evaluated, and are the same in each run. Empty when no event can match, or none was found within bounds.
    /// Filters are not looked at.
    pub fn example_events(&self, limit: usize) -> Vec<String> {
        let Some(formula) = &self.detection.typed.formula else { return Vec::new() };
        let made = solve::witnesses(formula, self.detection.typed.schema.as_deref(), 0, limit);
        made.found.into_iter().map(|witness| witness.event.to_string()).collect()
    }

    fn error<'d>(&self, found: impl IntoIterator<Item = &'d Diagnostic>) -> Error {
        let mut findings = Findings::default();
        findings.extend(&self.linked.file.source, found);
        Error::Findings(findings)
    }
}

impl<'a> Correlation<'a> {
    /// Its title.
    pub fn title(&self) -> Option<&'a str> {
        self.meta().and_then(|meta| text(meta.title.as_ref()))
    }

    /// Its identifier.
    pub fn id(&self) -> Option<&'a str> {
        self.meta().and_then(|meta| text(meta.id.as_ref()))
    }

    /// What was found out about it.
    pub fn findings(&self) -> Findings {
        let mut findings = Findings::default();
        findings.extend(&self.linked.file.source, self.linked.findings.iter().copied());
        findings
    }

    /// The query for a target, as [`Rule::compile`]; the options are those of the logs of all its rules.
    /// [`Query::schedule`] says how it is run.
    ///
    /// # Errors
    /// When it has errors, when the language cannot say what it says, and when the name is wrong.
    pub fn compile(&self, target: &str, options: &Options) -> Result<Query, Error> {
        let backend = self.backends.find(target).ok_or_else(|| Error::UnknownTarget(target.to_owned()))?;
        let DocumentKind::Correlation(_, Some(meaning)) = &self.linked.kind else {
            return Err(Error::Findings(self.findings()));
        };
        if self.linked.has_errors() {
            return Err(Error::Findings(self.findings()));
        }
        let correlated = backend::Correlated::new(meaning, false, &|_, _| options.clone());
        let compiled = backend.compile_correlation(&correlated.map_err(|finding| self.error([&*finding]))?);
        if compiled.fidelity == Fidelity::Refused {
            return Err(self.error(&compiled.diagnostics));
        }
        Ok(Query { compiled })
    }

    /// The correlation, ready to be run over events; filters apply to its rules.
    ///
    /// # Errors
    /// When an error leaves it, a rule that it counts, or a filter without a meaning.
    pub fn matcher(&self) -> Result<SequenceMatcher<'a>, Error> {
        let meta = self.meta().ok_or_else(|| Error::Findings(self.findings()))?;
        match Correlated::new(self.linked.file, meta, self.links) {
            Ok(correlated) => Ok(SequenceMatcher { correlated }),
            Err(_) if self.linked.has_errors() => Err(Error::Findings(self.findings())),
            Err(reason) => {
                let finding = Diagnostic::new(&NOT_EVALUABLE, self.linked.head(), reason);
                Err(self.error([&finding]))
            }
        }
    }

    fn meta(&self) -> Option<&'a Meta> {
        self.linked.checked.map(|checked| checked.document.meta())
    }

    fn error<'d>(&self, found: impl IntoIterator<Item = &'d Diagnostic>) -> Error {
        let mut findings = Findings::default();
        findings.extend(&self.linked.file.source, found);
        Error::Findings(findings)
    }
}

impl SequenceMatcher<'_> {
    /// Where the correlation fires in events, given as JSON in any order and in any record format that the schemas of
    /// their logs know: what fires for one group at one time once.
    ///
    /// # Errors
    /// When the text holds something that is not an event, or nothing at all.
    pub fn firings(&self, json: &str) -> Result<Vec<Firing>, Error> {
        let mut events = Vec::new();
        for read in Reader::new(json.as_bytes(), None) {
            events.push(read.map_err(|error| Error::Event(error.to_string()))?.event);
        }
        if events.is_empty() {
            return Err(Error::Event("the text holds no event".to_owned()));
        }
        let events: Vec<(Option<String>, &Event)> = events.iter().map(|event| (None, event)).collect();
        let mut firings = Vec::new();
        self.correlated.firings(&events, true, &mut |found| {
            let group = found.group.into_iter().map(|(name, value)| (name.to_owned(), value));
            let events = found.events.into_iter().filter_map(|event| usize::try_from(event).ok());
            firings.push(Firing { time: found.time, group: group.collect(), events: events.collect() });
        });
        Ok(firings)
    }
}

fn text(value: Option<&Spanned<String>>) -> Option<&str> {
    value.map(|found| found.value.as_str())
}

impl EventMatcher<'_> {
    /// Whether the rule matches an event, given as JSON in any record format that the schema of its log knows. Where the
    /// text holds several events, as a file of a trail does, some event of it must match.
    ///
    /// # Errors
    /// When the text holds something that is not an event, or nothing at all.
    pub fn matches(&self, json: &str) -> Result<bool, Error> {
        let (mut matches, mut events) = (false, 0);
        for read in Reader::new(json.as_bytes(), None) {
            let read = read.map_err(|error| Error::Event(error.to_string()))?;
            events += 1;
            matches = matches || self.holds(&read.event);
        }
        if events == 0 { Err(Error::Event("the text holds no event".to_owned())) } else { Ok(matches) }
    }

    fn holds(&self, event: &Event) -> bool {
        let canonical = self.formats.as_ref().and_then(|formats| formats.canonical(event));
        let event = canonical.as_ref().unwrap_or(event);
        self.rule.matches(event) && self.filters.iter().all(|filter| filter.matches(event))
    }
}

impl Query {
    /// The text of the query.
    pub fn text(&self) -> Option<&str> {
        self.compiled.query.as_deref()
    }

    /// How the query relates to the rule.
    pub fn fidelity(&self) -> Fidelity {
        self.compiled.fidelity
    }

    /// For a correlation, how the query is run.
    pub fn schedule(&self) -> Option<&Schedule> {
        self.compiled.schedule.as_ref()
    }

    /// Each way in which it departs from the rule.
    pub fn notes(&self) -> &[Note] {
        &self.compiled.notes
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text().unwrap_or_default().trim_end())
    }
}

impl Findings {
    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = &Finding> {
        self.list.iter()
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether some finding is an error.
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|finding| finding.severity == Severity::Error)
    }

    fn extend<'d>(&mut self, source: &SourceFile, found: impl IntoIterator<Item = &'d Diagnostic>) {
        for diagnostic in found {
            let at = source.position(diagnostic.span.start);
            self.list.push(Finding {
                code: diagnostic.code.id,
                name: diagnostic.code.name,
                severity: diagnostic.severity,
                message: diagnostic.message.clone(),
                help: diagnostic.help.clone(),
                file: source.name().to_owned(),
                line: at.line,
                column: at.column,
            });
            self.text.push_str(&render::text(render::Finding::new(source, diagnostic), false));
            self.text.push('\n');
        }
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text.trim_end())
    }
}

impl std::error::Error for Findings {}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Findings(findings) => findings.fmt(f),
            Self::UnknownTarget(name) => write!(f, "no target `{name}`"),
            Self::Event(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for Error {}
