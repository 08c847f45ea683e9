//! Charts as Mermaid draws them, from labels and numbers that others wrote.
//!
//! Whatever a label holds, it stays a label: it ends neither its quotes, its line nor the fence around
//! the chart, is no directive of Mermaid (`%%{init: …}%%`), and no markup.

use std::fmt::Write;

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value;

use crate::actions::Failure;
use crate::actions::fields::read;
use crate::actions::words::{Figure, Text};
use crate::expr::Sink;

/// More is not to be read in a picture.
const MAX_POINTS: usize = 200;
const MAX_LABEL: usize = 80;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Chart {
    kind: Kind,
    title: Option<Text>,
    series: IndexMap<String, Figure>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Pie,
    Bar,
    Line,
}

impl Chart {
    pub(super) fn read(value: Value) -> Result<Self, String> {
        let chart: Self = read(&value).map_err(|error| Failure::from(error).message)?;
        if chart.series.len() > MAX_POINTS {
            return Err(format!(
                "{} points are more than {MAX_POINTS}, the most of a chart",
                chart.series.len()
            ));
        }
        let below = chart.series.iter().find(|(_, figure)| figure.0 < 0.0);
        match below.filter(|_| chart.kind == Kind::Pie) {
            Some((label, figure)) => {
                Err(format!("a pie has no pieces below zero: `{label}` is {}", figure.0))
            }
            None => Ok(chart),
        }
    }

    /// In Markdown a fenced block of Mermaid, in HTML an element for it, elsewhere its numbers.
    pub(super) fn text(&self, sink: Sink) -> String {
        match sink {
            _ if self.series.is_empty() => "(no data)".to_owned(),
            Sink::Markdown => format!("```mermaid\n{}```", self.mermaid()),
            Sink::Html => format!("<pre class=\"mermaid\">\n{}</pre>", escaped(&self.mermaid())),
            _ => {
                let lines = self.series.iter().map(|(name, figure)| format!("{}: {}", plain(name), figure.0));
                lines.collect::<Vec<_>>().join("\n")
            }
        }
    }

    /// <https://mermaid.js.org/syntax/pie.html>, <https://mermaid.js.org/syntax/xyChart.html>.
    fn mermaid(&self) -> String {
        let title = self.title.as_ref().map(|title| label(&title.0)).filter(|title| !title.is_empty());
        let mut text = String::new();
        let mut line = |line: &dyn std::fmt::Display| {
            // Writing into a text cannot fail.
            let _ = writeln!(text, "{line}");
        };
        if self.kind == Kind::Pie {
            line(&"pie showData");
            if let Some(title) = title {
                line(&format!("    title {title}"));
            }
            for (name, figure) in &self.series {
                line(&format!("    \"{}\" : {}", label(name), figure.0));
            }
            return text;
        }
        line(&"xychart-beta");
        if let Some(title) = title {
            line(&format!("    title \"{title}\""));
        }
        let names: Vec<String> = self.series.keys().map(|name| format!("\"{}\"", label(name))).collect();
        line(&format!("    x-axis [{}]", names.join(", ")));
        let figures: Vec<String> = self.series.values().map(|figure| figure.0.to_string()).collect();
        let shape = if self.kind == Kind::Bar { "bar" } else { "line" };
        line(&format!("    {shape} [{}]", figures.join(", ")));
        text
    }
}

/// On one line, without control characters, and not too long.
fn plain(text: &str) -> String {
    let words = text.split(|letter: char| letter.is_whitespace() || letter.is_control());
    let text = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(MAX_LABEL) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// With the characters that mean something to Mermaid as its entities (`#quot;`).
fn label(text: &str) -> String {
    let mut out = String::new();
    for letter in plain(text).chars() {
        match letter {
            '"' => out.push_str("#quot;"),
            '#' => out.push_str("#35;"),
            ';' => out.push_str("#59;"),
            '<' => out.push_str("#lt;"),
            '>' => out.push_str("#gt;"),
            '&' => out.push_str("#amp;"),
            '%' => out.push_str("#37;"),
            '`' => out.push_str("#96;"),
            '\\' => out.push_str("#92;"),
            '{' => out.push_str("#123;"),
            '}' => out.push_str("#125;"),
            '[' => out.push_str("#91;"),
            ']' => out.push_str("#93;"),
            other => out.push(other),
        }
    }
    out
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn bars_and_lines() {
        let series = json!({ "agent-01": 12, "agent-02": "7.5", "x": -1 });
        let chart = Chart::read(json!({ "kind": "bar", "title": "Reports", "series": series })).unwrap();
        assert_eq!(
            chart.text(Sink::Markdown),
            "```mermaid\nxychart-beta\n    title \"Reports\"\n    x-axis [\"agent-01\", \"agent-02\", \"x\"]\n    bar [12, 7.5, -1]\n```"
        );
        assert_eq!(chart.text(Sink::Plain), "agent-01: 12\nagent-02: 7.5\nx: -1");
        let empty = Chart::read(json!({ "kind": "line", "series": {} })).unwrap();
        assert_eq!(empty.text(Sink::Markdown), "(no data)");
    }

    #[test]
    fn labels_stay_labels() {
        let hostile = [
            "\" : 1\n    \"x",
            "```\n# out",
            "%%{init: {\"securityLevel\": \"loose\"}}%%",
            "<img src=x onerror=alert(1)>",
            "a\r\nb",
            "x; click a",
            "#quot;",
            "\u{1b}[31m",
            "]\n bar [1",
            "${{ secrets.X }}",
            "---\nconfig:",
            "~~~",
        ];
        for text in hostile {
            for kind in ["pie", "bar", "line"] {
                let series = json!({ text: 1 });
                let chart = Chart::read(json!({ "kind": kind, "title": text, "series": series })).unwrap();
                let mermaid = chart.mermaid();
                let lines = if kind == "pie" { 3 } else { 4 };
                assert_eq!(mermaid.lines().count(), lines, "{mermaid}");
                assert!(
                    !mermaid.contains("%%") && !mermaid.contains('<') && !mermaid.contains("```"),
                    "{mermaid}"
                );
                let quotes = if kind == "pie" { 2 } else { 4 };
                assert_eq!(mermaid.matches('"').count(), quotes, "{mermaid}");
            }
        }
        assert_eq!(label(&"é".repeat(100)).chars().count(), MAX_LABEL + 1);
    }
}
