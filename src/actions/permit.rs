//! What the permissions of a workflow allow a step to do to files, whatever was checked before.

use globset::GlobSet;
use smol_str::SmolStr;

use super::fields::ByteSize;
use super::paths::{Pattern, globs};
use super::{Failure, Manifest};
use crate::model::Permissions;
use crate::ports::{inside, is_configuration};

/// How many files a step may change, and how many bytes, where the workflow does not say.
pub const DEFAULT_MAX_FILES: u32 = 1_000;
pub const DEFAULT_MAX_BYTES: u64 = 1 << 30;

/// Permissions over files, their globs compiled.
#[derive(Debug)]
pub struct Permit {
    read: Option<Listed>,
    write: Option<Listed>,
    max_files: u32,
    max_bytes: u64,
}

#[derive(Debug)]
struct Listed {
    globs: GlobSet,
    /// For messages: `` `logs/**`, `reports/**` ``.
    text: String,
}

impl Permit {
    pub fn of(permissions: &Permissions) -> Result<Self, Failure> {
        Ok(Self {
            read: permissions.read.as_deref().map(Listed::new).transpose()?,
            write: permissions.write.as_deref().map(Listed::new).transpose()?,
            max_files: permissions.max_files.unwrap_or(DEFAULT_MAX_FILES),
            max_bytes: permissions.max_bytes.unwrap_or(DEFAULT_MAX_BYTES),
        })
    }

    /// Whether a file may be read: everything below the root, unless globs are declared.
    pub fn read(&self, path: &str) -> Result<(), Failure> {
        inside(path).map_err(|error| Failure::last(error.to_string()))?;
        listed(self.read.as_ref(), path, "read")
    }

    /// Whether a file may be made, changed or removed: what the step names, unless globs are
    /// declared; never the configuration of `orch` itself.
    pub fn write(&self, path: &str) -> Result<(), Failure> {
        let names = inside(path).map_err(|error| Failure::last(error.to_string()))?;
        if is_configuration(&names) {
            return Err(Failure::last(format!(
                "`{path}` is configuration of orch, which only people change; leave it out with `not_match`"
            )));
        }
        listed(self.write.as_ref(), path, "write")
    }

    /// Whether a step may change that much.
    pub fn size(&self, manifest: &Manifest) -> Result<(), Failure> {
        let files = manifest.files.len();
        if files > usize::try_from(self.max_files).unwrap_or(usize::MAX) {
            return Err(Failure::last(format!(
                "this would {} {files} files, more than {}; choose fewer, or raise `permissions.max_files`",
                manifest.verb, self.max_files
            )));
        }
        let bytes = manifest.files.iter().map(|file| file.bytes).fold(0, u64::saturating_add);
        if bytes > self.max_bytes {
            return Err(Failure::last(format!(
                "this would {} {bytes} bytes ({}), more than {}; choose fewer, or raise `permissions.max_bytes`",
                manifest.verb,
                ByteSize(bytes),
                self.max_bytes
            )));
        }
        Ok(())
    }
}

impl Listed {
    fn new(list: &[SmolStr]) -> Result<Self, Failure> {
        let patterns = list.iter().map(|glob| Pattern::new(glob)).collect::<Result<Vec<_>, _>>();
        let patterns = patterns.map_err(|error| Failure::last(format!("`permissions`: {error}")))?;
        let text = list.iter().map(|glob| format!("`{glob}`")).collect::<Vec<_>>().join(", ");
        Ok(Self { globs: globs(&patterns)?, text })
    }
}

fn listed(list: Option<&Listed>, path: &str, key: &str) -> Result<(), Failure> {
    match list {
        Some(list) if !list.globs.is_match(path) => {
            let only = if list.text.is_empty() { "nothing" } else { &list.text };
            Err(Failure::last(format!("`{path}` is outside of `permissions.{key}`, which allows {only}")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actions::ManifestFile;

    #[test]
    fn lists_are_held_to() {
        let list = |globs: &[&str]| Some(globs.iter().map(SmolStr::new).collect());
        let permissions =
            Permissions { write: list(&["logs/**", "out/*.md"]), read: list(&[]), ..Permissions::default() };
        let permit = Permit::of(&permissions).unwrap();
        assert_eq!(permit.write("logs/a/b.log"), Ok(()));
        assert_eq!(permit.write("out/a.md"), Ok(()));
        assert_eq!(
            permit.write("out/a/b.md").unwrap_err().message,
            "`out/a/b.md` is outside of `permissions.write`, which allows `logs/**`, `out/*.md`"
        );
        assert!(permit.read("logs/a").unwrap_err().message.ends_with("which allows nothing"));
        let open = Permit::of(&Permissions::default()).unwrap();
        assert_eq!((open.read("orch.yaml"), open.write("x")), (Ok(()), Ok(())));
        for path in ["orch.yaml", "workflows/x.yaml", "../x", ".git/x"] {
            assert!(open.write(path).unwrap_err().is_final, "{path}");
        }
        assert!(Permit::of(&Permissions { write: list(&["/etc/*"]), ..Permissions::default() }).is_err());
    }

    #[test]
    fn caps_name_their_key() {
        let file = |bytes| ManifestFile { bytes, ..ManifestFile::default() };
        let manifest = |files| Manifest { verb: "delete".into(), files };
        let permit = Permit::of(&Permissions { max_files: Some(2), ..Permissions::default() }).unwrap();
        assert_eq!(permit.size(&manifest(vec![file(1), file(2)])), Ok(()));
        let error = permit.size(&manifest(vec![file(1), file(2), file(3)])).unwrap_err();
        assert!(error.is_final && error.message.contains("delete 3 files, more than 2"), "{error}");
        assert!(error.message.contains("`permissions.max_files`"));
        let error = permit.size(&manifest(vec![file(u64::MAX), file(5)])).unwrap_err();
        assert!(error.message.contains("`permissions.max_bytes`"), "{error}");
    }
}
