//! Fetch and push through the `git` command, which knows credential helpers, proxies and ssh, and whose
//! answer to a push can be trusted: libgit2 reports a refused reference as success unless asked further.
#![expect(clippy::disallowed_methods, reason = "the adapter for the git command starts it and times it")]

use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::transport::{self, Reason, TIMEOUT, check_branch, check_remote};
use crate::ports::{ObjectId, PushReply, Transport, TransportError};

/// Between SIGTERM, at which git removes its lock files, and SIGKILL.
const GRACE: Duration = Duration::from_secs(2);

/// The `git` command on one repository.
#[derive(Debug)]
pub struct GitCli {
    git_dir: PathBuf,
    timeout: Duration,
    environment: Vec<(String, String)>,
}

/// What a command said.
struct Said {
    status: ExitStatus,
    out: String,
    err: String,
}

impl GitCli {
    /// For the repository with this `--git-dir`.
    pub fn new(git_dir: &Path) -> Self {
        Self { git_dir: git_dir.to_owned(), timeout: TIMEOUT, environment: Vec::new() }
    }

    /// The same with another limit on each network command.
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// The same with a variable set for the command.
    pub fn with_env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    fn run(&self, name: &'static str, arguments: &[&str]) -> Result<Said, TransportError> {
        let mut command = Command::new("git");
        command.arg("--git-dir").arg(&self.git_dir);
        // If this process dies, git shall not wait for a silent server for ever either.
        let limit = self.timeout.as_secs().max(1);
        command.args(["-c", "http.lowSpeedLimit=1", "-c", &format!("http.lowSpeedTime={limit}")]);
        command.arg(name).args(arguments);
        // A hook that runs orch has these set for another repository or index.
        for name in
            ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_PREFIX"]
        {
            command.env_remove(name);
        }
        // Nobody is there to be asked, and what it says is read.
        command.env("GIT_TERMINAL_PROMPT", "0").env("LC_ALL", "C").env("LANGUAGE", "C");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().map_err(|error| match error.kind() {
            ErrorKind::NotFound => TransportError::NoGit(error.to_string()),
            _ => TransportError::Failed { command: name, words: format!("cannot run `git`: {error}") },
        })?;
        self.wait(name, child)
    }

    fn wait(&self, name: &'static str, mut child: Child) -> Result<Said, TransportError> {
        let deadline = Instant::now() + self.timeout;
        let (out, err) = (read_all(child.stdout.take()), read_all(child.stderr.take()));
        let timed_out = || TransportError::TimedOut { command: name, seconds: self.timeout.as_secs() };
        let mut pause = Duration::from_millis(1);
        let status = loop {
            match child.try_wait() {
                Ok(Some(status)) => break status,
                Ok(None) if Instant::now() < deadline => {
                    std::thread::sleep(pause);
                    pause = (pause * 2).min(Duration::from_millis(20));
                }
                Ok(None) => {
                    end(&mut child);
                    return Err(timed_out());
                }
                Err(error) => {
                    return Err(TransportError::Failed { command: name, words: error.to_string() });
                }
            }
        };
        // A helper that outlives git may keep the pipes open; it is not waited for longer than git itself.
        let left = |text: mpsc::Receiver<String>| {
            let left = deadline.saturating_duration_since(Instant::now());
            text.recv_timeout(left).map_err(|_| timed_out())
        };
        Ok(Said { status, out: left(out)?, err: left(err)? })
    }

    /// How to begin with a branch in a clone that is cut: at the tip if history is, and all over again if
    /// blobs may have been left out.
    fn first_fetch(&self) -> Result<Option<&'static str>, TransportError> {
        let shallow = self.run("rev-parse", &["--is-shallow-repository"])?;
        if shallow.out.trim() == "true" {
            return Ok(Some("--depth=1"));
        }
        let partial =
            self.run("config", &["--get-regexp", r"^(remote\..*\.promisor|extensions\.partialclone)$"])?;
        Ok(partial.status.success().then_some("--refetch"))
    }

    /// The lock on our own note of where the remote is, if git was kept off by it and no git that `orch`
    /// started can still be alive: whoever began it has died.
    fn left_over(&self, err: &str, tracking: &str) -> Option<PathBuf> {
        let (_, rest) = err.split_once("Unable to create '")?;
        let (path, _) = rest.split_once("': File exists")?;
        let made = std::fs::metadata(path).ok()?.modified().ok()?;
        let is_old = made.elapsed().is_ok_and(|age| age > self.timeout + GRACE);
        (is_old && path.ends_with(&format!("{tracking}.lock"))).then(|| PathBuf::from(path))
    }

    fn tracked(&self, reference: &str) -> Result<Option<ObjectId>, TransportError> {
        let said = self.run("rev-parse", &["--verify", "--quiet", "--end-of-options", reference])?;
        Ok(said.out.trim().parse().ok())
    }
}

