//! `sigmata compile --output`: the queries as files, kept in step with the rules.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use super::super::account::Account;
use super::super::build::{self, Build, Done};
use super::super::export::source;
use super::super::{Failure, Outcome, Output};
use super::{Product, title};
use crate::backend::Backend;
use crate::export::{Artefact, Facts, Known, Layout, deliveries, distinct, hash, is_uuid, notes, object_id};
use crate::rule::{Document, Meta};

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
    /// Where files are below the folder of their language.
    pub layout: Option<&'w Layout>,
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
    let (mut taken, mut places) = (HashSet::new(), BTreeSet::new());
    // Which of two gets a name does not depend on the order in which paths were given.
    let mut products: Vec<&Product<'_>> = products.iter().collect();
    products.sort_by_cached_key(|product| source(product.file).unwrap_or_default());
    for product in products {
        let Some(file) = artefact(product, wish, &mut places)? else { continue };
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
    let text = build.report("sigmata compile", &state, &done.removed, (only_look, wish.prune));
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
/// given, or where the layout puts it. Each way in which the query departs from the rule is a comment of it.
fn artefact(
    product: &Product<'_>,
    wish: Wish<'_>,
    places: &mut BTreeSet<String>,
) -> Result<Option<Artefact>, Failure> {
    let Some(query) = &product.made.compiled.query else { return Ok(None) };
    let stem = if let Some(layout) = wish.layout {
        laid_out(product, layout)?
    } else {
        let source = source(product.file)?;
        // Neither is in the name of a file on Windows.
        Path::new(&source).with_extension("").to_string_lossy().replace([':', '\\'], "_")
    };
    let mut path = format!("{}/{stem}", folder_of(product.made.target));
    if product.file.file.documents.len() > 1 {
        path.push_str(&format!(".{}", product.made.at + 1));
    }
    path = distinct(places, &path, &identifier(product));
    path.push_str(&format!(".{}", product.made.target.extension()));
    let mut text = String::new();
    if !wish.bare {
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

/// The place that a layout gives a query.
fn laid_out(product: &Product<'_>, layout: &Layout) -> Result<String, Failure> {
    let source = source(product.file)?;
    let id = identifier(product);
    let document = product.made.checked.map(|checked| &checked.document);
    let meta = document.map(Document::meta);
    let (level, status) =
        (meta.and_then(|meta| meta.level.as_ref()), meta.and_then(|meta| meta.status.as_ref()));
    let (level, status) = (level.map_or("", |level| &level.value), status.map_or("", |status| &status.value));
    let log = match document {
        Some(Document::Detection(rule)) => {
            rule.logsource.product.as_ref().map(|product| product.value.to_lowercase())
        }
        _ => source.rsplit('/').nth(1).map(str::to_owned),
    };
    let product_of = log.unwrap_or_default();
    let title = title(product).unwrap_or_default();
    Ok(layout.place(Facts { product: &product_of, source: &source, title, id: &id, level, status }))
}

/// The identifier of a query's rule; the empty text where it has none.
fn identifier(product: &Product<'_>) -> String {
    let meta = product.made.checked.map(|checked| checked.document.meta());
    meta.and_then(Meta::identifier).unwrap_or_default()
}

/// What the manifest says of a query.
fn known(product: &Product<'_>, file: &Artefact) -> Result<Known, Failure> {
    let compiled = &product.made.compiled;
    let rule = identifier(product);
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
