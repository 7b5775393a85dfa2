//! Prints a query: this module alone knows quoting, escaping, precedence and layout.
//!
//! One command a line and one conjunct a line; what does not fit into a line is broken at its operands.
//! The output is a function of the tree alone.

pub mod script;

use std::fmt::{self, Write as _};
use std::sync::LazyLock;

use rustc_hash::FxHashSet;

use super::ast::{Apply, Comment, Expr, Function, Name, Operator, Query, Watchlist, is_hidden};

/// The longest line that is aimed at, in characters.
const WIDTH: usize = 110;
/// The most operands of one `and` or `or` that are side by side. Kusto nests such a chain one level deeper for each
/// operand, and refuses a query that is nested too deeply; so a longer one is grouped by parentheses.
const CHAIN: usize = 32;
/// One step of indentation.
const STEP: usize = 4;

/// Lengths of time in seconds, the longest first.
pub(super) const UNITS: [(u32, char); 4] = [(86_400, 'd'), (3_600, 'h'), (60, 'm'), (1, 's')];

/// The text of a query; ends without a newline.
pub fn print(query: &Query) -> String {
    let is_long = |part: &Expr| matches!(part, Expr::And(parts) | Expr::Or(parts) if parts.len() > CHAIN);
    let mut printer = Printer { out: String::new() };
    // Writing to a string does not fail.
    let _ = if query.expressions().into_iter().any(|expr| expr.any(&mut |part| is_long(part))) {
        let mut grouped = query.clone();
        grouped.expressions_mut().into_iter().for_each(group);
        printer.query(&grouped)
    } else {
        printer.query(query)
    };
    printer.out
}

/// The operator with long chains made trees of chains.
fn grouped(operator: &Operator) -> Operator {
    let mut query = Query {
        comments: Vec::new(),
        lists: Vec::new(),
        table: Name::from(""),
        operators: vec![operator.clone()],
    };
    query.expressions_mut().into_iter().for_each(group);
    query.operators.pop().unwrap_or_else(|| operator.clone())
}

/// Makes long chains trees of chains.
fn group(expr: &mut Expr) {
    expr.operands_mut().into_iter().for_each(group);
    let (parts, chain): (_, fn(Vec<Expr>) -> Expr) = match expr {
        Expr::And(parts) => (parts, Expr::And),
        Expr::Or(parts) => (parts, Expr::Or),
        _ => return,
    };
    while parts.len() > CHAIN {
        let mut rest = std::mem::take(parts).into_iter().peekable();
        while rest.peek().is_some() {
            let mut group: Vec<Expr> = rest.by_ref().take(CHAIN).collect();
            parts.push(if group.len() == 1 { group.remove(0) } else { chain(group) });
        }
    }
}

/// The line that names the values of a watchlist.
fn watchlist(list: &Watchlist) -> String {
    let alias = Expr::Text(list.alias.clone());
    let Watchlist { name, key, .. } = list;
    format!("let {name} = toscalar(_GetWatchlist({}) | summarize make_set({key}));", Flat(&alias))
}

/// The text of an expression on one line.
pub fn flat(expr: &Expr) -> String {
    Flat(expr).to_string()
}

