//! Programs on this machine, each in a process group of its own, read and waited for by the thread
//! that runs them: no other thread, no fork of this process, no busy waiting.
//!
//! stdout and stderr are one pipe, so that lines come in the order they were written. What a program
//! leaves behind in the background may keep that pipe open: it is read for 200 ms after the program
//! itself has ended, and then closed. Such a process lives on, and has to send its output elsewhere.
#![expect(clippy::disallowed_methods, reason = "the adapter for programs times them")]

mod group;
mod start;
mod tail;
#[cfg(test)]
mod tests;

use std::io::{PipeReader, Read};
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::Signal;

use crate::ports::{Cancel, Exit, Finished, Process, Program, Shell, Watch};
use tail::Tail;

/// How often a program that says nothing is looked after: so late a cancellation is noticed at most.
const SLICE: Duration = Duration::from_millis(50);

/// How long the output is still read when the program has ended and something else holds the pipe.
const LINGER: Duration = Duration::from_millis(200);

/// How often the rest of a process group is looked at while it ends.
const LOOK: Duration = Duration::from_millis(20);

/// Between SIGTERM and SIGKILL for what an earlier process left running.
const LEFTOVER_GRACE: Duration = Duration::from_secs(2);

/// How long a process may take to go after SIGKILL: the kernel may hold it in a call, say to a dead disk.
const DEATH: Duration = Duration::from_secs(5);

/// As much as a pipe holds.
const CHUNK: usize = 64 << 10;

/// The programs of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemShell;

impl Shell for SystemShell {
    fn run(&self, program: &Program, watch: &mut dyn Watch, cancel: &Cancel) -> Finished {
        let began = Instant::now();
        let mut tail = Tail::new(program.tail);
        let exit = if cancel.is_set() {
            Exit::Cancelled
        } else if program.timeout.is_zero() {
            Exit::TimedOut
        } else {
            match start::start(program) {
                Ok((child, pipe)) => {
                    Running::new(child, pipe, watch, &mut tail).finish(program, began, cancel)
                }
                Err(words) => Exit::NotStarted(words),
            }
        };
        let millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        Finished { exit, printed: tail.printed(), tail: tail.into_text(), millis }
    }

    fn end_leftover(&self, process: Process) {
        if !group::is_still(process) {
            return;
        }
        group::signal(process.id, Signal::TERM);
        group::signal(process.id, Signal::CONT);
        if !ends_within(process.id, LEFTOVER_GRACE) {
            group::signal(process.id, Signal::KILL);
            ends_within(process.id, DEATH);
        }
    }
}

fn ends_within(id: u32, limit: Duration) -> bool {
    let began = Instant::now();
    let mut pause = Duration::from_millis(1);
    while group::lives(id) {
        if began.elapsed() >= limit {
            return false;
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(LOOK);
    }
    true
}

/// A program that was started, until it is reaped.
struct Running<'a> {
    child: Child,
    /// None while it has not been reaped.
    status: Option<std::io::Result<ExitStatus>>,
    /// Becomes readable when the program ends; none where the system has no such thing.
    ended: Option<OwnedFd>,
    /// How long to wait before asking again, where the system has no such thing.
    pause: Duration,
    /// None once everybody has closed the other end.
    pipe: Option<PipeReader>,
    chunk: Vec<u8>,
    watch: &'a mut dyn Watch,
    tail: &'a mut Tail,
}

impl<'a> Running<'a> {
    fn new(child: Child, pipe: PipeReader, watch: &'a mut dyn Watch, tail: &'a mut Tail) -> Self {
        // Nobody else reaps the program, so that its id is still its own here.
        let ended = group::end_of(child.id());
        let pause = Duration::from_millis(1);
        Self { child, status: None, ended, pause, pipe: Some(pipe), chunk: Vec::new(), watch, tail }
    }

    fn finish(&mut self, program: &Program, began: Instant, cancel: &Cancel) -> Exit {
        let id = self.child.id();
        self.watch.started(Process { id, start: group::start_of(id), boot: group::boot() });
        // A time too far to count is never.
        let deadline = began.checked_add(program.timeout);
        let stopped = self.follow(deadline, cancel);
        if stopped.is_some() {
            self.stop(program.grace);
        }
        self.drain();
        stopped.unwrap_or_else(|| self.exit())
    }

