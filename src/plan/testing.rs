//! Configurations and requests for the tests of the planner.

use indexmap::IndexMap;

use super::{Inputs, PlanError, Planned, Recorded, plan, rederive};
use crate::model::{
    Agent, AgentKind, Ask, Calendar, Code, Config, Duration, Level, Name, NewTask, Objective, Origin,
    Priority, Project, Request, Requirement, ReviewPolicy, ReviewRef, ReviewType, Round, Route, Routing,
    Stage, Strategy, Subject, TaskMatch, Tier, Time, Verdict,
};
use crate::state::State;

pub(crate) fn code(text: &str) -> Code {
    text.parse().unwrap()
}

pub(crate) fn at(text: &str) -> Time {
    format!("2026-01-09T{text}:00Z").parse().unwrap()
}

fn origin(file: &str, line: u32) -> Origin {
    Origin::new(file, line, 3)
}

pub(crate) fn agent(name: &str, max_active: u32) -> (Name, Agent) {
    let agent = Agent {
        name: name.into(),
        title: name.to_owned(),
        role: None,
        kind: AgentKind::Agent,
        max_active,
        github: None,
        branches: Vec::new(),
        activate: None,
        origin: origin("agents.yaml", 2),
    };
    (name.into(), agent)
}

pub(crate) fn route(name: &str, content_type: &str, candidates: &[&str], strategy: Strategy) -> Route {
    Route {
        name: name.into(),
        matching: TaskMatch { content_types: vec![content_type.into()], ..TaskMatch::default() },
        candidates: candidates.iter().map(|name| Name::from(*name)).collect(),
        strategy,
        origin: origin("routing.yaml", 3),
    }
}

pub(crate) fn review_type(name: &str, reviewers: &[&str]) -> (Name, ReviewType) {
    let kind = ReviewType {
        name: name.into(),
        title: format!("{name} review"),
        reviewers: reviewers.iter().map(|name| Name::from(*name)).collect(),
        rating: Some(("ds_rating".into(), 1, 5)),
        origin: origin("reviews.yaml", 2),
    };
    (name.into(), kind)
}

pub(crate) fn tier(number: u8, stages: &[&[&str]]) -> (u8, Tier) {
    let stage = |kinds: &&[&str]| Stage {
        reviews: kinds.iter().map(|name| Name::from(*name)).collect(),
        origin: origin("reviews.yaml", 10 + u32::from(number)),
    };
    let tier = Tier {
        number,
        name: format!("tier {number}"),
        stages: stages.iter().map(stage).collect(),
        origin: origin("reviews.yaml", 10 + u32::from(number)),
    };
    (number, tier)
}

pub(crate) fn objective(name: &str, subject: Subject, kind: Option<&str>, minutes: u64) -> Objective {
    let level = |after: u64, to: &str| Level {
        after: Duration::from_minutes(after),
        to: vec![to.into()],
        origin: origin("sla.yaml", 9),
    };
    Objective {
        name: name.into(),
        subject,
        matching: TaskMatch::default(),
        review_types: kind.into_iter().map(Name::from).collect(),
        named: Vec::new(),
        within: Duration::from_minutes(minutes),
        warn_percent: 80,
        calendar: Calendar::Always,
        levels: vec![level(0, "coordinator"), level(60, "human")],
        origin: origin("sla.yaml", 4),
    }
}

/// The Infinite Idol team in short: three authors, three reviewers.
pub(crate) fn team() -> Config {
    Config {
        project: Project {
            name: "infinite-idol".into(),
            state_branch: "orch/state".to_owned(),
            remote: "origin".to_owned(),
            timezone: "UTC".into(),
            github: None,
            github_commands: false,
            github_tasks: Vec::new(),
            github_results: Vec::new(),
            isolation: None,
            secrets: Vec::new(),
            freezes: Vec::new(),
        },
        agents: IndexMap::from_iter([
            agent("coordinator", 5),
            agent("content", 2),
            agent("community", 2),
            agent("lore", 3),
            agent("cultural", 3),
            agent("human", 9),
        ]),
        routing: Routing {
            routes: vec![
                route("tweets", "tweet", &["content"], Strategy::FirstAvailable),
                route("posts", "post", &["content", "community"], Strategy::LeastLoaded),
                route("threads", "thread", &["content", "community"], Strategy::RoundRobin),
            ],
            fallback: Some(("coordinator".into(), origin("routing.yaml", 20))),
        },
        reviews: ReviewPolicy {
            types: IndexMap::from_iter([
                review_type("canon", &["lore"]),
                review_type("cultural", &["cultural"]),
                review_type("coordinator", &["coordinator", "human"]),
            ]),
            tiers: [
                tier(1, &[&["canon", "cultural"], &["coordinator"]]),
                tier(2, &[&["cultural"], &["coordinator"]]),
                tier(3, &[&["coordinator"]]),
            ]
            .into(),
            required: vec![Requirement {
                matching: TaskMatch { types: vec!["content".into()], ..TaskMatch::default() },
                default_tier: 1,
                origin: origin("reviews.yaml", 30),
            }],
        },
        objectives: vec![
            objective("cultural", Subject::Review, Some("cultural"), 60),
            objective("total", Subject::ReviewTotal, None, 120),
        ],
        workflows: IndexMap::default(),
        channels: IndexMap::default(),
        roles: None,
        tasks: Vec::new(),
    }
}

