//! The workspace on real folders, with hostile paths and links swapped in.
#![expect(clippy::disallowed_methods, reason = "tests look at the disk themselves")]

use std::fs;
use std::io::Read;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use super::*;

fn workspace() -> (tempfile::TempDir, DiskWorkspace) {
    let folder = tempfile::tempdir().unwrap();
    let workspace = DiskWorkspace::open(folder.path()).unwrap();
    (folder, workspace)
}

fn put(workspace: &DiskWorkspace, path: &str, text: &str) -> Stat {
    workspace.write(path, true, &mut |file| file.write_all(text.as_bytes())).unwrap();
    workspace.stat(path).unwrap().unwrap()
}

fn text(workspace: &DiskWorkspace, path: &str) -> String {
    let mut text = String::new();
    workspace.open(path).unwrap().read_to_string(&mut text).unwrap();
    text
}

fn paths(workspace: &DiskWorkspace, folder: &str) -> Vec<String> {
    workspace.list(folder).unwrap().into_iter().map(|stat| stat.path).collect()
}

#[test]
fn writes_reads_lists_and_removes() {
    let (folder, workspace) = workspace();
    let stat = put(&workspace, "a/b/ü\n日本.log", "one");
    assert_eq!((stat.bytes, stat.path.as_str()), (3, "a/b/ü\n日本.log"));
    put(&workspace, "a.log", "two");
    put(&workspace, "a/z", "");
    assert_eq!(paths(&workspace, ""), ["a.log", "a/b/ü\n日本.log", "a/z"]);
    assert_eq!(paths(&workspace, "./a/b/"), ["a/b/ü\n日本.log"]);
    assert_eq!(paths(&workspace, "nowhere/at/all"), Vec::<String>::new());
    assert_eq!(text(&workspace, "a/b/ü\n日本.log"), "one");
    workspace.remove(&stat).unwrap();
    assert_eq!(workspace.remove(&stat), Err(WorkspaceError::Missing(stat.path.clone())));
    assert_eq!(workspace.stat(&stat.path), Ok(None));
    assert_eq!(fs::read_dir(folder.path().join("a/b")).unwrap().count(), 0);
}

#[test]
fn hostile_paths_are_refused_by_every_operation() {
    let (_folder, workspace) = workspace();
    let seen = put(&workspace, "fine", "x");
    for path in
        ["../x", "/etc/passwd", "a/../../x", ".git/config", ".GIT /config", "a\\b", "a\0b", "git~1/x", "C:/x"]
    {
        let refused = |error: Result<(), WorkspaceError>| {
            assert!(
                matches!(error, Err(WorkspaceError::Outside(_) | WorkspaceError::Git(_))),
                "{path:?}: {error:?}"
            );
        };
        let here = Stat { path: path.into(), ..seen.clone() };
        refused(workspace.list(path).map(drop));
        refused(workspace.stat(path).map(drop));
        refused(workspace.open(path).map(drop));
        refused(workspace.write(path, true, &mut |_| Ok(())));
        refused(workspace.write_from(&seen, path, true, &mut |_, _| Ok(())));
        refused(workspace.write_from(&here, "new", true, &mut |_, _| Ok(())));
        refused(workspace.remove(&here));
        refused(workspace.rename(&seen, path, true));
        refused(workspace.rename(&here, "new", true));
    }
    assert_eq!(paths(&workspace, ""), ["fine"]);
}

#[test]
fn links_are_refused_and_not_listed() {
    let (folder, workspace) = workspace();
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret"), "s").unwrap();
    let seen = put(&workspace, "fine", "x");
    symlink(outside.path(), folder.path().join("out")).unwrap();
    symlink(outside.path().join("secret"), folder.path().join("file")).unwrap();
    symlink("fine", folder.path().join("inner")).unwrap();
    symlink("nothing", folder.path().join("broken")).unwrap();
    assert_eq!(paths(&workspace, ""), ["fine"]);
    for (path, link) in [
        ("out/secret", "out"),
        ("out/new", "out"),
        ("out/deep/new", "out"),
        ("file", "file"),
        ("inner", "inner"),
        ("broken", "broken"),
    ] {
        let expected = Err(WorkspaceError::Link { path: path.into(), link: link.into() });
        let here = Stat { path: path.into(), ..seen.clone() };
        assert_eq!(workspace.open(path).map(drop), expected);
        assert_eq!(workspace.write(path, true, &mut |_| Ok(())), expected);
        assert_eq!(workspace.rename(&seen, path, true), expected);
        if path != "out/new" && path != "out/deep/new" {
            assert_eq!(workspace.stat(path).map(drop), expected);
            assert_eq!(workspace.remove(&here), expected);
        }
    }
    assert!(matches!(workspace.list("out"), Err(WorkspaceError::Link { .. })));
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
    assert_eq!(fs::read_to_string(outside.path().join("secret")).unwrap(), "s");
}

