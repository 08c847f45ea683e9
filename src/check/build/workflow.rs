//! A workflow: from its file to the model.

use crate::check::declared::{Flow, Item};
use crate::check::raw::{
    Int, RawApproval, RawCondition, RawDuration, RawInput, RawInputKind, RawPermissions, RawWorkflow, Text,
};
use crate::diag::Span;
use crate::load::{OneOrMany, ShortOr, Spanned};
use crate::model::{
    Approval, Breaker, Duration, Guard, Input, InputKind, Origin, Overlap, Permissions, Step, Workflow, Zone,
};

use super::Places;
use super::condition::condition;

use smol_str::SmolStr;

pub(in crate::check) const RUN_TIMEOUT: Duration = Duration::from_minutes(6 * 60);
const MAX_PARALLEL: u32 = 4;
const APPROVAL_EXPIRES: Duration = Duration::from_minutes(7 * 24 * 60);
const BREAKER: Breaker = Breaker { failures: 3, within: Duration::from_minutes(24 * 60) };

/// Builds one workflow.
pub(super) struct Builder<'a> {
    pub(super) at: &'a Places<'a>,
    pub(super) item: &'a Item<Flow>,
    /// That of `orch.yaml`.
    pub(super) zone: &'a Zone,
}

impl Builder<'_> {
    /// The workflow; none if something in it is not what it should be, which the rules have reported.
    pub(super) fn workflow(&self) -> Option<Workflow> {
        let raw: &RawWorkflow = &self.item.value.raw;
        let (overlap, max_parallel) = match &raw.concurrency {
            None => (Overlap::default(), MAX_PARALLEL),
            Some(ShortOr::Short(overlap)) => (*overlap, MAX_PARALLEL),
            Some(ShortOr::Long(more)) => {
                (more.overlap.unwrap_or_default(), more.max_parallel.map_or(MAX_PARALLEL, Int::get))
            }
        };
        let inputs = raw.inputs.iter().flat_map(|inputs| inputs.iter());
        let vars = raw.vars.iter().flat_map(|vars| vars.iter());
        Some(Workflow {
            id: self.item.value.id.clone(),
            title: raw.name.0.clone(),
            description: raw.description.clone(),
            enabled: raw.enabled.unwrap_or(true),
            triggers: self.triggers()?,
            condition: maybe(raw.condition.as_ref(), |raw| self.guard(raw))?,
            inputs: inputs.map(|(name, raw)| (name.clone(), input(raw))).collect(),
            vars: vars.map(|(name, value)| (name.to_string(), value.value.0.clone())).collect(),
            env: super::step::env(raw.env.as_ref()),
            steps: self.steps(&raw.steps, "step")?,
            on_failure: one_by_one(self.steps(&raw.on_failure, "on-failure")?),
            finally: self.steps(&raw.finally, "finally")?,
            overlap,
            max_parallel,
            criticality: raw.criticality.unwrap_or_default(),
            owner: raw.owner.as_ref().map(|name| name.0.clone()),
            approval: match &raw.approval {
                Some(Spanned { value: ShortOr::Long(raw), .. }) => Some(approval(raw)?),
                Some(Spanned { value: ShortOr::Short(true), .. }) => Some(approval(&RawApproval::default())?),
                _ => None,
            },
            permissions: raw.permissions.as_ref().map(|raw| permissions(raw)).unwrap_or_default(),
            expected_duration: maybe(raw.expected_duration.as_ref(), |raw| raw.0.clone().ok())?,
            timeout: Some(duration(raw.timeout.as_ref(), RUN_TIMEOUT)?),
            documentation: raw.documentation.as_ref().map(|text| text.0.to_string()),
            saves: raw.saves.map(Int::get),
            breaker: match &raw.breaker {
                None | Some(Spanned { value: ShortOr::Short(true), .. }) => BREAKER,
                Some(Spanned { value: ShortOr::Short(false), .. }) => Breaker { failures: 0, ..BREAKER },
                Some(Spanned { value: ShortOr::Long(raw), .. }) => Breaker {
                    failures: raw.failures.map_or(BREAKER.failures, Int::get),
                    within: duration(raw.within.as_ref(), BREAKER.within)?,
                },
            },
            activates: self.item.value.activates.clone(),
            digest: self.item.value.digest.clone(),
            origin: self.origin(self.item.span),
        })
    }

    /// A condition and its place; none if it is none.
    pub(super) fn guard(&self, raw: &Spanned<RawCondition>) -> Option<Guard> {
        Some(Guard { expr: condition(raw)?, origin: self.origin(raw.span) })
    }

    pub(super) fn origin(&self, span: Span) -> Origin {
        self.at.origin(self.item, span)
    }
}

/// Steps that are done one after the other.
fn one_by_one(mut steps: Vec<Step>) -> Vec<Step> {
    for index in 1..steps.len() {
        let before = steps[index - 1].id.clone();
        if !steps[index].needs.contains(&before) && !steps[index].after.contains(&before) {
            steps[index].after.push(before);
        }
    }
    steps
}

/// What becomes of a key that may be absent; none if it is there and means nothing.
#[expect(clippy::option_option, reason = "absent and wrong are different things")]
pub(super) fn maybe<T, U>(raw: Option<&T>, build: impl Fn(&T) -> Option<U>) -> Option<Option<U>> {
    raw.map_or(Some(None), |raw| build(raw).map(Some))
}

/// A duration or what stands for none; none if it is not one.
pub(super) fn duration(raw: Option<&Spanned<RawDuration>>, default: Duration) -> Option<Duration> {
    raw.map_or(Some(default), |raw| raw.0.clone().ok())
}

pub(super) fn texts(list: &OneOrMany<Spanned<Text>>) -> Vec<SmolStr> {
    list.iter().map(|text| text.value.0.clone()).collect()
}

pub(super) fn approval(raw: &RawApproval) -> Option<Approval> {
    Some(Approval {
        roles: raw.roles.as_ref().map(|roles| super::names(roles)).unwrap_or_default(),
        purpose: raw.purpose.clone(),
        risk: raw.risk.clone(),
        expires: duration(raw.expires.as_ref(), APPROVAL_EXPIRES)?,
    })
}

fn input(raw: &RawInput) -> Input {
    let choices = || raw.choices.iter().flat_map(|choices| choices.iter());
    Input {
        kind: match raw.kind.unwrap_or_default() {
            RawInputKind::Text => InputKind::Text,
            RawInputKind::Number => InputKind::Number,
            RawInputKind::Boolean => InputKind::Boolean,
            RawInputKind::Choice => {
                InputKind::Choice(choices().map(|choice| choice.value.0.clone()).collect())
            }
        },
        description: raw.description.clone(),
        required: raw.required.as_ref().is_some_and(|required| required.value),
        default: raw.default.as_ref().map(|default| default.value.0.clone()),
    }
}

fn permissions(raw: &RawPermissions) -> Permissions {
    let list = |raw: &Option<Spanned<OneOrMany<Spanned<Text>>>>| raw.as_ref().map(|list| texts(list));
    Permissions {
        read: list(&raw.read),
        write: list(&raw.write),
        hosts: list(&raw.hosts),
        commands: list(&raw.commands),
        secrets: raw.secrets.as_ref().map(|list| list.iter().map(|name| name.0.clone()).collect()),
        max_files: raw.max_files.map(Int::get),
        max_bytes: raw.max_bytes.map(|size| size.0),
    }
}
