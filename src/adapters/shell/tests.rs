//! Real programs, as steps run them.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// Notes what it is told.
#[derive(Default)]
struct Noted {
    process: Option<Process>,
    bytes: Vec<u8>,
}

impl Watch for Noted {
    fn started(&mut self, process: Process) {
        self.process = Some(process);
    }

    fn printed(&mut self, bytes: &[u8]) {
        self.bytes.extend(bytes);
    }
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

fn run(program: &Program) -> (Finished, Noted) {
    let mut noted = Noted::default();
    (SystemShell.run(program, &mut noted, &Cancel::default()), noted)
}

/// The variable that tells this test program to be a helper of a test.
const HELPER: &str = "ORCH_TEST_HELPER";

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
        let mut noted = Noted::default();
        let finished = SystemShell.run(program, &mut noted, &Cancel::default());
        assert_eq!(finished.exit, Exit::Code(0));
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
