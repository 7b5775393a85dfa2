//! The mappings of a pack: homes, other shapes, relations.

use std::sync::Arc;

use super::super::home::{Column, ColumnType, Decode, Fixed, Home, Layout};
use super::super::relation::{Joined, Listed, Relation};
use super::super::shape::{Shape, ShapeMember};
use super::super::{Facts, Path, Schema, Type, tables};
use super::format::{
    ColumnTypeSpec, HomeSpec, HomeSpecs, LayoutSpec, MemberSpec, RelationSpec, Scalar, ShapeSpec,
};
use super::{Reader, codes};

impl Reader<'_> {
    pub(super) fn home(&mut self, schema: &Schema, dialect: &str, spec: &HomeSpec) -> Home {
        let mut columns = Vec::new();
        for (name, column) in &spec.columns.0 {
            // `.` is the record itself: what no other column holds is inside this one.
            let path = if name == "." { Some(Path::default()) } else { self.path(schema, name) };
            let Some(path) = path else { continue };
            columns.push(Column {
                path,
                name: column.column.clone(),
                ty: column_type(column.ty),
                decode: if column.json_text { Decode::ParseJson } else { Decode::None },
                values: column.values.0.clone(),
                absent_as: column.absent_as.clone(),
                trust: column.trust.name().to_owned(),
                note: column.note.clone(),
            });
        }
        Home {
            dialect: dialect.to_owned(),
            name: spec.name.clone(),
            layout: match spec.layout {
                LayoutSpec::Raw => Layout::Raw,
                LayoutSpec::Columns => Layout::Columns,
            },
            columns,
            fixed: spec
                .fixed
                .0
                .iter()
                .map(|(column, values)| (Path::keys(column.split('.')), values.iter().map(fixed).collect()))
                .collect(),
            carries: self.carries(schema, spec),
            explodes: spec.explodes.as_ref().and_then(|name| self.exploded(schema, name)),
            note: spec.note.clone(),
        }
    }

    fn carries(&mut self, schema: &Schema, spec: &HomeSpec) -> Vec<(Path, Vec<String>)> {
        let mut carries = Vec::new();
        for (name, values) in &spec.carries.0 {
            let Some(path) = self.path(schema, name) else { continue };
            let values: Vec<String> = values.iter().map(|value| fixed(value).text()).collect();
            // A value that the field never has would shut out every rule.
            if let Some(Type::Enum(catalogue)) = schema.lookup(name, &Facts::default()).map(|found| found.ty)
                && catalogue.closed()
            {
                for value in values.iter().filter(|value| catalogue.canonical(value) != Some(value)) {
                    let message = format!("`{value}` is no {} of `{name}`", catalogue.noun());
                    let help = "name the values as the catalogue spells them";
                    self.error(&codes::UNKNOWN_REFERENCE, value, message, help);
                }
            }
            carries.push((path, values));
        }
        carries
    }

    /// The array that a home has in rows.
    fn exploded(&mut self, schema: &Schema, name: &str) -> Option<Path> {
        let path = self.path(schema, name)?;
        if matches!(schema.lookup(name, &Facts::default()).map(|found| found.ty), Some(Type::Array(_))) {
            return Some(path);
        }
        let message = format!("`{name}` is no array, so that it has no rows");
        self.error(&codes::UNKNOWN_REFERENCE, name, message, "name an array of the record under `explodes`");
        None
    }

    pub(super) fn shapes(
        &mut self,
        schema: &Schema,
        specs: &[ShapeSpec],
        homes: &[(String, HomeSpecs)],
    ) -> Vec<Shape> {
        specs.iter().map(|spec| self.shape(schema, spec, homes)).collect()
    }

    fn shape(&mut self, schema: &Schema, spec: &ShapeSpec, homes: &[(String, HomeSpecs)]) -> Shape {
        let mut members: Vec<ShapeMember> = Vec::new();
        let mut add = |member: ShapeMember| {
            // Of several fields in one column the first is what the column stands for.
            if members.iter().all(|known| known.from != member.from) {
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
                add(ShapeMember { from, to, decode: Decode::None, values, absent_as: Vec::new() });
            }
        }
        if let Some(dialect) = &spec.row_of {
            match schema.homes.iter().find(|home| home.dialect == *dialect) {
                Some(home) => {
                    for column in &home.columns {
                        let Some(name) = &column.name else { continue };
                        let member = ShapeMember {
                            from: vec![name.clone()],
                            to: column.path.clone(),
                            decode: column.decode,
                            values: column.values.clone(),
                            absent_as: column.absent_as.clone(),
                        };
                        add(member);
                    }
                }
                None if homes.iter().any(|(known, _)| known == dialect) => {}
                None => {
                    let message = format!("the shape `{}` is the row of an unknown home", spec.name);
                    self.error(&codes::UNKNOWN_REFERENCE, dialect, message, "define it under `homes`");
                }
            }
        }
        Shape {
            name: spec.name.clone(),
            has: spec.has.clone(),
            lacks: spec.lacks.clone(),
            members,
            row: spec.row_of.is_some(),
        }
    }

    pub(super) fn relation(&mut self, schema: &Schema, spec: &RelationSpec) -> Option<Relation> {
        let field = self.path(schema, &spec.field)?;
        let by = self.path(schema, &spec.by)?;
        let listed = Listed::new(&spec.values.0, &spec.closed, &spec.logged_as.0);
        let Some(table) = &spec.table else {
            return Some(Relation { field, by, pairs: Arc::new(listed) });
        };
        let Some(pairs) = tables::pairs(table) else {
            self.no_table(table);
            return None;
        };
        if spec.values.0.is_empty() && spec.logged_as.0.is_empty() {
            return Some(Relation { field, by, pairs });
        }
        Some(Relation { field, by, pairs: Arc::new(Joined { first: listed, then: pairs }) })
    }
}

fn fixed(value: &Scalar) -> Fixed {
    match value {
        Scalar::Text(text) => Fixed::Text(text.clone()),
        Scalar::Integer(number) => Fixed::Integer(*number),
        Scalar::Boolean(value) => Fixed::Boolean(*value),
    }
}

fn column_type(spec: ColumnTypeSpec) -> ColumnType {
    match spec {
        ColumnTypeSpec::String => ColumnType::String,
        ColumnTypeSpec::Long => ColumnType::Integer,
        ColumnTypeSpec::Real => ColumnType::Real,
        ColumnTypeSpec::Bool => ColumnType::Boolean,
        ColumnTypeSpec::Datetime => ColumnType::DateTime,
        ColumnTypeSpec::Guid => ColumnType::Guid,
        ColumnTypeSpec::Dynamic => ColumnType::Dynamic,
    }
}
