//! Pull requests out of answers as GitHub gives them.

use serde_json::{Value, json};

use super::*;
use crate::forge::testing::{Asked, Desk, FakeForge, answer, status};
use crate::forge::{Budget, RefusedKind};
use crate::model::Duration as Length;
use crate::ports::{Answer, ForgeError};

fn repository() -> Repository {
    "o/r".parse().unwrap()
}

/// Two check runs and two statuses.
fn checks() -> Value {
    json!([
        {"__typename": "CheckRun", "databaseId": 70, "name": "test", "status": "COMPLETED", "conclusion": "FAILURE",
         "startedAt": "2026-01-05T08:01:00Z", "completedAt": "2026-01-05T08:03:00Z", "detailsUrl": "https://x/1",
         "checkSuite": {"app": {"slug": "github-actions"},
                        "workflowRun": {"databaseId": 60, "runNumber": 4, "event": "pull_request", "workflow": {"name": "CI"}}}},
        {"__typename": "CheckRun", "databaseId": 71, "name": "lint", "status": "IN_PROGRESS", "conclusion": null,
         "startedAt": "2026-01-05T08:01:00Z", "completedAt": null, "detailsUrl": null, "checkSuite": {"app": null, "workflowRun": null}},
        {"__typename": "StatusContext", "context": "deploy", "state": "PENDING", "createdAt": "2026-01-05T08:02:00Z", "targetUrl": null, "creator": null},
        {"__typename": "StatusContext", "context": "cla", "state": "ERROR", "createdAt": "2026-01-05T08:02:00Z", "targetUrl": "https://y", "creator": {"login": "cla-bot"}},
    ])
}

/// The higher the number, the longer ago.
fn updated_at(number: u64) -> Time {
    "2026-01-05T10:00:00Z".parse::<Time>().unwrap() - Length::from_minutes(number)
}

/// A pull request with something of everything.
fn node(number: u64) -> Value {
    let person = |login: &str, id: u64| json!({"login": login, "databaseId": id});
    let whole = |nodes: Value| json!({"pageInfo": {"hasNextPage": false, "endCursor": null}, "nodes": nodes});
    let review = |login: &str, state: &str, minute: u8| {
        json!({"databaseId": 80, "state": state, "submittedAt": format!("2026-01-05T08:{minute:02}:00Z"),
               "author": person(login, 2), "commit": {"oid": "abc"}})
    };
    json!({
        "id": format!("PR_{number}"), "number": number, "title": "Fix <b>", "url": "https://github.com/o/r/pull/1",
        "state": "OPEN", "isDraft": false, "createdAt": "2026-01-05T08:00:00Z",
        "updatedAt": updated_at(number), "mergedAt": null, "closedAt": null,
        "author": person("ann", 1), "baseRefName": "main", "baseRefOid": "aaa", "headRefName": "fix", "headRefOid": "abc",
        "headRepositoryOwner": null, "isCrossRepository": true,
        "labels": whole(json!([{"name": "bug"}, null])), "milestone": {"number": 3, "title": "v1"},
        "assignees": whole(json!([person("ann", 1)])),
        "reviewRequests": whole(json!([
            {"requestedReviewer": {"__typename": "User", "login": "ben", "databaseId": 2}},
            {"requestedReviewer": {"__typename": "Team", "slug": "core", "databaseId": 9}},
            {"requestedReviewer": null},
        ])),
        "reviews": {"pageInfo": {"hasPreviousPage": false}, "nodes": [
            review("ben", "APPROVED", 1), review("ben", "COMMENTED", 2), review("eve", "CHANGES_REQUESTED", 3),
            {"databaseId": 81, "state": "PENDING", "submittedAt": null, "author": null, "commit": null},
        ]},
        "reviewDecision": "REVIEW_REQUIRED", "mergeable": "MERGEABLE", "mergeStateStatus": "BLOCKED",
        "additions": 5, "deletions": 1, "changedFiles": 1,
        "files": whole(json!([{"path": "src/a.rs", "additions": 5, "deletions": 1, "changeType": "MODIFIED"}])),
        "commits": {"nodes": [{"commit": {"oid": "abc", "statusCheckRollup": {"state": "PENDING", "contexts": whole(checks())}}}]},
    })
}

