//! Requests to servers on the loopback interface, good and bad.
#![expect(clippy::disallowed_methods, reason = "tests start programs, time requests and write files")]

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::server::Server;
use super::*;

fn request(url: String) -> HttpRequest {
    HttpRequest {
        method: "POST".into(),
        url,
        headers: vec![("X-Key".into(), "secret".into()), ("X-Name".into(), "東".into())],
        body: b"payload".to_vec(),
        timeout: Duration::from_secs(20),
    }
}

/// Whatever proxy the machine has: it does not lead to this one's loopback interface.
fn send(request: &HttpRequest) -> Result<HttpReply, HttpError> {
    HttpClient { is_direct: true, ..HttpClient::default() }.send(request)
}

#[test]
fn a_request_arrives_once_and_as_it_was() {
    let server = Server::plain();
    let reply = send(&request(server.url("/ok?a=b%20c"))).unwrap();
    assert_eq!((reply.status, reply.body.as_slice(), reply.is_cut), (200, &b"hello"[..], false));
    let ones = reply.headers.iter().filter(|(name, _)| name == "x-one").map(|(_, value)| value.as_str());
    assert_eq!(ones.collect::<Vec<_>>(), ["1", "2"]);
    let seen = server.seen();
    assert_eq!(seen.len(), 1);
    assert!(seen[0].starts_with("POST /ok?a=b%20c HTTP/1.1\r\n"), "{}", seen[0]);
    assert!(seen[0].contains("\r\nx-key: secret\r\nx-name: 東\r\n"), "{}", seen[0]);
    assert!(seen[0].contains(concat!("\r\nuser-agent: orch/", env!("CARGO_PKG_VERSION"), "\r\n")));
    assert!(seen[0].ends_with("\r\n\r\npayload"), "{}", seen[0]);
}

#[test]
fn a_failure_of_the_server_is_a_reply_and_not_tried_again() {
    let server = Server::plain();
    let reply = send(&request(server.url("/fails"))).unwrap();
    assert_eq!((reply.status, reply.body.as_slice()), (500, &b"no"[..]));
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn a_lost_reply_is_broken_and_not_tried_again() {
    let server = Server::plain();
    let paths = ["/hangs-up", "/half-a-head", "/half-a-body", "/not-http"];
    for (index, path) in paths.into_iter().enumerate() {
        // Also for methods that would be safe to send again.
        let method = if index % 2 == 0 { "GET" } else { "POST" };
        let asked = HttpRequest { method: method.into(), ..request(server.url(path)) };
        let error = send(&asked).unwrap_err();
        assert!(matches!(error, HttpError::Broken(_)), "{path}: {error:?}");
        assert!(!error.to_string().contains("127.0.0.1"), "{error}");
        assert_eq!(server.seen().len(), index + 1, "{path}");
    }
}

#[test]
fn a_client_that_sent_before_sends_on_a_new_connection() {
    let server = Server::plain();
    let client = HttpClient { is_direct: true, ..HttpClient::default() };
    // The server closes after each reply without saying so.
    for _ in 0..20 {
        assert_eq!(client.send(&request(server.url("/ok"))).unwrap().status, 200);
    }
    assert_eq!(server.seen().len(), 20);
}

#[test]
fn what_takes_too_long_is_timed_out() {
    let server = Server::plain();
    let timeout = Duration::from_millis(500);
    for path in ["/never", "/drips"] {
        let began = Instant::now();
        let asked = HttpRequest { timeout, ..request(server.url(path)) };
        assert_eq!(send(&asked), Err(HttpError::TimedOut(timeout)), "{path}");
        assert!(began.elapsed() < Duration::from_secs(5), "{path}: {:?}", began.elapsed());
    }
}

#[test]
fn who_does_not_listen_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let error = send(&request(format!("http://127.0.0.1:{port}/secret"))).unwrap_err();
    let HttpError::Unreachable { host, why } = &error else { panic!("{error:?}") };
    assert_eq!(host, &format!("127.0.0.1:{port}"));
    assert!(why.contains("refused"), "{why}");
    assert!(!error.to_string().contains("secret"), "{error}");
    let error = send(&request("http://no-such-host.invalid/secret".into())).unwrap_err();
    assert!(
        matches!(&error, HttpError::Unreachable { host, .. } if host == "no-such-host.invalid"),
        "{error:?}"
    );
}

