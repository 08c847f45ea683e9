//! The small traits by which stages ask something of the world. Each has one implementation
//! in `adapters` and, where tests need one, a fake.

mod files;
mod http;
mod repo;
mod scratch;
mod shell;
mod workspace;

pub use files::{Content, Files};
pub use http::{Http, HttpError, HttpReply, HttpRequest, MAX_BODY};
pub use repo::{
    Identity, InvalidObjectId, ObjectId, ObjectKind, PushReply, Repo, RepoError, RepoLock, Transport,
    TransportError,
};
pub use scratch::Scratch;
pub use shell::{Cancel, Exit, Finished, Process, Program, Shell, Watch};
pub use workspace::{Stat, Workspace, WorkspaceError};
