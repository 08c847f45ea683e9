//! Which tasks and issues a pull request or a run names. What they name has yet to exist.

use crate::model::Code;

/// The most that one text may name.
const MOST: usize = 20;
/// What closes an issue (<https://docs.github.com/issues/tracking-your-work-with-issues/using-issues/linking-a-pull-request-to-an-issue>).
const CLOSING: [&str; 9] =
    ["close", "closes", "closed", "fix", "fixes", "fixed", "resolve", "resolves", "resolved"];
/// The trailer that names a task.
const TRAILER: &str = "task:";

/// The tasks of a pull request: a line `Task: DEV-012` of its text, `DEV-012` at the beginning of its title or of a
/// part of its branch.
pub(super) fn tasks_of_pull(title: &str, branch: &str, body: &str) -> Vec<Code> {
    let trailers = body.lines().filter_map(|line| value_of_trailer(line.trim()));
    let in_trailers = trailers.flat_map(|codes| codes.split([',', ' '])).filter_map(first_code);
    let in_title = first_code(title.trim_start().trim_start_matches(['[', '(']));
    let in_branch = branch.split('/').filter_map(first_code);
    distinct(in_trailers.chain(in_title).chain(in_branch))
}

/// The tasks of a run by its name: what follows on `Task:`.
pub(super) fn tasks_of_run(name: &str) -> Vec<Code> {
    let words: Vec<&str> = name.split_whitespace().collect();
    let after = words.windows(2).filter(|pair| pair[0].eq_ignore_ascii_case(TRAILER));
    distinct(after.filter_map(|pair| first_code(pair[1])))
}

/// The issues that a text says it closes.
pub(super) fn closed_by(body: &str) -> Vec<u64> {
    let words: Vec<&str> = body.split_whitespace().collect();
    let closes = |word: &str| CLOSING.contains(&word.trim_end_matches(':').to_lowercase().as_str());
    let pairs = words.windows(2).filter(|pair| closes(pair[0]));
    distinct(pairs.filter_map(|pair| {
        let digits = pair[1].strip_prefix('#')?.trim_end_matches(['.', ',', ';', ')', '!']);
        digits.parse().ok().filter(|number| *number > 0)
    }))
}

fn value_of_trailer(line: &str) -> Option<&str> {
    let key = line.get(..TRAILER.len())?;
    key.eq_ignore_ascii_case(TRAILER).then(|| line[TRAILER.len()..].trim())
}

/// The code that a text begins with: nothing that goes on as a word.
fn first_code(text: &str) -> Option<Code> {
    let (prefix, rest) = text.split_once('-')?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    if rest[digits..].starts_with(|c: char| c.is_alphanumeric() || c == '_') {
        return None;
    }
    format!("{prefix}-{}", &rest[..digits]).parse().ok()
}

fn distinct<T: PartialEq>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut distinct: Vec<T> = Vec::new();
    for item in items {
        if distinct.len() < MOST && !distinct.contains(&item) {
            distinct.push(item);
        }
    }
    distinct
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(codes: &[Code]) -> String {
        codes.iter().map(Code::as_str).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_pull_request_names_its_tasks() {
        let of = |title: &str, branch: &str, body: &str| codes(&tasks_of_pull(title, branch, body));
        assert_eq!(of("Say hello", "patch-1", "It says hello.\n\nTask: DEV-012\n"), "DEV-012");
        assert_eq!(of("x", "x", "task:DEV-1, OPS-2 DEV-001\r\n"), "DEV-1 OPS-2");
        assert_eq!(of("[DEV-12] Say hello", "writer/DEV-13-hello", ""), "DEV-12 DEV-13");
        assert_eq!(of("DEV-12: hello", "DEV-12", "See Task: DEV-9"), "DEV-12");
        assert_eq!(of("dev-12", "writer/dev-12", "a DEV-3"), "", "small letters are words");
        assert_eq!(of("DEV-12b", "x/DEV-1_2", "Task: DEV-"), "");
        assert_eq!(of("é-1", "ö", "Täsk: DEV-1\nTask: REVIEW-1"), "");
        let many: Vec<String> = (1..99).map(|n| format!("Task: A-{n}")).collect();
        assert_eq!(tasks_of_pull("", "", &many.join("\n")).len(), MOST);
    }

    #[test]
    fn a_run_names_its_tasks() {
        let of = |name: &str| codes(&tasks_of_run(name));
        assert_eq!(of("Task: DEV-012 orch-3f"), "DEV-012");
        assert_eq!(of("write task: DEV-1 Task: DEV-2"), "DEV-1 DEV-2");
        assert_eq!(of("DEV-012"), "", "only what it says to be its task");
    }

    #[test]
    fn a_text_says_what_it_closes() {
        assert_eq!(closed_by("Fixes #12, closes: #13.\nresolved #12"), [12, 13]);
        assert!(closed_by("fix #0 fixes 12 close o/r#3 prefixes #4 fixes #1x").is_empty());
    }
}
