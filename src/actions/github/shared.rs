//! What the actions that talk on GitHub share: numbers, names, texts with a marker, and what stands on an issue.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error};
use serde_json::Value;

use super::{Failure, World, workplace};
use crate::actions::ArgsError;
use crate::forge::marker::{Place, escape};
use crate::forge::{ClientError, RefusedKind, Workplace};
use crate::ports::{Answer, Call};

/// What GitHub takes of a title, in characters.
const LONGEST_TITLE: usize = 256;
/// The largest number that JSON carries exactly.
const MOST: f64 = 9_007_199_254_740_991.0;

/// The number of an issue or pull request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Number(pub(super) u64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let number = value.as_f64().filter(|number| number.fract() == 0.0 && (1.0..=MOST).contains(number));
        // Within these bounds the conversion is exact.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above")]
        number.map(|number| Self(number as u64)).ok_or_else(|| {
            D::Error::custom(format!("`{value}` is not the number of an issue or pull request, such as `12`"))
        })
    }
}

impl JsonSchema for Number {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Number".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": 1, "maximum": 9_007_199_254_740_991_u64 })
    }
}

/// A title: one line, no longer than GitHub takes it.
pub(super) fn title(text: &str) -> Result<String, Failure> {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() {
        return Err(Failure::last("`title` is empty; GitHub opens no issue without one"));
    }
    if line.chars().count() <= LONGEST_TITLE {
        return Ok(line);
    }
    Ok(line.chars().take(LONGEST_TITLE - 1).chain(['…']).collect())
}

/// By which a text of ours is known again: the same at every attempt, and in every run of the workflow.
pub(super) fn key(world: &World<'_>, name: &str) -> String {
    format!("{}/{name}", world.run.workflow())
}

/// Finds the issue that is ours by its marker: the oldest that is open, or else the one that was closed last.
///
/// The open ones are read to their end. Of those that are closed there may be any number; so the latest are read, and one
/// that was closed before them all is opened anew.
pub(super) fn find_ours(
    github: &Workplace<'_>,
    issues: &str,
    place: Place<'_>,
    key: &str,
) -> Result<Option<Value>, ClientError> {
    let (us, login) = github.us_and_login()?;
    // Pull requests are in these lists, too.
    let creator = login.map_or_else(String::new, |login| format!("creator={}&", escape(&login)));
    let is_ours = |item: &&Value| {
        let author = item.pointer("/user/id").and_then(Value::as_u64);
        let text = item.get("body").and_then(Value::as_str).unwrap_or_default();
        item.get("pull_request").is_none()
            && github.markers.key_of(text, author, &us, place).as_deref() == Some(key)
    };
    let path = format!("{issues}?{creator}state=open&per_page=100");
    let open = github.pages(&path, None)?;
    if let Some(found) = open.items.iter().filter(is_ours).min_by_key(|item| item["id"].as_u64()) {
        return Ok(Some(found.clone()));
    }
    if open.is_cut {
        let what = "close issues and pull requests that are over, or let `orch` write by an account of its own, such as \
                    an app's, so that there are fewer of one author";
        return Err(github.unread(&path, what));
    }
    let path = format!("{issues}?{creator}state=closed&sort=updated&direction=desc&per_page=100");
    Ok(github.pages(&path, None)?.items.into_iter().find(|item| is_ours(&item)))
}

/// The repository, once it is known by which account we write: without that nothing is known again.
pub(super) fn known_workplace<'w>(world: &World<'w>) -> Result<&'w Workplace<'w>, Failure> {
    let github = workplace(world)?;
    if !github.us()?.is_known() {
        return Err(Failure::last(
            "GitHub does not tell whose token this is, so that what `orch` wrote would not be known again; use the \
             token of a workflow, of an app's installation, or a personal one",
        ));
    }
    Ok(github)
}

/// An issue or pull request, as an issue.
pub(super) fn issue(github: &Workplace<'_>, number: Number) -> Result<Value, ClientError> {
    Ok(github.client.read(&Call::get(issue_path(github, number)))?.body)
}

pub(super) fn issue_path(github: &Workplace<'_>, number: Number) -> String {
    format!("{}/issues/{}", github.repository.path(), number.0)
}

/// None: GitHub says that it is not there.
pub(super) fn if_there(read: Result<Answer, ClientError>) -> Result<Option<Value>, ClientError> {
    match read {
        Ok(answer) => Ok(Some(answer.body)),
        Err(ClientError::Refused(refused)) if refused.kind == RefusedKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The names in a list of objects: of labels, of accounts.
pub(super) fn names(list: &Value, field: &str) -> Vec<String> {
    let name = |item: &Value| item.get(field).or(Some(item)).and_then(Value::as_str).map(str::to_owned);
    list.as_array().into_iter().flatten().filter_map(name).collect()
}

/// GitHub takes names of labels and accounts in whatever case.
pub(super) fn has(names: &[String], name: &str) -> bool {
    names.iter().any(|known| known.to_lowercase() == name.to_lowercase())
}

/// Those of the wanted names that are not there, each once.
pub(super) fn missing(there: &[String], wanted: &[String]) -> Vec<String> {
    let mut missing: Vec<String> = Vec::new();
    for name in wanted.iter().map(|name| name.trim().trim_start_matches('@')).filter(|name| !name.is_empty())
    {
        if !has(there, name) && !has(&missing, name) {
            missing.push(name.to_owned());
        }
    }
    missing
}

/// Whether lists of what to add and what to take away hold anything.
pub(super) fn says_something(add: &[String], remove: &[String]) -> Result<(), ArgsError> {
    if add.is_empty() && remove.is_empty() {
        let message = "nothing is named, neither in `add` nor in `remove`".to_owned();
        return Err(ArgsError { path: Vec::new(), message });
    }
    Ok(())
}

/// What is in both lists is a mistake that templates can make.
pub(super) fn in_one_list(add: &[String], remove: &[String]) -> Result<(), Failure> {
    match add.iter().find(|name| has(remove, name)) {
        Some(both) => {
            Err(Failure::last(format!("`{both}` stands in `add` and in `remove`; keep one of them")))
        }
        None => Ok(()),
    }
}

/// The number of a milestone by its title.
pub(super) fn milestone(github: &Workplace<'_>, title: &str) -> Result<u64, Failure> {
    let path = format!("{}/milestones?state=all&per_page=100", github.repository.path());
    let all = github.pages(&path, None)?.items;
    let found = all.iter().find(|milestone| milestone["title"] == title);
    found.and_then(|milestone| milestone["number"].as_u64()).ok_or_else(|| {
        let open = all.iter().filter(|milestone| milestone["state"] == "open");
        let titles: Vec<_> = open.filter_map(|milestone| milestone["title"].as_str()).take(10).collect();
        let there = if titles.is_empty() {
            "none is open".to_owned()
        } else {
            format!("open: {}", titles.join(", "))
        };
        Failure::last(format!("there is no milestone `{title}` in {}; {there}", github.repository))
    })
}
