//! The snapshot's tasks: by prefix and in blocks of 1,000 numbers, one task a line.
//! A block is a function of its tasks alone, so that a fold touches only what changed.

use std::collections::BTreeMap;

use super::object::{BadLine, Folder, Node, Put, append_json, lines};
use crate::model::{Code, Task};
use crate::ports::{ObjectKind, RepoError};

/// How many numbers share a block.
const BLOCK: u32 = 1_000;

/// Gives the files of these tasks to `take`, in the order of codes: path and content.
pub(super) fn encode<'a, E>(
    tasks: impl IntoIterator<Item = &'a Task>,
    limit: usize,
    mut take: impl FnMut(&str, &[u8]) -> Result<(), E>,
) -> Result<(), E> {
    // By prefix and number first: comparing whole codes takes three times as long.
    let mut prefixes: BTreeMap<&str, Vec<(u32, &Task)>> = BTreeMap::new();
    for task in tasks {
        prefixes.entry(task.code.prefix()).or_default().push((task.code.number(), task));
    }
    let mut file = Vec::new();
    let mut line = Vec::new();
    for (prefix, mut tasks) in prefixes {
        tasks.sort_by(|(a, task), (b, other)| a.cmp(b).then_with(|| task.code.cmp(&other.code)));
        for block in tasks.chunk_by(|(a, _), (b, _)| a / BLOCK == b / BLOCK) {
            let mut part = 1;
            for (_, task) in block {
                line.clear();
                append_json(&mut line, task);
                if !file.is_empty() && file.len() + line.len() > limit {
                    take(&path(prefix, block[0].0, part), &file)?;
                    part += 1;
                    file.clear();
                }
                file.extend_from_slice(&line);
            }
            take(&path(prefix, block[0].0, part), &file)?;
            file.clear();
        }
    }
    Ok(())
}

fn path(prefix: &str, number: u32, part: u32) -> String {
    let first = number / BLOCK * BLOCK;
    let last = first + (BLOCK - 1);
    if part == 1 {
        format!("{prefix}/{first:07}-{last:07}.jsonl")
    } else {
        format!("{prefix}/{first:07}-{last:07}-{part:02}.jsonl")
    }
}

/// Whether the file at a path, from the folder of tasks, is one for this code.
pub(super) fn may_hold(path: &str, code: &Code) -> bool {
    let whole = self::path(code.prefix(), code.number(), 1);
    let stem = whole.trim_end_matches("jsonl").trim_end_matches('.');
    path == whole
        || path
            .strip_prefix(stem)
            .and_then(|rest| rest.strip_prefix('-')?.strip_suffix(".jsonl"))
            .is_some_and(|part| part.bytes().all(|digit| digit.is_ascii_digit()))
}

/// The folder of these tasks, and how many bytes they are.
pub(super) fn folder<'a>(
    tasks: impl IntoIterator<Item = &'a Task>,
    limit: usize,
    put: &mut Put<'_>,
) -> Result<(Folder, u64), RepoError> {
    let (mut folder, mut bytes) = (Folder::default(), 0);
    encode(tasks, limit, |path, file| {
        bytes += file.len() as u64;
        folder.put(path, Node::File(put(ObjectKind::Blob, file)?));
        Ok(())
    })?;
    Ok((folder, bytes))
}

/// Gives the tasks of a file to `take`.
pub(super) fn decode(bytes: &[u8], take: &mut impl FnMut(Box<Task>)) -> Result<(), BadLine> {
    // One look at the whole file is cheaper than one at every string in it.
    let text = std::str::from_utf8(bytes).map_err(|error| BadLine {
        line: lines(&bytes[..error.valid_up_to()]).count().max(1),
        why: "it is not UTF-8".into(),
    })?;
    for (index, line) in text.lines().enumerate() {
        let bad = |error: serde_json::Error| BadLine { line: index + 1, why: error.to_string() };
        take(serde_json::from_str(line).map_err(bad)?);
    }
    Ok(())
}
