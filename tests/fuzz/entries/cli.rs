//! Command lines: read, and never run.

use clap::Parser as _;

use crate::cli::Cli;

/// One word a line.
pub fn cli(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let words = std::iter::once("orch").chain(text.lines());
    match Cli::try_parse_from(words) {
        Ok(cli) => assert!(!format!("{cli:?}").is_empty()),
        Err(error) => assert!(!error.render().to_string().is_empty()),
    }
}
