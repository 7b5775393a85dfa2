//! The column map of every delivery to Microsoft Sentinel and Defender XDR against what is published of its tables.

use std::collections::HashMap;

use sigmata::schema::{DeliveryForm, Platform, Registry};

/// What is in the tables of the platform without being listed among their columns.
const EVERYWHERE: [&str; 3] = ["TimeGenerated", "Timestamp", "_ResourceId"];

/// Tables of which the columns were read from the source that the delivery names, and are not in the list.
const READ_ELSEWHERE: [&str; 2] = ["SnowflakeLoginV3_CL", "SnowflakeQueryV3_CL"];

/// Where the map departs from what is published: table, column, and why.
const DEPARTURES: [(&str, &str, &str); 9] = [
    ("CiscoDuo_CL", "isotimestamp_t", "added when the first value arrives, so not in the list"),
    ("SlackAuditV2_CL", "Actor", "dynamic; parse_json() takes a dynamic value as it is"),
    ("SlackAuditV2_CL", "Entity", "dynamic; parse_json() takes a dynamic value as it is"),
    ("SlackAuditV2_CL", "Context", "dynamic; parse_json() takes a dynamic value as it is"),
    ("SlackAuditV2_CL", "Details", "dynamic; parse_json() takes a dynamic value as it is"),
    ("SalesforceAuditTrailV2_CL", "CreatedByUsername", "the transform reads the flattened name"),
    ("SalesforceAuditTrailV2_CL", "CreatedByName", "the transform reads the flattened name"),
    ("SalesforceAuditTrailV2_CL", "CreatedByEmail", "the transform reads the flattened name"),
    (
        "OpenAIAuditLogs_CL",
        "EventDetails",
        "the transform puts the member that belongs to the event type there",
    ),
];

struct Published<'t> {
    ty: &'t str,
    from: &'t str,
}

/// Every column has a published fact behind it, or says that it has none.
#[test]
fn columns_are_what_is_published_of_their_tables() {
    let text = super::file("tests/schemas/published_columns.tsv");
    let mut tables: HashMap<&str, HashMap<&str, Published<'_>>> = HashMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let [table, column, ty, from] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let ty = match ty {
            "int" => "long",
            "boolean" => "bool",
            "double" => "real",
            other => other,
        };
        tables.entry(table).or_default().insert(column, Published { ty, from });
    }
    let registry = Registry::shipped();
    let (mut wrong, mut departed, mut compared, mut mapped) = (Vec::new(), Vec::new(), 0, 0);
    for name in registry.names() {
        let schema = registry.get(name).expect("a shipped schema");
        for delivery in &schema.deliveries {
            if !matches!(delivery.platform, Platform::Sentinel | Platform::Xdr)
                || delivery.form != DeliveryForm::Columns
            {
                continue;
            }
            let table = delivery.name.as_str();
            let Some(published) = tables.get(table) else {
                let excused =
                    READ_ELSEWHERE.contains(&table) && delivery.columns.iter().any(|c| c.source.is_some());
                let guessed = delivery.columns.iter().all(|c| c.name.is_none() || !c.trust.is_published());
                if !excused && !guessed && delivery.carrier.source.is_none() {
                    wrong.push(format!(
                        "{name} {table}: nothing is published of it, and its columns do not say so"
                    ));
                }
                continue;
            };
            for column in &delivery.columns {
                let Some(own) = column.name.as_deref() else { continue };
                let path = column.path.name();
                let known = published.get(own);
                let is_there = known.is_some() || EVERYWHERE.contains(&own) || !column.trust.is_published();
                let is_typed = known.is_none_or(|known| known.ty.is_empty() || known.ty == column.ty.kusto());
                let is_from = known.is_none_or(|known| known.from.is_empty() || known.from == path);
                compared += usize::from(known.is_some());
                mapped += usize::from(known.is_some_and(|known| !known.from.is_empty()));
                if is_there && is_typed && is_from {
                    continue;
                }
                match DEPARTURES.iter().find(|(of, name, _)| (*of, *name) == (table, own)) {
                    Some(departure) => departed.push(departure),
                    None => wrong.push(format!(
                        "{name} {table}.{own}: {path} as {}; published: {}",
                        column.ty.kusto(),
                        known.map_or("nothing".to_owned(), |known| format!(
                            "{} from {}",
                            known.ty, known.from
                        ))
                    )),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let idle: Vec<_> = DEPARTURES.iter().filter(|departure| !departed.contains(departure)).collect();
    assert!(idle.is_empty(), "no departures any more: {idle:?}");
    assert!(compared > 1000 && mapped > 250, "{compared} columns, {mapped} with their path");
}
