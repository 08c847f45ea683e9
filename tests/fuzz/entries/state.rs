//! The files of the state branch, as anybody with the right to push can leave them there.

use super::files;
use super::planning::{self, TEAM};
use super::store::{BRANCH, Store};
use crate::commit::{Bounds, Outcome, StateBranch, Tick, Tip};
use crate::model::Given;
use crate::plan::{Inputs, plan};
use crate::ports::ObjectKind;
use crate::report;
use crate::state::State;

/// What the tick's own commit ends with.
const TRAILERS: &str = "tick 1\n\nOrch-Serial: 1\nOrch-Lineage: x\n";

/// Files as `#= format.json`, `#= meta.json`, `#= events/000000001.jsonl` name them; without a name: the bytes of a
/// commit, and of a tree.
pub fn state(data: &[u8]) {
    let store = Store::default();
    let files = files(data);
    match files.as_slice() {
        [(name, bytes)] if name.is_empty() => objects(&store, bytes),
        files => {
            store.commit(files, TRAILERS);
            read(&store);
        }
    }
}

/// Objects that are none of git's making.
fn objects(store: &Store, bytes: &[u8]) {
    store.point_to(store.put(ObjectKind::Commit, bytes));
    read(store);
    let tree = store.put(ObjectKind::Tree, bytes);
    store.point_to(store.put(ObjectKind::Commit, format!("tree {tree}\n\nx").as_bytes()));
    read(store);
}

fn read(store: &Store) {
    let branch = StateBranch::new(store, BRANCH);
    let Ok(tip) = branch.tip() else { return };
    let _ = branch.check_by_orch(&tip);
    let _ = branch.archived(&tip);
    let verified = branch.fsck(&tip);
    let Ok(state) = branch.load(&tip) else {
        // What cannot be read is not sound either.
        assert!(verified.is_ok_and(|verified| verified.findings.iter().any(|finding| !finding.is_warning)));
        return;
    };
    for task in state.sorted_tasks() {
        let _ = report::blockers(&state, task);
    }
    written_again(&state);
    // A state that somebody forged may not make sense, and the planner says so.
    let inputs = Inputs::new(planning::now(), "c0ffee".into(), &[]);
    let _ = plan(&TEAM, Some(state), &inputs);
}

/// What is written of a state is what is read of it.
fn written_again(state: &State) {
    let store = Store::default();
    // Every tick makes a snapshot.
    let bounds = Bounds { log_bytes: 0, log_segments: 0, file_bytes: 4096 };
    let branch = StateBranch::new(&store, BRANCH).with_bounds(bounds);
    let tick = Tick {
        state: state.clone(),
        events: &[],
        given: &Given::default(),
        config: &[],
        now: planning::now(),
        due: None,
        watches: false,
        subject: "again",
        body: "",
        restores: None,
        closes: None,
    };
    match branch.commit(&Tip::unborn(), tick) {
        Ok(Outcome::Committed(committed)) => {
            let read = branch.load(&committed.tip);
            assert!(
                read.as_ref().is_ok_and(|read| *read == committed.state),
                "{read:?}\n{:?}",
                committed.state
            );
        }
        other => panic!("{other:?}"),
    }
}
