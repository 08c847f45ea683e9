//! JSON text: within a string the value's text escaped, elsewhere the value itself.

use serde_json::Value;

use super::super::ExprError;
use super::super::text::plain;
use super::{Refusal, refuse};

#[derive(Debug, Clone, Default)]
pub(in crate::expr) struct Json {
    in_string: bool,
    /// How many characters of an escape are still to come.
    escape: u8,
    /// The last character that is not a space; none at the start.
    last: Option<char>,
    /// A value stands directly before.
    after_value: bool,
}

impl Json {
    pub(super) fn literal(&mut self, text: &str) -> Result<(), Refusal> {
        for letter in text.chars() {
            if std::mem::take(&mut self.after_value) && !self.in_string && !" \t\r\n,]}:".contains(letter) {
                return refuse(
                    format!("`{letter}` directly after `}}}}` would change the value"),
                    "put both into one string: `\"{{ … }}…\"`",
                );
            }
            match (self.in_string, self.escape, letter) {
                (true, 0, '\\') => self.escape = 1,
                (true, 1, 'u') => self.escape = 4,
                (true, 1.., _) => self.escape -= 1,
                (_, _, '"') => self.in_string = !self.in_string,
                _ => {}
            }
            if !letter.is_whitespace() {
                self.last = Some(letter);
            }
        }
        Ok(())
    }

    pub(super) fn place(&mut self) -> Result<(), Refusal> {
        if self.escape > 0 {
            return refuse("a value cannot stand within an escape", "remove the `\\` before `{{`");
        }
        if !self.in_string && !matches!(self.last, None | Some('[' | '{' | ',' | ':')) {
            return refuse(
                "a value cannot stand directly after another one",
                "put both into one string: `\"…{{ … }}\"`",
            );
        }
        self.after_value = true;
        if !self.in_string {
            // Whatever it was, it is whole.
            self.last = Some('"');
        }
        Ok(())
    }

    pub(super) fn value(&self, value: &Value, out: &mut String) -> Result<(), ExprError> {
        if self.in_string {
            let text = Value::String(plain(value)?.into_owned()).to_string();
            out.push_str(&text[1..text.len() - 1]);
        } else {
            out.push_str(&value.to_string());
        }
        Ok(())
    }
}

pub(super) fn finish(out: &str) -> Result<(), Refusal> {
    match serde_json::from_str::<serde::de::IgnoredAny>(out) {
        Ok(_) => Ok(()),
        Err(error) => refuse(
            format!("the text is not JSON: {error}"),
            "`{{ value }}` is a whole JSON value, with its quotes; `\"{{ value }}\"` is part of a string",
        ),
    }
}
