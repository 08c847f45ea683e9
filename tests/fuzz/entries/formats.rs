//! Data files that workflows convert and look into: JSON, JSON lines, CSV, YAML, XLSX, Markdown, logs.

use serde_json::{Value, json};

use super::first_line;
use super::folder::Folder;

/// On the first line what the rest is: the ending of a file, or what is extracted from it.
pub fn formats(data: &[u8]) {
    let (what, bytes) = first_line(data);
    let Ok(what) = std::str::from_utf8(what) else { return };
    let (what, options) = what.split_once(' ').unwrap_or((what, ""));
    let args = match what {
        "json" | "jsonl" | "csv" | "tsv" | "yaml" | "xlsx" => return convert(what, options, bytes),
        "title" | "links" => json!({ "from": "in.md", "kind": what }),
        "head" => json!({ "from": "in.md", "kind": "front_matter" }),
        "regex" => json!({ "from": "in.md", "kind": "regex", "pattern": options }),
        "log" => json!({ "from": "in.md", "kind": "log", "format": options }),
        _ => return,
    };
    extract(&args, bytes);
}

/// Read, written in every format, and read again: what a format can hold comes back as it was.
fn convert(from: &str, options: &str, bytes: &[u8]) {
    let name = format!("in.{from}");
    let folder = Folder::of([(name.as_str(), bytes)]);
    let mut args = json!({ "from": name, "to": "first.json" });
    for (letter, key, value) in
        [("t", "types", json!(false)), ("f", "formulas", json!(true)), (";", "delimiter", json!(";"))]
    {
        if options.contains(letter) {
            args[key] = value;
        }
    }
    let Ok(_) = folder.perform("data.convert", &args) else { return };
    let first: Value = read(&folder, "first.json");
    for (through, is_whole) in [
        ("again.json", true),
        ("again.yaml", true),
        ("again.jsonl", first.is_array()),
        ("again.csv", false),
        ("again.xlsx", false),
    ] {
        let written = folder.perform("data.convert", &json!({ "from": "first.json", "to": through }));
        assert!(written.is_ok() || !is_whole, "{through}: {written:?}");
        // A table without rows has no names of columns either, and is no table when it is read.
        let is_empty = first.as_array().is_some_and(Vec::is_empty) && !is_whole;
        if written.is_ok() && !is_empty {
            let back =
                folder.perform("data.convert", &json!({ "from": through, "to": "back.json", "over": true }));
            assert!(back.is_ok(), "{through}: {back:?}: {first}");
            if is_whole {
                assert_eq!(read(&folder, "back.json"), first, "{through}");
            } else {
                // Of a table, at least the rows that have something in them.
                assert_eq!(filled(&read(&folder, "back.json")), filled(&first), "{through}");
            }
        }
    }
}

/// How many records hold anything.
fn filled(table: &Value) -> usize {
    let is_empty = |cell: &Value| cell.is_null() || cell.as_str() == Some("");
    let records = table.as_array().map_or(&[][..], Vec::as_slice);
    records.iter().filter_map(Value::as_object).filter(|record| !record.values().all(is_empty)).count()
}

fn read(folder: &Folder, path: &str) -> Value {
    let bytes = folder.get(path).expect("it was written");
    serde_json::from_slice(&bytes).expect("what was written is JSON")
}

fn extract(args: &Value, bytes: &[u8]) {
    let folder = Folder::of([("in.md", bytes)]);
    let Ok(outputs) = folder.perform("data.extract", args) else { return };
    let lines = bytes.split(|byte| *byte == b'\n').count();
    let records = outputs["records"].as_array().expect("records are a list");
    for record in records {
        if let Some(line) = record.get("line").and_then(Value::as_u64).filter(|_| args["kind"] != "log") {
            assert!((1..=lines as u64).contains(&line), "{record} of {lines} lines");
        }
    }
    assert!(outputs["count"].as_u64() >= Some(records.len() as u64));
}
