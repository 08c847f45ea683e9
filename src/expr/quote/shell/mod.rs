//! Shell scripts: every value becomes one single-quoted word, a list several.
//!
//! A quoted word is only safe where the shell reads words. This lexer follows the script as `sh`
//! and `bash` both read it, and refuses a value inside quotes, expansions, comments and here-
//! documents, and as a command that could be anything. Where the two shells differ, or where
//! following would take a whole parser, it becomes [`Shell::unsure`] and refuses all that comes
//! after: a value can always be passed by `env:` instead.
//!
//! Grammar: <https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html>

mod begins;
mod command;
mod nested;

use serde_json::Value;

use self::begins::Begins;
pub(in crate::expr) use self::begins::begins_with;
use self::command::{Command, Program, Word};
use self::nested::HereDocument;
use super::super::ExprError;
use super::super::text::{kind, plain};
use super::{Refusal, refuse};

pub(super) const BY_ENV: &str = "pass it by `env:` and use the variable in double quotes";

/// What the lexer is in.
#[derive(Debug, Clone)]
enum Frame {
    Commands(Commands),
    Single,
    Double,
    Back,
    /// `${ … }`
    Brace,
    /// `$(( … ))`, with so many parentheses open in it.
    Arithmetic(usize),
    Comment,
    Document(HereDocument),
}

/// A place where words are read.
#[derive(Debug, Clone)]
struct Commands {
    kind: Place,
    command: Command,
    word: Option<Word>,
    /// Inside `[[ … ]]`.
    double_bracket: bool,
    /// `case` without its `esac`.
    cases: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Top,
    /// `( … )`
    Group,
    /// `$( … )`, `<( … )`
    Substitution,
    /// `name=( … )`
    Array,
}

impl Commands {
    fn new(kind: Place) -> Self {
        Self { kind, command: Command::default(), word: None, double_bracket: false, cases: 0 }
    }
}

#[expect(clippy::struct_excessive_bools, reason = "facts about a script, each found on its own")]
#[derive(Debug, Clone)]
pub(in crate::expr) struct Shell {
    /// Never empty: the script itself is the first.
    frames: Vec<Frame>,
    escaped: bool,
    /// The text before the value ends with `$`.
    dollar: bool,
    /// What makes it impossible to say how both shells read the rest.
    unsure: Option<&'static str>,
    /// Here-documents whose text begins at the next line.
    documents: Vec<HereDocument>,
    /// A variable was declared as a number, so that assigning to it evaluates.
    integers: bool,
    assigns: bool,
    begins: Begins,
    /// Whether the value to be written may be a list.
    takes_list: bool,
}

impl Shell {
    pub(super) fn new() -> Self {
        Self {
            frames: vec![Frame::Commands(Commands::new(Place::Top))],
            escaped: false,
            dollar: false,
            unsure: None,
            documents: Vec::new(),
            integers: false,
            assigns: false,
            begins: Begins::default(),
            takes_list: false,
        }
    }

    pub(super) fn literal(&mut self, text: &str) -> Result<(), Refusal> {
        let letters: Vec<char> = text.chars().collect();
        let mut at = 0;
        while at < letters.len() {
            at += self.step(&letters[at..])?;
        }
        Ok(())
    }

    /// Reads what the letters begin with; gives how many were read.
    fn step(&mut self, letters: &[char]) -> Result<usize, Refusal> {
        self.dollar = false;
        if letters[0] == '\n'
            && !self.documents.is_empty()
            && !matches!(self.frames.last(), Some(Frame::Commands(_) | Frame::Comment))
        {
            self.doubt("a here-document whose text begins within quotes");
        }
        match self.frames.last_mut() {
            Some(Frame::Commands(_)) => self.command(letters),
            Some(Frame::Double) => Ok(self.double(letters)),
            Some(Frame::Document(_)) => Ok(self.document(letters[0])),
            Some(Frame::Comment) => {
                if letters[0] == '\n' {
                    self.frames.pop();
                    return Ok(0);
                }
                Ok(1)
            }
            Some(Frame::Single) => {
                match letters[0] {
                    '\'' => self.leave(),
                    letter => self.quoted(letter),
                }
                Ok(1)
            }
            _ => Ok(self.opaque(letters)),
        }
    }

    fn doubt(&mut self, why: &'static str) {
        self.unsure.get_or_insert(why);
    }

    /// Ends the innermost quotes or expansion.
    fn leave(&mut self) {
        self.frames.pop();
    }

    fn commands(&mut self) -> Option<&mut Commands> {
        self.frames.iter_mut().rev().find_map(|frame| match frame {
            Frame::Commands(commands) => Some(commands),
            _ => None,
        })
    }

    fn word(&mut self) -> Option<&mut Word> {
        self.commands().map(|commands| commands.word.get_or_insert_default())
    }

