//! Channels: that those which `notify` names exist, and that their own settings can be read.

use std::sync::Arc;

use crate::check::raw::Text;
use crate::diag::{Diagnostic, Diagnostics, Issue, literal};
use crate::expr::{Sink, Template};
use crate::load::{Kind, Spanned};

use super::Context;
use super::context::{Reference, unknown};
use super::secrets::{nameless, undeclared};

/// There without being declared: the terminal.
const CONSOLE: &str = "console";

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let reference = Reference { issue: Issue::UnknownChannel, what: "channel", kind: Kind::Channels };
    for view in &context.views {
        for (name, span) in view.literals("notify", "channel") {
            if name != CONSOLE {
                let names = &context.declared.channel_names;
                diagnostics.extend(unknown(reference, names, name, view.file(), span));
            }
        }
    }
    for channel in &context.declared.channels {
        let Some(hook) = &channel.value.webhook else { continue };
        setting(context, &channel.file, &hook.url, Sink::Plain, diagnostics);
        for (_, value) in hook.headers.iter().flat_map(|headers| headers.iter()) {
            setting(context, &channel.file, value, Sink::Header, diagnostics);
        }
    }
}

/// A setting is the same for every message: only secrets and the project may be named in it.
fn setting(
    context: &Context<'_>,
    file: &Arc<str>,
    text: &Spanned<Text>,
    sink: Sink,
    diagnostics: &mut Diagnostics,
) {
    let template = match Template::parse(&text.value.0, sink) {
        Ok(template) => template,
        Err(error) => {
            let span = context.within(file, text.span, &text.value.0, error.range.as_ref());
            let help = error.help.unwrap_or_else(|| "write a text such as `{{ secrets.NAME }}`".to_owned());
            diagnostics.push(Diagnostic::new(Issue::NotAnExpression, file, span, error.message).help(help));
            return;
        }
    };
    for (reference, range) in template.references_with_ranges() {
        let span = context.within(file, text.span, &text.value.0, Some(&range));
        match (reference.path.first().map(smol_str::SmolStr::as_str), reference.path.get(1)) {
            (Some("secrets"), Some(name)) => diagnostics.extend(undeclared(context, file, span, name)),
            (Some("secrets"), None) => diagnostics.push(nameless(file, span)),
            (Some("project"), Some(name)) if name == "name" => {}
            _ => {
                let message = format!(
                    "{} does not exist in the settings of a channel",
                    literal(&reference.to_string())
                );
                let diagnostic = Diagnostic::new(Issue::UnknownReference, file, span, message)
                    .help("name `secrets.…` or `project.name`, or put it into the message");
                diagnostics.push(diagnostic);
            }
        }
    }
}
