//! The history is cut, by anybody, at any moment, and nothing is lost: thousands of small worlds in memory, and
//! what single damages are found as.

use std::collections::BTreeSet;

use super::simulated::{Link, Server};
use super::{
    BRANCH, Committed, Fact, Outcome, State, StateBranch, StoreError, TINY, Tip, code, commit, completed,
    created, fill, prepare, sound, spec, task, tick,
};
use crate::commit::object::{Folder, Node};
use crate::commit::testing::MemoryRepo;
use crate::commit::{Archived, Pushed, Reconciled, Remote};
use crate::ports::{ObjectId, ObjectKind, Repo};
use crate::seeds::{Replay, seeds};

fn on(repo: &dyn Repo) -> StateBranch<'_> {
    StateBranch::new(repo, BRANCH).with_bounds(TINY)
}

fn compacted(branch: &StateBranch<'_>, tip: &Tip) -> Fact {
    let to = branch.names_after(tip).unwrap().find(|name| !branch.is_taken(name).unwrap()).unwrap();
    Fact::StateCompacted { from: branch.name_of(tip).into(), to: to.into() }
}

/// As `orch compact` does it without a remote. Gives the last commit of the branch and the first of the next.
fn compact(branch: &StateBranch<'_>) -> (Tip, Tip) {
    let tip = branch.tip_to_write().unwrap();
    let state = branch.load(&tip).unwrap();
    let last = commit(branch, &tip, state, vec![compacted(branch, &tip)]).tip;
    (last, branch.tip_to_write().unwrap())
}

/// What a command came to.
type Done = Result<(), StoreError>;

/// A process on one clone of a small world.
struct Writer<'w> {
    clone: &'w MemoryRepo,
    link: Link<'w>,
}

impl Writer<'_> {
    fn branch(&self) -> StateBranch<'_> {
        on(self.clone)
    }

    fn remote(&self) -> Remote<'_> {
        Remote { transport: &self.link, name: "origin" }
    }

    /// The tip with all that the remote has; ticks that only this clone has come again on top.
    fn reconciled(&self) -> Result<(Tip, Option<ObjectId>), StoreError> {
        let branch = self.branch();
        loop {
            let diverged = match branch.reconcile(&self.remote())? {
                Reconciled::Ready { tip, remote, .. } => return Ok((*tip, remote)),
                Reconciled::Diverged(diverged) => diverged,
            };
            let mut tip = diverged.remote.clone();
            let mut state = branch.load(&tip)?;
            for entry in &diverged.local_only {
                let facts: Vec<Fact> = entry.events.iter().map(|event| event.fact.clone()).collect();
                let is_news = |fact: &Fact| match fact {
                    Fact::TaskCreated { task, .. } => !state.is_known(task),
                    Fact::TaskCompleted { task } => {
                        state.task(task).is_none_or(|task| !task.status.is_finished())
                            && state.archive.fate(task).is_none()
                    }
                    _ => false,
                };
                let facts: Vec<Fact> = facts.into_iter().filter(is_news).collect();
                if !facts.is_empty() {
                    let prepared = prepare(&branch, &tip, state.clone(), facts)?;
                    (tip, state) = (prepared.tip, prepared.state);
                }
            }
            branch.adopt_remote(&diverged, Some(&tip))?;
        }
    }

    fn push(
        &self,
        facts: impl Fn(&StateBranch<'_>, &Tip, &State) -> Option<Vec<Fact>>,
    ) -> Result<bool, StoreError> {
        let branch = self.branch();
        for _ in 0..10 {
            let (tip, expected) = self.reconciled()?;
            let state = branch.load(&tip)?;
            let pushed = match facts(&branch, &tip, &state) {
                Some(facts) => {
                    branch.push(prepare(&branch, &tip, state, facts)?, &self.remote(), expected)?
                }
                None if tip.commit == expected => return Ok(true),
                None => branch.push_tip(Committed { tip, state }, &self.remote(), expected)?,
            };
            match pushed {
                Pushed::Accepted(_) => return Ok(true),
                Pushed::Moved => {}
                _ => return Ok(false),
            }
        }
        Ok(false)
    }

    /// A tick with `--push`.
    fn tick(&self, number: u32) -> Result<bool, StoreError> {
        self.push(|_, tip, state| {
            if state.is_known(&code(number)) {
                return None;
            }
            let mut facts = if tip.commit.is_none() { vec![created()] } else { vec![] };
            facts.push(task(number));
            if number.is_multiple_of(2) {
                facts.push(completed(number));
            }
            Some(facts)
        })
    }

    /// As `orch compact --push` does it.
    fn compact(&self) -> Done {
        let was_closed = self.push(|branch, tip, _| {
            let fits = tip.commit.is_some() && branch.ticks(tip).unwrap() > 0;
            fits.then(|| vec![compacted(branch, tip)])
        })?;
        if was_closed {
            self.push(|_, _, _| None)?;
        }
        Ok(())
    }

    /// A tick without a remote.
    fn tick_here(&self, number: u32) -> Result<bool, StoreError> {
        let branch = self.branch();
        let tip = branch.tip_to_write()?;
        if tip.commit.is_none() {
            return Ok(false);
        }
        let prepared = prepare(&branch, &tip, branch.load(&tip)?, vec![task(number)])?;
        Ok(matches!(branch.settle(prepared)?, Outcome::Committed(_)))
    }
}

