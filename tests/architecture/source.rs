//! What a source file names: the paths of its imports and of its code, tests left out.

use syn::visit::{self, Visit};

/// What one file names.
#[derive(Debug, Default)]
pub struct Names {
    /// Every path, by its segments, as far as it begins with a crate, `crate`, or a module of the file's own folder.
    pub paths: Vec<Vec<String>>,
    /// The macros that it calls.
    pub macros: Vec<String>,
    /// What it gives on under another path: the name, and the path that it stands for.
    pub given: Vec<(String, Vec<String>)>,
}

/// Reads a file of the module `module` (`["check", "lints"]`), whose sub-modules are declared in it.
pub fn names(text: &str, module: &[String]) -> Names {
    let file = syn::parse_file(text).expect("Rust");
    let mut reader = Reader { module: module.to_vec(), children: Vec::new(), names: Names::default() };
    reader.children = children(&file.items);
    reader.visit_file(&file);
    reader.names
}

struct Reader {
    module: Vec<String>,
    children: Vec<String>,
    names: Names,
}

fn children(items: &[syn::Item]) -> Vec<String> {
    let name = |item: &syn::Item| match item {
        syn::Item::Mod(module) => Some(module.ident.to_string()),
        _ => None,
    };
    items.iter().filter_map(name).collect()
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
        _ => false,
    })
}

impl Reader {
    /// A path from the root of the crate, or of another crate.
    fn absolute(&self, path: &[String]) -> Vec<String> {
        let mut module = self.module.clone();
        let mut rest = path;
        match rest.first().map(String::as_str) {
            Some("crate") => return path.to_vec(),
            Some("self") => rest = &rest[1..],
            Some("super") => {
                while rest.first().is_some_and(|part| part == "super") {
                    module.pop();
                    rest = &rest[1..];
                }
            }
            Some(first) if self.children.iter().any(|child| child == first) => {}
            _ => return path.to_vec(),
        }
        std::iter::once("crate".to_owned()).chain(module).chain(rest.iter().cloned()).collect()
    }

    fn add(&mut self, path: &[String]) -> Vec<String> {
        let path = self.absolute(path);
        self.names.paths.push(path.clone());
        path
    }

    fn tree(&mut self, tree: &syn::UseTree, before: &[String], public: bool) {
        let with = |name: &dyn ToString| {
            let mut path = before.to_vec();
            path.push(name.to_string());
            path
        };
        match tree {
            syn::UseTree::Path(path) => self.tree(&path.tree, &with(&path.ident), public),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.tree(tree, before, public)),
            syn::UseTree::Glob(_) => {
                self.add(before);
            }
            syn::UseTree::Name(name) => {
                let own = name.ident == "self";
                let path = self.add(&if own { before.to_vec() } else { with(&name.ident) });
                if public && let Some(last) = path.last().cloned() {
                    self.names.given.push((last, path));
                }
            }
            syn::UseTree::Rename(name) => {
                let path = self.add(&with(&name.ident));
                if public {
                    self.names.given.push((name.rename.to_string(), path));
                }
            }
        }
    }

    /// Paths and macros among the tokens that a macro is called with.
    fn tokens(&mut self, text: &str) {
        let mut path: Vec<String> = Vec::new();
        let mut joined = false;
        for word in text.split_whitespace().chain(std::iter::once(";")) {
            for part in split(word) {
                match part {
                    "::" => joined = true,
                    "!" if path.len() == 1 => self.names.macros.push(path.remove(0)),
                    word if word.starts_with(|first: char| first.is_alphabetic() || first == '_') => {
                        if !joined {
                            self.flush(&mut path);
                        }
                        path.push(word.to_owned());
                        joined = false;
                    }
                    _ => self.flush(&mut path),
                }
            }
        }
    }

    fn flush(&mut self, path: &mut Vec<String>) {
        if path.len() > 1 {
            self.add(path);
        }
        path.clear();
    }
}

/// A text of tokens, cut between names and `::` and everything else.
fn split(word: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = word;
    while !rest.is_empty() {
        let name = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let end = match name {
            0 if rest.starts_with("::") => 2,
            0 => rest.chars().next().map_or(1, char::len_utf8),
            name => name,
        };
        parts.push(&rest[..end]);
        rest = &rest[end..];
    }
    parts
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let attributes = match item {
            syn::Item::Mod(item) => &item.attrs,
            syn::Item::Fn(item) => &item.attrs,
            syn::Item::Use(item) => &item.attrs,
            syn::Item::Impl(item) => &item.attrs,
            _ => return visit::visit_item(self, item),
        };
        if !is_test(attributes) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let Some((_, items)) = &item.content else { return };
        self.module.push(item.ident.to_string());
        let outer = std::mem::replace(&mut self.children, children(items));
        for item in items {
            self.visit_item(item);
        }
        self.children = outer;
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let public = !matches!(item.vis, syn::Visibility::Inherited);
        self.tree(&item.tree, &[], public);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if segments.len() > 1 {
            self.add(&segments);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        if let Some(last) = call.path.segments.last() {
            self.names.macros.push(last.ident.to_string());
        }
        self.visit_path(&call.path);
        self.tokens(&call.tokens.to_string());
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        // `#[derive(serde::Deserialize)]` names a crate too.
        if let syn::Meta::List(list) = &attribute.meta {
            self.tokens(&list.tokens.to_string());
        }
    }
}
