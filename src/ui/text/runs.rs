//! `orch runs list`, `orch runs show` and `orch runs logs`.

use super::columns::{Cell, Columns, cell};
use super::page::Page;
use super::style::{Style, Tint};
use crate::model::{Config, Duration, Run, RunStatus, RunsOn, StepStatus, Time, Workflow};
use crate::report::{
    Asked, RunStep, act_in_words, asked, away, bytes, do_again, is_sending, join_and, length, lines,
    next_of_run, one_line, plural, registered, relative, run_steps, shorten, started_by, steps_over, took,
    whereabouts,
};
use crate::state::State;

/// The most characters of an output, an error, or what made a run.
const SHORT: usize = 100;

/// One run a line, in the order given.
pub fn run_list(config: &Config, runs: &[&Run], now: Time, style: Style) -> String {
    let mut page = Page::new(style);
    if runs.is_empty() {
        page.line("No runs.");
        return page.finish();
    }
    let mut columns = Columns::new(&["RUN", "STATUS", "MADE", "TOOK", "STEPS", "BY"]).titled();
    for run in runs {
        let (over, all) = steps_over(config.workflows.get(&run.workflow), run);
        columns.row([
            cell(one_line(&run.id.0)),
            status(run),
            cell(relative(run.created_at, now)),
            cell(
                length(run, now)
                    .map_or_else(|| "-".to_owned(), |took| Duration::from_seconds(took).to_string()),
            ),
            cell(format!("{over}/{all}")),
            cell(shorten(&started_by(&run.started), SHORT)),
        ]);
    }
    page.columns(&columns, 0);
    page.tinted(Tint::Dim, plural(runs.len(), "run"));
    page.finish()
}

fn status(run: &Run) -> Cell {
    let tint = match run.status {
        RunStatus::Succeeded => Tint::Good,
        RunStatus::Failed => Tint::Bad,
        RunStatus::Waiting => Tint::Warning,
        RunStatus::Cancelled | RunStatus::Skipped => Tint::Dim,
        RunStatus::Queued | RunStatus::Running => Tint::Plain,
    };
    let asks = run.status == RunStatus::Running && !asked(run).is_empty();
    cell(if asks { "running, asks" } else { run.status.as_str() }).tint(tint)
}

/// A run and what it is shown with.
#[derive(Debug, Clone, Copy)]
pub struct RunView<'a> {
    pub config: &'a Config,
    pub state: &'a State,
    pub run: &'a Run,
    pub now: Time,
}

/// Everything about one run.
pub fn run_show(view: &RunView<'_>, style: Style) -> String {
    let RunView { config, run, now, .. } = *view;
    let mut page = Page::new(style);
    let workflow = config.workflows.get(&run.workflow);
    let title = workflow.map(|workflow| one_line(&workflow.title)).unwrap_or_default();
    page.tinted(Tint::Bold, format!("{} {title}", one_line(&run.id.0)));
    fields(&mut page, view);
    if let Some(workflow) = workflow {
        approvals(&mut page, view, workflow);
    }
    page.heading("Steps");
    let rows = run_steps(workflow, run);
    if rows.is_empty() {
        page.line("  none");
    }
    let mut columns = Columns::new(&[" ", "STEP", "STATUS", "TRIES", "TOOK", "EXIT", "WHAT"]).titled();
    for row in &rows {
        columns.row(step(row, view.state));
    }
    page.columns(&columns, 2);
    results(&mut page, &rows);
    failure(&mut page, run);
    page.gap();
    page.line(match next_of_run(run) {
        _ if run.status.is_finished() => {
            format!("Nothing changes any more. To do it again: {}", do_again(run))
        }
        _ if away(view.state, run) > 0 => {
            let steps = plural(away(view.state, run), "step");
            format!("It goes on when {steps} on runners of {} have ended.", RunsOn::PLACE)
        }
        Some(at) if at > now => format!("Next change by the clock: {at} ({})", relative(at, now)),
        Some(_) | None => {
            "It goes on with the next tick, unless it waits for somebody (orch explain tells).".to_owned()
        }
    });
    page.finish()
}

fn fields(page: &mut Page, view: &RunView<'_>) {
    let RunView { run, now, .. } = *view;
    let mut columns = Columns::bare();
    let mut field = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            columns.row([cell(format!("{name}:")).tint(Tint::Dim), cell(value)]);
        }
    };
    let moment = |at: Time| format!("{at} ({})", relative(at, now));
    let phase = match run.phase {
        _ if run.cancelled.is_some() => ", cancelled and finishing up",
        crate::model::Phase::Steps => "",
        crate::model::Phase::Rollback => ", undoing what was done",
        crate::model::Phase::OnFailure => ", handling its failure",
        crate::model::Phase::Finally => ", finishing up",
    };
    let phase = if run.status.is_finished() { "" } else { phase };
    field("status", Some(format!("{}{phase}", run.status.as_str())));
    field("workflow", Some(run.workflow.to_string()));
    field("made", Some(format!("{}, {}", moment(run.created_at), started_by(&run.started))));
    field("trigger", run.started.trigger.as_deref().map(|key| one_line(key).into_owned()));
    field("started", run.started_at.map(moment));
    field("ended", run.finished_at.map(moment));
    field("took", length(run, now).map(|took| Duration::from_seconds(took).to_string()));
    let lease = run.lease.as_ref().map(|lease| {
        let holder = one_line(&lease.holder);
        format!("tick {holder} until {}, which tells of its steps every few seconds", lease.until)
    });
    field("worked on", lease);
    page.columns(&columns, 2);
}

