//! What texts look like: one reader of each format.

use serde::Deserialize;

/// What the texts of a field look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// `8-4-4-4-12` hexadecimal digits.
    Guid,
    /// An Amazon Resource Name.
    Arn,
    /// An address of electronic mail.
    Email,
    /// A domain name.
    Domain,
    /// An absolute URL.
    Url,
    /// A length of time, as ISO 8601 writes it.
    Duration,
    /// Hexadecimal digits.
    Hex,
    /// A name of a user with a domain, as a directory writes it.
    Upn,
    /// Who acted: mostly a principal name, else any name but that of a domain.
    User,
    /// The twelve digits of an AWS account.
    Account,
    /// An identifier that AWS makes: capital letters and digits, and a session behind a colon.
    #[serde(rename = "aws_id")]
    AwsId,
    /// A plain name of a user or role, where an ARN is elsewhere.
    Name,
    /// An identifier: no address, and no words.
    Id,
    /// The name of a country.
    Country,
    /// The two letters of a country.
    #[serde(rename = "country_code")]
    CountryCode,
}

impl Format {
    /// The word that schemas use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Guid => "guid",
            Self::Arn => "arn",
            Self::Email => "email",
            Self::Domain => "domain",
            Self::Url => "url",
            Self::Duration => "duration",
            Self::Hex => "hex",
            Self::Upn => "upn",
            Self::User => "user",
            Self::Account => "account",
            Self::AwsId => "aws_id",
            Self::Name => "name",
            Self::Id => "id",
            Self::Country => "country",
            Self::CountryCode => "country_code",
        }
    }

    /// Whether a text has the format.
    pub fn fits(self, text: &str) -> bool {
        self.fault(text).is_none()
    }

    /// Why a text does not have the format; `None` when it does.
    pub fn fault(self, text: &str) -> Option<&'static str> {
        let wrong = |fits: bool, why: &'static str| (!fits).then_some(why);
        match self {
            Self::Guid => {
                let parts: Vec<_> = text.split('-').map(str::len).collect();
                let fits = parts == [8, 4, 4, 4, 12]
                    && text.chars().all(|char| char.is_ascii_hexdigit() || char == '-');
                wrong(fits, "a GUID has 8-4-4-4-12 hexadecimal digits")
            }
            Self::Hex => {
                let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
                wrong(
                    digits.chars().all(|char| char.is_ascii_hexdigit()),
                    "it has only the digits 0-9 and a-f",
                )
            }
            Self::Email => {
                let parts = text.rsplit_once('@');
                let fits = parts.is_some_and(|(name, domain)| {
                    !name.is_empty()
                        && !text.contains(|char: char| char.is_whitespace() || char == ':')
                        && is_label_list(domain)
                });
                wrong(fits, "it has one `@` between a name and a domain")
            }
            Self::Upn => {
                let fits = text
                    .rsplit_once('@')
                    .is_some_and(|(name, domain)| !name.is_empty() && is_label_list(domain));
                wrong(fits, "it has a name, an `@` and a domain")
            }
            Self::User => wrong(!is_domain(text), "it has a name, an `@` and a domain, or no domain"),
            Self::Account => wrong(
                text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()),
                "an account has 12 digits",
            ),
            Self::AwsId => {
                let id =
                    |char: char| char.is_ascii_uppercase() || char.is_ascii_digit() || "*_-".contains(char);
                wrong(
                    text.contains(':') || text.chars().all(id),
                    "it has capital letters and digits, such as `AKIA…`, `AIDA…` and `AROA…:session`",
                )
            }
            Self::Name => wrong(
                !text.contains([':', '/', '"', '^', '(', ')']),
                "it is a plain name, without `:`, `/`, quotes and parentheses",
            ),
            Self::Id => wrong(
                !text.contains(|char: char| char.is_whitespace() || char == '@'),
                "it is an identifier, without `@` and spaces",
            ),
            Self::Country => wrong(
                !(text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())),
                "it is written in full, such as `United States`",
            ),
            Self::CountryCode => wrong(
                text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic()),
                "it has two letters, such as `US`",
            ),
            Self::Domain => wrong(
                is_label_list(text.trim_end_matches('.')),
                "it has letters, digits and hyphens between dots",
            ),
            Self::Url => {
                let scheme = text.split_once("://").map(|(scheme, _)| scheme);
                let fits = scheme.is_some_and(|scheme| {
                    scheme.starts_with(|char: char| char.is_ascii_alphabetic())
                        && scheme.chars().all(|char| char.is_ascii_alphanumeric() || "+-.".contains(char))
                });
                wrong(
                    fits && !text.contains(char::is_whitespace),
                    "it begins with a scheme such as `https://`",
                )
            }
            Self::Duration => {
                let rest = text.strip_prefix('-').unwrap_or(text).strip_prefix('P').unwrap_or_default();
                let units = rest.chars().all(|char| char.is_ascii_digit() || "YMWDTHS.,".contains(char));
                let fits = units && rest.ends_with(|char: char| "YMWDHS".contains(char));
                wrong(fits, "a duration is written as in `PT1H`")
            }
            // Where it is a part of a path, its signs are encoded.
            Self::Arn if text.starts_with("arn%3A") => None,
            Self::Arn => resource_name(text),
        }
    }

    /// Why a part can be in no text of the format; `None` when it can.
    pub fn fault_of_part(self, part: &str) -> Option<&'static str> {
        match self {
            Self::Guid => {
                let fits =
                    part.len() <= 36 && part.chars().all(|char| char.is_ascii_hexdigit() || char == '-');
                (!fits).then_some("a GUID has 8-4-4-4-12 hexadecimal digits")
            }
            Self::Hex => {
                let fits = part.chars().all(|char| char.is_ascii_hexdigit() || matches!(char, 'x' | 'X'));
                (!fits).then_some("it has only the digits 0-9 and a-f")
            }
            Self::Account => {
                let fits = part.len() <= 12 && part.bytes().all(|byte| byte.is_ascii_digit());
                (!fits).then_some("an account has 12 digits")
            }
            Self::Id | Self::Name => self.fault(part),
            Self::CountryCode => (part.len() > 2).then_some("it has two letters, such as `US`"),
            Self::Email
            | Self::Upn
            | Self::User
            | Self::Domain
            | Self::Url
            | Self::Duration
            | Self::Arn
            | Self::AwsId
            | Self::Country => None,
        }
    }

    /// Why no text of the format begins so, or ends so; `None` when one can.
    pub fn fault_of_end(self, part: &str, start: bool) -> Option<&'static str> {
        match self {
            Self::Arn if start => {
                let head = "arn:";
                let fits = head.starts_with(part) || part.starts_with(head) || part.starts_with("arn%3A");
                (!fits).then_some("it begins with `arn:`")
            }
            Self::Email | Self::Upn if start => {
                part.starts_with('@').then_some("a name comes before the `@`")
            }
            Self::Email | Self::Upn => part.ends_with('@').then_some("a domain comes after the `@`"),
            _ => self.fault_of_part(part),
        }
    }
}

