//! The outputs that a command writes into the file `$ORCH_OUTPUT`, as in GitHub Actions: lines of
//! `name=value`; `name<<END`, lines, `END`; besides, `name:=json`, or the whole file one JSON object.

use serde_json::{Map, Value};

/// What a step may say in all, in bytes.
pub(super) const LIMIT: usize = 1 << 20;

/// Reads an output file.
///
/// # Errors
/// In words, with the line.
pub(crate) fn read(bytes: &[u8]) -> Result<Map<String, Value>, String> {
    if bytes.len() >= LIMIT {
        return Err(format!("$ORCH_OUTPUT holds more than {LIMIT} bytes"));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| "$ORCH_OUTPUT is not UTF-8".to_owned())?;
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text)
            .map_err(|error| format!("$ORCH_OUTPUT is no JSON object: {error}"));
    }
    let mut outputs = Map::new();
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let at = |why: &str| format!("$ORCH_OUTPUT, line {}: {why}", index + 1);
        if line.trim().is_empty() {
            continue;
        }
        let name_ends = line.find(['=', '<', ':']).ok_or_else(|| at("it is not `name=value`"))?;
        let (name, rest) = line.split_at(name_ends);
        if !is_name(name) {
            return Err(at("a name has letters, digits, `_` and `-`"));
        }
        let value = if let Some(json) = rest.strip_prefix(":=") {
            serde_json::from_str(json).map_err(|error| at(&format!("no JSON: {error}")))?
        } else if let Some(end) = rest.strip_prefix("<<") {
            let mut value = Vec::new();
            loop {
                match lines.next() {
                    Some((_, line)) if line == end => break,
                    Some((_, line)) => value.push(line),
                    None => return Err(at(&format!("`{end}` never comes"))),
                }
            }
            Value::String(value.join("\n"))
        } else if let Some(value) = rest.strip_prefix('=') {
            Value::String(value.to_owned())
        } else {
            return Err(at("it is not `name=value`"));
        };
        outputs.insert(name.to_owned(), value);
    }
    Ok(outputs)
}

fn is_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_') && name.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::read;

    fn outputs(text: &str) -> Value {
        Value::Object(read(text.as_bytes()).unwrap())
    }

    #[test]
    fn reads_lines_here_documents_and_json() {
        assert_eq!(
            outputs("a=1\nb:=[1, 2]\n\nc<<END\none\nb=2\nEND\nd=x=y\n"),
            json!({"a": "1", "b": [1, 2], "c": "one\nb=2", "d": "x=y"})
        );
        assert_eq!(outputs("{\"a\": 1}\n"), json!({"a": 1}));
        assert_eq!(outputs(""), json!({}));
    }

    #[test]
    fn says_which_line_is_wrong() {
        for (text, word) in [
            ("just words\n", "line 1: it is not `name=value`"),
            ("a=1\n2b=3\n", "line 2: a name has"),
            ("a<<END\n1\n", "line 1: `END` never comes"),
            ("a:=nope\n", "line 1: no JSON"),
            ("{\"a\": \n", "no JSON object"),
            ("a<b\n", "line 1: it is not"),
        ] {
            assert!(read(text.as_bytes()).unwrap_err().contains(word), "{text}");
        }
        assert!(read(&[b'a', b'=', 0xff]).unwrap_err().contains("UTF-8"));
        assert!(read(&vec![b' '; super::LIMIT]).unwrap_err().contains("more than"));
    }
}
