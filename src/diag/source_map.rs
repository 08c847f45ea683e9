//! From byte offsets to lines and columns.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Span;

/// A place for people: line and column from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub line: u32,
    pub column: u32,
}

/// The text of one file and where its lines begin.
#[derive(Debug, Clone)]
pub struct SourceText {
    text: Arc<str>,
    /// The offset of each line's first byte.
    lines: Vec<usize>,
}

impl SourceText {
    pub fn new(text: Arc<str>) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let lines = std::iter::once(0).chain(ends).collect();
        Self { text, lines }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// Offsets past the end count as the end, offsets within a character as its start.
    pub fn position(&self, offset: usize) -> Position {
        let offset = self.floor(offset);
        let line = self.line_of(offset);
        let column = self.text[self.lines[line]..offset].chars().count() + 1;
        Position { line: number(line + 1), column: number(column) }
    }

    /// `span` within the text, on character boundaries, the end not before the start.
    pub fn clamp(&self, span: Span) -> Span {
        let start = self.floor(span.start);
        Span { start, end: self.floor(span.end).max(start) }
    }

    /// The index from 0 of the line that holds `offset`.
    pub fn line_of(&self, offset: usize) -> usize {
        self.lines.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    /// Where a line (from 0) begins; the end of the text for lines after the last.
    pub fn line_start(&self, line: usize) -> usize {
        self.lines.get(line).copied().unwrap_or(self.text.len())
    }

    fn floor(&self, offset: usize) -> usize {
        self.text.floor_char_boundary(offset)
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The texts of all files of a run, by the path that diagnostics name.
#[derive(Debug, Clone, Default)]
pub struct SourceMap {
    texts: BTreeMap<Arc<str>, SourceText>,
    /// The folder of the project in its repository, with `/` at its end; empty: the root.
    folder: String,
}

impl SourceMap {
    pub fn insert(&mut self, file: Arc<str>, text: Arc<str>) {
        self.texts.insert(file, SourceText::new(text));
    }

    pub fn get(&self, file: &str) -> Option<&SourceText> {
        self.texts.get(file)
    }

    /// The same for a project in this folder of its repository; empty: at the root.
    pub fn in_folder(self, folder: &str) -> Self {
        let folder = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        Self { folder, ..self }
    }

    /// The path of a file for those who see the whole repository.
    pub fn in_repository(&self, file: &str) -> String {
        format!("{}{file}", self.folder)
    }

    /// The place of an offset; the start of the file if its text is not known.
    pub fn position(&self, file: &str, offset: usize) -> Position {
        self.get(file).map_or(Position { line: 1, column: 1 }, |text| text.position(offset))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let text = SourceText::new("a: é日x\r\nb: 1\n".into());
        assert_eq!(text.position(8), Position { line: 1, column: 6 });
        assert_eq!(text.position(4), Position { line: 1, column: 4 }, "inside é");
        assert_eq!(text.position(11), Position { line: 2, column: 1 });
        assert_eq!(text.position(999), Position { line: 3, column: 1 });
        assert_eq!(text.clamp(Span::new(9999, 3)), Span::new(16, 16));
    }
}
