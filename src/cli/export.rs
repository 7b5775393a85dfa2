//! `sigmata export`: a build of what SIEMs import, kept in step with the rules.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::args::{CompileFormat, ExportArgs};
use super::build::{self, Build, Done, State};
use super::check::plural;
use super::confine::Bounds;
use super::load::{self, Loaded, RuleFile};
use super::settings::Session;
use super::{Failure, Needs, Outcome, Output, examples, files, git, judge, revision};
use crate::backend::{self, Backend};
use crate::check::TypedRule;
use crate::diagnostic::Severity;
use crate::diagnostic::nearest::nearest;
use crate::diagnostic::render::{self, Finding};
use crate::export::{self, Job, Kind, Layout, Made, Manifest, Subject};
use crate::link::Links;
use crate::rule::DetectionRule;
use crate::workspace::{Case, Order, Product, products};

mod diff;
mod environment;

pub(super) fn run(args: &ExportArgs, session: &Session, output: &mut Output) -> Result<Outcome, Failure> {
    let environment = environment::asked(args, session)?;
    let kinds = kinds(args, session)?;
    if let Some(revision) = &args.diff {
        return diff::run(args, revision, &environment, &kinds, session, output);
    }
    let folder = folder(args, session)?;
    let last = build::last(&folder, environment.name.as_deref())?;
    let loaded = load::load(&args.paths, Needs::Filters, session)?;
    environment::holds(&environment, &loaded.files, session, output)?;
    let made = compiled(&loaded.files, &loaded.links, &kinds)?;
    let layout = environment::layout(args, session)?;
    let job = Job { subjects: subjects(&made, &layout), environment, last };
    let built = export::build(&job, &kinds);
    let next = job.last.after(&built, &kinds, job.environment.name.as_deref());
    // A rule that cannot be read would count as one that is gone.
    let whole = loaded.account.outcome() == Outcome::Clean;
    let kept = Build { folder: &folder, last: &job.last, next: &next, files: &built.files };
    let (state, done) = if args.check || !whole {
        (kept.compare()?, Done::default())
    } else {
        kept.write(args.prune, output)?
    };
    print_findings(&loaded, &job, &built, session, output)?;
    match args.format {
        CompileFormat::Json => {
            output.json(&loaded.account.within(object(&built, &next, &state)));
        }
        CompileFormat::Text => {
            let mut text = counts(&built);
            let how = (args.check || !whole, args.prune);
            text.push_str(&kept.report("sigmata export", &state, &done.removed, how));
            output.text(&text);
        }
    }
    loaded.account.tell(args.format == CompileFormat::Json, output);
    if !whole && !args.check {
        output.note(build::NOT_WHOLE);
    }
    let failed = built.findings.iter().any(|(_, finding)| finding.severity == Severity::Error)
        || loaded.files.iter().any(has_errors);
    let outcome = if failed || args.check && !state.in_step() { Outcome::Findings } else { Outcome::Clean };
    let outcome = outcome.max(loaded.account.outcome()).max(done.outcome.unwrap_or(Outcome::Clean));
    drop((job, built));
    drop(made);
    load::leave(loaded);
    Ok(outcome)
}

/// The file as the manifest names it, what its rules give, and its tests where pages are to show them.
type OfFile<'l> = (String, Vec<Product<'l>>, Vec<Case>);

/// What the rules of each file give for some kinds.
fn compiled<'l>(files: &'l [RuleFile], links: &'l Links, kinds: &[Kind]) -> Result<Vec<OfFile<'l>>, Failure> {
    let targets = targets(kinds);
    let made = load::each(files, |file| {
        let options = |rule: &DetectionRule, typed: &TypedRule| file.scope.options(rule, typed);
        let of_file = source(file).map(|name| {
            let order =
                Order { targets: &targets, options: &options, force: false, name: &name, formulas: true };
            let products = products(&file.file, links, &order);
            let tests = if kinds.contains(&Kind::Site) { examples::beside(file) } else { Vec::new() };
            (name, products, tests)
        });
        vec![of_file]
    });
    made.into_iter().collect()
}

