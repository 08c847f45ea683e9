//! `data.extract`: records out of texts: what stands at the head of Markdown, its links, what a
//! pattern finds, the lines of a log.

mod log;
mod markdown;
mod pattern;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::data_convert::outputs;
use super::fields::{OneOrMany, Templated, finished, get, read};
use super::formats::{self, Format, Options};
use super::words::DataPath;
use super::{Action, ActionKind, ArgsError, Failure, Manifest, Needs, World, content};

use log::LogFormat;
use pattern::Pattern;

/// The most records of all files together.
const MAX_RECORDS: usize = 500_000;
/// How many bytes of files are read.
const MAX_READ: u64 = 128 << 20;
/// What of the records goes into the outputs, and with them into the state.
const MAX_KEPT: usize = 1000;
const MAX_KEPT_BYTES: usize = 256 << 10;

#[derive(Debug)]
pub(super) struct DataExtract;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Args {
    /// The files: paths, or patterns such as `reports/**/*.md`. A pattern may match nothing.
    from: OneOrMany<String>,

    /// What to look for.
    kind: Kind,

    /// Of `regex`: what to find (<https://docs.rs/regex>). Named groups (`(?<name>…)`) become keys of the record.
    pattern: Option<Templated<Pattern>>,

    /// Of `log`: how its lines are written: `common` (Apache and nginx, also with referrer and agent),
    /// `json`, `logfmt`, or a pattern with named groups.
    #[schemars(extend("default" = "json"))]
    format: Option<Templated<LogFormat>>,

    /// A file that gets all records.
    to: Option<DataPath>,

    /// Whether a file that is already there is replaced.
    #[schemars(extend("default" = false))]
    over: Option<Templated<bool>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Kind {
    /// The YAML between `---` at the head of each file.
    FrontMatter,
    /// Title, date and author of each file: of its front matter, or its first heading.
    Title,
    /// Each link and image of Markdown.
    Links,
    /// Each match of `pattern`.
    Regex,
    /// Each line of a log.
    Log,
}

/// What was found so far.
#[derive(Debug, Default)]
struct Found {
    records: Vec<Value>,
    unparsed: u64,
}

impl Found {
    fn add(&mut self, record: Map<String, Value>) -> Result<(), String> {
        if self.records.len() >= MAX_RECORDS {
            return Err(format!("there are more than {MAX_RECORDS} records; read fewer files at a time"));
        }
        self.records.push(Value::Object(record));
        Ok(())
    }
}

impl Action for DataExtract {
    fn name(&self) -> &'static str {
        "data.extract"
    }

    fn about(&self) -> &'static str {
        "Extracts records from files: front matter, titles, links, matches of a pattern, lines of logs."
    }

    fn example(&self) -> &'static str {
        "data.extract: { from: \"reports/**/*.md\", kind: front_matter, to: reports/index.json, over: true }"
    }

    fn kind(&self) -> ActionKind {
        ActionKind::World
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        Args::json_schema(generator)
    }

    fn outputs(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("records", "the first 1000 records (256 kB at most); `file` says where each is from"),
            ("count", "how many there are"),
            ("is_cut", "whether `records` does not hold all of them"),
            ("files", "how many files were read"),
            ("unparsed", "how many lines of a log, or heads of files, could not be read"),
            ("to", "the file that has all of them"),
        ]
    }

    fn check(&self, args: &Value) -> Result<(), ArgsError> {
        read::<Args>(args)?.check()
    }

    fn needs(&self, args: &Value) -> Needs {
        let texts = |key: &str| match args.get(key) {
            Some(Value::Array(values)) => {
                values.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            }
            Some(Value::String(text)) => vec![text.clone()],
            _ => Vec::new(),
        };
        Needs { read: texts("from"), write: texts("to"), ..Needs::default() }
    }

    fn perform(
        &self,
        args: &Value,
        _manifest: Option<&Manifest>,
        world: &World<'_>,
    ) -> Result<Map<String, Value>, Failure> {
        let args: Args = finished(args)?;
        args.check()?;
        let files = content::select(world, &args.from)?;
        let total: u64 = files.iter().map(|file| file.bytes).sum();
        if total > MAX_READ {
            let (found, most) = (total.div_ceil(1 << 20), MAX_READ >> 20);
            return Err(Failure::last(format!(
                "the files have {found} MB, and {most} MB are the most; read fewer"
            )));
        }
        let mut found = Found::default();
        for file in &files {
            let bytes = content::read(world, &file.path)?;
            let text = formats::text(&bytes);
            let extracted = text.and_then(|text| args.extract(&file.path, text, &mut found));
            extracted.map_err(|problem| Failure::last(format!("`{}`: {problem}", file.path)))?;
        }
        let count = found.records.len();
        let records = Value::Array(found.records);
        let to = args.to.as_ref().map(|to| to.0.as_str());
        if let Some(to) = to {
            let bytes = Format::of_path(to)
                .and_then(|format| format.write(&records, &Options::default()))
                .map_err(|problem| Failure::last(format!("`{to}`: {problem}")))?;
            content::write(world, to, get(args.over.as_ref())?.copied().unwrap_or(false), &bytes)?;
        }
        let kept = kept(records);
        Ok(outputs(&[
            ("count", json!(count)),
            ("is_cut", json!(kept.len() < count)),
            ("records", kept.into()),
            ("files", json!(files.len())),
            ("unparsed", json!(found.unparsed)),
            ("to", json!(to)),
        ]))
    }
}

/// The first records, as many as go into the state.
fn kept(records: Value) -> Vec<Value> {
    let Value::Array(mut records) = records else { return Vec::new() };
    let mut bytes = 0;
    let fits = records.iter().take(MAX_KEPT).take_while(|record| {
        bytes += record.to_string().len();
        bytes <= MAX_KEPT_BYTES
    });
    let fits = fits.count();
    records.truncate(fits);
    records
}

impl Args {
    /// Which of the keys go together.
    fn check(&self) -> Result<(), ArgsError> {
        let wrong = |key: &str, message: &str| {
            Err(ArgsError { path: vec![key.to_owned()], message: message.to_owned() })
        };
        match self.kind {
            Kind::Regex if self.pattern.is_none() => Err(ArgsError {
                path: Vec::new(),
                message: "missing key `pattern`, which `regex` looks for".into(),
            }),
            kind if kind != Kind::Regex && self.pattern.is_some() => {
                wrong("pattern", "`pattern` is for `kind: regex`; a log takes one as its `format`")
            }
            kind if kind != Kind::Log && self.format.is_some() => {
                wrong("format", "`format` is for `kind: log`")
            }
            _ => Ok(()),
        }
    }

    fn extract(&self, file: &str, text: &str, found: &mut Found) -> Result<(), String> {
        let finished = |failure: Failure| failure.message;
        match self.kind {
            Kind::FrontMatter => markdown::front_matter(file, text, found),
            Kind::Title => markdown::title(file, text, found),
            Kind::Links => markdown::links(file, text, found),
            Kind::Regex => match get(self.pattern.as_ref()).map_err(finished)? {
                Some(pattern) => pattern.find_all(file, text, found),
                None => Ok(()),
            },
            Kind::Log => {
                let format = get(self.format.as_ref()).map_err(finished)?;
                format.unwrap_or(&LogFormat::Json).lines(file, text, found)
            }
        }
    }
}

/// A record of a file, and of a line of it.
fn record(file: &str, line: Option<usize>) -> Map<String, Value> {
    let mut record = Map::new();
    record.insert("file".into(), file.into());
    if let Some(line) = line {
        record.insert("line".into(), line.into());
    }
    record
}
