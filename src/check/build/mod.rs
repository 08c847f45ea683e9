//! From what was declared, once nothing is wrong with it, to the model.

mod condition;
mod schedule;
mod step;
mod trigger;
mod workflow;

use indexmap::IndexMap;

use crate::diag::{SourceMap, Span};
use crate::load::{OneOrMany, ShortOr, Spanned};
use crate::model::{
    Activate, Agent, Calendar, Channel, ChannelKind, Config, DeclaredTask, Duration, Freeze, GithubResult,
    Isolation, IssueTasks, Level, Name, NewTask, Objective, Origin, Project, Requirement, ReviewPolicy,
    ReviewType, Role, Route, Routing, Scope, Stage, Subject, TaskMatch, Tier,
};

use super::declared::{Declared, Item};
use super::raw::{
    Keyed, RawAgent, RawChannel, RawDuration, RawFreeze, RawHook, RawIsolation, RawIssueTasks, RawLevel,
    RawMatch, RawName, RawObjective, RawOnWork, RawOrch, RawRequirement, RawReviewType, RawRole, RawRoute,
    RawSubject, RawTask, RawTier, Tag,
};

pub(super) use condition::whole;
use schedule::zone;
pub(super) use step::step_id;
use workflow::Builder;
pub(super) use workflow::RUN_TIMEOUT;

const STATE_BRANCH: &str = "orch/state";
const REMOTE: &str = "origin";
const MAX_ACTIVE: u32 = 3;
const WARN_PERCENT: u8 = 80;

/// The configuration; none if there is no project, or a text does not mean what its type says,
/// both of which the rules have reported.
pub(super) fn build(declared: &Declared, map: &SourceMap) -> Option<Config> {
    let at = Places { map };
    let objectives: Option<Vec<_>> = declared.objectives.iter().map(|item| at.objective(item)).collect();
    let tasks: Option<Vec<_>> = declared.tasks.iter().map(|item| at.task(item)).collect();
    let project_zone = zone(declared);
    let workflows = declared.workflows.iter().map(|item| {
        let workflow = Builder { at: &at, item, zone: &project_zone }.workflow()?;
        Some((workflow.id.clone(), workflow))
    });
    let workflows: Option<IndexMap<_, _>> = workflows.collect();
    let agents = declared.agents.iter().map(|item| at.agent(item));
    Some(Config {
        project: at.project(declared.project.as_ref()?)?,
        agents: agents.map(|agent| (agent.name.clone(), agent)).collect(),
        routing: at.routing(declared),
        reviews: at.policy(declared),
        objectives: objectives?,
        tasks: tasks?,
        workflows: workflows?,
        channels: declared.channels.iter().filter_map(|item| at.channel(item)).collect(),
        roles: declared.roles.as_ref().map(|roles| roles.iter().map(|item| at.role(item)).collect()),
    })
}

/// The match of a route, a requirement or an objective.
pub(in crate::check) fn task_match(raw: Option<&RawMatch>) -> TaskMatch {
    let Some(raw) = raw else { return TaskMatch::default() };
    TaskMatch {
        types: tags(raw.types.as_ref()),
        content_types: tags(raw.content_types.as_ref()),
        labels: tags(raw.labels.as_ref()),
        priorities: listed(raw.priorities.as_ref(), |priority| priority.0),
        tiers: listed(raw.tiers.as_ref(), |tier| tier.byte()),
    }
}

/// What a task declares; none if its deadline is no time.
pub(super) fn new_task(raw: &RawTask, file: &str) -> Option<NewTask> {
    let deadline = match &raw.deadline {
        Some(deadline) => Some(deadline.0.clone().ok()?),
        None => None,
    };
    Some(NewTask {
        title: raw.title.0.clone(),
        kind: raw.kind.0.clone(),
        content_type: raw.content_type.as_ref().map(|tag| tag.0.clone()),
        description: raw.description.clone(),
        priority: raw.priority.map(|priority| priority.0).unwrap_or_default(),
        tier: raw.tier.as_ref().map(|tier| tier.byte()),
        labels: tags(raw.labels.as_ref()),
        depends_on: listed(raw.depends_on.as_ref(), |code| code.value.clone()),
        deadline,
        source: Some(file.into()),
        issue: raw.issue.as_ref().map(|issue| u64::from(issue.get())),
    })
}

