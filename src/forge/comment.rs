//! A comment on an issue or a pull request that is kept up to date in place.

use serde_json::{Value, json};

use super::error::ClientError;
use super::marker::Place;
use super::text::cut;
use super::workplace::Workplace;
use super::write_once::{Consistency, Written};
use crate::ports::{Call, Method};

/// The longest body that GitHub takes, in characters; of bytes there are no fewer.
const LONGEST: usize = 65_536;

/// What became of a comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub id: u64,
    pub url: String,
    /// It was not there before.
    pub is_new: bool,
    /// It says something else now.
    pub is_changed: bool,
}

/// Sees to it that there is one comment of this key on an issue or pull request, and that it says this. `text` is
/// Markdown, and cut where it is too long. However often it is tried, and whatever answers get lost, there is one.
pub fn keep(at: &Workplace<'_>, number: u64, key: &str, text: &str) -> Result<Kept, ClientError> {
    let id = at.id()?;
    let place = Place { kind: "comment", repository: &id, within: Some(number) };
    let body = body_of(at, place, key, text);
    let path = at.repository.path();
    let list = format!("{path}/issues/{number}/comments");
    let us = at.us()?;
    let mut find = || -> Result<Option<Value>, ClientError> {
        let found = at.pages(&format!("{list}?per_page=100"), None)?;
        let is_it = |comment: &Value| {
            let text = comment.get("body").and_then(Value::as_str).unwrap_or_default();
            let author = comment.pointer("/user/id").and_then(Value::as_u64);
            at.markers.key_of(text, author, &us, place).as_deref() == Some(key)
        };
        let ours = found.items.into_iter().find(is_it);
        if ours.is_none() && found.is_cut {
            let why = "it has more pages than are read, and ours may be on one of the others".to_owned();
            return Err(ClientError::Strange { call: format!("GET {list}"), why });
        }
        Ok(ours)
    };
    let call = Call::new(Method::Post, &list, Some(json!({ "body": body })));
    let there = match at.client.write_once(Consistency::Eventual, &mut find, &call)? {
        Written::Done(answer) => {
            if let Some(author) = answer.body.pointer("/user/id").and_then(Value::as_u64) {
                at.learn(author);
            }
            return kept(&call, &answer.body, true, false);
        }
        Written::Already(there) | Written::Found(there) => there,
    };
    if says(&there, &body) {
        return kept(&call, &there, false, false);
    }
    let id = kept(&call, &there, false, false)?.id;
    let one = format!("{path}/issues/comments/{id}");
    let mut look = || -> Result<Option<Value>, ClientError> {
        let there = at.client.read(&Call::get(&one))?.body;
        Ok(says(&there, &body).then_some(there))
    };
    let call = Call::new(Method::Patch, &one, Some(json!({ "body": body })));
    match at.client.write_once(Consistency::Strong, &mut look, &call)? {
        Written::Done(answer) => kept(&call, &answer.body, false, true),
        Written::Already(there) | Written::Found(there) => kept(&call, &there, false, true),
    }
}

/// A text with its marker, no longer than GitHub takes it: cut, with a note, where it is.
pub fn body_of(at: &Workplace<'_>, place: Place<'_>, key: &str, text: &str) -> String {
    let mark = |text: &str| at.markers.mark(text, place, key);
    if mark(text).chars().count() <= LONGEST {
        return mark(text);
    }
    mark(&cut(text, LONGEST.saturating_sub(mark("").len())))
}

/// Whether a comment or issue says this. GitHub gives lines back with the ends that it likes.
pub fn says(comment: &Value, body: &str) -> bool {
    let there = comment.get("body").and_then(Value::as_str).unwrap_or_default();
    there.lines().map(str::trim_end).eq(body.lines().map(str::trim_end))
}

fn kept(call: &Call, comment: &Value, is_new: bool, is_changed: bool) -> Result<Kept, ClientError> {
    let id = comment.get("id").and_then(Value::as_u64);
    let id = id.ok_or_else(|| ClientError::Strange {
        call: super::error::name(call),
        why: "a comment without an `id`".to_owned(),
    })?;
    let url = comment.get("html_url").and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok(Kept { id, url, is_new, is_changed })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forge::marker::Markers;
    use crate::forge::testing::{Desk, answer};

    fn workplace(desk: &Desk) -> Workplace<'_> {
        Workplace::new(desk.client(), "o/r".parse().unwrap(), Markers::new("lineage", None))
    }

    fn comment(body: &str, author: u64) -> Value {
        json!({ "id": 50, "body": body, "user": { "id": author }, "html_url": "https://github.com/o/r/pull/7#50" })
    }

    fn ours(text: &str) -> String {
        let place = Place { kind: "comment", repository: "9", within: Some(7) };
        Markers::new("lineage", None).mark(text, place, "plan")
    }

    /// The number of the repository, and who we are.
    fn start() -> [Value; 2] {
        [json!({ "id": 9 }), json!({ "id": 5 })]
    }

    fn talk(answers: &[Value]) -> (Result<Kept, ClientError>, Vec<String>) {
        let all = start().into_iter().chain(answers.iter().cloned());
        let desk = Desk::new(all.map(|body| Ok(answer(&body))));
        let kept = keep(&workplace(&desk), 7, "plan", "hello");
        (kept, desk.asked().into_iter().skip(2).collect())
    }

    #[test]
    fn it_is_made_once_and_changed_in_place() {
        let (kept, asked) = talk(&[json!([]), comment(&ours("hello"), 5)]);
        assert!(kept.unwrap().is_new);
        assert_eq!(asked, ["GET /repos/o/r/issues/7/comments", "POST /repos/o/r/issues/7/comments"]);
        let (kept, asked) = talk(&[json!([comment(&ours("hello").replace('\n', "\r\n"), 5)])]);
        assert_eq!((kept.unwrap().is_changed, asked.len()), (false, 1), "it says that already");
        let before = comment(&ours("before"), 5);
        let (kept, asked) = talk(&[json!([before]), before, comment(&ours("hello"), 5)]);
        assert!(kept.unwrap().is_changed);
        assert_eq!(asked[2], "PATCH /repos/o/r/issues/comments/50");
    }

    #[test]
    fn what_others_wrote_is_left_alone() {
        // The same text by somebody else, and one of ours that was copied from another pull request.
        let elsewhere = Place { kind: "comment", repository: "9", within: Some(8) };
        let copied = Markers::new("lineage", None).mark("hello", elsewhere, "plan");
        let (kept, asked) =
            talk(&[json!([comment(&ours("hello"), 6), comment(&copied, 5)]), comment(&ours("hello"), 5)]);
        assert!(kept.unwrap().is_new);
        assert_eq!(asked.len(), 2);
    }

    #[test]
    fn a_text_that_is_too_long_is_cut() {
        let answers = start().into_iter().chain([json!([]), comment("", 5)]);
        let desk = Desk::new(answers.map(|body| Ok(answer(&body))));
        keep(&workplace(&desk), 7, "plan", &"ä".repeat(70_000)).unwrap();
        let sent = desk.bodies().pop().unwrap()["body"].as_str().unwrap().to_owned();
        assert!(
            sent.chars().count() <= LONGEST && sent.contains("too long for GitHub") && sent.ends_with("-->")
        );
    }
}
