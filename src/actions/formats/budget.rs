//! How much may come out of a file, so that a few bytes cannot stand for gigabytes.

use std::cell::Cell;

/// The most values, cells and keys of mappings counted, of a file.
pub(super) const MAX_VALUES: usize = 1_000_000;
/// The most bytes of text in them.
pub(super) const MAX_TEXT: usize = 64 << 20;
/// How deep lists and mappings may nest.
pub(super) const MAX_DEPTH: usize = 100;

/// What was used so far.
#[derive(Debug, Default)]
pub(super) struct Budget {
    values: Cell<usize>,
    text: Cell<usize>,
}

/// A part of it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Spent {
    values: usize,
    text: usize,
}

impl Budget {
    /// Accounts for one value with so many bytes of text.
    pub(super) fn take(&self, text: usize) -> Result<(), String> {
        self.take_again(Spent { values: 1, text })
    }

    /// Accounts for a copy.
    pub(super) fn take_again(&self, spent: Spent) -> Result<(), String> {
        self.values.set(self.values.get() + spent.values);
        self.text.set(self.text.get() + spent.text);
        if self.values.get() > MAX_VALUES {
            return Err(format!("holds more than {MAX_VALUES} values; split it"));
        }
        if self.text.get() > MAX_TEXT {
            return Err(format!("holds more than {} MB of text; split it", MAX_TEXT >> 20));
        }
        Ok(())
    }

    pub(super) fn spent(&self) -> Spent {
        Spent { values: self.values.get(), text: self.text.get() }
    }

    pub(super) fn spent_since(&self, before: Spent) -> Spent {
        Spent { values: self.values.get() - before.values, text: self.text.get() - before.text }
    }
}
