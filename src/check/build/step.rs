//! Steps and what undoes them.

use indexmap::IndexMap;
use smol_str::{SmolStr, format_smolstr};

use crate::actions::{Action, ActionKind, find};
use crate::check::raw::{Attempts, Int, RawOnLost};
use crate::check::raw::{
    RawCall, RawEnv, RawForEach, RawItems, RawRetry, RawRollback, RawRunsOn, RawShell, RawStep, Text,
};
use crate::load::{ShortOr, Spanned};
use crate::model::{Act, Command, Compensation, Duration, ForEach, Name, Retry, RetryOn, RunsOn, Step};

use super::condition::condition;
use super::workflow::{Builder, approval, duration, maybe};

const TIMEOUT: Duration = Duration::from_minutes(30);
/// The workflow of GitHub that `orch init --github` writes for runners.
const WORK: &str = "orch-work.yml";
const START_WITHIN: Duration = Duration::from_minutes(30);
const ITEMS: u32 = 1000;
const ATTEMPTS: u32 = 3;
const DELAY: Duration = Duration::from_seconds(10);
const FACTOR: f64 = 2.0;
const MAX_DELAY: Duration = Duration::from_minutes(5);

type MaybeRetry<'a> = Option<&'a Spanned<ShortOr<Attempts, RawRetry>>>;

impl Builder<'_> {
    /// The steps of a list; `prefix` begins the names of those that have none of their own.
    pub(super) fn steps(&self, raw: &[Spanned<RawStep>], prefix: &str) -> Option<Vec<Step>> {
        raw.iter().enumerate().map(|(index, raw)| self.step(raw, &step_id(raw, prefix, index))).collect()
    }

    fn step(&self, raw: &Spanned<RawStep>, id: &Name) -> Option<Step> {
        let keys = &raw.keys;
        let act = act(raw)?;
        Some(Step {
            id: id.clone(),
            title: keys.name.as_ref().map(|name| name.0.clone()),
            needs: keys.needs.as_ref().map(|needs| super::names(needs)).unwrap_or_default(),
            after: keys.after.as_ref().map(|after| super::names(after)).unwrap_or_default(),
            condition: maybe(keys.condition.as_ref(), |raw| condition(raw))?,
            for_each: keys.for_each.as_ref().map(|raw| for_each(raw)),
            timeout: duration(keys.timeout.as_ref(), TIMEOUT)?,
            retry: retry(keys.retry.as_ref(), &act)?,
            act,
            continue_on_error: keys.continue_on_error.unwrap_or(false),
            on_lost: keys.on_lost.map(RawOnLost::to_model).unwrap_or_default(),
            runs_on: maybe(keys.runs_on.as_ref(), |raw| runs_on(raw))?,
            rollback: maybe(keys.rollback.as_ref(), |raw| self.rollback(raw))?,
            origin: self.origin(raw.span),
        })
    }

    fn rollback(&self, raw: &Spanned<RawRollback>) -> Option<Compensation> {
        let keys = &raw.keys;
        let command = command(keys.run.as_ref(), keys.shell.as_ref(), keys.cwd.as_ref(), keys.env.as_ref());
        let act = command.map(Act::Run).or_else(|| raw.calls.first().map(call))?;
        Some(Compensation {
            timeout: duration(keys.timeout.as_ref(), TIMEOUT)?,
            retry: retry(keys.retry.as_ref(), &act)?,
            act,
            origin: self.origin(raw.span),
        })
    }
}

/// The name of a step, or `step-3` for the third if it has none.
pub(in crate::check) fn step_id(raw: &RawStep, prefix: &str, index: usize) -> Name {
    raw.keys.id.as_ref().map_or_else(|| format_smolstr!("{prefix}-{}", index + 1), |id| id.0.clone())
}

