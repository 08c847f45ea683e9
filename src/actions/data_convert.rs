//! `data.convert`: the same data in another format, by the endings of two paths.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::fields::{Templated, finished, get, read};
use super::formats::{Format, Options};
use super::words::{DataPath, Delimiter, Text};
use super::{Action, ActionKind, ArgsError, Failure, Manifest, Needs, World, content};

#[derive(Debug)]
pub(super) struct DataConvert;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Args {
    /// What is read: a `.json`, `.jsonl`, `.csv`, `.tsv`, `.yaml` or `.xlsx` file of 16 MB at most.
    from: DataPath,

    /// What is written: the ending says the format. A table (CSV, XLSX) is made of a list of mappings;
    /// lists and mappings in cells are JSON. Empty rows of a sheet are no records.
    to: DataPath,

    /// The sheet of a spreadsheet; none: the first one.
    sheet: Option<Text>,

    /// What separates the cells of CSV: one character. None: found out when read, a comma when written.
    delimiter: Option<Templated<Delimiter>>,

    /// Whether cells of CSV that are numbers, booleans or JSON are read as such. A number is one only
    /// if nothing is lost with it: `007` and `+49151` stay texts.
    #[schemars(extend("default" = true))]
    types: Option<Templated<bool>>,

    /// Whether CSV keeps texts that a spreadsheet would take for formulas (they begin with `=`, `+`, `-`
    /// or `@`) as they are. Else they get an apostrophe before them, and lose it when they are read.
    #[schemars(extend("default" = false))]
    formulas: Option<Templated<bool>>,

    /// Whether a file that is already there is replaced.
    #[schemars(extend("default" = false))]
    over: Option<Templated<bool>>,
}

impl Action for DataConvert {
    fn name(&self) -> &'static str {
        "data.convert"
    }

    fn about(&self) -> &'static str {
        "Converts data between JSON, JSON lines, CSV, YAML and Excel's XLSX."
    }

    fn example(&self) -> &'static str {
        "data.convert: { from: exports/orders.csv, to: reports/orders.xlsx, over: true }"
    }

    fn kind(&self) -> ActionKind {
        ActionKind::World
    }

    fn schema(&self, generator: &mut SchemaGenerator) -> Schema {
        Args::json_schema(generator)
    }

    fn outputs(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("to", "the file that was written"),
            ("records", "how many items its list has; 1 if it is no list"),
            ("bytes", "how large it is"),
        ]
    }

    fn check(&self, args: &Value) -> Result<(), ArgsError> {
        read::<Args>(args).map(drop)
    }

    fn needs(&self, args: &Value) -> Needs {
        let path = |key: &str| args.get(key).and_then(Value::as_str).map(str::to_owned);
        Needs {
            read: path("from").into_iter().collect(),
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
        let args: Args = finished(args)?;
        let (from, to) = (args.from.0.as_str(), args.to.0.as_str());
        if from == to {
            return Err(Failure::last(format!("`{from}` cannot be converted to itself")));
        }
        let (reader, writer) =
            (Format::of_path(from).map_err(Failure::last)?, Format::of_path(to).map_err(Failure::last)?);
        let options = Options {
            sheet: args.sheet.as_ref().map(|sheet| sheet.0.as_str()),
            delimiter: get(args.delimiter.as_ref())?.map(|delimiter| delimiter.0),
            types: get(args.types.as_ref())?.copied().unwrap_or(true),
            escape: !get(args.formulas.as_ref())?.copied().unwrap_or(false),
        };
        let bytes = content::read(world, from)?;
        // Each of the two knows which of the options are its own, unless both have the same.
        let is_table = |format| matches!(format, Format::Csv | Format::Tsv);
        let for_reading = Options {
            sheet: options.sheet.filter(|_| reader == Format::Xlsx),
            delimiter: options.delimiter.filter(|_| is_table(reader)),
            ..options
        };
        let value = reader
            .read(&bytes, &for_reading)
            .map_err(|problem| Failure::last(format!("`{from}`: {problem}")))?;
        drop(bytes);
        let for_writing = Options {
            sheet: options.sheet.filter(|_| reader != Format::Xlsx),
            delimiter: options.delimiter.filter(|_| !is_table(reader)),
            ..options
        };
        let written = writer
            .write(&value, &for_writing)
            .map_err(|problem| Failure::last(format!("`{from}` does not fit into `{to}`: {problem}")))?;
        content::write(world, to, get(args.over.as_ref())?.copied().unwrap_or(false), &written)?;
        let records = value.as_array().map_or(1, Vec::len);
        Ok(outputs(&[("to", json!(to)), ("records", json!(records)), ("bytes", json!(written.len()))]))
    }
}

pub(super) fn outputs(values: &[(&str, Value)]) -> Map<String, Value> {
    values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}
