//! Kinds of repositories, and repositories in trouble.

use super::*;
use crate::ports::{Repo, RepoError};

#[test]
fn a_bare_repository_and_a_linked_work_tree_will_do() {
    let root = Folder::empty();
    let repo = open(&bare(root.path(), "state.git"));
    let branch = StateBranch::new(&repo, BRANCH).with_bounds(TINY);
    fill(&branch, 5);
    sound(&branch);

    let folder = Folder::repository();
    git(folder.path(), &["commit", "--quiet", "--allow-empty", "-m", "one"]);
    git(folder.path(), &["worktree", "add", "--quiet", "linked"]);
    let linked = open(&folder.path().join("linked"));
    let branch = StateBranch::new(&linked, BRANCH).with_bounds(TINY);
    let last = fill(&branch, 5);
    let main = open(folder.path());
    assert_eq!(StateBranch::new(&main, BRANCH).tip().unwrap(), last.tip);
    assert_eq!(git(&folder.path().join("linked"), &["status", "--porcelain"]), "");
    sound(&branch);
}

#[test]
fn a_packed_repository_reads_the_same() {
    let folder = Folder::repository();
    let repo = open(folder.path());
    let branch = StateBranch::new(&repo, BRANCH).with_bounds(TINY);
    let last = fill(&branch, 6);
    git(folder.path(), &["gc", "--quiet", "--prune=now"]);
    for repo in [repo, open(folder.path())] {
        let branch = StateBranch::new(&repo, BRANCH).with_bounds(TINY);
        assert_eq!(branch.tip().unwrap(), last.tip);
        assert!(branch.load(&last.tip).unwrap() == last.state);
        sound(&branch);
    }
    let again = open(folder.path());
    tick(&StateBranch::new(&again, BRANCH).with_bounds(TINY), vec![task(9)]);
}

#[test]
fn a_rebase_under_way_does_not_matter_but_is_known() {
    let folder = Folder::repository();
    let repo = open(folder.path());
    assert_eq!(repo.unfinished(), None);
    std::fs::create_dir_all(folder.path().join(".git/rebase-merge")).unwrap();
    assert_eq!(repo.unfinished(), Some("a rebase"));
    sound_after_tick(&StateBranch::new(&repo, BRANCH));
}

fn sound_after_tick(branch: &StateBranch<'_>) {
    tick(branch, vec![created()]);
    sound(branch);
}

#[test]
fn no_repository_and_foreign_formats_are_named() {
    let folder = Folder::empty();
    let error = GitRepo::discover(folder.path()).unwrap_err();
    assert!(matches!(error, RepoError::NotARepository { .. }), "{error}");
    git(folder.path(), &["init", "--quiet", "--object-format=sha256"]);
    let error = GitRepo::discover(folder.path()).unwrap_err();
    assert!(
        matches!(&error, RepoError::Unsupported { what, .. } if what == "SHA-256 object ids"),
        "{error:?}"
    );
    let folder = Folder::empty();
    git(folder.path(), &["init", "--quiet", "--ref-format=reftable"]);
    let error = GitRepo::discover(folder.path()).unwrap_err();
    assert!(
        matches!(&error, RepoError::Unsupported { what, .. } if what == "the reftable format"),
        "{error:?}"
    );
}

#[test]
fn a_checked_out_state_branch_is_not_moved() {
    let folder = Folder::repository();
    let repo = open(folder.path());
    let branch = StateBranch::new(&repo, BRANCH);
    let tip = tick(&branch, vec![created()]).tip;
    git(folder.path(), &["commit", "--quiet", "--allow-empty", "-m", "one"]);
    git(folder.path(), &["worktree", "add", "--quiet", "look", BRANCH]);
    let error = prepare(&branch, &tip, branch.load(&tip).unwrap(), vec![task(1)]).unwrap_err();
    let StoreError::CheckedOut { dir, .. } = &error else { panic!("{error}") };
    assert_eq!(dir, &folder.path().canonicalize().unwrap().join("look"));
    git(folder.path(), &["worktree", "remove", "look"]);
    tick(&branch, vec![task(1)]);
    git(folder.path(), &["switch", "--quiet", BRANCH]);
    let tip = branch.tip().unwrap();
    let error = prepare(&branch, &tip, branch.load(&tip).unwrap(), vec![task(2)]).unwrap_err();
    assert!(matches!(error, StoreError::CheckedOut { .. }), "{error}");
}

