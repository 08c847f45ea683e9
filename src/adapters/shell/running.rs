//! A program that was started, until it is reaped and its output read: what it is waited for, and what happens
//! to it as time passes. It never waits itself.

use std::io::{PipeReader, Read};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use rustix::event::PollFlags;
use rustix::process::Signal;

use super::tail::Tail;
use super::{DEATH, LOOK, group};
use crate::ports::{Exit, Finished, Program};

/// How long the output is still read when the program has ended and something else holds the pipe.
const LINGER: Duration = Duration::from_millis(200);

/// How far a program is. A time too far to count is never.
#[derive(Debug, Clone, Copy)]
enum Stage {
    /// It runs, at most until then.
    Runs { deadline: Option<Instant> },
    /// The group was sent SIGTERM. It has until then to clean up; whether any of it lives is looked at again then.
    Stops { until: Option<Instant>, look: Instant },
    /// The group was sent SIGKILL, and has until then to go.
    Dies { until: Instant },
    /// It has ended. What is left in the pipe is read, and what still comes until then.
    Ended { until: Instant },
}

#[derive(Debug)]
pub(super) struct Running {
    child: Child,
    began: Instant,
    grace: Duration,
    stage: Stage,
    /// Why it had to be stopped.
    stopped: Option<Exit>,
    /// None while it has not been reaped.
    status: Option<std::io::Result<ExitStatus>>,
    /// Becomes readable when the program ends; none where the system has no such thing.
    ended: Option<OwnedFd>,
    /// How long to wait before asking again, where the system has no such thing.
    pause: Duration,
    /// None once everybody has closed the other end.
    pipe: Option<PipeReader>,
    tail: Tail,
}

impl Running {
    pub(super) fn new(program: &Program, began: Instant, child: Child, pipe: PipeReader) -> Self {
        // Nobody else reaps the program, so that its id is still its own here.
        let ended = group::end_of(child.id());
        Self {
            child,
            began,
            grace: program.grace,
            stage: Stage::Runs { deadline: began.checked_add(program.timeout) },
            stopped: None,
            status: None,
            ended,
            pause: Duration::from_millis(1),
            pipe: Some(pipe),
            tail: Tail::new(program.tail),
        }
    }

    /// What has its output.
    pub(super) fn output(&self) -> Option<BorrowedFd<'_>> {
        self.pipe.as_ref().map(AsFd::as_fd)
    }

    /// What tells its end, as long as that is not known.
    pub(super) fn end(&self) -> Option<BorrowedFd<'_>> {
        self.ended.as_ref().filter(|_| self.status.is_none()).map(AsFd::as_fd)
    }

    /// When it has to go on though nothing is heard of it.
    pub(super) fn due(&self, now: Instant) -> Option<Instant> {
        let is_reaped = self.status.is_some();
        let asks = (!is_reaped && self.ended.is_none()).then(|| now + self.pause);
        let due = match self.stage {
            Stage::Runs { deadline } => deadline,
            Stage::Stops { until, look } => until.into_iter().chain(is_reaped.then_some(look)).min(),
            Stage::Dies { until } | Stage::Ended { until } => Some(until),
        };
        due.into_iter().chain(asks).min()
    }

    /// Does what its time has come for; gives whether all is over.
    pub(super) fn go_on(&mut self, now: Instant) -> bool {
        let is_reaped = self.status.is_some();
        match self.stage {
            Stage::Runs { .. } | Stage::Dies { .. } if is_reaped => self.has_ended(now),
            Stage::Runs { deadline: Some(deadline) } if deadline <= now => self.stop(Exit::TimedOut, now),
            // The program has ended; what it started may still be at it. As long as one of the group lives,
            // its id belongs to nobody else.
            Stage::Stops { until, look } if is_reaped && look <= now => {
                if group::lives(self.child.id()) {
                    self.stage = Stage::Stops { until, look: now + LOOK };
                } else {
                    self.has_ended(now);
                }
            }
            Stage::Dies { until } if until <= now => self.has_ended(now),
            _ => {}
        }
        if let Stage::Stops { until: Some(until), .. } = self.stage
            && until <= now
        {
            group::signal(self.child.id(), Signal::KILL);
            self.stage = Stage::Dies { until: now + DEATH };
        }
        matches!(self.stage, Stage::Ended { until } if self.pipe.is_none() || until <= now)
    }

    fn has_ended(&mut self, now: Instant) {
        self.stage = Stage::Ended { until: now + LINGER };
    }

    /// Ends the whole group: SIGTERM, time to clean up, SIGKILL. Its output is read all the while, so
    /// that nobody waits for room in the pipe.
    pub(super) fn stop(&mut self, why: Exit, now: Instant) {
        if self.status.is_some() || !matches!(self.stage, Stage::Runs { .. }) {
            return;
        }
        let id = self.child.id();
        group::signal(id, Signal::TERM);
        // A process that was halted does not see the first one before this.
        group::signal(id, Signal::CONT);
        self.stopped = Some(why);
        self.stage = Stage::Stops { until: now.checked_add(self.grace), look: now };
    }

    /// Takes what has come: gives what was printed, and looks whether the program has ended.
    pub(super) fn take<'a>(&mut self, output: PollFlags, end: PollFlags, chunk: &'a mut [u8]) -> &'a [u8] {
        let bytes = if output.is_empty() { &[] } else { self.read(output, chunk) };
        // Who has closed its output mostly ends right then.
        if !end.is_empty() || (!output.is_empty() && self.pipe.is_none()) {
            self.look();
        } else if self.ended.is_none() {
            self.pause = (self.pause * 2).min(LOOK);
            self.look();
        }
        bytes
    }

    /// One read, which does not block since there is something to read or nobody to write.
    fn read<'a>(&mut self, events: PollFlags, chunk: &'a mut [u8]) -> &'a [u8] {
        let read = self.pipe.as_mut().filter(|_| events.contains(PollFlags::IN)).map(|pipe| pipe.read(chunk));
        match read {
            Some(Ok(length @ 1..)) => {
                let bytes = &chunk[..length];
                self.tail.push(bytes);
                bytes
            }
            Some(Err(error)) if error.kind() == std::io::ErrorKind::Interrupted => &[],
            _ => {
                self.pipe = None;
                &[]
            }
        }
    }

    fn look(&mut self) {
        if self.status.is_none() {
            self.status = self.child.try_wait().transpose();
        }
    }

    pub(super) fn finished(&mut self, now: Instant) -> Finished {
        let millis = u64::try_from((now - self.began).as_millis()).unwrap_or(u64::MAX).max(1);
        let exit = self.stopped.take().unwrap_or_else(|| self.exit());
        let tail = std::mem::replace(&mut self.tail, Tail::new(0));
        Finished { exit, printed: tail.printed(), tail: tail.into_text(), millis }
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

impl Drop for Running {
    /// Only a watcher that panicked leaves a program running; it must not outlive that.
    fn drop(&mut self) {
        if self.status.is_none() && std::thread::panicking() {
            group::signal(self.child.id(), Signal::KILL);
            let _ = self.child.wait();
        }
    }
}
