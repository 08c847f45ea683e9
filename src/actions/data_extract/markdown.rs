//! Markdown: what stands at its head, its title, its links.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use serde_json::{Map, Value, json};

use super::{Found, record};
use crate::actions::formats::{Format, Options as Reading};

/// The YAML at the head of a text, where the rest begins, and on which line.
fn head(text: &str) -> (Option<&str>, &str, usize) {
    let none = (None, text, 1);
    let Some(first) = text.lines().next().filter(|line| line.trim_end() == "---") else { return none };
    let start = first.len() + text[first.len()..].find('\n').map_or(0, |at| at + 1);
    let mut at = start;
    for (index, line) in text[start..].split_inclusive('\n').enumerate() {
        if matches!(line.trim_end(), "---" | "...") {
            return (Some(&text[start..at]), &text[at + line.len()..], index + 3);
        }
        at += line.len();
    }
    none
}

/// The keys at the head of a text. One that cannot be read is counted, and nothing else comes of it.
fn keys(text: &str, found: &mut Found) -> Option<Map<String, Value>> {
    let yaml = head(text).0?;
    match Format::Yaml.read(yaml.as_bytes(), &Reading::default()) {
        Ok(Value::Object(keys)) => Some(keys),
        Ok(Value::Null) => Some(Map::new()),
        _ => {
            found.unparsed += 1;
            None
        }
    }
}

pub(super) fn front_matter(file: &str, text: &str, found: &mut Found) -> Result<(), String> {
    match keys(text, found) {
        Some(keys) => {
            let mut record = record(file, None);
            record.extend(keys);
            found.add(record)
        }
        None => Ok(()),
    }
}

pub(super) fn title(file: &str, text: &str, found: &mut Found) -> Result<(), String> {
    let mut keys = keys(text, found).unwrap_or_default();
    let mut record = record(file, None);
    let title = keys.get_mut("title").map(Value::take).filter(|title| !title.is_null());
    record.insert("title".into(), title.unwrap_or_else(|| first_heading(head(text).1).into()));
    for key in ["date", "author"] {
        record.insert(key.into(), keys.get_mut(key).map(Value::take).unwrap_or_default());
    }
    found.add(record)
}

fn first_heading(text: &str) -> Option<String> {
    let mut title: Option<String> = None;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match (event, &mut title) {
            (Event::Start(Tag::Heading { .. }), None) => title = Some(String::new()),
            (Event::End(TagEnd::Heading(_)), Some(_)) => break,
            (Event::Text(part) | Event::Code(part), Some(title)) => title.push_str(&part),
            (Event::SoftBreak | Event::HardBreak, Some(title)) => title.push(' '),
            _ => {}
        }
    }
    title.map(|title| title.trim().to_owned()).filter(|title| !title.is_empty())
}

pub(super) fn links(file: &str, text: &str, found: &mut Found) -> Result<(), String> {
    let (_, body, mut line) = head(text);
    let mut counted = 0;
    let mut open: Vec<(Map<String, Value>, String)> = Vec::new();
    for (event, range) in Parser::new_ext(body, Options::ENABLE_TABLES).into_offset_iter() {
        match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                line += body.get(counted..range.start).map_or(0, |between| between.matches('\n').count());
                counted = counted.max(range.start);
                let mut record = record(file, Some(line));
                record.insert("url".into(), dest_url.as_ref().into());
                record.insert("image".into(), json!(body[range].starts_with('!')));
                open.push((record, String::new()));
            }
            Event::End(TagEnd::Link | TagEnd::Image) => {
                if let Some((mut record, text)) = open.pop() {
                    if let Some((_, outer)) = open.last_mut() {
                        outer.push_str(&text);
                    }
                    record.insert("text".into(), text.trim().into());
                    found.add(record)?;
                }
            }
            Event::Text(part) | Event::Code(part) => {
                if let Some((_, text)) = open.last_mut() {
                    text.push_str(&part);
                }
            }
            Event::SoftBreak | Event::HardBreak => {
                if let Some((_, text)) = open.last_mut() {
                    text.push(' ');
                }
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(extract: fn(&str, &str, &mut Found) -> Result<(), String>, text: &str) -> (Value, u64) {
        let mut found = Found::default();
        extract("a.md", text, &mut found).unwrap();
        (found.records.into(), found.unparsed)
    }

    #[test]
    fn heads_are_read_as_yaml() {
        let text =
            "---\r\ntitle: \"Week 2: agents\"\r\ntags: [a, b]\r\ndate: 2026-01-09\r\n---\r\n# Other\r\n";
        let expected =
            json!([{ "file": "a.md", "title": "Week 2: agents", "tags": ["a", "b"], "date": "2026-01-09" }]);
        assert_eq!(found(front_matter, text), (expected, 0));
        for (text, unparsed) in [
            ("# Title\n", 0),
            ("---\na: [\n---\n", 1),
            ("---\n- a\n---\n", 1),
            ("---\nnever: closed\n", 0),
            ("", 0),
        ] {
            assert_eq!(found(front_matter, text), (json!([]), unparsed), "{text:?}");
        }
        assert_eq!(found(front_matter, "---\n---\n"), (json!([{ "file": "a.md" }]), 0));
    }

    #[test]
    fn titles_come_from_the_head_or_the_first_heading() {
        let record = |title: Value, date: Value, author: Value| json!([{ "file": "a.md", "title": title, "date": date, "author": author }]);
        for (text, expected) in [
            ("---\ntitle: T\nauthor: Anna\n---\n# H\n", record(json!("T"), json!(null), json!("Anna"))),
            (
                "---\ndate: 2026-01-09\n---\n\n## The `code` *and* more ##\n# H\n",
                record(json!("The code and more"), json!("2026-01-09"), json!(null)),
            ),
            ("Setext\nheading\n===\n", record(json!("Setext heading"), json!(null), json!(null))),
            ("```\n# no heading\n```\n", record(json!(null), json!(null), json!(null))),
        ] {
            assert_eq!(found(title, text).0, expected, "{text}");
        }
    }

    #[test]
    fn links_say_where_they_stand() {
        let text = "---\na: 1\n---\nSee [the *docs*](https://x.example/a?b=1 \"t\").\n\n![logo](logo.png) and <https://y.example>\n[![badge](b.svg)](ci)\n[ref][r]\n\n`[no](link)`\n\n[r]: ./ref.md\n";
        let link = |line: u32, url: &str, image: bool, text: &str| json!({ "file": "a.md", "line": line, "url": url, "image": image, "text": text });
        assert_eq!(
            found(links, text).0,
            json!([
                link(4, "https://x.example/a?b=1", false, "the docs"),
                link(6, "logo.png", true, "logo"),
                link(6, "https://y.example", false, "https://y.example"),
                link(7, "b.svg", true, "badge"),
                link(7, "ci", false, "badge"),
                link(8, "./ref.md", false, "ref"),
            ])
        );
    }
}
