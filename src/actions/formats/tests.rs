//! Files as people and programs really write them, and files that are broken or hostile.
#![expect(clippy::format_push_string, reason = "clear is better than fast here")]

use serde_json::{Value, json};

use super::{Format, MAX_FILE, Options};

fn read(path: &str, bytes: impl AsRef<[u8]>) -> Result<Value, String> {
    Format::of_path(path).unwrap().read(bytes.as_ref(), &Options::default())
}

fn write(path: &str, value: &Value) -> Result<Vec<u8>, String> {
    Format::of_path(path).unwrap().write(value, &Options::default())
}

fn wrong(path: &str, bytes: impl AsRef<[u8]>) -> String {
    read(path, bytes).unwrap_err()
}

fn orders() -> Value {
    json!([
        { "id": 1, "customer": "Müller, \"Anna\"", "total": 12.5, "paid": true, "zip": "01069", "note": null },
        { "id": 2, "customer": "日本 太郎", "total": -3, "paid": false, "zip": "10115", "note": "two\nlines" },
        { "id": 3, "customer": "=HYPERLINK(\"http://x\")", "total": 0, "paid": true, "zip": "'=1", "note": "-" },
        { "id": 4, "customer": "x", "total": 1e300, "paid": true, "zip": "007", "note": { "a": [1, "b", null] } },
    ])
}

#[test]
fn values_survive_every_format() {
    for path in ["a.json", "a.jsonl", "a.yaml", "a.csv", "a.tsv", "a.xlsx"] {
        let mut orders = orders();
        if path.ends_with("sv") {
            // CSV has no types: a text that looks like a number comes back as one.
            orders[1]["zip"] = json!(10115);
        }
        let bytes = write(path, &orders).unwrap();
        assert_eq!(read(path, &bytes).unwrap(), orders, "{path}: {}", String::from_utf8_lossy(&bytes));
        assert_eq!(write(path, &orders).unwrap(), bytes, "{path}: the same again");
    }
}

#[test]
fn without_types_cells_are_texts() {
    let untyped = Options { types: false, ..Options::default() };
    let rows = Format::Csv.read(b"id,ok,none\n007,true,\n12,[1],x\n", &untyped).unwrap();
    assert_eq!(
        rows,
        json!([
            { "id": "007", "ok": "true", "none": "" },
            { "id": "12", "ok": "[1]", "none": "x" },
        ])
    );
    let bytes = Format::Xlsx.write(&json!([{ "a": "[1]" }]), &untyped).unwrap();
    assert_eq!(Format::Xlsx.read(&bytes, &untyped).unwrap(), json!([{ "a": "[1]" }]));
}

#[test]
fn only_what_loses_nothing_is_a_number() {
    let cells = [
        "007",
        "+49151",
        "1234567e8",
        "1e5",
        "0x1F",
        "1_000",
        "1,5",
        ".5",
        "5.",
        "-",
        "-0",
        "NaN",
        "inf",
        "123456789012345678901",
        "0.1234567890123456789",
        "2026-01-09",
        "١٢",
        "TRUE",
        "null",
        " 7",
    ];
    for cell in cells {
        let text = format!("a;b\n\"{cell}\";x\n");
        assert_eq!(read("a.csv", text).unwrap()[0]["a"], json!(cell), "{cell}");
    }
    for (cell, number) in [
        ("7", json!(7)),
        ("-12", json!(-12)),
        ("12.50", json!(12.5)),
        ("0", json!(0)),
        ("-0.5", json!(-0.5)),
        ("18446744073709551615", json!(u64::MAX)),
        ("-9223372036854775808", json!(i64::MIN)),
        ("1e+300", json!(1e300)),
    ] {
        assert_eq!(read("a.csv", format!("a,b\n{cell},x")).unwrap()[0]["a"], number, "{cell}");
    }
}

#[test]
fn csv_as_programs_write_it() {
    let expected = json!([{ "name": "Anna", "city": "Köln" }, { "name": "Ben", "city": "a;b" }]);
    for text in [
        "\u{feff}name;city\r\nAnna;Köln\r\nBen;\"a;b\"\r\n",
        "name,city\nAnna,Köln\n\nBen,a;b",
        "name\tcity\nAnna\tKöln\nBen\ta;b\n",
        "sep=|\r\nname|city\r\nAnna|Köln\r\nBen|a;b\r\n",
        "\"name\"; city\nAnna;Köln\n\"Ben\";\"a;b\"\n",
    ] {
        assert_eq!(read("a.csv", text).unwrap(), expected, "{text}");
    }
    assert_eq!(read("a.csv", "name,city\n").unwrap(), json!([]));
    assert_eq!(read("a.csv", "name\nx\ny\n").unwrap(), json!([{ "name": "x" }, { "name": "y" }]));
    assert_eq!(read("a.csv", "\"a,b\",c\n1,2\n").unwrap(), json!([{ "a,b": 1, "c": 2 }]));
}

