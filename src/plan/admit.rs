//! Admission: a request becomes facts, or is refused. This is the only door by which facts
//! from outside enter the log.

mod activate;
mod claims;
mod flow;
mod news;
mod permit;

pub(super) use news::news;

use super::context::Context;
use super::cycle::cycle;
use super::import;
use super::refusal::Refusal;
use crate::model::{
    Actor, Ask, Asked, Code, Fact, Name, NewTask, Request, Review, ReviewRef, ReviewStatus, Task, TaskEdit,
    TaskStatus, Verdict, is_tag,
};
use crate::state::Fate;
use claims::fence;
use rustc_hash::FxHashSet;

type Facts = Result<Vec<Fact>, Refusal>;

/// What a request makes, if it may be made.
#[derive(Debug)]
pub(super) struct Admitted {
    pub facts: Vec<Fact>,
    /// How it was asked for, where there is something to record.
    pub asked: Option<Box<Asked>>,
}

pub(super) fn admit(cx: Context<'_>, request: &Request) -> Result<Admitted, Refusal> {
    let facts = facts(cx, request)?;
    let asked = permit::permit(cx, request)?;
    Ok(Admitted { facts, asked })
}

fn facts(cx: Context<'_>, request: &Request) -> Facts {
    let actor = &request.actor;
    match &request.ask {
        Ask::Add { code, prefix, spec } => add(cx, code.as_ref(), prefix.as_deref(), spec),
        Ask::Import { tasks } => import::import(cx, tasks),
        Ask::Start { task } => start(cx, request, task),
        Ask::Complete { task, output } => complete(cx, request, task, output.as_ref()),
        Ask::Block { task, reason } => block(cx, request, task, reason),
        Ask::Unblock { task } => unblock(cx, request, task),
        Ask::Cancel { task, reason } => {
            let task = open_task(cx, task)?;
            fence(cx, request, task)?;
            Ok(vec![Fact::TaskCancelled { task: task.code.clone(), reason: reason.clone() }])
        }
        Ask::Reassign { task, to } => reassign(cx, request, task, to),
        Ask::Edit { task, edit } => edit_task(cx, task, edit),
        Ask::Claim { task, agent, ttl } => claims::claim(cx, request, task, agent.as_ref(), *ttl),
        Ask::Next { agent, ttl } => claims::next(cx, request, agent.as_ref(), *ttl),
        Ask::Release { task } => claims::release(cx, request, task),
        Ask::Activate { agent, task } => activate::activate(cx, agent, task.as_ref()),
        Ask::Flow(ask) => flow::admit(cx, actor, ask),
        Ask::Judge { review, verdict, rating, minutes, notes } => {
            let (task, review) = find_review(cx, review)?;
            judgeable(cx, actor, task, review)?;
            check_rating(cx, review, *rating)?;
            if *verdict != Verdict::Approved && notes.as_ref().is_none_or(|notes| notes.trim().is_empty()) {
                return Err(Refusal::NotesMissing { code: task.code.clone() });
            }
            let minutes =
                minutes.or_else(|| u32::try_from(cx.now.since(review.requested_at).as_seconds() / 60).ok());
            Ok(vec![Fact::ReviewCompleted {
                task: task.code.clone(),
                review: review.id,
                verdict: *verdict,
                rating: *rating,
                minutes,
                notes: notes.clone(),
            }])
        }
    }
}

fn add(cx: Context<'_>, code: Option<&Code>, prefix: Option<&str>, spec: &NewTask) -> Facts {
    let code = match code {
        Some(code) => code.clone(),
        None => next_code(cx, prefix, spec)?,
    };
    if let Some(issues) = cx.config.project.github_tasks.iter().find(|one| one.prefix == code.prefix()) {
        return Err(Refusal::CodeOfIssue { code, label: issues.label.clone() });
    }
    if let Some(task) = cx.state.task(&code) {
        return Err(Refusal::TaskExists { code, as_spelled: task.code.clone() });
    }
    if cx.state.is_known(&code) {
        return Err(Refusal::TaskExists { as_spelled: code.clone(), code });
    }
    check_words(spec)?;
    check_tier(cx, spec.tier)?;
    check_dependencies(cx, &code, &spec.depends_on)?;
    let depends_on = distinct(&spec.depends_on);
    Ok(vec![Fact::TaskCreated { task: code, spec: NewTask { depends_on, ..spec.clone() } }])
}