/// What somebody is asked, with everything needed to answer: purpose, risk, benefit, permissions.
fn approvals(page: &mut Page, view: &RunView<'_>, workflow: &Workflow) {
    let RunView { state, run, now, .. } = *view;
    let open = asked(run);
    open.iter().filter(|one| one.is_lost).for_each(|one| lost(page, view, one));
    for one in open.iter().filter(|one| !one.is_lost) {
        let step = one.step.and_then(|id| workflow.step(id.split(['[', ':']).next()?));
        let of_step = step.and_then(|step| match &step.act {
            crate::model::Act::Approve(approval) => Some(approval),
            _ => None,
        });
        let declared = of_step.or(workflow.approval.as_ref());
        page.heading(match one.step {
            Some(step) => format!("Waits for approval: step {}", one_line(step)),
            None => "Waits for approval".to_owned(),
        });
        let mut columns = Columns::bare();
        let mut field = |name: &str, value: Option<String>| {
            let value = value.unwrap_or_else(|| "not said".to_owned());
            columns.row([cell(format!("{name}:")).tint(Tint::Dim), cell(value)]);
        };
        let text = |text: Option<&String>| text.map(|text| one_line(text).into_owned());
        let roles = &one.approval.roles;
        let purpose =
            declared.and_then(|approval| approval.purpose.as_ref()).or(workflow.description.as_ref());
        field("purpose", text(purpose));
        field("risk", text(declared.and_then(|approval| approval.risk.as_ref())));
        field("benefit", registered(state, workflow, now).benefit(now));
        field("may", Some(permissions(workflow)));
        let by = if roles.is_empty() { "whoever may approve".to_owned() } else { join_and(roles) };
        field("by", Some(by));
        // Whoever says yes to a deployment must know that its script is not a part of that.
        let bound = "the file of the workflow as it is now; not the scripts and files that its steps use";
        field("covers", Some(bound.to_owned()));
        let expires = one.approval.expires_at;
        field("lapses", Some(format!("{expires} ({})", relative(expires, now))));
        let step = one.step.map(|step| format!(" --step {step}")).unwrap_or_default();
        field("yes", Some(format!("orch approve {}{step}", run.id)));
        field("no", Some(format!("orch deny {}{step} --note WHY", run.id)));
        page.columns(&columns, 2);
    }
    if !open.is_empty() && !run.started.inputs.is_empty() {
        page.heading("Inputs");
        for (name, value) in &run.started.inputs {
            page.line(format!("  {}: {}", one_line(name), shorten(&one_line(&value.to_string()), SHORT)));
        }
    }
}

/// What became of a step whose tick died: only somebody who looks can tell.
fn lost(page: &mut Page, view: &RunView<'_>, asked: &Asked<'_>) {
    let (id, step) = (&view.run.id, asked.step.map(one_line).unwrap_or_default());
    page.heading(format!("Nobody knows whether {step} was done"));
    page.line(format!("  The tick ended while {step} ran (`on_lost: ask`). Look at what it did, then say:"));
    let expires = asked.approval.expires_at;
    let mut columns = Columns::bare();
    for (name, value) in [
        ("do it again", format!("orch approve {id} --step {step}")),
        ("it was done", format!("orch approve {id} --step {step} --done")),
        ("let it fail", format!("orch deny {id} --step {step} --note WHY")),
        ("lapses", format!("{expires} ({}): it fails", relative(expires, view.now))),
    ] {
        columns.row([cell(format!("{name}:")).tint(Tint::Dim), cell(value)]);
    }
    page.columns(&columns, 2);
}

/// What its steps may touch, in one line.
pub(super) fn permissions(workflow: &Workflow) -> String {
    let may = &workflow.permissions;
    let mut parts = Vec::new();
    let mut list = |verb: &str, names: Option<&Vec<smol_str::SmolStr>>| match names.map(Vec::as_slice) {
        None => {}
        Some([]) => parts.push(format!("{verb} nothing")),
        Some(names) => parts.push(format!("{verb} {}", one_line(&names.join(" ")))),
    };
    list("read", may.read.as_ref());
    list("write", may.write.as_ref());
    list("talk to", may.hosts.as_ref());
    list("run", may.commands.as_ref());
    list("use the secrets", may.secrets.as_ref());
    parts.extend(may.max_files.map(|most| format!("change {most} files a step at most")));
    parts.extend(may.max_bytes.map(|most| format!("change {} a step at most", bytes(most))));
    if parts.is_empty() { "anything: no permissions are declared".to_owned() } else { parts.join("; ") }
}

