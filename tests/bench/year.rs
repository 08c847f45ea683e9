//! A year of ticks in one process: every 15 minutes one, 500 tasks at work, 3 changes a tick. Prints how long
//! ticks took in the first and in the last month (by the clock, the median; by the processor, the mean), what a shallow
//! clone of the state costs, and the widest folder and the largest object that ever were.
//!
//!     cargo bench --bench year -- PROJECT [TICKS]    # a project without a state; 35,040 ticks if not told
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is a program")]
#![expect(clippy::disallowed_methods, reason = "it measures time")]

use std::path::Path;
use std::process::Command;
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
/// Ticks in 30 days.
const MONTH: usize = 2880;

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
    // The team comes together in the first ticks; the month after that is the first one.
    let month = MONTH.min(times.len() / 3);
    let begin = (OPEN / CHANGES).min(times.len() - month);
    let (first, last) = (&times[begin..begin + month], &times[times.len() - month..]);
    let clock = [first, last].map(|times| median(times.iter().map(|time| time.clock).collect()));
    let cpu = [first, last].map(|times| mean(times.iter().map(|time| time.cpu)));
    for (name, [first, last]) in [("clock_ms", clock), ("cpu_ms", cpu)] {
        println!("{{\"{name}\": {{\"first_month\": {first:.2}, \"last_month\": {last:.2}}}}}");
    }
    println!("{{\"ticks\": {}}}", times.len());
    measure_objects(&sources.root, &config.project.state_branch)?;
    measure_clone(&sources.root, &config.project.state_branch)
}

/// What a tick took, in milliseconds.
struct Took {
    clock: f64,
    /// Of the processor, which is not the machine's load.
    cpu: f64,
}

/// How many milliseconds this thread has been at it; 0 where nobody tells.
fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let first = text.split(' ').next().and_then(|nanoseconds| nanoseconds.parse::<f64>().ok());
    first.unwrap_or_default() / 1e6
}

fn mean(times: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = f64::from(u32::try_from(times.len().max(1)).unwrap_or(u32::MAX));
    times.sum::<f64>() / count
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn git(dir: &Path, arguments: &[&str]) -> Result<String, Box<dyn std::error::Error>> {
    let output = Command::new("git").current_dir(dir).args(arguments).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// The largest object of the history of each kind, and the most entries of any folder of the tip or of a tree
/// nearly as large as the largest.
fn measure_objects(dir: &Path, branch: &str) -> Result<(), Box<dyn std::error::Error>> {
    let script = format!(
        "git rev-list --objects {branch} | cut -d' ' -f1 | git cat-file --batch-check='%(objecttype) %(objectsize) \
         %(objectname)' | sort -k1,1 -k2,2nr | awk '$1 != last {{ print; last = $1 }}'"
    );
    let output = Command::new("sh").current_dir(dir).args(["-c", &script]).output()?;
    let (mut bytes, mut widest) = (0, 0);
    for line in String::from_utf8(output.stdout)?.lines() {
        let [kind, size, id] = line.split(' ').collect::<Vec<_>>()[..] else { continue };
        bytes = bytes.max(size.parse::<u64>()?);
        if kind == "tree" {
            widest = git(dir, &["ls-tree", id])?.lines().count();
        }
    }
    println!("{{\"largest_object_bytes\": {bytes}, \"widest_folder\": {widest}}}");
    Ok(())
}

fn measure_clone(dir: &Path, branch: &str) -> Result<(), Box<dyn std::error::Error>> {
    let clone = dir.with_extension("clone");
    let _ = std::fs::remove_dir_all(&clone);
    let url = format!("file://{}", dir.display());
    let to = clone.display().to_string();
    let watch = Instant::now();
    git(dir, &["clone", "--quiet", "--depth=1", "--bare", "--single-branch", "--branch", branch, &url, &to])?;
    let seconds = watch.elapsed().as_secs_f64();
    let objects = git(&clone, &["count-objects", "-v"])?;
    let kib = |key: &str| {
        let line = objects.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(": "));
        line.and_then(|size| size.parse::<u64>().ok()).unwrap_or_default()
    };
    println!("{{\"clone_s\": {seconds:.2}, \"clone_kib\": {}}}", kib("size-pack") + kib("size"));
    std::fs::remove_dir_all(&clone)?;
    Ok(())
}

/// Gives how many milliseconds each tick took, reading included, as a process of its own would.
fn year(
    branch: &StateBranch<'_>,
    config: &Config,
    files: &[ConfigFile<'_>],
    ticks: u32,
) -> Result<Vec<Took>, Box<dyn std::error::Error>> {
    let config_id = branch.config_tree(files)?.to_string();
    let begin: Time = "2026-01-01T00:00:00Z".parse()?;
    let mut times = Vec::new();
    for tick in 0..ticks {
        let (watch, started) = (Instant::now(), cpu());
        let now = begin + Duration::from_minutes(u64::from(tick) * 15);
        let tip = branch.tip()?;
        let state = if tip.commit.is_some() { Some(branch.load(&tip)?) } else { None };
        let requests = state.as_ref().map(changes).unwrap_or_default();
        let inputs = Inputs::new(now, config_id.as_str().into(), &requests);
        let planned = plan(config, state, &inputs)?;
        if !planned.plan.events.is_empty() {
            commit(branch, &tip, files, planned)?;
        }
        times.push(Took { clock: watch.elapsed().as_secs_f64() * 1000.0, cpu: cpu() - started });
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
        closes: None,
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
        issue: None,
    }
}
