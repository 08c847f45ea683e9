//! Goes through the history commit by commit and compares each with what it must be.

mod crossing;

use std::collections::{BTreeMap, HashSet};

use smol_str::SmolStr;

use super::StoreError;
use super::branch::{StateBranch, Tip};
use super::fsck::{Finding, Happened, Remark, Witness};
use super::head::COMPACTED;
use super::object::{
    ARCHIVE_FILE, BRANCHES_FILE, BadLine, CONFIG, EVENTS, FORMAT_FILE, META_FILE, RETIRED, SNAPSHOT, json,
    lines,
};
use super::read::SegmentFile;
use super::write::seal;
use super::{segment, snapshot};
use crate::model::{Code, Event, Fact, Given, Task};
use crate::ports::{ObjectId, ObjectKind};
use crate::state::{Archive, Meta, State};

/// The verification under way.
pub(super) struct Replay<'b, 'r> {
    branch: &'b StateBranch<'r>,
    findings: Vec<Finding>,
    /// The commit before and its segments; none if it is not there or cannot be read.
    before: Option<(Tip, Vec<SegmentFile>)>,
    /// The fold of all events so far; none if it is lost.
    state: Option<State>,
    /// Configurations and files of the root that were read and are whole.
    whole: HashSet<ObjectId>,
    witness: &'b mut dyn Witness,
    /// Commits that people made with git, since the last tick.
    foreign: Vec<ObjectId>,
}

/// The tick's own part of the log.
#[derive(Default)]
struct Own {
    /// The size of its files.
    bytes: u64,
    given: Given,
    is_complete: bool,
    events: Vec<Event>,
    /// The file of each event, and its line.
    places: Vec<(String, usize)>,
    /// The tick whose state it restores.
    restores: Option<Tip>,
    /// Whether it restores one that is not here.
    is_restored: bool,
    /// The branch on which it says that the state goes on.
    closes: Option<SmolStr>,
}

impl<'b, 'r> Replay<'b, 'r> {
    pub(super) fn new(branch: &'b StateBranch<'r>, witness: &'b mut dyn Witness) -> Self {
        let whole = HashSet::new();
        Self { branch, findings: Vec::new(), before: None, state: None, whole, witness, foreign: Vec::new() }
    }

    pub(super) fn found(
        &mut self,
        commit: ObjectId,
        path: &str,
        line: Option<usize>,
        message: impl Into<String>,
    ) {
        let (path, message) = (path.to_owned(), message.into());
        self.findings.push(Finding { commit, path, line, message, is_warning: false });
    }

    fn check(&mut self, holds: bool, commit: ObjectId, path: &str, message: &str) {
        if !holds {
            self.found(commit, path, None, message);
        }
    }

    /// Begins after a commit, or at the first tick, or where the history is cut off, and nothing is known.
    pub(super) fn begin(&mut self, before: Option<ObjectId>, is_cut: bool) -> Result<(), StoreError> {
        if let Some(before) = before {
            let tip = self.branch.tip_at(before)?;
            self.state = Some(self.branch.load(&tip)?);
            self.before = Some((tip.clone(), self.branch.segments(&tip)?));
        } else if !is_cut {
            self.before = Some((Tip::unborn(), Vec::new()));
            self.state = Some(State::default());
        }
        self.witness.resume_from(self.state.as_ref());
        Ok(())
    }

    /// The serial of the last commit that could be read.
    pub(super) fn serial(&self) -> u64 {
        self.before.as_ref().map_or(0, |(tip, _)| tip.head.serial)
    }

