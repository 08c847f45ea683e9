//! The log of GitHub Actions: a group for each step, written when it is over, so that steps that run side by
//! side do not mix; failures as annotations.
//!
//! What a step printed stands between `::stop-commands::TOKEN` and `::TOKEN::`, so that no line of it is
//! taken for a command, whatever it says. The token is drawn for each tick and told to nobody. (GitHub Docs,
//! "Workflow commands for GitHub Actions", stopping and starting workflow commands.)

use std::collections::HashMap;
use std::fmt::Write as _;

use super::{Look, StepName, safe_lines, summary};
use crate::model::{Ended, Outcome};
use crate::report::{one_line, shorten};

/// The most that is kept of a step until it is over, in bytes: the end of it.
const MOST: usize = 1 << 20;
/// The most characters of an annotation.
const MESSAGE: usize = 1000;

/// The look of GitHub Actions.
#[derive(Debug)]
pub struct Actions {
    token: String,
    open: HashMap<(String, String), Open>,
}

/// A step that is under way.
#[derive(Debug, Default)]
struct Open {
    what: String,
    output: String,
    left_out: usize,
}

impl Actions {
    /// `token` must be new and unguessable: letters and digits, at least 16.
    pub fn new(token: &str) -> Self {
        debug_assert!(token.len() >= 16 && token.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        Self { token: token.to_owned(), open: HashMap::new() }
    }

    fn open(&mut self, step: StepName<'_>) -> &mut Open {
        self.open.entry((step.run.to_owned(), step.step.to_owned())).or_default()
    }

    /// The group of a step: its title, what it printed, how it went.
    fn group(&mut self, step: StepName<'_>, end: &str) -> String {
        let open = self.open.remove(&(step.run.to_owned(), step.step.to_owned())).unwrap_or_default();
        let mut out = String::new();
        let title = format!("{} · {end}", one_line(step.run));
        let _ = writeln!(out, "::group::{}", data(&title));
        let mut text = String::new();
        if !open.what.is_empty() {
            let _ = writeln!(text, "{}", open.what);
        }
        if open.left_out > 0 {
            let _ = writeln!(text, "… {} bytes left out", open.left_out);
        }
        text.push_str(&open.output);
        out.push_str(&without_commands(&self.token, &text));
        out.push_str("::endgroup::\n");
        out
    }
}

impl Look for Actions {
    fn started(&mut self, step: StepName<'_>, what: &str, _: u64) -> String {
        self.open(step).what = one_line(what).into_owned();
        String::new()
    }

    fn printed(&mut self, step: StepName<'_>, text: &str, _: u64) -> String {
        let open = self.open(step);
        for line in safe_lines(text) {
            open.output.push_str(&line);
            open.output.push('\n');
        }
        if open.output.len() > MOST {
            let from = open.output.len() - MOST;
            let cut = open.output[from..].find('\n').map_or(open.output.len(), |end| from + end + 1);
            open.left_out += cut;
            open.output.drain(..cut);
        }
        String::new()
    }

    fn finished(&mut self, step: StepName<'_>, outcome: &Outcome, _: u64) -> String {
        let (symbol, text) = summary(step, outcome);
        let mut out = self.group(step, &format!("{symbol} {text}"));
        let is_failure = !matches!(outcome.ended, Ended::Succeeded | Ended::Cancelled);
        if is_failure {
            let title = format!("{} {}", one_line(step.run), one_line(step.step));
            let message = shorten(outcome.error.as_deref().unwrap_or("failed"), MESSAGE).into_owned();
            let _ = writeln!(out, "::error title={}::{}", property(&title), data(&message));
        }
        out
    }

    fn carried_over(&mut self, step: StepName<'_>, why: &str, _: u64) -> String {
        self.group(step, &format!("? {} goes on later: {}", one_line(step.step), one_line(why)))
    }

    fn ended(&mut self) -> String {
        let mut left: Vec<_> = self.open.keys().cloned().collect();
        left.sort();
        left.iter()
            .map(|(run, step)| {
                let name = StepName { run, step, attempt: 1 };
                self.group(name, &format!("? {} was not over", one_line(step)))
            })
            .collect()
    }
}

/// Whole lines, between `::stop-commands::TOKEN` and `::TOKEN::`. The token must be new and unguessable.
pub fn without_commands(token: &str, text: &str) -> String {
    // Who could name the token could end the protection: it is never printed.
    let text = text.replace(token, "***");
    format!("::stop-commands::{token}\n{text}::{token}::\n")
}

/// The text of a command: `%`, CR and LF escaped, as the runner reads them back.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property: `:` and `,` too.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
