//! The commit message of a tick: what happened, in plain words. Nothing that users write can
//! break out of its line, so that only `orch` writes trailers.

use super::clean::shorten;
use super::narrate::narrate;
use super::tally::{Tense, fitted, tally};
use crate::model::{Event, Fact};
use crate::state::State;

/// The longest subject.
const SUBJECT: usize = 72;
/// The most events that the body names.
const BODY: usize = 200;

/// The message without trailers: a subject of at most 72 characters, an empty line, one line an event.
/// Ends with a line break; trailers follow after an empty line.
///
/// A body line begins with a symbol and a space, which git never takes for a trailer.
pub fn story(events: &[Event], state: &State) -> String {
    let mut message = subject(events, state);
    message.push_str("\n\n");
    for event in events.iter().take(BODY) {
        message.push_str(&narrate(event, state).to_string());
        message.push('\n');
    }
    if events.len() > BODY {
        message.push_str(&format!("… and {} more\n", events.len() - BODY));
    }
    message
}

/// `CONTENT-010: delivered by content-strategist` if one thing was asked for, else the counts:
/// `tick: 2 tasks created, 1 assigned, 1 review requested`.
pub fn subject(events: &[Event], state: &State) -> String {
    let mut asked = events.iter().filter(|event| is_asked(event));
    match (asked.next(), asked.next()) {
        (Some(only), None) => {
            let line = narrate(only, state);
            shorten(&format!("{}: {}", line.subject, line.text), SUBJECT).into_owned()
        }
        (Some(_), Some(_)) => fitted(&tally(events, Tense::Past), SUBJECT),
        (None, _) => {
            let prefix = "tick: ";
            format!("{prefix}{}", fitted(&tally(events, Tense::Past), SUBJECT - prefix.len()))
        }
    }
}

/// Whether somebody asked for it, and no rule nor the tick itself did it.
fn is_asked(event: &Event) -> bool {
    let own = matches!(event.fact, Fact::StateCreated { .. } | Fact::ConfigChanged { .. });
    event.cause.is_none() && !own
}
