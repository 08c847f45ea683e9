//! What a tick that cannot commit any more leaves behind: a journal for its clone, a file for everybody else.

use super::{Attempt, Carrier, GLANCE};
use crate::apply::{Entry, Executor, Recovery, Report};
use crate::model::{Ended, FlowFact};

impl Carrier<'_> {
    /// Nothing can be committed any more: stops what goes on, and notes how it ends.
    pub(super) fn hear_out(&mut self, pool: &mut dyn Executor) {
        pool.cancel_all();
        let mut facts = Vec::new();
        while !pool.is_idle() {
            for Report { run, step, attempt, mut outcome } in pool.heard(GLANCE) {
                if outcome.ended == Ended::Cancelled {
                    (outcome.ended, outcome.is_cut_off) = (Ended::Lost, true);
                    outcome.error = Some("the tick could not go on".to_owned());
                }
                facts.push(FlowFact::StepFinished {
                    run,
                    step,
                    attempt,
                    by: Some(self.holder.clone()),
                    outcome,
                });
            }
        }
        let line = |(run, step, _)| Entry::NotBegun { run, step }.encode();
        self.lines.extend(self.beginning.clone().into_iter().flat_map(line));
        self.record(&facts);
        // Where not even the journal can be written, the recovery file is what is left.
        let _ = self.write_journal();
    }

    /// Keeps what is known and could not be committed where people can take it from. On this clone the journal
    /// holds the same. Whether there was anything to keep.
    pub(super) fn keep(&mut self) -> bool {
        let facts =
            std::mem::take(&mut self.desk.observed).into_iter().chain(std::mem::take(&mut self.pending));
        let facts = facts.filter(|fact| !is_start_of(fact, &self.beginning));
        let lineage = self.first.plan.base.lineage.clone();
        let Some(recovery) = Recovery::of(lineage, self.holder.clone(), facts) else {
            return false;
        };
        let site = self.desk.site;
        let push = if self.desk.push { "--push " } else { "" };
        for kept in site.shelf.keep(&self.holder, &recovery.encode(&self.seal)) {
            site.voice.tell(&match kept {
                Ok(path) => {
                    let path = path.display();
                    format!(
                        "note: what this tick did and could not commit is kept in `{path}`; the next `orch tick` of this clone knows it, another clone learns it by `orch tick {push}--recover {path}`"
                    )
                }
                Err(error) => format!(
                    "warning: what this tick did and could not commit is not kept there; the next `orch tick` of this clone takes it in: {error:#}"
                ),
            });
        }
        true
    }
}

/// Whether a fact is that one of these attempts begins.
pub(super) fn is_start_of(fact: &FlowFact, attempts: &[Attempt]) -> bool {
    matches!(fact, FlowFact::StepStarted { run, step, attempt, .. }
        if attempts.iter().any(|(r, s, a)| (r, s, a) == (run, step, attempt)))
}
