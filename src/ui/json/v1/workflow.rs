//! `orch workflow list`, `orch workflow show`, `orch workflow actions` and `orch metric list` as JSON.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::FORMAT_VERSION;
use crate::actions::{Action, ActionKind};
use crate::model::{EVENT_FIELDS, EVENT_TYPE, InputKind, Step, Time};
use crate::report::{
    FlowOverview, Registered, act_in_words, firings, mermaid, terms, trigger_in_words, triggers_in_short,
};
use crate::state::State;

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct WorkflowListV1 {
    pub format_version: u32,
    pub workflows: Vec<WorkflowV1>,
}

impl WorkflowListV1 {
    pub fn new(registry: &[Registered<'_>], now: Time) -> Self {
        let workflows = registry.iter().map(|one| WorkflowV1::new(one, now)).collect();
        Self { format_version: FORMAT_VERSION, workflows }
    }
}

/// A row of the registry.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct WorkflowV1 {
    pub workflow_id: String,
    pub name: String,
    pub description: Option<String>,
    /// `cron: 0 2 * * *`; several are separated by `; `.
    pub trigger: String,
    /// Always `orch`.
    pub platform: String,
    /// `active`, `paused`, `disabled` (by hand) or `off` (in its file).
    pub status: String,
    /// In percent; null if it never ran.
    pub success_rate: Option<f64>,
    /// When its last run ended.
    pub last_run: Option<Time>,
    pub avg_duration_seconds: Option<u64>,
    pub owner: Option<String>,
    /// `low`, `medium`, `high` or `critical`.
    pub criticality: String,
    pub approval_required: bool,
    pub documentation: Option<String>,
    pub p95_duration_seconds: Option<u64>,
    pub runs: u64,
    pub failures: u64,
    pub open_runs: Vec<String>,
    /// When it is due next by the clock.
    pub next_run: Option<Time>,
    pub runs_per_week: Option<u64>,
    /// Minutes of manual work that a run saves.
    pub saves_minutes: Option<u32>,
    pub saved_minutes_per_week: Option<u64>,
    /// The file that declares it.
    pub file: String,
}

