//! The JSON Schemas of all documents, by name.

use schemars::{JsonSchema, Schema, generate::SchemaSettings};

use super::{
    ActionListV1, ActivityV1, AgentDocumentV1, AgentListV1, CheckupV1, CompactionV1, EventFieldsV1,
    EventListV1, ExplanationV1, ExportedTaskV1, FsckV1, IsolationV1, IssueV1, LibraryV1, LogOfTicksV1,
    MetricListV1, NextV1, ReviewDocumentV1, ReviewListV1, RunDocumentV1, RunListV1, RunLogsV1, SavedPlanV1,
    SettlementListV1, SlaStatusV1, StatusV1, TaskDocumentV1, TaskListV1, TickV1, VerifyV1,
    WorkflowDocumentV1, WorkflowListV1,
};

/// Each document's name, such as `task-list`, and its schema (JSON Schema 2020-12).
pub fn schemas() -> Vec<(&'static str, Schema)> {
    vec![
        ("action-list", of::<ActionListV1>()),
        ("agent", of::<AgentDocumentV1>()),
        ("agent-activity", of::<ActivityV1>()),
        ("agent-isolation", of::<IsolationV1>()),
        ("agent-list", of::<AgentListV1>()),
        ("checkup", of::<CheckupV1>()),
        ("compaction", of::<CompactionV1>()),
        ("effect-settlements", of::<SettlementListV1>()),
        ("event-fields", of::<EventFieldsV1>()),
        ("event-list", of::<EventListV1>()),
        ("explanation", of::<ExplanationV1>()),
        ("exported-task", of::<ExportedTaskV1>()),
        ("fsck", of::<FsckV1>()),
        ("issue", of::<IssueV1>()),
        ("library", of::<LibraryV1>()),
        ("log", of::<LogOfTicksV1>()),
        ("metric-list", of::<MetricListV1>()),
        ("next", of::<NextV1>()),
        ("plan", of::<SavedPlanV1>()),
        ("review", of::<ReviewDocumentV1>()),
        ("review-list", of::<ReviewListV1>()),
        ("run", of::<RunDocumentV1>()),
        ("run-list", of::<RunListV1>()),
        ("run-logs", of::<RunLogsV1>()),
        ("sla-status", of::<SlaStatusV1>()),
        ("status", of::<StatusV1>()),
        ("task", of::<TaskDocumentV1>()),
        ("task-list", of::<TaskListV1>()),
        ("tick", of::<TickV1>()),
        ("verify", of::<VerifyV1>()),
        ("workflow", of::<WorkflowDocumentV1>()),
        ("workflow-list", of::<WorkflowListV1>()),
    ]
}

