//! Which task goes to whom.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Name, Origin, TaskMatch};

/// How one of several candidates is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// The first in the list that has room.
    #[default]
    FirstAvailable,
    /// The one with the fewest active tasks; the earlier in the list among equals.
    LeastLoaded,
    /// The next after the one that got the last task by this route, if it has room.
    RoundRobin,
    /// Nobody: it waits until one of them claims it.
    Claim,
}

/// Tasks that match go to one of the candidates. The first route that matches counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    pub name: Name,
    pub matching: TaskMatch,
    pub candidates: Vec<Name>,
    pub strategy: Strategy,
    pub origin: Origin,
}

/// The whole of `routing.yaml`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Routing {
    pub routes: Vec<Route>,
    /// Who gets what no route takes, and where that is written.
    pub fallback: Option<(Name, Origin)>,
}

impl Routing {
    pub fn route_of(&self, task: &super::Task) -> Option<&Route> {
        self.routes.iter().find(|route| route.matching.matches(task))
    }
}
