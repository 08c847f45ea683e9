//! Workflows, told to the planner alone: from their YAML, with a world that does what the test says.

mod activation;
mod approvals;
mod chains;
mod github;
mod isolation;
mod issues;
mod limits;
mod losses;
mod properties;
mod runners;
mod starts;
mod steps;
mod told;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use smol_str::SmolStr;

use super::testing::follows;
use super::{Effect, EffectAct, Inputs, Plan, PlanError, Planned, Recorded, note, plan, rederive};
use crate::check::check;
use crate::load::{Kind, Sources};
use crate::model::{
    Ask, Config, Ended, Event, FlowAsk, FlowFact, Given, Outcome, Request, Round, RunId, Time,
};
use crate::state::State;

/// A workflow with this and one step.
fn simple(rest: &str) -> String {
    format!("name: Test\n{rest}\nsteps:\n  - id: a\n    run: a\n    retry: 1\n")
}

/// The configuration of a project whose files say this, by their paths.
fn config(files: &[(&str, &str)]) -> Config {
    let kind = |path: &str| match path {
        "orch.yaml" => Kind::Orch,
        "roles.yaml" => Kind::Roles,
        "agents.yaml" => Kind::Agents,
        "routing.yaml" => Kind::Routing,
        "reviews.yaml" => Kind::Reviews,
        "sla.yaml" => Kind::Sla,
        _ => Kind::Workflows,
    };
    let project = ("orch.yaml", "name: demo\n");
    let is_there = files.iter().any(|(path, _)| *path == "orch.yaml");
    let files = files.iter().chain((!is_there).then_some(&project));
    let files = files
        .map(|(path, text)| ((*path).to_owned(), kind(path), text.as_bytes().to_vec()))
        .collect::<Vec<_>>();
    let checked = check(&Sources::in_memory(files), None);
    checked.config.unwrap_or_else(|| panic!("{:#?}", checked.diagnostics))
}

/// A minute of the day that these tests play on.
fn at(minute: &str) -> Time {
    format!("2026-11-20T{minute}:00Z").parse().unwrap()
}

/// How an attempt ended.
fn ended(ended: Ended) -> Outcome {
    Outcome::of(ended)
}

fn exit(code: i32) -> Outcome {
    let mut outcome = Outcome::of(if code == 0 { Ended::Succeeded } else { Ended::Failed });
    outcome.exit_code = Some(code);
    outcome.error = (code != 0).then(|| format!("exit code {code}"));
    outcome
}

/// A project at work.
struct World {
    config: Config,
    config_id: String,
    state: Option<State>,
    now: Time,
    /// The tick that is at work.
    holder: Option<&'static str>,
    dead: Vec<SmolStr>,
    /// The runs that it is to carry out; none: all.
    only: Vec<RunId>,
    log: Vec<Event>,
    /// What happened since something was planned by everything there is, in rounds, and the state before it.
    rounds: (Vec<Event>, Given, Option<State>),
    /// Whether everything is derived again, which takes a copy of the state each time.
    derives: bool,
    /// Of the last plan.
    effects: Vec<Effect>,
    due: Option<Time>,
    /// What was done in the world, in order: `x#1/a`, `x#1/a 2` at the second attempt.
    done: Vec<String>,
}

impl World {
    /// Files by their paths; the first tick has begun to watch, at 08:00.
    fn new(files: &[(&str, &str)]) -> Self {
        let mut world = Self {
            config: config(files),
            config_id: "1".to_owned(),
            state: None,
            now: at("08:00"),
            holder: Some("tick"),
            dead: Vec::new(),
            only: Vec::new(),
            log: Vec::new(),
            rounds: Default::default(),
            derives: true,
            effects: Vec::new(),
            due: None,
            done: Vec::new(),
        };
        world.tick("08:00");
        world
    }

    /// One workflow, `x`.
    fn of(text: &str) -> Self {
        Self::new(&[("workflows/x.yaml", text)])
    }

    fn state(&self) -> &State {
        self.state.as_ref().unwrap()
    }

    fn try_plan(
        &self,
        requests: &[Request],
        observed: &[FlowFact],
        goes_on: bool,
    ) -> Result<Planned, PlanError> {
        let inputs = Inputs {
            observed,
            holder: self.holder,
            dead: &self.dead,
            only: &self.only,
            goes_on,
            ..Inputs::new(self.now, self.config_id.as_str().into(), requests)
        };
        let planned = plan(&self.config, self.state.clone(), &inputs)?;
        follows(&self.config, self.state.clone(), &inputs, &planned);
        Ok(planned)
    }

