//! A sandbox for the built binary: an empty environment, a fixed clock and identity, hermetic
//! git, and what it printed as one text.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A folder of its own with a git repository in it.
pub(crate) struct Sandbox {
    root: TempDir,
    /// Where commands run, relative to the root.
    pub(crate) cwd: PathBuf,
}

impl Sandbox {
    /// An empty folder, without a repository.
    pub(crate) fn bare() -> Self {
        let root = tempfile::Builder::new().prefix("orch-test-").tempdir().unwrap();
        let cwd = root.path().canonicalize().unwrap();
        Self { root, cwd }
    }

    /// An empty repository.
    pub(crate) fn repository() -> Self {
        let sandbox = Self::bare();
        sandbox.git(&["init", "--quiet", "--initial-branch=main"]);
        sandbox
    }

    /// A repository with the Infinite Idol team in it, committed.
    pub(crate) fn team() -> Self {
        let sandbox = Self::repository();
        sandbox.ok(&["init", "content-team"]);
        sandbox.git(&["add", "-A"]);
        sandbox.git(&["commit", "--quiet", "-m", "the team"]);
        sandbox
    }

    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.cwd.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.cwd.join(path)).unwrap()
    }

    /// Replaces text in a file, which must hold it.
    pub(crate) fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "`{path}` does not hold `{from}`");
        self.write(path, text.replace(from, to));
    }

    /// `program` in the sandbox, with nothing of the environment but what it needs.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(&self.cwd)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.root.path())
            .env("LC_ALL", "C.UTF-8")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_AUTHOR_NAME", "Tess Ter")
            .env("GIT_AUTHOR_EMAIL", "tess@example.com")
            .env("GIT_COMMITTER_NAME", "Tess Ter")
            .env("GIT_COMMITTER_EMAIL", "tess@example.com")
            .env("GIT_AUTHOR_DATE", "2026-01-09T00:00:00Z")
            .env("GIT_COMMITTER_DATE", "2026-01-09T00:00:00Z")
            .env("NO_COLOR", "1")
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn orch_command(&self, args: &[&str]) -> Command {
        let mut command = self.command(env!("CARGO_BIN_EXE_orch"));
        // Who acts is as where nobody has told git a name.
        command.args(args).env_remove("GIT_COMMITTER_NAME").env_remove("GIT_COMMITTER_EMAIL");
        if !args.contains(&"--now") {
            command.env("ORCH_NOW", "2026-01-09T09:00:00Z");
        }
        command
    }

    pub(crate) fn orch(&self, args: &[&str]) -> Output {
        self.orch_command(args).output().unwrap()
    }

    /// Runs `orch`, which must succeed, and gives its stdout.
    pub(crate) fn ok(&self, args: &[&str]) -> String {
        let output = self.orch(args);
        assert!(output.status.success(), "orch {args:?}: {}", self.told(args, &output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs `orch` and gives JSON.
    pub(crate) fn json(&self, args: &[&str]) -> serde_json::Value {
        let mut args = args.to_vec();
        args.extend(["--format", "json"]);
        serde_json::from_str(&self.ok(&args)).unwrap()
    }

    pub(crate) fn git(&self, args: &[&str]) -> String {
        let output = self.command("git").args(args).output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The command, what it printed, and how it ended, with commit ids and paths redacted.
    pub(crate) fn run(&self, args: &[&str]) -> String {
        let output = self.orch(args);
        self.told(args, &output)
    }

    /// Runs one command a line, each with the minute of 2026-01-09 (UTC) at which it runs, such as
    /// `09:05 task start CONTENT-010`; gives what a terminal would show.
    pub(crate) fn day(&self, lines: &str) -> String {
        let mut shown = String::new();
        for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (minute, command) = line.split_once(' ').unwrap();
            let mut args = words(command);
            args.extend(["--now".to_owned(), format!("2026-01-09T{minute}:00Z")]);
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            let output = self.orch(&args);
            let _ = writeln!(shown, "[{minute}] {}", self.told(&args[..args.len() - 2], &output));
        }
        shown
    }

    /// The commit that a branch is at, nothing if there is none.
    pub(crate) fn tip(&self, branch: &str) -> String {
        let name = format!("refs/heads/{branch}");
        let output = self.command("git").args(["rev-parse", "--quiet", "--verify", &name]).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// The state branch as git shows it, without what differs from run to run.
    pub(crate) fn log(&self, format: &str) -> String {
        let format = format!("--format={format}");
        self.redact(&self.git(&["log", "--reverse", &format, "orch/state"]))
    }

    fn told(&self, args: &[&str], output: &Output) -> String {
        let quote = |arg: &&str| {
            if arg.is_empty() || arg.contains(' ') { format!("\"{arg}\"") } else { (*arg).to_owned() }
        };
        let mut text = format!("$ orch {}\n", args.iter().map(quote).collect::<Vec<_>>().join(" "));
        text += &String::from_utf8_lossy(&output.stdout);
        let stderr = String::from_utf8_lossy(&output.stderr);
        if !stderr.is_empty() {
            let _ = write!(text, "--- stderr\n{stderr}");
        }
        let code = output.status.code().expect("a process that was not killed");
        if code != 0 {
            let _ = writeln!(text, "--- exit {code}");
        }
        self.redact(&text)
    }

    /// Replaces the sandbox's path, and every git object id.
    pub(crate) fn redact(&self, text: &str) -> String {
        let text = text.replace(&*self.root.path().to_string_lossy(), "[dir]");
        let mut redacted = String::new();
        let mut word = String::new();
        for c in text.chars().chain(std::iter::once('\0')) {
            if c.is_ascii_alphanumeric() {
                word.push(c);
                continue;
            }
            let hex = word.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase());
            // Ids are shown with 7, 10 or 40 digits, lineages have 16; these may be decimal by chance.
            let letters = word.bytes().any(|b| b.is_ascii_alphabetic());
            let is_id =
                hex && (matches!(word.len(), 7 | 10 | 16 | 40) || letters && (8..16).contains(&word.len()));
            redacted.push_str(if is_id { "[id]" } else { &word });
            word.clear();
            if c != '\0' {
                redacted.push(c);
            }
        }
        redacted
    }
}

/// The words of a command line; quotes keep words together.
pub(crate) fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), None::<String>, false);
    for c in line.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' if !quoted => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}
