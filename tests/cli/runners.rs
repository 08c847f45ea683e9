//! Steps with `runs_on: github-actions`: many runners at once, each in a clone of its own, on one branch of the state.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::concurrency::assert_linear;
use super::harness::Sandbox;

/// As much of GitHub as a dispatch needs; the double of `tests/github` judges what is sent. Gives what was sent.
fn github() -> (String, Arc<Mutex<Vec<Value>>>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let sent = Arc::<Mutex<Vec<Value>>>::default();
    let shared = Arc::clone(&sent);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut first, mut line, mut length) = (String::new(), String::new(), 0);
            reader.read_line(&mut first).unwrap();
            while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                let (name, value) = line.trim().split_once(": ").unwrap();
                if name.eq_ignore_ascii_case("content-length") {
                    length = value.parse().unwrap();
                }
                line.clear();
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let answer = if first.starts_with("POST") {
                shared.lock().unwrap().push(serde_json::from_slice(&body).unwrap());
                json!({ "workflow_run_id": 1, "html_url": "https://github.example/1" })
            } else if first.contains("/runs?") {
                json!({ "total_count": 0, "workflow_runs": [] })
            } else {
                json!({ "id": 9, "default_branch": "main" })
            };
            let answer = answer.to_string();
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{answer}",
                answer.len()
            );
        }
    });
    (url, sent)
}

/// A project with many items, on a bare repository.
struct Fleet {
    sandbox: Sandbox,
    bare: PathBuf,
    /// Where steps leave what they did.
    marks: PathBuf,
    github: String,
    sent: Arc<Mutex<Vec<Value>>>,
}

impl Fleet {
    fn of(items: usize) -> Self {
        let sandbox = Sandbox::repository();
        let marks = sandbox.cwd.join(".git/marks");
        std::fs::create_dir(&marks).unwrap();
        let list: Vec<String> = (0..items).map(|item| format!("i{item}")).collect();
        // Those that are marked as slow are killed while they are at it.
        let script = format!(
            "echo $$ >> '{marks}/begun-'{{{{ item }}}}; if test -e '{marks}/slow-'{{{{ item }}}}; then exec sleep 300; fi; echo x >> '{marks}/done-'{{{{ item }}}}; echo made={{{{ item }}}} >> $ORCH_OUTPUT",
            marks = marks.display()
        );
        sandbox.write("orch.yaml", "name: fleet\n");
        sandbox.write(
            "workflows/make.yaml",
            format!(
                "name: Make\non: manual\nsteps:\n  - id: build\n    for_each: {{ items: [{}], max_parallel: 256 }}\n    timeout: 5m\n    retry: {{ attempts: 3, delay: 1s }}\n    runs_on: github-actions\n    run: {}\n  - id: tell\n    needs: build\n    run: echo {{{{ steps.build.outputs.items | length }}}} > '{}/told'\n",
                list.join(", "),
                serde_json::to_string(&script).unwrap(),
                marks.display(),
            ),
        );
        sandbox.git(&["add", "-A"]);
        sandbox.git(&["commit", "--quiet", "-m", "the project"]);
        // This is about processes that die, not about power cuts.
        sandbox.git(&["config", "core.fsync", "none"]);
        let bare = sandbox.cwd.join(".git/served.git");
        sandbox.git(&["init", "--quiet", "--bare", "--initial-branch=main", bare.to_str().unwrap()]);
        for rule in ["receive.denyNonFastForwards", "receive.denyDeletes", "core.logAllRefUpdates"] {
            sandbox.git(&["-C", bare.to_str().unwrap(), "config", rule, "true"]);
        }
        // As a server does that looks after its repositories at night.
        sandbox.git(&["-C", bare.to_str().unwrap(), "config", "receive.autoGc", "false"]);
        sandbox.git(&["remote", "add", "origin", bare.to_str().unwrap()]);
        sandbox.git(&["push", "--quiet", "origin", "main"]);
        let (github, sent) = github();
        Self { sandbox, bare, marks, github, sent }
    }

