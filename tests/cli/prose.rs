//! What the documents say of the project holds: the files that they name exist, and the
//! commands that they and the demo show are commands, with the options shown.
#![expect(clippy::disallowed_methods, reason = "the test reads the real documents and runs the program")]

use std::path::Path;
use std::process::Command;

const DOCUMENTS: [&str; 3] = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The pieces of a text between two marks.
fn between<'a>(text: &'a str, open: &'a str, close: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(open).skip(1).filter_map(move |rest| Some(rest.split_once(close)?.0))
}

/// Whether a word in backticks is the path of a file here, and not a pattern of names or
/// something in a user's project.
fn is_own_path(word: &str) -> bool {
    let folders = ["src/", "tests/", "examples/", "schemas/", "workflows/", ".ci/"];
    let placeholder = ["NAME", "CODE", "KIND", "*", " "];
    folders.iter().any(|folder| word.starts_with(folder))
        && !placeholder.iter().any(|mark| word.contains(mark))
}

/// Whether a line is the heading that GitHub gives this anchor.
fn is_anchor(line: &str, anchor: &str) -> bool {
    line.strip_prefix('#').is_some_and(|heading| {
        let heading = heading.trim_start_matches('#').trim().to_lowercase();
        heading.replace(|letter: char| !letter.is_alphanumeric() && letter != ' ', "").replace(' ', "-")
            == anchor
    })
}

#[test]
fn files_that_the_documents_name_exist() {
    for document in DOCUMENTS {
        let text = read(document);
        let prose: String = text.split("```").step_by(2).collect();
        let links = between(&text, "](", ")").filter(|target| !target.starts_with("http"));
        let paths = prose.split('`').skip(1).step_by(2).filter(|word| is_own_path(word));
        let is_heading = |anchor: &str| prose.lines().any(|line| is_anchor(line, anchor));
        for path in links.chain(paths) {
            let exists = match path.strip_prefix('#') {
                Some(anchor) => is_heading(anchor),
                None => root().join(path).exists(),
            };
            assert!(exists, "{document} names `{path}`, which does not exist");
        }
    }
}

/// The words of a command line; quotes keep words together, ` #` begins a comment.
fn words(line: &str) -> Vec<String> {
    let line = line.split_once(" #").map_or(line, |(command, _)| command);
    let mut words = vec![String::new()];
    let mut quote = None;
    for char in line.chars() {
        match (quote, char) {
            (None, '"' | '\'') => quote = Some(char),
            (Some(mark), _) if mark == char => quote = None,
            (None, ' ') => words.push(String::new()),
            _ => words.last_mut().expect("there is always a last word").push(char),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[test]
fn commands_that_the_documents_show_exist() {
    let readme = read("README.md");
    let demo = read("examples/demo.sh");
    let shown = readme.lines().filter_map(|line| line.strip_prefix("$ orch "));
    let run = demo.lines().filter_map(|line| line.strip_prefix("orch "));
    let commands: Vec<_> = shown.chain(run).collect();
    assert!(commands.len() > 20, "the documents show few commands: {commands:?}");
    for command in commands {
        // Options that do not exist are refused before `--help` is reached.
        let output =
            Command::new(env!("CARGO_BIN_EXE_orch")).args(words(command)).arg("--help").output().unwrap();
        let help = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && help.contains("Usage: orch"),
            "`orch {command}`: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}
