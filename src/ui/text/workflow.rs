//! `orch workflow show`: a workflow documented from its own YAML, as text that is Markdown too.

use std::fmt::Write as _;

use super::runs::permissions;
use super::workflows::criticality;
use crate::model::{
    Act, Approval, InputKind, On, Overlap, Step, Time, Workflow, event_fields, fields_of_events,
};
use crate::report::{
    Registered, act_in_words, firings, join_and, lines, mermaid, one_line, terms, trigger_in_words,
    trigger_problem,
};

/// So many of the next firings are told.
const FIRINGS: usize = 5;

/// The document, in Markdown. It is the same on a terminal, where it reads well enough.
pub fn workflow_document(known: &Registered<'_>, now: Time) -> String {
    let workflow = known.workflow;
    let mut page = Document { text: String::new() };
    page.line(&format!("# {}", escaped(&workflow.title)));
    page.line("");
    if let Some(description) = &workflow.description {
        lines(description).for_each(|line| page.line(&line));
        page.line("");
    }
    facts(&mut page, known, now);
    starts(&mut page, known, now);
    inputs(&mut page, workflow);
    steps(&mut page, "Steps", &workflow.steps);
    steps(&mut page, "When a step fails", &workflow.on_failure);
    steps(&mut page, "At the end, whatever happened", &workflow.finally);
    errors(&mut page, workflow);
    if let Some(approval) = &workflow.approval {
        page.heading("Approval");
        self::approval(&mut page, approval);
    }
    page.heading("Diagram");
    page.line(&format!("```mermaid\n{}```", mermaid(workflow)));
    page.text
}

struct Document {
    text: String,
}

impl Document {
    fn line(&mut self, line: &str) {
        // Writing into a text cannot fail.
        let _ = writeln!(self.text, "{line}");
    }

    fn heading(&mut self, title: &str) {
        self.line(&format!("\n## {title}\n"));
    }

    fn item(&mut self, name: &str, value: &str) {
        self.line(&format!("- {name}: {value}"));
    }
}

/// On one line, with nothing in it that Markdown takes for a link, a tag, a table or emphasis.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in one_line(text).chars() {
        if "\\*[]<|".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// As code, whatever stands in it.
fn code(text: &str) -> String {
    let text = one_line(text);
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}

fn facts(page: &mut Document, known: &Registered<'_>, now: Time) {
    let workflow = known.workflow;
    page.item("id", &code(&workflow.id));
    page.item("status", known.status.as_str());
    page.item("criticality", criticality(workflow.criticality));
    if let Some(owner) = &workflow.owner {
        page.item("owner", owner);
    }
    if let Some(length) = workflow.expected_duration {
        page.item("takes", &format!("{length} as a rule"));
    }
    if let Some(benefit) = known.benefit(now) {
        page.item("benefit", &benefit);
    }
    page.item("may", &code(&permissions(workflow)));
    page.item(
        "while another run goes on",
        match workflow.overlap {
            Overlap::Queue => "a new one waits its turn",
            Overlap::Skip => "a new one is skipped",
            Overlap::Replace => "it is cancelled, and the new one runs",
        },
    );
    if let Some(rate) = known.success_rate() {
        page.item("so far", &format!("{rate}% of {} runs succeeded", known.record.map_or(0, |r| r.runs)));
    }
    if let Some(documentation) = &workflow.documentation {
        page.item("more", &escaped(documentation));
    }
    page.item("declared in", &code(&workflow.origin.file));
}

fn starts(page: &mut Document, known: &Registered<'_>, now: Time) {
    let workflow = known.workflow;
    page.heading("Starts");
    for trigger in &workflow.triggers {
        page.line(&format!("- {}", escaped(&trigger_in_words(trigger, workflow))));
        let mark = known.record.and_then(|record| record.triggers.get(&trigger.key));
        if let Some(problem) = mark.and_then(|mark| mark.problem.as_ref()) {
            page.line(&format!("  - {}", escaped(&trigger_problem(problem))));
        }
    }
    if workflow.triggers.is_empty() {
        page.line(&format!("- when asked for: {}", code(&format!("orch run {}", workflow.id))));
    }
    let fields = event_names(workflow);
    if !fields.is_empty() {
        page.line(&format!(
            "- `event` holds {}",
            join_and(&fields.iter().map(|one| code(one)).collect::<Vec<_>>())
        ));
    }
    if let Some(condition) = &workflow.condition {
        page.line(&format!("- only if {}", code(condition.source())));
    }
    let next = firings(workflow, now, FIRINGS);
    if !next.is_empty() {
        page.line("\nNext:\n");
        let zone = workflow.triggers.iter().find_map(|trigger| match &trigger.on {
            On::Schedule(schedule) => Some(schedule.zone.name()),
            _ => None,
        });
        for slot in next {
            page.line(&format!("- {}", local(slot, zone)));
        }
    }
}