/// What separates cells is found out by the header, which may hold what other files are separated by.
#[test]
fn names_of_columns_mislead_no_reader() {
    for names in [&["a|b"][..], &["a|b|c", "d"], &["a;b;c", "d;e", "f"], &["\t\t", "x"], &["a,b"]] {
        let row: serde_json::Map<String, Value> =
            names.iter().map(|name| ((*name).trim().to_owned() + ".", json!(1))).collect();
        let table = json!([row]);
        assert_eq!(read("a.csv", write("a.csv", &table).unwrap()).unwrap(), table, "{names:?}");
    }
    assert_eq!(write("a.csv", &json!([{ "a|b": "x", "c": 1 }])).unwrap(), b"\"a|b\",\"c\"\nx,1\n");
}

#[test]
fn csv_that_is_broken_says_where() {
    for (text, message) in [
        (&b""[..], "is empty; a table begins with a line of column names"),
        (b" \n\n", "is empty"),
        (b"a,b\n1,2\n\n1,2,3\n", "line 4 has 3 cells, and the header has 2"),
        (b"sep=,\na,b\n1\n", "line 3 has 1 cell, and the header has 2"),
        (b"a,b\n\"x\ny\",2\n1\n", "line 4 has 1 cell, and the header has 2"),
        (b"a,b,a\n", "column `a` stands twice in the header; rename one of the two"),
        (b"a,,c\n1,2,3\n", "column 2 has no name in the header"),
        (b"a,b\n1,\"2\n3,4\n", "the quote that opens on line 2 is never closed"),
        (b"a,b\nx,caf\xe9\n", "line 2 is not UTF-8; save the file as UTF-8"),
        (b"\xff\xfea\0,\0", "is UTF-16; save it as UTF-8"),
        (b"PK\x03\x04\0\0", "line 1 holds a zero byte; this is not a text file"),
    ] {
        let found = wrong("a.csv", text);
        assert!(found.starts_with(message), "{found}");
    }
}

#[test]
fn no_cell_of_csv_is_a_formula() {
    let payloads = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1", "''+x"];
    let rows: Value = payloads.iter().map(|text| json!({ *text: *text })).collect();
    let bytes = write("a.csv", &rows).unwrap();
    let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(bytes.as_slice());
    for cell in
        reader.records().flat_map(|record| record.unwrap().iter().map(str::to_owned).collect::<Vec<_>>())
    {
        assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?}");
    }
    let values = |value: &Value| -> Vec<Value> {
        let rows = value.as_array().unwrap().iter();
        rows.flat_map(|row| row.as_object().unwrap().values().filter(|cell| !cell.is_null()).cloned())
            .collect()
    };
    assert_eq!(values(&read("a.csv", &bytes).unwrap()), values(&rows));
    // Numbers are numbers.
    assert_eq!(write("a.csv", &json!([{ "a": -1 }])).unwrap(), b"a\n-1\n");
    let kept = Options { escape: false, ..Options::default() };
    assert_eq!(Format::Csv.write(&json!([{ "a": "=1" }]), &kept).unwrap(), b"a\n=1\n");
}

#[test]
fn spreadsheets_hold_texts_not_formulas() {
    let bytes = write("a.xlsx", &json!([{ "a": "=1+1", "b": "http://x.example" }])).unwrap();
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let sheet = std::io::read_to_string(archive.by_name("xl/worksheets/sheet1.xml").unwrap()).unwrap();
    assert!(!sheet.contains("<f>") && !sheet.contains("hyperlink"), "{sheet}");
}

#[test]
fn what_is_no_table_is_refused() {
    for (value, message) in [
        (json!({ "a": 1 }), "a table is made of a list of mappings, and this is a mapping"),
        (json!("x"), "a table is made of a list of mappings, and this is a text"),
        (json!([{ "a": 1 }, 3]), "a table is made of a list of mappings, and item 2 is a number"),
        (json!([{ "": 1 }]), "item 1 has an empty key, which cannot be a column"),
    ] {
        assert_eq!(write("a.csv", &value).unwrap_err(), message);
        assert_eq!(write("a.xlsx", &value).unwrap_err(), message);
    }
    let square: Value = (0..3000).map(|index| json!({ format!("k{index}"): 1 })).collect();
    let message = "3000 rows of 3000 columns are more than 4000000 cells";
    assert_eq!(write("a.csv", &square).unwrap_err(), message);
    let long = json!([{ "a": "x".repeat(32_768) }]);
    assert_eq!(write("a.xlsx", &long).unwrap_err(), "cell A2 would hold more than 32767 characters");
    assert_eq!(write("a.csv", &json!([])).unwrap(), b"");
}

