//! The built program, driven end to end.

mod prose;
