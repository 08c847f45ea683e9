//! Fetch and push over smart HTTP by `orch` itself, for machines without `git`.
//!
//! Objects and packs are libgit2's; the exchange is not. Its limits of time can only be set by unsafe code,
//! its TLS would bring OpenSSL along, and its push sends whatever the server advertised as the old id: here
//! every exchange has a limit, TLS is what workflows use, and the server is told exactly the old id that the
//! tick was planned on. The protocol is version 0 of `gitprotocol-http(5)` and `gitprotocol-pack(5)`.
//!
//! Other addresses than http and https are refused. For paths that matters: libgit2 would move the branch
//! there without comparing, and without asking any hook.
#![expect(clippy::disallowed_methods, reason = "which commits history ends at is a file of the repository")]

mod packets;
mod wire;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use git2::{Oid, Repository, Sort};

use super::transport::{self, Reason, TIMEOUT, check_branch, check_remote};
use crate::ports::{ObjectId, PushReply, Transport, TransportError};
use packets::Report;
use wire::{Advertised, Lost, Server, Service};

/// How many of the newest commits here the server is told of when it works out what is missing.
const HAVES: usize = 64;

const AGENT: &str = concat!("agent=orch/", env!("CARGO_PKG_VERSION"));

/// Smart HTTP on one repository.
#[derive(Debug)]
pub struct SmartHttp {
    git_dir: PathBuf,
    timeout: Duration,
}

impl SmartHttp {
    /// For the repository with this `--git-dir`.
    pub fn new(git_dir: &Path) -> Self {
        Self { git_dir: git_dir.to_owned(), timeout: TIMEOUT }
    }

    /// The same with another limit on each exchange.
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    fn open(&self, command: &'static str) -> Result<Repository, TransportError> {
        Repository::open(&self.git_dir).map_err(|error| failed(command, error.message()))
    }
}

impl Transport for SmartHttp {
    fn fetch(&self, remote: &str, branch: &str, first: bool) -> Result<Option<ObjectId>, TransportError> {
        check_remote(remote)?;
        check_branch(branch)?;
        let repo = self.open("fetch")?;
        let server = Server::of(&repo, remote, Service::Fetch, self.timeout)?;
        let there = server.advertised()?;
        let Some(id) = there.tip(branch) else { return Ok(None) };
        let here = Here { repo: &repo, branch, tracking: transport::tracking(remote, branch) };
        here.bring(&server, &there, id, first).map_err(|lost| lost.of_fetch(self.timeout))?;
        here.track(id).map_err(|error| failed("fetch", error.message()))?;
        object_id(id, "fetch").map(Some)
    }

    fn push(
        &self,
        remote: &str,
        branch: &str,
        expected: Option<ObjectId>,
        new: ObjectId,
    ) -> Result<PushReply, TransportError> {
        check_remote(remote)?;
        check_branch(branch)?;
        let repo = self.open("push")?;
        let server = Server::of(&repo, remote, Service::Push, self.timeout)?;
        let there = server.advertised()?;
        let (expected, new) = (expected.map(oid), oid(new));
        let tip = there.tip(branch);
        if tip == Some(new) {
            return Ok(PushReply::Accepted);
        }
        if tip != expected {
            return Ok(PushReply::Moved);
        }
        let body =
            command(&repo, &there, branch, expected, new).map_err(|error| failed("push", error.message()))?;
        // From here on it may have happened, whatever is heard of it.
        Ok(match server.exchange(&there, body).and_then(|mut reply| packets::report(&mut reply, &there)) {
            Ok(report) => verdict(&report, branch),
            Err(lost @ Lost::Late) => PushReply::Late(lost.words(self.timeout)),
            Err(lost) => PushReply::Unknown(lost.words(self.timeout)),
        })
    }
}

/// The repository here, and one branch of the remote.
struct Here<'r> {
    repo: &'r Repository,
    branch: &'r str,
    tracking: String,
}

