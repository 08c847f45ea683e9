//! The state branch and the remote must be names that git takes.

use crate::diag::{Diagnostic, Diagnostics, Issue, literal};

use super::Context;

pub(super) fn rule(context: &Context<'_>, diagnostics: &mut Diagnostics) {
    let Some(project) = &context.declared.project else { return };
    let names = [(&project.value.state_branch, "branch"), (&project.value.remote, "remote")];
    for (name, what) in names {
        let Some(name) = name.as_ref().filter(|name| !is_ref_name(&name.value.0)) else { continue };
        let message = format!("{} is not a name for a git {what}", literal(&name.value.0));
        let help = match name.value.0.strip_prefix("refs/heads/").filter(|short| is_ref_name(short)) {
            Some(short) => format!("write {} without `refs/heads/`", literal(short)),
            None => "use letters, digits, `-`, `_`, `.` and `/`, such as `orch/state`".to_owned(),
        };
        diagnostics.push(Diagnostic::new(Issue::NotABranch, &project.file, name.span, message).help(help));
    }
}

/// The rules of `git check-ref-format --branch`, without its leave to start with `refs/`.
fn is_ref_name(name: &str) -> bool {
    let part = |part: &str| {
        let lock = part.get(part.len().saturating_sub(5)..).is_some_and(|end| end == ".lock");
        !part.is_empty() && !part.starts_with('.') && !lock
    };
    let forbidden = |letter: char| {
        letter.is_control() || letter.is_whitespace() || "~^:?*[\\".contains(letter) || letter == '\u{7f}'
    };
    !name.starts_with('-')
        && !name.starts_with("refs/")
        && !name.ends_with('.')
        && name != "@"
        && name != "HEAD"
        && !name.contains("..")
        && !name.contains("@{")
        && !name.chars().any(forbidden)
        && name.split('/').all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_git_check_ref_format() {
        for name in ["orch/state", "main", "a.b", "ä", "a-b_c", "origin"] {
            assert!(is_ref_name(name), "{name}");
        }
        let wrong = [
            "",
            "-x",
            "a..b",
            "a b",
            "a~b",
            "a^",
            "a:b",
            "a?",
            "a*",
            "[a",
            "a\\b",
            "/a",
            "a/",
            "a//b",
            ".a",
            "a/.b",
            "a.",
            "a.lock",
            "a.lock/b",
            "@",
            "a@{b",
            "a\tb",
            "HEAD",
            "refs/heads/x",
        ];
        for name in wrong {
            assert!(!is_ref_name(name), "{name}");
        }
    }
}
