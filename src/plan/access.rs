//! Who may do what: the one decision of `roles.yaml`, for every command and every line of a request file.
//!
//! It looks at who asks and how that is known, never at what a task, comment or payload says. As soon as there
//! are roles, nobody may anything that no role gives, but agents work on their own tasks and reviews.

use std::borrow::Cow;

use crate::model::{Actor, Asked, Config, Fence, Name, NewTask, Right, Role, Scope, Source};

/// What a right is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resource<'a> {
    /// Something of the whole project.
    Project,
    Workflow(&'a str),
    Task(Cow<'a, NewTask>),
}

/// Something that needs a right.
#[derive(Debug, Clone)]
pub struct Action<'a> {
    pub right: Right,
    pub on: Resource<'a>,
    /// The agent that needs no right for it, because it is its own work.
    pub owner: Option<Name>,
    /// Only these roles count; empty: all.
    pub roles: Vec<Name>,
}

impl<'a> Action<'a> {
    pub const fn new(right: Right, on: Resource<'a>) -> Self {
        Self { right, on, owner: None, roles: Vec::new() }
    }

    pub fn owned_by(self, owner: Option<Name>) -> Self {
        Self { owner, ..self }
    }
}

/// Whether somebody may do something, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision<'a> {
    /// By this role; none: it needs none.
    Allowed(Option<&'a Role>),
    Denied(Denial),
}

/// Why somebody may not do something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` may not {}", .actor.name, .right.in_words())]
pub struct Denial {
    pub actor: Actor,
    pub right: Right,
    /// The roles that may do it.
    pub roles: Vec<Name>,
    /// The role of the actor that has the right, but not for this; and its line.
    pub limited: Option<String>,
    /// A role that may, and its line, if all that may want a verified actor, and this one is not.
    pub unverified: Option<String>,
}

impl Denial {
    /// What the user can do about it.
    pub fn hint(&self) -> String {
        if self.actor.source == Source::Line {
            return "a name in a request file gives no rights: leave `as` out, and who hands the file over is asked"
                .to_owned();
        }
        if let Some(role) = &self.limited {
            return format!("{role} has this right, but not here: see its `on`");
        }
        if let Some(role) = &self.unverified {
            let actor = self.actor.in_words();
            return format!(
                "{role} asks for a verified identity, and this is {actor}; act from a job of GitHub Actions as one of its `github:` members"
            );
        }
        match self.roles.as_slice() {
            [] => "no role of roles.yaml may; add the right to one".to_owned(),
            roles => format!("roles that may: {}", roles.join(", ")),
        }
    }
}

/// Decides. Without `roles.yaml` everybody may do everything; what a workflow does was allowed by whoever
/// merged it.
pub fn may<'a>(config: &'a Config, actor: &Actor, action: &Action<'_>) -> Decision<'a> {
    let Some(declared) = &config.roles else { return Decision::Allowed(None) };
    if actor.source == Source::Itself || is_own(config, actor, action) {
        return Decision::Allowed(None);
    }
    let counts = |role: &&Role| action.roles.is_empty() || action.roles.contains(&role.name);
    let able: Vec<&Role> =
        declared.values().filter(counts).filter(|role| role.may.contains(&action.right)).collect();
    let fits = |role: &&&Role| covers(role.on.as_ref(), &action.on);
    if let Some(role) = able.iter().filter(fits).find(|role| is_member(role, actor)) {
        return Decision::Allowed(Some(role));
    }
    let named = |role: &&Role| format!("role `{}` ({})", role.name, role.origin);
    let only_proof = !actor.source.is_verified() && able.iter().filter(fits).all(|role| role.verified);
    Decision::Denied(Denial {
        actor: actor.clone(),
        right: action.right,
        roles: able.iter().filter(fits).map(|role| role.name.clone()).collect(),
        limited: able.iter().find(|role| is_member(role, actor)).map(named),
        unverified: able.iter().find(fits).filter(|_| only_proof).map(named),
    })
}

/// What is recorded of how something was asked for that this role allows, if anything is.
pub fn asked(config: &Config, actor: &Actor, role: Option<&Role>, fence: Fence) -> Option<Box<Asked>> {
    let source = actor.source.clone();
    let is_plain = fence == Fence::default() && !matches!(source, Source::Github { .. });
    if source == Source::Itself || (config.roles.is_none() && is_plain) {
        return None;
    }
    let name = role.map(|role| role.name.clone());
    let at = role.map(|role| smol_str::format_smolstr!("{}", role.origin));
    let Fence { token, overrides } = fence;
    Some(Box::new(Asked { source, role: name, at, token, overrides }))
}

/// Agents act for themselves by their names: nobody gains a right by it that the agent does not have.
fn is_own(config: &Config, actor: &Actor, action: &Action<'_>) -> bool {
    action.owner.as_ref() == Some(&actor.name) && config.agent(&actor.name).is_some()
}

/// Names count to the letter. Of an account of GitHub its number alone does, and nobody else can say it.
fn is_member(role: &Role, actor: &Actor) -> bool {
    let is_named = role.members.contains(&actor.name);
    match actor.source {
        Source::Github { .. } => is_named,
        Source::Told | Source::Git { .. } => {
            is_named && !role.verified && !actor.name.starts_with(Actor::GITHUB)
        }
        Source::Line | Source::Itself => false,
    }
}

fn covers(scope: Option<&Scope>, resource: &Resource<'_>) -> bool {
    let Some(scope) = scope else { return true };
    match resource {
        Resource::Project => false,
        Resource::Workflow(name) => scope.workflows.iter().any(|pattern| fits(pattern, name)),
        Resource::Task(spec) => scope.tasks.as_ref().is_some_and(|tasks| tasks.matches_new(spec)),
    }
}

/// Whether a name fits a pattern, in which `*` stands for any text.
fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, rest)) => name.strip_prefix(start).is_some_and(|name| {
            let mut ends = (0..=name.len()).filter(|at| name.is_char_boundary(*at));
            ends.any(|at| fits(rest, &name[at..]))
        }),
    }
}
