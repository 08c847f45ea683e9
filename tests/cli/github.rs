//! GitHub Actions: the workflows that `orch init --github` writes, and the script that runs `orch` in a job.

use std::path::{Path, PathBuf};
use std::process::Output;

use super::git_http::{GitHttp, bare};
use super::harness::Sandbox;

const REVISION: &str = "0123456789abcdef0123456789abcdef01234567";
const INIT: [&str; 4] = ["init", "--github", "--revision", REVISION];

#[test]
fn a_new_project_comes_with_workflows_and_words_on_what_to_set() {
    let sandbox = Sandbox::repository();
    sandbox.git(&["remote", "add", "origin", "git@github.com:idol/team.git"]);
    insta::assert_snapshot!(sandbox.run(&["init", "blank", "--github", "--revision", REVISION]), @r#"
    $ orch init blank --github --revision [id]
    + orch.yaml
    + agents.yaml
    + .orch/schemas/agents.schema.json
    + .orch/schemas/orch.schema.json
    + .github/workflows/orch-tick.yml
    + .github/workflows/orch-plan.yml
    + .github/workflows/orch-validate.yml

    Wrote 7 files. Next: `orch validate`, then `orch plan`.

    They work once they are on `main`. Set three things in the repository:

    1. Protect the state branch. With exactly these two rules a job can still push to it:

    gh api --method POST 'repos/{owner}/{repo}/rulesets' --input - <<'JSON'
    {
      "name": "orch state", "target": "branch", "enforcement": "active",
      "conditions": { "ref_name": { "include": ["refs/heads/orch/state*"], "exclude": [] } },
      "rules": [{ "type": "deletion" }, { "type": "non_fast_forward" }]
    }
    JSON

    2. Have changes of the configuration reviewed: these lines in .github/CODEOWNERS, and "Require review from Code Owners" in the rules of `main`.

       /agents.yaml @your-team
       /orch.yaml @your-team
       /.github/workflows/orch-*.yml @your-team

    3. Settings > Actions > General: orch-dev/orch and actions/* must be allowed to run. The token's default can stay read-only, since the tick asks for `contents: write` itself; only an organisation that forbids writing must allow it.
    "#);
    insta::assert_snapshot!(sandbox.read(".github/workflows/orch-tick.yml"), @r#"
    # Runs `orch tick --push`: does what is due, and commits what happened to the branch orch/state.
    #
    # The schedule is a wish. GitHub starts such runs minutes to hours late where it is busy, latest at the full hour,
    # and never starts some. (Users report 3 of 138 runs in 23 hours, and all three runs in 46 % of the hours of five
    # months.) Nothing is lost by that, since each tick does whatever is due by then, but an escalation comes as late as
    # the tick. In public repositories GitHub disables this workflow, with all its triggers, after 60 days without
    # activity: `gh workflow enable orch-tick.yml` enables it again.
    name: orch tick

    on:
      schedule:
        # Minutes made from the name of the repository, so that not all users of orch come at once.
        - cron: "9,24,39,54 * * * *"
      push: # what was merged counts at once
        branches: [main]
      repository_dispatch: # from elsewhere: gh api repos/OWNER/NAME/dispatches -f event_type=orch
        types: [orch]
      workflow_dispatch:

    # Of ticks that wait, GitHub keeps the latest, which does the work of all of them. None is stopped half-way.
    concurrency:
      group: orch-tick
      cancel-in-progress: false

    permissions: {}

    jobs:
      tick:
        name: Tick
        uses: orch-dev/orch/.github/workflows/tick.yml@0123456789abcdef0123456789abcdef01234567
        permissions:
          contents: write # to push the state branch
    "#);
    insta::assert_snapshot!(sandbox.read(".github/workflows/orch-plan.yml"), @"
    # Shows on a pull request what it would make `orch` do now: a comment, a check, and remarks beside its lines. It carries
    # nothing out and has no secrets. For forks, whose jobs may only read, it is in the summary of the run alone. (Never run
    # it on `pull_request_target`.)
    name: orch plan

    on:
      pull_request:

    concurrency:
      group: orch-plan-${{ github.ref }}
      cancel-in-progress: true

    permissions: {}

    jobs:
      plan:
        name: Plan
        uses: orch-dev/orch/.github/workflows/plan.yml@0123456789abcdef0123456789abcdef01234567
        permissions:
          contents: read # to check out, and to fetch the state branch
          checks: write # to set the check
          pull-requests: write # to keep the comment
    ");
    insta::assert_snapshot!(sandbox.read(".github/workflows/orch-validate.yml"), @"
    # Shows every mistake in the configuration of `orch` at its line of the pull request.
    name: orch validate

    on:
      pull_request:
      push:
        branches: [main]

    concurrency:
      group: orch-validate-${{ github.ref }}
      cancel-in-progress: true

    permissions: {}

    jobs:
      validate:
        name: Validate
        uses: orch-dev/orch/.github/workflows/validate.yml@0123456789abcdef0123456789abcdef01234567
        permissions:
          contents: read # to check out, and to fetch the state branch
    ");
}

#[test]
fn a_project_below_the_root_has_its_workflows_at_the_root() {
    let sandbox = Sandbox::repository();
    sandbox.write("our team/orch.yaml", "name: team\nstate_branch: team-state\n");
    sandbox.write("our team/tasks/a.yaml", "tasks: []\n");
    let told = sandbox.run(&["init", "--github", "--revision", REVISION, "-C", "our team"]);
    assert!(told.contains("+ [dir]/.github/workflows/orch-tick.yml\n"), "{told}");
    assert!(told.contains(r#""include": ["refs/heads/team-state*"]"#), "{told}");
    assert!(
        told.contains("   /our\\ team/orch.yaml @your-team\n   /our\\ team/tasks/ @your-team\n"),
        "{told}"
    );
    sandbox.edit("our team/orch.yaml", "name:", "title:");
    let told = sandbox.run(&["validate", "--format", "github", "-C", "our team"]);
    assert!(told.contains("\n::error file=our team/orch.yaml,line=1,"), "annotations find the file: {told}");
    let plan = sandbox.read(".github/workflows/orch-plan.yml");
    assert!(
        plan.ends_with("    with:\n      directory: \"our team\"\n      state-branch: team-state\n"),
        "{plan}"
    );
}

#[test]
fn the_second_time_nothing_is_written_and_nothing_is_ever_overwritten() {
    let sandbox = Sandbox::repository();
    sandbox.ok(&["init", "blank"]);
    sandbox.ok(&INIT);
    let told = sandbox.run(&INIT);
    assert!(
        told.contains("= .github/workflows/orch-plan.yml\n") && told.contains("\nWrote 0 files.\n"),
        "{told}"
    );

    sandbox.write(".github/workflows/orch-tick.yml", "name: mine\n");
    std::fs::remove_file(sandbox.cwd.join(".github/workflows/orch-plan.yml")).unwrap();
    insta::assert_snapshot!(sandbox.run(&INIT), @"
    $ orch init --github --revision [id]
    --- stderr
    error: would overwrite .github/workflows/orch-tick.yml

    hint: nothing was written; move them away, run the command again, and bring over what you had changed
    --- exit 1
    ");
    assert_eq!(sandbox.read(".github/workflows/orch-tick.yml"), "name: mine\n");
    assert!(!sandbox.cwd.join(".github/workflows/orch-plan.yml").exists());
}

#[test]
fn where_workflows_cannot_be_written_nothing_is() {
    let nowhere = Sandbox::bare();
    insta::assert_snapshot!(nowhere.run(&INIT), @"
    $ orch init --github --revision [id]
    --- stderr
    error: `[dir]` is not in a git repository

    hint: run `git init`, or go to the project with `-C DIR`
    --- exit 1
    ");

    let no_project = Sandbox::repository();
    insta::assert_snapshot!(no_project.run(&INIT), @"
    $ orch init --github --revision [id]
    --- stderr
    error: no `orch.yaml` in `[dir]` or any folder above it

    hint: begin one with `orch init content-team`, or name its folder with `-C DIR`
    --- exit 3
    ");
    insta::assert_snapshot!(no_project.run(&["init", "blank", "--github"]), @"
    $ orch init blank --github
    --- stderr
    error: cannot tell which commit of orch the workflows are to run: this program was not built by a release

    hint: name one with `--revision`; `git ls-remote https://github.com/orch-dev/orch main` prints the latest
    --- exit 1
    ");
    insta::assert_snapshot!(no_project.run(&["init", "blank", "--github", "--revision", "main"]), @"
    $ orch init blank --github --revision main
    --- stderr
    error: invalid value 'main' for '--revision <COMMIT>': a full commit id of 40 hexadecimal digits: branches and tags can be moved to other code

    For more information, try '--help'.
    --- exit 2
    ");
    insta::assert_snapshot!(no_project.run(&["init", "blank", "--revision", REVISION]), @"
    $ orch init blank --revision [id]
    --- stderr
    error: the following required arguments were not provided:
      --github

    Usage: orch init --github --revision <COMMIT> --now <TIME> <TEMPLATE>

    For more information, try '--help'.
    --- exit 2
    ");

    let in_the_way = Sandbox::repository();
    in_the_way.write(".github/workflows", "a file\n");
    insta::assert_snapshot!(in_the_way.run(&["init", "blank", "--github", "--revision", REVISION]), @"
    $ orch init blank --github --revision [id]
    --- stderr
    error: failed to write `[dir]/.github/workflows/orch-tick.yml`: `[dir]/.github/workflows` is a file, not a folder

    hint: nothing was written; move that file away, and run the command again
    --- exit 1
    ");
    assert_eq!(in_the_way.git(&["status", "--porcelain"]), "?? .github/\n", "nothing of the template either");
}

#[cfg(target_os = "linux")]
#[test]
fn where_writing_is_not_allowed_the_template_is_not_left_behind() {
    let sandbox = Sandbox::repository();
    std::fs::create_dir(sandbox.cwd.join(".github")).unwrap();
    // Not even root may make files there.
    std::os::unix::fs::symlink("/proc", sandbox.cwd.join(".github/workflows")).unwrap();
    let told = sandbox.run(&["init", "blank", "--github", "--revision", REVISION]);
    assert!(told.contains("error: failed to write `[dir]/.github/workflows/orch-tick.yml`"), "{told}");
    assert!(!sandbox.cwd.join("orch.yaml").exists() && !sandbox.cwd.join(".orch").exists(), "{told}");
}

/// A clone as `actions/checkout` makes it, of a server that wants a token.
struct Job {
    sandbox: Sandbox,
    clone: PathBuf,
    http: GitHttp,
}

const TOKEN: &str = "ghs_canary0123456789";
/// `x-access-token:` and the token, in base 64.
const BASIC: &str = "Basic eC1hY2Nlc3MtdG9rZW46Z2hzX2NhbmFyeTAxMjM0NTY3ODk=";

impl Job {
    fn new(workflow: &str) -> Self {
        let sandbox = Sandbox::repository();
        sandbox.write("orch.yaml", "name: demo\n");
        sandbox.write("agents.yaml", "agents:\n  - name: mika\n");
        if !workflow.is_empty() {
            sandbox.write("workflows/demo.yaml", workflow);
        }
        sandbox.git(&["add", "-A"]);
        sandbox.git(&["commit", "--quiet", "-m", "one"]);
        sandbox.git(&["commit", "--quiet", "--allow-empty", "-m", "two"]);
        let served = sandbox.cwd.join("served");
        std::fs::create_dir(&served).unwrap();
        let bare = bare(&served, "team.git");
        sandbox.git(&["push", "--quiet", bare.to_str().unwrap(), "main"]);
        let http = GitHttp::serve(&served);
        let url = http.url("team.git");
        sandbox.git(&["clone", "--quiet", "--depth=1", &url, "job"]);
        http.want(BASIC);
        let clone = sandbox.cwd.join("job");
        Self { sandbox, clone, http }
    }

    /// Runs the step of the action.
    fn run(&self, command: &str, args: &str, token: &str) -> Output {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/action/run.sh");
        let mut bash = self.sandbox.command("bash");
        bash.arg(script).current_dir(&self.clone);
        bash.env_remove("GIT_COMMITTER_NAME").env_remove("GIT_COMMITTER_EMAIL");
        bash.env("ORCH_BIN", env!("CARGO_BIN_EXE_orch")).env("ORCH_COMMAND", command).env("ORCH_ARGS", args);
        bash.env("ORCH_TOKEN", token).env("ORCH_SERVER_URL", self.http.url("").trim_end_matches('/'));
        bash.env("ORCH_NOW", "2026-01-09T09:00:00Z")
            .env("GITHUB_STEP_SUMMARY", self.clone.join("summary.md"));
        bash.output().unwrap()
    }
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn a_job_pushes_with_its_token_and_keeps_it_from_disk_and_steps() {
    let job = Job::new(
        "name: Demo\non: [manual]\nsteps:\n  - run: \"echo \\\"[${ORCH_TOKEN-unset}]\\\" > seen.txt\"\n  - id: bad\n    run: exit 3\n    retry: 1\n",
    );
    let output = job.run("run", "demo --push", TOKEN);
    assert_eq!(output.status.code(), Some(11), "orch's own exit code: {}", text(&output));
    assert_eq!(std::fs::read_to_string(job.clone.join("seen.txt")).unwrap(), "[unset]\n");
    let log = job.sandbox.git(&["-C", "served/team.git", "log", "-1", "--format=%cn <%ce>", "orch/state"]);
    assert_eq!(log, "github-actions[bot] <41898282+github-actions[bot]@users.noreply.github.com>\n");

    let found = job.sandbox.command("grep").args(["-rlaF", TOKEN, "."]).output().unwrap();
    assert_eq!(text(&found), "", "the token is on disk");
    assert!(!text(&output).contains(TOKEN));
}

#[test]
fn without_the_right_token_a_tick_says_so_and_fails() {
    let job = Job::new("");
    for token in ["", "wrong"] {
        let output = job.run("tick", "--push", token);
        assert_eq!(output.status.code(), Some(1), "{token}: {}", text(&output));
        assert!(text(&output).contains("the server wants credentials"), "{token}: {}", text(&output));
    }
}

#[test]
fn arguments_are_read_by_no_shell() {
    let job = Job::new("");
    let output = job.run("tick", "$(touch${IFS}pwned) `touch pwned` ; touch pwned *", TOKEN);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(text(&output).contains("unexpected argument '$(touch${IFS}pwned)'"), "{}", text(&output));
    assert!(!job.clone.join("pwned").exists());
}

#[test]
fn a_plan_brings_the_state_and_what_it_says_is_only_text() {
    let job = Job::new("");
    assert!(text(&job.run("plan", "", TOKEN)).contains("there is no branch orch/state yet"));

    let title = "::error::no\n````\n# no\n##[error]no";
    let task = format!("tasks:\n  - code: A-1\n    title: {}\n    type: x\n", serde_json::Value::from(title));
    std::fs::create_dir_all(job.clone.join("tasks")).unwrap();
    std::fs::write(job.clone.join("tasks/a.yaml"), task).unwrap();
    std::fs::remove_file(job.clone.join("summary.md")).unwrap();
    let output = job.run("plan", "--exit-code --all", TOKEN);
    let told = text(&output);
    assert_eq!(output.status.code(), Some(10), "{told}");
    let (_, rest) = told.split_once("::stop-commands::").unwrap();
    let (secret, rest) = rest.split_once('\n').unwrap();
    let (inside, after) = rest.split_once(&format!("\n::{secret}::\n")).unwrap();
    assert!(secret.len() == 32 && inside.contains("A-1") && after.is_empty(), "{told}");
    let summary = std::fs::read_to_string(job.clone.join("summary.md")).unwrap();
    let fence = summary.lines().find(|line| line.starts_with("```")).unwrap();
    assert_eq!(summary.lines().filter(|line| line.trim() == fence).count(), 2, "{summary}");
    assert!(summary.contains("A-1") && summary.ends_with(&format!("{fence}\n")), "{summary}");

    // What others did since is in the plan of a fresh clone.
    assert!(job.run("tick", "--push", TOKEN).status.success());
    job.sandbox.git(&["-C", "job", "branch", "--quiet", "-D", "orch/state"]);
    let output = job.run("plan", "--exit-code", TOKEN);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let output = job.run("validate", "--format github", TOKEN);
    assert!(output.status.success(), "{}", text(&output));
}

#[test]
fn a_project_that_acts_on_github_has_a_job_with_the_rights_that_it_needs() {
    let sandbox = Sandbox::repository();
    sandbox.write(
        "orch.yaml",
        "name: team\nsecrets: [SLACK_URL]\ngithub: { tasks: { label: task, type: x } }\n",
    );
    sandbox.write(
        "workflows/merge.yaml",
        "name: Merge\non: { github: { pull_request_review: submitted, workflow_run: completed } }\nsteps:\n  \
         - github.merge: { number: '{{ event.payload.pull_request.number }}', approvals: 1 }\n",
    );
    sandbox.ok(&INIT);
    let tick = sandbox.read(".github/workflows/orch-tick.yml");
    let job = &tick[tick.find("\njobs:").unwrap()..];
    insta::assert_snapshot!(job, @"
    jobs:
      tick:
        name: Tick
        runs-on: ubuntu-24.04
        timeout-minutes: 30
        permissions:
          contents: write # to push the state branch
          actions: read # to look at workflow runs
          checks: read # to look at pull requests
          issues: write # for github.comment
          pull-requests: write # for github.comment and github.merge
          statuses: read # to look at pull requests
        steps:
          # The declarations, of the default branch whatever the event. The token is not left on disk.
          - name: Check out
            uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
            with:
              ref: ${{ github.event.repository.default_branch }}
              fetch-depth: 1
              persist-credentials: false

          - name: Tick
            uses: orch-dev/orch@0123456789abcdef0123456789abcdef01234567
            with:
              command: tick
              args: --push --save-recovery orch-rescue.jsonl
              token: ${{ github.token }}
            env:
              SLACK_URL: ${{ secrets.SLACK_URL }}

          # What was done and could not be pushed: `orch tick --push --recover FILE` takes it in.
          - name: Keep what could not be pushed
            if: failure()
            uses: actions/upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a # v7.0.1
            with:
              name: orch-rescue
              path: orch-rescue.jsonl
              if-no-files-found: ignore
    ");
    let told = sandbox.run(&INIT);
    assert!(told.contains("\nWrote 0 files.\n"), "{told}");
    sandbox.edit("orch.yaml", "label", "labels");
    let told = sandbox.run(&INIT);
    assert!(told.contains("ORCH-0101") && told.contains("the configuration has"), "{told}");
}

const FOR_RUNNERS: &str = "name: Build\non: manual\nsteps:\n  - run: make\n    runs_on: github-actions\n";

#[test]
fn a_project_with_steps_on_runners_has_a_workflow_for_them() {
    let sandbox = Sandbox::repository();
    sandbox.write("orch.yaml", "name: team\n");
    sandbox.write("workflows/build.yaml", FOR_RUNNERS);
    sandbox.ok(&INIT);
    let work = sandbox.read(".github/workflows/orch-work.yml");
    insta::assert_snapshot!(&work[work.find("name:").unwrap()..], @r#"
    name: orch work

    # By this, a tick that lost GitHub's answer sees that it started it already.
    run-name: orch work ${{ inputs.orch_key }}

    on:
      workflow_dispatch:
        inputs:
          runs:
            description: The runs to do, as a JSON list
            required: true
          orch_key:
            description: What tells this dispatch from others
            default: by hand

    # Which of two does a step is settled on the branch of the state.
    concurrency:
      group: orch-work-${{ github.run_id }}
      cancel-in-progress: false

    permissions: {}

    jobs:
      work:
        name: Work
        uses: orch-dev/orch/.github/workflows/work.yml@0123456789abcdef0123456789abcdef01234567
        permissions:
          contents: write # to push the state branch
          actions: write # the tick that follows may send further steps
        with:
          runs: "${{ inputs.runs }}"
    "#);
    let tick = sandbox.read(".github/workflows/orch-tick.yml");
    assert!(tick.contains("      actions: write # for `runs_on`\n"), "{tick}");
}

#[test]
fn what_steps_on_runners_use_their_job_has() {
    let sandbox = Sandbox::repository();
    sandbox.write("orch.yaml", "name: team\nsecrets: [KEY]\n");
    let more = "  - id: tell\n    github.status: { sha: '{{ run.id }}', state: success, context: build }\n    runs_on: github-actions\n";
    sandbox.write("workflows/build.yaml", format!("{FOR_RUNNERS}{more}"));
    sandbox.ok(&INIT);
    let work = sandbox.read(".github/workflows/orch-work.yml");
    let (steps, tick) = work.split_once("\n  tick:\n").unwrap();
    for (job, rights) in [
        (
            steps,
            "      contents: write # to push the state branch\n      statuses: write # for github.status\n    #",
        ),
        (tick, "      actions: write # for `runs_on`\n      statuses: write # for github.status\n    steps:"),
    ] {
        assert!(job.contains(rights) && job.contains("          KEY: ${{ secrets.KEY }}\n"), "{job}");
        assert!(job.contains("uses: orch-dev/orch@0123456789abcdef0123456789abcdef01234567\n"), "{job}");
    }
    assert!(
        steps.contains("          command: work\n") && steps.contains(" -- ${{ matrix.run }}\n"),
        "{steps}"
    );
    assert!(tick.contains("    needs: work\n    if: ${{ !cancelled() }}\n"), "{tick}");
    let told = sandbox.run(&INIT);
    assert!(told.contains("\nWrote 0 files.\n"), "{told}");
}
