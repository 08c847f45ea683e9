//! A page of text being written, line by line.

use super::columns::Columns;
use super::style::{Style, Tint};

#[derive(Debug)]
pub(super) struct Page {
    text: String,
    style: Style,
}

impl Page {
    pub(super) const fn new(style: Style) -> Self {
        Self { text: String::new(), style }
    }

    pub(super) fn line(&mut self, text: impl AsRef<str>) {
        self.text.push_str(text.as_ref());
        self.text.push('\n');
    }

    pub(super) fn tinted(&mut self, tint: Tint, text: impl AsRef<str>) {
        self.line(self.style.paint(tint, text.as_ref()));
    }

    /// A bold line of its own, with an empty one before it unless it is the first.
    pub(super) fn heading(&mut self, text: impl AsRef<str>) {
        self.gap();
        self.tinted(Tint::Bold, text);
    }

    /// An empty line, unless the page is empty.
    pub(super) fn gap(&mut self) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
    }

    pub(super) fn columns(&mut self, columns: &Columns, indent: usize) {
        for line in columns.lines(self.style, indent) {
            self.line(line);
        }
    }

    pub(super) fn paint(&self, tint: Tint, text: &str) -> String {
        self.style.paint(tint, text)
    }

    pub(super) fn finish(self) -> String {
        self.text
    }
}
