//! Annotated source, in the manner of rustc.

use std::borrow::Cow;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{Finding, wrap};
use crate::diagnostic::{Edit, Safety, Severity};
use crate::source::Span;
use crate::source::visible::{is_hidden, visible};

/// The most source text that is shown around one finding, in bytes; labels that would need more are left out.
const WINDOW: u32 = 16 << 10;

/// How text for people is laid out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Layout {
    /// Whether it has the codes of a terminal for colours.
    pub colour: bool,
    /// How many columns a line has; `None` where lines are as long as they are.
    pub width: Option<usize>,
}

/// One finding with the lines it speaks of. Control characters of the source are shown, never sent to the terminal.
pub fn text(finding: Finding<'_>, colour: bool) -> String {
    laid_out(finding, None, Layout { colour, width: None })
}

/// The same in a layout, with what is to be noted below it.
pub fn laid_out(finding: Finding<'_>, note: Option<&str>, layout: Layout) -> String {
    let Finding { source, diagnostic, .. } = finding;
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let labels: Vec<_> =
        diagnostic.labels.iter().filter(|label| diagnostic.span.to(label.span).len() <= WINDOW).collect();
    let window = labels.iter().fold(diagnostic.span, |all, label| all.to(label.span));
    let window = lines(source.text(), clamp(window, diagnostic.span));
    let place = source.position(window.start);
    let slice = source.slice(window);
    let shown = excerpt(slice);
    let inside = |span: Span| {
        let clip = |offset: u32| {
            let at = (offset.clamp(window.start, window.end) - window.start) as usize;
            // Where nothing was made visible, offsets are those of the text.
            if shown.len() == slice.len() { at } else { excerpt(slice.get(..at).unwrap_or(slice)).len() }
        };
        clip(span.start)..clip(span.end)
    };

    // `warning[S0433]: `.
    let front = diagnostic.severity.name().len() + diagnostic.code.id.len() + 4;
    let title = wrap::prose(&visible(&diagnostic.message), layout.width, front);
    let name = visible(source.name());
    // A label that the line has no room for is noted below.
    let fits = |span: Span, label: &str| {
        let end = source.position(span.end);
        let taken = end.line.to_string().len() + 3 + end.column as usize;
        layout.width.is_none_or(|width| taken + label.chars().count() <= width)
    };
    let mut wide = Vec::new();
    let main = diagnostic.label.as_deref().map(visible).filter(|label| {
        let fits = fits(diagnostic.span, label);
        wide.extend((!fits).then(|| label.clone()));
        fits
    });
    let mut notes = Vec::new();
    for label in labels {
        let message = visible(&label.message);
        if fits(label.span, &message) {
            notes.push((inside(label.span), message));
        } else {
            wide.push(format!("line {}: {message}", source.position(label.span.start).line));
        }
    }
    let mut help =
        diagnostic.help.as_deref().map(|help| help.lines().map(visible).collect::<Vec<_>>().join("\n"));
    let mut written = None;
    if let Some(fix) = &diagnostic.fix {
        // Blanks and nothing else say nothing in a line of text.
        let says = |edit: &&Edit| !edit.text.trim().is_empty();
        let texts: Vec<_> =
            fix.edits.iter().filter(says).map(|edit| format!("`{}`", visible(&edit.text))).collect();
        // A help that names the replacement already need not be said twice.
        let names = |help: &str, text: &str| {
            let bare = text.trim_matches('`').trim_matches('\'');
            help.contains(text) || (!bare.is_empty() && help.contains(&format!("`{bare}`"))) || {
                let quoted = text.trim_matches('`');
                quoted.starts_with('\'') && help.contains(quoted)
            }
        };
        // A field and its value, named as the one line that they become.
        let line = texts.iter().map(|text| text.trim_matches('`')).collect::<Vec<_>>().join(": ");
        let said = help.as_mut().filter(|help| {
            let all = !texts.is_empty() && texts.iter().all(|text| names(help, text));
            all || help.contains(&format!("`{line}`"))
        });
        match (fix.safety, said) {
            (Safety::Safe, Some(help)) => help.push_str(" (`--fix` does it)"),
            // Whole lines are shown by `--diff`.
            (Safety::Safe, None) if fix.edits.iter().any(|edit| edit.text.trim_end().contains('\n')) => {
                match help.as_mut().filter(|help| !help.contains('\n')) {
                    Some(help) => help.push_str(" (`--fix` does it)"),
                    None => written = Some("`--fix` writes it; `--fix --diff` shows the change".to_owned()),
                }
            }
            (Safety::Safe, None) if texts.is_empty() => {
                let removes = fix.edits.iter().any(|edit| !source.slice(edit.span).trim().is_empty());
                written = Some(if removes { "`--fix` removes it" } else { "`--fix` does it" }.to_owned());
            }
            (Safety::Safe, None) => written = Some(format!("`--fix` writes {}", texts.join(", "))),
            (Safety::Unsafe, Some(_)) => {}
            // The help says what there is to do.
            (Safety::Unsafe, None) if texts.is_empty() => {}
            (Safety::Unsafe, None) => written = Some(format!("perhaps {}", texts.join(", "))),
        }
    }

    let mut snippet = Snippet::source(shown.as_ref())
        .line_start(place.line as usize)
        .path(name)
        .annotation(AnnotationKind::Primary.span(inside(diagnostic.span)).label(main));
    for (span, message) in notes {
        snippet = snippet.annotation(AnnotationKind::Context.span(span).label(message));
    }
    let mut group: Group<'_> = level.primary_title(title).id(diagnostic.code.id).element(snippet);
    // `   = help: `, where the bar is behind the largest number of a line.
    let front = source.position(window.end).line.to_string().len() + 9;
    let below = |text: &str| wrap::prose(text, layout.width, front);
    for text in &wide {
        group = group.element(Level::NOTE.message(below(text)));
    }
    for text in [help, written].into_iter().flatten() {
        group = group.element(Level::HELP.message(below(&text)));
    }
    if let Some(note) = note {
        group = group.element(Level::NOTE.message(below(note)));
    }
    let renderer = if layout.colour { Renderer::styled() } else { Renderer::plain() };
    let renderer = match layout.width {
        Some(width) => renderer.term_width(width),
        None => renderer,
    };
    let mut out = renderer.decor_style(DecorStyle::Ascii).render(&[group]);
    out.push('\n');
    out
}

