//! A tick becomes a commit: objects first, then the branch moves by compare-and-swap.

use smol_str::SmolStr;

use super::StoreError;
use super::branch::{StateBranch, Tip};
use super::branches::BranchesV1;
use super::fold;
use super::head::{COMPACTED, Head};
use super::object::{
    ARCHIVE_FILE, BRANCHES_FILE, CONFIG, Commit, EVENTS, FORMAT_FILE, Folder, META_FILE, Node, Put, RETIRED,
    SNAPSHOT, json,
};
use super::segment::{self, SegmentV1};
use crate::model::{Event, Given, Time};
use crate::ports::{ObjectId, ObjectKind, RepoError};
use crate::state::{Archive, Meta, State};

/// A configuration file: its path relative to the project, with `/`, and its content.
pub type ConfigFile<'a> = (&'a str, &'a [u8]);

/// What a tick decided.
#[derive(Debug)]
pub struct Tick<'a> {
    /// The state with the events applied.
    pub state: State,
    pub events: &'a [Event],
    /// What the events were planned from besides what they say.
    pub given: &'a Given,
    pub config: &'a [ConfigFile<'a>],
    pub now: Time,
    /// When something will change next by the clock alone.
    pub due: Option<Time>,
    /// Whether every tick must look at the world.
    pub watches: bool,
    pub subject: &'a str,
    pub body: &'a str,
    /// The tick of the past whose state this is; none: it is that of the tip, and what followed.
    pub restores: Option<&'a Tip>,
    /// The branch on which the state goes on: this tick is the last one here.
    pub closes: Option<&'a str>,
}

/// A tick as a commit that nothing points to yet.
#[derive(Debug)]
pub struct Prepared {
    pub tip: Tip,
    pub parent: Option<ObjectId>,
    /// The state to go on with: after a fold, finished tasks have left it.
    pub state: State,
}

/// A tick that is on the branch.
#[derive(Debug)]
pub struct Committed {
    pub tip: Tip,
    /// The state to go on with: after a fold, finished tasks have left it.
    pub state: State,
}

/// How a commit went.
#[derive(Debug)]
pub enum Outcome {
    Committed(Box<Committed>),
    /// Somebody else was faster: read the tip again, plan again.
    Moved,
}