/// What `orch.yaml` says; the zone as it is written, and freezes only if their times are times.
pub(super) fn project(raw: &RawOrch, freezes: Vec<Freeze>, tasks: Vec<IssueTasks>) -> Project {
    let or = |text: Option<&String>, default: &str| text.map_or_else(|| default.to_owned(), Clone::clone);
    Project {
        name: raw.name.0.clone(),
        state_branch: or(raw.state_branch.as_ref().map(|branch| &branch.value.0), STATE_BRANCH),
        remote: or(raw.remote.as_ref().map(|remote| &remote.value.0), REMOTE),
        github: raw.github.as_ref().and_then(|github| Some(github.repository.as_ref()?.0.clone())),
        github_commands: raw.github.as_ref().is_some_and(|github| github.commands.unwrap_or(false)),
        github_tasks: tasks,
        github_results: results(raw),
        isolation: raw.github.as_ref().and_then(|github| isolation(github.isolation.as_ref()?)),
        timezone: raw.timezone.as_ref().map_or_else(|| "UTC".into(), |zone| zone.0.clone()),
        secrets: raw.secrets.iter().map(|name| name.0.clone()).collect(),
        freezes,
    }
}

/// What delivers tasks: as declared, else pull requests, where issues become tasks.
fn results(raw: &RawOrch) -> Vec<GithubResult> {
    let Some(github) = &raw.github else { return Vec::new() };
    match &github.results {
        Some(results) => results.iter().map(|result| result.value).collect(),
        None if github.tasks.is_some() => vec![GithubResult::PullRequest],
        None => Vec::new(),
    }
}

fn isolation(raw: &RawIsolation) -> Option<Isolation> {
    match raw {
        ShortOr::Short(is_on) => is_on.then(Isolation::default),
        ShortOr::Long(long) => {
            Some(Isolation { shared: listed(long.shared.as_ref(), |pattern| pattern.value.0.clone()) })
        }
    }
}

/// Turns spans into origins on the way.
struct Places<'a> {
    map: &'a SourceMap,
}

