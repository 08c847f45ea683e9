//! Programs, as steps run them.

use std::path::PathBuf;
use std::sync::Arc;
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
    /// How long it took; one at least, if it ran.
    pub millis: u64,
}

/// What becomes of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News<'a> {
    /// Some bytes of its output, as they come.
    Printed(&'a [u8]),
    /// The last that is heard of it.
    Ended(Finished),
}

/// Programs that run side by side, each in a process group of its own.
///
/// Whoever calls this looks after all of them: their output is read, their time is limited and their end is
/// seen while somebody waits here.
pub trait Programs: Send {
    /// Starts a program, which is called `id` from here on.
    ///
    /// # Errors
    /// How it ended before it began.
    fn start(&mut self, id: u64, program: &Program) -> Result<Process, Exit>;

    /// Ends a program and all that it started. It is heard of until it has ended.
    fn cancel(&mut self, id: u64);

    /// Hears what becomes of them until one has ended, the bell rings, a signal comes or `patience` is over.
    fn wait(&mut self, patience: Duration, hear: &mut dyn FnMut(u64, News<'_>));

    /// What others end that wait with.
    fn bell(&self) -> Arc<dyn Bell>;
}

/// Ends a wait; if nobody waits, the next one.
pub trait Bell: Send + Sync {
    fn ring(&self);
}

/// The programs that earlier processes started.
pub trait Shell: Sync {
    /// Ends what is left of a program of an earlier process, if it is still that one.
    fn end_leftover(&self, process: Process);
}
