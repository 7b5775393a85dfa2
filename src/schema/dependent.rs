//! Types that follow from other fields: cases that a schema lists, and after them a generated table of operations.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::types::begins;
use super::{Dependent, Facts, Field, Members, ObjectType, Path, Type};

/// More combinations of known values than this are taken as unknown.
const MAX_POINTS: usize = 512;

/// How many cases are looked through before it is asked whether there are enough.
const CASES_AT_ONCE: usize = 512;

/// The cases of a dependent type.
#[derive(Debug)]
pub struct Cases {
    /// The fields that decide.
    pub on: Vec<Path>,
    /// The cases in the order of the schema; for known values the first that fits decides.
    pub listed: Vec<Case>,
    /// Where the other cases are.
    pub table: Option<Arc<dyn CaseTable>>,
    /// What it means that a case has no members.
    pub bare: Option<Bare>,
}

/// What it means that a case has no members.
#[derive(Debug)]
pub struct Bare {
    /// Members that do not count.
    pub but: Vec<String>,
    /// What it means, for messages.
    pub why: String,
}

/// One case.
#[derive(Debug)]
pub struct Case {
    /// For each deciding field the values under which the case holds; empty for any.
    pub when: Vec<Vec<String>>,
    /// What it is then.
    pub ty: Arc<ObjectType>,
}

/// A table of further cases, searched in place. A case is known by its number.
pub trait CaseTable: std::fmt::Debug + Send + Sync {
    /// The cases for known values of the deciding fields (`None`: not known), and whether others, of which the table
    /// has no type, are possible too.
    fn cases(&self, point: &[Option<&str>]) -> TableCases;
    /// How many cases there are; they are numbered from 0.
    fn count(&self) -> u32;
    /// The members, in whatever case, with which `name` begins, as tokens.
    fn members_anywhere(&self, name: &str, fold: bool) -> Vec<u64>;
    /// Calls `visit` with the name of every member that some case has, each once.
    fn visit_all(&self, visit: &mut dyn FnMut(&str));
    /// The type of a case.
    fn object(&self, case: u32) -> Option<Arc<ObjectType>>;
    /// For each case the longest member with which `name` begins, as a token that is equal for equal members, and
    /// whether the case is known in full.
    fn members(&self, cases: &[u32], name: &str, fold: bool) -> Vec<(Option<u64>, bool)>;
    /// The field that a token stands for.
    fn field(&self, token: u64) -> Option<Field>;
    /// Calls `visit` with the name of every member of the cases, each once.
    fn visit(&self, cases: &[u32], visit: &mut dyn FnMut(&str));
    /// A name of the case for messages.
    fn label(&self, case: u32) -> String;
}

/// The cases of a table that are possible.
#[derive(Debug)]
pub enum TableCases {
    /// These, and, when it is set, others of which the table has no type.
    Some(Vec<u32>, bool),
    /// All of them, and others: nothing is known of the deciding fields.
    All,
}

/// One possibility under the facts.
enum Possible<'a> {
    Listed(&'a Case),
    Table(u32),
    /// Any case of the table.
    Anything,
    Unknown,
}

impl Cases {
    /// Calls `visit` with every possibility under `facts` and a name for it; the name is empty where the facts say
    /// nothing.
    fn possible<'a>(&'a self, facts: &Facts, visit: &mut dyn FnMut(&str, Possible<'a>)) {
        for point in self.points(facts) {
            let label = point.iter().flatten().copied().collect::<Vec<_>>().join(" ");
            let mut decided = false;
            for case in &self.listed {
                match fit(case, &point) {
                    Fit::Surely => {
                        visit(&label, Possible::Listed(case));
                        decided = true;
                        break;
                    }
                    Fit::Perhaps => visit(&label, Possible::Listed(case)),
                    Fit::Never => {}
                }
            }
            if decided {
                continue;
            }
            let Some(table) = &self.table else {
                visit(&label, Possible::Unknown);
                continue;
            };
            match table.cases(&point) {
                TableCases::Some(found, open) => {
                    for case in found {
                        visit(&label, Possible::Table(case));
                    }
                    if open {
                        visit(&label, Possible::Unknown);
                    }
                }
                TableCases::All => visit(&label, Possible::Anything),
            }
        }
    }

