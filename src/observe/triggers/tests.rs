//! What triggers see, told of a world made of values.
#![expect(clippy::disallowed_methods, reason = "the configuration of these tests is read from files")]

use std::collections::BTreeMap;
use std::io::{self, Cursor, Write};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use smol_str::SmolStr;

use super::{LookError, Sight, look, watches};
use crate::adapters::disk::Disk;
use crate::model::{Change, Config, Event, Fact, FileChange, FlowFact, ORCH, SeenCommit, Time};
use crate::ports::{
    BranchTip, Commits, Convert, Digests, Opened, RepoError, Since, Stat, Workspace, WorkspaceError,
};
use crate::state::State;

#[derive(Default)]
struct World {
    files: BTreeMap<String, Vec<u8>>,
    branch: Option<String>,
    /// Of the branch that is checked out, the oldest first.
    commits: Vec<SeenCommit>,
    is_shallow: bool,
    secrets: BTreeMap<String, String>,
    /// How often was listed, and how many digests were made.
    listed: AtomicU32,
    digested: AtomicU32,
}

impl World {
    fn put(&mut self, path: &str, text: &str) {
        self.files.insert(path.to_owned(), text.into());
    }

    fn commit(&mut self, author: &str, path: &str, trailers: &[&str]) {
        self.commits.push(SeenCommit {
            id: format!("{:040}", self.commits.len() + 1).into(),
            author: author.to_owned(),
            subject: format!("change {path}"),
            paths: vec![path.to_owned()],
            trailers: trailers.iter().map(|trailer| (*trailer).to_owned()).collect(),
        });
    }
}

impl Workspace for World {
    fn list(&self, folder: &str) -> Result<Vec<Stat>, WorkspaceError> {
        self.listed.fetch_add(1, Relaxed);
        let below = |path: &str| folder.is_empty() || path.starts_with(&format!("{folder}/"));
        let stat = |(path, bytes): (&String, &Vec<u8>)| Stat {
            path: path.clone(),
            bytes: bytes.len() as u64,
            modified: Time::from_second(0),
            mark: String::new(),
            changed: String::new(),
        };
        Ok(self.files.iter().filter(|(path, _)| below(path)).map(stat).collect())
    }

    fn open(&self, path: &str) -> Result<Box<dyn Opened>, WorkspaceError> {
        let bytes = self.files.get(path).ok_or_else(|| WorkspaceError::Missing(path.to_owned()))?;
        Ok(Box::new(Cursor::new(bytes.clone())))
    }

    fn stat(&self, _: &str) -> Result<Option<Stat>, WorkspaceError> {
        unreachable!("looking asks for lists")
    }

    fn write(
        &self,
        _: &str,
        _: bool,
        _: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), WorkspaceError> {
        unreachable!("looking writes nothing")
    }

    fn write_from(&self, _: &Stat, _: &str, _: bool, _: &mut Convert<'_>) -> Result<(), WorkspaceError> {
        unreachable!("looking writes nothing")
    }

    fn remove(&self, _: &Stat) -> Result<(), WorkspaceError> {
        unreachable!("looking removes nothing")
    }

    fn rename(&self, _: &Stat, _: &str, _: bool) -> Result<(), WorkspaceError> {
        unreachable!("looking moves nothing")
    }
}

/// The other ports of the same world.
struct Shared<'a>(&'a World);

impl Digests for Shared<'_> {
    fn of_file(&self, _: &dyn Workspace, file: &Stat) -> Result<SmolStr, WorkspaceError> {
        self.0.digested.fetch_add(1, Relaxed);
        Ok(self.of_bytes(&self.0.files[&file.path]))
    }

    fn of_bytes(&self, bytes: &[u8]) -> SmolStr {
        SmolStr::from(format!("{}:{}", bytes.len(), String::from_utf8_lossy(&bytes[..bytes.len().min(20)])))
    }
}

