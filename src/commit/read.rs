//! The state at a tip: the snapshot and the log since.

use serde::de::DeserializeOwned;

use super::branch::{StateBranch, Tip};
use super::object::{ARCHIVE_FILE, BadLine, CONFIG, EVENTS, Entry, META_FILE, SNAPSHOT};
use super::{StoreError, segment, snapshot};
use crate::model::{Event, Task};
use crate::ports::{ObjectId, ObjectKind, RepoError};
use crate::state::State;

/// A file of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SegmentFile {
    pub(super) serial: u64,
    pub(super) part: u32,
    /// From the root.
    pub(super) path: String,
    pub(super) id: ObjectId,
}

/// A file somewhere below a folder of the state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StateFile {
    /// From the root.
    pub(super) path: String,
    pub(super) id: ObjectId,
}

impl StateBranch<'_> {
    /// Reads the state as of a tip.
    ///
    /// # Errors
    /// When an object is missing, or a file or line is not what it should be.
    pub fn load(&self, tip: &Tip) -> Result<State, StoreError> {
        let Some(commit) = tip.commit else { return Ok(State::default()) };
        let mut state = self.load_snapshot(tip, commit)?;
        let mut bytes = Vec::new();
        for file in self.segments(tip)?.iter().filter(|file| file.serial > tip.head.snapshot) {
            self.read_file(file.id, commit, &file.path, &mut bytes)?;
            fold_segment(&mut state, &bytes).map_err(|bad| corrupt(commit, &file.path, bad))?;
        }
        Ok(state)
    }

    /// The state as of the snapshot of a tip.
    pub(super) fn load_snapshot(&self, tip: &Tip, commit: ObjectId) -> Result<State, StoreError> {
        let meta = self.json_file(tip, commit, META_FILE)?;
        let archive = self.json_file(tip, commit, ARCHIVE_FILE)?;
        // A record is some 250 bytes; a guess too high or too low costs little.
        let guess = usize::try_from(tip.head.snapshot_bytes / 200).unwrap_or(0).min(1 << 20);
        let mut state = State::with_capacity(meta, archive, guess);
        let mut twice = None;
        let mut bytes = Vec::new();
        for file in self.files(tip, SNAPSHOT)? {
            let read = self.repo.read_trusting(file.id, ObjectKind::Blob, &mut bytes);
            read.map_err(|error| unreadable(&error, commit, &file.path))?;
            let mut take = |task: Box<Task>| {
                let code = task.code.clone();
                if !state.insert(task) {
                    twice.get_or_insert(code);
                }
            };
            snapshot::decode(&bytes, &mut take).map_err(|bad| corrupt(commit, &file.path, bad))?;
            if let Some(code) = twice {
                let why = format!("task {code} stands in the snapshot twice");
                return Err(StoreError::Corrupt { commit, path: file.path, line: None, why });
            }
        }
        Ok(state)
    }

    pub(super) fn json_file<T: DeserializeOwned>(
        &self,
        tip: &Tip,
        commit: ObjectId,
        name: &str,
    ) -> Result<T, StoreError> {
        let corrupt = |line, why| StoreError::Corrupt { commit, path: name.into(), line, why };
        let entry = tip.entry(name).ok_or_else(|| corrupt(None, "the file is missing".into()))?;
        let mut bytes = Vec::new();
        self.read_file(entry.id, commit, name, &mut bytes)?;
        serde_json::from_slice(&bytes).map_err(|error| corrupt(Some(error.line()), plain(&error)))
    }

    /// Reads a file and checks it against its id; `commit` and `path` say where it is if it cannot be read.
    pub(super) fn read_file(
        &self,
        id: ObjectId,
        commit: ObjectId,
        path: &str,
        into: &mut Vec<u8>,
    ) -> Result<(), StoreError> {
        self.repo.read(id, ObjectKind::Blob, into).map_err(|error| unreadable(&error, commit, path))
    }

    /// All segments in the tree of a tip, in the order of the log.
    pub(super) fn segments(&self, tip: &Tip) -> Result<Vec<SegmentFile>, StoreError> {
        let mut segments = Vec::new();
        for file in self.files(tip, EVENTS)? {
            let name = file.path.rsplit('/').next().unwrap_or_default();
            // What is no segment is not read; `fsck` reports it.
            if let Some((serial, part)) = segment::parse_name(name) {
                segments.push(SegmentFile { serial, part, path: file.path, id: file.id });
            }
        }
        segments.sort_unstable_by_key(|file| (file.serial, file.part));
        Ok(segments)
    }

    /// The events of the tick of a tip itself.
    pub(super) fn own_events(&self, tip: &Tip) -> Result<Vec<Event>, StoreError> {
        let Some(commit) = tip.commit else { return Ok(Vec::new()) };
        let (mut events, mut bytes) = (Vec::new(), Vec::new());
        for file in self.segments(tip)?.iter().filter(|file| file.serial == tip.head.serial) {
            self.read_file(file.id, commit, &file.path, &mut bytes)?;
            let read = segment::decode(&bytes, |_, event| {
                events.push(event);
                Ok(())
            });
            read.map_err(|bad| corrupt(commit, &file.path, bad))?;
        }
        Ok(events)
    }

    /// The configuration that a tick was decided under: paths relative to the project, and contents.
    pub fn config_files(
        &self,
        tree: ObjectId,
        commit: ObjectId,
    ) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let root = Entry { name: CONFIG.to_owned(), id: tree, is_tree: true };
        let mut files = Vec::new();
        self.walk(&root, commit, String::new(), &mut files)?;
        let read = |file: StateFile| {
            let mut bytes = Vec::new();
            self.read_file(file.id, commit, &file.path, &mut bytes)?;
            let path = file.path.split_once('/').map_or("", |(_, path)| path).to_owned();
            Ok((path, bytes))
        };
        files.into_iter().map(read).collect()
    }

    /// All files below a folder of the root, in the order of git.
    pub(super) fn files(&self, tip: &Tip, folder: &str) -> Result<Vec<StateFile>, StoreError> {
        let mut files = Vec::new();
        if let (Some(commit), Some(entry)) = (tip.commit, tip.entry(folder)) {
            self.walk(entry, commit, String::new(), &mut files)?;
        }
        Ok(files)
    }

    fn walk(
        &self,
        entry: &Entry,
        commit: ObjectId,
        above: String,
        files: &mut Vec<StateFile>,
    ) -> Result<(), StoreError> {
        let path = above + &entry.name;
        if !entry.is_tree {
            files.push(StateFile { path, id: entry.id });
            return Ok(());
        }
        for inner in self.tree(entry.id, commit, &path)? {
            self.walk(&inner, commit, format!("{path}/"), files)?;
        }
        Ok(())
    }
}

fn fold_segment(state: &mut State, bytes: &[u8]) -> Result<(), BadLine> {
    segment::decode(bytes, |line, event| {
        state.apply(&event).map_err(|error| BadLine { line, why: error.to_string() })
    })
    .map(drop)
}

fn unreadable(error: &RepoError, commit: ObjectId, path: &str) -> StoreError {
    let (path, why) = (path.to_owned(), error.to_string());
    StoreError::Corrupt { commit, path, line: None, why }
}

pub(super) fn corrupt(commit: ObjectId, path: &str, bad: BadLine) -> StoreError {
    StoreError::Corrupt { commit, path: path.to_owned(), line: Some(bad.line), why: bad.why }
}

/// serde's message without its own idea of the place, and without the list of all that it knows.
pub(super) fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let end = [", expected one of ", " at line "].into_iter().filter_map(|mark| text.find(mark)).min();
    text[..end.unwrap_or(text.len())].to_owned()
}