#[test]
fn a_folder_swapped_for_a_link_is_not_followed() {
    let (folder, workspace) = workspace();
    let outside = tempfile::tempdir().unwrap();
    let seen = put(&workspace, "logs/a", "x");
    // The very same file, reachable through the link: only the way there differs.
    fs::rename(folder.path().join("logs"), outside.path().join("logs")).unwrap();
    symlink(outside.path().join("logs"), folder.path().join("logs")).unwrap();
    let link = || Err(WorkspaceError::Link { path: "logs/a".into(), link: "logs".into() });
    assert_eq!(workspace.remove(&seen), link());
    assert_eq!(workspace.rename(&seen, "b", false), link());
    assert_eq!(workspace.write_from(&seen, "b", false, &mut |_, _| Ok(())), link());
    assert_eq!(fs::read_to_string(outside.path().join("logs/a")).unwrap(), "x");
}

#[test]
fn configuration_and_git_are_read_only() {
    let (folder, workspace) = workspace();
    for path in ["orch.yaml", "workflows/a.yaml", ".orch/x", ".git/config", "sub/.git/config"] {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "x").unwrap();
    }
    assert_eq!(paths(&workspace, ""), [".orch/x", "orch.yaml", "workflows/a.yaml"]);
    let other = put(&workspace, "other", "o");
    for path in ["orch.yaml", "workflows/a.yaml", ".orch/x", "Workflows/new.yaml", "agents.yml"] {
        let refused = Err(WorkspaceError::Configuration(path.into()));
        assert_eq!(workspace.write(path, true, &mut |_| Ok(())), refused);
        assert_eq!(workspace.rename(&other, path, true), refused);
        assert_eq!(workspace.write_from(&other, path, true, &mut |_, _| Ok(())), refused);
        if let Ok(Some(seen)) = workspace.stat(path) {
            assert_eq!(workspace.remove(&seen), refused);
            assert_eq!(workspace.rename(&seen, "elsewhere", true), refused);
            assert_eq!(text(&workspace, path), "x");
        }
    }
}

