//! A reader of the emitted subset, written apart from the one in the library, so that a fault of the printer is not
//! hidden by the same fault of the reader.

/// A command.
#[derive(Debug)]
pub enum Command {
    Fields(Vec<(Term, Option<String>)>),
    Filter(Term),
    Unnest(Term, String),
    Display,
    Dedup,
    Limit,
}

/// A condition or value; conditions are values here, as on AWS's pages.
#[derive(Debug, Clone)]
pub enum Term {
    Name(Vec<Key>),
    Text(String),
    Number(String),
    Regex(String),
    List(Vec<Term>),
    Call(String, Vec<Term>),
    Binary(String, Box<Term>, Box<Term>),
    Not(Box<Term>),
}

/// A part of a name.
#[derive(Debug, Clone, PartialEq)]
pub enum Key {
    Member(String),
    Index(usize),
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Quoted(String),
    Text(String),
    Regex(String),
    Number(String),
    Sign(&'static str),
}

const SIGNS: [&str; 13] = ["<=", ">=", "=", "<", ">", "(", ")", "[", "]", ",", ".", "|", "-"];

/// Reads a query; panics, as a test should, on anything that AWS's pages do not show.
pub fn parse(text: &str) -> Vec<Command> {
    // "Lines that start with the # character are ignored", wherever they are.
    let body: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let tokens = tokens(&body.join("\n"));
    tokens
        .split(|token| *token == Token::Sign("|"))
        .map(|tokens| {
            let mut reader = Reader { tokens, at: 0 };
            let command = reader.command();
            assert_eq!(reader.at, tokens.len(), "left over in {tokens:?}");
            command
        })
        .collect()
}

fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let chars: Vec<char> = text.chars().collect();
    let mut at = 0;
    let until = |start: usize, end: char| {
        let length = chars[start..].iter().position(|char| *char == end).expect("the end of a quoted part");
        (chars[start..start + length].iter().collect::<String>(), start + length + 1)
    };
    while let Some(&char) = chars.get(at) {
        let after_like = matches!(found.last(), Some(Token::Word(word)) if word == "like");
        match char {
            _ if char.is_whitespace() => at += 1,
            '"' | '\'' => {
                let (text, next) = until(at + 1, char);
                found.push(Token::Text(text));
                at = next;
            }
            '`' => {
                let (text, next) = until(at + 1, char);
                found.push(Token::Quoted(text));
                at = next;
            }
            '/' if after_like => {
                let (text, next) = until(at + 1, char);
                found.push(Token::Regex(text));
                at = next;
            }
            _ if char.is_ascii_alphanumeric() || matches!(char, '_' | '@') => {
                let length = chars[at..]
                    .iter()
                    .take_while(|char| char.is_ascii_alphanumeric() || matches!(char, '_' | '@'))
                    .count();
                let word: String = chars[at..at + length].iter().collect();
                at += length;
                let digits = word.bytes().all(|byte| byte.is_ascii_digit());
                let below = found.last() == Some(&Token::Sign("."));
                found.push(if digits && !below { Token::Number(word) } else { Token::Word(word) });
            }
            _ => {
                let rest: String = chars[at..].iter().take(2).collect();
                let sign = SIGNS.into_iter().find(|sign| rest.starts_with(sign)).expect("a known sign");
                found.push(Token::Sign(sign));
                at += sign.len();
            }
        }
    }
    found
}

struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Token {
        self.at += 1;
        self.tokens[self.at - 1].clone()
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(next)) if next == word);
        self.at += usize::from(found);
        found
    }

    fn take(&mut self, sign: &'static str) -> bool {
        let found = self.peek() == Some(&Token::Sign(sign));
        self.at += usize::from(found);
        found
    }

    fn alias(&mut self) -> String {
        let Token::Word(name) = self.next() else { panic!("a name") };
        name
    }

    fn command(&mut self) -> Command {
        match self.alias().as_str() {
            "fields" => Command::Fields(self.separated(|reader| {
                let value = reader.value();
                (value, reader.take_word("as").then(|| reader.alias()))
            })),
            "filter" => Command::Filter(self.condition()),
            "unnest" => {
                let list = self.value();
                assert!(self.take_word("into"));
                Command::Unnest(list, self.alias())
            }
            "display" => {
                self.separated(Self::value);
                Command::Display
            }
            "dedup" => {
                self.separated(Self::value);
                Command::Dedup
            }
            "limit" => match self.next() {
                Token::Number(_) => Command::Limit,
                other => panic!("a number of rows, found {other:?}"),
            },
            other => panic!("unknown command {other}"),
        }
    }

    fn separated<T>(&mut self, mut item: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let mut items = vec![item(self)];
        while self.take(",") {
            items.push(item(self));
        }
        items
    }

    /// A condition; two different connectives never share a level, because their precedence is not documented.
    fn condition(&mut self) -> Term {
        let mut left = self.test();
        let mut word: Option<&str> = None;
        loop {
            let found = ["and", "or"].into_iter().find(|word| self.take_word(word));
            let Some(found) = found else { return left };
            assert!(word.is_none_or(|word| word == found), "mixed connectives without parentheses");
            word = Some(found);
            left = Term::Binary(found.to_owned(), Box::new(left), Box::new(self.test()));
        }
    }

    fn test(&mut self) -> Term {
        if self.take_word("not") {
            assert_eq!(self.peek(), Some(&Token::Sign("(")), "`not` without parentheses");
            return Term::Not(Box::new(self.test()));
        }
        let left = self.value();
        for sign in ["=", "<=", ">=", "<", ">"] {
            if self.take(sign) {
                return Term::Binary(sign.to_owned(), Box::new(left), Box::new(self.value()));
            }
        }
        for word in ["like", "in"] {
            if self.take_word(word) {
                return Term::Binary(word.to_owned(), Box::new(left), Box::new(self.value()));
            }
        }
        left
    }

    fn value(&mut self) -> Term {
        match self.next() {
            Token::Sign("(") => {
                let mut inner = self.condition();
                if self.take("-") {
                    inner = Term::Binary("-".to_owned(), Box::new(inner), Box::new(self.value()));
                }
                assert!(self.take(")"));
                inner
            }
            Token::Sign("[") => {
                let items = self.separated(Self::value);
                assert!(self.take("]"));
                Term::List(items)
            }
            Token::Sign("-") => match self.value() {
                Term::Number(number) => Term::Number(format!("-{number}")),
                other => panic!("a number after a minus, found {other:?}"),
            },
            Token::Text(text) => Term::Text(text),
            Token::Regex(text) => Term::Regex(text),
            Token::Number(mut number) => {
                if self.take(".") {
                    match self.next() {
                        Token::Word(fraction) | Token::Number(fraction) => {
                            number = format!("{number}.{fraction}");
                        }
                        other => panic!("a fraction, found {other:?}"),
                    }
                }
                Term::Number(number)
            }
            Token::Word(word) if self.peek() == Some(&Token::Sign("(")) => {
                self.at += 1;
                let arguments = if self.take(")") {
                    return Term::Call(word, Vec::new());
                } else {
                    self.separated(Self::value)
                };
                assert!(self.take(")"));
                Term::Call(word, arguments)
            }
            Token::Word(word) | Token::Quoted(word) => {
                let mut keys = vec![Key::Member(word)];
                loop {
                    if self.take(".") {
                        match self.next() {
                            Token::Word(word) | Token::Quoted(word) => keys.push(Key::Member(word)),
                            other => panic!("a member, found {other:?}"),
                        }
                    } else if matches!(
                        self.tokens.get(self.at..self.at + 3),
                        Some([Token::Sign("["), Token::Number(_), Token::Sign("]")])
                    ) {
                        self.at += 1;
                        if let Token::Number(index) = self.next() {
                            keys.push(Key::Index(index.parse().expect("an index")));
                        }
                        self.at += 1;
                    } else {
                        return Term::Name(keys);
                    }
                }
            }
            Token::Sign(other) => panic!("a value, found {other}"),
        }
    }
}
