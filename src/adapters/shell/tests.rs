//! Real programs, as steps run them.
#![expect(clippy::print_stdout, reason = "a helper process tells its test, and a measurement its figures")]

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::*;
use crate::ports::Finished;

const SECOND: Duration = Duration::from_secs(1);

/// Notes what it is told.
#[derive(Default)]
struct Noted {
    process: Option<Process>,
    bytes: Vec<u8>,
}

fn program(argv: &[&str]) -> Program {
    Program {
        argv: argv.iter().map(|&word| word.to_owned()).collect(),
        cwd: PathBuf::from("/"),
        env: Vec::new(),
        without: Vec::new(),
        timeout: 60 * SECOND,
        grace: 10 * SECOND,
        tail: 4096,
    }
}

fn script(text: &str) -> Program {
    program(&["sh", "-c", text])
}

/// Runs a program to its end.
fn follow(program: &Program, started: impl FnOnce(Process), mut printed: impl FnMut(&[u8])) -> Finished {
    let mut programs = SystemPrograms::new().unwrap();
    match programs.start(0, program) {
        Ok(process) => started(process),
        Err(exit) => return Finished { exit, tail: String::new(), printed: 0, millis: 0 },
    }
    let mut finished = None;
    while finished.is_none() {
        programs.wait(60 * SECOND, &mut |_, news| match news {
            News::Printed(bytes) => printed(bytes),
            News::Ended(how) => finished = Some(how),
        });
    }
    assert!(programs.running.is_empty());
    finished.unwrap()
}

fn run(program: &Program) -> (Finished, Noted) {
    let mut noted = Noted::default();
    let Noted { process, bytes } = &mut noted;
    let finished = follow(program, |started| *process = Some(started), |printed| bytes.extend(printed));
    (finished, noted)
}

fn alive(id: u32) -> bool {
    // Not by the code under test: it shows a zombie as defunct.
    let shown = Command::new("ps").args(["-o", "stat=", "-p", &id.to_string()]).output().unwrap();
    let state = String::from_utf8(shown.stdout).unwrap();
    !state.trim().is_empty() && !state.trim().starts_with('Z')
}

/// Whether all of the processes are gone soon.
fn gone(ids: &[u32]) -> bool {
    let began = Instant::now();
    while began.elapsed() < 3 * SECOND {
        if !ids.iter().any(|&id| alive(id)) {
            return true;
        }
        thread::sleep(Duration::from_millis(20));
    }
    false
}

/// The numbers that a program printed, one a line.
fn numbers(text: &str) -> Vec<u32> {
    text.lines().filter_map(|line| line.parse().ok()).collect()
}

#[test]
fn the_exit_is_told_as_it_was() {
    for (text, exit) in [
        ("exit 0", Exit::Code(0)),
        ("exit 42", Exit::Code(42)),
        ("no-such-thing 2>/dev/null", Exit::Code(127)),
        ("kill -9 $$", Exit::Signal(9)),
        ("kill -15 $$", Exit::Signal(15)),
    ] {
        assert_eq!(run(&script(text)).0.exit, exit, "{text}");
    }
}

#[test]
fn both_streams_come_in_the_order_written() {
    let (finished, noted) = run(&script("echo 1; echo 2 >&2; echo 3; echo 4 >&2; printf 5"));
    assert_eq!(finished.tail, "1\n2\n3\n4\n5");
    assert_eq!(finished.printed, 9);
    assert_eq!(noted.bytes, b"1\n2\n3\n4\n5");
}

#[test]
fn output_is_seen_while_the_program_runs() {
    let (began, mut times) = (Instant::now(), Vec::new());
    follow(&script("echo 1; sleep 1; echo 2"), |_| {}, |_| times.push(began.elapsed()));
    assert_eq!(times.len(), 2);
    assert!(times[1] > times[0] + SECOND / 2, "{times:?}");
}

#[test]
fn a_program_reads_nothing_and_leads_its_group() {
    let (finished, noted) = run(&script("cat; ps -o pgid= -p $$"));
    assert_eq!(finished.tail.trim().parse(), Ok(noted.process.unwrap().id));
    #[cfg(target_os = "linux")]
    assert_ne!(noted.process.unwrap().start, 0);
}

