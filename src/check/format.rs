//! Texts that have a form: addresses, and the formats that a schema names.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

use super::builder::{Builder, Context};
use super::codes;
use super::field::Looks;
use super::plan::{Alternative, scalars_in, texts_in};
use super::wording::{listed, quoted};
use crate::diagnostic::{Diagnostic, Fix, Severity};
use crate::ir::address::read;
use crate::ir::{Block, Condition, FieldUse, Text, TextPattern};
use crate::rule::Item;
use crate::rule::cidr::Cidr;
use crate::schema::{Form, Format, Forms, Type, format};
use crate::source::Span;

impl Builder<'_, '_> {
    /// The values against what the texts of the field look like.
    pub(super) fn judge_looks(
        &mut self,
        item: &Item,
        field: &FieldUse,
        looks: &Looks,
        alternatives: &[Alternative],
        context: Context<'_>,
    ) {
        let by_name = || self.schema.and_then(|schema| schema.format_by_name(&field.path));
        let format = looks.format.or_else(|| by_name().filter(|_| matches!(field.ty, Type::String)));
        for text in texts_in(alternatives) {
            if matches!(&text.shape, TextPattern::Equals(value) if value.is_empty() || looks.also(value)) {
                continue;
            }
            let finding = match (&field.ty, format) {
                (Type::Ip | Type::Endpoint, _) => address(field, text),
                (_, Some(format)) => formed(field, format, text),
                (Type::String | Type::Any, None) => name_of_resource(text),
                _ => None,
            };
            // What another field says tells more than what the field's texts are like.
            let finding =
                finding.or_else(|| self.formed_by(field, &text.shape, text.span, context)).or_else(|| {
                    let forms = if self.left_open(field, context) { &[][..] } else { &looks.forms };
                    unwritten(field, forms, text, self.instead_of(field))
                });
            if let Some(finding) = finding {
                self.report(item, finding);
            }
        }
        let blocks = |alternative: &Alternative| matches!(alternative, Alternative::Test(Condition::Cidr(_)));
        if let (Type::String, Some(format), true) = (&field.ty, format, alternatives.iter().any(blocks)) {
            let what = described(format);
            let message = format!("the modifier needs an address, and `{}` is {what}", field.text);
            let finding = Diagnostic::new(&codes::value::MODIFIER_TYPE, item.span, message);
            let finding = finding.severity(Severity::Warning);
            self.report(item, finding.help("compare a field that holds addresses"));
        }
        // Numbers and booleans compare by their text.
        for value in scalars_in(alternatives) {
            let shape = TextPattern::Equals(value);
            if let Some(finding) = self.formed_by(field, &shape, item.span, context) {
                self.report(item, finding);
            }
        }
    }

    /// Whether the rule says of another field what leaves open how this one is written.
    fn left_open(&self, field: &FieldUse, context: Context<'_>) -> bool {
        let all = self.schema.map_or(&[][..], |schema| &schema.forms);
        all.iter().filter(|forms| forms.field == field.path).any(|forms| {
            let known = context.known.get(&forms.by);
            known.is_some_and(|known| known.values.iter().any(|value| forms.of(value).is_none()))
        })
    }

    /// The field that holds what rules look for in this one, where the schema names one alone.
    fn instead_of(&self, field: &FieldUse) -> Option<String> {
        let forms = self.schema?.forms.iter().filter(|forms| forms.field == field.path);
        let mut named = forms.flat_map(Forms::replaced).map(|(_, path)| path.to_string());
        named.next().filter(|_| named.next().is_none())
    }

    /// A value that the field never has beside the values that the rest of the conjunction gives another field.
    fn formed_by(
        &self,
        field: &FieldUse,
        shape: &TextPattern,
        span: Span,
        context: Context<'_>,
    ) -> Option<Diagnostic> {
        let forms = self.schema?.forms.iter().filter(|forms| forms.field == field.path);
        forms.into_iter().find_map(|forms| {
            let known = &context.known.get(&forms.by)?.values;
            let each = known.iter().map(|value| forms.of(value)).collect::<Option<Vec<_>>>()?;
            let allowed = each.iter().copied().flatten().any(|form| form.allows(shape));
            (!allowed && !known.is_empty()).then(|| never_formed(field, forms, known, span))
        })
    }
}

