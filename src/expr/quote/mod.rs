//! Values quoted for their sink. Each sink reads the literal text on its way, so that it knows at
//! every `{{` where that stands, and refuses the places where it cannot quote for sure.

mod header;
mod html;
mod json;
mod markdown;
mod shell;
mod slack;
mod url;

use serde_json::Value;

use super::text::plain;
use super::{ExprError, Sink};
use html::Html;
use json::Json;
use markdown::Markdown;
use shell::Shell;
pub(super) use shell::begins_with;
use slack::Slack;
use url::Url;

/// Why a value cannot stand where it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) message: String,
    pub(super) help: String,
}

fn refuse<T>(message: impl Into<String>, help: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { message: message.into(), help: help.into() })
}

/// What has been read of a text so far, for its sink.
#[derive(Debug, Clone)]
pub(super) enum Quoting {
    Plain,
    Shell(Shell),
    Json(Json),
    Markdown(Markdown),
    Html(Html),
    Slack(Slack),
    Header,
    Url(Url),
}

impl Quoting {
    pub(super) fn new(sink: Sink) -> Self {
        match sink {
            Sink::Plain => Self::Plain,
            Sink::Shell => Self::Shell(Shell::new()),
            Sink::Json => Self::Json(Json::default()),
            Sink::Markdown => Self::Markdown(Markdown::new()),
            Sink::Html => Self::Html(Html::default()),
            Sink::Slack => Self::Slack(Slack::default()),
            Sink::Header => Self::Header,
            Sink::UrlPart => Self::Url(Url),
        }
    }

    /// Reads literal text.
    pub(super) fn literal(&mut self, text: &str) -> Result<(), Refusal> {
        match self {
            Self::Plain | Self::Header | Self::Url(_) => Ok(()),
            Self::Shell(shell) => shell.literal(text),
            Self::Json(json) => json.literal(text),
            Self::Markdown(markdown) => {
                markdown.literal(text);
                Ok(())
            }
            Self::Html(html) => {
                html.literal(text);
                Ok(())
            }
            Self::Slack(slack) => {
                slack.literal(text);
                Ok(())
            }
        }
    }

    /// A value stands here, with this literal character after it if there is one.
    pub(super) fn place(&mut self, next: Option<char>) -> Result<(), Refusal> {
        match self {
            Self::Plain | Self::Header | Self::Url(_) => Ok(()),
            Self::Shell(shell) => shell.place(next),
            Self::Json(json) => json.place(),
            Self::Markdown(markdown) => markdown.place(),
            Self::Html(html) => html.place(),
            Self::Slack(slack) => slack.place(),
        }
    }

    /// Writes the value for the place that was asked for last.
    pub(super) fn value(
        &mut self,
        value: &Value,
        next: Option<char>,
        out: &mut String,
    ) -> Result<(), ExprError> {
        match self {
            Self::Plain => out.push_str(&plain(value)?),
            Self::Shell(shell) => shell.value(value, out)?,
            Self::Json(json) => json.value(value, out)?,
            Self::Markdown(markdown) => markdown.value(&plain(value)?, next, out)?,
            Self::Html(html) => html.value(&plain(value)?, out)?,
            Self::Slack(slack) => slack.value(&plain(value)?, out)?,
            Self::Header => header::value(&plain(value)?, out)?,
            Self::Url(_) => url::value(&plain(value)?, out),
        }
        Ok(())
    }

    /// What can only be said of the whole.
    pub(super) fn finish(&self, out: &str) -> Result<(), Refusal> {
        match self {
            Self::Json(_) => json::finish(out),
            Self::Url(_) => url::finish(out),
            _ => Ok(()),
        }
    }
}
