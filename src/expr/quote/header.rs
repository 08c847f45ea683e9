//! Values of headers: one line, nothing hidden.

use super::{Refusal, refuse};

pub(super) fn value(text: &str, out: &mut String) -> Result<(), Refusal> {
    match text.chars().find(|letter| letter.is_control()) {
        Some(letter) => refuse(
            format!("the value holds the control character U+{:04X}, which a header cannot", letter as u32),
            "take what is wanted of it: `value | split | join(' ')` makes one line",
        ),
        None => {
            out.push_str(text);
            Ok(())
        }
    }
}
