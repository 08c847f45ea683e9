//! Files that were made to hurt: each ends in a diagnostic, none in a panic, and soon.

use std::fmt::Write;

use proptest::prelude::*;

use crate::adapters::disk::{Disk, replace};
use crate::check::check;
use crate::diag::Issue;
use crate::load::{Kind, MAX_FILE_BYTES, Sources, load};
use crate::ui::diagnostics::{github, human, json, sarif};

fn project(kind: Kind, bytes: &[u8]) -> Sources {
    let orch = ("orch.yaml".to_owned(), Kind::Orch, b"name: hostile\n".to_vec());
    let file = (format!("{kind}.yaml"), kind, bytes.to_vec());
    Sources::in_memory(if kind == Kind::Orch { vec![file] } else { vec![orch, file] })
}

/// The codes that a file gives, after everything has been rendered too.
fn codes(kind: Kind, bytes: &[u8]) -> Vec<&'static str> {
    let sources = project(kind, bytes);
    let (checked, map) = (check(&sources, None), sources.map());
    for colour in [true, false] {
        human(&checked.diagnostics, &map, colour);
    }
    json(&checked.diagnostics, &map);
    sarif(&checked.diagnostics, &map);
    github(&checked.diagnostics, &map);
    assert_eq!(checked.config.is_none(), checked.diagnostics.has_errors());
    checked.diagnostics.iter().map(crate::diag::Diagnostic::code).collect()
}

fn alias_bomb() -> String {
    let mut text = "x0: &x0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for level in 1..9 {
        let aliases = vec![format!("*x{}", level - 1); 9].join(", ");
        let _ = writeln!(text, "x{level}: &x{level} [{aliases}]");
    }
    text
}

#[test]
fn hostile_files_are_refused() {
    let brackets = "[".repeat(100_000) + &"]".repeat(100_000);
    let scalars = format!("a: &a {}\nb: [{}]\n", "x".repeat(100_000), "*a, ".repeat(100_000));
    let mut chain = "x0: &x0 [a]\n".to_owned();
    for level in 1..20_000 {
        let _ = writeln!(chain, "x{level}: &x{level} [*x{}]", level - 1);
    }
    let anchors = format!("{}{}{}", "&a [".repeat(90), "x, ".repeat(100_000), "]".repeat(90));
    for (name, text, code) in [
        ("alias bomb", alias_bomb(), "ORCH-0005"),
        ("one long text many times", scalars, "ORCH-0005"),
        ("anchors in anchors", anchors, "ORCH-0005"),
        ("chain of aliases", chain, "ORCH-0004"),
        ("brackets", brackets.clone(), "ORCH-0004"),
        ("braces", "{a: ".repeat(100_000), "ORCH-0004"),
        ("block sequences", "- ".repeat(100_000), "ORCH-0004"),
        ("alias of itself", "a: &a [*a]\n".to_owned(), "ORCH-0003"),
        ("unknown alias", "a: *b\n".to_owned(), "ORCH-0003"),
        ("tab", "agents:\n\t- name: x\n".to_owned(), "ORCH-0003"),
        ("list at the top", "- a\n- b\n".to_owned(), "ORCH-0103"),
        ("text at the top", "agents\n".to_owned(), "ORCH-0103"),
        ("NUL", "agents: \0\n".to_owned(), "ORCH-0003"),
    ] {
        assert_eq!(codes(Kind::Agents, text.as_bytes()), [code], "{name}");
    }
    assert_eq!(codes(Kind::Agents, b"agents: \xff\xfe"), ["ORCH-0002"]);
    assert_eq!(codes(Kind::Agents, b"\xff\xfea\0g\0"), ["ORCH-0002"], "UTF-16");
}

#[test]
fn odd_but_innocent_files_are_read() {
    for text in [
        "",
        "\n\n",
        "# nothing but a comment\n",
        "---\n",
        "{}",
        "\u{feff}",
        "\u{feff}agents:\r\n  - name: a\r\n",
    ] {
        assert_eq!(codes(Kind::Agents, text.as_bytes()), Vec::<&str>::new(), "{text:?}");
    }
    assert_eq!(codes(Kind::Orch, b""), ["ORCH-0102"]);
}

