//! All that a file's JSON Schema has against it, in the words of this project. The only module
//! that names the validator.
//!
//! Compiling a schema costs more than checking a small project, so it is done only for files
//! that the typed reader has refused.

use std::sync::{LazyLock, OnceLock};

use jsonschema::error::{TypeKind, ValidationErrorKind as Broken};
use jsonschema::{JsonType, ValidationError, Validator};
use serde_json::Value as Json;

use crate::actions::{ACTIONS, Action};
use crate::diag::{Issue, did_you_mean, literal, nearest};
use crate::load::Kind;
use crate::model::{Code, Duration, TAG_PATTERN};

use super::flow::is_template;
use super::paths::segments;
use super::raw::{GithubLogin, HeaderNames, Identifier, KeyForm, RawName, RawSize, RepositoryName};
use super::schema::{action_schema, schema_value};

/// No more than this are reported of one file; with so many, it is the wrong file.
pub(super) const MOST: usize = 1000;

const DURATION_HELP: &str = "write `90s`, `15m`, `2h`, `3d` or `2h30m`";

/// Complaints about the same value come one soon after the other.
const NEIGHBOURS: usize = 8;

/// One thing that is wrong with the shape of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Violation {
    /// Where, as segments of a JSON pointer.
    pub(super) path: Vec<String>,
    /// Whether the key is wrong, not its value.
    pub(super) at_key: bool,
    /// The key that is not there.
    pub(super) missing: Option<String>,
    pub(super) issue: Issue,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

/// Everything in `json` that the schema of `kind` does not allow; nothing if it is valid.
pub(super) fn violations(kind: Kind, json: &Json) -> Vec<Violation> {
    all(compiled(kind), json)
}

/// Everything in the arguments of an action that its schema does not allow. Where a template will
/// give the value, only the action itself can judge.
pub(super) fn of_action(action: &'static dyn Action, args: &Json) -> Vec<Violation> {
    static COMPILED: LazyLock<Vec<OnceLock<Compiled>>> =
        LazyLock::new(|| ACTIONS.iter().map(|_| OnceLock::new()).collect());
    let index = ACTIONS.iter().position(|one| one.name() == action.name()).unwrap_or_default();
    let Some(slot) = COMPILED.get(index) else { return Vec::new() };
    let mut found = all(slot.get_or_init(|| compile(action_schema(action))), args);
    found.retain(|violation| {
        let place = violation.path.iter().try_fold(args, |value, segment| match value {
            Json::Object(map) => map.get(segment),
            Json::Array(list) => list.get(segment.parse::<usize>().ok()?),
            _ => None,
        });
        let is_plain = !matches!(violation.issue, Issue::WrongArgument);
        is_plain && (violation.at_key || !place.and_then(Json::as_str).is_some_and(is_template))
    });
    found
}

fn all(compiled: &Compiled, json: &Json) -> Vec<Violation> {
    let mut found = Found { schema: &compiled.schema, json, violations: Vec::new() };
    for error in compiled.validator.iter_errors(json) {
        found.add(&error);
        if found.violations.len() >= MOST {
            break;
        }
    }
    found.violations
}

#[cfg(any(test, fuzzing))]
pub(super) fn is_valid(kind: Kind, json: &Json) -> bool {
    compiled(kind).validator.is_valid(json)
}

struct Compiled {
    schema: Json,
    validator: Validator,
}

fn compiled(kind: Kind) -> &'static Compiled {
    static COMPILED: [OnceLock<Compiled>; Kind::ALL.len()] = [const { OnceLock::new() }; Kind::ALL.len()];
    COMPILED[kind as usize].get_or_init(|| compile(schema_value(kind)))
}

fn compile(schema: Json) -> Compiled {
    let validator = jsonschema::options().build(&schema).expect("a test compiles every generated schema");
    Compiled { schema, validator }
}

struct Found<'a> {
    schema: &'a Json,
    json: &'a Json,
    violations: Vec<Violation>,
}

