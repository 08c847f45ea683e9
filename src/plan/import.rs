//! Taking tasks over from another system: all of them, or none with every problem named.

use rustc_hash::{FxHashMap, FxHashSet};

use super::admit::check_words;
use super::context::Context;
use super::refusal::Refusal;
use crate::model::{Code, Fact, Hold, ORCH, ReviewId, ReviewStatus, Task, TaskStatus, Time};
use crate::state::Fate;

/// The facts that take `tasks` over. Review numbers and stages are given here; the tasks come with
/// review ids of 0, and with rounds of 0 where the other system knows none.
pub(super) fn import(cx: Context<'_>, tasks: &[Task]) -> Result<Vec<Fact>, Refusal> {
    let mut batch = Batch::new(cx, tasks);
    let problems: Vec<(usize, Refusal)> =
        tasks.iter().enumerate().flat_map(|(index, task)| batch.problems(index, task)).collect();
    if !problems.is_empty() {
        return Err(Refusal::Import { count: problems.len(), problems });
    }
    if let Some(path) = batch.cycle() {
        return Err(Refusal::Cycle { path });
    }
    Ok(tasks.iter().map(|task| Fact::TaskImported { task: Box::new(batch.finish(task)) }).collect())
}

struct Batch<'a> {
    cx: Context<'a>,
    tasks: &'a [Task],
    by_code: FxHashMap<&'a Code, usize>,
    /// Prefix and number of each code so far, to find two spellings of one.
    numbers: FxHashSet<(&'a str, u32)>,
    next_review: u32,
}

impl<'a> Batch<'a> {
    fn new(cx: Context<'a>, tasks: &'a [Task]) -> Self {
        let by_code = tasks.iter().enumerate().map(|(index, task)| (&task.code, index)).collect();
        Self {
            cx,
            tasks,
            by_code,
            numbers: FxHashSet::default(),
            next_review: cx.state.next_number(ReviewId::PREFIX),
        }
    }

    fn problems(&mut self, index: usize, task: &'a Task) -> Vec<(usize, Refusal)> {
        let mut found = Vec::new();
        let code = || task.code.clone();
        if !self.numbers.insert((task.code.prefix(), task.code.number())) || self.exists(&task.code) {
            found.push(Refusal::TaskExists { code: code(), as_spelled: code() });
        }
        for dependency in &task.spec.depends_on {
            if !self.by_code.contains_key(dependency) && !self.cx.state.is_known(dependency) {
                found.push(Refusal::UnknownDependency { code: code(), dependency: dependency.clone() });
            }
        }
        for agent in
            task.agent.iter().chain(task.reviews.iter().filter_map(|review| review.reviewer.as_ref()))
        {
            if self.cx.config.agent(agent).is_none() && !task.status.is_finished() {
                let known = self.cx.config.agents.keys().cloned().collect();
                found.push(Refusal::UnknownAgent { agent: agent.clone(), known });
            }
        }
        found.extend(check_words(&task.spec).err());
        let tiers = &self.cx.config.reviews.tiers;
        if let Some(tier) =
            task.spec.tier.filter(|tier| !tiers.contains_key(tier) && !task.status.is_finished())
        {
            found.push(Refusal::UnknownTier { tier, known: tiers.keys().copied().collect() });
        }
        found.extend(contradiction(task));
        found.into_iter().map(|refusal| (index, refusal)).collect()
    }

    fn exists(&self, code: &Code) -> bool {
        self.cx.state.is_known(code)
    }