    /// `orch` at a minute of the day.
    fn command(&self, cwd: &Path, minute: &str, args: &[&str]) -> Command {
        let mut command = self.sandbox.orch_command(args);
        command.current_dir(cwd).env("ORCH_NOW", format!("2026-01-09T{minute}:00Z"));
        command.env("GITHUB_API_URL", &self.github).env("GITHUB_REPOSITORY", "acme/fleet");
        command.env("ORCH_GITHUB_TOKEN", "a-token-of-the-tests");
        command
    }

    fn at(&self, minute: &str, args: &[&str]) -> String {
        let output = self.command(&self.sandbox.cwd, minute, args).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{args:?}: {told}{}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The runs that were sent for since the last look.
    fn sent(&self) -> Vec<Vec<String>> {
        let runs = |body: Value| serde_json::from_str(body["inputs"]["runs"].as_str().unwrap()).unwrap();
        self.sent.lock().unwrap().drain(..).map(runs).collect()
    }

    /// A fresh clone, as a runner begins with one.
    fn clone(&self, name: &str) -> PathBuf {
        let clone = self.sandbox.cwd.join(".git/runners").join(name);
        let url = format!("file://{}", self.bare.display());
        let args = [
            "clone",
            "--quiet",
            "--depth=1",
            "--template=",
            "-c",
            "core.fsync=none",
            &url,
            clone.to_str().unwrap(),
        ];
        self.sandbox.git(&args);
        clone
    }

    /// Runners that begin at once, each for its run, in fresh clones; and when they began.
    fn begin(&self, name: &str, runs: &[String], minute: &str) -> (Vec<Child>, Instant) {
        let clones: Vec<PathBuf> =
            (0..runs.len()).map(|number| self.clone(&format!("{name}{number}"))).collect();
        let begun = Instant::now();
        let spawn = |(clone, run): (&PathBuf, &String)| {
            let mut command = self.command(clone, minute, &["work", "--push", run]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        };
        (clones.iter().zip(runs).map(spawn).collect(), begun)
    }

    fn marked(&self, what: &str, item: usize) -> Vec<String> {
        let text = std::fs::read_to_string(self.marks.join(format!("{what}-i{item}"))).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// How the items of the run stand, and how many each there are.
    fn stand(&self) -> BTreeMap<String, usize> {
        let shown: Value =
            serde_json::from_str(&self.at("12:00", &["runs", "show", "make#1", "--format", "json"])).unwrap();
        let mut counts = BTreeMap::new();
        for step in shown["run"]["steps"].as_array().unwrap() {
            if step["key"].as_str().unwrap().starts_with("build[") {
                *counts.entry(step["status"].as_str().unwrap().to_owned()).or_default() += 1;
            }
        }
        counts
    }
}

fn ended(child: Child) -> (Option<i32>, String) {
    let output = child.wait_with_output().unwrap();
    let told = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&told).into_owned())
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_mins(30), "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// So many runners at once, some of them twice and some of them killed; how long that took.
fn race(items: usize, doubled: usize, killed: usize) {
    let fleet = Fleet::of(items);
    fleet.at("09:00", &["run", "make", "--push"]);
    let sent = fleet.sent();
    assert_eq!(sent.len(), items.div_ceil(256), "one dispatch for up to 256 of them");
    let runs: Vec<String> = sent.into_iter().flatten().collect();
    assert_eq!(runs.len(), items.min(256));
    assert!(fleet.at("09:01", &["tick", "--push"]).contains("Nothing"), "they wait for runners");
    for item in 0..killed {
        fleet.sandbox.write(&format!(".git/marks/slow-i{item}"), "");
    }
    let twice: Vec<String> = runs.iter().rev().take(doubled).cloned().collect();
    let all = [runs, twice].concat();
    let (mut killed_ones, begun) = fleet.begin("a", &all, "09:02");
    let rest = killed_ones.split_off(killed);
    // Machines that go away take with them what goes on there.
    wait_until("the slow ones begin", || (0..killed).all(|item| !fleet.marked("begun", item).is_empty()));
    for (item, mut child) in killed_ones.into_iter().enumerate() {
        child.kill().unwrap();
        child.wait().unwrap();
        let step = fleet.marked("begun", item).remove(0);
        let _ = Command::new("kill").args(["-9", &step]).output();
        std::fs::remove_file(fleet.marks.join(format!("slow-i{item}"))).unwrap();
    }
    let mut idle = 0;
    for (code, told) in rest.into_iter().map(ended) {
        assert_eq!(code, Some(0), "{told}");
        idle += usize::from(told.contains("nothing was done"));
    }
    assert_eq!(idle, doubled, "of two for the same, one finds it taken or done");
    let took = begun.elapsed().as_secs_f64();
    let told = format!("{items} runners, {doubled} of them twice, {killed} killed: {took:.1} s\n");
    std::io::stderr().write_all(told.as_bytes()).unwrap();
    for item in killed..items {
        assert_eq!(fleet.marked("done", item).len(), 1, "item {item} is done once");
    }
    fleet.sandbox.git(&["fetch", "--quiet", "origin", "+orch/state:refs/heads/orch/state"]);
    let others = if killed > 0 { BTreeMap::from([("waiting".to_owned(), killed)]) } else { BTreeMap::new() };
    let all = [("succeeded".to_owned(), items - killed)].into_iter().chain(others).collect();
    assert_eq!(fleet.stand(), all);

    // The leases of the dead run out, and what they did is sent for again.
    for minute in ["09:30", "09:31"] {
        fleet.at(minute, &["tick", "--push"]);
    }
    // Some are due at once, others a second later.
    let again = fleet.sent();
    assert!(again.len() <= 2, "{again:?}");
    let again: Vec<String> = again.into_iter().flatten().collect();
    assert_eq!(again.len(), killed);
    let (again, _) = fleet.begin("b", &again, "09:32");
    for (code, told) in again.into_iter().map(ended) {
        assert_eq!(code, Some(0), "{told}");
    }
    fleet.at("09:33", &["tick", "--push"]);
    for item in 0..items {
        assert_eq!(fleet.marked("done", item).len(), 1, "item {item}");
        assert_eq!(fleet.marked("begun", item).len(), 1 + usize::from(item < killed), "item {item}");
    }
    assert_eq!(fleet.sandbox.read(".git/marks/told").trim(), items.to_string());
    let shown: Value =
        serde_json::from_str(&fleet.at("09:34", &["runs", "show", "make#1", "--format", "json"])).unwrap();
    assert_eq!(shown["run"]["status"], "succeeded");
    for step in shown["run"]["steps"].as_array().unwrap() {
        if let Some(item) = step["key"].as_str().unwrap().strip_prefix("build[") {
            assert_eq!(step["outputs"]["made"], format!("i{}", item.trim_end_matches(']')));
        }
    }
    assert_linear(&fleet.sandbox, "orch/state");
    for command in ["fsck", "verify"] {
        fleet.at("09:35", &[command]);
    }
    // Nothing is left to be done, and nobody is sent for.
    fleet.at("09:36", &["tick", "--push"]);
    assert!(fleet.sent().is_empty());
}

#[test]
fn forty_runners_at_once_and_some_die() {
    race(40, 6, 4);
}

/// `cargo nextest run --release --run-ignored only runners::hundreds --no-capture`
#[test]
#[ignore = "a measurement: minutes"]
fn hundreds_of_runners_at_once() {
    let count = std::env::var("ORCH_TEST_RUNNERS").map_or(250, |count| count.parse().unwrap());
    race(count, count / 10, count / 10);
}
