//! Lines of JSON that people, agents and other systems hand over: requests, tasks to import, facts.

use super::planning::{BEGUN, TEAM, now, planned};
use crate::model::{Actor, Ask, FlowFact, Request};
use crate::observe::{self, LineProblems};

/// A file for `orch import`, or for `orch apply`'s inbox: one document a line.
pub fn requests(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match observe::requests("in.jsonl", text, &Actor::from("human")) {
        Ok((lines, requests)) => {
            assert_eq!(lines.len(), requests.len());
            planned(&TEAM, Some(BEGUN.clone()), now(), &requests, &[]);
        }
        Err(problems) => inside(&problems, text),
    }
    match observe::tasks("tasks.jsonl", text) {
        Ok((_, tasks)) => {
            let requests = [Request::new("human", Ask::Import { tasks })];
            planned(&TEAM, Some(BEGUN.clone()), now(), &requests, &[]);
        }
        Err(problems) => inside(&problems, text),
    }
    let facts: Vec<FlowFact> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    if !facts.is_empty() {
        super::journal::told(&facts);
    }
}

fn inside(problems: &LineProblems, text: &str) {
    assert!(!problems.problems.is_empty());
    for problem in &problems.problems {
        assert!((1..=text.lines().count()).contains(&problem.line), "{problem:?}");
        assert!(problem.column >= 1, "{problem:?}");
    }
    assert!(!problems.to_string().is_empty());
}
