//! Markdown that is cut where GitHub takes no more of it: what the cut leaves open is closed, so that what comes after it
//! is not swallowed.

use std::borrow::Cow;

/// What stands where a text was cut.
const NOTE: &str = "\n\n*The rest was left out: this is too long for GitHub.*";

/// A text of at most so many bytes; that it was cut is told in the text itself.
pub fn cut(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return text.into();
    }
    let mut room = most.saturating_sub(NOTE.len());
    loop {
        let kept = &text[..text.floor_char_boundary(room)];
        let closing = closing(kept);
        let over = (kept.len() + closing.len() + NOTE.len()).saturating_sub(most);
        if over == 0 || kept.is_empty() {
            return format!("{kept}{closing}{NOTE}").into();
        }
        room = kept.len().saturating_sub(over);
    }
}

/// A fence that has begun: its letter and length.
#[derive(Clone, Copy)]
struct Fence(char, usize);

impl Fence {
    /// That of a line; and what follows it there.
    fn of(line: &str) -> Option<(Self, &str)> {
        let trimmed = line.trim_start_matches(' ');
        let letter = trimmed.chars().next().filter(|letter| matches!(letter, '`' | '~'))?;
        let rest = trimmed.trim_start_matches(letter);
        let length = trimmed.len() - rest.len();
        (line.len() - trimmed.len() < 4 && length >= 3).then_some((Self(letter, length), rest))
    }
}

/// What closes all that a text leaves open: a fence, a comment, a fold.
fn closing(text: &str) -> String {
    let (mut open, mut outside) = (None, String::new());
    for line in text.lines() {
        match (open, Fence::of(line)) {
            (Some(Fence(letter, length)), Some((fence, rest)))
                if fence.0 == letter && fence.1 >= length && rest.trim().is_empty() =>
            {
                open = None;
            }
            (None, Some((fence, rest))) if fence.0 == '~' || !rest.contains('`') => open = Some(fence),
            (None, _) => outside = outside + line + "\n",
            (Some(_), _) => {}
        }
    }
    let mut closing = String::new();
    if let Some(Fence(letter, length)) = open {
        closing.push('\n');
        closing.extend(std::iter::repeat_n(letter, length));
    }
    if outside.rfind("<!--").is_some_and(|begun| !outside[begun..].contains("-->")) {
        closing.push_str(" -->");
    }
    let folds = outside.matches("<details>").count().saturating_sub(outside.matches("</details>").count());
    closing.push_str(&"\n\n</details>".repeat(folds));
    closing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_says_so() {
        assert_eq!(cut("short", 100), "short");
        let text = cut(&"ä".repeat(100), 101).into_owned();
        assert!(text.len() <= 101 && text.starts_with("ää") && text.ends_with(NOTE), "{text}");
    }

    #[test]
    fn what_a_cut_leaves_open_is_closed() {
        let long = "x\n".repeat(200);
        for (text, closing) in [
            // The fence is longer than those within it, and these do not end it.
            (format!("`````text\n```\n{long}`````\n"), "\n`````"),
            (format!("~~~\n```\n{long}"), "\n~~~"),
            (format!("```\na\n```\n{long}"), ""),
            (format!("    ```\n{long}"), ""),
            (format!("<!-- {long} -->"), " -->"),
            (format!("```\n<!--\n{long}```"), "\n```"),
            (format!("<details><summary>a</summary>\n\n```\n{long}"), "\n```\n\n</details>"),
        ] {
            let cut = cut(&text, 200).into_owned();
            let kept = cut.strip_suffix(NOTE).unwrap();
            assert!(cut.len() <= 200 && kept.ends_with(closing), "{cut}");
            assert_eq!(super::closing(&text[..150]), closing, "{text}");
            assert_eq!(super::closing(&cut), "", "{cut}");
        }
        // There is no room to close a fence of this length: less is kept.
        let cut = cut(&format!("a\n{}\n{long}", "`".repeat(90)), 150).into_owned();
        assert!(cut.len() <= 150 && closing(&cut).is_empty(), "{cut}");
    }
}
