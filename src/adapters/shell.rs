//! Programs on this machine, each in a process group of its own. One thread waits for all of them at once: no
//! thread for each, no fork of this process, no busy waiting.
//!
//! stdout and stderr are one pipe, so that lines come in the order they were written. What a program
//! leaves behind in the background may keep that pipe open: it is read for 200 ms after the program
//! itself has ended, and then closed. Such a process lives on, and has to send its output elsewhere.
#![expect(clippy::disallowed_methods, reason = "the adapter for programs times them")]

mod group;
mod running;
mod start;
mod tail;
#[cfg(test)]
mod tests;

use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::Signal;

use crate::ports::{Bell, Exit, News, Process, Program, Programs, Shell};
use running::Running;

/// How often the rest of a process group is looked at while it ends.
const LOOK: Duration = Duration::from_millis(20);

/// Between SIGTERM and SIGKILL for what an earlier process left running.
const LEFTOVER_GRACE: Duration = Duration::from_secs(2);

/// How long a process may take to go after SIGKILL: the kernel may hold it in a call, say to a dead disk.
const DEATH: Duration = Duration::from_secs(5);

/// As much as a pipe holds.
const CHUNK: usize = 64 << 10;

/// The programs that run on this machine.
#[derive(Debug)]
pub struct SystemPrograms {
    running: Vec<(u64, Running)>,
    chunk: Vec<u8>,
    bell: Arc<PipeBell>,
    rung: PipeReader,
}

#[derive(Debug)]
struct PipeBell(PipeWriter);

impl Bell for PipeBell {
    fn ring(&self) {
        // The pipe holds more rings than there are threads, and its other end lives as long as they do.
        let _ = (&self.0).write_all(&[0]);
    }
}

impl SystemPrograms {
    /// # Errors
    /// Without file descriptors for a pipe.
    pub fn new() -> io::Result<Self> {
        let (rung, bell) = io::pipe()?;
        Ok(Self { running: Vec::new(), chunk: vec![0; CHUNK], bell: Arc::new(PipeBell(bell)), rung })
    }

    /// Lets all go on whose time has come; gives when that is for the next. What is over is told and forgotten.
    fn go_on(&mut self, now: Instant, hear: &mut dyn FnMut(u64, News<'_>)) -> Option<Instant> {
        let mut next: Option<Instant> = None;
        self.running.retain_mut(|(id, program)| {
            if program.go_on(now) {
                hear(*id, News::Ended(program.finished(now)));
                return false;
            }
            next = [next, program.due(now)].into_iter().flatten().min();
            true
        });
        next
    }

    /// Waits for output, an end or the bell, no longer than `limit`, and takes what came. Gives whether nobody
    /// needs to wait any longer.
    fn listen(&mut self, limit: Duration, hear: &mut dyn FnMut(u64, News<'_>)) -> bool {
        let mut all = vec![PollFd::new(&self.rung, PollFlags::IN)];
        for (_, program) in &self.running {
            let both = [program.output(), program.end()];
            all.extend(both.into_iter().flatten().map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN)));
        }
        // A time too far to count is never.
        let limit = Timespec::try_from(limit).ok();
        if poll(&mut all, limit.as_ref()).is_err() {
            // A signal to orch; nothing has come.
            return true;
        }
        let came: Vec<PollFlags> = all.iter().map(PollFd::revents).collect();
        let mut came = came.into_iter();
        let mut of = |is_asked: bool| {
            if is_asked { came.next().unwrap_or(PollFlags::empty()) } else { PollFlags::empty() }
        };
        let is_rung = !of(true).is_empty();
        if is_rung {
            let _ = self.rung.read(&mut [0; 64]);
        }
        for (id, program) in &mut self.running {
            let output = of(program.output().is_some());
            let end = of(program.end().is_some());
            let bytes = program.take(output, end, &mut self.chunk);
            if !bytes.is_empty() {
                hear(*id, News::Printed(bytes));
            }
        }
        is_rung
    }
}

impl Programs for SystemPrograms {
    fn start(&mut self, id: u64, program: &Program) -> Result<Process, Exit> {
        if program.timeout.is_zero() {
            return Err(Exit::TimedOut);
        }
        let (began, before) = (Instant::now(), group::clock());
        let (child, pipe) = start::start(program).map_err(Exit::NotStarted)?;
        let pid = child.id();
        let process = Process { id: pid, start: group::started_since(before, pid), boot: group::boot() };
        self.running.push((id, Running::new(program, began, child, pipe)));
        Ok(process)
    }

    fn cancel(&mut self, id: u64) {
        if let Some((_, program)) = self.running.iter_mut().find(|(of, _)| *of == id) {
            program.stop(Exit::Cancelled, Instant::now());
        }
    }

    fn wait(&mut self, patience: Duration, hear: &mut dyn FnMut(u64, News<'_>)) {
        let mut now = Instant::now();
        let until = now.checked_add(patience);
        loop {
            let before = self.running.len();
            let next = self.go_on(now, hear);
            if self.running.len() < before {
                return;
            }
            let next = [next, until].into_iter().flatten().min();
            let limit = next.map_or(Duration::MAX, |next| next.saturating_duration_since(now));
            let is_over = self.listen(limit, hear);
            now = Instant::now();
            if is_over || until.is_some_and(|until| until <= now) {
                return;
            }
        }
    }

    fn bell(&self) -> Arc<dyn Bell> {
        self.bell.clone()
    }
}

/// What other processes left running on this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemShell;

impl Shell for SystemShell {
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