/// What expressions find under `event`, over all triggers.
fn event_names(workflow: &Workflow) -> Vec<&'static str> {
    let mut names = Vec::new();
    for trigger in &workflow.triggers {
        let fields = match &trigger.on {
            On::Schedule(_) if workflow.activates.is_some() => &[],
            On::Schedule(_) => event_fields("schedule"),
            On::Metric(_) => event_fields("metric"),
            On::Files(_) => event_fields("files"),
            On::Webhook { .. } => event_fields("webhook"),
            On::Commits { .. } => event_fields("commits"),
            On::Github(_) => event_fields("github"),
            On::Manual => event_fields("manual"),
            On::Event { types, .. } => {
                names.extend(types.iter().filter_map(|one| fields_of_events(one)).flatten());
                continue;
            }
        };
        names.extend(fields.iter().map(|(name, _)| *name));
    }
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(*name));
    names
}

/// `2026-01-10 02:00 Asia/Tokyo (2026-01-09T17:00:00Z)`.
fn local(slot: Time, zone: Option<&str>) -> String {
    let zoned = zone.and_then(|zone| {
        let timestamp = jiff::Timestamp::from_second(slot.as_second()).ok()?;
        Some((timestamp.in_tz(zone).ok()?, zone))
    });
    match zoned {
        Some((local, zone)) => format!("{} {zone} ({slot})", local.strftime("%Y-%m-%d %H:%M")),
        None => slot.to_string(),
    }
}

fn inputs(page: &mut Document, workflow: &Workflow) {
    if workflow.inputs.is_empty() {
        return;
    }
    page.heading("Inputs");
    for (name, input) in &workflow.inputs {
        let kind = match &input.kind {
            InputKind::Text => "text".to_owned(),
            InputKind::Number => "number".to_owned(),
            InputKind::Boolean => "true or false".to_owned(),
            InputKind::Choice(choices) => format!("one of {}", choices.join(", ")),
        };
        let default = match (&input.default, input.required) {
            (Some(default), _) => format!(", {} if not given", code(&default.to_string())),
            (None, true) => ", must be given".to_owned(),
            (None, false) => String::new(),
        };
        let about = input.description.as_deref().map(|about| format!(" — {}", escaped(about)));
        page.line(&format!("- {}: {}{default}{}", code(name), escaped(&kind), about.unwrap_or_default()));
    }
}

fn steps(page: &mut Document, title: &str, steps: &[Step]) {
    if steps.is_empty() {
        return;
    }
    page.heading(title);
    for (index, step) in steps.iter().enumerate() {
        let title = step.title.as_deref().map(|title| format!(" {}", escaped(title))).unwrap_or_default();
        page.line(&format!("{}. **{}**{title}: {}", index + 1, step.id, code(&act_in_words(&step.act))));
        for term in terms(step) {
            page.line(&format!("   - {}", escaped(&term)));
        }
        if let Act::Call { action, .. } = &step.act
            && let Some(action) = crate::actions::find(action)
        {
            let outputs: Vec<String> = action.outputs().iter().map(|(name, _)| code(name)).collect();
            if !outputs.is_empty() {
                page.line(&format!("   - gives {}", join_and(&outputs)));
            }
        }
        if let Act::Approve(approval) = &step.act {
            self::approval(page, approval);
        }
    }
}

fn errors(page: &mut Document, workflow: &Workflow) {
    page.heading("When something goes wrong");
    let undone: Vec<&str> =
        workflow.steps.iter().filter(|step| step.rollback.is_some()).map(|step| step.id.as_str()).collect();
    match undone.as_slice() {
        [] => page.line("- nothing is undone"),
        undone => page.line(&format!("- what was done is undone, the last first: {}", join_and(undone))),
    }
    if workflow.activates.is_some() {
        page.line("- a run has failed if none of its steps succeeded");
    }
    if let Some(timeout) = workflow.timeout {
        page.line(&format!(
            "- a run whose steps take longer than {timeout} in all fails; waiting does not count"
        ));
    }
    match workflow.breaker.failures {
        0 => page.line("- it is never paused by itself"),
        failures => {
            let within = workflow.breaker.within;
            page.line(&format!("- after {failures} failed runs within {within} it is paused"));
        }
    }
    if workflow.criticality == crate::model::Criticality::Critical {
        page.line("- a failure is escalated at once");
    }
}

fn approval(page: &mut Document, approval: &Approval) {
    let by =
        if approval.roles.is_empty() { "whoever may approve".to_owned() } else { join_and(&approval.roles) };
    page.line(&format!("   - by {by}, within {}", approval.expires));
    for (name, text) in [("purpose", &approval.purpose), ("risk", &approval.risk)] {
        if let Some(text) = text {
            page.line(&format!("   - {name}: {}", escaped(text)));
        }
    }
}
