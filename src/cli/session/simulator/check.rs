//! What must hold at the end of every world.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use super::counts::Counts;
use super::sinks::NAMES;
use super::story::Story;
use crate::cli::session::verify::verify;
use crate::commit::Since;
use crate::model::{Act, Config, Ended, Event, Fact, FlowFact, OnLost, Outcome, RunId, RunStatus, Step};

type Key = (RunId, SmolStr);

/// Everything that happened, by what it is about.
struct Log {
    events: Vec<Event>,
    /// How each attempt ended.
    ended: BTreeMap<Key, Vec<(u32, Outcome)>>,
    over: BTreeMap<RunId, RunStatus>,
    /// The runs that somebody took over from a tick that was gone, and those among them whose lease had ended.
    taken_over: BTreeSet<RunId>,
    expired: BTreeSet<RunId>,
}

impl Log {
    fn of(events: Vec<Event>) -> Self {
        let mut log = Self {
            events: Vec::new(),
            ended: BTreeMap::new(),
            over: BTreeMap::new(),
            taken_over: BTreeSet::new(),
            expired: BTreeSet::new(),
        };
        let (mut made, mut leases) = (BTreeSet::new(), BTreeMap::new());
        for event in &events {
            let Fact::Flow(fact) = &event.fact else { continue };
            match fact.as_ref() {
                FlowFact::RunCreated { run, .. } => assert!(made.insert(run.clone()), "{run} was made twice"),
                FlowFact::StepFinished { run, step, attempt, outcome, .. } => {
                    let ended = log.ended.entry((run.clone(), step.clone())).or_default();
                    ended.push((*attempt, outcome.clone()));
                }
                FlowFact::RunFinished { run, status, .. } => {
                    assert!(log.over.insert(run.clone(), *status).is_none(), "{run} ended twice");
                }
                FlowFact::RunLeased { run, lease: Some(lease), .. } => {
                    leases.insert(run.clone(), lease.until);
                }

                FlowFact::RunLeased { run, lease: None, .. } if event.cause.is_some() => {
                    log.taken_over.insert(run.clone());
                    if leases.get(run).is_some_and(|until| *until <= event.at) {
                        log.expired.insert(run.clone());
                    }
                }
                _ => {}
            }
        }
        log.events = events;
        log
    }

    fn succeeded(&self, key: &Key) -> bool {
        let ended = self.ended.get(key);
        ended.is_some_and(|ended| ended.iter().any(|(_, outcome)| outcome.ended == Ended::Succeeded))
    }
}

pub(super) fn all(story: &Story) {
    let events = story.with_branch(|branch| {
        let tip = branch.tip().unwrap();
        let verified = verify(branch, &tip, &Since::default()).unwrap();
        let findings: Vec<String> = verified.findings.iter().map(ToString::to_string).collect();
        assert!(findings.is_empty(), "{findings:#?}");
        assert_eq!(verified.commits as u64, tip.head.serial, "a line without gaps");
        let mut entries: Vec<_> = branch.history(&tip).map(Result::unwrap).collect();
        entries.reverse();
        entries.into_iter().flat_map(|entry| entry.events).collect()
    });
    let log = Log::of(events);
    acknowledged(story, &log);
    noted(story, &log);
    runs(story, &log);
    keyed(story, &log);
    plain(story, &log);
    files(story, &log);
    of_the_state(story, &log);
}

/// What somebody was told is there once.
fn acknowledged(story: &Story, log: &Log) {
    let recorded = log.events.iter().filter_map(|event| match &event.fact {
        Fact::Flow(fact) => match fact.as_ref() {
            FlowFact::MetricRecorded { metric, value } if metric == "load" => Some(format!("{value}")),
            _ => None,
        },
        _ => None,
    });
    let recorded: Vec<String> = recorded.collect();
    for value in &story.acknowledged {
        let times = recorded.iter().filter(|found| **found == value.to_string()).count();
        assert_eq!(times, 1, "acknowledged: {value}");
    }
}

/// What stands in a journal is known to the next tick of the clone.
fn noted(story: &Story, log: &Log) {
    let mut inner = story.world.inner();
    let noted = std::mem::take(&mut inner.noted);
    let is_known = |run: &RunId, step: &SmolStr, number: u32| {
        let ended = log.ended.get(&(run.clone(), step.clone()));
        let is_it =
            |(attempt, outcome): &(u32, Outcome)| *attempt == number && outcome.ended == Ended::Succeeded;
        ended.is_some_and(|ended| ended.iter().any(is_it))
    };
    // Of a run that somebody ended meanwhile nothing is recorded any more.
    let goes_on = |run: &RunId| log.over.get(run) != Some(&RunStatus::Cancelled);
    let noted = noted.iter().filter(|(run, ..)| !log.expired.contains(run) && goes_on(run));
    for (run, step, attempt) in noted {
        if story.is_one_clone {
            assert!(is_known(run, step, *attempt), "noted and forgotten: {run} {step} {attempt}");
            inner.counts.add("journal", "what it noted is known");
        }
    }
}

