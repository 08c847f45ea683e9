//! A full drain in one process, as the incumbent's `drain` does it: every agent starts and
//! delivers all it holds, every reviewer approves at once, until nothing is left; each tick is a
//! commit. Prints the ticks and what is left.
//!
//!     cargo bench --bench drain -- PROJECT    # a project whose tasks were imported; see bench.py
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is a program")]

use std::path::Path;

use orch::adapters::disk::Disk;
use orch::adapters::git::GitRepo;
use orch::commit::{ConfigFile, Outcome, StateBranch, Tick};
use orch::model::{Ask, Config, Duration, Request, ReviewRef, TaskStatus, Verdict};
use orch::plan::{Inputs, plan};
use orch::state::State;
use orch::{check, load, report};

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let Some(project) = std::env::args().skip(1).find(|argument| !argument.starts_with('-')) else {
        eprintln!("usage: cargo bench --bench drain -- PROJECT");
        return Ok(());
    };
    let sources = load::load(&Disk, &Path::new(&project).canonicalize()?)?;
    let config = check::check(&sources, None).config.ok_or("the configuration has errors")?;
    let files: Vec<ConfigFile<'_>> =
        sources.files.iter().map(|file| (&*file.path, file.bytes.as_slice())).collect();
    let repo = GitRepo::discover(&sources.root)?;
    let branch = StateBranch::new(&repo, &config.project.state_branch);
    let (ticks, left) = drain(&branch, &config, &files)?;
    println!("{{\"ticks\": {ticks}, \"left\": {left}}}");
    Ok(())
}

fn drain(
    branch: &StateBranch<'_>,
    config: &Config,
    files: &[ConfigFile<'_>],
) -> Result<(u32, usize), Box<dyn std::error::Error>> {
    let config_id = branch.config_tree(files)?.to_string();
    let mut tip = branch.tip()?;
    let mut state = branch.load(&tip)?;
    let mut ticks = 0;
    loop {
        let requests = everything(&state);
        if requests.is_empty() {
            let left = state.tasks().filter(|task| !task.status.is_finished()).count();
            return Ok((ticks, left));
        }
        let now = tip.head.at + Duration::from_seconds(1);
        let inputs = Inputs::new(now, config_id.as_str().into(), &requests);
        let planned = plan(config, Some(state), &inputs)?;
        let story = report::story(&planned.plan.events, &planned.state);
        let (subject, body) = story.split_once("\n\n").unwrap_or((&story, ""));
        let plan = &planned.plan;
        let (events, given, due) = (plan.events.as_slice(), &plan.given, plan.due);
        let tick = Tick {
            state: planned.state,
            events,
            given,
            config: files,
            now,
            due,
            watches: false,
            subject,
            body,
            restores: None,
            closes: None,
        };
        let Outcome::Committed(done) = branch.commit(&tip, tick)? else {
            return Err("the branch moved".into());
        };
        (tip, state) = (done.tip, done.state);
        ticks += 1;
    }
}

/// All that agents and reviewers can do now.
fn everything(state: &State) -> Vec<Request> {
    let mut requests = Vec::new();
    for task in state.tasks() {
        let mut ask = |actor: &str, ask: Ask| requests.push(Request::new(actor, ask));
        for review in task.pending_reviews() {
            let review = ReviewRef::Id(review.id);
            let verdict = Verdict::Approved;
            ask("reviewer", Ask::Judge { review, verdict, rating: None, minutes: None, notes: None });
        }
        let Some(agent) = task.agent.as_deref().filter(|_| task.is_active()) else { continue };
        if task.status == TaskStatus::Pending {
            ask(agent, Ask::Start { task: task.code.clone() });
        }
        ask(agent, Ask::Complete { task: task.code.clone(), output: None });
    }
    requests
}