impl Builder<'_, '_> {
    /// The block that a rule means: a log of connections writes addresses of version 4 also as ones of version 6, and
    /// they are read as what they are; another log never does.
    pub(super) fn network(&mut self, item: &Item, field: &FieldUse, block: Block, span: Span) -> Block {
        let Some(plain) = block.of_version_4() else { return block };
        if matches!(field.ty, Type::Endpoint) {
            return plain;
        }
        if matches!(field.ty, Type::Ip) {
            let written = format!("{}/{}", plain.first, plain.prefix);
            let message = format!("`{}` holds no addresses of version 4 as version 6", field.text);
            let finding = Diagnostic::new(&codes::value::VALUE_FORMAT, span, message);
            let finding = finding.help(format!("write `{written}`")).fix(Fix::guess(span, written.clone()));
            self.report(item, finding.suggest(vec![written]));
        }
        block
    }
}

/// A text that is none of the forms in which the field's texts are written.
fn unwritten(field: &FieldUse, forms: &[Form], text: &Text, instead: Option<String>) -> Option<Diagnostic> {
    if forms.is_empty() || forms.iter().any(|form| form.allows(&text.shape)) {
        return None;
    }
    let written: Vec<String> = forms.iter().map(Form::shown).collect();
    let message = match &text.shape {
        TextPattern::Equals(value)
        | TextPattern::StartsWith(value)
        | TextPattern::EndsWith(value)
        | TextPattern::Contains(value) => format!("`{}` never holds `{value}`", field.text),
        TextPattern::Glob(_) => format!("`{}` never holds this", field.text),
    };
    let finding = Diagnostic::new(&codes::value::VALUE_FORMAT, text.span, message)
        .label(format!("it is written {}", listed(&written)));
    Some(match instead {
        Some(other) => finding.help(format!("correct the value, or compare `{other}`")),
        None => finding.help("correct the value, or compare another field"),
    })
}

/// A text that no form allows beside the values of another field.
fn never_formed(field: &FieldUse, forms: &Forms, known: &BTreeSet<String>, span: Span) -> Diagnostic {
    let here = listed(known);
    let written: Vec<String> =
        known.iter().filter_map(|value| forms.of(value)).flatten().map(Form::shown).collect();
    let message = if written.is_empty() {
        format!("`{}` is absent where `{}` is {here}", field.text, forms.by)
    } else {
        format!("`{}` never holds this where `{}` is {here}", field.text, forms.by)
    };
    let finding = Diagnostic::new(&codes::value::VALUE_FORMAT, span, message);
    let finding = if written.is_empty() {
        finding
    } else {
        finding.label(format!("it is written {}", listed(&written)))
    };
    let other: BTreeSet<String> =
        known.iter().filter_map(|value| forms.instead(value)).map(ToString::to_string).collect();
    if other.is_empty() {
        finding.help("correct the value, or compare another field")
    } else {
        finding.help(format!("compare {}", listed(&other)))
    }
}

/// An address is not a block, four numbers are not always an address, and a word is none.
fn address(field: &FieldUse, text: &Text) -> Option<Diagnostic> {
    let value = match &text.shape {
        TextPattern::Equals(value) => value,
        TextPattern::StartsWith(part) | TextPattern::Contains(part) | TextPattern::EndsWith(part) => {
            return no_part(field, part, text);
        }
        TextPattern::Glob(_) => return None,
    };
    let wrong = |code| {
        Diagnostic::new(code, text.span, format!("`{}` is an address, which `{value}` is not", field.text))
    };
    if value.contains('/') && Cidr::parse(value).is_some() {
        let finding = wrong(&codes::value::BLOCK_AS_VALUE).label("an address block");
        return Some(finding.help("add the modifier `cidr`"));
    }
    if read(value).is_some() {
        // With a port or in brackets, where no source or record of the log shows that.
        if let (Ok(address), Type::Ip) = (value.parse::<IpAddr>(), &field.ty) {
            return respelt(field, address, value, text);
        }
        return (!matches!(field.ty, Type::Endpoint)).then(|| {
            let message = format!("`{}` is an address alone, which `{value}` is not", field.text);
            Diagnostic::new(&codes::value::VALUE_FORMAT, text.span, message)
                .label("an address with a port or in brackets")
                .help("write the address without brackets and port")
        });
    }
    if is_zero_padded(value) {
        let finding = wrong(&codes::value::VALUE_TYPE).severity(Severity::Warning);
        return Some(finding.help("write the four numbers without zeros before them, as logs do"));
    }
    if value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        let help = "write four numbers from 0 to 255, or use a wildcard or `cidr`";
        return Some(wrong(&codes::value::VALUE_TYPE).help(help));
    }
    // Some providers write the name of a service or host.
    if format::is_domain(value) {
        return None;
    }
    let finding = wrong(&codes::value::VALUE_TYPE).severity(Severity::Warning);
    Some(finding.help("write an address such as `192.0.2.7`, or compare another field"))
}

