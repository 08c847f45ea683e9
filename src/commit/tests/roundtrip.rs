//! What was committed is what is read, through folds, splits and restarts.

use proptest::prelude::*;

use super::*;
use crate::commit::Archived;
use crate::model::{ReviewId, Verdict};

#[test]
fn the_first_tick_makes_the_branch_and_nothing_else() {
    let folder = Folder::repository();
    let repo = open(folder.path());
    let branch = StateBranch::new(&repo, BRANCH);
    let tip = branch.tip().unwrap();
    assert_eq!((tip.commit, tip.head.serial), (None, 0));
    assert_eq!(branch.load(&tip).unwrap(), State::default());

    let config = branch.config_tree(&CONFIG).unwrap();
    assert!(git(folder.path(), &["count-objects"]).starts_with("0 objects"), "planning writes nothing");
    let committed = commit(&branch, &tip, State::default(), vec![created(), task(1)]);
    assert_eq!(committed.tip, branch.tip().unwrap());
    assert_eq!(committed.tip.config, Some(config));
    assert_eq!(branch.load(&committed.tip).unwrap(), committed.state);
    assert_eq!(
        paths(folder.path()),
        [
            "archive.json",
            "config/orch.yaml",
            "config/tasks/a.yaml",
            "events/000000001.jsonl",
            "format.json",
            "meta.json"
        ]
    );
    assert_eq!(
        git(folder.path(), &["log", "--format=%an <%ae> %at%n%B", BRANCH]),
        format!(
            "Ada <ada@example.com> 1800000900\ntick 1\n\nWhat happened.\n\nOrch-Serial: 99\n\n\
             Orch-Serial: 1\nOrch-Lineage: 4f2a\nOrch-Config: {config}\nOrch-Version: {}",
            env!("CARGO_PKG_VERSION")
        )
    );
    git(folder.path(), &["fsck", "--strict"]);
    assert_eq!(git(folder.path(), &["status", "--porcelain"]), "");
    sound(&branch);
}

#[test]
fn a_fold_leaves_the_segment_and_the_retired_for_one_commit() {
    let folder = Folder::repository();
    let repo = open(folder.path());
    let branch = StateBranch::new(&repo, BRANCH).with_bounds(TINY);
    let fourth = fill(&branch, 4);
    assert!(fourth.tip.head.is_fold());
    assert_eq!(fourth.state.tasks().len(), 2, "the finished have left");
    let held =
        |part: &str| paths(folder.path()).into_iter().filter(|path| path.contains(part)).collect::<Vec<_>>();
    assert_eq!(held("events/"), ["events/000000004.jsonl"]);
    assert_eq!(held("retired/"), ["retired/CONTENT/0000000-0000999.jsonl"]);
    assert_eq!(held("snapshot/"), ["snapshot/tasks/CONTENT/0000000-0000999.jsonl"]);

    let next = tick(&branch, vec![task(5)]);
    assert_eq!(next.tip.head.previous_fold, fourth.tip.commit);
    assert_eq!(held("events/"), ["events/000000005.jsonl"]);
    assert_eq!(held("retired/"), Vec::<String>::new());
    sound(&branch);
}

#[test]
fn the_past_can_be_read_back() {
    let folder = Folder::repository();
    let repo = open(folder.path());
    let branch = StateBranch::new(&repo, BRANCH).with_bounds(TINY);
    let last = fill(&branch, 11);
    let entries: Vec<_> = branch.history(&last.tip).map(Result::unwrap).collect();
    let serials: Vec<u64> = entries.iter().map(|entry| entry.serial).collect();
    assert_eq!(serials, (1..=11).rev().collect::<Vec<_>>());
    assert_eq!(entries[9].subject, "tick 2");
    assert_eq!(entries[9].events, [event(2, task(2)), event(2, completed(2))]);
    for number in [2, 6] {
        let Archived::Found(found) = branch.find_archived(&last.tip, &code(number)).unwrap() else {
            panic!("{number} is archived")
        };
        assert_eq!((&found.code, found.completed_at), (&code(number), Some(now(number.into()))));
    }
    assert!(matches!(branch.find_archived(&last.tip, &"CONTENT-2".parse().unwrap()), Ok(Archived::Found(_))));
    assert_eq!(branch.find_archived(&last.tip, &code(99)).unwrap(), Archived::Unknown);
}

#[test]
fn large_ticks_are_split_and_fold_at_once() {
    let folder = Folder::repository();
    let repo = open(folder.path());
    let bounds = Bounds { log_bytes: 10_000, log_segments: 100, file_bytes: 5_000 };
    let branch = StateBranch::new(&repo, BRANCH).with_bounds(bounds);
    let facts = std::iter::once(created()).chain((1..=1_500).map(task)).collect();
    let committed = tick(&branch, facts);
    assert!(committed.tip.head.is_fold());
    for path in paths(folder.path()) {
        assert!(show(folder.path(), &path).len() <= 5_000, "{path}");
    }
    assert_eq!(branch.load(&committed.tip).unwrap(), committed.state);
    sound(&branch);
    tick(&branch, vec![completed(700)]);
    sound(&branch);
}

