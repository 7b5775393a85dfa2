//! Texts that stand for what is still to be filled in, by their words and brackets.

/// The part of a text that is still to be filled in; `whole` says that the text is compared as a whole, and `typed` that
/// the fields of the log are known, where command lines and paths of other systems are not expected.
pub(super) fn part(text: &str, whole: bool, typed: bool) -> Option<&str> {
    // As a part of a text, a plain word in these brackets is an element of markup.
    if is_blank(text) && (whole || !text.starts_with('<')) {
        return Some(text);
    }
    if typed && whole && (is_enclosed(text) || is_said(text) || (text.contains(' ') && is_order(text))) {
        return Some(text);
    }
    let brackets = [("{{", "}}"), ("${", "}"), ("<", ">"), ("[[", "]]")];
    let bracketed = || {
        // Most texts have no bracket, and are not searched for each of them.
        let any = text.bytes().any(|byte| matches!(byte, b'{' | b'<' | b'['));
        brackets.into_iter().filter(|_| any).find_map(|(open, close)| bracketed(text, open, close))
    };
    bracketed().or_else(|| {
        let word = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-');
        text.split(|char| !word(char)).find(|token| is_blank_word(token) || (typed && is_order(token)))
    })
}

/// The first bracketed name in a text, brackets included.
fn bracketed<'t>(text: &'t str, open: &str, close: &str) -> Option<&'t str> {
    let start = text.find(open)?;
    let inner = text.get(start + open.len()..)?;
    let inner = inner.get(..inner.find(close)?)?;
    let name = inner.trim();
    let fits = name.starts_with(char::is_alphabetic)
        && name.chars().all(|char| char.is_alphanumeric() || matches!(char, ' ' | '_' | '-' | '.' | ':'))
        && match open {
            // Elements of markup have the same brackets: a placeholder in a longer text is recognised by its spelling.
            "<" => {
                name.contains(['_', '-'])
                    || (name.len() > 2 && name.bytes().all(|byte| byte.is_ascii_uppercase()))
            }
            // Variables of a shell are in command lines; the names with colons are those of CloudFormation.
            "${" => {
                let shell = ["IFS", "HOME", "PATH", "PWD", "USER", "SHELL", "HOSTNAME", "TMPDIR", "RANDOM"];
                // A dotted name is what a template left in the text that the log really holds.
                !shell.contains(&name)
                    && !name.contains('.')
                    && (!name.contains(':') || name.starts_with("AWS::"))
            }
            _ => !name.contains(':'),
        };
    fits.then(|| text.get(start..start + open.len() + inner.len() + close.len())).flatten()
}

/// Things of an organisation, which documentation calls the reader's own.
const OWN: [&str; 30] = [
    "account",
    "admin",
    "app",
    "approved",
    "aws",
    "azure",
    "bucket",
    "client",
    "company",
    "corporate",
    "domain",
    "email",
    "gcp",
    "group",
    "internal",
    "ip",
    "name",
    "network",
    "org",
    "organization",
    "project",
    "role",
    "service",
    "site",
    "subscription",
    "team",
    "tenant",
    "upn",
    "user",
    "vpn",
];

/// Whether a word of a text says that it is to be replaced.
fn is_blank_word(token: &str) -> bool {
    const WORDS: [&str; 8] = [
        "REPLACE_ME",
        "REPLACEME",
        "CHANGE_ME",
        "CHANGEME",
        "FILL_ME_IN",
        "FILL_IN",
        "REPLACE_WITH",
        "INSERT_HERE",
    ];
    // Most words begin and end with none of the letters of these.
    let (first, last) = (token.bytes().next().unwrap_or_default(), token.bytes().next_back());
    if !b"RCFIYyXx".contains(&first) && !matches!(last, Some(b'E' | b'N' | b'H')) {
        return false;
    }
    let word = token.replace('-', "_");
    let said = WORDS.iter().any(|known| {
        word == *known
            || word.strip_prefix(known).is_some_and(|rest| rest.starts_with('_'))
            || word.strip_suffix(known).is_some_and(|rest| rest.ends_with('_'))
    });
    let lower = word.to_ascii_lowercase();
    let own = lower.strip_prefix("your_").is_some_and(|rest| OWN.iter().any(|known| rest.starts_with(known)));
    let crosses = token.len() >= 8 && token.bytes().all(|byte| matches!(byte, b'X' | b'x'));
    said || own || crosses
}

/// Whether a word in capitals tells the reader what to do with it: `INSERT_USER_HERE`, `PLACEHOLDER_ADMIN`.
fn is_order(token: &str) -> bool {
    let capitals = token.bytes().any(|byte| byte.is_ascii_uppercase())
        && !token.bytes().any(|byte| byte.is_ascii_lowercase());
    if !capitals {
        return false;
    }
    let words: Vec<&str> = token.split(['_', '-', ' ']).filter(|word| !word.is_empty()).collect();
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return false };
    let several = words.len() > 1;
    matches!(*first, "PLACEHOLDER" | "TODO" | "FIXME" | "TBD")
        || several && matches!(*first, "DUMMY" | "ENTER" | "YOUR")
        || several && matches!(*last, "HERE" | "PLACEHOLDER")
        || several && words.contains(&"YOUR")
}

