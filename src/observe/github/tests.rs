//! What is looked at, what GitHub sends, and what is remembered, in any order: everything is told once.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use smol_str::SmolStr;

use super::{Delivered, Deployed, Look, delivered, news, read};
use crate::forge::deployments::{Deployment, Status};
use crate::model::{
    Account, Check, FlowFact, Github, GithubItem, GithubKind, Project, Pull, PullReview, PullState, Time,
};

fn at(minute: i64) -> Time {
    Time::from_second(1_800_000_000 + minute * 60)
}

fn mika() -> Account {
    Account { id: 7, login: "mika".into() }
}

fn pull(number: u64, minute: i64) -> Pull {
    Pull {
        number,
        title: "Fix the lock".to_owned(),
        author: Some(mika()),
        state: PullState::Open,
        draft: false,
        head: "fix-lock".into(),
        sha: "aaaa".into(),
        fork: false,
        base: "main".into(),
        created_at: at(0),
        updated_at: at(minute),
        ready_at: None,
        labels: Vec::new(),
        milestone: None,
        assignees: Vec::new(),
        reviewers: Vec::new(),
        reviews: Vec::new(),
        checks: BTreeMap::new(),
        files: vec!["src/lock.rs".into()],
        changed_files: 1,
        additions: 3,
        deletions: 1,
        tasks: Vec::new(),
        closes: Vec::new(),
    }
}

fn issue(number: u64, minute: i64, state: &str, labels: &[&str]) -> Value {
    let labels: Vec<Value> = labels.iter().map(|name| json!({ "name": name })).collect();
    json!({
        "number": number, "title": "It hangs", "state": state, "labels": labels, "assignees": [],
        "user": { "id": 7, "login": "mika" }, "created_at": at(10), "updated_at": at(minute),
    })
}

fn build(attempt: u32, minute: i64, status: &str, conclusion: Option<&str>) -> Value {
    json!({
        "id": 99, "name": "CI", "head_branch": "main", "head_sha": "aaaa", "event": "push", "run_attempt": attempt,
        "status": status, "conclusion": conclusion, "run_started_at": at(0), "updated_at": at(minute),
        "created_at": at(0),
    })
}

/// A repository, and what the state remembers of it.
#[derive(Default)]
struct World {
    known: Github,
    look: Look,
}

impl World {
    /// Everything has been looked at, and nothing is there.
    fn new() -> Self {
        let look = Look {
            repository: "owner/name".into(),
            pulls: Some(Vec::new()),
            issues: Some(Vec::new()),
            highest: 2,
            comments: Some(Vec::new()),
            builds: Some(Vec::new()),
            deployments: Some(Vec::new()),
        };
        let mut world = Self { known: Github::default(), look };
        assert!(world.look().is_empty());
        assert_eq!(world.known.through.len(), GithubKind::ALL.len());
        world
    }

    fn take(&mut self, facts: Vec<FlowFact>) -> Vec<String> {
        let mut told = Vec::new();
        for fact in facts {
            let FlowFact::GithubSeen { item, events, delivered } = fact else { panic!("{fact:?}") };
            assert!(self.known.is_news(&item), "{item:?}");
            self.known.see(&item, delivered);
            told.extend(events.iter().map(super::GithubEvent::name));
        }
        told
    }

    /// The events that a look tells; a second one tells nothing.
    fn look(&mut self) -> Vec<String> {
        let told = self.take(news(&Project::default(), &self.known, &self.look, at(0)));
        assert_eq!(
            news(&Project::default(), &self.known, &self.look, at(1)),
            [],
            "the second look tells nothing"
        );
        told
    }

    fn pulls(&mut self, pulls: Vec<Pull>) -> Vec<String> {
        self.look.pulls = Some(pulls);
        self.look()
    }

    fn send(&mut self, name: &str, payload: Value) -> Vec<String> {
        let event = Delivered { name: name.into(), id: format!("{name}-1").into(), payload };
        let told = self.take(delivered(&Project::default(), &self.known, &event).into_iter().collect());
        assert_eq!(delivered(&Project::default(), &self.known, &event), None, "sent twice it is told once");
        told
    }
}

