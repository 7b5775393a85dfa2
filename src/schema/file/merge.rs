//! A schema over the schema that it extends.

use super::super::Completeness;
use super::format::{
    CaseSpec, DeliverySpec, EnumSpec, ExamplesSpec, FieldSpec, OutcomeSpec, Pairs, RelationSpec, SchemaFile,
};

/// The deepest fields that are merged one by one; below, those of the upper schema stand alone.
const MAX_DEPTH: usize = 32;

/// `upper` over `base`: what `upper` says of the same thing holds, lists are joined, and its deliveries come first.
pub fn over(base: SchemaFile, upper: SchemaFile) -> SchemaFile {
    SchemaFile {
        version: upper.version,
        name: upper.name,
        extends: None,
        title: upper.title.or(base.title),
        logsources: joined(base.logsources, upper.logsources),
        sources: joined(base.sources, upper.sources),
        time: upper.time.or(base.time),
        delay: upper.delay.or(base.delay),
        repeats: upper.repeats.or(base.repeats),
        sparse: named(base.sparse, upper.sparse, |new, old| new.field == old.field),
        long: named(base.long, upper.long, |new, old| new.field == old.field),
        chosen: named(base.chosen, upper.chosen, |new, old| new.field == old.field),
        alert: if upper.alert.is_empty() { base.alert } else { upper.alert },
        enums: pairs(base.enums, upper.enums, &known_values),
        types: fields(base.types, upper.types, 0),
        fields: Some(fields(base.fields.unwrap_or_default(), upper.fields.unwrap_or_default(), 0)),
        open: base.open.or(upper.open),
        relations: relations(base.relations, upper.relations),
        vocabularies: pairs(base.vocabularies, upper.vocabularies, &|_, upper| upper),
        formats: upper.formats.into_iter().chain(base.formats).collect(),
        recognised_by: upper.recognised_by.or(base.recognised_by),
        record_formats: named(base.record_formats, upper.record_formats, |new, old| new.name == old.name),
        deliveries: deliveries(base.deliveries, upper.deliveries),
        meanings: pairs(base.meanings, upper.meanings, &|_, upper| upper),
        outcome: outcome(base.outcome, upper.outcome),
        also_known_as: pairs(base.also_known_as, upper.also_known_as, &|_, upper| upper),
        examples: ExamplesSpec {
            names: pairs(base.examples.names, upper.examples.names, &|_, upper| upper),
            records: upper.examples.records.into_iter().chain(base.examples.records).collect(),
        },
    }
}

/// What `upper` says otherwise than `base` in a way that findings depend on: openness, types, and lists that are less
/// complete; as keys of the file.
pub fn replaced(base: &SchemaFile, upper: &SchemaFile) -> Vec<String> {
    let mut found = Vec::new();
    if upper.open.is_open() && !base.open.is_open() {
        found.push("open".to_owned());
    }
    for (name, new) in &upper.enums.0 {
        let old = base.enums.0.iter().find(|(known, _)| known == name);
        if old.is_some_and(|(_, old)| Completeness::from(new.complete) < Completeness::from(old.complete)) {
            found.push(format!("enums.{name}"));
        }
    }
    replaced_fields("types", &base.types, &upper.types, 0, &mut found);
    if let (Some(old), Some(new)) = (&base.fields, &upper.fields) {
        replaced_fields("fields", old, new, 0, &mut found);
    }
    found
}

fn replaced_fields(
    path: &str,
    base: &Pairs<FieldSpec>,
    upper: &Pairs<FieldSpec>,
    depth: usize,
    found: &mut Vec<String>,
) {
    for (name, new) in &upper.0 {
        let Some((_, old)) = base.0.iter().find(|(known, _)| known == name) else { continue };
        let path = format!("{path}.{name}");
        let listed = new.known_values.is_some() && new.known_values != old.known_values;
        if old.ty != new.ty || listed || (new.open.is_open() && !old.open.is_open()) {
            found.push(path);
        } else if let (true, Some(old), Some(new)) = (depth < MAX_DEPTH, &old.fields, &new.fields) {
            replaced_fields(&path, old, new, depth + 1, found);
        }
    }
}

/// A delivery of the upper schema without a form is one of the base under other tables: the one with its name, or else
/// the first to its platform; what it says itself holds. It is the site's own, and none of the usual ways unless it says so.
fn deliveries(base: Vec<DeliverySpec>, upper: Vec<DeliverySpec>) -> Vec<DeliverySpec> {
    let upper = upper.into_iter().map(|new| {
        let same = |old: &&DeliverySpec| {
            old.platform == new.platform && (new.name.is_none() || old.name == new.name)
        };
        match base.iter().find(same) {
            Some(old) if new.form.is_none() && new.like.is_none() => {
                let new = new.after(old);
                let same_connector = new.connector.is_none();
                DeliverySpec {
                    name: new.name.or_else(|| old.name.clone()),
                    like: old.like.clone(),
                    connector: new.connector.or_else(|| old.connector.clone()),
                    connector_ids: if same_connector && new.connector_ids.is_empty() {
                        old.connector_ids.clone()
                    } else {
                        new.connector_ids
                    },
                    source: new.source.or_else(|| old.source.clone()),
                    note: new.note.or_else(|| old.note.clone()),
                    shows: if new.shows.is_empty() { old.shows.clone() } else { new.shows },
                    uncommented: new.uncommented || old.uncommented,
                    ..new
                }
            }
            _ => new,
        }
    });
    let upper = upper.collect();
    named(base, upper, |new, old| new.platform == old.platform && new.tables == old.tables)
}