impl Found<'_> {
    fn add(&mut self, error: &ValidationError<'_>) {
        match error.kind() {
            Broken::AnyOf { context } | Broken::OneOfNotValid { context } => self.add_branch(error, context),
            Broken::PropertyNames { error: inner } => {
                let key = inner.instance().as_str().unwrap_or_default().to_owned();
                let (issue, message, help) = self.describe(inner);
                let mut path = segments(error.instance_path().as_str());
                path.push(key);
                self.violations.push(Violation { path, at_key: true, missing: None, issue, message, help });
            }
            Broken::AdditionalProperties { unexpected } => {
                for key in unexpected.iter().take(MOST) {
                    self.unknown_key(error, key);
                }
            }
            // No key at all is allowed, and the error names none.
            Broken::FalseSchema => {
                let place = self.json.pointer(error.instance_path().as_str());
                let keys = place.and_then(Json::as_object).map(|map| map.keys()).into_iter().flatten();
                for key in keys.take(MOST) {
                    self.unknown_key(error, key);
                }
            }
            _ => {
                let (issue, message, help) = self.describe(error);
                self.push(error, issue, message, help);
            }
        }
    }

    fn push(&mut self, error: &ValidationError<'_>, issue: Issue, message: String, help: Option<String>) {
        let path = segments(error.instance_path().as_str());
        let missing = match error.kind() {
            Broken::Required { property } => property.as_str().map(str::to_owned),
            _ => None,
        };
        let violation = Violation { path, at_key: false, missing, issue, message, help };
        // Of a value, the first complaint is enough; that it is none of a few words tells more than
        // that it is no text.
        let same =
            |other: &&mut Violation| !other.at_key && other.missing.is_none() && other.path == violation.path;
        match self.violations.iter_mut().rev().take(NEIGHBOURS).find(same) {
            Some(other) if violation.missing.is_none() => {
                if other.issue == Issue::WrongType && violation.issue == Issue::UnknownValue {
                    *other = violation;
                }
            }
            _ => self.violations.push(violation),
        }
    }

    /// Of several ways in which a value could have been right, reports the one that was meant: the
    /// one whose type fits, and then the one that got furthest.
    fn add_branch(&mut self, error: &ValidationError<'_>, context: &[Vec<ValidationError<'static>>]) {
        let at = error.instance_path().as_str();
        let all = leaves(context);
        let options: Vec<&Json> = all.iter().flat_map(|error| options_of(error)).collect();
        let is_here = all.iter().all(|error| error.instance_path().as_str() == at);
        // A mapping that could be one is told what is wrong within it, not that it is no word.
        let is_word =
            error.instance().as_object().is_none() || !context.iter().any(|branch| takes(branch, at));
        if !options.is_empty() && is_here && is_word {
            let (issue, message, help) = not_an_option(error.instance(), &options);
            let help = help.or_else(|| self.as_mapping(error.instance(), &all));
            return self.push(error, issue, message, help);
        }
        let fitting = context
            .iter()
            .filter(|branch| !branch.is_empty() && !branch.iter().any(|error| refuses(error, at)));
        let depth = |branch: &[ValidationError<'_>]| {
            branch.iter().map(|error| error.instance_path().as_str().matches('/').count()).max()
        };
        // Of several that got as far, the first is the one that people write.
        if let Some(branch) = fitting.rev().max_by_key(|branch| depth(branch)) {
            for error in branch {
                self.add(error);
            }
        } else {
            let expected = context.iter().flatten().flat_map(expected_types).collect::<Vec<_>>();
            let is_duration = all.iter().any(|error| self.is_duration(error));
            let (issue, message, help) = wrong_type(error.instance(), &expected, is_duration);
            self.push(error, issue, message, help);
        }
    }

    /// What to write where one of a few words was expected, or a mapping that says more.
    fn as_mapping(&self, value: &Json, errors: &[&ValidationError<'_>]) -> Option<String> {
        let is_mapping = |error: &&&ValidationError<'_>| expected_types(error).contains(&JsonType::Object);
        let keys: Vec<String> =
            errors.iter().filter(is_mapping).flat_map(|error| self.known_keys(error)).collect();
        let written = value.as_str().unwrap_or_default();
        match nearest(written, keys.iter().map(String::as_str)) {
            Some(key) => Some(format!("write a mapping: `{key}: …`")),
            None if keys.is_empty() => None,
            None => {
                let keys: Vec<String> = keys.iter().map(|key| literal(key)).collect();
                Some(format!("or write a mapping; its keys are {}", keys.join(", ")))
            }
        }
    }

    /// Whether the value should have been a length of time.
    fn is_duration(&self, error: &ValidationError<'_>) -> bool {
        self.beside(error, "pattern").and_then(Json::as_str) == Some(Duration::PATTERN)
    }

    fn unknown_key(&mut self, error: &ValidationError<'_>, key: &str) {
        let known = self.known_keys(error);
        let known = || known.iter().map(String::as_str).filter(|known| *known != "$schema");
        let help = did_you_mean(key, known()).unwrap_or_else(|| {
            let keys: Vec<String> = known().map(literal).collect();
            match keys.as_slice() {
                [] if key == "inputs" => "`inputs` stands beside `on`, not in it".to_owned(),
                [] => "nothing more can be said here; remove it".to_owned(),
                _ => format!("the keys here are {}", keys.join(", ")),
            }
        });
        let mut path = segments(error.instance_path().as_str());
        path.push(key.to_owned());
        let message = format!("unknown key {}", literal(key));
        let help = Some(help);
        let issue = Issue::UnknownKey;
        self.violations.push(Violation { path, at_key: true, missing: None, issue, message, help });
    }

    fn known_keys(&self, error: &ValidationError<'_>) -> Vec<String> {
        let properties = self.beside(error, "properties").and_then(Json::as_object);
        properties.map(|keys| keys.keys().cloned().collect()).unwrap_or_default()
    }

    /// Another keyword of the schema that an error comes from.
    fn beside(&self, error: &ValidationError<'_>, keyword: &str) -> Option<&Json> {
        let (parent, _) = error.schema_path().as_str().rsplit_once('/')?;
        self.schema.pointer(parent)?.get(keyword)
    }

    fn describe(&self, error: &ValidationError<'_>) -> (Issue, String, Option<String>) {
        let value = error.instance();
        match error.kind() {
            Broken::Type { .. } => wrong_type(value, &expected_types(error), self.is_duration(error)),
            Broken::Enum { .. } | Broken::Constant { .. } => not_an_option(value, &options_of(error)),
            Broken::Required { property } => missing_key(property.as_str().unwrap_or_default()),
            Broken::Minimum { .. } | Broken::Maximum { .. } => self.out_of_range(error),
            Broken::Pattern { pattern } => wrong_form(pattern, value.as_str().unwrap_or_default()),
            Broken::MinLength { .. } => {
                let help = "write something, or remove the key".to_owned();
                (Issue::TextLength, "text is empty".to_owned(), Some(help))
            }
            Broken::MaxLength { limit } => {
                let length = value.as_str().map_or(0, |text| text.chars().count());
                let message = format!("text has {length} characters, more than the limit of {limit}");
                (Issue::TextLength, message, None)
            }
            // Only actions have such rules, and say in better words what they miss.
            _ => (Issue::WrongArgument, error.to_string(), None),
        }
    }

    fn out_of_range(&self, error: &ValidationError<'_>) -> (Issue, String, Option<String>) {
        let bound = |keyword| self.beside(error, keyword).map(Json::to_string);
        let help = bound("minimum")
            .zip(bound("maximum"))
            .map(|(minimum, maximum)| format!("write a whole number from {minimum} to {maximum}"));
        (Issue::OutOfRange, format!("{} is out of range", literal(&error.instance().to_string())), help)
    }
}

