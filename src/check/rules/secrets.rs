//! Secrets must be declared, allowed, and stand only where nobody reads them.

use std::sync::Arc;

use crate::check::flow::View;
use crate::diag::{Diagnostic, Diagnostics, Issue, Span, did_you_mean, literal};
use crate::load::ShortOr;

use super::Context;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for view in &context.views {
        for written in &view.texts {
            for (reference, range) in written.read.iter().flatten() {
                let Some((root, rest)) = reference.path.split_first() else { continue };
                if root != "secrets" {
                    continue;
                }
                let span = context.within(view.file(), written.span, written.text, Some(range));
                let Some(name) = rest.first() else {
                    diagnostics.push(nameless(view.file(), span));
                    continue;
                };
                if !written.place.takes_secrets {
                    let message = format!("secret {} would be shown here", literal(name));
                    let diagnostic =
                        Diagnostic::new(Issue::SecretExposed, view.file(), span, message).help(format!(
                            "put it into `env:` as `NAME: \"{{{{ secrets.{name} }}}}\"`, and use `$NAME`"
                        ));
                    diagnostics.push(diagnostic);
                }
                diagnostics.extend(undeclared(context, view.file(), span, name));
                diagnostics.extend(forbidden(view, span, name));
            }
        }
        for trigger in view.item.value.raw.on.iter() {
            let ShortOr::Long(trigger) = &trigger.value else { continue };
            let Some(secret) = trigger.webhook.as_ref().and_then(|webhook| webhook.secret.as_ref()) else {
                continue;
            };
            diagnostics.extend(undeclared(context, view.file(), secret.span, &secret.0));
            diagnostics.extend(forbidden(view, secret.span, &secret.0));
        }
        let permissions = view.item.value.raw.permissions.as_ref();
        for name in permissions.and_then(|all| all.secrets.as_ref()).iter().flat_map(|list| list.iter()) {
            diagnostics.extend(undeclared(context, view.file(), name.span, &name.0));
        }
    }
}

pub(super) fn nameless(file: &Arc<str>, span: Span) -> Diagnostic {
    Diagnostic::new(Issue::UnknownSecret, file, span, "no secret is named")
        .help("name one, such as `secrets.DEPLOY_TOKEN`")
}

/// The problem of a secret that `orch.yaml` does not declare.
pub(super) fn undeclared(
    context: &Context<'_>,
    file: &Arc<str>,
    span: Span,
    name: &str,
) -> Option<Diagnostic> {
    let names = &context.declared.secret_names;
    if names.has(name) {
        return None;
    }
    let message = format!("secret {} is not declared", literal(name));
    let help = did_you_mean(name, names.iter())
        .unwrap_or_else(|| "declare it under `secrets:` in `orch.yaml`".to_owned());
    Some(Diagnostic::new(Issue::UnknownSecret, file, span, message).help(help))
}

/// The problem of a secret that the workflow's own permissions leave out.
fn forbidden(view: &View<'_>, span: Span, name: &str) -> Option<Diagnostic> {
    let allowed = view.item.value.raw.permissions.as_ref()?.secrets.as_ref()?;
    if allowed.iter().any(|one| one.0 == name) {
        return None;
    }
    let message = format!("secret {} is not among those that the workflow may use", literal(name));
    let diagnostic = Diagnostic::new(Issue::ExceedsPermissions, view.file(), span, message)
        .label(view.file(), allowed.span, "the secrets that it may use")
        .help("add it to `permissions: { secrets: … }`, or do without it");
    Some(diagnostic)
}
