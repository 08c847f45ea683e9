//! `github.rerun`: runs the failed jobs of a workflow run on GitHub Actions once more. Which attempt a run is at says
//! whether that has happened.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::forms::Number;
use super::{begin, workplace};
use crate::actions::data_convert::outputs;
use crate::actions::fields::{Templated, get, read};
use crate::actions::words::Whole;
use crate::actions::{Action, ActionKind, ArgsError, Failure, Manifest, World};
use crate::forge::Consistency;
use crate::ports::{Call, Method};

#[derive(Debug)]
pub(in crate::actions) struct Rerun;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Args {
    /// The number of the run, as its address and the payload `workflow_run` give it (`id`).
    run: Templated<Number>,

    /// How many attempts may fail before it is left alone: 1, and it is run again once.
    #[schemars(extend("default" = 1))]
    attempts: Option<Templated<Whole<1, 50>>>,
}

impl Action for Rerun {
    fn name(&self) -> &'static str {
        "github.rerun"
    }

    fn about(&self) -> &'static str {
        "Runs the failed jobs of a run of GitHub Actions again, unless that has happened already."
    }

    fn example(&self) -> &'static str {
        "github.rerun: { run: \"{{ event.payload.workflow_run.id }}\" }"
    }

    fn kind(&self) -> ActionKind {
        ActionKind::World
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        Args::json_schema(generator)
    }

    fn outputs(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("rerun", "whether it was started again"),
            ("attempt", "which attempt it is at"),
            ("why", "why it was not started again"),
            ("url", "its page"),
        ]
    }

    fn check(&self, args: &Value) -> Result<(), ArgsError> {
        read::<Args>(args).map(drop)
    }

    fn perform(
        &self,
        args: &Value,
        _manifest: Option<&Manifest>,
        world: &World<'_>,
    ) -> Result<Map<String, Value>, Failure> {
        let args: Args = begin(args)?;
        let place = workplace(world)?;
        let most = get(args.attempts.as_ref())?.map_or(1, |most| u64::from(most.0));
        let path = format!("{}/actions/runs/{}", place.repository.path(), args.run.get()?.0);
        let look = || place.client.read(&Call::get(&path)).map(|answer| answer.body);
        let run = look()?;
        let before = attempt(&run);
        let told = |run: &Value, attempt: u64, why: Option<String>| {
            outputs(&[
                ("rerun", json!(why.is_none())),
                ("attempt", json!(attempt)),
                ("why", json!(why)),
                ("url", run["html_url"].clone()),
            ])
        };
        if let Some(why) = why_not(&run, most) {
            return Ok(told(&run, before, Some(why)));
        }
        let call = Call::new(Method::Post, format!("{path}/rerun-failed-jobs"), None);
        let mut begun = || Ok(Some(look()?).filter(|run| attempt(run) > before));
        place.client.write_unseen(Consistency::Strong, &mut begun, &call)?;
        Ok(told(&run, before + 1, None))
    }
}

fn attempt(run: &Value) -> u64 {
    run["run_attempt"].as_u64().unwrap_or(1)
}

fn why_not(run: &Value, most: u64) -> Option<String> {
    let attempt = attempt(run);
    if run["status"] != "completed" {
        return Some(format!("attempt {attempt} has not ended"));
    }
    match run["conclusion"].as_str().unwrap_or_default() {
        "failure" | "timed_out" => {}
        other => return Some(format!("attempt {attempt} ended with `{other}`")),
    }
    (attempt > most).then(|| format!("attempt {attempt} failed too, and `attempts` is {most}"))
}
