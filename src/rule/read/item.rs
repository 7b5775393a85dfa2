//! Items: a key and its values, held against the modifiers.

use super::Reader;
use crate::diagnostic::{Diagnostic, Fix, Severity};
use crate::rule::cidr::Cidr;
use crate::rule::codes::value as codes;
use crate::rule::modifier::Modifier;
use crate::rule::pattern::{Piece, pieces, placeholder};
use crate::rule::wording::clip;
use crate::rule::{Item, ItemValue, Value, ValueKind};
use crate::source::Spanned;
use crate::yaml::hazard::{self, Surprise};
use crate::yaml::{Entry, NodeId, NodeKind, Scalar, Tag};

impl Reader<'_, '_> {
    pub(super) fn item(&mut self, entry: Entry) -> Item {
        let before = self.findings.len();
        let mut key = self.item_key(entry.key);
        let span = self.tree.span(entry.key).to(self.tree.span(entry.value));
        // A merged or aliased value is elsewhere, and what is between is not the item's.
        let span = if self.tree.span(entry.value).start < self.tree.span(entry.key).end {
            self.tree.span(entry.key)
        } else {
            span
        };
        let id = entry.value;
        let value_span = self.tree.span(id);
        let value = match &self.tree.node(id).kind {
            NodeKind::Hole => {
                key.faulty = true;
                ItemValue::Hole(value_span)
            }
            NodeKind::Map(_) => self.nested(&key, id),
            NodeKind::List(items) if items.is_empty() => {
                self.report(
                    Diagnostic::new(&codes::EMPTY_LIST, value_span, "the list of values is empty")
                        .help("write a value; `null` for a missing field, `''` for an empty text"),
                );
                ItemValue::Hole(value_span)
            }
            NodeKind::List(items) if items.iter().any(|&item| self.tree.entries(item).is_some()) => {
                self.nested(&key, id)
            }
            NodeKind::List(items) => {
                let values: Vec<Value> =
                    items.iter().map(|&item| self.list_value(item, &key.modifiers)).collect();
                ItemValue::Values { span: value_span, values, list: true }
            }
            NodeKind::Scalar(_) => {
                let value = self.single_value(id, entry, &key.modifiers);
                ItemValue::Values { span: value_span, values: vec![value], list: false }
            }
        };
        if let ItemValue::Values { values, list, .. } = &value
            && !self.has_new_errors(before)
        {
            self.values(&key.modifiers, values, *list);
        }
        let faulty = key.faulty || self.has_new_errors(before);
        Item { span, field: key.field, modifiers: key.modifiers, value, faulty }
    }

    fn single_value(&mut self, id: NodeId, entry: Entry, modifiers: &[Spanned<Modifier>]) -> Value {
        let empty = self
            .tree
            .scalar(id)
            .is_some_and(|scalar| scalar.text.is_empty() && scalar.tag == Tag::None && !scalar.is_quoted());
        if empty {
            let key = self.tree.span(entry.key);
            self.report(
                Diagnostic::new(
                    &codes::EMPTY_VALUE,
                    key,
                    format!("`{}` has no value", clip(self.tree.key(entry))),
                )
                .label("read as null: the field is missing or null")
                .help("write `null` if that is meant, or `''` for an empty text"),
            );
        }
        self.value(id, modifiers)
    }

    /// A value in a list.
    pub(super) fn list_value(&mut self, id: NodeId, modifiers: &[Spanned<Modifier>]) -> Value {
        let span = self.tree.span(id);
        match &self.tree.node(id).kind {
            NodeKind::Scalar(scalar) if scalar.is_null() => {
                let message = if scalar.text.is_empty() {
                    "an entry of the list is empty"
                } else {
                    "null is not allowed in a list"
                };
                self.report(
                    Diagnostic::new(&codes::NULL_IN_LIST, span, message)
                        .help("write a second selection with `field: null`, and join the two by `or`; quote a text `'null'`"),
                );
                Value { span, kind: ValueKind::Hole }
            }
            NodeKind::Scalar(_) => self.value(id, modifiers),
            NodeKind::List(_) => {
                self.report(
                    Diagnostic::new(&codes::NESTED_LIST, span, "a list of values cannot hold a list")
                        .help("write its entries one level up"),
                );
                Value { span, kind: ValueKind::Hole }
            }
            NodeKind::Map(_) => {
                self.report(Diagnostic::new(&codes::NESTED_MAP, span, "a list of values cannot hold a map"));
                Value { span, kind: ValueKind::Hole }
            }
            NodeKind::Hole => Value { span, kind: ValueKind::Hole },
        }
    }

