//! `report.render`: a text with values in it, as a file.
//!
//! Values are quoted for what the ending of the file says: Markdown, HTML or plain text. What the step
//! itself writes as `template` is rendered with all the others of its texts before the action begins,
//! and is written as it comes: rendered twice, data that looks like a template would run.

mod chart;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::data_convert::outputs;
use super::fields::{Templated, finished, get, read};
use super::words::{Text, given};
use super::{Action, ActionKind, ArgsError, Failure, Manifest, Needs, World, content, expressions, formats};
use crate::expr::Sink;

use chart::Chart;

/// What a report may grow to.
const MAX_REPORT: usize = 4 << 20;

#[derive(Debug)]
pub(super) struct ReportRender;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [
    { "required": ["template"], "not": { "anyOf": [{ "required": ["data"] }, { "required": ["template_file"] }] } },
    { "required": ["template_file"], "not": { "required": ["template"] } },
]))]
struct Args {
    /// The text. Its expressions see what those of the workflow see: `steps`, `vars`, `event`.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Text")]
    template: Option<Text>,

    /// A file that holds the text. Its expressions see the keys of `data`.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "String")]
    template_file: Option<String>,

    /// The file to write: `.md` and `.html` are quoted as such, anything else is plain text.
    to: String,

    /// What a template file sees. A key `chart`, or one that ends so (`load_chart`), draws a chart where
    /// it is used: `{ kind: pie | bar | line, title, series: { label: number } }`.
    #[serde(default, deserialize_with = "given")]
    #[schemars(with = "Map<String, Value>")]
    data: Option<Map<String, Value>>,

    /// Whether a file that is already there is replaced.
    #[schemars(extend("default" = false))]
    over: Option<Templated<bool>>,
}

impl Action for ReportRender {
    fn name(&self) -> &'static str {
        "report.render"
    }

    fn about(&self) -> &'static str {
        "Writes a report from a template: Markdown, HTML or plain text, with charts."
    }

    fn example(&self) -> &'static str {
        "report.render:
  template_file: templates/weekly.md.j2
  to: reports/{{ run.started_at | date('%Y-%m-%d') }}.md
  data:
    reports: \"{{ steps.collect.outputs.records }}\"
    load_chart: { kind: bar, title: Reports by agent, series: \"{{ steps.count.outputs.by_agent }}\" }"
    }

    fn kind(&self) -> ActionKind {
        ActionKind::World
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        Args::json_schema(generator)
    }

    fn outputs(&self) -> &'static [(&'static str, &'static str)] {
        &[("to", "the file that was written"), ("bytes", "how large it is")]
    }

    fn check(&self, args: &Value) -> Result<(), ArgsError> {
        let args: Args = read(args)?;
        let wrong = |key: &str, message: &str| {
            Err(ArgsError { path: vec![key.to_owned()], message: message.to_owned() })
        };
        match (&args.template, &args.template_file, &args.data) {
            (None, None, _) => {
                let message = "missing key `template` or `template_file`".to_owned();
                Err(ArgsError { path: Vec::new(), message })
            }
            (Some(_), Some(_), _) => wrong("template_file", "keep one of `template` and `template_file`"),
            (Some(_), None, Some(_)) => wrong(
                "data",
                "`data` is for a `template_file`; the text of `template` sees the values of the workflow itself",
            ),
            _ => Ok(()),
        }
    }

    fn sink(&self, args: &Value, path: &[&str]) -> Sink {
        match path {
            ["template"] => sink_of(args.get("to").and_then(Value::as_str).unwrap_or_default()),
            // What is in `data` is quoted when the file is rendered.
            _ => Sink::Plain,
        }
    }

    fn needs(&self, args: &Value) -> Needs {
        let path = |key: &str| args.get(key).and_then(Value::as_str).map(str::to_owned);
        Needs {
            read: path("template_file").into_iter().collect(),
            write: path("to").into_iter().collect(),
            ..Needs::default()
        }
    }

    fn perform(
        &self,
        args: &Value,
        _manifest: Option<&Manifest>,
        world: &World<'_>,
    ) -> Result<Map<String, Value>, Failure> {
        self.check(args)?;
        let args: Args = finished(args)?;
        let text = match (args.template, &args.template_file) {
            (Some(text), _) => text.0,
            (None, Some(path)) => {
                let bytes = content::read(world, path)?;
                let source =
                    formats::text(&bytes).map_err(|problem| Failure::last(format!("`{path}`: {problem}")))?;
                render(source, sink_of(&args.to), args.data.unwrap_or_default()).map_err(|failure| {
                    Failure { message: format!("`{path}`: {}", failure.message), ..failure }
                })?
            }
            (None, None) => return Err(Failure::last("missing key `template` or `template_file`")),
        };
        if expressions::has_secret(&text) {
            return Err(Failure::last("a secret stands in the report; secrets never go into files"));
        }
        if text.len() > MAX_REPORT {
            let size = text.len().div_ceil(1 << 20);
            return Err(Failure::last(format!(
                "the report has {size} MB, and {} MB are the most",
                MAX_REPORT >> 20
            )));
        }
        content::write(world, &args.to, get(args.over.as_ref())?.copied().unwrap_or(false), text.as_bytes())?;
        Ok(outputs(&[("to", json!(args.to)), ("bytes", json!(text.len()))]))
    }
}