/// An address in another spelling than the one in which logs write it.
fn respelt(field: &FieldUse, address: IpAddr, value: &str, text: &Text) -> Option<Diagnostic> {
    let written = address.to_canonical().to_string();
    (!written.eq_ignore_ascii_case(value)).then(|| {
        let message = format!("`{}` is compared as text, and logs write `{value}` otherwise", field.text);
        Diagnostic::new(&codes::value::VALUE_FORMAT, text.span, message)
            .label("another spelling of an address")
            .help(format!("write `{written}`, or compare addresses with the modifier `cidr`"))
            .fix(Fix::guess(text.span, quoted(&written)))
            .suggest(vec![written])
    })
}

/// A part of an address in the notation of blocks.
fn no_part(field: &FieldUse, part: &str, text: &Text) -> Option<Diagnostic> {
    part.contains('/').then(|| {
        let message = format!("`{}` is an address, which never holds `{part}`", field.text);
        let finding = Diagnostic::new(&codes::value::VALUE_FORMAT, text.span, message);
        finding.help("compare an address block with the modifier `cidr` alone")
    })
}

/// Whether a text is an address but for zeros before its numbers, as tools that make records anonymous write it.
fn is_zero_padded(text: &str) -> bool {
    let short = |number: &str| match number.trim_start_matches('0') {
        "" => "0".to_owned(),
        digits => digits.to_owned(),
    };
    let numbers: Vec<&str> = text.split('.').collect();
    let plain = |number: &&str| (1..=3).contains(&number.len());
    numbers.iter().all(plain)
        && numbers
            .iter()
            .map(|number| short(number))
            .collect::<Vec<_>>()
            .join(".")
            .parse::<Ipv4Addr>()
            .is_ok()
}

/// A whole value that does not have the format, or a part that can be in no text of the format.
fn formed(field: &FieldUse, format: Format, text: &Text) -> Option<Diagnostic> {
    let why = match &text.shape {
        TextPattern::Equals(value) => format.fault(value),
        TextPattern::StartsWith(part) => format.fault_of_end(part, true),
        TextPattern::EndsWith(part) => format.fault_of_end(part, false),
        TextPattern::Contains(part) => format.fault_of_part(part),
        TextPattern::Glob(_) => None,
    }?;
    let what = described(format);
    let value = match &text.shape {
        TextPattern::Equals(value)
        | TextPattern::StartsWith(value)
        | TextPattern::EndsWith(value)
        | TextPattern::Contains(value) => value,
        TextPattern::Glob(_) => return None,
    };
    let message = format!("`{}` is {what}, which `{value}` is not", field.text);
    let message = match text.shape {
        TextPattern::Equals(_) => message,
        _ => format!("`{}` is {what}, which never holds `{value}`", field.text),
    };
    let finding = Diagnostic::new(&codes::value::VALUE_FORMAT, text.span, message).label(why);
    Some(if format == Format::Arn && value.starts_with("arn:") {
        finding.help("write `arn:partition:service:region:account:resource`")
    } else {
        finding.help("correct the value, or compare another field")
    })
}

/// A text that begins as an Amazon Resource Name and is none can be in no field.
fn name_of_resource(text: &Text) -> Option<Diagnostic> {
    let TextPattern::Equals(value) = &text.shape else { return None };
    if !value.starts_with("arn:aws") {
        return None;
    }
    let why = Format::Arn.fault(value)?;
    let finding = Diagnostic::new(
        &codes::value::VALUE_FORMAT,
        text.span,
        format!("`{value}` is not a valid Amazon Resource Name"),
    );
    Some(finding.label(why).help("write `arn:partition:service:region:account:resource`"))
}

fn described(format: Format) -> &'static str {
    match format {
        Format::Guid => "a GUID",
        Format::Arn => "an Amazon Resource Name",
        Format::Email => "an address of mail",
        Format::Domain => "a domain name",
        Format::Url => "a URL",
        Format::Duration => "a duration",
        Format::Hex => "a hexadecimal text",
        Format::Upn => "a user principal name",
        Format::User => "the name of a user",
        Format::Account => "the number of an account",
        Format::AwsId => "an identifier of AWS",
        Format::Name => "a name",
        Format::Id => "an identifier",
        Format::Country => "the name of a country",
        Format::CountryCode => "the code of a country",
    }
}
