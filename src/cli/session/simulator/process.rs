//! One process of a simulation: every port that a tick asks, each call of which may be the last.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use smol_str::SmolStr;

use super::hands::Job;
use super::sinks::{Answer, Occurrence};
use super::world::{BRANCH, Clone, Orphan, World, die, time};
use crate::apply::{Entry, Recovery};
use crate::cli::session::desk::Desk;
use crate::cli::session::site::{Eyes, Rules, Shelf, Site, Voice};
use crate::commit::StateBranch;
use crate::commit::testing::{MOODS, Mood};
use crate::model::{Code, Config, Ended, FlowFact, RunId, Time};
use crate::ports::{
    Clock, Convert, Dice, Exit, Finished, Http, HttpError, HttpReply, HttpRequest, Identity, Interrupts,
    Journal, Journals, Leftover, ObjectId, ObjectKind, Opened, Process as Pid, Program, PushReply, Repo,
    RepoError, RepoLock, Scratch, Shell, Stat, Transport, TransportError, Workspace, WorkspaceError,
};
use crate::state::State;

/// What a process is to meet.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Fate {
    /// At which call it is killed.
    pub(super) dies_at: Option<u64>,
    /// At which call it is asked to stop.
    pub(super) stops_at: Option<u64>,
    /// At which call it stands still, as a machine does that is suspended, and for how many minutes.
    pub(super) sleeps: Option<(u64, u64)>,
    /// What its clock is ahead, in seconds.
    pub(super) skew: i64,
    pub(super) push: bool,
    /// Whether it is given the recovery files that there are.
    pub(super) recovers: bool,
}

/// A process.
pub(super) struct Process<'w> {
    pub(super) world: &'w World,
    /// Its place among the players.
    pub(super) player: usize,
    pub(super) id: u64,
    pub(super) clone: Arc<Clone>,
    pub(super) fate: Fate,
    pub(super) calls: AtomicU64,
    pub(super) pushes: AtomicU64,
    pub(super) writes: AtomicU64,
    /// What is being carried out, for those who are asked to do it.
    pub(super) at: Mutex<Option<(Occurrence, &'static str)>>,
}

impl<'w> Process<'w> {
    pub(super) fn new(world: &'w World, player: usize, id: u64, clone: Arc<Clone>, fate: Fate) -> Self {
        Self {
            world,
            player,
            id,
            clone,
            fate,
            calls: AtomicU64::new(0),
            pushes: AtomicU64::new(0),
            writes: AtomicU64::new(0),
            at: Mutex::new(None),
        }
    }

    /// The project as this process has it open.
    pub(super) fn desk(&self) -> Desk<'_> {
        let site = Site {
            transport: self,
            clock: self,
            dice: self,
            journals: self,
            interrupts: self,
            shell: self,
            rules: self,
            eyes: self,
            hands: self,
            shelf: self,
            voice: self,
        };
        let branch = StateBranch::new(self, BRANCH).with_bounds(super::BOUNDS);
        let files = self.world.project.files.clone();
        let mut desk = Desk::new(site, branch, "origin".to_owned(), files).unwrap();
        desk.push = self.fate.push;
        if self.fate.recovers {
            let kept = self.world.recoveries.lock().unwrap().clone();
            self.world
                .inner()
                .counts
                .add("recovery", if kept.is_empty() { "none there" } else { "taken in" });
            desk.take_in(kept.iter().map(|text| Recovery::decode(text).unwrap()).collect(), &"boss".into());
        }
        desk
    }

    /// A place before or after a call.
    pub(super) fn pass(&self, call: &'static str) {
        let calls = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        if self.fate.dies_at == Some(calls) {
            self.world.inner().counts.add("killed at", call);
            die();
        }
        if let Some((_, minutes)) = self.fate.sleeps.filter(|(call, _)| *call == calls) {
            let until = {
                let mut inner = self.world.inner();
                inner.counts.add("process", "stood still");
                inner.clock + minutes * 60_000
            };
            self.world.sleep_until(self.player, until);
        }
        self.world.step(self.player, call);
    }

    fn around<T>(&self, call: &'static str, act: impl FnOnce() -> T) -> T {
        self.pass(call);
        let done = act();
        self.pass(call);
        done
    }

    /// What the target answers to what is being carried out.
    fn ask(&self, kind: &'static str, is_keyed: bool, is_fussy: bool) -> Answer {
        let (occurrence, _) = self.at.lock().unwrap().clone().expect("somebody carries it out");
        let mut inner = self.world.inner();
        let mut answer = Answer::draw(&mut inner, is_fussy);
        if is_keyed && inner.sinks.knows(&occurrence.key) && !answer.kills() {
            // It answers as it did before, if the answer gets through.
            let is_lost = matches!(
                answer,
                Answer::TimedOutAfter | Answer::BrokenAfter | Answer::NotReached | Answer::FailedAfter
            );
            answer = if is_lost { answer } else { Answer::Ok };
        }
        inner.counts.add(kind, answer.name());
        inner.note(answer.name());
        if answer.is_accepted() && !is_fussy {
            if is_keyed {
                inner.sinks.accept_once(occurrence);
            } else {
                inner.sinks.accept(occurrence);
            }
        }
        drop(inner);
        if answer.kills() && self.world.inner().trouble {
            die();
        }
        answer
    }

    /// The program of a job lives on when this process dies.
    pub(super) fn orphan(&self, job: &Job) {
        let mut inner = self.world.inner();
        inner.counts.add("process", "left an orphan");
        let occurrence = job.occurrence.clone();
        inner.orphans.push(Orphan { process: job.process, at: job.hits_at, occurrence });
    }
}

