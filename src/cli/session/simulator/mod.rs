//! Thousands of small worlds in memory: the planner, the loop of ticks and what carries effects out are the
//! real ones; clocks, repositories, the server and the targets are not. Processes work side by side and are
//! killed at any call, targets time out before or after they did it, machines stand still or vanish with all
//! that was on them. Whatever happens, each effect is done as often as it says.

mod check;
mod counts;
mod disk;
mod hands;
mod process;
mod project;
mod sinks;
mod story;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};

use counts::Counts;
use project::{Project, projects};
use story::Story;
use world::{BRANCH, World};

use crate::commit::{Bounds, Outcome, StateBranch, Tick};
use crate::model::{Ask, FlowAsk, Request};
use crate::plan::{Inputs, Planned, plan};
use crate::seeds::{Replay, in_parallel, seeds};

/// Folds after every few segments, so that this is tried as well.
const BOUNDS: Bounds = Bounds { log_bytes: 1_000_000, log_segments: 12, file_bytes: 4000 };

/// The value of a metric that nobody else records.
fn metric(value: f64) -> Request {
    Request::new("probe", Ask::Flow(FlowAsk::RecordMetric { metric: "load".into(), value }))
}

/// A tick of somebody else, who works on the server's own disk.
fn write_on_server(world: &World) {
    let server = world.server.as_ref().expect("somebody pushed to it");
    let branch = StateBranch::new(&server.repo, BRANCH).with_bounds(BOUNDS);
    let tip = branch.tip().unwrap();
    if tip.commit.is_none() {
        return;
    }
    let (state, files) = (branch.load(&tip).unwrap(), &world.project.files);
    let requests = [metric(-1.0)];
    let config_id = smol_str::format_smolstr!("{}", branch.config_tree(files).unwrap());
    let inputs = Inputs::new(world.time(), config_id, &requests);
    let Planned { plan, state } = plan(&world.project.config, Some(state), &inputs).unwrap();
    let due = if plan.effects.is_empty() { plan.due } else { Some(plan.base.now) };
    let tick = Tick {
        state,
        events: &plan.events,
        given: &plan.given,
        config: files,
        now: plan.base.now,
        due,
        watches: false,
        subject: "somebody else",
        body: "",
        restores: None,
        closes: None,
    };
    assert!(matches!(branch.commit(&tip, tick).unwrap(), Outcome::Committed(_)));
}

/// What one world came to.
struct Lived {
    counts: Counts,
    trace: u64,
}

/// One small world.
fn live(seed: u64) -> Lived {
    let projects = projects();
    let project = &projects[usize::try_from(seed).unwrap() % projects.len()];
    let mut story = Story::new(seed, project);
    story.prepare();
    for _ in 0..story.rounds {
        story.round();
    }
    story.come_to_rest();
    story.check();
    let inner = story.world.inner();
    Lived { counts: inner.counts.clone(), trace: inner.trace }
}

/// The whole of it: `ORCH_TEST_SEEDS=1000 cargo test whatever_happens_effects -- --nocapture`.
#[test]
#[expect(clippy::print_stderr, reason = "the figures are for people")]
fn whatever_happens_effects_are_done_as_often_as_they_say() {
    let seeds = seeds(60);
    let (first, worlds) = (seeds.start, usize::try_from(seeds.end - seeds.start).unwrap());
    let clock = crate::adapters::clock::Stopwatch::start();
    let lived = in_parallel(worlds, |number| {
        let seed = first + number as u64;
        // All that fail are told of, not the first alone.
        catch_unwind(AssertUnwindSafe(|| {
            let _replay = Replay::of("whatever_happens_effects", seed);
            live(seed).counts
        }))
    });
    let took = clock.elapsed();
    let (mut counts, mut failed) = (Counts::default(), 0);
    for one in lived {
        match one {
            Ok(one) => counts.merge(one),
            Err(_) => failed += 1,
        }
    }
    eprintln!("{}{worlds} worlds in {took:.1?}, {failed} of them failed", counts.table());
    assert_eq!(failed, 0, "in every other one: 0 lost, 0 done more often than they say");
    if worlds >= 60 {
        check::that_all_kinds_of_trouble_came(&counts);
    }
    if worlds >= 500 {
        check::that_everything_was_tried(&counts);
    }
}

/// One run of each workflow, with a process that something happens to at one call; whether it came that far.
fn struck_at(project: &'static Project, call: u64, strike: impl Fn(&mut Story, u64) -> bool) -> bool {
    let mut story = Story::quiet(call, project);
    for workflow in project.workflows {
        story.ask_for(workflow);
    }
    let was_struck = strike(&mut story, call);
    story.come_to_rest();
    story.check();
    was_struck
}

/// At every call that a tick makes: `ORCH_TEST_SEEDS=1000 cargo test killed_at_every_call -- --nocapture`.
#[test]
#[expect(clippy::print_stderr, reason = "the figures are for people")]
fn killed_at_every_call_effects_are_done_as_often_as_they_say() {
    // Every call when many seeds are asked for; else one of a few.
    let every = if seeds(1).end > 1 { 1 } else { 37 };
    let all = in_parallel(projects().len(), |number| {
        let project = &projects()[number];
        let mut call = 1;
        while struck_at(project, call, Story::tick_until) {
            call += every;
        }
        call
    });
    eprintln!(
        "{all:?} calls by a tick of each project, killed at every {every}. of them: 0 lost, 0 done twice"
    );
    assert!(all.iter().all(|calls| *calls > 100), "{all:?}");
}

/// Whoever stands still for longer than its lease wakes up in a world that went on without it.
#[test]
#[expect(clippy::print_stderr, reason = "the figures are for people")]
fn standing_still_at_every_call_effects_are_done_as_often_as_they_say() {
    let every = if seeds(1).end > 1 { 1 } else { 23 };
    // A file that somebody changes when he wakes up is changed; nobody else can know.
    let projects: Vec<&Project> =
        projects().iter().filter(|project| !project.workflows.contains(&"files")).collect();
    let all = in_parallel(projects.len(), |number| {
        let mut call = 1;
        while struck_at(projects[number], call, Story::tick_beside) {
            call += every;
        }
        call
    });
    eprintln!(
        "{all:?} calls by a tick of each project, asleep at every {every}. of them: 0 lost, 0 done twice"
    );
    assert!(all.iter().all(|calls| *calls > 100), "{all:?}");
}

/// What a tick costs on the remote where nothing goes wrong: one push before anything is done, which says who
/// does it; one for what came of it; none if there is nothing to do.
#[test]
fn an_idle_tick_pushes_nothing_and_a_busy_one_twice() {
    for (set, workflow, pushes) in [
        (1, "files", 2),
        (3, "child", 2),
        // What nobody can look up is on the branch before it begins.
        (1, "plain", 4),
    ] {
        let mut story = Story::quiet(1, &projects()[set]);
        story.ask_for(workflow);
        assert_eq!(story.quick_tick(), (pushes, true), "{workflow}");
        assert_eq!(story.quick_tick(), (0, false), "{workflow}: there is nothing left to do");
        story.come_to_rest();
        story.check();
    }
}

/// The same seed is the same world, call by call: what fails can be looked at again.
#[test]
fn a_seed_is_a_world() {
    for seed in 0..8 {
        let _replay = Replay::of("a_seed_is_a_world", seed);
        let (one, other) = (live(seed), live(seed));
        assert_eq!((one.trace, one.counts), (other.trace, other.counts), "seed {seed}");
    }
}
