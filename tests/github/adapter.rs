//! What `orch` speaks to GitHub with, against the double: each request once, each failure known for what it is.

use std::time::Duration;

use orch::adapters::clock::SystemClock;
use orch::adapters::dice::SystemDice;
use orch::adapters::github::GithubForge;
use orch::forge::{Budget, Cache, Client, Repository, pulls};
use orch::ports::{Call, Forge, Method};
use serde_json::json;

use super::double::{BOT, FAULTS, Fault, GitHub, NAME, OWNER, When, token};

const ISSUES: &str = "/repos/acme/app/issues";

fn forge(github: &GitHub) -> GithubForge {
    GithubForge::new(&github.url(), None, Some(&token(BOT)))
}

fn repository() -> Repository {
    format!("{OWNER}/{NAME}").parse().unwrap()
}

/// What the library beneath sends again by itself would be there twice. Silence is left out: it is waited for 45 s.
#[test]
fn whatever_goes_wrong_a_write_is_sent_once() {
    let Some(github) = GitHub::start() else { return };
    let forge = forge(&github);
    let faults =
        FAULTS.into_iter().filter(|fault| !matches!(fault, Fault::SilentBefore | Fault::SilentAfter));
    for (number, fault) in faults.enumerate() {
        github.forget();
        github.fault(When::new("POST", "/repos/*/*/issues"), fault);
        let title = format!("issue {number}");
        let told = forge.call(&Call::new(Method::Post, ISSUES, Some(json!({ "title": title }))));
        assert_eq!(github.sent("*", "/**"), 1, "{fault:?}");
        let there = github.look("/issues?per_page=100");
        github.assert_valid();
        let times = there.as_array().unwrap().iter().filter(|issue| issue["title"] == json!(title)).count();
        assert_eq!(times, usize::from(fault.is_done()), "{fault:?}");
        let answer = match (fault, told) {
            (Fault::ResetBefore | Fault::ResetAfter | Fault::Truncated, Err(error)) => {
                assert!(error.may_have_arrived(), "{fault:?}: {error}");
                continue;
            }
            (_, told) => told.unwrap(),
        };
        let seconds = |seconds: u32| Some(Duration::from_secs(u64::from(seconds)));
        let (status, later) = match fault {
            Fault::ErrorAfter => (500, None),
            Fault::BadGateway => (502, None),
            Fault::Unauthorized => (401, None),
            Fault::SecondaryLimit(after) => (403, seconds(after)),
            Fault::TooMany(after) => (429, seconds(after)),
            Fault::Forbidden | Fault::NotAnApp | Fault::PrimaryLimit(_) => (403, None),
            other => panic!("{other:?} was answered: {answer:?}"),
        };
        assert_eq!((answer.status, answer.retry_after), (status, later), "{fault:?}");
        let is_used_up = answer.quota.is_some_and(|quota| quota.remaining == 0);
        assert_eq!(is_used_up, matches!(fault, Fault::PrimaryLimit(_)), "{fault:?}");
    }
}

fn reads_in_pages(github: &GitHub) {
    github.open_pulls(101);
    let (forge, clock) = (forge(github), SystemClock::new(None));
    let client = Client::new(&forge, &clock, &SystemDice, Budget::default());
    let found = pulls::read(&client, &repository(), &pulls::Wanted::open()).unwrap();
    assert_eq!((found.pulls.len(), found.is_cut, found.warnings), (101, false, Vec::new()));
    assert_eq!(found.viewer.unwrap().login, BOT);
    assert!(found.pulls.iter().all(|pull| pull.files.len() == 1 && pull.author.is_some()));
    assert_eq!(github.sent("*", "/**"), 2, "one request a page");

    let (path, mut cache) =
        (format!("{}/pulls?state=open&per_page=50", repository().path()), Cache::default());
    for unchanged in [0, 3] {
        let pages = client.pages(&path, None, &mut cache).unwrap();
        assert_eq!((pages.items.len(), pages.unchanged, pages.is_cut), (101, unchanged, false));
    }
    assert_eq!(client.sent(), 8);
    github.assert_valid();
}

#[test]
fn pull_requests_are_read_in_pages() {
    let Some(github) = GitHub::start() else { return };
    reads_in_pages(&github);
}

#[test]
fn pull_requests_are_read_in_pages_on_enterprise() {
    let Some(github) = GitHub::enterprise() else { return };
    reads_in_pages(&github);
}