    /// The combinations of values that the facts allow; `None` where they say nothing of a field.
    fn points<'f>(&self, facts: &'f Facts) -> Vec<Vec<Option<&'f str>>> {
        let mut points: Vec<Vec<Option<&str>>> = vec![Vec::new()];
        for path in &self.on {
            let values: Vec<Option<&str>> = match facts.values(path) {
                Some(values) if values.len() * points.len() <= MAX_POINTS => {
                    values.iter().map(|value| Some(value.as_str())).collect()
                }
                _ => vec![None],
            };
            points = points
                .iter()
                .flat_map(|point| {
                    values.iter().map(move |value| {
                        let mut longer = point.clone();
                        longer.push(*value);
                        longer
                    })
                })
                .collect();
        }
        points
    }
}

enum Fit {
    Surely,
    Perhaps,
    Never,
}

fn fit(case: &Case, point: &[Option<&str>]) -> Fit {
    let mut fit = Fit::Surely;
    for (when, value) in case.when.iter().zip(point) {
        match value {
            _ if when.is_empty() => {}
            None => fit = Fit::Perhaps,
            Some(value) if when.iter().any(|text| crate::text::equals(value, text)) => {}
            Some(_) => return Fit::Never,
        }
    }
    fit
}

impl Dependent for Cases {
    fn on(&self) -> &[Path] {
        &self.on
    }

    fn types(&self, facts: &Facts) -> Vec<(String, Type)> {
        let (mut found, mut open) = (Vec::new(), false);
        self.possible(facts, &mut |label, possible| match possible {
            Possible::Listed(case) => found.push((label.to_owned(), Type::Object(case.ty.clone()))),
            Possible::Table(case) => match self.table.as_ref().and_then(|table| table.object(case)) {
                Some(object) => found.push((label.to_owned(), Type::Object(object))),
                None => open = true,
            },
            // Where the facts say nothing, there is no use in writing out everything.
            Possible::Anything | Possible::Unknown => open = true,
        });
        if open { Vec::new() } else { found }
    }