    /// One commit more.
    pub(super) fn step(&mut self, commit: ObjectId) -> Result<(), StoreError> {
        if self.branch.commit_object(commit).is_ok_and(|object| !object.is_by_orch()) {
            self.foreign.push(commit);
            return Ok(());
        }
        let before = self.before.take();
        let tip = match self.branch.tip_at(commit) {
            Ok(tip) => tip,
            Err(error @ StoreError::NewerFormat { .. }) => return Err(error),
            Err(error) => {
                self.report(commit, error);
                self.state = None;
                self.witness.resume_from(None);
                return Ok(());
            }
        };
        let segments = self.branch.segments(&tip).unwrap_or_default();
        if let Some((closing, _)) = before.as_ref().filter(|(closing, _)| closing.head.continued.is_some()) {
            return self.follow(closing, tip, commit, segments);
        }
        let (found, is_first) = (self.findings.len(), before.is_none());
        match self.verify(&tip, commit, before, &segments) {
            Ok(own) if self.findings.len() == found => {
                if let Err(error) = self.witness(&tip, commit, own.as_ref()) {
                    self.report(commit, error);
                    self.witness.resume_from(self.state.as_ref());
                }
            }
            Ok(_) => self.witness.resume_from(self.state.as_ref()),
            Err(error) => {
                self.report(commit, error);
                self.state = None;
                self.witness.resume_from(None);
            }
        }
        if tip.head.is_fold() && !is_first {
            self.fold(&tip, commit);
        }
        self.before = Some((tip, segments));
        Ok(())
    }

    fn report(&mut self, commit: ObjectId, error: StoreError) {
        match error {
            StoreError::Corrupt { commit, path, line, why } => self.found(commit, &path, line, why),
            error => self.found(commit, "", None, error.to_string()),
        }
    }

    fn verify(
        &mut self,
        tip: &Tip,
        commit: ObjectId,
        before: Option<(Tip, Vec<SegmentFile>)>,
        segments: &[SegmentFile],
    ) -> Result<Option<Own>, StoreError> {
        self.verify_commit(tip, commit)?;
        self.verify_root(tip, commit)?;
        self.verify_config(tip, commit)?;
        self.verify_layout(tip, commit)?;
        let Some((before, carried)) = before else {
            // Nothing to compare with: the state begins here, if it can be read.
            self.verify_records(tip, commit, SNAPSHOT, None)?;
            self.state = Some(self.branch.load(tip)?);
            return Ok(None);
        };
        let follows = tip.head.serial == before.head.serial + 1;
        self.check(follows, commit, FORMAT_FILE, "its serial does not follow the one before");
        self.verify_segments(tip, commit, carried, before.head.snapshot, segments);
        self.verify_snapshot_carried(tip, commit, &before)?;
        self.verify_branches(tip, commit, &before)?;
        let own: Vec<SegmentFile> =
            segments.iter().filter(|file| file.serial == tip.head.serial).cloned().collect();
        let told = self.fold_in(tip, commit, &before, &own)?;
        self.verify_head(tip, commit, &before, &told, &own)?;
        if told.restores.is_none() {
            self.report_foreign();
        }
        self.foreign.clear();
        Ok(Some(told))
    }

    /// Shows a tick that is sound as a record to the witness.
    fn witness(&mut self, tip: &Tip, commit: ObjectId, own: Option<&Own>) -> Result<(), StoreError> {
        let (Some(own), Some(state), Some(config)) = (own, &self.state, tip.config) else {
            self.witness.resume_from(self.state.as_ref());
            return Ok(());
        };
        let happened = Happened {
            commit,
            head: &tip.head,
            config,
            given: &own.given,
            is_complete: own.is_complete,
            events: &own.events,
            after: state,
        };
        for Remark { event, message, is_warning } in self.witness.tick(&happened)? {
            let (path, line) = match event.map(|event| (own.places.get(event), own.places.last())) {
                None => (FORMAT_FILE.to_owned(), None),
                Some((Some((path, line)), _)) => (path.clone(), Some(*line)),
                Some((None, Some((path, last)))) => (path.clone(), Some(last + 1)),
                Some((None, None)) => (EVENTS.to_owned(), None),
            };
            self.findings.push(Finding { commit, path, line, message, is_warning });
        }
        Ok(())
    }

    /// Compares a fold with the events, if they are known, and goes on from it.
    fn fold(&mut self, tip: &Tip, commit: ObjectId) {
        if let Err(error) = self.verify_fold(tip, commit) {
            self.report(commit, error);
            self.state = None;
        }
        self.witness.resume_from(self.state.as_ref());
    }

