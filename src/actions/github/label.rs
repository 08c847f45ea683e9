//! `github.label`: the labels of an issue or pull request.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::shared::{Number, has, if_there, in_one_list, issue, issue_path, missing, names, says_something};
use super::{begin, workplace};
use crate::actions::data_convert::outputs;
use crate::actions::fields::{OneOrMany, Templated, get, read};
use crate::actions::{Action, ActionKind, ArgsError, Failure, Manifest, World};
use crate::forge::marker::escape;
use crate::forge::{Consistency, Workplace, Written};
use crate::ports::{Call, Method};

#[derive(Debug)]
pub(in crate::actions) struct Label;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("anyOf" = [
    { "required": ["add"], "patternProperties": { "^add$": { "not": { "type": "array", "maxItems": 0 } } } },
    { "required": ["remove"], "patternProperties": { "^remove$": { "not": { "type": "array", "maxItems": 0 } } } },
]))]
struct Args {
    /// The issue or pull request.
    number: Templated<Number>,

    /// Labels that it gets.
    #[serde(default)]
    add: OneOrMany<String>,

    /// Labels that are taken off it.
    #[serde(default)]
    remove: OneOrMany<String>,

    /// Whether labels are made that the repository does not have; else such a one is a mistake.
    #[schemars(extend("default" = false))]
    create: Option<Templated<bool>>,
}

impl Action for Label {
    fn name(&self) -> &'static str {
        "github.label"
    }

    fn about(&self) -> &'static str {
        "Puts labels on an issue or pull request of GitHub, and takes them off."
    }

    fn example(&self) -> &'static str {
        "github.label: { number: \"{{ event.payload.pull_request.number }}\", add: [ready], remove: [waiting] }"
    }

    fn kind(&self) -> ActionKind {
        ActionKind::World
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        Args::json_schema(generator)
    }

    fn outputs(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("added", "the labels that it got now"),
            ("removed", "the labels that were taken off now"),
            ("all", "the labels that it has"),
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
        in_one_list(&args.add, &args.remove)?;
        let labels = |issue: &Value| names(&issue["labels"], "name");
        let mut all = labels(&issue(github, number)?);
        let added = missing(&all, &args.add);
        let wanted = missing(&[], &args.remove);
        let removed: Vec<String> = all.iter().filter(|name| has(&wanted, name)).cloned().collect();
        let may_create = get(args.create.as_ref())?.copied().unwrap_or_default();
        for name in &added {
            ensure(github, name, may_create)?;
        }
        let path = format!("{}/labels", issue_path(github, number));
        if !added.is_empty() {
            let call = Call::new(Method::Post, path.clone(), Some(json!({ "labels": added })));
            let mut look = || {
                let there = labels(&issue(github, number)?);
                Ok(missing(&there, &added).is_empty().then_some(there))
            };
            all = after(github.client.write_unseen(Consistency::Strong, &mut look, &call)?);
        }
        for name in &removed {
            let call = Call::new(Method::Delete, format!("{path}/{}", escape(name)), None);
            let mut look = || {
                let there = labels(&issue(github, number)?);
                Ok((!has(&there, name)).then_some(there))
            };
            all = after(github.client.write_unseen(Consistency::Strong, &mut look, &call)?);
        }
        Ok(outputs(&[("added", json!(added)), ("removed", json!(removed)), ("all", json!(all))]))
    }
}

/// The labels after a write, which answers with all of them.
fn after(written: Written<Vec<String>>) -> Vec<String> {
    match written {
        Written::Already(all) | Written::Found(all) => all,
        Written::Done(answer) => names(&answer.body, "name"),
    }
}

/// A label of the repository, made if that is allowed.
fn ensure(github: &Workplace<'_>, name: &str, may_create: bool) -> Result<(), Failure> {
    let labels = format!("{}/labels", github.repository.path());
    let mut look = || if_there(github.client.read(&Call::get(format!("{labels}/{}", escape(name)))));
    if look()?.is_some() {
        return Ok(());
    }
    if !may_create {
        return Err(Failure::last(format!(
            "{} has no label `{name}`; make it there, or set `create: true`",
            github.repository
        )));
    }
    let call = Call::new(Method::Post, labels.clone(), Some(json!({ "name": name, "color": "ededed" })));
    github.client.write_unseen(Consistency::Strong, &mut look, &call)?;
    Ok(())
}
