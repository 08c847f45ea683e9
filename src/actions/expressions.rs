//! What actions use of templates and secrets at last, when everything else is final.

use serde_json::Value;

use super::{Failure, World};
use crate::expr::Sink;
use stand_in::{Template, fill_secrets, show_secrets};

/// Renders a template that is not a part of the workflow, such as a file.
pub(super) fn render(source: &str, sink: Sink, data: &Value) -> Result<String, Failure> {
    let template = Template::parse(source, sink).map_err(|error| Failure::last(error.message))?;
    template.render(data).map_err(|error| Failure::last(error.message))
}

/// Puts the values of secrets where they are used.
pub(super) fn fill(text: &str, world: &World<'_>) -> Result<String, Failure> {
    fill_secrets(text, &|name| (world.secret)(name))
        .map_err(|name| Failure::last(format!("secret `{name}` has no value; set its environment variable")))
}

/// Whether a secret stands in a text.
pub(super) fn has_secret(text: &str) -> bool {
    show_secrets(text) != text
}

/// Until `expr` has them: `{{ key }}` alone, and marks of secrets as it makes them.
mod stand_in {
    use super::{Sink, Value};

    pub(super) struct Template(String);

    pub(super) struct Problem {
        pub(super) message: String,
    }

    impl Template {
        #[expect(clippy::unnecessary_wraps, reason = "the signature that it stands in for")]
        pub(super) fn parse(source: &str, _sink: Sink) -> Result<Self, Problem> {
            Ok(Self(source.to_owned()))
        }

        pub(super) fn render(&self, data: &Value) -> Result<String, Problem> {
            let mut out = String::new();
            let mut rest = self.0.as_str();
            while let Some((before, after)) = rest.split_once("{{") {
                let (name, after) = after.split_once("}}").unwrap_or_default();
                let value = data.get(name.trim());
                let value =
                    value.ok_or_else(|| Problem { message: format!("`{}` is undefined", name.trim()) })?;
                out.push_str(before);
                out.push_str(&value.as_str().map_or_else(|| value.to_string(), str::to_owned));
                rest = after;
            }
            Ok(out + rest)
        }
    }

    pub(super) fn fill_secrets(text: &str, value: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('\u{10f5e1}') {
            let (name, after) = after.split_once('\u{10f5e2}').unwrap_or_default();
            out.push_str(before);
            out.push_str(&value(name).ok_or_else(|| name.to_owned())?);
            rest = after;
        }
        Ok(out + rest)
    }

    pub(super) fn show_secrets(text: &str) -> String {
        text.replace('\u{10f5e1}', "{{ secrets.")
    }
}