#[test]
fn what_is_there_at_the_first_look_is_no_news() {
    let mut world = World::new();
    world.known = Github::default();
    assert!(world.pulls(vec![pull(1, 0), pull(2, 0)]).is_empty());
    assert_eq!(world.known.pulls.len(), 2);
    // Another repository is looked at anew.
    world.look.repository = "owner/other".into();
    assert!(world.pulls(vec![pull(1, 5)]).is_empty());
    assert_eq!((world.known.repository.as_str(), world.known.pulls.len()), ("owner/other", 1));
}

#[test]
fn what_happens_to_a_pull_request_is_told() {
    type Case = (fn(&mut Pull), &'static [&'static str]);

    let mut world = World::new();
    assert_eq!(world.pulls(vec![pull(1, 1)]), ["pull_request.opened"]);
    let changed = |change: fn(&mut Pull)| {
        let mut now = pull(1, 2);
        change(&mut now);
        now
    };
    let cases: [Case; 9] = [
        (|now| now.sha = "bbbb".into(), &["pull_request.synchronize"]),
        (|now| now.title = "Mend the lock".into(), &["pull_request.edited"]),
        (|now| now.draft = true, &["pull_request.converted_to_draft"]),
        (|now| now.labels = vec!["bug".into()], &["pull_request.labeled"]),
        (|now| now.assignees = vec!["ann".into()], &["pull_request.assigned"]),
        (|now| now.reviewers = vec!["ann".into()], &["pull_request.review_requested"]),
        (|now| now.milestone = Some("1.0".into()), &["pull_request.milestoned"]),
        (
            |now| {
                let sha = Some("aaaa".into());
                now.reviews =
                    vec![PullReview { id: 5, by: Some(mika()), state: "approved".into(), at: at(2), sha }];
            },
            &["pull_request_review.submitted"],
        ),
        (
            |now| {
                let check = Check {
                    conclusion: Some("failure".into()),
                    started_at: Some(at(1)),
                    completed_at: Some(at(2)),
                };
                now.checks.insert("build".into(), check);
            },
            &["check_run.created", "check_run.completed"],
        ),
    ];
    for (change, told) in cases {
        let mut world = World::new();
        world.pulls(vec![pull(1, 1)]);
        assert_eq!(world.pulls(vec![changed(change)]), told);
    }
    // What was taken back is told as well.
    let mut labeled = pull(1, 2);
    labeled.labels = vec!["bug".into()];
    world.pulls(vec![labeled]);
    assert_eq!(world.pulls(vec![pull(1, 3)]), ["pull_request.unlabeled"]);
    let merged = Pull { state: PullState::Merged, ..pull(1, 4) };
    assert_eq!(world.pulls(vec![merged]), ["pull_request.closed"]);
    assert_eq!((world.known.pulls.len(), world.known.closed.as_slice()), (0, [1].as_slice()));
    assert_eq!(world.pulls(vec![pull(1, 5)]), ["pull_request.reopened"]);
}

#[test]
fn who_gives_a_review_is_not_told_to_be_asked_no_more() {
    let mut world = World::new();
    let asked = Pull { reviewers: vec!["mika".into(), "ann".into()], ..pull(1, 1) };
    world.pulls(vec![asked]);
    let review = PullReview { id: 5, by: Some(mika()), state: "approved".into(), at: at(2), sha: None };
    let reviewed = Pull { reviews: vec![review.clone()], ..pull(1, 2) };
    assert_eq!(
        world.pulls(vec![reviewed]),
        ["pull_request.review_request_removed", "pull_request_review.submitted"]
    );
    let dismissed = PullReview { state: "dismissed".into(), ..review };
    let dismissed = Pull { reviews: vec![dismissed], ..pull(1, 3) };
    assert_eq!(world.pulls(vec![dismissed]), ["pull_request_review.dismissed"]);
}

#[test]
fn checks_of_another_commit_begin_anew() {
    let mut world = World::new();
    let with = |sha: &str, minute, conclusion: Option<&str>| {
        let check = Check {
            conclusion: conclusion.map(SmolStr::from),
            started_at: Some(at(minute)),
            completed_at: None,
        };
        Pull { sha: sha.into(), checks: [("build".into(), check)].into(), ..pull(1, minute) }
    };
    world.pulls(vec![with("aaaa", 1, None)]);
    // A check that ends does not change when the pull request was changed last.
    let mut over = with("aaaa", 1, Some("success"));
    over.updated_at = at(1);
    assert_eq!(world.pulls(vec![over]), ["check_run.completed"]);
    assert_eq!(world.pulls(vec![with("bbbb", 2, None)]), ["pull_request.synchronize", "check_run.created"]);
}