    /// Reads until the program has ended by itself, or says why it has to be stopped.
    fn follow(&mut self, deadline: Option<Instant>, cancel: &Cancel) -> Option<Exit> {
        while self.status.is_none() {
            if cancel.is_set() {
                return Some(Exit::Cancelled);
            }
            let left = deadline.map_or(SLICE, |deadline| deadline.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                return Some(Exit::TimedOut);
            }
            self.wait(left.min(SLICE));
        }
        None
    }

    /// Ends the whole group: SIGTERM, time to clean up, SIGKILL. Its output is read all the while, so
    /// that nobody waits for room in the pipe.
    fn stop(&mut self, grace: Duration) {
        let id = self.child.id();
        group::signal(id, Signal::TERM);
        // A process that was halted does not see the first one before this.
        group::signal(id, Signal::CONT);
        let began = Instant::now();
        let mut look = began;
        loop {
            let now = Instant::now();
            if self.status.is_some() && now >= look {
                // The program has ended; what it started may still be at it. As long as one of the
                // group lives, its id belongs to nobody else.
                if !group::lives(id) {
                    return;
                }
                look = now + LOOK;
            }
            let left = grace.saturating_sub(now - began);
            if left.is_zero() {
                break;
            }
            self.wait(left.min(LOOK));
        }
        group::signal(id, Signal::KILL);
        let until = Instant::now() + DEATH;
        while self.status.is_none() && Instant::now() < until {
            self.wait(LOOK);
        }
    }

    /// Reads what is left in the pipe, and what still comes within [`LINGER`].
    fn drain(&mut self) {
        let until = Instant::now() + LINGER;
        while self.pipe.is_some() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                self.pipe = None;
            } else {
                self.wait(left);
            }
        }
    }

    /// Waits for output or the end of the program, no longer than `limit`, and takes what came.
    fn wait(&mut self, limit: Duration) {
        let is_reaped = self.status.is_some();
        let asks = !is_reaped && self.ended.is_none();
        let limit = if asks { limit.min(self.pause) } else { limit };
        let pipe = self.pipe.as_ref().map(|pipe| PollFd::new(pipe, PollFlags::IN));
        let ended = self.ended.as_ref().filter(|_| !is_reaped).map(|end| PollFd::new(end, PollFlags::IN));
        let has_pipe = pipe.is_some();
        let mut both: Vec<PollFd<'_>> = pipe.into_iter().chain(ended).collect();
        // A signal to orch may end the wait early; then nothing has come.
        let came = Timespec::try_from(limit).is_ok_and(|limit| poll(&mut both, Some(&limit)).is_ok());
        let of = |index: usize| both.get(index).map_or(PollFlags::empty(), PollFd::revents);
        let (output, end) = if has_pipe { (of(0), of(1)) } else { (PollFlags::empty(), of(0)) };
        if !came {
            return;
        }
        if asks {
            self.pause = (self.pause * 2).min(LOOK);
        }
        if !output.is_empty() {
            self.read(output);
        }
        if asks || !end.is_empty() {
            self.status = self.child.try_wait().transpose();
        }
    }

    /// One read, which does not block since there is something to read or nobody to write.
    fn read(&mut self, events: PollFlags) {
        if !events.contains(PollFlags::IN) {
            self.pipe = None;
            return;
        }
        self.chunk.resize(CHUNK, 0);
        let read = self.pipe.as_mut().map(|pipe| pipe.read(&mut self.chunk));
        match read {
            Some(Ok(length @ 1..)) => {
                let bytes = &self.chunk[..length];
                self.tail.push(bytes);
                self.watch.printed(bytes);
            }
            Some(Err(error)) if error.kind() == std::io::ErrorKind::Interrupted => {}
            _ => self.pipe = None,
        }
    }

    fn exit(&mut self) -> Exit {
        match &self.status {
            Some(Ok(status)) => match (status.code(), status.signal()) {
                (Some(code), _) => Exit::Code(code),
                (None, signal) => Exit::Signal(signal.unwrap_or_default()),
            },
            // Whoever started orch has told the system to forget how children end.
            Some(Err(error)) => {
                self.tail.push(format!("orch cannot tell how the program ended: {error}\n").as_bytes());
                Exit::Code(-1)
            }
            None => Exit::Code(-1),
        }
    }
}

impl Drop for Running<'_> {
    /// Only a watcher that panicked leaves a program running; it must not outlive that.
    fn drop(&mut self) {
        if self.status.is_none() && std::thread::panicking() {
            group::signal(self.child.id(), Signal::KILL);
            let _ = self.child.wait();
        }
    }
}
