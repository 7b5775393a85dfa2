//! The shipped packs: they read, agree with the facts, and resolve names as documented.

use sigmata::schema::{Facts, Registry, Unresolved};

/// The canonical path of a name, or what is wrong with it.
fn resolve(schema: &str, name: &str) -> String {
    let registry = Registry::shipped();
    let Some(schema) = registry.get(schema) else { return "no such pack".into() };
    match schema.resolve(name, &Facts::default()) {
        Ok(found) => {
            let mark = if found.declared { "" } else { " (accepted)" };
            let spelling = found.spelling.map_or(String::new(), |other| format!(" {:?}", other.kind));
            format!("{}: {}{mark}{spelling}", found.path, found.ty.name())
        }
        Err(Unresolved::Unknown { at, within, nearest }) => {
            format!("unknown {} in {within}, near {nearest:?}", &name[at])
        }
        Err(Unresolved::Scalar { at, scalar, ty }) => format!("{} below {scalar}: {ty}", &name[at]),
        Err(Unresolved::NotInCases { at, cases, nearest, elsewhere }) => {
            format!("{} not in {cases:?}, near {nearest:?}, elsewhere {elsewhere:?}", &name[at])
        }
    }
}

#[test]
fn shipped_packs_read() {
    let registry = Registry::shipped();
    for name in registry.names() {
        assert!(registry.get(name).is_some(), "{name}");
    }
}

#[test]
fn names_resolve() {
    let names = [
        ("aws/cloudtrail", "eventName"),
        ("aws/cloudtrail", "eventname"),
        ("aws/cloudtrail", "EventName"),
        ("aws/cloudtrail", "userName"),
        ("aws/cloudtrail", "userIdentity.arm"),
        ("aws/cloudtrail", "userIdentity.sessionIssuer.arn"),
        ("aws/cloudtrail", "resources"),
        ("aws/cloudtrail", "resources.ARN"),
        ("aws/cloudtrail", "resources{}.ARN"),
        ("aws/cloudtrail", "resources.0.ARN"),
        ("aws/cloudtrail", "requestParameters.userName"),
        ("aws/cloudtrail", "eventName.x"),
        ("aws/cloudtrail", ""),
        ("aws/cloudtrail", "userIdentity."),
        ("aws/cloudtrail", "UserIdentityArn"),
        ("azure/auditlogs", "OperationName"),
        ("azure/auditlogs", "operationName"),
        ("azure/auditlogs", "TargetResources.displayName"),
        ("azure/auditlogs", "TargetResources.DisplayName"),
        ("azure/auditlogs", "activityDisplayName"),
        ("azure/auditlogs", "properties.message"),
        ("azure/auditlogs", "properties.targetResources"),
        ("azure/auditlogs", "properties.targetResources.modifiedProperties.Role.DisplayName.newValue"),
        ("azure/auditlogs", "properties.targetResources.modifiedProperties.role.displayname.newvalue"),
        ("azure/auditlogs", "properties.targetResources.modifiedProperties.Role.DisplyName.newValue"),
        ("azure/auditlogs", "targetResources.modifiedProperties.newValue"),
        ("azure/auditlogs", "properties.additionalDetails.User-Agent"),
        ("azure/auditlogs", "properties.additionalDetails.Foo.Bar"),
        ("azure/auditlogs", "properties.additionalDetails.key"),
        ("azure/auditlogs", "Category"),
        ("azure/auditlogs", "category"),
    ];
    let shown: Vec<_> =
        names.iter().map(|(pack, name)| format!("{name} => {}", resolve(pack, name))).collect();
    println!("{}", shown.join("\n"));
}
