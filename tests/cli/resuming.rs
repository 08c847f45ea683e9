//! A run outlives its ticks: killed with `kill -9` at every tenth step of thirty, it goes on in the next
//! ticks, and what was done is not done again.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::harness::Sandbox;

/// A workflow of thirty steps: pairs of branches that meet at each tenth step, which kills its tick the
/// first time that it runs. Every step writes a line, and a line when it is undone.
fn workflow(on_lost: [&str; 3]) -> String {
    let mut yaml = String::from(
        "name: Thirty\non: manual\nconcurrency: { overlap: queue, max_parallel: 2 }\nenv: { LEDGER: ledger }\nsteps:\n",
    );
    for number in 1..=30u32 {
        let needs = match number {
            1 => String::new(),
            // Two branches of four or five begin after the step before them.
            n if n % 10 == 2 || n % 10 == 6 => format!("s{:02}", n / 10 * 10 + 1),
            n if n % 10 == 1 => format!("s{:02}", n - 1),
            n if n % 10 == 0 => format!("s{:02}, s{:02}", n - 5, n - 1),
            n => format!("s{:02}", n - 1),
        };
        let _ = writeln!(yaml, "  - id: s{number:02}\n    needs: [{needs}]");
        if number % 10 == 0 {
            let on_lost = on_lost[(number / 10 - 1) as usize];
            let _ = writeln!(
                yaml,
                "    on_lost: {on_lost}\n    retry: {{ attempts: 3, delay: 0s }}\n    run: |\n      echo s{number:02} >> \"$LEDGER\"\n      if [ ! -e killed-{number} ]; then touch killed-{number}; kill -9 $PPID; sleep 60; fi"
            );
        } else if number == 14 {
            // Fails twice before it works.
            yaml.push_str(
                "    retry: { attempts: 3, delay: 0s }\n    run: |\n      echo try >> tries\n      [ $(wc -l < tries) -ge 3 ] && echo s14 >> \"$LEDGER\"\n",
            );
        } else {
            let _ = writeln!(yaml, "    run: echo s{number:02} >> \"$LEDGER\"");
        }
        let _ = writeln!(yaml, "    rollback: {{ run: echo undo s{number:02} >> undone }}");
    }
    yaml.push_str("on_failure:\n  - id: tell\n    run: echo told >> told\n");
    yaml
}

fn project(on_lost: [&str; 3]) -> Sandbox {
    let sandbox = Sandbox::repository();
    sandbox.write("orch.yaml", "name: thirty\n");
    sandbox.write("workflows/thirty.yaml", workflow(on_lost));
    sandbox.ok(&["tick"]);
    sandbox
}

fn counts(ledger: &str) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for line in ledger.lines() {
        *counts.entry(line).or_default() += 1;
    }
    counts
}

fn was_killed(output: &std::process::Output) -> bool {
    use std::os::unix::process::ExitStatusExt as _;
    output.status.signal() == Some(9)
}

fn status(sandbox: &Sandbox, run: &str) -> String {
    let run = sandbox.json(&["runs", "show", run]);
    run["run"]["status"].as_str().or(run["status"].as_str()).unwrap_or_default().to_owned()
}

#[test]
fn killed_at_every_tenth_step_it_goes_on_where_it_was() {
    let sandbox = project(["retry", "retry", "retry"]);
    assert!(was_killed(&sandbox.orch(&["run", "thirty"])), "the tenth step kills the tick");
    assert!(was_killed(&sandbox.orch(&["tick"])), "so does the twentieth");
    assert!(was_killed(&sandbox.orch(&["tick"])), "and the thirtieth");
    sandbox.ok(&["tick"]);
    assert_eq!(status(&sandbox, "thirty#1"), "succeeded");
    let ledger = sandbox.read("ledger");
    for (step, count) in counts(&ledger) {
        // What killed its tick was lost on the way and is repeated, as its `on_lost` says; nothing else is.
        let expected = if step.ends_with('0') { 2 } else { 1 };
        assert_eq!(count, expected, "{step} in\n{ledger}");
    }
    assert_eq!(counts(&ledger).len(), 30);
    let order: Vec<&str> = ledger.lines().collect();
    let at = |step: &str| order.iter().position(|line| *line == step).unwrap();
    assert!(at("s01") < at("s02") && at("s05") < at("s10") && at("s09") < at("s10") && at("s10") < at("s11"));
    sandbox.ok(&["fsck"]);
    let tip = sandbox.tip("orch/state");
    sandbox.ok(&["tick"]);
    assert_eq!(sandbox.tip("orch/state"), tip, "the second tick does nothing");
}

