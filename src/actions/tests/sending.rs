//! Requests and messages, to a server on the loopback.
#![expect(clippy::format_collect, reason = "clear is better than fast here")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Mutex;

use serde_json::{Map, Value, json};

use crate::actions::{Failure, World, find};
use crate::adapters::workspace::DiskWorkspace;
use crate::expr::Sink;
use crate::model::{Permissions, Time};
use crate::ports::{Http, HttpError, HttpReply, HttpRequest};

/// Sends over a socket, and knows no more of HTTP than this needs.
struct Socket;

impl Http for Socket {
    fn send(&self, request: &HttpRequest) -> Result<HttpReply, HttpError> {
        let (host, path) = request.url.strip_prefix("http://").unwrap().split_once('/').unwrap();
        let broken = |error: std::io::Error| HttpError::Broken(error.to_string());
        let unreachable =
            |error: std::io::Error| HttpError::Unreachable { host: host.into(), why: error.to_string() };
        let mut stream = TcpStream::connect(host).map_err(unreachable)?;
        stream.set_read_timeout(Some(request.timeout)).unwrap();
        let headers: String =
            request.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = request.body.len();
        write!(stream, "{} /{path} HTTP/1.1\r\n{headers}Content-Length: {length}\r\n\r\n", request.method)
            .map_err(broken)?;
        stream.write_all(&request.body).map_err(broken)?;
        let mut text = Vec::new();
        stream.read_to_end(&mut text).map_err(broken)?;
        let text = String::from_utf8(text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").ok_or_else(|| HttpError::Broken("end".into()))?;
        let header =
            |line: &str| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
        Ok(HttpReply {
            status: head[9..12].parse().unwrap(),
            headers: head.lines().skip(1).filter_map(header).collect(),
            body: body.into(),
            is_cut: false,
        })
    }
}

/// Answers one request; `{request}` in the reply stands for what came.
fn serve(reply: &'static str) -> (String, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let served = std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream);
        let (mut request, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            if let Some(found) = line.strip_prefix("Content-Length: ") {
                length = found.trim().parse().unwrap();
            }
            request.push_str(&line);
            if line.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        request.push_str(&String::from_utf8(body).unwrap());
        let echo = request.replace("\r\n", " | ");
        reader.get_mut().write_all(reply.replace("{request}", &echo).as_bytes()).unwrap();
        request
    });
    (address, served)
}

#[derive(Default)]
struct Sent {
    permissions: Permissions,
    said: Mutex<Vec<String>>,
}

impl Sent {
    fn perform(&self, action: &str, args: &Value) -> Result<Map<String, Value>, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let files = DiskWorkspace::open(folder.path()).unwrap();
        let world = World {
            files: &files,
            http: &Socket,
            github: Err("there is no GitHub here"),
            run: &crate::model::RunId("deploy#7".into()),
            step: "notify",
            now: Time::from_second(1_795_000_000),
            begun: None,
            key: "deploy#7/notify/1",
            permissions: &self.permissions,
            say: &|line| self.said.lock().unwrap().push(line.to_owned()),
            secret: &|name| {
                if name == "TOKEN" {
                    Ok("s3cr3t".to_owned())
                } else {
                    Err(format!("secret `{name}` has no value"))
                }
            },
        };
        find(action).unwrap().perform(args, None, &world)
    }
}

const MARK: &str = "\u{10f5e1}TOKEN\u{10f5e2}";

#[test]
fn a_request_goes_out_and_its_reply_comes_in_without_secrets() {
    let reply = "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nSet-Cookie: a=b\r\nETag: \"s3cr3t\"\r\n\r\n{\"id\": 7, \"saw\": \"s3cr3t\"}";
    let (address, served) = serve(reply);
    let args = json!({
        "method": "POST", "url": format!("http://{address}/v1/deploys?x=1"), "query": { "who": "a&b", "n": 3 },
        "headers": { "Authorization": format!("Bearer {MARK}"), "X-Number": 5 },
        "json": { "version": "1.2", "n": [1, null] }, "expect": [201],
    });
    let outputs = Sent::default().perform("http.request", &args).unwrap();
    let request = served.join().unwrap();
    assert!(request.starts_with("POST /v1/deploys?x=1&who=a%26b&n=3 HTTP/1.1\r\n"), "{request}");
    for line in [
        "Idempotency-Key: deploy#7/notify/1\r\n",
        "Content-Type: application/json\r\n",
        "Authorization: Bearer s3cr3t\r\n",
        "X-Number: 5\r\n",
    ] {
        assert!(request.contains(line), "{request}");
    }
    assert!(request.ends_with("\r\n\r\n{\"version\":\"1.2\",\"n\":[1,null]}"), "{request}");
    assert_eq!(
        Value::from(outputs),
        json!({
            "status": 201, "headers": { "content-type": "application/json", "etag": "\"***\"" }, "is_cut": false,
            "json": { "id": 7, "saw": "***" },
        })
    );
}

