//! Programs, as steps run them.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A program to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// The program and its arguments.
    pub argv: Vec<String>,
    pub cwd: PathBuf,
    /// In addition to the inherited environment.
    pub env: Vec<(String, String)>,
    /// Names taken out of the inherited environment.
    pub without: Vec<String>,
    /// How long it may run; with zero it is not started, and counts as timed out.
    pub timeout: Duration,
    /// Between SIGTERM and SIGKILL to its process group.
    pub grace: Duration,
    /// How many bytes of the end of its output are kept.
    pub tail: usize,
}

/// What is known of a running program, enough to find what is left of it after a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Process {
    /// Also the id of its process group.
    pub id: u32,
    /// When it started, in clock ticks since boot; 0 where the system does not tell.
    pub start: u64,
    /// Of the boot that it started in; 0 where the system does not tell. Ids and start times come again after
    /// the next boot.
    pub boot: u64,
}

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exit {
    Code(i32),
    Signal(i32),
    TimedOut,
    Cancelled,
    /// It never ran: no such program, no permission, no such folder.
    NotStarted(String),
}

/// A program that ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    pub exit: Exit,
    /// The end of stdout and stderr, in the order written; invalid UTF-8 replaced, and no character cut.
    pub tail: String,
    /// How many bytes it printed in all.
    pub printed: u64,
    pub millis: u64,
}

/// Stops programs from another thread.
#[derive(Debug, Default)]
pub struct Cancel(AtomicBool);

impl Cancel {
    pub fn now(&self) {
        self.0.store(true, Ordering::Release);
    }

    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// What happens while a program runs.
pub trait Watch: Send {
    fn started(&mut self, _process: Process) {}

    /// Some bytes of its output, as they come.
    fn printed(&mut self, _bytes: &[u8]) {}
}

/// Runs programs, each in a process group of its own.
pub trait Shell: Sync {
    fn run(&self, program: &Program, watch: &mut dyn Watch, cancel: &Cancel) -> Finished;

    /// Ends what is left of a program of an earlier process, if it is still that one.
    fn end_leftover(&self, process: Process);
}
