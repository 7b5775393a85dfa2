//! The tables that the schemas declare, as the check with Microsoft's parser reads them.

use std::collections::BTreeMap;
use std::path::Path;

use sigmata::schema::Platform;
use sigmata::schema::Registry;

fn declared() -> BTreeMap<String, BTreeMap<String, &'static str>> {
    let registry = Registry::shipped();
    let mut tables: BTreeMap<String, BTreeMap<String, &str>> = BTreeMap::new();
    let deliveries = registry.names().into_iter().filter_map(|name| registry.get(name)).flat_map(|schema| {
        schema
            .deliveries
            .iter()
            .filter(|delivery| matches!(delivery.platform, Platform::Sentinel | Platform::Xdr))
            .cloned()
            .collect::<Vec<_>>()
    });
    for delivery in deliveries {
        let table = tables.entry(delivery.name).or_default();
        let time = if delivery.platform == Platform::Sentinel { "TimeGenerated" } else { "Timestamp" };
        table.insert(time.into(), "datetime");
        for column in delivery.columns {
            let Some(name) = column.name else { continue };
            let ty = column.ty.kusto();
            assert_eq!(*table.entry(name.clone()).or_insert(ty), ty, "`{name}` has one type");
        }
        for name in &delivery.carrier.shows {
            table.entry(name.clone()).or_insert("string");
        }
        // Predicates of the delivery may read columns that no field is mapped to.
        for (path, values) in delivery.discriminator {
            let name = path.to_string();
            let ty = values.first().map(sigmata::schema::Discriminator::column_type).unwrap_or_default();
            match name.split_once('.') {
                Some((column, _)) => table.entry(column.to_owned()).or_insert("dynamic"),
                None => table.entry(name).or_insert(ty.kusto()),
            };
        }
    }
    tables
}

/// `SIGMATA_ACCEPT=1` writes the file anew.
#[test]
fn the_check_knows_the_tables_of_the_schemas() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engines/kql_valid/tables.json");
    let expected = serde_json::to_string_pretty(&declared()).expect("JSON") + "\n";
    if std::env::var_os("SIGMATA_ACCEPT").is_some() {
        std::fs::write(&file, &expected).expect("a writable file");
    }
    assert_eq!(
        std::fs::read_to_string(&file).unwrap_or_default(),
        expected,
        "run again with SIGMATA_ACCEPT=1"
    );
}