pub(crate) fn content(title: &str, content_type: &str, tier: u8) -> NewTask {
    NewTask {
        title: title.to_owned(),
        kind: "content".into(),
        content_type: Some(content_type.into()),
        description: None,
        priority: Priority::P2,
        tier: Some(tier),
        labels: Vec::new(),
        depends_on: Vec::new(),
        deadline: None,
        source: None,
        issue: None,
    }
}

pub(crate) fn add(code_text: &str, spec: NewTask) -> Ask {
    Ask::Add { code: Some(code(code_text)), prefix: None, spec }
}

pub(crate) fn judge(task: &str, kind: &str, verdict: Verdict) -> Ask {
    Ask::Judge {
        review: ReviewRef::Pending { task: code(task), kind: kind.into() },
        verdict,
        rating: None,
        minutes: None,
        notes: (verdict != Verdict::Approved).then(|| "not yet".to_owned()),
    }
}

/// That what was planned can be derived again from what the log will say of it.
pub(crate) fn follows(config: &Config, before: Option<State>, inputs: &Inputs<'_>, planned: &Planned) {
    let Planned { plan, state } = planned;
    if plan.events.is_empty() {
        return;
    }
    let mut given = plan.given.clone();
    if inputs.goes_on {
        given.add(Round::On, plan.events.len());
    }
    let recorded =
        Recorded { config_id: &inputs.config_id, at: plan.base.now, given: &given, events: &plan.events };
    let derived = rederive(config, before, &recorded).unwrap_or_else(|error| {
        panic!("{error:?}: {:#?}", plan.events);
    });
    assert_eq!(&derived.state, state);
    if !inputs.goes_on {
        let due = if plan.effects.is_empty() { plan.due } else { Some(plan.base.now) };
        assert_eq!(derived.due, due);
    }
}

/// A team at work: each step is one tick.
pub(crate) struct Team {
    pub config: Config,
    pub config_id: String,
    pub state: Option<State>,
}

impl Team {
    pub(crate) fn new(config: Config) -> Self {
        Self { config, config_id: "c0ffee".to_owned(), state: None }
    }

    pub(crate) fn try_ask(&self, now: Time, actor: &str, asks: Vec<Ask>) -> Result<Planned, PlanError> {
        let requests: Vec<Request> = asks.into_iter().map(|ask| Request::new(actor, ask)).collect();
        let inputs = Inputs::new(now, self.config_id.as_str().into(), &requests);
        let planned = plan(&self.config, self.state.clone(), &inputs)?;
        follows(&self.config, self.state.clone(), &inputs, &planned);
        Ok(planned)
    }

    /// Asks, keeps the new state, and gives the types of the events with their tasks.
    pub(crate) fn ask(&mut self, now: Time, actor: &str, ask: Ask) -> Vec<String> {
        let planned = self.try_ask(now, actor, vec![ask]).unwrap();
        self.keep(planned)
    }

    pub(crate) fn tick(&mut self, now: Time) -> Vec<String> {
        let planned = self.try_ask(now, "orch", Vec::new()).unwrap();
        self.keep(planned)
    }

    fn keep(&mut self, planned: Planned) -> Vec<String> {
        self.state = Some(planned.state);
        let shown = planned.plan.events.iter().map(|event| match event.fact.task() {
            Some(task) => format!("{} {task}", event.fact.kind()),
            None => event.fact.kind().to_owned(),
        });
        shown.collect()
    }

    pub(crate) fn state(&self) -> &State {
        self.state.as_ref().unwrap()
    }
}
