//! Whom and what an alert is about: which columns name an account, an address, an application, a resource or a host.
//!
//! What a field means says who acted and from where; it does not say whether a target is an account or a file, nor by
//! which identifier a directory knows somebody. The table says it for the fields of the shipped logs. Of a log that it
//! does not have, who acted and from where are known all the same.

use crate::backend::{Compiled, Holds, Shown};
use crate::schema::Meaning;

/// What kind of thing a column names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Who has rights: a user, or a program that acts as one.
    Account,
    /// An address.
    Address,
    /// A program that is registered somewhere.
    Application,
    /// A resource of Azure.
    AzureResource,
    /// A resource of Google Cloud.
    GoogleResource,
    /// A device.
    Host,
}

/// How a column names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// The whole name: with its domain, or an ARN.
    FullName,
    /// A name without a domain.
    Name,
    /// The object identifier of Entra.
    DirectoryId,
    /// An address, or the path of a resource.
    Itself,
}

/// The part that it has in the event: one thing has one part, and several identifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// It acted.
    Actor,
    /// It was acted on.
    Target,
}

/// Something that an alert is about, and the columns that name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entity {
    pub kind: Kind,
    pub part: Part,
    /// How, and in which column; the first is the best.
    pub columns: Vec<(By, String)>,
    /// Whether the columns are lists of what the matches of a correlation have.
    pub each: bool,
}

impl Entity {
    /// The column of KQL that has one value of a column: the first, where that is a list.
    pub fn single(&self, column: &str) -> String {
        if self.each { format!("{column}_first") } else { column.to_owned() }
    }
}

/// A query of KQL with a column for each entity that lies in a list, since platforms take single texts; without those
/// entities, where that would be longer than a platform takes.
pub(super) fn with_first(query: String, entities: &mut Vec<Entity>, longest: usize) -> String {
    let lists = entities.iter().filter(|entity| entity.each);
    let columns = lists.flat_map(|entity| entity.columns.iter().map(move |(_, column)| (entity, column)));
    let first: Vec<String> = columns
        .map(|(entity, column)| format!("{} = tostring({column}[0])", entity.single(column)))
        .collect();
    if first.is_empty() {
        return query;
    }
    let extended = format!("{query}\n| extend {}", first.join(",\n    "));
    if extended.chars().count() > longest {
        entities.retain(|entity| !entity.each);
        return query;
    }
    extended
}

/// A field that names something.
struct Row(&'static str, Part, Kind, By, &'static str);

use By::{DirectoryId, FullName, Itself, Name};
use Kind::{Account, Application, AzureResource, GoogleResource, Host};
use Part::{Actor, Target};

/// The fields by log, the better ones first.
const FIELDS: &[Row] = &[
    Row("auth0/logs", Actor, Account, FullName, "details.request.auth.user.email"),
    Row("auth0/logs", Actor, Account, Name, "user_name"),
    Row("auth0/logs", Target, Account, FullName, "details.response.body.email"),
    Row("auth0/logs", Actor, Application, Name, "client_name"),
    Row("aws/cloudtrail", Actor, Account, FullName, "userIdentity.arn"),
    Row("aws/cloudtrail", Actor, Account, FullName, "userIdentity.sessionContext.sessionIssuer.arn"),
    Row("aws/cloudtrail", Actor, Account, Name, "userIdentity.userName"),
    Row("aws/cloudtrail", Actor, Account, Name, "userIdentity.sessionContext.sessionIssuer.userName"),
    Row("aws/cloudtrail", Target, Account, FullName, "responseElements.user.arn"),
    Row("aws/cloudtrail", Target, Account, Name, "requestParameters.userName"),
    Row("aws/cloudtrail", Target, Account, Name, "requestParameters.roleName"),
    Row(
        "azure/activitylogs",
        Actor,
        Account,
        FullName,
        "identity.claims.http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn",
    ),
    Row("azure/activitylogs", Actor, Account, FullName, "identity.claims.name"),
    Row("azure/activitylogs", Actor, Account, FullName, "caller"),
    Row(
        "azure/activitylogs",
        Actor,
        Account,
        DirectoryId,
        "identity.claims.http://schemas.microsoft.com/identity/claims/objectidentifier",
    ),
    Row("azure/activitylogs", Target, AzureResource, Itself, "resourceId"),
    Row("azure/auditlogs", Actor, Account, FullName, "properties.initiatedBy.user.userPrincipalName"),
    Row("azure/auditlogs", Actor, Account, DirectoryId, "properties.initiatedBy.user.id"),
    Row("azure/auditlogs", Actor, Account, DirectoryId, "properties.initiatedBy.app.servicePrincipalId"),
    Row("azure/auditlogs", Target, Account, FullName, "properties.targetResources.userPrincipalName"),
    Row("azure/auditlogs", Target, Account, DirectoryId, "properties.targetResources.User.id"),
    Row("azure/auditlogs", Actor, Application, Name, "properties.initiatedBy.app.displayName"),
    Row("azure/provisioning", Actor, Account, Name, "properties.initiatedBy.displayName"),
    Row("azure/provisioning", Target, Application, Name, "properties.servicePrincipal.displayName"),
    Row("azure/signinlogs", Actor, Account, FullName, "properties.userPrincipalName"),
    Row("azure/signinlogs", Actor, Account, DirectoryId, "properties.userId"),
    Row("azure/signinlogs", Actor, Application, Name, "properties.appDisplayName"),
    Row("azure/signinlogs", Actor, Host, Name, "properties.deviceDetail.displayName"),
    Row("azure_devops/audit", Actor, Account, FullName, "actorUPN"),
    Row("databricks/audit", Actor, Account, FullName, "userIdentity.email"),
    Row("databricks/audit", Target, Account, FullName, "requestParams.targetUserName"),
    Row("gcp/gcp.audit", Actor, Account, FullName, "protoPayload.authenticationInfo.principalEmail"),
    Row("gcp/gcp.audit", Target, Account, FullName, "protoPayload.response.email"),
    Row("gcp/gcp.audit", Target, GoogleResource, Itself, "protoPayload.resourceName"),
    Row("github/audit", Actor, Account, Name, "actor"),
    Row("github/audit", Target, Account, Name, "user"),
    Row("google_workspace/admin", Target, Account, FullName, "events.parameters.USER_EMAIL"),
    Row("kubernetes/audit", Actor, Account, Name, "user.username"),
    Row("kubernetes/audit", Target, Account, Name, "impersonatedUser.username"),
    Row("m365/audit", Actor, Account, FullName, "UserId"),
    Row("m365/audit", Actor, Application, Name, "Workload"),
    Row("onelogin/onelogin.events", Target, Account, FullName, "user_name"),
    Row("onelogin/onelogin.events", Target, Application, Name, "app_name"),
    Row("onepassword/audit", Target, Account, FullName, "object_details.email"),
    Row("openai/audit", Actor, Account, FullName, "actor.session.user.email"),
    Row("openai/audit", Target, Account, FullName, "invite.sent.data.email"),
    Row("salesforce/setup_audit_trail", Actor, Account, FullName, "CreatedBy.Username"),
    Row("slack/audit", Actor, Account, FullName, "actor.user.email"),
    Row("slack/audit", Target, Account, FullName, "entity.user.email"),
    Row("slack/audit", Target, Application, Name, "entity.app.name"),
    Row("snowflake/query_history", Actor, Account, Name, "USER_NAME"),
];

