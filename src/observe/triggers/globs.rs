//! File patterns of a trigger: what they match, and where such files can be at all.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use smol_str::SmolStr;

/// Patterns, in which `*` stays within a folder and `**` does not; those that begin with `!` exclude.
#[derive(Debug)]
pub(super) struct Globs {
    include: GlobSet,
    exclude: GlobSet,
    /// Every match lies in or below one of these.
    pub(super) folders: Vec<String>,
}

impl Globs {
    /// # Errors
    /// The pattern that is none, and why.
    pub(super) fn of_paths(patterns: &[SmolStr]) -> Result<Self, (SmolStr, String)> {
        let mut folders = Vec::new();
        let (mut include, mut exclude) = (GlobSetBuilder::new(), GlobSetBuilder::new());
        for pattern in patterns {
            let wrong = |error: globset::Error| (pattern.clone(), error.kind().to_string());
            let (set, path) = match pattern.strip_prefix('!') {
                Some(path) => (&mut exclude, path),
                None => (&mut include, pattern.as_str()),
            };
            let path = path.trim_start_matches("./");
            set.add(GlobBuilder::new(path).literal_separator(true).build().map_err(wrong)?);
            if !pattern.starts_with('!') {
                folders.push(folder(path));
            }
        }
        let built = |set: GlobSetBuilder| {
            set.build().map_err(|error| (SmolStr::from(patterns.join(" ")), error.kind().to_string()))
        };
        Ok(Self { include: built(include)?, exclude: built(exclude)?, folders })
    }

    pub(super) fn matches(&self, path: &str) -> bool {
        self.include.is_match(path) && !self.exclude.is_match(path)
    }
}

/// One matcher over texts that are no paths, whatever their case. `[bot]`, with which the names of apps end,
/// means itself.
pub(super) fn of_words(patterns: &[SmolStr]) -> Result<GlobSet, (SmolStr, String)> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let wrong = |error: globset::Error| (pattern.clone(), error.kind().to_string());
        let literal = pattern.replace("[bot]", "[[]bot[]]");
        set.add(GlobBuilder::new(&literal).case_insensitive(true).build().map_err(wrong)?);
    }
    set.build().map_err(|error| (SmolStr::from(patterns.join(" ")), error.kind().to_string()))
}

/// The longest folder that a pattern names without any wildcard.
fn folder(pattern: &str) -> String {
    let is_literal = |name: &&str| !name.contains(['*', '?', '[', ']', '{', '}', '\\']);
    let names: Vec<&str> = pattern.split('/').collect();
    let folders = &names[..names.len() - 1];
    folders.iter().copied().take_while(is_literal).collect::<Vec<_>>().join("/")
}

/// Folders none of which lies below another: what must be listed to see all of them.
pub(super) fn outermost<'a>(folders: impl IntoIterator<Item = &'a String>) -> Vec<&'a str> {
    let mut folders: Vec<&str> = folders.into_iter().map(String::as_str).collect();
    folders.sort_unstable();
    let mut kept: Vec<&str> = Vec::new();
    for folder in folders {
        let is_below = |above: &&str| {
            above.is_empty()
                || folder.strip_prefix(*above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if !kept.iter().any(is_below) {
            kept.push(folder);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::{Globs, folder, of_words, outermost};

    fn globs(patterns: &[&str]) -> Globs {
        Globs::of_paths(&patterns.iter().map(|pattern| (*pattern).into()).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn stars_stay_in_their_folder_and_exclusions_win() {
        let docs = globs(&["docs/**/*.md", "!docs/drafts/**"]);
        for path in ["docs/a.md", "docs/a/b.md", "docs/ü/日.md"] {
            assert!(docs.matches(path), "{path}");
        }
        for path in ["a.md", "docs/a.txt", "docs/drafts/a.md", "docs/drafts/b/a.md", "x/docs/a.md"] {
            assert!(!docs.matches(path), "{path}");
        }
        assert!(globs(&["*.md"]).matches("a.md") && !globs(&["*.md"]).matches("docs/a.md"));
        assert!(globs(&["./*.md"]).matches("a.md"));
        // Exclusions alone leave nothing.
        assert!(!globs(&["!a"]).matches("b"));
        assert_eq!(Globs::of_paths(&["a[".into()]).unwrap_err().0, "a[");
    }

    #[test]
    fn folders_are_as_deep_as_they_can_be() {
        for (pattern, expected) in [
            ("docs/**/*.md", "docs"),
            ("docs/a/b.md", "docs/a"),
            ("docs/{a,b}/c.md", "docs"),
            ("*.md", ""),
            ("a.md", ""),
            ("**", ""),
            ("a/b?/c/d", "a"),
        ] {
            assert_eq!(folder(pattern), expected, "{pattern}");
        }
        let folders = ["docs/a", "docs", "docs-old", "x/y", "x/y/z", "x/y-1", "x/y"].map(str::to_owned);
        assert_eq!(outermost(&folders), ["docs", "docs-old", "x/y", "x/y-1"]);
        assert_eq!(outermost(&["a".to_owned(), String::new()]), [""]);
    }

    #[test]
    fn words_have_no_folders_and_no_case() {
        let authors = of_words(&["*@example.com>".into()]).unwrap();
        assert!(authors.is_match("A/B <a@EXAMPLE.com>") && !authors.is_match("a@example.com.evil.net>"));
        let bots = of_words(&["dependabot[bot] <*".into()]).unwrap();
        assert!(bots.is_match("dependabot[bot] <1+dependabot[bot]@users.noreply.github.com>"));
        assert!(!bots.is_match("dependabotb <b@example.com>"));
    }
}