    fn quoted(&mut self, letter: char) {
        if let Some(word) = self.word() {
            word.end_bare();
            word.quoted = true;
            word.text.push(letter);
        }
    }

    fn plain(&mut self, letter: char) {
        if let Some(word) = self.word() {
            word.push(letter);
        }
    }

    fn dynamic(&mut self) {
        if let Some(word) = self.word() {
            word.end_bare();
            word.dynamic = true;
        }
    }

    fn enter_quotes(&mut self, frame: Frame) {
        if let Some(word) = self.word() {
            word.end_bare();
            word.quoted = true;
        }
        self.frames.push(frame);
    }

    fn command(&mut self, letters: &[char]) -> Result<usize, Refusal> {
        let letter = letters[0];
        let next = letters.get(1).copied();
        if std::mem::take(&mut self.escaped) {
            // A backslash at the end of a line is as if neither were there.
            if letter != '\n' {
                self.quoted(letter);
            }
            return Ok(1);
        }
        match letter {
            '\\' => self.escaped = true,
            '\'' => self.enter_quotes(Frame::Single),
            '"' => self.enter_quotes(Frame::Double),
            '`' => {
                self.dynamic();
                // What stands in backquotes is not read.
                self.begin(Program::Unknown);
                self.frames.push(Frame::Back);
            }
            '$' => return Ok(self.expansion(letters)),
            '#' if self.commands().is_some_and(|commands| commands.word.is_none()) => {
                if self.frames.len() > 1 {
                    self.doubt("a comment within parentheses");
                }
                self.frames.push(Frame::Comment);
            }
            ' ' | '\t' => self.end_word()?,
            '\n' => {
                self.end_command()?;
                for document in std::mem::take(&mut self.documents).into_iter().rev() {
                    self.frames.push(Frame::Document(document));
                }
            }
            '&' if next == Some('>') => {
                self.doubt("`&>`, which `sh` reads in another way than `bash`");
                self.end_word()?;
            }
            ';' | '&' | '|' => self.end_command()?,
            '(' => return self.open(letters),
            ')' => self.close()?,
            '<' | '>' => return self.redirection(letters),
            _ => self.plain(letter),
        }
        Ok(1)
    }

    /// `$`, and what follows it, outside of single quotes.
    fn expansion(&mut self, letters: &[char]) -> usize {
        self.dynamic();
        let after = |at: usize| letters.get(at).copied();
        match after(1) {
            None => {
                self.dollar = true;
                1
            }
            Some('(') if after(2) == Some('(') => {
                self.frames.push(Frame::Arithmetic(0));
                3
            }
            Some('(') => {
                self.frames.push(Frame::Commands(Commands::new(Place::Substitution)));
                2
            }
            Some('{') => {
                if matches!(after(2), Some(' ' | '\t' | '\n' | '|') | None) {
                    self.doubt("`${` without a name");
                }
                self.frames.push(Frame::Brace);
                2
            }
            Some('\'') if !matches!(self.frames.last(), Some(Frame::Double)) => {
                self.doubt("`$'…'`, which `sh` reads in another way than `bash`");
                1
            }
            Some('[' | '\\') => {
                self.doubt("what follows a `$`");
                1
            }
            Some('$' | '!' | '#' | '?' | '*' | '@' | '-' | '0'..='9') => 2,
            Some(_) => 1,
        }
    }

    fn double(&mut self, letters: &[char]) -> usize {
        if std::mem::take(&mut self.escaped) {
            self.quoted(letters[0]);
            return 1;
        }
        match letters[0] {
            '\\' => self.escaped = true,
            '"' => self.leave(),
            '$' => return self.expansion(letters),
            '`' => {
                self.dynamic();
                // What stands in backquotes is not read.
                self.begin(Program::Unknown);
                self.frames.push(Frame::Back);
            }
            letter => self.quoted(letter),
        }
        1
    }

    fn end_word(&mut self) -> Result<(), Refusal> {
        let Some(commands) = self.commands() else { return Ok(()) };
        let Some(word) = commands.word.take() else { return Ok(()) };
        if commands.kind == Place::Array {
            return Ok(());
        }
        match word.bare() {
            Some("]]") if commands.double_bracket => commands.double_bracket = false,
            Some("[[") if commands.command.is_at_start() => commands.double_bracket = true,
            Some("case") if commands.command.is_at_start() => commands.cases += 1,
            Some("esac") if commands.command.is_at_start() => {
                commands.cases = commands.cases.saturating_sub(1);
            }
            Some("case") if commands.kind != Place::Top => commands.cases += 1,
            _ => {}
        }
        let heard = commands.command.word(&word)?;
        if let Some(program) = heard.program {
            self.begin(program);
        }
        self.integers |= heard.integers;
        if let Some(why) = heard.doubt {
            self.doubt(why);
        }
        self.refuse_integers()
    }

