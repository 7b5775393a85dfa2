//! Splunk's syntax, as far as the back end should need it.
//!
//! `search` ranks NOT, OR, AND; `where` and `eval` rank NOT, AND, OR (Search Manual, "Boolean expressions with
//! logical operators").
//! The parser knows precedence, where the printer avoids it by parentheses: a missing pair shows as a wrong result.

/// A query.
#[derive(Debug)]
pub struct Query {
    pub search: SearchTerm,
    pub commands: Vec<Command>,
}

/// A command after a pipe.
#[derive(Debug)]
pub enum Command {
    /// A path and the field for what it reaches.
    Spath(String, String),
    Eval(Vec<(String, Expr)>),
    Where(Expr),
    Table(Vec<String>),
}

/// A term of the base search.
#[derive(Debug)]
pub enum SearchTerm {
    Every,
    /// A quoted text without a field.
    Term(String),
    Compare(String, String),
    Not(Box<SearchTerm>),
    And(Vec<SearchTerm>),
    Or(Vec<SearchTerm>),
}

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    Field(String),
    Text(String),
    Number(f64),
    Call(String, Vec<Expr>),
    Binary(String, Box<Expr>, Box<Expr>),
    Not(Box<Expr>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Double(String),
    Single(String),
    Symbol(&'static str),
}

const SYMBOLS: &[&str] = &["!=", "<=", ">=", "=", "<", ">", "(", ")", ",", "|", ".", "+", "-", "*", "/", "%"];

/// Parses a query, or the searches of one that runs several at the same time ("multisearch", Search Reference), each with
/// what comes behind all.
pub fn queries(text: &str) -> Result<Vec<Query>, String> {
    let text = uncommented(text)?;
    let Some(mut rest) = text.trim_start().strip_prefix("| multisearch") else {
        return Ok(vec![query(&text)?]);
    };
    let mut parts = Vec::new();
    while let Some(inner) = rest.trim_start().strip_prefix("[ search ") {
        let end = bracket(inner).ok_or("a search without an end")?;
        parts.push(&inner[..end]);
        rest = &inner[end + 1..];
    }
    if parts.len() < 2 {
        return Err("two searches or more belong to `multisearch`".into());
    }
    parts.into_iter().map(|part| query(&format!("{}{rest}", part.trim_end()))).collect()
}

/// The first closing bracket outside quotes.
fn bracket(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut chars = text.char_indices();
    while let Some((at, char)) = chars.next() {
        match (quote, char) {
            (None, ']') => return Some(at),
            (None, '"' | '\'') => quote = Some(char),
            (Some(_), '\\') => drop(chars.next()),
            (Some(open), char) if open == char => quote = None,
            _ => {}
        }
    }
    None
}

/// Parses a whole query.
pub fn query(text: &str) -> Result<Query, String> {
    let text = uncommented(text)?;
    let (base, rest) = pipe(&text)?;
    let mut search = Parser { tokens: tokens(base, true)?, at: 0 };
    let term = search.conjunction()?;
    search.end()?;
    let mut commands = Vec::new();
    let mut rest = rest;
    while let Some(text) = rest {
        let (command, next) = pipe(text)?;
        commands.push(self::command(command.trim())?);
        rest = next;
    }
    Ok(Query { search: term, commands })
}

fn command(text: &str) -> Result<Command, String> {
    let (word, rest) = text.split_once(char::is_whitespace).ok_or(format!("no arguments: `{text}`"))?;
    let mut parser = Parser { tokens: tokens(rest, word == "table")?, at: 0 };
    let command = match word {
        "where" => Command::Where(parser.or()?),
        "spath" => {
            let mut argument = |name: &str| {
                if !parser.word(name) {
                    return Err(format!("`{name}=` expected"));
                }
                parser.expect("=")?;
                match parser.next() {
                    Some(Token::Word(value) | Token::Double(value)) => Ok(value),
                    other => Err(format!("no value of `{name}`: {other:?}")),
                }
            };
            Command::Spath(argument("path")?, argument("output")?)
        }
        "eval" => {
            let mut assignments = Vec::new();
            loop {
                let name = match parser.next() {
                    Some(Token::Word(name) | Token::Single(name)) => name,
                    other => return Err(format!("no field to assign to: {other:?}")),
                };
                parser.expect("=")?;
                assignments.push((name, parser.or()?));
                if !parser.take(",") {
                    break;
                }
            }
            Command::Eval(assignments)
        }
        "table" => {
            let mut names = Vec::new();
            while let Some(token) = parser.next() {
                match token {
                    Token::Word(name) | Token::Double(name) => names.push(name),
                    Token::Symbol(",") => {}
                    // "table": wildcards stand for many names.
                    Token::Symbol("*") => names.last_mut().ok_or("a wildcard alone")?.push('*'),
                    other => return Err(format!("no column: {other:?}")),
                }
            }
            Command::Table(names)
        }
        other => return Err(format!("the command `{other}` is not in the subset")),
    };
    parser.end()?;
    Ok(command)
}

/// "The search processor replaces comments with a space" (Search Manual, "Add comments to searches"); any other
/// backtick calls a macro, in quotes too.
fn uncommented(text: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("```") {
        let (before, after) = (&rest[..at], &rest[at + 3..]);
        let end = after.find("```").ok_or("a comment without an end")?;
        out.push_str(before);
        out.push(' ');
        rest = &after[end + 3..];
    }
    out.push_str(rest);
    if out.contains('`') { Err("a macro call".into()) } else { Ok(out) }
}

/// Cuts at the first pipe outside quotes.
fn pipe(text: &str) -> Result<(&str, Option<&str>), String> {
    let mut quote = None;
    let mut chars = text.char_indices();
    while let Some((at, char)) = chars.next() {
        match (quote, char) {
            (None, '"' | '\'') => quote = Some(char),
            (Some(open), char) if open == char => quote = None,
            (Some('"'), '\\') => {
                chars.next();
            }
            (None, '|') => return Ok((&text[..at], Some(&text[at + 1..]))),
            (None, '[') => return Err("a subsearch".into()),
            _ => {}
        }
    }
    if quote.is_some() { Err("a quote without an end".into()) } else { Ok((text, None)) }
}

/// In a quoted string `\"` and `\\` are escapes, and an unknown sequence is left alone ("search", Quotes and escaping
/// characters). In a search, and in `table`, a word may hold dots, and `*` is a word.
fn tokens(text: &str, words: bool) -> Result<Vec<Token>, String> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(char) = rest.chars().next() {
        match char {
            '"' => {
                let (value, next) = double(&rest[1..])?;
                found.push(Token::Double(value));
                rest = next;
            }
            '\'' => {
                let (value, next) = rest[1..].split_once('\'').ok_or("a name without an end")?;
                found.push(Token::Single(value.into()));
                rest = next;
            }
            char if char.is_ascii_alphanumeric() || char == '_' => {
                let part = |char: char| char.is_ascii_alphanumeric() || char == '_' || (char == '.' && words);
                let decimal = char.is_ascii_digit();
                let end = rest.find(|char| !(part(char) || (decimal && char == '.'))).unwrap_or(rest.len());
                found.push(Token::Word(rest[..end].into()));
                rest = &rest[end..];
            }
            _ => {
                let symbol = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol));
                let symbol = symbol.ok_or(format!("what is this: `{rest}`"))?;
                found.push(Token::Symbol(symbol));
                rest = &rest[symbol.len()..];
            }
        }
        rest = rest.trim_start();
    }
    Ok(found)
}

