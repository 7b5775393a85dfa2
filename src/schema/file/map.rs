//! The mappings of a schema: deliveries, other shapes, relations.

use std::sync::Arc;

use super::super::delivery::{
    Carrier, Column, Decode, Delivery, Discriminator, Limit, Located, RowTime, When,
};
use super::super::forms::Forms;
use super::super::record_format::{RecordFormat, RecordFormatMember, Signature};
use super::super::relation::{Joined, Listed, Relation};
use super::super::{Facts, Path, Schema, Type, tables};
use super::format::{ColumnSpec, DeliverySpec, MemberSpec, Pairs, RecordFormatSpec, RelationSpec, Scalar};
use super::{Reader, codes};

impl Reader<'_> {
    /// The deliveries with the form and columns of those that they are like.
    pub(super) fn alike(&mut self, specs: &[DeliverySpec]) -> Vec<DeliverySpec> {
        let mut whole = Vec::new();
        for spec in specs {
            let mut spec = spec.clone();
            let Some(like) = spec.like.take() else {
                whole.push(spec);
                continue;
            };
            let same = |other: &&DeliverySpec| {
                other.platform == spec.platform && other.like.is_none() && other.name.as_ref() == Some(&like)
            };
            let Some(other) = specs.iter().find(same) else {
                let message = format!("no delivery `{like}` to {}", spec.platform.name());
                let help = "name one that says its columns itself";
                self.error(&codes::UNKNOWN_REFERENCE, &like, message, help);
                continue;
            };
            whole.push(spec.after(other));
        }
        whole
    }

    /// One delivery for each of the tables, which have the same columns.
    pub(super) fn delivery(&mut self, schema: &Schema, spec: &DeliverySpec) -> Vec<Delivery> {
        if spec.tables.is_empty() {
            let message = "a delivery without a table".to_owned();
            self.error(
                &codes::UNKNOWN_REFERENCE,
                "tables",
                message,
                "name its tables or source types under `tables`",
            );
        }
        let mut columns = Vec::new();
        for (name, column) in &spec.columns.0 {
            // `.` is the record itself: what no other column holds is inside this one.
            let path = if name == "." { Some(Path::default()) } else { self.path(schema, name) };
            let Some(path) = path else { continue };
            columns.push(Column {
                path,
                name: column.column.clone(),
                ty: column.ty,
                decode: if column.json_text { Decode::ParseJson } else { Decode::None },
                renamed: column.renamed,
                opaque: column.opaque,
                values: column.values.0.clone(),
                absent_as: column.absent_as.clone(),
                when: self.when(schema, column),
                trust: column.trust,
                source: column.source.clone(),
                note: column.note.clone(),
            });
        }
        let Some(form) = spec.form else {
            let message = format!("a delivery to {} without a form", spec.platform.name());
            let help = "say `form: columns` or `form: raw`; only a delivery over one of an extended schema can go without";
            self.error(&codes::UNKNOWN_REFERENCE, "deliveries", message, help);
            return Vec::new();
        };
        let delivery = Delivery {
            platform: spec.platform,
            carrier: carrier(spec),
            name: String::new(),
            form,
            columns,
            discriminator: spec
                .discriminator
                .0
                .iter()
                .map(|(column, values)| {
                    (Path::keys(column.split('.')), values.iter().map(discriminator).collect())
                })
                .collect(),
            only: self.held(schema, &spec.only.0),
            without: self.held(schema, &spec.without.0),
            wide: spec.wide,
            row_per: spec.row_per.as_ref().and_then(|name| self.exploded(schema, name)),
            note: spec.note.clone(),
        };
        spec.tables.iter().map(|name| Delivery { name: name.clone(), ..delivery.clone() }).collect()
    }

    /// Which records have a field in its column.
    fn when(&mut self, schema: &Schema, column: &ColumnSpec) -> Option<When> {
        let (name, values) = column.when.0.first()?;
        if column.when.0.len() > 1 {
            let message = "`when` with several fields".to_owned();
            self.error(
                &codes::UNKNOWN_REFERENCE,
                "when",
                message,
                "name the one field that tells them apart",
            );
        }
        Some(When { path: self.path(schema, name)?, values: values.clone() })
    }

    /// Fields, and values that the events of a delivery have, or have not.
    fn held(&mut self, schema: &Schema, spec: &[(String, Vec<Scalar>)]) -> Vec<(Path, Vec<String>)> {
        let mut found = Vec::new();
        for (name, values) in spec {
            let Some(path) = self.path(schema, name) else { continue };
            let values: Vec<String> = values.iter().map(|value| discriminator(value).text()).collect();
            // A value that the field never has would shut out every rule.
            if let Some(Type::Enum(known_values)) =
                schema.lookup(name, &Facts::default()).map(|found| found.ty)
                && known_values.complete()
            {
                for value in values.iter().filter(|value| known_values.canonical(value) != Some(value)) {
                    let message = format!("`{value}` is not a known {} of `{name}`", known_values.noun());
                    let help = "name the values as the list of known values does";
                    self.error(&codes::UNKNOWN_REFERENCE, value, message, help);
                }
            }
            found.push((path, values));
        }
        found
    }

    /// The array that a delivery has in rows.
    fn exploded(&mut self, schema: &Schema, name: &str) -> Option<Path> {
        let path = self.path(schema, name)?;
        if matches!(schema.lookup(name, &Facts::default()).map(|found| found.ty), Some(Type::Array(_))) {
            return Some(path);
        }
        let message = format!("`{name}` is not an array, so that it has no rows");
        self.error(&codes::UNKNOWN_REFERENCE, name, message, "name an array of the record under `explodes`");
        None
    }

    pub(super) fn record_formats(
        &mut self,
        schema: &Schema,
        specs: &[RecordFormatSpec],
    ) -> Vec<RecordFormat> {
        specs.iter().filter_map(|spec| self.record_format(schema, spec)).collect()
    }

    fn record_format(&mut self, schema: &Schema, spec: &RecordFormatSpec) -> Option<RecordFormat> {
        let mut members: Vec<RecordFormatMember> = Vec::new();
        let mut add = |member: RecordFormatMember| {
            // Of several fields in one column the first is what the column stands for, unless another column says which.
            let same = |known: &RecordFormatMember| known.from == member.from && known.when == member.when;
            if !members.iter().any(same) {
                members.push(member);
            }
        };
        for (from, to) in &spec.members.0 {
            let (to, values) = match to {
                MemberSpec::Name(name) => (name, Vec::new()),
                MemberSpec::Values(member) => (&member.field, member.values.0.clone()),
            };
            if let Some(to) = self.path(schema, to) {
                let from = from.split('.').map(str::to_owned).collect();
                add(RecordFormatMember {
                    from,
                    to,
                    decode: Decode::None,
                    values,
                    spelt: true,
                    absent_as: Vec::new(),
                    when: None,
                });
            }
        }
        if let Some(platform) = spec.row_of {
            let Some(delivery) = schema.deliveries.iter().find(|delivery| delivery.platform == platform)
            else {
                let message = format!("the record format `{}` is the row of an unknown delivery", spec.name);
                let help = "define it under `deliveries`";
                self.error(&codes::UNKNOWN_REFERENCE, platform.name(), message, help);
                return None;
            };
            for column in &delivery.columns {
                let Some(name) = column.name.as_ref().filter(|_| !column.opaque) else { continue };
                add(RecordFormatMember {
                    from: vec![name.clone()],
                    to: column.path.clone(),
                    decode: column.decode,
                    values: column.values.clone(),
                    spelt: column.is_spelt(),
                    absent_as: column.absent_as.clone(),
                    when: column.when.as_ref().and_then(|when| match delivery.locate(&when.path) {
                        Located::Column(of, []) => Some((of.name.clone()?, when.values.clone())),
                        _ => None,
                    }),
                });
            }
        }
        Some(RecordFormat {
            name: spec.name.clone(),
            signature: signature(&spec.has, &spec.lacks, &spec.values),
            members,
            row: spec.row_of.is_some(),
        })
    }

    pub(super) fn relation(&mut self, schema: &Schema, spec: &RelationSpec) -> Option<Relation> {
        let field = self.path(schema, &spec.field)?;
        let by = self.path(schema, &spec.by)?;
        let pairs = spec.table.is_some() || !spec.values.0.is_empty() || !spec.never.0.is_empty();
        if !pairs && spec.logged_as.0.is_empty() {
            return None;
        }
        let logged_as = spec.logged_as.0.iter().flat_map(|(by, names)| {
            names.0.iter().map(move |(name, logged)| (by.clone(), name.clone(), logged.clone()))
        });
        let listed = Listed::new(&spec.values.0, &spec.complete, &spec.never.0, logged_as);
        let missing = spec.missing.clone();
        let Some(table) = &spec.table else {
            return Some(Relation { field, by, pairs: Arc::new(listed), missing });
        };
        let Some(pairs) = tables::pairs(table) else {
            self.no_table(table);
            return None;
        };
        if spec.values.0.is_empty() && spec.never.0.is_empty() && spec.logged_as.0.is_empty() {
            return Some(Relation { field, by, pairs, missing });
        }
        Some(Relation { field, by, pairs: Arc::new(Joined { first: listed, then: pairs }), missing })
    }

    /// The forms of a relation that has some. That its fields are known is said where its pairs are read.
    pub(super) fn forms(&mut self, schema: &Schema, spec: &RelationSpec) -> Option<Forms> {
        if spec.forms.0.is_empty() {
            return None;
        }
        let (field, by) = (self.known_path(&spec.field)?, self.known_path(&spec.by)?);
        let instead = spec.instead.0.iter();
        let instead = instead.filter_map(|(value, name)| Some((value.clone(), self.path(schema, name)?)));
        Some(Forms::new(field, by, &spec.forms.0, instead.collect()))
    }
}