    /// The same for good.
    fn plan(&mut self, requests: &[Request], observed: &[FlowFact], goes_on: bool) -> Vec<String> {
        if !self.derives {
            let inputs = Inputs {
                observed,
                holder: self.holder,
                dead: &self.dead,
                only: &self.only,
                goes_on,
                ..Inputs::new(self.now, self.config_id.as_str().into(), requests)
            };
            let planned = plan(&self.config, self.state.take(), &inputs).unwrap();
            return self.keep(planned);
        }
        let planned = self.try_plan(requests, observed, goes_on).unwrap();
        if goes_on {
            self.add_round(Round::On, &planned.plan.events);
        } else {
            self.end_rounds();
        }
        self.keep(planned)
    }

    fn add_round(&mut self, round: Round, events: &[Event]) {
        if !self.derives {
            return;
        }
        let (all, given, base) = &mut self.rounds;
        if all.is_empty() {
            base.clone_from(&self.state);
            (given.holder, given.dead) = (self.holder.map(Into::into), self.dead.clone());
            given.only.clone_from(&self.only);
        }
        given.add(round, events.len());
        let before = u32::try_from(all.len()).unwrap();
        all.extend(events.iter().cloned().map(|mut event| {
            let answered = event.cause.as_mut().and_then(|cause| cause.event.as_mut());
            if let Some(answered) = answered {
                *answered += before;
            }
            event
        }));
    }

    /// As a commit does: that the rounds can be derived again.
    fn end_rounds(&mut self) {
        let (events, given, base) = std::mem::take(&mut self.rounds);
        if events.is_empty() {
            return;
        }
        let config_id = self.config_id.as_str().into();
        let recorded = Recorded { config_id: &config_id, at: self.now, given: &given, events: &events };
        let derived = rederive(&self.config, base, &recorded);
        let derived = derived.unwrap_or_else(|error| panic!("{error:?}: {given:?} {events:#?}"));
        assert_eq!(Some(&derived.state), self.state.as_ref());
    }

    fn keep(&mut self, planned: Planned) -> Vec<String> {
        let Plan { events, effects, due, .. } = planned.plan;
        let words = events.iter().map(words).collect();
        self.state = Some(planned.state);
        self.log.extend(events);
        (self.effects, self.due) = (effects, due);
        words
    }

    fn tick(&mut self, minute: &str) -> Vec<String> {
        self.now = at(minute);
        self.again()
    }

    /// A tick at the same time.
    fn again(&mut self) -> Vec<String> {
        self.plan(&[], &[], false)
    }

    fn ask(&mut self, actor: &str, ask: FlowAsk) -> Vec<String> {
        self.demand(actor, Ask::Flow(ask))
    }

    /// Something that need not be about workflows.
    fn demand(&mut self, actor: &str, ask: Ask) -> Vec<String> {
        let requests = [Request::new(actor, ask)];
        self.plan(&requests, &[], false)
    }

    /// Why something is refused.
    fn refused(&self, actor: &str, ask: FlowAsk) -> String {
        let requests = [Request::new(actor, Ask::Flow(ask))];
        self.try_plan(&requests, &[], false).unwrap_err().to_string()
    }

    fn run(&mut self, workflow: &str) -> Vec<String> {
        let inputs = serde_json::Map::new();
        self.ask("boss", FlowAsk::Run { workflow: workflow.into(), inputs, parent: None })
    }

    fn metric(&mut self, minute: &str, value: f64) -> Vec<String> {
        self.now = at(minute);
        self.ask("probe", FlowAsk::RecordMetric { metric: "load".into(), value })
    }

    /// The workflow `x` becomes another, as a commit does.
    fn redefine(&mut self, text: &str) {
        self.end_rounds();
        self.config = config(&[("workflows/x.yaml", text)]);
        self.config_id.push('1');
    }

    fn note(&mut self, facts: Vec<FlowFact>) -> Vec<Event> {
        let before = if self.derives { self.state.clone() } else { None };
        let events = note(self.state.as_mut().unwrap(), self.now, facts).unwrap();
        let after = std::mem::replace(&mut self.state, before);
        self.add_round(Round::Note, &events);
        self.state = after;
        self.log.extend(events.iter().cloned());
        events
    }

    /// That an attempt of each effect of the last plan begins.
    fn begin(&mut self) -> Vec<Effect> {
        let effects = std::mem::take(&mut self.effects);
        let started = effects.iter().map(|effect| FlowFact::StepStarted {
            run: effect.run.clone(),
            step: effect.step.clone(),
            attempt: effect.attempt,
            by: self.holder.map(Into::into),
            manifest: effect.manifest.clone().map(Box::new),
        });
        let events = self.note(started.collect());
        assert_eq!(events.len(), effects.len(), "each of them is new");
        effects
    }

