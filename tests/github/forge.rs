//! What of `orch` speaks to GitHub, against the double: pages, pull requests, and writes whose answers get lost.

use std::sync::Mutex;
use std::time::Duration;

use orch::adapters::dice::SystemDice;
use orch::adapters::github::GithubForge;
use orch::forge::marker::{Markers, Place, Us};
use orch::forge::pulls::{self, Wanted};
use orch::forge::{Budget, Cache, Client, ClientError, Consistency, Repository, Written};
use orch::model::Time;
use orch::ports::{Call, Clock, Method};
use serde_json::{Value, json};

use super::double::{BOT, FAULTS, Fault, GitHub, When, token};

const ISSUES: &str = "/repos/acme/app/issues";

/// A clock on which waiting takes no time.
#[derive(Default)]
pub(crate) struct Quick(Mutex<Duration>);

impl Clock for Quick {
    fn now(&self) -> Time {
        Time::from_second(jiff::Timestamp::now().as_second())
    }

    fn elapsed(&self) -> Duration {
        *self.0.lock().unwrap()
    }

    fn pause(&self, length: Duration) {
        *self.0.lock().unwrap() += length;
    }

    fn stands_still(&self) -> bool {
        false
    }
}

pub(super) fn forge(github: &GitHub) -> GithubForge {
    GithubForge::new(&github.url(), None, Some(&token(BOT)))
}

pub(super) fn repository() -> Repository {
    "acme/app".parse().unwrap()
}

/// Opens an issue unless ours with this key is there, as one tick does.
fn open_once(forge: &GithubForge, us: &Us, key: &str) -> (Result<Written<Value>, ClientError>, u32) {
    let clock = Quick::default();
    let client = Client::new(forge, &clock, &SystemDice, Budget::default());
    let markers = Markers::new("lineage", None);
    let place = Place { kind: "issue", repository: "acme/app", within: None };
    let call =
        Call::new(Method::Post, ISSUES, Some(json!({ "title": key, "body": markers.mark(key, place, key) })));
    let mut look = || {
        let path = format!("{ISSUES}?state=all&per_page=100");
        let issues = client.pages(&path, None, &mut Cache::default())?.items;
        Ok(issues.into_iter().find(|issue| {
            let (body, author) = (issue["body"].as_str().unwrap_or_default(), issue["user"]["id"].as_u64());
            markers.key_of(body, author, us, place).as_deref() == Some(key)
        }))
    };
    let result = client.write_once(Consistency::Strong, &mut look, &call);
    (result, client.sent())
}

#[test]
fn whatever_goes_wrong_the_issue_is_there_once() {
    let Some(github) = GitHub::start() else { return };
    let patient = forge(&github);
    let impatient = forge(&github).within(Duration::from_millis(1_500));
    let clock = Quick::default();
    let us = Us::ask(&Client::new(&patient, &clock, &SystemDice, Budget::default())).unwrap();
    assert!(us.is_known());
    for (number, fault) in FAULTS.into_iter().enumerate() {
        let key = format!("issue/{number}");
        github.forget();
        github.fault(When::new("POST", "/repos/*/*/issues"), fault);
        let is_silent = matches!(fault, Fault::SilentBefore | Fault::SilentAfter);
        let (result, _) = open_once(if is_silent { &impatient } else { &patient }, &us, &key);
        assert_eq!(github.sent("POST", ISSUES), 1, "{fault:?}: {result:?}");
        let is_told = match fault {
            _ if fault.is_done() => matches!(result, Ok(Written::Found(_))),
            Fault::SecondaryLimit(_) | Fault::PrimaryLimit(_) | Fault::TooMany(_) => {
                matches!(result, Err(ClientError::PutOff(_)))
            }
            Fault::Unauthorized => matches!(result, Err(ClientError::Refused(_))),
            _ => matches!(result, Err(ClientError::Unknown { .. })),
        };
        assert!(is_told, "{fault:?}: {result:?}");
        // The next tick finds it, or does it.
        github.heal();
        let (result, _) = open_once(&patient, &us, &key);
        match result.unwrap() {
            Written::Already(_) => assert!(fault.is_done(), "{fault:?}"),
            Written::Done(_) => assert!(!fault.is_done(), "{fault:?}"),
            Written::Found(_) => panic!("{fault:?}"),
        }
        assert_eq!(github.done("POST", ISSUES), 1, "{fault:?}");
        github.assert_valid();
    }
    // Somebody else's copy of a marker is not ours: it is opened all the same.
    let stolen = github.look("/issues?state=all&per_page=1")[0]["body"].clone();
    assert!(stolen.as_str().unwrap().contains("orch:key="));
    github.at("ada", "POST", "/issues", json!({ "title": "copy", "body": stolen }));
    let copied = Markers::new("lineage", None);
    let place = Place { kind: "issue", repository: "acme/app", within: None };
    let body = copied.mark("x", place, "issue/new");
    github.at("ada", "POST", "/issues", json!({ "title": "forged", "body": body }));
    assert!(matches!(open_once(&patient, &us, "issue/new").0.unwrap(), Written::Done(_)));
}

