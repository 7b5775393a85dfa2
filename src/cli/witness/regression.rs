//! Events as the regression tests of the public repository.

use std::path::Path;

use serde_json::json;

use super::Made;
use crate::cli::check::plural;
use crate::cli::load::RuleFile;
use crate::cli::write::{Before, Writer};
use crate::cli::{Output, disk, files};
use crate::export;
use crate::workspace::regression::KEY;

/// Writes the matching events of a file's rule below a folder, with the file that describes them; what is there already is
/// left as it is. `false` when there is nothing of the rule.
pub(super) fn write(
    folder: &Path,
    file: &RuleFile,
    made: &[&Made<'_>],
    writer: &mut Writer,
    output: &mut Output,
) -> bool {
    let name = file.file.source.name();
    let [one] = made else {
        output.note(&format!("{name}: regression tests are written for a file with one rule\n"));
        return false;
    };
    let found = one.witnesses.as_ref().map_or(&[][..], |witnesses| &witnesses.found);
    if found.is_empty() {
        return false;
    }
    let meta = one.checked.document.meta();
    let Some(id) = meta.id.as_ref().map(|id| id.value.as_str()).filter(|id| export::is_uuid(id)) else {
        output.note(&format!("{name}: regression tests are written for a rule with an `id`\n"));
        return false;
    };
    let place = file.found.relative.with_extension("");
    let path = place.join("info.yml");
    let shown = folder.join(&path);
    if disk::look_at(&shown).is_ok() {
        output.remark(&format!("{name}: {} exists and is left as it is\n", files::printed(&shown)));
        return true;
    }
    let recording = place.join(format!("{id}.json"));
    let text =
        |value: Option<&crate::source::Spanned<String>>| value.map(|found| found.value.trim().to_owned());
    let info = json!({
        "id": export::object_id(id, "regression", ""),
        "description": format!("Made by sigmata: {}, one for each way to match", plural(found.len(), "event")),
        "date": text(meta.date.as_ref()),
        "author": text(meta.author.as_ref()),
        "rule_metadata": [{"id": id, "title": text(meta.title.as_ref())}],
        "regression_tests_info": [{
            "name": "Positive Detection Test",
            "type": "json",
            "match_count": found.len(),
            "path": files::printed(&folder.join(&recording)),
        }],
    });
    let events: String = found.iter().map(|witness| format!("{}\n", witness.event.value())).collect();
    let written = writer.write(&recording, events.as_bytes(), Before::Nothing)
        && writer.write(&path, export::yaml(&info).as_bytes(), Before::Nothing);
    if written {
        let path = files::printed(&folder.join(path));
        output.line(&path);
        if !file.file.source.text().contains(KEY) {
            output.remark(&format!("{name}: name it with `{KEY}: {path}`\n"));
        }
    }
    written
}
