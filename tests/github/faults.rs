//! What goes wrong: what a client sees of it, and whether it was done.

use serde_json::{Value, json};

use super::client::Client;
use super::double::{FAULTS, Fault, GitHub, When};

const ISSUES: &str = "/repos/acme/app/issues";

/// What a client sees, and what is known of it.
fn seen(fault: Fault) -> (&'static str, bool) {
    match fault {
        Fault::SilentBefore => ("time-out", false),
        Fault::SilentAfter => ("time-out", true),
        Fault::ErrorAfter => ("500", true),
        Fault::BadGateway => ("502", false),
        Fault::ResetBefore => ("Connection reset by peer (os error 104)", false),
        Fault::ResetAfter => ("Connection reset by peer (os error 104)", true),
        Fault::Truncated => ("end of file before message length reached", true),
        Fault::SecondaryLimit(_) => ("403 retry-after 1", false),
        Fault::PrimaryLimit(_) => ("403 remaining 0", false),
        Fault::TooMany(_) => ("429 retry-after 1", false),
        Fault::Unauthorized => ("401", false),
        Fault::Forbidden | Fault::NotAnApp => ("403", false),
    }
}

fn told(client: &Client, title: &str) -> String {
    match client.send("POST", ISSUES, json!({ "title": title })) {
        Err(text) => text,
        Ok(answer) => {
            let (status, later) = (answer.status, answer.header("retry-after"));
            match answer.header("x-ratelimit-remaining") {
                "0" => format!("{status} remaining 0"),
                _ if later.is_empty() => status.to_string(),
                _ => format!("{status} retry-after {later}"),
            }
        }
    }
}

#[test]
fn every_fault_shows_and_is_done_or_not() {
    let Some(github) = GitHub::start() else { return };
    let (impatient, patient) = (Client::impatient(&github), Client::patient(&github));
    for (number, fault) in FAULTS.into_iter().enumerate() {
        let title = format!("{number}");
        github.forget();
        github.fault(When::new("POST", "/repos/*/*/issues"), fault);
        let (wanted, is_done) = seen(fault);
        let client = if wanted == "time-out" { &impatient } else { &patient };
        assert_eq!(told(client, &title), wanted, "{fault:?}");
        let there = github.look("/issues?per_page=100");
        let is_there = there.as_array().unwrap().iter().any(|issue| issue["title"] == json!(title));
        assert_eq!(is_there, is_done, "{fault:?}");
        let [recorded] = &github.recorded()[..] else { panic!("{:?}", github.recorded()) };
        assert_eq!((recorded.is_done, recorded.fault), (is_done, Some(fault)));
        // Only the one it was set for; the same again is right.
        assert_eq!(told(&patient, &format!("{title} again")), "201", "{fault:?}");
        github.assert_valid();
    }
}

#[test]
fn a_fault_waits_for_its_turn() {
    let Some(github) = GitHub::start() else { return };
    let client = Client::patient(&github);
    github.fault(When::new("POST", "/repos/*/*/issues").nth(2).times(2), Fault::BadGateway);
    let told: Vec<String> = (0..4).map(|number| told(&client, &number.to_string())).collect();
    assert_eq!(told, ["201", "502", "502", "201"]);
    assert_eq!((github.sent("POST", "/repos/*/*/issues"), github.done("POST", "/repos/*/*/issues")), (4, 2));
    // Another method, another path.
    github.fault(When::new("PATCH", "/**"), Fault::BadGateway);
    assert_eq!(client.send("GET", ISSUES, Value::Null).unwrap().status, 200);
    github.heal();
    assert_eq!(client.send("PATCH", &format!("{ISSUES}/1"), json!({ "title": "y" })).unwrap().status, 200);
}

#[test]
fn graphql_goes_wrong_too() {
    let Some(github) = GitHub::start() else { return };
    let client = Client::patient(&github);
    github.fault(When::new("POST", "/graphql"), Fault::BadGateway);
    assert_eq!(client.graphql("query { viewer { login } }", json!({})).status, 502);
    assert_eq!(client.graphql("query { viewer { login } }", json!({})).status, 200);
}
