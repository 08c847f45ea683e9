//! Named places where tests make things go wrong: one before and one after each call of a port.
//!
//! `ORCH_FAULT=repo.swap.after:2:kill` ends the process by SIGKILL when it has passed the place
//! `repo.swap.after` for the second time; `error` makes the call fail there, `hang` sleeps. Only builds with
//! debug assertions know any of this: in a release the calls go straight through.

mod ports;

use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::ports::{HttpError, RepoError, TransportError, WorkspaceError};

/// The calls that have a place before and one after them.
pub const CALLS: [&str; 33] = [
    "files.read",
    "files.list",
    "files.exists",
    "repo.read",
    "repo.read_trusting",
    "repo.write",
    "repo.flush",
    "repo.reference",
    "repo.swap",
    "repo.checked_out",
    "repo.lock",
    "commits.tip",
    "commits.commit",
    "commits.since",
    "transport.fetch",
    "transport.push",
    "shell.run",
    "shell.end_leftover",
    "http.send",
    "scratch.path",
    "scratch.take",
    "workspace.list",
    "workspace.stat",
    "workspace.open",
    "workspace.write",
    "workspace.write_from",
    "workspace.remove",
    "workspace.rename",
    "journal.begin",
    "journal.append",
    "journal.end",
    "journal.leftovers",
    "journal.remove",
];

/// How long a call hangs: longer than any test waits.
const HANG: Duration = Duration::from_mins(10);

/// What goes wrong in this process, if anything does.
static ARMED: OnceLock<Fault> = OnceLock::new();

/// A port with such a place before and after each of its calls.
#[derive(Debug, Clone, Copy)]
pub struct Faulty<P>(pub P);

/// At its `left`-th pass of `point` the process comes to `harm`.
#[derive(Debug)]
struct Fault {
    point: String,
    left: AtomicU32,
    harm: Harm,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Harm {
    Kill,
    Error,
    Hang,
    /// Nothing: every place that is passed is named on stderr.
    Trace,
}

/// The names of all places.
pub fn points() -> impl Iterator<Item = String> {
    CALLS.into_iter().flat_map(|call| ["before", "after"].map(|side| format!("{call}.{side}")))
}

/// Prepares what `POINT:COUNT:HARM` or `trace` says.
///
/// # Errors
/// When it says neither, in words.
pub fn arm(text: &str) -> Result<(), String> {
    let fault = Fault::parse(text).ok_or_else(|| {
        format!("`{text}` is no fault: it is `POINT:COUNT:kill`, `…:error` or `…:hang`, or `trace`, or `list` for the points")
    })?;
    // A second time in one process changes nothing; there is none.
    let _ = ARMED.set(fault);
    Ok(())
}

impl Fault {
    fn parse(text: &str) -> Option<Self> {
        if text == "trace" {
            return Some(Self { point: String::new(), left: AtomicU32::new(0), harm: Harm::Trace });
        }
        let mut words = text.split(':');
        let (point, count, harm) = (words.next()?, words.next()?.parse().ok()?, words.next()?);
        let harm = match harm {
            "kill" => Harm::Kill,
            "error" => Harm::Error,
            "hang" => Harm::Hang,
            _ => return None,
        };
        let is_known = count > 0 && words.next().is_none() && points().any(|known| known == point);
        is_known.then(|| Self { point: point.to_owned(), left: AtomicU32::new(count), harm })
    }

    /// Whether this pass is the one.
    fn strikes(&self, call: &str, side: &str) -> bool {
        let here = self.point.strip_prefix(call).and_then(|rest| rest.strip_prefix('.')) == Some(side);
        here && self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1))
            == Ok(1)
    }
}

/// Passes a place; whether the call is to fail there.
fn fails(call: &'static str, side: &str) -> bool {
    debug_assert!(CALLS.contains(&call), "`{call}` is missing in the table");
    if !cfg!(debug_assertions) {
        return false;
    }
    let Some(fault) = ARMED.get() else { return false };
    if fault.harm == Harm::Trace {
        trace(call, side);
    }
    if !fault.strikes(call, side) {
        return false;
    }
    match fault.harm {
        Harm::Kill => die(),
        Harm::Hang => std::thread::sleep(HANG),
        Harm::Error | Harm::Trace => {}
    }
    fault.harm == Harm::Error
}

fn trace(call: &str, side: &str) {
    use io::Write as _;
    // Whoever traces reads stderr; if that is closed there is nobody to tell.
    let _ = writeln!(io::stderr(), "passed {call}.{side}");
}

/// As `kill -9` does it: nothing is cleaned up.
fn die() {
    let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    // The signal ends every thread of the process; this one may get here first.
    std::thread::sleep(HANG);
}

/// Makes a call that can fail.
pub(super) fn around<T, E: Injected>(call: &'static str, act: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    if fails(call, "before") {
        return Err(E::injected(call));
    }
    let done = act()?;
    if fails(call, "after") { Err(E::injected(call)) } else { Ok(done) }
}

/// Makes a call that cannot fail.
pub(super) fn beside<T>(call: &'static str, act: impl FnOnce() -> T) -> T {
    fails(call, "before");
    let done = act();
    fails(call, "after");
    done
}

/// An error that a call makes up.
pub(super) trait Injected {
    fn injected(call: &'static str) -> Self;
}

fn words(call: &str) -> String {
    format!("a fault was injected at {call}")
}

impl Injected for io::Error {
    fn injected(call: &'static str) -> Self {
        Self::other(words(call))
    }
}

impl Injected for RepoError {
    fn injected(call: &'static str) -> Self {
        Self::Git { doing: call.to_owned(), why: words(call) }
    }
}

impl Injected for TransportError {
    fn injected(call: &'static str) -> Self {
        Self::Failed { command: call, words: words(call) }
    }
}

impl Injected for HttpError {
    fn injected(call: &'static str) -> Self {
        Self::Broken(words(call))
    }
}

impl Injected for WorkspaceError {
    fn injected(call: &'static str) -> Self {
        Self::Io { path: String::new(), why: words(call) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_strikes_once_at_its_pass() {
        let fault = Fault::parse("repo.swap.after:2:kill").unwrap();
        assert_eq!(fault.harm, Harm::Kill);
        let passes =
            [("repo.swap", "before"), ("repo.swap", "after"), ("repo.swap", "after"), ("repo.swap", "after")];
        assert_eq!(passes.map(|(call, side)| fault.strikes(call, side)), [false, false, true, false]);
    }

    #[test]
    fn what_is_no_fault_is_refused() {
        for text in
            ["", "repo.swap", "repo.swap.after:0:kill", "repo.swap.after:1:burn", "nowhere.after:1:kill"]
        {
            assert!(Fault::parse(text).is_none(), "{text}");
        }
        assert!(Fault::parse("trace").is_some());
    }

    #[test]
    fn there_are_at_least_forty_places() {
        assert!(points().count() >= 40);
    }
}
