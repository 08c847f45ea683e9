//! Addresses of the web, read so strictly that no other reader finds another host in them.

use std::fmt::Write;

use indexmap::IndexMap;

use crate::actions::words::Text;

/// The host that an address leads to, in lower case.
///
/// # Errors
/// In words, if it is not `http://host/…` or `https://host/…`. Names and passwords before the host,
/// backslashes, spaces and line ends are refused: readers differ about them.
pub(in crate::actions) fn host(url: &str) -> Result<String, String> {
    let wrong = |why: &str| format!("`{url}` is not an address {why}");
    let lower = url.get(..8).unwrap_or(url).to_ascii_lowercase();
    let length = ["https://", "http://"].into_iter().find(|scheme| lower.starts_with(scheme)).map(str::len);
    let Some(length) = length else {
        return Err(wrong("that begins with `https://` or `http://`"));
    };
    let rest = &url[length..];
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    if url.chars().any(|letter| letter == '\\' || letter.is_control()) || path.contains(' ') {
        return Err(wrong("(no spaces, backslashes or line ends may stand in it)"));
    }
    if authority.contains('@') {
        return Err("an address holds a name or password; put it into a header".into());
    }
    let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) => {
            let is_address = address.parse::<std::net::Ipv6Addr>().is_ok();
            (
                is_address.then(|| format!("[{}]", address.to_ascii_lowercase())),
                port.strip_prefix(':').or(none(port)),
            )
        }
        None => {
            let (name, port) =
                authority.split_once(':').map_or((authority, Some("")), |(name, port)| (name, Some(port)));
            let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
            let is_name = !name.is_empty() && !name.starts_with('.') && name.bytes().all(is_part);
            (is_name.then(|| name.to_ascii_lowercase()), port)
        }
    };
    let is_port = |port: &str| port.is_empty() || port.parse::<u16>().is_ok_and(|port| port > 0);
    match (host, port) {
        (Some(host), Some(port)) if is_port(port) => Ok(host),
        _ => Err(wrong("with a host such as `api.example.com`, written out")),
    }
}

/// The host of an address in which templates may stand, but only after the host.
pub(in crate::actions) fn literal_host(url: &str) -> Result<String, String> {
    let marks = ["{{", "{%", "{#"].into_iter().filter_map(|mark| url.find(mark));
    let Some(start) = marks.min() else { return host(url) };
    let literal = &url[..start];
    let has_path = literal.matches('/').count() > 2 || literal.contains(['?', '#']);
    if has_path {
        host(literal)
    } else {
        Err(format!("`{url}` does not write out its host; templates may stand after it"))
    }
}

fn none(port: &str) -> Option<&str> {
    port.is_empty().then_some("")
}

/// `a=1&b=2`, quoted as forms are.
pub(super) fn pairs(values: &IndexMap<String, Text>) -> String {
    let pairs = values.iter().map(|(name, value)| format!("{}={}", quoted(name), quoted(&value.0)));
    pairs.collect::<Vec<_>>().join("&")
}

/// An address with more after its `?`, before its `#`.
pub(super) fn with_query(url: &str, query: &IndexMap<String, Text>) -> String {
    if query.is_empty() {
        return url.to_owned();
    }
    let (address, fragment) =
        url.split_once('#').map_or((url, None), |(before, after)| (before, Some(after)));
    let joint = match address.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some(_) => "&",
    };
    let fragment = fragment.map(|fragment| format!("#{fragment}")).unwrap_or_default();
    format!("{address}{joint}{}{fragment}", pairs(query))
}

/// Percent-encoded but for what RFC 3986 calls unreserved.
pub(in crate::actions) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing into a text cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_host_that_every_reader_finds() {
        for (url, found) in [
            ("https://api.example.com/v1?x=@evil.com", "api.example.com"),
            ("HTTP://API.Example.com:8080", "api.example.com"),
            ("http://127.0.0.1:3000/x", "127.0.0.1"),
            ("http://[::1]:80/", "[::1]"),
            ("https://example.com?x=1#@evil.com", "example.com"),
        ] {
            assert_eq!(host(url).as_deref(), Ok(found), "{url}");
        }
        for url in [
            "",
            "example.com",
            "ftp://example.com",
            "file:///etc/passwd",
            "https://",
            "https:///x",
            "https://user@host/",
            "https://good.example.com\\@evil.com/",
            "https://good.com:80:90/",
            "https://good.com:99999/",
            "https://good.com:/x y",
            "https://a\n.com/",
            "https://exa mple.com/",
            "https://例え.jp/",
            "https://[::1/",
            "https://[x]/",
            "https://%65vil.com/",
            "https://.example.com/",
            "https://good.com:80@evil.com/",
            "https:/example.com",
        ] {
            assert!(host(url).is_err(), "{url}");
        }
    }

    #[test]
    fn queries_are_quoted_and_put_in_place() {
        let query: IndexMap<String, Text> = [("q", "a&b=c d/é"), ("n", "1")]
            .map(|(name, value)| (name.to_owned(), Text(value.to_owned())))
            .into();
        let quoted = "q=a%26b%3Dc%20d%2F%C3%A9&n=1";
        assert_eq!(with_query("http://x/", &query), format!("http://x/?{quoted}"));
        assert_eq!(with_query("http://x/?", &query), format!("http://x/?{quoted}"));
        assert_eq!(with_query("http://x/?a=1#top", &query), format!("http://x/?a=1&{quoted}#top"));
        assert_eq!(with_query("http://x/?a", &IndexMap::new()), "http://x/?a");
    }
}
