//! Exchanges with servers on the loopback interface, good and bad, counted at their sockets.
#![expect(clippy::disallowed_methods, reason = "tests start themselves as programs, and time requests")]

use std::io::Read;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use serde_json::json;

use super::*;
use crate::adapters::http::server::{Server, raw};
use crate::forge::testing::{FakeClock, Sixes};
use crate::forge::{Budget, Client, ClientError, Consistency};
use crate::model::Time;
use crate::ports::Quota;

const TOKEN: &str = "ghs_16C7e42F292c6912E7710c838347Ae178B4a";

fn forge(base: &str) -> GithubForge {
    let limits = Limits { connect: Duration::from_secs(1), whole: Duration::from_secs(3) };
    GithubForge { is_direct: true, limits, ..GithubForge::new(base, None, Some(TOKEN)) }
}

fn post(path: &str) -> Call {
    Call::new(Method::Post, path, Some(json!({"title": "東"})))
}

/// With a body, so that its length is right.
fn reply(head: &str, body: &str) -> String {
    raw(&format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()))
}

#[test]
fn a_request_arrives_once_as_it_was_and_with_its_token() {
    let server = Server::plain();
    let forge = forge(&server.url(""));
    let path = reply("201 Created\r\netag: W/\"a\"", r#"{"id": 7}"#);
    let answer = forge.call(&post(&path)).unwrap();
    assert_eq!(
        (answer.status, answer.body, answer.etag.as_deref()),
        (201, json!({"id": 7}), Some("W/\"a\""))
    );
    let seen = server.seen();
    assert_eq!(seen.len(), 1);
    assert!(seen[0].starts_with(&format!("POST {path} HTTP/1.1\r\n")), "{}", seen[0]);
    for header in [
        format!("authorization: Bearer {TOKEN}"),
        concat!("user-agent: orch/", env!("CARGO_PKG_VERSION")).to_owned(),
        "accept: application/vnd.github+json".to_owned(),
        "content-type: application/json".to_owned(),
        "x-github-api-version: 2022-11-28".to_owned(),
    ] {
        assert_eq!(seen[0].matches(&format!("\r\n{header}\r\n")).count(), 1, "{header}: {}", seen[0]);
    }
    assert!(seen[0].ends_with("\r\n\r\n{\"title\":\"東\"}"), "{}", seen[0]);
}

#[test]
fn nothing_is_set_up_and_nothing_sent_without_a_token() {
    let server = Server::plain();
    for token in [None, Some(""), Some(" \n")] {
        let forge = GithubForge::new(&server.url(""), None, token);
        assert!(forge.ready.get().is_none());
        assert_eq!(forge.call(&Call::get("/ok")), Err(ForgeError::NoToken));
    }
    assert_eq!(server.seen().len(), 0);
}

#[test]
fn a_write_is_sent_once_whatever_becomes_of_it() {
    let server = Server::plain();
    let forge = forge(&server.url(""));
    let refused = reply("502 Bad Gateway\r\ncontent-type: text/html", "<html>Unicorn!</html>");
    let limited = reply("429 Too Many Requests\r\nretry-after: 1", r#"{"message":"slow down"}"#);
    let drops = ["/hangs-up", "/half-a-head", "/half-a-body", "/not-http", "/never", "/drips"];
    for (index, path) in drops.into_iter().chain([refused.as_str(), limited.as_str()]).enumerate() {
        let methods = [Method::Post, Method::Patch, Method::Put, Method::Delete];
        let call = Call { method: methods[index % 4], ..post(path) };
        let result = forge.call(&call);
        let may = match &result {
            Ok(answer) => answer.status >= 400,
            Err(error) => error.may_have_arrived(),
        };
        assert!(may, "{path}: {result:?}");
        assert_eq!(server.seen().len(), index + 1, "{path}");
    }
}

#[test]
fn what_surely_did_not_arrive_is_told_from_what_may_have() {
    let error_of = |base: &str| forge(base).call(&post("/x")).unwrap_err();
    // Nobody listens.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = error_of(&format!("http://127.0.0.1:{port}"));
    assert!(
        matches!(&error, ForgeError::Unreachable { host, .. } if *host == format!("127.0.0.1:{port}")),
        "{error:?}"
    );
    // Somebody takes the connection and never shakes hands: no request went out.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let began = Instant::now();
    let error = error_of(&format!("https://{}", silent.local_addr().unwrap()));
    assert!(matches!(&error, ForgeError::Unreachable { .. }), "{error:?}");
    assert!(began.elapsed() < Duration::from_secs(10));
    assert!(!error.may_have_arrived());
    // The request is out, and no answer comes.
    let server = Server::plain();
    let began = Instant::now();
    let error = forge(&server.url("")).call(&post("/never")).unwrap_err();
    assert!(matches!(error, ForgeError::TimedOut(_)) && error.may_have_arrived(), "{error:?}");
    assert!(began.elapsed() < Duration::from_secs(10));
    // Or it ends before it is whole.
    for path in ["/hangs-up", "/half-a-head", "/half-a-body", "/not-http"] {
        let error = forge(&server.url("")).call(&post(path)).unwrap_err();
        assert!(matches!(error, ForgeError::Broken(_)) && error.may_have_arrived(), "{path}: {error:?}");
    }
}

#[test]
fn a_connection_that_is_reset_is_not_made_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let accepted = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&accepted);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            count.fetch_add(1, Ordering::SeqCst);
            // Closed with most of the request unread: that is a reset.
            stream.unwrap().read_exact(&mut [0]).unwrap();
        }
    });
    let large = Call::new(Method::Post, "/x", Some(json!({"body": "x".repeat(4 << 20)})));
    for (index, call) in [large, post("/x"), Call::get("/x")].into_iter().enumerate() {
        let error = forge(&base).call(&call).unwrap_err();
        assert!(matches!(error, ForgeError::Broken(_)) && error.may_have_arrived(), "{error:?}");
        assert_eq!(accepted.load(Ordering::SeqCst), index + 1);
    }
}

