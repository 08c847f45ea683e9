//! How long the state takes: `cargo test --release --lib store_speed -- --ignored --nocapture`.
#![expect(clippy::print_stderr, reason = "figures for whoever asked for them")]

use std::time::Instant;

use super::*;

const TASKS: u32 = 100_000;

/// The CPU time of this process so far, in milliseconds.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    10.0 * (ticks(11) + ticks(12))
}

fn measure<T>(name: &str, times: u32, mut run: impl FnMut() -> T) -> T {
    let (cpu_before, before) = (cpu(), Instant::now());
    let mut result = run();
    for _ in 1..times {
        result = run();
    }
    let wall = before.elapsed().as_secs_f64() * 1e3 / f64::from(times);
    let used = (cpu() - cpu_before) / f64::from(times);
    eprintln!("{name:<44} {wall:>9.2} ms wall {used:>9.2} ms cpu");
    result
}

/// A task with a text of its own, so that it compresses as real ones do.
fn varied(number: u32) -> Fact {
    let mut random = fastrand::Rng::with_seed(number.into());
    let words: Vec<String> = (0..8).map(|_| format!("w{}", random.u32(0..2_000))).collect();
    let (title, description) = (words[..3].join(" "), Some(words[3..].join(" ")));
    Fact::TaskCreated { task: code(number), spec: NewTask { title, description, ..spec(number) } }
}

#[test]
#[ignore = "a measurement"]
fn store_speed() {
    let folder = Folder::repository();
    git(folder.path(), &["config", "core.fsync", "committed"]);
    let repo = open(folder.path());
    let branch = StateBranch::new(&repo, BRANCH);
    let tip = branch.tip().unwrap();
    let mut facts = Some(std::iter::once(created()).chain((1..=TASKS).map(varied)).collect());
    let first = measure("import of 100,000 tasks, folded", 1, || {
        commit(&branch, &tip, State::default(), facts.take().unwrap())
    });
    eprintln!("{} bytes of snapshot", first.tip.head.snapshot_bytes);
    let changes = |number: u32| {
        let agent = "agent-01".into();
        Fact::TaskAssigned { task: code(number * 97 % TASKS + 1), agent, route: Some("all".into()) }
    };
    for packed in [false, true] {
        if packed {
            git(folder.path(), &["gc", "--quiet"]);
        }
        eprintln!("-- {}", if packed { "packed" } else { "loose" });
        let repo = measure("open the repository", 20, || open(folder.path()));
        let branch = StateBranch::new(&repo, BRANCH);
        let tip = measure("tip (a tick with nothing to do)", 100, || branch.tip().unwrap());
        measure("id of the configuration", 100, || branch.config_tree(&CONFIG).unwrap());
        let load = || std::mem::ManuallyDrop::new(branch.load(&tip).unwrap());
        let state = std::mem::ManuallyDrop::into_inner(measure("load", 5, load));
        let mut bytes = Vec::new();
        let files = branch.files(&tip, "snapshot").unwrap();
        measure("  of that: reading the blocks", 5, || {
            for file in &files {
                branch.repo.read_trusting(file.id, crate::ports::ObjectKind::Blob, &mut bytes).unwrap();
            }
        });
        let whole: Vec<u8> = state.sorted_tasks().into_iter().flat_map(super::super::object::json).collect();
        let decode = || {
            let mut tasks = Vec::with_capacity(TASKS as usize);
            super::super::snapshot::decode(&whole, &mut |task| tasks.push(task)).unwrap();
            std::mem::forget(tasks);
        };
        measure("  of that: parsing", 5, decode);
        measure("  checking ids would be", 1, || {
            for file in &files {
                branch.repo.read(file.id, crate::ports::ObjectKind::Blob, &mut bytes).unwrap();
            }
        });
        let tasks: Vec<_> = state.tasks().cloned().collect();
        let mut given = Some((state.meta.clone(), tasks, state.archive.clone()));
        measure("  of that: indexing", 1, || {
            let (meta, tasks, archive) = given.take().unwrap();
            let mut state = State::with_capacity(meta, archive, tasks.len());
            for task in tasks {
                assert!(state.insert(Box::new(task)));
            }
            std::mem::forget(state);
        });
        let mut at = Some(Committed { tip, state });
        measure("commit of 1,000 changed tasks (with apply)", 10, || {
            let before = at.take().unwrap();
            let facts = (0..1_000).map(changes).collect();
            at = Some(commit(&branch, &before.tip, before.state, facts));
        });
        let before = at.take().unwrap();
        measure("load with the log of 10,000 changes", 5, || branch.load(&before.tip).unwrap());
        let fold =
            StateBranch::new(&repo, BRANCH).with_bounds(Bounds { log_segments: 0, ..Bounds::default() });
        let mut state = Some(before.state);
        measure("commit that folds, all blocks changed", 1, || {
            commit(&fold, &before.tip, state.take().unwrap(), vec![completed(TASKS - u32::from(packed))])
        });
        measure("fsck", 1, || sound(&branch));
    }
}
