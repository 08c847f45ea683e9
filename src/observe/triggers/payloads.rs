//! Payloads from outside, each a JSON file that somebody put into the project.

use std::io::Read as _;

use serde_json::Value;

use super::files::Listing;
use super::{LookError, Sight, Watch};
use crate::model::{Change, FileChange, FlowFact};
use crate::ports::WorkspaceError;

/// The largest payload, in bytes: it becomes part of the state.
const SIZE: u64 = 256 << 10;
/// The most payloads that a trigger takes in at a time; the next look goes on.
const AT_ONCE: usize = 100;

pub(super) fn look(
    watch: Watch<'_>,
    listing: &Listing<'_>,
    index: usize,
    sight: &mut Sight,
) -> Result<(), LookError> {
    let changes = listing.changes(watch, index, true)?;
    let (workflow, trigger) = (watch.workflow.id.clone(), watch.trigger.key.clone());
    if watch.mark.is_none() {
        sight.facts.push(FlowFact::TriggerWatched { workflow, trigger, commit: None, files: changes });
        return Ok(());
    }
    let (gone, come): (Vec<FileChange>, Vec<FileChange>) =
        changes.into_iter().partition(|file| file.change == Change::Deleted);
    if !gone.is_empty() {
        let (workflow, trigger) = (workflow.clone(), trigger.clone());
        sight.facts.push(FlowFact::FilesChanged { workflow, trigger, files: Vec::new(), seen: gone });
    }
    for file in come.into_iter().take(AT_ONCE) {
        let Some((file, read)) = read(listing, file)? else { continue };
        let (payload, problem) = match read {
            Ok(payload) => (payload, None),
            Err(problem) => {
                sight.warnings.push(format!(
                    "`{}` is no payload for workflow `{workflow}`: {problem}; it is passed over until it changes",
                    file.path
                ));
                (Value::Null, Some(problem))
            }
        };
        let (workflow, trigger) = (workflow.clone(), trigger.clone());
        sight.facts.push(FlowFact::WebhookReceived { workflow, trigger, file, payload, problem });
    }
    Ok(())
}

/// A payload, or what is wrong with it.
type Payload = Result<Value, String>;

/// The payload or what is wrong with it, with the digest of exactly the bytes that were read; none if the
/// file is gone.
fn read(listing: &Listing<'_>, file: FileChange) -> Result<Option<(FileChange, Payload)>, LookError> {
    let mut bytes = Vec::new();
    let opened = match listing.files.open(&file.path) {
        Ok(opened) => opened,
        Err(WorkspaceError::Missing(_) | WorkspaceError::Link { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    opened.take(SIZE + 1).read_to_end(&mut bytes).map_err(|error| {
        LookError::Files(WorkspaceError::Io { path: file.path.to_string(), why: error.to_string() })
    })?;
    if bytes.len() as u64 > SIZE {
        return Ok(Some((file, Err(format!("it is larger than {} KiB", SIZE >> 10)))));
    }
    let read = serde_json::from_slice(&bytes).map_err(|error| format!("not a JSON document: {error}"));
    Ok(Some((FileChange { digest: Some(listing.digests.of_bytes(&bytes)), ..file }, read)))
}