fn body(nodes: &[Value], next: Option<&str>) -> Answer {
    answer(&json!({"data": {
        "rateLimit": {"cost": 7, "limit": 5000, "remaining": 4993, "resetAt": "2026-01-05T09:00:00Z"},
        "viewer": {"login": "github-actions[bot]", "databaseId": 41_898_282},
        "repository": {"databaseId": 1_296_269, "pullRequests": {
            "pageInfo": {"hasNextPage": next.is_some(), "endCursor": next}, "nodes": nodes,
        }},
    }}))
}

/// A repository with so many pull requests, that gives at most so many at once in time.
fn many(count: u64, at_once: u64) -> FakeForge {
    FakeForge::by(move |asked| {
        let Asked::Graphql { variables, .. } = asked else { panic!("{asked:?}") };
        let first = variables["first"].as_u64().unwrap();
        if first > at_once {
            return Ok(status(502, &json!("<html>")));
        }
        let from: u64 = variables["after"].as_str().map_or(0, |cursor| cursor.parse().unwrap());
        let nodes: Vec<_> = (from..count.min(from + first)).map(|index| node(index + 1)).collect();
        let next = (from + first < count).then(|| (from + first).to_string());
        Ok(body(&nodes, next.as_deref()))
    })
}

#[test]
fn a_pull_request_is_read_whole() {
    let desk = Desk::new([Ok(body(&[node(1), Value::Null], None))]);
    let found = read(&desk.client(), &repository(), &Wanted::open()).unwrap();
    assert_eq!((found.repository, found.is_cut), (Some(1_296_269), false));
    assert_eq!(found.viewer.as_ref().and_then(|viewer| viewer.id), Some(41_898_282));
    let pull = &found.pulls[0];
    assert_eq!(found.newest, Some(pull.updated_at));
    assert_eq!(pull.author, Some(Account { login: "ann".into(), id: Some(1) }));
    assert_eq!((&pull.head_owner, pull.is_cross_repository), (&None, true));
    assert_eq!(
        (pull.labels.as_slice(), pull.decision.as_deref()),
        (&["bug".into()][..], Some("review_required"))
    );
    let ben = Account { login: "ben".into(), id: Some(2) };
    assert_eq!(pull.requested, [Requested::Account(ben), Requested::Team("core".into())]);
    assert_eq!(pull.reviews.len(), 3, "a review that is not submitted is none");
    let shown: Vec<_> =
        pull.checks.iter().map(|check| (check.name.as_str(), check.conclusion.as_deref())).collect();
    assert_eq!(shown, [("test", Some("failure")), ("lint", None), ("deploy", None), ("cla", Some("error"))]);
    let times: Vec<_> = pull.checks.iter().map(|check| check.completed_at.is_some()).collect();
    assert_eq!(times, [true, false, false, true]);
    let run = WorkflowRun { id: 60, number: 4, event: "pull_request".into(), workflow: "CI".into() };
    assert_eq!((pull.checks[0].run.as_ref(), pull.rollup.as_deref()), (Some(&run), Some("pending")));
    assert_eq!(pull.cut, Cut::default());
    let again: PullRequest = serde_json::from_value(serde_json::to_value(pull).unwrap()).unwrap();
    assert_eq!(&again, pull);
}

#[test]
fn an_approval_stands_whatever_its_author_says_later() {
    let desk = Desk::new([Ok(body(&[node(1)], None))]);
    let mut pull = read(&desk.client(), &repository(), &Wanted::open()).unwrap().pulls.remove(0);
    // Two accounts of one number are one in this answer; what tells them apart is both.
    let standing = |pull: &PullRequest| -> Vec<String> {
        let shown = |review: &&Review| format!("{} {}", review.author.as_ref().unwrap().login, review.state);
        pull.standing_reviews().iter().map(shown).collect()
    };
    assert_eq!(standing(&pull), ["ben approved", "eve changes_requested"]);
    let later = |pull: &PullRequest, index: usize, state: &str| Review {
        state: state.into(),
        ..pull.reviews[index].clone()
    };
    pull.reviews.push(later(&pull, 2, "dismissed"));
    pull.reviews.push(later(&pull, 0, "changes_requested"));
    pull.reviews.push(Review { author: None, ..later(&pull, 0, "approved") });
    assert_eq!(standing(&pull), ["ben changes_requested"]);
}

