//! What expressions find under `event`: a table of fields for each kind of trigger, and for each type of
//! event of `orch`. The checks, `orch workflow show` and `orch explain event` read it.

use super::{Fact, FlowFact};

/// A kind of trigger, and what `event` holds of it beside `type`.
#[derive(Debug, Clone, Copy)]
pub struct EventFields {
    /// As `on` writes it.
    pub trigger: &'static str,
    /// Names with their meaning.
    pub fields: &'static [(&'static str, &'static str)],
}

/// What every `event` has.
pub const EVENT_TYPE: (&str, &str) =
    ("type", "what started the run: `schedule`, `manual`, `task.completed`, `files.changed`, …");

/// Every kind of trigger, in the order of the documentation.
pub const EVENT_FIELDS: [EventFields; 8] = [
    EventFields { trigger: "schedule", fields: &[("slot", "the time that the run is for")] },
    EventFields {
        trigger: "event",
        fields: &[
            ("actor", "who did it: an agent, a person, or `orch`"),
            ("at", "when"),
            (
                "task",
                "of events about a task: the whole task, such as `event.task.code` and `event.task.spec.title`",
            ),
            (
                "dependencies",
                "of `agent.activated`: for each task that it depends on, `code`, `title`, `status` and `output`",
            ),
            (
                "notes",
                "of `agent.activated`: for each review of the last round with notes, `review`, `type`, `reviewer`, `verdict`, `rating` and `notes`",
            ),
            ("…", "what that type of event says, as `orch event list --format json` shows it"),
        ],
    },
    EventFields {
        trigger: "metric",
        fields: &[
            ("metric", "its name"),
            ("value", "the last one recorded"),
            ("above", "the limit, if it is an upper one"),
            ("below", "the limit, if it is a lower one"),
            ("for", "for how long it must have been beyond, in seconds"),
        ],
    },
    EventFields {
        trigger: "files",
        fields: &[
            ("path", "the file, if it is one; always with `each: true`"),
            ("files", "those that came or changed, a list of paths"),
            ("created", "those that came"),
            ("changed", "those that changed"),
            ("deleted", "those that are gone"),
        ],
    },
    EventFields {
        trigger: "webhook",
        fields: &[
            ("name", "the trigger's `name`"),
            ("path", "the file of the payload"),
            ("payload", "what the file holds"),
        ],
    },
    EventFields {
        trigger: "commits",
        fields: &[("commit", "`event.commit.id`, `.author`, `.subject`, `.paths`, `.trailers`")],
    },
    EventFields {
        trigger: "github",
        fields: &[
            ("name", "the event, such as `pull_request`"),
            ("action", "what was done, such as `opened`; nothing for events without actions"),
            ("payload", "what GitHub sends of it: `event.payload.pull_request.number`, …"),
        ],
    },
    EventFields { trigger: "manual", fields: &[] },
];

/// What `event.commit` holds.
pub const COMMIT_FIELDS: [&str; 5] = ["id", "author", "subject", "paths", "trailers"];

/// The fields of a kind of trigger.
pub fn event_fields(trigger: &str) -> &'static [(&'static str, &'static str)] {
    EVENT_FIELDS.iter().find(|one| one.trigger == trigger).map_or(&[], |one| one.fields)
}

/// What `event` holds beside `type` where one of these types of events started the run; `sla.*` stands for
/// all that begin so. None if there is no such type.
pub fn fields_of_events(pattern: &str) -> Option<Vec<&'static str>> {
    let is_meant = |kind: &&str| match pattern.strip_suffix('*') {
        Some(begin) => kind.starts_with(begin),
        None => *kind == pattern,
    };
    let mut types = Fact::TYPES.into_iter().chain(FlowFact::TYPES).filter(is_meant).peekable();
    types.peek()?;
    let of_type = |kind| fields_of_type(kind).iter().chain(brief_of_type(kind)).copied();
    Some(["actor", "at"].into_iter().chain(types.flat_map(of_type)).collect())
}

/// What is put beside what the event itself says, so that an agent knows what to go by.
fn brief_of_type(kind: &str) -> &'static [&'static str] {
    if kind == "agent.activated" { &["dependencies", "notes"] } else { &[] }
}

