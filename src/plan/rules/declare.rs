//! Tasks by pull request: what `tasks/*.yaml` declares is created, and kept as declared.
//!
//! A task that disappears from the files is left alone: deleting a line must not throw work away.

use smol_str::SmolStr;

use super::{Context, Reactions, Rule};
use crate::model::{Code, DeclaredTask, Fact, Task};
use crate::plan::cycle::cycle;

pub(super) struct Declare;

/// The key of the alert on a declared change that would make a task wait for itself.
const CYCLE: &str = "declared-cycle";

impl Rule for Declare {
    fn name(&self) -> &'static str {
        "declare"
    }

    fn settle(&self, cx: Context<'_>, out: &mut Reactions) {
        let held_back = cx.state.meta.alerts.keys().any(|(_, alert)| alert == CYCLE);
        if cx.config_changed || held_back {
            for declared in &cx.config.tasks {
                keep(cx, declared, out);
            }
        }
    }
}

fn keep(cx: Context<'_>, declared: &DeclaredTask, out: &mut Reactions) {
    let code = &declared.code;
    match cx.state.task(code) {
        None if cx.state.is_known(code) => {}
        None => {
            let fact = Fact::TaskCreated { task: code.clone(), spec: declared.spec.clone() };
            out.add_by(fact, "declared", &declared.origin);
        }
        Some(task) if task.status.is_finished() => {}
        Some(task) => follow(cx, task, declared, out),
    }
}

/// Edits a task as its file does, unless it would then wait for itself by way of tasks that no file
/// declares, which `check` cannot see.
fn follow(cx: Context<'_>, task: &Task, declared: &DeclaredTask, out: &mut Reactions) {
    let code = &declared.code;
    let alert = (code.clone(), SmolStr::new_static(CYCLE));
    let fired = cx.state.meta.alerts.contains_key(&alert);
    let edit = task.spec.difference(&declared.spec);
    let depends_on = |of: &Code| {
        let spec = if of == code { Some(&declared.spec) } else { cx.state.task(of).map(|other| &other.spec) };
        spec.map(|spec| spec.depends_on.as_slice())
    };
    let path = edit.as_ref().filter(|edit| edit.depends_on.is_some()).and_then(|_| cycle(code, depends_on));
    if let Some(path) = path {
        if !fired {
            let path = path.iter().map(Code::as_str).collect::<Vec<_>>().join(" → ");
            let message = format!("its file would make it wait for itself: {path}");
            let fact = Fact::AlertFired { alert: alert.1, task: code.clone(), message };
            out.add_by(fact, "declared", &declared.origin);
        }
        return;
    }
    if fired {
        out.add(Fact::AlertResolved { alert: alert.1, task: code.clone() }, "it no longer waits for itself");
    }
    if let Some(edit) = edit {
        let fact = Fact::TaskEdited { task: code.clone(), edit: Box::new(edit) };
        out.add_by(fact, "declared", &declared.origin);
    }
}