#[test]
fn a_newer_format_is_refused_untouched() {
    let folder = Folder::repository();
    let repo = open(folder.path());
    let branch = StateBranch::new(&repo, BRANCH);
    tick(&branch, vec![created()]);
    tamper(folder.path(), false, &[("format.json", Some(br#"{"version":3,"shape":"unheard of"}"#))]);
    let error = branch.tip().unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "the state was written by a newer orch (format 3; this is {}, format 2)",
            env!("CARGO_PKG_VERSION")
        )
    );
}

#[test]
fn a_corrupt_line_is_named() {
    let folder = Folder::repository();
    let repo = open(folder.path());
    let branch = StateBranch::new(&repo, BRANCH);
    tick(&branch, vec![created(), task(1)]);
    let path = "events/000000001.jsonl";
    let cut = show(folder.path(), path);
    let commit = tamper(folder.path(), false, &[(path, Some(&cut[..cut.len() - 9]))]);
    let tip = branch.tip().unwrap();
    let error = branch.load(&tip).unwrap_err();
    let message = error.to_string();
    let start = format!("`{path}` of the state at commit {} is corrupt in line 3: EOF", &commit[..10]);
    assert!(message.starts_with(&start), "{message}");
    assert!(error.hint().unwrap().contains("orch fsck"));
}

#[test]
fn a_lock_file_left_behind_is_named() {
    let folder = Folder::repository();
    let repo = open(folder.path());
    let branch = StateBranch::new(&repo, BRANCH);
    tick(&branch, vec![created()]);
    let lock = folder.path().join(".git/refs/heads/orch/state.lock");
    std::fs::write(&lock, "").unwrap();
    let tip = branch.tip().unwrap();
    let prepared = prepare(&branch, &tip, branch.load(&tip).unwrap(), vec![task(1)]).unwrap();
    let error = branch.settle(prepared).unwrap_err();
    let StoreError::Repo(RepoError::Locked { path, holder: None }) = &error else { panic!("{error}") };
    assert_eq!(path.canonicalize().unwrap(), lock.canonicalize().unwrap());
    std::fs::remove_file(lock).unwrap();
    tick(&branch, vec![task(1)]);
}

#[test]
fn a_deleted_or_damaged_object_is_named() {
    let folder = Folder::repository();
    let repo = open(folder.path());
    let branch = StateBranch::new(&repo, BRANCH).with_bounds(TINY);
    fill(&branch, 6);
    let id = git(folder.path(), &["rev-parse", &format!("{BRANCH}:events/000000005.jsonl")]);
    let object = folder.path().join(format!(".git/objects/{}/{}", &id[..2], &id[2..]));
    let content = std::fs::read(&object).unwrap();
    std::fs::remove_file(&object).unwrap();
    let tip = branch.tip().unwrap();
    let error = branch.load(&tip).unwrap_err();
    let message = error.to_string();
    let place = "`events/000000005.jsonl` of the state at commit ";
    assert!(message.starts_with(place) && message.ends_with(&format!("object {id} is missing")), "{message}");
    assert!(!branch.fsck(&tip).unwrap().findings.is_empty());

    // The content of another object under this name.
    let other = git(folder.path(), &["rev-parse", &format!("{BRANCH}:events/000000006.jsonl")]);
    let other = folder.path().join(format!(".git/objects/{}/{}", &other[..2], &other[2..]));
    std::fs::copy(other, &object).unwrap();
    let error = branch.load(&tip).unwrap_err();
    assert!(error.to_string().ends_with("its content does not match its id"), "{error}");
    std::fs::remove_file(&object).unwrap();
    std::fs::write(&object, content).unwrap();
    sound(&branch);
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn a_folder_without_write_permission_is_an_error_and_changes_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::repository();
    let repo = open(folder.path());
    let branch = StateBranch::new(&repo, BRANCH);
    let tip = tick(&branch, vec![created()]).tip;
    let objects = folder.path().join(".git/objects");
    let set = |mode| std::fs::set_permissions(&objects, std::fs::Permissions::from_mode(mode)).unwrap();
    set(0o555);
    // Whoever may do everything cannot be kept out by permissions.
    let kept_out = std::fs::write(objects.join("probe"), "").is_err();
    let result = prepare(&branch, &tip, branch.load(&tip).unwrap(), vec![task(1)]);
    set(0o755);
    if kept_out {
        assert!(matches!(result.unwrap_err(), StoreError::Repo(RepoError::Denied { .. })));
        assert_eq!(branch.tip().unwrap(), tip);
    } else {
        eprintln!("skipped: this user may write everywhere");
    }
}

#[test]
fn paths_that_leave_the_tree_are_no_configuration() {
    let folder = Folder::repository();
    let repo = open(folder.path());
    let branch = StateBranch::new(&repo, BRANCH);
    for path in ["", "/etc/passwd", "a/../b", ".git/config", "a//b", "a/", "./a", "a/.GIT/b"] {
        assert!(matches!(branch.config_tree(&[(path, b"")]), Err(StoreError::ConfigPath(_))), "{path}");
    }
}