impl Here<'_> {
    /// Brings a commit and what it needs, unless it is here with all of that.
    fn bring(&self, server: &Server, there: &Advertised, id: Oid, first: bool) -> Result<(), Lost> {
        if self.holds(id) {
            return Ok(());
        }
        let ended = self.ends()?;
        let mut body = Vec::new();
        packets::line(&mut body, &format!("want {id} side-band-64k ofs-delta no-progress {AGENT}\n"));
        for end in &ended {
            packets::line(&mut body, &format!("shallow {end}\n"));
        }
        // A clone whose history is cut begins with a branch at its tip.
        let depth = first && !ended.is_empty();
        if depth {
            packets::line(&mut body, "deepen 1\n");
        }
        packets::flush(&mut body);
        for have in self.haves() {
            packets::line(&mut body, &format!("have {have}\n"));
        }
        packets::line(&mut body, "done\n");
        let mut reply = server.exchange(there, body)?;
        let ends = if depth { packets::ends(&mut reply, ended)? } else { ended };
        self.unpack(&mut reply)?;
        self.set_ends(&ends)
    }

    /// Whether a commit is here with all that it needs: something that is kept leads to it.
    fn holds(&self, id: Oid) -> bool {
        let kept = [self.tracking.clone(), format!("refs/heads/{}", self.branch)];
        let tips = kept.iter().filter_map(|name| self.repo.refname_to_id(name).ok());
        tips.into_iter().any(|tip| tip == id || self.repo.graph_descendant_of(tip, id).unwrap_or(false))
    }

    /// Commits that the server may have as well, the newest first.
    fn haves(&self) -> Vec<Oid> {
        let Ok(mut walk) = self.repo.revwalk() else { return Vec::new() };
        let _ = walk.set_sorting(Sort::TOPOLOGICAL);
        for name in [&self.tracking, &format!("refs/heads/{}", self.branch)] {
            // Without such a reference there is nothing to tell of it.
            let _ = walk.push_ref(name);
        }
        walk.take(HAVES).map_while(Result::ok).collect()
    }

    fn unpack(&self, reply: &mut wire::Reply) -> Result<(), Lost> {
        let mut pack = packets::Pack::default();
        let odb = self.repo.odb().map_err(|error| Lost::here(&error))?;
        let mut writer = odb.packwriter().map_err(|error| Lost::here(&error))?;
        while let Some(bytes) = pack.next(reply)? {
            writer.write_all(&bytes).map_err(|error| Lost::words_of(error.to_string()))?;
        }
        if pack.is_empty() { Ok(()) } else { writer.commit().map(drop).map_err(|error| Lost::here(&error)) }
    }

    fn track(&self, id: Oid) -> Result<(), git2::Error> {
        self.repo.reference(&self.tracking, id, true, "orch: fetch").map(drop)
    }

    /// The commits whose parents were left out.
    fn ends(&self) -> Result<BTreeSet<Oid>, Lost> {
        match std::fs::read_to_string(self.repo.commondir().join("shallow")) {
            Ok(text) => Ok(text.lines().filter_map(|line| Oid::from_str(line).ok()).collect()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BTreeSet::new()),
            Err(error) => Err(Lost::words_of(error.to_string())),
        }
    }

    fn set_ends(&self, ends: &BTreeSet<Oid>) -> Result<(), Lost> {
        if *ends == self.ends()? {
            return Ok(());
        }
        let lines: Vec<String> = ends.iter().map(ToString::to_string).collect();
        let text = lines.join("\n") + "\n";
        let path = self.repo.commondir().join("shallow");
        super::disk::replace(&path, text.as_bytes()).map_err(|error| Lost::words_of(error.to_string()))
    }
}

