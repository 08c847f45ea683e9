//! Who asks, and how that is known.

use std::fmt;

use serde::{Deserialize, Serialize};
use smol_str::{SmolStr, format_smolstr};

use super::{Fence, Name, ORCH};

/// Where the name of an actor comes from. A name alone proves nothing: whoever wants rights must come from a
/// source that they are given to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Said with `--as` by whoever runs the command. Not verified.
    #[default]
    Told,
    /// Said by a line of a request file, which others may have written. Not verified, and gives no rights.
    Line,
    /// The identity that git is configured with on this machine. Not verified.
    Git { host: SmolStr },
    /// An account of GitHub, by its number, which stays when its login changes.
    Github { id: u64, login: SmolStr },
    /// `orch` itself: what rules and workflows do.
    Itself,
}

impl Source {
    /// Whether somebody else than the actor vouches for it.
    pub const fn is_verified(&self) -> bool {
        matches!(self, Self::Github { .. } | Self::Itself)
    }
}

/// Who asks for something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// As the log names it: an agent's name, a person's address, or `github:` and a number.
    pub name: SmolStr,
    pub source: Source,
}

impl Actor {
    /// How accounts of GitHub are named.
    pub const GITHUB: &'static str = "github:";

    pub fn itself() -> Self {
        Self { name: ORCH.into(), source: Source::Itself }
    }

    pub fn github(id: u64, login: &str) -> Self {
        Self {
            name: format_smolstr!("{}{id}", Self::GITHUB),
            source: Source::Github { id, login: login.into() },
        }
    }

    pub fn git(address: &str, host: &str) -> Self {
        Self { name: address.into(), source: Source::Git { host: host.into() } }
    }

    pub fn line(name: &str) -> Self {
        Self { name: name.into(), source: Source::Line }
    }

    /// The actor with how it is known: `mika@example.com on studio (git identity, not verified)`.
    pub fn in_words(&self) -> String {
        let name = &self.name;
        match &self.source {
            Source::Told => format!("{name} (said with `--as`, not verified)"),
            Source::Line => format!("{name} (said in a request file, not verified)"),
            Source::Git { host } => format!("{name} on {host} (git identity, not verified)"),
            Source::Github { login, .. } => format!("{name} ({login}, verified by GitHub)"),
            Source::Itself => name.to_string(),
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name)
    }
}

/// A bare name is one that somebody says.
impl<T: Into<SmolStr>> From<T> for Actor {
    fn from(name: T) -> Self {
        Self { name: name.into(), source: Source::Told }
    }
}

/// How something was asked for, beside by whom and what; recorded with the fact that came of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Asked {
    #[serde(skip_serializing_if = "is_told")]
    pub source: Source,
    /// The role that allows it; none if it needs none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Name>,
    /// The line of configuration that says so: `roles.yaml:4`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<SmolStr>,
    /// The token of the claim under which it was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<u64>,
    /// It went over a claim.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub overrides: bool,
}

impl Asked {
    pub const fn fence(&self) -> Fence {
        Fence { token: self.token, overrides: self.overrides }
    }
}

fn is_told(source: &Source) -> bool {
    *source == Source::Told
}