/// Words that Microsoft's parser does not take as a bare name in a column's place, after a dot or as a table, and
/// further keywords that would only confuse a reader.
const RESERVED: &str = "\
    __contextual_datatable __id accumulate alias and anomalychart areachart as asc bagexpansion barchart between \
    bin_legacy bool boolean by byte cachingpolicy callout cancel card char columnchart contains contains_cs \
    containscs count cycles dataexport datascope datatable date datetime decimal declare decodeblocks desc \
    distinct double dynamic earliest encodingpolicy endswith endswith_cs expandoutput extend \
    extent_tags_retention external_data externaldata false find first flags float force_remote guid harddelete \
    hardretention has has_all has_any has_cs hasprefix hasprefix_cs hassuffix hassuffix_cs hotcache in int int16 \
    int32 int64 int8 invoke isfuzzy join journal kind ladderchart last latest let like likecs limit linechart \
    long lookup matches materialize mdm missing nooptimization not notcontains notcontainscs notlike notlikecs \
    null of on or others parse pathformat pattern piechart pivotchart print project queries query_results range \
    real regex relaxed render restrict restricted_view_access row_level_security rowstore rowstore_references \
    rowstore_sealinfo rowstorepolicy rowstores sample scatterchart seal seals search set shards simple \
    softdelete softretention sql stackedareachart startswith startswith_cs statistics string summarize \
    tablepurge take time timechart timeline timepivot timespan title to toscalar totable treemap true typeof \
    uint uint16 uint32 uint64 uint8 ulong union uniqueid unrestrictedviewers verbose viewers views where with \
    with_itemindex with_match_id with_source with_step_name withsource writeaheadlog";

/// Whether a name can be without brackets.
pub(super) fn is_bare(name: &str) -> bool {
    static WORDS: LazyLock<FxHashSet<&str>> = LazyLock::new(|| RESERVED.split_ascii_whitespace().collect());
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !WORDS.contains(name)
}

/// A string literal: double quotes, every backslash and quote escaped, nothing invisible raw.
fn literal(out: &mut impl fmt::Write, text: &str, quote: char) -> fmt::Result {
    out.write_char(quote)?;
    let mut rest = text;
    let is_special = |char: char| char == '\\' || char == quote || is_hidden(char);
    while let Some((at, char)) = rest.char_indices().find(|(_, char)| is_special(*char)) {
        out.write_str(rest.get(..at).unwrap_or_default())?;
        rest = rest.get(at + char.len_utf8()..).unwrap_or_default();
        match char {
            '\n' => out.write_str("\\n")?,
            '\r' => out.write_str("\\r")?,
            '\t' => out.write_str("\\t")?,
            _ if char == '\\' || char == quote => {
                out.write_char('\\')?;
                out.write_char(char)?;
            }
            _ => {
                let mut units = [0; 2];
                for unit in char.encode_utf16(&mut units) {
                    write!(out, "\\u{unit:04X}")?;
                }
            }
        }
    }
    out.write_str(rest)?;
    out.write_char(quote)
}

/// A regular expression: verbatim, where only the quote is doubled, unless it holds what cannot be there.
fn pattern(out: &mut impl fmt::Write, text: &str) -> fmt::Result {
    if text.chars().any(is_hidden) || !text.contains(['\\', '"']) {
        return literal(out, text, '"');
    }
    write!(out, "@\"{}\"", text.replace('"', "\"\""))
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if is_bare(&self.0) {
            return f.write_str(&self.0);
        }
        f.write_char('[')?;
        literal(f, &self.0, '\'')?;
        f.write_char(']')
    }
}

/// How tightly an expression binds; an operand that binds less tightly than its place needs parentheses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Or,
    And,
    Compare,
    Atom,
}

fn level(expr: &Expr) -> Level {
    match expr {
        Expr::Or(_) => Level::Or,
        Expr::And(_) => Level::And,
        Expr::Compare(..) | Expr::In { .. } | Expr::AnyColumn(..) | Expr::Arithmetic(..) => Level::Compare,
        _ => Level::Atom,
    }
}

/// One line.
struct Flat<'a>(&'a Expr);

impl Flat<'_> {
    /// `expr` where at least `needed` must bind. Every mixture of `and` and `or` gets parentheses.
    fn at(f: &mut fmt::Formatter<'_>, expr: &Expr, needed: Level) -> fmt::Result {
        if level(expr) < needed { write!(f, "({})", Flat(expr)) } else { write!(f, "{}", Flat(expr)) }
    }

    fn list(f: &mut fmt::Formatter<'_>, parts: &[Expr], between: &str, needed: Level) -> fmt::Result {
        for (at, part) in parts.iter().enumerate() {
            if at > 0 {
                f.write_str(between)?;
            }
            Self::at(f, part, needed)?;
        }
        Ok(())
    }
}

