//! What strangers write on GitHub, at every place where they can write: none of it is run, none of it grants anything, and
//! where it is shown it is text. The attacks are the corpus of the tests of quoting, markers that were copied and forged,
//! and requests such as `/orch approve`. With `--nocapture` the table is printed.
//!
//! The ticks have the token of a person who holds a role, which is the worst case: what `orch` repeats of somebody's words
//! stands there under a name that may approve.
#![expect(clippy::print_stdout, reason = "the table is shown to those who ask for it")]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Output;

use pulldown_cmark::{Event, Options, Parser, Tag};
use serde_json::{Value, json};

use super::double::{GitHub, token};
use super::harness::Sandbox;

/// Who runs `orch`, and holds a role.
const US: &str = "ada";
const STRANGER: &str = "eve";
/// A secret that no text may hold.
const SECRET: &str = "canary-of-a-secret";

/// An attack: its name, and what is tried.
struct Attack {
    name: &'static str,
    lines: Vec<String>,
    /// A branch of a name that git takes.
    branch: &'static str,
}

impl Attack {
    /// All of it, where lines may be.
    fn text(&self) -> String {
        self.lines.join("\n\n")
    }

    /// All of it in titles of the length that GitHub takes.
    fn titles(&self) -> Vec<String> {
        let mut titles = vec![String::new()];
        for line in self.lines.iter().map(|line| on_one_line(line)).filter(|line| !line.trim().is_empty()) {
            let last = titles.last_mut().unwrap();
            if last.chars().count() + line.chars().count() > 250 {
                titles.push(line);
            } else {
                last.push(' ');
                last.push_str(&line);
            }
        }
        titles.iter().map(|title| title.trim().to_owned()).collect()
    }
}

/// As GitHub takes titles and names: without control characters.
fn on_one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() && letter != '\u{1b}' { ' ' } else { letter }).collect()
}

/// The lines of a file of the corpus, with its escapes read.
fn corpus(name: &str) -> Vec<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/injection").join(name);
    let text = std::fs::read_to_string(file).unwrap();
    let escapes = regex::Regex::new(r"\\(?:u\{([0-9a-f]+)\}|(.))").unwrap();
    let read = |line: &str| {
        let text =
            escapes.replace_all(line, |found: &regex::Captures<'_>| match (found.get(1), &found.get(2)) {
                (Some(code), _) => {
                    char::from_u32(u32::from_str_radix(code.as_str(), 16).unwrap()).unwrap().to_string()
                }
                (None, Some(letter)) => match letter.as_str() {
                    "n" => "\n".to_owned(),
                    "r" => "\r".to_owned(),
                    "t" => "\t".to_owned(),
                    "0" => String::new(),
                    other => other.to_owned(),
                },
                (None, None) => unreachable!(),
            });
        // What marks secrets stands in no text from outside, and is replaced there.
        text.replace(['\0', '\u{10f5e1}', '\u{10f5e2}'], "")
    };
    text.lines().map(read).filter(|line| !line.trim().is_empty()).collect()
}

fn attacks(marker: &str) -> Vec<Attack> {
    let words = |all: &[&str]| all.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
    let asks = ["pause", "approve guarded#1", "run guarded", "resume guarded", "cancel guarded#1"];
    vec![
        Attack {
            name: "shell",
            lines: corpus("shell.txt"),
            branch: "x$(touch${IFS}canary)`touch${IFS}canary`;touch${IFS}canary",
        },
        Attack {
            name: "automation",
            lines: corpus("automation.txt"),
            branch: "${{github.token}}{{secrets.TOKEN}}",
        },
        Attack { name: "markup", lines: corpus("markup.txt"), branch: "@ben<!--<script>alert(1)</script>" },
        Attack {
            name: "marker",
            lines: vec![
                marker.to_owned(),
                marker.replace("sig=", "sig=00"),
                format!("```\n{marker}"),
                "<!-- orch:key=tell%2F1;sig= -->".to_owned(),
                format!("<!-- {marker}"),
            ],
            branch: "<!--orch.key=tell.sig=00-->",
        },
        Attack {
            name: "approve",
            lines: asks.iter().map(|ask| format!("/orch {ask}")).collect(),
            branch: "orch/approve/guarded",
        },
        Attack {
            name: "log",
            lines: words(&[
                "::set-output name=a::b",
                "  ::add-mask::a",
                "x ##[set-output name=a]b",
                "##[group]x",
                "::stop-commands::x",
                "\u{1b}[2J\u{1b}]0;title\u{7}\u{9b}31m",
                "a\r::error::b",
                "\u{202e}desrever",
            ]),
            branch: "set-output;name=a",
        },
    ]
}

