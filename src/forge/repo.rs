//! Which repository on GitHub: `owner/name`.

use std::fmt;
use std::str::FromStr;

use smol_str::SmolStr;

/// A repository by its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Repository {
    pub owner: SmolStr,
    pub name: SmolStr,
}

/// Why a text names no repository.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a repository on GitHub; write `owner/name`")]
pub struct InvalidRepository(pub String);

impl Repository {
    /// From the URL of a git remote, of whatever host: `https://HOST/owner/name.git`, `git@HOST:owner/name.git`.
    pub fn from_remote(url: &str) -> Option<Self> {
        // One letter before the colon is a drive of Windows.
        let path = match url.split_once("://") {
            Some(("https" | "http" | "ssh" | "git", rest)) => rest.split_once('/')?.1,
            Some(_) => return None,
            None => url.split_once(':').filter(|(host, _)| host.len() > 1 && !host.contains('/'))?.1,
        };
        let path = path.trim_matches('/');
        path.strip_suffix(".git").unwrap_or(path).parse().ok()
    }

    /// `/repos/owner/name`, which paths of GitHub's API begin with.
    pub fn path(&self) -> String {
        format!("/repos/{self}")
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

impl FromStr for Repository {
    type Err = InvalidRepository;

    fn from_str(text: &str) -> Result<Self, InvalidRepository> {
        let is_letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let is_name = |name: &str| {
            (1..=100).contains(&name.len()) && name.chars().all(is_letter) && !matches!(name, "." | "..")
        };
        match text.split_once('/') {
            Some((owner, name)) if is_name(owner) && is_name(name) => {
                Ok(Self { owner: owner.into(), name: name.into() })
            }
            _ => Err(InvalidRepository(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Repository;

    #[test]
    fn remotes_name_repositories() {
        for url in [
            "https://github.com/o-o/n.js.git",
            "https://x-access-token:t@github.com/o-o/n.js",
            "git@github.com:o-o/n.js.git",
            "ssh://git@ghe.example:2222/o-o/n.js.git/",
        ] {
            assert_eq!(
                Repository::from_remote(url).map(|it| it.path()).as_deref(),
                Some("/repos/o-o/n.js"),
                "{url}"
            );
        }
        for none in [
            "",
            "/srv/git/o/n.git",
            "file:///o/n",
            "https://github.com",
            "https://h/a/b/c",
            "c:/a/b",
            "git@h:n",
        ] {
            assert_eq!(Repository::from_remote(none), None, "{none}");
        }
    }

    #[test]
    fn a_name_cannot_lead_elsewhere() {
        for bad in ["", "a", "a/", "/b", "a/b/c", "../b", "a/..", "a/b?c", "a/b c", "ä/b", "a/b\n"] {
            assert!(bad.parse::<Repository>().is_err(), "{bad}");
        }
        assert_eq!("octo-org/.github".parse::<Repository>().unwrap().to_string(), "octo-org/.github");
    }
}
