//! Spreadsheets of Excel. Cells are read one by one, never as the rectangle that two far corners
//! span, and only after everything in the file was unpacked once to see how large it is.

use std::io::{Cursor, Read};
use std::panic::AssertUnwindSafe;

use calamine::{DataRef, Reader, Xlsx, XlsxError};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError as WriteError};
use serde_json::{Map, Number, Value};
use zip::ZipArchive;

use super::budget::Budget;
use super::{Options, rows, scalar};

/// The most bytes that a spreadsheet may unpack to.
const MAX_UNPACKED: u64 = 128 << 20;
/// The largest whole number up to which a cell keeps all of them.
const MAX_WHOLE: u64 = 1 << 53;

pub(super) fn read(bytes: &[u8], options: &Options<'_>, budget: &Budget) -> Result<Value, String> {
    measure(bytes)?;
    // The library's arithmetic on the places of cells overflows when they are nonsense, which is a
    // panic where that is checked.
    std::panic::catch_unwind(AssertUnwindSafe(|| read_measured(bytes, options, budget)))
        .unwrap_or_else(|_| Err("is not a spreadsheet that can be read".into()))
}

fn read_measured(bytes: &[u8], options: &Options<'_>, budget: &Budget) -> Result<Value, String> {
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| no_spreadsheet(&error))?;
    let sheets = workbook.sheet_names();
    let Some(sheet) = options.sheet.or_else(|| sheets.first().map(String::as_str)).map(str::to_owned) else {
        return Err("has no sheets".into());
    };
    if !sheets.contains(&sheet) {
        let names: Vec<String> = sheets.iter().map(|name| format!("`{name}`")).collect();
        return Err(format!("has no sheet `{sheet}`; there is {}", names.join(", ")));
    }
    let mut cells = workbook.worksheet_cells_reader(&sheet).map_err(|error| no_spreadsheet(&error))?;
    let mut table = Table { columns: Vec::new(), header_row: None, row: None, records: Vec::new() };
    while let Some(cell) = cells.next_cell().map_err(|error| no_spreadsheet(&error))? {
        let Some(value) = read_cell(cell.get_value(), options, budget) else { continue };
        budget.take(value.as_str().map_or(0, str::len))?;
        table.add(cell.get_position(), value, budget)?;
    }
    table.finish(&sheet)
}

/// Unpacks everything once, to nowhere: what the file itself says of its sizes may be a lie.
fn measure(bytes: &[u8]) -> Result<(), String> {
    let no_archive = |error: &dyn std::fmt::Display| format!("is not a spreadsheet (`.xlsx`): {error}");
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| no_archive(&error))?;
    let mut left = MAX_UNPACKED;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|error| no_archive(&error))?;
        let size = std::io::copy(&mut part.take(left + 1), &mut std::io::sink())
            .map_err(|error| no_archive(&error))?;
        left = left
            .checked_sub(size)
            .ok_or_else(|| format!("unpacks to more than {} MB; split it", MAX_UNPACKED >> 20))?;
    }
    Ok(())
}

fn no_spreadsheet(error: &XlsxError) -> String {
    match error {
        XlsxError::Password => "is protected with a password; remove it in Excel".into(),
        other => format!("is not a spreadsheet that can be read: {other}"),
    }
}

/// The rows of a sheet as they come.
struct Table {
    /// Where each column stands, and its name; by place.
    columns: Vec<(u32, String)>,
    header_row: Option<u32>,
    row: Option<u32>,
    records: Vec<Value>,
}

impl Table {
    fn add(&mut self, (row, column): (u32, u32), value: Value, budget: &Budget) -> Result<(), String> {
        if *self.header_row.get_or_insert(row) == row {
            let name = rows::cell(Some(&value)).trim().to_owned();
            self.columns.push((column, name));
            return Ok(());
        }
        if self.row != Some(row) {
            if self.row.is_none() {
                self.check_header()?;
            }
            self.row = Some(row);
            budget.take(0)?;
            self.records.push(Value::Object(Map::new()));
        }
        let Ok(index) = self.columns.binary_search_by_key(&column, |(column, _)| *column) else {
            let place = place(row, column);
            return Err(format!("cell {place} stands in a column that the header does not name"));
        };
        let name = &self.columns[index].1;
        budget.take(name.len())?;
        if let Some(Value::Object(record)) = self.records.last_mut() {
            record.insert(name.clone(), value);
        }
        Ok(())
    }

    fn check_header(&mut self) -> Result<(), String> {
        self.columns.sort_by_key(|(column, _)| *column);
        let row = self.header_row.unwrap_or_default();
        let names = self
            .columns
            .iter()
            .map(|(column, name)| (format!("cell {}", place(row, *column)), name.as_str()));
        rows::header(names).map(drop)
    }