    fn refuse_integers(&self) -> Result<(), Refusal> {
        if self.integers && self.assigns {
            return refuse(
                "a value cannot be assigned where a variable is declared with `-i` or `-n`",
                BY_ENV,
            );
        }
        Ok(())
    }

    fn end_command(&mut self) -> Result<(), Refusal> {
        self.end_word()?;
        if let Some(commands) = self.commands() {
            commands.command = Command::default();
        }
        Ok(())
    }

    fn open(&mut self, letters: &[char]) -> Result<usize, Refusal> {
        let Some(commands) = self.commands() else { return Ok(1) };
        if commands.double_bracket {
            self.doubt("parentheses within `[[ … ]]`");
            return Ok(1);
        }
        let at_start = commands.command.is_at_start();
        match &commands.word {
            Some(word) if at_start && word.is_assignment_so_far() => {
                self.frames.push(Frame::Commands(Commands::new(Place::Array)));
                Ok(1)
            }
            // `name()` begins a function, whose body is a command of its own.
            Some(word) if at_start && word.bare().is_some() && letters.get(1) == Some(&')') => {
                commands.word = None;
                Ok(2)
            }
            None if commands.command.is_one_word() && letters.get(1) == Some(&')') => {
                commands.command = Command::default();
                Ok(2)
            }
            None if at_start && letters.get(1) != Some(&'(') => {
                self.frames.push(Frame::Commands(Commands::new(Place::Group)));
                Ok(1)
            }
            _ => {
                self.doubt("parentheses at this place");
                self.end_word()?;
                self.frames.push(Frame::Commands(Commands::new(Place::Group)));
                Ok(1)
            }
        }
    }

    fn close(&mut self) -> Result<(), Refusal> {
        self.end_command()?;
        let (kind, cases) = match self.commands() {
            Some(commands) => (commands.kind, commands.cases),
            None => return Ok(()),
        };
        if kind == Place::Top {
            // The end of a pattern of `case`.
            if cases == 0 {
                self.doubt("a `)` without its `(`");
            }
            return Ok(());
        }
        if cases > 0 {
            self.doubt("`case` within parentheses");
        }
        if !self.documents.is_empty() {
            self.doubt("a here-document within parentheses");
        }
        self.frames.pop();
        if kind == Place::Group
            && let Some(commands) = self.commands()
        {
            commands.command.close_group();
        }
        Ok(())
    }

    pub(super) fn place(&mut self, next: Option<char>) -> Result<(), Refusal> {
        let commands = match self.frames.last_mut() {
            Some(Frame::Commands(commands)) => commands,
            Some(frame) => return nested::refusal(frame),
            None => return Ok(()),
        };
        if self.escaped {
            return refuse("a value cannot stand after a backslash", "remove the `\\` before `{{`");
        }
        if self.dollar {
            return refuse(
                "`${{ … }}` is how GitHub Actions writes it; the shell would read the `$` as its own",
                "remove the `$` before `{{`",
            );
        }
        if let Some(why) = self.unsure {
            return refuse(format!("a value cannot stand in a script after {why}"), BY_ENV);
        }
        if commands.double_bracket {
            return refuse("a value cannot stand within `[[ … ]]`, which may evaluate it", "use `[ … ]`");
        }
        let fresh = commands.word.is_none();
        let word = commands.word.get_or_insert_default();
        if commands.kind != Place::Array {
            commands.command.accept(word)?;
            self.assigns |= word.assigns_to().is_some();
        }
        word.no_pattern()?;
        let ends = next.is_some_and(|next| " \t\n;|&)".contains(next));
        self.takes_list = fresh && ends && (commands.kind == Place::Array || commands.command.takes_list());
        word.end_bare();
        word.value = true;
        self.refuse_integers()
    }

    pub(super) fn value(&self, value: &Value, out: &mut String) -> Result<(), ExprError> {
        match value {
            Value::Array(items) if self.takes_list => {
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(' ');
                    }
                    quote(item, out)?;
                }
                Ok(())
            }
            Value::Array(_) => {
                Err(ExprError::new("a list can only stand as words of its own, after a command")
                    .help("put spaces around `{{ … }}`, or write `| join(' ')` for one word"))
            }
            other => quote(other, out),
        }
    }
}

/// One word in single quotes.
fn quote(value: &Value, out: &mut String) -> Result<(), ExprError> {
    if value.is_array() {
        return Err(ExprError::new(format!("a word cannot be {}", kind(value))).help("write `| join(' ')`"));
    }
    let text = plain(value)?;
    if text.contains('\0') {
        return Err(ExprError::new("the value holds a NUL character, which no argument can"));
    }
    out.push('\'');
    out.push_str(&text.replace('\'', r"'\''"));
    out.push('\'');
    Ok(())
}
