//! TEMPORARY fixture.
use serde_yaml::Value as Y;
use sigmata::rule::condition::{Expr, Selections};
use sigmata::rule::modifier::Modifier;
use sigmata::rule::*;
use sigmata::source::{Span, Spanned};
use sigmata::{check::check, schema::Registry};

struct Fix {
    at: u32,
    v3: bool,
}
impl Fix {
    fn span(&mut self, len: usize) -> Span {
        let s = Span::new(self.at, self.at + len as u32);
        self.at += len as u32 + 1;
        s
    }
    fn val(&mut self, y: &Y) -> Value {
        let (text, quoted) = match y {
            Y::Null => {
                let span = self.span(4);
                return Value { span, kind: ValueKind::Null };
            }
            Y::Bool(b) => (b.to_string(), false),
            Y::Number(n) => (n.to_string(), false),
            Y::String(s) => (s.clone(), true),
            _ => panic!("{y:?}"),
        };
        Value { span: self.span(text.len()), kind: ValueKind::Text { text, quoted } }
    }
    fn search(&mut self, y: &Y) -> Search {
        match y {
            Y::Mapping(m) => {
                Search::All(m.iter().map(|(k, v)| Search::Item(self.item(k.as_str().unwrap(), v))).collect())
            }
            Y::Sequence(s) => {
                if s.iter().all(|y| !y.is_mapping()) {
                    Search::Item(self.keywords("", y))
                } else {
                    Search::Any(s.iter().map(|y| self.search(y)).collect())
                }
            }
            y => Search::Item(self.keywords("", y)),
        }
    }
    fn keywords(&mut self, _m: &str, y: &Y) -> Item {
        let value = self.value(y);
        Item { span: self.span(1), field: None, modifiers: vec![], value, faulty: false }
    }
    fn value(&mut self, y: &Y) -> ItemValue {
        match y {
            Y::Sequence(s) => ItemValue::Values {
                span: Span::default(),
                values: s.iter().map(|y| self.val(y)).collect(),
                list: true,
            },
            Y::Mapping(m) => {
                let body = if m.contains_key("condition") {
                    Block::Detection(Box::new(self.detection(y)))
                } else {
                    Block::Search(Box::new(self.search(y)))
                };
                ItemValue::Block { span: Span::default(), body }
            }
            y => ItemValue::Values { span: Span::default(), values: vec![self.val(y)], list: false },
        }
    }
    fn item(&mut self, key: &str, y: &Y) -> Item {
        let start = self.at;
        let mut parts = key.split('|');
        let name = parts.next().unwrap();
        let span = self.span(name.len());
        let field =
            (!name.is_empty()).then(|| FieldName { text: name.into(), span, parts: self.parts(name, span) });
        let modifiers = parts
            .map(|m| {
                let span = self.span(m.len());
                Spanned::new(modifier(m), span)
            })
            .collect();
        let value = self.value(y);
        Item { span: Span::new(start, self.at), field, modifiers, value, faulty: false }
    }
    fn parts(&mut self, name: &str, span: Span) -> Vec<NamePart> {
        if !self.v3 {
            return vec![NamePart::Name(Spanned::new(name.into(), span))];
        }
        let mut out = vec![];
        let mut rest = name;
        let mut at = span.start;
        while !rest.is_empty() {
            if let Some(r) = rest.strip_prefix('[') {
                let (s, r) = r.split_once(']').unwrap();
                let sel = match s {
                    "any" => Selector::Any,
                    "all" => Selector::All,
                    "none" => Selector::None,
                    "all_or_empty" => Selector::AllOrEmpty,
                    n => Selector::Index(n.parse().unwrap()),
                };
                out.push(NamePart::Select(Spanned::new(sel, Span::new(at, at + s.len() as u32 + 2))));
                at += s.len() as u32 + 2;
                rest = r;
            } else {
                if rest.len() > 1 && rest.starts_with('.') {
                    rest = &rest[1..];
                    at += 1;
                }
                let end = rest.find('[').unwrap_or(rest.len());
                out.push(NamePart::Name(Spanned::new(rest[..end].into(), Span::new(at, at + end as u32))));
                at += end as u32;
                rest = &rest[end..];
            }
        }
        out
    }
    fn detection(&mut self, y: &Y) -> Detection {
        let mut d = Detection::default();
        for (k, v) in y.as_mapping().unwrap() {
            let k = k.as_str().unwrap();
            if k == "condition" {
                let cs: Vec<&str> = match v {
                    Y::Sequence(s) => s.iter().map(|y| y.as_str().unwrap()).collect(),
                    y => vec![y.as_str().unwrap()],
                };
                for c in cs {
                    let c = c.replace('(', " ( ").replace(')', " ) ");
                    let toks: Vec<&str> = c.split_whitespace().collect();
                    let mut at = 0;
                    let e = self.or(&toks, &mut at);
                    d.conditions.push(Condition { span: self.span(1), expr: e });
                }
            } else {
                let name = Spanned::new(k.into(), self.span(k.len()));
                let body = self.search(v);
                d.selections.push(Selection { name, span: Span::default(), body });
            }
        }
        d
    }
    fn or(&mut self, t: &[&str], at: &mut usize) -> Expr {
        let mut v = vec![self.and(t, at)];
        while t.get(*at) == Some(&"or") {
            *at += 1;
            v.push(self.and(t, at));
        }
        if v.len() == 1 { v.pop().unwrap() } else { Expr::Or(v) }
    }
    fn and(&mut self, t: &[&str], at: &mut usize) -> Expr {
        let mut v = vec![self.not(t, at)];
        while t.get(*at) == Some(&"and") {
            *at += 1;
            v.push(self.not(t, at));
        }
        if v.len() == 1 { v.pop().unwrap() } else { Expr::And(v) }
    }
    fn not(&mut self, t: &[&str], at: &mut usize) -> Expr {
        let tok = t[*at];
        *at += 1;
        match tok {
            "not" => {
                let e = self.not(t, at);
                Expr::Not(self.span(1), Box::new(e))
            }
            "(" => {
                let e = self.or(t, at);
                *at += 1;
                e
            }
            "1" | "any" | "all" if t.get(*at) == Some(&"of") => {
                let p = t[*at + 1];
                *at += 2;
                let span = self.span(1);
                Expr::Of {
                    span,
                    all: tok == "all",
                    of: if p == "them" {
                        Selections::Them(span)
                    } else {
                        Selections::Pattern(Spanned::new(p.into(), span))
                    },
                }
            }
            n => Expr::Name(Spanned::new(n.into(), self.span(n.len()))),
        }
    }
}
fn modifier(m: &str) -> Modifier {
    use Modifier::*;
    match m {
        "all" => All,
        "startswith" => StartsWith,
        "endswith" => EndsWith,
        "contains" => Contains,
        "exists" => Exists,
        "cased" => Cased,
        "neq" => Neq,
        "windash" => Windash,
        "re" => Re,
        "i" => IgnoreCase,
        "m" => MultiLine,
        "s" => DotAll,
        "base64" => Base64,
        "base64offset" => Base64Offset,
        "wide" | "utf16le" => Utf16Le,
        "utf16be" => Utf16Be,
        "utf16" => Utf16,
        "lt" => Lt,
        "lte" => Lte,
        "gt" => Gt,
        "gte" => Gte,
        "minute" => Minute,
        "hour" => Hour,
        "day" => Day,
        "week" => Week,
        "month" => Month,
        "year" => Year,
        "cidr" => Cidr,
        "expand" => Expand,
        "fieldref" => FieldRef,
        m => panic!("{m}"),
    }
}
fn rule(text: &str) -> DetectionRule {
    let y: Y = serde_yaml::from_str(text).unwrap();
    let mut f = Fix { at: 1, v3: y.get("sigma-version").is_some() };
    let mut logsource = LogSource { span: Span::new(0, 1), ..LogSource::default() };
    let part = |k: &str, f: &mut Fix| {
        y.get("logsource")
            .and_then(|l| l.get(k))
            .map(|v| Spanned::new(v.as_str().unwrap().to_owned(), f.span(1)))
    };
    logsource.product = part("product", &mut f);
    logsource.service = part("service", &mut f);
    logsource.category = part("category", &mut f);
    let detection = f.detection(y.get("detection").unwrap());
    let mut meta = Meta::default();
    if let Some(Y::Sequence(s)) = y.get("fields") {
        meta.fields = s
            .iter()
            .map(|v| {
                let t = v.as_str().unwrap();
                let span = f.span(t.len());
                Spanned::new(t.to_owned(), span)
            })
            .collect();
    }
    DetectionRule { meta, logsource, detection }
}

