//! `orch agent isolation`.

use super::columns::{Columns, cell};
use super::page::Page;
use super::style::{Style, Tint};
use crate::report::{IsolationReport, join_and, one_line, plural};

/// What breaks the isolation of branches, and how each agent keeps to its own.
pub fn agent_isolation(report: &IsolationReport<'_>, style: Style) -> String {
    let mut page = Page::new(style);
    let Some(seen) = report.seen else {
        page.line("The pull requests of the repository have not been looked at.");
        if report.is_watched {
            page.tinted(Tint::Dim, "The next `orch tick` looks.");
        } else {
            page.tinted(
                Tint::Dim,
                "Write `github: { isolation: true }` into orch.yaml, and the next `orch tick` looks.",
            );
        }
        return page.finish();
    };
    let open = plural(report.pulls, "open pull request");
    page.line(format!("{open} in {}, the latest change at {seen}", one_line(report.repository)));
    if report.breaches.is_empty() {
        page.tinted(Tint::Good, "Nothing breaks the isolation of branches.");
    } else {
        page.heading(plural(report.breaches.len(), "breach"));
        for breach in &report.breaches {
            page.tinted(Tint::Bad, format!("  {}", one_line(&breach.summary)));
            if breach.files.len() > 1 {
                let files: Vec<_> = breach.files.iter().map(|file| one_line(file)).collect();
                page.tinted(Tint::Dim, format!("    {}", files.join(", ")));
            }
        }
    }
    if !report.agents.is_empty() {
        page.heading("Agents");
        let mut columns =
            Columns::new(&["AGENT", "LOGIN", "OPEN", "ON OWN BRANCHES", "WITH SHARED FILES", "BRANCHES"])
                .titled();
        for one in &report.agents {
            let on_own = one.on_own.map_or_else(|| "-".to_owned(), |own| format!("{own} of {}", one.open));
            let is_astray = one.on_own.is_some_and(|own| own < one.open);
            columns.row([
                cell(one.agent.name.as_str()),
                cell(one.agent.github.as_deref().unwrap_or("-")),
                cell(one.open.to_string()),
                cell(on_own).tint(if is_astray { Tint::Bad } else { Tint::Plain }),
                cell(one.with_shared.to_string()),
                cell(one_line(&one.agent.branches.join(" "))),
            ]);
        }
        page.columns(&columns, 2);
    }
    if report.is_cut || !report.partly.is_empty() || !report.is_watched {
        page.gap();
    }
    if report.is_cut {
        page.line("There are more pairs with the same files; name those that everybody changes under `github: { isolation: { shared: […] } }`.");
    }
    if !report.partly.is_empty() {
        let pulls: Vec<String> = report.partly.iter().map(ToString::to_string).collect();
        page.line(format!("Only the first 100 files are compared of pull request {}.", join_and(&pulls)));
    }
    if !report.is_watched {
        page.tinted(
            Tint::Dim,
            "Nobody waits for this; with `github: { isolation: true }` in orch.yaml each tick looks, and tells.",
        );
    }
    page.finish()
}
