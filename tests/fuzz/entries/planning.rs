//! What must hold of every plan: it follows, twice the same, and can be derived again from what the log says of it.

use std::sync::LazyLock;

use crate::check::check;
use crate::load::{Kind, Sources};
use crate::model::{Config, Fact, FlowFact, Request, Time};
use crate::plan::{Inputs, PlanError, Planned, Recorded, plan, rederive};
use crate::report;
use crate::state::State;

const CONFIG_ID: &str = "c0ffee";

/// 2026-11-23T10:00:00Z, a Monday.
pub(super) fn now() -> Time {
    Time::from_second(1_795_428_000)
}

/// A team with all that a team can have, for targets that need one.
pub(super) static TEAM: LazyLock<Config> = LazyLock::new(|| {
    let file = |name: &str, kind, text: &str| (name.to_owned(), kind, text.as_bytes().to_vec());
    let sources = Sources::in_memory([
        file("orch.yaml", Kind::Orch, include_str!("../team/orch.yaml")),
        file("agents.yaml", Kind::Agents, include_str!("../../../examples/content-team/agents.yaml")),
        file("reviews.yaml", Kind::Reviews, include_str!("../../../examples/content-team/reviews.yaml")),
        file("routing.yaml", Kind::Routing, include_str!("../../../examples/content-team/routing.yaml")),
        file("sla.yaml", Kind::Sla, include_str!("../../../examples/content-team/sla.yaml")),
        file(
            "tasks/content.yaml",
            Kind::Tasks,
            include_str!("../../../examples/content-team/tasks/content.yaml"),
        ),
        file(
            "tasks/ground.yaml",
            Kind::Tasks,
            include_str!("../../../examples/content-team/tasks/groundwork.yaml"),
        ),
        file("workflows/hook.yaml", Kind::Workflows, include_str!("../team/hook.yaml")),
    ]);
    let checked = check(&sources, None);
    checked.config.unwrap_or_else(|| panic!("the team is valid: {:#?}", checked.diagnostics))
});

/// The state of the team after its first tick.
pub(super) static BEGUN: LazyLock<State> =
    LazyLock::new(|| planned(&TEAM, None, now(), &[], &[]).expect("the first tick is planned").state);

/// Three ticks: the first, one soon after, one much later. What the second one of them would do again at the
/// same time is nothing.
pub(super) fn ticks(config: &Config) {
    let mut state = None;
    for later in [0, 60, 90 * 86_400] {
        let at = Time::from_second(now().as_second() + later);
        let Some(planned) = planned(config, state.take(), at, &[], &[]) else { return };
        state = Some(planned.state);
    }
}

/// Plans; none where a request is refused.
pub(super) fn planned(
    config: &Config,
    state: Option<State>,
    now: Time,
    requests: &[Request],
    observed: &[FlowFact],
) -> Option<Planned> {
    let inputs = Inputs { observed, ..Inputs::new(now, CONFIG_ID.into(), requests) };
    let first = plan(config, state.clone(), &inputs);
    let second = plan(config, state.clone(), &inputs);
    let planned = match (first, second) {
        (Ok(first), Ok(second)) => {
            assert_eq!(first.plan, second.plan, "the same input, the same plan");
            first
        }
        (Err(PlanError::Refused { request, refusal }), Err(again)) => {
            assert!(request < requests.len());
            assert_eq!(PlanError::Refused { request, refusal }.to_string(), again.to_string());
            return None;
        }
        (first, second) => panic!("rules contradict each other: {first:?} {second:?}"),
    };
    for event in &planned.plan.events {
        let text = serde_json::to_string(&event.fact).expect("a fact is plain JSON");
        let read = serde_json::from_str::<Fact>(&text);
        assert!(read.as_ref().is_ok_and(|fact| *fact == event.fact), "{text}: {read:?}");
        let _ = report::narrate(event, &planned.state);
    }
    if !planned.plan.events.is_empty() {
        let (given, events) = (&planned.plan.given, planned.plan.events.as_slice());
        let recorded = Recorded { config_id: &CONFIG_ID.into(), at: planned.plan.base.now, given, events };
        match rederive(config, state, &recorded) {
            Ok(derived) => assert_eq!(derived.state, planned.state),
            Err(error) => panic!("{error:?}: {events:#?}"),
        }
    }
    Some(planned)
}
