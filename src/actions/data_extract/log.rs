//! Lines of logs as records: the formats that programs write, and any other by a pattern.

use std::borrow::Cow;
use std::sync::LazyLock;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error};
use serde_json::{Map, Value};

use super::pattern::Pattern;
use super::{Found, record};
use crate::actions::formats::cell_value;

#[derive(Debug, Clone)]
pub(super) enum LogFormat {
    /// <https://httpd.apache.org/docs/current/logs.html#common>, and `combined` after it.
    Common,
    /// A JSON object a line.
    Json,
    /// <https://brandur.org/logfmt>.
    Logfmt,
    Custom(Pattern),
}

static COMMON: LazyLock<Pattern> = LazyLock::new(|| {
    Pattern::new(concat!(
        r#"^(?<host>\S+) (?<ident>\S+) (?<user>\S+) \[(?<time>[^\]]+)\] "(?:(?<method>[A-Z]+) (?<path>\S+)"#,
        r#"(?: (?<protocol>HTTP/[0-9.]+))?|[^"]*)" (?<status>[0-9]{3}) (?<bytes>[0-9]+|-)"#,
        r#"(?: "(?<referrer>(?:[^"\\]|\\.)*)" "(?<agent>(?:[^"\\]|\\.)*)")?"#,
    ))
    .expect("a test reads lines with it")
});

impl LogFormat {
    /// Each line as a record; a line that is none is counted, and empty ones are passed over.
    pub(super) fn lines(&self, file: &str, text: &str, found: &mut Found) -> Result<(), String> {
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let mut record = record(file, Some(index + 1));
            match self.line(line, &mut record) {
                Some(()) => found.add(record)?,
                None => found.unparsed += 1,
            }
        }
        Ok(())
    }

    fn line(&self, line: &str, record: &mut Map<String, Value>) -> Option<()> {
        match self {
            Self::Common => common(line, record),
            Self::Json => {
                let Ok(Value::Object(fields)) = serde_json::from_str(line) else { return None };
                record.extend(fields);
                Some(())
            }
            Self::Logfmt => logfmt(line, record),
            Self::Custom(pattern) => pattern.line(line, record),
        }
    }
}

/// `-` says nothing; the time becomes one that sorts.
fn common(line: &str, record: &mut Map<String, Value>) -> Option<()> {
    COMMON.line(line, record)?;
    for value in record.values_mut() {
        if *value == "-" {
            *value = Value::Null;
        }
    }
    let time = record.get("time").and_then(Value::as_str).unwrap_or_default();
    if let Ok(time) = jiff::Zoned::strptime("%d/%b/%Y:%H:%M:%S %z", time)
        .map(|time| time.timestamp())
        .or_else(|_| jiff::Timestamp::strptime("%d/%b/%Y:%H:%M:%S %z", time))
    {
        record.insert("time".into(), time.to_string().into());
    }
    Some(())
}

/// `level=info msg="it \"works\"" took=3 retried`.
fn logfmt(line: &str, record: &mut Map<String, Value>) -> Option<()> {
    let mut rest = line.trim();
    let mut has_pair = false;
    while !rest.is_empty() {
        let end = rest.find([' ', '=', '"']).unwrap_or(rest.len());
        let (key, after) = rest.split_at(end);
        if key.is_empty() || after.starts_with('"') {
            return None;
        }
        let (value, after) = match after.strip_prefix('=') {
            None => (Value::Bool(true), after),
            Some(after) => {
                has_pair = true;
                match after.strip_prefix('"') {
                    Some(quoted) => quoted_value(quoted)?,
                    None => {
                        let (value, after) = after.split_at(after.find(' ').unwrap_or(after.len()));
                        (cell_value(value), after)
                    }
                }
            }
        };
        record.insert(key.to_owned(), value);
        rest = after.trim_start();
    }
    has_pair.then_some(())
}

/// A value up to its closing quote, and what follows.
fn quoted_value(text: &str) -> Option<(Value, &str)> {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((value.into(), &text[at + 1..])),
            '\\' => match letters.next()?.1 {
                'n' => value.push('\n'),
                't' => value.push('\t'),
                other => value.push(other),
            },
            other => value.push(other),
        }
    }
    None
}

