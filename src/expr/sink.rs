//! Where a text goes, which says how values in it are quoted.

/// The place that a template is written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sink {
    /// Nothing reads it but a program that takes it whole: an environment variable, an argument of
    /// a built-in action.
    Plain,
    /// A POSIX shell script.
    Shell,
    /// JSON text.
    Json,
    /// Markdown as GitHub renders it, mentions neutralised.
    Markdown,
    Html,
    /// Slack's mrkdwn.
    Slack,
    /// The value of an HTTP or mail header.
    Header,
    /// One part of a URL: a path segment, a query value.
    UrlPart,
}
