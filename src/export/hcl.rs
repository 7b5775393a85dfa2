//! The configuration language of Terraform, as its own formatter lays it out.

use std::fmt::Write as _;

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Expr {
    /// A text; one of several lines is printed as such.
    Text(String),
    /// A number.
    Number(u64),
    /// A truth value.
    Flag(bool),
    /// Something that is said elsewhere, such as `var.x`.
    Reference(&'static str),
    /// Texts.
    List(Vec<String>),
    /// Texts by name.
    Map(Vec<(String, String)>),
}

/// What is in a block.
#[derive(Clone, Debug)]
pub(super) enum Item {
    /// `name = value`
    Set(&'static str, Expr),
    /// A block.
    Block(Block),
}

/// A block: its type, its labels, and what is in it.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub kind: &'static str,
    pub labels: Vec<String>,
    pub items: Vec<Item>,
}

impl Block {
    /// A block without labels.
    pub const fn new(kind: &'static str, items: Vec<Item>) -> Self {
        Self { kind, labels: Vec::new(), items }
    }

    /// The text of a file that holds blocks.
    pub fn file(blocks: &[Self]) -> String {
        let mut out = String::new();
        for (at, block) in blocks.iter().enumerate() {
            if at > 0 {
                out.push('\n');
            }
            block.write(0, &mut out);
        }
        out
    }

    fn write(&self, indent: usize, out: &mut String) {
        let labels: String = self.labels.iter().map(|label| format!(" {}", quoted(label))).collect();
        let _ = writeln!(out, "{:indent$}{}{labels} {{", "", self.kind);
        items(&self.items, indent + 2, out);
        let _ = writeln!(out, "{:indent$}}}", "");
    }
}

/// Values of one line are together, with their signs below each other; everything else is set apart by a blank line.
fn items(items: &[Item], indent: usize, out: &mut String) {
    let mut group: Vec<(String, String)> = Vec::new();
    let mut begun = false;
    for item in items {
        match item {
            Item::Set(name, value) if !value.is_long() => group.push(((*name).to_owned(), value.line())),
            long => {
                flush(&mut group, indent, &mut begun, out);
                apart(&mut begun, out);
                match long {
                    Item::Set(name, Expr::Map(entries)) => {
                        let _ = writeln!(out, "{:indent$}{name} = {{", "");
                        let mut lines: Vec<(String, String)> =
                            entries.iter().filter(|(_, text)| !is_long(text)).map(entry).collect();
                        let mut inner = false;
                        flush(&mut lines, indent + 2, &mut inner, out);
                        for (key, text) in entries.iter().filter(|(_, text)| is_long(text)) {
                            apart(&mut inner, out);
                            heredoc(&quoted(key), text, indent + 2, out);
                        }
                        let _ = writeln!(out, "{:indent$}}}", "");
                    }
                    Item::Set(name, Expr::Text(text)) => heredoc(name, text, indent, out),
                    Item::Set(..) => {}
                    Item::Block(block) => block.write(indent, out),
                }
            }
        }
    }
    flush(&mut group, indent, &mut begun, out);
}

fn entry((key, text): &(String, String)) -> (String, String) {
    (quoted(key), quoted(text))
}

fn apart(begun: &mut bool, out: &mut String) {
    if *begun {
        out.push('\n');
    }
    *begun = true;
}

fn flush(group: &mut Vec<(String, String)>, indent: usize, begun: &mut bool, out: &mut String) {
    if group.is_empty() {
        return;
    }
    apart(begun, out);
    let width = group.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    for (name, value) in group.drain(..) {
        let _ = writeln!(out, "{:indent$}{name:width$} = {value}", "");
    }
}

/// A text of several lines, as it is. It ends with a line end.
fn heredoc(name: &str, text: &str, indent: usize, out: &mut String) {
    let mut mark = "TEXT".to_owned();
    while text.lines().any(|line| line.trim() == mark) {
        mark.push('_');
    }
    let _ = writeln!(out, "{:indent$}{name} = <<{mark}", "");
    for line in text.trim_end().lines() {
        let _ = writeln!(out, "{}", template(line));
    }
    let _ = writeln!(out, "{mark}");
}

impl Expr {
    fn is_long(&self) -> bool {
        match self {
            Self::Text(text) => is_long(text),
            Self::Map(_) => true,
            _ => false,
        }
    }

    fn line(&self) -> String {
        match self {
            Self::Text(text) => quoted(text),
            Self::Number(number) => number.to_string(),
            Self::Flag(flag) => flag.to_string(),
            Self::Reference(name) => (*name).to_owned(),
            Self::List(texts) => {
                format!("[{}]", texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", "))
            }
            Self::Map(_) => String::new(),
        }
    }
}

fn is_long(text: &str) -> bool {
    text.contains('\n')
}

/// Nothing in a text is a template.
fn template(text: &str) -> String {
    text.replace("${", "$${").replace("%{", "%%{")
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for char in template(text).chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            char if char.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(char));
            }
            char => out.push(char),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_of_a_rule_is_a_template_or_leaves_its_place() {
        let block = Block {
            kind: "resource",
            labels: vec!["a".into(), "b\"c".into()],
            items: vec![
                Item::Set("name", Expr::Text("${file(\"/x\")} %{ if } \\ \"".into())),
                Item::Set("on", Expr::Flag(true)),
                Item::Set("query", Expr::Text("one ${x}\nTEXT\ntwo".into())),
                Item::Set("of", Expr::Map(vec![("k".into(), "v".into()), ("longer".into(), "w".into())])),
                Item::Block(Block::new("inner", vec![Item::Set("list", Expr::List(vec!["x".into()]))])),
            ],
        };
        assert_eq!(
            Block::file(&[block]),
            "resource \"a\" \"b\\\"c\" {\n  \
             name = \"$${file(\\\"/x\\\")} %%{ if } \\\\ \\\"\"\n  on   = true\n\n  \
             query = <<TEXT_\none $${x}\nTEXT\ntwo\nTEXT_\n\n  \
             of = {\n    \"k\"      = \"v\"\n    \"longer\" = \"w\"\n  }\n\n  \
             inner {\n    list = [\"x\"]\n  }\n}\n"
        );
    }
}
