//! User text made safe to show on one line: a title must not forge a trailer in a commit
//! message, break a table, or send commands to a terminal.

use std::borrow::Cow;

/// The text on one line: runs of line breaks and tabs become one space, other control characters and
/// those that reorder text become visible escapes such as `\u{1b}`.
pub fn one_line(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| breaks_line(c) || is_hostile(c)) && text.trim() == text {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.trim().chars() {
        if breaks_line(c) {
            if !out.ends_with(' ') {
                out.push(' ');
            }
        } else if is_hostile(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// The lines of a longer text, each made safe.
pub fn lines(text: &str) -> impl Iterator<Item = Cow<'_, str>> {
    text.trim_end().lines().map(|line| {
        let line = line.trim_end();
        let indent = line.len() - line.trim_start_matches(' ').len();
        match one_line(&line[indent..]) {
            Cow::Borrowed(_) => Cow::Borrowed(line),
            Cow::Owned(safe) => Cow::Owned(format!("{}{safe}", &line[..indent])),
        }
    })
}

fn breaks_line(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\t' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Control characters, and the invisible ones that make a line read other than it is.
fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// The first `max` characters, the last of them `…` if something was left out.
pub fn shorten(text: &str, max: usize) -> Cow<'_, str> {
    if text.chars().count() <= max {
        return Cow::Borrowed(text);
    }
    let kept: String = text.chars().take(max.saturating_sub(1)).collect();
    Cow::Owned(format!("{}…", kept.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neutralises_what_is_not_text() {
        assert_eq!(one_line("plain … 日本"), "plain … 日本");
        assert_eq!(one_line("a\n\nOrch-Serial: 9\r\n"), "a Orch-Serial: 9");
        assert_eq!(one_line("\u{1b}[31mred\u{202e}"), "\\u{1b}[31mred\\u{202e}");
        assert_eq!(lines("a\n  b\u{7}\n").collect::<Vec<_>>(), ["a", "  b\\u{7}"]);
    }

    #[test]
    fn shortens_by_characters() {
        assert_eq!(shorten("häuser", 6), "häuser");
        assert_eq!(shorten("häuser", 4), "häu…");
    }
}
