//! The documents as programs see them. A snapshot that changes here is a broken promise.

use super::{
    AgentListV1, EventListV1, ExplanationV1, ReviewListV1, SavedPlanError, SavedPlanV1, SlaStatusV1,
    StatusV1, TaskDocumentV1, TaskListV1, to_json,
};
use crate::model::{Ask, TaskEdit};
use crate::report::testing::{World, add, at, busy, code, tweet};
use crate::report::{EventFilter, ReviewFilter, TaskFilter, explain_task, overview, standings, workloads};

fn saved(world: &World) -> (SavedPlanV1, crate::plan::Plan) {
    let edit = TaskEdit { deadline: Some(None), title: Some("Say goodbye".into()), ..TaskEdit::default() };
    let asks = vec![
        (
            "mika@example.com",
            add("CONTENT-020", crate::model::NewTask { deadline: Some(at("20:00")), ..tweet("Say hello") }),
        ),
        ("mika@example.com", Ask::Edit { task: code("CONTENT-020"), edit }),
    ];
    let (plan, state) = world.preview(asks);
    (SavedPlanV1::new(&plan, &state, &world.tip(), "0.1.0"), plan)
}

#[test]
fn a_saved_plan_comes_back_as_it_was() {
    let world = busy();
    let (document, plan) = saved(&world);
    let text = to_json(&document);
    let read = SavedPlanV1::parse(&text).unwrap();
    assert_eq!(read, document);
    assert_eq!(read.tip(), world.tip());
    assert_eq!(read.into_plan(), plan);
    insta::assert_snapshot!(text, @r#"
    {
      "format_version": 1,
      "orch_version": "0.1.0",
      "base": {
        "state": "5d41402abc4b2a76b9719d911017c592ffffffff",
        "serial": 9,
        "lineage": "infinite-idol-766ea6c7f2558527",
        "config": "9ae0ea9e3c9c6e1b9b6252c8395efdc1aaaaaaaa",
        "files": {},
        "now": "2026-01-09T10:00:00Z"
      },
      "due": "2026-01-09T11:36:00Z",
      "items": [
        {
          "symbol": "+",
          "group": "Tasks",
          "subject": "CONTENT-020",
          "text": "created: Say hello (content/tweet, P2)",
          "reason": "by mika@example.com",
          "at": null
        },
        {
          "symbol": "~",
          "group": "Tasks",
          "subject": "CONTENT-020",
          "text": "changed: title and deadline",
          "reason": "by mika@example.com",
          "at": null
        }
      ],
      "events": [
        {
          "at": "2026-01-09T10:00:00Z",
          "actor": "mika@example.com",
          "cause": null,
          "fact": {
            "task.created": {
              "task": "CONTENT-020",
              "spec": {
                "title": "Say hello",
                "type": "content",
                "content_type": "tweet",
                "priority": "P2",
                "deadline": "2026-01-09T20:00:00Z"
              }
            }
          }
        },
        {
          "at": "2026-01-09T10:00:00Z",
          "actor": "mika@example.com",
          "cause": null,
          "fact": {
            "task.edited": {
              "task": "CONTENT-020",
              "edit": {
                "title": "Say goodbye",
                "deadline": null
              }
            }
          }
        }
      ],
      "effects": []
    }
    "#);
}

#[test]
fn refuses_what_is_no_plan_of_this_format() {
    let text = to_json(&saved(&busy()).0);
    let newer = text.replacen("\"format_version\": 1", "\"format_version\": 2", 1);
    let newer = newer.replacen("\"base\"", "\"foundation\"", 1);
    let error = SavedPlanV1::parse(&newer).unwrap_err();
    assert!(matches!(error, SavedPlanError::Version { found: 2 }));
    assert_eq!(error.to_string(), "the plan has format version 2, and this `orch` reads version 1");
    let unknown = text.replacen("\"serial\"", "\"cereal\"", 1);
    insta::assert_snapshot!(SavedPlanV1::parse(&unknown).unwrap_err(), @"not a saved plan: unknown field `cereal`, expected one of `state`, `serial`, `lineage`, `config`, `files`, `now` at line 6, column 12");
    insta::assert_snapshot!(SavedPlanV1::parse(&text[..200]).unwrap_err(), @"not a saved plan: EOF while parsing a value at line 8, column 13");
    insta::assert_snapshot!(SavedPlanV1::parse("").unwrap_err(), @"not a saved plan: EOF while parsing a value at line 1, column 0");
}

#[test]
#[expect(clippy::too_many_lines, reason = "the document itself")]
fn a_task_document_has_all_keys() {
    let mut world = busy();
    world.tick("11:50");
    let task = world.state.task(&code("CONTENT-010")).unwrap();
    let filter = EventFilter { limit: Some(1), ..EventFilter::default() };
    let events = filter.events(world.logged());
    let document = TaskDocumentV1::new(&world.config, &world.state, task, world.now, &events);
    insta::assert_snapshot!(to_json(&document), @r#"
    {
      "format_version": 1,
      "task": {
        "code": "CONTENT-010",
        "title": "Create Ika personality tweet #6",
        "description": null,
        "type": "content",
        "content_type": "tweet",
        "status": "review",
        "priority": "P1",
        "tier": 1,
        "agent": "content-strategist",
        "author": "content-strategist",
        "labels": [],
        "depends_on": [],
        "waiting_on": [],
        "created_at": "2026-01-09T09:00:00Z",
        "started_at": "2026-01-09T09:00:00Z",
        "delivered_at": "2026-01-09T10:00:00Z",
        "completed_at": null,
        "deadline": null,
        "output": "content/ika-6.md",
        "hold": null,
        "claim": null,
        "source": null,
        "issue": null,
        "reviews": [
          {
            "id": "REVIEW-001",
            "type": "canon",
            "reviewer": "canon-keeper",
            "status": "pending",
            "round": 1,
            "stage": 1,
            "requested_at": "2026-01-09T10:00:00Z",
            "completed_at": null,
            "rating": null,
            "minutes": null,
            "notes": null
          },
          {
            "id": "REVIEW-002",
            "type": "cultural",
            "reviewer": "cultural-consultant",
            "status": "pending",
            "round": 1,
            "stage": 1,
            "requested_at": "2026-01-09T10:00:00Z",
            "completed_at": null,
            "rating": null,
            "minutes": null,
            "notes": null
          }
        ]
      },
      "needed_by": [],
      "clocks": [
        {
          "objective": "canon-tier-1",
          "at": "sla.yaml:3",
          "task": "CONTENT-010",
          "review": "REVIEW-001",
          "started_at": "2026-01-09T10:00:00Z",
          "due": "2026-01-09T12:00:00Z",
          "within_seconds": 7200,
          "elapsed_seconds": 6600,
          "left_seconds": 600,
          "state": "warned",
          "level": 0,
          "next": {
            "at": "2026-01-09T12:00:00Z",
            "step": "breach",
            "level": null,
            "to": []
          }
        },
        {
          "objective": "cultural",
          "at": "sla.yaml:10",
          "task": "CONTENT-010",
          "review": "REVIEW-002",
          "started_at": "2026-01-09T10:00:00Z",
          "due": "2026-01-09T12:00:00Z",
          "within_seconds": 7200,
          "elapsed_seconds": 6600,
          "left_seconds": 600,
          "state": "warned",
          "level": 0,
          "next": {
            "at": "2026-01-09T12:00:00Z",
            "step": "breach",
            "level": null,
            "to": []
          }
        }
      ],
      "alerts": [],
      "events": [
        {
          "id": "10.1",
          "at": "2026-01-09T11:50:00Z",
          "type": "sla.warned",
          "actor": "orch",
          "task": "CONTENT-010",
          "review": "REVIEW-002",
          "run": null,
          "workflow": null,
          "cause": {
            "rule": "sla",
            "why": "limit 2h",
            "at": "sla.yaml:10",
            "event": null
          },
          "asked": null,
          "data": {
            "task": "CONTENT-010",
            "review": "REVIEW-002",
            "objective": "cultural",
            "due": "2026-01-09T12:00:00Z"
          },
          "text": "REVIEW-002 of CONTENT-010 close to breaching cultural (limit 2h), 10m left"
        }
      ]
    }
    "#);
}

#[test]
fn lists_have_a_version_and_stable_keys() {
    let world = busy();
    let tasks = TaskListV1::new(TaskFilter::default().tasks(&world.state));
    assert_eq!(tasks.tasks.len(), 5);
    let reviews = ReviewFilter::default().reviews(&world.state);
    let reviews = ReviewListV1::new(&world.config, &reviews, world.now);
    assert_eq!(reviews.reviews[0].clock.as_ref().unwrap().left_seconds, 7200);
    let clocks = SlaStatusV1::new(&standings(&world.config, &world.state, world.now), &[], world.now);
    assert_eq!((clocks.format_version, clocks.clocks.len()), (1, 2));
    let mut agents = AgentListV1::new(&workloads(&world.config, &world.state, world.now));
    agents.agents.drain(..2);
    agents.agents.truncate(1);
    insta::assert_snapshot!(to_json(&agents), @r#"
    {
      "format_version": 1,
      "agents": [
        {
          "name": "canon-keeper",
          "title": "Canon Keeper",
          "role": null,
          "kind": "agent",
          "max_active": 2,
          "active": 1,
          "room": 1,
          "queue": [
            {
              "code": "LORE-003",
              "title": "Write down how Ika met the band",
              "status": "in_progress",
              "priority": "P2",
              "deadline": null,
              "next": "orch task complete LORE-003"
            }
          ],
          "waiting": [],
          "pending_reviews": [
            {
              "id": "REVIEW-001",
              "type": "canon",
              "task": "CONTENT-010",
              "requested_at": "2026-01-09T10:00:00Z"
            }
          ],
          "activated": null
        }
      ]
    }
    "#);
}

#[test]
fn events_carry_their_own_fields_and_their_cause() {
    let world = busy();
    let filter = EventFilter { types: vec!["task.assigned".parse().unwrap()], ..EventFilter::default() };
    let mut events = filter.events(world.logged());
    events.truncate(1);
    insta::assert_snapshot!(to_json(&EventListV1::new(&events, &world.state)), @r#"
    {
      "format_version": 1,
      "events": [
        {
          "id": "2.1",
          "at": "2026-01-09T09:00:00Z",
          "type": "task.assigned",
          "actor": "orch",
          "task": "CONTENT-010",
          "review": null,
          "run": null,
          "workflow": null,
          "cause": {
            "rule": "routing",
            "why": "route tweets",
            "at": "routing.yaml:12",
            "event": null
          },
          "asked": null,
          "data": {
            "task": "CONTENT-010",
            "agent": "content-strategist"
          },
          "text": "CONTENT-010 assigned to content-strategist"
        }
      ]
    }
    "#);
}

#[test]
fn status_and_explanations_are_documents_too() {
    let world = busy();
    let page = overview(&world.config, &world.state, world.now);
    let status = StatusV1::new(&page, &world.state, "infinite-idol", &world.tip(), world.now);
    assert_eq!(status.blocked[0].why, "waits for LORE-003 (in progress, with canon-keeper)");
    let explained = explain_task(world.context(), &code("CONTENT-012"), None).unwrap();
    insta::assert_snapshot!(to_json(&ExplanationV1::from(&explained)), @r#"
    {
      "format_version": 1,
      "kind": "task",
      "subject": "CONTENT-012",
      "headline": "Thank the fans: in the queue, assigned to nobody",
      "sections": [
        {
          "title": "Routing",
          "reasons": [
            {
              "text": "route lore does not match: type `content` is not `lore`",
              "at": "routing.yaml:4",
              "held": false,
              "because": []
            },
            {
              "text": "route tweets matches",
              "at": "routing.yaml:12",
              "held": true,
              "because": [
                {
                  "text": "content-strategist holds 1 of 1 task, no room",
                  "at": "agents.yaml:6",
                  "held": null,
                  "because": []
                }
              ]
            },
            {
              "text": "place 1 of 1 in the queue for content-strategist (by priority, deadline, age)",
              "at": null,
              "held": null,
              "because": []
            }
          ]
        },
        {
          "title": "Reviews",
          "reasons": [
            {
              "text": "must be reviewed, tier 2 unless the task says another",
              "at": "reviews.yaml:30",
              "held": true,
              "because": []
            },
            {
              "text": "tier 2 Established, begins when it is delivered",
              "at": "reviews.yaml:18",
              "held": null,
              "because": [
                {
                  "text": "stage 1: cultural",
                  "at": "reviews.yaml:20",
                  "held": null,
                  "because": []
                },
                {
                  "text": "stage 2: coordinator",
                  "at": "reviews.yaml:21",
                  "held": null,
                  "because": []
                }
              ]
            }
          ]
        }
      ],
      "next": [
        {
          "by": "content-strategist",
          "what": "delivers a task, then there is room for it",
          "at": null,
          "command": null
        }
      ]
    }
    "#);
}

#[test]
fn effects_of_a_saved_plan_come_back_as_they_were() {
    let mut world = crate::report::testing_runs::flows();
    world.flow(vec![crate::report::testing_runs::run("deploy")], &[]);
    let mut plan = world.plan.clone();
    let mut clean = plan.effects[0].clone();
    clean.step = "clean".into();
    clean.act = crate::plan::EffectAct::Call {
        action: crate::actions::find("files.delete").unwrap().name(),
        args: serde_json::json!({"in": "logs", "match": ["**/*.log"], "max": 1e3}),
    };
    clean.permissions.write = Some(vec!["logs/**".into()]);
    clean.permissions.max_bytes = Some(u64::MAX);
    let file = crate::actions::ManifestFile {
        verb: Some("rotate".into()),
        path: "logs/a\n.log".into(),
        bytes: 3,
        modified: at("08:00"),
        to: Some("archive/a.log".into()),
        mark: "1-2-3".into(),
    };
    clean.manifest = Some(crate::actions::Manifest { verb: "delete".into(), files: vec![file] });
    plan.effects.push(clean);
    let document = SavedPlanV1::new(&plan, &world.state, &world.tip(), "0.1.0");
    let text = to_json(&document);
    let read = SavedPlanV1::parse(&text).unwrap();
    assert_eq!(read.into_plan(), plan);
    let unknown = text.replacen("\"action\": \"files.delete\"", "\"action\": \"files.eat\"", 1);
    assert_eq!(
        SavedPlanV1::parse(&unknown).unwrap_err().to_string(),
        "not a saved plan: unknown action `files.eat`"
    );
    // A plan of an older `orch` has none.
    let mut older: serde_json::Value = serde_json::from_str(&text).unwrap();
    older.as_object_mut().unwrap().shift_remove("effects");
    assert!(SavedPlanV1::parse(&older.to_string()).unwrap().into_plan().effects.is_empty());
}