impl<'de> Deserialize<'de> for LogFormat {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.as_str() {
            "common" => Ok(Self::Common),
            "json" => Ok(Self::Json),
            "logfmt" => Ok(Self::Logfmt),
            _ => {
                let pattern = Pattern::new(&text).map_err(D::Error::custom)?;
                if pattern.has_names() {
                    return Ok(Self::Custom(pattern));
                }
                Err(D::Error::custom(format!(
                    "`{text}` is not a format of logs (`common`, `json`, `logfmt`, or a pattern with named groups such as `(?<level>[A-Z]+)`)"
                )))
            }
        }
    }
}

impl JsonSchema for LogFormat {
    fn schema_name() -> Cow<'static, str> {
        "LogFormat".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^(common|json|logfmt)$|\\(\\?P?<" })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn records(format: &LogFormat, text: &str) -> (Value, u64) {
        let mut found = Found::default();
        format.lines("a.log", text, &mut found).unwrap();
        (found.records.into(), found.unparsed)
    }

    #[test]
    fn access_logs_of_apache_and_nginx() {
        let text = concat!(
            "127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] \"GET /apache_pb.gif HTTP/1.0\" 200 2326\n",
            "2001:db8::1 - - [09/Jan/2026:18:00:00 +0900] \"POST /a?b=1 HTTP/1.1\" 404 - \"https://x.example/\" \"Mozilla/5.0 (\\\"x\\\")\"\n",
            "10.0.0.7 - - [09/Jan/2026:18:00:01 +0900] \"\\x16\\x03\" 400 0\n",
            "garbage\n\n",
        );
        let (records, unparsed) = records(&LogFormat::Common, text);
        assert_eq!(unparsed, 1);
        assert_eq!(
            records[0],
            json!({
                "file": "a.log", "line": 1, "host": "127.0.0.1", "ident": null, "user": "frank",
                "time": "2000-10-10T20:55:36Z", "method": "GET", "path": "/apache_pb.gif", "protocol": "HTTP/1.0",
                "status": 200, "bytes": 2326, "referrer": null, "agent": null,
            })
        );
        assert_eq!(records[1]["bytes"], json!(null));
        assert_eq!(records[1]["time"], json!("2026-01-09T09:00:00Z"));
        assert_eq!(records[1]["agent"], json!("Mozilla/5.0 (\\\"x\\\")"));
        assert_eq!((&records[2]["method"], &records[2]["status"]), (&json!(null), &json!(400)));
    }

    #[test]
    fn logfmt_json_and_patterns() {
        let (found, unparsed) = records(
            &LogFormat::Logfmt,
            "level=info msg=\"it \\\"works\\\"\" took=3 id=007 retried\nnot a line\nmsg=\"open\nempty=\n",
        );
        assert_eq!(unparsed, 2);
        let first = json!({ "file": "a.log", "line": 1, "level": "info", "msg": "it \"works\"", "took": 3, "id": "007", "retried": true });
        assert_eq!(found, json!([first, { "file": "a.log", "line": 4, "empty": "" }]));

        let (found, unparsed) = records(&LogFormat::Json, "{\"level\":\"warn\",\"n\":1}\n[1]\n{\"n\":\n");
        assert_eq!((found, unparsed), (json!([{ "file": "a.log", "line": 1, "level": "warn", "n": 1 }]), 2));

        let custom: LogFormat =
            serde_json::from_value(json!(r"^(?<day>\S+) (?<level>[A-Z]+) (?<rest>.*)$")).unwrap();
        let (found, unparsed) = records(&custom, "2026-01-09 WARN 12.5\nnothing\n");
        assert_eq!(found[0]["rest"], json!(12.5));
        assert_eq!(unparsed, 1);
        for wrong in ["apache", "([a-z]+)", "(?<x>"] {
            assert!(serde_json::from_value::<LogFormat>(json!(wrong)).is_err(), "{wrong}");
        }
    }
}
