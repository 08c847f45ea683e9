//! One simple command of a script, word by word: which words may come from a value.
//!
//! A quoted word still does harm where a command takes it as a program: after `eval` or `sh -c`,
//! as the name of the command, and where `bash` evaluates the subscript of a variable's name
//! (`[ -v 'a[$(reboot)]' ]`).

use super::{BY_ENV, Refusal, refuse};

/// Run their arguments as commands, here or elsewhere, or take names of variables.
const EVALUATES: [&str; 29] = [
    ".",
    "alias",
    "bind",
    "builtin",
    "compgen",
    "complete",
    "compopt",
    "doas",
    "enable",
    "eval",
    "fc",
    "getopts",
    "let",
    "mapfile",
    "parallel",
    "read",
    "readarray",
    "remsh",
    "rsh",
    "runuser",
    "script",
    "select",
    "source",
    "ssh",
    "su",
    "trap",
    "unset",
    "wait",
    "watch",
];
/// Declare variables: the value of `NAME=` is only a value, anything else is a name.
const DECLARES: [&str; 5] = ["declare", "export", "local", "readonly", "typeset"];
/// Take a command as their arguments.
const PREFIXES: [&str; 13] = [
    "busybox", "chroot", "command", "env", "exec", "ionice", "nice", "nohup", "setsid", "stdbuf", "sudo",
    "timeout", "xargs",
];
const SHELLS: [&str; 9] = ["ash", "bash", "csh", "dash", "fish", "ksh", "mksh", "sh", "zsh"];
/// After these words of the grammar another command begins.
const OPENS: [&str; 9] = ["!", "do", "elif", "else", "if", "then", "until", "while", "{"];
const CLOSES: [&str; 4] = ["}", "done", "esac", "fi"];
/// Variables that shells read commands, numbers or the grammar from.
const SPECIAL: [&str; 22] = [
    "BASHOPTS",
    "BASHPID",
    "BASH_ENV",
    "ENV",
    "EPOCHREALTIME",
    "EPOCHSECONDS",
    "EUID",
    "HISTCMD",
    "IFS",
    "LINENO",
    "OPTIND",
    "PPID",
    "PROMPT_COMMAND",
    "PS0",
    "PS1",
    "PS2",
    "PS4",
    "RANDOM",
    "SECONDS",
    "SHELLOPTS",
    "SRANDOM",
    "UID",
];

/// A word as far as it has been read.
#[expect(clippy::struct_excessive_bools, reason = "facts that are each found on their own")]
#[derive(Debug, Clone, Default)]
pub(super) struct Word {
    /// Without its quotes.
    pub(super) text: String,
    pub(super) quoted: bool,
    /// How much of the text came before quotes and expansions, if there are any.
    bare: Option<usize>,
    /// Holds an expansion of the shell.
    pub(super) dynamic: bool,
    /// Holds a value of the template.
    pub(super) value: bool,
    /// Holds `[`, `{` or the like outside of quotes.
    pattern: bool,
}

impl Word {
    pub(super) fn push(&mut self, letter: char) {
        self.pattern |= matches!(letter, '[' | '{' | '}');
        self.text.push(letter);
    }

    /// From here on the text is quoted or expanded.
    pub(super) fn end_bare(&mut self) {
        self.bare.get_or_insert(self.text.len());
    }

    /// The word if it is plainly that.
    pub(super) fn bare(&self) -> Option<&str> {
        (!self.quoted && !self.dynamic && !self.value).then_some(self.text.as_str())
    }

    /// The variable that the word assigns to: `NAME=…` or `NAME+=…`.
    pub(super) fn assigns_to(&self) -> Option<&str> {
        let (name, _) = self.text.split_once('=')?;
        // A quoted `=` assigns nothing.
        if self.bare.is_some_and(|bare| bare <= name.len()) {
            return None;
        }
        let name = name.strip_suffix('+').unwrap_or(name);
        let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        is_name.then_some(name)
    }

    /// `NAME=` and nothing yet.
    pub(super) fn is_assignment_so_far(&self) -> bool {
        self.bare().is_some_and(|text| text.ends_with('=')) && self.assigns_to().is_some()
    }

