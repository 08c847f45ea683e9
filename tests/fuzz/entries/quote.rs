//! One text as a value in every sink: whoever reads the result gets that text back, and nothing else happens.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use serde_json::{Value, json};

use crate::expr::{Sink, Template};

/// Breaks up what would be read as markup; nobody sees it.
const JOINER: char = '\u{2060}';
/// Characters that `orch` keeps to itself; no value may hold them.
const PRIVATE: std::ops::RangeInclusive<char> = '\u{10f5e0}'..='\u{10f5ef}';

/// The text.
pub fn quote(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    // What is put in the place of private characters is a matter of its own.
    if text.contains(|letter| PRIVATE.contains(&letter)) {
        return;
    }
    plain(text);
    shell(text);
    json(text);
    html(text);
    slack(text);
    header(text);
    url(text);
    markdown(text);
}

fn render(template: &str, sink: Sink, text: &str) -> Result<String, String> {
    let template = Template::parse(template, sink).expect("the template is sound");
    template.render(&json!({ "x": text })).map_err(|error| error.message)
}

fn plain(text: &str) {
    assert_eq!(render("{{ x }}", Sink::Plain, text).as_deref(), Ok(text));
}

fn shell(text: &str) {
    for (form, before, after) in [
        ("show {{ x }}", "", ""),
        ("show a{{ x }}'b'\n", "a", "b"),
        ("show \"a\"{{ x }} # {", "a", ""),
        ("y=1 show --z={{ x }};", "--z=", ""),
    ] {
        match render(form, Sink::Shell, text) {
            Ok(script) => {
                let words = words(&script);
                assert_eq!(words.last(), Some(&format!("{before}{text}{after}")), "{script:?}");
            }
            Err(why) => assert!(text.contains('\0'), "{text:?}: {why}"),
        }
    }
}

/// The words of a simple command as POSIX says it (2.2, 2.3): what quotes hold, and nothing outside of them that
/// means anything.
fn words(script: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word: Option<String> = None;
    let mut letters = script.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' => {
                word.get_or_insert_default().extend(letters.by_ref().take_while(|letter| *letter != '\''));
            }
            '"' => {
                let inside = letters.by_ref().take_while(|letter| *letter != '"');
                word.get_or_insert_default()
                    .extend(inside.inspect(|letter| assert!(!"$`\\".contains(*letter))));
            }
            '\\' => word.get_or_insert_default().extend(letters.next()),
            ' ' => words.extend(word.take()),
            '\n' | ';' | '#' => break,
            letter => {
                let is_plain = letter.is_ascii_alphanumeric() || "-=".contains(letter);
                assert!(is_plain, "{letter:?} is not quoted in {script:?}");
                word.get_or_insert_default().push(letter);
            }
        }
    }
    words.extend(word);
    words
}

fn json(text: &str) {
    let whole = render("{\"a\": {{ x }}, \"b\": \"x{{ x }}y\", {{ x }}: 1}", Sink::Json, text);
    let read: Value = whole.ok().and_then(|whole| serde_json::from_str(&whole).ok()).expect("it is JSON");
    if !["a", "b"].contains(&text) {
        assert_eq!(read, json!({ "a": text, "b": format!("x{text}y"), text: 1 }));
    }
}

fn without_entities(text: &str) -> String {
    let decoded =
        text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    decoded.replace("&#13;", "\r").replace("&amp;", "&")
}

fn html(text: &str) {
    let html = render("<p title=\"{{ x }}\">{{ x }}</p>", Sink::Html, text).expect("HTML holds every text");
    let inside = html.strip_prefix("<p title=\"").and_then(|rest| rest.strip_suffix("</p>"));
    let (title, shown) = inside.and_then(|inside| inside.split_once("\">")).expect("the tags are there");
    for part in [title, shown] {
        assert!(!part.contains(['<', '>', '"', '\'', '\0']), "{part}");
        assert_eq!(without_entities(part), text.replace('\0', "\u{fffd}"));
    }
}

