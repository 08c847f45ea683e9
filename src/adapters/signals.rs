//! Signals to `orch` itself: the first SIGINT or SIGTERM asks it to stop its programs and commit what
//! happened, the second ends it at once.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// Whether somebody asked `orch` to stop. Clones tell the same.
#[derive(Debug, Clone)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
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
