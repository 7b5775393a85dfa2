//! Which schema a log source has.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use super::file::Answer;
use super::{KnownLists, Schema, codes, file, index, taxonomy};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::nearest::nearest;
use crate::rule::LogSource;
use crate::source::Span;

/// What the registry knows of a log source.
#[derive(Debug, Clone)]
pub enum LogMatch {
    /// A schema.
    Schema(Arc<Schema>),
    /// A name that public rules use, without a schema.
    Known,
    /// Another name of a log: its schema, and the product and service to write.
    Alias {
        /// The schema.
        schema: Arc<Schema>,
        /// The product to write.
        product: &'static str,
        /// The service to write.
        service: &'static str,
    },
    /// An unknown name; known ones near to it, nearest first, as `(key, value)` of the part that is wrong.
    Unknown {
        /// Which key is wrong: `product`, `service` or `category`.
        key: &'static str,
        /// Nearest known values for that key.
        nearest: Vec<String>,
        /// Whether the rest of the log source names a log that has a schema, so that the typo hides it.
        hides_schema: bool,
    },
}

/// Finds schemas by log source or name. Loading is lazy: a schema is decoded when it is first asked for.
#[derive(Debug, Default)]
pub struct Registry {
    entries: Arc<Vec<Entry>>,
    /// The places of the entries, those of most public rules first, once they are asked for.
    order: Arc<OnceLock<Vec<usize>>>,
    lists: KnownLists,
}

#[derive(Debug)]
struct Entry {
    name: String,
    answers: Vec<Answer>,
    /// The table of a shipped schema; empty for one that is already decoded.
    table: &'static [u8],
    schema: OnceLock<Option<Arc<Schema>>>,
}

/// The logs of most rules in the public collection of SigmaHQ (commit 8eaafff1f), in order.
const MOST_USED: [&str; 13] = [
    "aws/cloudtrail",
    "azure/auditlogs",
    "azure/activitylogs",
    "azure/riskdetection",
    "okta/okta",
    "azure/signinlogs",
    "m365/audit",
    "github/audit",
    "gcp/gcp.audit",
    "azure/pim",
    "google_workspace/admin",
    "bitbucket/audit",
    "onelogin/onelogin.events",
];

impl Entry {
    /// Whether it is a shipped schema, which the index of names knows.
    const fn is_shipped(&self) -> bool {
        !self.table.is_empty()
    }

    fn schema(&self) -> Option<Arc<Schema>> {
        self.schema
            .get_or_init(|| file::read_table(self.table).ok().map(|found| Arc::new(found.schema)))
            .clone()
    }
}

