//! What triggers see of the world: files, payloads and commits that are news to the state.

use crate::model::{Config, On};

/// Whether any trigger must look at the world at every tick.
pub fn watches(config: &Config) -> bool {
    let triggers = config.workflows.values().filter(|workflow| workflow.enabled);
    let mut triggers = triggers.flat_map(|workflow| &workflow.triggers);
    triggers.any(|trigger| matches!(trigger.on, On::Files(_) | On::Webhook { .. } | On::Commits { .. }))
}
