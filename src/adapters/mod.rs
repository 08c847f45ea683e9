//! The only code that touches the world, one file for each outside thing.

mod disk;

pub use disk::{Disk, DiskError, replace, write_new};
