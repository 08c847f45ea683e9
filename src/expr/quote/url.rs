//! Parts of URLs: everything but the unreserved characters of RFC 3986 §2.3 percent-encoded.

use std::fmt::Write as _;

use super::{Refusal, refuse};

#[derive(Debug, Clone, Copy)]
pub(in crate::expr) struct Url;

pub(super) fn value(text: &str, out: &mut String) {
    encode(text, "", out);
}

/// Percent-encodes all but the unreserved and the given characters.
pub(super) fn encode(text: &str, kept: &str, out: &mut String) {
    for byte in text.bytes() {
        let letter = char::from(byte);
        if byte.is_ascii_alphanumeric() || "-._~".contains(letter) || kept.contains(letter) {
            out.push(letter);
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

/// A segment of dots would lead upwards, encoded or not.
pub(super) fn finish(out: &str) -> Result<(), Refusal> {
    let path = out.split(['?', '#']).next().unwrap_or_default();
    if path.split('/').any(|segment| matches!(segment, "." | "..")) {
        return refuse(
            "a part of the path is `.` or `..`, which leads elsewhere",
            "refuse such values with `if:`",
        );
    }
    Ok(())
}
