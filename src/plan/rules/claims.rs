//! Claims that have run out: the task goes back to the queue, and its token is worth nothing any more.

use smol_str::format_smolstr;

use super::{Context, Reactions, Rule};
use crate::model::Fact;

pub(in crate::plan) struct Claims;

impl Rule for Claims {
    fn name(&self) -> &'static str {
        "claims"
    }

    fn settle(&self, cx: Context<'_>, out: &mut Reactions) {
        let mut over: Vec<_> = cx
            .state
            .tasks()
            .filter_map(|task| Some((&task.code, task.claim.as_deref()?)))
            .filter(|(_, claim)| claim.ends() <= cx.now)
            .collect();
        over.sort_by_key(|(code, _)| *code);
        for (code, claim) in over {
            let (agent, token) = (claim.holder.clone(), claim.token);
            let fact = Fact::TaskClaimExpired { task: code.clone(), agent, token };
            out.add(fact, format_smolstr!("its time was up at {}", claim.until));
        }
    }
}
