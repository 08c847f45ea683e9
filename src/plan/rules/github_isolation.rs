//! The isolation of branches on GitHub: each breach is told once, and once that it is over; of the head of each pull
//! request it is told what there is to say, where a workflow waits for that.

use super::{About, Context, Reactions, Rule};
use crate::model::FlowFact;
use crate::plan::isolation::{breaches, verdicts};

pub(super) struct GithubIsolation;

impl Rule for GithubIsolation {
    fn name(&self) -> &'static str {
        "isolation"
    }

    fn about(&self) -> About {
        About::Runs
    }

    fn settle(&self, cx: Context<'_>, out: &mut Reactions) {
        if !cx.config.watches_isolation() {
            return;
        }
        let known = &cx.state.meta.github;
        let found = breaches(cx.config, known).found;
        for breach in found.iter().filter(|breach| !known.breaches.iter().any(|known| known.is(breach))) {
            let breach = Box::new(breach.clone());
            out.add(FlowFact::GithubIsolationBroken { breach }, "seen on GitHub");
        }
        for breach in known.breaches.iter().filter(|known| !found.iter().any(|breach| breach.is(known))) {
            let breach = Box::new(breach.clone());
            out.add(FlowFact::GithubIsolationRestored { breach }, "not there any more");
        }
        if cx.config.judges_isolation() {
            for verdict in verdicts(known, &found) {
                if known.judged.get(&verdict.pull).is_none_or(|known| **known != verdict) {
                    let verdict = Box::new(verdict);
                    out.add(FlowFact::GithubIsolationJudged { verdict }, "seen on GitHub");
                }
            }
        }
    }
}
