//! Effects: what must be done to the world, with everything in it that doing it needs. Whoever
//! carries one out reads no configuration and renders no template.

use serde_json::Value;
use smol_str::{SmolStr, format_smolstr};

use crate::model::{Duration, Manifest, OnLost, Origin, Permissions, RunId, Time};

/// One attempt of one step.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    pub run: RunId,
    /// The step's key in its run.
    pub step: SmolStr,
    /// From 1.
    pub attempt: u32,
    /// When the first attempt began, if this is a later one.
    pub begun: Option<Time>,
    pub act: EffectAct,
    pub timeout: Duration,
    pub on_lost: OnLost,
    pub permissions: Permissions,
    pub origin: Origin,
    /// Exactly which files it changes, once somebody looked.
    pub manifest: Option<Manifest>,
}

/// What an effect does. Secrets stand in it as marks.
#[derive(Debug, Clone, PartialEq)]
pub enum EffectAct {
    Run {
        argv: Vec<String>,
        /// Below the project's root.
        cwd: Option<String>,
        env: Vec<(String, String)>,
    },
    Call {
        action: &'static str,
        args: Value,
    },
}

impl Effect {
    /// The same at every attempt: what a target can know it by.
    pub fn key(&self, lineage: &str) -> SmolStr {
        format_smolstr!("{lineage}/{}/{}", self.run, self.step)
    }
}
