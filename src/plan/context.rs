//! What a rule sees, and how it answers.

use smol_str::SmolStr;

use crate::model::{Cause, Config, Fact, Origin, Time};
use crate::state::State;

/// The world as a rule sees it: a value, not a source of anything.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    pub config: &'a Config,
    /// The state with all events so far applied.
    pub state: &'a State,
    pub now: Time,
    /// Whether the configuration differs from the one of the last tick.
    pub config_changed: bool,
}

/// The facts that a rule adds, each with its reason.
#[derive(Debug, Default)]
pub struct Reactions {
    facts: Vec<(Fact, SmolStr, Option<SmolStr>)>,
}

impl Reactions {
    /// Adds a fact that follows for the reason `why`.
    pub fn add(&mut self, fact: Fact, why: impl Into<SmolStr>) {
        self.facts.push((fact, why.into(), None));
    }

    /// Adds a fact that follows because of a line of configuration.
    pub fn add_by(&mut self, fact: Fact, why: impl Into<SmolStr>, origin: &Origin) {
        self.facts.push((fact, why.into(), Some(smol_str::format_smolstr!("{origin}"))));
    }

    /// How many facts have been added.
    pub fn len(&self) -> usize {
        self.facts.len()
    }

    pub fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    pub(super) fn drain(
        &mut self,
        rule: &'static str,
        event: Option<u32>,
    ) -> impl Iterator<Item = (Fact, Cause)> + '_ {
        self.facts
            .drain(..)
            .map(move |(fact, why, at)| (fact, Cause { rule: SmolStr::new_static(rule), why, at, event }))
    }
}
