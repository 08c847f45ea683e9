//! JSON, JSON lines, CSV, YAML and XLSX as bytes, to and from one kind of value.
//!
//! What is read was written by others: everything is bounded by a [`Budget`], a problem is told with
//! its line or cell, and nothing is guessed where a guess would change data.

mod budget;
mod csv;
mod json;
mod rows;
mod scalar;
mod xlsx;
mod yaml;

#[cfg(test)]
mod tests;

use std::io::Write;

use serde_json::Value;

use budget::Budget;

/// The most bytes of a file that is read whole.
pub(crate) const MAX_FILE: u64 = 16 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    /// One JSON value a line.
    JsonLines,
    Csv,
    /// CSV with tabs.
    Tsv,
    Yaml,
    Xlsx,
}

/// How tables are read and written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Options<'o> {
    /// The sheet of a spreadsheet; none: the first one, and `Sheet1` when written.
    pub(crate) sheet: Option<&'o str>,
    /// What separates the cells of CSV; none: found out when read, a comma when written.
    pub(crate) delimiter: Option<u8>,
    /// Whether cells of CSV that look like numbers, booleans, lists and mappings are read as such.
    pub(crate) types: bool,
    /// Whether texts that a spreadsheet would take for a formula get an apostrophe before them in
    /// CSV, and lose it when they are read.
    pub(crate) escape: bool,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self { sheet: None, delimiter: None, types: true, escape: true }
    }
}

impl Format {
    /// By the ending of a path.
    pub(crate) fn of_path(path: &str) -> Result<Self, String> {
        let name = path.rsplit('/').next().unwrap_or_default();
        let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
        match ending.as_deref() {
            Some("json") => Ok(Self::Json),
            Some("jsonl" | "ndjson") => Ok(Self::JsonLines),
            Some("csv") => Ok(Self::Csv),
            Some("tsv" | "tab") => Ok(Self::Tsv),
            Some("yaml" | "yml") => Ok(Self::Yaml),
            Some("xlsx" | "xlsm") => Ok(Self::Xlsx),
            Some("xls") => Err(format!("`{path}` is in the old format of Excel; save it as `.xlsx`")),
            _ => Err(format!(
                "`{path}` has an ending of no known format (`.json`, `.jsonl`, `.csv`, `.tsv`, `.yaml`, `.xlsx`)"
            )),
        }
    }

    /// Reads a file's bytes: of a table, the list of its rows as mappings.
    ///
    /// # Errors
    /// What is wrong and where, to follow on the file's name and a colon.
    pub(crate) fn read(self, bytes: &[u8], options: &Options<'_>) -> Result<Value, String> {
        let budget = Budget::default();
        match self {
            Self::Xlsx => xlsx::read(bytes, options, &budget),
            Self::Json => json::read(text(bytes)?, &budget),
            Self::JsonLines => json::read_lines(text(bytes)?, &budget),
            Self::Csv => csv::read(text(bytes)?, options, &budget),
            Self::Tsv => csv::read(text(bytes)?, &with_tabs(options), &budget),
            Self::Yaml => yaml::read(text(bytes)?, &budget),
        }
    }

    /// The bytes of a value. The same value gives the same bytes.
    ///
    /// # Errors
    /// Why the value does not fit the format.
    pub(crate) fn write(self, value: &Value, options: &Options<'_>) -> Result<Vec<u8>, String> {
        match self {
            Self::Json => json::write(value),
            Self::JsonLines => json::write_lines(value),
            Self::Csv => csv::write(value, options),
            Self::Tsv => csv::write(value, &with_tabs(options)),
            Self::Yaml => yaml::write(value),
            Self::Xlsx => xlsx::write(value, options),
        }
    }
}

fn with_tabs<'o>(options: &Options<'o>) -> Options<'o> {
    Options { delimiter: options.delimiter.or(Some(b'\t')), ..*options }
}

/// Bytes as text, without a byte order mark.
pub(crate) fn text(bytes: &[u8]) -> Result<&str, String> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err("is UTF-16; save it as UTF-8".into());
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let line = |at: usize| bytes[..at].split(|byte| *byte == b'\n').count();
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        return Err(format!("line {} holds a zero byte; this is not a text file", line(at)));
    }
    std::str::from_utf8(bytes)
        .map_err(|error| format!("line {} is not UTF-8; save the file as UTF-8", line(error.valid_up_to())))
}

/// Bytes into memory cannot fail.
fn to_memory(fill: impl FnOnce(&mut Vec<u8>) -> Result<(), String>) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    fill(&mut bytes)?;
    bytes.flush().map_err(|error| error.to_string())?;
    Ok(bytes)
}

/// A cell or word of text as a number, where nothing is lost with that.
pub(crate) fn cell_value(text: &str) -> Value {
    scalar::number(text).map_or_else(|| text.into(), Value::Number)
}
