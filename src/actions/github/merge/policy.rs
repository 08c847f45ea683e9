//! What does not hold of a pull request, in words.

use std::fmt::Write;

use serde_json::Value;

use super::Args;
use crate::actions::Failure;
use crate::actions::fields::get;
use crate::actions::github::forms::Checks;
use crate::actions::http_request::quoted;
use crate::forge::{ClientError, RefusedKind, Workplace};
use crate::ports::Call;

/// So many reviewers at most: whether one may write is a request each.
const REVIEWERS: usize = 30;

pub(super) fn unmet(args: &Args, place: &Workplace<'_>, pull: &Value) -> Result<Vec<String>, Failure> {
    let approvals = get(args.approvals.as_ref())?.map(|whole| usize::from(whole.0));
    let mut why = Vec::new();
    if pull["state"] != "open" {
        why.push("it is closed".to_owned());
    }
    if pull["draft"] == true {
        why.push("it is a draft".to_owned());
    }
    if pull["mergeable"] == false {
        why.push(conflict(pull));
    }
    if is_from_fork(pull) && approvals.unwrap_or_default() == 0 {
        why.push("it comes from a fork, which takes `approvals` of 1 or more".to_owned());
    }
    if !why.is_empty() {
        return Ok(why);
    }
    if let Some(needed) = approvals {
        why.extend(reviews(place, pull, needed)?);
    }
    if let Some(wanted) = get(args.checks.as_ref())? {
        why.extend(checks(place, pull, wanted)?);
    }
    if get(args.up_to_date.as_ref())?.copied().unwrap_or_default() {
        why.extend(distance(place, pull)?);
    }
    Ok(why)
}

pub(super) fn conflict(pull: &Value) -> String {
    format!("it conflicts with `{}`", text(&pull["base"]["ref"]))
}

/// From another repository, or one that is gone.
pub(super) fn is_from_fork(pull: &Value) -> bool {
    let id = |side: &str| pull[side]["repo"]["id"].as_u64();
    id("head").is_none() || id("head") != id("base")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The latest word of each reviewer stands until it is dismissed or replaced, whatever they comment afterwards. Only of
/// those who may write: anybody may approve of anything in a public repository. An approval is of the commit that it was
/// given for: whatever was pushed since nobody has approved of.
fn reviews(place: &Workplace<'_>, pull: &Value, needed: usize) -> Result<Vec<String>, ClientError> {
    let path = format!("{}/pulls/{}/reviews?per_page=100", place.repository.path(), pull["number"]);
    let pages = place.pages(&path, None)?;
    if pages.is_cut {
        return Ok(vec!["it has more reviews than are read".to_owned()]);
    }
    let mut latest: Vec<&Value> = Vec::new();
    for review in &pages.items {
        let author = &review["user"];
        let is_word = matches!(text(&review["state"]), "APPROVED" | "CHANGES_REQUESTED" | "DISMISSED");
        if is_word && author["id"].is_u64() && author["id"] != pull["user"]["id"] {
            latest.retain(|earlier| earlier["user"]["id"] != author["id"]);
            latest.push(review);
        }
    }
    latest.retain(|review| review["state"] != "DISMISSED");
    if latest.len() > REVIEWERS {
        return Ok(vec![format!(
            "more than {REVIEWERS} people have reviewed it, which is more than are asked about"
        )]);
    }
    let head = text(&pull["head"]["sha"]);
    let (mut approved, mut older) = (0, Vec::new());
    let mut why = Vec::new();
    for review in latest {
        let (login, commit) = (text(&review["user"]["login"]), text(&review["commit_id"]));
        if !may_write(place, login)? {
            continue;
        }
        match text(&review["state"]) {
            "APPROVED" if !head.is_empty() && commit == head => approved += 1,
            "APPROVED" => older.push(format!("`{login}` approved of {}", short(commit))),
            _ => why.push(format!("`{login}` asks for changes")),
        }
    }
    if approved < needed {
        let mut told = format!("it has {approved} of {needed} approvals");
        if !older.is_empty() {
            let _ = write!(told, " of its last commit ({}); {}", short(head), older.join(", "));
        }
        why.push(told);
    }
    Ok(why)
}

/// A commit as people write it.
fn short(sha: &str) -> &str {
    match sha.get(..7) {
        _ if sha.is_empty() => "a commit that is gone",
        Some(short) => short,
        None => sha,
    }
}

fn may_write(place: &Workplace<'_>, login: &str) -> Result<bool, ClientError> {
    let path = format!("{}/collaborators/{}/permission", place.repository.path(), quoted(login));
    match place.client.read(&Call::get(path)) {
        Ok(answer) => Ok(matches!(text(&answer.body["permission"]), "admin" | "maintain" | "write" | "push")),
        Err(ClientError::Refused(refused)) if refused.kind == RefusedKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Names and conclusions of what was checked, check runs and statuses; while one goes on, it has none.
fn found(place: &Workplace<'_>, pull: &Value) -> Result<(Vec<(String, String)>, bool), ClientError> {
    let path = format!("{}/commits/{}", place.repository.path(), text(&pull["head"]["sha"]));
    let list = |what: &str, field: &str| place.pages(&format!("{path}/{what}?per_page=100"), Some(field));
    let (runs, statuses) = (list("check-runs", "check_runs")?, list("status", "statuses")?);
    let of_run = |run: &Value| (text(&run["name"]).to_owned(), text(&run["conclusion"]).to_owned());
    let of_status = |status: &Value| {
        let state = text(&status["state"]);
        (text(&status["context"]).to_owned(), if state == "pending" { "" } else { state }.to_owned())
    };
    let all = runs.items.iter().map(of_run).chain(statuses.items.iter().map(of_status)).collect();
    Ok((all, runs.is_cut || statuses.is_cut))
}

fn checks(place: &Workplace<'_>, pull: &Value, wanted: &Checks) -> Result<Vec<String>, ClientError> {
    let (found, is_cut) = found(place, pull)?;
    if is_cut {
        return Ok(vec!["it has more checks than are read".to_owned()]);
    }
    let bad = |name: &str, conclusion: &str| match conclusion {
        "success" | "neutral" | "skipped" => None,
        "" => Some(format!("check `{name}` has not ended")),
        other => Some(format!("check `{name}` ended with `{other}`")),
    };
    let of = |name: Option<&str>| {
        let fits = found.iter().filter(|(known, _)| name.is_none_or(|name| name == known));
        fits.map(|(name, conclusion)| bad(name, conclusion)).collect::<Vec<_>>()
    };
    Ok(match wanted {
        Checks::All if found.is_empty() => vec!["no check of its last commit has begun".to_owned()],
        Checks::All => of(None).into_iter().flatten().collect(),
        Checks::Named(names) => {
            let one = |name: &str| match of(Some(name)) {
                none if none.is_empty() => vec![format!("check `{name}` has not begun")],
                some => some.into_iter().flatten().collect(),
            };
            names.iter().flat_map(|name| one(&name.0)).collect()
        }
    })
}

fn distance(place: &Workplace<'_>, pull: &Value) -> Result<Option<String>, ClientError> {
    let base = text(&pull["base"]["ref"]);
    let path =
        format!("{}/compare/{}...{}", place.repository.path(), quoted(base), text(&pull["head"]["sha"]));
    let behind = place.client.read(&Call::get(path))?.body["behind_by"].as_u64();
    Ok(match behind {
        Some(0) => None,
        Some(behind) => Some(format!("it lacks {behind} commits of `{base}`")),
        None => Some(format!("GitHub does not say whether it lacks commits of `{base}`")),
    })
}
