//! The small traits by which stages ask something of the world. Each has one implementation
//! in `adapters` and, where tests need one, a fake.

mod files;
mod repo;

pub use files::{Content, Files};
pub use repo::{
    Identity, InvalidObjectId, ObjectId, ObjectKind, PushReply, Repo, RepoError, RepoLock, Transport,
    TransportError,
};
