//! The journals of ticks as a port: files in a git directory.

use std::io;
use std::path::PathBuf;

use super::journal;
use crate::ports::{Journal, Journals, Leftover};

/// The journals in a git directory.
#[derive(Debug)]
pub struct GitJournals(pub PathBuf);

impl Journals for GitJournals {
    fn begin(&self, holder: &str) -> io::Result<Box<dyn Journal + '_>> {
        Ok(Box::new(journal::Journal::begin(&self.0, holder)?))
    }

    fn leftovers(&self) -> io::Result<Vec<Box<dyn Leftover + '_>>> {
        let found = journal::Leftover::all(&self.0)?;
        Ok(found.into_iter().map(|found| Box::new(found) as Box<dyn Leftover + '_>).collect())
    }
}

impl Journal for journal::Journal {
    fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        Self::append(self, lines)
    }

    fn end(self: Box<Self>) -> io::Result<()> {
        Self::end(*self)
    }
}

impl Leftover for journal::Leftover {
    fn holder(&self) -> &str {
        &self.holder
    }

    fn content(&self) -> &[u8] {
        &self.content
    }

    fn remove(self: Box<Self>) -> io::Result<()> {
        Self::remove(*self)
    }
}
