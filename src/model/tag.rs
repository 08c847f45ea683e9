//! Tags: the words that people sort tasks by. They are declared nowhere.

/// The regular expression of a tag, as it stands in the JSON Schemas.
pub const TAG_PATTERN: &str = "^[A-Za-z0-9][A-Za-z0-9._/:-]*$";

/// The most characters of a tag or name.
pub const NAME_LENGTH: usize = 64;

/// Whether a text can be a task's type, content type or label: letters, digits and `. _ / : -`.
pub fn is_tag(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"._/:-".contains(&byte);
    text.len() <= NAME_LENGTH
        && text.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric())
        && text.bytes().all(inner)
}
