//! Whether to colour and how wide the page is. Decided once at the edge and passed in; nothing
//! here looks at a terminal, and no text depends on colour to be understood.

use anstyle::{AnsiColor, Effects};

/// How text is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    pub colour: bool,
    /// The columns of the page. Without it nothing is shortened.
    pub width: Option<usize>,
}

/// What a piece of text is, for colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Tint {
    #[default]
    Plain,
    Bold,
    Dim,
    Good,
    Warning,
    Bad,
}

impl Tint {
    const fn ansi(self) -> anstyle::Style {
        let style = anstyle::Style::new();
        match self {
            Self::Plain => style,
            Self::Bold => style.effects(Effects::BOLD),
            Self::Dim => style.effects(Effects::DIMMED),
            Self::Good => style.fg_color(Some(anstyle::Color::Ansi(AnsiColor::Green))),
            Self::Warning => style.fg_color(Some(anstyle::Color::Ansi(AnsiColor::Yellow))),
            Self::Bad => style.fg_color(Some(anstyle::Color::Ansi(AnsiColor::Red))),
        }
    }
}

impl Style {
    /// Neither colour nor a width.
    pub const PLAIN: Self = Self { colour: false, width: None };

    pub(super) fn paint(self, tint: Tint, text: &str) -> String {
        if self.colour && tint != Tint::Plain && !text.is_empty() {
            let ansi = tint.ansi();
            format!("{ansi}{text}{ansi:#}")
        } else {
            text.to_owned()
        }
    }
}
