//! What a step touches must be among what its workflow may touch, as far as that can be told
//! before anything is filled in. What cannot is checked when the step is done.

use std::sync::Arc;

use globset::GlobBuilder;

use crate::check::flow::{View, is_template};
use crate::check::raw::{RawCall, RawPermissions, RawShell, RawStep, Text};
use crate::diag::{Diagnostic, Diagnostics, Issue, Span, literal};
use crate::expr::begins_with;
use crate::load::{OneOrMany, Spanned};

use super::Context;

type Allowed = Spanned<OneOrMany<Spanned<Text>>>;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    for view in &context.views {
        let Some(permissions) = &view.item.value.raw.permissions else { continue };
        for step in &view.steps {
            let judge = Judge { view, permissions, id: &step.id };
            judge.step(&step.raw.value, diagnostics);
            if let Some(rollback) = &step.raw.keys.rollback {
                let keys = &rollback.keys;
                judge.run(keys.run.as_ref(), keys.shell.as_ref(), diagnostics);
                judge.calls(&rollback.calls, diagnostics);
            }
        }
    }
}

struct Judge<'a> {
    view: &'a View<'a>,
    permissions: &'a RawPermissions,
    id: &'a str,
}

impl Judge<'_> {
    fn step(&self, raw: &RawStep, diagnostics: &mut Diagnostics) {
        self.run(raw.keys.run.as_ref(), raw.keys.shell.as_ref(), diagnostics);
        self.calls(&raw.calls, diagnostics);
    }

    fn run(
        &self,
        run: Option<&Spanned<Text>>,
        shell: Option<&Spanned<RawShell>>,
        diagnostics: &mut Diagnostics,
    ) {
        let (Some(run), Some(allowed)) = (run, &self.permissions.commands) else { return };
        if allowed.0.is_empty() {
            self.report(run.span, "runs a script, which the workflow may not", allowed, diagnostics);
            return;
        }
        let programs = match shell.map(|shell| &shell.value) {
            Some(RawShell::Program(words)) => Some(words.iter().take(1).map(ToString::to_string).collect()),
            Some(RawShell::Python) => Some(vec!["python3".to_owned()]),
            _ => begins_with(&run.value.0),
        };
        let Some(programs) = programs else {
            let what = "begins with a program that cannot be told before it runs";
            self.report(run.span, what, allowed, diagnostics);
            return;
        };
        let may = |program: &str| {
            let name = program.rsplit('/').next().unwrap_or(program);
            allowed.iter().any(|one| &*one.value.0 == program || &*one.value.0 == name)
        };
        if let Some(program) = programs.iter().find(|program| !may(program)) {
            self.report(run.span, &format!("starts {}", literal(program)), allowed, diagnostics);
        }
    }

    fn calls(&self, calls: &[RawCall], diagnostics: &mut Diagnostics) {
        for call in calls {
            let needs = call.action.needs(&call.args.value.0);
            let kinds = [
                ("reads", &needs.read, &self.permissions.read),
                ("writes", &needs.write, &self.permissions.write),
            ];
            for (verb, paths, allowed) in kinds {
                let Some(allowed) = allowed else { continue };
                for path in paths.iter().filter(|path| !allowed.iter().any(|one| covers(&one.value.0, path)))
                {
                    self.report(call.args.span, &format!("{verb} {}", literal(path)), allowed, diagnostics);
                }
            }
            let Some(allowed) = &self.permissions.hosts else { continue };
            for host in needs.hosts.iter().filter(|host| !is_template(host)) {
                if !allowed.iter().any(|one| is_host(&one.value.0, host)) {
                    self.report(call.args.span, &format!("talks to {}", literal(host)), allowed, diagnostics);
                }
            }
        }
    }

    fn report(&self, span: Span, what: &str, allowed: &Allowed, diagnostics: &mut Diagnostics) {
        let file: &Arc<str> = self.view.file();
        let message = format!("step {} {what}", literal(self.id));
        let diagnostic = Diagnostic::new(Issue::ExceedsPermissions, file, span, message)
            .label(file, allowed.span, "all that the workflow may")
            .help("add it to `permissions`, or change the step");
        diagnostics.push(diagnostic);
    }
}

/// Whether everything at `path`, which may hold wildcards and templates, is below `allowed`.
fn covers(allowed: &str, path: &str) -> bool {
    let path = path.strip_prefix("./").unwrap_or(path);
    if allowed == "**" || allowed == path {
        return true;
    }
    if is_template(path) {
        // Only what stands before the template is known.
        let known = path.split("{{").next().unwrap_or_default().split("{%").next().unwrap_or_default();
        let fixed = allowed.split(['*', '?', '[', '{']).next().unwrap_or_default();
        return known.starts_with(fixed) || fixed.starts_with(known);
    }
    if let Some(folder) = allowed.strip_suffix("/**")
        && !folder.contains(['*', '?', '[', '{'])
    {
        return path == folder || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    }
    let Ok(glob) = GlobBuilder::new(allowed).literal_separator(true).build() else { return true };
    let matcher = glob.compile_matcher();
    // A wildcard stands for itself; one for folders stands for several of them.
    matcher.is_match(path) && matcher.is_match(path.replace("**", "*/*/*"))
}

fn is_host(allowed: &str, host: &str) -> bool {
    match allowed.strip_prefix("*.") {
        Some(domain) => host.len().checked_sub(domain.len() + 1).is_some_and(|dot| {
            host.is_char_boundary(dot)
                && host[dot..].starts_with('.')
                && host[dot + 1..].eq_ignore_ascii_case(domain)
        }),
        None => allowed.eq_ignore_ascii_case(host),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_cover_what_lies_below_them() {
        for (allowed, path) in [
            ("logs/**", "logs/a.log"),
            ("logs/**", "logs/**/*.log"),
            ("logs/**", "logs"),
            ("**", "anything/{{ item }}"),
            ("logs/*.log", "logs/a.log"),
            ("logs/*.log", "logs/*.log"),
            ("**/*.md", "docs/a.md"),
            ("**/*.md", "docs/**/*.md"),
            ("logs/**", "logs/{{ item }}"),
            ("logs/**", "{{ item }}"),
            ("logs/**", "./logs/a"),
            ("logs/[ab]/**", "logs/a/b/c"),
        ] {
            assert!(covers(allowed, path), "{allowed} covers {path}");
        }
        for (allowed, path) in [
            ("logs/**", "log"),
            ("logs/**", "logs2/a"),
            ("logs/**", "**/*.log"),
            ("logs/*.log", "logs/a/b.log"),
            ("logs/*", "logs/**"),
            ("logs/*.log", "logs/*"),
            ("logs/**", "docs/{{ item }}"),
        ] {
            assert!(!covers(allowed, path), "{allowed} does not cover {path}");
        }
    }

    #[test]
    fn hosts_below_a_domain() {
        assert!(is_host("*.example.com", "API.example.com") && is_host("example.com", "Example.com"));
        assert!(!is_host("*.example.com", "example.com") && !is_host("*.example.com", "badexample.com"));
    }
}