/// What a type of event of `orch` says beside `actor`, `at` and `type`.
fn fields_of_type(kind: &str) -> &'static [&'static str] {
    match kind {
        "state.created" => &["lineage", "project"],
        "state.rolled_back" => &["to", "serial", "reason"],
        "state.compacted" | "config.changed" => &["from", "to"],
        "task.created" => &["task", "spec"],
        "task.edited" => &["task", "edit"],
        "task.assigned" => &["task", "agent", "route"],
        "task.unassigned" | "task.started" => &["task", "agent"],
        "task.blocked" => &["task", "by", "reason"],
        "task.claimed" | "task.claim_renewed" => &["task", "agent", "token", "until"],
        "task.claim_released" | "task.claim_expired" => &["task", "agent", "token"],
        "task.delivered" => &["task", "agent", "output"],
        "task.returned" => &["task", "author"],
        "task.cancelled" => &["task", "reason"],
        "task.escalated" => &["task", "review", "objective", "level", "to"],
        "task.imported" | "task.unblocked" | "task.released" | "task.completed" => &["task"],
        "review.requested" => &["task", "review", "reviewer", "round", "stage"],
        "review.reassigned" => &["task", "review", "reviewer"],
        "review.completed" => &["task", "review", "verdict", "rating", "minutes", "notes"],
        "review.withdrawn" => &["task", "review"],
        "dependency.resolved" => &["task", "dependency"],
        "sla.warned" | "sla.exceeded" => &["task", "review", "objective", "due"],
        "sla.recovered" => &["task", "review", "objective"],
        "alert.fired" => &["alert", "task", "message"],
        "alert.resolved" => &["alert", "task"],
        "agent.activated" => &["task", "agent", "by"],
        "agent.activation_failed" => &["task", "agent", "run", "message"],
        "run.created" => &["run", "workflow", "digest", "started"],
        "run.started" => &["run"],
        "run.leased" => &["run", "lease", "by"],
        "run.phase" => &["run", "phase", "failed", "message"],
        "run.redefined" => &["run", "digest"],
        "run.cancelled" => &["run", "message"],
        "run.finished" => &["run", "status", "message"],
        "run.escalated" => &["run", "to", "message"],
        "step.expanded" => &["run", "step", "items"],
        "step.started" => &["run", "step", "attempt", "by", "manifest"],
        "step.finished" => &["run", "step", "attempt", "by", "outcome"],
        "step.retried" => &["run", "step", "at"],
        "step.waiting" => &["run", "step", "until"],
        "step.skipped" | "approval.expired" => &["run", "step"],
        "step.delegated" => &["run", "step", "child"],
        "approval.requested" => &["run", "step", "digest", "expires_at", "roles"],
        "approval.granted" => &["run", "step", "note", "was_done"],
        "approval.denied" => &["run", "step", "note"],
        "trigger.failed" => &["workflow", "trigger", "event", "place", "message"],
        "trigger.watched" => &["workflow", "trigger", "commit", "files"],
        "schedule.fired" => &["workflow", "trigger", "slot"],
        "schedule.missed" => &["workflow", "trigger", "from", "through", "count"],
        "files.changed" => &["workflow", "trigger", "files", "seen"],
        "webhook.received" => &["workflow", "trigger", "file", "payload", "problem"],
        "commit.seen" => &["workflow", "trigger", "commit", "matches", "after"],
        "github.seen" => &["item", "events", "delivered"],
        "github.tasks_changed" => &["tasks"],
        "github.warned" | "github.exceeded" => &["objective", "about", "due"],
        "github.escalated" => &["objective", "about", "due", "level", "to"],
        "github.recovered" => &["objective", "about"],
        "github.isolation_broken" | "github.isolation_restored" => &["breach"],
        "github.isolation_judged" => &["verdict"],
        "metric.recorded" => &["metric", "value"],
        "trigger.dropped" | "metric.crossed" | "metric.held" | "metric.cleared" => &["workflow", "trigger"],
        "value.set" => &["key", "value"],
        "workflow.paused" | "workflow.disabled" => &["workflow", "why"],
        "workflow.resumed" | "workflow.enabled" => &["workflow"],
        "agent.paused" => &["agent", "why"],
        "agent.resumed" => &["agent"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::*;

    /// The table says what the types say: their declarations are read as text.
    #[test]
    fn every_type_of_event_has_its_fields() {
        let variant = Regex::new(r#"#\[serde\(rename = "([a-z]+\.[a-z_]+)"\)\]\s+\w+ \{([^}]*)\}"#).unwrap();
        let field = Regex::new(r"(?:^|[\s,])([a-z_]+): ").unwrap();
        let mut seen = Vec::new();
        for source in [include_str!("event.rs"), include_str!("flow.rs")] {
            let is_code = |line: &&str| !line.trim_start().starts_with("///");
            let code: String = source.lines().filter(is_code).collect::<Vec<_>>().join("\n");
            for found in variant.captures_iter(&code) {
                let names = field.captures_iter(&found[2]).map(|one| one[1].to_owned());
                // Its own `type` gives way to that of the event.
                let names: Vec<String> = names.filter(|name| name != "kind").collect();
                assert_eq!(names, fields_of_type(&found[1]), "{}", &found[1]);
                seen.push(found[1].to_owned());
            }
        }
        let types: Vec<&str> = Fact::TYPES.into_iter().chain(FlowFact::TYPES).collect();
        assert_eq!(seen, types);
    }
}
