//! How long a run may take: only the time counts in which something of it is being done.

use super::{World, at, exit, run_id};
use crate::model::{Duration, FlowAsk};

fn limited(list: &str) -> World {
    World::of(&format!("name: X\non: manual\ntimeout: 1h\nsteps:\n{list}"))
}

/// Whether the run went through all it waits for, to its end.
fn goes_on_to_its_end(world: &mut World, last: &str) {
    assert_eq!(world.succeed(), [last]);
    assert_eq!(world.status("x#1"), "succeeded");
    world.check();
}

#[test]
fn waiting_for_a_person_takes_no_time() {
    let mut world = limited("  - { id: ok, approve: true }\n  - { id: a, needs: ok, run: a }\n");
    world.run("x");
    world.tick("20:00");
    world.ask("ann", FlowAsk::Approve { run: run_id("x#1"), step: None, note: None, was_done: false });
    goes_on_to_its_end(&mut world, "x#1/a");
}

#[test]
fn a_wait_takes_no_time_however_late_the_tick_is() {
    let mut world = limited("  - { id: w, wait: 2h }\n  - { id: a, needs: w, run: a }\n");
    world.run("x");
    assert_eq!(world.due, Some(at("10:00")), "nothing is due before the wait is over");
    world.tick("22:00");
    goes_on_to_its_end(&mut world, "x#1/a");
}

#[test]
fn a_pause_and_a_retry_take_no_time() {
    let mut world = limited("  - { id: a, run: a, retry: { attempts: 2, delay: 1m } }\n");
    world.run("x");
    let begun = world.begin();
    world.now = at("08:30");
    world.report(&begun[0], exit(1));
    world.ask("boss", FlowAsk::Pause { workflow: None, why: None });
    world.tick("20:00");
    world.ask("boss", FlowAsk::Resume { workflow: None });
    goes_on_to_its_end(&mut world, "x#1/a 2");
    assert_eq!(world.state().run("x#1").unwrap().worked, Duration::from_minutes(30));
}

#[test]
fn the_limit_is_over_the_sum_of_what_was_done() {
    let mut world = limited(
        "  - { id: a, run: a }\n  - { id: w, needs: a, wait: 2h }\n  - { id: b, needs: w, run: b, timeout: 3h }\n",
    );
    world.run("x");
    let begun = world.begin();
    world.now = at("08:40");
    world.report(&begun[0], exit(0));
    world.give_back();
    world.tick("10:40");
    world.begin();
    assert!(world.tick("10:59").is_empty());
    assert_eq!(world.status("x#1"), "running");
    world.tick("11:00");
    assert_eq!((world.status("x#1"), world.why("x#1").as_str()), ("failed", "its steps took longer than 1h"));
    assert_eq!(world.steps("x#1")["b"], "cancelled");
    world.check();
}

#[test]
fn an_attempt_of_a_dead_tick_counts_until_its_lease_ended() {
    let mut world = limited("  - { id: a, run: a }\n");
    world.run("x");
    world.begin();
    world.holder = Some("other");
    world.tick("20:00");
    assert_eq!(world.state().run("x#1").unwrap().worked, Duration::from_minutes(15));
    world.tick("20:30");
    goes_on_to_its_end(&mut world, "x#1/a 2");
}

#[test]
fn a_run_works_while_a_part_of_it_does() {
    let outer = "name: X\non: manual\ntimeout: 1h\nsteps:\n  - { id: y, workflow.run: { workflow: y } }\n";
    let inner = "name: Y\non: manual\nsteps:\n  - { id: w, wait: 3h }\n  - { id: a, needs: w, run: a, timeout: 3h }\n";
    let mut world = World::new(&[("workflows/x.yaml", outer), ("workflows/y.yaml", inner)]);
    world.run("x");
    world.tick("11:00");
    world.begin();
    world.tick("11:59");
    assert_eq!((world.status("x#1"), world.status("y#1")), ("running", "running"));
    world.tick("12:00");
    assert_eq!((world.status("x#1"), world.status("y#1")), ("failed", "cancelled"));
    assert_eq!(world.state().run("x#1").unwrap().works_since, None);
    world.check();
}
