//! What the world did while a project was being read.

use std::io;
use std::path::PathBuf;

/// Why there are no sources at all. What is wrong inside the files is a diagnostic instead.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// There is no project here; the command line exits with 3.
    #[error("no `orch.yaml` in `{}` or any folder above it", start.display())]
    NotFound { start: PathBuf },
    #[error("failed to read `{}`", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
}
