//! The project's folder in memory: what the actions on files work on.

use std::collections::BTreeMap;
use std::io::{self, Cursor, Write};
use std::sync::{Arc, Mutex, MutexGuard};

use crate::model::Time;
use crate::ports::{Convert, Opened, Stat, WorkspaceError};

#[derive(Clone)]
struct File {
    bytes: Arc<[u8]>,
    modified: Time,
    mark: u64,
}

/// Files by their paths.
#[derive(Default)]
pub(super) struct Disk {
    files: Mutex<(BTreeMap<String, File>, u64)>,
}

impl Disk {
    fn files(&self) -> MutexGuard<'_, (BTreeMap<String, File>, u64)> {
        self.files.lock().unwrap()
    }

    /// The paths below a folder and what they hold.
    pub(super) fn below(&self, folder: &str) -> Vec<(String, Vec<u8>)> {
        let (files, _) = &*self.files();
        let inside = files.iter().filter(|(path, _)| path.starts_with(&format!("{folder}/")));
        inside.map(|(path, file)| (path.clone(), file.bytes.to_vec())).collect()
    }

    pub(super) fn list(&self, folder: &str) -> Vec<Stat> {
        let below = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let (files, _) = &*self.files();
        files
            .iter()
            .filter(|(path, _)| path.starts_with(&below))
            .map(|(path, file)| stat(path, file))
            .collect()
    }

    pub(super) fn stat(&self, path: &str) -> Option<Stat> {
        self.files().0.get(path).map(|file| stat(path, file))
    }

    pub(super) fn open(&self, path: &str) -> Result<Box<dyn Opened>, WorkspaceError> {
        let bytes = self.get(path)?.bytes;
        Ok(Box::new(Cursor::new(bytes)))
    }

    fn get(&self, path: &str) -> Result<File, WorkspaceError> {
        self.files().0.get(path).cloned().ok_or_else(|| WorkspaceError::Missing(path.to_owned()))
    }

    /// The file, if it still is as it was seen.
    fn seen(&self, seen: &Stat) -> Result<File, WorkspaceError> {
        let file = self.get(&seen.path)?;
        if stat(&seen.path, &file).mark == seen.mark {
            Ok(file)
        } else {
            Err(WorkspaceError::Changed(seen.path.clone()))
        }
    }

    fn put(&self, path: &str, over: bool, bytes: Arc<[u8]>, modified: Time) -> Result<(), WorkspaceError> {
        let (files, marks) = &mut *self.files();
        if !over && files.contains_key(path) {
            return Err(WorkspaceError::Exists(path.to_owned()));
        }
        *marks += 1;
        files.insert(path.to_owned(), File { bytes, modified, mark: *marks });
        Ok(())
    }

    pub(super) fn write(
        &self,
        path: &str,
        over: bool,
        now: Time,
        fill: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), WorkspaceError> {
        let mut bytes = Vec::new();
        fill(&mut bytes).map_err(|error| failed(path, &error))?;
        self.put(path, over, bytes.into(), now)
    }

    pub(super) fn write_from(
        &self,
        seen: &Stat,
        to: &str,
        over: bool,
        convert: &mut Convert<'_>,
    ) -> Result<(), WorkspaceError> {
        let file = self.seen(seen)?;
        let mut bytes = Vec::new();
        convert(&mut &*file.bytes, &mut bytes).map_err(|error| failed(to, &error))?;
        self.put(to, over, bytes.into(), file.modified)
    }

    pub(super) fn remove(&self, seen: &Stat) -> Result<(), WorkspaceError> {
        self.seen(seen)?;
        self.files().0.remove(&seen.path);
        Ok(())
    }

    pub(super) fn rename(&self, seen: &Stat, to: &str, over: bool) -> Result<(), WorkspaceError> {
        let file = self.seen(seen)?;
        self.put(to, over, file.bytes, file.modified)?;
        self.files().0.remove(&seen.path);
        Ok(())
    }
}

fn stat(path: &str, file: &File) -> Stat {
    Stat {
        path: path.to_owned(),
        bytes: file.bytes.len() as u64,
        modified: file.modified,
        mark: file.mark.to_string(),
        changed: file.mark.to_string(),
    }
}

fn failed(path: &str, error: &io::Error) -> WorkspaceError {
    WorkspaceError::Io { path: path.to_owned(), why: error.to_string() }
}
