//! Results on stdout, everything else on stderr. Colour is decided once; a closed pipe is a
//! quiet success.

use std::borrow::Cow;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use anstream::AutoStream;
use clap::ColorChoice;
use serde::Serialize;

use super::exit::Exit;
use super::{failure, settings};
use crate::ui::text::Style;

/// The two streams, as the user wants them.
#[derive(Debug)]
pub(crate) struct Output {
    color: anstream::ColorChoice,
    quiet: bool,
    /// Whether the runner of GitHub Actions reads along, which takes some lines for commands.
    is_read: bool,
    /// Results, written at once when the command ends, so that a failing command leaves no half result.
    result: String,
}

impl Output {
    pub(crate) fn new(color: ColorChoice, quiet: bool) -> Self {
        let color = match color {
            ColorChoice::Auto => anstream::ColorChoice::Auto,
            ColorChoice::Always => anstream::ColorChoice::Always,
            ColorChoice::Never => anstream::ColorChoice::Never,
        };
        Self { color, quiet, is_read: settings::is_github_actions(), result: String::new() }
    }

    /// Whether results may carry colour.
    pub(crate) fn colored(&self) -> bool {
        match self.color {
            anstream::ColorChoice::Auto => {
                AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never
            }
            choice => choice != anstream::ColorChoice::Never,
        }
    }

    /// Whether what goes to stderr may carry colour.
    pub(crate) fn colored_errors(&self) -> bool {
        match self.color {
            anstream::ColorChoice::Auto => {
                AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never
            }
            choice => choice != anstream::ColorChoice::Never,
        }
    }

    /// How results look.
    pub(crate) fn style(&self) -> Style {
        let width = std::io::stdout().is_terminal().then_some(100);
        Style { colour: self.colored(), width }
    }

    /// Adds to the result.
    pub(crate) fn text(&mut self, text: impl AsRef<str>) {
        let text = text.as_ref();
        self.result.push_str(text);
        if !text.is_empty() && !text.ends_with('\n') {
            self.result.push('\n');
        }
    }

    /// Adds a JSON document to the result.
    pub(crate) fn json(&mut self, document: &impl Serialize) -> anyhow::Result<()> {
        self.text(serde_json::to_string_pretty(document)?);
        Ok(())
    }

    /// Tells something that is not the result; nothing with `--quiet`.
    pub(crate) fn note(&self, text: impl AsRef<str>) {
        if !self.quiet {
            self.tell(text.as_ref());
        }
    }

    /// Tells what went wrong, always.
    pub(crate) fn tell(&self, text: &str) {
        let mut stderr = AutoStream::new(std::io::stderr(), self.color).lock();
        // Nobody is left to be told that stderr is closed.
        let text = if self.is_read { without_commands(text) } else { text.into() };
        let _ = writeln!(stderr, "{}", text.trim_end_matches('\n'));
    }

    /// Writes the result out.
    pub(crate) fn finish(mut self, exit: Exit, add: impl FnOnce(&mut Self)) -> ExitCode {
        add(&mut self);
        let mut stdout = AutoStream::new(std::io::stdout(), self.color).lock();
        // Results that are commands begin with `::`, and none stands in the middle of a line.
        let result = if self.is_read { within_lines(&self.result) } else { (&*self.result).into() };
        let written = stdout.write_all(result.as_bytes()).and_then(|()| stdout.flush());
        match written {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                self.tell(&format!("error: failed to write the result: {error}"));
                Exit::Failed.into()
            }
            _ => exit.into(),
        }
    }

    /// Writes what is there of the result, then the error.
    pub(crate) fn fail(self, error: &anyhow::Error) -> ExitCode {
        let (exit, text) = failure::describe(error);
        self.tell(&text);
        self.finish(exit, |_| {})
    }
}

/// The text without commands of the runner, which it reads at the start of a line after white space, and in an old form
/// wherever they stand (`actions/runner`, `ActionCommand.cs`). An invisible character breaks them up.
fn without_commands(text: &str) -> Cow<'_, str> {
    let is_command = |line: &str| line.trim_start().starts_with("::");
    if !text.lines().any(is_command) {
        return within_lines(text);
    }
    let broken = |line: &str| if is_command(line) { format!("\u{2060}{line}") } else { line.to_owned() };
    let lines: Vec<String> = text.split(['\n', '\r']).map(broken).collect();
    within_lines(&lines.join("\n")).into_owned().into()
}

/// The same for those of the old form alone.
fn within_lines(text: &str) -> Cow<'_, str> {
    if text.contains("##[") { text.replace("##[", "#\u{2060}#[").into() } else { text.into() }
}