#[test]
fn a_hundred_take_one_call_and_a_thousand_ten() {
    for (count, calls) in [(0, 1), (10, 1), (100, 1), (101, 2), (1000, 10)] {
        let desk = Desk::with(many(count, 100));
        let client = desk.client();
        let found = read(&client, &repository(), &Wanted::open()).unwrap();
        assert_eq!((found.pulls.len() as u64, found.is_cut, client.sent()), (count, false, calls));
    }
    let desk = Desk::with(many(1001, 100));
    let found = read(&desk.client(), &repository(), &Wanted::open()).unwrap();
    assert_eq!((found.pulls.len(), found.is_cut), (1000, true));
}

#[test]
fn what_is_too_much_at_once_is_asked_for_in_halves() {
    let desk = Desk::with(many(100, 30));
    let client = desk.client();
    let found = read(&client, &repository(), &Wanted::open()).unwrap();
    assert_eq!((found.pulls.len(), found.page), (100, 25));
    // Three tries each of 100 and 50, then four pages; the next tick begins with 25.
    assert_eq!(client.sent(), 3 + 3 + 4);
    let desk = Desk::with(many(100, 0));
    let client = desk.client();
    assert!(read(&client, &repository(), &Wanted::open()).is_err());
    assert_eq!(client.sent(), 3 * 5, "100, 50, 25, 12 and 10");
}

#[test]
fn only_what_changed_since_is_read_and_no_page_more() {
    let desk = Desk::with(many(1000, 100));
    let client = desk.client();
    let since: Time = "2026-01-05T09:49:00Z".parse().unwrap();
    let found = read(&client, &repository(), &Wanted::since(since)).unwrap();
    // The last of them changed at that very time.
    assert_eq!(found.pulls.iter().map(|pull| pull.number).collect::<Vec<_>>(), (1..=11).collect::<Vec<_>>());
    assert!(found.pulls.iter().all(|pull| pull.updated_at >= since));
    assert_eq!(found.newest, Some("2026-01-05T09:59:00Z".parse().unwrap()));
    assert_eq!(client.sent(), 1);
    let Asked::Graphql { variables, .. } = &desk.forge.asked()[0] else { panic!() };
    assert_eq!(variables["order"], json!({"field": "UPDATED_AT", "direction": "DESC"}));
    assert_eq!(variables["states"], json!(["OPEN", "CLOSED", "MERGED"]));
}

#[test]
fn what_is_cut_is_told_and_read_by_whoever_needs_it() {
    let mut long = node(1);
    long["files"]["pageInfo"] = json!({"hasNextPage": true, "endCursor": "F1"});
    long["reviews"]["pageInfo"]["hasPreviousPage"] = json!(true);
    let contexts = "/commits/nodes/0/commit/statusCheckRollup/contexts/pageInfo";
    *long.pointer_mut(contexts).unwrap() = json!({"hasNextPage": true, "endCursor": "C1"});
    let mut checks = node(1)["commits"].clone();
    let rest = |files: Value, head: &str| {
        Ok(answer(&json!({"data": {"repository": {"pullRequest": {"headRefOid": head, "files": files}}}})))
    };
    let file = |path: &str| json!({"path": path, "additions": 1, "deletions": 0, "changeType": "ADDED"});
    let page = |paths: &[&str], next: Option<&str>| json!({"pageInfo": {"hasNextPage": next.is_some(), "endCursor": next}, "nodes": paths.iter().map(|path| file(path)).collect::<Vec<_>>()});
    let more_checks = answer(
        &json!({"data": {"repository": {"pullRequest": {"headRefOid": "abc", "commits": checks.take()}}}}),
    );
    let desk = Desk::new([
        Ok(body(&[long], None)),
        rest(page(&["b"], Some("F2")), "abc"),
        rest(page(&["c"], None), "abc"),
        Ok(more_checks),
    ]);
    let client = desk.client();
    let mut pull = read(&client, &repository(), &Wanted::open()).unwrap().pulls.remove(0);
    assert_eq!(pull.cut, Cut { files: Some("F1".into()), checks: Some("C1".into()), others: true });
    rest_of_files(&client, &repository(), &mut pull).unwrap();
    rest_of_checks(&client, &repository(), &mut pull).unwrap();
    let paths: Vec<_> = pull.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!((paths, pull.checks.len()), (vec!["src/a.rs", "b", "c"], 8));
    assert_eq!((pull.cut.files.as_ref(), pull.cut.checks.as_ref()), (None, None));
    // Nothing is asked for where nothing is left.
    rest_of_files(&client, &repository(), &mut pull).unwrap();
    assert_eq!(client.sent(), 4);
    // Pages of two states of a branch do not fit together.
    let desk = Desk::new([rest(page(&["b"], None), "other")]);
    pull.cut.files = Some("F1".into());
    let error = rest_of_files(&desk.client(), &repository(), &mut pull).unwrap_err();
    assert!(error.to_string().contains("pushed to in between"), "{error}");
    // A most of pages holds here, too.
    let desk = Desk::new([rest(page(&["d"], Some("F9")), "abc")]);
    rest_of_files(&desk.client_within(Budget { pages: 1, ..Budget::default() }), &repository(), &mut pull)
        .unwrap();
    assert_eq!(pull.cut.files.as_deref(), Some("F9"));
}

