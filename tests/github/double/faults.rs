//! What goes wrong between `orch` and GitHub, set for the requests it shall happen to.

use std::sync::Mutex;

/// How a request goes wrong. "Done" means that the emulator has done it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Silence, and it is not done.
    SilentBefore,
    /// It is done, and then silence.
    SilentAfter,
    /// It is done, and status 500.
    ErrorAfter,
    /// Status 502, and it is not done.
    BadGateway,
    /// The connection is reset, and it is not done.
    ResetBefore,
    /// It is done, and the connection is reset.
    ResetAfter,
    /// It is done, and the reply breaks off in its middle.
    Truncated,
    /// Status 403 of the secondary limit, with `Retry-After` in seconds; not done.
    SecondaryLimit(u32),
    /// Status 403 of the primary limit, whose end is so many seconds from now; not done.
    PrimaryLimit(u32),
    /// Status 429 with `Retry-After` in seconds; not done.
    TooMany(u32),
    /// Status 401; not done.
    Unauthorized,
    /// Status 403 of a token that may not, as that of a job for a fork; not done.
    Forbidden,
    /// Status 403 of a personal token, where an app's is wanted; not done.
    NotAnApp,
}

/// What may go wrong with any request; a lack of rights does not pass.
pub const FAULTS: [Fault; 11] = [
    Fault::SilentBefore,
    Fault::SilentAfter,
    Fault::ErrorAfter,
    Fault::BadGateway,
    Fault::ResetBefore,
    Fault::ResetAfter,
    Fault::Truncated,
    Fault::SecondaryLimit(1),
    Fault::PrimaryLimit(1),
    Fault::TooMany(1),
    Fault::Unauthorized,
];

impl Fault {
    /// Whether what was asked for is done all the same.
    pub fn is_done(self) -> bool {
        matches!(self, Self::SilentAfter | Self::ErrorAfter | Self::ResetAfter | Self::Truncated)
    }
}

/// Which requests a fault happens to.
#[derive(Debug, Clone)]
pub struct When {
    method: String,
    path: String,
    nth: u32,
    times: u32,
}

impl When {
    /// A method (`*`: any), and a path without its query: `*` stands for one segment, `**` for the rest.
    pub fn new(method: &str, path: &str) -> Self {
        Self { method: method.to_owned(), path: path.to_owned(), nth: 1, times: 1 }
    }

    /// From the nth such request on, counted from 1; without it the first.
    pub fn nth(mut self, nth: u32) -> Self {
        self.nth = nth;
        self
    }

    /// So many of them, one after another; without it one.
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    fn fits(&self, method: &str, path: &str) -> bool {
        (self.method == "*" || self.method.eq_ignore_ascii_case(method)) && path_fits(&self.path, path)
    }
}

pub fn path_fits(pattern: &str, path: &str) -> bool {
    let (mut pattern, mut path) = (pattern.split('/'), path.split('/'));
    loop {
        match (pattern.next(), path.next()) {
            (Some("**"), Some(_)) | (None, None) => return true,
            (Some(wanted), Some(there)) if wanted == "*" || wanted == there => {}
            _ => return false,
        }
    }
}

/// The faults that are set, and how many requests each has seen.
#[derive(Debug, Default)]
pub struct Faults {
    set: Mutex<Vec<(When, Fault, u32)>>,
}

impl Faults {
    pub fn set(&self, when: When, fault: Fault) {
        self.set.lock().unwrap().push((when, fault, 0));
    }

    pub fn heal(&self) {
        self.set.lock().unwrap().clear();
    }

    /// What happens to this request. Each that fits counts it; the first whose turn it is happens.
    pub fn take(&self, method: &str, path: &str) -> Option<Fault> {
        let mut taken = None;
        for (when, fault, seen) in
            self.set.lock().unwrap().iter_mut().filter(|(when, ..)| when.fits(method, path))
        {
            *seen += 1;
            if *seen >= when.nth && *seen < when.nth + when.times {
                taken = taken.or(Some(*fault));
            }
        }
        taken
    }
}