    fn value(&mut self, id: NodeId, modifiers: &[Spanned<Modifier>]) -> Value {
        let span = self.tree.span(id);
        let Some(scalar) = self.tree.scalar(id) else { return Value { span, kind: ValueKind::Hole } };
        if scalar.is_null() {
            return Value { span, kind: ValueKind::Null };
        }
        let text = scalar.text.clone().into_owned();
        let quoted = scalar.is_quoted();
        self.hazards(id, scalar, modifiers);
        Value { span, kind: ValueKind::Text { text, quoted } }
    }

    fn hazards(&mut self, id: NodeId, scalar: &Scalar<'_>, modifiers: &[Spanned<Modifier>]) {
        let node = self.tree.node(id);
        if let Some(finding) = hazard::edges(node) {
            return self.report(finding);
        }
        let read_as_number = |modifier: Modifier| modifier.orders() || modifier.is_time_part();
        let misleads = match hazard::surprise(&scalar.text) {
            None => false,
            // Names, truth values and blocks are checked by themselves.
            Some(_)
                if has(modifiers, |modifier| {
                    matches!(modifier, Modifier::Exists | Modifier::FieldRef | Modifier::Cidr)
                }) =>
            {
                false
            }
            // Where a number is asked for, `1.50` and `1e3` are what they are for everyone.
            Some(Surprise::Float) => !has(modifiers, read_as_number),
            Some(_) => true,
        };
        if misleads {
            self.findings.extend(hazard::finding(node));
        }
    }

    /// Values whose form does not suit the modifiers.
    fn values(&mut self, modifiers: &[Spanned<Modifier>], values: &[Value], list: bool) {
        for modifier in modifiers {
            self.modifier_values(modifier, modifiers, values, list);
        }
    }

    fn modifier_values(
        &mut self,
        modifier: &Spanned<Modifier>,
        chain: &[Spanned<Modifier>],
        values: &[Value],
        list: bool,
    ) {
        let name = modifier.value.name();
        let first_encoder =
            chain.iter().find(|modifier| modifier.value.encodes()).map(|modifier| modifier.span);
        if modifier.value == Modifier::All {
            if values.len() == 1 {
                self.report(
                    Diagnostic::new(
                        &codes::SINGLE_ALL,
                        modifier.span,
                        "`all` with one value changes nothing",
                    )
                    .help("remove it, or list more values"),
                );
            }
            return;
        }
        if modifier.value == Modifier::Exists && (list || values.len() != 1) {
            let span = values.first().map_or(modifier.span, |value| value.span);
            return self.report(
                Diagnostic::new(&codes::VALUE_FORM, span, "`exists` takes one value")
                    .label("found a list")
                    .help("write `true` or `false`"),
            );
        }
        let expanded = has(chain, |modifier| modifier == Modifier::Expand);
        for value in values {
            let ValueKind::Text { text, quoted } = &value.kind else {
                if value.kind == ValueKind::Null
                    && !matches!(modifier.value, Modifier::Neq | Modifier::Expand)
                {
                    self.report(
                        Diagnostic::new(
                            &codes::VALUE_FORM,
                            value.span,
                            format!("`{name}` has no meaning with null"),
                        )
                        .also(modifier.span, "the modifier")
                        .help("write a value, or remove the modifier to ask for a missing field"),
                    );
                    return;
                }
                continue;
            };
            let finding = match modifier.value {
                Modifier::Exists => exists(value, text),
                Modifier::Cidr if expanded && placeholder(text).is_some() => None,
                Modifier::Cidr => cidr(value, text, *quoted),
                // The part of a time says which numbers it can be.
                Modifier::Lt | Modifier::Lte | Modifier::Gt | Modifier::Gte
                    if has(chain, Modifier::is_time_part) =>
                {
                    None
                }
                Modifier::Lt | Modifier::Lte | Modifier::Gt | Modifier::Gte => ordered(value, text, name),
                Modifier::Minute
                | Modifier::Hour
                | Modifier::Day
                | Modifier::Week
                | Modifier::Month
                | Modifier::Year => {
                    let order = chain.iter().map(|other| other.value).find(|other| other.orders());
                    time_part(value, text, modifier.value, order)
                }
                Modifier::FieldRef if text.trim().is_empty() => Some(Diagnostic::new(
                    &codes::VALUE_FORM,
                    value.span,
                    "`fieldref` needs the name of a field",
                )),
                Modifier::Base64
                | Modifier::Base64Offset
                | Modifier::Utf16
                | Modifier::Utf16Be
                | Modifier::Utf16Le
                    if first_encoder == Some(modifier.span) =>
                {
                    encoded(value, text, name)
                }
                _ => None,
            };
            self.findings.extend(finding);
        }
    }
}