/// Says what it heard, in a log and on GitHub; and asks before it does something.
fn workflows(ledger: &str) -> Vec<(&'static str, String)> {
    let hear = |on: &str, fields: &[&str], more: &str| {
        let fields: Vec<String> = fields
            .iter()
            .map(|field| {
                format!("printf '%s\\n' {{{{ event.payload.{field} | default('') }}}} | tee -a \"$LEDGER\"")
            })
            .collect();
        let script = fields.iter().flat_map(|line| ["      ", line, "\n"]).collect::<String>();
        format!(
            "name: Hear\non: {{ github: {on} }}\nenv: {{ LEDGER: {ledger} }}\nsteps:\n  - id: hear\n    run: |\n{script}{more}"
        )
    };
    let tell = |number: &str, text: &str, condition: &str| {
        format!(
            "  - id: tell\n    needs: hear\n    if: '{condition}'\n    github.comment:\n      number: '{{{{ event.payload.{number} }}}}'\n      text: \"{{{{ event.payload.{text} | default('') }}}}\"\n"
        )
    };
    vec![
        (
            "issue",
            hear(
                "{ issues: opened }",
                &["issue.title", "issue.body"],
                &tell("issue.number", "issue.body", "event.payload.issue.title == \"tell\""),
            ),
        ),
        ("label", hear("{ issues: labeled }", &["label.name"], "")),
        ("pull", hear("{ pull_request: opened }", &["pull_request.title", "pull_request.head.ref"], "")),
        ("comment", hear("{ issue_comment: created }", &["comment.body"], "")),
        ("review", hear("{ pull_request_review: submitted }", &["review.body", "review.user.login"], "")),
        ("push", hear("push", &["head_commit.message", "head_commit.added[0]", "pusher.name"], "")),
        (
            "guarded",
            format!(
                "name: Guarded\non: manual\nenv: {{ LEDGER: {ledger} }}\nsteps:\n  - {{ id: yes, approve: true }}\n  - {{ id: ship, needs: yes, run: 'echo shipped >> \"$LEDGER\"' }}\n"
            ),
        ),
    ]
}

struct World<'g> {
    sandbox: Sandbox,
    github: &'g GitHub,
    /// The number of our account.
    id: String,
    /// What was asserted, by attack and place.
    table: BTreeSet<(&'static str, &'static str)>,
}

impl<'g> World<'g> {
    fn new(github: &'g GitHub) -> Self {
        let sandbox = Sandbox::repository();
        let ledger = sandbox.cwd.join(".git/ledger").to_str().unwrap().to_owned();
        sandbox.write("orch.yaml", "name: hear\nsecrets: [TOKEN]\ngithub: { commands: true }\n");
        let id = github.act(US, "GET", "/user", Value::Null)["id"].to_string();
        sandbox.write(
            "roles.yaml",
            format!("roles:\n  - {{ name: ops, may: [approve, run, pause], members: ['github:{id}'], verified: true }}\n"),
        );
        for (name, text) in workflows(&ledger) {
            sandbox.write(&format!("workflows/{name}.yaml"), text);
        }
        sandbox.git(&["add", "-A"]);
        sandbox.git(&["commit", "--quiet", "-m", "the project"]);
        Self { sandbox, github, id, table: BTreeSet::new() }
    }

    fn command(&self, args: &[&str]) -> std::process::Command {
        let mut command = self.sandbox.orch_command(args);
        command.env_remove("ORCH_NOW").envs(self.github.env()).env("ORCH_GITHUB_TOKEN", token(US));
        command.env("GITHUB_ACTOR_ID", &self.id).env("GITHUB_ACTOR", US);
        command.env("GITHUB_ACTIONS", "true").env("TOKEN", SECRET).env("ORCH_SECRET_TOKEN", SECRET);
        command
    }

    /// A job that ticks, for an event if there is one. Its log is looked through.
    fn tick(&self, event: Option<(&str, Value)>) -> String {
        let mut command = self.command(&["tick"]);
        if let Some((name, payload)) = event {
            let file = self.sandbox.cwd.join(".git/event.json");
            std::fs::write(&file, payload.to_string()).unwrap();
            let id = payload["id"].to_string();
            command.env("GITHUB_EVENT_NAME", name).env("GITHUB_EVENT_PATH", file).env("GITHUB_RUN_ID", id);
        }
        let output = command.output().unwrap();
        let log = log(&output);
        assert!(output.status.success(), "{log}");
        assert_inert_log(&log);
        log
    }

