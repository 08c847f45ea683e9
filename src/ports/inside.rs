//! Which texts are paths below the project's folder, told from the text alone.
//!
//! Symbolic links are a matter of the disk; the adapter refuses them when it walks the path.

use super::WorkspaceError;

/// Names that Windows and macOS read as `.git` are git's as well: a project may be cloned there.
/// (git's own checks are `is_ntfs_dotgit` and `is_hfs_dotgit`.)
const IGNORED_BY_HFS: [char; 16] = [
    '\u{200c}', '\u{200d}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}',
    '\u{202e}', '\u{206a}', '\u{206b}', '\u{206c}', '\u{206d}', '\u{206e}', '\u{206f}', '\u{feff}',
];

/// Files and folders that say what `orch` does. A workflow may read them; people change them.
const CONFIGURATION_FOLDERS: [&str; 2] = [".orch", "workflows"];
const CONFIGURATION_FILES: [&str; 9] =
    ["orch", "agents", "routing", "reviews", "sla", "channels", "services", "guards", "roles"];
const CONFIGURATION_ENDINGS: [&str; 3] = ["yaml", "yml", "json"];

/// The names that a path consists of, from the outermost folder; none for the root itself, `.` or nothing.
///
/// # Errors
/// For absolute paths, `..`, backslashes, NUL and whatever belongs to git.
pub fn inside(path: &str) -> Result<Vec<&str>, WorkspaceError> {
    let outside = || WorkspaceError::Outside(path.to_owned());
    let has_drive = path.as_bytes().get(1) == Some(&b':') && path.as_bytes()[0].is_ascii_alphabetic();
    if path.starts_with('/') || path.contains(['\\', '\0']) || has_drive {
        return Err(outside());
    }
    let mut names = Vec::new();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." => return Err(outside()),
            name if is_git(name) => return Err(WorkspaceError::Git(path.to_owned())),
            name => names.push(name),
        }
    }
    Ok(names)
}

/// Whether a name is `.git`, as any file system that people use may read it.
pub fn is_git(name: &str) -> bool {
    let visible: String = name.chars().filter(|letter| !IGNORED_BY_HFS.contains(letter)).collect();
    // NTFS drops spaces and dots at the end, and what follows a colon names a stream of the file.
    let plain = visible.split(':').next().unwrap_or_default().trim_end_matches([' ', '.']);
    plain.eq_ignore_ascii_case(".git") || plain.eq_ignore_ascii_case("git~1")
}

/// Whether a path (as [`inside`] splits it) is configuration of `orch`.
pub fn is_configuration(names: &[&str]) -> bool {
    let is_one_of = |name: &str, all: &[&str]| all.iter().any(|one| one.eq_ignore_ascii_case(name));
    let reads_as = |file: &str, names: &dyn Fn(&str) -> bool| {
        file.rsplit_once('.')
            .is_some_and(|(name, ending)| names(name) && is_one_of(ending, &CONFIGURATION_ENDINGS))
    };
    match names {
        [] => false,
        [file] if reads_as(file, &|name| is_one_of(name, &CONFIGURATION_FILES)) => true,
        [folder, file] if folder.eq_ignore_ascii_case("tasks") => reads_as(file, &|_| true),
        [folder, ..] => is_one_of(folder, &CONFIGURATION_FOLDERS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_below_the_root() {
        for (path, names) in [
            ("a/b.txt", vec!["a", "b.txt"]),
            ("./a//b/", vec!["a", "b"]),
            ("", vec![]),
            (".", vec![]),
            ("日本/ü\n.log", vec!["日本", "ü\n.log"]),
            (".gitignore", vec![".gitignore"]),
            (".github/x", vec![".github", "x"]),
            ("...", vec!["..."]),
        ] {
            assert_eq!(inside(path), Ok(names), "{path:?}");
        }
    }

    #[test]
    fn hostile_paths_are_refused() {
        for path in [
            "..",
            "../x",
            "a/../../x",
            "a/..",
            "/etc/passwd",
            "/",
            "//x",
            "a\\b",
            "..\\x",
            "C:/x",
            "c:x",
            "a\0b",
        ] {
            assert_eq!(inside(path), Err(WorkspaceError::Outside(path.into())), "{path:?}");
        }
        for path in [
            ".git",
            ".git/config",
            "a/.git/hooks/pre-commit",
            ".GIT/config",
            ".Git",
            ".git ",
            ".git.",
            ".git . .",
            ".git::$INDEX_ALLOCATION/config",
            "GIT~1/config",
            "git~1",
            ".g\u{200c}it/config",
            "\u{feff}.git",
        ] {
            assert_eq!(inside(path), Err(WorkspaceError::Git(path.into())), "{path:?}");
        }
    }

    #[test]
    fn configuration_is_known() {
        let is = |path| is_configuration(&inside(path).unwrap());
        for path in [
            "orch.yaml",
            "./Orch.YML",
            "roles.json",
            ".orch/x",
            ".orch",
            "workflows/a.yaml",
            "WorkFlows/b/c.sh",
            "tasks/a.yaml",
        ] {
            assert!(is(path), "{path}");
        }
        for path in [
            "",
            "a/orch.yaml",
            "orch.yaml.bak",
            "orch",
            "tasks/a.md",
            "tasks/a/b.yaml",
            "logs/workflows/a.yaml",
            "index.json",
        ] {
            assert!(!is(path), "{path}");
        }
    }
}
