//! Who works: AI agents and people.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::{Activate, Name, Origin};

/// What kind of worker an agent is. Work never ends up with a person by routing alone,
/// unless a route names that person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AgentKind {
    #[default]
    Agent,
    Human,
}

/// One who does tasks and reviews.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    pub name: Name,
    /// How people call it: `Agent 02 · Content Strategist`.
    pub title: String,
    pub role: Option<String>,
    pub kind: AgentKind,
    /// The most tasks it holds at once, pending or in progress.
    pub max_active: u32,
    /// The login of its account on GitHub.
    pub github: Option<SmolStr>,
    /// Patterns of the branches that are its own; those that begin with `!` exclude.
    pub branches: Vec<SmolStr>,
    /// How it is called to its tasks; none: it looks for itself.
    pub activate: Option<Activate>,
    pub origin: Origin,
}

impl Agent {
    /// Whether an account on GitHub is its own. Capitals do not count there, and the end `[bot]` of an app's login is
    /// told in one of GitHub's two interfaces alone.
    pub fn has_login(&self, login: &str) -> bool {
        let bare = |login: &str| login.strip_suffix("[bot]").unwrap_or(login).to_ascii_lowercase();
        self.github.as_deref().is_some_and(|own| bare(own) == bare(login))
    }
}

/// The branches that an agent works on.
#[derive(Debug)]
pub struct Branches {
    include: GlobSet,
    exclude: GlobSet,
}

impl Branches {
    /// Of patterns that were checked; what is none matches nothing.
    pub fn new(patterns: &[SmolStr]) -> Self {
        let (mut include, mut exclude) = (GlobSetBuilder::new(), GlobSetBuilder::new());
        for pattern in patterns {
            let (set, path) = match pattern.strip_prefix('!') {
                Some(path) => (&mut exclude, path),
                None => (&mut include, pattern.as_str()),
            };
            if let Ok(glob) = GlobBuilder::new(path).literal_separator(true).backslash_escape(true).build() {
                set.add(glob);
            }
        }
        let built = |set: GlobSetBuilder| set.build().unwrap_or_else(|_| GlobSet::empty());
        Self { include: built(include), exclude: built(exclude) }
    }

    pub fn has(&self, branch: &str) -> bool {
        self.include.is_match(branch) && !self.exclude.is_match(branch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_match_whole_names_and_exclusions_win() {
        let own = |patterns: &[&str], branch: &str| {
            Branches::new(&patterns.iter().copied().map(SmolStr::new).collect::<Vec<_>>()).has(branch)
        };
        assert!(own(&["writer/**"], "writer/draft") && own(&["writer/**"], "writer/a/b"));
        assert!(own(&["writer/*", "fix-*"], "fix-1") && !own(&["writer/*"], "writer/a/b"));
        assert!(!own(&["writer/**"], "writer") && !own(&["writer/**"], "x/writer/a"));
        assert!(!own(&["writer/**", "!writer/old/**"], "writer/old/a"));
        assert!(!own(&[], "main"));
    }

    #[test]
    fn logins_are_compared_as_github_does() {
        let agent = |login: Option<&str>| Agent {
            name: "writer".into(),
            title: "writer".into(),
            role: None,
            kind: AgentKind::Agent,
            max_active: 1,
            github: login.map(SmolStr::new),
            branches: Vec::new(),
            activate: None,
            origin: Origin::new("agents.yaml", 1, 1),
        };
        assert!(agent(Some("Octo-Cat")).has_login("octo-cat"));
        assert!(
            agent(Some("helper[bot]")).has_login("helper") && agent(Some("helper")).has_login("Helper[bot]")
        );
        assert!(!agent(Some("octo-cat")).has_login("octo-cat-2") && !agent(None).has_login(""));
    }
}