impl StateBranch<'_> {
    /// Writes a tick as a commit on top of `tip` and moves the branch to it.
    pub fn commit(&self, tip: &Tip, tick: Tick<'_>) -> Result<Outcome, StoreError> {
        self.settle(self.prepare(tip, tick)?)
    }

    /// The id of the tree of these configuration files. Writes nothing.
    pub fn config_tree(&self, files: &[ConfigFile<'_>]) -> Result<ObjectId, StoreError> {
        write_config(files, &mut |kind, bytes| self.repo.hash(kind, bytes))
    }

    /// Writes a tick as a commit that nothing points to yet.
    pub fn prepare(&self, tip: &Tip, tick: Tick<'_>) -> Result<Prepared, StoreError> {
        self.check_not_checked_out(tip)?;
        if let Some(next) = &tip.head.continued {
            return Err(StoreError::Closed { branch: self.name_of(tip).into(), next: next.clone() });
        }
        let mut state = tick.state;
        let lineage = state.meta.lineage.clone();
        if tip.commit.is_some() && tip.head.lineage != lineage {
            return Err(StoreError::ForeignLineage { expected: tip.head.lineage.clone(), found: lineage });
        }
        let mut put = |kind, bytes: &[u8]| self.repo.write(kind, bytes);
        let is_held = state.meta.held.is_some();
        let mut head =
            Head { watches: tick.watches, held: is_held, ..next_head(tip, &state, tick.now, tick.due) };
        let mut root = Folder::default();
        let config = write_config(tick.config, &mut put)?;
        root.put(CONFIG, Node::Tree(config));
        let own = self.write_segments(&mut head, tick.given, tick.events, &mut put)?;
        if let Some(restored) = tick.restores {
            // Who left since then is back.
            head.previous_fold = restored.fold();
        }
        if let Some(next) = tick.closes {
            (head.version, head.continued) = (COMPACTED, Some(next.into()));
        }
        if tick.restores.is_some() || tick.closes.is_some() || self.bounds.are_exceeded(&head) {
            let folded = fold::fold(&mut state, self.bounds.file_bytes, &mut put)?;
            head = Head {
                snapshot: head.serial,
                snapshot_bytes: folded.snapshot_bytes,
                log_bytes: 0,
                log_segments: 0,
                ..head
            };
            root.put(META_FILE, folded.meta);
            root.put(ARCHIVE_FILE, folded.archive);
            for (name, folder) in [(SNAPSHOT, folded.snapshot), (RETIRED, folded.retired)] {
                if !folder.is_empty() {
                    root.put(name, Node::Folder(folder));
                }
            }
            root.put(EVENTS, Node::Folder(own));
        } else {
            carry_snapshot(tip, &mut root, &mut put)?;
            root.put(EVENTS, Node::Folder(self.carry_segments(tip, own)?));
        }
        self.put_branches(tip, tick.closes, &mut root, &mut put)?;
        root.put(FORMAT_FILE, Node::File(put(ObjectKind::Blob, &head.encode())?));
        let tree = root.write(&mut put)?;
        let message = message(tick.subject, tick.body, &head, config);
        let commit = Commit { tree, parents: tip.commit.into_iter().collect(), message };
        let id = put(ObjectKind::Commit, &commit.encode(&self.repo.identity(), tick.now))?;
        let new = self.tip_at(id)?.on(self.name_of(tip));
        Ok(Prepared { tip: new, parent: tip.commit, state })
    }

    /// Takes over what says where the history before is; the last tick of a branch says which branch that was.
    fn put_branches(
        &self,
        tip: &Tip,
        closes: Option<&str>,
        root: &mut Folder,
        put: &mut Put<'_>,
    ) -> Result<(), StoreError> {
        let carried = tip.entry(BRANCHES_FILE).map(|entry| entry.id);
        let id = if closes.is_some() {
            let before = self.branches(tip)?.map(|branches| branches.before).unwrap_or_default();
            let branches = BranchesV1 { this: self.name_of(tip).into(), before };
            Some(put(ObjectKind::Blob, &json(&branches))?)
        } else {
            carried
        };
        if let Some(id) = id {
            root.put(BRANCHES_FILE, Node::File(id));
        }
        Ok(())
    }

    /// Moves the branch to a prepared commit, if it still is where that was prepared on.
    pub fn settle(&self, prepared: Prepared) -> Result<Outcome, StoreError> {
        Ok(if self.advance(&prepared)? {
            Outcome::Committed(Box::new(Committed { tip: prepared.tip, state: prepared.state }))
        } else {
            Outcome::Moved
        })
    }

    pub(super) fn advance(&self, prepared: &Prepared) -> Result<bool, StoreError> {
        let new = prepared.tip.commit.expect("a prepared commit has an id");
        self.repo.flush()?;
        let why = format!("orch: tick {}", prepared.tip.head.serial);
        Ok(self.repo.swap(&self.reference_of(&prepared.tip), prepared.parent, new, &why)?)
    }

    pub(super) fn check_not_checked_out(&self, tip: &Tip) -> Result<(), StoreError> {
        match self.repo.checked_out(&self.reference_of(tip))? {
            Some(dir) => Err(StoreError::CheckedOut { branch: self.name_of(tip).to_owned(), dir }),
            None => Ok(()),
        }
    }

    /// Writes the tick's own segments and counts them in.
    fn write_segments(
        &self,
        head: &mut Head,
        given: &Given,
        events: &[Event],
        put: &mut Put<'_>,
    ) -> Result<Folder, StoreError> {
        let header = SegmentV1 {
            serial: head.serial,
            at: head.at,
            version: head.version_of_orch.clone(),
            part: 1,
            before: 0,
            after: head.seal.map(after),
            given: given.clone(),
            sums: Some(String::new()),
        };
        let (mut folder, mut ids, mut part) = (Folder::default(), Vec::new(), 0);
        for file in segment::encode(&header, events, self.bounds.file_bytes) {
            part += 1;
            head.log_bytes += file.len() as u64;
            ids.push(put(ObjectKind::Blob, &file)?);
            folder.put(&segment::name(head.serial, part), Node::File(ids[ids.len() - 1]));
        }
        head.log_segments += part;
        head.seal = Some(self.repo.hash(ObjectKind::Blob, &seal(head.seal, &ids))?);
        Ok(folder)
    }

    /// Adds the segments that the snapshot does not cover.
    fn carry_segments(&self, tip: &Tip, mut events: Folder) -> Result<Folder, StoreError> {
        for file in self.segments(tip)? {
            if file.serial > tip.head.snapshot {
                let path = file.path.strip_prefix("events/").unwrap_or(&file.path);
                events.put(path, Node::File(file.id));
            }
        }
        Ok(events)
    }
}

