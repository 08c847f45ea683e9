//! Histories as git makes them: merges, rewrites, detached heads, shallow clones.
#![expect(clippy::disallowed_methods, reason = "tests make their repositories with git itself")]

use std::path::Path;
use std::process::Command;

use super::*;

fn git(dir: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .current_dir(dir)
        .args(["-c", "user.name=Mika Ä", "-c", "user.email=mika@example.com", "-c", "commit.gpgsign=false"])
        .args(["-c", "protocol.file.allow=always"])
        .args(args)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "--quiet", "--initial-branch=main"]);
    folder
}

/// Commits a file of this name and content, and gives the id.
fn commit(dir: &Path, path: &str) -> String {
    let file = dir.join(path);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, path).unwrap();
    git(dir, &["add", "-A"]);
    git(dir, &["commit", "--quiet", "--allow-empty", "-m", path]);
    git(dir, &["rev-parse", "HEAD"])
}

fn merge(dir: &Path, branch: &str) -> String {
    git(dir, &["merge", "--quiet", "--no-ff", "-m", &format!("merge {branch}"), branch]);
    git(dir, &["rev-parse", "HEAD"])
}

/// The subjects of what is new, look after look, until nothing is.
fn looks(repo: &GitRepo, mut last: String, most: usize) -> Vec<Vec<String>> {
    let tip = repo.tip(None).unwrap().unwrap().commit;
    let mut looks = Vec::new();
    loop {
        let Since::Commits { commits, left_out: 0 } = repo.since(&last, &tip, most).unwrap() else {
            panic!("the history is whole")
        };
        let Some(newest) = commits.last() else { return looks };
        last = newest.id.to_string();
        looks.push(commits.into_iter().map(|commit| commit.subject).collect());
    }
}

#[test]
fn a_commit_says_who_what_and_where() {
    let folder = repository();
    let dir = folder.path();
    let repo = GitRepo::discover(dir).unwrap();
    assert_eq!(repo.tip(None).unwrap(), None, "no commit yet");
    let root = commit(dir, "src/a.rs");
    assert_eq!(repo.commit(&root).unwrap().paths, ["src/a.rs"], "the first commit adds all that is in it");
    git(dir, &["mv", "src/a.rs", "src/ü.rs"]);
    git(dir, &["commit", "--quiet", "-m", "  Move it\n\nWhy: not\n\nReviewed-by: Rei <r@x>\nKind: fix"]);
    let tip = repo.tip(None).unwrap().unwrap();
    assert_eq!(tip.branch.as_deref(), Some("main"));
    let seen = repo.commit(&tip.commit).unwrap();
    assert_eq!((seen.author.as_str(), seen.subject.as_str()), ("Mika Ä <mika@example.com>", "Move it"));
    assert_eq!(seen.paths, ["src/a.rs", "src/ü.rs"], "the old name and the new one");
    assert_eq!(seen.trailers, ["Reviewed-by: Rei <r@x>", "Kind: fix"]);

    git(dir, &["checkout", "--quiet", "--detach"]);
    let detached = repo.tip(None).unwrap().unwrap();
    assert_eq!((detached.branch, detached.commit), (None, tip.commit.clone()));
    assert_eq!(repo.tip(Some("main")).unwrap().unwrap().commit, tip.commit);
    for none in ["other", "no branch", "..", "", "heads/main"] {
        assert_eq!(repo.tip(Some(none)).unwrap(), None, "{none}");
    }
}

#[test]
fn a_merge_brings_its_side_first_and_changes_what_its_branch_lacked() {
    let folder = repository();
    let dir = folder.path();
    let first = commit(dir, "1");
    git(dir, &["checkout", "--quiet", "-b", "side"]);
    commit(dir, "side-1");
    commit(dir, "side-2");
    git(dir, &["checkout", "--quiet", "main"]);
    commit(dir, "2");
    let merged = merge(dir, "side");
    commit(dir, "3");
    let repo = GitRepo::discover(dir).unwrap();
    let all = ["2", "side-1", "side-2", "merge side", "3"];
    assert_eq!(looks(&repo, first.clone(), 200), [all.to_vec()]);
    // However few at a time, each is seen once, and what came with a merge comes at once.
    assert_eq!(
        looks(&repo, first.clone(), 3),
        [vec!["2"], all[1..4].to_vec(), vec!["3"]]
            .iter()
            .map(|look| look.iter().map(ToString::to_string).collect::<Vec<_>>())
            .collect::<Vec<_>>()
    );
    assert_eq!(repo.commit(&merged).unwrap().paths, ["side-1", "side-2"]);
    let Since::Commits { commits, left_out } = repo.since(&first, &merged, 2).unwrap() else { panic!() };
    assert_eq!((commits.len(), left_out), (1, 0));
}