impl Places<'_> {
    fn origin<T>(&self, item: &Item<T>, span: Span) -> Origin {
        let position = self.map.position(&item.file, span.start);
        Origin::new(item.file.clone(), position.line, position.column)
    }

    fn project(&self, item: &Item<RawOrch>) -> Option<Project> {
        let freezes: Option<Vec<_>> =
            item.value.freezes.iter().map(|freeze| self.freeze(item, freeze)).collect();
        let tasks =
            item.value.github.iter().flat_map(|github| github.tasks.iter().flat_map(|list| list.iter()));
        let tasks = tasks.map(|tasks| self.issue_tasks(item, tasks)).collect();
        Some(project(&item.value, freezes?, tasks))
    }

    fn issue_tasks(&self, item: &Item<RawOrch>, raw: &Spanned<RawIssueTasks>) -> IssueTasks {
        IssueTasks {
            label: raw.label.0.as_str().into(),
            prefix: raw.prefix().into(),
            kind: raw.kind.0.clone(),
            content_type: raw.content_type.as_ref().map(|tag| tag.0.clone()),
            priority: raw.priority.map(|priority| priority.0).unwrap_or_default(),
            tier: raw.tier.as_ref().map(|tier| tier.byte()),
            origin: self.origin(item, raw.span),
        }
    }

    fn freeze(&self, item: &Item<RawOrch>, raw: &Spanned<RawFreeze>) -> Option<Freeze> {
        Some(Freeze {
            from: raw.from.0.clone().ok()?,
            to: raw.to.0.clone().ok()?,
            reason: raw.reason.as_ref().map(|reason| reason.0.clone()),
            workflows: raw.workflows.as_ref().map(|workflows| names(workflows)).unwrap_or_default(),
            except: raw.except,
            origin: self.origin(item, raw.span),
        })
    }

    fn channel(&self, item: &Item<RawChannel>) -> Option<(Name, Channel)> {
        let raw = &item.value;
        let headers = |hook: &RawHook| {
            let pairs = hook.headers.iter().flat_map(Keyed::iter);
            pairs.map(|(name, value)| (name.to_string(), value.0.to_string())).collect()
        };
        let kind = match (&raw.console, &raw.webhook) {
            (Some(_), _) => ChannelKind::Console,
            (_, Some(hook)) => ChannelKind::Webhook { url: hook.url.0.to_string(), headers: headers(hook) },
            _ => return None,
        };
        let name = raw.name.0.clone();
        Some((name.clone(), Channel { name, kind, origin: self.origin(item, item.span) }))
    }

    fn role(&self, item: &Item<RawRole>) -> (Name, Role) {
        let raw = &item.value;
        let name = raw.name.0.clone();
        let role = Role {
            name: name.clone(),
            title: raw.title.as_ref().map(|title| title.0.clone()),
            members: raw.members.iter().map(|member| member.0.clone()).collect(),
            may: raw.may.iter().map(|right| right.value).collect(),
            on: raw.on.as_ref().map(|on| Scope {
                workflows: listed(on.workflows.as_ref(), |name| name.value.0.clone()),
                tasks: on.tasks.as_ref().map(|tasks| task_match(Some(tasks))),
            }),
            verified: raw.verified.unwrap_or_default(),
            origin: self.origin(item, item.span),
        };
        (name, role)
    }

    fn agent(&self, item: &Item<RawAgent>) -> Agent {
        let raw = &item.value;
        Agent {
            name: raw.name.0.clone(),
            title: title(raw.title.as_ref().map(|title| &title.0), &raw.name),
            role: raw.role.as_ref().map(|role| role.0.clone()),
            kind: raw.kind.unwrap_or_default(),
            max_active: raw.max_active.as_ref().map_or(MAX_ACTIVE, |most| most.get()),
            github: raw.github.as_ref().map(|login| login.value.0.clone()),
            branches: listed(raw.branches.as_ref(), |pattern| pattern.value.0.clone()),
            activate: raw.activate.as_ref().map(|activate| Activate {
                workflow: Activate::workflow_of(&raw.name.0),
                on_work: activate.when.unwrap_or_default() == RawOnWork::Work,
                origin: self.origin(item, activate.span),
            }),
            origin: self.origin(item, item.span),
        }
    }

    fn routing(&self, declared: &Declared) -> Routing {
        let fallback = declared.fallback.as_ref();
        Routing {
            routes: declared.routes.iter().map(|item| self.route(item)).collect(),
            fallback: fallback.map(|item| (item.value.0.clone(), self.origin(item, item.span))),
        }
    }

    fn route(&self, item: &Item<RawRoute>) -> Route {
        let raw = &item.value;
        Route {
            name: raw.name.0.clone(),
            matching: task_match(raw.matching.as_ref()),
            candidates: names(&raw.to),
            strategy: raw.strategy.unwrap_or_default(),
            origin: self.origin(item, item.span),
        }
    }

    fn policy(&self, declared: &Declared) -> ReviewPolicy {
        let types = declared.types.iter().map(|item| self.review_type(item));
        let tiers = declared.tiers.iter().map(|item| self.tier(item));
        ReviewPolicy {
            types: types.map(|one| (one.name.clone(), one)).collect(),
            tiers: tiers.map(|tier| (tier.number, tier)).collect(),
            required: declared.required.iter().map(|item| self.requirement(item)).collect(),
        }
    }

    fn review_type(&self, item: &Item<RawReviewType>) -> ReviewType {
        let raw = &item.value;
        let rating = raw.rating.as_ref();
        ReviewType {
            name: raw.name.0.clone(),
            title: title(raw.title.as_ref().map(|title| &title.0), &raw.name),
            reviewers: names(&raw.reviewers),
            rating: rating.map(|rating| (rating.name.0.clone(), rating.min.byte(), rating.max.byte())),
            origin: self.origin(item, item.span),
        }
    }

    fn tier(&self, item: &Item<RawTier>) -> Tier {
        let raw = &item.value;
        let number = raw.tier.byte();
        let stage =
            |stage: &Spanned<_>| Stage { reviews: names(stage), origin: self.origin(item, stage.span) };
        Tier {
            number,
            name: raw.name.as_ref().map_or_else(|| format!("Tier {number}"), |name| name.0.clone()),
            stages: raw.stages.iter().map(stage).collect(),
            origin: self.origin(item, item.span),
        }
    }

    fn requirement(&self, item: &Item<RawRequirement>) -> Requirement {
        Requirement {
            matching: task_match(item.value.matching.as_ref()),
            default_tier: item.value.default_tier.byte(),
            origin: self.origin(item, item.span),
        }
    }

    fn objective(&self, item: &Item<RawObjective>) -> Option<Objective> {
        let raw = &item.value;
        let levels: Option<Vec<_>> = raw.escalate.iter().map(|level| self.level(item, level)).collect();
        Some(Objective {
            name: raw.name.0.clone(),
            subject: match raw.subject {
                RawSubject::Review => Subject::Review,
                RawSubject::ReviewTotal => Subject::ReviewTotal,
                RawSubject::Task => Subject::Task,
                RawSubject::Response => Subject::Response,
                RawSubject::PullReview => Subject::PullReview,
                RawSubject::Build => Subject::Build,
                RawSubject::Check => Subject::Check,
                RawSubject::Deployment => Subject::Deployment,
            },
            matching: task_match(raw.matching.as_ref()),
            review_types: raw.review.as_ref().map(|review| names(review)).unwrap_or_default(),
            named: raw
                .named
                .as_ref()
                .map(|named| named.iter().map(|one| one.value.0.as_str().into()).collect())
                .unwrap_or_default(),
            within: raw.within.0.clone().ok()?,
            warn_percent: raw.warn_at.map_or(WARN_PERCENT, super::raw::Int::byte),
            calendar: Calendar::Always,
            levels: levels?,
            origin: self.origin(item, item.span),
        })
    }

    fn level(&self, item: &Item<RawObjective>, level: &Spanned<RawLevel>) -> Option<Level> {
        Some(Level { after: after(level)?, to: names(&level.to), origin: self.origin(item, level.span) })
    }

    fn task(&self, item: &Item<RawTask>) -> Option<DeclaredTask> {
        Some(DeclaredTask {
            code: item.value.code.value.clone(),
            spec: new_task(&item.value, &item.file)?,
            origin: self.origin(item, item.span),
        })
    }
}

/// When a level is escalated to, after the breach; none if that is no duration.
pub(super) fn after(level: &RawLevel) -> Option<Duration> {
    match &level.after {
        Some(Spanned { value: RawDuration(after), .. }) => after.clone().ok(),
        None => Some(Duration::ZERO),
    }
}

fn title(title: Option<&String>, name: &RawName) -> String {
    title.map_or_else(|| name.to_string(), Clone::clone)
}

pub(in crate::check) fn names(list: &OneOrMany<Spanned<RawName>>) -> Vec<Name> {
    list.iter().map(|name| name.value.0.clone()).collect()
}

fn tags(list: Option<&Spanned<OneOrMany<Spanned<Tag>>>>) -> Vec<Name> {
    listed(list, |tag| tag.value.0.clone())
}

fn listed<T, U>(list: Option<&Spanned<OneOrMany<T>>>, value: impl Fn(&T) -> U) -> Vec<U> {
    list.map(|list| list.iter().map(value).collect()).unwrap_or_default()
}
