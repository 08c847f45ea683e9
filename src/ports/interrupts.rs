//! Somebody may want a process to stop.

/// Whether somebody asked this process to stop.
pub trait Interrupts {
    /// Listens from now on; before, being asked ends the process at once.
    ///
    /// # Errors
    /// If the system lets nobody listen.
    fn listen(&self) -> std::io::Result<()>;

    /// Whether it was asked since it listens.
    fn is_set(&self) -> bool;
}
