//! `orch agent activity`.

use super::columns::{Columns, cell};
use super::page::Page;
use super::style::{Style, Tint};
use crate::model::{Duration, Time};
use crate::report::{Activity, one_line, plural};

/// The most deeds that are listed, the latest.
const DEEDS: usize = 50;

/// What each agent did, one a line.
pub fn agent_activities(activities: &[Activity<'_>], since: Time, until: Time, style: Style) -> String {
    let mut page = Page::new(style);
    page.line(format!("From {since} to {until}"));
    if activities.is_empty() {
        page.line("No agents are declared.");
        return page.finish();
    }
    let headings = [
        "AGENT",
        "TASKS",
        "REVIEWS",
        "PRS",
        "MERGED",
        "PR REVIEWS",
        "COMMITS",
        "A DAY",
        "ANSWERS IN",
        "REVIEWS IN",
        "OWN BRANCHES",
    ];
    let mut columns = Columns::new(&headings);
    let days = Activity::days(since, until);
    let some = |count: usize| if count == 0 { "-".to_owned() } else { count.to_string() };
    for activity in activities {
        let github = &activity.github;
        let on_own = github.on_own.filter(|_| github.opened > 0);
        columns.row([
            cell(activity.agent.name.as_str()),
            cell(activity.completed.to_string()),
            cell(activity.reviews.to_string()),
            cell(some(github.opened)),
            cell(some(github.merged)),
            cell(some(github.reviews)),
            cell(some(github.commits)),
            cell(activity.per_day(days).to_string()),
            cell(median(&activity.answers)),
            cell(median(&activity.review_times)),
            cell(on_own.map_or_else(|| "-".to_owned(), |own| format!("{own} of {}", github.opened))),
        ]);
    }
    page.columns(&columns, 0);
    page.finish()
}

fn median(times: &[Duration]) -> String {
    Activity::median(times).map_or_else(|| "-".to_owned(), |time| time.to_string())
}

/// One agent: what it did, counted and in order.
pub fn agent_activity(activity: &Activity<'_>, since: Time, until: Time, style: Style) -> String {
    let mut page = Page::new(style);
    page.tinted(Tint::Bold, format!("{} {}", activity.agent.name, one_line(&activity.agent.title)));
    page.line(format!("  from {since} to {until}"));
    if activity.is_idle() {
        page.gap();
        page.line("It did nothing that was seen.");
        return page.finish();
    }
    let github = &activity.github;
    let mut columns = Columns::bare();
    let mut row = |what: &str, text: String| columns.row([cell(what), cell(text)]);
    row(
        "tasks",
        format!(
            "{} completed; {} given to it, {} started, {} delivered, {} sent back",
            activity.completed, activity.assigned, activity.started, activity.delivered, activity.returned
        ),
    );
    let objections = activity.objections;
    row("reviews", format!("{} given, {objections} of them no approval", activity.reviews));
    row(
        "answers",
        match Activity::median(&activity.answers) {
            Some(time) => {
                format!("begins after {time}, the median of {}", plural(activity.answers.len(), "task"))
            }
            None => "none to be measured".to_owned(),
        },
    );
    if let Some(time) = Activity::median(&activity.review_times) {
        let count = plural(activity.review_times.len(), "review");
        row("review time", format!("{time}, the median of {count}"));
    }
    if activity.agent.github.is_some() {
        row(
            "on GitHub",
            format!(
                "{} opened, {} merged, {} closed otherwise; {} given; {} to them, {}, {}",
                plural(github.opened, "pull request"),
                github.merged,
                github.closed,
                plural(github.reviews, "review"),
                plural(github.pushes, "push"),
                plural(github.commits, "commit"),
                plural(github.comments, "comment"),
            ),
        );
    }
    if let Some(own) = github.on_own.filter(|_| github.opened > 0) {
        row("isolation", format!("{own} of {} opened on a branch of its own", github.opened));
    }
    let days = Activity::days(since, until);
    row(
        "a day",
        format!("{} tasks completed, pull requests merged and reviews given", activity.per_day(days)),
    );
    page.gap();
    page.columns(&columns, 2);
    deeds(&mut page, activity);
    page.finish()
}

fn deeds(page: &mut Page, activity: &Activity<'_>) {
    if activity.deeds.is_empty() {
        return;
    }
    page.heading("What it did");
    let surplus = activity.deeds.len().saturating_sub(DEEDS);
    if surplus > 0 {
        page.tinted(Tint::Dim, format!("  … {surplus} earlier ones"));
    }
    let mut columns = Columns::bare().titled();
    for deed in &activity.deeds[surplus..] {
        columns.row([cell(deed.at.to_string()).tint(Tint::Dim), cell(deed.what.as_str())]);
    }
    page.columns(&columns, 2);
}
