//! What `orch init --github` writes and says: workflows that call those of `orch` at a fixed commit, and what
//! to set once in the repository.
//!
//! Rules for the state branch are exactly the two that a job's token may still push under; any further one, such
//! as required checks, refuses it.

use super::GITHUB_DIR;

/// The repository of `orch` on GitHub.
pub const OWN: &str = "orch-dev/orch";

const TICK: &str = include_str!("github/tick.yml");
const TICK_JOB: &str = include_str!("github/tick-job.yml");
const WORK: &str = include_str!("github/work.yml");

/// The commit that a release was built from; none of other builds.
pub const BUILT_FROM: Option<&str> = option_env!("ORCH_COMMIT");

/// How many minutes pass between ticks.
const EVERY: u32 = 15;

/// The repository that the workflows are for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Such as `OWNER/NAME`; whatever tells it from others.
    pub name: String,
    /// What pull requests are merged into.
    pub branch: String,
    /// The project's folder with `/` between folders; empty: the root.
    pub folder: String,
    pub state_branch: String,
    /// The commit of `orch` that jobs run, in 40 hexadecimal digits.
    pub revision: String,
    /// What the ticks of the project need, if that is more than those of every project.
    pub needs: Option<Needs>,
}

/// A scope of the token with `read` or `write`, and what for.
type Need = (&'static str, &'static str, String);

/// What a job for ticks needs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Needs {
    pub rights: Vec<Need>,
    /// What the jobs need that steps with `runs_on` are done in; none: there are no such steps.
    pub runners: Option<Vec<Need>>,
    /// Secrets that it has in its environment.
    pub secrets: Vec<String>,
    /// All commits.
    pub history: bool,
}

impl Needs {
    /// Whether ticks need nothing but to send steps to runners.
    fn are_for_sending(&self) -> bool {
        self.secrets.is_empty() && !self.history && self.rights.iter().all(|(scope, ..)| *scope == "actions")
    }
}

/// A name that would be run where it stands in a workflow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the name `{0}` cannot stand in a workflow: GitHub would evaluate it as an expression")]
pub struct Evaluated(pub String);

impl Place {
    /// The workflows: path from the root of the repository, and text.
    ///
    /// # Errors
    /// A name holds `${{`.
    pub fn workflows(&self) -> Result<Vec<(String, String)>, Evaluated> {
        for name in [&self.branch, &self.folder, &self.state_branch] {
            if name.contains("${{") {
                return Err(Evaluated(name.clone()));
            }
        }
        let file = |name: &str, text: &str, inputs: &[(&str, &str, &str)]| {
            (format!("{GITHUB_DIR}/workflows/orch-{name}.yml"), self.fill(text) + &with(inputs))
        };
        let folder = ("directory", &*self.folder, "");
        let state = ("state-branch", &*self.state_branch, "orch/state");
        let tick = match &self.needs {
            None => file("tick", TICK, &[folder]),
            Some(needs) => file("tick", &self.own_tick(needs), &[]),
        };
        let runs = ("runs", "${{ inputs.runs }}", "");
        let work = self.needs.as_ref().and_then(|needs| {
            let runners = needs.runners.as_ref()?;
            let is_plain = runners.is_empty() && needs.are_for_sending();
            Some(if is_plain {
                file("work", WORK, &[runs, folder])
            } else {
                file("work", &self.own_work(needs, runners), &[])
            })
        });
        let plan = file("plan", include_str!("github/plan.yml"), &[folder, state]);
        let validate = file("validate", include_str!("github/validate.yml"), &[folder, state]);
        Ok([Some(tick), work, Some(plan), Some(validate)].into_iter().flatten().collect())
    }

    /// A job of its own: secrets cannot come through a called workflow, nor may that one ask for more rights than
    /// every project needs.
    fn own_tick(&self, needs: &Needs) -> String {
        let (head, _) = TICK.split_once("jobs:\n").expect("the template has jobs");
        format!("{head}{}", self.job(TICK_JOB, needs, &needs.rights))
    }

    /// The same for what was sent to runners, and for the tick that follows.
    fn own_work(&self, needs: &Needs, runners: &[Need]) -> String {
        let (head, _) = WORK.split_once("jobs:\n").expect("the template has jobs");
        let work = self.job(include_str!("github/work-job.yml"), needs, runners);
        let after = "    name: Tick\n    needs: work\n    if: ${{ !cancelled() }}\n    concurrency: # with the ticks of orch-tick.yml\n      group: orch-tick\n      cancel-in-progress: false\n";
        let tick = self.job(TICK_JOB, needs, &needs.rights).replace("    name: Tick\n", after);
        format!("{head}{work}\n{}", tick.trim_start_matches("jobs:\n"))
    }