    fn finish(mut self, sheet: &str) -> Result<Value, String> {
        if self.columns.is_empty() {
            return Err(format!("sheet `{sheet}` is empty; a table begins with a row of column names"));
        }
        if self.row.is_none() {
            self.check_header()?;
        }
        // Every row has every column, in their order.
        let whole = self.records.len().saturating_mul(self.columns.len());
        if whole > 4 * super::budget::MAX_VALUES {
            return Err("spans too many empty cells; remove the columns that are not used".into());
        }
        for record in &mut self.records {
            let Value::Object(cells) = record else { continue };
            let full = self
                .columns
                .iter()
                .map(|(_, name)| (name.clone(), cells.get_mut(name).map(Value::take).unwrap_or_default()));
            *cells = full.collect();
        }
        Ok(Value::Array(self.records))
    }
}

/// `B3` of row 2, column 1.
fn place(row: u32, column: u32) -> String {
    let mut letters = Vec::new();
    let mut left = column + 1;
    while left > 0 {
        letters.push(char::from(b'A' + u8::try_from((left - 1) % 26).unwrap_or_default()));
        left = (left - 1) / 26;
    }
    format!("{}{}", letters.into_iter().rev().collect::<String>(), row + 1)
}

fn read_cell(cell: &DataRef<'_>, options: &Options<'_>, budget: &Budget) -> Option<Value> {
    let text = |text| read_text(text, options, budget);
    Some(match cell {
        DataRef::Empty => return None,
        DataRef::Int(number) => (*number).into(),
        DataRef::Float(number) => read_number(*number),
        DataRef::Bool(value) => (*value).into(),
        DataRef::String(found) | DataRef::DateTimeIso(found) | DataRef::DurationIso(found) => text(found),
        DataRef::SharedString(found) => text(found),
        DataRef::DateTime(time) if time.is_datetime() => read_time(time).into(),
        DataRef::DateTime(length) => read_number(length.as_f64()),
        DataRef::Error(error) => error.to_string().into(),
    })
}

/// Lists and mappings come back as what they were.
fn read_text(text: &str, options: &Options<'_>, budget: &Budget) -> Value {
    match text {
        _ if options.types && text.starts_with(['{', '[']) => {
            super::json::read(text, budget).unwrap_or_else(|_| text.into())
        }
        _ => text.into(),
    }
}

/// Cells know floating-point numbers only; whole ones are whole numbers to people.
fn read_number(number: f64) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "a power of two")]
    let is_whole = number.fract() == 0.0 && number.abs() <= MAX_WHOLE as f64;
    if is_whole && let Some(whole) = scalar::number(&format!("{number:.0}")) {
        return Value::Number(whole);
    }
    Number::from_f64(number).map_or(Value::Null, Value::Number)
}

fn read_time(time: &calamine::ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, millis) = time.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    match (hour, minute, second, millis) {
        (0, 0, 0, 0) => date,
        (.., 0) => format!("{date}T{hour:02}:{minute:02}:{second:02}"),
        _ => format!("{date}T{hour:02}:{minute:02}:{second:02}.{millis:03}"),
    }
}

pub(super) fn write(value: &Value, options: &Options<'_>) -> Result<Vec<u8>, String> {
    let (columns, rows) = rows::table(value)?;
    let mut workbook = Workbook::new();
    // The time of creation would make other bytes of the same data.
    let created = ExcelDateTime::from_ymd(2000, 1, 1).map_err(|error| error.to_string())?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&created));
    let sheet = workbook.add_worksheet();
    if let Some(name) = options.sheet {
        sheet.set_name(name).map_err(|error| format!("`{name}` cannot be the name of a sheet: {error}"))?;
    }
    let mut put = |row: usize, column: usize, value: &Value| {
        let too_large = || "a sheet holds 1048576 rows and 16384 columns at most".to_owned();
        let row = u32::try_from(row).map_err(|_| too_large())?;
        let column = u16::try_from(column).map_err(|_| too_large())?;
        let written = match value {
            Value::Null => return Ok(()),
            Value::Bool(value) => sheet.write_boolean(row, column, *value),
            Value::Number(number) => match exact(number) {
                Some(number) => sheet.write_number(row, column, number),
                None => sheet.write_string(row, column, number.to_string()),
            },
            // Always a text: never a formula, a link or a number.
            other => sheet.write_string(row, column, rows::cell(Some(other))),
        };
        written.map(drop).map_err(|error| match error {
            WriteError::MaxStringLengthExceeded => {
                format!("cell {} would hold more than 32767 characters", place(row, u32::from(column)))
            }
            WriteError::RowColumnLimitError => too_large(),
            other => other.to_string(),
        })
    };
    for (index, name) in columns.iter().enumerate() {
        put(0, index, &Value::from(*name))?;
    }
    for (line, row) in rows.iter().enumerate() {
        for (index, name) in columns.iter().enumerate() {
            put(line + 1, index, row.get(*name).unwrap_or(&Value::Null))?;
        }
    }
    workbook.save_to_buffer().map_err(|error| error.to_string())
}

/// The number of a cell, unless digits would be lost.
fn exact(number: &Number) -> Option<f64> {
    let is_whole = number.is_i64() || number.is_u64();
    let fits = number.as_i64().is_some_and(|whole| whole.unsigned_abs() <= MAX_WHOLE);
    number.as_f64().filter(|_| !is_whole || fits)
}
