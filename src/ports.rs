//! The small traits by which stages ask something of the world. Each has one implementation
//! in `adapters` and, where tests need one, a fake.

mod clock;
mod commits;
mod dice;
mod digests;
mod files;
mod forge;
mod http;
mod inside;
mod interrupts;
mod journals;
mod repo;
mod scratch;
mod shell;
mod workspace;

pub use clock::Clock;
pub use commits::{BranchTip, Commits, Since};
pub use dice::Dice;
pub use digests::Digests;
pub use files::{Content, Files, Listed, ListedKind};
pub use forge::{Answer, Call, Forge, ForgeError, Method, Quota};
pub use http::{Http, HttpError, HttpReply, HttpRequest, MAX_BODY};
pub use inside::{inside, is_configuration, is_git};
pub use interrupts::Interrupts;
pub use journals::{Journal, Journals, Leftover};
pub use repo::{
    Identity, InvalidObjectId, ObjectId, ObjectKind, PushReply, Repo, RepoError, RepoLock, Transport,
    TransportError,
};
pub use scratch::Scratch;
pub use shell::{Bell, Exit, Finished, News, Process, Program, Programs, Shell};
pub use workspace::{Convert, Opened, Stat, Workspace, WorkspaceError};