impl Clock for Process<'_> {
    fn now(&self) -> Time {
        let now = time(self.world.inner().clock);
        Time::from_second(now.as_second() + self.fate.skew)
    }

    fn elapsed(&self) -> Duration {
        Duration::from_millis(self.world.inner().clock)
    }

    fn pause(&self, length: Duration) {
        let until = self.world.inner().clock + u64::try_from(length.as_millis()).unwrap();
        self.world.sleep_until(self.player, until);
    }

    fn stands_still(&self) -> bool {
        false
    }
}

impl Dice for Process<'_> {
    fn any(&self) -> u64 {
        self.world.inner().random.u64(..)
    }
}

impl Interrupts for Process<'_> {
    fn listen(&self) -> io::Result<()> {
        Ok(())
    }

    fn is_set(&self) -> bool {
        self.fate.stops_at.is_some_and(|at| self.calls.load(Ordering::Relaxed) >= at)
    }
}

impl Rules for Process<'_> {
    fn check(&self, _: &dyn Fn(&Code) -> bool) -> anyhow::Result<Config> {
        Ok(self.world.project.config.clone())
    }
}

impl Eyes for Process<'_> {
    fn look(&self, _: &Config, _: &State) -> anyhow::Result<Vec<FlowFact>> {
        Ok(Vec::new())
    }
}

impl Shelf for Process<'_> {
    fn keep(&self, _: &str, text: &str) -> Vec<anyhow::Result<PathBuf>> {
        self.pass("shelf.keep");
        self.world.inner().counts.add("recovery", "kept");
        self.world.recoveries.lock().unwrap().push(text.to_owned());
        Vec::new()
    }

    fn forget(&self, _: &str) {}
}

impl Voice for Process<'_> {
    fn tell(&self, _: &str) {}

    fn note(&self, _: &str) {}
}

/// A journal of a process in memory.
struct OpenJournal<'p> {
    holder: SmolStr,
    process: &'p Process<'p>,
}

impl Journals for Process<'_> {
    fn begin(&self, holder: &str) -> io::Result<Box<dyn Journal + '_>> {
        self.around("journal.begin", || {
            self.clone.journals.lock().unwrap().push((holder.into(), self.id, Vec::new()));
        });
        Ok(Box::new(OpenJournal { holder: holder.into(), process: self }))
    }

    fn leftovers(&self) -> io::Result<Vec<Box<dyn Leftover + '_>>> {
        self.pass("journal.leftovers");
        let mut found: Vec<Box<dyn Leftover + '_>> = Vec::new();
        let mut journals = self.clone.journals.lock().unwrap();
        let mut inner = self.world.inner();
        for (holder, owner, content) in journals.iter_mut() {
            if !inner.alive.contains(owner) {
                // It is locked by whoever found it.
                *owner = self.id;
                inner.counts.add("process", "took a journal over");
                found.push(Box::new(Dead {
                    holder: holder.clone(),
                    content: content.clone(),
                    process: self,
                }));
            }
        }
        found.sort_by(|a, b| a.holder().cmp(b.holder()));
        Ok(found)
    }
}

impl Journal for OpenJournal<'_> {
    fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        self.process.around("journal.append", || {
            let mut journals = self.process.clone.journals.lock().unwrap();
            let own = journals.iter_mut().find(|(holder, ..)| *holder == self.holder);
            own.expect("it was begun").2.extend_from_slice(lines);
            let ended = lines.split(|byte| *byte == b'\n').filter_map(succeeded);
            self.process.world.inner().noted.extend(ended);
        });
        Ok(())
    }

    fn end(self: Box<Self>) -> io::Result<()> {
        self.process.around("journal.end", || self.process.forget(&self.holder));
        Ok(())
    }
}

/// The attempt that a line of a journal says has succeeded.
fn succeeded(line: &[u8]) -> Option<(RunId, SmolStr, u32)> {
    match serde_json::from_slice(line).ok()? {
        Entry::Fact(fact) => match *fact {
            FlowFact::StepFinished { run, step, attempt, outcome, .. }
                if outcome.ended == Ended::Succeeded =>
            {
                Some((run, step, attempt))
            }
            _ => None,
        },
        _ => None,
    }
}

