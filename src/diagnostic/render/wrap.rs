//! Prose in lines that fit.

/// The lines of a text, broken at blanks; a longer word stands alone.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut columns = 0;
    for word in text.split_whitespace() {
        let Some(line) = lines.last_mut() else { break };
        let wide = word.chars().count();
        if line.is_empty() {
            line.push_str(word);
            columns = wide;
        } else if columns + 1 + wide <= width {
            line.push(' ');
            line.push_str(word);
            columns += 1 + wide;
        } else {
            lines.push(word.to_owned());
            columns = wide;
        }
    }
    lines
}

/// A text of lines, each broken where it is prose: what begins with a blank is laid out already.
pub fn prose(text: &str, width: Option<usize>, taken: usize) -> String {
    /// What lies in front never leaves less than this.
    const NARROWEST: usize = 24;
    let Some(width) = width else { return text.to_owned() };
    let room = width.saturating_sub(taken).max(NARROWEST);
    let broken = |line: &str| {
        if line.starts_with(' ') || line.chars().count() <= room {
            line.to_owned()
        } else {
            wrapped(line, room).join("\n")
        }
    };
    text.split('\n').map(broken).collect::<Vec<_>>().join("\n")
}