    /// What follows from the end of an attempt.
    fn report(&mut self, effect: &Effect, outcome: Outcome) -> Vec<String> {
        let by = self.holder;
        self.report_by(by, effect, outcome)
    }

    /// The same, of a tick that may be at work no more.
    fn report_by(&mut self, by: Option<&str>, effect: &Effect, outcome: Outcome) -> Vec<String> {
        let by = by.map(Into::into);
        let (run, step) = (effect.run.clone(), effect.step.clone());
        let attempt = if effect.attempt == 1 { String::new() } else { format!(" {}", effect.attempt) };
        self.done.push(format!("{run}/{step}{attempt}"));
        let fact = FlowFact::StepFinished { run, step, attempt: effect.attempt, by, outcome };
        self.plan(&[], &[fact], true)
    }

    /// The tick ends: what it leased is free again.
    fn give_back(&mut self) {
        let runs = self.state().meta.runs.values();
        let leased: Vec<_> = runs.filter(|run| run.lease.is_some()).map(|run| run.id.clone()).collect();
        let facts =
            leased.into_iter().map(|run| FlowFact::RunLeased { run, lease: None, by: None }).collect();
        self.note(facts);
        self.again();
    }

    /// Does what the last plan says and what follows from it, one after the other, until nothing is left to be
    /// done now; what was done, in order.
    fn play(&mut self, outcome: &dyn Fn(&Effect) -> Outcome) -> Vec<String> {
        self.done.clear();
        while !self.effects.is_empty() {
            let mut running = self.begin();
            running.reverse();
            while let Some(effect) = running.pop() {
                self.report(&effect, outcome(&effect));
                let more = self.begin();
                running.splice(0..0, more.into_iter().rev());
            }
            self.again();
        }
        std::mem::take(&mut self.done)
    }

    /// Does everything, and all of it succeeds.
    fn succeed(&mut self) -> Vec<String> {
        self.play(&|_| exit(0))
    }

    /// Does everything; these steps fail.
    fn fail(&mut self, steps: &[&str]) -> Vec<String> {
        self.play(&|effect| exit(i32::from(steps.contains(&effect.step.as_str()))))
    }

    fn status(&self, run: &str) -> &'static str {
        self.state().run(run).unwrap().status.as_str()
    }

    /// The steps of a run and how they stand.
    fn steps(&self, run: &str) -> BTreeMap<String, &'static str> {
        let steps = &self.state().run(run).unwrap().steps;
        steps.iter().map(|(key, step)| (key.to_string(), step.status.as_str())).collect()
    }

    fn why(&self, run: &str) -> String {
        let failure = self.state().run(run).unwrap().failure.as_ref();
        failure.map_or_else(String::new, |failure| match &failure.step {
            Some(step) => format!("{step}: {}", failure.message),
            None => failure.message.clone(),
        })
    }

    /// How often something happened.
    fn count(&self, kind: &str) -> usize {
        self.log.iter().filter(|event| event.fact.kind() == kind).count()
    }

    /// The promises that hold at any time: a second look finds nothing new, and the log alone gives the state.
    fn check(&self) {
        let again = self.try_plan(&[], &[], false).unwrap();
        assert!(again.plan.events.is_empty(), "news without news: {:?}", again.plan.events);
        let mut state = State::default();
        self.log.iter().for_each(|event| state.apply(event).unwrap());
        assert_eq!(&state, self.state());
    }
}

/// `step.finished x#1 a failed`.
fn words(event: &Event) -> String {
    fn inner(value: Value) -> Value {
        match value {
            Value::Object(outer) if outer.len() == 1 => {
                outer.into_iter().next().map_or(Value::Null, |(_, v)| v)
            }
            other => other,
        }
    }
    let fields = inner(inner(serde_json::to_value(&event.fact).unwrap()));
    let of_run = |key: &str| fields[key].as_str().map(str::to_owned);
    let outcome = fields["outcome"]["ended"].as_str().map(str::to_owned);
    let words =
        [Some(event.fact.kind().to_owned()), of_run("run"), of_run("step"), of_run("status"), outcome];
    words.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// The events of these kinds.
fn only(events: &[String], kinds: &[&str]) -> Vec<String> {
    events.iter().filter(|event| kinds.iter().any(|kind| event.starts_with(kind))).cloned().collect()
}

fn run_id(text: &str) -> RunId {
    RunId(text.into())
}

/// The script of a command.
fn script(effect: &Effect) -> String {
    match &effect.act {
        EffectAct::Run { argv, .. } => argv.last().cloned().unwrap_or_default(),
        EffectAct::Call { action, args } => json!({*action: args}).to_string(),
    }
}