/// The next free code of a prefix; the task's type in capitals if none is given.
fn next_code(cx: Context<'_>, prefix: Option<&str>, spec: &NewTask) -> Result<Code, Refusal> {
    let prefix = match prefix {
        Some(prefix) => prefix.to_owned(),
        None => {
            spec.kind.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_uppercase()
        }
    };
    let mut number = cx.state.next_number(&prefix);
    // A task that a file declares, but no tick has created yet, has its code already.
    loop {
        let code = Code::new(&prefix, number).map_err(|_| Refusal::BadPrefix(prefix.clone()))?;
        let declared =
            |task: &crate::model::DeclaredTask| task.code.prefix() == prefix && task.code.number() == number;
        if !cx.config.tasks.iter().any(declared) {
            return Ok(code);
        }
        number += 1;
    }
}

/// Each code once, in the order in which they came: a task waits for another once.
fn distinct(codes: &[Code]) -> Vec<Code> {
    let mut seen = FxHashSet::default();
    codes.iter().filter(|code| seen.insert(*code)).cloned().collect()
}

/// Whether the title says something, and what tasks are sorted by are single words.
pub(super) fn check_words(spec: &NewTask) -> Result<(), Refusal> {
    if spec.title.trim().is_empty() {
        return Err(Refusal::Blank("a task needs a title"));
    }
    let words = std::iter::once(&spec.kind).chain(&spec.content_type).chain(&spec.labels);
    match words.into_iter().find(|word| !is_tag(word)) {
        Some(word) => Err(Refusal::NotATag(word.clone())),
        None => Ok(()),
    }
}

fn check_tier(cx: Context<'_>, tier: Option<u8>) -> Result<(), Refusal> {
    let tiers = &cx.config.reviews.tiers;
    match tier {
        Some(tier) if !tiers.contains_key(&tier) => {
            Err(Refusal::UnknownTier { tier, known: tiers.keys().copied().collect() })
        }
        _ => Ok(()),
    }
}

fn check_dependencies(cx: Context<'_>, code: &Code, dependencies: &[Code]) -> Result<(), Refusal> {
    for dependency in dependencies {
        if dependency == code {
            return Err(Refusal::Cycle { path: vec![code.clone(), code.clone()] });
        }
        let declared = cx.config.tasks.iter().any(|task| task.code == *dependency);
        if !declared && !cx.state.is_known(dependency) {
            return Err(Refusal::UnknownDependency { code: code.clone(), dependency: dependency.clone() });
        }
        if cx.state.fate(dependency) == Some(Fate::Cancelled) {
            return Err(Refusal::CancelledDependency { code: code.clone(), dependency: dependency.clone() });
        }
    }
    Ok(())
}

fn find_task<'a>(cx: Context<'a>, code: &Code) -> Result<&'a Task, Refusal> {
    if let Some(task) = cx.state.task(code) {
        return Ok(task);
    }
    match cx.state.fate(code) {
        Some(fate) => Err(Refusal::Finished { code: code.clone(), complete: fate == Fate::Complete }),
        None => Err(Refusal::UnknownTask { code: code.clone(), nearest: nearest(cx, code) }),
    }
}

fn nearest(cx: Context<'_>, code: &Code) -> Option<Code> {
    cx.state
        .sorted_tasks()
        .into_iter()
        .map(|task| (strsim::damerau_levenshtein(task.code.as_str(), code.as_str()), &task.code))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| *distance <= 2)
        .map(|(_, code)| code.clone())
}

/// A task that is not finished.
fn open_task<'a>(cx: Context<'a>, code: &Code) -> Result<&'a Task, Refusal> {
    let task = find_task(cx, code)?;
    if task.status.is_finished() {
        let complete = task.status == TaskStatus::Complete;
        return Err(Refusal::Finished { code: task.code.clone(), complete });
    }
    Ok(task)
}

fn wrong_status(task: &Task, verb: &'static str, hint: String) -> Refusal {
    Refusal::WrongStatus { code: task.code.clone(), status: task.status, verb, hint }
}

