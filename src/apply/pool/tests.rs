//! A pool with real programs and threads.

use std::time::Duration as Length;

use serde_json::{Map, json};

use super::*;
use crate::adapters::clock::{Stopwatch, SystemClock};
use crate::adapters::http::HttpClient;
use crate::adapters::scratch::TemporaryFolder;
use crate::adapters::shell::SystemPrograms;
use crate::adapters::workspace::DiskWorkspace;
use crate::apply::{Mask, Reporter};
use crate::model::{Duration as Limit, Ended, OnLost, Origin, Permissions};

/// Notes what was printed, by step.
#[derive(Default)]
struct Notes(Mutex<Vec<(SmolStr, usize)>>);

impl Reporter for Notes {
    fn started(&self, _: &Effect) {}

    fn printed(&self, effect: &Effect, text: &str) {
        self.0.lock().unwrap().push((effect.step.clone(), text.len()));
    }

    fn finished(&self, _: &Effect, _: &Outcome) {}
}

fn effect(step: &str, act: EffectAct) -> Effect {
    Effect {
        run: RunId("w#1".into()),
        step: step.into(),
        attempt: 1,
        begun: None,
        act,
        timeout: Limit::from_seconds(60),
        on_lost: OnLost::Retry,
        permissions: Permissions::default(),
        origin: Origin::new("w.yaml", 1, 1),
        manifest: None,
    }
}

fn command(step: &str, script: &str) -> Effect {
    let argv = ["sh", "-c", script].map(str::to_owned).to_vec();
    effect(step, EffectAct::Run { argv, cwd: None, env: Vec::new() })
}

fn action(step: &str, to: &str) -> Effect {
    let args = json!({"path": to, "text": "text"});
    effect(step, EffectAct::Call { action: "files.write", args })
}

fn with<R>(notes: &Notes, act: impl FnOnce(&mut Pool<'_, '_>) -> R) -> R {
    let folder = tempfile::tempdir().unwrap();
    let (files, scratch) = (DiskWorkspace::open(folder.path()).unwrap(), TemporaryFolder::make().unwrap());
    let tools = Tools {
        files: &files,
        http: &HttpClient::default(),
        github: Err("there is no GitHub here"),
        scratch: &scratch,
        clock: &SystemClock::new(None),
        root: folder.path(),
        secrets: &[],
        hidden: &[],
        mask: &Mask::default(),
        lineage: "l",
        reporter: notes,
    };
    with_pool(tools, Box::new(SystemPrograms::new().unwrap()), 16, act)
}

/// How each step ended, in the order heard.
fn hear_out(pool: &mut Pool<'_, '_>) -> Vec<(String, Outcome)> {
    let mut heard = Vec::new();
    while !pool.is_idle() {
        let reports = pool.heard(Length::from_mins(1));
        heard.extend(reports.into_iter().map(|report| (report.step.to_string(), report.outcome)));
    }
    heard
}

#[test]
fn commands_and_actions_go_on_side_by_side() {
    let notes = Notes::default();
    let heard = with(&notes, |pool| {
        let now = Time::default();
        assert!(pool.start(command("slow", "sleep 0.5; echo x=1 > \"$ORCH_OUTPUT\""), now).is_some());
        assert!(pool.start(command("none", "exec ./no-such-program"), now).is_some());
        assert!(pool.start(action("write", "new.txt"), now).is_none());
        let argv = vec!["./no-such-program".to_owned()];
        let lost = effect("lost", EffectAct::Run { argv, cwd: None, env: Vec::new() });
        assert!(pool.start(lost, now).is_none());
        assert_eq!((pool.room(), pool.running().count()), (12, 4));
        hear_out(pool)
    });
    let of = |step: &str| &heard.iter().find(|(of, _)| of == step).unwrap().1;
    assert_eq!(heard.last().unwrap().0, "slow");
    assert_eq!((of("slow").ended, &of("slow").outputs["x"]), (Ended::Succeeded, &json!("1")));
    assert_eq!(of("none").exit_code, Some(127));
    assert_eq!(of("lost").error.as_deref(), Some("no such program `./no-such-program`"));
    assert_eq!((of("write").ended, &of("write").error), (Ended::Succeeded, &None));
    assert_eq!(of("lost").outputs, Map::new());
    // How long it took is told of commands and actions.
    assert!(of("slow").millis >= 500 && (1..60_000).contains(&of("write").millis));
}

#[test]
fn while_something_takes_long_somebody_looks_after_them() {
    let notes = Notes::default();
    with(&notes, |pool| {
        let now = Time::default();
        let quick = Effect { timeout: Limit::from_seconds(1), ..command("limited", "sleep 60") };
        pool.start(command("loud", "yes | head -c 1000000"), now);
        pool.start(quick, now);
        pool.start(action("write", "new.txt"), now);
        pool.start(command("long", "sleep 60"), now);
        pool.meanwhile(&mut || std::thread::sleep(Length::from_millis(2500)));
        let printed: usize = notes.0.lock().unwrap().iter().map(|(_, length)| length).sum();
        assert_eq!(printed, 1_000_000);
        let clock = Stopwatch::start();
        let heard = pool.heard(Length::from_mins(1));
        assert!(clock.elapsed() < Length::from_millis(500));
        let mut heard: Vec<_> = heard.iter().map(|r| (r.step.as_str(), r.outcome.ended)).collect();
        heard.sort_by_key(|(step, _)| *step);
        let expected =
            [("limited", Ended::TimedOut), ("loud", Ended::Succeeded), ("write", Ended::Succeeded)];
        assert_eq!(heard, expected);
        pool.cancel(&RunId("w#1".into()), &"long".into());
        assert_eq!(hear_out(pool)[0].1.ended, Ended::Cancelled);
        // With nothing going on it is done as well.
        let mut count = 0;
        pool.meanwhile(&mut || count += 1);
        assert_eq!(count, 1);
    });
}

#[test]
fn whoever_leaves_waits_until_nothing_goes_on() {
    let (notes, clock) = (Notes::default(), Stopwatch::start());
    with(&notes, |pool| {
        pool.start(command("long", "trap 'echo bye; exit' TERM; echo up; sleep 60 & wait"), Time::default());
        while notes.0.lock().unwrap().is_empty() {
            pool.heard(Length::from_millis(20));
        }
    });
    assert_eq!(notes.0.lock().unwrap().len(), 2);
    assert!(clock.elapsed() < Length::from_secs(30));
}
