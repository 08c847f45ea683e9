//! Finds a project and reads its files.

use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::diag::{Diagnostic, Issue, Span, nearest};
use crate::ports::{Content, Files, Listed, ListedKind};

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
    loader.look_for_second(project.folder)?;
    loader.look_for_misplaced(project.folder)?;
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
        if orch_in(files, folder)?.is_some() {
            return Ok(match folder.parent() {
                Some(root) if folder.ends_with(HIDDEN) => Project { root: root.to_owned(), folder: HIDDEN },
                _ => Project { root: folder.to_owned(), folder: "" },
            });
        }
        if orch_in(files, &folder.join(HIDDEN))?.is_some() {
            return Ok(Project { root: folder.to_owned(), folder: HIDDEN });
        }
    }
    Err(LoadError::NotFound { start: start.to_owned() })
}

/// The name of the `orch.yaml` in a folder, whatever its ending.
fn orch_in(files: &dyn Files, folder: &Path) -> Result<Option<String>, LoadError> {
    for extension in EXTENSIONS {
        let name = format!("{}.{extension}", Kind::Orch);
        let path = folder.join(&name);
        match files.exists(&path) {
            Ok(true) => return Ok(Some(name)),
            Ok(false) => {}
            // A folder above the project that is closed to us holds no project of ours.
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {}
            Err(source) => return Err(LoadError::Unreadable { path, source }),
        }
    }
    Ok(None)
}

struct Loader<'a> {
    files: &'a dyn Files,
    sources: Sources,
}