/// How a segment names the seal that it comes after: enough to tell it from others.
pub(super) fn after(seal: ObjectId) -> SmolStr {
    smol_str::format_smolstr!("{}", &seal.to_string()[..8])
}

/// What is hashed to seal the log up to a tick.
pub(super) fn seal(before: Option<ObjectId>, segments: &[ObjectId]) -> Vec<u8> {
    let before = before.map_or_else(|| "none".to_owned(), |seal| seal.to_string());
    let ids = segments.iter().map(ToString::to_string);
    std::iter::once(before).chain(ids).flat_map(|line| (line + "\n").into_bytes()).collect()
}

/// The head of the tick after `tip`, with the log as it was.
fn next_head(tip: &Tip, state: &State, now: Time, due: Option<Time>) -> Head {
    let before = &tip.head;
    Head {
        lineage: state.meta.lineage.clone(),
        serial: before.serial + 1,
        at: now,
        due,
        version_of_orch: env!("CARGO_PKG_VERSION").into(),
        previous_fold: tip.fold(),
        ..before.clone()
    }
}

/// Takes the snapshot over as it is.
fn carry_snapshot(tip: &Tip, root: &mut Folder, put: &mut Put<'_>) -> Result<(), RepoError> {
    if tip.commit.is_none() {
        root.put(META_FILE, Node::File(put(ObjectKind::Blob, &json(&Meta::default()))?));
        root.put(ARCHIVE_FILE, Node::File(put(ObjectKind::Blob, &json(&Archive::default()))?));
    }
    for name in [META_FILE, ARCHIVE_FILE, SNAPSHOT] {
        if let Some(entry) = tip.entry(name) {
            root.put(name, if entry.is_tree { Node::Tree(entry.id) } else { Node::File(entry.id) });
        }
    }
    Ok(())
}

fn write_config(files: &[ConfigFile<'_>], put: &mut Put<'_>) -> Result<ObjectId, StoreError> {
    let mut folder = Folder::default();
    for (path, content) in files {
        let plain = |part: &str| !part.is_empty() && part != "." && part != ".." && !part.contains('\0');
        if !path.split('/').all(|part| plain(part) && !part.eq_ignore_ascii_case(".git")) {
            return Err(StoreError::ConfigPath((*path).to_owned()));
        }
        folder.put(path, Node::File(put(ObjectKind::Blob, content)?));
    }
    Ok(folder.write(put)?)
}

/// The message of a tick's commit. Ours is the last paragraph, whatever the rest says.
fn message(subject: &str, body: &str, head: &Head, config: ObjectId) -> String {
    let subject = subject.replace(['\n', '\r', '\0'], " ");
    let body = body.replace('\0', "");
    let body = if body.trim().is_empty() { String::new() } else { format!("{}\n\n", body.trim_end()) };
    format!(
        "{}\n\n{body}Orch-Serial: {}\nOrch-Lineage: {}\nOrch-Config: {config}\nOrch-Version: {}\n",
        subject.trim(),
        head.serial,
        head.lineage,
        head.version_of_orch,
    )
}