struct Dead<'p> {
    holder: SmolStr,
    content: Vec<u8>,
    process: &'p Process<'p>,
}

impl Leftover for Dead<'_> {
    fn holder(&self) -> &str {
        &self.holder
    }

    fn content(&self) -> &[u8] {
        &self.content
    }

    fn remove(self: Box<Self>) -> io::Result<()> {
        self.process.around("journal.remove", || self.process.forget(&self.holder));
        Ok(())
    }
}

impl Process<'_> {
    fn forget(&self, name: &str) {
        self.clone.journals.lock().unwrap().retain(|(holder, ..)| holder != name);
    }
}

impl Repo for Process<'_> {
    fn read(&self, id: ObjectId, kind: ObjectKind, into: &mut Vec<u8>) -> Result<(), RepoError> {
        self.pass("repo.read");
        self.clone.repo.read(id, kind, into)
    }

    fn read_trusting(&self, id: ObjectId, kind: ObjectKind, into: &mut Vec<u8>) -> Result<(), RepoError> {
        self.pass("repo.read_trusting");
        self.clone.repo.read_trusting(id, kind, into)
    }

    fn has(&self, id: ObjectId) -> bool {
        self.clone.repo.has(id)
    }

    fn hash(&self, kind: ObjectKind, bytes: &[u8]) -> Result<ObjectId, RepoError> {
        self.clone.repo.hash(kind, bytes)
    }

    fn write(&self, kind: ObjectKind, bytes: &[u8]) -> Result<ObjectId, RepoError> {
        self.writes.fetch_add(1, Ordering::Relaxed);
        self.around("repo.write", || self.clone.repo.write(kind, bytes))
    }

    fn flush(&self) -> Result<(), RepoError> {
        self.around("repo.flush", || self.clone.repo.flush())
    }

    fn reference(&self, name: &str) -> Result<Option<ObjectId>, RepoError> {
        self.pass("repo.reference");
        self.clone.repo.reference(name)
    }

    fn swap(
        &self,
        name: &str,
        expected: Option<ObjectId>,
        new: ObjectId,
        why: &str,
    ) -> Result<bool, RepoError> {
        self.around("repo.swap", || self.clone.repo.swap(name, expected, new, why))
    }

    fn checked_out(&self, name: &str) -> Result<Option<PathBuf>, RepoError> {
        self.clone.repo.checked_out(name)
    }

    fn is_shallow(&self) -> bool {
        false
    }

    fn unfinished(&self) -> Option<&'static str> {
        None
    }

    fn identity(&self) -> Identity {
        self.clone.repo.identity()
    }

    fn lock(&self) -> Result<RepoLock, RepoError> {
        // It only saves vain work: here nobody waits, and all of that is tried.
        self.around("repo.lock", || self.clone.repo.lock())
    }
}

impl Transport for Process<'_> {
    fn fetch(&self, _: &str, branch: &str, _: bool) -> Result<Option<ObjectId>, TransportError> {
        self.pass("transport.fetch");
        let server = self.world.server.as_ref().expect("only those push who have a remote");
        let (fails, catches_up) = {
            let mut inner = self.world.inner();
            let fails = inner.trouble && inner.random.u32(0..100) < 5;
            if fails {
                inner.counts.add("fetch", "timed out");
            }
            (fails, inner.random.bool())
        };
        if fails {
            return Err(TransportError::TimedOut { command: "fetch", seconds: 1 });
        }
        if catches_up {
            server.catch_up();
        }
        let tip = server.fetch(&self.clone.repo, branch);
        self.pass("transport.fetch");
        Ok(tip)
    }

    fn push(
        &self,
        _: &str,
        branch: &str,
        expected: Option<ObjectId>,
        new: ObjectId,
    ) -> Result<PushReply, TransportError> {
        self.pass("transport.push");
        self.pushes.fetch_add(1, Ordering::Relaxed);
        let server = self.world.server.as_ref().expect("only those push who have a remote");
        let mood = {
            let mut inner = self.world.inner();
            let is_in_trouble = inner.trouble && inner.random.u32(0..100) < 25;
            let mood = if is_in_trouble { MOODS[inner.random.usize(0..MOODS.len())] } else { Mood::Fine };
            inner.counts.add("push", mood_name(mood));
            mood
        };
        let another = || super::write_on_server(self.world);
        let reply = server.push(&self.clone.repo, branch, expected, new, mood, &another);
        self.pass("transport.push");
        Ok(reply)
    }
}

