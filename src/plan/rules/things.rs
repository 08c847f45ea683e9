//! What workflows are told of a thing on GitHub that a clock runs on: what the state knows of it, in short.

use serde_json::{Value, json};

use crate::model::{Account, Github, GithubThing};

/// `{ build: { id, name, branch, sha, … } }`; of what is not known any more, what it is called by alone.
pub(super) fn thing(known: &Github, about: &GithubThing) -> Value {
    let login = |account: &Option<Account>| account.as_ref().map(|account| account.login.clone());
    match about {
        GithubThing::Pull { number } => {
            let pull = known.pulls.get(number);
            json!({ "pull": {
                "number": number,
                "title": pull.map(|pull| &pull.title),
                "author": pull.and_then(|pull| login(&pull.author)),
                "branch": pull.map(|pull| &pull.head),
                "sha": pull.map(|pull| &pull.sha),
            } })
        }
        GithubThing::Check { number, name } => {
            let pull = known.pulls.get(number);
            json!({ "check": {
                "number": number,
                "name": name,
                "author": pull.and_then(|pull| login(&pull.author)),
                "branch": pull.map(|pull| &pull.head),
                "sha": pull.map(|pull| &pull.sha),
            } })
        }
        GithubThing::Build { id } => {
            let build = known.builds.get(id);
            json!({ "build": {
                "id": id,
                "name": build.map(|build| &build.name),
                "branch": build.map(|build| &build.branch),
                "sha": build.map(|build| &build.sha),
                "attempt": build.map(|build| build.attempt),
                "conclusion": build.and_then(|build| build.conclusion.as_ref()),
            } })
        }
        GithubThing::Deployment { id, environment } => {
            let deployment = known.deployments.get(id);
            json!({ "deployment": {
                "id": id,
                "environment": environment,
                "author": deployment.and_then(|one| login(&one.creator)),
                "branch": deployment.and_then(|one| one.branch.as_ref()),
                "sha": deployment.map(|one| &one.sha),
                "state": deployment.map(|one| one.state()),
            } })
        }
    }
}