fn missing_key(key: &str) -> (Issue, String, Option<String>) {
    (Issue::MissingKey, format!("key {} is missing", literal(key)), Some(format!("add `{key}: …`")))
}

/// Whether an error says that the value at a place is of the wrong type altogether.
fn refuses(error: &ValidationError<'_>, at: &str) -> bool {
    let here = error.instance_path().as_str() == at;
    match error.kind() {
        Broken::Type { .. } => here,
        Broken::AnyOf { context } | Broken::OneOfNotValid { context } => {
            here && context.iter().all(|branch| branch.iter().any(|error| refuses(error, at)))
        }
        _ => false,
    }
}

/// The errors of all branches, with those of their own branches in the place of each that has some.
fn leaves<'e>(context: &'e [Vec<ValidationError<'static>>]) -> Vec<&'e ValidationError<'static>> {
    let of = |error: &'e ValidationError<'static>| match error.kind() {
        Broken::AnyOf { context } | Broken::OneOfNotValid { context } => leaves(context),
        _ => vec![error],
    };
    context.iter().flatten().flat_map(of).collect()
}

/// Whether a branch takes values of this type, and is against something in this one.
fn takes(branch: &[ValidationError<'_>], at: &str) -> bool {
    let within = |error: &ValidationError<'_>| match error.kind() {
        _ if error.instance_path().as_str() != at => true,
        Broken::AnyOf { context } | Broken::OneOfNotValid { context } => {
            context.iter().any(|branch| takes(branch, at))
        }
        Broken::Type { .. } | Broken::Enum { .. } | Broken::Constant { .. } => false,
        _ => true,
    };
    !branch.is_empty() && branch.iter().all(within)
}

