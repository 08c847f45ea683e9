//! The one way in: all files, all problems, and the configuration if there are none.

use crate::diag::{Diagnostics, Severity};
use crate::load::{Kind, Sources};
use crate::model::{Code, Config, Project};

use super::build::{self, build};
use super::declared::Declared;
use super::flow::View;
use super::read::read;
use super::rules::{self, Context};

/// Tells whether a task exists in the state.
pub type Known<'a> = &'a dyn Fn(&Code) -> bool;

/// What came of checking a project.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// There exactly when no diagnostic is an error.
    pub config: Option<Config>,
    /// All problems of all files, sorted.
    pub diagnostics: Diagnostics,
}

/// Checks a project. Tasks may depend on those that its files declare and those that `known`
/// says exist.
pub fn check(sources: &Sources, known: Option<Known<'_>>) -> Checked {
    let mut diagnostics = Diagnostics::default();
    let declared = Declared::read(sources, &mut diagnostics);
    diagnostics.extend(sources.diagnostics.iter().cloned());
    let views = declared.workflows.iter().map(View::new).collect();
    rules::run(&Context { declared: &declared, known, sources, views }, &mut diagnostics);
    let diagnostics = diagnostics.sorted();
    let is_valid = diagnostics.count(Severity::Error) == 0;
    let config = is_valid.then(|| build(&declared, &sources.map())).flatten();
    Checked { config, diagnostics }
}

/// What `orch.yaml` says, if that file is sound: enough to find the state, before the other files
/// are judged against it.
pub fn project(sources: &Sources) -> Option<Project> {
    let file = sources.files.iter().find(|file| file.kind == Kind::Orch)?;
    let mut diagnostics = Diagnostics::default();
    let raw = read(file, &mut diagnostics).value?;
    (!diagnostics.has_errors()).then(|| build::project(&raw, Vec::new(), Vec::new()))
}
