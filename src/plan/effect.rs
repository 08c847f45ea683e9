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

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{Effect, EffectAct};
    use crate::model::{Duration, OnLost, Origin, Permissions, RunId, Time};

    #[test]
    fn the_key_is_the_same_at_every_attempt() {
        let attempt = |attempt: u32, begun: Option<i64>| Effect {
            run: RunId("deploy#7".into()),
            step: "notify".into(),
            attempt,
            begun: begun.map(Time::from_second),
            act: EffectAct::Call { action: "notify", args: Value::Null },
            timeout: Duration::from_minutes(5),
            on_lost: OnLost::Retry,
            permissions: Permissions::default(),
            origin: Origin::new("workflows/deploy.yaml", 3, 1),
            manifest: None,
        };
        let first = attempt(1, None).key("team-1");
        assert_eq!(first, "team-1/deploy#7/notify");
        assert_eq!(attempt(2, Some(1_795_000_000)).key("team-1"), first);
        assert_eq!(attempt(3, Some(1_795_000_060)).key("team-1"), first);
    }
}
