//! A small content team for tests, driven by the real planner, so that every state in a test is
//! one that can happen.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use crate::model::{
    Agent, AgentKind, Ask, Calendar, Code, Config, Duration, Event, Level, Name, NewTask, Objective, Origin,
    Priority, Project, Request, Requirement, ReviewId, ReviewPolicy, ReviewRef, ReviewType, Route, Routing,
    Stage, Strategy, Subject, TaskMatch, Tier, Time, Verdict,
};
use crate::plan::{Context, Inputs, Plan, plan};
use crate::report::{Logged, Tip};
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

fn names(names: &[&str]) -> Vec<Name> {
    names.iter().map(Name::new).collect()
}

fn agent(line: u32, name: &str, title: &str, max_active: u32) -> Agent {
    Agent {
        name: name.into(),
        title: title.into(),
        role: None,
        kind: AgentKind::Agent,
        max_active,
        github: None,
        branches: Vec::new(),
        activate: None,
        origin: origin("agents.yaml", line),
    }
}

fn agents() -> IndexMap<Name, Agent> {
    let agents = [
        agent(3, "coordinator", "Coordinator", 5),
        agent(6, "content-strategist", "Content Strategist", 1),
        agent(9, "canon-keeper", "Canon Keeper", 2),
        agent(12, "cultural-consultant", "Cultural Consultant", 2),
    ];
    agents.into_iter().map(|agent| (agent.name.clone(), agent)).collect()
}

fn of_type(kind: &str, content_types: &[&str]) -> TaskMatch {
    TaskMatch { types: names(&[kind]), content_types: names(content_types), ..TaskMatch::default() }
}

fn routing() -> Routing {
    let route = |line, name: &str, matching, candidates: &[&str]| Route {
        name: name.into(),
        matching,
        candidates: names(candidates),
        strategy: Strategy::LeastLoaded,
        origin: origin("routing.yaml", line),
    };
    Routing {
        routes: vec![
            route(4, "lore", of_type("lore", &[]), &["canon-keeper"]),
            route(12, "tweets", of_type("content", &["tweet"]), &["content-strategist"]),
        ],
        fallback: Some(("coordinator".into(), origin("routing.yaml", 20))),
    }
}

fn reviews() -> ReviewPolicy {
    let kind = |line, name: &str, title: &str, reviewers: &[&str]| ReviewType {
        name: name.into(),
        title: title.into(),
        reviewers: names(reviewers),
        rating: Some(("ds_rating".into(), 1, 5)),
        origin: origin("reviews.yaml", line),
    };
    let types = [
        kind(3, "canon", "Canon review", &["canon-keeper"]),
        kind(6, "cultural", "Cultural review", &["cultural-consultant"]),
        kind(9, "coordinator", "Coordinator review", &["coordinator"]),
    ];
    let stage =
        |line, reviews: &[&str]| Stage { reviews: names(reviews), origin: origin("reviews.yaml", line) };
    let tier = |line, number, name: &str, stages| Tier {
        number,
        name: name.into(),
        stages,
        origin: origin("reviews.yaml", line),
    };
    let tiers = [
        tier(14, 1, "Novel", vec![stage(16, &["canon", "cultural"]), stage(17, &["coordinator"])]),
        tier(18, 2, "Established", vec![stage(20, &["cultural"]), stage(21, &["coordinator"])]),
    ];
    ReviewPolicy {
        types: types.into_iter().map(|kind| (kind.name.clone(), kind)).collect(),
        tiers: tiers.into_iter().map(|tier| (tier.number, tier)).collect::<BTreeMap<_, _>>(),
        required: vec![Requirement {
            matching: of_type("content", &[]),
            default_tier: 2,
            origin: origin("reviews.yaml", 30),
        }],
    }
}

fn objectives() -> Vec<Objective> {
    let objective =
        |line, name: &str, subject, matching, review_types: &[&str], hours: u64, levels| Objective {
            name: name.into(),
            subject,
            matching,
            review_types: names(review_types),
            named: Vec::new(),
            within: Duration::from_minutes(hours * 60),
            warn_percent: 80,
            calendar: Calendar::Always,
            levels,
            origin: origin("sla.yaml", line),
        };
    let level = |line, minutes, to: &[&str]| Level {
        after: Duration::from_minutes(minutes),
        to: names(to),
        origin: origin("sla.yaml", line),
    };
    let tier_1 = TaskMatch { tiers: vec![1], ..TaskMatch::default() };
    let urgent = TaskMatch { priorities: vec![Priority::P0], ..TaskMatch::default() };
    vec![
        objective(
            3,
            "canon-tier-1",
            Subject::Review,
            tier_1,
            &["canon"],
            2,
            vec![level(7, 30, &["coordinator"])],
        ),
        objective(10, "cultural", Subject::Review, TaskMatch::default(), &["cultural"], 2, vec![]),
        objective(14, "urgent", Subject::Task, urgent, &[], 24, vec![level(17, 0, &["coordinator"])]),
    ]
}

pub(crate) fn config() -> Config {
    Config {
        project: Project {
            name: "infinite-idol".into(),
            state_branch: "orch/state".into(),
            remote: "origin".into(),
            timezone: "UTC".into(),
            github: None,
            github_commands: false,
            github_tasks: Vec::new(),
            github_results: Vec::new(),
            isolation: None,
            secrets: Vec::new(),
            freezes: Vec::new(),
        },
        agents: agents(),
        routing: routing(),
        reviews: reviews(),
        objectives: objectives(),
        tasks: Vec::new(),
        workflows: IndexMap::default(),
        channels: IndexMap::default(),
        roles: None,
    }
}

