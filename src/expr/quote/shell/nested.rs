//! What stands inside quotes, expansions, redirections and here-documents.

use super::command::Redirect;
use super::{BY_ENV, Commands, Frame, Place, Refusal, Shell, refuse};

/// A text that follows its command.
#[derive(Debug, Clone)]
pub(super) struct HereDocument {
    delimiter: String,
    /// `<<-`: tabs at the start of its lines are taken away.
    strips_tabs: bool,
    /// The delimiter is quoted, so that nothing in the text is special.
    is_raw: bool,
    line: String,
}

impl Shell {
    /// `…`, `${…}` and `$((…))`: read to their end if that is plain to see.
    pub(super) fn opaque(&mut self, letters: &[char]) -> usize {
        let letter = letters[0];
        let next = letters.get(1).copied();
        match self.frames.last_mut() {
            Some(Frame::Back) => match letter {
                '`' => self.leave(),
                '\'' | '"' | '\\' => self.doubt("quotes within backquotes"),
                '<' if next == Some('<') => self.doubt("a here-document within backquotes"),
                _ => {}
            },
            Some(Frame::Brace) => match letter {
                '}' => self.leave(),
                '\'' | '"' | '\\' | '`' | '{' | '(' | '\n' => {
                    self.doubt("a `${…}` with quotes or expansions in it");
                }
                _ => {}
            },
            Some(Frame::Arithmetic(open)) => match letter {
                '(' => *open += 1,
                ')' if *open > 0 => *open -= 1,
                ')' if next == Some(')') => {
                    self.leave();
                    return 2;
                }
                ')' => {
                    self.doubt("a `$((` that does not end with `))`");
                    self.leave();
                }
                '\'' | '"' | '\\' | '`' | ';' | '{' => {
                    self.doubt("a `$((…))` with quotes or expansions in it");
                }
                '$' if next == Some('(') => self.doubt("a `$((…))` with quotes or expansions in it"),
                _ => {}
            },
            _ => {}
        }
        1
    }

    pub(super) fn document(&mut self, letter: char) -> usize {
        let Some(Frame::Document(document)) = self.frames.last_mut() else { return 1 };
        if letter != '\n' {
            document.line.push(letter);
            return 1;
        }
        let line = std::mem::take(&mut document.line);
        let text = if document.strips_tabs { line.trim_start_matches('\t') } else { &line };
        if text == document.delimiter {
            self.frames.pop();
        } else if !document.is_raw && line.ends_with('\\') {
            self.doubt("a here-document with a `\\` at the end of a line");
        }
        1
    }

    /// `<`, `>` and all that begins with them.
    pub(super) fn redirection(&mut self, letters: &[char]) -> Result<usize, Refusal> {
        let after = |at: usize| letters.get(at).copied();
        if after(1) == Some('(') {
            self.dynamic();
            self.frames.push(Frame::Commands(Commands::new(Place::Substitution)));
            return Ok(2);
        }
        if let Some(commands) = self.commands()
            && commands.word.as_ref().is_some_and(|word| {
                word.bare().is_some_and(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
            })
        {
            // The number of what is redirected.
            commands.word = None;
        }
        self.end_word()?;
        let (length, redirect) = match (letters[0], after(1), after(2)) {
            (_, Some('\\'), _) => {
                self.doubt("an operator that is split over two lines");
                (1, Redirect::Target)
            }
            ('<', Some('<'), Some('<')) => (3, Redirect::Target),
            ('<', Some('<'), _) => return Ok(self.here_document(letters)),
            (_, Some('&'), _) => (2, Redirect::Duplicate),
            ('>', Some('>' | '|'), _) | ('<', Some('>'), _) => (2, Redirect::Target),
            _ => (1, Redirect::Target),
        };
        if let Some(commands) = self.commands() {
            commands.command.redirect = Some(redirect);
        }
        Ok(length)
    }

    fn here_document(&mut self, letters: &[char]) -> usize {
        let inside = self.frames.len() > 1;
        let strips_tabs = letters.get(2) == Some(&'-');
        let start = if strips_tabs { 3 } else { 2 };
        let blanks = letters[start..].iter().take_while(|letter| matches!(letter, ' ' | '\t')).count();
        let rest = &letters[start + blanks..];
        let word: String = rest
            .iter()
            .take_while(|letter| !matches!(letter, ' ' | '\t' | '\n' | ';' | '|' | '&' | '<' | '>' | ')'))
            .collect();
        let bare = ["'", "\""].iter().find_map(|quote| word.strip_prefix(quote)?.strip_suffix(quote));
        let delimiter = bare.unwrap_or(&word).to_owned();
        let is_simple = !delimiter.is_empty()
            && delimiter.chars().all(|letter| letter.is_ascii_alphanumeric() || "_.-".contains(letter));
        // At the end of the text, more of the delimiter may follow.
        if !is_simple || start + blanks + word.chars().count() == letters.len() {
            self.doubt("a here-document whose end is no plain word");
            if let Some(commands) = self.commands() {
                commands.command.redirect = Some(Redirect::Delimiter);
            }
            return start + blanks;
        }
        if inside {
            self.doubt("a here-document within parentheses");
        }
        self.documents.push(HereDocument {
            delimiter,
            strips_tabs,
            is_raw: bare.is_some(),
            line: String::new(),
        });
        start + blanks + word.chars().count()
    }
}

/// Why no value can stand in there.
pub(super) fn refusal(frame: &Frame) -> Result<(), Refusal> {
    match frame {
        Frame::Single | Frame::Double => {
            refuse("a value cannot stand within quotes", "remove the quotes around it; orch quotes it")
        }
        Frame::Back => refuse("a value cannot stand within backquotes", "use `$(…)` instead of backquotes"),
        Frame::Brace => refuse("a value cannot stand within `${…}`", BY_ENV),
        Frame::Arithmetic(_) => refuse("a value cannot stand within `$((…))`, which evaluates it", BY_ENV),
        Frame::Comment => {
            refuse("a value cannot stand in a comment of a script", "take it out of the comment")
        }
        Frame::Document(_) => refuse("a value cannot stand in a here-document", BY_ENV),
        Frame::Commands(_) => Ok(()),
    }
}