    fn job(&self, text: &str, needs: &Needs, rights: &[Need]) -> String {
        let rights = rights.iter().map(|(scope, level, why)| format!("      {scope}: {level} # {why}\n"));
        let secrets =
            needs.secrets.iter().map(|name| format!("          {name}: ${{{{ secrets.{name} }}}}\n"));
        let secrets: String = secrets.collect();
        let env = if secrets.is_empty() { secrets } else { format!("        env:\n{secrets}") };
        let folder = match &*self.folder {
            "" => String::new(),
            folder => format!("          working-directory: {}\n", word(folder)),
        };
        let rescue = format!(
            "{}orch-rescue.jsonl",
            if self.folder.is_empty() { String::new() } else { format!("{}/", self.folder) }
        );
        text.replace("RIGHTS\n", &rights.collect::<String>())
            .replace("DEPTH", if needs.history { "0" } else { "1" })
            .replace("DIRECTORY\n", &folder)
            .replace("SECRETS\n", &format!("{env}\n"))
            .replace("RESCUE", &word(&rescue))
    }

    fn fill(&self, text: &str) -> String {
        let version =
            if BUILT_FROM == Some(&*self.revision) { concat!(" # v", env!("CARGO_PKG_VERSION")) } else { "" };
        text.replace("MINUTES", &minutes(&self.name))
            .replace("STATE_BRANCH", &self.state_branch)
            .replace("[BRANCH]", &format!("[{}]", word(&self.branch)))
            .replace("OWN/", &format!("{OWN}/"))
            .replace("OWN@", &format!("{OWN}@"))
            .replace("@REVISION", &format!("@{}{version}", self.revision))
    }

    /// What is left to do by hand. `owned` are patterns for CODEOWNERS, below the project's folder.
    pub fn settings(&self, owned: &[String]) -> String {
        let up = if self.folder.is_empty() { String::new() } else { format!("/{}", self.folder) };
        let owned = owned
            .iter()
            .map(|path| format!("{up}/{path}"))
            .chain([format!("/{GITHUB_DIR}/workflows/orch-*.yml")])
            .map(|path| format!("   {} @your-team\n", path.replace(' ', "\\ ")))
            .collect::<Vec<_>>()
            .concat();
        format!(
            "They work once they are on `{branch}`. Set three things in the repository:\n\
             \n\
             1. Protect the state branch. With exactly these two rules a job can still push to it:\n\
             \n\
             gh api --method POST 'repos/{{owner}}/{{repo}}/rulesets' --input - <<'JSON'\n\
             {rules}\n\
             JSON\n\
             \n\
             2. Have changes of the configuration reviewed: these lines in .github/CODEOWNERS, and \"Require review \
             from Code Owners\" in the rules of `{branch}`.\n\
             \n\
             {owned}\
             \n\
             3. Settings > Actions > General: {OWN} and actions/* must be allowed to run. The token's default can \
             stay read-only, since the tick asks for `contents: write` itself; only an organisation that forbids \
             writing must allow it.\n",
            branch = self.branch,
            rules = self.rules(),
        )
    }

    /// The ruleset for the state branch, and those that a compaction goes on at.
    fn rules(&self) -> String {
        let include = serde_json::Value::from(format!("refs/heads/{}*", self.state_branch));
        format!(
            "{{\n  \"name\": \"orch state\", \"target\": \"branch\", \"enforcement\": \"active\",\n  \
             \"conditions\": {{ \"ref_name\": {{ \"include\": [{include}], \"exclude\": [] }} }},\n  \
             \"rules\": [{{ \"type\": \"deletion\" }}, {{ \"type\": \"non_fast_forward\" }}]\n}}"
        )
    }
}

/// The inputs that differ from what the called workflow takes by itself.
fn with(inputs: &[(&str, &str, &str)]) -> String {
    let lines = inputs.iter().filter(|(_, value, default)| value != default);
    let lines: Vec<_> = lines.map(|(key, value, _)| format!("      {key}: {}\n", word(value))).collect();
    if lines.is_empty() { String::new() } else { format!("    with:\n{}", lines.concat()) }
}

