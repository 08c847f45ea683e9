//! What `orch init` writes: the example projects of this repository, embedded as they are.
//!
//! An example names the JSON Schemas by their place in this repository. A user's project has
//! its own copy of them in [`SCHEMA_DIR`], which works without a network and is of the same
//! version as the binary that wrote it; [`File::contents`] points there.

mod github;
mod library;
mod table;

pub use github::{BUILT_FROM, Evaluated, Needs, OWN, Place};
pub use library::{LIBRARY, Ready};
pub use table::TEMPLATES;

/// Where a project has its copy of the JSON Schemas, as `KIND.schema.json`.
pub const SCHEMA_DIR: &str = ".orch/schemas";

/// Files under this folder belong at the root of the git repository, even if the project
/// lies deeper, since GitHub reads them nowhere else.
const GITHUB_DIR: &str = ".github";

/// The schemas' folder, as files directly under `examples/NAME` name it.
const SCHEMAS_HERE: &str = "../../schemas/";

/// The schemas' folder, as files of `workflows/` name it.
const SCHEMAS_OF_LIBRARY: &str = "../schemas/";

/// The start of the line by which an editor finds the schema of a YAML file.
const MODELINE: &str = "# yaml-language-server: $schema=";

/// A project that `orch init` can start from.
#[derive(Debug, PartialEq, Eq)]
pub struct Template {
    pub name: &'static str,
    /// One line for lists.
    pub summary: &'static str,
    pub files: &'static [File],
}

/// One file of a template.
#[derive(Debug, PartialEq, Eq)]
pub struct File {
    /// Relative to the project, with `/` between folders.
    pub path: &'static str,
    source: &'static str,
}

impl File {
    /// What to write into a user's project.
    pub fn contents(&self) -> String {
        self.source.replace(SCHEMAS_HERE, &format!("{SCHEMA_DIR}/"))
    }

    /// The kind of schema that the file follows, such as `agents`; none if it names none.
    pub fn schema_kind(&self) -> Option<&'static str> {
        let line = self.source.lines().next()?.strip_prefix(MODELINE)?;
        line.rsplit('/').next()?.strip_suffix(".schema.json")
    }
}

impl Template {
    /// The kinds of schema that the files follow, each once, in order of name.
    pub fn schema_kinds(&self) -> Vec<&'static str> {
        let mut kinds: Vec<_> = self.files.iter().filter_map(File::schema_kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }
}

/// Why there is no template of a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no template `{name}`")]
pub struct UnknownTemplate {
    pub name: String,
    /// The name that was probably meant.
    pub nearest: Option<&'static str>,
}

/// The template of this name.
///
/// # Errors
///
/// Says which name is nearest, if one is near.
pub fn find(name: &str) -> Result<&'static Template, UnknownTemplate> {
    TEMPLATES
        .iter()
        .find(|template| template.name == name)
        .ok_or_else(|| UnknownTemplate { name: name.to_owned(), nearest: nearest(name) })
}

fn nearest(name: &str) -> Option<&'static str> {
    TEMPLATES
        .iter()
        .map(|template| (strsim::jaro_winkler(name, template.name), template.name))
        .filter(|(likeness, _)| *likeness > 0.7)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::{Component, Path};

    use super::*;

    /// All files under a folder, by their path relative to it.
    fn files_under(root: &Path) -> BTreeMap<String, String> {
        let mut files = BTreeMap::new();
        let mut folders = vec![root.to_path_buf()];
        while let Some(folder) = folders.pop() {
            #[expect(clippy::disallowed_methods, reason = "the test compares with the real files")]
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
                    files.insert(name, std::fs::read_to_string(&path).unwrap());
                }
            }
        }
        files
    }

    #[test]
    fn every_file_of_the_examples_is_embedded() {
        for template in TEMPLATES {
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(template.name);
            let embedded: BTreeMap<_, _> =
                template.files.iter().map(|file| (file.path.to_owned(), file.source.to_owned())).collect();
            assert_eq!(embedded, files_under(&root), "{}", template.name);
        }
    }

    #[test]
    fn every_folder_of_examples_is_a_template() {
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
        let files = files_under(&examples);
        let mut folders: Vec<_> =
            files.keys().filter_map(|path| Some(path.split_once('/')?.0.to_owned())).collect();
        folders.dedup();
        let mut names: Vec<_> = TEMPLATES.iter().map(|template| template.name.to_owned()).collect();
        names.sort();
        assert_eq!(folders, names);
    }

    #[test]
    fn no_path_leaves_the_project() {
        for file in TEMPLATES.iter().flat_map(|template| template.files) {
            let plain = Path::new(file.path).components().all(|part| matches!(part, Component::Normal(_)));
            assert!(plain && !file.path.contains('\\'), "{}", file.path);
        }
    }

    #[test]
    fn every_project_file_names_its_schema_by_a_path_that_leads_to_the_copy() {
        for file in TEMPLATES.iter().flat_map(|template| template.files) {
            if ["ci/", GITHUB_DIR].iter().any(|folder| file.path.starts_with(folder)) {
                assert_eq!(file.schema_kind(), None, "{}", file.path);
                continue;
            }
            let kind = file.schema_kind().unwrap_or_else(|| panic!("{} names no schema", file.path));
            let up = "../".repeat(file.path.matches('/').count());
            let contents = file.contents();
            let first = contents.lines().next().unwrap();
            assert_eq!(first, format!("{MODELINE}{up}{SCHEMA_DIR}/{kind}.schema.json"), "{}", file.path);
        }
    }

    #[test]
    fn kinds_are_listed_once() {
        let kinds = find("content-team").unwrap().schema_kinds();
        assert_eq!(kinds, ["agents", "orch", "reviews", "routing", "sla", "tasks"]);
    }

    #[test]
    fn a_slip_of_the_pen_is_answered_with_the_name_meant() {
        assert_eq!(find("content-taem").unwrap_err().nearest, Some("content-team"));
        assert_eq!(find("zzz").unwrap_err().nearest, None);
        assert_eq!(find("zzz").unwrap_err().to_string(), "there is no template `zzz`");
    }
}
