//! The JSON Schemas (2020-12) of the files, generated from the raw types.

use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};

use crate::actions::{self, ACTIONS, Action};
use crate::load::Kind;

use super::raw::{
    RawAgents, RawChannels, RawOrch, RawReviews, RawRoles, RawRouting, RawSla, RawTasks, RawWorkflow,
};

/// The JSON Schema of a kind of file, as it stands in `schemas/`.
pub fn schema(kind: Kind) -> String {
    let value = match kind {
        Kind::Workflows => with_actions(generate::<RawWorkflow>(kind)),
        Kind::Agents => with_actions(generate::<RawAgents>(kind)),
        kind => schema_value(kind),
    };
    let text = serde_json::to_string_pretty(&value).expect("a schema is plain JSON");
    text + "\n"
}

/// The schema of files with steps, in which editors find the arguments of every action. The validator does
/// without: actions read their arguments themselves.
fn with_actions(mut schema: Schema) -> Value {
    let mut generator = settings().into_generator();
    let actions: Vec<(&str, Value)> = ACTIONS
        .iter()
        .map(|action| {
            let mut schema = action.schema(&mut generator);
            NoNulls.transform(&mut schema);
            schema.insert("description".to_owned(), action.about().into());
            (action.name(), schema.into())
        })
        .collect();
    let definitions = generator.take_definitions(true);
    let Some(known) = schema.get_mut("$defs").and_then(Value::as_object_mut) else { return schema.into() };
    for step in ["Step", "Rollback", "Backend"] {
        let properties = known.get_mut(step).and_then(|step| step.get_mut("properties"));
        let Some(properties) = properties.and_then(Value::as_object_mut) else { continue };
        for (name, _) in &actions {
            let about = actions::find(name).map(Action::about);
            let reference = json!({ "description": about, "$ref": format!("#/$defs/{name}") });
            properties.insert((*name).to_owned(), reference);
        }
    }
    for (name, schema) in actions {
        known.insert(name.to_owned(), schema);
    }
    for (name, definition) in definitions {
        known.entry(name).or_insert(definition);
    }
    schema.into()
}

pub(super) fn schema_value(kind: Kind) -> Value {
    let schema = match kind {
        Kind::Orch => generate::<RawOrch>(kind),
        Kind::Agents => generate::<RawAgents>(kind),
        Kind::Routing => generate::<RawRouting>(kind),
        Kind::Reviews => generate::<RawReviews>(kind),
        Kind::Sla => generate::<RawSla>(kind),
        Kind::Channels => generate::<RawChannels>(kind),
        Kind::Roles => generate::<RawRoles>(kind),
        Kind::Tasks => generate::<RawTasks>(kind),
        Kind::Workflows => generate::<RawWorkflow>(kind),
    };
    schema.into()
}

/// The JSON Schema of the arguments of an action.
pub(super) fn action_schema(action: &'static dyn Action) -> Value {
    let mut generator = settings().into_generator();
    let mut schema = action.schema(&mut generator);
    let definitions = generator.take_definitions(false);
    if !definitions.is_empty() {
        schema.insert("$defs".to_owned(), definitions.into());
    }
    NoNulls.transform(&mut schema);
    schema.into()
}

fn settings() -> SchemaSettings {
    SchemaSettings::draft2020_12().with_transform(NoNulls)
}

fn generate<T: JsonSchema>(kind: Kind) -> Schema {
    let mut schema = settings().into_generator().into_root_schema_for::<T>();
    let id = format!("https://raw.githubusercontent.com/orch-dev/orch/main/schemas/{kind}.schema.json");
    schema.insert("$id".to_owned(), id.into());
    schema.insert("title".to_owned(), format!("orch: {}", kind.file()).into());
    for key in ["title", "$id", "$schema"] {
        move_to_front(&mut schema, key);
    }
    schema
}

fn move_to_front(schema: &mut Schema, key: &str) {
    let Some(object) = schema.as_object_mut() else { return };
    if let Some(value) = object.shift_remove(key) {
        object.shift_insert(0, key.to_owned(), value);
    }
}

/// A key may be absent but not `null`: `role:` with nothing behind it is a slip.
#[derive(Clone)]
struct NoNulls;

impl Transform for NoNulls {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let Some(object) = schema.as_object_mut() else { return };
        if object.get("default").is_some_and(Value::is_null) {
            object.shift_remove("default");
        }
        if let Some(Value::Array(types)) = object.get_mut("type") {
            types.retain(|name| name != "null");
            if let [only] = types.as_slice() {
                let only = only.clone();
                object.insert("type".to_owned(), only);
            }
        }
        let Some(Value::Array(branches)) = object.get_mut("anyOf") else { return };
        branches.retain(|branch| branch.get("type").is_none_or(|name| name != "null"));
        if branches.len() == 1
            && let Some(Value::Object(inner)) = branches.pop()
        {
            object.shift_remove("anyOf");
            for (key, value) in inner {
                object.entry(key).or_insert(value);
            }
        }
    }
}
