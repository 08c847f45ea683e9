//! A plan as JSON: what `orch plan --format json` prints and `orch plan -o FILE` saves. The items
//! are for people; `apply` reads the events alone.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::FORMAT_VERSION;
use super::effect::EffectV1;
use crate::model::{Asked, Cause, Event, Fact, Given, Time};
use crate::plan::{Base, Plan};
use crate::report::{Line, Tip, narrate};
use crate::state::State;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SavedPlanV1 {
    pub format_version: u32,
    /// The version of `orch` that made it.
    pub orch_version: String,
    pub base: BaseV1,
    /// When the clock alone will change something next, once the events have happened.
    pub due: Option<Time>,
    /// The events in plain words. Cosmetic.
    pub items: Vec<ItemV1>,
    pub events: Vec<EventV1>,
    /// What is to be done to the world, once the events are committed.
    #[serde(default)]
    pub effects: Vec<EffectV1>,
}

/// What a plan was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BaseV1 {
    /// The commit of the state; null if there was none.
    #[schemars(with = "Option<String>")]
    pub state: Option<SmolStr>,
    pub serial: u64,
    #[schemars(with = "String")]
    pub lineage: SmolStr,
    /// The tree id of the configuration.
    #[schemars(with = "String")]
    pub config: SmolStr,
    /// The configuration files and the ids that git gives them, to tell which of them changed.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub files: BTreeMap<String, SmolStr>,
    /// The clock.
    pub now: Time,
}

/// One event in plain words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemV1 {
    pub symbol: String,
    pub group: String,
    pub subject: String,
    pub text: String,
    pub reason: Option<String>,
    pub at: Option<String>,
}

impl From<Line> for ItemV1 {
    fn from(line: Line) -> Self {
        Self {
            symbol: line.symbol.as_str().to_owned(),
            group: line.group.title().to_owned(),
            subject: line.subject,
            text: line.text,
            reason: line.reason,
            at: line.at,
        }
    }
}

/// An event as it will be recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventV1 {
    pub at: Time,
    #[schemars(with = "String")]
    pub actor: SmolStr,
    /// Why a rule added it: `rule`, `why`, and perhaps `at` and `event`.
    #[schemars(with = "Option<serde_json::Map<String, serde_json::Value>>")]
    pub cause: Option<Cause>,
    /// How it was asked for, where that is more than by whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<serde_json::Map<String, serde_json::Value>>")]
    pub asked: Option<Box<Asked>>,
    /// What happened, under the name of its type, as in the event log.
    #[schemars(with = "serde_json::Map<String, serde_json::Value>")]
    pub fact: Fact,
}

impl From<&Event> for EventV1 {
    fn from(event: &Event) -> Self {
        let Event { at, actor, cause, asked, fact } = event.clone();
        Self { at, actor, cause, asked, fact }
    }
}

impl From<EventV1> for Event {
    fn from(event: EventV1) -> Self {
        Self { at: event.at, actor: event.actor, cause: event.cause, asked: event.asked, fact: event.fact }
    }
}

/// Why a text is not a saved plan.
#[derive(Debug, thiserror::Error)]
pub enum SavedPlanError {
    #[error("not a saved plan: {message} at line {line}, column {column}")]
    Syntax { message: String, line: usize, column: usize },
    #[error("not a saved plan: {message}")]
    Effect { message: String },
    #[error("the plan has format version {found}, and this `orch` reads version {FORMAT_VERSION}")]
    Version { found: u64 },
}

impl SavedPlanError {
    /// What the user can do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Syntax { .. } | Self::Effect { .. } => "make a new one: `orch plan -o FILE`",
            Self::Version { .. } => "use the `orch` that made it, or make a new plan: `orch plan -o FILE`",
        }
    }
}

impl From<serde_json::Error> for SavedPlanError {
    fn from(error: serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let message = error.to_string();
        let place = format!(" at line {line} column {column}");
        let message = message.strip_suffix(&place).unwrap_or(&message).to_owned();
        Self::Syntax { message, line, column }
    }
}

/// The one field that is read before the rest, which a newer format may have changed.
#[derive(Deserialize)]
struct Version {
    format_version: u64,
}

impl SavedPlanV1 {
    /// `state` is the one that the plan leads to, `tip` the one that it was made from.
    pub fn new(plan: &Plan, state: &State, tip: &Tip, orch_version: &str) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            orch_version: orch_version.to_owned(),
            base: BaseV1 {
                state: tip.commit.clone(),
                serial: tip.serial,
                lineage: plan.base.lineage.clone(),
                config: plan.base.config.clone(),
                files: BTreeMap::new(),
                now: plan.base.now,
            },
            due: plan.due,
            items: plan.events.iter().map(|event| ItemV1::from(narrate(event, state))).collect(),
            events: plan.events.iter().map(EventV1::from).collect(),
            effects: plan.effects.iter().map(EffectV1::from).collect(),
        }
    }

    /// Reads a saved plan.
    ///
    /// # Errors
    /// When the text is no JSON, not of this shape, or of a newer format.
    pub fn parse(text: &str) -> Result<Self, SavedPlanError> {
        let version: Version = serde_json::from_str(text)?;
        if version.format_version != u64::from(FORMAT_VERSION) {
            return Err(SavedPlanError::Version { found: version.format_version });
        }
        let saved: Self = serde_json::from_str(text)?;
        let effects = saved.effects.iter().cloned().map(EffectV1::into_effect);
        effects.collect::<Result<Vec<_>, _>>().map_err(|message| SavedPlanError::Effect { message })?;
        Ok(saved)
    }

    /// The state that the plan was made from.
    pub fn tip(&self) -> Tip {
        Tip { commit: self.base.state.clone(), serial: self.base.serial }
    }

    /// The plan to apply: parsed, or made of a plan.
    pub fn into_plan(self) -> Plan {
        let base = Base { config: self.base.config, lineage: self.base.lineage, now: self.base.now };
        Plan {
            base,
            events: self.events.into_iter().map(Event::from).collect(),
            effects: self.effects.into_iter().map(effect).collect(),
            due: self.due,
            // `orch plan` asks for nothing and carries nothing out.
            given: Given::default(),
        }
    }
}

fn effect(effect: EffectV1) -> crate::plan::Effect {
    effect.into_effect().expect("a plan that was made or parsed holds effects that there are")
}
