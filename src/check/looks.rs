//! Texts that have a form: addresses, and the formats that a schema names.

use super::builder::Builder;
use super::codes;
use super::field::Looks;
use super::member::texts_in;
use super::value::Alternative;
use crate::diagnostic::{Diagnostic, Severity};
use crate::ir::address::read;
use crate::ir::{FieldUse, Text, TextPattern};
use crate::rule::Item;
use crate::rule::cidr::Cidr;
use crate::schema::{Format, Type};

impl Builder<'_, '_> {
    /// The values against what the texts of the field look like.
    pub(super) fn judge_looks(
        &mut self,
        item: &Item,
        field: &FieldUse,
        looks: &Looks,
        alternatives: &[Alternative],
    ) {
        for text in texts_in(alternatives) {
            if matches!(&text.shape, TextPattern::Equals(value) if value.is_empty() || looks.also(value)) {
                continue;
            }
            let finding = match (&field.ty, looks.format) {
                (Type::Ip | Type::Endpoint, _) => address(field, text),
                (_, Some(format)) => formed(field, format, text),
                (Type::String | Type::Any, None) => name_of_resource(text),
                _ => None,
            };
            if let Some(finding) = finding {
                self.report(item, finding);
            }
        }
    }
}

/// An address is not a block, four numbers are not always an address, and a word is none.
fn address(field: &FieldUse, text: &Text) -> Option<Diagnostic> {
    let TextPattern::Equals(value) = &text.shape else { return None };
    let wrong = |code| {
        Diagnostic::new(code, text.span, format!("`{}` is an address, which `{value}` is not", field.text))
    };
    if value.contains('/') && Cidr::parse(value).is_some() {
        let finding = wrong(&codes::BLOCK_AS_VALUE).label("an address block");
        return Some(finding.help("add the modifier `cidr`"));
    }
    if read(value).is_some() {
        return None;
    }
    if value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        let help = "write four numbers from 0 to 255, or use a wildcard or `cidr`";
        return Some(wrong(&codes::VALUE_TYPE).help(help));
    }
    // Some providers write the name of a service or host.
    if is_domain(value) {
        return None;
    }
    let finding = wrong(&codes::VALUE_TYPE).severity(Severity::Warning);
    Some(finding.help("write an address such as `192.0.2.7`, or compare another field"))
}

/// A whole value that does not have the format, or a part that can stand in no text of the format.
fn formed(field: &FieldUse, format: Format, text: &Text) -> Option<Diagnostic> {
    let why = match &text.shape {
        TextPattern::Equals(value) => whole(format, value),
        TextPattern::StartsWith(part) if format == Format::Arn => {
            let head = "arn:";
            let fits = head.starts_with(part.as_str()) || part.starts_with(head);
            (!fits).then_some("it begins with `arn:`")
        }
        TextPattern::StartsWith(part) | TextPattern::EndsWith(part) | TextPattern::Contains(part) => {
            inner(format, part)
        }
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
    let finding = Diagnostic::new(&codes::VALUE_FORMAT, text.span, message).label(why);
    Some(finding.help("correct the value, or compare another field"))
}

/// A text that begins as an Amazon Resource Name and is none can stand in no field.
fn name_of_resource(text: &Text) -> Option<Diagnostic> {
    let TextPattern::Equals(value) = &text.shape else { return None };
    if !value.starts_with("arn:aws") {
        return None;
    }
    let why = whole(Format::Arn, value)?;
    let finding =
        Diagnostic::new(&codes::VALUE_FORMAT, text.span, format!("`{value}` is no Amazon Resource Name"));
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
    }
}

/// Why a text does not have the format; `None` when it does.
fn whole(format: Format, text: &str) -> Option<&'static str> {
    let wrong = |fits: bool, why: &'static str| (!fits).then_some(why);
    match format {
        Format::Guid => {
            let parts: Vec<_> = text.split('-').map(str::len).collect();
            let fits =
                parts == [8, 4, 4, 4, 12] && text.chars().all(|char| char.is_ascii_hexdigit() || char == '-');
            wrong(fits, "a GUID has 8-4-4-4-12 hexadecimal digits")
        }
        Format::Hex => {
            let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
            wrong(digits.chars().all(|char| char.is_ascii_hexdigit()), "it has only the digits 0-9 and a-f")
        }
        Format::Email => {
            let parts = text.rsplit_once('@');
            let fits = parts.is_some_and(|(name, domain)| {
                !name.is_empty() && !text.contains(char::is_whitespace) && is_label_list(domain)
            });
            wrong(fits, "it has one `@` between a name and a domain")
        }
        Format::Domain => wrong(
            is_label_list(text.trim_end_matches('.')),
            "it has letters, digits and hyphens between dots",
        ),
        Format::Url => {
            let scheme = text.split_once("://").map(|(scheme, _)| scheme);
            let fits = scheme.is_some_and(|scheme| {
                scheme.starts_with(|char: char| char.is_ascii_alphabetic())
                    && scheme.chars().all(|char| char.is_ascii_alphanumeric() || "+-.".contains(char))
            });
            wrong(fits && !text.contains(char::is_whitespace), "it begins with a scheme such as `https://`")
        }
        Format::Duration => {
            let rest = text.strip_prefix('-').unwrap_or(text).strip_prefix('P').unwrap_or_default();
            let units = rest.chars().all(|char| char.is_ascii_digit() || "YMWDTHS.,".contains(char));
            let fits = units && rest.ends_with(|char: char| "YMWDHS".contains(char));
            wrong(fits, "a duration is written as in `PT1H`")
        }
        Format::Arn => resource_name(text),
    }
}

