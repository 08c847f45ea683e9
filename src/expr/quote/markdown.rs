//! Markdown as GitHub renders it: a value reads as the text that it is.
//!
//! Markup becomes entities, which hold in Markdown and in the HTML within it alike. What GitHub
//! links after rendering (mentions, issues, commits, addresses, emoji) is broken up by an invisible
//! word joiner, since it does not see entities. In fenced code only the fence is defended.
//!
//! <https://github.github.com/gfm/>

use std::fmt::Write as _;

use super::super::ExprError;
use super::html::is_harmless;
use super::{Refusal, refuse, url};

const JOINER: char = '\u{2060}';

#[derive(Debug, Clone)]
pub(in crate::expr) struct Markdown {
    /// The line so far, with an `x` for each value.
    line: String,
    is_first_line: bool,
    block: Block,
    /// Backquotes that opened code; 0 outside of code.
    code: usize,
    /// Backquotes directly before.
    run: usize,
    escaped: bool,
    html: Html,
    after_value: bool,
    spot: Spot,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Block {
    Text,
    Fence {
        marker: char,
        length: usize,
        indent: usize,
        /// It stands in no list or quote.
        is_plain: bool,
    },
    /// YAML between lines of `---` at the start.
    Front,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Html {
    No,
    Tag,
    Comment,
}

#[derive(Debug, Clone, Copy)]
enum Spot {
    Text { starts_block: bool, joins: bool },
    Fence { indent: usize, starts_line: bool },
    Front,
    Address { is_whole: bool },
}

impl Markdown {
    pub(super) fn new() -> Self {
        Self {
            line: String::new(),
            is_first_line: true,
            block: Block::Text,
            code: 0,
            run: 0,
            escaped: false,
            html: Html::No,
            after_value: false,
            spot: Spot::Front,
        }
    }

    pub(super) fn literal(&mut self, text: &str) {
        for letter in text.chars() {
            self.after_value = false;
            if letter == '\n' {
                self.end_line();
                continue;
            }
            if self.block == Block::Text {
                self.inline(letter);
            }
            self.line.push(letter);
        }
    }

    fn inline(&mut self, letter: char) {
        if letter == '`' && !self.escaped && self.html == Html::No {
            self.run += 1;
            return;
        }
        self.end_run();
        if std::mem::take(&mut self.escaped) || self.code > 0 {
            return;
        }
        match (self.html, letter) {
            (Html::No, '\\') => self.escaped = true,
            (Html::No, _)
                if self.line.ends_with('<') && (letter.is_ascii_alphabetic() || "/!?".contains(letter)) =>
            {
                self.html = Html::Tag;
            }
            (Html::Tag, '-') if self.line.ends_with("<!-") => self.html = Html::Comment,
            (Html::Tag, '>') => self.html = Html::No,
            (Html::Comment, '>') if self.line.ends_with("--") => self.html = Html::No,
            _ => {}
        }
    }

    fn end_run(&mut self) {
        let run = std::mem::take(&mut self.run);
        if run > 0 && self.code == 0 {
            self.code = run;
        } else if run == self.code {
            self.code = 0;
        }
    }

    fn end_line(&mut self) {
        self.end_run();
        self.escaped = false;
        let line = std::mem::take(&mut self.line);
        let line = line.trim_end();
        let first = std::mem::take(&mut self.is_first_line);
        match self.block {
            Block::Front => {
                if line == "---" {
                    self.block = Block::Text;
                }
            }
            Block::Fence { marker, length, .. } => {
                let text = line.trim_start();
                if text.len() >= length && text.chars().all(|letter| letter == marker) {
                    self.block = Block::Text;
                }
            }
            Block::Text => {
                if first && line == "---" {
                    self.block = Block::Front;
                } else if let Some(fence) = fence(line) {
                    (self.block, self.code) = (fence, 0);
                } else if line.trim_start_matches(['>', ' ']).is_empty() {
                    self.code = 0;
                    if self.html == Html::Tag {
                        self.html = Html::No;
                    }
                }
            }
        }
    }

    pub(super) fn place(&mut self) -> Result<(), Refusal> {
        let joins = std::mem::replace(&mut self.after_value, true);
        self.spot = self.find_spot(joins)?;
        self.line.push('x');
        self.escaped = false;
        Ok(())
    }

    fn find_spot(&mut self, joins: bool) -> Result<Spot, Refusal> {
        let line = self.line.as_str();
        match self.block {
            Block::Front => {
                return if line.ends_with(": ") || line.trim() == "-" {
                    Ok(Spot::Front)
                } else {
                    refuse("a value must stand alone in front matter", "write `key: {{ … }}`, without quotes")
                };
            }
            Block::Fence { indent, is_plain: true, .. } => {
                return Ok(Spot::Fence { indent, starts_line: line.trim().is_empty() });
            }
            Block::Fence { .. } => {
                return refuse(
                    "a value cannot stand in code within a list or a quote",
                    "put the code outside of it",
                );
            }
            Block::Text => {}
        }
        if fence(line).is_some() {
            return refuse(
                "a value cannot stand beside the start of a code block",
                "put it on the next line",
            );
        }
        self.end_run();
        let line = self.line.as_str();
        if self.code > 0 {
            return refuse(
                "a value cannot stand in code",
                "remove the backquotes around it, or use a fenced block",
            );
        }
        if self.escaped {
            return refuse("a value cannot stand after a backslash", "remove the `\\` before `{{`");
        }
        if self.html != Html::No || line.ends_with('<') {
            return refuse(
                "a value cannot stand within a tag or a comment",
                "put it into the text of the element",
            );
        }
        let text = line.trim_start();
        if text.starts_with('[') && text.contains("]:") {
            return refuse("a value cannot stand in the definition of a link", "write `[text]({{ … }})`");
        }
        let indent = line.len() - text.len();
        let in_list =
            text.starts_with(['-', '*', '+']) || text.starts_with(|first: char| first.is_ascii_digit());
        if (indent >= 4 || line.starts_with('\t')) && !in_list {
            return refuse("a value cannot stand in indented text, which may be code", "use fewer spaces");
        }
        if let Some((_, address)) = line.rsplit_once("](")
            && !address.contains(')')
        {
            if address.contains([' ', '<', '"', '\'']) {
                return refuse(
                    "a value cannot stand in the title of a link",
                    "put it into the text of the link",
                );
            }
            return Ok(Spot::Address { is_whole: address.is_empty() });
        }
        let starts_block =
            line.chars().all(|letter| " \t>-+*.)#|=:".contains(letter) || letter.is_ascii_digit());
        Ok(Spot::Text { starts_block, joins })
    }

    pub(super) fn value(&self, text: &str, next: Option<char>, out: &mut String) -> Result<(), ExprError> {
        match self.spot {
            Spot::Front => out.push_str(&serde_json::Value::from(text).to_string()),
            Spot::Fence { indent, starts_line } => in_fence(text, indent, starts_line, out),
            Spot::Address { is_whole: true } if !is_harmless(text) => {
                return Err(ExprError::new("the value is no address that may be linked to")
                    .help("it must begin with `https://`, `mailto:`, `/`, `#` or `./`"));
            }
            Spot::Address { .. } => {
                let mut address = String::new();
                url::encode(text, ":/?#@!$&+,;=%", &mut address);
                out.push_str(&address.replace('&', "&amp;"));
            }
            Spot::Text { starts_block, joins } => {
                if joins {
                    out.push(JOINER);
                }
                in_text(text, starts_block, next, out);
            }
        }
        Ok(())
    }
}

/// The fence that a line begins, if it does.
fn fence(line: &str) -> Option<Block> {
    let indent = line.len() - line.trim_start_matches(' ').len();
    let markers = |letter: char| letter.is_ascii_digit() || " \t>-+*.)".contains(letter);
    let text = line.trim_start_matches(markers);
    let marker = text.chars().next().filter(|letter| matches!(letter, '`' | '~'))?;
    let length = text.chars().take_while(|letter| *letter == marker).count();
    let opens = length >= 3 && !(marker == '`' && text[length..].contains('`'));
    let is_plain = line.len() - text.len() == indent && indent <= 3;
    opens.then_some(Block::Fence { marker, length, indent, is_plain })
}

fn in_fence(text: &str, indent: usize, starts_line: bool, out: &mut String) {
    for (index, line) in text.replace("\r\n", "\n").split('\n').enumerate() {
        if index > 0 {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', indent));
        }
        let start = line.trim_start();
        if (index > 0 || starts_line) && (start.starts_with("```") || start.starts_with("~~~")) {
            out.push(JOINER);
        }
        out.extend(line.chars().map(|letter| match letter {
            '\0' | '\r' => char::REPLACEMENT_CHARACTER,
            letter => letter,
        }));
    }
}

fn entity(letter: char, out: &mut String) {
    let _ = write!(out, "&#{};", letter as u32);
}

fn in_text(text: &str, starts_block: bool, next: Option<char>, out: &mut String) {
    // A line end would begin a block.
    let text = text.replace("\r\n", "\n").replace(['\n', '\r'], " ");
    let letters: Vec<char> = text.chars().collect();
    let number = letters.iter().take_while(|letter| letter.is_ascii_digit()).count();
    let breaks = hashes(&letters);
    for (at, &letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| letters[at]);
        let after = letters.get(at + 1).copied();
        let is_end = after.is_none();
        if breaks.contains(&at) {
            out.push(JOINER);
        }
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '*' | '`' | '[' | ']' | '~' | '|' | '\\' | '$' | '\t' => entity(letter, out),
            '_' => match (before, after) {
                (Some(before), Some(after)) if before.is_alphanumeric() && after.is_alphanumeric() => {
                    out.push('_');
                }
                _ => entity(letter, out),
            },
            '#' => {
                entity(letter, out);
                if after.is_none_or(|after| after.is_ascii_digit()) {
                    out.push(JOINER);
                }
            }
            '@' => out.extend([letter, JOINER]),
            ' ' if at == 0 || is_end => entity(letter, out),
            '!' if is_end => entity(letter, out),
            '-' | '+' | '=' | ':' | '.' | ')' if at == 0 && starts_block => {
                entity(letter, out);
                if letter == ':' && colon_links(before, after) {
                    out.push(JOINER);
                }
            }
            // `1. ` and `1) ` begin lists.
            '.' | ')' if at == number && starts_block && after.is_none_or(|after| after == ' ') => {
                entity(letter, out);
            }
            letter
                if is_end
                    && starts_block
                    && number == letters.len()
                    && matches!(next, None | Some('.' | ')')) =>
            {
                entity(letter, out);
            }
            ':' if colon_links(before, after) => out.extend([letter, JOINER]),
            letter if letter.is_control() => out.push(char::REPLACEMENT_CHARACTER),
            letter => out.push(letter),
        }
    }
}

/// Whether a colon may belong to an address or an emoji.
fn colon_links(before: Option<char>, after: Option<char>) -> bool {
    match after {
        None => true,
        Some(after) if after.is_ascii_digit() => !before.is_some_and(|before| before.is_ascii_digit()),
        Some(after) => after.is_ascii_alphabetic() || "/+-_".contains(after),
    }
}

/// Before which letters a word that GitHub would link is broken: commits, `GH-12`, `www.`.
fn hashes(letters: &[char]) -> Vec<usize> {
    const SHA: usize = 7;
    let mut breaks = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        let length = letters[at..].iter().take_while(|letter| letter.is_ascii_alphanumeric()).count();
        let word: String = letters[at..at + length].iter().collect::<String>().to_ascii_lowercase();
        let end = letters.get(at + length);
        let is_hex = word.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_hex && length >= SHA && word.bytes().any(|byte| byte.is_ascii_alphabetic()) {
            breaks.extend((at + SHA - 1..at + length).step_by(SHA - 1));
        } else if word == "gh" && end == Some(&'-') || word == "www" && end == Some(&'.') {
            breaks.push(at + length);
        }
        at += length.max(1);
    }
    breaks
}
