//! What rules, commands and reports ask a state.

use super::lines::Line;
use super::{Fate, State};
use crate::model::{Code, Name, ReviewId, Run, Task, TaskStatus, WorkflowRecord};

impl State {
    /// A task of the hot set.
    pub fn task(&self, code: &Code) -> Option<&Task> {
        self.tasks.get(code).map(AsRef::as_ref)
    }

    /// The hot set, in no promised order: sort before anything shows.
    pub fn tasks(&self) -> impl ExactSizeIterator<Item = &Task> {
        self.tasks.values().map(AsRef::as_ref)
    }

    /// The hot set in the order of codes.
    pub fn sorted_tasks(&self) -> Vec<&Task> {
        let mut tasks: Vec<&Task> = self.tasks().collect();
        tasks.sort_by(|a, b| a.code.cmp(&b.code));
        tasks
    }

    /// How a finished task ended, whether it is still hot or long archived.
    pub fn fate(&self, code: &Code) -> Option<Fate> {
        match self.tasks.get(code).map(|task| task.status) {
            Some(TaskStatus::Complete) => Some(Fate::Complete),
            Some(TaskStatus::Cancelled) => Some(Fate::Cancelled),
            Some(_) => None,
            None => self.archive.fate(code),
        }
    }

    /// Whether a code was ever given out.
    pub fn is_known(&self, code: &Code) -> bool {
        self.tasks.contains_key(code) || self.archive.fate(code).is_some()
    }

    /// The unfinished tasks that wait for `code`, in the order of codes.
    pub fn dependents(&self, code: &Code) -> Vec<Code> {
        let mut dependents = self.dependents.get(code).cloned().unwrap_or_default();
        dependents.sort();
        dependents
    }

    /// The task that a review of the hot set belongs to.
    pub fn task_of_review(&self, review: ReviewId) -> Option<&Task> {
        self.task(self.reviews.get(&review)?)
    }

    /// How many active tasks an agent holds.
    pub fn load(&self, agent: &str) -> u32 {
        self.load.get(agent).copied().unwrap_or(0)
    }

    /// How many reviews are pending with a reviewer.
    pub fn to_review(&self, reviewer: &str) -> u32 {
        self.to_review.get(reviewer).copied().unwrap_or(0)
    }

    /// All agents that hold active tasks, in the order of names.
    pub fn loads(&self) -> Vec<(Name, u32)> {
        let mut loads: Vec<_> =
            self.load.iter().filter(|(_, n)| **n > 0).map(|(a, n)| (a.clone(), *n)).collect();
        loads.sort();
        loads
    }

    /// A run that has not ended, or ended lately.
    pub fn run(&self, id: &str) -> Option<&Run> {
        self.meta.runs.get(id).map(AsRef::as_ref)
    }

    /// The runs that have not ended, in the order of their names.
    pub fn open_runs(&self) -> impl Iterator<Item = &Run> {
        self.open_runs.iter().filter_map(|id| self.run(&id.0))
    }

    /// The runs that have begun and not ended.
    pub fn begun_runs(&self) -> impl Iterator<Item = &Run> {
        self.lines.iter().flat_map(|(_, line)| &line.begun).filter_map(|id| self.run(&id.0))
    }

    /// The runs that were cancelled while a tick had them, and that it has not given back.
    pub fn left_runs(&self) -> impl Iterator<Item = &Run> {
        self.lines.iter().flat_map(|(_, line)| &line.left).filter_map(|id| self.run(&id.0))
    }

    /// The workflows of which a run waits its turn.
    pub fn turns(&self) -> impl Iterator<Item = Turns<'_>> {
        let waits = self.lines.iter().filter(|(_, line)| !line.queued.is_empty());
        waits.map(|(workflow, line)| Turns { workflow, line, state: self })
    }

    /// What is known of a workflow, if anything happened with it.
    pub fn workflow(&self, id: &str) -> Option<&WorkflowRecord> {
        self.meta.workflows.get(id)
    }

    /// How many tasks wait for an agent.
    pub fn queued(&self) -> usize {
        self.queued
    }

    /// The number after the highest given out for a prefix.
    pub fn next_number(&self, prefix: &str) -> u32 {
        self.meta.counters.get(prefix).copied().unwrap_or(0) + 1
    }
}

/// The open runs of a workflow of which one waits its turn at least.
#[derive(Debug, Clone, Copy)]
pub struct Turns<'a> {
    pub workflow: &'a Name,
    line: &'a Line,
    state: &'a State,
}

impl<'a> Turns<'a> {
    /// Those that wait, the first in line first.
    pub fn queued(self) -> impl DoubleEndedIterator<Item = &'a Run> {
        self.line.queued.iter().filter_map(move |(.., id)| self.state.run(&id.0))
    }

    /// Those that were cancelled while a tick had them, and that it has not given back.
    pub fn left(self) -> impl Iterator<Item = &'a Run> {
        self.line.left.iter().filter_map(move |id| self.state.run(&id.0))
    }

    /// Those that have begun and not ended; the parts of them have no turn.
    pub fn begun(self) -> impl Iterator<Item = &'a Run> {
        let begun = self.line.begun.iter().filter_map(move |id| self.state.run(&id.0));
        begun.filter(|run| run.part().is_none())
    }
}

impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        self.meta == other.meta && self.archive == other.archive && self.tasks == other.tasks
    }
}