/// The subjects of a job.
fn subjects<'m>(made: &'m [OfFile<'m>], layout: &Layout) -> Vec<Subject<'m>> {
    let named = made
        .iter()
        .flat_map(|(source, products, _)| products.iter().map(move |product| (source.clone(), product)));
    let mut subjects = export::subjects(named, layout);
    let tests: HashMap<&str, &[Case]> =
        made.iter().map(|(source, _, tests)| (source.as_str(), tests.as_slice())).collect();
    for subject in &mut subjects {
        let of_file = tests.get(subject.named.source.as_str()).copied().unwrap_or_default();
        subject.tests = examples::of(subject, of_file);
    }
    subjects
}

fn has_errors(file: &RuleFile) -> bool {
    file.file.findings.iter().any(|finding| finding.severity == Severity::Error)
}

fn kinds(args: &ExportArgs, session: &Session) -> Result<Vec<Kind>, Failure> {
    let set = args.env.as_ref().and_then(|name| session.run.config.of_environment(name, "kinds"));
    let set = set.map_or(&[][..], |set| set.value.texts());
    let wanted = if args.kinds.is_empty() { set } else { &args.kinds };
    if wanted.is_empty() {
        return Ok(Kind::ALL.to_vec());
    }
    let names = || Kind::ALL.iter().map(|kind| kind.name());
    let find = |name: &String| {
        Kind::named(name.trim()).ok_or_else(|| {
            let help = match nearest(name, names()).first() {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the kinds are {}", names().collect::<Vec<_>>().join(", ")),
            };
            Failure::Usage(format!("no kind of export `{name}`; {help}"))
        })
    };
    let mut kinds: Vec<Kind> = wanted.iter().map(find).collect::<Result<_, _>>()?;
    kinds.sort_unstable();
    kinds.dedup();
    Ok(kinds)
}

fn folder(args: &ExportArgs, session: &Session) -> Result<PathBuf, Failure> {
    if let Some(folder) = &args.output {
        return Ok(folder.clone());
    }
    let set = args.env.as_ref().and_then(|name| session.run.config.of_environment(name, "out"));
    match set.and_then(|set| Some((set, set.value.texts().first()?))) {
        Some((set, out)) => {
            let folder = session.run.folder.join(out);
            if !Bounds::of([&session.run.folder]).hold_output(&folder) {
                let message = format!(
                    "`out = \"{out}\"` leads out of the repository; name a folder elsewhere with `-o DIR`"
                );
                return Err(session.run.fault(set.origin, message));
            }
            Ok(folder)
        }
        None => Err(Failure::Usage(
            "no folder to write to; name one with `-o DIR`, or as `out` of `[export.NAME]`".into(),
        )),
    }
}

/// The languages of some kinds; those that take no queries look at all.
fn targets(kinds: &[Kind]) -> Vec<&'static dyn Backend> {
    let mut targets: Vec<&'static dyn Backend> = Vec::new();
    for kind in kinds {
        let wanted = match kind.targets() {
            [] => backend::defaults(),
            names => names.iter().filter_map(|name| backend::find(name)).collect(),
        };
        for target in wanted {
            if targets.iter().all(|known| known.name() != target.name()) {
                targets.push(target);
            }
        }
    }
    targets
}

/// The file of a rule as the manifest names it: from the root of the collection, however the path was given. The file,
/// and folders on the way to it, need not be there any more.
pub(super) fn source(file: &RuleFile) -> Result<String, Failure> {
    let real = revision::real(&file.found.path)?;
    if let (Some(_), Ok(below)) = (&file.scope.file, real.strip_prefix(&file.scope.folder)) {
        return Ok(files::printed(below));
    }
    let root = real.ancestors().skip(1).find(|above| git::is_root(above));
    let below = root.unwrap_or(&file.scope.folder);
    Ok(real.strip_prefix(below).map_or_else(|_| files::printed(&file.found.relative), files::printed))
}

fn print_findings(
    loaded: &Loaded,
    job: &Job<'_>,
    built: &Made,
    session: &Session,
    output: &mut Output,
) -> Result<(), Failure> {
    let mut findings: Vec<Finding<'_>> = Vec::new();
    let judgement = judge::aside(loaded, session)?;
    for (file, judged) in loaded.files.iter().zip(&judgement.files) {
        let open = judged.iter().filter(|one| one.is_open() && one.diagnostic.severity > Severity::Info);
        findings.extend(open.map(|one| Finding::new(&file.file.source, &one.diagnostic)));
    }
    // What is left out is counted, and what the platforms do not take is reported.
    let told = built.findings.iter().filter(|(_, finding)| finding.severity > Severity::Info);
    findings.extend(told.filter_map(|(at, finding)| {
        job.subjects.get(*at).map(|subject| Finding::new(&subject.file.source, finding))
    }));
    output.note_grouped(&findings, &loaded.logs());
    Ok(())
}

/// How many objects of each kind there are, and how many rules were left out for which reason.
fn counts(built: &Made) -> String {
    let mut text = String::new();
    let mut by_kind: Vec<(&str, usize, usize)> = Vec::new();
    for object in &built.objects {
        let approximate = usize::from(object.fidelity != "exact");
        match by_kind.last_mut() {
            Some((kind, all, some)) if *kind == object.kind.name() => {
                *all += 1;
                *some += approximate;
            }
            _ => by_kind.push((object.kind.name(), 1, approximate)),
        }
    }
    for (kind, all, some) in by_kind {
        let note = if some > 0 { format!(", {some} of them approximate") } else { String::new() };
        let _ = writeln!(text, "{kind:<12} {}{note}", plural(all, "object"));
    }
    let mut left: HashMap<&str, usize> = HashMap::new();
    for (_, finding) in built.findings.iter().filter(|(_, finding)| finding.severity == Severity::Info) {
        *left.entry(&finding.message).or_default() += 1;
    }
    let mut left: Vec<_> = left.into_iter().collect();
    left.sort_unstable();
    for (reason, count) in left {
        let _ = writeln!(text, "{}: {reason}", plural(count, "rule"));
    }
    text
}

fn object(built: &Made, next: &Manifest, state: &State) -> Value {
    let objects = built.objects.iter().map(|object| {
        json!({
            "kind": object.kind.name(),
            "id": object.id,
            "version": object.version,
            "rule": {"id": object.rule.id, "title": object.rule.title, "file": object.rule.source},
            "fidelity": object.fidelity,
            "notes": object.notes,
            "delivery": object.delivery,
            "enabled": object.enabled,
            "files": object.files,
        })
    });
    let mut document = render::document("objects", objects.collect());
    if let Some(members) = document.as_object_mut() {
        let retired = next
            .retired()
            .iter()
            .map(|gone| json!({"kind": gone.kind, "id": gone.id, "rule": gone.rule, "title": gone.title}));
        members.insert("in-step".into(), json!(state.in_step()));
        members.insert("missing".into(), json!(state.missing));
        members.insert("differing".into(), json!(state.differing));
        members.insert("stale".into(), json!(state.stale));
        members.insert("retired".into(), retired.collect());
    }
    document
}