#[test]
fn the_whole_of_a_request_has_a_limit_too() {
    let server = Server::plain();
    let forge = forge(&server.url(""));
    let began = Instant::now();
    // Never silent for long, and never done.
    let error = forge.call(&Call::get("/drips")).unwrap_err();
    assert!(matches!(error, ForgeError::TimedOut(limit) if limit == Duration::from_secs(3)), "{error:?}");
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[test]
fn failures_are_answers() {
    let server = Server::plain();
    let forge = forge(&server.url(""));
    let answer = forge.call(&Call::get(reply("502 Bad Gateway", &"<html>".repeat(100)))).unwrap();
    let Value::String(excerpt) = &answer.body else { panic!("{answer:?}") };
    assert_eq!((answer.status, excerpt.len()), (502, EXCERPT));
    let limited = "403 Forbidden\r\nRetry-After: Fri, 27 Nov 2026 15:01:00 GMT\r\nDate: Fri, 27 Nov 2026 15:00:00 GMT\r\n\
                   X-RateLimit-Limit: 5000\r\nX-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 1795795200\r\n\
                   X-RateLimit-Resource: search\r\nX-Accepted-GitHub-Permissions: issues=write";
    let answer = forge.call(&post(&reply(limited, r#"{"message": "no"}"#))).unwrap();
    let reset = Time::from_second(1_795_795_200);
    assert_eq!(answer.quota, Some(Quota { resource: "search".into(), remaining: 0, limit: 5000, reset }));
    assert_eq!(answer.retry_after, Some(Duration::from_mins(1)));
    assert_eq!((answer.accepted.as_deref(), answer.body), (Some("issues=write"), json!({"message": "no"})));
    // What calls itself a success and is none.
    let error = forge.call(&Call::get(reply("200 OK", "<html>Log in</html>"))).unwrap_err();
    assert_eq!(error, ForgeError::NotJson { status: 200 });
}

#[test]
fn what_has_not_changed_is_not_sent_again() {
    let server = Server::plain();
    let path = raw("HTTP/1.1 304 Not Modified\r\netag: \"v1\"\r\n\r\n");
    let call = Call { known: Some("\"v1\"".into()), ..Call::get(path) };
    let answer = forge(&server.url("")).call(&call).unwrap();
    assert_eq!((answer.status, answer.body, answer.etag.as_deref()), (304, Value::Null, Some("\"v1\"")));
    assert!(server.seen()[0].contains("\r\nif-none-match: \"v1\"\r\n"), "{}", server.seen()[0]);
    let answer =
        forge(&server.url("")).call(&Call::new(Method::Delete, raw("HTTP/1.1 204 No Content\r\n\r\n"), None));
    assert_eq!(answer.unwrap().body, Value::Null);
}

#[test]
fn redirects_of_reads_are_followed_to_the_same_host_only() {
    let (server, other) = (Server::plain(), Server::plain());
    let forge = forge(&server.url(""));
    let end = reply("200 OK", "[1]");
    let answer = forge.call(&Call::get(format!("/to?{}", server.url(&end)))).unwrap();
    assert_eq!((answer.status, answer.body), (200, json!([1])));
    assert_eq!(server.seen().len(), 2);
    assert!(server.seen()[1].contains(TOKEN));
    // The redirect itself is the answer where it leads elsewhere, and of a write.
    let away = other.url("/ok");
    let answer = forge.call(&Call::get(format!("/to?{away}"))).unwrap();
    assert_eq!(
        (answer.status, answer.location.as_deref(), answer.body),
        (307, Some(away.as_str()), Value::Null)
    );
    let answer = forge.call(&post(&format!("/to?{}", server.url(&end)))).unwrap();
    assert_eq!(answer.status, 307);
    assert_eq!((server.seen().len(), other.seen().len()), (4, 0));
}

#[test]
fn a_circle_of_redirects_ends() {
    let server = Server::plain();
    let error = forge(&server.url("")).call(&Call::get("/to?/round")).map(|answer| answer.status);
    assert_eq!(error, Ok(404));
    // `/to` without a place leads to itself.
    let error = forge(&server.url("")).call(&Call::get("/to")).unwrap_err();
    assert!(matches!(error, ForgeError::Broken(_)), "{error:?}");
    assert_eq!(server.seen().len(), 2 + REDIRECTS);
}

#[test]
fn an_answer_has_a_largest_size() {
    let server = Server::plain();
    let mut forge = forge(&server.url(""));
    forge.limits.whole = Duration::from_mins(1);
    for path in [format!("/bytes?{}", 33 << 20), "/endless".into()] {
        let error = forge.call(&Call::get(path)).unwrap_err();
        assert!(matches!(error, ForgeError::TooLarge(MAX_BODY)) && error.may_have_arrived(), "{error:?}");
    }
    assert_eq!(server.seen().len(), 2);
}

#[test]
fn the_token_is_in_no_text() {
    let server = Server::plain();
    let forge = forge(&server.url(""));
    let echo = format!(r#"{{"message": "Bad token {TOKEN}", "errors": [{{"value": "{TOKEN}"}}]}}"#);
    let answer = forge.call(&Call::get(reply("401 Unauthorized", &echo))).unwrap();
    assert_eq!(answer.body, json!({"message": "Bad token ***", "errors": [{"value": "***"}]}));
    let answer = forge.call(&Call::get(reply("500 Oh", &format!("trace: {TOKEN}")))).unwrap();
    assert_eq!(answer.body, json!("trace: ***"));
    // Also before and after anything is set up.
    let shown = format!("{forge:?} {:?}", GithubForge::new(DEFAULT_BASE, None, Some(TOKEN)));
    assert!(!shown.contains("ghs_") && shown.contains("***"), "{shown}");
    for token in ["ghs_two\nlines", "ghs_\u{1}"] {
        let error = GithubForge::new(&server.url(""), None, Some(token)).call(&Call::get("/ok")).unwrap_err();
        assert!(matches!(&error, ForgeError::Invalid(why) if !why.contains("ghs_")), "{error:?}");
    }
    for base in [
        format!("http://me:{TOKEN}@h.invalid"),
        format!("{TOKEN}://h.invalid"),
        format!("http://{TOKEN} .invalid"),
    ] {
        let error = self::forge(&base).call(&Call::get("/ok")).unwrap_err();
        assert!(!format!("{error:?} {error}").contains(TOKEN), "{error:?}");
    }
}

#[test]
fn pages_and_graphql_stay_below_a_base_with_a_path() {
    let server = Server::plain();
    let with = |base: &str| forge(&server.url(base));
    let base = "/api/v3";
    let next = format!("200 OK\r\nLink: <{}>; rel=\"next\"", server.url("/api/v3/x?page=2"));
    // The server answers by what follows the base, so the page itself is asked for without one.
    let path = reply(&next, "[]");
    let error = with(base).call(&Call::get("/x?page=2")).map(|answer| answer.status);
    assert_eq!(error, Ok(404));
    assert!(server.seen()[0].starts_with("GET /api/v3/x?page=2 HTTP/1.1\r\n"), "{}", server.seen()[0]);
    let answer = with("").call(&Call::get(&path)).unwrap();
    assert_eq!(answer.next.as_deref(), Some("/api/v3/x?page=2"));
    // GraphQL of an Enterprise Server stands beside its REST API, not below.
    let (query, variables) = ("query { viewer { login } }", Map::from_iter([("n".to_owned(), json!(1))]));
    with(&format!("{base}/")).graphql(query, &variables).unwrap();
    with("").graphql(query, &variables).unwrap();
    let other = Server::plain();
    let own = GithubForge::new(&server.url(""), Some(&other.url("/gql")), Some(TOKEN));
    GithubForge { is_direct: true, ..own }.graphql(query, &variables).unwrap();
    let seen = server.seen();
    assert!(seen[2].starts_with("POST /api/graphql HTTP/1.1\r\n"), "{}", seen[2]);
    assert!(
        seen[2].ends_with(r#"{"query":"query { viewer { login } }","variables":{"n":1}}"#),
        "{}",
        seen[2]
    );
    assert!(seen[3].starts_with("POST /graphql HTTP/1.1\r\n"), "{}", seen[3]);
    assert!(other.seen()[0].starts_with("POST /gql HTTP/1.1\r\n") && other.seen()[0].contains(TOKEN));
}

#[test]
fn what_is_no_path_is_refused_before_anything_is_sent() {
    let server = Server::plain();
    for path in [
        "",
        "x",
        "http://h/x",
        "/repos/o/r/../../user",
        "/a/%2E%2e/b",
        "/a/.",
        "/a b",
        "/a\r\nb",
        "/a#b",
        "/a\\b",
    ] {
        let error = forge(&server.url("/api")).call(&Call::get(path)).unwrap_err();
        assert!(matches!(error, ForgeError::Invalid(_)), "{path}: {error:?}");
    }
    for base in ["", "api.github.com", "ftp://h", "https://h/?x=1", "mailto:x"] {
        let error = forge(base).call(&Call::get("/x")).unwrap_err();
        assert!(matches!(error, ForgeError::Invalid(_)), "{base}: {error:?}");
    }
    assert_eq!(server.seen().len(), 0);
}

#[test]
fn calls_may_come_from_several_threads() {
    let server = Server::plain();
    let forge = forge(&server.url(""));
    let path = reply("200 OK", "{}");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(forge.call(&Call::get(&path)).unwrap().status, 200));
        }
    });
    assert_eq!(server.seen().len(), 8);
}

#[test]
fn a_client_sends_a_write_once_and_a_read_three_times() {
    let server = Server::plain();
    let forge = forge(&server.url(""));
    let (clock, failure) = (FakeClock::default(), reply("502 Bad Gateway", "<html>"));
    let client = Client::new(&forge, &clock, &Sixes, Budget::default());
    let mut sent = 0;
    for path in ["/hangs-up", "/half-a-body", "/not-http", &failure] {
        let result = client.write_once(Consistency::Strong, &mut || Ok(None::<()>), &post(path));
        assert!(matches!(result, Err(ClientError::Unknown { .. })), "{result:?}");
        sent += 1;
        assert_eq!(server.seen().len(), sent, "{path}");
        client.read(&Call::get(path)).unwrap_err();
        sent += 3;
        assert_eq!(server.seen().len(), sent, "{path}");
    }
    assert_eq!(client.sent() as usize, sent);
}

/// The variable that makes this test program a helper: the base URL to ask.
const HELPER: &str = "ORCH_TEST_GITHUB";

/// No test: what a process with a proxy in its environment does.
#[test]
#[ignore = "a part of other tests"]
fn helper() {
    let Ok(base) = std::env::var(HELPER) else { return };
    let _ = GithubForge::new(&base, None, Some(TOKEN)).call(&Call::get("/x"));
}

#[test]
fn the_proxy_of_the_environment_is_used() {
    let proxy = Server::plain();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "--ignored", "adapters::github::tests::helper"]).stdout(Stdio::null());
    for name in ["ALL_PROXY", "all_proxy", "no_proxy", "NO_PROXY", "http_proxy"] {
        command.env_remove(name);
    }
    command.env(HELPER, "http://somewhere.invalid/api/v3").env("HTTP_PROXY", proxy.url(""));
    assert!(command.status().unwrap().success());
    let seen = proxy.seen();
    assert!(seen[0].starts_with("GET http://somewhere.invalid/api/v3/x HTTP/1.1\r\n"), "{seen:?}");
}
