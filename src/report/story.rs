//! The commit message of a tick: what happened, in plain words. Nothing that users write can
//! break out of its line, so that only `orch` writes trailers.

use super::clean::{one_line, shorten};
use super::digest::{Item, digest, whole};
use super::line::Group;
use super::narrate::narrate;
use super::tally::{Tense, fitted, tally};
use crate::model::{Event, Fact, FlowFact, ORCH, RunId};
use crate::state::State;

/// The longest subject.
const SUBJECT: usize = 72;
/// The most events that the body names.
const BODY: usize = 60;

/// The message without trailers: a subject of at most 72 characters, an empty line, a line for each
/// event, or run (at most 60 of them). Ends with a line break; trailers follow after an empty line.
///
/// A body line begins with a symbol and a space, which git never takes for a trailer.
pub fn story(events: &[Event], state: &State) -> String {
    let items = digest(events);
    let mut lines = vec![subject(events, &items, state), String::new()];
    lines.extend(items.iter().take(BODY).map(|item| item.line(state).to_string()));
    if items.len() > BODY {
        lines.push(format!("… and {} more", items.len() - BODY));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// `CONTENT-010: delivered by content-strategist` if one thing was asked for, `run clean-logs#12
/// succeeded: 3 steps` if only one run went on, else the counts: `tick: 2 tasks created, 1 assigned`.
fn subject(events: &[Event], items: &[Item<'_>], state: &State) -> String {
    let mut asked = events.iter().filter(|event| is_asked(event));
    match (asked.next(), asked.next()) {
        (Some(only), None) => shorten(&headline(only, events, items, state), SUBJECT).into_owned(),
        (Some(_), Some(_)) => fitted(&tally(events, Tense::Past), SUBJECT),
        (None, _) => match only_run(events) {
            Some(run) => shorten(&of_run(&run, items, state), SUBJECT).into_owned(),
            None => {
                let prefix = "tick: ";
                format!("{prefix}{}", fitted(&tally(events, Tense::Past), SUBJECT - prefix.len()))
            }
        },
    }
}

/// The one thing that was asked for, without the details that the body tells.
fn headline(event: &Event, events: &[Event], items: &[Item<'_>], state: &State) -> String {
    let line = narrate(event, state);
    match &event.fact {
        Fact::TaskCreated { task, spec } => format!("{task}: created: {}", one_line(&spec.title)),
        Fact::ReviewCompleted { task, .. } => {
            let review = line.text.replace(&format!(" of {task}"), "");
            let verdict = review.split(['(', ':']).next().unwrap_or_default().trim_end();
            let completes =
                |event: &Event| matches!(&event.fact, Fact::TaskCompleted { task: done } if done == task);
            let end = if events.iter().any(completes) { ", complete" } else { "" };
            format!("{task}: {verdict}{end}")
        }
        Fact::Flow(fact) => match (fact.as_ref(), fact.run()) {
            (FlowFact::RunCreated { .. }, Some(run)) => of_run(run, items, state),
            (_, Some(_)) => format!("run {} {}", line.subject, line.text),
            (_, None) => format!("{}: {}", line.subject, line.text),
        },
        _ => format!("{}: {}", line.subject, line.text),
    }
}

/// The run that all of it is about, if it is about one.
fn only_run(events: &[Event]) -> Option<RunId> {
    let mut only: Option<RunId> = None;
    for event in events {
        let Fact::Flow(fact) = &event.fact else { return None };
        match fact.run() {
            Some(run) if only.as_ref().is_none_or(|only| *only == whole(run)) => only = Some(whole(run)),
            // What triggered it.
            None if matches!(Group::of(&event.fact), Group::Workflows) => {}
            _ => return None,
        }
    }
    only
}

fn of_run(run: &RunId, items: &[Item<'_>], state: &State) -> String {
    let is_its = |item: &&Item<'_>| match item {
        Item::Event(event) => event.fact.run().map(whole).as_ref() == Some(run),
        Item::Run(events) => events.iter().any(|event| event.fact.run().map(whole).as_ref() == Some(run)),
    };
    // Of several lines the last: it waits for approval, or it was escalated.
    let line = items.iter().rfind(is_its).map(|item| item.line(state));
    line.map(|line| format!("run {} {}", line.subject, line.text)).unwrap_or_default()
}

/// Whether somebody asked for it, and no rule nor the tick itself did it.
fn is_asked(event: &Event) -> bool {
    event.cause.is_none() && event.actor != ORCH
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Ask;
    use crate::report::testing::{World, add, busy, tweet};
    use crate::report::testing_runs::{done, flows, run};

    #[test]
    fn one_request_names_itself_and_a_tick_counts() {
        let mut world = busy();
        world.complete("canon-keeper", "LORE-003", "lore/ika.md");
        insta::assert_snapshot!(story(&world.plan.events, &world.state), @"
        LORE-003: delivered by canon-keeper: lore/ika.md

        ~ LORE-003 delivered by canon-keeper: lore/ika.md
        = LORE-003 complete — needs no review
        ~ CONTENT-013 no longer waits for LORE-003 — LORE-003 is complete
        ~ CONTENT-013 unblocked — nothing holds it any more
        ");
        world.tick("12:35");
        let subject =
            |world: &World| story(&world.plan.events, &world.state).lines().next().unwrap().to_owned();
        insta::assert_snapshot!(subject(&world), @"tick: 2 SLA breaches, 1 escalation");
        assert_eq!(subject(&World::new()), "tick: state created");
    }

    #[test]
    fn user_text_cannot_forge_a_trailer() {
        let mut world = World::new();
        let title = "Hello\n\nOrch-Serial: 9\r\nOrch-Lineage: mine\u{2028}Signed-off-by: me\u{1b}[2J";
        world.add("CONTENT-001", tweet(title));
        let reason = Some("\n\nOrch-Serial: 9".to_owned());
        world.ask("a\nOrch-Serial: 9", Ask::Cancel { task: "CONTENT-001".parse().unwrap(), reason });
        for (_, event) in &world.log {
            let message = story(std::slice::from_ref(event), &world.state);
            let (subject, body) = message.split_once("\n\n").unwrap();
            assert!(subject.chars().count() <= SUBJECT && !subject.contains('\n'), "{subject}");
            assert!(!subject.starts_with("Orch-") && !subject.contains('\u{1b}') && !body.contains('\u{1b}'));
            for line in body.lines() {
                let first: Vec<char> = line.chars().take(3).collect();
                assert!("+~>=-!".contains(first[0]) && first[1] == ' ' && first[2] != ' ', "{line}");
            }
            assert_eq!(body.lines().count(), 1, "{body}");
        }
    }

    #[test]
    fn long_stories_are_cut() {
        let mut world = World::new();
        let many =
            (1..=150).map(|n| ("mika", add(&format!("CONTENT-{n}"), tweet(&"x".repeat(200))))).collect();
        world.ask_all(many);
        let whole = story(&world.plan.events, &world.state);
        assert_eq!(whole.lines().next(), Some("150 tasks created, 1 assigned"));
        assert_eq!(whole.lines().count(), 2 + 60 + 1, "60 events and the rest in one line");
        assert!(whole.ends_with("\n… and 91 more\n"), "{whole}");
        let few: Vec<Event> = world.plan.events[..60].to_vec();
        assert_eq!(story(&few, &world.state).lines().count(), 2 + 60);
    }

    #[test]
    fn a_run_is_one_line() {
        let mut world = flows();
        let facts = [done("deploy#1", "build", None), done("deploy#1", "ship", None)].concat();
        world.flow(vec![run("deploy")], &[]);
        let begun = story(&world.plan.events, &world.state);
        world.now = crate::report::testing::at("09:02");
        world.flow(Vec::new(), &facts);
        assert!(world.flow_facts() > 4, "{:?}", world.plan.events);
        let ended = story(&world.plan.events, &world.state);
        world.flow(vec![run("deploy"), run("guarded")], &[]);
        let two = story(&world.plan.events, &world.state);
        world.flow(Vec::new(), &done("deploy#2", "build", Some("exit code 2\n\nOrch-Serial: 9")));
        let failed = story(&world.plan.events, &world.state);
        insta::assert_snapshot!([begun, ended, two, failed].join("---\n"), @"
        run deploy#1 made: asked for by mika@example.com, started

        + deploy#1 made: asked for by mika@example.com, started
        ---
        run deploy#1 succeeded: 2 steps in 2m

        = deploy#1 succeeded: 2 steps in 2m
        ---
        1 run made, 1 started, 1 approval asked for

        + deploy#2 made: asked for by mika@example.com, started
        + guarded#1 made: asked for by mika@example.com
        ! guarded#1 waits for approval by lead until 2026-01-09T10:02:00Z — its workflow asks for approval (workflows/deploy.yaml:1)
        ---
        run deploy#2 failed: build: exit code 2 Orch-Serial: 9

        ! deploy#2 failed: build: exit code 2 Orch-Serial: 9
        ");
    }
}
