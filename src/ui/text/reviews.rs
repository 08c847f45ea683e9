//! `orch review list`.

use super::columns::{Cell, Columns, cell};
use super::page::Page;
use super::sla;
use super::style::{Style, Tint};
use super::task::review_tint;
use crate::model::{Config, Review, ReviewStatus, Task, Time};
use crate::report::{one_line, plural, reviewer_text, standings_of};

/// One review a line, in the order given.
pub fn review_list(config: &Config, reviews: &[(&Task, &Review)], now: Time, style: Style) -> String {
    let mut page = Page::new(style);
    if reviews.is_empty() {
        page.line("No reviews.");
        return page.finish();
    }
    let mut columns =
        Columns::new(&["REVIEW", "TASK", "TYPE", "STATUS", "REVIEWER", "WAITING", "LEFT", "TITLE"]).titled();
    for (task, review) in reviews {
        columns.row([
            cell(review.id.to_string()),
            cell(task.code.as_str()),
            cell(review.kind.as_str()),
            cell(review.status.as_str()).tint(review_tint(review.status)),
            cell(reviewer_text(review.reviewer.as_ref())),
            cell(waiting(review, now)),
            left(config, task, review, now),
            cell(one_line(&task.spec.title)),
        ]);
    }
    page.columns(&columns, 0);
    page.tinted(Tint::Dim, plural(reviews.len(), "review"));
    page.finish()
}

fn waiting(review: &Review, now: Time) -> String {
    match review.status {
        ReviewStatus::Pending => now.since(review.requested_at).to_string(),
        _ => "-".to_owned(),
    }
}

fn left(config: &Config, task: &Task, review: &Review, now: Time) -> Cell {
    let standings = standings_of(config, task, now);
    let own = standings.iter().find(|s| s.review.is_some_and(|other| other.id == review.id));
    own.map_or_else(|| cell("-"), |standing| sla::left(standing, now))
}
