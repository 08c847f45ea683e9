//! Whether agents keep to their own branches on GitHub, and which pull requests change the same files. From what the
//! state knows of the open ones, in a time that grows with their number and with what they share.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;
use smol_str::{SmolStr, format_smolstr};

use crate::model::{Agent, Branches, BreachKind, Config, Github, IsolationBreach, IsolationVerdict, Pull};

/// How many pairs with the same files are told of: a file that everybody changes makes many.
pub const MOST_PAIRS: usize = 500;
/// How many of the files that two pull requests share are named.
const FILES: usize = 10;

/// All that breaks the isolation of branches, and whether there is more of it than is looked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Breaches {
    pub found: Vec<IsolationBreach>,
    pub is_cut: bool,
}

/// Looks for it.
pub fn breaches(config: &Config, known: &Github) -> Breaches {
    let mut found = Vec::new();
    let owners: Vec<(&Agent, Branches)> = config
        .agents
        .values()
        .filter(|agent| !agent.branches.is_empty())
        .map(|agent| (agent, Branches::new(&agent.branches)))
        .collect();
    for pull in known.pulls.values() {
        found.extend(of_branch(config, &owners, pull));
    }
    let (pairs, is_cut) = pairs(config, known);
    found.extend(pairs);
    Breaches { found, is_cut }
}

/// The agent whose account opened a pull request.
pub fn author<'a>(config: &'a Config, pull: &Pull) -> Option<&'a Agent> {
    let login = &pull.author.as_ref()?.login;
    config.agents.values().find(|agent| agent.has_login(login))
}

fn of_branch(config: &Config, owners: &[(&Agent, Branches)], pull: &Pull) -> Option<IsolationBreach> {
    let agent = author(config, pull);
    let is_own = |owner: &Agent| agent.is_some_and(|agent| agent.name == owner.name);
    let of: Vec<&Agent> =
        owners.iter().filter(|(_, branches)| branches.has(&pull.head)).map(|(owner, _)| *owner).collect();
    if of.iter().any(|owner| is_own(owner)) {
        return None;
    }
    // A branch of a fork is nobody's here, whatever it is called.
    let foreign = of.first().filter(|_| !pull.fork);
    // Of an owner without an account it cannot be told that it is not the author.
    let foreign = foreign.filter(|_| agent.is_some() || of.iter().all(|owner| owner.github.is_some()));
    let login = pull.author.as_ref().map(|author| author.login.clone());
    let who =
        agent.map_or_else(|| login.clone().unwrap_or_else(|| "somebody".into()), |agent| agent.name.clone());
    let (kind, owner, why) = match (foreign, agent) {
        (Some(owner), _) => (
            BreachKind::ForeignBranch,
            Some(owner.name.clone()),
            format_smolstr!("which is a branch of {}", owner.name),
        ),
        (None, Some(agent)) if !agent.branches.is_empty() => {
            let own: Vec<&str> = agent.branches.iter().map(SmolStr::as_str).collect();
            (
                BreachKind::StrayBranch,
                None,
                format_smolstr!("which is none of its branches ({})", own.join(", ")),
            )
        }
        (None, _) => return None,
    };
    Some(IsolationBreach {
        kind,
        pull: pull.number,
        branch: pull.head.clone(),
        author: login,
        agent: agent.map(|agent| agent.name.clone()),
        owner,
        other: None,
        files: Vec::new(),
        summary: format!("pull request {} by {who} is on `{}`, {why}", pull.number, pull.head),
    })
}

/// The pairs of pull requests into the same branch that change the same files, the oldest first.
fn pairs(config: &Config, known: &Github) -> (Vec<IsolationBreach>, bool) {
    let shared = config.project.isolation.as_ref().map(|isolation| Branches::new(&isolation.shared));
    let mut earlier: FxHashMap<(&str, &str), Vec<&Pull>> = FxHashMap::default();
    let mut found = Vec::new();
    for pull in known.pulls.values() {
        let files: BTreeSet<&SmolStr> = pull.files.iter().collect();
        let mut with: BTreeMap<u64, (&Pull, Vec<&SmolStr>)> = BTreeMap::new();
        for file in files {
            let others = earlier.entry((&pull.base, file)).or_default();
            if others.is_empty() && shared.as_ref().is_some_and(|shared| shared.has(file)) {
                continue;
            }
            for other in others.iter() {
                with.entry(other.number).or_insert_with(|| (other, Vec::new())).1.push(file);
            }
            others.push(pull);
        }
        for (other, files) in with.into_values() {
            if found.len() == MOST_PAIRS {
                return (found, true);
            }
            found.push(pair(config, other, pull, &files));
        }
    }
    (found, false)
}

fn pair(config: &Config, older: &Pull, newer: &Pull, files: &[&SmolStr]) -> IsolationBreach {
    let more = match files.len() {
        1 => String::new(),
        2 => " and 1 more file".to_owned(),
        count => format!(" and {} more files", count - 1),
    };
    IsolationBreach {
        kind: BreachKind::SharedFiles,
        pull: older.number,
        branch: older.head.clone(),
        author: older.author.as_ref().map(|author| author.login.clone()),
        agent: author(config, older).map(|agent| agent.name.clone()),
        owner: author(config, newer).map(|agent| agent.name.clone()),
        other: Some(newer.number),
        files: files.iter().take(FILES).copied().cloned().collect(),
        summary: format!(
            "pull requests {} (`{}`) and {} (`{}`) both change {}{more}",
            older.number,
            older.head,
            newer.number,
            newer.head,
            files.first().map_or("", |file| file.as_str()),
        ),
    }
}

/// What is said of the head of each open pull request.
pub fn verdicts(known: &Github, breaches: &[IsolationBreach]) -> Vec<IsolationVerdict> {
    let mut of: FxHashMap<u64, Vec<&IsolationBreach>> = FxHashMap::default();
    for breach in breaches {
        of.entry(breach.pull).or_default().push(breach);
        if let Some(other) = breach.other {
            of.entry(other).or_default().push(breach);
        }
    }
    let verdict = |pull: &Pull| {
        let found = of.get(&pull.number).map(Vec::as_slice).unwrap_or_default();
        let summary = match found {
            [] => "nothing breaks the isolation of branches".to_owned(),
            [one] => one.summary.clone(),
            [first, rest @ ..] => format!("{}; and {} more", first.summary, rest.len()),
        };
        IsolationVerdict {
            pull: pull.number,
            branch: pull.head.clone(),
            sha: pull.sha.clone(),
            breaches: u32::try_from(found.len()).unwrap_or(u32::MAX),
            state: if found.is_empty() { "success" } else { "failure" }.into(),
            summary,
        }
    };
    known.pulls.values().map(|pull| verdict(pull.as_ref())).collect()
}