#[test]
fn what_changed_is_left_alone() {
    let (folder, workspace) = workspace();
    let seen = put(&workspace, "a", "one");
    put(&workspace, "a", "two");
    let changed = Err(WorkspaceError::Changed("a".into()));
    assert_eq!(workspace.remove(&seen), changed);
    assert_eq!(workspace.rename(&seen, "b", false), changed);
    assert_eq!(workspace.write_from(&seen, "b", false, &mut |_, _| Ok(())), changed);
    // Written to while it is read.
    let seen = workspace.stat("a").unwrap().unwrap();
    let copied = workspace.write_from(&seen, "b", false, &mut |from, into| {
        io::copy(from, into)?;
        fs::write(folder.path().join("a"), "three")
    });
    assert_eq!(copied, changed);
    assert_eq!(paths(&workspace, ""), ["a"]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing half-written is left");
}

#[test]
fn nothing_is_replaced_unless_asked() {
    let (folder, workspace) = workspace();
    let one = put(&workspace, "a", "one");
    put(&workspace, "b", "two");
    fs::create_dir(folder.path().join("folder")).unwrap();
    let exists = Err(WorkspaceError::Exists("b".into()));
    assert_eq!(workspace.write("b", false, &mut |_| panic!("not even begun")), exists);
    assert_eq!(workspace.rename(&one, "b", false), exists);
    assert!(matches!(workspace.rename(&one, "folder", true), Err(WorkspaceError::Io { .. })));
    assert!(matches!(workspace.write("a/below", true, &mut |_| Ok(())), Err(WorkspaceError::Io { .. })));
    assert_eq!(text(&workspace, "b"), "two");
    workspace.rename(&one, "b", true).unwrap();
    assert_eq!((text(&workspace, "b"), workspace.stat("a").unwrap()), ("one".into(), None));
}

#[test]
fn a_failed_write_leaves_the_old_file() {
    let (folder, workspace) = workspace();
    put(&workspace, "a", "old");
    fs::set_permissions(folder.path().join("a"), fs::Permissions::from_mode(0o640)).unwrap();
    let failed = workspace.write("a", true, &mut |file| {
        file.write_all(b"half")?;
        Err(io::Error::other("the disk is full"))
    });
    assert_eq!(failed, Err(WorkspaceError::Io { path: "a".into(), why: "the disk is full".into() }));
    assert_eq!(text(&workspace, "a"), "old");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    put(&workspace, "a", "new");
    assert_eq!(
        fs::metadata(folder.path().join("a")).unwrap().mode() & 0o777,
        0o640,
        "replacing keeps the mode"
    );
}

#[test]
fn what_a_killed_process_left_is_replaced_and_never_listed() {
    let (folder, workspace) = workspace();
    let left = folder.path().join(part_name("a"));
    fs::write(&left, "half").unwrap();
    assert_eq!(paths(&workspace, ""), Vec::<String>::new());
    put(&workspace, "a", "whole");
    assert!(!left.exists());
    assert_eq!(text(&workspace, "a"), "whole");
    // A process that is alive holds its lock.
    let other = File::create(&left).unwrap();
    rustix::fs::flock(&other, FlockOperation::LockExclusive).unwrap();
    let busy = workspace.write("a", true, &mut |_| Ok(())).unwrap_err();
    assert_eq!(busy.to_string(), "`a`: is being written by another process");
    // A hostile repository may bring a link under that name.
    drop(other);
    fs::remove_file(&left).unwrap();
    let outside = tempfile::NamedTempFile::new().unwrap();
    symlink(outside.path(), &left).unwrap();
    assert!(workspace.write("a", true, &mut |file| file.write_all(b"x")).is_err());
    assert_eq!(fs::read(outside.path()).unwrap(), b"");
}

#[test]
fn copies_keep_time_and_permissions() {
    let (folder, workspace) = workspace();
    put(&workspace, "script", "#!/bin/sh\n");
    let path = folder.path().join("script");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o750)).unwrap();
    let time = std::time::UNIX_EPOCH + std::time::Duration::new(1_700_000_000, 123_456_789);
    File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    let seen = workspace.stat("script").unwrap().unwrap();
    assert_eq!(seen.modified, Time::from_second(1_700_000_000));
    workspace.write_from(&seen, "x/copy", false, &mut |from, into| io::copy(from, into).map(drop)).unwrap();
    let copy = fs::metadata(folder.path().join("x/copy")).unwrap();
    assert_eq!((copy.mode() & 0o777, copy.modified().unwrap()), (0o750, time));
}

#[test]
fn odd_things_are_no_files() {
    let (folder, workspace) = workspace();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        folder.path().join("pipe"),
        FileType::Fifo,
        Mode::from_raw_mode(0o600),
        0,
    )
    .unwrap();
    let why = |error: WorkspaceError| error.to_string();
    assert_eq!(why(workspace.open("pipe").map(drop).unwrap_err()), "`pipe`: is not a regular file");
    assert_eq!(why(workspace.stat("pipe").unwrap_err()), "`pipe`: is not a regular file");
    assert_eq!(why(workspace.write("", true, &mut |_| Ok(())).unwrap_err()), "``: is a folder");
    assert_eq!(paths(&workspace, ""), Vec::<String>::new());
    let proc = DiskWorkspace::open(Path::new("/proc"));
    if let Ok(proc) = proc {
        assert!(proc.write("new", true, &mut |_| Ok(())).is_err(), "a folder that cannot be written to");
    }
}

#[test]
fn deep_folders_are_listed() {
    let (_folder, workspace) = workspace();
    let deep = format!("{}file", "d/".repeat(500));
    put(&workspace, &deep, "x");
    assert_eq!(paths(&workspace, ""), [deep]);
}

#[test]
fn concurrent_writers_never_mix() {
    let (_folder, workspace) = workspace();
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let workspace = &workspace;
            scope.spawn(move || {
                for _ in 0..20 {
                    // Some are told that another is writing; nobody sees a mixture.
                    let _ = workspace.write("shared", true, &mut |file| {
                        (0..100).try_for_each(|_| file.write_all(format!("{writer}").as_bytes()))
                    });
                }
            });
        }
    });
    let text = text(&workspace, "shared");
    assert_eq!(text.len(), 100);
    assert!(text.bytes().all(|byte| byte == text.as_bytes()[0]), "{text}");
    assert_eq!(paths(&workspace, ""), ["shared"]);
}
