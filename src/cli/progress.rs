//! What a tick says while it works: one of three looks, on stderr. Steps run side by side and speak
//! through here one at a time; on a terminal the passing of time shows.

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::session::log_path;
use super::{Cx, settings};
use crate::adapters::clock::Stopwatch;
use crate::adapters::disk;
use crate::apply::Reporter;
use crate::model::Outcome;
use crate::plan::Effect;
use crate::report::effect_in_words;
use crate::ui::progress::{Actions, Look, Plain, StepName, Terminal};

/// What is kept of a step's output in its file, in bytes.
const LOG: u64 = 16 << 20;
/// How often the live lines are drawn.
const FRAME: Duration = Duration::from_millis(100);
/// As wide as a page of text; a terminal tells its width only to those who ask the system.
const WIDTH: usize = 80;

/// The reporter of one tick.
pub(super) struct Progress {
    voice: Arc<Voice>,
    ticker: Option<JoinHandle<()>>,
    /// Where the whole output of each step goes.
    git_dir: PathBuf,
}

struct Voice {
    /// None: nothing is said.
    look: Option<Mutex<Box<dyn Look>>>,
    since: Stopwatch,
    is_over: AtomicBool,
}

impl std::fmt::Debug for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Progress").finish_non_exhaustive()
    }
}

impl Progress {
    /// The look that fits where stderr goes.
    pub(super) fn new(cx: &Cx, git_dir: PathBuf) -> Self {
        let look: Option<Box<dyn Look>> = if cx.settings.quiet {
            None
        } else if settings::is_github_actions() {
            Some(Box::new(Actions::new(&token())))
        } else if std::io::stderr().is_terminal() {
            Some(Box::new(Terminal::new(WIDTH, cx.out.colored_errors())))
        } else {
            Some(Box::new(Plain::default()))
        };
        let is_live = look.as_ref().is_some_and(|look| look.is_live());
        let voice =
            Voice { look: look.map(Mutex::new), since: Stopwatch::start(), is_over: AtomicBool::new(false) };
        let voice = Arc::new(voice);
        let ticker = is_live.then(|| {
            let voice = Arc::clone(&voice);
            std::thread::spawn(move || {
                while !voice.is_over.load(Ordering::Relaxed) {
                    std::thread::sleep(FRAME);
                    voice.say(|look, now| look.passed(now));
                }
            })
        });
        Self { voice, ticker, git_dir }
    }
}

impl Voice {
    fn say(&self, what: impl FnOnce(&mut dyn Look, u64) -> String) {
        let Some(look) = &self.look else { return };
        let now = u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX);
        let mut look = look.lock().unwrap_or_else(PoisonError::into_inner);
        let text = what(look.as_mut(), now);
        if !text.is_empty() {
            // Nobody is left to be told that stderr is closed.
            let _ = std::io::stderr().lock().write_all(text.as_bytes());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.voice.is_over.store(true, Ordering::Relaxed);
        if let Some(ticker) = self.ticker.take() {
            let _ = ticker.join();
        }
        self.voice.say(|look, _| look.ended());
    }
}

/// What ends the protection of printed text from being read as commands; new each time.
pub(super) fn token() -> String {
    std::iter::repeat_with(fastrand::alphanumeric).take(32).collect()
}

fn name(effect: &Effect) -> StepName<'_> {
    StepName { run: &effect.run.0, step: &effect.step, attempt: effect.attempt }
}

impl Reporter for Progress {
    fn started(&self, effect: &Effect) {
        self.voice.say(|look, now| look.started(name(effect), &effect_in_words(effect), now));
    }

    fn printed(&self, effect: &Effect, text: &str) {
        let path = log_path(&self.git_dir, &effect.run, &effect.step, effect.attempt);
        // A log that cannot be written is missed by who looks for it; the step goes on.
        let _ = disk::append(&path, text.as_bytes(), LOG);
        self.voice.say(|look, now| look.printed(name(effect), text, now));
    }

    fn finished(&self, effect: &Effect, outcome: &Outcome) {
        self.voice.say(|look, now| look.finished(name(effect), outcome, now));
    }
}