/// Name, log sources, table: the YAML beside it as `MessagePack`, because a start has no time to read YAML. A test holds
/// the one against the other.
type Shipped = (&'static str, &'static [(&'static str, &'static str)], &'static [u8]);

/// The shipped schemas. A test holds the first two against the third.
static SHIPPED: &[Shipped] = &[
    (
        "anthropic/compliance",
        &[("anthropic", "compliance")],
        include_bytes!("shipped/anthropic/compliance.table"),
    ),
    ("asana/audit", &[("asana", "audit")], include_bytes!("shipped/asana/audit.table")),
    (
        "atlassian/organization",
        &[("atlassian", "organization"), ("atlassian", "audit")],
        include_bytes!("shipped/atlassian/organization.table"),
    ),
    ("openai/audit", &[("openai", "audit")], include_bytes!("shipped/openai/audit.table")),
    ("auth0/logs", &[("auth0", "logs")], include_bytes!("shipped/auth0/logs.table")),
    ("aws/cloudtrail", &[("aws", "cloudtrail")], include_bytes!("shipped/aws/cloudtrail.table")),
    ("azure/activitylogs", &[("azure", "activitylogs")], include_bytes!("shipped/azure/activitylogs.table")),
    ("azure/auditlogs", &[("azure", "auditlogs")], include_bytes!("shipped/azure/auditlogs.table")),
    ("azure/pim", &[("azure", "pim")], include_bytes!("shipped/azure/pim.table")),
    (
        "azure/provisioning",
        &[("azure", "provisioning"), ("azure", "provisioninglogs")],
        include_bytes!("shipped/azure/provisioning.table"),
    ),
    (
        "azure/riskdetection",
        &[("azure", "riskdetection")],
        include_bytes!("shipped/azure/riskdetection.table"),
    ),
    ("azure/signinlogs", &[("azure", "signinlogs")], include_bytes!("shipped/azure/signinlogs.table")),
    ("azure_devops/audit", &[("azure_devops", "audit")], include_bytes!("shipped/azure_devops/audit.table")),
    ("bitbucket/audit", &[("bitbucket", "audit")], include_bytes!("shipped/bitbucket/audit.table")),
    ("cisco/duo", &[("cisco", "duo")], include_bytes!("shipped/cisco/duo.table")),
    ("databricks/audit", &[("databricks", "audit")], include_bytes!("shipped/databricks/audit.table")),
    ("duo/activity", &[("duo", "activity")], include_bytes!("shipped/duo/activity.table")),
    ("duo/administrator", &[("duo", "administrator")], include_bytes!("shipped/duo/administrator.table")),
    ("duo/authentication", &[("duo", "authentication")], include_bytes!("shipped/duo/authentication.table")),
    ("gcp/gcp.audit", &[("gcp", "gcp.audit")], include_bytes!("shipped/gcp/audit.table")),
    ("github/audit", &[("github", "audit")], include_bytes!("shipped/github/audit.table")),
    ("gitlab/audit", &[("gitlab", "audit")], include_bytes!("shipped/gitlab/audit.table")),
    ("kubernetes/audit", &[("kubernetes", "audit")], include_bytes!("shipped/kubernetes/audit.table")),
    (
        "terraform_cloud/audit",
        &[("terraform_cloud", "audit")],
        include_bytes!("shipped/terraform_cloud/audit.table"),
    ),
    (
        "m365/audit",
        &[
            ("m365", "audit"),
            ("m365", "exchange"),
            ("m365", "threat_detection"),
            ("m365", "threat_management"),
        ],
        include_bytes!("shipped/m365/audit.table"),
    ),
    (
        "google_workspace/admin",
        &[("google_workspace", "admin"), ("gcp", "google_workspace.admin")],
        include_bytes!("shipped/google_workspace/admin.table"),
    ),
    (
        "google_workspace/groups",
        &[("google_workspace", "groups"), ("gcp", "google_workspace.groups")],
        include_bytes!("shipped/google_workspace/groups.table"),
    ),
    (
        "google_workspace/login",
        &[("google_workspace", "login"), ("gcp", "google_workspace.login")],
        include_bytes!("shipped/google_workspace/login.table"),
    ),
    (
        "google_workspace/saml",
        &[("google_workspace", "saml"), ("gcp", "google_workspace.saml")],
        include_bytes!("shipped/google_workspace/saml.table"),
    ),
    (
        "google_workspace/token",
        &[("google_workspace", "token"), ("gcp", "google_workspace.token")],
        include_bytes!("shipped/google_workspace/token.table"),
    ),
    (
        "google_workspace/user_accounts",
        &[("google_workspace", "user_accounts"), ("gcp", "google_workspace.user_accounts")],
        include_bytes!("shipped/google_workspace/user_accounts.table"),
    ),
    (
        "mongodb_atlas/events",
        &[("mongodb_atlas", "events")],
        include_bytes!("shipped/mongodb_atlas/events.table"),
    ),
    ("notion/audit", &[("notion", "audit")], include_bytes!("shipped/notion/audit.table")),
    ("okta/okta", &[("okta", "okta")], include_bytes!("shipped/okta/okta.table")),
    ("onepassword/audit", &[("onepassword", "audit")], include_bytes!("shipped/onepassword/audit.table")),
    (
        "onelogin/onelogin.events",
        &[("onelogin", "onelogin.events")],
        include_bytes!("shipped/onelogin/onelogin.events.table"),
    ),
    ("salesforce/login", &[("salesforce", "login")], include_bytes!("shipped/salesforce/login.table")),
    (
        "salesforce/setup_audit_trail",
        &[("salesforce", "setup_audit_trail")],
        include_bytes!("shipped/salesforce/setup_audit_trail.table"),
    ),
    ("slack/audit", &[("slack", "audit")], include_bytes!("shipped/slack/audit.table")),
    (
        "snowflake/login_history",
        &[("snowflake", "login_history")],
        include_bytes!("shipped/snowflake/login_history.table"),
    ),
    (
        "snowflake/query_history",
        &[("snowflake", "query_history")],
        include_bytes!("shipped/snowflake/query_history.table"),
    ),
    ("zoom/operation", &[("zoom", "operation")], include_bytes!("shipped/zoom/operation.table")),
];

/// The table of a shipped schema.
fn shipped(name: &str) -> Option<&'static [u8]> {
    SHIPPED.iter().find(|(known, _, _)| *known == name).map(|(_, _, table)| *table)
}