fn has(modifiers: &[Spanned<Modifier>], wanted: impl Fn(Modifier) -> bool) -> bool {
    modifiers.iter().any(|modifier| wanted(modifier.value))
}

fn exists(value: &Value, text: &str) -> Option<Diagnostic> {
    let lower = text.to_ascii_lowercase();
    if matches!(lower.as_str(), "true" | "false") {
        return None;
    }
    let finding =
        Diagnostic::new(&codes::VALUE_FORM, value.span, format!("`{}` is not a boolean", clip(text)))
            .label("expected `true` or `false`");
    let meant = match lower.as_str() {
        "yes" | "on" | "1" | "y" => "true",
        "no" | "off" | "0" | "n" => "false",
        _ => return Some(finding),
    };
    Some(finding.help(format!("write `{meant}`")).fix(Fix::safe(value.span, meant)))
}

/// What to write in place of a block in the notation of another tool.
fn block_help(text: &str) -> Option<String> {
    if text.contains('*') {
        return Some("an address block has no wildcards: write it with a prefix length".to_owned());
    }
    let bare: String = text.chars().filter(|char| !"[] ".contains(*char)).collect();
    if bare != text && Cidr::parse(&bare).is_some() {
        return Some(format!("write `{bare}`, without brackets and spaces"));
    }
    if let Some((first, last)) = bare.split_once('-')
        && let (Some(first), Some(_)) = (Cidr::parse(first), Cidr::parse(last))
    {
        let width = if first.address.is_ipv4() { 32 } else { 128 };
        return Some(format!(
            "a range is written as the blocks that make it up, such as `{}/{width}`",
            first.address
        ));
    }
    let (address, mask) = text.split_once('/')?;
    let Some(block) = Cidr::parse(address) else {
        // The first numbers alone, as tools of Unix write a network.
        let numbers = address.split('.').count();
        let full = format!("{address}{}/{mask}", ".0".repeat(4_usize.saturating_sub(numbers)));
        return Cidr::parse(&full).map(|_| format!("write all four numbers: `{full}`"));
    };
    if let Ok(mask) = mask.parse::<std::net::Ipv4Addr>() {
        // A mask as routers write it, or turned round as in their access lists.
        let bits = u32::from(mask);
        let ones = [bits, !bits].into_iter().find(|bits| bits.leading_ones() == bits.count_ones())?;
        return Some(format!("write the mask as a prefix length: `{}/{}`", block.address, ones.count_ones()));
    }
    Some("the prefix length is at most 32 for IPv4 and 128 for IPv6".to_owned())
}