impl fmt::Display for Flat<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Expr::Column(name) => write!(f, "{name}"),
            Expr::Member(inner, name) => {
                Self::at(f, inner, Level::Atom)?;
                if is_bare(&name.0) {
                    write!(f, ".{name}")
                } else {
                    f.write_char('[')?;
                    literal(f, &name.0, '"')?;
                    f.write_char(']')
                }
            }
            Expr::Index(inner, index) => {
                Self::at(f, inner, Level::Atom)?;
                write!(f, "[{index}]")
            }
            Expr::Text(text) => literal(f, text, '"'),
            Expr::Pattern(text) => pattern(f, text),
            // The literal after a minus sign would not fit into 64 bits.
            Expr::Integer(i64::MIN) => write!(f, "long({})", i64::MIN),
            Expr::Integer(number) => write!(f, "{number}"),
            Expr::Real(text) => f.write_str(text),
            Expr::Boolean(value) => write!(f, "{value}"),
            Expr::DateTime(ticks) => datetime(f, *ticks),
            Expr::Timespan(seconds) => timespan(f, *seconds),
            Expr::Arithmetic(left, sign, right) => {
                Self::at(f, left, Level::Atom)?;
                write!(f, " {} ", sign.text())?;
                Self::at(f, right, Level::Atom)
            }
            Expr::Call(function, arguments) => {
                write!(f, "{}(", function.text())?;
                Self::list(f, arguments, ", ", Level::Or)?;
                f.write_char(')')
            }
            Expr::Compare(left, operator, right) => {
                Self::at(f, left, Level::Atom)?;
                write!(f, " {} ", operator.text())?;
                Self::at(f, right, Level::Atom)
            }
            Expr::In { value, fold, list } => {
                Self::at(f, value, Level::Atom)?;
                f.write_str(if *fold { " in~ (" } else { " in (" })?;
                Self::list(f, list, ", ", Level::Or)?;
                f.write_char(')')
            }
            Expr::AnyColumn(operator, text) => {
                write!(f, "* {} ", operator.text())?;
                Self::at(f, text, Level::Atom)
            }
            Expr::And(parts) => Self::list(f, parts, " and ", Level::Compare),
            Expr::Or(parts) => Self::list(f, parts, " or ", Level::Compare),
            Expr::Not(inner) => write!(f, "not({})", Flat(inner)),
        }
    }
}

