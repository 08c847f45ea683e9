//! What a tick says while it works: the output of its steps, on stderr.

use crate::apply::Reporter;
use crate::cli::Cx;
use crate::model::{Ended, Outcome};
use crate::plan::Effect;

pub(super) struct Voice {
    is_quiet: bool,
}

impl Voice {
    pub(super) fn new(cx: &Cx) -> Self {
        Self { is_quiet: cx.settings.quiet }
    }

    fn say(&self, text: &str) {
        use std::io::Write as _;
        if !self.is_quiet {
            let _ = std::io::stderr().lock().write_all(text.as_bytes());
        }
    }
}

impl Reporter for Voice {
    fn started(&self, _: &Effect) {}

    fn printed(&self, effect: &Effect, text: &str) {
        let lines: String = text.lines().map(|line| format!("{} │ {line}\n", effect.step)).collect();
        self.say(&lines);
    }

    fn finished(&self, effect: &Effect, outcome: &Outcome) {
        if outcome.ended != Ended::Succeeded {
            let error = outcome.error.as_deref().unwrap_or("failed");
            self.say(&format!("{} ✗ {error}\n", effect.step));
        }
    }
}
