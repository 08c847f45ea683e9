//! GitHub's own description of its REST API as the judge of what is sent to it: paths, parameters and bodies. An
//! operation's schemas are compiled when it is first met.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, OnceLock};

use jsonschema::Validator;
use serde_json::{Map, Value, json};

use super::recorded::Sent;
use super::tables::decode;
use super::tools::Tools;

/// The description, read once a process.
pub struct Oracle {
    description: Value,
    paths: Vec<Vec<String>>,
    /// By what was compiled: the place of a schema in the description.
    compiled: Mutex<HashMap<String, Arc<Validator>>>,
}

/// What a path of the description is for a path that was sent.
struct Operation<'a> {
    /// `/repos/{owner}/{repo}`.
    template: String,
    /// Parameters of the path.
    given: Vec<(String, String)>,
    value: &'a Value,
}

impl Oracle {
    pub fn shared(tools: &Tools) -> &'static Self {
        static SHARED: OnceLock<Oracle> = OnceLock::new();
        SHARED.get_or_init(|| {
            let text = std::fs::read(tools.file("@octokit/openapi/generated/api.github.com.json")).unwrap();
            let description: Value = serde_json::from_slice(&text).unwrap();
            let paths = description["paths"].as_object().unwrap().keys();
            // One path of two parameters in one segment is another way to write its neighbour.
            let paths = paths.filter(|path| !path.contains("}...{"));
            let paths = paths.map(|path| path.split('/').map(str::to_owned).collect()).collect();
            Self { description, paths, compiled: Mutex::default() }
        })
    }

    /// What is wrong with a request: empty if nothing is.
    pub fn check(&self, method: &str, path: &str, body: &Sent) -> Vec<String> {
        let (place, query) = path.split_once('?').unwrap_or((path, ""));
        let operation = match self.operation(method, place) {
            Ok(operation) => operation,
            Err(problem) => return vec![problem],
        };
        let mut found = Vec::new();
        self.check_parameters(&operation, query, &mut found);
        self.check_body(method, &operation, body, &mut found);
        found
    }

    /// Whether GitHub answers so, when it does what was asked.
    pub fn answers_with(&self, method: &str, path: &str, status: u16) -> bool {
        let operation = self.operation(method, path.split('?').next().unwrap_or_default());
        operation.is_ok_and(|operation| !operation.value["responses"][status.to_string()].is_null())
    }

    /// What is wrong with a reply: whether it has that status, and its body the shape.
    pub fn check_reply(&self, method: &str, path: &str, status: u16, body: &Value) -> Vec<String> {
        let place = path.split('?').next().unwrap_or_default();
        let operation = match self.operation(method, place) {
            Ok(operation) => operation,
            Err(problem) => return vec![problem],
        };
        let replies = &operation.value["responses"];
        let reply = self.resolve(&replies[status.to_string()]);
        if reply.is_null() {
            return vec![format!("status {status} is not one of {:?}", names(replies))];
        }
        let schema = &reply["content"]["application/json"]["schema"];
        if schema.is_null() {
            return if body.is_null() {
                Vec::new()
            } else {
                vec!["a body where none is said to be".to_owned()]
            };
        }
        self.judge(&format!("{method} {} {status}", operation.template), schema, body, false)
    }

    /// Compiles the schema of every body there is; how many.
    pub fn compile_all(&self) -> usize {
        let paths = self.description["paths"].as_object().unwrap();
        let operations = paths.values().flat_map(|path| path.as_object().unwrap().values());
        let bodies =
            operations.map(|one| &self.resolve(&one["requestBody"])["content"]["application/json"]["schema"]);
        let compiled: Vec<Validator> =
            bodies.filter(|schema| !schema.is_null()).map(|schema| self.compile(schema, true)).collect();
        compiled.len()
    }

    fn operation(&self, method: &str, place: &str) -> Result<Operation<'_>, String> {
        let sent: Vec<String> = place.split('/').map(decode).collect();
        let lower = method.to_ascii_lowercase();
        let mut fitting: Vec<Operation> = Vec::new();
        for path in &self.paths {
            let Some(given) = bind(path, &sent) else { continue };
            let template = path.join("/");
            let value = &self.description["paths"][&template][&lower];
            fitting.push(Operation { template, given, value });
        }
        fitting.retain(|operation| operation.value.is_null() || self.slashes_are_meant(operation));
        // The more of it is literal, the better it fits.
        let literal = |one: &Operation| (!one.value.is_null(), Reverse(one.given.len()));
        match fitting.into_iter().max_by_key(literal) {
            None => Err("there is no such path".to_owned()),
            Some(one) if one.value.is_null() && one.given.iter().any(|(_, value)| value.contains('/')) => {
                Err("there is no such path".to_owned())
            }
            Some(one) if one.value.is_null() => Err(format!("there is no {method} of {}", one.template)),
            Some(one) => Ok(one),
        }
    }

    /// Few parameters of paths may hold slashes.
    fn slashes_are_meant(&self, operation: &Operation) -> bool {
        let is_long = |name: &str| {
            let mut own =
                self.parameters(operation).filter(|one| one["in"] == "path" && one["name"] == *name);
            own.any(|one| one["x-multi-segment"] == json!(true))
        };
        operation.given.iter().all(|(name, value)| !value.contains('/') || is_long(name))
    }

    fn parameters<'a>(&'a self, operation: &Operation<'a>) -> impl Iterator<Item = &'a Value> + use<'a> {
        let own = &operation.value["parameters"];
        own.as_array().into_iter().flatten().map(|parameter| self.resolve(parameter))
    }

    fn check_parameters(&self, operation: &Operation, query: &str, found: &mut Vec<String>) {
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let sent: Vec<(String, String)> = pairs
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(name, value)| (decode(name), decode(value)))
            .collect();
        let known: Vec<&Value> = self.parameters(operation).collect();
        let mut seen = BTreeSet::new();
        for (name, value) in &sent {
            match known.iter().find(|one| one["in"] == "query" && one["name"] == **name) {
                None => found.push(format!("there is no parameter `{name}`")),
                Some(_) if !seen.insert(name) => found.push(format!("parameter `{name}` is there twice")),
                Some(parameter) => self.check_parameter(operation, parameter, value, found),
            }
        }
        for (name, value) in &operation.given {
            match known.iter().find(|one| one["in"] == "path" && one["name"] == **name) {
                Some(parameter) => self.check_parameter(operation, parameter, value, found),
                None => found.push(format!("the description has no parameter `{name}`")),
            }
        }
        for parameter in known.iter().filter(|one| one["in"] == "query" && one["required"] == json!(true)) {
            let name = parameter["name"].as_str().unwrap();
            if !sent.iter().any(|(given, _)| given == name) {
                found.push(format!("parameter `{name}` is missing"));
            }
        }
    }

    /// A parameter is text; it is good if one of what the text can be is.
    fn check_parameter(&self, operation: &Operation, parameter: &Value, text: &str, found: &mut Vec<String>) {
        let name = parameter["name"].as_str().unwrap();
        let mut readings = vec![json!(text)];
        readings.extend(text.parse::<i64>().ok().map(|number| json!(number)));
        readings.extend(text.parse::<bool>().ok().map(|flag| json!(flag)));
        if parameter["schema"]["type"] == "array" {
            readings.push(text.split(',').collect());
        }
        let key = format!("{} {} {name}", operation.template, parameter["in"]);
        let judged = |value: &Value| self.judge(&key, &parameter["schema"], value, false);
        let problems: Vec<Vec<String>> = readings.iter().map(judged).collect();
        if problems.iter().all(|problems| !problems.is_empty()) {
            let last = problems.into_iter().next_back().unwrap_or_default();
            found.extend(last.into_iter().map(|problem| format!("parameter `{name}`: {problem}")));
        }
    }

    fn check_body(&self, method: &str, operation: &Operation, body: &Sent, found: &mut Vec<String>) {
        let wanted = self.resolve(&operation.value["requestBody"]);
        let schema = &wanted["content"]["application/json"]["schema"];
        match body {
            Sent::Nothing if wanted["required"] == json!(true) => {
                found.push("its body is missing".to_owned());
            }
            Sent::Nothing => {}
            Sent::NotJson => found.push("its body is not JSON".to_owned()),
            Sent::Json(_) if schema.is_null() => found.push("it takes no body of JSON".to_owned()),
            Sent::Json(value) => {
                let key = format!("{method} {} body", operation.template);
                found.extend(self.judge(&key, schema, value, true));
            }
        }
    }

    fn judge(&self, key: &str, schema: &Value, value: &Value, closed: bool) -> Vec<String> {
        let known = self.compiled.lock().unwrap().get(key).cloned();
        let validator = known.unwrap_or_else(|| {
            let compiled = Arc::new(self.compile(schema, closed));
            self.compiled.lock().unwrap().insert(key.to_owned(), Arc::clone(&compiled));
            compiled
        });
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
    }

    /// JSON Schema of a schema of the description, with all that it refers to.
    fn compile(&self, schema: &Value, closed: bool) -> Validator {
        let mut whole = convert(schema, closed);
        let mut components = Map::new();
        let mut open = references(&whole);
        while let Some(name) = open.pop_first() {
            let converted = convert(&self.description["components"]["schemas"][&name], false);
            open.extend(
                references(&converted)
                    .into_iter()
                    .filter(|next| !components.contains_key(next) && *next != name),
            );
            components.insert(name, converted);
        }
        whole["components"] = json!({ "schemas": components });
        whole["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
        jsonschema::validator_for(&whole).unwrap_or_else(|error| panic!("the description's schema: {error}"))
    }

    fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str().and_then(|name| name.strip_prefix('#')) {
            Some(pointer) => self.description.pointer(pointer).unwrap(),
            None => value,
        }
    }
}