#[test]
fn what_goes_wrong_is_told() {
    let read = |reply: Result<Answer, ForgeError>| {
        read(&Desk::new([reply]).client(), &repository(), &Wanted::open())
    };
    let missing = json!({"data": {"viewer": {"login": "x"}, "repository": null}, "errors": [{"type": "NOT_FOUND", "message": "Could not resolve to a Repository"}]});
    let error = read(Ok(answer(&missing))).unwrap_err();
    assert!(matches!(&error, ClientError::Refused(it) if it.kind == RefusedKind::NotFound), "{error:?}");
    let mut odd = node(1);
    odd["number"] = json!("one");
    let error = read(Ok(body(&[odd], None))).unwrap_err();
    assert!(error.to_string().contains("repository.pullRequests.nodes[0].number"), "{error}");
    assert!(read(Err(ForgeError::NoToken)).is_err());
    // What the token may not read is missing, and told.
    let mut withheld = body(&[node(1)], None);
    withheld.body["errors"] =
        json!([{"type": "FORBIDDEN", "path": ["x"], "message": "Resource not accessible by integration"}]);
    let nodes = "/data/repository/pullRequests/nodes/0";
    for field in [
        "labels",
        "reviewRequests",
        "reviews",
        "files",
        "commits",
        "assignees",
        "reviewDecision",
        "mergeable",
    ] {
        withheld.body.pointer_mut(nodes).unwrap()[field] = Value::Null;
    }
    let found = read(Ok(withheld)).unwrap();
    assert_eq!(found.warnings, ["Resource not accessible by integration"]);
    assert_eq!((found.pulls[0].checks.len(), found.pulls[0].mergeable.as_str()), (0, "unknown"));
}

#[test]
fn reviews_to_give_are_counted_over_all_pages_once() {
    let request =
        |login: &str| json!({"requestedReviewer": {"__typename": "User", "login": login, "databaseId": 1}});
    let forge = FakeForge::by(move |asked| {
        let Asked::Graphql { variables, .. } = asked else { panic!("{asked:?}") };
        let from: u64 = variables["after"].as_str().map_or(0, |cursor| cursor.parse().unwrap());
        // The last of a page comes again as the first of the next.
        let nodes: Vec<_> = (from * 2..=from * 2 + 2)
            .map(|number| json!({"number": number, "reviewRequests": {"nodes": [request("Ada"), null]}}))
            .collect();
        let next = (from < 4).then(|| (from + 1).to_string());
        Ok(answer(&json!({"data": {"repository": {"pullRequests": {
            "pageInfo": {"hasNextPage": next.is_some(), "endCursor": next}, "nodes": nodes,
        }}}})))
    });
    let desk = Desk::with(forge);
    let count = |loads: &Loads, client: &Client<'_>| {
        let mut found = 0;
        let chosen = loads.choose(client, &repository(), |counts| {
            found = counts["ada"];
            vec!["ADA".to_owned()]
        });
        assert_eq!(chosen.unwrap(), ["ADA"]);
        found
    };
    let (loads, client) = (Loads::default(), desk.client());
    assert_eq!((count(&loads, &client), count(&loads, &client), client.sent()), (11, 12, 5));
    loads.add(&["ada".to_owned()]);
    loads.take_back(&["Ada".to_owned(), "nobody".to_owned()]);
    assert_eq!((count(&loads, &client), client.sent()), (13, 5));
    // Of too many, the latest.
    let client = desk.client_within(Budget { pages: 2, ..Budget::default() });
    assert_eq!((count(&Loads::default(), &client), client.sent()), (5, 2));
}