/// By the ending of the file that is written.
fn sink_of(path: &str) -> Sink {
    let ending = path.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    match ending.as_deref() {
        Some("md" | "markdown") => Sink::Markdown,
        Some("html" | "htm") => Sink::Html,
        Some("json") => Sink::Json,
        _ => Sink::Plain,
    }
}

/// Renders a template with charts in its data.
///
/// A chart is markup, which quoting would spoil: the template gets a word of letters and digits in its
/// place, one that occurs nowhere else, and the chart is put there afterwards.
fn render(source: &str, sink: Sink, mut data: Map<String, Value>) -> Result<String, Failure> {
    let whole = format!("{source}{}", Value::from(data.clone()));
    let stem = (0u32..=u32::MAX)
        .map(|number| format!("orchChart{number}x"))
        .find(|stem| !whole.contains(stem.as_str()));
    let stem = stem.unwrap_or_default();
    let mut charts = Vec::new();
    for (key, value) in &mut data {
        if (key == "chart" || key.ends_with("_chart")) && value.is_object() {
            let chart = Chart::read(value.take())
                .map_err(|problem| Failure::last(format!("`data.{key}`: {problem}")))?;
            let place = format!("{stem}{}x", charts.len());
            *value = place.clone().into();
            charts.push((place, chart.text(sink)));
        }
    }
    let mut text = expressions::render(source, sink, &data.into())?;
    for (place, chart) in charts {
        text = text.replace(&place, &chart);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(source: &str, sink: Sink, data: Value) -> Result<String, String> {
        let Value::Object(data) = data else { panic!("{data} is no mapping") };
        render(source, sink, data).map_err(|failure| failure.message)
    }

    #[test]
    fn charts_stand_where_they_are_used() {
        let chart = json!({ "kind": "pie", "title": "Load", "series": { "a": 1, "b": 2.5 } });
        let text = drawn("# Load\n\n{{ chart }}\n", Sink::Markdown, json!({ "chart": chart })).unwrap();
        assert_eq!(
            text,
            "# Load\n\n```mermaid\npie showData\n    title Load\n    \"a\" : 1\n    \"b\" : 2.5\n```\n"
        );
    }

    #[test]
    fn data_cannot_draw_a_chart() {
        let data = json!({
            "chart": { "kind": "pie", "series": { "a": 1 } },
            "name": "orchChart0x0x",
        });
        let text = drawn("{{ name }}\n{{ chart }}", Sink::Plain, data).unwrap();
        assert_eq!(text, "orchChart0x0x\na: 1");
    }

    #[test]
    fn a_chart_that_is_none_says_why() {
        for (chart, message) in [
            (json!({ "kind": "pie" }), "`data.chart`: missing key `series`"),
            (json!({ "kind": "cake", "series": {} }), "`data.chart`: `kind`: unknown variant `cake`"),
            (
                json!({ "kind": "pie", "series": { "a": -1 } }),
                "`data.chart`: a pie has no pieces below zero: `a` is -1",
            ),
            (
                json!({ "kind": "bar", "series": { "a": "many" } }),
                "`data.chart`: `series.a`: `many` is not a number",
            ),
        ] {
            let found = drawn("x", Sink::Plain, json!({ "chart": chart })).unwrap_err();
            assert!(found.starts_with(message), "{found}");
        }
    }
}