#[test]
fn variables_and_the_folder_are_as_asked() {
    let folder = tempfile::tempdir().unwrap();
    let asked = Program {
        cwd: folder.path().to_owned(),
        env: vec![
            ("ONE".into(), "a b\n$HOME".into()),
            ("TWO".into(), "1".into()),
            ("TWO".into(), "2".into()),
        ],
        without: vec!["HOME".into()],
        ..script("printf %s \"$ONE\"; printf -- -$TWO-${HOME-none}-; test -n \"$PATH\" && pwd -P")
    };
    let expected = format!("a b\n$HOME-2-none-{}\n", folder.path().canonicalize().unwrap().display());
    assert_eq!(run(&asked).0.tail, expected);
}

#[test]
fn a_path_that_is_not_ours_is_searched() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&path, mode).unwrap();
    };
    file("say", "#!/bin/sh\necho \"$0\"\n");
    let with = |path: &str| Program {
        cwd: folder.path().to_owned(),
        env: vec![("PATH".into(), path.into())],
        ..program(&["say"])
    };
    let here = folder.path().to_str().unwrap();
    for path in [&format!("/nowhere:{here}"), "/nowhere:.", "", ":/nowhere"] {
        let (finished, _) = run(&with(path));
        assert_eq!(finished.exit, Exit::Code(0), "{path}");
        assert!(finished.tail.ends_with("/say\n"), "{path}: {}", finished.tail);
    }
    let words = "no such program `say` in its PATH `/nowhere`".to_owned();
    assert_eq!(run(&with("/nowhere")).0.exit, Exit::NotStarted(words));
    let without = Program { without: vec!["PATH".into()], ..script("exit 3") };
    assert_eq!(run(&without).0.exit, Exit::Code(3));
}

#[test]
fn a_program_that_moved_is_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let at = |place: &str| folder.path().join(place).join("say");
    for place in ["a", "b"] {
        std::fs::create_dir(folder.path().join(place)).unwrap();
    }
    let here = folder.path().display();
    let say = Program { env: vec![("PATH".into(), format!("{here}/a:{here}/b:/bin"))], ..program(&["say"]) };
    std::fs::write(at("b"), "#!/bin/sh\necho \"$0\"\n").unwrap();
    std::fs::set_permissions(at("b"), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    for (from, to) in [("b", "b"), ("b", "a"), ("a", "b")] {
        std::fs::rename(at(from), at(to)).unwrap();
        for _ in 0..2 {
            assert_eq!(run(&say).0.tail, format!("{}\n", at(to).display()));
        }
    }
    std::fs::remove_file(at("b")).unwrap();
    let words = format!("no such program `say` in its PATH `{here}/a:{here}/b:/bin`");
    assert_eq!(run(&say).0.exit, Exit::NotStarted(words));
}

#[test]
#[cfg(target_os = "linux")]
fn when_a_program_started_is_known_without_asking() {
    for _ in 0..50 {
        let (_, noted) = run(&script("cut -d' ' -f22 /proc/$$/stat"));
        let start = noted.process.unwrap().start;
        assert_eq!(numbers(&String::from_utf8(noted.bytes).unwrap()), [u32::try_from(start).unwrap()]);
    }
}

#[test]
fn what_does_not_start_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str, mode: u32| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    };
    file("plain", "#!/bin/sh\n", 0o644);
    file("no-line", "echo\n", 0o755);
    file("lost", "#! /no/such/interpreter -x\necho\n", 0o755);
    let here = |argv: &[&str]| Program { cwd: folder.path().to_owned(), ..program(argv) };
    let large = "x".repeat(4 << 20);
    for (program, words) in [
        (here(&[]), "no program is named"),
        (here(&[""]), "no program is named"),
        (here(&["no-such-program"]), "no such program `no-such-program`"),
        (here(&["./none"]), "no such program `./none`"),
        (here(&["plain/x"]), "no such program `plain/x`"),
        (here(&["./plain"]), "no permission to run `./plain`; is it executable?"),
        (
            here(&["./no-line"]),
            "`./no-line` is not a program; a script begins with a line such as `#!/bin/sh`",
        ),
        (here(&["./lost"]), "`./lost` asks to be run by `/no/such/interpreter -x`, which does not exist"),
        (here(&["/"]), "`/` is a folder, not a program"),
        (here(&["sh", "a\0b"]), "the arguments or variables of `sh` hold a NUL character"),
        (here(&["sh", &large]), "the arguments and variables of `sh` are more than the system takes"),
        (
            Program { cwd: "/no/such/folder".into(), ..program(&["sh"]) },
            "cannot run in `/no/such/folder`: there is no such folder",
        ),
        (
            Program { cwd: "/etc/passwd".into(), ..program(&["sh"]) },
            "cannot run in `/etc/passwd`: it is not a folder",
        ),
        (
            Program { env: vec![("A=B".into(), String::new())], ..program(&["sh"]) },
            "`A=B` cannot be the name of a variable",
        ),
    ] {
        let (finished, noted) = run(&program);
        assert_eq!(finished.exit, Exit::NotStarted(words.into()));
        assert_eq!((finished.printed, noted.process), (0, None));
    }
}

