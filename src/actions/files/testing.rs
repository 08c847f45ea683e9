//! A project in a real temporary folder, for the tests of the actions on files.
#![expect(clippy::disallowed_methods, reason = "tests look at the disk themselves")]

use std::fs;
use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Map, Value};

use crate::actions::{Action, Failure, Manifest, World};
use crate::adapters::workspace::DiskWorkspace;
use crate::model::{Permissions, Time};
use crate::ports::{Http, HttpError, HttpReply, HttpRequest, Stat, Workspace};

const NOW: u64 = 1_795_000_000;

pub(super) struct Bench {
    pub(super) folder: tempfile::TempDir,
    pub(super) files: DiskWorkspace,
    pub(super) permissions: Permissions,
}

struct NoHttp;

impl Http for NoHttp {
    fn send(&self, _: &HttpRequest) -> Result<HttpReply, HttpError> {
        Err(HttpError::Invalid("there is no network here".into()))
    }
}

pub(super) fn in_world<T>(
    files: &DiskWorkspace,
    permissions: &Permissions,
    then: impl FnOnce(&World<'_>) -> T,
) -> T {
    then(&World {
        files,
        http: &NoHttp,
        github: Err("there is no GitHub here"),
        run: &crate::model::RunId("deploy#7".into()),
        step: "notify",
        now: Time::from_second(i64::try_from(NOW).unwrap()),
        begun: None,
        key: "run#1/step",
        permissions,
        say: &|_| {},
        secret: &|name| Err(format!("no {name}")),
    })
}

impl Bench {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let files = DiskWorkspace::open(folder.path()).unwrap();
        Self { folder, files, permissions: Permissions::default() }
    }

    /// Writes a file that was last modified some days ago.
    pub(super) fn file(&self, path: &str, text: &str, days: u64) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        let modified = UNIX_EPOCH + Duration::from_secs(NOW - days * 86_400);
        fs::File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
    }

    pub(super) fn remove(&self, path: &str) {
        fs::remove_file(self.folder.path().join(path)).unwrap();
    }

    pub(super) fn bytes(&self, path: &str) -> Vec<u8> {
        fs::read(self.folder.path().join(path)).unwrap()
    }

    pub(super) fn text(&self, path: &str) -> String {
        String::from_utf8(self.bytes(path)).unwrap()
    }

    pub(super) fn stat(&self, path: &str) -> Stat {
        self.files.stat(path).unwrap().unwrap()
    }

    pub(super) fn paths(&self) -> Vec<String> {
        self.files.list("").unwrap().into_iter().map(|stat| stat.path).collect()
    }

    pub(super) fn in_world<T>(&self, then: impl FnOnce(&World<'_>) -> T) -> T {
        in_world(&self.files, &self.permissions, then)
    }

    pub(super) fn try_preview(&self, action: &dyn Action, args: &Value) -> Result<Manifest, Failure> {
        self.in_world(|world| action.preview(args, world)).map(Option::unwrap)
    }

    pub(super) fn preview(&self, action: &dyn Action, args: &Value) -> Manifest {
        self.try_preview(action, args).unwrap()
    }

    pub(super) fn perform(&self, action: &dyn Action, args: &Value) -> Result<Map<String, Value>, Failure> {
        action.check(args).unwrap();
        self.in_world(|world| action.perform(args, None, world))
    }

    /// A second attempt of a step that began some days ago.
    pub(super) fn perform_again(
        &self,
        action: &dyn Action,
        args: &Value,
        days: u64,
    ) -> Result<Map<String, Value>, Failure> {
        let begun = Time::from_second(i64::try_from(NOW - days * 86_400).unwrap());
        self.in_world(|world| action.perform(args, None, &World { begun: Some(begun), ..*world }))
    }

    pub(super) fn perform_planned(
        &self,
        action: &dyn Action,
        args: &Value,
        manifest: &Manifest,
    ) -> Result<Map<String, Value>, Failure> {
        // Through JSON, as plans and the state keep it.
        let manifest = serde_json::from_str(&serde_json::to_string(manifest).unwrap()).unwrap();
        self.in_world(|world| action.perform(args, Some(&manifest), world))
    }
}
