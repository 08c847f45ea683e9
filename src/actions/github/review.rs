//! `github.review`: who is asked to review a pull request.
//!
//! Whom it chooses follows from the pull request alone, and who was asked or has reviewed counts: however often it is
//! done, nobody more is asked.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::shared::{Number, has, if_there, missing, names};
use super::{begin, workplace};
use crate::actions::data_convert::outputs;
use crate::actions::fields::{OneOrMany, Templated, get, read};
use crate::actions::paths::{Pattern, globs};
use crate::actions::words::Whole;
use crate::actions::{Action, ActionKind, ArgsError, Failure, Manifest, World};
use crate::forge::pulls::{self, PullRequest, Requested, Wanted};
use crate::forge::{Consistency, Workplace};
use crate::ports::{Call, Method};

#[derive(Debug)]
pub(in crate::actions) struct Review;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("anyOf" = [
    { "required": ["reviewers"] }, { "required": ["from"] }, { "required": ["paths"] }, { "required": ["teams"] },
]))]
struct Args {
    /// The pull request, which is open.
    number: Templated<Number>,

    /// Who is asked in any case.
    #[serde(default)]
    reviewers: OneOrMany<String>,

    /// Among whom reviewers are chosen.
    #[serde(default)]
    from: OneOrMany<String>,

    /// Among whom reviewers are chosen when the pull request changes files that a glob fits; each glob that fits gets
    /// `count` of its own, and `from` is for pull requests that none fits.
    #[serde(default)]
    paths: IndexMap<String, OneOrMany<String>>,

    /// Teams that are asked in any case, by the names in their addresses.
    #[serde(default)]
    teams: OneOrMany<String>,

    /// How many are chosen. Who was asked already or has reviewed counts.
    #[schemars(extend("default" = 1))]
    count: Option<Templated<Whole<1, 15>>>,

    /// How they are chosen: who is asked on the fewest open pull requests; in turn, by the number of the pull request; or
    /// in the order of the list.
    #[schemars(extend("default" = "least_loaded"))]
    strategy: Option<Templated<Strategy>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Strategy {
    #[default]
    LeastLoaded,
    Rotation,
    First,
}

impl Action for Review {
    fn name(&self) -> &'static str {
        "github.review"
    }

    fn about(&self) -> &'static str {
        "Asks for reviews of a pull request of GitHub: of whom is named, or of whom it chooses."
    }

    fn example(&self) -> &'static str {
        "github.review:
  number: \"{{ event.payload.pull_request.number }}\"
  from: [ada, ben, cleo]
  paths: { \"docs/**\": [dora] }
  count: 1
  strategy: least_loaded"
    }

    fn kind(&self) -> ActionKind {
        ActionKind::World
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        Args::json_schema(generator)
    }

    fn outputs(&self) -> &'static [(&'static str, &'static str)] {
        &[("reviewers", "who was asked now"), ("all", "who is asked or has reviewed, teams not among them")]
    }

    fn check(&self, args: &Value) -> Result<(), ArgsError> {
        let wanted: Args = read(args)?;
        let says_whom = ["reviewers", "from", "paths", "teams"].iter().any(|key| args.get(key).is_some());
        if !says_whom {
            let message = "nobody to ask; add `reviewers`, `from`, `paths` or `teams`".to_owned();
            return Err(ArgsError { path: Vec::new(), message });
        }
        for glob in wanted.paths.keys() {
            Pattern::new(glob).map_err(|message| ArgsError {
                path: vec!["paths".into(), glob.clone()],
                message: format!("this is not a pattern of paths: {message}"),
            })?;
        }
        Ok(())
    }

    fn perform(
        &self,
        args: &Value,
        _manifest: Option<&Manifest>,
        world: &World<'_>,
    ) -> Result<Map<String, Value>, Failure> {
        self.check(args)?;
        let args: Args = begin(args)?;
        let (github, number) = (workplace(world)?, args.number.get()?.0);
        let count = get(args.count.as_ref())?.map_or(1, |count| count.byte());
        let strategy = get(args.strategy.as_ref())?.copied().unwrap_or_default();
        let found = pulls::read(&github.client, &github.repository, &Wanted::open())?;
        let Some(mut pull) = found.pulls.iter().find(|pull| pull.number == number).cloned() else {
            return Err(not_open(github, number)?);
        };
        if !args.paths.is_empty() {
            pulls::rest_of_files(&github.client, &github.repository, &mut pull)?;
        }
        let all = taking_part(&pull);
        let author = pull.author.as_ref().map(|author| author.login.to_string());
        let loads = loads(&found.pulls);
        let mut asked = missing(&all, &args.reviewers);
        asked.retain(|login| author.as_deref().is_none_or(|author| !has(&[author.to_owned()], login)));
        for group in groups(&args, &pull)? {
            let candidates: Vec<String> = missing(&author.clone().into_iter().collect::<Vec<_>>(), &group);
            let there = candidates.iter().filter(|login| has(&all, login) || has(&asked, login)).count();
            let short = usize::from(count).saturating_sub(there);
            let free = missing(&[&all[..], &asked[..]].concat(), &candidates);
            asked.extend(chosen(strategy, &candidates, free, number, &loads).into_iter().take(short));
        }
        let known_teams: Vec<String> = pull.requested.iter().filter_map(team).collect();
        let teams = missing(&known_teams, &args.teams);
        ask(github, number, &asked, &teams)?;
        let all: Vec<&String> = all.iter().chain(&asked).collect();
        Ok(outputs(&[("reviewers", json!(asked)), ("all", json!(all))]))
    }
}

