//! `orch task show`: everything about one task.

use super::columns::{Columns, cell};
use super::events;
use super::page::Page;
use super::sla;
use super::style::{Style, Tint};
use crate::model::{Code, Config, Review, ReviewStatus, Task, Time};
use crate::report::{
    Logged, blockers, lines, one_line, plural, relative, reviewer_text, standings_of, traits,
};
use crate::state::{Fate, State};

/// A task and what it is shown with.
#[derive(Debug, Clone, Copy)]
pub struct TaskView<'a> {
    pub config: &'a Config,
    pub state: &'a State,
    /// A task of the hot set, or an archived record.
    pub task: &'a Task,
    pub now: Time,
    /// Its last events, the oldest first.
    pub events: &'a [Logged<'a>],
}

/// The whole task.
pub fn task_show(view: &TaskView<'_>, style: Style) -> String {
    let mut page = Page::new(style);
    let task = view.task;
    page.tinted(Tint::Bold, format!("{} {}", task.code, one_line(&task.spec.title)));
    fields(&mut page, task, view.now);
    if let Some(description) = task.spec.description.as_deref().filter(|text| !text.trim().is_empty()) {
        page.heading("Description");
        lines(description).for_each(|line| page.line(format!("  {line}")));
    }
    dependencies(&mut page, view);
    reviews(&mut page, task);
    let standings = standings_of(view.config, task, view.now);
    if !standings.is_empty() {
        page.heading("Clocks");
        page.columns(&sla::rows(&standings, view.now), 2);
    }
    alerts(&mut page, view);
    if !view.events.is_empty() {
        page.heading("Last events");
        events::rows(&mut page, view.events, view.state, 2);
    }
    page.finish()
}

fn fields(page: &mut Page, task: &Task, now: Time) {
    let mut columns = Columns::bare();
    let mut field = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            columns.row([cell(format!("{name}:")).tint(Tint::Dim), cell(value)]);
        }
    };
    let moment = |at: Time| format!("{at} ({})", relative(at, now));
    field("status", Some(task.status.to_string()));
    field("type", Some(traits(&task.spec)));
    field("agent", task.agent.as_ref().map(ToString::to_string));
    field("author", task.author.as_ref().map(ToString::to_string));
    field(
        "claim",
        task.claim
            .as_ref()
            .map(|claim| format!("{} until {}, token {}", claim.holder, moment(claim.until), claim.token)),
    );
    field("labels", (!task.spec.labels.is_empty()).then(|| task.spec.labels.join(", ")));
    field("created", Some(moment(task.created_at)));
    field("started", task.started_at.map(moment));
    field("delivered", task.delivered_at.map(moment));
    field(if task.completed_at.is_some() { task.status.as_str() } else { "" }, task.completed_at.map(moment));
    field("deadline", task.spec.deadline.map(moment));
    field("output", task.output.as_deref().map(|output| one_line(output).into_owned()));
    field("issue", task.spec.issue.map(|issue| format!("#{issue}")));
    field("declared in", task.spec.source.as_deref().map(|source| one_line(source).into_owned()));
    page.columns(&columns, 2);
}

fn dependencies(page: &mut Page, view: &TaskView<'_>) {
    let blocking = blockers(view.state, view.task);
    if !blocking.is_empty() {
        page.heading("Blocked by");
        for blocker in &blocking {
            page.line(format!("  {}", blocker.text()));
        }
    }
    if !view.task.spec.depends_on.is_empty() {
        page.heading("Depends on");
        related(page, view.state, &view.task.spec.depends_on);
    }
    let dependents = view.state.dependents(&view.task.code);
    if !dependents.is_empty() {
        page.heading("Needed by");
        related(page, view.state, &dependents);
    }
}

fn related(page: &mut Page, state: &State, codes: &[Code]) {
    let mut columns = Columns::bare();
    for code in codes {
        let (status, title) = match (state.task(code), state.fate(code)) {
            (Some(task), _) => (task.status.as_str(), one_line(&task.spec.title).into_owned()),
            (None, Some(Fate::Complete)) => ("complete", "(archived)".to_owned()),
            (None, Some(Fate::Cancelled)) => ("cancelled", "(archived)".to_owned()),
            (None, None) => ("not created", String::new()),
        };
        columns.row([cell(code.as_str()), cell(status), cell(title)]);
    }
    page.columns(&columns, 2);
}

fn reviews(page: &mut Page, task: &Task) {
    let mut rounds: Vec<u16> = task.reviews.iter().map(|review| review.round).collect();
    rounds.sort_unstable();
    rounds.dedup();
    for round in rounds {
        page.heading(format!("Reviews, round {round}"));
        let mut columns = Columns::bare();
        for review in task.reviews.iter().filter(|review| review.round == round) {
            columns.row([
                cell(review.id.to_string()),
                cell(format!("stage {}", review.stage)),
                cell(review.kind.as_str()),
                cell(reviewer_text(review.reviewer.as_ref())),
                cell(review.status.as_str()).tint(review_tint(review.status)),
                cell(verdict(review)),
            ]);
        }
        page.columns(&columns, 2);
    }
}

pub(super) const fn review_tint(status: ReviewStatus) -> Tint {
    match status {
        ReviewStatus::Pending => Tint::Plain,
        ReviewStatus::Approved => Tint::Good,
        ReviewStatus::Rejected | ReviewStatus::ChangesRequested => Tint::Bad,
        ReviewStatus::Withdrawn => Tint::Dim,
    }
}

/// `rating 4, 12 minutes: the notes`.
fn verdict(review: &Review) -> String {
    let mut parts = Vec::new();
    parts.extend(review.rating.map(|rating| format!("rating {rating}")));
    parts.extend(review.minutes.map(|minutes| plural(minutes as usize, "minute")));
    let notes = review.notes.as_deref().map(one_line).unwrap_or_default();
    match (parts.is_empty(), notes.is_empty()) {
        (_, true) => parts.join(", "),
        (true, false) => notes.into_owned(),
        (false, false) => format!("{}: {notes}", parts.join(", ")),
    }
}

fn alerts(page: &mut Page, view: &TaskView<'_>) {
    let own: Vec<_> =
        view.state.meta.alerts.iter().filter(|((code, _), _)| *code == view.task.code).collect();
    if !own.is_empty() {
        page.heading("Alerts");
        for (_, message) in own {
            page.line(format!("  ! {}", one_line(message)));
        }
    }
}