const fn mood_name(mood: Mood) -> &'static str {
    match mood {
        Mood::Fine => "fine",
        Mood::Refuses => "refused",
        Mood::DropsBefore => "dropped before",
        Mood::DropsAfter => "dropped after",
        Mood::DoesItLater => "done later",
        Mood::LetsAnotherFirst => "another came first",
        Mood::HearsItTwice => "sent twice",
    }
}

impl Http for Process<'_> {
    fn send(&self, request: &HttpRequest) -> Result<HttpReply, HttpError> {
        self.pass("http.send");
        let kind = self.at.lock().unwrap().as_ref().map_or("", |(_, kind)| kind);
        let (is_keyed, is_fussy) = (request.url.contains("keyed"), request.url.contains("fussy"));
        let key = request.headers.iter().find(|(name, _)| name == "Idempotency-Key");
        if let Some((occurrence, _)) = self.at.lock().unwrap().as_mut() {
            // What counts is what is sent, not what was meant.
            occurrence.key = key.expect("every request has one").1.as_str().into();
        }
        let answer = self.ask(kind, is_keyed, is_fussy);
        self.pass("http.send");
        answer.reply(request)
    }
}

impl Process<'_> {
    /// Runs a program to its end.
    pub(super) fn run(&self, program: &Program, is_cancelled: bool) -> Finished {
        self.pass("shell.run");
        let kind = self.at.lock().unwrap().as_ref().map_or("", |(_, kind)| kind);
        let key = program.env.iter().find(|(name, _)| name == "ORCH_KEY").expect("every command has one");
        if let Some((occurrence, _)) = self.at.lock().unwrap().as_mut() {
            occurrence.key = key.1.as_str().into();
        }
        let exit = if is_cancelled {
            self.world.inner().counts.add(kind, "cancelled");
            Exit::Cancelled
        } else {
            self.ask(kind, false, false).exit()
        };
        self.pass("shell.run");
        Finished { exit, tail: String::new(), printed: 8, millis: 1 }
    }
}

impl Shell for Process<'_> {
    fn end_leftover(&self, process: Pid) {
        self.around("shell.end_leftover", || {
            let mut inner = self.world.inner();
            let before = inner.orphans.len();
            inner.orphans.retain(|orphan| orphan.process != process.id);
            if inner.orphans.len() < before {
                inner.counts.add("process", "ended an orphan");
            }
        });
    }
}

impl Scratch for Process<'_> {
    fn path(&self) -> PathBuf {
        PathBuf::from("/scratch")
    }

    fn take(&self, _: &Path, _: usize) -> Option<Vec<u8>> {
        None
    }
}

impl Process<'_> {
    /// A change of a file, which may fail, or end the process before or after.
    fn change(
        &self,
        path: &str,
        act: impl FnOnce() -> Result<(), WorkspaceError>,
    ) -> Result<(), WorkspaceError> {
        self.pass("workspace");
        let answer = {
            let mut inner = self.world.inner();
            let answer = Answer::draw(&mut inner, false);
            let answer = match answer {
                Answer::Refused | Answer::KilledBefore | Answer::KilledAfter => answer,
                _ => Answer::Ok,
            };
            inner.counts.add("files", answer.name());
            answer
        };
        if answer == Answer::KilledBefore {
            die();
        }
        if answer == Answer::Refused {
            return Err(WorkspaceError::Io { path: path.to_owned(), why: "no space left".to_owned() });
        }
        let done = act();
        if answer == Answer::KilledAfter {
            die();
        }
        self.pass("workspace");
        done
    }
}

impl Workspace for Process<'_> {
    fn list(&self, folder: &str) -> Result<Vec<Stat>, WorkspaceError> {
        self.pass("workspace");
        Ok(self.world.disk.list(folder))
    }

    fn stat(&self, path: &str) -> Result<Option<Stat>, WorkspaceError> {
        self.pass("workspace");
        Ok(self.world.disk.stat(path))
    }

    fn open(&self, path: &str) -> Result<Box<dyn Opened>, WorkspaceError> {
        self.world.disk.open(path)
    }

    fn write(
        &self,
        path: &str,
        over: bool,
        fill: &mut dyn FnMut(&mut dyn io::Write) -> io::Result<()>,
    ) -> Result<(), WorkspaceError> {
        let now = self.world.time();
        self.change(path, || self.world.disk.write(path, over, now, fill))
    }

    fn write_from(
        &self,
        seen: &Stat,
        to: &str,
        over: bool,
        convert: &mut Convert<'_>,
    ) -> Result<(), WorkspaceError> {
        self.change(to, || self.world.disk.write_from(seen, to, over, convert))
    }

    fn remove(&self, seen: &Stat) -> Result<(), WorkspaceError> {
        self.change(&seen.path, || self.world.disk.remove(seen))
    }

    fn rename(&self, seen: &Stat, to: &str, over: bool) -> Result<(), WorkspaceError> {
        self.change(to, || self.world.disk.rename(seen, to, over))
    }
}