#[test]
fn json_that_is_broken_says_where() {
    for (text, message) in [
        ("", "is empty, which is not JSON"),
        ("{\"a\": 1,}", "is not JSON: trailing comma at line 1 column 9"),
        ("[1, 2", "is not JSON: EOF while parsing a list at line 1 column 5"),
        ("{\"a\": 1}\n{}", "is not JSON: trailing characters at line 2 column 1"),
        ("{\"a\": 1, \"a\": 2}", "key `a` is given twice"),
    ] {
        let found = wrong("a.json", text);
        assert!(found.starts_with(message), "{found}");
    }
    assert!(wrong("a.jsonl", "{}\n\n{\"a\"\n").starts_with("line 3: is not JSON"));
    assert_eq!(read("a.jsonl", "1\n\n{\"a\":2}\n").unwrap(), json!([1, { "a": 2 }]));
    assert_eq!(write("a.jsonl", &json!({})).unwrap_err(), "JSON lines are made of a list, and this is none");
}

#[test]
fn yaml_is_read_by_the_core_schema() {
    let text = "on: yes\nzip: 00123\nshort: 017\nid: 1_000\nhex: 0x1F\nnull_: ~\nn: nUll\nbig: 123456789012345678901\n1: one\nbase: &b {x: 1.50}\nuse: *b\nlist:\n  - !!str 7\n  - '7'\n  - 7\n  - .inf\n";
    assert_eq!(
        read("a.yaml", text).unwrap(),
        json!({
            "on": "yes", "zip": 123, "short": 17, "id": "1_000", "hex": 31, "null_": null, "n": "nUll",
            "big": "123456789012345678901", "1": "one", "base": { "x": 1.5 }, "use": { "x": 1.5 },
            "list": ["7", "7", 7, ".inf"],
        })
    );
    for (text, message) in [
        ("a: 1\nb: 2\na: 3\n", "line 3: key `a` is given twice"),
        ("a: [1, 2\nb: 3\n", "line 2: "),
        ("a: 1\n---\nb: 2\n", "line 2: a second document begins here; put it into its own file"),
        ("a: &a [*a]\n", "line 1: alias stands inside what it refers to"),
        ("b: &b {x: 1}\na:\n  <<: *b\n", "line 3: merge key `<<` is not supported; write out the keys"),
        ("? [1]\n: 2\n", "line 1: a key is a list or a mapping, not text"),
    ] {
        let found = wrong("a.yml", text);
        assert!(found.starts_with(message), "{text}: {found}");
    }
    assert_eq!(read("a.yml", "").unwrap(), Value::Null);
}

#[test]
fn small_files_cannot_stand_for_much() {
    let mut laughs = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
    for level in 1..10 {
        let inner = vec![format!("*a{}", level - 1); 9].join(",");
        laughs += &format!("a{level}: &a{level} [{inner}]\n");
    }
    assert!(wrong("a.yaml", laughs).ends_with("holds more than 1000000 values; split it"));
    let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(100_000), vec!["*a"; 10_000].join(","));
    assert!(wrong("a.yaml", long).ends_with("holds more than 64 MB of text; split it"));
    let mut deep = String::from("a0: &a0 [x]\n");
    for level in 1..200 {
        deep += &format!("a{level}: &a{level} [*a{}]\n", level - 1);
    }
    assert!(wrong("a.yaml", deep).contains("nest more than 100 deep"));
    for nested in ["[".repeat(100_000), "{\"a\":".repeat(100_000), "- ".repeat(100_000)] {
        wrong("a.json", &nested);
        wrong("a.yaml", &nested);
    }
    assert!(
        wrong("a.json", format!("[{}0]", "0,".repeat(1_000_000))).contains("holds more than 1000000 values")
    );
    let wide = format!("a,b\n{}", "1,2\n".repeat(400_000));
    assert!(wrong("a.csv", wide).contains("holds more than 1000000 values"));
    // Without a limit of its own, this cell would be parsed into five million lists.
    let cell = format!("a,b\nx,\"[{}[]]\"\n", "[],".repeat(1_500_000));
    assert!(u64::try_from(cell.len()).unwrap() < MAX_FILE);
    assert!(read("a.csv", cell + "1,2\n").is_err());
}

/// A spreadsheet of these parts, zipped.
fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in parts {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut writer, content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A real spreadsheet with another sheet in it.
fn with_sheet(sheet: &str) -> Vec<u8> {
    let bytes = write("a.xlsx", &json!([{ "a": 1 }])).unwrap();
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut parts = Vec::new();
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).unwrap();
        let mut content = Vec::new();
        std::io::Read::read_to_end(&mut part, &mut content).unwrap();
        let name = part.name().unwrap().into_owned();
        if name == "xl/worksheets/sheet1.xml" {
            content = format!(
                "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>{sheet}</sheetData></worksheet>"
            )
            .into_bytes();
        }
        parts.push((name, content));
    }
    let parts: Vec<(&str, &[u8])> =
        parts.iter().map(|(name, content)| (name.as_str(), content.as_slice())).collect();
    zipped(&parts)
}

