//! Seeded tests: a few seeds each time, many when asked, and how to run one again.
#![allow(
    dead_code,
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "test support, not all of it used everywhere"
)]

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

/// `ORCH_TEST_SEEDS=200` or `17..18`; without it the first `few`.
pub fn seeds(few: u64) -> Range<u64> {
    let Ok(text) = std::env::var("ORCH_TEST_SEEDS") else { return 0..few };
    match text.split_once("..") {
        Some((from, to)) => from.parse().unwrap()..to.parse().unwrap(),
        None => 0..text.parse().unwrap(),
    }
}

/// How many generated worlds: `ORCH_TEST_WORLDS=100000`; without it so `few`.
pub fn worlds(few: u32) -> u32 {
    std::env::var("ORCH_TEST_WORLDS").map_or(few, |count| count.parse().unwrap())
}

/// Says how to run a seed again, if it fails.
pub struct Replay<'t> {
    pub test: &'t str,
    pub seed: u64,
    /// What else the environment must hold.
    pub with: String,
}

impl<'t> Replay<'t> {
    pub fn of(test: &'t str, seed: u64) -> Self {
        Self { test, seed, with: String::new() }
    }
}

impl Drop for Replay<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let Self { test, seed, with } = self;
            let next = *seed + 1;
            eprintln!("again with: {with}ORCH_TEST_SEEDS={seed}..{next} cargo test {test}");
        }
    }
}

/// Does `each` of so many things, on all processors; gives what they give, in order.
pub fn in_parallel<T: Send>(count: usize, each: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::SeqCst);
            if number >= count {
                return done;
            }
            done.push((number, each(number)));
        }
    };
    let mut done: Vec<(usize, T)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, value)| value).collect()
}
