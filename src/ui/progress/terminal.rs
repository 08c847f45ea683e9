//! A terminal: one live line for each step that is under way, with a spinner and its time; what is over
//! scrolls by above.
//!
//! The live lines are the last on the screen. Before anything else is written they are wiped, after it
//! they are drawn again; each is cut to the width, so that it takes exactly one row.

use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{Look, StepName, safe_lines, summary};
use crate::model::Outcome;
use crate::report::{one_line, took};

const FRAMES: [char; 10] = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
/// How long a frame stands, in milliseconds.
const FRAME: u64 = 100;
/// More lines are not drawn, but counted.
const MOST: usize = 12;

/// The look of a terminal.
#[derive(Debug)]
pub struct Terminal {
    width: usize,
    colour: bool,
    live: Vec<Live>,
    /// How many rows the live lines take on the screen now.
    drawn: usize,
}

/// A step that is under way.
#[derive(Debug)]
struct Live {
    run: String,
    step: String,
    since: u64,
    /// The last line that it printed, or what it does.
    says: String,
}

impl Terminal {
    /// `width` in columns.
    pub fn new(width: usize, colour: bool) -> Self {
        Self { width: width.max(20), colour, live: Vec::new(), drawn: 0 }
    }

    fn position(&self, step: StepName<'_>) -> Option<usize> {
        self.live.iter().position(|live| live.run == step.run && live.step == step.step)
    }

    /// Wipes the live lines, writes `text` in their place, and draws them again.
    fn write(&mut self, text: &str, now: u64) -> String {
        let mut out = String::new();
        if self.drawn > 0 {
            // Up to the first of them, and everything below is gone.
            let _ = write!(out, "\u{1b}[{}A\r\u{1b}[J", self.drawn);
        }
        out.push_str(text);
        self.drawn = 0;
        let frame = FRAMES[usize::try_from(now / FRAME % FRAMES.len() as u64).unwrap_or(0)];
        for live in self.live.iter().take(MOST) {
            let time = took(now.saturating_sub(live.since));
            let line = format!("{frame} {} {time} {}", live.step, live.says);
            out.push_str(&cut(&line, self.width - 1));
            out.push('\n');
            self.drawn += 1;
        }
        if self.live.len() > MOST {
            let _ = writeln!(out, "  … and {} more", self.live.len() - MOST);
            self.drawn += 1;
        }
        out
    }

    fn paint(&self, symbol: char, text: &str) -> String {
        let code = match symbol {
            '=' => "32",
            '!' => "31",
            _ => "2",
        };
        if self.colour {
            format!("\u{1b}[{code}m{symbol}\u{1b}[0m {text}\n")
        } else {
            format!("{symbol} {text}\n")
        }
    }
}

impl Look for Terminal {
    fn started(&mut self, step: StepName<'_>, what: &str, now: u64) -> String {
        let live = Live {
            run: step.run.to_owned(),
            step: step.step.to_owned(),
            since: now,
            says: one_line(what).into_owned(),
        };
        match self.position(step) {
            Some(at) => self.live[at] = live,
            None => self.live.push(live),
        }
        self.write("", now)
    }

    fn printed(&mut self, step: StepName<'_>, text: &str, now: u64) -> String {
        let name = one_line(step.step).into_owned();
        let mut lines = String::new();
        let mut last = None;
        for line in safe_lines(text) {
            let _ = writeln!(lines, "{name} │ {line}");
            last = Some(line);
        }
        if let (Some(at), Some(last)) = (self.position(step), last.filter(|line| !line.trim().is_empty())) {
            self.live[at].says = one_line(&last).into_owned();
        }
        self.write(&lines, now)
    }

    fn finished(&mut self, step: StepName<'_>, outcome: &Outcome, now: u64) -> String {
        if let Some(at) = self.position(step) {
            self.live.remove(at);
        }
        let (symbol, text) = summary(step, outcome);
        let line = self.paint(symbol, &text);
        self.write(&line, now)
    }

    fn carried_over(&mut self, step: StepName<'_>, why: &str, now: u64) -> String {
        if let Some(at) = self.position(step) {
            self.live.remove(at);
        }
        let line = self.paint('?', &format!("{} goes on later: {}", one_line(step.step), one_line(why)));
        self.write(&line, now)
    }

    fn passed(&mut self, now: u64) -> String {
        if self.live.is_empty() { String::new() } else { self.write("", now) }
    }

    fn is_live(&self) -> bool {
        true
    }

    fn ended(&mut self) -> String {
        self.live.clear();
        self.write("", 0)
    }
}

/// As much of a line as fits, so that it never wraps.
fn cut(line: &str, width: usize) -> String {
    if line.width() <= width {
        return line.to_owned();
    }
    let mut used = 1;
    let fits = |c: &char| {
        used += c.width().unwrap_or(0);
        used <= width
    };
    let kept: String = line.chars().take_while(fits).collect();
    format!("{}…", kept.trim_end())
}
