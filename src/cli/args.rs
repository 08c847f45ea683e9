//! The arguments that all commands share.

use std::path::PathBuf;

use clap::{Args, ColorChoice, Parser, ValueEnum};

use super::commands::Command;
use crate::model::Time;

/// Terraform for the work that people and AI agents do together.
#[derive(Debug, Parser)]
#[command(
    name = "orch",
    version,
    disable_help_subcommand = true,
    subcommand_required = true,
    arg_required_else_help = true,
    help_template = super::help::TOP,
    max_term_width = 100
)]
pub struct Cli {
    #[command(flatten)]
    pub(super) global: GlobalArgs,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Format {
    #[default]
    Text,
    Json,
    // Documented at `--format`: text of their own here would make every long help twice as long.
    Sarif,
    Github,
}

impl Format {
    /// The name of a format that other commands do not have.
    pub(super) const fn only_for_validate(self) -> Option<&'static str> {
        match self {
            Self::Text | Self::Json => None,
            Self::Sarif => Some("sarif"),
            Self::Github => Some("github"),
        }
    }
}

/// Options that every command takes, before or after its name.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct GlobalArgs {
    /// Run as if started in DIR
    #[arg(short = 'C', long = "directory", value_name = "DIR", global = true)]
    pub(crate) directory: Option<PathBuf>,

    /// Take TIME as the clock (RFC 3339) instead of the real one
    #[arg(long, value_name = "TIME", global = true, env = "ORCH_NOW", hide_env_values = true)]
    pub(crate) now: Option<Time>,

    /// Read the configuration from this branch, tag or commit instead of the work tree
    #[arg(long, value_name = "COMMIT", global = true, env = "ORCH_CONFIG_FROM", hide_env_values = true)]
    pub(crate) config_from: Option<String>,

    /// How to write the result; sarif and github for `validate` only
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t, global = true)]
    pub(crate) format: Format,

    /// Act as this agent, or person
    #[arg(long = "as", value_name = "NAME", global = true, env = "ORCH_ACTOR", hide_env_values = true)]
    pub(crate) actor: Option<String>,

    /// When to colour
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = ColorChoice::Auto, global = true)]
    pub(crate) color: ColorChoice,

    /// Say only what went wrong
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,

    /// Say more
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
}

/// Options of every command that writes the state.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct WriteArgs {
    /// Send the state branch to the remote, and begin with what the remote has
    #[arg(long)]
    pub(crate) push: bool,

    /// Show what would happen, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Options of commands that touch a task that somebody may have claimed.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct FenceArgs {
    /// The token of the claim on the task
    #[arg(long, value_name = "N")]
    token: Option<u64>,

    /// Go over the claim of somebody else
    #[arg(long = "override", conflicts_with = "token")]
    overrides: bool,
}

impl From<FenceArgs> for crate::model::Fence {
    fn from(args: FenceArgs) -> Self {
        Self { token: args.token, overrides: args.overrides }
    }
}

/// Where a time begins: at a point in time, or so long before its end.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Since {
    At(Time),
    For(crate::model::Duration),
}

impl Since {
    /// When it begins, if it ends then.
    pub(crate) fn before(self, end: Time) -> Time {
        match self {
            Self::At(time) => time,
            Self::For(length) => end - length,
        }
    }
}

impl std::str::FromStr for Since {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let length = text.parse().map(Self::For);
        length.or_else(|_| text.parse().map(Self::At)).map_err(|_| {
            format!("`{text}` is neither a length of time nor a point in time, such as `7d` or `2026-01-09T00:00:00Z`")
        })
    }
}

/// A kebab-case name.
pub(crate) fn name(text: &str) -> Result<crate::model::Name, String> {
    let fits = !text.is_empty()
        && text.split('-').all(|part| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        });
    if fits { Ok(text.into()) } else { Err("names are kebab-case, such as `light-novel`".to_owned()) }
}

/// The name of a run: `clean-logs#12`, `clean-logs@2026-11-20T17:00Z`.
pub(crate) fn run_id(text: &str) -> Result<crate::model::RunId, String> {
    let (workflow, rest) = text.split_once(['#', '@']).unwrap_or((text, ""));
    let fits = name(workflow).is_ok() && !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_graphic());
    if fits {
        Ok(crate::model::RunId(text.into()))
    } else {
        Err("runs are named like `clean-logs#12` or `clean-logs@2026-11-20T17:00Z`".to_owned())
    }
}

/// The status of a run by its name.
pub(crate) fn run_status(text: &str) -> Result<crate::model::RunStatus, String> {
    use crate::model::RunStatus as Status;
    let all = [
        Status::Queued,
        Status::Waiting,
        Status::Running,
        Status::Succeeded,
        Status::Failed,
        Status::Cancelled,
        Status::Skipped,
    ];
    all.into_iter().find(|status| status.as_str() == text).ok_or_else(|| {
        let names = all.map(Status::as_str);
        format!("one of {}", names.join(", "))
    })
}

/// A task status by its name.
pub(crate) fn status(text: &str) -> Result<crate::model::TaskStatus, String> {
    let all = crate::model::TaskStatus::ALL;
    all.into_iter().find(|status| status.as_str() == text).ok_or_else(|| {
        let names = all.map(crate::model::TaskStatus::as_str);
        format!("one of {}", names.join(", "))
    })
}

/// A word that people sort tasks by.
pub(crate) fn tag(text: &str) -> Result<crate::model::Name, String> {
    if crate::model::is_tag(text) {
        Ok(text.into())
    } else {
        Err("one word: letters, digits and `. _ / : -`, such as `case_study`".to_owned())
    }
}

/// A place in the history: the beginning of a commit's id, the number of a tick, a date or a time.
pub(crate) fn since(text: &str) -> Result<crate::commit::Since, String> {
    use crate::commit::Since;
    if let Ok(time) = text.parse().or_else(|_| format!("{text}T00:00:00Z").parse()) {
        return Ok(Since::Time(time));
    }
    let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    match text.trim_start_matches('#').parse() {
        Ok(serial) if text.len() < 7 => Ok(Since::Serial(serial)),
        _ if is_hex && (4..=40).contains(&text.len()) => Ok(Since::Commit(text.to_ascii_lowercase())),
        _ => Err(
            "a commit such as `4f2a9c1`, the number of a tick such as `120`, or a date such as `2026-11-01`"
                .to_owned(),
        ),
    }
}
