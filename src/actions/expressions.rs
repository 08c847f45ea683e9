//! What actions use of templates and secrets at last, when everything else is final.

use serde_json::Value;

use super::{Failure, World};
use crate::expr::{Sink, Template, fill_secrets, show_secrets};

/// Renders a template that is not a part of the workflow, such as a file.
pub(super) fn render(source: &str, sink: Sink, data: &Value) -> Result<String, Failure> {
    let template = Template::parse(source, sink).map_err(|error| Failure::last(error.message))?;
    template.render(data).map_err(|error| Failure::last(error.message))
}

/// Puts the values of secrets where they are used.
pub(super) fn fill(text: &str, world: &World<'_>) -> Result<String, Failure> {
    fill_secrets(text, &|name| (world.secret)(name)).map_err(Failure::last)
}

/// Whether a secret stands in a text.
pub(super) fn has_secret(text: &str) -> bool {
    show_secrets(text) != text
}
