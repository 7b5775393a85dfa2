//! Blocks of addresses: what some share and others leave.

use std::net::IpAddr;

use crate::ir::Block;

/// Addresses of one family from the first to the last, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Span {
    v6: bool,
    first: u128,
    last: u128,
}

impl Span {
    fn of(block: Block) -> Self {
        let (v6, first, width) = match block.first {
            IpAddr::V4(first) => (false, u128::from(first.to_bits()), 32_u32),
            IpAddr::V6(first) => (true, first.to_bits(), 128),
        };
        let host = width.saturating_sub(u32::from(block.prefix));
        let mask = if host >= 128 { u128::MAX } else { (1_u128 << host) - 1 };
        Self { v6, first: first & !mask, last: first | mask }
    }

    fn address(self, at: u128) -> Option<IpAddr> {
        if self.v6 {
            Some(IpAddr::V6(at.into()))
        } else {
            u32::try_from(at).ok().map(|bits| IpAddr::V4(bits.into()))
        }
    }
}

/// The most blocks that are handled.
const MAX_BLOCKS: usize = 4_096;

/// The addresses that lie in a block of every list of `within` and in none of `without`, some of them; `None` where
/// there are too many blocks to say.
pub(super) fn remain(within: &[&[Block]], without: &[&[Block]]) -> Option<Vec<IpAddr>> {
    let (head, rest) = within.split_first()?;
    let mut left: Vec<Span> = head.iter().map(|block| Span::of(*block)).collect();
    for list in rest {
        let mut shared = Vec::new();
        for one in &left {
            for other in list.iter().map(|block| Span::of(*block)) {
                let (first, last) = (one.first.max(other.first), one.last.min(other.last));
                if one.v6 == other.v6 && first <= last {
                    shared.push(Span { v6: one.v6, first, last });
                }
            }
            if shared.len() > MAX_BLOCKS {
                return None;
            }
        }
        left = shared;
    }
    for out in without.iter().flat_map(|list| list.iter()).map(|block| Span::of(*block)) {
        let mut kept = Vec::new();
        for one in left {
            if one.v6 != out.v6 || out.last < one.first || one.last < out.first {
                kept.push(one);
                continue;
            }
            if one.first < out.first {
                kept.push(Span { last: out.first - 1, ..one });
            }
            if out.last < one.last {
                kept.push(Span { first: out.last + 1, ..one });
            }
        }
        left = kept;
        if left.len() > MAX_BLOCKS {
            return None;
        }
    }
    left.sort_unstable();
    // Not the first address of a block, where there is another: networks are named by it.
    let pick = |span: &Span| span.address(if span.last > span.first { span.first + 1 } else { span.first });
    Some(left.iter().filter_map(pick).collect())
}
