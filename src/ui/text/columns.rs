//! Aligned columns. Each is as wide as its widest cell; where a page width is given, a last column
//! of titles is shortened to what is left. A column of nothing but `-` is left out.

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
    headed: bool,
    /// Whether the last column is shortened to fit the page.
    shortened: bool,
}

impl Columns {
    pub(super) fn new(headings: &[&str]) -> Self {
        let headings = headings.iter().map(|text| cell(*text).tint(Tint::Dim)).collect();
        Self { rows: vec![headings], headed: true, shortened: false }
    }

    /// Columns without headings.
    pub(super) const fn bare() -> Self {
        Self { rows: Vec::new(), headed: false, shortened: false }
    }

    /// The last column holds titles, which may be shortened.
    pub(super) const fn titled(mut self) -> Self {
        self.shortened = true;
        self
    }

    pub(super) fn row<const N: usize>(&mut self, cells: [Cell; N]) {
        self.rows.push(cells.into());
    }

    /// The lines, each indented by `indent` spaces.
    pub(super) fn lines(&self, style: Style, indent: usize) -> Vec<String> {
        let widths = self.widths();
        self.rows.iter().map(|row| self.line(row, &widths, style, indent)).collect()
    }

    /// The width of each column; none for those that are left out.
    fn widths(&self) -> Vec<Option<usize>> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        (0..columns).map(|column| self.width(column)).collect()
    }

    fn width(&self, column: usize) -> Option<usize> {
        let cells = || self.rows.iter().filter_map(|row| row.get(column));
        let empty = self.headed && cells().skip(1).all(|cell| cell.text == "-");
        if empty { None } else { cells().map(|cell| cell.text.width()).max() }
    }

    fn line(&self, row: &[Cell], widths: &[Option<usize>], style: Style, indent: usize) -> String {
        let mut out = " ".repeat(indent);
        let mut used = indent;
        let shown = row.iter().zip(widths).filter_map(|(cell, width)| Some((cell, (*width)?)));
        let last = shown.clone().count().saturating_sub(1);
        for (column, (cell, width)) in shown.enumerate() {
            if column == last {
                let room = style.width.filter(|_| self.shortened);
                let left = room.map(|room| room.saturating_sub(used).max(LEAST));
                out.push_str(&style.paint(cell.tint, &fit(&cell.text, left)));
            } else {
                out.push_str(&style.paint(cell.tint, &cell.text));
                out.push_str(&" ".repeat(width - cell.text.width()));
                out.push_str(GAP);
                used += width + GAP.len();
            }
        }
        out.truncate(out.trim_end().len());
        out
    }
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
        let mut columns = Columns::new(&["CODE", "TIER", "AGENT", "TITLE"]).titled();
        columns.row([cell("A-1"), cell("-"), cell("文化"), cell("a long title that does not fit")]);
        columns.row([cell("A-100"), cell("-"), cell("x"), cell("short")]);
        insta::assert_snapshot!(columns.lines(Style { colour: false, width: Some(30) }, 0).join("\n"), @"
        CODE   AGENT  TITLE
        A-1    文化   a long title th…
        A-100  x      short
        ");
    }
}