fn expected_types(error: &ValidationError<'_>) -> Vec<JsonType> {
    match error.kind() {
        Broken::Type { kind: TypeKind::Single(one) } => vec![*one],
        Broken::Type { kind: TypeKind::Multiple(several) } => several.iter().collect(),
        Broken::AnyOf { context } | Broken::OneOfNotValid { context } => {
            context.iter().flatten().flat_map(expected_types).collect()
        }
        _ => Vec::new(),
    }
}

fn options_of<'e>(error: &'e ValidationError<'_>) -> Vec<&'e Json> {
    match error.kind() {
        Broken::Enum { options } => options.as_array().map(|all| all.iter().collect()).unwrap_or_default(),
        Broken::Constant { expected_value } => vec![expected_value],
        _ => Vec::new(),
    }
}

fn wrong_type(value: &Json, expected: &[JsonType], is_duration: bool) -> (Issue, String, Option<String>) {
    let mut names: Vec<&str> = Vec::new();
    for one in expected {
        let name = if is_duration && *one == JsonType::String { "a length of time" } else { type_name(*one) };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let message = format!("expected {}, found {}", names.join(" or "), found(value));
    let help = match value {
        Json::Null => Some("write a value, or remove the key".to_owned()),
        Json::Number(number) if is_duration => Some(match number.as_u64() {
            Some(count) => format!("say of what: `{count}s`, `{count}m`, `{count}h` or `{count}d`"),
            None => DURATION_HELP.to_owned(),
        }),
        Json::Number(_) | Json::Bool(_) if expected.contains(&JsonType::String) => {
            Some(format!("put it in quotes if it is meant as text: `\"{value}\"`"))
        }
        Json::String(text) if expected == [JsonType::Array] => {
            let one = literal(&format!("[{text}]"));
            Some(format!("put it in brackets for a list of one: {one}"))
        }
        Json::Object(_) if expected == [JsonType::Array] => {
            Some("begin each item of the list with `- `".to_owned())
        }
        _ => None,
    };
    (Issue::WrongType, message, help)
}

fn type_name(kind: JsonType) -> &'static str {
    match kind {
        JsonType::Null => "nothing",
        JsonType::Boolean => "`true` or `false`",
        JsonType::Integer => "a whole number",
        JsonType::Number => "a number",
        JsonType::String => "text",
        JsonType::Array => "a list",
        JsonType::Object => "a mapping of keys to values",
    }
}

