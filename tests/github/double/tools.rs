//! Where `tests/github/tools/install` has put what nobody here wrote.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The installed packages, and the Node that runs them.
#[derive(Debug, Clone)]
pub struct Tools {
    home: PathBuf,
}

impl Tools {
    /// None: they are not installed, and the test that asks is skipped, which it says. With `ORCH_TEST_REQUIRE_ALL`
    /// that is a failure.
    pub fn find() -> Option<Self> {
        let home = std::env::var_os("ORCH_TEST_GITHUB_TOOLS")
            .map_or_else(|| root().join("target/ci-tools/github"), PathBuf::from);
        if home.join("installed").is_file() {
            return Some(Self { home });
        }
        let missing = format!("{} is not there: run tests/github/tools/install", home.display());
        assert!(std::env::var_os("ORCH_TEST_REQUIRE_ALL").is_none(), "{missing}");
        let test = std::thread::current().name().unwrap_or("a test").to_owned();
        let _ = writeln!(std::io::stderr(), "skipped: {test}: {missing}");
        None
    }

    /// A file of a package.
    pub fn file(&self, name: &str) -> PathBuf {
        self.home.join("node_modules").join(name)
    }

    /// Node on one of the scripts beside `install`.
    pub fn node(&self, script: &str) -> Command {
        let mut command = Command::new(self.home.join("node"));
        command
            .arg(root().join("tests/github/tools").join(script))
            .env_clear()
            .env("ORCH_TEST_GITHUB_TOOLS", &self.home);
        command
    }
}

/// The root of the project.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