/// What cannot fail has not.
fn runs(story: &Story, log: &Log) {
    for (run, status) in &log.over {
        let fits = match run.workflow() {
            "undone" => matches!(status, RunStatus::Succeeded | RunStatus::Failed),
            "asks" => matches!(status, RunStatus::Succeeded | RunStatus::Failed),
            "child" => matches!(status, RunStatus::Succeeded | RunStatus::Cancelled),
            _ => *status == RunStatus::Succeeded,
        };
        assert!(fits, "{run} {}", status.as_str());
        story.world.inner().counts.add("runs", status.as_str());
    }
}

/// A step, or what undoes it, by its key in a run.
fn act<'c>(config: &'c Config, (run, key): &Key) -> Option<(&'c Step, &'c Act)> {
    let workflow = config.workflows.get(run.workflow())?;
    let (key, is_rollback) = key.strip_suffix(":rollback").map_or((key.as_str(), false), |key| (key, true));
    let step = workflow.step(key.split('[').next()?)?;
    let is_each = step.for_each.is_some() && !key.contains('[');
    let act = if is_rollback { &step.rollback.as_ref()?.act } else { &step.act };
    (!is_each).then_some((step, act))
}

fn is_for(act: &Act, host: &str) -> bool {
    matches!(act, Act::Call { args, .. } if args["url"].as_str().is_some_and(|url| url.contains(host)))
}

/// Targets that know keys: each effect under one key, and what succeeded is there.
fn keyed(story: &Story, log: &Log) {
    let inner = story.world.inner();
    for (key, keys) in &inner.sinks.keyed {
        assert_eq!(keys.len(), 1, "done twice: {key:?}: {keys:?}");
    }
    let config = &story.world.project.config;
    for key in log.ended.keys().filter(|key| log.succeeded(key)) {
        if act(config, key).is_some_and(|(_, act)| is_for(act, "keyed")) {
            assert!(inner.sinks.keyed.contains_key(key), "lost: {key:?}");
        }
    }
    for key in inner.sinks.keyed.keys() {
        let is_cancelled = log.over.get(&key.0) == Some(&RunStatus::Cancelled);
        assert!(
            is_cancelled || log.succeeded(key),
            "done, and nobody knows: {key:?} {:?}",
            log.ended.get(key)
        );
    }
}

/// Targets that know no keys: as often as the step says.
fn plain(story: &Story, log: &Log) {
    let config = &story.world.project.config;
    let mut inner = story.world.inner();
    let mut seen = Counts::default();
    let keys: BTreeSet<&Key> = inner.sinks.plain.keys().chain(log.ended.keys()).collect();
    for key in keys {
        let Some((step, act)) = act(config, key) else { continue };
        if !(matches!(act, Act::Run(_)) || is_for(act, "plain")) {
            continue;
        }
        let none = Vec::new();
        let done = inner.sinks.plain.get(key).unwrap_or(&none);
        let ended = log.ended.get(key);
        let what = format!("{key:?}: {done:#?} {ended:#?}");
        let succeeded = log.succeeded(key);
        assert!(!succeeded || !done.is_empty(), "lost: {what}");
        let names: BTreeSet<&SmolStr> = done.iter().map(|one| &one.key).collect();
        assert!(names.len() < 2, "a key that differs from attempt to attempt: {what}");
        match step.on_lost {
            OnLost::Retry if done.len() > 1 => {
                seen.add("unkeyed", "at least once: done again");
                duplicates_are_known(log, key, done.len(), &what, &mut seen);
            }
            OnLost::Retry => seen.add("unkeyed", "at least once: done once"),
            OnLost::Fail => {
                assert!(done.len() < 2, "at most once: {what}");
                seen.add(
                    "unkeyed",
                    if succeeded { "at most once: done" } else { "at most once: unknown, or not" },
                );
            }
            OnLost::Ask => {
                assert!(done.len() == 1 || !succeeded, "somebody said whether it was done: {what}");
                seen.add("unkeyed", "asked: done once");
            }
        }
    }
    inner.counts.merge(seen);
}

/// Each time but one that something was done again, the log says that an attempt failed or was lost, or that
/// the run was taken over from a tick that had died with what it knew.
fn duplicates_are_known(log: &Log, key: &Key, times: usize, what: &str, seen: &mut Counts) {
    let none = Vec::new();
    let ended = log.ended.get(key).unwrap_or(&none);
    let known = ended.iter().filter(|(_, outcome)| outcome.ended != Ended::Succeeded).count();
    if known + 1 < times {
        seen.add("unkeyed", "at least once: done again after a take-over");
        assert!(log.taken_over.contains(&key.0), "done again, and nobody could know: {what}");
    }
}