/// What a step does; none if that is nothing, or means nothing.
fn act(raw: &RawStep) -> Option<Act> {
    let keys = &raw.keys;
    if let Some(command) =
        command(keys.run.as_ref(), keys.shell.as_ref(), keys.cwd.as_ref(), keys.env.as_ref())
    {
        return Some(Act::Run(command));
    }
    if let Some(wait) = &keys.wait {
        return Some(match &wait.value {
            ShortOr::Short(length) => Act::Wait { length: Some(length.0.clone().ok()?), until: None },
            ShortOr::Long(wait) => Act::Wait { length: None, until: Some(wait.until.0.to_string()) },
        });
    }
    if let Some(approve) = &keys.approve {
        let raw = approve.long().cloned().unwrap_or_default();
        return approval(&raw).map(Act::Approve);
    }
    raw.calls.first().map(call)
}

fn call(raw: &RawCall) -> Act {
    Act::Call { action: raw.action.name(), args: raw.args.value.0.clone() }
}

fn command(
    run: Option<&Spanned<Text>>,
    shell: Option<&Spanned<RawShell>>,
    cwd: Option<&Spanned<Text>>,
    environment: Option<&Spanned<RawEnv>>,
) -> Option<Command> {
    Some(Command {
        script: run?.0.to_string(),
        shell: shell.map_or(&RawShell::Sh, |shell| &shell.value).to_model(),
        cwd: cwd.map(|cwd| cwd.0.to_string()),
        env: env(environment),
    })
}

pub(super) fn env(raw: Option<&Spanned<RawEnv>>) -> IndexMap<SmolStr, String> {
    let pairs = raw.into_iter().flat_map(|env| env.iter());
    pairs.map(|(name, value)| (name.clone(), value.value.0.to_string())).collect()
}

fn for_each(raw: &ShortOr<Spanned<RawItems>, RawForEach>) -> ForEach {
    match raw {
        ShortOr::Short(items) => ForEach { items: items.value.0.clone(), limit: ITEMS, max_parallel: 1 },
        ShortOr::Long(raw) => ForEach {
            items: raw.items.value.0.clone(),
            limit: raw.limit.as_ref().map_or(ITEMS, |limit| limit.get()),
            max_parallel: raw.max_parallel.map_or(1, Int::get),
        },
    }
}

fn runs_on(raw: &RawRunsOn) -> Option<RunsOn> {
    let raw = raw.long().map(|raw| &raw.github_actions);
    Some(RunsOn {
        workflow: raw
            .and_then(|raw| raw.workflow.as_ref())
            .map_or(SmolStr::new_static(WORK), |file| file.0.clone()),
        git_ref: raw.and_then(|raw| raw.git_ref.as_ref()).map(|git_ref| git_ref.0.to_string()),
        start_within: duration(raw.and_then(|raw| raw.start_within.as_ref()), START_WITHIN)?,
    })
}

/// How often something is tried: what touches the world three times, what asks or waits once, as
/// neither gets better by itself.
fn retry(raw: MaybeRetry<'_>, act: &Act) -> Option<Retry> {
    let attempts = match act {
        Act::Run(_) => ATTEMPTS,
        Act::Call { action, .. } => match find(action).map(Action::kind) {
            Some(ActionKind::World) => ATTEMPTS,
            _ => 1,
        },
        Act::Wait { .. } | Act::Approve(_) => 1,
    };
    let retry = Retry { attempts, delay: DELAY, factor: FACTOR, max_delay: MAX_DELAY, on: None };
    match raw.map(|raw| &raw.value) {
        None => Some(retry),
        Some(ShortOr::Short(attempts)) => Some(Retry { attempts: attempts.get(), ..retry }),
        Some(ShortOr::Long(raw)) => Some(Retry {
            attempts: raw.attempts.map_or(ATTEMPTS, Int::get),
            delay: duration(raw.delay.as_ref(), DELAY)?,
            factor: raw.factor.map_or(FACTOR, |factor| factor.0),
            max_delay: duration(raw.max_delay.as_ref(), MAX_DELAY)?,
            on: retry_on(raw)?,
        }),
    }
}

#[expect(clippy::option_option, reason = "absent and wrong are different things")]
fn retry_on(raw: &RawRetry) -> Option<Option<RetryOn>> {
    if let Some(codes) = &raw.exit_codes {
        let codes = codes.iter().map(|code| i32::from(code.byte()));
        return Some(Some(RetryOn::ExitCodes(codes.collect())));
    }
    maybe(raw.condition.as_ref(), |raw| condition(raw).map(RetryOn::Condition))
}
