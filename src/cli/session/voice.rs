//! What a tick says while it works, on stderr; the whole output of each step goes into a file besides.

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use super::logs::log_path;
use crate::adapters::clock::Stopwatch;
use crate::adapters::disk;
use crate::apply::Reporter;
use crate::cli::{Cx, settings};
use crate::model::Outcome;
use crate::plan::Effect;
use crate::report::effect_in_words;
use crate::ui::progress::{Actions, Look, Plain, StepName, Terminal};

/// What is kept of a step's output in its file, in bytes.
const LOG: u64 = 16 << 20;
/// The columns of a terminal that does not say.
const COLUMNS: usize = 100;

pub(super) struct Voice {
    look: Mutex<Box<dyn Look>>,
    began: Stopwatch,
    git_dir: PathBuf,
    is_quiet: bool,
}

impl Voice {
    pub(super) fn new(cx: &Cx, git_dir: PathBuf) -> Self {
        let look: Box<dyn Look> = if settings::variable("GITHUB_ACTIONS").as_deref() == Some("true") {
            let token = format!("{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..));
            Box::new(Actions::new(&token))
        } else if std::io::stderr().is_terminal() {
            let columns = settings::variable("COLUMNS").and_then(|columns| columns.parse().ok());
            Box::new(Terminal::new(columns.unwrap_or(COLUMNS), cx.out.colored_errors()))
        } else {
            Box::new(Plain::default())
        };
        Self { look: Mutex::new(look), began: Stopwatch::start(), git_dir, is_quiet: cx.settings.quiet }
    }

    /// Lets the time pass that live lines show.
    pub(super) fn pass(&self) {
        self.say(|look, now| if look.is_live() { look.passed(now) } else { String::new() });
    }

    /// Nothing more comes.
    pub(super) fn end(&self) {
        self.say(|look, _| look.ended());
    }

    fn say(&self, what: impl FnOnce(&mut dyn Look, u64) -> String) {
        if self.is_quiet {
            return;
        }
        let now = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let mut look = self.look.lock().unwrap_or_else(PoisonError::into_inner);
        let text = what(look.as_mut(), now);
        if !text.is_empty() {
            // Whoever closed stderr does not want to hear it.
            let _ = std::io::stderr().lock().write_all(text.as_bytes());
        }
    }
}

fn name(effect: &Effect) -> StepName<'_> {
    StepName { run: &effect.run.0, step: &effect.step, attempt: effect.attempt }
}

impl Reporter for Voice {
    fn started(&self, effect: &Effect) {
        self.say(|look, now| look.started(name(effect), &effect_in_words(effect), now));
    }

    fn printed(&self, effect: &Effect, text: &str) {
        let path = log_path(&self.git_dir, &effect.run, &effect.step, effect.attempt);
        // A log that cannot be written is missed by who looks for it; the step goes on.
        let _ = disk::append(&path, text.as_bytes(), LOG);
        self.say(|look, now| look.printed(name(effect), text, now));
    }

    fn finished(&self, effect: &Effect, outcome: &Outcome) {
        self.say(|look, now| look.finished(name(effect), outcome, now));
    }
}
