//! Slack's mrkdwn: `&`, `<` and `>` as entities, and an invisible word joiner beside whatever else
//! would be read as markup, since mrkdwn has no escapes.
//!
//! <https://docs.slack.dev/messaging/formatting-message-text>

use super::super::ExprError;
use super::{Refusal, refuse, url};

const JOINER: char = '\u{2060}';

#[derive(Debug, Clone, Default)]
pub(in crate::expr) struct Slack {
    /// What was read since a `<` that is not closed.
    angle: Option<String>,
    spot: Spot,
}

#[derive(Debug, Clone, Copy, Default)]
enum Spot {
    #[default]
    Text,
    /// At the start of `<…`.
    WholeUrl,
    /// Behind `<https://…`.
    PartOfUrl,
    /// Behind `<@` or `<#`.
    Id,
}

impl Slack {
    pub(super) fn literal(&mut self, text: &str) {
        for letter in text.chars() {
            match (letter, &mut self.angle) {
                ('<', _) => self.angle = Some(String::new()),
                ('>' | '\n', _) => self.angle = None,
                (letter, Some(angle)) => angle.push(letter),
                _ => {}
            }
        }
    }

    pub(super) fn place(&mut self) -> Result<(), Refusal> {
        self.spot = match self.angle.as_mut() {
            None => Spot::Text,
            Some(angle) => {
                let spot = match angle.as_str() {
                    "" => Spot::WholeUrl,
                    "@" | "#" => Spot::Id,
                    label if label.contains('|') => Spot::Text,
                    url if url.starts_with("http://") || url.starts_with("https://") => Spot::PartOfUrl,
                    _ => {
                        return refuse(
                            "a value cannot stand in this `<…>`",
                            "write `<{{ url }}|label>` or `<@{{ id }}>`",
                        );
                    }
                };
                angle.push_str(if matches!(spot, Spot::WholeUrl) { "https://" } else { "x" });
                spot
            }
        };
        Ok(())
    }

    pub(super) fn value(&self, text: &str, out: &mut String) -> Result<(), ExprError> {
        match self.spot {
            Spot::Text => text_of(text, out),
            Spot::Id if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
                out.push_str(text);
            }
            Spot::Id => {
                return Err(ExprError::new("the value is no id of Slack").help("ids are like `U024BE7LH`"));
            }
            Spot::WholeUrl if !text.starts_with("https://") && !text.starts_with("http://") => {
                return Err(ExprError::new("the value is no address")
                    .help("in `<…|label>` it must begin with `https://`"));
            }
            Spot::WholeUrl | Spot::PartOfUrl => {
                let mut address = String::new();
                url::encode(text, ":/?#[]@!$&'()*+,;=%", &mut address);
                out.push_str(&address.replace('&', "&amp;"));
            }
        }
        Ok(())
    }
}

fn text_of(text: &str, out: &mut String) {
    let mut letters = text.chars().peekable();
    let mut first = true;
    while let Some(letter) = letters.next() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => {
                // At the start of a line it would quote.
                if first {
                    out.push(JOINER);
                }
                out.push_str("&gt;");
            }
            '*' | '_' | '~' | '`' => out.extend([JOINER, letter, JOINER]),
            '@' | '#' | '!' => out.extend([letter, JOINER]),
            ':' if letters.peek().is_some_and(|next| next.is_alphanumeric() || "_+-".contains(*next)) => {
                out.extend([letter, JOINER]);
            }
            '\0' => out.push(char::REPLACEMENT_CHARACTER),
            letter => out.push(letter),
        }
        first = letter == '\n';
    }
}
