//! What each fuzz target does with its bytes: it gives them to the product as a user's file, server or command
//! line would, and says what must hold of the answer. Nothing here reads a file or runs anything.
//!
//! Compiled into the crate for its own tests, which show every file of the corpus to its target, and under
//! `--cfg fuzzing` for the fuzzer.

mod cli;
mod config;
mod folder;
mod formats;
mod journal;
mod packets;
mod planning;
mod quote;
mod requests;
mod schedule;
mod schema;
mod state;
mod store;
mod template;
#[cfg(test)]
mod tests;
mod webhook;

pub use cli::cli;
pub use config::config;
pub use formats::formats;
pub use journal::journal;
pub use packets::packets;
pub use quote::quote;
pub use requests::requests;
pub use schedule::schedule;
pub use schema::schema;
pub use state::state;
pub use template::template;
pub use webhook::webhook;

/// What a target does with its bytes.
pub type Target = fn(&[u8]);

/// All targets by their names, which are those of the folders of the corpus.
pub const TARGETS: [(&str, Target); 12] = [
    ("cli", cli),
    ("config", config),
    ("formats", formats),
    ("journal", journal),
    ("packets", packets),
    ("quote", quote),
    ("requests", requests),
    ("schedule", schedule),
    ("schema", schema),
    ("state", state),
    ("template", template),
    ("webhook", webhook),
];

/// What stands before the name of a file in an input that holds several.
const MARK: &[u8] = b"#= ";

/// The files of an input: each begins after a line `#= NAME`; what stands before the first such line is a file
/// without a name. Of two of the same name the first counts.
fn files(data: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut files = vec![(String::new(), Vec::new())];
    for line in data.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_prefix(MARK) {
            Some(name) => files.push((String::from_utf8_lossy(name).trim().to_owned(), Vec::new())),
            None => files.last_mut().expect("there is a first one").1.extend_from_slice(line),
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    files.retain(|(name, content)| !(name.is_empty() && content.is_empty()) && seen.insert(name.clone()));
    files
}

/// The first line, and what follows it.
fn first_line(data: &[u8]) -> (&[u8], &[u8]) {
    match data.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&data[..end], &data[end + 1..]),
        None => (data, &[]),
    }
}
