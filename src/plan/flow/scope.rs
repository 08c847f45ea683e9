//! What expressions and templates of a workflow see.

use serde_json::{Map, Value, json};
use smol_str::SmolStr;

use crate::expr::{Expr, ExprError, Reference, Template, secret_mark};
use crate::model::{Run, Started, StepRun, Workflow};
use crate::plan::Context;

/// Everything that a template may refer to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub cx: Context<'a>,
    pub workflow: &'a Workflow,
    pub started: &'a Started,
    /// None while it is being decided whether there shall be a run.
    pub run: Option<&'a Run>,
    /// The item of a `for_each`, and its index.
    pub item: Option<(&'a Value, usize)>,
}

impl Scope<'_> {
    /// The values that these references lead to, and no more than those: a run may hold a lot.
    pub(crate) fn of(&self, references: &[Reference]) -> Result<Value, ExprError> {
        let mut scope = Map::new();
        for reference in references {
            let Some(root) = reference.path.first() else { continue };
            if root == "steps" {
                let steps = scope.entry("steps").or_insert_with(|| Value::Object(Map::new()));
                if let (Value::Object(steps), Some(id)) = (steps, reference.path.get(1))
                    && !steps.contains_key(id.as_str())
                {
                    steps.insert(id.to_string(), self.step(id));
                }
            } else if !scope.contains_key(root.as_str())
                && let Some(value) = self.root(root)?
            {
                scope.insert(root.to_string(), value);
            }
        }
        Ok(Value::Object(scope))
    }

    fn root(&self, name: &str) -> Result<Option<Value>, ExprError> {
        let (cx, meta) = (self.cx, &self.cx.state.meta);
        Ok(Some(match name {
            "event" => {
                let mut event = self.started.event.clone();
                event.insert("type".to_owned(), self.started.by.as_str().into());
                Value::Object(event)
            }
            "inputs" => Value::Object(self.started.inputs.clone()),
            "vars" => self.vars()?,
            "metrics" => {
                meta.metrics.iter().map(|(name, metric)| (name.to_string(), number(metric.value))).collect()
            }
            "values" => {
                meta.values.iter().map(|(key, stored)| (key.to_string(), stored.value.clone())).collect()
            }
            "workflow" => json!({
                "id": self.workflow.id, "name": self.workflow.title, "owner": self.workflow.owner,
                "criticality": self.workflow.criticality,
            }),
            "run" => json!({
                "id": self.run.map(|run| run.id.to_string()), "slot": self.started.slot,
                "started_at": self.run.and_then(|run| run.started_at), "actor": self.started.actor,
            }),
            "project" => json!({"name": cx.config.project.name}),
            "agents" => self.agents(),
            "tasks" => {
                let open = cx.state.sorted_tasks().into_iter().filter(|task| !task.status.is_finished());
                open.map(|task| json!(task)).collect()
            }
            "now" => json!(cx.now),
            "secrets" => {
                let secrets = cx.config.project.secrets.iter();
                secrets.map(|name| (name.to_string(), Value::from(secret_mark(name)))).collect()
            }
            "failure" => self.failure(),
            "item" => self.item.map_or(Value::Null, |(item, _)| item.clone()),
            "index" => self.item.map_or(Value::Null, |(_, index)| json!(index)),
            _ => return Ok(None),
        }))
    }

    /// Values of `vars`; templates in them see everything but other `vars` and steps.
    fn vars(&self) -> Result<Value, ExprError> {
        fn fill(scope: &Scope<'_>, value: &Value) -> Result<Value, ExprError> {
            Ok(match value {
                Value::String(text) if text.contains("{{") => {
                    let template = Template::parse(text, crate::expr::Sink::Plain)?;
                    let mut references = template.references();
                    references.retain(|reference| {
                        reference.path.first().is_none_or(|root| root != "vars" && root != "steps")
                    });
                    template.value(&scope.of(&references)?)?
                }
                Value::Array(items) => {
                    items.iter().map(|item| fill(scope, item)).collect::<Result<_, _>>()?
                }
                Value::Object(fields) => Value::Object(
                    fields
                        .iter()
                        .map(|(key, value)| Ok((key.clone(), fill(scope, value)?)))
                        .collect::<Result<_, ExprError>>()?,
                ),
                other => other.clone(),
            })
        }
        let vars = self.workflow.vars.iter();
        vars.map(|(key, value)| Ok((key.clone(), fill(self, value).map_err(|error| error.of_var(key))?)))
            .collect::<Result<Map<_, _>, _>>()
            .map(Value::Object)
    }

    /// Those who are declared, and how much they hold.
    fn agents(&self) -> Value {
        let Context { config, state, .. } = self.cx;
        let agents = config.agents.values().map(|agent| {
            json!({
                "name": agent.name, "title": agent.title, "kind": agent.kind,
                "active": state.load(&agent.name), "max_active": agent.max_active,
                "reviews": state.to_review(&agent.name),
                "paused": state.meta.paused_agents.contains_key(&agent.name),
                // As all compare it: GitHub does not tell capitals apart.
                "github": agent.github.as_ref().map(|login| login.to_ascii_lowercase()), "branches": agent.branches,
            })
        });
        agents.collect()
    }

    fn step(&self, id: &str) -> Value {
        let Some(record) = self.run.and_then(|run| run.steps.get(id)) else {
            return json!({"status": "pending", "outputs": {}});
        };
        let outcome = record.outcome.as_ref();
        let mut step = json!({
            "status": record.status, "attempt": record.attempt,
            "exit_code": outcome.and_then(|outcome| outcome.exit_code),
            "error": outcome.and_then(|outcome| outcome.error.as_deref()),
            "outputs": outcome.map(|outcome| outcome.outputs.clone()).unwrap_or_default(),
            "tail": outcome.and_then(|outcome| outcome.tail.as_deref()),
        });
        if let (Some(run), Some(items)) = (self.run, &record.items) {
            let keys = (0..items.len()).map(|index| item_key(id, index));
            let outputs = keys.map(|key| outputs_of(run.steps.get(&key))).collect();
            step["outputs"]["items"] = Value::Array(outputs);
        }
        step
    }

    fn failure(&self) -> Value {
        let failure = self.run.and_then(|run| run.failure.as_ref());
        let record = failure.and_then(|failure| self.run?.steps.get(failure.step.as_ref()?));
        let outcome = record.and_then(|record| record.outcome.as_ref());
        json!({
            "step": failure.and_then(|failure| failure.step.as_deref()),
            "message": failure.map(|failure| failure.message.as_str()),
            "exit_code": outcome.and_then(|outcome| outcome.exit_code),
            "tail": outcome.and_then(|outcome| outcome.tail.as_deref()),
        })
    }
}

fn outputs_of(step: Option<&StepRun>) -> Value {
    let outcome = step.and_then(|step| step.outcome.as_ref());
    Value::Object(outcome.map(|outcome| outcome.outputs.clone()).unwrap_or_default())
}

/// A measured number as people write it: `96`, not `96.0`.
pub(crate) fn number(value: f64) -> Value {
    // Larger ones are not whole for certain, and small ones read the same either way.
    let whole = (value.fract() == 0.0 && value.abs() < 1e15).then(|| format!("{value:.0}"));
    whole.and_then(|text| text.parse::<i64>().ok()).map_or_else(|| json!(value), |whole| json!(whole))
}

/// The key of an item of a step.
pub(crate) fn item_key(step: &str, index: usize) -> SmolStr {
    smol_str::format_smolstr!("{step}[{index}]")
}

/// Whether a condition holds; none given, it does.
pub(crate) fn holds(scope: &Scope<'_>, condition: Option<&Expr>) -> Result<bool, ExprError> {
    match condition {
        Some(condition) => condition.test(&scope.of(&condition.references())?),
        None => Ok(true),
    }
}
