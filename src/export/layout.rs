//! Where files of rules are: a template of what is known of a rule, in names that every file system takes and none
//! takes for another.

use std::collections::BTreeSet;

/// A template of a path, such as `{product}/{file}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Name(Name),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Name {
    Product,
    Path,
    File,
    Title,
    Id,
    Level,
    Status,
}

/// What each part of a template is called.
const NAMES: [(&str, Name); 7] = [
    ("product", Name::Product),
    ("path", Name::Path),
    ("file", Name::File),
    ("title", Name::Title),
    ("id", Name::Id),
    ("level", Name::Level),
    ("status", Name::Status),
];

/// What of a rule is in names. Each may be empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts<'f> {
    /// The product of its log.
    pub product: &'f str,
    /// Its file, from the root of the collection, with `/` between the names.
    pub source: &'f str,
    /// Its title.
    pub title: &'f str,
    /// Its identifier.
    pub id: &'f str,
    /// Its level.
    pub level: &'f str,
    /// Its status.
    pub status: &'f str,
}

impl Default for Layout {
    /// The product and the name of the rule's file.
    fn default() -> Self {
        let parts = vec![Part::Name(Name::Product), Part::Text("/".to_owned()), Part::Name(Name::File)];
        Self { parts }
    }
}

impl Layout {
    /// Reads a template.
    ///
    /// # Errors
    /// A clause for the user.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').ok_or("a `{` has no `}`")?;
            let found = NAMES.iter().find(|(known, _)| *known == name).map(|(_, found)| *found);
            let names = || NAMES.map(|(known, _)| format!("`{{{known}}}`")).join(", ");
            let found = found.ok_or_else(|| format!("no `{{{name}}}`; there are {}", names()))?;
            parts.extend([Part::Text(before.to_owned()), Part::Name(found)]);
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        parts.retain(|part| *part != Part::Text(String::new()));
        let fits = |char: char| char.is_ascii_alphanumeric() || "_-./".contains(char);
        let plain = |part: &Part| match part {
            Part::Text(text) => text.chars().all(fits),
            Part::Name(_) => true,
        };
        if !parts.iter().all(plain) {
            return Err("a path has letters, digits, `_`, `-`, `.` and `/`".to_owned());
        }
        if text.split('/').any(|name| name == "..") || text.starts_with('/') {
            return Err("a path stays below the folder of its kind".to_owned());
        }
        let tells = |part: &Part| matches!(part, Part::Name(Name::File | Name::Title | Name::Id));
        if !parts.iter().any(tells) {
            return Err("it tells no rule from another; name `{file}`, `{title}` or `{id}`".to_owned());
        }
        Ok(Self { parts })
    }

    /// The path of a rule's files, without the ending.
    pub fn place(&self, of: Facts<'_>) -> String {
        let mut path = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => path.push_str(text),
                Part::Name(name) => path.push_str(&name.value(of)),
            }
        }
        let names: Vec<String> = path.split('/').map(file_name).filter(|name| !name.is_empty()).collect();
        if names.is_empty() { "rule".to_owned() } else { names.join("/") }
    }
}

impl Name {
    fn value(self, of: Facts<'_>) -> String {
        let (folders, file) = of.source.rsplit_once('/').unwrap_or(("", of.source));
        let or = |text: &str, other: &str| file_name(if text.is_empty() { other } else { text });
        match self {
            Self::Product => or(of.product, "other"),
            Self::Path => folders.to_owned(),
            Self::File => file_name(file.rsplit_once('.').map_or(file, |(stem, _)| stem)),
            Self::Title => file_name(&of.title.to_lowercase()),
            Self::Id => or(of.id, "none"),
            Self::Level => or(of.level, "none"),
            Self::Status => or(of.status, "none"),
        }
    }
}

/// A path that none of `taken` is, whatever the letter case: the identifier of the rule tells it apart, or a number.
pub fn distinct(taken: &mut BTreeSet<String>, path: &str, id: &str) -> String {
    let mut free = |path: &str| taken.insert(path.to_lowercase());
    if free(path) {
        return path.to_owned();
    }
    let short = id.split('-').next().filter(|part| !part.is_empty()).unwrap_or("other");
    let first = std::iter::once(format!("{path}.{short}"));
    let mut candidates = first.chain((2_u32..).map(|at| format!("{path}.{at}")));
    candidates.find(|path| free(path)).unwrap_or_default()
}

/// A name that every file system takes and no shell misreads: letters, digits, `_`, `-` and inner dots.
pub(super) fn file_name(text: &str) -> String {
    let fits = |char: char| if char.is_ascii_alphanumeric() || "_-.".contains(char) { char } else { '_' };
    let name: String = text.chars().map(fits).take(100).collect();
    let name = name.trim_matches(['.', '_']).to_owned();
    // Names of devices, with or without an ending.
    let device = name.split('.').next().unwrap_or_default().to_lowercase();
    let numbered = |stem: &str| device.strip_prefix(stem).is_some_and(|rest| rest.len() == 1);
    if ["con", "prn", "aux", "nul"].contains(&device.as_str()) || numbered("com") || numbered("lpt") {
        return format!("{name}_");
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_names_everywhere() {
        for (text, name) in [
            ("aws_user", "aws_user"),
            ("../x", "x"),
            ("a/b c", "a_b_c"),
            ("CON", "CON_"),
            ("com1.yml", "com1.yml_"),
            ("console", "console"),
            ("überall", "berall"),
            ("...", ""),
        ] {
            assert_eq!(file_name(text), name, "{text}");
        }
    }

    #[test]
    fn a_template_gives_paths_that_stay_below() {
        let of = Facts {
            product: "aws",
            source: "rules/../cloud/User Made.yml",
            title: "A: New / User",
            id: "5e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d",
            level: "high",
            status: "",
        };
        for (template, expected) in [
            ("{product}/{file}", "aws/User_Made"),
            ("{level}/{title}", "high/a__new___user"),
            ("{path}/{file}", "rules/cloud/User_Made"),
            ("x-{status}/{id}", "x-none/5e8c3a39-3c1e-4f29-9f3a-4a9f6b2b1c0d"),
            ("./{product}.{file}", "aws.User_Made"),
        ] {
            assert_eq!(Layout::read(template).expect("a template").place(of), expected);
        }
        assert_eq!(Layout::default(), Layout::read("{product}/{file}").expect("a template"));
        assert_eq!(Layout::default().place(Facts::default()), "other");
        for (template, why) in [
            ("{product}", "tells no rule"),
            ("{file", "no `}`"),
            ("{name}", "there are `{product}`"),
            ("../{file}", "stays below"),
            ("/{file}", "stays below"),
            ("a b/{file}", "has letters"),
            ("C:{file}", "has letters"),
        ] {
            let found = Layout::read(template);
            assert!(found.as_ref().is_err_and(|said| said.contains(why)), "{template}: {found:?}");
        }
    }

    #[test]
    fn names_that_some_system_takes_for_one_are_told_apart() {
        let mut taken = BTreeSet::new();
        let found: Vec<String> =
            ["a/x", "A/X", "a/X", "a/y"].iter().map(|path| distinct(&mut taken, path, "5e8c-1")).collect();
        assert_eq!(found, ["a/x", "A/X.5e8c", "a/X.2", "a/y"]);
    }
}
