//! Tasks by pull request: what `tasks/*.yaml` declares is created, and kept as declared.
//!
//! A task that disappears from the files is left alone: deleting a line must not throw work away.

use super::{Context, Reactions, Rule};
use crate::model::{DeclaredTask, Fact};

pub(super) struct Declare;

impl Rule for Declare {
    fn name(&self) -> &'static str {
        "declare"
    }

    fn settle(&self, cx: Context<'_>, out: &mut Reactions) {
        if cx.config_changed {
            for declared in &cx.config.tasks {
                keep(cx, declared, out);
            }
        }
    }
}

fn keep(cx: Context<'_>, declared: &DeclaredTask, out: &mut Reactions) {
    let code = &declared.code;
    let fact = match cx.state.task(code) {
        None if cx.state.is_known(code) => return,
        None => Fact::TaskCreated { task: code.clone(), spec: declared.spec.clone() },
        Some(task) if task.status.is_finished() => return,
        Some(task) => match task.spec.difference(&declared.spec) {
            Some(edit) => Fact::TaskEdited { task: code.clone(), edit: Box::new(edit) },
            None => return,
        },
    };
    out.add_by(fact, "declared", &declared.origin);
}
