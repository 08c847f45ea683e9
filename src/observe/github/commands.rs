//! What people ask for in comments on issues and pull requests: a first line such as `/orch approve deploy#4`.
//!
//! Who asks is the account that GitHub names, by its number; whether it may is for the roles to say.

use serde_json::{Map, Value};
use smol_str::SmolStr;

use super::read;
use crate::forge::marker;
use crate::model::{Actor, Ask, Config, FlowAsk, FlowFact, Github, Name, Request, RunId};

/// How a command begins.
const BEGIN: &str = "/orch";

/// What a comment asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Commanded {
    /// The id of the comment.
    pub comment: u64,
    pub login: SmolStr,
    /// The words, or why they are no command.
    pub request: Result<Request, String>,
}

impl Commanded {
    /// `comment 50 by mika`.
    pub fn in_words(&self) -> String {
        format!("comment {} by {}", self.comment, self.login)
    }
}

/// The commands among what is news, where the project takes any.
pub fn commands(config: &Config, known: &Github, facts: &[FlowFact]) -> Vec<Commanded> {
    if !config.project.github_commands {
        return Vec::new();
    }
    let news = facts.iter().filter_map(|fact| match fact {
        FlowFact::GithubSeen { item, events, .. } if known.is_news(item) => Some(events),
        _ => None,
    });
    let created = news.flatten().filter(|event| event.name() == "issue_comment.created");
    created.filter_map(|event| commanded(event.payload.get("comment")?)).collect()
}

fn commanded(comment: &Value) -> Option<Commanded> {
    let account = read::account(comment, "user")?;
    let body = comment.get("body")?.as_str()?;
    // Programs ask by the API; what one repeats of somebody's words is no command, nor is what we wrote ourselves.
    let is_by_program = comment.pointer("/user/type").and_then(Value::as_str) == Some("Bot")
        || comment.get("performed_via_github_app").is_some_and(|app| !app.is_null())
        || body.contains(marker::BEGIN);
    if is_by_program {
        return None;
    }
    let words = body.lines().next()?.trim().strip_prefix(BEGIN)?;
    if !words.is_empty() && !words.starts_with(char::is_whitespace) {
        return None;
    }
    // Whoever may write can edit what others said, and GitHub names the author all the same.
    let is_edited = comment.get("updated_at") != comment.get("created_at");
    let request = if is_edited {
        Err("it was edited, and GitHub does not say by whom; write it as a new comment".to_owned())
    } else {
        ask(words).map(|ask| Request::new(Actor::github(account.id, &account.login), ask))
    };
    Some(Commanded { comment: comment.get("id")?.as_u64()?, login: account.login, request })
}

/// `approve RUN [why]`, and so on.
fn ask(words: &str) -> Result<Ask, String> {
    let mut rest = words.split_whitespace();
    let verb = rest.next().unwrap_or_default();
    let subject = rest.next();
    let more: Vec<&str> = rest.collect();
    let why = || Some(more.join(" ")).filter(|why| !why.is_empty());
    let run = || {
        let name = subject.ok_or_else(|| format!("`{BEGIN} {verb}` needs a run, such as `deploy#4`"))?;
        Ok::<_, String>(RunId(name.into()))
    };
    let workflow = || subject.map(Name::from);
    Ok(Ask::Flow(match verb {
        "approve" => FlowAsk::Approve { run: run()?, step: None, note: why(), was_done: false },
        "deny" => FlowAsk::Deny { run: run()?, step: None, note: why() },
        "cancel" => FlowAsk::CancelRun { run: run()?, why: why() },
        "retry" => FlowAsk::RetryRun { run: run()? },
        "run" => {
            let workflow = workflow().ok_or_else(|| format!("`{BEGIN} run` needs a workflow"))?;
            FlowAsk::Run { workflow, inputs: inputs(&more)?, parent: None }
        }
        "pause" => FlowAsk::Pause { workflow: workflow(), why: why() },
        "resume" => FlowAsk::Resume { workflow: workflow() },
        other => {
            return Err(format!(
                "`{BEGIN} {}` is no command; there are `approve`, `deny`, `cancel`, `retry`, `run`, `pause` and `resume`",
                other.escape_debug()
            ));
        }
    }))
}

