//! The command line: arguments per command, settings, exit codes. The only place where the
//! stages are chained.

mod args;
mod commands;
mod exit;
mod failure;
mod help;
mod output;
mod progress;
pub(crate) mod session;
mod settings;
mod unknown;

pub use args::Cli;
pub use exit::Exit;

use std::process::ExitCode;

use clap::Parser;

use crate::adapters::faults;
use output::Output;
use settings::Settings;

/// What every command is given.
#[derive(Debug)]
pub(crate) struct Cx {
    pub settings: Settings,
    pub out: Output,
}

/// Parses the arguments, runs the command, and says how it went.
pub fn main() -> ExitCode {
    if help::asked(std::env::args_os().skip(1)) {
        return Output::new(clap::ColorChoice::Auto, false).finish(Exit::Ok, |out| out.text(help::ALL));
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    if let Some(ended) = faults() {
        return ended;
    }
    let mut cx = match Settings::resolve(cli.global) {
        Ok(settings) => Cx { out: Output::new(settings.color, settings.quiet), settings },
        Err(error) => return Output::new(clap::ColorChoice::Auto, false).fail(&error),
    };
    if let Some(format) = cx.settings.format.only_for_validate()
        && !matches!(cli.command, commands::Command::Validate(_))
    {
        cx.out.tell(&format!(
            "error: only `validate` has the format `{format}`; this command has text and json"
        ));
        return cx.out.finish(Exit::Usage, |_| {});
    }
    match cli.command.run(&mut cx) {
        Ok(exit) => cx.out.finish(exit, |_| {}),
        Err(error) => cx.out.fail(&error),
    }
}

/// Prepares the fault that a test wants, in builds that have any.
fn faults() -> Option<ExitCode> {
    let text = settings::fault()?;
    let out = Output::new(clap::ColorChoice::Auto, false);
    if text == "list" {
        let points: Vec<String> = faults::points().collect();
        return Some(out.finish(Exit::Ok, |out| out.text(points.join("\n"))));
    }
    faults::arm(&text).err().map(|why| out.fail(&anyhow::Error::msg(why)))
}

/// clap's own messages: help and version are results, everything else is a usage error.
fn usage(error: &clap::Error) -> ExitCode {
    let exit = if error.use_stderr() { Exit::Usage } else { Exit::Ok };
    // A closed pipe is the only thing that can fail here, and is a quiet success.
    let _ = error.print();
    exit.into()
}
