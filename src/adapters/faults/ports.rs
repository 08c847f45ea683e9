//! Every port with its places, call by call.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::{Faulty, around, beside, fails};
use crate::model::SeenCommit;
use crate::ports::{
    Bell, BranchTip, Commits, Content, Convert, Exit, Files, Http, HttpError, HttpReply, HttpRequest,
    Identity, Listed, News, ObjectId, ObjectKind, Opened, Process, Program, Programs, PushReply, Repo,
    RepoError, RepoLock, Scratch, Shell, Since, Stat, Transport, TransportError, Workspace, WorkspaceError,
};

impl<P: Files> Files for Faulty<P> {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Content> {
        around("files.read", || self.0.read(path, limit))
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<Listed>> {
        around("files.list", || self.0.list(folder))
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        around("files.exists", || self.0.exists(path))
    }

    fn real(&self, path: &Path) -> io::Result<PathBuf> {
        self.0.real(path)
    }
}

impl<P: Repo> Repo for Faulty<P> {
    fn read(&self, id: ObjectId, kind: ObjectKind, into: &mut Vec<u8>) -> Result<(), RepoError> {
        around("repo.read", || self.0.read(id, kind, into))
    }

    fn read_trusting(&self, id: ObjectId, kind: ObjectKind, into: &mut Vec<u8>) -> Result<(), RepoError> {
        around("repo.read_trusting", || self.0.read_trusting(id, kind, into))
    }

    fn has(&self, id: ObjectId) -> bool {
        self.0.has(id)
    }

    fn hash(&self, kind: ObjectKind, bytes: &[u8]) -> Result<ObjectId, RepoError> {
        self.0.hash(kind, bytes)
    }

    fn write(&self, kind: ObjectKind, bytes: &[u8]) -> Result<ObjectId, RepoError> {
        around("repo.write", || self.0.write(kind, bytes))
    }

    fn flush(&self) -> Result<(), RepoError> {
        around("repo.flush", || self.0.flush())
    }

    fn reference(&self, name: &str) -> Result<Option<ObjectId>, RepoError> {
        around("repo.reference", || self.0.reference(name))
    }

    fn swap(
        &self,
        name: &str,
        expected: Option<ObjectId>,
        new: ObjectId,
        why: &str,
    ) -> Result<bool, RepoError> {
        around("repo.swap", || self.0.swap(name, expected, new, why))
    }

    fn checked_out(&self, name: &str) -> Result<Option<PathBuf>, RepoError> {
        around("repo.checked_out", || self.0.checked_out(name))
    }

    fn is_shallow(&self) -> bool {
        self.0.is_shallow()
    }

    fn unfinished(&self) -> Option<&'static str> {
        self.0.unfinished()
    }

    fn identity(&self) -> Identity {
        self.0.identity()
    }

    fn lock(&self) -> Result<RepoLock, RepoError> {
        around("repo.lock", || self.0.lock())
    }
}

impl<P: Commits> Commits for Faulty<P> {
    fn tip(&self, branch: Option<&str>) -> Result<Option<BranchTip>, RepoError> {
        around("commits.tip", || self.0.tip(branch))
    }

    fn commit(&self, id: &str) -> Result<SeenCommit, RepoError> {
        around("commits.commit", || self.0.commit(id))
    }

    fn since(&self, seen: &str, tip: &str, most: usize) -> Result<Since, RepoError> {
        around("commits.since", || self.0.since(seen, tip, most))
    }
}

impl<P: Transport> Transport for Faulty<P> {
    fn fetch(&self, remote: &str, branch: &str, first: bool) -> Result<Option<ObjectId>, TransportError> {
        around("transport.fetch", || self.0.fetch(remote, branch, first))
    }

    fn push(
        &self,
        remote: &str,
        branch: &str,
        expected: Option<ObjectId>,
        new: ObjectId,
    ) -> Result<PushReply, TransportError> {
        around("transport.push", || self.0.push(remote, branch, expected, new))
    }
}

impl<P: Programs> Programs for Faulty<P> {
    fn start(&mut self, id: u64, program: &Program) -> Result<Process, Exit> {
        fails("shell.run", "before");
        self.0.start(id, program).inspect_err(|_| {
            fails("shell.run", "after");
        })
    }

    fn cancel(&mut self, id: u64) {
        self.0.cancel(id);
    }

    fn wait(&mut self, patience: Duration, hear: &mut dyn FnMut(u64, News<'_>)) {
        self.0.wait(patience, &mut |id, news| {
            if matches!(news, News::Ended(_)) {
                fails("shell.run", "after");
            }
            hear(id, news);
        });
    }

    fn bell(&self) -> Arc<dyn Bell> {
        self.0.bell()
    }
}

impl<P: Shell> Shell for Faulty<P> {
    fn end_leftover(&self, process: Process) {
        beside("shell.end_leftover", || self.0.end_leftover(process));
    }
}

impl<P: Http> Http for Faulty<P> {
    fn send(&self, request: &HttpRequest) -> Result<HttpReply, HttpError> {
        around("http.send", || self.0.send(request))
    }
}

impl<P: Scratch> Scratch for Faulty<P> {
    fn path(&self) -> PathBuf {
        beside("scratch.path", || self.0.path())
    }

    fn take(&self, path: &Path, limit: usize) -> Option<Vec<u8>> {
        beside("scratch.take", || self.0.take(path, limit))
    }
}

impl<P: Workspace> Workspace for Faulty<P> {
    fn list(&self, folder: &str) -> Result<Vec<Stat>, WorkspaceError> {
        around("workspace.list", || self.0.list(folder))
    }

    fn stat(&self, path: &str) -> Result<Option<Stat>, WorkspaceError> {
        around("workspace.stat", || self.0.stat(path))
    }

    fn open(&self, path: &str) -> Result<Box<dyn Opened>, WorkspaceError> {
        around("workspace.open", || self.0.open(path))
    }

    fn write(
        &self,
        path: &str,
        over: bool,
        fill: &mut dyn FnMut(&mut dyn io::Write) -> io::Result<()>,
    ) -> Result<(), WorkspaceError> {
        around("workspace.write", || self.0.write(path, over, fill))
    }

    fn write_from(
        &self,
        seen: &Stat,
        to: &str,
        over: bool,
        convert: &mut Convert<'_>,
    ) -> Result<(), WorkspaceError> {
        around("workspace.write_from", || self.0.write_from(seen, to, over, convert))
    }

    fn remove(&self, seen: &Stat) -> Result<(), WorkspaceError> {
        around("workspace.remove", || self.0.remove(seen))
    }

    fn rename(&self, seen: &Stat, to: &str, over: bool) -> Result<(), WorkspaceError> {
        around("workspace.rename", || self.0.rename(seen, to, over))
    }
}
