//! `orch doctor`.

use super::page::Page;
use super::style::{Style, Tint};
use crate::report::{Finding, Health};

/// A line for each finding, and below it what to do.
pub fn checkup(findings: &[Finding], style: Style) -> String {
    let mut page = Page::new(style);
    for finding in findings {
        let mark = match finding.health {
            Health::Ok => page.paint(Tint::Good, "="),
            Health::Note => page.paint(Tint::Dim, "~"),
            Health::Bad => page.paint(Tint::Bad, "!"),
        };
        page.line(format!("{mark} {}", finding.message));
        if let Some(remedy) = &finding.remedy {
            page.tinted(Tint::Dim, format!("    {remedy}"));
        }
    }
    page.finish()
}
