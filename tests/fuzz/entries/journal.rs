//! What a dead tick or a step leaves behind: the journal, and the file `$ORCH_OUTPUT`.

use serde_json::Value;

use super::planning::{BEGUN, TEAM, now};
use crate::apply::{Entry, read_outputs, recover};
use crate::model::FlowFact;
use crate::plan::{Inputs, PlanError, plan};

/// The same bytes as a journal and as a file of outputs.
pub fn journal(data: &[u8]) {
    outputs(data);
    let (facts, processes) = recover(data);
    // Cut at its last line it says the same: what follows was being written.
    let end = data.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    assert_eq!((&facts, &processes), (&recover(&data[..end]).0, &recover(&data[..end]).1));
    // Written again it says the same, and nothing of it is lost a second time.
    let written: Vec<u8> =
        facts.iter().flat_map(|fact| Entry::Fact(Box::new(fact.clone())).encode()).collect();
    assert_eq!(recover(&written).0, facts);
    told(&facts);
}

/// Facts that are told to a state which need not know what they are about. They fit, or it is said that they do not.
pub(super) fn told(facts: &[FlowFact]) {
    for fact in facts.iter().take(20) {
        let inputs =
            Inputs { observed: std::slice::from_ref(fact), ..Inputs::new(now(), "c0ffee".into(), &[]) };
        match plan(&TEAM, Some(BEGUN.clone()), &inputs) {
            Ok(planned) => assert!(!planned.plan.events.is_empty() || planned.state == *BEGUN),
            Err(PlanError::Inconsistent(_)) => {}
            Err(error) => panic!("{error}: {fact:?}"),
        }
    }
}

fn outputs(data: &[u8]) {
    match read_outputs(data) {
        Ok(outputs) => {
            let written = serde_json::to_vec(&outputs).expect("outputs are plain JSON");
            assert_eq!(read_outputs(&written).as_ref(), Ok(&outputs));
            assert!(outputs.values().all(|value| !value.to_string().is_empty()));
            let _ = Value::Object(outputs);
        }
        Err(why) => assert!(why.starts_with("$ORCH_OUTPUT"), "{why}"),
    }
}
