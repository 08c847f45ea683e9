//! The table of templates. A new file in a folder of `examples/` is a new line here; a test
//! fails until it stands.

use super::{File, Template};

macro_rules! files {
    ($template:literal: $($path:literal),+ $(,)?) => {
        &[$(File {
            path: $path,
            source: include_str!(concat!("../../examples/", $template, "/", $path)),
        }),+]
    };
}

/// All templates; the first is the one to show people who ask what there is.
pub const TEMPLATES: &[Template] = &[
    Template {
        name: "content-team",
        summary: "ten AI agents who write, review and publish: routes, three review tiers, SLAs, tasks",
        files: files!("content-team":
            "orch.yaml",
            "agents.yaml",
            "routing.yaml",
            "reviews.yaml",
            "sla.yaml",
            "tasks/content.yaml",
            "tasks/groundwork.yaml",
        ),
    },
    Template {
        name: "automation",
        summary: "four workflows, one a pattern: on an event, on a schedule, beyond a threshold, as a pipeline",
        files: files!("automation":
            "orch.yaml",
            "agents.yaml",
            "channels.yaml",
            "workflows/test-new-commits.yaml",
            "workflows/nightly-health.yaml",
            "workflows/high-cpu.yaml",
            "workflows/new-document.yaml",
            "ci/test.sh",
            "ci/build.sh",
        ),
    },
    Template {
        name: "github-team",
        summary: "agents who develop on GitHub: accounts, branches of their own, SLAs for reviews, builds and deployments",
        files: files!("github-team": "orch.yaml", "agents.yaml", "routing.yaml", "sla.yaml"),
    },
    Template {
        name: "ai-agents",
        summary: "a writer and a coder who are called when they have work: local models, Claude, GitHub",
        files: files!("ai-agents":
            "orch.yaml",
            "agents.yaml",
            "routing.yaml",
            "reviews.yaml",
            ".github/workflows/writer.yml",
        ),
    },
    Template {
        name: "blank",
        summary: "one person and nothing else",
        files: files!("blank": "orch.yaml", "agents.yaml"),
    },
];
