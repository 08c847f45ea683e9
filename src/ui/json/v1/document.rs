//! What all documents have in common: their version, and how they are written.

use serde::Serialize;

/// The `format_version` of every document here.
pub const FORMAT_VERSION: u32 = 1;

/// The document as indented JSON with a line break at the end.
pub fn to_json<T: Serialize>(document: &T) -> String {
    let mut text =
        serde_json::to_string_pretty(document).expect("documents have text keys and no failing fields");
    text.push('\n');
    text
}