/// One small world; gives how many records there are, compactions and kills.
fn live(seed: u64) -> [u64; 3] {
    let server = Server::with_seed(seed);
    server.trouble.set(30);
    let clones = [MemoryRepo::default(), MemoryRepo::default(), MemoryRepo::default()];
    let dice = |most: u32| server.random.borrow_mut().u32(0..most);
    let (mut acknowledged, mut kills) = (BTreeSet::new(), 0);
    for _ in 0..14 {
        let clone = &clones[dice(3) as usize];
        let writer = Writer { clone, link: Link { here: clone, server: &server } };
        clone.set_fuse((dice(3) == 0).then(|| dice(9)));
        let number = server.name();
        let done = match dice(8) {
            0..=3 => writer.tick(number),
            4 | 5 => writer.tick_here(number),
            6 => writer.compact().map(|()| false),
            // Somebody on the server's own disk.
            _ if server.tip().is_some() => {
                compact(&on(&server.inner.repo));
                Ok(false)
            }
            _ => Ok(false),
        };
        match done {
            Ok(true) => drop(acknowledged.insert(number)),
            Ok(false) => {}
            Err(StoreError::Repo(_) | StoreError::Transport(_)) => {
                kills += u64::from(clone.is_dead());
            }
            Err(error) => panic!("{error}"),
        }
        clone.set_fuse(None);
        // Whoever looks sees a whole state at any moment.
        let branch = on(clone);
        branch.load(&branch.tip().unwrap()).unwrap();
        if dice(4) == 0 {
            server.inner.catch_up();
        }
    }
    server.trouble.set(0);
    server.inner.catch_up();
    for clone in clones.iter().chain(&clones) {
        let writer = Writer { clone, link: Link { here: clone, server: &server } };
        let number = server.name();
        assert!(writer.tick(number).unwrap(), "no trouble, and no success");
        acknowledged.insert(number);
    }
    let compactions = check(&server.inner.repo, &acknowledged);
    for clone in &clones {
        let writer = Writer { clone, link: Link { here: clone, server: &server } };
        writer.reconciled().unwrap();
        assert_eq!(check(clone, &acknowledged), compactions);
    }
    [acknowledged.len() as u64, compactions, kills]
}

