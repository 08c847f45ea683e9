//! What is wrong with an expression or a template, or with what it met when it was evaluated.

use std::ops::Range;

/// A problem in the source, or in the values that it was evaluated with.
///
/// What is wrong with a source is shown at its place, and its text is the message alone. What came up
/// when it was evaluated has no such place: its text names the part of the source, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExprError {
    pub message: String,
    /// The bytes of the source that it is about.
    pub range: Option<Range<usize>>,
    /// What to do about it.
    pub help: Option<String>,
    /// The part of the source that could not be evaluated.
    pub part: Option<String>,
}

impl std::error::Error for ExprError {}

impl std::fmt::Display for ExprError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Some(part) = &self.part else { return f.write_str(&self.message) };
        write!(f, "{}: {}", literal(part), self.message)?;
        self.help.iter().try_for_each(|help| write!(f, "; {help}"))
    }
}

impl ExprError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), range: None, help: None, part: None }
    }

    pub(super) fn at(mut self, range: &Range<usize>) -> Self {
        self.range.get_or_insert_with(|| range.clone());
        self
    }

    /// Says that it came up when `source` was evaluated.
    pub(super) fn met_in(mut self, source: &str, is_template: bool) -> Self {
        let part = self.range.as_ref().and_then(|range| source.get(range.clone()));
        self.part.get_or_insert_with(|| match part {
            Some(part) if is_template => format!("{{{{ {} }}}}", part.trim()),
            part => part.unwrap_or(source).trim().to_owned(),
        });
        self
    }

    /// Says which of the `vars` it came up in.
    pub fn of_var(self, name: &str) -> Self {
        Self { part: self.part.map(|part| format!("vars.{name}: {part}")), ..self }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// With a help line that names the known word nearest to what was written, or a few of them.
    pub(super) fn known<'a>(mut self, written: &str, known: impl Iterator<Item = &'a str> + Clone) -> Self {
        self.help = nearest(written, known);
        self
    }
}

/// So many known words are looked at, and a few of them shown.
const MOST: usize = 1000;
const SHOWN: usize = 8;

fn nearest<'a>(written: &str, known: impl Iterator<Item = &'a str> + Clone) -> Option<String> {
    let allowed = (written.chars().count() / 3).max(1);
    let near = known
        .clone()
        .take(MOST)
        .filter(|word| word.len() <= 100 && written.len() <= 100)
        .map(|word| (strsim::osa_distance(written, word), word))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance);
    if let Some((_, word)) = near {
        return Some(format!("did you mean {}?", literal(word)));
    }
    let mut words: Vec<_> = known.take(SHOWN + 1).map(literal).collect();
    let more = words.len() > SHOWN;
    words.truncate(SHOWN);
    match words.len() {
        0 => None,
        _ => Some(format!("known here: {}{}", words.join(", "), if more { ", …" } else { "" })),
    }
}

/// A text of the user in backticks: on one line, without control characters, and not endless.
pub(super) fn literal(text: &str) -> String {
    const MOST: usize = 60;
    let mut shown = String::from("`");
    for (count, letter) in text.chars().enumerate() {
        if count == MOST {
            shown.push('…');
            break;
        }
        if letter.is_control() { shown.extend(letter.escape_default()) } else { shown.push(letter) }
    }
    shown.push('`');
    shown
}