/// `datetime(2026-01-02T03:04:05.1234567Z)`, without a fraction where it is nought.
fn datetime(f: &mut fmt::Formatter<'_>, ticks: i64) -> fmt::Result {
    const SECOND: i64 = 10_000_000;
    let (seconds, fraction) = (ticks.div_euclid(SECOND), ticks.rem_euclid(SECOND));
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = crate::time::civil(days);
    write!(f, "datetime({year:04}-{month:02}-{day:02}T")?;
    write!(f, "{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)?;
    if fraction != 0 {
        write!(f, ".{fraction:07}")?;
    }
    f.write_str("Z)")
}

/// `10m`: the largest unit of which it is a multiple.
fn timespan(f: &mut fmt::Formatter<'_>, seconds: u32) -> fmt::Result {
    let fits = |(length, _): &&(u32, char)| seconds != 0 && seconds.is_multiple_of(*length);
    let (length, unit) = UNITS.iter().find(fits).copied().unwrap_or((1, 's'));
    write!(f, "{}{unit}", seconds / length)
}

/// What an operator does that is not seen at once.
fn remark(operator: &Operator) -> Option<Comment> {
    let Operator::Apply(apply) = operator else { return None };
    let array = Flat(listed(&apply.array));
    Comment::new(&match (apply.flags.as_slice(), apply.nested.first()) {
        ([], None) => format!("some element of {array} meets this"),
        ([], Some(_)) => format!("some element of {array} meets this together with the elements inside it"),
        ([(flag, _)], _) => format!("{flag}: how many elements of {array} meet this"),
        (flags, _) => {
            let names: Vec<String> = flags.iter().map(|(name, _)| name.to_string()).collect();
            format!("{}: how many elements of {array} meet each test", names.join(", "))
        }
    })
}

/// The array itself, where one of it alone stands for what is not an array.
fn listed(array: &Expr) -> &Expr {
    match array {
        Expr::Call(Function::Iff, parts) => parts.get(1).unwrap_or(array),
        other => other,
    }
}

struct Printer {
    out: String,
}

impl Printer {
    fn query(&mut self, query: &Query) -> fmt::Result {
        for comment in &query.comments {
            writeln!(self.out, "// {}", comment.as_str())?;
        }
        for list in &query.lists {
            writeln!(self.out, "{}", watchlist(list))?;
        }
        write!(self.out, "{}", query.table)?;
        for operator in &query.operators {
            if let Some(remark) = remark(operator).filter(|_| !query.comments.is_empty()) {
                self.line(0);
                write!(self.out, "// {}", remark.as_str())?;
            }
            self.line(0);
            self.out.push_str("| ");
            self.operator(operator)?;
        }
        Ok(())
    }

    fn operator(&mut self, operator: &Operator) -> fmt::Result {
        match operator {
            Operator::Where(Expr::And(parts)) => {
                for (at, part) in parts.iter().enumerate() {
                    if at == 0 {
                        self.out.push_str("where ");
                    } else {
                        self.line(STEP);
                        self.out.push_str("and ");
                    }
                    self.expr(part, Level::Compare, STEP)?;
                }
                Ok(())
            }
            Operator::Where(expr) => {
                self.out.push_str("where ");
                self.broken(expr, STEP)
            }
            Operator::Extend(columns) => {
                self.out.push_str("extend ");
                self.items(columns.iter().map(|(name, expr)| format!("{name} = {}", Flat(expr))));
                Ok(())
            }
            Operator::Apply(apply) => self.apply(apply, 0),
            Operator::ProjectAway(names) => {
                self.out.push_str("project-away ");
                self.items(names.iter().map(ToString::to_string));
                Ok(())
            }
            Operator::Project(columns) => {
                self.out.push_str("project ");
                self.items(columns.iter().map(|(name, expr)| match expr {
                    None => name.to_string(),
                    Some(expr) => format!("{name} = {}", Flat(expr)),
                }));
                Ok(())
            }
        }
    }

    /// `mv-apply`, whose operator is at `indent`.
    fn apply(&mut self, apply: &Apply, indent: usize) -> fmt::Result {
        write!(self.out, "mv-apply {} = ", apply.item)?;
        self.broken(&apply.array, indent + STEP)?;
        self.out.push_str(" on (");
        let inner = indent + STEP;
        let mut pipe = "";
        if let Some(first) = &apply.first {
            self.line(inner);
            self.out.push_str("where ");
            self.broken(first, inner + STEP)?;
            pipe = "| ";
        }
        for nested in &apply.nested {
            self.line(inner);
            self.out.push_str(pipe);
            self.apply(nested, inner)?;
            pipe = "| ";
        }
        if let Some(then) = &apply.then {
            self.line(inner);
            write!(self.out, "{pipe}where ")?;
            self.broken(then, inner + STEP)?;
            pipe = "| ";
        }
        self.line(inner);
        self.out.push_str(pipe);
        self.out.push_str(if apply.flags.is_empty() { "take 1" } else { "summarize " });
        for (at, (name, expr)) in apply.flags.iter().enumerate() {
            if at > 0 {
                self.out.push(',');
                self.line(inner + STEP);
            }
            write!(self.out, "{name} = countif(")?;
            self.broken(expr, inner + 2 * STEP)?;
            self.out.push(')');
        }
        self.line(indent);
        self.out.push(')');
        Ok(())
    }

    /// Items separated by commas, one a line when they do not fit into one.
    fn items(&mut self, items: impl Iterator<Item = String>) {
        let items: Vec<String> = items.collect();
        let long = self.column() + items.iter().map(|item| item.chars().count() + 2).sum::<usize>() > WIDTH;
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                self.out.push(',');
                if long {
                    self.line(STEP);
                } else {
                    self.out.push(' ');
                }
            }
            self.out.push_str(item);
        }
    }

    /// An expression that must bind as `needed`, on one line when it fits, else broken; `indent` is that of the
    /// line's continuation.
    fn expr(&mut self, expr: &Expr, needed: Level, indent: usize) -> fmt::Result {
        if level(expr) < needed {
            if self.fits(expr, 2) {
                write!(self.out, "({})", Flat(expr))?;
            } else {
                self.out.push('(');
                self.line(indent + STEP);
                self.broken(expr, indent + STEP)?;
                self.line(indent);
                self.out.push(')');
            }
            return Ok(());
        }
        self.broken(expr, indent)
    }

    fn broken(&mut self, expr: &Expr, indent: usize) -> fmt::Result {
        if self.fits(expr, 0) {
            return write!(self.out, "{}", Flat(expr));
        }
        match expr {
            Expr::And(parts) | Expr::Or(parts) => {
                let word = if matches!(expr, Expr::And(_)) { "and " } else { "or " };
                for (at, part) in parts.iter().enumerate() {
                    if at > 0 {
                        self.line(indent);
                        self.out.push_str(word);
                    }
                    self.expr(part, Level::Compare, indent)?;
                }
                Ok(())
            }
            Expr::Not(inner) => {
                self.out.push_str("not(");
                self.line(indent + STEP);
                self.broken(inner, indent + STEP)?;
                self.line(indent);
                self.out.push(')');
                Ok(())
            }
            Expr::Call(function @ (Function::Coalesce | Function::Iff), arguments) => {
                write!(self.out, "{}(", function.text())?;
                self.block(arguments, indent)
            }
            Expr::In { value, fold, list } => {
                Flat(value).write(&mut self.out)?;
                self.out.push_str(if *fold { " in~ (" } else { " in (" });
                self.block(list, indent)
            }
            other => write!(self.out, "{}", Flat(other)),
        }
    }

    /// The parts one a line, and the closing parenthesis.
    fn block(&mut self, parts: &[Expr], indent: usize) -> fmt::Result {
        for (at, part) in parts.iter().enumerate() {
            if at > 0 {
                self.out.push(',');
            }
            self.line(indent + STEP);
            self.broken(part, indent + STEP)?;
        }
        self.line(indent);
        self.out.push(')');
        Ok(())
    }

    fn fits(&self, expr: &Expr, more: usize) -> bool {
        let mut budget = Budget { left: WIDTH.saturating_sub(self.column() + more) };
        write!(budget, "{}", Flat(expr)).is_ok()
    }

    /// The width of the line so far.
    fn column(&self) -> usize {
        let start = self.out.rfind('\n').map_or(0, |at| at + 1);
        self.out.get(start..).map_or(0, |line| line.chars().count())
    }

    fn line(&mut self, indent: usize) {
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n(' ', indent));
    }
}

impl Flat<'_> {
    fn write(&self, out: &mut String) -> fmt::Result {
        if level(self.0) < Level::Atom { write!(out, "({self})") } else { write!(out, "{self}") }
    }
}

/// Counts characters and gives up when there are too many, so that measuring costs no more than a line.
struct Budget {
    left: usize,
}

impl fmt::Write for Budget {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.left = self.left.checked_sub(text.chars().count()).ok_or(fmt::Error)?;
        Ok(())
    }
}