#[test]
fn forms_texts_and_own_headers() {
    let (address, served) = serve("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n{request}");
    let args = json!({
        "method": "PUT", "url": format!("http://{address}/"), "form": { "a b": "c&d", "n": true },
        "headers": { "content-type": "application/x-www-form-urlencoded; v=2", "idempotency-key": "mine" },
    });
    let outputs = Sent::default().perform("http.request", &args).unwrap();
    let request = served.join().unwrap();
    assert_eq!(request.to_lowercase().matches("content-type").count(), 1, "{request}");
    assert!(
        request.contains("idempotency-key: mine") && request.ends_with("a%20b=c%26d&n=true"),
        "{request}"
    );
    assert!(outputs["body"].as_str().unwrap().starts_with("PUT / HTTP/1.1 | "), "{outputs:?}");
    let (address, _served) = serve("HTTP/1.1 200 OK\r\n\r\nhello");
    let args = json!({ "url": format!("http://{address}/"), "output": "none" });
    assert_eq!(Sent::default().perform("http.request", &args).unwrap().get("body"), None);
}

#[test]
fn which_failures_may_pass() {
    for (reply, is_final, message) in [
        ("HTTP/1.1 404 Not Found\r\n\r\nno {request}", true, "answered with status 404"),
        ("HTTP/1.1 429 Slow Down\r\nRetry-After: 7\r\n\r\n", false, "answered with status 429"),
        ("HTTP/1.1 408 x\r\n\r\n", false, "answered with status 408"),
        ("HTTP/1.1 503 x\r\n\r\n", false, "answered with status 503"),
        ("HTTP/1.1 200 OK\r\n\r\nnot json", true, "is not JSON: "),
        ("", false, "the connection ended without a reply"),
    ] {
        let (address, served) = serve(reply);
        let args = json!({ "url": format!("http://{address}/"), "output": "json", "headers": { "X": MARK } });
        let failure = Sent::default().perform("http.request", &args).unwrap_err();
        served.join().unwrap();
        assert_eq!(failure.is_final, is_final, "{}", failure.message);
        assert!(failure.message.contains(message), "{}", failure.message);
        assert!(!Value::from(failure.outputs).to_string().contains("s3cr3t"));
    }
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let failure =
        Sent::default().perform("http.request", &json!({ "url": format!("http://{free}/") })).unwrap_err();
    assert!(!failure.is_final && failure.message.starts_with("cannot reach"), "{}", failure.message);
}

#[test]
fn what_may_have_been_done_is_unknown() {
    let known = ["HTTP/1.1 404 x\r\n\r\n", "HTTP/1.1 429 x\r\n\r\n", "HTTP/1.1 501 x\r\n\r\n"];
    let unknown = ["HTTP/1.1 500 x\r\n\r\n", "HTTP/1.1 503 x\r\n\r\n", "HTTP/1.1 408 x\r\n\r\n", ""];
    for (method, replies, is_unknown) in [
        ("POST", &known[..], false),
        ("POST", &unknown, true),
        ("PATCH", &unknown, true),
        ("GET", &unknown, false),
    ] {
        for reply in replies {
            let (address, served) = serve(reply);
            let args = json!({ "url": format!("http://{address}/"), "method": method });
            let failure = Sent::default().perform("http.request", &args).unwrap_err();
            served.join().unwrap();
            assert_eq!(failure.is_unknown, is_unknown, "{method} {reply}: {}", failure.message);
            assert!(!(failure.is_unknown && failure.is_final), "{method} {reply}: {}", failure.message);
        }
    }
}

