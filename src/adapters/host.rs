//! The name of this machine.

/// As the system tells it; it may be anything, and proves nothing.
pub fn name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}