    fn verify_commit(&mut self, tip: &Tip, id: ObjectId) -> Result<(), StoreError> {
        let commit = self.branch.commit_object(id)?;
        self.check(commit.parents.len() <= 1, id, "", "it has more than one parent");
        let config = tip.config.map(|id| id.to_string()).unwrap_or_default();
        for (key, value) in [
            ("Orch-Serial", tip.head.serial.to_string()),
            ("Orch-Lineage", tip.head.lineage.to_string()),
            ("Orch-Config", config),
            ("Orch-Version", tip.head.version_of_orch.to_string()),
        ] {
            if commit.trailer(key) != Some(&value) {
                self.found(id, "", None, format!("its trailer `{key}` is not `{value}`"));
            }
        }
        Ok(())
    }

    fn verify_root(&mut self, tip: &Tip, commit: ObjectId) -> Result<(), StoreError> {
        for entry in &tip.root {
            let expected = match entry.name.as_str() {
                FORMAT_FILE | META_FILE | ARCHIVE_FILE => Some(false),
                BRANCHES_FILE if tip.head.version >= COMPACTED => Some(false),
                CONFIG | EVENTS | SNAPSHOT => Some(true),
                RETIRED if tip.head.is_fold() => Some(true),
                _ => None,
            };
            if expected != Some(entry.is_tree) {
                self.found(commit, &entry.name, None, "nothing of this name belongs here");
            }
        }
        let format = tip.entry(FORMAT_FILE).map(|entry| entry.id);
        let mut bytes = Vec::new();
        for entry in [META_FILE, ARCHIVE_FILE].into_iter().filter_map(|name| tip.entry(name)) {
            if self.whole.insert(entry.id) {
                self.branch.read_file(entry.id, commit, &entry.name, &mut bytes)?;
            }
        }
        if let Some(id) = format {
            self.branch.read_file(id, commit, FORMAT_FILE, &mut bytes)?;
            self.check(bytes == tip.head.encode(), commit, FORMAT_FILE, "it is not as orch writes it");
        }
        Ok(())
    }

    fn verify_config(&mut self, tip: &Tip, commit: ObjectId) -> Result<(), StoreError> {
        match tip.config {
            None => self.found(commit, CONFIG, None, "the configuration is missing"),
            Some(id) if self.whole.insert(id) => {
                for file in self.branch.files(tip, CONFIG)? {
                    self.branch.read_file(file.id, commit, &file.path, &mut Vec::new())?;
                }
            }
            Some(_) => {}
        }
        Ok(())
    }

    /// Everything in the folder of events must be a segment.
    fn verify_layout(&mut self, tip: &Tip, commit: ObjectId) -> Result<(), StoreError> {
        for file in self.branch.files(tip, EVENTS)? {
            let name = file.path.rsplit('/').next().unwrap_or_default();
            if segment::parse_name(name).is_none() {
                self.found(commit, &file.path, None, "nothing of this name belongs here");
            }
        }
        Ok(())
    }

    /// The segments that a tick takes over must be those that were there before; a fold takes over none.
    fn verify_segments(
        &mut self,
        tip: &Tip,
        commit: ObjectId,
        mut expected: Vec<SegmentFile>,
        snapshot: u64,
        segments: &[SegmentFile],
    ) {
        expected.retain(|file| file.serial > snapshot && !tip.head.is_fold());
        let carried: Vec<_> = segments.iter().filter(|file| file.serial != tip.head.serial).collect();
        if carried.iter().copied().eq(&expected) {
            return;
        }
        for file in carried.iter().filter(|file| !expected.contains(file)) {
            let known = expected.iter().any(|other| other.path == file.path);
            let changed = "the segment of an earlier tick was changed";
            let message = if known { changed } else { "the segment does not belong here" };
            self.found(commit, &file.path, None, message);
        }
        for file in expected.iter().filter(|file| !carried.iter().any(|other| other.path == file.path)) {
            self.found(commit, &file.path, None, "the segment of an earlier tick was removed");
        }
    }