#[test]
fn much_output_goes_through_and_its_end_is_kept() {
    let (finished, noted) = run(&script("yes 0123456789 | head -c 10485760; echo end"));
    assert_eq!(finished.printed, (10 << 20) + 4);
    assert_eq!(noted.bytes.len(), (10 << 20) + 4);
    assert!(finished.tail.len() <= 4096 && finished.tail.ends_with("end\n"));
}

#[test]
fn output_that_is_no_text_is_replaced() {
    let (finished, noted) = run(&script(r"printf 'a\377\376b\000c'"));
    assert_eq!(finished.tail, "a\u{fffd}\u{fffd}b\0c");
    assert_eq!(noted.bytes, b"a\xff\xfeb\0c");
}

#[test]
fn a_program_that_closes_its_output_is_waited_for_and_still_limited() {
    let (finished, _) = run(&script("echo said; exec >&- 2>&-; sleep 0.5; exit 7"));
    assert_eq!((finished.exit, finished.tail.as_str()), (Exit::Code(7), "said\n"));
    assert!(finished.millis >= 500);
    let limited = Program { timeout: SECOND / 5, ..script("exec >&- 2>&-; sleep 100") };
    let (finished, _) = run(&limited);
    assert_eq!(finished.exit, Exit::TimedOut);
    assert!(finished.millis < 2000);
}

#[test]
fn what_is_left_in_the_background_does_not_hold_it_up() {
    let (finished, _) = run(&script("sleep 100 & echo $!; exit 5"));
    let left = numbers(&finished.tail);
    assert_eq!(finished.exit, Exit::Code(5));
    assert!(finished.millis < 1500, "{}", finished.millis);
    assert!(alive(left[0]), "it is left alone");
    group::signal(group_of(left[0]), Signal::KILL);
    assert!(gone(&left));
    // Not even if it goes on printing.
    let (finished, _) = run(&script("yes & echo; exit 6"));
    assert_eq!(finished.exit, Exit::Code(6));
    assert!(finished.millis < 1500, "{}", finished.millis);
}

fn group_of(id: u32) -> u32 {
    let shown = Command::new("ps").args(["-o", "pgid=", "-p", &id.to_string()]).output().unwrap();
    String::from_utf8(shown.stdout).unwrap().trim().parse().unwrap()
}

#[test]
fn a_program_that_runs_too_long_ends_with_all_it_started() {
    let text = "sleep 100 & echo $!; sh -c 'sleep 101 & echo $!; wait' & echo $!; sleep 102";
    let (finished, noted) = run(&Program { timeout: SECOND / 2, ..script(text) });
    assert_eq!(finished.exit, Exit::TimedOut);
    assert!((500..3000).contains(&finished.millis), "{}", finished.millis);
    let mut ids = numbers(&finished.tail);
    assert_eq!(ids.len(), 3);
    ids.push(noted.process.unwrap().id);
    assert!(gone(&ids));
}

#[test]
fn a_program_may_clean_up_within_the_grace() {
    let text = "trap 'echo cleaning; sleep 0.3; echo clean; exit 0' TERM; sleep 100 & wait";
    let (finished, _) = run(&Program { timeout: SECOND / 5, ..script(text) });
    assert_eq!((finished.exit, finished.tail.as_str()), (Exit::TimedOut, "cleaning\nclean\n"));
    assert!(finished.millis < 5000, "the rest of the grace is not waited for: {}", finished.millis);
}

