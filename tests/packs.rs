//! The shipped packs: they read, agree with the facts, and resolve names as documented.

#[path = "packs/tables.rs"]
mod tables;

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

/// The generated tables are what their inputs give; `SIGMATA_BLESS=1` writes them.
#[test]
fn tables_are_generated_from_their_inputs() {
    type Build = fn(&str) -> Vec<u8>;
    let built: [(&str, &str, Build); 4] = [
        ("aws/cloudtrail-events.bin", "cloudtrail-events.txt", tables::pairs),
        ("aws/cloudtrail-operations.bin", "cloudtrail-operations.jsonl", tables::operations),
        ("azure/entra-services.bin", "entra-services.txt", tables::pairs),
        ("azure/entra-categories.bin", "entra-categories.txt", tables::pairs),
    ];
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for (table, input, build) in built {
        let input = std::fs::read_to_string(root.join("tests/packs/inputs").join(input)).expect("an input");
        let bytes = build(&input);
        let path = root.join("src/schema/packs").join(table);
        if std::env::var_os("SIGMATA_BLESS").is_some() {
            std::fs::write(&path, &bytes).expect("writable");
        }
        let found = std::fs::read(&path).expect("a table");
        assert!(found == bytes, "{table} is stale: run with SIGMATA_BLESS=1");
    }
}

/// Facts from `field=value,value` pairs.
fn facts(schema: &sigmata::schema::Schema, known: &str) -> Facts {
    let mut facts = Facts::default();
    for (field, values) in known.split_whitespace().filter_map(|part| part.split_once('=')) {
        let path = schema.resolve(field, &Facts::default()).expect("a field").path;
        facts.narrow(&path, values.split(',').map(str::to_owned).collect());
    }
    facts
}
