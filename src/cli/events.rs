//! The bytes of event files, plain or gzip: the one module that names `flate2`.

use std::io::Read;
use std::path::Path;

use super::{Failure, files};

/// The most bytes that an event file may have, inflated (1 GiB).
const MOST: usize = 1 << 30;

/// The bytes of an event file; gzip is recognised by its first bytes, also in several members.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let too_large = || Failure::Io(format!("`{}`: over 1 GiB of events; split the file", path.display()));
    let bytes = files::read(path, MOST)?;
    if bytes.len() > MOST {
        return Err(too_large());
    }
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes);
    }
    let mut inflated = Vec::new();
    let most = u64::try_from(MOST).unwrap_or(u64::MAX).saturating_add(1);
    flate2::read::MultiGzDecoder::new(bytes.as_slice())
        .take(most)
        .read_to_end(&mut inflated)
        .map_err(|error| Failure::Io(format!("`{}`: damaged gzip: {error}", path.display())))?;
    if inflated.len() > MOST { Err(too_large()) } else { Ok(inflated) }
}
