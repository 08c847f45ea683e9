//! Which state a report is about, and how ids are shown.

use smol_str::SmolStr;

/// The state that something was made from: the commit that holds it and its serial; 0 and none
/// where no state has been written yet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tip {
    pub commit: Option<SmolStr>,
    pub serial: u64,
}

/// The first seven characters of an id, as git shows it.
pub fn short(id: &str) -> &str {
    id.char_indices().nth(7).map_or(id, |(end, _)| &id[..end])
}