/// A content task that routing gives to `content-strategist`.
pub(crate) fn tweet(title: &str) -> NewTask {
    NewTask {
        title: title.into(),
        kind: "content".into(),
        content_type: Some("tweet".into()),
        description: None,
        priority: Priority::P2,
        tier: None,
        labels: Vec::new(),
        depends_on: Vec::new(),
        deadline: None,
        source: None,
        issue: None,
    }
}

/// A lore task that routing gives to `canon-keeper`.
pub(crate) fn lore(title: &str) -> NewTask {
    NewTask { kind: "lore".into(), content_type: None, ..tweet(title) }
}

/// The team at work: every request is a tick of its own.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) config: Config,
    pub(crate) state: State,
    pub(crate) now: Time,
    pub(crate) serial: u64,
    pub(crate) plan: Plan,
    pub(crate) log: Vec<(u64, Event)>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(config())
    }

    pub(crate) fn with(config: Config) -> Self {
        let now = at("09:00");
        let planned = plan(&config, None, &inputs(now, &[])).unwrap();
        let log = planned.plan.events.iter().map(|event| (1, event.clone())).collect();
        Self { config, state: planned.state, now, serial: 1, plan: planned.plan, log }
    }

    /// Plans these requests without carrying them out.
    pub(crate) fn preview(&self, asks: Vec<(&str, Ask)>) -> (Plan, State) {
        let requests: Vec<_> = asks.into_iter().map(|(actor, ask)| Request::new(actor, ask)).collect();
        let planned = plan(&self.config, Some(self.state.clone()), &inputs(self.now, &requests)).unwrap();
        (planned.plan, planned.state)
    }

    pub(crate) fn ask_all(&mut self, asks: Vec<(&str, Ask)>) -> &mut Self {
        let (plan, state) = self.preview(asks);
        self.state = state;
        if !plan.is_empty() {
            self.serial += 1;
            self.log.extend(plan.events.iter().map(|event| (self.serial, event.clone())));
        }
        self.plan = plan;
        self
    }

    pub(crate) fn ask(&mut self, actor: &str, ask: Ask) -> &mut Self {
        self.ask_all(vec![(actor, ask)])
    }

    pub(crate) fn add(&mut self, name: &str, spec: NewTask) -> &mut Self {
        self.ask("mika@example.com", add(name, spec))
    }

    pub(crate) fn start(&mut self, actor: &str, task: &str) -> &mut Self {
        self.ask(actor, Ask::Start { task: code(task) })
    }

    pub(crate) fn complete(&mut self, actor: &str, task: &str, output: &str) -> &mut Self {
        self.ask(actor, Ask::Complete { task: code(task), output: Some(output.into()) })
    }

    pub(crate) fn judge(&mut self, actor: &str, review: u32, verdict: Verdict, notes: &str) -> &mut Self {
        let notes = (!notes.is_empty()).then(|| notes.to_owned());
        let review = ReviewRef::Id(ReviewId(review));
        self.ask(actor, Ask::Judge { review, verdict, rating: Some(4), minutes: Some(12), notes })
    }

    /// A tick at another time of the day.
    pub(crate) fn tick(&mut self, time: &str) -> &mut Self {
        self.now = at(time);
        self.ask_all(Vec::new())
    }

    pub(crate) fn context(&self) -> Context<'_> {
        Context {
            config: &self.config,
            state: &self.state,
            now: self.now,
            config_changed: false,
            holder: None,
            dead: &[],
            only: &[],
        }
    }

    pub(crate) fn logged(&self) -> Vec<Logged<'_>> {
        let mut index = 0;
        let mut last = 0;
        let place = |(serial, event)| {
            index = if serial == last { index + 1 } else { 0 };
            last = serial;
            Logged { serial, index, event }
        };
        self.log.iter().map(|(serial, event)| (*serial, event)).map(place).collect()
    }

    pub(crate) fn tip(&self) -> Tip {
        let commit = Some("5d41402abc4b2a76b9719d911017c592ffffffff".into());
        Tip { commit, serial: self.serial }
    }
}

pub(crate) fn add(name: &str, spec: NewTask) -> Ask {
    Ask::Add { code: Some(code(name)), prefix: None, spec }
}

pub(crate) fn inputs(now: Time, requests: &[Request]) -> Inputs<'_> {
    Inputs::new(now, "9ae0ea9e3c9c6e1b9b6252c8395efdc1aaaaaaaa".into(), requests)
}

/// A tier 1 tweet in review, one that waits for room, one blocked by a lore task in progress.
pub(crate) fn busy() -> World {
    let mut world = World::new();
    let first = NewTask { tier: Some(1), priority: Priority::P1, ..tweet("Create Ika personality tweet #6") };
    world.add("CONTENT-010", first).start("content-strategist", "CONTENT-010");
    world.now = at("10:00");
    world.complete("content-strategist", "CONTENT-010", "content/ika-6.md");
    world
        .add("CONTENT-011", tweet("Announce the summer concert"))
        .add("CONTENT-012", tweet("Thank the fans"));
    world.add("LORE-003", lore("Write down how Ika met the band")).start("canon-keeper", "LORE-003");
    let waiting = NewTask { depends_on: vec![code("LORE-003")], ..tweet("Tell how Ika met the band") };
    world.add("CONTENT-013", waiting);
    world
}
