//! Records that are flipped, dropped, put in another order or doubled, at random, in histories whose commits
//! are made anew so that git sees nothing wrong: `verify` finds every one and names the first.
//!
//! `ORCH_TRIALS=10000` makes as many of each kind; without it, a few.
#![expect(clippy::print_stderr, reason = "the figures are what the trials are for")]

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use super::*;
use crate::cli::session::verify;
use crate::commit::Head;
use crate::commit::fsck::{Finding, Since};
use crate::commit::object::{Commit, EVENTS, FORMAT_FILE, Node, parse_tree};
use crate::commit::object::{Folder as Making, json};
use crate::commit::segment::{self, SegmentV1};
use crate::commit::write::seal;
use crate::model::{Ask, Duration, Request, ReviewRef, Verdict};
use crate::plan::{Inputs, plan};
use crate::ports::{Identity, ObjectId, ObjectKind, Repo, RepoError, RepoLock};
use crate::{check, load, report, template};

/// Objects in memory, which know their kind; some may be damaged.
struct Memory {
    hasher: GitRepo,
    objects: RefCell<HashMap<ObjectId, (ObjectKind, Vec<u8>)>>,
    tip: RefCell<Option<ObjectId>>,
}

impl Repo for Memory {
    fn read(&self, id: ObjectId, kind: ObjectKind, into: &mut Vec<u8>) -> Result<(), RepoError> {
        self.read_trusting(id, kind, into)?;
        if self.hash(kind, into)? == id {
            return Ok(());
        }
        Err(RepoError::Damaged { id, why: "its content has another id".into() })
    }

    fn read_trusting(&self, id: ObjectId, kind: ObjectKind, into: &mut Vec<u8>) -> Result<(), RepoError> {
        let objects = self.objects.borrow();
        let (found, bytes) = objects.get(&id).ok_or(RepoError::Missing { id })?;
        assert_eq!(*found, kind);
        into.clone_from(bytes);
        Ok(())
    }

    fn has(&self, id: ObjectId) -> bool {
        self.objects.borrow().contains_key(&id)
    }