fn why(task: &Task) -> String {
    format!("`orch explain {}` says why", task.code)
}

/// The agent that a person or agent acts for on a task: an agent only for itself, anybody else for
/// the one it is assigned to.
fn acting_agent(cx: Context<'_>, request: &Request, task: &Task) -> Result<Name, Refusal> {
    let agent = task.agent.clone().ok_or_else(|| Refusal::Unassigned { code: task.code.clone() })?;
    let actor = &request.actor.name;
    if cx.config.agent(actor).is_some() && agent != *actor && !request.fence.overrides {
        return Err(Refusal::NotYours { code: task.code.clone(), agent, actor: actor.to_string() });
    }
    Ok(agent)
}

fn start(cx: Context<'_>, request: &Request, code: &Code) -> Facts {
    let task = open_task(cx, code)?;
    fence(cx, request, task)?;
    if task.status != TaskStatus::Pending {
        let hint = match task.status {
            TaskStatus::InProgress => {
                format!("it was started already; deliver it with `orch task complete {}`", task.code)
            }
            _ => why(task),
        };
        return Err(wrong_status(task, "started", hint));
    }
    let agent = acting_agent(cx, request, task)?;
    Ok(vec![Fact::TaskStarted { task: task.code.clone(), agent }])
}

fn complete(cx: Context<'_>, request: &Request, code: &Code, output: Option<&String>) -> Facts {
    let task = open_task(cx, code)?;
    fence(cx, request, task)?;
    match task.status {
        TaskStatus::Pending | TaskStatus::InProgress => {}
        TaskStatus::Review => {
            let hint = format!("it was delivered already and waits for its reviews; {}", why(task));
            return Err(wrong_status(task, "completed", hint));
        }
        _ => return Err(wrong_status(task, "completed", why(task))),
    }
    let agent = acting_agent(cx, request, task)?;
    Ok(vec![Fact::TaskDelivered { task: task.code.clone(), agent, output: output.cloned() }])
}

fn block(cx: Context<'_>, request: &Request, code: &Code, reason: &str) -> Facts {
    let task = open_task(cx, code)?;
    fence(cx, request, task)?;
    if reason.trim().is_empty() {
        return Err(Refusal::Blank("a hold needs a reason"));
    }
    let may_be = matches!(task.status, TaskStatus::Pending | TaskStatus::InProgress)
        || (task.status == TaskStatus::Blocked && task.hold.is_none());
    if !may_be {
        return Err(wrong_status(task, "blocked", why(task)));
    }
    let fact = Fact::TaskBlocked { task: task.code.clone(), by: Vec::new(), reason: Some(reason.to_owned()) };
    Ok(vec![fact])
}

fn unblock(cx: Context<'_>, request: &Request, code: &Code) -> Facts {
    let task = open_task(cx, code)?;
    fence(cx, request, task)?;
    if task.hold.is_some() {
        return Ok(vec![Fact::TaskReleased { task: task.code.clone() }]);
    }
    let hint = if task.waiting_on.is_empty() {
        why(task)
    } else {
        let codes = task.waiting_on.iter().map(Code::as_str).collect::<Vec<_>>().join(",");
        format!("it waits for {codes}; to drop dependencies: `orch task edit {} --depends-on …`", task.code)
    };
    Err(wrong_status(task, "unblocked by hand", hint))
}

fn reassign(cx: Context<'_>, request: &Request, code: &Code, to: &Name) -> Facts {
    let task = open_task(cx, code)?;
    fence(cx, request, task)?;
    let agent = cx.config.agent(to).ok_or_else(|| Refusal::UnknownAgent {
        agent: to.clone(),
        known: cx.config.agents.keys().cloned().collect(),
    })?;
    if !matches!(task.status, TaskStatus::Pending | TaskStatus::InProgress) {
        return Err(wrong_status(task, "reassigned", why(task)));
    }
    if task.agent.as_ref() == Some(to) {
        return Err(wrong_status(task, "reassigned", format!("`{to}` holds it already")));
    }
    let load = cx.state.load(to);
    if load >= agent.max_active {
        return Err(Refusal::AgentFull { agent: to.clone(), load, max: agent.max_active });
    }
    Ok(vec![Fact::TaskAssigned { task: task.code.clone(), agent: to.clone(), route: None }])
}