fn step(row: &RunStep<'_>, state: &State) -> [Cell; 7] {
    let outcome = row.record.and_then(|record| record.outcome.as_ref());
    let tint = match row.record.map(|record| record.status) {
        Some(StepStatus::Succeeded) => Tint::Good,
        Some(StepStatus::Failed) => Tint::Bad,
        Some(StepStatus::Retrying | StepStatus::Waiting) => Tint::Warning,
        None | Some(StepStatus::Skipped | StepStatus::Cancelled) => Tint::Dim,
        Some(_) => Tint::Plain,
    };
    let place = row.record.and_then(|record| whereabouts(state, record));
    let what = match (row.record.and_then(|record| record.child.as_ref()), row.step) {
        (Some(_), Some(_)) if place.is_some() => place.unwrap_or_default(),
        (Some(_), Some(step)) if step.runs_on.is_some() => {
            format!("{} on {}", act_in_words(&step.act), RunsOn::PLACE)
        }
        (Some(child), _) => format!("run {child}"),
        (None, _) if is_sending(row.key) => {
            let count = row.record.and_then(|record| record.items.as_ref()).map_or(0, Vec::len);
            format!("sends for {} of {}", plural(count, "runner"), RunsOn::PLACE)
        }
        (None, Some(step)) if row.key.ends_with(":rollback") => {
            step.rollback.as_ref().map(|undo| act_in_words(&undo.act)).unwrap_or_default()
        }
        (None, Some(step)) => act_in_words(&step.act),
        (None, None) => "no longer declared".to_owned(),
    };
    let dash = || "-".to_owned();
    [
        cell(row.symbol()).tint(tint),
        cell(one_line(row.key)),
        cell(row.status()).tint(tint),
        cell(row.record.filter(|r| r.attempt > 0).map_or_else(dash, |record| record.attempt.to_string())),
        cell(outcome.filter(|o| o.millis > 0).map_or_else(dash, |outcome| took(outcome.millis))),
        cell(outcome.and_then(|outcome| outcome.exit_code).map_or_else(dash, |code| code.to_string())),
        cell(what),
    ]
}

/// What the steps gave, and what went wrong with them.
fn results(page: &mut Page, rows: &[RunStep<'_>]) {
    let mut outputs = Columns::bare();
    let mut errors = Columns::bare();
    let (mut has_outputs, mut has_errors) = (false, false);
    for row in rows {
        let Some(outcome) = row.record.and_then(|record| record.outcome.as_ref()) else { continue };
        for (name, value) in &outcome.outputs {
            has_outputs = true;
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            outputs.row([
                cell(format!("{}.{}", one_line(row.key), one_line(name))),
                cell(shorten(&one_line(&value), SHORT)),
            ]);
        }
        if let Some(error) = &outcome.error {
            has_errors = true;
            errors.row([cell(one_line(row.key)), cell(shorten(&one_line(error), 2 * SHORT))]);
        }
    }
    if has_outputs {
        page.heading("Outputs");
        page.columns(&outputs, 2);
    }
    if has_errors {
        page.heading("Errors");
        page.columns(&errors, 2);
    }
}

/// Why it failed, with the end of what the step printed.
fn failure(page: &mut Page, run: &Run) {
    let Some((step, message)) = crate::report::failure(run) else { return };
    page.heading(match step {
        Some(step) => format!("Failed at {}", one_line(step)),
        None => match run.status {
            RunStatus::Failed => "Why it failed".to_owned(),
            status => format!("Why it was {}", status.as_str()),
        },
    });
    page.line(format!("  {}", one_line(message)));
    let record = step.and_then(|step| run.steps.get(step));
    if let Some(tail) = record.and_then(|record| record.outcome.as_ref()?.tail.as_deref()) {
        let all: Vec<_> = lines(tail).collect();
        let from = all.len().saturating_sub(TAIL);
        all[from..].iter().for_each(|line| page.line(format!("  │ {line}")));
        page.tinted(Tint::Dim, format!("  (orch runs logs {} shows more)", run.id));
    }
}

/// The most lines of output that a failure is shown with.
const TAIL: usize = 15;

/// What an attempt printed.
#[derive(Debug, Clone)]
pub struct Log {
    pub step: String,
    pub attempt: u32,
    /// The whole of it, or its end.
    pub text: String,
    pub is_whole: bool,
}

/// What the steps of a run printed, one after the other.
pub fn run_logs(run: &Run, logs: &[Log], style: Style) -> String {
    let mut page = Page::new(style);
    if logs.is_empty() {
        page.line(format!("No output of {} is known here.", run.id));
    }
    for log in logs {
        let end = if log.is_whole { "" } else { " (the end of it)" };
        page.heading(format!("{}, attempt {}{end}", one_line(&log.step), log.attempt));
        lines(&log.text).for_each(|line| page.line(format!("  {line}")));
    }
    page.finish()
}