fn double(text: &str) -> Result<(String, &str), String> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return Ok((value, &text[at + 1..])),
            '\\' => match chars.next() {
                Some((_, next @ ('"' | '\\' | '|'))) => value.push(next),
                Some((_, next)) => value.extend(['\\', next]),
                None => return Err("a string without an end".into()),
            },
            char if char.is_control() => {
                return Err("a control character in a string is not documented".into());
            }
            char => value.push(char),
        }
    }
    Err("a string without an end".into())
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn take(&mut self, symbol: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Symbol(text)) if *text == symbol);
        self.at += usize::from(found);
        found
    }

    fn word(&mut self, word: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Word(text)) if text == word);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, symbol: &str) -> Result<(), String> {
        if self.take(symbol) {
            Ok(())
        } else {
            Err(format!("`{symbol}` expected, at {:?}", self.tokens.get(self.at)))
        }
    }

    fn end(&self) -> Result<(), String> {
        self.tokens.get(self.at).map_or(Ok(()), |token| Err(format!("unexpected {token:?}")))
    }

    // The base search: AND, which is implied, binds loosest.

    fn conjunction(&mut self) -> Result<SearchTerm, String> {
        let mut parts = vec![self.disjunction()?];
        loop {
            self.word("AND");
            match self.tokens.get(self.at) {
                None | Some(Token::Symbol(")")) => break,
                Some(_) => parts.push(self.disjunction()?),
            }
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { SearchTerm::And(parts) })
    }

    fn disjunction(&mut self) -> Result<SearchTerm, String> {
        let mut parts = vec![self.negation()?];
        while self.word("OR") {
            parts.push(self.negation()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { SearchTerm::Or(parts) })
    }

    fn negation(&mut self) -> Result<SearchTerm, String> {
        if self.word("NOT") {
            return Ok(SearchTerm::Not(Box::new(self.negation()?)));
        }
        if self.take("(") {
            let inner = self.conjunction()?;
            self.expect(")")?;
            return Ok(inner);
        }
        let token = self.next();
        let quoted = matches!(token, Some(Token::Double(_)));
        let name = match token {
            Some(Token::Word(name) | Token::Double(name)) => name,
            other => return Err(format!("no search term: {other:?}")),
        };
        if self.take("=") {
            if name == "index" && self.take("*") {
                return Ok(SearchTerm::Every);
            }
            return Ok(SearchTerm::Compare(name, self.value()?));
        }
        if !self.word("IN") {
            if quoted {
                return Ok(SearchTerm::Term(name));
            }
            return Err(format!("a bare term `{name}`"));
        }
        self.expect("(")?;
        let mut values = vec![SearchTerm::Compare(name.clone(), self.value()?)];
        while self.take(",") {
            values.push(SearchTerm::Compare(name.clone(), self.value()?));
        }
        self.expect(")")?;
        Ok(SearchTerm::Or(values))
    }

    /// Values are read in quotes alone: a bare word may be a keyword of `search`.
    fn value(&mut self) -> Result<String, String> {
        match self.next() {
            Some(Token::Double(text)) => Ok(text),
            other => Err(format!("a value in quotes expected, found {other:?}")),
        }
    }

    // Expressions: OR binds loosest.

    fn or(&mut self) -> Result<Expr, String> {
        let mut parts = vec![self.and()?];
        while self.word("OR") {
            parts.push(self.and()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expr::Or(parts) })
    }

    fn and(&mut self) -> Result<Expr, String> {
        let mut parts = vec![self.not()?];
        while self.word("AND") {
            parts.push(self.not()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expr::And(parts) })
    }

    fn not(&mut self) -> Result<Expr, String> {
        if self.word("NOT") {
            let inner = self.not()?;
            if matches!(inner, Expr::Binary(..))
                && !matches!(self.tokens.get(self.at - 1), Some(Token::Symbol(")")))
            {
                return Err("whether NOT or a comparison binds tighter is not documented".into());
            }
            return Ok(Expr::Not(Box::new(inner)));
        }
        self.binary(0)
    }

    /// Comparisons, then `.`, then `+ -`, then `* / %`.
    fn binary(&mut self, level: usize) -> Result<Expr, String> {
        const LEVELS: [&[&str]; 4] =
            [&["=", "!=", "<=", ">=", "<", ">"], &["."], &["+", "-"], &["*", "/", "%"]];
        let Some(symbols) = LEVELS.get(level) else { return self.atom() };
        let mut left = self.binary(level + 1)?;
        while let Some(symbol) = symbols.iter().find(|symbol| self.take(symbol)) {
            let right = self.binary(level + 1)?;
            left = Expr::Binary((*symbol).into(), Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn atom(&mut self) -> Result<Expr, String> {
        if self.take("(") {
            let inner = self.or()?;
            self.expect(")")?;
            return Ok(inner);
        }
        let negative = self.take("-");
        match self.next() {
            Some(Token::Double(text)) if !negative => Ok(Expr::Text(text)),
            Some(Token::Single(name)) if !negative => Ok(Expr::Field(name)),
            Some(Token::Word(word)) if word.starts_with(|char: char| char.is_ascii_digit()) => {
                let number: f64 = word.parse().map_err(|_| format!("no number: `{word}`"))?;
                Ok(Expr::Number(if negative { -number } else { number }))
            }
            Some(Token::Word(name)) if !negative && self.take("(") => {
                let mut arguments = Vec::new();
                while !self.take(")") {
                    arguments.push(self.or()?);
                    self.take(",");
                }
                Ok(Expr::Call(name, arguments))
            }
            Some(Token::Word(name)) if !negative => Ok(Expr::Field(name)),
            other => Err(format!("no operand: {other:?}")),
        }
    }
}