#[derive(Debug, Clone)]
enum Step {
    Create(Vec<u8>),
    Assign(u8),
    Deliver(u8),
    Review(u8),
    Complete(u8),
    Cancel(u8),
    Alert(u8),
}

fn steps() -> impl Strategy<Value = Vec<Vec<Step>>> {
    let step = prop_oneof![
        2 => prop::collection::vec(any::<u8>(), 0..3).prop_map(Step::Create),
        1 => any::<u8>().prop_map(Step::Assign),
        1 => any::<u8>().prop_map(Step::Deliver),
        1 => any::<u8>().prop_map(Step::Review),
        2 => any::<u8>().prop_map(Step::Complete),
        1 => any::<u8>().prop_map(Step::Cancel),
        1 => any::<u8>().prop_map(Step::Alert),
    ];
    prop::collection::vec(prop::collection::vec(step, 0..6), 1..14)
}

/// A fact for a step that fits the state.
fn fact(state: &State, step: &Step) -> Option<Vec<Fact>> {
    let pick = |n: u8| {
        let tasks = state.sorted_tasks();
        let open: Vec<_> = tasks.into_iter().filter(|task| !task.status.is_finished()).collect();
        (!open.is_empty()).then(|| open[usize::from(n) % open.len()].code.clone())
    };
    Some(match step {
        Step::Create(depends_on) => {
            let prefix = if depends_on.len() == 1 { "ASSET" } else { "CONTENT" };
            let number = state.next_number(prefix) + 300 * u32::from(depends_on.len() == 2);
            let mut depends: Vec<Code> = depends_on.iter().filter_map(|&n| pick(n)).collect();
            depends.dedup();
            let spec = NewTask { depends_on: depends, ..spec(number) };
            vec![Fact::TaskCreated { task: Code::new(prefix, number).unwrap(), spec }]
        }
        Step::Assign(n) => {
            vec![Fact::TaskAssigned { task: pick(*n)?, agent: "agent-01".into(), route: Some("all".into()) }]
        }
        Step::Deliver(n) => {
            vec![Fact::TaskDelivered { task: pick(*n)?, agent: "agent-02".into(), output: Some("é".into()) }]
        }
        Step::Review(n) => {
            let (task, review) = (pick(*n)?, ReviewId(state.next_number(ReviewId::PREFIX)));
            let (kind, reviewer) = ("cultural".into(), Some("agent-03".into()));
            vec![
                Fact::ReviewRequested { task: task.clone(), review, kind, reviewer, round: 1, stage: 1 },
                Fact::ReviewCompleted {
                    task,
                    review,
                    verdict: Verdict::Approved,
                    rating: Some(*n),
                    minutes: None,
                    notes: None,
                },
            ]
        }
        Step::Complete(n) => {
            let task = pick(*n)?;
            let waiting = state.dependents(&task);
            let resolved = |waits| Fact::DependencyResolved { task: waits, dependency: task.clone() };
            std::iter::once(Fact::TaskCompleted { task: task.clone() })
                .chain(waiting.into_iter().map(resolved))
                .collect()
        }
        Step::Cancel(n) => vec![Fact::TaskCancelled { task: pick(*n)?, reason: None }],
        Step::Alert(n) => {
            vec![Fact::AlertFired { alert: "stuck".into(), task: pick(*n)?, message: "look".into() }]
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_ticks_are_read_back_as_they_were_folded(ticks in steps(), segments in 0u32..4, file_bytes in 300usize..2_000) {
        let folder = Folder::repository();
        let repo = open(folder.path());
        let bounds = Bounds { log_bytes: 4_000, log_segments: segments, file_bytes };
        let branch = StateBranch::new(&repo, BRANCH).with_bounds(bounds);
        let mut at = tick(&branch, vec![created()]);
        for steps in ticks {
            let mut planned = at.state.clone();
            let mut facts = Vec::new();
            for step in &steps {
                for fact in fact(&planned, step).into_iter().flatten() {
                    planned.apply(&event(at.tip.head.serial + 1, fact.clone())).unwrap();
                    facts.push(fact);
                }
            }
            at = commit(&branch, &at.tip, at.state, facts);
            prop_assert_eq!(&branch.tip().unwrap(), &at.tip);
            prop_assert!(branch.load(&at.tip).unwrap() == at.state);
        }
        let findings = branch.fsck(&at.tip).unwrap().findings;
        prop_assert!(findings.is_empty(), "{:#?}", findings);
    }
}