#[test]
fn whoever_does_not_hear_is_killed_after_the_grace() {
    // The program itself, and one that it started and that outlives it.
    for text in [
        "trap '' TERM; echo $$; while :; do sleep 0.1; done",
        "sh -c 'trap \"\" TERM; echo $$; while :; do sleep 0.1; done' & sleep 100",
    ] {
        let asked = Program { timeout: SECOND / 2, grace: SECOND / 2, ..script(text) };
        let (finished, _) = run(&asked);
        assert_eq!(finished.exit, Exit::TimedOut);
        assert!((900..4000).contains(&finished.millis), "{}", finished.millis);
        let ids = numbers(&finished.tail);
        assert_eq!(ids.len(), 1);
        assert!(gone(&ids), "{text}");
    }
}

#[test]
fn a_halted_program_ends_by_sigterm() {
    let (finished, _) = run(&Program { timeout: SECOND / 5, ..script("kill -STOP $$; sleep 100") });
    assert_eq!(finished.exit, Exit::TimedOut);
    assert!(finished.millis < 3000, "{}", finished.millis);
}

#[test]
fn one_that_prints_without_end_is_stopped_too() {
    let (finished, _) = run(&Program { timeout: SECOND / 5, grace: SECOND / 5, ..program(&["yes"]) });
    assert_eq!(finished.exit, Exit::TimedOut);
    assert!(finished.printed > 1 << 20 && finished.millis < 3000, "{}", finished.millis);
}

#[test]
fn without_time_nothing_starts() {
    let folder = tempfile::tempdir().unwrap();
    let touch = Program { cwd: folder.path().to_owned(), ..script("touch started") };
    let (finished, noted) = run(&Program { timeout: Duration::ZERO, ..touch.clone() });
    assert_eq!(finished.exit, Exit::TimedOut);
    assert!(noted.process.is_none() && !folder.path().join("started").exists());
    let endless = Program { timeout: Duration::MAX, grace: Duration::MAX, ..touch };
    assert_eq!(run(&endless).0.exit, Exit::Code(0));
    assert!(folder.path().join("started").exists());
}

/// How each program ended, and when it was heard, in the order of that.
fn hear_out(programs: &mut SystemPrograms) -> Vec<(u64, Exit, Duration)> {
    let (began, mut ends) = (Instant::now(), Vec::new());
    while !programs.running.is_empty() {
        programs.wait(60 * SECOND, &mut |id, news| {
            if let News::Ended(finished) = news {
                ends.push((id, finished.exit, began.elapsed()));
            }
        });
    }
    ends
}

#[test]
fn one_is_cancelled_and_the_others_go_on() {
    let mut programs = SystemPrograms::new().unwrap();
    for (id, text) in [(1, "sleep 100"), (2, "sleep 0.5; exit 2"), (3, "trap '' TERM; sleep 1; exit 3")] {
        programs.start(id, &script(text)).unwrap();
    }
    thread::sleep(SECOND / 5);
    for id in [1, 3, 4, 1] {
        programs.cancel(id);
    }
    let ends = hear_out(&mut programs);
    let exits: Vec<_> = ends.iter().map(|(id, exit, _)| (*id, exit.clone())).collect();
    assert_eq!(exits, [(1, Exit::Cancelled), (2, Exit::Code(2)), (3, Exit::Cancelled)]);
    assert!(ends[0].2 < SECOND / 4, "{ends:?}");
    // What has ended already was not stopped.
    programs.start(5, &script("exit 5")).unwrap();
    thread::sleep(SECOND / 2);
    programs.listen(Duration::ZERO, &mut |_, _| {});
    programs.listen(Duration::ZERO, &mut |_, _| {});
    programs.cancel(5);
    assert_eq!(hear_out(&mut programs)[0].1, Exit::Code(5));
}

