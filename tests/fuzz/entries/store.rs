//! A repository in memory that holds one state: objects, one reference, no remote.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::ports::{Identity, ObjectId, ObjectKind, Repo, RepoError, RepoLock};

pub(super) const BRANCH: &str = "orch/state";

#[derive(Debug, Default)]
pub(super) struct Store {
    objects: RefCell<BTreeMap<ObjectId, (ObjectKind, Vec<u8>)>>,
    tip: RefCell<Option<ObjectId>>,
}

/// What a folder in the making holds under a name.
#[derive(Debug, Default)]
struct Folder {
    files: BTreeMap<String, ObjectId>,
    folders: BTreeMap<String, Folder>,
}

impl Store {
    pub(super) fn put(&self, kind: ObjectKind, bytes: &[u8]) -> ObjectId {
        self.write(kind, bytes).expect("memory takes everything")
    }

    /// Puts the branch at a commit of these files.
    pub(super) fn commit(&self, files: &[(String, Vec<u8>)], message: &str) {
        let mut root = Folder::default();
        for (path, content) in files {
            let mut parts: Vec<&str> = path.split('/').collect();
            let Some(name) = parts.pop() else { continue };
            let folder = parts
                .into_iter()
                .fold(&mut root, |folder, part| folder.folders.entry(part.to_owned()).or_default());
            folder.files.insert(name.to_owned(), self.put(ObjectKind::Blob, content));
        }
        let tree = self.tree(&root);
        let who = "o <o@o> 1795428000 +0000";
        let text = format!("tree {tree}\nauthor {who}\ncommitter {who}\n\n{message}");
        self.point_to(self.put(ObjectKind::Commit, text.as_bytes()));
    }

    pub(super) fn point_to(&self, commit: ObjectId) {
        *self.tip.borrow_mut() = Some(commit);
    }

    fn tree(&self, folder: &Folder) -> ObjectId {
        let mut bytes = Vec::new();
        let mut entry = |mode: &str, name: &str, id: ObjectId| {
            bytes.extend_from_slice(format!("{mode} {name}\0").as_bytes());
            bytes.extend_from_slice(&id.0);
        };
        for (name, id) in &folder.files {
            entry("100644", name, *id);
        }
        for (name, inner) in &folder.folders {
            entry("40000", name, self.tree(inner));
        }
        self.put(ObjectKind::Tree, &bytes)
    }
}

impl Repo for Store {
    fn read(&self, id: ObjectId, kind: ObjectKind, into: &mut Vec<u8>) -> Result<(), RepoError> {
        let objects = self.objects.borrow();
        let (found, bytes) = objects.get(&id).ok_or(RepoError::Missing { id })?;
        if *found != kind {
            return Err(RepoError::Damaged { id, why: format!("it is no {kind:?}") });
        }
        into.clear();
        into.extend_from_slice(bytes);
        Ok(())
    }

    fn read_trusting(&self, id: ObjectId, kind: ObjectKind, into: &mut Vec<u8>) -> Result<(), RepoError> {
        self.read(id, kind, into)
    }

    fn has(&self, id: ObjectId) -> bool {
        self.objects.borrow().contains_key(&id)
    }

    fn hash(&self, kind: ObjectKind, bytes: &[u8]) -> Result<ObjectId, RepoError> {
        let kind = match kind {
            ObjectKind::Blob => git2::ObjectType::Blob,
            ObjectKind::Tree => git2::ObjectType::Tree,
            ObjectKind::Commit => git2::ObjectType::Commit,
        };
        let id = git2::Oid::hash_object(kind, bytes).expect("all bytes have a digest");
        Ok(ObjectId(id.as_bytes().try_into().expect("SHA-1 has 20 bytes")))
    }

    fn write(&self, kind: ObjectKind, bytes: &[u8]) -> Result<ObjectId, RepoError> {
        let id = self.hash(kind, bytes)?;
        self.objects.borrow_mut().insert(id, (kind, bytes.to_vec()));
        Ok(id)
    }

    fn flush(&self) -> Result<(), RepoError> {
        Ok(())
    }

    fn reference(&self, _: &str) -> Result<Option<ObjectId>, RepoError> {
        Ok(*self.tip.borrow())
    }

    fn swap(&self, _: &str, expected: Option<ObjectId>, new: ObjectId, _: &str) -> Result<bool, RepoError> {
        let is_expected = *self.tip.borrow() == expected;
        if is_expected {
            self.point_to(new);
        }
        Ok(is_expected)
    }

    fn checked_out(&self, _: &str) -> Result<Option<PathBuf>, RepoError> {
        Ok(None)
    }

    fn is_shallow(&self) -> bool {
        false
    }

    fn unfinished(&self) -> Option<&'static str> {
        None
    }

    fn identity(&self) -> Identity {
        Identity { name: "o".to_owned(), email: "o@o".to_owned() }
    }

    fn lock(&self) -> Result<RepoLock, RepoError> {
        Ok(RepoLock(None))
    }
}