#[test]
fn spreadsheets_that_are_broken_or_hostile() {
    assert!(wrong("a.xlsx", b"id,name\n1,x\n").starts_with("is not a spreadsheet (`.xlsx`): "));
    assert!(wrong("a.xlsx", zipped(&[("x", b"y")])).starts_with("is not a spreadsheet that can be read: "));
    let bomb = vec![b' '; 200 << 20];
    assert_eq!(wrong("a.xlsx", zipped(&[("xl/x.xml", &bomb)])), "unpacks to more than 128 MB; split it");

    // Two far corners span 17,000,000,000 cells.
    let corners = r#"<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c><c r="XFD1" t="inlineStr"><is><t>b</t></is></c></row>
        <row r="1048576"><c r="XFD1048576"><v>7</v></c></row>"#;
    assert_eq!(read("a.xlsx", with_sheet(corners)).unwrap(), json!([{ "a": null, "b": 7 }]));

    let stray = r#"<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row><row r="2"><c r="AB2"><v>7</v></c></row>"#;
    assert_eq!(
        wrong("a.xlsx", with_sheet(stray)),
        "cell AB2 stands in a column that the header does not name"
    );
    let twice = r#"<row r="3"><c r="B3" t="str"><v>a</v></c><c r="C3" t="str"><v>a</v></c></row>"#;
    assert_eq!(
        wrong("a.xlsx", with_sheet(twice)),
        "column `a` stands twice in the header; rename one of the two"
    );
    assert_eq!(
        wrong("a.xlsx", with_sheet("")),
        "sheet `Sheet1` is empty; a table begins with a row of column names"
    );

    let other = Options { sheet: Some("Sales"), ..Options::default() };
    let bytes = write("a.xlsx", &orders()).unwrap();
    assert_eq!(Format::Xlsx.read(&bytes, &other).unwrap_err(), "has no sheet `Sales`; there is `Sheet1`");
    let bytes = Format::Xlsx.write(&orders(), &other).unwrap();
    assert_eq!(Format::Xlsx.read(&bytes, &other).unwrap(), orders());
    let name = Options { sheet: Some("a/b"), ..Options::default() };
    assert!(
        Format::Xlsx.write(&orders(), &name).unwrap_err().starts_with("`a/b` cannot be the name of a sheet")
    );
}

#[test]
fn spreadsheets_with_a_broken_byte_are_errors_not_panics() {
    let bytes = write("a.xlsx", &orders()).unwrap();
    for at in (0..bytes.len()).step_by(7) {
        let mut broken = bytes.clone();
        broken[at] ^= 0x55;
        let _ = read("a.xlsx", &broken);
    }
    let sheet = r#"<row r="1"><c r="A1" t="str"><v>a</v></c></row><row r="2"><c r="A2" s="1"><v>45000.5</v></c></row>"#;
    for at in 0..sheet.len() {
        for with in ["9", "", "A", "-", "<", "99999999999"] {
            let broken = format!("{}{with}{}", &sheet[..at], &sheet[at + 1..]);
            let _ = read("a.xlsx", with_sheet(&broken));
        }
    }
}

#[test]
fn dates_of_spreadsheets_are_iso() {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    let format = rust_xlsxwriter::Format::new().set_num_format("yyyy-mm-dd hh:mm");
    sheet.write_string(0, 0, "when").unwrap();
    let day = rust_xlsxwriter::ExcelDateTime::from_ymd(2026, 1, 9).unwrap();
    sheet.write_datetime_with_format(1, 0, &day, &format).unwrap();
    sheet.write_datetime_with_format(2, 0, day.and_hms(18, 30, 0).unwrap(), &format).unwrap();
    let bytes = workbook.save_to_buffer().unwrap();
    assert_eq!(
        read("a.xlsx", bytes).unwrap(),
        json!([{ "when": "2026-01-09" }, { "when": "2026-01-09T18:30:00" }])
    );
}

#[test]
fn endings_tell_the_format() {
    assert_eq!(Format::of_path("x/Report.JSON"), Ok(Format::Json));
    assert_eq!(Format::of_path("a.b.ndjson"), Ok(Format::JsonLines));
    assert!(Format::of_path("a.xls").unwrap_err().contains("save it as `.xlsx`"));
    for path in ["a", "a.txt", "folder.csv/a", ".", ""] {
        assert!(Format::of_path(path).unwrap_err().contains("ending of no known format"), "{path}");
    }
}