impl Commits for Shared<'_> {
    fn tip(&self, branch: Option<&str>) -> Result<Option<BranchTip>, RepoError> {
        let is_it = branch.is_none() || branch == self.0.branch.as_deref();
        let tip = self.0.commits.last().filter(|_| is_it);
        Ok(tip.map(|commit| BranchTip { branch: self.0.branch.clone(), commit: commit.id.clone() }))
    }

    fn commit(&self, id: &str) -> Result<SeenCommit, RepoError> {
        Ok(self.0.commits.iter().find(|commit| commit.id == id).unwrap().clone())
    }

    fn since(&self, last: &str, _: &str, most: usize) -> Result<Since, RepoError> {
        let Some(index) = self.0.commits.iter().position(|commit| commit.id == last) else {
            return Ok(if self.0.is_shallow { Since::OutOfReach } else { Since::Rewritten });
        };
        let commits = self.0.commits[index + 1..].iter().take(most).cloned().collect();
        Ok(Since::Commits { commits, left_out: 0 })
    }
}

fn config(on: &str) -> Config {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("orch.yaml"), "name: demo\nsecrets: [KEY]\n").unwrap();
    std::fs::create_dir(folder.path().join("workflows")).unwrap();
    let workflow = format!("name: Demo\non:\n{on}steps:\n  - id: say\n    run: echo\n");
    std::fs::write(folder.path().join("workflows/demo.yaml"), workflow).unwrap();
    let sources = crate::load::load(&Disk, folder.path()).unwrap();
    let checked = crate::check::check(&sources, None);
    checked.config.unwrap_or_else(|| panic!("{:?}", checked.diagnostics))
}

fn sight(config: &Config, state: &State, world: &World) -> Result<Sight, LookError> {
    let secret = |name: &str| world.secrets.get(name).cloned();
    look(config, state, world, &Shared(world), &Shared(world), &secret)
}

/// Looks, and lets the state know.
fn seen(config: &Config, state: &mut State, world: &World) -> (Vec<String>, Vec<String>) {
    let sight = sight(config, state, world).unwrap();
    let told = sight.facts.iter().map(in_short).collect();
    for fact in sight.facts {
        let event = Event {
            at: Time::from_second(1),
            actor: ORCH.into(),
            cause: None,
            asked: None,
            fact: Fact::from(fact),
        };
        state.apply(&event).unwrap();
    }
    (told, sight.warnings)
}

fn in_short(fact: &FlowFact) -> String {
    let list = |files: &[FileChange]| -> String {
        let sign = |change| match change {
            Change::Created => '+',
            Change::Changed => '~',
            Change::Deleted => '-',
        };
        files.iter().fold(String::new(), |text, file| format!("{text} {}{}", sign(file.change), file.path))
    };
    match fact {
        FlowFact::TriggerWatched { commit, files, .. } => {
            format!("watched {}{}", commit.as_deref().map_or("-", |id| &id[38..]), list(files))
        }
        FlowFact::FilesChanged { files, seen, .. } if seen.is_empty() => format!("files{}", list(files)),
        FlowFact::FilesChanged { files, seen, .. } => format!("files{} quiet{}", list(files), list(seen)),
        FlowFact::WebhookReceived { file, payload, problem, .. } => {
            format!("payload {} {payload}{}", file.path, if problem.is_some() { " wrong" } else { "" })
        }
        FlowFact::CommitSeen { commit, matches, after, .. } => {
            let after = after.as_deref().map_or("-", |id| &id[38..]);
            format!("{} {} after {after}", if *matches { "commit" } else { "passed" }, &commit.id[38..])
        }
        other => format!("{other:?}"),
    }
}

#[test]
fn files_that_come_change_and_go() {
    let config = config("  - files: { match: [\"docs/**/*.md\", \"!docs/drafts/**\"] }\n");
    let (mut state, mut world) = (State::default(), World::default());
    for path in ["docs/a.md", "docs/drafts/b.md", "docs/c.txt", "other/d.md"] {
        world.put(path, "1");
    }
    assert_eq!(seen(&config, &mut state, &world).0, ["watched - +docs/a.md"]);
    assert_eq!(seen(&config, &mut state, &world).0, [""; 0]);
    world.put("docs/a.md", "2");
    world.put("docs/b.md", "1");
    assert_eq!(seen(&config, &mut state, &world).0, ["files ~docs/a.md +docs/b.md"]);
    assert_eq!(seen(&config, &mut state, &world).0, [""; 0]);
    world.files.remove("docs/a.md");
    world.put("docs/drafts/b.md", "2");
    assert_eq!(seen(&config, &mut state, &world).0, ["files -docs/a.md"]);
    world.put("docs/a.md", "2");
    assert_eq!(seen(&config, &mut state, &world).0, ["files +docs/a.md"]);
}