#[test]
fn a_large_body_is_cut() {
    let server = Server::plain();
    for (path, length, is_cut) in [
        (format!("/bytes?{MAX_BODY}"), MAX_BODY, false),
        (format!("/bytes?{}", MAX_BODY + 1), MAX_BODY, true),
        ("/endless".to_owned(), MAX_BODY, true),
    ] {
        let reply = send(&request(server.url(&path))).unwrap();
        assert_eq!((reply.body.len(), reply.is_cut), (length, is_cut), "{path}");
    }
}

#[test]
fn redirects_stay_at_their_place() {
    let (server, other) = (Server::plain(), Server::plain());
    let reply = send(&request(server.url("/to?/ok"))).unwrap();
    assert_eq!(reply.status, 200);
    assert!(server.seen()[1].starts_with("POST /ok ") && server.seen()[1].ends_with("payload"));
    let port = server.port;
    for place in [
        other.url("/ok"),
        format!("http://localhost:{port}/ok"),
        format!("https://127.0.0.1:{port}/ok"),
        format!("//127.0.0.1:{}/ok", other.port),
        format!("http://user@127.0.0.1:{}/ok", other.port),
    ] {
        let count = server.seen().len();
        let reply = send(&request(server.url(&format!("/to?{place}")))).unwrap();
        assert_eq!(reply.status, 307, "{place}");
        let location = reply.headers.iter().find(|(name, _)| name == "location").unwrap();
        assert_eq!(location.1, place);
        assert_eq!(server.seen().len(), count + 1, "{place}");
    }
    assert_eq!(other.seen().len(), 0);
}

#[test]
fn a_long_way_of_redirects_is_not_gone_to_its_end() {
    let server = Server::plain();
    // Each place leads to the one that its query names.
    let place = "/to?".repeat(15);
    let reply = send(&request(server.url(&place))).unwrap();
    assert_eq!((reply.status, server.seen().len()), (307, 11));
}

#[test]
fn what_is_no_request_is_refused_before_anything_is_sent() {
    let server = Server::plain();
    let base = || request(server.url("/ok"));
    let header =
        |name: &str, value: &str| HttpRequest { headers: vec![(name.into(), value.into())], ..base() };
    let url = |url: &str| request(url.into());
    for (asked, words) in [
        (url(""), "not a URL: relative URL without a base"),
        (url("/ok"), "not a URL: relative URL without a base"),
        (url("http://"), "not a URL: empty host"),
        (url("file:///etc/passwd"), "`file` is not a scheme for requests; use `https`"),
        (url("ftp://x/"), "`ftp` is not a scheme for requests; use `https`"),
        (url("http://a@x/"), "a URL with a user or password in it; send an `authorization` header instead"),
        (url("http://:b@x/"), "a URL with a user or password in it; send an `authorization` header instead"),
        (HttpRequest { method: String::new(), ..base() }, "`` is not a method"),
        (
            HttpRequest { method: "GET / HTTP/1.1\r\nx: y".into(), ..base() },
            "`GET / HTTP/1.1\\r\\nx: y` is not a method",
        ),
        (HttpRequest { method: "CONNECT".into(), ..base() }, "`CONNECT` is not a method"),
        (header("a b", "c"), "`a b` is not the name of a header"),
        (header("", "c"), "`` is not the name of a header"),
        (header("X-A", "secret\r\nX-B: c"), "the value of the header `x-a` holds a control character"),
        (
            header("Content-Length", "1"),
            "the header `content-length` belongs to the connection; leave it out",
        ),
        (
            header("Transfer-Encoding", "chunked"),
            "the header `transfer-encoding` belongs to the connection; leave it out",
        ),
    ] {
        assert_eq!(send(&asked), Err(HttpError::Invalid(words.into())), "{asked:?}");
    }
    assert_eq!(server.seen().len(), 0);
}