#[test]
fn a_lost_step_waits_for_an_answer_or_fails_and_everything_is_undone_last_first() {
    let sandbox = project(["retry", "ask", "fail"]);
    assert!(was_killed(&sandbox.orch(&["run", "thirty"])));
    assert!(was_killed(&sandbox.orch(&["tick"])));
    sandbox.ok(&["tick"]);
    assert_eq!(status(&sandbox, "thirty#1"), "running", "the twentieth step waits for an answer");
    assert_eq!(counts(&sandbox.read("ledger"))["s20"], 1, "and is not repeated without one");
    sandbox.ok(&["approve", "thirty#1", "--step", "s20"]);
    assert!(was_killed(&sandbox.orch(&["tick"])));
    let output = sandbox.orch(&["tick"]);
    assert_eq!(output.status.code(), Some(11), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(status(&sandbox, "thirty#1"), "failed");
    let ledger = sandbox.read("ledger");
    let counts = counts(&ledger);
    assert_eq!((counts["s10"], counts["s20"], counts["s30"]), (2, 2, 1), "{ledger}");
    assert!(counts.iter().all(|(step, count)| step.ends_with('0') || *count == 1), "{ledger}");
    // Compensation in reverse order: everything that succeeded, and not the step that failed.
    let undone: Vec<String> =
        sandbox.read("undone").lines().map(|line| line.trim_start_matches("undo ").to_owned()).collect();
    assert_eq!(undone.len(), 29, "{undone:?}");
    let at = |step: &str| undone.iter().position(|line| line == step).unwrap();
    assert_eq!(undone.last().map(String::as_str), Some("s01"));
    for later in 2..30u32 {
        let earlier = match later {
            n if n % 10 == 2 || n % 10 == 6 => n / 10 * 10 + 1,
            n => n - 1,
        };
        assert!(at(&format!("s{later:02}")) < at(&format!("s{earlier:02}")), "{later}: {undone:?}");
    }
    assert_eq!(sandbox.read("told"), "told\n");
    sandbox.ok(&["fsck"]);
}

/// Kills at many moments that no step chooses: whatever the moment, every step is done, and the state is
/// sound.
#[test]
fn whenever_it_is_killed_nothing_is_lost() {
    let sandbox = Sandbox::repository();
    sandbox.write("orch.yaml", "name: chain\n");
    let mut yaml = String::from("name: Chain\non: manual\nsteps:\n");
    for number in 0..40 {
        let needs = if number == 0 { String::new() } else { format!("s{}", number - 1) };
        let _ = writeln!(
            yaml,
            "  - id: s{number}\n    needs: [{needs}]\n    retry: {{ attempts: 50, delay: 0s }}\n    run: echo s{number} >> ledger"
        );
    }
    sandbox.write("workflows/chain.yaml", yaml);
    sandbox.ok(&["tick"]);
    let mut kills = 0;
    for round in 0..200u64 {
        // Killed early enough, the very first one has not even asked for the run.
        let known = sandbox.orch(&["runs", "show", "chain#1"]).status.success();
        let args: &[&str] = if known { &["tick"] } else { &["run", "chain"] };
        let mut tick = sandbox
            .orch_command(args)
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(20 + round * 23 % (100 + round * 20)));
        if tick.try_wait().unwrap().is_none() {
            tick.kill().unwrap();
            kills += 1;
        }
        tick.wait().unwrap();
        if known && status(&sandbox, "chain#1") == "succeeded" {
            break;
        }
        assert!(round < 199, "it never came to an end");
    }
    assert!(kills > 0, "the machine is too fast for this test");
    let ledger = sandbox.read("ledger");
    let counts = counts(&ledger);
    assert_eq!(counts.len(), 40, "{ledger}");
    // One step was under way at each kill.
    let repeated: usize = counts.values().map(|count| count - 1).sum();
    assert!(repeated <= kills, "{repeated} repeated after {kills} kills");
    sandbox.ok(&["fsck"]);
}

#[test]
fn a_tick_that_is_stopped_takes_no_attempt_away() {
    let sandbox = Sandbox::repository();
    sandbox.write("orch.yaml", "name: stopped\n");
    let script = "if [ ! -e stopped ]; then touch stopped; kill -TERM $PPID; sleep 60; fi";
    let step = format!("  - id: a\n    retry: {{ attempts: 1, delay: 0s }}\n    run: {script}\n");
    sandbox.write("workflows/once.yaml", format!("name: Once\non: manual\nsteps:\n{step}"));
    sandbox.orch(&["run", "once"]);
    assert_eq!(status(&sandbox, "once#1"), "running", "its only attempt is still to come");
    sandbox.ok(&["tick"]);
    assert_eq!(status(&sandbox, "once#1"), "succeeded");
}

#[test]
fn who_is_asked_about_a_lost_step_is_told_what_to_say() {
    let sandbox = Sandbox::repository();
    sandbox.write("orch.yaml", "name: lost\n");
    let step = "  - { id: pay, on_lost: ask, run: 'echo paid >> ledger; kill -9 $PPID; sleep 60' }\n";
    sandbox.write("workflows/once.yaml", format!("name: Once\non: manual\nsteps:\n{step}"));
    assert!(was_killed(&sandbox.orch(&["run", "once"])));
    sandbox.ok(&["tick"]);
    let shown = sandbox.ok(&["runs", "show", "once#1"]);
    for part in [
        "Nobody knows whether pay was done",
        "do it again:  orch approve once#1 --step pay\n",
        "it was done:  orch approve once#1 --step pay --done\n",
        "let it fail:  orch deny once#1 --step pay",
    ] {
        assert!(shown.contains(part), "{part} is not in\n{shown}");
    }
    assert!(!shown.contains("purpose"), "{shown}");
    sandbox.ok(&["approve", "once#1", "--done"]);
    sandbox.ok(&["tick"]);
    assert_eq!(status(&sandbox, "once#1"), "succeeded");
    assert_eq!(sandbox.read("ledger"), "paid\n");
}
