//! Actions that are killed by `kill -9` at any moment, and run again.
#![expect(clippy::disallowed_methods, reason = "the test kills copies of itself")]

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use super::testing::{Bench, in_world};
use super::zipped;
use crate::actions::find;
use crate::adapters::workspace::DiskWorkspace;
use crate::model::Permissions;
use crate::ports::Workspace;

const FOLDER: &str = "ORCH_TEST_KILLED_FOLDER";
const STEP: &str = "ORCH_TEST_KILLED_STEP";

/// What the copies do: one step on a folder. Without being told, nothing.
#[test]
fn the_copy_that_is_killed() {
    let (Ok(folder), Ok(step)) = (std::env::var(FOLDER), std::env::var(STEP)) else { return };
    let step: Value = serde_json::from_str(&step).unwrap();
    let files = DiskWorkspace::open(folder.as_ref()).unwrap();
    let action = find(step["action"].as_str().unwrap()).unwrap();
    in_world(&files, &Permissions::default(), |world| action.perform(&step["args"], None, world)).unwrap();
}

/// Begins a step in another process and kills it after a while; whether it had ended by itself.
fn run_and_kill(bench: &Bench, step: &Value, after: Duration) -> bool {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "actions::files::killed::the_copy_that_is_killed"])
        .env(FOLDER, bench.folder.path())
        .env(STEP, step.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(after);
    child.kill().unwrap();
    child.wait().unwrap().success()
}

/// 120 files of 20 kB that do not compress to nothing.
fn fill(bench: &Bench) -> BTreeMap<String, String> {
    let text = |number: u32| {
        let mut random = fastrand::Rng::with_seed(number.into());
        (0..20_000).map(|_| random.alphanumeric()).collect::<String>()
    };
    let files: BTreeMap<_, _> = (0..120).map(|number| (format!("logs/{number}.log"), text(number))).collect();
    for (path, text) in &files {
        bench.file(path, text, 40);
    }
    files
}

/// Kills a step at ever later moments until it ends by itself, and checks after each.
fn kill_until_done(bench: &Bench, step: &Value, check: impl Fn()) -> u32 {
    let mut kills = 0;
    for round in 1.. {
        if run_and_kill(bench, step, Duration::from_millis(10 + 5 * round * round)) {
            break;
        }
        kills += 1;
        check();
    }
    check();
    kills
}

#[test]
fn an_archive_loses_nothing() {
    let bench = Bench::new();
    let files = fill(&bench);
    let args = json!({ "in": "logs", "match": "*.log", "to": "a.zip", "remove": true });
    let step = json!({ "action": "files.archive", "args": args });
    let archived = || {
        let mut archived = BTreeMap::new();
        for path in bench.paths().into_iter().filter(|path| path.starts_with('a')) {
            // What has its final name is whole.
            let mut archive = bench.in_world(|world| zipped::Archive::open(&path, world).unwrap().unwrap());
            for (name, entry) in archive.entries().unwrap() {
                assert!(archive.holds(&entry), "{path} {name}");
                archived.insert(name, entry.bytes);
            }
        }
        archived
    };
    let kills = kill_until_done(&bench, &step, || {
        let archived = archived();
        for (path, text) in &files {
            let is_there =
                bench.files.stat(path).unwrap().is_some_and(|stat| stat.bytes == text.len() as u64);
            assert!(is_there || archived.contains_key(path), "{path} is lost");
        }
    });
    assert!(kills > 0, "it was never killed");
    assert_eq!(archived().len(), files.len());
    assert_eq!(bench.paths(), ["a.zip"], "finished by the same archive, nothing half-written beside it");
    assert_eq!(std::fs::read_dir(bench.folder.path()).unwrap().count(), 2);
}

#[test]
fn compressing_loses_nothing() {
    let bench = Bench::new();
    let files = fill(&bench);
    let args = json!({ "in": "logs", "match": "*.log" });
    let step = json!({ "action": "files.compress", "args": args });
    let unpacked = |path: &str| {
        let bytes = bench.bytes(path);
        std::io::read_to_string(flate2::read::GzDecoder::new(&bytes[..])).unwrap()
    };
    let kills = kill_until_done(&bench, &step, || {
        for (path, text) in &files {
            let gzip = format!("{path}.gz");
            let is_packed = bench.files.stat(&gzip).unwrap().is_some();
            assert!(!is_packed || unpacked(&gzip) == *text, "{gzip} is not whole");
            assert!(is_packed || bench.text(path) == *text, "{path} is lost");
        }
    });
    assert!(kills > 0, "it was never killed");
    assert!(bench.paths().iter().all(|path| path.ends_with(".log.gz")), "{:?}", bench.paths());
    assert_eq!(std::fs::read_dir(bench.folder.path().join("logs")).unwrap().count(), files.len());
}
