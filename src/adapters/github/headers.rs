//! What the headers of an answer say: pages, limits, permissions.

use std::time::Duration;

use jiff::fmt::rfc2822;
use reqwest::Url;
use reqwest::header::{DATE, ETAG, HeaderMap, LINK, LOCATION, RETRY_AFTER};

use crate::adapters::clock;
use crate::adapters::http::host_of;
use crate::model::Time;
use crate::ports::{Answer, ForgeError, Quota};

/// An answer without its body.
pub(super) fn read(status: u16, headers: &HeaderMap, base: &Url) -> Result<Answer, ForgeError> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let next = text(LINK.as_str()).and_then(next_page).map(|page| path_below(base, page)).transpose()?;
    Ok(Answer {
        status,
        etag: text(ETAG.as_str()).map(Into::into),
        next,
        quota: quota(text),
        retry_after: text(RETRY_AFTER.as_str()).and_then(|value| wait(value, text(DATE.as_str()))),
        accepted: text("x-accepted-github-permissions").map(str::to_owned),
        location: text(LOCATION.as_str()).map(str::to_owned),
        ..Answer::default()
    })
}

fn quota<'h>(text: impl Fn(&str) -> Option<&'h str>) -> Option<Quota> {
    let number = |name: &str| text(name)?.parse::<i64>().ok();
    let count = |name: &str| number(name).map(|count| u32::try_from(count.max(0)).unwrap_or(u32::MAX));
    Some(Quota {
        resource: text("x-ratelimit-resource").unwrap_or("core").into(),
        remaining: count("x-ratelimit-remaining")?,
        limit: count("x-ratelimit-limit")?,
        reset: Time::from_second(number("x-ratelimit-reset")?),
    })
}

/// `120`, or `Fri, 27 Nov 2026 15:00:00 GMT` counted from the clock of whoever wrote it (RFC 9110, 10.2.3).
fn wait(value: &str, date: Option<&str>) -> Option<Duration> {
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let moment = |text| rfc2822::parse(text).ok().map(|time| time.timestamp().as_second());
    let until = moment(value)?;
    let now = date.and_then(moment).unwrap_or_else(|| clock::now().as_second());
    Some(Duration::from_secs(u64::try_from(until - now).unwrap_or(0)))
}

/// The target of `rel="next"` (RFC 8288).
fn next_page(link: &str) -> Option<&str> {
    // A `,` may stand in a target; a `<` may not.
    link.split('<').filter_map(|part| part.split_once('>')).find_map(|(target, rest)| {
        let is_next = rest.split([';', ',']).any(|one| {
            let (name, value) = one.split_once('=').unwrap_or_default();
            let mut kinds = value.trim().trim_matches('"').split_ascii_whitespace();
            name.trim().eq_ignore_ascii_case("rel") && kinds.any(|kind| kind.eq_ignore_ascii_case("next"))
        });
        is_next.then_some(target)
    })
}

/// What of a URL stands below the base.
fn path_below(base: &Url, page: &str) -> Result<String, ForgeError> {
    let elsewhere = |place: &Url| ForgeError::Elsewhere(host_of(place));
    let url = base.join(page).map_err(|_| elsewhere(base))?;
    let prefix = base.path().trim_end_matches('/');
    let path = url.path().strip_prefix(prefix).filter(|path| path.starts_with('/'));
    match path.filter(|_| url.origin() == base.origin()) {
        Some(path) => Ok(url.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"))),
        None => Err(elsewhere(&url)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_the_one_that_says_so() {
        let link =
            r#"<https://h/a?page=1>; rel="prev", <https://h/a?page=3&x=1,2>; title="a"; rel="last next""#;
        assert_eq!(next_page(link), Some("https://h/a?page=3&x=1,2"));
        assert_eq!(next_page("<https://h/a>; rel=next"), Some("https://h/a"));
        for none in ["", "<", "<>", "<a>; rel=\"last\"", "rel=\"next\"", "a; rel=next", "<a; rel=next"] {
            assert_eq!(next_page(none), None, "{none}");
        }
    }

    #[test]
    fn a_page_is_below_the_base_or_nowhere() {
        let base = Url::parse("https://ghe.example/api/v3").unwrap();
        let below = |page| path_below(&base, page);
        assert_eq!(below("https://ghe.example/api/v3/x?page=2").unwrap(), "/x?page=2");
        for other in
            ["https://evil.example/api/v3/x", "https://ghe.example/api/v33/x", "http://ghe.example/api/v3/x"]
        {
            assert!(matches!(below(other), Err(ForgeError::Elsewhere(_))), "{other}");
        }
    }

    #[test]
    fn waits_are_seconds_or_dates() {
        let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(wait("120", date), Some(Duration::from_mins(2)));
        assert_eq!(wait("Sun, 06 Nov 1994 08:50:37 GMT", date), Some(Duration::from_mins(1)));
        assert_eq!(wait("Sun, 06 Nov 1994 08:00:00 GMT", None), Some(Duration::ZERO), "long ago");
        for odd in ["", "-1", "soon", "99999999999999999999999"] {
            assert_eq!(wait(odd, date), None, "{odd}");
        }
    }
}
