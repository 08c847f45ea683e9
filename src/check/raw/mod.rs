//! The files as people write them: the serde mirror that the JSON Schemas are generated from.
//!
//! The doc comments here are what an editor shows. Every type accepts exactly what its schema
//! accepts (a test holds them to that); what a schema cannot say is left to the rules.

mod activate;
mod agents;
mod calls;
mod channels;
mod condition;
mod duration;
mod github;
mod json;
mod matching;
mod number;
mod orch;
mod reviews;
mod roles;
mod routing;
mod runner;
mod size;
mod sla;
mod step;
mod tasks;
mod time;
mod trigger;
mod words;
mod workflow;

pub(crate) use activate::{RawActivate, RawOnWork};
pub(crate) use agents::{GithubLogin, RawAgent, RawAgents};
pub(crate) use calls::{RawCall, WithCalls};
pub(crate) use channels::{RawChannel, RawChannels, RawHook};
pub(crate) use condition::{RawComparison, RawCondition};
pub(crate) use duration::RawDuration;
pub(crate) use github::{RawGithubProject, RawIsolation, RawIssueTasks, RepositoryName};
pub(crate) use json::{HeaderNames, Identifier, KeyForm, Keyed, RawItems, RawJson, RawScalar};
pub(crate) use matching::RawMatch;
pub(crate) use number::Int;
pub(crate) use orch::{RawFreeze, RawOrch};
pub(crate) use reviews::{RawRequirement, RawReviewType, RawReviews, RawTier, TierNumber};
pub(crate) use roles::{RawRole, RawRoles};
pub(crate) use routing::{RawRoute, RawRouting};
pub(crate) use runner::RawRunsOn;
pub(crate) use size::RawSize;
pub(crate) use sla::{RawLevel, RawObjective, RawSla, RawSubject};
pub(crate) use step::{
    Attempts, RawEnv, RawForEach, RawOnLost, RawRetry, RawRollback, RawShell, RawStep, RawStepKeys,
};
pub(crate) use tasks::{RawTask, RawTasks};
pub(crate) use time::RawTime;
pub(crate) use trigger::{
    RawCatchUp, RawClockChange, RawCommits, RawEvents, RawFiles, RawGithub, RawManualWord, RawMetric,
    RawSchedule, RawTrigger,
};
pub(crate) use words::{RawName, RawPriority, Tag, Text, Title};
pub(crate) use workflow::{RawApproval, RawInput, RawInputKind, RawPermissions, RawWorkflow};
