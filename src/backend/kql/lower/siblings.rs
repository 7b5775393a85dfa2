//! Queries over several tables of one log as one.
//!
//! Each table is filtered by its own columns; a table that a workspace lacks is passed over. Columns that are shown under
//! one name have one type, since `union` would make two columns of it.

use super::super::ast::{Expr, Function, Name, Operator, Query, Watchlist};
use super::super::script::{Pipe, Script, Source, Step};
use crate::backend::Options;
use crate::backend::frame::Frame;
use crate::schema::ColumnType;

/// The rows of all.
pub(in super::super) fn joined(mut legs: Vec<(Frame<'_>, Query)>, options: &Options) -> Script {
    let mixed = mixed(&legs);
    for (_, query) in &mut legs {
        for (name, value) in query.operators.iter_mut().flat_map(shown) {
            let text = |value: &Expr| matches!(value, Expr::Call(Function::ToString, _));
            if mixed.contains(name) && !value.as_ref().is_some_and(text) {
                let whole = value.take().unwrap_or_else(|| Expr::Column(name.clone()));
                *value = Some(Expr::call(Function::ToString, whole));
            }
        }
    }
    let read: Vec<_> = legs.iter().map(|(frame, query)| (*frame, vec![query.table.0.as_str()])).collect();
    let comments = Frame::heading_of(&read, options, "kql");
    let mut lists: Vec<Watchlist> = Vec::new();
    for list in legs.iter().flat_map(|(_, query)| &query.lists) {
        if !lists.contains(list) {
            lists.push(list.clone());
        }
    }
    let pipe = |query: Query| Pipe {
        source: Source::Table(query.table),
        steps: query.operators.into_iter().map(Step::Operator).collect(),
    };
    let parts = legs.into_iter().map(|(_, query)| pipe(query)).collect();
    Script {
        comments,
        lists,
        lets: Vec::new(),
        body: Pipe { source: Source::Siblings(parts), steps: Vec::new() },
    }
}

fn shown(operator: &mut Operator) -> &mut [(Name, Option<Expr>)] {
    match operator {
        Operator::Project(columns) => columns,
        _ => &mut [],
    }
}

/// The names under which the tables show values of different types.
fn mixed(legs: &[(Frame<'_>, Query)]) -> Vec<Name> {
    let mut known: Vec<(&Name, Option<ColumnType>)> = Vec::new();
    let mut mixed = Vec::new();
    for (frame, query) in legs {
        let projects = query.operators.iter().filter_map(|operator| match operator {
            Operator::Project(columns) => Some(columns),
            _ => None,
        });
        for (name, value) in projects.flatten() {
            let ty = match value {
                None => frame.columns().find(|column| column.name == name.0).map(|column| column.ty),
                Some(Expr::Call(Function::ToString, _)) => Some(ColumnType::String),
                Some(_) => Some(ColumnType::Dynamic),
            };
            match known.iter().find(|(of, _)| *of == name) {
                Some((_, before)) if *before != ty => mixed.push(name.clone()),
                Some(_) => {}
                None => known.push((name, ty)),
            }
        }
    }
    mixed
}