/// Every record is there, and the history is one line without gaps. Gives how often it was cut.
fn check(repo: &MemoryRepo, acknowledged: &BTreeSet<u32>) -> u64 {
    let branch = on(repo);
    let tip = branch.tip().unwrap();
    let line = repo.line(tip.commit);
    let cuts = line.iter().filter(|id| repo.repeats(**id)).count() as u64;
    assert_eq!(line.len() as u64 - cuts, tip.head.serial, "a line without gaps");
    assert_eq!(branch.history(&tip).count() as u64, tip.head.serial, "each tick is told once");
    let state = branch.load(&tip).unwrap();
    for &number in acknowledged {
        let code = code(number);
        assert!(state.is_known(&code), "{code} is lost");
        if state.task(&code).is_none() {
            let found = branch.find_archived(&tip, &code).unwrap();
            assert!(matches!(found, Archived::Found(task) if task.spec == spec(number)), "{code} is lost");
        }
    }
    sound(&branch);
    cuts
}

/// The whole of it: `ORCH_TEST_SEEDS=1000 cargo test whoever_compacts_and_dies -- --nocapture`.
#[test]
#[expect(clippy::print_stderr, reason = "the figures are for people")]
fn whoever_compacts_and_dies_loses_nothing() {
    let seeds = seeds(60);
    let (worlds, mut sums) = (seeds.end - seeds.start, [0; 3]);
    for seed in seeds {
        let _replay = Replay::of("whoever_compacts_and_dies", seed);
        for (sum, count) in sums.iter_mut().zip(live(seed)) {
            *sum += count;
        }
    }
    let [records, compactions, kills] = sums;
    eprintln!("{worlds} schedules: {records} records, {compactions} compactions, {kills} kills; 0 lost");
    assert!(worlds < 50 || compactions.min(kills) > worlds / 4, "not everything was tried");
}

fn findings(branch: &StateBranch<'_>) -> Vec<String> {
    let findings = branch.fsck(&branch.tip().unwrap()).unwrap().findings;
    findings.into_iter().map(|finding| format!("{}: {}", finding.path, finding.message)).collect()
}

/// Makes a commit anew with other bytes, and moves a branch to it.
fn forge(repo: &MemoryRepo, name: &str, change: impl Fn(&str) -> String) {
    let name = format!("refs/heads/{name}");
    let old = repo.reference(&name).unwrap();
    let mut bytes = Vec::new();
    repo.read(old.unwrap(), ObjectKind::Commit, &mut bytes).unwrap();
    let new =
        repo.write(ObjectKind::Commit, change(std::str::from_utf8(&bytes).unwrap()).as_bytes()).unwrap();
    assert_ne!(old, Some(new));
    assert!(repo.swap(&name, old, new, "forged").unwrap());
}

#[test]
fn everybody_makes_the_same_first_commit() {
    let (here, there) = (MemoryRepo::default(), MemoryRepo::default());
    let branch = on(&here);
    fill(&branch, 5);
    let (last, first) = compact(&branch);
    there.take(&here, last.commit.unwrap());
    there.swap("refs/heads/orch/state", None, last.commit.unwrap(), "").unwrap();
    let other = on(&there);
    assert_eq!(other.tip().unwrap(), last, "who only looks makes nothing");
    assert_eq!(other.load(&last).unwrap(), branch.load(&first).unwrap());
    assert_eq!(other.tip_to_write().unwrap(), first);
    assert_eq!((first.head.serial, first.head.seal), (last.head.serial, last.head.seal));
    assert_eq!((branch.ticks(&last).unwrap(), branch.ticks(&first).unwrap()), (6, 0));
    // Nobody writes on after the last tick.
    let error = prepare(&branch, &last, branch.load(&last).unwrap(), vec![task(9)]).unwrap_err();
    assert!(matches!(error, StoreError::Closed { .. }), "{error}");
    tick(&other, vec![task(9)]);
    sound(&other);
}

#[test]
fn another_first_commit_is_found_out() {
    let repo = MemoryRepo::default();
    let branch = on(&repo);
    fill(&branch, 3);
    compact(&branch);
    forge(&repo, "orch/state-2", |text| text.replace("Ada", "Eve"));
    tick(&branch, vec![task(9)]);
    assert_eq!(findings(&branch), [": it is not what follows from the last one of the branch before"]);
}

