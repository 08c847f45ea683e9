//! `github.review`: who is asked to review a pull request.
//!
//! Whom it chooses follows from the pull request alone, and who was asked or has reviewed counts: however often it is
//! done, nobody more is asked.

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::shared::{Number, has, missing, names};
use super::{begin, workplace};
use crate::actions::data_convert::outputs;
use crate::actions::fields::{OneOrMany, Templated, get, read};
use crate::actions::paths::{Pattern, globs};
use crate::actions::words::Whole;
use crate::actions::{Action, ActionKind, ArgsError, Failure, Manifest, World};
use crate::forge::pulls::{Counts, PullState, Requested, Reviewing};
use crate::forge::{Consistency, Repository, Workplace};
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

    /// Teams that are asked in any case, by the names in their addresses: `web`, or `@acme/web`.
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
        let teams = team_names(&args.teams, &github.repository)?;
        let mut pull = Reviewing::read(&github.client, &github.repository, number)?.ok_or_else(|| {
            let repository = &github.repository;
            Failure::last(format!("{repository} has no pull request {number}, or the token may not see it"))
        })?;
        if pull.state != PullState::Open {
            return Err(Failure::last(format!(
                "pull request {number} is not open any more; nobody is asked to review it (see `if` of a step)"
            )));
        }
        if !args.paths.is_empty() {
            pull.rest_of_files(&github.client, &github.repository)?;
        }
        let all = taking_part(&pull);
        let author = pull.author.as_ref().map(|author| author.login.to_string());
        let mut named = missing(&all, &args.reviewers);
        named.retain(|login| author.as_deref().is_none_or(|author| !has(&[author.to_owned()], login)));
        let groups = groups(&args, &pull)?.into_iter();
        let groups =
            groups.map(|group| missing(&author.iter().cloned().collect::<Vec<_>>(), &group)).collect();
        let choice = Choice { strategy, number, count: count.into(), all: &all, named: &named, groups };
        let asked = if choice.is_by_load() {
            github.loads.choose(&github.client, &github.repository, |loads| choice.make(loads))?
        } else {
            let asked = choice.make(&Counts::new());
            github.loads.add(&asked);
            asked
        };
        let known_teams: Vec<String> = pull.requested.iter().filter_map(team).collect();
        let teams = github.teams_not_asked(number, missing(&known_teams, &teams));
        ask(github, number, &asked, teams).inspect_err(|failure| {
            if !failure.is_unknown {
                github.loads.take_back(&asked);
            }
        })?;
        let all: Vec<&String> = all.iter().chain(&asked).collect();
        Ok(outputs(&[("reviewers", json!(asked)), ("all", json!(all))]))
    }
}

/// The names of teams in their addresses. `CODEOWNERS` writes `@owner/team`, and only the owner's own can be asked.
fn team_names(teams: &[String], repository: &Repository) -> Result<Vec<String>, Failure> {
    let name = |team: &String| {
        let team = team.trim().trim_start_matches('@');
        match team.split_once('/') {
            None => Ok(team.to_owned()),
            Some((owner, name)) if owner.eq_ignore_ascii_case(&repository.owner) && !name.contains('/') => {
                Ok(name.to_owned())
            }
            Some((owner, _)) => Err(Failure::last(format!(
                "team `{team}` is of `{owner}`, and {repository} is of `{}`; only teams of its owner can be asked",
                repository.owner
            ))),
        }
    };
    teams.iter().map(name).collect()
}

/// Among whom it is chosen.
struct Choice<'a> {
    strategy: Strategy,
    number: u64,
    /// Of each group.
    count: usize,
    /// Who takes part already.
    all: &'a [String],
    /// Who is asked in any case.
    named: &'a [String],
    groups: Vec<Vec<String>>,
}

impl Choice<'_> {
    /// Of a group, who may still be asked, and how many of them are to be.
    fn open(&self, group: &[String], asked: &[String]) -> (Vec<String>, usize) {
        let there = group.iter().filter(|login| has(self.all, login) || has(asked, login)).count();
        (missing(&[self.all, asked].concat(), group), self.count.saturating_sub(there))
    }

    /// Whether it matters who has how much to do.
    fn is_by_load(&self) -> bool {
        let is_open = |group: &Vec<String>| {
            let (free, short) = self.open(group, self.named);
            (1..free.len()).contains(&short)
        };
        self.strategy == Strategy::LeastLoaded && self.groups.iter().any(is_open)
    }

    fn make(&self, loads: &Counts) -> Vec<String> {
        let mut asked = self.named.to_vec();
        for group in &self.groups {
            let (free, short) = self.open(group, &asked);
            asked.extend(chosen(self.strategy, group, free, self.number, loads).into_iter().take(short));
        }
        asked
    }
}

/// Who is asked, or has reviewed.
fn taking_part(pull: &Reviewing) -> Vec<String> {
    let asked = pull.requested.iter().filter_map(|requested| match requested {
        Requested::Account(account) => Some(&account.login),
        Requested::Team(_) => None,
    });
    let author = pull.author.as_ref().map(|author| &author.login);
    let reviewers = pull.reviewers.iter().map(|account| &account.login);
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

/// The lists that each get their reviewers.
fn groups(args: &Args, pull: &Reviewing) -> Result<Vec<Vec<String>>, Failure> {
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
    loads: &Counts,
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

fn ask(
    github: &Workplace<'_>,
    number: u64,
    people: &[String],
    mut teams: Vec<String>,
) -> Result<(), Failure> {
    let pull = format!("{}/pulls/{number}", github.repository.path());
    let read = || github.client.read(&Call::get(pull.clone())).map(|answer| answer.body);
    if !teams.is_empty() {
        // Whom GraphQL does not let a token see of them stands here.
        let there = names(&read()?["requested_teams"], "slug");
        teams.retain(|team| !has(&there, team));
    }
    if people.is_empty() && teams.is_empty() {
        return Ok(());
    }
    let mut body = Map::new();
    for (key, names) in [("reviewers", people), ("team_reviewers", &teams)] {
        if !names.is_empty() {
            body.insert(key.to_owned(), json!(names));
        }
    }
    let mut look = || {
        let there = read()?;
        let is_there = missing(&names(&there["requested_reviewers"], "login"), people).is_empty()
            && missing(&names(&there["requested_teams"], "slug"), &teams).is_empty();
        Ok(is_there.then_some(()))
    };
    let call = Call::new(Method::Post, format!("{pull}/requested_reviewers"), Some(Value::Object(body)));
    github.client.write_unseen(Consistency::Strong, &mut look, &call)?;
    github.note_teams(number, &teams);
    Ok(())
}
