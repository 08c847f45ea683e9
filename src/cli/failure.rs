//! The one place where an error becomes an exit code, a text and a hint.

use std::fmt::Write as _;
use std::io::ErrorKind;

use super::commands::{InTheWay, NoRevision};
use super::exit::Exit;
use super::session::{
    AlreadyThere, AtWork, Busy, CompactRefused, CutShort, Invalid, NoPullRequest, PushFailed, PushRefused,
    PushUnknown, Stale,
};
use super::unknown::Unknown;
use crate::adapters::disk::DiskError;
use crate::adapters::git_tree::NoSuchCommit;
use crate::apply::RecoveryError;
use crate::commit::StoreError;
use crate::load::LoadError;
use crate::observe::LineProblems;
use crate::plan::PlanError;
use crate::ports::{RepoError, TransportError};
use crate::report;
use crate::template::{OWN, UnknownTemplate};
use crate::ui::json::v1::SavedPlanError;

/// How the process ends, and what it says.
pub(super) fn describe(error: &anyhow::Error) -> (Exit, String) {
    let mut text = format!("error: {error}");
    let mut causes: Vec<String> = error.chain().skip(1).map(ToString::to_string).collect();
    // A transparent wrapper repeats its cause.
    causes.retain(|cause| !text.ends_with(cause.as_str()));
    for cause in causes {
        let _ = write!(text, "\nCaused by: {cause}");
    }
    if let Some(hint) = hint(error) {
        let _ = write!(text, "\n\nhint: {hint}");
    }
    (exit(error), harmless(&text))
}

/// What users wrote may hold anything; a terminal gets to see it and does not obey it.
fn harmless(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() && c != '\n' { safe.extend(c.escape_unicode()) } else { safe.push(c) }
    }
    safe
}

fn exit(error: &anyhow::Error) -> Exit {
    if matches!(error.downcast_ref(), Some(LoadError::NotFound { .. })) {
        Exit::NoProject
    } else if error.is::<Stale>() {
        Exit::Stale
    } else if matches!(error.downcast_ref(), Some(PlanError::Loop { .. } | PlanError::Inconsistent(_))) {
        Exit::Bug
    } else {
        Exit::Failed
    }
}

fn hint(error: &anyhow::Error) -> Option<String> {
    if error.is::<CutShort>() {
        return Some(after_work(error));
    }
    if let Some(error) = error.downcast_ref::<PlanError>() {
        return match error {
            PlanError::Refused { refusal, .. } | PlanError::NotHeard { refusal } => refusal.hint(),
            PlanError::Loop { .. } | PlanError::Inconsistent(_) => {
                Some("this is a bug in orch: please report it with the output of `orch fsck`".to_owned())
            }
        };
    }
    match error.downcast_ref::<StoreError>() {
        Some(StoreError::Transport(error)) => return Some(out_of_reach(error)),
        Some(error) => return error.hint(),
        None => {}
    }
    if let Some(error) = error.downcast_ref::<RepoError>() {
        return error.hint();
    }
    if let Some(PushRefused { words }) = error.downcast_ref() {
        return Some(format!("nothing was changed; {}", helps(words).unwrap_or_else(|| ANY_RULE.to_owned())));
    }
    if let Some(PushFailed { words }) = error.downcast_ref() {
        return Some(out_of_reach_in(words));
    }
    if let Some(error) = error.downcast_ref::<TransportError>() {
        return Some(out_of_reach(error));
    }
    if let Some(NoSuchCommit { name }) = error.downcast_ref() {
        return Some(match name.strip_prefix("origin/") {
            Some(branch) => {
                format!("fetch it first: `git fetch --depth=1 origin {branch}:refs/remotes/{name}`")
            }
            None => "name a branch, tag or commit that `git log` shows, such as `origin/main`".to_owned(),
        });
    }
    if let Some(error) = error.downcast_ref::<RecoveryError>() {
        return Some(error.hint().to_owned());
    }
    if let Some(error) = error.downcast_ref::<SavedPlanError>() {
        return Some(error.hint().to_owned());
    }
    if let Some(error) = error.downcast_ref::<Unknown>() {
        return Some(error.hint.clone());
    }
    if let Some(LoadError::NotFound { .. }) = error.downcast_ref() {
        return Some("begin one with `orch init content-team`, or name its folder with `-C DIR`".to_owned());
    }
    if error.is::<AtWork>() {
        return Some("run it again when that tick has ended; if it was killed, `orch tick --push` takes over what it left".to_owned());
    }
    if error.is::<NoPullRequest>() {
        return Some(
            "run it in a job on `pull_request`, or name the pull request: `--pull NUMBER`".to_owned(),
        );
    }
    if error.is::<NoRevision>() {
        return Some(format!(
            "name one with `--revision`; `git ls-remote https://github.com/{OWN} main` prints the latest"
        ));
    }
    if let Some(UnknownTemplate { nearest: Some(nearest), .. }) = error.downcast_ref() {
        return Some(format!("did you mean `{nearest}`? `orch init --list` shows all"));
    }
    if error.is::<UnknownTemplate>() {
        return Some("`orch init --list` shows all".to_owned());
    }
    fixed_hint(error).or_else(|| barred(error)).map(str::to_owned)
}