#[test]
fn what_a_trigger_does_not_ask_for_is_known_all_the_same() {
    let only = |changes: &str| config(&format!("  - files: {{ match: \"*.md\", changes: {changes} }}\n"));
    let steps = |world: &mut World, step: u32| match step {
        0 => world.put("a.md", "1"),
        2 => drop(world.files.remove("a.md")),
        _ => world.put("a.md", "2"),
    };
    for (changes, expected) in [
        ("created", ["files +a.md", "", "files quiet -a.md", "files +a.md"]),
        ("deleted", ["files quiet +a.md", "", "files -a.md", "files quiet +a.md"]),
        ("changed", ["files quiet +a.md", "files ~a.md", "files quiet -a.md", "files quiet +a.md"]),
    ] {
        let (config, mut state, mut world) = (only(changes), State::default(), World::default());
        seen(&config, &mut state, &world);
        for (step, expected) in (0..).zip(expected) {
            steps(&mut world, step);
            assert_eq!(seen(&config, &mut state, &world).0.join(" "), expected, "{changes}, step {step}");
        }
    }
}

#[test]
fn all_triggers_share_one_listing_of_the_outermost_folders() {
    let on = "  - files: { match: \"docs/**\" }\n  - files: { match: \"docs/a/*.md\" }\n  - webhook: { name: x, match: \"hooks/*.json\" }\n";
    let (files, mut state, mut world) = (config(on), State::default(), World::default());
    world.put("docs/a/b.md", "1");
    seen(&files, &mut state, &world);
    assert_eq!(world.listed.load(Relaxed), 2);
    let commits = config("  - commits: {}\n");
    seen(&commits, &mut state, &world);
    assert_eq!(world.listed.load(Relaxed), 2, "commits need no list of files");
}

#[test]
fn known_files_are_not_digested_for_a_trigger_that_asks_for_new_ones() {
    let config = config("  - files: { match: \"*.md\", changes: [created, deleted] }\n");
    let (mut state, mut world) = (State::default(), World::default());
    world.put("a.md", "1");
    seen(&config, &mut state, &world);
    world.put("b.md", "1");
    seen(&config, &mut state, &world);
    seen(&config, &mut state, &world);
    assert_eq!(world.digested.load(Relaxed), 2);
}

#[test]
fn too_many_files_are_an_error_that_says_what_to_do() {
    let config = config("  - files: { match: \"logs/**\" }\n");
    let mut world = World::default();
    for number in 0..10_000 {
        world.put(&format!("logs/{number}"), "");
    }
    assert_eq!(sight(&config, &State::default(), &world).unwrap().facts.len(), 1);
    world.put("logs/more", "");
    let error = sight(&config, &State::default(), &world).unwrap_err();
    assert_eq!(
        error.to_string(),
        "workflow `demo` watches 10001 files with `logs/**`, and 10000 is the most: narrow the pattern, or \
         leave files out with another one that begins with `!`"
    );
}