    fn ledger(&self) -> String {
        std::fs::read_to_string(self.sandbox.cwd.join(".git/ledger")).unwrap_or_default()
    }

    /// Nothing was run, nothing was granted, and nothing of ours was taken over.
    fn assert_unharmed(&mut self, attack: &'static str, places: &[&'static str]) {
        let row = format!("{attack} as {places:?}");
        let find =
            self.sandbox.command("find").args([".", "-name", "canary*", "-o", "-name", "pwned*"]).output();
        assert_eq!(String::from_utf8_lossy(&find.unwrap().stdout), "", "{row}: a command ran");
        assert!(!self.ledger().contains("shipped"), "{row}: it was granted");
        let list =
            self.command(&["event", "list", "--run", "guarded#1", "--format", "json"]).output().unwrap();
        let events = String::from_utf8_lossy(&list.stdout).into_owned();
        assert!(events.contains("approval.requested"), "{row}: {events}");
        for granted in ["approval.granted", "approval.denied", "run.cancelled", "run.finished"] {
            assert!(!events.contains(granted), "{row}: {events}");
        }
        let status = self.command(&["workflow", "list", "--format", "json"]).output().unwrap();
        let status = String::from_utf8_lossy(&status.stdout).into_owned();
        assert!(status.contains("guarded") && !status.contains("\"paused\""), "{row}: {status}");
        self.table.extend(places.iter().map(|place| (attack, *place)));
    }
}

fn log(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + "\n" + &String::from_utf8_lossy(&output.stderr)
}

/// The log of a job as GitHub's runner reads it: no line of somebody else's is a command, and nothing steers a terminal.
/// (`actions/runner`, `ActionCommand.cs`: `::` counts at the start of a line after white space, `##[` anywhere.)
fn assert_inert_log(log: &str) {
    let mut stopped: Option<String> = None;
    for line in log.split(['\n', '\r']) {
        if let Some(token) = &stopped {
            if line.trim() == format!("::{token}::") {
                stopped = None;
            }
        } else if let Some(token) = line.strip_prefix("::stop-commands::") {
            assert!(token.len() >= 16 && token.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{line}");
            stopped = Some(token.to_owned());
        } else if line.trim_start().starts_with("::") {
            let ours = ["::group::", "::endgroup::", "::error title=", "::warning title="];
            assert!(ours.iter().any(|begin| line.starts_with(begin)), "a command of the runner: {line}");
        } else {
            assert!(!line.contains("##["), "a command of the runner: {line}");
        }
        let steers = |letter: char| letter.is_control() && letter != '\t';
        assert!(!line.contains(steers), "it steers a terminal: {line:?}");
    }
    assert_eq!(stopped, None);
    assert!(!log.contains(SECRET), "a secret is in the log");
}

/// A text of ours on GitHub: its last line is the marker, and nothing above it is more than text.
fn assert_inert_text(row: &str, body: &str, may_fold: bool) {
    let (text, marker) = body.trim_end().rsplit_once('\n').unwrap();
    assert!(marker.starts_with("<!-- orch:key=") && marker.ends_with(" -->"), "{row}: {marker}");
    assert_inert_markdown(row, text, may_fold);
    // The marker is not swallowed by anything above it.
    let last =
        Parser::new_ext(body, Options::ENABLE_GFM).filter(|event| matches!(event, Event::Html(_))).last();
    let is_marker = matches!(&last, Some(Event::Html(html)) if html.trim_end() == marker);
    assert!(is_marker, "{row}: the marker is shown: {last:?}\n{body}");
}

fn assert_inert_markdown(row: &str, text: &str, may_fold: bool) {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_GFM;
    let links = regex::Regex::new(r"(^|\W)@[A-Za-z0-9]|#[0-9]|https?://|\bwww\.").unwrap();
    let (mut in_code, mut blocks) = (false, 0);
    for event in Parser::new_ext(text, options) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => (in_code, blocks) = (true, blocks + 1),
            Event::End(pulldown_cmark::TagEnd::CodeBlock) => in_code = false,
            Event::Text(part) if !in_code => assert!(!links.is_match(&part), "{row}: it links: {part:?}"),
            Event::Html(html) | Event::InlineHtml(html) => {
                let ours = html.contains("<details>") || html.contains("</details>");
                assert!(may_fold && ours, "{row}: HTML: {html}");
            }
            Event::Start(Tag::Link { .. } | Tag::Image { .. }) => panic!("{row}: {event:?}"),
            _ => {}
        }
    }
    assert!(blocks <= usize::from(may_fold), "{row}: {blocks} blocks of code");
    assert!(!text.contains(SECRET), "{row}: a secret");
}