    /// Only a fold changes the snapshot.
    fn verify_snapshot_carried(
        &mut self,
        tip: &Tip,
        commit: ObjectId,
        before: &Tip,
    ) -> Result<(), StoreError> {
        if tip.head.is_fold() {
            return Ok(());
        }
        for (name, initial) in [
            (META_FILE, Some(json(&Meta::default()))),
            (ARCHIVE_FILE, Some(json(&Archive::default()))),
            (SNAPSHOT, None),
        ] {
            let expected = match (before.commit, initial) {
                (Some(_), _) => before.entry(name).map(|entry| entry.id),
                (None, Some(bytes)) => Some(self.branch.repo.hash(ObjectKind::Blob, &bytes)?),
                (None, None) => None,
            };
            let unchanged = tip.entry(name).map(|entry| entry.id) == expected;
            self.check(unchanged, commit, name, "the snapshot was changed by a tick that did not fold");
        }
        Ok(())
    }

    /// Applies the tick's own events.
    fn fold_in(
        &mut self,
        tip: &Tip,
        commit: ObjectId,
        before: &Tip,
        own: &[SegmentFile],
    ) -> Result<Own, StoreError> {
        let (mut told, mut bytes) = (Own::default(), Vec::new());
        self.check(!own.is_empty(), commit, EVENTS, "the segment of the tick is missing");
        for (index, file) in own.iter().enumerate() {
            self.branch.read_file(file.id, commit, &file.path, &mut bytes)?;
            told.bytes += bytes.len() as u64;
            if let Some(line) = segment::changed_line(&bytes) {
                let message = "the record is not the one that was written here";
                self.found(commit, &file.path, Some(line), message);
                self.state = None;
            }
            let (state, first) = (&mut self.state, told.events.len());
            let (branch, restores, is_restored) = (self.branch, &mut told.restores, &mut told.is_restored);
            let (is_compacted, closes) = (before.is_compacted(), &mut told.closes);
            let read = segment::decode(&bytes, |line, event| {
                told.places.push((file.path.clone(), line));
                told.events.push(event);
                if let Fact::StateRolledBack { to, serial, .. } = &told.events[told.events.len() - 1].fact {
                    let old = branch.restored(to, *serial, is_compacted);
                    let old = old.map_err(|why| BadLine { line, why })?;
                    *is_restored = old.is_none();
                    // The past is not in this clone: the snapshot must do.
                    *state = state.take().zip(old).map(|(now, (tip, past))| {
                        *restores = Some(tip);
                        past.restored_after(&now)
                    });
                }
                if let Fact::StateCompacted { to, .. } = &told.events[told.events.len() - 1].fact {
                    *closes = Some(to.clone());
                }
                let Some(state) = state else { return Ok(()) };
                let applied = state.apply(&told.events[told.events.len() - 1]);
                applied.map_err(|error| BadLine { line, why: error.to_string() })
            });
            match read {
                Err(bad) => return Err(super::read::corrupt(commit, &file.path, bad)),
                Ok(header) => {
                    let part = u32::try_from(index + 1).unwrap_or(u32::MAX);
                    let expected = (tip.head.serial, tip.head.at, &tip.head.version_of_orch, part, part);
                    let found = (header.serial, header.at, &header.version, header.part, file.part);
                    let own = format!("{EVENTS}/{}", segment::name(file.serial, file.part));
                    let fits = found == expected
                        && file.path == own
                        && header.before as usize == first
                        && (part == 1 || header.given.is_default());
                    self.check(fits, commit, &file.path, "its first line does not fit the tick");
                    let again = segment::encode(&header, &told.events[first..], usize::MAX).concat();
                    self.compare_lines(commit, &file.path, &bytes, &again);
                    self.verify_after(&header, before);
                    told.is_complete = header.sums.is_some();
                    if part == 1 {
                        told.given = header.given;
                    }
                }
            }
        }
        Ok(told)
    }

