//! `orch import`: tasks of another system, all of them or none.

use std::path::PathBuf;

use clap::Args;

use crate::adapters::disk;
use crate::cli::args::WriteArgs;
use crate::cli::session::{self, Project, Work};
use crate::cli::{Cx, Exit};
use crate::model::{Ask, Request};
use crate::observe::{self, LineProblem, LineProblems};
use crate::plan::{PlanError, Refusal};

/// Take tasks over from JSON lines
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  orch import tasks.jsonl\n\nOne task a line, with the field names of `orch export`:\n  {\"code\":\"CONTENT-010\",\"title\":\"Ika tweet\",\"type\":\"content\",\"status\":\"pending\",\"created_at\":\"2026-01-09T00:00:00Z\"}"
)]
pub(crate) struct ImportArgs {
    /// The file, `-` for stdin
    file: PathBuf,
    #[command(flatten)]
    write: WriteArgs,
}

pub(super) fn run(args: ImportArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    let project = Project::to_act(cx)?;
    let file = disk::name(&args.file);
    let (lines, tasks) = observe::tasks(&file, &disk::read_text(&args.file)?)?;
    if tasks.is_empty() {
        cx.out.note(format!("note: `{file}` holds no tasks"));
        return Ok(Exit::Ok);
    }
    let request = Request::new(session::actor(cx, &project)?, Ask::Import { tasks });
    let work = Work { requests: vec![request], push: args.write.push, project: &project };
    let ticked = if args.write.dry_run { work.preview(cx) } else { work.run(cx) };
    let ticked = ticked.map_err(|error| by_line(error, &file, &lines))?;
    session::report(cx, &ticked, args.write.dry_run)?;
    Ok(Exit::Ok)
}

/// Names the lines of the tasks that were refused.
fn by_line(error: anyhow::Error, file: &str, lines: &[usize]) -> anyhow::Error {
    let Some(PlanError::Refused { refusal, .. }) = error.downcast_ref() else { return error };
    let Refusal::Import { problems, .. } = &**refusal else { return error };
    let problem = |(index, refusal): &(usize, Refusal)| LineProblem {
        line: lines[*index],
        column: 1,
        message: refusal.to_string(),
    };
    let problems = problems.iter().map(problem).collect();
    LineProblems { file: file.to_owned(), problems }.into()
}