fn slack(text: &str) {
    let shown = render("{{ x }}", Sink::Slack, text).expect("Slack's text holds every text");
    assert!(!shown.contains(['<', '>']), "{shown}");
    let letters: Vec<char> = shown.chars().collect();
    for (at, letter) in letters.iter().enumerate().filter(|(_, letter)| "*_~`".contains(**letter)) {
        let beside = [at.checked_sub(1), Some(at + 1)].map(|at| at.and_then(|at| letters.get(at)));
        assert_eq!(beside, [Some(&JOINER); 2], "{letter:?} in {shown:?}");
    }
    let expected = text.replace('\0', "\u{fffd}").replace(JOINER, "");
    assert_eq!(without_entities(&shown).replace(JOINER, ""), expected);
}

fn header(text: &str) {
    match render("x {{ x }}", Sink::Header, text) {
        Ok(header) => {
            assert_eq!(header, format!("x {text}"));
            assert!(!header.contains(char::is_control));
        }
        Err(_) => assert!(text.contains(char::is_control), "{text:?}"),
    }
}

fn url(text: &str) {
    match render("https://example.com/{{ x }}/y?z={{ x }}#{{ x }}", Sink::UrlPart, text) {
        Ok(url) => {
            let rest = url.strip_prefix("https://example.com/").expect("the host is as it was");
            assert!(
                rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%/?=#".contains(&byte)),
                "{url}"
            );
            let parts: Vec<_> = rest.split(['/', '?', '=', '#']).collect();
            assert_eq!(parts.len(), 5, "{url}");
            for part in [parts[0], parts[3], parts[4]] {
                assert_eq!(decoded(part).as_deref(), Some(text.as_bytes()), "{url}");
            }
        }
        Err(_) => assert!(matches!(text, "." | ".."), "{text:?}"),
    }
}

fn decoded(part: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = part.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            byte => byte,
        });
    }
    Some(bytes)
}

fn markdown(text: &str) {
    let line = text.replace("\r\n", "\n").replace(['\n', '\r'], " ");
    let expected: String = line
        .chars()
        .map(|letter| if letter.is_control() && letter != '\t' { '\u{fffd}' } else { letter })
        .filter(|letter| *letter != JOINER)
        .collect();
    for (form, before, after) in [
        ("{{ x }}", "", ""),
        ("Text {{ x }}.", "Text ", "."),
        ("# {{ x }}", "", ""),
        ("- {{ x }}", "", ""),
        ("> {{ x }}", "", ""),
        ("| a |\n|---|\n| {{ x }} |", "a", ""),
        ("before\n{{ x }}\nafter", "before", "after"),
    ] {
        let markdown = render(form, Sink::Markdown, text).expect("Markdown holds every text");
        let shown = shown(&markdown).replace([JOINER, '\n'], "");
        // The spaces at both ends of a line are not shown.
        let wanted = format!("{before}{expected}{after}");
        assert_eq!(shown.trim(), wanted.replace('\n', "").trim(), "{form:?}: {markdown:?}");
    }
}

/// The text that GitHub shows, in which nothing may be but text.
fn shown(markdown: &str) -> String {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_GFM;
    let mut text = String::new();
    for event in Parser::new_ext(markdown, options) {
        match event {
            Event::Text(part) => text.push_str(&part),
            Event::SoftBreak | Event::End(TagEnd::TableHead) => text.push('\n'),
            Event::Start(
                Tag::Paragraph
                | Tag::Heading { .. }
                | Tag::Item
                | Tag::List(_)
                | Tag::BlockQuote(_)
                | Tag::Table(_)
                | Tag::TableHead
                | Tag::TableRow
                | Tag::TableCell,
            )
            | Event::End(_) => {}
            odd => panic!("{odd:?} in {markdown:?}"),
        }
    }
    text
}