    fn hash(&self, kind: ObjectKind, bytes: &[u8]) -> Result<ObjectId, RepoError> {
        self.hasher.hash(kind, bytes)
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

    fn swap(&self, _: &str, _: Option<ObjectId>, new: ObjectId, _: &str) -> Result<bool, RepoError> {
        *self.tip.borrow_mut() = Some(new);
        Ok(true)
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
        Identity { name: "Ada".into(), email: "ada@example.com".into() }
    }

    fn lock(&self) -> Result<RepoLock, RepoError> {
        Ok(RepoLock(None))
    }
}

/// A commit taken apart.
#[derive(Clone)]
struct Page {
    files: BTreeMap<String, ObjectId>,
    message: String,
    at: Time,
    head: Head,
}

struct Book {
    memory: Memory,
    pages: Vec<Page>,
    _folder: Folder,
}

/// Some days of a team: tasks are added, started, delivered and reviewed, clocks run out.
fn book(ticks: u32) -> Book {
    let folder = Folder::repository();
    let memory = Memory { hasher: open(folder.path()), objects: RefCell::default(), tip: RefCell::default() };
    let files: Vec<(&str, Vec<u8>)> = template::find("content-team")
        .unwrap()
        .files
        .iter()
        .map(|file| (file.path, file.contents().into_bytes()))
        .filter(|(path, _)| {
            Path::new(path).extension().is_some_and(|end| end == "yaml") && !path.starts_with('.')
        })
        .collect();
    let project = folder.path().join("project");
    for (path, content) in &files {
        let path = project.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    let sources = load::load(&crate::adapters::disk::Disk, &project.canonicalize().unwrap()).unwrap();
    let config = check::check(&sources, None).config.unwrap();
    let files: Vec<_> = sources.files.iter().map(|file| (&*file.path, file.bytes.as_slice())).collect();
    let branch = StateBranch::new(&memory, BRANCH).with_bounds(Bounds { log_segments: 5, ..TINY });
    let config_id = branch.config_tree(&files).unwrap().to_string();
    let mut tip = Tip::unborn();
    let mut state = None;
    for serial in 1..=ticks {
        let now = now(1) + Duration::from_minutes(u64::from(serial) * 40);
        let requests = state.as_ref().map(|state| requests(state, serial)).unwrap_or_default();
        let inputs = Inputs::new(now, config_id.as_str().into(), &requests);
        let planned = plan(&config, state.take(), &inputs).unwrap();
        let story = report::story(&planned.plan.events, &planned.state);
        let (subject, body) = story.split_once("\n\n").unwrap_or((&story, ""));
        let tick = Tick {
            state: planned.state,
            events: &planned.plan.events,
            given: &planned.plan.given,
            config: &files,
            now,
            due: planned.plan.due,
            watches: false,
            subject,
            body,
            restores: None,
            closes: None,
        };
        let Outcome::Committed(done) = branch.commit(&tip, tick).unwrap() else {
            panic!("nobody else writes")
        };
        (tip, state) = (done.tip, Some(done.state));
    }
    drop(branch);
    let pages = pages(&memory, tip.commit.unwrap());
    Book { memory, pages, _folder: folder }
}

fn requests(state: &State, serial: u32) -> Vec<Request> {
    let ask = |actor: &str, ask: Ask| Request::new(actor, ask);
    let mut requests = Vec::new();
    let spec = NewTask { kind: "content".into(), content_type: Some("tweet".into()), ..spec(serial) };
    requests.push(ask("mika", Ask::Add { code: None, prefix: Some("TRIAL".into()), spec }));
    for task in state.sorted_tasks() {
        if let Some(review) = task.pending_reviews().next() {
            let review = ReviewRef::Id(review.id);
            let verdict = if serial.is_multiple_of(3) { Verdict::Rejected } else { Verdict::Approved };
            let notes = Some("as it is".to_owned());
            requests.push(ask("kenji", Ask::Judge { review, verdict, rating: None, minutes: None, notes }));
        } else if let Some(agent) = task.agent.as_deref().filter(|_| task.is_active()) {
            let code = task.code.clone();
            requests.push(ask(
                agent,
                if task.started_at.is_none() {
                    Ask::Start { task: code }
                } else {
                    Ask::Complete { task: code, output: None }
                },
            ));
        }
    }
    requests.truncate(4);
    requests
}

fn pages(memory: &Memory, tip: ObjectId) -> Vec<Page> {
    let branch = StateBranch::new(memory, BRANCH);
    let mut pages = Vec::new();
    let mut next = Some(tip);
    while let Some(id) = next {
        let commit = branch.commit_object(id).unwrap();
        let head = branch.tip_at(id).unwrap().head;
        let mut files = BTreeMap::new();
        walk(memory, commit.tree, "", &mut files);
        next = commit.parents.first().copied();
        pages.push(Page { files, message: commit.message, at: head.at, head });
    }
    pages.reverse();
    pages
}

fn walk(memory: &Memory, tree: ObjectId, above: &str, files: &mut BTreeMap<String, ObjectId>) {
    let bytes = memory.objects.borrow()[&tree].1.clone();
    for entry in parse_tree(&bytes).unwrap() {
        let path = format!("{above}{}", entry.name);
        if entry.is_tree {
            walk(memory, entry.id, &format!("{path}/"), files);
        } else {
            files.insert(path, entry.id);
        }
    }
}

/// Makes commits of pages again; gives their ids.
fn bind(memory: &Memory, pages: &[Page]) -> Vec<ObjectId> {
    let mut ids: Vec<ObjectId> = Vec::new();
    for page in pages {
        let mut root = Making::default();
        for (path, id) in &page.files {
            root.put(path, Node::File(*id));
        }
        let tree = root.write(&mut |kind, bytes| memory.write(kind, bytes)).unwrap();
        let parents = ids.last().copied().into_iter().collect();
        let commit = Commit { tree, parents, message: page.message.clone() };
        ids.push(memory.write(ObjectKind::Commit, &commit.encode(&memory.identity(), page.at)).unwrap());
    }
    ids
}

/// How far the one who changes a record goes to hide it.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Care {
    /// Commits and folders fit.
    Git,
    /// The tick fits in itself as well; the later ones bear the seals that they had.
    Tick,
    /// Every seal is made anew.
    Everything,
}

struct Change {
    page: usize,
    path: String,
    /// The first line that is not what it was, from 1.
    line: usize,
    what: &'static str,
}

/// Changes a record of a tick, the same way in all trees that hold it.
fn change(book: &Book, pages: &mut [Page], care: Care) -> Change {
    let page = fastrand::usize(0..pages.len() - usize::from(care == Care::Tick));
    let serial = pages[page].head.serial;
    let path = format!("{EVENTS}/{}", segment::name(serial, 1));
    let id = pages[page].files[&path];
    let before = book.memory.objects.borrow()[&id].1.clone();
    let (line, what, mut after) = loop {
        let mut lines: Vec<Vec<u8>> =
            before.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        let at = fastrand::usize(1..lines.len());
        let (line, what) = match fastrand::u8(0..4) {
            0 => {
                let length = lines[at].len() - 1;
                lines[at][fastrand::usize(0..length)] ^= 1 << fastrand::u8(0..7);
                (at + 1, "flipped")
            }
            1 => {
                lines.remove(at);
                (at + 1, "dropped")
            }
            2 => {
                let doubled = lines[at].clone();
                lines.insert(at + 1, doubled);
                (at + 2, "doubled")
            }
            _ => {
                let other = fastrand::usize(1..lines.len());
                lines.swap(at, other);
                (at.min(other) + 1, "put in another order")
            }
        };
        let after = lines.concat();
        if after != before {
            break (line, what, after);
        }
    };
    if care != Care::Git
        && let Some(resealed) = resealed(&after)
    {
        after = resealed;
    }
    let new = book.memory.write(ObjectKind::Blob, &after).unwrap();
    for later in &mut pages[page..] {
        if let Some(file) = later.files.get_mut(&path) {
            *file = new;
        }
    }
    let last = match care {
        Care::Git => return Change { page, path, line, what },
        Care::Tick => page + 1,
        Care::Everything => pages.len(),
    };
    reseal(&book.memory, pages, page, last);
    Change { page, path, line, what }
}

/// The segment with sums that fit; none if it cannot be read any more.
fn resealed(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut events = Vec::new();
    let header = segment::decode(bytes, |_, event| {
        events.push(event);
        Ok(())
    });
    Some(segment::encode(&header.ok()?, &events, usize::MAX).concat())
}

/// Makes heads anew, as if the ticks had been written so.
fn reseal(memory: &Memory, pages: &mut [Page], first: usize, last: usize) {
    for index in first..last {
        let before = index.checked_sub(1).map(|before| pages[before].head.clone());
        let before = before.unwrap_or_else(Head::unborn);
        let serial = pages[index].head.serial;
        let own = format!("{EVENTS}/{serial:09}");
        let names: Vec<String> =
            pages[index].files.keys().filter(|path| path.starts_with(&own)).cloned().collect();
        if index > first {
            for name in &names {
                let bytes = memory.objects.borrow()[&pages[index].files[name]].1.clone();
                let Some(bytes) = with_after(&bytes, before.seal) else { continue };
                let id = memory.write(ObjectKind::Blob, &bytes).unwrap();
                for page in &mut pages[index..] {
                    page.files.entry(name.clone()).and_modify(|file| *file = id);
                }
            }
        }
        let ids: Vec<ObjectId> = names.iter().map(|name| pages[index].files[name]).collect();
        let bytes: usize = ids.iter().map(|id| memory.objects.borrow()[id].1.len()).sum();
        let head = &mut pages[index].head;
        head.seal = Some(memory.hash(ObjectKind::Blob, &seal(before.seal, &ids)).unwrap());
        if !head.is_fold() {
            head.log_bytes = before.log_bytes + bytes as u64;
        }
        let id = memory.write(ObjectKind::Blob, &head.encode()).unwrap();
        pages[index].files.insert(FORMAT_FILE.into(), id);
    }
}

fn with_after(bytes: &[u8], seal: Option<ObjectId>) -> Option<Vec<u8>> {
    let first = bytes.split(|byte| *byte == b'\n').next()?;
    let mut header: SegmentV1 = serde_json::from_slice(first).ok()?;
    header.after = seal.map(crate::commit::write::after);
    let rest = &bytes[first.len() + 1..];
    resealed(&[json(&header), rest.to_vec()].concat())
}

fn verified(book: &Book, tip: ObjectId) -> Vec<Finding> {
    let branch = StateBranch::new(&book.memory, BRANCH);
    match branch.tip_at(tip) {
        Ok(tip) => verify(&branch, &tip, &Since::Start).unwrap().findings,
        // The tip itself cannot be read: every command says so.
        Err(StoreError::Corrupt { commit, path, line, why: message }) => {
            vec![Finding { commit, path, line, message, is_warning: false }]
        }
        Err(error) => {
            let message = error.to_string();
            vec![Finding { commit: tip, path: String::new(), line: None, message, is_warning: false }]
        }
    }
}

fn trials() -> usize {
    std::env::var("ORCH_TRIALS").ok().and_then(|trials| trials.parse().ok()).unwrap_or(40)
}

#[test]
fn every_changed_record_is_found_and_the_first_is_named() {
    let book = book(14);
    let original = bind(&book.memory, &book.pages);
    assert_eq!(*original.last().unwrap(), book.memory.tip.borrow().unwrap(), "taken apart and put together");
    assert_eq!(verified(&book, *original.last().unwrap()), []);
    let base = book.memory.objects.borrow().clone();
    fastrand::seed(7);
    let mut by_rules = 0;
    for trial in 0..trials() {
        for care in [Care::Git, Care::Tick, Care::Everything] {
            let mut pages = book.pages.clone();
            let change = change(&book, &mut pages, care);
            let commits = bind(&book.memory, &pages);
            let findings = verified(&book, *commits.last().unwrap());
            let told = format!(
                "trial {trial} {care:?}: {} line {} of {}: {findings:#?}",
                change.what, change.line, change.path
            );
            if care == Care::Everything {
                // What people said can be made to say something else; what follows from it, not.
                by_rules += usize::from(!findings.is_empty());
                let branch = StateBranch::new(&book.memory, BRANCH);
                let tip = branch.tip_at(*commits.last().unwrap()).unwrap();
                let known = Since::Commit(original.last().unwrap().to_string());
                assert!(verify(&branch, &tip, &known).is_err(), "{told}");
            } else {
                let first = findings.first().unwrap_or_else(|| panic!("{told}"));
                assert!(!first.is_warning, "{told}");
                assert_eq!(first.commit, commits[change.page], "{told}");
                if care == Care::Git {
                    assert_eq!(first.path, change.path, "{told}");
                    assert_eq!(first.line, Some(change.line), "{told}");
                }
            }
            book.memory.objects.borrow_mut().clone_from(&base);
        }
    }
    let trials = trials();
    eprintln!("{trials} of {trials} found with the record named, {trials} of {trials} with the tick named;");
    eprintln!(
        "rewritten from there on with every seal: {by_rules} of {trials} by the rules, all by a known commit"
    );
    assert!(by_rules * 4 > trials, "the rules find most of what they can");
}

#[test]
fn every_damaged_object_is_found() {
    let book = book(14);
    let tip = book.memory.tip.borrow().unwrap();
    let mut reachable: Vec<ObjectId> = book.memory.objects.borrow().keys().copied().collect();
    reachable.sort_unstable();
    fastrand::seed(11);
    for _ in 0..trials() {
        let id = reachable[fastrand::usize(0..reachable.len())];
        let (kind, whole) = book.memory.objects.borrow()[&id].clone();
        if whole.is_empty() {
            continue;
        }
        let mut bytes = whole.clone();
        let at = fastrand::usize(0..bytes.len());
        bytes[at] ^= 1 << fastrand::u8(0..8);
        book.memory.objects.borrow_mut().insert(id, (kind, bytes));
        assert!(!verified(&book, tip).is_empty(), "{kind:?} {id} at byte {at}");
        book.memory.objects.borrow_mut().insert(id, (kind, whole));
    }
}
