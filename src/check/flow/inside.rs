//! From a range of a value to its place in the YAML that was written for it.

use std::ops::Range;

use crate::diag::Span;

/// Where the bytes `range` of `value` stand, which was read from the scalar at `span` of `file`;
/// the scalar as a whole, or its first line, if that cannot be told.
pub(in crate::check) fn inside(file: &str, span: Span, value: &str, range: &Range<usize>) -> Span {
    let whole = Span { start: span.start, end: first_line_end(file, span) };
    let Some(written) = file.get(span.start..span.end) else { return whole };
    let found = match written.as_bytes().first() {
        _ if is_block(&file[..span.start]) => block(&file[span.start..], value, range),
        Some(b'\'') => quoted(written, range, single).filter(|found| found.end < written.len()),
        Some(b'"') => quoted(written, range, double).filter(|found| found.end < written.len()),
        // A plain scalar on one line is what it says.
        _ if written.starts_with(value) => Some(range.clone()),
        _ => None,
    };
    found.map_or(whole, |found| Span::new(span.start + found.start, span.start + found.end))
}

fn first_line_end(file: &str, span: Span) -> usize {
    let text = file.get(span.start..span.end).unwrap_or_default();
    span.start + text.lines().next().unwrap_or_default().trim_end().len()
}

/// How many bytes stand for the next ones of the value, and how many bytes of it those are; none
/// where the quotation folds lines.
type Step = fn(&str) -> Option<(usize, usize)>;

fn quoted(written: &str, range: &Range<usize>, step: Step) -> Option<Range<usize>> {
    let (mut at, mut of_value) = (1, 0);
    let mut start = None;
    loop {
        if of_value >= range.start && start.is_none() {
            start = Some(at);
        }
        if of_value >= range.end {
            return start.map(|start| start..at);
        }
        let (bytes, value) = step(written.get(at..)?)?;
        at += bytes;
        of_value += value;
    }
}

fn single(rest: &str) -> Option<(usize, usize)> {
    match rest.chars().next()? {
        '\'' if rest[1..].starts_with('\'') => Some((2, 1)),
        '\'' | '\n' | '\r' => None,
        letter => Some((letter.len_utf8(), letter.len_utf8())),
    }
}

fn double(rest: &str) -> Option<(usize, usize)> {
    let letter = rest.chars().next()?;
    match letter {
        '"' | '\n' | '\r' => return None,
        '\\' => {}
        _ => return Some((letter.len_utf8(), letter.len_utf8())),
    }
    let digits = match rest[1..].chars().next()? {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        // U+0085 and U+00A0; U+2028 and U+2029.
        'N' | '_' => return Some((2, 2)),
        'L' | 'P' => return Some((2, 3)),
        '\n' | '\r' => return None,
        other => return Some((1 + other.len_utf8(), 1)),
    };
    let code = u32::from_str_radix(rest.get(2..2 + digits)?, 16).ok()?;
    Some((2 + digits, char::from_u32(code)?.len_utf8()))
}

/// Whether what follows is the content of a block scalar: the line before ends with its mark.
fn is_block(before: &str) -> bool {
    let content = before.trim_end_matches([' ', '\t']);
    let Some(header) = content.trim_end_matches(['\n', '\r', ' ', '\t']).lines().next_back() else {
        return false;
    };
    let header = header.split(" #").next().unwrap_or_default().trim_end();
    let mark = header.trim_end_matches(|letter: char| letter.is_ascii_digit() || matches!(letter, '+' | '-'));
    content.ends_with('\n') && mark.ends_with(['|', '>'])
}

/// A block scalar from its first line with something in it, line by line; folded lines only where
/// they were kept as they are.
fn block(rest: &str, value: &str, range: &Range<usize>) -> Option<Range<usize>> {
    let empty = value.len() - value.trim_start_matches('\n').len();
    let before = value.get(..range.start)?;
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = before.matches('\n').count().checked_sub(empty)?;
    let text = value[line_start..].lines().next()?;
    let mut start = 0;
    for _ in 0..line {
        start += rest[start..].find('\n')? + 1;
    }
    let found = rest[start..].lines().next()?;
    // What the line has more than the value is its indent.
    let indent = found.len().checked_sub(text.len())?;
    if found.get(indent..)? != text {
        return None;
    }
    let from = start + indent + (range.start - line_start);
    let until = start + indent + (range.end - line_start).min(text.len());
    Some(from..until.max(from))
}

#[cfg(test)]
mod tests {
    use crate::load::{Node, parse};

    use super::*;

    /// What the place of `wanted` in the value of `a` shows.
    fn shown(yaml: &str, wanted: &str) -> String {
        let (tree, problems) = parse(&"test.yaml".into(), yaml);
        assert!(problems.is_empty(), "{problems:?}");
        let tree = tree.unwrap();
        let node: &Node = tree.get("a").unwrap();
        let value = node.text().unwrap();
        let start = value.find(wanted).unwrap();
        let span = inside(yaml, node.span, value, &(start..start + wanted.len()));
        yaml[span.start..span.end].to_owned()
    }

    #[test]
    fn finds_the_very_bytes() {
        for yaml in [
            "a: é {{ x.y }} z",
            "a: \"\\té\\u00e9 \\\"{{ x.y }}\"",
            "a: 'it''s {{ x.y }}'",
            "a: |\n  echo\n   two\n\n  echo {{ x.y }}\n",
            "a: |-\n    echo {{ x.y }}\nb: 1\n",
            "a: |\r\n  echo\r\n  echo {{ x.y }}\r\n",
            "a: |\n\n\n  echo {{ x.y }}\n",
            "a: |2-\n   echo {{ x.y }}\n",
            "b: 1\na: > # why\n  one {{ x.y }}\n",
        ] {
            assert_eq!(shown(yaml, "x.y"), "x.y", "{yaml:?}");
        }
        assert_eq!(shown("a: \"it's \\\"q\\\" 'z'\"", "\"q\""), "\\\"q\\\"");
    }

    #[test]
    fn falls_back_to_the_first_line() {
        assert_eq!(shown("a: one\n  two {{ x }}", "x"), "one");
        assert_eq!(shown("a: \"one\n  two {{ x }}\"", "x"), "\"one");
        assert_eq!(shown("a: >\n  one\n  {{ x }}\n", "x"), "one");
    }
}
