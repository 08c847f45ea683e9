//! Where ticks of a clone note what they do while they do it, so that the next one knows when they die.

use std::io;

/// The journals of a clone.
pub trait Journals {
    /// Begins the journal of this process under the name of its tick.
    fn begin(&self, holder: &str) -> io::Result<Box<dyn Journal + '_>>;

    /// The journals of processes that are no more, in the order of their names.
    fn leftovers(&self) -> io::Result<Vec<Box<dyn Leftover + '_>>>;
}

/// The journal of this process. Nobody else takes it while the process lives.
pub trait Journal {
    /// Adds lines, all or nothing if the process is killed.
    fn append(&mut self, lines: &[u8]) -> io::Result<()>;

    /// The tick is over, and all of it is committed.
    fn end(self: Box<Self>) -> io::Result<()>;
}

/// The journal of a process that is no more, ours until it is dropped.
pub trait Leftover {
    /// The name of the tick.
    fn holder(&self) -> &str;

    fn content(&self) -> &[u8];

    /// What it says has been told to the state.
    fn remove(self: Box<Self>) -> io::Result<()>;
}
