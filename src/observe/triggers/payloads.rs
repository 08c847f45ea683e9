//! Payloads from outside, each a JSON file that somebody put into the project, with its signature beside it where
//! the trigger asks for one.

use std::io::Read as _;

use serde_json::Value;
use smol_str::{SmolStr, format_smolstr};

use super::files::Listing;
use super::{LookError, Sight, Watch, signature};
use crate::model::{Change, FileChange, FlowFact, On};
use crate::ports::WorkspaceError;

/// The largest payload, in bytes: it becomes part of the state.
const SIZE: u64 = 256 << 10;
/// The most payloads that a trigger takes in at a time; the next look goes on.
const AT_ONCE: usize = 100;

/// What the file with the signature of a payload is called: the payload's name and this.
const SIGNATURE: &str = ".sig";
/// The most bytes of such a file that are read.
const SIGNATURE_SIZE: u64 = 1 << 10;

pub(super) fn look(
    watch: Watch<'_>,
    listing: &Listing<'_>,
    index: usize,
    secrets: &dyn Fn(&str) -> Option<String>,
    sight: &mut Sight,
) -> Result<(), LookError> {
    let On::Webhook { secret: name, .. } = &watch.trigger.on else { return Ok(()) };
    let mut changes = listing.changes(watch, index, true)?;
    if name.is_some() {
        changes.retain(|file| !file.path.ends_with(SIGNATURE));
    }
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
    let secret = match name.as_ref().map(|name| secrets(name).ok_or(name)).transpose() {
        Ok(secret) => secret,
        Err(_) if come.is_empty() => return Ok(()),
        Err(name) => {
            sight.warnings.push(format!(
                "workflow `{workflow}` leaves its payloads for later: the secret `{name}`, with which they are \
                 signed, is not set in the environment"
            ));
            return Ok(());
        }
    };
    let news = come.into_iter().map(|file| read(watch, listing, file, secret.as_deref()));
    for news in news.filter_map(Result::transpose).take(AT_ONCE) {
        let (file, read) = news?;
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
/// file is gone, or was refused before as it is.
fn read(
    watch: Watch<'_>,
    listing: &Listing<'_>,
    file: FileChange,
    secret: Option<&str>,
) -> Result<Option<(FileChange, Payload)>, LookError> {
    let Some(bytes) = content(listing, &file.path, SIZE + 1)? else { return Ok(None) };
    if bytes.len() as u64 > SIZE {
        return Ok(Some((file, Err(format!("it is larger than {} KiB", SIZE >> 10)))));
    }
    let digest = listing.digests.of_bytes(&bytes);
    if let Some(secret) = secret
        && let Err((refused, why)) = signed(listing, &file.path, &bytes, secret)?
    {
        // Another signature beside the same bytes is looked at anew.
        let digest = format_smolstr!("{digest} {refused}");
        let is_known = watch.mark.is_some_and(|mark| mark.files.get(&file.path) == Some(&digest));
        let refused = FileChange { digest: Some(digest), ..file };
        return Ok((!is_known).then(|| (refused, Err(why.to_owned()))));
    }
    let read = serde_json::from_slice(&bytes).map_err(|error| format!("not a JSON document: {error}"));
    Ok(Some((FileChange { digest: Some(digest), ..file }, read)))
}

/// Whether the file beside a payload signs it; if not, the digest of that file and why.
fn signed(
    listing: &Listing<'_>,
    path: &str,
    payload: &[u8],
    secret: &str,
) -> Result<Result<(), (SmolStr, &'static str)>, LookError> {
    let Some(bytes) = content(listing, &format!("{path}{SIGNATURE}"), SIGNATURE_SIZE)? else {
        return Ok(Err(("unsigned".into(), "it is not signed: there is no file of its name and `.sig`")));
    };
    let signature = String::from_utf8_lossy(&bytes);
    let checked = signature::check(secret, payload, &signature);
    Ok(checked.map_err(|why| (listing.digests.of_bytes(&bytes), why)))
}

/// What a file holds, up to a limit; none if it is gone.
fn content(listing: &Listing<'_>, path: &str, limit: u64) -> Result<Option<Vec<u8>>, LookError> {
    let opened = match listing.files.open(path) {
        Ok(opened) => opened,
        Err(WorkspaceError::Missing(_) | WorkspaceError::Link { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let mut bytes = Vec::new();
    opened.take(limit).read_to_end(&mut bytes).map_err(|error| {
        LookError::Files(WorkspaceError::Io { path: path.to_owned(), why: error.to_string() })
    })?;
    Ok(Some(bytes))
}