/// What the upper schema says of how an action ended stands alone.
fn outcome(base: OutcomeSpec, upper: OutcomeSpec) -> OutcomeSpec {
    let says = !upper.success.0.is_empty() || !upper.failure.0.is_empty() || !upper.note.is_empty();
    if says { upper } else { base }
}

fn joined<T>(base: Option<Vec<T>>, upper: Option<Vec<T>>) -> Option<Vec<T>> {
    match (base, upper) {
        (Some(base), Some(upper)) => Some(base.into_iter().chain(upper).collect()),
        (base, upper) => upper.or(base),
    }
}

/// The entries of both, in the order of `base`; `merge` decides where both have one.
fn pairs<T>(base: Pairs<T>, upper: Pairs<T>, merge: &dyn Fn(T, T) -> T) -> Pairs<T> {
    let mut merged: Vec<(String, Option<T>)> =
        base.0.into_iter().map(|(name, value)| (name, Some(value))).collect();
    for (name, value) in upper.0 {
        match merged.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => {
                *old = Some(match old.take() {
                    Some(old) => merge(old, value),
                    None => value,
                });
            }
            None => merged.push((name, Some(value))),
        }
    }
    Pairs(merged.into_iter().filter_map(|(name, value)| Some((name, value?))).collect())
}

/// The upper entries, then those of `base` that are not the `same` as one of these.
fn named<T>(base: Vec<T>, upper: Vec<T>, same: impl Fn(&T, &T) -> bool) -> Vec<T> {
    let mut merged = upper;
    for old in base {
        if merged.iter().all(|new| !same(new, &old)) {
            merged.push(old);
        }
    }
    merged
}

fn known_values(base: EnumSpec, upper: EnumSpec) -> EnumSpec {
    EnumSpec {
        noun: upper.noun,
        complete: upper.complete,
        missing: if upper.missing.is_empty() { base.missing } else { upper.missing },
        values: base.values.into_iter().chain(upper.values).collect(),
        table: upper.table.or(base.table),
        any_case: base.any_case || upper.any_case,
        logged_as: pairs(base.logged_as, upper.logged_as, &|_, upper| upper),
        never: pairs(base.never, upper.never, &|_, upper| upper),
    }
}

fn fields(base: Pairs<FieldSpec>, upper: Pairs<FieldSpec>, depth: usize) -> Pairs<FieldSpec> {
    pairs(base, upper, &|base, upper| field(base, upper, depth))
}

/// The members are merged where both are of one type; the rest of a field is what the upper schema says.
fn field(base: FieldSpec, upper: FieldSpec, depth: usize) -> FieldSpec {
    if depth > MAX_DEPTH || base.ty != upper.ty {
        return upper;
    }
    let items = match (base.items, upper.items) {
        (Some(base), Some(upper)) => Some(Box::new(field(*base, *upper, depth + 1))),
        (base, upper) => upper.or(base),
    };
    let members = match (base.fields, upper.fields) {
        (Some(base), Some(upper)) => Some(fields(base, upper, depth + 1)),
        (base, upper) => upper.or(base),
    };
    let depends = match (base.depends, upper.depends) {
        (Some(base), Some(mut upper)) if base.on == upper.on => {
            let cases: Vec<CaseSpec> = upper.cases.into_iter().chain(base.cases).collect();
            upper.cases = cases;
            upper.table = upper.table.or(base.table);
            upper.bare = upper.bare.or(base.bare);
            Some(upper)
        }
        (base, upper) => upper.or(base),
    };
    FieldSpec {
        ty: upper.ty,
        doc: if upper.doc.is_empty() { base.doc } else { upper.doc },
        known_values: upper.known_values.or(base.known_values),
        items,
        fields: members,
        open: base.open.or(upper.open),
        always: upper.always,
        never_empty: upper.never_empty,
        never_null: upper.never_null,
        redacted: upper.redacted,
        never_logged: upper.never_logged,
        format: upper.format,
        forms: if upper.forms.is_empty() { base.forms } else { upper.forms },
        or_text: base.or_text || upper.or_text,
        labels: pairs(base.labels, upper.labels, &|_, upper| upper),
        false_is_absent: base.false_is_absent || upper.false_is_absent,
        also: if upper.also.is_empty() { base.also } else { upper.also },
        keyed: upper.keyed.or(base.keyed),
        depends,
    }
}

/// Of two relations between the same fields the pairs are joined.
fn relations(base: Vec<RelationSpec>, upper: Vec<RelationSpec>) -> Vec<RelationSpec> {
    let mut merged = base;
    for new in upper {
        let Some(old) = merged.iter_mut().find(|old| old.field == new.field && old.by == new.by) else {
            merged.push(new);
            continue;
        };
        let values = std::mem::take(&mut old.values);
        old.values = pairs(values, new.values, &|base, upper| base.into_iter().chain(upper).collect());
        let logged = std::mem::take(&mut old.logged_as);
        old.logged_as = pairs(logged, new.logged_as, &|base, upper| pairs(base, upper, &|_, upper| upper));
        let never = std::mem::take(&mut old.never);
        old.never = pairs(never, new.never, &|base, upper| base.into_iter().chain(upper).collect());
        old.forms = pairs(std::mem::take(&mut old.forms), new.forms, &|_, upper| upper);
        old.instead = pairs(std::mem::take(&mut old.instead), new.instead, &|_, upper| upper);
        old.complete.extend(new.complete);
        if !new.missing.is_empty() {
            old.missing = new.missing;
        }
        if new.table.is_some() {
            old.table = new.table;
        }
    }
    merged
}