    fn cases_with(&self, path: &str, facts: &Facts, limit: usize) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        let mut cases = Vec::new();
        self.possible(facts, &mut |label, possible| match possible {
            Possible::Listed(case) if case.ty.member(path, false).is_some() => {
                names.push(if label.is_empty() { first_values(case) } else { label.to_owned() });
            }
            Possible::Table(case) => cases.push(case),
            Possible::Anything => cases.extend(0..self.table.as_ref().map_or(0, |table| table.count())),
            Possible::Listed(_) | Possible::Unknown => {}
        });
        // Most names that are asked for are misspelt: no case has them. Of the others, few cases are wanted.
        if let Some(table) =
            self.table.as_ref().filter(|table| !table.members_anywhere(path, false).is_empty())
        {
            let has = cases.chunks(CASES_AT_ONCE).flat_map(|cases| {
                let found = table.members(cases, path, false).into_iter().zip(cases);
                found.filter(|((token, _), _)| token.is_some()).map(|(_, case)| *case)
            });
            names.extend(has.take(limit).map(|case| table.label(case)));
        }
        names.dedup();
        names.truncate(limit);
        names
    }

    fn members(&self, name: &str, facts: &Facts, fold: bool) -> Members {
        let mut members = Members::default();
        let (mut labels, mut cases): (Vec<String>, Vec<u32>) = (Vec::new(), Vec::new());
        let mut label_of: Vec<usize> = Vec::new();
        let mut anything = None;
        self.possible(facts, &mut |label, possible| match possible {
            Possible::Listed(case) => match case.ty.member(name, fold) {
                Some(field) => members.found.push((vec![label.to_owned()], field.clone())),
                None if case.ty.open => members.open = true,
                None => members.lacking.push(label.to_owned()),
            },
            Possible::Table(case) => {
                if labels.last().is_none_or(|last| last != label) {
                    labels.push(label.to_owned());
                }
                label_of.push(labels.len() - 1);
                cases.push(case);
            }
            Possible::Anything => {
                members.open = true;
                anything = Some(labels.len());
                labels.push(label.to_owned());
            }
            Possible::Unknown => members.open = true,
        });
        if let Some(table) = &self.table {
            // The labels of each token, and of the cases without one.
            let mut found: BTreeMap<u64, BTreeSet<usize>> = BTreeMap::new();
            if let Some(label) = anything {
                for token in table.members_anywhere(name, fold) {
                    found.entry(token).or_default().insert(label);
                }
            }
            let mut lacking = BTreeSet::new();
            for ((token, complete), label) in table.members(&cases, name, fold).into_iter().zip(label_of) {
                match token {
                    Some(token) => {
                        found.entry(token).or_default().insert(label);
                    }
                    None if complete => {
                        lacking.insert(label);
                    }
                    None => members.open = true,
                }
            }
            let names = |set: BTreeSet<usize>| set.into_iter().filter_map(|label| labels.get(label).cloned());
            for (token, set) in found {
                if let Some(field) = table.field(token) {
                    members.found.push((names(set).collect(), field));
                }
            }
            members.lacking.extend(names(lacking));
        }
        members.lacking.retain(|label| !label.is_empty());
        members
    }

    fn bare(&self, facts: &Facts) -> Option<&str> {
        let bare = self.bare.as_ref()?;
        let types = self.types(facts);
        let counts = |field: &Field| !bare.but.iter().any(|name| **name == *field.name);
        let empty = |ty: &Type| matches!(ty, Type::Object(object) if !object.open && !object.fields.iter().any(counts));
        (!types.is_empty() && types.iter().all(|(_, ty)| empty(ty))).then_some(bare.why.as_str())
    }

    fn visit(&self, facts: &Facts, visit: &mut dyn FnMut(&str)) {
        let (mut cases, mut anything) = (Vec::new(), false);
        self.possible(facts, &mut |_, possible| match possible {
            Possible::Listed(case) => case.ty.fields.iter().for_each(|field| visit(&field.name)),
            Possible::Table(case) => cases.push(case),
            Possible::Anything => anything = true,
            Possible::Unknown => {}
        });
        match &self.table {
            Some(table) if anything => table.visit_all(visit),
            Some(table) => table.visit(&cases, visit),
            None => {}
        }
    }

    fn has_map(&self, facts: &Facts) -> bool {
        let (mut cases, mut any) = (Vec::new(), false);
        let in_table =
            |table: &dyn CaseTable, case| table.object(case).is_some_and(|object| object.has_map());
        self.possible(facts, &mut |_, possible| match possible {
            Possible::Listed(case) => any |= case.ty.has_map(),
            Possible::Table(case) => cases.push(case),
            Possible::Anything => cases.extend(0..self.table.as_ref().map_or(0, |table| table.count())),
            Possible::Unknown => {}
        });
        any || self.table.as_ref().is_some_and(|table| cases.into_iter().any(|case| in_table(&**table, case)))
    }

    fn has_members(&self, facts: &Facts) -> bool {
        let (mut cases, mut any) = (Vec::new(), false);
        self.possible(facts, &mut |_, possible| match possible {
            Possible::Listed(case) => any |= !case.ty.fields.is_empty(),
            Possible::Table(case) => cases.push(case),
            // That some case of the table has one needs no look at all of them.
            Possible::Anything => any = true,
            Possible::Unknown => {}
        });
        if let Some(table) = self.table.as_ref().filter(|_| !any) {
            table.visit(&cases, &mut |_| any = true);
        }
        any
    }
}

fn first_values(case: &Case) -> String {
    case.when.iter().filter_map(|values| values.first()).cloned().collect::<Vec<_>>().join(" ")
}

/// The members of something that usually is an object, but may be text: its own type says nothing, its members do.
#[derive(Debug)]
pub struct Usually {
    /// What it usually is.
    pub object: Arc<ObjectType>,
}

impl Dependent for Usually {
    fn on(&self) -> &[Path] {
        &[]
    }

    fn types(&self, _facts: &Facts) -> Vec<(String, Type)> {
        Vec::new()
    }

    fn cases_with(&self, _path: &str, _facts: &Facts, _limit: usize) -> Vec<String> {
        Vec::new()
    }

    fn members(&self, name: &str, _facts: &Facts, fold: bool) -> Members {
        let field = self.object.fields.iter().rfind(|field| begins(name, &field.name, fold));
        Members {
            found: field.map(|field| (Vec::new(), field.clone())).into_iter().collect(),
            lacking: Vec::new(),
            open: true,
        }
    }

    fn visit(&self, _facts: &Facts, visit: &mut dyn FnMut(&str)) {
        self.object.fields.iter().for_each(|field| visit(&field.name));
    }
}