/// The minutes of the hour at which a repository ticks: never the full hour, when GitHub is late most.
fn minutes(name: &str) -> String {
    // FNV-1a: the same in every version, which a hash of the standard library need not be.
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let first = 1 + u32::try_from((hash >> 32) % u64::from(EVERY - 1)).unwrap_or_default();
    (0..60 / EVERY).map(|n| (first + n * EVERY).to_string()).collect::<Vec<_>>().join(",")
}

/// A text as YAML: plain where nothing can be taken for anything else.
fn word(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._/-".contains(&byte))
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&&*text.to_lowercase());
    // JSON's strings are YAML's.
    if plain { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place {
            name: "idol/team".into(),
            branch: "main".into(),
            folder: String::new(),
            state_branch: "orch/state".into(),
            revision: "0123456789abcdef0123456789abcdef01234567".into(),
            needs: None,
        }
    }

    fn own() -> Place {
        let needs = Needs {
            runners: None,
            rights: vec![("issues", "write", "for github.comment".to_owned())],
            secrets: vec!["SLACK_URL".to_owned()],
            history: true,
        };
        Place { needs: Some(needs), folder: "our team".into(), ..place() }
    }

    #[test]
    fn a_job_of_its_own_has_what_the_project_needs_and_the_actions_of_the_other() {
        let (path, text) = own().workflows().unwrap().remove(0);
        assert_eq!(path, ".github/workflows/orch-tick.yml");
        for line in [
            "      contents: write # to push the state branch\n      issues: write # for github.comment\n    steps:",
            "          fetch-depth: 0\n",
            "          working-directory: \"our team\"\n        env:\n          SLACK_URL: ${{ secrets.SLACK_URL }}\n\n",
            "          path: \"our team/orch-rescue.jsonl\"\n",
            "uses: orch-dev/orch@0123456789abcdef0123456789abcdef01234567",
        ] {
            assert!(text.contains(line), "{line}{text}");
        }
        let called = include_str!("../../.github/workflows/tick.yml");
        for line in text.lines().filter(|line| line.contains("uses: actions/")) {
            assert!(called.contains(line), "{line}");
        }
    }

    #[test]
    fn no_repository_ticks_at_the_full_hour_and_they_spread() {
        let mut seen = [0; 15];
        for n in 0..1000 {
            let minutes = minutes(&format!("owner/{n}"));
            let minutes: Vec<usize> = minutes.split(',').map(|minute| minute.parse().unwrap()).collect();
            assert_eq!(minutes.len(), 4);
            assert!(minutes.windows(2).all(|pair| pair[1] == pair[0] + 15) && minutes[3] < 60, "{minutes:?}");
            seen[minutes[0]] += 1;
        }
        assert_eq!(seen[0], 0);
        assert!(seen[1..].iter().all(|count| (30..120).contains(count)), "{seen:?}");
    }

    #[test]
    fn nothing_of_the_templates_is_left_to_fill_in() {
        for (path, text) in place().workflows().unwrap().into_iter().chain(own().workflows().unwrap()) {
            let marks = [
                "MINUTES",
                "STATE_BRANCH",
                "BRANCH]",
                "OWN/.",
                "OWN@",
                "REVISION",
                "RIGHTS",
                "SECRETS",
                "RESCUE",
            ];
            for mark in marks {
                assert!(!text.contains(mark), "{path}: {mark}");
            }
        }
    }

    #[test]
    fn the_rules_are_json_and_exactly_two() {
        let rules: serde_json::Value = serde_json::from_str(&place().rules()).unwrap();
        let types: Vec<_> = rules["rules"].as_array().unwrap().iter().map(|rule| &rule["type"]).collect();
        assert_eq!(types, ["deletion", "non_fast_forward"]);
        assert_eq!(rules["conditions"]["ref_name"]["include"][0], "refs/heads/orch/state*");
    }

    #[test]
    fn names_are_quoted_and_expressions_refused() {
        let texts = |place: Place| place.workflows().unwrap().into_iter().map(|(_, text)| text);
        let odd = Place { folder: "our team: \"a\"".into(), branch: "no".into(), ..place() };
        for text in texts(odd.clone()) {
            assert!(text.contains("      directory: \"our team: \\\"a\\\"\"\n"), "{text}");
        }
        assert!(texts(odd).any(|text| text.contains("branches: [\"no\"]")));
        assert!(texts(place()).all(|text| text.contains("with:") == text.contains("work.yml")));
        let evil = Place { folder: "${{ secrets.X }}".into(), ..place() };
        assert_eq!(evil.workflows(), Err(Evaluated("${{ secrets.X }}".into())));
    }
}
