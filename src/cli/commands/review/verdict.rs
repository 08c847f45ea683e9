//! The three verdicts on a review.

use clap::Args;

use crate::cli::args::WriteArgs;
use crate::cli::session;
use crate::cli::{Cx, Exit};
use crate::model::{Ask, ReviewRef, Verdict};

/// Approve a review
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  orch review approve REVIEW-020 --rating 4 --as cultural-consultant\n  orch review approve CONTENT-010/cultural"
)]
pub(crate) struct ApproveArgs {
    #[command(flatten)]
    pub(super) verdict: VerdictArgs,
}

/// Reject a review: the task goes back to its author
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  orch review reject REVIEW-020 --notes \"contradicts chapter 3\"")]
pub(crate) struct RejectArgs {
    #[command(flatten)]
    pub(super) verdict: VerdictArgs,
}

/// Ask for changes: the task goes back to its author
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  orch review request-changes CONTENT-010/cultural --notes \"softer tone\""
)]
pub(crate) struct RequestChangesArgs {
    #[command(flatten)]
    pub(super) verdict: VerdictArgs,
}

/// What all verdicts carry.
#[derive(Debug, Args)]
pub(crate) struct VerdictArgs {
    /// `REVIEW-020`, or a task and review type such as `CONTENT-010/cultural`
    review: ReviewRef,
    /// What the author should know
    #[arg(long)]
    notes: Option<String>,
    /// The rating, where the review type has one
    #[arg(long, allow_negative_numbers = true)]
    rating: Option<u8>,
    /// Minutes spent; the time since the request if left out
    #[arg(long, allow_negative_numbers = true)]
    minutes: Option<u32>,
    #[command(flatten)]
    write: WriteArgs,
}

pub(super) fn run(args: VerdictArgs, verdict: Verdict, cx: &mut Cx) -> anyhow::Result<Exit> {
    let VerdictArgs { review, notes, rating, minutes, write } = args;
    session::write(cx, write, vec![Ask::Judge { review, verdict, rating, minutes, notes }])
}
