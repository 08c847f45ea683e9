//! New triggers begin to look, and those that are gone are forgotten. What was before a trigger was
//! declared does not start anything.

use smol_str::SmolStr;

use super::{About, Context, Reactions, Rule};
use crate::model::{Fact, FlowFact, On};

pub(super) struct Watch;

impl Rule for Watch {
    fn name(&self) -> &'static str {
        "watch"
    }

    fn about(&self) -> About {
        About::Clock
    }

    fn settle(&self, cx: Context<'_>, out: &mut Reactions) {
        if !cx.config_changed {
            return;
        }
        for workflow in cx.config.workflows.values() {
            for trigger in &workflow.triggers {
                // Files, payloads and commits are watched by who looks at them.
                let by_clock = matches!(trigger.on, On::Schedule(_) | On::Metric(_));
                let known = cx
                    .state
                    .workflow(&workflow.id)
                    .is_some_and(|record| record.triggers.contains_key(&trigger.key));
                if by_clock && !known {
                    let fact = FlowFact::TriggerWatched {
                        workflow: workflow.id.clone(),
                        trigger: trigger.key.clone(),
                        commit: None,
                        files: Vec::new(),
                    };
                    out.add_by(fact, "declared", &trigger.origin);
                }
            }
        }
        for (id, record) in &cx.state.meta.workflows {
            let declared = cx.config.workflows.get(id);
            let gone = record.triggers.keys().filter(|key: &&SmolStr| {
                declared.is_none_or(|workflow| !workflow.triggers.iter().any(|trigger| trigger.key == **key))
            });
            for key in gone {
                let fact = FlowFact::TriggerDropped { workflow: id.clone(), trigger: key.clone() };
                out.add(Fact::from(fact), "no longer declared");
            }
        }
    }
}
