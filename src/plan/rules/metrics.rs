//! Thresholds: since when a metric is beyond its limit, and whether that is long enough. Each value
//! counts when it is recorded, so that silence never holds a threshold.

use super::{About, Context, Reactions, Rule};
use crate::model::{Event, Fact, FlowFact, On};

pub(super) struct Metrics;

impl Rule for Metrics {
    fn name(&self) -> &'static str {
        "metrics"
    }

    fn about(&self) -> About {
        About::Runs
    }

    fn react(&self, cx: Context<'_>, event: &Event, out: &mut Reactions) {
        let Fact::Flow(fact) = &event.fact else { return };
        let FlowFact::MetricRecorded { metric, value } = fact.as_ref() else { return };
        for workflow in cx.config.workflows.values() {
            for trigger in &workflow.triggers {
                let On::Metric(threshold) = &trigger.on else { continue };
                if threshold.metric != *metric {
                    continue;
                }
                let mark =
                    cx.state.workflow(&workflow.id).and_then(|record| record.triggers.get(&trigger.key));
                let since = mark.and_then(|mark| mark.since);
                let fired = mark.is_some_and(|mark| mark.fired);
                let beyond = threshold.above.is_some_and(|limit| *value > limit)
                    || threshold.below.is_some_and(|limit| *value < limit);
                let (workflow, key) = (workflow.id.clone(), trigger.key.clone());
                if !beyond {
                    if since.is_some() {
                        let fact = FlowFact::MetricCleared { workflow, trigger: key };
                        out.add_by(fact, smol_str::format_smolstr!("{metric} is {value}"), &trigger.origin);
                    }
                    continue;
                }
                let why = smol_str::format_smolstr!("{metric} is {value}");
                if since.is_none() {
                    let fact = FlowFact::MetricCrossed { workflow: workflow.clone(), trigger: key.clone() };
                    out.add_by(fact, why.clone(), &trigger.origin);
                }
                let held = event.at.since(since.unwrap_or(event.at));
                if !fired && held >= threshold.held_for {
                    let fact = FlowFact::MetricHeld { workflow, trigger: key };
                    out.add_by(fact, why, &trigger.origin);
                }
            }
        }
    }
}
