//! `sigmata compile --output`: the queries as files, kept in step with the rules.

use std::collections::HashSet;
use std::path::Path;

use super::super::account::Account;
use super::super::build::{self, Build, Done};
use super::super::export::source;
use super::super::{Failure, Outcome, Output};
use super::{Product, title};
use crate::backend::Backend;
use crate::export::{Artefact, Known, deliveries, hash, is_uuid, notes, object_id};

/// What is asked of a folder.
#[derive(Clone, Copy)]
pub(super) struct Wish<'w> {
    pub folder: &'w Path,
    /// Whether nothing is written.
    pub check: bool,
    /// Whether files are removed that no rule gives any more.
    pub prune: bool,
    /// Whether queries have no comments.
    pub bare: bool,
}

/// Brings the folder up to date; what was done, as text, and how it went.
pub(super) fn build(
    wish: Wish<'_>,
    targets: &[&'static dyn Backend],
    products: &[Product<'_>],
    account: &Account,
    output: &mut Output,
) -> Result<(String, Outcome), Failure> {
    let last = build::last(wish.folder, None)?;
    let (mut files, mut objects) = (Vec::new(), Vec::new());
    let mut taken = HashSet::new();
    for product in products {
        let Some(file) = artefact(product, wish.bare)? else { continue };
        let mut object = known(product, &file)?;
        // Where two rules have one identifier, the second is known by its file.
        if !taken.insert((object.kind.clone(), object.id.clone())) {
            object.id = object_id(&file.path, &object.kind, "");
        }
        object.version = last.version_of(&object.kind, &object.id, &object.hash);
        objects.push(object);
        files.push(file);
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    let kinds: Vec<String> = targets.iter().map(|target| folder_of(*target)).collect();
    let kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
    let next = last.next(&files, objects, &kinds, None);
    let build = Build { folder: wish.folder, last: &last, next: &next, files: &files };
    // A rule that cannot be read would count as one that is gone.
    let whole = account.outcome() == Outcome::Clean;
    let only_look = wish.check || !whole;
    let (state, done) =
        if only_look { (build.compare()?, Done::default()) } else { build.write(wish.prune, output)? };
    let text = build.report("sigmata compile", &state, &done.removed, only_look);
    if !whole && !wish.check {
        output.note(build::NOT_WHOLE);
    }
    let drift = if wish.check && !state.in_step() { Outcome::Findings } else { Outcome::Clean };
    Ok((text, drift.max(done.outcome.unwrap_or(Outcome::Clean))))
}

/// The folder for the queries of a target, and the kind of its objects.
fn folder_of(target: &dyn Backend) -> String {
    target.name().replace(':', "-")
}

/// The file of a query: below the folder of its language the place of the rule in its collection, however its path was
/// given. Each way in which the query departs from the rule is a comment of it.
fn artefact(product: &Product<'_>, bare: bool) -> Result<Option<Artefact>, Failure> {
    let Some(query) = &product.made.compiled.query else { return Ok(None) };
    let source = source(product.file)?;
    let stem = Path::new(&source).with_extension("").to_string_lossy().into_owned();
    // Neither is in the name of a file on Windows.
    let mut path = format!("{}/{}", folder_of(product.made.target), stem.replace([':', '\\'], "_"));
    if product.file.file.documents.len() > 1 {
        path.push_str(&format!(".{}", product.made.at + 1));
    }
    path.push_str(&format!(".{}", product.made.target.extension()));
    let mut text = String::new();
    if !bare {
        for remark in notes(&product.made.compiled).iter().filter_map(|note| product.made.target.remark(note))
        {
            text.push_str(&remark);
            text.push('\n');
        }
    }
    text.push_str(query.trim_end());
    text.push('\n');
    Ok(Some(Artefact { path, text }))
}

/// What the manifest says of a query.
fn known(product: &Product<'_>, file: &Artefact) -> Result<Known, Failure> {
    let compiled = &product.made.compiled;
    let meta = product.made.checked.map(|checked| checked.document.meta());
    let rule =
        meta.and_then(|meta| meta.id.as_ref()).map_or_else(String::new, |id| id.value.trim().to_lowercase());
    let kind = folder_of(product.made.target);
    Ok(Known {
        id: object_id(if is_uuid(&rule) { &rule } else { &file.path }, &kind, ""),
        kind,
        version: 0,
        hash: hash(&file.text),
        rule,
        title: title(product).unwrap_or_default().to_owned(),
        source: source(product.file)?,
        fidelity: compiled.fidelity.name().to_owned(),
        notes: notes(compiled),
        delivery: deliveries(compiled),
        enabled: true,
        files: vec![file.path.clone()],
    })
}
