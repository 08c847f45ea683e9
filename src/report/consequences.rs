//! What a plan does because of single lines of the configuration, to be said beside these lines.

use std::collections::BTreeMap;

use super::clean::one_line;
use super::effects::effect_in_words;
use super::narrate::narrate;
use crate::plan::Plan;
use crate::state::State;

/// So many things are said of a line; more are counted.
const SHOWN: usize = 10;

/// What follows from a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consequence {
    /// Relative to the project.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// One thing a line.
    pub text: String,
}

/// What would follow now from each line that is asked for, in the order of files and lines.
pub fn consequences(plan: &Plan, state: &State, is_asked: &dyn Fn(&str, u32) -> bool) -> Vec<Consequence> {
    let mut found: BTreeMap<(&str, u32), (Vec<String>, usize)> = BTreeMap::new();
    let mut say = |file, line, text: &dyn Fn() -> String| {
        if is_asked(file, line) {
            let (said, more) = found.entry((file, line)).or_default();
            if said.len() < SHOWN { said.push(text()) } else { *more += 1 }
        }
    };
    for event in &plan.events {
        let at = event.cause.as_ref().and_then(|cause| cause.at.as_deref());
        if let Some((file, line)) = at.and_then(place) {
            say(file, line, &|| {
                let line = narrate(event, state);
                let reason = line.reason.map(|reason| format!(" — {reason}")).unwrap_or_default();
                format!("{} {} {}{reason}", line.symbol.as_str(), line.subject, line.text)
            });
        }
    }
    for effect in &plan.effects {
        say(&effect.origin.file, effect.origin.line, &|| {
            format!("* {}: {}", one_line(&effect.run.0), effect_in_words(effect))
        });
    }
    let whole = |((file, line), (mut said, more)): ((&str, u32), (Vec<String>, usize))| {
        if more > 0 {
            said.push(format!("… and {more} more"));
        }
        Consequence { file: file.to_owned(), line, text: said.join("\n") }
    };
    found.into_iter().map(whole).collect()
}

/// `routing.yaml:12`.
fn place(at: &str) -> Option<(&str, u32)> {
    let (file, line) = at.rsplit_once(':')?;
    Some((file, line.parse().ok()?))
}
