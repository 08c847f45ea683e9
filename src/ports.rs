//! The small traits through which the stages reach the world. The adapters implement them;
//! tests may bring their own.

mod repo;

pub use repo::{
    Identity, InvalidObjectId, ObjectId, ObjectKind, PushReply, Repo, RepoError, RepoLock, Transport,
    TransportError,
};