/// `name=value`, as text: the workflow says what each is.
fn inputs(words: &[&str]) -> Result<Map<String, Value>, String> {
    let pair = |word: &&str| {
        let (name, value) =
            word.split_once('=').ok_or_else(|| format!("`{}` is no `name=value`", word.escape_debug()))?;
        Ok((name.to_owned(), Value::from(value)))
    };
    words.iter().map(pair).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn comment(body: &str) -> Option<Commanded> {
        commanded(&json!({ "id": 50, "body": body, "user": { "id": 7, "login": "mika", "type": "User" } }))
    }

    #[test]
    fn the_first_line_of_a_comment_may_be_a_command() {
        let asked = |body: &str| comment(body).unwrap().request.unwrap();
        let run = RunId("deploy#4".into());
        let approve = asked("  /orch approve deploy#4 looks good\nmore words");
        assert_eq!(approve.actor, Actor::github(7, "mika"));
        let note = Some("looks good".to_owned());
        assert_eq!(
            approve.ask,
            Ask::Flow(FlowAsk::Approve { run: run.clone(), step: None, note, was_done: false })
        );
        assert_eq!(asked("/orch cancel deploy#4").ask, Ask::Flow(FlowAsk::CancelRun { run, why: None }));
        assert_eq!(asked("/orch pause").ask, Ask::Flow(FlowAsk::Pause { workflow: None, why: None }));
        let Ask::Flow(FlowAsk::Run { workflow, inputs, .. }) = asked("/orch run deploy to=prod n=3").ask
        else {
            panic!()
        };
        assert_eq!(
            (workflow.as_str(), inputs["to"].as_str(), inputs["n"].as_str()),
            ("deploy", Some("prod"), Some("3"))
        );
    }

    #[test]
    fn all_else_is_none_or_says_what_is_wrong() {
        for body in [
            "",
            "approve x#1",
            "> /orch approve x#1",
            "hello\n/orch approve x#1",
            "/orchid",
            "`/orch approve x#1`",
        ] {
            assert_eq!(comment(body), None, "{body}");
        }
        for (body, why) in [
            ("/orch", "`/orch ` is no command"),
            ("/orch dance", "`/orch dance` is no command"),
            ("/orch approve", "needs a run"),
            ("/orch run x y", "`y` is no `name=value`"),
        ] {
            let told = comment(body).unwrap().request.unwrap_err();
            assert!(told.contains(why), "{told}");
        }
        let bot =
            json!({ "id": 1, "body": "/orch pause", "user": { "id": 7, "login": "a[bot]", "type": "Bot" } });
        assert_eq!(commanded(&bot), None);
        let gone = json!({ "id": 1, "body": "/orch pause", "user": null });
        assert_eq!(commanded(&gone), None);
        // What a step wrote with somebody's token, and what an app wrote in somebody's name.
        assert_eq!(comment("/orch pause\n\n<!-- orch:key=a;sig=00 -->"), None);
        let user = json!({ "id": 7, "login": "mika", "type": "User" });
        let by_app =
            json!({ "id": 1, "body": "/orch pause", "user": user, "performed_via_github_app": { "id": 3 } });
        assert_eq!(commanded(&by_app), None);
        // Others may have put words into somebody's mouth.
        let edited = json!({ "id": 1, "body": "/orch pause", "user": user, "created_at": "2026-11-20T08:00:00Z",
            "updated_at": "2026-11-20T08:00:01Z" });
        assert!(commanded(&edited).unwrap().request.unwrap_err().contains("it was edited"));
    }
}
