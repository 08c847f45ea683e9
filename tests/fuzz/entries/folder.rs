//! A project's folder in memory, as actions and triggers see one, and nothing else of the world.

use std::collections::BTreeMap;
use std::io::{Cursor, Write};
use std::sync::Mutex;

use serde_json::{Map, Value};
use smol_str::SmolStr;

use crate::actions::{Failure, World, find};
use crate::model::{Permissions, SeenCommit};
use crate::ports::{
    BranchTip, Commits, Convert, Digests, Http, HttpError, HttpReply, HttpRequest, Opened, RepoError, Since,
    Stat, Workspace, WorkspaceError,
};

#[derive(Debug, Default)]
pub(super) struct Folder(Mutex<BTreeMap<String, Vec<u8>>>);

impl Folder {
    pub(super) fn of<'f>(files: impl IntoIterator<Item = (&'f str, &'f [u8])>) -> Self {
        Self(Mutex::new(files.into_iter().map(|(path, bytes)| (path.to_owned(), bytes.to_vec())).collect()))
    }

    pub(super) fn get(&self, path: &str) -> Option<Vec<u8>> {
        self.0.lock().expect("nobody panics with it").get(path).cloned()
    }

    /// Has an action do its work here.
    pub(super) fn perform(&self, action: &str, args: &Value) -> Result<Map<String, Value>, Failure> {
        let world = World {
            files: self,
            http: &Nothing,
            github: Err("there is no GitHub here"),
            run: &crate::model::RunId("run#1".into()),
            step: "step",
            now: super::planning::now(),
            begun: None,
            key: "run#1/step/1",
            permissions: &Permissions::default(),
            say: &|_| {},
            secret: &|name| Err(format!("no {name}")),
        };
        find(action).expect("there is such an action").perform(args, None, &world)
    }

    fn stat_of(path: &str, bytes: &[u8]) -> Stat {
        let modified = super::planning::now();
        let mark = format!("{path}:{}", bytes.len());
        Stat { path: path.to_owned(), bytes: bytes.len() as u64, modified, mark, changed: String::new() }
    }
}

impl Workspace for Folder {
    fn list(&self, folder: &str) -> Result<Vec<Stat>, WorkspaceError> {
        let files = self.0.lock().expect("nobody panics with it");
        let inside =
            files.iter().filter(|(path, _)| folder.is_empty() || path.starts_with(&format!("{folder}/")));
        Ok(inside.map(|(path, bytes)| Self::stat_of(path, bytes)).collect())
    }

    fn stat(&self, path: &str) -> Result<Option<Stat>, WorkspaceError> {
        Ok(self.get(path).map(|bytes| Self::stat_of(path, &bytes)))
    }

    fn open(&self, path: &str) -> Result<Box<dyn Opened>, WorkspaceError> {
        let bytes = self.get(path).ok_or_else(|| WorkspaceError::Missing(path.to_owned()))?;
        Ok(Box::new(Cursor::new(bytes)))
    }

    fn write(
        &self,
        path: &str,
        _: bool,
        fill: &mut dyn FnMut(&mut dyn Write) -> std::io::Result<()>,
    ) -> Result<(), WorkspaceError> {
        let mut bytes = Vec::new();
        fill(&mut bytes)
            .map_err(|error| WorkspaceError::Io { path: path.to_owned(), why: error.to_string() })?;
        self.0.lock().expect("nobody panics with it").insert(path.to_owned(), bytes);
        Ok(())
    }

    fn write_from(&self, seen: &Stat, _: &str, _: bool, _: &mut Convert<'_>) -> Result<(), WorkspaceError> {
        Err(WorkspaceError::Missing(seen.path.clone()))
    }

    fn remove(&self, seen: &Stat) -> Result<(), WorkspaceError> {
        Err(WorkspaceError::Missing(seen.path.clone()))
    }

    fn rename(&self, seen: &Stat, _: &str, _: bool) -> Result<(), WorkspaceError> {
        Err(WorkspaceError::Missing(seen.path.clone()))
    }
}

impl Digests for Folder {
    fn of_file(&self, files: &dyn Workspace, file: &Stat) -> Result<SmolStr, WorkspaceError> {
        let mut bytes = Vec::new();
        let read = files.open(&file.path)?.read_to_end(&mut bytes);
        read.map_err(|error| WorkspaceError::Io { path: file.path.clone(), why: error.to_string() })?;
        Ok(self.of_bytes(&bytes))
    }

    fn of_bytes(&self, bytes: &[u8]) -> SmolStr {
        git2::Oid::hash_object(git2::ObjectType::Blob, bytes)
            .expect("all bytes have a digest")
            .to_string()
            .into()
    }
}

/// No network, no history.
#[derive(Debug)]
pub(super) struct Nothing;

impl Http for Nothing {
    fn send(&self, _: &HttpRequest) -> Result<HttpReply, HttpError> {
        Err(HttpError::Invalid("there is no network here".into()))
    }
}

impl Commits for Nothing {
    fn tip(&self, _: Option<&str>) -> Result<Option<BranchTip>, RepoError> {
        Ok(None)
    }

    fn commit(&self, id: &str) -> Result<SeenCommit, RepoError> {
        Err(RepoError::Git { doing: format!("find {id}"), why: "there is none".into() })
    }

    fn since(&self, seen: &str, _: &str, _: usize) -> Result<Since, RepoError> {
        Err(RepoError::Git { doing: format!("find {seen}"), why: "there is none".into() })
    }
}
