//! Disks that are full or read-only, things that are broken or missing, locks of the dead and of the living:
//! a clear error, and the state as it was, to the byte.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::harness::Sandbox;

const STATE: &str = ".git/refs/heads/orch/state";

/// A project with three ticks.
fn project() -> Sandbox {
    let sandbox = Sandbox::repository();
    begin(&sandbox);
    sandbox
}

fn begin(sandbox: &Sandbox) {
    sandbox.write("orch.yaml", "name: durable\n");
    sandbox.ok(&["tick"]);
    sandbox.ok(&["task", "add", "One", "--type", "chore"]);
    sandbox.ok(&["task", "add", "Two", "--type", "chore"]);
}

/// The bytes of the reference, and all that it leads to.
fn state(sandbox: &Sandbox) -> (String, String) {
    (sandbox.read(STATE), sandbox.git(&["ls-tree", "-r", "orch/state"]))
}

/// Runs `orch` in trouble; gives what it said.
fn refused(sandbox: &Sandbox, args: &[&str]) -> String {
    let output = sandbox.orch(args);
    assert_eq!(output.status.code(), Some(1), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    sandbox.redact(String::from_utf8(output.stderr).unwrap().trim_end())
}

const ADD: [&str; 5] = ["task", "add", "Three", "--type", "chore"];

/// A small disk of its own, if this user may make one.
struct Disk(PathBuf);

impl Disk {
    fn make(at: &Path) -> Option<Self> {
        std::fs::create_dir(at).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=1m", "orch-test"])
            .arg(at)
            .stderr(Stdio::null())
            .status();
        mounted.is_ok_and(|status| status.success()).then(|| Self(at.to_owned()))
    }

    fn remount(&self, how: &str) {
        let done = Command::new("mount").args(["-o", &format!("remount,{how}")]).arg(&self.0).status();
        assert!(done.unwrap().success());
    }

    /// Leaves so many bytes of it free.
    fn fill(&self, left: u64) -> PathBuf {
        let filler = self.0.join("filler");
        let _ = std::fs::remove_file(&filler);
        let said = Command::new("df").args(["-k", "--output=avail"]).arg(&self.0).output().unwrap();
        let said = String::from_utf8(said.stdout).unwrap();
        let free: u64 = said.lines().last().unwrap().trim().parse().unwrap();
        std::fs::write(&filler, vec![0; usize::try_from((free * 1024).saturating_sub(left)).unwrap()])
            .unwrap();
        filler
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

/// A project on a small disk; none if this user may not make one.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn on_a_small_disk() -> Option<(Disk, Sandbox)> {
    let mut sandbox = Sandbox::bare();
    let at = sandbox.cwd.join("disk");
    let Some(disk) = Disk::make(&at) else {
        eprintln!("skipped: this user may not mount a disk");
        return None;
    };
    sandbox.cwd = at.join("project");
    std::fs::create_dir(&sandbox.cwd).unwrap();
    sandbox.git(&["init", "--quiet", "--initial-branch=main", "--template="]);
    begin(&sandbox);
    Some((disk, sandbox))
}

#[test]
fn a_full_disk_is_told_and_changes_nothing() {
    let Some((disk, sandbox)) = on_a_small_disk() else { return };
    let before = state(&sandbox);
    let mut refusals = 0;
    // Objects, folders of objects and the reference need a page each: it runs full at another one each time.
    for pages in 0..24 {
        let filler = disk.fill(pages * 4096);
        let output = sandbox.orch(&ADD);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        std::fs::remove_file(filler).unwrap();
        if output.status.success() {
            assert_ne!(state(&sandbox), before);
            break;
        }
        refusals += 1;
        assert_eq!(output.status.code(), Some(1), "{pages}: {told}");
        assert!(told.contains("No space left on device"), "{pages}: {told}");
        assert_eq!(state(&sandbox), before, "{pages}: {told}");
        assert!(!sandbox.cwd.join(format!("{STATE}.lock")).exists(), "{pages}: a lock is left: {told}");
    }
    assert!(refusals > 2, "it was not full for long");
    sandbox.ok(&["tick"]);
    sandbox.ok(&["fsck"]);
    sandbox.git(&["fsck", "--strict"]);
}

#[test]
fn a_read_only_checkout_can_be_looked_at_and_not_changed() {
    let Some((disk, sandbox)) = on_a_small_disk() else { return };
    let before = state(&sandbox);
    disk.remount("ro");
    sandbox.ok(&["status"]);
    sandbox.ok(&["task", "list"]);
    sandbox.ok(&["plan"]);
    sandbox.ok(&["fsck"]);
    for args in [&ADD[..], &["tick"], &["task", "cancel", "CHORE-001", "--reason", "no"]] {
        let told = refused(&sandbox, args);
        assert!(told.contains("Read-only file system"), "{told}");
    }
    disk.remount("rw");
    assert_eq!(state(&sandbox), before);
    sandbox.ok(&ADD);
}

#[test]
fn a_missing_object_is_named_and_nothing_changes() {
    let sandbox = project();
    let before = sandbox.read(STATE);
    let object = |name: &str| {
        let id = sandbox.git(&["rev-parse", name]);
        let id = id.trim();
        sandbox.cwd.join(format!(".git/objects/{}/{}", &id[..2], &id[2..]))
    };
    for name in ["orch/state", "orch/state^{tree}", "orch/state:format.json", "orch/state:events"] {
        let path = object(name);
        let bytes = std::fs::read(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        let told = refused(&sandbox, &ADD);
        assert!(told.contains("is missing") && told.contains("hint: "), "{name}: {told}");
        std::fs::write(&path, b"not an object").unwrap();
        let told = refused(&sandbox, &ADD);
        assert!(told.starts_with("error: ") && told.contains("hint: "), "{name}: {told}");
        assert_eq!(sandbox.read(STATE), before);
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, bytes).unwrap();
    }
    sandbox.ok(&ADD);
    sandbox.ok(&["fsck"]);
}

#[test]
fn a_broken_reference_is_named_and_left_as_it_is() {
    let sandbox = project();
    let before = sandbox.read(STATE);
    // A power cut may leave the file without content, and that is not "no state yet".
    for broken in ["", "\n", "0123\n", "not a commit at all, but long enough to look like one\n"] {
        sandbox.write(STATE, broken);
        for args in [&ADD[..], &["tick"], &["status"]] {
            let told = refused(&sandbox, args);
            assert!(told.contains("refs/heads/orch/state") && told.contains("hint: "), "{broken:?}: {told}");
        }
        assert_eq!(sandbox.read(STATE), broken);
    }
    // A commit that is not here.
    sandbox.write(STATE, "7777777777777777777777777777777777777777\n");
    let told = refused(&sandbox, &["tick"]);
    assert!(told.contains("is missing"), "{told}");
    sandbox.write(STATE, &before);
    sandbox.ok(&ADD);
}

#[test]
fn repositories_of_other_formats_are_refused_in_words() {
    for (option, what) in
        [("--object-format=sha256", "SHA-256 object ids"), ("--ref-format=reftable", "the reftable format")]
    {
        let sandbox = Sandbox::bare();
        sandbox.git(&["init", "--quiet", option]);
        sandbox.write("orch.yaml", "name: other\n");
        for args in [&ADD[..], &["tick"], &["init", "blank"], &["fsck"]] {
            let told = refused(&sandbox, args);
            assert!(told.contains(what) && told.contains("hint: keep the project"), "{told}");
        }
    }
}

fn lock(sandbox: &Sandbox) -> PathBuf {
    sandbox.cwd.join(format!("{STATE}.lock"))
}

/// What a writer leaves that is killed while it moves the branch: its note, and maybe its lock.
fn die_at(sandbox: &Sandbox, content: Option<&str>) {
    let noted =
        sandbox.git(&["rev-parse", "orch/state"]).trim().replace(|c: char| c.is_ascii_hexdigit(), "7");
    sandbox.write(".git/orch.lock", format!("refs/heads/orch/state {noted}\n"));
    if let Some(content) = content {
        sandbox.write(&format!("{STATE}.lock"), content.replace("NOTED", &noted));
    }
}

#[test]
fn the_lock_of_a_killed_writer_goes() {
    let sandbox = project();
    for content in [None, Some("NOTED\n"), Some("")] {
        die_at(&sandbox, content);
        sandbox.ok(&ADD);
        assert!(!lock(&sandbox).exists());
        assert_eq!(sandbox.read(".git/orch.lock"), "", "the note is done with");
    }
    // By the real thing: killed right before and right after.
    for point in ["repo.swap.before", "repo.swap.after"] {
        let fault = format!("{point}:1:kill");
        let output = sandbox.orch_command(&ADD).env("ORCH_FAULT", fault).output().unwrap();
        assert_eq!(output.status.code(), None);
        sandbox.ok(&ADD);
    }
    sandbox.ok(&["fsck"]);
}

/// git, holding the lock of the state branch until it is told to go on.
struct Holder {
    git: Child,
    go_on: PathBuf,
}

impl Holder {
    fn begin(sandbox: &Sandbox) -> Self {
        use std::os::unix::fs::PermissionsExt;
        let go_on = sandbox.cwd.join(".git/go-on");
        let hook = sandbox.cwd.join(".git/hooks/reference-transaction");
        let script = format!(
            "#!/bin/sh\n[ \"$1\" = prepared ] || exit 0\nwhile [ ! -e {} ]; do sleep 0.05; done\n",
            go_on.display()
        );
        std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
        std::fs::write(&hook, script).unwrap();
        std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
        let mut git = sandbox.command("git");
        git.args(["update-ref", "refs/heads/orch/state", "orch/state~1"]).stderr(Stdio::null());
        let git = git.spawn().unwrap();
        let lock = lock(sandbox);
        // Made first, and then written.
        while !std::fs::metadata(&lock).is_ok_and(|lock| lock.len() > 0) {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        Self { git, go_on }
    }

    fn end(mut self) {
        std::fs::write(&self.go_on, "").unwrap();
        assert!(self.git.wait().unwrap().success());
    }
}

#[test]
fn the_lock_of_a_living_git_stays() {
    let sandbox = project();
    // Somebody died here as well; that lock would have been another one.
    die_at(&sandbox, None);
    let before = sandbox.read(STATE);
    let holder = Holder::begin(&sandbox);
    let held = std::fs::read(lock(&sandbox)).unwrap();
    let told = refused(&sandbox, &ADD);
    assert!(told.starts_with("error: `[dir]/.git/refs/heads/orch/state.lock` stays locked"), "{told}");
    assert!(told.contains("hint: "), "{told}");
    assert_eq!(std::fs::read(lock(&sandbox)).unwrap(), held, "it belongs to git");
    assert_eq!(sandbox.read(STATE), before);
    let _ = std::fs::remove_file(sandbox.cwd.join(".git/hooks/reference-transaction"));
    holder.end();
    assert_ne!(sandbox.read(STATE), before, "git has done what it wanted");
    sandbox.ok(&ADD);
    sandbox.ok(&["fsck"]);
}
