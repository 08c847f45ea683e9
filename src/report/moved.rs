//! What moved since a plan was made, so that a stale plan is refused with the reason.

use super::state_id::{StateId, short};
use crate::model::Time;

/// What a plan is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound<'a> {
    pub state: &'a StateId,
    pub lineage: &'a str,
    /// The tree id of the configuration.
    pub config: &'a str,
    pub orch_version: &'a str,
}

/// What differs between the base of a plan and the present, a sentence each; nothing if the plan
/// still holds. `due` is when the clock alone would have changed something, by the plan.
pub fn moved(plan: &Bound<'_>, due: Option<Time>, present: &Bound<'_>, now: Time) -> Vec<String> {
    let mut found = Vec::new();
    // Before the first tick there is no lineage yet; the plan itself begins one.
    if plan.state.commit.is_some() && plan.lineage != present.lineage {
        found.push(format!("the state is of lineage {}, not {}", present.lineage, plan.lineage));
    }
    if plan.state.commit != present.state.commit {
        found.push(format!("the state moved from {} to {}", named(plan.state), named(present.state)));
    }
    if plan.config != present.config {
        let (was, is) = (short(plan.config), short(present.config));
        found.push(format!("the configuration changed from {was} to {is}"));
    }
    if plan.orch_version != present.orch_version {
        let (was, is) = (plan.orch_version, present.orch_version);
        found.push(format!("`orch` {was} made the plan, this is {is}"));
    }
    if let Some(due) = due.filter(|due| *due <= now) {
        found.push(format!("the clock passed {due}, when something more is due"));
    }
    found
}

fn named(state: &StateId) -> String {
    match &state.commit {
        Some(commit) => format!("{} ({})", state.serial, short(commit)),
        None => "nothing".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::at;

    #[test]
    fn names_all_that_moved_and_nothing_else() {
        let state = |commit: &str, serial| StateId { commit: Some(commit.into()), serial };
        let (old, new) = (state("aaaaaaaaaa", 3), state("bbbbbbbbbb", 5));
        let plan = Bound { state: &old, lineage: "idol-1", config: "cccccccccc", orch_version: "0.1.0" };
        assert_eq!(moved(&plan, Some(at("10:00")), &plan, at("09:59")), [""; 0]);
        let present = Bound { state: &new, lineage: "idol-2", config: "dddddddddd", orch_version: "0.2.0" };
        insta::assert_snapshot!(moved(&plan, Some(at("10:00")), &present, at("10:00")).join("\n"), @"
        the state is of lineage idol-2, not idol-1
        the state moved from 3 (aaaaaaa) to 5 (bbbbbbb)
        the configuration changed from ccccccc to ddddddd
        `orch` 0.1.0 made the plan, this is 0.2.0
        the clock passed 2026-01-09T10:00:00Z, when something more is due
        ");
    }
}