/// The one command of a push, and the pack with what the server lacks.
fn command(
    repo: &Repository,
    there: &Advertised,
    branch: &str,
    expected: Option<Oid>,
    new: Oid,
) -> Result<Vec<u8>, git2::Error> {
    let old = expected.unwrap_or(Oid::ZERO_SHA1);
    let side = if there.can("side-band-64k") { " side-band-64k" } else { "" };
    let mut body = Vec::new();
    packets::line(&mut body, &format!("{old} {new} refs/heads/{branch}\0 report-status{side} {AGENT}\n"));
    packets::flush(&mut body);
    let mut walk = repo.revwalk()?;
    walk.push(new)?;
    if let Some(old) = expected {
        walk.hide(old)?;
    }
    let mut builder = repo.packbuilder()?;
    builder.insert_walk(&mut walk)?;
    builder.foreach(|bytes| {
        body.extend_from_slice(bytes);
        true
    })?;
    Ok(body)
}

/// What the server says of our reference, which is all that counts: that it took the pack does not mean
/// that it moved anything.
fn verdict(report: &Report, branch: &str) -> PushReply {
    let reference = format!("refs/heads/{branch}");
    if report.accepted.contains(&reference) {
        return PushReply::Accepted;
    }
    let Some((_, summary)) = report.rejected.iter().find(|(name, _)| *name == reference) else {
        return PushReply::Unknown(format!("the server says nothing about `{branch}`"));
    };
    match transport::reason(summary) {
        Reason::Moved => PushReply::Moved,
        Reason::Overtaken => PushReply::Overtaken,
        Reason::Unknown => PushReply::Unknown(summary.clone()),
        Reason::Refused => PushReply::Refused(report.said_with(summary)),
    }
}

fn oid(id: ObjectId) -> Oid {
    Oid::from_bytes(&id.0).expect("an object id has 20 bytes")
}

fn object_id(id: Oid, command: &'static str) -> Result<ObjectId, TransportError> {
    let bytes = id.as_bytes().try_into().map_err(|_| failed(command, "its object ids are not SHA-1"))?;
    Ok(ObjectId(bytes))
}

fn failed(command: &'static str, words: &str) -> TransportError {
    TransportError::Failed { command, words: words.to_owned() }
}

/// What `orch` makes of a server's answers, for who has the bytes and no server.
#[cfg(any(test, fuzzing))]
#[derive(Debug)]
pub(crate) struct Replies {
    /// To a push of this branch, as plain packets and on a side band.
    pub pushes: [PushReply; 2],
    /// The bytes of a pack.
    pub pack: usize,
    pub ends: usize,
    /// Where the server says that the branch is.
    pub tip: Option<ObjectId>,
}

#[cfg(any(test, fuzzing))]
pub(crate) fn read_replies(bytes: &[u8], branch: &str) -> Replies {
    let base = reqwest::Url::parse("https://example.com/team.git").expect("it is a URL");
    let advertised = |mut bytes: &[u8]| Advertised::read(&mut bytes, "git-receive-pack", base.clone());
    let pushes = ["", " side-band-64k"].map(|abilities| {
        let mut text = Vec::new();
        packets::line(&mut text, "# service=git-receive-pack\n");
        packets::flush(&mut text);
        packets::line(
            &mut text,
            &format!("{} capabilities^{{}}\0report-status{abilities}\n", Oid::ZERO_SHA1),
        );
        packets::flush(&mut text);
        let there = advertised(&text).expect("it is what servers write");
        match packets::report(&mut &*bytes, &there) {
            Ok(report) => verdict(&report, branch),
            Err(lost) => PushReply::Unknown(lost.words(TIMEOUT)),
        }
    });
    let (mut reader, mut pack, mut size) = (bytes, packets::Pack::default(), 0);
    while let Ok(Some(bytes)) = pack.next(&mut reader) {
        size += bytes.len();
    }
    let ends = packets::ends(&mut &*bytes, BTreeSet::new()).map_or(0, |ends| ends.len());
    let tip = advertised(bytes).ok().and_then(|there| there.tip(branch));
    Replies { pushes, pack: size, ends, tip: tip.and_then(|tip| object_id(tip, "fetch").ok()) }
}