#[test]
fn what_happens_to_an_issue_is_told() {
    let mut world = World::new();
    let mut look = |issue: Value| {
        world.look.issues = Some(vec![(read::issue(&issue).unwrap(), issue)]);
        world.look()
    };
    assert_eq!(look(issue(3, 11, "open", &[])), ["issues.opened"]);
    assert_eq!(look(issue(3, 12, "open", &["orch"])), ["issues.labeled"]);
    assert_eq!(look(issue(3, 13, "closed", &["orch"])), ["issues.closed"]);
    assert!(look(issue(3, 14, "closed", &["orch", "late"])).is_empty(), "what happens to a closed one");
    assert_eq!(look(issue(3, 15, "open", &["orch"])), ["issues.reopened"]);
    // Some were closed before the first look, and some come and go between two.
    assert!(look(issue(2, 16, "closed", &[])).is_empty());
    assert_eq!(look(issue(2, 17, "open", &[])), ["issues.reopened"]);
    assert_eq!(look(issue(4, 18, "closed", &[])), ["issues.opened", "issues.closed"]);
    let pull = json!({ "number": 4, "pull_request": {}, "title": "x", "state": "open" });
    assert_eq!(read::issue(&pull), None);
}

#[test]
fn what_happens_to_a_build_is_told() {
    let mut world = World::new();
    let mut look = |build: Value| {
        world.look.builds = Some(vec![(read::build(&build).unwrap(), build)]);
        world.look()
    };
    assert_eq!(look(build(1, 1, "queued", None)), ["workflow_run.requested"]);
    assert_eq!(look(build(1, 2, "in_progress", None)), ["workflow_run.in_progress"]);
    assert_eq!(look(build(1, 3, "completed", Some("failure"))), ["workflow_run.completed"]);
    let all = ["workflow_run.requested", "workflow_run.in_progress", "workflow_run.completed"];
    assert_eq!(look(build(2, 4, "completed", Some("success"))), all, "run again");
}

/// A deployment that was said one thing of after the other, as a look finds it.
fn deployed(id: u64, states: &[&str]) -> Deployed {
    let said = |(minute, state): (i64, &&str)| Status {
        state: (*state).into(),
        description: None,
        environment_url: None,
        log_url: Some("https://x/log".to_owned()),
        created_at: at(minute),
        creator: None,
    };
    let statuses: Vec<Status> = (1..).zip(states).map(said).collect();
    Deployed::of_forge(Deployment {
        id,
        environment: "production".into(),
        task: "deploy".into(),
        description: None,
        sha: "aaaa".into(),
        branch: Some("main".into()),
        creator: Some(crate::forge::pulls::Account { login: "mika".into(), id: Some(7) }),
        created_at: at(0),
        updated_at: statuses.last().map_or(at(0), |status| status.created_at),
        statuses,
    })
}

#[test]
fn what_is_said_of_a_deployment_is_told_once_whoever_sees_it_first() {
    let mut world = World::new();
    let look = |world: &mut World, states: &[&str]| {
        world.look.deployments = Some(vec![deployed(3, states)]);
        world.look()
    };
    assert_eq!(look(&mut world, &[]), ["deployment.created"]);
    assert_eq!(world.known.deployments[&3].state(), "pending");
    // What came and went between two looks is told too.
    assert_eq!(
        look(&mut world, &["in_progress", "failure"]),
        ["deployment_status.created", "deployment_status.created"]
    );
    assert!(world.known.deployments[&3].is_over());
    let sent = |minute: i64, state: &str| {
        let deployed = deployed(3, &[]);
        json!({ "action": "created", "deployment": deployed.body,
            "deployment_status": { "id": minute, "state": state, "created_at": at(minute) },
            "repository": { "full_name": "owner/name" } })
    };
    assert!(world.send("deployment_status", sent(2, "failure")).is_empty(), "the look was first");
    assert_eq!(world.send("deployment_status", sent(3, "success")), ["deployment_status.created"]);
    assert!(look(&mut world, &["in_progress", "failure", "success"]).is_empty(), "and the event was");
    assert_eq!(world.known.deployments[&3].state(), "success");
    let known = world.known.deployments[&3].clone();
    assert_eq!((known.statuses.len(), known.updated_at), (3, at(3)));
    // What is sent of one that nobody has seen tells of both.
    let mut sent = sent(1, "queued");
    sent["deployment"]["id"] = json!(4);
    assert_eq!(world.send("deployment_status", sent), ["deployment.created", "deployment_status.created"]);
    assert!(!world.known.deployments[&4].is_over());
}

