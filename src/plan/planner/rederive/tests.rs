//! What was decided follows; what was changed afterwards does not. That everything that the tests of the
//! planner plan can be derived again is asserted where they plan it.

use super::*;
use crate::model::{Ask, Request};
use crate::plan::testing::{Team, add, at, code, content, team};
use crate::plan::{Plan, Planned, plan};

/// A delivery that makes reviews, after a task was added; and the state before it.
fn delivery() -> (Team, Plan) {
    let mut team = Team::new(team());
    team.ask(at("09:00"), "boss", add("T-1", content("a task", "tweet", 1)));
    team.ask(at("09:10"), "content", Ask::Start { task: code("T-1") });
    let done = Ask::Complete { task: code("T-1"), output: None };
    let planned = team.try_ask(at("10:00"), "content", vec![done]).unwrap();
    (team, planned.plan)
}

fn derive(team: &Team, given: &Given, events: &[Event]) -> Result<Derived, Underivable> {
    let config_id = team.config_id.as_str().into();
    let recorded = Recorded { config_id: &config_id, at: at("10:00"), given, events };
    rederive(&team.config, team.state.clone(), &recorded)
}

fn wrong(team: &Team, events: &[Event]) -> usize {
    match derive(team, &Given::default(), events).unwrap_err() {
        Underivable::Differs { index, .. }
        | Underivable::Known { index }
        | Underivable::Inconsistent { index, .. } => index,
        other => panic!("{other}"),
    }
}

#[test]
fn the_first_record_that_does_not_follow_is_named() {
    let (team, plan) = delivery();
    let events = plan.events;
    assert!(events.len() > 2 && events[0].cause.is_none(), "{events:?}");
    derive(&team, &Given::default(), &events).unwrap();
    for index in 1..events.len() {
        let mut dropped = events.clone();
        dropped.remove(index);
        assert_eq!(wrong(&team, &dropped), index, "dropped");
        let mut doubled = events.clone();
        doubled.insert(index, events[index].clone());
        assert_eq!(wrong(&team, &doubled), index + 1, "doubled");
        let mut later = events.clone();
        later[index].at = at("10:01");
        assert_eq!(wrong(&team, &later), index, "at another time");
        let mut other = events.clone();
        other[index].cause.as_mut().unwrap().why = "because".into();
        assert_eq!(wrong(&team, &other), index, "for another reason");
        let mut asked = events.clone();
        asked[index].cause = None;
        assert_eq!(wrong(&team, &asked), index, "in the name of orch, without a reason");
    }
    for index in 2..events.len() {
        let mut swapped = events.clone();
        swapped.swap(index - 1, index);
        assert_eq!(wrong(&team, &swapped), index - 1, "swapped");
    }
    let mut other = team;
    other.config.reviews.required.clear();
    assert!(derive(&other, &Given::default(), &events).is_err(), "another configuration");
}

#[test]
fn facts_of_one_request_are_told_from_those_of_two() {
    let team = Team::new(team());
    let tasks = ["T-1", "T-2", "T-3"].map(|name| {
        let mut other = Team::new(team.config.clone());
        other.ask(at("09:00"), "boss", add(name, content("a task", "tweet", 1)));
        other.state().task(&code(name)).unwrap().clone()
    });
    let requests = [Request::new("boss", Ask::Import { tasks: tasks.to_vec() })];
    let inputs = Inputs::new(at("10:00"), team.config_id.as_str().into(), &requests);
    let Planned { plan, .. } = plan(&team.config, None, &inputs).unwrap();
    assert_eq!(plan.given.together, [(2, 3)]);
    derive(&team, &plan.given, &plan.events).unwrap();
}

#[test]
fn rounds_must_be_those_of_the_events() {
    let (team, plan) = delivery();
    for rounds in [vec![(Round::Plan, 1)], vec![(Round::Plan, 99)], vec![(Round::Note, 1)]] {
        let given = Given { rounds, ..Given::default() };
        assert!(derive(&team, &given, &plan.events).is_err(), "{given:?}");
    }
}