impl WorkflowV1 {
    fn new(one: &Registered<'_>, now: Time) -> Self {
        let workflow = one.workflow;
        let criticality = serde_json::to_value(workflow.criticality).ok();
        Self {
            workflow_id: workflow.id.to_string(),
            name: workflow.title.clone(),
            description: workflow.description.clone(),
            trigger: triggers_in_short(workflow),
            platform: "orch".to_owned(),
            status: one.status.as_str().to_owned(),
            success_rate: one.success_rate(),
            last_run: one.last_run().map(|past| past.at),
            avg_duration_seconds: one.average_seconds(),
            owner: workflow.owner.as_ref().map(ToString::to_string),
            criticality: criticality.and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default(),
            approval_required: workflow.approval.is_some(),
            documentation: workflow.documentation.clone(),
            p95_duration_seconds: one.p95_seconds(),
            runs: one.record.map_or(0, |record| record.runs),
            failures: one.record.map_or(0, |record| record.failures),
            open_runs: one.open.iter().map(|run| run.id.to_string()).collect(),
            next_run: one.next,
            runs_per_week: one.runs_per_week(now),
            saves_minutes: workflow.saves,
            saved_minutes_per_week: one.saved_per_week(now),
            file: workflow.origin.file.to_string(),
        }
    }
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct WorkflowDocumentV1 {
    pub format_version: u32,
    pub workflow: WorkflowV1,
    pub triggers: Vec<TriggerV1>,
    pub next_runs: Vec<Time>,
    pub condition: Option<String>,
    pub inputs: Vec<InputV1>,
    pub steps: Vec<WorkflowStepV1>,
    pub on_failure: Vec<WorkflowStepV1>,
    pub finally: Vec<WorkflowStepV1>,
    /// A Mermaid flowchart.
    pub diagram: String,
}

impl WorkflowDocumentV1 {
    pub fn new(one: &Registered<'_>, now: Time) -> Self {
        let workflow = one.workflow;
        let steps = |steps: &[Step]| steps.iter().map(WorkflowStepV1::from).collect();
        Self {
            format_version: FORMAT_VERSION,
            workflow: WorkflowV1::new(one, now),
            triggers: workflow
                .triggers
                .iter()
                .map(|trigger| TriggerV1 {
                    key: trigger.key.to_string(),
                    text: trigger_in_words(trigger, workflow),
                    at: trigger.origin.to_string(),
                })
                .collect(),
            next_runs: firings(workflow, now, 5),
            condition: workflow.condition.as_ref().map(|condition| condition.source().to_owned()),
            inputs: workflow
                .inputs
                .iter()
                .map(|(name, input)| InputV1 {
                    name: name.to_string(),
                    kind: match &input.kind {
                        InputKind::Text => "text",
                        InputKind::Number => "number",
                        InputKind::Boolean => "boolean",
                        InputKind::Choice(_) => "choice",
                    }
                    .to_owned(),
                    choices: match &input.kind {
                        InputKind::Choice(choices) => choices.iter().map(ToString::to_string).collect(),
                        _ => Vec::new(),
                    },
                    description: input.description.clone(),
                    required: input.required,
                    default: input.default.clone(),
                })
                .collect(),
            steps: steps(&workflow.steps),
            on_failure: steps(&workflow.on_failure),
            finally: steps(&workflow.finally),
            diagram: mermaid(workflow),
        }
    }
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TriggerV1 {
    /// What the state remembers it by.
    pub key: String,
    pub text: String,
    pub at: String,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct InputV1 {
    pub name: String,
    /// `text`, `number`, `boolean` or `choice`.
    #[serde(rename = "type")]
    pub kind: String,
    pub choices: Vec<String>,
    pub description: Option<String>,
    pub required: bool,
    pub default: Option<Value>,
}

/// A step as it is declared.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct WorkflowStepV1 {
    pub id: String,
    pub title: Option<String>,
    /// What it does, in words.
    pub text: String,
    pub needs: Vec<String>,
    pub after: Vec<String>,
    pub condition: Option<String>,
    pub timeout_seconds: u64,
    pub attempts: u32,
    /// `retry`, `fail` or `ask`.
    pub on_lost: String,
    pub continue_on_error: bool,
    /// What undoes it, in words.
    pub rollback: Option<String>,
    /// Everything that holds for it, in words.
    pub terms: Vec<String>,
    pub at: String,
}

impl From<&Step> for WorkflowStepV1 {
    fn from(step: &Step) -> Self {
        let on_lost = serde_json::to_value(step.on_lost).ok();
        Self {
            id: step.id.to_string(),
            title: step.title.clone(),
            text: act_in_words(&step.act),
            needs: step.needs.iter().map(ToString::to_string).collect(),
            after: step.after.iter().map(ToString::to_string).collect(),
            condition: step.condition.as_ref().map(|condition| condition.source().to_owned()),
            timeout_seconds: step.timeout.as_seconds(),
            attempts: step.retry.attempts,
            on_lost: on_lost.and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default(),
            continue_on_error: step.continue_on_error,
            rollback: step.rollback.as_ref().map(|undo| act_in_words(&undo.act)),
            terms: terms(step),
            at: step.origin.to_string(),
        }
    }
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ActionListV1 {
    pub format_version: u32,
    pub actions: Vec<ActionV1>,
}

/// A built-in action.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ActionV1 {
    pub name: String,
    pub about: String,
    /// `state` or `world`.
    pub kind: String,
    /// The JSON Schema of its arguments.
    pub arguments: Value,
    /// Name and meaning.
    pub outputs: BTreeMap<String, String>,
    /// A step that uses it, as YAML.
    pub example: String,
}

impl ActionListV1 {
    pub fn new(actions: &[&dyn Action]) -> Self {
        let action = |action: &&dyn Action| ActionV1 {
            name: action.name().to_owned(),
            about: action.about().to_owned(),
            kind: if action.kind() == ActionKind::State { "state" } else { "world" }.to_owned(),
            arguments: action.schema(&mut schemars::SchemaGenerator::default()).to_value(),
            outputs: action
                .outputs()
                .iter()
                .map(|&(name, about)| (name.to_owned(), about.to_owned()))
                .collect(),
            example: action.example().to_owned(),
        };
        Self { format_version: FORMAT_VERSION, actions: actions.iter().map(action).collect() }
    }
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct MetricListV1 {
    pub format_version: u32,
    pub metrics: Vec<MetricV1>,
}

/// The last value of a metric.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct MetricV1 {
    pub name: String,
    pub value: f64,
    pub at: Time,
}

impl MetricListV1 {
    pub fn new(state: &State) -> Self {
        let metrics = state.meta.metrics.iter();
        let metrics =
            metrics.map(|(name, last)| MetricV1 { name: name.to_string(), value: last.value, at: last.at });
        Self { format_version: FORMAT_VERSION, metrics: metrics.collect() }
    }
}

/// How each kind of effect is settled.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SettlementListV1 {
    pub format_version: u32,
    pub effects: Vec<SettlementV1>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SettlementV1 {
    pub kind: String,
    /// What tells whether it was done.
    pub told_by: String,
    /// What follows.
    pub then: String,
}

impl SettlementListV1 {
    pub fn new() -> Self {
        let row = |row: &crate::report::Settlement| SettlementV1 {
            kind: row.kind.to_owned(),
            told_by: row.told_by.to_owned(),
            then: row.then.to_owned(),
        };
        let effects = crate::report::SETTLEMENTS.iter().map(row).collect();
        Self { format_version: FORMAT_VERSION, effects }
    }
}

impl Default for SettlementListV1 {
    fn default() -> Self {
        Self::new()
    }
}

/// What expressions find under `event`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct EventFieldsV1 {
    pub format_version: u32,
    pub fields: Vec<EventFieldV1>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct EventFieldV1 {
    /// The kind of trigger, as `on` writes it; null: any.
    pub trigger: Option<String>,
    /// The name; `…` stands for more that depend on the event.
    pub name: String,
    pub meaning: String,
}

impl EventFieldsV1 {
    pub fn new() -> Self {
        let field = |trigger: Option<&str>, (name, meaning): (&str, &str)| EventFieldV1 {
            trigger: trigger.map(str::to_owned),
            name: name.to_owned(),
            meaning: meaning.to_owned(),
        };
        let of_triggers = EVENT_FIELDS.iter();
        let of_triggers = of_triggers
            .flat_map(|one| one.fields.iter().map(|described| field(Some(one.trigger), *described)));
        let fields = std::iter::once(field(None, EVENT_TYPE)).chain(of_triggers).collect();
        Self { format_version: FORMAT_VERSION, fields }
    }
}

impl Default for EventFieldsV1 {
    fn default() -> Self {
        Self::new()
    }
}

/// The workflows on the status page.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FlowStatusV1 {
    pub declared: usize,
    pub running: Vec<String>,
    /// Runs that wait for approval, themselves or a step of theirs.
    pub waiting: Vec<String>,
    pub queued: usize,
    /// Last runs of their workflows, which failed.
    pub failed: Vec<String>,
    pub paused: Vec<String>,
    pub next_workflow: Option<String>,
    pub next_run: Option<Time>,
}

impl From<&FlowOverview<'_>> for FlowStatusV1 {
    fn from(flow: &FlowOverview<'_>) -> Self {
        Self {
            declared: flow.workflows,
            running: flow.running.iter().map(|run| run.id.to_string()).collect(),
            waiting: flow.waiting.iter().map(|run| run.id.to_string()).collect(),
            queued: flow.queued,
            failed: flow.failed.iter().map(|past| past.run.to_string()).collect(),
            paused: flow.paused.iter().map(|&name| name.to_owned()).collect(),
            next_workflow: flow.next.map(|(workflow, _)| workflow.to_owned()),
            next_run: flow.next.map(|(_, at)| at),
        }
    }
}

/// The ready workflows.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct LibraryV1 {
    pub format_version: u32,
    pub workflows: Vec<ReadyV1>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ReadyV1 {
    pub name: String,
    pub summary: String,
}

impl LibraryV1 {
    /// Of names and summaries.
    pub fn new<'a>(ready: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let one =
            |(name, summary): (&str, &str)| ReadyV1 { name: name.to_owned(), summary: summary.to_owned() };
        Self { format_version: FORMAT_VERSION, workflows: ready.map(one).collect() }
    }
}