/// Asks git to end, and sees to it that it does.
fn end(child: &mut Child) {
    let id = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    if let Some(id) = id {
        let _ = kill_process(id, Signal::TERM);
    }
    let asked = Instant::now();
    while asked.elapsed() < GRACE {
        if matches!(child.try_wait(), Ok(Some(_))) {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let _ = child.kill();
    let _ = child.wait();
}

fn read_all(pipe: Option<impl Read + Send + 'static>) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut bytes);
        }
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receiver
}

impl Transport for GitCli {
    fn fetch(&self, remote: &str, branch: &str, first: bool) -> Result<Option<ObjectId>, TransportError> {
        check_remote(remote)?;
        check_branch(branch)?;
        let tracking = transport::tracking(remote, branch);
        let refspec = format!("+refs/heads/{branch}:{tracking}");
        // A clone may leave out blobs until they are asked for; libgit2 would not ask.
        let mut arguments =
            vec!["--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-filter"];
        if first {
            arguments.extend(self.first_fetch()?);
        }
        arguments.extend(["--end-of-options", remote, &refspec]);
        let mut said = self.run("fetch", &arguments)?;
        if let Some(lock) = self.left_over(&said.err, &tracking) {
            let _ = std::fs::remove_file(lock);
            said = self.run("fetch", &arguments)?;
        }
        if said.status.success() {
            return self.tracked(&tracking);
        }
        if said.err.contains("couldn't find remote ref") {
            return Ok(None);
        }
        Err(TransportError::Failed { command: "fetch", words: words(&said.err) })
    }

    fn push(
        &self,
        remote: &str,
        branch: &str,
        expected: Option<ObjectId>,
        new: ObjectId,
    ) -> Result<PushReply, TransportError> {
        check_remote(remote)?;
        check_branch(branch)?;
        let reference = format!("refs/heads/{branch}");
        // Empty means: must not exist. The lease names the exact id, so that no fetch in the background
        // can loosen it. The caller has made sure that `new` comes after it: nothing is overwritten.
        let expected = expected.map(|id| id.to_string()).unwrap_or_default();
        let lease = format!("--force-with-lease={reference}:{expected}");
        let refspec = format!("{new}:{reference}");
        // Hooks before a push are about code, and there is none in this branch.
        let flags = ["--porcelain", "--no-verify", "--no-follow-tags", "--recurse-submodules=no", &lease];
        let arguments = [&flags[..], &["--end-of-options", remote, &refspec]].concat();
        match self.run("push", &arguments) {
            Ok(said) => Ok(classify(&said.out, &said.err, said.status.success())),
            Err(error @ TransportError::TimedOut { .. }) => Ok(PushReply::Late(error.to_string())),
            Err(error) => Err(error),
        }
    }
}

/// What a push came to. Each reference has a line: flag, tab, from:to, tab, summary.
fn classify(out: &str, err: &str, success: bool) -> PushReply {
    let line = out.lines().find(|line| line.contains(":refs/heads/") && line.get(1..2) == Some("\t"));
    let Some(line) = line else {
        // Nothing about our reference: the connection may have ended before or after it was moved.
        return if success { PushReply::Accepted } else { PushReply::Unknown(words(err)) };
    };
    let summary = line.rsplit('\t').next().unwrap_or_default();
    if !line.starts_with('!') {
        return if success { PushReply::Accepted } else { PushReply::Unknown(words(err)) };
    }
    match transport::reason(summary) {
        Reason::Unknown => return PushReply::Unknown(words(err)),
        Reason::Moved => return PushReply::Moved,
        Reason::Overtaken => return PushReply::Overtaken,
        Reason::Refused => {}
    }
    let said: Vec<&str> =
        err.lines().filter_map(|line| line.strip_prefix("remote: ")).map(str::trim_end).collect();
    let said = said.join("\n");
    PushReply::Refused(if said.trim().is_empty() {
        summary.to_owned()
    } else {
        format!("{summary}\n{}", said.trim())
    })
}

/// The lines of an error that say something, without the advice.
fn words(err: &str) -> String {
    let lines = err.lines().map(str::trim_end).filter(|line| !line.is_empty() && !line.starts_with("hint:"));
    let lines: Vec<&str> = lines.collect();
    if lines.is_empty() { "git gave no reason".to_owned() } else { lines.join("\n") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_to_a_push_has_its_class() {
        let reply =
            |line: &str, err: &str, success| classify(&format!("To http://x\n{line}\nDone\n"), err, success);
        let new = "0123456789012345678901234567890123456789:refs/heads/orch/state";
        assert_eq!(reply(&format!("*\t{new}\t[new branch]"), "", true), PushReply::Accepted);
        assert_eq!(reply(&format!(" \t{new}\t1..2"), "", true), PushReply::Accepted);
        assert_eq!(reply(&format!("=\t{new}\t[up to date]"), "", true), PushReply::Accepted);
        for text in ["[rejected] (stale info)", "[rejected] (fetch first)"] {
            assert_eq!(reply(&format!("!\t{new}\t{text}"), "", false), PushReply::Moved, "{text}");
        }
        let text = "[remote rejected] (failed to update ref)";
        assert_eq!(reply(&format!("!\t{new}\t{text}"), "", false), PushReply::Overtaken);
        let words =
            "remote: error: GH013: Repository rule violations found        \nremote: \nerror: failed to push";
        let text = "[remote rejected] (push declined due to repository rule violations)";
        assert_eq!(
            reply(&format!("!\t{new}\t{text}"), words, false),
            PushReply::Refused(format!("{text}\nerror: GH013: Repository rule violations found"))
        );
        let text = "[remote failure] (remote failed to report status)";
        assert!(matches!(reply(&format!("!\t{new}\t{text}"), "", false), PushReply::Unknown(_)));
        assert_eq!(
            classify("", "fatal: the remote end hung up\nhint: try\n", false),
            PushReply::Unknown("fatal: the remote end hung up".into())
        );
    }

    #[test]
    fn names_that_could_be_options_are_refused() {
        let git = GitCli::new(Path::new("."));
        for (remote, branch) in
            [("--upload-pack=x", "b"), ("", "b"), ("origin", "-b"), ("origin", "a..b"), ("o\n", "b")]
        {
            assert!(
                matches!(git.fetch(remote, branch, false), Err(TransportError::BadName(_))),
                "{remote} {branch}"
            );
        }
    }
}
