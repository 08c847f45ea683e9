//! Which programs a script begins with: its first command, and what that and the assignments before it substitute.

use super::command::Program;
use super::{Frame, Place, Shell};

/// Built into every shell, and about the shell itself: no program is started by them. What runs something
/// else (`eval`, `.`, `source`, `exec`, `command`) is not among them.
const STARTS_NOTHING: [&str; 30] = [
    ":", "[", "alias", "break", "cd", "continue", "echo", "exit", "export", "false", "getopts", "hash",
    "local", "printf", "pwd", "read", "readonly", "return", "set", "shift", "test", "times", "trap", "true",
    "type", "ulimit", "umask", "unalias", "unset", "wait",
];

/// What was found of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Begins {
    programs: Vec<Program>,
    /// The first command is known: what comes later is not the beginning.
    is_over: bool,
}

impl Shell {
    /// A command begins with this.
    pub(super) fn begin(&mut self, program: Program) {
        let starts_nothing =
            matches!(&program, Program::Written(program) if STARTS_NOTHING.contains(&program.as_str()));
        if self.begins.is_over || starts_nothing {
            return;
        }
        let is_outermost = |frame: &Frame| matches!(frame, Frame::Commands(commands) if matches!(commands.kind, Place::Top | Place::Group));
        self.begins.is_over = self.frames.iter().all(is_outermost);
        self.begins.programs.push(if self.unsure.is_none() { program } else { Program::Unknown });
    }
}

/// The programs that a script begins with, in the order in which they stand; none if that cannot be told.
pub(in crate::expr) fn begins_with(script: &str) -> Option<Vec<String>> {
    let mut shell = Shell::new();
    let read = shell.literal(&without_values(script)?).and_then(|()| shell.end_command());
    let Begins { programs, is_over } = shell.begins;
    if !is_over && (read.is_err() || shell.unsure.is_some() || shell.frames.len() > 1) {
        return None;
    }
    let written = |program| match program {
        Program::Written(program) => Some(program),
        Program::Unknown => None,
    };
    programs.into_iter().map(written).collect()
}

/// The script with a word in quotes for each value; none with other tags of templates, which may leave anything.
fn without_values(script: &str) -> Option<String> {
    let (mut out, mut rest) = (String::new(), script);
    while let Some(start) = rest.find("{{").or_else(|| rest.find("{%")) {
        out.push_str(&rest[..start]);
        let length = rest[start..].strip_prefix("{{")?.find("}}")?;
        out.push_str("''");
        rest = &rest[start + length + 4..];
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::begins_with;

    #[test]
    fn scripts_begin_with_their_first_command_and_what_it_substitutes() {
        for (script, programs) in [
            ("make -j4 && rm x", "make"),
            ("\n# x\nA=1 B=2 make -j4\n", "make"),
            ("A=1\n./scripts/x.sh\n", "./scripts/x.sh"),
            ("x=$(rm -rf /tmp/x)", "rm"),
            ("x=\"$(curl -s 'a b' | jq .)\" make", "curl jq make"),
            ("if ! test -f a; then rm a; fi", "rm"),
            ("( cd a && make )", "make"),
            ("set -e\ntrap 'rm x' EXIT\nmake", "make"),
            (">out 'make'", "make"),
            ("A={{ inputs.a }} make {{ inputs.b }}", "make"),
            ("make $(date)", "make"),
            ("A=1\n", ""),
            ("env A=1 make", "env"),
        ] {
            assert_eq!(
                begins_with(script).map(|found| found.join(" ")).as_deref(),
                Some(programs),
                "{script}"
            );
        }
        for script in [
            "$TOOL x",
            "{{ inputs.tool }} x",
            "{% if x %}make{% endif %}",
            "x=$($TOOL)",
            "ma* x",
            "$(cat a) b",
            "x=`date`; echo $x",
        ] {
            assert_eq!(begins_with(script), None, "{script}");
        }
    }
}