fn found(value: &Json) -> String {
    match value {
        Json::Null => "nothing".to_owned(),
        Json::Bool(value) => format!("`{value}`"),
        Json::Number(number) => format!("the number {}", literal(&number.to_string())),
        Json::String(text) => format!("the text {}", literal(text)),
        Json::Array(_) => "a list".to_owned(),
        Json::Object(_) => "a mapping of keys to values".to_owned(),
    }
}

fn not_an_option(value: &Json, options: &[&Json]) -> (Issue, String, Option<String>) {
    let words: Vec<&str> = options.iter().filter_map(|option| option.as_str()).collect();
    let shown: Vec<String> = words.iter().map(|word| literal(word)).collect();
    let written = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let message = match value {
        Json::String(_) | Json::Number(_) | Json::Bool(_) => {
            format!("{} is not one of {}", literal(&written), shown.join(", "))
        }
        _ => format!("expected one of {}, found {}", shown.join(", "), found(value)),
    };
    (Issue::UnknownValue, message, did_you_mean(&written, words))
}

/// Text that does not match the pattern of its kind.
fn wrong_form(pattern: &str, text: &str) -> (Issue, String, Option<String>) {
    let shown = literal(text);
    match pattern {
        RawName::PATTERN => {
            let help = match kebab(text) {
                Some(name) => format!("write {}", literal(&name)),
                None => "use small letters, digits and single dashes, such as `agent-01`".to_owned(),
            };
            (Issue::NotAName, format!("{shown} is not a name in kebab-case"), Some(help))
        }
        TAG_PATTERN => {
            let help = "use one word of letters, digits and `. _ / : -`, such as `case_study`".to_owned();
            (Issue::NotAName, format!("{shown} is not a single word"), Some(help))
        }
        Code::PATTERN => {
            let help = "write a prefix in capitals, a dash and a number, such as `CONTENT-010`".to_owned();
            (Issue::NotACode, format!("{shown} is not a task code"), Some(help))
        }
        Identifier::PATTERN => {
            let help = "use letters, digits and `_`, and begin with no digit, such as `api_token`".to_owned();
            (Issue::NotAName, format!("{shown} is not a name of letters, digits and `_`"), Some(help))
        }
        HeaderNames::PATTERN => {
            let help = "use letters, digits and dashes, such as `X-Team`".to_owned();
            (Issue::NotAName, format!("{shown} is not the name of a header"), Some(help))
        }
        RawSize::PATTERN => {
            let help = "write `500`, `10MB` or `512KiB`".to_owned();
            (Issue::NotASize, format!("{shown} is not a number of bytes"), Some(help))
        }
        Duration::PATTERN => {
            let help = DURATION_HELP.to_owned();
            (Issue::NotADuration, format!("{shown} is not a duration"), Some(help))
        }
        GithubLogin::PATTERN => {
            let help = "write the login alone, such as `octocat`, and that of an app as `dependabot[bot]`"
                .to_owned();
            (Issue::NotAName, format!("{shown} is not a login on GitHub"), Some(help))
        }
        RepositoryName::PATTERN => {
            let help = "write its owner and its name: `octo-org/hello`".to_owned();
            (Issue::NotAName, format!("{shown} is not a repository on GitHub"), Some(help))
        }
        _ => (Issue::WrongArgument, format!("{shown} does not match `{pattern}`"), None),
    }
}

/// The name that somebody will have meant by `Agent 02` or `agent_02`.
fn kebab(text: &str) -> Option<String> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let name = words.collect::<Vec<_>>().join("-").to_ascii_lowercase();
    RawName::accepts(&name).then_some(name)
}
