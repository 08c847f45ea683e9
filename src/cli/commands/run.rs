//! `orch run`: a run of a workflow by hand, done at once.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use serde_json::{Map, Value};

use crate::adapters::{clock, disk};
use crate::cli::args::{Format, WriteArgs, name};
use crate::cli::session::{self, Ticked};
use crate::cli::{Cx, Exit};
use crate::model::{Ask, Event, Fact, FlowAsk, FlowFact, Name, Run, RunId, RunStatus};
use crate::report::{asked, away, goes_on, next_of_run};

/// Run a workflow now
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  orch run clean-logs --input days=30\n  orch run weekly-report --inputs report.json --watch"
)]
pub(crate) struct RunArgs {
    #[arg(value_parser = name)]
    workflow: Name,
    /// A value for an input
    #[arg(long = "input", value_name = "NAME=VALUE", value_parser = pair)]
    inputs: Vec<(String, String)>,
    /// Values for inputs: a JSON object
    #[arg(long = "inputs", value_name = "FILE")]
    file: Option<PathBuf>,
    /// Stay until the run is over or asks somebody for approval, through waits and later attempts
    #[arg(long, conflicts_with = "dry_run")]
    watch: bool,
    #[command(flatten)]
    write: WriteArgs,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE, such as `days=30`".to_owned()),
    }
}

pub(super) fn run(args: RunArgs, cx: &mut Cx) -> anyhow::Result<Exit> {
    let inputs = inputs(&args)?;
    let ask = FlowAsk::Run { workflow: args.workflow.clone(), inputs, parent: None };
    carry_out(cx, args.write, Ask::Flow(ask), args.watch)
}

/// Asks for something that makes runs, does what follows, and tells how they stand.
pub(super) fn carry_out(cx: &mut Cx, write: WriteArgs, ask: Ask, watch: bool) -> anyhow::Result<Exit> {
    let mut ticked = session::carry_out(cx, write, vec![ask])?;
    let made = made(&ticked);
    if watch {
        while let Some(wait) = made.iter().filter_map(|run| pause(cx, &ticked, run)).min() {
            std::thread::sleep(wait);
            ticked = session::carry_out(cx, write, Vec::new())?;
        }
    }
    session::report(cx, &ticked, write.dry_run)?;
    let runs: Vec<&Run> = made.iter().filter_map(|run| ticked.state.run(&run.0)).collect();
    if cx.settings.format == Format::Text {
        for run in &runs {
            cx.out.text(told(run, &ticked, write.dry_run));
        }
    }
    let failed = runs.iter().any(|run| run.status == RunStatus::Failed);
    Ok(if failed { Exit::Partial } else { Exit::Ok })
}

fn inputs(args: &RunArgs) -> anyhow::Result<Map<String, Value>> {
    let mut inputs = Map::new();
    if let Some(path) = &args.file {
        let name = disk::name(path);
        let text = disk::read_text(path)?;
        let value: Value = serde_json::from_str(&text)
            .with_context(|| format!("`{name}` is not a JSON object of inputs"))?;
        let Value::Object(given) = value else {
            anyhow::bail!("`{name}` is not a JSON object of inputs: write `{{\"days\": 30}}`");
        };
        inputs = given;
    }
    for (name, value) in &args.inputs {
        if inputs.insert(name.clone(), value.as_str().into()).is_some() && args.file.is_none() {
            anyhow::bail!("input `{name}` is given twice");
        }
    }
    Ok(inputs)
}

/// The runs that somebody asked for: one in so many words, or by asking that an agent be called.
fn made(ticked: &Ticked) -> Vec<RunId> {
    let events = &ticked.plan.events;
    let is_asked = |event: &Event| match event.cause.as_ref() {
        None => true,
        Some(cause) => cause
            .event
            .and_then(|index| events.get(index as usize))
            .is_some_and(|event| event.cause.is_none() && matches!(event.fact, Fact::AgentActivated { .. })),
    };
    let runs = events.iter().filter_map(|event| match &event.fact {
        Fact::Flow(fact) if is_asked(event) => match fact.as_ref() {
            FlowFact::RunCreated { run, .. } => Some(run.clone()),
            _ => None,
        },
        _ => None,
    });
    runs.collect()
}

/// How long to wait before the run can go on; none if it is over, or waits for a person, or if the clock
/// was given and stands still.
fn pause(cx: &Cx, ticked: &Ticked, run: &RunId) -> Option<Duration> {
    const SHORTEST: u64 = 1;
    const LONGEST: u64 = 60;
    /// What runners do comes by the branch, which is to be asked after.
    const OF_RUNNERS: u64 = 15;
    let run = ticked.state.run(&run.0).filter(|run| !run.status.is_finished())?;
    if cx.settings.now.is_some() || !asked(run).is_empty() {
        return None;
    }
    let unknown = if away(&ticked.state, run) > 0 { OF_RUNNERS } else { SHORTEST };
    let seconds = next_of_run(run).map_or(unknown, |at| at.since(clock::now()).as_seconds());
    Some(Duration::from_secs(seconds.clamp(SHORTEST, LONGEST)))
}

fn told(run: &Run, ticked: &Ticked, dry_run: bool) -> String {
    let id = &run.id;
    if dry_run {
        return format!("It would be {id}.");
    }
    if !asked(run).is_empty() {
        return format!("{id} waits for approval: `orch runs show {id}` tells for what.");
    }
    match run.status {
        RunStatus::Failed => format!("{id} failed: `orch runs show {id}` tells why."),
        RunStatus::Succeeded | RunStatus::Cancelled | RunStatus::Skipped => {
            format!("{id} {}.", run.status.as_str())
        }
        _ => format!("{id} {}.", goes_on(&ticked.state, run, ticked.plan.base.now)),
    }
}
