//! Aligned columns. Each is as wide as its widest cell; where a page width is given, the last one
//! is shortened to what is left.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::style::{Style, Tint};

/// Between two columns.
const GAP: &str = "  ";
/// The last column is never shortened below this.
const LEAST: usize = 12;

/// One cell: its text and what it is.
#[derive(Debug, Clone, Default)]
pub(super) struct Cell {
    text: String,
    tint: Tint,
}

pub(super) fn cell(text: impl Into<String>) -> Cell {
    Cell { text: text.into(), tint: Tint::Plain }
}

impl Cell {
    pub(super) fn tint(mut self, tint: Tint) -> Self {
        self.tint = tint;
        self
    }
}

/// Rows of cells under a line of headings.
#[derive(Debug)]
pub(super) struct Columns {
    rows: Vec<Vec<Cell>>,
}

impl Columns {
    pub(super) fn new(headings: &[&str]) -> Self {
        Self { rows: vec![headings.iter().map(|text| cell(*text).tint(Tint::Dim)).collect()] }
    }

    /// Columns without headings.
    pub(super) const fn bare() -> Self {
        Self { rows: Vec::new() }
    }

    pub(super) fn row<const N: usize>(&mut self, cells: [Cell; N]) {
        self.rows.push(cells.into());
    }

    /// The lines, each indented by `indent` spaces.
    pub(super) fn lines(&self, style: Style, indent: usize) -> Vec<String> {
        let widths = self.widths();
        self.rows.iter().map(|row| line(row, &widths, style, indent)).collect()
    }

    fn widths(&self) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column| {
            self.rows.iter().filter_map(|row| row.get(column)).map(|cell: &Cell| cell.text.width()).max()
        };
        (0..columns).map(|column| width(column).unwrap_or(0)).collect()
    }
}

fn line(row: &[Cell], widths: &[usize], style: Style, indent: usize) -> String {
    let mut out = " ".repeat(indent);
    let mut used = indent;
    for (column, cell) in row.iter().enumerate() {
        if column + 1 == row.len() {
            let left = style.width.map(|width| width.saturating_sub(used).max(LEAST));
            out.push_str(&style.paint(cell.tint, &fit(&cell.text, left)));
        } else {
            out.push_str(&style.paint(cell.tint, &cell.text));
            out.push_str(&" ".repeat(widths[column] - cell.text.width()));
            out.push_str(GAP);
            used += widths[column] + GAP.len();
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// As much of the text as fits into `max` columns, `…` for the rest.
fn fit(text: &str, max: Option<usize>) -> Cow<'_, str> {
    let Some(max) = max.filter(|max| text.width() > *max) else { return Cow::Borrowed(text) };
    let mut used = 1;
    let fits = |c: &char| {
        used += c.width().unwrap_or(0);
        used <= max
    };
    let kept: String = text.chars().take_while(fits).collect();
    Cow::Owned(format!("{}…", kept.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aligns_wide_characters_and_shortens_the_last_column() {
        let mut columns = Columns::new(&["CODE", "AGENT", "TITLE"]);
        columns.row([cell("A-1"), cell("文化"), cell("a long title that does not fit")]);
        columns.row([cell("A-100"), cell("x"), cell("short")]);
        insta::assert_snapshot!(columns.lines(Style { colour: false, width: Some(30) }, 0).join("\n"), @"");
    }
}