#[test]
fn payloads_are_read_once_and_wrong_ones_told_once() {
    let config = config("  - webhook: { name: shop, match: \"in/*.json\" }\n");
    let (mut state, mut world) = (State::default(), World::default());
    world.put("in/old.json", "{}");
    assert_eq!(seen(&config, &mut state, &world).0, ["watched - +in/old.json"]);
    world.put("in/1.json", "{\"order\":7}");
    world.put("in/2.json", "{\"order\":");
    world.put("in/3.json", &format!("\"{}\"", "x".repeat(256 << 10)));
    world.put("in/4.json", &"[".repeat(100_000));
    let (facts, warnings) = seen(&config, &mut state, &world);
    assert_eq!(
        facts,
        [
            "payload in/1.json {\"order\":7}",
            "payload in/2.json null wrong",
            "payload in/3.json null wrong",
            "payload in/4.json null wrong"
        ]
    );
    assert_eq!(warnings.len(), 3);
    assert_eq!(
        warnings[1],
        "`in/3.json` is no payload for workflow `demo`: it is larger than 256 KiB; it is passed over until it changes"
    );
    assert_eq!(seen(&config, &mut state, &world), (Vec::new(), Vec::new()));
    // Half-written before, whole now; handled and removed; back again.
    world.put("in/2.json", "{\"order\":8}");
    world.files.remove("in/1.json");
    let (facts, _) = seen(&config, &mut state, &world);
    assert_eq!(facts, ["files quiet -in/1.json", "payload in/2.json {\"order\":8}"]);
    world.put("in/1.json", "{\"order\":7}");
    assert_eq!(seen(&config, &mut state, &world).0, ["payload in/1.json {\"order\":7}"]);
}

#[test]
fn payloads_without_a_good_signature_are_left_and_told_once() {
    let config = config("  - webhook: { name: shop, match: \"in/*\", secret: KEY }\n");
    let (mut state, mut world) = (State::default(), World::default());
    seen(&config, &mut state, &world);
    let good = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    world.put("in/1.json", "Hello, World!");
    world.put("in/1.json.sig", good);
    let quiet = (Vec::new(), Vec::new());
    let (facts, warnings) = seen(&config, &mut state, &world);
    assert_eq!((facts.len(), warnings.len()), (0, 1));
    assert!(warnings[0].contains("the secret `KEY`, with which they are signed, is not set"), "{warnings:?}");
    // With the secret it is signed, and no JSON; an empty secret is none.
    world.secrets.insert("KEY".to_owned(), "It's a Secret to Everybody".to_owned());
    world.put("in/2.json", "{\"order\":7}");
    world.put("in/3.json", "{\"order\":8}");
    world.put("in/3.json.sig", good);
    let (facts, warnings) = seen(&config, &mut state, &world);
    let wrong =
        ["payload in/1.json null wrong", "payload in/2.json null wrong", "payload in/3.json null wrong"];
    assert_eq!(facts, wrong);
    assert!(warnings[0].contains("not a JSON document"), "{}", warnings[0]);
    assert!(warnings[1].contains("it is not signed"), "{}", warnings[1]);
    assert!(warnings[2].contains("not that of these bytes"), "{}", warnings[2]);
    assert_eq!(seen(&config, &mut state, &world), quiet);
    // The signature comes later than the payload.
    world.put("in/2.json.sig", "sha256=b27e4cb5ee9a5a5cf3dd4d5f4ee98fbee3c1bd3ff0ea61dd1a1c1c7f7b3c3e2d");
    assert_eq!(seen(&config, &mut state, &world).0, ["payload in/2.json null wrong"]);
    world.put("in/2.json.sig", "sha256=02d90f01622ce566b6421b39e1356af58d75faea5c8f944584d4dba394b9648a");
    assert_eq!(seen(&config, &mut state, &world).0, ["payload in/2.json {\"order\":7}"]);
    assert_eq!(seen(&config, &mut state, &world), quiet);
}

#[test]
fn many_payloads_come_in_turns() {
    let config = config("  - webhook: { name: shop, match: \"in/*.json\" }\n");
    let (mut state, mut world) = (State::default(), World::default());
    seen(&config, &mut state, &world);
    for number in 0..130 {
        world.put(&format!("in/{number:03}.json"), &number.to_string());
    }
    let turns: Vec<usize> = (0..3).map(|_| seen(&config, &mut state, &world).0.len()).collect();
    assert_eq!(turns, [100, 30, 0]);
}

