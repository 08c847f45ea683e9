//! Reads, writes, limits, pages and budgets over scripted answers.

use std::cell::Cell;

use serde_json::{Map, Value, json};

use super::*;
use crate::forge::testing::{Asked, Desk, FakeForge, START, answer, status};
use crate::forge::{Cache, Consistency, RefusedKind, Why, Written};
use crate::model::{Duration as Length, Time};
use crate::ports::Method;

type Reply = Result<Answer, ForgeError>;

fn get() -> Call {
    Call::get("/repos/o/r/issues?state=open")
}

fn post() -> Call {
    Call::new(Method::Post, "/repos/o/r/issues", Some(json!({"title": "x"})))
}

fn ok() -> Reply {
    Ok(answer(&json!({"id": 1})))
}

fn bad_gateway() -> Reply {
    Ok(status(502, &json!("<html>")))
}

fn unreachable() -> Reply {
    Err(ForgeError::Unreachable { host: "h".into(), why: "refused".into() })
}

fn timed_out() -> Reply {
    Err(ForgeError::TimedOut(Duration::from_mins(1)))
}

fn broken() -> Reply {
    Err(ForgeError::Broken("reset".into()))
}

fn quota(remaining: u32, limit: u32) -> Option<Quota> {
    let reset = Time::from_second(START) + Length::from_seconds(600);
    Some(Quota { resource: "core".into(), remaining, limit, reset })
}

fn put_off(result: Result<Answer, ClientError>) -> PutOff {
    match result {
        Err(ClientError::PutOff(put_off)) => put_off,
        other => panic!("{other:?}"),
    }
}

