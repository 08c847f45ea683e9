//! The small traits by which stages ask something of the world. Each has one implementation
//! in `adapters` and, where tests need one, a fake.

mod commits;
mod digests;
mod files;
mod http;
mod inside;
mod repo;
mod scratch;
mod shell;
mod workspace;

pub use commits::{BranchTip, Commits, Since};
pub use digests::Digests;
pub use files::{Content, Files, Listed, ListedKind};
pub use http::{Http, HttpError, HttpReply, HttpRequest, MAX_BODY};
pub use inside::{inside, is_configuration, is_git};
pub use repo::{
    Identity, InvalidObjectId, ObjectId, ObjectKind, PushReply, Repo, RepoError, RepoLock, Transport,
    TransportError,
};
pub use scratch::Scratch;
pub use shell::{Cancel, Exit, Finished, Process, Program, Shell, Watch};
pub use workspace::{Convert, Opened, Stat, Workspace, WorkspaceError};
