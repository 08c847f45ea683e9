//! Where a span lies, for machines: lines and columns of its start and its end.

use crate::diag::{Position, SourceMap, Span};

/// Lines and columns from 1, columns in characters; the end is the one after the last character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) end_line: u32,
    pub(super) end_column: u32,
}

impl Place {
    pub(super) fn of(map: &SourceMap, file: &str, span: Span) -> Self {
        let Position { line, column } = map.position(file, span.start);
        let end = map.position(file, span.end.max(span.start));
        Self { line, column, end_line: end.line, end_column: end.column }
    }
}
