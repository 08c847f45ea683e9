//! Tests of the four forms.
