//! The mappings of a pack: homes, other shapes, relations.

use std::sync::Arc;

use super::super::home::{Column, ColumnType, Decode, Home, Layout};
use super::super::relation::{Listed, Relation};
use super::super::shape::{Shape, ShapeMember};
use super::super::{Path, Schema, Step, tables};
use super::format::{ColumnTypeSpec, HomeSpec, LayoutSpec, RelationSpec, ShapeSpec};
use super::{Reader, codes};

impl Reader<'_> {
    pub(super) fn home(&mut self, schema: &Schema, dialect: &str, spec: &HomeSpec) -> Home {
        let mut columns = Vec::new();
        for (name, column) in &spec.columns.0 {
            let Some(path) = self.path(schema, name) else { continue };
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
                .map(|(column, texts)| (Path::keys([column.as_str()]), texts.clone()))
                .collect(),
            note: spec.note.clone(),
        }
    }

    pub(super) fn shapes(
        &mut self,
        schema: &Schema,
        specs: &[ShapeSpec],
        homes: &[(String, HomeSpec)],
    ) -> Vec<Shape> {
        specs.iter().map(|spec| self.shape(schema, spec, homes)).collect()
    }

    fn shape(&mut self, schema: &Schema, spec: &ShapeSpec, homes: &[(String, HomeSpec)]) -> Shape {
        let mut members: Vec<ShapeMember> = Vec::new();
        let mut add = |member: ShapeMember| {
            // Of several fields in one column the first is what the column stands for.
            let plain = member.to.steps.iter().all(|step| matches!(step, Step::Key(_)));
            if plain && members.iter().all(|known| known.from != member.from) {
                members.push(member);
            }
        };
        for (from, to) in &spec.members.0 {
            if let Some(to) = self.path(schema, to) {
                let from = from.split('.').map(str::to_owned).collect();
                add(ShapeMember {
                    from,
                    to,
                    decode: Decode::None,
                    values: Vec::new(),
                    absent_as: Vec::new(),
                });
            }
        }
        if let Some(dialect) = &spec.row_of {
            match schema.homes.iter().find(|home| home.dialect == *dialect) {
                Some(home) => {
                    for column in &home.columns {
                        let Some(name) = &column.name else { continue };
                        add(ShapeMember {
                            from: vec![name.clone()],
                            to: column.path.clone(),
                            decode: column.decode,
                            values: column.values.clone(),
                            absent_as: column.absent_as.clone(),
                        });
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
        let Some(table) = &spec.table else {
            let pairs = Listed::new(&spec.values.0, &spec.closed, &spec.logged_as.0);
            return Some(Relation { field, by, pairs: Arc::new(pairs) });
        };
        let pairs = tables::pairs(table);
        if pairs.is_none() {
            self.no_table(table);
        }
        Some(Relation { field, by, pairs: pairs? })
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
