//! Where the whole output of steps lies: beside the repository of the clone that made it. The state holds
//! the end of it only.

use std::path::{Path, PathBuf};

use crate::model::RunId;

/// `GIT_DIR/orch/logs/RUN/STEP.ATTEMPT.log`, where every character of a name that some file system could
/// take amiss is `_`.
pub(crate) fn log_path(git_dir: &Path, run: &RunId, step: &str, attempt: u32) -> PathBuf {
    let file = format!("{}.{attempt}.log", plain(step));
    git_dir.join("orch").join("logs").join(plain(&run.0)).join(file)
}

fn plain(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "@#._-".contains(c);
    let plain: String = name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    // A name of dots alone would lead elsewhere.
    if plain.trim_matches('.').is_empty() { plain.replace('.', "_") } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leads_out_of_its_folder() {
        let path = |run: &str, step: &str| {
            let path = log_path(Path::new("git"), &RunId(run.into()), step, 1);
            path.to_str().unwrap().to_owned()
        };
        assert_eq!(
            path("clean@2026-11-20T17:00Z", "each[3]:rollback"),
            "git/orch/logs/clean@2026-11-20T17_00Z/each_3__rollback.1.log"
        );
        assert_eq!(path("..", "../../x"), "git/orch/logs/__/.._.._x.1.log");
    }
}
