//! Records that somebody changed by hand are found and named.

use super::*;
use crate::model::FlowFact;

/// A branch of seven ticks: a fold at the fourth, three segments since.
fn branch_of_seven(folder: &Folder) -> GitRepo {
    let repo = open(folder.path());
    fill(&StateBranch::new(&repo, BRANCH).with_bounds(TINY), 7);
    repo
}

const SEGMENT: &str = "events/000000006.jsonl";
const OWN: &str = "events/000000007.jsonl";
const BLOCK: &str = "snapshot/tasks/CONTENT/0000000-0000999.jsonl";

fn findings(folder: &Folder) -> Vec<String> {
    let repo = open(folder.path());
    let branch = StateBranch::new(&repo, BRANCH);
    let tip = branch.tip().unwrap();
    branch.fsck(&tip).unwrap().findings.iter().map(ToString::to_string).collect()
}

fn edited(folder: &Folder, path: &str, edit: impl FnOnce(&mut Vec<String>)) -> Vec<u8> {
    let text = String::from_utf8(show(folder.path(), path)).unwrap();
    let mut lines: Vec<String> = text.lines().map(String::from).collect();
    edit(&mut lines);
    lines.iter().flat_map(|line| format!("{line}\n").into_bytes()).collect()
}

#[test]
fn every_kind_of_tampering_is_found_and_named() {
    type Edit = fn(&mut Vec<String>);
    let cases: [(&str, Edit, &str); 12] = [
        (SEGMENT, |lines| lines[1] = lines[1].replace("Chapter 6", "Chapter 9"), SEGMENT),
        (SEGMENT, |lines| drop(lines.remove(2)), SEGMENT),
        (SEGMENT, |lines| lines.swap(1, 2), SEGMENT),
        (SEGMENT, |lines| lines.push(lines[2].clone()), SEGMENT),
        (OWN, |lines| lines[1] = lines[1].replace("Chapter 7", "Chapter 9"), "format.json"),
        (OWN, |lines| lines[1] = lines[1].replace("{\"fact\"", "{\"note\":1,\"fact\""), "format.json"),
        (OWN, |lines| lines[0] = lines[0].replace("\"serial\":7", "\"serial\":8"), OWN),
        (BLOCK, |lines| lines[0] = lines[0].replace("pending", "review"), "snapshot"),
        ("meta.json", |lines| lines[0] = lines[0].replace("\"CONTENT\":", "\"CONTENT\":9"), "meta.json"),
        ("archive.json", |lines| lines[0] = lines[0].replace("14\"", "1c\""), "archive.json"),
        (
            "format.json",
            |lines| lines[0] = lines[0].replace("\"snapshot\":4", "\"snapshot\":3"),
            "format.json",
        ),
        ("config/orch.yaml", |lines| lines[0] += "x", "trailer `Orch-Config`"),
    ];
    for (path, edit, expected) in cases {
        for amend in [true, false] {
            let folder = Folder::repository();
            branch_of_seven(&folder);
            assert_eq!(findings(&folder), Vec::<String>::new());
            let before = show(folder.path(), path);
            let content = edited(&folder, path, edit);
            assert_ne!(before, content, "{path}");
            tamper(folder.path(), amend, &[(path, Some(&content))]);
            let findings = findings(&folder);
            let expected = if amend { expected } else { "its serial does not follow" };
            let named = findings.iter().any(|finding| finding.contains(expected));
            assert!(named, "{path} {amend}: {findings:#?}");
        }
    }
}

#[test]
fn files_that_do_not_belong_or_are_gone_are_found() {
    for (path, content) in [
        ("notes.txt", Some(&b"hello"[..])),
        ("events/notes.txt", Some(b"hello")),
        ("events/000000099.jsonl", Some(b"{}")),
        ("retired/CONTENT/0000000-0000999.jsonl", Some(b"{}")),
        (SEGMENT, None),
        (OWN, None),
        (BLOCK, None),
        ("meta.json", None),
    ] {
        let folder = Folder::repository();
        branch_of_seven(&folder);
        tamper(folder.path(), true, &[(path, content)]);
        assert!(!findings(&folder).is_empty(), "{path}");
    }
}