#[test]
fn a_merge_the_wrong_way_round_shows_nothing_twice() {
    let folder = repository();
    let dir = folder.path();
    commit(dir, "1");
    git(dir, &["branch", "side"]);
    let last = commit(dir, "2");
    git(dir, &["checkout", "--quiet", "side"]);
    commit(dir, "side-1");
    commit(dir, "side-2");
    // main becomes the second parent, and then goes on from here.
    merge(dir, "main");
    git(dir, &["branch", "--force", "main"]);
    git(dir, &["checkout", "--quiet", "main"]);
    commit(dir, "3");
    let repo = GitRepo::discover(dir).unwrap();
    for most in [1, 2, 200] {
        let seen: Vec<String> = looks(&repo, last.clone(), most).into_iter().flatten().collect();
        assert_eq!(seen, ["side-1", "side-2", "merge main", "3"], "{most}");
    }
}

#[test]
fn what_one_merge_brings_is_bounded() {
    let folder = repository();
    let dir = folder.path();
    let first = commit(dir, "1");
    git(dir, &["checkout", "--quiet", "-b", "side"]);
    (0..6).for_each(|number| drop(commit(dir, &format!("side-{number}"))));
    git(dir, &["checkout", "--quiet", "main"]);
    let merged = merge(dir, "side");
    let repo = GitRepo::discover(dir).unwrap();
    let Since::Commits { commits, left_out } = repo.since(&first, &merged, 3).unwrap() else { panic!() };
    let subjects: Vec<&str> = commits.iter().map(|commit| commit.subject.as_str()).collect();
    assert_eq!((subjects, left_out), (vec!["side-4", "side-5", "merge side"], 4));
}

#[test]
fn history_that_went_back_or_was_rewritten() {
    let folder = repository();
    let dir = folder.path();
    let first = commit(dir, "1");
    let second = commit(dir, "2");
    let repo = GitRepo::discover(dir).unwrap();
    let nothing = Since::Commits { commits: Vec::new(), left_out: 0 };
    assert_eq!(repo.since(&second, &first, 9).unwrap(), nothing, "an older commit is checked out");
    assert_eq!(repo.since(&second, &second, 9).unwrap(), nothing);
    git(dir, &["commit", "--quiet", "--amend", "-m", "other"]);
    let amended = git(dir, &["rev-parse", "HEAD"]);
    assert_eq!(repo.since(&second, &amended, 9).unwrap(), Since::Rewritten);
    // Even once git has forgotten it.
    assert_eq!(repo.since(&"1".repeat(40), &amended, 9).unwrap(), Since::Rewritten);
    assert!(repo.since("no id", &amended, 9).is_err());
}

#[test]
fn a_shallow_clone_says_that_it_cannot_see() {
    let folder = repository();
    let dir = folder.path();
    let first = commit(dir, "1");
    commit(dir, "2");
    let third = commit(dir, "3");
    let clones = tempfile::tempdir().unwrap();
    let url = format!("file://{}", dir.display());
    git(clones.path(), &["clone", "--quiet", "--depth=1", &url, "shallow"]);
    let shallow = clones.path().join("shallow");
    let repo = GitRepo::discover(&shallow).unwrap();
    assert_eq!(repo.since(&first, &third, 9).unwrap(), Since::OutOfReach);
    assert_eq!(repo.commit(&third).unwrap().paths, ["1", "2", "3"], "as git shows it: all is new");
    git(&shallow, &["fetch", "--quiet", "--unshallow"]);
    let repo = GitRepo::discover(&shallow).unwrap();
    assert_eq!(looks(&repo, first, 9), [["2", "3"].map(String::from)]);
    assert_eq!(repo.tip(Some("origin/main")).unwrap().unwrap().commit, third);
}
