//! File patterns must be ones, and stay within the project; patterns of branches must be ones.

use crate::check::raw::Text;
use crate::diag::{Diagnostic, Diagnostics, Issue, literal};
use crate::load::{OneOrMany, Spanned};

use super::Context;

type Patterns = Spanned<OneOrMany<Spanned<Text>>>;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    of_branches(context, diagnostics);
    if let Some(project) = &context.declared.project {
        let isolation = project.value.github.as_ref().and_then(|github| github.isolation.as_ref()?.long());
        for pattern in isolation.and_then(|one| one.shared.as_ref()).into_iter().flat_map(|list| list.iter())
        {
            let Some((message, help)) = problem(&pattern.value.0) else { continue };
            let diagnostic = Diagnostic::new(Issue::NotAPattern, &project.file, pattern.span, message);
            diagnostics.push(diagnostic.help(help));
        }
    }
    for view in &context.views {
        let raw = &view.item.value.raw;
        let mut lists: Vec<&Patterns> = Vec::new();
        for trigger in raw.on.iter().filter_map(|trigger| trigger.long()) {
            lists.extend(trigger.files.as_ref().map(|files| &files.files));
            lists.extend(trigger.webhook.as_ref().map(|webhook| &webhook.files));
            lists.extend(trigger.commits.as_ref().and_then(|commits| commits.paths.as_ref()));
        }
        if let Some(permissions) = &raw.permissions {
            lists.extend(permissions.read.as_ref());
            lists.extend(permissions.write.as_ref());
        }
        for pattern in lists.into_iter().flat_map(|list| list.iter()) {
            let Some((message, help)) = problem(&pattern.value.0) else { continue };
            diagnostics
                .push(Diagnostic::new(Issue::NotAPattern, view.file(), pattern.span, message).help(help));
        }
        for trigger in raw.on.iter().filter_map(|trigger| trigger.long()) {
            let Some(files) = &trigger.files else { continue };
            if !files.files.0.is_empty() && files.files.iter().all(|pattern| pattern.starts_with('!')) {
                let message = "all patterns exclude, so that no file is left";
                let diagnostic = Diagnostic::new(Issue::NotAPattern, view.file(), files.files.span, message)
                    .help("add a pattern without `!`, such as `**`");
                diagnostics.push(diagnostic);
            }
        }
    }
}

fn of_branches(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for agent in &context.declared.agents {
        let Some(patterns) = &agent.value.branches else { continue };
        for pattern in patterns.iter() {
            let path = pattern.value.strip_prefix('!').unwrap_or(&pattern.value);
            let (message, help) = match (globset::Glob::new(path), &*pattern.value) {
                (Err(error), text) => {
                    let message = format!("{} is not a pattern of branches: {}", literal(text), error.kind());
                    (message, "close each `[` with `]` and each `{` with `}`")
                }
                (Ok(_), text) if path.starts_with('/') || path.starts_with("refs/") => {
                    let message = format!("{} matches no branch", literal(text));
                    (message, "write the name of the branch alone, such as `writer/**`")
                }
                (Ok(_), _) => continue,
            };
            let diagnostic =
                Diagnostic::new(Issue::NotAPattern, &agent.file, pattern.span, message).help(help);
            diagnostics.push(diagnostic);
        }
        if !patterns.value.0.is_empty() && patterns.iter().all(|pattern| pattern.value.starts_with('!')) {
            let message = "all patterns exclude, so that no branch is left";
            let diagnostic = Diagnostic::new(Issue::NotAPattern, &agent.file, patterns.span, message)
                .help("add a pattern without `!`, such as `writer/**`");
            diagnostics.push(diagnostic);
        }
    }
}

fn problem(pattern: &str) -> Option<(String, String)> {
    let shown = literal(pattern);
    let path = pattern.strip_prefix('!').unwrap_or(pattern);
    if path.starts_with('/') || path.starts_with('~') || path.contains('\\') || path.get(1..2) == Some(":") {
        let help = "write it below the project's root and with `/`, such as `docs/**/*.md`";
        return Some((format!("{shown} is no pattern below the project's root"), help.to_owned()));
    }
    if path.split('/').any(|part| part == "..") {
        return Some((format!("{shown} leads out of the project"), "write it without `..`".to_owned()));
    }
    // Most patterns have nothing in them that could be wrong.
    if !path.contains(['[', ']', '{', '}']) {
        return None;
    }
    let error = globset::Glob::new(path).err()?;
    let help = "close each `[` with `]` and each `{` with `}`".to_owned();
    Some((format!("{shown} is not a file pattern: {}", error.kind()), help))
}