/// Source text with what nobody sees made visible, but for ends of lines and tabs, which the renderer lays out.
fn excerpt(text: &str) -> Cow<'_, str> {
    let laid_out = |char: char| matches!(char, '\n' | '\t' | '\r');
    if !text.contains(|char: char| is_hidden(char) && !laid_out(char)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for char in text.chars() {
        if is_hidden(char) && !laid_out(char) {
            out.push_str(&visible(char.encode_utf8(&mut [0; 4])));
        } else {
            out.push(char);
        }
    }
    Cow::Owned(out)
}

/// At most [`WINDOW`] bytes of `span`, from the start of `first`.
fn clamp(span: Span, first: Span) -> Span {
    if span.len() <= WINDOW { span } else { Span::new(first.start, first.end.min(first.start + WINDOW)) }
}

/// The span widened to whole lines, at most 4 KiB to each side.
fn lines(text: &str, span: Span) -> Span {
    const MARGIN: usize = 4 << 10;
    let bytes = text.as_bytes();
    let start = (span.start as usize).min(bytes.len());
    let end = (span.end as usize).clamp(start, bytes.len());
    let before = bytes.get(start.saturating_sub(MARGIN)..start).unwrap_or_default();
    let mut from = before
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or_else(|| start.saturating_sub(MARGIN), |at| start.saturating_sub(MARGIN) + at + 1);
    let ahead = (end + MARGIN).min(bytes.len());
    let after = bytes.get(end..ahead).unwrap_or_default();
    let mut to = after.iter().position(|&byte| byte == b'\n').map_or(ahead, |at| end + at);
    while !text.is_char_boundary(from) {
        from -= 1;
    }
    while !text.is_char_boundary(to) {
        to += 1;
    }
    Span::of(from, to)
}
