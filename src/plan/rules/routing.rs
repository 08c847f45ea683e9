//! Queued tasks go to agents: by the first route that matches, while the agent has room, the
//! most urgent first. A task that was someone's before goes back to that agent.

use rustc_hash::FxHashMap;
use smol_str::{SmolStr, format_smolstr};

use super::{Context, Reactions, Rule};
use crate::model::{Fact, Name, Origin, Route, Strategy, Task};

pub(super) struct Routing;

impl Rule for Routing {
    fn name(&self) -> &'static str {
        "routing"
    }

    fn settle(&self, cx: Context<'_>, out: &mut Reactions) {
        if cx.state.queued() == 0 {
            return;
        }
        let mut desk = Desk::open(cx);
        if desk.room.values().all(|room| *room == 0) {
            return;
        }
        let mut queue: Vec<(&Task, Offer<'_>)> = cx
            .state
            .tasks()
            .filter(|task| task.is_queued())
            .filter_map(|task| offer(cx, task).map(|offer| (task, offer)))
            .filter(|(_, offer)| offer.candidates.iter().any(|agent| desk.has_room(agent)))
            .collect();
        queue.sort_by(|(a, _), (b, _)| a.queue_key().cmp(&b.queue_key()));
        for (task, offer) in queue {
            if let Some(agent) = desk.choose(&offer) {
                assign(task, agent, &offer, out);
            }
        }
    }
}

/// Who may get a task, and why.
#[derive(Debug)]
pub struct Offer<'a> {
    pub candidates: &'a [Name],
    pub strategy: Strategy,
    pub route: Option<&'a Route>,
    pub why: SmolStr,
    pub origin: Option<&'a Origin>,
}

/// The candidates for a task: who had it before, else those of its route, else the fallback.
pub fn offer<'a>(cx: Context<'a>, task: &'a Task) -> Option<Offer<'a>> {
    if let Some(author) = task.author.as_ref().filter(|author| cx.config.agent(author).is_some()) {
        let started = task.started_at.is_some();
        let why = SmolStr::new_static(if started { "back to its author" } else { "had it before" });
        return Some(Offer {
            candidates: std::slice::from_ref(author),
            strategy: Strategy::FirstAvailable,
            route: None,
            why,
            origin: None,
        });
    }
    if let Some(route) = cx.config.routing.route_of(task) {
        return Some(Offer {
            candidates: &route.candidates,
            strategy: route.strategy,
            route: Some(route),
            why: format_smolstr!("route {}", route.name),
            origin: Some(&route.origin),
        });
    }
    let (agent, origin) = cx.config.routing.fallback.as_ref()?;
    Some(Offer {
        candidates: std::slice::from_ref(agent),
        strategy: Strategy::FirstAvailable,
        route: None,
        why: SmolStr::new_static("no route matches"),
        origin: Some(origin),
    })
}

fn assign(task: &Task, agent: Name, offer: &Offer<'_>, out: &mut Reactions) {
    let rotates = offer.route.filter(|route| route.strategy == Strategy::RoundRobin);
    let route = rotates.map(|route| route.name.clone());
    let fact = Fact::TaskAssigned { task: task.code.clone(), agent, route };
    match offer.origin {
        Some(origin) => out.add_by(fact, offer.why.clone(), origin),
        None => out.add(fact, offer.why.clone()),
    }
}

/// The loads while tasks are being handed out.
struct Desk<'a> {
    room: FxHashMap<&'a Name, u32>,
    load: FxHashMap<&'a Name, u32>,
    last: FxHashMap<&'a Name, Name>,
}

impl<'a> Desk<'a> {
    fn open(cx: Context<'a>) -> Self {
        let (mut room, mut load) = (FxHashMap::default(), FxHashMap::default());
        for agent in cx.config.agents.values() {
            let active = cx.state.load(&agent.name);
            let is_paused = cx.state.meta.paused_agents.contains_key(&agent.name);
            let most = if is_paused { 0 } else { agent.max_active };
            room.insert(&agent.name, most.saturating_sub(active));
            load.insert(&agent.name, active);
        }
        let last = cx.state.meta.rotation.iter().map(|(route, agent)| (route, agent.clone())).collect();
        Self { room, load, last }
    }

    fn has_room(&self, agent: &Name) -> bool {
        self.room.get(agent).is_some_and(|room| *room > 0)
    }

    fn choose(&mut self, offer: &Offer<'a>) -> Option<Name> {
        let free = || offer.candidates.iter().filter(|agent| self.has_room(agent));
        let chosen = match offer.strategy {
            Strategy::FirstAvailable => free().next(),
            Strategy::LeastLoaded => free().min_by_key(|agent| self.load.get(agent).copied().unwrap_or(0)),
            Strategy::RoundRobin => self.next_in_turn(offer),
            Strategy::Claim => None,
        }?
        .clone();
        if let Some(room) = self.room.get_mut(&chosen) {
            *room -= 1;
        }
        if let Some(load) = self.load.get_mut(&chosen) {
            *load += 1;
        }
        if let Some(route) = offer.route {
            self.last.insert(&route.name, chosen.clone());
        }
        Some(chosen)
    }

    fn next_in_turn<'b>(&self, offer: &Offer<'b>) -> Option<&'b Name> {
        let last = offer.route.and_then(|route| self.last.get(&route.name));
        let start = last
            .and_then(|last| offer.candidates.iter().position(|agent| agent == last))
            .map_or(0, |index| index + 1);
        let candidates = offer.candidates.iter();
        candidates.cycle().skip(start).take(offer.candidates.len()).find(|agent| self.has_room(agent))
    }
}