fn edit_task(cx: Context<'_>, code: &Code, edit: &TaskEdit) -> Facts {
    let task = open_task(cx, code)?;
    let mut wanted = task.spec.clone();
    wanted.edit(edit);
    check_words(&wanted)?;
    if edit.depends_on.is_some() {
        wanted.depends_on = distinct(&wanted.depends_on);
    }
    let edit =
        task.spec.difference(&wanted).ok_or_else(|| Refusal::NothingToEdit { code: task.code.clone() })?;
    let of_issue = ["depends_on", "deadline"];
    if let Some(source) = &task.spec.source
        && !(source.starts_with(NewTask::ISSUE) && edit.fields().iter().all(|field| of_issue.contains(field)))
    {
        let fields = edit.fields();
        return Err(Refusal::Declared { code: task.code.clone(), fields, source_file: source.to_string() });
    }
    check_tier(cx, edit.tier.flatten())?;
    if let Some(dependencies) = &edit.depends_on {
        if task.status == TaskStatus::Review {
            return Err(wrong_status(task, "made to depend on others", why(task)));
        }
        check_dependencies(cx, &task.code, dependencies)?;
        let depends_on = |of: &Code| {
            if *of == task.code {
                Some(dependencies.as_slice())
            } else {
                // What a file declares holds from this tick on, created already or not.
                let declared = cx.config.tasks.iter().find(|other| other.code == *of);
                let spec = declared.map(|other| &other.spec);
                spec.or_else(|| cx.state.task(of).map(|other| &other.spec))
                    .map(|spec| spec.depends_on.as_slice())
            }
        };
        if let Some(path) = cycle(&task.code, depends_on) {
            return Err(Refusal::Cycle { path });
        }
    }
    Ok(vec![Fact::TaskEdited { task: task.code.clone(), edit: Box::new(edit) }])
}

fn find_review<'a>(cx: Context<'a>, wanted: &ReviewRef) -> Result<(&'a Task, &'a Review), Refusal> {
    match wanted {
        ReviewRef::Id(id) => {
            let task = cx.state.task_of_review(*id);
            task.and_then(|task| Some((task, task.review(*id)?))).ok_or_else(|| Refusal::UnknownReview {
                review: id.to_string(),
                hint: "`orch review list` shows all pending reviews".to_owned(),
            })
        }
        ReviewRef::Pending { task: code, kind } => {
            let task = find_task(cx, code)?;
            let found = task.pending_reviews().find(|review| review.kind == *kind);
            found.map(|review| (task, review)).ok_or_else(|| Refusal::UnknownReview {
                review: format!("{code}/{kind}"),
                hint: format!("`orch task show {}` shows the reviews of the task", task.code),
            })
        }
    }
}

fn judgeable(cx: Context<'_>, actor: &Actor, task: &Task, review: &Review) -> Result<(), Refusal> {
    let actor = &actor.name;
    if review.status != ReviewStatus::Pending {
        let (code, status) = (task.code.clone(), review.status);
        return Err(Refusal::ReviewDone { review: review.id, code, status });
    }
    if task.author.as_ref() == Some(actor) {
        let reviewer = review.reviewer.clone();
        return Err(Refusal::OwnWork { code: task.code.clone(), actor: actor.to_string(), reviewer });
    }
    match &review.reviewer {
        Some(reviewer) if cx.config.agent(actor).is_some() && reviewer != actor => {
            let (reviewer, actor) = (reviewer.clone(), actor.to_string());
            Err(Refusal::NotYourReview { review: review.id, reviewer, actor })
        }
        _ => Ok(()),
    }
}

fn check_rating(cx: Context<'_>, review: &Review, rating: Option<u8>) -> Result<(), Refusal> {
    let Some(rating) = rating else { return Ok(()) };
    let declared = cx.config.reviews.types.get(&review.kind).and_then(|kind| kind.rating.as_ref());
    match declared {
        None => Err(Refusal::Rating(format!("a `{}` review has no rating", review.kind))),
        Some((name, min, max)) if !(*min..=*max).contains(&rating) => {
            Err(Refusal::Rating(format!("{name} {rating} is not between {min} and {max}")))
        }
        Some(_) => Ok(()),
    }
}