/// The parameters of a path that fits; the last one may be several segments long, and so may any other.
fn bind(path: &[String], sent: &[String]) -> Option<Vec<(String, String)>> {
    let Some((first, rest)) = path.split_first() else { return sent.is_empty().then(Vec::new) };
    let Some(name) = first.strip_prefix('{').and_then(|name| name.strip_suffix('}')) else {
        let (segment, others) = sent.split_first()?;
        return (segment == first).then(|| bind(rest, others))?;
    };
    (1..=sent.len()).find_map(|length| {
        let value = sent[..length].join("/");
        let mut others = bind(rest, &sent[length..])?;
        others.insert(0, (name.to_owned(), value.clone()));
        (!value.is_empty()).then_some(others)
    })
}

/// The description's format says `nullable` where JSON Schema has a type. `closed`: what is not described is not allowed, as
/// GitHub would ignore it, and whoever sent it would wait for its effect.
fn convert(schema: &Value, closed: bool) -> Value {
    match schema {
        Value::Array(items) => items.iter().map(|item| convert(item, closed)).collect(),
        Value::Object(fields) => {
            let mut converted = Map::new();
            for (name, value) in fields {
                let value = match name.as_str() {
                    // Not part of JSON Schema, or long and of no matter here.
                    "nullable" | "example" | "examples" | "description" | "discriminator" | "default" => {
                        continue;
                    }
                    "enum" | "required" | "const" => value.clone(),
                    // Names of properties are no keywords.
                    "properties" => value
                        .as_object()
                        .unwrap()
                        .iter()
                        .map(|(name, schema)| (name.clone(), convert(schema, closed)))
                        .collect::<Map<_, _>>()
                        .into(),
                    // Each of several is about the same object.
                    "allOf" | "anyOf" | "oneOf" => convert(value, closed && is_of_objects(value)),
                    _ => convert(value, closed),
                };
                converted.insert(name.clone(), value);
            }
            if fields.get("nullable") == Some(&json!(true)) {
                return nullable(converted);
            }
            if closed
                && converted.contains_key("properties")
                && !converted.contains_key("additionalProperties")
            {
                converted.insert("unevaluatedProperties".to_owned(), json!(false));
            }
            Value::Object(converted)
        }
        other => other.clone(),
    }
}

