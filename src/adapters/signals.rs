//! Signals to `orch` itself: the first SIGINT or SIGTERM asks it to stop its programs and commit what
//! happened, the second ends it at once.

use std::cell::OnceCell;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::ports::Interrupts;

/// Whether somebody asked `orch` to stop. Clones tell the same.
#[derive(Debug, Clone)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// The signals as a port: nobody listens before somebody asks for that.
#[derive(Debug, Default)]
pub struct Signals(OnceCell<Interrupt>);

impl Interrupts for Signals {
    fn listen(&self) -> io::Result<()> {
        if self.0.get().is_none() {
            let _ = self.0.set(interrupted()?);
        }
        Ok(())
    }

    fn is_set(&self) -> bool {
        self.0.get().is_some_and(Interrupt::is_set)
    }
}

/// Listens from the first call on, so that before it a signal ends the process as usual.
///
/// # Errors
/// If the system lets nobody listen.
pub fn interrupted() -> io::Result<Interrupt> {
    static LISTENING: Mutex<Option<Interrupt>> = Mutex::new(None);
    let mut listening = LISTENING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(interrupt) = &*listening {
        return Ok(interrupt.clone());
    }
    let is_set = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // In this order: a signal that finds the flag set by an earlier one ends the process as if nobody
        // listened, so that whoever waits for it sees by which.
        flag::register_conditional_default(signal, Arc::clone(&is_set))?;
        flag::register(signal, Arc::clone(&is_set))?;
    }
    let interrupt = Interrupt(is_set);
    *listening = Some(interrupt.clone());
    Ok(interrupt)
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests start programs and wait for them")]
#[expect(clippy::print_stdout, reason = "a helper process tells its test how far it is")]
mod tests {
    use std::io::{BufRead, BufReader, Lines};
    use std::os::unix::process::ExitStatusExt;
    use std::process::{Child, ChildStdout, Command, Stdio};
    use std::time::Duration;

    use rustix::process::{Pid, Signal, kill_process};

    use super::*;

    /// The variable that makes this test program a helper of a test.
    const HELPER: &str = "ORCH_TEST_SIGNALS";

    /// No test: a process that listens to signals, and takes its time when one came.
    #[test]
    #[ignore = "a part of other tests"]
    fn helper() {
        if std::env::var_os(HELPER).is_none() {
            return;
        }
        let interrupt = interrupted().unwrap();
        // Asking again makes no second listener, for which one signal would be two.
        let same = interrupted().unwrap();
        println!("\nlistening {}", interrupt.is_set());
        while !interrupt.is_set() {
            std::thread::sleep(Duration::from_millis(5));
        }
        println!("\nstopping {}", same.is_set());
        std::thread::sleep(Duration::from_mins(1));
    }

    fn wait_for(lines: &mut Lines<BufReader<ChildStdout>>, text: &str) {
        assert!(lines.by_ref().map(Result::unwrap).any(|line| line == text), "no `{text}`");
    }

    fn send(child: &Child, signal: Signal) {
        kill_process(Pid::from_child(child), signal).unwrap();
    }

    #[test]
    fn the_first_signal_asks_and_the_second_ends() {
        for (first, second) in
            [(Signal::INT, Signal::INT), (Signal::TERM, Signal::TERM), (Signal::INT, Signal::TERM)]
        {
            let mut command = Command::new(std::env::current_exe().unwrap());
            command.args(["--exact", "--ignored", "--nocapture", "adapters::signals::tests::helper"]);
            let mut child = command.env(HELPER, "1").stdout(Stdio::piped()).spawn().unwrap();
            let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
            wait_for(&mut lines, "listening false");
            send(&child, first);
            wait_for(&mut lines, "stopping true");
            assert_eq!(child.try_wait().unwrap(), None);
            send(&child, second);
            assert_eq!(child.wait().unwrap().signal(), Some(second.as_raw()));
        }
    }
}