/// Whether the whole text is a name in brackets or signs that templates, shells and forms use.
fn is_enclosed(text: &str) -> bool {
    let pairs = [
        ("<<", ">>"),
        ("<%=", "%>"),
        ("<%", "%>"),
        ("[", "]"),
        ("{", "}"),
        ("$(", ")"),
        ("#{", "}"),
        ("@@", "@@"),
        ("__", "__"),
        ("$", ""),
    ];
    pairs.into_iter().any(|(open, close)| {
        let inner = text.strip_prefix(open).and_then(|text| text.strip_suffix(close));
        inner.is_some_and(|inner| is_name(inner.trim(), open))
    })
}

/// Whether a text in brackets is the name of something to fill in.
fn is_name(name: &str, open: &str) -> bool {
    let letters = name.starts_with(char::is_alphabetic)
        && name.chars().all(|char| char.is_alphanumeric() || matches!(char, ' ' | '_' | '-'));
    let capitals = !name.chars().any(char::is_lowercase);
    let hex = name.chars().all(|char| char.is_ascii_hexdigit() || char == '-');
    let first = name.split([' ', '_', '-']).next().unwrap_or_default().to_ascii_lowercase();
    let orders = ["add", "enter", "fill", "insert", "put", "replace", "specify", "your"];
    letters
        && !hex
        && match open {
            "__" | "$" => {
                let own = OWN.contains(&first.as_str()) && name.len() == first.len();
                capitals && (open == "__" || name.contains('_') || own)
            }
            "[" => (capitals && name.contains(['_', ' ', '-'])) || orders.contains(&first.as_str()),
            "{" => name.contains(['_', ' ', '-']) || OWN.contains(&first.as_str()),
            _ => true,
        }
}

/// Whether the whole text says in words that something is missing.
fn is_said(text: &str) -> bool {
    let lower = text.trim().to_ascii_lowercase();
    let marked = ["todo", "tbd", "tbc", "fixme", "xxx", "placeholder"].iter().any(|word| {
        lower.strip_prefix(word).is_some_and(|rest| rest.starts_with([':', ' ', ',']) && rest.len() > 1)
    });
    let awaited = lower.strip_prefix("to be ").is_some_and(|rest| {
        ["added", "configured", "defined", "determined", "filled", "provided", "replaced", "set"]
            .iter()
            .any(|word| rest.starts_with(word))
    });
    let signs = text.len() > 1
        && (text.chars().all(|char| char == '.') || text.chars().all(|char| char == '?'))
        || text == "…";
    // An address with letters in place of its numbers.
    let address = lower.split('.').count() == 4
        && lower.contains('x')
        && lower.split('.').all(|part| {
            !part.is_empty()
                && part.len() <= 3
                && (part.bytes().all(|byte| byte == b'x') || part.bytes().all(|byte| byte.is_ascii_digit()))
        });
    let guid = lower.len() == 36
        && lower.contains('x')
        && lower.chars().all(|char| matches!(char, 'x' | '-' | '0'..='9'));
    marked || awaited || signs || address || guid
}

/// The length of the longest of the words that are a blank by themselves.
const LONGEST_BLANK: usize = "USER PRINCIPAL NAME".len();

/// Whether the whole text stands for a value that is still to be filled in.
fn is_blank(text: &str) -> bool {
    let inside = |open: &str, close: &str| {
        text.strip_prefix(open).and_then(|text| text.strip_suffix(close)).is_some_and(|inner| {
            let inner = inner.trim();
            // A program says so of what it does not know.
            let unknown = ["unknown", "none", "empty"].iter().any(|word| inner.starts_with(word));
            !unknown
                && inner.starts_with(char::is_alphabetic)
                && inner.chars().all(|char| char.is_alphanumeric() || matches!(char, ' ' | '_' | '-' | '.'))
        })
    };
    inside("<", ">")
        || inside("{{", "}}")
        || text.len() <= LONGEST_BLANK
            && matches!(
                text.to_ascii_uppercase().replace('-', "_").as_str(),
                "CHANGEME"
                | "PLACEHOLDER"
                | "CHANGE_ME"
                | "REPLACEME"
                | "REPLACE_ME"
                | "FILL_ME_IN"
                | "INSERT_HERE"
                | "TODO"
                | "TBD"
                | "FIXME"
                // The names of things, where one of these things is meant.
                | "UPN"
                | "USER PRINCIPAL NAME"
                | "GUID"
                | "IP ADDRESS"
                | "OBJECT ID"
                | "TENANT ID"
                | "APPLICATION ID"
                | "SUBSCRIPTION ID"
                | "ACCOUNT ID"
            )
}
