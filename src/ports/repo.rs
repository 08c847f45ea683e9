//! A git repository as the state needs it: objects, references that move by compare-and-swap,
//! and a transport to a remote. Nothing here knows a work tree or an index.

use std::any::Any;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The name of a git object: SHA-1, shown as 40 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(pub [u8; 20]);

/// Why a text is not an object id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a git object id (40 hexadecimal digits)")]
pub struct InvalidObjectId(pub String);

impl ObjectId {
    /// The first ten digits, as people quote commits.
    pub fn short(self) -> String {
        self.to_string()[..10].to_owned()
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for ObjectId {
    type Err = InvalidObjectId;

    fn from_str(text: &str) -> Result<Self, InvalidObjectId> {
        let invalid = || InvalidObjectId(text.to_owned());
        let digits: Option<Vec<u8>> =
            text.chars().map(|digit| digit.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect();
        let digits = digits.filter(|digits| digits.len() == 40).ok_or_else(invalid)?;
        let mut id = [0; 20];
        for (byte, pair) in id.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = pair[0] << 4 | pair[1];
        }
        Ok(Self(id))
    }
}

impl Serialize for ObjectId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ObjectId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectKind {
    Blob,
    Tree,
    Commit,
}

/// Who commits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub name: String,
    pub email: String,
}

/// Keeps other `orch` processes on this clone waiting until it is dropped or the process dies.
/// It saves them vain work and is no more than that: the compare-and-swap is what keeps
/// writers apart.
pub struct RepoLock(pub Option<Box<dyn Any + Send>>);

impl fmt::Debug for RepoLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RepoLock").field(&self.0.is_some()).finish()
    }
}

/// Why a repository did not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum RepoError {
    #[error("`{}` is not in a git repository", .dir.display())]
    NotARepository { dir: PathBuf },
    #[error("the repository at `{}` uses {what}, which orch cannot read yet", .dir.display())]
    Unsupported { dir: PathBuf, what: String },
    #[error("the repository at `{}` belongs to another user", .dir.display())]
    NotOwned { dir: PathBuf },
    #[error("object {id} is missing")]
    Missing { id: ObjectId },
    #[error("object {id} is damaged: {why}")]
    Damaged { id: ObjectId, why: String },
    #[error("`{}` stays locked{}", .path.display(), by(.holder.as_deref()))]
    Locked {
        path: PathBuf,
        /// The process that has it open, if that can be told.
        holder: Option<String>,
    },
    #[error("reference `{name}` is damaged: {why}")]
    BrokenReference { name: String, why: String },
    #[error("no space left for `{}`: {why}", .path.display())]
    NoSpace { path: PathBuf, why: String },
    #[error("no permission to write to `{}`: {why}", .path.display())]
    Denied { path: PathBuf, why: String },
    #[error("git cannot {doing}: {why}")]
    Git { doing: String, why: String },
}

fn by(holder: Option<&str>) -> String {
    holder.map_or_else(String::new, |holder| format!(" by {holder}"))
}

impl RepoError {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotARepository { .. } => Some("run `git init`, or go to the project with `-C DIR`".into()),
            Self::Unsupported { .. } => Some(
                "keep the project in a repository made by `git init --object-format=sha1 --ref-format=files`"
                    .into(),
            ),
            Self::NotOwned { dir } => Some(format!(
                "if you trust it, run `git config --global --add safe.directory {}`",
                dir.display()
            )),
            Self::Missing { .. } | Self::Damaged { .. } => Some(
                "see what is hurt with `orch fsck`; `git fetch --refetch` brings back what the remote has"
                    .into(),
            ),
            Self::Locked { holder: Some(_), .. } => {
                Some("nothing was changed; run the command again when that process is done".into())
            }
            Self::BrokenReference { name, .. } => {
                let branch = name.strip_prefix("refs/heads/").unwrap_or(name);
                Some(format!(
                    "nothing was changed; `git reflog {branch}` or the remote tells where it was, `git update-ref {name} COMMIT` puts it back there"
                ))
            }
            Self::NoSpace { .. } => {
                Some("nothing was changed; make room there, and run the command again".into())
            }
            Self::Locked { path, holder: None } => Some(format!(
                "another git process holds it, or one died; if none is running, delete `{}`",
                path.display()
            )),
            Self::Denied { .. } | Self::Git { .. } => None,
        }
    }
}

