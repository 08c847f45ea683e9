//! Whom `github.review` asks: loads are read once a tick and kept up with, and teams by whatever name are asked once.

use serde_json::{Value, json};

use super::*;

fn login(login: &str) -> Value {
    json!({ "requestedReviewer": { "__typename": "User", "login": login, "databaseId": 1 } })
}

/// An open pull request of whatever number, without a reviewer.
fn reviewing(state: &str, requests: Value) -> Reply {
    ok(&json!({ "data": { "repository": { "pullRequest": {
        "state": state, "headRefOid": SHA, "author": { "login": "eve", "databaseId": 2 },
        "reviewRequests": { "nodes": requests }, "reviews": { "nodes": [] },
        "files": { "pageInfo": { "hasNextPage": false }, "nodes": [] },
    } } } }))
}

/// How often everybody is asked.
fn loads(logins: &[&str]) -> Reply {
    let requests: Vec<Value> = logins.iter().map(|name| login(name)).collect();
    ok(&json!({ "data": { "repository": { "pullRequests": {
        "pageInfo": { "hasNextPage": false }, "nodes": [{ "number": 1, "reviewRequests": { "nodes": requests } }],
    } } } }))
}

fn is_of(asked: &Asked, name: &str) -> bool {
    matches!(asked, Asked::Graphql { query, .. } if query.contains(&format!("query {name}(")))
}

#[test]
fn loads_are_read_once_a_tick_and_hold_whom_we_asked() {
    let desk = Desk::with(FakeForge::by(|asked| match asked {
        _ if is_of(asked, "PullReview") => reviewing("OPEN", json!([])),
        _ if is_of(asked, "ReviewRequests") => loads(&["ada"]),
        Asked::Rest(call) if call.path.contains("/pulls/8/") => forbidden("No", ""),
        Asked::Rest(_) => ok(&json!({})),
        Asked::Graphql { query, .. } => panic!("{query}"),
    }));
    let place = workplace(&desk);
    let ask = |number: u64| {
        let args = json!({ "number": number, "from": ["ada", "ben"] });
        perform(&place, "github.review", &args).map(|told| told["reviewers"].clone())
    };
    assert_eq!(ask(7).unwrap(), json!(["ben"]));
    // Now both have one; what is refused does not count.
    assert!(ask(8).is_err());
    assert_eq!(ask(9).unwrap(), json!(["ada"]));
    assert_eq!(ask(10).unwrap(), json!(["ben"]));
    let count = |name: &str| desk.forge.asked().iter().filter(|asked| is_of(asked, name)).count();
    assert_eq!((count("ReviewRequests"), count("PullReview"), desk.asked().len()), (1, 4, 9));
}

#[test]
fn loads_are_not_read_where_they_do_not_matter() {
    for args in [
        json!({ "number": 7, "reviewers": "ada" }),
        json!({ "number": 7, "from": ["ada", "ben"], "strategy": "first" }),
        json!({ "number": 7, "from": ["ada", "eve"] }),
    ] {
        let (told, writes) = act("github.review", &args, [reviewing("OPEN", json!([])), ok(&json!({}))]);
        assert_eq!((&told.unwrap()["reviewers"], writes.len()), (&json!(["ada"]), 1), "{args}");
    }
}

#[test]
fn one_pull_request_is_read_wherever_it_stands() {
    let none = ok(&json!({ "data": { "repository": { "pullRequest": null } }, "errors": [
        { "type": "NOT_FOUND", "message": "Could not resolve to a PullRequest with the number of 7." },
    ] }));
    for (answer, told) in [
        (none, "acme/app has no pull request 7"),
        (reviewing("MERGED", json!([])), "pull request 7 is not open any more"),
    ] {
        let failure = act("github.review", &json!({ "number": 7, "from": "ada" }), [answer]).0.unwrap_err();
        assert!(failure.is_final && failure.message.contains(told), "{failure}");
    }
}

#[test]
fn teams_have_one_name_and_are_asked_once() {
    let hidden = || reviewing("OPEN", json!([{ "requestedReviewer": null }]));
    let with = |teams: Value| ok(&json!({ "requested_teams": teams }));
    let args = json!({ "number": 7, "teams": ["@acme/web", "Acme/web", "web"] });
    // Neither way of reading tells of it, and yet it is asked once in a tick.
    let none = || with(json!([]));
    let desk = Desk::new([hidden(), none(), none(), hidden()]);
    let place = workplace(&desk);
    perform(&place, "github.review", &args).unwrap();
    perform(&place, "github.review", &args).unwrap();
    assert_eq!(desk.bodies(), [json!({ "team_reviewers": ["web"] })]);
    // One of both ways tells.
    let (told, writes) = act("github.review", &args, [hidden(), with(json!([{ "slug": "web" }]))]);
    assert!(told.is_ok() && writes.is_empty());
    let team = json!([{ "requestedReviewer": { "__typename": "Team", "slug": "web", "databaseId": 3 } }]);
    let (told, writes) = act("github.review", &args, [reviewing("OPEN", team)]);
    assert!(told.is_ok() && writes.is_empty());
    // Nobody can ask those of others.
    let (told, writes) = act("github.review", &json!({ "number": 7, "teams": "@other/web" }), []);
    let failure = told.unwrap_err();
    assert!(failure.is_final && failure.message.contains("only teams of its owner"), "{failure}");
    assert!(writes.is_empty());
}
