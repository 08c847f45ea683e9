//! The bytes of git trees and commits, and folders in the making.
//! The formats are those of git's own documentation (`gitformat-pack`, "object types").

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::Time;
use crate::ports::{Identity, ObjectId, ObjectKind, RepoError};

pub(super) const FORMAT_FILE: &str = "format.json";
pub(super) const META_FILE: &str = "meta.json";
pub(super) const ARCHIVE_FILE: &str = "archive.json";
pub(super) const BRANCHES_FILE: &str = "branches.json";
pub(super) const CONFIG: &str = "config";
pub(super) const EVENTS: &str = "events";
pub(super) const SNAPSHOT: &str = "snapshot";
pub(super) const RETIRED: &str = "retired";

/// The trailer of the first commit of a branch that goes on from another.
pub(super) const PREVIOUS: &str = "Orch-Prev";

/// Takes an object and gives its id: writes it, or hashes it only.
pub(super) type Put<'a> = dyn FnMut(ObjectKind, &[u8]) -> Result<ObjectId, RepoError> + 'a;

/// One entry of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) id: ObjectId,
    pub(super) is_tree: bool,
}

/// The entries of a tree; none if the bytes are not a tree.
pub(super) fn parse_tree(mut bytes: &[u8]) -> Option<Vec<Entry>> {
    let mut entries = Vec::new();
    while !bytes.is_empty() {
        let space = bytes.iter().position(|&byte| byte == b' ')?;
        let is_tree = &bytes[..space] == b"40000";
        bytes = &bytes[space + 1..];
        let end = bytes.iter().position(|&byte| byte == 0)?;
        let name = std::str::from_utf8(&bytes[..end]).ok()?.to_owned();
        let id = ObjectId(bytes.get(end + 1..end + 21)?.try_into().ok()?);
        bytes = &bytes[end + 21..];
        entries.push(Entry { name, id, is_tree });
    }
    Some(entries)
}

/// What a folder in the making holds under a name.
#[derive(Debug, Clone)]
pub(super) enum Node {
    File(ObjectId),
    /// A folder taken over as it is.
    Tree(ObjectId),
    Folder(Folder),
}

/// A folder in the making.
#[derive(Debug, Clone, Default)]
pub(super) struct Folder(BTreeMap<String, Node>);

impl Folder {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts a node at a path, making the folders on the way.
    pub(super) fn put(&mut self, path: &str, node: Node) {
        match path.split_once('/') {
            None => drop(self.0.insert(path.to_owned(), node)),
            Some((first, rest)) => self.folder(first).put(rest, node),
        }
    }

    fn folder(&mut self, name: &str) -> &mut Self {
        let node = self.0.entry(name.to_owned()).or_insert_with(|| Node::Folder(Self::default()));
        if !matches!(node, Node::Folder(_)) {
            *node = Node::Folder(Self::default());
        }
        let Node::Folder(folder) = node else { unreachable!("made a folder just above") };
        folder
    }

    /// Gives the folder and those in it to `put`, the innermost first.
    pub(super) fn write(&self, put: &mut Put<'_>) -> Result<ObjectId, RepoError> {
        let mut entries = Vec::with_capacity(self.0.len());
        for (name, node) in &self.0 {
            let (id, is_tree) = match node {
                Node::File(id) => (*id, false),
                Node::Tree(id) => (*id, true),
                Node::Folder(folder) => (folder.write(put)?, true),
            };
            entries.push((name, id, is_tree));
        }
        // Git orders a folder as if its name ended in a slash.
        let key = |name: &str, is_tree: bool| [name.as_bytes(), if is_tree { b"/" } else { b"" }].concat();
        entries.sort_by_cached_key(|(name, _, is_tree)| key(name, *is_tree));
        let mut bytes = Vec::new();
        for (name, id, is_tree) in entries {
            bytes.extend_from_slice(if is_tree { b"40000 " } else { b"100644 " });
            bytes.extend_from_slice(name.as_bytes());
            bytes.push(0);
            bytes.extend_from_slice(&id.0);
        }
        put(ObjectKind::Tree, &bytes)
    }
}

/// A commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Commit {
    pub(super) tree: ObjectId,
    pub(super) parents: Vec<ObjectId>,
    pub(super) message: String,
}

impl Commit {
    /// Reads the bytes of a commit; none if they are not one.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(bytes);
        let (headers, message) = text.split_once("\n\n").unwrap_or((&text, ""));
        let ids = |name: &'static str| {
            headers.lines().filter_map(move |line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
        };
        let tree = ids("tree").next()?;
        Some(Self { tree, parents: ids("parent").collect(), message: message.to_owned() })
    }

    pub(super) fn encode(&self, who: &Identity, at: Time) -> Vec<u8> {
        use std::fmt::Write;
        let mut text = format!("tree {}\n", self.tree);
        for parent in &self.parents {
            let _ = writeln!(text, "parent {parent}");
        }
        // Git ends a name at `<` and a line at its end; neither can stand in them.
        let clean = |text: &str| text.replace(['<', '>', '\n', '\0'], "");
        let (name, email) = (clean(&who.name), clean(&who.email));
        // Git has no times before 1970.
        let second = at.as_second().max(0);
        for role in ["author", "committer"] {
            let _ = writeln!(text, "{role} {name} <{email}> {second} +0000");
        }
        let _ = write!(text, "\n{}", self.message);
        text.into_bytes()
    }

    pub(super) fn subject(&self) -> &str {
        self.message.lines().next().unwrap_or_default()
    }

    /// Whether `orch` made it, by what it says itself.
    pub(super) fn is_by_orch(&self) -> bool {
        self.trailer("Orch-Serial").is_some()
    }

    /// The commit before: its parent or, of the first one of a branch, the last one of the branch that it
    /// goes on from.
    pub(super) fn before(&self) -> Option<ObjectId> {
        self.parents.first().copied().or_else(|| self.goes_on_from())
    }

    /// The last commit of another branch that this first one goes on from.
    pub(super) fn goes_on_from(&self) -> Option<ObjectId> {
        if self.parents.is_empty() { self.trailer(PREVIOUS)?.parse().ok() } else { None }
    }

    /// The value of a trailer: a line `Key: value` of the last paragraph.
    pub(super) fn trailer(&self, key: &str) -> Option<&str> {
        let last = self.message.trim_end().rsplit("\n\n").next()?;
        last.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(": "))
    }
}

/// JSON in one line, as every file and record of the state is.
pub(super) fn json<T: Serialize>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(256);
    append_json(&mut bytes, value);
    bytes
}

pub(super) fn append_json<T: Serialize>(bytes: &mut Vec<u8>, value: &T) {
    serde_json::to_writer(&mut *bytes, value).expect("records have text keys only and memory does not fail");
    bytes.push(b'\n');
}

/// A line of a file that is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BadLine {
    /// From 1.
    pub(super) line: usize,
    pub(super) why: String,
}

/// The lines of a file of records with their numbers from 1.
pub(super) fn lines(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let none = bytes.is_empty();
    bytes
        .split(|&byte| byte == b'\n')
        .enumerate()
        .filter(move |_| !none)
        .map(|(index, line)| (index + 1, line))
}