#[test]
fn reads_are_tried_three_times_with_longer_and_longer_waits() {
    for failures in [[bad_gateway(), broken()], [timed_out(), unreachable()]] {
        let desk = Desk::new(failures.into_iter().chain([ok()]));
        assert_eq!(desk.client().read(&get()).unwrap().status, 200);
        assert_eq!(desk.waits(), [1000, 2000]);
    }
    let desk = Desk::new([timed_out(), broken(), bad_gateway()]);
    let client = desk.client();
    let error = client.read(&get()).unwrap_err();
    assert!(matches!(error, ClientError::Failed { status: 502, .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        "`GET /repos/o/r/issues` failed with status 502: <html>; the next tick tries again"
    );
    assert_eq!((desk.forge.asked().len(), client.sent()), (3, 3));
}

#[test]
fn what_another_try_does_not_mend_is_asked_once() {
    let strange = Err(ForgeError::NotJson { status: 200 });
    for reply in
        [Err(ForgeError::NoToken), strange, Err(ForgeError::TooLarge(1)), Ok(status(404, &json!({})))]
    {
        let desk = Desk::new([reply]);
        assert!(desk.client().read(&get()).is_err());
        assert_eq!(desk.forge.asked().len(), 1);
    }
    assert!(matches!(Desk::new([]).client().read(&post()), Err(ClientError::Unsent(ForgeError::Invalid(_)))));
}

#[test]
fn writes_are_sent_once_whatever_comes_back() {
    for (reply, is_unknown) in [
        (bad_gateway(), true),
        (timed_out(), true),
        (broken(), true),
        (Err(ForgeError::TooLarge(1)), true),
        (Err(ForgeError::NotJson { status: 200 }), true),
        (unreachable(), false),
        (Err(ForgeError::NoToken), false),
        (Ok(status(422, &json!({"message": "Validation Failed"}))), false),
        (Ok(status(307, &Value::Null)), false),
    ] {
        let desk = Desk::new([reply.clone()]);
        let error = desk.client().write(&post()).unwrap_err();
        assert_eq!(matches!(error, ClientError::Unknown { .. }), is_unknown, "{reply:?}: {error:?}");
        assert_eq!(desk.forge.asked().len(), 1);
        assert!(desk.waits().is_empty());
    }
}

#[test]
fn writes_keep_a_second_apart() {
    let desk = Desk::new([ok(), ok(), ok(), ok()]);
    let client = desk.client();
    client.write(&post()).unwrap();
    client.write(&post()).unwrap();
    assert_eq!(desk.waits(), [1000]);
    // What passed since then counts; reads neither wait nor count.
    desk.clock.pause(Duration::from_millis(700));
    client.read(&get()).unwrap();
    client.write(&post()).unwrap();
    assert_eq!(desk.waits(), [1000, 700, 300]);
}

#[test]
fn a_tick_has_its_budget_of_calls() {
    let desk = Desk::new([ok(), broken(), broken()]);
    let client = desk.client_within(Budget { calls: 3, ..Budget::default() });
    client.write(&post()).unwrap();
    // The third try is one too many.
    let put_off = put_off(client.read(&get()));
    assert_eq!(put_off, PutOff { until: None, why: Why::Budget { calls: 3 } });
    assert_eq!(
        put_off.to_string(),
        "put off until the next tick: the 3 calls to GitHub of this tick are used up"
    );
    assert!(client.write(&post()).is_err());
    assert_eq!(desk.forge.asked().len(), 3);
    // The next tick need not wait for anything.
    assert_eq!(client.put_off(), None);
}

#[test]
fn some_of_the_quota_is_left_to_others() {
    let with = |remaining, limit| Ok(Answer { quota: quota(remaining, limit), ..answer(&json!({})) });
    for (remaining, limit, is_put_off) in
        [(101, 1000, false), (100, 1000, true), (16, 60, false), (15, 60, true), (0, 0, true)]
    {
        let desk = Desk::new([with(remaining, limit), ok()]);
        let client = desk.client();
        client.read(&get()).unwrap();
        let second = client.read(&get());
        assert_eq!(second.is_err(), is_put_off, "{remaining} of {limit}");
        if let Err(error) = second {
            assert!(error.to_string().starts_with("put off until 2026-01-05T08:10:00Z: "), "{error}");
            assert!(client.write(&post()).is_err());
            // GraphQL has a quota of its own; and this one is whole again later.
            client.query("query Q { x }", &Map::new()).unwrap_err();
            assert_eq!(desk.forge.asked().len(), 2);
        }
    }
    let desk = Desk::new([with(3, 1000), ok()]);
    let client = desk.client();
    client.read(&get()).unwrap();
    desk.clock.pause(Duration::from_mins(10));
    client.write(&post()).unwrap();
}

#[test]
fn after_a_limit_nothing_more_is_sent() {
    let message = |text: &str| json!({"message": text});
    let secondary = message("You have exceeded a secondary rate limit. Please wait.");
    let in_seconds = |seconds| Some(Time::from_second(START) + Length::from_seconds(seconds));
    let wait = |seconds, body: &Value| Answer {
        retry_after: Some(Duration::from_secs(seconds)),
        ..status(403, body)
    };
    let empty =
        Answer { quota: quota(0, 5000), ..status(403, &message("API rate limit exceeded for installation")) };
    let primary = Why::Primary { resource: "core".into() };
    for (reply, until, why) in [
        (wait(90, &secondary), in_seconds(90), Why::Secondary),
        (wait(90, &message("no")), in_seconds(90), Why::Secondary),
        (status(403, &secondary), in_seconds(60), Why::Secondary),
        (status(429, &Value::Null), in_seconds(60), Why::Secondary),
        (
            status(403, &message("You have triggered an abuse detection mechanism.")),
            in_seconds(60),
            Why::Secondary,
        ),
        (empty.clone(), in_seconds(600), primary.clone()),
        (Answer { status: 429, ..empty.clone() }, in_seconds(600), primary),
    ] {
        for is_write in [false, true] {
            let desk = Desk::new([Ok(reply.clone()), ok()]);
            let client = desk.client();
            let first = if is_write { client.write(&post()) } else { client.read(&get()) };
            let told = put_off(first);
            assert_eq!((told.until, &told.why), (until, &why), "{reply:?}");
            for _ in 0..3 {
                assert_eq!(put_off(client.read(&get())), told);
                assert_eq!(put_off(client.write(&post())), told);
            }
            assert_eq!(desk.forge.asked().len(), 1, "{reply:?}");
            assert!(desk.waits().is_empty());
            // Whoever else sends something in this tick knows of it, until it is over.
            let next = desk.client().within(&client.limits);
            assert_eq!(put_off(next.read(&get())), told);
            desk.clock.pause(Duration::from_mins(10));
            next.read(&get()).unwrap();
        }
    }
    // A refusal is none, whatever it says of other things.
    let desk = Desk::new([Ok(status(403, &message("Resource not accessible by integration"))), ok()]);
    let client = desk.client();
    assert!(matches!(client.read(&get()), Err(ClientError::Refused(_))));
    client.read(&get()).unwrap();
}

#[test]
fn a_short_wait_is_waited_for_by_reads_only() {
    let short = || Ok(Answer { retry_after: Some(Duration::from_secs(2)), ..status(429, &Value::Null) });
    let desk = Desk::new([short(), ok()]);
    let client = desk.client();
    client.read(&get()).unwrap();
    assert_eq!((desk.waits(), client.put_off()), (vec![2000], None));
    let desk = Desk::new([short()]);
    let client = desk.client();
    put_off(client.write(&post()));
    put_off(client.read(&get()));
    assert!(desk.waits().is_empty());
    // Not for ever.
    let desk = Desk::new([short(), short(), short()]);
    let client = desk.client();
    put_off(client.read(&get()));
    assert_eq!((desk.waits(), desk.forge.asked().len()), (vec![2000, 2000], 3));
    assert!(client.put_off().is_some());
}

/// Writes once over these answers, where each look sees what is said of it.
fn write_once(
    consistency: Consistency,
    looks: &[Option<u8>],
    replies: impl IntoIterator<Item = Reply>,
) -> (Result<Written<u8>, ClientError>, usize, usize) {
    let desk = Desk::new(replies);
    let client = desk.client();
    let looked = Cell::new(0);
    let mut look = || {
        looked.set(looked.get() + 1);
        Ok(looks[looked.get() - 1])
    };
    let result = client.write_once(consistency, &mut look, &post());
    (result, looked.get(), desk.forge.asked().len())
}

#[test]
fn a_write_is_done_once_although_answers_get_lost() {
    use Consistency::{Eventual, Strong};
    // There already: nothing is sent.
    let (result, looks, sent) = write_once(Strong, &[Some(1)], []);
    assert_eq!((result.unwrap(), looks, sent), (Written::Already(1), 1, 0));
    let (result, looks, sent) = write_once(Strong, &[None], [ok()]);
    assert!(matches!(result.unwrap(), Written::Done(_)) && (looks, sent) == (1, 1));
    for lost in [bad_gateway, timed_out, broken] {
        // It was done, and the answer got lost.
        let (result, looks, sent) = write_once(Eventual, &[None, Some(7)], [lost()]);
        assert_eq!((result.unwrap(), looks, sent), (Written::Found(7), 2, 1));
        // Not to be seen: it may come yet, so it is not sent again, however well one sees.
        let (result, looks, sent) = write_once(Strong, &[None, None], [lost()]);
        assert!(matches!(result, Err(ClientError::Unknown { .. })), "{result:?}");
        assert_eq!((looks, sent), (2, 1));
    }
    // Surely not arrived: once more, if the look cannot miss it.
    let (result, looks, sent) = write_once(Strong, &[None, None], [unreachable(), ok()]);
    assert!(matches!(result.unwrap(), Written::Done(_)) && (looks, sent) == (2, 2));
    let (result, looks, sent) = write_once(Strong, &[None, None, None], [unreachable(), unreachable()]);
    assert!(matches!(result, Err(ClientError::Unsent(_))) && (looks, sent) == (3, 2));
    let (result, looks, sent) = write_once(Strong, &[None, None, Some(2)], [unreachable(), timed_out()]);
    assert_eq!((result.unwrap(), looks, sent), (Written::Found(2), 3, 2));
    let (result, looks, sent) = write_once(Eventual, &[None, None], [unreachable()]);
    assert!(matches!(result, Err(ClientError::Unsent(_))) && (looks, sent) == (2, 1));
    // Refused and put off are answers: nobody need look.
    let (result, looks, sent) = write_once(Strong, &[None], [Ok(status(422, &json!({})))]);
    assert!(matches!(result, Err(ClientError::Refused(_))) && (looks, sent) == (1, 1));
    let (result, looks, sent) = write_once(Strong, &[None], [Ok(status(429, &json!({})))]);
    assert!(matches!(result, Err(ClientError::PutOff(_))) && (looks, sent) == (1, 1));
}

#[test]
fn refusals_say_what_to_do() {
    let say = |code, body: Value, accepted: Option<&str>, location: Option<&str>| {
        let accepted = accepted.map(str::to_owned);
        let reply = Answer { accepted, location: location.map(str::to_owned), ..status(code, &body) };
        let error = Desk::new([Ok(reply)]).client().write(&post()).unwrap_err();
        let ClientError::Refused(refused) = &error else { panic!("{error:?}") };
        (refused.kind, error.to_string())
    };
    let message = |text: &str| json!({"message": text});
    let begin = |code: u16| format!("GitHub refused `POST /repos/o/r/issues` with status {code}: ");
    let accepted = Some("issues=write,pull_requests=read; contents=write");
    let (kind, text) = say(403, message("Resource not accessible by integration"), accepted, None);
    assert_eq!(kind, RefusedKind::Permission);
    assert_eq!(
        text,
        begin(403)
            + "Resource not accessible by integration; give the token `issues: write` and `pull-requests: read`, or \
               `contents: write` (in a workflow under `permissions:`)"
    );
    // What a header says is not shown unless it is what it should be.
    let (_, text) = say(403, message("no"), Some("<!-- x=y, =, A=b"), None);
    assert!(text.ends_with("see `permissions:` of the workflow, or the token's scopes"), "{text}");
    let (kind, text) = say(401, message("Bad credentials"), None, None);
    assert_eq!(kind, RefusedKind::Token);
    assert!(text.contains("set another in ORCH_GITHUB_TOKEN or GITHUB_TOKEN"), "{text}");
    let (kind, text) = say(404, message("Not Found"), Some("issues=write"), None);
    assert_eq!(kind, RefusedKind::NotFound);
    assert!(text.ends_with("the token may not see it; reading takes `issues: write`"), "{text}");
    let errors = json!([{"field": "title", "code": "missing_field"}, {"message": "A pull request already exists"}, "odd"]);
    let (kind, text) = say(422, json!({"message": "Validation Failed", "errors": errors}), None, None);
    assert_eq!(kind, RefusedKind::Invalid);
    assert_eq!(
        text,
        begin(422) + "Validation Failed (`title`: missing_field; A pull request already exists; odd)"
    );
    assert_eq!(say(410, message("Issues are disabled"), None, None).0, RefusedKind::Gone);
    assert_eq!(say(409, message("Head branch was modified"), None, None).0, RefusedKind::Conflict);
    let (kind, text) = say(301, Value::Null, None, Some("https://api.github.com/repositories/1/issues"));
    assert_eq!(kind, RefusedKind::Moved);
    assert!(
        text.ends_with(
            "moved to https://api.github.com/repositories/1/issues; name the repository as it is called now"
        ),
        "{text}"
    );
    // However long or odd the message.
    assert!(say(418, message(&"x\n".repeat(9000)), None, None).1.chars().count() < 700);
}

#[test]
fn all_pages_are_read_up_to_a_most_and_a_cut_is_told() {
    let page =
        |items: Value, next: Option<&str>| Ok(Answer { next: next.map(str::to_owned), ..answer(&items) });
    let desk = Desk::new([page(json!([1, 2]), Some("/l?page=2")), page(json!([3]), None)]);
    let pages = desk.client().pages("/l", None, &mut Cache::default()).unwrap();
    assert_eq!((pages.items, pages.is_cut), (vec![json!(1), json!(2), json!(3)], false));
    assert_eq!(desk.forge.asked()[1], Asked::Rest(Call::get("/l?page=2")));
    let within = Budget { pages: 2, ..Budget::default() };
    let inner = |n: u8| json!({"total_count": 3, "check_runs": [n]});
    let desk = Desk::new([page(inner(1), Some("/l?page=2")), page(inner(2), Some("/l?page=3"))]);
    let pages = desk.client_within(within).pages("/l", Some("check_runs"), &mut Cache::default()).unwrap();
    assert_eq!((pages.items.len(), pages.is_cut), (2, true));
    // A list that leads in a circle, and what is no list.
    let desk = Desk::new([page(json!([1]), Some("/l"))]);
    assert!(!desk.client().pages("/l", None, &mut Cache::default()).unwrap().is_cut);
    let error = Desk::new([page(json!({}), None)]).client().pages("/l", Some("x"), &mut Cache::default());
    assert!(error.unwrap_err().to_string().contains("no list `x`"));
}

#[test]
fn what_did_not_change_comes_out_of_the_cache() {
    let first =
        || Answer { etag: Some("\"1\"".into()), next: Some("/l?page=2".into()), ..answer(&json!([1])) };
    let second = |n: u8| Answer { etag: Some("\"2\"".into()), ..answer(&json!([n])) };
    let unchanged = || Answer { status: 304, ..Answer::default() };
    let desk = Desk::new([Ok(first()), Ok(second(2)), Ok(unchanged()), Ok(second(3))]);
    let client = desk.client();
    let mut cache = Cache::default();
    assert_eq!(client.pages("/l", None, &mut cache).unwrap().unchanged, 0);
    // As a caller may keep it.
    let mut cache: Cache = serde_json::from_str(&serde_json::to_string(&cache).unwrap()).unwrap();
    let pages = client.pages("/l", None, &mut cache).unwrap();
    assert_eq!((pages.items, pages.unchanged), (vec![json!(1), json!(3)], 1));
    let Asked::Rest(third) = &desk.forge.asked()[2] else { panic!() };
    assert_eq!(third.known.as_deref(), Some("\"1\""));
    assert_eq!(cache.answers["/l?page=2"].body, json!([3]));
    // Without an etag nothing is kept, and a 304 that nobody asked for is told.
    let desk = Desk::new([ok(), Ok(unchanged())]);
    let mut cache = Cache::default();
    desk.client().read_known("/x", &mut cache).unwrap();
    assert!(cache.answers.is_empty());
    let error = desk.client().read_known("/x", &mut cache).unwrap_err();
    assert!(matches!(&error, ClientError::Refused(it) if it.status == 304), "{error:?}");
}

#[test]
fn graphql_tells_its_failures_in_successes() {
    let query = |body: Value| Desk::new([Ok(answer(&body))]).client().query("query Q { x }", &Map::new());
    let queried =
        query(json!({"data": {"x": 1, "y": null}, "errors": [{"message": "no y", "type": "FORBIDDEN"}]}));
    let queried = queried.unwrap();
    assert_eq!((queried.data, queried.warnings), (json!({"x": 1, "y": null}), vec!["no y".to_owned()]));
    let refused = |kind: &str, message: &str| json!({"data": {"rateLimit": {"cost": 1}, "repository": null}, "errors": [{"type": kind, "message": message}]});
    for (kind, expected) in [
        ("NOT_FOUND", RefusedKind::NotFound),
        ("FORBIDDEN", RefusedKind::Permission),
        ("INSUFFICIENT_SCOPES", RefusedKind::Permission),
        ("SOMETHING", RefusedKind::Other),
    ] {
        let error = query(refused(kind, "why")).unwrap_err();
        assert!(matches!(&error, ClientError::Refused(it) if it.kind == expected), "{error:?}");
        assert!(
            error.to_string().starts_with("GitHub refused `POST graphql Q` with status 200: why"),
            "{error}"
        );
    }
    // What remains is told inside, too.
    let told = json!({"cost": 7, "limit": 5000, "remaining": 100, "resetAt": "2026-01-05T09:00:00Z"});
    let desk = Desk::new([Ok(answer(&json!({"data": {"rateLimit": told, "x": 1}}))), ok()]);
    let client = desk.client();
    client.query("query Q { x }", &Map::new()).unwrap();
    assert_eq!(client.quota("graphql").map(|quota| quota.remaining), Some(100));
    assert!(matches!(client.query("query Q { x }", &Map::new()), Err(ClientError::PutOff(_))));
    client.read(&get()).unwrap();
    assert!(matches!(query(json!({})), Err(ClientError::Strange { .. })));
    for limited in [
        json!({"type": "RATE_LIMITED", "message": "API rate limit exceeded"}),
        json!({"message": "You have exceeded a secondary rate limit"}),
    ] {
        let error = query(json!({"data": null, "errors": [limited]})).unwrap_err();
        assert!(matches!(error, ClientError::PutOff(_)), "{error:?}");
    }
    // A time-out within GitHub: of a query as any failure, of a mutation nobody knows.
    let inside = || {
        Ok(answer(
            &json!({"data": null, "errors": [{"message": "Something went wrong while executing your query."}]}),
        ))
    };
    let desk = Desk::new([inside(), inside(), Ok(answer(&json!({"data": {"x": 1}})))]);
    desk.client().query("query Q { x }", &Map::new()).unwrap();
    let desk = Desk::new([inside()]);
    let error = desk.client().mutate("mutation M { x }", &Map::new()).unwrap_err();
    assert!(matches!(error, ClientError::Unknown { .. }), "{error:?}");
}

#[test]
fn threads_share_one_budget() {
    let desk = Desk::with(FakeForge::by(|_| ok()));
    let client = desk.client_within(Budget { calls: 50, ..Budget::default() });
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..10).for_each(|_| drop(client.write(&post()))));
        }
    });
    assert_eq!((desk.forge.asked().len(), client.sent()), (50, 50));
    assert_eq!(desk.waits().iter().sum::<u128>(), 49_000);
}