#[test]
fn commits_by_path_author_and_trailer() {
    let on = "  - commits: { paths: [\"src/**\", \"!src/gen/**\"], authors: \"*@example.com>\", trailers: [reviewed-by, \"Kind: Fix\"] }\n";
    let (config, mut state, mut world) = (config(on), State::default(), World::default());
    let (mika, trailers) = ("Mika <mika@Example.com>", ["Reviewed-by: Rei", "kind:  Fix"]);
    world.commit(mika, "src/a", &trailers);
    assert_eq!(seen(&config, &mut state, &world).0, ["watched 01"]);
    assert_eq!(seen(&config, &mut state, &world).0, [""; 0]);
    world.commit(mika, "src/a", &trailers); // 02
    world.commit(mika, "src/gen/a", &trailers);
    world.commit("Eve <eve@evil.net>", "src/a", &trailers);
    world.commit(mika, "src/a", &["Kind: Fix"]);
    world.commit(mika, "src/a", &["Reviewed-by: Rei", "Kind: fix"]);
    world.commit(mika, "src/a", &trailers); // 07
    world.commit(mika, "b", &trailers);
    assert_eq!(
        seen(&config, &mut state, &world).0,
        ["commit 02 after 01", "commit 07 after 02", "passed 08 after 07"]
    );
    assert_eq!(seen(&config, &mut state, &world).0, [""; 0]);
}

#[test]
fn long_histories_are_seen_in_turns_and_rewritten_ones_anew() {
    let config = config("  - commits: {}\n");
    let (mut state, mut world) = (State::default(), World::default());
    // Before there is any commit, nothing is new about those that come.
    assert_eq!(seen(&config, &mut state, &world).0, ["watched -"]);
    world.commit("a <a>", "a", &[]);
    assert_eq!(seen(&config, &mut state, &world).0, ["passed 01 after -"]);
    for _ in 0..250 {
        world.commit("a <a>", "a", &[]);
    }
    let turns: Vec<usize> = (0..3).map(|_| seen(&config, &mut state, &world).0.len()).collect();
    assert_eq!(turns, [200, 50, 0]);

    world.commits.drain(..world.commits.len() - 1);
    world.commits[0].id = "9".repeat(40).into();
    let before = state.meta.clone();
    world.is_shallow = true;
    let (facts, warnings) = seen(&config, &mut state, &world);
    assert_eq!(facts, [""; 0]);
    assert!(warnings[0].contains("this clone is shallow"), "{warnings:?}");
    assert!(state.meta == before, "a deeper clone can still see them");
    world.is_shallow = false;
    let (facts, warnings) = seen(&config, &mut state, &world);
    assert_eq!(facts, ["passed 99 after 51"]);
    assert!(warnings[0].contains("begins anew at 9999999999"), "{warnings:?}");
    assert_eq!(seen(&config, &mut state, &world), (Vec::new(), Vec::new()));
}

#[test]
fn the_state_branch_is_never_watched() {
    let (mut state, mut world) = (State::default(), World::default());
    world.branch = Some("orch/state".to_owned());
    world.commit("a <a>", "a", &[]);
    let by_default = config("  - commits: {}\n");
    assert_eq!(seen(&by_default, &mut state, &world).0, ["watched -"]);
    assert_eq!(seen(&by_default, &mut state, &world), (Vec::new(), Vec::new()));
    for name in ["orch/state", "orch/state-2"] {
        let by_name = config(&format!("  - commits: {{ branch: {name} }}\n"));
        let (facts, warnings) = seen(&by_name, &mut State::default(), &world);
        assert_eq!((facts.len(), warnings.len()), (0, 1), "{name}");
    }
    let other = config("  - commits: { branch: orch/state-of-the-art }\n");
    assert_eq!(seen(&other, &mut State::default(), &world).1.len(), 0);
}

#[test]
fn a_workflow_that_is_switched_off_in_its_file_does_not_look() {
    let mut config = config("  - files: { match: \"**\" }\n");
    assert!(watches(&config));
    config.workflows.values_mut().for_each(|workflow| workflow.enabled = false);
    assert!(!watches(&config));
    assert_eq!(sight(&config, &State::default(), &World::default()).unwrap(), Sight::default());
}