    pub(super) fn no_pattern(&self) -> Result<(), Refusal> {
        if self.pattern {
            return refuse("a value cannot stand in a word with `[`, `{` or `}`", BY_ENV);
        }
        Ok(())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Redirect {
    /// A file.
    Target,
    /// After `>&`.
    Duplicate,
    /// The end of a here-document.
    Delimiter,
}

/// What came last.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
enum Last {
    #[default]
    Nothing,
    Literal(String),
    /// A value of the template, or an expansion of the shell.
    Unknown,
}

/// A command so far.
#[expect(clippy::struct_excessive_bools, reason = "facts that are each found on their own")]
#[derive(Debug, Clone, Default)]
pub(super) struct Command {
    name: Option<Name>,
    pub(super) redirect: Option<Redirect>,
    /// Behind `env`, `exec` and the like.
    prefixed: bool,
    last: Last,
    /// Literal words that are no options, since the name or a shell's.
    operands: usize,
    ended_options: bool,
    seen_in: bool,
    /// One of its words is a shell.
    runs_shell: bool,
    gave_value: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Name {
    Known(String),
    /// Made by an expansion, or behind options of another command.
    Unknown,
    /// What cannot have arguments: after `)` or `fi`.
    None,
}

/// What a word said about the rest of the script.
#[derive(Debug, Default)]
pub(super) struct Heard {
    pub(super) integers: bool,
    pub(super) doubt: Option<&'static str>,
    /// It is what a command begins with.
    pub(super) program: Option<Program>,
}

/// The program of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Program {
    Written(String),
    /// That cannot be told.
    Unknown,
}

fn base(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

impl Command {
    pub(super) fn is_at_start(&self) -> bool {
        self.name.is_none() && self.redirect.is_none()
    }

    /// One word and nothing else: what may stand before `()`.
    pub(super) fn is_one_word(&self) -> bool {
        matches!(&self.name, Some(Name::Known(name)) if self.last == Last::Literal(name.clone()))
            && self.operands == 0
            && self.redirect.is_none()
    }

    pub(super) fn close_group(&mut self) {
        self.name = Some(Name::None);
    }

    /// Whether several words may stand for one.
    pub(super) fn takes_list(&self) -> bool {
        self.redirect.is_none()
            && match &self.name {
                Some(Name::Known(name)) => {
                    !matches!(name.as_str(), "[" | "test" | "case" | "printf")
                        || (name == "printf" && self.operands > 0)
                }
                _ => false,
            }
    }

    /// Reads a whole word.
    pub(super) fn word(&mut self, word: &Word) -> Result<Heard, Refusal> {
        let mut heard = Heard::default();
        if self.redirect.take().is_some() {
            return Ok(heard);
        }
        match self.name.clone() {
            None => self.first(word, &mut heard),
            Some(name) => {
                let is_test = name == Name::Known("[".into()) || name == Name::Known("test".into());
                if is_test && self.last == Last::Unknown && self.gave_value && word.dynamic {
                    return refuse("a value before another one in `[ … ]` could be an operator", BY_ENV);
                }
                self.argument(&name, word, &mut heard);
            }
        }
        self.gave_value |= word.value;
        let is_unknown = word.value || word.dynamic || word.pattern && word.bare() != Some("[");
        self.last = if is_unknown { Last::Unknown } else { Last::Literal(word.text.clone()) };
        Ok(heard)
    }

    fn first(&mut self, word: &Word, heard: &mut Heard) {
        if let Some(text) = word.bare()
            && !self.prefixed
        {
            if OPENS.contains(&text) {
                return;
            }
            if CLOSES.contains(&text) {
                self.name = Some(Name::None);
                return;
            }
            if matches!(text, "function" | "coproc" | "select" | "time") {
                heard.doubt = Some("`function`, `coproc`, `select` or `time`");
            }
        }
        if word.assigns_to().is_some() {
            return;
        }
        let may_expand = word.pattern || word.text.contains(['*', '?']);
        if word.dynamic && !word.text.contains('/') || may_expand && !matches!(word.bare(), Some("[" | "[["))
        {
            self.name = Some(Name::Unknown);
            heard.program = Some(Program::Unknown);
            return;
        }
        if !self.prefixed {
            let is_unknown = word.value || word.dynamic || word.text.is_empty();
            let written = || Program::Written(word.text.clone());
            heard.program = Some(if is_unknown { Program::Unknown } else { written() });
        }
        let name = base(&word.text);
        if self.prefixed {
            if word.text.starts_with('-') {
                self.name = Some(Name::Unknown);
                return;
            }
            if word.text.starts_with(|first: char| first.is_ascii_digit()) {
                return;
            }
        }
        if PREFIXES.contains(&name) {
            self.prefixed = true;
            return;
        }
        if matches!(name, "alias" | "shopt") {
            heard.doubt = Some("`alias` or `shopt`, which change how the rest is read");
        }
        self.runs_shell = SHELLS.contains(&name);
        self.name = Some(Name::Known(name.to_owned()));
    }

    fn argument(&mut self, name: &Name, word: &Word, heard: &mut Heard) {
        let Name::Known(name) = name else { return };
        let is_option = !self.ended_options && word.text.starts_with(['-', '+']);
        if DECLARES.contains(&name.as_str())
            && ((word.dynamic || word.pattern) && word.assigns_to().is_none()
                || is_option && word.text.contains(['i', 'n']))
        {
            heard.integers = true;
        }
        if word.value {
            return;
        }
        if name == "case" && word.bare() == Some("in") {
            *self = Self::default();
            return;
        }
        self.seen_in |= word.bare() == Some("in");
        if word.text == "--" {
            self.ended_options = true;
        } else if !self.runs_shell && SHELLS.contains(&base(&word.text)) {
            self.runs_shell = true;
            self.operands = 0;
        } else if !is_option && !self.may_be_option(word) {
            self.operands += 1;
        }
    }

    /// Whether the word could be an option after all, or belongs to the one before.
    fn may_be_option(&self, word: &Word) -> bool {
        let expands = word.pattern || word.dynamic && !word.quoted;
        let takes_next = |option: &str| {
            option.starts_with("--") || option.starts_with(['-', '+']) && option.ends_with(['o', 'O'])
        };
        expands || self.runs_shell && matches!(&self.last, Last::Literal(last) if takes_next(last))
    }

    /// Whether a value may be, or be part of, the word that is being read.
    pub(super) fn accept(&self, word: &Word) -> Result<(), Refusal> {
        match self.redirect {
            Some(Redirect::Target) => return Ok(()),
            Some(Redirect::Duplicate) => return refuse("a value cannot stand after `>&` or `<&`", BY_ENV),
            Some(Redirect::Delimiter) => return refuse("a value cannot end a here-document", BY_ENV),
            None => {}
        }
        let Some(name) = &self.name else { return accept_first(word) };
        let Name::Known(name) = name else {
            return refuse("it is not certain which command would take the value", BY_ENV);
        };
        let name = name.as_str();
        if EVALUATES.contains(&name) {
            return refuse(format!("`{name}` could run the value as a command"), BY_ENV);
        }
        if DECLARES.contains(&name) {
            return match word.assigns_to() {
                Some(variable) => accept_variable(variable),
                _ => refuse(format!("a value cannot name what `{name}` declares"), "write `NAME={{ … }}`"),
            };
        }
        if self.runs_shell && self.operands == 0 {
            return refuse(
                "a shell would run the value as a script",
                "write the script out and give the value after it: `sh -c 'echo \"$1\"' sh {{ … }}`",
            );
        }
        match name {
            "for" if !self.seen_in => refuse("a value cannot name the variable of a loop", "write a name"),
            "find" if matches!(&self.last, Last::Literal(last) if last.starts_with("-exec") || last.starts_with("-ok")) => {
                refuse("a value cannot be the name of a command", BY_ENV)
            }
            "set" if !self.ended_options => {
                refuse("`set` could read the value as an option", "write `set -- {{ … }}`")
            }
            "printf" if self.operands == 0 => {
                refuse("`printf` would read the value as its format", "write `printf '%s\\n' {{ … }}`")
            }
            "[" | "test" => match &self.last {
                Last::Unknown => refuse("a value after another one in `[ … ]` could be evaluated", BY_ENV),
                Last::Literal(operator) if matches!(operator.as_str(), "-v" | "-R") => {
                    refuse(format!("`{operator}` would evaluate the value"), BY_ENV)
                }
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }
}

fn accept_first(word: &Word) -> Result<(), Refusal> {
    if let Some(variable) = word.assigns_to() {
        return accept_variable(variable);
    }
    let is_path = word.text.contains('/')
        && word
            .bare()
            .is_some_and(|text| text.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c)));
    if is_path {
        return Ok(());
    }
    refuse(
        "a value cannot be the name of a command",
        "write the command; to choose between some, use `case` with a variable from `env:`",
    )
}

fn accept_variable(name: &str) -> Result<(), Refusal> {
    if SPECIAL.contains(&name) || name.starts_with("BASH_") {
        return refuse(
            format!("a value cannot be assigned to `{name}`, which the shell itself reads"),
            BY_ENV,
        );
    }
    Ok(())
}
