//! Objectives on what happens on GitHub: a warning before the breach, the breach, its escalation level by level, and
//! the recovery, each said once.

use smol_str::format_smolstr;

use super::{About, Context, Reactions, Rule};
use crate::model::FlowFact;
use crate::plan::clocks::github::{Clock, clocks};

pub(super) struct GithubSla;

impl Rule for GithubSla {
    fn name(&self) -> &'static str {
        "sla"
    }

    fn about(&self) -> About {
        About::Runs
    }

    fn settle(&self, cx: Context<'_>, out: &mut Reactions) {
        let known = &cx.state.meta.github;
        let running: Vec<Clock<'_>> = clocks(cx.config, known).collect();
        for clock in &running {
            report(cx, clock, out);
        }
        for mark in known.marks.iter().filter(|mark| mark.exceeded) {
            if !running.iter().any(|clock| clock.made(mark)) {
                let (objective, about) = (mark.objective.clone(), mark.about.clone());
                out.add(FlowFact::GithubRecovered { objective, about }, "its clock stopped");
            }
        }
    }
}

fn report(cx: Context<'_>, clock: &Clock<'_>, out: &mut Reactions) {
    let mark = clock.mark(&cx.state.meta.github);
    let (objective, about, due) = (clock.objective, clock.about.clone(), clock.due());
    let name = objective.name.clone();
    let why = format_smolstr!("limit {}", objective.within);
    if cx.now < due {
        if clock.warns_at().is_some_and(|at| cx.now >= at) && mark.is_none() {
            out.add_by(FlowFact::GithubWarned { objective: name, about, due }, why, &objective.origin);
        }
        return;
    }
    if mark.is_none_or(|mark| !mark.exceeded) {
        let fact = FlowFact::GithubExceeded { objective: name.clone(), about: about.clone(), due };
        out.add_by(fact, why, &objective.origin);
    }
    let reached = mark.map_or(0, |mark| mark.level);
    let levels = objective.levels.iter().zip(1u8..).skip(usize::from(reached));
    for (level, number) in levels.filter(|(level, _)| cx.now >= clock.level_at(level)) {
        let fact = FlowFact::GithubEscalated {
            objective: name.clone(),
            about: about.clone(),
            due,
            level: number,
            to: level.to.clone(),
        };
        out.add_by(fact, format_smolstr!("level {number} of {name}"), &level.origin);
    }
}
