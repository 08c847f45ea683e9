//! Finds a project and reads its files.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::diag::{Diagnostic, Issue, Span, nearest};
use crate::ports::{Content, Files};

use super::{Kind, LoadError, MAX_FILE_BYTES, SourceFile, Sources};

const EXTENSIONS: [&str; 3] = ["yaml", "yml", "json"];
const HIDDEN: &str = ".orch";

/// Reads the project that holds `start`, an absolute path: its `orch.yaml` is searched for
/// in that folder and those above it, and in their `.orch` folders.
///
/// # Errors
/// When there is no project, or a file of it cannot be read.
pub fn load(files: &dyn Files, start: &Path) -> Result<Sources, LoadError> {
    let project = find(files, start)?;
    let mut loader = Loader { files, sources: Sources { root: project.root, ..Sources::default() } };
    loader.folder(project.folder)?;
    if !project.folder.is_empty() || !loader.has_orch_in(HIDDEN)? {
        loader.sources.sort();
        return Ok(loader.sources);
    }
    loader.two_projects();
    loader.sources.sort();
    Ok(loader.sources)
}

struct Project {
    root: PathBuf,
    /// Where its files lie below the root: nowhere, or in `.orch`.
    folder: &'static str,
}

fn find(files: &dyn Files, start: &Path) -> Result<Project, LoadError> {
    for folder in start.ancestors() {
        if has_orch(files, folder)? {
            return Ok(match folder.parent() {
                Some(root) if folder.ends_with(HIDDEN) => Project { root: root.to_owned(), folder: HIDDEN },
                _ => Project { root: folder.to_owned(), folder: "" },
            });
        }
        if has_orch(files, &folder.join(HIDDEN))? {
            return Ok(Project { root: folder.to_owned(), folder: HIDDEN });
        }
    }
    Err(LoadError::NotFound { start: start.to_owned() })
}

fn has_orch(files: &dyn Files, folder: &Path) -> Result<bool, LoadError> {
    for extension in EXTENSIONS {
        let path = folder.join(format!("orch.{extension}"));
        match files.exists(&path) {
            Ok(true) => return Ok(true),
            Ok(false) => {}
            // A folder above the project that is closed to us holds no project of ours.
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {}
            Err(source) => return Err(LoadError::Unreadable { path, source }),
        }
    }
    Ok(false)
}

struct Loader<'a> {
    files: &'a dyn Files,
    sources: Sources,
}

impl Loader<'_> {
    fn has_orch_in(&self, folder: &str) -> Result<bool, LoadError> {
        has_orch(self.files, &self.sources.root.join(folder))
    }

    fn folder(&mut self, folder: &str) -> Result<(), LoadError> {
        let names = self.list(folder)?;
        for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Tasks) {
            let candidates: Vec<&String> = names.iter().filter(|name| is_file_of(kind, name)).collect();
            self.first_of(kind, folder, &candidates)?;
        }
        for name in &names {
            self.warn_of_slip(folder, name);
        }
        let tasks = join(folder, Kind::Tasks.as_str());
        let mut names = self.list(&tasks)?;
        names.retain(|name| stem(name).is_some());
        for name in names {
            self.read(Kind::Tasks, &join(&tasks, &name))?;
        }
        Ok(())
    }

    /// The names of a folder's files; none if there is no such folder.
    fn list(&self, folder: &str) -> Result<Vec<String>, LoadError> {
        let path = self.sources.root.join(folder);
        match self.files.list(&path) {
            Ok(names) => Ok(names),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                Ok(Vec::new())
            }
            Err(source) => Err(LoadError::Unreadable { path, source }),
        }
    }

    /// Reads one file of a kind, and complains about the others of that kind.
    fn first_of(&mut self, kind: Kind, folder: &str, names: &[&String]) -> Result<(), LoadError> {
        let [first @ .., last] = names else { return Ok(()) };
        // `yml`, `yaml`, `json`: of several, the usual spelling is the one to keep.
        let kept = names.iter().find(|name| name.ends_with(".yaml")).unwrap_or(first.first().unwrap_or(last));
        let kept_path: Arc<str> = join(folder, kept).into();
        for other in names.iter().filter(|name| *name != kept) {
            let file: Arc<str> = join(folder, other).into();
            let message = format!("both `{kept_path}` and `{file}` exist");
            let diagnostic = Diagnostic::new(Issue::TwoFiles, &file, Span::default(), message)
                .help("keep one of them and delete the other");
            self.sources.diagnostics.push(diagnostic);
        }
        self.read(kind, &kept_path)
    }

    fn two_projects(&mut self) {
        let file: Arc<str> = join(HIDDEN, Kind::Orch.file()).into();
        let message = format!("both `{}` and `{file}` exist", Kind::Orch.file());
        let diagnostic = Diagnostic::new(Issue::TwoFiles, &file, Span::default(), message)
            .help("keep the project's files in one place, the root or `.orch`");
        self.sources.diagnostics.push(diagnostic);
    }

    /// `agent.yaml` and `routes.yml` would be overlooked without a word otherwise.
    fn warn_of_slip(&mut self, folder: &str, name: &str) {
        let Some(stem) = stem(name) else { return };
        let kinds = Kind::ALL.into_iter().filter(|kind| *kind != Kind::Tasks).map(Kind::as_str);
        let Some(meant) = nearest(stem, kinds).filter(|meant| *meant != stem) else { return };
        let file: Arc<str> = join(folder, name).into();
        let message = format!("`{file}` is not read");
        let diagnostic = Diagnostic::new(Issue::FileNotRead, &file, Span::default(), message)
            .help(format!("did you mean `{meant}.yaml`?"));
        self.sources.diagnostics.push(diagnostic);
    }

    fn read(&mut self, kind: Kind, path: &str) -> Result<(), LoadError> {
        let full = self.sources.root.join(path);
        let unreadable = |source: io::Error| LoadError::Unreadable { path: full.clone(), source };
        match self.files.read(&full, MAX_FILE_BYTES).map_err(unreadable)? {
            Content::Whole(bytes) => {
                self.sources.files.push(SourceFile { path: path.into(), kind, bytes });
            }
            Content::TooLarge(size) => {
                let message = format!("file is {size} bytes, more than the limit of {MAX_FILE_BYTES}");
                let diagnostic = Diagnostic::new(Issue::FileTooLarge, &path.into(), Span::default(), message)
                    .help(match kind {
                        Kind::Tasks => "split it into several files in `tasks`",
                        _ => "check that this is the right file; nothing people write grows that large",
                    });
                self.sources.diagnostics.push(diagnostic);
            }
        }
        Ok(())
    }
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// The name without its extension, if that is one that `orch` reads.
fn stem(name: &str) -> Option<&str> {
    let (stem, extension) = name.rsplit_once('.')?;
    (!stem.is_empty() && EXTENSIONS.contains(&extension)).then_some(stem)
}

fn is_file_of(kind: Kind, name: &str) -> bool {
    stem(name) == Some(kind.as_str())
}