impl Loader<'_> {
    fn folder(&mut self, folder: &str) -> Result<(), LoadError> {
        if self.leads_out(folder)? {
            return Ok(());
        }
        let listed = self.list(folder)?;
        for kind in Kind::ALL.into_iter().filter(|kind| !kind.is_folder()) {
            let of_kind = listed.iter().filter(|one| is_file_of(kind, &one.name));
            let candidates = self.readable(folder, of_kind)?;
            self.first_of(kind, folder, &candidates)?;
        }
        for one in listed.iter().filter(|one| one.kind == ListedKind::File) {
            self.warn_of_slip(folder, &one.name);
        }
        for kind in Kind::ALL.into_iter().filter(|kind| kind.is_folder()) {
            self.files_of(kind, &join(folder, kind.as_str()))?;
        }
        Ok(())
    }

    /// Reads all files of a kind that has a folder.
    fn files_of(&mut self, kind: Kind, folder: &str) -> Result<(), LoadError> {
        if self.leads_out(folder)? {
            return Ok(());
        }
        let listed = self.list(folder)?;
        let names = self.readable(folder, listed.iter().filter(|one| stem(&one.name).is_some()))?;
        let mut first: HashMap<Option<&str>, &str> = HashMap::new();
        for name in names {
            // The file's name is the workflow's: of two that differ in their ending, one would be lost.
            let earlier = *first.entry(stem(name)).or_insert(name);
            if kind == Kind::Workflows && earlier != name {
                self.two_files(&join(folder, earlier), &join(folder, name));
            } else {
                self.read(kind, &join(folder, name))?;
            }
        }
        Ok(())
    }

    /// Workflows in a folder with nearly the right name, or beside the project instead of in it.
    fn look_for_misplaced(&mut self, folder: &str) -> Result<(), LoadError> {
        let right = join(folder, Kind::Workflows.as_str());
        let mut others = vec![join(folder, "workflow")];
        if folder.is_empty() {
            others.push(join(HIDDEN, Kind::Workflows.as_str()));
        }
        for other in others {
            let is_one = |listed: &&Listed| listed.kind == ListedKind::File && stem(&listed.name).is_some();
            for one in self.list(&other)?.iter().filter(is_one) {
                self.not_read(&join(&other, &one.name), format!("move it to the folder `{right}`"));
            }
        }
        Ok(())
    }

    /// Of what has the name of a file that is wanted, those that can be one; the others are reported.
    fn readable<'l>(
        &mut self,
        folder: &str,
        listed: impl Iterator<Item = &'l Listed>,
    ) -> Result<Vec<&'l str>, LoadError> {
        let mut names = Vec::new();
        for one in listed {
            let path = join(folder, &one.name);
            match one.kind {
                ListedKind::Folder => self.not_read(&path, "it is a folder; give it another name".to_owned()),
                ListedKind::Nothing => {
                    self.not_read(&path, "it is a link that leads nowhere; mend or remove it".to_owned());
                }
                ListedKind::File if one.is_link && self.leads_out(&path)? => {}
                ListedKind::File => names.push(one.name.as_str()),
            }
        }
        Ok(names)
    }

    /// Whether a path is a link to somewhere outside the project, which is reported: what lies there is
    /// nobody's business here, and would be shown in messages.
    fn leads_out(&mut self, path: &str) -> Result<bool, LoadError> {
        let real = |path: &Path| match self.files.real(path) {
            Ok(real) => Ok(Some(real)),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            Err(source) => Err(LoadError::Unreadable { path: path.to_owned(), source }),
        };
        let root = &self.sources.root;
        let (Some(inside), Some(led)) = (real(root)?, real(&root.join(path))?) else { return Ok(false) };
        if led.starts_with(inside) {
            return Ok(false);
        }
        let message = format!("`{path}` is a link that leads out of the project");
        let diagnostic = Diagnostic::new(Issue::LeadsOut, &path.into(), Span::default(), message)
            .help("put a copy of what it leads to in its place");
        self.sources.diagnostics.push(diagnostic);
        Ok(true)
    }

    /// What a folder holds; nothing if there is no such folder.
    fn list(&self, folder: &str) -> Result<Vec<Listed>, LoadError> {
        let path = self.sources.root.join(folder);
        match self.files.list(&path) {
            Ok(listed) => Ok(listed),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                Ok(Vec::new())
            }
            Err(source) => Err(LoadError::Unreadable { path, source }),
        }
    }

    /// Reads one file of a kind, and complains about the others of that kind.
    fn first_of(&mut self, kind: Kind, folder: &str, names: &[&str]) -> Result<(), LoadError> {
        // Of several, the one with the usual ending is the one to keep.
        let rank = |name: &str| EXTENSIONS.iter().position(|extension| name.ends_with(extension));
        let Some(kept) = names.iter().min_by_key(|name| rank(name)) else { return Ok(()) };
        let kept_path: Arc<str> = join(folder, kept).into();
        for other in names.iter().filter(|name| *name != kept) {
            self.two_files(&kept_path, &join(folder, other));
        }
        self.read(kind, &kept_path)
    }

    fn two_files(&mut self, kept: &str, other: &str) {
        let message = format!("both `{kept}` and `{other}` exist");
        let diagnostic = Diagnostic::new(Issue::TwoFiles, &other.into(), Span::default(), message)
            .help("keep one of them and delete the other");
        self.sources.diagnostics.push(diagnostic);
    }

    fn not_read(&mut self, file: &str, help: String) {
        let message = format!("`{file}` is not read");
        let diagnostic =
            Diagnostic::new(Issue::FileNotRead, &file.into(), Span::default(), message).help(help);
        self.sources.diagnostics.push(diagnostic);
    }

    /// A project in the root and another in `.orch`: one of them is overlooked.
    fn look_for_second(&mut self, folder: &str) -> Result<(), LoadError> {
        let other = if folder.is_empty() { HIDDEN } else { "" };
        let Some(name) = orch_in(self.files, &self.sources.root.join(other))? else { return Ok(()) };
        let file: Arc<str> = join(other, &name).into();
        let read = self.sources.files.iter().find(|file| file.kind == Kind::Orch);
        let read = read.map_or(Kind::Orch.file(), |file| &file.path);
        let diagnostic = Diagnostic::new(
            Issue::TwoFiles,
            &file,
            Span::default(),
            format!("both `{read}` and `{file}` exist"),
        );
        let help = "keep the project's files in one place, the root or `.orch`";
        self.sources.diagnostics.push(diagnostic.help(help));
        Ok(())
    }

    /// `agent.yaml` and `routes.yml` would be overlooked without a word otherwise.
    fn warn_of_slip(&mut self, folder: &str, name: &str) {
        let Some(stem) = stem(name) else { return };
        // `arch.yaml` and `sale.yaml` are more likely somebody else's than a slip for a short name.
        let kinds =
            [Kind::Agents, Kind::Routing, Kind::Reviews, Kind::Channels, Kind::Workflows].map(Kind::as_str);
        let Some(meant) = nearest(stem, kinds) else { return };
        if meant == Kind::Workflows.as_str() {
            let help = format!("put each workflow into a file of its own in `{}/`", join(folder, meant));
            self.not_read(&join(folder, name), help);
        } else if meant != stem {
            self.not_read(&join(folder, name), format!("did you mean `{meant}.yaml`?"));
        }
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
                        Kind::Workflows => "move long scripts into files of their own",
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
