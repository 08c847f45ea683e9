//! Tests of finding and reading projects.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::diag::{Diagnostic, Issue};
use crate::ports::{Content, Files, Listed, ListedKind};

use super::{LoadError, Node, Sources, Value, load, parse};

/// Files by their absolute paths; those without content cannot be read.
#[derive(Default)]
struct FakeFiles(BTreeMap<PathBuf, Option<&'static str>>);

impl Files for FakeFiles {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Content> {
        let text = self.0.get(path).ok_or(ErrorKind::NotFound)?.ok_or(ErrorKind::PermissionDenied)?;
        let size = text.len() as u64;
        Ok(if size > limit { Content::TooLarge(size) } else { Content::Whole(text.into()) })
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<Listed>> {
        let names = self.0.keys().filter(|path| path.parent() == Some(folder));
        let listed = |path: &PathBuf| {
            let name = path.file_name()?.to_str()?.to_owned();
            Some(Listed { name, kind: ListedKind::File, is_link: false })
        };
        Ok(names.filter_map(listed).collect())
    }

    fn real(&self, path: &Path) -> io::Result<PathBuf> {
        Ok(path.to_owned())
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        Ok(self.0.contains_key(path))
    }
}

fn read(files: &[(&str, Option<&'static str>)], start: &str) -> Result<Sources, LoadError> {
    let files = files.iter().map(|(path, text)| (PathBuf::from(path), *text)).collect();
    load(&FakeFiles(files), Path::new(start))
}

fn paths(sources: &Sources) -> Vec<&str> {
    sources.files.iter().map(|file| &*file.path).collect()
}

#[test]
fn finds_the_project_upwards_and_in_the_hidden_folder() {
    let files = [("/a/orch.yaml", Some("")), ("/a/tasks/x.yml", Some("")), ("/a/README.md", Some(""))];
    let sources = read(&files, "/a/b/c").unwrap();
    assert_eq!((sources.root.to_str(), paths(&sources)), (Some("/a"), vec!["orch.yaml", "tasks/x.yml"]));

    let files =
        [("/a/.orch/orch.json", Some("{}")), ("/a/.orch/tasks/x.json", Some("{}")), ("/a/agents.yaml", None)];
    for start in ["/a", "/a/b", "/a/.orch", "/a/.orch/tasks"] {
        let sources = read(&files, start).unwrap();
        let expected = vec![".orch/orch.json", ".orch/tasks/x.json"];
        assert_eq!((sources.root.to_str(), paths(&sources)), (Some("/a"), expected), "from {start}");
    }

    let files = [("/a/.orch/orch.json", Some("{}")), ("/a/orch.yml", Some(""))];
    let sources = read(&files, "/a/.orch").unwrap();
    let messages: Vec<_> = sources.diagnostics.iter().map(|one| one.message.as_str()).collect();
    assert_eq!(messages, ["both `.orch/orch.json` and `orch.yml` exist"]);

    let missing = read(&files, "/b/c").unwrap_err();
    assert!(matches!(&missing, LoadError::NotFound { .. }));
    assert_eq!(missing.to_string(), "no `orch.yaml` in `/b/c` or any folder above it");
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let error = read(&[("/a/orch.yaml", Some("")), ("/a/sla.yaml", None)], "/a").unwrap_err();
    assert_eq!(error.to_string(), "failed to read `/a/sla.yaml`");
}

#[test]
fn two_files_of_a_kind_and_near_names_are_reported() {
    let files = [
        ("/a/orch.yaml", Some("")),
        ("/a/.orch/orch.yaml", Some("")),
        ("/a/agents.json", Some("{}")),
        ("/a/agents.yaml", Some("")),
        ("/a/agents.yml", Some("")),
        ("/a/review.yaml", Some("")),
        ("/a/docker-compose.yaml", Some("")),
    ];
    let sources = read(&files, "/a").unwrap();
    assert_eq!(paths(&sources), ["agents.yaml", "orch.yaml"]);
    let found: Vec<_> = sources.diagnostics.iter().map(|one| (one.issue, &*one.file)).collect();
    assert_eq!(
        found,
        [
            (Issue::TwoFiles, "agents.json"),
            (Issue::TwoFiles, "agents.yml"),
            (Issue::FileNotRead, "review.yaml"),
            (Issue::TwoFiles, ".orch/orch.yaml"),
        ]
    );
}

fn tree(text: &str) -> (Option<Node>, Vec<Diagnostic>) {
    parse(&"x.yaml".into(), text)
}

/// What a pointer leads to, as it stands in the text.
fn slice<'t>(text: &'t str, node: &Node, path: &[&str]) -> (Option<&'t str>, &'t str) {
    let path: Vec<String> = path.iter().map(|segment| (*segment).to_owned()).collect();
    let (key, node) = node.at(&path).unwrap();
    (key.map(|span| &text[span.start..span.end]), &text[node.span.start..node.span.end])
}

#[test]
fn values_know_where_they_stand() {
    let text = "é: [1, {b: 'q\"'}]\nlist:\n  - name: x # remark\n    more: y\n  -\n    - deep\nempty:\nlast: |\n  a\n  b\n";
    let (node, problems) = tree(text);
    let node = node.unwrap();
    assert_eq!(problems, []);
    assert_eq!(slice(text, &node, &["é", "1", "b"]), (Some("b"), "'q\"'"));
    assert_eq!(slice(text, &node, &["é"]), (Some("é"), "[1, {b: 'q\"'}]"));
    assert_eq!(slice(text, &node, &["list", "0"]), (None, "name: x"));
    assert_eq!(slice(text, &node, &["list", "0", "more"]), (Some("more"), "y"));
    assert_eq!(slice(text, &node, &["list", "1"]), (None, "- deep"));
    assert_eq!(slice(text, &node, &["empty"]).0, Some("empty"));
}

#[test]
fn aliases_stand_where_they_are_used() {
    let text = "a: &x {k: 1}\nb: *x\n";
    let (node, _) = tree(text);
    let node = node.unwrap();
    assert_eq!(slice(text, &node, &["b"]), (Some("b"), "*x"));
    assert_eq!(node.get("a").unwrap().value, node.get("b").unwrap().value);
}

#[test]
fn json_is_yaml() {
    let (node, problems) = tree("{\"a\": [1.5, true, null, \"\\u0041\\n\"], \"b/c\": {}}");
    assert_eq!(problems, []);
    assert_eq!(node.unwrap().to_json().to_string(), r#"{"a":[1.5,true,null,"A\n"],"b/c":{}}"#);
}

#[test]
fn several_problems_leave_the_rest_of_the_tree() {
    let (node, problems) = tree("a: 1\na: 2\n<<: {b: 3}\n? [x]\n: y\n'<<': 4\n!x c: !y 5\n");
    let issues: Vec<Issue> = problems.iter().map(|problem| problem.issue).collect();
    assert_eq!(
        issues,
        [Issue::DuplicateKey, Issue::MergeKey, Issue::KeyNotText, Issue::UnknownTag, Issue::UnknownTag]
    );
    let node = node.unwrap();
    assert_eq!(node.get("a").unwrap().value, Value::Number(1.into()));
    assert_eq!(node.get("<<").unwrap().value, Value::Number(4.into()));
}

#[test]
fn workflows_that_would_be_overlooked_or_lost_are_named() {
    let files = [
        ("/a/orch.yaml", Some("")),
        ("/a/workflows/b.json", Some("{}")),
        ("/a/workflows/b.yaml", Some("")),
        ("/a/workflows/notes.md", Some("")),
        ("/a/workflow/c.yaml", Some("")),
        ("/a/.orch/workflows/d.yml", Some("")),
        ("/a/workflows.yaml", Some("")),
    ];
    let sources = read(&files, "/a").unwrap();
    assert_eq!(paths(&sources), ["orch.yaml", "workflows/b.json"]);
    let mut messages: Vec<_> = sources.diagnostics.iter().map(|one| one.message.as_str()).collect();
    messages.sort_unstable();
    assert_eq!(
        messages,
        [
            "`.orch/workflows/d.yml` is not read",
            "`workflow/c.yaml` is not read",
            "`workflows.yaml` is not read",
            "both `workflows/b.json` and `workflows/b.yaml` exist",
        ]
    );
}