#[test]
fn what_strangers_write_is_text() {
    let Some(github) = GitHub::start() else { return };
    let mut world = World::new(&github);
    world.tick(None);
    assert!(world.command(&["run", "guarded"]).output().unwrap().status.success());
    // A text of ours, with a marker that somebody can copy.
    let first = github.at(STRANGER, "POST", "/issues", json!({ "title": "tell", "body": "hello" }));
    world.tick(None);
    let path = |issue: &Value| format!("/issues/{}/comments", issue["number"]);
    let ours = github.look(&path(&first))[0].clone();
    let marker = ours["body"].as_str().unwrap().lines().last().unwrap().to_owned();

    let attacks = attacks(&marker);
    let mut told = Vec::new();
    for attack in &attacks {
        let text = attack.text();
        for title in attack.titles() {
            github.at(STRANGER, "POST", "/issues", json!({ "title": title, "body": "x" }));
        }
        let issue = github.at(STRANGER, "POST", "/issues", json!({ "title": "tell", "body": text }));
        let label: String = on_one_line(&attack.titles()[0]).chars().take(50).collect();
        github.at(
            STRANGER,
            "POST",
            &format!("/issues/{}/labels", issue["number"]),
            json!({ "labels": [label] }),
        );
        for body in [&text].into_iter().chain(&attack.lines) {
            github.at(STRANGER, "POST", &path(&first), json!({ "body": body }));
        }
        github.open_pull(STRANGER, attack.branch, &[("a.txt", attack.name)]);
        told.push((attack, issue));
    }
    // What is repeated here would be a request, by somebody who may ask.
    let asks = github.at(STRANGER, "POST", "/issues", json!({ "title": "tell", "body": "/orch pause" }));
    for _ in 0..3 {
        world.tick(None);
    }
    let repeated = github.look(&path(&asks))[0].clone();
    assert!(
        repeated["user"]["login"] == US && repeated["body"].as_str().unwrap().starts_with("/orch pause\n")
    );
    let heard = world.ledger();
    for (attack, issue) in &told {
        for title in attack.titles() {
            assert!(heard.contains(title.trim()), "{}: the title did not arrive: {title}", attack.name);
        }
        assert!(heard.contains(attack.branch), "{}: the branch did not arrive", attack.name);
        world.assert_unharmed(attack.name, &["title", "body", "label", "comment", "branch"]);
        let comments = github.look(&path(issue));
        let [comment] = &comments.as_array().unwrap()[..] else { panic!("{}: {comments}", attack.name) };
        assert_inert_text(attack.name, comment["body"].as_str().unwrap(), false);
    }
    // Ours is still ours, and says what it said.
    let comments = github.look(&path(&first));
    let by_us = comments.as_array().unwrap().iter().filter(|comment| comment["user"]["login"] == US);
    assert_eq!(by_us.cloned().collect::<Vec<_>>(), [ours]);

    for (attack, id) in attacks.iter().zip(1_000..) {
        let (text, line) = (attack.text(), on_one_line(&attack.text()));
        let push = json!({ "id": id, "ref": "refs/heads/main", "pusher": { "name": line },
            "head_commit": { "message": text, "added": [line] } });
        let review = json!({ "id": id + 100, "action": "submitted", "pull_request": { "number": id },
            "review": { "id": id, "body": text, "user": { "login": line, "id": 99 } } });
        for (name, payload, places) in [
            ("push", push, &["commit message", "file name", "pusher"][..]),
            ("pull_request_review", review, &["review", "login"]),
        ] {
            let before = world.ledger().len();
            world.tick(Some((name, payload)));
            let heard = world.ledger().split_off(before);
            let last = attack.lines.last().map(|line| on_one_line(line)).unwrap();
            assert_eq!(heard.matches(last.trim()).count(), places.len(), "{}: {name}: {heard}", attack.name);
            world.assert_unharmed(attack.name, places);
        }
    }
    assert!(world.command(&["verify"]).output().unwrap().status.success());
    github.assert_valid();
    for (attack, place) in &world.table {
        println!("{attack:<12} {place:<16} nothing ran, nothing was granted, all of it is text");
    }
    assert_eq!(world.table.len(), attacks.len() * 10);
}