/// A root and a certificate for `localhost` made with it; none where `openssl` is missing.
fn certificates(folder: &Path) -> Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)> {
    let openssl = |line: &str| {
        let mut command = Command::new("openssl");
        command.args(line.split(' ')).current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    std::fs::write(folder.join("names"), "subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n")
        .unwrap();
    let made = openssl(&format!("req -x509 {key} -keyout root.key -out root.pem -days 2 -subj /CN=root"))
        && openssl(&format!("req {key} -keyout own.key -out own.csr -subj /CN=own"))
        && openssl(
            "x509 -req -in own.csr -CA root.pem -CAkey root.key -CAcreateserial -days 2 -extfile names -out own.pem",
        );
    if !made {
        assert!(std::env::var_os("ORCH_TEST_REQUIRE_ALL").is_none(), "openssl is missing");
        std::io::Write::write_all(&mut std::io::stderr(), b"skipped: openssl is missing\n").unwrap();
        return None;
    }
    let certificate = CertificateDer::from_pem_file(folder.join("own.pem")).unwrap();
    Some((vec![certificate], PrivateKeyDer::from_pem_file(folder.join("own.key")).unwrap()))
}

fn secure_server(folder: &Path) -> Option<Server> {
    let (chain, key) = certificates(folder)?;
    let _ = rustls::crypto::ring::default_provider().install_default();
    let config = rustls::ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).unwrap();
    let config = Arc::new(config);
    Some(Server::start(move |stream: TcpStream| {
        let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
        rustls::StreamOwned::new(connection, stream)
    }))
}

/// The variable that makes this test program a helper: the URL to ask.
const HELPER: &str = "ORCH_TEST_URL";

/// No test: what a process with other roots of certificates gets.
#[test]
#[ignore = "a part of other tests"]
fn helper() {
    let Ok(url) = std::env::var(HELPER) else { return };
    let said = format!("{:?}", HttpClient::default().send(&request(url)).map(|reply| reply.status));
    std::fs::write(std::env::var("ORCH_TEST_SAID").unwrap(), said).unwrap();
}

/// What a process gets that has these roots and goes through this proxy.
fn ask(folder: &Path, url: &str, roots: &Path, proxy: &str) -> String {
    let said = folder.join("said");
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "--ignored", "adapters::http::tests::helper"]).stdout(Stdio::null());
    for name in ["http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy", "no_proxy", "NO_PROXY"]
    {
        command.env_remove(name);
    }
    command.env(HELPER, url).env("ORCH_TEST_SAID", &said).env("HTTP_PROXY", proxy);
    command.env("SSL_CERT_FILE", roots).env("SSL_CERT_DIR", folder.join("none"));
    assert!(command.status().unwrap().success());
    std::fs::read_to_string(said).unwrap()
}

#[test]
fn https_trusts_whom_the_system_trusts() {
    let folder = tempfile::tempdir().unwrap();
    let Some(server) = secure_server(folder.path()) else { return };
    let url = format!("https://localhost:{}/ok", server.port);
    let root = folder.path().join("root.pem");
    assert_eq!(ask(folder.path(), &url, &root, ""), "Ok(200)");
    // The same host by a name that the certificate does not bear.
    let other = url.replace("localhost", "127.0.0.1");
    let said = ask(folder.path(), &other, &root, "");
    assert!(said.starts_with("Err(Unreachable") && said.contains("certificate not valid for name"), "{said}");
    let said = ask(folder.path(), &url, &folder.path().join("none"), "");
    assert!(
        said.contains("no roots of certificates; install `ca-certificates` or set SSL_CERT_FILE"),
        "{said}"
    );
    assert_eq!(server.seen().len(), 1);
    // Without roots, what needs none works.
    let plain = Server::plain();
    assert_eq!(ask(folder.path(), &plain.url("/ok"), &folder.path().join("none"), ""), "Ok(200)");
}

#[test]
fn an_unknown_root_is_not_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let Some(server) = secure_server(folder.path()) else { return };
    let error = send(&request(format!("https://localhost:{}/ok", server.port))).unwrap_err();
    let HttpError::Unreachable { why, .. } = &error else { panic!("{error:?}") };
    assert!(why.contains("UnknownIssuer") || why.contains("no roots"), "{why}");
    assert_eq!(server.seen().len(), 0);
}

#[test]
fn the_proxy_of_the_environment_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let proxy = Server::plain();
    let said = ask(folder.path(), "http://somewhere.invalid/x", folder.path(), &proxy.url(""));
    // The proxy of the test knows no such path.
    assert_eq!(said, "Ok(404)");
    assert!(
        proxy.seen()[0].starts_with("POST http://somewhere.invalid/x HTTP/1.1\r\n"),
        "{:?}",
        proxy.seen()
    );
}