/// Why a text is not an Amazon Resource Name.
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
    // Some services own resources in every account, under a word of their own.
    if account.contains(|char: char| char.is_ascii_uppercase() || "_-".contains(char))
        || matches!(account, "account" | "accountid")
    {
        return Some("an account has 12 digits");
    }
    if matches!(service, "iam" | "sts") && account.is_empty() {
        return Some("the fifth part is the account");
    }
    resource.is_empty().then_some("the resource is missing")
}

/// Labels of letters, digits, hyphens and underscores between dots.
fn is_label_list(text: &str) -> bool {
    text.split('.').all(|label| {
        !label.is_empty() && label.chars().all(|char| char.is_alphanumeric() || matches!(char, '-' | '_'))
    })
}

/// Whether a text is a name with a domain: at least two labels, the last with a letter.
pub fn is_domain(text: &str) -> bool {
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
            (
                Format::Email,
                &["a@b.example", "a.b+c@d"],
                &["a", "a@", "@b", "a b@c.example", "user:a@b.example"],
            ),
            (Format::Upn, &["a@b.example", "a_b.example#EXT#@c.example"], &["b.example", "a", "@b.example"]),
            (Format::User, &["a@b.example", "S-1-5-18", "Not Available"], &["b.example"]),
            (Format::Account, &["210987654321"], &["21098765432", "prod", "2109-8765-4321"]),
            (Format::AwsId, &["AKIAIOSFODNN7EXAMPLE", "AROA1:alice", "210987654321"], &["terraform"]),
            (Format::Name, &["alice", "a.b+c@d"], &["arn:aws:iam::210987654321:user/a", "team/alice"]),
            (Format::Id, &["00u1ab2cd3EF4gh5ij6k", "x-1"], &["a@b.example", "Alice Smith"]),
            (Format::Country, &["United States", "Germany"], &["US"]),
            (Format::CountryCode, &["US", "de"], &["United States", "USA"]),
            (Format::Domain, &["example.com", "localhost"], &["https://example.com", "a b", "a..b"]),
            (Format::Url, &["https://example.com/a?b", "ms-app://x"], &["example.com", "https:/x", "://x"]),
            (Format::Duration, &["PT1H", "P1Y2M3DT4H5M6.7S", "P2W"], &["1h", "PT", "P", "3600"]),
            (Format::Hex, &["00ff", "0xAB"], &["xyz", "0g"]),
        ] {
            for text in good {
                assert_eq!(format.fault(text), None, "{text}");
            }
            for text in bad {
                assert!(format.fault(text).is_some(), "{text}");
            }
        }
    }
}
