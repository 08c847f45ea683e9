//! The kinds of files a project has.

use std::fmt;
use std::str::FromStr;

use crate::diag::{did_you_mean, literal};

/// What a file declares; one JSON Schema each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Orch,
    Agents,
    Routing,
    Reviews,
    Sla,
    Channels,
    Roles,
    Tasks,
    Workflows,
}

impl Kind {
    pub const ALL: [Self; 9] = [
        Self::Orch,
        Self::Agents,
        Self::Routing,
        Self::Reviews,
        Self::Sla,
        Self::Channels,
        Self::Roles,
        Self::Tasks,
        Self::Workflows,
    ];

    /// Whether there is a folder of such files, not one file alone.
    pub const fn is_folder(self) -> bool {
        matches!(self, Self::Tasks | Self::Workflows)
    }

    /// The file's name without extension; of those in a folder, its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Orch => "orch",
            Self::Agents => "agents",
            Self::Routing => "routing",
            Self::Reviews => "reviews",
            Self::Sla => "sla",
            Self::Channels => "channels",
            Self::Roles => "roles",
            Self::Tasks => "tasks",
            Self::Workflows => "workflows",
        }
    }

    /// The file that people are told to look in.
    pub const fn file(self) -> &'static str {
        match self {
            Self::Orch => "orch.yaml",
            Self::Agents => "agents.yaml",
            Self::Routing => "routing.yaml",
            Self::Reviews => "reviews.yaml",
            Self::Sla => "sla.yaml",
            Self::Channels => "channels.yaml",
            Self::Roles => "roles.yaml",
            Self::Tasks => "tasks/*.yaml",
            Self::Workflows => "workflows/*.yaml",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        found.ok_or_else(|| {
            let names = Self::ALL.map(Self::as_str);
            let help = did_you_mean(text, names).unwrap_or_else(|| format!("one of {}", names.join(", ")));
            format!("{} is not a kind of file ({help})", literal(text))
        })
    }
}
