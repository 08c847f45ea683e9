//! JSON lines: one document a line, and every line that is not one is named.

use serde::de::DeserializeOwned;

/// What is wrong with one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineProblem {
    /// From 1.
    pub line: usize,
    /// From 1, in bytes.
    pub column: usize,
    pub message: String,
}

/// A file of JSON lines that cannot be taken in; nothing of it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", text(.file, .problems))]
pub struct LineProblems {
    pub file: String,
    pub problems: Vec<LineProblem>,
}

/// How many problems are shown; a wrong file has one on every line.
const SHOWN: usize = 20;

fn text(file: &str, problems: &[LineProblem]) -> String {
    let mut lines: Vec<String> = problems
        .iter()
        .take(SHOWN)
        .map(|problem| format!("{file}:{}:{}: {}", problem.line, problem.column, problem.message))
        .collect();
    if problems.len() > SHOWN {
        lines.push(format!("and {} more", problems.len() - SHOWN));
    }
    lines.join("\n")
}

/// Reads every line that is not blank, with its number.
pub(super) fn read<T: DeserializeOwned>(file: &str, text: &str) -> Result<Vec<(usize, T)>, LineProblems> {
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for (line, text) in (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty()) {
        match serde_json::from_str(text) {
            Ok(value) => found.push((line, value)),
            Err(error) => {
                problems.push(LineProblem { line, column: error.column().max(1), message: plain(&error) });
            }
        }
    }
    if problems.is_empty() { Ok(found) } else { Err(LineProblems { file: file.to_owned(), problems }) }
}

/// serde's message without its own idea of the place: every line is a document of its own.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
    if error.is_data() { message.to_owned() } else { format!("not a JSON document: {message}") }
}