    /// A segment knows the seal that it was written after: if that is another one now, the ticks before are
    /// not those that there were.
    fn verify_after(&mut self, header: &segment::SegmentV1, before: &Tip) {
        let (Some(commit), Some(after)) = (before.commit, &header.after) else { return };
        if before.head.seal.map(super::write::after).as_ref() != Some(after) {
            let path = format!("{EVENTS}/{}", segment::name(before.head.serial, 1));
            let message = "the records up to here are not those that the next tick was written after";
            self.found(commit, &path, None, message);
        }
    }

    fn report_foreign(&mut self) {
        for commit in std::mem::take(&mut self.foreign) {
            self.found(commit, "", None, "it was not made by orch, and no rollback takes it up");
        }
    }

    /// Finds the first line that is not as `orch` would write it.
    fn compare_lines(&mut self, commit: ObjectId, path: &str, found: &[u8], expected: &[u8]) {
        if found == expected {
            return;
        }
        let differs = lines(found).zip(lines(expected)).find(|((_, a), (_, b))| a != b);
        let line = differs.map(|((line, _), _)| line);
        self.found(commit, path, line, "the line is not as orch writes it");
    }

    fn verify_head(
        &mut self,
        tip: &Tip,
        commit: ObjectId,
        before: &Tip,
        told: &Own,
        own: &[SegmentFile],
    ) -> Result<(), StoreError> {
        let (head, old) = (&tip.head, &before.head);
        let previous = told.restores.as_ref().unwrap_or(before).fold();
        let is_held = self.state.as_ref().map_or(head.held, |state| state.meta.held.is_some());
        let ids: Vec<ObjectId> = own.iter().map(|file| file.id).collect();
        let seal = self.branch.repo.hash(ObjectKind::Blob, &seal(old.seal, &ids))?;
        let log = if head.is_fold() {
            (0, 0)
        } else {
            (old.log_bytes + told.bytes, old.log_segments + u32::try_from(own.len()).unwrap_or(u32::MAX))
        };
        let lineage = self.state.as_ref().map_or(&head.lineage, |state| &state.meta.lineage);
        let same_lineage = !lineage.is_empty()
            && head.lineage == *lineage
            && (old.serial == 0 || head.lineage == old.lineage);
        let version = if told.closes.is_some() { COMPACTED } else { old.version };
        let checks = [
            (head.version == version, "its format is not that of the tick before"),
            (head.continued == told.closes, "it says wrongly on which branch the state goes on"),
            (told.closes.is_none() || head.is_fold(), "it closes a branch and has no snapshot of the state"),
            (same_lineage, "its lineage is not that of the state"),
            (head.held == is_held, "it says wrongly whether the state is held"),
            (told.restores.is_none() || head.is_fold(), "it restores a state and has no snapshot of it"),
            (told.is_restored || head.previous_fold == previous, "it does not lead to the fold before"),
            (head.is_fold() || head.snapshot == old.snapshot, "it names another snapshot than its own"),
            (head.seal == Some(seal), "its seal does not fit the log: events were changed, lost or added"),
            ((head.log_bytes, head.log_segments) == log, "it counts the log wrongly"),
            (
                head.is_fold() || head.snapshot_bytes == old.snapshot_bytes,
                "it gives the snapshot another size",
            ),
        ];
        for (holds, message) in checks {
            self.check(holds, commit, FORMAT_FILE, message);
        }
        Ok(())
    }

    /// A fold must hold exactly what the log says.
    fn verify_fold(&mut self, tip: &Tip, commit: ObjectId) -> Result<(), StoreError> {
        let Some(mut state) = self.state.take() else {
            self.verify_records(tip, commit, SNAPSHOT, None)?;
            self.state = Some(self.branch.load_snapshot(tip, commit)?);
            return Ok(());
        };
        let retired = state.retire_finished();
        self.verify_records(tip, commit, RETIRED, Some(&mut retired.iter()))?;
        self.verify_records(tip, commit, SNAPSHOT, Some(&mut state.tasks()))?;
        let is_whole = |name, expected: Vec<u8>| -> Result<bool, StoreError> {
            let id = self.branch.repo.hash(ObjectKind::Blob, &expected)?;
            Ok(tip.entry(name).map(|entry| entry.id) == Some(id))
        };
        let mut same = is_whole(META_FILE, json(&state.meta))?;
        // An earlier orch did not keep them, and whoever went on from its snapshot did not know them.
        if !same && state.forget_last_leases() {
            same = is_whole(META_FILE, json(&state.meta))?;
        }
        let archived = is_whole(ARCHIVE_FILE, json(&state.archive))?;
        for (name, same) in [(META_FILE, same), (ARCHIVE_FILE, archived)] {
            self.check(same, commit, name, "it differs from what the events say");
        }
        self.state = Some(state);
        Ok(())
    }

