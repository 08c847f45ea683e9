//! `orch workflow list`, and the paragraph of `orch status`.

use super::columns::{Cell, Columns, cell};
use super::page::Page;
use super::style::{Style, Tint};
use crate::model::{Duration, Time};
use crate::report::{
    FlowOverview, Registered, WorkflowStatus, one_line, plural, relative, triggers_in_short,
};

/// The most runs of a kind that are named.
const NAMED: usize = 5;

/// One workflow a line.
pub fn workflow_list(registry: &[Registered<'_>], now: Time, style: Style) -> String {
    let mut page = Page::new(style);
    if registry.is_empty() {
        page.line("No workflows are declared. `orch workflow add` lists ready ones.");
        return page.finish();
    }
    let mut columns = Columns::new(&[
        "ID",
        "STATUS",
        "OK",
        "LAST RUN",
        "NEXT",
        "AVERAGE",
        "P95",
        "OWNER",
        "CRITICALITY",
        "APPROVAL",
        "TRIGGER",
        "NAME",
    ])
    .titled();
    let dash = || "-".to_owned();
    let length = |seconds: Option<u64>| seconds.map_or_else(dash, |s| Duration::from_seconds(s).to_string());
    for one in registry {
        let workflow = one.workflow;
        columns.row([
            cell(workflow.id.as_str()),
            status(one.status),
            rate(one),
            cell(one.last_run().map_or_else(dash, |past| relative(past.at, now))),
            cell(one.next.map_or_else(dash, |at| relative(at, now))),
            cell(length(one.average_seconds())),
            cell(length(one.p95_seconds())),
            cell(workflow.owner.as_deref().unwrap_or("-")),
            cell(criticality(workflow.criticality)),
            cell(if workflow.approval.is_some() { "required" } else { "-" }),
            cell(triggers_in_short(workflow)),
            cell(one_line(&workflow.title)),
        ]);
    }
    page.columns(&columns, 0);
    page.tinted(Tint::Dim, plural(registry.len(), "workflow"));
    page.finish()
}

fn status(status: WorkflowStatus) -> Cell {
    let tint = match status {
        WorkflowStatus::Active => Tint::Good,
        WorkflowStatus::Paused => Tint::Warning,
        WorkflowStatus::Disabled | WorkflowStatus::Off => Tint::Dim,
    };
    cell(status.as_str()).tint(tint)
}

fn rate(one: &Registered<'_>) -> Cell {
    match one.success_rate() {
        None => cell("-"),
        Some(rate) if rate < 90.0 => cell(format!("{rate}%")).tint(Tint::Bad),
        Some(rate) => cell(format!("{rate}%")),
    }
}

pub(super) const fn criticality(criticality: crate::model::Criticality) -> &'static str {
    match criticality {
        crate::model::Criticality::Low => "low",
        crate::model::Criticality::Medium => "medium",
        crate::model::Criticality::High => "high",
        crate::model::Criticality::Critical => "critical",
    }
}

/// The paragraph of the status page.
pub(super) fn overview(page: &mut Page, flow: &FlowOverview<'_>, now: Time) {
    if flow.workflows == 0 {
        return;
    }
    page.heading("Workflows");
    let some = |names: &mut dyn Iterator<Item = String>| {
        let mut names: Vec<String> = names.collect();
        let rest = names.split_off(names.len().min(NAMED)).len();
        if rest > 0 {
            names.push(format!("{rest} more"));
        }
        names.join(", ")
    };
    let mut columns = Columns::bare();
    let mut row = |name: &str, count: usize, names: String, tint: Tint| {
        if count > 0 {
            columns.row([cell(name).tint(tint), cell(count.to_string()), cell(names)]);
        }
    };
    row("declared", flow.workflows, String::new(), Tint::Plain);
    row(
        "running",
        flow.running.len(),
        some(&mut flow.running.iter().map(|run| run.id.to_string())),
        Tint::Plain,
    );
    let waiting = some(&mut flow.waiting.iter().map(|run| format!("{0} (orch runs show {0})", run.id)));
    row("wait for approval", flow.waiting.len(), waiting, Tint::Warning);
    row("steps on runners", flow.away, crate::model::RunsOn::PLACE.to_owned(), Tint::Plain);
    row("queued", flow.queued, String::new(), Tint::Plain);
    let failed = some(&mut flow.failed.iter().map(|past| format!("{} {}", past.run, relative(past.at, now))));
    row("failed last", flow.failed.len(), failed, Tint::Bad);
    let paused = if flow.all_paused { "all of them".to_owned() } else { flow.paused.join(", ") };
    row("paused", flow.paused.len(), paused, Tint::Warning);
    page.columns(&columns, 2);
    if let Some((workflow, at)) = flow.next {
        page.line(format!("  Due next: {workflow} at {at} ({})", relative(at, now)));
    }
}
