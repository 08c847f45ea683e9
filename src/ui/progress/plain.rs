//! A log that is read later: every line says whose it is, every step ends with one line.

use super::{Look, StepName, safe_lines, summary};
use crate::model::Outcome;
use crate::report::one_line;

/// `clean │ removed 3 files`, `= clean succeeded in 1.2s`.
#[derive(Debug, Default)]
pub struct Plain {
    /// The run that was spoken of last.
    run: String,
}

impl Plain {
    /// The name of the run, on a line of its own when it is another one than before.
    fn head(&mut self, step: StepName<'_>) -> String {
        if self.run == step.run {
            return String::new();
        }
        step.run.clone_into(&mut self.run);
        format!("run {}\n", one_line(step.run))
    }
}

impl Look for Plain {
    fn started(&mut self, step: StepName<'_>, what: &str, _: u64) -> String {
        let again = if step.attempt > 1 { format!(", attempt {}", step.attempt) } else { String::new() };
        format!("{}  ~ {}: {}{again}\n", self.head(step), one_line(step.step), one_line(what))
    }

    fn printed(&mut self, step: StepName<'_>, text: &str, _: u64) -> String {
        let head = self.head(step);
        let name = one_line(step.step).into_owned();
        safe_lines(text).fold(head, |out, line| out + &format!("    {name} │ {line}\n"))
    }

    fn finished(&mut self, step: StepName<'_>, outcome: &Outcome, _: u64) -> String {
        let (symbol, text) = summary(step, outcome);
        format!("{}  {symbol} {text}\n", self.head(step))
    }

    fn carried_over(&mut self, step: StepName<'_>, why: &str, _: u64) -> String {
        format!("{}  ? {} goes on later: {}\n", self.head(step), one_line(step.step), one_line(why))
    }
}