    /// The tasks in a folder: in their places, in order, as `orch` writes them, and exactly those expected.
    fn verify_records(
        &mut self,
        tip: &Tip,
        commit: ObjectId,
        folder: &str,
        expected: Option<&mut dyn Iterator<Item = &Task>>,
    ) -> Result<(), StoreError> {
        let mut expected: Option<BTreeMap<Code, &Task>> =
            expected.map(|tasks| tasks.map(|task| (task.code.clone(), task)).collect());
        let root = if folder == SNAPSHOT { "snapshot/tasks/" } else { "retired/" };
        let (mut bytes, mut last): (_, Option<Code>) = (Vec::new(), None);
        let mut size = 0;
        let mut files = self.branch.files(tip, folder)?;
        // Git orders `…-02.jsonl` before `….jsonl`.
        files.sort_by_cached_key(|file| file.path.trim_end_matches(".jsonl").to_owned());
        for file in files {
            self.branch.read_file(file.id, commit, &file.path, &mut bytes)?;
            size += bytes.len() as u64;
            let mut tasks = Vec::new();
            snapshot::decode(&bytes, &mut |task| tasks.push(*task))
                .map_err(|bad| super::read::corrupt(commit, &file.path, bad))?;
            let path = file.path.strip_prefix(root).unwrap_or_default();
            for ((line, found), task) in lines(&bytes).zip(tasks) {
                let message = record_fault(path, found, &task, last.as_ref(), expected.as_mut());
                if let Some(message) = message {
                    self.found(commit, &file.path, Some(line), message);
                }
                last = Some(task.code);
            }
        }
        for code in expected.into_iter().flatten().map(|(code, _)| code) {
            self.found(commit, folder, None, format!("task `{code}` is missing"));
        }
        if folder == SNAPSHOT {
            let same = size == tip.head.snapshot_bytes;
            self.check(same, commit, FORMAT_FILE, "it gives the snapshot another size");
        }
        Ok(())
    }

    /// All findings, and the state at the tip if it is known.
    pub(super) fn finish(mut self, tip: &Tip, commit: ObjectId) -> (Vec<Finding>, Option<State>) {
        self.report_foreign();
        if let (true, Some(state)) = (self.findings.is_empty(), &self.state) {
            // Both ways of reading must lead to the same state.
            match self.branch.load(tip) {
                Ok(loaded) if loaded == *state => {}
                Ok(_) => self.found(commit, "", None, "its state differs from what the events say"),
                Err(error) => self.report(commit, error),
            }
        }
        (self.findings, self.state)
    }
}

/// What is wrong with one record of a snapshot.
fn record_fault(
    path: &str,
    line: &[u8],
    task: &Task,
    last: Option<&Code>,
    expected: Option<&mut BTreeMap<Code, &Task>>,
) -> Option<String> {
    let code = &task.code;
    let expected = expected.map(|tasks| tasks.remove(code));
    if !snapshot::may_hold(path, code) {
        return Some(format!("task `{code}` does not belong in this file"));
    }
    if last.is_some_and(|last| last >= code) {
        return Some(format!("task `{code}` stands out of order"));
    }
    if line != json(task).trim_ascii_end() {
        return Some("the line is not as orch writes it".into());
    }
    match expected? {
        None => Some(format!("task `{code}` is not there by what the events say")),
        Some(expected) if expected != task => Some(format!("task `{code}` differs from what the events say")),
        Some(_) => None,
    }
}
