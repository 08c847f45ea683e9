//! The journal of a tick: what was begun and how it ended, written as it happens, so that a tick that is
//! killed loses nothing on its own machine. What reached the state branch is forgotten here.
//!
//! One JSON object a line. A last line without its end was being written when the tick died, and counts as
//! not written.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::model::{Ended, FlowFact, Outcome, RunId};
use crate::ports::Process;

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Entry {
    /// Something to be told to the state.
    #[serde(rename = "fact")]
    Fact(Box<FlowFact>),
    /// The process of an attempt.
    #[serde(rename = "process")]
    Process {
        run: RunId,
        step: SmolStr,
        id: u32,
        start: u64,
        /// Absent in journals of older versions: whose process that is cannot be told.
        #[serde(default)]
        boot: u64,
    },
    /// What stands above as begun never was: the state could not be told of it.
    #[serde(rename = "not_begun")]
    NotBegun { run: RunId, step: SmolStr },
    /// Everything above is in the state.
    #[serde(rename = "committed")]
    Committed,
}

impl Entry {
    /// The line, with its end.
    pub fn encode(&self) -> Vec<u8> {
        let mut line = serde_json::to_vec(self).expect("an entry is plain JSON");
        line.push(b'\n');
        line
    }
}

/// What a dead tick left behind: the facts to tell, attempts without an end among them as lost, and the
/// processes of those.
pub fn recover(journal: &[u8]) -> (Vec<FlowFact>, Vec<Process>) {
    let end = journal.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let lines = journal[..end].split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let (mut facts, mut processes) = (Vec::new(), Vec::new());
    let mut open: Vec<(RunId, SmolStr, u32, Option<SmolStr>)> = Vec::new();
    for entry in lines.filter_map(|line| serde_json::from_slice(line).ok()) {
        match entry {
            // Attempts that were going on then are known to the state, by the lease of the tick.
            Entry::Committed => {
                facts.clear();
                open.clear();
            }
            Entry::NotBegun { run, step } => {
                let is_it = |fact: &FlowFact| matches!(fact, FlowFact::StepStarted { run: r, step: s, .. } if (r, s) == (&run, &step));
                if let Some(last) = facts.iter().rposition(is_it) {
                    facts.remove(last);
                }
                open.retain(|(r, s, ..)| (r, s) != (&run, &step));
            }
            Entry::Process { run, step, id, start, boot } => {
                processes.push((run, step, Process { id, start, boot }));
            }
            Entry::Fact(fact) => {
                match fact.as_ref() {
                    FlowFact::StepStarted { run, step, attempt, by, .. } => {
                        open.push((run.clone(), step.clone(), *attempt, by.clone()));
                    }
                    FlowFact::StepFinished { run, step, attempt, .. } => {
                        open.retain(|(r, s, a, _)| (r, s, a) != (run, step, attempt));
                        processes.retain(|(r, s, _)| (r, s) != (run, step));
                    }
                    _ => {}
                }
                facts.push(*fact);
            }
        }
    }
    for (run, step, attempt, by) in open {
        let mut outcome = Outcome::of(Ended::Lost);
        outcome.is_cut_off = true;
        outcome.error = Some("the tick that did it was killed".to_owned());
        facts.push(FlowFact::StepFinished { run, step, attempt, by, outcome });
    }
    (facts, processes.into_iter().map(|(_, _, process)| process).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn started(step: &str, attempt: u32) -> Entry {
        Entry::Fact(Box::new(FlowFact::StepStarted {
            run: RunId("w#1".into()),
            step: step.into(),
            attempt,
            by: Some("t-1".into()),
            manifest: None,
        }))
    }

    fn finished(step: &str, attempt: u32) -> Entry {
        let outcome = Outcome::of(Ended::Succeeded);
        Entry::Fact(Box::new(FlowFact::StepFinished {
            run: RunId("w#1".into()),
            step: step.into(),
            attempt,
            by: Some("t-1".into()),
            outcome,
        }))
    }

    fn process(step: &str, id: u32) -> Entry {
        Entry::Process { run: RunId("w#1".into()), step: step.into(), id, start: 7, boot: 9 }
    }

    #[test]
    fn attempts_without_an_end_are_lost_and_a_torn_line_is_none() {
        let entries =
            [started("a", 1), process("a", 10), finished("a", 1), started("b", 2), process("b", 11)];
        let mut journal: Vec<u8> = entries.iter().flat_map(Entry::encode).collect();
        let torn = finished("b", 2).encode();
        journal.extend(&torn[..torn.len() - 1]);
        let (facts, processes) = recover(&journal);
        assert_eq!(processes, [Process { id: 11, start: 7, boot: 9 }]);
        assert_eq!(facts.len(), 4);
        assert!(matches!(
            &facts[3],
            FlowFact::StepFinished { step, attempt: 2, outcome, .. }
                if step == "b" && outcome.ended == Ended::Lost && outcome.is_cut_off
        ));
    }

    #[test]
    fn what_never_began_is_not_lost() {
        let (run, step) = (RunId("w#1".into()), SmolStr::new("b"));
        let entries = [started("a", 1), finished("a", 1), started("b", 2), Entry::NotBegun { run, step }];
        let journal: Vec<u8> = entries.iter().flat_map(Entry::encode).collect();
        let (facts, _) = recover(&journal);
        assert_eq!(facts.len(), 2, "{facts:?}");
    }

    #[test]
    fn every_cut_is_read() {
        let journal: Vec<u8> =
            [started("a", 1), finished("a", 1), started("b", 1)].iter().flat_map(Entry::encode).collect();
        for cut in 0..=journal.len() {
            let (facts, _) = recover(&journal[..cut]);
            assert!(facts.len() <= 4);
        }
    }
}
