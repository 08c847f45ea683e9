//! CSV (RFC 4180) with a header, whatever separates its cells.
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula, which can send
//! data away (OWASP, "CSV Injection"): such texts are written with an apostrophe before them, and it is
//! taken off again when they are read.

use ::csv::QuoteStyle;
use serde_json::{Map, Value};

use super::budget::Budget;
use super::{Options, rows, scalar, to_memory};

/// What separates cells, when nobody says; the first wins a tie.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

pub(super) fn read(text: &str, options: &Options<'_>, budget: &Budget) -> Result<Value, String> {
    if text.trim().is_empty() {
        return Err("is empty; a table begins with a line of column names".into());
    }
    let (text, skipped, delimiter) = delimiter(text, options.delimiter);
    if let Some(line) = unclosed_quote(text, delimiter) {
        return Err(format!("the quote that opens on line {} is never closed", line + skipped));
    }
    let mut reader =
        ::csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
    let names = reader.headers().map_err(|error| error.to_string())?.clone();
    let places = names.iter().enumerate().map(|(index, name)| (format!("column {}", index + 1), name.trim()));
    let header = rows::header(places)?;

    let mut records = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        if record.len() != header.len() {
            let line = skipped + record.position().map_or(0, |position| line_of(text, position.byte()));
            let (cells, columns) = (record.len(), header.len());
            return Err(format!("line {line} has {}, and the header has {columns}", counted(cells)));
        }
        budget.take(0)?;
        let mut row = Map::with_capacity(header.len());
        for (name, text) in header.iter().zip(&record) {
            budget.take(name.len() + text.len())?;
            row.insert((*name).to_owned(), read_cell(text, options, budget));
        }
        records.push(Value::Object(row));
    }
    Ok(Value::Array(records))
}

/// The line on which a record begins. The reader's own count stands before the empty lines.
fn line_of(text: &str, byte: u64) -> u64 {
    let start = usize::try_from(byte).unwrap_or_default();
    let empty = text.as_bytes()[start..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    1 + text.as_bytes()[..start + empty].iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>()
}

fn counted(cells: usize) -> String {
    if cells == 1 { "1 cell".to_owned() } else { format!("{cells} cells") }
}

fn read_cell(text: &str, options: &Options<'_>, budget: &Budget) -> Value {
    if options.escape
        && let Some(escaped) = text.strip_prefix('\'')
        && is_formula(escaped)
    {
        return escaped.into();
    }
    if !options.types {
        return text.into();
    }
    match text {
        "" => Value::Null,
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ if text.starts_with(['{', '[']) => super::json::read(text, budget).unwrap_or_else(|_| text.into()),
        _ => scalar::number(text).map_or_else(|| text.into(), Value::Number),
    }
}

/// Whether a spreadsheet would take the text for a formula, or it is one with apostrophes before it.
fn is_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// The text without a line `sep=;` that Excel understands, how many lines that were, and what
/// separates its cells.
fn delimiter(text: &str, wanted: Option<u8>) -> (&str, u64, u8) {
    if let Some(rest) = text.strip_prefix("sep=")
        && let [delimiter, after @ ..] = rest.as_bytes()
        && let Some(line) = [&b"\r\n"[..], b"\n"].into_iter().find(|end| after.starts_with(end))
        && delimiter.is_ascii()
    {
        return (&rest[1 + line.len()..], 1, wanted.unwrap_or(*delimiter));
    }
    let found = wanted.unwrap_or_else(|| {
        let mut counts = [0u32; DELIMITERS.len()];
        let mut quoted = false;
        for byte in text.bytes().take_while(|byte| *byte != b'\n') {
            quoted ^= byte == b'"';
            if let Some(index) = DELIMITERS.iter().position(|known| *known == byte && !quoted) {
                counts[index] += 1;
            }
        }
        let most = counts.iter().max().copied().unwrap_or_default();
        let index = counts.iter().position(|count| *count == most).unwrap_or_default();
        DELIMITERS[index]
    });
    (text, 0, found)
}

/// The line of a quote that swallows the rest of the file.
fn unclosed_quote(text: &str, delimiter: u8) -> Option<u64> {
    let (mut line, mut opened, mut at_start) = (1, None, true);
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        let starts = std::mem::take(&mut at_start);
        match (byte, opened) {
            (b'"', None) if starts => opened = Some(line),
            (b'"', Some(_)) if bytes.peek() == Some(&b'"') => drop(bytes.next()),
            (b'"', Some(_)) => opened = None,
            (_, None) => at_start = byte == delimiter || byte == b'\n' || byte == b'\r',
            _ => {}
        }
        line += u64::from(byte == b'\n');
    }
    opened
}

pub(super) fn write(value: &Value, options: &Options<'_>) -> Result<Vec<u8>, String> {
    let (columns, rows) = rows::table(value)?;
    to_memory(|bytes| {
        // Without columns there is nothing to write, not even a line.
        if columns.is_empty() {
            return Ok(());
        }
        let delimiter = options.delimiter.unwrap_or(b',');
        let writer = |style| {
            let mut writer = ::csv::WriterBuilder::new();
            writer.delimiter(delimiter).quote_style(style);
            writer
        };
        // Whoever reads it finds out by the header what separates cells.
        let misleads = |name: &&str| name.bytes().any(|byte| DELIMITERS.contains(&byte));
        let style = if columns.iter().any(misleads) { QuoteStyle::Always } else { QuoteStyle::Necessary };
        let header: Vec<String> = columns.iter().map(|name| write_text(name, options)).collect();
        let mut first = writer(style).from_writer(&mut *bytes);
        first.write_record(header).and_then(|()| Ok(first.flush()?)).map_err(|error| error.to_string())?;
        drop(first);
        let mut writer = writer(QuoteStyle::Necessary).from_writer(bytes);
        for row in rows {
            let cells = columns.iter().map(|name| match row.get(*name) {
                Some(Value::String(text)) => write_text(text, options),
                other => rows::cell(other).into_owned(),
            });
            writer.write_record(cells.collect::<Vec<_>>()).map_err(|error| error.to_string())?;
        }
        writer.flush().map_err(|error| error.to_string())
    })
}

fn write_text(text: &str, options: &Options<'_>) -> String {
    if options.escape && is_formula(text) { format!("'{text}") } else { text.to_owned() }
}