#[test]
fn a_comment_is_told_once() {
    let comment = json!({
        "id": 50, "body": "/orch approve", "user": { "id": 7, "login": "mika" }, "created_at": at(1),
        "issue_url": "https://api.github.com/repos/owner/name/issues/12",
        "html_url": "https://github.com/owner/name/pull/12#issuecomment-50",
    });
    let mut world = World::new();
    let sent = json!({ "action": "created", "comment": comment, "issue": { "number": 12 },
        "repository": { "full_name": "owner/name" } });
    assert_eq!(world.send("issue_comment", sent.clone()), ["issue_comment.created"]);
    world.look.comments = Some(vec![read::comment(&comment).unwrap()]);
    assert!(world.look().is_empty());
    let mut world = World::new();
    world.look.comments = Some(vec![read::comment(&comment).unwrap()]);
    assert_eq!(world.look(), ["issue_comment.created"]);
    assert!(world.send("issue_comment", sent).is_empty());
}

#[test]
fn what_github_sends_hides_nothing_that_a_look_finds_later() {
    let comment = |id: u64| {
        let comment = json!({
            "id": id, "body": "hello", "user": { "id": 7, "login": "mika" }, "created_at": at(1),
            "issue_url": "https://api.github.com/repos/owner/name/issues/12",
        });
        (read::comment(&comment).unwrap(), comment)
    };
    let mut world = World::new();
    let sent = json!({ "action": "created", "comment": comment(100).1, "issue": { "number": 12 },
        "repository": { "full_name": "Owner/Name" } });
    let through = world.known.through.clone();
    assert_eq!(world.send("issue_comment", sent), ["issue_comment.created"]);
    assert_eq!(world.known.through, through, "only a look is whole up to what it saw");
    world.look.comments = Some([98, 99, 100].map(|id| comment(id).0).into());
    assert_eq!(world.look(), ["issue_comment.created"; 2]);
    // A list that shows the newest first hides none either.
    world.look.comments = Some([102].map(|id| comment(id).0).into());
    assert_eq!(world.look(), ["issue_comment.created"]);
    world.look.comments = Some([101, 102].map(|id| comment(id).0).into());
    assert_eq!(world.look(), ["issue_comment.created"]);
    // What was there at the first look is no news.
    let mut world = World { known: Github::default(), look: world.look };
    assert!(world.look().is_empty());
    world.look.comments = Some([100, 103].map(|id| comment(id).0).into());
    assert_eq!(world.look(), ["issue_comment.created"]);
    // An issue that came before one that was sent is new all the same.
    let issue = |number: u64| {
        json!({ "number": number, "title": "x", "state": "open", "created_at": at(1), "updated_at": at(1), "labels": [],
            "assignees": [], "user": { "id": 7, "login": "mika" } })
    };
    let sent = json!({ "action": "opened", "issue": issue(6), "repository": { "full_name": "owner/name" } });
    assert_eq!(world.send("issues", sent), ["issues.opened"]);
    world.look.issues =
        Some([5, 6].map(|number| (read::issue(&issue(number)).unwrap(), issue(number))).into());
    assert_eq!(world.look(), ["issues.opened"]);
}

#[test]
fn teams_that_are_asked_are_the_same_however_they_are_told() {
    let mut world = World::new();
    let known = Pull { reviewers: vec!["mika".into(), "web".into()], ..pull(1, 1) };
    world.pulls(vec![known.clone()]);
    let mut body = payload("labeled", &Pull { labels: vec!["bug".into()], updated_at: at(2), ..known });
    body["pull_request"]["requested_reviewers"] = json!([{ "login": "mika" }]);
    body["pull_request"]["requested_teams"] = json!([{ "slug": "web" }]);
    assert_eq!(world.send("pull_request", body), ["pull_request.labeled"]);
}

/// As a payload tells of a pull request.
fn payload(action: &str, pull: &Pull) -> Value {
    let mut body = super::payload::pull(pull);
    body["head"]["repo"] = json!({ "full_name": "owner/name" });
    body["base"]["repo"] = json!({ "full_name": "owner/name" });
    json!({ "action": action, "number": pull.number, "pull_request": body, "label": { "color": "f00" },
        "repository": { "full_name": "owner/name" } })
}

