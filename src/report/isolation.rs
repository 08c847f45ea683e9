//! How the isolation of branches stands on GitHub, by what was seen there last.

use crate::model::{Agent, BreachKind, Config, GithubKind, IsolationBreach, Time};
use crate::plan::isolation::{author, breaches};
use crate::state::State;

/// How it stands.
#[derive(Debug, Clone)]
pub struct IsolationReport<'a> {
    /// `owner/name`.
    pub repository: &'a str,
    /// When the latest of the open pull requests was changed that are known; none if nobody looks at them.
    pub seen: Option<Time>,
    /// Whether somebody wants to know, so that each tick looks.
    pub is_watched: bool,
    /// How many pull requests are open.
    pub pulls: usize,
    pub breaches: Vec<IsolationBreach>,
    /// Whether there are more pairs with the same files than are told of.
    pub is_cut: bool,
    /// Pull requests with more files than are compared.
    pub partly: Vec<u64>,
    /// The agents that have an account or branches.
    pub agents: Vec<AgentIsolation<'a>>,
}

/// How an agent keeps to its branches.
#[derive(Debug, Clone)]
pub struct AgentIsolation<'a> {
    pub agent: &'a Agent,
    /// Its open pull requests.
    pub open: usize,
    /// Those of them that are on a branch of its own, where it has any.
    pub on_own: Option<usize>,
    /// Those that change the same files as another one.
    pub with_shared: usize,
}

/// Reads it off the state.
pub fn isolation<'a>(config: &'a Config, state: &'a State) -> IsolationReport<'a> {
    let known = &state.meta.github;
    let found = breaches(config, known);
    let agents = config.agents.values().filter(|agent| agent.github.is_some() || !agent.branches.is_empty());
    let agents = agents.map(|agent| {
        let own: Vec<u64> = known
            .pulls
            .values()
            .filter(|pull| author(config, pull).is_some_and(|author| author.name == agent.name))
            .map(|pull| pull.number)
            .collect();
        let with = |is_pair: bool| {
            let kind = |breach: &&IsolationBreach| (breach.kind == BreachKind::SharedFiles) == is_pair;
            own.iter().filter(|pull| found.found.iter().filter(kind).any(|one| one.is_about(**pull))).count()
        };
        AgentIsolation {
            agent,
            open: own.len(),
            on_own: (!agent.branches.is_empty()).then(|| own.len() - with(false)),
            with_shared: with(true),
        }
    });
    let agents = agents.collect();
    let partly = known.pulls.values().filter(|pull| pull.changed_files as usize > pull.files.len());
    IsolationReport {
        repository: &known.repository,
        seen: known.through.get(&GithubKind::Pulls).copied(),
        is_watched: config.watches_isolation(),
        pulls: known.pulls.len(),
        is_cut: found.is_cut,
        partly: partly.map(|pull| pull.number).collect(),
        breaches: found.found,
        agents,
    }
}
