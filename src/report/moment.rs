//! Points in time as seen from now.

use crate::model::Time;

/// `in 1h30m`, `now`, or `1h30m ago`.
pub fn relative(at: Time, now: Time) -> String {
    match at.as_second() - now.as_second() {
        0 => "now".to_owned(),
        ahead if ahead > 0 => format!("in {}", at.since(now)),
        _ => format!("{} ago", now.since(at)),
    }
}