fn shipped_entries() -> Vec<Entry> {
    let entries = SHIPPED.iter().map(|(name, answers, table)| Entry {
        name: (*name).to_owned(),
        answers: answers
            .iter()
            .map(|(product, service)| Answer {
                product: (*product).to_owned(),
                service: (*service).to_owned(),
                ..Answer::default()
            })
            .collect(),
        table,
        schema: OnceLock::new(),
    });
    entries.collect()
}

impl Registry {
    /// The shipped schemas.
    pub fn shipped() -> Self {
        Self::of(shipped_entries())
    }

    fn of(entries: Vec<Entry>) -> Self {
        Self { entries: Arc::new(entries), order: Arc::default(), lists: KnownLists::default() }
    }

    /// The same schemas with these known lists.
    #[must_use]
    pub fn with_lists(&self, lists: KnownLists) -> Self {
        Self { entries: Arc::clone(&self.entries), order: Arc::clone(&self.order), lists }
    }

    /// The known lists of the site.
    pub const fn lists(&self) -> &KnownLists {
        &self.lists
    }

    /// The shipped schemas and those of a user, as pairs of file name and text. A schema with the name of another takes its
    /// place, which is said of a shipped one. A schema with an error is left out; the findings name the file.
    pub fn with_schemas<'a>(
        packs: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> (Self, Vec<(String, Diagnostic)>) {
        let mut entries = shipped_entries();
        let mut findings = Vec::new();
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut own: Vec<(&str, String)> = Vec::new();
        for (file, text) in packs {
            match file::read(text, &shipped) {
                Ok(found) => {
                    let name = found.schema.name.clone();
                    if !seen.insert(name.clone()) {
                        let message = format!("two schemas are named `{name}`");
                        let finding = Diagnostic::new(&codes::DUPLICATE_SCHEMA, Span::default(), message)
                            .help("keep one of them");
                        findings.push((file.to_owned(), finding));
                        continue;
                    }
                    if shipped(&name).is_some() && found.extends.is_none() {
                        let message = format!("the schema takes the place of the shipped `{name}`");
                        let finding = Diagnostic::new(&codes::REPLACED_SCHEMA, Span::default(), message)
                            .help("with `extends` it adds to it");
                        findings.push((file.to_owned(), finding));
                    }
                    if let (Some(base), false) = (&found.extends, found.replaced.is_empty()) {
                        let replaced = found.replaced.join("`, `");
                        let message = format!("the schema replaces `{replaced}` of the shipped `{base}`");
                        let finding = Diagnostic::new(&codes::REPLACED_SCHEMA, Span::default(), message);
                        findings.push((file.to_owned(), finding));
                    }
                    if found.extends.is_none() {
                        own.push((file, name.clone()));
                    }
                    entries.retain(|entry| entry.name != name);
                    entries.push(Entry {
                        name,
                        answers: found.answers,
                        table: &[],
                        schema: OnceLock::from(Some(Arc::new(found.schema))),
                    });
                }
                Err(errors) => findings.extend(errors.into_iter().map(|error| (file.to_owned(), error))),
            }
        }
        let registry = Self::of(entries);
        for (file, name) in own {
            let taken = registry.taken(&name).into_iter().map(|finding| (file.to_owned(), finding));
            findings.extend(taken);
        }
        (registry, findings)
    }