/// Why a pull request is not among the open ones.
fn not_open(github: &Workplace<'_>, number: u64) -> Result<Failure, Failure> {
    let path = format!("{}/pulls/{number}", github.repository.path());
    let pull = if_there(github.client.read(&Call::get(path)))?;
    Ok(match pull.as_ref().and_then(|pull| pull["state"].as_str()) {
        None => Failure::last(format!("{} has no pull request {number}", github.repository)),
        Some("open") => Failure::passing(format!(
            "pull request {number} was not among the open ones that were read; the next attempt looks again"
        )),
        Some(_) => Failure::last(format!(
            "pull request {number} is not open any more; nobody is asked to review it (see `if` of a step)"
        )),
    })
}

/// Who is asked, or has reviewed.
fn taking_part(pull: &PullRequest) -> Vec<String> {
    let asked = pull.requested.iter().filter_map(|requested| match requested {
        Requested::Account(account) => Some(&account.login),
        Requested::Team(_) => None,
    });
    let author = pull.author.as_ref().map(|author| &author.login);
    let reviewers =
        pull.reviews.iter().filter_map(|review| review.author.as_ref()).map(|account| &account.login);
    let logins: Vec<String> =
        asked.chain(reviewers).filter(|login| Some(*login) != author).map(ToString::to_string).collect();
    missing(&[], &logins)
}

fn team(requested: &Requested) -> Option<String> {
    match requested {
        Requested::Team(name) => Some(name.to_string()),
        Requested::Account(_) => None,
    }
}

/// On how many open pull requests somebody is asked, by login in small letters.
fn loads(pulls: &[PullRequest]) -> BTreeMap<String, usize> {
    let mut loads = BTreeMap::new();
    for requested in pulls.iter().flat_map(|pull| &pull.requested) {
        if let Requested::Account(account) = requested {
            *loads.entry(account.login.to_lowercase()).or_default() += 1;
        }
    }
    loads
}

/// The lists that each get their reviewers.
fn groups(args: &Args, pull: &PullRequest) -> Result<Vec<Vec<String>>, Failure> {
    let mut groups = Vec::new();
    for (glob, candidates) in &args.paths {
        let pattern = Pattern::new(glob).map_err(Failure::last)?;
        let set = globs([&pattern])?;
        if pull.files.iter().any(|file| set.is_match(&file.path)) {
            groups.push(candidates.0.clone());
        }
    }
    if groups.is_empty() && !args.from.is_empty() {
        groups.push(args.from.0.clone());
    }
    Ok(groups)
}

/// Those who are free, the first choice first.
fn chosen(
    strategy: Strategy,
    candidates: &[String],
    mut free: Vec<String>,
    number: u64,
    loads: &BTreeMap<String, usize>,
) -> Vec<String> {
    match strategy {
        Strategy::First => {}
        // Stable: ties stay in the order of the list.
        Strategy::LeastLoaded => {
            free.sort_by_key(|login| loads.get(&login.to_lowercase()).copied().unwrap_or_default());
        }
        Strategy::Rotation => {
            let length = candidates.len().max(1);
            let start = usize::try_from(number % length as u64).unwrap_or_default();
            let turn = |login: &String| {
                let place = candidates.iter().position(|candidate| candidate == login).unwrap_or_default();
                (place + length - start) % length
            };
            free.sort_by_key(turn);
        }
    }
    free
}

fn ask(github: &Workplace<'_>, number: u64, people: &[String], teams: &[String]) -> Result<(), Failure> {
    if people.is_empty() && teams.is_empty() {
        return Ok(());
    }
    let pull = format!("{}/pulls/{number}", github.repository.path());
    let mut body = Map::new();
    for (key, names) in [("reviewers", people), ("team_reviewers", teams)] {
        if !names.is_empty() {
            body.insert(key.to_owned(), json!(names));
        }
    }
    let mut look = || {
        let there = github.client.read(&Call::get(pull.clone()))?.body;
        let is_there = missing(&names(&there["requested_reviewers"], "login"), people).is_empty()
            && missing(&names(&there["requested_teams"], "slug"), teams).is_empty();
        Ok(is_there.then_some(()))
    };
    let call = Call::new(Method::Post, format!("{pull}/requested_reviewers"), Some(Value::Object(body)));
    github.client.write_unseen(Consistency::Strong, &mut look, &call)?;
    Ok(())
}