/// Everything that a configuration can hold, as a pull request proposes it: it is planned, and stays data.
#[test]
fn what_a_pull_request_configures_is_data() {
    let Some(github) = GitHub::start() else { return };
    let forged = "<!-- orch:key=plan%2Fhear;sig=00 -->";
    for attack in attacks(forged) {
        let world = World::new(&github);
        let before = world.sandbox.read("orch.yaml");
        let quoted = |text: &str| serde_json::to_string(text).unwrap();
        let tasks = attack.lines.iter().enumerate().map(|(number, line)| {
            format!("  - {{ code: T-{number}, title: {}, type: x }}\n", quoted(&format!("x {line}")))
        });
        let proposed = [
            ("tasks/t.yaml", format!("tasks:\n{}", tasks.collect::<String>())),
            (
                "workflows/evil.yaml",
                format!(
                    "name: {}\non: [{{ schedule: {{ every: 1m }} }}, {{ github: push }}, manual]\nsteps:\n  - {{ id: a, run: {} }}\n  - {{ id: b, run: 'touch canary' }}\n",
                    quoted(&format!("x {}", on_one_line(&attack.titles()[0]))),
                    quoted(&attack.text().replace("{{", "{ {").replace("{%", "{ %").replace("{#", "{ #")),
                ),
            ),
            ("orch.yaml", before + "state_branch: orch/state\n"),
        ];
        let files: Vec<(&str, &str)> = proposed.iter().map(|(path, text)| (*path, text.as_str())).collect();
        let branch = format!("config-{}", attack.name);
        let pull = github.open_pull(STRANGER, &branch, &files);
        let row = format!("{} as configuration", attack.name);
        // Somebody was there before, with what looks like ours.
        let comments = format!("/issues/{pull}/comments");
        let theirs = format!("### orch plan: `hear`\n\nNothing would happen.\n\n{forged}");
        github.at(STRANGER, "POST", &comments, json!({ "body": theirs }));
        for (path, text) in &files {
            world.sandbox.write(path, text);
        }
        let event = json!({ "action": "opened", "number": pull, "pull_request": { "number": pull, "head": { "sha": github.head(&branch) } } });
        world.sandbox.write(".git/event.json", event.to_string());
        let plan = || {
            let mut command = world.command(&["plan", "--github", "--all"]);
            command.env("GITHUB_EVENT_NAME", "pull_request").env("GITHUB_RUN_ID", "1");
            command.env("GITHUB_STEP_SUMMARY", world.sandbox.cwd.join(".git/summary.md"));
            let output =
                command.env("GITHUB_EVENT_PATH", world.sandbox.cwd.join(".git/event.json")).output().unwrap();
            assert_inert_log(&log(&output));
            output
        };
        let first = plan();
        plan();
        let find =
            world.sandbox.command("find").args([".", "-name", "canary*", "-o", "-name", "pwned*"]).output();
        assert_eq!(String::from_utf8_lossy(&find.unwrap().stdout), "", "{row}: a command ran");
        assert_eq!(world.sandbox.git(&["branch", "--list", "orch/*"]), "", "{row}: something was done");
        let all = github.look(&comments);
        let [untouched, ours] = &all.as_array().unwrap()[..] else { panic!("{row}: {all} {}", log(&first)) };
        assert_eq!((&untouched["body"], &ours["user"]["login"]), (&json!(theirs), &json!(US)), "{row}");
        assert_inert_text(&row, ours["body"].as_str().unwrap(), true);
        let checks = github.look(&format!("/commits/{}/check-runs?filter=all", github.head(&branch)));
        for check in checks["check_runs"].as_array().unwrap() {
            assert_inert_markdown(&row, check["output"]["summary"].as_str().unwrap(), true);
        }
        assert!(!checks["check_runs"].as_array().unwrap().is_empty(), "{row}: {}", log(&first));
        let summary = std::fs::read_to_string(world.sandbox.cwd.join(".git/summary.md")).unwrap();
        let (half, _) = summary.split_at(summary.len() / 2);
        assert_inert_markdown(&row, half, true);
        println!(
            "{row:<28} exit {:?}: one comment, {} check, nothing done",
            first.status.code(),
            checks["check_runs"].as_array().unwrap().len()
        );
    }
    github.assert_valid();
}