#[test]
fn much_output_and_limits_of_time_hold_up_nobody_else() {
    let mut programs = SystemPrograms::new().unwrap();
    let yes = Program { timeout: 2 * SECOND, grace: SECOND / 5, ..script("trap '' TERM; yes") };
    programs.start(1, &yes).unwrap();
    programs.start(2, &Program { timeout: SECOND / 5, ..script("sleep 100") }).unwrap();
    programs.start(3, &script("sleep 100 & exit 3")).unwrap();
    programs.start(4, &script("exec >&- 2>&-; sleep 1; exit 4")).unwrap();
    programs.start(5, &script("yes | head -c 1000000")).unwrap();
    let ends = hear_out(&mut programs);
    let mut exits: Vec<_> = ends.iter().map(|(id, exit, _)| (*id, exit.clone())).collect();
    assert_eq!(exits.pop(), Some((1, Exit::TimedOut)));
    exits.sort_by_key(|(id, _)| *id);
    assert_eq!(exits, [(2, Exit::TimedOut), (3, Exit::Code(3)), (4, Exit::Code(4)), (5, Exit::Code(0))]);
    let when = |id| ends.iter().find(|(of, ..)| *of == id).unwrap().2;
    assert!(when(2) < SECOND && when(3) < SECOND && when(4) < 2 * SECOND && when(5) < SECOND, "{ends:?}");
    assert!(when(1) < 4 * SECOND, "{ends:?}");
}

#[test]
fn a_wait_ends_with_its_time_the_bell_or_an_end() {
    let mut programs = SystemPrograms::new().unwrap();
    let (bell, nothing) = (programs.bell(), &mut |_: u64, _: News<'_>| {});
    let mut took = |programs: &mut SystemPrograms, patience| {
        let began = Instant::now();
        programs.wait(patience, nothing);
        began.elapsed()
    };
    assert!(took(&mut programs, Duration::ZERO) < SECOND / 10);
    programs.start(1, &program(&["yes"])).unwrap();
    let one = took(&mut programs, SECOND / 4);
    assert!((SECOND / 4..SECOND).contains(&one), "{one:?}");
    // What was rung before counts, and only once.
    (0..3).for_each(|_| bell.ring());
    assert!(took(&mut programs, 10 * SECOND) < SECOND);
    assert!(took(&mut programs, SECOND / 4) >= SECOND / 4);
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(SECOND / 4);
            bell.ring();
        });
        let rung = took(&mut programs, 10 * SECOND);
        assert!((SECOND / 5..2 * SECOND).contains(&rung), "{rung:?}");
    });
    programs.cancel(1);
    assert!(took(&mut programs, 10 * SECOND) < 2 * SECOND);
    assert!(programs.running.is_empty());
}

#[test]
fn two_hundred_on_eight_threads_keep_apart() {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= 200 {
                        break;
                    }
                    let (finished, _) = run(&script(&format!("echo {number}; exit {}", number % 100)));
                    assert_eq!(finished.tail, format!("{number}\n"));
                    assert_eq!(finished.exit, Exit::Code(i32::try_from(number % 100).unwrap()));
                    assert!(finished.millis < 30_000);
                }
            });
        }
    });
}

#[test]
fn a_watcher_that_panics_leaves_nothing_running() {
    let id = Arc::new(AtomicUsize::new(0));
    let noted = Arc::clone(&id);
    let run = thread::spawn(move || {
        let panics = |process: Process| {
            noted.store(process.id as usize, Ordering::Relaxed);
            panic!("on purpose");
        };
        follow(&program(&["sleep", "100"]), panics, |_| {})
    });
    assert!(run.join().is_err());
    assert!(gone(&[u32::try_from(id.load(Ordering::Relaxed)).unwrap()]));
}

/// The variable that makes this test program a helper of a test.
const HELPER: &str = "ORCH_TEST_SCRIPT";

/// No test: what the process does that the tests below start and kill.
#[test]
#[ignore = "a part of other tests"]
fn helper() {
    let Ok(text) = std::env::var(HELPER) else { return };
    let tells = |process: Process| println!("\nstarted {} {}", process.id, process.start);
    follow(&script(&text), tells, |_| {});
}

/// A program whose `orch` was killed.
fn orphan(text: &str) -> Process {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "--ignored", "--nocapture", "adapters::shell::tests::helper"]);
    let mut parent = command.env(HELPER, text).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(parent.stdout.take().unwrap()).lines();
    let line = lines.map(Result::unwrap).find(|line| line.starts_with("started ")).unwrap();
    let mut words = line.split(' ').skip(1);
    let id = words.next().unwrap().parse().unwrap();
    let start = words.next().unwrap().parse().unwrap();
    // The shell needs a moment to set its traps.
    thread::sleep(SECOND / 2);
    parent.kill().unwrap();
    parent.wait().unwrap();
    assert!(alive(id), "kill -9 of orch leaves its programs");
    Process { id, start, boot: group::boot() }
}

