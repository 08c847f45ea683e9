//! `github.assign`: who an issue or pull request is assigned to.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::shared::{Number, has, in_one_list, issue, issue_path, missing, names, says_something};
use super::{begin, workplace};
use crate::actions::data_convert::outputs;
use crate::actions::fields::{OneOrMany, Templated, read};
use crate::actions::{Action, ActionKind, ArgsError, Failure, Manifest, World};
use crate::forge::Consistency;
use crate::ports::{Call, Method};

#[derive(Debug)]
pub(in crate::actions) struct Assign;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("anyOf" = [
    { "required": ["add"], "patternProperties": { "^add$": { "not": { "type": "array", "maxItems": 0 } } } },
    { "required": ["remove"], "patternProperties": { "^remove$": { "not": { "type": "array", "maxItems": 0 } } } },
]))]
struct Args {
    /// The issue or pull request.
    number: Templated<Number>,

    /// Who is assigned to it.
    #[serde(default)]
    add: OneOrMany<String>,

    /// Who is not any longer.
    #[serde(default)]
    remove: OneOrMany<String>,
}

impl Action for Assign {
    fn name(&self) -> &'static str {
        "github.assign"
    }

    fn about(&self) -> &'static str {
        "Assigns people to an issue or pull request of GitHub, or takes them off it."
    }

    fn example(&self) -> &'static str {
        "github.assign: { number: \"{{ event.payload.issue.number }}\", add: [ada], remove: [ben] }"
    }

    fn kind(&self) -> ActionKind {
        ActionKind::World
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        Args::json_schema(generator)
    }

    fn outputs(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("added", "who was assigned now"),
            ("removed", "who was taken off now"),
            ("all", "who it is assigned to"),
        ]
    }

    fn check(&self, args: &Value) -> Result<(), ArgsError> {
        let args: Args = read(args)?;
        says_something(&args.add, &args.remove)
    }

    fn perform(
        &self,
        args: &Value,
        _manifest: Option<&Manifest>,
        world: &World<'_>,
    ) -> Result<Map<String, Value>, Failure> {
        let args: Args = begin(args)?;
        let (github, number) = (workplace(world)?, *args.number.get()?);
        let logins = |issue: &Value| names(&issue["assignees"], "login");
        let mut all = logins(&issue(github, number)?);
        let added = missing(&all, &args.add);
        in_one_list(&args.add, &args.remove)?;
        let wanted = missing(&[], &args.remove);
        let removed: Vec<String> = all.iter().filter(|login| has(&wanted, login)).cloned().collect();
        let path = format!("{}/assignees", issue_path(github, number));
        for (method, people) in [(Method::Post, &added), (Method::Delete, &removed)] {
            if people.is_empty() {
                continue;
            }
            let is_done = |issue: &Value| match method {
                Method::Post => missing(&logins(issue), people).is_empty(),
                _ => !people.iter().any(|login| has(&logins(issue), login)),
            };
            let mut look = || Ok(Some(issue(github, number)?).filter(|issue| is_done(issue)));
            let call = Call::new(method, path.clone(), Some(json!({ "assignees": people })));
            all = logins(&github.client.write_unseen(Consistency::Strong, &mut look, &call)?.body());
        }
        let refused = missing(&all, &added);
        let added: Vec<String> = added.into_iter().filter(|login| !has(&refused, login)).collect();
        let outputs = outputs(&[("added", json!(added)), ("removed", json!(removed)), ("all", json!(all))]);
        if refused.is_empty() {
            return Ok(outputs);
        }
        Err(Failure { outputs, ..left_out(&refused) })
    }
}

/// GitHub answers that it did, and leaves these out.
pub(super) fn left_out(logins: &[String]) -> Failure {
    Failure::last(format!(
        "GitHub does not let {} be assigned and left them out; name people who may write to the repository, or who \
         commented on it (at most 10)",
        logins.join(", ")
    ))
}