#[test]
fn byte_order_mark_and_carriage_returns_do_not_move_columns() {
    let sources = project(Kind::Agents, "\u{feff}agents:\r\n  - naem: a\r\n".as_bytes());
    let diagnostics = check(&sources, None).diagnostics;
    let unknown = diagnostics.iter().find(|one| one.issue == Issue::UnknownKey).unwrap();
    let at = sources.map().position(&unknown.file, unknown.span.start);
    assert_eq!((at.line, at.column), (2, 5));
    assert_eq!(
        &sources.map().get(&unknown.file).unwrap().text()[unknown.span.start..unknown.span.end],
        "naem"
    );
}

#[test]
fn a_file_too_large_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    replace(&folder.path().join("orch.yaml"), b"name: large\n").unwrap();
    let size = usize::try_from(MAX_FILE_BYTES).unwrap() + 1;
    replace(&folder.path().join("tasks/all.yaml"), &vec![b'#'; size]).unwrap();
    let sources = load(&Disk, folder.path()).unwrap();
    let checked = check(&sources, None);
    assert_eq!(checked.diagnostics.iter().map(|one| one.issue).collect::<Vec<_>>(), [Issue::FileTooLarge]);
    assert!(checked.config.is_none());
    assert!(human(&checked.diagnostics, &sources.map(), false).contains("--> tasks/all.yaml"));
}

// Many of everything, in time that grows with the size: each of these took minutes, if something
// compared all with all.

fn numbered(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect::<Vec<_>>().concat()
}

#[test]
fn many_keys() {
    let keys = numbered(200_000, |index| format!("k{index}: 1\n"));
    let (tree, problems) = crate::load::parse(&"keys.yaml".into(), &keys);
    assert!(tree.is_some() && problems.is_empty());
}

#[test]
fn many_unknown_keys() {
    let keys = numbered(100_000, |index| format!("k{index}: 1\n"));
    assert_eq!(codes(Kind::Agents, keys.as_bytes()).len(), 1000);
}

#[test]
fn many_routes() {
    let route = |index| format!("- {{name: r{index}, to: a{index}, match: {{labels: l{index}}}}}\n");
    let routes = numbered(5_000, route);
    let found = codes(Kind::Routing, format!("routes:\n{routes}").as_bytes());
    assert_eq!((found.len(), found[0]), (5_000, "ORCH-0201"));
}

#[test]
fn a_long_circle_of_tasks() {
    let task =
        |index| format!("- {{code: A-{index}, title: t, type: t, depends_on: A-{}}}\n", (index + 1) % 10_000);
    let tasks = numbered(10_000, task);
    let found = codes(Kind::Tasks, format!("tasks:\n{tasks}").as_bytes());
    assert_eq!(found.iter().filter(|code| **code == "ORCH-0401").count(), 1);
}

fn valid_files() -> Vec<(Kind, Vec<u8>)> {
    let sources = load(&Disk, &super::fixtures::folder("full")).unwrap();
    sources.files.into_iter().map(|file| (file.kind, file.bytes)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        codes(Kind::Agents, &bytes);
    }

    #[test]
    fn random_yaml_never_panics(text in "[-a-c0-9:,\\[\\]{}&*!|>'\"%@#? \t\r\n\u{e9}\u{65e5}\u{feff}]{0,80}") {
        codes(Kind::Reviews, text.as_bytes());
    }

    #[test]
    fn mutated_files_never_panic(
        file in any::<prop::sample::Index>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..4usize, any::<prop::sample::Index>()), 1..6),
    ) {
        thread_local! {
            static FILES: Vec<(Kind, Vec<u8>)> = valid_files();
        }
        let pieces: [&[u8]; 16] = [
            b"", b":", b"- ", b"[", b"]", b"{", b"}", b"\n", b"  ", b"*a", b"&a ", b"\"", b"\xc3", b"5", b"null", b"x: ",
        ];
        let (kind, mut bytes) = FILES.with(|files| file.get(files).clone());
        for (at, cut, piece) in edits {
            let start = at.index(bytes.len() + 1);
            let end = (start + cut).min(bytes.len());
            bytes.splice(start..end, piece.get(&pieces).iter().copied());
        }
        codes(kind, &bytes);
    }
}
