//! A year of ticks in one process: every 15 minutes one, 500 tasks at work, 3 changes a tick. Prints how long
//! the first and the last thousand ticks took. Then clone the state shallowly: see README.md.
//!
//!     cargo bench --bench year -- PROJECT [TICKS]    # a project without a state; 35,040 ticks if not told
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is a program")]
#![expect(clippy::disallowed_methods, reason = "it measures time")]

use std::path::Path;
use std::time::Instant;

use orch::adapters::disk::Disk;
use orch::adapters::git::GitRepo;
use orch::commit::{ConfigFile, Outcome, StateBranch, Tick, Tip};
use orch::model::{Ask, Config, Duration, NewTask, Priority, Request, ReviewRef, Time, Verdict};
use orch::plan::{Inputs, plan};
use orch::state::State;
use orch::{check, load, report};

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How many tasks are open at a time.
const OPEN: usize = 500;
const CHANGES: usize = 3;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with('-'));
    let Some(project) = arguments.next() else {
        eprintln!("usage: cargo bench --bench year -- PROJECT [TICKS]");
        return Ok(());
    };
    let ticks = arguments.next().map_or(Ok(35_040), |ticks| ticks.parse())?;
    let sources = load::load(&Disk, &Path::new(&project).canonicalize()?)?;
    let config = check::check(&sources, None).config.ok_or("the configuration has errors")?;
    let files: Vec<ConfigFile<'_>> =
        sources.files.iter().map(|file| (&*file.path, file.bytes.as_slice())).collect();
    let repo = GitRepo::discover(&sources.root)?;
    let branch = StateBranch::new(&repo, &config.project.state_branch);
    let times = year(&branch, &config, &files, ticks)?;
    let part = times.len().min(1000);
    println!(
        "{{\"ticks\": {}, \"first_ms\": {:.2}, \"last_ms\": {:.2}}}",
        times.len(),
        mean(&times[..part]),
        mean(&times[times.len() - part..])
    );
    Ok(())
}

fn mean(times: &[f64]) -> f64 {
    times.iter().sum::<f64>() / f64::from(u32::try_from(times.len().max(1)).unwrap_or(u32::MAX))
}

/// Gives how many milliseconds each tick took, reading included, as a process of its own would.
fn year(
    branch: &StateBranch<'_>,
    config: &Config,
    files: &[ConfigFile<'_>],
    ticks: u32,
) -> Result<Vec<f64>, Box<dyn std::error::Error>> {
    let config_id = branch.config_tree(files)?.to_string();
    let begin: Time = "2026-01-01T00:00:00Z".parse()?;
    let mut times = Vec::new();
    for tick in 0..ticks {
        let watch = Instant::now();
        let now = begin + Duration::from_minutes(u64::from(tick) * 15);
        let tip = branch.tip()?;
        let state = if tip.commit.is_some() { Some(branch.load(&tip)?) } else { None };
        let requests = state.as_ref().map(changes).unwrap_or_default();
        let inputs = Inputs::new(now, config_id.as_str().into(), &requests);
        let planned = plan(config, state, &inputs)?;
        if !planned.plan.events.is_empty() {
            commit(branch, &tip, files, planned)?;
        }
        times.push(watch.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(times)
}

fn commit(
    branch: &StateBranch<'_>,
    tip: &Tip,
    files: &[ConfigFile<'_>],
    planned: orch::plan::Planned,
) -> Result<(), Box<dyn std::error::Error>> {
    let orch::plan::Planned { plan, state } = planned;
    let story = report::story(&plan.events, &state);
    let (subject, body) = story.split_once("\n\n").unwrap_or((&story, ""));
    let tick = Tick {
        state,
        events: &plan.events,
        given: &plan.given,
        config: files,
        now: plan.base.now,
        due: plan.due,
        watches: false,
        subject,
        body,
        restores: None,
    };
    match branch.commit(tip, tick)? {
        Outcome::Committed(_) => Ok(()),
        Outcome::Moved => Err("the branch moved".into()),
    }
}

/// What three people or agents say: new tasks until there are enough, else the next step of the oldest.
fn changes(state: &State) -> Vec<Request> {
    let open = state.tasks().filter(|task| !task.status.is_finished()).count();
    let ask = |actor: &str, ask: Ask| Request::new(actor, ask);
    if open < OPEN {
        let new = |_| ask("mika@example.com", Ask::Add { code: None, prefix: None, spec: spec() });
        return (0..CHANGES).map(new).collect();
    }
    let mut requests = Vec::new();
    for task in state.sorted_tasks() {
        if requests.len() == CHANGES {
            break;
        }
        if let Some(review) = task.pending_reviews().next() {
            let (review, verdict) = (ReviewRef::Id(review.id), Verdict::Approved);
            requests.push(ask(
                "reviewer",
                Ask::Judge { review, verdict, rating: None, minutes: None, notes: None },
            ));
        } else if let Some(agent) = task.agent.as_deref().filter(|_| task.is_active()) {
            let task = task.code.clone();
            requests.push(ask(agent, Ask::Complete { task, output: None }));
        }
    }
    requests
}

fn spec() -> NewTask {
    NewTask {
        title: "Write about what the team did this week".to_owned(),
        kind: "content".into(),
        content_type: Some("tweet".into()),
        description: None,
        priority: Priority::P2,
        tier: None,
        labels: Vec::new(),
        depends_on: Vec::new(),
        deadline: None,
        source: None,
    }
}
