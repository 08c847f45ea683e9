//! How the remote is reached: by the `git` command, or without one by `orch` itself, over HTTP.

use std::path::Path;
use std::time::Duration;

use super::git_cli::GitCli;
use super::git_http::SmartHttp;
use crate::ports::{ObjectId, PushReply, Transport, TransportError};

/// How long one exchange with a remote may take unless somebody says otherwise.
pub const TIMEOUT: Duration = Duration::from_mins(2);

/// Where what a remote holds is noted.
const TRACKING: &str = "refs/orch/remote";

/// What fetches and pushes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// The `git` command, whatever the remote.
    Git,
    /// `orch` itself.
    Http,
}

/// Both ways to a remote. Unless told, `git` is asked, and `orch` goes itself where there is none.
#[derive(Debug)]
pub struct AnyTransport {
    git: GitCli,
    http: SmartHttp,
    means: Option<Means>,
}

impl AnyTransport {
    /// For the repository with this `--git-dir`.
    pub fn new(git_dir: &Path, means: Option<Means>, timeout: Duration) -> Self {
        Self {
            git: GitCli::new(git_dir).with_timeout(timeout),
            http: SmartHttp::new(git_dir).with_timeout(timeout),
            means,
        }
    }

    fn ask<T>(&self, act: impl Fn(&dyn Transport) -> Result<T, TransportError>) -> Result<T, TransportError> {
        match self.means {
            Some(Means::Git) => act(&self.git),
            Some(Means::Http) => act(&self.http),
            None => match act(&self.git) {
                Err(TransportError::NoGit(_)) => act(&self.http),
                done => done,
            },
        }
    }
}

impl Transport for AnyTransport {
    fn fetch(&self, remote: &str, branch: &str, first: bool) -> Result<Option<ObjectId>, TransportError> {
        self.ask(|way| way.fetch(remote, branch, first))
    }

    fn push(
        &self,
        remote: &str,
        branch: &str,
        expected: Option<ObjectId>,
        new: ObjectId,
    ) -> Result<PushReply, TransportError> {
        self.ask(|way| way.push(remote, branch, expected, new))
    }
}

/// What a server's reason for not moving a reference means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// The client or the server saw beforehand that the reference is elsewhere.
    Moved,
    /// The server saw it when it was about to move the reference.
    Overtaken,
    /// The server does not know itself.
    Unknown,
    Refused,
}

pub(super) fn reason(summary: &str) -> Reason {
    let holds = |texts: &[&str]| texts.iter().any(|text| summary.contains(text));
    if holds(&["remote failure", "failed to report status", "Internal Server Error"]) {
        Reason::Unknown
    } else if holds(&["stale info", "fetch first", "non-fast-forward", "needs force"]) {
        Reason::Moved
    } else if holds(&[
        "failed to update ref",
        "cannot lock ref",
        "incorrect old value",
        "reference already exists",
    ]) {
        Reason::Overtaken
    } else {
        Reason::Refused
    }
}

pub(super) fn check_remote(remote: &str) -> Result<(), TransportError> {
    let fits = !remote.is_empty() && !remote.starts_with('-') && !remote.contains(|c: char| c.is_control());
    if fits { Ok(()) } else { Err(TransportError::BadName(remote.to_owned())) }
}

pub(super) fn check_branch(branch: &str) -> Result<(), TransportError> {
    let fits = !branch.starts_with('-') && git2::Reference::is_valid_name(&format!("refs/heads/{branch}"));
    if fits { Ok(()) } else { Err(TransportError::BadName(branch.to_owned())) }
}

/// The reference that notes where a remote's branch was seen.
pub(super) fn tracking(remote: &str, branch: &str) -> String {
    format!("{TRACKING}/{}/{branch}", folder_name(remote))
}

/// A remote given as URL has no name for a folder of references; its hash stands in.
fn folder_name(remote: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if remote.chars().all(plain) {
        return remote.to_owned();
    }
    let hash = git2::Oid::hash_object(git2::ObjectType::Blob, remote.as_bytes());
    hash.map_or_else(|_| "url".to_owned(), |id| format!("url-{}", &id.to_string()[..10]))
}