/// What helps where the machine lets nobody in.
fn barred(error: &anyhow::Error) -> Option<&'static str> {
    let kind = error.chain().find_map(|cause| cause.downcast_ref::<std::io::Error>())?.kind();
    match kind {
        ErrorKind::PermissionDenied => {
            Some("whoever runs `orch` must be able to read the project, and to write below `.git`")
        }
        ErrorKind::ReadOnlyFilesystem => {
            Some("`orch` writes below `.git`, and this file system takes nothing")
        }
        ErrorKind::StorageFull => Some("make room on the disk, and run the command again"),
        ErrorKind::NotFound if error.is::<DiskError>() => {
            Some("look at the path: it is read from where you run `orch`, or from what `-C` names")
        }
        _ => None,
    }
}

/// What helps where steps were done: they are not done again, once the state knows.
fn after_work(error: &anyhow::Error) -> String {
    let words = match (error.downcast_ref(), error.downcast_ref()) {
        (Some(PushRefused { words }), _) | (_, Some(PushFailed { words })) => helps(words),
        _ => None,
    };
    let before = words.map(|helps| format!("{helps}; then ")).unwrap_or_default();
    format!(
        "{before}run `orch tick` on this clone again, or take the recovery file in on another one: then no step is done twice"
    )
}

const ANY_RULE: &str = "allow pushes to the state branch (it may forbid force pushes and deletion)";

/// The rule that a server named, and what helps.
fn helps(words: &str) -> Option<String> {
    report::remedy(words).map(|found| format!("{}: {}", found.rule, found.remedy))
}

fn out_of_reach(error: &TransportError) -> String {
    match error {
        TransportError::NeedsGit { .. } => {
            "nothing was changed here; install git, or give the remote an address that begins with `https://`"
                .to_owned()
        }
        error => out_of_reach_in(&error.to_string()),
    }
}

fn out_of_reach_in(words: &str) -> String {
    helps(words).map_or_else(|| OUT_OF_REACH.to_owned(), |helps| format!("nothing was changed here; {helps}"))
}

const OUT_OF_REACH: &str = "nothing was changed here; run the command again when the remote can be reached \
                            (`remote` in orch.yaml names it)";

fn fixed_hint(error: &anyhow::Error) -> Option<&'static str> {
    if error.is::<LineProblems>() {
        Some("nothing was taken in; correct these lines and run the command again")
    } else if let Some(in_the_way) = error.downcast_ref::<InTheWay>() {
        Some(in_the_way.hint())
    } else if let Some(DiskError::NotAFolder { .. }) = error.downcast_ref() {
        Some("nothing was written; move that file away, and run the command again")
    } else if let Some(refused) = error.downcast_ref::<CompactRefused>() {
        Some(refused.hint())
    } else if error.is::<AlreadyThere>() {
        Some("nothing was changed; `orch log` shows the ticks before it")
    } else if error.is::<Invalid>() {
        Some("nothing was changed; `orch validate` shows the errors again, `orch explain CODE` tells more")
    } else if error.is::<Stale>() {
        Some("nothing was changed; make a new plan with `orch plan`")
    } else if error.is::<Busy>() {
        Some("others are writing too; run the command again")
    } else if error.is::<PushUnknown>() {
        Some(
            "it may be there or not: `orch event list` after the next `orch tick --push` tells, before you repeat it",
        )
    } else {
        None
    }
}