    /// A cycle among the imported tasks, found by taking away what waits for nothing.
    fn cycle(&self) -> Option<Vec<Code>> {
        let within = |task: &'a Task| task.spec.depends_on.iter().filter_map(|code| self.by_code.get(code));
        let mut waits: Vec<usize> = self.tasks.iter().map(|task| within(task).count()).collect();
        let mut dependents: Vec<Vec<usize>> = vec![Vec::new(); self.tasks.len()];
        for (index, task) in self.tasks.iter().enumerate() {
            for dependency in within(task) {
                dependents[*dependency].push(index);
            }
        }
        let mut free: Vec<usize> = (0..waits.len()).filter(|index| waits[*index] == 0).collect();
        while let Some(index) = free.pop() {
            for dependent in &dependents[index] {
                waits[*dependent] -= 1;
                if waits[*dependent] == 0 {
                    free.push(*dependent);
                }
            }
        }
        let depends_on =
            |code: &Code| self.by_code.get(code).map(|index| self.tasks[*index].spec.depends_on.as_slice());
        let stuck = (0..waits.len()).filter(|index| waits[*index] > 0);
        stuck.map(|index| &self.tasks[index].code).find_map(|code| super::cycle::cycle(code, depends_on))
    }

    /// The task as it is recorded.
    fn finish(&mut self, task: &Task) -> Task {
        let mut task = task.clone();
        if !task.status.is_finished() {
            task.waiting_on =
                task.spec.depends_on.iter().filter(|code| !self.is_complete(code)).cloned().collect();
        }
        for review in &mut task.reviews {
            review.id = ReviewId(self.next_review);
            self.next_review += 1;
        }
        number_rounds(&mut task);
        self.number_stages(&mut task);
        if task.status == TaskStatus::Blocked && task.spec.depends_on.is_empty() && task.hold.is_none() {
            let reason = "imported as blocked".to_owned();
            task.hold = Some(Box::new(Hold { reason, by: ORCH.into(), at: self.cx.now }));
        }
        if task.author.is_none() && (task.started_at.is_some() || !task.reviews.is_empty()) {
            task.author.clone_from(&task.agent);
        }
        if task.status == TaskStatus::Review && task.delivered_at.is_none() {
            task.delivered_at = task.current_reviews().map(|review| review.requested_at).min();
        }
        task
    }

    fn is_complete(&self, code: &Code) -> bool {
        let imported = self.by_code.get(code).map(|index| self.tasks[*index].status);
        imported == Some(TaskStatus::Complete) || self.cx.state.fate(code) == Some(Fate::Complete)
    }

    /// Puts each review into the stage of the task's tier that asks for its type.
    fn number_stages(&self, task: &mut Task) {
        let tier = self.cx.config.reviews.tier_of(task).map(|(_, tier)| tier);
        for review in &mut task.reviews {
            let stage = tier
                .and_then(|tier| tier.stages.iter().position(|stage| stage.reviews.contains(&review.kind)));
            review.stage = stage.and_then(|index| u8::try_from(index + 1).ok()).unwrap_or(1);
        }
    }
}

/// Where the other system knows of no rounds: a review requested after one that sent the task back
/// begins a new one.
fn number_rounds(task: &mut Task) {
    if task.reviews.iter().all(|review| review.round > 0) {
        return;
    }
    let mut sent_back: Vec<Time> = task
        .reviews
        .iter()
        .filter(|review| matches!(review.status, ReviewStatus::Rejected | ReviewStatus::ChangesRequested))
        .filter_map(|review| review.completed_at)
        .collect();
    sent_back.sort_unstable();
    for review in &mut task.reviews {
        let before = sent_back.iter().filter(|at| **at < review.requested_at).count();
        review.round = u16::try_from(before + 1).unwrap_or(u16::MAX);
    }
}

fn contradiction(task: &Task) -> Option<Refusal> {
    let (code, status) = (task.code.clone(), task.status);
    let pending = task.reviews.iter().any(|review| review.status == ReviewStatus::Pending);
    let needs_agent = matches!(status, TaskStatus::InProgress | TaskStatus::Review);
    if pending && status != TaskStatus::Review {
        Some(Refusal::StrayReview { code, status })
    } else if needs_agent && task.agent.is_none() {
        Some(Refusal::AgentMissing { code, status })
    } else {
        None
    }
}