fn of<T: JsonSchema>() -> Schema {
    // As written, not as read: every key is there, absent values are null.
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Plan;
    use crate::report::testing::{World, busy};
    use crate::report::testing_runs::{done, flows, run};
    use crate::report::{
        RunFilter, TaskFilter, Tip, activities, explain_task, isolation, overview, registry, standings,
        workloads,
    };
    use crate::ui::text::{Log, Outcome};
    use serde::Serialize;

    fn check<T: Serialize>(name: &str, document: &T) {
        let (_, schema) = schemas().into_iter().find(|(other, _)| *other == name).unwrap();
        let validator = jsonschema::draft202012::new(schema.as_value()).unwrap();
        let instance = serde_json::to_value(document).unwrap();
        let errors: Vec<_> = validator.iter_errors(&instance).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
        assert!(!validator.is_valid(&serde_json::json!({ "format_version": 1 })), "{name} takes anything");
    }

    fn outcome(world: &World) -> Outcome<'_> {
        Outcome {
            due_now: 0,
            events: &world.plan.events,
            state: &world.state,
            now: world.now,
            due: None,
            serial: world.serial,
            commit: None,
            pushed: false,
            all: false,
        }
    }

    fn check_plan(world: &World, plan: &Plan) {
        check("plan", &SavedPlanV1::new(plan, &world.state, &Tip::default(), "0.1.0"));
    }

    #[test]
    fn documents_are_valid_by_their_schemas() {
        let mut world = busy();
        world.tick("12:35");
        let (config, state, now) = (&world.config, &world.state, world.now);
        let logged = world.logged();
        let loads = workloads(config, state, now);
        let tasks = TaskFilter::default().tasks(state);
        check("task-list", &TaskListV1::new(tasks.iter().copied()));
        for task in tasks {
            check("task", &TaskDocumentV1::new(config, state, task, now, &logged));
            let explained = explain_task(world.context(), &task.code, None).unwrap();
            check("explanation", &ExplanationV1::from(&explained));
        }
        let reviews = crate::report::ReviewFilter::default().reviews(state);
        check("review-list", &ReviewListV1::new(config, &reviews, now));
        check("agent-list", &AgentListV1::new(&loads));
        check("agent", &AgentDocumentV1::new(&loads[1]));
        let done = activities(config, state, logged.iter().copied());
        check("agent-activity", &ActivityV1::new(&done, world.now, world.now));
        check("agent-isolation", &IsolationV1::new(&isolation(config, state)));
        check("event-list", &EventListV1::new(&logged, state));
        let entry = crate::commit::HistoryEntry {
            serial: world.serial,
            at: now,
            commit: crate::ports::ObjectId([7; 20]),
            subject: "tick".to_owned(),
            events: world.plan.events.clone(),
            by_orch: true,
        };
        check("log", &LogOfTicksV1::new(&[entry], state));
        let verified = crate::commit::Verified {
            findings: Vec::new(),
            commits: 0,
            first: None,
            is_cut: false,
            end: None,
        };
        check("verify", &VerifyV1::new(0, &verified));
        check("sla-status", &SlaStatusV1::new(&standings(config, state, now), &[], now));
        let page = overview(config, state, now);
        check("status", &StatusV1::new(&page, state, "infinite-idol", &world.tip(), now));
        check("tick", &TickV1::new(&outcome(&world)));
        check_plan(&world, &world.plan);
    }

    #[test]
    fn documents_of_workflows_are_valid_by_their_schemas() {
        let mut world = flows();
        world.flow(vec![run("deploy"), run("guarded")], &[]);
        check_plan(&world, &world.plan);
        assert_eq!(world.plan.effects.len(), 1, "deploy builds, guarded waits");
        world.flow(Vec::new(), &done("deploy#1", "build", Some("exit code 2")));
        let (config, state, now) = (&world.config, &world.state, world.now);
        let runs = RunFilter::default().runs(state);
        assert_eq!(runs.len(), 2);
        check("run-list", &RunListV1::new(config, &runs, now));
        for run in runs {
            check("run", &RunDocumentV1::new(config, state, run, now));
            let explained = crate::report::explain_run(world.context(), &run.id.0).unwrap();
            check("explanation", &ExplanationV1::from(&explained));
            let log = Log { step: "build".to_owned(), attempt: 1, text: "a".to_owned(), is_whole: true };
            check("run-logs", &RunLogsV1::new(run, &[log]));
        }
        let registry = registry(config, state, now);
        check("workflow-list", &WorkflowListV1::new(&registry, now));
        check("workflow", &WorkflowDocumentV1::new(&registry[0], now));
        check("event-list", &EventListV1::new(&world.logged(), state));
        check("action-list", &ActionListV1::new(crate::actions::ACTIONS));
        check("metric-list", &MetricListV1::new(state));
        check("library", &LibraryV1::new([("a", "b")].into_iter()));
        check("compaction", &CompactionV1::new(&super::super::CompactionView::default()));
        check("event-fields", &EventFieldsV1::new());
        check("effect-settlements", &SettlementListV1::new());
        let page = overview(config, state, now);
        check("status", &StatusV1::new(&page, state, "infinite-idol", &world.tip(), now));
    }
}