fn run(log: &str, body: &str) -> String {
    let (p, s) = log.split_once('/').unwrap();
    let text = format!(
        "logsource: {{product: {p}, service: {s}}}\ndetection:\n{}",
        body.lines().map(|l| format!("  {l}\n")).collect::<String>()
    );
    let (typed, found) = check(&rule(&text), &Registry::shipped());
    let mut out = typed.formula.map_or("-".into(), |f| f.to_string());
    for d in found {
        out += &format!(
            "\n  {} {} {}{}{}",
            d.severity.name(),
            d.code.id,
            d.message,
            d.label.map(|l| format!(" [{l}]")).unwrap_or_default(),
            d.help.map(|l| format!(" ({l})")).unwrap_or_default()
        );
    }
    out
}
#[test]
fn play() {
    for (log, body) in [
        ("x/y", "s: {a: b, 'c|contains': [d, 'e*f']}\nf: {a|startswith: z}\ncondition: s and not f"),
        (
            "aws/cloudtrail",
            "s: {eventSource: iam.amazonaws.com, eventName: [createuser, DeleteUser], requestParameters.userName: x}\ncondition: s",
        ),
        ("aws/cloudtrail", "s: {eventSource: s3.amazonaws.com, eventName: CreateUser}\ncondition: s"),
        ("aws/cloudtrail", "s: {eventName: CreatUser}\ncondition: s"),
        ("aws/cloudtrail", "s: {eventNmae: CreateUser}\ncondition: s"),
        (
            "aws/cloudtrail",
            "s: {EventName: CreateUser, eventTime: 12, sourceIPAddress|gt: 5, readOnly: maybe}\ncondition: s",
        ),
        ("aws/cloudtrail", "a: {eventName: CreateUser}\nb: {eventName: DeleteUser}\ncondition: a and b"),
        (
            "aws/cloudtrail",
            "s: {eventSource: iam.amazonaws.com, eventName: CreateUser}\nf_1: {requestParameters.rolName: x}\ncondition: s and not 1 of f_*",
        ),
        ("aws/cloudtrial", "s: {eventName: CreateUser}\ncondition: s"),
        (
            "aws/cloudtrail",
            "s: {userIdentity: Root, errorCode: null, 'sourceIPAddress|cidr': 10.0.0.1/8, userIdentity.type: [root, IAMUser, bla]}\ncondition: s",
        ),
        (
            "azure/auditlogs",
            "s: {operationName: Add user., targetResources.modifiedProperties.newValue: Global Administrator}\ncondition: s",
        ),
        (
            "azure/auditlogs",
            "s: {properties.targetResources.modifiedProperties.newValue: Global Administrator}\ncondition: s",
        ),
    ] {
        println!("== {body}\n{}", run(log, body));
    }
}
#[test]
fn play2() {
    for (log, body) in [
        ("aws/cloudtrail", "s: {eventSource: s3.amazonaws.com, eventName: CreateUser}\ncondition: s"),
        ("aws/cloudtrail", "s: {eventSource: iam.amazonaws.com, eventName: CreatUser}\ncondition: s"),
        ("aws/cloudtrail", "s: {eventSource: lambda.amazonaws.com, eventName: CreateFunction}\ncondition: s"),
        (
            "aws/cloudtrail",
            "a: {eventSource: iam.amazonaws.com}\nb: {eventName|startswith: Creat}\nc: {eventName|contains: Bucket}\nd: {eventName|re: 'Bucket'}\ncondition: a and (b or c or d)",
        ),
        (
            "aws/cloudtrail",
            "a: {eventSource: iam.amazonaws.com}\nb: {eventName: PutObject}\ncondition: a and not b",
        ),
        ("aws/cloudtrail", "s: {eventName|startswith: Zzz}\ncondition: s"),
        ("aws/cloudtrail", "s: {eventName|re: '^Zzz'}\ncondition: s"),
        ("aws/cloudtrail", "s: {userIdentity.type|cased: root}\ncondition: s"),
        ("aws/cloudtrail", "s: {eventSource: iam.amazonaws.con}\ncondition: s"),
        (
            "aws/cloudtrail",
            "s: {eventSource: [iam.amazonaws.com, sts.amazonaws.com], eventName: [CreateUser, AssumeRole, PutObject]}\ncondition: s",
        ),
        (
            "aws/cloudtrail",
            "s: [{eventSource: iam.amazonaws.com, eventName: CreateUser},{eventSource: sts.amazonaws.com, eventName: AssumeRole}]\nf: {requestParameters.userName: x}\ng: {requestParameters.bucketName: x}\ncondition: s and f and not g",
        ),
    ] {
        println!("== {body}\n{}", run(log, body));
    }
}