#[test]
#[cfg(target_os = "linux")]
fn what_a_killed_orch_left_is_ended_if_it_is_still_that() {
    let process = orphan("exec sleep 300");
    for other in [process.start + 1, process.start - 1, 0] {
        SystemShell.end_leftover(Process { start: other, ..process });
    }
    SystemShell.end_leftover(Process { boot: process.boot ^ 1, ..process });
    assert!(alive(process.id), "another process that has the id now is nobody's");
    let began = Instant::now();
    SystemShell.end_leftover(process);
    assert!(!alive(process.id));
    assert!(began.elapsed() < SECOND, "{:?}", began.elapsed());
    // A second time there is nothing.
    SystemShell.end_leftover(process);
}

#[test]
#[cfg(target_os = "linux")]
fn a_leftover_that_does_not_hear_is_killed_with_its_group() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ids");
    let text =
        format!("trap '' TERM; sleep 300 & echo $! > '{}'; while :; do sleep 0.1; done", file.display());
    let process = orphan(&text);
    let mut ids = numbers(&std::fs::read_to_string(&file).unwrap());
    ids.push(process.id);
    let began = Instant::now();
    SystemShell.end_leftover(process);
    assert!(!ids.iter().any(|&id| alive(id)));
    assert!((2..6).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
}

#[test]
#[cfg(target_os = "linux")]
fn nobody_is_ended_by_an_id_alone() {
    // This process does not lead a group of that id, or started at another time: it must survive.
    for id in [0, 1, std::process::id(), u32::MAX] {
        SystemShell.end_leftover(Process { id, start: 0, boot: group::boot() });
        SystemShell.end_leftover(Process { id, start: 1, boot: group::boot() });
    }
}

/// What one round costs, in CPU seconds of this process and its children, and in seconds.
#[test]
#[ignore = "a measurement: cargo test --lib -- --ignored --nocapture costs_what_a_bare_loop"]
#[cfg(target_os = "linux")]
fn costs_what_a_bare_loop_costs() {
    fn ticks() -> u64 {
        let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
        let (_, fields) = stat.rsplit_once(')').unwrap();
        fields.split_whitespace().skip(11).take(4).map(|field| field.parse::<u64>().unwrap()).sum()
    }
    const TEXT: &str = "test 1 -eq 1";
    let bare = || {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", TEXT]).stdin(Stdio::null()).process_group(0);
        assert!(command.output().unwrap().status.success());
    };
    let ours = |program: &Program| {
        assert_eq!(run(program).0.exit, Exit::Code(0));
    };
    let plain = program(&["/bin/sh", "-c", TEXT]);
    let by_name = program(&["sh", "-c", TEXT]);
    let with_env = Program { env: vec![("ORCH_OUTPUT".into(), "/tmp/x".into())], ..plain.clone() };
    let kinds: [(&str, &dyn Fn()); 4] = [
        ("bare", &bare),
        ("ours", &|| ours(&plain)),
        ("ours, by name", &|| ours(&by_name)),
        ("ours, with a variable", &|| ours(&with_env)),
    ];
    // In short turns, since the machine does other things too; five sums of a thousand each.
    let mut rounds = vec![Vec::new(); kinds.len()];
    for _ in 0..5 {
        let mut sums = vec![0; kinds.len()];
        for _ in 0..20 {
            for (sum, (_, run)) in sums.iter_mut().zip(&kinds) {
                let before = ticks();
                (0..50).for_each(|_| run());
                *sum += ticks() - before;
            }
        }
        rounds.iter_mut().zip(sums).for_each(|(round, sum)| round.push(sum));
    }
    let medians: Vec<u64> = rounds
        .iter_mut()
        .map(|round| {
            round.sort_unstable();
            round[2]
        })
        .collect();
    for ((name, _), (median, round)) in kinds.iter().zip(medians.iter().zip(&rounds)) {
        println!("{name}: {}% ({median} ticks of CPU; {round:?})", median * 100 / medians[0]);
    }
}
