//! Objectives: a warning before the breach, the breach, its escalation level by level, and the
//! recovery, each said once.

use smol_str::format_smolstr;

use super::{Context, Reactions, Rule};
use crate::model::{Event, Fact, Task};
use crate::plan::clocks::{Clock, clocks};

pub(super) struct Sla;

impl Rule for Sla {
    fn name(&self) -> &'static str {
        "sla"
    }

    fn react(&self, cx: Context<'_>, event: &Event, out: &mut Reactions) {
        // These are the facts that stop clocks.
        let stops = matches!(
            event.fact,
            Fact::TaskStarted { .. }
                | Fact::TaskClaimed { .. }
                | Fact::TaskAssigned { .. }
                | Fact::TaskUnassigned { .. }
                | Fact::TaskBlocked { .. }
                | Fact::TaskDelivered { .. }
                | Fact::ReviewCompleted { .. }
                | Fact::ReviewWithdrawn { .. }
                | Fact::TaskReturned { .. }
                | Fact::TaskCompleted { .. }
                | Fact::TaskCancelled { .. }
                | Fact::TaskEdited { .. }
        );
        if let (true, Some(task)) = (stops, event.fact.task().and_then(|code| cx.state.task(code))) {
            recover(cx, task, out);
        }
    }

    fn settle(&self, cx: Context<'_>, out: &mut Reactions) {
        let mut late: Vec<&Task> = cx
            .state
            .tasks()
            .filter(|task| {
                clocks(cx.config, task)
                    .any(|clock| clock.next_change(task) <= Some(cx.now) && clock.next_change(task).is_some())
            })
            .collect();
        late.sort_by(|a, b| a.code.cmp(&b.code));
        for task in late {
            for clock in clocks(cx.config, task) {
                report(cx, task, &clock, out);
            }
        }
        if cx.config_changed {
            for task in cx.state.sorted_tasks().into_iter().filter(|task| !task.marks.is_empty()) {
                recover(cx, task, out);
            }
        }
    }
}

fn recover(cx: Context<'_>, task: &Task, out: &mut Reactions) {
    for mark in task.marks.iter().filter(|mark| mark.exceeded_at.is_some()) {
        let runs = clocks(cx.config, task).any(|clock| clock.made(mark));
        if !runs {
            let fact = Fact::SlaRecovered {
                task: task.code.clone(),
                review: mark.review,
                objective: mark.objective.clone(),
            };
            out.add(fact, "its clock stopped");
        }
    }
}

fn report(cx: Context<'_>, task: &Task, clock: &Clock<'_>, out: &mut Reactions) {
    let mark = clock.mark(task);
    let (objective, review) = (clock.objective, clock.review);
    let due = clock.due();
    if cx.now >= due {
        if mark.is_none_or(|mark| mark.exceeded_at.is_none()) {
            let fact =
                Fact::SlaExceeded { task: task.code.clone(), review, objective: objective.name.clone(), due };
            let why = format_smolstr!("limit {}", objective.within);
            out.add_by(fact, why, &objective.origin);
        }
        escalate(cx, task, clock, mark.map_or(0, |mark| mark.level), out);
    } else if clock.warns_at().is_some_and(|at| cx.now >= at)
        && mark.is_none_or(|mark| mark.warned_at.is_none())
    {
        let fact =
            Fact::SlaWarned { task: task.code.clone(), review, objective: objective.name.clone(), due };
        let why = format_smolstr!("limit {}", objective.within);
        out.add_by(fact, why, &objective.origin);
    }
}

fn escalate(cx: Context<'_>, task: &Task, clock: &Clock<'_>, reached: u8, out: &mut Reactions) {
    let levels = clock.objective.levels.iter().zip(1u8..).skip(usize::from(reached));
    for (level, number) in levels.filter(|(level, _)| cx.now >= clock.level_at(level)) {
        let fact = Fact::TaskEscalated {
            task: task.code.clone(),
            review: clock.review,
            objective: clock.objective.name.clone(),
            level: number,
            to: level.to.clone(),
        };
        out.add_by(fact, format_smolstr!("level {number} of {}", clock.objective.name), &level.origin);
    }
}