    /// That a schema of the user answers for the log of a shipped one with another name, which then has no rule left.
    fn taken(&self, name: &str) -> Option<Diagnostic> {
        let answers = |product: &str, service: &str| {
            self.answering(product, service, "").is_some_and(|entry| entry.name == name)
        };
        let (shipped, ..) = SHIPPED.iter().find(|(shipped, logs, _)| {
            *shipped != name && logs.iter().any(|(product, service)| answers(product, service))
        })?;
        let message =
            format!("`{name}` takes the place of the shipped `{shipped}`, whose log source it names");
        Some(Diagnostic::new(&codes::REPLACED_SCHEMA, Span::default(), message))
    }

    /// The names of all schemas, in order.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<_> = self.entries.iter().map(|entry| entry.name.as_str()).collect();
        names.sort_unstable();
        names
    }

    /// The schema with a name such as `aws/cloudtrail`.
    pub fn get(&self, name: &str) -> Option<Arc<Schema>> {
        self.entries.iter().find(|entry| entry.name == name)?.schema()
    }

    /// The schema of a log source.
    pub fn find<'s>(&self, source: &'s LogSource) -> LogMatch {
        let text = |part: &'s Option<crate::source::Spanned<String>>| -> &'s str {
            part.as_ref().map_or("", |part| part.value.as_str())
        };
        let (product, service, category) =
            (text(&source.product), text(&source.service), text(&source.category));
        if let Some(entry) = self.answering(product, service, category) {
            return entry.schema().map_or(LogMatch::Known, LogMatch::Schema);
        }
        // A log source in other letters has been reported; the log that is meant is still the one to check against.
        let lower = [product, service, category].map(str::to_ascii_lowercase);
        let [lower_product, lower_service, lower_category] = &lower;
        if let Some(schema) =
            self.answering(lower_product, lower_service, lower_category).and_then(Entry::schema)
        {
            return LogMatch::Schema(schema);
        }
        if category.is_empty()
            && let Some((product, service)) = taxonomy::meant(lower_product, lower_service)
            && let Some(schema) = self.answering(product, service, "").and_then(Entry::schema)
        {
            return LogMatch::Alias { schema, product, service };
        }
        let known =
            |index: usize, wanted: &str, of: Option<&str>| self.known(index, of).any(|name| name == wanted);
        let hides = |product: &str, service: &str| self.answering(product, service, category).is_some();
        if !product.is_empty() && !known(0, product, None) {
            let nearest = nearest(product, self.known(0, None));
            let hides_schema = nearest.iter().any(|product| hides(product, service));
            return LogMatch::Unknown { key: "product", nearest, hides_schema };
        }
        let of = (!product.is_empty()).then_some(product);
        if !service.is_empty() && !known(1, service, of) {
            let nearest = nearest(service, self.known(1, of));
            let hides_schema = nearest.iter().any(|service| hides(product, service));
            return LogMatch::Unknown { key: "service", nearest, hides_schema };
        }
        if !category.is_empty() && !known(2, category, None) {
            let nearest = nearest(category, self.known(2, of));
            return LogMatch::Unknown { key: "category", nearest, hides_schema: false };
        }
        LogMatch::Known
    }

    /// The logs that have a field with exactly this name, those of most public rules first; no schema is decoded for it.
    pub fn logs_with_field(&self, name: &str) -> Vec<&str> {
        let shipped = index::logs_with_field(name);
        self.ordered(|entry| {
            if entry.is_shipped() {
                shipped.contains(&entry.name.as_str())
            } else {
                entry.schema().is_some_and(|schema| schema.has_field(name))
            }
        })
    }

    /// The logs that have a field which can hold this text, those of most public rules first; no schema is decoded.
    pub fn logs_with_value(&self, text: &str) -> Vec<&str> {
        let shipped = index::logs_with_value(text);
        let holds = |schema: &Schema| {
            index::enumerations(schema).iter().any(|(_, known)| known.canonical(text).is_some())
        };
        self.ordered(|entry| {
            if entry.is_shipped() {
                shipped.iter().any(|(log, _)| *log == entry.name)
            } else {
                entry.schema().is_some_and(|schema| holds(&schema))
            }
        })
    }

    /// The product and service to write for each log of a product, those of most public rules first.
    pub fn services(&self, product: &str) -> Vec<&str> {
        let mut found: Vec<&str> = Vec::new();
        for entry in self.by_use() {
            let own =
                entry.answers.iter().filter(|answer| answer.product == product && !answer.service.is_empty());
            for answer in own {
                if !found.contains(&answer.service.as_str()) {
                    found.push(&answer.service);
                }
            }
        }
        found
    }

    /// The log sources that a log answers to, as YAML writes them: `{product: aws, service: cloudtrail}`.
    pub fn log_sources(&self, log: &str) -> Vec<String> {
        let entry = self.entries.iter().find(|entry| entry.name == log);
        let answers = entry.into_iter().flat_map(|entry| &entry.answers);
        answers
            .map(|answer| {
                let parts = [
                    ("product", &answer.product),
                    ("service", &answer.service),
                    ("category", &answer.category),
                ];
                let parts = parts.iter().filter(|(_, part)| !part.is_empty());
                let parts: Vec<String> = parts.map(|(key, part)| format!("{key}: {part}")).collect();
                format!("{{{}}}", parts.join(", "))
            })
            .collect()
    }

    /// The name of the log that answers to a product and a service.
    pub fn name_of(&self, product: &str, service: &str) -> Option<&str> {
        self.answering(product, service, "").map(|entry| entry.name.as_str())
    }

    /// The product and service to write for a log.
    pub fn written(&self, log: &str) -> Option<(&str, &str)> {
        let entry = self.entries.iter().find(|entry| entry.name == log)?;
        let answer = entry.answers.first()?;
        Some((&answer.product, &answer.service))
    }

    fn ordered(&self, passes: impl Fn(&Entry) -> bool) -> Vec<&str> {
        self.by_use().filter(|entry| passes(entry)).map(|entry| entry.name.as_str()).collect()
    }

    /// The entries, those of most public rules first, then by name.
    fn by_use(&self) -> impl Iterator<Item = &Entry> {
        let order = self.order.get_or_init(|| {
            let mut order: Vec<usize> = (0..self.entries.len()).collect();
            order.sort_by_cached_key(|at| {
                let name = self.entries.get(*at).map_or("", |entry| entry.name.as_str());
                let place = MOST_USED.iter().position(|known| *known == name);
                (place.unwrap_or(MOST_USED.len()), name)
            });
            order
        });
        order.iter().filter_map(|at| self.entries.get(*at))
    }

    /// The schema that answers to a log source: rather one that names the category, then the last.
    fn answering(&self, product: &str, service: &str, category: &str) -> Option<&Entry> {
        let answers = |answer: &Answer, category: &str| {
            answer.product == product && answer.service == service && answer.category == category
        };
        let find = |category: &str| {
            self.entries
                .iter()
                .rev()
                .find(|entry| entry.answers.iter().any(|answer| answers(answer, category)))
        };
        if !category.is_empty()
            && let Some(entry) = find(category)
        {
            return Some(entry);
        }
        // A category beside product and service can only narrow.
        if product.is_empty() && service.is_empty() { None } else { find("") }
    }

    /// The known products (0), services (1) or categories (2), of one product or of all; some more than once.
    fn known<'a>(&'a self, index: usize, product: Option<&'a str>) -> impl Iterator<Item = &'a str> {
        let listed =
            taxonomy::entries().iter().map(|(product, service, category)| [*product, *service, *category]);
        let answered = self
            .entries
            .iter()
            .flat_map(|entry| &entry.answers)
            .map(|answer| [answer.product.as_str(), answer.service.as_str(), answer.category.as_str()]);
        listed
            .chain(answered)
            .filter(move |entry| product.is_none_or(|product| entry[0] == product || index == 0))
            .map(move |entry| entry.get(index).copied().unwrap_or_default())
            .filter(|name| !name.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_schemas_are_what_the_table_says() {
        for (name, answers, table) in SHIPPED {
            let found = file::read_table(table).unwrap_or_else(|errors| panic!("{name}: {errors:#?}"));
            assert_eq!(found.schema.name, *name);
            assert!(found.answers.iter().all(|answer| answer.category.is_empty()), "{name}");
            let found: Vec<_> = found
                .answers
                .iter()
                .map(|answer| (answer.product.as_str(), answer.service.as_str()))
                .collect();
            assert_eq!(found, *answers);
            assert!(table.len() < 60_000, "{name} has {} bytes", table.len());
        }
    }
}
