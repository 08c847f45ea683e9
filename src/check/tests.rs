//! Tests of checking.