#[test]
fn what_github_sends_and_a_look_finds_out_is_told_once() {
    let mut world = World::new();
    let opened = pull(1, 1);
    assert_eq!(world.send("pull_request", payload("opened", &opened)), ["pull_request.opened"]);
    assert!(world.pulls(vec![opened.clone()]).is_empty());
    let labeled = Pull { labels: vec!["bug".into()], ..pull(1, 2) };
    assert_eq!(world.pulls(vec![labeled.clone()]), ["pull_request.labeled"]);
    assert!(world.send("pull_request", payload("labeled", &labeled)).is_empty(), "it comes late");
    // What came between is told with it, and what GitHub sent is told as it is.
    let later = Pull { sha: "bbbb".into(), labels: Vec::new(), ..pull(1, 3) };
    let facts = delivered(
        &Project::default(),
        &world.known,
        &Delivered { name: "pull_request".into(), id: "run-7".into(), payload: payload("unlabeled", &later) },
    );
    let Some(FlowFact::GithubSeen { events, .. }) = &facts else { panic!("{facts:?}") };
    let told: Vec<_> = events.iter().map(|event| (event.name(), event.payload.get("label"))).collect();
    assert_eq!(told[0], ("pull_request.synchronize".into(), None));
    assert_eq!(told[1], ("pull_request.unlabeled".into(), Some(&json!({ "color": "f00" }))));
    // What no look finds out, and what nobody looks at.
    assert_eq!(world.send("pull_request", payload("locked", &opened)), ["pull_request.locked"]);
    assert_eq!(world.send("push", json!({ "ref": "refs/heads/main" })), ["push"]);
    world.known = Github::default();
    assert_eq!(world.send("pull_request", payload("opened", &opened)), ["pull_request.opened"]);
}

#[test]
fn what_is_older_than_what_is_known_is_no_news() {
    let mut world = World::new();
    world.pulls(vec![Pull { labels: vec!["bug".into()], ..pull(1, 9) }]);
    assert!(world.pulls(vec![pull(1, 8)]).is_empty());
    assert_eq!(world.known.pulls[&1].labels, ["bug"]);
}

#[test]
fn what_does_not_look_as_documented_is_taken_as_it_is() {
    let mut world = World::new();
    for payload in
        [json!(null), json!([]), json!({ "action": 3 }), json!({ "pull_request": { "number": -1 } })]
    {
        world.known.deliveries.clear();
        assert_eq!(world.send("pull_request", payload), ["pull_request"]);
    }
    let event = Delivered { name: "x".into(), id: "1".into(), payload: Value::Null };
    assert!(matches!(
        delivered(&Project::default(), &world.known, &event),
        Some(FlowFact::GithubSeen { item: GithubItem::Delivery(_), .. })
    ));
}

#[test]
fn memory_is_bounded() {
    let mut known = Github::default();
    for number in 0..2_000 {
        known.see(&GithubItem::Pull(Box::new(Pull { state: PullState::Closed, ..pull(number, 0) })), false);
        known.see(&GithubItem::Delivery(number.to_string().into()), true);
        let mut build = read::build(&build(1, 1, "completed", Some("success"))).unwrap();
        build.id = number;
        known.see(&GithubItem::Build(Box::new(build)), false);
        // Many are never told to have ended.
        let states: &[&str] = if number % 2 == 0 { &["success"] } else { &[] };
        known.see(&GithubItem::Deployment(Box::new(deployed(number, states).deployment)), false);
    }
    assert_eq!((known.closed.len(), known.deliveries.len(), known.builds.len()), (500, 500, 200));
    assert_eq!(known.deployments.len(), 200);
    // What is forgotten is not told again when a look reaches back to it.
    let is_news = |id, states: &[&str]| {
        known.is_news(&GithubItem::Deployment(Box::new(deployed(id, states).deployment)))
    };
    assert!(!is_news(1_700, &["success"]) && !is_news(1_701, &[]) && !is_news(0, &[]));
    assert!(is_news(1_999, &["failure"]) && is_news(2_000, &[]));
    assert!(known.deployments.contains_key(&1_999) && known.deployments.contains_key(&1_998));
    assert!(known.builds.contains_key(&1_999) && known.closed.contains(&1_999));
}
