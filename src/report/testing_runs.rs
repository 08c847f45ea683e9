//! A team with workflows for tests: runs driven by the real planner, with what a tick would report.

use indexmap::IndexMap;
use serde_json::{Map, json};

use super::testing::{World, config, inputs};
use crate::model::{
    Act, Approval, Ask, Breaker, Command, Criticality, Duration, Ended, Fact, FlowAsk, FlowFact, Name, On,
    OnLost, Origin, Outcome, Overlap, Permissions, Retry, RunId, Step, Trigger, Workflow,
};
use crate::plan::plan;

pub(crate) fn step(id: &str, needs: &[&str], script: &str) -> Step {
    let command = Command {
        script: script.to_owned(),
        shell: vec!["sh".into(), "-c".into()],
        cwd: None,
        env: IndexMap::new(),
    };
    Step {
        id: id.into(),
        title: None,
        needs: needs.iter().map(Name::new).collect(),
        after: Vec::new(),
        condition: None,
        for_each: None,
        act: Act::Run(command),
        timeout: Duration::from_minutes(60),
        retry: Retry {
            attempts: 1,
            delay: Duration::from_seconds(10),
            factor: 2.0,
            max_delay: Duration::from_minutes(5),
            on: None,
        },
        continue_on_error: false,
        on_lost: OnLost::Retry,
        runs_on: None,
        rollback: None,
        origin: Origin::new("workflows/deploy.yaml", 10, 3),
    }
}

pub(crate) fn workflow(id: &str, steps: Vec<Step>) -> Workflow {
    Workflow {
        id: id.into(),
        title: format!("The {id}"),
        description: Some("Ships it.".to_owned()),
        enabled: true,
        triggers: vec![Trigger {
            key: "manual".into(),
            on: On::Manual,
            condition: None,
            origin: Origin::new("workflows/deploy.yaml", 2, 5),
        }],
        condition: None,
        inputs: IndexMap::new(),
        vars: Map::new(),
        env: IndexMap::new(),
        steps,
        on_failure: Vec::new(),
        finally: Vec::new(),
        overlap: Overlap::Queue,
        max_parallel: 4,
        criticality: Criticality::Medium,
        owner: None,
        approval: None,
        permissions: Permissions::default(),
        expected_duration: None,
        timeout: None,
        documentation: None,
        saves: Some(30),
        breaker: Breaker { failures: 0, within: Duration::from_minutes(1) },
        activates: None,
        digest: "d1".into(),
        origin: Origin::new("workflows/deploy.yaml", 1, 1),
    }
}

/// `deploy` builds and ships; `guarded` asks before it does something.
pub(crate) fn flows() -> World {
    let mut config = config();
    let deploy =
        workflow("deploy", vec![step("build", &[], "make\nmake test"), step("ship", &["build"], "./ship")]);
    let approval = Approval {
        roles: vec!["lead".into()],
        purpose: Some("Ship it".to_owned()),
        risk: Some("It may break".to_owned()),
        expires: Duration::from_minutes(60),
    };
    let guarded = Workflow { approval: Some(approval), ..workflow("guarded", vec![step("do", &[], "true")]) };
    for workflow in [deploy, guarded] {
        config.workflows.insert(workflow.id.clone(), workflow);
    }
    World::with(config)
}

pub(crate) fn run(workflow: &str) -> Ask {
    Ask::Flow(FlowAsk::Run { workflow: workflow.into(), inputs: Map::new(), parent: None })
}

/// How a step ended: with an error, or well.
pub(crate) fn done(run: &str, step: &str, error: Option<&str>) -> [FlowFact; 2] {
    let run = RunId(run.into());
    let mut outcome = Outcome::of(if error.is_some() { Ended::Failed } else { Ended::Succeeded });
    (outcome.error, outcome.millis) = (error.map(str::to_owned), 1240);
    outcome.tail = Some("all is\nwell".to_owned());
    outcome.outputs = json!({"count": 3}).as_object().cloned().unwrap_or_default();
    let started =
        FlowFact::StepStarted { run: run.clone(), step: step.into(), attempt: 1, by: None, manifest: None };
    [started, FlowFact::StepFinished { run, step: step.into(), attempt: 1, by: None, outcome }]
}

impl World {
    /// A tick that asks for this and reports that.
    pub(crate) fn flow(&mut self, asks: Vec<Ask>, observed: &[FlowFact]) -> &mut Self {
        let requests: Vec<_> =
            asks.into_iter().map(|ask| crate::model::Request::new("mika@example.com", ask)).collect();
        let mut inputs = inputs(self.now, &requests);
        inputs.observed = observed;
        let planned = plan(&self.config, Some(self.state.clone()), &inputs).unwrap();
        (self.state, self.plan) = (planned.state, planned.plan);
        self.serial += 1;
        self.log.extend(self.plan.events.iter().map(|event| (self.serial, event.clone())));
        self
    }

    /// How many facts about workflows the last tick brought.
    pub(crate) fn flow_facts(&self) -> usize {
        self.plan.events.iter().filter(|event| matches!(event.fact, Fact::Flow(_))).count()
    }
}