/// Files are where the steps that succeeded have put them.
fn files(story: &Story, log: &Log) {
    let runs =
        log.over.iter().filter(|(run, status)| run.workflow() == "files" && **status == RunStatus::Succeeded);
    for (run, _) in runs {
        let below = |folder: &str| {
            let files = story.world.disk.below(&format!("{folder}/{run}"));
            let name = |path: &str| path.rsplit('/').next().unwrap().to_owned();
            let files =
                files.into_iter().map(|(path, bytes)| (name(&path), String::from_utf8(bytes).unwrap()));
            files.collect::<Vec<_>>()
        };
        let file = |name: &str| (format!("{name}.txt"), format!("{name} of {run}"));
        assert_eq!(below("box"), [file("b")], "{run}");
        assert_eq!(below("kept"), [file("a")], "{run}");
        assert_eq!(below("gone"), [file("a")], "{run}");
    }
}

/// What is no effect but a part of the state happens exactly once.
fn of_the_state(story: &Story, log: &Log) {
    let of_step = |name: &str| {
        log.ended
            .keys()
            .filter(|key| key.0.workflow() == "asks" && key.1 == name && log.succeeded(key))
            .count()
    };
    let is_sale = |event: &&Event| {
        matches!(&event.fact, Fact::Flow(fact)
            if matches!(fact.as_ref(), FlowFact::MetricRecorded { metric, .. } if metric == "sold"))
    };
    let is_task = |event: &&Event| matches!(&event.fact, Fact::TaskCreated { .. });
    let is_child = |event: &&Event| {
        matches!(&event.fact, Fact::Flow(fact)
            if matches!(fact.as_ref(), FlowFact::RunCreated { run, .. } if run.workflow() == "child"))
    };
    assert_eq!(log.events.iter().filter(is_sale).count(), of_step("metric"));
    assert_eq!(log.events.iter().filter(is_task).count(), of_step("task"));
    let children = log.events.iter().filter(is_child).count();
    assert!(children >= of_step("child"), "{children}");
    story.world.inner().counts.add("state", "counted");
}

/// The kinds of effects that are told apart.
const KINDS: [&str; 7] = [
    "keyed",
    "request, retry",
    "request, fail",
    "request, ask",
    "command, retry",
    "command, fail",
    "command, ask",
];

/// Few worlds have had few troubles; but each kind has had some.
pub(super) fn that_all_kinds_of_trouble_came(counts: &Counts) {
    for kind in KINDS {
        let troubles: u64 = NAMES[1..].iter().map(|name| counts.of(kind, name)).sum();
        assert!(troubles > 0, "{kind} never had any trouble");
    }
    for (kind, what) in [
        ("keyed", "timed out after"),
        ("keyed", "killed after"),
        ("push", "refused"),
        ("push", "dropped before"),
        ("push", "dropped after"),
        ("push", "done later"),
        ("push", "another came first"),
        ("push", "sent twice"),
        ("process", "killed"),
        ("process", "took a journal over"),
        ("unkeyed", "at least once: done again"),
        ("unkeyed", "at most once: unknown, or not"),
        ("unkeyed", "asked: done once"),
        ("journal", "what it noted is known"),
        ("recovery", "kept"),
    ] {
        assert!(counts.of(kind, what) > 0, "{kind}: never `{what}`");
    }
}

/// A simulation in which something never happened has not shown that it is harmless.
pub(super) fn that_everything_was_tried(counts: &Counts) {
    for kind in KINDS {
        for name in NAMES {
            assert!(counts.of(kind, name) > 0, "{kind} was never `{name}`");
        }
    }
    for (kind, what) in [
        ("files", "refused"),
        ("files", "killed before"),
        ("files", "killed after"),
        ("fussy", "refused for good"),
        ("push", "refused"),
        ("push", "dropped before"),
        ("push", "dropped after"),
        ("push", "done later"),
        ("push", "another came first"),
        ("push", "sent twice"),
        ("fetch", "timed out"),
        ("process", "killed"),
        ("process", "stood still"),
        ("process", "took a journal over"),
        ("process", "left an orphan"),
        ("process", "ended an orphan"),
        ("command", "done by an orphan"),
        ("people", "said it was done"),
        ("people", "said it was not"),
        ("people", "approved"),
        ("people", "denied"),
        ("journal", "what it noted is known"),
        ("recovery", "kept"),
        ("recovery", "taken in"),
        ("runs", "succeeded"),
        ("runs", "failed"),
        ("unkeyed", "at least once: done again"),
        ("unkeyed", "at least once: done again after a take-over"),
        ("unkeyed", "at most once: done"),
        ("unkeyed", "at most once: unknown, or not"),
        ("unkeyed", "asked: done once"),
    ] {
        assert!(counts.of(kind, what) > 0, "{kind}: never `{what}`");
    }
}
