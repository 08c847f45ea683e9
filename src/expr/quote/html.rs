//! HTML: entities, in text and in quoted attributes. Scripts, styles, event handlers, comments and
//! unquoted attributes have rules of their own and take no values.
//!
//! <https://html.spec.whatwg.org/multipage/parsing.html#tokenization>

use super::super::ExprError;
use super::super::error::literal;
use super::{Refusal, refuse};

#[derive(Debug, Clone, Default)]
pub(in crate::expr) struct Html {
    state: State,
    /// The last letters of the text, as far as they can matter.
    seen: String,
    /// Of the tag that is read.
    name: String,
    attribute: String,
    starts_address: bool,
}

#[derive(Debug, Clone, Default)]
enum State {
    #[default]
    Text,
    Comment,
    /// The text of a script or the like, until its end tag.
    Raw(String),
    /// `<name …`, outside of quotes.
    Tag(Phase),
    Quoted {
        quote: char,
        value: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Name,
    Between,
    Attribute,
    AfterAttribute,
    BeforeValue,
    Unquoted,
}

/// Elements whose text is not HTML.
const RAW: [&str; 9] =
    ["script", "style", "xmp", "iframe", "noembed", "noframes", "noscript", "plaintext", "svg"];
/// Attributes that are addresses.
const ADDRESSES: [&str; 9] =
    ["action", "background", "cite", "data", "formaction", "href", "poster", "src", "xlink:href"];

impl Html {
    pub(super) fn literal(&mut self, text: &str) {
        for letter in text.chars() {
            self.letter(letter);
        }
    }

    fn letter(&mut self, letter: char) {
        self.seen.push(letter.to_ascii_lowercase());
        if self.seen.len() > 200 {
            let cut = self.seen.char_indices().map(|(at, _)| at).find(|at| *at >= 100).unwrap_or(0);
            self.seen.drain(..cut);
        }
        match &mut self.state {
            State::Text => {
                let opens = self.seen.chars().rev().nth(1) == Some('<');
                if opens && (letter.is_ascii_alphabetic() || matches!(letter, '/' | '?' | '!')) {
                    self.name = letter.to_ascii_lowercase().to_string();
                    self.attribute.clear();
                    self.state = State::Tag(Phase::Name);
                }
            }
            State::Comment => {
                if self.seen.ends_with("-->") {
                    self.state = State::Text;
                }
            }
            State::Raw(name) => {
                if self.seen.ends_with(&format!("</{name}")) {
                    self.name = "/".into();
                    self.state = State::Tag(Phase::Name);
                }
            }
            State::Tag(phase) => {
                let phase = *phase;
                self.tag(letter, phase);
            }
            State::Quoted { quote, .. } if letter == *quote => self.state = State::Tag(Phase::Between),
            State::Quoted { value, .. } => value.push(letter),
        }
    }

    fn tag(&mut self, letter: char, phase: Phase) {
        if self.name == "!" && self.seen.ends_with("<!--") {
            self.state = State::Comment;
            return;
        }
        let begins = |attribute: &mut String| {
            attribute.clear();
            attribute.push(letter.to_ascii_lowercase());
            Phase::Attribute
        };
        let next = match (phase, letter) {
            (_, '>') => {
                let is_raw = RAW.contains(&self.name.as_str());
                self.state = if is_raw { State::Raw(self.name.clone()) } else { State::Text };
                return;
            }
            (Phase::BeforeValue, '"' | '\'') => {
                self.state = State::Quoted { quote: letter, value: String::new() };
                return;
            }
            (Phase::BeforeValue, _) if letter.is_whitespace() => Phase::BeforeValue,
            (Phase::BeforeValue, _) => Phase::Unquoted,
            (Phase::Attribute | Phase::AfterAttribute, _) if letter.is_whitespace() => Phase::AfterAttribute,
            (Phase::Attribute | Phase::AfterAttribute, '=') => Phase::BeforeValue,
            (Phase::Attribute, _) if letter != '/' => {
                self.attribute.push(letter.to_ascii_lowercase());
                Phase::Attribute
            }
            (Phase::Unquoted, _) if !letter.is_whitespace() => Phase::Unquoted,
            (Phase::Name, _) if !letter.is_whitespace() && letter != '/' => {
                self.name.push(letter.to_ascii_lowercase());
                Phase::Name
            }
            (_, '/') => Phase::Between,
            (_, _) if letter.is_whitespace() => Phase::Between,
            _ => begins(&mut self.attribute),
        };
        self.state = State::Tag(next);
    }

    pub(super) fn place(&mut self) -> Result<(), Refusal> {
        self.starts_address = false;
        // What a value holds cannot complete what was begun.
        let opens = self.seen.ends_with('<') || self.seen.ends_with("<!") || self.seen.ends_with("<!-");
        self.seen.push(' ');
        match &mut self.state {
            State::Text if opens => {
                refuse("a value cannot stand directly after `<`", "write the name of the element")
            }
            State::Text => Ok(()),
            State::Comment => refuse("a value cannot stand in a comment", "take it out of the comment"),
            State::Raw(_) => {
                refuse("a value cannot stand in a script or a style", "put it into a `data-` attribute")
            }
            State::Tag(Phase::BeforeValue | Phase::Unquoted) => refuse(
                "a value cannot stand in an attribute without quotes",
                "put quotes around it: `name=\"{{ … }}\"`",
            ),
            State::Tag(_) => refuse(
                "a value cannot stand within a tag",
                "write the attribute, and give its value in quotes",
            ),
            State::Quoted { value, .. } => {
                let attribute = self.attribute.as_str();
                if attribute.starts_with("on") || matches!(attribute, "style" | "srcdoc" | "srcset" | "ping")
                {
                    return refuse(
                        format!("a value cannot stand in the attribute {}", literal(attribute)),
                        "put it into the text, or into a `data-` attribute",
                    );
                }
                self.starts_address = ADDRESSES.contains(&attribute) && !has_scheme(value);
                value.push('x');
                Ok(())
            }
        }
    }

    pub(super) fn value(&self, text: &str, out: &mut String) -> Result<(), ExprError> {
        if self.starts_address && !is_harmless(text) {
            return Err(ExprError::new("the value is no address that may be linked to")
                .help("it must begin with `https://`, `mailto:`, `/`, `#` or `./`"));
        }
        for letter in text.chars() {
            match letter {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '"' => out.push_str("&quot;"),
                '\'' => out.push_str("&#39;"),
                // A bare one would become a line feed.
                '\r' => out.push_str("&#13;"),
                '\0' => out.push(char::REPLACEMENT_CHARACTER),
                letter => out.push(letter),
            }
        }
        Ok(())
    }
}

/// Whether what comes before in an address says where it leads.
fn has_scheme(before: &str) -> bool {
    before.contains(['/', '?', '#']) || ["mailto:", "tel:"].iter().any(|scheme| before.starts_with(scheme))
}

/// Whether an address leads to a page, and runs nothing.
pub(super) fn is_harmless(address: &str) -> bool {
    ["https://", "http://", "mailto:", "/", "#", "./", "../", "?"]
        .iter()
        .any(|start| address.starts_with(start))
}