/// Why a text is no Amazon Resource Name.
fn resource_name(text: &str) -> Option<&'static str> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let ["arn", partition, service, region, account, resource] = parts[..] else {
        return Some("it has six parts: `arn:partition:service:region:account:resource`");
    };
    let word = |text: &str| {
        text.chars().all(|char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-')
    };
    if !partition.starts_with("aws") || !word(partition) {
        return Some("the partition is `aws`, `aws-cn` or `aws-us-gov`");
    }
    if service.is_empty() || !service.chars().all(|char| char.is_ascii_alphanumeric() || "-.".contains(char))
    {
        return Some("the third part is the service");
    }
    if !word(region) {
        return Some("the fourth part is the region, or empty");
    }
    if matches!(service, "iam" | "sts" | "organizations") && !region.is_empty() {
        return Some("this service has no region: leave the part empty");
    }
    let digits = !account.is_empty() && account.bytes().all(|byte| byte.is_ascii_digit());
    if digits && account.len() != 12 {
        return Some("an account has 12 digits");
    }
    if matches!(service, "iam" | "sts") && account.is_empty() {
        return Some("the fifth part is the account");
    }
    resource.is_empty().then_some("the resource is missing")
}

/// Why a part stands in no text of the format.
fn inner(format: Format, part: &str) -> Option<&'static str> {
    match format {
        Format::Guid => {
            let fits = part.len() <= 36 && part.chars().all(|char| char.is_ascii_hexdigit() || char == '-');
            (!fits).then_some("a GUID has 8-4-4-4-12 hexadecimal digits")
        }
        Format::Hex => {
            let fits = part.chars().all(|char| char.is_ascii_hexdigit() || matches!(char, 'x' | 'X'));
            (!fits).then_some("it has only the digits 0-9 and a-f")
        }
        Format::Email | Format::Domain | Format::Url | Format::Duration | Format::Arn => None,
    }
}

/// Labels of letters, digits, hyphens and underscores between dots.
fn is_label_list(text: &str) -> bool {
    text.split('.').all(|label| {
        !label.is_empty() && label.chars().all(|char| char.is_alphanumeric() || matches!(char, '-' | '_'))
    })
}

/// Whether a text is a name with a domain: at least two labels, the last with a letter.
fn is_domain(text: &str) -> bool {
    is_label_list(text)
        && text.rsplit_once('.').is_some_and(|(_, last)| last.contains(|char: char| char.is_alphabetic()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_apart() {
        for (format, good, bad) in [
            (
                Format::Guid,
                &["62e90394-69f5-4237-9190-012177145e10", "00000000-0000-0000-C000-000000000000"][..],
                &["62e90394", "62e90394-69f5-4237-9190-012177145e1", "Global Administrator"][..],
            ),
            (
                Format::Arn,
                &[
                    "arn:aws:iam::123456789012:user/alice",
                    "arn:aws:iam::aws:policy/AdministratorAccess",
                    "arn:aws:s3:::bucket",
                    "arn:aws-cn:ec2:cn-north-1:123456789012:instance/i-1",
                    "arn:aws:sts::123456789012:assumed-role/a/b:c",
                ],
                &[
                    "arn:aws:iam:123456789012:user/alice",
                    "arn:aws:iam::12345:user/alice",
                    "arn:aws:iam:us-east-1:123456789012:user/alice",
                    "arn:aws:iam:::user/alice",
                    "arn:iam::123456789012:user/alice",
                    "user/alice",
                ],
            ),
            (Format::Email, &["a@b.example", "a.b+c@d"], &["a", "a@", "@b", "a b@c.example"]),
            (Format::Domain, &["example.com", "localhost"], &["https://example.com", "a b", "a..b"]),
            (Format::Url, &["https://example.com/a?b", "ms-app://x"], &["example.com", "https:/x", "://x"]),
            (Format::Duration, &["PT1H", "P1Y2M3DT4H5M6.7S", "P2W"], &["1h", "PT", "P", "3600"]),
            (Format::Hex, &["00ff", "0xAB"], &["xyz", "0g"]),
        ] {
            for text in good {
                assert_eq!(whole(format, text), None, "{text}");
            }
            for text in bad {
                assert!(whole(format, text).is_some(), "{text}");
            }
        }
    }
}