#[test]
fn pull_requests_are_read_a_hundred_a_call() {
    for github in [GitHub::start(), GitHub::enterprise()] {
        let Some(github) = github else { return };
        github.open_pulls(101);
        let number = github.open_pull("ada", "fix", &[("src/a.rs", "fn a() {}\n"), ("b.md", "b\n")]);
        let head = github.head("fix");
        let check =
            json!({ "name": "build", "head_sha": head, "status": "completed", "conclusion": "failure" });
        github.at(BOT, "POST", "/check-runs", check);
        github.at("ben", "POST", &format!("/pulls/{number}/reviews"), json!({ "event": "APPROVE" }));
        github.at(
            BOT,
            "POST",
            &format!("/pulls/{number}/requested_reviewers"),
            json!({ "reviewers": ["cleo"] }),
        );
        github.forget();
        let (forge, clock) = (forge(&github), Quick::default());
        let client = Client::new(&forge, &clock, &SystemDice, Budget::default());
        let found = pulls::read(&client, &repository(), &Wanted::open()).unwrap();
        assert_eq!((found.pulls.len(), found.is_cut, client.sent()), (102, false, 2));
        assert_eq!(github.recorded().len(), 2);
        assert_eq!(found.warnings, Vec::<String>::new());
        let us = Us::ask(&client).unwrap();
        assert_eq!(Us::from_iter(found.viewer.and_then(|viewer| viewer.id)), us);
        let pull = found.pulls.iter().find(|pull| pull.number == number).unwrap();
        assert_eq!((pull.head.sha.as_str(), pull.files.len(), pull.changed_files), (head.as_str(), 2, 2));
        assert_eq!(pull.standing_reviews().len(), 1);
        assert_eq!(
            pull.checks.iter().filter_map(|check| check.conclusion.as_deref()).collect::<Vec<_>>(),
            ["failure"]
        );
        assert_eq!(pull.requested.len(), 1);
        // From a watermark on: those that something happened to since, in one call.
        let newest = found.newest.unwrap();
        let again = pulls::read(&client, &repository(), &Wanted::since(newest)).unwrap();
        assert!(!again.pulls.is_empty() && again.pulls.iter().all(|pull| pull.updated_at >= newest));
        github.assert_valid();
    }
}

#[test]
fn lists_are_read_to_their_end_and_not_sent_again() {
    let Some(github) = GitHub::enterprise() else { return };
    for number in 0..5 {
        github.at("ada", "POST", "/issues", json!({ "title": format!("issue {number}") }));
    }
    let (forge, clock) = (forge(&github), Quick::default());
    let client = Client::new(&forge, &clock, &SystemDice, Budget::default());
    let mut cache = Cache::default();
    let path = format!("{ISSUES}?state=open&per_page=2");
    let pages = client.pages(&path, None, &mut cache).unwrap();
    assert_eq!((pages.items.len(), pages.is_cut, client.sent()), (5, false, 3));
    let again = client.pages(&path, None, &mut cache).unwrap();
    assert_eq!(again.items, pages.items);
    assert_eq!(again.unchanged, u32::try_from(cache.answers.len()).unwrap(), "as many as had an etag");
    let missing = client.read(&Call::get("/repos/acme/none")).unwrap_err();
    assert!(matches!(missing, ClientError::Refused(_)), "{missing:?}");
    github.assert_valid();
}