/// Whether each alternative describes an object in full, rather than one property more.
fn is_of_objects(alternatives: &Value) -> bool {
    let mut objects =
        alternatives.as_array().into_iter().flatten().filter(|one| !one["properties"].is_null());
    objects.all(|one| one["type"] == "object")
}

/// Where there is one type, it stands beside null, so that messages stay about what is wrong within.
fn nullable(mut schema: Map<String, Value>) -> Value {
    let Some(kind) = schema.get("type").filter(|kind| kind.is_string()).cloned() else {
        return json!({ "anyOf": [schema, { "type": "null" }] });
    };
    schema.insert("type".to_owned(), json!([kind, "null"]));
    if let Some(values) = schema.get_mut("enum").and_then(Value::as_array_mut) {
        values.push(Value::Null);
    }
    for name in ["oneOf", "anyOf"] {
        if let Some(alternatives) = schema.get_mut(name).and_then(Value::as_array_mut) {
            alternatives.push(json!({ "type": "null" }));
        }
    }
    if let Some(all) = schema.remove("allOf") {
        schema.insert("anyOf".to_owned(), json!([{ "allOf": all }, { "type": "null" }]));
    }
    Value::Object(schema)
}

/// The names of all schemas that one refers to.
fn references(schema: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    match schema {
        Value::Array(items) => items.iter().for_each(|item| found.extend(references(item))),
        Value::Object(fields) => {
            for (name, value) in fields {
                match value.as_str().and_then(|text| text.strip_prefix("#/components/schemas/")) {
                    Some(component) if name == "$ref" => found.extend([component.to_owned()]),
                    _ => found.extend(references(value)),
                }
            }
        }
        _ => {}
    }
    found
}

fn names(value: &Value) -> Vec<&str> {
    value.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect()
}