#[test]
fn a_tampered_fold_is_found_with_its_line() {
    let folder = Folder::repository();
    let repo = open(folder.path());
    fill(&StateBranch::new(&repo, BRANCH).with_bounds(TINY), 4);
    let content = edited(&folder, BLOCK, |lines| lines[1] = lines[1].replace("Chapter 3", "Chapter 4"));
    let commit = tamper(folder.path(), true, &[(BLOCK, Some(&content))]);
    assert_eq!(
        findings(&folder),
        [format!("{}:{BLOCK}:2: task `CONTENT-003` differs from what the events say", &commit[..10])]
    );
    let content = edited(&folder, BLOCK, |lines| lines.swap(0, 1));
    tamper(folder.path(), true, &[(BLOCK, Some(&content))]);
    assert!(
        findings(&folder)[1].ends_with(":2: task `CONTENT-001` stands out of order"),
        "{:?}",
        findings(&folder)
    );
}

#[test]
fn damage_long_ago_does_not_hide_behind_later_folds() {
    let folder = Folder::repository();
    let repo = open(folder.path());
    let branch = StateBranch::new(&repo, BRANCH).with_bounds(TINY);
    fill(&branch, 2);
    let content = edited(&folder, "events/000000002.jsonl", |lines| {
        lines[1] = lines[1].replace("Chapter 2", "Chapter 5");
    });
    tamper(folder.path(), true, &[("events/000000002.jsonl", Some(&content))]);
    for number in 10..20 {
        tick(&branch, vec![task(number)]);
    }
    assert!(findings(&folder).iter().any(|finding| finding.contains("its seal does not fit")));
}

#[test]
fn references_to_nothing_are_found() {
    let folder = Folder::repository();
    let repo = open(folder.path());
    let branch = StateBranch::new(&repo, BRANCH);
    let spec = NewTask { depends_on: vec![code(77)], ..spec(1) };
    tick(&branch, vec![created(), Fact::TaskCreated { task: code(1), spec }]);
    let found = findings(&folder);
    assert_eq!(found.len(), 1);
    assert!(
        found[0].ends_with("task `CONTENT-001` depends on `CONTENT-077`, which does not exist"),
        "{found:?}"
    );
}

/// Its snapshot lacks the last leases, which the log tells.
#[test]
fn a_snapshot_of_an_earlier_orch_is_sound_unless_attempts_have_names() {
    let run = crate::model::RunId("w#1".into());
    let lease = crate::model::Lease { holder: "t-1".into(), until: now(900) };
    for by in [None, Some("t-1".into())] {
        let folder = Folder::repository();
        let repo = open(folder.path());
        let branch = StateBranch::new(&repo, BRANCH).with_bounds(TINY);
        let started = serde_json::from_value(serde_json::json!({ "by": "manual" })).unwrap();
        let facts = [
            FlowFact::RunCreated { run: run.clone(), workflow: "w".into(), digest: "d".into(), started },
            FlowFact::RunStarted { run: run.clone() },
            FlowFact::RunLeased { run: run.clone(), lease: Some(lease.clone()), by: None },
            FlowFact::StepStarted {
                run: run.clone(),
                step: "a".into(),
                attempt: 1,
                by: by.clone(),
                manifest: None,
            },
        ];
        tick(&branch, std::iter::once(created()).chain(facts.map(Fact::from)).collect());
        let mut is_folded = false;
        for number in 1..9 {
            let tip = branch.tip().unwrap();
            let mut state = branch.load(&tip).unwrap();
            for run in state.meta.runs.values_mut() {
                run.last_lease = None;
                run.steps.change_all(|step| step.by = None);
            }
            is_folded |= commit(&branch, &tip, state, vec![task(number)]).tip.head.is_fold();
        }
        assert!(is_folded);
        let findings = branch.fsck(&branch.tip().unwrap()).unwrap().findings;
        assert_eq!(findings.is_empty(), by.is_none(), "{findings:?}");
    }
}