/// Objects and references of one repository.
pub trait Repo {
    /// Reads an object into `into`, which is emptied first, and checks it against its id.
    fn read(&self, id: ObjectId, kind: ObjectKind, into: &mut Vec<u8>) -> Result<(), RepoError>;

    /// The same without the check, which costs as much as the reading: for the blocks of
    /// the snapshot, whose every line is parsed anyway.
    fn read_trusting(&self, id: ObjectId, kind: ObjectKind, into: &mut Vec<u8>) -> Result<(), RepoError>;

    fn has(&self, id: ObjectId) -> bool;

    /// The id that an object would have.
    fn hash(&self, kind: ObjectKind, bytes: &[u8]) -> Result<ObjectId, RepoError>;

    fn write(&self, kind: ObjectKind, bytes: &[u8]) -> Result<ObjectId, RepoError>;

    /// Brings what was written to disk for good. Comes before a reference moves to it.
    fn flush(&self) -> Result<(), RepoError>;

    /// What a reference points to, by its full name; none if it does not exist.
    fn reference(&self, name: &str) -> Result<Option<ObjectId>, RepoError>;

    /// Moves a reference if it still is `expected` (none: does not exist); false if it is not.
    fn swap(
        &self,
        name: &str,
        expected: Option<ObjectId>,
        new: ObjectId,
        why: &str,
    ) -> Result<bool, RepoError>;

    /// The work tree that has a branch checked out, if any, by the full name of the branch.
    fn checked_out(&self, name: &str) -> Result<Option<PathBuf>, RepoError>;

    /// Whether history is cut off somewhere.
    fn is_shallow(&self) -> bool;

    /// What a person is in the middle of, such as `a rebase`. It does not touch the state, which
    /// needs neither work tree nor index, but may matter to who asks.
    fn unfinished(&self) -> Option<&'static str>;

    fn identity(&self) -> Identity;

    /// Waits for its turn among the writers of this clone, but not for ever.
    fn lock(&self) -> Result<RepoLock, RepoError>;
}

/// How a remote answered a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushReply {
    Accepted,
    /// The remote is no longer where it was expected to be.
    Moved,
    /// The remote was elsewhere by the time it looked. What came between may be another push, or
    /// our own: an HTTP library sends a request again when a connection ends without an answer.
    Overtaken,
    /// A rule or hook of the server said no, in these words.
    Refused(String),
    /// The connection ended without an answer: it may have happened or not.
    Unknown(String),
    /// There was no answer in time: it may have happened, not happened, or happen later.
    Late(String),
}

/// Why a remote could not be reached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    #[error("`{0}` cannot be the name of a remote or branch")]
    BadName(String),
    /// There is no such program.
    #[error("cannot run `git`: {0}")]
    NoGit(String),
    /// Without `git`, `orch` speaks HTTP only.
    #[error("a remote by `{scheme}` is reached through the `git` command, which is not found here")]
    NeedsGit { scheme: String },
    #[error("`git {command}` took longer than {seconds} s")]
    TimedOut { command: &'static str, seconds: u64 },
    #[error("`git {command}` failed: {words}")]
    Failed { command: &'static str, words: String },
}

/// Sends and brings commits of one branch.
pub trait Transport {
    /// Brings the tip of a remote's branch and what it needs; none if the remote has no such
    /// branch. `first` says that nothing of it is here yet: a shallow clone gets the tip alone.
    fn fetch(&self, remote: &str, branch: &str, first: bool) -> Result<Option<ObjectId>, TransportError>;

    /// Moves a remote's branch to `new` if it still is `expected` (none: does not exist).
    fn push(
        &self,
        remote: &str,
        branch: &str,
        expected: Option<ObjectId>,
        new: ObjectId,
    ) -> Result<PushReply, TransportError>;
}