#[test]
fn nothing_is_sent_where_it_may_not_go() {
    let wrong = |permissions: &Permissions, args: Value| {
        let sent = Sent { permissions: permissions.clone(), ..Sent::default() };
        let failure = sent.perform("http.request", &args).unwrap_err();
        assert!(failure.is_final);
        failure.message
    };
    let hosts = Permissions {
        hosts: Some(vec!["api.example.com".into(), "*.example.org".into()]),
        ..Permissions::default()
    };
    for url in [
        "http://example.com/",
        "http://api.example.com.evil.com/",
        "http://example.org/",
        "http://evilexample.org/",
        "http://127.0.0.1/",
        "http://xapi.example.com/",
    ] {
        assert!(wrong(&hosts, json!({ "url": url })).contains("add it to `permissions.hosts`"), "{url}");
    }
    let open = Permissions::default();
    for (args, message) in [
        (json!({ "url": format!("http://x/{MARK}") }), "a secret stands in `url`; put it into a header"),
        (json!({ "url": "http://x/", "query": { "t": MARK } }), "a secret stands in `query`"),
        (json!({ "url": "http://x/", "json": { "a": [MARK] } }), "a secret stands in `json`"),
        (json!({ "url": "http://x/", "form": { MARK: "a" } }), "a secret stands in `form`"),
        (
            json!({ "url": "http://x/", "headers": { "X": "\u{10f5e1}OTHER\u{10f5e2}" } }),
            "secret `OTHER` has no value",
        ),
        (
            json!({ "url": "http://x/", "headers": { "X": "a\r\nEvil: 1" } }),
            "the value of header `X` holds a line end",
        ),
        (
            json!({ "url": "http://x/", "headers": { "X: 1\r\nY": "a" } }),
            "`X: 1\r\nY` cannot be the name of a header",
        ),
        (json!({ "url": "http://x/", "json": 1, "body": "x" }), "`body`: a request has one body"),
        (
            json!({ "url": "http://good.com\\@evil.com/" }),
            "`url`: `http://good.com\\@evil.com/` is not an address",
        ),
    ] {
        let found = wrong(&open, args);
        assert!(found.starts_with(message), "{found}");
    }
}

#[test]
fn values_are_quoted_for_where_they_go() {
    let action = find("http.request").unwrap();
    let args = json!({ "headers": { "Content-Type": "application/json" } });
    assert_eq!(action.sink(&args, &["url"]), Sink::UrlPart);
    assert_eq!(action.sink(&args, &["headers", "X"]), Sink::Header);
    assert_eq!(action.sink(&args, &["json", "a"]), Sink::Plain);
    assert_eq!(action.sink(&args, &["body"]), Sink::Json);
    assert_eq!(action.sink(&json!({}), &["body"]), Sink::Plain);
    assert_eq!(action.needs(&json!({ "url": "https://API.example.com/{{ x }}" })).hosts, ["api.example.com"]);
    let report = find("report.render").unwrap();
    assert_eq!(report.sink(&json!({ "to": "a/b.MD" }), &["template"]), Sink::Markdown);
    assert_eq!(report.sink(&json!({ "to": "a.html" }), &["template"]), Sink::Html);
    assert_eq!(report.sink(&json!({ "to": "a.html" }), &["data", "x"]), Sink::Plain);
}

#[test]
fn messages_go_to_the_console_as_text() {
    let sent = Sent::default();
    let text =
        "done\n::error::x\n  ::set-output name=a::b\n##[group]x\nstop ::here::\n\u{1b}[31mred\r::warning::y";
    sent.perform(
        "notify",
        &json!({ "channel": "ops", "title": "Night", "text": text, "to": { "kind": "console" } }),
    )
    .unwrap();
    let said = sent.said.into_inner().unwrap();
    assert_eq!(
        said,
        [
            "Night",
            "done",
            "::error::x",
            "  ::set-output name=a::b",
            "##[group]x",
            "stop ::here::",
            " [31mred ::warning::y"
        ]
    );
}

#[test]
fn messages_go_to_webhooks_with_a_key() {
    let (address, served) = serve("HTTP/1.1 204 No Content\r\n\r\n");
    let to = json!({ "kind": "webhook", "url": format!("http://{address}/hooks/{MARK}"), "headers": { "X-Token": MARK } });
    let args = json!({ "channel": "ops", "text": 12, "level": "warning", "to": to });
    assert_eq!(Sent::default().perform("notify", &args).unwrap()["status"], json!(204));
    let request = served.join().unwrap();
    assert!(request.starts_with("POST /hooks/s3cr3t HTTP/1.1\r\n"), "{request}");
    assert!(
        request.contains("X-Token: s3cr3t\r\n") && request.contains("Idempotency-Key: deploy#7/notify/1\r\n"),
        "{request}"
    );
    let body: Value = serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!(body, json!({ "text": "12", "title": null, "level": "warning", "key": "deploy#7/notify/1" }));

    for (to, message) in [
        (
            json!({ "kind": "webhook", "url": format!("http://{}/{MARK}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()) }),
            "channel `ops`: cannot be reached",
        ),
        (Value::Null, "channel `ops` leads nowhere; declare it in `channels.yaml`"),
    ] {
        let failure = Sent::default()
            .perform("notify", &json!({ "channel": "ops", "text": "x", "to": to }))
            .unwrap_err();
        assert_eq!(failure.message, message);
    }
    let args = json!({ "channel": "ops", "text": MARK, "to": { "kind": "console" } });
    assert!(
        Sent::default()
            .perform("notify", &args)
            .unwrap_err()
            .message
            .starts_with("a secret stands in a message")
    );
}