fn cidr(value: &Value, text: &str, quoted: bool) -> Option<Diagnostic> {
    let Some(block) = Cidr::parse(text) else {
        let finding = Diagnostic::new(
            &codes::BAD_CIDR,
            value.span,
            format!("`{}` is not a valid CIDR range", clip(text)),
        )
        .label("expected an address and a prefix length, such as 192.0.2.0/24");
        return Some(match block_help(text) {
            Some(help) => finding.help(help),
            None => finding,
        });
    };
    let first = block.first();
    (first != block.address).then(|| {
        let fixed = format!("{first}/{}", block.prefix);
        let written = if quoted { format!("'{fixed}'") } else { fixed.clone() };
        Diagnostic::new(
            &codes::CIDR_HOST_BITS,
            value.span,
            format!("`{}` has bits beyond its prefix of {}", clip(text), block.prefix),
        )
        .label(format!("read as {fixed}"))
        .help("write the first address of the block, or a longer prefix")
        .fix(Fix::safe(value.span, written))
    })
}

/// A number, or something that begins like a time.
fn ordered(value: &Value, text: &str, name: &str) -> Option<Diagnostic> {
    let number = {
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        !digits.is_empty()
            && digits.starts_with(|char: char| char.is_ascii_digit() || char == '.')
            && text.parse::<f64>().is_ok()
    };
    let time = text.get(..4).is_some_and(|year| year.bytes().all(|byte| byte.is_ascii_digit()))
        && text.get(4..5) == Some("-")
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-:.,+ ".contains(&byte));
    (!number && !time).then(|| {
        Diagnostic::new(
            &codes::VALUE_FORM,
            value.span,
            format!("`{name}` needs a number or a time, and `{}` is neither", clip(text)),
        )
        .help("write a number, or a time such as '2026-01-31T12:00:00Z'")
    })
}

/// The number of a part of a time, alone or as the bound of a comparison.
fn time_part(value: &Value, text: &str, part: Modifier, order: Option<Modifier>) -> Option<Diagnostic> {
    let name = part.name();
    let range = part.time_part()?.range();
    let (least, greatest) = (*range.start(), *range.end());
    let expected = format!("expected {least} to {greatest}");
    let number = (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse::<u32>().ok())
        .flatten();
    let Some(number) = number else {
        let message = format!("`{name}` needs a number, not `{}`", clip(text));
        return Some(Diagnostic::new(&codes::VALUE_FORM, value.span, message).label(expected));
    };
    if !range.contains(&number) {
        let message = format!("no {name} is {number}");
        return Some(Diagnostic::new(&codes::TIME_RANGE, value.span, message).label(expected));
    }
    let beyond = match order? {
        Modifier::Lt if number == least => "less",
        Modifier::Gt if number == greatest => "greater",
        Modifier::Gte if number == least => {
            return Some(every_part(value, format!("every {name} is {least} or greater")));
        }
        Modifier::Lte if number == greatest => {
            return Some(every_part(value, format!("every {name} is {greatest} or less")));
        }
        _ => return None,
    };
    let message = format!("no {name} is {beyond} than {number}");
    Some(Diagnostic::new(&codes::TIME_RANGE, value.span, message).label(expected))
}

/// The finding for a comparison that every time satisfies.
fn every_part(value: &Value, message: String) -> Diagnostic {
    Diagnostic::new(&codes::TIME_RANGE, value.span, message)
        .severity(Severity::Warning)
        .label("holds for every time")
        .help("write another bound, or `exists: true` to ask for presence")
}

fn encoded(value: &Value, text: &str, name: &str) -> Option<Diagnostic> {
    let wild = pieces(text).iter().any(|piece| matches!(piece, Piece::Any | Piece::One));
    wild.then(|| {
        Diagnostic::new(&codes::ENCODED_WILDCARD, value.span, format!("`{name}` cannot encode a wildcard"))
            .help(
                "write `\\*` or `\\?` for the character itself; `contains` after the encoder searches inside",
            )
    })
}
