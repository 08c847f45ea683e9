//! Secrets do not leave the process in what it says.

use std::borrow::Cow;

/// The values that are not shown.
#[derive(Default)]
pub struct Mask {
    values: Vec<String>,
}

impl std::fmt::Debug for Mask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mask({} values)", self.values.len())
    }
}

/// Shorter lines of a secret would blank out half of every text.
const SHORTEST: usize = 4;

impl Mask {
    /// Hides these values, and each line of those that have several.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut values: Vec<String> = secrets
            .into_iter()
            .flat_map(|secret| std::iter::once(secret.trim()).chain(secret.lines().map(str::trim)))
            .filter(|value| value.len() >= SHORTEST)
            .map(str::to_owned)
            .collect();
        // The longest first: one secret may be a part of another.
        values.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        values.dedup();
        Self { values }
    }

    pub fn hide<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut text = Cow::Borrowed(text);
        for value in &self.values {
            if text.contains(value.as_str()) {
                text = Cow::Owned(text.replace(value.as_str(), "***"));
            }
        }
        text
    }

    /// The same in every text of a value.
    pub fn hide_in(&self, value: &mut serde_json::Value) {
        match value {
            serde_json::Value::String(text) => {
                if let Cow::Owned(hidden) = self.hide(text) {
                    *text = hidden;
                }
            }
            serde_json::Value::Array(items) => items.iter_mut().for_each(|item| self.hide_in(item)),
            serde_json::Value::Object(fields) => fields.values_mut().for_each(|field| self.hide_in(field)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Mask;

    #[test]
    fn hides_whole_secrets_their_lines_and_the_longest_first() {
        let mask = Mask::new(["hunter2", "hunter2-and-more", "-----BEGIN\nline two of it\n-----END", "no"]);
        assert_eq!(mask.hide("a hunter2-and-more b hunter2"), "a *** b ***");
        assert_eq!(mask.hide("x line two of it y"), "x *** y");
        assert_eq!(mask.hide("no secret here"), "no secret here");
        let mut value = serde_json::json!({"a": ["my hunter2"], "n": 1});
        mask.hide_in(&mut value);
        assert_eq!(value, serde_json::json!({"a": ["my ***"], "n": 1}));
    }
}