/// The most identifiers of one thing.
const MOST_COLUMNS: usize = 3;

/// What an alert of a query is about: who acted, from where, whom or what it was done to.
pub(super) fn of(compiled: &Compiled) -> Vec<Entity> {
    let mut found: Vec<Entity> = Vec::new();
    let mut add = |kind: Kind, part: Part, by: By, shown: &Shown| {
        let each = shown.holds == Holds::Each;
        let named = found.iter_mut().find(|entity| (entity.kind, entity.part) == (kind, part));
        match named {
            // What a column says outright is not mixed with a list, whose values belong to several matches.
            Some(entity) if entity.each != each => {}
            // Two names would be two accounts; a name and an identifier are one.
            Some(entity)
                if entity.columns.iter().any(|(known, _)| *known == by || is_name(*known) && is_name(by)) => {
            }
            Some(entity) if entity.columns.len() < MOST_COLUMNS => {
                entity.columns.push((by, shown.column.clone()));
            }
            Some(_) => {}
            None => found.push(Entity { kind, part, columns: vec![(by, shown.column.clone())], each }),
        }
    };
    let logs: Vec<&str> = compiled.reads.iter().filter_map(|read| read.log.as_deref()).collect();
    // Single values are better than lists of them.
    for holds in [Holds::One, Holds::Each] {
        let shown = || compiled.shows.iter().filter(|shown| shown.holds == holds);
        for Row(log, part, kind, by, field) in FIELDS {
            if logs.contains(log) {
                shown().filter(|shown| shown.field == *field).for_each(|shown| add(*kind, *part, *by, shown));
            }
        }
        for (meaning, kind) in
            [(Meaning::ActorEmail, Account), (Meaning::Actor, Account), (Meaning::Address, Kind::Address)]
        {
            let by = if kind == Account { FullName } else { Itself };
            let meant = shown().filter(|shown| shown.meaning == Some(meaning));
            meant.for_each(|shown| add(kind, Actor, by, shown));
        }
    }
    found.sort_by_key(|entity| (entity.part == Target, entity.kind));
    found
}

const fn is_name(by: By) -> bool {
    matches!(by, FullName | Name)
}

/// The first thing of a kind that acted.
pub(super) fn acted(entities: &[Entity], kind: Kind) -> Option<&Entity> {
    entities.iter().find(|entity| entity.kind == kind && entity.part == Actor)
}

/// The column that names who acted, of the match or of all matches.
pub(super) fn column(entities: &[Entity], kind: Kind) -> Option<&str> {
    acted(entities, kind)?.columns.first().map(|(_, column)| column.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Registry;

    #[test]
    fn every_field_is_one_of_its_log() {
        let registry = Registry::shipped();
        for Row(log, _, _, _, field) in FIELDS {
            let schema = registry.get(log).unwrap_or_else(|| panic!("no log {log}"));
            // The name of a chosen element, as of `[type=User]`, has the value that chooses it.
            assert!(schema.has_field(&field.replace(".User.", ".")), "{log}: {field}");
        }
    }
}
