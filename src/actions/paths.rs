//! Paths and globs in arguments of actions, below the project's folder.

use std::borrow::Cow;

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error as _};

use super::Failure;
use super::fields::Templated;
use crate::ports::inside;

/// A file, as the names of its path joined with `/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePath(pub String);

/// A folder; the project's own is the empty text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FolderPath(pub String);

/// A glob, in which `*` stays within a folder and `**` does not. `?` and `[…]` stand for one byte, that is
/// for one letter of ASCII.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(Glob);

impl FolderPath {
    /// A path below this folder.
    pub fn join(&self, below: &str) -> String {
        if self.0.is_empty() { below.to_owned() } else { format!("{}/{below}", self.0) }
    }

    /// What is left of a path below this folder.
    pub fn strip<'p>(&self, path: &'p str) -> Option<&'p str> {
        if self.0.is_empty() { Some(path) } else { path.strip_prefix(&self.0)?.strip_prefix('/') }
    }
}

impl Pattern {
    pub fn new(text: &str) -> Result<Self, String> {
        if text.starts_with('/') || text.split('/').any(|name| name == "..") {
            return Err(format!("`{text}` does not stay below its folder (write a glob such as `**/*.log`)"));
        }
        let glob = GlobBuilder::new(text).literal_separator(true).build();
        glob.map(Self).map_err(|error| format!("`{text}` is not a glob: {}", error.kind()))
    }
}

/// One matcher for several globs.
pub fn globs<'p>(patterns: impl IntoIterator<Item = &'p Pattern>) -> Result<GlobSet, Failure> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        set.add(pattern.0.clone());
    }
    set.build().map_err(|error| Failure::last(format!("too many globs at once: {error}")))
}

/// A value as it was written, whether or not a template stands in it.
pub trait Written {
    fn written(&self) -> &str;
}

impl Written for FilePath {
    fn written(&self) -> &str {
        &self.0
    }
}

impl Written for FolderPath {
    fn written(&self) -> &str {
        &self.0
    }
}

impl Written for Pattern {
    fn written(&self) -> &str {
        self.0.glob()
    }
}

impl<T: Written> Written for Templated<T> {
    fn written(&self) -> &str {
        match self {
            Self::Value(value) => value.written(),
            Self::Template(text) => text,
        }
    }
}

impl Templated<FolderPath> {
    /// The glob of everything below the folder, whether or not a template stands in it.
    pub fn reach(&self) -> String {
        match self {
            Self::Value(folder) => folder.join("**"),
            Self::Template(text) => format!("{}/**", text.trim_end_matches('/')),
        }
    }
}

impl<'de> Deserialize<'de> for FilePath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let names = inside(&text).map_err(D::Error::custom)?;
        if names.is_empty() || text.ends_with('/') {
            return Err(D::Error::custom(format!("`{text}` is a folder (write the path of a file)")));
        }
        Ok(Self(names.join("/")))
    }
}

impl<'de> Deserialize<'de> for FolderPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Ok(Self(inside(&text).map_err(D::Error::custom)?.join("/")))
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

macro_rules! text_schema {
    ($kind:ident, $description:literal) => {
        impl JsonSchema for $kind {
            fn schema_name() -> Cow<'static, str> {
                stringify!($kind).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "description": $description })
            }
        }
    };
}

text_schema!(FilePath, "A file, from the project's folder: `reports/week.md`.");
text_schema!(
    FolderPath,
    "A folder, from the project's folder: `reports`; `.` is the project's folder itself."
);
text_schema!(Pattern, "A glob: `*.log` within a folder, `**/*.log` at any depth.");

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::actions::fields::read;

    #[test]
    fn paths_are_tidied_or_refused() {
        assert_eq!(read(&json!("./a//b.md")), Ok(FilePath("a/b.md".into())));
        assert_eq!(read(&json!("./logs/")), Ok(FolderPath("logs".into())));
        assert_eq!(read(&json!(".")), Ok(FolderPath::default()));
        for path in ["", ".", "a/", "../a", "/a", ".git/config", "a\\b"] {
            assert!(read::<FilePath>(&json!(path)).is_err(), "{path}");
        }
        for path in ["..", "/", "a/.git"] {
            assert!(read::<FolderPath>(&json!(path)).is_err(), "{path}");
        }
        assert_eq!(FolderPath("a".into()).strip("a/b"), Some("b"));
        assert_eq!(FolderPath("a".into()).strip("ab"), None);
    }

    #[test]
    fn globs_stay_below_their_folder() {
        let matches = |glob: &str, path: &str| globs([&Pattern::new(glob).unwrap()]).unwrap().is_match(path);
        for (glob, path, expected) in [
            ("*.log", "a.log", true),
            ("*.log", "b/a.log", false),
            ("**/*.log", "a.log", true),
            ("**/*.log", "b/c/a.log", true),
            ("{a,b}/**", "b/x/y", true),
            ("**", "new\nline", true),
        ] {
            assert_eq!(matches(glob, path), expected, "{glob} {path}");
        }
        for glob in ["/a", "../a", "a/../b", "[", "{a", "a/**/../*"] {
            assert!(Pattern::new(glob).is_err(), "{glob}");
        }
    }
}