fn carrier(spec: &DeliverySpec) -> Carrier {
    let time = spec.time.as_ref().map(|time| RowTime { column: time.column.clone(), of: time.of });
    Carrier {
        name: spec.name.as_ref().or(spec.tables.first()).cloned().unwrap_or_default(),
        connector: spec.connector.clone(),
        connector_ids: spec.connector_ids.clone(),
        time,
        limits: spec.limits.iter().map(|(of, most)| Limit { of: *of, most: *most }).collect(),
        plan: spec.plan.unwrap_or_default(),
        source: spec.source.clone(),
        shows: spec.shows.clone(),
        uncommented: spec.uncommented,
        usual: spec.default,
    }
}

pub(super) fn signature(has: &[String], lacks: &[String], values: &Pairs<Vec<Scalar>>) -> Signature {
    let texts = |values: &[Scalar]| values.iter().map(|value| discriminator(value).text()).collect();
    Signature {
        has: has.to_vec(),
        lacks: lacks.to_vec(),
        values: values.0.iter().map(|(key, values)| (key.clone(), texts(values))).collect(),
    }
}

fn discriminator(value: &Scalar) -> Discriminator {
    match value {
        Scalar::Text(text) => Discriminator::Text(text.clone()),
        Scalar::Integer(number) => Discriminator::Integer(*number),
        Scalar::Boolean(value) => Discriminator::Boolean(*value),
    }
}