#[test]
fn what_leads_back_cannot_be_changed() {
    let repo = MemoryRepo::default();
    let branch = on(&repo);
    fill(&branch, 3);
    compact(&branch);
    tick(&branch, vec![task(9)]);
    let tip = branch.tip().unwrap();
    let mut root = Folder::default();
    for entry in &tip.root {
        root.put(&entry.name, if entry.is_tree { Node::Tree(entry.id) } else { Node::File(entry.id) });
    }
    let forged = repo.write(ObjectKind::Blob, b"{\"this\":\"orch/state-2\",\"before\":[]}\n").unwrap();
    root.put("branches.json", Node::File(forged));
    let tree = root.write(&mut |kind, bytes| repo.write(kind, bytes)).unwrap();
    forge(&repo, "orch/state-2", |text| {
        let (_, rest) = text.split_once('\n').unwrap();
        format!("tree {tree}\n{rest}")
    });
    // It does not lead from where the branch before ends, so it is not the state either.
    assert!(branch.tip().unwrap().head.continued.is_some());
    let alone = StateBranch::new(&repo, "orch/state-2").with_bounds(TINY);
    assert_eq!(findings(&alone), ["branches.json: what leads to the history before was changed"]);
}

#[test]
fn a_tick_after_the_last_one_is_found_out_and_a_circle_is_refused() {
    let repo = MemoryRepo::default();
    let branch = on(&repo);
    fill(&branch, 3);
    let (last, _) = compact(&branch);
    // As somebody might who takes the notice off.
    let mut open = last.clone();
    open.head.continued = None;
    let on_it = commit(&branch, &open, branch.load(&last).unwrap(), vec![task(9)]);
    assert_eq!(repo.reference("refs/heads/orch/state").unwrap(), on_it.tip.commit);
    assert_eq!(findings(&branch)[0], ": it comes after the one that closed its branch");

    let repo = MemoryRepo::default();
    let branch = on(&repo);
    fill(&branch, 3);
    let (_, first) = compact(&branch);
    let round = Fact::StateCompacted { from: "orch/state-2".into(), to: BRANCH.into() };
    commit(&branch, &first, branch.load(&first).unwrap(), vec![round]);
    for tip in [branch.tip(), branch.tip_to_write()] {
        assert!(matches!(tip, Err(StoreError::Circle { .. })));
    }
}

#[test]
fn what_is_left_half_way_is_read_and_finished() {
    // The remote is two branches further on; this clone went over to it in one step, and died.
    let (there, here) = (MemoryRepo::default(), MemoryRepo::default());
    let branch = on(&there);
    fill(&branch, 3);
    let (first_last, _) = compact(&branch);
    tick(&branch, vec![task(11)]);
    let (second_last, _) = compact(&branch);
    let tip = tick(&branch, vec![task(12)]).tip;
    for commit in [first_last.commit, second_last.commit, tip.commit] {
        here.take(&there, commit.unwrap());
    }
    here.swap("refs/heads/orch/state", None, tip.commit.unwrap(), "").unwrap();
    let branch = on(&here);
    assert_eq!(branch.tip().unwrap().commit, tip.commit);
    assert_eq!(branch.tip_to_write().unwrap(), tip);
    let at = |name: &str| here.reference(&format!("refs/heads/{name}")).unwrap();
    assert_eq!(
        [at("orch/state"), at("orch/state-2"), at("orch/state-3")],
        [first_last.commit, second_last.commit, tip.commit]
    );
    sound(&branch);
}

#[test]
fn a_clone_that_was_compacted_alone_is_told() {
    let server = Server::with_seed(1);
    server.trouble.set(0);
    let clone = MemoryRepo::default();
    let writer = Writer { clone: &clone, link: Link { here: &clone, server: &server } };
    assert!(writer.tick(1).unwrap());
    compact(&writer.branch());
    // Nobody else wrote: it goes along with the next push, first the last tick of the one branch.
    assert!(writer.tick(3).unwrap());
    check(&server.inner.repo, &BTreeSet::from([1, 3]));
    compact(&writer.branch());
    tick(&on(&server.inner.repo), vec![task(5)]);
    assert!(matches!(writer.tick(7), Err(StoreError::CompactedApart { .. })));
}
