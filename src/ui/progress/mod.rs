//! What a tick says while it works, for three kinds of reader: a terminal, a plain log, and GitHub Actions.
//!
//! A look is a value: it is told what happens and answers with the bytes to write to stderr. It knows
//! neither streams nor clocks, so that a test reads exactly what a person would.

mod actions;
mod plain;
mod terminal;

pub use actions::{Actions, without_commands};
pub use plain::Plain;
pub use terminal::Terminal;

use crate::model::{Ended, Outcome};
use crate::report::{ended, one_line};

/// What a step is called: its run, its key there, and the attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StepName<'a> {
    pub run: &'a str,
    pub step: &'a str,
    /// From 1.
    pub attempt: u32,
}

/// How progress looks. Everything that is given back is written as it is; `now` is the time since the tick
/// began, in milliseconds.
pub trait Look: Send {
    /// An attempt begins; `what` it does, in words.
    fn started(&mut self, step: StepName<'_>, what: &str, now: u64) -> String;

    /// It printed this: whole lines.
    fn printed(&mut self, step: StepName<'_>, text: &str, now: u64) -> String;

    fn finished(&mut self, step: StepName<'_>, outcome: &Outcome, now: u64) -> String;

    /// It is left for another tick, for this reason.
    fn carried_over(&mut self, step: StepName<'_>, why: &str, now: u64) -> String;

    /// Time passed; called some times a second if [`Self::is_live`].
    fn passed(&mut self, _now: u64) -> String {
        String::new()
    }

    /// Whether the passing of time shows.
    fn is_live(&self) -> bool {
        false
    }

    /// Nothing more comes.
    fn ended(&mut self) -> String {
        String::new()
    }
}

/// The line that says how a step went: `= clean succeeded in 1.2s`.
fn summary(step: StepName<'_>, outcome: &Outcome) -> (char, String) {
    let symbol = match outcome.ended {
        Ended::Succeeded => '=',
        Ended::Cancelled => '-',
        Ended::Failed | Ended::TimedOut | Ended::Lost => '!',
    };
    let attempt = if step.attempt > 1 { format!(" (attempt {})", step.attempt) } else { String::new() };
    (symbol, format!("{}{attempt} {}", one_line(step.step), ended(outcome)))
}

/// What a step printed, line by line, each made safe: nothing in it moves a cursor or ends a line early.
/// Of a line that was written over with carriage returns, as progress bars do, the last state counts.
fn safe_lines(text: &str) -> impl Iterator<Item = String> {
    text.trim_end_matches(['\n', '\r']).split('\n').map(|line| {
        let line = line.trim_end_matches('\r');
        let last = line.rsplit('\r').next().unwrap_or_default();
        without_escapes(last)
    })
}

/// The text without terminal sequences; other control characters become visible.
fn without_escapes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => match chars.peek() {
                Some('[') => {
                    chars.next();
                    // Parameters, then one letter.
                    for c in chars.by_ref() {
                        if ('\u{40}'..='\u{7e}').contains(&c) {
                            break;
                        }
                    }
                }
                Some(']') => {
                    chars.next();
                    // Up to BEL, or ESC and a backslash.
                    while let Some(c) = chars.next() {
                        if c == '\u{7}' {
                            break;
                        }
                        if c == '\u{1b}' {
                            chars.next_if_eq(&'\\');
                            break;
                        }
                    }
                }
                _ => {
                    chars.next();
                }
            },
            '\t' => out.push('\t'),
            c if c.is_control() => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests;
