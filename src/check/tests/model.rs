//! What a valid project becomes.

use crate::diag::Diagnostics;
use crate::model::{AgentKind, Duration, Name, Priority, Strategy, Subject};

use super::fixtures::{folder, project};

#[test]
fn a_full_project_becomes_a_model_with_origins() {
    let (sources, checked) = project(&folder("full"));
    assert_eq!(checked.diagnostics, Diagnostics::default());
    let paths: Vec<&str> = sources.files.iter().map(|file| &*file.path).collect();
    assert_eq!(
        paths,
        [
            ".orch/agents.yml",
            ".orch/channels.yaml",
            ".orch/orch.yaml",
            ".orch/reviews.json",
            ".orch/roles.yaml",
            ".orch/routing.yaml",
            ".orch/sla.yaml",
            ".orch/tasks/launch.yaml",
            ".orch/workflows/clean.json",
            ".orch/workflows/publish.yaml"
        ]
    );
    let config = checked.config.unwrap();
    assert_eq!(
        (config.project.state_branch.as_str(), config.project.remote.as_str()),
        ("team/state", "upstream")
    );

    let editor = config.agent("editor").unwrap();
    assert_eq!((editor.kind, editor.max_active, editor.title.as_str()), (AgentKind::Human, 16, "editor"));
    let place = (&*editor.origin.file, editor.origin.line, editor.origin.column);
    assert_eq!(place, (".orch/agents.yml", 9, 5));
    assert_eq!(config.agent("agent-01").unwrap().max_active, 3);

    let urgent = &config.routing.routes[0];
    assert_eq!(urgent.matching.priorities, [Priority::P0, Priority::P1]);
    assert_eq!(urgent.strategy, Strategy::LeastLoaded);
    let (fallback, origin) = config.routing.fallback.as_ref().unwrap();
    assert_eq!((fallback.as_str(), origin.line, origin.column), ("lead", 15, 11));

    let tier = &config.reviews.tiers[&2];
    assert_eq!(tier.name, "Tier 2");
    assert_eq!(tier.stages[0].reviews, ["canon", "cultural"].map(Name::from));
    assert_eq!(config.reviews.types["cultural"].rating, Some(("ds_rating".into(), 1, 5)));

    let canon = &config.objectives[0];
    assert_eq!(
        (canon.subject, canon.within, canon.warn_percent),
        (Subject::Review, "2h30m".parse().unwrap(), 50)
    );
    assert_eq!(
        canon.levels.iter().map(|level| level.after).collect::<Vec<_>>(),
        [Duration::ZERO, Duration::from_minutes(60)]
    );
    assert_eq!(config.objectives[1].warn_percent, 80);

    let [tweet, image] = config.tasks.as_slice() else { panic!("two tasks") };
    assert_eq!(tweet.spec.deadline.unwrap().to_string(), "2026-01-09T09:00:00Z");
    assert_eq!(tweet.spec.description.as_deref(), Some("All there is to say.\n"));
    assert_eq!((image.spec.title.as_str(), image.spec.priority), ("Draw the title image", Priority::P3));
    assert_eq!(image.spec.source.as_deref(), Some(".orch/tasks/launch.yaml"));
    assert_eq!((image.origin.line, image.origin.column), (12, 5));
}
